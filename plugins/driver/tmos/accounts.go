package tmos

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// accounts reads "auth user". A file without any holds no users at all (they stand in one of their own): then none is known.
func (r *reader) accounts() *pb.AccountList {
	s := r.doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for n := range r.all("auth", "user") {
		if len(n.words) > 2 {
			out.Items = append(out.Items, r.account(n))
		}
	}
	if len(out.Items) == 0 && r.doc.Whole() {
		out.State, out.Reason, out.Detail, out.Evidence = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_TRUNCATED, "auth user", []*pb.Evidence{r.doc.All()}
	}
	return out
}

func (r *reader) account(n *node) *pb.Account {
	ev, na := r.at(n), facts.NotApplicable()
	user := name(n.words[2])
	a := &pb.Account{
		Scope: user, Uid: na.Int(), Home: na.Text(), Expires: r.doc.Absence().Time(), LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show auth login-failures").Time(),
		SshKeys: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "authorized_keys").Int(), DefaultName: facts.Bool(user == "admin" || user == "root", ev), DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted-password", ev).Bool(),
		LoginEnabled: facts.Bool(true, ev), Shell: r.doc.NoDefault("shell").Text(), Privileged: r.doc.NoDefault("partition-access").Bool(), Roles: r.doc.NoDefault("partition-access").Texts(),
	}
	if shell, at := n.value("shell"); shell != "" {
		a.Shell = facts.Text(shell, r.at(at))
	}
	if access := n.get("partition-access"); access != nil {
		roles := []string{}
		add := func(role string) {
			if role != "" && !slices.Contains(roles, role) {
				roles = append(roles, role)
			}
		}
		for _, p := range append([]*node{access}, access.children...) { // a role may stand on the line of its partition, or below it
			if i := slices.Index(p.words, "role"); i >= 0 && i+1 < len(p.words) {
				add(p.words[i+1])
			}
			role, _ := p.value("role")
			add(role)
		}
		admin := slices.Contains(roles, "admin")
		if admin || r.doc.Whole() && len(roles) > 0 { // of a text that ends here, the role may stand on the next line
			a.Roles, a.Privileged = facts.Texts(roles, r.at(access)), facts.Bool(admin, r.at(access))
		}
		if r.doc.Whole() && slices.Equal(roles, []string{"no-access"}) {
			a.LoginEnabled = facts.Bool(false, r.at(access))
		}
	} else if role, at := n.value("role"); role != "" { // as old versions write it
		a.Roles, a.Privileged = facts.Texts([]string{role}, r.at(at)), facts.Bool(role == "admin", r.at(at))
	}
	hash, at := n.value("encrypted-password")
	switch {
	case at == nil:
		m := r.doc.NoDefault("encrypted-password")
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
		if plain := n.get("password"); plain != nil {
			a.PasswordState, a.PasswordScheme = facts.Text("set", r.at(plain)), facts.Text("plaintext", r.at(plain))
		}
	case hash == "" || stanza.Hole(hash) || strings.HasPrefix(hash, "$M$"):
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.at(at))
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	case strings.HasPrefix(hash, "!") || hash == "*":
		a.PasswordState, a.PasswordScheme = facts.Text("locked", r.at(at)), facts.NotApplicable(r.at(at)).Text()
	default:
		a.PasswordState, a.PasswordScheme = facts.Text("set", r.at(at)), r.scheme(hash, at)
	}
	return a
}

// scheme says how a password is kept by the beginning of its hash.
func (r *reader) scheme(hash string, at *node) *pb.TextFact {
	for _, s := range []struct{ prefix, name string }{{"$1$", "md5crypt"}, {"$5$", "sha256crypt"}, {"$6$", "sha512crypt"}, {"$2", "bcrypt"}, {"$y$", "yescrypt"}} {
		if strings.HasPrefix(hash, s.prefix) {
			return facts.Text(s.name, r.at(at))
		}
	}
	return r.odd(at).Text()
}

// passwordPolicies reads "auth password-policy", which holds only if it is enforced.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	n := r.find("auth", "password-policy")
	na, unset := facts.NotApplicable(), r.doc.NoDefault("auth password-policy")
	p := &pb.PasswordPolicy{
		Scope: "local users", Enforced: r.switched(unset.Bool(), n, "policy-enforcement"), MaxLength: na.Int(), DictionaryCheck: unset.Bool(), UserNameCheck: unset.Bool(), FirstLoginChange: unset.Bool(), Scheme: unset.Text(),
		MinLength: r.number(unset.Int(), n, "minimum-length"), History: r.number(unset.Int(), n, "password-memory"),
		MaxAge: r.days(n, "max-duration"), MinAge: r.days(n, "min-duration"), WarnBefore: r.days(n, "expiration-warning"), CoversAdmins: unset.Bool(),
	}
	out.Items = append(out.Items, p)
	kinds := []string{}
	var ev []*pb.Evidence
	for _, k := range []struct{ key, kind string }{{"required-lowercase", "lower"}, {"required-uppercase", "upper"}, {"required-numeric", "digit"}, {"required-special", "symbol"}} {
		if v := r.number(nil, n, k.key); facts.Known(v) && v.GetValue() > 0 {
			kinds, ev = append(kinds, k.kind), append(ev, v.GetEvidence()...)
		}
	}
	p.MinClasses, p.RequiredClasses = unset.Int(), unset.Texts()
	if len(kinds) == 4 {
		p.MinClasses, p.RequiredClasses = facts.Int(4, ev...), facts.Texts(kinds, ev...)
	}
	if on := p.Enforced; facts.Known(on) && !on.GetValue() {
		off := facts.Absent(on.GetEvidence()...)
		p.MinLength, p.MinClasses, p.RequiredClasses, p.MaxAge, p.History = off.Int(), off.Int(), off.Texts(), off.Duration(), off.Int()
	} else if facts.Known(on) {
		p.CoversAdmins = facts.Bool(true, on.GetEvidence()...)
	}
	return out
}

// days reads a number of days; 99999 is how TMOS writes never.
func (r *reader) days(n *node, key string) *pb.DurationFact {
	v := r.number(r.doc.NoDefault(key).Int(), n, key)
	switch {
	case !facts.Known(v):
		return facts.LikeState(v).Duration()
	case v.GetValue() >= 99999:
		return facts.Forever(v.GetEvidence()...)
	}
	return facts.Duration(time.Duration(v.GetValue())*day, v.GetEvidence()...)
}

func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	n, unset := r.find("auth", "password-policy"), r.doc.NoDefault("max-login-failures")
	p := &pb.LockoutPolicy{
		Scope: "local users", Attempts: r.number(unset.Int(), n, "max-login-failures"), Duration: unset.Duration(), Window: facts.NotApplicable().Duration(), Exempt: facts.NotApplicable().Texts(),
		CoversAdmins: unset.Bool(), Locks: facts.Text("account"),
	}
	out.Items = append(out.Items, p)
	wait := r.number(r.doc.NoDefault("lockout-duration").Int(), n, "lockout-duration")
	switch {
	case !facts.Known(p.Attempts):
	case p.Attempts.GetValue() == 0:
		off := facts.Absent(p.Attempts.GetEvidence()...)
		p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, p.Attempts.GetEvidence()...)
	case facts.Known(wait) && wait.GetValue() == 0:
		p.Duration = facts.Forever(wait.GetEvidence()...)
	case facts.Known(wait):
		p.Duration = facts.Duration(time.Duration(wait.GetValue())*time.Second, wait.GetEvidence()...)
	default:
		p.Duration = facts.LikeState(wait).Duration()
	}
	return out
}

// authServers reads the servers that may decide logins.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, kind := range []struct{ word, key, protocol string }{{"tacacs", "servers", "tacacs"}, {"radius-server", "server", "radius"}, {"ldap", "servers", "ldap"}} {
		for n := range r.all("auth", kind.word) {
			list := n.get(kind.key)
			for _, host := range list.members() {
				srv := &pb.AuthServer{Scope: host, Protocol: facts.Text(kind.protocol, r.at(list)), Uses: facts.Texts([]string{"authentication"}, r.at(list)), Encrypted: facts.Bool(false, r.at(list))}
				if kind.protocol == "ldap" {
					srv.Encrypted = r.switched(r.doc.NoDefault("ssl").Bool(), n, "ssl")
				}
				out.Items = append(out.Items, srv)
			}
		}
	}
	return out
}
