package station

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Receiver is a sink that can be ended. Send with nothing to deliver sees to it that it runs. One that can give orders has besides
// Orders() pb.OrderServiceClient.
type Receiver interface {
	sink.Sink
	Close()
}

// An outlet is a sink with the spool in front of it.
type outlet struct {
	name  string
	spool *spool.Spool
	sink  Receiver
	log   *slog.Logger
	now   func() time.Time

	mu      sync.Mutex
	failed  string // why the sink does not run; empty if it does
	at      time.Time
	failing bool // delivering fails
}

const (
	// look is how often a sink is looked after, and the status with it.
	look = 5 * time.Second
	// maxBackoff is the longest pause between two attempts to start a sink.
	maxBackoff = 5 * time.Minute
	// maxPause is the longest pause between two attempts to put a snapshot into a spool that takes none.
	maxPause = time.Minute
)

// keep sees to it that the sink runs although nothing waits to be delivered: the central one renews its certificate meanwhile.
func (o *outlet) keep(ctx context.Context) {
	pause := look
	for {
		_, err := o.sink.Send(ctx, nil)
		if ctx.Err() != nil {
			return
		}
		o.note(err)
		if err == nil {
			pause = look
		}
		if wait(ctx, pause) != nil {
			return
		}
		if err != nil {
			pause = min(2*pause, maxBackoff)
		}
	}
}

func (o *outlet) note(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := ""
	if err != nil {
		text = sink.Clean(err.Error())
	}
	switch {
	case text == o.failed:
	case text == "":
		o.log.Info("the sink runs")
	default:
		o.log.Error("the sink does not run", "error", text)
	}
	o.failed, o.at = text, o.now()
}

// deliver delivers until ctx ends.
func (o *outlet) deliver(ctx context.Context) {
	if err := o.spool.Deliver(ctx, logged{o.sink, o}); err != nil && ctx.Err() == nil {
		o.log.Error("delivering ended", "error", err)
	}
}

// logged tells the log when delivering begins to fail and when it works again.
type logged struct {
	sink.Sink
	*outlet
}

func (l logged) Send(ctx context.Context, deliveries []*pluginpb.Delivery) (int, error) {
	n, err := l.Sink.Send(ctx, deliveries)
	l.mu.Lock()
	defer l.mu.Unlock()
	refusal := (*sink.Refusal)(nil)
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &refusal):
		l.log.Error("a snapshot is refused for good; the spool keeps it on record", "reason", sink.Clean(refusal.Reason))
	case err != nil && !l.failing:
		l.log.Error("delivering fails; it is tried again", "error", sink.Clean(err.Error()))
		l.failing = true
	case err == nil:
		if l.failing {
			l.log.Info("delivering works again")
		}
		l.failing = false
		l.log.Info("delivered", "snapshots", n)
	}
	return n, err
}

// take puts a snapshot into the spool. It waits as long as that takes, tells held why, and gives up only when ctx ends: then the
// snapshot was not taken.
func (o *outlet) take(ctx context.Context, s *pb.Snapshot, held func(why string)) error {
	pause := look
	for {
		// A stop does not interrupt an append.
		_, err := o.spool.Append(context.WithoutCancel(ctx), s)
		switch {
		case err == nil:
			held("")
			return nil
		case errors.Is(err, spool.ErrTooLarge), errors.Is(err, spool.ErrClosed):
			held("")
			return fmt.Errorf("spool of %s: %w", o.name, err)
		}
		held(err.Error())
		full := errors.Is(err, spool.ErrFull)
		err = o.spool.Wait(ctx)
		if err == nil && (!full || !o.spool.Status().FullSince.IsZero()) {
			err = wait(ctx, pause)
			pause = min(2*pause, maxPause)
		}
		if err != nil {
			return fmt.Errorf("spool of %s: %w", o.name, err)
		}
	}
}

func (o *outlet) status() SinkStatus {
	o.mu.Lock()
	failed, at := o.failed, o.at
	o.mu.Unlock()
	return sinkStatus(o.name, o.spool.Status(), failed, at)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// said puts what a sink writes to stderr into the log, a line each.
type said struct{ log *slog.Logger }

func (s said) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(sink.Clean(line)); line != "" {
			s.log.Warn("the sink says", "line", line)
		}
	}
	return len(b), nil
}

// receiver makes the process of a configured sink.
func receiver(c *Config, s Sink, as *plugins.Identity, log *slog.Logger) (Receiver, error) {
	settings := map[string]string{}
	for k, v := range s.Settings {
		settings[k] = v
	}
	if _, ok := settings["state_dir"]; !ok && s.Kind == centralKind {
		settings["state_dir"] = c.IdentityDir()
	}
	name := s.Kind
	if name == "" {
		name = s.Name
	}
	return plugins.NewSink(plugins.SinkConfig{Name: name, Path: s.Path, SHA256: s.SHA256, Settings: settings, As: as}, said{log})
}

// centralKind is the sink that has an identity and gives orders.
const centralKind = "central"
