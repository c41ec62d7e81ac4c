package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// noCommands is an account that may only use SFTP.
func noCommands(_ string, ch ssh.Channel) bool { exited(ch, 1); return true }

// GOALS S8: an SFTP server that lies. Every answer comes in time, within the limits, and none is whole.
func TestS8SFTP(t *testing.T) {
	const soon = time.Second
	for name, c := range map[string]struct {
		question string
		reason   pb.Reason
		answer   func(f *fakeSFTP, kind byte, id uint32, body wire) bool
	}{
		"an endless file": {"/etc/passwd", pb.Reason_REASON_TOO_LARGE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxRead && f.asked > 8 {
				f.say(fxData, id, strings.Repeat("x", chunk))
				return true
			}
			return false
		}},
		"a folder of a million names": {"glob /etc/*", pb.Reason_REASON_TOO_LARGE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind != fxReaddir {
				return false
			}
			fields := []any{id, 100}
			for i := range 100 {
				fields = append(fields, fmt.Sprintf("n%d-%d", f.asked, i), "", attrs(modeFile|0o644, 0))
			}
			f.say(fxName, fields...)
			return true
		}},
		"folders without end": {"glob /etc/**", pb.Reason_REASON_TOO_LARGE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			switch kind {
			case fxOpendir:
				f.handles = append(f.handles, "")
				f.say(fxHandle, id, string(rune(len(f.handles)-1)))
				return true
			case fxReaddir:
				if name, _ := body.string(); f.listed[name] {
					f.status(id, statusEOF)
				} else {
					f.listed[name] = true
					f.say(fxName, id, 1, "d", "", attrs(modeFolder|0o755, 0))
				}
				return true
			}
			return false
		}},
		"empty lists without end": {"glob /etc/*", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxReaddir {
				f.say(fxName, id, 0)
			}
			return kind == fxReaddir
		}},
		"names with slashes": {"glob /etc/*", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxReaddir {
				f.say(fxName, id, 1, "../root", "", attrs(modeFile|0o644, 0))
			}
			return kind == fxReaddir
		}},
		"links without end": {"/etc/passwd", pb.Reason_REASON_UNSAFE_FILE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			switch {
			case kind == fxLstat && strings.HasPrefix(name, "/etc/"):
				f.say(fxAttrs, id, attrs(modeLink|0o777, 3))
			case kind == fxReadlink:
				f.say(fxName, id, 1, fmt.Sprintf("next%d", f.asked), "", make([]byte, 4))
			default:
				return false
			}
			return true
		}},
		"links that grow": {"/etc/passwd", pb.Reason_REASON_UNSAFE_FILE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			switch {
			case kind == fxLstat && strings.HasPrefix(name, "/etc/"):
				f.say(fxAttrs, id, attrs(modeLink|0o777, 3))
			case kind == fxReadlink:
				f.say(fxName, id, 1, strings.Repeat("l/", 2000), "", make([]byte, 4))
			default:
				return false
			}
			return true
		}},
		"silence": {"/etc/passwd", pb.Reason_REASON_TIMEOUT, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			return kind == fxLstat && strings.HasPrefix(name, "/etc")
		}},
		"no owner": {"glob /etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			if kind != fxLstat || name != "/etc/passwd" {
				return false
			}
			f.say(fxAttrs, id, attrSize|attrPermissions|attrTimes, 0, 1, modeFile|0o644, 1, 2)
			return true
		}},
		"no type": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			if kind == fxLstat && name == "/etc/passwd" {
				f.say(fxAttrs, id, attrs(0o644, 1))
				return true
			}
			return false
		}},
		"a device once it is open": {"/etc/passwd", pb.Reason_REASON_UNSAFE_FILE, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxFstat && f.asked > 8 {
				f.say(fxAttrs, id, attrs(modeChar|0o644, 1))
				return true
			}
			return false
		}},
		"the answer to another question": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxRead && f.asked > 8 {
				f.say(fxData, id+1000, "x")
				return true
			}
			return false
		}},
		"a reply of another kind": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxRead && f.asked > 8 {
				f.say(fxHandle, id, "x")
				return true
			}
			return false
		}},
		"nothing read": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxRead && f.asked > 8 {
				f.say(fxData, id, "")
				return true
			}
			return false
		}},
		"a giant packet": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxRead && f.asked > 8 {
				_, _ = f.w.Write([]byte{0xff, 0xff, 0xff, 0xff, fxData})
				return true
			}
			return false
		}},
		"a refusal without words": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxOpen && f.asked > 6 {
				f.say(fxStatus, id, 4)
				return true
			}
			return false
		}},
		"a success without an answer": {"/etc/passwd", pb.Reason_REASON_FAILED, func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			if kind == fxOpen && f.asked > 6 {
				f.status(id, statusOK)
				return true
			}
			return false
		}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := &server{exec: noCommands, sftp: fake(func(f *fakeSFTP) {
			f.files["/proc/self/mountinfo"], f.files["/etc/passwd"], f.answer = mountinfo, "root:x:0:0\n", c.answer
		})}
		limit := 30 * time.Second // the rest ends by itself
		if c.reason == pb.Reason_REASON_TIMEOUT {
			limit = soon
		}
		a := asking(t, s, Options{FileTimeout: limit})
		started := time.Now()
		ans := ask(t, a, driver.ParseQuestion(c.question))
		runtime.ReadMemStats(&after)
		if ans.GetReason() != c.reason || ans.GetComplete() {
			t.Errorf("%s: %s %v %q", name, ans.GetReason(), ans.GetComplete(), ans.GetError())
		}
		if took := time.Since(started); took > limit+time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if len(ans.GetBody()) > maxFile {
			t.Errorf("%s: %d bytes", name, len(ans.GetBody()))
		}
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 256<<20 {
			t.Errorf("%s: %d MiB", name, grown>>20)
		}
	}
}

// A server that hangs on one file costs that file and not the interview, and not its time over and over.
func TestOneFileHangs(t *testing.T) {
	const soon = 300 * time.Millisecond
	s := &server{exec: noCommands, sftp: fake(func(f *fakeSFTP) {
		f.files["/proc/self/mountinfo"], f.files["/etc/passwd"], f.files["/lost/file"] = mountinfo, "root:x:0:0\n", ""
		f.answer = func(f *fakeSFTP, kind byte, id uint32, body wire) bool {
			name, _ := body.string()
			if strings.HasPrefix(name, "/lost") { // and like a real one, it serves nobody else meanwhile
				_, _ = io.Copy(io.Discard, f.w.(io.Reader))
			}
			return false
		}
	})}
	a := asking(t, s, Options{FileTimeout: soon})
	started := time.Now()
	for range 20 {
		if ans := ask(t, a, driver.File("/lost/file")); ans.GetReason() != pb.Reason_REASON_TIMEOUT {
			t.Fatal(ans)
		}
		if len(a.tree.folders.cells) > 0 {
			t.Fatal("it was listed")
		}
	}
	if took := time.Since(started); took > (maxSources+1)*soon+time.Second {
		t.Errorf("took %v", took)
	}
	b := asking(t, &server{exec: noCommands, sftp: s.sftp}, Options{FileTimeout: soon})
	if ans := ask(t, b, driver.File("/lost/file")); ans.GetReason() != pb.Reason_REASON_TIMEOUT {
		t.Error(ans)
	}
	if ans := ask(t, b, driver.File("/etc/passwd")); !ans.GetComplete() {
		t.Error(ans)
	}
}

// Whatever a server sends, the client ends, and takes nothing for the host's root.
func FuzzSFTP(f *testing.F) {
	var said bytes.Buffer
	good := &fakeSFTP{w: &said, files: map[string]string{"/proc/self/mountinfo": mountinfo}, links: map[string]string{}, listed: map[string]bool{}}
	good.say(fxVersion, 3)
	good.say(fxHandle, 1, "h")
	good.say(fxAttrs, 2, attrs(modeFile|0o644, len(mountinfo)))
	good.say(fxData, 3, mountinfo)
	good.status(4, statusEOF)
	good.status(5, statusOK)
	f.Add(said.Bytes())
	for n := 1; n < said.Len(); n += 7 {
		f.Add(said.Bytes()[:n])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, w := io.Pipe()
		c, err := newSFTP(t.Context(), bytes.NewReader(data), io.Discard, r)
		defer w.Close()
		if err != nil {
			return
		}
		defer c.close()
		text, err := c.read(t.Context(), "/proc/self/mountinfo", 0, maxMounts)
		if err == nil && !bytes.Contains(data, text) {
			t.Errorf("%q was not sent", text)
		}
		list, err := c.readdir(t.Context(), "/", 10)
		if err == nil && len(list) > 10 {
			t.Errorf("%d entries", len(list))
		}
		_, _ = c.readlink(t.Context(), "/")
		_, _ = c.lstat(t.Context(), "/")
	})
}

// What remote commands print is read or refused.
func FuzzOutput(f *testing.F) {
	f.Add([]byte("plumbline:begin 7\nall\nplumbline:end 0\n"))
	f.Add([]byte("x\nplumbline:begin 7\nplumbline:end missing\n"))
	f.Add([]byte("/proc/1/stat:1 (init) S 0 1 1 0 -1 4194560 1\n\x00/proc/2/stat:2 (a) b\n) S 1 1 1 0 -1 2097152 1\n\x00"))
	f.Add([]byte("/proc/1 0\x00/proc/1/exe /sbin/init\x00/proc/1/fd/3 socket:[12]\x00"))
	f.Add([]byte("/proc/net/tcp:  sl  local_address\n/proc/net/tcp:   0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 12 1\n"))
	f.Add([]byte("f 644 0 0 12 1700000000.1\x00name\x00"))
	f.Add([]byte("24 1 254:1 / / rw - ext4 /dev/sda1 rw\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		if r, framed := unframe(out); framed == framedWhole && (!bytes.Contains(out, r.body) || !bytes.HasSuffix(out, []byte("\n"))) {
			t.Errorf("%q: %q", out, r.body)
		}
		if list, err := readPrograms(string(out)); err == nil {
			table{list, 1}.withoutOurs()
		}
		if o, err := readOpen(string(out)); err == nil && len(o.owner) == 0 {
			t.Errorf("%q: nobody", out)
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if list, seen, err := readSockets(string(out), order); err == nil && len(list) > 0 && len(seen) == 0 {
				t.Errorf("%q: %v from no table", out, list)
			}
		}
		if list, err := readFound(out); err == nil {
			for _, e := range list {
				if e.attr.kind == "" || e.name == "" || e.attr.size < 0 {
					t.Errorf("%q: %+v", out, e)
				}
			}
		}
		showsRoot(string(out))
		hidesPids(string(out))
		unit(string(out))
		booted(string(out))
	})
}

// A word on a command line is that word and no more, whatever it is.
func FuzzQuote(f *testing.F) {
	for _, w := range []string{"a", "", "a b", "it's", "!", "$HOME", "`id`", "\\", "a\\n", "\n", "é", "\xff", "-n", "~", "*"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		q, err := quote(w)
		if err != nil {
			return
		}
		inner, quoted := strings.CutPrefix(q, "'")
		if quoted {
			inner = strings.TrimSuffix(inner, "'")
		}
		if inner != w || strings.ContainsAny(inner, "'!\n\x00") || !quoted && strings.ContainsAny(inner, " \t$`\"\\;&|<>()*?[]{}#~^") {
			t.Errorf("%q: %q", w, q)
		}
	})
}
