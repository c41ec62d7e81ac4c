package ciscolike

import (
	"slices"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Buffered reads "logging buffered [discriminator D] [xml] [SIZE] [LEVEL]".
func (b *Base) Buffered(s *pb.LogStore, e *stanza.Entry) {
	ev := b.At(e)
	s.Active = facts.Bool(!e.Negated, ev)
	if e.Negated {
		return
	}
	for i := 2; i < len(e.Words); i++ {
		w := e.Words[i]
		level, isLevel := Severity(w)
		n, isNumber := stanza.Number(w)
		switch {
		case w == "discriminator":
			i++
		case w == "xml" || w == "filtered":
		case isLevel:
			s.Level = facts.Text(level, ev)
		case isNumber:
			s.MaxBytes = facts.Int(n, ev)
		default:
			s.Level = b.Odd(e).Text()
		}
	}
}

// Target states a server to which records are sent, with the port and protocol that the line names; where it names none and no document
// does, they are unknown.
func (b *Base) Target(e *stanza.Entry, address string) *pb.LogTarget {
	ev := b.At(e)
	m := b.Doc.NoDefault("logging port")
	t := &pb.LogTarget{Scope: address, Address: facts.Text(address, ev), Port: m.Int(), Protocol: m.Text(), Encrypted: facts.Bool(false, ev)}
	for _, key := range []string{"udp-port", "port", "tcp-port"} {
		if n, ok := stanza.Number(e.After(key)); ok {
			t.Port = facts.Int(n, ev)
			t.Scope = address + ":" + strconv.FormatInt(n, 10)
		}
	}
	switch {
	case slices.Contains(e.Words, "tls"), slices.Contains(e.Words, "secure"):
		t.Protocol, t.Encrypted = facts.Text("tls", ev), facts.Bool(true, ev)
	case slices.Contains(e.Words, "tcp"), slices.Contains(e.Words, "tcp-port"):
		t.Protocol = facts.Text("tcp", ev)
	case slices.Contains(e.Words, "udp"), slices.Contains(e.Words, "udp-port"):
		t.Protocol = facts.Text("udp", ev)
	}
	return t
}

// Level says which records a target is sent, by the least severity.
func (b *Base) Level(t *pb.LogTarget, e *stanza.Entry, word string) {
	level, ok := Severity(word)
	if !ok {
		m := b.Odd(e)
		t.Selector, t.Everything = m.Text(), m.Bool()
		return
	}
	t.Selector, t.Everything = facts.Text(level, b.At(e)), facts.Bool(level == "informational" || level == "debugging", b.At(e))
}
