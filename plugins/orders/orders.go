// Package orders takes orders from the central server: it watches for them through whatever passes the calls on (a sink's process), has
// each worked on once at a time, tells work what was cancelled, and says to the server how targets ended, again and again until it
// was heard.
//
// It does not know how targets are read or where snapshots are kept, and remembers nothing beyond its own life: an order that was not
// settled is handed out again, and whoever works on it knows what of it was done.
package orders

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Taker takes orders.
type Taker struct {
	Client pb.OrderServiceClient
	// Version of the program and the Drivers that it knows, for the server.
	Version string
	Drivers []string
	// Work works on an order and tells it how each target ended. What is not told when it returns, because ctx ended, is handed out again.
	Work func(ctx context.Context, o *Order)
	// Limit is how many orders are worked on at once; 1.
	Limit int
	// Changed is told when the line is found or lost; may be nil.
	Changed func()
	Log     *slog.Logger
	// Sleep waits; the ordinary way if unset.
	Sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	held  map[string]*Order
	state State
}

// State is how the line to the server stands.
type State struct {
	// Error says why there is no line; empty if there is one.
	Error string `json:"error,omitempty"`
	// None says that no sink gives orders.
	None bool `json:"none,omitempty"`
	// Working are the orders that are not settled yet.
	Working []string `json:"working,omitempty"`
}

const (
	// maxHeld is how many orders are held at once. Further ones are left with the server.
	maxHeld = 256
	// firstPause and maxPause bound the wait before a line that was lost is opened again, noOrders that for one that gives no orders.
	firstPause = time.Second
	maxPause   = time.Minute
	noOrders   = 10 * time.Minute
	// steady is how long a line must have held for the next pause to be short again.
	steady = time.Minute
)

// Run takes orders until ctx ends and all work has. What ended until then is settled, if the server can be reached at once.
func (t *Taker) Run(ctx context.Context) {
	t.mu.Lock()
	t.held = map[string]*Order{}
	t.mu.Unlock()
	t.note(State{Error: "not opened yet"})
	if t.Sleep == nil {
		t.Sleep = sleep
	}
	queue := make(chan *Order, maxHeld)
	var work, settling sync.WaitGroup
	defer func() {
		work.Wait()
		close(queue)
		for o := range queue {
			close(o.over)
		}
		settling.Wait()
	}()
	for range max(t.Limit, 1) {
		work.Go(func() {
			for {
				select {
				case o := <-queue:
					if ctx.Err() == nil {
						t.Work(ctx, o)
					}
					close(o.over)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	begin := func(o *Order) {
		settling.Go(func() { t.settle(ctx, o) })
		queue <- o // it holds as many as are held
	}
	pause := firstPause
	for {
		began := time.Now()
		err := t.watch(ctx, begin)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			pause = firstPause
		}
		next := pause/2 + rand.N(pause/2+1) //nolint:gosec // spreads a fleet, hides nothing
		if t.lost(err) {
			next = noOrders
		}
		if t.Sleep(ctx, next) != nil {
			return
		}
		pause = min(2*pause, maxPause)
	}
}

// State says how the line stands.
func (t *Taker) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.state
	s.Working = slices.Sorted(maps.Keys(t.held))
	return s
}

// watch holds a line until it is lost.
func (t *Taker) watch(ctx context.Context, begin func(*Order)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	line, err := t.Client.Watch(ctx, &pb.WatchRequest{Version: t.Version, Drivers: t.Drivers, Working: t.State().Working})
	if err != nil {
		return err
	}
	if header, err := line.Header(); err == nil && header != nil {
		t.found()
	}
	for {
		m, err := line.Recv()
		if err != nil {
			return err
		}
		switch kind := m.GetKind().(type) {
		case *pb.WatchResponse_Order:
			if o := t.take(kind.Order); o != nil {
				begin(o)
			}
		case *pb.WatchResponse_Cancelled:
			t.mu.Lock()
			o := t.held[kind.Cancelled]
			t.mu.Unlock()
			if o != nil {
				t.Log.Info("order cancelled", "order", o.GetId())
				o.cancel()
			}
		}
	}
}

// take holds an order, unless it is held already.
func (t *Taker) take(order *pb.Order) *Order {
	t.mu.Lock()
	defer t.mu.Unlock()
	log := t.Log.With("order", sink.Clean(order.GetId()))
	switch {
	case order.GetId() == "" || t.held[order.GetId()] != nil:
		return nil
	case len(t.held) >= maxHeld:
		log.Error("too many orders at once; this one is left with the server")
		return nil
	}
	log.Info("order taken", "targets", len(order.GetTargets()), "by", sink.Clean(order.GetRequestedBy()))
	o := newOrder(order)
	t.held[order.GetId()] = o
	return o
}

func (t *Taker) release(o *Order) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.held, o.GetId())
}

func (t *Taker) found() {
	if t.note(State{}) {
		t.Log.Info("the line for orders is open")
	}
}

// lost notes why there is no line, and says whether that is because the sink gives no orders.
func (t *Taker) lost(err error) (none bool) {
	if status.Code(err) == codes.Unimplemented {
		t.note(State{None: true})
		return true
	}
	text := sink.Clean(status.Convert(err).Message())
	if t.note(State{Error: text}) {
		t.Log.Warn("no line for orders; it is tried again", "error", text)
	}
	return false
}

// note notes how the line stands, and says whether it stood otherwise.
func (t *Taker) note(now State) bool {
	t.mu.Lock()
	before := t.state
	t.state = now
	changed := before.None != now.None || (before.Error == "") != (now.Error == "")
	t.mu.Unlock()
	if changed && t.Changed != nil {
		t.Changed()
	}
	return changed
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
