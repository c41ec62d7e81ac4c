package ciscolike

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Line is a console, auxiliary or virtual terminal line, or a range of them.
type Line struct {
	// Scope is the line as the platform writes it; Kind is con, aux, vty or tty.
	Scope, Kind string
	At          *pb.Evidence
	// Login and Password are the lines that say how it authenticates; nil if there are none.
	Login, Password              *stanza.Entry
	Idle, Absolute               *pb.DurationFact
	Transports, Sources, Methods *pb.TextsFact
	Privilege, MaxSessions       *pb.IntFact
	NoExec, Modem                *pb.Evidence
	limited, limitedSix          bool
}

// Remote says that the line is reached over the network.
func (l *Line) Remote() bool { return l.Kind == "vty" }

// Silence says what holds for a line where nothing is configured.
type Silence struct {
	Idle       func(*Line) *pb.DurationFact
	Transports func(*Line) *pb.TextsFact
	// Methods says how a line authenticates, from its login and password lines.
	Methods func(*Line) *pb.TextsFact
	// AnyFamily says that one access-class may be for either family of addresses, so that what the other may do is not told.
	AnyFamily bool
}

// ReadLines reads the terminal lines. Words that begin a line below them and that say nothing that is asked are known.
func (b *Base) ReadLines(known []string, silence Silence) []*Line {
	var out []*Line
	for e := range b.Find("line") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		scope := strings.Join(e.Words[1:], " ")
		i := slices.IndexFunc(out, func(l *Line) bool { return l.Scope == scope })
		l := &Line{Scope: scope, Kind: kindOf(e.Word(1))}
		if i >= 0 {
			l = out[i]
		} else {
			out = append(out, l)
		}
		b.readLine(l, e, known)
	}
	for _, l := range out {
		b.finishLine(l, silence)
	}
	return out
}

func kindOf(word string) string {
	switch word {
	case "con", "console":
		return "con"
	case "aux", "vty":
		return word
	case "default", "template": // what virtual terminals are made from
		return "vty"
	}
	return "tty"
}

// readLine reads one section; login and password are kept together, for they depend on one another.
func (b *Base) readLine(l *Line, e *stanza.Entry, known []string) {
	l.At = b.Section(e)
	for _, s := range e.Under() {
		ev := b.At(s)
		switch w := s.Words[0]; {
		case w == "exec-timeout":
			l.Idle = b.ExecTimeout(s)
		case w == "absolute-timeout":
			if n, ok := s.Number(1); ok && n > 0 && !s.Negated {
				l.Absolute = facts.Duration(time.Duration(n)*time.Minute, ev)
			}
		case w == "session-limit":
			if n, ok := s.Number(1); ok && !s.Negated {
				l.MaxSessions = facts.Int(n, ev)
			}
		case s.Begins("transport", "input") && !s.Negated:
			l.Transports = facts.Texts(slices.Clone(s.Words[2:]), ev)
			if len(s.Words) == 2 || stanza.Hole(s.Word(2)) {
				l.Transports = b.Odd(s).Texts()
			}
		case (w == "access-class" || s.Begins("ip", "access-class")) && !s.Negated:
			if name := appliedList(s.Words); name != "" {
				l.limited = true
				l.limit(b.Sources(name, ev))
			}
		case s.Begins("ipv6", "access-class") && !s.Negated:
			if name := appliedList(s.Words); name != "" {
				l.limitedSix = true
				l.limit(b.Sources("ipv6 "+name, ev))
			}
		case w == "login":
			l.Login = s
		case w == "password" || w == "secret":
			l.Password = s
			if s.Negated {
				l.Password = nil
			}
		case s.Begins("privilege", "level"):
			if n, ok := s.Number(2); ok && !s.Negated {
				l.Privilege = facts.Int(n, ev)
			} else if !s.Negated {
				l.Privilege = b.Odd(s).Int()
			}
		case w == "exec" && s.Negated:
			l.NoExec = ev
		case w == "modem" && !s.Negated && (strings.EqualFold(s.Word(1), "inout") || strings.EqualFold(s.Word(1), "dialin") || s.Word(1) == "in"): // the last on NX-OS
			l.Modem = ev
		case !slices.Contains(known, w):
			b.Unread = append(b.Unread, ev)
		}
	}
}

// appliedList finds the list in "access-class NAME in [vrf-also]" and "access-class ingress NAME"; "" if it limits what goes out.
func appliedList(words []string) string {
	i := slices.Index(words, "access-class") + 1
	switch {
	case i+1 >= len(words):
		return ""
	case words[i] == "ingress":
		return words[i+1]
	case words[i+1] == "in":
		return words[i]
	}
	return ""
}

func (l *Line) limit(sources *pb.TextsFact) {
	if l.Sources != nil {
		sources = Union([]*pb.TextsFact{l.Sources, sources})
	}
	l.Sources = sources
}

// ExecTimeout reads "exec-timeout MINUTES [SECONDS]"; both 0 mean never.
func (b *Base) ExecTimeout(s *stanza.Entry) *pb.DurationFact {
	if s.Negated {
		return facts.Forever(b.At(s))
	}
	m, ok := s.Number(1)
	sec, ok2 := s.Number(2)
	if !ok || !ok2 && len(s.Words) > 2 {
		return b.Odd(s).Duration()
	}
	if m == 0 && sec == 0 {
		return facts.Forever(b.At(s))
	}
	return facts.Duration(time.Duration(m)*time.Minute+time.Duration(sec)*time.Second, b.At(s))
}

func (b *Base) finishLine(l *Line, silence Silence) {
	l.Methods = silence.Methods(l)
	if l.Idle == nil {
		l.Idle = silence.Idle(l)
	}
	if l.Transports == nil {
		l.Transports = silence.Transports(l)
	}
	switch six := b.OverIPv6(); {
	case !l.Remote():
		l.Sources = facts.NotApplicable(l.At).Texts()
	case l.Sources == nil:
		l.Sources = b.Doc.Absence().Texts()
	case six == nil || !facts.Known(l.Sources) || l.limitedSix && l.limited:
	case silence.AnyFamily:
		l.Sources = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "IPv6 is in use and both families are not limited", append(l.Sources.GetEvidence(), six)...).Texts()
	default: // the family without a list is open
		open := "::/0"
		if l.limitedSix {
			open = "0.0.0.0/0"
		}
		l.Sources = facts.Texts(append(slices.Clone(l.Sources.GetValue()), open), append(slices.Clone(l.Sources.GetEvidence()), six)...)
	}
}

// OverIPv6 finds an interface that speaks IPv6, which an access-class for IPv4 does not limit.
func (b *Base) OverIPv6() *pb.Evidence {
	for e := range b.Find("interface") {
		for _, c := range e.Node.Children {
			if strings.HasPrefix(c.Text, "ipv6 address ") || c.Text == "ipv6 enable" {
				return b.Doc.Line(c.N, c.Text)
			}
		}
	}
	for e := range b.Find("ipv6") { // where the indentation was lost
		if e.Word(1) == "address" && len(e.Words) > 2 || e.Word(1) == "enable" && len(e.Words) == 2 {
			return b.At(e)
		}
	}
	return nil
}

// Takes says whether the line takes a protocol in.
func (l *Line) Takes(protocol string) *pb.BoolFact {
	if !facts.Known(l.Transports) {
		return facts.LikeState(l.Transports).Bool()
	}
	ev := l.Transports.GetEvidence()
	for _, t := range l.Transports.GetValue() {
		if t == protocol || t == "all" {
			return facts.Bool(true, ev...)
		}
	}
	return facts.Bool(false, ev...)
}
