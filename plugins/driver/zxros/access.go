package zxros

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the console and the management protocols, all that these devices have.
func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	notice := r.notice()
	console := &pb.AccessPath{
		Scope: "console", Enabled: facts.Bool(true), Remote: facts.Bool(false), Encrypted: facts.NotApplicable().Bool(), Sources: facts.NotApplicable().Texts(),
		Transports: facts.NotApplicable().Texts(), Banner: notice,
	}
	ssh := r.path("ssh", r.sshEnabled(), true, 22)
	ssh.Sources, ssh.Versions = r.limited([]string{"ssh", "server"}), r.sshVersions()
	if e := r.Final("ssh", "server", "port"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			ssh.Port = facts.Int(n, r.At(e))
		} else {
			ssh.Port = r.Odd(e).Int()
		}
	}
	telnet := r.path("telnet", r.telnetEnabled(), false, 23)
	telnet.Sources = r.limited([]string{"line", "telnet"}, []string{"telnet", "server"}, []string{"telnet-server"})
	for _, p := range []*pb.AccessPath{console, ssh, telnet} {
		p.Banner = notice
		r.proof(p)
	}
	ftp := r.path("ftp", r.switched([]string{"ftp-server", "enable"}, []string{"ftp-server"}), false, 21)
	ftp.Sources = r.limited([]string{"ftp-server"})
	tftp := r.path("tftp", r.switched([]string{"tftp-server", "enable"}, []string{"tftp-server"}), false, 69)
	http := r.path("http", r.switched([]string{"web-server", "enable"}, []string{"http-server", "enable"}, []string{"ip", "http", "server"}), false, 80)
	https := r.path("https", r.switched([]string{"web-server", "https", "enable"}, []string{"https-server", "enable"}), true, 443)
	netconf := r.path("netconf", r.switched([]string{"snetconf", "server", "enable"}, []string{"netconf", "enable"}), true, 830)
	netconf.Port = r.Doc.NoDefault("netconf port").Int()
	out.Items = append(out.Items, console, ssh, telnet, http, https, r.snmpPath(), ftp, tftp, netconf)
	return out
}

// path is a protocol as a way in, reached over the network.
func (r *reader) path(scope string, enabled *pb.BoolFact, encrypted bool, port int64) *pb.AccessPath {
	return &pb.AccessPath{Scope: scope, Enabled: enabled, Remote: facts.Bool(true), Encrypted: facts.Bool(encrypted), Port: facts.Int(port), Sources: r.Doc.Absence().Texts()}
}

// switched is whether one of several lines switches something on; what holds where none is there is not documented.
func (r *reader) switched(lines ...[]string) *pb.BoolFact {
	var off *stanza.Entry
	for _, words := range lines {
		switch e := r.Final(words...); {
		case e == nil:
		case !e.Negated && (len(e.Words) == len(words) || slices.Contains(words, "enable")) && !slices.Contains(e.Words, "disable"):
			return facts.Bool(true, r.At(e))
		case e.Negated || slices.Contains(e.Words, "disable"):
			off = e
		}
	}
	if off != nil {
		return facts.Bool(false, r.At(off))
	}
	return r.Doc.NoDefault(strings.Join(lines[0], " ")).Bool()
}

func (r *reader) sshEnabled() *pb.BoolFact {
	return r.switched([]string{"ssh", "server", "enable"}, []string{"ssh", "server", "disable"})
}

// telnetEnabled: "ssh server only" speaks of Telnet as well, but what it leaves is not documented.
func (r *reader) telnetEnabled() *pb.BoolFact {
	for _, words := range [][]string{{"line", "telnet", "server"}, {"telnet", "server"}, {"telnet-server"}} {
		switch e := r.Final(words...); {
		case e == nil:
		case e.Word(len(words)) == "enable":
			return facts.Bool(!e.Negated, r.At(e))
		case e.Word(len(words)) == "disable":
			return facts.Bool(e.Negated, r.At(e))
		}
	}
	return r.Doc.NoDefault("line telnet server").Bool()
}

func (r *reader) sshVersions() *pb.TextsFact {
	e := r.Final("ssh", "server", "version")
	switch {
	case e == nil || e.Negated:
		return r.Doc.NoDefault("ssh server version").Texts()
	case e.Word(3) == "1" || e.Word(3) == "2":
		return facts.Texts([]string{"SSH " + e.Word(3)}, r.At(e))
	}
	return r.Odd(e).Texts()
}

var methodWords = map[string]string{"local": "local", "tacacs": "tacacs", "radius": "radius", "none": "none", "diameter": "diameter"}

// proof reads how users are authenticated: by all templates that users bind, which must agree.
func (r *reader) proof(p *pb.AccessPath) {
	m := r.Doc.NoDefault("aaa-authentication-template")
	p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), m.Bool()
	var said []*stanza.Entry
	for e := range r.Find("aaa-authentication-template") {
		if l := below(e, "aaa-authentication-type"); l != nil && !e.Negated {
			said = append(said, l)
		}
	}
	for _, words := range [][]string{{"user-authentication-type"}, {"login-authentication-type"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			said = append(said, e)
		}
	}
	if len(said) == 0 || !r.Whole() {
		return
	}
	var methods []string
	var ev []*pb.Evidence
	for _, l := range said {
		ev = append(ev, r.At(l))
		for _, w := range strings.Split(l.Word(1), "-") {
			method, ok := methodWords[w]
			if !ok {
				odd := r.Odd(l)
				p.Methods, p.Authenticated = odd.Texts(), odd.Bool()
				return
			}
			if !slices.Contains(methods, method) {
				methods = append(methods, method)
			}
		}
	}
	p.Methods, p.Authenticated, p.Factors = facts.Texts(methods, ev...), facts.Bool(!slices.Contains(methods, "none"), ev...), facts.Int(1, ev...)
	if slices.Contains(methods, "none") {
		p.Factors = facts.Int(0, ev...)
	}
}

// notice is whether something is shown before login.
func (r *reader) notice() *pb.BoolFact {
	for e := range r.Find("banner") {
		if (e.Word(1) == "incoming" || e.Word(1) == "login") && !e.Negated && (e.Node.Last > e.Node.N+1 || len(strings.Join(e.Words[2:], "")) > 2) {
			return facts.Bool(true, facts.Line(r.Doc.Source, e.Node.N, "banner "+e.Word(1)))
		}
	}
	return r.Switched(nil)
}

// sessionPolicies reads "line console|telnet idle-timeout MINUTES"; whether 0 means never is not documented.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, line := range []string{"console", "telnet", "ssh"} {
		p := &pb.SessionPolicy{Scope: line, IdleTimeout: r.minutes(line, "idle-timeout"), AbsoluteTimeout: r.minutes(line, "absolute-timeout")}
		if e := r.Final("line", line, "users"); e != nil && !e.Negated {
			if n, ok := e.Number(3); ok {
				p.MaxSessions = facts.Int(n, r.At(e))
			}
		}
		out.Items = append(out.Items, p)
	}
	return out
}

func (r *reader) minutes(line, what string) *pb.DurationFact {
	e := r.Final("line", line, what)
	if e == nil || e.Negated {
		return r.Doc.NoDefault("line " + line + " " + what).Duration()
	}
	n, ok := e.Number(3)
	switch {
	case !ok:
		return r.Odd(e).Duration()
	case n == 0:
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, what+" 0", r.At(e)).Duration()
	}
	return facts.Duration(time.Duration(n)*time.Minute, r.At(e))
}

// services are those that are no way in but are better off, as far as the configuration says.
func (r *reader) services() *pb.ServiceList {
	s := r.Doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope string, lines ...[]string) {
		out.Items = append(out.Items, &pb.Service{Scope: scope, Enabled: r.switched(lines...)})
	}
	add("ftp-server", []string{"ftp-server", "enable"}, []string{"ftp-server"})
	add("lldp", []string{"lldp", "enable"})
	out.Items = append(out.Items, &pb.Service{Scope: "telnet", Enabled: r.telnetEnabled()})
	return out
}
