package checks

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Settle turns a fact into a result. A known fact passes if ok; an absent one fails (see WhenAbsent); one that
// does not apply does not; anything else, silence first, is unknown with its reason. Evidence comes along.
func Settle(f facts.Fact, expected *pb.Text, ok bool) Result {
	r := Result{Expected: expected, Observed: observed(f), Evidence: f.GetEvidence()}
	switch f.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
		r.Outcome = passIf(ok)
	case pb.FactState_FACT_STATE_ABSENT:
		r.Outcome = pb.Outcome_OUTCOME_FAIL
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		r.Outcome = pb.Outcome_OUTCOME_NOT_APPLICABLE
	default:
		r.Outcome = pb.Outcome_OUTCOME_UNKNOWN
		r.ReasonCode = f.GetReason()
		r.Reason = ReasonText(f.GetReason(), f.GetDetail())
	}
	return r
}

// WhenAbsent says what an absent fact comes to where that is not a failure.
func (r Result) WhenAbsent(f facts.Fact, o pb.Outcome) Result {
	if f.GetState() == pb.FactState_FACT_STATE_ABSENT {
		r.Outcome = o
	}
	return r
}

func passIf(ok bool) pb.Outcome {
	if ok {
		return pb.Outcome_OUTCOME_PASS
	}
	return pb.Outcome_OUTCOME_FAIL
}

// AtLeast asks that a number be known and no smaller than limit.
func AtLeast(f *pb.IntFact, limit int64) Result {
	return Settle(f, Say("不小于 %d", "at least %d", limit), f.GetValue() >= limit)
}

// AtMost asks that a number be known and no larger than limit.
func AtMost(f *pb.IntFact, limit int64) Result {
	return Settle(f, Say("不大于 %d", "at most %d", limit), f.GetValue() <= limit)
}

// AtLeastSpan asks that a length of time be known and no shorter than limit; for ever is long enough.
func AtLeastSpan(f *pb.DurationFact, limit time.Duration) Result {
	return Settle(f, Say("不短于 %s", "at least %s", SpanText(limit)), f.GetForever() || f.GetValue().AsDuration() >= limit)
}

// Within asks that a length of time be known, have an end, be longer than nothing, and keep the limit.
func Within(f *pb.DurationFact, l Limit) Result {
	v := f.GetValue().AsDuration()
	expected := Say("不超过 %s", "at most %s", SpanText(l.Span))
	if l.Strict {
		expected = Say("短于 %s", "less than %s", SpanText(l.Span))
	}
	return Settle(f, expected, !f.GetForever() && v > 0 && (v < l.Span || v == l.Span && !l.Strict))
}

// Is asks that a yes or no be known and as wanted; expected says it in words.
func Is(f *pb.BoolFact, want bool, expected *pb.Text) Result {
	return Settle(f, expected, f.GetValue() == want)
}

// OneOf asks that a word be known and one of those.
func OneOf(f *pb.TextFact, words ...string) Result {
	return Settle(f, Say("为 %s 之一", "one of %s", strings.Join(words, ", ")), slices.Contains(words, f.GetValue()))
}

// NoneOf asks that a list be known and hold none of those.
func NoneOf(f *pb.TextsFact, words ...string) Result {
	bad := slices.ContainsFunc(f.GetValue(), func(v string) bool { return slices.Contains(words, v) })
	return Settle(f, Say("不含 %s", "none of %s", strings.Join(words, ", ")), !bad)
}

// HasAll asks that a list be known and hold all of those.
func HasAll(f *pb.TextsFact, words ...string) Result {
	missing := slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(f.GetValue(), w) })
	return Settle(f, Say("包含 %s", "contains %s", strings.Join(words, ", ")), !missing)
}

// Passed is a pass that the check worked out by itself.
func Passed(expected, observed *pb.Text, ev ...*pb.Evidence) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_PASS, Expected: expected, Observed: observed, Evidence: facts.Own(ev)}
}

// Failed is a failure that the check worked out by itself.
func Failed(expected, observed *pb.Text, ev ...*pb.Evidence) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_FAIL, Expected: expected, Observed: observed, Evidence: facts.Own(ev)}
}

// Unknown is a verdict that cannot be reached; the detail names what is missing.
func Unknown(expected *pb.Text, reason pb.Reason, detail string, ev ...*pb.Evidence) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_UNKNOWN, Expected: expected, Observed: Say("无法判断", "not known"),
		Reason: ReasonText(reason, detail), ReasonCode: reason, Evidence: facts.Own(ev)}
}

// NotApplicable says why the check does not bear on the scope.
func NotApplicable(why *pb.Text, ev ...*pb.Evidence) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE, Observed: why, Evidence: facts.Own(ev)}
}

// Unstated is the verdict that waits for the site: question is what somebody has to answer in the site file.
func Unstated(expected *pb.Text, observed *pb.Text, question *pb.Text, ev ...*pb.Evidence) Result {
	if observed == nil {
		observed = Say("无法判断", "not known")
	}
	return Result{Outcome: pb.Outcome_OUTCOME_UNKNOWN, Expected: expected, Observed: observed,
		Reason: Say("场所信息未声明:%s", "not stated by the site: %s", question), ReasonCode: pb.Reason_REASON_SITE_UNSTATED, Evidence: facts.Own(ev)}
}

// AllOf is the verdict where every part must hold: one failure fails, else one unknown leaves it unknown. Parts
// that do not apply are left out; if none applies, it does not apply. With no parts at all it is unknown.
func AllOf(parts ...Result) Result {
	return combine(parts, "；", "; ", pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_PASS)
}

// AnyOf is the verdict where one part is enough: one pass passes, else one unknown leaves it unknown.
func AnyOf(parts ...Result) Result {
	return combine(parts, " 或 ", " or ", pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_FAIL)
}

// combine takes the first outcome of order that some part has, and quotes the parts that have it; what was
// expected is told of all.
func combine(parts []Result, zhSep, enSep string, order ...pb.Outcome) Result {
	if len(parts) == 0 {
		return Unknown(nil, pb.Reason_REASON_UNSPECIFIED, "")
	}
	out := Result{Outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE}
	for _, o := range order {
		if slices.ContainsFunc(parts, func(p Result) bool { return p.outcome() == o }) {
			out.Outcome = o
			break
		}
	}
	var expected, seen, reasons []*pb.Text
	for _, p := range parts {
		if p.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
			expected = appendNew(expected, p.Expected)
		}
		if p.outcome() != out.Outcome {
			continue
		}
		seen = appendNew(seen, p.Observed)
		reasons = appendNew(reasons, p.Reason)
		out.Evidence = appendEvidence(out.Evidence, p.Evidence...)
		out.SiteFacts = append(out.SiteFacts, p.SiteFacts...)
		if out.ReasonCode == pb.Reason_REASON_UNSPECIFIED {
			out.ReasonCode = p.ReasonCode
		}
	}
	out.Expected, out.Observed = Join(expected, zhSep, enSep), Join(seen, "；", "; ")
	if out.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
		if len(reasons) == 0 {
			reasons = append(reasons, ReasonText(out.ReasonCode, ""))
		}
		out.Reason = Join(reasons, "；", "; ")
	}
	return out
}

// outcome is a result's outcome; one that was never set is unknown, lest it count as not applicable.
func (r Result) outcome() pb.Outcome {
	if r.Outcome == pb.Outcome_OUTCOME_UNSPECIFIED {
		return pb.Outcome_OUTCOME_UNKNOWN
	}
	return r.Outcome
}

func appendNew(to []*pb.Text, t *pb.Text) []*pb.Text {
	if t == nil || slices.ContainsFunc(to, func(o *pb.Text) bool { return o.GetEn() == t.GetEn() && o.GetZh() == t.GetZh() }) {
		return to
	}
	return append(to, t)
}

func appendEvidence(to []*pb.Evidence, more ...*pb.Evidence) []*pb.Evidence {
	for _, e := range more {
		if !slices.ContainsFunc(to, func(o *pb.Evidence) bool {
			return o == e || o.GetSource() == e.GetSource() && o.GetFirstLine() == e.GetFirstLine() && o.GetLastLine() == e.GetLastLine() && o.GetDefaultStatedIn() == e.GetDefaultStatedIn()
		}) {
			to = append(to, e)
		}
	}
	return to
}

// About puts what is judged before what was observed: "min length: 6".
func (r Result) About(what *pb.Text) Result {
	if r.Observed != nil {
		r.Observed = Say("%s:%s", "%s: %s", what, r.Observed)
	}
	if r.Expected != nil {
		r.Expected = Say("%s:%s", "%s: %s", what, r.Expected)
	}
	return r
}

// Quoting adds statements of the site that decided the verdict.
func (r Result) Quoting(statements ...string) Result {
	r.SiteFacts = append(r.SiteFacts, statements...)
	return r
}

// As names the scope.
func (r Result) As(scope string) Result {
	r.Scope = scope
	return r
}

func observed(f facts.Fact) *pb.Text {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
	case pb.FactState_FACT_STATE_ABSENT:
		return Say("未配置", "not configured")
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return Say("不适用", "does not apply")
	default:
		return Say("无法判断", "not known")
	}
	switch f := f.(type) {
	case *pb.BoolFact:
		if f.GetValue() {
			return Say("是", "yes")
		}
		return Say("否", "no")
	case *pb.DurationFact:
		if f.GetForever() {
			return Say("无期限", "without end")
		}
		return SpanText(f.GetValue().AsDuration())
	case *pb.TextsFact:
		if len(f.GetValue()) == 0 {
			return Say("无", "none")
		}
		return Verbatim(strings.Join(f.GetValue(), ", "))
	case *pb.TextFact:
		return Verbatim(f.GetValue())
	}
	return Verbatim(facts.Value(f))
}

// SpanText writes a length of time for people.
func SpanText(d time.Duration) *pb.Text {
	const day = 24 * time.Hour
	switch {
	case d != 0 && d%day == 0:
		return Say("%d 天", "%d days", int64(d/day))
	case d != 0 && d%time.Hour == 0:
		return Say("%d 小时", "%d hours", int64(d/time.Hour))
	case d != 0 && d%time.Minute == 0:
		return Say("%d 分钟", "%d minutes", int64(d/time.Minute))
	case d%time.Second == 0:
		return Say("%d 秒", "%d seconds", int64(d/time.Second))
	}
	return Verbatim(facts.Span(d))
}
