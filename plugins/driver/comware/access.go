package comware

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the lines and the management protocols, all that Comware has.
func (r *reader) accessPaths(lines []*term) *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	for _, t := range lines {
		out.Items = append(out.Items, r.linePath(t, notice))
	}
	http, https := r.web()
	telnet := r.path("telnet", r.switched("telnet server", false, []string{"telnet", "server", "enable"}), false, 23, "telnet", "server", "port")
	telnet.Sources = r.filtered(lines, "telnet", "telnet", "server", "acl")
	httpPath := r.path("http", http, false, 80, "ip", "http", "port")
	httpPath.Sources = r.serverFilter([]string{"ip", "http", "acl"}, []string{"http", "acl"})
	httpsPath := r.path("https", https, true, 443, "ip", "https", "port")
	httpsPath.Sources = r.serverFilter([]string{"ip", "https", "acl"}, []string{"https", "acl"})
	httpsPath.Versions = r.webVersions()
	ftp := r.path("ftp", r.switched("ftp server", false, []string{"ftp", "server", "enable"}), false, 21)
	ftp.Sources = r.serverFilter([]string{"ftp", "server", "acl"})
	tftp := r.path("tftp", r.defaults.Bool("tftp", false), false, 69)
	netconf := r.path("netconf", r.switched("netconf ssh server", false, []string{"netconf", "ssh", "server", "enable"}), true, 830, "netconf", "ssh", "server", "port")
	if r.Final("netconf", "ssh", "server", "port") == nil {
		netconf.Port = r.Doc.NoDefault("netconf ssh server port").Int()
	}
	netconf.Sources = r.serverFilter([]string{"netconf", "ssh", "acl"}, []string{"ssh", "server", "acl"})
	ssh := r.ssh(lines)
	for _, p := range []*pb.AccessPath{ssh, telnet, httpPath, httpsPath, ftp} {
		p.Banner = notice
	}
	out.Items = append(out.Items, ssh, telnet, httpPath, httpsPath, r.snmpPath(), ftp, tftp, netconf, r.apiPath())
	return out
}

// path is a protocol as a way in, reached over the network; portLine are the words before its port where one is configured.
func (r *reader) path(scope string, enabled *pb.BoolFact, encrypted bool, port int64, portLine ...string) *pb.AccessPath {
	p := &pb.AccessPath{Scope: scope, Enabled: enabled, Remote: facts.Bool(true), Encrypted: facts.Bool(encrypted), Port: facts.Int(port), Sources: r.Doc.Absence().Texts()}
	if len(portLine) == 0 {
		return p
	}
	if e := r.Final(portLine...); e != nil && !e.Negated {
		if n, ok := e.Number(len(portLine)); ok {
			p.Port = facts.Int(n, r.At(e))
		} else {
			p.Port = r.Odd(e).Int()
		}
	}
	return p
}

// switched is whether a line, or one of several, switches something on; where none is there the default for the topic holds.
func (r *reader) switched(topic string, byDefault bool, lines ...[]string) *pb.BoolFact {
	var on, off *stanza.Entry
	for _, words := range lines {
		switch e := r.Final(words...); {
		case e == nil:
		case !e.Negated && on == nil:
			on = e
		case e.Negated:
			off = e
		}
	}
	if on != nil {
		return facts.Bool(true, r.At(on))
	}
	if off != nil && (len(lines) == 1 || r.Whole()) {
		return facts.Bool(false, r.At(off))
	}
	return r.defaults.Bool(topic, byDefault)
}

// web gives whether the pages are served over HTTP and over HTTPS.
func (r *reader) web() (http, https *pb.BoolFact) {
	return r.switched("ip http enable", false, []string{"ip", "http", "enable"}), r.switched("ip https enable", false, []string{"ip", "https", "enable"})
}

// serverFilter reads the access list of a server that has its own.
func (r *reader) serverFilter(lines ...[]string) *pb.TextsFact {
	for _, words := range lines {
		if e := r.Final(words...); e != nil && !e.Negated {
			return r.sources(aclIn(e), e)
		}
	}
	return r.Doc.Absence().Texts()
}

// filtered is who may use a protocol that ends on VTYs: by the server's own list, else by those of all lines that take it in.
func (r *reader) filtered(lines []*term, protocol string, server ...string) *pb.TextsFact {
	if e := r.Final(server...); e != nil && !e.Negated {
		return r.sources(aclIn(e), e)
	}
	if !r.Whole() {
		return r.Doc.Absence().Texts()
	}
	var all *pb.TextsFact
	for _, t := range lines {
		in := t.get("protocol inbound")
		if t.kind != "vty" || in != nil && !slices.Contains(in.Words, protocol) && !slices.Contains(in.Words, "all") {
			continue
		}
		s := r.lineSources(t)
		if !facts.Known(s) {
			return s
		}
		if all == nil {
			all = facts.Texts([]string{})
		}
		for _, v := range s.GetValue() {
			if !slices.Contains(all.Value, v) {
				all.Value = append(all.Value, v)
			}
		}
		all.Evidence = append(all.Evidence, s.GetEvidence()...)
	}
	if all == nil {
		return r.Doc.Absence().Texts()
	}
	return all
}

// ssh: terminals, files and NETCONF go over one server; it is on if one of them is.
func (r *reader) ssh(lines []*term) *pb.AccessPath {
	enabled := r.switched("ssh server", false, []string{"ssh", "server", "enable"}, []string{"sftp", "server", "enable"}, []string{"scp", "server", "enable"}, []string{"netconf", "ssh", "server", "enable"})
	p := r.path("ssh", enabled, true, 22, "ssh", "server", "port")
	p.Sources = r.filtered(lines, "ssh", "ssh", "server", "acl")
	p.Versions = r.sshVersions()
	p.Ciphers, p.Macs, p.KeyExchanges = r.algorithms("cipher"), r.algorithms("mac"), r.algorithms("key-exchange")
	return p
}

func (r *reader) sshVersions() *pb.TextsFact {
	e := r.Final("ssh", "server", "compatible-ssh1x")
	switch {
	case e == nil:
		return r.defaults.Texts("ssh1", "SSH 1", "SSH 2")
	case e.Negated || slices.Contains(e.Words, "disable"):
		return facts.Texts([]string{"SSH 2"}, r.At(e))
	}
	return facts.Texts([]string{"SSH 1", "SSH 2"}, r.At(e))
}

func (r *reader) algorithms(kind string) *pb.TextsFact {
	if e := r.Final("ssh2", "algorithm", kind); e != nil && !e.Negated {
		return facts.Texts(e.Words[3:], r.At(e))
	}
	return r.Doc.NoDefault("ssh2 algorithm " + kind).Texts()
}

// apiPath is the RESTful and SOAP interface over the web server; over HTTP it is not encrypted.
func (r *reader) apiPath() *pb.AccessPath {
	plain := r.switched("restful http", false, []string{"restful", "http", "enable"}, []string{"netconf", "soap", "http", "enable"})
	secure := r.switched("restful https", false, []string{"restful", "https", "enable"}, []string{"netconf", "soap", "https", "enable"})
	p := r.path("api", secure, true, 443)
	p.Port = r.Doc.NoDefault("port").Int()
	switch {
	case plain.GetValue():
		p.Enabled, p.Encrypted = plain, facts.Bool(false, plain.GetEvidence()...)
	case secure.GetValue():
		p.Encrypted = facts.LikeState(plain).Bool()
		if facts.Known(plain) {
			p.Encrypted = facts.Bool(true, plain.GetEvidence()...)
		}
	case !facts.Known(plain):
		p.Enabled, p.Encrypted = plain, facts.LikeState(plain).Bool()
	}
	return p
}

// notice is whether something is shown before login: the message of the day is, what greets a shell is not.
func (r *reader) notice() *pb.BoolFact {
	for e := range r.Find("header") {
		if slices.Contains([]string{"login", "legal", "motd"}, e.Word(1)) && !e.Negated && len(e.Words) > 2 {
			return facts.Bool(true, facts.Line(r.Doc.Source, e.Node.N, "header "+e.Word(1)))
		}
	}
	return r.Switched(nil)
}

// The versions of TLS that lines may take out, and how they are called here.
var tlsNames = map[string]string{"ssl3.0": "SSLv3", "tls1.0": "TLSv1.0", "tls1.1": "TLSv1.1", "tls1.2": "TLSv1.2", "tls1.3": "TLSv1.3"}

// tlsOffered are the versions left once some are taken out: known only if all below 1.2 are spoken of.
func (r *reader) tlsOffered(lines []*stanza.Entry) *pb.TextsFact {
	on := map[string]bool{"TLSv1.2": true}
	var ev []*pb.Evidence
	for _, l := range lines {
		if l.Words[len(l.Words)-1] != "disable" {
			continue
		}
		ev = append(ev, r.At(l))
		for _, w := range l.Words {
			if v := tlsNames[strings.ToLower(w)]; v != "" {
				on[v] = l.Negated
			}
		}
	}
	var versions []string
	for _, v := range []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"} {
		switch offered, said := on[v]; {
		case !said:
			return r.Doc.NoDefault("ssl version").Texts()
		case offered:
			versions = append(versions, v)
		}
	}
	if len(versions) == 0 { // 1.3 may be left, or nothing
		return r.Doc.NoDefault("ssl version").Texts()
	}
	return facts.Texts(versions, ev...)
}

func (r *reader) webVersions() *pb.TextsFact {
	if e := r.Final("ip", "https", "ssl-server-policy"); e != nil && !e.Negated {
		for _, t := range r.tlsEndpoints().GetItems() {
			if t.GetScope() == "ssl server-policy "+e.Word(3) {
				return t.GetVersions()
			}
		}
	}
	return r.tlsOffered(slices.Collect(r.Find("ssl", "version")))
}

// tlsEndpoints reads what servers offer.
func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.Doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	global := slices.Collect(r.Find("ssl", "version"))
	for e := range r.Find("ssl", "server-policy") {
		if e.Negated || len(e.Words) < 3 {
			continue
		}
		t := &pb.TlsEndpoint{Scope: "ssl server-policy " + e.Words[2], Ciphers: r.Doc.NoDefault("ciphersuite").Texts()}
		lines := slices.Clone(global)
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "ciphersuite" && !l.Negated:
				t.Ciphers = facts.Texts(l.Words[1:], r.At(l))
			case l.Words[0] == "version":
				lines = append(lines, l)
			}
		}
		t.Versions = r.tlsOffered(lines)
		out.Items = append(out.Items, t)
	}
	return out
}

// services are those that are no way in but are better off, as far as the configuration says.
func (r *reader) services() *pb.ServiceList {
	s := r.Doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope string, f *pb.BoolFact) {
		out.Items = append(out.Items, &pb.Service{Scope: scope, Enabled: f})
	}
	http, _ := r.web()
	add("lldp", r.switched("lldp", true, []string{"lldp", "global", "enable"}, []string{"lldp", "enable"}))
	add("ftp-server", r.switched("ftp server", false, []string{"ftp", "server", "enable"}))
	add("http", http)
	if e := r.Final("dhcp", "enable"); e != nil {
		add("dhcp", facts.Bool(!e.Negated, r.At(e)))
	}
	return out
}
