package baseline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Options say which of a baseline's clauses are judged and with which figures.
type Options struct {
	// Profile chooses among conflicting figures; the zero value is AsWritten.
	Profile Profile
	// Set are figures that the user gives, by check and parameter. They win over the baseline and the profile.
	Set map[string]map[string]string
	// Checks, Controls, Levels and Clauses keep only what they name; an empty list keeps all.
	Checks, Controls, Levels, Clauses []string
}

// A Plan is what to judge.
type Plan struct {
	Rules []checks.Rule
	// Notes say where the figures come from, for every figure that is not simply the clause's own.
	Notes []Note
}

// An Origin says where a figure that is judged comes from.
type Origin string

// The origins of figures that are not simply the clause's own.
const (
	// Ours: the clause states no figure; the check's default holds.
	Ours Origin = "default"
	// Stricter: the clause states a laxer figure that is no longer safe.
	Stricter Origin = "stricter"
	// FromText: the clause's literal figure is judged although it is no longer safe.
	FromText Origin = "literal"
	// FromProfile: the profile chose another figure than the clause's.
	FromProfile Origin = "profile"
	// FromUser: the user set it.
	FromUser Origin = "set"
)

// A Note says of one figure what the clause states, what is judged and why.
type Note struct {
	Baseline string   `json:"baseline"`
	Clause   string   `json:"clause"`
	Check    string   `json:"check"`
	Param    string   `json:"param"`
	Stated   string   `json:"stated,omitempty"`
	Used     string   `json:"used"`
	Origin   Origin   `json:"origin"`
	Text     *pb.Text `json:"text"`
}

// Plan gives the rules under which a host or a device is judged by this baseline. known are the checks that exist.
func (b *Baseline) Plan(known []*checks.Check, kind Kind, o Options) (Plan, error) {
	byID := index(known)
	if err := o.valid(byID); err != nil {
		return Plan{}, err
	}
	figures, err := o.Profile.figures(byID)
	if err != nil {
		return Plan{}, err
	}
	figures.set = o.Set
	var plan Plan
	left := 0
	for i := range b.Clauses {
		c := &b.Clauses[i]
		for j := range c.Checks {
			t := &c.Checks[j]
			if t.On&kind == 0 {
				continue
			}
			check := byID[t.Check]
			if check == nil {
				return Plan{}, fmt.Errorf("%s %s: there is no check %s", b.ID, c.ID, t.Check)
			}
			control := controlOf(c, check)
			if !keeps(o.Levels, c.Level) || !keeps(o.Clauses, c.ID) || !keeps(o.Checks, t.Check) || !keeps(o.Controls, control) {
				left++
				continue
			}
			params, notes := figures.of(b, c, t, check)
			plan.Notes = append(plan.Notes, notes...)
			plan.Rules = append(plan.Rules, checks.Rule{Baseline: b.ID, Clause: c.ID, Level: c.Level, Control: control,
				Check: check, Params: params, Partial: t.Partial})
		}
	}
	if left > 0 {
		plan.Rules = withoutConclusions(plan.Rules)
	}
	return plan, nil
}

// withoutConclusions leaves out the checks that sum up the others where not all of the others are judged: they would pass on a
// part. Where nothing else is judged they stay, and say that they cannot tell.
func withoutConclusions(rules []checks.Rule) []checks.Rule {
	concludes := func(r checks.Rule) bool { return r.Check.Conclude != nil }
	if !slices.ContainsFunc(rules, func(r checks.Rule) bool { return !concludes(r) }) {
		return rules
	}
	return slices.DeleteFunc(rules, concludes)
}

// Rules is the plan without its notes.
func (b *Baseline) Rules(known []*checks.Check, kind Kind, o Options) ([]checks.Rule, error) {
	plan, err := b.Plan(known, kind, o)
	return plan.Rules, err
}

// valid refuses what would be passed over in silence: a check, control or level that does not exist, a figure that cannot be read.
func (o Options) valid(byID map[string]*checks.Check) error {
	for id, params := range o.Set {
		c := byID[id]
		if c == nil {
			return fmt.Errorf("there is no check %q to set", id)
		}
		if _, err := c.ReadParams(params, checks.Env{}); err != nil {
			return err
		}
	}
	for _, id := range o.Checks {
		if byID[id] == nil {
			return fmt.Errorf("there is no check %q", id)
		}
	}
	for _, id := range o.Controls {
		if ControlByID(id) == nil {
			return fmt.Errorf("there is no control %q", id)
		}
	}
	for _, level := range o.Levels {
		if level != Basic && level != Enhanced {
			return fmt.Errorf("there is no level %q; there are: %s, %s", level, Basic, Enhanced)
		}
	}
	return nil
}

func index(known []*checks.Check) map[string]*checks.Check {
	byID := make(map[string]*checks.Check, len(known))
	for _, c := range known {
		byID[c.ID] = c
	}
	return byID
}

func keeps(list []string, word string) bool { return len(list) == 0 || slices.Contains(list, word) }

// controlOf is the control under which a check stands in a clause: the first of the clause's that it serves, else the clause's main one.
func controlOf(c *Clause, check *checks.Check) string {
	for _, id := range c.Controls {
		if slices.Contains(check.Controls, id) {
			return id
		}
	}
	return c.Controls[0]
}

// of gives the figures for one tie, and a note for each that is not simply the clause's own.
func (f *figures) of(b *Baseline, c *Clause, t *Tie, check *checks.Check) (map[string]string, []Note) {
	if len(check.Params) == 0 {
		return nil, nil
	}
	params := make(map[string]string, len(check.Params))
	var notes []Note
	for _, d := range check.Params {
		n := f.choose(t, check, d)
		params[d.Name] = n.Used
		if n.Text == nil {
			continue
		}
		n.Baseline, n.Clause, n.Check, n.Param = b.ID, c.ID, check.ID, d.Name
		notes = append(notes, n)
	}
	return params, notes
}

// choose finds the figure for one parameter; the note has a text only if there is something to say.
func (f *figures) choose(t *Tie, check *checks.Check, d checks.Param) Note {
	own, stated := t.stated(d.Name)
	if !stated {
		own = d.Default
	}
	said, hasLiteral := t.literal(d.Name)
	n := Note{Used: own}
	switch {
	case stated && !hasLiteral:
		n.Stated = own
	case hasLiteral:
		n.Stated = said
	}
	if user, ok := f.set[check.ID][d.Name]; ok && strings.TrimSpace(user) != "" {
		n.Used, n.Origin = user, FromUser
		n.Text = checks.Say("%s，按用户指定的 %s 判断", "%s; %s is judged, as the user set it", statedText(n.Stated), user)
		if user == n.Stated {
			n.Text = nil
		}
		return n
	}
	used, why := f.chosen(t, check, d, own)
	n.Used = used
	switch {
	case why != nil:
		n.Origin = FromProfile
		n.Text = checks.Say("%s，按 %s 判断：%s", "%s; %s is judged: %s", statedText(n.Stated), used, why)
	case hasLiteral && used == said:
		n.Origin = FromText
		n.Text = checks.Say("按条款字面 %s 判断；该值如今已不安全，结论仅供对照条款文字", "the literal %s is judged; it is no longer safe, the verdict only compares with the wording", said)
	case hasLiteral:
		n.Origin = Stricter
		n.Text = checks.Say("条款字面为 %s，如今已不安全；按 %s 判断，严于条款", "the clause literally says %s, which is no longer safe; %s is judged, stricter than the clause", said, used)
	case !stated:
		n.Origin = Ours
		n.Text = checks.Say("条款未给出数值，按默认值 %s 判断", "the clause states no figure; our default %s is judged", used)
	}
	return n
}

func statedText(value string) *pb.Text {
	if value == "" {
		return checks.Say("条款未给出数值", "the clause states no figure")
	}
	return checks.Say("条款为 %s", "the clause says %s", value)
}
