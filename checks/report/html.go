package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"
)

//go:embed report.html.tmpl
var htmlSource string

// writeHTML writes one self-contained file: no script, no link, nothing that is fetched. What a target said is escaped by
// html/template, and of its control characters only a mark is left: people also read such a file with cat.
func writeHTML(w io.Writer, batch Batch, o Options) error {
	l := lang(o.Lang)
	t, err := template.New("report").Funcs(htmlFuncs(l)).Parse(htmlSource)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	part := func(w io.Writer, name string, data any) error {
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, name, data); err != nil {
			return err
		}
		_, err := w.Write(bytes.Map(func(r rune) rune {
			if r == '\n' || r == '\t' {
				return r
			}
			return visible(r)
		}, b.Bytes()))
		return err
	}
	// The overview stands first and is known last: the targets wait for it.
	var memory bytes.Buffer
	var waiting io.ReadWriter = &memory
	if o.Spool != nil {
		waiting = o.Spool
	}
	var standings []Standing
	for r, err := range batch {
		if err != nil {
			return err
		}
		if err := part(waiting, "target", map[string]any{"I": len(standings), "R": r}); err != nil {
			return err
		}
		standings = append(standings, r.Standing())
	}
	if o.Spool != nil {
		if _, err := o.Spool.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	if err := part(w, "head", map[string]any{"Lang": string(l), "Standings": standings}); err != nil {
		return err
	}
	if _, err := io.Copy(w, waiting); err != nil {
		return err
	}
	return part(w, "foot", nil)
}

func htmlFuncs(l lang) template.FuncMap {
	return template.FuncMap{
		"t":        func(zh, en string) string { return l.pick(zh, en) },
		"outcome":  l.outcome,
		"subject":  l.subject,
		"outcomes": func() []string { return []string{Fail, Unknown, Pass, NotApplicable} },
		"mark":     func(o string) string { return marks[o] },
		"time":     func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 -0700") },
		"cause":    l.cause,
		"rejudged": func(j Rejudged) string { return RejudgedText(string(l), j) },
		"waiver":   func(w *Waiver) string { return WaiverText(string(l), w) },
		"trend":    trend,
		"took":     func(r *Report) string { return r.Finished.Sub(r.Started).Round(time.Millisecond).String() },
		"where":    func(e Evidence) string { return Finding{Evidence: []Evidence{e}}.whereText(l) },
		"join":     func(s []string) string { return strings.Join(s, ", ") },
		"arcs":     arcs,
		"bars":     func(r *Report) []bar { return bars(r, l) },
		"percent": func(part, whole int) string {
			return fmt.Sprintf("%.1f", 100*float64(part)/math.Max(1, float64(whole)))
		},
	}
}

func (f Finding) whereText(l lang) string {
	parts := make([]string, 0, len(f.Evidence))
	for _, e := range f.Evidence {
		if e.DefaultStatedIn != "" {
			parts = append(parts, l.say(wDefault)+" "+e.DefaultStatedIn)
			continue
		}
		parts = append(parts, e.Where())
	}
	return strings.Join(parts, ", ")
}

// An arc is a part of the ring chart: the stroke's dash and where it begins, on a circle of circumference 100.
type arc struct {
	Outcome string
	Length  string
	Offset  string
}

// arcs are the parts of the ring, in the order of severity.
func arcs(c Counts) []arc {
	total := math.Max(1, float64(c.Total()))
	var out []arc
	at := 0.0
	for _, part := range []struct {
		outcome string
		n       int
	}{{Fail, c.Fail}, {Unknown, c.Unknown}, {Pass, c.Pass}, {NotApplicable, c.NotApplicable}} {
		if part.n == 0 {
			continue
		}
		length := 100 * float64(part.n) / total
		out = append(out, arc{part.outcome, fmt.Sprintf("%.3f %.3f", length, 100-length), fmt.Sprintf("%.3f", 25-at)})
		at += length
	}
	return out
}

// A bar is one subject's counts.
type bar struct {
	Name string
	Counts
}

// bars count groups by subject, so that a check that five standards ask for counts once.
func bars(r *Report, l lang) []bar {
	var out []bar
	for _, g := range r.Groups() {
		name := l.subject(g.Check)
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, bar{Name: name})
		}
		out[len(out)-1].add(g.Outcome)
	}
	return out
}
