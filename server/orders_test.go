package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/orders"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/postgres/pgtest"
)

// child of the two-servers test: it takes its database from here.
const childDatabase = "PLUMBLINE_TEST_DATABASE"

func entryBy(name string) store.Entry { return store.Entry{Actor: name, Action: "test"} }

// asked plans a sweep that a second person authorised.
func asked(t *testing.T, s *Server, plan orders.Plan) string {
	t.Helper()
	p := orders.Planner{Store: s.store, Now: time.Now}
	id, err := p.Request(t.Context(), entryBy("auditor"), &plan, "annual check")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Authorise(t.Context(), entryBy("officer"), id); err != nil {
		t.Fatal(err)
	}
	return id
}

// joinAs gives a folder with an identity of a kind.
func joinAs(t *testing.T, s *Server, name string, kind identity.Kind) string {
	t.Helper()
	line, _, err := s.enrol.IssueToken(t.Context(), enrol.TokenRequest{Name: name, Kind: kind, By: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), name)
	if _, err := identity.Join(t.Context(), identity.JoinConfig{Dir: dir, Server: s.AgentsAddress(), Join: line, Name: name, Kind: kind}, identity.Options{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// dialled is an identity at the port of agents and collectors.
type dialled struct {
	pb.OrderServiceClient
	ctx context.Context
}

func dialOrders(t *testing.T, dir, address string) dialled {
	t.Helper()
	id, err := identity.Open(dir, identity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	creds, err := id.Credentials(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return dialled{pb.NewOrderServiceClient(conn), id.Context(t.Context())}
}

func (d dialled) watch(t *testing.T, working ...string) grpc.ServerStreamingClient[pb.WatchResponse] {
	t.Helper()
	line, err := d.Watch(d.ctx, &pb.WatchRequest{Version: "test", Working: working})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// received is the next order on a line.
func received(t *testing.T, line grpc.ServerStreamingClient[pb.WatchResponse]) *pb.Order {
	t.Helper()
	for {
		m, err := line.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if m.GetOrder() != nil {
			return m.GetOrder()
		}
	}
}

func (d dialled) settle(order string, targets ...string) error {
	var ends []*pb.TargetEnd
	for _, id := range targets {
		ends = append(ends, &pb.TargetEnd{TargetId: id, State: pb.VisitState_VISIT_STATE_QUESTIONED})
	}
	_, err := d.Settle(d.ctx, &pb.SettleRequest{OrderId: order, Ends: ends})
	return err
}

func awaitState(t *testing.T, s *Server, sweep, state string) store.Sweep {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		one, err := s.store.Sweep(t.Context(), sweep)
		if err != nil {
			t.Fatal(err)
		}
		if one.State == state {
			return one
		}
		if time.Now().After(end) {
			t.Fatalf("the sweep is %s, want %s: %+v", one.State, state, one)
		}
	}
}

// An auditor's snapshot: asked for, authorised by another, brought to the agent over mutual TLS, and tied to what it delivers. A revocation
// cuts the line.
func TestSnapshotOnDemand(t *testing.T) {
	s := start(t)
	dir := join(t, s, "web1")
	if err := s.store.PutTargets(t.Context(), entryBy("setup"), []store.Target{{ID: "web1"}}); err != nil {
		t.Fatal(err)
	}
	agent := dialOrders(t, dir, s.AgentsAddress())
	line := agent.watch(t)
	sweep := asked(t, s, orders.Plan{Targets: orders.Selection{IDs: []string{"web1"}}, Baselines: []string{"jrt0068-2012"}})
	o := received(t, line)
	if o.GetSweepId() != sweep || o.GetRequestedBy() != "auditor" || o.GetAuthorisedBy() != "officer" || !slices.Equal(o.GetBaselines(), []string{"jrt0068-2012"}) {
		t.Fatalf("got %v", o)
	}
	snapshot := judged(t, "web1", 6)
	snapshot.Commission = &pb.Commission{SweepId: sweep, OrderId: o.GetId(), RequestedBy: o.GetRequestedBy(), AuthorisedBy: o.GetAuthorisedBy()}
	sink := central.New()
	if err := sink.Configure(t.Context(), map[string]string{"server": s.AgentsAddress(), "state_dir": dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := sink.(io.Closer); ok {
			c.Close()
		}
	})
	if n, err := sink.Send(t.Context(), []*pluginpb.Delivery{{Sender: "web1", Epoch: 3, Sequence: 1, Snapshot: snapshot}}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := agent.settle(o.GetId(), "web1"); err != nil {
		t.Fatal(err)
	}
	awaitState(t, s, sweep, store.SweepDone)
	found, _, err := s.store.Snapshots(t.Context(), store.SnapshotFilter{Sweep: sweep}, store.Page{})
	if err != nil || len(found) != 1 || found[0].Target != "web1" {
		t.Fatalf("%v, %v", found, err)
	}
	l, err := (&orders.Planner{Store: s.store, Now: time.Now}).Ledger(t.Context(), sweep, "", nil)
	if err != nil || !l.Complete || l.Standings[orders.Failed] == 0 || l.Standings[orders.NotReached] != 0 {
		t.Errorf("%+v, %v", l, err)
	}
	if err := s.enrol.Revoke(t.Context(), "web1", "zhao", "retired"); err != nil {
		t.Fatal(err)
	}
	if m, err := line.Recv(); err == nil {
		t.Errorf("a revoked agent still gets %v", m)
	}
}

// TestC7ForgedOrders: whoever is enrolled, and asks for or settles what another one was handed, is not served, nor is who has no certificate.
func TestC7ForgedOrders(t *testing.T) {
	attempts := 1_000
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		attempts = 10_000
	}
	s := start(t)
	collector, other := joinAs(t, s, "edge-1", identity.Collector), join(t, s, "web1")
	if err := s.store.PutTargets(t.Context(), entryBy("setup"), []store.Target{{ID: "sw1", Reader: "edge-1"}}); err != nil {
		t.Fatal(err)
	}
	edge := dialOrders(t, collector, s.AgentsAddress())
	line := edge.watch(t)
	sweep := asked(t, s, orders.Plan{Targets: orders.Selection{IDs: []string{"sw1"}}})
	o := received(t, line)
	mallory := dialOrders(t, other, s.AgentsAddress())
	for i := range attempts {
		var err error
		if i%2 == 0 {
			err = mallory.settle(o.GetId(), "sw1")
		} else {
			_, err = mallory.Reveal(mallory.ctx, &pb.RevealRequest{OrderId: o.GetId(), TargetId: "sw1", Credential: "core"})
		}
		if code := status.Code(err); code != codes.PermissionDenied && code != codes.Unimplemented {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	theirs := mallory.watch(t, o.GetId())
	if m, err := theirs.Recv(); err != nil || m.GetOrder() != nil {
		t.Errorf("another one's order: %v, %v", m, err)
	}
	one, err := s.store.Sweep(t.Context(), sweep)
	if err != nil || one.Account.Handed != 1 {
		t.Errorf("%+v, %v", one, err)
	}
	records, _, err := s.store.Records(t.Context(), store.AuditFilter{Action: "order.foreign", Actor: "web1"}, store.Page{})
	if err != nil || len(records) == 0 {
		t.Errorf("the attempts are not on record: %v", err)
	}
	if err := edge.settle(o.GetId(), "sw1"); err != nil {
		t.Error(err)
	}
}

// Two servers share a PostgreSQL. One is killed while an order of its is at work: the reader goes to the other, which takes its word,
// ends the sweep, and fires what is due.
func TestOneOfTwoServersKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the other server to take over")
	}
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	database := cluster.Database(t)
	c := killedConfig(t.TempDir(), "127.0.0.1:0")
	c.Database = database
	// It comes first, so that it is the one that plans the periodic work.
	doomed, kill := serveElsewhere(t, filepath.Dir(c.StateDir), database)
	s := serving(t, c)
	dir := joinAs(t, s, "edge-1", identity.Collector)
	if err := s.store.PutTargets(t.Context(), entryBy("setup"), []store.Target{{ID: "sw1", Reader: "edge-1"}, {ID: "sw2", Reader: "edge-1"}}); err != nil {
		t.Fatal(err)
	}
	edge := dialOrders(t, dir, doomed)
	line := edge.watch(t)
	sweep := asked(t, s, orders.Plan{Targets: orders.Selection{IDs: []string{"sw1", "sw2"}}})
	o := received(t, line)
	if err := edge.settle(o.GetId(), "sw1"); err != nil {
		t.Fatal(err)
	}
	kill()
	if _, err := line.Recv(); err == nil {
		t.Fatal("the line of a killed server lives")
	}
	edge = dialOrders(t, dir, s.AgentsAddress())
	edge.watch(t, o.GetId())
	if err := edge.settle(o.GetId(), "sw2"); err != nil {
		t.Fatal(err)
	}
	done := awaitState(t, s, sweep, store.SweepDone)
	if n := done.Account.Ended[pb.VisitState_VISIT_STATE_QUESTIONED]; n != 2 {
		t.Errorf("%d of 2 were questioned: %+v", n, done)
	}
	// A schedule comes due, and there is one server left.
	p := orders.Planner{Store: s.store, Now: func() time.Time { return time.Now().Add(-2 * time.Minute) }}
	plan := orders.Plan{Targets: orders.Selection{All: true}}
	if err := p.PutSchedule(t.Context(), entryBy("li"), orders.Timetable{ID: "minutely", Spec: schedule.Spec{Cron: "* * * * *", Zone: "Asia/Shanghai"}, Plan: &plan}); err != nil {
		t.Fatal(err)
	}
	if err := p.ApproveSchedule(t.Context(), entryBy("zhao"), "minutely"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		fired, _, err := s.store.Sweeps(t.Context(), store.SweepFilter{Schedule: "minutely"}, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(fired) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the schedule is due and nobody fires it")
		}
	}
}

// serving runs a server until the test ends.
func serving(t *testing.T, c *Config) *Server {
	t.Helper()
	s, err := Open(t.Context(), c, time.Now, io.Discard, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return s
}

// serveElsewhere starts a server in a process of its own, and gives its address and what kills it.
func serveElsewhere(t *testing.T, dir, database string) (address string, kill func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPart+"=server", childDir+"="+dir, childServer+"="+address, childDatabase+"="+database)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var gone atomic.Bool
	kill = func() {
		if !gone.Swap(true) {
			_ = cmd.Process.Kill() // it is gone either way
			_ = cmd.Wait()
		}
	}
	t.Cleanup(kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatal(fmt.Errorf("the other server said %q: %w", line, err))
	}
	return address, kill
}
