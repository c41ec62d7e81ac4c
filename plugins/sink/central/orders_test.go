package central_test

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// said is the clock that the receiver tells.
func (r *receiver) said() metadata.MD {
	r.mu.Lock()
	defer r.mu.Unlock()
	return metadata.Pairs(identity.ClockHeader, identity.Clock(time.Now().Add(r.clock)))
}

// who is the caller's identity.
func who(ctx context.Context) string {
	p, _ := peer.FromContext(ctx)
	_, name, err := identity.FromCertificate(p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates[0])
	if err != nil {
		return err.Error()
	}
	return name
}

func (r *receiver) Watch(req *pb.WatchRequest, to grpc.ServerStreamingServer[pb.WatchResponse]) error {
	if err := to.SendHeader(r.said()); err != nil {
		return err
	}
	order := &pb.Order{Id: "one", RequestedBy: who(to.Context()), Reason: req.GetVersion(), Site: string(make([]byte, 5<<20))}
	if err := to.Send(&pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: order}}); err != nil {
		return err
	}
	<-to.Context().Done()
	return to.Context().Err()
}

func (r *receiver) Settle(ctx context.Context, req *pb.SettleRequest) (*pb.SettleResponse, error) {
	if err := grpc.SendHeader(ctx, r.said()); err != nil {
		return nil, err
	}
	if req.GetOrderId() != "one" {
		return nil, status.Error(codes.PermissionDenied, "the caller has no such order")
	}
	return &pb.SettleResponse{}, nil
}

func (r *receiver) Reveal(ctx context.Context, req *pb.RevealRequest) (*pb.RevealResponse, error) {
	return &pb.RevealResponse{Sealed: append([]byte(who(ctx)), req.GetRecipient()...)}, grpc.SendHeader(ctx, r.said())
}

// host serves what the sink gives, as its process does, and gives a client.
func host(t *testing.T, s *central.Sink) pb.OrderServiceClient {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	pb.RegisterOrderServiceServer(g, s.Orders())
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); g.Stop(); <-done })
	return pb.NewOrderServiceClient(conn)
}

// Orders, ends and sealed credentials pass through as the identity's, large orders too, and the server's errors as it put them.
func TestOrders(t *testing.T) {
	s, r := start(t)
	c := host(t, s)
	if _, err := c.Settle(t.Context(), &pb.SettleRequest{OrderId: "one"}); status.Code(err) != codes.Unavailable {
		t.Errorf("before it is configured: %v", err)
	}
	if err := s.Configure(t.Context(), r.settings()); err != nil {
		t.Fatal(err)
	}
	line, err := c.Watch(t.Context(), &pb.WatchRequest{Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := line.Recv()
	if o := m.GetOrder(); err != nil || o.GetRequestedBy() != "web-01" || o.GetReason() != "v1" || len(o.GetSite()) != 5<<20 {
		t.Fatalf("%v, %v by %q", err, o.GetId(), o.GetRequestedBy())
	}
	if _, err := c.Settle(t.Context(), &pb.SettleRequest{OrderId: "one"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Settle(t.Context(), &pb.SettleRequest{OrderId: "two"}); status.Code(err) != codes.PermissionDenied || status.Convert(err).Message() != "the caller has no such order" {
		t.Error(err)
	}
	if a, err := c.Reveal(t.Context(), &pb.RevealRequest{Recipient: []byte("key")}); err != nil || string(a.GetSealed()) != "web-01key" {
		t.Error(a, err)
	}
	// The line ends with the sink.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := line.Recv(); err == nil {
		t.Error("the line is open still")
	}
}

// No order is taken from a server whose clock is another, nor a credential.
func TestI7OrdersClock(t *testing.T) {
	s, r := start(t)
	c := host(t, s)
	if err := s.Configure(t.Context(), r.settings()); err != nil {
		t.Fatal(err)
	}
	r.set(func() { r.clock = 25 * time.Hour })
	line, err := c.Watch(t.Context(), &pb.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := line.Recv(); status.Code(err) != codes.Unavailable {
		t.Error(m, err)
	}
	if a, err := c.Reveal(t.Context(), &pb.RevealRequest{}); err == nil {
		t.Error(a)
	}
}
