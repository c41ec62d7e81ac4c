package checks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	pass    = pb.Outcome_OUTCOME_PASS
	fail    = pb.Outcome_OUTCOME_FAIL
	unknown = pb.Outcome_OUTCOME_UNKNOWN
	na      = pb.Outcome_OUTCOME_NOT_APPLICABLE
	unset   = pb.Outcome_OUTCOME_UNSPECIFIED
)

var outcomes = []pb.Outcome{pass, fail, unknown, na, unset}

var day = 24 * time.Hour

// Every combinator of one fact: what it comes to for values on either side of the limit.
func TestSettledValues(t *testing.T) {
	line := facts.Line("/etc/x", 7, "x")
	for _, c := range []struct {
		name string
		got  checks.Result
		want pb.Outcome
	}{
		{"at least, equal", checks.AtLeast(facts.Int(8, line), 8), pass},
		{"at least, less", checks.AtLeast(facts.Int(7, line), 8), fail},
		{"at least, negative", checks.AtLeast(facts.Int(-1, line), 0), fail},
		{"at most, equal", checks.AtMost(facts.Int(6, line), 6), pass},
		{"at most, more", checks.AtMost(facts.Int(7, line), 6), fail},
		{"at least so long, equal", checks.AtLeastSpan(facts.Duration(30*time.Minute, line), 30*time.Minute), pass},
		{"at least so long, shorter", checks.AtLeastSpan(facts.Duration(30*time.Minute-1, line), 30*time.Minute), fail},
		{"at least so long, for ever", checks.AtLeastSpan(facts.Forever(line), 30*time.Minute), pass},
		{"within, equal", checks.Within(facts.Duration(15*time.Minute, line), checks.Limit{Span: 15 * time.Minute}), pass},
		{"within, equal and strict", checks.Within(facts.Duration(15*time.Minute, line), checks.Limit{Span: 15 * time.Minute, Strict: true}), fail},
		{"within, just below and strict", checks.Within(facts.Duration(15*time.Minute-1, line), checks.Limit{Span: 15 * time.Minute, Strict: true}), pass},
		{"within, longer", checks.Within(facts.Duration(15*time.Minute+1, line), checks.Limit{Span: 15 * time.Minute}), fail},
		{"within, nothing means never", checks.Within(facts.Duration(0, line), checks.Limit{Span: 15 * time.Minute}), fail},
		{"within, negative", checks.Within(facts.Duration(-time.Minute, line), checks.Limit{Span: 15 * time.Minute}), fail},
		{"within, for ever", checks.Within(facts.Forever(line), checks.Limit{Span: 90 * day}), fail},
		{"is", checks.Is(facts.Bool(true, line), true, checks.Say("是", "yes")), pass},
		{"is not", checks.Is(facts.Bool(false, line), true, checks.Say("是", "yes")), fail},
		{"one of", checks.OneOf(facts.Text("b", line), "a", "b"), pass},
		{"one of, another", checks.OneOf(facts.Text("c", line), "a", "b"), fail},
		{"one of, empty", checks.OneOf(facts.Text("", line), "a"), fail},
		{"none of", checks.NoneOf(facts.Texts([]string{"c"}, line), "a", "b"), pass},
		{"none of, empty", checks.NoneOf(facts.Texts(nil, line), "a"), pass},
		{"none of, one", checks.NoneOf(facts.Texts([]string{"c", "a"}, line), "a", "b"), fail},
		{"has all", checks.HasAll(facts.Texts([]string{"c", "b", "a"}, line), "a", "b"), pass},
		{"has all, one short", checks.HasAll(facts.Texts([]string{"a"}, line), "a", "b"), fail},
		{"has all of nothing", checks.HasAll(facts.Texts(nil, line)), pass},
	} {
		if c.got.Outcome != c.want {
			t.Errorf("%s came to %s, want %s", c.name, c.got.Outcome, c.want)
		}
		if len(c.got.Evidence) != 1 || !proto.Equal(c.got.Evidence[0], line) {
			t.Errorf("%s lost its evidence", c.name)
		}
		if c.got.Expected.GetZh() == "" || c.got.Expected.GetEn() == "" || c.got.Observed.GetZh() == "" && c.name != "one of, empty" {
			t.Errorf("%s does not say what was wanted and what is there: %v, %v", c.name, c.got.Expected, c.got.Observed)
		}
	}
}

// A fact without a value never passes, whatever is asked of it.
func TestFactsWithoutValueNeverPass(t *testing.T) {
	type asked struct {
		name string
		of   func(facts.Missing) checks.Result
	}
	for _, a := range []asked{
		{"AtLeast", func(m facts.Missing) checks.Result { return checks.AtLeast(m.Int(), 0) }},
		{"AtMost", func(m facts.Missing) checks.Result { return checks.AtMost(m.Int(), 10) }},
		{"AtLeastSpan", func(m facts.Missing) checks.Result { return checks.AtLeastSpan(m.Duration(), 0) }},
		{"Within", func(m facts.Missing) checks.Result { return checks.Within(m.Duration(), checks.Limit{Span: day}) }},
		{"Is", func(m facts.Missing) checks.Result { return checks.Is(m.Bool(), false, nil) }},
		{"OneOf", func(m facts.Missing) checks.Result { return checks.OneOf(m.Text(), "") }},
		{"NoneOf", func(m facts.Missing) checks.Result { return checks.NoneOf(m.Texts(), "a") }},
		{"HasAll", func(m facts.Missing) checks.Result { return checks.HasAll(m.Texts()) }},
	} {
		t.Run(a.name, func(t *testing.T) {
			if r := a.of(facts.Absent()); r.Outcome != fail {
				t.Errorf("absent came to %s", r.Outcome)
			}
			if r := a.of(facts.NotApplicable()); r.Outcome != na {
				t.Errorf("not applicable came to %s", r.Outcome)
			}
			if r := a.of(facts.Missing{}); r.Outcome != unknown || r.Reason.GetZh() == "" {
				t.Errorf("silence came to %s (%v)", r.Outcome, r.Reason)
			}
			for number, name := range pb.Reason_name {
				r := a.of(facts.Unknown(pb.Reason(number), "the detail"))
				if r.Outcome != unknown || r.ReasonCode != pb.Reason(number) || !strings.Contains(r.Reason.GetZh(), "the detail") || !strings.Contains(r.Reason.GetEn(), "the detail") {
					t.Errorf("%s came to %s, %s, %v", name, r.Outcome, r.ReasonCode, r.Reason)
				}
			}
		})
	}
}

func TestNilFactIsSilence(t *testing.T) {
	var f *pb.Facts
	if r := checks.AtLeast(f.GetPatches().GetPending(), 0); r.Outcome != unknown {
		t.Errorf("came to %s", r.Outcome)
	}
}

func TestWhenAbsent(t *testing.T) {
	absent := facts.Absent().Int()
	if r := checks.AtLeast(absent, 8).WhenAbsent(absent, pass); r.Outcome != pass {
		t.Errorf("absent came to %s", r.Outcome)
	}
	for _, f := range []*pb.IntFact{facts.Int(1), facts.Unknown(0, "").Int(), facts.NotApplicable().Int(), nil} {
		if r := checks.AtLeast(f, 8).WhenAbsent(f, pass); r.Outcome == pass {
			t.Errorf("%v came to a pass", f)
		}
	}
}

// The three-valued tables of AllOf and AnyOf over every combination of up to three outcomes. What was never set counts as
// unknown, what does not apply does not count.
func TestTruthTables(t *testing.T) {
	all := func(has func(pb.Outcome) bool) pb.Outcome {
		switch {
		case has(fail):
			return fail
		case has(unknown) || has(unset):
			return unknown
		case has(pass):
			return pass
		}
		return na
	}
	any := func(has func(pb.Outcome) bool) pb.Outcome {
		switch {
		case has(pass):
			return pass
		case has(unknown) || has(unset):
			return unknown
		case has(fail):
			return fail
		}
		return na
	}
	tried := 0
	var try func(parts []checks.Result)
	try = func(parts []checks.Result) {
		if len(parts) > 0 {
			tried++
			has := func(o pb.Outcome) bool {
				return slices.ContainsFunc(parts, func(p checks.Result) bool { return p.Outcome == o })
			}
			if got, want := checks.AllOf(parts...), all(has); got.Outcome != want || got.Outcome == unknown && got.Reason == nil {
				t.Errorf("AllOf(%v) = %s, want %s", outcomesOf(parts), got.Outcome, want)
			}
			if got, want := checks.AnyOf(parts...), any(has); got.Outcome != want || got.Outcome == unknown && got.Reason == nil {
				t.Errorf("AnyOf(%v) = %s, want %s", outcomesOf(parts), got.Outcome, want)
			}
		}
		if len(parts) < 3 {
			for _, o := range outcomes {
				try(append(slices.Clone(parts), checks.Result{Outcome: o, Observed: checks.Say("看到", "seen")}))
			}
		}
	}
	try(nil)
	if tried != 5+25+125 {
		t.Errorf("%d combinations were tried", tried)
	}
	if checks.AllOf().Outcome != unknown || checks.AnyOf().Outcome != unknown {
		t.Error("nothing at all is not unknown")
	}
}

func outcomesOf(parts []checks.Result) []pb.Outcome {
	var out []pb.Outcome
	for _, p := range parts {
		out = append(out, p.Outcome)
	}
	return out
}

var anyResult = rapid.Custom(func(t *rapid.T) checks.Result {
	text := rapid.SampledFrom([]string{"a", "b", "c"})
	r := checks.Result{Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome")}
	r.Observed = checks.Verbatim("saw " + text.Draw(t, "observed"))
	r.Expected = checks.Verbatim("want " + text.Draw(t, "expected"))
	if r.Outcome == unknown {
		r.Reason = checks.Verbatim("because " + text.Draw(t, "reason"))
		r.ReasonCode = pb.Reason(rapid.IntRange(0, 15).Draw(t, "code"))
	}
	r.Evidence = []*pb.Evidence{facts.Line(text.Draw(t, "source"), rapid.IntRange(1, 3).Draw(t, "line"), "")}
	if rapid.Bool().Draw(t, "site") {
		r.SiteFacts = []string{"stated"}
	}
	return r
})

// The order of the parts does not matter, nesting does not matter, and only the parts that decided are quoted.
func TestCombiningIsALogic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(anyResult, 1, 6).Draw(t, "parts")
		for name, combine := range map[string]func(...checks.Result) checks.Result{"AllOf": checks.AllOf, "AnyOf": checks.AnyOf} {
			whole := combine(parts...)
			back := slices.Clone(parts)
			slices.Reverse(back)
			if got := combine(back...).Outcome; got != whole.Outcome {
				t.Errorf("%s: reversed comes to %s, not %s", name, got, whole.Outcome)
			}
			cut := rapid.IntRange(1, len(parts)).Draw(t, "cut")
			nested := []checks.Result{combine(parts[:cut]...)}
			if cut < len(parts) {
				nested = append(nested, combine(parts[cut:]...))
			}
			if got := combine(nested...).Outcome; got != whole.Outcome {
				t.Errorf("%s: nested comes to %s, not %s", name, got, whole.Outcome)
			}
			if got := combine(append(parts, parts...)...); got.Outcome != whole.Outcome || got.Observed.GetEn() != whole.Observed.GetEn() || len(got.Evidence) != len(whole.Evidence) {
				t.Errorf("%s: said twice it is not the same", name)
			}
			for _, p := range parts {
				decided := p.Outcome == whole.Outcome || p.Outcome == unset && whole.Outcome == unknown
				if decided && !strings.Contains(whole.Observed.GetEn(), p.Observed.GetEn()) {
					t.Errorf("%s: %q decided and is not quoted in %q", name, p.Observed.GetEn(), whole.Observed.GetEn())
				}
			}
			if whole.Outcome == unknown && whole.Reason == nil {
				t.Errorf("%s: unknown without a reason", name)
			}
		}
	})
}

// Knowing less never makes a pass of something else, and knowing more never takes an unknown back that was certain.
func TestCombiningIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(anyResult, 1, 6).Draw(t, "parts")
		less := slices.Clone(parts)
		less[rapid.IntRange(0, len(parts)-1).Draw(t, "which")].Outcome = unknown
		for name, combine := range map[string]func(...checks.Result) checks.Result{"AllOf": checks.AllOf, "AnyOf": checks.AnyOf} {
			before, after := combine(parts...).Outcome, combine(less...).Outcome
			if before != pass && after == pass {
				t.Errorf("%s: %v came to %s, %v passes", name, outcomesOf(parts), before, outcomesOf(less))
			}
			if before == unknown && after == fail && name == "AnyOf" {
				t.Errorf("AnyOf: %v came to unknown, %v fails", outcomesOf(parts), outcomesOf(less))
			}
		}
	})
}

func TestReadyResults(t *testing.T) {
	want, saw, line := checks.Say("要", "want"), checks.Say("有", "have"), facts.Line("/etc/x", 1, "")
	for _, c := range []struct {
		r       checks.Result
		outcome pb.Outcome
		code    pb.Reason
	}{
		{checks.Passed(want, saw, line), pass, 0},
		{checks.Failed(want, saw, line), fail, 0},
		{checks.Unknown(want, pb.Reason_REASON_TIMEOUT, "x", line), unknown, pb.Reason_REASON_TIMEOUT},
		{checks.NotApplicable(saw, line), na, 0},
		{checks.Unstated(want, nil, checks.Say("问题", "question"), line), unknown, pb.Reason_REASON_SITE_UNSTATED},
		{checks.Undecided(want, saw, pb.Reason_REASON_ELSEWHERE, checks.Say("原因", "cause"), line), unknown, pb.Reason_REASON_ELSEWHERE},
	} {
		if c.r.Outcome != c.outcome || c.r.ReasonCode != c.code || len(c.r.Evidence) != 1 || c.r.Observed.GetZh() == "" {
			t.Errorf("%v", c.r)
		}
	}
	if r := checks.Unstated(want, nil, checks.Say("问题", "question")); !strings.Contains(r.Reason.GetZh(), "问题") || !strings.Contains(r.Reason.GetEn(), "question") {
		t.Errorf("the question is not asked: %v", r.Reason)
	}
	if r := checks.Undecided(want, saw, pb.Reason_REASON_ELSEWHERE, checks.Say("原因", "cause")); !strings.Contains(r.Reason.GetZh(), "原因") || !strings.Contains(r.Reason.GetEn(), "cause") {
		t.Errorf("the cause is not told: %v", r.Reason)
	}
	r := checks.Failed(want, saw).About(checks.Say("长度", "length")).As("scope").Quoting("a: b", "c: d")
	if r.Scope != "scope" || !strings.HasPrefix(r.Observed.GetEn(), "length: ") || !strings.HasPrefix(r.Expected.GetZh(), "长度") || !slices.Equal(r.SiteFacts, []string{"a: b", "c: d"}) {
		t.Errorf("%+v", r)
	}
	if r := (checks.Result{}).About(want); r.Observed != nil || r.Expected != nil {
		t.Errorf("About made words of nothing: %+v", r)
	}
}

func TestSpanText(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		90 * day: {"90 天", "90 days"}, 36 * time.Hour: {"36 小时", "36 hours"}, 15 * time.Minute: {"15 分钟", "15 minutes"}, 61 * time.Second: {"61 秒", "61 seconds"},
		0: {"0 秒", "0 seconds"}, 250 * time.Millisecond: {"250ms", "250ms"}, -time.Hour: {"-1 小时", "-1 hours"},
	} {
		if got := checks.SpanText(d); got.GetZh() != want[0] || got.GetEn() != want[1] {
			t.Errorf("SpanText(%s) = %v", d, got)
		}
	}
}

func TestTexts(t *testing.T) {
	if got := checks.Say("甲%s%d", "a%s%d", checks.Say("乙", "b"), 3); got.GetZh() != "甲乙3" || got.GetEn() != "ab3" {
		t.Errorf("Say: %v", got)
	}
	if got := checks.Say("100%", "100%"); got.GetZh() != "100%" {
		t.Errorf("Say without arguments formats: %v", got)
	}
	if got := checks.Join([]*pb.Text{checks.Say("甲", "a"), nil, {}, checks.Say("乙", "b")}, "；", "; "); got.GetZh() != "甲；乙" || got.GetEn() != "a; b" {
		t.Errorf("Join: %v", got)
	}
}
