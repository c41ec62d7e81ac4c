package spool_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/spool"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// night is a snapshot of the size that one host gives in a nightly sweep.
func night() *pb.Snapshot {
	s := &pb.Snapshot{Target: &pb.Target{Id: "host"}}
	for i := range 100 {
		s.Findings = append(s.Findings, &pb.Finding{
			Id: fmt.Sprintf("%032x", i*7919), TargetId: "host", Baseline: "jrt0071", Clause: fmt.Sprintf("8.1.4.%d", i), Outcome: pb.Outcome_OUTCOME_FAIL,
			Observed: &pb.Text{Zh: "口令最小长度为 6 位", En: "the minimum length is 6"},
			Evidence: []*pb.Evidence{{Source: "/etc/login.defs", FirstLine: uint32(i), Excerpt: fmt.Sprintf("PASS_MIN_LEN %d", i)}},
		})
	}
	return s
}

func unlimited() spool.Options {
	return spool.Options{Sender: "bench", Quota: 1 << 40, SegmentBytes: 4 << 20}
}

// BenchmarkAppend is one durable snapshot after another, held to the same number of bytes written and fsynced and nothing else.
func BenchmarkAppend(b *testing.B) {
	snapshot := night()
	b.Run("spool-8-at-once", func(b *testing.B) {
		s := open(b, filepath.Join(b.TempDir(), "spool"), unlimited())
		b.SetParallelism(8 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := s.Append(context.Background(), snapshot); err != nil {
					b.Error(err)
				}
			}
		})
	})
	// In turn, because a disk that others use has good and bad moments. x-bare is the ratio of the two.
	b.Run("against-bare", func(b *testing.B) {
		s := open(b, filepath.Join(b.TempDir(), "spool"), unlimited())
		f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		var spooled, bare time.Duration
		before := int64(0)
		for b.Loop() {
			began := time.Now()
			if _, err := s.Append(context.Background(), snapshot); err != nil {
				b.Fatal(err)
			}
			spooled += time.Since(began)
			body := bytes.Repeat([]byte("x"), int(s.Status().Bytes-before))
			before = s.Status().Bytes
			began = time.Now()
			if _, err := f.Write(body); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			bare += time.Since(began)
		}
		b.ReportMetric(spooled.Seconds()/bare.Seconds(), "x-bare")
		b.ReportMetric(float64(b.N)/spooled.Seconds(), "spooled/s")
		b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	})
}

// BenchmarkBacklog opens and empties a spool that holds an outage's backlog, and says how much memory it holds meanwhile.
func BenchmarkBacklog(b *testing.B) {
	const backlog = 5000
	for b.Loop() {
		b.StopTimer()
		dir := fresh(b)
		s := open(b, dir, unlimited())
		done := make(chan error, 8)
		for range 8 {
			go func() {
				for range backlog / 8 {
					if _, err := s.Append(context.Background(), night()); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		s.Close()
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		began := time.Now()
		s = open(b, dir, unlimited())
		opened := time.Since(began)
		m := &counting{}
		drain(b, s, m)
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(opened.Microseconds())/1000, "open-ms")
		b.ReportMetric(float64(m.n)/time.Since(began).Seconds(), "snapshots/s")
		b.ReportMetric(float64(after.HeapInuse-min(after.HeapInuse, before.HeapInuse))/(1<<20), "held-MiB")
		b.ReportMetric(float64(after.Sys)/(1<<20), "sys-MiB")
		s.Close()
		b.StartTimer()
	}
}

// counting is a sink that keeps nothing.
type counting struct{ n int }

func (c *counting) Configure(context.Context, map[string]string) error { return nil }

func (c *counting) Send(_ context.Context, ds []*pluginpb.Delivery) (int, error) {
	c.n += len(ds)
	return len(ds), nil
}
