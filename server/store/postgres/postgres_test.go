package postgres_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	var err error
	if cluster, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if err := cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func open(tb testing.TB, now func() time.Time) (*store.Store, *sql.DB) {
	tb.Helper()
	return openAt(tb, cluster.Database(tb), now)
}

func openAt(tb testing.TB, url string, now func() time.Time) (*store.Store, *sql.DB) {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), url, now)
	if err != nil {
		tb.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s, db
}

func TestStore(t *testing.T) { storetest.Run(t, open) }

// Servers that open a new database at the same time agree on it.
func TestServersOpenAtOnce(t *testing.T) {
	url := cluster.Database(t)
	stores := make([]*store.Store, 3)
	var group sync.WaitGroup
	for i := range stores {
		group.Go(func() {
			var err error
			if stores[i], err = postgres.Open(t.Context(), url, time.Now); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, s := range stores {
		if s == nil {
			continue
		}
		if s.Epoch() != stores[0].Epoch() {
			t.Errorf("epochs %s and %s", s.Epoch(), stores[0].Epoch())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A database that may lose what it acknowledged is refused, and the password in its URL is not repeated.
func TestRefusesWhatIsNotDurable(t *testing.T) {
	_, err := postgres.Open(t.Context(), cluster.Database(t)+"&synchronous_commit=off", time.Now)
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit=off") {
		t.Errorf("asynchronous commits: %v", err)
	}
	for _, url := range []string{"postgres://u:canary-7c1@127.0.0.1:bad/x", "postgres://u:canary-7c1@127.0.0.1:1/x?connect_timeout=1"} {
		if _, err := postgres.Open(t.Context(), url, time.Now); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, storetest.Yard{
		Open: open,
		Bare: func(b *testing.B) *sql.DB {
			b.Helper()
			db, err := sql.Open("pgx", cluster.Database(b))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = db.Close() })
			return db
		},
		Size: func(b *testing.B, db *sql.DB) (size int64) {
			b.Helper()
			const query = `SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`
			if err := db.QueryRowContext(b.Context(), query).Scan(&size); err != nil {
				b.Fatal(err)
			}
			return size
		},
	})
}

// Who outgrows the embedded database takes everything along, and back.
func TestMovesBetweenEngines(t *testing.T) {
	small, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	by := store.Entry{Actor: "root", Action: "move"}
	if err := small.PutTargets(t.Context(), by, []store.Target{{ID: "h1", Zone: "核心区", Labels: map[string]string{"a": "b"}}}); err != nil {
		t.Fatal(err)
	}
	sender := &storetest.Sender{ID: "agent-1", Epoch: 1 << 63}
	for i := range 3 {
		d := sender.Deliver(t, storetest.Reading{Target: "h1", At: storetest.Epoch0.Add(time.Duration(i) * time.Hour), Outcomes: storetest.Outcomes(9+i, pb.Outcome_OUTCOME_FAIL)})
		if refusals, err := small.Accept(t.Context(), []store.Delivery{d, sender.Raw([]byte("rubbish"), storetest.Epoch0)}); err != nil || len(refusals) != 1 {
			t.Fatal(refusals, err)
		}
	}
	large, _ := open(t, time.Now)
	var there, back bytes.Buffer
	if err := small.Export(t.Context(), &there); err != nil {
		t.Fatal(err)
	}
	if err := large.Import(t.Context(), by, &there); err != nil {
		t.Fatal(err)
	}
	if err := large.Export(t.Context(), &back); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "again.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Import(t.Context(), by, &back); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*store.Store{large, again} {
		found, err := s.Check(t.Context(), true)
		if err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", s.Engine(), found, err)
		}
		if state, err := s.State(t.Context(), "h1"); err != nil || state.Tally.Failed != 11 || state.Zone != "核心区" {
			t.Errorf("%s: %+v, %v", s.Engine(), state, err)
		}
	}
}

// A database of an earlier version is brought up to date, in whatever order its migrations were written.
func TestUpgrade(t *testing.T) {
	for name, numbers := range storetest.Upgrades {
		t.Run(name, func(t *testing.T) {
			url := cluster.Database(t)
			db, err := sql.Open("pgx", url)
			if err != nil {
				t.Fatal(err)
			}
			storetest.Age(t, db, goose.DialectPostgres, numbers, "migrations", "../migrations")
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, db := openAt(t, url, storetest.NewClock(storetest.Epoch0).Now)
			storetest.Upgraded(t, s, db)
		})
	}
}
