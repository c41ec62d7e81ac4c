package nxos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// known are words of line sections that say nothing that is asked.
var known = []string{"speed", "databits", "parity", "stopbits", "modem", "loopback", "access-class", "ipv6", "length", "width", "logging", "logout-warning", "login", "session-limit", "terminal", "usb1", "flowcontrol", "exit"}

func (r *reader) readLines() []*ciscolike.Line {
	return r.ReadLines(known, ciscolike.Silence{
		Methods:    func(l *ciscolike.Line) *pb.TextsFact { return r.loginMethods(l.Kind == "con") },
		Idle:       func(*ciscolike.Line) *pb.DurationFact { return r.Doc.NoDefault("exec-timeout").Duration() },
		Transports: func(l *ciscolike.Line) *pb.TextsFact { return facts.NotApplicable(l.At).Texts() },
	})
}

// loginMethods says how logins are authenticated; the console may have a list of its own.
func (r *reader) loginMethods(console bool) *pb.TextsFact {
	if e := r.AAA.Login["console"]; e != nil && console {
		return r.MethodsOf(e, 4)
	}
	if e := r.AAA.Login["default"]; e != nil {
		return r.MethodsOf(e, 4)
	}
	return r.Doc.NoDefault("aaa authentication login default").Texts()
}

// accessPaths states every way to manage the device.
func (r *reader) accessPaths() {
	st := r.Doc.List()
	list := &pb.AccessPathList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	banner := r.Banner("motd")
	ssh, telnet := r.shell("ssh", banner), r.shell("telnet", banner)
	for _, l := range r.lines {
		list.Items = append(list.Items, r.line(l, ssh, telnet, banner))
	}
	http, https := r.web("http", false), r.web("https", true)
	list.Items = append(list.Items, ssh, telnet, r.api(http, https), http, https, r.snmpPath())
	for _, s := range []struct {
		scope, feature string
	}{{"netconf", "netconf"}, {"restconf", "restconf"}, {"grpc", "grpc"}} {
		p := r.Path(s.scope, true)
		p.Enabled = r.featured(s.feature)
		list.Items = append(list.Items, p)
	}
	r.Facts.AccessPaths = list
	r.Facts.Protections.DialIn = r.Doc.Off()
	for _, l := range r.lines {
		if l.Modem != nil {
			r.Facts.Protections.DialIn = facts.Bool(true, l.Modem)
		}
	}
}

// featured says whether a feature is on.
func (r *reader) featured(name string) *pb.BoolFact {
	switch on, off, e := r.feature(name); {
	case on:
		return facts.Bool(true, r.At(e))
	case off:
		return facts.Bool(false, r.At(e))
	}
	return r.Doc.NoDefault("feature " + name).Bool()
}

// line states a line as a way in. Virtual lines take in whatever of SSH and Telnet is on.
func (r *reader) line(l *ciscolike.Line, ssh, telnet *pb.AccessPath, banner *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{
		Scope: l.Scope, Remote: facts.Bool(l.Remote(), l.At), Sources: l.Sources, Methods: l.Methods, Authenticated: ciscolike.Proves(l.Methods), Banner: banner,
		Enabled: facts.Bool(true, l.At), Encrypted: facts.NotApplicable(l.At).Bool(), Transports: l.Transports,
	}
	if !l.Remote() {
		return p
	}
	on := []string{}
	var ev []*pb.Evidence
	for _, s := range []*pb.AccessPath{ssh, telnet} {
		if !facts.Known(s.GetEnabled()) {
			p.Transports, p.Encrypted, p.Enabled = facts.LikeState(s.GetEnabled()).Texts(), facts.LikeState(s.GetEnabled()).Bool(), facts.LikeState(s.GetEnabled()).Bool()
			continue
		}
		ev = append(ev, s.GetEnabled().GetEvidence()...)
		if s.GetEnabled().GetValue() {
			on = append(on, s.GetScope())
		}
	}
	if slices.Contains(on, "telnet") {
		p.Encrypted, p.Enabled = facts.Bool(false, ev...), facts.Bool(true, ev...)
	}
	if facts.Known(ssh.GetEnabled()) && facts.Known(telnet.GetEnabled()) {
		p.Transports, p.Enabled = facts.Texts(on, ev...), facts.Bool(len(on) > 0, ev...)
		p.Encrypted = facts.Bool(!slices.Contains(on, "telnet"), ev...)
	}
	return p
}

// shell states SSH or Telnet: a feature, limited by the virtual lines.
func (r *reader) shell(protocol string, banner *pb.BoolFact) *pb.AccessPath {
	p := r.Path(protocol, protocol == "ssh")
	p.Banner, p.Enabled = banner, r.featured(protocol)
	if e := r.Final(protocol, "server", "enable"); e != nil { // as releases before 4.2 wrote it
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
	}
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return p
	}
	p.Sources = r.Doc.Absence().Texts()
	var each []*pb.TextsFact
	for _, l := range r.lines {
		if l.Remote() {
			each = append(each, l.Sources)
		}
	}
	if each != nil && r.Whole() {
		p.Sources = ciscolike.Union(each)
	}
	p.Methods = r.loginMethods(false)
	p.Authenticated = ciscolike.Proves(p.Methods)
	if protocol == "ssh" {
		r.sshDetails(p)
	}
	return p
}

// sshDetails reads what the SSH server offers.
func (r *reader) sshDetails(p *pb.AccessPath) {
	p.Versions = r.Doc.NoDefault("ssh version").Texts()
	for word, fact := range map[string]**pb.TextsFact{"ciphers": &p.Ciphers, "macs": &p.Macs, "kexalgos": &p.KeyExchanges} {
		*fact = r.Doc.NoDefault("ssh " + word).Texts()
		if e := r.Final("ssh", word); e != nil && !e.Negated && len(e.Words) > 2 && e.Word(2) != "all" && e.Word(2) != "weak" {
			*fact = facts.Texts(slices.Clone(e.Words[2:]), r.At(e))
		}
	}
	if e := r.Final("ssh", "port"); e != nil && !e.Negated {
		if n, ok := e.Number(2); ok {
			p.Port = facts.Int(n, r.At(e))
		}
	}
}

// nxapi says whether NX-API is on.
func (r *reader) nxapi() *pb.BoolFact {
	if on := r.featured("nxapi"); facts.Known(on) {
		return on
	}
	return r.DefaultBool(false, "Cisco Nexus 9000 Series NX-OS Programmability Guide, Release 7.x, and Cisco Nexus 3400-S Series NX-OS Programmability Guide, Release 9.3(x), NX-API CLI, Security: NX-API is disabled by default")
}

// api states NX-API, whatever it is offered over.
func (r *reader) api(http, https *pb.AccessPath) *pb.AccessPath {
	p := r.Path("api", false)
	p.Enabled, p.Methods, p.Authenticated, p.Sources = r.nxapi(), https.Methods, https.Authenticated, https.Sources
	switch on := http.GetEnabled(); {
	case !facts.Known(on):
		p.Encrypted = facts.LikeState(on).Bool()
	default:
		p.Encrypted = facts.Bool(!on.GetValue(), on.GetEvidence()...)
	}
	return p
}

// web states NX-API over HTTP or HTTPS.
func (r *reader) web(scope string, encrypted bool) *pb.AccessPath {
	p := r.Path(scope, encrypted)
	p.Enabled = r.nxapi()
	if p.Enabled.GetValue() {
		// Which of the two is offered without a word differs between releases; one of them is.
		p.Enabled = r.Doc.NoDefault("nxapi " + scope).Bool()
		other := map[string]string{"http": "https", "https": "http"}[scope]
		e, o := r.Final("nxapi", scope), r.Final("nxapi", other)
		switch {
		case e != nil:
			p.Enabled = facts.Bool(!e.Negated, r.At(e))
			if n, ok := e.Number(3); ok && e.Word(2) == "port" {
				p.Port = facts.Int(n, r.At(e))
			}
		case o != nil && o.Negated:
			_, _, on := r.feature("nxapi")
			p.Enabled = facts.Bool(true, r.At(on), r.At(o))
		}
	}
	if facts.Known(p.Enabled) && !p.Enabled.GetValue() {
		return p
	}
	if v := r.Final("nxapi", "ssl", "protocols"); encrypted && v != nil && !v.Negated {
		p.Versions = facts.Texts(tlsVersions(v.Words[3:]), r.At(v))
	}
	p.Sources = r.Doc.NoDefault("nxapi access list").Texts()
	p.Methods = r.loginMethods(false)
	p.Authenticated = ciscolike.Proves(p.Methods)
	return p
}

// tlsVersions turns TLSv1 and TLSv1.2 into TLS 1.0 and TLS 1.2.
func tlsVersions(words []string) []string {
	out := []string{}
	for _, w := range words {
		if w == "TLSv1" {
			w = "TLSv1.0"
		}
		out = append(out, strings.Replace(w, "TLSv", "TLS ", 1))
	}
	return out
}

// sessions says when idle sessions end.
func (r *reader) sessions() {
	st := r.Doc.List()
	list := &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, l := range r.lines {
		list.Items = append(list.Items, &pb.SessionPolicy{Scope: l.Scope, IdleTimeout: l.Idle, AbsoluteTimeout: l.Absolute, MaxSessions: l.MaxSessions})
	}
	r.Facts.SessionPolicies = list
}
