package score

import (
	"math"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Line is a Row as it leaves the server.
type Line struct {
	Level    string `json:"level"`
	Name     string `json:"name,omitempty"`
	Baseline string `json:"baseline"`
	Targets  int    `json:"targets"`
	// NeverRead of the targets have no finding.
	NeverRead int `json:"never_read"`
	// Without counts every finding as it is; With leaves out what is waived, and does not count it as met.
	Without  Points    `json:"without_waivers"`
	With     Points    `json:"with_waivers"`
	Attested *Attested `json:"attested,omitempty"`
}

// Points are a score, 0 to 100, with how much of it could be told at all, and the clauses on targets that it rests on.
type Points struct {
	Points        float64 `json:"points"`
	Known         float64 `json:"known"`
	Applicable    bool    `json:"applicable"`
	Pass          int     `json:"pass"`
	PartialPass   int     `json:"partial_pass"`
	Fail          int     `json:"fail"`
	Unknown       int     `json:"unknown"`
	NotApplicable int     `json:"not_applicable"`
	Waived        int     `json:"waived"`
	Silent        int     `json:"silent"`
}

// Line gives the row as it leaves the server.
func (r Row) Line() Line {
	return Line{r.Level, r.Name, r.Baseline, r.Targets, r.NeverRead, points(r.Without), points(r.With), r.Attested}
}

func points(s baseline.Score) Points {
	return Points{
		Points: round(s.Points), Known: round(100 * s.Judged), Applicable: s.Applicable(), Pass: s.Pass, PartialPass: s.PartialPass, Fail: s.Fail,
		Unknown: s.Unknown, NotApplicable: s.NotApplicable, Waived: s.Waived, Silent: s.Silent,
	}
}

// round keeps two digits, downwards: nothing is shown as reached that is not.
func round(x float64) float64 { return math.Floor(x*100+1e-6) / 100 }

func span(i baseline.Interval) baseline.Interval {
	return baseline.Interval{Proved: round(i.Proved), Possible: round(i.Possible)}
}

// Text is said in both languages.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func textOf(t *pb.Text) Text { return Text{t.GetZh(), t.GetEn()} }

// Rule says how an indicator's points are shared out: the table itself states weights only.
func Rule() *pb.Text {
	return &pb.Text{
		Zh: "评分表只规定权重；指标内的折算规则由准绳给出：各条款等权；条款须人员证明与检查结果都支持，取较低者；指标取条款与相关检查通过率的较低者；部分符合按一半计；缺失的一律不计为符合，得分以“已证明～可能”区间表示。",
		En: "The table states weights only. How an indicator is shared out is Plumbline's: its clauses count alike; a clause is met as far as people and scanners both say so, the lower decides; an indicator as far as both its clauses and the checks of its controls do; partly met counts half; what is missing is not met, and the score is an interval from proved to possible.",
	}
}

// A Table is the scoring table as it leaves the server.
type Table struct {
	ID       string `json:"id"`
	Baseline string `json:"baseline"`
	Title    Text   `json:"title"`
	Rule     Text   `json:"rule"`
	Targets  int    `json:"targets"`
	// Weight is what the points are out of: indicators that do not apply are left out.
	Weight int               `json:"weight"`
	Points baseline.Interval `json:"points"`
	With   baseline.Interval `json:"points_with_waivers"`
	Groups []Group           `json:"groups"`
}

// A Group is the upper level of the table.
type Group struct {
	Name       Text              `json:"name"`
	Weight     int               `json:"weight"`
	Points     baseline.Interval `json:"points"`
	With       baseline.Interval `json:"points_with_waivers"`
	Indicators []Indicator       `json:"indicators"`
}

// An Indicator is the lower one, with what it rests on and what is missing.
type Indicator struct {
	ID         string            `json:"id"`
	Name       Text              `json:"name"`
	Text       Text              `json:"text"`
	Weight     int               `json:"weight"`
	Applicable bool              `json:"applicable"`
	Points     baseline.Interval `json:"points"`
	With       baseline.Interval `json:"points_with_waivers"`
	// Checks counts checks on targets under the indicator's controls.
	Checks   baseline.Counts `json:"checks"`
	Controls []string        `json:"controls_with_results"`
	Unseen   []string        `json:"controls_without_results"`
	Clauses  []Clause        `json:"clauses"`
	// Missing are the clauses of which an attestation or a result is missing; Evidence is what the table demands to be shown.
	Missing  []string `json:"missing"`
	Evidence []Text   `json:"evidence_demanded"`
	Share    Text     `json:"what_findings_are_worth"`
}

// A Clause is what one clause of an indicator rests on.
type Clause struct {
	ID         string            `json:"id"`
	Text       Text              `json:"text"`
	Applicable bool              `json:"applicable"`
	Share      baseline.Interval `json:"share"`
	With       baseline.Interval `json:"share_with_waivers"`
	Targets    baseline.Counts   `json:"targets"`
	Attested   []string          `json:"attestations"`
	// LacksResult and LacksAttestation say what is missing.
	LacksResult      bool `json:"lacks_result"`
	LacksAttestation bool `json:"lacks_attestation"`
}

// TableOf gives an appraisal as it leaves the server.
func TableOf(a baseline.Appraisal) Table {
	out := Table{
		ID: a.ID, Baseline: a.Baseline, Title: textOf(a.Title), Rule: textOf(Rule()), Targets: a.Targets, Weight: a.Weight, Points: span(a.Points), With: span(a.WithWaivers),
	}
	for _, g := range a.Groups {
		group := Group{Name: textOf(g.Name), Weight: g.Weight, Points: span(g.Points), With: span(g.WithWaivers)}
		for _, in := range g.Indicators {
			group.Indicators = append(group.Indicators, indicator(in))
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}

func indicator(in baseline.AppraisedIndicator) Indicator {
	out := Indicator{
		ID: in.ID, Name: textOf(in.Name), Text: textOf(in.Text), Weight: in.Weight, Applicable: in.Applicable, Points: span(in.Points), With: span(in.WithWaivers),
		Checks: in.Checks, Controls: orEmpty(in.Seen), Unseen: orEmpty(in.Unseen), Missing: orEmpty(in.Missing()), Share: textOf(in.Share), Clauses: []Clause{}, Evidence: []Text{},
	}
	for _, t := range in.Evidence {
		out.Evidence = append(out.Evidence, textOf(t))
	}
	for _, c := range in.Clauses {
		out.Clauses = append(out.Clauses, Clause{
			ID: c.Clause.ID, Text: textOf(c.Clause.Text), Applicable: c.Applicable, Share: span(c.Share), With: span(c.WithWaivers), Targets: c.Checks,
			Attested: orEmpty(c.Attested.By), LacksResult: c.LacksResult, LacksAttestation: c.LacksAttestation,
		})
	}
	return out
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
