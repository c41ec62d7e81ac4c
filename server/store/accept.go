package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Refusal is a delivery that is on record as an error and not visible as a snapshot.
type Refusal struct {
	Sender          string
	Epoch, Sequence uint64
	Reason          *pb.Text
}

// How much of a refused delivery is kept to look at.
const maxRefused = 1 << 20

// Accept keeps deliveries, all or none of them: when it returns without an error, each is durable, as a snapshot or as a refusal. A
// delivery whose key is known changes nothing. It gives the refusals among the deliveries, those of before included.
func (s *Store) Accept(ctx context.Context, deliveries []Delivery) ([]Refusal, error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	for i := range deliveries {
		if err := deliveries[i].check(); err != nil {
			return nil, fmt.Errorf("accept deliveries: %w", err)
		}
	}
	readings := readAll(deliveries)
	var refusals []Refusal
	err := s.change(ctx, "accept deliveries", func(tx *txn) (err error) {
		refusals, err = s.accept(ctx, tx, readings)
		return err
	})
	if err != nil {
		return nil, err
	}
	return refusals, nil
}

// readAll opens deliveries before the transaction begins, as many at once as there are processors.
func readAll(deliveries []Delivery) []*reading {
	out := make([]*reading, len(deliveries))
	next := make(chan int, len(deliveries))
	for i := range deliveries {
		next <- i
	}
	close(next)
	var workers sync.WaitGroup
	for range min(len(deliveries), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				out[i] = read(&deliveries[i])
			}
		})
	}
	workers.Wait()
	return out
}

// accept locks in one order, so that no two wait for one another: spools, snapshots, targets, counts; each sorted.
func (s *Store) accept(ctx context.Context, tx *txn, readings []*reading) ([]Refusal, error) {
	if err := meetSpools(ctx, tx, readings); err != nil {
		return nil, fmt.Errorf("note the spools: %w", err)
	}
	refused, err := knownRefusals(ctx, tx, readings)
	if err != nil {
		return nil, fmt.Errorf("look for refusals: %w", err)
	}
	var good, bad []*reading
	for _, r := range readings {
		switch {
		case refused[r.id] != nil:
		case r.refusal != nil:
			bad = append(bad, r)
		default:
			good = append(good, r)
		}
	}
	if err := refuse(ctx, tx, bad, refused); err != nil {
		return nil, fmt.Errorf("record refusals: %w", err)
	}
	fresh, err := insertSnapshots(ctx, tx, good)
	if err != nil {
		return nil, fmt.Errorf("insert snapshots: %w", err)
	}
	if err := commission(ctx, tx, fresh); err != nil {
		return nil, fmt.Errorf("note the orders: %w", err)
	}
	if err := s.advance(ctx, tx, fresh); err != nil {
		return nil, err
	}
	var out []Refusal
	for _, r := range readings {
		if reason := refused[r.id]; reason != nil {
			out = append(out, Refusal{r.delivery.Sender, r.delivery.Epoch, r.delivery.Sequence, reason})
		}
	}
	return out, nil
}

// meetSpools notes how far each spool has come, and makes deliveries of one spool take turns.
func meetSpools(ctx context.Context, tx *txn, readings []*reading) error {
	type spool struct {
		sender string
		epoch  uint64
	}
	type mark struct{ highest, contact int64 }
	marks := map[spool]mark{}
	for _, r := range readings {
		d := r.delivery
		key := spool{d.Sender, d.Epoch}
		m := marks[key]
		marks[key] = mark{max(m.highest, int64(d.Sequence)), max(m.contact, ms(d.Received))}
	}
	keys := slices.SortedFunc(maps.Keys(marks), func(a, b spool) int {
		return cmp.Or(strings.Compare(a.sender, b.sender), cmp.Compare(a.epoch, b.epoch))
	})
	var rows [][]any
	for _, k := range keys {
		rows = append(rows, []any{k.sender, int64(k.epoch), marks[k].highest, marks[k].contact})
	}
	return tx.insert(ctx, `INSERT INTO spools (sender, epoch, highest, contact_at)`, `ON CONFLICT (sender, epoch) DO UPDATE SET
		highest = CASE WHEN excluded.highest > spools.highest THEN excluded.highest ELSE spools.highest END,
		contact_at = CASE WHEN excluded.contact_at > spools.contact_at THEN excluded.contact_at ELSE spools.contact_at END`, rows, nil)
}

func knownRefusals(ctx context.Context, tx *txn, readings []*reading) (map[string]*pb.Text, error) {
	known := map[string]*pb.Text{}
	for part := range slices.Chunk(readings, 500) {
		var w where
		w.in("id", ids(part))
		err := each(ctx, tx, func(r scanner) error {
			var id string
			var reason pb.Text
			if err := r.Scan(&id, &reason.Zh, &reason.En); err != nil {
				return err
			}
			known[id] = &reason
			return nil
		}, `SELECT id, reason_zh, reason_en FROM refusals`+w.String(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

func ids(readings []*reading) []any {
	out := make([]any, len(readings))
	for i, r := range readings {
		out[i] = r.id
	}
	return out
}

// refuse keeps bad deliveries as error records, but for those that are snapshots already.
func refuse(ctx context.Context, tx *txn, bad []*reading, refused map[string]*pb.Text) error {
	for part := range slices.Chunk(bad, 500) {
		accepted := map[string]bool{}
		var w where
		w.in("id", ids(part))
		err := each(ctx, tx, func(r scanner) error {
			var id string
			if err := r.Scan(&id); err != nil {
				return err
			}
			accepted[id] = true
			return nil
		}, `SELECT id FROM snapshots`+w.String(), w.args...)
		if err != nil {
			return err
		}
		var rows [][]any
		for _, r := range part {
			if accepted[r.id] || refused[r.id] != nil {
				continue
			}
			d := r.delivery
			kept := d.Body[:min(len(d.Body), maxRefused)]
			refused[r.id] = &pb.Text{Zh: clean(r.refusal.GetZh()), En: clean(r.refusal.GetEn())}
			rows = append(rows, []any{
				r.id, d.Sender, int64(d.Epoch), int64(d.Sequence), ms(d.Received), refused[r.id].Zh, refused[r.id].En,
				int64(len(d.Body)), r.sha256[:], kept,
			})
		}
		err = tx.insert(ctx, `INSERT INTO refusals (id, sender, epoch, sequence, received_at, reason_zh, reason_en, size, sha256, body)`,
			`ON CONFLICT (id) DO NOTHING`, rows, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// clean makes any text one that both databases store.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

// insertSnapshots gives those that were not there before, in the order they came.
func insertSnapshots(ctx context.Context, tx *txn, good []*reading) ([]*reading, error) {
	var rows [][]any
	for _, r := range good {
		d, s := r.delivery, r.snapshot
		rows = append(rows, []any{
			r.id, d.Sender, int64(d.Epoch), int64(d.Sequence), r.target, r.at,
			s.GetStartedAt().AsTime().UnixMilli(), s.GetFinishedAt().AsTime().UnixMilli(), ms(d.Received),
			s.GetTarget().GetDriver(), s.GetDriverVersion(), s.GetProgramVersion(), int64(s.GetVisit().GetState()),
			r.set, r.shape, r.status, int64(r.size), r.sha256[:], 0, "", d.Body, d.SenderName, d.Certificate,
		})
	}
	fresh := map[string]bool{}
	err := tx.insert(ctx, `INSERT INTO snapshots (id, sender, epoch, sequence, target_id, at, started_at, finished_at, received_at,
		driver, driver_version, program_version, visit, baselines, shape, status, size, sha256, removed_at, removed_by, body, sender_name,
		certificate)`,
		`ON CONFLICT (id) DO NOTHING RETURNING id`, rows, func(id string) { fresh[id] = true })
	if err != nil {
		return nil, err
	}
	var out []*reading
	for _, r := range good {
		if fresh[r.id] {
			// The same key twice in one call counts once.
			delete(fresh, r.id)
			out = append(out, r)
		}
	}
	return out, await(ctx, tx, out)
}

// await puts snapshots on the list of those that the evidence log does not have yet.
func await(ctx context.Context, tx *txn, fresh []*reading) error {
	rows := make([][]any, len(fresh))
	for i, r := range fresh {
		rows[i] = []any{r.id, ms(r.delivery.Received)}
	}
	return tx.insert(ctx, `INSERT INTO evidence_pending (snapshot_id, received_at)`, ``, rows, nil)
}
