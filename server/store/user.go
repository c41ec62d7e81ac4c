package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// States of a user.
const (
	UserActive = "active"
	UserLocked = "locked"
)

// A User may look or act. What a role allows is the caller's.
type User struct {
	Name, Role string
	// PasswordHash is whatever the caller verifies by; empty for those who only use tokens.
	PasswordHash     string
	State            string
	Created, Updated time.Time
}

// An APIToken acts for a user with some of his rights.
type APIToken struct {
	// Hash is all that is kept of the token; ID names it for people.
	Hash, ID, User, Role      string
	Scopes                    []string
	Created, Expires, Revoked time.Time
	Used                      time.Time
}

// PutUser adds a user or changes the one with the name.
func (s *Store) PutUser(ctx context.Context, by Entry, u User) error {
	return s.changeAs(ctx, by, "write user "+u.Name, func(tx *txn) error {
		now := ms(s.now())
		return tx.insert(ctx, `INSERT INTO users (name, role, password_hash, state, created_at, updated_at)`,
			`ON CONFLICT (name) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash, state = excluded.state,
			updated_at = excluded.updated_at`, [][]any{{u.Name, u.Role, u.PasswordHash, u.State, now, now}}, nil)
	})
}

// Users lists all by name.
func (s *Store) Users(ctx context.Context) ([]User, error) { return s.users(ctx, where{}) }

// User gives one user.
func (s *Store) User(ctx context.Context, name string) (User, error) {
	var w where
	w.add("name = ?", name)
	found, err := s.users(ctx, w)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("read user %s: %w", name, ErrNotFound)
	}
	if err != nil {
		return User{}, err
	}
	return found[0], nil
}

func (s *Store) users(ctx context.Context, w where) ([]User, error) {
	var out []User
	err := each(ctx, s.read, func(r scanner) error {
		var u User
		var created, updated int64
		if err := r.Scan(&u.Name, &u.Role, &u.PasswordHash, &u.State, &created, &updated); err != nil {
			return err
		}
		u.Created, u.Updated = fromMS(created), fromMS(updated)
		out = append(out, u)
		return nil
	}, `SELECT name, role, password_hash, state, created_at, updated_at FROM users`+w.String()+` ORDER BY name`, w.args...)
	return out, wrap("read users", err)
}

// PutAPIToken keeps the hash of a new token; ErrNotFound where there is no such user.
func (s *Store) PutAPIToken(ctx context.Context, by Entry, t APIToken) error {
	return s.changeAs(ctx, by, "keep a token of "+t.User, func(tx *txn) error {
		var name string
		if err := one(ctx, tx, `SELECT name FROM users WHERE name = $1`, []any{t.User}, &name); err != nil {
			return err
		}
		return insertNew(ctx, tx, `INSERT INTO api_tokens (hash, id, user_name, role, scopes, created_at, expires_at, revoked_at, used_at)`, ``,
			[]any{t.Hash, t.ID, t.User, t.Role, strings.Join(t.Scopes, " "), ms(s.now()), ms(t.Expires), 0, 0})
	})
}

// RevokeAPIToken ends a token.
func (s *Store) RevokeAPIToken(ctx context.Context, by Entry, id string) error {
	return s.changeAs(ctx, by, "revoke token "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, ms(s.now()), id))
	})
}

// UseAPIToken gives a token that is good now and whose user is active, by its hash; ErrNotFound otherwise, and no more is said. The
// use is noted to the minute.
func (s *Store) UseAPIToken(ctx context.Context, hash string) (APIToken, error) {
	now := ms(s.now())
	var w where
	w.add("hash = ? AND revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)", hash, now)
	w.add("user_name IN (SELECT name FROM users WHERE state = 'active')")
	found, err := s.tokens(ctx, w)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("use a token: %w", ErrNotFound)
	}
	if err != nil {
		return APIToken{}, err
	}
	if t := found[0]; now-ms(t.Used) >= time.Minute.Milliseconds() {
		err := s.change(ctx, "note the use of a token", func(tx *txn) error {
			return must(tx.ExecContext(ctx, `UPDATE api_tokens SET used_at = $1 WHERE hash = $2 AND revoked_at = 0`, now, hash))
		})
		if err != nil && !errors.Is(err, ErrBroken) {
			return APIToken{}, err
		}
	}
	return found[0], nil
}

// APITokens lists the tokens of a user, of all where it is empty; the newest first.
func (s *Store) APITokens(ctx context.Context, user string) ([]APIToken, error) {
	var w where
	w.is("user_name", user)
	return s.tokens(ctx, w)
}

func (s *Store) tokens(ctx context.Context, w where) ([]APIToken, error) {
	var out []APIToken
	err := each(ctx, s.read, func(r scanner) error {
		var t APIToken
		var scopes string
		var created, expires, revoked, used int64
		if err := r.Scan(&t.Hash, &t.ID, &t.User, &t.Role, &scopes, &created, &expires, &revoked, &used); err != nil {
			return err
		}
		t.Scopes = strings.Fields(scopes)
		t.Created, t.Expires, t.Revoked, t.Used = fromMS(created), fromMS(expires), fromMS(revoked), fromMS(used)
		out = append(out, t)
		return nil
	}, `SELECT hash, id, user_name, role, scopes, created_at, expires_at, revoked_at, used_at FROM api_tokens`+w.String()+` ORDER BY created_at DESC, id`, w.args...)
	return out, wrap("read tokens", err)
}
