package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// A Yard is what Bench measures in: a store, and an empty database of the same kind and durability to compare with.
type Yard struct {
	Open Open
	// Bare gives an empty database; it ends with the benchmark.
	Bare func(b *testing.B) *sql.DB
	// Size is how many bytes the database takes.
	Size func(b *testing.B, db *sql.DB) int64
}

const (
	// How many findings a snapshot has.
	perTarget = 100
	// How many snapshots come in one call.
	perBatch = 50
)

// fleet makes the snapshots of runs over targets.
type fleet struct {
	// In each run, one target in so many has two findings that change.
	one      int
	sender   *Sender
	outcomes [][]pb.Outcome
	random   *rand.Rand
}

// A quiet fleet is one as it is from night to night, a restless one has a change on every target.
const (
	quiet    = 10
	restless = 1
)

func newFleet(targets, one int) *fleet {
	f := &fleet{one: one, sender: &Sender{ID: "9f86d081884c7d65", Epoch: 1}, random: rand.New(rand.NewPCG(1, 2))}
	for range targets {
		outcomes := make([]pb.Outcome, perTarget)
		for i := range outcomes {
			outcomes[i] = f.outcome()
		}
		f.outcomes = append(f.outcomes, outcomes)
	}
	return f
}

func (f *fleet) outcome() pb.Outcome {
	switch n := f.random.IntN(20); {
	case n < 13:
		return pass
	case n < 16:
		return fail
	case n < 18:
		return unknown
	}
	return pb.Outcome_OUTCOME_NOT_APPLICABLE
}

func (f *fleet) reading(target, run int) Reading {
	outcomes := f.outcomes[target]
	if run > 0 && (target+run)%f.one == 0 {
		for range 2 {
			outcomes[f.random.IntN(perTarget)] = f.outcome()
		}
	}
	return Reading{
		Target: fmt.Sprintf("host-%05d.branch-%02d.example", target, target%40), Zone: fmt.Sprintf("zone-%d", target%8),
		At: Epoch0.Add(time.Duration(run)*24*time.Hour + time.Duration(target)*time.Second), Outcomes: outcomes,
	}
}

// batches calls use with the deliveries of one run, batch by batch.
func (f *fleet) batches(b *testing.B, run int, use func([]store.Delivery)) {
	for first := 0; first < len(f.outcomes); first += perBatch {
		var batch []store.Delivery
		for target := first; target < min(first+perBatch, len(f.outcomes)); target++ {
			batch = append(batch, f.sender.Deliver(b, f.reading(target, run)))
		}
		use(batch)
	}
}

// Bench reports the figures.
func Bench(b *testing.B, yard Yard) {
	b.Run("Ingest", func(b *testing.B) { ingest(b, yard, quiet) })
	b.Run("IngestRestless", func(b *testing.B) { ingest(b, yard, restless) })
	b.Run("Bytes", func(b *testing.B) { size(b, yard) })
	b.Run("Queries", func(b *testing.B) { queries(b, yard) })
}

// ingest compares accepting with storing the same bodies, at the same durability and in the same batches.
func ingest(b *testing.B, yard Yard, one int) {
	ctx := context.Background()
	s, _ := yard.Open(b, time.Now)
	bare := yard.Bare(b)
	mustRun(b, bare, `CREATE TABLE bodies (id TEXT PRIMARY KEY, body BYTEA NOT NULL)`)
	fleet := newFleet(200, one)
	fleet.batches(b, 0, func(batch []store.Delivery) { mustAccept(b, s, batch) })
	var accepting, storing time.Duration
	var results int
	run := 1
	for b.Loop() {
		fleet.batches(b, run, func(batch []store.Delivery) {
			began := time.Now()
			mustAccept(b, s, batch)
			accepting += time.Since(began)
			began = time.Now()
			mustStore(b, ctx, bare, batch)
			storing += time.Since(began)
			results += len(batch) * perTarget
		})
		run++
	}
	b.ReportMetric(float64(results)/accepting.Seconds(), "results/s")
	b.ReportMetric(float64(results)/storing.Seconds(), "bare-results/s")
	b.ReportMetric(storing.Seconds()/accepting.Seconds(), "of-bare")
	b.ReportMetric(0, "ns/op")
}

func mustAccept(b *testing.B, s *store.Store, batch []store.Delivery) {
	b.Helper()
	if refusals, err := s.Accept(context.Background(), batch); err != nil || len(refusals) > 0 {
		b.Fatal(err, refusals)
	}
}

func mustRun(b *testing.B, db *sql.DB, statement string, args ...any) {
	b.Helper()
	if _, err := db.ExecContext(context.Background(), statement, args...); err != nil {
		b.Fatal(err)
	}
}

func mustStore(b *testing.B, ctx context.Context, db *sql.DB, batch []store.Delivery) {
	b.Helper()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range batch {
		if _, err := tx.ExecContext(ctx, `INSERT INTO bodies (id, body) VALUES ($1, $2)`, batch[i].ID(), batch[i].Body); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// size compares with a row for each result that holds the same texts, and two indexes.
func size(b *testing.B, yard Yard) {
	const targets, runs = 50, 30
	s, db := yard.Open(b, time.Now)
	bare := yard.Bare(b)
	mustRun(b, bare, `CREATE TABLE results (snapshot TEXT NOT NULL, at BIGINT NOT NULL, id TEXT NOT NULL, target TEXT NOT NULL, baseline TEXT NOT NULL,
		clause TEXT NOT NULL, check_id TEXT NOT NULL, control TEXT NOT NULL, scope TEXT NOT NULL, outcome INTEGER NOT NULL, expected_zh TEXT NOT NULL,
		expected_en TEXT NOT NULL, observed_zh TEXT NOT NULL, observed_en TEXT NOT NULL, source TEXT NOT NULL, excerpt TEXT NOT NULL, line BIGINT NOT NULL)`)
	mustRun(b, bare, `CREATE INDEX results_target ON results (target, at)`)
	mustRun(b, bare, `CREATE INDEX results_id ON results (id, at)`)
	empty := yard.Size(b, db)
	fleet := newFleet(targets, quiet)
	bodies := 0
	for run := range runs {
		fleet.batches(b, run, func(batch []store.Delivery) {
			mustAccept(b, s, batch)
			insertRows(b, bare, batch)
			for i := range batch {
				bodies += len(batch[i].Body)
			}
		})
	}
	ours, rows := yard.Size(b, db)-empty, yard.Size(b, bare)
	const results = targets * runs * perTarget
	b.ReportMetric(float64(ours)/results, "B/result")
	b.ReportMetric(float64(bodies)/results, "body-B/result")
	b.ReportMetric(float64(rows)/results, "rows-B/result")
	b.ReportMetric(float64(ours)/float64(rows), "of-rows")
	b.ReportMetric(0, "ns/op")
}

func insertRows(b *testing.B, db *sql.DB, batch []store.Delivery) {
	b.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	const columns = 17
	for i := range batch {
		snapshot, err := store.OpenBody(batch[i].Body)
		if err != nil {
			b.Fatal(err)
		}
		for part := range slices.Chunk(snapshot.GetFindings(), 50) {
			var values []string
			var args []any
			for _, f := range part {
				var places []string
				for j := range columns {
					places = append(places, fmt.Sprint("$", len(args)+j+1))
				}
				values = append(values, "("+strings.Join(places, ",")+")")
				e := f.GetEvidence()[0]
				args = append(args, batch[i].ID(), snapshot.GetFinishedAt().AsTime().UnixMilli(), f.GetId(), f.GetTargetId(), f.GetBaseline(), f.GetClause(),
					f.GetCheck(), f.GetControl(), f.GetScope(), int64(f.GetOutcome()), f.GetExpected().GetZh(), f.GetExpected().GetEn(),
					f.GetObserved().GetZh(), f.GetObserved().GetEn(), e.GetSource(), e.GetExcerpt(), int64(e.GetFirstLine()))
			}
			if _, err := tx.ExecContext(context.Background(), `INSERT INTO results VALUES `+strings.Join(values, ","), args...); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// queries times what people look at: 10,000 targets and 30 runs with PLUMBLINE_SOAK=1, fewer without.
func queries(b *testing.B, yard Yard) {
	ctx := context.Background()
	targets, runs := 500, 3
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		targets, runs = 10_000, 30
	}
	if _, err := fmt.Sscanf(os.Getenv("PLUMBLINE_FLEET"), "%dx%d", &targets, &runs); err != nil && os.Getenv("PLUMBLINE_FLEET") != "" {
		b.Fatal("PLUMBLINE_FLEET is TARGETSxRUNS")
	}
	s, _ := yard.Open(b, time.Now)
	fleet := newFleet(targets, quiet)
	began := time.Now()
	for run := range runs {
		fleet.batches(b, run, func(batch []store.Delivery) { mustAccept(b, s, batch) })
	}
	b.Logf("%d targets, %d findings, %d runs loaded in %s", targets, perTarget, runs, time.Since(began).Round(time.Second))
	yesterday := Epoch0.Add(time.Duration(runs-1) * 24 * time.Hour)
	last := fleet.reading(targets/2, 0).Target
	some, _, err := s.Findings(ctx, store.FindingFilter{Target: last}, store.Page{Limit: 1})
	if err != nil || len(some) == 0 {
		b.Fatal(err)
	}
	ask := func(name string, query func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n, err := query(); err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
	ask("latest-by-clause", func() (int, error) { out, err := s.Clauses(ctx, store.AllZones, Baseline); return len(out), err })
	ask("latest-by-clause-of-zone", func() (int, error) { out, err := s.Clauses(ctx, "zone-3", ""); return len(out), err })
	ask("changed-since-yesterday", func() (int, error) {
		out, _, err := s.Changed(ctx, yesterday, store.FindingFilter{}, store.Page{})
		return len(out), err
	})
	ask("worst-targets", func() (int, error) { out, err := s.Worst(ctx, store.AllZones, 20); return len(out), err })
	ask("target-history", func() (int, error) {
		out, _, err := s.Snapshots(ctx, store.SnapshotFilter{Target: last}, store.Page{})
		return len(out), err
	})
	ask("finding-history", func() (int, error) {
		out, _, err := s.History(ctx, some[0].ID, store.Page{})
		return len(out), err
	})
	ask("failures-of-clause", func() (int, error) {
		out, _, err := s.Findings(ctx, store.FindingFilter{Baseline: Baseline, Clause: "6.2.3.4", Outcomes: []pb.Outcome{fail}}, store.Page{})
		return len(out), err
	})
	ask("target-findings", func() (int, error) {
		out, _, err := s.Findings(ctx, store.FindingFilter{Target: last}, store.Page{Limit: 1000})
		return len(out), err
	})
	ask("trend", func() (int, error) {
		out, err := s.Trend(ctx, store.AllZones, Baseline, "", time.Time{})
		return len(out), err
	})
}
