// Package central is the sink that delivers to the server of Plumbline, over gRPC with mutual TLS, as the identity that
// package identity keeps. Deliveries go out one behind the other without waiting; what the server acknowledged, it has
// committed. The server drops what it has already, so a lost acknowledgement doubles nothing.
//
// It also passes the server's orders on to its host, and the host's answers to the server: the host has no line of its own.
//
// The sink keeps no queue and does not try again: the spool in front of it does.
package central

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// What the server takes of one delivery, in bytes.
const (
	maxCompressed = 16 << 20
	maxOpened     = 64 << 20
)

// patience is how long the server may acknowledge nothing before the line is given up.
const patience = 2 * time.Minute

// Sink delivers to the server. Its settings are server ("host:port") and state_dir, the folder of its identity.
type Sink struct {
	// Options are for tests.
	Options identity.Options
	// Failed is told what goes wrong when the certificate is renewed in the background; unset, it is written to stderr.
	Failed func(error)

	server   string
	stateDir string
	id       *identity.Identity
	encoder  *zstd.Encoder
	line     *line
	// offered is the new epoch of the server that Send asked to resend for; the next Send takes that as heard.
	offered string
	stop    context.CancelFunc
	keeping sync.WaitGroup
	relay   relay
}

var _ sink.OrderGiver = (*Sink)(nil)

// New gives the sink as a program's list of built-in ones wants it.
func New() sink.Sink { return &Sink{} }

// Configure opens the identity, which must be there, and begins to keep it valid. It does not call the server.
func (s *Sink) Configure(_ context.Context, settings map[string]string) error {
	if s.id != nil {
		return errors.New("configure the central sink: it is configured")
	}
	for name := range settings {
		if !slices.Contains([]string{"server", "state_dir"}, name) {
			return fmt.Errorf("configure the central sink: there is no setting %q: server and state_dir are all", name)
		}
	}
	s.server, s.stateDir = settings["server"], settings["state_dir"]
	if s.server == "" || !filepath.IsAbs(s.stateDir) {
		return errors.New("configure the central sink: server (host:port) and state_dir (an absolute path) must be set")
	}
	id, err := identity.Open(s.stateDir, s.Options)
	if err != nil {
		return fmt.Errorf("configure the central sink: %w", err)
	}
	if _, err := id.Credentials(s.server); err != nil {
		return fmt.Errorf("configure the central sink: %w", err)
	}
	if s.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return fmt.Errorf("configure the central sink: %w", err)
	}
	failed := s.Failed
	if failed == nil {
		failed = func(err error) { fmt.Fprintln(os.Stderr, sink.Clean(err.Error())) }
	}
	ctx, stop := context.WithCancel(context.Background())
	s.id, s.stop = id, stop
	s.relay.ready(id, s.server)
	s.keeping.Go(func() { id.Keep(ctx, s.server, identity.Wait, failed) })
	return nil
}

// Close ends the line and the renewals.
func (s *Sink) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.drop()
	s.relay.close()
	s.keeping.Wait()
	return nil
}

func (s *Sink) drop() {
	if s.line != nil {
		s.line.close()
		s.line = nil
	}
}

// Send delivers and waits until all is acknowledged. What the server put on record as refused comes back as a refusal.
func (s *Sink) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if s.id == nil {
		return 0, errors.New("the central sink is not configured")
	}
	if len(deliveries) == 0 {
		return 0, nil
	}
	used := s.line != nil
	accepted, err := s.attempt(ctx, deliveries)
	if used && accepted == 0 && lost(err) && ctx.Err() == nil {
		// The line had ended since the last time, as it does by the server's wish now and then.
		accepted, err = s.attempt(ctx, deliveries)
	}
	if err != nil && errors.Is(err, sink.ErrResend) {
		return 0, err
	}
	if refusal := (*sink.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		err = fmt.Errorf("deliver to %s: %w", s.server, plain(err))
	}
	return accepted, err
}

func (s *Sink) attempt(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	if err := s.ensure(ctx); err != nil {
		return 0, err
	}
	l := s.line
	accepted, err := s.deliver(ctx, l, deliveries)
	if refusal := (*sink.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		s.drop()
	}
	return accepted, err
}

// ensure gives a line to a server of the epoch that we know.
func (s *Sink) ensure(ctx context.Context) error {
	if s.line != nil && s.line.stale(s.id) {
		s.drop()
	}
	if s.line == nil {
		l, err := s.dial(ctx)
		if err != nil {
			return err
		}
		s.line = l
	}
	known, err := s.epoch()
	if err != nil {
		return err
	}
	now := s.line.serverEpoch()
	if now == known {
		return nil
	}
	// Only a call that comes after the request to resend proves that it was heard, so only then is the new epoch noted: a crash
	// in between asks again.
	if known != "" && s.offered != now {
		s.offered = now
		s.drop()
		return sink.ErrResend
	}
	if err := identity.WriteFile(s.epochFile(), []byte(now)); err != nil {
		return fmt.Errorf("note the server's epoch: %w", err)
	}
	s.offered = ""
	return nil
}

func (s *Sink) epochFile() string { return filepath.Join(s.stateDir, "server-epoch") }

func (s *Sink) epoch() (string, error) {
	text, err := os.ReadFile(s.epochFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the server's epoch: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// deliver sends what the line has not yet carried and waits for the acknowledgement of all.
func (s *Sink) deliver(ctx context.Context, l *line, deliveries []*pluginpb.Delivery) (int, error) {
	var refused *sink.Refusal
	sent := len(deliveries)
	for n, d := range deliveries {
		k := key{d.GetEpoch(), d.GetSequence()}
		if l.settled(k) {
			continue
		}
		body, err := s.body(d.GetSnapshot())
		if err != nil {
			refused, sent = &sink.Refusal{Reason: err.Error()}, n
			break
		}
		if err := l.send(ctx, k, body); err != nil {
			return l.count(deliveries), err
		}
	}
	if err := l.wait(ctx, deliveries[:sent]); err != nil {
		return l.count(deliveries), err
	}
	for n, d := range deliveries[:sent] {
		if reason, ok := l.refusal(key{d.GetEpoch(), d.GetSequence()}); ok {
			return n, &sink.Refusal{Reason: reason}
		}
	}
	if refused != nil {
		return sent, refused
	}
	return sent, nil
}

// body is a snapshot as it travels. The same snapshot gives the same bytes.
func (s *Sink) body(snapshot *pb.Snapshot) ([]byte, error) {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(snapshot)
	if err != nil {
		return nil, fmt.Errorf("it cannot be encoded: %w", err)
	}
	if len(raw) > maxOpened {
		return nil, fmt.Errorf("it has %d MiB, and the server takes %d", len(raw)>>20, maxOpened>>20)
	}
	body := s.encoder.EncodeAll(raw, nil)
	if len(body) > maxCompressed {
		return nil, fmt.Errorf("compressed it has %d MiB, and the server takes %d", len(body)>>20, maxCompressed>>20)
	}
	return body, nil
}
