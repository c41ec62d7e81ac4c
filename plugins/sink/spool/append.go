package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"

	"github.com/plumbline/plumbline/plugins/internal/folder"
)

// retryFull is how long to wait before a full spool is tried again, although nothing was delivered.
const retryFull = 5 * time.Second

// A group is the snapshots that one fsync makes durable.
type group struct {
	done bool
	err  error
}

// Append takes a snapshot. It returns when the snapshot is durable and then gives its place in the spool; with an error it was not
// taken. The snapshot is not kept.
func (s *Spool) Append(ctx context.Context, snapshot *pb.Snapshot) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	payload, err := s.codec.encode(snapshot)
	if err != nil {
		return 0, err
	}
	size := int64(recordHead + len(payload))
	if size+segmentHead > s.opt.Quota {
		return 0, fmt.Errorf("%w: %d bytes compressed, the quota of the spool is %d", ErrTooLarge, len(payload), s.opt.Quota)
	}
	for {
		sequence, err := s.take(payload, size)
		// What is kept only in case yields to what is new, also where it is the disk that is full and not the quota.
		if err == nil || !diskFull(err) || !s.free() {
			return sequence, err
		}
	}
}

// take takes a payload.
func (s *Spool) take(payload []byte, size int64) (uint64, error) {
	s.mu.Lock()
	for !s.ready(size) {
		s.mu.Unlock()
		if err := s.prepare(size); err != nil {
			return 0, fmt.Errorf("take the snapshot: %w", err)
		}
		s.mu.Lock()
	}
	sequence, g, err := s.write(payload)
	s.mu.Unlock()
	if err == nil {
		err = s.commit(g)
	}
	if err != nil {
		return 0, fmt.Errorf("take the snapshot: %w", err)
	}
	return sequence, nil
}

// Wait waits until there may be room again after ErrFull.
func (s *Spool) Wait(ctx context.Context) error {
	s.mu.Lock()
	full, room := !s.fullSince.IsZero(), s.room
	s.mu.Unlock()
	if !full {
		return ctx.Err()
	}
	retry := time.NewTimer(retryFull)
	defer retry.Stop()
	select {
	case <-room:
		return nil
	case <-retry.C: // it is not only us who can free a disk
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready says whether size bytes may be written to the active segment.
func (s *Spool) ready(size int64) bool {
	return !s.closed && s.active != nil && s.bytes+size <= s.opt.Quota &&
		(s.active.size+size <= s.opt.SegmentBytes || s.active.size == segmentHead)
}

// prepare makes an active segment with room for size bytes, or says why there is none.
func (s *Spool) prepare(size int64) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.ready(size) {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	if s.bytes+segmentHead+size > s.opt.Quota {
		if err := s.yield(segmentHead + size); err != nil {
			return err
		}
	}
	if s.ready(size) {
		return nil
	}
	if err := s.seal(); err != nil {
		return err
	}
	return s.begin()
}

// yield gives up acknowledged segments until there is room for size bytes.
func (s *Spool) yield(size int64) error {
	for s.bytes+size > s.opt.Quota {
		g, err := s.settled()
		if err != nil {
			return err
		}
		if g == nil {
			return s.full(fmt.Errorf("%w: %d of %d bytes are taken by what was not delivered", ErrFull, s.bytes, s.opt.Quota))
		}
		if err := s.drop(g); err != nil {
			return err
		}
	}
	return nil
}

// free gives up one acknowledged segment, if there is one.
func (s *Spool) free() bool {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.flush() != nil {
		return false
	}
	g, err := s.settled()
	return err == nil && g != nil && s.drop(g) == nil
}

// settled gives the oldest segment that is wholly acknowledged and so is kept only in case, sealed; nil if there is none.
func (s *Spool) settled() (*segment, error) {
	if i := slices.IndexFunc(s.sealed, s.acked); i >= 0 {
		return s.sealed[i], nil
	}
	if g := s.active; g != nil && g.size > segmentHead && s.acked(g) {
		return g, s.seal()
	}
	return nil, nil
}

func (s *Spool) acked(g *segment) bool { return g.last <= s.progress.Acked }

// full remembers since when there is no room.
func (s *Spool) full(err error) error {
	if s.fullSince.IsZero() {
		s.fullSince = s.opt.Now()
	}
	return err
}

// begin begins a new active segment, in a new epoch if one is due. When it returns the segment's name is durable.
func (s *Spool) begin() error {
	if err := s.reserve(); err != nil {
		return s.spaced(fmt.Errorf("lay the reserve by: %w", err))
	}
	if s.renew {
		next := identity{newEpoch(s.opt.Now(), s.ident.Epoch), newSalt()}
		if err := writeState(s.dir, identityFile, next); err != nil {
			return s.spaced(fmt.Errorf("begin an epoch: %w", err))
		}
		s.ident, s.renew = next, false
	}
	g := &segment{path: filepath.Join(s.dir, fmt.Sprintf("%020d%s", s.next, segmentExt)), salt: s.ident.Salt, size: segmentHead}
	f, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = f.WriteAt(appendSegmentHead(nil, g.salt), 0)
		if err == nil {
			err = folder.Sync(s.dir)
		}
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(g.path))
		}
	}
	if err != nil {
		// The name may be taken now; the next attempt uses another.
		s.next++
		s.renew = true
		return s.spaced(fmt.Errorf("begin a segment: %w", err))
	}
	g.file = f
	s.active = g
	s.bytes += segmentHead
	return nil
}

// seal ends the active segment. All of it is durable.
func (s *Spool) seal() error {
	g := s.active
	if g == nil {
		return nil
	}
	s.active = nil
	s.sealed = append(s.sealed, g)
	err := g.file.Close()
	g.file = nil
	if err != nil {
		return fmt.Errorf("end a segment: %w", err)
	}
	return nil
}

// write writes one record behind the others. It is not durable yet.
func (s *Spool) write(payload []byte) (uint64, *group, error) {
	g, at := s.active, s.opt.Now().UnixMilli()
	frame := appendRecord(nil, g.salt, record{formatZstd, s.ident.Epoch, s.next, at, payload})
	if _, err := g.file.WriteAt(frame, g.size); err != nil {
		// Half a record must not stand before the next one.
		if truncated := g.file.Truncate(g.size); truncated != nil {
			s.abandon(g, nil, errors.Join(err, truncated))
		}
		return 0, nil, s.spaced(err)
	}
	e := entry{s.next, s.ident.Epoch, at, g, g.size, len(frame)}
	s.unsynced = append(s.unsynced, e)
	g.size += int64(e.size)
	s.bytes += int64(e.size)
	s.next++
	return e.sequence, s.group, nil
}

// spaced says of a want of disk space that the spool is full.
func (s *Spool) spaced(err error) error {
	if diskFull(err) {
		return s.full(errors.Join(ErrFull, err))
	}
	return err
}

// commit makes a group durable, unless another of its members already did or failed to.
func (s *Spool) commit(g *group) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.done {
		return g.err
	}
	// Others may write on while this group is made durable: they are the next one.
	segment, entries := s.active, s.unsynced
	s.group, s.unsynced = &group{}, nil
	s.mu.Unlock()
	err := segment.file.Sync()
	s.mu.Lock()
	s.settle(g, segment, entries, err)
	return g.err
}

// flush makes everything that was written durable. Both locks are held.
func (s *Spool) flush() error {
	if len(s.unsynced) == 0 {
		return nil
	}
	g, entries := s.group, s.unsynced
	s.group, s.unsynced = &group{}, nil
	s.settle(g, s.active, entries, s.active.file.Sync())
	return g.err
}

// settle tells a group how its fsync ended.
func (s *Spool) settle(g *group, in *segment, entries []entry, err error) {
	g.done = true
	if err != nil {
		g.err = s.spaced(err)
		s.abandon(in, entries, err)
		return
	}
	in.last = entries[len(entries)-1].sequence
	s.entries = append(s.entries, entries...)
	s.fullSince = noTime
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// abandon gives up a segment's records that are written and not durable, and the segment with them: after a failed fsync the kernel
// may call the same bytes clean the next time. They are cut off, but may come back if the machine fails now; a new epoch keeps their
// keys apart.
func (s *Spool) abandon(g *segment, lost []entry, err error) {
	s.group.done, s.group.err = true, s.spaced(err)
	s.group = &group{}
	if lost = append(lost, s.unsynced...); len(lost) > 0 && lost[0].offset < g.size {
		s.bytes -= g.size - lost[0].offset
		g.size = lost[0].offset
	}
	s.unsynced = nil
	_ = os.Truncate(g.path, g.size) // nobody knows of what is behind; at the next start it is a record too many, not one too few
	if s.active == g {
		_ = g.file.Close() // its last fsync failed anyway
		g.file, s.active = nil, nil
		s.sealed = append(s.sealed, g)
	}
	s.next++
	s.renew = true
}
