package baseline

import (
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Load reads a baseline file. name is what errors call the file; known are the checks that exist. A file in which
// anything is wrong is refused as a whole with Errors, which says everything that was found, each with its place.
func Load(name string, data []byte, known []*checks.Check) (*Baseline, error) {
	l := newLoader(name, controls, known)
	b := l.baseline(data)
	if b != nil && ByID(b.ID) != nil {
		l.add(1, 1, "id "+b.ID+" is that of a built-in baseline; give yours a name of its own and let it extend that one")
	}
	if err := l.err(); err != nil {
		return nil, err
	}
	b.Digest = b.digest()
	return b, nil
}

// A loader reads a file against the vocabularies.
type loader struct {
	reader
	controls map[string]*Control
	checks   map[string]*checks.Check
}

func newLoader(name string, vocabulary []Control, known []*checks.Check) *loader {
	l := &loader{reader: reader{file: name}, controls: map[string]*Control{}, checks: index(known)}
	for i := range vocabulary {
		l.controls[vocabulary[i].ID] = &vocabulary[i]
	}
	return l
}

// isBaselineID says whether a word can name a baseline: it goes into commands, files and addresses.
func isBaselineID(s string) bool {
	outside := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) }
	return len(s) <= 64 && !strings.ContainsFunc(s, outside) && !strings.ContainsAny(s[:1], "._-")
}

// isClauseID says whether a word can name a clause: it stands in tables and is typed in commands.
func isClauseID(s string) bool {
	return len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(" ,\"'", r) })
}

func (l *loader) baseline(data []byte) *Baseline {
	root := l.document(data)
	if root == nil {
		return nil
	}
	m, ok := l.mapping(root, "a baseline", "id", "version", "title", "source", "extends", "parameters", "drop", "clauses")
	if !ok {
		return nil
	}
	b := &Baseline{Version: "1"}
	if n := m["extends"]; n != nil {
		l.extend(b, n)
	}
	if n := m["id"]; n != nil {
		if b.ID = l.word(n, "id"); b.ID != "" && !isBaselineID(b.ID) {
			l.fail(n, "id %q: lower-case letters, digits, dots and dashes, at most 64", b.ID)
		}
	}
	if n := m["version"]; n != nil {
		b.Version = l.word(n, "version")
	}
	if n := m["title"]; n != nil {
		b.Title = l.text(n, "title")
	}
	if n := m["source"]; n != nil {
		b.Source = l.text(n, "source")
	}
	required := []string{"id", "title"}
	if m["extends"] == nil {
		required = append(required, "clauses")
		for _, key := range []string{"parameters", "drop"} {
			if m[key] != nil {
				l.fail(m[key], "%s changes a baseline that is extended; name it in extends", key)
			}
		}
	}
	for _, key := range required {
		if m[key] == nil {
			l.fail(root, "a baseline needs %s", key)
		}
	}
	if b.Extends != "" {
		l.drop(b, m["drop"])
		l.parameters(b, m["parameters"])
	}
	l.clauses(b, m["clauses"])
	return b
}

func (l *loader) clauses(b *Baseline, list ast.Node) {
	line := map[string]int{}
	for _, c := range b.Clauses {
		line[c.ID] = 0
	}
	for _, n := range l.items(list, "clauses") {
		c := l.clause(n)
		if c.ID == "" {
			continue
		}
		first, twice := line[c.ID]
		switch {
		case twice && first == 0:
			l.fail(n, "clause %s stands in %s already; drop it to replace it", c.ID, b.parent())
		case twice:
			l.fail(n, "clause %s stands twice, first in line %d", c.ID, first)
		default:
			line[c.ID], _ = place(n)
			b.Clauses = append(b.Clauses, c)
		}
	}
	if len(b.Clauses) == 0 && len(l.errs) == 0 {
		l.add(1, 1, "the baseline has no clause")
	}
}

func (l *loader) clause(n ast.Node) Clause {
	var c Clause
	m, ok := l.mapping(n, "a clause", "id", "level", "subject", "controls", "zh", "en", "note", "checks", "attested", "not_observable")
	if !ok {
		return c
	}
	for _, key := range []string{"id", "level", "subject", "controls", "zh", "en"} {
		if m[key] == nil {
			l.fail(n, "the clause lacks %s", key)
		}
	}
	if v := m["id"]; v != nil {
		if c.ID = l.word(v, "clause id"); c.ID != "" && !isClauseID(c.ID) {
			l.fail(v, "clause id %q: no spaces, commas or quotes, at most 128 bytes", c.ID)
		}
	}
	if v := m["level"]; v != nil {
		c.Level = l.oneOf(v, "level", Basic, Enhanced)
	}
	if v := m["subject"]; v != nil {
		c.Subject = l.oneOf(v, "subject", Subjects()...)
	}
	c.Controls = l.clauseControls(m["controls"])
	if m["zh"] != nil && m["en"] != nil {
		c.Text = &pb.Text{Zh: l.word(m["zh"], "zh"), En: l.word(m["en"], "en")}
	}
	if v := m["note"]; v != nil {
		c.Note = l.text(v, "note")
	}
	l.classify(&c, n, m)
	return c
}

func (l *loader) clauseControls(list ast.Node) []string {
	var ids []string
	for _, n := range l.items(list, "controls") {
		id := l.word(n, "a control")
		switch {
		case id == "":
		case l.controls[id] == nil:
			l.fail(n, "unknown control %q; a control is a word of the vocabulary, e.g. PWD-01", id)
		case slices.Contains(ids, id):
			l.fail(n, "control %s stands twice", id)
		default:
			ids = append(ids, id)
		}
	}
	if list != nil && len(ids) == 0 && len(l.items(list, "controls")) == 0 {
		l.fail(list, "the clause needs at least one control")
	}
	return ids
}

// classify reads the one key that says how the clause is shown.
func (l *loader) classify(c *Clause, n ast.Node, m map[string]ast.Node) {
	var ways []string
	for _, key := range []string{"checks", "attested", "not_observable"} {
		if m[key] != nil {
			ways = append(ways, key)
		}
	}
	switch len(ways) {
	case 0:
		l.fail(n, "the clause says neither checks nor attested nor not_observable; it needs one of them")
	case 1:
	default:
		l.fail(m[ways[1]], "the clause says %s; it may say only one of them", strings.Join(ways, " and "))
	}
	if v := m["checks"]; v != nil {
		c.Checks = l.ties(c, v)
	}
	if v := m["not_observable"]; v != nil {
		c.NotObservable = l.text(v, "not_observable")
	}
	switch v := m["attested"].(type) {
	case nil:
	case *ast.BoolNode:
		if !v.Value {
			l.fail(v, "attested is true or the evidence that is expected")
		} else if len(c.Controls) > 0 {
			c.Attested = l.controls[c.Controls[0]].Evidence
		}
	default:
		c.Attested = l.text(v, "attested")
	}
}
