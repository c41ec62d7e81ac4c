package driver

import (
	"bytes"
	"iter"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/checks/facts"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Answers finds an answer by its question, for drivers.
type Answers struct {
	byName map[string]*pluginpb.Answer
}

// Index makes answers findable. Of two answers to one question the first counts. What a command printed is had as a terminal shows it.
func Index(answers []*pluginpb.Answer) Answers {
	m := make(map[string]*pluginpb.Answer, len(answers))
	for _, a := range answers {
		name := Text(a.GetQuestion())
		if _, ok := m[name]; !ok {
			m[name] = printed(a)
		}
	}
	return Answers{m}
}

// printed gives an answer to a command as a terminal shows it, without the line that it broke off in; other answers as they are.
func printed(a *pluginpb.Answer) *pluginpb.Answer {
	q, ok := a.GetQuestion().GetKind().(*pluginpb.Question_Command)
	if !ok {
		return a
	}
	body := Printed(a.GetBody())
	if strings.Contains(q.Command, "config") {
		body = OfConfig(body)
	}
	if !a.GetComplete() {
		body = body[:bytes.LastIndexByte(body, '\n')+1]
	}
	if len(body) == len(a.GetBody()) {
		return a // nothing was taken away; where something moves within a line, something always is
	}
	shown := proto.Clone(a).(*pluginpb.Answer)
	shown.Body = body
	return shown
}

// Asked says whether the question was put, whatever came of it.
func (a Answers) Asked(q *pluginpb.Question) bool {
	_, ok := a.byName[Text(q)]
	return ok
}

// File gives the answer about a file's content.
func (a Answers) File(path string) Document { return a.get(path) }

// Command gives the answer to a command.
func (a Answers) Command(command string) Document { return a.get(command) }

// Probe gives the answer to a probe.
func (a Answers) Probe(p pluginpb.Probe) Document { return a.get(Text(Probe(p))) }

// Glob gives the listing of what matched a pattern.
func (a Answers) Glob(pattern string) Document { return a.get(globPrefix + pattern) }

// Walk gives an SNMP subtree.
func (a Answers) Walk(oid string) Document { return a.get(walkPrefix + oid) }

func (a Answers) get(name string) Document {
	ans, ok := a.byName[name]
	if !ok {
		ans = &pluginpb.Answer{Reason: pb.Reason_REASON_NOT_ASKED}
	}
	return Document{Source: name, Answer: ans}
}

// Document is an answer with the name that evidence cites.
type Document struct {
	Source string
	Answer *pluginpb.Answer
}

// Whole says that all of it was had: only then does what it lacks prove an absence.
func (d Document) Whole() bool {
	return d.Answer.GetReason() == pb.Reason_REASON_UNSPECIFIED && d.Answer.GetComplete()
}

// NotFound says that the target was asked and has no such file or command.
func (d Document) NotFound() bool { return d.Answer.GetReason() == pb.Reason_REASON_NOT_FOUND }

// Had says that something was read, whole or not.
func (d Document) Had() bool { return len(d.Answer.GetBody()) > 0 || d.Whole() }

// Reason says why it is not whole; UNSPECIFIED if it is.
func (d Document) Reason() pb.Reason {
	switch {
	case d.Whole():
		return pb.Reason_REASON_UNSPECIFIED
	case d.Answer.GetReason() == pb.Reason_REASON_UNSPECIFIED:
		return pb.Reason_REASON_TRUNCATED
	}
	return d.Answer.GetReason()
}

// Unknown is the fact that follows from a document that is not whole.
func (d Document) Unknown() facts.Missing {
	detail := d.Source
	if e := d.Answer.GetError(); e != "" && !strings.Contains(e, d.Source) {
		detail += ": " + e
	} else if e != "" {
		detail = e
	}
	return facts.Unknown(d.Reason(), detail)
}

// Lines yields each line with its number, from 1, without its line end.
func (d Document) Lines() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(d.Answer.GetBody())) {
			n++
			if !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

// Line is evidence of one line of it.
func (d Document) Line(n int, text string) *pb.Evidence { return facts.Line(d.Source, n, text) }

// All is evidence of it as a whole.
func (d Document) All() *pb.Evidence { return facts.Source(d.Source) }

// Cut gives the document as one whose end was not seen: where a platform closes its configuration with a mark, what lacks the mark
// is not whole.
func (d Document) Cut() Document {
	if !d.Whole() {
		return d
	}
	a := d.Answer
	d.Answer = &pluginpb.Answer{Question: a.GetQuestion(), Body: a.GetBody(), Reason: pb.Reason_REASON_TRUNCATED}
	return d
}

// Absence is the fact that nothing is configured where the platform does nothing by itself: absent, if all of it was seen.
func (d Document) Absence() facts.Missing {
	if d.Whole() {
		return facts.Absent(d.All())
	}
	return d.Unknown()
}

// NoDefault is the fact that nothing is configured and no document says what holds then.
func (d Document) NoDefault(topic string) facts.Missing {
	if d.Whole() {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, topic, d.All())
	}
	return d.Unknown()
}

// Off is the fact that something which only a line could switch on is not on.
func (d Document) Off() *pb.BoolFact {
	if d.Whole() {
		return facts.Bool(false, d.All())
	}
	return d.Unknown().Bool()
}

// ListState is the state of a list, as list facts carry it.
type ListState struct {
	State    pb.FactState
	Reason   pb.Reason
	Detail   string
	Evidence []*pb.Evidence
}

// List is the state of a list that this document alone makes up.
func (d Document) List() ListState {
	if d.Whole() {
		return ListState{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{d.All()}}
	}
	return ListState{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: d.Reason(), Detail: d.Source}
}
