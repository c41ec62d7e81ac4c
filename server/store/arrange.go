package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// findingID is checks.ID before it is written in hex.
func findingID(target, baseline, clause, check, scope string) (id [16]byte) {
	h := make([]byte, 0, 256)
	for i, part := range []string{target, baseline, clause, check, scope} {
		if i > 0 {
			h = append(h, 0)
		}
		h = append(h, part...)
	}
	sum := sha256.Sum256(h)
	copy(id[:], sum[:])
	return id
}

func hexID(id [16]byte) string { return hex.EncodeToString(id[:]) }

// severity orders outcomes: of two, the one that worries more.
func severity(o pb.Outcome) int {
	switch o {
	case pb.Outcome_OUTCOME_FAIL:
		return 4
	case pb.Outcome_OUTCOME_UNKNOWN:
		return 3
	case pb.Outcome_OUTCOME_PASS:
		return 2
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return 1
	}
	return 0
}

// arrange sorts the entries by id. Of two with the same id the worse one stays: it is one finding, and no pass may hide a failure.
func (r *reading) arrange() {
	slices.SortStableFunc(r.entries, func(a, b entry) int {
		if c := bytes.Compare(a.id[:], b.id[:]); c != 0 {
			return c
		}
		return severity(b.outcome) - severity(a.outcome)
	})
	r.entries = slices.CompactFunc(r.entries, func(a, b entry) bool { return a.id == b.id })
	r.ids = make([]byte, 0, 16*len(r.entries))
	r.status = make([]byte, 0, len(r.entries))
	for i := range r.entries {
		e := &r.entries[i]
		r.ids = append(r.ids, e.id[:]...)
		r.status = append(r.status, e.status())
		r.judged[e.finding.GetBaseline()] = true
	}
	sum := sha256.Sum256(r.ids)
	r.shape = sum[:16]
}
