package orders_test

import (
	"sync"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

func nightly(spec schedule.Spec) orders.Timetable {
	plan := orders.Plan{Targets: orders.Selection{Zones: []string{"core"}}, Within: orders.Span(4 * time.Hour)}
	return orders.Timetable{ID: "nightly", Name: "夜间", Spec: spec, Plan: &plan}
}

// fireAll has several servers look for what is due at once.
func (w *world) fireAll(servers ...*server) {
	w.Helper()
	var group sync.WaitGroup
	for range 3 {
		for _, s := range servers {
			group.Go(func() {
				if err := s.Fire(w.ctx); err != nil {
					w.Error(err)
				}
			})
		}
	}
	group.Wait()
}

func (w *world) fired() []store.Sweep {
	w.Helper()
	found, _, err := w.store.Sweeps(w.ctx, store.SweepFilter{Schedule: "nightly"}, store.Page{})
	w.must(err)
	return found
}

// Two servers, one clock: a schedule that a second person approved fires once a night, whoever is up, and its sweep says who stands behind it.
func TestScheduleFiresOnceWithTwoServers(t *testing.T) {
	onBoth(t, func(w *world) {
		a, b := w.serve(), w.serve()
		w.must(w.plan.PutSchedule(w.ctx, who("li"), nightly(schedule.Spec{Cron: "30 2 * * *", Zone: "Asia/Shanghai", Jitter: time.Minute})))
		w.clock.Set(time.Date(2026, 3, 2, 18, 45, 0, 0, time.UTC)) // 02:45 in Shanghai
		w.fireAll(a, b)
		if n := len(w.fired()); n != 0 {
			t.Fatalf("fired %d times, and nobody approved it", n)
		}
		w.is(orders.ErrSelfAuthorised, w.plan.ApproveSchedule(w.ctx, who("li"), "nightly"))
		w.must(w.plan.ApproveSchedule(w.ctx, who("zhao"), "nightly"))
		w.fireAll(a, b)
		if n := len(w.fired()); n != 0 {
			t.Fatalf("fired %d times; it is due tomorrow", n)
		}
		for night := 1; night <= 3; night++ {
			w.pass(24 * time.Hour)
			if night == 3 {
				a.stop() // one server is gone; the other goes on
				w.fireAll(b)
			} else {
				w.fireAll(a, b)
			}
			found := w.fired()
			if len(found) != night {
				t.Fatalf("night %d: fired %d times", night, len(found))
			}
			if s := found[0]; s.RequestedBy != "li" || s.AuthorisedBy != "zhao" || s.Reason == "" {
				t.Fatalf("%+v", s)
			}
		}
		// It was down for three nights: one is made up for.
		w.pass(3 * 24 * time.Hour)
		w.fireAll(b)
		w.fireAll(b)
		if n := len(w.fired()); n != 4 {
			t.Fatalf("fired %d times after three nights down, want 4", n)
		}
		b.keep()
		last := w.fired()[0]
		if last.State != store.SweepRunning {
			t.Fatalf("%+v", last)
		}
		w.want(last.ID, map[string]string{"fw1": "planned", "sw1": "planned", "sw2": "planned"})
	})
}

// In trading hours nothing fires and nothing is handed out; a sweep that runs into them ends before.
func TestFreezes(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		shanghai := time.FixedZone("", 8*3600)
		w.clock.Set(time.Date(2026, 3, 2, 1, 0, 0, 0, shanghai))
		trading := schedule.Freeze{Name: "交易时段", Days: "mon-fri", From: "09:15", To: "15:30"}
		w.must(w.plan.PutSchedule(w.ctx, who("li"), nightly(schedule.Spec{Cron: "0 8 * * *", Zone: "Asia/Shanghai", Freezes: []schedule.Freeze{trading}})))
		w.must(w.plan.ApproveSchedule(w.ctx, who("zhao"), "nightly"))
		w.clock.Set(time.Date(2026, 3, 2, 10, 0, 0, 0, shanghai)) // it was down at 08:00
		w.fireAll(s)
		if n := len(w.fired()); n != 0 {
			t.Fatalf("fired %d times in a freeze", n)
		}
		w.clock.Set(time.Date(2026, 3, 2, 15, 30, 0, 0, shanghai))
		w.fireAll(s)
		if n := len(w.fired()); n != 1 {
			t.Fatalf("fired %d times after the freeze", n)
		}
		w.clock.Set(time.Date(2026, 3, 3, 8, 0, 0, 0, shanghai))
		s.keep()
		w.fireAll(s)
		s.keep()
		one := w.fired()[0]
		if want := time.Date(2026, 3, 3, 9, 15, 0, 0, shanghai); one.State != store.SweepRunning || !one.NotAfter.Equal(want) {
			t.Fatalf("it has until %v, want %v: %+v", one.NotAfter, want, one)
		}
		w.clock.Set(time.Date(2026, 3, 3, 9, 15, 0, 0, shanghai))
		r := s.watch("c1")
		s.keep()
		w.want(one.ID, map[string]string{"fw1": "timeout", "sw1": "timeout", "sw2": "timeout"})
		r.quiet()
	})
}

// What a schedule cannot be is said when it is written.
func TestSchedulesThatWillNotDo(t *testing.T) {
	onBoth(t, func(w *world) {
		for name, spec := range map[string]schedule.Spec{
			"no zone":  {Cron: "0 2 * * *"},
			"no line":  {Zone: "Asia/Shanghai"},
			"never":    {Cron: "0 0 30 2 *", Zone: "Asia/Shanghai"},
			"all week": {Cron: "0 2 * * *", Zone: "Asia/Shanghai", Freezes: []schedule.Freeze{{From: "00:00", To: "24:00"}}},
		} {
			if err := w.plan.PutSchedule(w.ctx, who("li"), nightly(spec)); err == nil {
				t.Errorf("%s: it was written", name)
			}
		}
		bad := nightly(schedule.Spec{Cron: "0 2 * * *", Zone: "Asia/Shanghai"})
		bad.Plan = &orders.Plan{}
		if err := w.plan.PutSchedule(w.ctx, who("li"), bad); err == nil {
			t.Error("a schedule of nothing was written")
		}
		_, err := w.plan.Schedule(w.ctx, "nightly")
		w.is(store.ErrNotFound, err)
	})
}
