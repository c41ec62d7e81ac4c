package spool

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Next is the sequence that the next snapshot gets, or a lower one than it.
func (s *Spool) Next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// Since visits the snapshots from a sequence on, oldest first, delivered or not, as far as they are still here.
func (s *Spool) Since(from uint64, visit func(*pb.Snapshot)) error {
	s.mu.Lock()
	i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].sequence >= from })
	entries := slices.Clone(s.entries[i:])
	s.mu.Unlock()
	var files opened
	defer files.close()
	for _, e := range entries {
		payload, err := files.read(e)
		if errors.Is(err, errPayload) {
			continue // dropped meanwhile, or damaged, which delivering tells
		}
		if err != nil {
			return fmt.Errorf("read the spool: %w", err)
		}
		if snapshot, _, err := s.codec.decode(payload); err == nil {
			visit(snapshot)
		}
	}
	return nil
}
