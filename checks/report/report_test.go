package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// hostile is what a target may say to whoever reads the report.
const hostile = "=cmd|'/c calc'!A0 <script>alert(1)</script> \x1b[2J\x1b]0;x\x07 \u202e\" ' ` ]]> ${x}"

var check = &checks.Check{
	ID: "password.min_length", Controls: []string{"PWD-01"}, Title: checks.Say("口令最小长度", "Minimum password length"),
	Rationale: checks.Say("短口令易被猜解", "Short passwords are guessed"), Remedy: checks.Say("设置 minlen=8", "Set minlen=8"), Sees: checks.Say("策略", "the policy"),
}

func snapshot() *pb.Snapshot {
	finding := func(clause, scope string, o pb.Outcome) *pb.Finding {
		f := &pb.Finding{
			Id: checks.ID("t", "jrt0068-2012", clause, check.ID, scope), TargetId: "t", Baseline: "jrt0068-2012", Clause: clause, Check: check.ID, Control: "PWD-01",
			Scope: scope, Outcome: o, Expected: checks.Say("不小于 8", "at least 8"), Observed: checks.Verbatim("6"), Level: "basic",
			Evidence: []*pb.Evidence{facts.Line("/etc/security/pwquality.conf", 11, "minlen = 6"), facts.Default("pwquality.conf(5), minlen")},
		}
		if o == pb.Outcome_OUTCOME_UNKNOWN {
			f.Reason, f.ReasonCode = checks.ReasonText(pb.Reason_REASON_NOT_PERMITTED, "/etc/shadow"), pb.Reason_REASON_NOT_PERMITTED
		}
		return f
	}
	const host = "JRT0068-2012/6.1.4.3.a.3-1"
	start := time.Date(2026, 6, 1, 1, 2, 3, 0, time.UTC)
	return &pb.Snapshot{
		Target:    &pb.Target{Id: "t", Driver: "linux", Role: "web"},
		StartedAt: timestamppb.New(start), FinishedAt: timestamppb.New(start.Add(25 * time.Millisecond)),
		Facts: &pb.Facts{Platform: &pb.Platform{Hostname: facts.Text("web1" + hostile), Os: facts.Text("linux"), OsName: facts.Text("Debian GNU/Linux 12"), Kind: facts.Text("host")}},
		Findings: []*pb.Finding{
			finding(host, "local users", pb.Outcome_OUTCOME_FAIL), finding(host, hostile, pb.Outcome_OUTCOME_UNKNOWN),
			finding(host, "others", pb.Outcome_OUTCOME_PASS), finding(host, "none", pb.Outcome_OUTCOME_NOT_APPLICABLE),
			finding("JRT0068-2012/6.1.4.3.a.3-2", "local users", pb.Outcome_OUTCOME_FAIL),
		},
		Answers: []*pb.AnswerDigest{{Question: "/etc/shadow", Reason: pb.Reason_REASON_NOT_PERMITTED}, {Question: "/etc/none", Reason: pb.Reason_REASON_NOT_FOUND}},
		Unread:  []*pb.Evidence{facts.Line("/etc/x", 3, hostile)},
	}
}

func options(lang string) report.Options {
	return report.Options{Lang: lang, Baselines: []*baseline.Baseline{baseline.ByID("jrt0068-2012")}, Checks: []*checks.Check{check}, Profile: "as-written",
		Notes: []*pb.Text{checks.Say("取值", "figures")}, Version: "test"}
}

func render(t *testing.T, format, lang string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, format, []*pb.Snapshot{snapshot()}, options(lang)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every format tells the same five findings, in both languages.
func TestFormatsAgree(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var r report.Report
		d := json.NewDecoder(strings.NewReader(render(t, "json", lang)))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		want := report.Counts{Pass: 1, Fail: 2, Unknown: 1, NotApplicable: 1}
		if r.Summary != want || len(r.Findings) != 5 || r.Schema != report.Schema {
			t.Errorf("%s: JSON has %+v and %d findings", lang, r.Summary, len(r.Findings))
		}
		if r.Findings[1].ReasonCode != "not_permitted" || r.Findings[0].ReasonCode != "" {
			t.Errorf("reason codes: %q, %q", r.Findings[1].ReasonCode, r.Findings[0].ReasonCode)
		}
		if len(r.Unanswered) != 1 || r.Unanswered[0].Question != "/etc/shadow" {
			t.Errorf("unanswered: %v; a file that is not there is an answer", r.Unanswered)
		}
		if b := r.Baselines[0]; b.Summary.Fail != 2 || b.Summary.Pass != 0 || b.Score != 0 {
			t.Errorf("a clause with a failing scope has failed: %+v", b)
		}

		lines := strings.Count(render(t, "jsonl", lang), "\n")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(render(t, "csv", lang), "\uFEFF"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var suites struct {
			Suites []struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
				Skipped  int `xml:"skipped,attr"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(render(t, "junit", lang)), &suites); err != nil {
			t.Fatal(err)
		}
		var sarif struct {
			Runs []struct {
				Results []struct{ Kind, Level string }
			}
		}
		if err := json.Unmarshal([]byte(render(t, "sarif", lang)), &sarif); err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, r := range sarif.Runs[0].Results {
			kinds[r.Kind]++
		}
		if lines != 5 || len(rows) != 6 || fmt.Sprint(suites.Suites) != "[{5 2 1 1}]" || fmt.Sprint(kinds) != "map[fail:2 notApplicable:1 pass:1 review:1]" {
			t.Errorf("%s: %d lines, %d rows, suites %v, SARIF %v", lang, lines, len(rows), suites.Suites, kinds)
		}
	}
}

// What a target says reaches no terminal, spreadsheet or browser as anything but words.
func TestHostileTextIsInert(t *testing.T) {
	for _, format := range []string{"table", "html", "csv", "junit", "json", "jsonl", "sarif"} {
		if strings.ContainsAny(render(t, format, "en"), "\x1b\x07") {
			t.Errorf("%s carries control characters of the target", format)
		}
	}
	for _, format := range []string{"table", "html", "csv", "junit"} {
		if strings.ContainsRune(render(t, format, "en"), '\u202e') {
			t.Errorf("%s turns the direction of text", format)
		}
	}
	page := render(t, "html", "zh")
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<script") {
		t.Error("the page carries the target's script")
	}
	for _, fetched := range []string{"http://", "https://", "url(", "@import", "src="} {
		if strings.Contains(page, fetched) {
			t.Errorf("the page is not self-contained: it has %q", fetched)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(render(t, "csv", "en"), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("cell %q is a formula", cell)
			}
		}
	}
	d := xml.NewDecoder(strings.NewReader(render(t, "junit", "en")))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the JUnit file is not well-formed: %v", err)
		}
	}
}

// The table says, for each finding that is shown, what is there, what was wanted, where it stands and how to mend it.
func TestTable(t *testing.T) {
	zh, en := render(t, "table", "zh"), render(t, "table", "en")
	for _, want := range []string{"不符合", "口令最小长度", "实际", "6", "不小于 8", "/etc/security/pwquality.conf:11", "minlen = 6", "JRT0068-2012/6.1.4.3.a.3-1", "设置 minlen=8", "权限不足", "默认值"} {
		if !strings.Contains(zh, want) {
			t.Errorf("the Chinese table lacks %q:\n%s", want, zh)
		}
	}
	for _, want := range []string{"fail", "Minimum password length", "at least 8", "Set minlen=8", "not permitted", "1 questions need root"} {
		if !strings.Contains(en, want) {
			t.Errorf("the English table lacks %q:\n%s", want, en)
		}
	}
	if strings.Contains(en, "[others]") {
		t.Error("a pass is listed without being asked for")
	}
	o := options("en")
	o.Show = []pb.Outcome{pb.Outcome_OUTCOME_PASS}
	var b bytes.Buffer
	if err := report.Write(&b, "table", []*pb.Snapshot{snapshot()}, o); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.Contains(s, "[others]") || strings.Contains(s, "[local users]") {
		t.Errorf("asked for passes, got:\n%s", s)
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := report.Write(io.Discard, "pdf", nil, options("en")); err == nil || !strings.Contains(err.Error(), "sarif") {
		t.Errorf("got %v, want an error that names the formats", err)
	}
}
