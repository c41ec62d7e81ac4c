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
	log
	protobuf bool
}

// New gives a sink that is not configured yet.
func New() sink.Sink { return &Sink{log: newLog(time.Now)} }

// Builtin is the sink as part of a program.
func Builtin() sink.Builtin { return sink.Builtin{Name: Name, New: New} }

// Configure checks the settings and opens the file.
func (s *Sink) Configure(_ context.Context, settings map[string]string) error {
	if err := s.close(); err != nil {
		return err
	}
	s.log, s.protobuf = newLog(s.now), false
	for name, value := range settings {
		known, err := s.set(name, value)
		switch {
		case known:
		case name == settingFormat:
			if s.protobuf = value == "protobuf"; !s.protobuf && value != "json" {
				err = errors.New("want json or protobuf")
			}
		default:
			err = errors.New("there is no such setting")
		}
		if err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	if s.protobuf {
		s.whole = whole
	}
	return s.open()
}

// Send appends the deliveries and accepts them after one fsync; of those that do not fit before a write fails, none.
func (s *Sink) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if s.path == "" {
		return 0, errors.New("the file sink is not configured")
	}
	return all(ctx, deliveries, s.some)
}

// all calls some until it has taken all of a list.
func all[T any](ctx context.Context, list []T, some func([]T) (int, error)) (accepted int, err error) {
	for accepted < len(list) {
		if err := ctx.Err(); err != nil {
			return accepted, err
		}
		n, err := some(list[accepted:])
		accepted += n
		if err != nil {
			return accepted, err
		}
	}
	return accepted, nil
}

// some appends as many deliveries as belong into the current file, at least one.
func (s *Sink) some(deliveries []*pluginpb.Delivery) (int, error) {
	room, err := s.room()
	if err != nil {
		return 0, err
	}
	var b []byte
	n := 0
	for n < len(deliveries) && (n == 0 || int64(len(b)) < room) {
		if b, err = s.append(b, deliveries[n]); err != nil {
			if n == 0 {
				return 0, &sink.Refusal{Reason: fmt.Sprintf("it cannot be written as %s", s.format())}
			}
			break
		}
		n++
	}
	if err := s.write(b); err != nil {
		return 0, err
	}
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

// whole says where the last whole delivery ends, where each has its length before it.
func whole(r *bufio.Reader) (end int64, err error) {
	for {
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
	}
}
