package baseline

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
)

// extend starts from a built-in baseline. The clauses are copied: what the file changes is changed in the copy.
func (l *loader) extend(b *Baseline, n ast.Node) {
	id := l.word(n, "extends")
	if id == "" {
		return
	}
	parent := ByID(id)
	if parent == nil {
		l.fail(n, "there is no built-in baseline %q to extend; there are: %s", id, builtinIDs())
		return
	}
	b.Extends = parent.ID + "@" + parent.Digest
	b.Title, b.Source = parent.Title, parent.Source
	b.Clauses = slices.Clone(parent.Clauses)
	for i := range b.Clauses {
		b.Clauses[i].Checks = slices.Clone(b.Clauses[i].Checks)
	}
}

// parent is the id of the extended baseline.
func (b *Baseline) parent() string {
	id, _, _ := strings.Cut(b.Extends, "@")
	return id
}

func (l *loader) drop(b *Baseline, list ast.Node) {
	gone := map[string]bool{}
	for _, n := range l.items(list, "drop") {
		id := l.word(n, "a clause to drop")
		switch {
		case id == "":
		case gone[id]:
			l.fail(n, "clause %s is dropped twice", id)
		case b.Clause(id) == nil:
			l.fail(n, "there is no clause %s in %s to drop", id, b.parent())
		default:
			gone[id] = true
		}
	}
	b.Clauses = slices.DeleteFunc(b.Clauses, func(c Clause) bool { return gone[c.ID] })
}

// parameters sets figures of checks wherever the extended baseline uses them.
func (l *loader) parameters(b *Baseline, n ast.Node) {
	if n == nil {
		return
	}
	pairs, _ := l.pairs(n, "parameters")
	for _, p := range pairs {
		check := l.check(p.key)
		if check == nil {
			continue
		}
		set := l.override(check, p)
		if len(set) > 0 && b.set(check, set) == 0 {
			l.fail(p.key, "no clause of %s uses %s, so there is nothing to set", b.parent(), check.ID)
		}
	}
}

// override reads what parameters says of one check: its parameters by name, or just the value of the first.
func (l *loader) override(check *checks.Check, p pair) []Param {
	switch p.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return l.figures(check, p.value, "the parameters of "+check.ID)
	}
	if len(check.Params) == 0 {
		l.fail(p.key, "check %s has no parameter", check.ID)
		return nil
	}
	first := pair{check.Params[0].Name, p.key, p.value}
	v, ok := l.figure(check, first)
	if !ok {
		return nil
	}
	return []Param{{first.name, v}}
}

// set puts figures into every tie of a check and says in how many it did.
func (b *Baseline) set(check *checks.Check, params []Param) int {
	n := 0
	for i := range b.Clauses {
		for j := range b.Clauses[i].Checks {
			t := &b.Clauses[i].Checks[j]
			if t.Check != check.ID {
				continue
			}
			n++
			for _, p := range params {
				t.With = with(t.With, p)
				t.Literal = slices.DeleteFunc(slices.Clone(t.Literal), func(o Param) bool { return o.Name == p.Name })
			}
			t.Default = len(t.With) < len(check.Params)
		}
	}
	return n
}

// with is the list with one parameter set, in order; the list itself is left as it is.
func with(params []Param, p Param) []Param {
	out := slices.DeleteFunc(slices.Clone(params), func(o Param) bool { return o.Name == p.Name })
	i, _ := slices.BinarySearchFunc(out, p.Name, func(o Param, name string) int { return strings.Compare(o.Name, name) })
	return slices.Insert(out, i, p)
}

func builtinIDs() string {
	ids := make([]string, len(builtin))
	for i, b := range builtin {
		ids[i] = b.ID
	}
	return strings.Join(ids, ", ")
}
