package vault

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeVault speaks like the parts of HashiCorp Vault that are used. Every answer that is no record holds the canary, which no
// message may repeat.
type fakeVault struct {
	*httptest.Server
	mu      sync.Mutex
	records map[string]string
	// tokens that are good, the namespace they are good in.
	tokens    map[string]bool
	namespace string
	logins    atomic.Int32
	revoked   atomic.Int32
	// odd takes an answer over.
	odd atomic.Pointer[http.HandlerFunc]
}

const token = "hvs." + canary + "token"

func newFakeVault(t *testing.T, minTLS uint16) *fakeVault {
	t.Helper()
	f := &fakeVault{records: map[string]string{}, tokens: map[string]bool{token: true}}
	f.Server = httptest.NewUnstartedServer(f)
	f.Server.TLS = &tls.Config{MinVersion: minTLS, MaxVersion: tls.VersionTLS13}
	if minTLS < tls.VersionTLS12 {
		f.Server.TLS.MaxVersion = minTLS
	}
	f.Config.ErrorLog = log.New(io.Discard, "", 0) // what a failed handshake says is expected
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fakeVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if odd := f.odd.Load(); odd != nil {
		(*odd)(w, r)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	refuse := func(status int) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"errors":["%s"]}`, canary)
	}
	if r.URL.Path == "/v1/auth/plumb/login" && r.Method == http.MethodPost {
		f.logins.Add(1)
		var in map[string]string
		if json.NewDecoder(r.Body).Decode(&in) != nil || in["role_id"] != "role" || in["secret_id"] != canary+"id" {
			refuse(http.StatusBadRequest)
			return
		}
		fresh := fmt.Sprintf("%s%d", token, f.logins.Load())
		f.tokens[fresh] = true
		fmt.Fprintf(w, `{"auth":{"client_token":%q,"lease_duration":3600,"policies":["p"]}}`, fresh)
		return
	}
	if !f.tokens[r.Header.Get("X-Vault-Token")] || r.Header.Get("X-Vault-Namespace") != f.namespace || r.Header.Get("X-Vault-Request") != "true" {
		refuse(http.StatusForbidden)
		return
	}
	if r.URL.Path == "/v1/auth/token/revoke-self" && r.Method == http.MethodPost {
		f.revoked.Add(1)
		delete(f.tokens, r.Header.Get("X-Vault-Token"))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/v1/kv/data/net/")
	if record := f.records[name]; ok && record != "" && r.Method == http.MethodGet {
		fmt.Fprintf(w, `{"request_id":"x","data":{"data":%s,"metadata":{"version":3}}}`, record)
		return
	}
	refuse(http.StatusNotFound)
}

func (f *fakeVault) source(t *testing.T) *HashiCorp {
	t.Helper()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw}))
	return &HashiCorp{
		Address: f.URL, Namespace: f.namespace, Mount: "kv", Path: "net/{name}", CAFile: file(t, ca, 0o644),
		Token: Ref{File: file(t, token+"\n", 0o600)}, Timeout: 2 * time.Second,
	}
}

func openOne(t *testing.T, h *HashiCorp) (*Vault, error) {
	t.Helper()
	v, err := open(Config{Sources: []Source{{HashiCorp: h}}}, env(map[string]string{"SECRET_ID": canary + "id", "BAD_ID": canary, "ODD": canary + "\x00"}))
	if err == nil {
		t.Cleanup(v.Close)
	}
	return v, err
}

func TestHashiCorp(t *testing.T) {
	f := newFakeVault(t, tls.VersionTLS12)
	f.namespace = "bank/ops"
	f.records["core"] = `{"name":"core","user":"ops","password":"` + canary + `"}`
	f.records["moved"] = f.records["core"]
	f.records["deleted"] = `null`
	f.records["broken"] = `{"name":"broken","user":"u","passwort":"` + canary + `"}`
	f.records["list"] = `["` + canary + `"]`
	v, err := openOne(t, f.source(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Get(t.Context(), "core")
	if err != nil || c.User != "ops" || c.Password.Reveal() != canary {
		t.Fatal(c, err)
	}
	nowhere(t, "the vault", v, c, v.sources[0])
	if _, err := v.Get(t.Context(), "none"); !errors.Is(err, ErrUnknownName) {
		t.Error(err)
	}
	for name, want := range map[string]string{"moved": "name: ", "deleted": "is deleted", "broken": "unknown key", "list": "must be a mapping"} {
		_, err := v.Get(t.Context(), name)
		if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "HashiCorp Vault") {
			t.Errorf("%s: %v", name, err)
		}
		nowhere(t, name, err)
	}
}

func TestAppRole(t *testing.T) {
	f := newFakeVault(t, tls.VersionTLS12)
	f.records["core"] = `{"name":"core","user":"ops","password":"` + canary + `"}`
	f.records["edge"] = `{"name":"edge","user":"ops","password":"` + canary + `"}`
	h := f.source(t)
	h.Token, h.AppRoleMount, h.RoleID, h.SecretID = Ref{}, "plumb", "role", Ref{Env: "SECRET_ID"}
	v, err := openOne(t, h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get(t.Context(), "core"); err != nil || f.logins.Load() != 1 {
		t.Fatal(err)
	}
	// The token ended before its time: one more login, and no more.
	f.mu.Lock()
	f.tokens = map[string]bool{}
	f.mu.Unlock()
	if _, err := v.Get(t.Context(), "edge"); err != nil || f.logins.Load() != 2 {
		t.Errorf("%v after %d logins", err, f.logins.Load())
	}
	nowhere(t, "the vault", v, v.sources[0])
	v.Close()
	if f.revoked.Load() != 1 {
		t.Error("the token lives on")
	}
	if _, err := v.Get(t.Context(), "core"); err == nil || f.logins.Load() != 2 {
		t.Error("closed, and logs in", err)
	}
	// A refused AppRole is not tried again: servers lock those too.
	h.SecretID = Ref{Env: "BAD_ID"}
	v, err = openOne(t, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		_, err := v.Get(t.Context(), fmt.Sprintf("n%d", i))
		if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), "the AppRole was refused") {
			t.Error(err)
		}
		nowhere(t, "refused", err)
	}
	if f.logins.Load() != 3 {
		t.Errorf("%d logins", f.logins.Load()-2)
	}
}

// C1 and T3: a server that answers oddly, or is another, gets nothing and has nothing repeated.
func TestC1HostileServer(t *testing.T) {
	strange := newFakeVault(t, tls.VersionTLS12)
	var stolen atomic.Int32
	steal := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vault-Token") != "" {
			stolen.Add(1)
		}
	})
	strange.odd.Store(&steal)
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, canary) }
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			fmt.Fprint(c, text)
			c.Close()
		}
	}
	tests := []struct {
		name, want string
		odd        http.HandlerFunc
	}{
		{"redirect", "redirects (307)", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strange.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}},
		{"forbidden", "may not read kv/data/net/core", status(403)},
		{"unauthorised", "may not read", status(401)},
		{"sealed", "is sealed", status(503)},
		{"standby", "standby", status(429)},
		{"broken", "status 500", status(500)},
		{"no content", "status 204", status(204)},
		{"not json", "not of KV version 2", body(canary)},
		{"kv version 1", "not of KV version 2", body(`{"data":{"password":"` + canary + `"}}`)},
		{"wrong types", "not of KV version 2", body(`{"data":["` + canary + `"]}`)},
		{"record of text", "must be a mapping", body(`{"data":{"data":"` + canary + `"}}`)},
		{"endless body", "longer than 1048576", func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := fmt.Fprint(w, strings.Repeat(canary, 1000)); err != nil {
					return
				}
			}
		}},
		{"endless header", "no valid answer", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 2000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat(canary, 20))
			}
		}},
		{"silent", "no answer in time", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}},
		{"trickle", "no answer in time", func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				fmt.Fprint(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		}},
		{"not http", "no valid answer", raw("SSH-2.0-" + canary + "\r\n\r\n")},
		{"odd status line", "no valid answer", raw("HTTP/1.1 " + canary + "\r\n\r\n")},
		{"odd header", "no valid answer", raw("HTTP/1.1 200 OK\r\n" + canary + "\r\n\r\n")},
		{"cut", "no valid answer", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + canary)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFakeVault(t, tls.VersionTLS12)
			f.EnableHTTP2 = false
			f.odd.Store(&test.odd)
			h := f.source(t)
			h.Timeout = 700 * time.Millisecond
			v, err := openOne(t, h)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = v.Get(t.Context(), "core")
			if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if time.Since(start) > 5*time.Second {
				t.Errorf("took %s", time.Since(start))
			}
			nowhere(t, "the error", err)
		})
	}
	if stolen.Load() > 0 {
		t.Error("a redirect got the token")
	}
}

func TestHashiCorpTLS(t *testing.T) {
	f := newFakeVault(t, tls.VersionTLS12)
	get := func(h *HashiCorp) error {
		v, err := openOne(t, h)
		if err != nil {
			return err
		}
		_, err = v.Get(t.Context(), "core")
		return err
	}
	h := f.source(t)
	h.CAFile = ""
	if err := get(h); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Error(err)
	}
	h = f.source(t)
	h.Address = strings.Replace(f.URL, "127.0.0.1", "localhost", 1)
	if err := get(h); err == nil || !strings.Contains(err.Error(), "is for another name") {
		t.Error(err)
	}
	old := newFakeVault(t, tls.VersionTLS11)
	if err := get(old.source(t)); err == nil || !strings.Contains(err.Error(), "no valid answer") {
		t.Error(err)
	}
	gone := newFakeVault(t, tls.VersionTLS12)
	h = gone.source(t)
	gone.Close()
	if err := get(h); err == nil || !strings.Contains(err.Error(), "refuses the connection") {
		t.Error(err)
	}
	for want, change := range map[string]func(*HashiCorp){
		"must be https": func(h *HashiCorp) { h.Address = "http://vault.example.com:8200" }, "holds no certificate": func(h *HashiCorp) { h.CAFile = file(t, canary, 0o600) },
		"chmod 0600": func(h *HashiCorp) { h.Token.File = file(t, token, 0o644) }, "character that none has": func(h *HashiCorp) { h.Token = Ref{Env: "ODD"} },
		"does not exist": func(h *HashiCorp) { h.Token.File = "/nonexistent/token" },
	} {
		h := f.source(t)
		change(h)
		err := get(h)
		if !errors.Is(err, ErrSource) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		nowhere(t, want, err)
	}
}
