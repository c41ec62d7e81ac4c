package spool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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

func TestOrderAndKeys(t *testing.T) {
	dir := fresh(t)
	want := names("a", 1, 40)
	s := open(t, dir, quick())
	add(t, s, want[:25]...)
	m := &memory{}
	drain(t, s, m)
	add(t, s, want[25:]...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, quick())
	if st := s.Status(); st.Depth != 15 || st.Kept != 25 || st.Damaged+st.Torn != 0 || st.Oldest.IsZero() {
		t.Errorf("after opening again: %+v", st)
	}
	drain(t, s, m)
	if got := m.ids(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for i, d := range m.got {
		if d.GetSequence() != uint64(i+1) || d.GetEpoch() != m.got[0].GetEpoch() || d.GetSender() != "test" {
			t.Errorf("delivery %d has key %s/%d/%d", i, d.GetSender(), d.GetEpoch(), d.GetSequence())
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := open(t, fresh(t), quick())
	m := &memory{}
	ctx, cancel := context.WithCancel(t.Context())
	delivered := make(chan error, 1)
	go func() { delivered <- s.Deliver(ctx, m) }()
	var wg sync.WaitGroup
	var want []string
	for g := range 8 {
		ids := names(fmt.Sprintf("g%d-", g), 1, 50)
		want = append(want, ids...)
		wg.Go(func() {
			for _, id := range ids {
				if _, err := s.Append(ctx, snapshot(id)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for deadline := time.Now().Add(10 * time.Second); s.Status().Depth > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not delivered: %+v", s.Status())
		}
	}
	cancel()
	if err := <-delivered; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if v := judge(want, m.got, false); v != (verdict{}) {
		t.Errorf("%+v", v)
	}
}

func TestDown(t *testing.T) {
	s := open(t, fresh(t), quick())
	want := names("a", 1, 30)
	add(t, s, want...)
	tries, last, down := 0, 0, true
	m := &memory{send: func(ds []*pluginpb.Delivery) (int, error) {
		tries++
		last = len(ds)
		switch {
		case down:
			return 0, fmt.Errorf("%w\x1b[31m", errDown)
		case tries == 5:
			return 99999, nil
		case tries == 6:
			return 0, nil
		case tries%2 == 0:
			return min(3, len(ds)), errDown
		}
		return len(ds), nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := s.Drain(ctx, m); !errors.Is(err, context.DeadlineExceeded) || tries == 0 {
		t.Error(err)
	}
	if st := s.Status(); st.Depth != 30 || (strings.Contains(st.LastError, "\x1b") || st.LastError == "" || st.Attempts == 0 || st.LastErrorAt.IsZero()) {
		t.Errorf("status says %+v", st)
	}
	tries, down = 0, false
	drain(t, s, m)
	if v := judge(want, m.got, true); v != (verdict{}) {
		t.Errorf("%+v", v)
	}
	if st := s.Status(); st.LastError != "" || st.Attempts != 0 || last == 0 {
		t.Errorf("after it came back: %+v", st)
	}
}

func TestOneProcess(t *testing.T) {
	dir := fresh(t)
	s := open(t, dir, quick())
	if _, err := spool.Open(dir, quick()); !errors.Is(err, spool.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), snapshot("x")); !errors.Is(err, spool.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if err := s.Drain(t.Context(), &memory{}); !errors.Is(err, spool.ErrClosed) {
		t.Errorf("drain after close: %v", err)
	}
}

func TestPrivate(t *testing.T) {
	dir := fresh(t)
	s := open(t, dir, quick())
	add(t, s, "a")
	drain(t, s, &memory{send: func([]*pluginpb.Delivery) (int, error) { return 0, &sink.Refusal{Reason: "no"} }})
	found := 0
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		found++
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || found < 6 {
		t.Fatalf("%d files, %v", found, err)
	}
	s.Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Open(dir, quick()); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a folder open to others was taken: %v", err)
	}
}

// A new epoch begins whenever a sequence might be used twice.
func TestEpoch(t *testing.T) {
	epoch := func(s *spool.Spool) uint64 { return s.Status().Epoch }
	dir := fresh(t)
	s := open(t, dir, quick())
	add(t, s, "a", "b")
	first := epoch(s)
	s.Close()
	s = open(t, dir, quick())
	if epoch(s) != first {
		t.Error("a new epoch without need")
	}
	drain(t, s, &memory{})
	s.Close()
	for name, lose := range map[string]func(string){
		"all":      func(d string) { os.RemoveAll(d) },
		"identity": func(d string) { os.Remove(filepath.Join(d, "identity")) },
		"segments": func(d string) {
			for _, f := range segments(t, d) {
				os.Remove(f)
			}
		},
		"tail": func(d string) {
			all := segments(t, d)
			os.Truncate(all[len(all)-1], 50)
		},
	} {
		t.Run(name, func(t *testing.T) {
			lost := fresh(t)
			if err := os.CopyFS(lost, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			chmod(t, lost)
			lose(lost)
			s := open(t, lost, quick())
			if epoch(s) == first {
				t.Errorf("still epoch %d", first)
			}
			m := &memory{}
			add(t, s, "c")
			drain(t, s, m)
			if len(m.got) == 0 || m.got[len(m.got)-1].GetEpoch() == first {
				t.Errorf("the new snapshot has an old key: %v", m.got)
			}
		})
	}
}

func chmod(t testing.TB, dir string) {
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func segments(t testing.TB, dir string) []string {
	all, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no segment: %v", err)
	}
	return all
}

// D5: a spool never takes more than its quota, says that it is full, and loses nothing.
func TestD5Full(t *testing.T) {
	t.Parallel()
	t.Run("quota", func(t *testing.T) {
		o := quick()
		o.Quota = 64 << 10
		fill(t, fresh(t), o, o.Quota+o.SegmentBytes)
	})
	t.Run("disk", func(t *testing.T) {
		dir := smallDisk(t, 192<<10)
		o := quick()
		o.Quota = 1 << 30
		fill(t, filepath.Join(dir, "spool"), o, 192<<10)
	})
}

func fill(t *testing.T, dir string, o spool.Options, limit int64) {
	o.SegmentBytes = 8 << 10
	s := open(t, dir, o)
	m := &memory{}
	var accepted []string
	for round := range 3 {
		var full error
		for i := 0; full == nil; i++ {
			if i == 10000 {
				t.Fatal("it is never full")
			}
			id := fmt.Sprintf("r%d-%d", round, i)
			if _, full = s.Append(t.Context(), snapshot(id)); full == nil {
				accepted = append(accepted, id)
			}
		}
		if !errors.Is(full, spool.ErrFull) {
			t.Fatal(full)
		}
		if st := s.Status(); st.FullSince.IsZero() || used(t, dir) > limit {
			t.Errorf("full with %d bytes on disk: %+v", used(t, dir), st)
		}
		room := make(chan error, 1)
		go func() { room <- s.Wait(t.Context()) }()
		drain(t, s, m)
		select {
		case err := <-room:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("nobody was told that there is room")
		}
		if st := s.Status(); !st.FullSince.IsZero() {
			t.Errorf("still full: %+v", st)
		}
	}
	if v := judge(accepted, m.got, true); v != (verdict{}) {
		t.Errorf("of %d accepted: %+v", len(accepted), v)
	}
	t.Logf("%d accepted, %d bytes on disk at most %d", len(accepted), used(t, dir), limit)
}

func used(t testing.TB, dir string) (n int64) {
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && strings.HasSuffix(info.Name(), ".seg") {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// D8: what was accepted is kept for a while and sent again to a receiver that lost it.
func TestD8Resend(t *testing.T) {
	now := time.Now()
	o := quick()
	o.SegmentBytes = 1 << 10
	o.Now = func() time.Time { return now }
	dir := fresh(t)
	s := open(t, dir, o)
	old, young, fresh := names("old", 1, 20), names("young", 1, 20), names("new", 1, 5)
	add(t, s, old...)
	drain(t, s, &memory{})
	now = now.Add(40 * time.Minute)
	add(t, s, young...)
	drain(t, s, &memory{})
	now = now.Add(40 * time.Minute)
	add(t, s, fresh...)
	restored := false
	m := &memory{send: func(ds []*pluginpb.Delivery) (int, error) {
		if !restored {
			restored = true
			return 0, sink.ErrResend
		}
		return len(ds), nil
	}}
	s.Close()
	s = open(t, dir, o) // what is kept, and since when, survives
	drain(t, s, m)
	if v := judge(slices.Concat(young, fresh), m.got, true); v != (verdict{}) {
		t.Errorf("sent again: %+v", v)
	}
	if got := m.ids(); !slices.IsSortedFunc(m.got, func(a, b *pluginpb.Delivery) int { return int(a.GetSequence()) - int(b.GetSequence()) }) {
		t.Errorf("out of order: %v", got)
	}
	now = now.Add(2 * time.Hour)
	add(t, s, "x")
	drain(t, s, m)
	if st := s.Status(); st.Kept > 20 {
		t.Errorf("kept for ever: %+v", st)
	}
}

// D12: a refused delivery is on record, and what stands behind it goes on.
func TestD12Poison(t *testing.T) {
	dir := fresh(t)
	s := open(t, dir, quick())
	want := names("a", 1, 30)
	add(t, s, want...)
	bad := map[string]bool{"a1": true, "a7": true, "a8": true, "a30": true}
	m := &memory{send: func(ds []*pluginpb.Delivery) (int, error) {
		for i, d := range ds {
			if bad[d.GetSnapshot().GetTarget().GetId()] {
				return i, fmt.Errorf("send: %w", &sink.Refusal{Reason: "not to my taste\n"})
			}
		}
		return len(ds), nil
	}}
	drain(t, s, m)
	good := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return bad[id] })
	if got := m.ids(); !slices.Equal(got, good) {
		t.Errorf("behind the refused: %v", got)
	}
	s.Close()
	s = open(t, dir, quick())
	refused, err := s.Refused()
	if err != nil || len(refused) != len(bad) || s.Status().Refused != len(bad) {
		t.Fatalf("on record: %v, %v", refused, err)
	}
	for _, r := range refused {
		if r.Reason != "not to my taste " || r.Epoch == 0 || len(r.Snapshot) == 0 || r.At.IsZero() {
			t.Errorf("on record: %+v", r)
		}
	}
	if err := s.Discard(refused[0].Sequence); err != nil || s.Status().Refused != len(bad)-1 {
		t.Error(err)
	}
	if err := s.Discard(refused[0].Sequence); err == nil {
		t.Error("discarded twice")
	}
	big := &pb.Snapshot{DriverVersion: strings.Repeat("x", spool.MaxSnapshot+1)}
	if _, err := s.Append(t.Context(), big); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := s.Append(t.Context(), &pb.Snapshot{DriverVersion: "\xff"}); err == nil {
		t.Error("took what cannot be serialized")
	}
	if st := s.Status(); st.Depth != 0 {
		t.Errorf("%+v", st)
	}
}

// D10: a spool of this version can be read by every later one; what this version does not know is left alone.
func TestD10Format(t *testing.T) {
	golden := filepath.Join("testdata", "format1")
	want := names("golden", 1, 12)
	if os.Getenv("PLUMBLINE_UPDATE") != "" {
		if err := os.RemoveAll(golden); err != nil {
			t.Fatal(err)
		}
		s := open(t, golden, spool.Options{Sender: "golden", Quota: 1 << 20, SegmentBytes: 2 << 10})
		add(t, s, want...)
		s.Close()
		os.RemoveAll(filepath.Join(golden, "refused"))
		os.Remove(filepath.Join(golden, "reserve"))
		os.Remove(filepath.Join(golden, "lock"))
	}
	copied := func(t *testing.T) string {
		dir := fresh(t)
		if err := os.CopyFS(dir, os.DirFS(golden)); err != nil {
			t.Fatal(err)
		}
		chmod(t, dir)
		return dir
	}
	t.Run("old", func(t *testing.T) {
		s := open(t, copied(t), quick())
		m := &memory{}
		drain(t, s, m)
		if got := m.ids(); !slices.Equal(got, want) || judge(want, m.got, false) != (verdict{}) {
			t.Errorf("read %v", got)
		}
		if st := s.Status(); st.Damaged+st.Torn != 0 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("newer", func(t *testing.T) {
		dir := copied(t)
		spool.AppendRecord(t, dir, 2, []byte("whatever comes after format 1"))
		before := content(t, dir)
		if _, err := spool.Open(dir, quick()); !errors.Is(err, spool.ErrNewer) {
			t.Fatalf("a newer format: %v", err)
		}
		if after := content(t, dir); !reflect.DeepEqual(before, after) {
			t.Error("it changed what it does not understand")
		}
	})
	t.Run("unknown fields", func(t *testing.T) {
		later := snapshot("later")
		later.ProtoReflect().SetUnknown([]byte{0xfa, 0x3f, 2, 'h', 'i'}) // a field of a later version
		s := open(t, fresh(t), quick())
		if _, err := s.Append(t.Context(), later); err != nil {
			t.Fatal(err)
		}
		m := &memory{}
		drain(t, s, m)
		if !proto.Equal(m.got[0].GetSnapshot(), later) || !bytes.Equal(m.got[0].GetSnapshot().ProtoReflect().GetUnknown(), []byte{0xfa, 0x3f, 2, 'h', 'i'}) {
			t.Error("what this version does not know was lost")
		}
	})
}

func content(t *testing.T, dir string) map[string]string {
	all := map[string]string{}
	for _, f := range segments(t, dir) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[f] = string(b)
	}
	return all
}

// What came behind a place is found again, delivered or not, also by the next program.
func TestSince(t *testing.T) {
	dir := fresh(t)
	s := open(t, dir, quick())
	add(t, s, names("a", 1, 30)...)
	mark := s.Next()
	add(t, s, names("b", 1, 30)...)
	drain(t, s, &memory{})
	add(t, s, names("c", 1, 5)...)
	since := func(from uint64) (ids []string) {
		t.Helper()
		if err := s.Since(from, func(p *pb.Snapshot) { ids = append(ids, p.GetTarget().GetId()) }); err != nil {
			t.Fatal(err)
		}
		return ids
	}
	want := append(names("b", 1, 30), names("c", 1, 5)...)
	if got := since(mark); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, quick())
	if got := since(mark); !slices.Equal(got, want) {
		t.Errorf("after opening again: %v", got)
	}
	if got := since(s.Next()); len(got) != 0 || len(since(0)) != 65 {
		t.Errorf("behind the last: %v", got)
	}
}
