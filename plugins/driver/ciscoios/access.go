package ciscoios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths states every way to manage the device: the lines, and the protocols that are reached over the network.
func (r *reader) accessPaths() {
	st := r.list()
	list := &pb.AccessPathList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	banner := r.banner()
	for _, l := range r.lines {
		list.Items = append(list.Items, r.linePath(l, banner))
	}
	list.Items = append(list.Items, r.shell("ssh", banner), r.shell("telnet", banner), r.web("http", "server", false), r.web("https", "secure-server", true))
	list.Items = append(list.Items, r.snmpPath(), r.switched("ftp", false, []string{"ftp-server", "enable"}, fundamentals+"ftp-server enable: disabled"))
	list.Items = append(list.Items, r.switched("tftp", false, []string{"tftp-server"}, fundamentals+"tftp-server: disabled"))
	list.Items = append(list.Items, r.switched("rsh", false, []string{"ip", "rcmd", "rsh-enable"}, fundamentals+"ip rcmd rsh-enable: disabled"))
	list.Items = append(list.Items, r.netconf(), r.switched("restconf", true, []string{"restconf"}, yang+"restconf: disabled"))
	r.facts.AccessPaths = list
	r.tls(list)
	r.dialIn()
}

func (r *reader) banner() *pb.BoolFact {
	for _, kind := range []string{"login", "motd"} {
		if e := r.final("banner", kind); e != nil && !e.no {
			return facts.Bool(true, facts.Lines(r.doc.Source, e.node.N, e.node.Last, "banner "+kind))
		}
	}
	return r.off()
}

func (r *reader) linePath(l *line, banner *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{
		Scope: l.scope, Remote: facts.Bool(l.remote(), l.at), Transports: l.transports, Sources: l.sources, Methods: l.methods,
		Authenticated: proves(l.methods), Privilege: l.privilege, Banner: banner, Encrypted: facts.NotApplicable(l.at).Bool(), Enabled: facts.Bool(true, l.at),
	}
	if l.kind == "tty" && !r.whole {
		p.Enabled = facts.Unknown(r.reason(), r.doc.Source).Bool()
	}
	if l.remote() {
		switch {
		case !facts.Known(l.transports):
			p.Enabled, p.Encrypted = facts.LikeState(l.transports).Bool(), facts.LikeState(l.transports).Bool()
		case slices.Equal(l.transports.GetValue(), []string{"none"}):
			p.Enabled = facts.Bool(false, l.transports.GetEvidence()...)
		default:
			inClear := slices.ContainsFunc(l.transports.GetValue(), func(t string) bool { return t != "ssh" })
			p.Encrypted = facts.Bool(!inClear, l.transports.GetEvidence()...)
		}
	}
	if l.noExec != nil {
		p.Enabled = facts.Bool(false, l.noExec)
	}
	return p
}

// proves says whether nobody gets in without proving who he is.
func proves(methods *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(methods) {
		return facts.LikeState(methods).Bool()
	}
	return facts.Bool(!slices.Contains(methods.GetValue(), "none"), methods.GetEvidence()...)
}

// shell states ssh or telnet from the lines that take it in.
func (r *reader) shell(protocol string, banner *pb.BoolFact) *pb.AccessPath {
	p := r.path(protocol, protocol == "ssh")
	p.Banner = banner
	var sources, methods []*pb.TextsFact
	var unknown *pb.BoolFact
	var off, on []*pb.Evidence
	for _, l := range r.lines {
		if !l.remote() {
			continue
		}
		takes := l.takes(protocol)
		switch {
		case l.noExec != nil:
			off = append(off, l.noExec)
			continue
		case !facts.Known(takes):
			unknown = takes
			sources, methods = append(sources, facts.LikeState(takes).Texts()), append(methods, facts.LikeState(takes).Texts())
			continue
		case !takes.GetValue():
			off = append(off, takes.GetEvidence()...)
			continue
		}
		on = append(on, takes.GetEvidence()...)
		sources, methods = append(sources, l.sources), append(methods, l.methods)
	}
	switch {
	case on != nil:
		p.Enabled = facts.Bool(true, on...)
	case unknown != nil:
		p.Enabled = unknown
	case !r.whole || off == nil:
		p.Enabled = r.noDefault("line vty").Bool()
	default:
		p.Enabled = facts.Bool(false, off...)
	}
	if sources == nil {
		p.Sources, p.Methods = facts.LikeState(p.Enabled).Texts(), facts.LikeState(p.Enabled).Texts()
		if facts.Known(p.Enabled) {
			p.Sources, p.Methods = nil, nil
		}
	} else {
		p.Sources, p.Methods = union(sources), union(methods)
		if !r.whole { // lines that were cut off may let in others
			p.Sources, p.Methods = r.absence().Texts(), r.absence().Texts()
		}
		p.Authenticated = proves(p.Methods)
	}
	if protocol == "ssh" {
		r.sshDetails(p)
	}
	return p
}

// sshDetails reads what the SSH server offers.
func (r *reader) sshDetails(p *pb.AccessPath) {
	p.Versions = r.noDefault("ip ssh version").Texts()
	if r.whole && !r.xe && (r.major == 15 || r.major == 12 && r.minor >= 4) {
		p.Versions = facts.Texts([]string{"SSH 1", "SSH 2"}, facts.Default(security+"ip ssh version: both versions are supported"))
	}
	if e := r.final("ip", "ssh", "version"); e != nil && !e.no {
		if v := e.word(3); v == "1" || v == "2" {
			p.Versions = facts.Texts([]string{"SSH " + v}, r.at(e))
		} else {
			p.Versions = r.odd(e).Texts()
		}
	}
	for kind, fact := range map[string]**pb.TextsFact{"encryption": &p.Ciphers, "mac": &p.Macs, "kex": &p.KeyExchanges} {
		if e := r.final("ip", "ssh", "server", "algorithm", kind); e != nil && !e.no && len(e.words) > 5 {
			*fact = facts.Texts(slices.Clone(e.words[5:]), r.at(e))
		} else {
			*fact = r.noDefault("ip ssh server algorithm " + kind).Texts()
		}
	}
}

// web states the HTTP or the HTTPS server.
func (r *reader) web(scope, word string, encrypted bool) *pb.AccessPath {
	p := r.path(scope, encrypted)
	p.Enabled = r.noDefault("ip http " + word).Bool()
	e := r.final("ip", "http", word)
	if e != nil {
		p.Enabled = facts.Bool(!e.no, r.at(e))
	}
	port, document := "port", "ip http port: 80"
	usual := int64(80)
	if encrypted {
		port, document, usual = "secure-port", "ip http secure-port: 443", 443
	}
	if e := r.final("ip", "http", port); e != nil && !e.no {
		if n, ok := e.number(3); ok {
			p.Port = facts.Int(n, r.at(e))
		} else {
			p.Port = r.odd(e).Int()
		}
	} else {
		p.Port = r.defaultInt(usual, httpServices+document)
	}
	if e == nil || e.no {
		return p
	}
	p.Sources = r.absence().Texts()
	if a := r.final("ip", "http", "access-class"); a != nil && !a.no {
		name := a.word(3)
		if name == "ipv4" {
			name = a.word(4)
		} else if name == "ipv6" {
			name = "ipv6 " + a.word(4)
		}
		p.Sources = r.sources(name, r.at(a))
	}
	p.Methods = r.webMethods()
	p.Authenticated = proves(p.Methods)
	if encrypted {
		if v := r.final("ip", "http", "tls-version"); v != nil && !v.no {
			p.Versions = facts.Texts(tlsVersions(v.words[3:]), r.at(v))
		}
		if c := r.final("ip", "http", "secure-ciphersuite"); c != nil && !c.no {
			p.Ciphers = facts.Texts(slices.Clone(c.words[3:]), r.at(c))
		}
	}
	return p
}

func tlsVersions(words []string) []string {
	out := []string{}
	for _, w := range words {
		out = append(out, strings.Replace(w, "TLSv", "TLS ", 1))
	}
	return out
}

func (r *reader) webMethods() *pb.TextsFact {
	e := r.final("ip", "http", "authentication")
	if e == nil || e.no {
		return r.defaultTexts("password", httpServices+"ip http authentication: the enable password")
	}
	switch e.word(3) {
	case "local":
		return facts.Texts([]string{"local"}, r.at(e))
	case "enable":
		return facts.Texts([]string{"password"}, r.at(e))
	case "tacacs":
		return facts.Texts([]string{"tacacs"}, r.at(e))
	case "aaa":
		if !r.aaa.on {
			return r.noDefault("ip http authentication aaa without aaa new-model").Texts()
		}
		name := e.after("login-authentication")
		if name == "" {
			name = "default"
		}
		return r.loginList(name, false)
	}
	return r.odd(e).Texts()
}

// switched states a server that one line switches on and that is documented to be off without it.
func (r *reader) switched(scope string, encrypted bool, words []string, document string) *pb.AccessPath {
	p := r.path(scope, encrypted)
	p.Enabled = r.defaultBool(false, document)
	if e := r.final(words...); e != nil {
		p.Enabled = facts.Bool(!e.no, r.at(e))
	}
	return p
}

// netconf states NETCONF: over YANG models on IOS-XE, over SSH alone on IOS.
func (r *reader) netconf() *pb.AccessPath {
	if r.xe {
		return r.switched("netconf", true, []string{"netconf-yang"}, yang+"netconf-yang: disabled")
	}
	return r.switched("netconf", true, []string{"netconf", "ssh"}, "Cisco IOS Cisco Networking Services Command Reference, IOS 12 to 15, netconf ssh: disabled")
}

// path begins a way in over the network.
func (r *reader) path(scope string, encrypted bool) *pb.AccessPath {
	return &pb.AccessPath{Scope: scope, Encrypted: facts.Bool(encrypted, r.doc.All()), Remote: facts.Bool(true, r.doc.All())}
}

// tls states where TLS is configured, from the HTTPS server.
func (r *reader) tls(list *pb.AccessPathList) {
	st := r.list()
	out := &pb.TlsEndpointList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	for _, p := range list.GetItems() {
		if p.GetScope() != "https" || !p.GetEnabled().GetValue() {
			continue
		}
		e := &pb.TlsEndpoint{Scope: "https", Versions: r.noDefault("ip http tls-version").Texts(), Ciphers: r.noDefault("ip http secure-ciphersuite").Texts()}
		if facts.Known(p.GetVersions()) {
			v := []string{}
			for _, w := range p.GetVersions().GetValue() {
				v = append(v, strings.Replace(w, "TLS ", "TLSv", 1))
			}
			e.Versions = facts.Texts(v, p.GetVersions().GetEvidence()...)
		}
		if facts.Known(p.GetCiphers()) {
			e.Ciphers = p.GetCiphers()
		}
		out.Items = append(out.Items, e)
	}
	r.facts.TlsEndpoints = out
}

// dialIn says whether somebody can dial in.
func (r *reader) dialIn() {
	p := r.facts.Protections
	p.DialIn = r.off()
	for _, l := range r.lines {
		if l.modem != nil {
			p.DialIn = facts.Bool(true, l.modem)
			return
		}
	}
	for e := range r.find("vpdn-group") {
		for _, s := range e.under() {
			if s.words[0] == "accept-dialin" && !s.no {
				p.DialIn = facts.Bool(true, r.at(s))
				return
			}
		}
	}
	for e := range r.find("interface") {
		name := strings.ToLower(e.word(1))
		if strings.HasPrefix(name, "async") || strings.HasPrefix(name, "group-async") || strings.HasPrefix(name, "bri") {
			p.DialIn = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "interface "+e.word(1), r.at(e)).Bool()
		}
	}
}
