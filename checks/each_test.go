package checks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	wantEnabled = checks.Say("启用", "enabled")
	listStates  = []pb.FactState{pb.FactState_FACT_STATE_UNSPECIFIED, pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT, pb.FactState_FACT_STATE_UNKNOWN, pb.FactState_FACT_STATE_NOT_APPLICABLE}
	nothing     = checks.Nothing(wantEnabled)
	noneIsGood  = checks.Passed(wantEnabled, checks.Say("没有", "none"))
)

func enabled(s *pb.Service) checks.Result { return checks.Is(s.GetEnabled(), true, wantEnabled) }

func services(state pb.FactState, of ...pb.Outcome) *pb.ServiceList {
	l := &pb.ServiceList{State: state, Reason: pb.Reason_REASON_TRUNCATED, Detail: "cut"}
	for i, o := range of {
		s := &pb.Service{Scope: fmt.Sprintf("s%d", i)}
		switch o {
		case pass, fail:
			s.Enabled = facts.Bool(o == pass, facts.Line("list", i+1, ""))
		case na:
			s.Enabled = facts.NotApplicable().Bool()
		}
		l.Items = append(l.Items, s)
	}
	return l
}

func TestEachSaysWhatMayBeMissing(t *testing.T) {
	for _, c := range []struct {
		list  *pb.ServiceList
		empty checks.Result
		want  string
	}{
		{services(listStates[1], pass, fail), nothing, "s0 PASS, s1 FAIL"},
		{services(listStates[1]), nothing, " UNKNOWN"},
		{services(listStates[1]), noneIsGood, " PASS"},
		{services(listStates[2]), noneIsGood, " PASS"},
		{services(listStates[3]), noneIsGood, " UNKNOWN"},
		{services(listStates[0]), noneIsGood, " UNKNOWN"},
		{nil, noneIsGood, " UNKNOWN"},
		{services(listStates[4]), noneIsGood, " NOT_APPLICABLE"},
		{services(listStates[3], pass), noneIsGood, "s0 PASS,  UNKNOWN"},
		{services(listStates[0], fail), nothing, "s0 FAIL,  UNKNOWN"},
		{services(listStates[1], unknown), nothing, "s0 UNKNOWN"},
	} {
		var got []string
		for _, r := range checks.Each(c.list, c.empty, enabled) {
			got = append(got, r.Scope+" "+strings.TrimPrefix(r.Outcome.String(), "OUTCOME_"))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%v came to %q, want %q", c.list, got, c.want)
		}
	}
	rest := checks.Each(services(listStates[3], pass), nothing, enabled)[1]
	if rest.ReasonCode != pb.Reason_REASON_TRUNCATED || !strings.Contains(rest.Reason.GetEn(), "cut") || rest.Observed.GetZh() == "" || rest.Expected != wantEnabled {
		t.Errorf("what is missing is not explained: %+v", rest)
	}
}

func TestEachKeepsTheScopesOfItsJudge(t *testing.T) {
	r := checks.Each(services(listStates[1], pass), nothing, func(s *pb.Service) checks.Result { return enabled(s).As("mine") })
	if len(r) != 1 || r[0].Scope != "mine" {
		t.Errorf("%+v", r)
	}
}

func TestEachWhereAndWhere(t *testing.T) {
	second := func(s *pb.Service) bool { return s.GetScope() == "s1" }
	if r := checks.EachWhere(services(listStates[1], fail, pass), nothing, second, enabled); len(r) != 1 || r[0].Scope != "s1" || r[0].Outcome != pass {
		t.Errorf("%+v", r)
	}
	if r := checks.EachWhere(services(listStates[1], fail), noneIsGood, second, enabled); len(r) != 1 || r[0].Outcome != pass {
		t.Errorf("nothing picked of a complete list: %+v", r)
	}
	if r := checks.EachWhere(services(listStates[3], fail), noneIsGood, second, enabled); len(r) != 1 || r[0].Outcome != unknown {
		t.Errorf("nothing picked of an incomplete list: %+v", r)
	}
	part := checks.Where(services(listStates[3], fail, pass), second)
	if len(part.GetItems()) != 1 || part.GetState() != listStates[3] || part.GetReason() != pb.Reason_REASON_TRUNCATED {
		t.Errorf("%+v", part)
	}
}

// Summary and Some agree with the tables of AllOf and AnyOf, where a list that is not complete holds one unknown more.
func TestSummaryAndSome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.SampledFrom([]pb.Outcome{pass, fail, unknown, na}), 1, 6).Draw(t, "items")
		state := rapid.SampledFrom(listStates[:4]).Draw(t, "state")
		list := services(state, items...)
		parts := make([]checks.Result, 0, len(items)+1)
		for _, o := range items {
			parts = append(parts, checks.Result{Outcome: o})
		}
		if state == listStates[0] || state == listStates[3] {
			parts = append(parts, checks.Result{Outcome: unknown})
		}
		sum := checks.Summary(list, "all", nothing, enabled)
		if want := checks.AllOf(parts...).Outcome; sum.Outcome != want || sum.Scope != "all" || sum.Expected != wantEnabled {
			t.Errorf("Summary of %v, %s: %s, want %s", items, state, sum.Outcome, want)
		}
		some := checks.Some(list, "any", nothing, enabled)
		if want := checks.AnyOf(parts...).Outcome; some.Outcome != want || some.Scope != "any" || some.Expected != wantEnabled {
			t.Errorf("Some of %v, %s: %s, want %s", items, state, some.Outcome, want)
		}
		for i, o := range items {
			name := fmt.Sprintf("s%d ", i)
			if o == fail && sum.Outcome == fail && !strings.Contains(sum.Observed.GetEn(), name) {
				t.Errorf("Summary does not name %s: %s", name, sum.Observed.GetEn())
			}
			if o == pass && !strings.Contains(some.Observed.GetEn(), name) {
				t.Errorf("Some does not name %s: %s", name, some.Observed.GetEn())
			}
		}
		if sum.Outcome == pass && len(sum.Evidence) == 0 {
			t.Error("a pass without evidence")
		}
	})
}

func TestSummaryAndSomeOfEmptyLists(t *testing.T) {
	for _, c := range []struct {
		state pb.FactState
		want  pb.Outcome
	}{{listStates[0], unknown}, {listStates[1], pass}, {listStates[2], pass}, {listStates[3], unknown}, {listStates[4], na}} {
		if r := checks.Summary(services(c.state), "all", noneIsGood, enabled); r.Outcome != c.want || r.Scope != "all" {
			t.Errorf("Summary of an empty list, %s: %+v", c.state, r)
		}
		if r := checks.Some(services(c.state), "any", noneIsGood, enabled); r.Outcome != c.want || r.Scope != "any" {
			t.Errorf("Some of an empty list, %s: %+v", c.state, r)
		}
	}
	if r := checks.Summary(services(listStates[1]), "all", nothing, enabled); r.Outcome != unknown || r.Reason == nil {
		t.Errorf("nothing to judge: %+v", r)
	}
}

// The evidence of a long list is bounded.
func TestSummaryBoundsItsEvidence(t *testing.T) {
	many := services(listStates[1], slices.Repeat([]pb.Outcome{pass}, 500)...)
	if r := checks.Summary(many, "all", nothing, enabled); r.Outcome != pass || len(r.Evidence) == 0 || len(r.Evidence) > 20 || !strings.Contains(r.Observed.GetEn(), "500") {
		t.Errorf("%s with %d lines of evidence: %s", r.Outcome, len(r.Evidence), r.Observed.GetEn())
	}
}

func TestDevice(t *testing.T) {
	for kind, want := range map[string]bool{"switch": true, "router": true, "firewall": true, "load-balancer": true, "host": false, "other": false, "": false} {
		if got := checks.Device(&pb.Facts{Platform: &pb.Platform{Kind: facts.Text(kind)}}); got != want {
			t.Errorf("Device of a %q: %v", kind, got)
		}
	}
	for _, f := range []*pb.Facts{nil, {}, {Platform: &pb.Platform{Kind: facts.Unknown(0, "").Text()}}, {Platform: &pb.Platform{Kind: &pb.TextFact{Value: "switch"}}}} {
		if checks.Device(f) {
			t.Errorf("%v is not known to be a device", f)
		}
	}
}
