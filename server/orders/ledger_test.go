package orders_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
)

const standard = "jrt0068-2012"

// judged is a snapshot of a device as the checks make it, for an order.
func judged(t *testing.T, target, order string, at time.Time) *pb.Snapshot {
	t.Helper()
	b := baseline.ByID(standard)
	plan, err := b.Plan(all.List(), baseline.Device, baseline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &pb.Facts{
		Platform: &pb.Platform{Kind: facts.Text("switch")},
		PasswordPolicies: &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.PasswordPolicy{{
			Scope: "local-aaa", Enforced: facts.Bool(true, facts.Source("display")), MinLength: facts.Int(6, facts.Line("display current-configuration", 7, "length 6")),
		}}},
	}
	findings, err := checks.Judge(target, plan.Rules, f, checks.Env{Now: at})
	if err != nil {
		t.Fatal(err)
	}
	return &pb.Snapshot{
		Target: &pb.Target{Id: target, Driver: "huawei-vrp"}, StartedAt: timestamppb.New(at), FinishedAt: timestamppb.New(at), DriverVersion: "1", ProgramVersion: "1",
		Facts: f, Findings: findings, Baselines: []string{b.ID + "@" + b.Digest}, Commission: &pb.Commission{OrderId: order},
		Visit: &pb.Visit{State: questioned},
	}
}

// deliver hands a snapshot in, as a spool of the reader would.
func (w *world) deliver(sender string, sequence uint64, s *pb.Snapshot) {
	w.Helper()
	body, err := store.Body(s)
	w.must(err)
	refused, err := w.store.Accept(w.ctx, []store.Delivery{{Sender: sender, Epoch: 1, Sequence: sequence, Body: body, Received: w.clock.Now()}})
	w.must(err)
	if len(refused) > 0 {
		w.Fatalf("refused: %v", refused[0].Reason)
	}
}

// pairs reads a ledger, and holds it to what every ledger must be: each planned pair once, sums that agree.
func (w *world) pairs(sweep string, targets ...string) (map[[2]string]orders.Line, *orders.Ledger) {
	w.Helper()
	seen := map[[2]string]orders.Line{}
	l, err := w.plan.Ledger(w.ctx, sweep, "", func(line orders.Line) error {
		key := [2]string{line.Target, line.Clause}
		if _, twice := seen[key]; twice {
			w.Fatalf("%v is there twice", key)
		}
		seen[key] = line
		return nil
	})
	w.must(err)
	var sum int64
	for _, n := range l.Standings {
		sum += n
	}
	clauses := baseline.ByID(standard).Clauses
	if sum != l.Planned || int(l.Planned) != len(targets)*len(clauses) || len(seen) != len(targets)*len(clauses) {
		w.Fatalf("%d pairs planned, %d in sum, %d seen; want %d targets × %d clauses", l.Planned, sum, len(seen), len(targets), len(clauses))
	}
	for _, target := range targets {
		for i := range clauses {
			line, ok := seen[[2]string{target, clauses[i].ID}]
			if !ok {
				w.Fatalf("%s %s is missing", target, clauses[i].ID)
			}
			if (line.Standing == orders.Unknown || line.Standing == orders.NotReached) && line.Reason == "" {
				w.Fatalf("%s %s is %s without a reason", target, clauses[i].ID, line.Standing)
			}
		}
	}
	return seen, l
}

// A pair that was read stands as its worst finding does; of a target that was not reached nothing is said but what no scan says.
func TestD11LedgerSaysWhatFindingsSay(t *testing.T) {
	onBoth(t, func(w *world) {
		s := w.serve()
		plan := of("fw1", "sw1", "sw2")
		plan.Baselines = []string{standard}
		id := w.sweep(plan)
		if _, l := w.pairs2(id); l.Complete {
			t.Error("complete before it began")
		}
		s.keep()
		if _, l := w.pairs(id, "fw1", "sw1", "sw2"); l.Complete || l.Standings[orders.Waiting] == 0 || l.Standings[orders.Passed]+l.Standings[orders.Failed] > 0 {
			t.Errorf("at its beginning: %+v", l)
		}
		r := s.watch("c1")
		o := r.order()
		snapshot := judged(t, "sw1", o.GetId(), w.clock.Now())
		w.deliver("id-of-c1", 1, snapshot)
		w.must(r.settle(o.GetId(), questioned, "sw1", "sw2"))
		w.must(r.settle(o.GetId(), refused, "fw1"))
		s.keep()
		seen, l := w.pairs(id, "fw1", "sw1", "sw2")
		if !l.Complete || l.Standings[orders.Failed] == 0 || l.NotReached["refused"] == 0 || l.Unknown["no_snapshot"] == 0 {
			t.Errorf("%+v", l)
		}
		worst := map[string]pb.Outcome{}
		for _, f := range snapshot.GetFindings() {
			was, is := worst[f.GetClause()], f.GetOutcome()
			order := []pb.Outcome{pb.Outcome_OUTCOME_UNSPECIFIED, pb.Outcome_OUTCOME_NOT_APPLICABLE, pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_FAIL}
			for _, o := range order {
				if o == was || o == is {
					worst[f.GetClause()] = o
				}
			}
		}
		words := map[pb.Outcome]orders.Standing{
			pb.Outcome_OUTCOME_PASS: orders.Passed, pb.Outcome_OUTCOME_FAIL: orders.Failed, pb.Outcome_OUTCOME_UNKNOWN: orders.Unknown, pb.Outcome_OUTCOME_NOT_APPLICABLE: orders.NotApplicable,
		}
		if len(worst) == 0 {
			t.Fatal("the snapshot has no findings")
		}
		for clause, o := range worst {
			if got := seen[[2]string{"sw1", clause}].Standing; got != words[o] {
				t.Errorf("%s stands as %s, and its worst finding is %v", clause, got, o)
			}
		}
		for key, line := range seen {
			if line.Standing == orders.Passed && (key[0] != "sw1" || worst[key[1]] != pb.Outcome_OUTCOME_PASS) {
				t.Errorf("%v passes, and nothing says so", key)
			}
		}
		// The snapshot comes late, and the pairs are known then.
		w.deliver("id-of-c1", 2, judged(t, "sw2", o.GetId(), w.clock.Now()))
		s.keep()
		if _, l := w.pairs(id, "fw1", "sw1", "sw2"); l.Unknown["no_snapshot"] != 0 {
			t.Errorf("after the snapshot: %+v", l)
		}
	})
}

// pairs2 reads a ledger of any length.
func (w *world) pairs2(sweep string) ([]orders.Line, *orders.Ledger) {
	w.Helper()
	var lines []orders.Line
	l, err := w.plan.Ledger(w.ctx, sweep, "", func(line orders.Line) error { lines = append(lines, line); return nil })
	w.must(err)
	return lines, l
}

// TestD11Ledger: whatever happens to servers, readers and their lines, every planned pair of a target and a clause ends in one standing, with
// a reason where it was not judged.
func TestD11Ledger(t *testing.T) {
	sweeps := 4
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		sweeps = 100
	}
	onBoth(t, func(w *world) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 11))
		var targets []string
		var listed []store.Target
		for i := range 24 {
			one := store.Target{ID: fmt.Sprintf("d%02d", i), Zone: "chaos", Reader: []string{"c1", "c2"}[i%2], Credential: fmt.Sprint("k", i%3)}
			if i%8 == 7 {
				one.Zone, one.Reader = "lost", ""
			}
			targets, listed = append(targets, one.ID), append(listed, one)
		}
		w.must(w.store.PutTargets(w.ctx, who("setup"), listed))
		chaos := &storm{world: w, rng: rng, servers: []*server{w.serve(), w.serve()}, readers: map[string]*reader{}, working: map[string][]string{}}
		for range sweeps {
			plan := of(targets...)
			plan.Baselines, plan.Within = []string{standard}, orders.Span(2*time.Hour)
			id := w.sweep(plan)
			for step := 0; w.state(id) == store.SweepPlanned || w.state(id) == store.SweepRunning; step++ {
				if step > 2000 {
					t.Fatalf("it does not end: %v", w.ends(id))
				}
				chaos.step()
			}
			_, l := w.pairs(id, targets...)
			if !l.Complete {
				t.Fatalf("it ended and is not complete: %+v", l)
			}
			t.Logf("%s: %v, not reached %v, unknown %v", w.state(id), l.Standings, l.NotReached, l.Unknown)
		}
	})
}

// storm is what may happen while sweeps run.
type storm struct {
	*world
	rng     *rand.Rand
	servers []*server
	readers map[string]*reader
	// working is what each reader believes it has to do.
	working  map[string][]string
	sequence uint64
}

func (c *storm) step() {
	name := []string{"c1", "c2"}[c.rng.IntN(2)]
	switch n := c.rng.IntN(100); {
	case n < 5: // a server dies, and another comes in its place
		i := c.rng.IntN(len(c.servers))
		c.servers[i].stop()
		c.servers[i] = c.serve()
	case n < 15: // a reader dies and forgets
		c.drop(name)
		c.working[name] = nil
	case n < 22: // its line is cut, and it remembers
		c.drop(name)
	case n < 45:
		c.must(c.servers[c.rng.IntN(len(c.servers))].Keep(c.ctx))
	case n < 55:
		c.pass(time.Duration(c.rng.IntN(150)) * time.Second)
	default:
		c.work(name)
	}
}

func (c *storm) drop(name string) {
	if r := c.readers[name]; r != nil {
		r.end()
		delete(c.readers, name)
	}
}

// work has a reader look what came, and do some of it.
func (c *storm) work(name string) {
	r := c.readers[name]
	if r == nil {
		r = c.servers[c.rng.IntN(len(c.servers))].watch(name, c.working[name]...)
		c.readers[name] = r
	}
	r.Nudge()
	var got *pb.WatchResponse
	select {
	case got = <-r.got:
	case <-r.err:
		delete(c.readers, name)
		return
	case <-time.After(50 * time.Millisecond):
		return
	}
	o := got.GetOrder()
	if o == nil {
		return
	}
	c.working[name] = append(c.working[name], o.GetId())
	for _, target := range ids(o) {
		visit := []pb.VisitState{questioned, questioned, questioned, unreachable, refused, suspended}[c.rng.IntN(6)]
		if c.rng.IntN(10) == 0 {
			continue // it never says how that one ended
		}
		if visit == questioned && c.rng.IntN(10) > 0 {
			c.sequence++
			c.deliver("id-of-"+name, c.sequence, judged(c.T, target, o.GetId(), c.clock.Now()))
		}
		for range 1 + c.rng.IntN(2) { // answers get lost, and it says so again
			_ = r.settle(o.GetId(), visit, target) // the server may be gone
		}
	}
}
