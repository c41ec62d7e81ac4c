package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	known "github.com/plumbline/plumbline/checks/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

// defaultZone is the time zone in which days are meant if nothing else is said.
const defaultZone = "Asia/Shanghai"

var waiverStates = []string{"requested", "approved", "rejected", "withdrawn", "expired"}

// exception is a waiver as it is printed in JSON.
type exception struct {
	ID          string    `json:"id"`
	State       string    `json:"state"`
	Scope       string    `json:"scope"`
	Reason      string    `json:"reason"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	TimeZone    string    `json:"time_zone"`
	RemindDays  uint32    `json:"remind_days"`
	RequestedBy string    `json:"requested_by"`
	RequestedAt time.Time `json:"requested_at"`
	DecidedBy   string    `json:"decided_by,omitempty"`
	DecidedAt   time.Time `json:"decided_at,omitzero"`
	Decision    string    `json:"decision,omitempty"`
	WithdrawnBy string    `json:"withdrawn_by,omitempty"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

func newException(w *pb.Waiver) exception {
	return exception{
		ID: w.GetId(), State: strings.ToLower(strings.TrimPrefix(w.GetState().String(), "WAIVER_STATE_")), Scope: scopeWords(w.GetScope()), Reason: w.GetReason(),
		From: timeOf(w.GetFrom()), Until: timeOf(w.GetUntil()), TimeZone: w.GetTimeZone(), RemindDays: w.GetRemindDays(), RequestedBy: w.GetRequestedBy(),
		RequestedAt: timeOf(w.GetRequestedAt()), DecidedBy: w.GetDecidedBy(), DecidedAt: timeOf(w.GetDecidedAt()), Decision: w.GetDecision(),
		WithdrawnBy: w.GetWithdrawnBy(), WithdrawnAt: timeOf(w.GetWithdrawnAt()),
	}
}

// scopeWords says a scope as the flags that ask for it do.
func scopeWords(c *pb.WaiverScope) string {
	var out []string
	for _, part := range []struct{ name, value string }{
		{"finding", c.GetFindingId()}, {"target", c.GetTargetId()}, {"zone", c.GetZone()}, {"role", c.GetRole()},
		{"baseline", c.GetBaseline()}, {"clause", c.GetClause()}, {"check", c.GetCheck()},
	} {
		if part.value != "" {
			out = append(out, part.name+"="+part.value)
		}
	}
	if c.GetLabelName() != "" {
		out = append(out, "label="+c.GetLabelName()+"="+c.GetLabelValue())
	}
	return strings.Join(out, " ")
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// person gives who acts: a user of the server with one of the roles. The commands here reach the database directly, and two people stand
// behind a waiver all the same.
func (a *app) person(cmd *cobra.Command, s *store.Store, roles ...api.Role) (string, api.Role, error) {
	name := operator()
	u, err := s.User(cmd.Context(), name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", "", err
	}
	if err != nil || u.State != store.UserActive || !slices.Contains(roles, api.Role(u.Role)) {
		var words []string
		for _, r := range roles {
			words = append(words, string(r))
		}
		return "", "", a.Fail("系统用户 %s 不是角色为 %s 的服务器用户；须由其本人执行，或经 API 办理", "the system's user %s is no user of the server with the role %s: that person runs this, or uses the API", name, strings.Join(words, ", "))
	}
	return name, api.Role(u.Role), nil
}

// act opens the store for one act of a person with one of the roles.
func (a *app) act(cmd *cobra.Command, action string, do func(*store.Store, *waiver.Service, store.Entry, api.Role) error, roles ...api.Role) error {
	s, err := a.store(cmd)
	if err != nil {
		return err
	}
	defer s.Close()
	who, as, err := a.person(cmd, s, roles...)
	if err != nil {
		return err
	}
	err = do(s, &waiver.Service{Store: s, Checks: known.List(), Now: a.Now}, store.Entry{Actor: who, Action: action, Detail: `{"made":"on the host"}`}, as)
	switch {
	case errors.Is(err, waiver.ErrNotYours):
		return a.Fail("只能撤回自己的；他人的由安全管理员撤回", "you withdraw what is yours; a security administrator what is anybody's")
	case errors.Is(err, store.ErrFourEyes):
		return a.Fail("须由另一人办理：申请人与批准人不能为同一人（已记入审计日志）", "somebody else has to do this: whoever asked cannot decide (the attempt is on record)")
	case errors.Is(err, store.ErrNotFound):
		return a.Fail("没有这个编号", "there is none with this id")
	case errors.Is(err, store.ErrConflict):
		return a.Fail("其状态已不允许此操作，请先用 show 查看", "its state does not allow this any more; look at it with show")
	}
	return err
}

// oneID wants a single id.
func (a *app) oneID(args []string) (string, error) {
	if len(args) != 1 || args[0] == "" {
		return "", a.Fail("请给出一个编号", "name one id")
	}
	return args[0], nil
}

func (a *app) waiverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "waiver", Short: a.Say("豁免：申请、批准、查询", "waivers: ask, approve, list"),
		Long: a.Say(`豁免是经他人批准、有期限的例外。它与结论并列显示，从不改变结论：不符合的仍是不符合。`,
			`A waiver is an exception that somebody else approved, for a limited time. It stands beside the outcome and never changes it: what fails, fails.`),
	}
	cmd.AddCommand(a.waiverRequest(), a.waiverDecide("approve", a.Say("批准一项申请", "approve a request")), a.waiverDecide("reject", a.Say("驳回一项申请", "reject a request")),
		a.waiverWithdraw(), a.waiverList(), a.waiverShow(), a.waiverDue())
	return cmd
}

func (a *app) waiverRequest() *cobra.Command {
	c := &pb.WaiverScope{}
	r := waiver.Request{Scope: c}
	var label string
	cmd := &cobra.Command{
		Use: "request", Short: a.Say("申请豁免，须由他人批准", "ask for a waiver; somebody else approves it"),
		Example: a.Example(`  {program} waiver request --finding 9f2c… --until 2026-12-31 --reason "设备年底下线，已列入更换计划"
  {program} waiver request --zone dmz --baseline jrt0068-2012 --clause JRT0068-2012/6.1.4.2.c.6 --until 2026-12-31 --reason "…"`,
			`  {program} waiver request --finding 9f2c… --until 2026-12-31 --reason "to be retired this year, replacement ordered"
  {program} waiver request --zone dmz --baseline jrt0068-2012 --clause JRT0068-2012/6.1.4.2.c.6 --until 2026-12-31 --reason "…"`),
		Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.LabelName, c.LabelValue, _ = strings.Cut(label, "=")
			return a.act(cmd, "waiver.request", func(_ *store.Store, rules *waiver.Service, by store.Entry, _ api.Role) error {
				w, err := rules.Request(cmd.Context(), by, r)
				if err != nil {
					return err
				}
				return a.waiversTable([]*pb.Waiver{w})
			}, api.Operator)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.FindingId, "finding", "", a.Say("一条结果的`编号`（findings --format json 可见）", "one finding by its `ID` (findings --format json shows it)"))
	f.StringVar(&c.TargetId, "target", "", a.Say("该`目标`", "on `TARGET`"))
	f.StringVar(&c.Zone, "zone", "", a.Say("该`区域`", "in `ZONE`"))
	f.StringVar(&c.Role, "role", "", a.Say("该`用途`的目标", "on targets of `ROLE`"))
	f.StringVar(&label, "label", "", a.Say("具有该`标签`（名称=取值）的目标", "on targets with the label `NAME=VALUE`"))
	f.StringVar(&c.Baseline, "baseline", "", a.Say("该`基线`", "of the baseline `ID`"))
	f.StringVar(&c.Clause, "clause", "", a.Say("该`条款`", "the clause `ID`"))
	f.StringVar(&c.Check, "check", "", a.Say("该`检查项`", "the check `NAME`"))
	f.StringVar(&r.Reason, "reason", "", a.Say("为何可以接受：`理由`", "why it is acceptable: `TEXT`"))
	f.StringVar(&r.From, "from", "", a.Say("起始`日期`，缺省为现在", "from `DATE`; now if not given"))
	f.StringVar(&r.Until, "until", "", a.Say("截止`日期`（含当日，最长 366 天），或 2026-12-31T18:00", "until the end of `DATE`, or 2026-12-31T18:00; 366 days at the most"))
	f.StringVar(&r.TimeZone, "time-zone", defaultZone, a.Say("日期所在`时区`", "the time `ZONE` that dates are meant in"))
	f.IntVar(&r.RemindDays, "remind", waiver.DefaultRemindDays, a.Say("截止前多少`天`提醒", "remind so many `DAYS` before the end"))
	a.PlainDefault(cmd, "time-zone")
	a.PlainDefault(cmd, "remind")
	return cmd
}

func (a *app) waiverDecide(verb, short string) *cobra.Command {
	var remark string
	cmd := &cobra.Command{
		Use: verb + " " + a.Say("编号", "ID"), Short: short,
		Example:               a.Example(`  {program} waiver `+verb+` w-0a1b2c3d4e5f6071 --remark "已核对更换计划"`, `  {program} waiver `+verb+` w-0a1b2c3d4e5f6071 --remark "replacement plan seen"`),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			return a.act(cmd, "waiver."+verb, func(s *store.Store, rules *waiver.Service, by store.Entry, _ api.Role) error {
				decide := rules.Approve
				if verb == "reject" {
					decide = rules.Reject
				}
				if err := decide(cmd.Context(), by, id, remark); err != nil {
					return err
				}
				return a.showWaiver(cmd, s, id)
			}, api.Security)
		},
	}
	cmd.Flags().StringVar(&remark, "remark", "", a.Say("`说明`，驳回时必填", "a remark: `TEXT`; needed to reject"))
	return cmd
}

func (a *app) waiverWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw " + a.Say("编号", "ID"), Short: a.Say("撤回豁免或申请，立即失效", "withdraw a waiver or a request, at once"),
		Example: a.Example(`  {program} waiver withdraw w-0a1b2c3d4e5f6071    编号见 waiver list`, `  {program} waiver withdraw w-0a1b2c3d4e5f6071    waiver list shows the ids`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			return a.act(cmd, "waiver.withdraw", func(s *store.Store, rules *waiver.Service, by store.Entry, as api.Role) error {
				if err := rules.Withdraw(cmd.Context(), by, id, as == api.Security); err != nil {
					return err
				}
				return a.showWaiver(cmd, s, id)
			}, api.Operator, api.Security)
		},
	}
}

func (a *app) waiverList() *cobra.Command {
	var filter store.WaiverFilter
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: a.Say("列出豁免，最新申请的在前", "list waivers, the latest request first"),
		Example: a.Example(`  {program} waiver list --state requested    待批准的`, `  {program} waiver list --state requested    those that wait for a decision`),
		Args:    a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" {
				if err := a.OneOf("--state", state, waiverStates); err != nil {
					return err
				}
				filter.State = pb.WaiverState(pb.WaiverState_value["WAIVER_STATE_"+strings.ToUpper(state)])
			}
			return a.listWaivers(cmd, filter)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", a.Say("只列该`状态`：requested、approved、rejected、withdrawn、expired", "only those that are `requested|approved|rejected|withdrawn|expired`"))
	cmd.Flags().StringVar(&filter.Target, "target", "", a.Say("只列范围指定该`目标`的", "only those whose scope names `TARGET`"))
	cmd.Flags().StringVar(&filter.Clause, "clause", "", a.Say("只列范围指定该`条款`的", "only those whose scope names the clause `ID`"))
	a.Fixed(cmd, "state", waiverStates...)
	return cmd
}

func (a *app) waiverDue() *cobra.Command {
	return &cobra.Command{
		Use: "due", Short: a.Say("列出已到提醒期、即将到期的豁免", "list the waivers that end soon, as their reminders say"),
		Example: a.Example(`  {program} waiver due --format json    供定时任务使用`, `  {program} waiver due --format json    for a nightly job`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listWaivers(cmd, store.WaiverFilter{Due: true}) },
	}
}

func (a *app) waiverShow() *cobra.Command {
	return &cobra.Command{
		Use: "show " + a.Say("编号", "ID"), Short: a.Say("显示一项豁免及其覆盖的结果", "show a waiver and the findings that it covers"),
		Example: a.Example(`  {program} waiver show w-0a1b2c3d4e5f6071    编号见 waiver list`, `  {program} waiver show w-0a1b2c3d4e5f6071    waiver list shows the ids`), DisableFlagsInUseLine: true,
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
			if err := a.showWaiver(cmd, s, id); err != nil || a.format == jsonFormat {
				return err
			}
			waived := true
			found, err := all(0, func(p store.Page) ([]store.Finding, string, error) {
				return s.Findings(cmd.Context(), store.FindingFilter{Waived: &waived}, p)
			})
			if err != nil {
				return err
			}
			found = slices.DeleteFunc(found, func(f store.Finding) bool { return f.Waiver != id })
			fmt.Fprintln(a.Stdout)
			head := []string{a.Say("覆盖的结果", "COVERS"), a.Say("目标", "TARGET"), a.Say("条款", "CLAUSE"), a.Say("范围", "SCOPE"), a.Say("结论", "OUTCOME")}
			return write(a, found, head, func(f store.Finding) []string {
				return []string{f.ID, f.Target, f.Clause, f.Scope, outcomeWord(f.Outcome)}
			})
		},
	}
}

func (a *app) showWaiver(cmd *cobra.Command, s *store.Store, id string) error {
	w, err := s.Waiver(cmd.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		return a.Fail("没有这个编号", "there is none with this id")
	}
	if err != nil {
		return err
	}
	return a.waiversTable([]*pb.Waiver{w})
}

func (a *app) listWaivers(cmd *cobra.Command, filter store.WaiverFilter) error {
	s, err := a.store(cmd)
	if err != nil {
		return err
	}
	defer s.Close()
	found, err := all(0, func(p store.Page) ([]*pb.Waiver, string, error) { return s.Waivers(cmd.Context(), filter, p) })
	if err != nil {
		return err
	}
	return a.waiversTable(found)
}

func (a *app) waiversTable(found []*pb.Waiver) error {
	list := make([]exception, len(found))
	for i, w := range found {
		list[i] = newException(w)
	}
	head := []string{a.Say("编号", "ID"), a.Say("状态", "STATE"), a.Say("范围", "SCOPE"), a.Say("截止", "UNTIL"), a.Say("申请人", "ASKED BY"), a.Say("决定人", "DECIDED BY"), a.Say("理由", "REASON")}
	return write(a, list, head, func(w exception) []string {
		return []string{w.ID, w.State, w.Scope, inZone(w.Until, w.TimeZone), w.RequestedBy, w.DecidedBy, w.Reason}
	})
}

// inZone prints a time in the zone in which it was stated.
func inZone(t time.Time, name string) string {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return when(t)
	}
	return t.In(zone).Format("2006-01-02 15:04 -0700")
}
