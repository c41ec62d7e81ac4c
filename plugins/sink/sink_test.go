package sink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/go-plugin"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/sinktest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// scripted is a sink that does what a test says.
type scripted struct {
	configure func(map[string]string) error
	send      func([]*pluginpb.Delivery) (int, error)
}

func (s scripted) Configure(_ context.Context, with map[string]string) error {
	return s.configure(with)
}

func (s scripted) Send(_ context.Context, ds []*pluginpb.Delivery) (int, error) { return s.send(ds) }

func carried(t *testing.T, s sink.Sink) sink.Sink {
	c, _ := plugin.TestPluginGRPCConn(t, false, map[string]plugin.Plugin{sink.PluginName: &sink.Plugin{Impl: s}})
	t.Cleanup(func() { c.Close() })
	remote, err := c.Dispense(sink.PluginName)
	if err != nil {
		t.Fatal(err)
	}
	return remote.(sink.Sink)
}

// The carrier brings over what a sink said, with what it accepted before it failed.
func TestCarrier(t *testing.T) {
	for name, c := range map[string]struct {
		n    int
		err  error
		want int
		is   func(error) bool
	}{
		"all":          {3, nil, 3, func(err error) bool { return err == nil }},
		"some":         {2, nil, 2, func(err error) bool { return err == nil }},
		"some, failed": {1, errors.New("no route"), 1, func(err error) bool { return err != nil && err.Error() == "no route" }},
		"refused": {2, fmt.Errorf("x: %w", &sink.Refusal{Reason: "bad\x00"}), 2, func(err error) bool {
			r := (*sink.Refusal)(nil)
			return errors.As(err, &r) && r.Reason == "bad "
		}},
		"resend":        {0, sink.ErrResend, 0, func(err error) bool { return errors.Is(err, sink.ErrResend) }},
		"cancelled":     {0, context.Canceled, 0, func(err error) bool { return errors.Is(err, context.Canceled) }},
		"deadline":      {0, context.DeadlineExceeded, 0, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		"too many":      {4, nil, 0, func(err error) bool { return err != nil && strings.Contains(err.Error(), "accepted 4 of 3") }},
		"too many, bad": {1 << 30, errors.New("x"), 0, func(err error) bool { return err != nil && strings.Contains(err.Error(), "of 3") }},
		"fewer than 0":  {-5, nil, 0, func(err error) bool { return err == nil }},
		"bad UTF-8":     {0, errors.New("\xff\xfe" + strings.Repeat("中", 1000)), 0, func(err error) bool { return err != nil && len(err.Error()) < 1100 && utf8.ValidString(err.Error()) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := carried(t, scripted{send: func([]*pluginpb.Delivery) (int, error) { return c.n, c.err }})
			if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 3)); n != c.want || !c.is(err) {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	s := carried(t, scripted{
		configure: func(map[string]string) error { panic("hunter2") },
		send:      func([]*pluginpb.Delivery) (int, error) { panic("hunter2") },
	})
	if err := s.Configure(t.Context(), nil); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, 1)); n != 0 || err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(n, err)
	}
}

// Batches are bounded: what does not fit into a message is not accepted yet, and what never will is refused.
func TestBounds(t *testing.T) {
	most := 0
	s := carried(t, scripted{send: func(ds []*pluginpb.Delivery) (int, error) {
		most = max(most, len(ds))
		return len(ds), nil
	}})
	if n, err := s.Send(t.Context(), sinktest.Deliveries(1, sink.MaxBatch+5)); n != sink.MaxBatch || err != nil || most != sink.MaxBatch {
		t.Errorf("accepted %d, %v, at most %d at once", n, err, most)
	}
	big := &pluginpb.Delivery{Sequence: 1, Snapshot: &pb.Snapshot{DriverVersion: strings.Repeat("x", sink.MaxMessage)}}
	refusal := (*sink.Refusal)(nil)
	if n, err := s.Send(t.Context(), []*pluginpb.Delivery{big}); n != 0 || !errors.As(err, &refusal) {
		t.Errorf("of 64 MiB accepted %d, %v", n, err)
	}
}

func TestServeIfAsked(t *testing.T) {
	if asked, err := sink.ServeIfAsked([]string{"agent", "scan"}, nil); asked || err != nil {
		t.Error(asked, err)
	}
	if asked, err := sink.ServeIfAsked(append([]string{"agent"}, sink.Args("none")...), []sink.Builtin{{Name: "file"}}); !asked || err == nil || !strings.Contains(err.Error(), "file") {
		t.Error(asked, err)
	}
}
