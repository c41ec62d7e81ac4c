package config

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// BaselineMet asks that everything else in the baseline holds.
var BaselineMet = &checks.Check{
	ID:       "config.baseline_met",
	Controls: []string{"CFG-51"},
	Title:    checks.Say("达到安全基线", "The security baseline is met"),
	Rationale: checks.Say(
		"系统应达到安全基线后方可上线。有一项不符合或无法判断，即不能认为已达到。",
		"A system goes live when it meets the baseline. It cannot be said to as long as one thing fails or cannot be told."),
	Remedy: checks.Say(
		"处理报告中本基线的不符合项；对无法判断的项，按其原因提高读取权限或补充场所信息，再重新扫描。",
		"Deal with what the report lists as failing in this baseline; where something could not be told, give the rights or the statements that its reason names, and scan again."),
	Sees: checks.Say(
		"汇总本次扫描中同一基线的其他检查结果。需人工证明的条款和已批准的例外不计入，由人确认。",
		"Sums up what the other checks of the same baseline found in this scan. Clauses that people attest and approved waivers do not count; people confirm those."),
	Conclude: func(findings []*pb.Finding, _ checks.Params) []checks.Result {
		count := map[pb.Outcome]int{}
		for _, f := range findings {
			count[f.GetOutcome()]++
		}
		passed, failed, na := count[pb.Outcome_OUTCOME_PASS], count[pb.Outcome_OUTCOME_FAIL], count[pb.Outcome_OUTCOME_NOT_APPLICABLE]
		unknown := len(findings) - passed - failed - na
		expected := checks.Say("本基线各项均符合", "everything in the baseline holds")
		observed := checks.Say("符合 %d 项，不符合 %d 项，无法判断 %d 项，不适用 %d 项", "%d pass, %d fail, %d unknown, %d not applicable", passed, failed, unknown, na)
		switch {
		case failed > 0:
			return []checks.Result{checks.Failed(expected, observed)}
		case unknown > 0 || passed == 0:
			return []checks.Result{checks.Undecided(expected, observed, pb.Reason_REASON_UNSPECIFIED, checks.Say("尚有未得出结论的项目", "not everything came to a verdict"))}
		}
		return []checks.Result{checks.Passed(expected, observed)}
	},
}
