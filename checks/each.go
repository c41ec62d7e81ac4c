package checks

import (
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// List is a list of facts with the state of the list itself: only a KNOWN list is complete.
type List[T any] interface {
	facts.Fact
	GetItems() []T
}

// Each judges every item of a list. Where the list is not complete, one more result says so: what was not seen is
// unknown. A complete list without items comes to empty: for a rule of the kind "every policy must …" that is
// Nothing, for "no … may exist" it is a pass.
func Each[T interface{ GetScope() string }, L List[T]](list L, empty Result, judge func(T) Result) []Result {
	var out []Result
	for _, it := range list.GetItems() {
		r := judge(it)
		if r.Scope == "" {
			r.Scope = it.GetScope()
		}
		out = append(out, r)
	}
	if rest, incomplete := rest(list, empty.Expected); incomplete {
		return append(out, rest)
	}
	if len(out) == 0 {
		if empty.Evidence == nil {
			empty.Evidence = list.GetEvidence()
		}
		return []Result{empty}
	}
	return out
}

// EachWhere is Each over the items that where picks. A complete list in which nothing is picked comes to empty.
func EachWhere[T interface{ GetScope() string }, L List[T]](list L, empty Result, where func(T) bool, judge func(T) Result) []Result {
	return Each(pick(list, where), empty, judge)
}

func pick[T any, L List[T]](list L, where func(T) bool) picked[T] {
	out := picked[T]{Fact: list}
	for _, it := range list.GetItems() {
		if where(it) {
			out.items = append(out.items, it)
		}
	}
	return out
}

type picked[T any] struct {
	facts.Fact
	items []T
}

func (p picked[T]) GetItems() []T { return p.items }

// rest is the result for what a list may not have shown.
func rest(list facts.Fact, expected *pb.Text) (Result, bool) {
	switch list.GetState() {
	case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT:
		return Result{}, false
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return Result{Outcome: pb.Outcome_OUTCOME_NOT_APPLICABLE, Observed: Say("平台无此项", "the platform has no such thing"), Evidence: list.GetEvidence()}, true
	}
	r := Unknown(expected, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
	r.Observed = Say("清单不完整", "the list is not complete")
	return r, true
}

// Nothing is what a rule of the kind "every … must" comes to when a complete list holds nothing to judge: unknown.
func Nothing(expected *pb.Text) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_UNKNOWN, Expected: expected, Observed: Say("未发现可判断的对象", "nothing to judge was found"),
		Reason: ReasonText(pb.Reason_REASON_UNSPECIFIED, "")}
}

// Summary is one verdict over a list under one scope: it fails naming the items that fail, is unknown while items are
// unknown or the list is not complete, and passes otherwise with the count it saw. judge gives each item's result.
// It is for long lists of which people want the exceptions: accounts, listeners, files.
func Summary[T interface{ GetScope() string }, L List[T]](list L, scope string, empty Result, judge func(T) Result) Result {
	results := Each(list, empty, judge)
	if len(list.GetItems()) == 0 {
		return results[0].As(scope)
	}
	out := AllOf(named(results)...)
	if out.Outcome == pb.Outcome_OUTCOME_PASS {
		out.Observed = Say("已检查 %d 项,全部符合", "%d looked at, all conform", len(results))
		out.Evidence = list.GetEvidence()
		if len(out.Evidence) == 0 {
			out.Evidence = firstEvidence(results)
		}
	}
	out.Expected = empty.Expected
	return out.As(scope)
}

// SummaryWhere is Summary over the items that where picks. A complete list in which nothing is picked comes to empty.
func SummaryWhere[T interface{ GetScope() string }, L List[T]](list L, scope string, empty Result, where func(T) bool, judge func(T) Result) Result {
	return Summary(pick(list, where), scope, empty, judge)
}

func firstEvidence(results []Result) []*pb.Evidence {
	var ev []*pb.Evidence
	for _, r := range results {
		ev = appendEvidence(ev, r.Evidence...)
		if len(ev) >= maxEvidence {
			return ev[:maxEvidence]
		}
	}
	return ev
}

// maxEvidence bounds the lines quoted for a list that conforms as a whole.
const maxEvidence = 20

// named puts each result's scope before what was observed, so that it survives being combined.
func named(results []Result) []Result {
	out := make([]Result, len(results))
	for i, r := range results {
		if r.Scope != "" && r.Observed != nil && r.Outcome != pb.Outcome_OUTCOME_PASS {
			r.Observed = Say("%s(%s)", "%s (%s)", r.Scope, r.Observed)
			if r.Reason != nil {
				r.Reason = Say("%s:%s", "%s: %s", r.Scope, r.Reason)
			}
		}
		out[i] = r
	}
	return out
}
