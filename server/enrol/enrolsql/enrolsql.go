// Package enrolsql keeps tokens and identities in SQL, the same words for SQLite and PostgreSQL. It opens no database and
// migrates none: it is given transactions that write the audit log, and [Schema] belongs among the migrations.
package enrolsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
)

// Schema makes the tables.
const Schema = `
CREATE TABLE enrol_tokens (
	hash TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	takes_over BIGINT NOT NULL,
	issued_by TEXT NOT NULL,
	issued_at BIGINT NOT NULL,
	ends_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL
);
CREATE TABLE enrol_identities (
	name TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	id TEXT NOT NULL,
	state TEXT NOT NULL,
	why_zh TEXT NOT NULL,
	why_en TEXT NOT NULL,
	current_key TEXT NOT NULL,
	next_key TEXT NOT NULL,
	previous_key TEXT NOT NULL,
	renewals BIGINT NOT NULL,
	enrolled_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	version BIGINT NOT NULL
);
CREATE INDEX enrol_identities_barred ON enrol_identities (name) WHERE state <> 'active';
-- Every key that was ever given a certificate: none is given a second one.
CREATE TABLE enrol_keys (
	key_id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	claimed_at BIGINT NOT NULL
);
`

// DB is the database, as its owner lends it.
type DB interface {
	// Change runs do in a transaction that writes the event to the audit log too; all of it is durable, or nothing happened. do
	// may be run more than once. An error of do comes back wrapped.
	Change(ctx context.Context, e enrol.Event, do func(*sql.Tx) error) error
	// Reader reads what was committed.
	Reader() *sql.DB
}

// Store is an enrol.Store.
type Store struct{ db DB }

var _ enrol.Store = (*Store)(nil)

// New gives a store over a database that has the tables.
func New(db DB) *Store { return &Store{db} }

// AddToken keeps a token.
func (s *Store) AddToken(ctx context.Context, t enrol.Token, e enrol.Event) error {
	takesOver := 0
	if t.Replace {
		takesOver = 1
	}
	return s.db.Change(ctx, e, func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `INSERT INTO enrol_tokens (hash, name, kind, takes_over, issued_by, issued_at, ends_at, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (hash) DO NOTHING`,
			t.Hash, t.Name, string(t.Kind), takesOver, t.By, ms(t.IssuedAt), ms(t.EndsAt)))
	})
}

// Token finds a token.
func (s *Store) Token(ctx context.Context, hash string) (enrol.Token, error) {
	t := enrol.Token{Hash: hash}
	var kind string
	var takesOver, issued, ends, used int64
	err := s.db.Reader().QueryRowContext(ctx, `SELECT name, kind, takes_over, issued_by, issued_at, ends_at, used_at
		FROM enrol_tokens WHERE hash = $1`, hash).Scan(&t.Name, &kind, &takesOver, &t.By, &issued, &ends, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return enrol.Token{}, enrol.ErrNotFound
	}
	if err != nil {
		return enrol.Token{}, fmt.Errorf("read a join token: %w", err)
	}
	t.Kind, t.Replace, t.IssuedAt, t.EndsAt, t.UsedAt = identity.Kind(kind), takesOver != 0, at(issued), at(ends), at(used)
	return t, nil
}

const identitySelect = `SELECT name, kind, id, state, why_zh, why_en, current_key, next_key, previous_key, renewals, enrolled_at, changed_at,
	not_after, version FROM enrol_identities`

func scan(row interface{ Scan(...any) error }) (enrol.Identity, error) {
	var id enrol.Identity
	var kind, state string
	var why pb.Text
	var renewals, enrolled, changed, ends, version int64
	err := row.Scan(&id.Name, &kind, &id.ID, &state, &why.Zh, &why.En, &id.Current, &id.Next, &id.Previous, &renewals, &enrolled, &changed, &ends, &version)
	if err != nil {
		return enrol.Identity{}, err
	}
	if why.Zh != "" || why.En != "" {
		id.Why = &why
	}
	id.Kind, id.State, id.Renewals, id.Version = identity.Kind(kind), enrol.State(state), uint64(renewals), uint64(version)
	id.EnrolledAt, id.ChangedAt, id.NotAfter = at(enrolled), at(changed), at(ends)
	return id, nil
}

// Identity finds an identity.
func (s *Store) Identity(ctx context.Context, name string) (enrol.Identity, error) {
	id, err := scan(s.db.Reader().QueryRowContext(ctx, identitySelect+` WHERE name = $1`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return enrol.Identity{}, enrol.ErrNotFound
	}
	if err != nil {
		return enrol.Identity{}, fmt.Errorf("read the identity %s: %w", name, err)
	}
	return id, nil
}

// Identities lists all by name.
func (s *Store) Identities(ctx context.Context) ([]enrol.Identity, error) {
	rows, err := s.db.Reader().QueryContext(ctx, identitySelect+` ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []enrol.Identity
	for rows.Next() {
		id, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list identities: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Save does all of a change, or nothing.
func (s *Store) Save(ctx context.Context, c enrol.Change) error {
	return s.db.Change(ctx, c.Event, func(tx *sql.Tx) error {
		if c.UseToken != "" {
			err := one(tx.ExecContext(ctx, `UPDATE enrol_tokens SET used_at = $1 WHERE hash = $2 AND used_at = 0`, ms(c.At), c.UseToken))
			if err != nil {
				return fmt.Errorf("use the token: %w", err)
			}
		}
		if c.Claim != "" {
			err := one(tx.ExecContext(ctx, `INSERT INTO enrol_keys (key_id, name, claimed_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING`,
				c.Claim, c.Identity.Name, ms(c.At)))
			if err != nil {
				return fmt.Errorf("claim the key: %w", err)
			}
		}
		if err := put(ctx, tx, c.Identity); err != nil {
			return fmt.Errorf("write the identity %s: %w", c.Identity.Name, err)
		}
		return nil
	})
}

func put(ctx context.Context, tx *sql.Tx, id enrol.Identity) error {
	values := []any{
		id.Name, string(id.Kind), id.ID, string(id.State), id.Why.GetZh(), id.Why.GetEn(), id.Current, id.Next, id.Previous,
		int64(id.Renewals), ms(id.EnrolledAt), ms(id.ChangedAt), ms(id.NotAfter),
	}
	if id.Version == 0 {
		return one(tx.ExecContext(ctx, `INSERT INTO enrol_identities (name, kind, id, state, why_zh, why_en, current_key, next_key,
			previous_key, renewals, enrolled_at, changed_at, not_after, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1) ON CONFLICT (name) DO NOTHING`, values...))
	}
	return one(tx.ExecContext(ctx, `UPDATE enrol_identities SET kind = $2, id = $3, state = $4, why_zh = $5, why_en = $6, current_key = $7,
		next_key = $8, previous_key = $9, renewals = $10, enrolled_at = $11, changed_at = $12, not_after = $13, version = version + 1
		WHERE name = $1 AND version = $14`, append(values, int64(id.Version))...))
}

// Barred names the identities that are not active.
func (s *Store) Barred(ctx context.Context) ([]string, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT name FROM enrol_identities WHERE state <> 'active' ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read who is barred: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read who is barred: %w", err)
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// one demands that a statement touched a row; if it did not, somebody else was first.
func one(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n != 1 {
		err = enrol.ErrConflict
	}
	return err
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
