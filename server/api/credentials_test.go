package api

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/server/store"
)

// TestC5WriteOnly puts a canary in as a credential and asks every route of the router as every role and as nobody, well and badly: it is in
// no answer, no log line and no record.
func TestC5WriteOnly(t *testing.T) {
	w := newWorld(t)
	const canary = "cAnArY-5d1e0c"
	const path = "/api/v1/credentials/switches"
	put := func(as Role, body string) int { return w.as(as, http.MethodPut, path, body).Code }
	if code := put(Security, `{"user":"scan","password":"`+canary+`","raise":"`+canary+`-2","snmp_version":"2c","snmp_community":"`+canary+`-3"}`); code != http.StatusOK {
		t.Fatalf("put: %d", code)
	}
	got := get[list[credential]](w, Operator, "/api/v1/credentials")
	if len(got.Items) != 1 || got.Items[0].Name != "switches" || got.Items[0].By != "security-1" || strings.Join(got.Items[0].Kinds, ",") != "password,snmp" || got.Items[0].Fingerprint == "" {
		t.Fatalf("listed: %+v", got.Items)
	}
	traces := []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))[:12], hex.EncodeToString([]byte(canary))}
	look := func(what, text string) {
		t.Helper()
		for _, trace := range traces {
			if strings.Contains(text, trace) {
				t.Errorf("%s holds the canary", what)
			}
		}
	}
	asked := 0
	for _, route := range w.api.routes {
		for _, role := range append(Roles(), "") {
			w.api.limits = newLimiter(w.api.Now) // every cell for itself
			target := strings.ReplaceAll(w.fill(route), "/credentials/agent-1", "/credentials/switches")
			if route.method == http.MethodDelete && strings.Contains(target, "credentials") {
				target += "-2"
			}
			for _, out := range []string{
				w.as(role, route.method, target, "").Body.String(),
				w.as(role, route.method, target+"?name=switches&credential=switches", "").Body.String(),
				w.as(role, route.method, target, `{"name":"switches"}`).Body.String(),
			} {
				look(route.name()+" as "+string(role), out)
				asked++
			}
		}
	}
	if asked < 3*7*45 {
		t.Fatalf("only %d calls", asked)
	}
	// What is refused is not repeated either, to its sender or to the log.
	for _, body := range []string{
		`{"user":"scan","password":["` + canary + `"]}`, `{"user":"scan","pasword":"` + canary + `"}`, `{"` + canary + `":"x"}`,
		`{"user":"scan","password":"` + canary + `\n"}`, `{"password":"` + canary + `"}`, `{"user":"scan","password":"` + canary, `{"name":"other","user":"scan","password":"` + canary + `"}`,
	} {
		out := w.as(Security, http.MethodPut, path, body)
		if out.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", body, out.Code)
		}
		look(body, out.Body.String())
	}
	look("the log", w.log.String())
	for _, one := range w.records(store.AuditFilter{}) {
		look("record "+one.Action, one.Detail+one.Object)
	}
	if n := len(w.records(store.AuditFilter{Action: "credential.put", Object: "switches"})); n != 1 {
		t.Errorf("%d puts on record", n)
	}
	for _, role := range []Role{System, Audit, Operator, Auditor, SIEM} {
		if code := put(role, `{"user":"scan","password":"x"}`); code != http.StatusForbidden {
			t.Errorf("%s writes: %d", role, code)
		}
	}
	w.want(w.as(Security, http.MethodDelete, path, ""), http.StatusNoContent, "")
	w.want(w.as(Security, http.MethodDelete, path, ""), http.StatusNotFound, "not_found")
	w.api.Credentials = nil
	w.want(w.as(Operator, http.MethodGet, "/api/v1/credentials", ""), http.StatusNotFound, "not_offered")
}
