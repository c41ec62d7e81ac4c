package comware

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// term is a user line: the console, an aux port or a range of VTYs. What its class says holds where it says nothing itself.
type term struct {
	scope, kind string
	first, last int64
	node        *stanza.Entry
	own, class  map[string]*stanza.Entry
}

// lineSettings are what is asked of a line, by the first words of the lines that say it.
var lineSettings = []string{"idle-timeout", "authentication-mode", "set authentication password", "protocol inbound", "user privilege level", "user-role", "command accounting", "command authorization"}

// What is said of a line that nothing asks about.
var otherSettings = []string{"history-command", "screen-length", "shell", "speed", "databits", "parity", "stopbits", "flow-control", "terminal", "auto-execute", "redirect", "modem", "escape-key", "activation-key", "lock-key", "lock", "description", "stopbit-error", "flow", "character-encoding"}

// lines reads the user lines.
func (r *reader) lines() []*term {
	var out []*term
	classes := map[string]map[string]*stanza.Entry{}
	for _, word := range []string{"line", "user-interface"} {
		for e := range r.Find(word, "class") {
			if !e.Negated && len(e.Words) == 3 {
				classes[e.Words[2]] = r.settings(e)
			}
		}
	}
	for _, word := range []string{"line", "user-interface"} {
		for e := range r.Find(word) {
			if e.Negated || len(e.Words) < 3 || e.Words[1] == "class" {
				continue
			}
			t := &term{scope: strings.Join(e.Words[1:], " "), kind: e.Words[1], node: e, own: r.settings(e), class: classes[e.Words[1]]}
			first, ok := e.Number(2)
			last, more := e.Number(3)
			if !more {
				last = first
			}
			t.first, t.last = first, max(first, last)
			if !ok || !slices.Contains([]string{"con", "console", "vty", "aux", "tty", "usb"}, t.kind) {
				r.Unread = append(r.Unread, r.At(e))
			}
			out = append(out, t)
		}
	}
	return out
}

// settings gives the lines of a user line by what they say; of a filter, "acl" and "acl6".
func (r *reader) settings(e *stanza.Entry) map[string]*stanza.Entry {
	out := map[string]*stanza.Entry{}
	for _, l := range e.Under() {
		text := strings.Join(l.Words, " ") + " "
		i := slices.IndexFunc(lineSettings, func(s string) bool { return strings.HasPrefix(text, s+" ") })
		switch {
		case i >= 0:
			out[lineSettings[i]] = l
		case l.Words[0] == "acl" && slices.Contains(l.Words, "outbound"):
		case l.Begins("acl", "ipv6"):
			out["acl6"] = l
		case l.Words[0] == "acl":
			out["acl"] = l
		case slices.Contains(otherSettings, l.Words[0]):
		default:
			r.Unread = append(r.Unread, r.At(l))
		}
	}
	return out
}

// get gives the line that settles something, of the line itself or of its class; nil if none does.
func (t *term) get(what string) *stanza.Entry {
	if e := t.own[what]; e != nil && !e.Negated {
		return e
	}
	e := t.class[what]
	if e == nil || e.Negated {
		return nil
	}
	// On VTYs these two go together: once a line has settled one of them, its class settles neither.
	if t.kind == "vty" && (what == "authentication-mode" && t.own["protocol inbound"] != nil || what == "protocol inbound" && t.own["authentication-mode"] != nil) {
		return nil
	}
	return e
}

// idle reads "idle-timeout MINUTES [SECONDS]"; 0 never ends.
func (r *reader) idle(e *stanza.Entry) *pb.DurationFact {
	if e == nil {
		return r.defaults.Span("idle-timeout", 10*time.Minute)
	}
	minutes, ok := e.Number(1)
	seconds := int64(0)
	if ok && len(e.Words) > 2 {
		seconds, ok = e.Number(2)
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
	for _, t := range lines {
		out.Items = append(out.Items, &pb.SessionPolicy{
			Scope: t.scope, IdleTimeout: r.idle(t.get("idle-timeout")), AbsoluteTimeout: r.Doc.Absence().Duration(), MaxSessions: facts.Int(t.last-t.first+1, r.At(t.node)),
		})
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
	p := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("web idle-timeout").Duration()}
	for _, words := range [][]string{{"web", "idle-timeout"}, {"http", "idle-timeout"}, {"ip", "http", "idle-timeout"}} {
		e := r.Final(words...)
		if e == nil || e.Negated {
			continue
		}
		if n, ok := e.Number(len(words)); ok && n > 0 {
			p.IdleTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(e))
		} else {
			p.IdleTimeout = r.Odd(e).Duration()
		}
	}
	return p
}

// linePath is a user line as a way in.
func (r *reader) linePath(t *term, notice *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{Scope: t.scope, Enabled: facts.Bool(true, r.At(t.node)), Banner: notice}
	r.authentication(p, t)
	p.Privilege = r.Doc.NoDefault("user privilege level").Int()
	if e := t.get("user privilege level"); e != nil {
		if n, ok := e.Number(3); ok {
			p.Privilege = facts.Int(n, r.At(e))
		} else {
			p.Privilege = r.Odd(e).Int()
		}
	} else if len(r.ByWord("line")) > 0 { // roles have taken the levels' place
		p.Privilege = facts.NotApplicable().Int()
	}
	if t.kind != "vty" {
		p.Remote, p.Encrypted = facts.Bool(false, r.At(t.node)), facts.NotApplicable().Bool()
		p.Sources, p.Transports = facts.NotApplicable().Texts(), facts.NotApplicable().Texts()
		return p
	}
	p.Remote = facts.Bool(true, r.At(t.node))
	p.Transports = r.Doc.NoDefault("protocol inbound").Texts()
	p.Encrypted = facts.LikeState(p.Transports).Bool()
	if e := t.get("protocol inbound"); e != nil {
		words := e.Words[2:]
		p.Transports = facts.Texts(words, r.At(e))
		p.Encrypted = facts.Bool(!slices.ContainsFunc(words, func(w string) bool { return w != "ssh" && w != "none" }), r.At(e))
	}
	p.Sources = r.lineSources(t)
	return p
}

func (r *reader) lineSources(t *term) *pb.TextsFact {
	if e := t.get("acl"); e != nil {
		return r.sources(aclIn(e), e)
	}
	if !r.Whole() {
		return r.Doc.Absence().Texts()
	}
	return facts.Absent(r.Section(t.node)).Texts()
}

// authentication reads how users prove on a line who they are.
func (r *reader) authentication(p *pb.AccessPath, t *term) {
	var mode string
	var ev []*pb.Evidence
	switch e := t.get("authentication-mode"); {
	case e != nil:
		mode, ev = e.Word(1), []*pb.Evidence{r.At(e)}
	case t.kind == "vty" && r.defaults.Cite("vty password") != "":
		mode, ev = "password", []*pb.Evidence{r.defaults.Evidence("vty password")}
	case (t.kind == "aux" || t.kind == "con" || t.kind == "console") && r.device.kind != "firewall" && r.defaults.Cite("console none") != "":
		mode, ev = "none", []*pb.Evidence{r.defaults.Evidence("console none")}
	default:
		m := r.Doc.NoDefault("authentication-mode")
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
		return
	}
	p.Factors, p.EmptyPasswords = facts.Int(1, ev...), facts.Bool(false, ev...)
	switch mode {
	case "scheme":
		p.Methods = r.loginMethods()
		p.EmptyPasswords = r.Doc.NoDefault("local-user password").Bool()
		open := r.open()
		switch {
		case facts.Known(p.Methods) && slices.Contains(p.Methods.GetValue(), "none"):
			p.Authenticated, p.Factors = facts.Bool(false, append(ev, p.Methods.GetEvidence()...)...), facts.Int(0, ev...)
		case !r.Whole():
			p.Authenticated = r.Doc.Absence().Bool()
		case open != nil:
			p.Authenticated = facts.Unknown(pb.Reason_REASON_CONFLICT, "a domain authenticates by none", append(ev, r.At(open))...).Bool()
		default:
			p.Authenticated = facts.Bool(true, ev...)
		}
	case "password":
		p.Methods, p.Authenticated = facts.Texts([]string{"line-password"}, ev...), facts.Bool(true, ev...)
		if t.get("set authentication password") == nil { // without one nobody gets in, or it is not shown
			p.EmptyPasswords = r.Doc.NoDefault("set authentication password").Bool()
		}
	case "none":
		p.Methods, p.Authenticated, p.Factors = facts.Texts([]string{"none"}, ev...), facts.Bool(false, ev...), facts.Int(0, ev...)
		p.EmptyPasswords = facts.NotApplicable(ev...).Bool()
	default:
		m := r.Odd(t.get("authentication-mode"))
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	}
}
