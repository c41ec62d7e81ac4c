package checks_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// counting is a check that counts how often it was run.
func counting(runs *int) *checks.Check {
	return &checks.Check{ID: "test.counting", Params: []checks.Param{{Name: "n", Kind: checks.Number, Default: "1"}, {Name: "m", Kind: checks.Span, Default: "1d"}},
		Run: func(_ *pb.Facts, p checks.Params) []checks.Result {
			*runs++
			saw := checks.Say("有", "have")
			return []checks.Result{checks.Passed(saw, saw, facts.Line("/etc/x", 1, "x")).As("a").Quoting("k: v"), checks.Failed(saw, saw).As("b")}
		}}
}

func judge(t *testing.T, rules []checks.Rule) []*pb.Finding {
	t.Helper()
	found, err := checks.Judge("host-1", rules, &pb.Facts{}, checks.Env{Now: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Rules with the same check and figures are judged once, however the figures are written, and each clause is told.
func TestJudgeRunsEachQuestionOnce(t *testing.T) {
	runs := 0
	c := counting(&runs)
	found := judge(t, []checks.Rule{
		{Baseline: "one", Clause: "1", Level: "basic", Control: "PWD-01", Check: c},
		{Baseline: "two", Clause: "2", Check: c, Params: map[string]string{"n": "1"}, Partial: true},
		{Baseline: "two", Clause: "3", Check: c, Params: map[string]string{"m": "24h"}},
		{Baseline: "two", Clause: "4", Check: c, Params: map[string]string{"n": "2"}},
	})
	if runs != 2 {
		t.Errorf("the check was run %d times, want 2", runs)
	}
	if len(found) != 8 {
		t.Fatalf("%d findings, want 8", len(found))
	}
	first := found[0]
	if first.GetTargetId() != "host-1" || first.GetBaseline() != "one" || first.GetClause() != "1" || first.GetLevel() != "basic" || first.GetControl() != "PWD-01" || first.GetCheck() != "test.counting" ||
		first.GetScope() != "a" || first.GetOutcome() != pass || first.GetPartial() || len(first.GetEvidence()) != 1 || len(first.GetSiteFacts()) != 1 {
		t.Errorf("%v", first)
	}
	if !found[2].GetPartial() || found[2].GetBaseline() != "two" {
		t.Errorf("%v", found[2])
	}
	ids := map[string]bool{}
	for _, f := range found {
		if ids[f.GetId()] {
			t.Errorf("%s twice", f.GetId())
		}
		ids[f.GetId()] = true
	}
}

// Judging the same again gives the same findings.
func TestJudgeIsRepeatable(t *testing.T) {
	runs := 0
	rules := []checks.Rule{{Baseline: "one", Clause: "1", Check: counting(&runs)}}
	a, b := judge(t, rules), judge(t, rules)
	for i := range a {
		if !proto.Equal(a[i], b[i]) {
			t.Errorf("%v, then %v", a[i], b[i])
		}
	}
}

// A check that panics or says nothing is unknown, and the others are judged.
func TestJudgeSurvivesABrokenCheck(t *testing.T) {
	runs := 0
	broken := &checks.Check{ID: "test.broken", Run: func(*pb.Facts, checks.Params) []checks.Result { panic("at the disco") }}
	asking := &checks.Check{ID: "test.asking", Run: func(_ *pb.Facts, p checks.Params) []checks.Result { p.Int("undeclared"); return nil }}
	mute := &checks.Check{ID: "test.mute", Run: func(*pb.Facts, checks.Params) []checks.Result { return nil }}
	vague := &checks.Check{ID: "test.vague", Run: func(*pb.Facts, checks.Params) []checks.Result { return []checks.Result{{Scope: "x"}} }}
	found := judge(t, []checks.Rule{{Clause: "1", Check: broken}, {Clause: "2", Check: asking}, {Clause: "3", Check: mute}, {Clause: "4", Check: vague}, {Clause: "5", Check: counting(&runs)}})
	if len(found) != 6 || runs != 1 {
		t.Fatalf("%d findings, %d runs", len(found), runs)
	}
	for _, f := range found[:4] {
		if f.GetOutcome() != unknown {
			t.Errorf("%s came to %s", f.GetCheck(), f.GetOutcome())
		}
	}
	if found[0].GetReasonCode() != pb.Reason_REASON_FAILED || !strings.Contains(found[0].GetReason().GetEn(), "at the disco") || !strings.Contains(found[0].GetReason().GetZh(), "test.broken") {
		t.Errorf("what broke is not told: %v", found[0])
	}
}

// A check that concludes sees the findings of its own baseline and of no other, and stands where its rule stands.
func TestJudgeConcludes(t *testing.T) {
	runs := 0
	var saw []string
	conclude := &checks.Check{ID: "test.concluding", Conclude: func(found []*pb.Finding, _ checks.Params) []checks.Result {
		for _, f := range found {
			saw = append(saw, f.GetBaseline()+"/"+f.GetClause()+"/"+f.GetScope())
		}
		return []checks.Result{checks.Passed(nil, checks.Say("好", "good"))}
	}}
	falling := &checks.Check{ID: "test.falling", Conclude: func([]*pb.Finding, checks.Params) []checks.Result { panic("down") }}
	found := judge(t, []checks.Rule{
		{Baseline: "one", Clause: "1", Check: conclude}, {Baseline: "one", Clause: "2", Check: counting(&runs)}, {Baseline: "two", Clause: "3", Check: counting(&runs)}, {Baseline: "two", Clause: "4", Check: falling},
	})
	if strings.Join(saw, " ") != "one/2/a one/2/b" {
		t.Errorf("it saw %v", saw)
	}
	if len(found) != 6 || found[0].GetCheck() != "test.concluding" || found[0].GetOutcome() != pass || found[5].GetOutcome() != unknown {
		t.Errorf("%v", found)
	}
}

func TestJudgeRefusesBadFigures(t *testing.T) {
	runs := 0
	_, err := checks.Judge("h", []checks.Rule{{Baseline: "one", Clause: "7", Check: counting(&runs), Params: map[string]string{"n": "few"}}}, &pb.Facts{}, checks.Env{})
	if err == nil || !strings.Contains(err.Error(), "one 7") {
		t.Errorf("got %v", err)
	}
}

// Finding ids are stable: people's waivers are tied to them. They depend on every part, and parts cannot run together.
func TestID(t *testing.T) {
	const known = "213d078971160b696b2fe365270bdf67"
	base := []string{"host-1", "jrt0068-2012", "6.1.4.3.c.5", "logging.protected", "audit rules"}
	id := func(p []string) string { return checks.ID(p[0], p[1], p[2], p[3], p[4]) }
	if got := id(base); got != known {
		t.Errorf("the id has changed: %s", got)
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id(base)) {
		t.Errorf("%s", id(base))
	}
	for i := range base {
		other := append([]string{}, base...)
		other[i] += "x"
		if id(other) == id(base) {
			t.Errorf("part %d does not matter", i)
		}
	}
	if checks.ID("a", "bc", "", "", "") == checks.ID("ab", "c", "", "", "") {
		t.Error("parts run together")
	}
}

// Nobody's word alone makes a pass: not a check's, and not a driver's who states a fact without showing where it stands.
func TestNoPassWithoutEvidence(t *testing.T) {
	shown := []*pb.Evidence{facts.Line("show running-config", 7, "secure")}
	for _, c := range []struct {
		name string
		r    checks.Result
		want pb.Outcome
	}{
		{"shown", checks.Passed(nil, nil, shown...), pass},
		{"not shown", checks.Passed(checks.Say("要", "wanted"), checks.Say("有", "there")), unknown},
		{"stated by the site", checks.Result{Outcome: pass, SiteFacts: []string{"time_servers: 192.0.2.1"}}, pass},
		{"a failure", checks.Failed(nil, nil), fail},
	} {
		check := &checks.Check{ID: "test.word", Run: func(*pb.Facts, checks.Params) []checks.Result { return []checks.Result{c.r.As("x")} }}
		got, err := checks.Judge("t", []checks.Rule{{Baseline: "a", Clause: "1", Check: check}}, &pb.Facts{}, checks.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if got[0].GetOutcome() != c.want || got[0].GetScope() != "x" {
			t.Errorf("%s: %v in %q, want %v", c.name, got[0].GetOutcome(), got[0].GetScope(), c.want)
		}
		if c.want == unknown && (got[0].GetReasonCode() != pb.Reason_REASON_NO_EVIDENCE || got[0].GetExpected().GetEn() != "wanted" || got[0].GetReason().GetZh() == "") {
			t.Errorf("%s: %v", c.name, got[0])
		}
	}
}
