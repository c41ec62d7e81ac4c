package waiver

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

const reason = "设备年底下线，更换计划已批准"

type world struct {
	*testing.T
	*Service
	store *store.Store
	clock *storetest.Clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := storetest.NewClock(storetest.Epoch0)
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "w.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{T: t, Service: &Service{Store: s, Checks: all.List(), Now: clock.Now}, store: s, clock: clock}
	w.must(s.PutTargets(t.Context(), by("setup"), []store.Target{{ID: "h1", Zone: "dmz"}}))
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func by(who string) store.Entry { return store.Entry{Actor: who, Action: "waiver.test"} }

func good() Request {
	return Request{Scope: &pb.WaiverScope{TargetId: "h1", Check: "password.min_length"}, Reason: reason, Until: "2026-06-30", TimeZone: "Asia/Shanghai"}
}

func TestRequest(t *testing.T) {
	w := newWorld(t)
	got, err := w.Request(t.Context(), by("alice"), good())
	w.must(err)
	if got.GetRequestedBy() != "alice" || got.GetState() != pb.WaiverState_WAIVER_STATE_REQUESTED || got.GetRemindDays() != DefaultRemindDays ||
		!got.GetFrom().AsTime().Equal(storetest.Epoch0) || got.GetUntil().AsTime().Format(time.RFC3339) != "2026-06-30T16:00:00Z" {
		t.Errorf("asked for %v", got)
	}
	for what, change := range map[string]func(*Request){
		"no scope":                  func(r *Request) { r.Scope = nil },
		"everything":                func(r *Request) { r.Scope = &pb.WaiverScope{} },
		"no place":                  func(r *Request) { r.Scope = &pb.WaiverScope{Check: "password.min_length"} },
		"no clause":                 func(r *Request) { r.Scope = &pb.WaiverScope{TargetId: "h1"} },
		"a zone's whole baseline":   func(r *Request) { r.Scope = &pb.WaiverScope{Zone: "dmz", Baseline: "jrt0068-2012"} },
		"every zone":                func(r *Request) { r.Scope.TargetId, r.Scope.Zone = "", "*" },
		"a finding and more":        func(r *Request) { r.Scope.FindingId = strings.Repeat("0", 32) },
		"no such finding":           func(r *Request) { r.Scope = &pb.WaiverScope{FindingId: strings.Repeat("0", 32)} },
		"no such target":            func(r *Request) { r.Scope.TargetId = "h9" },
		"no such check":             func(r *Request) { r.Scope.Check = "password.minlength" },
		"a clause without baseline": func(r *Request) { r.Scope.Clause = "JRT0068-2012/6.1.4.2.c.6" },
		"no such clause":            func(r *Request) { r.Scope.Baseline, r.Scope.Clause = "jrt0068-2012", "JRT0068-2012/9" },
		"a value without a label":   func(r *Request) { r.Scope.LabelValue = "x" },
		"no reason":                 func(r *Request) { r.Reason = "" },
		"hardly a reason":           func(r *Request) { r.Reason = "  ok       " },
		"a novel":                   func(r *Request) { r.Reason = strings.Repeat("长", maxReason+1) },
		"no end":                    func(r *Request) { r.Until = "" },
		"the end is past":           func(r *Request) { r.Until = "2026-02-27" },
		"367 days":                  func(r *Request) { r.Until = "2027-03-02" },
		"from last week":            func(r *Request) { r.From = "2026-02-20" },
		"ends before it begins":     func(r *Request) { r.From = "2026-07-01" },
		"no zone":                   func(r *Request) { r.TimeZone = "" },
		"the host's own zone":       func(r *Request) { r.TimeZone = "Local" },
		"a reminder before it":      func(r *Request) { r.RemindDays = -1 },
	} {
		r := good()
		change(&r)
		var mistake *Mistake
		if made, err := w.Request(t.Context(), by("alice"), r); !errors.As(err, &mistake) || mistake.Say().GetZh() == "" {
			t.Errorf("%s: %v, %v", what, made, err)
		}
	}
	for what, change := range map[string]func(*Request){
		"a target's baseline": func(r *Request) { r.Scope = &pb.WaiverScope{TargetId: "h1", Baseline: "jrt0068-2012"} },
		"from today":          func(r *Request) { r.From = "2026-03-01" },
		"366 days":            func(r *Request) { r.Until = "2027-03-01" },
		"a role's check":      func(r *Request) { r.Scope = &pb.WaiverScope{Role: "web", Check: "password.min_length"} },
	} {
		r := good()
		change(&r)
		if _, err := w.Request(t.Context(), by("alice"), r); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestR2_AttemptIsOnRecord: whoever tries to be both people is refused, and the audit log says so.
func TestR2_AttemptIsOnRecord(t *testing.T) {
	w := newWorld(t)
	made, err := w.Request(t.Context(), by("alice"), good())
	w.must(err)
	for _, decide := range []func(context.Context, store.Entry, string, string) error{w.Approve, w.Reject} {
		if err := decide(t.Context(), by("alice"), made.GetId(), reason); !errors.Is(err, store.ErrFourEyes) {
			t.Errorf("one person decided: %v", err)
		}
	}
	found, _, err := w.store.Records(t.Context(), store.AuditFilter{Object: made.GetId()}, store.Page{})
	w.must(err)
	if len(found) != 3 || found[0].Outcome != "refused" || found[1].Outcome != "refused" || found[2].Outcome != "ok" {
		t.Errorf("on record: %+v", found)
	}
	var mistake *Mistake
	if err := w.Reject(t.Context(), by("bob"), made.GetId(), "no"); !errors.As(err, &mistake) {
		t.Errorf("rejected without a reason: %v", err)
	}
	w.must(w.Approve(t.Context(), by("bob"), made.GetId(), ""))
	if err := w.Withdraw(t.Context(), by("carol"), made.GetId(), false); !errors.Is(err, ErrNotYours) {
		t.Errorf("withdrawn by a stranger: %v", err)
	}
	w.must(w.Withdraw(t.Context(), by("alice"), made.GetId(), false))
}

func TestAttest(t *testing.T) {
	w := newWorld(t)
	b := baseline.ByID("shanghai-internet-finance")
	gaps, err := w.Missing(t.Context(), b)
	w.must(err)
	attestable := 0
	for i := range b.Clauses {
		if b.Clauses[i].Evidence() != nil {
			attestable++
		}
	}
	if len(gaps) != attestable || attestable < 40 {
		t.Fatalf("%d clauses are missing, %d can be attested", len(gaps), attestable)
	}
	claim := Claim{Baseline: b.ID, Clause: "SHIF/9-1", Statement: pb.Statement_STATEMENT_MET, Evidence: []*pb.EvidenceFile{{Name: "plan.pdf", Size: 1, Sha256: make([]byte, 32)}}, Until: "2026-12-31", TimeZone: "Asia/Shanghai"}
	had := func() *pb.Attestation {
		t.Helper()
		gaps, err := w.Missing(t.Context(), b)
		w.must(err)
		for _, g := range gaps {
			if g.Clause.ID == claim.Clause {
				if len(gaps) != attestable {
					t.Errorf("%d missing", len(gaps))
				}
				return g.Had
			}
		}
		if len(gaps) != attestable-1 {
			t.Errorf("%d missing", len(gaps))
		}
		return nil
	}
	one, err := w.Attest(t.Context(), by("alice"), claim)
	w.must(err)
	if had().GetId() != one.GetId() {
		t.Error("a statement that nobody confirmed counts")
	}
	if err := w.Confirm(t.Context(), by("alice"), one.GetId()); !errors.Is(err, store.ErrFourEyes) {
		t.Errorf("confirmed by the same person: %v", err)
	}
	if had() == nil {
		t.Error("it counts all the same")
	}
	w.must(w.Confirm(t.Context(), by("bob"), one.GetId()))
	if had() != nil {
		t.Error("a confirmed one does not count")
	}
	w.clock.Set(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC))
	if had().GetState() != pb.AttestationState_ATTESTATION_STATE_EXPIRED {
		t.Error("it counts after its end")
	}
	w.clock.Set(storetest.Epoch0)
	for what, change := range map[string]func(*Claim){
		"no such baseline":      func(c *Claim) { c.Baseline = "cis" },
		"no such clause":        func(c *Claim) { c.Clause = "SHIF/99" },
		"target and site":       func(c *Claim) { c.Target, c.Site = "h1", "浦东" },
		"no such target":        func(c *Claim) { c.Target = "h9" },
		"no statement":          func(c *Claim) { c.Statement = 0 },
		"another statement":     func(c *Claim) { c.Statement = 9 },
		"met with nothing":      func(c *Claim) { c.Evidence = nil },
		"half a digest":         func(c *Claim) { c.Evidence = []*pb.EvidenceFile{{Name: "x", Sha256: []byte("x")}} },
		"a file without a name": func(c *Claim) { c.Evidence = []*pb.EvidenceFile{{Sha256: make([]byte, 32)}} },
		"no end":                func(c *Claim) { c.Until = "" },
		"367 days":              func(c *Claim) { c.Until = "2027-03-02" },
		"past":                  func(c *Claim) { c.Until = "2026-02-01" },
	} {
		c := claim
		change(&c)
		var mistake *Mistake
		if made, err := w.Attest(t.Context(), by("alice"), c); !errors.As(err, &mistake) {
			t.Errorf("%s: %v, %v", what, made, err)
		}
	}
	// What checks decide whole, nobody attests.
	for _, b := range baseline.Builtin() {
		for _, c := range b.Clauses {
			if c.Evidence() != nil {
				continue
			}
			x := claim
			x.Baseline, x.Clause = b.ID, c.ID
			if _, err := w.Attest(t.Context(), by("alice"), x); err == nil {
				t.Fatalf("%s was attested", c.ID)
			}
			return
		}
	}
}

// TestR2_AttestationTakesTwoPeople: 200 orderings of all that one person can do let nothing count.
func TestR2_AttestationTakesTwoPeople(t *testing.T) {
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(3, 4))
	claim := Claim{Baseline: "shanghai-internet-finance", Clause: "SHIF/9-1", Statement: pb.Statement_STATEMENT_MET, Remark: reason, Until: "2026-12-31", TimeZone: "Asia/Shanghai"}
	made := 0
	for range 200 {
		var ids []string
		steps := []func(){
			func() {
				if a, err := w.Attest(t.Context(), by("mallory"), claim); err == nil {
					ids = append(ids, a.GetId())
				}
			},
			func() {
				for _, id := range ids {
					_ = w.Confirm(t.Context(), by("mallory"), id)
				}
			},
			func() {
				for _, id := range ids {
					_ = w.Retract(t.Context(), by("mallory"), id, true)
				}
			},
		}
		steps = append(steps, steps...)
		rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for _, step := range steps {
			step()
		}
		made += len(ids)
	}
	found, err := All(t.Context(), w.store, store.AttestationFilter{})
	w.must(err)
	for _, a := range found {
		if Counts(a) || a.GetConfirmedBy() != "" {
			t.Fatalf("one person alone attested: %v", a)
		}
	}
	if made != 400 || len(found) != made {
		t.Fatalf("%d made, %d found", made, len(found))
	}
}
