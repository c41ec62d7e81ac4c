package vyos

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the console, and what `service` can switch on.
func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.list()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	banner := r.Present("system", "login", "banner", "pre-login")
	methods := r.methods()
	na := facts.NotApplicable()
	console := &pb.AccessPath{
		Scope: "console", Enabled: r.Doc.NoDefault("system console").Bool(), Remote: facts.Bool(false, r.Doc.All()), Encrypted: na.Bool(), Sources: na.Texts(), Transports: na.Texts(), Methods: methods, Authenticated: proves(methods), Banner: banner,
	}
	if n := r.Root.Get("system", "console"); n != nil {
		console.Enabled = facts.Bool(true, r.At(n))
	}
	out.Items = append(out.Items, console, r.ssh(methods, banner))
	gui := r.Root.Get("service", "gui")
	for _, k := range []struct {
		scope     string
		port      int64
		encrypted bool
		at        *tree.Node
		portWord  string
	}{
		{"telnet", 23, false, r.Root.Get("service", "telnet"), "port"},
		{"http", 80, false, gui.Get("http-port"), ""},
		{"https", 443, true, r.https(gui), "port"},
		{"api", 443, true, r.Root.Get("service", "https", "api"), ""},
		{"ftp", 21, false, r.Root.Get("service", "ftp"), "port"},
		{"tftp", 69, false, r.Root.Get("service", "tftp-server"), "port"},
	} {
		p := &pb.AccessPath{Scope: k.scope, Remote: facts.Bool(true, r.Doc.All()), Encrypted: facts.Bool(k.encrypted, r.Doc.All()), Port: facts.Int(k.port, r.Doc.All()), Enabled: r.Doc.Off()}
		if k.at != nil {
			p.Enabled = facts.Bool(true, r.At(k.at))
			r.port(p, k.at, k.portWord)
			p.Banner, p.Methods, p.Authenticated = banner, methods, proves(methods)
			if k.scope == "tftp" {
				p.Methods, p.Authenticated = facts.Texts([]string{"none"}, r.At(k.at)), facts.Bool(false, r.At(k.at))
			}
			p.Sources = r.sources("tcp", p.Port)
		}
		out.Items = append(out.Items, p)
	}
	out.Items = append(out.Items, r.snmpPath())
	return out
}

func (r *reader) https(gui *tree.Node) *tree.Node {
	if n := r.Root.Get("service", "https"); n != nil {
		return n
	}
	return gui
}

// port reads a port below a service, or the one that is the statement itself.
func (r *reader) port(p *pb.AccessPath, at *tree.Node, word string) {
	n, v, ok := r.number(at, word)
	if word == "" {
		n, v, ok = r.number(at)
	}
	if at.Has("https-port") {
		n, v, ok = r.number(at, "https-port")
	}
	switch {
	case ok:
		p.Port = facts.Int(n, r.At(v))
	case v != nil && p.Scope != "api":
		p.Port = r.Odd(v).Int()
	}
}

// methods is how users are authenticated: by servers where there are any, and locally.
func (r *reader) methods() *pb.TextsFact {
	if !r.Whole() {
		return r.Doc.Unknown().Texts()
	}
	out, ev := []string{}, []*pb.Evidence{r.Doc.All()}
	for _, srv := range r.authServers().GetItems() {
		if p := srv.GetProtocol(); !slices.Contains(out, p.GetValue()) {
			out, ev = append(out, p.GetValue()), append(ev, p.GetEvidence()...)
		}
	}
	return facts.Texts(append(out, "local"), ev...)
}

func proves(methods *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(methods) {
		return facts.LikeState(methods).Bool()
	}
	return facts.Bool(true, methods.GetEvidence()...)
}

func (r *reader) ssh(methods *pb.TextsFact, banner *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{Scope: "ssh", Remote: facts.Bool(true, r.Doc.All()), Encrypted: facts.Bool(true, r.Doc.All()), Enabled: r.defaultBool(false, sshDefault)}
	n := r.Root.Get("service", "ssh")
	if n == nil {
		return p
	}
	p.Enabled, p.Banner, p.Methods, p.Authenticated = facts.Bool(true, r.At(n)), banner, methods, proves(methods)
	p.Port = r.Doc.Unknown().Int()
	if r.Whole() {
		p.Port = facts.Int(22, facts.Default(sshDefault))
	}
	r.port(p, n, "port")
	if no := n.Get("disable-password-authentication"); no != nil {
		p.Methods = facts.Texts([]string{"publickey"}, r.At(no))
		p.Authenticated = facts.Bool(true, r.At(no))
	}
	p.Versions = r.Doc.NoDefault("protocol-version").Texts()
	if v := n.Value("protocol-version"); v.Text() == "v2" || v.Text() == "v1" {
		p.Versions = facts.Texts([]string{"SSH " + v.Word[1:]}, r.At(v))
	} else if v != nil {
		p.Versions = facts.Texts([]string{"SSH 1", "SSH 2"}, r.At(v))
	}
	p.AdminLogin = r.Doc.NoDefault("allow-root").Text()
	if root := n.Get("allow-root"); root != nil {
		p.AdminLogin = facts.Text("yes", r.At(root))
	}
	for to, words := range map[**pb.TextsFact][]string{&p.Ciphers: {"ciphers", "cipher"}, &p.Macs: {"macs", "mac"}, &p.KeyExchanges: {"key-exchange"}} {
		*to = r.Doc.NoDefault(words[0]).Texts()
		for _, w := range words {
			if list := n.Get(w); len(list.All()) > 0 {
				names := []string{}
				for _, c := range list.All() {
					names = append(names, c.Word)
				}
				*to = facts.Texts(names, r.Section(list))
			}
		}
	}
	p.Sources = r.sources("tcp", p.Port)
	return p
}

func (r *reader) services() *pb.ServiceList {
	s := r.list()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, name := range []string{"telnet", "ftp", "tftp-server", "lldp", "dhcp-server", "dhcpv6-server", "mdns", "upnp", "webproxy"} {
		out.Items = append(out.Items, &pb.Service{Scope: name, Enabled: r.Present("service", name)})
	}
	return out
}
