package ledger_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/evidencetest"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

var by = store.Entry{Actor: "zhang", Action: "test"}

// world is a store with its log.
type world struct {
	*testing.T
	*ledger.Ledger
	store *store.Store
	clock *storetest.Clock
	keys  *evidence.Keys
	file  string
	path  string
	logs  *bytes.Buffer
	n     uint64
}

func newWorld(t *testing.T) *world {
	keys, err := evidence.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &world{T: t, clock: storetest.NewClock(evidencetest.Epoch0), keys: keys, file: filepath.Join(dir, "checkpoints"), path: filepath.Join(dir, "db"), logs: &bytes.Buffer{}}
	w.openStore()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) openStore() {
	w.Helper()
	s, err := sqlite.Open(w.Context(), w.path, w.clock.Now)
	w.must(err)
	w.store = s
	w.Cleanup(func() { _ = s.Close() })
	w.open()
}

func (w *world) open() {
	w.Helper()
	var err error
	w.Ledger, err = ledger.New(ledger.Config{Store: w.store, Keys: w.keys, File: w.file, Version: evidencetest.Version, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.logs, nil))})
	w.must(err)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.Set(w.clock.Now().Add(d)) }

// deliver takes a snapshot in, and gives its id.
func (w *world) deliver(s *pb.Snapshot) string {
	w.Helper()
	body, err := store.Body(s)
	w.must(err)
	w.n++
	d := store.Delivery{Sender: "c0ffee", SenderName: "edge-1", Certificate: "1a2b3c", Epoch: 7, Sequence: w.n, Body: body, Received: w.clock.Now()}
	refused, err := w.store.Accept(w.Context(), []store.Delivery{d})
	w.must(err)
	if len(refused) > 0 {
		w.Fatal(refused[0].Reason)
	}
	return d.ID()
}

func (w *world) judged(target string, length int64) *pb.Snapshot {
	return evidencetest.Judged(w, target, length, w.clock.Now())
}

func (w *world) bundle(r ledger.Request) []byte {
	w.Helper()
	r.By = "li"
	b, err := w.Prepare(w.Context(), r)
	w.must(err)
	var out bytes.Buffer
	w.must(b.Write(w.Context(), &out))
	return out.Bytes()
}

func (w *world) verify(bundle []byte, checkpoints ...string) *evidence.Report {
	w.Helper()
	return evidencetest.Verify(w, bundle, evidence.Options{Keys: w.keys.Public(), Checkpoints: checkpoints, Checks: all.List(), Version: evidencetest.Version})
}

// Run once, as a server does.
func (w *world) run() {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Second)
	defer cancel()
	if err := w.Ledger.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		w.Fatal(err)
	}
}

// What is asked for before it was logged is logged first; checkpoints go to the file, and prove what comes later.
func TestBundles(t *testing.T) {
	w := newWorld(t)
	first := w.deliver(w.judged("web1", 5))
	r := w.verify(w.bundle(ledger.Request{Snapshot: first}))
	if r.Verdict != evidence.Good || r.Snapshots != 1 || r.MadeBy != "li" {
		t.Fatalf("%+v", r)
	}
	w.must(w.Grow(t.Context()))
	text, err := os.ReadFile(w.file)
	w.must(err)
	var kept []string
	for i := range 5 {
		w.pass(24 * time.Hour)
		w.deliver(w.judged(fmt.Sprintf("db%d", i), 7))
		w.must(w.Grow(t.Context()))
		c, err := w.Checkpoint(t.Context())
		w.must(err)
		kept = append(kept, c.Note)
	}
	r = w.verify(w.bundle(ledger.Request{Snapshot: first}), append(evidence.SplitCheckpoints(string(text)), kept...)...)
	if r.Verdict != evidence.Good || len(r.Older) != 1+len(kept) {
		t.Errorf("%+v", r)
	}
	text, err = os.ReadFile(w.file)
	w.must(err)
	if all := evidence.SplitCheckpoints(string(text)); len(all) < 5 {
		t.Errorf("%d checkpoints in the file:\n%s", len(all), text)
	} else if r := w.verify(w.bundle(ledger.Request{Snapshot: first}), all...); r.Verdict != evidence.Good {
		t.Errorf("by the file: %+v", r)
	}
	if _, err := w.Prepare(t.Context(), ledger.Request{Snapshot: "nobody"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a snapshot that there is not: %v", err)
	}
	// The audit log's head is in the log.
	w.must(w.store.PutTargets(t.Context(), by, []store.Target{{ID: "web1"}}))
	w.must(w.Finish(t.Context()))
	head, err := w.store.AuditHead(t.Context())
	w.must(err)
	leaf, err := w.store.LeafOf(t.Context(), store.LeafAudit, fmt.Sprint(head.N))
	if err != nil || !strings.Contains(leaf.Data, hex.EncodeToString(head.Hash)) {
		t.Errorf("%+v, %v", leaf, err)
	}
}

// After a change of the key, whoever has the new one only can check, and old bundles stay good for whoever has both.
func TestKeyChanges(t *testing.T) {
	w := newWorld(t)
	id := w.deliver(w.judged("web1", 5))
	before := w.bundle(ledger.Request{Snapshot: id})
	w.must(w.keys.Change())
	path := filepath.Join(t.TempDir(), "evidence.pem")
	w.must(w.keys.Save(path))
	again, err := evidence.OpenKeys(path)
	w.must(err)
	if len(again.Public()) != 2 || again.Public()[0].String() != w.keys.Public()[0].String() || again.Public()[1].String() != w.keys.Public()[1].String() {
		t.Fatalf("%v read back as %v", w.keys.Public(), again.Public())
	}
	w.keys = again
	w.open()
	after := w.bundle(ledger.Request{Snapshot: id})
	only := evidence.Options{Keys: w.keys.Public()[:1]}
	if r := evidencetest.Verify(t, after, only); r.Verdict != evidence.Good {
		t.Errorf("by the new key: %+v", r)
	}
	if r := evidencetest.Verify(t, before, only); r.Verdict != evidence.Tampered {
		t.Errorf("what the former key signed, by the new one: %s", r.Verdict)
	}
	if r := w.verify(before); r.Verdict != evidence.Good {
		t.Errorf("what the former key signed, by both: %+v", r)
	}
	w.must(os.Chmod(path, 0o644))
	if _, err := evidence.OpenKeys(path); err == nil {
		t.Error("a key that others may read was taken")
	}
}

// A database that was set back is noticed by the server itself, and by whoever kept a checkpoint.
func TestSetBack(t *testing.T) {
	w := newWorld(t)
	id := w.deliver(w.judged("web1", 5))
	w.run()
	old := filepath.Join(t.TempDir(), "old")
	w.must(w.store.Backup(t.Context(), old))
	w.pass(time.Hour)
	w.deliver(w.judged("web2", 5))
	w.run()
	c, err := w.Checkpoint(t.Context())
	w.must(err)
	w.must(w.store.Close())
	text, err := os.ReadFile(old)
	w.must(err)
	for _, name := range []string{w.path + "-wal", w.path + "-shm"} {
		_ = os.Remove(name)
	}
	w.must(os.WriteFile(w.path, text, 0o600))
	w.pass(time.Hour)
	w.openStore()
	w.run()
	if found, _, err := w.store.Records(t.Context(), store.AuditFilter{Action: "evidence.set_back"}, store.Page{}); err != nil || len(found) != 1 {
		t.Errorf("%d records, %v\n%s", len(found), err, w.logs)
	}
	w.pass(time.Hour)
	w.deliver(w.judged("web3", 5))
	if r := w.verify(w.bundle(ledger.Request{Snapshot: id, Since: []int64{c.Size}}), c.Note); r.Verdict != evidence.Tampered {
		t.Errorf("%+v", r)
	}
}

// A sweep's bundle accounts for every target, those without a snapshot and those removed by retention among them; waivers stand beside.
func TestE4Provenance(t *testing.T) {
	w := newWorld(t)
	ctx, n := t.Context(), 20
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("web%02d", i))
	}
	w.must(w.store.PutSweep(ctx, by, store.Sweep{ID: "sweep-1", Plan: `{"x":1}`, RequestedBy: "wang", Reason: "年度检查"}, ids))
	w.must(w.store.Authorise(ctx, by, "sweep-1", "zhang"))
	var starts []store.Start
	for _, id := range ids {
		starts = append(starts, store.Start{Target: id, Reader: "edge-1"})
	}
	w.must(w.store.StartSweep(ctx, by, "sweep-1", w.clock.Now().Add(time.Hour), starts))
	_, err := w.store.HandOut(ctx, store.Order{ID: "order-1", Sweep: "sweep-1", Sender: "c0ffee", Reader: "edge-1"}, ids)
	w.must(err)
	// The one is about a target; the other about those that bear an empty label, which none does.
	for id, scope := range map[string]*pb.WaiverScope{"w1": {TargetId: ids[3], Baseline: "jrt0068-2012"}, "w2": {LabelName: "retiring", Check: "password.min_length"}} {
		w.must(w.store.PutWaiver(ctx, store.Entry{Actor: "wang", Action: "waiver.request"}, &pb.Waiver{
			Id: id, Scope: scope, Reason: "设备将于年底下线", RequestedBy: "wang", RequestedAt: timestamppb.New(w.clock.Now()),
			From: timestamppb.New(w.clock.Now().Add(-time.Hour)), Until: timestamppb.New(w.clock.Now().Add(240 * time.Hour)), TimeZone: "Asia/Shanghai", State: pb.WaiverState_WAIVER_STATE_REQUESTED,
		}))
		w.must(w.store.DecideWaiver(ctx, store.Entry{Actor: "zhang", Action: "waiver.approve"}, id, pb.WaiverState_WAIVER_STATE_APPROVED, "同意"))
	}
	for i, id := range ids[:n-1] {
		w.pass(time.Second)
		w.deliver(w.judged(id, int64(5+i%6)))
	}
	var ends []store.Ending
	for _, id := range ids {
		ends = append(ends, store.Ending{Target: id, Visit: pb.VisitState_VISIT_STATE_QUESTIONED})
	}
	ends[n-1].Visit = pb.VisitState_VISIT_STATE_UNREACHABLE
	w.must(w.store.Account(ctx, "order-1", ends))
	w.must(w.store.Link(ctx, "sweep-1"))
	bundle := w.bundle(ledger.Request{Sweep: "sweep-1"})
	if r := w.verify(bundle); r.Verdict != evidence.Good || r.Snapshots != n-1 || r.Sweep != "sweep-1" {
		t.Fatalf("%+v", r)
	}
	o, err := evidence.Open(bytes.NewReader(bundle), int64(len(bundle)))
	w.must(err)
	s := o.Head.Sweep
	if s.RequestedBy != "wang" || s.AuthorisedBy != "zhang" || s.Reason == "" || len(s.Targets) != n || s.Targets[n-1].Visit != "unreachable" || s.Targets[n-1].Snapshot != "" {
		t.Errorf("%+v", s)
	}
	if _, offset := o.Head.MadeAt.Zone(); offset != 8*3600 {
		t.Errorf("made at %v", o.Head.MadeAt)
	}
	findings, waived := 0, 0
	for i := range o.Head.Snapshots {
		d, x, err := o.Snapshot(i)
		w.must(err)
		waived += len(d.Waivers)
		if d.Leaf.SenderName != "edge-1" || d.Leaf.Certificate != "1a2b3c" || d.Leaf.Sender != "c0ffee" || d.Leaf.Received.IsZero() || d.Leaf.Sequence == 0 {
			t.Errorf("%+v", d.Leaf)
		}
		if x.GetCommission().GetAuthorisedBy() != "zhang" || x.GetCommission().GetOrderId() == "" || x.GetUtcOffset() != 480 || x.GetStartedAt() == nil || x.GetFinishedAt() == nil {
			t.Errorf("%v %v", x.GetCommission(), x.GetUtcOffset())
		}
		if x.GetVisit().GetTransport() == "ssh" && x.GetVisit().GetHostKey() == "" || x.GetDriverVersion() == "" || x.GetProgramVersion() == "" {
			t.Errorf("%v", x.GetVisit())
		}
		answers := map[string]string{}
		for _, a := range x.GetAnswers() {
			answers[a.GetQuestion()] = hex.EncodeToString(a.GetSha256())
		}
		digests := map[string]bool{}
		for _, b := range x.GetBaselines() {
			id, digest, _ := strings.Cut(b, "@")
			digests[id] = len(digest) == 64
		}
		for _, f := range x.GetFindings() {
			findings++
			if f.GetClause() == "" || f.GetCheck() == "" || f.GetTargetId() != x.GetTarget().GetId() || !digests[f.GetBaseline()] {
				t.Errorf("%v", f)
			}
			for _, e := range f.GetEvidence() {
				// The question that was asked, and the SHA-256 of what was answered.
				if len(answers[e.GetSource()]) != 64 || e.GetExcerpt() == "" {
					t.Errorf("%s rests on %v, of which there is no answer", f.GetClause(), e)
				}
				if sum := sha256.Sum256([]byte(e.GetExcerpt() + "\n")); hex.EncodeToString(sum[:]) != answers[e.GetSource()] {
					t.Errorf("%q does not hash to its answer", e.GetExcerpt())
				}
			}
		}
	}
	if findings < 1000 || waived != 1 {
		t.Errorf("%d findings, %d waivers", findings, waived)
	}
	t.Logf("%d findings", findings)
}
