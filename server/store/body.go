package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	// MaxBody is the largest delivery, compressed.
	MaxBody = 16 << 20
	// MaxSnapshot is the largest delivery when opened.
	MaxSnapshot = 64 << 20
)

var decoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxSnapshot), zstd.WithDecoderConcurrency(0))
})

var encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault))
})

// OpenBody gives the snapshot in a body.
func OpenBody(body []byte) (*pb.Snapshot, error) {
	raw, err := inflate(body)
	if err != nil {
		return nil, err
	}
	snapshot := &pb.Snapshot{}
	if err := proto.Unmarshal(raw, snapshot); err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	return snapshot, nil
}

// Serialized gives the serialized snapshot in a body, byte for byte.
func Serialized(body []byte) ([]byte, error) { return inflate(body) }

// Body is a snapshot as it is delivered: serialized and compressed.
func Body(snapshot *pb.Snapshot) ([]byte, error) {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(snapshot)
	if err != nil {
		return nil, fmt.Errorf("write the snapshot: %w", err)
	}
	enc, err := encoder()
	if err != nil {
		return nil, fmt.Errorf("compress the snapshot: %w", err)
	}
	return enc.EncodeAll(raw, nil), nil
}

var errTooLarge = errors.New("too large")

func inflate(body []byte) ([]byte, error) {
	if len(body) > MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, compressed; at most %d are taken", errTooLarge, len(body), MaxBody)
	}
	dec, err := decoder()
	if err != nil {
		return nil, fmt.Errorf("open the snapshot: %w", err)
	}
	raw, err := dec.DecodeAll(body, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) || len(raw) > MaxSnapshot {
		return nil, fmt.Errorf("%w: more than %d bytes when opened", errTooLarge, MaxSnapshot)
	}
	if err != nil {
		return nil, fmt.Errorf("open the snapshot: %w", err)
	}
	return raw, nil
}
