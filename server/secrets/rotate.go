package secrets

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/plumbline/plumbline/server/store"
)

// How many credentials go in one transaction.
const rewrapBatch = 200

// Prepare puts a new key into the file, before the one in use. With several servers the file is then copied to each of them, and Rotate
// run on one. It gives the id of the new key; where a rotation is under way already, that one's.
func (k *Keeper) Prepare() (string, error) {
	ring, err := readKeyFile(k.path)
	if err != nil {
		return "", err
	}
	if len(ring) == 1 {
		ring = []kek{newKEK(newKey()), ring[0]}
		if err := replaceKeyFile(k.path, ring); err != nil {
			return "", err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ring = ring
	return ring[0].id, nil
}

// Rotate wraps the keys of all credentials by a new key and takes the former one out of the file. Credentials can be used and written
// meanwhile. One that was broken off is finished by the next.
func (k *Keeper) Rotate(ctx context.Context, by store.Entry) (rewrapped int, err error) {
	if _, err := k.Prepare(); err != nil {
		return 0, fmt.Errorf("rotate the key of credentials: %w", err)
	}
	key, err := k.current(false)
	if err != nil {
		return 0, err
	}
	if err := k.promote(ctx, by, key); err != nil {
		return 0, fmt.Errorf("rotate the key of credentials: %w", err)
	}
	for {
		n, err := k.rewrap(ctx, by, key)
		if err != nil {
			return rewrapped, fmt.Errorf("rotate the key of credentials: %w", err)
		}
		if n == 0 {
			break
		}
		rewrapped += n
	}
	by.Detail = fmt.Sprintf(`{"key":%q,"credentials":%d}`, key.id, rewrapped)
	err = k.db.Lend(ctx, by, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE credential_keys SET state = 'retired', print_key = $1, changed_at = $2 WHERE state = 'former'`, []byte{}, k.now().UnixMilli())
		return err
	})
	if err == nil {
		err = replaceKeyFile(k.path, []kek{key})
	}
	if err == nil {
		_, err = k.current(true)
	}
	if err != nil {
		return rewrapped, fmt.Errorf("rotate the key of credentials: %w", err)
	}
	return rewrapped, nil
}

// promote makes the key the one in use. From then on none is sealed by the former.
func (k *Keeper) promote(ctx context.Context, by store.Entry, key kek) error {
	by.Detail = fmt.Sprintf(`{"key":%q,"begins":true}`, key.id)
	return k.db.Lend(ctx, by, func(tx *sql.Tx) error {
		var former string
		err := tx.QueryRowContext(ctx, `SELECT id FROM credential_keys WHERE state = 'current'`).Scan(&former)
		if errors.Is(err, sql.ErrNoRows) || err == nil && former == key.id {
			return nil // there is nothing to rotate yet, or it was begun before
		}
		if err != nil {
			return err
		}
		old, err := k.key(former)
		if err != nil {
			return err
		}
		printKey, err := printKeyOf(ctx, tx, old)
		if err != nil {
			return err
		}
		defer clear(printKey)
		err = touched(tx.ExecContext(ctx, `UPDATE credential_keys SET state = 'former', changed_at = $1 WHERE id = $2 AND state = 'current'`, k.now().UnixMilli(), former))
		if err != nil {
			return err
		}
		return k.introduce(ctx, tx, key, printKey)
	})
}

// rewrap does a batch, and says how many it was.
func (k *Keeper) rewrap(ctx context.Context, by store.Entry, key kek) (int, error) {
	type sealed struct {
		name, key string
		version   int64
		wrap      []byte
	}
	var batch []sealed
	rows, err := k.db.Reader().QueryContext(ctx, `SELECT name, version, key_id, wrap FROM credentials WHERE key_id <> $1 ORDER BY name LIMIT $2`, key.id, rewrapBatch)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var s sealed
		if err := rows.Scan(&s.name, &s.version, &s.key, &s.wrap); err != nil {
			return 0, err
		}
		batch = append(batch, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(batch) == 0 {
		return 0, err
	}
	for i, s := range batch {
		old, err := k.key(s.key)
		if err != nil {
			return 0, err
		}
		own, err := unseal(old.key, s.wrap, wrapOf(s.name, s.version, s.key))
		if err != nil {
			return 0, fmt.Errorf("open the key of credential %s: %w", s.name, err)
		}
		batch[i].wrap, err = seal(key.key, own, wrapOf(s.name, s.version, key.id))
		clear(own)
		if err != nil {
			return 0, err
		}
	}
	by.Detail = fmt.Sprintf(`{"key":%q,"batch":%d}`, key.id, len(batch))
	return len(batch), k.db.Lend(ctx, by, func(tx *sql.Tx) error {
		for _, s := range batch {
			// One that was written or removed meanwhile is left as it is.
			_, err := tx.ExecContext(ctx, `UPDATE credentials SET wrap = $1, key_id = $2 WHERE name = $3 AND version = $4 AND key_id = $5`, s.wrap, key.id, s.name, s.version, s.key)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
