package baseline

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The order in which the built-in baselines are listed.
var order = []string{"jrt0068-2012", "qtcjh-0001-2023", "pboc-2010", "sac-online-securities", "company-access-rules", "shanghai-internet-finance"}

// The generated files say what the YAML files say. PLUMBLINE_UPDATE=1 writes them anew; go generate does that with the tag
// bootstrap, so that it works whatever state they are in.
func TestGenerated(t *testing.T) {
	l := newLoader("data/controls.yaml", nil, known())
	vocabulary := l.vocabulary(read(t, "data/controls.yaml"))
	if err := l.err(); err != nil {
		t.Fatal(err)
	}
	evidence := map[*pb.Text]string{}
	for _, c := range vocabulary {
		evidence[c.Evidence] = "evidence" + strings.ReplaceAll(c.ID, "-", "")
	}
	compare := func(name string, body []byte) {
		t.Helper()
		head := header
		if bytes.Contains(body, []byte("pb.Text")) {
			head += importText
		}
		want, err := format.Source(append([]byte(head), body...))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		name = "generated_" + name + ".go"
		if os.Getenv("PLUMBLINE_UPDATE") != "" {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(read(t, name), want) {
			t.Errorf("%s is stale: run go generate ./checks/baseline", name)
		}
	}
	compare("controls", goControls(vocabulary, evidence))
	compare("scoring", goScoring(t, vocabulary))
	list := ""
	for _, id := range order {
		file := "data/" + id + ".yaml"
		l := newLoader(file, vocabulary, known())
		b := l.baseline(read(t, file))
		if err := l.err(); err != nil {
			t.Fatal(err)
		}
		if b.ID != id {
			t.Fatalf("%s holds %s", file, b.ID)
		}
		b.Digest = b.digest()
		list += "&" + goName(id) + ", "
		compare(strings.ReplaceAll(id, "-", "_"), goBaseline(b, evidence))
	}
	compare("list", []byte("var builtin = []*Baseline{"+list+"}\n"))
	if files, err := filepath.Glob("generated_*.go"); err != nil || len(files) != len(order)+4 {
		t.Errorf("%d generated files (with this test), wanted %d: %v", len(files), len(order)+4, err)
	}
}

const header = `// Code generated from the files in data by TestGenerated. DO NOT EDIT.

//go:build !bootstrap

package baseline

`

const importText = `import pb "github.com/plumbline/plumbline/proto/plumbline/v1"

`

func goName(id string) string {
	parts := strings.Split(id, "-")
	for i := range parts[1:] {
		parts[i+1] = strings.ToUpper(parts[i+1][:1]) + parts[i+1][1:]
	}
	return strings.Join(parts, "")
}

func goControls(vocabulary []Control, evidence map[*pb.Text]string) []byte {
	var w bytes.Buffer
	w.WriteString("var controls = []Control{\n")
	for _, c := range vocabulary {
		fmt.Fprintf(&w, "\t{%q, %s, &%s},\n", c.ID, goText(c.Text), evidence[c.Evidence])
	}
	w.WriteString("}\n\nvar (\n")
	for _, c := range vocabulary {
		fmt.Fprintf(&w, "\t%s = pb.Text{Zh: %q, En: %q}\n", evidence[c.Evidence], c.Evidence.Zh, c.Evidence.En)
	}
	w.WriteString(")\n")
	return w.Bytes()
}

func goBaseline(b *Baseline, evidence map[*pb.Text]string) []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, "var %s = Baseline{ID: %q, Title: %s, Source: %s, Version: %q, Digest: %q, Clauses: []Clause{\n",
		goName(b.ID), b.ID, goText(b.Title), goText(b.Source), b.Version, b.Digest)
	for _, c := range b.Clauses {
		fmt.Fprintf(&w, "\t{ID: %q, Level: %q, Subject: %q, Controls: %#v, Text: %s", c.ID, c.Level, c.Subject, c.Controls, goText(c.Text))
		if c.Note != nil {
			fmt.Fprintf(&w, ", Note: %s", goText(c.Note))
		}
		if c.NotObservable != nil {
			fmt.Fprintf(&w, ", NotObservable: %s", goText(c.NotObservable))
		}
		if name, shared := evidence[c.Attested]; shared {
			fmt.Fprintf(&w, ", Attested: &%s", name)
		} else if c.Attested != nil {
			fmt.Fprintf(&w, ", Attested: %s", goText(c.Attested))
		}
		if c.Checks != nil {
			w.WriteString(", Checks: []Tie{")
			for _, t := range c.Checks {
				w.WriteString(goTie(t))
			}
			w.WriteString("}")
		}
		w.WriteString("},\n")
	}
	w.WriteString("}}\n")
	return w.Bytes()
}

func goTie(t Tie) string {
	s := fmt.Sprintf("{Check: %q", t.Check)
	for _, f := range []struct {
		name   string
		params []Param
	}{{"With", t.With}, {"Literal", t.Literal}} {
		if len(f.params) == 0 {
			continue
		}
		s += ", " + f.name + ": []Param{"
		for _, p := range f.params {
			s += fmt.Sprintf("{%q, %q},", p.Name, p.Value)
		}
		s += "}"
	}
	if t.Default {
		s += ", Default: true"
	}
	if t.Partial {
		s += ", Partial: true"
	}
	on := map[Kind]string{Host: "Host", Device: "Device", Host | Device: "Host | Device"}[t.On]
	return s + ", On: " + on + "},"
}

func goScoring(t *testing.T, vocabulary []Control) []byte {
	const file = "data/shanghai-scoring.yaml"
	l := newLoader(file, vocabulary, nil)
	table := l.scoringTable(read(t, file))
	if err := l.err(); err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	fmt.Fprintf(&w, "var scoring = ScoringTable{ID: %q, Baseline: %q, Title: %s, Indicators: []Indicator{\n", table.ID, table.Baseline, goText(table.Title))
	for _, in := range table.Indicators {
		fmt.Fprintf(&w, "\t{ID: %q, Group: %s, Name: %s, Weight: %d, Text: %s, Clauses: %#v, Share: %s, Evidence: []*pb.Text{", in.ID, goText(in.Group),
			goText(in.Name), in.Weight, goText(in.Text), in.Clauses, goText(in.Share))
		for _, e := range in.Evidence {
			fmt.Fprintf(&w, "{Zh: %q, En: %q},", e.Zh, e.En)
		}
		w.WriteString("}")
		if in.Controls != nil {
			fmt.Fprintf(&w, ", Controls: %#v", in.Controls)
		}
		w.WriteString("},\n")
	}
	w.WriteString("}}\n")
	return w.Bytes()
}

func goText(t *pb.Text) string {
	if t == nil {
		return "nil"
	}
	return fmt.Sprintf("&pb.Text{Zh: %q, En: %q}", t.Zh, t.En)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
