package api

import (
	"net/http"
	"testing"

	"github.com/plumbline/plumbline/server/orders"
)

// TestR2_SchedulesTakeTwoPeople: whoever writes a schedule does not approve it, and a change takes an approval again.
func TestR2_SchedulesTakeTwoPeople(t *testing.T) {
	w := newWorld(t)
	const path = "/api/v1/schedules/nightly"
	const body = `{"name":"夜间","cron":"30 2 * * mon-fri","zone":"Asia/Shanghai","jitter":"10m","freezes":[{"name":"交易时段","days":"mon-fri","from":"09:15","to":"15:30"}],"plan":{"zones":["core"],"baselines":["jrt0068-2012"],"within":"4h"}}`
	w.want(w.as(Security, "PUT", path, body), http.StatusForbidden, "forbidden")
	w.want(w.as(Operator, "PUT", path, body), http.StatusNoContent, "")
	s := get[scheduled](w, Auditor, path)
	if s.ChangedBy != "operator-1" || s.ApprovedBy != "" || !s.Next.IsZero() || len(s.Upcoming) != 5 || len(s.Freezes) != 1 || s.Jitter != "10m0s" {
		t.Fatalf("%+v", s)
	}
	w.want(w.as(Operator, "POST", path+"/approve", ""), http.StatusForbidden, "forbidden")
	w.want(w.as(Security, "POST", path+"/approve", ""), http.StatusNoContent, "")
	w.want(w.as(Security, "POST", path+"/approve", ""), http.StatusConflict, "conflict")
	if s = get[scheduled](w, Auditor, path); s.ApprovedBy != "security-1" || !s.Next.Equal(s.Upcoming[0]) {
		t.Fatalf("%+v", s)
	}
	w.want(w.as(Operator, "PUT", path, body), http.StatusNoContent, "")
	if s = get[scheduled](w, Auditor, path); s.ApprovedBy != "" {
		t.Fatal("it was changed, and is approved still")
	}
	w.want(w.as(Operator, "POST", path+"/disable", ""), http.StatusNoContent, "")
	if list := get[list[scheduled]](w, System, "/api/v1/schedules"); len(list.Items) != 1 || list.Items[0].Enabled {
		t.Fatalf("%+v", list)
	}
	w.want(w.as(Operator, "POST", path+"/enable", ""), http.StatusNoContent, "")
	for name, bad := range map[string]string{
		"no plan":       `{"cron":"30 2 * * *","zone":"Asia/Shanghai","plan":{}}`,
		"no zone":       `{"cron":"30 2 * * *","zone":"","plan":{"all":true}}`,
		"never":         `{"cron":"0 0 30 2 *","zone":"Asia/Shanghai","plan":{"all":true}}`,
		"always frozen": `{"cron":"0 0 * * *","zone":"Asia/Shanghai","plan":{"all":true},"freezes":[{"from":"00:00","to":"24:00"}]}`,
		"no span":       `{"cron":"0 0 * * *","zone":"Asia/Shanghai","jitter":"soon","plan":{"all":true}}`,
		"no time":       `{"cron":"0 0 * * *","zone":"Asia/Shanghai","plan":{"all":true,"within":"-4h"}}`,
		"baseline":      `{"cron":"0 0 * * *","zone":"Asia/Shanghai","plan":{"all":true,"baselines":["none"]}}`,
	} {
		if out := w.as(Operator, "PUT", path, bad); out.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, out.Code, out.Body)
		}
	}
	w.want(w.as(Operator, "DELETE", path, ""), http.StatusNoContent, "")
	w.want(w.as(Operator, "DELETE", path, ""), http.StatusNotFound, "not_found")
	w.want(w.as(Auditor, "GET", path, ""), http.StatusNotFound, "not_found")
}

// What is planned and not read waits in the ledger.
func TestLedgerOfASweepThatWaits(t *testing.T) {
	w := newWorld(t)
	out := w.as(Operator, "POST", "/api/v1/sweeps", `{"targets":["sw1"],"baselines":["jrt0068-2012"],"reason":"x","within":"2h","limits":{"per_zone":2}}`)
	w.want(out, http.StatusCreated, "")
	id := decoded[made](w, out).ID
	l := get[orders.Ledger](w, Auditor, "/api/v1/sweeps/"+id+"/ledger")
	lines := get[list[ledgerLine]](w, Auditor, "/api/v1/sweeps/"+id+"/ledger/sw1")
	var sum int64
	for _, n := range l.Standings {
		sum += n
	}
	if l.Complete || l.Standings[orders.Waiting] == 0 || l.Planned != sum || int(l.Planned) != len(lines.Items) {
		t.Errorf("%+v, %d lines", l, len(lines.Items))
	}
	w.want(w.as(Auditor, "GET", "/api/v1/sweeps/"+id+"/ledger/elsewhere", ""), http.StatusNotFound, "not_found")
}
