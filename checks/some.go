package checks

import (
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Some is one verdict over a list of which one item is enough, under one scope: it passes if an item passes, is unknown
// while an item is unknown or the list is not complete, and fails otherwise. A complete list without items comes to empty.
func Some[T interface{ GetScope() string }, L List[T]](list L, scope string, empty Result, judge func(T) Result) Result {
	results := Each(list, empty, judge)
	if len(list.GetItems()) == 0 {
		return results[0].As(scope)
	}
	for i, r := range results {
		if r.Scope != "" && r.Observed != nil {
			results[i].Observed = Say("%s（%s）", "%s (%s)", r.Scope, r.Observed)
		}
	}
	out := AnyOf(results...)
	if empty.Expected != nil {
		out.Expected = empty.Expected
	}
	return out.As(scope)
}

// Undecided is a verdict that a check itself could not reach: what it saw, and why that does not decide.
func Undecided(expected, observed *pb.Text, code pb.Reason, why *pb.Text, ev ...*pb.Evidence) Result {
	return Result{Outcome: pb.Outcome_OUTCOME_UNKNOWN, Expected: expected, Observed: observed,
		Reason: Say("%s：%s", "%s: %s", ReasonText(code, ""), why), ReasonCode: code, Evidence: facts.Own(ev)}
}

// Device says whether the target is known to be a network device. False means a host, or that it is not known.
func Device(f *pb.Facts) bool {
	kind := f.GetPlatform().GetKind()
	if kind.GetState() != pb.FactState_FACT_STATE_KNOWN {
		return false
	}
	switch kind.GetValue() {
	case "switch", "router", "firewall", "load-balancer":
		return true
	}
	return false
}

// Where is the part of a list that where picks; it is as complete as the list.
func Where[T interface{ GetScope() string }, L List[T]](list L, where func(T) bool) List[T] {
	out := picked[T]{Fact: list}
	for _, it := range list.GetItems() {
		if where(it) {
			out.items = append(out.items, it)
		}
	}
	return out
}
