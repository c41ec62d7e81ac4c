// Package defaults states what holds where a configuration says nothing, always with the document that says so.
//
// It knows no vendor: a driver keeps a table of what its vendor documents for which versions. Where no document fits, or not all
// of the configuration was seen, the fact is unknown.
package defaults

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Statement is what one document says of one topic, for a range of versions in the driver's own numbers.
type Statement struct {
	Topic    string
	From, To int
	Document string
}

// Stated is the statement that a document makes of a topic for versions from one to another.
func Stated(topic string, from, to int, document string) Statement {
	return Statement{Topic: topic, From: from, To: to, Document: document}
}

// Set are the statements that may hold for one configuration.
type Set struct {
	// Doc is the configuration; its silence proves something only if all of it was seen.
	Doc driver.Document
	// Version is the target's, in the statements' numbers; 0 if it is not known.
	Version    int
	Statements []Statement
}

// Cite names the document that states a default for this target, "" if none does. A statement from 0 on holds for targets
// whose version is not known too.
func (s Set) Cite(topic string) string {
	if !s.Doc.Whole() {
		return ""
	}
	for _, st := range s.Statements {
		if st.Topic == topic && st.From <= s.Version && s.Version <= st.To {
			return st.Document
		}
	}
	return ""
}

// Evidence is evidence of a stated default; nil if no document states it.
func (s Set) Evidence(topic string) *pb.Evidence {
	if doc := s.Cite(topic); doc != "" {
		return facts.Default(doc)
	}
	return nil
}

// Bool states a yes or no by default.
func (s Set) Bool(topic string, v bool) *pb.BoolFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Bool(v, ev)
	}
	return s.Doc.NoDefault(topic).Bool()
}

// Int states a number by default.
func (s Set) Int(topic string, v int64) *pb.IntFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Int(v, ev)
	}
	return s.Doc.NoDefault(topic).Int()
}

// Span states a length of time by default.
func (s Set) Span(topic string, v time.Duration) *pb.DurationFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Duration(v, ev)
	}
	return s.Doc.NoDefault(topic).Duration()
}

// Forever states that something has no end by default.
func (s Set) Forever(topic string) *pb.DurationFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Forever(ev)
	}
	return s.Doc.NoDefault(topic).Duration()
}

// Text states words by default.
func (s Set) Text(topic, v string) *pb.TextFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Text(v, ev)
	}
	return s.Doc.NoDefault(topic).Text()
}

// Texts states a list by default.
func (s Set) Texts(topic string, v ...string) *pb.TextsFact {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Texts(v, ev)
	}
	return s.Doc.NoDefault(topic).Texts()
}

// None states that there is nothing by default.
func (s Set) None(topic string) facts.Missing {
	if ev := s.Evidence(topic); ev != nil {
		return facts.Absent(ev)
	}
	return s.Doc.NoDefault(topic)
}
