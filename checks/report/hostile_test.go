package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// said is a snapshot of a target that says the same words wherever it can say any.
func said(words string) *pb.Snapshot {
	s := snapshot()
	s.Target.Id, s.Target.Address, s.Target.Zone, s.Target.Role, s.Target.Driver = words, words, words, words, words
	p := s.Facts.Platform
	p.Hostname, p.Os, p.OsName = facts.Text(words), facts.Text(words), facts.Text(words)
	s.Visit = &pb.Visit{State: pb.VisitState_VISIT_STATE_QUESTIONED, Transport: words, HostKey: words, Account: words, Detail: checks.Verbatim(words)}
	for _, f := range s.Findings {
		f.Scope, f.Observed, f.Expected = words, checks.Verbatim(words), checks.Verbatim(words)
		f.Evidence = []*pb.Evidence{facts.Line(words, 7, words), facts.Default(words)}
		f.SiteFacts = []string{words}
		if f.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
			f.Reason = checks.Verbatim(words)
		}
	}
	s.Unread = []*pb.Evidence{facts.Line(words, 3, words)}
	s.Answers = append(s.Answers, &pb.AnswerDigest{Question: words, Reason: pb.Reason_REASON_NOT_PERMITTED})
	return s
}

func renderSaid(t *testing.T, format, words string) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, format, []*pb.Snapshot{said(words)}, options("en")); err != nil {
		t.Fatalf("%s of %q: %v", format, words, err)
	}
	return b.String()
}

// xss are 200 ways to be executed by a browser: payloads in the places that break out of an element, an attribute, a comment or a style.
func xss() []string {
	payloads := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<a href="javascript:alert(1)">x</a>`,
		`<body onload=alert(1)>`, `<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`, `<object data="data:text/html,<script>alert(1)</script>">`,
		`<form action="javascript:alert(1)"><button>`, `<details open ontoggle=alert(1)>`, `<style>@import'//x';</style>`, `<base href="//x/">`, `<math><mtext></table><img src=x onerror=alert(1)>`,
		`<ScRiPt>alert(1)</sCrIpT>`, `<scr<script>ipt>alert(1)</scr</script>ipt>`, `&lt;script&gt;alert(1)&lt;/script&gt;`, `&#60;script&#62;alert(1)`, "<script\x00>alert(1)</script>",
		"\u202e<script>alert(1)</script>", `{{.}}<script>alert(1)</script>`,
	}
	around := []string{"%s", `">%s`, `'>%s`, `-->%s`, `</title>%s`, `</style>%s`, `</td></tr></table>%s`, `]]>%s`, "x\r\n\r\n%s", `" onmouseover="alert(1)" x="%s`}
	var out []string
	for _, p := range payloads {
		for _, a := range around {
			out = append(out, fmt.Sprintf(a, p))
		}
	}
	return out
}

// outline is a page's elements with their attributes, whose values are words only where people write them.
func outline(t *testing.T, page string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatalf("the page cannot be read: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			b.WriteString("<" + e.Name.Local)
			for _, a := range e.Attr {
				b.WriteString(" " + a.Name.Local)
				value := strings.ToLower(strings.TrimSpace(a.Value))
				if strings.HasPrefix(a.Name.Local, "on") || strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || a.Name.Local == "srcdoc" {
					t.Errorf("an attribute that acts: %s=%q", a.Name.Local, a.Value)
				}
			}
			b.WriteString(">")
		case xml.EndElement:
			b.WriteString("</" + e.Name.Local + ">")
		case xml.Comment, xml.Directive, xml.ProcInst:
			fmt.Fprintf(&b, "<!%T>", e)
		}
	}
}

// W1: 200 payloads as host name, banner, configuration line, account and whatever else a target can say. The page has the same elements
// and attributes as for harmless words: none of them became anything but text.
func TestW1HostileTarget(t *testing.T) {
	want := outline(t, renderSaid(t, "html", "harmless words"))
	if !strings.Contains(want, "<table") && !strings.Contains(want, "<section") {
		t.Fatalf("the page has no findings: %.300s", want)
	}
	list := xss()
	if len(list) != 200 {
		t.Fatalf("%d payloads", len(list))
	}
	for _, words := range list {
		if got := outline(t, renderSaid(t, "html", words)); got != want {
			t.Errorf("%q changes the page", words)
		}
	}
}

// W6: what a spreadsheet would calculate arrives as words.
func TestW6Formulas(t *testing.T) {
	tried := 0
	for _, first := range []string{"=", "+", "-", "@", "\t=", "\r=", "\x00=", "\n=", "＝", "＋", "－", "＠", " =", "\u200b="} {
		words := first + `cmd|'/c calc'!A0`
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(renderSaid(t, "csv", words), "\uFEFF"))).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if !strings.Contains(cell, "calc") {
					continue
				}
				tried++
				if strings.ContainsAny(cell[:1], "=+-@\t\r\n\x00") || strings.ContainsAny(string([]rune(cell)[0]), "＝＋－＠") {
					t.Errorf("%q arrives as %q", words, cell)
				}
			}
		}
	}
	if tried == 0 {
		t.Fatal("no cell was looked at")
	}
}
