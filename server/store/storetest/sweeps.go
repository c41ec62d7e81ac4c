package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

const (
	questioned  = pb.VisitState_VISIT_STATE_QUESTIONED
	unreachable = pb.VisitState_VISIT_STATE_UNREACHABLE
	refused     = pb.VisitState_VISIT_STATE_REFUSED
	failed      = pb.VisitState_VISIT_STATE_FAILED
	cancelled   = pb.VisitState_VISIT_STATE_CANCELLED
	timedOut    = pb.VisitState_VISIT_STATE_TIMEOUT
)

// begin plans, authorises and starts a sweep of targets that one reader reads, with an hour's time.
func (f *fixture) begin(sweep, reader string, targets ...string) {
	f.Helper()
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: sweep, Plan: `{}`, RequestedBy: "auditor"}, nil))
	f.must(f.Authorise(f.ctx, by, sweep, "officer"))
	var starts []store.Start
	for _, id := range targets {
		starts = append(starts, store.Start{Target: id, Reader: reader})
	}
	f.must(f.StartSweep(f.ctx, by, sweep, f.clock.Now().Add(time.Hour), starts))
}

func (f *fixture) hand(order, sweep, reader string, targets ...string) []string {
	f.Helper()
	handed, err := f.HandOut(f.ctx, store.Order{ID: order, Sweep: sweep, Sender: reader, Reader: reader}, targets)
	f.must(err)
	return handed
}

func (f *fixture) account(sweep, state string, planned, handed int64, ended map[pb.VisitState]int64) {
	f.Helper()
	one, err := f.Sweep(f.ctx, sweep)
	f.must(err)
	if one.State != state || one.Account.Total() != one.Planned || one.Account.Planned != planned || one.Account.Handed != handed || !reflect.DeepEqual(one.Account.Ended, ended) {
		f.Fatalf("sweep %+v", one)
	}
}

func sweepSumsUp(f *fixture) {
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: "s1", Plan: `{"zone":"dmz"}`, RequestedBy: "auditor", Reason: "季度检查"}, []string{"a", "b"}))
	f.is(store.ErrConflict, f.PutSweep(f.ctx, by, store.Sweep{ID: "s1"}, nil))
	f.is(store.ErrConflict, f.PutSweep(f.ctx, by, store.Sweep{ID: "s2"}, []string{"a", "a"}))
	targets := []store.Start{{Target: "a", Reader: "c1"}, {Target: "b", Reader: "c1"}, {Target: "c", Reader: "c1"}, {Target: "d", Reader: "c1"}, {Target: "e", Unread: checks.Say("无人读取", "nobody reads it")}}
	f.is(store.ErrConflict, f.StartSweep(f.ctx, by, "s1", hour(8), targets)) // nobody authorised it
	f.account("s1", store.SweepPlanned, 2, 0, map[pb.VisitState]int64{})
	f.must(f.Authorise(f.ctx, by, "s1", "officer"))
	f.is(store.ErrNotFound, f.Authorise(f.ctx, by, "s1", "another"))
	f.must(f.StartSweep(f.ctx, by, "s1", hour(8), targets))
	f.is(store.ErrConflict, f.StartSweep(f.ctx, by, "s1", hour(8), targets))
	f.account("s1", store.SweepRunning, 4, 0, map[pb.VisitState]int64{failed: 1})
	if handed := f.hand("o1", "s1", "c1", "a", "b", "c", "elsewhere"); !reflect.DeepEqual(handed, []string{"a", "b", "c"}) {
		f.Fatalf("handed out %v", handed)
	}
	f.account("s1", store.SweepRunning, 1, 3, map[pb.VisitState]int64{failed: 1})
	f.must(f.Account(f.ctx, "o1", []store.Ending{{Target: "a", Visit: questioned}, {Target: "b", Visit: refused, Detail: checks.Say("口令被拒绝", "refused")}, {Target: "d", Visit: questioned}}))
	f.must(f.Account(f.ctx, "o1", []store.Ending{{Target: "a", Visit: refused}}))
	f.account("s1", store.SweepRunning, 1, 1, map[pb.VisitState]int64{failed: 1, questioned: 1, refused: 1})
	if left, err := f.Handed(f.ctx, "c1"); err != nil || len(left) != 1 || left[0].Target != "c" {
		f.Fatalf("still handed: %+v, %v", left, err)
	}
	if done, err := f.FinishSweep(f.ctx, by, "s1"); done || err != nil {
		f.Fatalf("finished with targets open: %v, %v", done, err)
	}
	f.must(f.CloseSweep(f.ctx, by, "s1", store.SweepCancelled, checks.Say("已取消", "cancelled")))
	f.is(store.ErrNotFound, f.CloseSweep(f.ctx, by, "s1", store.SweepDone, nil))
	f.account("s1", store.SweepCancelled, 0, 0, map[pb.VisitState]int64{failed: 1, questioned: 1, refused: 1, cancelled: 2})
	if o, err := f.Order(f.ctx, "o1"); err != nil || o.Why != store.OrderCancelled {
		f.Fatalf("order %+v, %v", o, err)
	}
	ends, _, err := f.SweepTargets(f.ctx, "s1", "", store.Page{})
	f.must(err)
	if len(ends) != 5 || ends[1].Detail.GetZh() != "口令被拒绝" || ends[3].Detail.GetEn() != "cancelled" || ends[4].Detail.GetEn() != "nobody reads it" {
		f.Fatalf("ends %+v", ends)
	}
	if _, err := f.HandOut(f.ctx, store.Order{ID: "o2", Sweep: "s1", Sender: "c1", Reader: "c1"}, []string{"c"}); !errors.Is(err, store.ErrNotFound) {
		f.Fatalf("an ended sweep hands out: %v", err)
	}
	if all, _, err := f.Sweeps(f.ctx, store.SweepFilter{State: store.SweepCancelled}, store.Page{}); err != nil || len(all) != 1 {
		f.Fatalf("%d sweeps, %v", len(all), err)
	}
}

// linksByCommission: a snapshot belongs to the order that it names, if who had that order sent it, whenever it comes.
func linksByCommission(f *fixture) {
	f.begin("s1", "c1", "a", "b")
	f.hand("o1", "s1", "c1", "a", "b")
	c1 := &Sender{ID: "c1", Epoch: 1}
	reading := func(target, order string, o pb.Outcome) *pb.Snapshot {
		s := Reading{Target: target, At: hour(0), Outcomes: Outcomes(2, o)}.Make()
		if order != "" {
			s.Commission = &pb.Commission{SweepId: "s1", OrderId: order}
		}
		return s
	}
	f.accept(c1.Send(f, reading("a", "", fail), hour(0)))                                   // its own schedule's
	f.accept((&Sender{ID: "mallory", Epoch: 1}).Send(f, reading("a", "o1", pass), hour(0))) // not whose order it is
	f.must(f.Account(f.ctx, "o1", []store.Ending{{Target: "a", Visit: questioned}, {Target: "b", Visit: questioned}}))
	check := func(a, b string) {
		f.Helper()
		ends, _, err := f.SweepTargets(f.ctx, "s1", "", store.Page{})
		f.must(err)
		if ends[0].Snapshot != a || ends[1].Snapshot != b {
			f.Fatalf("a has %q, b %q; want %q, %q", ends[0].Snapshot, ends[1].Snapshot, a, b)
		}
	}
	check("", "")
	f.accept(c1.Send(f, reading("a", "o1", fail), hour(0)))
	if late, err := f.Unlinked(f.ctx, hour(-1)); err != nil || !reflect.DeepEqual(late, []string{"s1"}) {
		f.Fatalf("late: %v, %v", late, err)
	}
	f.must(f.Link(f.ctx, "s1"))
	check("c1.1.2", "")
	f.accept(c1.Send(f, reading("b", "o1", pass), hour(0)))
	if done, err := f.FinishSweep(f.ctx, by, "s1"); !done || err != nil {
		f.Fatalf("not finished: %v, %v", done, err)
	}
	check("c1.1.2", "c1.1.3")
	if tally, without, err := f.SweepTally(f.ctx, "s1"); err != nil || tally != (store.Tally{Failed: 2, Passed: 2}) || without != 0 {
		f.Fatalf("tally %+v, %d without, %v", tally, without, err)
	}
}

// ordersComeBack: what somebody had who is gone waits again, and ends after so many times; a sweep's time ends all.
func ordersComeBack(f *fixture) {
	f.begin("s1", "c1", "a", "b", "c")
	lost := checks.Say("已失联", "gone")
	f.hand("o1", "s1", "c1", "a", "b")
	f.must(f.TakeBack(f.ctx, "o1", f.clock.Now(), 2, lost)) // it was heard of just now
	f.account("s1", store.SweepRunning, 1, 2, map[pb.VisitState]int64{})
	f.clock.Set(f.clock.Now().Add(time.Minute))
	f.must(f.Heard(f.ctx, []string{"o1"}))
	f.must(f.TakeBack(f.ctx, "o1", f.clock.Now(), 2, lost))
	f.account("s1", store.SweepRunning, 1, 2, map[pb.VisitState]int64{})
	gone := func(order string) {
		f.Helper()
		f.clock.Set(f.clock.Now().Add(time.Minute))
		f.must(f.TakeBack(f.ctx, order, f.clock.Now(), 2, lost))
	}
	gone("o1")
	f.account("s1", store.SweepRunning, 3, 0, map[pb.VisitState]int64{})
	f.must(f.Account(f.ctx, "o1", []store.Ending{{Target: "a", Visit: questioned}}))
	f.account("s1", store.SweepRunning, 3, 0, map[pb.VisitState]int64{}) // too late
	f.hand("o2", "s1", "c1", "a")
	gone("o2")
	f.account("s1", store.SweepRunning, 2, 0, map[pb.VisitState]int64{failed: 1})
	f.hand("o3", "s1", "c1", "b")
	f.must(f.Account(f.ctx, "o3", []store.Ending{{Target: "b", Visit: unreachable, Detail: checks.Say("不通", "no route"), Again: f.clock.Now().Add(time.Minute)}}))
	if o, err := f.Order(f.ctx, "o3"); err != nil || o.Why != store.OrderSettled {
		f.Fatalf("order %+v, %v", o, err)
	}
	if handed := f.hand("o4", "s1", "c1", "b"); len(handed) != 0 {
		f.Fatalf("handed out before it is due: %v", handed)
	}
	f.must(f.Expire(f.ctx, "s1")) // not yet
	f.account("s1", store.SweepRunning, 2, 0, map[pb.VisitState]int64{failed: 1})
	f.clock.Set(hour(2))
	f.must(f.Expire(f.ctx, "s1"))
	f.account("s1", store.SweepRunning, 0, 0, map[pb.VisitState]int64{failed: 1, unreachable: 1, timedOut: 1})
	if done, err := f.FinishSweep(f.ctx, by, "s1"); !done || err != nil {
		f.Fatalf("not finished: %v, %v", done, err)
	}
}

func handedOnce(f *fixture) {
	var ids []string
	var listed []store.Target
	for i := range 40 {
		ids = append(ids, fmt.Sprintf("h%02d", i))
		listed = append(listed, store.Target{ID: ids[i]})
	}
	f.must(f.PutTargets(f.ctx, by, listed))
	// Two sweeps want the same targets, and two servers hand out each: every target is in one hand.
	f.begin("s1", "c1", ids...)
	f.begin("s2", "c1", ids...)
	var group sync.WaitGroup
	var total atomic.Int64
	for i := range 6 {
		group.Go(func() {
			o := store.Order{ID: fmt.Sprint("o", i), Sweep: fmt.Sprint("s", i%2+1), Sender: "c1", Reader: "c1"}
			handed, err := f.HandOut(f.ctx, o, ids)
			if err != nil {
				f.Error(err)
			}
			total.Add(int64(len(handed)))
		})
	}
	group.Wait()
	if total.Load() != 40 {
		f.Fatalf("40 targets were handed out %d times", total.Load())
	}
	if readers, err := f.WaitingReaders(f.ctx); err != nil || len(readers) != 0 {
		f.Fatalf("what is in a hand waits for %v, %v", readers, err)
	}
	open, err := f.OpenOrders(f.ctx)
	f.must(err)
	for _, o := range open {
		left, err := f.OrderTargets(f.ctx, o.ID)
		f.must(err)
		var ends []store.Ending
		for _, t := range left {
			ends = append(ends, store.Ending{Target: t.Target, Visit: questioned})
		}
		f.must(f.Account(f.ctx, o.ID, ends))
	}
	more, err := f.Waiting(f.ctx, "c1", nil, 1000)
	if err != nil || len(more) != 40 {
		f.Fatalf("%d wait in the other sweep, %v", len(more), err)
	}
}

func firesOnce(f *fixture) {
	due, next := hour(1), hour(25)
	nightly := store.Schedule{ID: "nightly", Name: "夜间", Cron: "0 2 * * *", Zone: "Asia/Shanghai", Plan: "{}", Enabled: true, ChangedBy: "bob", Jitter: time.Minute, Freezes: "[]"}
	f.must(f.PutSchedule(f.ctx, by, nightly))
	read := func() store.Schedule {
		f.Helper()
		all, err := f.Schedules(f.ctx)
		f.must(err)
		return all[0]
	}
	fire := func(sweep string) bool {
		ok, err := f.Fire(f.ctx, by, "nightly", due, next, &store.Sweep{ID: sweep, Schedule: "nightly", Plan: "{}", AuthorisedBy: "eve"})
		if err != nil {
			f.Error(err)
		}
		return ok
	}
	f.is(store.ErrConflict, f.ApproveSchedule(f.ctx, by, read(), "bob", due)) // his own
	before := read()
	f.clock.Set(f.clock.Now().Add(time.Second))
	nightly.Plan = `{"all":true}`
	f.must(f.PutSchedule(f.ctx, by, nightly))
	f.is(store.ErrConflict, f.ApproveSchedule(f.ctx, by, before, "eve", due)) // not what he read
	if fire("s0") {
		f.Fatal("it fired without an approval")
	}
	f.must(f.ApproveSchedule(f.ctx, by, read(), "eve", due))
	var won atomic.Int64
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			if fire(fmt.Sprint("s", i)) {
				won.Add(1)
			}
		})
	}
	group.Wait()
	sweeps, _, err := f.Sweeps(f.ctx, store.SweepFilter{Schedule: "nightly"}, store.Page{})
	f.must(err)
	if c := read(); won.Load() != 1 || len(sweeps) != 1 || !c.Last.Equal(due) || !c.Next.Equal(next) || c.ApprovedBy != "eve" || c.Jitter != time.Minute {
		f.Fatalf("fired %d times, %d sweeps; %+v", won.Load(), len(sweeps), c)
	}
	f.must(f.EnableSchedule(f.ctx, by, "nightly", false, hour(1)))
	if fire("s9") {
		f.Fatal("it fired while it was off")
	}
	f.must(f.EnableSchedule(f.ctx, by, "nightly", true, hour(1)))
	f.must(f.PutSchedule(f.ctx, by, nightly)) // changed: approved no more
	if c := read(); c.ApprovedBy != "" || fire("s10") {
		f.Fatalf("it fired as nobody approved it: %+v", c)
	}
	f.must(f.RemoveSchedule(f.ctx, by, "nightly"))
	f.is(store.ErrNotFound, f.RemoveSchedule(f.ctx, by, "nightly"))
}
