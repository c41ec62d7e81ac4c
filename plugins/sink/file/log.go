package file

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
)

// log is a file that grows by whole records, is put aside when it is full, and of which nothing is accepted before it is durable.
type log struct {
	path     string
	maxBytes int64
	keep     int // -1: all
	now      func() time.Time
	// whole says where the last whole record ends; a line's end if it is nil.
	whole func(*bufio.Reader) (int64, error)

	file *os.File
	size int64
}

func newLog(now func() time.Time) log { return log{maxBytes: defaultMaxBytes, keep: -1, now: now} }

// set takes a setting and says whether it knows it.
func (l *log) set(name, value string) (known bool, err error) {
	switch name {
	case settingPath:
		l.path = value
	case settingMaxBytes:
		if l.maxBytes, err = strconv.ParseInt(value, 10, 64); err == nil && l.maxBytes < 1 {
			err = errors.New("want a positive number")
		}
	case settingKeep:
		if l.keep, err = strconv.Atoi(value); err == nil && l.keep < 0 {
			err = errors.New("want a number")
		}
	default:
		return false, nil
	}
	return true, err
}

// room says how many bytes go into the file at hand before it is full; at least one record does.
func (l *log) room() (int64, error) {
	if l.file == nil || l.size >= l.maxBytes {
		if err := l.rotate(); err != nil {
			return 0, err
		}
	}
	return l.maxBytes - l.size, nil
}

// write appends whole records; when it returns nil they are durable.
func (l *log) write(b []byte) error {
	_, err := l.file.WriteAt(b, l.size)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		// After a failed fsync only a file opened anew says what is there; opening cuts off what is not whole.
		err = errors.Join(fmt.Errorf("append to %s: %w", l.path, err), l.file.Truncate(l.size), l.file.Close())
		l.file = nil
		return err
	}
	l.size += int64(len(b))
	return nil
}

// open opens the file behind its last whole record. What is behind that was never accepted.
func (l *log) open() error {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
	if !filepath.IsAbs(l.path) {
		return fmt.Errorf("setting %q: want an absolute path", settingPath)
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", l.path)
	}
	if err == nil {
		l.size, err = l.end(f)
	}
	if err == nil {
		err = f.Truncate(l.size)
	}
	if err == nil {
		err = folder.Sync(filepath.Dir(l.path))
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file = f
	return nil
}

// end says where the last whole record in the file ends.
func (l *log) end(f *os.File) (int64, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	if l.whole != nil {
		return l.whole(r)
	}
	end, at := int64(0), int64(0)
	for {
		chunk, err := r.ReadSlice('\n')
		at += int64(len(chunk))
		switch {
		case err == nil:
			end = at
		case !errors.Is(err, bufio.ErrBufferFull):
			return end, ignoreEnd(err)
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// rotate puts a full file aside, under its name and the time, and begins a new one.
func (l *log) rotate() error {
	if l.file != nil {
		err := l.file.Close()
		l.file = nil
		if err != nil {
			return err
		}
		aside, err := l.free(l.path + "." + l.now().UTC().Format("20060102T150405.000000000Z"))
		if err != nil {
			return err
		}
		if err := os.Rename(l.path, aside); err != nil {
			return err
		}
		if err := l.thin(); err != nil {
			return err
		}
	}
	return l.open()
}

// free gives a name that is not taken and sorts behind those that are.
func (l *log) free(name string) (string, error) {
	for i := 0; ; i++ {
		next := name
		if i > 0 {
			next = fmt.Sprintf("%s-%06d", name, i)
		}
		if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			return next, nil
		} else if err != nil {
			return "", err
		}
	}
}

// thin removes the oldest files that were put aside, if so configured.
func (l *log) thin() error {
	if l.keep < 0 {
		return nil
	}
	old, err := l.aside()
	if err != nil {
		return err
	}
	for len(old) > l.keep {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}

// aside lists the files that were put aside, oldest first.
func (l *log) aside() ([]string, error) {
	found, err := os.ReadDir(filepath.Dir(l.path))
	if err != nil {
		return nil, err
	}
	var old []string
	base := filepath.Base(l.path) + "."
	for _, f := range found {
		if rest, ok := strings.CutPrefix(f.Name(), base); ok && len(rest) >= 26 && rest[8] == 'T' && rest[25] == 'Z' {
			old = append(old, filepath.Join(filepath.Dir(l.path), f.Name()))
		}
	}
	slices.Sort(old)
	return old, nil
}

// close ends what is open.
func (l *log) close() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}
