package central

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Orders passes the calls of the host on to the server.
func (s *Sink) Orders() pb.OrderServiceServer { return &s.relay }

// A relay passes calls on, as our identity, and keeps nothing. A credential that passes through it is sealed to the host.
type relay struct {
	pb.UnimplementedOrderServiceServer

	mu       sync.Mutex
	id       *identity.Identity
	server   string
	conn     *grpc.ClientConn
	renewals uint64
}

func (r *relay) ready(id *identity.Identity, server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id, r.server = id, server
}

func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id = nil
	r.drop()
}

func (r *relay) drop() {
	if r.conn != nil {
		_ = r.conn.Close()
		r.conn = nil
	}
}

// line gives a connection of the present key.
func (r *relay) line() (pb.OrderServiceClient, *identity.Identity, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == nil {
		return nil, nil, status.Error(codes.Unavailable, "the central sink is not configured")
	}
	if r.conn != nil && r.renewals != r.id.Renewals() {
		r.drop()
	}
	if r.conn == nil {
		renewals := r.id.Renewals()
		conn, err := dialServer(r.id, r.server, grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sink.MaxOrder)))
		if err != nil {
			return nil, nil, status.Error(codes.Unavailable, err.Error())
		}
		r.conn, r.renewals = conn, renewals
	}
	return pb.NewOrderServiceClient(r.conn), r.id, nil
}

// Watch passes on what the server orders. Nothing of it is before the clocks agree.
func (r *relay) Watch(req *pb.WatchRequest, to grpc.ServerStreamingServer[pb.WatchResponse]) error {
	line, id, err := r.line()
	if err != nil {
		return err
	}
	from, err := line.Watch(id.Context(to.Context()), req)
	if err != nil {
		return plain(err)
	}
	header, err := from.Header()
	if err != nil {
		return plain(err)
	}
	p, ok := peer.FromContext(from.Context())
	if len(header.Get(identity.ClockHeader)) == 0 || !ok { // a stream that is refused at once has no header, and its error says why
		if _, err := from.Recv(); err != nil && !errors.Is(err, io.EOF) {
			return plain(err)
		}
		return status.Error(codes.Unavailable, "the server did not tell its clock")
	}
	if err := id.CheckServer(p, header); err != nil {
		return status.Error(codes.Unavailable, err.Error())
	}
	if err := to.SendHeader(metadata.MD{}); err != nil { // it tells the host that there is a line
		return err
	}
	for {
		m, err := from.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := to.Send(m); err != nil {
			return err
		}
	}
}

// Settle passes on how targets ended.
func (r *relay) Settle(ctx context.Context, req *pb.SettleRequest) (*pb.SettleResponse, error) {
	return pass(ctx, r, req, pb.OrderServiceClient.Settle)
}

// Reveal passes on a credential, sealed.
func (r *relay) Reveal(ctx context.Context, req *pb.RevealRequest) (*pb.RevealResponse, error) {
	return pass(ctx, r, req, pb.OrderServiceClient.Reveal)
}

// pass makes one call.
func pass[Q, A any](ctx context.Context, r *relay, req Q, call func(pb.OrderServiceClient, context.Context, Q, ...grpc.CallOption) (A, error)) (A, error) {
	var none A
	line, id, err := r.line()
	if err != nil {
		return none, err
	}
	var header metadata.MD
	var p peer.Peer
	answer, err := call(line, id.Context(ctx), req, grpc.Header(&header), grpc.Peer(&p))
	if err != nil {
		return none, err
	}
	if err := id.CheckServer(&p, header); err != nil {
		return none, status.Error(codes.Unavailable, err.Error())
	}
	return answer, nil
}
