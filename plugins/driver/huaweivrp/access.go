package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the lines and the management protocols, all that VRP has.
func (r *reader) accessPaths(lines []*term) *pb.AccessPathList {
	s := r.list()
	out := &pb.AccessPathList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	notice := r.notice()
	for _, t := range lines {
		out.Items = append(out.Items, r.linePath(t, notice))
	}
	http, https := r.web()
	ssh := r.ssh(lines)
	telnet := r.path("telnet", r.telnet(), false, 23, "telnet", "server", "port")
	telnet.Sources = r.filtered(lines, "telnet", []string{"telnet", "server", "acl"}, []string{"telnet", "server"})
	web := r.webSources()
	httpPath := r.path("http", http, false, 80, "http", "server", "port")
	httpsPath := r.path("https", https, true, 443, "http", "secure-server", "port")
	if e := r.final("web-manager", "security", "enable", "port"); e != nil && !e.undo {
		if n, ok := e.number(4); ok {
			httpsPath.Port = facts.Int(n, r.at(e))
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
	p := &pb.AccessPath{Scope: scope, Enabled: enabled, Remote: facts.Bool(true), Encrypted: facts.Bool(encrypted), Port: facts.Int(port), Sources: r.none().Texts()}
	if len(portLine) == 0 {
		return p
	}
	if e := r.final(portLine...); e != nil && !e.undo {
		if n, ok := e.number(len(portLine)); ok {
			p.Port = facts.Int(n, r.at(e))
		}
	}
	return p
}

// either is whether one of several lines switches something on; nil if none is there. One that is on outweighs those that are off.
func (r *reader) either(lines ...[]string) *pb.BoolFact {
	var on, off *entry
	for _, words := range lines {
		e := r.final(words...)
		switch {
		case e == nil:
		case !e.undo && !slices.Contains(e.words, "disable"):
			on = e
		default:
			off = e
		}
	}
	switch {
	case on != nil:
		return facts.Bool(true, r.at(on))
	case off != nil:
		return facts.Bool(false, r.at(off))
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
		case !r.whole:
			return r.none().Bool()
		case r.speaksIPv6() && r.cite("telnet") == "":
			return r.noDefault("telnet ipv6 server enable").Bool()
		}
		return v4
	}
	return r.defaultBool("telnet", false)
}

// speaksIPv6 is whether IPv6 is on at all.
func (r *reader) speaksIPv6() bool {
	if len(r.byWord["ipv6"]) > 0 {
		return true
	}
	for _, e := range r.byWord["interface"] {
		for _, l := range e.node.Children {
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
	if e := r.final("ftp", "server"); e != nil && e.undo && len(e.words) == 2 {
		return facts.Bool(false, r.at(e))
	}
	return r.defaultBool("ftp", false)
}

func (r *reader) netconf() *pb.BoolFact {
	if f := r.either([]string{"snetconf", "server", "enable"}, []string{"snetconf", "ipv4", "server", "enable"}, []string{"snetconf", "ipv6", "server", "enable"}); f != nil {
		return f
	}
	for _, word := range []string{"api", "netconf"} {
		for e := range r.find(word) {
			for _, l := range e.under() {
				if l.begins("api", "netconf", "enable") || l.begins("protocol", "inbound", "ssh") {
					return facts.Bool(!l.undo, r.at(l))
				}
			}
		}
	}
	return r.defaultBool("netconf", false)
}

func (r *reader) netconfPort() *pb.IntFact {
	for _, e := range r.byWord["api"] {
		for _, l := range e.under() {
			if n, ok := l.number(3); ok && l.begins("api", "netconf", "port") && !l.undo {
				return facts.Int(n, r.at(l))
			}
		}
	}
	return r.noDefault("port").Int()
}

// web gives whether the pages are served over HTTP and over HTTPS.
func (r *reader) web() (http, https *pb.BoolFact) {
	http = r.either([]string{"http", "server", "enable"}, []string{"http", "ipv6", "server", "enable"}, []string{"web-manager", "enable"})
	https = r.either([]string{"http", "secure-server", "enable"}, []string{"http", "ipv6", "secure-server", "enable"}, []string{"web-manager", "security", "enable"})
	if http == nil {
		http = r.noDefault("http server enable").Bool()
	}
	if https == nil {
		https = r.noDefault("http secure-server enable").Bool()
	}
	return http, https
}

// webSources: one list filters both.
func (r *reader) webSources() *pb.TextsFact {
	if r.device.line == lineUSG { // who may reach the pages is decided on each interface and by security policy
		return r.noDefault("service-manage").Texts()
	}
	return r.serverFilter([]string{"http", "acl"}, []string{"http", "server", "acl"})
}

// serverFilter reads the access list of a server that has its own.
func (r *reader) serverFilter(lines ...[]string) *pb.TextsFact {
	for _, words := range lines {
		if e := r.final(words...); e != nil && !e.undo {
			return r.sources(aclIn(e), e)
		}
	}
	return r.none().Texts()
}

// filtered is who may use a protocol that ends on VTYs: by the server's own list, else by those of all lines that take it in.
func (r *reader) filtered(lines []*term, protocol string, servers ...[]string) *pb.TextsFact {
	for _, words := range servers {
		for e := range r.find(words[0]) {
			if !e.undo && e.begins(words[:min(2, len(words))]...) && slices.Contains(e.words, "acl") && !slices.Contains(e.words, "ipv6") {
				return r.sources(aclIn(e), e)
			}
		}
	}
	if !r.whole {
		return r.none().Texts()
	}
	var all *pb.TextsFact
	for _, t := range lines {
		if t.kind != "vty" || t.first >= 16 || t.inbound != nil && !slices.Contains(t.inbound.words, protocol) && !slices.Contains(t.inbound.words, "all") {
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
		return r.none().Texts()
	}
	return all
}

func (r *reader) ssh(lines []*term) *pb.AccessPath {
	enabled := r.either(
		[]string{"stelnet", "server", "enable"}, []string{"stelnet", "ipv4", "server", "enable"}, []string{"stelnet", "ipv6", "server", "enable"},
		[]string{"ssh", "server", "enable"})
	others := r.either([]string{"sftp", "server", "enable"}, []string{"sftp", "ipv4", "server", "enable"}, []string{"sftp", "ipv6", "server", "enable"},
		[]string{"scp", "server", "enable"}, []string{"scp", "ipv4", "server", "enable"}, []string{"scp", "ipv6", "server", "enable"},
		[]string{"snetconf", "server", "enable"}, []string{"snetconf", "ipv4", "server", "enable"}, []string{"snetconf", "ipv6", "server", "enable"})
	more := others != nil && others.GetValue()
	switch {
	case enabled != nil && enabled.GetValue():
	case more: // files and NETCONF go over the same server
		enabled = others
	case enabled == nil:
		enabled = r.defaultBool("stelnet", false)
	}
	p := r.path("ssh", enabled, true, 22, "ssh", "server", "port")
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

func (r *reader) serverACL() *entry {
	for _, words := range [][]string{{"ssh", "server", "acl"}, {"ssh", "ipv4", "server", "acl"}, {"ssh", "server", "ipv4", "acl"}} {
		if e := r.final(words...); e != nil && !e.undo {
			return e
		}
	}
	return nil
}

func (r *reader) sshVersions() *pb.TextsFact {
	e := r.final("ssh", "server", "compatible-ssh1x")
	switch {
	case e == nil:
		return r.defaultTexts("ssh1", "2")
	case e.undo || slices.Contains(e.words, "disable"):
		return facts.Texts([]string{"2"}, r.at(e))
	}
	return facts.Texts([]string{"1", "2"}, r.at(e))
}

func (r *reader) algorithms(kind string) *pb.TextsFact {
	for _, words := range [][]string{{"ssh", "server", kind}, {"ssh", "server", "secure-algorithms", kind}} {
		if e := r.final(words...); e != nil && !e.undo {
			return facts.Texts(e.words[len(words):], r.at(e))
		}
	}
	return r.noDefault("ssh server " + kind).Texts()
}

// notice is whether something is shown before login.
func (r *reader) notice() *pb.BoolFact {
	for e := range r.find("header") {
		if e.word(1) == "login" && !e.undo {
			return facts.Bool(true, facts.Line(r.doc.Source, e.node.N, "header login "+e.word(2)))
		}
	}
	return r.switched(nil)
}

func (r *reader) webVersions() *pb.TextsFact {
	if e := r.final("web-manager", "security", "version"); e != nil && !e.undo {
		return facts.Texts(tlsVersions(e.words[3:]), r.at(e))
	}
	if e := r.final("http", "secure-server", "ssl-policy"); e != nil && !e.undo {
		for _, t := range r.sslPolicies() {
			if t.GetScope() == "ssl policy "+e.word(3) {
				return t.GetVersions()
			}
		}
	}
	return r.noDefault("ssl policy").Texts()
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
	s := r.list()
	out := &pb.TlsEndpointList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	if e := r.final("web-manager", "security", "version"); e != nil && !e.undo {
		out.Items = append(out.Items, &pb.TlsEndpoint{Scope: "web-manager", Versions: r.webVersions(), Ciphers: r.noDefault("cipher suites").Texts()})
	}
	out.Items = append(out.Items, r.sslPolicies()...)
	return out
}

// sslPolicies reads what servers offer.
func (r *reader) sslPolicies() []*pb.TlsEndpoint {
	var out []*pb.TlsEndpoint
	order := []string{"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	for e := range r.find("ssl", "policy") {
		if e.undo || len(e.words) < 3 || e.after("type") == "client" {
			continue
		}
		t := &pb.TlsEndpoint{Scope: "ssl policy " + e.words[2], Versions: r.noDefault("version").Texts(), Ciphers: r.noDefault("ciphersuite").Texts()}
		for _, l := range e.under() {
			switch {
			case l.undo:
			case l.words[0] == "version":
				t.Versions = facts.Texts(tlsVersions(l.words[1:]), r.at(l))
			case l.begins("ssl", "minimum", "version"):
				if i := slices.Index(order, tlsNames[strings.ToLower(l.word(3))]); i >= 0 && r.device.line == lineCE {
					t.Versions = facts.Texts(order[i:4], r.at(l))
				}
			case l.words[0] == "ciphersuite":
				t.Ciphers = facts.Texts(l.words[1:], r.at(l))
			}
		}
		out = append(out, t)
	}
	return out
}

// services are those that are no way in but are better off, as far as the configuration says.
func (r *reader) services() *pb.ServiceList {
	s := r.list()
	out := &pb.ServiceList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	add := func(scope string, f *pb.BoolFact) {
		out.Items = append(out.Items, &pb.Service{Scope: scope, Enabled: f})
	}
	lldp := r.either([]string{"lldp", "enable"})
	if lldp == nil {
		lldp = r.noDefault("lldp enable").Bool()
	}
	add("lldp", lldp)
	add("ftp-server", r.ftp())
	http, _ := r.web()
	add("http", http)
	if e := r.final("dhcp", "enable"); e != nil {
		add("dhcp", facts.Bool(!e.undo, r.at(e)))
	}
	return out
}
