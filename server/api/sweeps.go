package api

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/server/store"
)

type sweep struct {
	ID           string           `json:"id"`
	Schedule     string           `json:"schedule,omitempty"`
	State        string           `json:"state"`
	Plan         any              `json:"plan,omitempty"`
	Targets      int64            `json:"targets"`
	RequestedBy  string           `json:"requested_by"`
	Reason       string           `json:"reason,omitempty"`
	AuthorisedBy string           `json:"authorised_by,omitempty"`
	Created      time.Time        `json:"created"`
	Started      time.Time        `json:"started,omitzero"`
	Ended        time.Time        `json:"ended,omitzero"`
	Planned      int64            `json:"planned"`
	Handed       int64            `json:"handed"`
	Ends         map[string]int64 `json:"ends"`
}

func newSweep(s store.Sweep) sweep {
	out := sweep{
		ID: s.ID, Schedule: s.Schedule, State: s.State, Plan: rawJSON(s.Plan), Targets: s.Planned, RequestedBy: s.RequestedBy, Reason: s.Reason,
		AuthorisedBy: s.AuthorisedBy, Created: s.Created, Started: s.Started, Ended: s.Ended, Planned: s.Account.Planned, Handed: s.Account.Handed,
		Ends: map[string]int64{},
	}
	for visit, n := range s.Account.Ended {
		out.Ends[visitWord(visit)] += n
	}
	return out
}

func (c *call) getSweeps() (any, error) {
	found, next, err := c.Store.Sweeps(c.ctx(), store.SweepFilter{State: c.query.word("state"), Schedule: c.query.word("schedule")}, c.query.page())
	return listOf(found, next, newSweep), err
}

func (c *call) getSweep() (any, error) {
	s, err := c.Store.Sweep(c.ctx(), c.path("id"))
	return newSweep(s), err
}

type sweepTarget struct {
	Target   string    `json:"target"`
	State    string    `json:"state"`
	Sender   string    `json:"sender,omitempty"`
	Visit    string    `json:"visit,omitempty"`
	Detail   *text     `json:"detail,omitempty"`
	Handed   time.Time `json:"handed,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Snapshot string    `json:"snapshot,omitempty"`
}

func (c *call) getSweepTargets() (any, error) {
	if _, err := c.Store.Sweep(c.ctx(), c.path("id")); err != nil {
		return nil, err
	}
	found, next, err := c.Store.SweepTargets(c.ctx(), c.path("id"), c.query.word("state"), c.query.page())
	return listOf(found, next, func(t store.SweepTarget) sweepTarget {
		out := sweepTarget{Target: t.Target, State: t.State, Sender: t.Sender, Visit: visitWord(t.Visit), Handed: t.Handed, Ended: t.Ended, Snapshot: t.Snapshot}
		if t.Detail.GetZh() != "" || t.Detail.GetEn() != "" {
			out.Detail = textOf(t.Detail)
		}
		return out
	}), err
}

// targetChange is what changed on one target between two sweeps.
type targetChange struct {
	Target  string   `json:"target"`
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	Changes []change `json:"changes"`
}

func (c *call) getSweepDiff() (any, error) {
	for _, name := range []string{"id", "other"} {
		if _, err := c.Store.Sweep(c.ctx(), c.path(name)); err != nil {
			return nil, err
		}
	}
	found, next, err := c.Store.DiffSweeps(c.ctx(), c.path("id"), c.path("other"), c.query.page())
	return listOf(found, next, func(t store.TargetChange) targetChange {
		return targetChange{t.Target, t.From, t.To, listOf(t.Changes, "", newChange).Items}
	}), err
}

// order asks for a reading now. Somebody else authorises it.
type order struct {
	Targets   []string `json:"targets"`
	Baselines []string `json:"baselines,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	Reason    string   `json:"reason"`
}

type made struct {
	ID string `json:"id"`
}

func (c *call) postSweep() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	o, err := readBody[order](c)
	if err != nil {
		return nil, err
	}
	if len(o.Targets) == 0 || len(o.Targets) > maxTargets || len(o.Baselines) > maxRepeated {
		return nil, invalid("targets 须有 1 至 %d 项", "targets holds 1 to %d", maxTargets)
	}
	for _, target := range o.Targets {
		if err := checkWord("targets", target); err != nil {
			return nil, err
		}
	}
	for _, id := range o.Baselines {
		if err := checkWord("baselines", id); err != nil {
			return nil, err
		}
	}
	if o.Profile != "" {
		if err := checkWord("profile", o.Profile); err != nil {
			return nil, err
		}
	}
	if err := checkWord("reason", o.Reason); err != nil {
		return nil, err
	}
	entry := c.entry("sweep.request", "", map[string]any{"targets": o.Targets, "baselines": o.Baselines, "profile": o.Profile, "reason": o.Reason})
	id, err := c.Orders.Request(c.ctx(), entry, Order{o.Targets, o.Baselines, o.Profile, o.Reason, c.who.name})
	if err != nil {
		return nil, err
	}
	return created{made{id}}, nil
}

// authorise lets a sweep begin that somebody else asked for.
func (c *call) authorise() (any, error) {
	s, err := c.Store.Sweep(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	if s.RequestedBy == c.who.name {
		return nil, errFourEyes
	}
	err = c.Store.Authorise(c.ctx(), c.entry("sweep.authorise", s.ID, map[string]any{"requested_by": s.RequestedBy}), s.ID, c.who.name)
	if none(err) {
		return nil, conflict("该扫描任务已授权或已开始", "the sweep is authorised already, or has begun")
	}
	return nil, err
}

func (c *call) cancel() (any, error) {
	s, err := c.Store.Sweep(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	why := checks.Say("由 %s 取消", "cancelled by %s", c.who.name)
	err = c.Store.CloseSweep(c.ctx(), c.entry("sweep.cancel", s.ID, nil), s.ID, store.SweepCancelled, why)
	if none(err) {
		return nil, conflict("该扫描任务已结束", "the sweep has ended")
	}
	return nil, err
}
