package orders_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

// many puts targets that c1 reads into the inventory.
func (w *world) many(n int) []string {
	w.Helper()
	var names []string
	var listed []store.Target
	for i := range n {
		names = append(names, fmt.Sprintf("m%04d", i))
		listed = append(listed, store.Target{ID: names[i], Zone: "many", Reader: "c1", Credential: "many", Jump: "bastion"})
	}
	w.must(w.store.PutTargets(w.ctx, who("setup"), listed))
	return names
}

// A snapshot that an auditor asks for does not wait for the nightly sweep of the same collector, of which more waits than one look shows.
func TestLargeSweepHoldsUpNoOther(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		nightly := w.sweep(of(w.many(1200)...))
		s.keep()
		c1 := s.watch("c1")
		if first := c1.order(); first.GetSweepId() != nightly || len(first.GetTargets()) != 500 {
			t.Fatalf("first came %d targets of %s", len(first.GetTargets()), first.GetSweepId())
		}
		asked := w.sweep(of("fw1"))
		s.keep()
		if second := c1.order(); second.GetSweepId() != asked || !slices.Equal(ids(second), []string{"fw1"}) {
			t.Fatalf("then came %v of %s", ids(second), second.GetSweepId())
		}
	})
}

// counted counts how many targets are looked up.
type counted struct {
	*store.Store
	targets atomic.Int64
}

func (c *counted) Target(ctx context.Context, id string) (store.Target, error) {
	c.targets.Add(1)
	return c.Store.Target(ctx, id)
}

// To say what may be had for one target of an order, the others are not looked up.
func TestOpenLooksUpOneTarget(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		targets := w.many(50)
		w.sweep(of(targets...))
		s.keep()
		order := s.watch("c1").order()
		c := &counted{Store: w.store}
		service := orders.New(orders.Config{Store: c, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		for _, target := range targets {
			got, _, err := service.Open(w.ctx, order.GetId(), "id-of-c1", target)
			if err != nil || !slices.Equal(got, []string{"many"}) {
				t.Fatalf("%s: %v, %v", target, got, err)
			}
		}
		if n := c.targets.Load(); n != int64(len(targets)) {
			t.Errorf("%d targets were looked up for %d", n, len(targets))
		}
	})
}
