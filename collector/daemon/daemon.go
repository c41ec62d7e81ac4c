// Package daemon is the collector as a service: it visits the targets of its own inventory when the schedule says, and those of the
// server's orders, under one set of limits and with one memory of what devices refused. What a service stands on is plugins/station's.
//
// It reaches nothing itself (package collector does) and holds no credential.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/collector"
	"github.com/plumbline/plumbline/plugins/inventory"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/station"
	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Options are what the service is given besides its configuration.
type Options struct {
	// Name is who the collector is to the server, Version the program's. Drivers are the names of those that it knows.
	Name, Version string
	Drivers       []string
	// New readies a collector for some targets, and the hosts on the way to them: to judge as the configuration says, or as an order does.
	// It is called for every sweep, so that new credentials and host keys count.
	New func(key []byte, o *pb.Order, known []*inventory.Target) (*collector.Collector, func(), error)
	// Once: sweep now, deliver, and end.
	Once bool
	Log  *slog.Logger
	// Station is for tests: its own parts of the clock and the sinks.
	Station station.Options
}

// forget is how long a login that was refused is not tried again, unless the secret has changed: less than a day, so that a nightly sweep
// looks again once.
const forget = 20 * time.Hour

// Run runs the service until ctx ends, which is no error. When it returns, no session is open on any device.
func Run(ctx context.Context, c *Config, o Options) error {
	limits := c.Limits.sweep()
	now := o.Station.Now
	if now == nil {
		now = time.Now
	}
	d := &daemon{Options: o, config: c, guard: sweep.NewGuard(limits, forget, now)}
	defer d.guard.Close()
	s := o.Station
	s.Program, s.Name, s.Version, s.Drivers, s.Once, s.Log = "collector", o.Name, o.Version, o.Drivers, o.Once, o.Log
	s.Order, s.Orders = d.ordered, c.Limits.Orders
	s.Scan = d.scheduled
	return station.Run(ctx, &c.Config, s)
}

type daemon struct {
	Options
	config *Config
	guard  *sweep.Guard
}

// scheduled visits the targets of our own inventory.
func (d *daemon) scheduled(ctx context.Context, key []byte, keep station.Keep) error {
	if len(d.config.Inventory) == 0 {
		return errors.New("there is no inventory: nothing is due")
	}
	inv, err := inventory.Load(d.Drivers, d.config.Inventory...)
	if err != nil {
		return err
	}
	targets, err := inventory.Select(inv.Targets, d.config.Targets...)
	if err != nil {
		return err
	}
	c, end, err := d.New(key, nil, inv.Targets)
	if err != nil {
		return err
	}
	defer end()
	c.Guard = d.guard
	var failed error
	c.Sweep(ctx, targets, d.config.Limits.sweep(), nil, func(s *pb.Snapshot) {
		if unfinished(ctx, s) {
			return
		}
		if err := keep(ctx, s); err != nil {
			failed = fmt.Errorf("%s: %w", s.GetTarget().GetId(), err)
		}
	})
	return errors.Join(ctx.Err(), failed)
}

// unfinished says of a target that its visit was broken off, or did not begin, because we are told to end: that is no result.
func unfinished(ctx context.Context, s *pb.Snapshot) bool {
	return ctx.Err() != nil && s.GetVisit().GetState() == pb.VisitState_VISIT_STATE_CANCELLED
}

// ordered visits the targets of an order.
func (d *daemon) ordered(ctx context.Context, key []byte, o *station.Order) {
	if err := o.Room(ctx); err != nil {
		o.EndVoid()
		return
	}
	targets, hops, wrong := targetsOf(o.Left(), o.GetHops(), d.Drivers)
	o.End(wrong...)
	c, end, err := d.New(key, o.Order.Order, append(hops, targets...))
	if err != nil {
		d.Log.Error("an order cannot be worked on", "order", o.GetId(), "error", err)
		o.EndAll(pb.VisitState_VISIT_STATE_FAILED, say(err))
		return
	}
	defer end()
	c.Guard = d.guard
	c.Lend(o.Client, o.GetId(), d.Name)
	stop := context.AfterFunc(o.Cancelled(), d.guard.Wake)
	defer stop()
	limits := d.config.Limits.sweep()
	limits.Concurrency = stricter(limits.Concurrency, o.GetLimits().GetConcurrency())
	limits.PerZone = stricter(limits.PerZone, o.GetLimits().GetPerZone())
	limits.PerCredential = stricter(limits.PerCredential, o.GetLimits().GetPerCredential())
	limits.Refuse = func() *sweep.Result {
		if end := o.Void(d.now()); end != nil {
			return &sweep.Result{State: end.GetState(), Detail: end.GetDetail()}
		}
		return nil
	}
	c.Sweep(ctx, targets, limits, nil, func(s *pb.Snapshot) {
		visit := s.GetVisit()
		switch {
		case unfinished(ctx, s):
		case visit.GetTransport() == "" && o.Void(d.now()) != nil: // not begun, because the order stands no more
			o.End(&pb.TargetEnd{TargetId: s.GetTarget().GetId(), State: visit.GetState(), Detail: visit.GetDetail()})
		default:
			if err := o.Keep(ctx, s); err != nil {
				d.Log.Error("a result is not kept", "order", o.GetId(), "target", s.GetTarget().GetId(), "error", err)
			}
		}
	})
}

func (d *daemon) now() time.Time {
	if d.Station.Now != nil {
		return d.Station.Now()
	}
	return time.Now()
}

// say gives an error in both languages, if it can be said so.
func say(err error) *pb.Text {
	var both interface{ Say() *pb.Text }
	if errors.As(err, &both) {
		return both.Say()
	}
	return checks.Verbatim(sink.Clean(err.Error()))
}
