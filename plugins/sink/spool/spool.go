// Package spool keeps on disk what a sink has not accepted yet, and for a while what it has. Append returns once a snapshot is
// durable; from then on it is delivered at least once, in order, whatever crashes in between. A full spool takes nothing more and
// says so: it never drops.
//
// It does not know where the sink delivers to, starts no process and scans nothing. DESIGN.md says how it stays true to its word.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
	"github.com/plumbline/plumbline/plugins/sink"
)

// Errors that callers tell apart.
var (
	// ErrFull says that there is no room, in the quota or on the disk. Nothing was taken; the caller stops scanning and says so.
	ErrFull = errors.New("the spool is full")
	// ErrInUse says that another process has the spool.
	ErrInUse = folder.ErrInUse
	// ErrNewer says that the spool holds records of a later version. Nothing was changed.
	ErrNewer = errors.New("the spool was written by a newer version of the program")
	// ErrClosed says that the spool is closed.
	ErrClosed = errors.New("the spool is closed")
)

// Options of a spool. A zero field takes the default.
type Options struct {
	// Sender names us to the receiver; it is part of the idempotency key.
	Sender string
	// Quota is what all files together may take, in bytes, but for one segment; 256 MiB.
	Quota int64
	// SegmentBytes is when a new file is begun; 4 MiB, at most an eighth of the quota.
	SegmentBytes int64
	// Keep is how long acknowledged snapshots are kept, to be sent again to a receiver that was restored from a backup; 8 days.
	// They yield to new ones when the quota is reached. Negative: not at all.
	Keep time.Duration
	// Batch is how many snapshots are delivered at once, at most; 64. BatchBytes bounds their size; 4 MiB.
	Batch, BatchBytes int
	// MinWait and MaxWait bound the pause after a failed delivery, which doubles; 1 s and 60 s.
	MinWait, MaxWait time.Duration
	// Now is the clock.
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	if o.Quota == 0 {
		o.Quota = 256 << 20
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 4 << 20
	}
	o.SegmentBytes = min(o.SegmentBytes, o.Quota/8)
	if o.Keep == 0 {
		o.Keep = 8 * 24 * time.Hour
	}
	if o.Batch == 0 {
		o.Batch = 64
	}
	o.Batch = min(o.Batch, sink.MaxBatch)
	if o.BatchBytes == 0 {
		o.BatchBytes = 4 << 20
	}
	if o.MinWait == 0 {
		o.MinWait = time.Second
	}
	if o.MaxWait == 0 {
		o.MaxWait = max(o.MinWait, time.Minute)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Quota < 8*segmentHead || o.Batch < 0 || o.BatchBytes < 0 || o.MinWait < 0 || o.MaxWait < o.MinWait {
		return o, errors.New("spool: options out of range")
	}
	return o, nil
}

// Spool is a queue on disk. Append may be called by many at once; Deliver, Drain and Resend exclude one another.
type Spool struct {
	dir   string
	opt   Options
	codec *codec
	held  *folder.Hold

	// delivering is held by whoever delivers. It comes before syncing, which comes before mu.
	delivering sync.Mutex
	// syncing is held while the active segment is made durable or replaced.
	syncing sync.Mutex
	// mu guards what follows.
	mu sync.Mutex

	ident identity
	// renew: something went wrong with what was written last; the next segment begins a new epoch, so that no key is used twice.
	renew bool
	// next is the sequence that Append gives out next.
	next uint64
	// sealed segments, oldest first, and the one that is appended to, if any.
	sealed []*segment
	active *segment
	// entries are the durable records, by sequence; unsynced those written but not durable, which belong to group.
	entries  []entry
	unsynced []entry
	group    *group
	progress progress
	refused  map[uint64]int64 // sizes of the records of refused deliveries
	bytes    int64            // of all segments and refused records
	closed   bool

	// wake is sent to when there is something to deliver; room is closed when there may be room again.
	wake chan struct{}
	room chan struct{}

	fullSince time.Time
	// began is the first sequence that the oldest segment's name tells of.
	began   uint64
	damaged uint64
	torn    uint64
	damage  []Damage
	failure failure
}

// A segment is one file.
type segment struct {
	path string
	salt salt
	size int64
	// last is the highest sequence in it.
	last uint64
	// file is open for writing while the segment is active.
	file *os.File
}

func (s *segment) name() string { return filepath.Base(s.path) }

// An entry is where a record stands.
type entry struct {
	sequence, epoch uint64
	at              int64
	segment         *segment
	offset          int64
	size            int
}

// failure is how delivering fails at present.
type failure struct {
	text     string
	at       time.Time
	attempts int
}

// Damage is a stretch of a file that is no sound record.
type Damage struct {
	File         string
	Offset, Size int
	// Sequence of the record, if it can be told; else 0.
	Sequence uint64
	// Torn: it is the end of what was written last. A crash in the middle of a write leaves that, and such a record was never
	// accepted.
	Torn bool
}

// Status is how a spool stands.
type Status struct {
	Epoch uint64
	// Depth is how many snapshots wait for the sink, Oldest when the first of them was appended (zero: none waits).
	Depth  int
	Oldest time.Time
	// Kept is how many are accepted and still here.
	Kept int
	// Bytes on disk, of Quota.
	Bytes, Quota int64
	// FullSince is when the spool refused a snapshot for want of room; zero if there is room.
	FullSince time.Time
	// Acked is the last sequence that is settled.
	Acked uint64
	// LastError is why delivering fails, since when it was last tried, and how often in a row; empty if it does not.
	LastError   string
	LastErrorAt time.Time
	Attempts    int
	// Refused deliveries are on record here; see Refused.
	Refused int
	// Damaged is how many records could not be read, Torn how many writes were found cut short; see Damage.
	Damaged, Torn uint64
}

// Status says how the spool stands.
func (s *Spool) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending := s.pending()
	st := Status{
		Epoch: s.ident.Epoch, Depth: len(pending), Kept: len(s.entries) - len(pending), Bytes: s.bytes, Quota: s.opt.Quota,
		FullSince: s.fullSince, Acked: s.progress.Acked,
		LastError: s.failure.text, LastErrorAt: s.failure.at, Attempts: s.failure.attempts,
		Refused: len(s.refused), Damaged: s.damaged, Torn: s.torn,
	}
	if len(pending) > 0 {
		st.Oldest = time.UnixMilli(pending[0].at)
	}
	return st
}

// Damage lists what was found damaged since the spool was opened, at most 1000 stretches.
func (s *Spool) Damage() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Damage(nil), s.damage...)
}

// pending are the entries that wait for the sink.
func (s *Spool) pending() []entry {
	i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].sequence > s.progress.Acked })
	return s.entries[i:]
}

// Open opens the spool in a folder of its own, or makes one. It reads everything that is there.
func Open(dir string, opt Options) (*Spool, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, refusedDir), 0o700); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	if err := errors.Join(folder.Sync(filepath.Dir(dir)), folder.Sync(dir)); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	if err := private(dir); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	held, err := folder.Take(dir)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	s := &Spool{
		dir: dir, opt: opt, codec: codec, held: held, group: &group{}, refused: map[uint64]int64{},
		wake: make(chan struct{}, 1), room: make(chan struct{}),
	}
	if err := s.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("spool %s: %w", dir, err), held.Release())
	}
	return s, nil
}

// Close gives the spool back. It does not wait for the sink.
func (s *Spool) Close() error {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.flush()
	if s.active != nil {
		err = errors.Join(err, s.active.file.Close())
		s.active.file = nil
	}
	close(s.room)
	return errors.Join(err, s.held.Release())
}

// remove removes a file and does not mind that it is gone.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func isSegment(name string) bool { return strings.HasSuffix(name, segmentExt) }
