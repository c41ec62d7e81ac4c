package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/server/store"
)

// TestE10NothingIsDeleted: no route, in no role, takes away a snapshot, a finding or a record, whatever it is asked.
func TestE10NothingIsDeleted(t *testing.T) {
	w := newWorld(t)
	before, _, err := w.store.Snapshots(t.Context(), store.SnapshotFilter{}, store.Page{Limit: 1000})
	w.must(err)
	head, err := w.store.Verify(t.Context())
	w.must(err)
	tried := 0
	for _, role := range append(Roles(), "") {
		for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodPost, http.MethodPatch} {
			w.api.limits = newLimiter(w.api.Now)
			for _, path := range []string{"/api/v1/snapshots", "/api/v1/snapshots/" + w.snapshots[0], "/api/v1/findings", "/api/v1/findings/" + w.finding, "/api/v1/audit", "/api/v1/refusals"} {
				if out := w.as(role, method, path, `{"id":"x"}`); out.Code < 400 || out.Code >= 500 {
					t.Errorf("%s %s as %q: %d", method, path, role, out.Code)
				}
				tried++
			}
		}
	}
	// What takes a target out of the inventory leaves what was found.
	for _, route := range w.api.routes {
		if route.method == http.MethodDelete {
			for _, role := range Roles() {
				w.api.limits = newLimiter(w.api.Now)
				if strings.HasSuffix(route.path, "/tokens/{id}") {
					continue // it ends one's own token
				}
				w.as(role, route.method, w.fill(route), "")
				tried++
			}
		}
	}
	after, _, err := w.store.Snapshots(t.Context(), store.SnapshotFilter{}, store.Page{Limit: 1000})
	w.must(err)
	if len(after) != len(before) || tried < 150 {
		t.Fatalf("%d snapshots of %d are left after %d calls", len(after), len(before), tried)
	}
	for _, s := range before {
		if body, err := w.store.Body(t.Context(), s.ID); err != nil || len(body) == 0 {
			t.Errorf("snapshot %s: %v", s.ID, err)
		}
	}
	if _, err := w.store.Finding(t.Context(), w.finding); err != nil {
		t.Error(err)
	}
	if _, err := w.store.Verify(t.Context(), head); err != nil {
		t.Error(err)
	}
}
