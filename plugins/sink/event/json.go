package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// JSON is the format of our own. README.md says what each field is.
type JSON struct{}

// Media is application/json.
func (JSON) Media() string { return "application/json" }

// Longest texts in bytes: of words that name something, and of those that people read.
const (
	maxName = 1 << 10
	maxText = 4 << 10
)

type words struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func wordsOf(t *pb.Text) *words {
	if t.GetZh() == "" && t.GetEn() == "" {
		return nil
	}
	return &words{Visible(t.GetZh(), maxText), Visible(t.GetEn(), maxText)}
}

type jsonEvidence struct {
	Source    string `json:"source"`
	FirstLine uint32 `json:"first_line,omitempty"`
	LastLine  uint32 `json:"last_line,omitempty"`
	Excerpt   string `json:"excerpt,omitempty"`
	StatedIn  string `json:"default_stated_in,omitempty"`
}

type jsonWaiver struct {
	ID          string    `json:"id"`
	Reason      string    `json:"reason"`
	RequestedBy string    `json:"requested_by,omitempty"`
	ApprovedBy  string    `json:"approved_by,omitempty"`
	From        time.Time `json:"from,omitzero"`
	Until       time.Time `json:"until,omitzero"`
}

type jsonTarget struct {
	ID      string `json:"id"`
	Address string `json:"address,omitempty"`
	Driver  string `json:"driver,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Role    string `json:"role,omitempty"`
}

type jsonEvent struct {
	ID        string         `json:"id"`
	Kind      Kind           `json:"kind"`
	At        time.Time      `json:"at"`
	Finding   string         `json:"finding,omitempty"`
	Outcome   string         `json:"outcome,omitempty"`
	Previous  string         `json:"previous,omitempty"`
	Target    *jsonTarget    `json:"target,omitempty"`
	Baseline  string         `json:"baseline,omitempty"`
	Clause    string         `json:"clause,omitempty"`
	Check     string         `json:"check,omitempty"`
	Control   string         `json:"control,omitempty"`
	Level     string         `json:"level,omitempty"`
	Scope     string         `json:"scope,omitempty"`
	Expected  *words         `json:"expected,omitempty"`
	Observed  *words         `json:"observed,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Why       *words         `json:"reason_text,omitempty"`
	Partial   bool           `json:"partial,omitempty"`
	Evidence  []jsonEvidence `json:"evidence,omitempty"`
	SiteFacts []string       `json:"site_facts,omitempty"`
	Waiver    *jsonWaiver    `json:"waiver,omitempty"`
	FirstSeen time.Time      `json:"first_seen,omitzero"`
	LastSeen  time.Time      `json:"last_seen,omitzero"`
	Since     time.Time      `json:"since,omitzero"`
	Snapshot  string         `json:"snapshot,omitempty"`
	Program   string         `json:"program,omitempty"`
	Run       string         `json:"run,omitempty"`
	Counts    *Counts        `json:"counts,omitempty"`
}

// Append writes the event as one object.
func (JSON) Append(b []byte, e *Event) ([]byte, error) {
	name := func(s string) string { return Visible(s, maxName) }
	f := e.Finding
	out := jsonEvent{
		ID: e.ID, Kind: e.Kind, At: e.At.UTC(), Finding: name(f.GetId()), Outcome: OutcomeWord(e.Outcome()), Previous: OutcomeWord(e.Previous),
		Baseline: name(f.GetBaseline()), Clause: name(f.GetClause()), Check: name(f.GetCheck()), Control: name(f.GetControl()), Level: name(f.GetLevel()),
		Scope: name(f.GetScope()), Expected: wordsOf(f.GetExpected()), Observed: wordsOf(f.GetObserved()), Why: wordsOf(f.GetReason()), Partial: f.GetPartial(),
		FirstSeen: e.FirstSeen, LastSeen: e.LastSeen, Since: e.Since, Snapshot: name(e.Snapshot), Program: name(e.Program), Run: name(e.Run), Counts: e.Counts,
	}
	if t := e.Target; t != nil {
		out.Target = &jsonTarget{name(t.GetId()), name(t.GetAddress()), name(t.GetDriver()), name(t.GetZone()), name(t.GetRole())}
	}
	if e.Outcome() == pb.Outcome_OUTCOME_UNKNOWN {
		out.Reason = facts.ReasonName(f.GetReasonCode())
	}
	for _, v := range f.GetEvidence()[:min(len(f.GetEvidence()), MaxEvidence)] {
		out.Evidence = append(out.Evidence, jsonEvidence{name(v.GetSource()), v.GetFirstLine(), v.GetLastLine(), name(v.GetExcerpt()), name(v.GetDefaultStatedIn())})
	}
	for _, s := range f.GetSiteFacts()[:min(len(f.GetSiteFacts()), MaxEvidence)] {
		out.SiteFacts = append(out.SiteFacts, name(s))
	}
	if w := e.Waiver; w != nil {
		out.Waiver = &jsonWaiver{name(w.ID), Visible(w.Reason, maxText), name(w.RequestedBy), name(w.ApprovedBy), w.From.UTC(), w.Until.UTC()}
	}
	return AppendJSON(b, out)
}

// AppendJSON writes a value as one line of JSON, with < and > as they are: Visible writes them.
func AppendJSON(b []byte, v any) ([]byte, error) {
	buffer := bytes.NewBuffer(b)
	enc := json.NewEncoder(buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, fmt.Errorf("write the event: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// MaxEvidence is how many pieces of evidence any format carries of one finding.
const MaxEvidence = 20
