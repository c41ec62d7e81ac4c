package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// ErrFourEyes says that somebody was to decide on what he asked for, or to confirm what he stated, himself.
var ErrFourEyes = errors.New("whoever asked for it cannot decide on it")

// covering is the one place that says which waivers cover the finding f of a target that stands as t: those in force whose scope it is
// in, while it fails or is unknown.
func covering(now time.Time) string {
	at := ms(now)
	return fmt.Sprintf(`FROM waivers w WHERE w.state = %d AND w.from_at <= %d AND %d < w.until_at AND f.gone_at = 0 AND f.outcome IN (%d, %d)
	AND (w.finding_id = f.id OR w.clause = f.clause OR w.check_id = f.check_id OR (w.finding_id = '' AND w.clause = '' AND w.check_id = ''))
	AND w.finding_id IN ('', f.id) AND w.target_id IN ('', f.target_id) AND w.zone IN ('', t.zone)
	AND w.baseline IN ('', f.baseline) AND w.clause IN ('', f.clause) AND w.check_id IN ('', f.check_id)
	AND (w.role = '' OR w.role = (SELECT g.role FROM targets g WHERE g.id = f.target_id))
	AND (w.label_name = '' OR EXISTS (SELECT 1 FROM target_labels l WHERE l.target_id = f.target_id AND l.name = w.label_name AND l.value = w.label_value))`,
		pb.WaiverState_WAIVER_STATE_APPROVED, at, at, pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN)
}

const waiverColumns = `id, finding_id, target_id, zone, role, label_name, label_value, baseline, clause, check_id, reason, requested_by, requested_at,
	from_at, until_at, time_zone, remind_days, state, decided_by, decided_at, decision, withdrawn_by, withdrawn_at`

// PutWaiver keeps a new request; who asks is the entry's actor, and it is asked for now.
func (s *Store) PutWaiver(ctx context.Context, by Entry, w *pb.Waiver) error {
	c := w.GetScope()
	for _, word := range []string{w.GetId(), c.GetFindingId(), c.GetTargetId(), c.GetZone(), c.GetRole(), c.GetLabelName(), c.GetLabelValue(), c.GetBaseline(), c.GetClause(), c.GetCheck(), w.GetTimeZone(), by.Actor} {
		if len(word) > maxWord || !fits(word) {
			return fmt.Errorf("keep waiver %.40q: %.40q is too long or holds a zero byte", w.GetId(), word)
		}
	}
	return s.changeAs(ctx, by, "keep waiver "+w.GetId(), func(tx *txn) error {
		return insertNew(ctx, tx, `INSERT INTO waivers (`+waiverColumns+`)`, `(id)`, []any{
			w.GetId(), c.GetFindingId(), c.GetTargetId(), c.GetZone(), c.GetRole(), c.GetLabelName(), c.GetLabelValue(), c.GetBaseline(), c.GetClause(),
			c.GetCheck(), clean(w.GetReason()), clean(by.Actor), ms(s.now()), msOf(w.GetFrom()), msOf(w.GetUntil()), w.GetTimeZone(),
			int64(w.GetRemindDays()), int64(pb.WaiverState_WAIVER_STATE_REQUESTED), "", 0, "", "", 0,
		})
	})
}

// DecideWaiver approves or rejects a request before its end has come; who decides is the entry's actor.
func (s *Store) DecideWaiver(ctx context.Context, by Entry, id string, state pb.WaiverState, decision string) error {
	if state != pb.WaiverState_WAIVER_STATE_APPROVED && state != pb.WaiverState_WAIVER_STATE_REJECTED {
		return fmt.Errorf("decide on waiver %s: %s is no decision", id, state)
	}
	return s.changeAs(ctx, by, "decide on waiver "+id, func(tx *txn) error {
		who, now := clean(by.Actor), ms(s.now())
		changed := must(tx.ExecContext(ctx, `UPDATE waivers SET state = $1, decided_by = $2, decided_at = $3, decision = $4
			WHERE id = $5 AND state = 1 AND requested_by <> $2 AND until_at > $3`, int64(state), who, now, clean(decision), id))
		return unchanged(ctx, tx, changed, `SELECT requested_by FROM waivers WHERE id = $1`, id, who)
	})
}

// WithdrawWaiver ends a waiver, or a request for one.
func (s *Store) WithdrawWaiver(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "withdraw waiver "+id, func(tx *txn) error {
		changed := must(tx.ExecContext(ctx, `UPDATE waivers SET state = 4, withdrawn_by = $1, withdrawn_at = $2 WHERE id = $3 AND state IN (1, 2) AND until_at > $2`,
			clean(by.Actor), ms(s.now()), id))
		return unchanged(ctx, tx, changed, `SELECT requested_by FROM waivers WHERE id = $1`, id, "")
	})
}

// unchanged says why a row was not changed: it is not there, who acts is the one whom the query names, or it is in another state.
func unchanged(ctx context.Context, tx *txn, changed error, query, id, who string) error {
	if !errors.Is(changed, ErrNotFound) {
		return changed
	}
	var first string
	if err := one(ctx, tx, query, []any{id}, &first); err != nil {
		return err
	}
	if first == who {
		return ErrFourEyes
	}
	return ErrConflict
}

// A WaiverFilter picks waivers; what is empty picks all.
type WaiverFilter struct {
	// State is as it is now: of what has come to its end, EXPIRED.
	State pb.WaiverState
	// Target, Baseline and Clause are those that the scope names.
	Target, Baseline, Clause string
	// Due picks those in force of which somebody is to be reminded now.
	Due bool
}

// Waivers lists waivers, the latest request first.
func (s *Store) Waivers(ctx context.Context, filter WaiverFilter, page Page) (found []*pb.Waiver, next string, err error) {
	now := ms(s.now())
	var w where
	switch filter.State {
	case pb.WaiverState_WAIVER_STATE_UNSPECIFIED:
	case pb.WaiverState_WAIVER_STATE_EXPIRED:
		w.add("state IN (1, 2) AND until_at <= ?", now)
	case pb.WaiverState_WAIVER_STATE_REQUESTED, pb.WaiverState_WAIVER_STATE_APPROVED:
		w.add("state = ? AND until_at > ?", int64(filter.State), now)
	default:
		w.add("state = ?", int64(filter.State))
	}
	w.is("target_id", filter.Target)
	w.is("baseline", filter.Baseline)
	w.is("clause", filter.Clause)
	if filter.Due {
		w.add("state = 2 AND from_at <= ? AND until_at > ? AND until_at - remind_days * ? <= ?", now, now, int64(msPerDay), now)
	}
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(requested_at, id) < (?, ?)", at.N, at.ID)
	}
	found, err = s.waivers(ctx, fmt.Sprintf("SELECT %s FROM waivers%s ORDER BY requested_at DESC, id DESC LIMIT %d", waiverColumns, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list waivers", err)
	}
	found, next = cut(found, page.limit(), func(w *pb.Waiver) place { return place{msOf(w.GetRequestedAt()), w.GetId()} })
	return found, next, nil
}

// Waiver gives one waiver.
func (s *Store) Waiver(ctx context.Context, id string) (*pb.Waiver, error) {
	found, err := s.waivers(ctx, `SELECT `+waiverColumns+` FROM waivers WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read waiver %s: %w", id, err)
	}
	return found[0], nil
}

func (s *Store) waivers(ctx context.Context, query string, args ...any) ([]*pb.Waiver, error) {
	var out []*pb.Waiver
	now := s.now()
	err := each(ctx, s.read, func(r scanner) error {
		c := &pb.WaiverScope{}
		w := &pb.Waiver{Scope: c}
		var requested, from, until, decided, withdrawn int64
		err := r.Scan(&w.Id, &c.FindingId, &c.TargetId, &c.Zone, &c.Role, &c.LabelName, &c.LabelValue, &c.Baseline, &c.Clause, &c.Check, &w.Reason,
			&w.RequestedBy, &requested, &from, &until, &w.TimeZone, &w.RemindDays, &w.State, &w.DecidedBy, &decided, &w.Decision, &w.WithdrawnBy, &withdrawn)
		w.RequestedAt, w.From, w.Until, w.DecidedAt, w.WithdrawnAt = stamp(requested), stamp(from), stamp(until), stamp(decided), stamp(withdrawn)
		open := w.State == pb.WaiverState_WAIVER_STATE_REQUESTED || w.State == pb.WaiverState_WAIVER_STATE_APPROVED
		if open && ms(now) >= until {
			w.State = pb.WaiverState_WAIVER_STATE_EXPIRED
		}
		out = append(out, w)
		return err
	}, query, args...)
	return out, err
}

// stamp is a stored time as messages have it, nil for never.
func stamp(at int64) *timestamppb.Timestamp {
	if at == 0 {
		return nil
	}
	return timestamppb.New(fromMS(at))
}

func msOf(t *timestamppb.Timestamp) int64 {
	if t == nil {
		return 0
	}
	return ms(t.AsTime())
}
