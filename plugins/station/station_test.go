package station

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
	"github.com/plumbline/plumbline/plugins/schedule"
	"github.com/plumbline/plumbline/plugins/sink"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// receiverOf is a sink in memory.
type receiverOf struct {
	mu     sync.Mutex
	got    []*pluginpb.Delivery
	err    error
	closed bool
	// hang: a Send does not return before it is told to.
	hang bool
}

func (r *receiverOf) Configure(context.Context, map[string]string) error { return nil }

func (r *receiverOf) Send(ctx context.Context, d []*pluginpb.Delivery) (int, error) {
	if r.hang && len(d) > 0 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	r.got = append(r.got, d...)
	return len(d), nil
}

func (r *receiverOf) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *receiverOf) set(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *receiverOf) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// world is a service under a clock that stands while anybody works.
type world struct {
	t     *testing.T
	c     *Config
	sinks map[string]*receiverOf
	log   *bytes.Buffer
	// scan replaces the scan.
	scan  func(context.Context) (*pb.Snapshot, error)
	once  bool
	mu    sync.Mutex
	scans []time.Time
}

// made says when scans were made.
func (w *world) made() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.scans)
}

func newWorld(t *testing.T, dir string, names ...string) *world {
	w := &world{t: t, sinks: map[string]*receiverOf{}, log: &bytes.Buffer{}}
	w.c = &Config{
		StateDir: dir, SpoolQuota: "8MiB",
		Schedule: schedule.Spec{Cron: "0 * * * *", Zone: "UTC"},
	}
	for _, n := range names {
		w.c.Sinks = append(w.c.Sinks, Sink{Name: n})
		w.sinks[n] = &receiverOf{}
	}
	w.scan = func(context.Context) (*pb.Snapshot, error) { return snapshot(10), nil }
	return w
}

// snapshot is one of so many bytes that do not compress.
func snapshot(size int) *pb.Snapshot {
	var b strings.Builder
	for x := uint64(time.Now().UnixNano()); b.Len() < size; x = x*6364136223846793005 + 1442695040888963407 {
		fmt.Fprintf(&b, "%016x", x)
	}
	return &pb.Snapshot{Target: &pb.Target{Id: b.String()}, Findings: []*pb.Finding{{Outcome: pb.Outcome_OUTCOME_FAIL}, {Outcome: pb.Outcome_OUTCOME_PASS}}}
}

// run runs the service until stop is called.
func (w *world) run() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, w.c, Options{
			Program: "agent", Name: "host", Version: "test", Log: slog.New(slog.NewTextHandler(w.log, nil)), Once: w.once,
			Scan: func(ctx context.Context, key []byte, keep Keep) error {
				if len(key) != maskLen {
					w.t.Error("no key")
				}
				w.mu.Lock()
				w.scans = append(w.scans, time.Now())
				w.mu.Unlock()
				snapshot, err := w.scan(ctx)
				if err != nil {
					return err
				}
				return keep(ctx, snapshot)
			},
			Open: func(s Sink) (Receiver, error) { return w.sinks[s.Name], nil },
		})
	}()
	return func() error { cancel(); return <-ended }
}

func (w *world) status() *Status {
	w.t.Helper()
	s, err := ReadStatus(w.c.StateDir)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// The bubble's clock begins at midnight UTC, 1 January 2000.
func TestBySchedule(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a", "b")
		stop := w.run()
		time.Sleep(3*time.Hour + 30*time.Minute)
		synctest.Wait()
		// One at once, since there was none before, and one every hour.
		if len(w.made()) != 4 || w.sinks["a"].count() != 4 || w.sinks["b"].count() != 4 {
			t.Errorf("scans at %v; delivered %d and %d", w.made(), w.sinks["a"].count(), w.sinks["b"].count())
		}
		st := w.status()
		if st.Amiss() || st.Last.Findings["fail"] != 1 || st.Last.Findings["pass"] != 1 || st.Next.Hour() != 4 || st.Last.Due.Hour() != 3 || len(st.Sinks) != 2 {
			t.Errorf("%+v, %+v", st, st.Last)
		}
		if running, err := Running(dir); !running || err != nil {
			t.Error(running, err)
		}
		if err := stop(); err != nil || !w.sinks["a"].closed {
			t.Error(err)
		}
		if running, err := Running(dir); running || err != nil {
			t.Error(running, err)
		}
		// At the next start, what is done is done; what was missed is made up for, once.
		stop = w.run()
		time.Sleep(10 * time.Minute)
		if len(w.made()) != 4 {
			t.Errorf("scans at %v", w.made())
		}
		stop()
		time.Sleep(5 * time.Hour)
		stop = w.run()
		time.Sleep(10 * time.Minute)
		if len(w.made()) != 5 {
			t.Errorf("scans at %v", w.made())
		}
		stop()
		d := w.sinks["a"].got
		if last := d[len(d)-1]; last.GetSequence() != 5 || last.GetSender() != "host" {
			t.Errorf("%s %d", last.GetSender(), last.GetSequence())
		}
	})
}

// A full spool stops scanning and says so. Nothing is dropped, and the other sink goes on.
func TestFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "down", "up")
		w.c.SpoolQuota = "1MiB"
		w.scan = func(context.Context) (*pb.Snapshot, error) { return snapshot(600 << 10), nil }
		w.sinks["down"].set(errors.New("no route"))
		stop := w.run()
		time.Sleep(6*time.Hour + 30*time.Minute)
		synctest.Wait()
		made := len(w.made())
		if made < 2 || made > 5 || w.sinks["up"].count() != made {
			t.Fatalf("%d scans, %d delivered", made, w.sinks["up"].count())
		}
		st := w.status()
		if !st.Amiss() || !strings.Contains(st.Waiting["down"], "full") || st.Waiting["up"] != "" || st.Sinks[0].Full.IsZero() || !strings.Contains(st.Sinks[0].Error, "no route") {
			t.Errorf("%+v", st)
		}
		if !strings.Contains(w.log.String(), "no further scan is made") {
			t.Error(w.log)
		}
		w.sinks["down"].set(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if w.sinks["down"].count() < made {
			t.Errorf("%d of %d delivered", w.sinks["down"].count(), made)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(w.made()) < made+2 || w.status().Amiss() {
			t.Errorf("%d scans after %d, %+v", len(w.made()), made, w.status())
		}
		stop()
	})
}

// An agent that is ended while its last scan has no room makes that scan again.
func TestEndedWhileFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "down")
		w.c.SpoolQuota = "1MiB"
		w.scan = func(context.Context) (*pb.Snapshot, error) { return snapshot(600 << 10), nil }
		w.sinks["down"].set(errors.New("no route"))
		stop := w.run()
		time.Sleep(3 * time.Hour)
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		made := len(w.made())
		w.sinks["down"].set(nil)
		stop = w.run()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(w.made()) != made+1 || w.sinks["down"].count() != made {
			t.Errorf("%d scans after %d, %d delivered", len(w.made()), made, w.sinks["down"].count())
		}
		stop()
	})
}

func TestScanFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		w.scan = func(context.Context) (*pb.Snapshot, error) { return nil, errors.New("no host") }
		stop := w.run()
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if st := w.status(); len(w.made()) != 2 || !st.Amiss() || st.Last.Error != "no host" {
			t.Errorf("%d scans, %+v", len(w.made()), st.Last)
		}
		stop()
	})
}

// A stop ends a scan, and that scan is not done; a stop during a delivery that hangs ends all the same.
func TestStop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		w.sinks["a"].hang = true
		w.scan = func(ctx context.Context) (*pb.Snapshot, error) {
			if len(w.made()) == 2 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return snapshot(10), nil
		}
		stop := w.run()
		time.Sleep(61 * time.Minute)
		synctest.Wait()
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if st := w.status(); len(w.made()) != 2 || !st.Last.Finished.IsZero() || st.Last.Tries != 0 || st.Settled.Hour() != 0 {
			t.Errorf("%d scans, %+v, settled %v", len(w.made()), st.Last, st.Settled)
		}
		w.sinks["a"] = &receiverOf{}
		stop = w.run()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.made()) != 3 || w.sinks["a"].count() != 2 {
			t.Errorf("%d scans, %d delivered", len(w.made()), w.sinks["a"].count())
		}
		stop()
	})
}

// A scan during which the agent dies is tried again, but not for ever.
func TestGivesUp(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		dead := &Status{Last: &Scan{Due: time.Now(), Started: time.Now(), Tries: maxTries}}
		if err := dead.write(dir); err != nil {
			t.Fatal(err)
		}
		stop := w.run()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if st := w.status(); len(w.made()) != 0 || !strings.Contains(st.Last.Error, "given up") {
			t.Errorf("%d scans, %+v", len(w.made()), st.Last)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(w.made()) != 1 || w.status().Amiss() {
			t.Errorf("%d scans", len(w.made()))
		}
		stop()
	})
}

// A scan that a sink refuses for good is not delivered, and who asked for it now hears so.
func TestOnceRefused(t *testing.T) {
	for name, answer := range map[string]error{"": nil, "refused": &sink.Refusal{Reason: "no such format"}} {
		dir := filepath.Join(t.TempDir(), "state")
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, dir, "a", "b")
			w.sinks["b"].err = answer
			w.once = true
			stop := w.run()
			time.Sleep(time.Minute)
			synctest.Wait()
			err := stop()
			if n := w.sinks["a"].count(); n != 1 || (err != nil) != (answer != nil) || err != nil && !strings.Contains(err.Error(), "1 snapshots were refused") {
				t.Errorf("%s: %d delivered, %v", name, n, err)
			}
		})
	}
}

func TestOneAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		stop := w.run()
		synctest.Wait()
		second := newWorld(t, dir, "a")
		if err := Run(t.Context(), second.c, Options{Name: "host", Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, folder.ErrInUse) {
			t.Error(err)
		}
		stop()
	})
}

// A damaged status costs a scan, not the service.
func TestDamagedStatus(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, statusFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		stop := w.run()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.made()) != 1 {
			t.Errorf("%d scans", len(w.made()))
		}
		stop()
	})
}

func TestMaskKey(t *testing.T) {
	dir := t.TempDir()
	key, err := MaskKey(dir)
	if err != nil || len(key) != maskLen {
		t.Fatal(len(key), err)
	}
	again, err := MaskKey(dir)
	if err != nil || !bytes.Equal(key, again) {
		t.Error("another key", err)
	}
	if info, err := os.Stat(filepath.Join(dir, maskFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, maskFile), key[:5], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := MaskKey(dir); err == nil {
		t.Error("half a key is taken")
	}
}
