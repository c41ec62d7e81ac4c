package tree_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

func document(text string) driver.Document {
	return driver.Document{Source: "show", Answer: &pluginpb.Answer{Body: []byte(text), Complete: true}}
}

// leaves prints every path of a tree, with the line of its end.
func leaves(n *tree.Node) []string {
	if len(n.All()) == 0 {
		return []string{strings.Join(n.Words(), " ")}
	}
	var out []string
	for _, c := range n.All() {
		out = append(out, leaves(c)...)
	}
	return out
}

// Both ways to write a tree give the same one.
func TestFormsAgree(t *testing.T) {
	braces := tree.Braces(document("a {\n    b c; /* why */\n    list [ x y ];\n    other [x\n y];\n    word \"two words\"; ## SECRET\n    inactive: off;\n}\n"), tree.Options{})
	set := tree.Set(document("set a b c\nset a list [ x y ]\nset a other x\nset a other y\nset a word \"two words\"\nset a off\ndeactivate a off\nset a gone\ndelete a gone\n"), tree.Options{})
	lines := tree.Braces(document("a {\n    b c\n    list x\n    list y\n    other x\n    other y\n    word \"two words\"\n}\n// the end\n"), tree.Options{Lines: true})
	want := []string{"a b c", "a list x", "a list y", "a other x", "a other y", "a word two words"}
	for name, got := range map[string]tree.Text{"braces": braces, "set": set, "lines": lines} {
		if !got.Balanced || !slices.Equal(leaves(got.Root), want) {
			t.Errorf("%s: balanced %v, %q, want %q", name, got.Balanced, leaves(got.Root), want)
		}
	}
	if off := braces.Root.Find("a", "off"); off == nil || !off.Inactive || braces.Root.Has("a", "off") {
		t.Errorf("what is inactive is not found as such: %v", off)
	}
}

// One line may give several settings.
func TestPairs(t *testing.T) {
	o := tree.Options{Pairs: []tree.Pairs{{Path: []string{"rules", "*"}, Keys: []string{"from", "to", "name"}}}}
	got := leaves(tree.Set(document("set rules A from any to [ from x ] name \"to\"\nset rules A name from\nset other from a to b\n"), o).Root)
	if want := []string{"rules A from any", "rules A to from", "rules A to x", "rules A name to", "rules A name from", "other from a to b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBalance(t *testing.T) {
	for text, want := range map[string]bool{
		"a { b; }\n":                      true,
		"a {\n b;\n":                      false,
		"a;\n}\n":                         false,
		"a \"open;\nb;\n":                 false,
		"a /* open\n":                     false,
		"a {\n{% if x %}\nb;\n}\n":        false,
		"a {{ name }};\nb <?php x; ?>;\n": true,
		"{ b; }\n":                        false,
		"Last login: today\na b;\n":       true, // a greeting
		"a {\n    noise of a terminal\n    b;\n}\n": false, // lines are lost
		"a [ b\n  c ];\n":                                      true,
		strings.Repeat("a ", 300) + ";\n":                      false,
		strings.Repeat("a { ", 300) + strings.Repeat("}", 300): false,
		"a [" + strings.Repeat(" b", 3000) + " ];\n":           true,
	} {
		if got := tree.Braces(document(text), tree.Options{}).Balanced; got != want {
			t.Errorf("%q: balanced %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]bool{"set a b\n": true, "set a \"b\nc\"\nset d\n": true, "set a \"b\n": false, "set a\nrename a to b\n": false} {
		if got := tree.Set(document(text), tree.Options{}).Balanced; got != want {
			t.Errorf("%q: balanced %v, want %v", text, got, want)
		}
	}
}

func TestTemplatesStayOneWord(t *testing.T) {
	got := tree.Braces(document("name {{ the host }};\nother <?php echo $x['y']; ?>/24;\n"), tree.Options{})
	if n := got.Root.Value("name"); n == nil || n.Word != "{{ the host }}" || !tree.Hole(n.Word) {
		t.Errorf("name is %v", n)
	}
	if n := got.Root.Value("other"); n == nil || !strings.HasSuffix(n.Word, "?>/24") || !tree.Hole(n.Word) {
		t.Errorf("other is %v", n)
	}
}

// What has no end before the configuration hides nothing of it, and a hole on its own line swallows no neighbour.
func TestBrokenLines(t *testing.T) {
	got := tree.Braces(document("Building configuration...\nlist {\n    <removed>\n    192.0.2.0/24;\n}\n"), tree.Options{})
	if !got.Root.Has("list", "192.0.2.0/24") || !got.Root.Has("list", "<removed>") || !got.Balanced {
		t.Errorf("%q, balanced %v", leaves(got.Root), got.Balanced)
	}
}

func TestLinesOfEvidence(t *testing.T) {
	got := tree.Braces(document("a {\n    b {\n        c;\n    }\n}\nd;\n"), tree.Options{})
	c := tree.Config{Doc: document(""), Root: got.Root, Mask: func(w []string) []string { return w }}
	if e := c.Section(got.Root.Get("a")); e.GetFirstLine() != 1 || e.GetLastLine() != 5 {
		t.Errorf("a stands on lines %d to %d", e.GetFirstLine(), e.GetLastLine())
	}
	if e := c.At(got.Root.Get("a", "b", "c")); e.GetFirstLine() != 3 || e.GetExcerpt() != "a b c" {
		t.Errorf("c is cited as %d %q", e.GetFirstLine(), e.GetExcerpt())
	}
	if e := c.At(nil); e.GetFirstLine() != 0 {
		t.Errorf("nothing is cited as %v", e)
	}
}

// Of several values what stands there itself outweighs what is inherited.
func TestValue(t *testing.T) {
	root := &tree.Node{}
	for _, w := range []string{"first", "second"} {
		root.Add("x", 1).Add(w, 1).Inherited = true
	}
	if v := root.Value("x"); v.Text() != "first" {
		t.Errorf("of what is inherited %s holds", v.Text())
	}
	root.Add("x", 1).Add("own", 2)
	if v := root.Value("x"); v.Text() != "own" {
		t.Errorf("%s outweighs what stands there itself", v.Text())
	}
	if root.Value("none").Text() != "" || root.Get("x", "none", "more") != nil {
		t.Error("what is not there was found")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a {\n b c;\n inactive: d [ e f ];\n}\n")
	f.Add("set a 'b c'\ndelete a\n/* x */ \"")
	f.Fuzz(func(t *testing.T, text string) {
		for _, o := range []tree.Options{{}, {Lines: true}} {
			if got := tree.Braces(document(text), o); got.Root == nil {
				t.Error("no tree")
			}
		}
		if got := tree.Set(document(text), tree.Options{}); got.Root == nil {
			t.Error("no tree")
		}
	})
}
