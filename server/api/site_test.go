package api

import (
	"net/http"
	"testing"
)

func TestSite(t *testing.T) {
	w := newWorld(t)
	w.want(w.as(Operator, "GET", "/api/v1/site", ""), http.StatusNotFound, "not_found")
	put := func(body string) siteVersion {
		t.Helper()
		out := w.as(Operator, "PUT", "/api/v1/site", body)
		w.want(out, http.StatusOK, "")
		return decoded[siteVersion](w, out)
	}
	if first := put(`{"text":"time_servers: [10.0.0.1]","based":0}`); first.Version != 1 || first.Author != "operator-1" || len(first.Missing) != 11 || first.Missing[0].Zh == "" {
		t.Errorf("kept as %+v", first)
	}
	w.want(w.as(Operator, "PUT", "/api/v1/site", `{"text":"time_servers: []","based":0}`), http.StatusConflict, "conflict")
	put(`{"text":"time_servers: [10.0.0.2]","based":1}`)
	out := w.as(Operator, "PUT", "/api/v1/site", `{"text":"name: x\nlog_servers: [\"no server!\"]","based":2}`)
	w.want(out, http.StatusBadRequest, "invalid")
	if p := decoded[problem](w, out); len(p.Error.Problems) != 1 || p.Error.Problems[0].Line != 2 {
		t.Errorf("a wrong file: %+v", p)
	}
	if got := get[siteVersion](w, Auditor, "/api/v1/site"); got.Version != 2 || got.Text != "time_servers: [10.0.0.2]" {
		t.Errorf("the newest: %+v", got)
	}
	if got := get[siteVersion](w, Auditor, "/api/v1/site?version=1"); got.Text != "time_servers: [10.0.0.1]" {
		t.Errorf("the first: %+v", got)
	}
	if got := get[list[siteVersion]](w, System, "/api/v1/site/versions"); len(got.Items) != 2 || got.Items[0].Version != 2 || got.Items[0].Text != "" {
		t.Errorf("versions: %+v", got)
	}
}
