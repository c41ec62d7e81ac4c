package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The JUnit form has a suite a target and baseline and a case a finding: a failure where it fails, an error where it is
// unknown, so that a build server shows both red; skipped where it does not apply.
type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Hostname  string      `xml:"hostname,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Error   *junitMessage `xml:"error,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, batch Batch) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	all := xml.StartElement{Name: xml.Name{Local: "testsuites"}, Attr: []xml.Attr{{Name: xml.Name{Local: "name"}, Value: "plumbline"}}}
	if err := e.EncodeToken(all); err != nil {
		return err
	}
	for r, err := range batch {
		if err != nil {
			return err
		}
		for _, s := range suites(r) {
			if err := e.EncodeElement(s, xml.StartElement{Name: xml.Name{Local: "testsuite"}}); err != nil {
				return err
			}
		}
	}
	if err := e.EncodeToken(all.End()); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suites are a report's: one a baseline, in the order in which they come.
func suites(r *Report) []*junitSuite {
	var out []*junitSuite
	byBaseline := map[string]*junitSuite{}
	for _, f := range r.Rows() {
		s := byBaseline[f.Baseline]
		if s == nil {
			s = &junitSuite{Name: clean(strings.TrimSpace(r.Target.ID + " " + f.Baseline)), Hostname: clean(r.Host.Hostname), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
			byBaseline[f.Baseline] = s
			out = append(out, s)
		}
		s.add(f, lang(r.Language))
	}
	return out
}

func (s *junitSuite) add(f Finding, l lang) {
	c := junitCase{Name: clean(or(strings.TrimSpace(f.Clause+" "+f.Scope), f.Title)), Class: or(f.Check, "plumbline")}
	text := clean(fmt.Sprintf("%s: %s; %s: %s", l.say(wObserved), f.Observed, l.say(wExpected), f.Expected)) + "\n" + clean(f.evidenceText(l))
	m := &junitMessage{Message: clean(f.Title), Text: text}
	switch f.Outcome {
	case Fail:
		c.Failure = m
		s.Failures++
	case Unknown:
		m.Text = clean(f.Reason) + "\n" + text
		c.Error = m
		s.Errors++
	case NotApplicable:
		c.Skipped = &junitMessage{Message: clean(f.Observed)}
		s.Skipped++
	}
	s.Tests++
	s.Cases = append(s.Cases, c)
}
