package storetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

func paging(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	var deliveries []store.Delivery
	for i := range 25 { // several share a time
		deliveries = append(deliveries, s.Deliver(f, Reading{Target: fmt.Sprint("h", i%3), At: hour(i / 4), Outcomes: Outcomes(1, pass)}))
	}
	f.accept(deliveries...)
	var seen []string
	last := hour(1000)
	for page := (store.Page{Limit: 4}); ; {
		found, next, err := f.Snapshots(f.ctx, store.SnapshotFilter{}, page)
		f.must(err)
		for _, one := range found {
			if one.At.After(last) {
				f.Errorf("%s comes after %s", one.At, last)
			}
			seen, last = append(seen, one.ID), one.At
		}
		if next == "" {
			break
		}
		page.After = next
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 25 {
		f.Errorf("%d snapshots by pages of 25", len(seen))
	}
	some, _, err := f.Snapshots(f.ctx, store.SnapshotFilter{Target: "h1", Sender: "collector-1", From: hour(1), Until: hour(3)}, store.Page{})
	f.must(err)
	if len(some) != 3 {
		f.Errorf("%d snapshots of h1 in two hours, want 3", len(some))
	}
	for _, cursor := range []string{"rubbish", "", "e30"} {
		_, _, err := f.Snapshots(f.ctx, store.SnapshotFilter{}, store.Page{After: cursor})
		if (err != nil) != (cursor == "rubbish") {
			f.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func history(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	runs := [][]pb.Outcome{{pass, fail}, {pass, pass, pass}, {pass}, {pass, unknown}}
	for n, outcomes := range runs {
		f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: outcomes}))
	}
	f.accept((&Sender{ID: "late", Epoch: 1}).Deliver(f, Reading{Target: "h1", At: hour(1).Add(time.Minute), Outcomes: []pb.Outcome{fail, fail}}))
	id := f.all(store.FindingFilter{})["6.2.1.2"].ID
	var got []pb.Outcome
	for page := (store.Page{Limit: 2}); ; {
		points, next, err := f.History(f.ctx, id, page)
		f.must(err)
		for _, p := range points {
			got = append(got, p.Outcome)
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if want := []pb.Outcome{unknown, none, fail, pass, fail}; !slices.Equal(got, want) {
		f.Errorf("history %v, want %v", got, want)
	}
	if _, _, err := f.History(f.ctx, "x", store.Page{}); err == nil {
		f.Error("a history of nothing")
	}
}

func worst(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	for i, n := range []int{1, 4, 2, 4} {
		outcomes := append(Outcomes(n, fail), Outcomes(i, unknown)...)
		f.accept(s.Deliver(f, Reading{Target: fmt.Sprint("h", i), Zone: fmt.Sprint("z", i%2), At: hour(0), Outcomes: outcomes}))
	}
	order := func(zone string, limit int) (out []string) {
		found, err := f.Worst(f.ctx, zone, limit)
		f.must(err)
		for _, t := range found {
			out = append(out, t.Target)
		}
		return out
	}
	if got := order(store.AllZones, 3); !slices.Equal(got, []string{"h3", "h1", "h2"}) {
		f.Errorf("worst %v", got)
	}
	if got := order("z0", 3); !slices.Equal(got, []string{"h2", "h0"}) {
		f.Errorf("worst of z0 %v", got)
	}
}

func stale(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	f.must(f.PutTargets(f.ctx, by, []store.Target{{ID: "never"}, {ID: "old"}, {ID: "down"}, {ID: "new"}}))
	f.accept(
		s.Deliver(f, Reading{Target: "old", At: hour(0), Outcomes: Outcomes(1, pass)}),
		s.Deliver(f, Reading{Target: "down", At: hour(1), Outcomes: Outcomes(1, pass)}),
		s.Deliver(f, Reading{Target: "down", At: hour(9), Visit: pb.VisitState_VISIT_STATE_REFUSED}),
		s.Deliver(f, Reading{Target: "new", At: hour(9), Outcomes: Outcomes(1, pass)}),
		s.Deliver(f, Reading{Target: "unlisted", At: hour(0), Outcomes: Outcomes(1, pass)}),
	)
	var got []string
	for page := (store.Page{Limit: 1}); ; {
		found, next, err := f.Stale(f.ctx, hour(5), page)
		f.must(err)
		for _, t := range found {
			got = append(got, fmt.Sprint(t.Target, t.ReadAt.IsZero()))
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if want := []string{"nevertrue", "oldfalse", "downfalse"}; !slices.Equal(got, want) {
		f.Errorf("stale %v, want %v", got, want)
	}
}

func diff(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	base := Reading{Target: "h1", At: hour(0), Outcomes: []pb.Outcome{pass, pass, fail}}
	setting, baseline, unread, site, program, other := base, base, base, base, base, base
	setting.Outcomes, setting.Observed = []pb.Outcome{fail, pass, fail, pass}, ", changed"
	baseline.Outcomes, baseline.Baselines = []pb.Outcome{fail, pass, fail}, []string{Baseline + "@other"}
	unread.Outcomes, unread.Visit = []pb.Outcome{unknown, pass, fail}, pb.VisitState_VISIT_STATE_UNREACHABLE
	site.Outcomes, program.Outcomes, other.Outcomes = []pb.Outcome{fail, pass, fail}, []pb.Outcome{fail, pass, fail}, []pb.Outcome{fail, pass}
	first := s.Deliver(f, base)
	f.accept(first)
	for _, test := range []struct {
		name   string
		to     Reading
		change func(*pb.Snapshot)
		causes []store.Cause
		more   int
	}{
		{"setting", setting, nil, []store.Cause{store.CauseSetting}, 1},
		{"baseline", baseline, nil, []store.Cause{store.CauseBaseline}, 0},
		{"unreadable", unread, nil, []store.Cause{store.CauseUnreadable}, 0},
		{"site", site, func(p *pb.Snapshot) { p.Findings[0].SiteFacts = []string{"management_networks = 10.0.0.0/8"} }, []store.Cause{store.CauseSite}, 0},
		{"driver", program, func(p *pb.Snapshot) { p.DriverVersion = "1.5.0" }, []store.Cause{store.CauseDriver}, 0},
		{"program", program, func(p *pb.Snapshot) { p.ProgramVersion = "1.5.0" }, []store.Cause{store.CauseProgram}, 0},
		{"inventory", program, func(p *pb.Snapshot) { p.Target.Role = "core-switch" }, []store.Cause{store.CauseInventory}, 0},
		{"profile", program, func(p *pb.Snapshot) { p.Judging = &pb.Judging{Profile: "strictest"} }, []store.Cause{store.CauseBaseline}, 0},
		{"time", program, func(p *pb.Snapshot) { p.StartedAt = timestamppb.New(hour(30)) }, []store.Cause{store.CauseTime}, 0},
		{"fact", setting, func(p *pb.Snapshot) { p.Facts.PasswordPolicies.Items[4].MinLength.Value = 99 }, []store.Cause{store.CauseSetting}, 1},
		{"other", other, nil, []store.Cause{store.CauseOther}, 1},
		{"baseline and setting", baseline, func(p *pb.Snapshot) { p.Findings[0].Observed.En = "else" }, []store.Cause{store.CauseBaseline, store.CauseSetting}, 0},
		{"not readable", Reading{Target: "h1", At: hour(1), Outcomes: []pb.Outcome{unknown, pass, fail}}, nil, []store.Cause{store.CauseUnreadable}, 0},
	} {
		snapshot := test.to.Make()
		if test.change != nil {
			test.change(snapshot)
		}
		d := s.Send(f, snapshot, hour(2))
		f.accept(d)
		changes, err := f.DiffSnapshots(f.ctx, first.ID(), d.ID())
		f.must(err)
		if len(changes) != 1+test.more {
			f.Errorf("%s: %d changes %v", test.name, len(changes), changes)
			continue
		}
		if changes[0].From.GetOutcome() != pass || changes[0].To.GetOutcome() != test.to.Outcomes[0] || !slices.Equal(changes[0].Causes, test.causes) {
			f.Errorf("%s: %v", test.name, changes[0])
		}
		want := 0
		if test.name == "fact" { // the finding's evidence is lines 40 and 41, and so is the fact's
			want = 1
		}
		if got := changes[0].Facts; len(got) != want || want == 1 && (got[0].Path != "password_policies[aaa domain 4].min_length" || got[0].From != "10" || got[0].To != "99" || got[0].After[0].GetFirstLine() != 40) {
			f.Errorf("%s rests on %v", test.name, got)
		}
	}
	same, err := f.DiffSnapshots(f.ctx, first.ID(), first.ID())
	if err != nil || len(same) != 0 {
		f.Errorf("a snapshot and itself: %v, %v", same, err)
	}
	elsewhere := s.Deliver(f, Reading{Target: "h2", At: hour(0), Outcomes: Outcomes(1, pass)})
	f.accept(elsewhere)
	if _, err := f.DiffSnapshots(f.ctx, first.ID(), elsewhere.ID()); err == nil {
		f.Error("two targets were compared")
	}
}

func diffSweeps(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	ends := func(sweep string, n int, readings map[string][]pb.Outcome) {
		f.clock.Set(hour(n))
		targets := slices.Collect(maps.Keys(readings))
		f.begin(sweep, "collector-1", targets...)
		if handed := f.hand("order-"+sweep, sweep, "collector-1", targets...); len(handed) != len(targets) {
			f.Fatalf("handed out %v of %v", handed, targets)
		}
		var account []store.Ending
		for target, outcomes := range readings {
			account = append(account, store.Ending{Target: target, Visit: questioned})
			f.accept(s.Deliver(f, Reading{Target: target, At: hour(n), Outcomes: outcomes, Order: "order-" + sweep}))
		}
		f.must(f.Account(f.ctx, "order-"+sweep, account))
		f.must(f.CloseSweep(f.ctx, by, sweep, store.SweepDone, nil))
	}
	ends("one", 0, map[string][]pb.Outcome{"same": {pass, fail}, "changed": {pass, pass}, "dropped": {pass}})
	ends("two", 24, map[string][]pb.Outcome{"same": {pass, fail}, "changed": {pass, fail}, "added": {fail}})
	got := map[string]int{}
	for page := (store.Page{Limit: 2}); ; {
		found, next, err := f.DiffSweeps(f.ctx, "one", "two", page)
		f.must(err)
		for _, t := range found {
			got[t.Target] += len(t.Changes)
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if len(got) != 3 || got["changed"] != 1 || got["dropped"] != 1 || got["added"] != 1 {
		f.Errorf("changes %v", got)
	}
	listed, _, err := f.Snapshots(f.ctx, store.SnapshotFilter{Sweep: "two"}, store.Page{})
	f.must(err)
	if len(listed) != 3 {
		f.Errorf("the second sweep has %d snapshots", len(listed))
	}
}
