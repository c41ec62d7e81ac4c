package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MinRetention is the least that a rule may keep: what auditors ask for is half a year.
const MinRetention = 183 * 24 * time.Hour

// A Retention is a rule for how long the bodies of snapshots are kept. Of a removed one remain its key, times, digest and outcomes,
// with the rule's name. The newest snapshots of a target are never removed, nor is anything of the audit log.
type Retention struct {
	// Name stands on the tombstones.
	Name string
	// Keep is how long after it was received a body is kept; at least MinRetention.
	Keep time.Duration
	// Zone is whose targets the rule is for; AllZones for all.
	Zone string
}

func (r Retention) good() bool { return r.Name != "" && r.Zone != "" && r.Keep >= MinRetention }

// old are the snapshots s, with the states t of their targets, that a rule no longer keeps.
const old = `snapshots s JOIN target_states t ON t.target_id = s.target_id
	WHERE s.removed_at = 0 AND s.received_at < $1 AND s.at < $1 AND ($2 = '*' OR t.zone = $2) AND s.id <> t.snapshot_id AND s.id <> t.read_id`

// Retainable says how many bodies the rule would remove now.
func (s *Store) Retainable(ctx context.Context, rule Retention) (int64, error) {
	if !rule.good() {
		return 0, errRetention
	}
	var n int64
	err := one(ctx, s.read, `SELECT count(*) FROM `+old, []any{ms(s.now().Add(-rule.Keep)), rule.Zone}, &n)
	return n, wrap("count old snapshots", err)
}

var errRetention = errors.New("a retention rule needs a name, a zone, and keeps for at least 183 days")

// How many bodies go in one transaction.
const retainBatch = 500

// Retain removes what the rule no longer keeps, and says how many bodies went. What it did is in the audit log.
func (s *Store) Retain(ctx context.Context, by Entry, rule Retention) (int64, error) {
	if !rule.good() {
		return 0, errRetention
	}
	now := s.now()
	by.Detail = fmt.Sprintf(`{"rule":%q,"keep_days":%d,"before":%q}`, rule.Name, int(rule.Keep.Hours()/24), now.Add(-rule.Keep).UTC().Format(time.RFC3339))
	var removed int64
	for {
		var n int64
		what := func(tx *txn) error {
			result, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE snapshots SET body = NULL, removed_at = $3, removed_by = $4 WHERE id IN (
				SELECT s.id FROM %s ORDER BY s.at LIMIT %d)`, old, retainBatch), ms(now.Add(-rule.Keep)), rule.Zone, ms(now), rule.Name)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		}
		// The first batch carries the entry: nothing goes before it is on record that something goes.
		var err error
		if removed == 0 {
			err = s.changeAs(ctx, by, "remove old snapshots", what)
		} else {
			err = s.change(ctx, "remove old snapshots", what)
		}
		if err != nil {
			return removed, err
		}
		removed += n
		if n < retainBatch {
			return removed, nil
		}
	}
}
