package station

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// keep puts a snapshot into every spool.
func (s *service) keep(ctx context.Context, snapshot *pb.Snapshot) error {
	return s.put(ctx, snapshot, s.outlets)
}

// put puts a snapshot into some spools, each in its own time, and returns when all have it.
func (s *service) put(ctx context.Context, snapshot *pb.Snapshot, into []*outlet) error {
	errs := make([]error, len(into))
	var all sync.WaitGroup
	for i, o := range into {
		all.Go(func() { errs[i] = o.take(ctx, snapshot, func(why string) { s.hold(o, why) }) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// hold notes why a spool takes nothing; empty: it does.
func (s *service) hold(o *outlet, why string) {
	s.mu.Lock()
	before := s.status.Waiting[o.name]
	s.mu.Unlock()
	if before == why {
		return
	}
	if why == "" {
		o.log.Info("the spool takes snapshots again; scanning goes on")
	} else if before == "" {
		o.log.Error("the spool does not take the scan: no further scan is made until it does", "error", why)
	}
	s.change(func(st *Status) {
		waiting := maps.Clone(st.Waiting)
		if waiting == nil {
			waiting = map[string]string{}
		}
		waiting[o.name] = why
		maps.DeleteFunc(waiting, func(_, why string) bool { return why == "" })
		st.Waiting = waiting
	})
}

// room waits until every spool takes snapshots. It gives up when one of the contexts ends.
func (s *service) room(ctx, or context.Context) error {
	for {
		s.mu.Lock()
		waiting := len(s.status.Waiting)
		s.mu.Unlock()
		if err := errors.Join(ctx.Err(), or.Err()); err != nil || waiting == 0 {
			return err
		}
		select {
		case <-or.Done():
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
