package export

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

func decode(r io.Reader, to any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// tally is how many findings have which outcome, by the word for it.
type tally map[string]int

// tallyOf is what a format must say.
func tallyOf(language string, c report.Counts) tally {
	out := tally{}
	for _, o := range []string{report.Pass, report.Fail, report.Unknown, report.NotApplicable} {
		if n := c.Of(o); n > 0 {
			out[report.OutcomeName(language, o)] = n
		}
	}
	return out
}

// column counts the words in one column of rows under a heading.
func column(t testing.TB, rows [][]string, name string) tally {
	t.Helper()
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	at := slices.Index(rows[0], name)
	if at < 0 {
		t.Fatalf("no column %s in %v", name, rows[0])
	}
	out := tally{}
	for _, row := range rows[1:] {
		if at < len(row) {
			out[row[at]]++
		}
	}
	return out
}

func sheet(t testing.TB, f *excelize.File, name string) [][]string {
	t.Helper()
	rows, err := f.GetRows(name)
	if err != nil || len(rows) == 0 {
		t.Fatalf("sheet %s: %d rows, %v", name, len(rows), err)
	}
	return rows
}

// A workbook has every finding with its evidence under its number, and the figures of the model.
func TestWorkbook(t *testing.T) {
	w := newWorld(t)
	for language, names := range map[string]map[string]string{
		"zh": {"record": "核查记录", "conforms": "是否符合", "evidence": "证据", "number": "证据编号", "overview": "概览", "manual": "须人工核查", "drift": "变化", "scores": "得分"},
		"en": {"record": "Record", "conforms": "Conforms", "evidence": "Evidence", "number": "Evidence", "overview": "Overview", "manual": "For people", "drift": "Drift", "scores": "Scores"},
	} {
		m := w.model(w.snapshots[1], language)
		f, err := excelize.OpenReader(bytes.NewReader(w.export(Request{Snapshot: w.snapshots[1], Format: "xlsx", Language: language})))
		w.must(err)
		record := sheet(t, f, names["record"])
		if got, want := column(t, record, names["conforms"]), tallyOf(language, m.Summary); !maps.Equal(got, want) {
			t.Errorf("%s: the record has %v, want %v", language, got, want)
		}
		if len(record) != len(m.Findings)+1 {
			t.Errorf("%d rows for %d findings", len(record)-1, len(m.Findings))
		}
		known := column(t, sheet(t, f, names["evidence"]), names["number"])
		quoted := 0
		for number, n := range known {
			if n != 1 || !strings.HasPrefix(number, "E") {
				t.Errorf("evidence %s stands %d times", number, n)
			}
		}
		for numbers := range column(t, record, names["number"]) {
			for _, number := range strings.Fields(numbers) {
				quoted++
				if known[number] != 1 {
					t.Errorf("the record rests on evidence %s that is not there", number)
				}
			}
		}
		overview := sheet(t, f, names["overview"])
		want := fmt.Sprint(m.Summary.Pass, m.Summary.Fail, m.Summary.Unknown, m.Summary.NotApplicable, m.Summary.Total())
		if got := strings.Join(overview[1][3:8], " "); got != want || quoted == 0 {
			t.Errorf("the overview says %s, want %s", got, want)
		}
		score := sheet(t, f, names["scores"])
		if got, want := score[1][3], fmt.Sprintf("%.1f", m.Baselines[0].Score); got != want || len(score) != 1+len(m.Baselines) {
			t.Errorf("score %s in %d rows, want %s", got, len(score), want)
		}
		by := 0
		for _, b := range m.Baselines {
			by += b.Attested + b.NotObservable
		}
		if got := len(sheet(t, f, names["manual"])) - 1; got != by || by == 0 {
			t.Errorf("%d clauses for people, want %d", got, by)
		}
		if got := len(sheet(t, f, names["drift"])) - 1; got != len(m.Drift.Changes) || got == 0 {
			t.Errorf("%d changes, want %d", got, len(m.Drift.Changes))
		}
		inert(t, f)
	}
}

// A baseline that the snapshot before was judged by and this one was not is one line for people, and every finding in JSON; it is no
// improvement of the target.
func TestDriftOfBaselines(t *testing.T) {
	w := newWorld(t)
	later := w.judged("core-sw-01", start.Add(2*time.Hour), 12)
	later.Baselines = later.Baselines[:1]
	later.Findings = slices.DeleteFunc(later.Findings, func(f *pb.Finding) bool { return f.GetBaseline() == "pboc-2010" })
	id := w.deliver(later)
	m := w.model(id, "en")
	if len(m.Drift.Judged) != 1 || !m.Drift.Judged[0].Gone || m.Drift.Judged[0].Baseline != "pboc-2010" {
		t.Fatalf("%+v", m.Drift.Judged)
	}
	gone := m.Drift.Judged[0]
	if n := gone.Total(); n < 2 || len(m.Drift.Changes) != n || len(m.Drift.Listed()) != 0 {
		t.Errorf("%d findings of the baseline, %d changes, %d of them listed", n, len(m.Drift.Changes), len(m.Drift.Listed()))
	}
	line := report.RejudgedText("en", gone)
	f, err := excelize.OpenReader(bytes.NewReader(w.export(Request{Snapshot: id, Format: "xlsx", Language: "en"})))
	w.must(err)
	if rows := sheet(t, f, "Drift"); len(rows) != 2 || rows[1][1] != "pboc-2010" || rows[1][3] != line || rows[1][6] != "(gone)" {
		t.Errorf("the sheet has %q", rows)
	}
	page := string(w.export(Request{Snapshot: id, Format: "html", Language: "en"}))
	if strings.Count(page, line) != 1 || strings.Contains(page, `<tr class="better"`) {
		t.Errorf("the page does not say %q once, or calls it better", line)
	}
	words, _ := pdfWords(t, w.export(Request{Snapshot: id, Format: "pdf", Language: "en"}))
	if !strings.Contains(strings.Join(words, " "), line) {
		t.Errorf("the PDF does not say %q", line)
	}
	// And it comes again: new, not worse by so many findings.
	back := w.deliver(w.judged("core-sw-01", start.Add(3*time.Hour), 12))
	if m := w.model(back, "zh"); len(m.Drift.Judged) != 1 || m.Drift.Judged[0].Gone || m.Drift.Judged[0].Counts != gone.Counts {
		t.Errorf("%+v, want %+v", m.Drift.Judged, gone)
	}
}

// inert holds a workbook to texts and numbers: no cell is a formula, no name or link calls anything.
func inert(t testing.TB, f *excelize.File) {
	t.Helper()
	cells, dangerous := 0, 0
	for _, name := range f.GetSheetList() {
		for y, row := range sheet(t, f, name) {
			for x, text := range row {
				at, err := excelize.CoordinatesToCellName(x+1, y+1)
				if err != nil {
					t.Fatal(err)
				}
				cells++
				if strings.HasPrefix(text, "=") {
					dangerous++
				}
				if formula, err := f.GetCellFormula(name, at); err != nil || formula != "" {
					t.Errorf("%s %s is the formula %q, %v", name, at, formula, err)
				}
				if strings.ContainsAny(text, "\x1b\x00\u202e") {
					t.Errorf("%s %s carries control characters: %q", name, at, text)
				}
			}
		}
	}
	if cells == 0 || dangerous == 0 {
		t.Errorf("%d cells, %d of them begin like a formula: nothing was proved", cells, dangerous)
	}
}

// A sweep's workbook has every target, read or not; a sheet each where that was asked for.
func TestSweepWorkbook(t *testing.T) {
	w := newWorld(t)
	f, err := excelize.OpenReader(bytes.NewReader(w.export(Request{Sweep: "nightly", Format: "xlsx", Language: "zh", PerTarget: true})))
	w.must(err)
	var list []report.Report
	w.must(decode(bytes.NewReader(w.export(Request{Sweep: "nightly", Format: "json", Language: "zh"})), &list))
	if len(list) != 3 {
		t.Fatalf("%d targets", len(list))
	}
	if list[0].Missed() || !list[1].Missed() || !list[2].Missed() || len(list[0].Findings) == 0 || list[2].Visit.Detail == "" {
		t.Errorf("%+v, %+v, %+v", list[0].Visit, list[1].Visit, list[2].Visit)
	}
	overview := sheet(t, f, "概览")
	for i, r := range list {
		rows := sheet(t, f, r.Target.ID)
		if len(rows) != len(r.Findings)+1 || overview[i+1][0] != r.Target.ID || overview[i+1][7] != fmt.Sprint(len(r.Findings)) {
			t.Errorf("%s: %d rows, overview %v, want %d", r.Target.ID, len(rows), overview[i+1], len(r.Findings))
		}
	}
}

// A name of a file stays one, whatever a target is called.
func TestFileName(t *testing.T) {
	for _, name := range []string{"../../etc/passwd", "a/../b", `x"; filename="y`, "交换机\r\nX: y", strings.Repeat("a", 300)} {
		if got := FileName(name); strings.ContainsAny(got, "/\\\"\r\n; ") || strings.Contains(got, "..") || len(got) > 120 {
			t.Errorf("%q became %q", name, got)
		}
	}
}

// What is waived is said beside the outcome, by whom and until when, and moves no figure; a request that nobody approved is not there.
func TestWaivedIsNeverPass(t *testing.T) {
	w := newWorld(t)
	before := w.model(w.snapshots[1], "en")
	at := slices.IndexFunc(before.Findings, func(f report.Finding) bool { return f.Outcome == report.Unknown })
	if at < 0 {
		t.Fatal("nothing is unknown")
	}
	id := before.Findings[at].ID
	from, until := timestamppb.New(start), timestamppb.New(start.Add(1000*time.Hour))
	w.must(w.store.PutWaiver(t.Context(), store.Entry{Actor: "zhang", Action: "waiver.request", Object: "w1"},
		&pb.Waiver{Id: "w1", Scope: &pb.WaiverScope{FindingId: id}, Reason: "=replaced in autumn", From: from, Until: until, TimeZone: "UTC"}))
	if got := w.model(w.snapshots[1], "en"); got.Waived != 0 {
		t.Errorf("%d findings are waived by a request", got.Waived)
	}
	w.must(w.store.DecideWaiver(t.Context(), store.Entry{Actor: "li", Action: "waiver.approve", Object: "w1"}, "w1", pb.WaiverState_WAIVER_STATE_APPROVED, ""))
	after := w.model(w.snapshots[1], "en")
	v := after.Findings[at].Waiver
	if after.Waived != 1 || after.Summary != before.Summary || v == nil || v.ApprovedBy != "li" || !v.Until.Equal(until.AsTime()) || after.Findings[at].Outcome != report.Unknown {
		t.Errorf("%d waived, %+v, %+v", after.Waived, after.Summary, v)
	}
	f, err := excelize.OpenReader(bytes.NewReader(w.export(Request{Snapshot: w.snapshots[1], Format: "xlsx", Language: "en"})))
	w.must(err)
	row := sheet(t, f, "Record")[at+1]
	if row[10] != "unknown" || !strings.Contains(row[12], "by li until") {
		t.Errorf("the record says %q", row)
	}
	for _, format := range Names() {
		if body := w.export(Request{Snapshot: w.snapshots[1], Format: format, Language: "en"}); len(body) == 0 {
			t.Errorf("%s is empty", format)
		}
	}
}

// A document has every finding with its outcome in its table, and the figures of the model.
func TestDocument(t *testing.T) {
	w := newWorld(t)
	for _, language := range []string{"zh", "en"} {
		m := w.model(w.snapshots[1], language)
		body := w.export(Request{Snapshot: w.snapshots[1], Format: "docx", Language: language})
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		w.must(err)
		f, err := z.Open("word/document.xml")
		w.must(err)
		got := tally{}
		d := xml.NewDecoder(f)
		var rows [][]string
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			w.must(err)
			switch v := token.(type) {
			case xml.StartElement:
				switch v.Name.Local {
				case "tr":
					rows = append(rows, nil)
				case "tc":
					rows[len(rows)-1] = append(rows[len(rows)-1], "")
				}
			case xml.CharData:
				if len(rows) > 0 && len(rows[len(rows)-1]) > 0 {
					last := rows[len(rows)-1]
					last[len(last)-1] += string(v)
				}
			}
		}
		for _, row := range rows {
			if len(row) == 8 {
				got[row[5]]++
			}
		}
		delete(got, report.Pick(language, "结论", "Outcome"))
		if want := tallyOf(language, m.Summary); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", language, got, want)
		}
	}
	_, err := w.exporter.Export(t.Context(), Request{Sweep: "nightly", Format: "docx", Language: "zh"})
	var refused *Refusal
	if !errors.As(err, &refused) {
		t.Errorf("a document of a sweep: %v", err)
	}
	_, err = w.exporter.Export(t.Context(), Request{Snapshot: w.snapshots[1], Format: "docx", Template: []byte("no document")})
	if !errors.As(err, &refused) {
		t.Errorf("a template that is none: %v", err)
	}
}
