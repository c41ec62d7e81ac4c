package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// outcomes are the words for outcomes, in the order of severity.
var outcomes = []string{"fail", "unknown", "pass", "not_applicable"}

func outcomeOf(word string) pb.Outcome {
	return pb.Outcome(pb.Outcome_value["OUTCOME_"+strings.ToUpper(word)])
}

func outcomeWord(o pb.Outcome) string {
	return strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_"))
}

// finding is a finding as it is printed in JSON.
type finding struct {
	ID        string    `json:"id"`
	Target    string    `json:"target"`
	Zone      string    `json:"zone"`
	Baseline  string    `json:"baseline"`
	Clause    string    `json:"clause"`
	Check     string    `json:"check"`
	Control   string    `json:"control"`
	Scope     string    `json:"scope"`
	Outcome   string    `json:"outcome"`
	Waiver    string    `json:"waiver,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Since     time.Time `json:"since"`
	Previous  string    `json:"previous,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Snapshot  string    `json:"snapshot"`
	// What the snapshot says of it; absent once retention took that away, and with --brief.
	Observed string   `json:"observed,omitempty"`
	Expected string   `json:"expected,omitempty"`
	Why      string   `json:"why,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
}

func newFinding(f store.Finding) finding {
	out := finding{
		ID: f.ID, Target: f.Target, Zone: f.Zone, Baseline: f.Baseline, Clause: f.Clause, Check: f.Check, Control: f.Control, Scope: f.Scope,
		Outcome: outcomeWord(f.Outcome), Waiver: f.Waiver, Since: f.Since, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, Snapshot: f.Snapshot,
	}
	if f.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
		out.Reason = facts.ReasonName(f.Reason)
	}
	if f.Previous != pb.Outcome_OUTCOME_UNSPECIFIED {
		out.Previous = outcomeWord(f.Previous)
	}
	return out
}

func (a *app) findingsCommand() *cobra.Command {
	var filter store.FindingFilter
	var words []string
	var waived string
	var since time.Duration
	var limit int
	var brief bool
	cmd := &cobra.Command{
		Use: "findings", Short: a.Say("列出当前结果，或近期变化", "list the current findings, or those that changed of late"),
		Example: a.Example(`  {program} findings --outcome fail --zone core        核心区域不符合的条目
  {program} findings --changed 24h                     一天内变化的条目
  {program} findings --clause JRT0068-2012/6.1.4.2.c.6 --format json`,
			`  {program} findings --outcome fail --zone core        what fails in a zone
  {program} findings --changed 24h                     what changed within a day
  {program} findings --clause JRT0068-2012/6.1.4.2.c.6 --format json`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, w := range words {
				if err := a.OneOf("--outcome", w, outcomes); err != nil {
					return err
				}
				filter.Outcomes = append(filter.Outcomes, outcomeOf(w))
			}
			if waived != "" {
				if err := a.OneOf("--waived", waived, []string{"true", "false"}); err != nil {
					return err
				}
				is := waived == "true"
				filter.Waived = &is
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := all(limit, func(p store.Page) ([]store.Finding, string, error) {
				if since > 0 {
					return s.Changed(cmd.Context(), a.Now().Add(-since), filter, p)
				}
				return s.Findings(cmd.Context(), filter, p)
			})
			if err != nil {
				return err
			}
			list := make([]finding, len(found))
			for i, f := range found {
				list[i] = newFinding(f)
			}
			if !brief {
				if err := a.detail(cmd.Context(), s, list); err != nil {
					return err
				}
			}
			head := []string{a.Say("目标", "TARGET"), a.Say("条款", "CLAUSE"), a.Say("检查项", "CHECK"), a.Say("范围", "SCOPE"), a.Say("结论", "OUTCOME"),
				a.Say("实际", "ACTUAL"), a.Say("要求", "WANTED"), a.Say("依据", "EVIDENCE"), a.Say("豁免", "WAIVER"), a.Say("起始", "SINCE"), a.Say("此前", "BEFORE")}
			return write(a, list, head, func(f finding) []string {
				return []string{f.Target, f.Clause, f.Check, f.Scope, f.Outcome, clip(cmp.Or(f.Why, f.Observed)), clip(f.Expected), clip(strings.Join(f.Evidence[:min(len(f.Evidence), 1)], "")),
					a.waived(f), when(f.Since), f.Previous}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&filter.Target, "target", "", a.Say("只列该`目标`", "only those of `TARGET`"))
	f.StringVar(&filter.Zone, "zone", "", a.Say("只列该`区域`", "only those of `ZONE`"))
	f.StringVar(&filter.Baseline, "baseline", "", a.Say("只列该`基线`", "only those of the baseline `ID`"))
	f.StringVar(&filter.Clause, "clause", "", a.Say("只列该`条款`", "only those of the clause `ID`"))
	f.StringVar(&filter.Check, "check", "", a.Say("只列该`检查项`", "only those of the check `NAME`"))
	f.StringSliceVar(&words, "outcome", nil, a.Say("只列这些`结论`：fail、unknown、pass、not_applicable", "only these: `fail,unknown,pass,not_applicable`"))
	f.StringVar(&waived, "waived", "", a.Say("只列已豁免的（true）或未豁免的（false）", "only those that a waiver covers, or that none does: `true|false`"))
	a.Fixed(cmd, "waived", "true", "false")
	f.BoolVar(&filter.Gone, "gone", false, a.Say("也列出已消失的条目", "list those that are gone, too"))
	f.DurationVar(&since, "changed", 0, a.Say("只列此`时段`内变化的条目，如 24h", "only what changed within `SPAN`, like 24h"))
	f.Lookup("changed").DefValue = ""
	f.BoolVar(&brief, "brief", false, a.Say("不列实际值、要求与依据（不打开快照，更快）", "without what is there, what is wanted and the evidence: no snapshot is opened, which is faster"))
	f.IntVar(&limit, "limit", 0, a.Say("最多列出`几`条", "list `N` at the most"))
	f.Lookup("limit").DefValue = ""
	a.Fixed(cmd, "outcome", outcomes...)
	return cmd
}

// detail adds what snapshots say of findings. Each snapshot is opened once.
func (a *app) detail(ctx context.Context, s *store.Store, list []finding) error {
	of := map[string][]*finding{}
	for i := range list {
		of[list[i].Snapshot] = append(of[list[i].Snapshot], &list[i])
	}
	for id, findings := range of {
		snapshot, err := s.Opened(ctx, id)
		if errors.Is(err, store.ErrRemoved) || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		said := map[string]*pb.Finding{}
		for _, f := range snapshot.GetFindings() {
			said[f.GetId()] = f
		}
		for _, f := range findings {
			from := said[f.ID]
			if from == nil || outcomeWord(from.GetOutcome()) != f.Outcome {
				continue
			}
			f.Observed, f.Expected, f.Why = a.Lang.Of(from.GetObserved()), a.Lang.Of(from.GetExpected()), a.Lang.Of(from.GetReason())
			for _, e := range from.GetEvidence() {
				f.Evidence = append(f.Evidence, place(e))
			}
		}
	}
	return nil
}

// place says where evidence stands.
func place(e *pb.Evidence) string {
	switch {
	case e.GetDefaultStatedIn() != "":
		return e.GetDefaultStatedIn()
	case e.GetFirstLine() == 0:
		return e.GetSource()
	}
	return fmt.Sprintf("%s:%d  %s", e.GetSource(), e.GetFirstLine(), e.GetExcerpt())
}

// clip shortens a text for a table, and takes what would break its lines or a terminal.
func clip(text string) string {
	const most = 48
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// waived says which waiver covers a finding; where nobody knows whether it is needed, that too.
func (a *app) waived(f finding) string {
	if f.Waiver != "" && f.Outcome == outcomeWord(pb.Outcome_OUTCOME_UNKNOWN) {
		return a.Say("%s（未见）", "%s (not seen)", f.Waiver)
	}
	return f.Waiver
}

// snapshot is a snapshot as it is printed in JSON.
type snapshot struct {
	ID        string    `json:"id"`
	Target    string    `json:"target"`
	Sender    string    `json:"sender"`
	At        time.Time `json:"at"`
	Received  time.Time `json:"received"`
	Driver    string    `json:"driver"`
	Visit     string    `json:"visit"`
	Baselines []string  `json:"baselines"`
	Fail      int64     `json:"fail"`
	Unknown   int64     `json:"unknown"`
	Pass      int64     `json:"pass"`
	NA        int64     `json:"not_applicable"`
	SHA256    string    `json:"sha256"`
}

func newSnapshot(s store.Snapshot) snapshot {
	return snapshot{
		ID: s.ID, Target: s.Target, Sender: s.Sender, At: s.At, Received: s.Received, Driver: s.Driver,
		Visit: strings.ToLower(strings.TrimPrefix(s.Visit.String(), "VISIT_STATE_")), Baselines: s.Baselines,
		Fail: s.Tally.Failed, Unknown: s.Tally.Unknown, Pass: s.Tally.Passed, NA: s.Tally.Inapplicable, SHA256: fmt.Sprintf("%x", s.SHA256),
	}
}

func (a *app) snapshotsCommand() *cobra.Command {
	var filter store.SnapshotFilter
	var limit int
	cmd := &cobra.Command{
		Use: "snapshots", Short: a.Say("列出快照，最新的在前", "list snapshots, the latest first"),
		Example: a.Example(`  {program} snapshots --target core-sw-01    一个目标的历史`, `  {program} snapshots --target core-sw-01    the history of a target`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := all(limit, func(p store.Page) ([]store.Snapshot, string, error) { return s.Snapshots(cmd.Context(), filter, p) })
			if err != nil {
				return err
			}
			list := make([]snapshot, len(found))
			for i, f := range found {
				list[i] = newSnapshot(f)
			}
			head := []string{a.Say("快照", "SNAPSHOT"), a.Say("目标", "TARGET"), a.Say("时间", "AT"), a.Say("状态", "VISIT"), a.Say("不符合", "FAIL"), a.Say("未知", "UNKNOWN"), a.Say("符合", "PASS")}
			return write(a, list, head, func(s snapshot) []string {
				return []string{s.ID, s.Target, when(s.At), s.Visit, fmt.Sprint(s.Fail), fmt.Sprint(s.Unknown), fmt.Sprint(s.Pass)}
			})
		},
	}
	cmd.Flags().StringVar(&filter.Target, "target", "", a.Say("只列该`目标`", "only those of `TARGET`"))
	cmd.Flags().StringVar(&filter.Sender, "sender", "", a.Say("只列该`上报者`", "only those of the sender `ID`"))
	cmd.Flags().IntVar(&limit, "limit", 20, a.Say("最多列出`几`个", "list `N` at the most"))
	a.PlainDefault(cmd, "limit")
	return cmd
}

// change is a difference as it is printed in JSON.
type change struct {
	Clause string   `json:"clause"`
	Check  string   `json:"check"`
	Scope  string   `json:"scope"`
	From   string   `json:"from,omitempty"`
	To     string   `json:"to,omitempty"`
	Before string   `json:"before,omitempty"`
	Now    string   `json:"now,omitempty"`
	Causes []string `json:"causes"`
	// Target is named where several are compared.
	Target string     `json:"target,omitempty"`
	Facts  []factMove `json:"facts,omitempty"`
}

// factMove is a fact that is not the same, with where it was read.
type factMove struct {
	Fact   string `json:"fact"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

func where(list []*pb.Evidence) string {
	var out []string
	for _, e := range list {
		out = append(out, facts.Where(e))
	}
	return strings.Join(out, "; ")
}

// moved says the facts of a change on a line.
func (c change) moved() string {
	var out []string
	for _, f := range c.Facts {
		out = append(out, fmt.Sprintf("%s: %s → %s (%s)", f.Fact, cmp.Or(f.From, "–"), cmp.Or(f.To, "–"), cmp.Or(f.After, f.Before)))
	}
	return strings.Join(out, "; ")
}

func (a *app) newChange(c store.Change) change {
	of := c.To
	if of == nil {
		of = c.From
	}
	out := change{Clause: of.GetClause(), Check: of.GetCheck(), Scope: of.GetScope(), Before: a.Lang.Of(c.From.GetObserved()), Now: a.Lang.Of(c.To.GetObserved())}
	if c.From != nil {
		out.From = outcomeWord(c.From.GetOutcome())
	}
	if c.To != nil {
		out.To = outcomeWord(c.To.GetOutcome())
	}
	for _, cause := range c.Causes {
		out.Causes = append(out.Causes, string(cause))
	}
	for _, f := range c.Facts {
		out.Facts = append(out.Facts, factMove{f.Path, f.From, f.To, where(f.Before), where(f.After)})
	}
	return out
}

func (a *app) diffCommand() *cobra.Command {
	var target string
	var sweeps bool
	cmd := &cobra.Command{
		Use: "diff " + a.Say("[快照 快照]", "[SNAPSHOT SNAPSHOT]"), Short: a.Say("比较两个快照或两次扫描任务：哪些结果变化、因何变化", "compare two snapshots or two sweeps: which findings differ, and why"),
		Long: a.Say("原因：setting 配置变化（列出变化的事实与出处）、baseline 基线或方案变化、site 场所信息变化、inventory 用途或区域变化、driver 驱动变化、program 程序变化、unreadable 无法读取、time 时间推移、other 其他。",
			"Causes: setting (with the facts that changed and where they stand), baseline (or profile), site, inventory (role or zone), driver, program, unreadable, time, other."),
		Example: a.Example(`  {program} diff --target core-sw-01   最近两次快照
  {program} diff ID1 ID2               指定两个快照
  {program} diff --sweeps ID1 ID2      两次扫描任务`,
			`  {program} diff --target core-sw-01   its latest two snapshots
  {program} diff ID1 ID2               two that you name
  {program} diff --sweeps ID1 ID2      two sweeps`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (target == "") == (len(args) != 2) || target != "" && sweeps {
				return a.Fail("请指定两个快照或扫描任务，或用 --target 指定目标", "name two snapshots or sweeps, or a target with --target")
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			list, err := a.changes(cmd, s, target, sweeps, args)
			if err != nil {
				return err
			}
			head := []string{
				a.Say("目标", "TARGET"), a.Say("条款", "CLAUSE"), a.Say("检查项", "CHECK"), a.Say("范围", "SCOPE"), a.Say("此前", "FROM"), a.Say("现在", "TO"), a.Say("原因", "CAUSE"), a.Say("实际", "IS"),
				a.Say("变化的事实", "FACTS"),
			}
			return write(a, list, head, func(c change) []string {
				return []string{c.Target, c.Clause, c.Check, c.Scope, c.From, c.To, strings.Join(c.Causes, ","), c.Now, c.moved()}
			})
		},
	}
	cmd.Flags().StringVar(&target, "target", "", a.Say("比较该`目标`最近的两个快照", "compare the latest two of `TARGET`"))
	cmd.Flags().BoolVar(&sweeps, "sweeps", false, a.Say("编号是扫描任务的", "the ids are those of sweeps"))
	return cmd
}

// changes compares what is meant: two snapshots, the latest two of a target, or two sweeps.
func (a *app) changes(cmd *cobra.Command, s *store.Store, target string, sweeps bool, ids []string) ([]change, error) {
	var out []change
	add := func(target string, found []store.Change) {
		for _, c := range found {
			one := a.newChange(c)
			one.Target = target
			out = append(out, one)
		}
	}
	if sweeps {
		found, err := all(0, func(p store.Page) ([]store.TargetChange, string, error) {
			return s.DiffSweeps(cmd.Context(), ids[0], ids[1], p)
		})
		for _, t := range found {
			add(t.Target, t.Changes)
		}
		return out, err
	}
	if target != "" {
		two, _, err := s.Snapshots(cmd.Context(), store.SnapshotFilter{Target: target}, store.Page{Limit: 2})
		if err != nil {
			return nil, err
		}
		if len(two) < 2 {
			return nil, a.Fail("目标 %s 的快照不足两个", "%s has less than two snapshots", target)
		}
		ids = []string{two[1].ID, two[0].ID}
	}
	found, err := s.DiffSnapshots(cmd.Context(), ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	of, err := s.Snapshot(cmd.Context(), ids[0])
	add(of.Target, found)
	return out, err
}
