package api

import (
	"errors"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// outcomes are the words for outcomes, the worse first.
var outcomes = []string{"fail", "unknown", "pass", "not_applicable"}

func outcomeOf(word string) pb.Outcome {
	return pb.Outcome(pb.Outcome_value["OUTCOME_"+strings.ToUpper(word)])
}

// outcomeWord is empty where there is no outcome.
func outcomeWord(o pb.Outcome) string {
	if o == pb.Outcome_OUTCOME_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_"))
}

func visitWord(v pb.VisitState) string {
	if v == pb.VisitState_VISIT_STATE_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(v.String(), "VISIT_STATE_"))
}

// list is a page of a list; Next is where the next one begins, absent at the end.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

func listOf[S, T any](found []S, next string, view func(S) T) list[T] {
	out := list[T]{Items: make([]T, len(found)), Next: next}
	for i, f := range found {
		out.Items[i] = view(f)
	}
	return out
}

// text is what people read, in both languages.
type text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func textOf(t *pb.Text) *text {
	if t == nil {
		return nil
	}
	return &text{t.GetZh(), t.GetEn()}
}

type finding struct {
	ID        string    `json:"id"`
	Target    string    `json:"target"`
	Zone      string    `json:"zone"`
	Baseline  string    `json:"baseline"`
	Clause    string    `json:"clause"`
	Check     string    `json:"check"`
	Control   string    `json:"control"`
	Level     string    `json:"level"`
	Scope     string    `json:"scope"`
	Outcome   string    `json:"outcome"`
	Waiver    *waiverOn `json:"waiver,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Since     time.Time `json:"since"`
	Previous  string    `json:"previous,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	ChangedAt time.Time `json:"changed_at"`
	GoneAt    time.Time `json:"gone_at,omitzero"`
	Snapshot  string    `json:"snapshot"`
}

func newFinding(f store.Finding) finding {
	out := finding{
		ID: f.ID, Target: f.Target, Zone: f.Zone, Baseline: f.Baseline, Clause: f.Clause, Check: f.Check, Control: f.Control, Level: f.Level,
		Scope: f.Scope, Outcome: outcomeWord(f.Outcome), Since: f.Since, Previous: outcomeWord(f.Previous), FirstSeen: f.FirstSeen,
		LastSeen: f.LastSeen, ChangedAt: f.ChangedAt, GoneAt: f.GoneAt, Snapshot: f.Snapshot,
	}
	if f.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
		out.Reason = facts.ReasonName(f.Reason)
	}
	return out
}

func (c *call) getFindings() (any, error) {
	filter := store.FindingFilter{
		Target: c.query.word("target"), Baseline: c.query.word("baseline"), Clause: c.query.word("clause"), Check: c.query.word("check"),
		Control: c.query.word("control"), Zone: c.query.word("zone"), Gone: c.query.is("gone"),
	}
	if len(c.query["waived"]) > 0 {
		waived := c.query.is("waived")
		filter.Waived = &waived
	}
	for _, word := range c.query["outcome"] {
		filter.Outcomes = append(filter.Outcomes, outcomeOf(word))
	}
	var found []store.Finding
	var next string
	var err error
	if since := c.query.time("changed_since"); !since.IsZero() {
		found, next, err = c.Store.Changed(c.ctx(), since, filter, c.query.page())
	} else {
		found, next, err = c.Store.Findings(c.ctx(), filter, c.query.page())
	}
	if err != nil {
		return nil, err
	}
	out := listOf(found, next, newFinding)
	known := map[string]*waiverOn{}
	for i, f := range found {
		if out.Items[i].Waiver, err = c.waiverOn(f, known); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// findingDetail is what the snapshot says besides; absent where retention removed it.
type findingDetail struct {
	finding
	Expected      *text      `json:"expected,omitempty"`
	Observed      *text      `json:"observed,omitempty"`
	ReasonMessage *text      `json:"reason_text,omitempty"`
	Partial       bool       `json:"partial"`
	SiteFacts     []string   `json:"site_facts,omitempty"`
	Evidence      []evidence `json:"evidence,omitempty"`
}

type evidence struct {
	Source          string `json:"source"`
	FirstLine       uint32 `json:"first_line"`
	LastLine        uint32 `json:"last_line"`
	Excerpt         string `json:"excerpt"`
	DefaultStatedIn string `json:"default_stated_in,omitempty"`
}

func (c *call) getFinding() (any, error) {
	f, err := c.Store.Finding(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	out := findingDetail{finding: newFinding(f)}
	if out.Waiver, err = c.waiverOn(f, map[string]*waiverOn{}); err != nil {
		return nil, err
	}
	s, err := c.Store.Opened(c.ctx(), f.Snapshot)
	if errors.Is(err, store.ErrRemoved) || errors.Is(err, store.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range s.GetFindings() {
		if p.GetId() != f.ID || p.GetOutcome() != f.Outcome {
			continue
		}
		out.Expected, out.Observed, out.ReasonMessage = textOf(p.GetExpected()), textOf(p.GetObserved()), textOf(p.GetReason())
		out.Partial, out.SiteFacts = p.GetPartial(), p.GetSiteFacts()
		out.Evidence = evidenceOf(p.GetEvidence())
		break
	}
	return out, nil
}

// point is how a finding stood in one snapshot; Outcome is absent where the snapshot does not hold it.
type point struct {
	Snapshot string    `json:"snapshot"`
	At       time.Time `json:"at"`
	Outcome  string    `json:"outcome,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Visit    string    `json:"visit,omitempty"`
}

func (c *call) getHistory() (any, error) {
	found, next, err := c.Store.History(c.ctx(), c.path("id"), c.query.page())
	return listOf(found, next, func(p store.Point) point {
		out := point{Snapshot: p.Snapshot, At: p.At, Outcome: outcomeWord(p.Outcome), Visit: visitWord(p.Visit)}
		if p.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
			out.Reason = facts.ReasonName(p.Reason)
		}
		return out
	}), err
}

// tally counts by outcome.
type tally struct {
	Fail          int64 `json:"fail"`
	Unknown       int64 `json:"unknown"`
	Pass          int64 `json:"pass"`
	NotApplicable int64 `json:"not_applicable"`
}

func newTally(t store.Tally) tally { return tally{t.Failed, t.Unknown, t.Passed, t.Inapplicable} }

type clause struct {
	Baseline string `json:"baseline"`
	Clause   string `json:"clause"`
	Findings tally  `json:"findings"`
	Targets  tally  `json:"targets"`
}

func (c *call) getClauses() (any, error) {
	found, err := c.Store.Clauses(c.ctx(), c.query.or("zone", store.AllZones), c.query.word("baseline"))
	return listOf(found, "", func(f store.ClauseCount) clause {
		return clause{f.Baseline, f.Clause, newTally(f.Findings), newTally(f.Targets)}
	}), err
}

type day struct {
	Date     string `json:"date"`
	Findings tally  `json:"findings"`
	Targets  tally  `json:"targets"`
}

// trendDays is how far a trend goes back where nobody says.
const trendDays = 90

func (c *call) getTrend() (any, error) {
	since := c.query.time("since")
	if since.IsZero() {
		since = c.Now().AddDate(0, 0, -trendDays)
	}
	found, err := c.Store.Trend(c.ctx(), c.query.or("zone", store.AllZones), c.query.word("baseline"), c.query.word("clause"), since)
	return listOf(found, "", func(d store.Day) day {
		return day{d.Date.Format(time.DateOnly), newTally(d.Findings), newTally(d.Targets)}
	}), err
}
