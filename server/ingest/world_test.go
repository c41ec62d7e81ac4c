package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enroltest"
	"github.com/plumbline/plumbline/server/ingest"
)

func size(short, soak int) int {
	if os.Getenv("PLUMBLINE_SOAK") == "1" {
		return soak
	}
	return short
}

type key struct {
	sender          string
	epoch, sequence uint64
}

// memory is a store that drops what it has.
type memory struct {
	mu      sync.Mutex
	epoch   string
	kept    map[key]ingest.Delivery
	commits int
	known   int
	fail    error
	// slow is how long a commit takes.
	slow time.Duration
}

func newMemory() *memory { return &memory{epoch: "one", kept: map[key]ingest.Delivery{}} }

func (m *memory) Accept(ctx context.Context, deliveries []ingest.Delivery) (map[int]*pb.Text, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	time.Sleep(m.slow)
	if m.fail != nil {
		return nil, m.fail
	}
	m.commits++
	refusals := map[int]*pb.Text{}
	for i, d := range deliveries {
		k := key{d.Sender.ID, d.Epoch, d.Sequence}
		if was, ok := m.kept[k]; ok {
			d = was
			m.known++
		} else {
			m.kept[k] = d
		}
		if d.Refusal != nil {
			refusals[i] = d.Refusal
		}
	}
	return refusals, ctx.Err()
}

func (m *memory) Epoch() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch
}

func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// visible counts snapshots and refusals.
func (m *memory) visible() (snapshots, refused int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.kept {
		if d.Refusal != nil {
			refused++
		} else {
			snapshots++
		}
	}
	return snapshots, refused
}

type metrics struct {
	mu       sync.Mutex
	failed   int
	streams  int
	received int
}

func (m *metrics) Streams(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams = n
}

func (m *metrics) Committed(n, _, _ int, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received += n
}

func (m *metrics) Failed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed++
}

// world is a server on a loopback port.
type world struct {
	t       testing.TB
	ids     *enroltest.Memory
	store   *memory
	metrics *metrics
	ca      *enrol.Authority
	enrol   *enrol.Service
	ingest  *ingest.Service
	limits  ingest.Limits
	recover func(context.Context) error
	addr    string
	stop    func()

	mu     sync.Mutex
	forged []ingest.Event
	off    time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.off)
}

func (w *world) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off += d
}

func newWorld(t testing.TB, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, ids: enroltest.NewMemory(), store: newMemory(), metrics: &metrics{}, addr: "127.0.0.1:0"}
	for _, c := range change {
		c(w)
	}
	var err error
	if w.ca, err = enrol.NewAuthority(time.Now); err != nil {
		t.Fatal(err)
	}
	w.serve()
	t.Cleanup(func() { w.stop() })
	return w
}

// serve starts a server over what the stores hold.
func (w *world) serve() {
	w.t.Helper()
	var err error
	w.enrol, err = enrol.New(enrol.Config{Authority: w.ca, Store: w.ids, Audit: w.ids, Names: []string{"127.0.0.1"}, Now: time.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ingest, err = ingest.New(ingest.Config{
		Store: w.store, Metrics: w.metrics, Now: w.now, Limits: w.limits, Recover: w.recover,
		Sender: func(ctx context.Context) (ingest.Sender, error) {
			c, err := w.enrol.Caller(ctx)
			return ingest.Sender{ID: c.ID, Name: c.Name, Agent: c.Kind == identity.Agent}, err
		},
		Allowed: func(_ context.Context, s ingest.Sender, target string) (bool, error) {
			return !s.Agent && target == "fw-of-"+s.Name, nil
		},
		Forged: func(_ context.Context, e ingest.Event) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.forged = append(w.forged, e)
			return nil
		},
		Forked: func(ctx context.Context, s ingest.Sender, why *pb.Text) error {
			return w.enrol.Quarantine(ctx, s.Name, why)
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr = l.Addr().String()
	g := grpc.NewServer(append(w.enrol.ServerOptions(), ingest.ServerOptions()...)...)
	pb.RegisterEnrolServiceServer(g, w.enrol)
	pb.RegisterIngestServiceServer(g, w.ingest)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(l) }()
	w.stop = func() { g.Stop(); <-done; w.ingest.Close() }
}

// join gives the folder of a new identity.
func (w *world) join(kind identity.Kind, name string) string {
	w.t.Helper()
	token, _, err := w.enrol.IssueToken(w.t.Context(), enrol.TokenRequest{Name: name, Kind: kind, By: "zhang"})
	if err != nil {
		w.t.Fatal(err)
	}
	dir := filepath.Join(w.t.TempDir(), "state")
	if _, err := identity.Join(w.t.Context(), identity.JoinConfig{Dir: dir, Server: w.addr, Join: token, Name: name, Kind: kind}, identity.Options{}); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

// sink gives one that delivers to addr.
func (w *world) sink(dir, addr string) *central.Sink {
	w.t.Helper()
	s := &central.Sink{Failed: func(err error) { w.t.Log(err) }}
	if err := s.Configure(w.t.Context(), map[string]string{"server": addr, "state_dir": dir}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

var began = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)

// snapshot is the nth of a target.
func snapshot(target string, n uint64) *pb.Snapshot {
	s := &pb.Snapshot{
		Target:    &pb.Target{Id: target, Driver: "linux", Labels: map[string]string{"a": "1", "b": "2", "c": "3"}},
		StartedAt: timestamppb.New(began.Add(time.Duration(n) * time.Minute)), FinishedAt: timestamppb.New(began.Add(time.Duration(n)*time.Minute + time.Second)),
		Baselines: []string{"pboc-2010@1"},
	}
	for i := range 20 {
		clause := fmt.Sprintf("7.1.%d", i)
		s.Findings = append(s.Findings, &pb.Finding{
			Id: checks.ID(target, "pboc-2010", clause, "password.min_length", "sshd"), TargetId: target, Baseline: "pboc-2010", Clause: clause,
			Check: "password.min_length", Scope: "sshd", Outcome: pb.Outcome_OUTCOME_PASS, Expected: checks.Say("不少于 8 位", "at least 8"),
		})
	}
	return s
}

func deliveries(target string, from, to uint64) []*pluginpb.Delivery {
	var out []*pluginpb.Delivery
	for n := from; n <= to; n++ {
		out = append(out, &pluginpb.Delivery{Epoch: 1, Sequence: n, Snapshot: snapshot(target, n)})
	}
	return out
}

var errDisk = errors.New("input/output error")
