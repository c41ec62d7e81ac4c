package rejudge

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Verdict is a finding as it comes out now, beside what was delivered.
type Verdict struct {
	*pb.Finding
	// Was is the outcome that was delivered: of the same finding or, by another baseline, the worst of the same check and scope.
	// UNSPECIFIED where nothing was.
	Was pb.Outcome
}

// Changed says whether it comes out otherwise than it was delivered.
func (v Verdict) Changed() bool { return v.Was != v.GetOutcome() }

// Beside puts what comes out beside what a snapshot says.
func Beside(s *pb.Snapshot, found []*pb.Finding) []Verdict {
	type subject struct{ check, scope string }
	same, like := map[string]pb.Outcome{}, map[subject]pb.Outcome{}
	for _, f := range s.GetFindings() {
		k := subject{f.GetCheck(), f.GetScope()}
		same[f.GetId()] = worse(same[f.GetId()], f.GetOutcome())
		like[k] = worse(like[k], f.GetOutcome())
	}
	out := make([]Verdict, len(found))
	for i, f := range found {
		was, ok := same[f.GetId()]
		if !ok {
			was = like[subject{f.GetCheck(), f.GetScope()}]
		}
		out[i] = Verdict{f, was}
	}
	return out
}

// worse of two outcomes: failed, unknown, passed, not applicable, none.
func worse(a, b pb.Outcome) pb.Outcome {
	rank := map[pb.Outcome]int{
		pb.Outcome_OUTCOME_FAIL: 4, pb.Outcome_OUTCOME_UNKNOWN: 3, pb.Outcome_OUTCOME_PASS: 2, pb.Outcome_OUTCOME_NOT_APPLICABLE: 1,
	}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
