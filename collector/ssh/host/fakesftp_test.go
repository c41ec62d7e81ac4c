package host

import (
	"encoding/binary"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// fakeSFTP is an SFTP server of its own words, so that it can lie in ways that no real one does.
type fakeSFTP struct {
	w io.Writer
	// files are those there are, with their content; links where they lead.
	files, links map[string]string
	// answer, if it is set and returns true, has answered.
	answer func(f *fakeSFTP, kind byte, id uint32, body wire) bool

	handles []string
	listed  map[string]bool
	asked   int
}

// mountinfo is what makes a fake pass for a host.
const mountinfo = "24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"

// fake gives a server as set up.
func fake(set func(*fakeSFTP)) func(ssh.Channel) {
	return func(ch ssh.Channel) {
		f := &fakeSFTP{w: ch, files: map[string]string{}, links: map[string]string{}, listed: map[string]bool{}}
		set(f)
		f.serve(ch)
	}
}

func (f *fakeSFTP) serve(r io.Reader) {
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		body := make(wire, binary.BigEndian.Uint32(head[:4])-1)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		if head[4] == fxInit {
			f.say(fxVersion, 3)
			continue
		}
		id, _ := body.uint32()
		f.asked++
		if f.answer == nil || !f.answer(f, head[4], id, body) {
			f.reply(head[4], id, body)
		}
	}
}

// say sends a packet of numbers, texts and raw bytes.
func (f *fakeSFTP) say(kind byte, fields ...any) {
	packet := append(make([]byte, 4), kind)
	for _, x := range fields {
		switch x := x.(type) {
		case int:
			packet = binary.BigEndian.AppendUint32(packet, uint32(x))
		case uint32:
			packet = binary.BigEndian.AppendUint32(packet, x)
		case string:
			packet = append(binary.BigEndian.AppendUint32(packet, uint32(len(x))), x...)
		case []byte:
			packet = append(packet, x...)
		}
	}
	binary.BigEndian.PutUint32(packet, uint32(len(packet)-4))
	_, _ = f.w.Write(packet)
}

func (f *fakeSFTP) status(id uint32, code int) { f.say(fxStatus, id, code, "", "") }

// attrs are all attributes: of root's, with this mode and size.
func attrs(mode, size int) []byte {
	var b []byte
	for _, n := range []int{attrSize | attrOwner | attrPermissions | attrTimes, 0, size, 0, 0, mode, 1, 2} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func (f *fakeSFTP) of(name string) ([]byte, bool) {
	if text, ok := f.files[name]; ok {
		return attrs(modeFile|0o644, len(text)), true
	}
	if to, ok := f.links[name]; ok {
		return attrs(modeLink|0o777, len(to)), true
	}
	for _, all := range []map[string]string{f.files, f.links} {
		for there := range all {
			if name == "/" || strings.HasPrefix(there, name+"/") {
				return attrs(modeFolder|0o755, 0), true
			}
		}
	}
	return nil, false
}

func (f *fakeSFTP) reply(kind byte, id uint32, body wire) {
	name, _ := body.string()
	switch kind {
	case fxLstat:
		if a, ok := f.of(name); ok {
			f.say(fxAttrs, id, a)
			return
		}
	case fxReadlink:
		if to, ok := f.links[name]; ok {
			f.say(fxName, id, 1, to, to, make([]byte, 4))
			return
		}
	case fxOpen, fxOpendir:
		if _, ok := f.of(name); ok {
			f.handles = append(f.handles, name)
			f.say(fxHandle, id, string(rune(len(f.handles)-1)))
			return
		}
	case fxFstat:
		a, _ := f.of(f.handles[[]rune(name)[0]])
		f.say(fxAttrs, id, a)
		return
	case fxClose:
		f.status(id, statusOK)
		return
	case fxRead:
		text := f.files[f.handles[[]rune(name)[0]]]
		at, _ := body.uint64()
		size, _ := body.uint32()
		if at >= uint64(len(text)) {
			f.status(id, statusEOF)
			return
		}
		f.say(fxData, id, text[at:min(at+uint64(size), uint64(len(text)))])
		return
	case fxReaddir:
		dir := f.handles[[]rune(name)[0]]
		if f.listed[name] {
			f.status(id, statusEOF)
			return
		}
		f.listed[name] = true
		fields, n := []any{}, 0
		for _, there := range slices.Sorted(maps.Keys(f.files)) {
			if path.Dir(there) == dir {
				n++
				fields = append(fields, path.Base(there), "", attrs(modeFile|0o644, 0))
			}
		}
		f.say(fxName, append([]any{id, n}, fields...)...)
		return
	}
	f.status(id, statusNoSuchFile)
}
