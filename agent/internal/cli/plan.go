package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// plan is what a scan judges by.
type plan struct {
	baselines []*baseline.Baseline
	profile   string
	rules     []checks.Rule
	notes     []*pb.Text
}

// names are the baselines for the record: which, and which content.
func (p plan) names() []string {
	names := make([]string, len(p.baselines))
	for i, b := range p.baselines {
		names[i] = b.ID + "@" + b.Digest
	}
	return names
}

func (a *app) baselineFlags(cmd *cobra.Command, baselines *[]string, profile *string) {
	a.baselineFlag(cmd, baselines)
	var names, abouts []string
	for _, p := range baseline.Profiles() {
		names = append(names, string(p))
		_, about, _ := strings.Cut(a.lang.of(p.About()), a.say("：", ": "))
		abouts = append(abouts, a.say("%s：%s", "%s: %s", string(p), about))
	}
	cmd.Flags().StringVar(profile, "profile", names[0], a.say("各基线数值不一致时的取舍`方案`，缺省 %s\n%s", "which of conflicting figures to take: `NAME` (%s if not given)\n%s", names[0], strings.Join(abouts, "\n")))
	a.fixed(cmd, "profile", names...)
}

func (a *app) baselineFlag(cmd *cobra.Command, baselines *[]string) {
	cmd.Flags().StringSliceVar(baselines, "baseline", nil, a.say("内置`基线`或自定义 YAML 文件，逗号分隔，缺省为全部内置基线", "built-in baselines or YAML files of your own: `ID|FILE,...`; all built-in ones if not given"))
}

// plan works out what to judge and by which figures.
func (a *app) plan(given scanFlags) (plan, error) {
	var out plan
	var err error
	if err := a.oneOf("--profile", given.profile, profileNames()); err != nil {
		return out, err
	}
	out.profile = given.profile
	settings, err := a.settings(given.set)
	if err != nil {
		return out, err
	}
	if out.baselines, err = a.chosenBaselines(given.baselines); err != nil {
		return out, err
	}
	options := baseline.Options{Profile: baseline.Profile(given.profile), Set: bySetting(settings)}
	var notes []baseline.Note
	for _, b := range out.baselines {
		p, err := b.Plan(a.checks, baseline.Host, options)
		if err != nil {
			return out, err
		}
		out.rules = append(out.rules, p.Rules...)
		notes = append(notes, p.Notes...)
	}
	if out.rules, err = a.choose(out.rules, given.checks, given.controls, options.Set); err != nil {
		return out, err
	}
	out.notes = append(settingNotes(settings), figureNotes(out.rules, notes)...)
	return out, nil
}

func profileNames() []string {
	var names []string
	for _, p := range baseline.Profiles() {
		names = append(names, string(p))
	}
	return names
}

// chosenBaselines finds the named baselines; a name with a slash or the ending of YAML is a file.
func (a *app) chosenBaselines(names []string) ([]*baseline.Baseline, error) {
	if len(names) == 0 {
		return baseline.Builtin(), nil
	}
	var out []*baseline.Baseline
	seen := map[string]bool{}
	for _, name := range names {
		find := a.builtin
		if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
			find = a.loadBaseline
		}
		b, err := find(name)
		if err != nil {
			return nil, err
		}
		if seen[b.ID] {
			return nil, a.fail("基线 %s 指定了两次", "baseline %s is named twice", b.ID)
		}
		seen[b.ID] = true
		out = append(out, b)
	}
	return out, nil
}

// maxClauses is how many clauses a note names; the rest is counted.
const maxClauses = 3

// figureNotes says which figures are not the clauses' own, once for all clauses of which the same is to be said. That a
// clause states none is not repeated here: the check's own figure is among what it expects.
func figureNotes(rules []checks.Rule, notes []baseline.Note) []*pb.Text {
	type place struct{ baseline, clause, check string }
	judged := map[place]bool{}
	for _, r := range rules {
		judged[place{r.Baseline, r.Clause, r.Check.ID}] = true
	}
	type saying struct{ check, param, en string }
	index := map[saying]int{}
	type group struct {
		baseline.Note
		clauses []string
	}
	var groups []group
	for _, n := range notes {
		if n.Origin == baseline.Ours || n.Origin == baseline.FromUser || !judged[place{n.Baseline, n.Clause, n.Check}] {
			continue
		}
		key := saying{n.Check, n.Param, n.Text.GetEn()}
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, group{Note: n})
		}
		groups[i].clauses = append(groups[i].clauses, n.Clause)
	}
	out := make([]*pb.Text, len(groups))
	for i, g := range groups {
		clauses := checks.Verbatim(strings.Join(g.clauses[:min(len(g.clauses), maxClauses)], ", "))
		if len(g.clauses) > maxClauses {
			clauses = checks.Say("%s 等 %d 条", "%s and others, %d in all", clauses, len(g.clauses))
		}
		out[i] = checks.Say("%s %s：%s（%s）", "%s %s: %s (%s)", g.Check, g.Param, g.Text, clauses)
	}
	return out
}
