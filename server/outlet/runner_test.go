package outlet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/store/sqlite"
	"github.com/plumbline/plumbline/server/store/storetest"
)

const (
	pass    = pb.Outcome_OUTCOME_PASS
	fail    = pb.Outcome_OUTCOME_FAIL
	unknown = pb.Outcome_OUTCOME_UNKNOWN
	na      = pb.Outcome_OUTCOME_NOT_APPLICABLE
)

var by = store.Entry{Actor: "operator", Action: "test"}

// world is a store with a sender, and the servers that share it.
type world struct {
	*testing.T
	store *store.Store
	clock *storetest.Clock
	from  *storetest.Sender
}

func newWorld(t *testing.T) *world {
	clock := storetest.NewClock(storetest.Epoch0)
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &world{t, s, clock, &storetest.Sender{ID: "collector-1", Epoch: 1}}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// deliver takes in a snapshot, some minutes after the one before.
func (w *world) deliver(target string, outcomes ...pb.Outcome) store.Delivery {
	w.Helper()
	w.clock.Set(w.clock.Now().Add(5 * time.Minute))
	d := w.from.Deliver(w, storetest.Reading{Target: target, Zone: "core", At: w.clock.Now().Add(-time.Second), Outcomes: outcomes})
	refusals, err := w.store.Accept(w.Context(), []store.Delivery{d})
	w.must(err)
	if len(refusals) > 0 {
		w.Fatal(refusals)
	}
	return d
}

// told is an outlet that remembers, and does what a test says.
type told struct {
	mu     sync.Mutex
	events []*event.Event
	calls  int
	send   func(call int, events []*event.Event) (int, error)
}

func (o *told) Configure(context.Context, map[string]string) error { return nil }
func (o *told) Close() error                                       { return nil }

func (o *told) Send(_ context.Context, events []*event.Event) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	n, err := len(events), error(nil)
	if o.send != nil {
		n, err = o.send(o.calls, events)
	}
	o.events = append(o.events, events[:n]...)
	return n, err
}

// words are what was told, without what is the same in all.
func (o *told) words() (out []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		out = append(out, fmt.Sprintf("%s %s %s %s<%s", e.Kind, e.Target.GetId(), e.Finding.GetClause(), event.OutcomeWord(e.Outcome()), event.OutcomeWord(e.Previous)))
	}
	slices.Sort(out)
	return out
}

func (o *told) ids() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]int{}
	for _, e := range o.events {
		out[e.ID]++
	}
	return out
}

// worker serves one outlet in the test's own steps.
func (w *world) worker(name, holder string, o event.Outlet) *worker {
	r := &Runner{Store: w.store, Holder: holder, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "1.2.3"}
	return &worker{Runner: r, out: Served{Config{Name: name, Kind: "test"}, o}, tell: teller{store: w.store}, log: r.Log}
}

func (w *world) round(one *worker) {
	w.Helper()
	w.must(one.round(w.Context()))
}

func (w *world) state(name string) store.OutletState {
	w.Helper()
	states, err := w.store.OutletStates(w.Context())
	w.must(err)
	i := slices.IndexFunc(states, func(o store.OutletState) bool { return o.Name == name })
	if i < 0 {
		w.Fatalf("no outlet %s", name)
	}
	return states[i]
}

func (w *world) saw(o *told, want ...string) {
	w.Helper()
	slices.Sort(want)
	if got := o.words(); !slices.Equal(got, want) {
		w.Errorf("told %q, want %q", got, want)
	}
}

// Every change is told with what the snapshot says of it; what is gone, waived or not applicable is no pass.
func TestChangesAreTold(t *testing.T) {
	w := newWorld(t)
	w.deliver("h0", fail) // before there is an outlet
	o := &told{}
	one := w.worker("soc", "a", o)
	from := w.clock.Now()
	w.must(w.store.PutWaiver(t.Context(), store.Entry{Actor: "zhang", Action: "waiver.request"}, &pb.Waiver{
		Id: "w1", Scope: &pb.WaiverScope{TargetId: "h1", Clause: "6.2.1.2"}, Reason: "old device",
		From: timestamppb.New(from), Until: timestamppb.New(from.AddDate(0, 1, 0)), TimeZone: "Asia/Shanghai",
	}))
	w.must(w.store.DecideWaiver(t.Context(), store.Entry{Actor: "li", Action: "waiver.approve"}, "w1", pb.WaiverState_WAIVER_STATE_APPROVED, ""))
	w.round(one)
	w.saw(o)
	w.deliver("h1", pass, fail, na)
	w.round(one)
	w.saw(o, "new h1 6.2.1.1 pass<", "new h1 6.2.1.2 fail<", "new h1 6.2.1.3 not_applicable<")
	for _, e := range o.events {
		if e.Target.GetZone() != "core" || e.Target.GetRole() != "access-switch" || e.Program != "0.9.0" || e.FirstSeen.IsZero() || e.Finding.GetObserved().GetZh() == "" || len(e.Finding.GetEvidence()) == 0 {
			t.Errorf("event %+v", e)
		}
		if waived := e.Finding.GetClause() == "6.2.1.2"; waived != (e.Waiver != nil) || waived && (e.Outcome() != fail || e.Waiver.ID != "w1" || e.Waiver.ApprovedBy != "li") {
			t.Errorf("the waiver %v of %s, outcome %v", e.Waiver, e.Finding.GetClause(), e.Outcome())
		}
	}
	o.events = nil
	w.deliver("h1", fail, fail, na)
	w.deliver("h1", fail, fail)
	w.deliver("h1", fail, fail, pass)
	w.round(one)
	w.saw(o, "changed h1 6.2.1.1 fail<pass", "gone h1 6.2.1.3 <not_applicable", "back h1 6.2.1.3 pass<not_applicable")
	if s := w.state("soc"); s.Delivered != 6 || s.Behind != 0 || s.Error != "" {
		t.Errorf("state %+v", s)
	}
}

// A gone finding is told with the words of the snapshot that still held it, and with no outcome.
func TestGoneIsNoPass(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	w.round(one)
	w.deliver("h1", pass, pass)
	w.deliver("h1", pass)
	w.round(one)
	i := slices.IndexFunc(o.events, func(e *event.Event) bool { return e.Kind == event.Gone })
	if i < 0 {
		t.Fatalf("told %q", o.words())
	}
	gone := o.events[i]
	if gone.Outcome() != pb.Outcome_OUTCOME_UNSPECIFIED || gone.Previous != pass || gone.Finding.GetObserved().GetZh() == "" || gone.LastSeen.IsZero() {
		t.Errorf("%+v", gone)
	}
}

// Killed between the receiver's word and the note of it, a server tells the same again, with the same ids.
func TestKilledBeforeTheCursorMoved(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	w.round(w.worker("soc", "a", o))
	w.deliver("h1", fail, pass)
	killed := w.worker("soc", "a", o)
	killed.Store = lost{w.store}
	if err := killed.round(t.Context()); err == nil {
		t.Fatal("the note was not lost")
	}
	before := o.ids()
	w.round(w.worker("soc", "a", o))
	after := o.ids()
	if len(before) != 2 || len(after) != 2 {
		t.Fatalf("ids %v, then %v", before, after)
	}
	for id, n := range after {
		if n != 2 || before[id] != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}

// lost is a store that cannot write any more.
type lost struct{ Store }

func (lost) StepOutlet(context.Context, store.OutletState, store.OutletState, []store.RefusedEvent) error {
	return errors.New("killed")
}

// An outlet that takes only some, fails, and refuses one for good loses nothing else.
func TestD12_PartialFailingRefusing(t *testing.T) {
	w := newWorld(t)
	poison := ""
	o := &told{}
	o.send = func(call int, events []*event.Event) (int, error) {
		if call%3 == 0 {
			return 0, errors.New("no route")
		}
		if poison == "" {
			poison = events[min(3, len(events)-1)].ID
		}
		for i, e := range events {
			if e.ID == poison {
				return i, &sink.Refusal{Reason: "too\nlong"}
			}
		}
		return min(2, len(events)), nil
	}
	one := w.worker("soc", "a", o)
	w.round(one)
	w.deliver("h1", pass, fail, unknown, na, fail, fail, pass)
	w.deliver("h2", fail, fail, fail, fail)
	for range 40 {
		if err := one.round(t.Context()); err != nil {
			one.report(t.Context(), err)
		}
	}
	ids := o.ids()
	if len(ids) != 10 || ids[poison] != 0 {
		t.Errorf("%d were told, want 10 of 11", len(ids))
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
	s := w.state("soc")
	if s.Delivered != 10 || s.Refused != 1 || s.Failed == 0 || s.Behind != 0 || s.Error != "" {
		t.Errorf("state %+v", s)
	}
	list, _, err := w.store.OutletRefusals(t.Context(), "soc", store.Page{})
	w.must(err)
	if len(list) != 1 || list[0].Event != poison || list[0].Reason != "too long" || list[0].Finding == "" {
		t.Errorf("refusals %+v", list)
	}
}

// The full state carries its run, ends with its counts, and goes on where it was when the server is started again.
func TestFullState(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	w.round(one)
	var want int64
	for i := range 5 {
		w.deliver(fmt.Sprint("h", i), pass, fail, unknown, na)
		want += 4
	}
	w.deliver("h0", pass, fail) // two are gone
	want -= 2
	w.round(one)
	o.events = nil
	w.must(w.store.AskFull(t.Context(), by, "soc", "run-1"))
	broken := w.worker("soc", "a", o)
	broken.Store = lost{w.store}
	if err := broken.round(t.Context()); err == nil {
		t.Fatal("the note was not lost")
	}
	w.round(one)
	ids := o.ids()
	if int64(len(ids)) != want+1 {
		t.Errorf("%d ids, want %d", len(ids), want+1)
	}
	last := o.events[len(o.events)-1]
	if last.Kind != event.Summary || last.Run != "run-1" || *last.Counts != (event.Counts{Findings: want, Targets: 5, Fail: 5, Unknown: 4, Pass: 5, NotApplicable: 4}) {
		t.Errorf("the summary %+v %+v", last, last.Counts)
	}
	for _, e := range o.events[:len(o.events)-1] {
		if e.Kind != event.Full || e.Run != "run-1" || e.Finding.GetObserved() == nil {
			t.Errorf("%+v", e)
		}
	}
	if s := w.state("soc"); s.Full.Open() || s.Full.Tally.Total() != want {
		t.Errorf("state %+v", s.Full)
	}
}

func TestFullStateEveryNight(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	one.out.FullAt = "02:30"
	runs := func() (n int) {
		for _, e := range o.events {
			if e.Kind == event.Summary {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		at   string
		want int
	}{{"2026-03-01T02:00:00Z", 0}, {"2026-03-01T02:29:59Z", 0}, {"2026-03-01T02:30:00Z", 1}, {"2026-03-01T23:00:00Z", 1}, {"2026-03-02T02:31:00Z", 2}, {"2026-03-05T01:00:00Z", 3}} {
		at, err := time.Parse(time.RFC3339, step.at)
		w.must(err)
		w.clock.Set(at)
		w.round(one)
		if got := runs(); got != step.want {
			t.Errorf("%s: %d runs, want %d", step.at, got, step.want)
		}
	}
}

// One server tells at a time; the other takes over when the first falls silent, or at once when it ends well.
func TestTwoServersOneOutlet(t *testing.T) {
	w := newWorld(t)
	a, b := &told{}, &told{}
	first, second := w.worker("soc", "a", a), w.worker("soc", "b", b)
	w.round(first)
	at := w.clock.Now()
	w.deliver("h1", fail)
	w.clock.Set(at)
	w.round(second)
	w.saw(b)
	w.round(first)
	w.saw(a, "new h1 6.2.1.1 fail<")
	w.deliver("h1", pass) // five minutes later: the first said nothing since
	w.round(second)
	w.saw(b, "changed h1 6.2.1.1 pass<fail")
	second.end()
	at = w.clock.Now()
	w.deliver("h1", fail)
	w.clock.Set(at)
	w.round(first)
	w.saw(a, "new h1 6.2.1.1 fail<", "changed h1 6.2.1.1 fail<pass")
	if s := w.state("soc"); s.Holder != "a" || s.Delivered != 3 {
		t.Errorf("state %+v", s)
	}
}

func TestResend(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	w.round(one)
	w.deliver("h1", fail)
	w.round(one)
	since := w.clock.Now().Add(time.Minute)
	w.deliver("h1", pass)
	w.round(one)
	n, err := w.store.ResendOutlet(t.Context(), by, "soc", since)
	w.must(err)
	w.round(one)
	w.saw(o, "new h1 6.2.1.1 fail<", "changed h1 6.2.1.1 pass<fail", "changed h1 6.2.1.1 pass<fail")
	if n != 1 || len(o.ids()) != 2 {
		t.Errorf("%d were to come again, ids %v", n, o.ids())
	}
}

// What retention took away, and what is damaged, is told with what the row says.
func TestSnapshotThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	w.round(one)
	w.deliver("h1", fail)
	one.tell.store = without{w.store}
	w.round(one)
	w.saw(o, "new h1 6.2.1.1 fail<")
	if e := o.events[0]; e.Finding.GetControl() == "" || e.Finding.GetObserved() != nil || e.Target.GetId() != "h1" {
		t.Errorf("%+v", e)
	}
}

type without struct{ Store }

func (without) Body(context.Context, string) ([]byte, error) { return nil, store.ErrDamaged }

// A list of moves longer than a batch is told in several goes, from where it was.
func TestLongListOfMoves(t *testing.T) {
	w := newWorld(t)
	o := &told{}
	one := w.worker("soc", "a", o)
	w.round(one)
	w.deliver("h1", storetest.Outcomes(batch+batch/2, fail)...)
	w.deliver("h2", pass)
	w.round(one)
	if n := len(o.ids()); n != batch+batch/2+1 || len(o.events) != n {
		t.Errorf("%d ids in %d events", n, len(o.events))
	}
}

// An outlet that hangs delays no other one.
func TestOneThatHangsDelaysNobody(t *testing.T) {
	w := newWorld(t)
	w.clock.Set(time.Now())
	entered, release, got := make(chan struct{}, 1), make(chan struct{}), make(chan struct{}, 100)
	slow, quick := &hanging{entered: entered, release: release}, &told{}
	quick.send = func(_ int, events []*event.Event) (int, error) { got <- struct{}{}; return len(events), nil }
	r := &Runner{Store: w.store, Holder: "a", Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Outlets: []Served{
		{Config{Name: "slow", Kind: "test"}, slow}, {Config{Name: "quick", Kind: "test"}, quick},
	}}
	r.Wait = func(ctx context.Context, d time.Duration) { wait(ctx, min(d, 10*time.Millisecond)) }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	for len(waitStates(w, 2)) < 2 {
	}
	w.deliver("h1", fail)
	<-entered
	<-got
	w.deliver("h1", pass)
	<-got
	cancel()
	w.must(<-ended)
	close(release)
	if w.state("slow").Delivered != 0 || w.state("quick").Delivered != 2 {
		t.Errorf("slow %+v, quick %+v", w.state("slow"), w.state("quick"))
	}
}

func waitStates(w *world, _ int) []store.OutletState {
	states, err := w.store.OutletStates(w.Context())
	w.must(err)
	return states
}

// hanging answers when it is released or its time is over.
type hanging struct {
	told
	entered chan struct{}
	release chan struct{}
}

func (o *hanging) Send(ctx context.Context, _ []*event.Event) (int, error) {
	select {
	case o.entered <- struct{}{}:
	default:
	}
	select {
	case <-o.release:
	case <-ctx.Done():
	}
	return 0, ctx.Err()
}

func TestCheck(t *testing.T) {
	good := []Config{{Name: "soc", Kind: "syslog", FullAt: "02:30"}, {Name: "soc-2", Kind: "file"}}
	if err := Check(good); err != nil {
		t.Error(err)
	}
	for what, bad := range map[string]Config{
		"no name": {Kind: "file"}, "a path": {Name: "../x", Kind: "file"}, "no kind": {Name: "x", Kind: "mail"},
		"no time": {Name: "x", Kind: "file", FullAt: "25:00"}, "twice": {Name: "soc", Kind: "file"},
	} {
		if err := Check(append(good, bad)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

// A file is tried beside the one that a running server has open.
func TestTryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(path, []byte("{}\nhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{Name: "archive", Kind: "file", Settings: map[string]string{"path": path}}
	if err := c.Try(t.Context(), time.Now(), "1"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "{}\nhalf" || c.Settings["path"] != path {
		t.Errorf("%q, %v", b, err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
	c.Settings["path"] = "/nonexistent/events"
	if err := c.Try(t.Context(), time.Now(), "1"); err == nil {
		t.Error("a folder that there is not")
	}
}
