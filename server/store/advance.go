package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// state is a row of target_states.
type state struct {
	target, zone                          string
	listed                                int64
	snapshot, sender                      string
	epoch, sequence, at, visit            int64
	baselines, shape, status              []byte
	readAt                                int64
	readID                                string
	failed, unknown, passed, inapplicable int64

	// findings are the rows of the target that were loaded; whole says that they are all.
	findings map[string]*Finding
	whole    bool
	// dirty are those to be written.
	dirty map[string]*Finding
	// moves are what became of them by the reading at hand.
	moves [][moveSize]byte
}

const stateColumns = `target_id, zone, listed, snapshot_id, sender, epoch, sequence, at, visit, baselines, shape, status,
	read_at, read_id, failed, unknown, passed, inapplicable`

func (t *state) scan(r scanner) error {
	return r.Scan(&t.target, &t.zone, &t.listed, &t.snapshot, &t.sender, &t.epoch, &t.sequence, &t.at, &t.visit, &t.baselines,
		&t.shape, &t.status, &t.readAt, &t.readID, &t.failed, &t.unknown, &t.passed, &t.inapplicable)
}

func (t *state) row() []any {
	return []any{
		t.target, t.zone, t.listed, t.snapshot, t.sender, t.epoch, t.sequence, t.at, t.visit, orEmpty(t.baselines),
		orEmpty(t.shape), orEmpty(t.status), t.readAt, t.readID, t.failed, t.unknown, t.passed, t.inapplicable,
	}
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (t *state) missed() bool { return missed(pb.VisitState(t.visit)) }

// missed says whether a visit ended without the target having been questioned. Where there was no visit, the program ran on it.
func missed(v pb.VisitState) bool {
	return v != pb.VisitState_VISIT_STATE_UNSPECIFIED && v != pb.VisitState_VISIT_STATE_QUESTIONED
}

// newer says whether a reading tells more than what is known. Deliveries of one spool are in the order they were taken, whatever
// the sender's clock did; others are told by the clock, and where it says the same, by their names, so that every order of arrival
// comes to the same end.
func (t *state) newer(r *reading) bool {
	if t.snapshot == "" {
		return true
	}
	if t.sender == r.delivery.Sender && t.epoch == int64(r.delivery.Epoch) {
		return int64(r.delivery.Sequence) > t.sequence
	}
	return cmp.Or(cmp.Compare(r.at, t.at), strings.Compare(r.id, t.snapshot)) > 0
}

// lockStates gives the states of the targets, locked until the transaction ends; those that have none get one.
func (s *Store) lockStates(ctx context.Context, tx *txn, zones map[string]string) (map[string]*state, error) {
	states := map[string]*state{}
	load := func(targets []string) error {
		for part := range slices.Chunk(targets, 500) {
			var w where
			w.in("target_id", anys(part))
			err := each(ctx, tx, func(r scanner) error {
				t := &state{}
				if err := t.scan(r); err != nil {
					return err
				}
				states[t.target] = t
				return nil
			}, `SELECT `+stateColumns+` FROM target_states`+w.String()+` ORDER BY target_id`+s.engine.LockRows, w.args...)
			if err != nil {
				return err
			}
		}
		return nil
	}
	wanted := slices.Sorted(maps.Keys(zones))
	if err := load(wanted); err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(wanted, func(id string) bool { return states[id] != nil })
	if len(missing) == 0 {
		return states, nil
	}
	var rows [][]any
	for _, id := range missing {
		rows = append(rows, (&state{target: id, zone: zoneName(zones[id])}).row())
	}
	err := tx.insert(ctx, `INSERT INTO target_states (`+stateColumns+`)`, `ON CONFLICT (target_id) DO NOTHING`, rows, nil)
	if err != nil {
		return nil, err
	}
	return states, load(missing)
}

// advance brings targets, current findings and counts to what fresh snapshots say.
func (s *Store) advance(ctx context.Context, tx *txn, fresh []*reading) error {
	if len(fresh) == 0 {
		return nil
	}
	zones := map[string]string{}
	for _, r := range fresh {
		zones[r.target] = r.zone
	}
	states, err := s.lockStates(ctx, tx, zones)
	if err != nil {
		return fmt.Errorf("lock the targets: %w", err)
	}
	sets, shapes := map[string]string{}, map[string][]byte{}
	moved := deltas{}
	var moves [][]any
	now := ms(s.now())
	for _, r := range fresh {
		t := states[r.target]
		// The newest of a target mostly shares its set and shape, which are then there.
		if !bytes.Equal(t.baselines, r.set) {
			sets[string(r.set)] = r.list
		}
		if !bytes.Equal(t.shape, r.shape) {
			shapes[string(r.shape)] = r.ids
		}
		if !t.newer(r) {
			continue
		}
		before := t.snapshot
		if err := s.renew(ctx, tx, t, r, moved); err != nil {
			return fmt.Errorf("bring %s up to date: %w", r.target, err)
		}
		if packed := t.moved(); len(packed) > 0 {
			moves = append(moves, []any{0, now, r.target, r.id, before, packed})
		}
	}
	if err := insertSets(ctx, tx, sets, shapes); err != nil {
		return fmt.Errorf("keep what snapshots share: %w", err)
	}
	if err := writeStates(ctx, tx, states); err != nil {
		return fmt.Errorf("write the targets: %w", err)
	}
	if err := moved.write(ctx, tx, day(fresh[0].delivery.Received)); err != nil {
		return fmt.Errorf("write the counts: %w", err)
	}
	if err := writeMoves(ctx, tx, moves); err != nil {
		return fmt.Errorf("write what became of findings: %w", err)
	}
	return nil
}

// renew makes a newer reading the state of its target.
func (s *Store) renew(ctx context.Context, tx *txn, t *state, r *reading, moved deltas) error {
	rezoned := t.listed == 0 && t.zone != zoneName(r.zone)
	alike := t.snapshot != "" && !rezoned && t.missed() == r.missed && bytes.Equal(t.baselines, r.set) && bytes.Equal(t.shape, r.shape)
	switch {
	case alike && bytes.Equal(t.status, r.status):
	case alike && !r.missed:
		if err := t.turn(ctx, tx, r, moved); err != nil {
			return err
		}
	default:
		if err := t.load(ctx, tx); err != nil {
			return err
		}
		moved.add(t.zone, tally(t.findings), -1)
		if t.listed == 0 {
			t.zone = zoneName(r.zone)
		}
		if err := t.merge(r); err != nil {
			return err
		}
		moved.add(t.zone, tally(t.findings), 1)
		t.count()
	}
	t.snapshot, t.sender, t.epoch, t.sequence = r.id, r.delivery.Sender, int64(r.delivery.Epoch), int64(r.delivery.Sequence)
	t.at, t.visit = r.at, int64(r.snapshot.GetVisit().GetState())
	t.baselines, t.shape, t.status = r.set, r.shape, r.status
	if !r.missed {
		t.readAt, t.readID = r.at, r.id
	}
	return nil
}

// turn brings findings to what a reading says that holds the same findings as the one before, as most do. Of the baselines it was
// judged by no others stand, so the rows that did not change are not needed: what they count is in the two rows of status bytes.
func (t *state) turn(ctx context.Context, tx *txn, r *reading, moved deltas) error {
	var changed []int
	var missing []any
	t.begin()
	for i := range r.entries {
		if r.status[i] == t.status[i] {
			continue
		}
		changed = append(changed, i)
		if id := hexID(r.entries[i].id); t.findings[id] == nil {
			missing = append(missing, id)
		}
	}
	for part := range slices.Chunk(missing, 500) {
		var w where
		w.in("id", part)
		if err := t.read(ctx, tx, w); err != nil {
			return err
		}
	}
	clauses := map[clauseKey]bool{}
	for _, i := range changed {
		e := &r.entries[i]
		f := t.findings[hexID(e.id)]
		if f == nil {
			return fmt.Errorf("finding %s is not there", hexID(e.id))
		}
		clauses[clauseKey{f.Baseline, f.Clause, 0}] = true
		*t.counter(f.Outcome)--
		if err := t.step(f, e, r); err != nil {
			return err
		}
		*t.counter(f.Outcome)++
		t.dirty[f.ID] = f
	}
	before, after := tallying{}, tallying{}
	for i := range r.entries {
		k := clauseKey{r.entries[i].finding.GetBaseline(), r.entries[i].finding.GetClause(), 0}
		if clauses[k] {
			old, _ := statusOf(t.status[i])
			before.add(k.baseline, k.clause, old)
			after.add(k.baseline, k.clause, r.entries[i].outcome)
		}
	}
	moved.add(t.zone, before.counts(), -1)
	moved.add(t.zone, after.counts(), 1)
	return nil
}

// counter is where the target counts findings of the outcome.
func (t *state) counter(o pb.Outcome) *int64 {
	switch o {
	case pb.Outcome_OUTCOME_FAIL:
		return &t.failed
	case pb.Outcome_OUTCOME_UNKNOWN:
		return &t.unknown
	case pb.Outcome_OUTCOME_PASS:
		return &t.passed
	}
	return &t.inapplicable
}

// step brings one finding to what the reading says, and notes what became of it.
func (t *state) step(f *Finding, e *entry, r *reading) error {
	was, gone := f.Outcome, !f.GoneAt.IsZero()
	f.turn(e, r)
	switch {
	case gone:
		return t.move(f.ID, MoveBack, was, f.Outcome)
	case was != f.Outcome:
		return t.move(f.ID, MoveChanged, was, f.Outcome)
	}
	return nil
}

// merge brings the findings of the target to what the reading says.
func (t *state) merge(r *reading) error {
	seen := make(map[string]bool, len(r.entries))
	for i := range r.entries {
		e := &r.entries[i]
		id := hexID(e.id)
		seen[id] = true
		f := t.findings[id]
		switch {
		case f == nil:
			t.findings[id] = newFinding(id, e, r)
			if err := t.move(id, MoveNew, pb.Outcome_OUTCOME_UNSPECIFIED, e.outcome); err != nil {
				return err
			}
		case !f.Present || f.Outcome != e.outcome || f.Reason != e.reason:
			if err := t.step(f, e, r); err != nil {
				return err
			}
		default:
			continue
		}
		t.dirty[id] = t.findings[id]
	}
	for id, f := range t.findings {
		if seen[id] {
			continue
		}
		if f.Present {
			f.Present, f.LastSeen = false, fromMS(t.at)
			t.dirty[id] = f
		}
		// Who was not reached has lost nothing, and what was not judged this time is not gone either.
		if f.GoneAt.IsZero() && !r.missed && r.judged[f.Baseline] {
			f.GoneAt, f.ChangedAt, f.Snapshot = fromMS(r.at), fromMS(r.at), r.id
			t.dirty[id] = f
			if err := t.move(id, MoveGone, f.Outcome, pb.Outcome_OUTCOME_UNSPECIFIED); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin makes room for findings.
func (t *state) begin() {
	if t.findings == nil {
		t.findings, t.dirty = map[string]*Finding{}, map[string]*Finding{}
	}
}

// load reads all findings of the target.
func (t *state) load(ctx context.Context, tx *txn) error {
	t.begin()
	if t.whole || t.snapshot == "" {
		t.whole = true
		return nil
	}
	t.whole = true
	var w where
	w.add("target_id = ?", t.target)
	return t.read(ctx, tx, w)
}

// read reads findings; those that were read before may have changed since and stay as they are.
func (t *state) read(ctx context.Context, tx *txn, w where) error {
	return each(ctx, tx, func(r scanner) error {
		f := &Finding{}
		if err := f.scan(r); err != nil {
			return err
		}
		if t.findings[f.ID] == nil {
			t.findings[f.ID] = f
		}
		return nil
	}, `SELECT `+findingColumns+` FROM findings`+w.String(), w.args...)
}

// count sums the findings up for the target.
func (t *state) count() {
	t.failed, t.unknown, t.passed, t.inapplicable = 0, 0, 0, 0
	for _, f := range t.findings {
		if f.GoneAt.IsZero() {
			*t.counter(f.Outcome)++
		}
	}
}

func insertSets(ctx context.Context, tx *txn, sets map[string]string, shapes map[string][]byte) error {
	var rows [][]any
	for _, digest := range slices.Sorted(maps.Keys(sets)) {
		rows = append(rows, []any{[]byte(digest), sets[digest]})
	}
	err := tx.insert(ctx, `INSERT INTO baseline_sets (digest, list)`, `ON CONFLICT (digest) DO NOTHING`, rows, nil)
	if err != nil {
		return err
	}
	rows = nil
	for _, digest := range slices.Sorted(maps.Keys(shapes)) {
		rows = append(rows, []any{[]byte(digest), orEmpty(shapes[digest])})
	}
	return tx.insert(ctx, `INSERT INTO shapes (digest, ids)`, `ON CONFLICT (digest) DO NOTHING`, rows, nil)
}

func writeStates(ctx context.Context, tx *txn, states map[string]*state) error {
	var rows, findings [][]any
	for _, id := range slices.Sorted(maps.Keys(states)) {
		t := states[id]
		rows = append(rows, t.row())
		for _, finding := range slices.Sorted(maps.Keys(t.dirty)) {
			findings = append(findings, t.dirty[finding].row())
		}
	}
	err := tx.insert(ctx, `INSERT INTO findings (`+findingColumns+`)`, `ON CONFLICT (id) DO UPDATE SET
		control = excluded.control, level = excluded.level, outcome = excluded.outcome, reason = excluded.reason, since = excluded.since,
		previous = excluded.previous, last_seen = excluded.last_seen, changed_at = excluded.changed_at, gone_at = excluded.gone_at,
		present = excluded.present,
		snapshot_id = excluded.snapshot_id`, findings, nil)
	if err != nil {
		return err
	}
	return tx.insert(ctx, `INSERT INTO target_states (`+stateColumns+`)`, `ON CONFLICT (target_id) DO UPDATE SET
		zone = excluded.zone, listed = excluded.listed, snapshot_id = excluded.snapshot_id, sender = excluded.sender, epoch = excluded.epoch,
		sequence = excluded.sequence, at = excluded.at, visit = excluded.visit, baselines = excluded.baselines, shape = excluded.shape,
		status = excluded.status, read_at = excluded.read_at, read_id = excluded.read_id, failed = excluded.failed,
		unknown = excluded.unknown, passed = excluded.passed, inapplicable = excluded.inapplicable`, rows, nil)
}
