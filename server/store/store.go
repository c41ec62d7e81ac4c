package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

var (
	// ErrNotFound says that there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that it is there already, or is not any more what the caller thought.
	ErrConflict = errors.New("conflict")
	// ErrBroken says that the database failed in a way after which nothing may be acknowledged until it was opened anew.
	ErrBroken = errors.New("the database failed; the store takes nothing more until it is opened anew")
)

// An Engine is what differs between databases.
type Engine struct {
	// Name is "sqlite" or "postgres".
	Name    string
	Dialect goose.Dialect
	// Migrations are the engine's own, numbered in one row with the shared ones.
	Migrations fs.FS
	// Locker keeps two servers from migrating at once; nil where the writer is alone.
	Locker lock.Locker
	// LockRows is added to a SELECT of rows that are about to be written.
	LockRows string
	// Rows are how many rows go into one INSERT, the largest first; the last is 1.
	Rows []int
	// Prepare says that the driver parses a statement each time it is run, which takes longer than to write a row.
	Prepare bool
	// Frozen is the isolation that shows one moment for a whole transaction.
	Frozen sql.IsolationLevel
	// Retry says that the transaction was refused and may succeed if it is run again.
	Retry func(error) bool
	// Fatal says that what was written before may be lost: nothing may be acknowledged after it.
	Fatal func(error) bool
	// Backup writes a copy of the whole database to a file that does not exist yet; nil where that is the operator's.
	Backup func(ctx context.Context, db *sql.DB, path string) error
}

// A Store serves all interfaces of this package. It is safe for concurrent use.
type Store struct {
	engine      Engine
	write, read *sql.DB
	now         func() time.Time
	broken      atomic.Bool
	epoch       atomic.Pointer[string]
}

// Open brings the schema up to date and gives the store. It owns both handles from then on, also when it fails.
func Open(ctx context.Context, engine Engine, write, read *sql.DB, now func() time.Time) (*Store, error) {
	s := &Store{engine: engine, write: write, read: read, now: now}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	if err := migrate(ctx, s.engine, s.write); err != nil {
		return err
	}
	// Two servers that open a new database at once agree on the first one's epoch.
	err := s.change(ctx, "begin an epoch", func(tx *txn) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO NOTHING`, newEpoch())
		return err
	})
	if err != nil {
		return err
	}
	return s.loadEpoch(ctx)
}

func (s *Store) loadEpoch(ctx context.Context) error {
	var epoch string
	if err := s.write.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'epoch'`).Scan(&epoch); err != nil {
		return fmt.Errorf("read the epoch: %w", err)
	}
	s.epoch.Store(&epoch)
	return nil
}

func newEpoch() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Epoch is the number of the store itself. It changes when a backup is restored; senders then send again what they still have.
func (s *Store) Epoch() string { return *s.epoch.Load() }

// Engine is the name of the database.
func (s *Store) Engine() string { return s.engine.Name }

// Writer is the handle that writes, for the job engine's own tables. Nobody else is to use it.
func (s *Store) Writer() *sql.DB { return s.write }

// Ready says whether the store can be read and written.
func (s *Store) Ready(ctx context.Context) error {
	if s.broken.Load() {
		return ErrBroken
	}
	for _, db := range []*sql.DB{s.write, s.read} {
		if err := db.PingContext(ctx); err != nil {
			return fmt.Errorf("reach the database: %w", err)
		}
	}
	return nil
}

// Close ends the store.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// How often a transaction is run again that met another one.
const attempts = 10

// change runs do in a transaction that is durable when change returns nil. do may be run more than once.
func (s *Store) change(ctx context.Context, what string, do func(*txn) error) error {
	for attempt := 1; ; attempt++ {
		if s.broken.Load() {
			return fmt.Errorf("%s: %w", what, ErrBroken)
		}
		err := s.once(ctx, do)
		if err == nil {
			return nil
		}
		if s.engine.Fatal(err) {
			s.broken.Store(true)
			return fmt.Errorf("%s: %w: %w", what, ErrBroken, err)
		}
		if attempt == attempts || !s.engine.Retry(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-time.After(time.Duration(attempt) * 5 * time.Millisecond):
		}
	}
}

func (s *Store) once(ctx context.Context, do func(*txn) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(&txn{tx, s.engine.Rows, s.engine.Prepare, map[string]statement{}}); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// ms is a time as it is stored; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
