package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/rejudge"
	"github.com/plumbline/plumbline/server/store"
)

// again is a verdict as it is printed in JSON.
type again struct {
	Snapshot string `json:"snapshot"`
	Target   string `json:"target"`
	Baseline string `json:"baseline"`
	Clause   string `json:"clause"`
	Check    string `json:"check"`
	Scope    string `json:"scope"`
	Outcome  string `json:"outcome"`
	Was      string `json:"was,omitempty"`
	Changed  bool   `json:"changed"`
	Observed string `json:"observed,omitempty"`
}

// checked is a comparison as it is printed in JSON.
type checked struct {
	Snapshot  string   `json:"snapshot"`
	Result    string   `json:"result"`
	Why       string   `json:"why,omitempty"`
	Findings  int      `json:"findings"`
	Different []string `json:"different,omitempty"`
	Delivered string   `json:"delivered_sha256"`
	Again     string   `json:"again_sha256,omitempty"`
}

func (a *app) rejudgeCommand() *cobra.Command {
	var target string
	var every, check, changed bool
	var as rejudge.As
	cmd := &cobra.Command{
		Use: "rejudge " + a.Say("[快照…]", "[SNAPSHOT...]"), Short: a.Say("用已存的事实重新判断，不接触目标", "judge stored facts once more, touching no target"),
		Long: a.Say(`用快照中的事实按另一基线、方案或场所信息重新判断，与当时上报的结论并列显示；上报的结论不变。
--check 按当时记录的方式重新判断并核对：不一致者记入审计日志，退出码为 1。`,
			`Judges the facts of snapshots by another baseline, profile or site file and shows the verdicts beside those that were delivered, which stay as
they are. --check judges as it was recorded and compares: what differs goes to the audit log, and the exit status is 1.`),
		Example: a.Example(`  {program} rejudge --target web1 --baseline qtcjh-0001-2023 --changed    换一套基线，只列变化
  {program} rejudge --all --profile strictest --format json
  {program} rejudge --check --all                                        核对全部目标的最新快照`,
			`  {program} rejudge --target web1 --baseline qtcjh-0001-2023 --changed    by another baseline, only what changes
  {program} rejudge --all --profile strictest --format json
  {program} rejudge --check --all                                        check the newest snapshot of every target`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			ways := 0
			for _, given := range []bool{len(args) > 0, target != "", every} {
				if given {
					ways++
				}
			}
			if ways != 1 {
				return a.Fail("请指定快照、--target 或 --all 之一", "name snapshots, or a --target, or --all")
			}
			if check && (len(as.Baselines) > 0 || as.Profile != "" || as.Site != 0) {
				return a.Fail("--check 按当时记录的方式判断，不能另外指定", "--check judges as it was recorded: nothing else can be asked for")
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			ids, err := a.newest(cmd, s, target, every, args)
			if err != nil {
				return err
			}
			if check {
				return a.recheck(cmd, s, ids)
			}
			return a.rejudge(cmd, s, ids, as, changed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&target, "target", "", a.Say("该`目标`的最新快照", "the newest snapshot of `TARGET`"))
	f.BoolVar(&every, "all", false, a.Say("每个目标的最新快照", "the newest snapshot of every target"))
	f.StringSliceVar(&as.Baselines, "baseline", nil, a.Say("`基线`编号，逗号分隔，缺省为当时所用", "baselines: `ID,...`; those that judged if not given"))
	f.StringVar(&as.Profile, "profile", "", a.Say("`方案`，缺省为当时所用", "the profile `NAME`; the recorded one if not given"))
	f.Int64Var(&as.Site, "site", 0, a.Say("服务器场所信息的`版本`，缺省为当时所用", "`VERSION` of the server's site file; the one that was used if not given"))
	f.Lookup("site").DefValue = ""
	f.BoolVar(&changed, "changed", false, a.Say("只列与上报不同的", "only what comes out otherwise than it was delivered"))
	f.BoolVar(&check, "check", false, a.Say("按当时记录的方式重新判断并核对", "judge as it was recorded, and compare"))
	var profiles []string
	for _, p := range baseline.Profiles() {
		profiles = append(profiles, string(p))
	}
	a.Fixed(cmd, "profile", profiles...)
	return cmd
}

// newest gives the snapshots that are meant.
func (a *app) newest(cmd *cobra.Command, s *store.Store, target string, every bool, named []string) ([]string, error) {
	switch {
	case target != "":
		state, err := s.State(cmd.Context(), target)
		if errors.Is(err, store.ErrNotFound) || err == nil && state.ReadSnapshot == "" {
			return nil, a.Fail("目标 %s 没有快照", "%s has no snapshot", target)
		}
		return []string{state.ReadSnapshot}, err
	case every:
		var out []string
		last := ""
		err := s.EachFinding(cmd.Context(), store.FindingFilter{}, func(f store.Finding) error {
			if f.Present && f.Target != last {
				last = f.Target
				out = append(out, f.Snapshot)
			}
			return nil
		})
		return out, err
	}
	return named, nil
}

func (a *app) rejudge(cmd *cobra.Command, s *store.Store, ids []string, as rejudge.As, changed bool) error {
	var list []again
	for _, id := range ids {
		snapshot, err := s.Opened(cmd.Context(), id)
		if err != nil {
			return err
		}
		found, err := rejudge.By(cmd.Context(), s, snapshot, as)
		if err != nil {
			return err
		}
		for _, v := range rejudge.Beside(snapshot, found) {
			if changed && !v.Changed() {
				continue
			}
			out := again{
				Snapshot: id, Target: v.GetTargetId(), Baseline: v.GetBaseline(), Clause: v.GetClause(), Check: v.GetCheck(), Scope: v.GetScope(),
				Outcome: outcomeWord(v.GetOutcome()), Changed: v.Changed(), Observed: a.Lang.Of(v.GetObserved()),
			}
			if v.Was != pb.Outcome_OUTCOME_UNSPECIFIED {
				out.Was = outcomeWord(v.Was)
			}
			list = append(list, out)
		}
	}
	head := []string{a.Say("目标", "TARGET"), a.Say("条款", "CLAUSE"), a.Say("检查项", "CHECK"), a.Say("范围", "SCOPE"), a.Say("上报时", "DELIVERED"), a.Say("现在", "NOW"), a.Say("实际", "IS")}
	return write(a, list, head, func(v again) []string {
		return []string{v.Target, v.Clause, v.Check, v.Scope, v.Was, v.Outcome, v.Observed}
	})
}

func (a *app) recheck(cmd *cobra.Command, s *store.Store, ids []string) error {
	var list []checked
	different := 0
	for _, id := range ids {
		c, err := rejudge.Verify(cmd.Context(), s, store.Entry{Actor: operator()}, id)
		if err != nil {
			return err
		}
		if c.Result == rejudge.Differs {
			different++
		}
		list = append(list, checked{Snapshot: id, Result: c.Result, Why: a.Lang.Of(c.Why), Findings: c.Findings, Different: c.Different, Delivered: c.Delivered, Again: c.Again})
	}
	words := map[string]string{rejudge.Same: a.Say("一致", "same"), rejudge.Differs: a.Say("不一致", "differs"), rejudge.Impossible: a.Say("无法核对", "cannot be checked")}
	head := []string{a.Say("快照", "SNAPSHOT"), a.Say("核对", "RESULT"), a.Say("结果数", "FINDINGS"), a.Say("不一致", "DIFFERENT"), a.Say("原因", "WHY")}
	err := write(a, list, head, func(c checked) []string {
		return []string{c.Snapshot, words[c.Result], fmt.Sprint(c.Findings), fmt.Sprint(len(c.Different)), strings.TrimSpace(c.Why)}
	})
	if err == nil && different > 0 {
		return a.Fail("%d 个快照的结论与重新判断不一致，已记入审计日志", "%d snapshots come to other verdicts than were delivered; that is on record", different)
	}
	return err
}
