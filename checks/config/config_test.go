package config_test

import (
	"testing"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/checktest"
	"github.com/plumbline/plumbline/checks/config"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestChecks(t *testing.T) {
	checktest.All(t, config.All)
	checktest.Sound(t, []*checks.Check{config.Saved, config.Backup, config.Monitored})
}

func TestBaselineMet(t *testing.T) {
	const (
		pass  = pb.Outcome_OUTCOME_PASS
		fail  = pb.Outcome_OUTCOME_FAIL
		dunno = pb.Outcome_OUTCOME_UNKNOWN
		na    = pb.Outcome_OUTCOME_NOT_APPLICABLE
	)
	for _, c := range []struct {
		found []pb.Outcome
		want  pb.Outcome
		says  string
	}{
		{[]pb.Outcome{pass, pass, na}, pass, "2 pass, 0 fail, 0 unknown, 1 not applicable"},
		{[]pb.Outcome{pass, fail, dunno, fail}, fail, "1 pass, 2 fail, 1 unknown, 0 not applicable"},
		{[]pb.Outcome{pass, dunno}, dunno, "1 pass, 0 fail, 1 unknown, 0 not applicable"},
		{[]pb.Outcome{pass, pb.Outcome_OUTCOME_UNSPECIFIED}, dunno, "1 pass, 0 fail, 1 unknown, 0 not applicable"},
		{[]pb.Outcome{na, na}, dunno, "0 pass, 0 fail, 0 unknown, 2 not applicable"},
		{nil, dunno, "0 pass, 0 fail, 0 unknown, 0 not applicable"},
	} {
		var findings []*pb.Finding
		for _, o := range c.found {
			findings = append(findings, &pb.Finding{Outcome: o})
		}
		got := config.BaselineMet.Conclude(findings, checks.Params{})
		if len(got) != 1 || got[0].Outcome != c.want || got[0].Observed.GetEn() != c.says || got[0].Expected.GetZh() == "" || got[0].Observed.GetZh() == "" {
			t.Errorf("%v: %+v", c.found, got)
		}
		if len(got) == 1 && (got[0].Reason == nil) != (c.want != dunno) {
			t.Errorf("%v: reason %v", c.found, got[0].Reason)
		}
	}
}

// The core lets it conclude from its own baseline's findings only, wherever it stands in the list.
func TestBaselineMetInJudge(t *testing.T) {
	rules := []checks.Rule{
		{Baseline: "a", Clause: "1", Check: config.BaselineMet},
		{Baseline: "a", Clause: "2", Check: config.Saved},
		{Baseline: "b", Clause: "1", Check: config.Saved},
		{Baseline: "b", Clause: "2", Check: config.Monitored},
		{Baseline: "b", Clause: "3", Check: config.BaselineMet},
	}
	f := &pb.Facts{Saved: &pb.Saved{RunningIsSaved: &pb.BoolFact{State: pb.FactState_FACT_STATE_KNOWN, Value: true, Evidence: []*pb.Evidence{facts.Line("show archive", 1, "saved")}}},
		Services: &pb.ServiceList{State: pb.FactState_FACT_STATE_KNOWN}}
	findings, err := checks.Judge("t", rules, f, checks.Env{Now: checktest.Now})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]pb.Outcome{}
	for _, x := range findings {
		if x.GetCheck() == "config.baseline_met" {
			got[x.GetBaseline()] = x.GetOutcome()
		}
	}
	if got["a"] != pb.Outcome_OUTCOME_PASS || got["b"] != pb.Outcome_OUTCOME_FAIL || len(got) != 2 {
		t.Errorf("%v", got)
	}
}
