package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func waiverBody(finding string) string {
	return jsonOf(waiverRequest{Scope: waiverScope{Finding: finding}, Reason: "设备年底下线，更换计划已批准", Until: "2026-12-31", TimeZone: "Asia/Shanghai"})
}

// A waiver takes two people, stands beside the outcome, and goes with the clock.
func TestWaivers(t *testing.T) {
	w := newWorld(t)
	// The newest snapshot passes: a waiver has no effect there. The target "self" fails nothing either; take what fails or is unknown.
	bad := get[list[finding]](w, Auditor, "/api/v1/findings?target=sw1&outcome=fail,unknown&limit=1000").Items
	if len(bad) < 2 {
		t.Fatalf("%d findings fail or are unknown", len(bad))
	}
	outcomesNow := func() string {
		var b strings.Builder
		for _, f := range get[list[finding]](w, Auditor, "/api/v1/findings?limit=1000").Items {
			fmt.Fprintln(&b, f.ID, f.Outcome)
		}
		return b.String() + w.as(Auditor, "GET", "/api/v1/clauses", "").Body.String()
	}
	before := outcomesNow()
	asked := w.as(Operator, "POST", "/api/v1/waivers", waiverBody(bad[0].ID))
	w.want(asked, http.StatusCreated, "")
	made := decoded[waived](w, asked)
	path := "/api/v1/waivers/" + made.ID
	if n := len(get[list[finding]](w, SIEM, "/api/v1/findings?waived=true").Items); n != 0 {
		t.Errorf("a request waives %d", n)
	}
	w.want(w.as(Operator, "POST", path+"/approve", `{}`), http.StatusForbidden, "forbidden")
	// Whoever asked does not approve, also after he became security administrator.
	token, hash := NewToken()
	w.must(w.store.PutUser(t.Context(), setup, store.User{Name: "operator-1", Role: string(Security), State: store.UserActive}))
	w.must(w.store.PutAPIToken(t.Context(), setup, store.APIToken{Hash: hash, ID: "x", User: "operator-1", Role: string(Security), Scopes: Security.Scopes(), Expires: start.AddDate(1, 0, 0)}))
	w.want(w.send(request{method: "POST", path: path + "/approve", token: token, body: `{}`}), http.StatusForbidden, "four_eyes")
	w.want(w.as(Security, "POST", path+"/approve", `{"remark":"看过"}`), http.StatusNoContent, "")
	w.want(w.as(Security, "POST", path+"/reject", `{"remark":"`+strings.Repeat("晚", 20)+`"}`), http.StatusConflict, "conflict")
	covered := get[list[finding]](w, SIEM, "/api/v1/findings?waived=true").Items
	if len(covered) != 1 || covered[0].ID != bad[0].ID || covered[0].Waiver.ID != made.ID || covered[0].Waiver.ApprovedBy != "security-1" ||
		covered[0].Outcome != bad[0].Outcome || covered[0].Waiver.NotSeen != (bad[0].Outcome == "unknown") {
		t.Errorf("covered: %s", jsonOf(covered))
	}
	if one := get[findingDetail](w, Auditor, "/api/v1/findings/"+bad[0].ID); one.Waiver == nil || one.Outcome != bad[0].Outcome {
		t.Errorf("the finding alone: %s", jsonOf(one))
	}
	for _, f := range get[list[finding]](w, SIEM, "/api/v1/findings?waived=false&limit=1000").Items {
		if f.ID == bad[0].ID || f.Waiver != nil {
			t.Errorf("not waived: %s", jsonOf(f))
		}
	}
	if after := outcomesNow(); after != before {
		t.Errorf("outcomes moved:\n%s\nbefore\n%s", after, before)
	}
	if n := len(get[list[waived]](w, Auditor, "/api/v1/waivers?due=true").Items); n != 0 {
		t.Errorf("%d are due", n)
	}
	w.clock.Set(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC).Add(-time.Second))
	for role := range w.tokens {
		w.tokens[role] = w.user(string(role)+"-2", role)
	}
	if n := len(get[list[waived]](w, Auditor, "/api/v1/waivers?due=true&state=approved").Items); n != 1 {
		t.Errorf("%d are due a second before the end", n)
	}
	w.clock.Set(w.clock.Now().Add(time.Second))
	if n := len(get[list[finding]](w, SIEM, "/api/v1/findings?waived=true").Items); n != 0 {
		t.Errorf("%d are waived after the end", n)
	}
	if one := get[waived](w, Auditor, path); one.State != "expired" || one.Decision != "看过" {
		t.Errorf("after its end: %s", jsonOf(one))
	}
	for action, actor := range map[string]string{"waiver.request": "operator-1", "waiver.approve": "security-1"} {
		found := w.records(store.AuditFilter{Action: action, Object: made.ID})
		if len(found) == 0 || found[0].Actor != actor {
			t.Errorf("%s: %+v", action, found)
		}
	}
	if found := w.records(store.AuditFilter{Action: "waiver.approve", Actor: "operator-1"}); len(found) != 1 || found[0].Outcome != "refused" {
		t.Errorf("the attempt is not on record: %+v", found)
	}
}

func TestWaiversAreRefused(t *testing.T) {
	w := newWorld(t)
	for what, body := range map[string]string{
		"everything":      `{"scope":{},"reason":"设备年底下线，更换计划已批准","until":"2026-12-31","time_zone":"UTC"}`,
		"a bad label":     `{"scope":{"label":"x","check":"password.min_length"},"reason":"设备年底下线，更换计划已批准","until":"2026-12-31","time_zone":"UTC"}`,
		"no zone":         `{"scope":{"target":"sw1","check":"password.min_length"},"reason":"设备年底下线，更换计划已批准","until":"2026-12-31","time_zone":""}`,
		"a forged line":   `{"scope":{"target":"sw1","check":"password.min_length"},"reason":"设备年底下线\u001b[2J，更换计划已批准","until":"2026-12-31","time_zone":"UTC"}`,
		"an unknown word": `{"scope":{"everything":true},"reason":"设备年底下线，更换计划已批准","until":"2026-12-31","time_zone":"UTC"}`,
	} {
		out := w.as(Operator, "POST", "/api/v1/waivers", body)
		if out.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", what, out.Code, out.Body)
		}
	}
	w.want(w.as(Security, "POST", "/api/v1/waivers/w-none/approve", `{}`), http.StatusNotFound, "not_found")
	asked := w.as(Operator, "POST", "/api/v1/waivers", waiverBody(w.finding))
	w.want(asked, http.StatusCreated, "")
	path := "/api/v1/waivers/" + decoded[waived](w, asked).ID
	w.want(w.as(Security, "POST", path+"/reject", `{"remark":""}`), http.StatusBadRequest, "invalid")
	other := w.user("operator-2", Operator)
	w.want(w.send(request{method: "POST", path: path + "/withdraw", token: other}), http.StatusForbidden, "forbidden")
	w.want(w.as(Operator, "POST", path+"/withdraw", ""), http.StatusNoContent, "")
	w.want(w.as(Security, "POST", path+"/approve", `{}`), http.StatusConflict, "conflict")
}

func TestAttestations(t *testing.T) {
	w := newWorld(t)
	missing := func() int {
		return len(get[list[gap]](w, Auditor, "/api/v1/attestations/missing?baseline=shanghai-internet-finance").Items)
	}
	all := missing()
	body := jsonOf(claim{
		Baseline: "shanghai-internet-finance", Clause: "SHIF/9-1", Statement: "met", Until: "2026-12-31", TimeZone: "Asia/Shanghai",
		Evidence: []evidenceFile{{"应急预案.pdf", 7, strings.Repeat("ab", 32)}},
	})
	stated := w.as(Operator, "POST", "/api/v1/attestations", body)
	w.want(stated, http.StatusCreated, "")
	made := decoded[attestation](w, stated)
	path := "/api/v1/attestations/" + made.ID
	if missing() != all {
		t.Error("what nobody confirmed counts")
	}
	w.want(w.as(Operator, "POST", path+"/confirm", ""), http.StatusForbidden, "forbidden")
	w.want(w.as(Security, "POST", path+"/confirm", ""), http.StatusNoContent, "")
	if missing() != all-1 {
		t.Errorf("%d missing, %d before", missing(), all)
	}
	one := get[attestation](w, Auditor, path)
	if one.State != "confirmed" || one.ConfirmedBy != "security-1" || len(one.Evidence) != 1 || one.Evidence[0].SHA256 != strings.Repeat("ab", 32) {
		t.Errorf("kept as %s", jsonOf(one))
	}
	if n := len(get[list[attestation]](w, SIEM, "/api/v1/attestations?state=confirmed&clause=SHIF/9-1").Items); n != 1 {
		t.Errorf("%d confirmed", n)
	}
	w.want(w.as(Operator, "POST", "/api/v1/attestations", strings.Replace(body, "abab", "xyab", 1)), http.StatusBadRequest, "invalid")
	w.want(w.as(Auditor, "GET", "/api/v1/attestations/missing?baseline=cis", ""), http.StatusBadRequest, "invalid")
	w.want(w.as(Operator, "POST", path+"/withdraw", ""), http.StatusNoContent, "")
	if missing() != all {
		t.Error("what was withdrawn counts")
	}
}
