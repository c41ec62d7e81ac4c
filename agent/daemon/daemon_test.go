package daemon

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
		StateDir: dir, quota: 8 << 20,
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
			Target: "host", Version: "test", Log: slog.New(slog.NewTextHandler(w.log, nil)),
			Scan: func(ctx context.Context, key []byte) (*pb.Snapshot, error) {
				if len(key) != maskLen {
					w.t.Error("no key")
				}
				w.mu.Lock()
				w.scans = append(w.scans, time.Now())
				w.mu.Unlock()
				return w.scan(ctx)
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
		w.c.quota = 1 << 20
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
		w.c.quota = 1 << 20
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

func TestOneAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, "a")
		stop := w.run()
		synctest.Wait()
		second := newWorld(t, dir, "a")
		if err := Run(t.Context(), second.c, Options{Target: "host", Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrRunning) {
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

var some = []sink.Builtin{{Name: "central"}, {Name: "file"}}

func TestSample(t *testing.T) {
	c, err := Parse("sample.yaml", []byte(Sample), some)
	if err != nil {
		t.Fatal(err)
	}
	if c.quota != 256<<20 || c.Schedule.Jitter != 45*time.Minute || len(c.Schedule.Freezes) != 1 || c.Sinks[0].Kind != "central" {
		t.Errorf("%+v", c)
	}
	// What is commented out can be used, too.
	var lines []string
	for line := range strings.Lines(Sample) {
		if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "#") && (!strings.HasPrefix(trimmed, "# ") || strings.HasPrefix(trimmed, "#  ")) {
			line = strings.Replace(line, "#", "", 1)
		}
		lines = append(lines, line)
	}
	c, err = Parse("sample.yaml", []byte(strings.Join(lines, "")), some)
	if err != nil || len(c.Sinks) != 3 || c.Target == "" || c.Role == "" || c.Zone == "" || c.Site == "" || len(c.Baselines) == 0 || len(c.Schedule.Freezes) != 2 {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestRefusedConfig(t *testing.T) {
	const good = "schedule: {cron: 0 2 * * *}\nsinks: [{name: a, kind: file}]\n"
	if _, err := Parse("x", []byte(good), some); err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	tests := []struct{ name, text, want string }{
		{"empty", "", "schedule lacks cron"},
		{"no sinks", "schedule: {cron: 0 2 * * *}", "at least one receiver"},
		{"unknown key", good + "colour: red\n", "line 3"},
		{"unknown key within", "schedule: {cron: 0 2 * * *, every: 5m}\nsinks: [{name: a, kind: file}]\n", "line 1"},
		{"a key twice", good + "role: a\nrole: b\n", "line 4"},
		{"two documents", good + "---\n" + good, "more than one"},
		{"an impossible date", strings.Replace(good, "0 2 * * *", "0 2 30 2 *", 1), "does not exist"},
		{"relative state_dir", good + "state_dir: x\n", "state_dir"},
		{"relative site", good + "site: x.yaml\n", "site must be"},
		{"relative baseline", good + "baselines: [./x.yaml]\n", "baselines"},
		{"quota of nothing", good + "spool_quota: 0MiB\n", "spool_quota"},
		{"quota of much", good + "spool_quota: 1TB\n", "spool_quota"},
		{"root", good + "run_as: root\n", "run_as"},
		{"name is a path", strings.Replace(good, "name: a", "name: ../a", 1), "will not do"},
		{"unknown kind", strings.Replace(good, "kind: file", "kind: kafka", 1), "central, file"},
		{"no kind", strings.Replace(good, ", kind: file", "", 1), "lacks a kind"},
		{"kind and path", strings.Replace(good, "kind: file", "kind: file, path: /x", 1), "either"},
		{"path without a sum", strings.Replace(good, "kind: file", "path: /x", 1), "sha256 is missing"},
		{"relative path", strings.Replace(good, "kind: file", "path: x, sha256: "+sum, 1), "absolute"},
		{"name twice", strings.Replace(good, "}]", "}, {name: a, kind: central}]", 1), "twice"},
		{"odd YAML", "!!int\n- a\n", ""},
	}
	for _, tt := range tests {
		_, err := Parse("agent.yaml", []byte(tt.text), some)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "agent.yaml") || e.Say().GetZh() == e.Say().GetEn() {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
