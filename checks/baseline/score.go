package baseline

import (
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The weight of a clause in the score: a basic clause binds at once, an enhanced one within years of issue.
const (
	basicWeight    = 1.0
	enhancedWeight = 0.5
)

// A Score is what findings come to under a baseline. Points never stand alone: Judged says on how much they rest.
type Score struct {
	Baseline string `json:"baseline"`
	// Points, 0 to 100: the weight of the clauses that pass among all that apply. What is unknown has not passed.
	Points float64 `json:"points"`
	// Judged, 0 to 1: the weight of the clauses with a verdict among all that apply.
	Judged float64 `json:"judged"`
	// Clauses by outcome, one for each target.
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Unknown       int `json:"unknown"`
	NotApplicable int `json:"not_applicable"`
	// PartialPass are the passes in which the checks decided only part of the clause.
	PartialPass int `json:"partial_pass"`
	// Clauses of the baseline on which the findings say nothing: attested, not observable, or for other targets.
	Silent int `json:"silent"`
}

// Applicable says whether any clause applied; without one there is no score.
func (s Score) Applicable() bool { return s.Pass+s.Fail+s.Unknown > 0 }

// Score weighs findings. A clause passes on a target when nothing of it failed or stayed unknown there; findings of other
// baselines are passed over.
func (b *Baseline) Score(findings []*pb.Finding) Score {
	type place struct{ target, clause string }
	type standing struct {
		outcome pb.Outcome
		full    bool
	}
	weight := make(map[string]float64, len(b.Clauses))
	for _, c := range b.Clauses {
		weight[c.ID] = basicWeight
		if c.Level == Enhanced {
			weight[c.ID] = enhancedWeight
		}
	}
	at := map[place]standing{}
	said := map[string]bool{}
	for _, f := range findings {
		if f.GetBaseline() != b.ID || weight[f.GetClause()] == 0 {
			continue
		}
		p := place{f.GetTargetId(), f.GetClause()}
		s, seen := at[p]
		if !seen {
			s.outcome = pb.Outcome_OUTCOME_NOT_APPLICABLE
		}
		s.outcome = worse(s.outcome, f.GetOutcome())
		s.full = s.full || !f.GetPartial() && f.GetOutcome() == pb.Outcome_OUTCOME_PASS
		at[p] = s
		said[p.clause] = true
	}
	score := Score{Baseline: b.ID, Silent: len(b.Clauses) - len(said)}
	var passed, judged, all float64
	for p, s := range at {
		w := weight[p.clause]
		switch s.outcome {
		case pb.Outcome_OUTCOME_PASS:
			score.Pass++
			if !s.full {
				score.PartialPass++
			}
			passed, judged, all = passed+w, judged+w, all+w
		case pb.Outcome_OUTCOME_FAIL:
			score.Fail++
			judged, all = judged+w, all+w
		case pb.Outcome_OUTCOME_NOT_APPLICABLE:
			score.NotApplicable++
		default:
			score.Unknown++
			all += w
		}
	}
	if all > 0 {
		score.Points, score.Judged = 100*passed/all, judged/all
	}
	return score
}

// worse combines outcomes: a failure outweighs an unknown, that a pass, that what does not apply.
func worse(a, b pb.Outcome) pb.Outcome {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

func rank(o pb.Outcome) int {
	switch o {
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return 0
	case pb.Outcome_OUTCOME_PASS:
		return 1
	case pb.Outcome_OUTCOME_FAIL:
		return 3
	}
	return 2
}
