package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enrolsql"
	proof "github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/evidence/ledger"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/secrets"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

// hostile is what a target may say to whoever reads the answers.
const hostile = "=cmd|'/c calc'!A0 <script>alert(1)</script> \x1b[2J\r\nForged: 1 \u202e\" ' ` ]]> ${x}"

var start = time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)

// world is a server with users of every role, two targets and their snapshots.
type world struct {
	t     testing.TB
	clock *storetest.Clock
	store *faulty
	api   *api
	// tokens and hashes are by role.
	tokens map[Role]string
	log    *logBook
	path   string
	// snapshots of sw1, the older first, and one of its findings.
	snapshots []string
	finding   string
	known     map[string]string
}

// logBook is a log that tests read while it is written.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// faulty is the store with a fault that a test sets.
type faulty struct {
	*store.Store
	mu     sync.Mutex
	ready  error
	append error
	panics bool
}

func (f *faulty) set(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *faulty) Ready(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.ready, f.Store.Ready(ctx))
}

func (f *faulty) Append(ctx context.Context, by store.Entry) (store.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.append != nil {
		return store.Record{}, f.append
	}
	return f.Store.Append(ctx, by)
}

func (f *faulty) Clauses(ctx context.Context, zone, baseline string) ([]store.ClauseCount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("a secret inside")
	}
	return f.Store.Clauses(ctx, zone, baseline)
}

// enrolments lends the store to enrolment.
type enrolments struct{ *store.Store }

func (e enrolments) Change(ctx context.Context, event enrol.Event, do func(*sql.Tx) error) error {
	return e.Lend(ctx, store.Entry{Actor: event.By, Action: string(event.Action), Object: event.Name}, do)
}

func (e enrolments) Record(ctx context.Context, event enrol.Event) error {
	_, err := e.Append(ctx, store.Entry{Actor: event.By, Action: string(event.Action), Object: event.Name, Outcome: "refused"})
	return err
}

// enrolled is enrolment over the store, with one agent.
func (w *world) enrolled(s *store.Store) *enrol.Service {
	w.t.Helper()
	authority, err := enrol.OpenAuthority(filepath.Join(w.t.TempDir(), "authority.pem"), w.clock.Now)
	w.must(err)
	kept := enrolsql.New(enrolments{s})
	service, err := enrol.New(enrol.Config{Authority: authority, Store: kept, Audit: enrolments{s}, Names: []string{"localhost"}, Now: w.clock.Now})
	w.must(err)
	w.must(kept.Save(w.t.Context(), enrol.Change{
		Identity: enrol.Identity{Name: "agent-1", Kind: identity.Agent, ID: "agent-1", State: enrol.Active, Current: "k"},
		At:       start, Event: enrol.Event{Action: enrol.Enrolled, Name: "agent-1", By: "setup"},
	}))
	return service
}

// sealed are credentials over the store.
func (w *world) sealed(s *store.Store) *secrets.Keeper {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "secrets.key")
	_, err := secrets.InitKeyFile(file)
	w.must(err)
	k, err := secrets.Open(w.t.Context(), s, file, w.clock.Now)
	w.must(err)
	return k
}

// setup is who made what was there before the API.
var setup = store.Entry{Actor: "setup", Action: "test.setup"}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(start.Add(24 * time.Hour)), tokens: map[Role]string{}, log: &logBook{}, path: filepath.Join(t.TempDir(), "plumbline.db")}
	s, err := sqlite.Open(t.Context(), w.path, w.clock.Now)
	w.must(err)
	t.Cleanup(func() { w.must(s.Close()) })
	w.store = &faulty{Store: s}
	keys, err := proof.NewKeys()
	w.must(err)
	log, err := ledger.New(ledger.Config{Store: s, Keys: keys, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Version: "test"})
	w.must(err)
	w.api = newAPI(Config{
		Store: w.store, Enrolment: w.enrolled(s), Credentials: w.sealed(s), Orders: &orders.Planner{Store: s, Now: w.clock.Now}, Evidence: log, Now: w.clock.Now, Version: "test",
		Exports: filepath.Join(t.TempDir(), "exports"),
		Log:     slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	for _, role := range Roles() {
		w.tokens[role] = w.user(string(role)+"-1", role)
	}
	w.must(s.PutTargets(t.Context(), setup, []store.Target{
		{ID: "sw1", Zone: "core", Address: "192.0.2.1", Driver: "huawei-vrp", Labels: map[string]string{"dc": "east"}, Credential: "switches"},
		{ID: "never", Zone: "dmz"},
	}))
	sweepID := "sweep-1"
	w.must(s.PutSweep(t.Context(), setup, store.Sweep{ID: sweepID, Plan: `{"x":1}`, RequestedBy: "operator-1", Reason: "nightly"}, []string{"sw1"}))
	w.must(s.PutSweep(t.Context(), setup, store.Sweep{ID: "sweep-2", RequestedBy: "operator-1"}, []string{"sw1"}))
	for i, length := range []int64{6, 12} {
		at := start.Add(time.Duration(i) * time.Hour)
		w.snapshots = append(w.snapshots, w.deliver(uint64(i+1), judged(t, "sw1", "core", at, length)))
	}
	w.deliver(3, judged(t, "self", "other", start, 8))
	_, err = s.Accept(t.Context(), []store.Delivery{{Sender: "agent-1", Epoch: 1, Sequence: 4, Body: []byte("no snapshot"), Received: start}})
	w.must(err)
	found, _, err := s.Findings(t.Context(), store.FindingFilter{Target: "sw1", Check: "password.min_length"}, store.Page{})
	w.must(err)
	if len(found) == 0 {
		t.Fatal("the snapshots hold no finding about the password's length")
	}
	w.finding = found[0].ID
	w.known = map[string]string{"sw1": "sw1", "snapshot": w.snapshots[0], "other": w.snapshots[1], "finding": w.finding, "sweep": sweepID, "name": "agent-1"}
	return w
}

// user makes an active one, and gives a token with all scopes.
func (w *world) user(name string, role Role) string {
	token, hash := NewToken()
	w.must(w.store.PutUser(w.t.Context(), setup, store.User{Name: name, Role: string(role), State: store.UserActive}))
	w.must(w.store.PutAPIToken(w.t.Context(), setup, store.APIToken{
		Hash: hash, ID: "token-of-" + name, User: name, Role: string(role), Scopes: role.Scopes(), Expires: w.clock.Now().Add(1000 * time.Hour),
	}))
	return token
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// judged is a snapshot that the checks made of facts.
func judged(t testing.TB, id, zone string, at time.Time, length int64) *pb.Snapshot {
	t.Helper()
	f := &pb.Facts{
		Platform: &pb.Platform{Hostname: facts.Text("sw1" + hostile), Os: facts.Text("vrp"), Kind: facts.Text("switch")},
		PasswordPolicies: &pb.PasswordPolicyList{State: pb.FactState_FACT_STATE_KNOWN, Items: []*pb.PasswordPolicy{{
			Scope: "local-aaa " + hostile, Enforced: facts.Bool(true, facts.Source("display")), MinLength: facts.Int(length, facts.Line("display current-configuration", 7, "length "+hostile)),
		}}},
	}
	b := baseline.ByID("jrt0068-2012")
	plan, err := b.Plan(all.List(), baseline.Device, baseline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := checks.Judge(id, plan.Rules, f, checks.Env{Now: at})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	return &pb.Snapshot{
		Target: &pb.Target{Id: id, Driver: "huawei-vrp", Zone: zone}, StartedAt: timestamppb.New(at.Add(-time.Second)), FinishedAt: timestamppb.New(at),
		DriverVersion: "1", ProgramVersion: "1", Facts: f, Findings: found, Baselines: []string{b.ID + "@" + b.Digest},
		Visit: &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED, Transport: "ssh", Account: "plumbline"},
	}
}

func (w *world) deliver(sequence uint64, s *pb.Snapshot) string {
	w.t.Helper()
	body, err := store.Body(s)
	w.must(err)
	d := store.Delivery{Sender: "agent-1", Epoch: 1, Sequence: sequence, Body: body, Received: w.clock.Now()}
	refused, err := w.store.Accept(w.t.Context(), []store.Delivery{d})
	w.must(err)
	if len(refused) > 0 {
		w.t.Fatalf("refused: %v", refused[0].Reason)
	}
	return d.ID()
}

// request is one call; zero values are a GET without a token from an address in the network.
type request struct {
	method, path, token, body, from string
	headers                         http.Header
}

func (w *world) send(r request) *httptest.ResponseRecorder {
	if r.method == "" {
		r.method = http.MethodGet
	}
	var body *strings.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	} else {
		body = strings.NewReader("")
	}
	q := httptest.NewRequest(r.method, r.path, body)
	q.RemoteAddr = "192.0.2.9:40000"
	if r.from != "" {
		q.RemoteAddr = r.from + ":40000"
	}
	if r.body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for name, values := range r.headers {
		q.Header[name] = values
	}
	if r.token != "" {
		q.Header.Set("Authorization", "Bearer "+r.token)
	}
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, q)
	return out
}

func (w *world) as(role Role, method, path, body string) *httptest.ResponseRecorder {
	return w.send(request{method: method, path: path, body: body, token: w.tokens[role]})
}

// get fails the test unless the answer has the status, and reads it.
func get[T any](w *world, role Role, path string) T {
	w.t.Helper()
	out := w.as(role, http.MethodGet, path, "")
	if out.Code != http.StatusOK {
		w.t.Fatalf("GET %s as %s: %d %s", path, role, out.Code, out.Body)
	}
	return decoded[T](w, out)
}

func decoded[T any](w *world, out *httptest.ResponseRecorder) T {
	w.t.Helper()
	var v T
	if err := json.Unmarshal(out.Body.Bytes(), &v); err != nil {
		w.t.Fatalf("the answer is no JSON: %v: %s", err, out.Body)
	}
	return v
}

// want fails the test unless the status and, for failures, the code are so.
func (w *world) want(out *httptest.ResponseRecorder, status int, code string) {
	w.t.Helper()
	if out.Code != status {
		w.t.Fatalf("status %d, want %d: %s", out.Code, status, out.Body)
	}
	if code != "" {
		p := decoded[problem](w, out)
		if p.Error.Code != code || p.Error.Zh == "" || p.Error.En == "" {
			w.t.Fatalf("code %q, want %q: %s", p.Error.Code, code, out.Body)
		}
	}
}

// records are those of the audit log, the latest first.
func (w *world) records(filter store.AuditFilter) []store.Record {
	w.t.Helper()
	found, _, err := w.store.Records(w.t.Context(), filter, store.Page{Limit: 1000})
	w.must(err)
	return found
}

// fill puts known ids into the path of a route.
func (w *world) fill(route *route) string {
	segments := strings.Split(route.path, "/")
	for i, s := range segments {
		switch {
		case s == "{other}" && segments[3] == "sweeps":
			segments[i] = "sweep-2"
		case s == "{other}":
			segments[i] = w.known["other"]
		case s == "{target}":
			segments[i] = "sw1"
		case s == "{name}" && segments[3] == "users":
			segments[i] = "nobody"
		case s == "{name}":
			segments[i] = w.known["name"]
		case s == "{id}":
			segments[i] = map[string]string{
				"findings": w.finding, "snapshots": w.snapshots[0], "targets": "sw1", "sweeps": "sweep-1", "tokens": "t-none",
				"schedules": "nightly", "waivers": "w-none", "attestations": "a-none",
			}[segments[3]]
		}
	}
	return strings.Join(segments, "/")
}
