package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// tidyEvery is how often a spool at rest looks for what it need not keep any longer.
const tidyEvery = time.Hour

// Deliver delivers to the sink until ctx ends, and then gives its error. What fails is tried again after a pause.
func (s *Spool) Deliver(ctx context.Context, to sink.Sink) error {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	return s.deliver(ctx, to, false)
}

// Drain delivers until nothing waits. A failure ends it only with ctx.
func (s *Spool) Drain(ctx context.Context, to sink.Sink) error {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	return s.deliver(ctx, to, true)
}

// Resend makes everything that is still here wait for the sink again.
func (s *Spool) Resend() error {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	return s.resend()
}

func (s *Spool) deliver(ctx context.Context, to sink.Sink, drain bool) error {
	wait, limit := s.opt.MinWait, s.opt.Batch
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		sent, err := s.step(ctx, to, limit)
		if errors.Is(err, ErrClosed) {
			return err
		}
		s.note(ctx, sent, err)
		switch {
		case err == nil && sent == 0:
			if drain {
				return nil
			}
			s.rest(ctx)
		case err == nil || sent > 0:
			wait, limit = s.opt.MinWait, min(2*limit, s.opt.Batch)
		default:
			// One at a time: if it is a single one that the sink chokes on, those before it get through.
			limit = 1
			pause(ctx, wait/2+rand.N(wait/2+1)) //nolint:gosec // spreads senders, hides nothing
			wait = min(2*wait, s.opt.MaxWait)
		}
	}
}

// rest waits for something to deliver.
func (s *Spool) rest(ctx context.Context) {
	tidy := time.NewTimer(tidyEvery)
	defer tidy.Stop()
	select {
	case <-s.wake:
	case <-tidy.C:
		if err := s.tidy(); err != nil {
			s.note(ctx, 0, err)
		}
	case <-ctx.Done():
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// note keeps how delivering goes for Status.
func (s *Spool) note(ctx context.Context, sent int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.failure = failure{}
	case ctx.Err() == nil:
		attempts := s.failure.attempts
		if sent > 0 {
			attempts = 0
		}
		s.failure = failure{sink.Clean(err.Error()), s.opt.Now(), attempts + 1}
	}
}

// step delivers one batch and says how many of it are settled.
func (s *Spool) step(ctx context.Context, to sink.Sink, limit int) (settled int, err error) {
	batch, err := s.batch(limit)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	accepted, err := to.Send(ctx, batch)
	if accepted < 0 || accepted > len(batch) {
		return 0, fmt.Errorf("the sink says that it accepted %d of %d", accepted, len(batch))
	}
	if accepted > 0 {
		if err := s.ack(batch[accepted-1].GetSequence()); err != nil {
			return 0, err
		}
	}
	refusal := (*sink.Refusal)(nil)
	switch {
	case errors.As(err, &refusal) && accepted < len(batch):
		if err := s.refuse(batch[accepted], refusal.Reason); err != nil {
			return accepted, err
		}
		return accepted + 1, nil
	case errors.Is(err, sink.ErrResend):
		return 0, errors.Join(err, s.resend())
	case err == nil && accepted == 0:
		return 0, errors.New("the sink accepted nothing and does not say why")
	}
	return accepted, err
}

// batch reads the next deliveries. What turns out damaged is counted and passed over.
func (s *Spool) batch(limit int) ([]*pluginpb.Delivery, error) {
	s.mu.Lock()
	closed, pending := s.closed, slices.Clone(first(s.pending(), limit))
	s.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	var files opened
	defer files.close()
	var batch []*pluginpb.Delivery
	size := 0
	for _, e := range pending {
		payload, err := files.read(e)
		if errors.Is(err, errPayload) {
			s.lose(e)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
		snapshot, n, err := s.codec.decode(payload)
		if err != nil {
			// Sound on disk and yet no snapshot: nobody will ever read it. It goes on record when its turn comes.
			if len(batch) > 0 {
				break
			}
			if err := s.setAside(e.sequence, e.epoch, payload, err.Error()); err != nil {
				return nil, err
			}
			return s.batch(limit)
		}
		if size += n; size > s.opt.BatchBytes && len(batch) > 0 {
			break
		}
		batch = append(batch, &pluginpb.Delivery{Sender: s.opt.Sender, Epoch: e.epoch, Sequence: e.sequence, Snapshot: snapshot})
	}
	if len(batch) == 0 && len(pending) > 0 {
		return s.batch(limit) // all were damaged and are gone from the index
	}
	return batch, nil
}

func first(entries []entry, n int) []entry { return entries[:min(n, len(entries))] }

// lose takes a record that has become unreadable out of the index.
func (s *Spool) lose(e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = slices.DeleteFunc(s.entries, func(o entry) bool { return o == e })
	s.damaged++
	s.report(Damage{e.segment.name(), int(e.offset), e.size, e.sequence, false})
}

// opened is the segment that is being read.
type opened struct {
	segment *segment
	file    *os.File
}

func (o *opened) close() {
	if o.file != nil {
		o.file.Close()
	}
}

// read gives the payload of a record, or errPayload if it is not there any more as it was written.
func (o *opened) read(e entry) ([]byte, error) {
	if o.segment != e.segment {
		o.close()
		o.segment, o.file = nil, nil
		f, err := os.Open(e.segment.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errPayload
		}
		if err != nil {
			return nil, err
		}
		o.segment, o.file = e.segment, f
	}
	b := make([]byte, e.size)
	if _, err := o.file.ReadAt(b, e.offset); errors.Is(err, io.EOF) {
		return nil, errPayload
	} else if err != nil {
		return nil, err
	}
	r, _, err := readRecord(b, e.segment.salt)
	if err != nil || r.sequence != e.sequence || r.epoch != e.epoch {
		return nil, errPayload
	}
	return r.payload, nil
}

// ack makes it durable that everything up to a sequence is settled, and only then clears away.
func (s *Spool) ack(sequence uint64) error {
	s.mu.Lock()
	next := progress{max(sequence, s.progress.Acked), map[string]int64{}}
	for _, g := range s.sealed {
		if g.last <= next.Acked {
			since, ok := s.progress.Kept[g.name()]
			if !ok {
				since = s.opt.Now().Unix()
			}
			next.Kept[g.name()] = since
		}
	}
	s.mu.Unlock()
	return s.advance(next)
}

func (s *Spool) advance(next progress) error {
	if err := s.withReserve(func() error { return writeState(s.dir, ackedFile, next) }); err != nil {
		return fmt.Errorf("record what was accepted: %w", err)
	}
	s.mu.Lock()
	s.progress = next
	if !s.fullSince.IsZero() && s.yields() {
		close(s.room)
		s.room, s.fullSince = make(chan struct{}), noTime
	}
	s.mu.Unlock()
	return s.tidy()
}

// resend makes everything wait again.
func (s *Spool) resend() error {
	s.mu.Lock()
	next := progress{}
	if len(s.entries) > 0 {
		next.Acked = s.entries[0].sequence - 1
	}
	s.mu.Unlock()
	return s.advance(next)
}

// tidy removes segments that were kept long enough.
func (s *Spool) tidy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range slices.Clone(s.sealed) {
		since, ok := s.progress.Kept[g.name()]
		if !ok || g.last > s.progress.Acked {
			continue
		}
		if s.opt.Keep < 0 || s.opt.Now().Sub(time.Unix(since, 0)) >= s.opt.Keep {
			if err := s.drop(g); err != nil {
				return err
			}
		}
	}
	return nil
}

// yields says whether a segment could be given up for new snapshots.
func (s *Spool) yields() bool {
	return slices.ContainsFunc(s.sealed, s.acked) || s.active != nil && s.active.size > segmentHead && s.acked(s.active)
}

// drop removes a segment and forgets what was in it.
func (s *Spool) drop(g *segment) error {
	if err := remove(g.path); err != nil {
		return fmt.Errorf("give up a segment: %w", err)
	}
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool { return e.segment == g })
	s.sealed = slices.DeleteFunc(s.sealed, func(o *segment) bool { return o == g })
	s.bytes -= g.size
	return nil
}
