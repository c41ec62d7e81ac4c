// Package ledger keeps the server's tamper-evident log over its store: it appends what was taken in, signs checkpoints and puts them
// where others can take them, and makes evidence bundles of what is logged.
//
// Appending runs beside the taking in of deliveries and never delays it. Several servers on one database make one log. The package
// decides nothing about who may have a bundle, and writes no record of it: its callers do.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/store"
)

// Store is what the ledger asks of a store.
type Store interface {
	store.Evidence
	Append(ctx context.Context, by store.Entry) (store.Record, error)
	Snapshot(ctx context.Context, id string) (store.Snapshot, error)
	Body(ctx context.Context, id string) ([]byte, error)
	Sweep(ctx context.Context, id string) (store.Sweep, error)
	SweepTargets(ctx context.Context, sweep, state string, page store.Page) ([]store.SweepTarget, string, error)
	Waivers(ctx context.Context, filter store.WaiverFilter, page store.Page) ([]*pb.Waiver, string, error)
}

// Config is what a ledger needs.
type Config struct {
	Store Store
	Keys  *evidence.Keys
	// File takes the checkpoints, one after the other; empty for none. It is to be carried off this host.
	File    string
	Version string
	Now     func() time.Time
	Log     *slog.Logger
}

// How often what came is appended, and how often at most a checkpoint goes to the file and the audit log's head into the log.
const (
	growEvery    = 2 * time.Second
	publishEvery = time.Minute
)

// How much is appended at once.
const (
	batchLeaves = 500
	batchBytes  = 64 << 20
)

// A Ledger is safe for concurrent use.
type Ledger struct {
	c  Config
	mu sync.Mutex
	// audited and published are when the audit log's head was last appended and the file last written; records and
	// size are what they had.
	audited, published time.Time
	records, size      int64
}

// New gives a ledger.
func New(c Config) (*Ledger, error) {
	if c.Store == nil || c.Keys == nil || c.Now == nil || c.Log == nil {
		return nil, errors.New("the evidence log needs a store, keys, a clock and a log")
	}
	return &Ledger{c: c}, nil
}

// Keys are the public keys, the one that signs first.
func (l *Ledger) Keys() []evidence.PublicKey { return l.c.Keys.Public() }

// Run appends what comes until ctx ends.
func (l *Ledger) Run(ctx context.Context) error {
	if err := l.compare(ctx); err != nil {
		l.c.Log.Error("the evidence log cannot be held against its last checkpoint", "err", err)
	}
	tick := time.NewTicker(growEvery)
	defer tick.Stop()
	for {
		if err := l.Grow(ctx); err != nil && ctx.Err() == nil {
			l.c.Log.Error("the evidence log cannot be appended to", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// compare holds the log against the last checkpoint in the file. A log that was set back is on record before it grows on.
func (l *Ledger) compare(ctx context.Context) error {
	text, err := os.ReadFile(l.c.File)
	if l.c.File == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the checkpoints: %w", err)
	}
	all := evidence.SplitCheckpoints(string(text))
	if len(all) == 0 {
		return nil
	}
	c, err := evidence.ParseCheckpoint(all[len(all)-1], l.c.Keys.Public())
	if err != nil {
		l.c.Log.Warn("the last checkpoint in the file is not of this log", "file", l.c.File, "err", err)
		return nil
	}
	last, err := l.c.Store.LastCheckpoint(ctx)
	if err != nil {
		return err
	}
	same := c.Size <= last.Size
	if same && c.Size > 0 {
		root, err := l.c.Store.RootAt(ctx, c.Size)
		if err != nil {
			return err
		}
		same = root == c.Root
	}
	l.size = c.Size
	if same {
		return nil
	}
	l.c.Log.Error("the evidence log is not the one of the last checkpoint: the database was set back or changed", "checkpoint", c.Size, "log", last.Size)
	detail := fmt.Sprintf(`{"checkpoint":%d,"log":%d}`, c.Size, last.Size)
	_, err = l.c.Store.Append(ctx, store.Entry{Actor: "server", Action: "evidence.set_back", Object: l.c.Keys.Log(), Outcome: "alarm", Detail: detail})
	return err
}

// Grow appends all that is not in the log yet.
func (l *Ledger) Grow(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		waiting, err := l.c.Store.Unlogged(ctx, batchLeaves, batchBytes)
		if err != nil {
			return err
		}
		leaves := make([]store.Leaf, 0, len(waiting)+1)
		for _, u := range waiting {
			leaf, err := leafOf(u)
			if err != nil {
				return err
			}
			leaves = append(leaves, leaf)
		}
		if leaves, err = l.addHead(ctx, leaves); err != nil {
			return err
		}
		if len(leaves) == 0 {
			c, err := l.c.Store.LastCheckpoint(ctx)
			if err != nil {
				return err
			}
			return l.publish(c)
		}
		c, err := l.c.Store.AppendLeaves(ctx, leaves, func(size int64, root tlog.Hash, at time.Time) (string, error) {
			return l.c.Keys.Checkpoint(size, root, at)
		})
		if err != nil {
			return err
		}
		if err := l.publish(c); err != nil {
			return err
		}
	}
}

// addHead adds the audit log's head, now and then.
func (l *Ledger) addHead(ctx context.Context, leaves []store.Leaf) ([]store.Leaf, error) {
	now := l.c.Now()
	if now.Sub(l.audited) < publishEvery && !now.Before(l.audited) {
		return leaves, nil
	}
	head, err := l.c.Store.AuditHead(ctx)
	if err != nil || head.N == l.records {
		return leaves, err
	}
	text, err := json.Marshal(evidence.AuditLeaf{Kind: store.LeafAudit, Records: head.N, Hash: hex.EncodeToString(head.Hash)})
	l.audited, l.records = now, head.N
	return append(leaves, store.Leaf{Kind: store.LeafAudit, Object: strconv.FormatInt(head.N, 10), Data: string(text)}), err
}

// leafOf says how a snapshot was delivered.
func leafOf(u store.Unlogged) (store.Leaf, error) {
	leaf := evidence.Leaf{
		Kind: store.LeafSnapshot, Snapshot: u.ID, Target: u.Target, Sender: u.Sender, SenderName: u.SenderName, Certificate: u.Certificate,
		Epoch: strconv.FormatUint(u.Epoch, 16), Sequence: u.Sequence, Received: u.Received, SHA256: hex.EncodeToString(u.SHA256), Size: u.Size,
		Removed: u.Body == nil,
	}
	if u.Body != nil {
		opened, err := store.Serialized(u.Body)
		if err != nil {
			return store.Leaf{}, fmt.Errorf("open the snapshot %s: %w", u.ID, err)
		}
		sum := sha256.Sum256(opened)
		leaf.Opened, leaf.OpenedSize = hex.EncodeToString(sum[:]), int64(len(opened))
	}
	text, err := json.Marshal(leaf)
	return store.Leaf{Kind: store.LeafSnapshot, Object: u.ID, Data: string(text)}, err
}

// publish puts a checkpoint into the file, now and then.
func (l *Ledger) publish(c store.Checkpoint) error {
	now := l.c.Now()
	if l.c.File == "" || c.Size == l.size || now.Sub(l.published) < publishEvery && !now.Before(l.published) {
		return nil
	}
	if err := appendTo(l.c.File, c.Note+"\n"); err != nil {
		return fmt.Errorf("write the checkpoint to %s: %w", l.c.File, err)
	}
	l.published, l.size = now, c.Size
	return nil
}

// appendTo makes what it appends durable.
func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // checkpoints are for everybody
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Finish appends what is left, the audit log's head with it, and writes the last checkpoint.
func (l *Ledger) Finish(ctx context.Context) error {
	l.mu.Lock()
	l.audited, l.published = time.Time{}, time.Time{}
	l.mu.Unlock()
	return l.Grow(ctx)
}

// Checkpoint gives the newest, after what waits was appended; zero where the log is empty.
func (l *Ledger) Checkpoint(ctx context.Context) (store.Checkpoint, error) {
	if err := l.Grow(ctx); err != nil {
		return store.Checkpoint{}, err
	}
	return l.c.Store.LastCheckpoint(ctx)
}
