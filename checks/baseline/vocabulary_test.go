package baseline

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The readers of the two files that only ever become generated code.

// scoringTable reads the file of a scoring table. Its weights must come to 100.
func (l *loader) scoringTable(data []byte) ScoringTable {
	var t ScoringTable
	root := l.document(data)
	if root == nil {
		return t
	}
	m, ok := l.mapping(root, "a scoring table", "id", "baseline", "title", "indicators")
	if !ok {
		return t
	}
	t.ID, t.Baseline = l.word(m["id"], "id"), l.word(m["baseline"], "baseline")
	t.Title = l.text(m["title"], "title")
	sum := 0
	for _, n := range l.items(m["indicators"], "indicators") {
		in := l.indicator(n)
		sum += in.Weight
		t.Indicators = append(t.Indicators, in)
	}
	if sum != 100 {
		l.fail(m["indicators"], "the weights come to %d, not to 100", sum)
	}
	return t
}

func (l *loader) indicator(n ast.Node) Indicator {
	var in Indicator
	m, ok := l.mapping(n, "an indicator", "id", "group", "name", "weight", "zh", "en", "clauses", "controls", "share", "evidence")
	if !ok {
		return in
	}
	in.ID = l.word(m["id"], "id")
	in.Group, in.Name, in.Share = l.text(m["group"], "group"), l.text(m["name"], "name"), l.text(m["share"], "share")
	if v, ok := m["weight"].(*ast.IntegerNode); ok {
		if w, ok := v.Value.(uint64); ok {
			in.Weight = int(w)
		}
	}
	in.Text = &pb.Text{Zh: l.word(m["zh"], "zh"), En: l.word(m["en"], "en")}
	for _, v := range l.items(m["clauses"], "clauses") {
		in.Clauses = append(in.Clauses, l.word(v, "a clause"))
	}
	if m["controls"] != nil {
		in.Controls = l.clauseControls(m["controls"])
	}
	for _, v := range l.items(m["evidence"], "evidence") {
		in.Evidence = append(in.Evidence, l.text(v, "evidence"))
	}
	return in
}

// vocabulary reads the file of controls.
func (l *loader) vocabulary(data []byte) []Control {
	root := l.document(data)
	if root == nil {
		return nil
	}
	m, _ := l.mapping(root, "the vocabulary", "controls")
	var out []Control
	for _, n := range l.items(m["controls"], "controls") {
		c, ok := l.mapping(n, "a control", "id", "zh", "en", "evidence")
		if !ok {
			continue
		}
		id := l.word(c["id"], "id")
		if slices.ContainsFunc(out, func(o Control) bool { return o.ID == id }) {
			l.fail(n, "control %s stands twice", id)
			continue
		}
		out = append(out, Control{id, &pb.Text{Zh: l.word(c["zh"], "zh"), En: l.word(c["en"], "en")}, l.text(c["evidence"], "evidence")})
	}
	return out
}
