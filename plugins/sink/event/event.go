// Package event is what receivers of findings are told: one event for each finding that changed, stands, or was seen. It holds the
// model, its own JSON, and what makes text of a device harmless in any format. Other formats are packages beside it (cef, ocsf), and so
// are those that carry events somewhere (syslog, stream, webhook, kafka, file).
//
// An event never says "pass" of what is not applicable, gone, waived or unknown: formats take the outcome from [Event.Outcome] and from
// nowhere else, and a waiver stands beside it.
package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Kind says why an event is told.
type Kind string

// Kinds of events.
const (
	// New, Changed, Gone and Back are changes: the finding was never there, came to another outcome, is not there any more, is there again.
	New     Kind = "new"
	Changed Kind = "changed"
	Gone    Kind = "gone"
	Back    Kind = "back"
	// Full is one that stands, told because the full state was asked for; Summary is the record that ends it.
	Full    Kind = "full"
	Summary Kind = "summary"
	// Observed is one of a snapshot, told by who took it: what was before is not known there.
	Observed Kind = "observed"
	// Test is told to see whether events arrive.
	Test Kind = "test"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{New, Changed, Gone, Back, Full, Summary, Observed, Test} }

// An Event is one thing to tell.
type Event struct {
	// ID is the same whenever the same is told again.
	ID   string
	Kind Kind
	// At is when it came about: the time of the snapshot.
	At time.Time
	// Target is whose finding it is, Finding what its snapshot says; of one that is gone, the last that held it, as far as it is known.
	// Both are nil in a Summary and in a Test.
	Target  *pb.Target
	Finding *pb.Finding
	// Previous is the outcome before; UNSPECIFIED where there was none or it is not known.
	Previous pb.Outcome
	// FirstSeen and LastSeen are when the finding was, Since is since when it has this outcome; zero where that is not known.
	FirstSeen, LastSeen, Since time.Time
	// Snapshot is the id of the snapshot, Program the version of the program that took it.
	Snapshot, Program string
	// Waiver is the accepted exception that covers it; nil for none.
	Waiver *Waiver
	// Run is the full state that it belongs to, Counts what that held: of a Summary only.
	Run    string
	Counts *Counts
}

// A Waiver is an exception that people accepted: shown beside an outcome, never instead of it.
type Waiver struct {
	ID, Reason, RequestedBy, ApprovedBy string
	From, Until                         time.Time
}

// Counts are how many findings a full state held, by outcome; Waived are among them.
type Counts struct {
	Findings      int64 `json:"findings"`
	Targets       int64 `json:"targets"`
	Fail          int64 `json:"fail"`
	Unknown       int64 `json:"unknown"`
	Pass          int64 `json:"pass"`
	NotApplicable int64 `json:"not_applicable"`
	Waived        int64 `json:"waived"`
}

// Outcome is how the finding stands now; UNSPECIFIED of one that is gone and where there is no finding.
func (e *Event) Outcome() pb.Outcome {
	if e.Kind == Gone {
		return pb.Outcome_OUTCOME_UNSPECIFIED
	}
	return e.Finding.GetOutcome()
}

// OutcomeWord is the outcome as formats write it; empty for none.
func OutcomeWord(o pb.Outcome) string {
	if o == pb.Outcome_OUTCOME_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_"))
}

// ID gives the id of what the parts name.
func ID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Of gives an event for each finding of a delivery.
func Of(d *pluginpb.Delivery) []*Event {
	s := d.GetSnapshot()
	snapshot := d.GetSender() + "." + strconv.FormatUint(d.GetEpoch(), 16) + "." + strconv.FormatUint(d.GetSequence(), 10)
	events := make([]*Event, 0, len(s.GetFindings()))
	for _, f := range s.GetFindings() {
		events = append(events, &Event{
			ID: ID(string(Observed), snapshot, f.GetId()), Kind: Observed, At: s.GetFinishedAt().AsTime(), Target: s.GetTarget(), Finding: f,
			LastSeen: s.GetFinishedAt().AsTime(), Snapshot: snapshot, Program: s.GetProgramVersion(),
		})
	}
	return events
}
