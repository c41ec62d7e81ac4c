package api

import (
	"time"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

// upcoming is how many starts of a schedule are shown.
const upcoming = 5

// timetable is a schedule as it is written.
type timetable struct {
	Name string `json:"name,omitempty"`
	Cron string `json:"cron"`
	Zone string `json:"zone"`
	// Jitter is a span of time.
	Jitter  string            `json:"jitter,omitempty"`
	Freezes []schedule.Freeze `json:"freezes,omitempty"`
	Plan    order             `json:"plan"`
}

// scheduled is a schedule as it stands.
type scheduled struct {
	ID         string            `json:"id"`
	Name       string            `json:"name,omitempty"`
	Cron       string            `json:"cron"`
	Zone       string            `json:"zone"`
	Jitter     string            `json:"jitter,omitempty"`
	Freezes    []schedule.Freeze `json:"freezes,omitempty"`
	Plan       any               `json:"plan"`
	Enabled    bool              `json:"enabled"`
	ChangedBy  string            `json:"changed_by"`
	ApprovedBy string            `json:"approved_by,omitempty"`
	Last       time.Time         `json:"last,omitzero"`
	Next       time.Time         `json:"next,omitzero"`
	// Upcoming are the next starts by its lines, whether or not it may fire.
	Upcoming []time.Time `json:"upcoming"`
}

func (c *call) newScheduled(s store.Schedule) scheduled {
	out := scheduled{
		ID: s.ID, Name: s.Name, Cron: s.Cron, Zone: s.Zone, Plan: rawJSON(s.Plan), Enabled: s.Enabled, ChangedBy: s.ChangedBy, ApprovedBy: s.ApprovedBy,
		Last: s.Last, Next: s.Next, Upcoming: []time.Time{},
	}
	if s.Jitter > 0 {
		out.Jitter = s.Jitter.String()
	}
	if t, err := orders.ReadTimetable(s); err == nil {
		out.Freezes = t.Freezes
	}
	dues, when, err := orders.Upcoming(s, c.Now(), upcoming)
	if err != nil {
		return out // a later version wrote it; the rest is shown
	}
	for _, due := range dues {
		out.Upcoming = append(out.Upcoming, due.Start.In(when.Zone()))
	}
	return out
}

func (c *call) getSchedules() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	found, err := c.Orders.Schedules(c.ctx())
	return listOf(found, "", c.newScheduled), err
}

func (c *call) getSchedule() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	s, err := c.Orders.Schedule(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	return c.newScheduled(s), nil
}

func (c *call) putSchedule() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	body, err := readBody[timetable](c)
	if err != nil {
		return nil, err
	}
	if body.Name != "" {
		if err := checkWord("name", body.Name); err != nil {
			return nil, err
		}
	}
	if len(body.Freezes) > maxRepeated {
		return nil, invalid("freezes 至多 %d 项", "freezes holds at most %d", maxRepeated)
	}
	plan, err := body.Plan.plan()
	if err != nil {
		return nil, err
	}
	t := orders.Timetable{ID: c.path("id"), Name: body.Name, Spec: schedule.Spec{Cron: body.Cron, Zone: body.Zone, Freezes: body.Freezes}, Plan: plan}
	if body.Jitter != "" {
		if t.Jitter, err = time.ParseDuration(body.Jitter); err != nil {
			return nil, invalid("jitter 应为时长，如 30m", "jitter is a span of time, like 30m")
		}
	}
	return nil, said(c.Orders.PutSchedule(c.ctx(), c.entry("schedule.put", t.ID, map[string]any{"schedule": body}), t))
}

func (c *call) approveSchedule() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	return nil, said(c.Orders.ApproveSchedule(c.ctx(), c.entry("schedule.approve", c.path("id"), nil), c.path("id")))
}

func (c *call) enableSchedule() (any, error)  { return c.switchSchedule("schedule.enable", true) }
func (c *call) disableSchedule() (any, error) { return c.switchSchedule("schedule.disable", false) }

func (c *call) switchSchedule(action string, on bool) (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	return nil, said(c.Orders.EnableSchedule(c.ctx(), c.entry(action, c.path("id"), nil), c.path("id"), on))
}

func (c *call) deleteSchedule() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	return nil, c.Orders.RemoveSchedule(c.ctx(), c.entry("schedule.remove", c.path("id"), nil), c.path("id"))
}
