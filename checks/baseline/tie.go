package baseline

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/plumbline/plumbline/checks"
)

func (l *loader) ties(c *Clause, list ast.Node) []Tie {
	items := l.items(list, "checks")
	if len(items) == 0 {
		if _, ok := list.(*ast.SequenceNode); ok {
			l.fail(list, "checks names no check")
		}
		return nil
	}
	var ties []Tie
	for _, n := range items {
		t, ok := l.tie(c, n)
		if !ok {
			continue
		}
		if slices.ContainsFunc(ties, func(o Tie) bool { return o.Check == t.Check && o.On&t.On != 0 }) {
			l.fail(n, "check %s stands twice in the clause for the same kind of target", t.Check)
			continue
		}
		ties = append(ties, t)
	}
	return ties
}

func (l *loader) tie(c *Clause, n ast.Node) (Tie, bool) {
	var t Tie
	m, ok := l.mapping(n, "an item of checks", "check", "with", "figure", "literal", "partial", "on")
	if !ok {
		return t, false
	}
	if m["check"] == nil {
		l.fail(n, "an item of checks lacks check")
		return t, false
	}
	check := l.check(m["check"])
	if check == nil {
		return t, false
	}
	t.Check = check.ID
	before := len(l.errs)
	t.With = l.figures(check, m["with"], "with")
	t.Literal = l.figures(check, m["literal"], "literal")
	for _, p := range t.Literal {
		if _, ok := t.stated(p.Name); !ok {
			l.fail(m["literal"], "literal %s needs the stricter value that is judged, in with", p.Name)
		}
	}
	if v := m["figure"]; v != nil {
		t.Default = l.oneOf(v, "figure", "default") == "default"
	}
	if v := m["partial"]; v != nil {
		t.Partial = l.flag(v, "partial")
	}
	t.On = l.kinds(c, n, m["on"])
	if len(l.errs) == before {
		l.complete(check, &t, n)
	}
	return t, true
}

// complete sees to it that every figure is either the clause's or known to be ours.
func (l *loader) complete(check *checks.Check, t *Tie, n ast.Node) {
	var open []string
	for _, p := range check.Params {
		if _, ok := t.stated(p.Name); !ok {
			open = append(open, p.Name)
		}
	}
	switch {
	case len(open) > 0 && !t.Default:
		l.fail(n, "the clause sets no %s for %s; state it in with, or say figure: default where the clause has none", strings.Join(open, ", "), t.Check)
	case len(open) == 0 && t.Default:
		l.fail(n, "figure: default, but no figure of %s is left open", t.Check)
	}
}

func (l *loader) check(n ast.Node) *checks.Check {
	id := l.word(n, "check")
	if id == "" {
		return nil
	}
	c := l.checks[id]
	if c == nil {
		subject, _, _ := strings.Cut(id, ".")
		var near []string
		for known := range l.checks {
			if strings.HasPrefix(known, subject+".") {
				near = append(near, known)
			}
		}
		slices.Sort(near)
		if near == nil {
			l.fail(n, "unknown check %q", id)
		} else {
			l.fail(n, "unknown check %q; the checks on %s are: %s", id, subject, strings.Join(near, ", "))
		}
	}
	return c
}

// figures reads the parameters of a check and tries each value.
func (l *loader) figures(check *checks.Check, n ast.Node, what string) []Param {
	if n == nil {
		return nil
	}
	pairs, _ := l.pairs(n, what)
	var out []Param
	for _, p := range pairs {
		if v, ok := l.figure(check, p); ok {
			out = append(out, Param{p.name, v})
		}
	}
	slices.SortFunc(out, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (l *loader) figure(check *checks.Check, p pair) (string, bool) {
	i := slices.IndexFunc(check.Params, func(d checks.Param) bool { return d.Name == p.name })
	if i < 0 {
		var names []string
		for _, d := range check.Params {
			names = append(names, d.Name)
		}
		if names == nil {
			l.fail(p.key, "check %s has no parameter", check.ID)
		} else {
			l.fail(p.key, "check %s has no parameter %q; it has: %s", check.ID, p.name, strings.Join(names, ", "))
		}
		return "", false
	}
	value := l.value(p)
	if value == "" {
		return "", false
	}
	// The parameter is read on its own, so that the error is about this value.
	one := checks.Check{ID: check.ID, Params: check.Params[i : i+1]}
	if _, err := one.ReadParams(map[string]string{p.name: value}, checks.Env{}); err != nil {
		l.fail(p.value, "%v", err)
		return "", false
	}
	return value, true
}

// value is a single value, or a list of words.
func (l *loader) value(p pair) string {
	if s, ok := p.value.(*ast.SequenceNode); ok {
		var words []string
		for _, n := range s.Values {
			words = append(words, l.word(n, p.name))
		}
		return strings.Join(words, "+")
	}
	return l.word(p.value, p.name)
}

// kinds reads on; without it the clause's subject decides.
func (l *loader) kinds(c *Clause, at, n ast.Node) Kind {
	if n == nil {
		switch c.Subject {
		case "host":
			return Host
		case "network-device":
			return Device
		}
		if !slices.Contains(Subjects(), c.Subject) {
			return 0 // refused already
		}
		l.fail(at, "say on: [host], [device] or [host, device]: a clause about %s does not tell", c.Subject)
		return 0
	}
	var k Kind
	for _, v := range l.items(n, "on") {
		one, _ := KindOf(l.oneOf(v, "on", "host", "device"))
		k |= one
	}
	if s, ok := n.(*ast.SequenceNode); ok && len(s.Values) == 0 {
		l.fail(n, "on names no kind of target")
	}
	return k
}
