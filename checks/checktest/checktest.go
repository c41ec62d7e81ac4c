// Package checktest holds every check to the contract: it documents itself in two languages, its parameters have
// readable defaults, and its cases prove that it can pass, fail and say unknown.
//
// A case file is testdata/ID.txtar. Each section is named for what it must come to, with a word on why, and holds facts
// as drivers print them; a comment line "# set name=value" before the first fact gives a parameter another value,
// "# role NAME" and "# now TIME" set the environment and "# site LINE" adds a line to the site file:
//
//	-- PASS: three remembered --
//	password_policies = complete
//	password_policies[local users].history = 3
//	-- FAIL: two remembered --
//	…
//
// Several outcomes ("PASS FAIL") are those of the results in order.
package checktest

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Now is when the facts of a case were read, unless it says otherwise.
var Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// All holds every check of a package to its cases, and the case files to having a check.
func All(t *testing.T, list []*checks.Check) {
	if len(list) == 0 {
		t.Fatal("no check")
	}
	files := map[string]bool{}
	for _, c := range list {
		if c.Conclude != nil {
			// It judges findings, which cases cannot state: its package tests it in Go.
			t.Run(c.ID, func(t *testing.T) { documented(t, c) })
			continue
		}
		files[filepath.Join("testdata", c.ID+".txtar")] = true
		t.Run(c.ID, func(t *testing.T) { run(t, c) })
	}
	found, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !files[f] {
			t.Errorf("%s: there is no such check", f)
		}
	}
}

// documented: what people read is there in both languages.
func documented(t *testing.T, c *checks.Check) {
	for what, text := range map[string]*pb.Text{"title": c.Title, "rationale": c.Rationale, "remedy": c.Remedy, "what it sees": c.Sees} {
		if text.GetZh() == "" || text.GetEn() == "" {
			t.Errorf("%s is not given in both languages", what)
		}
	}
	if len(c.Controls) == 0 {
		t.Error("belongs to no control")
	}
	for _, p := range c.Params {
		if p.Doc.GetZh() == "" || p.Doc.GetEn() == "" {
			t.Errorf("parameter %s is not documented in both languages", p.Name)
		}
	}
}

func run(t *testing.T, c *checks.Check) {
	documented(t, c)
	ar, err := txtar.ParseFile(filepath.Join("testdata", c.ID+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range ar.Files {
		t.Run(f.Name, func(t *testing.T) {
			want, _, _ := strings.Cut(f.Name, ":")
			for o := range strings.FieldsSeq(want) {
				seen[o] = true
			}
			one(t, c, string(f.Data), strings.Join(strings.Fields(want), " "))
		})
	}
	for _, o := range []string{"PASS", "FAIL", "UNKNOWN"} {
		if !seen[o] {
			t.Errorf("no case of %s", o)
		}
	}
	// Silence is unknown (or does not apply), never a pass.
	p, err := c.ReadParams(nil, checks.Env{Now: Now})
	if err != nil {
		t.Fatalf("defaults: %v", err)
	}
	for _, r := range c.Run(&pb.Facts{}, p) {
		if r.Outcome == pb.Outcome_OUTCOME_PASS || r.Outcome == pb.Outcome_OUTCOME_FAIL {
			t.Errorf("no facts at all came to %s", r.Outcome)
		}
	}
}

func one(t *testing.T, c *checks.Check, text, want string) {
	f, err := facts.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	given, env := directives(t, text)
	p, err := c.ReadParams(given, env)
	if err != nil {
		t.Fatal(err)
	}
	before := proto.Clone(f)
	results := c.Run(f, p)
	var got []string
	for _, r := range results {
		got = append(got, strings.TrimPrefix(r.Outcome.String(), "OUTCOME_"))
		t.Logf("%s [%s] %s | wants %s | %s", r.Outcome, r.Scope, r.Observed.GetEn(), r.Expected.GetEn(), r.Reason.GetEn())
		for what, text := range map[string]*pb.Text{"expected": r.Expected, "observed": r.Observed, "reason": r.Reason} {
			if (text.GetZh() == "") != (text.GetEn() == "") || strings.Contains(text.GetZh()+text.GetEn(), "%!") {
				t.Errorf("%s is not said in both languages: %q, %q", what, text.GetZh(), text.GetEn())
			}
		}
		if r.Observed == nil {
			t.Errorf("[%s] does not say what was observed", r.Scope)
		}
		if r.Outcome == pb.Outcome_OUTCOME_UNKNOWN && r.Reason == nil {
			t.Errorf("[%s] is unknown without a reason", r.Scope)
		}
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("came to %s, want %s", s, want)
	}
	if !proto.Equal(before, f) {
		t.Error("the check changed the facts")
	}
}

func directives(t *testing.T, text string) (map[string]string, checks.Env) {
	given := map[string]string{}
	env := checks.Env{Now: Now}
	var siteFile strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "# set "):
			name, value, ok := strings.Cut(strings.TrimSpace(line[len("# set "):]), "=")
			if !ok {
				t.Fatalf("%q: want # set name=value", line)
			}
			given[name] = value
		case strings.HasPrefix(line, "# role "):
			env.Role = strings.TrimSpace(line[len("# role "):])
		case strings.HasPrefix(line, "# now "):
			now, err := time.Parse(time.RFC3339, strings.TrimSpace(line[len("# now "):]))
			if err != nil {
				t.Fatal(err)
			}
			env.Now = now
		case strings.HasPrefix(line, "# site "):
			siteFile.WriteString(line[len("# site "):] + "\n")
		}
	}
	if siteFile.Len() > 0 {
		s, err := site.Parse("site.yaml", []byte(siteFile.String()))
		if err != nil {
			t.Fatal(err)
		}
		env.Site = s
	}
	return given, env
}
