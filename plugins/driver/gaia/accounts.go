package gaia

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// user is what the lines about one user say together.
type user struct {
	name                          string
	first, hash, shell, home, uid *stanza.Entry
	force, locked                 *stanza.Entry
	roles                         []string
	roleLines                     []*stanza.Entry
}

func (r *reader) users() []*user {
	byName := map[string]*user{}
	var out []*user
	get := func(e *stanza.Entry) *user {
		u := byName[e.Word(2)]
		if u == nil {
			u = &user{name: e.Word(2), first: e}
			byName[u.name], out = u, append(out, u)
		}
		return u
	}
	for _, verb := range []string{"add", "set"} {
		for e := range r.Find(verb, "user") {
			if len(e.Words) < 4 {
				r.Unread = append(r.Unread, r.At(e))
				continue
			}
			u := get(e)
			for i := 3; i < len(e.Words); i++ { // several settings may stand on a line
				switch e.Words[i] {
				case "password-hash", "newpass", "password":
					u.hash = e
				case "shell":
					u.shell = e
				case "homedir":
					u.home = e
				case "uid":
					u.uid = e
				case "force-password-change":
					u.force = e
				case "lock-out":
					u.locked = e
				case "realname":
					i = len(e.Words)
				}
			}
		}
	}
	for e := range r.Find("add", "rba", "user") {
		u := byName[e.Word(3)]
		if u == nil { // somebody whom a server knows
			continue
		}
		u.roles = append(u.roles, strings.Split(e.After("roles"), ",")...)
		u.roleLines = append(u.roleLines, e)
	}
	return out
}

func (r *reader) accounts() *pb.AccountList {
	s := r.Doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.users() {
		out.Items = append(out.Items, r.account(u))
	}
	return out
}

func (r *reader) account(u *user) *pb.Account {
	first := r.At(u.first)
	a := &pb.Account{
		Scope: u.name, Uid: r.Doc.NoDefault("uid").Int(), Shell: r.Doc.NoDefault("shell").Text(), Home: r.Doc.NoDefault("homedir").Text(), Expires: r.Doc.Absence().Time(),
		LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), SshKeys: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "authorized_keys").Int(),
		DefaultName: facts.Bool(u.name == "admin" || u.name == "monitor", first), DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "password-hash", first).Bool(),
	}
	if u.shell != nil {
		a.Shell = facts.Text(u.shell.After("shell"), r.At(u.shell))
	}
	if u.home != nil {
		a.Home = facts.Text(u.home.After("homedir"), r.At(u.home))
	}
	root := u.name == "admin"
	if u.uid != nil {
		if n, ok := stanza.Number(u.uid.After("uid")); ok {
			a.Uid, root = facts.Int(n, r.At(u.uid)), n == 0
		}
	}
	switch ev := r.defaults.Evidence("admin"); {
	case slices.Contains(u.roles, "adminRole") || u.uid != nil && root:
		a.Privileged = facts.Bool(true, append(r.cited(u.roleLines), first)...)
	case root && ev != nil: // the account that is delivered has all rights, whatever stands there
		a.Privileged = facts.Bool(true, first, ev)
	case !r.Whole():
		a.Privileged = r.Doc.Unknown().Bool()
	default:
		a.Privileged = facts.Bool(false, append(r.cited(u.roleLines), first)...)
		if s := a.GetShell().GetValue(); s == "/bin/bash" || s == "/bin/csh" || s == "/bin/sh" || s == "/bin/tcsh" {
			a.Privileged = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "shell "+s, r.At(u.shell)).Bool()
		}
	}
	a.Roles = r.Doc.Absence().Texts()
	if len(u.roles) > 0 {
		a.Roles = facts.Texts(u.roles, r.cited(u.roleLines)...)
	}
	if u.force != nil {
		a.MustChange = facts.Bool(u.force.After("force-password-change") == "yes", r.At(u.force))
	}
	r.password(a, u)
	if u.locked != nil && u.locked.After("lock-out") == "on" {
		a.LoginEnabled = facts.Bool(false, r.At(u.locked))
	}
	if s := a.GetShell().GetValue(); s == "/sbin/nologin" {
		a.LoginEnabled = facts.Bool(false, r.At(u.shell))
	}
	return a
}

func (r *reader) cited(lines []*stanza.Entry) []*pb.Evidence {
	var out []*pb.Evidence
	for _, e := range lines {
		out = append(out, r.At(e))
	}
	return out
}

func (r *reader) password(a *pb.Account, u *user) {
	if u.hash == nil {
		m := r.Doc.NoDefault("password-hash")
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = m.Text(), m.Text(), m.Bool()
		return
	}
	ev := r.At(u.hash)
	hash := u.hash.After("password-hash")
	switch {
	case hash == "*" || hash == "!" || hash == "!!" || hash == "x" && len(hash) == 1:
		a.PasswordState, a.PasswordScheme = facts.Text("none", ev), facts.NotApplicable(ev).Text()
		a.LoginEnabled, a.DefaultPassword = facts.Bool(false, ev), facts.Bool(false, ev)
	case u.hash.After("newpass") != "" || u.hash.After("password") != "":
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = facts.Text("set", ev), facts.Text("plaintext", ev), facts.Bool(true, ev)
	default:
		a.PasswordState, a.PasswordScheme, a.LoginEnabled = facts.Text("set", ev), r.scheme(hash, u.hash), facts.Bool(true, ev)
		if !facts.Known(a.PasswordScheme) {
			a.PasswordState = facts.LikeState(a.PasswordScheme).Text()
		}
	}
}

// scheme says how a password is kept by the beginning of its hash.
func (r *reader) scheme(hash string, e *stanza.Entry) *pb.TextFact {
	for _, s := range []struct{ prefix, name string }{{"$1$", "md5crypt"}, {"$5$", "sha256crypt"}, {"$6$", "sha512crypt"}, {"$2", "bcrypt"}, {"$y$", "yescrypt"}, {"$7$", "scrypt"}} {
		if strings.HasPrefix(hash, s.prefix) {
			return facts.Text(s.name, r.At(e))
		}
	}
	if hash == "" || stanza.Hole(hash) || strings.Trim(hash, "*") == "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Text()
	}
	if len(hash) == 13 {
		return facts.Text("descrypt", r.At(e))
	}
	return r.Odd(e).Text()
}

// passwordPolicies reads "set password-controls".
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	na := facts.NotApplicable()
	const controls = "password-controls"
	p := &pb.PasswordPolicy{
		Scope: "local users", MaxLength: na.Int(), MinAge: na.Duration(), DictionaryCheck: na.Bool(), UserNameCheck: na.Bool(), RequiredClasses: na.Texts(),
		MinLength: r.number(r.defaults.Int("password", 6), "set", controls, "min-password-length"), MinClasses: r.number(r.defaults.Int("password", 2), "set", controls, "complexity"),
		MaxAge: r.days("password-expiration"), WarnBefore: r.days("expiration-warning-days"), Scheme: r.Doc.NoDefault("password-hash-type").Text(),
	}
	out.Items = append(out.Items, p)
	p.Enforced, p.CoversAdmins = r.Doc.NoDefault(controls).Bool(), r.Doc.NoDefault(controls).Bool()
	if e := r.some("set", controls); e != nil {
		p.Enforced, p.CoversAdmins = facts.Bool(true, r.At(e)), facts.Bool(true, r.At(e))
	}
	p.History = r.number(r.defaults.Int("password", 10), "set", controls, "history-length")
	if on := r.switched(r.defaults.Bool("password", true), "set", controls, "history-checking"); !facts.Known(on) {
		p.History = facts.LikeState(on).Int()
	} else if !on.GetValue() {
		p.History = facts.Int(0, on.GetEvidence()...)
	}
	p.FirstLoginChange = r.Doc.NoDefault("force-change-when").Bool()
	if word, e := r.word("set", controls, "force-change-when"); e != nil {
		p.FirstLoginChange = facts.Bool(word == "password", r.At(e))
	}
	if word, e := r.word("set", controls, "password-hash-type"); e != nil {
		if name := map[string]string{"MD5": "md5crypt", "SHA256": "sha256crypt", "SHA512": "sha512crypt"}[word]; name != "" {
			p.Scheme = facts.Text(name, r.At(e))
		}
	}
	return out
}

// days reads a number of days, or never.
func (r *reader) days(key string) *pb.DurationFact {
	word, e := r.word("set", "password-controls", key)
	if e == nil {
		return r.Doc.NoDefault(key).Duration()
	}
	if word == "never" {
		return facts.Forever(r.At(e))
	}
	n, ok := stanza.Number(word)
	if !ok {
		return r.Odd(e).Duration()
	}
	return facts.Duration(time.Duration(n)*day, r.At(e))
}

// lockoutPolicies reads "deny-on-fail", which does nothing until it is switched on, and spares the delivered administrator
// unless a line says otherwise.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	const controls, deny = "password-controls", "deny-on-fail"
	p := &pb.LockoutPolicy{Scope: "local users", Window: facts.NotApplicable().Duration(), Exempt: facts.NotApplicable().Texts(), Locks: facts.Text("account")}
	out.Items = append(out.Items, p)
	on := r.switched(r.Doc.NoDefault(deny).Bool(), "set", controls, deny, "enable")
	p.Attempts = r.number(r.Doc.NoDefault(deny).Int(), "set", controls, deny, "failures-allowed")
	wait := r.number(r.Doc.NoDefault(deny).Int(), "set", controls, deny, "allow-after")
	p.Duration = facts.LikeState(wait).Duration()
	if facts.Known(wait) {
		p.Duration = facts.Duration(time.Duration(wait.GetValue())*time.Second, wait.GetEvidence()...)
	}
	p.CoversAdmins = r.switched(r.Doc.NoDefault("block-admin").Bool(), "set", controls, deny, "block-admin")
	switch {
	case !facts.Known(on):
		m := facts.LikeState(on)
		p.Attempts, p.Duration, p.CoversAdmins = m.Int(), m.Duration(), m.Bool()
	case !on.GetValue():
		off := facts.Absent(on.GetEvidence()...)
		p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, on.GetEvidence()...)
	}
	return out
}

// sessionPolicies: Clish and the portal each have their limit, in minutes.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	limit := func(topic string, words ...string) *pb.DurationFact {
		n := r.number(r.Doc.NoDefault(topic).Int(), words...)
		if !facts.Known(n) {
			return facts.LikeState(n).Duration()
		}
		return facts.Duration(time.Duration(n.GetValue())*time.Minute, n.GetEvidence()...)
	}
	clish, web := limit("inactivity-timeout", "set", "inactivity-timeout"), limit("web session-timeout", "set", "web", "session-timeout")
	for _, scope := range []string{"ssh", "console", "telnet"} {
		out.Items = append(out.Items, &pb.SessionPolicy{Scope: scope, IdleTimeout: clish, AbsoluteTimeout: r.Doc.Absence().Duration(), MaxSessions: r.Doc.NoDefault("sessions").Int()})
	}
	out.Items = append(out.Items, &pb.SessionPolicy{Scope: "web", IdleTimeout: web, AbsoluteTimeout: r.Doc.Absence().Duration(), MaxSessions: r.Doc.NoDefault("sessions").Int()})
	return out
}
