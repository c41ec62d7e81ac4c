package ciscoios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths states every way to manage the device: the lines, and the protocols that are reached over the network.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
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
		if e := r.Final("banner", kind); e != nil && !e.Negated {
			return facts.Bool(true, facts.Lines(r.Doc.Source, e.Node.N, e.Node.Last, "banner "+kind))
		}
	}
	return r.Doc.Off()
}

func (r *reader) linePath(l *line, banner *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{
		Scope: l.scope, Remote: facts.Bool(l.remote(), l.at), Transports: l.transports, Sources: l.sources, Methods: l.methods,
		Authenticated: proves(l.methods), Privilege: l.privilege, Banner: banner, Encrypted: facts.NotApplicable(l.at).Bool(), Enabled: facts.Bool(true, l.at),
	}
	if l.kind == "tty" && !r.Whole() {
		p.Enabled = facts.Unknown(r.Doc.Reason(), r.Doc.Source).Bool()
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
	case !r.Whole() || off == nil:
		p.Enabled = r.Doc.NoDefault("line vty").Bool()
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
		if !r.Whole() { // lines that were cut off may let in others
			p.Sources, p.Methods = r.Doc.Absence().Texts(), r.Doc.Absence().Texts()
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
	p.Versions = r.Doc.NoDefault("ip ssh version").Texts()
	if r.Whole() && !r.xe && (r.major == 15 || r.major == 12 && r.minor >= 4) {
		p.Versions = facts.Texts([]string{"SSH 1", "SSH 2"}, facts.Default(security+"ip ssh version: both versions are supported"))
	}
	if e := r.Final("ip", "ssh", "version"); e != nil && !e.Negated {
		if v := e.Word(3); v == "1" || v == "2" {
			p.Versions = facts.Texts([]string{"SSH " + v}, r.At(e))
		} else {
			p.Versions = r.Odd(e).Texts()
		}
	}
	for kind, fact := range map[string]**pb.TextsFact{"encryption": &p.Ciphers, "mac": &p.Macs, "kex": &p.KeyExchanges} {
		if e := r.Final("ip", "ssh", "server", "algorithm", kind); e != nil && !e.Negated && len(e.Words) > 5 {
			*fact = facts.Texts(slices.Clone(e.Words[5:]), r.At(e))
		} else {
			*fact = r.Doc.NoDefault("ip ssh server algorithm " + kind).Texts()
		}
	}
}

// web states the HTTP or the HTTPS server.
func (r *reader) web(scope, word string, encrypted bool) *pb.AccessPath {
	p := r.path(scope, encrypted)
	p.Enabled = r.Doc.NoDefault("ip http " + word).Bool()
	e := r.Final("ip", "http", word)
	if e != nil {
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
	}
	port, document := "port", "ip http port: 80"
	usual := int64(80)
	if encrypted {
		port, document, usual = "secure-port", "ip http secure-port: 443", 443
	}
	if e := r.Final("ip", "http", port); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			p.Port = facts.Int(n, r.At(e))
		} else {
			p.Port = r.Odd(e).Int()
		}
	} else {
		p.Port = r.defaultInt(usual, httpServices+document)
	}
	if e == nil || e.Negated {
		return p
	}
	p.Sources = r.Doc.Absence().Texts()
	if a := r.Final("ip", "http", "access-class"); a != nil && !a.Negated {
		name := a.Word(3)
		if name == "ipv4" {
			name = a.Word(4)
		} else if name == "ipv6" {
			name = "ipv6 " + a.Word(4)
		}
		p.Sources = r.sources(name, r.At(a))
	}
	p.Methods = r.webMethods()
	p.Authenticated = proves(p.Methods)
	if encrypted {
		if v := r.Final("ip", "http", "tls-version"); v != nil && !v.Negated {
			p.Versions = facts.Texts(tlsVersions(v.Words[3:]), r.At(v))
		}
		if c := r.Final("ip", "http", "secure-ciphersuite"); c != nil && !c.Negated {
			p.Ciphers = facts.Texts(slices.Clone(c.Words[3:]), r.At(c))
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
	e := r.Final("ip", "http", "authentication")
	if e == nil || e.Negated {
		return r.defaultTexts("password", httpServices+"ip http authentication: the enable password")
	}
	switch e.Word(3) {
	case "local":
		return facts.Texts([]string{"local"}, r.At(e))
	case "enable":
		return facts.Texts([]string{"password"}, r.At(e))
	case "tacacs":
		return facts.Texts([]string{"tacacs"}, r.At(e))
	case "aaa":
		if !r.aaa.on {
			return r.Doc.NoDefault("ip http authentication aaa without aaa new-model").Texts()
		}
		name := e.After("login-authentication")
		if name == "" {
			name = "default"
		}
		return r.loginList(name, false)
	}
	return r.Odd(e).Texts()
}

// switched states a server that one line switches on and that is documented to be off without it.
func (r *reader) switched(scope string, encrypted bool, words []string, document string) *pb.AccessPath {
	p := r.path(scope, encrypted)
	p.Enabled = r.defaultBool(false, document)
	if e := r.Final(words...); e != nil {
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
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
	return &pb.AccessPath{Scope: scope, Encrypted: facts.Bool(encrypted, r.Doc.All()), Remote: facts.Bool(true, r.Doc.All())}
}

// tls states where TLS is configured, from the HTTPS server.
func (r *reader) tls(list *pb.AccessPathList) {
	st := r.Doc.List()
	out := &pb.TlsEndpointList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, p := range list.GetItems() {
		if p.GetScope() != "https" || !p.GetEnabled().GetValue() {
			continue
		}
		e := &pb.TlsEndpoint{Scope: "https", Versions: r.Doc.NoDefault("ip http tls-version").Texts(), Ciphers: r.Doc.NoDefault("ip http secure-ciphersuite").Texts()}
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
	p.DialIn = r.Doc.Off()
	for _, l := range r.lines {
		if l.modem != nil {
			p.DialIn = facts.Bool(true, l.modem)
			return
		}
	}
	for e := range r.Find("vpdn-group") {
		for _, s := range e.Under() {
			if s.Words[0] == "accept-dialin" && !s.Negated {
				p.DialIn = facts.Bool(true, r.At(s))
				return
			}
		}
	}
	for e := range r.Find("interface") {
		name := strings.ToLower(e.Word(1))
		if strings.HasPrefix(name, "async") || strings.HasPrefix(name, "group-async") || strings.HasPrefix(name, "bri") {
			p.DialIn = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "interface "+e.Word(1), r.At(e)).Bool()
		}
	}
}
