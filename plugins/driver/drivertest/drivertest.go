// Package drivertest holds every driver to the contract.
//
// A case is one txtar file in testdata: the comment says where the transcript is from, each section answers the question
// it is named after (see Transcript), and the last ones are what the driver must make of it: "facts", and "unread" if
// lines are left that it does not understand. PLUMBLINE_UPDATE=1 go test ./... rewrites those; read what changed.
//
// The package is for tests only.
package drivertest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	factsSection  = "facts"
	unreadSection = "unread"
)

// An environment variable, not a flag: go test ./... hands a flag to every package, and those that lack it fail.
var update = os.Getenv("PLUMBLINE_UPDATE") != ""

// Run holds d to all cases, called directly and over gRPC, and to its own description.
func Run(t *testing.T, d driver.Driver) {
	cases := caseFiles(t)
	describe(t, d.Describe())
	c, _ := plugin.TestPluginGRPCConn(t, false, map[string]plugin.Plugin{driver.PluginName: &driver.Plugin{Impl: d}})
	t.Cleanup(func() { c.Close() })
	remote, err := c.Dispense(driver.PluginName)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range cases {
		for how, d := range map[string]driver.Driver{"direct": d, "grpc": remote.(driver.Driver)} {
			t.Run(filepath.Base(name)+"/"+how, func(t *testing.T) { one(t, name, d) })
		}
	}
}

func caseFiles(t testing.TB) []string {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("a driver needs at least one case in testdata: %v", err)
	}
	return cases
}

func describe(t *testing.T, desc *pluginpb.DescribeResponse) {
	if !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(desc.GetName()) || desc.GetVersion() == "" || len(desc.GetPlatforms()) == 0 {
		t.Errorf("the driver does not say name, version and platforms: %v", desc)
	}
	for _, c := range desc.GetCommands() {
		if c == "" || strings.ContainsAny(c, "\r\n;|<>&`") || strings.HasPrefix(c, "/") || c != strings.TrimSpace(c) {
			t.Errorf("command %q: no separators, redirections, line ends or leading slash", c)
		}
	}
}

func one(t *testing.T, name string, d driver.Driver) {
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(ar.Comment) == 0 {
		t.Error("the case does not say where its transcript is from")
	}
	tr, err := NewTranscript(ar)
	if err != nil {
		t.Fatal(err)
	}
	iv, err := driver.Conduct(t.Context(), d, tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	commands := d.Describe().GetCommands()
	for _, a := range iv.Answers {
		if c, ok := a.GetQuestion().GetKind().(*pluginpb.Question_Command); ok && !slices.Contains(commands, c.Command) {
			t.Errorf("asks the command %q, which is not on its published list", c.Command)
		}
	}
	compare(t, name, ar, factsSection, facts.Flat(iv.Facts))
	var unread strings.Builder
	for _, e := range iv.Unread {
		unread.WriteString(facts.Where(e) + " " + e.GetExcerpt() + "\n")
	}
	compare(t, name, ar, unreadSection, unread.String())
	order(t, d, iv)
}

// compare holds got to the section, or rewrites it.
func compare(t *testing.T, name string, ar *txtar.Archive, section, got string) {
	i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == section })
	want := ""
	if i >= 0 {
		want = string(ar.Files[i].Data)
	}
	if want == got && (i >= 0 || got == "") {
		return
	}
	if !update {
		t.Errorf("%s differ; got:\n%s\nwant:\n%s", section, got, want)
		return
	}
	switch {
	case i >= 0 && got == "":
		ar.Files = slices.Delete(ar.Files, i, i+1)
	case i >= 0:
		ar.Files[i].Data = []byte(got)
	default:
		ar.Files = append(ar.Files, txtar.File{Name: section, Data: []byte(got)})
	}
	if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// order: the same answers in another order give the same facts.
func order(t *testing.T, d driver.Driver, iv *driver.Interview) {
	turned := slices.Clone(iv.Answers)
	slices.Reverse(turned)
	a, err1 := d.Read(iv.Answers)
	b, err2 := d.Read(turned)
	if err1 != nil || err2 != nil {
		t.Fatalf("read: %v, %v", err1, err2)
	}
	if fa, fb := facts.Flat(a.GetFacts()), facts.Flat(b.GetFacts()); fa != fb {
		t.Errorf("answers in another order give other facts:\n%s\nand\n%s", fa, fb)
	}
}

// Truncation holds d to S9: whatever is cut off, no list is complete and no absence is stated on the strength of an
// answer that is not whole. Each answer of each case is cut in turn (at every line of a short answer, at samples of a
// long one); wrong says which facts are wrong to be stated then, given the facts of the whole and of the cut answer.
func Truncation(t *testing.T, d driver.Driver, wrong func(whole, cut *pb.Facts) []string) {
	truncate(t, d, func(_ string, whole, cut *pb.Facts) []string { return wrong(whole, cut) })
}

// truncate is Truncation; wrong is also told which answer was cut, and something must have been.
func truncate(t testing.TB, d driver.Driver, wrong func(asked string, whole, cut *pb.Facts) []string) {
	read := 0
	for _, name := range caseFiles(t) {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := NewTranscript(ar)
		if err != nil {
			t.Fatal(err)
		}
		iv, err := driver.Conduct(t.Context(), d, tr, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range iv.Answers {
			if len(a.GetBody()) == 0 {
				continue
			}
			lines := strings.SplitAfter(string(a.GetBody()), "\n")
			step := max(1, len(lines)/50)
			for n := 0; n < len(lines); n += step {
				answers := slices.Clone(iv.Answers)
				cut := proto.Clone(a).(*pluginpb.Answer)
				cut.Body, cut.Complete = []byte(strings.Join(lines[:n], "")), false
				answers[i] = cut
				r, err := d.Read(answers)
				if err != nil {
					continue
				}
				read++
				asked := driver.Text(a.GetQuestion())
				for _, w := range wrong(asked, iv.Facts, r.GetFacts()) {
					t.Errorf("%s: %s cut after line %d: %s", name, asked, n, w)
				}
			}
		}
	}
	if read == 0 {
		t.Error("no cut answer could be read")
	}
}

// Fuzz feeds d broken answers to one of its questions, with the rest of a case intact: it may fail, it may not panic,
// and reading twice gives the same. Seeds are the cases' answers; a question that no case answers is a mistake.
func Fuzz(f *testing.F, d driver.Driver, q *pluginpb.Question) {
	name := driver.Text(q)
	var rest []*pluginpb.Answer
	n := 0
	for _, file := range caseFiles(f) {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		tr, err := NewTranscript(ar)
		if err != nil {
			f.Fatal(err)
		}
		if a, ok := tr.answers[name]; ok && len(a.Body) > 0 {
			f.Add(a.Body)
			n++
			if rest == nil {
				iv, err := driver.Conduct(f.Context(), d, tr, nil)
				if err != nil {
					f.Fatal(err)
				}
				for _, other := range iv.Answers {
					if driver.Text(other.GetQuestion()) != name {
						rest = append(rest, other)
					}
				}
			}
		}
	}
	if n == 0 {
		f.Fatal("no seed: the cases do not answer " + name)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answers := append([]*pluginpb.Answer{{Question: q, Body: body, Complete: true}}, rest...)
		if _, err := d.Ask(answers); err != nil {
			return
		}
		a, err := d.Read(answers)
		if err != nil {
			return
		}
		b, err := d.Read(answers)
		if err != nil || facts.Flat(a.GetFacts()) != facts.Flat(b.GetFacts()) {
			t.Errorf("reading twice gave other facts (%v)", err)
		}
	})
}
