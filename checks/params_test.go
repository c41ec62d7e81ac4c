package checks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks"
)

var everyKind = &checks.Check{ID: "test.kinds", Params: []checks.Param{
	{Name: "count", Kind: checks.Number, Default: "8"},
	{Name: "age", Kind: checks.Span, Default: "90d"},
	{Name: "events", Kind: checks.Words, Default: "b+a", Allowed: []string{"a", "b", "c"}},
	{Name: "min", Kind: checks.Word, Default: "TLSv1.2", Allowed: []string{"TLSv1.2", "TLSv1.3"}},
	{Name: "free", Kind: checks.Words, Default: "x"},
}}

func TestDefaults(t *testing.T) {
	p, err := everyKind.ReadParams(nil, checks.Env{Role: "web"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Int("count") != 8 || p.Limit("age") != (checks.Limit{Span: 90 * 24 * time.Hour}) || !slices.Equal(p.Words("events"), []string{"a", "b"}) || p.Word("min") != "TLSv1.2" || p.Role != "web" {
		t.Errorf("%v", p)
	}
	if got, want := p.String(), "age=90d count=8 events=a+b free=x min=TLSv1.2"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
}

// However a value is written, equal values are written equally: judging relies on it.
func TestValuesAreRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"count", " 0 ", "count=0"}, {"count", "007", "count=7"},
		{"age", "12w", "age=84d"}, {"age", "<15m", "age=<15m"}, {"age", "< 900s", "age=<15m"}, {"age", "36h", "age=36h"}, {"age", "1h30m", "age=1h30m"},
		{"events", "c,a b+a", "events=a+b+c"}, {"min", " TLSv1.3 ", "min=TLSv1.3"}, {"free", "y+x+y", "free=x+y"},
	} {
		p, err := everyKind.ReadParams(map[string]string{c.name: c.text}, checks.Env{})
		if err != nil {
			t.Errorf("%s=%q: %v", c.name, c.text, err)
		} else if !slices.Contains(strings.Fields(p.String()), c.want) {
			t.Errorf("%s=%q became %q, want %s", c.name, c.text, p, c.want)
		}
	}
}

func TestValuesAreRefused(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"count", "eight", "whole number"}, {"count", "-1", "whole number"}, {"count", "8.5", "whole number"}, {"count", "", "must be set"}, {"count", "99999999999999999999", "whole number"},
		{"age", "90", "length of time"}, {"age", "0s", "longer than nothing"}, {"age", "-5m", "longer than nothing"}, {"age", "<0d", "longer than nothing"}, {"age", "soon", "length of time"}, {"age", "<<15m", "length of time"},
		{"events", "a+d", "not one of"}, {"events", "A", "not one of"}, {"min", "TLSv1.1", "not one of"}, {"min", "TLSv1.2+TLSv1.3", "not one of"},
		{"unheard", "1", "no parameter"},
	} {
		_, err := everyKind.ReadParams(map[string]string{c.name: c.text}, checks.Env{})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "test.kinds") || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%q: got %v, want an error that names both and says %q", c.name, c.text, err, c.says)
		}
	}
	none := &checks.Check{ID: "test.none"}
	if _, err := none.ReadParams(map[string]string{"x": "1"}, checks.Env{}); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v", err)
	}
	unset := &checks.Check{ID: "test.unset", Params: []checks.Param{{Name: "must", Kind: checks.Number}}}
	if _, err := unset.ReadParams(nil, checks.Env{}); err == nil || !strings.Contains(err.Error(), "must be set") {
		t.Errorf("got %v", err)
	}
	kindless := &checks.Check{ID: "test.kindless", Params: []checks.Param{{Name: "x", Default: "1"}}}
	if _, err := kindless.ReadParams(nil, checks.Env{}); err == nil {
		t.Error("a parameter without a kind is read")
	}
}

func TestUndeclaredParametersPanic(t *testing.T) {
	p, err := everyKind.ReadParams(nil, checks.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(){
		"unheard": func() { p.Int("unheard") }, "of another kind": func() { p.Int("age") }, "words": func() { p.Words("count") }, "word": func() { p.Word("events") }, "limit": func() { p.Limit("min") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("asking for a parameter that is %s does not panic", name)
				}
			}()
			ask()
		}()
	}
}

func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range []checks.Kind{checks.Number, checks.Span, checks.Words, checks.Word} {
		if k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d is called %q", k, k)
		}
		seen[k.String()] = true
	}
}
