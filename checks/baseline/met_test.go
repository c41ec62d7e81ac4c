package baseline

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/checktest"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestMetDocumented(t *testing.T) { checktest.All(t, []*checks.Check{Met}) }

func TestMet(t *testing.T) {
	for name, want := range map[string]struct {
		findings []*pb.Finding
		outcome  pb.Outcome
		says     string
	}{
		"all pass":         {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", na)}, pass, "all 1"},
		"one fails":        {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", unknown), finding("a", "3", fail)}, fail, "3"},
		"one is unknown":   {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", unknown)}, unknown, "2"},
		"one says nothing": {[]*pb.Finding{finding("a", "1", pass), finding("a", "2", 0)}, unknown, "2"},
		"nothing applies":  {[]*pb.Finding{finding("a", "1", na)}, unknown, "no other clause"},
		"nothing at all":   {nil, unknown, "no other clause"},
		"only itself":      {[]*pb.Finding{{Clause: "1", Check: Met.ID, Outcome: pass}}, unknown, "no other clause"},
	} {
		r := Met.Conclude(want.findings, checks.Params{})
		if len(r) != 1 || r[0].Outcome != want.outcome {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		if said := r[0].Observed.GetEn() + " " + r[0].Reason.GetEn(); !strings.Contains(said, want.says) {
			t.Errorf("%s: says %q, wanted %q", name, said, want.says)
		}
	}
}

// A verdict on the whole baseline is not given on a part of it.
func TestMetNeedsTheWhole(t *testing.T) {
	has := func(o Options) bool {
		for _, r := range plan(t, "sac-online-securities", Host, o).Rules {
			if r.Check == Met {
				return true
			}
		}
		return false
	}
	if !has(Options{}) {
		t.Error("the whole baseline is judged, and nothing says whether it is met")
	}
	if has(Options{Checks: []string{Met.ID, "password.empty"}}) || has(Options{Levels: []string{Enhanced}}) {
		t.Error("it is said of a part")
	}
	alone := plan(t, "sac-online-securities", Host, Options{Checks: []string{Met.ID}})
	found, err := checks.Judge("a", alone.Rules, &pb.Facts{}, checks.Env{})
	if err != nil || len(found) != 1 || found[0].GetOutcome() != unknown {
		t.Errorf("alone it came to %v, %v", found, err)
	}
}
