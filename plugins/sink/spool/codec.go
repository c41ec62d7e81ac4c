package spool

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxSnapshot is the largest snapshot that is taken, serialized, in bytes. It fits into a message to a sink.
const MaxSnapshot = 60 << 20

// ErrTooLarge says that a snapshot can never be delivered, so it was not taken.
var ErrTooLarge = errors.New("the snapshot is too large to be delivered")

// A codec turns snapshots into payloads and back. It starts no goroutine.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(MaxSnapshot))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &codec{enc, dec}, nil
}

func (c *codec) encode(s *pb.Snapshot) ([]byte, error) {
	if n := proto.Size(s); n > MaxSnapshot {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, n, MaxSnapshot)
	}
	raw, err := proto.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("serialize the snapshot: %w", err)
	}
	payload := c.enc.EncodeAll(raw, nil)
	if len(payload) > MaxRecord {
		return nil, fmt.Errorf("%w: %d bytes compressed, at most %d", ErrTooLarge, len(payload), MaxRecord)
	}
	return payload, nil
}

func (c *codec) decode(payload []byte) (*pb.Snapshot, int, error) {
	raw, err := c.dec.DecodeAll(payload, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("unpack the snapshot: %w", err)
	}
	s := &pb.Snapshot{}
	if err := proto.Unmarshal(raw, s); err != nil {
		return nil, 0, fmt.Errorf("read the snapshot: %w", err)
	}
	return s, len(raw), nil
}
