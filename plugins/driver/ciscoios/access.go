package ciscoios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths states every way to manage the device: the lines, and the protocols that are reached over the network.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	banner := r.Banner("login", "motd")
	ssh := r.Shell("ssh", r.lines, banner)
	r.sshDetails(ssh)
	for _, l := range r.lines {
		list.Items = append(list.Items, r.LinePath(l, banner))
	}
	list.Items = append(list.Items, ssh, r.Shell("telnet", r.lines, banner), r.web("http", "server", false), r.web("https", "secure-server", true))
	list.Items = append(list.Items, r.SNMPPath(r.off(2, agentOff, "snmp-server")), r.switched("ftp", false, "ftp-server", "enable"))
	list.Items = append(list.Items, r.Switch("tftp", false, r.off(0, tftpOff, "tftp-server"), "tftp-server"), r.switched("rsh", false, "ip", "rcmd", "rsh-enable"))
	list.Items = append(list.Items, r.netconf(), r.switched("restconf", true, "restconf"))
	r.Facts.AccessPaths = list
	r.tls(list)
	r.dialIn()
}

// sshDetails reads what the SSH server offers.
func (r *reader) sshDetails(p *pb.AccessPath) {
	p.Versions = r.Doc.NoDefault("ip ssh version").Texts()
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
	p := r.Path(scope, encrypted)
	p.Enabled = r.Doc.NoDefault("ip http " + word).Bool()
	e := r.Final("ip", "http", word)
	if e != nil {
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
	}
	port := "port"
	if encrypted {
		port = "secure-port"
	}
	p.Port = r.Doc.NoDefault("ip http " + port).Int()
	if e := r.Final("ip", "http", port); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			p.Port = facts.Int(n, r.At(e))
		} else {
			p.Port = r.Odd(e).Int()
		}
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
		p.Sources = r.Sources(name, r.At(a))
	}
	p.Methods = r.webMethods()
	p.Authenticated = ciscolike.Proves(p.Methods)
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
		return r.Doc.NoDefault("ip http authentication").Texts()
	}
	switch e.Word(3) {
	case "local":
		return facts.Texts([]string{"local"}, r.At(e))
	case "enable":
		return facts.Texts([]string{"password"}, r.At(e))
	case "tacacs":
		return facts.Texts([]string{"tacacs"}, r.At(e))
	case "aaa":
		if !r.AAA.On {
			return r.Doc.NoDefault("ip http authentication aaa without aaa new-model").Texts()
		}
		name := e.After("login-authentication")
		if name == "" {
			name = "default"
		}
		return r.loginList(name)
	}
	return r.Odd(e).Texts()
}

// switched states a server that one line switches on or off.
func (r *reader) switched(scope string, encrypted bool, words ...string) *pb.AccessPath {
	return r.Switch(scope, encrypted, r.Doc.NoDefault(strings.Join(words, " ")).Bool(), words...)
}

// off says that without a line something is off, by a document that speaks of IOS 12.minor and newer.
func (r *reader) off(minor int, document, what string) *pb.BoolFact {
	if r.classic(minor) {
		return r.DefaultBool(false, document)
	}
	return r.Doc.NoDefault(what).Bool()
}

// netconf states NETCONF: over YANG models on IOS-XE, over SSH alone on IOS.
func (r *reader) netconf() *pb.AccessPath {
	if r.xe {
		return r.switched("netconf", true, "netconf-yang")
	}
	return r.switched("netconf", true, "netconf", "ssh")
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
	r.Facts.TlsEndpoints = out
}

// dialIn says whether somebody can dial in.
func (r *reader) dialIn() {
	p := r.Facts.Protections
	p.DialIn = r.Doc.Off()
	for _, l := range r.lines {
		if l.Modem != nil {
			p.DialIn = facts.Bool(true, l.Modem)
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
