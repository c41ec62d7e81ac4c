package outlet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Store is what a Runner needs of a store.
type Store interface {
	store.Feed
	store.Outlets
	Findings(ctx context.Context, filter store.FindingFilter, page store.Page) ([]store.Finding, string, error)
	Body(ctx context.Context, id string) ([]byte, error)
	Target(ctx context.Context, id string) (store.Target, error)
	Waiver(ctx context.Context, id string) (*pb.Waiver, error)
	TargetStates(ctx context.Context, after string, limit int) ([]store.TargetState, error)
}

// Times of a Runner.
const (
	// poll is how often it looks for something to tell.
	poll = time.Second
	// lease is how long an outlet stays with a server that says nothing.
	lease = time.Minute
	// sendTime bounds one call of an outlet; with what comes around it, it is shorter than the lease.
	sendTime = 40 * time.Second
	// An outlet that failed is tried again after shortest, and then after twice as long each time up to longest.
	shortest = time.Second
	longest  = time.Minute
	// keep is how long what every outlet has told is kept, to be told again on demand.
	keep       = 30 * 24 * time.Hour
	pruneEvery = time.Hour
)

// batch is how many events are told in one go.
const batch = 500

// A Runner serves outlets. Fill it, and call Run once.
type Runner struct {
	Store   Store
	Outlets []Served
	// Holder names this server among those that share the store.
	Holder  string
	Now     func() time.Time
	Log     *slog.Logger
	Version string
	// Wait waits; nil for the real thing.
	Wait func(ctx context.Context, d time.Duration)
}

// Served is an outlet that is open.
type Served struct {
	Config
	event.Outlet
}

// NewHolder gives a name for a server.
func NewHolder() string { return random() }

// NewRun gives a name for a full state.
func NewRun() string { return random() }

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Close closes the outlets, where Run is not called or has ended.
func (r *Runner) Close() {
	for _, o := range r.Outlets {
		if err := o.Close(); err != nil {
			r.Log.Warn("close an outlet", "outlet", o.Name, "err", err)
		}
	}
}

// Run serves until ctx ends. What is open stays so until Close.
func (r *Runner) Run(ctx context.Context) error {
	if r.Wait == nil {
		r.Wait = wait
	}
	var all sync.WaitGroup
	for _, o := range r.Outlets {
		w := &worker{Runner: r, out: o, tell: teller{store: r.Store}, log: r.Log.With("outlet", o.Name)}
		all.Go(func() { w.run(ctx) })
	}
	all.Go(func() { r.prune(ctx) })
	all.Wait()
	return nil
}

func (r *Runner) prune(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := r.Store.PruneMoves(ctx, r.Now().Add(-keep)); err != nil && ctx.Err() == nil {
			r.Log.Error("outlets: what was told could not be forgotten", "err", err)
		}
		r.Wait(ctx, pruneEvery)
	}
}

// worker serves one outlet.
type worker struct {
	*Runner
	out     Served
	tell    teller
	log     *slog.Logger
	state   store.OutletState
	failing int
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		pause := poll
		switch err := w.round(ctx); {
		case ctx.Err() != nil:
		case errors.Is(err, store.ErrConflict): // somebody set it back, or another server has it
		case err != nil:
			pause = min(shortest<<min(w.failing, 10), longest)
			w.failing++
			w.log.Warn("an outlet failed; nothing is lost, it is tried again", "err", err, "in", pause)
			w.report(ctx, err)
		case w.failing > 0:
			w.failing = 0
			w.log.Info("the outlet works again")
		}
		w.Wait(ctx, pause)
	}
	w.end()
}

// end lets another server take over at once.
func (w *worker) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if w.state.Holder != "" {
		// If it cannot be written, the lease runs out by itself.
		_, _, _ = w.Store.HoldOutlet(ctx, w.out.Name, w.out.Kind, w.Holder, w.Now())
	}
}

// report writes why it failed, and lets another server try.
func (w *worker) report(ctx context.Context, why error) {
	state, held, err := w.Store.HoldOutlet(ctx, w.out.Name, w.out.Kind, w.Holder, w.Now().Add(lease))
	if err != nil || !held {
		return
	}
	w.state = state
	is := w.state
	is.Failed++
	is.Error, is.HeldUntil = sink.Clean(why.Error()), w.Now()
	if w.state.Error == "" {
		is.Since = w.Now()
	}
	if err := w.Store.StepOutlet(ctx, w.state, is, nil); err != nil && !errors.Is(err, store.ErrConflict) {
		w.log.Error("write that an outlet failed", "err", err)
	}
}

// round tells all there is to tell, where the outlet is this server's.
func (w *worker) round(ctx context.Context) error {
	for ctx.Err() == nil {
		idle, err := w.idle(ctx)
		if err != nil || idle {
			return err
		}
		state, held, err := w.Store.HoldOutlet(ctx, w.out.Name, w.out.Kind, w.Holder, w.Now().Add(lease))
		if err != nil || !held {
			return err
		}
		w.state = state
		if last := state.Full.Asked; !state.Full.Open() && due(w.out.FullAt, later(last, state.Made), w.Now()) {
			is := state
			is.Full = store.FullRun{ID: NewRun(), Asked: w.Now().UTC().Truncate(time.Millisecond)}
			if err := w.step(ctx, is, nil); err != nil {
				return err
			}
			continue
		}
		told, err := w.changes(ctx)
		if err != nil {
			return err
		}
		if w.state.Full.Open() {
			if err := w.full(ctx); err != nil {
				return err
			}
			continue
		}
		if !told {
			return nil
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// idle says whether there is nothing to do, without writing anything: most of the time there is not.
func (w *worker) idle(ctx context.Context) (bool, error) {
	states, err := w.Store.OutletStates(ctx)
	if err != nil {
		return false, err
	}
	for _, o := range states {
		if o.Name == w.out.Name {
			foreign := o.Holder != w.Holder && o.HeldUntil.After(w.Now())
			kept := o.Holder == w.Holder && o.HeldUntil.After(w.Now().Add(lease/2))
			return foreign || kept && o.Error == "" && o.Behind == 0 && !o.Full.Open() && !due(w.out.FullAt, later(o.Full.Asked, o.Made), w.Now()), nil
		}
	}
	return false, nil
}

// step writes what became of an attempt.
func (w *worker) step(ctx context.Context, is store.OutletState, refused []store.RefusedEvent) error {
	// What was sent is to be on record even if the server ends now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := w.Store.StepOutlet(ctx, w.state, is, refused); err != nil {
		return err
	}
	return nil
}

// changes tells the next changes, and says whether there were any.
func (w *worker) changes(ctx context.Context) (bool, error) {
	list, err := w.Store.Moves(ctx, w.state.Seq, batch)
	if err != nil {
		return false, err
	}
	var events []*event.Event
	from := w.state.Step
	for _, m := range list {
		more, err := w.tell.moves(ctx, m, from, batch-len(events))
		if err != nil {
			return false, fmt.Errorf("read what became of %s: %w", m.Target, err)
		}
		events, from = append(events, more...), 0
		if len(events) >= batch {
			break
		}
	}
	if len(events) == 0 {
		return false, w.well(ctx)
	}
	n, refused, failed := w.send(ctx, events)
	if n+len(refused) == 0 {
		return false, failed
	}
	is := w.taken(n, refused)
	is.Seq, is.Step = advanced(list, w.state.Seq, w.state.Step, n+len(refused))
	return true, errors.Join(w.step(ctx, is, refused), failed)
}

// advanced moves a cursor by so many moves.
func advanced(list []store.Moves, seq int64, step, by int) (int64, int) {
	for _, m := range list {
		left := max(len(m.List)-step, 0)
		if by < left {
			return seq, step + by
		}
		by -= left
		seq, step = m.Seq, 0
	}
	return seq, step
}

// well takes back an error that nothing was left to try after.
func (w *worker) well(ctx context.Context) error {
	if w.state.Error == "" {
		return nil
	}
	is := w.state
	is.Error, is.Since = "", w.Now()
	return w.step(ctx, is, nil)
}

// taken is the state after so many events were taken or passed over.
func (w *worker) taken(n int, refused []store.RefusedEvent) store.OutletState {
	is := w.state
	is.Delivered += int64(n)
	is.Refused += int64(len(refused))
	is.DeliveredAt, is.HeldUntil = w.Now(), w.Now().Add(lease)
	if is.Error != "" {
		is.Error, is.Since = "", w.Now()
	}
	return is
}

// send gives events to the outlet once. It gives how many it took from the first, and the one behind them if that was refused for good.
func (w *worker) send(ctx context.Context, events []*event.Event) (taken int, refused []store.RefusedEvent, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	n, err := w.out.Send(ctx, events)
	n = min(max(n, 0), len(events))
	refusal := (*sink.Refusal)(nil)
	switch {
	case errors.As(err, &refusal) && n < len(events):
		e := events[n]
		w.log.Error("an event was refused for good and is passed over", "event", e.ID, "finding", e.Finding.GetId(), "reason", sink.Clean(refusal.Reason))
		return n, []store.RefusedEvent{{Outlet: w.out.Name, Event: e.ID, Finding: e.Finding.GetId(), At: w.Now(), Reason: sink.Clean(refusal.Reason)}}, nil
	case err == nil && n == 0:
		err = errNothing
	}
	return n, nil, err
}
