// Package daemon is the agent as a service: it scans when the schedule says, puts each snapshot into the spool of every sink, and keeps
// the sinks, processes of their own, delivering. What is in a spool is never lost; a full one stops scanning and says so.
//
// It does not know how a host is read (that is given to it), speaks to no network and makes no socket but those of the plugins: the
// process that may read everything is not the one that talks.
package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins"
	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Options are what the service is given besides its configuration.
type Options struct {
	// Target is the host's name; it names the sender, and the jitter is drawn from it.
	Target string
	// Version of the program, for the record.
	Version string
	// Scan reads and judges the host; key is that of the fingerprints of secrets.
	Scan func(ctx context.Context, key []byte) (*pb.Snapshot, error)
	// Once: scan now, deliver, and end.
	Once bool
	Log  *slog.Logger

	// Now is the clock and Sleep waits for what is due by it; the ordinary ones if unset.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Open makes a sink; processes if unset.
	Open func(Sink) (Receiver, error)
}

// maxTries is how often a scan is begun whose agent ends before it is over.
const maxTries = 3

type service struct {
	Options
	config  *Config
	key     []byte
	outlets []*outlet

	mu     sync.Mutex
	status *Status
	shown  []byte // the status as it was last written, but for its time
}

// Run runs the service until ctx ends, which is no error.
func Run(ctx context.Context, c *Config, o Options) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = wait
	}
	when, err := schedule.New(c.Schedule, o.Target)
	if err != nil {
		return err
	}
	as, err := c.identity(o.Log)
	if err != nil {
		return err
	}
	if err := Prepare(c.StateDir, as); err != nil {
		return err
	}
	held, err := lock(c.StateDir)
	for tries := 0; errors.Is(err, ErrRunning) && tries < 5; tries++ {
		// It may be somebody who asks for the status.
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		held, err = lock(c.StateDir)
	}
	if err != nil {
		return err
	}
	defer held.Close()
	if o.Open == nil {
		o.Open = func(s Sink) (Receiver, error) { return receiver(c, s, as, o.Log.With("sink", s.Name)) }
	}
	key, err := MaskKey(c.StateDir)
	if err != nil {
		return err
	}
	s := &service{Options: o, config: c, key: key}
	if err := s.recall(); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return errors.Join(err, s.close())
	}
	return errors.Join(s.serve(ctx, when), s.close())
}

// identity is who sinks run as; nil: who we are.
func (c *Config) identity(log *slog.Logger) (*plugins.Identity, error) {
	as, name, err := c.RunsAs()
	if err == nil && as != nil && name != c.RunAs {
		log.Warn("there is no user of our own for sinks", "instead", name)
	}
	return as, err
}

// The users that sinks run as if none is configured.
var unprivileged = []string{"plumbline", "nobody"}

// RunsAs finds the user that sinks run as; nil if the program is not root and they run as it does.
func (c *Config) RunsAs() (*plugins.Identity, string, error) {
	if os.Geteuid() != 0 {
		return nil, "", nil
	}
	names := unprivileged
	if c.RunAs != "" && c.RunAs != names[0] {
		names = []string{c.RunAs}
	}
	var err error
	for _, name := range names {
		var as *plugins.Identity
		if as, err = plugins.LookupIdentity(name); err == nil {
			return as, name, nil
		}
		if unknown := user.UnknownUserError(""); !errors.As(err, &unknown) {
			break
		}
	}
	return nil, "", fmt.Errorf("run_as: %w", err)
}

// Prepare makes the state folder. The user that sinks run as must be able to pass through it to the identity, which is his.
func Prepare(dir string, as *plugins.Identity) error {
	confined := as != nil
	mode := fs.FileMode(0o700)
	if confined {
		mode = 0o711
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if confined && !reachable(info) {
		return fmt.Errorf("the user that sinks run as cannot pass through %s (%v): chmod 711 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

// recall takes up where the last run ended.
func (s *service) recall() error {
	last, err := ReadStatus(s.config.StateDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		last = &Status{}
	case err != nil:
		s.Log.Warn("the last status is lost; a scan is due", "error", err)
		last = &Status{}
	}
	s.status = &Status{Program: s.Version, Target: s.Target, Started: s.Now().Round(0), Settled: last.Settled, Last: last.Last}
	return nil
}

// open opens every spool and makes the sinks; their processes start when they are looked after.
func (s *service) open() error {
	if err := os.MkdirAll(filepath.Join(s.config.StateDir, "spool"), 0o700); err != nil {
		return err
	}
	for _, c := range s.config.Sinks {
		log := s.Log.With("sink", c.Name)
		sp, err := spool.Open(s.config.spoolDir(c.Name), spool.Options{Sender: s.Target, Quota: s.config.quota, Now: s.Now})
		if err != nil {
			return err
		}
		for _, d := range sp.Damage() {
			if !d.Torn {
				log.Error("the spool is damaged", "file", d.File, "offset", d.Offset, "size", d.Size, "sequence", d.Sequence)
			}
		}
		r, err := s.Open(c)
		if err != nil {
			return errors.Join(err, sp.Close())
		}
		s.outlets = append(s.outlets, &outlet{name: c.Name, spool: sp, sink: r, log: log, now: s.Now})
	}
	return nil
}

// serve scans and delivers until ctx ends.
func (s *service) serve(ctx context.Context, when *schedule.Schedule) error {
	s.Log.Info("the agent runs", "version", s.Version, "target", s.Target, "schedule", when.Say().GetEn(), "sinks", len(s.outlets))
	delivering, stop := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for _, o := range s.outlets {
		workers.Go(func() { o.keep(delivering) })
		workers.Go(func() { o.deliver(delivering) })
	}
	workers.Go(func() { s.watch(delivering) })
	var err error
	if s.Once {
		err = s.once(ctx)
	} else {
		runner := schedule.Runner{Schedule: when, Now: s.Now, Sleep: s.Sleep, Planned: s.planned}
		err = runner.Run(ctx, s.settled(), s.due)
	}
	if ctx.Err() != nil {
		s.Log.Info("the agent stops")
		err = nil
	}
	stop()
	workers.Wait()
	s.show()
	return err
}

func (s *service) settled() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Settled
}

func (s *service) planned(d schedule.Due) {
	s.change(func(st *Status) { st.Next = d.Start })
	if d.Late {
		s.Log.Warn("a scan is late", "since", d.Since, "start", d.Start)
	} else {
		s.Log.Info("next scan", "start", d.Start)
	}
}

// once scans now and waits until every sink has everything.
func (s *service) once(ctx context.Context) error {
	if err := s.due(ctx, schedule.Due{At: s.Now(), Start: s.Now()}); err != nil {
		return err
	}
	for {
		waiting := 0
		for _, o := range s.outlets {
			waiting += o.spool.Status().Depth
		}
		if waiting == 0 {
			break
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("%d snapshots are not delivered yet; the next run goes on", waiting)
		}
	}
	if failed := s.last().Error; failed != "" {
		return errors.New(failed)
	}
	return nil
}

func (s *service) last() Scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.Last == nil {
		return Scan{}
	}
	return *s.status.Last
}

// due makes one scan. It is over when every spool has it: only then it counts as done.
func (s *service) due(ctx context.Context, d schedule.Due) error {
	scan := Scan{Due: d.At, Late: d.Late, Started: s.Now().Round(0), Tries: 1}
	// A late one is told by what it is late for.
	if d.Late {
		scan.Due = d.Since
	}
	if last := s.last(); last.Finished.IsZero() && last.Tries > 0 {
		scan.Tries = last.Tries + 1
	}
	over := func() {
		scan.Finished = s.Now().Round(0)
		s.change(func(st *Status) { st.Last, st.Settled = &scan, d.At })
	}
	if scan.Tries > maxTries {
		scan.Tries--
		scan.Error = fmt.Sprintf("the agent was ended %d times before the scan was over: it is given up", maxTries)
		s.Log.Error("scan given up", "error", scan.Error)
		over()
		return nil
	}
	begun := scan
	s.change(func(st *Status) { st.Last = &begun })
	s.Log.Info("scan begins", "due", scan.Due, "late", scan.Late)
	snapshot, err := s.Scan(ctx, s.key)
	if ctx.Err() != nil {
		s.interrupted()
		return ctx.Err()
	}
	if err != nil {
		scan.Error = err.Error()
		s.Log.Error("scan failed", "error", err)
		over()
		return nil
	}
	scan.Findings = outcomes(snapshot)
	if err := s.keep(ctx, snapshot); err != nil {
		if ctx.Err() != nil {
			s.Log.Error("the last scan is not kept by every sink; it is made again at the next start", "error", err)
			s.interrupted()
			return ctx.Err()
		}
		scan.Error = err.Error()
	}
	over()
	s.Log.Info("scan is over", "took", scan.Finished.Sub(scan.Started).Round(time.Millisecond).String(), "findings", scan.Findings)
	// A scan takes memory that the host wants back until the next one, and what is delivered is nobody's a moment later.
	time.AfterFunc(settle, debug.FreeOSMemory)
	return nil
}

// settle is how long after a scan its memory is given back.
const settle = 10 * time.Second

// interrupted notes that a scan ended because the agent was told to stop: that is no failed attempt.
func (s *service) interrupted() {
	s.change(func(st *Status) {
		last := *st.Last
		last.Tries--
		st.Last = &last
	})
}

// keep puts a snapshot into every spool, each in its own time. It returns when all have it: while one has no room, no further scan is
// made.
func (s *service) keep(ctx context.Context, snapshot *pb.Snapshot) error {
	errs := make([]error, len(s.outlets))
	var all sync.WaitGroup
	for i, o := range s.outlets {
		all.Go(func() { errs[i] = o.take(ctx, snapshot, func(why string) { s.hold(o, why) }) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// hold notes why a spool takes nothing; empty: it does.
func (s *service) hold(o *outlet, why string) {
	s.mu.Lock()
	before := s.status.Waiting[o.name]
	s.mu.Unlock()
	if before == why {
		return
	}
	if why == "" {
		o.log.Info("the spool takes snapshots again; scanning goes on")
	} else if before == "" {
		o.log.Error("the spool does not take the scan: no further scan is made until it does", "error", why)
	}
	s.change(func(st *Status) {
		waiting := maps.Clone(st.Waiting)
		if waiting == nil {
			waiting = map[string]string{}
		}
		waiting[o.name] = why
		maps.DeleteFunc(waiting, func(_, why string) bool { return why == "" })
		st.Waiting = waiting
	})
}

// watch writes the status whenever it has changed.
func (s *service) watch(ctx context.Context) {
	for {
		s.show()
		if wait(ctx, look) != nil {
			return
		}
	}
}

// change changes the status and writes it.
func (s *service) change(do func(*Status)) {
	s.mu.Lock()
	do(s.status)
	s.mu.Unlock()
	s.show()
}

// show writes the status if it has changed.
func (s *service) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := *s.status
	for _, o := range s.outlets {
		st.Sinks = append(st.Sinks, o.status())
	}
	now, err := json.Marshal(st)
	if err != nil || slices.Equal(now, s.shown) {
		return
	}
	st.Updated = s.Now().Round(0)
	if err := st.write(s.config.StateDir); err != nil {
		s.Log.Error("the status is not written", "error", err)
		return
	}
	s.shown = now
}

// closing is how long sinks may take to end, together, when the agent ends.
const closing = 8 * time.Second

// close ends sinks and spools. A sink that does not end in time is ended by the system together with us.
func (s *service) close() error {
	ended := make(chan error, 1)
	go func() {
		var all sync.WaitGroup
		for _, o := range s.outlets {
			all.Go(o.sink.Close)
		}
		all.Wait()
		var errs []error
		for _, o := range s.outlets {
			errs = append(errs, o.spool.Close())
		}
		ended <- errors.Join(errs...)
	}()
	select {
	case err := <-ended:
		return err
	case <-time.After(closing):
		return fmt.Errorf("the sinks did not end within %v", closing)
	}
}
