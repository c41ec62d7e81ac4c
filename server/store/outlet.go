package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// An OutletState is how far an outlet has come with telling what becomes of findings.
type OutletState struct {
	// Name is the operator's, Kind that of the sink.
	Name, Kind string
	Made       time.Time
	// Seq and Step are its cursor: all Moves up to Seq, and as many of the next as Step says.
	Seq  int64
	Step int
	// Behind is how many Moves wait.
	Behind int64
	// Delivered and Refused count events since it was made, Failed attempts.
	Delivered, Refused, Failed int64
	// Error is why the last attempt failed; empty where it did not. Since is since when it is so.
	Error string
	Since time.Time
	// DeliveredAt is when it last took something.
	DeliveredAt time.Time
	// Full is the full state that was asked for last.
	Full FullRun
	// Holder is the server that serves it, until HeldUntil.
	Holder    string
	HeldUntil time.Time
	version   int64
}

// A FullRun is one telling of all findings that stand.
type FullRun struct {
	ID string `json:"id,omitempty"`
	// Asked is when it was, Ended when all were taken; zero before.
	Asked time.Time `json:"asked,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
	// After is the target up to which it has come.
	After string `json:"after,omitempty"`
	Tally Tally  `json:"tally"`
	// Waived are how many of those in Tally are waived.
	Waived  int64 `json:"waived"`
	Targets int64 `json:"targets"`
}

// Open says whether there is something left to tell.
func (f FullRun) Open() bool { return f.ID != "" && f.Ended.IsZero() }

// A RefusedEvent was passed over because the outlet will never take it.
type RefusedEvent struct {
	Outlet, Event, Finding string
	At                     time.Time
	Reason                 string
}

const outletColumns = `name, kind, made_at, seq, step, delivered, refused, failed, error, since, delivered_at, full_run, version, holder, held_until`

func (o *OutletState) scan(r scanner, more ...any) error {
	var made, since, delivered, until int64
	var full string
	err := r.Scan(append([]any{&o.Name, &o.Kind, &made, &o.Seq, &o.Step, &o.Delivered, &o.Refused, &o.Failed, &o.Error, &since, &delivered,
		&full, &o.version, &o.Holder, &until}, more...)...)
	if err != nil {
		return err
	}
	o.Made, o.Since, o.DeliveredAt, o.HeldUntil = fromMS(made), fromMS(since), fromMS(delivered), fromMS(until)
	return json.Unmarshal([]byte(full), &o.Full)
}

// OutletStates lists all by name.
func (s *Store) OutletStates(ctx context.Context) ([]OutletState, error) {
	var out []OutletState
	err := each(ctx, s.read, func(r scanner) error {
		var o OutletState
		err := o.scan(r, &o.Behind)
		out = append(out, o)
		return err
	}, `SELECT `+outletColumns+`, (SELECT count(*) FROM changes c WHERE c.seq > o.seq) FROM outlet_states o ORDER BY name`)
	return out, wrap("list the outlets", err)
}

// HoldOutlet takes an outlet for a server, or keeps it, until a time; it says false where another server has it. One that is new
// begins with what happens from now on.
func (s *Store) HoldOutlet(ctx context.Context, name, kind, holder string, until time.Time) (o OutletState, held bool, err error) {
	now := ms(s.now())
	err = s.change(ctx, "take outlet "+name, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO outlet_states (`+outletColumns+`)
			SELECT $1, $2, $3, coalesce(max(seq), 0), 0, 0, 0, 0, '', $3, 0, '{}', 0, '', 0 FROM feeds WHERE true ON CONFLICT (name) DO NOTHING`, name, kind, now)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE outlet_states SET kind = $2, holder = $3, held_until = $4
			WHERE name = $1 AND (holder = $3 OR held_until <= $5)`, name, kind, holder, ms(until), now)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if held = n > 0; err != nil || !held {
			return err
		}
		o = OutletState{}
		return each(ctx, tx, func(r scanner) error { return o.scan(r) }, `SELECT `+outletColumns+` FROM outlet_states WHERE name = $1`, name)
	})
	return o, held, err
}

// StepOutlet writes what became of an attempt, with the events that were refused, where the holder still has the outlet and
// nobody wrote to it since it was read; else it gives ErrConflict and writes nothing.
func (s *Store) StepOutlet(ctx context.Context, was, is OutletState, refused []RefusedEvent) error {
	full, err := json.Marshal(is.Full)
	if err != nil {
		return fmt.Errorf("write how far outlet %s is: %w", is.Name, err)
	}
	return s.change(ctx, "write how far outlet "+is.Name+" is", func(tx *txn) error {
		err := must(tx.ExecContext(ctx, `UPDATE outlet_states SET seq = $1, step = $2, delivered = $3, refused = $4, failed = $5, error = $6, since = $7,
			delivered_at = $8, full_run = $9, held_until = $10, version = version + 1 WHERE name = $11 AND holder = $12 AND version = $13`,
			is.Seq, is.Step, is.Delivered, is.Refused, is.Failed, clean(is.Error), ms(is.Since), ms(is.DeliveredAt), string(full), ms(is.HeldUntil),
			was.Name, was.Holder, was.version))
		if errors.Is(err, ErrNotFound) {
			return ErrConflict
		}
		if err != nil {
			return err
		}
		var rows [][]any
		for _, r := range refused {
			rows = append(rows, []any{is.Name, r.Event, r.Finding, ms(r.At), clean(r.Reason)})
		}
		return tx.insert(ctx, `INSERT INTO outlet_refusals (outlet, event_id, finding_id, at, reason)`, `ON CONFLICT (outlet, event_id) DO NOTHING`, rows, nil)
	})
}

// ResendOutlet sets an outlet back to what was committed since a time, as far as that is still kept, and says how many Moves wait then.
func (s *Store) ResendOutlet(ctx context.Context, by Entry, name string, since time.Time) (behind int64, err error) {
	err = s.changeAs(ctx, by, "set outlet "+name+" back", func(tx *txn) error {
		err := must(tx.ExecContext(ctx, `UPDATE outlet_states SET version = version + 1, step = 0, seq = coalesce((SELECT min(c.seq) - 1 FROM changes c WHERE c.at >= $2), outlet_states.seq)
			WHERE name = $1`, name, ms(since)))
		if err != nil {
			return err
		}
		return one(ctx, tx, `SELECT count(*) FROM changes c WHERE c.seq > (SELECT o.seq FROM outlet_states o WHERE o.name = $1)`, []any{name}, &behind)
	})
	return behind, err
}

// AskFull asks an outlet to tell all that stands. While it is at it already, that is ErrConflict.
func (s *Store) AskFull(ctx context.Context, by Entry, name, run string) error {
	return s.changeAs(ctx, by, "ask outlet "+name+" for the full state", func(tx *txn) error {
		var o OutletState
		found := false
		err := each(ctx, tx, func(r scanner) error { found = true; return o.scan(r) },
			`SELECT `+outletColumns+` FROM outlet_states WHERE name = $1`+s.engine.LockRows, name)
		switch {
		case err != nil:
			return err
		case !found:
			return ErrNotFound
		case o.Full.Open():
			return ErrConflict
		}
		text, err := json.Marshal(FullRun{ID: run, Asked: s.now().UTC().Truncate(time.Millisecond)})
		if err != nil {
			return err
		}
		return must(tx.ExecContext(ctx, `UPDATE outlet_states SET version = version + 1, full_run = $2 WHERE name = $1`, name, string(text)))
	})
}

// OutletRefusals lists the events that an outlet was passed over with, the latest first.
func (s *Store) OutletRefusals(ctx context.Context, name string, page Page) (found []RefusedEvent, next string, err error) {
	var w where
	w.add("outlet = ?", name)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(at, event_id) < (?, ?)", at.N, at.ID)
	}
	err = each(ctx, s.read, func(r scanner) error {
		var e RefusedEvent
		var at int64
		err := r.Scan(&e.Outlet, &e.Event, &e.Finding, &at, &e.Reason)
		e.At = fromMS(at)
		found = append(found, e)
		return err
	}, fmt.Sprintf("SELECT outlet, event_id, finding_id, at, reason FROM outlet_refusals%s ORDER BY at DESC, event_id DESC LIMIT %d", w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list what outlet "+name+" refused", err)
	}
	found, next = cut(found, page.limit(), func(e RefusedEvent) place { return place{ms(e.At), e.Event} })
	return found, next, nil
}
