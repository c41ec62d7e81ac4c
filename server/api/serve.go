package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Limits of the port.
const (
	maxBody   = 1 << 20
	maxHeader = 32 << 10
	maxQuery  = 8 << 10
)

// NewServer gives a server for the API with the timeouts and limits that a port in a network needs; address, certificates and the
// rest are the caller's. With certificates it speaks TLS 1.2 or later.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: callTime + 30*time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// answer remembers what was written, for the log and the figures.
type answer struct {
	http.ResponseWriter
	status int
	route  string
	who    string
	id     string
}

func (w *answer) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// ServeHTTP answers one request.
func (a *api) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	began := a.Now()
	w := &answer{ResponseWriter: to, route: "none", id: newID()}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	r = r.WithContext(ctx)
	harden(w.Header(), r.TLS != nil)
	w.Header().Set("X-Request-Id", w.id)
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // it is thrown as it is
			a.Log.Error("api: panic", "request", w.id, "route", w.route, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if w.status == 0 {
				w.fail(errInternal)
			}
		}
		took := a.Now().Sub(began)
		a.metrics.count(w.route, w.status, took)
		a.Log.Info("api", "request", w.id, "method", cutTo(r.Method, 16), "route", w.route, "status", w.status, "user", w.who,
			"source", sourceOf(r), "took", took)
		if p == http.ErrAbortHandler { //nolint:errorlint // it is thrown as it is
			panic(p)
		}
	}()
	if f := a.unroutable(r); f != nil {
		if f.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", strings.Join(a.methods(r), ", "))
		}
		w.fail(f)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// unroutable says why no route takes the request; the router itself would answer in another form, and redirect.
func (a *api) unroutable(r *http.Request) *failure {
	escaped := r.URL.EscapedPath()
	if !strings.HasPrefix(escaped, "/") || path.Clean(escaped) != escaped {
		return errNoRoute
	}
	if _, pattern := a.mux.Handler(r); pattern != "" {
		return nil
	}
	if len(a.methods(r)) > 0 {
		return errMethod
	}
	return errNoRoute
}

// methods are those under which the path is known.
func (a *api) methods(r *http.Request) []string {
	var found []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := a.mux.Handler(&other); pattern != "" {
			found = append(found, method)
		}
	}
	return found
}

// serve runs a route: who is it, may he, is it well formed, then the answer.
func (a *api) serve(w *answer, r *http.Request, route *route) {
	w.route = route.name()
	c := &call{api: a, r: r, route: route, id: w.id, from: sourceOf(r)}
	out, err := c.run(w)
	if err != nil {
		a.metrics.failed(err, route.changes())
		f := failureOf(err)
		if f.status >= http.StatusInternalServerError {
			a.Log.Error("api: failed", "request", w.id, "route", w.route, "err", err)
		}
		w.fail(f)
		return
	}
	if s, ok := out.(stream); ok {
		if err := w.stream(s); err != nil {
			a.Log.Error("api: cut off", "request", w.id, "route", w.route, "err", err)
			panic(http.ErrAbortHandler)
		}
		return
	}
	w.give(out)
}

func (c *call) run(w *answer) (any, error) {
	err := c.admit()
	w.who = c.who.name
	if err != nil {
		return nil, err
	}
	if err := c.checkPath(); err != nil {
		return nil, err
	}
	if c.query, err = readQuery(c.r.URL.RawQuery, c.route.query); err != nil {
		return nil, err
	}
	c.r.Body = http.MaxBytesReader(w, c.r.Body, max(maxBody, c.route.body))
	if c.route.costly {
		select {
		case c.costly <- struct{}{}:
			defer func() { <-c.costly }()
		case <-time.After(10 * time.Second):
			return nil, errBusy
		case <-c.ctx().Done():
			return nil, c.ctx().Err()
		}
	}
	return c.route.do(c)
}

// checkPath holds the ids in the path to what an id can be.
func (c *call) checkPath() error {
	for rest := c.route.path; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return nil
		}
		name, next, _ := strings.Cut(after, "}")
		if err := checkWord(name, c.r.PathValue(name)); err != nil {
			return err
		}
		rest = next
	}
}

// created is the answer to what made something new.
type created struct{ value any }

// file is an answer that is not JSON.
type file struct {
	media, name string
	body        []byte
}

// health is an answer that is JSON and may say 503.
type health struct {
	Status string `json:"status"`
	code   int
}

func (w *answer) give(out any) {
	status := http.StatusOK
	switch v := out.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case file:
		w.Header().Set("Content-Type", v.media)
		if v.name != "" {
			w.Header().Set("Content-Disposition", `attachment; filename="`+v.name+`"`)
		}
		w.write(status, v.body)
		return
	case exported:
		w.send(v)
		return
	case created:
		status, out = http.StatusCreated, v.value
	case health:
		status = v.code
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(out); err != nil {
		panic(fmt.Sprintf("encode the answer: %v", err)) // our own types
	}
	w.writeJSON(status, b.Bytes())
}

func (w *answer) fail(f *failure) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="plumbline"`)
	}
	body, err := json.Marshal(f.body())
	if err != nil {
		body = []byte(`{}`) // strings always encode
	}
	w.writeJSON(f.status, append(body, '\n'))
}

func (w *answer) writeJSON(status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.write(status, body)
}

func (w *answer) write(status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone
}

// harden sets what every answer carries: nothing of it is to be shown as a page, kept or framed. There is no CORS.
func harden(h http.Header, tls bool) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if tls {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}

// newID names a request. A client's own name for it is not taken: it would stand in our log.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// sourceOf is the address at the other end of the connection. Headers about other addresses prove nothing and are passed over.
func sourceOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	return host
}

// cutTo shortens what somebody sent before it is repeated.
func cutTo(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
