package sinktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

const canary = "canary-7f3a"

// model is a sink as it should be, with its receiver, and with faults.
type model struct {
	fault      string
	configured bool
	down       bool
	stalled    atomic.Bool
	left       int
	got        []*pluginpb.Delivery
	failed     int
	seen       map[uint64]bool
}

func (m *model) Configure(_ context.Context, with map[string]string) error {
	for k := range with {
		if k != "secret_file" && m.fault != "takes any setting" {
			return fmt.Errorf("there is no setting %q", k)
		}
	}
	m.configured = true
	return nil
}

func (m *model) Send(ctx context.Context, ds []*pluginpb.Delivery) (int, error) {
	switch {
	case !m.configured && m.fault != "needs no settings":
		return 0, errors.New("not configured")
	case len(ds) == 0 && m.fault == "fails on nothing":
		return 0, errors.New("nothing to send")
	case m.down && m.fault == "accepts while down":
		return len(ds), nil
	case m.down && m.fault == "refuses while down":
		return 0, &sink.Refusal{Reason: "no connection"}
	case m.down && m.fault == "tells the secret":
		return 0, errors.New("login with " + canary + " failed")
	case m.down:
		m.failed++
		return 0, errors.New("down")
	case ctx.Err() != nil && m.fault != "ignores cancellation":
		return 0, ctx.Err()
	case m.stalled.Load() && m.fault == "hangs":
		time.Sleep(3 * time.Second)
		return 0, errors.New("hung")
	case m.stalled.Load() && m.fault != "ignores cancellation":
		<-ctx.Done()
		return 0, ctx.Err()
	case m.failed > 0 && m.fault == "never recovers":
		return 0, errors.New("still down")
	case m.fault == "accepts more than it got" && len(ds) > 0:
		return len(ds) + 1, nil
	}
	ds = slices.Clone(ds)
	if m.fault == "out of order" {
		slices.Reverse(ds)
	}
	for i, d := range ds {
		if m.left == 0 {
			if m.fault == "accepts what was not taken" {
				return len(ds), nil
			}
			return i, errors.New("no more")
		}
		if m.seen[d.GetSequence()] && m.fault == "chokes on repetitions" {
			return i, errors.New("duplicate key")
		}
		m.seen[d.GetSequence()] = true
		m.left--
		if m.fault == "changes" {
			d = proto.Clone(d).(*pluginpb.Delivery)
			d.Snapshot.Findings = d.Snapshot.Findings[:1]
		}
		if m.fault == "loses the last" && i == len(ds)-1 {
			continue
		}
		m.got = append(m.got, d)
	}
	return len(ds), nil
}

func newModel(fault string) (*model, Rig) {
	m := &model{fault: fault, left: 1000, seen: map[uint64]bool{}}
	return m, Rig{
		Settings: map[string]string{"secret_file": "/dev/null"}, Canary: canary,
		Received: func() ([]*pluginpb.Delivery, error) { return m.got, nil },
		Down:     func(down bool) { m.down = down },
		Stall:    func(stalled bool) { m.stalled.Store(stalled) },
		Limit:    func(n int) { m.left = n },
	}
}

func TestModel(t *testing.T) {
	Run(t, func(testing.TB) (sink.Sink, Rig) { return newModel("") })
}

// Every rule catches the sink that breaks it.
func TestFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"takes any setting": "settings", "needs no settings": "settings", "fails on nothing": "empty", "accepts while down": "down",
		"refuses while down": "down", "never recovers": "down", "tells the secret": "secret", "ignores cancellation": "cancelled",
		"hangs": "cancelled", "accepts more than it got": "unchanged", "out of order": "order", "accepts what was not taken": "partial",
		"chokes on repetitions": "again", "changes": "unchanged", "loses the last": "unchanged",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			var caught []string
			for _, rule := range Rules() {
				s, rig := newModel(fault)
				if rule.Check(t.Context(), s, rig) != nil {
					caught = append(caught, rule.Name)
				}
			}
			if !slices.Contains(caught, want) {
				t.Errorf("caught by %v, want %s among them", caught, want)
			}
		})
	}
}
