package program

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A check that the user names and no clause of the chosen baselines asks for is judged all the same, under these names.
const (
	adHocBaseline = "ad-hoc"
	adHocClause   = "-"
)

// choose keeps the rules of the named checks and controls, and adds those that no rule has, with the figures that the user
// set. Nothing named: all rules.
func (a *App) choose(rules []checks.Rule, names, controls []string, set map[string]map[string]string) ([]checks.Rule, error) {
	if len(names) == 0 && len(controls) == 0 {
		return rules, nil
	}
	for _, name := range names {
		if a.check(name) == nil {
			return nil, a.UnknownName(checks.Say("检查项", "check"), name, a.checkIDs())
		}
	}
	for _, control := range controls {
		if !slices.Contains(a.controlIDs(), control) {
			return nil, a.UnknownName(checks.Say("控制项（或尚无检查项对应）", "control that a check judges:"), control, a.controlIDs())
		}
	}
	wanted := func(c *checks.Check, control string) bool {
		return slices.Contains(names, c.ID) || slices.Contains(controls, control)
	}
	var out []checks.Rule
	used := map[string]bool{}
	for _, r := range rules {
		if wanted(r.Check, r.Control) {
			out = append(out, r)
			used[r.Check.ID] = true
		}
	}
	for _, c := range a.Checks {
		for _, control := range c.Controls {
			if wanted(c, control) && !used[c.ID] {
				out = append(out, checks.Rule{Baseline: adHocBaseline, Clause: adHocClause, Control: control, Check: c, Params: set[c.ID]})
				used[c.ID] = true
			}
		}
	}
	return out, nil
}

func (a *App) check(id string) *checks.Check {
	for _, c := range a.Checks {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (a *App) checkIDs() []string {
	ids := make([]string, len(a.Checks))
	for i, c := range a.Checks {
		ids[i] = c.ID
	}
	return ids
}

// controlIDs are those that some check judges, sorted.
func (a *App) controlIDs() []string {
	var ids []string
	for _, c := range a.Checks {
		ids = append(ids, c.Controls...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// setting is a parameter that the user sets: --set CHECK=VALUE, --set CHECK.PARAM=VALUE.
type setting struct {
	check        *checks.Check
	param, value string
}

// settings reads what --set was given.
func (a *App) settings(given []string) ([]setting, error) {
	var out []setting
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok || value == "" {
			return nil, a.Fail("--set %q：应写作 检查项=取值，例如 password.max_age=90d", "--set %q: want CHECK=VALUE, for example password.max_age=90d", g)
		}
		s := setting{check: a.check(name), value: value}
		switch at := strings.LastIndexByte(name, '.'); {
		case s.check != nil && len(s.check.Params) == 0:
			return nil, a.Fail("--set %s：该检查项没有参数", "--set %s: this check has no parameters", name)
		case s.check != nil:
			s.param = s.check.Params[0].Name
		case at > 0 && a.check(name[:at]) != nil:
			s.check, s.param = a.check(name[:at]), name[at+1:]
		default:
			return nil, a.UnknownName(checks.Say("检查项", "check"), name, a.checkIDs())
		}
		if _, err := s.check.ReadParams(map[string]string{s.param: value}, checks.Env{}); err != nil {
			return nil, a.Fail("--set %s：%v", "--set %s: %v", g, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// settingWords are the settings as they are recorded.
func settingWords(settings []setting) []string {
	var out []string
	for _, s := range settings {
		out = append(out, s.check.ID+"."+s.param+"="+s.value)
	}
	return out
}

// bySetting is the settings by check and parameter.
func bySetting(settings []setting) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, s := range settings {
		if out[s.check.ID] == nil {
			out[s.check.ID] = map[string]string{}
		}
		out[s.check.ID][s.param] = s.value
	}
	return out
}

// settingNotes says for the report what the user set.
func settingNotes(settings []setting) []*pb.Text {
	var notes []*pb.Text
	for _, s := range settings {
		notes = append(notes, checks.Say("%s：参数 %s 由命令行设为 %s", "%s: parameter %s was set to %s on the command line", s.check.ID, s.param, s.value))
	}
	return notes
}
