package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

func acceptExactlyOnce(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1<<63 + 7} // an epoch that no signed number holds
	first := s.Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(5, pass)})
	other := s.Deliver(f, Reading{Target: "h1", At: hour(1), Outcomes: Outcomes(5, fail)})
	f.accept(first, first)
	f.accept(first)
	f.accept(other, first)
	if n := f.count("snapshots"); n != 2 {
		f.Fatalf("%d snapshots of 2 deliveries", n)
	}
	if highest, err := f.Durable(f.ctx, s.ID, s.Epoch); err != nil || highest != 2 {
		f.Fatalf("durable to %d, %v; want 2", highest, err)
	}
	if highest, err := f.Durable(f.ctx, s.ID, 8); err != nil || highest != 0 {
		f.Fatalf("durable to %d, %v in an epoch that never was", highest, err)
	}
	// Another epoch is another key.
	again := first
	again.Epoch = 2
	f.accept(again)
	if n := f.count("snapshots"); n != 3 {
		f.Fatalf("%d snapshots of 3 keys", n)
	}
	one, err := f.Snapshot(f.ctx, first.ID())
	f.must(err)
	if one.Epoch != s.Epoch || one.Sequence != 1 || one.Target != "h1" || !one.At.Equal(hour(0)) || one.Tally.Passed != 5 ||
		one.Driver != "huawei-vrp" || len(one.Baselines) != 1 || one.Visit != pb.VisitState_VISIT_STATE_QUESTIONED {
		f.Fatalf("kept as %+v", one)
	}
}

func acceptAllOrNothing(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	good := s.Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(5, pass)})
	bad := good
	bad.Sequence = 0
	if _, err := f.Accept(f.ctx, []store.Delivery{good, bad}); err == nil {
		f.Fatal("a delivery without a sequence was taken")
	}
	if n := f.count("snapshots"); n != 0 {
		f.Fatalf("%d snapshots after a failure", n)
	}
	f.accept(good)
}

// What cannot be taken is on record and does not hold up what comes after it.
func poisonIsOnRecord(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	make := func(change func(*pb.Snapshot)) store.Delivery {
		snapshot := Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(3, pass)}.Make()
		change(snapshot)
		return s.Send(f, snapshot, hour(1))
	}
	enc, err := zstd.NewWriter(nil)
	f.must(err)
	poison := map[string]store.Delivery{
		"no zstd":            s.Raw([]byte("rubbish"), hour(1)),
		"empty":              s.Raw(nil, hour(1)),
		"no protobuf":        s.Raw(enc.EncodeAll([]byte("\xff\xff\xff"), nil), hour(1)),
		"a bomb":             s.Raw(enc.EncodeAll(bytes.Repeat([]byte{0}, store.MaxSnapshot+1), nil), hour(1)),
		"too long":           s.Raw(bytes.Repeat([]byte{1}, store.MaxBody+1), hour(1)),
		"no target":          make(func(p *pb.Snapshot) { p.Target.Id = "" }),
		"a zero byte":        make(func(p *pb.Snapshot) { p.Target.Zone = "a\x00b" }),
		"no time":            make(func(p *pb.Snapshot) { p.StartedAt, p.FinishedAt = nil, nil }),
		"an impossible time": make(func(p *pb.Snapshot) { p.FinishedAt = &timestamppb.Timestamp{Seconds: 1 << 60} }),
		"a long clause":      make(func(p *pb.Snapshot) { p.Findings[1].Clause = strings.Repeat("x", 5000) }),
		"no outcome":         make(func(p *pb.Snapshot) { p.Findings[1].Outcome = none }),
		"a strange outcome":  make(func(p *pb.Snapshot) { p.Findings[1].Outcome = 9 }),
		"another's finding":  make(func(p *pb.Snapshot) { p.Findings[1].TargetId = "h2" }),
		"a chosen id":        make(func(p *pb.Snapshot) { p.Findings[1].Id = checks.ID("h2", "b", "c", "d", "") }),
	}
	stated := s.Deliver(f, Reading{Target: "h1", At: hour(1), Outcomes: Outcomes(3, pass)})
	stated.Refusal = checks.Say("发送方无权上报该目标", "the sender may not report for the target")
	poison["the caller's word"] = stated
	for name, d := range poison {
		good := s.Deliver(f, Reading{Target: "good", At: hour(2), Outcomes: Outcomes(3, pass)})
		for range 2 { // the second time it says the same
			refusals, err := f.Accept(f.ctx, []store.Delivery{d, good})
			if err != nil {
				f.Fatalf("%s: %v", name, err)
			}
			if len(refusals) != 1 || refusals[0].Sequence != d.Sequence || refusals[0].Reason.GetEn() == "" || refusals[0].Reason.GetZh() == "" {
				f.Fatalf("%s: refusals %v", name, refusals)
			}
		}
		if _, err := f.Snapshot(f.ctx, good.ID()); err != nil {
			f.Fatalf("behind %s: %v", name, err)
		}
	}
	found, _, err := f.Refusals(f.ctx, store.Page{Limit: 1000})
	f.must(err)
	if len(found) != len(poison) {
		f.Fatalf("%d refusals are visible of %d", len(found), len(poison))
	}
	if n := f.count("snapshots"); n != len(poison) {
		f.Fatalf("%d snapshots beside %d refusals", n, len(poison))
	}
}

func bodyIsKept(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	d := s.Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: Outcomes(50, pass)})
	f.accept(d)
	body, err := f.Body(f.ctx, d.ID())
	f.must(err)
	if !bytes.Equal(body, d.Body) {
		f.Fatal("the body is not the one delivered")
	}
	opened, err := f.Opened(f.ctx, d.ID())
	f.must(err)
	if len(opened.GetFindings()) != 50 || len(opened.GetFacts().GetPasswordPolicies().GetItems()) == 0 {
		f.Fatal("the snapshot is not whole")
	}
	if _, err := f.Body(f.ctx, "agent-1.1.99"); !errors.Is(err, store.ErrNotFound) {
		f.Fatalf("a body that is not there: %v", err)
	}
}

// Many writers send the same keys in different batches: each is there once, and the counts are right.
func manyWriters(f *fixture) {
	const writers, keys = 8, 60
	var deliveries []store.Delivery
	senders := []*Sender{{ID: "agent-1", Epoch: 1}, {ID: "agent-2", Epoch: 1}, {ID: "agent-3", Epoch: 1}}
	for i := range keys {
		o := pass
		if i%3 == 0 {
			o = fail
		}
		deliveries = append(deliveries, senders[i%3].Deliver(f, Reading{
			Target: fmt.Sprint("h", i%5), Zone: fmt.Sprint("zone", i%2), At: hour(i), Outcomes: Outcomes(4+i%3, o),
		}))
	}
	var group sync.WaitGroup
	errs := make(chan error, writers*keys)
	for w := range writers {
		group.Go(func() {
			for i := 0; i < keys; {
				n := min(1+(i+w)%5, keys-i)
				batch := append([]store.Delivery{}, deliveries[i:i+n]...)
				if w%2 == 1 { // another order, to make locks cross
					for a, b := 0, len(batch)-1; a < b; a, b = a+1, b-1 {
						batch[a], batch[b] = batch[b], batch[a]
					}
				}
				if _, err := f.Accept(f.ctx, batch); err != nil {
					errs <- err
				}
				i += n
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		f.Error(err)
	}
	if n := f.count("snapshots"); n != keys {
		f.Fatalf("%d snapshots of %d keys", n, keys)
	}
	for i := range 5 {
		state, err := f.State(f.ctx, fmt.Sprint("h", i))
		f.must(err)
		if want := hour(keys - 5 + i); !state.At.Equal(want) {
			f.Errorf("h%d stands at %s, want %s", i, state.At, want.Format(time.RFC3339))
		}
	}
}
