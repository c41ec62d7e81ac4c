package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Formats are the names that Write takes.
var Formats = []string{"table", "json", "jsonl", "csv", "html", "junit", "sarif"}

// Write reports snapshots in a format. JSON is an object for one snapshot and a list for several; the other formats hold
// them one after another.
func Write(w io.Writer, format string, snapshots []*pb.Snapshot, o Options) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("there is no format %q (there are: %s)", format, strings.Join(Formats, ", "))
	}
	reports := make([]*Report, len(snapshots))
	for i, s := range snapshots {
		reports[i] = New(s, o)
	}
	if err := write(w, format, reports, o); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

func write(w io.Writer, format string, reports []*Report, o Options) error {
	switch format {
	case "json":
		return writeJSON(w, reports)
	case "jsonl":
		return writeJSONL(w, reports)
	case "csv":
		return writeCSV(w, reports, lang(o.Lang))
	case "html":
		return writeHTML(w, reports, lang(o.Lang))
	case "junit":
		return writeJUnit(w, reports)
	case "sarif":
		return writeSARIF(w, reports, o)
	}
	return writeTable(w, reports, o)
}

func writeJSON(w io.Writer, reports []*Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if len(reports) == 1 {
		return e.Encode(reports[0])
	}
	return e.Encode(reports)
}

// Line is a finding in JSON lines: it carries its target, so that each line stands alone.
type Line struct {
	Schema   string `json:"schema"`
	Target   string `json:"target"`
	Hostname string `json:"hostname"`
	Finished string `json:"finished"`
	Finding
}

func writeJSONL(w io.Writer, reports []*Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, r := range reports {
		for _, f := range r.Findings {
			if err := e.Encode(Line{Schema, r.Target.ID, r.Host.Hostname, r.Finished.UTC().Format("2006-01-02T15:04:05Z07:00"), f}); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCSV writes one row a finding, with the byte order mark that spreadsheets need to read Chinese. What a target said
// cannot become a formula: see inert.
func writeCSV(w io.Writer, reports []*Report, l lang) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{l.say(wTarget), l.say(wHost), l.say(wBaseline), l.pick("条款", "Clause"), l.say(wLevel), l.say(wControl), l.say(wCheck), l.say(wTitle), l.say(wScope),
		l.pick("结论", "Outcome"), l.pick("实际", "Observed"), l.pick("要求", "Expected"), l.pick("原因", "Reason"), l.pick("依据", "Evidence"), l.pick("整改", "Remedy"), "ID"}); err != nil {
		return err
	}
	for _, r := range reports {
		for _, f := range r.Findings {
			row := []string{r.Target.ID, r.Host.Hostname, f.Baseline, f.Clause, f.Level, f.Control, f.Check, f.Title, f.Scope, l.outcome(f.Outcome), f.Observed, f.Expected, f.Reason, f.evidenceText(l), f.Remedy, f.ID}
			for i := range row {
				row[i] = inert(clean(row[i]))
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// inert keeps a spreadsheet from taking a cell for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// evidenceText is the evidence on a line: where, and the words.
func (f Finding) evidenceText(l lang) string {
	parts := make([]string, 0, len(f.Evidence))
	for _, e := range f.Evidence {
		s := e.Where()
		if e.DefaultStatedIn != "" {
			s = l.say(wDefault) + " " + e.DefaultStatedIn
		}
		if e.Excerpt != "" {
			s += "  " + e.Excerpt
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " | ")
}
