package api

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// injections are strings that have broken others.
var injections = []string{
	`' OR '1'='1`, `'; DROP TABLE audit; --`, `" OR ""="`, `1) UNION SELECT hash FROM api_tokens--`, `%' AND 1=1 --`, `$1`, `?`, `{{7*7}}`, `${jndi:ldap://127.0.0.1/a}`, `$(id)`, "`id`", `| id`, `; sleep 5`,
	`../../../../etc/passwd`, `..%2f..%2fetc%2fpasswd`, `/etc/passwd`, `file:///etc/passwd`, `<script>alert(1)</script>`, `javascript:alert(1)`, `=cmd|'/c calc'!A0`, `@SUM(1)`, "a\r\nX-Forged: 1", "a\x00b",
	"\x1b[2J", "\u202egnp.exe", "\xff\xfe", strings.Repeat("A", 257), strings.Repeat("(a+)+", 40) + "$", `.*`, `[`, `%`, `_`, `*`, `\`, `null`, `-1`, `0`, `1e999`, `9223372036854775808`, `NaN`, `true`, `[]`, `{}`, " ", "　", "ｆａｉｌ", `__proto__`,
	`CEF:0|a|b|c`, "线路\u2028下一行",
}

// checkAnswer holds any answer to what every answer is.
func checkAnswer(t *testing.T, what string, out *httptest.ResponseRecorder) {
	t.Helper()
	h := out.Header()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: %s is %q", what, name, h.Get(name))
		}
	}
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || len(h.Get("X-Request-Id")) != 16 {
		t.Errorf("%s: headers %v", what, h)
	}
	if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Location") != "" || h.Get("X-Forged") != "" || h.Get("Set-Cookie") != "" {
		t.Errorf("%s: headers %v", what, h)
	}
	if out.Code != http.StatusNoContent && !strings.Contains(h.Get("Content-Type"), "charset=utf-8") && !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("%s: type %q", what, h.Get("Content-Type"))
	}
	if out.Code >= 400 && !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		t.Errorf("%s: an error of type %q", what, h.Get("Content-Type"))
	}
	if body := out.Body.String(); out.Code >= 400 {
		for _, inside := range []string{"goroutine", ".go:", "SQL", "sqlite", "pq:", "SQLSTATE", "panic"} {
			if strings.Contains(body, inside) {
				t.Errorf("%s: the error tells of our inside: %s", what, body)
			}
		}
	}
}

// TestW3_Injection puts every string into every parameter and every id of every route.
func TestW3_W5_Injection(t *testing.T) {
	w := newWorld(t)
	n := 0
	try := func(route *route, role Role, path string) {
		began := time.Now()
		out := w.as(role, route.method, path, "")
		if out.Code >= 500 {
			t.Errorf("%s: %d %s", path, out.Code, out.Body)
		}
		checkAnswer(t, path, out)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", path, took)
		}
		n++
	}
	for _, route := range w.api.routes {
		if len(w.api.access[route.name()].roles) == 0 || route.changes() {
			continue
		}
		role := w.api.access[route.name()].roles[len(w.api.access[route.name()].roles)-1]
		for _, s := range injections {
			for _, p := range route.query {
				try(route, role, w.fill(route)+"?"+p.name+"="+url.QueryEscape(s))
			}
			if strings.Contains(route.path, "{") {
				try(route, role, strings.ReplaceAll(strings.ReplaceAll(route.path, "{id}", url.PathEscape(s)), "{other}", url.PathEscape(s)))
			}
		}
	}
	if n < 2000 {
		t.Fatalf("only %d calls", n)
	}
	if head, err := w.store.Verify(t.Context()); err != nil || head.N == 0 {
		t.Errorf("after that: %+v, %v", head, err)
	}
	if log := w.log.String(); strings.Contains(log, "\x1b") || strings.Count(log, "\n") != strings.Count(log, `{"time":`) {
		t.Error("a line of the log was forged")
	}
}

func TestStrictQueries(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{
		"nope=1", "limit=0", "limit=1001", "limit=-1", "limit=x", "limit=5&limit=6", "after=x", "after=", "target=", "gone=1", "gone=yes", "outcome=FAIL", "outcome=",
		"outcome=fail,", "changed_since=yesterday", "changed_since=0001-01-01T00:00:00Z", "changed_since=1969-12-31T23:59:59Z", "target=%00", "target=a%0Ab", "target=%ff", "token=plt_x", "%zz=1", "a;b=1",
		"TARGET=x", "target=a&target=b", "after=bnVsbA%3D%3D", "target=" + strings.Repeat("a", 257), strings.Repeat("target=a&", 2000),
	} {
		out := w.as(Auditor, "GET", "/api/v1/findings?"+query, "")
		w.want(out, http.StatusBadRequest, "invalid")
		checkAnswer(t, query, out)
	}
	if out := decoded[problem](w, w.as(Auditor, "GET", "/api/v1/findings?colour=red", "")); !strings.Contains(out.Error.En, `"colour"`) {
		t.Errorf("the parameter is not named: %+v", out)
	}
}

func TestHardening(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 404}, {"GET", "/api", 404}, {"GET", "/api/v1/", 404}, {"GET", "/api/v1/findings/", 404}, {"GET", "//api/v1/findings", 404}, {"GET", "/api/v1/../v1/findings", 404},
		{"GET", "/.git/config", 404}, {"GET", "/debug/pprof/", 404}, {"GET", "/api/v1/targets/..%2f..%2fetc", 404}, {"TRACE", "/api/v1/findings", 405}, {"OPTIONS", "/api/v1/findings", 405},
		{"CONNECT", "/api/v1/findings", 405}, {"PATCH", "/api/v1/targets/sw1", 405}, {"POST", "/api/v1/findings", 405}, {"DELETE", "/metrics", 405}, {"FOO", "/healthz", 405}, {"HEAD", "/healthz", 200},
		{"OPTIONS", "*", 404},
	} {
		out := w.as(Operator, c.method, c.path, "")
		if out.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, out.Code, c.status)
		}
		if c.status == 405 && out.Header().Get("Allow") == "" {
			t.Errorf("%s %s does not say what is allowed", c.method, c.path)
		}
		checkAnswer(t, c.method+" "+c.path, out)
	}
	// W15: no foreign origin is told anything.
	out := w.send(request{path: "/api/v1/me", token: w.tokens[Operator], headers: http.Header{"Origin": {"https://evil.example"}}})
	checkAnswer(t, "foreign origin", out)
	// W17: what a proxy's header says about others is not believed.
	if out := w.send(request{path: "/metrics", headers: http.Header{"X-Forwarded-For": {"127.0.0.1"}, "Forwarded": {"for=127.0.0.1"}, "X-Real-Ip": {"127.0.0.1"}}}); out.Code != http.StatusUnauthorized {
		t.Errorf("a forged address opened the figures: %d", out.Code)
	}
	// Bodies.
	w.want(w.as(Operator, "PUT", "/api/v1/targets/x", `{"name":"`+strings.Repeat("a", maxBody)+`"}`), http.StatusRequestEntityTooLarge, "too_large")
	w.want(w.send(request{method: "PUT", path: "/api/v1/targets/x", token: w.tokens[Operator], body: `{}`, headers: http.Header{"Content-Type": {"text/plain"}}}), http.StatusUnsupportedMediaType, "unsupported_media_type")
	w.want(w.send(request{method: "PUT", path: "/api/v1/targets/x", token: w.tokens[Operator], body: "{\"name\":\"\xff\"}"}), http.StatusBadRequest, "invalid")
	// Strict transport only where there is transport security.
	r := httptest.NewRequest("GET", "/healthz", nil)
	if out := httptest.NewRecorder(); true {
		w.api.ServeHTTP(out, r)
		if out.Header().Get("Strict-Transport-Security") != "" {
			t.Error("strict transport over plain text")
		}
	}
	r.TLS = &tls.ConnectionState{}
	secure := httptest.NewRecorder()
	w.api.ServeHTTP(secure, r)
	if !strings.Contains(secure.Header().Get("Strict-Transport-Security"), "max-age=63072000") {
		t.Error("no strict transport over TLS")
	}
}

// TestW21_Limit: guessing is slowed down and costs no more than a few records, and locks nobody out who is known.
func TestW21_Limit(t *testing.T) {
	w := newWorld(t)
	if out := w.as(Auditor, "GET", "/api/v1/me", ""); out.Code != http.StatusOK {
		t.Fatal(out.Code)
	}
	before := len(w.records(store.AuditFilter{Action: "authentication.failed"}))
	limited := 0
	for range 200 {
		bad, _ := NewToken()
		switch out := w.send(request{path: "/api/v1/me", token: bad}); out.Code {
		case http.StatusTooManyRequests:
			limited++
			if out.Header().Get("Retry-After") == "" {
				t.Fatal("not said when to come again")
			}
		case http.StatusUnauthorized:
		default:
			t.Fatal(out.Code)
		}
	}
	if n := len(w.records(store.AuditFilter{Action: "authentication.failed"})) - before; limited != 200-failuresEach || n != failuresEach {
		t.Errorf("%d were limited, %d are on record", limited, n)
	}
	// From the same address: whoever was known is served, whoever was not waits.
	if out := w.as(Auditor, "GET", "/api/v1/me", ""); out.Code != http.StatusOK {
		t.Errorf("a known holder was locked out: %d", out.Code)
	}
	if out := w.as(System, "GET", "/api/v1/me", ""); out.Code != http.StatusTooManyRequests {
		t.Errorf("the limit does not hold: %d", out.Code)
	}
	if out := w.send(request{path: "/api/v1/me", token: w.tokens[System], from: "192.0.2.77"}); out.Code != http.StatusOK {
		t.Errorf("from elsewhere: %d", out.Code)
	}
	// Being known does not outlive the token.
	w.must(w.store.RevokeAPIToken(t.Context(), setup, "token-of-auditor-1"))
	if out := w.as(Auditor, "GET", "/api/v1/me", ""); out.Code != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", out.Code)
	}
	w.clock.Set(w.clock.Now().Add(failureWindow))
	if out := w.as(System, "GET", "/api/v1/me", ""); out.Code != http.StatusOK {
		t.Errorf("a window later: %d", out.Code)
	}
	// Refusals for want of rights do not fill the audit log either.
	for range 50 {
		w.as(Operator, "GET", "/api/v1/audit", "")
	}
	if n := len(w.records(store.AuditFilter{Action: "access.denied", Actor: "operator-1"})); n != failuresEach {
		t.Errorf("%d refusals are on record", n)
	}
	if out := w.as(Operator, "GET", "/api/v1/findings", ""); out.Code != http.StatusOK {
		t.Errorf("what he may: %d", out.Code)
	}
	for a, b := range map[string]string{"2001:db8:1:2::1": "2001:db8:1:2:ffff::9", "::ffff:192.0.2.1": "192.0.2.1"} {
		if networkOf(a) != networkOf(b) {
			t.Errorf("%s and %s count apart", a, b)
		}
	}
	if networkOf("2001:db8:1:2::1") == networkOf("2001:db8:1:3::1") {
		t.Error("two networks count as one")
	}
}

func TestAuthentication(t *testing.T) {
	w := newWorld(t)
	good := w.tokens[Auditor]
	for name, h := range map[string]http.Header{
		"no scheme": {"Authorization": {good}}, "basic": {"Authorization": {"Basic " + good}}, "twice": {"Authorization": {"Bearer " + good, "Bearer " + good}},
		"with more": {"Authorization": {"Bearer " + good + " x"}}, "empty": {"Authorization": {""}}, "only the scheme": {"Authorization": {"Bearer "}}, "hash": {"Authorization": {"Bearer " + HashToken(good)}},
		"another case": {"Authorization": {"Bearer " + strings.ToUpper(good)}}, "cookie": {"Cookie": {"token=" + good}}, "other header": {"X-Api-Token": {good}},
	} {
		w.api.limits = newLimiter(w.api.Now)
		out := w.send(request{path: "/api/v1/me", headers: h})
		w.want(out, http.StatusUnauthorized, "unauthenticated")
		if out.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no challenge", name)
		}
	}
	if out := w.send(request{path: "/api/v1/me", headers: http.Header{"Authorization": {"bearer " + good}}}); out.Code != http.StatusOK {
		t.Errorf("the scheme in lower case: %d", out.Code)
	}
	// A token of another role than its holder has, and one that never ends, are not good.
	for i, bad := range []store.APIToken{{User: "auditor-1", Role: "system", Expires: start.AddDate(1, 0, 0)}, {User: "auditor-1", Role: "auditor"}} {
		token, hash := NewToken()
		bad.Hash, bad.ID, bad.Scopes = hash, fmt.Sprint("bad", i), System.Scopes()
		w.must(w.store.PutAPIToken(t.Context(), setup, bad))
		w.want(w.send(request{path: "/api/v1/me", token: token}), http.StatusUnauthorized, "unauthenticated")
	}
}

// TestW41_FailClosed: where the audit log or the store fails, so does the call, and nothing of the inside is told.
func TestW41_FailClosed(t *testing.T) {
	w := newWorld(t)
	secret := errors.New("disk /var/secret/path is full")
	w.store.set(func() { w.store.append = secret })
	for what, out := range map[string]*httptest.ResponseRecorder{
		"export": w.as(Auditor, "GET", "/api/v1/snapshots/"+w.snapshots[0]+"/report", ""),
		"denied": w.as(Operator, "GET", "/api/v1/audit", ""),
		"login":  w.send(request{path: "/api/v1/me", token: "plt_" + strings.Repeat("A", 43)}),
	} {
		w.want(out, http.StatusServiceUnavailable, "unavailable")
		checkAnswer(t, what, out)
		if strings.Contains(out.Body.String(), "secret") {
			t.Errorf("%s: %s", what, out.Body)
		}
	}
	if !strings.Contains(w.as(SIEM, "GET", "/metrics", "").Body.String(), "plumbline_audit_failures_total 3") {
		t.Error("the failures are not counted")
	}
	w.store.set(func() { w.store.append, w.store.panics = nil, true })
	out := w.as(Auditor, "GET", "/api/v1/clauses", "")
	w.want(out, http.StatusInternalServerError, "internal")
	checkAnswer(t, "panic", out)
	if strings.Contains(out.Body.String(), "secret inside") || !strings.Contains(w.log.String(), "a secret inside") {
		t.Error("the panic belongs into the log and not to the client")
	}
	w.store.set(func() { w.store.ready = secret })
	if out := w.send(request{path: "/readyz"}); out.Code != http.StatusServiceUnavailable || strings.TrimSpace(out.Body.String()) != `{"status":"not ready"}` {
		t.Errorf("%d %s", out.Code, out.Body)
	}
	if out := w.send(request{path: "/healthz"}); out.Code != http.StatusOK || strings.TrimSpace(out.Body.String()) != `{"status":"ok"}` {
		t.Errorf("%d %s", out.Code, out.Body)
	}
	if !strings.Contains(w.as(SIEM, "GET", "/metrics", "").Body.String(), "plumbline_store_ready 0") {
		t.Error("the figures say ready")
	}
	// The store is gone: nothing is served but that it lives.
	w2 := newWorld(t)
	w2.must(w2.store.Close())
	for _, route := range w2.api.routes {
		if w2.api.access[route.name()].anonymous == allowed {
			continue
		}
		out := w2.as(w2.api.access[route.name()].roles[0], route.method, w2.fill(route), "")
		w2.want(out, http.StatusServiceUnavailable, "unavailable")
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	get[me](w, Auditor, "/api/v1/me")
	w.want(w.as(Auditor, "GET", "/metrics", ""), http.StatusForbidden, "forbidden")
	w.want(w.send(request{path: "/metrics"}), http.StatusUnauthorized, "unauthenticated")
	for _, from := range []string{"127.0.0.1", "[::1]"} {
		if out := w.send(request{path: "/metrics", from: from}); out.Code != http.StatusOK {
			t.Errorf("from %s: %d", from, out.Code)
		}
	}
	w.as(Auditor, "GET", "/nowhere/"+strings.Repeat("x", 50), "")
	text := w.as(SIEM, "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`plumbline_api_requests_total{route="GET /api/v1/me",status="200"} 1`, `plumbline_api_requests_total{route="none",status="404"} 1`, `plumbline_store_ready 1`,
		`plumbline_api_request_duration_seconds_count{route="GET /metrics"} 4`, `plumbline_build_info{version="test"} 1`, "plumbline_audit_failures_total 0",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("missing: %s\n%s", want, text)
		}
	}
	if strings.Contains(text, "xxx") {
		t.Error("a label holds what a client sent")
	}
	if out := w.as(Auditor, "GET", "/openapi.json", ""); out.Code != http.StatusOK || !bytes.Equal(out.Body.Bytes(), openAPI) {
		t.Errorf("openapi: %d", out.Code)
	}
}

// TestW36_Canary: a token is seen by nobody but whom it was given to: not in the log, the audit log, an answer, a figure or the
// database's files.
func TestW36_Canary(t *testing.T) {
	w := newWorld(t)
	out := w.as(Auditor, "POST", "/api/v1/tokens", `{}`)
	w.want(out, http.StatusCreated, "")
	canary := decoded[issued](w, out).Token
	strange := "plt_" + strings.Repeat("CANARY-", 6) + "A"
	var seen strings.Builder
	collect := func(out *httptest.ResponseRecorder) {
		fmt.Fprintln(&seen, out.Header(), out.Body)
	}
	for _, route := range w.api.routes {
		for _, token := range []string{canary, strange} {
			w.api.limits = newLimiter(w.api.Now)
			collect(w.send(request{method: route.method, path: w.fill(route), token: token}))
			collect(w.send(request{method: route.method, path: w.fill(route) + "?token=" + token, token: w.tokens[Operator]}))
			collect(w.send(request{method: "BREW", path: w.fill(route), token: token}))
		}
	}
	for _, role := range Roles() {
		for _, path := range []string{"/api/v1/tokens", "/api/v1/users", "/api/v1/audit?limit=1000", "/metrics"} {
			collect(w.as(role, "GET", path, ""))
		}
	}
	files, err := filepath.Glob(w.path + "*")
	w.must(err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		w.must(err)
		seen.Write(b)
	}
	seen.WriteString(w.log.String())
	if len(files) == 0 || seen.Len() < 100_000 {
		t.Fatalf("%d files, %d bytes", len(files), seen.Len())
	}
	for _, secret := range []string{canary, canary[8:], strange, "CANARY-CANARY", w.tokens[Operator], w.tokens[System]} {
		if strings.Contains(seen.String(), secret) {
			t.Errorf("%.12s… was seen", secret)
		}
	}
	for _, r := range w.records(store.AuditFilter{}) {
		if strings.Contains(r.Detail, HashToken(canary)) {
			t.Error("a hash stands in the audit log")
		}
	}
}

// TestServer serves over a real connection, and does not wait for one that says nothing.
func TestServer(t *testing.T) {
	w := newWorld(t)
	s := NewServer(w.api, slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout <= callTime || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Fatalf("a limit is missing: %+v", s)
	}
	s.ReadHeaderTimeout = 200 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/api/v1/findings?limit=2", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+w.tokens[SIEM])
	answer, err := http.DefaultClient.Do(r)
	w.must(err)
	body, err := io.ReadAll(answer.Body)
	w.must(err)
	w.must(answer.Body.Close())
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"next"`) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	slow, err := net.Dial("tcp", l.Addr().String())
	w.must(err)
	defer slow.Close()
	_, err = io.WriteString(slow, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow:")
	w.must(err)
	w.must(slow.SetReadDeadline(time.Now().Add(5 * time.Second)))
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("a connection that says nothing is kept: %v", err)
	}
	w.must(s.Shutdown(t.Context()))
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
