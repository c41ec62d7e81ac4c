// Package facts builds, prints, reads and masks facts: the statements that drivers make about a target,
// each with the words it rests on.
//
// A fact that nobody stated is unknown. There is no zero value that means "zero": a driver that says
// nothing about the idle timeout has not said that it is 0.
//
// The package does not judge (see checks) and does not know where answers come from (see plugins/driver).
package facts

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxExcerpt is the longest excerpt that evidence carries, in bytes.
const MaxExcerpt = 300

// Fact is what every fact message has in common.
type Fact interface {
	GetState() pb.FactState
	GetReason() pb.Reason
	GetDetail() string
	GetEvidence() []*pb.Evidence
}

// Own gives evidence a place that nobody appends to. Those who state a fact pass append(ev, more)... again and again with the same ev, and
// appending twice writes to the same place: without this the line under a fact could become that of the next one.
func Own(ev []*pb.Evidence) []*pb.Evidence {
	return slices.Clip(slices.Clone(ev))
}

// Bool states a yes or no.
func Bool(v bool, ev ...*pb.Evidence) *pb.BoolFact {
	return &pb.BoolFact{State: pb.FactState_FACT_STATE_KNOWN, Value: v, Evidence: Own(ev)}
}

// Int states a number.
func Int(v int64, ev ...*pb.Evidence) *pb.IntFact {
	return &pb.IntFact{State: pb.FactState_FACT_STATE_KNOWN, Value: v, Evidence: Own(ev)}
}

// Duration states a length of time.
func Duration(v time.Duration, ev ...*pb.Evidence) *pb.DurationFact {
	return &pb.DurationFact{State: pb.FactState_FACT_STATE_KNOWN, Value: durationpb.New(v), Evidence: Own(ev)}
}

// Forever states that a length of time has no end.
func Forever(ev ...*pb.Evidence) *pb.DurationFact {
	return &pb.DurationFact{State: pb.FactState_FACT_STATE_KNOWN, Forever: true, Evidence: Own(ev)}
}

// Time states a moment.
func Time(v time.Time, ev ...*pb.Evidence) *pb.TimeFact {
	return &pb.TimeFact{State: pb.FactState_FACT_STATE_KNOWN, Value: timestamppb.New(v), Evidence: Own(ev)}
}

// Text states words.
func Text(v string, ev ...*pb.Evidence) *pb.TextFact {
	return &pb.TextFact{State: pb.FactState_FACT_STATE_KNOWN, Value: v, Evidence: Own(ev)}
}

// Texts states a list that was seen as a whole. An empty list states that there is none.
func Texts(v []string, ev ...*pb.Evidence) *pb.TextsFact {
	return &pb.TextsFact{State: pb.FactState_FACT_STATE_KNOWN, Value: v, Evidence: Own(ev)}
}

// Missing is a fact without a value, of whatever kind it is asked to be.
type Missing struct {
	state    pb.FactState
	reason   pb.Reason
	detail   string
	evidence []*pb.Evidence
}

// Absent states that something was looked for in every place where it could be, and is not configured.
func Absent(ev ...*pb.Evidence) Missing {
	return Missing{state: pb.FactState_FACT_STATE_ABSENT, evidence: Own(ev)}
}

// Unknown states that something was looked for and could not be told. The detail names what is particular
// (the file, the error); it is shown as it is, in whatever language it came.
func Unknown(reason pb.Reason, detail string, ev ...*pb.Evidence) Missing {
	return Missing{state: pb.FactState_FACT_STATE_UNKNOWN, reason: reason, detail: detail, evidence: Own(ev)}
}

// NotApplicable states that the platform has no such thing.
func NotApplicable(ev ...*pb.Evidence) Missing {
	return Missing{state: pb.FactState_FACT_STATE_NOT_APPLICABLE, evidence: Own(ev)}
}

// LikeState carries over why another fact has no value. Given a fact that has one, it is unknown.
func LikeState(f Fact) Missing {
	if f.GetState() == pb.FactState_FACT_STATE_KNOWN {
		return Unknown(pb.Reason_REASON_UNSPECIFIED, "", f.GetEvidence()...)
	}
	return Missing{state: f.GetState(), reason: f.GetReason(), detail: f.GetDetail(), evidence: f.GetEvidence()}
}

// Bool gives the missing fact as a yes or no.
func (m Missing) Bool() *pb.BoolFact {
	return &pb.BoolFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Int gives the missing fact as a number.
func (m Missing) Int() *pb.IntFact {
	return &pb.IntFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Duration gives the missing fact as a length of time.
func (m Missing) Duration() *pb.DurationFact {
	return &pb.DurationFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Time gives the missing fact as a moment.
func (m Missing) Time() *pb.TimeFact {
	return &pb.TimeFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Text gives the missing fact as words.
func (m Missing) Text() *pb.TextFact {
	return &pb.TextFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Texts gives the missing fact as a list.
func (m Missing) Texts() *pb.TextsFact {
	return &pb.TextsFact{State: m.state, Reason: m.reason, Detail: m.detail, Evidence: m.evidence}
}

// Line is evidence of one line.
func Line(source string, n int, text string) *pb.Evidence {
	return Lines(source, n, n, text)
}

// Lines is evidence of several lines.
func Lines(source string, first, last int, text string) *pb.Evidence {
	return &pb.Evidence{Source: source, FirstLine: uint32(max(first, 0)), LastLine: uint32(max(last, 0)), Excerpt: Excerpt(text)}
}

// Source is evidence of an answer as a whole, where no line says it: a file that is missing or empty.
func Source(source string) *pb.Evidence {
	return &pb.Evidence{Source: source}
}

// Default is evidence that a value is the vendor's default; document names where the vendor says so,
// with version and section.
func Default(document string) *pb.Evidence {
	return &pb.Evidence{DefaultStatedIn: document}
}

// Excerpt makes text fit to be quoted: trimmed, valid UTF-8, at most MaxExcerpt bytes.
func Excerpt(text string) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")
	if len(text) <= MaxExcerpt {
		return text
	}
	const more = "…"
	cut := MaxExcerpt - len(more)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + more
}

// Known says whether a fact has a value.
func Known(f Fact) bool { return f.GetState() == pb.FactState_FACT_STATE_KNOWN }
