package stanza_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

func lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, l := range strings.Split(text, "\n") {
			if !yield(i+1, l) {
				return
			}
		}
	}
}

var options = stanza.Options{
	Comment: func(s string) bool { return s == "!" },
	Free: func(s string) func(string) bool {
		if delim, ok := strings.CutPrefix(s, "banner motd "); ok {
			return func(l string) bool { return strings.HasSuffix(l, delim[:1]) }
		}
		return nil
	},
}

func TestParse(t *testing.T) {
	root := stanza.Parse(lines("hostname a\nline vty 0 4\n transport input ssh\n exec-timeout 5 0\n!\nbanner motd ^\nline vty 0 4\n no login\n^\nline con 0\n  login"), options)
	var got []string
	for n := range root.All() {
		got = append(got, fmt.Sprintf("%d-%d %s", n.N, n.Last, n.Text))
	}
	want := []string{"1-1 hostname a", "2-4 line vty 0 4", "3-3 transport input ssh", "4-4 exec-timeout 5 0", "6-9 banner motd ^", "10-11 line con 0", "11-11 login"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	line, rest := root.First("line", "vty")
	if line == nil || !slices.Equal(rest, []string{"0", "4"}) || line.N != 2 {
		t.Errorf("First(line vty) = %v %v", line, rest)
	}
	if last, _ := root.Final("line"); last.N != 10 {
		t.Errorf("Final(line) is on line %d", last.N)
	}
	if none, _ := root.First("lin"); none != nil {
		t.Error("part of a word is not the word")
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string][]string{
		`snmp-server community "two words" ro`: {"snmp-server", "community", `"two words"`, "ro"},
		"a\t b":                                {"a", "b"}, "": nil, `"open`: {`"open`}, `"a"b c`: {`"a"b`, "c"},
	} {
		if got := stanza.Words(in); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever comes, every line that is no comment and no free text finds one place, in order.
func FuzzParse(f *testing.F) {
	f.Add("a\n b\n  c\n!\nbanner motd ^\nx\n^\nd")
	f.Add(strings.Repeat(" ", 200) + "deep\n" + strings.Repeat("\t", 100) + "x")
	f.Fuzz(func(t *testing.T, text string) {
		prev := 0
		for n := range stanza.Parse(lines(text), options).All() {
			if n.N <= prev || n.Last < n.N {
				t.Fatalf("line %d (to %d) after line %d", n.N, n.Last, prev)
			}
			prev = n.N
			n.Words()
		}
	})
}

// A message of the system, or the rest of a line that was wrapped, ends no section.
func TestStrayLines(t *testing.T) {
	root := stanza.Parse(lines("aaa\n local-user a password x\n7%rest$\n local-user b\nNov 16 10:00:00 A %%01SHELL: y\n  state block\nline vty 0 4\n login"), options)
	aaa, _ := root.First("aaa")
	if b, _ := aaa.First("local-user", "b"); b == nil {
		t.Error("what follows the rest of a line is not in its section")
	} else if s, _ := b.First("state"); s == nil {
		t.Error("what follows a message is not in its section")
	}
	if line, _ := root.First("line"); line == nil || len(line.Children) != 1 {
		t.Error("the next section is not at the top")
	}
}

func TestFlat(t *testing.T) {
	many := strings.Repeat("interface x\nshutdown\n", 10)
	for text, want := range map[string]bool{many: true, many + " no shutdown\n": false, "interface x\nshutdown\n": false} {
		if got := stanza.Flat(lines(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
