package junos

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// service is a way in that a statement below system services switches on.
type service struct {
	scope     string
	at        []string
	port      int64
	encrypted bool
	inbound   []string // what host-inbound-traffic calls it
}

var servicesIn = []service{
	{scope: "ssh", at: []string{"ssh"}, port: 22, encrypted: true, inbound: []string{"ssh"}},
	{scope: "telnet", at: []string{"telnet"}, port: 23, inbound: []string{"telnet"}},
	{scope: "http", at: []string{"web-management", "http"}, port: 80, inbound: []string{"http", "webapi-clear-text"}},
	{scope: "https", at: []string{"web-management", "https"}, port: 443, encrypted: true, inbound: []string{"https"}},
	{scope: "ftp", at: []string{"ftp"}, port: 21, inbound: []string{"ftp"}},
	{scope: "tftp", at: []string{"tftp-server"}, port: 69, inbound: []string{"tftp"}},
	{scope: "rlogin", at: []string{"rlogin"}, port: 513, inbound: []string{"rlogin"}},
	{scope: "rsh", at: []string{"rsh"}, port: 514, inbound: []string{"rsh"}},
	{scope: "finger", at: []string{"finger"}, port: 79, inbound: []string{"finger"}},
	{scope: "netconf", at: []string{"netconf", "ssh"}, port: 830, encrypted: true, inbound: []string{"netconf"}},
	{scope: "xnm-clear-text", at: []string{"xnm-clear-text"}, port: 3221, inbound: []string{"xnm-clear-text"}},
	{scope: "xnm-ssl", at: []string{"xnm-ssl"}, port: 3220, encrypted: true, inbound: []string{"xnm-ssl"}},
	{scope: "api", at: []string{"rest", "https"}, port: 3443, encrypted: true},
	{scope: "api http", at: []string{"rest", "http"}, port: 3000},
}

// accessPaths are the console, the auxiliary port, and all that system services can switch on.
func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.list()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	banner := r.Present("system", "login", "message")
	methods := r.methods()
	out.Items = append(out.Items, r.port("console", true, methods, banner), r.port("aux", false, methods, banner))
	for _, k := range servicesIn {
		out.Items = append(out.Items, r.servicePath(k, methods, banner))
	}
	out.Items = append(out.Items, r.snmpPath())
	return out
}

func (r *reader) port(scope string, on bool, methods *pb.TextsFact, banner *pb.BoolFact) *pb.AccessPath {
	na := facts.NotApplicable()
	p := &pb.AccessPath{
		Scope: scope, Remote: facts.Bool(false, r.Doc.All()), Encrypted: na.Bool(), Sources: na.Texts(), Transports: na.Texts(), Methods: methods, Authenticated: proves(methods), Banner: banner,
		Enabled: r.defaultBool(on, consoleDefault),
	}
	n := r.Root.Get("system", "ports", map[string]string{"aux": "auxiliary", "console": "console"}[scope])
	switch {
	case n.Has("disable"):
		p.Enabled = facts.Bool(false, r.At(n.Get("disable")))
	case n != nil && r.Whole():
		p.Enabled = facts.Bool(true, r.At(n))
	}
	if n.Has("insecure") {
		p.AdminLogin = facts.Text("no", r.At(n.Get("insecure")))
	} else {
		p.AdminLogin = r.Doc.NoDefault("insecure").Text()
	}
	return p
}

var methodWords = map[string]string{"password": "local", "tacplus": "tacacs", "radius": "radius", "ldaps": "ldap"}

// methods is how users are authenticated.
func (r *reader) methods() *pb.TextsFact {
	var words []string
	var ev []*pb.Evidence
	for _, n := range r.Root.All("system", "authentication-order") {
		m, ok := methodWords[n.Word]
		if !ok {
			return r.Odd(n).Texts()
		}
		words, ev = append(words, m), append(ev, r.At(n))
	}
	switch {
	case len(words) > 0:
		return facts.Texts(words, ev...)
	case !r.Whole():
		return r.Doc.Unknown().Texts()
	}
	return facts.Texts([]string{"local"}, facts.Default(orderDefault))
}

func proves(methods *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(methods) {
		return facts.LikeState(methods).Bool()
	}
	return facts.Bool(true, methods.GetEvidence()...)
}

func (r *reader) servicePath(k service, methods *pb.TextsFact, banner *pb.BoolFact) *pb.AccessPath {
	n := r.Root.Get(append([]string{"system", "services"}, k.at...)...)
	p := &pb.AccessPath{
		Scope: k.scope, Remote: facts.Bool(true, r.Doc.All()), Encrypted: facts.Bool(k.encrypted, r.Doc.All()), Enabled: r.defaultBool(false, remoteAccess), Port: facts.Int(k.port, r.Doc.All()),
	}
	if n == nil {
		return p
	}
	p.Enabled = facts.Bool(true, r.At(n))
	if n.Has("access-disable-external") {
		p.Enabled = facts.Bool(false, r.At(n.Get("access-disable-external")))
	}
	if port, at, ok := r.number(n, "port"); ok {
		p.Port = facts.Int(port, r.At(at))
	} else if at != nil {
		p.Port = r.Odd(at).Int()
	}
	p.Banner, p.Methods, p.Authenticated = banner, methods, proves(methods)
	if k.scope == "tftp" || k.scope == "finger" {
		p.Methods, p.Authenticated = facts.Texts([]string{"none"}, r.At(n)), facts.Bool(false, r.At(n))
	}
	p.Sources = r.sources(k, p.Port)
	switch k.scope {
	case "ssh":
		r.ssh(p, n)
	case "https":
		p.Versions, p.Ciphers = r.Doc.NoDefault("TLS versions").Texts(), r.Doc.NoDefault("cipher-list").Texts()
	case "api", "api http":
		if list := r.Root.Get("system", "services", "rest", "control", "allowed-sources"); list != nil {
			p.Sources = r.words(list)
		}
	}
	return p
}

// words states the words that follow a statement.
func (r *reader) words(n *tree.Node) *pb.TextsFact {
	out := []string{}
	for _, v := range n.All() {
		if tree.Hole(v.Word) {
			return r.Hole(v).Texts()
		}
		out = append(out, v.Word)
	}
	return facts.Texts(out, r.Section(n))
}

func (r *reader) ssh(p *pb.AccessPath, n *tree.Node) {
	p.AdminLogin = r.Doc.NoDefault("root-login").Text()
	if v := n.Value("root-login"); v != nil {
		word := map[string]string{"allow": "yes", "deny": "no", "deny-password": "keys-only"}[v.Word]
		if p.AdminLogin = facts.Text(word, r.At(v)); word == "" {
			p.AdminLogin = r.Odd(v).Text()
		}
	}
	p.Versions = r.Doc.NoDefault("protocol-version").Texts()
	var versions []string
	var ev []*pb.Evidence
	for _, v := range n.All("protocol-version") {
		if v.Word != "v1" && v.Word != "v2" {
			r.Odd(v)
			continue
		}
		versions, ev = append(versions, "SSH "+v.Word[1:]), append(ev, r.At(v))
	}
	if slices.Sort(versions); len(versions) > 0 {
		p.Versions = facts.Texts(versions, ev...)
	}
	for word, to := range map[string]**pb.TextsFact{"ciphers": &p.Ciphers, "macs": &p.Macs, "key-exchange": &p.KeyExchanges} {
		*to = r.Doc.NoDefault(word).Texts()
		if list := n.Get(word); list != nil {
			*to = r.words(list)
		}
	}
	if no := n.Get("no-passwords"); no != nil {
		p.Methods = facts.Texts([]string{"publickey"}, r.At(no))
	} else if no := n.Get("no-password-authentication"); no != nil {
		p.Methods = facts.Texts([]string{"publickey"}, r.At(no))
	}
}

// services are those of the device that a baseline asks to be switched off.
func (r *reader) services() *pb.ServiceList {
	s := r.list()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, name := range []string{"finger", "rlogin", "rsh", "xnm-clear-text", "dhcp", "dhcp-local-server", "tftp-server", "ftp", "telnet"} {
		e := &pb.Service{Scope: name, Enabled: r.defaultBool(false, remoteAccess)}
		if n := r.Root.Get("system", "services", name); n != nil {
			e.Enabled = facts.Bool(true, r.At(n))
		}
		out.Items = append(out.Items, e)
	}
	for _, name := range []string{"lldp", "lldp-med"} {
		e := &pb.Service{Scope: name, Enabled: r.Doc.Off()}
		if n := r.Root.Get("protocols", name); n != nil {
			e.Enabled = facts.Bool(!n.Has("disable"), r.At(n))
		}
		out.Items = append(out.Items, e)
	}
	return out
}
