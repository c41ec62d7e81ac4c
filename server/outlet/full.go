package outlet

import (
	"context"
	"fmt"

	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// full tells what stands on the next targets, or ends the full state with its summary.
func (w *worker) full(ctx context.Context) error {
	// What was told of changes before is written: read it again, as it also moved the version.
	state, held, err := w.Store.HoldOutlet(ctx, w.out.Name, w.out.Kind, w.Holder, w.Now().Add(lease))
	if err != nil || !held {
		return err
	}
	w.state = state
	run := state.Full
	targets, err := w.Store.TargetStates(ctx, run.After, batch)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		run.Ended = w.Now()
		n, refused, err := w.fully(ctx, []*event.Event{summary(run, run.Ended, w.Version)})
		if err != nil {
			return err
		}
		is := w.taken(n, refused)
		is.Full = run
		return w.step(ctx, is, refused)
	}
	var events []*event.Event
	for _, t := range targets {
		more, err := w.tell.full(ctx, run, t)
		if err != nil {
			return fmt.Errorf("read what stands on %s: %w", t.Target, err)
		}
		events = append(events, more...)
		run.After = t.Target
		if len(more) > 0 {
			run.Targets++
		}
		if len(events) >= batch {
			break
		}
	}
	for _, e := range events {
		count(&run, e)
	}
	n, refused, err := w.fully(ctx, events)
	if err != nil {
		return err
	}
	is := w.taken(n, refused)
	is.Full = run
	return w.step(ctx, is, refused)
}

func count(run *store.FullRun, e *event.Event) {
	switch e.Outcome() {
	case pb.Outcome_OUTCOME_FAIL:
		run.Tally.Failed++
	case pb.Outcome_OUTCOME_UNKNOWN:
		run.Tally.Unknown++
	case pb.Outcome_OUTCOME_PASS:
		run.Tally.Passed++
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		run.Tally.Inapplicable++
	}
	if e.Waiver != nil {
		run.Waived++
	}
}

// fully sends until all were taken or refused. Those of a target that it cannot finish come again with the same ids.
func (w *worker) fully(ctx context.Context, events []*event.Event) (taken int, refused []store.RefusedEvent, err error) {
	for len(events) > 0 {
		n, no, err := w.send(ctx, events[:min(len(events), batch)])
		taken += n
		refused = append(refused, no...)
		events = events[n+len(no):]
		if err != nil {
			return taken, refused, err
		}
		if ctx.Err() != nil {
			return taken, refused, ctx.Err()
		}
	}
	return taken, refused, nil
}
