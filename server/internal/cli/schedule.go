package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/server/api"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

// timetable is a schedule as it is printed in JSON.
type timetable struct {
	orders.Timetable
	Enabled    bool      `json:"enabled"`
	ChangedBy  string    `json:"changed_by"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	Last       time.Time `json:"last,omitzero"`
	Next       time.Time `json:"next,omitzero"`
}

func (a *app) scheduleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "schedule", Short: a.Say("扫描计划：增改、批准、启停、查看触发时间", "schedules: write, approve, switch, see when they start"),
		Long: a.Say(`扫描计划按 cron 表达式（指定时区）发起扫描任务。须由编写者以外的人批准后才会触发；改动后须重新批准。
冻结窗口（如交易时段）内不发起、不下达；错过的在窗口结束或服务器恢复后补发一次。`,
			`A schedule begins sweeps by a cron line in a time zone. It fires once somebody other than who wrote it has approved it; a change needs a new
approval. In a freeze (trading hours) nothing is begun or handed out; what was missed is begun once, after the freeze or when a server runs again.`),
	}
	cmd.AddCommand(a.scheduleList(), a.scheduleAdd(),
		a.scheduleAct("approve", a.Say("批准他人编写的计划", "approve what somebody else wrote"), (*orders.Planner).ApproveSchedule, api.Security),
		a.scheduleAct("enable", a.Say("启用计划", "let it fire"), enable(true), api.Operator, api.Security),
		a.scheduleAct("disable", a.Say("停用计划", "let it rest"), enable(false), api.Operator, api.Security),
		a.scheduleAct("remove", a.Say("删除计划，已有任务保留", "remove it; its sweeps stay"), (*orders.Planner).RemoveSchedule, api.Operator, api.Security),
		a.scheduleNext())
	return cmd
}

// scheduleAct is something that a person does with a schedule.
type scheduleAct func(p *orders.Planner, ctx context.Context, by store.Entry, id string) error

func enable(on bool) scheduleAct {
	return func(p *orders.Planner, ctx context.Context, by store.Entry, id string) error {
		return p.EnableSchedule(ctx, by, id, on)
	}
}

func (a *app) schedulesTable(found []store.Schedule) error {
	var list []timetable
	for _, c := range found {
		t, err := orders.ReadTimetable(c)
		if err != nil {
			return err
		}
		list = append(list, timetable{Timetable: t, Enabled: c.Enabled, ChangedBy: c.ChangedBy, ApprovedBy: c.ApprovedBy, Last: c.Last, Next: c.Next})
	}
	head := []string{a.Say("编号", "ID"), a.Say("名称", "NAME"), "CRON", a.Say("时区", "TIME ZONE"), a.Say("状态", "STATE"), a.Say("编写人", "WRITTEN BY"), a.Say("批准人", "APPROVED BY"), a.Say("上次", "LAST"), a.Say("下次", "NEXT")}
	return write(a, list, head, func(t timetable) []string {
		state := a.Say("启用", "on")
		switch {
		case t.ApprovedBy == "":
			state = a.Say("待批准", "waits for approval")
		case !t.Enabled:
			state = a.Say("停用", "off")
		}
		return []string{t.ID, t.Name, t.Cron, t.Zone, state, t.ChangedBy, t.ApprovedBy, zoned(t.Last, t.Zone), zoned(t.Next, t.Zone)}
	})
}

func zoned(t time.Time, zone string) string {
	if t.IsZero() {
		return "–"
	}
	return inZone(t, zone)
}

func (a *app) scheduleList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.Say("列出扫描计划", "list schedules"),
		Example: a.Example(`  {program} schedule list --format json    供程序读取`, `  {program} schedule list --format json    for programs`), Args: a.None, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.store(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			found, err := s.Schedules(cmd.Context())
			if err != nil {
				return err
			}
			return a.schedulesTable(found)
		},
	}
}

func (a *app) scheduleAdd() *cobra.Command {
	var t orders.Timetable
	var freezes []string
	cmd := &cobra.Command{
		Use: "add " + a.Say("编号", "ID"), Short: a.Say("新增或更改计划，须由他人批准", "add a schedule or change it; somebody else approves it"),
		Example: a.Example(`  {program} schedule add nightly --cron "30 2 * * *" --jitter 30m --all --baseline jrt0068-2012 \
      --freeze "name=交易时段;days=mon-fri;from=09:15;to=15:30"`,
			`  {program} schedule add nightly --cron "30 2 * * *" --jitter 30m --all --baseline jrt0068-2012 \
      --freeze "name=trading;days=mon-fri;from=09:15;to=15:30"`),
		DisableFlagsInUseLine: true,
	}
	plan := a.planFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&t.Name, "name", "", a.Say("给人看的`名称`", "a `NAME` for people"))
	f.StringVar(&t.Cron, "cron", "", a.Say("`表达式`：分 时 日 月 星期", "the `LINE`: minute, hour, day of the month, month, day of the week"))
	f.StringVar(&t.Zone, "time-zone", defaultZone, a.Say("表达式所在`时区`", "the time `ZONE` that it is told in"))
	f.DurationVar(&t.Jitter, "jitter", 0, a.Say("错峰`时长`", "start up to `SPAN` later"))
	f.StringArrayVar(&freezes, "freeze", nil, a.Say("冻结`窗口`：name=…;days=mon-fri;from=09:15;to=15:30，或 from、to 为日期时间；可多个", "a freeze, as `name=…;days=mon-fri;from=09:15;to=15:30`, or with dates in from and to; several if need be"))
	f.Lookup("jitter").DefValue = ""
	a.PlainDefault(cmd, "time-zone")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := a.oneID(args)
		if err != nil {
			return err
		}
		t.ID = id
		for _, text := range freezes {
			one, err := a.freeze(text)
			if err != nil {
				return err
			}
			t.Freezes = append(t.Freezes, one)
		}
		if t.Plan, err = plan(nil); err != nil {
			return err
		}
		return a.order(cmd, "schedule.put", func(s *store.Store, p *orders.Planner, by store.Entry) error {
			if err := p.PutSchedule(cmd.Context(), by, t); err != nil {
				return err
			}
			return a.showSchedule(cmd, p, id)
		}, api.Operator)
	}
	return cmd
}

// freeze reads one window.
func (a *app) freeze(text string) (schedule.Freeze, error) {
	var out schedule.Freeze
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		field := map[string]*string{"name": &out.Name, "days": &out.Days, "from": &out.From, "to": &out.To}[strings.TrimSpace(name)]
		if field == nil {
			return out, a.Fail("--freeze %q：%q 应为 name、days、from、to 之一", "--freeze %q: %q is none of name, days, from, to", text, name)
		}
		*field = strings.TrimSpace(value)
	}
	return out, nil
}

func (a *app) showSchedule(cmd *cobra.Command, p *orders.Planner, id string) error {
	one, err := p.Schedule(cmd.Context(), id)
	if err != nil {
		return err
	}
	return a.schedulesTable([]store.Schedule{one})
}

func (a *app) scheduleAct(verb, short string, do scheduleAct, roles ...api.Role) *cobra.Command {
	return &cobra.Command{
		Use: verb + " " + a.Say("编号", "ID"), Short: short,
		Example: a.Example(`  {program} schedule `+verb+` nightly    编号见 schedule list`, `  {program} schedule `+verb+` nightly    schedule list shows the ids`), DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := a.oneID(args)
			if err != nil {
				return err
			}
			return a.order(cmd, "schedule."+verb, func(_ *store.Store, p *orders.Planner, by store.Entry) error {
				by.Object = id
				if err := do(p, cmd.Context(), by, id); err != nil || verb == "remove" {
					return err
				}
				return a.showSchedule(cmd, p, id)
			}, roles...)
		},
	}
}

// start is one start of a schedule, as it is printed in JSON.
type start struct {
	Due   time.Time `json:"due"`
	Start time.Time `json:"start"`
	// Why says why it starts later than it is due.
	Why string `json:"why,omitempty"`
}

func (a *app) scheduleNext() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "next " + a.Say("编号", "ID"), Short: a.Say("显示后续触发时间（计划所在时区），含错峰与冻结", "show when it starts next, in its time zone, with jitter and freezes"),
		Example: a.Example(`  {program} schedule next nightly --limit 10    后十次`, `  {program} schedule next nightly --limit 10    the next ten`), DisableFlagsInUseLine: true,
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
			c, err := (&orders.Planner{Store: s, Now: a.Now}).Schedule(cmd.Context(), id)
			if errors.Is(err, store.ErrNotFound) {
				return a.Fail("没有扫描计划 %s", "there is no schedule %s", id)
			}
			if err != nil {
				return err
			}
			return a.starts(c, limit)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 5, a.Say("显示`几`次", "show `N`"))
	a.PlainDefault(cmd, "limit")
	return cmd
}

func (a *app) starts(c store.Schedule, n int) error {
	dues, when, err := orders.Upcoming(c, a.Now(), n)
	if err != nil {
		return err
	}
	if c.ApprovedBy == "" || !c.Enabled {
		a.note(a.Say("该计划尚未批准或已停用，不会触发", "it is not approved, or is off: it does not fire"))
	}
	var list []start
	for _, due := range dues {
		one := start{Due: due.At.In(when.Zone()), Start: due.Start.In(when.Zone())}
		if _, why, frozen := when.Frozen(due.At); frozen {
			one.Why = a.Say("冻结窗口 %s", "freeze %s", why)
		} else if due.Start.After(due.At) {
			one.Why = a.Say("错峰 %v", "jitter %v", due.Start.Sub(due.At))
		}
		list = append(list, one)
	}
	return write(a, list, []string{a.Say("应触发", "DUE"), a.Say("实际开始", "STARTS"), a.Say("说明", "WHY")}, func(s start) []string {
		return []string{fmt.Sprint(s.Due.Format("2006-01-02 15:04:05 -0700")), s.Start.Format("2006-01-02 15:04:05 -0700"), s.Why}
	})
}
