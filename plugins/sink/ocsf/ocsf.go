// Package ocsf writes events as Compliance Findings (class 2003) of the Open Cybersecurity Schema Framework, one JSON object each.
// README.md is the table of fields.
//
// It is a format and nothing else: package stream carries its records as lines, and file, webhook and kafka take them, too.
package ocsf

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/sink/event"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Version of the schema that the records follow.
const Version = "1.5.0"

const (
	category = 2
	class    = 2003
	other    = 99
)

// Longest texts in bytes: of words that name something, and of those that people read.
const (
	maxName = 1 << 10
	maxText = 4 << 10
)

// Format writes OCSF.
type Format struct {
	// English says what people read in English; else it is in Chinese.
	English bool
}

// Media is application/json.
func (Format) Media() string { return "application/json" }

// pair is an identifier of OCSF and its caption.
type pair struct {
	id      int
	caption string
}

func activity(k event.Kind) pair {
	switch k {
	case event.New:
		return pair{1, "Create"}
	case event.Changed, event.Back, event.Observed:
		return pair{2, "Update"}
	case event.Gone:
		return pair{3, "Close"}
	case event.Full:
		return pair{other, "Full State"}
	case event.Summary:
		return pair{other, "Full State Complete"}
	}
	return pair{other, "Test"}
}

// verdict is the status of the check. Only a pass is Pass.
func verdict(e *event.Event) pair {
	switch e.Outcome() {
	case pb.Outcome_OUTCOME_PASS:
		return pair{1, "Pass"}
	case pb.Outcome_OUTCOME_UNKNOWN:
		return pair{2, "Warning"} // "did not yield a result due to missing information"
	case pb.Outcome_OUTCOME_FAIL:
		return pair{3, "Fail"}
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return pair{other, "Not Applicable"}
	}
	if e.Kind == event.Gone {
		return pair{other, "Gone"}
	}
	return pair{other, "None"}
}

// status is where the finding is on its way through people's hands.
func status(e *event.Event) pair {
	switch {
	case e.Waiver != nil:
		return pair{3, "Suppressed"}
	case e.Kind == event.Gone:
		return pair{5, "Archived"}
	}
	switch e.Outcome() {
	case pb.Outcome_OUTCOME_PASS:
		return pair{4, "Resolved"}
	case pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN:
		return pair{1, "New"}
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return pair{other, "Not Applicable"}
	}
	return pair{other, "None"}
}

func severity(e *event.Event) pair {
	switch e.Outcome() {
	case pb.Outcome_OUTCOME_FAIL:
		switch {
		case e.Waiver != nil:
			return pair{2, "Low"}
		case e.Finding.GetLevel() == "enhanced":
			return pair{3, "Medium"}
		}
		return pair{4, "High"}
	case pb.Outcome_OUTCOME_UNKNOWN:
		return pair{3, "Medium"}
	}
	return pair{1, "Informational"}
}

type finding struct {
	ActivityID   int         `json:"activity_id"`
	ActivityName string      `json:"activity_name"`
	CategoryUID  int         `json:"category_uid"`
	CategoryName string      `json:"category_name"`
	ClassUID     int         `json:"class_uid"`
	ClassName    string      `json:"class_name"`
	TypeUID      int         `json:"type_uid"`
	TypeName     string      `json:"type_name"`
	SeverityID   int         `json:"severity_id"`
	Severity     string      `json:"severity"`
	StatusID     int         `json:"status_id"`
	Status       string      `json:"status"`
	Time         int64       `json:"time"`
	Message      string      `json:"message"`
	Metadata     metadata    `json:"metadata"`
	Info         findingInfo `json:"finding_info"`
	Compliance   compliance  `json:"compliance"`
	Resources    []resource  `json:"resources,omitempty"`
	Evidences    []evidence  `json:"evidences,omitempty"`
	Unmapped     unmapped    `json:"unmapped"`
}

type metadata struct {
	Version     string  `json:"version"`
	UID         string  `json:"uid"`
	EventCode   string  `json:"event_code"`
	Correlation string  `json:"correlation_uid,omitempty"`
	LogName     string  `json:"log_name"`
	Product     product `json:"product"`
}

type product struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version,omitempty"`
}

type findingInfo struct {
	UID       string   `json:"uid"`
	Title     string   `json:"title"`
	Desc      string   `json:"desc,omitempty"`
	Types     []string `json:"types,omitempty"`
	Created   int64    `json:"created_time,omitempty"`
	FirstSeen int64    `json:"first_seen_time,omitempty"`
	LastSeen  int64    `json:"last_seen_time,omitempty"`
	Modified  int64    `json:"modified_time,omitempty"`
	Sources   []string `json:"data_sources,omitempty"`
}

type compliance struct {
	Standards    []string `json:"standards,omitempty"`
	Requirements []string `json:"requirements,omitempty"`
	Control      string   `json:"control,omitempty"`
	Desc         string   `json:"desc,omitempty"`
	Checks       []check  `json:"checks,omitempty"`
	StatusID     int      `json:"status_id"`
	Status       string   `json:"status"`
	StatusCode   string   `json:"status_code,omitempty"`
	Details      []string `json:"status_details,omitempty"`
}

type check struct {
	UID      string `json:"uid"`
	Name     string `json:"name"`
	StatusID int    `json:"status_id"`
	Status   string `json:"status"`
}

type resource struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	IP   string `json:"ip,omitempty"`
	Type string `json:"type,omitempty"`
}

type evidence struct {
	Name string       `json:"name"`
	Data evidenceData `json:"data"`
}

type evidenceData struct {
	Source    string `json:"source"`
	FirstLine uint32 `json:"first_line,omitempty"`
	LastLine  uint32 `json:"last_line,omitempty"`
	Excerpt   string `json:"excerpt,omitempty"`
	StatedIn  string `json:"default_stated_in,omitempty"`
}

type unmapped struct {
	Kind      event.Kind    `json:"kind"`
	Outcome   string        `json:"outcome,omitempty"`
	Previous  string        `json:"previous,omitempty"`
	Scope     string        `json:"scope,omitempty"`
	Level     string        `json:"level,omitempty"`
	Zone      string        `json:"zone,omitempty"`
	Role      string        `json:"role,omitempty"`
	Snapshot  string        `json:"snapshot,omitempty"`
	Partial   bool          `json:"partial,omitempty"`
	SiteFacts []string      `json:"site_facts,omitempty"`
	Waiver    *waiver       `json:"waiver,omitempty"`
	Counts    *event.Counts `json:"counts,omitempty"`
}

type waiver struct {
	ID          string `json:"id"`
	Reason      string `json:"reason"`
	RequestedBy string `json:"requested_by,omitempty"`
	ApprovedBy  string `json:"approved_by,omitempty"`
	From        int64  `json:"from,omitempty"`
	Until       int64  `json:"until,omitempty"`
}

func name(s string) string { return event.Visible(s, maxName) }
func text(s string) string { return event.Visible(s, maxText) }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Append writes the event as one object.
func (f Format) Append(b []byte, e *event.Event) ([]byte, error) {
	act, sev, stat, ver := activity(e.Kind), severity(e), status(e), verdict(e)
	out := finding{
		ActivityID: act.id, ActivityName: act.caption, CategoryUID: category, CategoryName: "Findings", ClassUID: class, ClassName: "Compliance Finding",
		TypeUID: class*100 + act.id, TypeName: "Compliance Finding: " + act.caption, SeverityID: sev.id, Severity: sev.caption, StatusID: stat.id,
		Status: stat.caption, Time: millis(e.At), Message: text(f.message(e)),
		Metadata: metadata{
			Version: Version, UID: e.ID, EventCode: string(e.Kind), Correlation: name(e.Run), LogName: "plumbline",
			Product: product{"Plumbline", "Plumbline", name(e.Program)},
		},
		Info:       findingInfo{UID: e.ID, Title: act.caption, Created: millis(e.FirstSeen), FirstSeen: millis(e.FirstSeen), LastSeen: millis(e.LastSeen), Modified: millis(e.Since)},
		Compliance: compliance{StatusID: ver.id, Status: ver.caption},
		Unmapped:   unmapped{Kind: e.Kind, Outcome: event.OutcomeWord(e.Outcome()), Previous: event.OutcomeWord(e.Previous), Snapshot: name(e.Snapshot), Counts: e.Counts},
	}
	if e.Finding != nil {
		f.fill(&out, e, ver)
	}
	if t := e.Target; t != nil {
		r := resource{UID: name(t.GetId()), Name: name(t.GetId()), Type: name(t.GetDriver())}
		if ip, err := netip.ParseAddr(t.GetAddress()); err == nil {
			r.IP = ip.WithZone("").String()
		}
		out.Resources = []resource{r}
		out.Unmapped.Zone, out.Unmapped.Role = name(t.GetZone()), name(t.GetRole())
	}
	if w := e.Waiver; w != nil {
		out.Unmapped.Waiver = &waiver{name(w.ID), text(w.Reason), name(w.RequestedBy), name(w.ApprovedBy), millis(w.From), millis(w.Until)}
	}
	return event.AppendJSON(b, out)
}

// fill writes what the finding says.
func (f Format) fill(out *finding, e *event.Event, ver pair) {
	d := e.Finding
	out.Info.UID, out.Info.Title = name(d.GetId()), name(strings.TrimSpace(d.GetCheck()+" "+d.GetScope()))
	out.Info.Desc, out.Info.Types = text(f.of(d.GetObserved())), []string{"Baseline"}
	c := &out.Compliance
	c.Standards, c.Requirements, c.Control = one(name(d.GetBaseline())), one(name(d.GetClause())), name(d.GetControl())
	c.Desc = text(f.of(d.GetExpected()))
	c.Checks = []check{{name(d.GetCheck()), name(d.GetCheck()), ver.id, ver.caption}}
	if e.Outcome() == pb.Outcome_OUTCOME_UNKNOWN {
		c.StatusCode = facts.ReasonName(d.GetReasonCode())
	}
	if e.Kind != event.Gone {
		for _, t := range []*pb.Text{d.GetObserved(), d.GetReason()} {
			c.Details = append(c.Details, one(text(f.of(t)))...)
		}
	}
	u := &out.Unmapped
	u.Scope, u.Level, u.Partial = name(d.GetScope()), name(d.GetLevel()), d.GetPartial()
	for _, s := range d.GetSiteFacts()[:min(len(d.GetSiteFacts()), event.MaxEvidence)] {
		u.SiteFacts = append(u.SiteFacts, name(s))
	}
	for _, v := range d.GetEvidence()[:min(len(d.GetEvidence()), event.MaxEvidence)] {
		data := evidenceData{name(v.GetSource()), v.GetFirstLine(), v.GetLastLine(), name(v.GetExcerpt()), name(v.GetDefaultStatedIn())}
		out.Evidences = append(out.Evidences, evidence{data.Source, data})
		out.Info.Sources = append(out.Info.Sources, data.Source)
	}
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (f Format) of(t *pb.Text) string {
	if f.English {
		return t.GetEn()
	}
	return t.GetZh()
}

// message is the headline.
func (f Format) message(e *event.Event) string {
	if e.Finding == nil {
		return activity(e.Kind).caption
	}
	is, was := event.OutcomeWord(e.Outcome()), event.OutcomeWord(e.Previous)
	if is == "" {
		is = string(e.Kind)
	}
	if was != "" {
		is += " (" + was + ")"
	}
	return fmt.Sprintf("%s %s %s: %s", e.Target.GetId(), e.Finding.GetClause(), e.Finding.GetCheck(), is)
}
