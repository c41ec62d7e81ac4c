package api

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/export"
	"github.com/plumbline/plumbline/server/store"
)

func TestFindings(t *testing.T) {
	w := newWorld(t)
	whole := get[list[finding]](w, Auditor, "/api/v1/findings?limit=1000")
	if len(whole.Items) < 20 || whole.Next != "" {
		t.Fatalf("%d findings, next %q", len(whole.Items), whole.Next)
	}
	// The same, page by page.
	seen := map[string]bool{}
	for path := "/api/v1/findings?limit=7"; ; {
		page := get[list[finding]](w, Auditor, path)
		for _, f := range page.Items {
			if seen[f.ID] {
				t.Fatalf("%s is there twice", f.ID)
			}
			seen[f.ID] = true
		}
		if page.Next == "" {
			break
		}
		if len(page.Items) != 7 {
			t.Fatalf("a page of %d", len(page.Items))
		}
		path = "/api/v1/findings?limit=7&after=" + url.QueryEscape(page.Next)
	}
	if len(seen) != len(whole.Items) {
		t.Fatalf("%d by pages, %d at once", len(seen), len(whole.Items))
	}
	count := func(match func(finding) bool) (n int) {
		for _, f := range whole.Items {
			if match(f) {
				n++
			}
		}
		return n
	}
	for query, match := range map[string]func(finding) bool{
		"target=sw1":                         func(f finding) bool { return f.Target == "sw1" },
		"target=nowhere":                     func(finding) bool { return false },
		"zone=other":                         func(f finding) bool { return f.Zone == "other" },
		"check=password.min_length":          func(f finding) bool { return f.Check == "password.min_length" },
		"outcome=pass":                       func(f finding) bool { return f.Outcome == "pass" },
		"outcome=pass,unknown":               func(f finding) bool { return f.Outcome == "pass" || f.Outcome == "unknown" },
		"outcome=pass&outcome=fail":          func(f finding) bool { return f.Outcome == "pass" || f.Outcome == "fail" },
		"control=PWD-01&target=self":         func(f finding) bool { return f.Control == "PWD-01" && f.Target == "self" },
		"baseline=jrt0068-2012&outcome=fail": func(f finding) bool { return f.Outcome == "fail" },
	} {
		if got := len(get[list[finding]](w, SIEM, "/api/v1/findings?limit=1000&"+query).Items); got != count(match) {
			t.Errorf("%s: %d, want %d", query, got, count(match))
		}
	}
	if count(func(f finding) bool { return f.Outcome == "pass" }) == 0 || count(func(f finding) bool { return f.Outcome == "unknown" && f.Reason != "" }) == 0 {
		t.Error("the snapshots are too poor to test with")
	}
	changed := get[list[finding]](w, SIEM, "/api/v1/findings?changed_since="+start.Add(30*time.Minute).Format(time.RFC3339))
	if len(changed.Items) == 0 || len(changed.Items) >= len(whole.Items) {
		t.Fatalf("%d changed", len(changed.Items))
	}
	for _, f := range changed.Items {
		if f.Target != "sw1" || f.Previous == f.Outcome {
			t.Errorf("%+v did not change", f)
		}
	}
	one := get[findingDetail](w, Auditor, "/api/v1/findings/"+w.finding)
	if one.Outcome != "pass" || one.Previous != "fail" || one.Expected == nil || one.Observed.Zh == "" || len(one.Evidence) == 0 || one.Evidence[0].FirstLine != 7 {
		t.Errorf("%+v", one)
	}
	history := get[list[point]](w, Auditor, "/api/v1/findings/"+w.finding+"/history")
	if len(history.Items) != 2 || history.Items[0].Outcome != "pass" || history.Items[1].Outcome != "fail" {
		t.Errorf("history %+v", history)
	}
}

func TestSnapshots(t *testing.T) {
	w := newWorld(t)
	found := get[list[snapshot]](w, Auditor, "/api/v1/snapshots?target=sw1")
	if len(found.Items) != 2 || found.Items[0].ID != w.snapshots[1] || found.Items[0].Visit != "questioned" || len(found.Items[0].SHA256) != 64 {
		t.Fatalf("%+v", found)
	}
	if n := len(get[list[snapshot]](w, Auditor, "/api/v1/snapshots?until="+start.Add(time.Minute).Format(time.RFC3339)).Items); n != 2 {
		t.Errorf("%d of the first minute", n)
	}
	if one := get[snapshot](w, SIEM, "/api/v1/snapshots/"+w.snapshots[0]); one.Target != "sw1" || one.Findings.Fail == 0 {
		t.Errorf("%+v", one)
	}
	diff := get[list[change]](w, Operator, "/api/v1/snapshots/"+w.snapshots[0]+"/diff/"+w.snapshots[1])
	if len(diff.Items) == 0 || diff.Items[0].From.Outcome != "fail" || diff.Items[0].To.Outcome != "pass" || !slices.Contains(diff.Items[0].Causes, "setting") {
		t.Errorf("%+v", diff)
	}
	w.want(w.as(Operator, "GET", "/api/v1/snapshots/"+w.snapshots[0]+"/diff/agent-1.1.3", ""), http.StatusBadRequest, "invalid")
	w.want(w.as(Operator, "GET", "/api/v1/snapshots/"+w.snapshots[0]+"/diff/none", ""), http.StatusNotFound, "not_found")
	refused := get[list[refusal]](w, SIEM, "/api/v1/refusals")
	if len(refused.Items) != 1 || refused.Items[0].Reason.Zh == "" || refused.Items[0].Sequence != 4 {
		t.Errorf("%+v", refused)
	}
}

// Every format is a file with its own type that no browser shows as a page, and is on record.
func TestReports(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/snapshots/" + w.snapshots[0] + "/report"
	for _, f := range export.Formats() {
		for _, lang := range []string{"zh", "en"} {
			out := w.as(Auditor, "GET", path+"?format="+f.Name+"&lang="+lang, "")
			if out.Code != http.StatusOK || out.Header().Get("Content-Type") != f.Media || out.Body.Len() < 1000 {
				t.Errorf("%s: %d %s, %d bytes", f.Name, out.Code, out.Header().Get("Content-Type"), out.Body.Len())
			}
			if d := out.Header().Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="plumbline-sw1-20260601T010000Z.`) {
				t.Errorf("%s: %s", f.Name, d)
			}
			if body := out.Body.String(); strings.Contains(body, "<script>alert") && f.Name == "html" {
				t.Errorf("%s: what the target said is not inert", f.Name)
			}
			if f.Name == "csv" {
				rows, err := csv.NewReader(out.Body).ReadAll()
				if err != nil || len(rows) < 10 {
					t.Fatalf("%d rows, %v", len(rows), err)
				}
				for _, row := range rows[1:] {
					for _, cell := range row {
						if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != "-" {
							t.Errorf("the cell %q is a formula", cell)
						}
					}
				}
			}
		}
	}
	found := w.records(store.AuditFilter{Action: "snapshot.export"})
	if len(found) != 2*len(export.Formats()) || found[0].Actor != "auditor-1" || found[0].Object != w.snapshots[0] {
		t.Errorf("%d exports are on record", len(found))
	}
	if body := w.as(Auditor, "GET", path, "").Body.String(); !strings.Contains(body, `"schema": "plumbline.report/1"`) || !strings.Contains(body, `"language": "zh"`) || !strings.Contains(body, `"id": "jrt0068-2012"`) {
		t.Errorf("the default: %.300s", body)
	}
	waiting, err := os.ReadDir(w.api.Exports)
	if err != nil || len(waiting) != 0 {
		t.Errorf("exports left %d files behind, %v", len(waiting), err)
	}
}

// A sweep's report has every target, read or not, and is on record before it leaves.
func TestSweepReports(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/sweeps/sweep-1/report"
	for _, f := range export.Formats() {
		out := w.as(Operator, "GET", path+"?lang=en&format="+f.Name, "")
		if f.Name == "docx" {
			w.want(out, http.StatusUnprocessableEntity, "cannot_export") // it is of one snapshot
			continue
		}
		if out.Code != http.StatusOK || out.Header().Get("Content-Type") != f.Media {
			t.Errorf("%s: %d %s: %.200s", f.Name, out.Code, out.Header().Get("Content-Type"), out.Body)
		}
	}
	var list []struct {
		Target struct{ ID string }
		Visit  struct{ State string }
	}
	w.must(json.Unmarshal(w.as(Auditor, "GET", path, "").Body.Bytes(), &list))
	if len(list) != 1 || list[0].Target.ID != "sw1" || list[0].Visit.State != "planned" {
		t.Errorf("%+v", list)
	}
	found := w.records(store.AuditFilter{Action: "sweep.export"})
	if len(found) != len(export.Formats()) || found[0].Object != "sweep-1" || !strings.Contains(found[0].Detail, `"sha256":`) {
		t.Errorf("%d exports are on record: %+v", len(found), found[0])
	}
	w.store.set(func() { w.store.append = errors.New("the log is full") })
	if out := w.as(Auditor, "GET", path, ""); out.Code != http.StatusServiceUnavailable || strings.Contains(out.Body.String(), "sw1") {
		t.Errorf("an export without a record: %d %.200s", out.Code, out.Body)
	}
}

func TestTargets(t *testing.T) {
	w := newWorld(t)
	found := get[list[target]](w, System, "/api/v1/targets")
	if len(found.Items) != 2 || found.Items[1].ID != "sw1" || found.Items[1].State == nil || found.Items[1].State.Findings.Pass == 0 {
		t.Fatalf("%+v", found)
	}
	if n := len(get[list[target]](w, System, "/api/v1/targets?label=dc%3Deast").Items); n != 1 {
		t.Errorf("%d with the label", n)
	}
	if n := len(get[list[target]](w, System, "/api/v1/targets?label=dc%3Dwest").Items); n != 0 {
		t.Errorf("%d with another label", n)
	}
	// One that only reports by itself is known, too.
	if self := get[target](w, Auditor, "/api/v1/targets/self"); self.State == nil || self.State.Listed || self.Zone != "other" {
		t.Errorf("%+v", self)
	}
	w.want(w.as(Auditor, "GET", "/api/v1/targets/nowhere", ""), http.StatusNotFound, "not_found")
	// An id may hold what an address must escape.
	id := "机房A/核心 #1?.."
	at := "/api/v1/targets/" + url.PathEscape(id)
	w.want(w.as(Operator, "PUT", at, `{"address":"192.0.2.5","port":22,"zone":"core","labels":{"a":""},"transports":["ssh"]}`), http.StatusNoContent, "")
	if got := get[target](w, Operator, at); got.ID != id || got.Port != 22 || got.Zone != "core" {
		t.Errorf("%+v", got)
	}
	record := w.records(store.AuditFilter{Action: "target.put", Object: id})
	if len(record) != 1 || record[0].Actor != "operator-1" || !strings.Contains(record[0].Detail, "192.0.2.5") {
		t.Errorf("%+v", record)
	}
	w.want(w.as(Operator, "DELETE", at, ""), http.StatusNoContent, "")
	w.want(w.as(Operator, "DELETE", at, ""), http.StatusNotFound, "not_found")
	w.want(w.as(Operator, "PUT", "/api/v1/targets", `{"targets":[{"id":"a"},{"id":"b","zone":"z"}]}`), http.StatusNoContent, "")
	w.want(w.as(Operator, "PUT", "/api/v1/targets", `{"targets":[{"id":"c"},{"id":"d","zone":"*"}]}`), http.StatusBadRequest, "invalid")
	w.want(w.as(Operator, "GET", "/api/v1/targets/c", ""), http.StatusNotFound, "not_found")
	for _, body := range []string{
		`{"port":-1}`, `{"port":65536}`, `{"port":"22"}`, `{"zone":"*"}`, `{"name":"a\nb"}`, `{"name":"a\u0000b"}`, `{"name":"\u202eabc"}`, `{"labels":{"":"x"}}`,
		`{"labels":{"x":"a\u001bb"}}`, `{"transports":["a,b"]}`, `{"id":"other"}`, `{"added":"2026-01-01T00:00:00Z"}`, `{"password":"x"}`, `[]`, `{`, `{} {}`, `{"name":"a","name":"b"}`,
		`{"name":"a","NAME":"b"}`, `"x"`, `{"address":"` + strings.Repeat("a", 300) + `"}`, strings.Repeat(`{"labels":`, 200) + strings.Repeat(`}`, 200),
	} {
		w.want(w.as(Operator, "PUT", "/api/v1/targets/x", body), http.StatusBadRequest, "invalid")
	}
	if got := decoded[problem](w, w.as(Operator, "PUT", "/api/v1/targets/x", `{"is_admin":true}`)); !strings.Contains(got.Error.En, `"is_admin"`) || !strings.Contains(got.Error.Zh, `"is_admin"`) {
		t.Errorf("the field is not named: %+v", got)
	}
	stale := get[list[standing]](w, System, "/api/v1/stale?since="+start.Format(time.RFC3339))
	if len(stale.Items) < 1 || !stale.Items[0].ReadAt.IsZero() {
		t.Errorf("stale %+v", stale)
	}
	if worst := get[list[standing]](w, Auditor, "/api/v1/worst?limit=1"); len(worst.Items) != 1 || worst.Items[0].Findings.Unknown == 0 {
		t.Errorf("worst %+v", worst)
	}
}

func TestRollups(t *testing.T) {
	w := newWorld(t)
	clauses := get[list[clause]](w, Security, "/api/v1/clauses?baseline=jrt0068-2012")
	if len(clauses.Items) == 0 {
		t.Fatal("no clause")
	}
	var sum int64
	for _, c := range clauses.Items {
		sum += c.Findings.Fail + c.Findings.Pass + c.Findings.Unknown + c.Findings.NotApplicable
	}
	if n := len(get[list[finding]](w, Security, "/api/v1/findings?limit=1000").Items); sum != int64(n) {
		t.Errorf("the clauses count %d findings, there are %d", sum, n)
	}
	days := get[list[day]](w, Security, "/api/v1/trend")
	if len(days.Items) != 1 || days.Items[0].Date != "2026-06-02" {
		t.Errorf("trend %+v", days)
	}
	if n := len(get[list[clause]](w, Security, "/api/v1/clauses?zone=dmz").Items); n != 0 {
		t.Errorf("%d clauses in an empty zone", n)
	}
}

func TestSweeps(t *testing.T) {
	w := newWorld(t)
	out := w.as(Auditor, "POST", "/api/v1/sweeps", `{"targets":["sw1"],"reason":"年度检查"}`)
	w.want(out, http.StatusCreated, "")
	id := decoded[made](w, out).ID
	s := get[sweep](w, Auditor, "/api/v1/sweeps/"+id)
	if s.RequestedBy != "auditor-1" || s.Reason != "年度检查" || s.Targets != 1 || s.AuthorisedBy != "" {
		t.Fatalf("%+v", s)
	}
	w.want(w.as(Auditor, "POST", "/api/v1/sweeps", `{"targets":["nowhere"],"reason":"x"}`), http.StatusNotFound, "not_found")
	w.want(w.as(Auditor, "POST", "/api/v1/sweeps", `{"targets":["sw1"]}`), http.StatusBadRequest, "invalid")
	w.want(w.as(Auditor, "POST", "/api/v1/sweeps", `{"targets":[],"reason":"x"}`), http.StatusBadRequest, "invalid")
	w.want(w.as(Operator, "POST", "/api/v1/sweeps/"+id+"/authorise", ""), http.StatusForbidden, "forbidden")
	w.want(w.as(Security, "POST", "/api/v1/sweeps/"+id+"/authorise", ""), http.StatusNoContent, "")
	w.want(w.as(Security, "POST", "/api/v1/sweeps/"+id+"/authorise", ""), http.StatusConflict, "conflict")
	w.must(w.store.PutSweep(t.Context(), setup, store.Sweep{ID: "own", RequestedBy: "security-1"}, nil))
	w.want(w.as(Security, "POST", "/api/v1/sweeps/own/authorise", ""), http.StatusForbidden, "four_eyes")
	if s = get[sweep](w, Auditor, "/api/v1/sweeps/"+id); s.AuthorisedBy != "security-1" {
		t.Errorf("%+v", s)
	}
	w.want(w.as(Operator, "POST", "/api/v1/sweeps/"+id+"/cancel", ""), http.StatusNoContent, "")
	w.want(w.as(Operator, "POST", "/api/v1/sweeps/"+id+"/cancel", ""), http.StatusConflict, "conflict")
	if s = get[sweep](w, Auditor, "/api/v1/sweeps/"+id); s.State != "cancelled" || !maps.Equal(s.Ends, map[string]int64{"cancelled": 1}) {
		t.Errorf("%+v", s)
	}
	targets := get[list[sweepTarget]](w, Auditor, "/api/v1/sweeps/"+id+"/targets?state=ended")
	if len(targets.Items) != 1 || targets.Items[0].Detail == nil {
		t.Errorf("%+v", targets)
	}
	if n := len(get[list[sweep]](w, SIEM, "/api/v1/sweeps?state=planned").Items); n != 3 {
		t.Errorf("%d planned", n)
	}
	get[list[targetChange]](w, Auditor, "/api/v1/sweeps/sweep-1/diff/sweep-2")
	w.api.Orders = nil
	w.want(w.as(Auditor, "POST", "/api/v1/sweeps", `{"targets":["sw1"],"reason":"x"}`), http.StatusNotFound, "not_offered")
}

func TestIdentities(t *testing.T) {
	w := newWorld(t)
	if found := get[list[member]](w, Operator, "/api/v1/identities?kind=agent"); len(found.Items) != 1 || found.Items[0].Name != "agent-1" {
		t.Fatalf("%+v", found)
	}
	if one := get[member](w, Operator, "/api/v1/identities/agent-1"); one.State != "active" {
		t.Fatalf("%+v", one)
	}
	w.want(w.as(System, "POST", "/api/v1/join-tokens", `{"name":"agent-1","kind":"agent"}`), http.StatusConflict, "conflict")
	w.want(w.as(System, "POST", "/api/v1/join-tokens", `{"name":"agent-1","kind":"agent","replace":true}`), http.StatusCreated, "")
	w.want(w.as(System, "POST", "/api/v1/join-tokens", `{"name":"agent-2","kind":"agent","minutes":5}`), http.StatusCreated, "")
	for _, body := range []string{`{"name":"agent-2","kind":"server"}`, `{"name":"","kind":"agent"}`, `{"name":"a/b","kind":"agent"}`, `{"name":"agent-2","kind":"agent","minutes":-5}`, `{"name":"agent-2","kind":"agent","minutes":99999}`} {
		w.want(w.as(System, "POST", "/api/v1/join-tokens", body), http.StatusBadRequest, "invalid")
	}
	w.want(w.as(Security, "POST", "/api/v1/identities/nobody/revoke", `{"reason":"x"}`), http.StatusNotFound, "not_found")
	w.want(w.as(Security, "POST", "/api/v1/identities/agent-1/revoke", `{"reason":""}`), http.StatusBadRequest, "invalid")
	w.want(w.as(Security, "POST", "/api/v1/identities/agent-1/revoke", `{"reason":"主机下线"}`), http.StatusNoContent, "")
	if one := get[member](w, Operator, "/api/v1/identities/agent-1"); one.State != "revoked" {
		t.Errorf("%+v", one)
	}
}

func TestAudit(t *testing.T) {
	w := newWorld(t)
	w.want(w.as(Operator, "PUT", "/api/v1/targets/x", `{"zone":"a"}`), http.StatusNoContent, "")
	found := get[list[record]](w, Audit, "/api/v1/audit?actor=operator-1")
	if len(found.Items) != 1 || found.Items[0].Action != "target.put" || found.Items[0].Object != "x" {
		t.Fatalf("%+v", found)
	}
	detail, _ := found.Items[0].Detail.(map[string]any)
	if detail["role"] != "operator" || detail["source"] != "192.0.2.9" || detail["token"] != "token-of-operator-1" || detail["request"] == "" {
		t.Errorf("detail %v", detail)
	}
	head := get[verified](w, Audit, "/api/v1/audit/verify")
	if !head.Whole || head.Records == 0 {
		t.Fatalf("%+v", head)
	}
	if again := get[verified](w, Auditor, "/api/v1/audit/verify?head="+head.Head); !again.Whole {
		t.Errorf("%+v", again)
	}
	forged := fmt.Sprintf("%d:%064d", head.Records, 7)
	if again := get[verified](w, Auditor, "/api/v1/audit/verify?head="+forged); again.Whole {
		t.Errorf("a forged head was taken: %+v", again)
	}
	w.want(w.as(Audit, "GET", "/api/v1/audit/verify?head=1:xx", ""), http.StatusBadRequest, "invalid")
	// The log page by page is the whole log.
	n := 0
	for path := "/api/v1/audit?limit=5"; path != ""; {
		page := get[list[record]](w, Audit, path)
		n += len(page.Items)
		path = ""
		if page.Next != "" {
			path = "/api/v1/audit?limit=5&after=" + page.Next
		}
	}
	if n != int(head.Records) {
		t.Errorf("%d records by pages, %d in all", n, head.Records)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	out := w.as(Auditor, "POST", "/api/v1/tokens", `{"scopes":["read"],"days":1}`)
	w.want(out, http.StatusCreated, "")
	made := decoded[issued](w, out)
	if !isToken(made.Token) || !slices.Equal(made.Issued.Scopes, []string{"read"}) || made.Issued.User != "auditor-1" {
		t.Fatalf("%+v", made)
	}
	use := func(method, path, body string) int {
		return w.send(request{method: method, path: path, token: made.Token, body: body}).Code
	}
	if code := use("GET", "/api/v1/findings", ""); code != http.StatusOK {
		t.Errorf("within its scope: %d", code)
	}
	for _, path := range []string{"/api/v1/audit", "/api/v1/tokens", "/api/v1/snapshots/" + w.snapshots[0] + "/report"} {
		if code := use("GET", path, ""); code != http.StatusForbidden {
			t.Errorf("%s out of its scope: %d", path, code)
		}
	}
	if code := use("POST", "/api/v1/tokens", `{}`); code != http.StatusForbidden {
		t.Errorf("a token without the scope made another: %d", code)
	}
	for _, body := range []string{`{"scopes":["users"]}`, `{"scopes":["*"]}`, `{"days":-1}`, `{"days":366}`, `{"role":"system"}`, `{"user":"system-1"}`} {
		w.want(w.as(Auditor, "POST", "/api/v1/tokens", body), http.StatusBadRequest, "invalid")
	}
	// Others' tokens are nobody's business but of the two who look after them.
	for _, role := range []Role{Operator, System, Audit} {
		w.want(w.as(role, "DELETE", "/api/v1/tokens/"+made.Issued.ID, ""), http.StatusNotFound, "not_found")
	}
	w.want(w.as(Operator, "GET", "/api/v1/tokens?user=auditor-1", ""), http.StatusForbidden, "forbidden")
	if n := len(get[list[token]](w, Operator, "/api/v1/tokens").Items); n != 1 {
		t.Errorf("an operator sees %d tokens", n)
	}
	if n := len(get[list[token]](w, Security, "/api/v1/tokens").Items); n != len(Roles())+1 {
		t.Errorf("the security administrator sees %d tokens", n)
	}
	w.want(w.as(Security, "DELETE", "/api/v1/tokens/"+made.Issued.ID, ""), http.StatusNoContent, "")
	if code := use("GET", "/api/v1/findings", ""); code != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", code)
	}
	out = w.as(Auditor, "POST", "/api/v1/tokens", `{"days":1}`)
	made = decoded[issued](w, out)
	if code := use("GET", "/api/v1/findings", ""); code != http.StatusOK {
		t.Fatalf("before its end: %d", code)
	}
	w.clock.Set(w.clock.Now().Add(24 * time.Hour))
	if code := use("GET", "/api/v1/findings", ""); code != http.StatusUnauthorized {
		t.Errorf("after its end: %d", code)
	}
	for _, action := range []string{"token.create", "token.revoke"} {
		for _, r := range w.records(store.AuditFilter{Action: action}) {
			if !json.Valid([]byte(r.Detail)) || strings.Contains(r.Detail, HashToken(made.Token)) {
				t.Errorf("%s: %s", action, r.Detail)
			}
		}
		if len(w.records(store.AuditFilter{Action: action})) == 0 {
			t.Errorf("%s is not on record", action)
		}
	}
}

// TestW27_TokensAreRandom: no two are the same.
func TestW27_TokensAreRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 100_000 {
		token, hash := NewToken()
		if seen[token] || !isToken(token) || HashToken(token) != hash {
			t.Fatalf("token %d", len(seen))
		}
		seen[token] = true
	}
	for _, bad := range []string{"", "plt_", "plt_short", strings.Repeat("a", 47), "PLT_" + strings.Repeat("A", 43), "plt_" + strings.Repeat("A", 44), "plt_" + strings.Repeat("A", 42) + "\n", "plt_" + strings.Repeat("A", 42) + "B"} {
		if isToken(bad) {
			t.Errorf("%q has the form of a token", bad)
		}
	}
}
