package rejudge

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/access"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

const siteFile = "name: test\nmanagement_networks: [192.0.2.0/24]\nlog_servers: [192.0.2.10]\ntime_servers: [192.0.2.11]\n"

type world struct {
	*testing.T
	*store.Store
	sequence uint64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "r.db"), storetest.NewClock(storetest.Epoch0).Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{T: t, Store: s}
	_, err = s.PutSite(t.Context(), by, siteFile, 0)
	w.must(err)
	_, err = s.PutSite(t.Context(), by, "name: later\n", 1)
	w.must(err)
	return w
}

var by = store.Entry{Actor: "auditor", Action: "test"}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// keep stores a snapshot as it would be delivered.
func (w *world) keep(s *pb.Snapshot) string {
	w.Helper()
	body, err := store.Body(s)
	w.must(err)
	w.sequence++
	d := store.Delivery{Sender: "c", Epoch: 1, Sequence: w.sequence, Body: body, Received: storetest.Epoch0}
	refused, err := w.Accept(w.Context(), []store.Delivery{d})
	w.must(err)
	if len(refused) > 0 {
		w.Fatal(refused[0].Reason)
	}
	return d.ID()
}

// recorded are the facts of the drivers' cases.
func recorded(t *testing.T, every int) map[string]*pb.Facts {
	t.Helper()
	files, err := filepath.Glob("../../plugins/driver/*/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*pb.Facts{}
	for i, name := range files {
		if i%every != 0 {
			continue
		}
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if f.Name != "facts" {
				continue
			}
			parsed, err := facts.Parse(string(f.Data))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out[strings.TrimPrefix(name, "../../plugins/driver/")] = parsed
		}
	}
	return out
}

// judged is a snapshot as agents and collectors make it, in the time zone of where they are.
func judged(t *testing.T, target string, f *pb.Facts, profile baseline.Profile, set map[string]map[string]string, words []string, stated *site.Site) *pb.Snapshot {
	t.Helper()
	kind := baseline.Host
	if checks.Device(f) {
		kind = baseline.Device
	}
	s := &pb.Snapshot{Target: &pb.Target{Id: target, Driver: "d", Role: "core", Zone: "dmz"}, Facts: f, Visit: &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED}}
	var rules []checks.Rule
	for _, b := range baseline.Builtin() {
		of, err := b.Rules(all.List(), kind, baseline.Options{Profile: profile, Set: set})
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, of...)
		s.Baselines = append(s.Baselines, b.ID+"@"+b.Digest)
	}
	if f.GetSession() != nil {
		rules = append(rules, checks.Rule{Baseline: "ad-hoc", Clause: "-", Control: access.Session.Controls[0], Check: access.Session})
	}
	now := storetest.Epoch0.Add(-time.Hour).Add(123456789).In(time.FixedZone("there", -5*3600))
	var err error
	s.Findings, err = checks.Judge(target, rules, f, checks.Env{Site: stated, Role: "core", Zone: "dmz", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.StartedAt, s.FinishedAt = timestamppb.New(now), timestamppb.New(now.Add(time.Second))
	s.Judging = checks.Judged(&pb.Judging{Profile: string(profile), Kind: kind.String(), Set: words}, stated)
	return s
}

// TestE5_SameFactsSameVerdicts: what the drivers read of every platform, stored and judged again by what was recorded, gives the same
// findings, byte for byte.
func TestE5_SameFactsSameVerdicts(t *testing.T) {
	every := 6
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		every = 1
	}
	w := newWorld(t)
	stated, err := site.Parse("site", []byte(siteFile))
	w.must(err)
	cases := recorded(t, every)
	profiles := baseline.Profiles()
	n, findings := 0, 0
	for name, f := range cases {
		profile := profiles[n%len(profiles)]
		var set map[string]map[string]string
		var words []string
		if n%3 == 0 {
			set, words = map[string]map[string]string{"password.min_length": {"length": "13"}}, []string{"password.min_length.length=13"}
		}
		here := stated
		if n%2 == 0 {
			here = nil
		}
		s := judged(t, name, f, profile, set, words, here)
		if n%5 == 0 { // one that was not reached
			s.Visit = &pb.Visit{State: pb.VisitState_VISIT_STATE_UNREACHABLE, Detail: checks.Say("无应答", "no answer")}
			checks.Unreached(s.Findings, access.Session.ID, s.GetVisit().GetDetail())
		}
		id := w.keep(s)
		got, err := Verify(t.Context(), w, by, id)
		w.must(err)
		if got.Result != Same || got.Delivered != got.Again || got.Findings != len(s.Findings) {
			t.Errorf("%s by %s: %+v", name, profile, got)
		}
		again, err := Again(t.Context(), w, s)
		w.must(err)
		a, err1 := Canonical(s.Findings)
		b, err2 := Canonical(again)
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: the findings are not the same bytes; %v %v", name, err1, err2)
		}
		n, findings = n+1, findings+len(again)
	}
	if n < 90/every || findings < 10000/every {
		t.Fatalf("%d cases with %d findings", n, findings)
	}
	t.Logf("%d snapshots, %d findings", n, findings)
	if records, _, err := w.Records(t.Context(), store.AuditFilter{Action: Differing}, store.Page{}); err != nil || len(records) != 0 {
		t.Errorf("%d on record as differing, %v", len(records), err)
	}
}

func one(t *testing.T) *pb.Facts {
	t.Helper()
	f, err := facts.Parse("platform.kind = switch\npassword_policies = complete\npassword_policies[local].enforced = true  # display:1\npassword_policies[local].min_length = 7  # display:2\npassword_policies[local].max_age = 60d  # display:3\n" +
		"time_sources = complete\ntime_sources[203.0.113.5].kind = server  # display:4\n")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A verdict that the facts do not give is found and put on record once; the findings stay as they were delivered.
func TestE5_DifferenceIsOnRecord(t *testing.T) {
	w := newWorld(t)
	s := judged(t, "sw1", one(t), baseline.AsWritten, nil, nil, nil)
	forged := proto.Clone(s).(*pb.Snapshot)
	turned := 0
	for _, f := range forged.GetFindings() {
		if f.GetCheck() == "password.min_length" && f.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
			f.Outcome, turned = pb.Outcome_OUTCOME_PASS, turned+1
		}
	}
	if turned == 0 {
		t.Fatal("nothing to forge")
	}
	id := w.keep(forged)
	for range 2 {
		got, err := Verify(t.Context(), w, by, id)
		w.must(err)
		if got.Result != Differs || len(got.Different) != turned || got.Again == got.Delivered {
			t.Fatalf("%+v", got)
		}
	}
	records, _, err := w.Records(t.Context(), store.AuditFilter{Action: Differing, Object: id}, store.Page{})
	w.must(err)
	if len(records) != 1 || records[0].Actor != "auditor" || records[0].Outcome != "differs" {
		t.Errorf("on record: %+v", records)
	}
	if r, found, err := Recorded(t.Context(), w, id); err != nil || !found || r.Different != turned {
		t.Errorf("recorded %+v, %v", r, err)
	}
	kept, err := w.Opened(t.Context(), id)
	w.must(err)
	if !proto.Equal(kept, forged) {
		t.Error("what was delivered was changed")
	}
	// One that left a finding out differs as well, and one that made one up.
	short := proto.Clone(s).(*pb.Snapshot)
	short.Findings = short.GetFindings()[1:]
	if got, err := Verify(t.Context(), w, by, w.keep(short)); err != nil || got.Result != Differs || len(got.Different) != 1 {
		t.Errorf("a finding was left out: %+v, %v", got, err)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	w := newWorld(t)
	for what, change := range map[string]func(*pb.Snapshot){
		"no record":              func(s *pb.Snapshot) { s.Judging = nil },
		"some checks only":       func(s *pb.Snapshot) { s.Judging.Partial = true },
		"another baseline":       func(s *pb.Snapshot) { s.Baselines[0] = "own@" + strings.Repeat("0", 64) },
		"another version":        func(s *pb.Snapshot) { s.Baselines[0] = "jrt0068-2012@" + strings.Repeat("0", 64) },
		"a site file of its own": func(s *pb.Snapshot) { s.Judging.SiteSha256 = strings.Repeat("0", 64) },
	} {
		s := judged(t, "sw1", one(t), baseline.AsWritten, nil, nil, nil)
		change(s)
		var lacks *Missing
		if _, err := Again(t.Context(), w, s); !errors.As(err, &lacks) || lacks.Say().GetZh() == "" {
			t.Errorf("%s: %v", what, err)
		}
		if got, err := Verify(t.Context(), w, by, w.keep(s)); err != nil || got.Result != Impossible || got.Why == nil {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

// The same facts by another baseline, profile or site file.
func TestBySomethingElse(t *testing.T) {
	w := newWorld(t)
	s := judged(t, "sw1", one(t), baseline.AsWritten, nil, nil, nil)
	outcome := func(as As, check string) map[pb.Outcome]int {
		t.Helper()
		found, err := By(t.Context(), w, s, as)
		w.must(err)
		out := map[pb.Outcome]int{}
		for _, f := range found {
			if f.GetCheck() == check && (len(as.Baselines) == 0 || f.GetBaseline() == as.Baselines[0]) {
				out[f.GetOutcome()]++
			} else if len(as.Baselines) > 0 && f.GetBaseline() != as.Baselines[0] {
				t.Errorf("a finding of %s", f.GetBaseline())
			}
		}
		return out
	}
	const length = "password.min_length"
	if got := outcome(As{Baselines: []string{"jrt0068-2012"}}, length); got[pb.Outcome_OUTCOME_FAIL] == 0 {
		t.Errorf("seven characters where eight are wanted: %v", got)
	}
	own, strictest := outcome(As{}, "password.max_age"), outcome(As{Profile: "strictest"}, "password.max_age")
	if own[pb.Outcome_OUTCOME_PASS] == 0 || strictest[pb.Outcome_OUTCOME_PASS] != 0 {
		t.Errorf("as written %v, strictest %v", own, strictest)
	}
	without, with := outcome(As{}, "time.source"), outcome(As{Site: 1}, "time.source")
	if without[pb.Outcome_OUTCOME_PASS] == 0 || with[pb.Outcome_OUTCOME_FAIL] == 0 {
		t.Errorf("a stranger's clock: without a site file %v, with it %v", without, with)
	}
	for what, as := range map[string]As{"baseline": {Baselines: []string{"cis"}}, "profile": {Profile: "lax"}, "site": {Site: 9}} {
		var lacks *Missing
		if _, err := By(t.Context(), w, s, as); !errors.As(err, &lacks) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
