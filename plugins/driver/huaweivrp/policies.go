package huaweivrp

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// passwordPolicies reads what is demanded of passwords. On switches and routers length and kinds of characters hold for all
// local users; age, history and first change are the administrators' policy.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.list()
	out := &pb.PasswordPolicyList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	if r.device.line == lineUSG {
		out.Items = append(out.Items, r.firewallPolicy())
		return out
	}
	out.Items = append(out.Items, r.policy("administrator"))
	if e := r.domains.final("local-aaa-user", "password", "policy", "access-user"); e != nil && !e.undo {
		out.Items = append(out.Items, r.policy("access-user"))
	}
	return out
}

func (r *reader) policy(who string) *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: "local-aaa-user " + who, MaxLength: r.none().Int(), MinAge: r.none().Duration(), CoversAdmins: facts.Bool(who == "administrator")}
	r.quality(p)
	e := r.domains.final("local-aaa-user", "password", "policy", who)
	if e == nil || e.undo {
		p.Enforced = r.defaultBool("password", true)
		off := r.noDefault("local-aaa-user password policy")
		if e != nil {
			off = facts.Absent(r.at(e))
		} else if doc := r.cite("policy-off"); doc != "" {
			off = facts.Absent(facts.Default(doc))
		}
		p.MaxAge, p.History, p.WarnBefore, p.FirstLoginChange = off.Duration(), off.Int(), off.Duration(), off.Bool()
		return p
	}
	p.Enforced = facts.Bool(true, r.section(e.node))
	p.MaxAge = r.defaultSpan("password-life", 90*day)
	p.History = r.defaultInt("password-life", 5)
	p.WarnBefore = r.defaultSpan("password-life", 30*day)
	p.FirstLoginChange = r.defaultBool("password-life", true)
	if who == "access-user" {
		na := facts.NotApplicable(r.section(e.node))
		p.MaxAge, p.WarnBefore, p.FirstLoginChange = na.Duration(), na.Duration(), na.Bool()
	}
	for _, l := range e.under() {
		n, ok := l.number(len(l.words) - 1)
		switch {
		case l.begins("password", "expire") && ok && !l.undo:
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.at(l))
			if n == 0 {
				p.MaxAge = facts.Forever(r.at(l))
			}
		case l.begins("password", "history", "record", "number") && ok && !l.undo:
			p.History = facts.Int(n, r.at(l))
		case l.begins("password", "alert", "before-expire") && ok && !l.undo:
			p.WarnBefore = facts.Duration(time.Duration(n)*day, r.at(l))
		case l.begins("password", "alert", "original"):
			p.FirstLoginChange = facts.Bool(!l.undo, r.at(l))
		default:
			r.unread = append(r.unread, r.at(l))
		}
	}
	return p
}

// quality reads what holds for the passwords of all local users: at least eight characters of two kinds, unless said otherwise.
func (r *reader) quality(p *pb.PasswordPolicy) {
	check := r.domains.final("user-password", "complexity-check")
	p.MinLength = r.defaultInt("password", 8)
	if check != nil && check.undo { // whether the least length goes with it is not documented
		p.MinLength = r.noDefault("undo user-password complexity-check").Int()
	}
	for _, words := range [][]string{{"user-password", "min-len"}, {"local-user", "password", "min-length"}, {"user-password", "length"}} {
		if e := r.domains.final(words...); e != nil && !e.undo {
			if n, ok := e.number(len(e.words) - 1); ok {
				p.MinLength = facts.Int(n, r.at(e))
			} else {
				p.MinLength = r.notUnderstood(e).Int()
			}
		}
	}
	p.RequiredClasses = facts.NotApplicable().Texts()
	p.MinClasses = r.defaultInt("password", 2)
	p.UserNameCheck = r.defaultBool("password-name", true)
	p.DictionaryCheck = r.none().Bool()
	switch e := check; {
	case e == nil:
	case e.undo:
		p.MinClasses, p.UserNameCheck = facts.Absent(r.at(e)).Int(), facts.Absent(r.at(e)).Bool()
	case e.word(2) == "three-of-kinds":
		p.MinClasses = facts.Int(3, r.at(e))
	case len(e.words) == 2:
		p.MinClasses = facts.Int(2, r.at(e))
	default:
		p.MinClasses = r.notUnderstood(e).Int()
	}
	p.Scheme = r.noDefault("password").Text()
}

// firewallPolicy reads a firewall's rules; what its levels demand is not documented where it could be cited.
func (r *reader) firewallPolicy() *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: "password-policy", RequiredClasses: facts.NotApplicable().Texts(), CoversAdmins: r.noDefault("password-policy").Bool()}
	level := r.noDefault("password-policy level")
	p.Enforced = level.Bool()
	if e := r.final("password-policy"); e != nil {
		for _, l := range e.under() {
			if l.words[0] == "level" && !l.undo {
				p.Enforced = facts.Bool(l.word(1) != "none", r.at(l))
				level = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "password-policy level "+l.word(1), r.at(l))
			}
		}
	}
	p.MinLength, p.MinClasses = level.Int(), level.Int()
	p.MaxAge = r.noDefault("manager-user password valid-days").Duration()
	if e := r.domains.final("manager-user", "password", "valid-days"); e != nil {
		if n, ok := e.number(3); ok && !e.undo {
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.at(e))
			if n == 0 {
				p.MaxAge = facts.Forever(r.at(e))
			}
		}
	}
	p.FirstLoginChange = r.noDefault("manager-user password-modify").Bool()
	if e := r.domains.final("manager-user", "password-modify", "enable"); e != nil {
		p.FirstLoginChange = facts.Bool(!e.undo, r.at(e))
	}
	p.History = r.noDefault("password history").Int()
	p.DictionaryCheck = r.noDefault("dictionary").Bool()
	return p
}

// lockoutPolicies reads what happens after wrong passwords: for local users, and for those whom a server authenticates.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.list()
	out := &pb.LockoutPolicyList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
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
	p := &pb.LockoutPolicy{Scope: scope, Locks: facts.Text("account"), Exempt: r.none().Texts()}
	e := r.domains.final(words...)
	block := r.domains.final("user-block", "failed-times")
	switch {
	case e != nil && e.undo:
		off := facts.Absent(r.at(e))
		p.Attempts, p.Duration, p.Window = off.Int(), off.Duration(), off.Duration()
		p.CoversAdmins = facts.Bool(false, r.at(e))
	case e != nil:
		p.Window, p.Duration = r.minutes(e, e.after("retry-interval")), r.minutes(e, e.after("block-time"))
		p.Attempts = r.noDefault("retry-time").Int()
		if n, ok := number(e.after("retry-time")); ok {
			p.Attempts = facts.Int(n, r.at(e))
		} else {
			p.Attempts = r.notUnderstood(e).Int()
		}
		p.CoversAdmins = facts.Bool(true, r.at(e))
	case block != nil && !block.undo:
		p.Scope = "user-block"
		p.Attempts = r.noDefault("failed-times").Int()
		if n, ok := number(block.after("failed-times")); ok {
			p.Attempts = facts.Int(n, r.at(block))
		}
		p.Window = r.minutes(block, block.after("period"))
		p.Duration = r.noDefault("user-block reactive").Duration()
		if a := r.domains.final("user-block", "reactive"); a != nil && !a.undo {
			p.Duration = r.minutes(a, a.word(2))
		}
		p.CoversAdmins = facts.Bool(true, r.at(block))
	default:
		p.Attempts, p.Duration, p.Window = r.defaultInt(topic, attempts), r.defaultSpan(topic, 5*time.Minute), r.defaultSpan(topic, 5*time.Minute)
		p.CoversAdmins = r.defaultBool(topic, true)
	}
	return p
}

// minutes reads a number of minutes from a line; 0 is for ever where VRP allows it.
func (r *reader) minutes(e *entry, word string) *pb.DurationFact {
	n, ok := number(word)
	switch {
	case !ok:
		return r.notUnderstood(e).Duration()
	case n == 0:
		return facts.Forever(r.at(e))
	}
	return facts.Duration(time.Duration(n)*time.Minute, r.at(e))
}

func (r *reader) firewallLock() *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: "lock-authentication", Locks: facts.Text("account"), Exempt: r.none().Texts(), Window: facts.NotApplicable().Duration()}
	if e := r.domains.final("lock-authentication", "enable"); e != nil && e.undo {
		off := facts.Absent(r.at(e))
		p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, r.at(e))
		return p
	}
	p.Attempts, p.Duration, p.CoversAdmins = r.defaultInt("lockout", 3), r.defaultSpan("lockout", 30*time.Minute), r.defaultBool("lockout", true)
	if e := r.domains.final("lock-authentication", "failed-count"); e != nil && !e.undo {
		if n, ok := e.number(2); ok {
			p.Attempts = facts.Int(n, r.at(e))
		} else {
			p.Attempts = r.notUnderstood(e).Int()
		}
	}
	if e := r.domains.final("lock-authentication", "timeout"); e != nil && !e.undo {
		p.Duration = r.minutes(e, e.word(2))
	}
	return p
}
