package ingest

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

type deliverStream = grpc.BidiStreamingServer[pb.DeliverRequest, pb.DeliverResponse]

// Deliver takes one stream. It first tells the server's epoch, then acknowledges.
func (s *Service) Deliver(stream deliverStream) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	sender, err := s.c.Sender(ctx)
	if err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return status.Error(codes.Unavailable, err.Error())
	}
	leave, err := s.enter(sender)
	if err != nil {
		return err
	}
	defer leave()
	if err := stream.Send(&pb.DeliverResponse{ServerEpoch: s.c.Store.Epoch()}); err != nil {
		return err
	}
	window := make(chan *item, s.c.Limits.Window)
	received := make(chan error, 1)
	// It ends with the stream, which ends with this call: gRPC then wakes a Recv that waits.
	go func() {
		defer close(window)
		received <- s.receive(ctx, stream, sender, window)
	}()
	// What was taken in is acknowledged even if the sender, or what it sent last, ended the stream.
	if err := s.acknowledge(stream, window); err != nil {
		return err
	}
	return <-received
}

// enter counts a stream in.
func (s *Service) enter(sender Sender) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total >= s.c.Limits.Streams {
		return nil, status.Error(codes.ResourceExhausted, "the server has as many senders as it can serve; try again later")
	}
	if s.streams[sender.ID] >= s.c.Limits.PerSender {
		return nil, status.Error(codes.ResourceExhausted, "this sender has too many streams open")
	}
	s.streams[sender.ID]++
	s.total++
	s.c.Metrics.Streams(s.total)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.streams[sender.ID]--; s.streams[sender.ID] == 0 {
			delete(s.streams, sender.ID)
		}
		s.total--
		s.c.Metrics.Streams(s.total)
	}, nil
}

// receive reads the stream until it ends. A full window, a full queue, a spent budget or rate slow the sender down.
func (s *Service) receive(ctx context.Context, stream deliverStream, sender Sender, window chan<- *item) error {
	var epoch, sequence uint64
	pace := newPace(s.c.Limits.Rate)
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case r.GetSequence() == 0 || r.GetSequence() > 1<<63-1 || r.GetEpoch() > 1<<63-1:
			return status.Error(codes.InvalidArgument, "epoch and sequence are numbers of 63 bits, and the sequence counts from 1")
		case r.GetEpoch() == epoch && r.GetSequence() <= sequence:
			return status.Error(codes.InvalidArgument, "on one stream the sequence rises; open another to send again")
		}
		epoch, sequence = r.GetEpoch(), r.GetSequence()
		if err := pace.wait(ctx); err != nil {
			return err
		}
		it, err := s.take(ctx, sender, r)
		if err != nil {
			return err
		}
		select {
		case s.queue <- it:
		case <-ctx.Done():
			s.memory.give(it.lent)
			return ctx.Err()
		}
		select {
		case window <- it:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take opens one delivery and decides whether it is taken or refused.
func (s *Service) take(ctx context.Context, sender Sender, r *pb.DeliverRequest) (_ *item, err error) {
	// An opened snapshot takes about twice its encoded size.
	lent, err := s.memory.take(ctx, 2*guess(len(r.GetSnapshot())))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.memory.give(lent)
		}
	}()
	it := &item{lent: lent, done: make(chan struct{})}
	it.delivery = Delivery{Sender: sender, Epoch: r.GetEpoch(), Sequence: r.GetSequence(), Body: r.GetSnapshot(), Received: s.c.Now()}
	snapshot, refusal := open(r.GetSnapshot())
	if refusal == nil {
		refusal = check(snapshot)
	}
	if refusal == nil {
		refusal, err = s.entitled(ctx, sender, snapshot.GetTarget().GetId())
	}
	if err == nil && refusal == nil && s.c.Judge != nil {
		refusal, err = s.c.Judge(ctx, snapshot)
	}
	if err != nil {
		s.c.Log.Error("a delivery cannot be judged", "sender", sender.Name, "err", err)
		return nil, status.Error(codes.Unavailable, errBroken.Error())
	}
	if refusal != nil {
		s.c.Log.Warn("delivery refused", "sender", sender.Name, "epoch", r.GetEpoch(), "sequence", r.GetSequence(), "why", refusal.GetEn())
		it.delivery.Refusal = refusal
		return it, nil
	}
	if s.recent.forked(sender.ID, r.GetEpoch(), r.GetSequence(), snapshot) {
		why := checks.Say("%s 以同一序号 %d 交付了两份不同的快照：存在克隆，或状态被回滚",
			"%s delivered two snapshots under one sequence, %d: it was cloned or set back to an old state", sender.Name, r.GetSequence())
		if err := s.c.Forked(ctx, sender, why); err != nil {
			s.c.Log.Error("a clone cannot be shut out", "sender", sender.Name, "err", err)
		}
		return nil, status.Error(codes.PermissionDenied, why.GetEn())
	}
	it.delivery.Snapshot = snapshot
	return it, nil
}

// guess is how large a body of that size becomes, most of the time. The limits are for what does not.
func guess(compressed int) int64 { return min(openedLimit(compressed), 4096+20*int64(compressed)) }

// entitled says why a sender may not report a target. Each try is on record before it is answered.
func (s *Service) entitled(ctx context.Context, sender Sender, target string) (*pb.Text, error) {
	if sender.Agent && target == sender.Name {
		return nil, nil
	}
	if s.c.Allowed != nil {
		if ok, err := s.c.Allowed(ctx, sender, target); err != nil || ok {
			return nil, err
		}
	}
	why := checks.Say("%s 无权上报目标 %s", "%s may not report the target %s", sender.Name, target)
	return why, s.c.Forged(ctx, Event{At: s.c.Now(), Sender: sender.Name, Target: target, Text: why})
}

// acknowledge answers for deliveries in their order, for several at once where several are done.
func (s *Service) acknowledge(stream deliverStream, window <-chan *item) error {
	it, open := <-window
	for open {
		<-it.done
		if it.err != nil {
			return status.Error(codes.Unavailable, errBroken.Error())
		}
		ack := &pb.DeliverResponse{Epoch: it.delivery.Epoch, ServerEpoch: s.c.Store.Epoch()}
		it.answer(ack)
		var next *item
		for next == nil && open {
			select {
			case next, open = <-window:
				if open && next.joins(ack) {
					next.answer(ack)
					next = nil
				}
				continue
			default:
			}
			break
		}
		if err := stream.Send(ack); err != nil {
			return err
		}
		if it = next; it == nil && open {
			it, open = <-window
		}
	}
	return nil
}

// maxRefusals is how many refusals one acknowledgement carries.
const maxRefusals = 100

// joins says whether an acknowledgement that is about to go out can speak for the item too.
func (it *item) joins(ack *pb.DeliverResponse) bool {
	select {
	case <-it.done:
		return it.err == nil && it.delivery.Epoch == ack.GetEpoch() && len(ack.GetRefusals()) < maxRefusals
	default:
		return false
	}
}

func (it *item) answer(ack *pb.DeliverResponse) {
	ack.DurableSequence = it.delivery.Sequence
	if it.refusal != nil {
		ack.Refusals = append(ack.Refusals, &pb.Refusal{Sequence: it.delivery.Sequence, Reason: it.refusal})
	}
}

// pace slows a stream down to a rate, with a second's worth at once.
type pace struct {
	rate  float64
	spare float64
	last  time.Time
}

func newPace(rate float64) *pace { return &pace{rate: rate, spare: rate, last: time.Now()} }

func (p *pace) wait(ctx context.Context) error {
	now := time.Now()
	p.spare = min(p.rate, p.spare+now.Sub(p.last).Seconds()*p.rate)
	p.last = now
	if p.spare--; p.spare >= 0 {
		return nil
	}
	t := time.NewTimer(time.Duration(-p.spare / p.rate * float64(time.Second)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
