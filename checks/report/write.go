package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Formats are the names that Write takes.
var Formats = []string{"table", "json", "jsonl", "csv", "html", "junit", "sarif"}

// A Batch is reports one after another, each made when its turn comes: those of a sweep are never in memory together. It ends with the
// first error. It is ranged over once.
type Batch = iter.Seq2[*Report, error]

// Of makes a batch of snapshots.
func Of(snapshots []*pb.Snapshot, o Options) Batch {
	return func(yield func(*Report, error) bool) {
		for _, s := range snapshots {
			if !yield(New(s, o), nil) {
				return
			}
		}
	}
}

// Write reports snapshots in a format. JSON is an object for one snapshot and a list for several; the other formats hold
// them one after another.
func Write(w io.Writer, format string, snapshots []*pb.Snapshot, o Options) error {
	if format == "json" && len(snapshots) == 1 {
		return WriteOne(w, format, New(snapshots[0], o), o)
	}
	return WriteBatch(w, format, Of(snapshots, o), o)
}

// WriteOne writes one report, where JSON is an object.
func WriteOne(w io.Writer, format string, r *Report, o Options) error {
	if format != "json" {
		return WriteBatch(w, format, func(yield func(*Report, error) bool) { yield(r, nil) }, o)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

// WriteBatch writes reports in a format as they come; JSON is a list.
func WriteBatch(w io.Writer, format string, batch Batch, o Options) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("there is no format %q (there are: %s)", format, strings.Join(Formats, ", "))
	}
	if err := write(w, format, batch, o); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

func write(to io.Writer, format string, batch Batch, o Options) error {
	w := bufio.NewWriterSize(to, 64<<10)
	var err error
	switch format {
	case "json":
		err = writeJSON(w, batch)
	case "jsonl":
		err = writeJSONL(w, batch)
	case "csv":
		err = writeCSV(w, batch, lang(o.Lang))
	case "html":
		err = writeHTML(w, batch, o)
	case "junit":
		err = writeJUnit(w, batch)
	case "sarif":
		err = writeSARIF(w, batch, o)
	default:
		err = writeTable(w, batch, o)
	}
	return cmp.Or(err, w.Flush())
}

// list writes what is made of each report as a JSON list that is itself indented by indent.
func list(w io.Writer, batch Batch, indent string, of func(*Report) any) error {
	between := "[\n" + indent
	for r, err := range batch {
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, between+"  "); err != nil {
			return err
		}
		between = ",\n" + indent
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent(indent+"  ", "  ")
		if err := e.Encode(of(r)); err != nil {
			return err
		}
		if _, err := w.Write(bytes.TrimRight(b.Bytes(), "\n")); err != nil {
			return err
		}
	}
	end := "\n" + indent + "]"
	if between[0] == '[' {
		end = "[]"
	}
	_, err := io.WriteString(w, end)
	return err
}

func writeJSON(w io.Writer, batch Batch) error {
	if err := list(w, batch, "", func(r *Report) any { return r }); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// Line is a finding in JSON lines: it carries its target, so that each line stands alone.
type Line struct {
	Schema   string `json:"schema"`
	Target   string `json:"target"`
	Hostname string `json:"hostname"`
	Finished string `json:"finished"`
	Finding
}

func writeJSONL(w io.Writer, batch Batch) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for r, err := range batch {
		if err != nil {
			return err
		}
		for _, f := range r.Rows() {
			if err := e.Encode(Line{Schema, r.Target.ID, r.Host.Hostname, r.Finished.UTC().Format("2006-01-02T15:04:05Z07:00"), f}); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCSV writes one row a finding, with the byte order mark that spreadsheets need to read Chinese. What a target said
// cannot become a formula: see inert.
func writeCSV(w io.Writer, batch Batch, l lang) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{l.say(wTarget), l.say(wHost), l.say(wBaseline), l.pick("条款", "Clause"), l.say(wLevel), l.say(wControl), l.say(wCheck), l.say(wTitle), l.say(wScope),
		l.pick("结论", "Outcome"), l.pick("实际", "Observed"), l.pick("要求", "Expected"), l.pick("原因", "Reason"), l.pick("依据", "Evidence"), l.pick("整改", "Remedy"), "ID",
		l.pick("豁免批准人", "Waiver approved by"), l.pick("豁免至", "Waived until"), l.pick("豁免理由", "Waiver reason")}); err != nil {
		return err
	}
	for r, err := range batch {
		if err != nil {
			return err
		}
		for _, f := range r.Rows() {
			row := []string{r.Target.ID, r.Host.Hostname, f.Baseline, f.Clause, f.Level, f.Control, f.Check, f.Title, f.Scope, l.outcome(f.Outcome), f.Observed, f.Expected, f.Reason, f.evidenceText(l), f.Remedy, f.ID, "", "", ""}
			if v := f.Waiver; v != nil {
				copy(row[len(row)-3:], []string{v.ApprovedBy, v.Until.UTC().Format(time.RFC3339), v.Reason})
			}
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

// inert keeps a spreadsheet from taking a cell for a formula; some take the wide forms of the signs, and pass over spaces.
func inert(s string) string {
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); strings.ContainsRune("=+-@＝＋－＠", first) {
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
