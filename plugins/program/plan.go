package program

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Plan is what a scan judges by.
type Plan struct {
	Baselines []*baseline.Baseline
	Profile   string
	Rules     []checks.Rule
	// Notes say for the report which figures are not the clauses' own.
	Notes []*pb.Text
	// Judging is what else decides, for the record.
	Judging *pb.Judging
}

// Names are the baselines for the record: which, and which content.
func (p Plan) Names() []string {
	names := make([]string, len(p.Baselines))
	for i, b := range p.Baselines {
		names[i] = b.ID + "@" + b.Digest
	}
	return names
}

func (a *App) baselineFlags(cmd *cobra.Command, baselines *[]string, profile *string) {
	a.baselineFlag(cmd, baselines)
	var names, abouts []string
	for _, p := range baseline.Profiles() {
		names = append(names, string(p))
		_, about, _ := strings.Cut(a.Lang.Of(p.About()), a.Say("：", ": "))
		abouts = append(abouts, a.Say("%s：%s", "%s: %s", string(p), about))
	}
	cmd.Flags().StringVar(profile, "profile", names[0], a.Say("各基线数值不一致时的取舍`方案`，缺省 %s\n%s", "which of conflicting figures to take: `NAME` (%s if not given)\n%s", names[0], strings.Join(abouts, "\n")))
	a.Fixed(cmd, "profile", names...)
}

func (a *App) baselineFlag(cmd *cobra.Command, baselines *[]string) {
	cmd.Flags().StringSliceVar(baselines, "baseline", nil, a.Say("内置`基线`或自定义 YAML 文件，逗号分隔，缺省为全部内置基线", "built-in baselines or YAML files of your own: `ID|FILE,...`; all built-in ones if not given"))
}

// Plan works out what to judge of a kind of target, and by which figures.
func (a *App) Plan(given Judging, kind baseline.Kind) (Plan, error) {
	var out Plan
	var err error
	if err := a.OneOf("--profile", given.Profile, profileNames()); err != nil {
		return out, err
	}
	out.Profile = given.Profile
	settings, err := a.settings(given.Set)
	if err != nil {
		return out, err
	}
	if out.Baselines, err = a.chosenBaselines(given.Baselines); err != nil {
		return out, err
	}
	out.Judging = &pb.Judging{Profile: given.Profile, Kind: kind.String(), Set: settingWords(settings), Partial: len(given.Checks)+len(given.Controls) > 0}
	options := baseline.Options{Profile: baseline.Profile(given.Profile), Set: bySetting(settings)}
	var notes []baseline.Note
	for _, b := range out.Baselines {
		p, err := b.Plan(a.Checks, kind, options)
		if err != nil {
			return out, err
		}
		out.Rules = append(out.Rules, p.Rules...)
		notes = append(notes, p.Notes...)
	}
	if out.Rules, err = a.choose(out.Rules, given.Checks, given.Controls, options.Set); err != nil {
		return out, err
	}
	out.Notes = append(settingNotes(settings), figureNotes(out.Rules, notes)...)
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
func (a *App) chosenBaselines(names []string) ([]*baseline.Baseline, error) {
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
			return nil, a.Fail("基线 %s 指定了两次", "baseline %s is named twice", b.ID)
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
