package event

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// An Outlet takes events somewhere. Like a sink it keeps no queue and tries nothing again, and is called by one goroutine at a time.
type Outlet interface {
	// Configure hands over the operator's settings, once, before the first Send. Secrets come as names of files. A setting that the
	// outlet does not know is an error. It reaches nobody.
	Configure(ctx context.Context, settings map[string]string) error
	// Send tells events in order and says how many the receiver has, counted from the first, also when it fails; fewer than were given
	// is no error. The rest will come again, and what it has may. A *sink.Refusal is about the first that it has not.
	Send(ctx context.Context, events []*Event) (accepted int, err error)
	// Close ends what is open. Send may follow and opens it again.
	Close() error
}

// A Format writes an event as one record, without a line's end in it.
type Format interface {
	Append(b []byte, e *Event) ([]byte, error)
	// Media is the media type of a record.
	Media() string
}

// outletSink tells every finding of the snapshots that a sink is given.
type outletSink struct {
	Outlet
	ready bool
}

// Sink makes a sink of an outlet: what an agent or a collector tells by itself.
func Sink(o Outlet) sink.Sink { return &outletSink{Outlet: o} }

// Configure hands the settings on.
func (s *outletSink) Configure(ctx context.Context, settings map[string]string) error {
	if s.ready {
		s.ready = false
		if err := s.Close(); err != nil {
			return err
		}
	}
	err := s.Outlet.Configure(ctx, settings)
	s.ready = err == nil
	return err
}

// most is how many events are sent in one go.
const most = 500

// Send accepts a delivery once all its findings were told. One of which some will never be taken is refused after all others were.
func (s *outletSink) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if !s.ready {
		return 0, errors.New("the sink is not configured")
	}
	for i, d := range deliveries {
		refused, total, err := s.tell(ctx, Of(d))
		if err != nil {
			return i, err
		}
		if refused != nil {
			return i, &sink.Refusal{Reason: fmt.Sprintf("%d of its %d findings were refused, the first: %s", total, len(d.GetSnapshot().GetFindings()), refused.Reason)}
		}
	}
	return len(deliveries), nil
}

func (s *outletSink) tell(ctx context.Context, events []*Event) (first *sink.Refusal, refused int, err error) {
	for len(events) > 0 {
		n, err := s.Outlet.Send(ctx, events[:min(len(events), most)])
		events = events[n:]
		refusal := (*sink.Refusal)(nil)
		switch {
		case errors.As(err, &refusal) && len(events) > 0:
			if first == nil {
				first = refusal
			}
			refused++
			events = events[1:]
		case err != nil:
			return nil, 0, err
		case n == 0:
			return nil, 0, errors.New("the outlet took nothing and does not say why")
		}
	}
	return first, refused, nil
}
