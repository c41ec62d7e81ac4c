package enrolsql_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enrolsql"
	"github.com/plumbline/plumbline/server/enrol/enroltest"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
)

// lent is a database whose audit log is a table.
type lent struct{ db *sql.DB }

func (l lent) Reader() *sql.DB { return l.db }

func (l lent) Change(ctx context.Context, e enrol.Event, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = do(tx)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO audit (action) VALUES ($1)`, string(e.Action))
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func sqlite(t *testing.T) lent {
	t.Helper()
	l := lent{openDB(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")}
	l.db.SetMaxOpenConns(1)
	return l
}

func openDB(t *testing.T, driver, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), enrolsql.Schema+`CREATE TABLE audit (action TEXT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSQLite(t *testing.T) {
	enroltest.Run(t, func(t *testing.T) enrol.Store { return enrolsql.New(sqlite(t)) })
}

func TestPostgreSQL(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	enroltest.Run(t, func(t *testing.T) enrol.Store { return enrolsql.New(lent{openDB(t, "pgx", cluster.Database(t))}) })
}

// Without its line in the audit log, no change.
func TestAudited(t *testing.T) {
	l := sqlite(t)
	if _, err := l.db.ExecContext(t.Context(), `DROP TABLE audit`); err != nil {
		t.Fatal(err)
	}
	s := enrolsql.New(l)
	if err := s.AddToken(t.Context(), enrol.Token{Hash: "x"}, enrol.Event{Action: enrol.TokenIssued}); err == nil {
		t.Error("a token off the record")
	}
	if _, err := s.Token(t.Context(), "x"); !errors.Is(err, enrol.ErrNotFound) {
		t.Errorf("the token is there all the same: %v", err)
	}
}
