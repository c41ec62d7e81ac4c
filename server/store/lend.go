package store

import (
	"context"
	"database/sql"
)

// Lend runs do in a transaction that writes the entry to the audit log, too: for packages that keep tables of their own in this
// database, which a migration here makes. do may be run more than once.
func (s *Store) Lend(ctx context.Context, by Entry, do func(*sql.Tx) error) error {
	return s.changeAs(ctx, by, by.Action, func(tx *txn) error { return do(tx.Tx) })
}

// Reader reads what was committed, for the same packages.
func (s *Store) Reader() *sql.DB { return s.read }
