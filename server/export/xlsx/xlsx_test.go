package xlsx

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/plumbline/plumbline/checks/report"
)

// many is a batch of targets with findings each, as a sweep of hosts gives them.
func many(targets, each int) report.Batch {
	return func(yield func(*report.Report, error) bool) {
		for t := range targets {
			r := &report.Report{Language: "zh", Target: report.Target{ID: fmt.Sprintf("host-%05d", t)}, Host: report.Host{Hostname: "web", Name: "Kylin V10"}, Finished: time.Unix(1_780_000_000, 0)}
			for i := range each {
				r.Findings = append(r.Findings, report.Finding{
					ID: fmt.Sprintf("%032x", t*each+i), Check: "password.min_length", Control: "PWD-01", Baseline: "jrt0068-2012", Clause: fmt.Sprintf("JRT0068-2012/6.1.4.%d", i),
					ClauseText: "口令长度不得小于 8 位，且应为字母、数字与特殊字符的组合", Level: "basic", Scope: "local users", Outcome: []string{report.Pass, report.Fail}[i%2],
					Observed: "minlen = 6", Expected: "不小于 8", Title: "口令最小长度", Remedy: "设置 minlen=8",
					Evidence: []report.Evidence{{Source: "/etc/security/pwquality.conf", FirstLine: uint32(i + 1), LastLine: uint32(i + 1), Excerpt: "minlen = 6"}},
				})
			}
			r.Summary = report.Counts{Pass: (each + 1) / 2, Fail: each / 2}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A million findings, and how much memory they took at the most.
func BenchmarkMillion(b *testing.B) {
	const findings = 1_000_000
	for b.Loop() {
		f, err := os.CreateTemp(b.TempDir(), "")
		if err != nil {
			b.Fatal(err)
		}
		var most uint64
		batch := many(findings/200, 200)
		watched := func(yield func(*report.Report, error) bool) {
			n := 0
			for r, err := range batch {
				if n++; n%500 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
				if !yield(r, err) {
					return
				}
			}
		}
		if err := Write(f, watched, Options{Language: "zh", Dir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
		size, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(size)/1e6, "MB-file")
		b.ReportMetric(float64(most)/1e6, "MB-heap")
	}
	b.ReportMetric(float64(findings)*float64(b.N)/b.Elapsed().Seconds(), "findings/s")
}

func TestCut(t *testing.T) {
	for _, text := range []string{"", "短", strings.Repeat("长", maxCell), strings.Repeat("𠀀", maxCell/2)} {
		if got := cut(text); got != text && len(text) < maxCell*3 {
			t.Errorf("%d bytes were cut to %d", len(text), len(got))
		}
	}
	got := cut(strings.Repeat("长", maxCell+1))
	if units(got) != maxCell || !strings.HasSuffix(got, "…") {
		t.Errorf("%d units", units(got))
	}
}

// What does not fit into one sheet goes on in the next; nothing is lost between them.
func TestSheetsAreSplit(t *testing.T) {
	for name, l := range map[string]limits{"rows": {rows: 21, bytes: 1 << 30}, "bytes": {rows: 1000, bytes: 20_000}} {
		var b bytes.Buffer
		if err := write(&b, many(5, 10), Options{Language: "en", Dir: t.TempDir()}, l); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		parts, seen := 0, map[string]bool{}
		for _, sheet := range f.GetSheetList() {
			if !strings.HasPrefix(sheet, "Record") {
				continue
			}
			rows, err := f.GetRows(sheet)
			if err != nil || len(rows) > l.rows || rows[0][3] != "Clause" {
				t.Fatalf("%s: %d rows, %v", sheet, len(rows), err)
			}
			parts++
			for _, row := range rows[1:] {
				seen[row[15]] = true
			}
		}
		if parts < 3 || len(seen) != 50 {
			t.Errorf("%s: %d sheets with %d findings", name, parts, len(seen))
		}
	}
}

// Every target has its own sheet under a name that Excel takes, whatever the target is called.
func TestSheetNames(t *testing.T) {
	w := &writer{names: map[string]bool{}}
	seen := map[string]bool{}
	for _, id := range []string{"web1", "WEB1", "a/b:c[d]", "'quoted'", strings.Repeat("长", 40), strings.Repeat("长", 41), "", "history", "=1+1", strings.Repeat("𠀀", 20)} {
		name := w.sheetName(id, 1)
		if seen[strings.ToLower(name)] || units(name) > excelize.MaxSheetNameLength || strings.ContainsAny(name, `:\/?*[]`) || strings.HasPrefix(name, "'") || strings.HasSuffix(name, "'") || name == "history" {
			t.Errorf("%q is called %q", id, name)
		}
		seen[strings.ToLower(name)] = true
	}
}

// Too many targets for a sheet each is an error before the work is done, not a file that nobody can open.
func TestTooManySheets(t *testing.T) {
	err := Write(io.Discard, many(maxTargets+1, 1), Options{Language: "en", PerTarget: true, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "one sheet") {
		t.Errorf("got %v", err)
	}
}
