package rgos

import (
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// known are words of line sections that say nothing that is asked.
var known = []string{
	"stopbits", "databits", "parity", "speed", "flowcontrol", "length", "width", "history", "logging", "transport", "session-timeout", "exec", "location", "autocommand",
	"authorization", "accounting", "ipv6", "ip", "escape-character", "monitor", "modem", "terminal-type", "refuse-message", "vacant-message", "timeout", "disconnect-character",
	"access-class", "exit", "absolute-timeout", "start-character", "stop-character", "special-character-bits", "exec-character-bits", "motd-banner", "editing", "prompt", "lockable", "mask-user-input",
}

func (r *reader) readLines() []*ciscolike.Line {
	return r.ReadLines(known, ciscolike.Silence{
		Methods:    r.lineMethods,
		Idle:       func(*ciscolike.Line) *pb.DurationFact { return r.Doc.NoDefault("exec-timeout").Duration() },
		Transports: func(*ciscolike.Line) *pb.TextsFact { return r.Doc.NoDefault("transport input").Texts() },
	})
}

// lineMethods says how a line authenticates.
func (r *reader) lineMethods(l *ciscolike.Line) *pb.TextsFact {
	if l.Login == nil {
		return r.noLogin()
	}
	ev := r.At(l.Login)
	switch {
	case l.Login.Negated:
		return facts.Texts([]string{"none"}, ev)
	case l.Login.Word(1) == "local":
		return facts.Texts([]string{"local"}, ev)
	case l.Login.Word(1) == "authentication":
		return r.loginList(l.Login.Word(2))
	case len(l.Login.Words) > 1:
		return r.Odd(l.Login).Texts()
	case l.Password == nil:
		return r.Doc.NoDefault("login without password").Texts()
	}
	return facts.Texts([]string{"line-password"}, ev)
}

// noLogin is for a line without "login": the default list decides where there is one.
func (r *reader) noLogin() *pb.TextsFact {
	if r.AAA.On && r.AAA.Login["default"] != nil {
		return r.loginList("default")
	}
	return r.Doc.NoDefault("line without login").Texts()
}

func (r *reader) loginList(name string) *pb.TextsFact {
	switch e := r.AAA.Login[name]; {
	case e != nil:
		return r.MethodsOf(e, 4)
	case !r.Whole():
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Texts()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa authentication login "+name).Texts()
}

// accessPaths states every way to manage the device.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	banner := r.Banner("login", "motd")
	for _, l := range r.lines {
		list.Items = append(list.Items, r.LinePath(l, banner))
	}
	list.Items = append(list.Items, r.shell("ssh", "ssh-server", banner), r.shell("telnet", "telnet-server", banner), r.web("http", false), r.web("https", true))
	list.Items = append(list.Items, r.snmpPath(), r.Switch("ftp", false, r.Doc.NoDefault("ftp-server enable").Bool(), "ftp-server", "enable"),
		r.Switch("tftp", false, r.Doc.NoDefault("tftp-server enable").Bool(), "tftp-server", "enable"), r.netconf())
	r.Facts.AccessPaths = list
	r.Facts.Protections.DialIn = r.Doc.Off()
	for _, l := range r.lines {
		if l.Modem != nil {
			r.Facts.Protections.DialIn = facts.Bool(true, l.Modem)
		}
	}
}

// shell states SSH or Telnet: the server runs, and a virtual line takes it in. What lines do not say leaves the server's word.
func (r *reader) shell(protocol, server string, banner *pb.BoolFact) *pb.AccessPath {
	p := r.Shell(protocol, r.lines, banner)
	taken := p.Enabled
	service := r.Final("enable", "service", server)
	switch {
	case service != nil && service.Negated:
		p.Enabled, p.Sources, p.Methods, p.Authenticated = facts.Bool(false, r.At(service)), nil, nil, nil
	case service != nil && (!facts.Known(taken) || taken.GetValue()):
		p.Enabled = facts.Bool(true, r.At(service))
		r.openTo(p, protocol)
	case service != nil, facts.Known(taken) && !taken.GetValue():
		// no line takes it in
	default:
		p.Enabled = r.Doc.NoDefault("enable service " + server).Bool()
		r.openTo(p, protocol)
	}
	if protocol == "ssh" {
		p.Versions = r.Doc.NoDefault("ip ssh version").Texts()
		if e := r.Final("ip", "ssh", "version"); e != nil && !e.Negated {
			p.Versions = facts.Texts([]string{"SSH " + e.Word(2+1)}, r.At(e))
		}
		for words, fact := range map[string]**pb.TextsFact{"cipher-mode": &p.Ciphers, "hmac-algorithm": &p.Macs, "key-exchange": &p.KeyExchanges} {
			*fact = r.Doc.NoDefault("ip ssh " + words).Texts()
			if e := r.Final("ip", "ssh", words); e != nil && !e.Negated && len(e.Words) > 3 {
				*fact = facts.Texts(append([]string{}, e.Words[3:]...), r.At(e))
			}
		}
	}
	return p
}

// openTo says who may come in by a protocol, and how, where lines do not say which protocols they take: all that do not exclude it.
func (r *reader) openTo(p *pb.AccessPath, protocol string) {
	var sources, methods []*pb.TextsFact
	for _, l := range r.lines {
		if takes := l.Takes(protocol); l.Remote() && l.NoExec == nil && (!facts.Known(takes) || takes.GetValue()) {
			sources, methods = append(sources, l.Sources), append(methods, l.Methods)
		}
	}
	if sources == nil || !r.Whole() {
		return
	}
	p.Sources, p.Methods = ciscolike.Union(sources), ciscolike.Union(methods)
	p.Authenticated = ciscolike.Proves(p.Methods)
}

// web states the HTTP or the HTTPS server.
func (r *reader) web(scope string, encrypted bool) *pb.AccessPath {
	p := r.Path(scope, encrypted)
	p.Enabled = r.Doc.NoDefault("enable service web-server " + scope).Bool()
	for e := range r.Find("enable", "service", "web-server") {
		switch e.Word(3) {
		case scope, "all":
			p.Enabled = facts.Bool(!e.Negated, r.At(e))
		case "":
			if e.Negated || !encrypted {
				p.Enabled = facts.Bool(!e.Negated, r.At(e))
			}
		}
	}
	port := []string{"http", "port"}
	if encrypted {
		port = []string{"http", "secure-port"}
	}
	p.Port = r.Doc.NoDefault(scope + " port").Int()
	if e := r.Final(port...); e != nil && !e.Negated {
		p.Port = r.port(e, 2)
	}
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return p
	}
	p.Sources = r.Doc.Absence().Texts()
	p.Methods = r.Doc.NoDefault("ip http authentication").Texts()
	if e := r.Final("ip", "http", "authentication"); e != nil && !e.Negated {
		switch e.Word(3) {
		case "local":
			p.Methods = facts.Texts([]string{"local"}, r.At(e))
		case "enable":
			p.Methods = facts.Texts([]string{"password"}, r.At(e))
		default:
			p.Methods = r.Odd(e).Texts()
		}
	}
	p.Authenticated = ciscolike.Proves(p.Methods)
	return p
}

func (r *reader) port(e *stanza.Entry, i int) *pb.IntFact {
	if n, ok := e.Number(i); ok {
		return facts.Int(n, r.At(e))
	}
	return r.Odd(e).Int()
}

func (r *reader) netconf() *pb.AccessPath {
	return r.Switch("netconf", true, r.Doc.NoDefault("netconf enable").Bool(), "netconf", "enable")
}

// sessions says when idle sessions end.
func (r *reader) sessions() {
	st := r.Doc.List()
	list := &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, l := range r.lines {
		list.Items = append(list.Items, &pb.SessionPolicy{Scope: l.Scope, IdleTimeout: l.Idle, AbsoluteTimeout: l.Absolute})
	}
	for e := range r.Find("enable", "service", "web-server") {
		if !e.Negated {
			list.Items = append(list.Items, &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("web session").Duration()})
			break
		}
	}
	r.Facts.SessionPolicies = list
}
