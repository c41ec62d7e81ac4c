// Package station is what a program of ours stands on as a service: a state folder that one process has, a spool before every sink, sinks
// as processes of their own that are kept delivering, a schedule, orders from the server, and a status for people. What is in a spool is
// never lost; a full one stops the work and says so.
//
// It does not know how targets are read (that is given to it), speaks to no network and makes no socket but those of the plugins.
package station

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
	"github.com/plumbline/plumbline/plugins/orders"
	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Keep puts a snapshot into every spool. It returns when all have it: while one has no room it waits, so that no further scan is made.
// With an error, ctx ended or some spool will never take it.
type Keep func(ctx context.Context, s *pb.Snapshot) error

// Options are what a service is given besides its configuration.
type Options struct {
	// Program is what it is, "agent" or "collector", Name whom it stands for: it names the sender, and the jitter is drawn from it.
	Program, Name string
	// Version of the program, for the record. Drivers are those that it knows.
	Version string
	Drivers []string
	// Scan does what is due by the schedule and keeps what it reads; key is that of the fingerprints of secrets.
	Scan func(ctx context.Context, key []byte, keep Keep) error
	// Order works on an order: on each of its targets, once. Unset, no orders are taken. Orders is how many it can work on at once; 1.
	Order  func(ctx context.Context, key []byte, o *Order)
	Orders int
	// Once: scan now, deliver, and end. No orders are taken.
	Once bool
	Log  *slog.Logger

	// Now is the clock and Sleep waits for what is due by it; the ordinary ones if unset.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Open makes a sink; processes if unset.
	Open func(Sink) (Receiver, error)
}

// maxTries is how often a scan is begun whose program ends before it is over.
const maxTries = 3

type service struct {
	Options
	config  *Config
	key     []byte
	outlets []*outlet
	ledger  ledger
	taker   *orders.Taker // nil: no orders are taken

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
	var when *schedule.Schedule
	if c.Schedule.Cron != "" {
		var err error
		if when, err = schedule.New(c.Schedule, o.Name); err != nil {
			return err
		}
	}
	as, err := c.identity(o.Log)
	if err != nil {
		return err
	}
	if err := Prepare(c.StateDir, as); err != nil {
		return err
	}
	held, err := folder.Take(c.StateDir)
	for tries := 0; errors.Is(err, folder.ErrInUse) && tries < 5; tries++ {
		// It may be somebody who asks for the status.
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		held, err = folder.Take(c.StateDir)
	}
	if err != nil {
		return err
	}
	defer func() { _ = held.Release() }() // it ends with the process in any case
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
	if s.ledger, err = openLedger(c.StateDir, o.Now()); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return errors.Join(err, s.close())
	}
	return errors.Join(s.serve(ctx, when), s.close())
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
	s.status = &Status{Program: s.Version, Target: s.Name, Started: s.Now().Round(0), Settled: last.Settled, Last: last.Last}
	return nil
}

// open opens every spool and makes the sinks; their processes start when they are looked after.
func (s *service) open() error {
	if err := os.MkdirAll(filepath.Join(s.config.StateDir, "spool"), 0o700); err != nil {
		return err
	}
	for _, c := range s.config.Sinks {
		log := s.Log.With("sink", c.Name)
		sp, err := spool.Open(s.config.spoolDir(c.Name), spool.Options{Sender: s.Name, Quota: s.config.quota(), Now: s.Now})
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

// serve works and delivers until ctx ends.
func (s *service) serve(ctx context.Context, when *schedule.Schedule) error {
	plan := "none"
	if when != nil {
		plan = when.Say().GetEn()
	}
	s.Log.Info("the "+s.Program+" runs", "version", s.Version, "target", s.Name, "schedule", plan, "sinks", len(s.outlets))
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers, taking sync.WaitGroup
	for _, o := range s.outlets {
		workers.Go(func() { o.keep(delivering) })
		workers.Go(func() { o.deliver(delivering) })
	}
	workers.Go(func() { s.watch(delivering) })
	working, end := context.WithCancel(ctx)
	if !s.Once {
		s.takeOrders(working, &taking)
	}
	var err error
	switch {
	case s.Once:
		err = s.once(ctx)
	case when == nil:
		<-ctx.Done()
	default:
		runner := schedule.Runner{Schedule: when, Now: s.Now, Sleep: s.Sleep, Planned: s.planned}
		err = runner.Run(ctx, s.settled(), s.due)
	}
	if ctx.Err() != nil {
		s.Log.Info("the " + s.Program + " stops")
		err = nil
	}
	end()
	taking.Wait() // what ended is told to the server while there is a line
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

// once scans now and waits until every sink has everything. What a sink refused for good it has not.
func (s *service) once(ctx context.Context) error {
	before := s.refused()
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
	if n := s.refused() - before; n > 0 {
		return fmt.Errorf("%d snapshots were refused for good and are on record in the spool; status says by whom", n)
	}
	return nil
}

// refused counts the snapshots that sinks have refused for good and that are on record.
func (s *service) refused() int {
	n := 0
	for _, o := range s.outlets {
		n += o.spool.Status().Refused
	}
	return n
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
		scan.Error = fmt.Sprintf("the %s was ended %d times before the scan was over: it is given up", s.Program, maxTries)
		s.Log.Error("scan given up", "error", scan.Error)
		over()
		return nil
	}
	begun := scan
	s.change(func(st *Status) { st.Last = &begun })
	s.Log.Info("scan begins", "due", scan.Due, "late", scan.Late)
	counted := scanned{findings: map[string]int{}, targets: map[string]int{}}
	err := s.Scan(ctx, s.key, func(ctx context.Context, snapshot *pb.Snapshot) error {
		counted.add(snapshot)
		return s.keep(ctx, snapshot)
	})
	if err != nil && ctx.Err() != nil {
		s.Log.Warn("the scan is not over; it is made again at the next start", "error", err)
		s.interrupted()
		return ctx.Err()
	}
	scan.Findings, scan.Targets = counted.findings, counted.targets
	if err != nil {
		scan.Error = err.Error()
		s.Log.Error("scan failed", "error", err)
		over()
		return nil
	}
	over()
	s.Log.Info("scan is over", "took", scan.Finished.Sub(scan.Started).Round(time.Millisecond).String(), "findings", scan.Findings)
	// A scan takes memory that the host wants back until the next one, and what is delivered is nobody's a moment later.
	time.AfterFunc(giveBack, debug.FreeOSMemory)
	return nil
}

// giveBack is how long after a scan its memory is given back.
const giveBack = 10 * time.Second

// interrupted notes that a scan ended because the program was told to stop: that is no failed attempt.
func (s *service) interrupted() {
	s.change(func(st *Status) {
		last := *st.Last
		last.Tries--
		st.Last = &last
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
	if s.taker != nil {
		state := s.taker.State()
		st.Orders = &state
	}
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

// closing is how long sinks may take to end, together, when the program ends.
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
