package plugins

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// SendTimeout bounds one call of a sink.
const SendTimeout = 2 * time.Minute

// SinkConfig is one sink, as the operator names it.
type SinkConfig struct {
	// Name of the sink among those built into this program, or, with Path, whatever it is to be called.
	Name string
	// Path and SHA256 of a sink that is a program of its own. Both empty: the sink is built into this one.
	Path, SHA256 string
	// Settings are the sink's own. Secrets are named by file, which the sink's user must be able to read.
	Settings map[string]string
	// As is the user it runs as. A program that is root must name one that is not; others must not.
	As *Identity
	// Timeout of one call; SendTimeout if zero.
	Timeout time.Duration
}

// Identity is a user without rights, by number.
type Identity struct{ UID, GID uint32 }

// LookupIdentity finds a user by name, with its first group.
func LookupIdentity(name string) (*Identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group of %s: %w", name, err)
	}
	return &Identity{uint32(uid), uint32(gid)}, nil
}

func (c SinkConfig) check() error {
	switch root := os.Geteuid() == 0; {
	case c.Path == "" && c.SHA256 != "":
		return errors.New("it has a sha256 but no path")
	case !canConfine && c.As != nil:
		return errors.New("this system cannot start it as another user")
	case canConfine && root && c.As == nil:
		return errors.New("this program is root: say which user without rights the sink runs as")
	case c.As != nil && (c.As.UID == 0 || c.As.GID == 0):
		return errors.New("it must not run as root")
	case canConfine && !root && c.As != nil && int(c.As.UID) != os.Geteuid():
		return errors.New("only root can start it as another user")
	}
	return nil
}

// Sink is a sink in a process of its own. A process that died, or that did not answer in time, is started anew by the next call:
// pacing these is the caller's, as with any sink that fails.
type Sink struct {
	config SinkConfig
	log    io.Writer

	mu      sync.Mutex
	process *process
	served  sink.Remote
	closed  bool
	// conn is that of the process that runs, if one does, for calls that do not wait for a Send.
	conn atomic.Pointer[grpc.ClientConnInterface]
}

var _ sink.Sink = (*Sink)(nil)

// NewSink makes a sink whose process is started when it is first needed. log receives what it writes to stderr, a line each.
func NewSink(c SinkConfig, log io.Writer) (*Sink, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("sink %s: %w", c.Name, err)
	}
	if c.Timeout == 0 {
		c.Timeout = SendTimeout
	}
	return &Sink{config: c, log: log}, nil
}

// Name of the sink.
func (s *Sink) Name() string { return s.config.Name }

// Configure starts the process anew with these settings.
func (s *Sink) Configure(ctx context.Context, settings map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Settings = settings
	s.end()
	return s.ready(ctx)
}

// Send hands deliveries to the process, which is started if it does not run.
func (s *Sink) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	call, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	n, err := s.served.Send(call, deliveries)
	if err != nil && ctx.Err() == nil && (call.Err() != nil || errors.Is(err, sink.ErrGone)) {
		s.end() // hung or gone
	}
	if err != nil {
		err = fmt.Errorf("sink %s: %w", s.config.Name, err)
	}
	return n, err
}

// Close ends the process and waits for it. The sink cannot be used any more.
func (s *Sink) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.end()
}

func (s *Sink) end() {
	if s.process != nil {
		s.process.close()
		s.process, s.served = nil, nil
		s.conn.Store(nil)
	}
}

// ready sees to it that the process runs and is configured.
func (s *Sink) ready(ctx context.Context) error {
	if s.closed {
		return fmt.Errorf("sink %s is closed", s.config.Name)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.process != nil && s.process.client.Exited() {
		s.end()
	}
	if s.process != nil {
		return nil
	}
	if err := s.start(ctx); err != nil {
		s.end()
		return fmt.Errorf("sink %s: %w", s.config.Name, err)
	}
	return nil
}

func (s *Sink) start(ctx context.Context) error {
	l := launch{
		program: self{}, args: sink.Args(s.config.Name), as: s.config.As,
		handshake: sink.Handshake, name: sink.PluginName, carrier: &sink.Plugin{}, maxMessage: sink.MaxMessage,
	}
	if s.config.Path != "" {
		program, err := pinned(s.config.Path, s.config.SHA256)
		if err != nil {
			return err
		}
		l.program, l.args = program, nil
	}
	var err error
	if s.process, s.served, err = start[sink.Remote](l, s.log); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	if err := s.served.Configure(ctx, s.config.Settings); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	conn := s.served.Conn()
	s.conn.Store(&conn)
	return nil
}

// Orders speaks to the orders that the sink gives, each call to the process that runs at that time: codes.Unavailable says that none does,
// codes.Unimplemented that this sink gives no orders. It starts no process; Send does.
func (s *Sink) Orders() pb.OrderServiceClient { return pb.NewOrderServiceClient(current{s}) }

// current is the connection to the process that runs.
type current struct{ s *Sink }

func (c current) conn() (grpc.ClientConnInterface, error) {
	if conn := c.s.conn.Load(); conn != nil {
		return *conn, nil
	}
	return nil, status.Error(codes.Unavailable, "the sink's process does not run")
}

func (c current) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	conn, err := c.conn()
	if err != nil {
		return err
	}
	return conn.Invoke(ctx, method, args, reply, append(opts, grpc.MaxCallRecvMsgSize(sink.MaxOrder))...)
}

func (c current) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	conn, err := c.conn()
	if err != nil {
		return nil, err
	}
	return conn.NewStream(ctx, desc, method, append(opts, grpc.MaxCallRecvMsgSize(sink.MaxOrder))...)
}

// LoadSinks starts and configures every sink. If one cannot be, none is left running.
func LoadSinks(ctx context.Context, configs []SinkConfig, log io.Writer) ([]*Sink, error) {
	var all []*Sink
	for _, c := range configs {
		s, err := NewSink(c, log)
		if err == nil {
			all = append(all, s)
			err = s.Configure(ctx, c.Settings)
		}
		if err != nil {
			for _, s := range all {
				s.Close()
			}
			return nil, err
		}
	}
	return all, nil
}
