package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/orders"
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

// order asks for a reading now. Somebody else authorises it. Its targets are listed, or all, or those of zones, roles and labels.
type order struct {
	Targets    []string          `json:"targets,omitempty"`
	All        bool              `json:"all,omitempty"`
	Zones      []string          `json:"zones,omitempty"`
	Roles      []string          `json:"roles,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Baselines  []string          `json:"baselines,omitempty"`
	Profile    string            `json:"profile,omitempty"`
	Within     string            `json:"within,omitempty"`
	Retries    *int              `json:"retries,omitempty"`
	RetryAfter string            `json:"retry_after,omitempty"`
	Limits     orders.Limits     `json:"limits,omitzero"`
}

// sweepOrder is an order with what it is for.
type sweepOrder struct {
	order
	Reason string `json:"reason"`
}

// plan holds an order to what a plan can be.
func (o *order) plan() (*orders.Plan, error) {
	if len(o.Targets) > maxTargets || len(o.Baselines) > maxRepeated || len(o.Zones) > maxRepeated || len(o.Roles) > maxRepeated || len(o.Labels) > maxRepeated {
		return nil, invalid("targets 至多 %d 项，其余列表至多 %d 项", "targets holds at most %d, other lists %d", maxTargets, maxRepeated)
	}
	words := map[string][]string{"targets": o.Targets, "zones": o.Zones, "roles": o.Roles, "baselines": o.Baselines}
	for name, value := range o.Labels {
		words["labels"] = append(words["labels"], name, value)
	}
	for _, field := range []string{"targets", "zones", "roles", "baselines", "labels"} {
		for _, word := range words[field] {
			if err := checkWord(field, word); err != nil {
				return nil, err
			}
		}
	}
	p := &orders.Plan{
		Targets: orders.Selection{All: o.All, IDs: o.Targets, Zones: o.Zones, Roles: o.Roles, Labels: o.Labels}, Baselines: o.Baselines, Profile: o.Profile,
		Retries: o.Retries, Limits: o.Limits,
	}
	for field, span := range map[string]struct {
		text string
		to   *orders.Span
	}{"within": {o.Within, &p.Within}, "retry_after": {o.RetryAfter, &p.RetryAfter}} {
		if span.text == "" {
			continue
		}
		if err := span.to.UnmarshalText([]byte(span.text)); err != nil {
			return nil, invalid("%s 应为时长，如 90m 或 8h", "%s is a span of time, like 90m or 8h", field)
		}
	}
	return p, said(p.Check())
}

// said gives what is wrong with a plan or a schedule in both languages.
func said(err error) error {
	var wrong interface {
		error
		Say() *pb.Text
	}
	if errors.As(err, &wrong) {
		return &failure{status: http.StatusBadRequest, code: "invalid", text: wrong.Say()}
	}
	if errors.Is(err, orders.ErrSelfAuthorised) {
		return errFourEyes
	}
	return err
}

type made struct {
	ID string `json:"id"`
}

func (c *call) postSweep() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	o, err := readBody[sweepOrder](c)
	if err != nil {
		return nil, err
	}
	if err := checkWord("reason", o.Reason); err != nil {
		return nil, err
	}
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	id, err := c.Orders.Request(c.ctx(), c.entry("sweep.request", "", map[string]any{"plan": plan, "reason": o.Reason}), plan, o.Reason)
	if err != nil {
		return nil, said(err)
	}
	return created{made{id}}, nil
}

// getLedger accounts for every planned pair of a target and a clause.
func (c *call) getLedger() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	return c.Orders.Ledger(c.ctx(), c.path("id"), "", nil)
}

func (c *call) getTargetLedger() (any, error) {
	if c.Orders == nil {
		return nil, errNone
	}
	var lines []ledgerLine
	_, err := c.Orders.Ledger(c.ctx(), c.path("id"), c.path("target"), func(l orders.Line) error {
		one := ledgerLine{Target: l.Target, Baseline: l.Baseline, Clause: l.Clause, Standing: string(l.Standing), Reason: l.Reason}
		if l.Detail.GetZh() != "" || l.Detail.GetEn() != "" {
			one.Detail = textOf(l.Detail)
		}
		lines = append(lines, one)
		return nil
	})
	return listOf(lines, "", func(l ledgerLine) ledgerLine { return l }), err
}

// ledgerLine is one planned pair of a target and a clause.
type ledgerLine struct {
	Target   string `json:"target"`
	Baseline string `json:"baseline,omitempty"`
	Clause   string `json:"clause,omitempty"`
	Standing string `json:"standing"`
	Reason   string `json:"reason,omitempty"`
	Detail   *text  `json:"detail,omitempty"`
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
