package stoneos

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// policyLine is the last line "admin WORD …" of the password policy; nil if there is none.
func (r *reader) policyLine(word string) *stanza.Entry {
	var last *stanza.Entry
	for e := range r.Find("password-policy") {
		if l := below(e, "admin", word); l != nil && !e.Negated {
			last = l
		}
	}
	if last != nil && last.Negated {
		return nil
	}
	return last
}

// switched reads "admin WORD enable|disable" of the password policy, which is off by default.
func (r *reader) switched(word string) *pb.BoolFact {
	e := r.policyLine(word)
	switch {
	case e == nil:
		return r.set.Bool("password-policy", false)
	case e.Word(2) == "enable" || e.Word(2) == "disable":
		return facts.Bool(e.Word(2) == "enable", r.At(e))
	}
	return r.Odd(e).Bool()
}

// passwordPolicies reads what is demanded of administrators' passwords.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	known := map[string]bool{
		"complexity": true, "min-length": true, "password-expiration": true, "history-password-check": true, "history-password-records": true,
		"username-password-same-check": true, "capital-letters": true, "small-letters": true, "numeric-characters": true, "non-alphanumeric-letters": true,
	}
	for e := range r.Find("password-policy") {
		for _, l := range e.Under() {
			if l.Words[0] == "admin" && !known[l.Word(1)] {
				r.Unread = append(r.Unread, r.At(l))
			}
		}
	}
	strict := r.switched("complexity")
	p := &pb.PasswordPolicy{
		Scope: "administrators", Enforced: r.set.Bool("password-policy", true), MinLength: r.minLength(strict), MaxLength: r.Doc.NoDefault("password").Int(),
		DictionaryCheck: r.Doc.NoDefault("password-policy").Bool(), UserNameCheck: r.switched("username-password-same-check"),
		MaxAge: r.Doc.NoDefault("admin password-expiration").Duration(), History: r.history(), FirstLoginChange: r.Doc.NoDefault("password-policy").Bool(),
		CoversAdmins: facts.Bool(true), Scheme: r.Doc.NoDefault("password").Text(),
	}
	for e := range r.Find("password-policy") {
		p.Enforced = facts.Bool(!e.Negated, r.Section(e))
	}
	r.kinds(p, strict)
	if e := r.policyLine("password-expiration"); e != nil {
		switch n, ok := e.Number(2); {
		case !ok:
			p.MaxAge = r.Odd(e).Duration()
		case n == 0:
			p.MaxAge = facts.Forever(r.At(e))
		default:
			p.MaxAge = facts.Duration(time.Duration(n)*day, r.At(e))
		}
	}
	out.Items = append(out.Items, p)
	return out
}

func (r *reader) minLength(strict *pb.BoolFact) *pb.IntFact {
	if e := r.policyLine("min-length"); e != nil {
		return r.count(e, 2)
	}
	switch {
	case !facts.Known(strict):
		return facts.LikeState(strict).Int()
	case strict.GetValue():
		return r.set.Int("password-policy", 8)
	}
	return r.set.Int("password-policy", 4)
}

// kinds reads how many characters of each kind are demanded, which holds only while complexity is checked.
func (r *reader) kinds(p *pb.PasswordPolicy, strict *pb.BoolFact) {
	switch {
	case !facts.Known(strict):
		m := facts.LikeState(strict)
		p.MinClasses, p.RequiredClasses = m.Int(), m.Texts()
		return
	case !strict.GetValue():
		p.MinClasses, p.RequiredClasses = facts.Int(1, strict.GetEvidence()...), facts.Texts([]string{}, strict.GetEvidence()...)
		return
	}
	classes := []string{}
	ev, cited := slices.Clone(strict.GetEvidence()), false
	for _, k := range []struct{ word, class string }{{"small-letters", "lower"}, {"capital-letters", "upper"}, {"numeric-characters", "digit"}, {"non-alphanumeric-letters", "symbol"}} {
		e := r.policyLine(k.word)
		if e == nil {
			at := r.set.Evidence("password-policy") // at the least one of each kind
			if at == nil {
				m := r.Doc.NoDefault("admin " + k.word)
				p.MinClasses, p.RequiredClasses = m.Int(), m.Texts()
				return
			}
			if classes = append(classes, k.class); !cited {
				ev, cited = append(ev, at), true
			}
			continue
		}
		n, ok := e.Number(2)
		if !ok {
			m := r.Odd(e)
			p.MinClasses, p.RequiredClasses = m.Int(), m.Texts()
			return
		}
		if ev = append(ev, r.At(e)); n > 0 {
			classes = append(classes, k.class)
		}
	}
	p.MinClasses, p.RequiredClasses = facts.Int(int64(max(1, len(classes))), ev...), facts.Texts(classes, ev...)
}

func (r *reader) history() *pb.IntFact {
	on := r.switched("history-password-check")
	switch {
	case !facts.Known(on):
		return facts.LikeState(on).Int()
	case !on.GetValue():
		return facts.Int(0, on.GetEvidence()...)
	}
	if e := r.policyLine("history-password-records"); e != nil {
		return r.count(e, 2)
	}
	return r.set.Int("password-policy", 5)
}

func (r *reader) count(e *stanza.Entry, at int) *pb.IntFact {
	if n, ok := e.Number(at); ok {
		return facts.Int(n, r.At(e))
	}
	return r.Odd(e).Int()
}

// lockoutPolicies reads what happens after wrong passwords: to the address that they came from, and to the administrator.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, k := range []struct{ scope, locks, suffix string }{{"admin address", "source", ""}, {"admin user", "account", "-user"}} {
		p := &pb.LockoutPolicy{
			Scope: k.scope, Locks: facts.Text(k.locks), Exempt: r.Doc.Absence().Texts(), CoversAdmins: facts.Bool(true), Window: r.Doc.NoDefault("admin lockout").Duration(),
			Attempts: r.set.Int("lockout", 3), Duration: r.set.Span("lockout", 2*time.Minute),
		}
		if e := r.Final("admin", "max-login-failure"+k.suffix); e != nil && !e.Negated {
			p.Attempts = r.count(e, 2)
		}
		if e := r.Final("admin", "lockout-duration"+k.suffix); e != nil && !e.Negated {
			p.Duration = r.minutes(e, 2, false)
		}
		out.Items = append(out.Items, p)
	}
	return out
}

// minutes reads a length of time; 0 is for ever where it is documented to be.
func (r *reader) minutes(e *stanza.Entry, at int, zeroIsForever bool) *pb.DurationFact {
	n, ok := e.Number(at)
	switch {
	case ok && n > 0:
		return facts.Duration(time.Duration(n)*time.Minute, r.At(e))
	case ok && zeroIsForever:
		return facts.Forever(r.At(e))
	}
	return r.Odd(e).Duration()
}

// sessionPolicies reads the timeouts.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, way := range []string{"console", "ssh", "telnet", "web"} {
		p := &pb.SessionPolicy{Scope: way, IdleTimeout: r.set.Span("timeout", 10*time.Minute)}
		if e := r.Final(way, "timeout"); e != nil && !e.Negated {
			p.IdleTimeout = r.minutes(e, 2, way == "console")
		}
		out.Items = append(out.Items, p)
	}
	return out
}
