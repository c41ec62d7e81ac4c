package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// Refused is a delivery that the sink refused for good. It stays on record until an operator discards it.
type Refused struct {
	Epoch    uint64    `json:"epoch"`
	Sequence uint64    `json:"sequence"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
	// Snapshot is the refused snapshot, serialized and compressed with zstd.
	Snapshot []byte `json:"snapshot"`
}

// reserveFile holds space for the little that must be written to get out of a full disk.
const (
	reserveFile = "reserve"
	reserveSize = 64 << 10
)

// refuse puts a delivery on record and passes it. The record is durable before the delivery is settled.
func (s *Spool) refuse(d *pluginpb.Delivery, reason string) error {
	payload, err := s.codec.encode(d.GetSnapshot())
	if err != nil {
		return err
	}
	return s.setAside(d.GetSequence(), d.GetEpoch(), payload, reason)
}

func (s *Spool) setAside(sequence, epoch uint64, payload []byte, reason string) error {
	r := Refused{epoch, sequence, sink.Clean(reason), s.opt.Now(), payload}
	dir, name := filepath.Join(s.dir, refusedDir), refusedName(sequence)
	if err := s.withReserve(func() error { return writeState(dir, name, r) }); err != nil {
		return fmt.Errorf("put a refused delivery on record: %w", err)
	}
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.bytes += info.Size() - s.refused[sequence]
	s.refused[sequence] = info.Size()
	s.mu.Unlock()
	return s.ack(sequence)
}

// Refused lists the refused deliveries, by sequence. Their records count towards the quota.
func (s *Spool) Refused() ([]Refused, error) {
	s.mu.Lock()
	var sequences []uint64
	for n := range s.refused {
		sequences = append(sequences, n)
	}
	s.mu.Unlock()
	slices.Sort(sequences)
	var all []Refused
	for _, n := range sequences {
		var r Refused
		if err := readState(filepath.Join(s.dir, refusedDir), refusedName(n), &r); err != nil {
			return all, fmt.Errorf("refused delivery %d: %w", n, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// Discard removes the record of a refused delivery.
func (s *Spool) Discard(sequence uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	size, ok := s.refused[sequence]
	if !ok {
		return fmt.Errorf("no refused delivery %d", sequence)
	}
	if err := remove(filepath.Join(s.dir, refusedDir, refusedName(sequence))); err != nil {
		return err
	}
	delete(s.refused, sequence)
	s.bytes -= size
	return nil
}

func refusedName(sequence uint64) string { return fmt.Sprintf("%020d.json", sequence) }

func (s *Spool) recoverRefused() error {
	found, err := os.ReadDir(filepath.Join(s.dir, refusedDir))
	if err != nil {
		return err
	}
	for _, f := range found {
		n, err := strconv.ParseUint(strings.TrimSuffix(f.Name(), ".json"), 10, 64)
		if err != nil {
			continue // half-made; the next refusal replaces it
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		s.refused[n] = info.Size()
		s.bytes += info.Size()
	}
	return nil
}

// withReserve does what must be done even if the disk is full: then it gives the reserve up for it.
func (s *Spool) withReserve(do func() error) error {
	err := do()
	if !diskFull(err) {
		return err
	}
	if err := remove(filepath.Join(s.dir, reserveFile)); err != nil {
		return err
	}
	return do()
}

// reserve lays the reserve by, if it is not there.
func (s *Spool) reserve() error {
	if _, err := os.Stat(filepath.Join(s.dir, reserveFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return replaceFile(s.dir, reserveFile, make([]byte, reserveSize))
}
