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
	// Plan is what the sweep is to be, as JSON.
	Plan    string
	Enabled bool
	// Last is when it fired, Next when it is due; zero for never.
	Last, Next, Updated time.Time
}

// PutSchedule adds a schedule or changes the one with the id; when it last fired stays.
func (s *Store) PutSchedule(ctx context.Context, by Entry, c Schedule) error {
	enabled := 0
	if c.Enabled {
		enabled = 1
	}
	return s.changeAs(ctx, by, "write schedule "+c.ID, func(tx *txn) error {
		return tx.insert(ctx, `INSERT INTO schedules (id, name, cron, zone, plan, enabled, last_at, next_at, updated_at)`,
			`ON CONFLICT (id) DO UPDATE SET name = excluded.name, cron = excluded.cron, zone = excluded.zone, plan = excluded.plan,
			enabled = excluded.enabled, next_at = excluded.next_at, updated_at = excluded.updated_at`,
			[][]any{{c.ID, c.Name, c.Cron, c.Zone, c.Plan, enabled, 0, ms(c.Next), ms(s.now())}}, nil)
	})
}

// RemoveSchedule ends a schedule; its sweeps stay.
func (s *Store) RemoveSchedule(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "remove schedule "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `DELETE FROM schedules WHERE id = $1`, id))
	})
}

// Fire takes a due time for the caller and sets the next one. It says false where another server took it, or the schedule was
// changed since the caller read it.
func (s *Store) Fire(ctx context.Context, id string, due, next time.Time) (bool, error) {
	err := s.change(ctx, "fire schedule "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE schedules SET last_at = $1, next_at = $2 WHERE id = $3 AND next_at = $1 AND enabled = 1`, ms(due), ms(next), id))
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Schedules lists all by name.
func (s *Store) Schedules(ctx context.Context) ([]Schedule, error) {
	var out []Schedule
	err := each(ctx, s.read, func(r scanner) error {
		var c Schedule
		var enabled, last, next, updated int64
		if err := r.Scan(&c.ID, &c.Name, &c.Cron, &c.Zone, &c.Plan, &enabled, &last, &next, &updated); err != nil {
			return err
		}
		c.Enabled, c.Last, c.Next, c.Updated = enabled != 0, fromMS(last), fromMS(next), fromMS(updated)
		out = append(out, c)
		return nil
	}, `SELECT id, name, cron, zone, plan, enabled, last_at, next_at, updated_at FROM schedules ORDER BY name, id`)
	return out, wrap("list schedules", err)
}
