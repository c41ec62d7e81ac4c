package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var waiver = &report.Waiver{ApprovedBy: "li.si", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: "=legacy <b>until</b> replaced"}

// waived is a report of the test's snapshot with what only a server knows.
func waived(lang string) (*report.Report, report.Options) {
	o := options(lang)
	o.Waiver = func(f *pb.Finding) *report.Waiver {
		if f.GetScope() == "local users" {
			return waiver
		}
		return nil
	}
	r := report.New(snapshot(), o)
	r.Delivered = &report.Delivered{Snapshot: "agent-1.1.2", Sender: "agent-1", SHA256: strings.Repeat("ab", 32)}
	r.Trend = []report.Past{{Snapshot: "agent-1.1.1", Counts: report.Counts{Pass: 3, Fail: 2}}, {Snapshot: "agent-1.1.2", Counts: r.Summary}}
	f := snapshot().GetFindings()[0]
	r.Compare("agent-1.1.1", time.Time{}, snapshot(), snapshot(), []report.Change{report.NewChange(nil, f, []string{"setting"}, o)})
	return r, o
}

// A waiver stands beside the outcome: no figure is another for it.
func TestWaiversStandBeside(t *testing.T) {
	r, o := waived("en")
	if r.Waived != 2 || r.Summary != report.New(snapshot(), options("en")).Summary {
		t.Fatalf("%d waived, %+v", r.Waived, r.Summary)
	}
	for format, want := range map[string]string{
		"table": "by li.si until", "json": `"approved_by": "li.si"`, "jsonl": `"approved_by":"li.si"`, "csv": "li.si,2026-12-31T00:00:00Z,'=legacy", "html": "by li.si until", "sarif": `"status": "accepted"`,
	} {
		var b bytes.Buffer
		if err := report.WriteOne(&b, format, r, o); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %q", format, want)
		}
		if strings.Contains(b.String(), "<b>until") && format == "html" {
			t.Error("the reason of a waiver is not escaped")
		}
	}
}

// The page of a snapshot from the server says what changed and how it went before.
func TestTrendAndDrift(t *testing.T) {
	for lang, words := range map[string][]string{"zh": {"趋势", "与上一次快照相比", "配置变化", "新增 → "}, "en": {"Trend", "Against the snapshot before", "setting changed", "new → "}} {
		r, o := waived(lang)
		var b bytes.Buffer
		if err := report.WriteOne(&b, "html", r, o); err != nil {
			t.Fatal(err)
		}
		for _, w := range append(words, "agent-1.1.1", `<rect class="fail"`, strings.Repeat("ab", 32)) {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: the page lacks %q", lang, w)
			}
		}
	}
}

// Many targets are written as they come; HTML has the overview first, from a file or from memory alike.
func TestBatch(t *testing.T) {
	o := options("en")
	batch := func(yield func(*report.Report, error) bool) {
		_ = yield(report.New(snapshot(), o), nil) &&
			yield(report.NotRead(report.Target{ID: "sw9", Driver: "huawei-vrp"}, "planned", "not begun", o), nil) && yield(report.New(snapshot(), o), nil)
	}
	out := map[string]string{}
	for _, format := range report.Formats {
		var b bytes.Buffer
		if err := report.WriteBatch(&b, format, batch, o); err != nil {
			t.Fatal(err)
		}
		out[format] = b.String()
	}
	var list []report.Report
	if err := json.Unmarshal([]byte(out["json"]), &list); err != nil || len(list) != 3 || !list[1].Missed() || list[2].Summary != list[0].Summary {
		t.Errorf("JSON: %v, %d reports", err, len(list))
	}
	var sarif struct {
		Runs []struct {
			Results     []any
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal([]byte(out["sarif"]), &sarif); err != nil || len(sarif.Runs) != 3 || len(sarif.Runs[2].Results) != 5 {
		t.Errorf("SARIF: %v, %d runs", err, len(sarif.Runs))
	}
	if len(sarif.Runs) == 3 {
		i := sarif.Runs[1].Invocations[0]
		if i.ExecutionSuccessful || len(i.ToolExecutionNotifications) != 1 || i.ToolExecutionNotifications[0].Message.Text != "Not read: not begun" || !sarif.Runs[0].Invocations[0].ExecutionSuccessful {
			t.Errorf("SARIF: %+v", i)
		}
	}
	if rows, err := csv.NewReader(strings.NewReader(out["csv"])).ReadAll(); err != nil || len(rows) != 12 || rows[6][0] != "sw9" || rows[6][9] != "unknown" || rows[6][12] != "Not read: not begun" {
		t.Errorf("CSV: %v, %d rows: %v", err, len(rows), rows)
	}
	if n := strings.Count(out["jsonl"], "\n"); n != 11 {
		t.Errorf("%d JSON lines", n)
	}
	var missed report.Line
	if err := json.Unmarshal([]byte(strings.Split(out["jsonl"], "\n")[5]), &missed); err != nil || missed.Target != "sw9" || missed.Outcome != report.Unknown || missed.ReasonCode != "planned" {
		t.Errorf("JSON lines: %v, %+v", err, missed)
	}
	if !strings.Contains(out["junit"], `<testsuite name="sw9" hostname="" timestamp="0001-01-01T00:00:00" tests="1" failures="0" errors="1"`) {
		t.Errorf("JUnit does not say that sw9 was not read: %s", out["junit"])
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o.Spool = f
	var b bytes.Buffer
	if err := report.WriteBatch(&b, "html", batch, o); err != nil {
		t.Fatal(err)
	}
	if b.String() != out["html"] {
		t.Error("the page is another when it waits in a file")
	}
	if overview, first := strings.Index(out["html"], "not begun"), strings.Index(out["html"], `id="target-0"`); overview < 0 || overview > first {
		t.Error("the overview does not stand first")
	}
	broken := errors.New("the store is gone")
	for _, format := range report.Formats {
		err := report.WriteBatch(&b, format, func(yield func(*report.Report, error) bool) { yield(nil, broken) }, options("en"))
		if !errors.Is(err, broken) {
			t.Errorf("%s: a batch that broke gave %v", format, err)
		}
	}
}
