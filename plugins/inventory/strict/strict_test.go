package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory/strict"
)

func reader() *strict.Reader {
	return &strict.Reader{Collector: &strict.Collector{}, File: "f.yaml"}
}

// A value that YAML might read as something else comes out as it was written: passwords look like anything.
func TestScalarsAsWritten(t *testing.T) {
	for _, v := range []string{"0010", "0x1F", "1_000", "1.10", "1e5", ".5", "+7", "0o17", "0b11", "True", "no", "2026-01-02", ".inf", ".NaN", "12:30:45", "a b", "=x", "'it''s'", `"q\"\u4e2d"`} {
		r := reader()
		root := r.Document([]byte("k: " + v + "\n"))
		pairs, ok := r.Pairs(root, "")
		if !ok || len(pairs) != 1 {
			t.Fatalf("%s: %v", v, r.Err())
		}
		want := map[string]string{"'it''s'": "it's", `"q\"\u4e2d"`: `q"中`}[v]
		if want == "" {
			want = v
		}
		if got := r.Word(pairs[0].Value, "k"); got != want {
			t.Errorf("%s is read as %q (%v)", v, got, r.Err())
		}
	}
}

func TestClosest(t *testing.T) {
	list := []string{"zone", "role", "driver", "address"}
	for word, want := range map[string]string{"zoen": "zone", "Adress": "address", "rolle": "role", "divers": "driver", "credential": "", "x": "", "": ""} {
		if got := strict.Closest(word, list); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestShow(t *testing.T) {
	if got := strict.Show("a\x1b[2J\xff中\n"); strings.ContainsAny(got, "\x1b\n") || !strings.Contains(got, "中") {
		t.Errorf("%q", got)
	}
	if got := strict.Show(strings.Repeat("中", 100)); len([]rune(got)) != 65 {
		t.Errorf("%q", got)
	}
}

// What a file with secrets holds is never repeated, however it is broken.
func TestSecretsAreNotRepeated(t *testing.T) {
	const canary = "Can4ry!s3cret"
	for _, text := range []string{
		"a: \"" + canary, canary, "- " + canary + "\n a: b: c", canary + ": x\n" + canary + ": y\n", "%YAML " + canary + "\n---\na: b", "a: !" + canary + " b",
		"a: *" + canary, "a: &" + canary, "\t" + canary, "{" + canary, "a: 'x\n" + canary + ": 'y", "? " + canary + "\n: [", strings.Repeat("[", 100) + canary, canary + "\xff",
	} {
		r := reader()
		r.Secrets = true
		root := r.Document([]byte(text))
		if root != nil {
			m, _ := r.Mapping(root, "", "password")
			r.Word(m["password"], "password")
		}
		err := r.Err()
		if err == nil {
			t.Errorf("%q is accepted", text)
			continue
		}
		for _, p := range strict.Problems(err) {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", p, p.Say(), p.Text), canary) {
				t.Errorf("%q: %v", text, p)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	c := strict.Collector{}
	for i := range 6000 {
		c.Add(&strict.Problem{File: "b", Line: 6000 - i, Text: checks.Say("错", "wrong")})
	}
	c.Add(&strict.Problem{File: "a", Text: checks.Say("错", "wrong")})
	list := strict.Problems(fmt.Errorf("reading: %w", c.Err()))
	if len(list) != 5001 || list[0].Line != 1001 || !strings.Contains(list[5000].Error(), "1001 more") || c.Count() != 6001 {
		t.Errorf("%d %v %v", len(list), list[0], list[len(list)-1])
	}
	one := &strict.Problem{File: "f", Line: 3, Column: 4, Field: "zone", Text: checks.Say("错", "wrong")}
	if one.Error() != "f:3:4: zone: wrong" || one.Say().GetZh() != "f:3:4: zone：错" {
		t.Error(one.Error(), one.Say())
	}
	if got := strict.Problems(one); len(got) != 1 || strict.Problems(errors.New("x")) != nil || (&strict.Collector{}).Err() != nil {
		t.Error(got)
	}
}

// What would keep the parser for minutes is told at once; lists may be as long as they like.
func TestLargeFiles(t *testing.T) {
	var keys, list strings.Builder
	keys.WriteString("all:\n  hosts:\n")
	list.WriteString("targets:\n")
	for i := range 41_000 {
		fmt.Fprintf(&keys, "    h%d:\n", i)
		list.WriteString("  - a: 1\n    b: 2\n")
	}
	for text, want := range map[string]string{keys.String(): "f.yaml:40003:1: more than 40000 keys", strings.Repeat("#\n", 9<<20): "split it", list.String(): ""} {
		r := reader()
		r.Document([]byte(text))
		if err := r.Err(); (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
