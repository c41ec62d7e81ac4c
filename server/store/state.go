package store

import (
	"context"
	"fmt"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A TargetState is where a target stands.
type TargetState struct {
	Target, Zone string
	// Listed: it is in the inventory. Others only reported by themselves.
	Listed bool
	// At, Snapshot and Visit are those of its newest snapshot; zero where there is none.
	At       time.Time
	Snapshot string
	Visit    pb.VisitState
	// ReadAt and ReadSnapshot are those of the newest for which it was questioned.
	ReadAt       time.Time
	ReadSnapshot string
	Tally        Tally
}

const stateSelect = `SELECT target_id, zone, listed, at, snapshot_id, visit, read_at, read_id, failed, unknown, passed, inapplicable
	FROM target_states`

func (s *Store) states(ctx context.Context, query string, args ...any) ([]TargetState, error) {
	var out []TargetState
	err := each(ctx, s.read, func(r scanner) error {
		var t TargetState
		var listed, at, read int64
		err := r.Scan(&t.Target, &t.Zone, &listed, &at, &t.Snapshot, &t.Visit, &read, &t.ReadSnapshot, &t.Tally.Failed, &t.Tally.Unknown,
			&t.Tally.Passed, &t.Tally.Inapplicable)
		if err != nil {
			return err
		}
		t.Listed, t.At, t.ReadAt = listed != 0, fromMS(at), fromMS(read)
		out = append(out, t)
		return nil
	}, query, args...)
	return out, err
}

// State says where one target stands.
func (s *Store) State(ctx context.Context, target string) (TargetState, error) {
	found, err := s.states(ctx, stateSelect+` WHERE target_id = $1`, target)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TargetState{}, fmt.Errorf("read where %s stands: %w", target, err)
	}
	return found[0], nil
}

// TargetStates lists where targets stand, by id behind one.
func (s *Store) TargetStates(ctx context.Context, after string, limit int) ([]TargetState, error) {
	found, err := s.states(ctx, fmt.Sprintf("%s WHERE target_id > $1 ORDER BY target_id LIMIT %d", stateSelect, Page{Limit: limit}.limit()), after)
	return found, wrap("list where targets stand", err)
}

// Worst lists targets, those with the most failures first, of them those with the most unknown.
func (s *Store) Worst(ctx context.Context, zone string, limit int) ([]TargetState, error) {
	var w where
	if zone != AllZones {
		w.add("zone = ?", zone)
	}
	found, err := s.states(ctx, fmt.Sprintf("%s%s ORDER BY failed DESC, unknown DESC, target_id DESC LIMIT %d", stateSelect, w.String(), Page{Limit: limit}.limit()), w.args...)
	return found, wrap("list the worst targets", err)
}

// Stale lists targets of the inventory that were not questioned since a time, those never questioned first; their ReadAt is zero.
func (s *Store) Stale(ctx context.Context, since time.Time, page Page) (found []TargetState, next string, err error) {
	var w where
	w.add("listed = 1")
	w.add("read_at < ?", ms(since))
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(read_at, target_id) > (?, ?)", at.N, at.ID)
	}
	found, err = s.states(ctx, fmt.Sprintf("%s%s ORDER BY read_at, target_id LIMIT %d", stateSelect, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list stale targets", err)
	}
	found, next = cut(found, page.limit(), func(t TargetState) place { return place{ms(t.ReadAt), t.Target} })
	return found, next, nil
}
