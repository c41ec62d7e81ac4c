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
	// Waived are clauses left out of the points because all that is not met there is waived. They are not met.
	Waived int `json:"waived"`
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
	ofTarget := map[string][]Mark{}
	for _, f := range findings {
		ofTarget[f.GetTargetId()] = append(ofTarget[f.GetTargetId()], Mark{
			Baseline: f.GetBaseline(), Clause: f.GetClause(), Control: f.GetControl(), Check: f.GetCheck(), Outcome: f.GetOutcome(), Partial: f.GetPartial(),
		})
	}
	t := b.Tally(false)
	for _, marks := range ofTarget {
		t.Target(marks)
	}
	return t.Score()
}

// A Mark is what a score needs to know of a finding.
type Mark struct {
	Baseline, Clause, Control, Check string
	Outcome                          pb.Outcome
	Partial                          bool
	// Waived: people accepted that it is not met. That makes nothing met.
	Waived bool
}

// standing is where several findings of one thing stand together.
type standing struct {
	outcome pb.Outcome
	// rest is the outcome of those that nobody waived; waived says whether any is, full whether one decides a clause whole.
	rest         pb.Outcome
	waived, full bool
}

func newStanding() *standing {
	return &standing{outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE, rest: pb.Outcome_OUTCOME_NOT_APPLICABLE}
}

func (s *standing) add(m Mark) {
	s.outcome = worse(s.outcome, m.Outcome)
	s.full = s.full || !m.Partial && m.Outcome == pb.Outcome_OUTCOME_PASS
	if m.Waived && m.Outcome != pb.Outcome_OUTCOME_PASS && m.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
		s.waived = true
		return
	}
	s.rest = worse(s.rest, m.Outcome)
}

// excepted says whether all that is not met is waived.
func (s *standing) excepted() bool {
	return s.waived && rank(s.rest) <= rank(pb.Outcome_OUTCOME_PASS)
}

// A Tally adds up how targets stand under a baseline.
type Tally struct {
	baseline            *Baseline
	waivers             bool
	weight              map[string]float64
	score               Score
	passed, judged, all float64
	said                map[string]bool
}

// Tally begins with no target. With waivers, a clause whose failures on a target are all waived counts for nothing there, and
// never as met; without, waivers change nothing.
func (b *Baseline) Tally(waivers bool) *Tally {
	t := &Tally{baseline: b, waivers: waivers, weight: make(map[string]float64, len(b.Clauses)), score: Score{Baseline: b.ID}, said: map[string]bool{}}
	for _, c := range b.Clauses {
		t.weight[c.ID] = basicWeight
		if c.Level == Enhanced {
			t.weight[c.ID] = enhancedWeight
		}
	}
	return t
}

// Target adds all the findings of one target; those of other baselines are passed over.
func (t *Tally) Target(marks []Mark) {
	at := map[string]*standing{}
	for _, m := range marks {
		if m.Baseline != t.baseline.ID || t.weight[m.Clause] == 0 {
			continue
		}
		if at[m.Clause] == nil {
			at[m.Clause] = newStanding()
		}
		at[m.Clause].add(m)
	}
	for clause, s := range at {
		t.said[clause] = true
		t.clause(t.weight[clause], s)
	}
}

func (t *Tally) clause(weight float64, s *standing) {
	outcome := s.outcome
	if t.waivers && s.waived {
		if s.excepted() {
			t.score.Waived++
			return
		}
		outcome = s.rest
	}
	switch outcome {
	case pb.Outcome_OUTCOME_PASS:
		t.score.Pass++
		if !s.full {
			t.score.PartialPass++
		}
		t.passed, t.judged, t.all = t.passed+weight, t.judged+weight, t.all+weight
	case pb.Outcome_OUTCOME_FAIL:
		t.score.Fail++
		t.judged, t.all = t.judged+weight, t.all+weight
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		t.score.NotApplicable++
	default:
		t.score.Unknown++
		t.all += weight
	}
}

// Score is what all targets come to.
func (t *Tally) Score() Score {
	out := t.score
	out.Silent = len(t.baseline.Clauses) - len(t.said)
	if t.all > 0 {
		out.Points, out.Judged = 100*t.passed/t.all, t.judged/t.all
	}
	return out
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
