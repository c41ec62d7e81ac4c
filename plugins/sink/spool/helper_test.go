package spool_test

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

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/plugins/sink"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var soak = os.Getenv("PLUMBLINE_SOAK") != ""

// snapshot makes the one snapshot that belongs to an id, so that a changed one can be told.
func snapshot(id string) *pb.Snapshot {
	r := rand.New(rand.NewPCG(uint64(len(id)), hash(id)))
	s := &pb.Snapshot{Target: &pb.Target{Id: id}}
	for i := range 1 + r.IntN(4) {
		s.Findings = append(s.Findings, &pb.Finding{
			Id: fmt.Sprintf("%s-%d-%x", id, i, r.Uint64()), TargetId: id, Outcome: pb.Outcome(1 + r.IntN(4)),
			Observed: &pb.Text{Zh: "当前值", En: strings.Repeat(fmt.Sprintf("%x ", r.Uint64()), r.IntN(9))},
		})
	}
	return s
}

func hash(s string) (h uint64) {
	for _, b := range []byte(s) {
		h = h*1099511628211 + uint64(b) + 1
	}
	return h
}

// memory is a sink that keeps in memory what it accepts.
type memory struct {
	mu  sync.Mutex
	got []*pluginpb.Delivery
	// send, if set, says how many of a batch are accepted.
	send func([]*pluginpb.Delivery) (int, error)
}

func (m *memory) Configure(context.Context, map[string]string) error { return nil }

func (m *memory) Send(_ context.Context, ds []*pluginpb.Delivery) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := len(ds), error(nil)
	if m.send != nil {
		n, err = m.send(ds)
	}
	if n >= 0 && n <= len(ds) {
		m.got = append(m.got, ds[:n]...)
	}
	return n, err
}

func (m *memory) ids() (ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.got {
		ids = append(ids, d.GetSnapshot().GetTarget().GetId())
	}
	return ids
}

var _ sink.Sink = (*memory)(nil)

// quick are options for tests.
func quick() spool.Options {
	return spool.Options{Sender: "test", Quota: 1 << 20, SegmentBytes: 4 << 10, Keep: time.Hour, MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}
}

func open(t testing.TB, dir string, o spool.Options) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// scratch is an empty folder, in memory where there is such a place: what is tested there is not the disk.
func scratch(t testing.TB) string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp("/dev/shm", "plumbline-test-"); err == nil {
			t.Cleanup(func() { os.RemoveAll(dir) })
			return dir
		}
	}
	return t.TempDir()
}

// fresh is where a spool can be made.
func fresh(t testing.TB) string { return filepath.Join(scratch(t), "spool") }

func add(t testing.TB, s *spool.Spool, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Append(t.Context(), snapshot(id)); err != nil {
			t.Fatalf("append %s: %v", id, err)
		}
	}
}

func drain(t testing.TB, s *spool.Spool, to sink.Sink) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Drain(ctx, to); err != nil {
		t.Fatalf("drain: %v; %+v", err, s.Status())
	}
}

func names(prefix string, from, to int) (ids []string) {
	for i := from; i <= to; i++ {
		ids = append(ids, fmt.Sprintf("%s%d", prefix, i))
	}
	return ids
}

// A verdict says how what arrived differs from what was accepted.
type verdict struct{ lost, doubled, altered int }

// judge holds what arrived to what was accepted. A receiver that deduplicates sees each key once.
func judge(accepted []string, got []*pluginpb.Delivery, dedupe bool) (v verdict) {
	type key struct{ epoch, sequence uint64 }
	keys, seen := map[key]bool{}, map[string]int{}
	for _, d := range got {
		k := key{d.GetEpoch(), d.GetSequence()}
		if dedupe && keys[k] {
			continue
		}
		keys[k] = true
		id := d.GetSnapshot().GetTarget().GetId()
		seen[id]++
		if !proto.Equal(d.GetSnapshot(), snapshot(id)) {
			v.altered++
		}
	}
	for _, id := range accepted {
		if seen[id] == 0 {
			v.lost++
		}
	}
	for _, n := range seen {
		if n > 1 {
			v.doubled++
		}
	}
	return v
}

var errDown = errors.New("the receiver is down")
