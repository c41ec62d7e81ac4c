package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/central"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/enrol"
	"github.com/plumbline/plumbline/server/ingest"
)

func mustSend(t *testing.T, s *central.Sink, ds []*pluginpb.Delivery) {
	t.Helper()
	if n, err := s.Send(t.Context(), ds); err != nil || n != len(ds) {
		t.Fatalf("%d of %d accepted: %v", n, len(ds), err)
	}
}

// again sends until all is accepted, as the carrier does: a line that broke with the server may tell of it only now.
func again(t *testing.T, s *central.Sink, ds []*pluginpb.Delivery) {
	t.Helper()
	var err error
	for range 10 {
		var n int
		if n, err = s.Send(t.Context(), ds); err == nil && n == len(ds) {
			return
		}
		ds = ds[n:]
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%d left: %v", len(ds), err)
}

// What is delivered is kept as it came, once, also when it comes again over the same line, a new one, and after a restart.
func TestDeliverOnce(t *testing.T) {
	w := newWorld(t)
	dir := w.join(identity.Agent, "web-01")
	s := w.sink(dir, w.addr)
	mustSend(t, s, deliveries("web-01", 1, 300))
	mustSend(t, s, deliveries("web-01", 250, 310))
	if w.store.commits >= 300 {
		t.Errorf("%d commits for 310 deliveries: nothing is gathered", w.store.commits)
	}
	addr := w.addr
	w.stop()
	w.addr = addr
	w.serve()
	again(t, s, deliveries("web-01", 300, 320))
	mustSend(t, w.sink(dir, w.addr), deliveries("web-01", 1, 320))
	if n, refused := w.store.visible(); n != 320 || refused != 0 {
		t.Errorf("%d snapshots and %d refusals, want 320 and 0", n, refused)
	}
	for k, d := range w.store.kept {
		if !proto.Equal(d.Snapshot, snapshot("web-01", k.sequence)) || d.Received.IsZero() || len(d.Body) == 0 {
			t.Fatalf("delivery %d was changed", k.sequence)
		}
	}
	collector := w.sink(w.join(identity.Collector, "c1"), w.addr)
	mustSend(t, collector, deliveries("fw-of-c1", 1, 5))
	// A spool that was lost begins a new epoch; both may be in one call.
	mixed := append(deliveries("fw-of-c1", 6, 7), &pluginpb.Delivery{Epoch: 2, Sequence: 1, Snapshot: snapshot("fw-of-c1", 100)})
	mustSend(t, collector, mixed)
	if n, _ := w.store.visible(); n != 328 {
		t.Errorf("%d snapshots, want 328", n)
	}
}

// An agent reports itself, a collector what is assigned to it. All else is an error record and on the auditor's list.
func TestI10ForgedReports(t *testing.T) {
	w := newWorld(t)
	n := uint64(0)
	try := func(s *central.Sink, what string, snap *pb.Snapshot) {
		t.Helper()
		n++
		got, err := s.Send(t.Context(), []*pluginpb.Delivery{{Epoch: 1, Sequence: n, Snapshot: snap}})
		var refusal *sink.Refusal
		if got != 0 || !errors.As(err, &refusal) {
			t.Errorf("%s: %d accepted, %v", what, got, err)
		}
	}
	change := func(f func(*pb.Snapshot)) *pb.Snapshot {
		s := snapshot("web-01", n)
		f(s)
		return s
	}
	agent := w.sink(w.join(identity.Agent, "web-01"), w.addr)
	collector := w.sink(w.join(identity.Collector, "c1"), w.addr)
	foreign := 0
	for i := range size(60, 5000) {
		for _, s := range []*central.Sink{agent, collector} {
			try(s, "another's target", snapshot(fmt.Sprintf("web-%02d", i+2), n))
			foreign++
		}
		try(collector, "an agent's host", snapshot("web-01", n))
		try(agent, "an assigned device", snapshot("fw-of-c1", n))
		foreign += 2
	}
	for what, snap := range map[string]*pb.Snapshot{
		"a finding of another target":   change(func(s *pb.Snapshot) { s.Findings[3].TargetId = "web-02" }),
		"a finding with another's id":   change(func(s *pb.Snapshot) { s.Findings[3].Id = s.Findings[4].Id }),
		"an id of its choice":           change(func(s *pb.Snapshot) { s.Findings[3].Id = strings.Repeat("0", 32) }),
		"a finding twice":               change(func(s *pb.Snapshot) { s.Findings = append(s.Findings, s.Findings[0]) }),
		"a finding without an outcome":  change(func(s *pb.Snapshot) { s.Findings[3].Outcome = 0 }),
		"an outcome nobody knows":       change(func(s *pb.Snapshot) { s.Findings[3].Outcome = 9 }),
		"no target":                     change(func(s *pb.Snapshot) { s.Target = nil }),
		"a target with a line break":    change(func(s *pb.Snapshot) { s.Target.Id = "web-01\nweb-02" }),
		"a target that looks like ours": change(func(s *pb.Snapshot) { s.Target.Id = "web-01\u200b" }),
		"no time":                       change(func(s *pb.Snapshot) { s.StartedAt = nil }),
		"an end before the start":       change(func(s *pb.Snapshot) { s.FinishedAt.Seconds -= 3600 }),
		"an impossible time":            change(func(s *pb.Snapshot) { s.FinishedAt.Nanos = -1 }),
		"a scope with a zero byte":      change(func(s *pb.Snapshot) { s.Findings[3].Scope = "a\x00b" }),
	} {
		try(agent, what, snap)
	}
	snapshots, refused := w.store.visible()
	if snapshots != 0 || refused != int(n) {
		t.Errorf("%d visible and %d refusals, want 0 and %d", snapshots, refused, n)
	}
	if len(w.forged) != foreign {
		t.Errorf("%d on record, want %d", len(w.forged), foreign)
	}
	if e := w.forged[0]; e.Sender == "" || e.Target == "" || e.Text.GetZh() == "" || e.At.IsZero() {
		t.Errorf("the record is %+v", e)
	}
}

// raw opens a stream without the sink, for what the sink would never send.
func (w *world) raw(dir string) grpc.BidiStreamingClient[pb.DeliverRequest, pb.DeliverResponse] {
	w.t.Helper()
	id, err := identity.Open(dir, identity.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	creds, err := id.Credentials(w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(creds))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	stream, err := pb.NewIngestServiceClient(conn).Deliver(id.Context(w.t.Context()))
	if err != nil {
		w.t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || first.GetServerEpoch() != "one" {
		w.t.Fatalf("the first answer is %v: %v", first, err)
	}
	return stream
}

func packed(t testing.TB, raw []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(raw, nil)
}

func encoded(t testing.TB, s *pb.Snapshot) []byte {
	t.Helper()
	raw, err := proto.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return packed(t, raw)
}

// What cannot be read is kept as an error record; it is never silently acknowledged, and what stands behind it goes on.
func TestD12Poison(t *testing.T) {
	w := newWorld(t)
	stream := w.raw(w.join(identity.Agent, "web-01"))
	many := snapshot("web-01", 1)
	for i := range ingest.MaxFindings {
		f := proto.CloneOf(many.Findings[0])
		f.Scope = fmt.Sprint(i)
		many.Findings = append(many.Findings, f)
	}
	good := encoded(t, snapshot("web-01", 1))
	poison := map[string][]byte{
		"nothing": {}, "noise": []byte("hello, this is no zstd frame at all"), "cut": good[:len(good)/2], "bomb": packed(t, make([]byte, 60<<20)),
		"larger than may be": packed(t, noise(17<<20))[:16<<20], "no protobuf": packed(t, []byte(strings.Repeat("\xff", 100))),
		"not UTF-8": packed(t, append([]byte{0x0a, 4, 0x0a, 2}, 0xff, 0xfe)), "deep": packed(t, deep(5000)), "too many findings": encoded(t, many),
		"trailing noise": append(append([]byte{}, good...), 1, 2, 3),
	}
	order := []string{}
	sequence := uint64(0)
	send := func(body []byte) {
		t.Helper()
		sequence++
		if err := stream.Send(&pb.DeliverRequest{Epoch: 1, Sequence: sequence, Snapshot: body}); err != nil {
			t.Fatal(err)
		}
	}
	for what, body := range poison {
		send(body)
		order = append(order, what)
		send(encoded(t, snapshot("web-01", sequence+1)))
	}
	refused := map[uint64]bool{}
	for last := uint64(0); last < sequence; {
		r, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if r.GetDurableSequence() <= last || r.GetServerEpoch() != "one" {
			t.Errorf("acknowledged %d after %d by %q", r.GetDurableSequence(), last, r.GetServerEpoch())
		}
		last = r.GetDurableSequence()
		for _, f := range r.GetRefusals() {
			refused[f.GetSequence()] = true
			if f.GetReason().GetZh() == "" || f.GetReason().GetEn() == "" {
				t.Errorf("refusal %d has no reason in both languages", f.GetSequence())
			}
		}
	}
	for i, what := range order {
		if !refused[uint64(2*i+1)] || refused[uint64(2*i+2)] {
			t.Errorf("%s: refused %v, the one behind it %v", what, refused[uint64(2*i+1)], refused[uint64(2*i+2)])
		}
	}
	if n, bad := w.store.visible(); n != len(poison) || bad != len(poison) {
		t.Errorf("%d snapshots and %d error records, want %d of each", n, bad, len(poison))
	}

	// What is no delivery at all ends the stream.
	for what, r := range map[string]*pb.DeliverRequest{
		"no sequence": {Epoch: 1, Snapshot: good}, "backwards": {Epoch: 1, Sequence: 3, Snapshot: good}, "huge": {Epoch: 1, Sequence: 1 << 63, Snapshot: good},
	} {
		s := w.raw(w.join(identity.Agent, "web-"+strings.ReplaceAll(what, " ", "-")))
		_ = s.Send(&pb.DeliverRequest{Epoch: 1, Sequence: 5, Snapshot: good})
		_ = s.Send(r)
		var err error
		for err == nil {
			_, err = s.Recv()
		}
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func noise(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(out)
	return out
}

// deep is a message in a message in a message.
func deep(n int) []byte {
	var out []byte
	for range n {
		head := []byte{0x32} // facts, or an unknown group within
		l := len(out)
		for l >= 0x80 {
			head = append(head, byte(l)|0x80)
			l >>= 7
		}
		out = append(append(head, byte(l)), out...)
	}
	return append([]byte{0x0a, 0}, out...)
}

// The sink refuses by itself what the server could not even receive, and what is before it and behind it goes on.
func TestD12Oversized(t *testing.T) {
	w := newWorld(t)
	s := w.sink(w.join(identity.Agent, "web-01"), w.addr)
	ds := deliveries("web-01", 1, 5)
	ds[2].Snapshot.Unread = []*pb.Evidence{{Excerpt: strings.Repeat("x", 65<<20)}}
	n, err := s.Send(t.Context(), ds)
	var refusal *sink.Refusal
	if n != 2 || !errors.As(err, &refusal) {
		t.Fatalf("%d accepted, %v", n, err)
	}
	mustSend(t, s, ds[3:])
	if n, _ := w.store.visible(); n != 4 {
		t.Errorf("%d visible, want 4", n)
	}
}

// After a failed commit nothing is acknowledged, by nobody, until the store is trusted again.
func TestD13StorageFails(t *testing.T) {
	w := newWorld(t)
	one, two := w.sink(w.join(identity.Agent, "web-01"), w.addr), w.sink(w.join(identity.Agent, "web-02"), w.addr)
	mustSend(t, one, deliveries("web-01", 1, 10))
	idle := w.raw(w.join(identity.Agent, "web-03"))
	w.store.set(func() { w.store.fail = errDisk })
	n, err := one.Send(t.Context(), deliveries("web-01", 11, 20))
	if n != 0 || err == nil || strings.Contains(err.Error(), errDisk.Error()) {
		t.Errorf("%d accepted, %v", n, err)
	}
	// The disk answers again, but what it lost is not known.
	w.store.set(func() { w.store.fail = nil })
	if w.ingest.Ready() == nil {
		t.Error("ready after a failed commit")
	}
	for range 5 {
		if n, err := two.Send(t.Context(), deliveries("web-02", 1, 3)); n != 0 || err == nil {
			t.Errorf("%d accepted, %v", n, err)
		}
	}
	_ = idle.Send(&pb.DeliverRequest{Epoch: 1, Sequence: 1, Snapshot: encoded(t, snapshot("web-03", 1))})
	if r, err := idle.Recv(); err == nil {
		t.Errorf("a stream of before was acknowledged: %v", r)
	}
	if n, _ := w.store.visible(); n != 10 || w.metrics.failed != 1 {
		t.Errorf("%d visible, %d failed commits", n, w.metrics.failed)
	}
	addr := w.addr
	w.stop()
	w.addr = addr
	w.serve()
	mustSend(t, one, deliveries("web-01", 11, 20))
	mustSend(t, two, deliveries("web-02", 1, 3))
	if n, _ := w.store.visible(); n != 23 {
		t.Errorf("%d visible after the restart, want 23", n)
	}
}

// A store that says it may be trusted again is, without a restart.
func TestD13Recovers(t *testing.T) {
	asked := 0
	w := newWorld(t, func(w *world) {
		w.recover = func(context.Context) error {
			if asked++; asked == 1 {
				return errDisk
			}
			return nil
		}
	})
	s := w.sink(w.join(identity.Agent, "web-01"), w.addr)
	w.store.set(func() { w.store.fail = errDisk })
	if _, err := s.Send(t.Context(), deliveries("web-01", 1, 2)); err == nil {
		t.Fatal("accepted")
	}
	w.store.set(func() { w.store.fail = nil })
	// It is asked now and then, not by everyone who comes.
	for i, want := range []int{0, 0, 0, 2} {
		n, err := s.Send(t.Context(), deliveries("web-01", 1, 2))
		if n != want || (err == nil) != (want > 0) {
			t.Fatalf("attempt %d: %d accepted, %v", i, n, err)
		}
		if i > 0 {
			w.add(6 * time.Second)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

// A restored server has another epoch. The sink says so until somebody comes again, also over a restart.
func TestD8ServerEpoch(t *testing.T) {
	w := newWorld(t)
	dir := w.join(identity.Agent, "web-01")
	s := w.sink(dir, w.addr)
	mustSend(t, s, deliveries("web-01", 1, 10))
	// Restored from yesterday: the last five are gone.
	w.stop()
	w.store.set(func() {
		w.store.epoch = "two"
		for k := range w.store.kept {
			if k.sequence > 5 {
				delete(w.store.kept, k)
			}
		}
	})
	w.serve()
	if n, err := s.Send(t.Context(), deliveries("web-01", 11, 12)); n != 0 || !errors.Is(err, sink.ErrResend) {
		t.Fatalf("%d accepted, %v", n, err)
	}
	_ = s.Close() // killed before the spool noted it
	s = w.sink(dir, w.addr)
	if n, err := s.Send(t.Context(), deliveries("web-01", 11, 12)); n != 0 || !errors.Is(err, sink.ErrResend) {
		t.Fatalf("after a restart: %d accepted, %v", n, err)
	}
	mustSend(t, s, deliveries("web-01", 1, 12))
	if n, _ := w.store.visible(); n != 12 {
		t.Errorf("%d visible, want 12", n)
	}
	_ = s.Close()
	mustSend(t, w.sink(dir, w.addr), deliveries("web-01", 13, 13))
}

// Two machines with one spool and one identity deliver different things under one number.
func TestI4SequenceFork(t *testing.T) {
	w := newWorld(t)
	dir := w.join(identity.Agent, "web-01")
	other := filepath.Join(t.TempDir(), "copy")
	if err := errors.Join(os.CopyFS(other, os.DirFS(dir)), os.Chmod(other, 0o700)); err != nil {
		t.Fatal(err)
	}
	one, two := w.sink(dir, w.addr), w.sink(other, w.addr)
	mustSend(t, one, deliveries("web-01", 1, 5))
	mustSend(t, two, deliveries("web-01", 3, 5)) // the same again is no fork
	mustSend(t, one, deliveries("web-01", 6, 6))
	fork := deliveries("web-01", 6, 6)
	fork[0].Snapshot.StartedAt.Nanos++
	if n, err := two.Send(t.Context(), fork); n != 0 || err == nil {
		t.Errorf("%d accepted, %v", n, err)
	}
	if w.ids.State("web-01") != enrol.Quarantined {
		t.Error("not shut out")
	}
	for _, s := range []*central.Sink{one, two} {
		if n, err := s.Send(t.Context(), deliveries("web-01", 7, 7)); n != 0 || err == nil {
			t.Errorf("one of the two delivers: %d, %v", n, err)
		}
	}
	if n, _ := w.store.visible(); n != 6 {
		t.Errorf("%d visible, want 6", n)
	}
}

// A renewed certificate delivers; a clock that went wrong delivers nothing and says so.
func TestI7SinkClock(t *testing.T) {
	w := newWorld(t)
	dir := w.join(identity.Agent, "web-01")
	var mu sync.Mutex
	off := time.Duration(0)
	s := &central.Sink{Options: identity.Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(off)
	}}, Failed: func(err error) { t.Error(err) }}
	id, err := identity.Open(dir, identity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := id.Renew(t.Context(), w.addr); err != nil {
		t.Fatal(err)
	}
	if err := s.Configure(t.Context(), map[string]string{"server": w.addr, "state_dir": dir}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	mustSend(t, s, deliveries("web-01", 1, 3))
	mu.Lock()
	off = 25 * time.Hour
	mu.Unlock()
	var clocks *identity.ClockError
	fresh := &central.Sink{Options: s.Options, Failed: func(error) {}}
	if err := fresh.Configure(t.Context(), map[string]string{"server": w.addr, "state_dir": dir}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	if n, err := fresh.Send(t.Context(), deliveries("web-01", 4, 4)); n != 0 || !errors.As(err, &clocks) {
		t.Errorf("a wrong clock: %d accepted, %v", n, err)
	}
	if n, _ := w.store.visible(); n != 3 {
		t.Errorf("%d visible, want 3", n)
	}
}
