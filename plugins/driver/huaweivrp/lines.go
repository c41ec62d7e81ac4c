package huaweivrp

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// term is a user interface: the console, an aux port or a range of VTYs.
type term struct {
	scope, kind string
	first, last int64
	node        *stanza.Entry

	idle, mode, secret, inbound, level *stanza.Entry
	filter, filter6                    *stanza.Entry
}

// lines reads the user interfaces.
func (r *reader) lines() []*term {
	var out []*term
	for e := range r.Find("user-interface") {
		if e.Negated || len(e.Words) < 3 || e.Word(1) == "maximum-vty" {
			continue
		}
		t := &term{scope: strings.Join(e.Words[1:], " "), kind: e.Words[1], node: e}
		first, ok := e.Number(2)
		last, more := e.Number(3)
		if !more {
			last = first
		}
		t.first, t.last = first, last
		if !ok || !slices.Contains([]string{"con", "console", "vty", "aux", "tty", "trust", "nca"}, t.kind) {
			r.Unread = append(r.Unread, r.At(e))
		}
		for _, l := range e.Under() {
			r.termLine(t, l)
		}
		out = append(out, t)
	}
	return out
}

// What is said of a line that nothing asks about.
var termWords = []string{"history-command", "screen-length", "screen-width", "shell", "speed", "databits", "parity", "stopbits", "flow-control", "terminal", "auto-execute", "set", "redirect", "modem", "description", "async", "phy-mode", "escape-key", "break", "alarm", "undo", "command"}

func (r *reader) termLine(t *term, l *stanza.Entry) {
	switch {
	case l.Words[0] == "idle-timeout":
		t.idle = ifSet(l)
	case l.Words[0] == "authentication-mode":
		t.mode = ifSet(l)
	case l.Begins("set", "authentication", "password"):
		t.secret = ifSet(l)
	case l.Begins("protocol", "inbound"):
		t.inbound = ifSet(l)
	case l.Begins("user", "privilege", "level"):
		t.level = ifSet(l)
	case l.Words[0] == "acl" && slices.Contains(l.Words, "outbound"):
	case l.Begins("acl", "ipv6"):
		t.filter6 = ifSet(l)
	case l.Words[0] == "acl":
		t.filter = ifSet(l)
	case slices.Contains(termWords, l.Words[0]):
	default:
		r.Unread = append(r.Unread, r.At(l))
	}
}

func ifSet(l *stanza.Entry) *stanza.Entry {
	if l.Negated {
		return nil
	}
	return l
}

// lineIdle is when an idle session on a line ends. Newer releases end those of the console sooner than others.
func (r *reader) lineIdle(t *term) *pb.DurationFact {
	switch {
	case t.idle != nil:
		return r.idle(t.idle)
	case t.kind == "vty" && r.cite("vty-idle") != "":
		return r.defaultSpan("vty-idle", 10*time.Minute)
	case (t.kind == "con" || t.kind == "console") && r.cite("console-idle") != "":
		return r.defaultSpan("console-idle", 5*time.Minute)
	}
	return r.defaultSpan("idle-timeout", 10*time.Minute)
}

// idle reads "idle-timeout MINUTES [SECONDS]"; 0 0 never ends.
func (r *reader) idle(e *stanza.Entry) *pb.DurationFact {
	at := slices.Index(e.Words, "idle-timeout")
	minutes, ok := e.Number(at + 1)
	seconds := int64(0)
	if ok && len(e.Words) > at+2 {
		seconds, ok = e.Number(at + 2)
	}
	switch {
	case !ok:
		return r.Odd(e).Duration()
	case minutes == 0 && seconds == 0:
		return facts.Forever(r.At(e))
	}
	return facts.Duration(time.Duration(minutes)*time.Minute+time.Duration(seconds)*time.Second, r.At(e))
}

func (r *reader) sessionPolicies(lines []*term) *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	most := r.Final("user-interface", "maximum-vty")
	for _, t := range lines {
		p := &pb.SessionPolicy{Scope: t.scope, IdleTimeout: r.lineIdle(t), AbsoluteTimeout: r.Doc.Absence().Duration()}
		count, ev := t.last-t.first+1, r.At(t.node)
		if t.kind == "vty" && t.first < 16 && most != nil {
			if n, ok := most.Number(2); ok && n < count {
				count, ev = n, r.At(most)
			}
		}
		p.MaxSessions = facts.Int(count, ev)
		out.Items = append(out.Items, p)
	}
	for _, e := range r.domains.entries { // an account's own timeout goes before the line's
		if e.Words[0] == "local-user" && e.Word(2) == "idle-timeout" && !e.Negated {
			out.Items = append(out.Items, &pb.SessionPolicy{Scope: "local-user " + e.Words[1], IdleTimeout: r.idle(e), AbsoluteTimeout: r.Doc.Absence().Duration()})
		}
	}
	if web := r.webSession(); web != nil {
		out.Items = append(out.Items, web)
	}
	return out
}

// webSession is about the web pages, unless they are off.
func (r *reader) webSession() *pb.SessionPolicy {
	http, https := r.web()
	off := func(f *pb.BoolFact) bool { return facts.Known(f) && !f.GetValue() }
	if off(http) && off(https) {
		return nil
	}
	p := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.defaultSpan("web-idle", 20*time.Minute)}
	for _, words := range [][]string{{"http", "timeout"}, {"web-manager", "timeout"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			if n, ok := e.Number(2); ok && n > 0 {
				p.IdleTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(e))
			} else {
				p.IdleTimeout = r.Odd(e).Duration()
			}
		}
	}
	return p
}

// linePath is a user interface as a way in.
func (r *reader) linePath(t *term, notice *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{Scope: t.scope, Enabled: facts.Bool(true, r.At(t.node)), Banner: notice}
	r.authentication(p, t)
	p.Privilege = r.Doc.NoDefault("user privilege level").Int()
	if t.level != nil {
		if n, ok := t.level.Number(3); ok {
			p.Privilege = facts.Int(n, r.At(t.level))
		}
	}
	if t.kind != "vty" {
		p.Remote, p.Encrypted = facts.Bool(false, r.At(t.node)), facts.NotApplicable().Bool()
		p.Sources, p.Transports = facts.NotApplicable().Texts(), facts.NotApplicable().Texts()
		return p
	}
	p.Remote = facts.Bool(true, r.At(t.node))
	if most := r.Final("user-interface", "maximum-vty"); most != nil && t.first < 16 {
		if n, ok := most.Number(2); ok && n <= t.first {
			p.Enabled = facts.Bool(false, r.At(most))
		}
	}
	if t.first >= 16 { // kept for network management; whether somebody can log in there is not documented
		p.Enabled = r.Doc.NoDefault("vty 16 20").Bool()
	}
	p.Transports, p.Encrypted = r.transports()
	if t.inbound != nil {
		words := t.inbound.Words[2:]
		p.Transports = facts.Texts(words, r.At(t.inbound))
		p.Encrypted = facts.Bool(!slices.Contains(words, "telnet") && !slices.Contains(words, "all"), r.At(t.inbound))
	}
	p.Sources = r.lineSources(t)
	return p
}

// transports are what a line takes in that says nothing of it.
func (r *reader) transports() (*pb.TextsFact, *pb.BoolFact) {
	if doc := r.cite("all-inbound"); doc != "" {
		return facts.Texts([]string{"all"}, facts.Default(doc)), facts.Bool(false, facts.Default(doc))
	}
	if doc := r.cite("ssh-inbound"); doc != "" {
		return facts.Texts([]string{"ssh"}, facts.Default(doc)), facts.Bool(true, facts.Default(doc))
	}
	unsaid := r.Doc.NoDefault("protocol inbound")
	return unsaid.Texts(), unsaid.Bool()
}

func (r *reader) lineSources(t *term) *pb.TextsFact {
	switch {
	case t.filter != nil:
		return r.sources(aclIn(t.filter), t.filter)
	case !r.Whole():
		return r.Doc.Absence().Texts()
	}
	return facts.Absent(r.Section(t.node)).Texts()
}

// authentication reads how users prove on a line who they are.
func (r *reader) authentication(p *pb.AccessPath, t *term) {
	p.Factors = facts.Int(1)
	if t.mode == nil {
		m := r.Doc.NoDefault("authentication-mode")
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
		return
	}
	ev := r.At(t.mode)
	p.Factors = facts.Int(1, ev)
	p.EmptyPasswords = facts.Bool(false, ev)
	switch t.mode.Word(1) {
	case "aaa":
		p.Methods = r.adminMethods()
		open := r.open()
		switch {
		case facts.Known(p.Methods) && slices.Contains(p.Methods.GetValue(), "none"):
			p.Authenticated = facts.Bool(false, append([]*pb.Evidence{ev}, p.Methods.GetEvidence()...)...)
			p.Factors = facts.Int(0, ev)
		case !r.Whole():
			p.Authenticated = r.Doc.Absence().Bool()
		case open != nil:
			p.Authenticated = facts.Unknown(pb.Reason_REASON_CONFLICT, "a domain authenticates by none", ev, r.At(open)).Bool()
		default:
			p.Authenticated = facts.Bool(true, ev)
		}
	case "password":
		p.Methods = facts.Texts([]string{"line-password"}, ev)
		p.Authenticated = facts.Bool(true, ev)
		if t.secret == nil { // VRP may keep it out of the configuration
			p.EmptyPasswords = r.Doc.NoDefault("set authentication password").Bool()
		}
	case "none":
		p.Methods, p.Authenticated, p.Factors = facts.Texts([]string{"none"}, ev), facts.Bool(false, ev), facts.Int(0, ev)
		p.EmptyPasswords = facts.NotApplicable(ev).Bool()
	default:
		m := r.Odd(t.mode)
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	}
}
