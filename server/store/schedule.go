package store

import (
	"context"
	"errors"
	"time"
)

// A Schedule says when sweeps begin. What its words mean is the caller's.
type Schedule struct {
	ID, Name string
	// Cron is a cron line, Zone the time zone it is read in.
	Cron, Zone string
	// Jitter is how much later a start may be; Freezes, as JSON, when nothing starts.
	Jitter  time.Duration
	Freezes string
	// Plan is what the sweep is to be, as JSON.
	Plan    string
	Enabled bool
	// ChangedBy is who wrote it as it is, ApprovedBy who approved that; it fires only while somebody did.
	ChangedBy, ApprovedBy string
	// Last is when it fired, Next when it is due; zero for never.
	Last, Next, Updated time.Time
}

// PutSchedule adds a schedule or changes the one with the id; when it last fired stays. It waits for an approval from then on.
func (s *Store) PutSchedule(ctx context.Context, by Entry, c Schedule) error {
	return s.changeAs(ctx, by, "write schedule "+c.ID, func(tx *txn) error {
		return tx.insert(ctx, `INSERT INTO schedules (id, name, cron, zone, jitter, freezes, plan, enabled, changed_by, approved_by, last_at, next_at, updated_at)`,
			`ON CONFLICT (id) DO UPDATE SET name = excluded.name, cron = excluded.cron, zone = excluded.zone, jitter = excluded.jitter,
			freezes = excluded.freezes, plan = excluded.plan, enabled = excluded.enabled, changed_by = excluded.changed_by,
			approved_by = '', next_at = 0, updated_at = excluded.updated_at`,
			[][]any{{c.ID, c.Name, c.Cron, c.Zone, c.Jitter.Milliseconds(), c.Freezes, c.Plan, flag(c.Enabled), c.ChangedBy, "", 0, 0, ms(s.now())}}, nil)
	})
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ApproveSchedule notes who approved a schedule as it was read, and when it is due first. Whoever wrote it cannot; it gives ErrConflict
// then, and where it was changed meanwhile or is approved already.
func (s *Store) ApproveSchedule(ctx context.Context, by Entry, read Schedule, who string, next time.Time) error {
	err := s.changeAs(ctx, by, "approve schedule "+read.ID, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE schedules SET approved_by = $1, next_at = $2 WHERE id = $3 AND approved_by = '' AND changed_by <> $1 AND changed_by = $4
			AND updated_at = $5 AND plan = $6 AND cron = $7 AND zone = $8 AND freezes = $9`,
			who, ms(next), read.ID, read.ChangedBy, ms(read.Updated), read.Plan, read.Cron, read.Zone, read.Freezes))
	})
	if errors.Is(err, ErrNotFound) {
		return wrap("approve schedule "+read.ID, ErrConflict)
	}
	return err
}

// EnableSchedule lets a schedule fire, next at a time, or not.
func (s *Store) EnableSchedule(ctx context.Context, by Entry, id string, enabled bool, next time.Time) error {
	return s.changeAs(ctx, by, "enable schedule "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE schedules SET enabled = $1, next_at = $2 WHERE id = $3`, flag(enabled), ms(next), id))
	})
}

// RemoveSchedule ends a schedule; its sweeps stay.
func (s *Store) RemoveSchedule(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "remove schedule "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `DELETE FROM schedules WHERE id = $1`, id))
	})
}

// Fire takes a due time for the caller, sets the next one and plans the sweep, if there is one, all at once. It says false where another
// server took it, or the schedule was changed since the caller read it.
func (s *Store) Fire(ctx context.Context, by Entry, id string, due, next time.Time, sweep *Sweep) (bool, error) {
	err := s.changeAs(ctx, by, "fire schedule "+id, func(tx *txn) error {
		err := must(tx.ExecContext(ctx, `UPDATE schedules SET last_at = $1, next_at = $2 WHERE id = $3 AND next_at = $1 AND enabled = 1 AND approved_by <> ''`, ms(due), ms(next), id))
		if err != nil || sweep == nil {
			return err
		}
		return s.putSweep(ctx, tx, *sweep, nil)
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

const scheduleSelect = `SELECT id, name, cron, zone, jitter, freezes, plan, enabled, changed_by, approved_by, last_at, next_at, updated_at FROM schedules`

// Schedules lists all by name.
func (s *Store) Schedules(ctx context.Context) ([]Schedule, error) {
	var out []Schedule
	err := each(ctx, s.read, func(r scanner) error {
		var c Schedule
		var jitter, enabled, last, next, updated int64
		err := r.Scan(&c.ID, &c.Name, &c.Cron, &c.Zone, &jitter, &c.Freezes, &c.Plan, &enabled, &c.ChangedBy, &c.ApprovedBy, &last, &next, &updated)
		c.Jitter, c.Enabled = time.Duration(jitter)*time.Millisecond, enabled != 0
		c.Last, c.Next, c.Updated = fromMS(last), fromMS(next), fromMS(updated)
		out = append(out, c)
		return err
	}, scheduleSelect+` ORDER BY name, id`)
	return out, wrap("list schedules", err)
}
