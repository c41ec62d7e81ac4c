package export

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// hostile is what a target may say to whoever reads the report.
const hostile = "=cmd|'/c calc'!A0 <script>alert(1)</script> \x1b[2J\r\nForged: 1 \u202e\" ' ` ]]> ${x} {{target.id}} _x0041_"

// keep is the variable that names a folder where the exports of the tests are kept, to be looked at.
const keep = "PLUMBLINE_KEEP"

var start = time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)

// world is a store with two snapshots of a switch, one of a target that could not be read, and a sweep of them and of one not begun.
type world struct {
	*testing.T
	store     *store.Store
	clock     *storetest.Clock
	exporter  *Exporter
	snapshots []string
	sequence  uint64
}

var setup = store.Entry{Actor: "setup", Action: "test.setup"}

func newWorld(t *testing.T) *world {
	w := &world{T: t, clock: storetest.NewClock(start)}
	var err error
	w.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plumbline.db"), w.clock.Now)
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	w.exporter = &Exporter{Store: w.store, Checks: all.List(), Version: "test", Dir: t.TempDir(), Now: w.clock.Now}
	targets := []string{"core-sw-01", "core-sw-02", "core-sw-03"}
	w.must(w.store.PutSweep(t.Context(), setup, store.Sweep{ID: "nightly", RequestedBy: "zhang", Reason: "季度核查", Plan: "{}"}, targets))
	w.must(w.store.Authorise(t.Context(), store.Entry{Actor: "li", Action: "sweep.authorise", Object: "nightly"}, "nightly", "li"))
	var starts []store.Start
	for _, id := range targets {
		starts = append(starts, store.Start{Target: id, Reader: "collector-1"})
	}
	w.must(w.store.StartSweep(t.Context(), setup, "nightly", start.Add(48*time.Hour), starts))
	handed, err := w.store.HandOut(t.Context(), store.Order{ID: "order-1", Sweep: "nightly", Sender: "collector-1", Reader: "collector-1"}, targets[:2])
	w.must(err)
	if len(handed) != 2 {
		t.Fatalf("%d targets were handed out", len(handed))
	}
	w.clock.Set(start.Add(24 * time.Hour))
	for i, length := range []int64{6, 12} {
		w.snapshots = append(w.snapshots, w.deliver(w.judged("core-sw-01", start.Add(time.Duration(i)*time.Hour), length)))
	}
	missed := w.judged("core-sw-02", start.Add(time.Hour), 8)
	missed.Visit.State, missed.Visit.Detail = pb.VisitState_VISIT_STATE_UNREACHABLE, checks.Say("连接超时", "connection timed out")
	for _, f := range missed.Findings {
		f.Outcome, f.ReasonCode, f.Reason = pb.Outcome_OUTCOME_UNKNOWN, pb.Reason_REASON_OFFLINE, checks.ReasonText(pb.Reason_REASON_OFFLINE, "")
	}
	w.snapshots = append(w.snapshots, w.deliver(missed))
	w.must(w.store.Account(t.Context(), "order-1", []store.Ending{
		{Target: targets[0], Visit: pb.VisitState_VISIT_STATE_QUESTIONED}, {Target: targets[1], Visit: pb.VisitState_VISIT_STATE_UNREACHABLE},
	}))
	w.must(w.store.Link(t.Context(), "nightly"))
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) judged(id string, at time.Time, length int64) *pb.Snapshot {
	f := &pb.Facts{
		Platform: &pb.Platform{Hostname: facts.Text(id + hostile), Os: facts.Text("vrp"), OsName: facts.Text("Huawei VRP V200R019C10SPC500"), Kind: facts.Text("switch")},
		PasswordPolicies: &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.PasswordPolicy{
			{Scope: "local-aaa " + hostile, Enforced: facts.Bool(true, facts.Source("display")), MinLength: facts.Int(length, facts.Line("display current-configuration", 7, "length "+hostile))},
			{Scope: "另一个范围", Enforced: facts.Bool(true, facts.Source("display")), MinLength: facts.Int(10, facts.Line("display current-configuration", 9, "=HYPERLINK(\"http://x\")"))},
		}},
	}
	var found []*pb.Finding
	var stated []string
	for _, name := range []string{"jrt0068-2012", "pboc-2010"} {
		b := baseline.ByID(name)
		plan, err := b.Plan(all.List(), baseline.Device, baseline.Options{})
		w.must(err)
		judged, err := checks.Judge(id, plan.Rules, f, checks.Env{Now: at})
		w.must(err)
		found, stated = append(found, judged...), append(stated, b.ID+"@"+b.Digest)
	}
	return &pb.Snapshot{
		Target: &pb.Target{Id: id, Driver: "huawei-vrp", Zone: "core", Address: "192.0.2.1"}, StartedAt: timestamppb.New(at.Add(-1500 * time.Millisecond)), FinishedAt: timestamppb.New(at),
		DriverVersion: "1", ProgramVersion: "1", Facts: f, Findings: found, Baselines: stated,
		Visit:      &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED, Transport: "ssh", Account: "plumbline"},
		Commission: &pb.Commission{SweepId: "nightly", OrderId: "order-1", RequestedBy: "zhang", Reason: "季度核查", AuthorisedBy: "li"},
	}
}

func (w *world) deliver(s *pb.Snapshot) string {
	w.Helper()
	w.sequence++
	body, err := store.Body(s)
	w.must(err)
	d := store.Delivery{Sender: "collector-1", Epoch: 1, Sequence: w.sequence, Body: body, Received: w.clock.Now()}
	refused, err := w.store.Accept(w.Context(), []store.Delivery{d})
	w.must(err)
	if len(refused) > 0 {
		w.Fatalf("refused: %v", refused[0].Reason)
	}
	return d.ID()
}

// export gives the bytes of one.
func (w *world) export(r Request) []byte {
	w.Helper()
	f, err := w.exporter.Export(w.Context(), r)
	w.must(err)
	defer f.Close()
	body, err := io.ReadAll(f)
	w.must(err)
	if int64(len(body)) != f.Size {
		w.Errorf("%s: %d bytes, said to be %d", r.Format, len(body), f.Size)
	}
	if dir := os.Getenv(keep); dir != "" {
		what := "snapshot"
		if r.Sweep != "" {
			what = "sweep"
		}
		w.must(os.WriteFile(filepath.Join(dir, what+"-"+r.Language+"."+f.As.Ending), body, 0o600))
	}
	return body
}

// model is the report that all formats of the snapshot are made of, as JSON gives it.
func (w *world) model(id, language string) *report.Report {
	w.Helper()
	out := &report.Report{}
	w.must(decode(bytes.NewReader(w.export(Request{Snapshot: id, Format: "json", Language: language})), out))
	return out
}
