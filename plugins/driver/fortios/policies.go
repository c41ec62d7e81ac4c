package fortios

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// number reads a setting that is a number; unset is what holds without it.
func (r *reader) number(n *node, unset *pb.IntFact) *pb.IntFact {
	if n == nil {
		return unset
	}
	v, ok := stanza.Number(n.word(1))
	if !ok {
		return r.odd(n).Int()
	}
	return facts.Int(v, r.at(n))
}

// passwordPolicies reads "config system password-policy", which holds for administrators once it is switched on.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	get := func(key string) *node { return r.global.setting(key, "system", "password-policy") }
	na := facts.NotApplicable()
	p := &pb.PasswordPolicy{Scope: "administrators", MaxLength: na.Int(), MinAge: na.Duration(), DictionaryCheck: na.Bool(), FirstLoginChange: na.Bool(), WarnBefore: na.Duration()}
	out.Items = append(out.Items, p)
	p.Enforced = r.switched(get("status"), r.defaults.Bool("password-policy", false))
	on := p.Enforced
	if n := get("apply-to"); n != nil && !slices.Contains(n.values(), "admin-password") {
		p.Enforced = facts.Bool(false, r.at(n))
	}
	if facts.Known(on) && !on.GetValue() {
		off := facts.Absent(on.GetEvidence()...)
		p.MinLength, p.MinClasses, p.RequiredClasses, p.MaxAge, p.History, p.CoversAdmins, p.UserNameCheck, p.Scheme = off.Int(), off.Int(), off.Texts(), off.Duration(), off.Int(), off.Bool(), off.Bool(), off.Text()
		return out
	}
	p.CoversAdmins = facts.Bool(true, on.GetEvidence()...)
	if !facts.Known(on) {
		p.CoversAdmins = facts.LikeState(on).Bool()
	}
	p.MinLength = r.number(get("minimum-length"), r.defaults.Int("password-policy", 8))
	p.UserNameCheck = r.doc.NoDefault("password-policy").Bool()
	p.Scheme = r.doc.NoDefault("password-policy").Text()
	p.MinClasses, p.RequiredClasses = r.classes(get)
	p.MaxAge = r.age(get)
	p.History = r.doc.NoDefault("reuse-password").Int()
	if n := get("reuse-password"); n != nil {
		p.History = facts.Int(0, r.at(n))
		if n.word(1) == "disable" {
			p.History = r.number(get("reuse-password-limit"), facts.Int(1, r.at(n)))
			if l := get("reuse-password-limit"); l.word(1) == "0" { // 0: none may ever be used again
				p.History = facts.Int(1, r.at(n), r.at(l))
			}
		}
	}
	return out
}

// classes reads what kinds of characters are demanded: each by itself, or by "must-contain" on old versions.
func (r *reader) classes(get func(string) *node) (*pb.IntFact, *pb.TextsFact) {
	kinds := []string{}
	var ev []*pb.Evidence
	add := func(kind string, n *node) {
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
			ev = append(ev, r.at(n))
		}
	}
	for _, k := range []struct{ key, kind, word string }{
		{"min-lower-case-letter", "lower", "lower-case-letter"}, {"min-upper-case-letter", "upper", "upper-case-letter"},
		{"min-number", "digit", "number"}, {"min-non-alphanumeric", "symbol", "non-alphanumeric"},
	} {
		if n := get(k.key); n != nil {
			v, ok := stanza.Number(n.word(1))
			if !ok {
				m := r.odd(n)
				return m.Int(), m.Texts()
			}
			if v > 0 {
				add(k.kind, n)
			}
		}
		if n := get("must-contain"); n != nil && slices.Contains(n.values(), k.word) {
			add(k.kind, n)
		}
	}
	if len(kinds) < 4 && r.defaults.Cite("password-policy") == "" { // what is not said might be demanded or not
		m := r.doc.NoDefault("password-policy")
		return m.Int(), m.Texts()
	}
	if len(kinds) < 4 {
		ev = append(ev, r.defaults.Evidence("password-policy"))
	}
	return facts.Int(int64(len(kinds)), ev...), facts.Texts(kinds, ev...)
}

func (r *reader) age(get func(string) *node) *pb.DurationFact {
	days := get("expire-day")
	if days == nil {
		days = get("expire")
	}
	if days == nil {
		days = get("admin-password-expire")
	}
	switch on := get("expire-status"); {
	case on.word(1) == "disable":
		return facts.Forever(r.at(on))
	case on == nil && days.word(0) == "expire-day", on == nil && days == nil:
		return r.defaults.Forever("password-policy")
	case days == nil:
		return r.doc.NoDefault("expire-day").Duration()
	}
	v, ok := stanza.Number(days.word(1))
	switch {
	case !ok:
		return r.odd(days).Duration()
	case v == 0:
		return facts.Forever(r.at(days))
	}
	return facts.Duration(time.Duration(v)*day, r.at(days))
}

// lockoutPolicies: after some failures nobody can log in from there for a while.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	tries, wait := r.system("admin-lockout-threshold"), r.system("admin-lockout-duration")
	p := &pb.LockoutPolicy{
		Scope: "administrators", Attempts: r.number(tries, r.defaults.Int("lockout", 3)), Duration: r.defaults.Span("lockout", time.Minute),
		Window: facts.NotApplicable().Duration(), Exempt: facts.NotApplicable().Texts(), Locks: r.defaults.Text("lockout-by", "source"),
	}
	if wait != nil {
		if v, ok := stanza.Number(wait.word(1)); ok {
			p.Duration = facts.Duration(time.Duration(v)*time.Second, r.at(wait))
		} else {
			p.Duration = r.odd(wait).Duration()
		}
	}
	p.CoversAdmins = facts.LikeState(p.Attempts).Bool()
	if facts.Known(p.Attempts) {
		p.CoversAdmins = facts.Bool(true, p.Attempts.GetEvidence()...)
	}
	out.Items = append(out.Items, p)
	return out
}

// protections is what the device does as a whole.
func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		Stateful:     r.stateful(),
		EnableScheme: facts.NotApplicable().Text(), PasswordEncryption: r.readable(), DosProtection: r.doc.Off(), DialIn: r.doc.Off(),
		CommandAccounting: r.switched(r.system("cli-audit-log"), r.doc.NoDefault("cli-audit-log").Bool()),
		LogTimestamps:     r.defaults.Text("log timestamps", "datetime"), SignaturesFrom: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(),
	}
	for t := range r.everywhere() {
		for _, table := range []string{"DoS-policy", "DoS-policy6"} {
			for e := range t.entries("firewall", table) {
				if e.set("status").word(1) != "disable" {
					p.DosProtection = facts.Bool(true, r.at(e))
				}
			}
		}
		for _, table := range [][]string{{"system", "modem"}, {"vpn", "pptp"}, {"vpn", "l2tp"}} {
			if n := t.setting("status", table...); n.word(1) == "enable" {
				p.DialIn = facts.Bool(true, r.at(n))
			}
		}
	}
	return p
}

// readable says whether no password stands readable in the configuration.
func (r *reader) readable() *pb.BoolFact {
	for _, a := range r.admins {
		if n := a.set("password"); n != nil && n.word(1) != "ENC" && n.word(1) != "" && !hole(n) {
			return facts.Bool(false, r.at(n))
		}
	}
	if !r.doc.Whole() {
		return r.doc.Unknown().Bool()
	}
	return facts.Bool(true, r.doc.All())
}

// authServers reads the servers that may decide logins.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for t := range r.everywhere() {
		for _, kind := range []struct{ table, protocol string }{{"radius", "radius"}, {"tacacs+", "tacacs"}, {"ldap", "ldap"}} {
			for e := range t.entries("user", kind.table) {
				for _, key := range []string{"server", "secondary-server", "tertiary-server"} {
					n := e.set(key)
					if n == nil || n.word(1) == "" {
						continue
					}
					srv := &pb.AuthServer{Scope: n.word(1), Protocol: facts.Text(kind.protocol, r.at(n)), Uses: facts.Texts([]string{"authentication"}, r.at(n)), Encrypted: facts.Bool(false, r.at(n))}
					if kind.protocol == "ldap" {
						srv.Encrypted = r.doc.NoDefault("secure").Bool()
						if sec := e.set("secure"); sec != nil {
							srv.Encrypted = facts.Bool(sec.word(1) != "disable", r.at(sec))
						}
					} else if tp := e.set("transport-protocol"); tp.word(1) == "tls" {
						srv.Encrypted = facts.Bool(true, r.at(tp))
					}
					out.Items = append(out.Items, srv)
				}
			}
		}
	}
	return out
}
