// Package ciscolike holds what the platforms that speak like Cisco IOS share: access lists and whom they let in, method lists and
// central servers, terminal lines, communities, time servers with keys, packet filters, and which words hide secrets or begin free text.
//
// It is no driver. It knows no platform's defaults: what holds where nothing is configured is for the driver to say.
package ciscolike

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Base is one reading of a configuration.
type Base struct {
	stanza.Config
	Ans   driver.Answers
	Facts *pb.Facts
	// Flat: the indentation is lost, so sections below interfaces cannot be told apart.
	Flat bool
	// Documented says that the documents which defaults are cited from speak of this release.
	Documented bool
	// Lists are the access lists by name; those of IPv6 under "ipv6 NAME".
	Lists map[string]*List
	// ImplicitDeny is the document that says that an access list refuses what it does not name; "" if there is none.
	ImplicitDeny string
	// AAA is what decides logins centrally or locally.
	AAA AAA
	// Groups are the groups of central servers by name.
	Groups map[string]Group
}

// DefaultBool is what holds where nothing is configured, by that document.
func (b *Base) DefaultBool(v bool, document string) *pb.BoolFact {
	if !b.Whole() || !b.Documented {
		return b.Doc.NoDefault(document).Bool()
	}
	return facts.Bool(v, facts.Default(document))
}

// DefaultSpan is what holds where nothing is configured, by that document.
func (b *Base) DefaultSpan(v time.Duration, document string) *pb.DurationFact {
	if !b.Whole() || !b.Documented {
		return b.Doc.NoDefault(document).Duration()
	}
	return facts.Duration(v, facts.Default(document))
}

// sections is the state of a list that is read from sections.
func (b *Base) sections() driver.ListState {
	if b.Flat {
		return driver.ListState{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "the indentation is lost"}
	}
	return b.Doc.List()
}

// Below says whether a line of these words stands below e.
func Below(e *stanza.Entry, words ...string) bool {
	return slices.ContainsFunc(e.Under(), func(l *stanza.Entry) bool { return !l.Negated && l.Begins(words...) })
}

// Severities are the levels of records, the most severe first.
var Severities = []string{"emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging"}

// Severity reads a level by name or number.
func Severity(w string) (string, bool) {
	if n, ok := stanza.Number(w); ok && n < int64(len(Severities)) {
		return Severities[n], true
	}
	return w, slices.Contains(Severities, w)
}

// Distinct sorts the unread lines and leaves out repetitions.
func (b *Base) Distinct() {
	slices.SortStableFunc(b.Unread, func(x, y *pb.Evidence) int { return int(x.GetFirstLine()) - int(y.GetFirstLine()) })
	b.Unread = slices.CompactFunc(b.Unread, func(x, y *pb.Evidence) bool {
		return x.GetFirstLine() == y.GetFirstLine() && x.GetSource() == y.GetSource()
	})
}
