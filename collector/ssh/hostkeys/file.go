package hostkeys

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

const (
	// maxFile bounds the pin file: some hundred thousand keys.
	maxFile = 128 << 20
	maxLine = 32 << 10
	head    = "# Host keys that were accepted. Target, address, algorithm, key, when, who; divided by tabs.\n"
)

// A line of the pin file; pin is nil for a comment.
type line struct {
	text string
	pin  *Pin
}

func (p Pin) line() string {
	return strings.Join([]string{p.Target, p.Address, p.Key.Type(), base64.StdEncoding.EncodeToString(p.Key.Marshal()), p.When.Format(time.RFC3339), p.Who}, "\t") + "\n"
}

// parse reads the pin file. Every line that is broken is told, and then none is used.
func parse(file string, data []byte) ([]line, error) {
	var out []line
	var wrong strict.Collector
	number := 0
	for text := range strings.Lines(string(data)) {
		number++
		if !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if t := strings.TrimSpace(text); t == "" || t[0] == '#' {
			out = append(out, line{text: text})
			continue
		}
		pin, zh, en := parsePin(strings.TrimRight(text, "\r\n"))
		if zh != "" {
			wrong.Add(&strict.Problem{File: file, Line: number, Text: checks.Say(zh+"；请从备份恢复该行，或核对后删除并重新接受", en+": restore the line from a backup, or remove it and accept the key anew")})
			continue
		}
		pin.Line = number
		out = append(out, line{text, pin})
	}
	return out, wrong.Err()
}

func parsePin(text string) (pin *Pin, zh, en string) {
	if len(text) > maxLine {
		return nil, "该行过长", "the line is too long"
	}
	f := strings.Split(text, "\t")
	if len(f) != 6 || slices.Contains(f, "") {
		return nil, "该行应有六个以制表符分隔的值", "the line should have six values divided by tabs"
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(f[3])
	if err != nil {
		return nil, "密钥不是 base64", "the key is not base64"
	}
	key, err := ssh.ParsePublicKey(raw)
	if _, cert := key.(*ssh.Certificate); err != nil || cert || key.Type() != f[2] {
		return nil, "密钥无法读取或与算法不符", "the key cannot be read or is not of its algorithm"
	}
	when, err := time.Parse(time.RFC3339, f[4])
	if err != nil {
		return nil, "时间无法读取", "the time cannot be read"
	}
	return &Pin{Target: f[0], Address: f[1], Key: key, When: when, Who: f[5]}, "", ""
}

// read gives the lines of the pin file; none if it is not there yet.
func read(file string) ([]line, error) {
	if err := trusted(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, failed("无法读取 %s", "cannot read %s", file)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil, failed("无法读取 %s，或文件过大", "cannot read %s, or it is too large", file)
	}
	return parse(file, data)
}

// reload reads the pin file anew. What was known stays if that fails, but is not used: of tells the failure each time.
func (s *Store) reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The stamp is taken before reading: a change in between is seen next time.
	now, err := stampOf(s.file)
	if err != nil {
		return err
	}
	lines, err := read(s.file)
	if err != nil {
		return err
	}
	s.keep(lines, now)
	return nil
}

func (s *Store) keep(lines []line, now stamp) {
	s.pins = map[string][]Pin{}
	for _, l := range lines {
		if l.pin != nil {
			s.pins[l.pin.Target] = append(s.pins[l.pin.Target], *l.pin)
		}
	}
	s.stamp = now
}

// A stamp tells whether a file is still the one that was read.
type stamp struct{ info fs.FileInfo }

func stampOf(file string) (stamp, error) {
	info, err := os.Stat(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return stamp{}, failed("无法读取 %s", "cannot read %s", file)
	}
	return stamp{info}, nil
}

func (s stamp) same(t stamp) bool {
	if s.info == nil || t.info == nil {
		return s.info == nil && t.info == nil
	}
	return os.SameFile(s.info, t.info) && s.info.Size() == t.info.Size() && s.info.ModTime().Equal(t.info.ModTime())
}

// change rewrites the pin file under a lock: all of the new one is on the disk before it takes the old one's place.
func (s *Store) change(edit func([]line) ([]line, error)) error {
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil { // the first key that is ever pinned
		return failed("无法建立目录：%s", "cannot make the folder: %s", err.Error())
	}
	unlock, err := lock(s.file + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	lines, err := read(s.file)
	if err != nil {
		return err
	}
	edited, err := edit(lines)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if len(lines) == 0 {
		b.WriteString(head)
	}
	for _, l := range edited {
		b.WriteString(l.text)
	}
	// What is written must be readable; it is read before it can do harm.
	if _, err := parse(s.file, b.Bytes()); err != nil {
		return fmt.Errorf("not written: %w", err)
	}
	if err := replace(s.file, b.Bytes()); err != nil {
		return failed("无法写入 %s：%s", "cannot write %s: %s", s.file, err.Error())
	}
	return s.reload()
}

// replace writes a file beside the old one and puts it into its place.
func replace(file string, data []byte) (err error) {
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, ".pins-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), file); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return syncFolder(d)
}

// trusted refuses a file that others can change.
func trusted(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", file, fs.ErrNotExist)
	case err != nil:
		return failed("无法读取 %s", "cannot read %s", file)
	case !info.Mode().IsRegular():
		return failed("%s 不是普通文件", "%s is not a regular file", file)
	case permissions && info.Mode().Perm()&0o022 != 0:
		return failed("%s 可被他人修改，请执行 chmod go-w", "%s can be changed by others: chmod go-w", file)
	case !ownedByUs(info):
		return failed("%s 须属于 root 或运行本程序的用户", "%s must belong to root or to the user this program runs as", file)
	}
	return nil
}
