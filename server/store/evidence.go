package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Kinds of leaves.
const (
	// LeafSnapshot is a snapshot as it was delivered; its object is the snapshot's id.
	LeafSnapshot = "snapshot"
	// LeafAudit is a head of the audit log; its object is how many records that had.
	LeafAudit = "audit"
)

// A Leaf is an entry of the tamper-evident log. Its data is what is hashed, byte for byte.
type Leaf struct {
	// N counts from 0 without gaps.
	N                  int64
	Kind, Object, Data string
	At                 time.Time
}

// A Checkpoint is a signed statement of how long the log was and what its tree's hash was.
type Checkpoint struct {
	Size int64
	At   time.Time
	Note string
}

// An Unlogged is a snapshot that is not in the log yet.
type Unlogged struct {
	ID, Sender, SenderName, Certificate string
	Epoch, Sequence                     uint64
	Target                              string
	Received                            time.Time
	Size                                int64
	SHA256                              []byte
	// Body is nil where retention took it away.
	Body []byte
}

// Unlogged gives the snapshots that are not in the log yet, in the order in which they came, so many bytes of bodies at most but one
// in any case.
func (s *Store) Unlogged(ctx context.Context, limit int, bytes int64) ([]Unlogged, error) {
	var out []Unlogged
	var total int64
	err := each(ctx, s.read, func(r scanner) error {
		var u Unlogged
		var epoch, sequence, received int64
		if total >= bytes {
			return nil
		}
		err := r.Scan(&u.ID, &u.Sender, &u.SenderName, &u.Certificate, &epoch, &sequence, &u.Target, &received, &u.Size, &u.SHA256, &u.Body)
		u.Epoch, u.Sequence, u.Received = uint64(epoch), uint64(sequence), fromMS(received)
		total += int64(len(u.Body)) + 1
		out = append(out, u)
		return err
	}, fmt.Sprintf(`SELECT s.id, s.sender, s.sender_name, s.certificate, s.epoch, s.sequence, s.target_id, s.received_at, s.size, s.sha256, s.body
		FROM evidence_pending p JOIN snapshots s ON s.id = p.snapshot_id ORDER BY p.received_at, p.snapshot_id LIMIT %d`, limit))
	return out, wrap("read what is not in the evidence log", err)
}

// AppendLeaves appends those of the leaves that the log does not have, in their order, with the checkpoint that sign makes. Where
// nothing is new it gives the newest checkpoint, which is zero for an empty log.
func (s *Store) AppendLeaves(ctx context.Context, leaves []Leaf, sign func(size int64, root tlog.Hash, at time.Time) (string, error)) (Checkpoint, error) {
	var c Checkpoint
	err := s.change(ctx, "append to the evidence log", func(tx *txn) (err error) {
		// The row of meta is the lock: the log has one end.
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('evidence', '') ON CONFLICT (name) DO UPDATE SET value = ''`); err != nil {
			return err
		}
		if c, err = lastCheckpoint(ctx, tx); err != nil {
			return err
		}
		fresh, err := newLeaves(ctx, tx, leaves)
		if err != nil || len(fresh) == 0 {
			return err
		}
		at := fromMS(ms(s.now()))
		tree := &tree{ctx: ctx, q: tx, fresh: map[int64]tlog.Hash{}}
		var rows, hashes [][]any
		for i, leaf := range fresh {
			n := c.Size + int64(i)
			rows = append(rows, []any{n, leaf.Kind, leaf.Object, leaf.Data, ms(at)})
			stored, err := tlog.StoredHashes(n, []byte(leaf.Data), tree)
			if err != nil {
				return err
			}
			for j, hash := range stored {
				index := tlog.StoredHashCount(n) + int64(j)
				tree.fresh[index] = hash
				hashes = append(hashes, []any{index, hash[:]})
			}
		}
		if err := tx.insert(ctx, `INSERT INTO evidence_leaves (n, kind, object, data, at)`, ``, rows, nil); err != nil {
			return err
		}
		if err := tx.insert(ctx, `INSERT INTO evidence_hashes (n, hash)`, ``, hashes, nil); err != nil {
			return err
		}
		c = Checkpoint{Size: c.Size + int64(len(fresh)), At: at}
		root, err := tlog.TreeHash(c.Size, tree)
		if err != nil {
			return err
		}
		if c.Note, err = sign(c.Size, root, at); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO evidence_checkpoints (size, at, note) VALUES ($1, $2, $3)`, c.Size, ms(c.At), c.Note)
		return err
	})
	return c, err
}

// newLeaves gives the leaves that are not in the log, and takes their snapshots off the list of those that wait.
func newLeaves(ctx context.Context, tx *txn, leaves []Leaf) ([]Leaf, error) {
	known := map[string]bool{}
	for part := range slices.Chunk(leaves, 500) {
		var objects []any
		for _, leaf := range part {
			objects = append(objects, leaf.Object)
		}
		var w, waiting where
		w.in("object", objects)
		err := each(ctx, tx, func(r scanner) error {
			var kind, object string
			err := r.Scan(&kind, &object)
			known[kind+" "+object] = true
			return err
		}, `SELECT kind, object FROM evidence_leaves`+w.String(), w.args...)
		if err != nil {
			return nil, err
		}
		waiting.in("snapshot_id", objects)
		if _, err := tx.ExecContext(ctx, `DELETE FROM evidence_pending`+waiting.String(), waiting.args...); err != nil {
			return nil, err
		}
	}
	var fresh []Leaf
	for _, leaf := range leaves {
		if key := leaf.Kind + " " + leaf.Object; !known[key] {
			known[key] = true
			fresh = append(fresh, leaf)
		}
	}
	return fresh, nil
}

// tree reads hashes of the log; fresh are those that were not written yet.
type tree struct {
	ctx   context.Context
	q     querier
	fresh map[int64]tlog.Hash
}

// ReadHashes is what package tlog asks for.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make(map[int64]tlog.Hash, len(indexes))
	var missing []any
	for _, index := range indexes {
		if hash, ok := t.fresh[index]; ok {
			found[index] = hash
		} else {
			missing = append(missing, index)
		}
	}
	for part := range slices.Chunk(missing, 500) {
		var w where
		w.in("n", part)
		err := each(t.ctx, t.q, func(r scanner) error {
			var n int64
			var hash []byte
			if err := r.Scan(&n, &hash); err != nil {
				return err
			}
			if len(hash) != tlog.HashSize {
				return fmt.Errorf("hash %d of the evidence log has %d bytes", n, len(hash))
			}
			found[n] = tlog.Hash(hash)
			return nil
		}, `SELECT n, hash FROM evidence_hashes`+w.String(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, ok := found[index]
		if !ok {
			return nil, fmt.Errorf("hash %d of the evidence log is missing", index)
		}
		out[i] = hash
	}
	return out, nil
}

// LeafOf gives the leaf about an object.
func (s *Store) LeafOf(ctx context.Context, kind, object string) (Leaf, error) {
	leaf := Leaf{Kind: kind, Object: object}
	var at int64
	err := one(ctx, s.read, `SELECT n, data, at FROM evidence_leaves WHERE kind = $1 AND object = $2`, []any{kind, object}, &leaf.N, &leaf.Data, &at)
	leaf.At = fromMS(at)
	return leaf, wrap("look for "+object+" in the evidence log", err)
}

// ProveLeaf proves that leaf n is in the log when that had the size.
func (s *Store) ProveLeaf(ctx context.Context, size, n int64) (tlog.RecordProof, error) {
	proof, err := tlog.ProveRecord(size, n, &tree{ctx: ctx, q: s.read})
	return proof, wrap("prove a leaf of the evidence log", err)
}

// ProveGrowth proves that the log of the size begins with the one of the older size, and gives the older one's hash.
func (s *Store) ProveGrowth(ctx context.Context, size, older int64) (tlog.TreeProof, error) {
	proof, err := tlog.ProveTree(size, older, &tree{ctx: ctx, q: s.read})
	return proof, wrap("prove that the evidence log only grew", err)
}

// RootAt gives the hash of the tree when the log had the size.
func (s *Store) RootAt(ctx context.Context, size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, &tree{ctx: ctx, q: s.read})
	return root, wrap("hash the evidence log", err)
}

const checkpointSelect = `SELECT size, at, note FROM evidence_checkpoints`

func lastCheckpoint(ctx context.Context, q querier) (Checkpoint, error) {
	var c Checkpoint
	var at int64
	err := one(ctx, q, checkpointSelect+` ORDER BY size DESC LIMIT 1`, nil, &c.Size, &at, &c.Note)
	if errors.Is(err, ErrNotFound) {
		return Checkpoint{}, nil
	}
	c.At = fromMS(at)
	return c, err
}

// LastCheckpoint gives the newest checkpoint; zero where there is none.
func (s *Store) LastCheckpoint(ctx context.Context) (Checkpoint, error) {
	c, err := lastCheckpoint(ctx, s.read)
	return c, wrap("read the newest checkpoint", err)
}

// Checkpoints lists checkpoints, the latest first.
func (s *Store) Checkpoints(ctx context.Context, page Page) (found []Checkpoint, next string, err error) {
	var w where
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		w.add("size < ?", at.N)
	}
	found, err = s.checkpoints(ctx, fmt.Sprintf("%s%s ORDER BY size DESC LIMIT %d", checkpointSelect, w.String(), page.limit()+1), w.args...)
	if err != nil {
		return nil, "", err
	}
	found, next = cut(found, page.limit(), func(c Checkpoint) place { return place{N: c.Size} })
	return found, next, nil
}

// DailyCheckpoints gives the last checkpoint of each day (UTC) since a time, the oldest first.
func (s *Store) DailyCheckpoints(ctx context.Context, since time.Time) ([]Checkpoint, error) {
	return s.checkpoints(ctx, checkpointSelect+` WHERE size IN (SELECT max(size) FROM evidence_checkpoints WHERE at >= $1 GROUP BY at / 86400000) ORDER BY size`, ms(since))
}

func (s *Store) checkpoints(ctx context.Context, query string, args ...any) ([]Checkpoint, error) {
	var found []Checkpoint
	err := each(ctx, s.read, func(r scanner) error {
		var c Checkpoint
		var at int64
		err := r.Scan(&c.Size, &at, &c.Note)
		c.At = fromMS(at)
		found = append(found, c)
		return err
	}, query, args...)
	return found, wrap("list checkpoints", err)
}

// AuditHead gives the end of the audit log without walking it.
func (s *Store) AuditHead(ctx context.Context) (Head, error) {
	var h Head
	err := one(ctx, s.read, `SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1`, nil, &h.N, &h.Hash)
	if errors.Is(err, ErrNotFound) {
		return Head{}, nil
	}
	return h, wrap("read the end of the audit log", err)
}
