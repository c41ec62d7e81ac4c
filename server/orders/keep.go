package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/server/store"
)

const (
	// Silence is how long who has an order may not be heard of before it is taken back.
	Silence = 3 * time.Minute
	// handings is how often a target is handed out to readers that fall silent.
	handings = 2
	// late is for how long snapshots of a sweep are waited for: a reader's spool holds them while the server cannot be reached.
	late = 14 * 24 * time.Hour
)

// Keep moves sweeps on: it starts those that were authorised, takes orders back from readers that fell silent, ends what ran out of
// time, finishes what has ended and ties snapshots to it that came late.
func (s *Service) Keep(ctx context.Context) error {
	var errs []error
	note := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	note("start sweeps", s.eachSweep(ctx, store.SweepPlanned, s.start))
	note("take orders back", s.takeBack(ctx))
	note("end sweeps", s.eachSweep(ctx, store.SweepRunning, s.end))
	note("look for late snapshots", s.linkLate(ctx))
	return errors.Join(errs...)
}

// eachSweep does something with every sweep in a state. One that fails does not hold up the others.
func (s *Service) eachSweep(ctx context.Context, state string, do func(context.Context, store.Sweep) error) error {
	var errs []error
	err := each(func(page store.Page) ([]store.Sweep, string, error) {
		return s.c.Store.Sweeps(ctx, store.SweepFilter{State: state}, page)
	}, func(one store.Sweep) error {
		if err := do(ctx, one); err != nil {
			errs = append(errs, fmt.Errorf("sweep %s: %w", one.ID, err))
		}
		return ctx.Err()
	})
	return errors.Join(append(errs, err)...)
}

func (s *Service) start(ctx context.Context, sweep store.Sweep) error {
	if sweep.AuthorisedBy == "" {
		return nil
	}
	plan, err := ReadPlan(sweep.Plan)
	if err != nil {
		return s.abandon(ctx, sweep, "sweep.unreadable", err.Error())
	}
	until, err := plan.until(s.c.Now())
	if err != nil {
		return s.abandon(ctx, sweep, "sweep.unreadable", err.Error())
	}
	targets, err := choose(ctx, s.c.Store, plan)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return s.abandon(ctx, sweep, "sweep.empty", "no target of the inventory is chosen by its plan")
	}
	by := store.Entry{Actor: server, Action: "sweep.start", Object: sweep.ID, Detail: object(map[string]any{"targets": len(targets), "not_after": until.UTC()})}
	err = s.c.Store.StartSweep(ctx, by, sweep.ID, until, targets)
	if errors.Is(err, store.ErrConflict) {
		return nil // another server did, or it was cancelled
	}
	return err
}

// abandon ends a sweep that cannot begin, and puts on record why.
func (s *Service) abandon(ctx context.Context, sweep store.Sweep, action, why string) error {
	by := store.Entry{Actor: server, Action: action, Object: sweep.ID, Outcome: "refused", Detail: object(map[string]any{"reason": why})}
	err := s.c.Store.CloseSweep(ctx, by, sweep.ID, store.SweepCancelled, checks.Say("无法开始：%s", "it could not begin: %s", why))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (s *Service) takeBack(ctx context.Context) error {
	open, err := s.c.Store.OpenOrders(ctx)
	if err != nil {
		return err
	}
	since := s.c.Now().Add(-Silence)
	for _, o := range open {
		if !o.Seen.Before(since) {
			continue
		}
		s.c.Log.Warn("an order is taken back: who has it is silent", "order", o.ID, "sweep", o.Sweep, "reader", o.Reader, "heard", o.Seen)
		why := checks.Say("%s 领取后失联，已达重试上限", "%s took it and fell silent, as often as it is handed out", o.Reader)
		if err := s.c.Store.TakeBack(ctx, o.ID, since, handings, why); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) end(ctx context.Context, sweep store.Sweep) error {
	if !s.c.Now().Before(sweep.NotAfter) {
		if err := s.c.Store.Expire(ctx, sweep.ID); err != nil {
			return err
		}
	} else if sweep.Account.Planned+sweep.Account.Handed > 0 {
		return nil
	}
	done, err := s.c.Store.FinishSweep(ctx, store.Entry{Actor: server, Action: "sweep.done", Object: sweep.ID}, sweep.ID)
	if done {
		s.c.Log.Info("a sweep is done", "sweep", sweep.ID, "schedule", sweep.Schedule, "targets", sweep.Planned)
	}
	return err
}

func (s *Service) linkLate(ctx context.Context) error {
	sweeps, err := s.c.Store.Unlinked(ctx, s.c.Now().Add(-late))
	if err != nil {
		return err
	}
	for _, id := range sweeps {
		if err := s.c.Store.Link(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// object is what an entry of the audit log says more.
func object(of map[string]any) string {
	b, err := json.Marshal(of)
	if err != nil {
		return ""
	}
	return string(b)
}
