// Package secrets keeps the credentials that collectors log in with, by name, sealed. Each has a key of its own, and that key is wrapped by
// one that lies in a file outside the database: who has the database, its log or a backup of it has no credential.
//
// A credential goes in and does not come out: no list, no export and no API gives it. It is handed to one collector for one target of
// an order that it has open, sealed to a key made for that call (see [Revealer]). What was handed over and what was refused is on record.
//
// The package does not log in anywhere and does not know whether a device takes a credential.
package secrets

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// ErrKey says that a credential is sealed by a key that the file does not hold, or that the file's key was replaced.
var ErrKey = errors.New("the file of keys does not hold the key in use")

// DB is the database, as its owner lends it; *store.Store is one.
type DB interface {
	// Lend runs do in a transaction that writes the entry to the audit log too, or nothing happened. do may be run more than once.
	Lend(ctx context.Context, by store.Entry, do func(*sql.Tx) error) error
	// Append writes an entry for what changes nothing.
	Append(ctx context.Context, by store.Entry) (store.Record, error)
	// Reader reads what was committed.
	Reader() *sql.DB
}

// Info is what may be known of a credential.
type Info struct {
	Name string
	// Version counts how often it was written.
	Version int64
	// Kinds are those of [Record.Kinds].
	Kinds []string
	// Fingerprint tells whether two are the same secret; it says nothing to who does not have the keys.
	Fingerprint string
	By          string
	At          time.Time
	// KeyID is the id of the key that wraps it.
	KeyID string
}

// Keeper keeps credentials. It is safe for concurrent use; several servers may share one database, each with a copy of the file of keys.
type Keeper struct {
	db   DB
	path string
	now  func() time.Time

	mu   sync.Mutex
	ring []kek
}

// Open reads the file of keys and sees whether it is that of the database.
func Open(ctx context.Context, db DB, keyFile string, now func() time.Time) (*Keeper, error) {
	ring, err := readKeyFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("secrets.key_file: %w", err)
	}
	k := &Keeper{db: db, path: keyFile, now: now, ring: ring}
	var current string
	err = db.Reader().QueryRowContext(ctx, `SELECT id FROM credential_keys WHERE state = 'current'`).Scan(&current)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return k, nil
	case err != nil:
		return nil, fmt.Errorf("read which key is in use: %w", err)
	}
	if _, err := k.key(current); err != nil {
		return nil, fmt.Errorf("secrets.key_file: %w", err)
	}
	return k, nil
}

// current is the key that seals; again reads the file anew.
func (k *Keeper) current(again bool) (kek, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if again {
		ring, err := readKeyFile(k.path)
		if err != nil {
			return kek{}, err
		}
		k.ring = ring
	}
	return k.ring[0], nil
}

// key gives the one with the id. One that is not known may have come into the file since.
func (k *Keeper) key(id string) (kek, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for range 2 {
		for _, one := range k.ring {
			if one.id == id {
				return one, nil
			}
		}
		ring, err := readKeyFile(k.path)
		if err != nil {
			return kek{}, err
		}
		k.ring = ring
	}
	return kek{}, fmt.Errorf("%w: %s holds %s and not %s; put the newest file there, as it is on the server that rotated", ErrKey, k.path, k.ring[0].id, id)
}

// Put seals a credential under its name, in the place of what was there.
func (k *Keeper) Put(ctx context.Context, by store.Entry, r Record) (Info, error) {
	if r.name == "" {
		return Info{}, errors.New("keep a credential: the record is empty")
	}
	out, err := k.put(ctx, by, r, false)
	if errors.Is(err, ErrKey) {
		// The key may have been replaced since this process read it.
		out, err = k.put(ctx, by, r, true)
	}
	if err != nil {
		return Info{}, fmt.Errorf("keep credential %s: %w", r.name, err)
	}
	return out, nil
}

func (k *Keeper) put(ctx context.Context, by store.Entry, r Record, again bool) (Info, error) {
	key, err := k.current(again)
	if err != nil {
		return Info{}, err
	}
	text, err := r.text()
	if err != nil {
		return Info{}, err
	}
	defer clear(text)
	bare, err := r.bare()
	if err != nil {
		return Info{}, err
	}
	defer clear(bare)
	var out Info
	err = k.db.Lend(ctx, by, func(tx *sql.Tx) error {
		if err := k.claim(ctx, tx, key); err != nil {
			return err
		}
		printKey, err := printKeyOf(ctx, tx, key)
		if err != nil {
			return err
		}
		out = Info{Name: r.name, Version: 1, Kinds: r.Kinds(), By: by.Actor, At: k.now().UTC().Truncate(time.Millisecond), KeyID: key.id, Fingerprint: fingerprint(printKey, bare)}
		var before int64
		err = tx.QueryRowContext(ctx, `SELECT version FROM credentials WHERE name = $1`, r.name).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		out.Version = before + 1
		wrap, body, err := envelope(key, r.name, out.Version, text)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO credentials (name, version, kinds, fingerprint, put_by, put_at, key_id, wrap, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO UPDATE SET version = excluded.version, kinds = excluded.kinds,
			fingerprint = excluded.fingerprint, put_by = excluded.put_by, put_at = excluded.put_at, key_id = excluded.key_id,
			wrap = excluded.wrap, body = excluded.body`,
			out.Name, out.Version, strings.Join(out.Kinds, ","), out.Fingerprint, out.By, out.At.UnixMilli(), out.KeyID, wrap, body)
		return err
	})
	return out, err
}

// claim makes sure that the key is the one in use, and stays so until the transaction ends: a rotation waits for it, and so does every
// other Put.
func (k *Keeper) claim(ctx context.Context, tx *sql.Tx, key kek) error {
	for range 2 {
		err := touched(tx.ExecContext(ctx, `UPDATE credential_keys SET puts = puts + 1 WHERE id = $1 AND state = 'current'`, key.id))
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var n int64
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM credential_keys`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: %s was replaced", ErrKey, key.id)
		}
		if err := k.introduce(ctx, tx, key, newKey()); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: another server began with another one", ErrKey)
}

// introduce makes a key the one in use.
func (k *Keeper) introduce(ctx context.Context, tx *sql.Tx, key kek, printKey []byte) error {
	wrapped, err := seal(key.key, printKey, printOf(key.id))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO credential_keys (id, state, puts, made_at, changed_at, print_key)
		VALUES ($1, 'current', 0, $2, $2, $3) ON CONFLICT DO NOTHING`, key.id, k.now().UnixMilli(), wrapped)
	return err
}

func printKeyOf(ctx context.Context, tx *sql.Tx, key kek) ([]byte, error) {
	var wrapped []byte
	if err := tx.QueryRowContext(ctx, `SELECT print_key FROM credential_keys WHERE id = $1`, key.id).Scan(&wrapped); err != nil {
		return nil, fmt.Errorf("read the key of fingerprints: %w", err)
	}
	out, err := unseal(key.key, wrapped, printOf(key.id))
	if err != nil {
		return nil, fmt.Errorf("open the key of fingerprints: %w", err)
	}
	return out, nil
}

func fingerprint(key, of []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write(of)
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// envelope seals a text under a key of its own, and that key under the kek.
func envelope(by kek, name string, version int64, text []byte) (wrap, body []byte, err error) {
	own := newKey()
	defer clear(own)
	if body, err = seal(own, text, bodyOf(name, version)); err != nil {
		return nil, nil, err
	}
	wrap, err = seal(by.key, own, wrapOf(name, version, by.id))
	return wrap, body, err
}

// open gives a credential in clear. The caller clears it.
func (k *Keeper) open(ctx context.Context, name string) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		var version int64
		var keyID string
		var wrap, body []byte
		err := k.db.Reader().QueryRowContext(ctx, `SELECT version, key_id, wrap, body FROM credentials WHERE name = $1`, name).Scan(&version, &keyID, &wrap, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("credential %s: %w", name, store.ErrNotFound)
		}
		if err != nil {
			return nil, fmt.Errorf("read credential %s: %w", name, err)
		}
		key, err := k.key(keyID)
		if errors.Is(err, ErrKey) && attempt == 1 {
			continue // a rotation may have ended between the two reads
		}
		if err != nil {
			return nil, fmt.Errorf("open credential %s: %w", name, err)
		}
		own, err := unseal(key.key, wrap, wrapOf(name, version, keyID))
		if err != nil {
			return nil, fmt.Errorf("open the key of credential %s: %w", name, err)
		}
		defer clear(own)
		text, err := unseal(own, body, bodyOf(name, version))
		if err != nil {
			return nil, fmt.Errorf("open credential %s: %w", name, err)
		}
		return text, nil
	}
}

// Remove takes a credential away for good.
func (k *Keeper) Remove(ctx context.Context, by store.Entry, name string) error {
	err := k.db.Lend(ctx, by, func(tx *sql.Tx) error {
		return touched(tx.ExecContext(ctx, `DELETE FROM credentials WHERE name = $1`, name))
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("remove credential %s: %w", name, err)
	}
	return nil
}

// List says what there is, by name.
func (k *Keeper) List(ctx context.Context) ([]Info, error) { return List(ctx, k.db.Reader()) }

// List says which credentials a database holds; that takes no key.
func List(ctx context.Context, db *sql.DB) ([]Info, error) {
	rows, err := db.QueryContext(ctx, `SELECT name, version, kinds, fingerprint, put_by, put_at, key_id FROM credentials ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list credentials: %w", err)
	}
	defer rows.Close()
	var out []Info
	for rows.Next() {
		var i Info
		var kinds string
		var at int64
		if err := rows.Scan(&i.Name, &i.Version, &kinds, &i.Fingerprint, &i.By, &at, &i.KeyID); err != nil {
			return nil, fmt.Errorf("list credentials: %w", err)
		}
		i.Kinds, i.At = strings.Split(kinds, ","), time.UnixMilli(at).UTC()
		out = append(out, i)
	}
	return out, rows.Err()
}

// touched says sql.ErrNoRows where a statement met no row.
func touched(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return err
}
