package outlet

import (
	"context"
	"errors"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// teller makes events of what the store holds.
type teller struct {
	store Store
	// opened is the snapshot that was opened last: a long list of moves is told in several goes.
	opened   *pb.Snapshot
	openedID string
}

var kindOf = map[store.MoveKind]event.Kind{
	store.MoveNew: event.New, store.MoveChanged: event.Changed, store.MoveGone: event.Gone, store.MoveBack: event.Back,
}

// moves gives the events of a snapshot's moves from one on, at most so many.
func (t *teller) moves(ctx context.Context, m store.Moves, from, most int) ([]*event.Event, error) {
	list := m.List[min(from, len(m.List)):]
	list = list[:min(len(list), most)]
	rows, err := t.rows(ctx, m.Target, true)
	if err != nil {
		return nil, err
	}
	after, err := t.open(ctx, m.Snapshot)
	if err != nil {
		return nil, err
	}
	target, err := t.target(ctx, m.Target, after)
	if err != nil {
		return nil, err
	}
	at := m.At
	if taken := after.GetFinishedAt(); taken != nil && taken.AsTime().Before(at) {
		at = taken.AsTime()
	}
	now := store.ByID(after)
	var before map[string]*pb.Finding
	var out []*event.Event
	for _, move := range list {
		row := rows[move.Finding]
		e := &event.Event{
			ID: event.ID(string(kindOf[move.Kind]), m.Snapshot, move.Finding), Kind: kindOf[move.Kind], At: at, Target: target, Finding: now[move.Finding],
			Previous: move.From, FirstSeen: row.FirstSeen, LastSeen: at, Since: at, Snapshot: m.Snapshot, Program: after.GetProgramVersion(),
		}
		switch move.Kind {
		case store.MoveGone:
			if before == nil {
				old, err := t.read(ctx, m.Before)
				if err != nil {
					return nil, err
				}
				before = store.ByID(old)
			}
			e.Finding, e.LastSeen, e.Since = before[move.Finding], time.Time{}, time.Time{}
			if !row.GoneAt.IsZero() {
				e.LastSeen = row.LastSeen
			}
		case store.MoveBack:
			if move.From == move.To {
				e.Since = row.Since
			}
		}
		if e.Finding == nil {
			e.Finding = fromRow(move.Finding, row, move.To)
		}
		out = append(out, e)
	}
	return out, t.waive(ctx, out, rows)
}

// full gives the events of all that stands on a target.
func (t *teller) full(ctx context.Context, run store.FullRun, state store.TargetState) ([]*event.Event, error) {
	rows, err := t.rows(ctx, state.Target, false)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	newest, err := t.open(ctx, state.Snapshot)
	if err != nil {
		return nil, err
	}
	target, err := t.target(ctx, state.Target, newest)
	if err != nil {
		return nil, err
	}
	snapshots := map[string]*pb.Snapshot{state.Snapshot: newest}
	held := map[string]map[string]*pb.Finding{}
	var out []*event.Event
	for _, row := range rows {
		if held[row.Snapshot] == nil {
			if snapshots[row.Snapshot] == nil {
				if snapshots[row.Snapshot], err = t.read(ctx, row.Snapshot); err != nil {
					return nil, err
				}
			}
			held[row.Snapshot] = store.ByID(snapshots[row.Snapshot])
		}
		e := &event.Event{
			ID: event.ID(string(event.Full), run.ID, row.ID), Kind: event.Full, At: run.Asked, Target: target, Finding: held[row.Snapshot][row.ID],
			Previous: row.Previous, FirstSeen: row.FirstSeen, LastSeen: row.LastSeen, Since: row.Since, Snapshot: row.Snapshot,
			Program: snapshots[row.Snapshot].GetProgramVersion(), Run: run.ID,
		}
		// The row is what stands: the snapshot only says more about it.
		if e.Finding.GetOutcome() != row.Outcome {
			e.Finding = fromRow(row.ID, row, row.Outcome)
		}
		out = append(out, e)
	}
	return out, t.waive(ctx, out, rows)
}

// summary is the record that ends a full state.
func summary(run store.FullRun, at time.Time, version string) *event.Event {
	n := run.Tally
	return &event.Event{
		ID: event.ID(string(event.Summary), run.ID), Kind: event.Summary, At: at, Run: run.ID, Program: version, Counts: &event.Counts{
			Findings: n.Total(), Targets: run.Targets, Fail: n.Failed, Unknown: n.Unknown, Pass: n.Passed, NotApplicable: n.Inapplicable, Waived: run.Waived,
		},
	}
}

// waive puts beside each event the waiver that covers the finding, where it still stands as the event says.
func (t *teller) waive(ctx context.Context, events []*event.Event, rows map[string]store.Finding) error {
	known := map[string]*event.Waiver{}
	for _, e := range events {
		row := rows[e.Finding.GetId()]
		if row.Waiver == "" || row.Outcome != e.Outcome() {
			continue
		}
		if known[row.Waiver] == nil {
			w, err := t.store.Waiver(ctx, row.Waiver)
			if err != nil {
				return err
			}
			known[row.Waiver] = &event.Waiver{
				ID: w.GetId(), Reason: w.GetReason(), RequestedBy: w.GetRequestedBy(), ApprovedBy: w.GetDecidedBy(),
				From: w.GetFrom().AsTime(), Until: w.GetUntil().AsTime(),
			}
		}
		e.Waiver = known[row.Waiver]
	}
	return nil
}

// rows are the target's findings by id.
func (t *teller) rows(ctx context.Context, target string, gone bool) (map[string]store.Finding, error) {
	rows := map[string]store.Finding{}
	for page := (store.Page{Limit: 1000}); ; {
		found, next, err := t.store.Findings(ctx, store.FindingFilter{Target: target, Gone: gone}, page)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			rows[f.ID] = f
		}
		if next == "" {
			return rows, nil
		}
		page.After = next
	}
}

// target is what the inventory says of it, or else what it says of itself.
func (t *teller) target(ctx context.Context, id string, s *pb.Snapshot) (*pb.Target, error) {
	listed, err := t.store.Target(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if own := s.GetTarget(); own.GetId() == id {
			return own, nil
		}
		return &pb.Target{Id: id}, nil
	case err != nil:
		return nil, err
	}
	out := &pb.Target{Id: id, Address: listed.Address, Driver: listed.Driver, Zone: listed.Zone, Role: listed.Role}
	if out.Driver == "" {
		out.Driver = s.GetTarget().GetDriver()
	}
	return out, nil
}

// open keeps the snapshot at hand for the next call.
func (t *teller) open(ctx context.Context, id string) (*pb.Snapshot, error) {
	if t.openedID == id && t.opened != nil {
		return t.opened, nil
	}
	s, err := t.read(ctx, id)
	if err == nil {
		t.opened, t.openedID = s, id
	}
	return s, err
}

// read gives nil of a snapshot that is not there, was removed or is damaged: what its row says is told all the same.
func (t *teller) read(ctx context.Context, id string) (*pb.Snapshot, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	body, err := t.store.Body(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrRemoved), errors.Is(err, store.ErrDamaged):
		return nil, nil //nolint:nilnil // there is none any more
	case err != nil:
		return nil, err
	}
	s, err := store.OpenBody(body)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // it cannot be read, and never will be
	}
	return s, nil
}

func fromRow(id string, row store.Finding, outcome pb.Outcome) *pb.Finding {
	return &pb.Finding{
		Id: id, TargetId: row.Target, Baseline: row.Baseline, Clause: row.Clause, Check: row.Check, Control: row.Control, Scope: row.Scope,
		Level: row.Level, Outcome: outcome, ReasonCode: row.Reason,
	}
}
