// Package ingest takes snapshots from agents and collectors. What it acknowledges is durable: deliveries of all streams
// are gathered, committed together and only then acknowledged, each stream in its own order. What can never be taken is
// put on record as refused and acknowledged as such, so that the queue behind it moves. After a failed commit nothing
// more is acknowledged.
//
// It neither stores (see [Store]) nor knows who calls (see [Config.Sender]).
package ingest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What is taken of one delivery.
const (
	MaxCompressed = 16 << 20
	MaxOpened     = 64 << 20
	MaxFindings   = 10_000
	// maxRatio is how far a snapshot may be compressed, beyond the first MiB.
	maxRatio = 300
)

// A Sender is who delivers.
type Sender struct {
	// ID of the enrolment: with epoch and sequence it is a delivery's key.
	ID   string
	Name string
	// Certificate is the serial of the certificate that it showed.
	Certificate string
	// Agent: it may report only the target of its own name. Others ask [Config.Allowed].
	Agent bool
}

// A Delivery is one snapshot with its key, or a refusal with its key.
type Delivery struct {
	Sender          Sender
	Epoch, Sequence uint64
	// Body is the serialized snapshot as it came, compressed with zstd.
	Body []byte
	// Snapshot is what it holds; nil if it is refused.
	Snapshot *pb.Snapshot
	Received time.Time
	// Refusal says why it is not visible as a snapshot.
	Refusal *pb.Text
}

// Store keeps deliveries.
type Store interface {
	// Accept makes all deliveries durable, in their order, or none. A delivery whose key is known changes nothing. It gives the
	// refusals by index: its own, those it was given, and those of before.
	Accept(ctx context.Context, deliveries []Delivery) (map[int]*pb.Text, error)
	// Epoch is the store's own. It changes when a backup is restored.
	Epoch() string
}

// Event is what an auditor wants to know of what is delivered.
type Event struct {
	At     time.Time
	Sender string
	// Target is what the sender reported without being entitled to.
	Target string
	Text   *pb.Text
}

// Metrics counts; the caller's counters stand behind it.
type Metrics interface {
	// Streams says how many are open now.
	Streams(n int)
	// Committed tells of one commit: deliveries, refusals among them, bytes as they came, how long it took.
	Committed(deliveries, refused, bytes int, took time.Duration)
	// Failed tells of a failed commit.
	Failed()
}

// Config is what a Service needs.
type Config struct {
	Store Store
	// Sender says who calls.
	Sender func(ctx context.Context) (Sender, error)
	// Allowed says whether a sender may report a target that does not bear its own name; nil is never.
	Allowed func(ctx context.Context, s Sender, target string) (bool, error)
	// Forged is told of a snapshot of a target that the sender may not report. If it fails, the stream does.
	Forged func(ctx context.Context, e Event) error
	// Forked is told that a sender delivered two snapshots under one key, which only two programs with one identity do; the
	// stream ends.
	Forked func(ctx context.Context, s Sender, why *pb.Text) error
	// Judge may judge again what a sender found; nil takes it as it is. A text refuses the snapshot.
	Judge func(ctx context.Context, s *pb.Snapshot) (*pb.Text, error)
	// Recover says whether the store may be trusted again after a failed commit; nil means not before a restart.
	Recover func(ctx context.Context) error
	Metrics Metrics
	Now     func() time.Time
	Log     *slog.Logger
	// Limits; the zero value is right for thousands of senders.
	Limits Limits
}

// Limits bound what a server holds at once.
type Limits struct {
	// Streams at once, and of one sender.
	Streams, PerSender int
	// Memory that deliveries not yet committed may take, opened, in bytes.
	Memory int64
	// Window is how many deliveries of one stream wait for their commit.
	Window int
	// Batch is how many deliveries are committed together.
	Batch int
	// Rate is how many deliveries a second one stream may bring for long; it is slowed down to that.
	Rate float64
	// Commit bounds one commit.
	Commit time.Duration
}

func (l Limits) withDefaults() Limits {
	l.Streams = orElse(l.Streams, 10_000)
	l.PerSender = orElse(l.PerSender, 4)
	l.Memory = orElse(l.Memory, 256<<20)
	l.Window = orElse(l.Window, 256)
	l.Batch = orElse(l.Batch, 500)
	l.Rate = orElse(l.Rate, 2_000)
	l.Commit = orElse(l.Commit, time.Minute)
	return l
}

func orElse[T int | int64 | float64 | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// Service implements IngestService. Close it after the gRPC server has stopped.
type Service struct {
	pb.UnimplementedIngestServiceServer
	c       Config
	memory  *budget
	queue   chan *item
	recent  *recent
	stop    context.CancelFunc
	writing sync.WaitGroup

	mu      sync.Mutex
	streams map[string]int
	total   int
	// broken is why nothing is acknowledged any more.
	broken error
	asked  time.Time
}

// New gives a service and starts its writer.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Sender == nil || c.Forged == nil || c.Forked == nil || c.Metrics == nil || c.Now == nil {
		return nil, errors.New("ingest needs a store, a way to know senders, an audit log, a way to shut out clones, metrics and a clock")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	ctx, stop := context.WithCancel(context.Background())
	s := &Service{
		c: c, memory: newBudget(c.Limits.Memory), queue: make(chan *item, c.Limits.Batch), recent: newRecent(),
		stop: stop, streams: map[string]int{},
	}
	s.writing.Go(func() { s.write(ctx) })
	return s, nil
}

// Close ends the writer. What was not committed was not acknowledged.
func (s *Service) Close() {
	s.stop()
	s.writing.Wait()
}

// Ready says whether deliveries are taken.
func (s *Service) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// ServerOptions are the limits of a gRPC server that agents and collectors call.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxCompressed + 1<<10),
		grpc.MaxSendMsgSize(4 << 20),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.MaxConcurrentStreams(16),
		grpc.ConnectionTimeout(20 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time: 30 * time.Second, Timeout: 20 * time.Second, MaxConnectionIdle: 10 * time.Minute,
			// A certificate is looked at when a connection begins, so none lives for ever. gRPC spreads the age by a tenth.
			MaxConnectionAge: time.Hour, MaxConnectionAgeGrace: time.Minute,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 15 * time.Second, PermitWithoutStream: true}),
	}
}
