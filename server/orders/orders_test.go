package orders_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

const (
	questioned  = pb.VisitState_VISIT_STATE_QUESTIONED
	unreachable = pb.VisitState_VISIT_STATE_UNREACHABLE
	refused     = pb.VisitState_VISIT_STATE_REFUSED
	suspended   = pb.VisitState_VISIT_STATE_SUSPENDED
)

// A sweep is asked for, authorised by another person, handed to those who read its targets, and done when all have ended.
func TestSweepFromRequestToDone(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		plan := orders.Plan{Targets: orders.Selection{All: true}, Baselines: []string{"jrt0068-2012"}, Profile: "strictest", Limits: orders.Limits{PerZone: 3}}
		id, err := w.plan.Request(w.ctx, who("auditor"), &plan, "annual check")
		w.must(err)
		w.is(orders.ErrSelfAuthorised, w.plan.Authorise(w.ctx, who("auditor"), id))
		agent, c1 := s.watch("web1"), s.watch("c1")
		s.keep()
		if state := w.state(id); state != store.SweepPlanned {
			t.Fatalf("it is %s and nobody authorised it", state)
		}
		w.must(w.plan.Authorise(w.ctx, who("officer"), id))
		s.keep()
		own, order := agent.order(), c1.order()
		if got := ids(own); !slices.Equal(got, []string{"web1"}) {
			t.Errorf("the agent got %v", got)
		}
		// Of the targets without a reader, c1 gets those of the zone in which it reads others; nobody gets those of zones in which nobody reads.
		if got := ids(order); !slices.Equal(got, []string{"fw1", "sw1", "sw2"}) {
			t.Errorf("c1 got %v", got)
		}
		if order.GetRequestedBy() != "auditor" || order.GetAuthorisedBy() != "officer" || order.GetReason() != "annual check" || order.GetSweepId() != id ||
			order.GetProfile() != "strictest" || order.GetLimits().GetPerZone() != 3 || !order.GetNotAfter().AsTime().Equal(start.Add(8*time.Hour)) {
			t.Errorf("the order says %v", order)
		}
		if len(order.GetHops()) != 1 || order.GetHops()[0].GetCredential() != "hop" {
			t.Errorf("on the way to fw1: %v", order.GetHops())
		}
		w.want(id, map[string]string{"web1": "handed", "fw1": "handed", "sw1": "handed", "sw2": "handed", "bastion": "failed", "nobody": "failed", "theirs": "planned"})
		w.must(agent.settle(own.GetId(), questioned, "web1", "fw1"))
		w.must(c1.settle(order.GetId(), questioned, "fw1", "sw1", "sw2"))
		c2 := s.watch("c2")
		w.must(c2.settle(c2.order().GetId(), questioned, "theirs"))
		s.keep()
		if state := w.state(id); state != store.SweepDone {
			t.Fatalf("it is %s with all ended", state)
		}
		found, _, err := w.store.SweepTargets(w.ctx, id, "", store.Page{})
		w.must(err)
		for _, one := range found {
			if one.Target == "nobody" && one.Detail.GetEn() == "" {
				t.Error("nobody read it, and nothing says why")
			}
		}
		if head, err := w.store.Verify(w.ctx); err != nil || head.N < 4 {
			t.Errorf("the audit log: %v, %v", head, err)
		}
	})
}

// Four eyes, and plans that will not do.
func TestRequestsThatWillNotDo(t *testing.T) {
	onBoth(t, func(w *world) {
		many := 9
		for name, p := range map[string]orders.Plan{
			"nothing":        {},
			"two ways":       {Targets: orders.Selection{All: true, IDs: []string{"fw1"}}},
			"twice":          of("fw1", "fw1"),
			"no baseline":    {Targets: orders.Selection{All: true}, Baselines: []string{"nowhere"}},
			"no profile":     {Targets: orders.Selection{All: true}, Profile: "mild"},
			"too many tries": {Targets: orders.Selection{All: true}, Retries: &many},
			"too long":       {Targets: orders.Selection{All: true}, Within: orders.Span(1000 * time.Hour)},
		} {
			if _, err := w.plan.Request(w.ctx, who("auditor"), &p, "x"); err == nil {
				t.Errorf("%s: it was planned", name)
			}
		}
		p := of("elsewhere")
		_, err := w.plan.Request(w.ctx, who("auditor"), &p, "x")
		w.is(store.ErrNotFound, err)
		p = of("fw1")
		if _, err := w.plan.Request(w.ctx, who("auditor"), &p, " "); err == nil {
			t.Error("it was planned without a reason")
		}
	})
}

// Which targets a selection means is looked up when the sweep starts.
func TestSelections(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		for _, test := range []struct {
			pick orders.Selection
			want []string
		}{
			{orders.Selection{Zones: []string{"core", "branch"}}, []string{"fw1", "sw1", "sw2", "theirs"}},
			{orders.Selection{Labels: map[string]string{"dc": "east"}}, []string{"sw1", "sw2"}},
			{orders.Selection{Roles: []string{"web-server"}, Zones: []string{"dmz"}}, []string{"web1"}},
			{orders.Selection{IDs: []string{"fw1", "nobody"}}, []string{"fw1", "nobody"}},
			{orders.Selection{Zones: []string{"nowhere"}}, nil},
		} {
			id := w.sweep(orders.Plan{Targets: test.pick})
			s.keep()
			var got []string
			for target := range w.ends(id) {
				got = append(got, target)
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("%+v: %v, want %v", test.pick, got, test.want)
			}
			if test.want == nil && w.state(id) != store.SweepCancelled {
				t.Errorf("a sweep of nothing is %s", w.state(id))
			}
		}
	})
}

// After a reconnect, what the caller has but does not name comes again; what it names does not, unless it is over.
func TestOrderComesAgainAfterReconnect(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		id := w.sweep(of("fw1"))
		s.keep()
		first := s.watch("c1")
		order := first.order()
		first.end()
		again := s.watch("c1")
		if got := again.order(); got.GetId() != order.GetId() || !slices.Equal(ids(got), []string{"fw1"}) {
			t.Fatalf("got %v, want %s again", got, order.GetId())
		}
		again.end()
		// On another server, naming it: nothing comes but what is new.
		other := w.serve()
		third := other.watch("c1", order.GetId(), "o-long-gone")
		if got := third.next().GetCancelled(); got != "o-long-gone" {
			t.Fatalf("got %q", got)
		}
		later := w.sweep(of("sw1"))
		other.keep()
		if got := third.order(); got.GetSweepId() != later {
			t.Fatalf("got %v", got)
		}
		w.must(third.settle(order.GetId(), questioned, "fw1"))
		w.want(id, map[string]string{"fw1": "questioned"})
		third.quiet()
	})
}

// A line that opens takes the place of the one before.
func TestOneLineACaller(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		first := s.watch("c1")
		w.sweep(of("fw1"))
		s.keep()
		first.order()
		second := s.watch("c1")
		second.order()
		w.code(codes.Aborted, <-first.err)
	})
}

// Whoever takes an order and falls silent loses it: others get it, and after so many times it ends.
func TestSilentReaderLosesItsOrder(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		id := w.sweep(of("fw1"))
		s.keep()
		r := s.watch("c1")
		first := r.order()
		w.pass(orders.Silence - time.Second)
		s.keep()
		w.want(id, map[string]string{"fw1": "handed"})
		r.end()
		w.silent(s)
		w.want(id, map[string]string{"fw1": "planned"})
		w.must(r.dial("c1").settle(first.GetId(), questioned, "fw1")) // too late
		w.want(id, map[string]string{"fw1": "planned"})
		r = s.watch("c1", first.GetId())
		var second *pb.Order
		for _, got := range []*pb.WatchResponse{r.next(), r.next()} {
			if got.GetCancelled() != first.GetId() && got.GetOrder() == nil {
				t.Fatalf("got %v", got)
			}
			if got.GetOrder() != nil {
				second = got.GetOrder()
			}
		}
		if second == nil || second.GetId() == first.GetId() {
			t.Fatalf("it was not handed out anew: %v", second)
		}
		r.end()
		w.silent(s)
		w.want(id, map[string]string{"fw1": "failed"})
		s.keep()
		if state := w.state(id); state != store.SweepDone {
			t.Fatalf("it is %s", state)
		}
	})
}

// What was refused is not tried again in its sweep, nor is anything else with a credential that was suspended; what could not be reached
// is, as often as the plan says.
func TestC6RetriesLockNoAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		id := w.sweep(of("fw1", "sw1", "sw2"))
		s.keep()
		r := s.watch("c1")
		o := r.order()
		w.must(r.settle(o.GetId(), refused, "fw1"))
		w.must(r.settle(o.GetId(), unreachable, "sw1", "sw2"))
		w.want(id, map[string]string{"fw1": "refused", "sw1": "planned", "sw2": "planned"})
		w.pass(orders.DefaultRetryAfter + time.Second)
		o = r.order()
		if got := ids(o); !slices.Equal(got, []string{"sw1", "sw2"}) {
			t.Fatalf("tried again: %v", got)
		}
		w.must(r.settle(o.GetId(), unreachable, "sw1"))
		w.must(r.settle(o.GetId(), suspended, "sw2"))
		w.want(id, map[string]string{"fw1": "refused", "sw1": "unreachable", "sw2": "suspended"})

		none := 0
		plan := of("sw1", "sw2")
		plan.Retries = &none
		id = w.sweep(plan)
		s.keep()
		o = r.order()
		w.must(r.settle(o.GetId(), unreachable, "sw1"))
		w.must(r.settle(o.GetId(), questioned, "sw2"))
		w.want(id, map[string]string{"sw1": "unreachable", "sw2": "questioned"})

		// A credential that its reader suspended is not used by the next order of the same sweep.
		one := 1
		plan = of("sw1", "sw2")
		plan.Retries = &one
		id = w.sweep(plan)
		s.keep()
		o = r.order()
		w.must(r.settle(o.GetId(), unreachable, "sw1"))
		w.must(r.settle(o.GetId(), suspended, "sw2"))
		w.pass(orders.DefaultRetryAfter + time.Second)
		w.await("what waited is not tried", func() bool { return w.ends(id)["sw1"] == "suspended" })
	})
}

// A cancelled sweep is taken back from those who have it, and what they say later does not count.
func TestCancel(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		id := w.sweep(of("fw1", "sw1", "theirs"))
		s.keep()
		r := s.watch("c1")
		o := r.order()
		w.must(r.settle(o.GetId(), questioned, "fw1"))
		w.must(w.store.CloseSweep(w.ctx, who("operator"), id, store.SweepCancelled, &pb.Text{Zh: "取消", En: "cancelled"}))
		if got := r.next().GetCancelled(); got != o.GetId() {
			t.Fatalf("cancelled %q", got)
		}
		w.must(r.settle(o.GetId(), questioned, "sw1"))
		w.want(id, map[string]string{"fw1": "questioned", "sw1": "cancelled", "theirs": "cancelled"})
		if got := w.state(id); got != store.SweepCancelled {
			t.Fatalf("it is %s", got)
		}
	})
}

// When a sweep's time is over, what has not ended has, each with its reason, and its orders are void.
func TestTimeIsOver(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		plan := of("fw1", "sw1", "theirs")
		plan.Within, plan.RetryAfter = orders.Span(time.Hour), orders.Span(10*time.Minute)
		id := w.sweep(plan)
		s.keep()
		r := s.watch("c1")
		o := r.order()
		w.must(r.settle(o.GetId(), unreachable, "sw1"))
		r.end()
		w.await("the line is closed", func() bool { return s.Lines() == 0 })
		w.pass(time.Hour)
		s.keep()
		w.want(id, map[string]string{"fw1": "timeout", "sw1": "unreachable", "theirs": "timeout"})
		if got := w.state(id); got != store.SweepDone {
			t.Fatalf("it is %s", got)
		}
		late := s.watch("c1", o.GetId())
		if got := late.next().GetCancelled(); got != o.GetId() {
			t.Fatalf("the void order is not taken back: %q", got)
		}
		w.must(late.settle(o.GetId(), questioned, "fw1"))
		w.want(id, map[string]string{"fw1": "timeout", "sw1": "unreachable", "theirs": "timeout"})
	})
}

// A target stands in one open order, of whatever sweep.
func TestOneHandATarget(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		first := w.sweep(of("fw1"))
		s.keep()
		w.pass(time.Second)
		second := w.sweep(of("fw1", "sw1"))
		s.keep()
		r := s.watch("c1")
		got := map[string]*pb.Order{}
		for range 2 {
			o := r.order()
			got[o.GetSweepId()] = o
		}
		if len(got) != 2 || len(ids(got[first]))+len(ids(got[second])) != 2 {
			t.Fatalf("handed out %v", got)
		}
		for _, o := range got {
			w.must(r.settle(o.GetId(), questioned, ids(o)...))
		}
		o := r.order()
		if !slices.Equal(ids(o), []string{"fw1"}) {
			t.Fatalf("then %v", ids(o))
		}
		w.must(r.settle(o.GetId(), questioned, "fw1"))
		s.keep()
		if w.state(first) != store.SweepDone || w.state(second) != store.SweepDone {
			t.Errorf("%s, %s", w.state(first), w.state(second))
		}
	})
}

// TestC7ForeignOrder: nobody settles, is sent or gets credentials for another one's order, for one that is over, or for a target that is not in it.
func TestC7ForeignOrder(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		id := w.sweep(of("fw1", "theirs"))
		s.keep()
		c1 := s.watch("c1")
		order := c1.order()
		mallory := s.dial("c2")
		served := 0
		for i := range 500 {
			name := order.GetId()
			if i%2 == 1 {
				name = fmt.Sprintf("o-%016x", i)
			}
			if err := mallory.settle(name, questioned, "fw1"); err == nil {
				served++
			} else {
				w.code(codes.PermissionDenied, err)
			}
			if _, _, err := s.Open(w.ctx, name, "id-of-c2", "fw1"); err == nil {
				served++
			} else {
				w.is(store.ErrNotFound, err)
			}
		}
		if served > 0 {
			t.Fatalf("%d of 1,000 were served", served)
		}
		theirs := s.watch("c2", order.GetId())
		for range 2 {
			if got := theirs.next(); got.GetOrder().GetId() == order.GetId() {
				t.Fatal("another one's order was sent")
			}
		}
		for target, want := range map[string][]string{"fw1": {"fw"}, "bastion": {"hop"}} {
			got, until, err := s.Open(w.ctx, order.GetId(), "id-of-c1", target)
			if err != nil || !slices.Equal(got, want) || !until.Equal(start.Add(orders.DefaultWithin)) {
				t.Errorf("%s: %v until %v, %v", target, got, until, err)
			}
		}
		_, _, err := s.Open(w.ctx, order.GetId(), "id-of-c1", "theirs") // not in the order
		w.is(store.ErrNotFound, err)
		w.must(c1.settle(order.GetId(), questioned, "fw1", "theirs"))
		_, _, err = s.Open(w.ctx, order.GetId(), "id-of-c1", "fw1") // over
		w.is(store.ErrNotFound, err)
		w.want(id, map[string]string{"fw1": "questioned", "theirs": "handed"})
		records, _, err := w.store.Records(w.ctx, store.AuditFilter{Action: "order.foreign"}, store.Page{})
		if err != nil || len(records) == 0 || len(records) > 10 {
			t.Errorf("%d records of 1,000 attempts, %v", len(records), err)
		}
		w.code(codes.Unimplemented, func() error {
			_, err := c1.client.Reveal(c1.ctx, &pb.RevealRequest{OrderId: order.GetId()})
			return err
		}())
		w.code(codes.InvalidArgument, c1.settle(order.GetId(), pb.VisitState_VISIT_STATE_UNSPECIFIED, "fw1"))
		w.code(codes.InvalidArgument, c1.settle(order.GetId(), 99, "fw1"))
	})
}
