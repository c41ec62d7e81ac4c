package ingest

import (
	"context"
	"errors"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An item is a delivery on its way to the store.
type item struct {
	delivery Delivery
	lent     int64
	// done is closed when refusal and err are set.
	done    chan struct{}
	refusal *pb.Text
	err     error
}

// errBroken is what senders hear after a failed commit. The cause is in our log.
var errBroken = errors.New("the server cannot store anything now; try again later")

// write commits what the streams bring. While one commit runs, the next batch gathers.
func (s *Service) write(ctx context.Context) {
	for {
		var batch []*item
		select {
		case <-ctx.Done():
			s.fail(ctx)
			return
		case it := <-s.queue:
			batch = append(batch, it)
		}
	gather:
		for len(batch) < s.c.Limits.Batch {
			select {
			case it := <-s.queue:
				batch = append(batch, it)
			default:
				break gather
			}
		}
		s.commit(ctx, batch)
	}
}

// fail answers for what was queued when the service was closed.
func (s *Service) fail(ctx context.Context) {
	for {
		select {
		case it := <-s.queue:
			s.settle(it, nil, ctx.Err())
		default:
			return
		}
	}
}

func (s *Service) settle(it *item, refusal *pb.Text, err error) {
	it.refusal, it.err = refusal, err
	s.memory.give(it.lent)
	close(it.done)
}

func (s *Service) commit(ctx context.Context, batch []*item) {
	if s.Ready() != nil {
		for _, it := range batch {
			s.settle(it, nil, errBroken)
		}
		return
	}
	deliveries := make([]Delivery, 0, len(batch))
	bytes := 0
	for _, it := range batch {
		deliveries = append(deliveries, it.delivery)
		bytes += len(it.delivery.Body)
	}
	// The batch is of many streams, so it ends with none of them.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.c.Limits.Commit)
	defer cancel()
	start := time.Now()
	refusals, err := s.c.Store.Accept(ctx, deliveries)
	if err != nil {
		s.c.Metrics.Failed()
		s.c.Log.Error("deliveries cannot be stored; nothing more is taken", "deliveries", len(deliveries), "err", err)
		s.mu.Lock()
		s.broken, s.asked = errBroken, s.c.Now()
		s.mu.Unlock()
		for _, it := range batch {
			s.settle(it, nil, errBroken)
		}
		return
	}
	s.c.Metrics.Committed(len(deliveries), len(refusals), bytes, time.Since(start))
	for i, it := range batch {
		s.settle(it, refusals[i], nil)
	}
}

// recoverEvery is how often a broken store is asked whether it may be trusted again.
const recoverEvery = 5 * time.Second

// ready says whether a stream may begin. After a failed commit it asks the store now and then.
func (s *Service) ready(ctx context.Context) error {
	s.mu.Lock()
	due := s.broken != nil && s.c.Recover != nil && s.c.Now().Sub(s.asked) >= recoverEvery
	if due {
		s.asked = s.c.Now()
	}
	broken := s.broken
	s.mu.Unlock()
	if !due {
		return broken
	}
	if err := s.c.Recover(ctx); err != nil {
		s.c.Log.Error("the store is not to be trusted yet", "err", err)
		return broken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = nil
	s.c.Log.Info("the store is taking deliveries again")
	return nil
}
