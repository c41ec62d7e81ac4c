// Package sinktest holds every sink to the contract, called directly and over gRPC.
//
// It tests what the contract promises and nothing of how a receiver is spoken to. The package is for tests only.
package sinktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Rig is a receiver of the sink under test. Every rule gets a fresh one.
type Rig struct {
	// Settings configure the sink for this receiver. If the sink takes secrets, they name a file that holds Canary.
	Settings map[string]string
	// Canary is a secret that must show up nowhere; it may be empty if the sink takes none.
	Canary string
	// Received gives what the receiver durably holds, as it came.
	Received func() ([]*pluginpb.Delivery, error)
	// Down makes the receiver unreachable or failing, or well again.
	Down func(down bool)
	// Stall makes the receiver answer nothing, or answer again. Nil: what the sink writes to does not stall.
	Stall func(stalled bool)
	// Limit makes the receiver take that many more deliveries and then fail. Nil: it is not able to.
	Limit func(n int)
	// Output gives what the sink wrote to its log so far; it may be nil.
	Output func() string
}

// Start makes a fresh sink, not configured, and its receiver.
type Start func(t testing.TB) (sink.Sink, Rig)

// Run holds the sinks that start makes to every rule, called directly and over gRPC.
func Run(t *testing.T, start Start) {
	for _, rule := range Rules() {
		t.Run(rule.Name+"/direct", func(t *testing.T) {
			s, rig := start(t)
			check(t, rule, s, rig)
		})
		t.Run(rule.Name+"/grpc", func(t *testing.T) {
			s, rig := start(t)
			check(t, rule, carried(t, s), rig)
		})
	}
}

func check(t *testing.T, rule Rule, s sink.Sink, rig Rig) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := rule.Check(ctx, s, rig); errors.Is(err, errNotAble) {
		t.Skip(err)
	} else if err != nil {
		t.Error(err)
	}
}

// carried is the sink behind the carrier.
func carried(t testing.TB, s sink.Sink) sink.Sink {
	c, _ := plugin.TestPluginGRPCConn(t, false, map[string]plugin.Plugin{sink.PluginName: &sink.Plugin{Impl: s}})
	t.Cleanup(func() { c.Close() })
	remote, err := c.Dispense(sink.PluginName)
	if err != nil {
		t.Fatal(err)
	}
	return remote.(sink.Sink)
}

// A Rule is one demand of the contract. Check says how the sink fails it.
type Rule struct {
	Name  string
	Check func(context.Context, sink.Sink, Rig) error
}

// errNotAble says that the rig cannot show what the rule is about.
var errNotAble = errors.New("this receiver is not able to do that")

// Rules are all demands of the contract.
func Rules() []Rule {
	return []Rule{
		{"settings", settings}, {"empty", empty}, {"unchanged", unchanged}, {"order", order}, {"again", again},
		{"down", down}, {"partial", partial}, {"cancelled", cancelled}, {"secret", secret},
	}
}

// Deliveries makes n deliveries that differ, from a sequence on.
func Deliveries(from uint64, n int) []*pluginpb.Delivery {
	var all []*pluginpb.Delivery
	for i := range n {
		seq := from + uint64(i)
		id := fmt.Sprintf("finding-%d", seq)
		all = append(all, &pluginpb.Delivery{Sender: "sender", Epoch: 7, Sequence: seq, Snapshot: &pb.Snapshot{
			Target:     &pb.Target{Id: fmt.Sprintf("host-%d", seq), Labels: map[string]string{"环境": "生产"}},
			StartedAt:  timestamppb.New(time.Unix(int64(seq), 0)),
			FinishedAt: timestamppb.New(time.Unix(int64(seq)+1, 5)),
			Findings: []*pb.Finding{
				{Id: id, Outcome: pb.Outcome_OUTCOME_FAIL, Observed: &pb.Text{Zh: "口令最小长度为 6 位\n", En: "minimum length is 6\t<\"\\>"}},
				{Id: id + "b", Outcome: pb.Outcome_OUTCOME_UNKNOWN, Evidence: []*pb.Evidence{{Source: "/etc/login.defs", FirstLine: 3, Excerpt: "PASS_MIN_LEN\u2028 6"}}},
			},
		}})
	}
	return all
}

// words are those of an error, which there may not be.
func words(err error) string { return fmt.Sprint(err) }

func settings(ctx context.Context, s sink.Sink, rig Rig) error {
	if n, err := s.Send(ctx, Deliveries(1, 1)); err == nil || n != 0 {
		return fmt.Errorf("before it was configured it accepted %d (%s)", n, words(err))
	}
	with := map[string]string{"no-such-setting": "x"}
	for k, v := range rig.Settings {
		with[k] = v
	}
	err := s.Configure(ctx, with)
	if err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		return fmt.Errorf("it does not name a setting that it does not know: %s", words(err))
	}
	return nil
}

func empty(ctx context.Context, s sink.Sink, rig Rig) error {
	if err := s.Configure(ctx, rig.Settings); err != nil {
		return err
	}
	if n, err := s.Send(ctx, nil); n != 0 || err != nil {
		return fmt.Errorf("of nothing it accepted %d, %w", n, err)
	}
	return nil
}

// configured configures the sink and sends what must be accepted as a whole.
func configured(ctx context.Context, s sink.Sink, rig Rig, batches ...[]*pluginpb.Delivery) error {
	if err := s.Configure(ctx, rig.Settings); err != nil {
		return err
	}
	for _, b := range batches {
		if err := sendAll(ctx, s, b); err != nil {
			return err
		}
	}
	return nil
}

// sendAll sends until all is accepted, as the spool does.
func sendAll(ctx context.Context, s sink.Sink, b []*pluginpb.Delivery) error {
	for len(b) > 0 {
		n, err := s.Send(ctx, b)
		if n < 0 || n > len(b) {
			return fmt.Errorf("it says that it accepted %d of %d", n, len(b))
		}
		if err != nil || n == 0 {
			return fmt.Errorf("it accepted %d of %d and then nothing: %w", n, len(b), err)
		}
		b = b[n:]
	}
	return nil
}

// holds says what is wrong with what the receiver holds: it is to hold want, in order, each perhaps more than once.
func holds(rig Rig, want []*pluginpb.Delivery) error {
	got, err := rig.Received()
	if err != nil {
		return err
	}
	seen := map[uint64]bool{}
	var unique []*pluginpb.Delivery
	for _, d := range got {
		if !seen[d.GetSequence()] {
			unique = append(unique, d)
		}
		seen[d.GetSequence()] = true
	}
	if len(unique) < len(want) {
		return fmt.Errorf("of %d accepted deliveries the receiver holds %d", len(want), len(unique))
	}
	for i, w := range want {
		if !proto.Equal(unique[i], w) {
			return fmt.Errorf("delivery %d arrived changed or out of order:\n%v\nwant:\n%v", i, unique[i], w)
		}
	}
	return nil
}

func unchanged(ctx context.Context, s sink.Sink, rig Rig) error {
	want := Deliveries(1, 1)
	if err := configured(ctx, s, rig, want); err != nil {
		return err
	}
	return holds(rig, want)
}

func order(ctx context.Context, s sink.Sink, rig Rig) error {
	want := Deliveries(1, 60)
	if err := configured(ctx, s, rig, want[:1], want[1:50], want[50:]); err != nil {
		return err
	}
	return holds(rig, want)
}

// again: what was accepted may come again, and is accepted again.
func again(ctx context.Context, s sink.Sink, rig Rig) error {
	want := Deliveries(1, 6)
	if err := configured(ctx, s, rig, want[:4], want[2:4], want[3:]); err != nil {
		return err
	}
	return holds(rig, want)
}

func down(ctx context.Context, s sink.Sink, rig Rig) error {
	want := Deliveries(1, 4)
	if err := configured(ctx, s, rig, want[:2]); err != nil {
		return err
	}
	rig.Down(true)
	n, err := s.Send(ctx, want[2:])
	refusal := (*sink.Refusal)(nil)
	switch {
	case err == nil || n != 0:
		return fmt.Errorf("while the receiver was down it accepted %d (%s)", n, words(err))
	case errors.As(err, &refusal):
		return fmt.Errorf("it takes a receiver that is down for a refusal for good, which loses the delivery: %w", err)
	}
	rig.Down(false)
	if err := sendAll(ctx, s, want[2:]); err != nil {
		return fmt.Errorf("after the receiver came back: %w", err)
	}
	return holds(rig, want)
}

func partial(ctx context.Context, s sink.Sink, rig Rig) error {
	if rig.Limit == nil {
		return errNotAble
	}
	want := Deliveries(1, 8)
	if err := configured(ctx, s, rig); err != nil {
		return err
	}
	rig.Limit(3)
	n, err := s.Send(ctx, want)
	if n > 3 {
		return fmt.Errorf("it accepted %d although the receiver took 3 (%s)", n, words(err))
	}
	if err := holds(rig, want[:max(n, 0)]); err != nil {
		return err
	}
	rig.Limit(100)
	if err := sendAll(ctx, s, want[max(n, 0):]); err != nil {
		return err
	}
	return holds(rig, want)
}

func cancelled(ctx context.Context, s sink.Sink, rig Rig) error {
	want := Deliveries(1, 2)
	if err := configured(ctx, s, rig); err != nil {
		return err
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if n, err := s.Send(gone, want); n != 0 || err == nil {
		return fmt.Errorf("after it was cancelled it accepted %d (%s)", n, words(err))
	}
	if rig.Stall != nil {
		rig.Stall(true)
		soon, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		began := time.Now()
		n, err := s.Send(soon, want)
		if n != 0 || err == nil {
			return fmt.Errorf("while the receiver said nothing it accepted %d (%s)", n, words(err))
		}
		if took := time.Since(began); took > 2*time.Second {
			return fmt.Errorf("it ended %v after it was cancelled", took)
		}
		rig.Stall(false)
	}
	if err := sendAll(ctx, s, want); err != nil {
		return err
	}
	return holds(rig, want)
}

// secret: the canary is in no error and no log, whatever goes wrong.
func secret(ctx context.Context, s sink.Sink, rig Rig) error {
	if rig.Canary == "" {
		return errNotAble
	}
	var said strings.Builder
	say := func(err error) { fmt.Fprintf(&said, "%v %+v\n", err, err) }
	say(s.Configure(ctx, map[string]string{"no-such-setting": "x"}))
	say(configured(ctx, s, rig, Deliveries(1, 2)))
	rig.Down(true)
	_, err := s.Send(ctx, Deliveries(3, 2))
	say(err)
	say(s.Configure(ctx, rig.Settings))
	rig.Down(false)
	if rig.Output != nil {
		said.WriteString(rig.Output())
	}
	got, err := rig.Received()
	fmt.Fprintf(&said, "%v %v", got, err)
	if strings.Contains(said.String(), rig.Canary) {
		return errors.New("the secret is in its errors, its log or what it sent")
	}
	return nil
}
