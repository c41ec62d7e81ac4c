package api

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

var waiverStates = []string{"requested", "approved", "rejected", "withdrawn", "expired"}

func waiverState(s pb.WaiverState) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "WAIVER_STATE_"))
}

// waiverScope says what is waived; label is NAME=VALUE.
type waiverScope struct {
	Finding  string `json:"finding,omitempty"`
	Target   string `json:"target,omitempty"`
	Zone     string `json:"zone,omitempty"`
	Role     string `json:"role,omitempty"`
	Label    string `json:"label,omitempty"`
	Baseline string `json:"baseline,omitempty"`
	Clause   string `json:"clause,omitempty"`
	Check    string `json:"check,omitempty"`
}

func newScope(c *pb.WaiverScope) waiverScope {
	out := waiverScope{
		Finding: c.GetFindingId(), Target: c.GetTargetId(), Zone: c.GetZone(), Role: c.GetRole(), Baseline: c.GetBaseline(), Clause: c.GetClause(), Check: c.GetCheck(),
	}
	if c.GetLabelName() != "" {
		out.Label = c.GetLabelName() + "=" + c.GetLabelValue()
	}
	return out
}

func (s waiverScope) message() (*pb.WaiverScope, error) {
	for field, word := range map[string]string{
		"finding": s.Finding, "target": s.Target, "zone": s.Zone, "role": s.Role, "label": s.Label, "baseline": s.Baseline, "clause": s.Clause, "check": s.Check,
	} {
		if word == "" {
			continue
		}
		if err := checkWord(field, word); err != nil {
			return nil, err
		}
	}
	name, value, found := strings.Cut(s.Label, "=")
	if s.Label != "" && (!found || name == "") {
		return nil, invalid("label 须写作 名称=取值", "label is NAME=VALUE")
	}
	return &pb.WaiverScope{
		FindingId: s.Finding, TargetId: s.Target, Zone: s.Zone, Role: s.Role, LabelName: name, LabelValue: value, Baseline: s.Baseline, Clause: s.Clause, Check: s.Check,
	}, nil
}

// waived is a waiver. State is as it is now.
type waived struct {
	ID          string      `json:"id"`
	State       string      `json:"state"`
	Scope       waiverScope `json:"scope"`
	Reason      string      `json:"reason"`
	From        time.Time   `json:"from"`
	Until       time.Time   `json:"until"`
	TimeZone    string      `json:"time_zone"`
	RemindDays  uint32      `json:"remind_days"`
	RequestedBy string      `json:"requested_by"`
	RequestedAt time.Time   `json:"requested_at"`
	DecidedBy   string      `json:"decided_by,omitempty"`
	DecidedAt   time.Time   `json:"decided_at,omitzero"`
	Decision    string      `json:"decision,omitempty"`
	WithdrawnBy string      `json:"withdrawn_by,omitempty"`
	WithdrawnAt time.Time   `json:"withdrawn_at,omitzero"`
}

func newWaived(w *pb.Waiver) waived {
	return waived{
		ID: w.GetId(), State: waiverState(w.GetState()), Scope: newScope(w.GetScope()), Reason: w.GetReason(), From: timeOf(w.GetFrom()), Until: timeOf(w.GetUntil()),
		TimeZone: w.GetTimeZone(), RemindDays: w.GetRemindDays(), RequestedBy: w.GetRequestedBy(), RequestedAt: timeOf(w.GetRequestedAt()),
		DecidedBy: w.GetDecidedBy(), DecidedAt: timeOf(w.GetDecidedAt()), Decision: w.GetDecision(),
		WithdrawnBy: w.GetWithdrawnBy(), WithdrawnAt: timeOf(w.GetWithdrawnAt()),
	}
}

// timeOf is the zero time for none.
func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// waiverOn stands beside the outcome of a finding. NotSeen: the outcome is unknown, so that nobody knows whether it is needed.
type waiverOn struct {
	ID         string    `json:"id"`
	Reason     string    `json:"reason"`
	ApprovedBy string    `json:"approved_by"`
	Until      time.Time `json:"until"`
	NotSeen    bool      `json:"not_seen,omitempty"`
}

// waiverOn reads a waiver once for all the findings that it covers.
func (c *call) waiverOn(f store.Finding, known map[string]*waiverOn) (*waiverOn, error) {
	if f.Waiver == "" {
		return nil, nil
	}
	if known[f.Waiver] == nil {
		w, err := c.Store.Waiver(c.ctx(), f.Waiver)
		if err != nil {
			return nil, err
		}
		known[f.Waiver] = &waiverOn{ID: w.GetId(), Reason: w.GetReason(), ApprovedBy: w.GetDecidedBy(), Until: timeOf(w.GetUntil())}
	}
	out := *known[f.Waiver]
	out.NotSeen = f.Outcome == pb.Outcome_OUTCOME_UNKNOWN
	return &out, nil
}

func (c *call) getWaivers() (any, error) {
	filter := store.WaiverFilter{Target: c.query.word("target"), Baseline: c.query.word("baseline"), Clause: c.query.word("clause"), Due: c.query.is("due")}
	filter.State = pb.WaiverState(pb.WaiverState_value["WAIVER_STATE_"+strings.ToUpper(c.query.word("state"))])
	found, next, err := c.Store.Waivers(c.ctx(), filter, c.query.page())
	return listOf(found, next, newWaived), err
}

func (c *call) getWaiver() (any, error) {
	w, err := c.Store.Waiver(c.ctx(), c.path("id"))
	return newWaived(w), err
}

// waiverRequest asks for a waiver. From and until are days or minutes in the time zone; a day as until is the last one.
type waiverRequest struct {
	Scope      waiverScope `json:"scope"`
	Reason     string      `json:"reason"`
	From       string      `json:"from,omitempty"`
	Until      string      `json:"until"`
	TimeZone   string      `json:"time_zone"`
	RemindDays int         `json:"remind_days,omitempty"`
}

func (c *call) postWaiver() (any, error) {
	r, err := readBody[waiverRequest](c)
	if err != nil {
		return nil, err
	}
	scope, err := r.Scope.message()
	if err != nil {
		return nil, err
	}
	if err := checkText("reason", r.Reason); err != nil {
		return nil, err
	}
	if err := checkWord("time_zone", r.TimeZone); err != nil {
		return nil, err
	}
	made, err := c.waivers.Request(c.ctx(), c.entry("waiver.request", "", map[string]any{"waiver": r}), waiver.Request{
		Scope: scope, Reason: r.Reason, From: r.From, Until: r.Until, TimeZone: r.TimeZone, RemindDays: r.RemindDays,
	})
	if err != nil {
		return nil, err
	}
	return created{newWaived(made)}, nil
}

// decision is what is said about a request; whoever rejects one says why.
type decision struct {
	Remark string `json:"remark"`
}

func (c *call) approveWaiver() (any, error) {
	d, err := c.decision()
	if err != nil {
		return nil, err
	}
	return nil, c.waivers.Approve(c.ctx(), c.entry("waiver.approve", "", map[string]any{"remark": d.Remark}), c.path("id"), d.Remark)
}

func (c *call) rejectWaiver() (any, error) {
	d, err := c.decision()
	if err != nil {
		return nil, err
	}
	return nil, c.waivers.Reject(c.ctx(), c.entry("waiver.reject", "", map[string]any{"remark": d.Remark}), c.path("id"), d.Remark)
}

func (c *call) decision() (decision, error) {
	d, err := readBody[decision](c)
	if err != nil {
		return d, err
	}
	return d, checkText("remark", d.Remark)
}

// withdrawWaiver ends one's own waiver, and for Security anybody's.
func (c *call) withdrawWaiver() (any, error) {
	return nil, c.waivers.Withdraw(c.ctx(), c.entry("waiver.withdraw", "", nil), c.path("id"), c.who.role == Security)
}
