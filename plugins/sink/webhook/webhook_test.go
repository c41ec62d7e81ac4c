package webhook

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event/eventtest"
)

const canary = "s3cret-canary-0123456789"

// receiver checks what comes and answers as a test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	ids    []string
	bodies []string
	answer func(w http.ResponseWriter, ids []string) int
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, ids []string) int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		at := q.Header.Get(Timestamp)
		if err != nil || q.Method != http.MethodPost || q.Header.Get(Signature) != "v1="+Sign([]byte(canary), at, body) || q.Header.Get("Authorization") != "Bearer "+canary {
			t.Errorf("request %s %v, %v", q.Method, q.Header, err)
		}
		if strings.Contains(string(body), canary) || strings.Contains(q.URL.String(), canary) {
			t.Error("the secret is told")
		}
		var batch struct {
			Events []struct {
				ID string `json:"id"`
			} `json:"events"`
		}
		if err := json.Unmarshal(body, &batch); err != nil {
			t.Errorf("body %.200s: %v", body, err)
		}
		var ids []string
		for _, e := range batch.Events {
			ids = append(ids, e.ID)
		}
		status := r.answer(w, ids)
		r.mu.Lock()
		defer r.mu.Unlock()
		if status == http.StatusOK {
			r.ids, r.bodies = append(r.ids, ids...), append(r.bodies, string(body))
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) settings(t *testing.T, more ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	ca, secret := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "secret")
	if err := errors.Join(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}), 0o600), os.WriteFile(secret, []byte(canary+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := map[string]string{"url": r.URL + "/hook", "ca_file": ca, "secret_file": secret, "token_file": secret, "batch": "10"}
	for i := 0; i < len(more); i += 2 {
		s[more[i]] = more[i+1]
	}
	return s
}

func configured(t *testing.T, settings map[string]string) *Outlet {
	t.Helper()
	o := New().(*Outlet)
	if err := o.Configure(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

func ok(http.ResponseWriter, []string) int { return http.StatusOK }

func TestSignedBatches(t *testing.T) {
	r := newReceiver(t, ok)
	o := configured(t, r.settings(t))
	list := eventtest.Many(1, 25)
	for sent := 0; sent < len(list); {
		n, err := o.Send(t.Context(), list[sent:])
		if err != nil || n != min(10, len(list)-sent) {
			t.Fatal(n, err)
		}
		sent += n
	}
	if len(r.ids) != 25 || len(r.bodies) != 3 || r.ids[24] != list[24].ID {
		t.Errorf("%d events in %d requests", len(r.ids), len(r.bodies))
	}
}

// Only an answer that will never change is a refusal; the one event behind it is found.
func TestD12_Refusals(t *testing.T) {
	list := eventtest.Many(1, 10)
	poison := list[6].ID
	r := newReceiver(t, func(_ http.ResponseWriter, ids []string) int {
		for _, id := range ids {
			if id == poison {
				return http.StatusUnprocessableEntity
			}
		}
		return http.StatusOK
	})
	o := configured(t, r.settings(t))
	sent := 0
	refusal := (*sink.Refusal)(nil)
	for tries := 0; sent < len(list) && tries < 20; tries++ {
		n, err := o.Send(t.Context(), list[sent:])
		sent += n
		if errors.As(err, &refusal) {
			if list[sent].ID != poison {
				t.Fatalf("the wrong one is refused: %d", sent)
			}
			sent++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if refusal == nil || len(r.ids) != 9 {
		t.Errorf("%v, %d arrived", refusal, len(r.ids))
	}
	for _, status := range []int{401, 403, 404, 405, 408, 409, 429, 500, 502, 503} {
		o := configured(t, newReceiver(t, func(http.ResponseWriter, []string) int { return status }).settings(t))
		if n, err := o.Send(t.Context(), list); n != 0 || err == nil || errors.As(err, &refusal) {
			t.Errorf("%d: %d, %v", status, n, err)
		}
	}
}

// TestW7_NoRedirect: an answer that leads elsewhere leads nowhere.
func TestW7_NoRedirect(t *testing.T) {
	reached := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := newReceiver(t, func(w http.ResponseWriter, _ []string) int { w.Header().Set("Location", other.URL); return status })
		o := configured(t, r.settings(t))
		if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %d, %v", status, n, err)
		}
	}
	if reached {
		t.Error("it went where it was led")
	}
}

// TestW7_NameThatLeadsInside: a name of this host's loopback is refused where the connection is made, unless it is listed.
func TestW7_NameThatLeadsInside(t *testing.T) {
	r := newReceiver(t, ok)
	named := strings.Replace(r.URL, "127.0.0.1", "localhost", 1)
	o := configured(t, r.settings(t, "url", named, "server_name", "example.com"))
	if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil || !strings.Contains(err.Error(), "allow") {
		t.Errorf("%d, %v", n, err)
	}
	o = configured(t, r.settings(t, "url", named, "server_name", "example.com", "allow", "127.0.0.0/8"))
	if n, err := o.Send(t.Context(), eventtest.Many(1, 1)); n != 1 || err != nil {
		t.Errorf("listed: %d, %v", n, err)
	}
}

// A receiver that answers nothing is left when the context ends.
func TestReceiverStalls(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, []string) int { close(entered); <-release; return 200 })
	o := configured(t, r.settings(t))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	n, err := o.Send(ctx, eventtest.Many(1, 1))
	close(release)
	if n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestW36_NoSecretInErrors: neither secret nor what was sent stands in an error.
func TestW36_NoSecretInErrors(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ []string) int { w.Header().Set("X-Echo", canary); return 500 })
	o := configured(t, r.settings(t))
	_, err := o.Send(t.Context(), eventtest.Many(1, 1))
	r.Close()
	_, down := o.Send(t.Context(), eventtest.Many(1, 1))
	for _, err := range []error{err, down} {
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("error %v", err)
		}
	}
}

func TestSettings(t *testing.T) {
	r := newReceiver(t, ok)
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := New().Send(t.Context(), eventtest.Many(1, 1)); n != 0 || err == nil {
		t.Error("it sent before it was configured")
	}
	for what, more := range map[string][2]string{
		"in clear": {"url", "http://example.com/"}, "a user": {"url", "https://a:b@example.com/"}, "a query": {"url", "https://example.com/?token=x"}, "no url": {"url", ""},
		"no secret": {"secret_file", "/nonexistent"}, "a short secret": {"secret_file", short}, "a batch": {"batch", "0"}, "cef": {"format", "cef"}, "unknown": {"colour", "blue"},
		"an address": {"address", "h:1"}, "tls off": {"tls", "off"},
	} {
		if err := New().Configure(t.Context(), r.settings(t, more[0], more[1])); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The signature is one that a receiver can compute by the README alone.
func TestSignature(t *testing.T) {
	// printf '1700000000.{}' | openssl dgst -sha256 -hmac key
	if got := Sign([]byte("key"), "1700000000", []byte("{}")); got != "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae" {
		t.Error(got)
	}
}
