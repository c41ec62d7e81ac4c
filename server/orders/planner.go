package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/server/store"
)

// A Planner does what people ask for: sweeps now, and schedules for later.
type Planner struct {
	Store Store
	Now   func() time.Time
}

// Request plans a sweep that begins once somebody else has authorised it. by names who asks.
func (p *Planner) Request(ctx context.Context, by store.Entry, plan *Plan, reason string) (sweep string, err error) {
	if err := plan.Check(); err != nil {
		return "", err
	}
	if strings.TrimSpace(reason) == "" {
		return "", wrong("请说明原因", "say what it is for")
	}
	for _, id := range plan.Targets.IDs {
		if _, err := p.Store.Target(ctx, id); err != nil {
			return "", err
		}
	}
	text, err := plan.JSON()
	if err != nil {
		return "", err
	}
	sweep = newID("s-")
	by.Object = sweep
	return sweep, p.Store.PutSweep(ctx, by, store.Sweep{ID: sweep, Plan: text, RequestedBy: by.Actor, Reason: reason}, plan.Targets.IDs)
}

// Authorise lets a sweep begin that somebody else asked for.
func (p *Planner) Authorise(ctx context.Context, by store.Entry, sweep string) error {
	s, err := p.Store.Sweep(ctx, sweep)
	if err != nil {
		return err
	}
	if s.RequestedBy == by.Actor {
		return ErrSelfAuthorised
	}
	by.Object = sweep
	return p.Store.Authorise(ctx, by, sweep, by.Actor)
}

// A Timetable is a schedule as people write it.
type Timetable struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	schedule.Spec
	Plan *Plan `json:"plan"`
}

// PutSchedule writes a schedule. It fires once somebody else approved it as it is.
func (p *Planner) PutSchedule(ctx context.Context, by store.Entry, t Timetable) error {
	if t.ID == "" || strings.ContainsFunc(t.ID, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f }) || len(t.ID) > 100 {
		return wrong("计划编号 %q 无效", "the id %q will not do for a schedule: letters, digits, - and _", t.ID)
	}
	if t.Plan == nil {
		return wrong("缺少 plan", "the plan is missing")
	}
	if err := t.Plan.Check(); err != nil {
		return err
	}
	when, err := schedule.New(t.Spec, t.ID)
	if err != nil {
		return err
	}
	if _, ok := when.Next(p.Now()); !ok {
		return wrong("cron 表达式 %q 永远不会触发", "the cron line %q never comes due", t.Cron)
	}
	plan, err := t.Plan.JSON()
	if err != nil {
		return err
	}
	freezes, err := json.Marshal(t.Freezes)
	if err != nil {
		return fmt.Errorf("write the freezes: %w", err)
	}
	by.Object = t.ID
	return p.Store.PutSchedule(ctx, by, store.Schedule{
		ID: t.ID, Name: t.Name, Cron: t.Cron, Zone: t.Zone, Jitter: t.Jitter, Freezes: string(freezes), Plan: plan, Enabled: true, ChangedBy: by.Actor,
	})
}

// Schedules lists all by name.
func (p *Planner) Schedules(ctx context.Context) ([]store.Schedule, error) {
	return p.Store.Schedules(ctx)
}

// RemoveSchedule ends a schedule; its sweeps stay.
func (p *Planner) RemoveSchedule(ctx context.Context, by store.Entry, id string) error {
	by.Object = id
	return p.Store.RemoveSchedule(ctx, by, id)
}

// Schedule gives one schedule.
func (p *Planner) Schedule(ctx context.Context, id string) (store.Schedule, error) {
	all, err := p.Store.Schedules(ctx)
	if err != nil {
		return store.Schedule{}, err
	}
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	return store.Schedule{}, fmt.Errorf("read schedule %.80s: %w", id, store.ErrNotFound)
}

// ReadTimetable gives a stored schedule as people write it.
func ReadTimetable(c store.Schedule) (Timetable, error) {
	t := Timetable{ID: c.ID, Name: c.Name, Spec: schedule.Spec{Cron: c.Cron, Zone: c.Zone, Jitter: c.Jitter}}
	if c.Freezes != "" {
		if err := json.Unmarshal([]byte(c.Freezes), &t.Freezes); err != nil {
			return t, fmt.Errorf("read the freezes of schedule %s: %w", c.ID, err)
		}
	}
	plan, err := ReadPlan(c.Plan)
	if err != nil {
		return t, fmt.Errorf("schedule %s: %w", c.ID, err)
	}
	t.Plan = plan
	return t, nil
}

// Upcoming gives the next starts of a schedule.
func Upcoming(c store.Schedule, after time.Time, n int) ([]schedule.Due, *schedule.Schedule, error) {
	when, _, err := timing(c)
	if err != nil {
		return nil, nil, err
	}
	return when.Upcoming(after, n), when, nil
}

func timing(c store.Schedule) (*schedule.Schedule, Timetable, error) {
	t, err := ReadTimetable(c)
	if err != nil {
		return nil, t, err
	}
	when, err := schedule.New(t.Spec, c.ID)
	if err != nil {
		return nil, t, fmt.Errorf("schedule %s: %w", c.ID, err)
	}
	return when, t, nil
}

// ApproveSchedule approves a schedule that somebody else wrote.
func (p *Planner) ApproveSchedule(ctx context.Context, by store.Entry, id string) error {
	c, err := p.Schedule(ctx, id)
	if err != nil {
		return err
	}
	if c.ChangedBy == by.Actor {
		return ErrSelfAuthorised
	}
	next, err := p.next(c)
	if err != nil {
		return err
	}
	by.Object = id
	return p.Store.ApproveSchedule(ctx, by, c, by.Actor, next)
}

// EnableSchedule lets a schedule fire, or not.
func (p *Planner) EnableSchedule(ctx context.Context, by store.Entry, id string, enabled bool) error {
	c, err := p.Schedule(ctx, id)
	if err != nil {
		return err
	}
	next, err := p.next(c)
	if err != nil {
		return err
	}
	by.Object = id
	return p.Store.EnableSchedule(ctx, by, id, enabled, next)
}

// next is when a schedule is due; zero if never again.
func (p *Planner) next(c store.Schedule) (time.Time, error) {
	when, _, err := timing(c)
	if err != nil {
		return time.Time{}, err
	}
	due, _ := when.Next(p.Now())
	return due.Start, nil
}

// Fire plans the sweeps of schedules that are due. What came due while no server ran is begun once, however often it was missed, and
// not inside a freeze.
func (s *Service) Fire(ctx context.Context) error {
	all, err := s.c.Store.Schedules(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range all {
		if c.Enabled && c.ApprovedBy != "" && !c.Next.IsZero() && !c.Next.After(s.c.Now()) {
			errs = append(errs, s.fire(ctx, c))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) fire(ctx context.Context, c store.Schedule) error {
	when, t, err := timing(c)
	if err != nil {
		return err
	}
	now := s.c.Now()
	if _, _, frozen := when.Frozen(now); frozen {
		return nil
	}
	next := time.Time{}
	if due, ok := when.Next(now); ok {
		next = due.Start
	}
	plan := *t.Plan
	plan.Zone, plan.Freezes = t.Zone, t.Freezes
	text, err := plan.JSON()
	if err != nil {
		return err
	}
	sweep := &store.Sweep{
		ID: c.ID + "-" + c.Next.UTC().Format("20060102T150405Z"), Schedule: c.ID, Plan: text,
		RequestedBy: c.ChangedBy, AuthorisedBy: c.ApprovedBy, Reason: strings.TrimSpace("schedule " + c.ID + " " + c.Name),
	}
	fired, err := s.c.Store.Fire(ctx, store.Entry{Actor: server, Action: "schedule.fire", Object: c.ID, Detail: object(map[string]any{"sweep": sweep.ID, "due": c.Next})}, c.ID, c.Next, next, sweep)
	if fired {
		s.c.Log.Info("a schedule fired", "schedule", c.ID, "sweep", sweep.ID, "due", c.Next, "next", next)
	}
	return err
}
