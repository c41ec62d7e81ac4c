package baseline

import (
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A ScoringTable is a list of indicators with weights by which people are given points. The one built in follows the Shanghai
// guideline: 16 indicators, 100 points. No indicator is awarded by a program; findings only say how far the technical part of
// one stands, beside the evidence that is demanded.
type ScoringTable struct {
	ID, Baseline string
	Title        *pb.Text
	Indicators   []Indicator
}

// An Indicator is one line of a scoring table.
type Indicator struct {
	ID          string
	Group, Name *pb.Text
	// Weight is how many points it can bring.
	Weight int
	Text   *pb.Text
	// Clauses of the guideline that it rests on.
	Clauses []string
	// Controls are those whose findings can feed it; none: documents only.
	Controls []string
	// Share says what findings are worth here.
	Share *pb.Text
	// Evidence is what the table demands to be shown.
	Evidence []*pb.Text
}

// ShanghaiScoring is the scoring table of the Shanghai guideline. Nobody may change it.
func ShanghaiScoring() *ScoringTable { return &scoring }

// A Contribution is what findings bring to an indicator, and what is missing.
type Contribution struct {
	Indicator *Indicator
	// Pass, Fail and Unknown count checks on targets.
	Pass, Fail, Unknown int
	// Readiness, 0 to 1, is the share that passed; what is unknown has not. It is no award of points.
	Readiness float64
	// Seen and Missing are the indicator's controls with and without a finding.
	Seen, Missing []string
}

// Contributions weighs findings of any baselines by control. A check judged with several figures on the same target counts
// once, by the worst outcome: the strictest figure decides.
func (t *ScoringTable) Contributions(findings []*pb.Finding) []Contribution {
	type judged struct{ target, control, check string }
	outcomes := map[judged]pb.Outcome{}
	for _, f := range findings {
		k := judged{f.GetTargetId(), f.GetControl(), f.GetCheck()}
		if o, seen := outcomes[k]; seen {
			outcomes[k] = worse(o, f.GetOutcome())
		} else {
			outcomes[k] = worse(pb.Outcome_OUTCOME_NOT_APPLICABLE, f.GetOutcome())
		}
	}
	out := make([]Contribution, len(t.Indicators))
	for i := range t.Indicators {
		in := &t.Indicators[i]
		c := Contribution{Indicator: in}
		for k, o := range outcomes {
			if !slices.Contains(in.Controls, k.control) || o == pb.Outcome_OUTCOME_NOT_APPLICABLE {
				continue
			}
			switch o {
			case pb.Outcome_OUTCOME_PASS:
				c.Pass++
			case pb.Outcome_OUTCOME_FAIL:
				c.Fail++
			default:
				c.Unknown++
			}
			if !slices.Contains(c.Seen, k.control) {
				c.Seen = append(c.Seen, k.control)
			}
		}
		slices.Sort(c.Seen)
		for _, id := range in.Controls {
			if !slices.Contains(c.Seen, id) {
				c.Missing = append(c.Missing, id)
			}
		}
		if n := c.Pass + c.Fail + c.Unknown; n > 0 {
			c.Readiness = float64(c.Pass) / float64(n)
		}
		out[i] = c
	}
	return out
}
