package all_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline/plumbline/checks"
	checklist "github.com/plumbline/plumbline/checks/all"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/all"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxCuts is how many places each case is cut at, spread over its lines.
const maxCuts = 1000

// TestS9Prefixes judges every driver's cases cut short: what fails or is unknown of the whole must not come to a pass because a line
// was cut off.
func TestS9Prefixes(t *testing.T) {
	for _, d := range all.List() {
		desc := d.Describe()
		if desc.GetConfigCommand() == "" {
			continue // hosts and SNMP have no configuration of one piece
		}
		t.Run(desc.GetName(), func(t *testing.T) {
			t.Parallel()
			cases, err := filepath.Glob(filepath.Join("..", filepath.Base(reflect.TypeOf(d).PkgPath()), "testdata", "*.txtar"))
			if err != nil || len(cases) == 0 {
				t.Fatalf("no cases: %v", err)
			}
			cuts := 0
			for _, name := range cases {
				cuts += cutCase(t, d, name)
			}
			if cuts == 0 {
				t.Error("nothing was cut")
			}
		})
	}
}

// cut gives a case's answers, the configuration ended after some bytes.
type cut struct {
	driver.Asker
	command string
	at      int
}

func (c cut) Answer(ctx context.Context, q *pluginpb.Question) (*pluginpb.Answer, error) {
	a, err := c.Asker.Answer(ctx, q)
	if err != nil || driver.Text(q) != c.command {
		return a, err
	}
	return &pluginpb.Answer{Question: q, Body: a.GetBody()[:c.at], Reason: pb.Reason_REASON_TRUNCATED}, nil
}

func cutCase(t *testing.T, d driver.Driver, name string) (cuts int) {
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := drivertest.NewTranscript(ar)
	if err != nil {
		t.Fatal(err)
	}
	command := d.Describe().GetConfigCommand()
	a, err := tr.Answer(t.Context(), driver.Command(command))
	if err != nil || !a.GetComplete() {
		return 0
	}
	whole := read(t, d, name)
	site := agreeing(whole)
	env := checks.Env{Site: site, Role: "device", Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	doubted := map[string]bool{}
	for id, worst := range verdicts(t, whole, env) {
		doubted[id] = worst == pb.Outcome_OUTCOME_FAIL || worst == pb.Outcome_OUTCOME_UNKNOWN
	}
	var ends []int
	for at, b := range a.GetBody() {
		if b == '\n' {
			ends = append(ends, at+1)
		}
	}
	step := max(1, len(ends)/maxCuts)
	for i := 0; i < len(ends)-1; i += step {
		iv, err := driver.Conduct(t.Context(), d, cut{tr, command, ends[i]}, nil)
		if err != nil {
			continue // too little to know the platform
		}
		cuts++
		for id, worst := range verdicts(t, iv.Facts, env) {
			if doubted[id] && worst != pb.Outcome_OUTCOME_FAIL && worst != pb.Outcome_OUTCOME_UNKNOWN {
				line := bytes.Count(a.GetBody()[:ends[i]], []byte{'\n'})
				t.Errorf("%s: %s does not pass; cut after line %d it comes to %v", filepath.Base(name), id, line, worst)
				delete(doubted, id) // once is enough
			}
		}
	}
	return cuts
}

// verdicts gives the worst outcome of each check.
func verdicts(t *testing.T, f *pb.Facts, env checks.Env) map[string]pb.Outcome {
	order := []pb.Outcome{pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN, pb.Outcome_OUTCOME_PASS, pb.Outcome_OUTCOME_NOT_APPLICABLE}
	out := map[string]pb.Outcome{}
	for _, c := range checklist.List() {
		if c.Run == nil {
			continue
		}
		findings, err := checks.Judge("case", []checks.Rule{{Baseline: "b", Clause: "c", Check: c}}, f, env)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", c.ID, err))
		}
		for _, o := range order {
			for _, finding := range findings {
				if finding.GetOutcome() == o && out[c.ID] == pb.Outcome_OUTCOME_UNSPECIFIED {
					out[c.ID] = o
				}
			}
		}
	}
	return out
}
