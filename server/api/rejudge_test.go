package api

import (
	"net/http"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/rejudge"
	"github.com/plumbline/plumbline/server/store"
)

// What a snapshot's facts come to by something else stands beside what was delivered; what differs from it is shown on the snapshot.
func TestRejudge(t *testing.T) {
	w := newWorld(t)
	good := judged(t, "sw1", "core", start, 6)
	good.Judging = &pb.Judging{Profile: "as-written", Kind: "device"}
	forged := proto.Clone(good).(*pb.Snapshot)
	for _, f := range forged.GetFindings() {
		if f.GetOutcome() == pb.Outcome_OUTCOME_FAIL {
			f.Outcome = pb.Outcome_OUTCOME_PASS
		}
	}
	honest, liar := "/api/v1/snapshots/"+w.deliver(11, good), "/api/v1/snapshots/"+w.deliver(12, forged)
	if r := get[recheck](w, Auditor, honest+"/recheck"); r.Result != rejudge.Same || r.Again != r.Delivered || r.Findings == 0 {
		t.Errorf("as it was recorded: %s", jsonOf(r))
	}
	if s := get[snapshot](w, Auditor, liar); s.Differs != nil {
		t.Errorf("nobody looked yet: %s", jsonOf(s.Differs))
	}
	r := get[recheck](w, Auditor, liar+"/recheck")
	if r.Result != rejudge.Differs || len(r.Different) == 0 {
		t.Fatalf("forged: %s", jsonOf(r))
	}
	if s := get[snapshot](w, SIEM, liar); s.Differs == nil || s.Differs.Findings != len(r.Different) || s.Differs.By != "auditor-1" {
		t.Errorf("the snapshot shows %s", jsonOf(s.Differs))
	}
	if found := w.records(store.AuditFilter{Action: rejudge.Differing}); len(found) != 1 {
		t.Errorf("on record: %+v", found)
	}
	other := get[list[rejudged]](w, Security, honest+"/rejudge?baseline=qtcjh-0001-2023&profile=strictest").Items
	beside := 0
	for _, v := range other {
		if v.Baseline != "qtcjh-0001-2023" {
			t.Fatalf("of another baseline: %s", jsonOf(v))
		}
		if v.Check == "password.min_length" && v.Was == "fail" && v.Outcome == "fail" && !v.Changed {
			beside++
		}
	}
	if beside == 0 {
		t.Errorf("%d verdicts, none beside what was delivered", len(other))
	}
	if old := get[recheck](w, Auditor, "/api/v1/snapshots/"+w.snapshots[0]+"/recheck"); old.Result != rejudge.Impossible || old.Why == nil {
		t.Errorf("one that records nothing: %s", jsonOf(old))
	}
	w.want(w.as(Auditor, "GET", honest+"/rejudge?site=7", ""), http.StatusConflict, "not_repeatable")
	w.want(w.as(Auditor, "GET", honest+"/rejudge?baseline=cis", ""), http.StatusBadRequest, "invalid")
}
