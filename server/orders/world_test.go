package orders_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	var err error
	if cluster, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a database with an inventory and identities, and servers over it.
type world struct {
	*testing.T
	ctx   context.Context
	store *store.Store
	clock *storetest.Clock
	plan  orders.Planner
	// open gives the store of one more server.
	open func() *store.Store
}

// onBoth runs a test on either database, at its own time.
func onBoth(t *testing.T, run func(w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "plumbline.db")
		newWorld(t, run, func(now func() time.Time) (*store.Store, error) { return sqlite.Open(t.Context(), path, now) })
	})
	t.Run("postgres", func(t *testing.T) {
		url := cluster.Database(t)
		newWorld(t, run, func(now func() time.Time) (*store.Store, error) { return postgres.Open(t.Context(), url, now) })
	})
}

func newWorld(t *testing.T, run func(w *world), open func(func() time.Time) (*store.Store, error)) {
	w := &world{T: t, ctx: t.Context(), clock: storetest.NewClock(start)}
	w.open = func() *store.Store {
		t.Helper()
		s, err := open(w.clock.Now)
		w.must(err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	w.store = w.open()
	w.plan = orders.Planner{Store: w.store, Now: w.clock.Now}
	for _, name := range []string{"web1", "c1", "c2"} {
		kind := "collector"
		if strings.HasPrefix(name, "web") {
			kind = "agent"
		}
		_, err := w.store.Writer().ExecContext(w.ctx, `INSERT INTO enrol_identities (name, kind, id, state, why_zh, why_en, current_key, next_key, previous_key,
			renewals, enrolled_at, changed_at, not_after, version) VALUES ($1, $2, $3, 'active', '', '', $4, '', '', 0, 1, 1, 1, 1)`, name, kind, "id-of-"+name, "key-"+name)
		w.must(err)
	}
	w.must(w.store.PutTargets(w.ctx, who("setup"), []store.Target{
		{ID: "web1", Zone: "dmz", Role: "web-server"},
		{ID: "fw1", Zone: "core", Address: "192.0.2.1", Reader: "c1", Credential: "fw", Jump: "bastion"},
		{ID: "sw1", Zone: "core", Address: "192.0.2.2", Labels: map[string]string{"dc": "east"}, Credential: "sw"},
		{ID: "sw2", Zone: "core", Address: "192.0.2.3", Labels: map[string]string{"dc": "east"}, Credential: "sw"},
		{ID: "bastion", Zone: "mgmt", Address: "192.0.2.9", Credential: "hop"},
		{ID: "nobody", Zone: "lost"},
		{ID: "theirs", Zone: "branch", Reader: "c2", Credential: "far"},
	}))
	run(w)
}

func who(name string) store.Entry { return store.Entry{Actor: name, Action: "test"} }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) pass(d time.Duration) { w.clock.Set(w.clock.Now().Add(d)) }

// sweep asks for a sweep and has it authorised.
func (w *world) sweep(p orders.Plan) string {
	w.Helper()
	id, err := w.plan.Request(w.ctx, who("auditor"), &p, "annual check")
	w.must(err)
	w.must(w.plan.Authorise(w.ctx, who("officer"), id))
	return id
}

// of is a plan for targets.
func of(ids ...string) orders.Plan { return orders.Plan{Targets: orders.Selection{IDs: ids}} }

// ends says how each target of a sweep stands.
func (w *world) ends(sweep string) map[string]string {
	w.Helper()
	found, _, err := w.store.SweepTargets(w.ctx, sweep, "", store.Page{})
	w.must(err)
	out := map[string]string{}
	for _, t := range found {
		out[t.Target] = t.State
		if t.State == store.TargetEnded {
			out[t.Target] = strings.ToLower(strings.TrimPrefix(t.Visit.String(), "VISIT_STATE_"))
		}
	}
	return out
}

func (w *world) state(sweep string) string {
	w.Helper()
	s, err := w.store.Sweep(w.ctx, sweep)
	w.must(err)
	if s.Account.Total() != s.Planned {
		w.Fatalf("sweep %s does not sum up: %+v", sweep, s)
	}
	return s.State
}

func (w *world) want(sweep string, want map[string]string) {
	w.Helper()
	got := w.ends(sweep)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Fatalf("targets %v, want %v", got, want)
	}
}

// server is one of the servers over the database. The caller is believed to be who it says.
type server struct {
	*world
	*orders.Service
	addr string
	stop func()
}

func (w *world) serve() *server {
	w.Helper()
	return w.serveOver(w.open())
}

func (w *world) serveOver(s *store.Store) *server {
	w.Helper()
	service := orders.New(orders.Config{
		Store: s, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Beat: 20 * time.Millisecond, Life: time.Hour,
		Caller: func(ctx context.Context) (orders.Caller, error) {
			name := metadata.ValueFromIncomingContext(ctx, "name")
			if len(name) != 1 {
				return orders.Caller{}, status.Error(codes.Unauthenticated, "who?")
			}
			return orders.Caller{ID: "id-of-" + name[0], Name: name[0], Agent: strings.HasPrefix(name[0], "web")}, nil
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	g := grpc.NewServer()
	pb.RegisterOrderServiceServer(g, service)
	ctx, cancel := context.WithCancel(w.ctx)
	var group sync.WaitGroup
	group.Go(func() { _ = g.Serve(l) })
	group.Go(func() { _ = service.Run(ctx) })
	stop := sync.OnceFunc(func() {
		cancel()
		g.Stop()
		group.Wait()
	})
	w.Cleanup(stop)
	return &server{world: w, Service: service, addr: l.Addr().String(), stop: stop}
}

func (s *server) keep() {
	s.Helper()
	s.must(s.Keep(s.ctx))
	s.Nudge()
}

// reader is an agent or a collector, as far as orders go.
type reader struct {
	*server
	name   string
	client pb.OrderServiceClient
	ctx    context.Context
	end    context.CancelFunc
	got    chan *pb.WatchResponse
	err    chan error
}

func (s *server) dial(name string) *reader {
	s.Helper()
	conn, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	s.must(err)
	s.Cleanup(func() { _ = conn.Close() })
	ctx, end := context.WithCancel(metadata.AppendToOutgoingContext(s.ctx, "name", name))
	s.Cleanup(end)
	return &reader{server: s, name: name, client: pb.NewOrderServiceClient(conn), ctx: ctx, end: end, got: make(chan *pb.WatchResponse, 100), err: make(chan error, 1)}
}

// watch opens a line.
func (s *server) watch(name string, working ...string) *reader {
	s.Helper()
	r := s.dial(name)
	stream, err := r.client.Watch(r.ctx, &pb.WatchRequest{Version: "test", Working: working})
	s.must(err)
	go func() {
		for {
			got, err := stream.Recv()
			if err != nil {
				r.err <- err
				return
			}
			r.got <- got
		}
	}()
	return r
}

// next is what comes next.
func (r *reader) next() *pb.WatchResponse {
	r.Helper()
	select {
	case got := <-r.got:
		return got
	case err := <-r.err:
		r.Fatalf("%s: the line ended: %v", r.name, err)
	case <-time.After(time.Minute):
		r.Fatalf("%s: nothing came within a minute", r.name)
	}
	return nil
}

func (r *reader) order() *pb.Order {
	r.Helper()
	got := r.next()
	if got.GetOrder() == nil {
		r.Fatalf("%s got %v, no order", r.name, got)
	}
	return got.GetOrder()
}

// quiet says that nothing comes while others are served: c1's own next order would have come first.
func (r *reader) quiet() {
	r.Helper()
	select {
	case got := <-r.got:
		r.Fatalf("%s got %v", r.name, got)
	default:
	}
}

func (r *reader) settle(order string, v pb.VisitState, targets ...string) error {
	var ends []*pb.TargetEnd
	for _, id := range targets {
		ends = append(ends, &pb.TargetEnd{TargetId: id, State: v, Detail: &pb.Text{Zh: "如此", En: "so"}})
	}
	_, err := r.client.Settle(r.ctx, &pb.SettleRequest{OrderId: order, Ends: ends})
	return err
}

func ids(o *pb.Order) []string {
	var out []string
	for _, t := range o.GetTargets() {
		out = append(out, t.GetTarget().GetId())
	}
	slices.Sort(out)
	return out
}

func (w *world) await(what string, done func() bool) {
	w.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("not within a minute: %s", what)
		}
	}
}

func (w *world) is(want, got error) {
	w.Helper()
	if !errors.Is(got, want) {
		w.Fatalf("got %v, want %v", got, want)
	}
}

func (w *world) code(want codes.Code, err error) {
	w.Helper()
	if status.Code(err) != want {
		w.Fatalf("got %v, want %v", err, want)
	}
}

// silent lets time pass until no order is open: whoever had one was not heard of for long. A look that began while a line was open may
// still note that it was.
func (w *world) silent(s *server) {
	w.Helper()
	w.await("orders are taken back", func() bool {
		w.pass(orders.Silence + time.Second)
		s.keep()
		open, err := w.store.OpenOrders(w.ctx)
		w.must(err)
		return len(open) == 0
	})
}
