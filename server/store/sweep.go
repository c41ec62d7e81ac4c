package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// States of a sweep.
const (
	SweepPlanned   = "planned"
	SweepRunning   = "running"
	SweepDone      = "done"
	SweepCancelled = "cancelled"
)

// States of a target in a sweep.
const (
	// TargetPlanned: nobody has it yet.
	TargetPlanned = "planned"
	// TargetHanded: it stands in an order that was handed out.
	TargetHanded = "handed"
	// TargetEnded: it is accounted for; its Visit says how.
	TargetEnded = "ended"
)

// A Sweep is one reading of a set of targets.
type Sweep struct {
	ID string
	// Schedule is empty for one that was asked for.
	Schedule string
	State    string
	// Plan is what the caller keeps of it, as JSON.
	Plan string
	// Planned is how many targets it has.
	Planned                           int64
	RequestedBy, Reason, AuthorisedBy string
	Created, Started, Ended           time.Time
	// NotAfter is when what has not ended ends as not reached; zero before it runs.
	NotAfter time.Time
	// Account says how many of its targets are in each state, and of the ended ones how they ended. It sums to Planned.
	Account SweepAccount
}

// A SweepAccount accounts for every target of a sweep.
type SweepAccount struct {
	Planned, Handed int64
	Ended           map[pb.VisitState]int64
}

// Total is the sum.
func (a SweepAccount) Total() int64 {
	sum := a.Planned + a.Handed
	for _, n := range a.Ended {
		sum += n
	}
	return sum
}

// A SweepTarget is one target of a sweep.
type SweepTarget struct {
	Sweep, Target, State string
	// Order and Sender are where it was handed to.
	Order, Sender string
	Visit         pb.VisitState
	Detail        *pb.Text
	Handed, Ended time.Time
	// Reader is the name of the agent or collector that is to read it, Attempts how often it was handed out, Due when it may be next.
	Reader   string
	Attempts int
	Due      time.Time
	// Snapshot is the one it led to; empty where none has come.
	Snapshot string
}

// A Start is how a target of a sweep begins.
type Start struct {
	Target string
	// Reader is the name of who is to read it; without one it ends at once, for the reason Unread.
	Reader string
	Unread *pb.Text
}

const sweepColumns = `id, schedule_id, state, plan, planned, requested_by, reason, authorised_by, created_at, started_at, ended_at, not_after`

// PutSweep keeps a new sweep, with those targets that are known already; StartSweep fixes them.
func (s *Store) PutSweep(ctx context.Context, by Entry, sweep Sweep, targets []string) error {
	distinct := slices.Compact(slices.Sorted(slices.Values(targets)))
	if len(distinct) != len(targets) {
		return fmt.Errorf("plan sweep %s: a target is there twice: %w", sweep.ID, ErrConflict)
	}
	return s.changeAs(ctx, by, "plan sweep "+sweep.ID, func(tx *txn) error { return s.putSweep(ctx, tx, sweep, distinct) })
}

func (s *Store) putSweep(ctx context.Context, tx *txn, sweep Sweep, targets []string) error {
	err := insertNew(ctx, tx, `INSERT INTO sweeps (`+sweepColumns+`)`, `(id)`, []any{
		sweep.ID, sweep.Schedule, SweepPlanned, sweep.Plan, int64(len(targets)), sweep.RequestedBy, sweep.Reason, sweep.AuthorisedBy,
		ms(s.now()), 0, 0, 0,
	})
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range targets {
		rows = append(rows, []any{sweep.ID, id, TargetPlanned, "", "", 0, "", "", 0, 0, ""})
	}
	return tx.insert(ctx, `INSERT INTO sweep_targets (sweep_id, target_id, state, order_id, sender, visit, detail_zh, detail_en, handed_at,
		ended_at, snapshot_id)`, ``, rows, nil)
}

// Authorise notes who authorised a sweep that has not begun.
func (s *Store) Authorise(ctx context.Context, by Entry, sweep, who string) error {
	return s.changeAs(ctx, by, "authorise sweep "+sweep, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE sweeps SET authorised_by = $1 WHERE id = $2 AND state = 'planned' AND authorised_by = ''`, who, sweep))
	})
}

// StartSweep fixes the targets of a sweep that was authorised, and lets it run until a time. Targets without a reader end at once:
// FAILED, with the reason. It gives ErrConflict where the sweep is not waiting to begin.
func (s *Store) StartSweep(ctx context.Context, by Entry, sweep string, notAfter time.Time, targets []Start) error {
	return s.changeAs(ctx, by, "start sweep "+sweep, func(tx *txn) error {
		now := ms(s.now())
		err := must(tx.ExecContext(ctx, `UPDATE sweeps SET state = 'running', started_at = $1, not_after = $2, planned = $3
			WHERE id = $4 AND state = 'planned' AND authorised_by <> ''`, now, ms(notAfter), int64(len(targets)), sweep))
		if errors.Is(err, ErrNotFound) {
			return ErrConflict
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sweep_targets WHERE sweep_id = $1`, sweep); err != nil {
			return err
		}
		var rows [][]any
		for _, t := range targets {
			state, visit, ended := TargetPlanned, pb.VisitState_VISIT_STATE_UNSPECIFIED, int64(0)
			if t.Reader == "" {
				state, visit, ended = TargetEnded, pb.VisitState_VISIT_STATE_FAILED, now
			}
			rows = append(rows, []any{sweep, t.Target, state, t.Reader, int64(visit), clean(t.Unread.GetZh()), clean(t.Unread.GetEn()), ended, "", "", 0, ""})
		}
		return tx.insert(ctx, `INSERT INTO sweep_targets (sweep_id, target_id, state, reader, visit, detail_zh, detail_en, ended_at, order_id,
			sender, handed_at, snapshot_id)`, ``, rows, nil)
	})
}

// CloseSweep ends a sweep, as done or cancelled. Targets that have not ended end so: CANCELLED, with the detail.
func (s *Store) CloseSweep(ctx context.Context, by Entry, sweep, state string, detail *pb.Text) error {
	if state != SweepDone && state != SweepCancelled {
		return fmt.Errorf("close sweep %s: %q is no end", sweep, state)
	}
	return s.changeAs(ctx, by, "close sweep "+sweep, func(tx *txn) error {
		now := ms(s.now())
		err := must(tx.ExecContext(ctx, `UPDATE sweeps SET state = $1, ended_at = $2 WHERE id = $3 AND state IN ('planned', 'running')`, state, now, sweep))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'ended', visit = $1, detail_zh = $2, detail_en = $3, ended_at = $4
			WHERE sweep_id = $5 AND state <> 'ended'`, int64(pb.VisitState_VISIT_STATE_CANCELLED), clean(detail.GetZh()), clean(detail.GetEn()), now, sweep)
		if err != nil {
			return err
		}
		if err := endOrders(ctx, tx, now, OrderCancelled, `sweep_id = $3`, sweep); err != nil {
			return err
		}
		return link(ctx, tx, sweep)
	})
}

// FinishSweep ends a running sweep as done if all its targets have ended, and says whether it did.
func (s *Store) FinishSweep(ctx context.Context, by Entry, sweep string) (bool, error) {
	err := s.changeAs(ctx, by, "finish sweep "+sweep, func(tx *txn) error {
		err := must(tx.ExecContext(ctx, `UPDATE sweeps SET state = 'done', ended_at = $1 WHERE id = $2 AND state = 'running'
			AND NOT EXISTS (SELECT 1 FROM sweep_targets t WHERE t.sweep_id = sweeps.id AND t.state <> 'ended')`, ms(s.now()), sweep))
		if err != nil {
			return err
		}
		return link(ctx, tx, sweep)
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// A SweepFilter picks sweeps; what is empty picks all.
type SweepFilter struct{ State, Schedule string }

// Sweeps lists sweeps with their accounts, the latest first.
func (s *Store) Sweeps(ctx context.Context, filter SweepFilter, page Page) (found []Sweep, next string, err error) {
	var w where
	w.is("state", filter.State)
	w.is("schedule_id", filter.Schedule)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(created_at, id) < (?, ?)", at.N, at.ID)
	}
	found, err = s.sweeps(ctx, w, page.limit()+1)
	if err != nil {
		return nil, "", wrap("list sweeps", err)
	}
	found, next = cut(found, page.limit(), func(s Sweep) place { return place{ms(s.Created), s.ID} })
	return found, next, nil
}

// Sweep gives one sweep with its account.
func (s *Store) Sweep(ctx context.Context, id string) (Sweep, error) {
	var w where
	w.add("id = ?", id)
	found, err := s.sweeps(ctx, w, 1)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Sweep{}, fmt.Errorf("read sweep %s: %w", id, err)
	}
	return found[0], nil
}

func (s *Store) sweeps(ctx context.Context, w where, limit int) ([]Sweep, error) {
	var out []Sweep
	err := each(ctx, s.read, func(r scanner) error {
		var one Sweep
		var created, started, ended, notAfter int64
		err := r.Scan(&one.ID, &one.Schedule, &one.State, &one.Plan, &one.Planned, &one.RequestedBy, &one.Reason, &one.AuthorisedBy, &created, &started, &ended, &notAfter)
		if err != nil {
			return err
		}
		one.Created, one.Started, one.Ended, one.NotAfter = fromMS(created), fromMS(started), fromMS(ended), fromMS(notAfter)
		one.Account.Ended = map[pb.VisitState]int64{}
		out = append(out, one)
		return nil
	}, fmt.Sprintf("SELECT %s FROM sweeps%s ORDER BY created_at DESC, id DESC LIMIT %d", sweepColumns, w.String(), limit), w.args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	at := map[string]*SweepAccount{}
	var ids []any
	for i := range out {
		at[out[i].ID], ids = &out[i].Account, append(ids, out[i].ID)
	}
	var of where
	of.in("sweep_id", ids)
	err = each(ctx, s.read, func(r scanner) error {
		var id, state string
		var visit pb.VisitState
		var n int64
		if err := r.Scan(&id, &state, &visit, &n); err != nil {
			return err
		}
		switch state {
		case TargetPlanned:
			at[id].Planned += n
		case TargetHanded:
			at[id].Handed += n
		default:
			at[id].Ended[visit] += n
		}
		return nil
	}, `SELECT sweep_id, state, visit, count(*) FROM sweep_targets`+of.String()+` GROUP BY sweep_id, state, visit`, of.args...)
	return out, err
}

// SweepTally counts the outcomes in the snapshots of a sweep, and its targets that have none.
func (s *Store) SweepTally(ctx context.Context, sweep string) (tally Tally, without int64, err error) {
	err = each(ctx, s.read, func(r scanner) error {
		var id string
		var status []byte
		if err := r.Scan(&id, &status); err != nil {
			return err
		}
		if id == "" {
			without++
		}
		for _, b := range status {
			o, _ := statusOf(b)
			tally.add(o, 1)
		}
		return nil
	}, `SELECT coalesce(s.id, ''), s.status FROM sweep_targets t LEFT JOIN snapshots s ON s.id = t.snapshot_id WHERE t.sweep_id = $1`, sweep)
	return tally, without, wrap("count sweep "+sweep, err)
}

const sweepTargetSelect = `SELECT sweep_id, target_id, state, order_id, sender, visit, detail_zh, detail_en, handed_at, ended_at, snapshot_id, reader, attempts, due_at FROM sweep_targets`

func (s *Store) sweepTargets(ctx context.Context, query string, args ...any) ([]SweepTarget, error) {
	var out []SweepTarget
	err := each(ctx, s.read, func(r scanner) error {
		t := SweepTarget{Detail: &pb.Text{}}
		var handed, ended, due int64
		err := r.Scan(&t.Sweep, &t.Target, &t.State, &t.Order, &t.Sender, &t.Visit, &t.Detail.Zh, &t.Detail.En, &handed, &ended, &t.Snapshot, &t.Reader, &t.Attempts, &due)
		t.Handed, t.Ended, t.Due = fromMS(handed), fromMS(ended), fromMS(due)
		out = append(out, t)
		return err
	}, query, args...)
	return out, err
}

// SweepTargets lists the targets of a sweep by id; state "" means all.
func (s *Store) SweepTargets(ctx context.Context, sweep, state string, page Page) (found []SweepTarget, next string, err error) {
	var w where
	w.add("sweep_id = ?", sweep)
	w.is("state", state)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("target_id > ?", at.ID)
	}
	found, err = s.sweepTargets(ctx, fmt.Sprintf("%s%s ORDER BY target_id LIMIT %d", sweepTargetSelect, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list the targets of sweep "+sweep, err)
	}
	found, next = cut(found, page.limit(), func(t SweepTarget) place { return place{ID: t.Target} })
	return found, next, nil
}

// Handed lists what an agent or collector was given and has not accounted for; after a restart the orders are made from it again.
func (s *Store) Handed(ctx context.Context, sender string) ([]SweepTarget, error) {
	found, err := s.sweepTargets(ctx, sweepTargetSelect+` WHERE sender = $1 AND state = 'handed' ORDER BY sweep_id, order_id, target_id`, sender)
	return found, wrap("list what "+sender+" was given", err)
}
