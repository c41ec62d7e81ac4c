package ciscoios

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// passwordPolicies reads the rules for all local passwords and the named Common Criteria policies.
func (r *reader) passwordPolicies() {
	st := r.Doc.List()
	list := &pb.PasswordPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	all := &pb.PasswordPolicy{Scope: "local users"}
	if e := r.Final("security", "passwords", "min-length"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			all.MinLength, all.Enforced = facts.Int(n, r.At(e)), facts.Bool(true, r.At(e))
		} else {
			all.MinLength = r.Odd(e).Int()
		}
	}
	if e := r.Final("aaa", "password", "restriction"); e != nil && !e.Negated {
		all.UserNameCheck, all.Enforced = facts.Bool(true, r.At(e)), facts.Bool(true, r.At(e))
	}
	var named []*pb.PasswordPolicy
	everybody := false
	for e := range r.Find("aaa", "common-criteria", "policy") {
		if !e.Negated && e.Word(3) != "" {
			p := r.commonCriteria(e, all.MinLength)
			named = append(named, p)
			everybody = everybody || p.GetEnforced().GetValue()
		}
	}
	// Where a named policy binds every user, what holds for users without one holds for nobody.
	if !everybody {
		r.FinishPolicy(all)
		list.Items = append(list.Items, all)
	}
	list.Items = append(list.Items, named...)
	r.Facts.PasswordPolicies = list
}

// commonCriteria reads a named policy; least is the length that is demanded of every password, where the policy names none.
func (r *reader) commonCriteria(e *stanza.Entry, least *pb.IntFact) *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: e.Word(3), MinLength: least}
	kinds := map[string]*pb.Evidence{}
	for _, l := range e.Under() {
		n, isNumber := l.Number(1)
		ev := r.At(l)
		switch w := l.Words[0]; {
		case l.Negated || w == "exit":
		case w == "min-length" && isNumber:
			p.MinLength = facts.Int(n, ev)
		case w == "max-length" && isNumber:
			p.MaxLength = facts.Int(n, ev)
		case w == "numeric-count" && isNumber && n > 0:
			kinds["digit"] = ev
		case w == "upper-case" && isNumber && n > 0:
			kinds["upper"] = ev
		case w == "lower-case" && isNumber && n > 0:
			kinds["lower"] = ev
		case w == "special-case" && isNumber && n > 0:
			kinds["symbol"] = ev
		case w == "lifetime":
			if d, ok := lifetime(l.Words[1:]); ok {
				p.MaxAge = facts.Duration(d, ev)
			} else {
				p.MaxAge = r.Odd(l).Duration()
			}
		case isNumber && (n == 0 || w == "char-changes" || w == "char-repetition"), w == "copy", w == "restrict-consecutive-letters", w == "character-repetition":
		default:
			r.Odd(l)
		}
	}
	words, ev := []string{}, []*pb.Evidence{}
	for _, k := range []string{"lower", "upper", "digit", "symbol"} {
		if kinds[k] != nil {
			words, ev = append(words, k), append(ev, kinds[k])
		}
	}
	if len(words) > 0 {
		p.RequiredClasses, p.MinClasses = facts.Texts(words, ev...), facts.Int(int64(len(words)), ev...)
	}
	p.Enforced = r.policyUsed(p.GetScope())
	r.FinishPolicy(p)
	return p
}

// policyUsed says whether every local user is bound to the policy.
func (r *reader) policyUsed(name string) *pb.BoolFact {
	bound, free := []*pb.Evidence{}, []*pb.Evidence{}
	for e := range r.Find("username") {
		if e.After("common-criteria-policy") == name {
			bound = append(bound, r.At(e))
		} else {
			free = append(free, r.At(e))
		}
	}
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Bool()
	}
	if len(bound) > 0 && len(free) == 0 {
		return facts.Bool(true, bound...)
	}
	return facts.Bool(false, append(free, r.Doc.All())...)
}

func lifetime(words []string) (time.Duration, bool) {
	units := map[string]time.Duration{"year": 365 * 24 * time.Hour, "month": 30 * 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "minute": time.Minute, "second": time.Second}
	var d time.Duration
	for i := 0; i+1 < len(words); i += 2 {
		n, ok := stanza.Number(words[i+1])
		unit, known := units[words[i]]
		if !ok || !known || n > 1<<20 {
			return 0, false
		}
		d += time.Duration(n) * unit
	}
	return d, d > 0
}

// lockout reads what is locked after failed logins.
func (r *reader) lockout() {
	st := r.Doc.List()
	list := &pb.LockoutPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	local := &pb.LockoutPolicy{Scope: "local users"}
	if e := r.Final("aaa", "local", "authentication", "attempts", "max-fail"); e != nil && !e.Negated {
		ev := r.At(e)
		if n, ok := e.Number(5); ok && n > 0 {
			local.Attempts = facts.Int(n, ev)
		} else {
			local.Attempts = r.Odd(e).Int()
		}
		retryLockout := lockoutIOS
		if r.xe {
			retryLockout = lockoutXE
		}
		local.Duration = facts.Forever(ev, facts.Default(retryLockout+"a locked user stays locked until an administrator unlocks him"))
		local.CoversAdmins = facts.Bool(false, ev, facts.Default(retryLockout+"a user of privilege level 15 cannot be locked out"))
		local.Locks = facts.Text("account", ev)
		local.Exempt = facts.Texts([]string{}, ev)
		list.Items = append(list.Items, local)
	}
	if p := r.loginBlock(); p != nil {
		list.Items = append(list.Items, p)
	}
	if len(list.Items) == 0 {
		local.Attempts = r.Doc.Absence().Int()
		list.Items = append(list.Items, local)
	}
	r.Facts.LockoutPolicies = list
}

// loginBlock reads "login block-for SECONDS attempts N within SECONDS", which shuts every line for a while.
func (r *reader) loginBlock() *pb.LockoutPolicy {
	e := r.Final("login", "block-for")
	if e == nil || e.Negated {
		return nil
	}
	ev := r.At(e)
	p := &pb.LockoutPolicy{Scope: "login", CoversAdmins: facts.Bool(true, ev), Locks: facts.Text("line", ev), Exempt: r.Doc.Absence().Texts()}
	if r.Whole() {
		p.Exempt = facts.Texts([]string{}, r.Doc.All())
	}
	seconds, ok1 := e.Number(2)
	attempts, ok2 := stanza.Number(e.After("attempts"))
	within, ok3 := stanza.Number(e.After("within"))
	if ok1 && ok2 && ok3 {
		p.Duration = facts.Duration(time.Duration(seconds)*time.Second, ev)
		p.Attempts = facts.Int(attempts, ev)
		p.Window = facts.Duration(time.Duration(within)*time.Second, ev)
	} else {
		m := r.Odd(e)
		p.Duration, p.Attempts, p.Window = m.Duration(), m.Int(), m.Duration()
	}
	if q := r.Final("login", "quiet-mode", "access-class"); q != nil && !q.Negated {
		p.Exempt = facts.Texts([]string{"access-list " + q.Word(3)}, r.At(q))
	}
	return p
}
