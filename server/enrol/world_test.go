package enrol_test

import (
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/enrol/enroltest"
)

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// echo is an IngestService whose streams stay open.
type echo struct {
	pb.UnimplementedIngestServiceServer
	s *enrol.Service
}

func (e echo) Deliver(stream grpc.BidiStreamingServer[pb.DeliverRequest, pb.DeliverResponse]) error {
	c, err := e.s.Caller(stream.Context())
	if err != nil {
		return err
	}
	if err := stream.Send(&pb.DeliverResponse{ServerEpoch: c.Name}); err != nil {
		return err
	}
	for {
		if _, err := stream.Recv(); err != nil {
			return err
		}
	}
}

// world is a server on a loopback port.
type world struct {
	t         *testing.T
	store     *enroltest.Memory
	authority *enrol.Authority
	service   *enrol.Service
	addr      string
	server    clock
	agent     clock
	stop      func()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: enroltest.NewMemory()}
	var err error
	if w.authority, err = enrol.OpenAuthority(filepath.Join(t.TempDir(), "authority.pem"), w.server.now); err != nil {
		t.Fatal(err)
	}
	w.serve("127.0.0.1:0")
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) serve(addr string) {
	w.t.Helper()
	var err error
	w.service, err = enrol.New(enrol.Config{Authority: w.authority, Store: w.store, Audit: w.store, Names: []string{"127.0.0.1"}, Now: w.server.now})
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr = l.Addr().String()
	g := grpc.NewServer(w.service.ServerOptions()...)
	pb.RegisterEnrolServiceServer(g, w.service)
	pb.RegisterIngestServiceServer(g, echo{s: w.service})
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(l) }()
	w.stop = func() { g.Stop(); <-done }
}

func (w *world) token(name string, replace bool) string {
	w.t.Helper()
	join, _, err := w.service.IssueToken(w.t.Context(), enrol.TokenRequest{Name: name, Kind: identity.Agent, Replace: replace, By: "zhang"})
	if err != nil {
		w.t.Fatal(err)
	}
	return join
}

func (w *world) options() identity.Options {
	return identity.Options{Now: w.agent.now, Jitter: func() float64 { return 0.5 }}
}

func (w *world) join(dir, name, token string, replace bool) (*identity.Identity, error) {
	return identity.Join(w.t.Context(), identity.JoinConfig{Dir: dir, Server: w.addr, Join: token, Name: name, Kind: identity.Agent, Replace: replace}, w.options())
}

// mustJoin gives an identity and its folder.
func (w *world) mustJoin(name string) (*identity.Identity, string) {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "state")
	id, err := w.join(dir, name, w.token(name, false), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return id, dir
}

// reach opens a stream as an identity and gives it with what the first answer was.
func (w *world) reach(id *identity.Identity) (grpc.BidiStreamingClient[pb.DeliverRequest, pb.DeliverResponse], error) {
	w.t.Helper()
	creds, err := id.Credentials(w.addr)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		return nil, err
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	stream, err := pb.NewIngestServiceClient(conn).Deliver(id.Context(w.t.Context()))
	if err != nil {
		return nil, err
	}
	_, err = stream.Recv()
	return stream, err
}
