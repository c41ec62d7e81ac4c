package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// BenchmarkMillion writes a million findings, and besides the same bytes bare, both to a disk and synced.
func BenchmarkMillion(b *testing.B) {
	const perTarget, targets = 200, 5000
	s := snapshot()
	s.Findings = nil
	for i := range perTarget {
		clause := "JRT0068-2012/6.1.4.3.a.3-1"
		scope := string(rune('a'+i%26)) + " line"
		s.Findings = append(s.Findings, &pb.Finding{
			Id: checks.ID("t", "jrt0068-2012", clause, check.ID, scope), TargetId: "t", Baseline: "jrt0068-2012", Clause: clause, Check: check.ID, Control: "PWD-01", Scope: scope,
			Outcome: pb.Outcome_OUTCOME_FAIL, Expected: checks.Say("不小于 8", "at least 8"), Observed: checks.Verbatim("6"),
			Evidence: []*pb.Evidence{facts.Line("/etc/security/pwquality.conf", i, "minlen = 6")},
		})
	}
	o := options("zh")
	one := report.New(s, o)
	batch := func(yield func(*report.Report, error) bool) {
		for range targets {
			if !yield(one, nil) {
				return
			}
		}
	}
	synced := func(name string, write func(*os.File) error) time.Duration {
		began := time.Now()
		f, err := os.Create(filepath.Join(b.TempDir(), name))
		if err == nil {
			err = write(f)
		}
		if err == nil {
			err = f.Sync()
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	for _, format := range []string{"jsonl", "csv"} {
		b.Run(format, func(b *testing.B) {
			var ours, bare time.Duration
			var size int64
			for b.Loop() {
				var name string
				ours += synced("ours", func(f *os.File) error {
					name = f.Name()
					return report.WriteBatch(f, format, batch, o)
				})
				info, err := os.Stat(name)
				if err != nil {
					b.Fatal(err)
				}
				size = info.Size()
				block := bytes.Repeat([]byte("x"), 1<<20)
				bare += synced("bare", func(f *os.File) error {
					for left := size; left > 0; left -= int64(len(block)) {
						if _, err := f.Write(block[:min(left, int64(len(block)))]); err != nil {
							return err
						}
					}
					return nil
				})
			}
			b.ReportMetric(float64(size)*float64(b.N)/1e6/ours.Seconds(), "MB/s")
			b.ReportMetric(ours.Seconds()/bare.Seconds(), "of-bare")
			b.ReportMetric(ours.Seconds()/float64(b.N), "s/million")
			b.ReportMetric(0, "ns/op")
		})
	}
}
