// Package file is a sink that appends to a file: for those who have no server, and to look at what is delivered. A delivery is
// accepted once it is durable in the file.
//
// It removes nothing unless told how many old files to keep, and it does not deduplicate: sender, epoch and sequence stand in each
// delivery.
package file

import (
	"bufio"
	"context"
	"encoding/binary"
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

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// Name of the sink.
const Name = "file"

// Settings that it knows.
const (
	// settingPath is the file; absolute.
	settingPath = "path"
	// settingFormat is json (a delivery a line; the default) or protobuf (each with its length before it, as a varint).
	settingFormat = "format"
	// settingMaxBytes is when the file is put aside and a new one begun; 64 MiB.
	settingMaxBytes = "max_bytes"
	// settingKeep is how many files put aside are kept; all, if it is not set.
	settingKeep = "keep"
)

const defaultMaxBytes = 64 << 20

// Sink appends deliveries to a file.
type Sink struct {
	path     string
	protobuf bool
	maxBytes int64
	keep     int // -1: all
	now      func() time.Time

	file *os.File
	size int64
}

// New gives a sink that is not configured yet.
func New() sink.Sink { return &Sink{now: time.Now} }

// Builtin is the sink as part of a program.
func Builtin() sink.Builtin { return sink.Builtin{Name: Name, New: New} }

// Configure checks the settings and opens the file.
func (s *Sink) Configure(_ context.Context, settings map[string]string) error {
	s.path, s.protobuf, s.maxBytes, s.keep = "", false, defaultMaxBytes, -1
	for name, value := range settings {
		var err error
		switch name {
		case settingPath:
			s.path = value
		case settingFormat:
			if s.protobuf = value == "protobuf"; !s.protobuf && value != "json" {
				err = errors.New("want json or protobuf")
			}
		case settingMaxBytes:
			if s.maxBytes, err = strconv.ParseInt(value, 10, 64); err == nil && s.maxBytes < 1 {
				err = errors.New("want a positive number")
			}
		case settingKeep:
			if s.keep, err = strconv.Atoi(value); err == nil && s.keep < 0 {
				err = errors.New("want a number")
			}
		default:
			err = errors.New("there is no such setting")
		}
		if err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	if !filepath.IsAbs(s.path) {
		return fmt.Errorf("setting %q: want an absolute path", settingPath)
	}
	return s.open()
}

// Send appends the deliveries and accepts them after one fsync; of those that do not fit before a write fails, none.
func (s *Sink) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if s.path == "" {
		return 0, errors.New("the file sink is not configured")
	}
	accepted := 0
	for accepted < len(deliveries) {
		if err := ctx.Err(); err != nil {
			return accepted, err
		}
		n, err := s.some(deliveries[accepted:])
		accepted += n
		if err != nil {
			return accepted, err
		}
	}
	return accepted, nil
}

// some appends as many deliveries as belong into the current file, at least one.
func (s *Sink) some(deliveries []*pluginpb.Delivery) (int, error) {
	if s.file == nil || s.size >= s.maxBytes {
		if err := s.rotate(); err != nil {
			return 0, err
		}
	}
	var b []byte
	n := 0
	for n < len(deliveries) && (n == 0 || s.size+int64(len(b)) < s.maxBytes) {
		var err error
		if b, err = s.append(b, deliveries[n]); err != nil {
			if n == 0 {
				return 0, &sink.Refusal{Reason: fmt.Sprintf("it cannot be written as %s", s.format())}
			}
			break
		}
		n++
	}
	_, err := s.file.WriteAt(b, s.size)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// After a failed fsync only a file opened anew says what is there; opening cuts off what is not whole.
		err = errors.Join(fmt.Errorf("append to %s: %w", s.path, err), s.file.Truncate(s.size), s.file.Close())
		s.file = nil
		return 0, err
	}
	s.size += int64(len(b))
	return n, nil
}

func (s *Sink) format() string {
	if s.protobuf {
		return "protobuf"
	}
	return "json"
}

func (s *Sink) append(b []byte, d *pluginpb.Delivery) ([]byte, error) {
	if !s.protobuf {
		line, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(d)
		return append(append(b, line...), '\n'), err
	}
	b = binary.AppendUvarint(b, uint64(proto.Size(d)))
	return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, d)
}

// open opens the file behind its last whole delivery. What is behind that was never accepted.
func (s *Sink) open() error {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", s.path)
	}
	if err == nil {
		s.size, err = s.whole(f)
	}
	if err == nil {
		err = f.Truncate(s.size)
	}
	if err == nil {
		err = syncDir(filepath.Dir(s.path))
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	s.file = f
	return nil
}

// whole says where the last whole delivery in the file ends.
func (s *Sink) whole(f *os.File) (int64, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	end, at := int64(0), int64(0)
	for {
		if s.protobuf {
			length, err := binary.ReadUvarint(r)
			if err != nil || length > sink.MaxMessage {
				return end, ignoreEnd(err)
			}
			head := int64(len(binary.AppendUvarint(nil, length)))
			n, err := io.CopyN(io.Discard, r, int64(length))
			if err != nil {
				return end, ignoreEnd(err)
			}
			end += head + n
			continue
		}
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
func (s *Sink) rotate() error {
	if s.file != nil {
		err := s.file.Close()
		s.file = nil
		if err != nil {
			return err
		}
		aside, err := s.free(s.path + "." + s.now().UTC().Format("20060102T150405.000000000Z"))
		if err != nil {
			return err
		}
		if err := os.Rename(s.path, aside); err != nil {
			return err
		}
		if err := s.thin(); err != nil {
			return err
		}
	}
	return s.open()
}

// free gives a name that is not taken and sorts behind those that are.
func (s *Sink) free(name string) (string, error) {
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
func (s *Sink) thin() error {
	if s.keep < 0 {
		return nil
	}
	old, err := s.aside()
	if err != nil {
		return err
	}
	for len(old) > s.keep {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}

// aside lists the files that were put aside, oldest first.
func (s *Sink) aside() ([]string, error) {
	found, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return nil, err
	}
	var old []string
	base := filepath.Base(s.path) + "."
	for _, f := range found {
		if rest, ok := strings.CutPrefix(f.Name(), base); ok && len(rest) >= 26 && rest[8] == 'T' && rest[25] == 'Z' {
			old = append(old, filepath.Join(filepath.Dir(s.path), f.Name()))
		}
	}
	slices.Sort(old)
	return old, nil
}
