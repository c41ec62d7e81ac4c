package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// An Entry says who changes what. A change without one is refused, and one whose entry cannot be written does not happen.
type Entry struct {
	// Actor is who did it, Action what, e.g. "target.put", Object to what.
	Actor, Action, Object string
	// Outcome is "ok" where it is empty; other words are for attempts that were refused.
	Outcome string
	// Detail is JSON or empty. It holds no secret.
	Detail string
}

// A Record is an entry in the log.
type Record struct {
	// N counts from 1 without gaps.
	N  int64
	At time.Time
	Entry
	Previous, Hash []byte
}

// A Head names the end of the log: whoever holds one can tell later that nothing up to it was changed or cut off.
type Head struct {
	N    int64
	Hash []byte
}

// ErrTampered says that the audit log is not what was written.
var ErrTampered = errors.New("the audit log was tampered with")

var errNoEntry = errors.New("a change needs an actor and an action for the audit log")

// digest covers every field with its length, so that no two records have the same bytes.
func (r *Record) digest() []byte {
	b := []byte("plumbline audit 1\x00")
	b = binary.BigEndian.AppendUint64(b, uint64(r.N))
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMilli()))
	for _, field := range []string{r.Actor, r.Action, r.Object, r.Outcome, r.Detail, string(r.Previous)} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(field)))
		b = append(b, field...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// changeAs is change with its entry in the audit log: both or neither.
func (s *Store) changeAs(ctx context.Context, by Entry, what string, do func(*txn) error) error {
	return s.change(ctx, what, func(tx *txn) error {
		if err := do(tx); err != nil {
			return err
		}
		if _, err := s.append(ctx, tx, by); err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
		return nil
	})
}

// Append writes an entry for what changes nothing in the store: a login, an export, a refused attempt. Where it fails, the caller's
// operation must fail.
func (s *Store) Append(ctx context.Context, by Entry) (Record, error) {
	var written Record
	err := s.change(ctx, "write the audit log", func(tx *txn) (err error) {
		written, err = s.append(ctx, tx, by)
		return err
	})
	return written, err
}

func (s *Store) append(ctx context.Context, tx *txn, by Entry) (Record, error) {
	if by.Actor == "" || by.Action == "" {
		return Record{}, errNoEntry
	}
	if by.Outcome == "" {
		by.Outcome = "ok"
	}
	by.Actor, by.Action, by.Object, by.Outcome, by.Detail = clean(by.Actor), clean(by.Action), clean(by.Object), clean(by.Outcome), clean(by.Detail)
	// The row of meta is the lock: the chain has one end.
	if _, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('audit', '') ON CONFLICT (name) DO UPDATE SET value = ''`); err != nil {
		return Record{}, err
	}
	r := Record{Entry: by, At: fromMS(ms(s.now()))}
	err := one(ctx, tx, `SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1`, nil, &r.N, &r.Previous)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Record{}, err
	}
	r.N++
	r.Previous = orEmpty(r.Previous)
	r.Hash = r.digest()
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (n, at, actor, action, object, outcome, detail, previous, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.N, ms(r.At), r.Actor, r.Action, r.Object, r.Outcome, r.Detail, r.Previous, r.Hash)
	return r, err
}

// An AuditFilter picks records; what is empty picks all.
type AuditFilter struct {
	Actor, Action, Object string
	From, Until           time.Time
}

const auditSelect = `SELECT n, at, actor, action, object, outcome, detail, previous, hash FROM audit`

func (r *Record) scan(row scanner) error {
	var at int64
	err := row.Scan(&r.N, &at, &r.Actor, &r.Action, &r.Object, &r.Outcome, &r.Detail, &r.Previous, &r.Hash)
	r.At = fromMS(at)
	return err
}

// Records lists the audit log, the latest first.
func (s *Store) Records(ctx context.Context, filter AuditFilter, page Page) (found []Record, next string, err error) {
	var w where
	w.is("actor", filter.Actor)
	w.is("action", filter.Action)
	w.is("object", filter.Object)
	w.between("at", filter.From, filter.Until)
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("n < ?", at.N)
	}
	err = each(ctx, s.read, func(row scanner) error {
		var r Record
		if err := r.scan(row); err != nil {
			return err
		}
		found = append(found, r)
		return nil
	}, fmt.Sprintf("%s%s ORDER BY n DESC LIMIT %d", auditSelect, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", wrap("list the audit log", err)
	}
	found, next = cut(found, page.limit(), func(r Record) place { return place{N: r.N} })
	return found, next, nil
}

// Verify walks the whole log and gives its head. It fails with ErrTampered where a record was changed, taken out or put in, and
// where one of the heads, which the caller kept elsewhere, is not in it.
func (s *Store) Verify(ctx context.Context, heads ...Head) (Head, error) {
	var head Head
	expected := map[int64][]byte{}
	for _, h := range heads {
		if before, ok := expected[h.N]; ok && !bytes.Equal(before, h.Hash) {
			return head, fmt.Errorf("%w: two heads of length %d differ", ErrTampered, h.N)
		}
		expected[h.N] = h.Hash
	}
	err := each(ctx, s.read, func(row scanner) error {
		var r Record
		if err := r.scan(row); err != nil {
			return err
		}
		if r.N != head.N+1 || !bytes.Equal(r.Previous, head.Hash) || !bytes.Equal(r.Hash, r.digest()) {
			return fmt.Errorf("%w: at record %d", ErrTampered, head.N+1)
		}
		head = Head{r.N, r.Hash}
		if want, ok := expected[r.N]; ok && !bytes.Equal(want, r.Hash) {
			return fmt.Errorf("%w: record %d is not the one that was seen before", ErrTampered, r.N)
		}
		delete(expected, r.N)
		return nil
	}, auditSelect+` ORDER BY n`)
	if err != nil {
		return head, wrap("verify the audit log", err)
	}
	for n, hash := range expected {
		if n != 0 || len(hash) != 0 {
			return head, fmt.Errorf("verify the audit log: %w: it ends at %d and had %d records", ErrTampered, head.N, n)
		}
	}
	return head, nil
}
