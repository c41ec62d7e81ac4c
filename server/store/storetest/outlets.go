package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// moved is what the feed says behind a number, a word a move.
func (f *fixture) moved(after int64) (out []string, last int64) {
	f.Helper()
	last = after
	for {
		list, err := f.Moves(f.ctx, last, 3)
		f.must(err)
		if len(list) == 0 {
			return out, last
		}
		for _, m := range list {
			last = m.Seq
			for _, move := range m.List {
				one, err := f.Finding(f.ctx, move.Finding)
				f.must(err)
				out = append(out, fmt.Sprintf("%s %s %s %d%d", m.Target, one.Clause, []string{"new", "changed", "gone", "back"}[move.Kind], move.From, move.To))
			}
		}
	}
}

func (f *fixture) movesAre(after int64, want ...string) int64 {
	f.Helper()
	got, last := f.moved(after)
	missing := map[string]int{}
	for _, w := range want {
		missing[w]++
	}
	for _, g := range got {
		missing[g]--
	}
	for word, n := range missing {
		if n != 0 {
			f.Errorf("the feed says %q, want %q (%q)", got, want, word)
			break
		}
	}
	return last
}

func movesFollow(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	deliver := func(n int, outcomes ...pb.Outcome) store.Delivery {
		d := s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: outcomes})
		f.accept(d)
		return d
	}
	first := deliver(0, pass, fail)
	at := f.movesAre(0, "h1 6.2.1.1 new 01", "h1 6.2.1.2 new 02")
	f.accept(first)
	deliver(1, pass, fail)
	at = f.movesAre(at)
	deliver(2, fail, fail)
	at = f.movesAre(at, "h1 6.2.1.1 changed 12")
	before := deliver(3, fail)
	at = f.movesAre(at, "h1 6.2.1.2 gone 20")
	deliver(4, fail)
	at = f.movesAre(at)
	back := deliver(5, fail, pass)
	list, err := f.Moves(f.ctx, at, 10)
	f.must(err)
	if len(list) != 1 || list[0].Snapshot != back.ID() || list[0].Before == "" || list[0].Before == before.ID() || !list[0].At.Equal(f.clock.Now()) {
		f.Errorf("moves %+v", list)
	}
	at = f.movesAre(at, "h1 6.2.1.2 back 21")
	// Several snapshots of one target in one call, the last of which says what the first did.
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(6), Outcomes: []pb.Outcome{pass, pass}}), s.Deliver(f, Reading{Target: "h1", At: hour(7), Outcomes: []pb.Outcome{fail, pass}}))
	at = f.movesAre(at, "h1 6.2.1.1 changed 21", "h1 6.2.1.1 changed 12")
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(8), Outcomes: Outcomes(2, unknown), Visit: pb.VisitState_VISIT_STATE_UNREACHABLE}))
	f.movesAre(at, "h1 6.2.1.1 changed 23", "h1 6.2.1.2 changed 13")
}

// Whoever reads while others write sees every number once, and none that appears below one that was seen.
func movesInOrder(f *fixture) {
	const writers, each = 4, 12
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			s := &Sender{ID: fmt.Sprint("agent-", w), Epoch: 1}
			for n := range each {
				o := []pb.Outcome{pass, fail}[n%2]
				if _, err := f.Accept(f.ctx, []store.Delivery{s.Deliver(f, Reading{Target: fmt.Sprint("h", w), At: hour(n), Outcomes: Outcomes(3, o)})}); err != nil {
					f.Error(err)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { writing.Wait(); close(ended) }()
	seen, last := map[string]bool{}, int64(0)
	read := func() int {
		list, err := f.Moves(f.ctx, last, 5)
		if err != nil {
			f.Error(err)
		}
		for _, m := range list {
			if m.Seq <= last || seen[m.Snapshot] {
				f.Errorf("%d after %d, %s", m.Seq, last, m.Snapshot)
			}
			seen[m.Snapshot], last = true, m.Seq
		}
		return len(list)
	}
	for open := true; open; {
		select {
		case <-ended:
			open = false
		default:
			read()
		}
	}
	for read() > 0 {
	}
	if len(seen) != writers*each {
		f.Errorf("%d of %d were seen", len(seen), writers*each)
	}
}

func outletHasOneServer(f *fixture) {
	f.accept((&Sender{ID: "agent-1", Epoch: 1}).Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(2, fail)}))
	until := f.clock.Now().Add(time.Minute)
	a, held, err := f.HoldOutlet(f.ctx, "soc", "syslog", "server-a", until)
	f.must(err)
	if !held || a.Seq != 1 || a.Holder != "server-a" {
		f.Fatalf("a new outlet begins at %+v, held %v", a, held)
	}
	if _, held, err := f.HoldOutlet(f.ctx, "soc", "syslog", "server-b", until); err != nil || held {
		f.Fatalf("two servers have it: %v, %v", held, err)
	}
	if _, held, err := f.HoldOutlet(f.ctx, "soc", "syslog", "server-a", until); err != nil || !held {
		f.Fatalf("it could not be kept: %v", err)
	}
	f.clock.Set(until)
	b, held, err := f.HoldOutlet(f.ctx, "soc", "syslog", "server-b", until.Add(time.Minute))
	f.must(err)
	if !held {
		f.Fatal("nobody takes it over")
	}
	if err := f.StepOutlet(f.ctx, a, a, nil); !errors.Is(err, store.ErrConflict) {
		f.Errorf("the server that lost it moves the cursor: %v", err)
	}
	is := b
	is.Delivered, is.Error, is.Since = 3, "no route", hour(1)
	refused := store.RefusedEvent{Event: "e1", Finding: "f1", At: hour(1), Reason: "too long"}
	f.must(f.StepOutlet(f.ctx, b, is, []store.RefusedEvent{refused, refused}))
	states, err := f.OutletStates(f.ctx)
	f.must(err)
	if len(states) != 1 || states[0].Delivered != 3 || states[0].Error != "no route" || !states[0].Since.Equal(hour(1)) || states[0].Holder != "server-b" {
		f.Errorf("states %+v", states)
	}
	list, _, err := f.OutletRefusals(f.ctx, "soc", store.Page{})
	f.must(err)
	refused.Outlet = "soc"
	if len(list) != 1 || list[0] != refused {
		f.Errorf("refusals %+v", list)
	}
}

func outletSteps(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	hold := func() store.OutletState {
		f.Helper()
		o, held, err := f.HoldOutlet(f.ctx, "soc", "file", "server-a", f.clock.Now().Add(1000*time.Hour))
		f.must(err)
		if !held {
			f.Fatal("not held")
		}
		return o
	}
	o := hold()
	for n := range 4 {
		f.clock.Set(hour(n))
		f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: Outcomes(2, []pb.Outcome{pass, fail}[n%2])}))
	}
	is := o
	is.Seq, is.Step = 2, 1
	f.must(f.StepOutlet(f.ctx, o, is, nil))
	if err := f.StepOutlet(f.ctx, o, is, nil); !errors.Is(err, store.ErrConflict) {
		f.Errorf("the same step twice: %v", err)
	}
	states, err := f.OutletStates(f.ctx)
	f.must(err)
	if states[0].Behind != 2 {
		f.Errorf("%d wait, want 2", states[0].Behind)
	}
	if n, err := f.PruneMoves(f.ctx, hour(3)); err != nil || n != 2 {
		f.Errorf("%d were forgotten (%v), want the 2 that it has passed", n, err)
	}
	is = hold()
	was := is
	is.Seq, is.Step = 4, 0
	f.must(f.StepOutlet(f.ctx, was, is, nil))
	behind, err := f.ResendOutlet(f.ctx, by, "soc", hour(3))
	f.must(err)
	if o := hold(); behind != 1 || o.Seq != 3 || o.Step != 0 {
		f.Errorf("set back to %+v, %d wait", o, behind)
	}
	if _, err := f.ResendOutlet(f.ctx, by, "nobody's", hour(0)); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("an outlet that there is not: %v", err)
	}
	f.must(f.AskFull(f.ctx, by, "soc", "run-1"))
	if err := f.AskFull(f.ctx, by, "soc", "run-2"); !errors.Is(err, store.ErrConflict) {
		f.Errorf("two at once: %v", err)
	}
	was = hold()
	if !was.Full.Open() || was.Full.ID != "run-1" {
		f.Fatalf("full %+v", was.Full)
	}
	is = was
	is.Full.Ended, is.Full.Tally = hour(4), store.Tally{Failed: 2}
	f.must(f.StepOutlet(f.ctx, was, is, nil))
	if o := hold(); o.Full != is.Full {
		f.Errorf("full %+v, want %+v", o.Full, is.Full)
	}
	f.must(f.AskFull(f.ctx, by, "soc", "run-3"))
	// An outlet that nobody served for long keeps nothing back.
	f.clock.Set(hour(2000))
	if n, err := f.PruneMoves(f.ctx, hour(1900)); err != nil || n != 2 {
		f.Errorf("%d were forgotten (%v), want 2", n, err)
	}
}
