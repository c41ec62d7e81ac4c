package schedule

import (
	"context"
	"errors"
	"time"
)

const (
	// Grace is how much later than planned a start may be without being late.
	Grace = time.Minute
	// nap is how long at most the runner sleeps at a time: timers stand still while a machine sleeps, and clocks are set.
	nap = 30 * time.Second
	// ahead is how far in the future what was last done may lie. Beyond that it was a clock that went wrong and was put right.
	ahead = 25 * time.Hour
)

// Runner starts something by a schedule, one at a time. What came due while it could not start, because the machine slept, the
// program was down or the last one took long, is started once, however often it was missed, and not inside a freeze.
type Runner struct {
	Schedule *Schedule
	// Now is the clock, Sleep waits by it; the ordinary ones if unset.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Planned is told what is next, whenever that changes; may be nil.
	Planned func(Due)
}

// Run starts do whenever it is due, until ctx ends or do gives an error. done is At of the last that was done; zero: none ever was, so
// one is late.
func (r *Runner) Run(ctx context.Context, done time.Time, do func(context.Context, Due) error) error {
	for {
		due, err := r.wait(ctx, done)
		if err != nil {
			return err
		}
		if err := do(ctx, due); err != nil {
			return err
		}
		done = due.At
	}
}

// wait waits for what is due next after done.
func (r *Runner) wait(ctx context.Context, done time.Time) (Due, error) {
	now := r.now()
	due, err := r.plan(now, done)
	if err != nil {
		return due, err
	}
	for {
		if late := now.Sub(due.Start); late > Grace {
			// It was missed. The jitter holds here, too: a fleet that comes back at once does not scan at once.
			due = r.late(now, due)
		}
		if !due.Start.After(now) {
			if due.Late {
				due.At = now // nothing that came due meanwhile is started once more
			}
			return due, ctx.Err()
		}
		if err := r.sleep(ctx, min(due.Start.Sub(now), nap)); err != nil {
			return due, err
		}
		last := now
		if now = r.now(); now.Before(last) {
			// Set back. What is done stays done.
			if due, err = r.plan(now, done); err != nil {
				return due, err
			}
		}
	}
}

func (r *Runner) plan(now, done time.Time) (Due, error) {
	if done.After(now.Add(ahead)) {
		done = now
	}
	if done.IsZero() {
		return r.late(now, Due{At: now}), nil
	}
	due, ok := r.Schedule.Next(done)
	if !ok {
		return due, errors.New("the schedule names no further time")
	}
	if now.Sub(due.Start) > Grace {
		return r.late(now, due), nil
	}
	r.planned(due)
	return due, nil
}

func (r *Runner) late(now time.Time, missed Due) Due {
	since := missed.Since
	if !missed.Late {
		since = missed.At
	}
	due := Due{At: now, Start: r.Schedule.start(now), Late: true, Since: since}
	r.planned(due)
	return due
}

func (r *Runner) planned(d Due) {
	if r.Planned != nil {
		r.Planned(d)
	}
}

func (r *Runner) now() time.Time {
	if r.Now != nil {
		return r.Now().Round(0) // by the clock on the wall
	}
	return time.Now().Round(0)
}

func (r *Runner) sleep(ctx context.Context, d time.Duration) error {
	if r.Sleep != nil {
		return r.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
