package zxros

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// passwordPolicies reads what is demanded of users' passwords.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	p := &pb.PasswordPolicy{
		Scope: "local users", Enforced: r.Doc.NoDefault("strong-password check").Bool(), MinLength: r.Doc.NoDefault("strong-password length").Int(),
		MaxLength: r.Doc.Absence().Int(), MinClasses: r.Doc.NoDefault("strong-password length").Int(), RequiredClasses: facts.NotApplicable().Texts(),
		DictionaryCheck: r.Doc.NoDefault("strong-password").Bool(), UserNameCheck: r.Doc.NoDefault("strong-password username-related-chk").Bool(),
		MaxAge: r.Doc.NoDefault("global-user-aging").Duration(), History: r.Doc.NoDefault("strong-password").Int(),
		FirstLoginChange: r.Doc.NoDefault("once-password").Bool(), CoversAdmins: facts.Bool(true), Scheme: r.Doc.NoDefault("password").Text(),
	}
	for _, e := range r.settings("strong-password") {
		r.strong(p, e)
	}
	if e := r.setting("username", "high-level-security"); e != nil {
		p.Enforced = facts.Bool(e.Word(2) == "enable", r.At(e))
	}
	for _, words := range [][]string{{"global-user-aging", "day"}, {"username", "pwd-expire-day"}} {
		e := r.setting(words...)
		if e == nil {
			continue
		}
		if n, ok := e.Number(2); ok && n > 0 {
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.At(e))
		} else {
			p.MaxAge = r.Odd(e).Duration()
		}
	}
	out.Items = append(out.Items, p)
	return out
}

// strong reads one line "strong-password …".
func (r *reader) strong(p *pb.PasswordPolicy, e *stanza.Entry) {
	ev := r.At(e)
	switch e.Word(1) {
	case "check":
		if word := e.Word(2); word == "enable" || word == "disable" {
			p.Enforced = facts.Bool((word == "enable") != e.Negated, ev)
		} else {
			p.Enforced = r.Odd(e).Bool()
		}
	case "length":
		if e.Negated {
			return
		}
		length, kinds := r.Odd, e.After("character-set-num")
		if n, ok := e.Number(2); ok {
			p.MinLength = facts.Int(n, ev)
		} else {
			p.MinLength = length(e).Int()
		}
		if n, ok := stanza.Number(kinds); ok {
			p.MinClasses = facts.Int(n, ev)
		} else if kinds != "" {
			p.MinClasses = r.Odd(e).Int()
		}
	case "username-related-chk":
		p.UserNameCheck = facts.Bool(!e.Negated && !slices.Contains(e.Words, "disable"), ev)
	case "date-check", "keyboard-check", "repeat-check", "dictionary-check":
	default:
		r.Unread = append(r.Unread, ev)
	}
}

// lockoutPolicies reads what happens after wrong passwords: to the user, and to the device as a whole.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	p := &pb.LockoutPolicy{Scope: "user-authen-restriction", Locks: facts.Text("account"), Exempt: r.Doc.Absence().Texts(), Window: facts.NotApplicable().Duration()}
	m := r.Doc.NoDefault("user-authen-restriction")
	p.Attempts, p.Duration, p.CoversAdmins = m.Int(), m.Duration(), m.Bool()
	if e := r.setting("user-authen-restriction"); e != nil {
		p.Attempts, p.Duration = r.count(e, e.After("fail-time")), r.span(e, e.After("lock-minute"), time.Minute)
		p.CoversAdmins = facts.Bool(true, r.At(e))
	}
	out.Items = append(out.Items, p)
	if e := r.setting("login", "block"); e != nil {
		out.Items = append(out.Items, &pb.LockoutPolicy{
			Scope: "login block", Locks: facts.Text("line", r.At(e)), Exempt: r.Doc.Absence().Texts(), CoversAdmins: facts.Bool(true, r.At(e)),
			Attempts: r.count(e, e.After("attempts")), Duration: r.span(e, e.Word(2), time.Second), Window: r.span(e, e.After("within"), time.Second),
		})
	}
	return out
}

func (r *reader) count(e *stanza.Entry, word string) *pb.IntFact {
	if n, ok := stanza.Number(word); ok && n > 0 {
		return facts.Int(n, r.At(e))
	}
	return r.Odd(e).Int()
}

func (r *reader) span(e *stanza.Entry, word string, unit time.Duration) *pb.DurationFact {
	if n, ok := stanza.Number(word); ok && n > 0 {
		return facts.Duration(time.Duration(n)*unit, r.At(e))
	}
	return r.Odd(e).Duration()
}
