package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Snapshot is what lists show of one; its findings, facts and evidence are in its body.
type Snapshot struct {
	ID, Sender      string
	Epoch, Sequence uint64
	Target          string
	// At is when it was finished by the sender's clock, but never after Received. It orders the snapshots of a target.
	At, Started, Finished, Received time.Time
	Driver, DriverVersion, Program  string
	Visit                           pb.VisitState
	// Baselines are "id@digest".
	Baselines []string
	Tally     Tally
	// Size and SHA256 are those of the body as it was delivered.
	Size   int64
	SHA256 []byte
	// RemovedAt says when retention took the body away, by the rule RemovedBy; zero while it is there.
	RemovedAt time.Time
	RemovedBy string
}

// ErrRemoved says that retention took the body of a snapshot away.
var ErrRemoved = errors.New("the snapshot was removed by retention; its outcomes are still known")

// ErrDamaged says that the body of a snapshot is not what was delivered.
var ErrDamaged = errors.New("the body of the snapshot is damaged")

const snapshotSelect = `SELECT s.id, s.sender, s.epoch, s.sequence, s.target_id, s.at, s.started_at, s.finished_at, s.received_at, s.driver,
	s.driver_version, s.program_version, s.visit, coalesce(b.list, ''), s.status, s.size, s.sha256, s.removed_at, s.removed_by
	FROM snapshots s LEFT JOIN baseline_sets b ON b.digest = s.baselines`

func (s *Snapshot) scan(r scanner) error {
	var epoch, sequence, at, started, finished, received, removed int64
	var baselines string
	var status []byte
	err := r.Scan(&s.ID, &s.Sender, &epoch, &sequence, &s.Target, &at, &started, &finished, &received, &s.Driver,
		&s.DriverVersion, &s.Program, &s.Visit, &baselines, &status, &s.Size, &s.SHA256, &removed, &s.RemovedBy)
	if err != nil {
		return err
	}
	s.Epoch, s.Sequence = uint64(epoch), uint64(sequence)
	s.At, s.Started, s.Finished, s.Received, s.RemovedAt = fromMS(at), fromMS(started), fromMS(finished), fromMS(received), fromMS(removed)
	if baselines != "" {
		s.Baselines = strings.Split(baselines, "\n")
	}
	for _, b := range status {
		o, _ := statusOf(b)
		s.Tally.add(o, 1)
	}
	return nil
}

// A SnapshotFilter picks snapshots; what is empty picks all.
type SnapshotFilter struct {
	Target, Sender, Sweep string
	// From and Until bound the time: from From, before Until.
	From, Until time.Time
}

// Snapshots lists snapshots, the latest first.
func (s *Store) Snapshots(ctx context.Context, filter SnapshotFilter, page Page) (found []Snapshot, next string, err error) {
	var w where
	w.is("s.target_id", filter.Target)
	w.is("s.sender", filter.Sender)
	if filter.Sweep != "" {
		w.add("s.id IN (SELECT snapshot_id FROM sweep_targets WHERE sweep_id = ?)", filter.Sweep)
	}
	w.between("s.at", filter.From, filter.Until)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(s.at, s.id) < (?, ?)", at.N, at.ID)
	}
	query := fmt.Sprintf("%s%s ORDER BY s.at DESC, s.id DESC LIMIT %d", snapshotSelect, w.String(), page.limit()+1)
	err = each(ctx, s.read, func(r scanner) error {
		var one Snapshot
		if err := one.scan(r); err != nil {
			return err
		}
		found = append(found, one)
		return nil
	}, query, w.args...)
	if err != nil {
		return nil, "", wrap("list snapshots", err)
	}
	found, next = cut(found, page.limit(), func(s Snapshot) place { return place{ms(s.At), s.ID} })
	return found, next, nil
}

// Snapshot gives what lists show of one snapshot.
func (s *Store) Snapshot(ctx context.Context, id string) (Snapshot, error) {
	var out Snapshot
	found := false
	err := each(ctx, s.read, func(r scanner) error {
		found = true
		return out.scan(r)
	}, snapshotSelect+` WHERE s.id = $1`, id)
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	return out, nil
}

// Body gives the bytes of a snapshot as they were delivered; their SHA-256 is checked.
func (s *Store) Body(ctx context.Context, id string) ([]byte, error) {
	var body, sum []byte
	var removed int64
	err := one(ctx, s.read, `SELECT body, sha256, removed_at FROM snapshots WHERE id = $1`, []any{id}, &body, &sum, &removed)
	if err == nil && removed != 0 {
		err = ErrRemoved
	}
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("read snapshot %s: %w: it has SHA-256 %x and was delivered with %x", id, ErrDamaged, got, sum)
	}
	return body, nil
}

// Opened gives a snapshot with all that was delivered.
func (s *Store) Opened(ctx context.Context, id string) (*pb.Snapshot, error) {
	body, err := s.Body(ctx, id)
	if err != nil {
		return nil, err
	}
	return OpenBody(body)
}

// A Point is how a finding stood in one snapshot.
type Point struct {
	Snapshot string
	At       time.Time
	// Outcome is UNSPECIFIED where the snapshot does not hold the finding.
	Outcome pb.Outcome
	Reason  pb.Reason
	Visit   pb.VisitState
}

// History says how one finding stood in each snapshot of its target, the latest first.
func (s *Store) History(ctx context.Context, finding string, page Page) (points []Point, next string, err error) {
	id, err := hex.DecodeString(finding)
	if err != nil || len(id) != 16 {
		return nil, "", fmt.Errorf("history of finding %.40q: %w", finding, ErrNotFound)
	}
	f, err := s.Finding(ctx, finding)
	if err != nil {
		return nil, "", err
	}
	var w where
	w.add("s.target_id = ?", f.Target)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(s.at, s.id) < (?, ?)", at.N, at.ID)
	}
	var shapes []string
	var statuses [][]byte
	err = each(ctx, s.read, func(r scanner) error {
		var p Point
		var at int64
		var shape, status []byte
		if err := r.Scan(&p.Snapshot, &at, &p.Visit, &shape, &status); err != nil {
			return err
		}
		p.At = fromMS(at)
		points, shapes, statuses = append(points, p), append(shapes, string(shape)), append(statuses, status)
		return nil
	}, fmt.Sprintf("SELECT s.id, s.at, s.visit, s.shape, s.status FROM snapshots s%s ORDER BY s.at DESC, s.id DESC LIMIT %d", w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("read the history of "+finding, err)
	}
	positions, err := s.positions(ctx, id, shapes)
	if err != nil {
		return nil, "", wrap("read the history of "+finding, err)
	}
	for i := range points {
		if at, ok := positions[shapes[i]]; ok && at < len(statuses[i]) {
			points[i].Outcome, points[i].Reason = statusOf(statuses[i][at])
		}
	}
	points, next = cut(points, page.limit(), func(p Point) place { return place{ms(p.At), p.Snapshot} })
	return points, next, nil
}

// positions says where in each shape the finding stands; it leaves out those that do not hold it.
func (s *Store) positions(ctx context.Context, id []byte, shapes []string) (map[string]int, error) {
	positions := map[string]int{}
	distinct := slices.Compact(slices.Sorted(slices.Values(shapes)))
	for part := range slices.Chunk(distinct, 500) {
		var w where
		var digests []any
		for _, shape := range part {
			digests = append(digests, []byte(shape))
		}
		w.in("digest", digests)
		err := each(ctx, s.read, func(r scanner) error {
			var digest, ids []byte
			if err := r.Scan(&digest, &ids); err != nil {
				return err
			}
			n := len(ids) / 16
			at, found := sort.Find(n, func(i int) int { return bytes.Compare(id, ids[16*i:16*i+16]) })
			if found {
				positions[string(digest)] = at
			}
			return nil
		}, `SELECT digest, ids FROM shapes`+w.String(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	return positions, nil
}

// A Refused is a delivery on record as an error.
type Refused struct {
	ID string
	Refusal
	Received time.Time
	Size     int64
	SHA256   []byte
}

// Refusals lists refused deliveries, the latest first.
func (s *Store) Refusals(ctx context.Context, page Page) (found []Refused, next string, err error) {
	var w where
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("(received_at, id) < (?, ?)", at.N, at.ID)
	}
	err = each(ctx, s.read, func(r scanner) error {
		one := Refused{Refusal: Refusal{Reason: &pb.Text{}}}
		var epoch, sequence, received int64
		if err := r.Scan(&one.ID, &one.Sender, &epoch, &sequence, &received, &one.Reason.Zh, &one.Reason.En, &one.Size, &one.SHA256); err != nil {
			return err
		}
		one.Epoch, one.Sequence, one.Received = uint64(epoch), uint64(sequence), fromMS(received)
		found = append(found, one)
		return nil
	}, fmt.Sprintf("SELECT id, sender, epoch, sequence, received_at, reason_zh, reason_en, size, sha256 FROM refusals%s ORDER BY received_at DESC, id DESC LIMIT %d",
		w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list refusals", err)
	}
	found, next = cut(found, page.limit(), func(r Refused) place { return place{ms(r.Received), r.ID} })
	return found, next, nil
}

// Durable is the highest sequence of a spool that is on record, 0 for none.
func (s *Store) Durable(ctx context.Context, sender string, epoch uint64) (uint64, error) {
	var highest int64
	err := one(ctx, s.read, `SELECT highest FROM spools WHERE sender = $1 AND epoch = $2`, []any{sender, int64(epoch)}, &highest)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return uint64(highest), wrap("read how far the spool has come", err)
}

// Contacts gives for each sender when it last delivered.
func (s *Store) Contacts(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := each(ctx, s.read, func(r scanner) error {
		var sender string
		var at int64
		err := r.Scan(&sender, &at)
		out[sender] = fromMS(at)
		return err
	}, `SELECT sender, max(contact_at) FROM spools GROUP BY sender`)
	return out, wrap("read who delivered when", err)
}
