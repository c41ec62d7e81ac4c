package baseline

import (
	"maps"
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An Interval is from what is proved to what is possible: whatever is missing or unknown is not proved, and not ruled out.
type Interval struct {
	Proved   float64 `json:"proved"`
	Possible float64 `json:"possible"`
}

var open = Interval{0, 1}

// both is how far two things that are both needed stand: the lower of them decides.
func (i Interval) both(o Interval) Interval {
	return Interval{min(i.Proved, o.Proved), min(i.Possible, o.Possible)}
}

func (i Interval) times(weight float64) Interval {
	return Interval{i.Proved * weight, i.Possible * weight}
}

func (i Interval) plus(o Interval) Interval {
	return Interval{i.Proved + o.Proved, i.Possible + o.Possible}
}

// Counts are what scanners say of one thing on targets; Waived of the failed and unknown are excepted.
type Counts struct {
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
	Waived  int `json:"waived"`
	// Inapplicable are those on which it does not bear; they count for nothing.
	Inapplicable int `json:"not_applicable"`
	// excepted are how many of Fail and Unknown are waived.
	exceptedFail, exceptedUnknown int
}

func (c *Counts) add(s *standing) {
	switch s.outcome {
	case pb.Outcome_OUTCOME_PASS:
		c.Pass++
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		c.Inapplicable++
	case pb.Outcome_OUTCOME_FAIL:
		c.Fail++
		if s.excepted() {
			c.Waived, c.exceptedFail = c.Waived+1, c.exceptedFail+1
		}
	default:
		c.Unknown++
		if s.excepted() {
			c.Waived, c.exceptedUnknown = c.Waived+1, c.exceptedUnknown+1
		}
	}
}

// share is the share that passes; with waivers, of those that are not waived. Where nothing is left nothing is known.
func (c Counts) share(waivers bool) Interval {
	fail, unknown := c.Fail, c.Unknown
	if waivers {
		fail, unknown = fail-c.exceptedFail, unknown-c.exceptedUnknown
	}
	n := float64(c.Pass + fail + unknown)
	if n == 0 {
		return open
	}
	return Interval{float64(c.Pass) / n, float64(c.Pass+unknown) / n}
}

// Attested is what people state of a clause.
type Attested struct {
	// Stated: there is a statement that counts now. Applicable is false where it says that the clause does not apply.
	Stated, Applicable bool
	// Share of the clause that is met.
	Share Interval
	// By names the statements.
	By []string
}

// An Appraiser gathers what findings say of a scoring table.
type Appraiser struct {
	table    *ScoringTable
	baseline *Baseline
	clauses  map[string]*Counts
	controls map[string]*Counts
	targets  int
}

// Appraiser begins with no target.
func (t *ScoringTable) Appraiser() *Appraiser {
	return &Appraiser{table: t, baseline: ByID(t.Baseline), clauses: map[string]*Counts{}, controls: map[string]*Counts{}}
}

// Target adds all the findings of one target. A check judged with several figures counts once for its control, by the worst outcome:
// the strictest figure decides.
func (a *Appraiser) Target(marks []Mark) {
	a.targets++
	type judged struct{ control, check string }
	clauses, controls := map[string]*standing{}, map[judged]*standing{}
	for _, m := range marks {
		k := judged{m.Control, m.Check}
		if controls[k] == nil {
			controls[k] = newStanding()
		}
		controls[k].add(m)
		if m.Baseline != a.baseline.ID {
			continue
		}
		if clauses[m.Clause] == nil {
			clauses[m.Clause] = newStanding()
		}
		clauses[m.Clause].add(m)
	}
	for id, s := range clauses {
		if a.clauses[id] == nil {
			a.clauses[id] = &Counts{}
		}
		a.clauses[id].add(s)
	}
	for k, s := range controls {
		if a.controls[k.control] == nil {
			a.controls[k.control] = &Counts{}
		}
		a.controls[k.control].add(s)
	}
}

// An Appraisal is a scoring table with what is proved of it. The table states weights only; how an indicator is shared out is ours:
// its clauses count alike, a clause is met as far as both people and scanners say so, and an indicator as far as both its clauses
// and the checks of its controls do. What is missing is not met.
type Appraisal struct {
	ID, Baseline string
	Title        *pb.Text
	// Targets is how many the findings are of.
	Targets int
	// Weight is the sum of the indicators that apply: what the points are out of.
	Weight int
	// Points without waivers; WithWaivers leaves out what is waived. Neither counts it as met.
	Points, WithWaivers Interval
	Groups              []AppraisedGroup
}

// AppraisedGroup is the upper level of the table.
type AppraisedGroup struct {
	Name                *pb.Text
	Weight              int
	Points, WithWaivers Interval
	Indicators          []AppraisedIndicator
}

// AppraisedIndicator is the lower one.
type AppraisedIndicator struct {
	*Indicator
	// Applicable is false where people state of all its clauses that they do not apply; the weight is left out then.
	Applicable          bool
	Points, WithWaivers Interval
	Clauses             []AppraisedClause
	// Checks counts checks on targets under the indicator's controls. Seen and Unseen are the controls with and without a result.
	Checks       Counts
	Seen, Unseen []string
}

// AppraisedClause is what one clause of an indicator rests on.
type AppraisedClause struct {
	*Clause
	// Checks counts targets; it says nothing where the clause has no checks.
	Checks   Counts
	Attested Attested
	// Applicable is false where it counts for nothing.
	Applicable         bool
	Share, WithWaivers Interval
	// LacksResult and LacksAttestation say what is missing.
	LacksResult, LacksAttestation bool
}

// Appraise sums up, with what people attest of each clause of the table's baseline.
func (a *Appraiser) Appraise(attested func(clause string) Attested) Appraisal {
	out := Appraisal{ID: a.table.ID, Baseline: a.table.Baseline, Title: a.table.Title, Targets: a.targets}
	for i := range a.table.Indicators {
		in := a.indicator(&a.table.Indicators[i], attested)
		at := slices.IndexFunc(out.Groups, func(g AppraisedGroup) bool { return g.Name.GetEn() == in.Group.GetEn() })
		if at < 0 {
			at = len(out.Groups)
			out.Groups = append(out.Groups, AppraisedGroup{Name: in.Group})
		}
		g := &out.Groups[at]
		g.Indicators = append(g.Indicators, in)
		if in.Applicable {
			g.Weight += in.Weight
			g.Points, g.WithWaivers = g.Points.plus(in.Points), g.WithWaivers.plus(in.WithWaivers)
		}
	}
	for _, g := range out.Groups {
		out.Weight += g.Weight
		out.Points, out.WithWaivers = out.Points.plus(g.Points), out.WithWaivers.plus(g.WithWaivers)
	}
	return out
}

func (a *Appraiser) indicator(in *Indicator, attested func(string) Attested) AppraisedIndicator {
	out := AppraisedIndicator{Indicator: in}
	var sum, waived Interval
	n, observable := 0.0, false
	for _, id := range in.Clauses {
		c := a.clause(a.baseline.Clause(id), attested)
		out.Clauses = append(out.Clauses, c)
		observable = observable || c.NotObservable == nil
		if c.Applicable {
			n++
			sum, waived = sum.plus(c.Share), waived.plus(c.WithWaivers)
		}
	}
	share, with := open, open
	if n > 0 {
		share, with = sum.times(1/n), waived.times(1/n)
	}
	out.Applicable = n > 0 || !observable
	for _, id := range in.Controls {
		c := a.controls[id]
		if c == nil {
			out.Unseen = append(out.Unseen, id)
			continue
		}
		out.Seen = append(out.Seen, id)
		out.Checks.plus(*c)
	}
	if len(in.Controls) > 0 {
		share, with = share.both(out.Checks.share(false)), with.both(out.Checks.share(true))
	}
	if out.Applicable {
		out.Points, out.WithWaivers = share.times(float64(in.Weight)), with.times(float64(in.Weight))
	}
	return out
}

func (c *Counts) plus(o Counts) {
	c.Pass, c.Fail, c.Unknown, c.Waived, c.Inapplicable = c.Pass+o.Pass, c.Fail+o.Fail, c.Unknown+o.Unknown, c.Waived+o.Waived, c.Inapplicable+o.Inapplicable
	c.exceptedFail, c.exceptedUnknown = c.exceptedFail+o.exceptedFail, c.exceptedUnknown+o.exceptedUnknown
}

func (a *Appraiser) clause(c *Clause, attested func(string) Attested) AppraisedClause {
	out := AppraisedClause{Clause: c, Applicable: true, Share: Interval{1, 1}, WithWaivers: Interval{1, 1}}
	parts := 0
	if c.Evidence() != nil {
		out.Attested = attested(c.ID)
		switch {
		case !out.Attested.Stated:
			out.LacksAttestation = true
			out.Attested.Share = open
			fallthrough
		case out.Attested.Applicable:
			out.Share, out.WithWaivers = out.Share.both(out.Attested.Share), out.WithWaivers.both(out.Attested.Share)
			parts++
		}
	}
	if len(c.Checks) > 0 {
		counts := a.clauses[c.ID]
		switch {
		case counts == nil:
			out.LacksResult = true
			out.Share, out.WithWaivers = out.Share.both(open), out.WithWaivers.both(open)
			parts++
		case counts.Pass+counts.Fail+counts.Unknown > 0:
			out.Checks = *counts
			out.Share, out.WithWaivers = out.Share.both(counts.share(false)), out.WithWaivers.both(counts.share(true))
			parts++
		default:
			out.Checks = *counts
		}
	}
	if parts == 0 {
		out.Applicable, out.Share, out.WithWaivers = false, Interval{}, Interval{}
	}
	return out
}

// Missing are the clauses of which something is missing, by id.
func (i AppraisedIndicator) Missing() []string {
	ids := map[string]bool{}
	for _, c := range i.Clauses {
		if c.LacksResult || c.LacksAttestation {
			ids[c.Clause.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}
