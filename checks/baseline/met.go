package baseline

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Met is the check that a target meets the baseline as a whole, judged from what the baseline's other checks found on it. It
// exists wherever baselines do: Load and Plan know it without being told.
var Met = &checks.Check{
	ID:       "config.baseline_met",
	Controls: []string{"CFG-51"},
	Title:    &pb.Text{Zh: "达到安全基线", En: "The security baseline is met"},
	Rationale: &pb.Text{
		Zh: "带着已知缺陷上线的系统，从第一天起就暴露在风险之中；上线后再整改，代价与影响都更大。因此应在上线前确认各项基线要求均已达到。",
		En: "A system that goes live with known gaps is at risk from its first day, and closing them later costs more. So every requirement of the baseline is met before it goes live."},
	Remedy: &pb.Text{
		Zh: "逐项整改本基线中不通过的条款；对无法判断的条款，补充权限或场所信息后重新扫描；全部通过后再上线，并留存当次扫描报告。",
		En: "Fix the clauses of this baseline that fail; for those that could not be judged, give the rights or the site facts that are missing and scan again; go live when all pass, and keep that report."},
	Sees: &pb.Text{
		Zh: "汇总同一目标、同一基线中其他检查的结论：任一不通过即不通过，任一无法判断即无法判断。须由人员证明的条款不在其内。",
		En: "Sums up what the other checks of the same baseline found on the same target: one failure fails, one unknown leaves it unknown. Clauses that a person attests are not among them."},
	Conclude: conclude,
}

// conclude never passes on nothing: without findings of other checks the verdict is unknown.
func conclude(findings []*pb.Finding, _ checks.Params) []checks.Result {
	expected := checks.Say("本基线中由程序判断的条款全部通过", "every clause of the baseline that a program judges passes")
	by := map[pb.Outcome]int{}
	var failed, open []string
	for _, f := range findings {
		if f.GetCheck() == "config.baseline_met" {
			continue
		}
		by[f.GetOutcome()]++
		switch f.GetOutcome() {
		case pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_NOT_APPLICABLE:
		case pb.Outcome_OUTCOME_FAIL:
			failed = add(failed, f.GetClause())
		default:
			open = add(open, f.GetClause())
		}
	}
	passed := by[pb.Outcome_OUTCOME_PASS]
	switch {
	case len(failed) > 0:
		return []checks.Result{checks.Failed(expected, checks.Say("%d 条不通过：%s", "%d clauses fail: %s", len(failed), some(failed)))}
	case len(open) > 0 || passed == 0:
		r := checks.Result{Outcome: pb.Outcome_OUTCOME_UNKNOWN, Expected: expected, Observed: checks.Say("无不通过项，但未能全部判断", "nothing fails, but not everything could be judged"),
			Reason: checks.Say("%d 条无法判断：%s", "%d clauses could not be judged: %s", len(open), some(open))}
		if len(open) == 0 {
			r.Reason = checks.Say("本基线的其他条款均未在此目标上得出结论", "no other clause of the baseline came to a verdict on this target")
		}
		return []checks.Result{r}
	}
	return []checks.Result{checks.Passed(expected, checks.Say("%d 项判断全部通过", "all %d verdicts pass", passed))}
}

// add keeps each clause once.
func add(list []string, clause string) []string {
	if len(list) > 0 && list[len(list)-1] == clause {
		return list
	}
	return append(list, clause)
}

// some names the first few.
func some(clauses []string) string {
	const few = 5
	if len(clauses) <= few {
		return strings.Join(clauses, ", ")
	}
	return strings.Join(clauses[:few], ", ") + ", …"
}

// index finds checks by id, Met among them.
func index(known []*checks.Check) map[string]*checks.Check {
	m := make(map[string]*checks.Check, len(known)+1)
	m[Met.ID] = Met
	for _, c := range known {
		m[c.ID] = c
	}
	return m
}
