package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

// sweep is a sweep as it is printed in JSON.
type sweep struct {
	ID           string           `json:"id"`
	Schedule     string           `json:"schedule,omitempty"`
	State        string           `json:"state"`
	RequestedBy  string           `json:"requested_by"`
	AuthorisedBy string           `json:"authorised_by,omitempty"`
	Reason       string           `json:"reason"`
	Created      time.Time        `json:"created"`
	Started      time.Time        `json:"started,omitzero"`
	NotAfter     time.Time        `json:"not_after,omitzero"`
	Ended        time.Time        `json:"ended,omitzero"`
	Targets      int64            `json:"targets"`
	Waiting      int64            `json:"waiting"`
	Handed       int64            `json:"handed"`
	Ends         map[string]int64 `json:"ends"`
}

func newSweep(s store.Sweep) sweep {
	out := sweep{
		ID: s.ID, Schedule: s.Schedule, State: s.State, RequestedBy: s.RequestedBy, AuthorisedBy: s.AuthorisedBy, Reason: s.Reason, Created: s.Created,
		Started: s.Started, NotAfter: s.NotAfter, Ended: s.Ended, Targets: s.Planned, Waiting: s.Account.Planned, Handed: s.Account.Handed, Ends: map[string]int64{},
	}
	for visit, n := range s.Account.Ended {
		out.Ends[visitWord(visit)] += n
	}
	return out
}

func visitWord(v pb.VisitState) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), "VISIT_STATE_"))
}

// ends says how many targets ended how, those that were questioned first.
func (s sweep) ends() string {
	var out []string
	for word, n := range s.Ends {
		out = append(out, fmt.Sprintf("%s %d", word, n))
	}
	slices.SortFunc(out, func(a, b string) int {
		if qa, qb := strings.HasPrefix(a, "questioned"), strings.HasPrefix(b, "questioned"); qa != qb {
			if qa {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return strings.Join(out, ", ")
}

func (a *app) sweepsTable(found []store.Sweep) error {
	list := make([]sweep, len(found))
	for i, s := range found {
		list[i] = newSweep(s)
	}
	head := []string{a.Say("编号", "ID"), a.Say("状态", "STATE"), a.Say("申请人", "ASKED BY"), a.Say("授权人", "AUTHORISED BY"), a.Say("开始", "STARTED"), a.Say("目标", "TARGETS"), a.Say("待领取", "WAIT"), a.Say("进行中", "AT WORK"), a.Say("已结束", "ENDED"), a.Say("原因", "REASON")}
	return write(a, list, head, func(s sweep) []string {
		return []string{s.ID, s.State, s.RequestedBy, s.AuthorisedBy, when(s.Started), fmt.Sprint(s.Targets), fmt.Sprint(s.Waiting), fmt.Sprint(s.Handed), s.ends(), s.Reason}
	})
}

// order opens the store for one act of a person with one of the roles.
func (a *app) order(cmd *cobra.Command, action string, do func(*store.Store, *orders.Planner, store.Entry) error, roles ...api.Role) error {
	s, err := a.store(cmd)
	if err != nil {
		return err
	}
	defer s.Close()
	who, _, err := a.person(cmd, s, roles...)
	if err != nil {
		return err
	}
	err = do(s, &orders.Planner{Store: s, Now: a.Now}, store.Entry{Actor: who, Action: action, Detail: `{"made":"on the host"}`})
	switch {
	case errors.Is(err, orders.ErrSelfAuthorised):
		return a.Fail("须由另一人办理：申请人不能授权自己的申请", "somebody else has to do this: whoever asked cannot authorise it")
	case errors.Is(err, store.ErrNotFound):
		return a.Fail("没有这个编号，或其状态已不允许此操作", "there is none with this id, or its state does not allow this any more")
	case errors.Is(err, store.ErrConflict):
		return a.Fail("其状态已不允许此操作，请先查看", "its state does not allow this any more; look at it first")
	}
	return err
}

// planFlags are the flags that say what a sweep is to be.
func (a *app) planFlags(cmd *cobra.Command) func(ids []string) (*orders.Plan, error) {
	var p orders.Plan
	var labels []string
	var within, after time.Duration
	var retries int
	f := cmd.Flags()
	f.BoolVar(&p.Targets.All, "all", false, a.Say("全部目标", "all targets"))
	f.StringSliceVar(&p.Targets.Zones, "zone", nil, a.Say("这些`区域`的目标", "targets in these `ZONES`"))
	f.StringSliceVar(&p.Targets.Roles, "role", nil, a.Say("这些`用途`的目标", "targets of these `ROLES`"))
	f.StringSliceVar(&labels, "label", nil, a.Say("具有这些`标签`（名称=取值）的目标", "targets with the labels `NAME=VALUE`"))
	f.StringSliceVar(&p.Baselines, "baseline", nil, a.Say("按这些`基线`判断，缺省按各代理和采集器的配置", "judge by the baselines `ID`; as agents and collectors are configured if not given"))
	f.StringVar(&p.Profile, "profile", "", a.Say("判断`口径`", "judge by `PROFILE`"))
	f.DurationVar(&within, "within", orders.DefaultWithin, a.Say("`时限`，届时未读取的记为未到达", "the `SPAN` it has; what is not read by then is not reached"))
	f.IntVar(&retries, "retries", 1, a.Say("不通、繁忙或超时的目标重试`几`次", "try again `N` times what could not be reached, was busy or timed out"))
	f.DurationVar(&after, "retry-after", orders.DefaultRetryAfter, a.Say("重试间隔`时长`", "try again after `SPAN`"))
	f.Uint32Var(&p.Limits.Concurrency, "concurrency", 0, a.Say("每个采集器同时读取`几`个", "`N` targets at a time for each collector"))
	f.Uint32Var(&p.Limits.PerZone, "per-zone", 0, a.Say("每个区域同时读取`几`个", "`N` at a time in each zone"))
	f.Uint32Var(&p.Limits.PerCredential, "per-credential", 0, a.Say("每个凭据同时使用`几`处", "`N` at a time with each credential"))
	for _, name := range []string{"within", "retries", "retry-after"} {
		a.PlainDefault(cmd, name)
	}
	for _, name := range []string{"concurrency", "per-zone", "per-credential"} {
		f.Lookup(name).DefValue = ""
	}
	return func(ids []string) (*orders.Plan, error) {
		p.Targets.IDs = ids
		for _, label := range labels {
			name, value, ok := strings.Cut(label, "=")
			if !ok || name == "" {
				return nil, a.Fail("--label %q 应为 名称=取值", "--label %q: want NAME=VALUE", label)
			}
			if p.Targets.Labels == nil {
				p.Targets.Labels = map[string]string{}
			}
			p.Targets.Labels[name] = value
		}
		p.Within, p.RetryAfter, p.Retries = orders.Span(within), orders.Span(after), &retries
		return &p, p.Check()
	}
}

func (a *app) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sweep", Short: a.Say("扫描任务：申请、授权、查看、取消", "sweeps: ask, authorise, look, cancel"),
		Long: a.Say(`一次扫描任务读取一批目标。须由申请人以外的人授权后才会开始；每个目标、每个条款最终都有交代（ledger）。`,
			`A sweep reads a set of targets. It begins once somebody other than who asked has authorised it, and accounts for every target and every
clause in the end (ledger).`),
	}
	cmd.AddCommand(a.sweepStart("start"), a.sweepAuthorise(), a.sweepCancel(), a.sweepList(), a.sweepShow(), a.sweepLedger())
	return cmd
}

// snapshotCommand is for who wants to see few targets now.
func (a *app) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "snapshot", Short: a.Say("按需快照：申请、授权", "a snapshot on demand: ask, authorise"),
		Long: a.Say(`按需快照是对少数目标的一次扫描任务，进展用 sweep show 查看，结果用 snapshots 查看。`,
			`A snapshot on demand is a sweep of a few targets: sweep show says how it goes, snapshots what came of it.`),
	}
	cmd.AddCommand(a.sweepStart("request"), a.sweepAuthorise())
	return cmd
}

func (a *app) sweepStart(verb string) *cobra.Command {
	var reason string
	example := a.Example(`  {program} sweep start --zone core --baseline jrt0068-2012 --reason "季度检查"    一个区域
  {program} sweep start core-sw-01 web1 --reason "整改复查"                        两个目标`,
		`  {program} sweep start --zone core --baseline jrt0068-2012 --reason "quarterly check"    a zone
  {program} sweep start core-sw-01 web1 --reason "fixed?"                                 two targets`)
	if verb == "request" {
		example = a.Example(`  {program} snapshot request core-sw-01 --reason "审计抽查"    须由他人 snapshot authorise`,
			`  {program} snapshot request core-sw-01 --reason "audit sample"    somebody else runs snapshot authorise`)
	}
	cmd := &cobra.Command{
		Use: verb + a.Say(" [目标…]", " [TARGET…]"), Short: a.Say("申请，由他人授权后开始", "ask for it; it begins once somebody else authorised it"),
		Example: example, DisableFlagsInUseLine: true,
	}
	plan := a.planFlags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", a.Say("为何：`原因`，随结果记录", "what it is for: `TEXT`, recorded with the result"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := plan(args)
		if err != nil {
			return err
		}
		return a.order(cmd, "sweep.request", func(s *store.Store, planner *orders.Planner, by store.Entry) error {
			id, err := planner.Request(cmd.Context(), by, p, reason)
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("资产清单中没有该目标：%v", "not in the inventory: %v", err)
			}
			if err != nil {
				return err
			}
			return a.showSweeps(cmd, s, id)
		}, api.Operator, api.Auditor)
	}
	return cmd
}

func (a *app) showSweeps(cmd *cobra.Command, s *store.Store, id string) error {
	one, err := s.Sweep(cmd.Context(), id)
	if err != nil {
		return err
	}
	return a.sweepsTable([]store.Sweep{one})
}

func (a *app) sweepAuthorise() *cobra.Command {
	return &cobra.Command{
		Use: "authorise " + a.Say("编号", "ID"), Short: a.Say("授权他人申请的任务，随后即开始", "authorise what somebody else asked for; it begins then"),
		Example: a.Example(`  {program} sweep authorise s-0a1b2c3d4e5f6071    编号见 sweep list`, `  {program} sweep authorise s-0a1b2c3d4e5f6071    sweep list shows the ids`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			return a.order(cmd, "sweep.authorise", func(s *store.Store, planner *orders.Planner, by store.Entry) error {
				if err := planner.Authorise(cmd.Context(), by, id); err != nil {
					return err
				}
				return a.showSweeps(cmd, s, id)
			}, api.Security)
		},
	}
}

func (a *app) sweepCancel() *cobra.Command {
	return &cobra.Command{
		Use: "cancel " + a.Say("编号", "ID"), Short: a.Say("取消任务，尚未开始的目标不再读取", "cancel a sweep: what has not begun does not begin"),
		Example: a.Example(`  {program} sweep cancel s-0a1b2c3d4e5f6071    已读取的结果保留`, `  {program} sweep cancel s-0a1b2c3d4e5f6071    what was read stays`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			return a.order(cmd, "sweep.cancel", func(s *store.Store, _ *orders.Planner, by store.Entry) error {
				by.Object = id
				err := s.CloseSweep(cmd.Context(), by, id, store.SweepCancelled, checks.Say("由 %s 取消", "cancelled by %s", by.Actor))
				if err != nil {
					return err
				}
				return a.showSweeps(cmd, s, id)
			}, api.Operator, api.Security)
		},
	}
}

func (a *app) sweepList() *cobra.Command {
	states := []string{store.SweepPlanned, store.SweepRunning, store.SweepDone, store.SweepCancelled}
	var filter store.SweepFilter
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: a.Say("列出扫描任务，最新的在前", "list sweeps, the latest first"),
		Example: a.Example(`  {program} sweep list --state planned    待授权的`, `  {program} sweep list --state planned    those that wait to be authorised`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if filter.State != "" {
				if err := a.OneOf("--state", filter.State, states); err != nil {
					return err
				}
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := all(limit, func(p store.Page) ([]store.Sweep, string, error) { return s.Sweeps(cmd.Context(), filter, p) })
			if err != nil {
				return err
			}
			return a.sweepsTable(found)
		},
	}
	cmd.Flags().StringVar(&filter.State, "state", "", a.Say("只列该`状态`：planned、running、done、cancelled", "only those that are `planned|running|done|cancelled`"))
	cmd.Flags().StringVar(&filter.Schedule, "schedule", "", a.Say("只列该`计划`的", "only those of the schedule `ID`"))
	cmd.Flags().IntVar(&limit, "limit", 50, a.Say("最多列出`几`个", "list `N` at the most"))
	a.PlainDefault(cmd, "limit")
	a.Fixed(cmd, "state", states...)
	return cmd
}

// sweepTarget is what became of one target, as it is printed in JSON.
type sweepTarget struct {
	Target   string    `json:"target"`
	State    string    `json:"state"`
	Reader   string    `json:"reader,omitempty"`
	Visit    string    `json:"visit,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Attempts int       `json:"attempts"`
	Ended    time.Time `json:"ended,omitzero"`
	Snapshot string    `json:"snapshot,omitempty"`
}

func (a *app) sweepShow() *cobra.Command {
	return &cobra.Command{
		Use: "show " + a.Say("编号", "ID"), Short: a.Say("显示任务的每个目标", "show what became of each target"),
		Example: a.Example(`  {program} sweep show s-0a1b2c3d4e5f6071    编号见 sweep list`, `  {program} sweep show s-0a1b2c3d4e5f6071    sweep list shows the ids`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			one, err := s.Sweep(cmd.Context(), id)
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("没有扫描任务 %s", "there is no sweep %s", id)
			}
			if err != nil {
				return err
			}
			if a.format != jsonFormat {
				if err := a.sweepsTable([]store.Sweep{one}); err != nil {
					return err
				}
				fmt.Fprintln(a.Stdout)
			}
			found, err := all(0, func(p store.Page) ([]store.SweepTarget, string, error) {
				return s.SweepTargets(cmd.Context(), id, "", p)
			})
			if err != nil {
				return err
			}
			return a.sweepTargets(found)
		},
	}
}

func (a *app) sweepTargets(found []store.SweepTarget) error {
	list := make([]sweepTarget, len(found))
	for i, t := range found {
		list[i] = sweepTarget{Target: t.Target, State: t.State, Reader: t.Reader, Detail: a.Lang.Of(t.Detail), Attempts: t.Attempts, Ended: t.Ended, Snapshot: t.Snapshot}
		if t.Visit != pb.VisitState_VISIT_STATE_UNSPECIFIED {
			list[i].Visit = visitWord(t.Visit)
		}
	}
	head := []string{a.Say("目标", "TARGET"), a.Say("状态", "STATE"), a.Say("读取者", "READER"), a.Say("结果", "VISIT"), a.Say("次数", "TRIES"), a.Say("快照", "SNAPSHOT"), a.Say("说明", "WHY")}
	return write(a, list, head, func(t sweepTarget) []string {
		return []string{t.Target, t.State, t.Reader, t.Visit, fmt.Sprint(t.Attempts), t.Snapshot, t.Detail}
	})
}

func (a *app) sweepLedger() *cobra.Command {
	var target string
	var clauses bool
	cmd := &cobra.Command{
		Use: "ledger " + a.Say("编号", "ID"), Short: a.Say("逐条交代：每个目标与条款的计划项各计一次", "account for every planned pair of a target and a clause, each once"),
		Example: a.Example(`  {program} sweep ledger s-0a1b2c3d4e5f6071                     汇总
  {program} sweep ledger s-0a1b2c3d4e5f6071 --target web1       一个目标，逐条`,
			`  {program} sweep ledger s-0a1b2c3d4e5f6071                     the sums
  {program} sweep ledger s-0a1b2c3d4e5f6071 --target web1       one target, clause by clause`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			var lines []orders.Line
			l, err := (&orders.Planner{Store: s, Now: a.Now}).Ledger(cmd.Context(), id, target, func(line orders.Line) error {
				if clauses || target != "" {
					lines = append(lines, line)
				}
				return nil
			})
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("没有扫描任务 %s，或其中没有该目标", "there is no sweep %s, or the target is not in it", id)
			}
			if err != nil {
				return err
			}
			if clauses || target != "" {
				head := []string{a.Say("目标", "TARGET"), a.Say("条款", "CLAUSE"), a.Say("结论", "STANDING"), a.Say("原因", "REASON")}
				return write(a, lines, head, func(l orders.Line) []string { return []string{l.Target, l.Clause, string(l.Standing), l.Reason} })
			}
			return a.ledgerTable(l)
		},
	}
	cmd.Flags().StringVar(&target, "target", "", a.Say("只列该`目标`，逐条", "only `TARGET`, clause by clause"))
	cmd.Flags().BoolVar(&clauses, "clauses", false, a.Say("列出全部计划项，逐条", "every pair, clause by clause"))
	return cmd
}

func (a *app) ledgerTable(l *orders.Ledger) error {
	if a.format == jsonFormat {
		return write(a, []*orders.Ledger{l}, nil, nil)
	}
	var rows [][]string
	for _, one := range orders.Standings() {
		rows = append(rows, []string{string(one), fmt.Sprint(l.Standings[one]), ""})
	}
	for word, of := range map[orders.Standing]map[string]int64{orders.Unknown: l.Unknown, orders.NotReached: l.NotReached} {
		at := slices.IndexFunc(rows, func(r []string) bool { return r[0] == string(word) })
		var why []string
		for reason, n := range of {
			why = append(why, fmt.Sprintf("%s %d", reason, n))
		}
		slices.Sort(why)
		rows[at][2] = strings.Join(why, ", ")
	}
	rows = append(rows, []string{a.Say("计划项", "planned"), fmt.Sprint(l.Planned), a.Say("%d 个目标", "%d targets", l.Targets)})
	return write(a, rows, []string{a.Say("结论", "STANDING"), a.Say("数量", "PAIRS"), a.Say("原因", "REASONS")}, func(r []string) []string { return r })
}
