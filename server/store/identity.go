package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kinds of identities.
const (
	KindAgent     = "agent"
	KindCollector = "collector"
)

// States of an identity.
const (
	IdentityActive      = "active"
	IdentityQuarantined = "quarantined"
	IdentityRevoked     = "revoked"
)

// An Identity is an agent or a collector.
type Identity struct {
	// ID is what deliveries are kept under.
	ID, Name, Kind string
	// KeyHash is the SHA-256 of the public key, in hex.
	KeyHash string
	State   string
	// Note says why it is in its state.
	Note string
	// Renewals is how often it was renewed.
	Renewals uint64
	Enrolled time.Time
	// Contact is when it was last heard of, and what it said it is.
	Contact time.Time
	Version string
	Drivers []string
}

// A Certificate was issued to an identity.
type Certificate struct {
	Serial, Identity string
	Issued, Expires  time.Time
}

// A JoinToken lets one program of one name enrol once.
type JoinToken struct {
	// Hash is all that is kept of the token.
	Hash, Name, Kind string
	CreatedBy        string
	Created, Expires time.Time
	Used             time.Time
	UsedBy           string
}

var (
	// ErrToken says that a join token is unknown, used, expired or another name's.
	ErrToken = errors.New("the join token is not good")
	// ErrClone says that two claim the same renewal of one identity. It is quarantined.
	ErrClone = errors.New("this renewal was made before: the identity was copied")
	// ErrInactive says that the identity is quarantined or revoked.
	ErrInactive = errors.New("the identity is not active")
)

// PutJoinToken keeps the hash of a new token.
func (s *Store) PutJoinToken(ctx context.Context, by Entry, t JoinToken) error {
	return s.changeAs(ctx, by, "keep a join token", func(tx *txn) error {
		return insertNew(ctx, tx, `INSERT INTO join_tokens (hash, name, kind, created_by, created_at, expires_at, used_at, used_by)`, `(hash)`,
			[]any{t.Hash, t.Name, t.Kind, t.CreatedBy, ms(s.now()), ms(t.Expires), 0, ""})
	})
}

const tokenSelect = `SELECT hash, name, kind, created_by, created_at, expires_at, used_at, used_by FROM join_tokens`

func (t *JoinToken) scan(r scanner) error {
	var created, expires, used int64
	err := r.Scan(&t.Hash, &t.Name, &t.Kind, &t.CreatedBy, &created, &expires, &used, &t.UsedBy)
	t.Created, t.Expires, t.Used = fromMS(created), fromMS(expires), fromMS(used)
	return err
}

// JoinTokens lists the tokens, the newest first.
func (s *Store) JoinTokens(ctx context.Context) ([]JoinToken, error) {
	var out []JoinToken
	err := each(ctx, s.read, func(r scanner) error {
		var t JoinToken
		if err := t.scan(r); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	}, tokenSelect+` ORDER BY created_at DESC, hash`)
	return out, wrap("list join tokens", err)
}

// JoinToken gives the token with the hash, used or not.
func (s *Store) JoinToken(ctx context.Context, hash string) (JoinToken, error) {
	var t JoinToken
	err := ErrNotFound
	if e := each(ctx, s.read, func(r scanner) error {
		err = nil
		return t.scan(r)
	}, tokenSelect+` WHERE hash = $1`, hash); e != nil {
		err = e
	}
	return t, wrap("read a join token", err)
}

// RemoveJoinToken takes back a token that was not used.
func (s *Store) RemoveJoinToken(ctx context.Context, by Entry, hash string) error {
	return s.changeAs(ctx, by, "take a join token back", func(tx *txn) error {
		return must(tx.ExecContext(ctx, `DELETE FROM join_tokens WHERE hash = $1 AND used_at = 0`, hash))
	})
}

// Enrol uses up a join token and keeps the identity with its first certificate, all at once. The answer is ErrToken where the token
// is not good for this name and kind, and ErrConflict where the name or the key belongs to another identity that is not revoked.
func (s *Store) Enrol(ctx context.Context, by Entry, token string, id Identity, cert Certificate) error {
	return s.changeAs(ctx, by, "enrol "+id.Name, func(tx *txn) error {
		now := ms(s.now())
		err := must(tx.ExecContext(ctx, `UPDATE join_tokens SET used_at = $1, used_by = $2
			WHERE hash = $3 AND name = $4 AND kind = $5 AND used_at = 0 AND expires_at > $1`, now, id.ID, token, id.Name, id.Kind))
		if errors.Is(err, ErrNotFound) {
			return ErrToken
		}
		if err != nil {
			return err
		}
		err = insertNew(ctx, tx, `INSERT INTO identities (id, name, kind, key_hash, state, note, renewals, enrolled_at, contact_at, version, drivers)`, ``,
			[]any{id.ID, id.Name, id.Kind, id.KeyHash, IdentityActive, id.Note, 0, now, now, id.Version, strings.Join(id.Drivers, ",")})
		if err != nil {
			return err
		}
		return putCertificate(ctx, tx, id.ID, cert)
	})
}

func putCertificate(ctx context.Context, tx *txn, id string, cert Certificate) error {
	return insertNew(ctx, tx, `INSERT INTO certificates (serial, identity_id, issued_at, expires_at)`, `(serial)`,
		[]any{cert.Serial, id, ms(cert.Issued), ms(cert.Expires)})
}

// Renew keeps the next certificate. renewals is how often the holder says it was renewed before; where that is not so, the identity
// is quarantined and the answer is ErrClone.
func (s *Store) Renew(ctx context.Context, by Entry, id string, renewals uint64, keyHash string, cert Certificate) error {
	cloned := false
	err := s.change(ctx, "renew "+id, func(tx *txn) error {
		cloned = false
		var state string
		var before int64
		err := one(ctx, tx, `SELECT state, renewals FROM identities WHERE id = $1`+s.engine.LockRows, []any{id}, &state, &before)
		switch {
		case err != nil:
			return err
		case state != IdentityActive:
			return fmt.Errorf("%w: %s", ErrInactive, state)
		case uint64(before) != renewals:
			cloned = true
			by := by
			by.Outcome, by.Detail = "refused", fmt.Sprintf(`{"claimed":%d,"known":%d}`, renewals, before)
			if _, err := tx.ExecContext(ctx, `UPDATE identities SET state = $1, note = $2 WHERE id = $3`, IdentityQuarantined, ErrClone.Error(), id); err != nil {
				return err
			}
			_, err := s.append(ctx, tx, by)
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE identities SET renewals = renewals + 1, key_hash = $1, contact_at = $2 WHERE id = $3`, keyHash, ms(s.now()), id)
		if err != nil {
			return err
		}
		if err := putCertificate(ctx, tx, id, cert); err != nil {
			return err
		}
		_, err = s.append(ctx, tx, by)
		return err
	})
	if err == nil && cloned {
		err = fmt.Errorf("renew %s: %w", id, ErrClone)
	}
	return err
}

// SetIdentityState quarantines, revokes or clears an identity. What was revoked stays so.
func (s *Store) SetIdentityState(ctx context.Context, by Entry, id, state, note string) error {
	return s.changeAs(ctx, by, "set the state of "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE identities SET state = $1, note = $2 WHERE id = $3 AND (state <> 'revoked' OR $1 = 'revoked')`, state, clean(note), id))
	})
}

// Contact notes that an identity was heard of.
func (s *Store) Contact(ctx context.Context, id, version string, drivers []string) error {
	return s.change(ctx, "note the contact of "+id, func(tx *txn) error {
		return must(tx.ExecContext(ctx, `UPDATE identities SET contact_at = $1, version = $2, drivers = $3 WHERE id = $4`,
			ms(s.now()), clean(version), clean(strings.Join(drivers, ",")), id))
	})
}

const identityColumns = `id, name, kind, key_hash, state, note, renewals, enrolled_at, contact_at, version, drivers`

func (s *Store) identities(ctx context.Context, w where) ([]Identity, error) {
	var out []Identity
	err := each(ctx, s.read, func(r scanner) error {
		var id Identity
		var renewals, enrolled, contact int64
		var drivers string
		err := r.Scan(&id.ID, &id.Name, &id.Kind, &id.KeyHash, &id.State, &id.Note, &renewals, &enrolled, &contact, &id.Version, &drivers)
		if err != nil {
			return err
		}
		id.Renewals, id.Enrolled, id.Contact = uint64(renewals), fromMS(enrolled), fromMS(contact)
		if drivers != "" {
			id.Drivers = strings.Split(drivers, ",")
		}
		out = append(out, id)
		return nil
	}, `SELECT `+identityColumns+` FROM identities`+w.String()+` ORDER BY name, enrolled_at, id`, w.args...)
	return out, err
}

// An IdentityFilter picks identities; what is empty picks all.
type IdentityFilter struct{ Name, Kind, State string }

// Identities lists agents and collectors by name.
func (s *Store) Identities(ctx context.Context, filter IdentityFilter) ([]Identity, error) {
	var w where
	w.is("name", filter.Name)
	w.is("kind", filter.Kind)
	w.is("state", filter.State)
	out, err := s.identities(ctx, w)
	return out, wrap("list identities", err)
}

// Identity gives one agent or collector.
func (s *Store) Identity(ctx context.Context, id string) (Identity, error) {
	var w where
	w.add("id = ?", id)
	found, err := s.identities(ctx, w)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read identity %s: %w", id, err)
	}
	return found[0], nil
}

// IdentityOf gives the identity that a certificate was issued to.
func (s *Store) IdentityOf(ctx context.Context, serial string) (Identity, error) {
	var w where
	w.add("id = (SELECT identity_id FROM certificates WHERE serial = ?)", serial)
	found, err := s.identities(ctx, w)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read the identity of certificate %s: %w", serial, err)
	}
	return found[0], nil
}

// Certificates lists those of an identity, the newest first.
func (s *Store) Certificates(ctx context.Context, id string) ([]Certificate, error) {
	var out []Certificate
	err := each(ctx, s.read, func(r scanner) error {
		c := Certificate{Identity: id}
		var issued, expires int64
		if err := r.Scan(&c.Serial, &issued, &expires); err != nil {
			return err
		}
		c.Issued, c.Expires = fromMS(issued), fromMS(expires)
		out = append(out, c)
		return nil
	}, `SELECT serial, issued_at, expires_at FROM certificates WHERE identity_id = $1 ORDER BY issued_at DESC, serial`, id)
	return out, wrap("list the certificates of "+id, err)
}
