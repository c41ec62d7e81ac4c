package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
)

// Check looks for what may never be: counts that are not those of the findings, targets that do not stand where their newest
// snapshot says, bodies that are not those delivered, sweeps that do not sum up. It gives what it found, in words for operators, and
// reads the whole store; deep opens every body besides.
func (s *Store) Check(ctx context.Context, deep bool) ([]string, error) {
	var found []string
	note := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, look := range []func(context.Context, func(string, ...any)) error{s.checkCounts, s.checkTargets, s.checkSweeps, s.checkKeys} {
		if err := look(ctx, note); err != nil {
			return found, fmt.Errorf("check the store: %w", err)
		}
	}
	if deep {
		if err := s.checkBodies(ctx, note); err != nil {
			return found, fmt.Errorf("check the store: %w", err)
		}
	}
	if _, err := s.Verify(ctx); err != nil {
		note("%v", err)
	}
	return found, nil
}

func (s *Store) checkCounts(ctx context.Context, note func(string, ...any)) error {
	var target, zone string
	findings := map[string]*Finding{}
	counted := deltas{}
	flush := func() { counted.add(zone, tally(findings), 1); clear(findings) }
	err := each(ctx, s.read, func(r scanner) error {
		f := &Finding{}
		if err := f.scan(r, &f.Zone); err != nil {
			return err
		}
		if f.Target != target {
			flush()
			target, zone = f.Target, f.Zone
		}
		findings[f.ID] = f
		return nil
	}, `SELECT f.id, f.target_id, f.baseline, f.clause, f.check_id, f.control, f.scope, f.level, f.outcome, f.reason, f.since, f.previous,
		f.first_seen, f.last_seen, f.changed_at, f.gone_at, f.present, f.snapshot_id, t.zone
		FROM findings f JOIN target_states t ON t.target_id = f.target_id WHERE f.gone_at = 0 ORDER BY f.target_id`)
	if err != nil {
		return err
	}
	flush()
	maps.DeleteFunc(counted, func(_ rollupKey, c count) bool { return c == count{} })
	for table, query := range map[string]string{
		"rollups":     `SELECT zone, baseline, clause, outcome, findings, targets FROM rollups WHERE findings <> 0 OR targets <> 0`,
		"rollup_days": `SELECT zone, baseline, clause, outcome, CAST(sum(findings) AS BIGINT), CAST(sum(targets) AS BIGINT) FROM rollup_days GROUP BY zone, baseline, clause, outcome HAVING sum(findings) <> 0 OR sum(targets) <> 0`,
	} {
		kept := deltas{}
		err := each(ctx, s.read, func(r scanner) error {
			var k rollupKey
			var c count
			if err := r.Scan(&k.zone, &k.baseline, &k.clause, &k.outcome, &c.findings, &c.targets); err != nil {
				return err
			}
			kept[k] = c
			return nil
		}, query)
		if err != nil {
			return err
		}
		if !maps.Equal(kept, counted) {
			note("%s: the counts are not those of the findings", table)
		}
	}
	return nil
}

func (s *Store) checkTargets(ctx context.Context, note func(string, ...any)) error {
	for what, query := range map[string]string{
		"the target's counts are not those of its findings": `SELECT t.target_id FROM target_states t LEFT JOIN
			(SELECT target_id, sum(CASE WHEN outcome = 2 THEN 1 ELSE 0 END) AS failed, sum(CASE WHEN outcome = 3 THEN 1 ELSE 0 END) AS unknown,
			sum(CASE WHEN outcome = 1 THEN 1 ELSE 0 END) AS passed, sum(CASE WHEN outcome = 4 THEN 1 ELSE 0 END) AS inapplicable
			FROM findings WHERE gone_at = 0 GROUP BY target_id) f ON f.target_id = t.target_id
			WHERE t.failed <> coalesce(f.failed, 0) OR t.unknown <> coalesce(f.unknown, 0) OR t.passed <> coalesce(f.passed, 0)
			OR t.inapplicable <> coalesce(f.inapplicable, 0)`,
		"its newest snapshot is not there": `SELECT t.target_id FROM target_states t LEFT JOIN snapshots s ON s.id = t.snapshot_id
			WHERE t.snapshot_id <> '' AND (s.id IS NULL OR s.target_id <> t.target_id OR s.status <> t.status OR s.shape <> t.shape)`,
		"a snapshot has no shape or no baselines": `SELECT DISTINCT s.target_id FROM snapshots s LEFT JOIN shapes h ON h.digest = s.shape
			LEFT JOIN baseline_sets b ON b.digest = s.baselines WHERE h.digest IS NULL OR b.digest IS NULL OR length(h.ids) <> 16 * length(s.status)`,
		"a snapshot has no state": `SELECT DISTINCT s.target_id FROM snapshots s LEFT JOIN target_states t ON t.target_id = s.target_id
			WHERE t.target_id IS NULL OR t.snapshot_id = ''`,
		"it is in the inventory and has no state": `SELECT i.id FROM targets i LEFT JOIN target_states t ON t.target_id = i.id
			WHERE t.target_id IS NULL OR t.listed <> 1 OR t.zone <> i.zone`,
	} {
		err := each(ctx, s.read, func(r scanner) error {
			var target string
			err := r.Scan(&target)
			note("target %s: %s", target, what)
			return err
		}, query)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkSweeps(ctx context.Context, note func(string, ...any)) error {
	return each(ctx, s.read, func(r scanner) error {
		var id string
		var planned, there int64
		err := r.Scan(&id, &planned, &there)
		note("sweep %s: it planned %d targets and accounts for %d", id, planned, there)
		return err
	}, `SELECT s.id, s.planned, count(t.target_id) FROM sweeps s LEFT JOIN sweep_targets t ON t.sweep_id = s.id GROUP BY s.id, s.planned
		HAVING count(t.target_id) <> s.planned`)
}

// checkKeys sees to it that ids are the keys they are made of, and that no delivery is both a snapshot and a refusal.
func (s *Store) checkKeys(ctx context.Context, note func(string, ...any)) error {
	for _, table := range []string{"snapshots", "refusals"} {
		err := each(ctx, s.read, func(r scanner) error {
			var id, sender string
			var epoch, sequence int64
			if err := r.Scan(&id, &sender, &epoch, &sequence); err != nil {
				return err
			}
			if id != deliveryID(sender, uint64(epoch), uint64(sequence)) {
				note("%s: %s is not the id of its key", table, id)
			}
			return nil
		}, `SELECT id, sender, epoch, sequence FROM `+table)
		if err != nil {
			return err
		}
	}
	return each(ctx, s.read, func(r scanner) error {
		var id string
		err := r.Scan(&id)
		note("delivery %s is both a snapshot and a refusal", id)
		return err
	}, `SELECT s.id FROM snapshots s JOIN refusals r ON r.id = s.id`)
}

// checkBodies opens every body and compares it with what is kept of it.
func (s *Store) checkBodies(ctx context.Context, note func(string, ...any)) error {
	return each(ctx, s.read, func(r scanner) error {
		var id string
		var status, shape, sum, body []byte
		if err := r.Scan(&id, &status, &shape, &sum, &body); err != nil {
			return err
		}
		if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
			note("snapshot %s: the body is not the one delivered", id)
			return nil
		}
		snapshot, err := OpenBody(body)
		if err != nil {
			note("snapshot %s: %v", id, err)
			return nil
		}
		again := &reading{target: snapshot.GetTarget().GetId(), snapshot: snapshot}
		if refusal := again.findings(); refusal != nil || !bytes.Equal(again.status, status) || !bytes.Equal(again.shape, shape) {
			note("snapshot %s: what is kept of it is not what it says", id)
		}
		return nil
	}, `SELECT id, status, shape, sha256, body FROM snapshots WHERE removed_at = 0`)
}
