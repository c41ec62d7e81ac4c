package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/report"
)

const hostile = "<w:p>&]]> {{target.id}} {{#findings}} =1+1 \x1b[2J \u202e"

func sample() *report.Report {
	r := &report.Report{Language: "en", Target: report.Target{ID: "web1"}, Host: report.Host{Hostname: hostile}, Summary: report.Counts{Pass: 1, Fail: 2}}
	for i, o := range []string{report.Pass, report.Fail, report.Fail} {
		r.Findings = append(r.Findings, report.Finding{ID: fmt.Sprint(i), Clause: fmt.Sprint("6.1.", i), Observed: hostile, Outcome: o})
	}
	return r
}

// document is a template with a body of ours.
func document(t *testing.T, body string) []byte {
	t.Helper()
	b, err := pack([]part{{"word/document.xml", []byte(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body + `</w:body></w:document>`)}, {"word/media/logo.png", []byte("kept")}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// filledText is the document's body after it was filled; it is well-formed.
func filledText(t *testing.T, r *report.Report, template []byte) (string, error) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r, template); err != nil {
		return "", err
	}
	parts, err := unpack(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if p.name == "word/document.xml" {
			if _, err := spans(p.text); err != nil {
				t.Fatalf("%v in %s", err, p.text)
			}
			return string(p.text), nil
		}
	}
	t.Fatal("no document")
	return "", nil
}

// A placeholder is found however Word cut it; rows repeat for each finding, in their order; what a target said stays text.
func TestFill(t *testing.T) {
	cut := `<w:p><w:r><w:t>{</w:t></w:r><w:r><w:rPr/><w:t>{target</w:t></w:r><w:r><w:t>.id}</w:t></w:r><w:r><w:t>} on {{ started }}</w:t></w:r></w:p>`
	table := `<w:tbl><w:tr><w:tc><w:p><w:r><w:t>{{#find</w:t></w:r><w:r><w:t>ings}}{{number}}</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>{{clause}} {{outcome}} {{observed}}{{/findings}}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`
	list := `<w:p><w:r><w:t>{{#findings}}{{clause}} of {{target.id}}{{/findings}}</w:t></w:r></w:p>`
	got, err := filledText(t, sample(), document(t, cut+table+list))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "<w:t>web1 on –</w:t>") || strings.Count(got, "<w:tr>") != 6 || strings.Count(got, " of web1") != 3 {
		t.Errorf("%s", got)
	}
	if strings.Count(got, "fail") != 2 || strings.Index(got, "6.1.0 pass") > strings.Index(got, "6.1.1 fail") {
		t.Errorf("the findings are not as they were: %s", got)
	}
	if strings.Contains(got, "\x1b") || strings.Contains(got, "\u202e") || strings.Count(got, "&lt;w:p&gt;&amp;]]&gt; {{target.id}} {{#findings}}") != 3 {
		t.Errorf("what the target said is not what it said: %s", got)
	}
}

// The default template, in both languages, has no placeholder that there is not.
func TestDefault(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		r := sample()
		r.Language, r.Host.Hostname = language, "web1"
		for i := range r.Findings {
			r.Findings[i].Observed = "6"
		}
		got, err := filledText(t, r, nil)
		if err != nil || strings.Contains(got, "{{") || strings.Count(got, report.OutcomeName(language, report.Fail)+"</w:t>") != 3 {
			t.Errorf("%s: %v, %d bytes", language, err, len(got))
		}
	}
}

// What is wrong with a template is said; nothing is written from it.
func TestMistakes(t *testing.T) {
	paragraph := func(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }
	for want, template := range map[string][]byte{
		"{{target.nmae}}":    document(t, paragraph("{{target.nmae}}")),
		"{{clause}}":         document(t, paragraph("{{clause}} outside")),
		"do not belong":      document(t, paragraph("{{/findings}}{{#findings}}")),
		"beside each other":  document(t, paragraph("{{#findings}}")+"<w:tbl><w:tr><w:tc>"+paragraph("{{/findings}}")+"</w:tc></w:tr></w:tbl>"),
		"not a .docx":        []byte("PK no zip"),
		"not well-formed":    document(t, "<w:p>"),
		"nested":             document(t, strings.Repeat("<a>", 300)+strings.Repeat("</a>", 300)),
		"document type":      document(t, "<!DOCTYPE x>"),
		"larger than 16 MiB": make([]byte, MaxTemplate+1),
	} {
		var mistake *Mistake
		if _, err := filledText(t, sample(), template); !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, maxPart+2); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Write(io.Discard, sample(), bomb.Bytes()); err == nil || !strings.Contains(err.Error(), "unpacked") || bomb.Len() > 1<<20 {
		t.Errorf("a bomb of %d bytes: %v", bomb.Len(), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// No template makes it panic or write what is no XML.
func FuzzTemplate(f *testing.F) {
	f.Add("<w:p><w:r><w:t>{{#findings}}{{clause}}{{/findings}}</w:t></w:r></w:p>")
	f.Add("<w:p><w:t>{{</w:t><w:t>target.id}</w:t><w:t>}</w:t></w:p>{{#findings}}")
	f.Fuzz(func(t *testing.T, body string) {
		out, err := fill([]byte("<w:d>"+body+"</w:d>"), valuesOf(sample()))
		if err == nil {
			if _, err := spans(out); err != nil {
				t.Errorf("%q became %q: %v", body, out, err)
			}
		}
	})
}
