// Package daemon is the agent as a service: it scans its own host when the schedule says and when the server orders it, one scan at a
// time, and never another target. What a service stands on is plugins/station's.
//
// It does not know how a host is read (that is given to it).
package daemon

import (
	"context"
	"log/slog"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/station"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Options are what the service is given besides its configuration.
type Options struct {
	// Target is the host's name, Version the program's, Drivers those that it knows.
	Target, Version string
	Drivers         []string
	// Scan reads and judges the host as its configuration says, Ordered as an order does. key is that of the fingerprints of secrets.
	Scan    func(ctx context.Context, key []byte) (*pb.Snapshot, error)
	Ordered func(ctx context.Context, key []byte, o *pb.Order) (*pb.Snapshot, error)
	// Once: scan now, deliver, and end.
	Once bool
	Log  *slog.Logger
	// Station is for tests: its own parts of the clock and the sinks.
	Station station.Options
}

// Run runs the service until ctx ends, which is no error.
func Run(ctx context.Context, c *Config, o Options) error {
	d := &daemon{Options: o, turn: make(chan struct{}, 1)}
	s := o.Station
	s.Program, s.Name, s.Version, s.Drivers, s.Once, s.Log = "agent", o.Target, o.Version, o.Drivers, o.Once, o.Log
	s.Scan, s.Order = d.scheduled, d.ordered
	return station.Run(ctx, &c.Config, s)
}

type daemon struct {
	Options
	// turn is held by the scan that is being made, until every spool has it.
	turn chan struct{}
}

func (d *daemon) scheduled(ctx context.Context, key []byte, keep station.Keep) error {
	if err := d.take(ctx, ctx); err != nil {
		return err
	}
	defer d.leave()
	snapshot, err := d.Scan(ctx, key)
	if err != nil {
		return err
	}
	return keep(ctx, snapshot)
}

// ordered scans the host for an order.
func (d *daemon) ordered(ctx context.Context, key []byte, o *station.Order) {
	mine := false
	for _, t := range o.Left() {
		if id := t.GetTarget().GetId(); id != d.Target {
			o.End(&pb.TargetEnd{
				TargetId: id, State: pb.VisitState_VISIT_STATE_FAILED,
				Detail: checks.Say("代理只检查本机（%s）", "an agent scans its own host and no other (%s)", d.Target),
			})
			continue
		}
		mine = true
	}
	if !mine || d.take(ctx, o.Cancelled()) != nil {
		o.EndVoid()
		return
	}
	defer d.leave()
	// The scan of somebody else may wait for room in a spool until this one is void.
	if o.Room(ctx) != nil || o.EndVoid() {
		o.EndVoid()
		return
	}
	snapshot, err := d.Ordered(ctx, key, o.Order.Order)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		d.Log.Error("an ordered scan failed", "order", o.GetId(), "error", err)
		o.EndAll(pb.VisitState_VISIT_STATE_FAILED, say(err))
		return
	}
	_ = o.Keep(ctx, snapshot) // what it cannot keep, the order says
}

// take waits for the turn, until one of the contexts ends.
func (d *daemon) take(ctx, or context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-or.Done():
		return or.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *daemon) leave() { <-d.turn }

// say gives an error in both languages, if it can be said so.
func say(err error) *pb.Text {
	if both, ok := err.(interface{ Say() *pb.Text }); ok { //nolint:errorlint // the outermost knows best
		return both.Say()
	}
	return checks.Verbatim(sink.Clean(err.Error()))
}
