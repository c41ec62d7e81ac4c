package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Waiver is somebody's leave to let a finding be for a while. It stands beside the outcome and changes none.
type Waiver struct {
	ApprovedBy string    `json:"approved_by"`
	Until      time.Time `json:"until"`
	Reason     string    `json:"reason"`
}

// WaiverText is the waiver on a line; empty for none.
func WaiverText(language string, w *Waiver) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf(lang(language).say(wWaiver), w.ApprovedBy, w.Until.Local().Format("2006-01-02 15:04 -0700"), w.Reason)
}

// Delivered says where a server has the snapshot from; a report of the program that took it has none.
type Delivered struct {
	Snapshot string    `json:"snapshot"`
	Sender   string    `json:"sender"`
	Received time.Time `json:"received"`
	// SHA256 is that of the snapshot as it was delivered, in hex.
	SHA256 string `json:"sha256"`
}

// Commission is on whose behalf the target was read.
type Commission struct {
	Sweep        string `json:"sweep"`
	RequestedBy  string `json:"requested_by"`
	Reason       string `json:"reason"`
	AuthorisedBy string `json:"authorised_by,omitempty"`
}

func commission(c *pb.Commission) *Commission {
	if c == nil {
		return nil
	}
	return &Commission{Sweep: c.GetSweepId(), RequestedBy: c.GetRequestedBy(), Reason: c.GetReason(), AuthorisedBy: c.GetAuthorisedBy()}
}

// Past is how the target stood in a snapshot; a trend has the oldest first and this one last.
type Past struct {
	Snapshot string    `json:"snapshot"`
	At       time.Time `json:"at"`
	// Missed says that the target was not read: its findings were all unknown.
	Missed bool `json:"missed,omitempty"`
	Counts
}

// Drift is what differs from the snapshot before. Changes are all of it.
type Drift struct {
	Since   string    `json:"since"`
	At      time.Time `json:"at"`
	Changes []Change  `json:"changes"`
	// Judged are the baselines that only one of the two snapshots was judged by.
	Judged []Rejudged `json:"baselines,omitempty"`
}

// Rejudged is a baseline that came (or, with Gone, went) as a whole between two snapshots: its findings are no change of the target.
type Rejudged struct {
	Baseline string `json:"baseline"`
	Gone     bool   `json:"gone"`
	// Counts are its findings by outcome, in the snapshot that has them.
	Counts
}

// Compare says what differs from the snapshot before, which is since; at is its time.
func (r *Report) Compare(since string, at time.Time, before, now *pb.Snapshot, changes []Change) {
	r.Drift = &Drift{Since: since, At: at, Changes: append([]Change{}, changes...)}
	was, is := judgedBy(before), judgedBy(now)
	for _, c := range changes {
		if was[c.Baseline] == is[c.Baseline] {
			continue
		}
		i := slices.IndexFunc(r.Drift.Judged, func(j Rejudged) bool { return j.Baseline == c.Baseline })
		if i < 0 {
			i = len(r.Drift.Judged)
			r.Drift.Judged = append(r.Drift.Judged, Rejudged{Baseline: c.Baseline, Gone: was[c.Baseline]})
		}
		r.Drift.Judged[i].add(or(c.To, c.From))
	}
}

// judgedBy are the baselines that a snapshot was judged by: those it states, and those of its findings.
func judgedBy(s *pb.Snapshot) map[string]bool {
	out := map[string]bool{}
	for _, stated := range s.GetBaselines() {
		id, _, _ := strings.Cut(stated, "@")
		out[id] = true
	}
	for _, f := range s.GetFindings() {
		out[f.GetBaseline()] = true
	}
	return out
}

// Listed are the changes one by one, without those of baselines that came or went as a whole: people read one line for each of these.
func (d *Drift) Listed() []Change {
	return slices.DeleteFunc(slices.Clone(d.Changes), func(c Change) bool {
		return slices.ContainsFunc(d.Judged, func(j Rejudged) bool { return j.Baseline == c.Baseline })
	})
}

// RejudgedText is the line that stands for the findings of a baseline that came or went.
func RejudgedText(language string, j Rejudged) string {
	l := lang(language)
	how := l.pick("此前未按此基线判断", "was not judged by before")
	if j.Gone {
		how = l.pick("此次未按此基线判断", "was not judged by this time")
	}
	return fmt.Sprintf(l.pick("%s：%s，%d 条结果（不符合 %d，未知 %d，符合 %d，不适用 %d）", "%s %s: %d findings (%d fail, %d unknown, %d pass, %d not applicable)"),
		j.Baseline, how, j.Total(), j.Fail, j.Unknown, j.Pass, j.NotApplicable)
}

// A Change is a finding whose outcome is not what it was; From is empty where it was added, To where it is gone.
type Change struct {
	ID       string   `json:"id"`
	Baseline string   `json:"baseline"`
	Clause   string   `json:"clause"`
	Check    string   `json:"check"`
	Title    string   `json:"title"`
	Scope    string   `json:"scope"`
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
	Before   string   `json:"before"`
	Now      string   `json:"now"`
	Causes   []string `json:"causes"`
}

// Worse says that the change is one to look at: to fail, or to what cannot be told.
func (c Change) Worse() bool { return c.To == Fail || c.To == Unknown }

// Better says that what failed, or could not be told, does so no more. What is gone is not judged any more, which is not better.
func (c Change) Better() bool { return c.To == Pass || c.To == NotApplicable }

// NewChange describes one finding in two snapshots; either may be nil.
func NewChange(from, to *pb.Finding, causes []string, o Options) Change {
	l := lang(o.Lang)
	of := to
	if of == nil {
		of = from
	}
	c := Change{ID: of.GetId(), Baseline: of.GetBaseline(), Clause: of.GetClause(), Check: of.GetCheck(), Scope: of.GetScope(), Before: l.of(from.GetObserved()), Now: l.of(to.GetObserved()), Causes: causes}
	if from != nil {
		c.From = outcome(from.GetOutcome())
	}
	if to != nil {
		c.To = outcome(to.GetOutcome())
	}
	for _, check := range o.Checks {
		if check.ID == c.Check {
			c.Title = l.of(check.Title)
		}
	}
	return c
}

// NotRead is the report of a target of which there is no snapshot: state and detail say why.
func NotRead(t Target, state, detail string, o Options) *Report {
	return &Report{
		Schema: Schema, Program: "plumbline " + o.Version, Language: o.Lang, Target: t, Visit: &Visit{State: state, Detail: detail},
		Notes: []string{}, Baselines: []Baseline{}, Findings: []Finding{}, Unanswered: []Unanswered{}, Unread: []Evidence{},
	}
}

// Rows are the findings for formats that are a list of them. A target of which nothing was judged has one row that says so, unknown: no
// list may lack a target that was to be read, and look clean for it.
func (r *Report) Rows() []Finding {
	if len(r.Findings) > 0 {
		return r.Findings
	}
	l := lang(r.Language)
	none := Finding{Outcome: Unknown, Title: l.pick("未作任何判断", "nothing was judged"), ReasonCode: "nothing_judged", Evidence: []Evidence{}, SiteFacts: []string{}}
	none.Reason = none.Title
	if r.Missed() {
		none.Title, none.ReasonCode = l.pick("目标未读取", "the target was not read"), r.Visit.State
		none.Reason = l.say(wMissed) + or(r.Visit.Detail, r.Visit.State)
	}
	return []Finding{none}
}

// A Standing is a target's line in an overview.
type Standing struct {
	Target, Hostname, System string
	// Missed says why the target was not read; empty where it was.
	Missed string
	Counts
	Waived int
}

// Standing is the report in a line.
func (r *Report) Standing() Standing {
	s := Standing{Target: r.Target.ID, Hostname: r.Host.Hostname, System: or(r.Host.Name, r.Target.Driver), Counts: r.Summary, Waived: r.Waived}
	if r.Missed() {
		s.Missed = or(r.Visit.Detail, r.Visit.State)
	}
	return s
}

// A Clause is one that no scanner judges.
type Clause struct {
	ID, Level, Text string
	// Attested: a person has to show what Needs says. Otherwise Needs says why it cannot be observed.
	Attested bool
	Needs    string
}

// Unjudged are the clauses of the baseline that need a person, and those that nobody can observe.
func (b Baseline) Unjudged(language string) []Clause {
	l := lang(language)
	if b.from == nil {
		return nil
	}
	var out []Clause
	for _, c := range b.from.Clauses {
		switch {
		case c.Attested != nil:
			out = append(out, Clause{c.ID, c.Level, l.of(c.Text), true, l.of(c.Attested)})
		case c.NotObservable != nil:
			out = append(out, Clause{c.ID, c.Level, l.of(c.Text), false, l.of(c.NotObservable)})
		}
	}
	return out
}

// LevelName is the level of a clause as people read it.
func LevelName(language, level string) string {
	l := lang(language)
	switch level {
	case baseline.Basic:
		return l.pick("基本", "basic")
	case baseline.Enhanced:
		return l.pick("增强", "enhanced")
	}
	return level
}

// OutcomeName is an outcome as people read it, the same in every format.
func OutcomeName(language, outcome string) string { return lang(language).outcome(outcome) }

// Clean takes out of what a target said whatever would drive a terminal or turn the direction of text.
func Clean(s string) string { return clean(s) }

// EvidenceText is one piece of evidence on a line: where, and the words.
func EvidenceText(language string, e Evidence) string {
	return Finding{Evidence: []Evidence{e}}.evidenceText(lang(language))
}

// WhereText is where a piece of evidence stands.
func WhereText(language string, e Evidence) string {
	return Finding{Evidence: []Evidence{e}}.whereText(lang(language))
}

// Pick takes one of two languages as reports do: what is not zh is en.
func Pick(language, zh, en string) string { return lang(language).pick(zh, en) }
