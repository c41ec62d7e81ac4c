package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/server/store"
)

func TestInventory(t *testing.T) {
	w := newWorld(t)
	send := func(query, media, body string) (int, imported, problem) {
		t.Helper()
		out := w.send(request{method: "POST", path: "/api/v1/targets/import" + query, token: w.tokens[Operator], body: body, headers: http.Header{"Content-Type": {media}}})
		if out.Code == http.StatusOK {
			return out.Code, decoded[imported](w, out), problem{}
		}
		return out.Code, imported{}, decoded[problem](w, out)
	}
	const table = "地址,标识,区域,编号\n"
	code, plan, _ := send("?dry_run=true", "text/csv", "address,id,zone\n10.0.0.1,fw1,dmz\n192.0.2.1,sw1,core\n")
	if code != http.StatusOK || !plan.DryRun || !slices.Equal(plan.Added, []string{"fw1"}) || len(plan.Changed) != 1 || plan.Changed[0].ID != "sw1" {
		t.Fatalf("%d %+v", code, plan)
	}
	if _, err := w.store.Target(t.Context(), "fw1"); !none(err) {
		t.Fatalf("a dry run did something: %v", err)
	}
	if code, _, p := send("", "text/csv", table); code != http.StatusBadRequest || len(p.Error.Problems) == 0 || p.Error.Problems[0].Line != 1 || p.Error.Problems[0].Zh == "" {
		t.Errorf("an unknown column: %d %+v", code, p)
	}
	if code, _, p := send("", "application/yaml", "targets:\n  - {address: 10.0.0.1, driver: huawei-vpr}\n  - {address: 10.0.0.1, password: s3cret-w}\n"); code != http.StatusBadRequest || len(p.Error.Problems) != 2 ||
		p.Error.Problems[0].Line != 2 || p.Error.Problems[0].Field != "driver" || !strings.Contains(p.Error.Problems[0].En, "huawei-vrp") {
		t.Errorf("a wrong driver and a password: %d %+v", code, p)
	}
	if code, _, _ := send("", "application/pdf", "x"); code != http.StatusUnsupportedMediaType {
		t.Errorf("a PDF: %d", code)
	}
	if code, _, p := send("", "text/csv", "address\n"+strings.Repeat("x", maxInventory)); code != http.StatusRequestEntityTooLarge || p.Error.Code != "too_large" {
		t.Errorf("too much: %d", code)
	}
	if code, plan, _ = send("?prune=true", "text/plain", "[net]\nfw1 ansible_host=10.0.0.1 plumbline_zone=dmz ansible_password=s3cret-w\n"); code != http.StatusOK ||
		len(plan.Removed) != 2 || len(plan.Notices) != 1 || plan.Notices[0].Line != 2 {
		t.Errorf("Ansible: %d %+v", code, plan)
	}
	if kept, err := w.store.Target(t.Context(), "fw1"); err != nil || kept.Labels["groups"] != "net" {
		t.Errorf("%+v, %v", kept, err)
	}
	out := w.as(Auditor, "GET", "/api/v1/targets/export?format=csv", "")
	if out.Code != http.StatusOK || !strings.Contains(out.Body.String(), "fw1") || !strings.HasPrefix(out.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("%d %s", out.Code, out.Body)
	}
	for _, action := range []string{"target.import", "target.export"} {
		found := w.records(store.AuditFilter{Action: action})
		if len(found) != 1 || strings.Contains(found[0].Detail, "s3cret") {
			t.Errorf("%s on record: %+v", action, found)
		}
	}
}
