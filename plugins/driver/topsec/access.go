package topsec

import (
	"slices"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the servers that a line starts. Other ways in there may be, so the list is never complete.
func (r *reader) accessPaths() *pb.AccessPathList {
	out := &pb.AccessPathList{}
	out.State, out.Reason, out.Detail = r.unclear("other ways in")
	https := r.path("https", "httpd", "webui", 443, true)
	http := &pb.AccessPath{Scope: "http", Enabled: r.doc.NoDefault("http").Bool(), Remote: facts.Bool(true), Encrypted: facts.Bool(false), Port: facts.Int(80), Sources: https.Sources}
	if facts.Known(https.Enabled) && !https.Enabled.GetValue() { // one server serves both
		http.Enabled = https.Enabled
	}
	snmp := &pb.AccessPath{Scope: "snmp", Enabled: r.doc.NoDefault("snmp").Bool(), Remote: facts.Bool(true), Port: facts.Int(161), Encrypted: r.doc.NoDefault("snmp").Bool(), Sources: r.sources("snmp")}
	out.Items = append(out.Items, r.path("ssh", "sshd", "ssh", 22, true), r.path("telnet", "telnetd", "telnet", 23, false), http, https, snmp)
	return out
}

func (r *reader) path(scope, daemon, service string, port int64, encrypted bool) *pb.AccessPath {
	p := &pb.AccessPath{
		Scope: scope, Enabled: r.doc.NoDefault("system " + daemon).Bool(), Remote: facts.Bool(true), Encrypted: facts.Bool(encrypted), Port: facts.Int(port), Sources: r.sources(service),
		Methods: r.doc.NoDefault("system admin-auth-mode").Texts(),
	}
	if l := r.final("system", daemon); l != nil {
		switch l.word(2) {
		case "start", "stop":
			p.Enabled = facts.Bool(l.word(2) == "start", r.at(l))
		default:
			p.Enabled = r.odd("", l).Bool()
		}
	}
	if l := r.final("system", "admin-auth-mode"); l != nil && l.word(2) == "local" {
		p.Methods, p.Authenticated = facts.Texts([]string{"local"}, r.at(l)), facts.Bool(true, r.at(l))
	}
	return p
}

// sources are who may reach a service of the firewall itself: each line opens it for one area and an address object.
func (r *reader) sources(service string) *pb.TextsFact {
	var list []string
	var ev []*pb.Evidence
	for _, l := range r.find("pf", "service", "add", "name", service) {
		ev = append(ev, r.at(l))
		name := l.after("addressname", 5)
		if by := r.objects.byID[l.after("addressid", 5)]; name == "" && by != nil {
			name = by.word(4)
		}
		addresses, ok := r.objects.resolve(name, 0)
		switch {
		case name == "any" && (!ok || everybody(addresses)), ok && everybody(addresses):
			return facts.Absent(r.at(l)).Texts()
		case !ok:
			return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "address "+name, r.at(l)).Texts()
		}
		for _, a := range addresses {
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	}
	switch {
	case !r.doc.Whole():
		return r.doc.Unknown().Texts()
	case len(ev) == 0: // that nobody may reach it then is written in no document
		return r.doc.NoDefault("pf service " + service).Texts()
	}
	return facts.Texts(list, ev...)
}

// accounts: the configuration shows no administrators.
func (r *reader) accounts() *pb.AccountList {
	out := &pb.AccountList{}
	out.State, out.Reason, out.Detail = r.unclear("administrators are not in the configuration")
	return out
}

// number reads the word at i of the last line that begins with words.
func (r *reader) number(i int, words ...string) (int64, *line) {
	l := r.final(words...)
	if l == nil {
		return 0, nil
	}
	n, err := strconv.ParseInt(l.word(i), 10, 32)
	if err != nil || n < 0 {
		return -1, l
	}
	return n, l
}

// sessionPolicies: in what unit the idle time is, and what 0 means, is written in no public document.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	out := &pb.SessionPolicyList{}
	out.State, out.Reason, out.Detail = r.unclear("sessions of the command line")
	web := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.doc.NoDefault("system webui idle-timeout").Duration(), MaxSessions: r.doc.NoDefault("system webui max-client").Int()}
	if l := r.final("system", "webui", "idle-timeout"); l != nil {
		web.IdleTimeout = r.odd("unit of idle-timeout", l).Duration()
	}
	if n, l := r.number(3, "system", "webui", "max-client"); l != nil {
		web.MaxSessions = facts.Int(n, r.at(l))
		if n < 0 {
			web.MaxSessions = r.odd("", l).Int()
		}
	}
	out.Items = append(out.Items, web)
	return out
}

// passwordPolicies: the managers' policy and the users' stand apart. What strong and weak demand is written in no public document.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, who := range []struct{ word, scope string }{{"set-manager", "managers"}, {"set-user", "users"}} {
		unsaid := r.doc.NoDefault("system authset passwd-policy " + who.word)
		p := &pb.PasswordPolicy{
			Scope: who.scope, Enforced: unsaid.Bool(), MinLength: unsaid.Int(), MinClasses: unsaid.Int(), RequiredClasses: facts.NotApplicable().Texts(), FirstLoginChange: unsaid.Bool(),
			MaxAge: r.doc.NoDefault("password age").Duration(), History: r.doc.NoDefault("password history").Int(), DictionaryCheck: r.doc.NoDefault("dictionary").Bool(),
			CoversAdmins: facts.Bool(who.scope == "managers"),
		}
		if l := r.final("system", "authset", "passwd-policy", who.word); l != nil {
			p.Enforced = facts.Bool(true, r.at(l))
			if n, err := strconv.ParseInt(l.after("min-length", 4), 10, 32); err == nil {
				p.MinLength = facts.Int(n, r.at(l))
			}
			if word := l.after("policy", 4); word != "" {
				p.MinClasses = r.odd("policy "+word, l).Int()
			}
			switch l.after("first-login", 4) {
			case "no":
				p.FirstLoginChange = facts.Bool(false, r.at(l))
			case "yes":
				p.FirstLoginChange = facts.Bool(true, r.at(l))
			}
		}
		out.Items = append(out.Items, p)
	}
	return out
}

// lockoutPolicies: how long, and whether managers too, is not documented.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	p := &pb.LockoutPolicy{
		Scope: "authset", Attempts: r.doc.NoDefault("system authset authfail").Int(), Duration: r.doc.NoDefault("system authset faillock").Duration(),
		Window: r.doc.NoDefault("window").Duration(), CoversAdmins: r.doc.NoDefault("system authset").Bool(), Exempt: r.doc.NoDefault("exempt").Texts(),
	}
	if n, l := r.number(5, "system", "authset", "authfail", "set", "maxnum"); l != nil {
		p.Attempts = r.odd("", l).Int()
		if n > 0 {
			p.Attempts = facts.Int(n, r.at(l))
		}
	}
	if l := r.final("system", "authset", "faillock", "set", "time"); l != nil {
		p.Duration = r.odd("unit of faillock time", l).Duration()
	}
	out.Items = append(out.Items, p)
	return out
}
