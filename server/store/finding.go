package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Finding is how one clause stands for one scope of one target now. What it expected and observed is in its snapshot.
type Finding struct {
	ID, Target                       string
	Baseline, Clause, Check, Control string
	Scope, Level                     string
	Outcome                          pb.Outcome
	Reason                           pb.Reason
	// Since is when it came to this outcome, Previous what it was before; UNSPECIFIED where this is its first.
	Since    time.Time
	Previous pb.Outcome
	// FirstSeen and LastSeen are the snapshots' times.
	FirstSeen, LastSeen time.Time
	// ChangedAt is when it came to this outcome, went or came back.
	ChangedAt time.Time
	// GoneAt is when a snapshot that was to hold it did not; zero while it stands.
	GoneAt time.Time
	// Present: it is in the newest snapshot of its target.
	Present bool
	// Snapshot is the newest that holds it or, where it is not present, the one in which it last changed.
	Snapshot string
	// Zone of its target.
	Zone string
	// Waiver is the id of a waiver in force that covers it, empty where there is none. It stands beside the outcome and is only there
	// while the finding fails or is unknown: what is met needs no exception.
	Waiver string
}

const findingColumns = `id, target_id, baseline, clause, check_id, control, scope, level, outcome, reason, since, previous,
	first_seen, last_seen, changed_at, gone_at, present, snapshot_id`

func (f *Finding) row() []any {
	present := 0
	if f.Present {
		present = 1
	}
	return []any{
		f.ID, f.Target, f.Baseline, f.Clause, f.Check, f.Control, f.Scope, f.Level, int64(f.Outcome), int64(f.Reason), ms(f.Since),
		int64(f.Previous), ms(f.FirstSeen), ms(f.LastSeen), ms(f.ChangedAt), ms(f.GoneAt), present, f.Snapshot,
	}
}

// scan reads the columns of a finding and whatever more was selected.
func (f *Finding) scan(r scanner, more ...any) error {
	var since, first, last, changed, gone, present int64
	err := r.Scan(append([]any{
		&f.ID, &f.Target, &f.Baseline, &f.Clause, &f.Check, &f.Control, &f.Scope, &f.Level, &f.Outcome, &f.Reason, &since,
		&f.Previous, &first, &last, &changed, &gone, &present, &f.Snapshot,
	}, more...)...)
	f.Since, f.FirstSeen, f.LastSeen = fromMS(since), fromMS(first), fromMS(last)
	f.ChangedAt, f.GoneAt, f.Present = fromMS(changed), fromMS(gone), present != 0
	return err
}

func newFinding(id string, e *entry, r *reading) *Finding {
	p, at := e.finding, fromMS(r.at)
	return &Finding{
		ID: id, Target: r.target, Baseline: p.GetBaseline(), Clause: p.GetClause(), Check: p.GetCheck(), Control: p.GetControl(),
		Scope: p.GetScope(), Level: p.GetLevel(), Outcome: e.outcome, Reason: e.reason, Since: at, FirstSeen: at, LastSeen: at,
		ChangedAt: at, Present: true, Snapshot: r.id,
	}
}

// turn brings the finding to what a newer reading says.
func (f *Finding) turn(e *entry, r *reading) {
	at := fromMS(r.at)
	if f.Outcome != e.outcome {
		f.Previous, f.Since, f.ChangedAt = f.Outcome, at, at
	}
	if !f.GoneAt.IsZero() {
		f.ChangedAt, f.GoneAt = at, time.Time{}
	}
	f.Outcome, f.Reason, f.Control, f.Level = e.outcome, e.reason, e.finding.GetControl(), e.finding.GetLevel()
	f.LastSeen, f.Present, f.Snapshot = at, true, r.id
}

// A FindingFilter picks findings; what is empty picks all.
type FindingFilter struct {
	Target, Baseline, Clause, Check, Control, Zone string
	Outcomes                                       []pb.Outcome
	// Gone picks those that are gone besides those that stand.
	Gone bool
	// Waived picks those that a waiver in force covers, or those that none does; nil picks both.
	Waived *bool
}

func (f FindingFilter) where(now time.Time) where {
	var w where
	w.is("f.target_id", f.Target)
	w.is("f.baseline", f.Baseline)
	w.is("f.clause", f.Clause)
	w.is("f.check_id", f.Check)
	w.is("f.control", f.Control)
	w.is("t.zone", f.Zone)
	if len(f.Outcomes) > 0 {
		w.in("f.outcome", anys(f.Outcomes))
	}
	if !f.Gone {
		w.add("f.gone_at = 0")
	}
	if f.Waived != nil {
		not := "NOT "
		if *f.Waived {
			not = ""
		}
		w.add(not + "EXISTS (SELECT 1 " + covering(now) + ")")
	}
	return w
}

func findingSelect(now time.Time) string {
	return `SELECT f.id, f.target_id, f.baseline, f.clause, f.check_id, f.control, f.scope, f.level, f.outcome, f.reason,
	f.since, f.previous, f.first_seen, f.last_seen, f.changed_at, f.gone_at, f.present, f.snapshot_id, t.zone, t.at, t.snapshot_id,
	coalesce((SELECT w.id ` + covering(now) + ` ORDER BY w.until_at DESC, w.id LIMIT 1), '')
	FROM findings f JOIN target_states t ON t.target_id = f.target_id`
}

func (s *Store) findings(ctx context.Context, query string, args ...any) ([]Finding, error) {
	var out []Finding
	err := each(ctx, s.read, func(r scanner) error {
		f, err := scanFinding(r)
		out = append(out, f)
		return err
	}, query, args...)
	return out, err
}

// scanFinding reads a row of findingSelect.
func scanFinding(r scanner) (Finding, error) {
	var f Finding
	var at int64
	var newest string
	err := f.scan(r, &f.Zone, &at, &newest, &f.Waiver)
	if f.Present {
		f.LastSeen, f.Snapshot = fromMS(at), newest
	}
	return f, err
}

// Findings lists current findings by id; next is the After of the next page, empty at the end.
func (s *Store) Findings(ctx context.Context, filter FindingFilter, page Page) (found []Finding, next string, err error) {
	now := s.now()
	w := filter.where(now)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("f.id > ?", at.ID)
	}
	found, err = s.findings(ctx, fmt.Sprintf("%s%s ORDER BY f.id LIMIT %d", findingSelect(now), w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list findings", err)
	}
	found, next = cut(found, page.limit(), func(f Finding) place { return place{ID: f.ID} })
	return found, next, nil
}

// EachFinding gives the current findings that the filter picks, target by target. An error of use ends it.
func (s *Store) EachFinding(ctx context.Context, filter FindingFilter, use func(Finding) error) error {
	now := s.now()
	w := filter.where(now)
	var failed error
	err := each(ctx, s.read, func(r scanner) error {
		f, err := scanFinding(r)
		if err == nil {
			failed = use(f)
			err = failed
		}
		return err
	}, findingSelect(now)+w.String()+` ORDER BY f.target_id, f.id`, w.args...)
	if failed != nil {
		return failed
	}
	return wrap("read the findings", err)
}

// Changed lists what came to another outcome, went or came back since a time, the latest first; the gone among them.
func (s *Store) Changed(ctx context.Context, since time.Time, filter FindingFilter, page Page) (found []Finding, next string, err error) {
	filter.Gone = true
	now := s.now()
	w := filter.where(now)
	w.add("f.changed_at >= ?", ms(since))
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(f.changed_at, f.id) < (?, ?)", at.N, at.ID)
	}
	found, err = s.findings(ctx, fmt.Sprintf("%s%s ORDER BY f.changed_at DESC, f.id DESC LIMIT %d", findingSelect(now), w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list changed findings", err)
	}
	found, next = cut(found, page.limit(), func(f Finding) place { return place{ms(f.ChangedAt), f.ID} })
	return found, next, nil
}

// Finding gives one finding, gone or not.
func (s *Store) Finding(ctx context.Context, id string) (Finding, error) {
	found, err := s.findings(ctx, findingSelect(s.now())+` WHERE f.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Finding{}, fmt.Errorf("read finding %s: %w", id, err)
	}
	return found[0], nil
}

// wrap says what was being done, where something failed.
func wrap(what string, err error) error {
	if err == nil || errors.Is(err, errCursor) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
