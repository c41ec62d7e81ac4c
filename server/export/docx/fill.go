package docx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/report"
)

// A span is an element of the source: where its start tag begins and its end tag ends.
type span struct {
	name        string
	begin, end  int64
	parent      int
	inner, last int64 // between its tags
}

// spans reads the structure of a part: paragraphs, rows and the texts in them.
func spans(source []byte) ([]span, error) {
	d := xml.NewDecoder(bytes.NewReader(source))
	var out []span
	var open []int
	for {
		begin := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return nil, wrong("not well-formed: %s is not closed", out[open[len(open)-1]].name)
			}
			return out, nil
		}
		if err != nil {
			return nil, wrong("not well-formed: %v", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, wrong("a document type is not taken")
		case xml.StartElement:
			parent := -1
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			if len(open) > 200 {
				return nil, wrong("nested too deeply")
			}
			open = append(open, len(out))
			out = append(out, span{name: t.Name.Space + ":" + t.Name.Local, begin: begin, parent: parent, inner: d.InputOffset()})
		case xml.EndElement:
			if len(open) == 0 {
				return nil, wrong("not well-formed: %s ends and never began", t.Name.Local)
			}
			one := &out[open[len(open)-1]]
			one.last, one.end = begin, d.InputOffset()
			open = open[:len(open)-1]
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}<>]*?)\s*\}\}`)

const (
	opening = "{{#findings}}"
	closing = "{{/findings}}"
)

// fill puts values in the place of placeholders: first the repeated part, then the rest.
func fill(source []byte, v values) ([]byte, error) {
	source, err := joined(source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	at := int64(0)
	for {
		begin, end := bytes.Index(source[at:], []byte(opening)), bytes.Index(source[at:], []byte(closing))
		if begin < 0 && end < 0 {
			break
		}
		if begin < 0 || end < begin {
			return nil, wrong("%s and %s do not belong together", opening, closing)
		}
		from, to, err := block(source, at+int64(begin), at+int64(end))
		if err != nil {
			return nil, err
		}
		if from < at {
			return nil, wrong("two repeated parts stand in one row")
		}
		head, err := replaced(source[at:from], v.one)
		if err != nil {
			return nil, err
		}
		out.Write(head)
		body := bytes.ReplaceAll(bytes.ReplaceAll(source[from:to], []byte(opening), nil), []byte(closing), nil)
		for i := range v.findings {
			one, err := replaced(body, func(name string) (string, bool) {
				if text, known := v.finding(i, name); known {
					return text, true
				}
				return v.one(name)
			})
			if err != nil {
				return nil, err
			}
			out.Write(one)
			if out.Len() > maxUnpacked {
				return nil, ErrTooLarge
			}
		}
		at = to
	}
	tail, err := replaced(source[at:], v.one)
	if err != nil {
		return nil, err
	}
	out.Write(tail)
	return out.Bytes(), nil
}

// joined moves every placeholder that Word cut into several texts of a paragraph into the first of them.
func joined(source []byte) ([]byte, error) {
	all, err := spans(source)
	if err != nil {
		return nil, err
	}
	texts := map[int][]int{} // by paragraph
	for i, s := range all {
		if s.name != "w:t" {
			continue
		}
		for p := s.parent; p >= 0; p = all[p].parent {
			if all[p].name == "w:p" {
				texts[p] = append(texts[p], i)
				break
			}
		}
	}
	type change struct {
		from, to int64
		text     string
	}
	var changes []change
	for _, list := range texts {
		parts := make([]string, len(list))
		for i, at := range list {
			parts[i] = string(source[all[at].inner:all[at].last])
		}
		was := slices.Clone(parts)
		for i := range parts {
			for strings.LastIndex(parts[i], "{{") > strings.LastIndex(parts[i], "}}") || strings.HasSuffix(parts[i], "{") {
				next := i + 1
				for next < len(parts) && parts[next] == "" {
					next++
				}
				if next == len(parts) {
					break
				}
				end := strings.Index(parts[next], "}}")
				switch {
				case end >= 0:
					end += 2
				case strings.HasPrefix(parts[next], "}") && strings.HasSuffix(parts[i], "}"):
					end = 1
				default:
					end = len(parts[next])
				}
				parts[i] += parts[next][:end]
				parts[next] = parts[next][end:]
			}
		}
		for i, at := range list {
			if parts[i] != was[i] {
				changes = append(changes, change{all[at].inner, all[at].last, parts[i]})
			}
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return int(a.from - b.from) })
	var out bytes.Buffer
	at := int64(0)
	for _, c := range changes {
		out.Write(source[at:c.from])
		out.WriteString(c.text)
		at = c.to
	}
	out.Write(source[at:])
	return out.Bytes(), nil
}

// block is what is repeated: the rows from that with the opening to that with the closing, or the paragraphs.
func block(source []byte, begin, end int64) (from, to int64, err error) {
	all, err := spans(source)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range []string{"w:tr", "w:p"} {
		first, last := holding(all, name, begin), holding(all, name, end)
		if first >= 0 && last >= 0 && all[first].parent == all[last].parent {
			return all[first].begin, all[last].end, nil
		}
	}
	return 0, 0, wrong("%s and %s must stand in rows of one table, or in paragraphs beside each other", opening, closing)
}

// holding is the innermost element of a name around a place, -1 for none.
func holding(all []span, name string, at int64) int {
	found := -1
	for i, s := range all {
		if s.name == name && s.begin <= at && at < s.end {
			found = i
		}
	}
	return found
}

// replaced puts values in; a name that there is not is an error.
func replaced(source []byte, value func(string) (string, bool)) ([]byte, error) {
	var failed error
	out := placeholder.ReplaceAllFunc(source, func(found []byte) []byte {
		name := string(placeholder.FindSubmatch(found)[1])
		text, known := value(name)
		if !known && failed == nil {
			failed = wrong("there is no placeholder {{%s}}; there are: %s", name, strings.Join(Names(), ", "))
		}
		return escaped(text)
	})
	return out, failed
}

// escaped is a text as it stands in w:t. Braces of a target cannot become a placeholder: what is replaced is not looked at again.
func escaped(text string) []byte {
	var b bytes.Buffer
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString(`</w:t><w:br/><w:t xml:space="preserve">`)
		}
		_ = xml.EscapeText(&b, []byte(report.Clean(line))) // a buffer takes all
	}
	return b.Bytes()
}
