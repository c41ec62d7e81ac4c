package sink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Handshake tells a sink of ours from any other program. It is no security measure: that is the pinned SHA-256 in the
// configuration.
var Handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "PLUMBLINE_PLUGIN", MagicCookieValue: "sink"}

// PluginName is the name under which a program serves its sink.
const PluginName = "sink"

// Limits of the carrier.
const (
	// MaxMessage is the largest message to a sink, in bytes.
	MaxMessage = 64 << 20
	// MaxBatch is the largest number of deliveries in a message.
	MaxBatch = 1000
	// MaxOrder is the largest order that is passed on, in bytes.
	MaxOrder = 16 << 20
	// maxReply is the largest answer of a sink, in bytes: it holds a number or an error.
	maxReply = 64 << 10
	// overhead of a message and of each delivery in it, in bytes, generously.
	overhead = 64
)

// Plugin carries a Sink over go-plugin.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin
	// Impl is the sink, on the plugin's side.
	Impl Sink
}

var _ plugin.GRPCPlugin = (*Plugin)(nil)

// GRPCServer serves Impl, and the orders that it gives.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginpb.RegisterSinkServiceServer(s, &server{s: p.Impl, turn: make(chan struct{}, 1)})
	if giver, ok := p.Impl.(OrderGiver); ok {
		if orders := giver.Orders(); orders != nil {
			pb.RegisterOrderServiceServer(s, orders)
		}
	}
	return nil
}

// GRPCClient gives a [Remote] that speaks to the plugin.
func (p *Plugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &client{c: pluginpb.NewSinkServiceClient(conn), conn: conn}, nil
}

// Remote is a sink in a process of its own, with the connection to whatever else that process serves.
type Remote interface {
	Sink
	Conn() grpc.ClientConnInterface
}

type server struct {
	pluginpb.UnimplementedSinkServiceServer
	s Sink
	// turn is held during a call: one that its caller gave up may still run when the next one comes.
	turn chan struct{}
}

func (s *server) enter(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

func (s *server) leave() { <-s.turn }

func (s *server) Configure(ctx context.Context, r *pluginpb.ConfigureRequest) (_ *pluginpb.ConfigureResponse, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	defer recovered(&err)
	if err := s.s.Configure(ctx, r.GetSettings()); err != nil {
		return nil, status.Error(code(err), Clean(err.Error()))
	}
	return &pluginpb.ConfigureResponse{}, nil
}

func (s *server) Send(ctx context.Context, r *pluginpb.SendRequest) (_ *pluginpb.SendResponse, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	defer recovered(&err)
	n, err := s.s.Send(ctx, r.GetDeliveries())
	sent := &pluginpb.SendResponse{Accepted: uint32(max(n, 0))}
	if err == nil {
		return sent, nil
	}
	text := err.Error()
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		text = refusal.Reason
	}
	// gRPC drops the response of a call that fails, so what was accepted before travels with the error.
	st := status.New(code(err), Clean(text))
	if detailed, err := st.WithDetails(sent); err == nil {
		st = detailed
	}
	return nil, st.Err()
}

// recovered makes a panic of the sink an error. The value is not told: it may hold anything.
func recovered(err *error) {
	if v := recover(); v != nil {
		fmt.Fprintf(os.Stderr, "the sink panicked with a %T\n%s", v, debug.Stack())
		*err = status.Error(codes.Internal, "the sink panicked; its log says where")
	}
}

// code is how an error travels. A sink in another language uses the same codes.
func code(err error) codes.Code {
	refusal := (*Refusal)(nil)
	switch {
	case errors.As(err, &refusal):
		return codes.InvalidArgument
	case errors.Is(err, ErrResend):
		return codes.DataLoss
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	}
	return codes.Unknown
}

type client struct {
	c    pluginpb.SinkServiceClient
	conn grpc.ClientConnInterface
}

func (c *client) Conn() grpc.ClientConnInterface { return c.conn }

func (c *client) Configure(ctx context.Context, settings map[string]string) error {
	_, err := c.c.Configure(ctx, &pluginpb.ConfigureRequest{Settings: settings}, grpc.MaxCallRecvMsgSize(maxReply))
	if err != nil {
		return understood(err, false)
	}
	return nil
}

// Send hands over as many deliveries as fit into a message; the rest is not accepted, as if the sink had not taken them.
func (c *client) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if len(deliveries) == 0 {
		return 0, nil
	}
	n := fitting(deliveries)
	if n == 0 {
		return 0, &Refusal{fmt.Sprintf("it is larger than a message may be, %d MiB", MaxMessage>>20)}
	}
	r, err := c.c.Send(ctx, &pluginpb.SendRequest{Deliveries: deliveries[:n]}, grpc.MaxCallSendMsgSize(MaxMessage), grpc.MaxCallRecvMsgSize(maxReply))
	accepted := r.GetAccepted()
	if err != nil {
		for _, d := range status.Convert(err).Details() {
			if sent, ok := d.(*pluginpb.SendResponse); ok {
				accepted = sent.GetAccepted()
			}
		}
		err = understood(err, true)
	}
	if int64(accepted) > int64(n) {
		return 0, fmt.Errorf("the sink says that it accepted %d of %d", accepted, n)
	}
	return int(accepted), err
}

// fitting says how many deliveries fit into one message, from the first.
func fitting(deliveries []*pluginpb.Delivery) int {
	size := overhead
	for i, d := range deliveries {
		size += proto.Size(d) + overhead
		if size > MaxMessage || i == MaxBatch {
			return i
		}
	}
	return len(deliveries)
}

// understood is the error that the sink meant.
func understood(err error, sending bool) error {
	st := status.Convert(err)
	text := Clean(st.Message())
	switch st.Code() {
	case codes.InvalidArgument:
		if sending {
			return &Refusal{text}
		}
	case codes.DataLoss:
		return ErrResend
	case codes.Unavailable: // only the carrier itself says so
		return fmt.Errorf("%w: %s", ErrGone, text)
	case codes.Canceled:
		return fmt.Errorf("%s: %w", text, context.Canceled)
	case codes.DeadlineExceeded:
		return fmt.Errorf("%s: %w", text, context.DeadlineExceeded)
	}
	return errors.New(text)
}
