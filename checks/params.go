package checks

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Kind is the type of a parameter.
type Kind int

// The kinds of parameters, with how their values are written.
const (
	// Number is a whole number: 8.
	Number Kind = iota + 1
	// Span is a length of time: 90d, 30m, 1800s. A leading < means strictly less: <15m.
	Span
	// Words is a set of words joined by +: letter+digit+symbol. Commas will do too.
	Words
	// Word is one word: TLSv1.2.
	Word
)

func (k Kind) String() string {
	return map[Kind]string{Number: "number", Span: "span", Words: "words", Word: "word"}[k]
}

// A Param is one parameter of a check.
type Param struct {
	// Name is how baselines set it: lower case with underscores.
	Name string
	Kind Kind
	// Default is what holds where nobody sets it, written as a value. Empty: it must be set.
	Default string
	// Allowed are the words that Word and Words take; nil: any.
	Allowed []string
	// Doc says what it means, with its unit.
	Doc *pb.Text
}

// Limit is a length of time that may not be exceeded; Strict: nor reached.
type Limit struct {
	Span   time.Duration
	Strict bool
}

// String writes the limit as a value.
func (l Limit) String() string {
	if l.Strict {
		return "<" + facts.Span(l.Span)
	}
	return facts.Span(l.Span)
}

// Params are a check's parameters, read, and the environment it judges in.
type Params struct {
	Env
	values map[string]any
	text   string
}

// Int gives a Number. Asking for a parameter that the check does not declare is a programming error and panics.
func (p Params) Int(name string) int64 { return value[int64](p, name) }

// Limit gives a Span.
func (p Params) Limit(name string) Limit { return value[Limit](p, name) }

// Words gives Words, sorted.
func (p Params) Words(name string) []string { return value[[]string](p, name) }

// Word gives a Word.
func (p Params) Word(name string) string { return value[string](p, name) }

func value[T any](p Params, name string) T {
	v, ok := p.values[name].(T)
	if !ok {
		panic(fmt.Sprintf("checks: there is no such parameter: %s", name))
	}
	return v
}

// String writes the values, "name=value" sorted by name: equal strings mean equal parameters.
func (p Params) String() string { return p.text }

// ReadParams reads the values that a baseline or a user gives to c, by name; what is not given has its default.
func (c *Check) ReadParams(given map[string]string, env Env) (Params, error) {
	p := Params{Env: env, values: map[string]any{}}
	for name := range given {
		if !slices.ContainsFunc(c.Params, func(d Param) bool { return d.Name == name }) {
			return p, fmt.Errorf("%s has no parameter %q (it has: %s)", c.ID, name, c.paramNames())
		}
	}
	var written []string
	for _, d := range c.Params {
		text, ok := given[d.Name]
		if !ok {
			text = d.Default
		}
		if strings.TrimSpace(text) == "" {
			return p, fmt.Errorf("%s: parameter %s must be set", c.ID, d.Name)
		}
		v, err := d.read(strings.TrimSpace(text))
		if err != nil {
			return p, fmt.Errorf("%s: parameter %s: %w", c.ID, d.Name, err)
		}
		p.values[d.Name] = v
		written = append(written, d.Name+"="+write(v))
	}
	sort.Strings(written)
	p.text = strings.Join(written, " ")
	return p, nil
}

func (c *Check) paramNames() string {
	if len(c.Params) == 0 {
		return "none"
	}
	names := make([]string, len(c.Params))
	for i, d := range c.Params {
		names[i] = d.Name
	}
	return strings.Join(names, ", ")
}

func (d Param) read(text string) (any, error) {
	switch d.Kind {
	case Number:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return n, nil
	case Span:
		rest, strict := strings.CutPrefix(text, "<")
		span, err := facts.ParseSpan(strings.TrimSpace(rest))
		if err != nil {
			return nil, err
		}
		if span <= 0 {
			return nil, fmt.Errorf("%q is not longer than nothing", text)
		}
		return Limit{span, strict}, nil
	case Words:
		words := strings.FieldsFunc(text, func(r rune) bool { return r == '+' || r == ',' || r == ' ' })
		sort.Strings(words)
		words = slices.Compact(words)
		if len(words) == 0 {
			return nil, fmt.Errorf("%q names nothing", text)
		}
		for _, w := range words {
			if d.Allowed != nil && !slices.Contains(d.Allowed, w) {
				return nil, fmt.Errorf("%q is not one of %s", w, strings.Join(d.Allowed, ", "))
			}
		}
		return words, nil
	case Word:
		if d.Allowed != nil && !slices.Contains(d.Allowed, text) {
			return nil, fmt.Errorf("%q is not one of %s", text, strings.Join(d.Allowed, ", "))
		}
		return text, nil
	}
	return nil, fmt.Errorf("the check declares it without a kind")
}

func write(v any) string {
	switch v := v.(type) {
	case Limit:
		return v.String()
	case []string:
		return strings.Join(v, "+")
	default:
		return fmt.Sprint(v)
	}
}
