package baseline

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func met(string) Attested {
	return Attested{Stated: true, Applicable: true, Share: Interval{1, 1}}
}

func silent(string) Attested { return Attested{} }

// full has a passing mark for every control and every clause of the table.
func full(table *ScoringTable) []Mark {
	var out []Mark
	b := ByID(table.Baseline)
	for _, in := range table.Indicators {
		for _, control := range in.Controls {
			out = append(out, Mark{Baseline: "jrt0068-2012", Clause: "x", Control: control, Check: "some.check", Outcome: pass})
		}
		for _, id := range in.Clauses {
			if c := b.Clause(id); len(c.Checks) > 0 {
				out = append(out, Mark{Baseline: b.ID, Clause: id, Control: c.Controls[0], Check: "some.check", Outcome: pass, Partial: true})
			}
		}
	}
	return out
}

// TestShanghaiTable: the two levels of weights are those of the table, and what is missing is never met.
func TestShanghaiTable(t *testing.T) {
	table := ShanghaiScoring()
	nothing := table.Appraiser().Appraise(silent)
	var groups []int
	indicators := 0
	for _, g := range nothing.Groups {
		groups = append(groups, g.Weight)
		indicators += len(g.Indicators)
		for _, in := range g.Indicators {
			if in.Points != (Interval{0, float64(in.Weight)}) || len(in.Missing()) == 0 {
				t.Errorf("%s of nothing is %v; missing %v", in.ID, in.Points, in.Missing())
			}
		}
	}
	if !slices.Equal(groups, []int{40, 30, 30}) || indicators != 16 || nothing.Points != (Interval{0, 100}) {
		t.Errorf("groups %v, %d indicators, %v", groups, indicators, nothing.Points)
	}
	people := table.Appraiser().Appraise(met)
	scanners := table.Appraiser()
	scanners.Target(full(table))
	if s := scanners.Appraise(silent); s.Points.Proved != 0 || !near(s.Points.Possible, 100) {
		t.Errorf("scanners alone prove %v", s.Points)
	}
	if all := scanners.Appraise(met); !near(all.Points.Proved, 100) || !near(all.Points.Possible, 100) {
		t.Errorf("people and scanners prove %v", all.Points)
	}
	for _, g := range people.Groups {
		for _, in := range g.Indicators {
			if scanned := len(in.Controls) > 0 || slices.ContainsFunc(in.Clauses, func(c AppraisedClause) bool { return len(c.Clause.Checks) > 0 }); scanned && near(in.Points.Proved, float64(in.Weight)) {
				t.Errorf("%s was met by words alone", in.ID)
			}
		}
	}
}

func TestAppraisal(t *testing.T) {
	table := ShanghaiScoring()
	at := func(a Appraisal, id string) AppraisedIndicator {
		for _, g := range a.Groups {
			for _, in := range g.Indicators {
				if in.ID == id {
					return in
				}
			}
		}
		t.Fatalf("no %s", id)
		return AppraisedIndicator{}
	}
	a := table.Appraiser()
	one := func(o ...Mark) { a.Target(o) }
	pwd := func(check string, m Mark) Mark {
		m.Baseline, m.Clause, m.Control, m.Check = "jrt0068-2012", "x", "PWD-01", check
		return m
	}
	one(pwd("a", Mark{Outcome: pass}), pwd("b", Mark{Outcome: fail, Waived: true}), pwd("c", Mark{Outcome: unknown}), pwd("d", Mark{Outcome: na}))
	one(pwd("a", Mark{Outcome: pass}), pwd("a", Mark{Outcome: fail})) // the strictest figure decides
	got := at(a.Appraise(met), "SHIF-S/1.1")
	if got.Checks.Pass != 1 || got.Checks.Fail != 2 || got.Checks.Unknown != 1 || got.Checks.Waived != 1 || got.Checks.Inapplicable != 1 ||
		!near(got.Points.Proved, 30.0/4) || !near(got.Points.Possible, 30.0/2) || !near(got.WithWaivers.Proved, 10) || !near(got.WithWaivers.Possible, 20) ||
		!slices.Equal(got.Seen, []string{"PWD-01"}) || len(got.Unseen) != len(got.Indicator.Controls)-1 {
		t.Errorf("%+v", got)
	}
	// All that fails is waived: nothing is left, and nothing is proved.
	a = table.Appraiser()
	one(pwd("a", Mark{Outcome: fail, Waived: true}))
	if got := at(a.Appraise(met), "SHIF-S/1.1"); got.WithWaivers.Proved != 0 || got.Points != (Interval{}) {
		t.Errorf("all waived: %v, with waivers %v", got.Points, got.WithWaivers)
	}
	// What people state not to apply is left out of the weight; one clause of several is left out of the mean.
	mobile := func(clauses ...string) func(string) Attested {
		return func(id string) Attested {
			if slices.Contains(clauses, id) {
				return Attested{Stated: true}
			}
			if id == "SHIF/10-4" {
				return met(id)
			}
			return Attested{}
		}
	}
	whole := table.Appraiser().Appraise(mobile("SHIF/10-1", "SHIF/10-2", "SHIF/10-3", "SHIF/10-4"))
	if got := at(whole, "SHIF-S/2.6"); got.Applicable || whole.Weight != 95 || whole.Points.Possible != 95 {
		t.Errorf("not applicable: %+v of %d", got.Points, whole.Weight)
	}
	if got := at(table.Appraiser().Appraise(mobile("SHIF/10-1", "SHIF/10-2")), "SHIF-S/2.6"); !near(got.Points.Proved, 2.5) || !near(got.Points.Possible, 5) || !slices.Equal(got.Missing(), []string{"SHIF/10-3"}) {
		t.Errorf("two of four do not apply, one is met, one is missing: %v, missing %v", got.Points, got.Missing())
	}
	half := func(string) Attested { return Attested{Stated: true, Applicable: true, Share: Interval{0.5, 0.5}} }
	if got := at(table.Appraiser().Appraise(half), "SHIF-S/1.2"); !near(got.Points.Proved, 5) || !near(got.Points.Possible, 5) {
		t.Errorf("partly met: %v", got.Points)
	}
}

// Whatever comes in, an interval is one, waivers change nothing without waivers, and a verdict less proves no more.
func TestAppraisalProperties(t *testing.T) {
	table := ShanghaiScoring()
	rng := rand.New(rand.NewPCG(5, 6))
	all := full(table)
	for range 200 {
		var marks, bare []Mark
		for _, m := range all {
			m.Outcome = []Mark{{Outcome: pass}, {Outcome: fail}, {Outcome: unknown}, {Outcome: na}}[rng.IntN(4)].Outcome
			bare = append(bare, m)
			m.Waived = rng.IntN(2) == 0
			marks = append(marks, m)
		}
		stated := map[string]Attested{}
		for _, in := range table.Indicators {
			for _, id := range in.Clauses {
				v := float64(rng.IntN(3)) / 2
				stated[id] = []Attested{{}, {Stated: true}, {Stated: true, Applicable: true, Share: Interval{v, v}}}[rng.IntN(3)]
			}
		}
		of := func(marks []Mark) Appraisal {
			a := table.Appraiser()
			a.Target(marks)
			return a.Appraise(func(id string) Attested { return stated[id] })
		}
		with, without := of(marks), of(bare)
		if with.Points != without.Points || without.Points != without.WithWaivers {
			t.Fatalf("waivers changed %v to %v", without.Points, with.Points)
		}
		for _, i := range []Interval{with.Points, with.WithWaivers} {
			if i.Proved < 0 || i.Proved > i.Possible+1e-9 || i.Possible > float64(with.Weight)+1e-9 {
				t.Fatalf("no interval: %v of %d", i, with.Weight)
			}
		}
		at := rng.IntN(len(bare))
		worse := slices.Clone(bare)
		worse[at].Outcome = unknown
		if bare[at].Outcome == pass {
			if got := of(worse); got.Points.Proved > without.Points.Proved+1e-9 {
				t.Fatalf("a pass less proved more: %v, %v", got.Points, without.Points)
			}
		}
	}
}
