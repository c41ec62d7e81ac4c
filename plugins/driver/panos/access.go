package panos

import (
	"net/netip"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// profiles are the authentication profiles by which administrators log in.
func (r *reader) profiles() []*tree.Node {
	var out []*tree.Node
	if p := r.device("deviceconfig", "system", "authentication-profile").Value(); p != nil {
		out = append(out, p)
	}
	for _, u := range r.Root.All("mgt-config", "users") {
		if p := u.Value("authentication-profile"); p != nil {
			out = append(out, p)
		}
	}
	return out
}

var methodWords = map[string]string{
	"radius": "radius", "tacplus": "tacacs", "ldap": "ldap", "kerberos": "kerberos", "saml-idp": "saml", "local-database": "local", "cloud": "saml", "none": "none",
}

// methods is how administrators are authenticated: by their own passwords, and by the profiles in use.
func (r *reader) methods() *pb.TextsFact {
	out, ev := []string{}, []*pb.Evidence{}
	add := func(m string, at *tree.Node) {
		if !slices.Contains(out, m) {
			out, ev = append(out, m), append(ev, r.At(at))
		}
	}
	for _, u := range r.Root.All("mgt-config", "users") {
		switch {
		case u.Has("authentication-profile"):
		case u.Value("client-certificate-only").Text() == "yes":
			add("certificate", u)
		default:
			add("local", u)
		}
	}
	for _, p := range r.profiles() {
		found := false
		for _, n := range r.common("authentication-profile", p.Word) {
			for _, m := range n.All("method") {
				found = true
				if w, ok := methodWords[m.Word]; ok {
					add(w, m)
				} else {
					return r.Odd(m).Texts()
				}
			}
		}
		if !found {
			return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "authentication-profile "+p.Word, r.At(p)).Texts()
		}
	}
	if !r.Whole() {
		return r.Doc.Unknown().Texts()
	}
	if len(out) == 0 {
		return r.Doc.NoDefault("mgt-config users").Texts()
	}
	return facts.Texts(out, ev...)
}

func proves(methods *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(methods) {
		return facts.LikeState(methods).Bool()
	}
	return facts.Bool(!slices.Contains(methods.GetValue(), "none"), methods.GetEvidence()...)
}

// authServers are those of the profiles that administrators log in by.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.list()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	used := map[string]bool{}
	for _, p := range r.profiles() {
		for _, n := range r.common("authentication-profile", p.Word) {
			for _, m := range n.All("method") {
				used[m.Value("server-profile").Text()] = true
			}
		}
	}
	for _, k := range []struct{ word, protocol string }{{"radius", "radius"}, {"tacplus", "tacacs"}, {"ldap", "ldap"}, {"kerberos", "kerberos"}} {
		for _, list := range r.common("server-profile", k.word) {
			for _, profile := range list.All() {
				for _, srv := range slices.Concat(profile.All("server"), profile.All("servers")) {
					at := srv
					for _, w := range []string{"ip-address", "address", "host"} {
						if v := srv.Value(w); v != nil {
							at = v
						}
					}
					e := &pb.AuthServer{Scope: at.Word, Protocol: facts.Text(k.protocol, r.At(at)), Encrypted: facts.Bool(k.protocol == "kerberos", r.At(at)), Uses: facts.Texts([]string{}, r.At(profile))}
					if used[profile.Word] {
						e.Uses = facts.Texts([]string{"authentication"}, r.At(profile))
					}
					if k.protocol == "ldap" {
						e.Encrypted = r.Doc.NoDefault("ssl").Bool()
						if f := r.answered(profile.Get("ssl")); f != nil {
							e.Encrypted = f
						}
					}
					out.Items = append(out.Items, e)
				}
			}
		}
	}
	return out
}

// inBand are the interface management profiles that an interface has, by which the device is managed through its data ports.
func (r *reader) inBand() []*tree.Node {
	var out []*tree.Node
	seen := map[string]bool{}
	var walk func(n *tree.Node, depth int)
	walk = func(n *tree.Node, depth int) {
		if p := n.Value("interface-management-profile"); p != nil && !seen[p.Word] {
			seen[p.Word] = true
			if at := r.device("network", "profiles", "interface-management-profile", p.Word); at != nil {
				out = append(out, at)
			}
		}
		if depth > 8 {
			return
		}
		for _, c := range n.All() {
			if c.Word != "ip" {
				walk(c, depth+1)
			}
		}
	}
	for _, d := range r.devices {
		walk(d.Get("network", "interface"), 0)
	}
	return out
}

// accessPaths are the console, and what the management port and the data ports take in.
func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.list()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	methods := r.methods()
	banner := r.Doc.Off()
	if b := r.device("deviceconfig", "system", "login-banner"); b != nil {
		banner = facts.Bool(true, facts.Line(r.Doc.Source, b.N, "deviceconfig system login-banner"))
	}
	na := facts.NotApplicable()
	out.Items = append(out.Items, &pb.AccessPath{
		Scope: "console", Enabled: r.Doc.NoDefault("console").Bool(), Remote: facts.Bool(false, r.Doc.All()), Encrypted: na.Bool(), Sources: na.Texts(), Transports: na.Texts(), Methods: methods, Authenticated: proves(methods), Banner: banner,
	})
	ports := r.inBand()
	for _, k := range []struct {
		scope     string
		port      int64
		encrypted bool
	}{{"ssh", 22, true}, {"telnet", 23, false}, {"http", 80, false}, {"https", 443, true}, {"snmp", 161, false}} {
		p := &pb.AccessPath{Scope: k.scope, Remote: facts.Bool(true, r.Doc.All()), Encrypted: facts.Bool(k.encrypted, r.Doc.All()), Port: facts.Int(k.port, r.Doc.All()), Banner: banner, Methods: methods, Authenticated: proves(methods)}
		r.enable(p, ports)
		switch k.scope {
		case "https":
			p.Versions = r.webVersions()
		case "snmp":
			r.snmpPath(p)
		}
		out.Items = append(out.Items, p)
	}
	api := &pb.AccessPath{Scope: "api", Remote: facts.Bool(true, r.Doc.All()), Encrypted: facts.Bool(true, r.Doc.All()), Port: facts.Int(443, r.Doc.All())}
	for _, p := range out.Items {
		if p.Scope == "https" { // the interface for programs is that of the pages
			api.Enabled, api.Sources, api.Methods, api.Authenticated = p.Enabled, p.Sources, p.Methods, p.Authenticated
		}
	}
	out.Items = append(out.Items, api)
	return out
}

// enable says whether a service can be reached and from where, over the management port and over the data ports.
func (r *reader) enable(p *pb.AccessPath, ports []*tree.Node) {
	off := r.answered(r.device("deviceconfig", "system", "service", "disable-"+p.Scope))
	var sources []*pb.TextsFact
	var on, no []*pb.Evidence
	if off == nil || !facts.Known(off) || !off.GetValue() {
		sources = append(sources, r.permitted(r.device("deviceconfig", "system", "permitted-ip")))
	}
	if off != nil && facts.Known(off) {
		if off.GetValue() {
			no = append(no, off.GetEvidence()...)
		} else {
			on = append(on, off.GetEvidence()...)
		}
	}
	for _, m := range ports {
		if v := m.Value(p.Scope); v.Text() == "yes" {
			on = append(on, r.At(v))
			sources = append(sources, r.permitted(m.Get("permitted-ip")))
		}
	}
	switch {
	case len(on) > 0:
		p.Enabled = facts.Bool(true, on...)
	case !r.Whole():
		p.Enabled = r.Doc.Unknown().Bool()
	case len(no) > 0:
		p.Enabled = facts.Bool(false, no...)
		return
	default:
		p.Enabled = r.Doc.NoDefault("disable-" + p.Scope).Bool()
	}
	p.Sources = union(sources)
	if !r.Whole() {
		p.Sources = r.Doc.Unknown().Texts()
	}
}

// permitted is who may use the port or profile; without a list anybody may.
func (r *reader) permitted(n *tree.Node) *pb.TextsFact {
	if len(n.All()) == 0 {
		if !r.Whole() {
			return r.Doc.Unknown().Texts()
		}
		return facts.Absent(r.Doc.All(), facts.Default(permittedIP)).Texts()
	}
	out := []string{}
	for _, a := range n.All() {
		if tree.Hole(a.Word) {
			return r.Hole(a).Texts()
		}
		if p, err := netip.ParsePrefix(a.Word); a.Word == "any" || err == nil && p.Bits() == 0 {
			return facts.Absent(r.At(a)).Texts()
		}
		out = append(out, a.Word)
	}
	return facts.Texts(out, r.Section(n))
}

// union: who gets in by any way gets in.
func union(each []*pb.TextsFact) *pb.TextsFact {
	out := []string{}
	var ev []*pb.Evidence
	for _, f := range each {
		if f.GetState() == pb.FactState_FACT_STATE_ABSENT {
			return f
		}
	}
	for _, f := range each {
		if !facts.Known(f) {
			return f
		}
		for _, s := range f.GetValue() {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		ev = append(ev, f.GetEvidence()...)
	}
	return facts.Texts(out, ev...)
}

var tlsWords = []struct{ word, name string }{{"tls1-0", "TLS 1.0"}, {"tls1-1", "TLS 1.1"}, {"tls1-2", "TLS 1.2"}, {"tls1-3", "TLS 1.3"}}

// webVersions are those of the profile that the pages are served by.
func (r *reader) webVersions() *pb.TextsFact {
	name := r.device("deviceconfig", "system", "ssl-tls-service-profile").Value()
	if name == nil {
		return r.Doc.NoDefault("ssl-tls-service-profile").Texts()
	}
	if found := r.common("ssl-tls-service-profile", name.Word); len(found) > 0 {
		p := found[0]
		least, most := p.Value("protocol-settings", "min-version"), p.Value("protocol-settings", "max-version")
		if least == nil || most == nil {
			return r.Doc.NoDefault("protocol-settings").Texts()
		}
		out, in := []string{}, false
		for _, t := range tlsWords {
			in = in || t.word == least.Word
			if in {
				out = append(out, t.name)
			}
			if t.word == most.Word {
				break
			}
		}
		return facts.Texts(out, r.At(least), r.At(most))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "ssl-tls-service-profile "+name.Word, r.At(name)).Texts()
}

func (r *reader) tlsEndpoints() *pb.TlsEndpointList {
	s := r.list()
	out := &pb.TlsEndpointList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	v := r.webVersions()
	e := &pb.TlsEndpoint{Scope: "https", Versions: v, Ciphers: r.Doc.NoDefault("ssl-tls-service-profile").Texts()}
	if facts.Known(v) {
		words := []string{}
		for _, w := range v.GetValue() {
			words = append(words, "TLSv"+w[len("TLS "):])
		}
		e.Versions = facts.Texts(words, v.GetEvidence()...)
	}
	out.Items = append(out.Items, e)
	return out
}
