package baseline

import (
	"math"
	"slices"
	"testing"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	pass    = pb.Outcome_OUTCOME_PASS
	fail    = pb.Outcome_OUTCOME_FAIL
	unknown = pb.Outcome_OUTCOME_UNKNOWN
	na      = pb.Outcome_OUTCOME_NOT_APPLICABLE
)

func finding(target, clause string, o pb.Outcome) *pb.Finding {
	return &pb.Finding{Baseline: "small", TargetId: target, Clause: clause, Outcome: o}
}

func TestScore(t *testing.T) {
	b := &Baseline{ID: "small", Clauses: []Clause{{ID: "1", Level: Basic}, {ID: "2", Level: Basic}, {ID: "3", Level: Enhanced}, {ID: "4", Level: Basic}}}
	for name, want := range map[string]struct {
		findings       []*pb.Finding
		points, judged float64
		clauses        [4]int
		silent         int
	}{
		"nothing":                          {nil, 0, 0, [4]int{}, 4},
		"all pass":                         {[]*pb.Finding{finding("a", "1", pass), finding("a", "3", pass)}, 100, 1, [4]int{2}, 2},
		"unknown is no pass":               {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", unknown)}, 50, 0.5, [4]int{1, 0, 1}, 2},
		"unspecified is unknown":           {[]*pb.Finding{finding("a", "1", 0)}, 0, 0, [4]int{0, 0, 1}, 3},
		"one failure fails the clause":     {[]*pb.Finding{finding("a", "1", pass), finding("a", "1", fail), finding("a", "1", unknown)}, 0, 1, [4]int{0, 1}, 3},
		"an unknown part leaves it open":   {[]*pb.Finding{finding("a", "1", pass), finding("a", "1", unknown)}, 0, 0, [4]int{0, 0, 1}, 3},
		"what does not apply does not":     {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", na), finding("a", "1", na)}, 100, 1, [4]int{1, 0, 0, 1}, 2},
		"enhanced weighs half":             {[]*pb.Finding{finding("a", "1", pass), finding("a", "3", fail)}, 100 / 1.5, 1, [4]int{1, 1}, 2},
		"each target counts":               {[]*pb.Finding{finding("a", "1", pass), finding("b", "1", fail)}, 50, 1, [4]int{1, 1}, 3},
		"another baseline's are not ours":  {[]*pb.Finding{{Baseline: "big", TargetId: "a", Clause: "1", Outcome: pass}}, 0, 0, [4]int{}, 4},
		"a clause that is not in the file": {[]*pb.Finding{finding("a", "9", pass)}, 0, 0, [4]int{}, 4},
	} {
		s := b.Score(want.findings)
		if math.Abs(s.Points-want.points) > 1e-9 || math.Abs(s.Judged-want.judged) > 1e-9 ||
			[4]int{s.Pass, s.Fail, s.Unknown, s.NotApplicable} != want.clauses || s.Silent != want.silent {
			t.Errorf("%s: %+v", name, s)
		}
		if s.Applicable() != (s.Pass+s.Fail+s.Unknown > 0) {
			t.Errorf("%s: applicable %t", name, s.Applicable())
		}
	}
	partial := finding("a", "1", pass)
	partial.Partial = true
	if s := b.Score([]*pb.Finding{partial, finding("a", "2", pass)}); s.PartialPass != 1 || s.Pass != 2 {
		t.Errorf("%+v", s)
	}
}

func TestCoverage(t *testing.T) {
	linux := Platform{Name: "linux", Kind: Host}
	for _, b := range Builtin() {
		rows := b.Coverage(linux)
		if len(rows) != len(b.Clauses) {
			t.Fatalf("%s: %d rows", b.ID, len(rows))
		}
		n, sum := Count(rows), 0
		for _, s := range Statuses() {
			sum += n[s]
			bilingual(t, string(s), s.Text())
		}
		if sum != len(rows) || n[NotYet] != 0 {
			t.Errorf("%s: %v", b.ID, n)
		}
	}
	row := func(p Platform, clause string) CoverageRow {
		for _, r := range ByID("jrt0068-2012").Coverage(p) {
			if r.Clause == "JRT0068-2012/"+clause {
				return r
			}
		}
		t.Fatalf("no row for %s", clause)
		return CoverageRow{}
	}
	for clause, want := range map[string]Status{"6.1.4.3.f.2": Judged, "6.1.4.3.f.4": Judged, "6.1.4.3.a.2-4": PartlyJudged, "6.1.4.2.c.3.2": Elsewhere,
		"6.1.1.1.a-1": ByAttestation, "6.1.2.1.f": NotSeen, "6.1.3.1.b-1": Judged} {
		r := row(linux, clause)
		if r.Status != want {
			t.Errorf("%s is %s, wanted %s", clause, r.Status, want)
		}
		if (r.Because != nil) != (want == ByAttestation || want == NotSeen) || (len(r.Checks) > 0) != (want == Judged || want == PartlyJudged) {
			t.Errorf("%+v", r)
		}
	}
	poor := Platform{Name: "poor", Kind: Host, Checks: []string{"session.limits"}}
	if r := row(poor, "6.1.4.3.f.2"); r.Status != NotYet {
		t.Errorf("a driver that states nothing about idle sessions: %s", r.Status)
	}
	if r := row(poor, "6.1.4.3.f.4"); r.Status != PartlyJudged || !slices.Equal(r.Checks, []string{"session.limits"}) {
		t.Errorf("%+v", r)
	}
	if r := row(Platform{Name: "nothing", Kind: Device, Checks: []string{}}, "6.1.4.2.c.3.2"); r.Status != NotYet {
		t.Errorf("a driver that states nothing: %s", r.Status)
	}
}

// What is waived is left out of the points and never met; without waivers nothing changes.
func TestScoreWithWaivers(t *testing.T) {
	b := &Baseline{ID: "small", Clauses: []Clause{{ID: "1", Level: Basic}, {ID: "2", Level: Basic}, {ID: "3", Level: Basic}, {ID: "4", Level: Basic}}}
	mark := func(clause string, o pb.Outcome, waived bool) Mark {
		return Mark{Baseline: "small", Clause: clause, Outcome: o, Waived: waived}
	}
	for name, want := range map[string]struct {
		marks  []Mark
		points float64
		waived int
	}{
		"a waived failure is left out":        {[]Mark{mark("1", pass, false), mark("2", fail, true)}, 100, 1},
		"half a waiver is none":               {[]Mark{mark("1", pass, false), mark("2", fail, true), mark("2", fail, false)}, 50, 0},
		"an unknown beside it stays":          {[]Mark{mark("1", pass, false), mark("2", fail, true), mark("2", unknown, false)}, 50, 0},
		"a pass beside it is not the clause":  {[]Mark{mark("1", fail, false), mark("2", fail, true), mark("2", pass, false)}, 0, 1},
		"a waived pass is a pass":             {[]Mark{mark("1", pass, true), mark("2", fail, false)}, 50, 0},
		"a waived unknown is left out":        {[]Mark{mark("1", pass, false), mark("2", unknown, true)}, 100, 1},
		"all waived is no score":              {[]Mark{mark("1", fail, true)}, 0, 1},
		"what does not apply needs no waiver": {[]Mark{mark("1", pass, false), mark("2", na, true)}, 100, 0},
	} {
		with, without, plain := b.Tally(true), b.Tally(false), b.Tally(false)
		with.Target(want.marks)
		without.Target(want.marks)
		stripped := slices.Clone(want.marks)
		for i := range stripped {
			stripped[i].Waived = false
		}
		plain.Target(stripped)
		if without.Score() != plain.Score() {
			t.Errorf("%s: without waivers %+v, and if there were none %+v", name, without.Score(), plain.Score())
		}
		if s := with.Score(); math.Abs(s.Points-want.points) > 1e-9 || s.Waived != want.waived || s.Pass > plain.Score().Pass {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
