package api

import (
	"strconv"
	"time"

	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/rejudge"
)

func baselineIDs() []string {
	var out []string
	for _, b := range baseline.Builtin() {
		out = append(out, b.ID)
	}
	return out
}

func profileNames() []string {
	var out []string
	for _, p := range baseline.Profiles() {
		out = append(out, string(p))
	}
	return out
}

// rejudged is a finding as it comes out now; was is what was delivered of it or, by another baseline, of the same check and scope.
type rejudged struct {
	ID       string `json:"id"`
	Baseline string `json:"baseline"`
	Clause   string `json:"clause"`
	Check    string `json:"check"`
	Scope    string `json:"scope"`
	Outcome  string `json:"outcome"`
	Was      string `json:"was,omitempty"`
	Changed  bool   `json:"changed"`
	Reason   string `json:"reason,omitempty"`
	Expected *text  `json:"expected,omitempty"`
	Observed *text  `json:"observed,omitempty"`
}

func newRejudged(v rejudge.Verdict) rejudged {
	out := rejudged{
		ID: v.GetId(), Baseline: v.GetBaseline(), Clause: v.GetClause(), Check: v.GetCheck(), Scope: v.GetScope(), Outcome: outcomeWord(v.GetOutcome()), Was: outcomeWord(v.Was),
		Changed: v.Changed(), Expected: textOf(v.GetExpected()), Observed: textOf(v.GetObserved()),
	}
	if v.GetOutcome() == pb.Outcome_OUTCOME_UNKNOWN {
		out.Reason = facts.ReasonName(v.GetReasonCode())
	}
	return out
}

func (c *call) getRejudge() (any, error) {
	s, err := c.Store.Opened(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	version, _ := strconv.ParseInt(c.query.word("site"), 10, 64) // it was checked
	found, err := rejudge.By(c.ctx(), c.Store, s, rejudge.As{Baselines: c.query["baseline"], Profile: c.query.word("profile"), Site: version})
	return listOf(rejudge.Beside(s, found), "", newRejudged), err
}

// differing says that the server came to other verdicts than were delivered.
type differing struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Findings int       `json:"findings"`
}

// recheck is what came of judging a snapshot again as it was recorded: same, differs, or impossible with the reason.
type recheck struct {
	Result    string   `json:"result"`
	Why       *text    `json:"why,omitempty"`
	Findings  int      `json:"findings"`
	Different []string `json:"different"`
	Delivered string   `json:"delivered_sha256"`
	Again     string   `json:"again_sha256,omitempty"`
}

func (c *call) getRecheck() (any, error) {
	r, err := rejudge.Verify(c.ctx(), c.Store, c.entry(rejudge.Differing, "", nil), c.path("id"))
	if err != nil {
		return nil, err
	}
	out := recheck{Result: r.Result, Why: textOf(r.Why), Findings: r.Findings, Different: r.Different, Delivered: r.Delivered, Again: r.Again}
	if out.Different == nil {
		out.Different = []string{}
	}
	return out, nil
}
