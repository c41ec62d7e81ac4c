package orders

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An Order is one that is being worked on.
type Order struct {
	*pb.Order

	stop      context.CancelFunc
	cancelled context.Context
	// over is closed when work on it has ended.
	over chan struct{}

	mu   sync.Mutex
	ends []*pb.TargetEnd
	more chan struct{}
}

func newOrder(o *pb.Order) *Order {
	cancelled, stop := context.WithCancel(context.Background())
	return &Order{Order: o, cancelled: cancelled, stop: stop, over: make(chan struct{}), more: make(chan struct{}, 1)}
}

func (o *Order) cancel() { o.stop() }

// Cancelled ends when the order is taken back: what has not begun does not begin.
func (o *Order) Cancelled() context.Context { return o.cancelled }

// Void says how a target ends that has not begun: because the order was taken back, or is too old. It is nil while the order stands.
func (o *Order) Void(now time.Time) *pb.TargetEnd {
	switch until := o.GetNotAfter(); {
	case o.cancelled.Err() != nil:
		return &pb.TargetEnd{State: pb.VisitState_VISIT_STATE_CANCELLED, Detail: checks.Say("任务已撤销", "the order was cancelled")}
	case until != nil && now.After(until.AsTime()):
		return &pb.TargetEnd{
			State:  pb.VisitState_VISIT_STATE_TIMEOUT,
			Detail: checks.Say("任务已过有效期（%s）", "the order is void since %s", until.AsTime().UTC().Format(time.RFC3339)),
		}
	}
	return nil
}

// End tells how targets ended. It does not wait for the server.
func (o *Order) End(ends ...*pb.TargetEnd) {
	o.mu.Lock()
	o.ends = append(o.ends, ends...)
	o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// next gives the ends that are to be told next.
func (o *Order) next() []*pb.TargetEnd {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ends[:min(len(o.ends), maxBatch):min(len(o.ends), maxBatch)]
}

func (o *Order) told(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ends = o.ends[n:]
}

const (
	// maxBatch is how many ends are told at once, gather how long they are gathered.
	maxBatch = 500
	gather   = time.Second
	// settleTimeout bounds one call, parting the last ones when the program stops.
	settleTimeout = 30 * time.Second
	parting       = 3 * time.Second
)

// settle tells the server of ends until all are told and work has ended, or ctx has.
func (t *Taker) settle(ctx context.Context, o *Order) {
	defer t.release(o)
	defer o.cancel()
	pause := firstPause
	for {
		over := false
		select {
		case <-o.more:
			select { // more may come soon
			case <-o.over:
			case <-ctx.Done():
			case <-time.After(gather):
			}
		case <-o.over:
			over = true
		}
		for ends := o.next(); len(ends) > 0; ends = o.next() {
			err := t.tell(ctx, o, ends)
			switch status.Code(err) {
			case codes.OK:
				o.told(len(ends))
				pause = firstPause
				continue
			case codes.NotFound, codes.InvalidArgument, codes.PermissionDenied:
				t.Log.Error("the server does not take how targets of an order ended", "order", o.GetId(), "error", sink.Clean(status.Convert(err).Message()))
				o.told(len(ends))
				continue
			}
			if ctx.Err() != nil {
				break
			}
			t.Log.Warn("an order is not settled; it is tried again", "order", o.GetId(), "error", sink.Clean(status.Convert(err).Message()))
			if t.Sleep(ctx, pause) != nil {
				break
			}
			pause = min(2*pause, maxPause)
		}
		if over {
			return
		}
	}
}

// tell makes one call. One that falls into the end of the program is given a moment.
func (t *Taker) tell(ctx context.Context, o *Order, ends []*pb.TargetEnd) error {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(parting, cancel) })
	defer stop()
	_, err := t.Client.Settle(call, &pb.SettleRequest{OrderId: o.GetId(), Ends: ends})
	return err
}
