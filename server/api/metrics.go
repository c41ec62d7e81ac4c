package api

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/plumbline/plumbline/server/store"
)

// metrics are the figures that Prometheus reads. Labels come from the table of routes, never from a request.
type metrics struct {
	mu         sync.Mutex
	calls      map[routeStatus]uint64
	took       map[string]time.Duration
	auditLost  uint64
	notChanged uint64
	tokens     uint64
}

type routeStatus struct {
	route  string
	status int
}

func newMetrics() *metrics {
	return &metrics{calls: map[routeStatus]uint64{}, took: map[string]time.Duration{}}
}

func (m *metrics) count(route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[routeStatus{route, status}]++
	m.took[route] += took
}

// auditFailed counts an entry that could not be written, with which the call failed.
func (m *metrics) auditFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.auditLost++
}

// failed counts a change that the store could not make together with its entry.
func (m *metrics) failed(err error, change bool) {
	if !change || failureOf(err) != errDown {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notChanged++
}

// refused counts a token that was not good.
func (m *metrics) refused() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens++
}

// text is the figures in Prometheus' text format.
func (m *metrics) text(ready bool, version string, outlets []store.OutletState) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b bytes.Buffer
	head := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	head("plumbline_build_info", "gauge", "The version of the server.")
	fmt.Fprintf(&b, "plumbline_build_info{version=%q} 1\n", version)
	head("plumbline_store_ready", "gauge", "Whether the store can be read and written.")
	up := 0
	if ready {
		up = 1
	}
	fmt.Fprintf(&b, "plumbline_store_ready %d\n", up)
	head("plumbline_audit_failures_total", "counter", "Calls refused because their entry in the audit log could not be written.")
	fmt.Fprintf(&b, "plumbline_audit_failures_total %d\n", m.auditLost)
	head("plumbline_api_changes_failed_total", "counter", "Changes that the store could not make together with their entry in the audit log.")
	fmt.Fprintf(&b, "plumbline_api_changes_failed_total %d\n", m.notChanged)
	head("plumbline_api_tokens_refused_total", "counter", "Attempts with a token that is not good.")
	fmt.Fprintf(&b, "plumbline_api_tokens_refused_total %d\n", m.tokens)
	head("plumbline_api_requests_total", "counter", "Requests answered.")
	keys := slices.SortedFunc(maps.Keys(m.calls), func(x, y routeStatus) int {
		return cmp.Or(cmp.Compare(x.route, y.route), cmp.Compare(x.status, y.status))
	})
	sums := map[string]uint64{}
	for _, k := range keys {
		fmt.Fprintf(&b, "plumbline_api_requests_total{route=%q,status=\"%d\"} %d\n", k.route, k.status, m.calls[k])
		sums[k.route] += m.calls[k]
	}
	head("plumbline_api_request_duration_seconds", "summary", "How long answers took.")
	for _, route := range slices.Sorted(maps.Keys(m.took)) {
		fmt.Fprintf(&b, "plumbline_api_request_duration_seconds_sum{route=%q} %g\n", route, m.took[route].Seconds())
		fmt.Fprintf(&b, "plumbline_api_request_duration_seconds_count{route=%q} %d\n", route, sums[route])
	}
	for _, figure := range outletFigures {
		head(figure.name, figure.kind, figure.help)
		for _, o := range outlets {
			fmt.Fprintf(&b, "%s{outlet=%q} %d\n", figure.name, o.Name, figure.of(o))
		}
	}
	return b.Bytes()
}

func (c *call) getHealth() (any, error) { return health{"ok", http.StatusOK}, nil }

func (c *call) getReady() (any, error) {
	if err := c.Store.Ready(c.ctx()); err != nil {
		c.Log.Error("api: not ready", "err", err)
		return health{"not ready", http.StatusServiceUnavailable}, nil //nolint:nilerr // the answer says so
	}
	return health{"ready", http.StatusOK}, nil
}

func (c *call) getMetrics() (any, error) {
	outlets, err := c.Store.OutletStates(c.ctx())
	if err != nil {
		c.Log.Error("api: the outlets' figures are missing", "err", err)
	}
	return file{media: "text/plain; version=0.0.4; charset=utf-8", body: c.metrics.text(c.Store.Ready(c.ctx()) == nil, c.Version, outlets)}, nil
}

func (c *call) getOpenAPI() (any, error) {
	return file{media: "application/json; charset=utf-8", body: openAPI}, nil
}
