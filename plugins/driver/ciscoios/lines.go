package ciscoios

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// line is a console, auxiliary or virtual terminal line, or a range of them.
type line struct {
	login, password *stanza.Entry
	scope           string
	kind            string // con, aux, vty, tty
	at              *pb.Evidence
	idle, absolute  *pb.DurationFact
	transports      *pb.TextsFact
	sources         *pb.TextsFact
	methods         *pb.TextsFact
	privilege       *pb.IntFact
	noExec          *pb.Evidence
	modem           *pb.Evidence
}

// remote says that the line is reached over the network.
func (l *line) remote() bool { return l.kind == "vty" }

// known are words of line sections that say nothing that is asked.
var known = []string{
	"stopbits", "databits", "parity", "speed", "flowcontrol", "length", "width", "history", "logging", "transport", "session-timeout", "session-limit", "exec",
	"location", "rotary", "autocommand", "authorization", "accounting", "ipv6", "escape-character", "notify", "exec-banner", "motd-banner", "exec-character-bits",
	"special-character-bits", "monitor", "modem", "rxspeed", "txspeed", "editing", "international", "terminal-type", "refuse-message", "vacant-message", "timeout", "lockable",
	"dispatch-timeout", "media-type", "logout-warning", "autoselect", "full-help", "disconnect-character", "line", "access-class", "exit", "usb-inactivity-timeout", "activation-character",
	"login-string", "telnet", "padding", "start-character", "stop-character", "hold-character", "domain-lookup", "autohangup", "script", "prompt", "private", "ip", "buffer-length", "absolute-timeout",
}

func (r *reader) readLines() []*line {
	var out []*line
	for e := range r.Find("line") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		scope := strings.Join(e.Words[1:], " ")
		kind := e.Word(1)
		if kind != "con" && kind != "console" && kind != "aux" && kind != "vty" {
			kind = "tty"
		}
		if kind == "console" {
			kind = "con"
		}
		i := slices.IndexFunc(out, func(l *line) bool { return l.scope == scope })
		l := &line{scope: scope, kind: kind}
		if i >= 0 {
			l = out[i]
		} else {
			out = append(out, l)
		}
		r.readLine(l, e)
	}
	for _, l := range out {
		r.finishLine(l)
	}
	return out
}

// readLine reads one line section; login and password are kept together, for they depend on one another.
func (r *reader) readLine(l *line, e *stanza.Entry) {
	l.at = r.Section(e)
	for _, s := range e.Under() {
		ev := r.At(s)
		switch w := s.Words[0]; {
		case w == "exec-timeout":
			l.idle = r.execTimeout(s)
		case w == "absolute-timeout":
			if n, ok := s.Number(1); ok && n > 0 && !s.Negated {
				l.absolute = facts.Duration(time.Duration(n)*time.Minute, ev)
			}
		case s.Begins("transport", "input") && !s.Negated:
			l.transports = facts.Texts(slices.Clone(s.Words[2:]), ev)
			if len(s.Words) == 2 || stanza.Hole(s.Word(2)) {
				l.transports = r.Odd(s).Texts()
			}
		case w == "access-class" && s.Word(2) == "in" && !s.Negated:
			l.sources = r.sources(s.Word(1), ev)
		case s.Begins("ipv6", "access-class") && s.Word(3) == "in" && !s.Negated:
			if six := r.sources("ipv6 "+s.Word(2), ev); l.sources == nil {
				l.sources = six
			} else {
				l.sources = union([]*pb.TextsFact{l.sources, six})
			}
		case w == "login":
			l.login = s
		case w == "password":
			l.password = s
			if s.Negated {
				l.password = nil
			}
		case s.Begins("privilege", "level"):
			if n, ok := s.Number(2); ok && !s.Negated {
				l.privilege = facts.Int(n, ev)
			} else if !s.Negated {
				l.privilege = r.Odd(s).Int()
			}
		case w == "exec" && s.Negated:
			l.noExec = ev
		case w == "modem" && !s.Negated && (strings.EqualFold(s.Word(1), "inout") || strings.EqualFold(s.Word(1), "dialin")):
			l.modem = ev
		case !slices.Contains(known, w):
			r.Unread = append(r.Unread, ev)
		}
	}
	l.methods = r.lineMethods(l)
}

func (r *reader) execTimeout(s *stanza.Entry) *pb.DurationFact {
	if s.Negated {
		return facts.Forever(r.At(s))
	}
	m, ok := s.Number(1)
	sec, ok2 := s.Number(2)
	if !ok || !ok2 && len(s.Words) > 2 {
		return r.Odd(s).Duration()
	}
	if m == 0 && sec == 0 {
		return facts.Forever(r.At(s))
	}
	return facts.Duration(time.Duration(m)*time.Minute+time.Duration(sec)*time.Second, r.At(s))
}

// lineMethods says how a line authenticates.
func (r *reader) lineMethods(l *line) *pb.TextsFact {
	login := l.login
	if login != nil && login.Word(1) == "authentication" && !login.Negated {
		return r.loginList(login.Word(2), false)
	}
	if r.aaa.on {
		return r.loginList("default", l.kind == "con")
	}
	if login == nil {
		switch {
		case !r.Whole():
			return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Texts()
		case l.kind == "vty":
			return r.defaultTexts("line-password", security+"login: virtual terminals require a password")
		}
		return r.defaultTexts("none", security+"login: no password is checked on lines that are not virtual")
	}
	ev := r.At(login)
	switch {
	case login.Negated:
		return facts.Texts([]string{"none"}, ev)
	case login.Word(1) == "local":
		return facts.Texts([]string{"local"}, ev)
	case login.Word(1) == "tacacs":
		return facts.Texts([]string{"tacacs"}, ev)
	case len(login.Words) > 1:
		return r.Odd(login).Texts()
	case l.password == nil && l.kind != "vty":
		return r.Doc.NoDefault("login without password").Texts()
	}
	return facts.Texts([]string{"line-password"}, ev)
}

func (r *reader) finishLine(l *line) {
	if l.idle == nil {
		l.idle = r.defaultSpan(10*time.Minute, fundamentals+"exec-timeout: 10 minutes")
	}
	if l.transports == nil {
		l.transports = r.Doc.NoDefault("transport input").Texts()
		if !l.remote() {
			l.transports = r.defaultTexts("none", terminal+"transport input: no protocol is allowed")
		}
	}
	if l.sources == nil {
		l.sources = r.Doc.Absence().Texts()
	} else if six := r.overIPv6(); six != nil && facts.Known(l.sources) && !r.limitsIPv6(l) {
		l.sources = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "IPv6 is in use and has no ipv6 access-class", append(l.sources.GetEvidence(), six)...).Texts()
	}
	if !l.remote() {
		l.sources = facts.NotApplicable(l.at).Texts()
	}
}

// overIPv6 finds an interface that speaks IPv6, which an access-class for IPv4 does not limit.
func (r *reader) overIPv6() *pb.Evidence {
	for e := range r.Find("interface") {
		for _, c := range e.Node.Children {
			if strings.HasPrefix(c.Text, "ipv6 address ") || c.Text == "ipv6 enable" {
				return r.Doc.Line(c.N, c.Text)
			}
		}
	}
	return nil
}

func (r *reader) limitsIPv6(l *line) bool {
	for e := range r.Find("line") {
		if strings.Join(e.Words[1:], " ") != l.scope {
			continue
		}
		for _, c := range e.Node.Children {
			if strings.HasPrefix(c.Text, "ipv6 access-class ") {
				return true
			}
		}
	}
	return false
}

// takes says whether the line takes a protocol in.
func (l *line) takes(protocol string) *pb.BoolFact {
	if !facts.Known(l.transports) {
		return facts.LikeState(l.transports).Bool()
	}
	ev := l.transports.GetEvidence()
	for _, t := range l.transports.GetValue() {
		if t == protocol || t == "all" {
			return facts.Bool(true, ev...)
		}
	}
	return facts.Bool(false, ev...)
}

// sessions says when idle sessions end.
func (r *reader) sessions() {
	st := r.Doc.List()
	list := &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, l := range r.lines {
		list.Items = append(list.Items, &pb.SessionPolicy{Scope: l.scope, IdleTimeout: l.idle, AbsoluteTimeout: l.absolute})
	}
	if web := r.webSession(); web != nil {
		list.Items = append(list.Items, web)
	}
	r.facts.SessionPolicies = list
}

// webSession reads when an idle web session ends, if the web server may run.
func (r *reader) webSession() *pb.SessionPolicy {
	on := false
	for _, words := range [][]string{{"ip", "http", "server"}, {"ip", "http", "secure-server"}} {
		e := r.Final(words...)
		on = on || e != nil && !e.Negated
	}
	if !on {
		return nil
	}
	s := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("ip http session-idle-timeout").Duration()}
	if e := r.Final("ip", "http", "session-idle-timeout"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok && n > 0 {
			s.IdleTimeout = facts.Duration(time.Duration(n)*time.Second, r.At(e))
		} else {
			s.IdleTimeout = r.Odd(e).Duration()
		}
	} else if e := r.Final("ip", "http", "timeout-policy"); e != nil && !e.Negated {
		if n, ok := stanza.Number(e.After("idle")); ok && n > 0 {
			s.IdleTimeout = facts.Duration(time.Duration(n)*time.Second, r.At(e))
		} else {
			s.IdleTimeout = r.Odd(e).Duration()
		}
	}
	return s
}
