package score

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

const (
	pass    = pb.Outcome_OUTCOME_PASS
	fail    = pb.Outcome_OUTCOME_FAIL
	unknown = pb.Outcome_OUTCOME_UNKNOWN
	na      = pb.Outcome_OUTCOME_NOT_APPLICABLE
)

type world struct {
	*testing.T
	*store.Store
	clock    *storetest.Clock
	sequence uint64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := storetest.NewClock(storetest.Epoch0)
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &world{T: t, Store: s, clock: clock}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func by(who string) store.Entry { return store.Entry{Actor: who, Action: "test"} }

// report delivers findings of the first clauses of a baseline that have checks, one outcome each.
func (w *world) report(target, zone, id string, outcomes ...pb.Outcome) {
	w.Helper()
	b := baseline.ByID(id)
	s := &pb.Snapshot{
		Target: &pb.Target{Id: target, Zone: zone, Driver: "linux"}, StartedAt: timestamppb.New(storetest.Epoch0), FinishedAt: timestamppb.New(storetest.Epoch0),
		Baselines: []string{id + "@" + b.Digest}, Visit: &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED},
	}
	for i := range b.Clauses {
		c := &b.Clauses[i]
		if len(c.Checks) == 0 || len(s.GetFindings()) == len(outcomes) {
			continue
		}
		check := c.Checks[0].Check
		s.Findings = append(s.Findings, &pb.Finding{
			Id: checks.ID(target, id, c.ID, check, ""), TargetId: target, Baseline: id, Clause: c.ID, Check: check, Control: c.Controls[0], Level: c.Level,
			Outcome: outcomes[len(s.GetFindings())], Partial: c.Checks[0].Partial,
		})
	}
	body, err := store.Body(s)
	w.must(err)
	w.sequence++
	refused, err := w.Accept(w.Context(), []store.Delivery{{Sender: "c", Epoch: 1, Sequence: w.sequence, Body: body, Received: storetest.Epoch0}})
	w.must(err)
	if len(refused) > 0 {
		w.Fatal(refused[0].Reason)
	}
}

func (w *world) waive(id string, scope *pb.WaiverScope) {
	w.Helper()
	w.must(w.PutWaiver(w.Context(), by("alice"), &pb.Waiver{
		Id: id, Scope: scope, Reason: "更换计划已批准", From: timestamppb.New(storetest.Epoch0), Until: timestamppb.New(storetest.Epoch0.Add(time.Hour)), TimeZone: "UTC",
	}))
	w.must(w.DecideWaiver(w.Context(), by("bob"), id, pb.WaiverState_WAIVER_STATE_APPROVED, ""))
}

func (w *world) of(q Question) []Row {
	w.Helper()
	rows, strange, err := Of(w.Context(), w, q)
	w.must(err)
	if len(strange) > 0 {
		w.Errorf("strange baselines %v", strange)
	}
	return rows
}

func TestScores(t *testing.T) {
	w := newWorld(t)
	const jr, sh = "jrt0068-2012", "shanghai-internet-finance"
	w.report("h1", "dmz", jr, pass, pass, fail, unknown)
	w.report("h2", "core", jr, pass, fail, fail, na)
	w.report("h3", "dmz", sh, pass)
	failed, _, err := w.Findings(t.Context(), store.FindingFilter{Target: "h1", Outcomes: []pb.Outcome{fail}}, store.Page{})
	w.must(err)
	w.waive("w1", &pb.WaiverScope{FindingId: failed[0].ID})
	rows := w.of(Question{Level: Whole})
	if len(rows) != 2 || rows[0].Baseline != jr || rows[0].Targets != 2 || rows[1].Targets != 1 {
		t.Fatalf("%+v", rows)
	}
	without, with := rows[0].Without, rows[0].With
	if without.Pass != 3 || without.Fail != 3 || without.Unknown != 1 || without.NotApplicable != 1 || without.Waived != 0 ||
		with.Pass != 3 || with.Fail != 2 || with.Waived != 1 || with.Points <= without.Points {
		t.Errorf("without %+v\nwith %+v", without, with)
	}
	if a := rows[1].Attested; a == nil || a.Missing == 0 || a.Met != 0 {
		t.Errorf("attested %+v", a)
	}
	zones := w.of(Question{Level: Zone, Baseline: jr})
	if len(zones) != 2 || zones[0].Name != "core" || zones[0].Without.Fail != 2 || zones[1].With.Waived != 1 {
		t.Errorf("zones %+v", zones)
	}
	if targets := w.of(Question{Level: Target, Zone: "dmz"}); len(targets) != 2 || targets[0].Name != "h1" || targets[1].Baseline != sh {
		t.Errorf("targets %+v", targets)
	}
	w.clock.Set(storetest.Epoch0.Add(time.Hour)) // its end has come
	if rows := w.of(Question{Level: Whole}); rows[0].With != rows[0].Without {
		t.Errorf("an expired waiver counts: %+v", rows[0])
	}
}

// Whatever is waived, no outcome moves and the score without waivers is what it was; with them nothing more is met.
func TestWaiversNeverMoveTheScore(t *testing.T) {
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(7, 8))
	var targets []store.Target
	for i := range 6 {
		var outcomes []pb.Outcome
		for range 30 {
			outcomes = append(outcomes, []pb.Outcome{pass, fail, unknown, na}[rng.IntN(4)])
		}
		id, zone := fmt.Sprint("h", i), []string{"dmz", "core"}[i%2]
		w.report(id, zone, "jrt0068-2012", outcomes...)
		targets = append(targets, store.Target{ID: id, Zone: zone, Role: []string{"web", "db"}[i/3], Labels: map[string]string{"tier": fmt.Sprint(i % 3)}})
	}
	w.must(w.PutTargets(t.Context(), by("setup"), targets))
	outcomes := func() map[string]pb.Outcome {
		out := map[string]pb.Outcome{}
		w.must(w.EachFinding(t.Context(), store.FindingFilter{}, func(f store.Finding) error { out[f.ID] = f.Outcome; return nil }))
		return out
	}
	sums := func() (without []baseline.Score, passes int) {
		for _, level := range Levels() {
			for _, r := range w.of(Question{Level: level}) {
				if r.With.Pass > r.Without.Pass {
					t.Fatalf("waived counts as met: %+v", r)
				}
				without, passes = append(without, r.Without), passes+r.With.Waived
			}
		}
		return without, passes
	}
	before := outcomes()
	first, _ := sums()
	table := func() baseline.Interval {
		a, err := Shanghai(t.Context(), w, "")
		w.must(err)
		return a.Points
	}
	points, effect := table(), 0
	if len(before) != 180 {
		t.Fatalf("%d findings", len(before))
	}
	b := baseline.ByID("jrt0068-2012")
	var clauses []*baseline.Clause
	for i := range b.Clauses {
		if len(b.Clauses[i].Checks) > 0 && len(clauses) < 30 {
			clauses = append(clauses, &b.Clauses[i])
		}
	}
	for i := range 40 {
		c := clauses[rng.IntN(len(clauses))]
		scope := []*pb.WaiverScope{
			{TargetId: fmt.Sprint("h", rng.IntN(6)), Baseline: b.ID}, {Zone: "dmz", Baseline: b.ID, Clause: c.ID}, {Role: "db", Check: c.Checks[0].Check}, {LabelName: "tier", LabelValue: "1", Baseline: b.ID, Clause: c.ID},
		}[rng.IntN(4)]
		w.waive(fmt.Sprint("w", i), scope)
		after, waived := sums()
		effect = waived
		if !reflect.DeepEqual(outcomes(), before) || !reflect.DeepEqual(after, first) || table() != points {
			t.Fatalf("waiver %v moved what it must not", scope)
		}
	}
	if effect == 0 {
		t.Fatal("no waiver had an effect")
	}
}

// What nobody saw never counts as met, and a target that was never read makes less known, of the fleet, its zone and the table.
func TestWhatWasNotSeenIsNotMet(t *testing.T) {
	w := newWorld(t)
	const jr = "jrt0068-2012"
	w.report("h1", "dmz", jr, pass, pass)
	w.report("h2", "core", jr, unknown, na)
	w.must(w.PutTargets(t.Context(), by("setup"), []store.Target{{ID: "h1", Zone: "dmz"}, {ID: "h2", Zone: "core"}}))
	row := func(q Question) Row {
		t.Helper()
		rows := w.of(q)
		if len(rows) != 1 {
			t.Fatalf("%+v", rows)
		}
		return rows[0]
	}
	table := func() Table {
		a, err := Shanghai(t.Context(), w, "")
		w.must(err)
		return TableOf(a)
	}
	if r := row(Question{Level: Zone, Zone: "dmz"}); r.Without.Judged != 1 || r.Without.Points != 100 {
		t.Errorf("all was read: %+v", r)
	}
	if r := row(Question{Level: Target, Target: "h2"}); r.Without.Pass != 0 || r.Without.Points != 0 || r.Without.Judged != 0 || r.Without.Unknown != 1 || r.Without.Silent == 0 {
		t.Errorf("unknown and not applicable: %+v", r)
	}
	before, first := row(Question{Level: Whole}), table()
	w.must(w.PutTargets(t.Context(), by("setup"), []store.Target{{ID: "h9", Zone: "dmz"}}))
	after, second := row(Question{Level: Whole}), table()
	if after.NeverRead != 1 || after.Targets != before.Targets+1 || after.Without.Judged >= before.Without.Judged || after.Without.Points >= before.Without.Points ||
		after.Without.Pass != before.Without.Pass || after.With.Judged >= before.With.Judged {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if second.Targets != first.Targets+1 || second.Points.Proved > first.Points.Proved {
		t.Errorf("the table was %v of %d targets and is %v of %d", first.Points, first.Targets, second.Points, second.Targets)
	}
	if r := row(Question{Level: Zone, Zone: "dmz"}); r.NeverRead != 1 || r.Without.Judged != 0.5 || r.Without.Points != 50 {
		t.Errorf("its zone: %+v", r)
	}
	if r := row(Question{Level: Zone, Zone: "core"}); r.NeverRead != 0 {
		t.Errorf("another zone: %+v", r)
	}
	rows := w.of(Question{Level: Target})
	if last := rows[len(rows)-1].Line(); len(rows) != 3 || last.Name != "h9" || last.NeverRead != 1 || last.Without.Known != 0 || last.Without.Points != 0 || last.Without.Pass != 0 || !last.Without.Applicable {
		t.Errorf("%+v", rows)
	}
}

// An attestation that was withdrawn counts no longer than until that instant, one that ended no longer than until its end.
func TestAttestationsEnd(t *testing.T) {
	w := newWorld(t)
	const sh, clause = "shanghai-internet-finance", "SHIF/14-1"
	w.report("h1", "", sh, pass)
	attested := func() Attested {
		t.Helper()
		return *w.of(Question{Level: Whole})[0].Attested
	}
	none := attested()
	for _, id := range []string{"a1", "a2"} {
		w.must(w.PutAttestation(t.Context(), by("alice"), &pb.Attestation{Id: id, Baseline: sh, Clause: clause, Statement: pb.Statement_STATEMENT_MET, Until: timestamppb.New(storetest.Epoch0.Add(time.Hour)), TimeZone: "UTC"}))
		w.must(w.ConfirmAttestation(t.Context(), by("bob"), id))
		if got := attested(); got.Met != 1 || got.Missing != none.Missing-1 {
			t.Errorf("confirmed: %+v", got)
		}
		if id == "a1" {
			w.must(w.WithdrawAttestation(t.Context(), by("alice"), id))
			if got := attested(); got != none {
				t.Errorf("withdrawn: %+v", got)
			}
		}
	}
	w.clock.Set(storetest.Epoch0.Add(time.Hour - time.Millisecond))
	if got := attested(); got.Met != 1 {
		t.Errorf("in its last instant: %+v", got)
	}
	w.clock.Set(storetest.Epoch0.Add(time.Hour))
	if got := attested(); got != none {
		t.Errorf("at its end: %+v", got)
	}
}

func TestShanghai(t *testing.T) {
	w := newWorld(t)
	b := baseline.ByID("shanghai-internet-finance")
	attest := func(id, clause, site string, s pb.Statement, confirm bool) {
		t.Helper()
		w.must(w.PutAttestation(t.Context(), by("alice"), &pb.Attestation{Id: id, Baseline: b.ID, Clause: clause, Site: site, Statement: s, Until: timestamppb.New(storetest.Epoch0.Add(time.Hour)), TimeZone: "UTC"}))
		if confirm {
			w.must(w.ConfirmAttestation(t.Context(), by("bob"), id))
		}
	}
	of := func(id string) Indicator {
		t.Helper()
		a, err := Shanghai(t.Context(), w, "")
		w.must(err)
		for _, g := range TableOf(a).Groups {
			for _, in := range g.Indicators {
				if in.ID == id {
					return in
				}
			}
		}
		t.Fatalf("no %s", id)
		return Indicator{}
	}
	want := func(id string, proved, possible float64) {
		t.Helper()
		if got := of(id).Points; got != (baseline.Interval{Proved: proved, Possible: possible}) {
			t.Errorf("%s: %v, want %v ~ %v", id, got, proved, possible)
		}
	}
	// 3.4, staff security: five points, three clauses, people only.
	want("SHIF-S/3.4", 0, 5)
	attest("a1", "SHIF/14-1", "", pb.Statement_STATEMENT_MET, false)
	want("SHIF-S/3.4", 0, 5) // nobody confirmed it
	attest("a2", "SHIF/14-1", "", pb.Statement_STATEMENT_MET, true)
	want("SHIF-S/3.4", 1.66, 5)
	attest("a3", "SHIF/14-2", "浦东", pb.Statement_STATEMENT_MET, true)
	want("SHIF-S/3.4", 1.66, 5) // one site is not all
	attest("a4", "SHIF/14-2", "", pb.Statement_STATEMENT_MET, true)
	attest("a5", "SHIF/14-2", "张江", pb.Statement_STATEMENT_PARTLY, true)
	want("SHIF-S/3.4", 2.5, 4.16) // the lower counts
	w.clock.Set(storetest.Epoch0.Add(time.Minute))
	attest("a6", "SHIF/14-1", "", pb.Statement_STATEMENT_NOT_MET, true)
	want("SHIF-S/3.4", 0.83, 2.5) // the newest counts
	attest("a7", "SHIF/14-3", "", pb.Statement_STATEMENT_NOT_APPLICABLE, true)
	want("SHIF-S/3.4", 1.25, 1.25)
	in := of("SHIF-S/3.4")
	if len(in.Missing) != 0 || len(in.Clauses) != 3 || in.Clauses[2].Applicable || !reflect.DeepEqual(in.Clauses[0].Attested, []string{"a6"}) {
		t.Errorf("%+v", in)
	}
	w.clock.Set(storetest.Epoch0.Add(2 * time.Hour)) // all has ended
	want("SHIF-S/3.4", 0, 5)
	if in := of("SHIF-S/3.4"); len(in.Missing) != 3 {
		t.Errorf("missing %v", in.Missing)
	}
	a, err := Shanghai(t.Context(), w, "")
	w.must(err)
	if table := TableOf(a); table.Weight != 100 || table.Points != (baseline.Interval{Proved: 0, Possible: 100}) || len(table.Groups) != 3 {
		t.Errorf("%d, %v", table.Weight, table.Points)
	}
}
