package storetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

const (
	approved = pb.WaiverState_WAIVER_STATE_APPROVED
	rejected = pb.WaiverState_WAIVER_STATE_REJECTED
)

func as(who string) store.Entry { return store.Entry{Actor: who, Action: "test", Object: "it"} }

func request(id string, scope *pb.WaiverScope, from, until time.Time) *pb.Waiver {
	return &pb.Waiver{Id: id, Scope: scope, Reason: "更换计划已批准", From: timestamppb.New(from), Until: timestamppb.New(until), TimeZone: "Asia/Shanghai", RemindDays: 1}
}

// waive lets one person ask and another one approve.
func (f *fixture) waive(id string, scope *pb.WaiverScope, from, until time.Time) {
	f.Helper()
	f.must(f.PutWaiver(f.ctx, as("alice"), request(id, scope, from, until)))
	f.must(f.DecideWaiver(f.ctx, as("bob"), id, approved, "seen"))
}

func waiverKept(f *fixture) {
	w := request("w1", &pb.WaiverScope{TargetId: "h1", Zone: "dmz", Role: "web", LabelName: "a", LabelValue: "b", Baseline: Baseline, Clause: "6.2.1.1", Check: "password.min_length"}, hour(1), hour(49))
	f.must(f.PutWaiver(f.ctx, as("alice"), w))
	f.is(store.ErrConflict, f.PutWaiver(f.ctx, as("carol"), w))
	got, err := f.Waiver(f.ctx, "w1")
	f.must(err)
	want := proto.Clone(w).(*pb.Waiver)
	want.RequestedBy, want.RequestedAt, want.State = "alice", timestamppb.New(Epoch0), pb.WaiverState_WAIVER_STATE_REQUESTED
	if !proto.Equal(got, want) {
		f.Fatalf("kept as %v\nwant %v", got, want)
	}
	f.is(store.ErrFourEyes, f.DecideWaiver(f.ctx, as("alice"), "w1", approved, ""))
	f.is(store.ErrFourEyes, f.DecideWaiver(f.ctx, as("alice"), "w1", rejected, ""))
	f.is(store.ErrNotFound, f.DecideWaiver(f.ctx, as("bob"), "w2", approved, ""))
	if f.DecideWaiver(f.ctx, as("bob"), "w1", pb.WaiverState_WAIVER_STATE_REQUESTED, "") == nil {
		f.Error("a request is no decision")
	}
	f.must(f.DecideWaiver(f.ctx, as("bob"), "w1", approved, "看过计划"))
	f.is(store.ErrConflict, f.DecideWaiver(f.ctx, as("carol"), "w1", rejected, ""))
	if got, err = f.Waiver(f.ctx, "w1"); err != nil || got.GetDecidedBy() != "bob" || got.GetDecision() != "看过计划" || got.GetState() != approved {
		f.Fatalf("%v, %v", got, err)
	}
	count := func(filter store.WaiverFilter) int {
		f.Helper()
		found, _, err := f.Waivers(f.ctx, filter, store.Page{})
		f.must(err)
		return len(found)
	}
	expired := pb.WaiverState_WAIVER_STATE_EXPIRED
	for _, at := range []struct {
		at                     time.Time
		approved, due, expired int
	}{
		{hour(0), 1, 0, 0}, {hour(25).Add(-time.Millisecond), 1, 0, 0}, {hour(25), 1, 1, 0}, {hour(49).Add(-time.Millisecond), 1, 1, 0}, {hour(49), 0, 0, 1},
	} {
		f.clock.Set(at.at)
		if a, d, e := count(store.WaiverFilter{State: approved}), count(store.WaiverFilter{Due: true}), count(store.WaiverFilter{State: expired}); a != at.approved || d != at.due || e != at.expired {
			f.Errorf("at %s: %d approved, %d due, %d expired", at.at, a, d, e)
		}
	}
	if got, err = f.Waiver(f.ctx, "w1"); err != nil || got.GetState() != expired {
		f.Errorf("%v, %v", got, err)
	}
	f.is(store.ErrConflict, f.WithdrawWaiver(f.ctx, as("alice"), "w1"))
	f.must(f.PutWaiver(f.ctx, as("alice"), request("w3", w.GetScope(), hour(49), hour(60))))
	f.clock.Set(hour(60))
	f.is(store.ErrConflict, f.DecideWaiver(f.ctx, as("bob"), "w3", approved, "too late"))
	if n := count(store.WaiverFilter{Clause: "6.2.1.1"}); n != 2 {
		f.Errorf("%d name the clause", n)
	}
}

// A waiver covers what fails or is unknown in its scope while it is in force, and nothing else; no outcome and no count moves.
func waiverCovers(f *fixture) {
	s := &Sender{ID: "c", Epoch: 1}
	mixed := []pb.Outcome{pass, fail, unknown, pb.Outcome_OUTCOME_NOT_APPLICABLE, fail}
	for _, target := range []string{"h1", "h2", "h3"} {
		f.accept(s.Deliver(f, Reading{Target: target, Zone: "dmz", At: hour(0), Outcomes: mixed}))
	}
	f.must(f.PutTargets(f.ctx, by, []store.Target{
		{ID: "h1", Zone: "dmz", Role: "web", Labels: map[string]string{"tier": "1"}}, {ID: "h2", Zone: "core", Role: "web"}, {ID: "h3", Zone: "dmz", Role: "db", Labels: map[string]string{"tier": "1"}},
	}))
	before, first := f.line(), f.all(store.FindingFilter{Target: "h2"})["6.2.1.2"]
	for i, test := range []struct {
		scope *pb.WaiverScope
		want  map[string]string
	}{
		{&pb.WaiverScope{FindingId: first.ID}, map[string]string{"h2 6.2.1.2 ": ""}},
		{&pb.WaiverScope{TargetId: "h1", Baseline: Baseline}, map[string]string{"h1 6.2.1.2 ": "", "h1 6.2.1.3 ": "", "h1 6.2.1.5 ": ""}},
		{&pb.WaiverScope{Zone: "dmz", Baseline: Baseline, Clause: "6.2.1.2"}, map[string]string{"h1 6.2.1.2 ": "", "h3 6.2.1.2 ": ""}},
		{&pb.WaiverScope{Role: "web", Check: subjects[2]}, map[string]string{"h1 6.2.1.3 ": "", "h2 6.2.1.3 ": ""}},
		{&pb.WaiverScope{LabelName: "tier", LabelValue: "1", Check: subjects[4]}, map[string]string{"h1 6.2.1.5 ": "", "h3 6.2.1.5 ": ""}},
		{&pb.WaiverScope{LabelName: "tier", LabelValue: "2", Check: subjects[4]}, map[string]string{}},
		{&pb.WaiverScope{Zone: "dmz", Role: "web", Check: subjects[4]}, map[string]string{"h1 6.2.1.5 ": ""}},
		{&pb.WaiverScope{Zone: "dmz", Baseline: "another", Clause: "6.2.1.2"}, map[string]string{}},
		{&pb.WaiverScope{Zone: "dmz", Baseline: Baseline, Clause: "6.2.1.1"}, map[string]string{}}, // it passes
		{&pb.WaiverScope{Zone: "dmz", Baseline: Baseline, Clause: "6.2.1.4"}, map[string]string{}}, // it does not apply
	} {
		f.clock.Set(hour(100 * i))
		id := fmt.Sprint("w", i)
		f.waive(id, test.scope, hour(100*i+1), hour(100*i+2))
		for want := range test.want {
			test.want[want] = id
		}
		none := map[string]string{}
		for at, want := range map[time.Time]map[string]string{
			hour(100*i + 1).Add(-time.Millisecond): none, hour(100*i + 1): test.want, hour(100*i + 2).Add(-time.Millisecond): test.want, hour(100*i + 2): none,
		} {
			f.clock.Set(at)
			if got := f.waivedAll(); !reflect.DeepEqual(got, want) {
				f.Errorf("%v at %s covers %v, want %v", test.scope, at, got, want)
			}
			if got := f.line(); got != before {
				f.Errorf("%v: outcomes moved:\n%s\nbefore\n%s", test.scope, got, before)
			}
		}
	}
}

// waivedAll reads by target, for fixture.all keeps one finding a clause.
func (f *fixture) waivedAll() map[string]string {
	f.Helper()
	out := map[string]string{}
	total := 0
	for _, is := range []bool{true, false} {
		found, _, err := f.Findings(f.ctx, store.FindingFilter{Waived: &is}, store.Page{Limit: 1000})
		f.must(err)
		total += len(found)
		for _, one := range found {
			if (one.Waiver != "") != is {
				f.Errorf("%s is among those with waived=%v and has %q", one.ID, is, one.Waiver)
			}
			if is {
				out[one.Target+" "+one.Clause+" "+one.Scope] = one.Waiver
			}
		}
	}
	all, _, err := f.Findings(f.ctx, store.FindingFilter{}, store.Page{Limit: 1000})
	f.must(err)
	if len(all) != total || total == 0 {
		f.Errorf("%d with and without a waiver, %d in all", total, len(all))
	}
	return out
}

// Of several waivers the one that holds longest is shown, and a withdrawn or rejected one covers nothing.
func waiverEnds(f *fixture) {
	s := &Sender{ID: "c", Epoch: 1}
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Outcomes: Outcomes(1, fail)}))
	scope := &pb.WaiverScope{TargetId: "h1", Baseline: Baseline}
	f.waive("short", scope, hour(0), hour(10))
	f.waive("long", scope, hour(0), hour(20))
	f.must(f.PutWaiver(f.ctx, as("alice"), request("asked", scope, hour(0), hour(30))))
	f.must(f.PutWaiver(f.ctx, as("alice"), request("refused", scope, hour(0), hour(30))))
	f.must(f.DecideWaiver(f.ctx, as("bob"), "refused", rejected, "no"))
	expect := func(want string) {
		f.Helper()
		if got := f.all(store.FindingFilter{})["6.2.1.1"].Waiver; got != want {
			f.Errorf("covered by %q, want %q", got, want)
		}
	}
	expect("long")
	f.must(f.WithdrawWaiver(f.ctx, as("alice"), "long"))
	f.is(store.ErrConflict, f.WithdrawWaiver(f.ctx, as("alice"), "long"))
	expect("short")
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(1), Outcomes: Outcomes(1, pass)}))
	expect("")
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(2), Outcomes: Outcomes(1, unknown)}))
	expect("short")
	f.clock.Set(hour(10))
	expect("")
}

// waiverFourEyes: whatever one person does in whatever order, nothing is waived.
func waiverFourEyes(f *fixture) {
	s := &Sender{ID: "c", Epoch: 1}
	f.accept(s.Deliver(f, Reading{Target: "h1", Zone: "dmz", At: hour(0), Outcomes: Outcomes(3, fail)}))
	rng := rand.New(rand.NewPCG(1, 2))
	scope := &pb.WaiverScope{TargetId: "h1", Baseline: Baseline}
	for n := range 200 {
		id, other := fmt.Sprint("w", n), fmt.Sprint("x", n)
		steps := []func(){
			func() { _ = f.PutWaiver(f.ctx, as("mallory"), request(id, scope, hour(0), hour(10))) },
			func() { _ = f.DecideWaiver(f.ctx, as("mallory"), id, approved, "") },
			func() { _ = f.WithdrawWaiver(f.ctx, as("mallory"), id) },
			func() { _ = f.PutWaiver(f.ctx, as("mallory"), request(other, scope, hour(0), hour(10))) },
			func() { _ = f.DecideWaiver(f.ctx, as("mallory"), other, rejected, "") },
			func() { _ = f.DecideWaiver(f.ctx, as("mallory"), other, approved, "") },
		}
		rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for _, step := range steps {
			step()
		}
	}
	if got := f.waivedAll(); len(got) != 0 {
		f.Fatalf("one person alone waived %v", got)
	}
	if n := f.count("waivers"); n != 400 {
		f.Fatalf("%d requests were kept", n)
	}
	// Not even around the store: the table itself refuses.
	for _, sql := range []string{`UPDATE waivers SET state = 2, decided_by = requested_by`, `UPDATE waivers SET state = 2`} {
		if _, err := f.db.ExecContext(f.ctx, sql); err == nil {
			f.Errorf("%s was taken", sql)
		}
	}
	f.must(f.PutWaiver(f.ctx, as("mallory"), request("two", scope, hour(0), hour(10))))
	f.must(f.DecideWaiver(f.ctx, as("bob"), "two", approved, ""))
	if got := f.waivedAll(); len(got) != 3 {
		f.Fatalf("two people waived %v", got)
	}
}

func attestationKept(f *fixture) {
	a := &pb.Attestation{
		Id: "a1", Baseline: "shanghai-internet-finance", Clause: "SHIF/9-1", Site: "浦东机房", Statement: pb.Statement_STATEMENT_PARTLY, Remark: "演练一次",
		Evidence: []*pb.EvidenceFile{{Name: "预案.pdf", Size: 7, Sha256: []byte("01234567890123456789012345678901")}}, Until: timestamppb.New(hour(10)), TimeZone: "Asia/Shanghai",
	}
	f.must(f.PutAttestation(f.ctx, as("alice"), a))
	f.is(store.ErrConflict, f.PutAttestation(f.ctx, as("carol"), a))
	state := func(want pb.AttestationState) {
		f.Helper()
		got, err := f.Attestation(f.ctx, "a1")
		f.must(err)
		found, _, err := f.Attestations(f.ctx, store.AttestationFilter{State: want, Baseline: a.GetBaseline(), Clause: a.GetClause(), Site: a.GetSite()}, store.Page{})
		if err != nil || got.GetState() != want || len(found) != 1 || !proto.Equal(found[0], got) {
			f.Errorf("%v, listed %v; %v", got, found, err)
		}
	}
	state(pb.AttestationState_ATTESTATION_STATE_STATED)
	f.is(store.ErrFourEyes, f.ConfirmAttestation(f.ctx, as("alice"), "a1"))
	f.is(store.ErrNotFound, f.ConfirmAttestation(f.ctx, as("alice"), "a2"))
	state(pb.AttestationState_ATTESTATION_STATE_STATED)
	f.must(f.ConfirmAttestation(f.ctx, as("bob"), "a1"))
	f.is(store.ErrConflict, f.ConfirmAttestation(f.ctx, as("carol"), "a1"))
	state(pb.AttestationState_ATTESTATION_STATE_CONFIRMED)
	got, err := f.Attestation(f.ctx, "a1")
	f.must(err)
	want := proto.Clone(a).(*pb.Attestation)
	want.StatedBy, want.ConfirmedBy, want.StatedAt, want.ConfirmedAt = "alice", "bob", timestamppb.New(Epoch0), timestamppb.New(Epoch0)
	want.State = pb.AttestationState_ATTESTATION_STATE_CONFIRMED
	if !proto.Equal(got, want) {
		f.Errorf("kept as %v\nwant %v", got, want)
	}
	if _, err := f.db.ExecContext(f.ctx, `UPDATE attestations SET confirmed_by = stated_by`); err == nil {
		f.Error("the table took one person for two")
	}
	f.clock.Set(hour(10).Add(-time.Millisecond))
	state(pb.AttestationState_ATTESTATION_STATE_CONFIRMED)
	f.clock.Set(hour(10))
	state(pb.AttestationState_ATTESTATION_STATE_EXPIRED)
	f.is(store.ErrConflict, f.WithdrawAttestation(f.ctx, as("alice"), "a1"))
	f.clock.Set(hour(9))
	f.must(f.WithdrawAttestation(f.ctx, as("alice"), "a1"))
	state(pb.AttestationState_ATTESTATION_STATE_WITHDRAWN)
}
