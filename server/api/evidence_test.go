package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/all"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	proof "github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/store"
	"time"
)

// A bundle of a snapshot and of a sweep is a file that is proved by the key that the API gives, and is on record; the checkpoint that
// the API gave before leads to it.
func TestBundles(t *testing.T) {
	w := newWorld(t)
	get[list[checkpoint]](w, Auditor, "/api/v1/checkpoints")
	w.want(w.as(Auditor, "GET", "/api/v1/snapshots/none/bundle", ""), http.StatusNotFound, "not_found")
	w.want(w.as(Auditor, "GET", "/api/v1/sweeps/sweep-2/bundle", ""), http.StatusNotFound, "no_snapshot")
	w.want(w.as(Auditor, "GET", "/api/v1/snapshots/"+w.snapshots[0]+"/bundle?since=0", ""), http.StatusBadRequest, "invalid")
	var keys []proof.PublicKey
	for _, k := range get[list[evidenceKey]](w, SIEM, "/api/v1/evidence-keys").Items {
		key, err := proof.ParsePublicKey(k.Key)
		w.must(err)
		keys = append(keys, key)
	}
	w.must(w.store.Authorise(t.Context(), setup, "sweep-1", "security-1"))
	w.must(w.store.StartSweep(t.Context(), setup, "sweep-1", w.clock.Now().Add(time.Hour), []store.Start{{Target: "sw1", Reader: "agent-1"}}))
	handed, err := w.store.HandOut(t.Context(), store.Order{ID: "order-1", Sweep: "sweep-1", Sender: "agent-1", Reader: "agent-1"}, []string{"sw1"})
	if err != nil || len(handed) != 1 {
		t.Fatal(handed, err)
	}
	w.clock.Set(w.clock.Now().Add(1e9))
	taken := judged(t, "sw1", "core", w.clock.Now(), 8)
	taken.Commission = &pb.Commission{SweepId: "sweep-1", OrderId: "order-1"}
	w.deliver(9, taken)
	w.must(w.store.Account(t.Context(), "order-1", []store.Ending{{Target: "sw1", Visit: pb.VisitState_VISIT_STATE_QUESTIONED}}))
	var older []string
	for _, path := range []string{"/api/v1/snapshots/" + w.snapshots[0] + "/bundle", "/api/v1/sweeps/sweep-1/bundle?since=2"} {
		out := w.as(Auditor, "GET", path, "")
		if out.Code != http.StatusOK || out.Header().Get("Content-Type") != tarMedia || !strings.HasSuffix(out.Header().Get("Content-Disposition"), `.tar"`) {
			t.Fatalf("%s: %d %v", path, out.Code, out.Header())
		}
		r, err := proof.Verify(bytes.NewReader(out.Body.Bytes()), int64(out.Body.Len()), proof.Options{Keys: keys, Checkpoints: older, Checks: all.List(), Version: "1"})
		if err != nil || r.Verdict != proof.Good || r.Snapshots != 1 || r.MadeBy != "auditor-1" {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
		found := get[list[checkpoint]](w, Auditor, "/api/v1/checkpoints?limit=1")
		if len(found.Items) != 1 || found.Items[0].Size != r.LogSize {
			t.Fatalf("%+v", found)
		}
		older = []string{found.Items[0].Note}
	}
	for _, action := range []string{"snapshot.bundle", "sweep.bundle"} {
		if found, _, err := w.store.Records(t.Context(), store.AuditFilter{Action: action, Actor: "auditor-1"}, store.Page{}); err != nil || len(found) != 1 {
			t.Errorf("%s: %d records, %v", action, len(found), err)
		}
	}
	// What cannot be put on record does not leave.
	w.store.set(func() { w.store.append = store.ErrBroken })
	w.want(w.as(Auditor, "GET", "/api/v1/snapshots/"+w.snapshots[0]+"/bundle", ""), http.StatusServiceUnavailable, "unavailable")
}
