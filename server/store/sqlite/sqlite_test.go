package sqlite_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

func open(tb testing.TB, now func() time.Time) (*store.Store, *sql.DB) {
	return openAt(tb, filepath.Join(tb.TempDir(), "store 100%?.db"), now)
}

func openAt(tb testing.TB, path string, now func() time.Time) (*store.Store, *sql.DB) {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), path, now)
	if err != nil {
		tb.Fatal(err)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?_pragma=busy_timeout(10000)")
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

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, storetest.Yard{
		Open: open,
		Bare: func(b *testing.B) *sql.DB {
			b.Helper()
			db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+
				"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
			if err != nil {
				b.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			b.Cleanup(func() { _ = db.Close() })
			return db
		},
		Size: func(b *testing.B, db *sql.DB) (size int64) {
			b.Helper()
			if err := db.QueryRowContext(b.Context(), `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`).Scan(&size); err != nil {
				b.Fatal(err)
			}
			return size
		},
	})
}

// A database of an earlier version is brought up to date, in whatever order its migrations were written.
func TestUpgrade(t *testing.T) {
	for name, numbers := range storetest.Upgrades {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			storetest.Age(t, db, goose.DialectSQLite3, numbers, "migrations", "../migrations")
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, db := openAt(t, path, storetest.NewClock(storetest.Epoch0).Now)
			storetest.Upgraded(t, s, db)
		})
	}
}
