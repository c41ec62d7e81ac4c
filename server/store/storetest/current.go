package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

func findingsChange(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	deliver := func(n int, outcomes ...pb.Outcome) store.Delivery {
		d := s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: outcomes})
		f.accept(d)
		return d
	}
	first := deliver(0, pass, fail)
	deliver(1, pass, fail)
	third := deliver(2, fail, fail)
	last := deliver(3, fail, fail)
	found := f.all(store.FindingFilter{})
	if len(found) != 2 {
		f.Fatalf("%d findings", len(found))
	}
	a, b := found["6.2.1.1"], found["6.2.1.2"]
	if a.Outcome != fail || a.Previous != pass || !a.Since.Equal(hour(2)) || !a.FirstSeen.Equal(hour(0)) || !a.LastSeen.Equal(hour(3)) || !a.ChangedAt.Equal(hour(2)) {
		f.Errorf("the one that changed: %+v", a)
	}
	if b.Outcome != fail || b.Previous != none || !b.Since.Equal(hour(0)) || !b.LastSeen.Equal(hour(3)) || b.Snapshot != last.ID() {
		f.Errorf("the one that did not: %+v", b)
	}
	var written string
	f.must(f.db.QueryRowContext(f.ctx, "SELECT snapshot_id FROM findings WHERE id = '"+a.ID+"'").Scan(&written))
	if written != third.ID() {
		f.Errorf("the row was written at %s, want %s", written, third.ID())
	}
	f.must(f.db.QueryRowContext(f.ctx, "SELECT snapshot_id FROM findings WHERE id = '"+b.ID+"'").Scan(&written))
	if written != first.ID() {
		f.Errorf("the row of what never changed was written at %s", written)
	}
	changed, _, err := f.Changed(f.ctx, hour(1), store.FindingFilter{}, store.Page{})
	f.must(err)
	if len(changed) != 1 || changed[0].ID != a.ID {
		f.Errorf("changed since: %+v", changed)
	}
	one, err := f.Finding(f.ctx, a.ID)
	f.must(err)
	if one != a {
		f.Errorf("by id %+v, in the list %+v", one, a)
	}
}

func goneAndBack(f *fixture) {
	s := &Sender{ID: "agent-1", Epoch: 1}
	deliver := func(n int, outcomes ...pb.Outcome) {
		f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(n), Outcomes: outcomes}))
	}
	deliver(0, pass, fail)
	deliver(1, pass, fail)
	deliver(2, pass)
	if found := f.all(store.FindingFilter{}); len(found) != 1 {
		f.Fatalf("%d findings stand", len(found))
	}
	gone := f.all(store.FindingFilter{Gone: true})["6.2.1.2"]
	if !gone.GoneAt.Equal(hour(2)) || !gone.LastSeen.Equal(hour(1)) || gone.Outcome != fail || gone.Present {
		f.Fatalf("the gone one: %+v", gone)
	}
	deliver(3, pass)
	if again := f.all(store.FindingFilter{Gone: true})["6.2.1.2"]; again != gone {
		f.Fatalf("it changed while it was gone: %+v", again)
	}
	deliver(4, pass, fail)
	back := f.all(store.FindingFilter{})["6.2.1.2"]
	if !back.GoneAt.IsZero() || !back.FirstSeen.Equal(hour(0)) || !back.ChangedAt.Equal(hour(4)) || !back.Since.Equal(hour(0)) {
		f.Fatalf("back: %+v", back)
	}
}

func oldSnapshots(f *fixture) {
	here, there := &Sender{ID: "collector-1", Epoch: 1}, &Sender{ID: "collector-2", Epoch: 1}
	f.accept(here.Deliver(f, Reading{Target: "h1", At: hour(5), Outcomes: Outcomes(3, fail)}))
	before := f.line()
	f.accept(there.Deliver(f, Reading{Target: "h1", At: hour(2), Outcomes: Outcomes(9, pass)}))
	if after := f.line(); after != before {
		f.Fatalf("an old snapshot changed\n%s\nto\n%s", before, after)
	}
	if n := f.count("snapshots"); n != 2 {
		f.Fatalf("%d snapshots", n)
	}
	// One spool is in order, whatever the clock did meanwhile.
	f.accept(here.Deliver(f, Reading{Target: "h1", At: hour(1), Outcomes: Outcomes(3, pass)}))
	if state, err := f.State(f.ctx, "h1"); err != nil || state.Tally.Passed != 3 {
		f.Fatalf("a clock that was set back hides what is newer: %+v, %v", state, err)
	}
}

// Of deliveries from different spools, the order in which they arrive does not matter for how things stand.
func everyOrder(f *fixture) {
	readings := []Reading{
		{At: hour(1), Outcomes: []pb.Outcome{pass, pass, fail}},
		{At: hour(2), Outcomes: []pb.Outcome{fail, pass}},
		{At: hour(3), Outcomes: []pb.Outcome{fail, pass, unknown, pass}},
		{At: hour(3), Outcomes: []pb.Outcome{pass, fail, pass}},
	}
	want := ""
	for n, order := range permutations(len(readings)) {
		target := fmt.Sprint("h", n)
		for _, i := range order {
			r := readings[i]
			r.Target = target
			f.accept((&Sender{ID: fmt.Sprint("collector-", i), Epoch: uint64(n)}).Deliver(f, r))
		}
		found := f.all(store.FindingFilter{Target: target})
		got := ""
		for _, clause := range []string{"6.2.1.1", "6.2.1.2", "6.2.1.3", "6.2.1.4"} {
			got += fmt.Sprint(found[clause].Outcome, found[clause].GoneAt.IsZero(), " ")
		}
		if want == "" {
			want = got
		}
		if got != want {
			f.Errorf("order %v ends at %s, others at %s", order, got, want)
		}
	}
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var out [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			out = append(out, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return out
}

// A clock that runs years ahead does not hide what comes after it was set right.
func clockAhead(f *fixture) {
	broken, right := &Sender{ID: "agent-1", Epoch: 1}, &Sender{ID: "agent-1", Epoch: 2}
	f.accept(broken.Send(f, Reading{Target: "h1", At: hour(100000), Outcomes: Outcomes(3, fail)}.Make(), hour(1)))
	f.accept(right.Deliver(f, Reading{Target: "h1", At: hour(2), Outcomes: Outcomes(3, pass)}))
	state, err := f.State(f.ctx, "h1")
	f.must(err)
	if state.Tally.Passed != 3 || !state.At.Equal(hour(2)) {
		f.Fatalf("stands at %+v", state)
	}
}

func unreached(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(0), Scopes: 2, Outcomes: []pb.Outcome{pass, fail, pass, pass}}))
	down := Reading{Target: "h1", At: hour(1), Outcomes: Outcomes(2, unknown), Visit: pb.VisitState_VISIT_STATE_UNREACHABLE}
	f.accept(s.Deliver(f, down))
	found := f.all(store.FindingFilter{})
	if len(found) != 6 || found["6.2.1.1vty 1"].Outcome != fail || !found["6.2.1.1vty 1"].LastSeen.Equal(hour(0)) || found["6.2.1.1"].Reason != pb.Reason_REASON_NOT_REACHED {
		f.Fatalf("while it is down: %+v", found)
	}
	down.At = hour(2)
	down.Outcomes = nil
	f.accept(s.Deliver(f, down))
	state, err := f.State(f.ctx, "h1")
	f.must(err)
	if !state.At.Equal(hour(2)) || !state.ReadAt.Equal(hour(0)) || state.Visit != pb.VisitState_VISIT_STATE_UNREACHABLE || state.Tally.Failed != 1 || state.Tally.Unknown != 2 {
		f.Fatalf("stands at %+v", state)
	}
	counts, err := f.Clauses(f.ctx, store.AllZones, "")
	f.must(err)
	// The target counts for its worst: a pass of before does not stand where it cannot be seen any more.
	if len(counts) != 2 || counts[0].Targets != (store.Tally{Failed: 1}) || counts[1].Targets != (store.Tally{Unknown: 1}) {
		f.Fatalf("counts %+v", counts)
	}
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(3), Scopes: 2, Outcomes: []pb.Outcome{pass, fail, pass, pass}}))
	if found := f.all(store.FindingFilter{}); len(found) != 4 || !found["6.2.1.1vty 1"].Since.Equal(hour(0)) {
		f.Fatalf("when it is back: %+v", found)
	}
}

func otherBaseline(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(0), Outcomes: []pb.Outcome{pass, fail}}))
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(1), Outcomes: []pb.Outcome{pass, pass, pass}, Baselines: []string{"pboc-2010@9b"}}))
	if found, err := f.State(f.ctx, "h1"); err != nil || found.Tally.Total() != 5 || found.Tally.Failed != 1 {
		f.Fatalf("after another baseline: %+v, %v", found, err)
	}
	one := f.all(store.FindingFilter{Baseline: Baseline})["6.2.1.2"]
	if !one.LastSeen.Equal(hour(0)) || one.Present || !one.GoneAt.IsZero() {
		f.Fatalf("what was not judged: %+v", one)
	}
	f.accept(s.Deliver(f, Reading{Target: "h1", At: hour(2), Outcomes: []pb.Outcome{pass}}))
	if found := f.all(store.FindingFilter{Baseline: "pboc-2010"}); len(found) != 3 {
		f.Fatalf("the other baseline lost %d findings", 3-len(found))
	}
	if found := f.all(store.FindingFilter{Baseline: Baseline}); len(found) != 1 {
		f.Fatalf("%d findings stand", len(found))
	}
}

func sameFindingTwice(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	for n, order := range [][]pb.Outcome{{fail, pass}, {pass, fail}} {
		snapshot := Reading{Target: "h1", At: hour(n), Outcomes: order}.Make()
		a, b := snapshot.Findings[0], snapshot.Findings[1]
		b.Clause, b.Check = a.Clause, a.Check
		b.Id = checks.ID("h1", Baseline, a.Clause, a.Check, "")
		f.accept(s.Send(f, snapshot, hour(n).Add(time.Second)))
		if found := f.all(store.FindingFilter{}); len(found) != 1 || found["6.2.1.1"].Outcome != fail {
			f.Fatalf("%v comes to %+v", order, found)
		}
	}
}

func countsFollow(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	f.accept(
		s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Scopes: 2, Outcomes: []pb.Outcome{pass, fail, pass, pass}}),
		s.Deliver(f, Reading{Target: "h2", Zone: "core", At: hour(0), Scopes: 2, Outcomes: []pb.Outcome{pass, pass, unknown, pass}}),
		s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(1), Scopes: 2, Outcomes: []pb.Outcome{fail, fail, pass}}),
	)
	check := func(zone string, want ...store.ClauseCount) {
		f.Helper()
		got, err := f.Clauses(f.ctx, zone, Baseline)
		f.must(err)
		for i := range want {
			want[i].Baseline = Baseline
		}
		if !slices.Equal(got, want) {
			f.Errorf("zone %s: %+v, want %+v", zone, got, want)
		}
	}
	check("dmz", store.ClauseCount{Clause: "6.2.1.1", Findings: store.Tally{Failed: 2}, Targets: store.Tally{Failed: 1}},
		store.ClauseCount{Clause: "6.2.1.2", Findings: store.Tally{Passed: 1}, Targets: store.Tally{Passed: 1}})
	check("core", store.ClauseCount{Clause: "6.2.1.1", Findings: store.Tally{Passed: 2}, Targets: store.Tally{Passed: 1}},
		store.ClauseCount{Clause: "6.2.1.2", Findings: store.Tally{Passed: 1, Unknown: 1}, Targets: store.Tally{Unknown: 1}})
	check(store.AllZones, store.ClauseCount{Clause: "6.2.1.1", Findings: store.Tally{Passed: 2, Failed: 2}, Targets: store.Tally{Passed: 1, Failed: 1}},
		store.ClauseCount{Clause: "6.2.1.2", Findings: store.Tally{Passed: 2, Unknown: 1}, Targets: store.Tally{Unknown: 1, Passed: 1}})
	check("elsewhere")
}

func zonesMove(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	total := func(zone string) (n int64) {
		f.Helper()
		got, err := f.Clauses(f.ctx, zone, "")
		f.must(err)
		for _, c := range got {
			n += c.Findings.Total()
		}
		return n
	}
	expect := func(what string, zones map[string]int64) {
		f.Helper()
		for zone, want := range zones {
			if got := total(zone); got != want {
				f.Errorf("%s: zone %q counts %d, want %d", what, zone, got, want)
			}
		}
	}
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Outcomes: Outcomes(4, pass)}))
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "core", At: hour(1), Outcomes: Outcomes(4, pass)}))
	expect("an unlisted target says where it stands", map[string]int64{"dmz": 0, "core": 4, store.AllZones: 4})
	f.must(f.PutTargets(f.ctx, by, []store.Target{{ID: "h1", Zone: "office"}, {ID: "h2", Zone: "vault"}}))
	expect("the inventory moves it", map[string]int64{"core": 0, "office": 4, store.AllZones: 4})
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "core", At: hour(2), Outcomes: Outcomes(5, pass)}))
	f.accept(s.Deliver(f, Reading{Target: "h2", Zone: "dmz", At: hour(2), Outcomes: Outcomes(2, pass)}))
	expect("the inventory wins", map[string]int64{"core": 0, "dmz": 0, "office": 5, "vault": 2, store.AllZones: 7})
	f.accept(s.Deliver(f, Reading{Target: "h3", Zone: store.AllZones, At: hour(2), Outcomes: Outcomes(1, pass)}))
	expect("no zone is all zones", map[string]int64{"": 1, store.AllZones: 8})
}

func trend(f *fixture) {
	s := &Sender{ID: "collector-1", Epoch: 1}
	for day, outcomes := range [][]pb.Outcome{{fail, fail, pass}, {fail, fail, pass}, {pass, fail, pass}, {pass, pass}} {
		f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(24 * day), Outcomes: outcomes}))
	}
	days, err := f.Trend(f.ctx, "dmz", Baseline, "", time.Time{})
	f.must(err)
	want := []store.Tally{{Failed: 2, Passed: 1}, {Failed: 1, Passed: 2}, {Passed: 2}}
	if len(days) != len(want) {
		f.Fatalf("days %+v", days)
	}
	for i := range want {
		if days[i].Findings != want[i] {
			f.Errorf("day %d: %+v, want %+v", i, days[i].Findings, want[i])
		}
	}
	late, err := f.Trend(f.ctx, store.AllZones, "", "", hour(72))
	f.must(err)
	if len(late) != 1 || late[0].Findings != want[2] {
		f.Errorf("since the fourth day: %+v", late)
	}
}
