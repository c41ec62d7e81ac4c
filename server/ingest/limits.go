package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A budget is memory that is lent in the order it was asked for.
type budget struct {
	mu      sync.Mutex
	free    int64
	total   int64
	waiting []*loan
}

type loan struct {
	size    int64
	granted chan struct{}
}

func newBudget(total int64) *budget { return &budget{free: total, total: total} }

// take waits for memory. More than there is altogether counts as all there is. It gives what is to be given back.
func (b *budget) take(ctx context.Context, size int64) (int64, error) {
	size = min(size, b.total)
	b.mu.Lock()
	if len(b.waiting) == 0 && b.free >= size {
		b.free -= size
		b.mu.Unlock()
		return size, nil
	}
	l := &loan{size, make(chan struct{})}
	b.waiting = append(b.waiting, l)
	b.mu.Unlock()
	select {
	case <-l.granted:
		return size, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-l.granted: // both happened at once
		b.free += size
	default:
		for i, w := range b.waiting {
			if w == l {
				b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
				break
			}
		}
	}
	b.grant()
	return 0, ctx.Err()
}

func (b *budget) give(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += size
	b.grant()
}

func (b *budget) grant() {
	for len(b.waiting) > 0 && b.free >= b.waiting[0].size {
		b.free -= b.waiting[0].size
		close(b.waiting[0].granted)
		b.waiting = b.waiting[1:]
	}
}

// recent remembers what each sender last delivered under which key: two snapshots under one key come from two programs.
type recent struct {
	mu sync.Mutex
	of map[string]*marks
}

// marks are few: a clone that is further behind is found when it renews its certificate.
type marks struct {
	ring [32]mark
	next int
}

type mark struct {
	epoch, sequence uint64
	of              [8]byte
}

func newRecent() *recent { return &recent{of: map[string]*marks{}} }

// forked notes a delivery and says whether its key was used for another snapshot.
func (r *recent) forked(sender string, epoch, sequence uint64, s *pb.Snapshot) bool {
	m := mark{epoch, sequence, markOf(s)}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.of[sender]
	if known == nil {
		known = &marks{}
		r.of[sender] = known
	}
	for _, k := range known.ring {
		if k.epoch == epoch && k.sequence == sequence {
			return k.of != m.of
		}
	}
	known.ring[known.next] = m
	known.next = (known.next + 1) % len(known.ring)
	return false
}

// markOf is what stays the same when a sender sends the same snapshot again, be it encoded by another version.
func markOf(s *pb.Snapshot) (out [8]byte) {
	h := sha256.New()
	h.Write([]byte(s.GetTarget().GetId()))
	for _, n := range []int64{
		s.GetStartedAt().GetSeconds(), int64(s.GetStartedAt().GetNanos()),
		s.GetFinishedAt().GetSeconds(), int64(s.GetFinishedAt().GetNanos()), int64(len(s.GetFindings())),
	} {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	copy(out[:], h.Sum(nil))
	return out
}
