package panos

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// delivered is how the password of admin stands in the configuration that the device is delivered with, always with the same salt.
const delivered = "fnRL/G5lXVMug"

func (r *reader) accounts() *pb.AccountList {
	s := r.list()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.Root.All("mgt-config", "users") {
		ev := r.At(u)
		na := facts.NotApplicable(ev)
		never := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
		a := &pb.Account{
			Scope: u.Word, Uid: na.Int(), Shell: na.Text(), Home: na.Text(), Services: na.Texts(), DefaultName: facts.Bool(strings.EqualFold(u.Word, "admin"), ev), LastLogin: never.Time(), LastChange: never.Time(),
		}
		r.password(a, u)
		r.rights(a, u)
		r.age(a, u)
		a.SshKeys = r.Doc.Unknown().Int()
		if r.Whole() {
			a.SshKeys = facts.Int(int64(len(u.All("public-key"))), ev)
		}
		out.Items = append(out.Items, a)
		if tree.Hole(u.Word) {
			r.Unread = append(r.Unread, r.At(u))
		}
	}
	return out
}

// password says how a password is kept, by what its hash begins with. Another profile may decide instead.
func (r *reader) password(a *pb.Account, u *tree.Node) {
	ev := r.At(u)
	hash := u.Value("phash")
	profile := u.Value("authentication-profile")
	switch {
	case profile != nil:
		a.PasswordState, a.PasswordScheme = facts.Text("none", r.At(profile)), facts.NotApplicable(r.At(profile)).Text()
		a.LoginEnabled = facts.Bool(true, r.At(profile))
	case u.Value("client-certificate-only").Text() == "yes":
		at := r.At(u.Get("client-certificate-only"))
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = facts.Text("none", at), facts.NotApplicable(at).Text(), facts.Bool(true, at)
	case hash == nil && (u.Has("password") || u.Has("phash")):
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "not shown", r.At(u.Get("password")))
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = m.Text(), m.Text(), m.Bool()
	case hash == nil:
		m := r.Doc.NoDefault("phash")
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = m.Text(), m.Text(), m.Bool()
	case hash.Word == "*" || hash.Word == "!":
		at := r.At(hash)
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = facts.Text("locked", at), facts.NotApplicable(at).Text(), facts.Bool(false, at)
	default:
		at := r.At(hash)
		a.PasswordState, a.LoginEnabled = facts.Text("set", at), facts.Bool(true, at)
		a.DefaultPassword = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "a hash", at).Bool()
		switch {
		case hash.Word == delivered:
			a.DefaultPassword, a.PasswordScheme = facts.Bool(true, at), facts.Text("descrypt", at)
		case strings.HasPrefix(hash.Word, "$1$"):
			a.PasswordScheme = facts.Text("md5crypt", at)
		case strings.HasPrefix(hash.Word, "$5$"):
			a.PasswordScheme = facts.Text("sha256crypt", at)
		case strings.HasPrefix(hash.Word, "$6$"):
			a.PasswordScheme = facts.Text("sha512crypt", at)
		case len(hash.Word) == 13 && !tree.Hole(hash.Word):
			a.PasswordScheme = facts.Text("descrypt", at)
		default:
			a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", at).Text()
		}
	}
	if a.PasswordState == nil {
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text()
	}
}

// rights are the user's role, a predefined or an own one.
func (r *reader) rights(a *pb.Account, u *tree.Node) {
	roles, ev := []string{}, []*pb.Evidence{}
	super := false
	for _, role := range u.All("permissions", "role-based") {
		v := role.Value()
		if v.Text() == "no" {
			continue
		}
		name := role.Word
		if name == "custom" {
			if p := role.Value("profile"); p != nil {
				name = p.Word
			}
		}
		roles, ev = append(roles, name), append(ev, r.At(role))
		super = super || role.Word == "superuser"
	}
	switch {
	case len(roles) > 0:
		a.Roles, a.Privileged = facts.Texts(roles, ev...), facts.Bool(super, ev...)
	default:
		a.Roles, a.Privileged = r.Doc.NoDefault("permissions").Texts(), r.Doc.NoDefault("permissions").Bool()
	}
}

// age is the user's own, by his password profile.
func (r *reader) age(a *pb.Account, u *tree.Node) {
	name := u.Value("password-profile")
	if name == nil {
		return
	}
	p := r.Root.Get("mgt-config", "password-profile", name.Word, "password-change")
	if v := p.Value("expiration-period"); v != nil {
		if n, ok := number(v); ok && n > 0 {
			a.MaxAge = facts.Duration(time.Duration(n)*day, r.At(v))
		} else if ok {
			a.MaxAge = facts.Forever(r.At(v))
		} else {
			a.MaxAge = r.Odd(v).Duration()
		}
	} else {
		a.MaxAge = r.Doc.NoDefault("password-profile " + name.Word).Duration()
	}
}

func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.list()
	rules := r.Root.Get("mgt-config", "password-complexity")
	missing := r.Doc.NoDefault("password-complexity")
	p := &pb.PasswordPolicy{
		Scope: "password-complexity", MaxLength: missing.Int(), DictionaryCheck: r.Doc.Off(), CoversAdmins: facts.Bool(true, r.At(rules)), Scheme: missing.Text(), Enforced: missing.Bool(),
		MinLength: missing.Int(), MinClasses: missing.Int(), RequiredClasses: missing.Texts(), MaxAge: missing.Duration(), MinAge: missing.Duration(), WarnBefore: missing.Duration(), History: missing.Int(),
		FirstLoginChange: missing.Bool(), UserNameCheck: missing.Bool(),
	}
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.PasswordPolicy{p}}
	if f := r.answered(rules.Get("enabled")); f != nil {
		p.Enforced = f
	}
	count := func(to **pb.IntFact, word string) {
		if v := rules.Value(word); v != nil {
			if n, ok := number(v); ok {
				*to = facts.Int(n, r.At(v))
			} else {
				*to = r.Odd(v).Int()
			}
		}
	}
	span := func(to **pb.DurationFact, zero *pb.DurationFact, path ...string) {
		if v := rules.Value(path...); v != nil {
			n, ok := number(v)
			switch {
			case !ok:
				*to = r.Odd(v).Duration()
			case n == 0:
				*to = zero
			default:
				*to = facts.Duration(time.Duration(n)*day, r.At(v))
			}
		}
	}
	count(&p.MinLength, "minimum-length")
	count(&p.History, "password-history-count")
	span(&p.MaxAge, facts.Forever(r.At(rules)), "password-change", "expiration-period")
	span(&p.WarnBefore, facts.Absent(r.At(rules)).Duration(), "password-change", "expiration-warning-period")
	span(&p.MinAge, facts.Absent(r.At(rules)).Duration(), "password-change-period-block")
	if f := r.answered(rules.Get("password-change-on-first-login")); f != nil {
		p.FirstLoginChange = f
	}
	if f := r.answered(rules.Get("block-username-inclusion")); f != nil {
		p.UserNameCheck = f
	}
	r.classes(p, rules)
	if facts.Known(p.Enforced) && !p.Enforced.GetValue() { // what stands there does not hold
		off := facts.Absent(p.Enforced.GetEvidence()...)
		p.MinLength, p.MinClasses, p.RequiredClasses, p.History, p.FirstLoginChange, p.UserNameCheck = off.Int(), off.Int(), off.Texts(), off.Int(), off.Bool(), off.Bool()
	}
	return out
}

func (r *reader) classes(p *pb.PasswordPolicy, rules *tree.Node) {
	words, ev := []string{}, []*pb.Evidence{}
	said := false
	for _, k := range []struct{ word, class string }{
		{"minimum-lowercase-letters", "lower"}, {"minimum-uppercase-letters", "upper"}, {"minimum-numeric-letters", "digit"}, {"minimum-special-characters", "symbol"},
	} {
		v := rules.Value(k.word)
		n, ok := number(v)
		if v == nil {
			continue
		}
		said = true
		ev = append(ev, r.At(v))
		if ok && n > 0 {
			words = append(words, k.class)
		} else if !ok {
			r.Odd(v)
		}
	}
	if said {
		p.RequiredClasses, p.MinClasses = facts.Texts(words, ev...), facts.Int(int64(len(words)), ev...)
	}
}

// lockoutPolicies are that of all administrators, and those of profiles that administrators log in by.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.list()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	out.Items = append(out.Items, r.lockout("administrators", r.device("deviceconfig", "setting", "management", "admin-lockout")))
	done := []string{}
	for _, p := range r.profiles() {
		for _, n := range r.common("authentication-profile", p.Word) {
			if l := n.Get("lockout"); l != nil && !slices.Contains(done, p.Word) {
				out.Items = append(out.Items, r.lockout("authentication-profile "+p.Word, l))
				done = append(done, p.Word)
			}
		}
	}
	return out
}

func (r *reader) lockout(scope string, at *tree.Node) *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: scope, Window: r.Doc.NoDefault("admin-lockout").Duration(), CoversAdmins: facts.Bool(true, r.At(at)), Exempt: facts.NotApplicable().Texts(), Locks: facts.Text("account", r.At(at))}
	tries, length := at.Value("failed-attempts"), at.Value("lockout-time")
	n, ok := number(tries)
	minutes, timed := number(length)
	switch {
	case tries == nil && !r.Whole():
		p.Attempts, p.Duration = r.Doc.Unknown().Int(), r.Doc.Unknown().Duration()
	case tries == nil:
		off := facts.Absent(facts.Default(lockoutOff))
		p.Attempts, p.Duration, p.Locks = off.Int(), off.Duration(), facts.NotApplicable().Text()
	case !ok:
		p.Attempts, p.Duration = r.Odd(tries).Int(), r.Odd(tries).Duration()
	case n == 0:
		p.Attempts, p.Duration = facts.Absent(r.At(tries)).Int(), facts.Absent(r.At(tries)).Duration()
	default:
		p.Attempts = facts.Int(n, r.At(tries))
		p.Duration = r.Doc.NoDefault("lockout-time").Duration()
	}
	if n > 0 && timed && minutes > 0 {
		p.Duration = facts.Duration(time.Duration(minutes)*time.Minute, r.At(length))
	} else if length != nil && !timed {
		p.Duration = r.Odd(length).Duration()
	}
	return p
}

// sessionPolicies: one setting ends idle sessions of the pages and of the command line.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.list()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	idle := r.Doc.NoDefault("idle-timeout").Duration()
	if v := r.device("deviceconfig", "setting", "management", "idle-timeout").Value(); v != nil {
		switch n, ok := number(v); {
		case !ok:
			idle = r.Odd(v).Duration()
		case n == 0:
			idle = facts.Forever(r.At(v))
		default:
			idle = facts.Duration(time.Duration(n)*time.Minute, r.At(v))
		}
	}
	for _, scope := range []string{"cli", "web"} {
		p := &pb.SessionPolicy{Scope: scope, IdleTimeout: idle}
		if v := r.device("deviceconfig", "setting", "management", "admin-session", "max-session-count").Value(); v != nil {
			if n, ok := number(v); ok && n > 0 {
				p.MaxSessions = facts.Int(n, r.At(v))
			}
		}
		if v := r.device("deviceconfig", "setting", "management", "admin-session", "max-session-time").Value(); v != nil {
			if n, ok := number(v); ok && n > 0 {
				p.AbsoluteTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(v))
			}
		}
		out.Items = append(out.Items, p)
	}
	return out
}
