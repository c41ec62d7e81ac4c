package station

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/orders"
	"github.com/plumbline/plumbline/plugins/sink"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An Order is one to work on.
type Order struct {
	*orders.Order
	// Client speaks to the server that gave the order.
	Client pb.OrderServiceClient

	s    *service
	mu   sync.Mutex
	open map[string]bool
	ends []*pb.TargetEnd
}

// Keep puts a snapshot of one of the order's targets into every spool, marked with the order, and then tells how the target ended.
func (o *Order) Keep(ctx context.Context, s *pb.Snapshot) error {
	s.Commission = &pb.Commission{
		SweepId: o.GetSweepId(), OrderId: o.GetId(), RequestedBy: o.GetRequestedBy(), Reason: o.GetReason(), AuthorisedBy: o.GetAuthorisedBy(),
	}
	return o.kept(ctx, s, o.s.keep(ctx, s))
}

// kept tells how the target of a snapshot ended that was put into spools, or could not be.
func (o *Order) kept(ctx context.Context, s *pb.Snapshot, err error) error {
	switch {
	case err == nil:
		o.End(endOf(s))
	case ctx.Err() == nil:
		o.End(&pb.TargetEnd{
			TargetId: s.GetTarget().GetId(), State: pb.VisitState_VISIT_STATE_FAILED, Detail: checks.Say("结果无法保存：%s", "the result cannot be kept: %s", sink.Clean(err.Error())),
		})
	}
	return err
}

// Left are the order's targets that have not ended.
func (o *Order) Left() []*pb.OrderTarget {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(o.GetTargets()), func(t *pb.OrderTarget) bool { return !o.open[t.GetTarget().GetId()] })
}

// Room waits while some spool has no room: nothing is read meanwhile. It gives up when ctx ends or the order stands no more.
func (o *Order) Room(ctx context.Context) error { return o.s.room(ctx, o.Cancelled()) }

// End tells how targets ended of which there is no snapshot. The first end of a target counts.
func (o *Order) End(ends ...*pb.TargetEnd) {
	o.mu.Lock()
	ends = slices.DeleteFunc(ends, func(e *pb.TargetEnd) bool {
		mine := o.open[e.GetTargetId()]
		delete(o.open, e.GetTargetId())
		return !mine
	})
	o.ends = append(o.ends, ends...)
	o.mu.Unlock()
	o.Order.End(ends...)
}

// EndAll tells that all targets that have not ended yet did so.
func (o *Order) EndAll(state pb.VisitState, why *pb.Text) {
	var ends []*pb.TargetEnd
	for _, t := range o.Left() {
		ends = append(ends, &pb.TargetEnd{TargetId: t.GetTarget().GetId(), State: state, Detail: why})
	}
	o.End(ends...)
}

// EndVoid ends all targets that have not ended if the order stands no more, and says whether it does not.
func (o *Order) EndVoid() bool {
	end := o.Void(o.s.Now())
	if end != nil {
		o.EndAll(end.GetState(), end.GetDetail())
	}
	return end != nil
}

// endOf is how the target of a snapshot ended. A program that reads the host it runs on makes no visit.
func endOf(s *pb.Snapshot) *pb.TargetEnd {
	end := &pb.TargetEnd{TargetId: s.GetTarget().GetId(), State: pb.VisitState_VISIT_STATE_QUESTIONED}
	if v := s.GetVisit(); v != nil {
		end.State, end.Detail = v.GetState(), v.GetDetail()
	}
	return end
}

// takeOrders takes orders from the first central sink, until ctx ends.
func (s *service) takeOrders(ctx context.Context, taking *sync.WaitGroup) {
	i := slices.IndexFunc(s.config.Sinks, func(c Sink) bool { return c.Kind == centralKind })
	if i < 0 || s.Order == nil {
		return
	}
	giver, ok := s.outlets[i].sink.(interface{ Orders() pb.OrderServiceClient })
	if !ok {
		return
	}
	client := giver.Orders()
	t := &orders.Taker{
		Client: client, Version: s.Version, Drivers: s.Drivers, Limit: s.Orders, Changed: s.show, Log: s.Log,
		Work: func(ctx context.Context, o *orders.Order) { s.work(ctx, client, o) },
	}
	s.mu.Lock()
	s.taker = t
	s.mu.Unlock()
	taking.Go(func() { t.Run(ctx) })
}

// work works on an order. What of it was done before, and is in a spool or on record, is not done again.
func (s *service) work(ctx context.Context, client pb.OrderServiceClient, taken *orders.Order) {
	log := s.Log.With("order", sink.Clean(taken.GetId()))
	o := &Order{Order: taken, Client: client, s: s, open: map[string]bool{}}
	for _, t := range o.GetTargets() {
		o.open[t.GetTarget().GetId()] = true
	}
	record, err := s.ledger.read(o.GetId())
	switch {
	case err != nil:
		log.Error("the record of an order cannot be read; it is worked on as a new one", "error", err)
	case record != nil:
		o.End(record.ends()...)
		if err := s.recover(ctx, o, record.Marks); err != nil {
			if ctx.Err() == nil {
				log.Error("what was done of an order is not known; it is left for later", "error", err)
			}
			return
		}
	}
	if len(o.Left()) == 0 || o.EndVoid() {
		return
	}
	if record == nil {
		record = &entry{ID: o.GetId(), Void: o.GetNotAfter().AsTime(), Marks: s.marks()}
		if o.GetNotAfter() == nil {
			record.Void = s.Now().Add(lasting)
		}
	}
	if record.Tries >= maxTries {
		o.EndAll(pb.VisitState_VISIT_STATE_FAILED, checks.Say("程序已 %d 次在完成前中断，不再重试", "the program was ended %d times before this was over: it is given up", maxTries))
	} else {
		record.Tries++
		if err := s.ledger.write(record); err != nil {
			log.Error("an order cannot be put on record; it is left for later", "error", err)
			return
		}
		s.Order(ctx, s.key, o)
	}
	if ctx.Err() != nil {
		record.Tries-- // it was told to end: that is no failed attempt
		if err := s.ledger.write(record); err != nil {
			log.Error("the record of an order cannot be written", "error", err)
		}
		return
	}
	o.EndAll(pb.VisitState_VISIT_STATE_FAILED, checks.Say("未能处理该目标", "nothing was done about this target"))
	o.mu.Lock()
	record.add(o.ends)
	o.mu.Unlock()
	if err := s.ledger.write(record); err != nil {
		log.Error("the end of an order cannot be put on record", "error", err)
	}
	log.Info("order done", "targets", len(o.GetTargets()))
	time.AfterFunc(giveBack, debug.FreeOSMemory)
}

// marks are the places in the spools behind which the snapshots of an order will stand.
func (s *service) marks() map[string]uint64 {
	marks := map[string]uint64{}
	for _, o := range s.outlets {
		marks[o.name] = o.spool.Next()
	}
	return marks
}

// recover ends those targets of an order whose snapshots are in a spool since a place in it. A spool that lacks one gets it.
func (s *service) recover(ctx context.Context, o *Order, marks map[string]uint64) error {
	found := map[string]*pb.Snapshot{}
	has := map[*outlet]map[string]bool{}
	for _, out := range s.outlets {
		has[out] = map[string]bool{}
		err := out.spool.Since(marks[out.name], func(snapshot *pb.Snapshot) {
			id := snapshot.GetTarget().GetId()
			if snapshot.GetCommission().GetOrderId() != o.GetId() || !o.open[id] {
				return
			}
			has[out][id] = true
			found[id] = snapshot
		})
		if err != nil {
			return err
		}
	}
	for id, snapshot := range found {
		var lacking []*outlet
		for _, out := range s.outlets {
			if !has[out][id] {
				lacking = append(lacking, out)
			}
		}
		if err := o.kept(ctx, snapshot, s.put(ctx, snapshot, lacking)); err != nil && ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
	return nil
}
