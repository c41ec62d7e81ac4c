package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

func (f *fixture) is(want, got error) {
	f.Helper()
	if !errors.Is(got, want) {
		f.Fatalf("got %v, want %v", got, want)
	}
}

func targets(f *fixture) {
	core := store.Target{
		ID: "sw-core-01", Name: "核心交换机", Address: "192.0.2.1", Port: 2222, Driver: "huawei-vrp", Transports: []string{"ssh", "snmp"},
		Zone: "core", Role: "core-switch", Owner: "网络组", Labels: map[string]string{"site": "sh", "tier": "1"}, Credential: "net-ro",
		SNMPCredential: "snmp-ro", Account: "scan", Jump: "bastion", Algorithms: "legacy", Encoding: "gbk", Sudo: true, Reader: "collector-1",
		Added: Epoch0, Updated: Epoch0,
	}
	f.must(f.PutTargets(f.ctx, by, []store.Target{core, {ID: "web-01", Zone: "dmz", Labels: map[string]string{"site": "sh"}}}))
	got, err := f.Target(f.ctx, "sw-core-01")
	f.must(err)
	if !reflect.DeepEqual(got, core) {
		f.Errorf("kept as %+v\nwant    %+v", got, core)
	}
	f.clock.Set(hour(1))
	core.Labels = map[string]string{"site": "bj"}
	f.must(f.PutTargets(f.ctx, by, []store.Target{core}))
	if got, err = f.Target(f.ctx, "sw-core-01"); err != nil || !got.Added.Equal(Epoch0) || !got.Updated.Equal(hour(1)) {
		f.Errorf("changed: %+v, %v", got, err)
	}
	for _, test := range []struct {
		filter store.TargetFilter
		want   int
	}{
		{store.TargetFilter{}, 2}, {store.TargetFilter{Zone: "dmz"}, 1}, {store.TargetFilter{Reader: "collector-1"}, 1},
		{store.TargetFilter{Labels: map[string]string{"site": "sh"}}, 1}, {store.TargetFilter{Labels: map[string]string{"site": "bj", "tier": "1"}}, 0},
	} {
		if found, _, err := f.Targets(f.ctx, test.filter, store.Page{}); err != nil || len(found) != test.want {
			f.Errorf("%+v finds %d, want %d; %v", test.filter, len(found), test.want, err)
		}
	}
	for _, bad := range [][]store.Target{{{}}, {{ID: "a", Zone: store.AllZones}}, {{ID: "a\x00"}}, {{ID: "a"}, {ID: "a"}}} {
		if err := f.PutTargets(f.ctx, by, bad); err == nil {
			f.Errorf("%+v was taken", bad)
		}
	}
	f.must(f.RemoveTargets(f.ctx, by, []string{"web-01"}))
	f.is(store.ErrNotFound, f.RemoveTargets(f.ctx, by, []string{"web-01"}))
	_, err = f.Target(f.ctx, "web-01")
	f.is(store.ErrNotFound, err)
}

func site(f *fixture) {
	_, err := f.Site(f.ctx, 0)
	f.is(store.ErrNotFound, err)
	one, err := f.PutSite(f.ctx, by, "networks: []", 0)
	f.must(err)
	_, err = f.PutSite(f.ctx, by, "networks: [a]", 0)
	f.is(store.ErrConflict, err)
	two, err := f.PutSite(f.ctx, by, "networks: [b]", one.Version)
	f.must(err)
	newest, err := f.Site(f.ctx, 0)
	f.must(err)
	first, err := f.Site(f.ctx, 1)
	f.must(err)
	if newest != two || first != one || newest.Author != "alice" || newest.SHA256 == first.SHA256 {
		f.Errorf("newest %+v, first %+v", newest, first)
	}
}

func users(f *fixture) {
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserActive}))
	f.must(f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h1", ID: "t1", User: "bob", Role: "auditor", Scopes: []string{"read", "export"}, Expires: hour(1)}))
	f.is(store.ErrNotFound, f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h2", ID: "t2", User: "nobody"}))
	f.is(store.ErrConflict, f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h1", ID: "t3", User: "bob"}))
	got, err := f.UseAPIToken(f.ctx, "h1")
	f.must(err)
	if got.User != "bob" || !reflect.DeepEqual(got.Scopes, []string{"read", "export"}) {
		f.Errorf("token %+v", got)
	}
	if all, err := f.APITokens(f.ctx, "bob"); err != nil || len(all) != 1 || !all[0].Used.Equal(Epoch0) {
		f.Errorf("tokens %+v, %v", all, err)
	}
	bad := func(what, hash string) {
		f.Helper()
		if _, err := f.UseAPIToken(f.ctx, hash); !errors.Is(err, store.ErrNotFound) {
			f.Errorf("%s: %v", what, err)
		}
	}
	bad("unknown", "h9")
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserLocked}))
	bad("of a locked user", "h1")
	f.must(f.PutUser(f.ctx, by, store.User{Name: "bob", Role: "auditor", State: store.UserActive}))
	f.clock.Set(hour(1))
	bad("expired", "h1")
	f.must(f.PutAPIToken(f.ctx, by, store.APIToken{Hash: "h4", ID: "t4", User: "bob"}))
	f.must(f.RevokeAPIToken(f.ctx, by, "t4"))
	f.is(store.ErrNotFound, f.RevokeAPIToken(f.ctx, by, "t4"))
	bad("revoked", "h4")
	if one, err := f.User(f.ctx, "bob"); err != nil || one.Role != "auditor" {
		f.Errorf("user %+v, %v", one, err)
	}
}

func sweepSumsUp(f *fixture) {
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: "s1", Plan: `{"zone":"dmz"}`, RequestedBy: "auditor", Reason: "季度检查"}, []string{"a", "b", "c", "d"}))
	f.is(store.ErrConflict, f.PutSweep(f.ctx, by, store.Sweep{ID: "s1"}, nil))
	f.is(store.ErrConflict, f.PutSweep(f.ctx, by, store.Sweep{ID: "s2"}, []string{"a", "a"}))
	f.must(f.Authorise(f.ctx, by, "s1", "officer"))
	f.is(store.ErrNotFound, f.Authorise(f.ctx, by, "s1", "another"))
	check := func(state string, planned, handed int64, ended map[pb.VisitState]int64) {
		f.Helper()
		one, err := f.Sweep(f.ctx, "s1")
		f.must(err)
		if one.State != state || one.Planned != 4 || one.Account.Total() != 4 || one.Account.Planned != planned || one.Account.Handed != handed || !reflect.DeepEqual(one.Account.Ended, ended) {
			f.Fatalf("sweep %+v", one)
		}
	}
	check(store.SweepPlanned, 4, 0, map[pb.VisitState]int64{})
	handed, err := f.HandOut(f.ctx, "s1", "o1", "collector-1", []string{"a", "b", "c", "elsewhere"})
	f.must(err)
	if !reflect.DeepEqual(handed, []string{"a", "b", "c"}) {
		f.Fatalf("handed out %v", handed)
	}
	check(store.SweepRunning, 1, 3, map[pb.VisitState]int64{})
	good, refused := pb.VisitState_VISIT_STATE_QUESTIONED, pb.VisitState_VISIT_STATE_REFUSED
	f.must(f.Account(f.ctx, "s1", "o1", []*pb.TargetEnd{{TargetId: "a", State: good}, {TargetId: "b", State: refused, Detail: checks.Say("口令被拒绝", "refused")}, {TargetId: "d", State: good}}))
	f.must(f.Account(f.ctx, "s1", "o1", []*pb.TargetEnd{{TargetId: "a", State: refused}}))
	check(store.SweepRunning, 1, 1, map[pb.VisitState]int64{good: 1, refused: 1})
	if left, err := f.Handed(f.ctx, "collector-1"); err != nil || len(left) != 1 || left[0].Target != "c" {
		f.Fatalf("still handed: %+v, %v", left, err)
	}
	f.must(f.TakeBack(f.ctx, "o1"))
	check(store.SweepRunning, 2, 0, map[pb.VisitState]int64{good: 1, refused: 1})
	spooled := &Sender{ID: "collector-1", Epoch: 7} // taken long before the order, and delivered after it
	f.accept(spooled.Send(f, Reading{Target: "a", At: hour(-5), Outcomes: Outcomes(2, fail)}.Make(), hour(0)))
	f.accept((&Sender{ID: "collector-1", Epoch: 1}).Send(f, Reading{Target: "a", At: hour(0), Outcomes: Outcomes(2, pass)}.Make(), hour(1)))
	f.must(f.Link(f.ctx, "s1"))
	f.must(f.CloseSweep(f.ctx, by, "s1", store.SweepCancelled, checks.Say("已取消", "cancelled")))
	f.is(store.ErrNotFound, f.CloseSweep(f.ctx, by, "s1", store.SweepDone, nil))
	check(store.SweepCancelled, 0, 0, map[pb.VisitState]int64{good: 1, refused: 1, pb.VisitState_VISIT_STATE_CANCELLED: 2})
	ends, _, err := f.SweepTargets(f.ctx, "s1", "", store.Page{})
	f.must(err)
	if len(ends) != 4 || ends[0].Snapshot != "collector-1.1.1" || ends[1].Detail.GetZh() != "口令被拒绝" || ends[3].Detail.GetEn() != "cancelled" {
		f.Fatalf("ends %+v", ends)
	}
	if tally, without, err := f.SweepTally(f.ctx, "s1"); err != nil || tally != (store.Tally{Passed: 2}) || without != 3 {
		f.Fatalf("tally %+v, %d without, %v", tally, without, err)
	}
	if _, err := f.HandOut(f.ctx, "s1", "o2", "collector-1", []string{"c"}); !errors.Is(err, store.ErrNotFound) {
		f.Fatalf("an ended sweep hands out: %v", err)
	}
	if all, _, err := f.Sweeps(f.ctx, store.SweepFilter{State: store.SweepCancelled}, store.Page{}); err != nil || len(all) != 1 {
		f.Fatalf("%d sweeps, %v", len(all), err)
	}
}

func handedOnce(f *fixture) {
	var targets []string
	for i := range 40 {
		targets = append(targets, fmt.Sprintf("h%02d", i))
	}
	f.must(f.PutSweep(f.ctx, by, store.Sweep{ID: "s1"}, targets))
	var group sync.WaitGroup
	var total atomic.Int64
	for i := range 6 {
		group.Go(func() {
			handed, err := f.HandOut(f.ctx, "s1", fmt.Sprint("o", i), fmt.Sprint("collector-", i), targets)
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
}

func firesOnce(f *fixture) {
	due, next := hour(1), hour(25)
	f.must(f.PutSchedule(f.ctx, by, store.Schedule{ID: "nightly", Name: "夜间", Cron: "0 2 * * *", Zone: "Asia/Shanghai", Plan: "{}", Enabled: true, Next: due}))
	var won atomic.Int64
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			ok, err := f.Fire(f.ctx, "nightly", due, next)
			if err != nil {
				f.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	group.Wait()
	all, err := f.Schedules(f.ctx)
	f.must(err)
	if won.Load() != 1 || len(all) != 1 || !all[0].Last.Equal(due) || !all[0].Next.Equal(next) {
		f.Fatalf("fired %d times; %+v", won.Load(), all)
	}
	f.must(f.RemoveSchedule(f.ctx, by, "nightly"))
	f.is(store.ErrNotFound, f.RemoveSchedule(f.ctx, by, "nightly"))
}
