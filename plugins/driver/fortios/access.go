package fortios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// allowed gives the lines that let a protocol in, and whether one of them does so over IPv6.
func (r *reader) allowed(protocol string) (lines []*node, six bool) {
	for t := range r.everywhere() {
		for e := range t.entries("system", "interface") {
			if n := e.set("allowaccess"); n != nil && slices.Contains(n.values(), protocol) {
				lines = append(lines, n)
			}
			for v6 := range e.tables("ipv6") {
				if n := v6.set("ip6-allowaccess"); n != nil && slices.Contains(n.values(), protocol) {
					lines, six = append(lines, n), true
				}
			}
			for second := range e.entries("secondaryip") {
				if n := second.set("allowaccess"); n != nil && slices.Contains(n.values(), protocol) {
					lines = append(lines, n)
				}
			}
		}
	}
	return lines, six
}

// reachable is whether some interface lets a protocol in; a device without such a line takes none.
func (r *reader) reachable(protocol string) *pb.BoolFact {
	lines, _ := r.allowed(protocol)
	switch {
	case len(lines) > 0:
		var ev []*pb.Evidence
		for _, n := range lines[:min(len(lines), 8)] {
			ev = append(ev, r.at(n))
		}
		return facts.Bool(true, ev...)
	case r.doc.Whole():
		for t := range r.global.tables("system", "interface") {
			return facts.Bool(false, r.at(t))
		}
		return facts.Bool(false, r.doc.All())
	case !r.broken && !r.partOfDevice():
		for t := range r.global.tables("system", "interface") { // which stands once, and was read to its end
			if t.closed && len(t.children) > 0 {
				return facts.Bool(false, r.at(t))
			}
		}
	}
	return r.doc.Unknown().Bool()
}

func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	for _, p := range []struct {
		protocol  string
		encrypted bool
		port      string
	}{{"ssh", true, "admin-ssh-port"}, {"telnet", false, "admin-telnet-port"}, {"http", false, "admin-port"}, {"https", true, "admin-sport"}} {
		path := &pb.AccessPath{
			Scope: p.protocol, Enabled: r.reachable(p.protocol), Encrypted: facts.Bool(p.encrypted), Remote: facts.Bool(true),
			Port: r.number(r.system(p.port), r.doc.NoDefault(p.port).Int()), Sources: r.sources(p.protocol), Banner: notice,
		}
		r.proof(path)
		out.Items = append(out.Items, path)
	}
	ssh, telnet, https := out.Items[0], out.Items[1], out.Items[3]
	if off := r.system("admin-telnet"); off.word(1) == "disable" {
		telnet.Enabled = facts.Bool(false, r.at(off))
	}
	ssh.Versions = r.doc.NoDefault("admin-ssh-v1").Texts()
	if n := r.system("admin-ssh-v1"); n != nil {
		ssh.Versions = facts.Texts(map[string][]string{"enable": {"SSH 1", "SSH 2"}, "disable": {"SSH 2"}}[n.word(1)], r.at(n))
	}
	ssh.Ciphers = r.listed("ssh-enc-algo")
	ssh.Macs = r.listed("ssh-mac-algo")
	ssh.KeyExchanges = r.listed("ssh-kex-algo")
	https.Versions = r.tlsVersions()
	console := &pb.AccessPath{
		Scope: "console", Enabled: r.switched(r.global.setting("login", "system", "console"), r.doc.NoDefault("console login").Bool()),
		Remote: facts.Bool(false), Encrypted: facts.NotApplicable().Bool(), Sources: facts.NotApplicable().Texts(), Transports: facts.NotApplicable().Texts(), Banner: notice,
	}
	r.proof(console)
	out.Items = append(out.Items, console, r.snmpPath())
	return out
}

func (r *reader) listed(key string) *pb.TextsFact {
	if n := r.system(key); n != nil {
		return facts.Texts(n.values(), r.at(n))
	}
	return r.doc.NoDefault(key).Texts()
}

// proof is how administrators prove who they are: FortiOS always asks for an account.
func (r *reader) proof(p *pb.AccessPath) {
	if !r.doc.Whole() {
		m := r.doc.Unknown()
		p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
		return
	}
	var methods []string
	var ev []*pb.Evidence
	factors := int64(2)
	var single, empty *admin
	for _, a := range r.admins {
		ev = append(ev, r.at(a.node))
		two := a.set("two-factor")
		if two == nil || two.word(1) == "disable" {
			factors, single = 1, a
		}
		method := "local"
		if a.set("remote-auth").word(1) == "enable" {
			for _, m := range r.remote(a) {
				if !slices.Contains(methods, m) {
					methods = append(methods, m)
				}
			}
			continue
		}
		if a.set("peer-auth").word(1) == "enable" {
			method = "certificate"
		} else if a.set("password") == nil {
			empty = a
		}
		if !slices.Contains(methods, method) {
			methods = append(methods, method)
		}
	}
	p.Methods, p.Authenticated, p.Factors = facts.Texts(methods, ev...), facts.Bool(true, ev...), facts.Int(factors, ev...)
	p.EmptyPasswords = facts.Bool(false, ev...)
	if slices.Contains(methods, "") {
		p.Methods = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "remote-group", ev...).Texts()
	}
	if single != nil {
		p.Factors = facts.Int(1, r.at(single.node))
		if single.set("remote-auth").word(1) == "enable" { // the server may ask for more
			p.Factors = facts.Unknown(pb.Reason_REASON_ELSEWHERE, "remote-auth", r.at(single.node)).Int()
		}
	}
	if empty != nil {
		p.EmptyPasswords = facts.Bool(true, r.at(empty.node))
	}
}

// remote gives the protocols of the servers in an administrator's group; "" where one is not found.
func (r *reader) remote(a *admin) []string {
	group := a.set("remote-group").word(1)
	var out []string
	for t := range r.everywhere() {
		for e := range t.entries("user", "group") {
			if e.word(0) != group {
				continue
			}
			for _, member := range e.set("member").values() {
				found := ""
				for _, kind := range []struct{ table, protocol string }{{"radius", "radius"}, {"tacacs+", "tacacs"}, {"ldap", "ldap"}} {
					for srv := range t.entries("user", kind.table) {
						if srv.word(0) == member {
							found = kind.protocol
						}
					}
				}
				out = append(out, found)
			}
		}
	}
	if len(out) == 0 {
		out = []string{""}
	}
	return out
}

// sources is who may come: the hosts that each administrator trusts, taken together. One who may come from anywhere leaves the
// way open to everybody.
func (r *reader) sources(protocol string) *pb.TextsFact {
	if !r.doc.Whole() {
		return r.doc.Unknown().Texts()
	}
	for t := range r.everywhere() { // policies for the device's own services may keep others out
		for e := range t.entries("firewall", "local-in-policy") {
			if e.set("status").word(1) != "disable" {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "local-in-policy", r.at(e)).Texts()
			}
		}
	}
	_, six := r.allowed(protocol)
	var all []string
	var ev []*pb.Evidence
	for _, a := range r.admins {
		switch {
		case a.anybody:
			return facts.Absent(r.at(a.node)).Texts()
		case a.unclear != nil:
			return facts.Unknown(pb.Reason_REASON_CONFLICT, a.unclear.word(0), r.at(a.unclear)).Texts()
		case six && len(a.hosts6) == 0:
			return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "ip6-trusthost1", r.at(a.node)).Texts()
		}
		for _, h := range append(slices.Clone(a.hosts), a.hosts6...) {
			if !slices.Contains(all, h) {
				all = append(all, h)
			}
		}
		for _, n := range a.lines {
			ev = append(ev, r.at(n))
		}
	}
	return facts.Texts(all, ev...)
}

// notice is whether something is shown before login.
func (r *reader) notice() *pb.BoolFact {
	return r.switched(r.system("pre-login-banner"), r.defaults.Bool("banner", false))
}

var tlsNames = map[string]string{"sslv3": "SSLv3", "tlsv1-0": "TLSv1.0", "tlsv1-1": "TLSv1.1", "tlsv1-2": "TLSv1.2", "tlsv1-3": "TLSv1.3"}

func (r *reader) tlsVersions() *pb.TextsFact {
	n := r.system("admin-https-ssl-versions")
	if n == nil {
		return r.doc.NoDefault("admin-https-ssl-versions").Texts()
	}
	out := []string{}
	for _, v := range n.values() {
		name, ok := tlsNames[strings.ToLower(v)]
		if !ok {
			return r.odd(n).Texts()
		}
		out = append(out, name)
	}
	return facts.Texts(out, r.at(n))
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.doc.List()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	out.Items = append(out.Items, &pb.TlsEndpoint{
		Scope: "administration https", Versions: r.tlsVersions(), Ciphers: r.listed("admin-https-ssl-ciphersuites"), KeyBits: m.Int(), KeyKind: m.Text(), Expires: m.Time(), Issuer: m.Text(),
	})
	return out
}

// hole says whether any of a line's values is a template's, or what a tool left of a secret.
func hole(n *node) bool { return slices.ContainsFunc(n.values(), stanza.Hole) }
