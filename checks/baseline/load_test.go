package baseline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every file of testdata/refused is refused with exactly the errors that stand in the file of the same name with the ending
// .want: line:column: words. PLUMBLINE_UPDATE=1 writes them anew, to be read before they are believed.
func TestRefused(t *testing.T) {
	files, err := filepath.Glob("testdata/refused/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := Load("x", read(t, file), known())
			if err == nil {
				t.Fatalf("it was accepted: %+v", b)
			}
			var all Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("%T is not Errors", err)
			}
			got := ""
			for _, one := range all {
				got += fmt.Sprintf("%d:%d: %s\n", one.Line, one.Column, one.Message)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if os.Getenv("PLUMBLINE_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(read(t, golden)); got != want {
				t.Errorf("got\n%swanted\n%s", got, want)
			}
		})
	}
}

func TestGood(t *testing.T) {
	b, err := Load("own.yaml", read(t, "testdata/good/own.yaml"), known())
	if err != nil {
		t.Fatal(err)
	}
	if b.ID != "branch-rules" || b.Version != "2" || len(b.Clauses) != 3 || len(b.Digest) != 64 {
		t.Errorf("%+v", b)
	}
	c := b.Clause("BR/1")
	if len(c.Checks) != 2 || c.Checks[1].With[0] != (Param{"classes", "letter+digit"}) || c.On() != Host {
		t.Errorf("%+v", c)
	}
	if got := b.Clause("BR/2").Attested.GetEn(); got != "the record of the drill" {
		t.Errorf("evidence %q", got)
	}
	if tie := b.Clause("BR/3").Checks[0]; tie.On != Host|Device || !tie.Partial || tie.Default {
		t.Errorf("%+v", tie)
	}
}

// The example that people start from is one that works, also when an editor puts a byte-order mark before it.
func TestReadme(t *testing.T) {
	_, rest, found := strings.Cut(string(read(t, "README.md")), "```yaml\n")
	example, _, ends := strings.Cut(rest, "```\n")
	if !found || !ends {
		t.Fatal("the README has no example")
	}
	for _, text := range []string{example, "\ufeff" + example, strings.ReplaceAll(example, "\n", "\r\n")} {
		b, err := Load("README.md", []byte(text), known())
		if err != nil {
			t.Fatal(err)
		}
		if c := b.Clause("MB/1"); c == nil || c.Note.GetEn() != "in force from 2025" {
			t.Errorf("%+v", c)
		}
	}
}

// Order of keys, comments and style of a file do not change the digest; any word of the content does.
func TestDigest(t *testing.T) {
	text := string(read(t, "testdata/good/own.yaml"))
	load := func(text string) string {
		t.Helper()
		b, err := Load("x", []byte(text), known())
		if err != nil {
			t.Fatal(err)
		}
		return b.Digest
	}
	first := load(text)
	if same := load("# another comment\n" + strings.Replace(text, "[PWD-01, PWD-02]", "\n      - PWD-01\n      - PWD-02", 1)); same != first {
		t.Error("the layout changed the digest")
	}
	for _, change := range [][2]string{{"length: 10", "length: 11"}, {"partial: true", "partial: false"}, {"[host, device]", "[host]"},
		{"演练记录", "记录"}, {"enhanced", "basic"}, {`version: "2"`, `version: "3"`}, {"BR/2", "BR/4"}} {
		changed := strings.Replace(text, change[0], change[1], 1)
		if changed == text {
			t.Fatalf("%q does not stand in the file", change[0])
		}
		if load(changed) == first {
			t.Errorf("%q for %q did not change the digest", change[1], change[0])
		}
	}
}

func TestExtends(t *testing.T) {
	parent := ByID("jrt0068-2012")
	before := parent.digest()
	b, err := Load("extends.yaml", read(t, "testdata/good/extends.yaml"), known())
	if err != nil {
		t.Fatal(err)
	}
	if b.Extends != parent.ID+"@"+parent.Digest {
		t.Errorf("extends %q", b.Extends)
	}
	if b.Clause("JRT0068-2012/6.1.4.3.a.3-1") != nil {
		t.Error("the dropped clause is still there")
	}
	if len(b.Clauses) != len(parent.Clauses) || b.Clause("MB/1") == nil {
		t.Errorf("%d clauses, wanted %d", len(b.Clauses), len(parent.Clauses))
	}
	aged := 0
	for _, c := range b.Clauses {
		for _, tie := range c.Checks {
			if tie.Check == "password.max_age" {
				aged++
				if v, _ := tie.stated("age"); v != "60d" {
					t.Errorf("%s: age %s", c.ID, v)
				}
			}
			if v, _ := tie.stated("idle"); tie.Check == "session.idle" && (v != "<10m" || tie.Default) {
				t.Errorf("%s: idle %s, default %t", c.ID, v, tie.Default)
			}
		}
	}
	if aged == 0 {
		t.Error("no clause on password age was seen")
	}
	if parent.digest() != before {
		t.Error("the extended baseline was changed")
	}
}

func FuzzLoad(f *testing.F) {
	seeds := 0
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/refused/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			f.Add(read(f, file))
			seeds++
		}
	}
	if seeds < 40 {
		f.Fatalf("only %d seeds", seeds)
	}
	checks := known()
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Load("x.yaml", data, checks)
		if (b == nil) == (err == nil) {
			t.Fatalf("%v and %v", b, err)
		}
		var all Errors
		if err != nil && (!errors.As(err, &all) || len(all) == 0 || all[0].Line < 1 || all[0].Column < 1) {
			t.Fatalf("an error without a place: %v", err)
		}
		if b == nil {
			return
		}
		for _, c := range b.Clauses {
			if _, err := b.Plan(checks, Host|Device, Options{Clauses: []string{c.ID}}); err != nil {
				t.Fatalf("accepted, but cannot be judged: %v", err)
			}
		}
	})
}
