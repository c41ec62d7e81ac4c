// Package docx fills a customer's own Word document with a report: {{target.id}} stands for a value, and what is between {{#findings}} and
// {{/findings}}, rows of a table or paragraphs, is repeated for each finding.
//
// A template is untrusted: its size is bounded, and it can name nothing but what is listed here. Word cuts a text into runs where it
// likes; a placeholder is found across them. What a target said is text and never markup, field or placeholder. Only the document's body,
// headers and footers are filled; everything else of the template is kept as it is.
package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/plumbline/plumbline/checks/report"
)

// Limits of a template, packed and unpacked.
const (
	MaxTemplate = 16 << 20
	maxParts    = 2000
	maxPart     = 32 << 20
	maxUnpacked = 64 << 20
)

// MaxFindings is how many findings a document takes: it is put together in memory.
const MaxFindings = 20_000

// ErrTooLarge says that the document would hold too much.
var ErrTooLarge = fmt.Errorf("a DOCX holds %d findings at the most; take xlsx, csv or html", MaxFindings)

// A Mistake is what is wrong with a template.
type Mistake struct{ Text string }

func (m *Mistake) Error() string { return "the template: " + m.Text }

func wrong(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// filled are the parts that have placeholders.
var filled = regexp.MustCompile(`^word/(document|header\d*|footer\d*)\.xml$`)

// Write fills the template, or one of our own where it is nil, with one report.
func Write(w io.Writer, r *report.Report, template []byte) error {
	if len(r.Findings) > MaxFindings {
		return ErrTooLarge
	}
	if template == nil {
		var err error
		if template, err = Default(r.Language); err != nil {
			return err
		}
	}
	parts, err := unpack(template)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	body := false
	for _, p := range parts {
		if filled.MatchString(p.name) {
			body = body || p.name == "word/document.xml"
			if p.text, err = fill(p.text, valuesOf(r)); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		to, err := z.Create(p.name)
		if err != nil {
			return err
		}
		if _, err := to.Write(p.text); err != nil {
			return err
		}
	}
	if !body {
		return wrong("it is no Word document: word/document.xml is not there")
	}
	return z.Close()
}

// A part is one file of a document.
type part struct {
	name string
	text []byte
}

// unpack reads a document within the limits, whatever its directory says of sizes.
func unpack(template []byte) ([]part, error) {
	if len(template) > MaxTemplate {
		return nil, wrong("larger than %d MiB", MaxTemplate>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(template), int64(len(template)))
	if err != nil {
		return nil, wrong("not a .docx: %v", err)
	}
	if len(z.File) > maxParts {
		return nil, wrong("more than %d parts", maxParts)
	}
	var out []part
	seen := map[string]bool{}
	left := int64(maxUnpacked)
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, wrong("the part %.100q is there twice", f.Name)
		}
		seen[f.Name] = true
		p, err := f.Open()
		if err != nil {
			return nil, wrong("part %.100q: %v", f.Name, err)
		}
		limit := min(left, maxPart)
		text, err := io.ReadAll(io.LimitReader(p, limit+1))
		if err = errors.Join(err, p.Close()); err != nil {
			return nil, wrong("part %.100q: %v", f.Name, err)
		}
		if int64(len(text)) > limit {
			return nil, wrong("unpacked it is larger than %d MiB", maxUnpacked>>20)
		}
		left -= int64(len(text))
		out = append(out, part{f.Name, text})
	}
	return out, nil
}
