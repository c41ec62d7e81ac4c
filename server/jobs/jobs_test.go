package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/jobs"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
	"github.com/plumbline/plumbline/server/store/sqlite"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	var err error
	if cluster, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onBoth runs a test on either database; open gives a handle of one more server.
func onBoth(t *testing.T, run func(t *testing.T, open func() *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "plumbline.db")
		run(t, func() *store.Store {
			s, err := sqlite.Open(t.Context(), path, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		})
	})
	t.Run("postgres", func(t *testing.T) {
		url := cluster.Database(t)
		run(t, func() *store.Store {
			s, err := postgres.Open(t.Context(), url, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		})
	})
}

// begin runs an engine until stop is called.
func begin(t *testing.T, s *store.Store, work ...jobs.Work) (stop func()) {
	t.Helper()
	e, err := jobs.Open(t.Context(), jobs.Config{DB: s.Writer(), Engine: s.Engine(), Work: work, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// The store is written by others while the engine works: neither waits for the other for ever.
func TestWorkIsDoneAgainAndAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var done, failed atomic.Int64
		stop := begin(t, s,
			jobs.Work{Name: "writes", Every: time.Second, Do: func(ctx context.Context) error {
				_, err := s.Append(ctx, store.Entry{Actor: "server", Action: "test"})
				done.Add(1)
				return err
			}},
			jobs.Work{Name: "fails", Every: time.Second, Do: func(context.Context) error { failed.Add(1); return fmt.Errorf("it does") }})
		defer stop()
		for range 50 {
			if _, err := s.Append(t.Context(), store.Entry{Actor: "tester", Action: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		await(t, "three turns, each of which may fail", func() bool { return done.Load() >= 3 && failed.Load() >= 3 })
	})
}

// Two servers share the work; one that stops in the midst of it leaves the other to go on.
func TestTwoServersShareAndOneGoes(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		first, second := open(), open()
		if first.Engine() == "sqlite" {
			second = first // one server, opened twice in a process: the file has one writer
		}
		var a, b atomic.Int64
		count := func(n *atomic.Int64) jobs.Work {
			return jobs.Work{Name: "turn", Every: time.Second, Do: func(context.Context) error { n.Add(1); return nil }}
		}
		stopA := begin(t, first, count(&a))
		defer stopA()
		await(t, "the first works", func() bool { return a.Load() > 0 })
		stopB := begin(t, second, count(&b))
		defer stopB()
		stopA()
		before := b.Load()
		await(t, "the other goes on", func() bool { return b.Load() >= before+2 })
	})
}
