package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// How orders end.
const (
	// OrderSettled: every target of it is accounted for.
	OrderSettled = "settled"
	// OrderLost: who had it was not heard of any more.
	OrderLost = "lost"
	// OrderExpired: the sweep's time was over.
	OrderExpired = "expired"
	// OrderCancelled: the sweep was cancelled.
	OrderCancelled = "cancelled"
)

// An Order is a part of a sweep in the hands of one agent or collector.
type Order struct {
	ID, Sweep string
	// Sender is the id of the identity that has it, Reader its name.
	Sender, Reader string
	// Made is when it was handed out, Seen when who has it was last heard, Ended when it was over; zero while it is open.
	Made, Seen, Ended time.Time
	// Why says how it ended.
	Why string
}

// An Ending is how one target of an order ended.
type Ending struct {
	Target string
	Visit  pb.VisitState
	Detail *pb.Text
	// Again is when it may be tried once more; zero for never: then it has ended.
	Again time.Time
}

const orderSelect = `SELECT id, sweep_id, sender, reader, made_at, seen_at, ended_at, why FROM orders`

func (s *Store) orders(ctx context.Context, query string, args ...any) ([]Order, error) {
	var out []Order
	err := each(ctx, s.read, func(r scanner) error {
		var o Order
		var made, seen, ended int64
		err := r.Scan(&o.ID, &o.Sweep, &o.Sender, &o.Reader, &made, &seen, &ended, &o.Why)
		o.Made, o.Seen, o.Ended = fromMS(made), fromMS(seen), fromMS(ended)
		out = append(out, o)
		return err
	}, query, args...)
	return out, err
}

// OpenOrders lists all orders that are not over.
func (s *Store) OpenOrders(ctx context.Context) ([]Order, error) {
	out, err := s.orders(ctx, orderSelect+` WHERE ended_at = 0 ORDER BY id`)
	return out, wrap("list the open orders", err)
}

// Order gives one order.
func (s *Store) Order(ctx context.Context, id string) (Order, error) {
	found, err := s.orders(ctx, orderSelect+` WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Order{}, fmt.Errorf("read order %.80s: %w", id, err)
	}
	return found[0], nil
}

// OrderTargets lists the targets of an order that have not ended.
func (s *Store) OrderTargets(ctx context.Context, order string) ([]SweepTarget, error) {
	found, err := s.sweepTargets(ctx, sweepTargetSelect+` WHERE order_id = $1 AND state = 'handed' ORDER BY target_id`, order)
	return found, wrap("list the targets of order "+order, err)
}

// waiting: of a running sweep, due, and in no open order.
const waiting = ` FROM sweep_targets t JOIN sweeps w ON w.id = t.sweep_id WHERE t.state = 'planned' AND t.due_at <= $1
	AND w.state = 'running' AND w.not_after > $1 AND NOT EXISTS (SELECT 1 FROM sweep_targets o WHERE o.target_id = t.target_id AND o.state = 'handed')`

// WaitingReaders names those for whom targets wait.
func (s *Store) WaitingReaders(ctx context.Context) ([]string, error) {
	var out []string
	err := each(ctx, s.read, func(r scanner) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT DISTINCT t.reader`+waiting, ms(s.now()))
	return out, wrap("look for targets that wait", err)
}

// Waiting lists targets that wait for a reader, by sweep, the sweep that began first first; sweeps in passed are left out.
func (s *Store) Waiting(ctx context.Context, reader string, passed []string, limit int) ([]SweepTarget, error) {
	var w where
	w.args = []any{ms(s.now())}
	w.add("t.reader = ?", reader)
	if len(passed) > 0 {
		w.add("t.sweep_id NOT IN ("+marks(len(passed))+")", anys(passed)...)
	}
	var out []SweepTarget
	err := each(ctx, s.read, func(r scanner) error {
		t := SweepTarget{Reader: reader}
		err := r.Scan(&t.Sweep, &t.Target, &t.Attempts)
		out = append(out, t)
		return err
	}, fmt.Sprintf(`SELECT t.sweep_id, t.target_id, t.attempts%s AND %s ORDER BY w.started_at, w.id, t.target_id LIMIT %d`, waiting, strings.Join(w.conditions, " AND "), limit), w.args...)
	return out, wrap("list what waits for "+reader, err)
}

// HandOut makes an order of those targets of a running sweep that wait for its reader and stand in no other open order; it may hold no
// others. Where there are none, there is no order.
func (s *Store) HandOut(ctx context.Context, o Order, targets []string) (handed []string, err error) {
	err = s.change(ctx, "hand out targets of sweep "+o.Sweep, func(tx *txn) error {
		handed = nil
		now := ms(s.now())
		err := must(tx.ExecContext(ctx, `UPDATE sweeps SET state = 'running' WHERE id = $1 AND state = 'running' AND not_after > $2`, o.Sweep, now))
		if err != nil {
			return err
		}
		for part := range slices.Chunk(slices.Sorted(slices.Values(targets)), 500) {
			got, err := s.handPart(ctx, tx, o, part, now)
			if err != nil {
				return err
			}
			handed = append(handed, got...)
		}
		if len(handed) == 0 {
			return nil
		}
		slices.Sort(handed)
		_, err = tx.ExecContext(ctx, `INSERT INTO orders (id, sweep_id, sender, reader, made_at, seen_at, ended_at, why) VALUES ($1, $2, $3, $4, $5, $5, 0, '')`,
			o.ID, o.Sweep, o.Sender, o.Reader, now)
		return err
	})
	return handed, err
}

func (s *Store) handPart(ctx context.Context, tx *txn, o Order, part []string, now int64) (handed []string, err error) {
	if s.engine.LockRows != "" {
		// Sweeps that share targets take turns, so that none is handed out twice.
		var w where
		w.in("id", anys(part))
		err := each(ctx, tx, func(r scanner) error {
			var id string
			return r.Scan(&id)
		}, `SELECT id FROM targets`+w.String()+` ORDER BY id`+s.engine.LockRows, w.args...)
		if err != nil {
			return nil, err
		}
	}
	var w where
	w.add("sweep_id = ?", o.Sweep)
	w.add("state = 'planned' AND due_at <= ? AND reader = ?", now, o.Reader)
	w.add("NOT EXISTS (SELECT 1 FROM sweep_targets o WHERE o.target_id = sweep_targets.target_id AND o.state = 'handed')")
	w.in("target_id", anys(part))
	n := len(w.args)
	query := fmt.Sprintf(`UPDATE sweep_targets SET state = 'handed', attempts = attempts + 1, order_id = $%d, sender = $%d, handed_at = $%d%s RETURNING target_id`,
		n+1, n+2, n+3, w.String())
	err = each(ctx, tx, func(r scanner) error {
		var id string
		err := r.Scan(&id)
		handed = append(handed, id)
		return err
	}, query, append(w.args, o.ID, o.Sender, now)...)
	return handed, err
}

// Heard notes that who has the orders was heard of.
func (s *Store) Heard(ctx context.Context, orders []string) error {
	if len(orders) == 0 {
		return nil
	}
	return s.change(ctx, "note who was heard", func(tx *txn) error {
		now := ms(s.now())
		for part := range slices.Chunk(slices.Sorted(slices.Values(orders)), 500) {
			var w where
			w.add("seen_at < ?", now)
			w.in("id", anys(part))
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE orders SET seen_at = $%d%s`, len(w.args)+1, w.String()), append(w.args, now)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Account notes how targets of an order ended. The first end counts; one of an order that does not have the target is passed over.
func (s *Store) Account(ctx context.Context, order string, ends []Ending) error {
	ends = slices.SortedFunc(slices.Values(ends), func(a, b Ending) int { return strings.Compare(a.Target, b.Target) })
	return s.change(ctx, "account for targets of order "+order, func(tx *txn) error {
		now := ms(s.now())
		for _, end := range ends {
			state, ended := TargetEnded, now
			if !end.Again.IsZero() {
				state, ended = TargetPlanned, 0
			}
			_, err := tx.ExecContext(ctx, `UPDATE sweep_targets SET state = $1, visit = $2, detail_zh = $3, detail_en = $4, ended_at = $5, due_at = $6
				WHERE order_id = $7 AND target_id = $8 AND state = 'handed'`,
				state, int64(end.Visit), clean(end.Detail.GetZh()), clean(end.Detail.GetEn()), ended, ms(end.Again), order, end.Target)
			if err != nil {
				return err
			}
		}
		err := endOrders(ctx, tx, now, OrderSettled, `id = $3 AND NOT EXISTS (SELECT 1 FROM sweep_targets t WHERE t.order_id = orders.id AND t.state = 'handed')`, order)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, linkWhere+`order_id = $1`, order)
		return err
	})
}

// EndWaiting ends targets of a sweep that nobody has, as the caller found out without asking anybody.
func (s *Store) EndWaiting(ctx context.Context, sweep string, ends []Ending) error {
	ends = slices.SortedFunc(slices.Values(ends), func(a, b Ending) int { return strings.Compare(a.Target, b.Target) })
	return s.change(ctx, "end targets of sweep "+sweep, func(tx *txn) error {
		for _, end := range ends {
			_, err := tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'ended', visit = $1, detail_zh = $2, detail_en = $3, ended_at = $4
				WHERE sweep_id = $5 AND target_id = $6 AND state = 'planned'`,
				int64(end.Visit), clean(end.Detail.GetZh()), clean(end.Detail.GetEn()), ms(s.now()), sweep, end.Target)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeBack takes an order from somebody who was not heard of since a time. Its targets wait again, but for those that were handed out
// so many times already: they have ended as FAILED, with the detail.
func (s *Store) TakeBack(ctx context.Context, order string, since time.Time, attempts int, detail *pb.Text) error {
	return s.change(ctx, "take order "+order+" back", func(tx *txn) error {
		now := ms(s.now())
		result, err := tx.ExecContext(ctx, `UPDATE orders SET ended_at = $1, why = $2 WHERE id = $3 AND ended_at = 0 AND seen_at < $4`, now, OrderLost, order, ms(since))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // it was heard of, or settled
		}
		_, err = tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'ended', visit = $1, detail_zh = $2, detail_en = $3, ended_at = $4
			WHERE order_id = $5 AND state = 'handed' AND attempts >= $6`,
			int64(pb.VisitState_VISIT_STATE_FAILED), clean(detail.GetZh()), clean(detail.GetEn()), now, order, int64(attempts))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'planned', order_id = '', sender = '', handed_at = 0 WHERE order_id = $1 AND state = 'handed'`, order)
		return err
	})
}

// Expire ends what has not ended of a running sweep whose time is over: those that were tried as they were last found, the others as
// TIMEOUT, with the reason.
func (s *Store) Expire(ctx context.Context, sweep string) error {
	return s.change(ctx, "expire sweep "+sweep, func(tx *txn) error {
		now := ms(s.now())
		var over int
		err := one(ctx, tx, `SELECT count(*) FROM sweeps WHERE id = $1 AND state = 'running' AND not_after <= $2`, []any{sweep, now}, &over)
		if err != nil || over == 0 {
			return err
		}
		never := checks.Say("时限之内没有代理或采集器领取", "no agent or collector took it before the sweep's time was over")
		silent := checks.Say("已下达，但时限之内没有答复", "it was handed out, and there was no answer before the sweep's time was over")
		for _, end := range []struct {
			which  string
			detail *pb.Text
		}{{`state = 'planned' AND visit = 0`, never}, {`state = 'handed'`, silent}} {
			_, err := tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'ended', visit = $1, detail_zh = $2, detail_en = $3, ended_at = $4 WHERE sweep_id = $5 AND `+end.which,
				int64(pb.VisitState_VISIT_STATE_TIMEOUT), end.detail.GetZh(), end.detail.GetEn(), now, sweep)
			if err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sweep_targets SET state = 'ended', ended_at = $1 WHERE sweep_id = $2 AND state = 'planned'`, now, sweep); err != nil {
			return err
		}
		return endOrders(ctx, tx, now, OrderExpired, `sweep_id = $3`, sweep)
	})
}

// endOrders ends the open orders that the condition, with the value as $3, picks.
func endOrders(ctx context.Context, tx *txn, now int64, why, condition string, value any) error {
	_, err := tx.ExecContext(ctx, `UPDATE orders SET ended_at = $1, why = $2 WHERE ended_at = 0 AND `+condition, now, why, value)
	return err
}

// linkWhere ties ended targets to the first snapshot that says it fulfils the order and came from who had it.
const linkWhere = `UPDATE sweep_targets SET snapshot_id = coalesce((SELECT c.snapshot_id FROM commissions c JOIN snapshots s ON s.id = c.snapshot_id
	WHERE c.order_id = sweep_targets.order_id AND c.target_id = sweep_targets.target_id AND s.sender = sweep_targets.sender
	ORDER BY s.received_at, s.id LIMIT 1), '') WHERE snapshot_id = '' AND state = 'ended' AND order_id <> '' AND `

func link(ctx context.Context, tx *txn, sweep string) error {
	_, err := tx.ExecContext(ctx, linkWhere+`sweep_id = $1`, sweep)
	return err
}

// Link ties the targets of a sweep to snapshots that came after they were accounted for. It may be called at any time.
func (s *Store) Link(ctx context.Context, sweep string) error {
	return s.change(ctx, "link sweep "+sweep, func(tx *txn) error { return link(ctx, tx, sweep) })
}

// Unlinked names the sweeps that began since a time in which snapshots of targets that were questioned have not come.
func (s *Store) Unlinked(ctx context.Context, since time.Time) ([]string, error) {
	var out []string
	err := each(ctx, s.read, func(r scanner) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT id FROM sweeps WHERE started_at >= $1 AND EXISTS (SELECT 1 FROM sweep_targets t JOIN commissions c ON c.order_id = t.order_id AND c.target_id = t.target_id
		WHERE t.sweep_id = sweeps.id AND t.state = 'ended' AND t.snapshot_id = '') ORDER BY id`, ms(since))
	return out, wrap("look for snapshots that are late", err)
}

// commission keeps which orders snapshots say they fulfil.
func commission(ctx context.Context, tx *txn, fresh []*reading) error {
	var rows [][]any
	for _, r := range fresh {
		if order := r.snapshot.GetCommission().GetOrderId(); order != "" {
			rows = append(rows, []any{order, r.target, r.id})
		}
	}
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return tx.insert(ctx, `INSERT INTO commissions (order_id, target_id, snapshot_id)`, ``, rows, nil)
}

// A Reader is an agent or a collector that is let in.
type Reader struct {
	ID, Name, Kind string
}

// Readers lists those that are let in, by name.
func (s *Store) Readers(ctx context.Context) ([]Reader, error) {
	var out []Reader
	err := each(ctx, s.read, func(r scanner) error {
		var one Reader
		err := r.Scan(&one.ID, &one.Name, &one.Kind)
		out = append(out, one)
		return err
	}, `SELECT id, name, kind FROM enrol_identities WHERE state = 'active' ORDER BY name`)
	return out, wrap("list agents and collectors", err)
}
