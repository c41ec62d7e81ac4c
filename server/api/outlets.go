package api

import (
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// outlet is how far one has come. Failing outlets have an error; since is since when it is as it is.
type outlet struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	State       string    `json:"state"`
	Error       string    `json:"error,omitempty"`
	Since       time.Time `json:"since,omitzero"`
	Behind      int64     `json:"behind"`
	Delivered   int64     `json:"delivered"`
	Refused     int64     `json:"refused"`
	Failed      int64     `json:"failed"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	Full        *fullRun  `json:"full,omitempty"`
}

// fullRun is the full state that was asked for last.
type fullRun struct {
	Run     string    `json:"run"`
	Asked   time.Time `json:"asked"`
	Ended   time.Time `json:"ended,omitzero"`
	Targets int64     `json:"targets"`
	Tally   tally     `json:"tally"`
	Waived  int64     `json:"waived"`
}

// States of an outlet.
const (
	outletWell     = "ok"
	outletFailing  = "failing"
	outletUnserved = "unserved"
)

// newOutlet says what stands. One that no server has held for a while is in no configuration any more.
func newOutlet(o store.OutletState, now time.Time) outlet {
	out := outlet{
		Name: o.Name, Kind: o.Kind, State: outletWell, Error: o.Error, Since: o.Since, Behind: o.Behind, Delivered: o.Delivered, Refused: o.Refused,
		Failed: o.Failed, DeliveredAt: o.DeliveredAt,
	}
	switch {
	case now.Sub(o.HeldUntil) > 5*time.Minute:
		out.State = outletUnserved
	case o.Error != "":
		out.State = outletFailing
	}
	if f := o.Full; f.ID != "" {
		out.Full = &fullRun{f.ID, f.Asked, f.Ended, f.Targets, newTally(f.Tally), f.Waived}
	}
	return out
}

func (c *call) getOutlets() (any, error) {
	found, err := c.Store.OutletStates(c.ctx())
	return listOf(found, "", func(o store.OutletState) outlet { return newOutlet(o, c.Now()) }), err
}

type refusedEvent struct {
	Event   string    `json:"event"`
	Finding string    `json:"finding,omitempty"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
}

func (c *call) getOutletRefusals() (any, error) {
	found, next, err := c.Store.OutletRefusals(c.ctx(), c.path("name"), c.query.page())
	return listOf(found, next, func(e store.RefusedEvent) refusedEvent { return refusedEvent{e.Event, e.Finding, e.At, e.Reason} }), err
}

// outletFigures are those of the outlets, a line an outlet each.
var outletFigures = []struct {
	name, kind, help string
	of               func(store.OutletState) int64
}{
	{"plumbline_outlet_delivered_total", "counter", "Events that the outlet has taken.", func(o store.OutletState) int64 { return o.Delivered }},
	{"plumbline_outlet_refused_total", "counter", "Events that the outlet will never take, passed over.", func(o store.OutletState) int64 { return o.Refused }},
	{"plumbline_outlet_failures_total", "counter", "Attempts that failed.", func(o store.OutletState) int64 { return o.Failed }},
	{"plumbline_outlet_behind", "gauge", "Snapshots with changes that the outlet has not taken.", func(o store.OutletState) int64 { return o.Behind }},
	{"plumbline_outlet_failing", "gauge", "Whether the last attempt failed.", func(o store.OutletState) int64 {
		if o.Error != "" {
			return 1
		}
		return 0
	}},
	{"plumbline_outlet_delivered_timestamp_seconds", "gauge", "When the outlet last took something.", func(o store.OutletState) int64 {
		if o.DeliveredAt.IsZero() {
			return 0
		}
		return o.DeliveredAt.Unix()
	}},
}
