package central

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var errEpoch = errors.New("the server has another epoch now")

type key struct{ epoch, sequence uint64 }

// A line is one stream to the server. It carries each delivery once.
type line struct {
	conn     *grpc.ClientConn
	stream   grpc.BidiStreamingClient[pb.DeliverRequest, pb.DeliverResponse]
	cancel   context.CancelFunc
	renewals uint64
	done     chan struct{}

	mu sync.Mutex
	// moved is closed and replaced whenever something below changes.
	moved chan struct{}
	// durable is the last acknowledged sequence, by epoch of the spool.
	durable map[uint64]uint64
	last    key
	refused map[key]string
	epoch   string
	err     error
}

// dial opens a line: when it returns, the clocks agree and the server told its epoch.
func (s *Sink) dial(ctx context.Context) (*line, error) {
	l, err := s.open(ctx)
	if err == nil || !strings.Contains(err.Error(), "tls: expired certificate") {
		return l, err
	}
	// Our certificate has ended by the server's clock; ours may be behind, and then the renewal says so.
	if err := s.id.Renew(ctx, s.server); err != nil {
		return nil, err
	}
	return s.open(ctx)
}

// dialServer readies a connection as an identity, which is made when it is first used.
func dialServer(id *identity.Identity, server string, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	creds, err := id.Credentials(server)
	if err != nil {
		return nil, err
	}
	return grpc.NewClient(server, append(options, grpc.WithTransportCredentials(creds), grpc.WithKeepaliveParams(keepalive.ClientParameters{
		Time: 30 * time.Second, Timeout: 20 * time.Second,
	}))...)
}

func (s *Sink) open(ctx context.Context) (_ *line, err error) {
	l := &line{renewals: s.id.Renewals(), done: make(chan struct{}), moved: make(chan struct{}), durable: map[uint64]uint64{}, refused: map[key]string{}}
	if l.conn, err = dialServer(s.id, s.server); err != nil {
		return nil, err
	}
	// The stream outlives this call, but opening it does not.
	streamCtx, cancel := context.WithCancel(s.id.Context(context.Background()))
	l.cancel = cancel
	stop := context.AfterFunc(ctx, cancel)
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			cancel()
			_ = l.conn.Close()
		}
	}()
	if l.stream, err = pb.NewIngestServiceClient(l.conn).Deliver(streamCtx); err != nil {
		return nil, err
	}
	header, err := l.stream.Header()
	if err != nil {
		return nil, err
	}
	p, ok := peer.FromContext(l.stream.Context())
	if len(header.Get(identity.ClockHeader)) == 0 || !ok {
		// A stream that is refused at once has no header, and its error says why.
		if _, err := l.stream.Recv(); err != nil {
			return nil, err
		}
		return nil, errors.New("the server did not tell its clock")
	}
	if err := s.id.CheckServer(p, header); err != nil {
		return nil, err
	}
	first, err := l.stream.Recv()
	if err != nil {
		return nil, err
	}
	if first.GetServerEpoch() == "" {
		return nil, errors.New("the server did not tell its epoch")
	}
	l.epoch = first.GetServerEpoch()
	go l.listen()
	return l, nil
}

// listen hears the server until the line ends.
func (l *line) listen() {
	defer close(l.done)
	for {
		r, err := l.stream.Recv()
		l.mu.Lock()
		switch {
		case err != nil:
			l.err = err
		case r.GetServerEpoch() != l.epoch:
			// Restored while we speak: what is on its way belongs to a line of the new epoch.
			l.err = errEpoch
		default:
			for _, f := range r.GetRefusals() {
				l.refused[key{r.GetEpoch(), f.GetSequence()}] = f.GetReason().GetZh() + " / " + f.GetReason().GetEn()
			}
			l.durable[r.GetEpoch()] = max(l.durable[r.GetEpoch()], r.GetDurableSequence())
		}
		ended := l.err != nil
		close(l.moved)
		l.moved = make(chan struct{})
		l.mu.Unlock()
		if ended {
			l.cancel()
			return
		}
	}
}

func (l *line) serverEpoch() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch
}

// stale says whether the line ended, or is of a key that was replaced since.
func (l *line) stale(id *identity.Identity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil || l.renewals != id.Renewals()
}

func (l *line) close() {
	l.cancel()
	<-l.done
	_ = l.conn.Close()
}

// settled says whether the server has answered for a delivery on this line.
func (l *line) settled(k key) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holds(k)
}

func (l *line) holds(k key) bool { return k.sequence <= l.durable[k.epoch] }

func (l *line) refusal(k key) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	reason, ok := l.refused[k]
	if ok {
		delete(l.refused, k) // told once, the spool puts it on record
	}
	return reason, ok
}

// count says how many deliveries are durable, from the first and up to a refused one.
func (l *line) count(deliveries []*pluginpb.Delivery) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, d := range deliveries {
		k := key{d.GetEpoch(), d.GetSequence()}
		if _, refused := l.refused[k]; refused || !l.holds(k) {
			return n
		}
	}
	return len(deliveries)
}

// send puts a delivery on the line. A new epoch of the spool waits for the end of the old one, so that "up to this
// sequence" can mean only one thing.
func (l *line) send(ctx context.Context, k key, body []byte) error {
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()
	if last.sequence != 0 && last.epoch != k.epoch {
		if err := l.until(ctx, last); err != nil {
			return err
		}
	}
	// The stream is not of this context: it ends only with the line.
	stop := context.AfterFunc(ctx, l.cancel)
	err := l.stream.Send(&pb.DeliverRequest{Epoch: k.epoch, Sequence: k.sequence, Snapshot: body})
	if !stop() {
		return ctx.Err()
	}
	if err != nil {
		<-l.done // the reason is what the stream ended with
		return l.err
	}
	l.mu.Lock()
	l.last = k
	l.mu.Unlock()
	return nil
}

func (l *line) wait(ctx context.Context, deliveries []*pluginpb.Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	d := deliveries[len(deliveries)-1]
	return l.until(ctx, key{d.GetEpoch(), d.GetSequence()})
}

// until waits for the acknowledgement of one delivery and of all before it.
func (l *line) until(ctx context.Context, k key) error {
	for {
		l.mu.Lock()
		held, err, moved := l.holds(k), l.err, l.moved
		l.mu.Unlock()
		if held {
			return nil
		}
		if err != nil {
			return err
		}
		timer := time.NewTimer(patience)
		select {
		case <-moved:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("the server acknowledged nothing for %v", patience)
		}
	}
}

// lost says whether the error is that of a line which ended, and not of what was said on it.
func lost(err error) bool {
	code := status.Code(err)
	return err != nil && (code == codes.Unavailable || code == codes.Canceled)
}

// plain says what an operator can do where the server's TLS turns us away: its alert says no more than that.
func plain(err error) error {
	if err == nil || !strings.Contains(err.Error(), "tls: bad certificate") {
		return err
	}
	return status.Error(codes.Unavailable,
		"the server does not accept this identity: revoked, shut out or ended (plumbline-server identity list says which; identity approve lets it enrol anew)")
}
