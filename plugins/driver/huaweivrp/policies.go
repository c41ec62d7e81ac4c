package huaweivrp

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// passwordPolicies reads what is demanded of passwords. On switches and routers length and kinds of characters hold for all
// local users; age, history and first change are the administrators' policy.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if r.device.line == lineUSG {
		out.Items = append(out.Items, r.firewallPolicy())
		return out
	}
	out.Items = append(out.Items, r.policy("administrator"))
	if e := r.domains.final("local-aaa-user", "password", "policy", "access-user"); e != nil && !e.Negated {
		out.Items = append(out.Items, r.policy("access-user"))
	}
	return out
}

func (r *reader) policy(who string) *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: "local-aaa-user " + who, MaxLength: r.Doc.Absence().Int(), MinAge: r.Doc.Absence().Duration(), CoversAdmins: facts.Bool(who == "administrator")}
	r.quality(p)
	e := r.domains.final("local-aaa-user", "password", "policy", who)
	life, history := "password-life", int64(5)
	always := who == "administrator" && r.cite("policy-on") != "" && (e == nil || !e.Negated)
	if always { // newer releases have the administrators' policy on, and keep in it what it demands of a password
		life, history = "policy-on", 10
		p.MinLength, p.MinClasses, p.UserNameCheck = r.defaultInt(life, 8), r.defaultInt(life, 4), r.defaultBool(life, true)
	}
	if !always && (e == nil || e.Negated) {
		p.Enforced = r.defaultBool("password", true)
		off := r.Doc.NoDefault("local-aaa-user password policy")
		if e != nil {
			off = facts.Absent(r.At(e))
		} else if doc := r.cite("policy-off"); doc != "" {
			off = facts.Absent(facts.Default(doc))
		}
		p.MaxAge, p.History, p.WarnBefore, p.FirstLoginChange = off.Duration(), off.Int(), off.Duration(), off.Bool()
		return p
	}
	p.Enforced = r.defaultBool(life, true)
	p.MaxAge = r.defaultSpan(life, 90*day)
	p.History = r.defaultInt(life, history)
	p.WarnBefore = r.defaultSpan(life, 30*day)
	p.FirstLoginChange = r.defaultBool(life, true)
	if e == nil {
		return p
	}
	p.Enforced = facts.Bool(true, r.Section(e))
	if who == "access-user" {
		na := facts.NotApplicable(r.Section(e))
		p.MaxAge, p.WarnBefore, p.FirstLoginChange = na.Duration(), na.Duration(), na.Bool()
	}
	for _, l := range e.Under() {
		n, ok := l.Number(len(l.Words) - 1)
		switch {
		case l.Begins("password", "expire") && ok && !l.Negated:
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.At(l))
			if n == 0 {
				p.MaxAge = facts.Forever(r.At(l))
			}
		case l.Begins("password", "history", "record", "number") && ok && !l.Negated:
			p.History = facts.Int(n, r.At(l))
		case l.Begins("password", "alert", "before-expire") && ok && !l.Negated:
			p.WarnBefore = facts.Duration(time.Duration(n)*day, r.At(l))
		case l.Begins("password", "alert", "original"):
			p.FirstLoginChange = facts.Bool(!l.Negated, r.At(l))
		case l.Begins("password", "min-length") && ok && !l.Negated:
			p.MinLength = facts.Int(n, r.At(l))
		case l.Begins("password", "complexity") && kinds[l.Word(2)] > 0 && !l.Negated:
			p.MinClasses = facts.Int(kinds[l.Word(2)], r.At(l))
		case l.Begins("password", "similar-to-name-check", "disable"):
			p.UserNameCheck = facts.Bool(l.Negated, r.At(l))
		default:
			r.Unread = append(r.Unread, r.At(l))
		}
	}
	return p
}

var kinds = map[string]int64{"two-of-kinds": 2, "three-of-kinds": 3, "four-of-kinds": 4}

// quality reads what holds for the passwords of all local users: at least eight characters of two kinds, unless said otherwise.
func (r *reader) quality(p *pb.PasswordPolicy) {
	check := r.domains.final("user-password", "complexity-check")
	p.MinLength = r.defaultInt("password", 8)
	if check != nil && check.Negated { // whether the least length goes with it is not documented
		p.MinLength = r.Doc.NoDefault("undo user-password complexity-check").Int()
	}
	for _, words := range [][]string{{"user-password", "min-len"}, {"local-user", "password", "min-length"}, {"user-password", "length"}} {
		if e := r.domains.final(words...); e != nil && !e.Negated {
			if n, ok := e.Number(len(e.Words) - 1); ok {
				p.MinLength = facts.Int(n, r.At(e))
			} else {
				p.MinLength = r.Odd(e).Int()
			}
		}
	}
	p.RequiredClasses = facts.NotApplicable().Texts()
	p.MinClasses = r.defaultInt("password", 2)
	p.UserNameCheck = r.defaultBool("password-name", true)
	p.DictionaryCheck = r.Doc.Absence().Bool()
	if r.device.v == 800 { // a dictionary is loaded by a command that leaves no line
		p.DictionaryCheck = facts.Unknown(pb.Reason_REASON_NOT_ASKED, "weak-password-dictionary").Bool()
	}
	switch e := check; {
	case e == nil:
	case e.Negated:
		p.MinClasses, p.UserNameCheck = facts.Absent(r.At(e)).Int(), facts.Absent(r.At(e)).Bool()
	case e.Word(2) == "three-of-kinds":
		p.MinClasses = facts.Int(3, r.At(e))
	case len(e.Words) == 2:
		p.MinClasses = facts.Int(2, r.At(e))
	default:
		p.MinClasses = r.Odd(e).Int()
	}
	p.Scheme = r.Doc.NoDefault("password").Text()
}

// firewallPolicy reads a firewall's rules; what its levels demand is not documented where it could be cited.
func (r *reader) firewallPolicy() *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: "password-policy", RequiredClasses: facts.NotApplicable().Texts(), CoversAdmins: r.Doc.NoDefault("password-policy").Bool()}
	level := r.Doc.NoDefault("password-policy level")
	p.Enforced = level.Bool()
	if e := r.Final("password-policy"); e != nil {
		for _, l := range e.Under() {
			if l.Words[0] == "level" && !l.Negated {
				p.Enforced = facts.Bool(l.Word(1) != "none", r.At(l))
				level = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "password-policy level "+l.Word(1), r.At(l))
			}
		}
	}
	p.MinLength, p.MinClasses = level.Int(), level.Int()
	p.MaxAge = r.Doc.NoDefault("manager-user password valid-days").Duration()
	if e := r.domains.final("manager-user", "password", "valid-days"); e != nil {
		if n, ok := e.Number(3); ok && !e.Negated {
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.At(e))
			if n == 0 {
				p.MaxAge = facts.Forever(r.At(e))
			}
		}
	}
	p.FirstLoginChange = r.Doc.NoDefault("manager-user password-modify").Bool()
	if e := r.domains.final("manager-user", "password-modify", "enable"); e != nil {
		p.FirstLoginChange = facts.Bool(!e.Negated, r.At(e))
	}
	p.History = r.Doc.NoDefault("password history").Int()
	p.DictionaryCheck = r.Doc.NoDefault("dictionary").Bool()
	return p
}

// lockoutPolicies reads what happens after wrong passwords: for local users, and for those whom a server authenticates.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if r.device.line == lineUSG {
		out.Items = append(out.Items, r.firewallLock())
		return out
	}
	out.Items = append(out.Items, r.lock("local-aaa-user", "lockout", 3, "local-aaa-user", "wrong-password"))
	for _, m := range [][]string{{"administrator", "remote", "authen-fail"}, {"remote-aaa-user", "authen-fail"}} {
		if r.domains.final(m...) != nil {
			out.Items = append(out.Items, r.lock(m[0]+" remote", "remote-lockout", 30, m...))
			break
		}
	}
	return out
}

// lock reads "... retry-interval I retry-time N block-time B", all in minutes; VRP 8 says it as user-block.
func (r *reader) lock(scope, topic string, attempts int64, words ...string) *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: scope, Locks: facts.Text("account"), Exempt: r.Doc.Absence().Texts()}
	e := r.domains.final(words...)
	block := r.domains.final("user-block", "failed-times")
	switch {
	case e != nil && e.Negated:
		off := facts.Absent(r.At(e))
		p.Attempts, p.Duration, p.Window = off.Int(), off.Duration(), off.Duration()
		p.CoversAdmins = facts.Bool(false, r.At(e))
	case e != nil:
		p.Window, p.Duration = r.minutes(e, e.After("retry-interval")), r.minutes(e, e.After("block-time"))
		p.Attempts = r.Doc.NoDefault("retry-time").Int()
		if n, ok := stanza.Number(e.After("retry-time")); ok {
			p.Attempts = facts.Int(n, r.At(e))
		} else {
			p.Attempts = r.Odd(e).Int()
		}
		p.CoversAdmins = facts.Bool(true, r.At(e))
	case block != nil && !block.Negated:
		p.Scope = "user-block"
		p.Attempts = r.Doc.NoDefault("failed-times").Int()
		if n, ok := stanza.Number(block.After("failed-times")); ok {
			p.Attempts = facts.Int(n, r.At(block))
		}
		p.Window = r.minutes(block, block.After("period"))
		p.Duration = r.Doc.NoDefault("user-block reactive").Duration()
		if a := r.domains.final("user-block", "reactive"); a != nil && !a.Negated {
			p.Duration = r.minutes(a, a.Word(2))
		}
		p.CoversAdmins = facts.Bool(true, r.At(block))
	default:
		p.Attempts, p.Duration, p.Window = r.defaultInt(topic, attempts), r.defaultSpan(topic, 5*time.Minute), r.defaultSpan(topic, 5*time.Minute)
		p.CoversAdmins = r.defaultBool(topic, true)
	}
	return p
}

// minutes reads a number of minutes from a line; 0 is for ever where VRP allows it.
func (r *reader) minutes(e *stanza.Entry, word string) *pb.DurationFact {
	n, ok := stanza.Number(word)
	switch {
	case !ok:
		return r.Odd(e).Duration()
	case n == 0:
		return facts.Forever(r.At(e))
	}
	return facts.Duration(time.Duration(n)*time.Minute, r.At(e))
}

func (r *reader) firewallLock() *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: "lock-authentication", Locks: facts.Text("account"), Exempt: r.Doc.Absence().Texts(), Window: facts.NotApplicable().Duration()}
	if e := r.domains.final("lock-authentication", "enable"); e != nil && e.Negated {
		off := facts.Absent(r.At(e))
		p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, r.At(e))
		return p
	}
	p.Attempts, p.Duration, p.CoversAdmins = r.defaultInt("lockout", 3), r.defaultSpan("lockout", 30*time.Minute), r.defaultBool("lockout", true)
	if e := r.domains.final("lock-authentication", "failed-count"); e != nil && !e.Negated {
		if n, ok := e.Number(2); ok {
			p.Attempts = facts.Int(n, r.At(e))
		} else {
			p.Attempts = r.Odd(e).Int()
		}
	}
	if e := r.domains.final("lock-authentication", "timeout"); e != nil && !e.Negated {
		p.Duration = r.minutes(e, e.Word(2))
	}
	return p
}
