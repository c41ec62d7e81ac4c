package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the lines and the management protocols, all that VRP has.
func (r *reader) accessPaths(lines []*term) *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	for _, t := range lines {
		out.Items = append(out.Items, r.linePath(t, notice))
	}
	http, https := r.web()
	ssh := r.ssh(lines)
	telnet := r.path("telnet", r.asShown(r.telnet(), r.status.telnet()), false, 23, "telnet", "server", "port")
	telnet.Sources = r.filtered(lines, "telnet", []string{"telnet", "server", "acl"}, []string{"telnet", "server"})
	web := r.webSources()
	httpPath := r.path("http", http, false, 80, "http", "server", "port")
	httpsPath := r.path("https", https, true, 443, "http", "secure-server", "port")
	if e := r.Final("web-manager", "security", "enable", "port"); e != nil && !e.Negated {
		if n, ok := e.Number(4); ok {
			httpsPath.Port = facts.Int(n, r.At(e))
		}
	}
	httpPath.Sources, httpsPath.Sources = web, web
	httpsPath.Versions = r.webVersions()
	ftp := r.path("ftp", r.ftp(), false, 21, "ftp", "server", "port")
	ftp.Sources = r.serverFilter([]string{"ftp", "acl"}, []string{"ftp", "server", "acl"})
	tftp := r.path("tftp", r.defaultBool("tftp", false), false, 69)
	netconf := r.path("netconf", r.netconf(), true, 830)
	netconf.Port = r.netconfPort()
	netconf.Sources = ssh.Sources
	for _, p := range []*pb.AccessPath{ssh, telnet, httpPath, httpsPath, ftp} {
		p.Banner = notice
	}
	out.Items = append(out.Items, ssh, telnet, httpPath, httpsPath, r.snmpPath(), ftp, tftp, netconf)
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
		}
	}
	return p
}

// either is whether one of several lines switches something on; nil if none is there. One that is on outweighs those that are off.
func (r *reader) either(lines ...[]string) *pb.BoolFact {
	var on, off *stanza.Entry
	for _, words := range lines {
		e := r.Final(words...)
		switch {
		case e == nil:
		case e.Negated == slices.Contains(e.Words, "disable"):
			on = e
		default:
			off = e
		}
	}
	switch {
	case on != nil:
		return facts.Bool(true, r.At(on))
	case off != nil:
		return facts.Bool(false, r.At(off))
	}
	return nil
}

// telnet: the server of IPv4 and that of IPv6 are switched apart; one that is off says nothing of the other.
func (r *reader) telnet() *pb.BoolFact {
	v4 := r.either([]string{"telnet", "server", "enable"}, []string{"telnet", "ipv4", "server", "enable"}, []string{"telnet", "server", "disable"})
	v6 := r.either([]string{"telnet", "ipv6", "server", "enable"}, []string{"telnet", "ipv6", "server", "disable"})
	switch {
	case v4 != nil && v4.GetValue():
		return v4
	case v6 != nil && v6.GetValue():
		return v6
	case v4 != nil:
		switch {
		case v6 != nil:
			v4.Evidence = append(v4.Evidence, v6.GetEvidence()...)
		case !r.Whole():
			return r.Doc.Absence().Bool()
		case r.speaksIPv6() && r.cite("telnet") == "":
			return r.Doc.NoDefault("telnet ipv6 server enable").Bool()
		}
		return v4
	}
	return r.telnetByDefault()
}

// telnetByDefault: some releases serve Telnet until told not to, and the newer ones of them only from an interface that is named.
func (r *reader) telnetByDefault() *pb.BoolFact {
	if doc := r.cite("telnet-on"); doc != "" {
		return facts.Bool(true, facts.Default(doc))
	}
	if doc := r.cite("telnet-source"); doc != "" {
		for _, words := range [][]string{{"telnet", "server-source"}, {"telnet", "ipv6", "server-source"}} {
			if e := r.Final(words...); e != nil && !e.Negated {
				return facts.Bool(true, facts.Default(doc), r.At(e))
			}
		}
		return facts.Bool(false, facts.Default(doc))
	}
	return r.defaultBool("telnet", false)
}

// speaksIPv6 is whether IPv6 is on at all.
func (r *reader) speaksIPv6() bool {
	if len(r.ByWord("ipv6")) > 0 {
		return true
	}
	for _, e := range r.ByWord("interface") {
		for _, l := range e.Node.Children {
			if strings.HasPrefix(l.Text, "ipv6 ") {
				return true
			}
		}
	}
	return false
}

func (r *reader) ftp() *pb.BoolFact {
	if f := r.either([]string{"ftp", "server", "enable"}, []string{"ftp", "ipv6", "server", "enable"}, []string{"ftp", "ipv4", "server", "enable"}, []string{"FTP", "server", "enable"}); f != nil {
		return f
	}
	if e := r.Final("ftp", "server"); e != nil && e.Negated && len(e.Words) == 2 {
		return facts.Bool(false, r.At(e))
	}
	return r.defaultBool("ftp", false)
}

// snetconf are the lines that serve NETCONF over SSH.
var snetconf = [][]string{{"snetconf", "server", "enable"}, {"snetconf", "ipv4", "server", "enable"}, {"snetconf", "ipv6", "server", "enable"}}

func (r *reader) netconf() *pb.BoolFact {
	if f := r.either(snetconf...); f != nil {
		return f
	}
	for _, word := range []string{"api", "netconf"} {
		for e := range r.Find(word) {
			for _, l := range e.Under() {
				if l.Begins("api", "netconf", "enable") || l.Begins("protocol", "inbound", "ssh") {
					return facts.Bool(!l.Negated, r.At(l))
				}
			}
		}
	}
	return r.defaultBool("netconf", false)
}

func (r *reader) netconfPort() *pb.IntFact {
	for _, e := range r.ByWord("api") {
		for _, l := range e.Under() {
			if n, ok := l.Number(3); ok && l.Begins("api", "netconf", "port") && !l.Negated {
				return facts.Int(n, r.At(l))
			}
		}
	}
	return r.Doc.NoDefault("port").Int()
}

// web gives whether the pages are served over HTTP and over HTTPS.
func (r *reader) web() (http, https *pb.BoolFact) {
	http = r.either([]string{"http", "server", "enable"}, []string{"http", "ipv6", "server", "enable"}, []string{"web-manager", "enable"})
	https = r.either([]string{"http", "secure-server", "enable"}, []string{"http", "ipv6", "secure-server", "enable"}, []string{"web-manager", "security", "enable"})
	if http == nil {
		http = r.Doc.NoDefault("http server enable").Bool()
	}
	if https == nil {
		https = r.Doc.NoDefault("http secure-server enable").Bool()
	}
	return r.asShown(http, r.status.http()), r.asShown(https, r.status.https())
}

// webSources: one list filters both.
func (r *reader) webSources() *pb.TextsFact {
	if r.device.line == lineUSG { // who may reach the pages is decided on each interface and by security policy
		return r.Doc.NoDefault("service-manage").Texts()
	}
	return r.serverFilter([]string{"http", "acl"}, []string{"http", "server", "acl"})
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
func (r *reader) filtered(lines []*term, protocol string, servers ...[]string) *pb.TextsFact {
	for _, words := range servers {
		for e := range r.Find(words[0]) {
			if !e.Negated && e.Begins(words[:min(2, len(words))]...) && slices.Contains(e.Words, "acl") && !slices.Contains(e.Words, "ipv6") {
				return r.sources(aclIn(e), e)
			}
		}
	}
	if !r.Whole() {
		return r.Doc.Absence().Texts()
	}
	var all *pb.TextsFact
	for _, t := range lines {
		if t.kind != "vty" || t.first >= 16 || t.inbound != nil && !slices.Contains(t.inbound.Words, protocol) && !slices.Contains(t.inbound.Words, "all") {
			continue
		}
		s := r.lineSources(t)
		if !facts.Known(s) {
			return s
		}
		if all == nil {
			all = facts.Texts(nil)
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

func (r *reader) ssh(lines []*term) *pb.AccessPath {
	enabled := r.either(
		[]string{"stelnet", "server", "enable"}, []string{"stelnet", "ipv4", "server", "enable"}, []string{"stelnet", "ipv6", "server", "enable"},
		[]string{"ssh", "server", "enable"})
	others := r.either([]string{"sftp", "server", "enable"}, []string{"sftp", "ipv4", "server", "enable"}, []string{"sftp", "ipv6", "server", "enable"},
		[]string{"scp", "server", "enable"}, []string{"scp", "ipv4", "server", "enable"}, []string{"scp", "ipv6", "server", "enable"})
	netconf := r.either(snetconf...)
	more := others != nil && others.GetValue() || netconf != nil && netconf.GetValue()
	switch {
	case enabled != nil && enabled.GetValue():
	case others != nil && others.GetValue(): // files go over the same server
		enabled = others
	case more && enabled == nil: // the server runs, for NETCONF; whether it gives a terminal no line says
		others, enabled = netconf, facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "stelnet server beside snetconf server", netconf.GetEvidence()...).Bool()
	case enabled == nil:
		enabled = r.defaultBool("stelnet", false)
	}
	if others == nil || !others.GetValue() {
		others = netconf
	}
	p := r.path("ssh", r.asShown(enabled, r.status.ssh()), true, 22, "ssh", "server", "port")
	p.Sources = r.filtered(lines, "ssh", []string{"ssh", "server"}, []string{"ssh", "ipv4"})
	if more && facts.Known(p.Sources) && r.serverACL() == nil { // what is not a terminal passes no VTY
		p.Sources = facts.Absent(others.GetEvidence()...).Texts()
	}
	p.Versions = r.sshVersions()
	p.Ciphers = r.algorithms("cipher")
	p.Macs = r.algorithms("hmac")
	p.KeyExchanges = r.algorithms("key-exchange")
	return p
}

func (r *reader) serverACL() *stanza.Entry {
	for _, words := range [][]string{{"ssh", "server", "acl"}, {"ssh", "ipv4", "server", "acl"}, {"ssh", "server", "ipv4", "acl"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			return e
		}
	}
	return nil
}

func (r *reader) sshVersions() *pb.TextsFact {
	e := r.Final("ssh", "server", "compatible-ssh1x")
	switch {
	case e == nil:
		if shown := r.status.sshVersions(); shown != nil {
			return shown
		}
		return r.defaultTexts("ssh1", "2")
	case e.Negated || slices.Contains(e.Words, "disable"):
		return facts.Texts([]string{"2"}, r.At(e))
	}
	return facts.Texts([]string{"1", "2"}, r.At(e))
}

func (r *reader) algorithms(kind string) *pb.TextsFact {
	for _, words := range [][]string{{"ssh", "server", kind}, {"ssh", "server", "secure-algorithms", kind}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			return facts.Texts(e.Words[len(words):], r.At(e))
		}
	}
	return r.Doc.NoDefault("ssh server " + kind).Texts()
}

// notice is whether something is shown before login.
func (r *reader) notice() *pb.BoolFact {
	for e := range r.Find("header") {
		if e.Word(1) == "login" && !e.Negated {
			return facts.Bool(true, facts.Line(r.Doc.Source, e.Node.N, "header login "+e.Word(2)))
		}
	}
	return r.Switched(nil)
}

func (r *reader) webVersions() *pb.TextsFact {
	if e := r.Final("web-manager", "security", "version"); e != nil && !e.Negated {
		return facts.Texts(tlsVersions(e.Words[3:]), r.At(e))
	}
	if e := r.Final("http", "secure-server", "ssl-policy"); e != nil && !e.Negated {
		for _, t := range r.sslPolicies() {
			if t.GetScope() == "ssl policy "+e.Word(3) {
				return t.GetVersions()
			}
		}
	}
	return r.Doc.NoDefault("ssl policy").Texts()
}

var tlsNames = map[string]string{"ssl3.0": "SSLv3", "sslv3": "SSLv3", "tls1.0": "TLSv1.0", "tlsv1.0": "TLSv1.0", "tlsv1": "TLSv1.0", "tls1.1": "TLSv1.1", "tlsv1.1": "TLSv1.1", "tls1.2": "TLSv1.2", "tlsv1.2": "TLSv1.2", "tls1.3": "TLSv1.3", "tlsv1.3": "TLSv1.3"}

func tlsVersions(words []string) []string {
	out := []string{}
	for _, w := range words {
		if v, ok := tlsNames[strings.ToLower(w)]; ok {
			w = v
		}
		out = append(out, w)
	}
	return out
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.Doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if e := r.Final("web-manager", "security", "version"); e != nil && !e.Negated {
		out.Items = append(out.Items, &pb.TlsEndpoint{Scope: "web-manager", Versions: r.webVersions(), Ciphers: r.Doc.NoDefault("cipher suites").Texts()})
	}
	out.Items = append(out.Items, r.sslPolicies()...)
	return out
}

// sslPolicies reads what servers offer.
func (r *reader) sslPolicies() []*pb.TlsEndpoint {
	var out []*pb.TlsEndpoint
	order := []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	for e := range r.Find("ssl", "policy") {
		if e.Negated || len(e.Words) < 3 || e.After("type") == "client" {
			continue
		}
		t := &pb.TlsEndpoint{Scope: "ssl policy " + e.Words[2], Versions: r.Doc.NoDefault("version").Texts(), Ciphers: r.Doc.NoDefault("ciphersuite").Texts()}
		for _, l := range e.Under() {
			switch {
			case l.Negated:
			case l.Words[0] == "version":
				t.Versions = facts.Texts(tlsVersions(l.Words[1:]), r.At(l))
			case l.Begins("ssl", "minimum", "version"):
				if i := slices.Index(order, tlsNames[strings.ToLower(l.Word(3))]); i >= 0 && r.device.line == lineCE {
					t.Versions = facts.Texts(order[i:4], r.At(l))
				}
			case l.Words[0] == "ciphersuite":
				t.Ciphers = facts.Texts(l.Words[1:], r.At(l))
			}
		}
		out = append(out, t)
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
	lldp := r.either([]string{"lldp", "enable"})
	if lldp == nil {
		lldp = r.defaultBool("lldp", false)
	}
	add("lldp", lldp)
	add("ftp-server", r.ftp())
	http, _ := r.web()
	add("http", http)
	if e := r.Final("dhcp", "enable"); e != nil {
		add("dhcp", facts.Bool(!e.Negated, r.At(e)))
	}
	return out
}
