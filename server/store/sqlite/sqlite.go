// Package sqlite opens the store in a file: the default, for one server. The file is on a local disk, never on a network file system.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/plumbline/plumbline/server/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Open gives the store in the file, which is made if it does not exist.
func Open(ctx context.Context, path string, now func() time.Time) (*store.Store, error) {
	own, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	// The driver would make the file for all to read.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	write, err := sql.Open("sqlite", dsn(path, "_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	// One writer: writers wait in line here instead of meeting in the database.
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return store.Open(ctx, store.Engine{
		Name: "sqlite", Dialect: goose.DialectSQLite3, Migrations: own, Rows: []int{1}, Prepare: true, Retry: busy, Fatal: fatal, Backup: backup,
	}, write, read, now)
}

func dsn(path, more string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=cache_size(-32768)&" + more
}

func code(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func busy(err error) bool {
	primary := code(err) & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// fatal: after a failed write or fsync the system may have dropped what it held, and a later fsync would not say so. A full disk is
// not among them: the transaction is rolled back, and there may be room later.
func fatal(err error) bool {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

// backup copies while others write; the copy is as of one moment, and on the disk when it returns.
func backup(ctx context.Context, db *sql.DB, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there already", path), err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `VACUUM INTO $1`, path)
	if _, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only = 1`); err == nil {
		err = again
	}
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err == nil {
		err = sync(path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(path))
	}
	return sync(filepath.Dir(path))
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
