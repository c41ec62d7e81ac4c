package storetest

import (
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/plumbline/plumbline/server/store"
)

// Upgrades are the numbers of the migrations that databases in use may have: those of before orders came, and some that were written
// beside one another and did not land in their order.
var Upgrades = map[string][]string{
	"BeforeOrders":        {"00001", "00002", "00003"},
	"EvidenceBeforeOrder": {"00001", "00002", "00003", "00008"},
	"AllButCredentials":   {"00001", "00002", "00003", "00004", "00006", "00007", "00008"},
}

// Age gives an empty database the schema that it had with some migrations only. folders are where they lie.
func Age(t *testing.T, db *sql.DB, dialect goose.Dialect, numbers []string, folders ...string) {
	t.Helper()
	at := t.TempDir()
	for _, number := range numbers {
		found := 0
		for _, folder := range folders {
			files, err := filepath.Glob(filepath.Join(folder, number+"_*.sql"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				text, err := os.ReadFile(name)
				if err == nil {
					err = os.WriteFile(filepath.Join(at, filepath.Base(name)), text, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				found++
			}
		}
		if found != 1 {
			t.Fatalf("%d migrations have the number %s", found, number)
		}
	}
	p, err := goose.NewProvider(dialect, db, os.DirFS(at), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	done, err := p.Up(t.Context())
	if err != nil || len(done) != len(numbers) {
		t.Fatalf("%d of %d migrations: %v", len(done), len(numbers), err)
	}
}

// Upgraded holds a database that was brought up to date to what a new one can do.
func Upgraded(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	f := &fixture{T: t, Store: s, ctx: t.Context(), db: db, clock: NewClock(Epoch0)}
	linksByCommission(f)
	if wrong, err := s.Check(t.Context(), true); err != nil || len(wrong) > 0 {
		t.Fatalf("%v, %v", wrong, err)
	}
	if err := s.Export(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
}
