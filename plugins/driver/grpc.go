package driver

import (
	"os"

	"context"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// Handshake tells a driver of ours from any other program. It is no security measure: that is the pinned
// SHA-256 in the configuration.
var Handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "PLUMBLINE_PLUGIN", MagicCookieValue: "driver"}

// PluginName is the name under which a program serves its driver.
const PluginName = "driver"

// MaxMessage is the largest message between us and a driver, in bytes. A firewall's configuration is often
// larger than gRPC's default of 4 MiB.
const MaxMessage = 64 << 20

// callTimeout bounds one call of a driver in another process: it is pure and works on what it was given.
const callTimeout = 60 * time.Second

// Plugin carries a Driver over go-plugin.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin
	// Impl is the driver, on the plugin's side.
	Impl Driver
}

var _ plugin.GRPCPlugin = (*Plugin)(nil)

// GRPCServer serves Impl.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginpb.RegisterDriverServiceServer(s, &server{d: p.Impl})
	return nil
}

// GRPCClient gives a Driver that speaks to the plugin. It fails if the plugin does not describe itself.
func (p *Plugin) GRPCClient(ctx context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	c := &client{ctx: ctx, c: pluginpb.NewDriverServiceClient(conn)}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var err error
	if c.description, err = c.c.Describe(ctx, &pluginpb.DescribeRequest{}); err != nil {
		return nil, fmt.Errorf("the driver does not describe itself: %w", err)
	}
	return c, nil
}

// Serve is the whole main of a driver that is a program of its own.
func Serve(d Driver) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: Handshake,
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr}), // the library's own chatter is nobody's
		Plugins:         plugin.PluginSet{PluginName: &Plugin{Impl: d}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage))...)
		},
	})
}

type server struct {
	pluginpb.UnimplementedDriverServiceServer
	d Driver
}

func (s *server) Describe(context.Context, *pluginpb.DescribeRequest) (*pluginpb.DescribeResponse, error) {
	return s.d.Describe(), nil
}

func (s *server) Ask(_ context.Context, r *pluginpb.AskRequest) (*pluginpb.AskResponse, error) {
	questions, err := s.d.Ask(r.GetAnswers())
	return &pluginpb.AskResponse{Questions: questions}, err
}

func (s *server) Read(_ context.Context, r *pluginpb.ReadRequest) (*pluginpb.ReadResponse, error) {
	return s.d.Read(r.GetAnswers())
}

type client struct {
	ctx         context.Context
	c           pluginpb.DriverServiceClient
	description *pluginpb.DescribeResponse
}

func (c *client) Describe() *pluginpb.DescribeResponse { return c.description }

func (c *client) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	r, err := c.c.Ask(ctx, &pluginpb.AskRequest{Answers: answers}, grpc.MaxCallSendMsgSize(MaxMessage), grpc.MaxCallRecvMsgSize(MaxMessage))
	return r.GetQuestions(), err
}

func (c *client) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	return c.c.Read(ctx, &pluginpb.ReadRequest{Answers: answers}, grpc.MaxCallSendMsgSize(MaxMessage), grpc.MaxCallRecvMsgSize(MaxMessage))
}
