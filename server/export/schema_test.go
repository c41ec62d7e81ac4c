package export

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/plumbline/plumbline/checks/report"
)

// schemas is the variable that names a folder with the official JSON schemas, if it is not where we keep it; they are other people's text
// and not part of the project.
const schemas = "PLUMBLINE_SCHEMAS"

// schema compiles one of the official ones; nil where there is none.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	dir := os.Getenv(schemas)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "schemas")
		if _, err := os.Stat(dir); err != nil {
			t.Logf("%s names no folder with schemas: only our own reading of %s is tested", schemas, name)
			return nil
		}
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", text); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, what string, body []byte) {
	t.Helper()
	if s == nil {
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %.2000v", what, err)
	}
}

// OSCAL and SARIF hold to their official schemas, and to the figures of the model.
func TestOSCALAndSARIF(t *testing.T) {
	w := newWorld(t)
	oscal, sarif := schema(t, "oscal/oscal_complete_schema-1-2-2.json"), schema(t, "sarif/sarif-schema-2.1.0.json")
	for _, language := range []string{"zh", "en"} {
		for _, r := range []Request{{Snapshot: w.snapshots[1]}, {Snapshot: w.snapshots[2]}, {Sweep: "nightly"}} {
			r.Language, r.Format = language, "sarif"
			valid(t, sarif, "SARIF of "+r.Snapshot+r.Sweep, w.export(r))
			r.Format = "oscal"
			valid(t, oscal, "OSCAL of "+r.Snapshot+r.Sweep, w.export(r))
		}
		m := w.model(w.snapshots[1], language)
		var got struct {
			Results struct {
				Results []struct {
					Observations []struct {
						Props []struct{ Name, Value string }
					}
					Findings []struct {
						Target struct {
							Status struct{ State, Reason string }
						}
					}
				}
			} `json:"assessment-results"`
		}
		w.must(json.Unmarshal(w.export(Request{Snapshot: w.snapshots[1], Format: "oscal", Language: language}), &got))
		outcomes, states := tally{}, tally{}
		for _, o := range got.Results.Results[0].Observations {
			for _, p := range o.Props {
				if p.Name == "outcome" {
					outcomes[report.OutcomeName(language, p.Value)]++
				}
			}
		}
		for _, f := range got.Results.Results[0].Findings {
			states[f.Target.Status.State+" "+f.Target.Status.Reason]++
		}
		if want := tallyOf(language, m.Summary); !maps.Equal(outcomes, want) {
			t.Errorf("%s: %v, want %v", language, outcomes, want)
		}
		if m.Summary.NotApplicable == 0 || states["satisfied pass"] != m.Summary.Pass || states["not-satisfied other"] != m.Summary.Unknown || states["not-satisfied fail"] != m.Summary.Fail || len(states) > 3 {
			t.Errorf("%s: findings %v, want %+v and what does not apply to be none", language, states, m.Summary)
		}
	}
}
