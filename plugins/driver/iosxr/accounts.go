package iosxr

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Cisco products are delivered or documented with.
var defaultNames = []string{"admin", "cisco", "root"}

// mighty are the user groups with full rights.
var mighty = []string{"root-lr", "root-system"}

// accounts reads the local users: sections, or lines that hold everything.
func (r *reader) accounts() {
	st := r.Doc.List()
	list := &pb.AccountList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	byName := map[string]*pb.Account{}
	for e := range r.Find("username") {
		name := e.Word(1)
		if name == "" || e.Negated {
			continue
		}
		a := byName[name]
		if a == nil {
			a = r.NewAccount(e, name, defaultNames)
			byName[name] = a
			list.Items = append(list.Items, a)
			if stanza.Hole(name) {
				r.Unread = append(r.Unread, r.At(e))
			}
		}
		if len(e.Words) > 2 {
			r.account(a, e, e.Words[2:])
		}
		for _, l := range e.Under() {
			if !l.Negated {
				r.account(a, l, l.Words)
			}
		}
	}
	for _, a := range list.Items {
		r.finishAccount(a)
	}
	r.Facts.Accounts = list
	r.Facts.Protections.EnableScheme = facts.NotApplicable(r.Doc.All()).Text()
	r.Facts.Protections.PasswordEncryption = r.Doc.NoDefault("password6 encryption aes").Bool()
	if e := r.Final("password6", "encryption", "aes"); e != nil {
		r.Facts.Protections.PasswordEncryption = facts.Bool(!e.Negated, r.At(e))
	}
}

func (r *reader) account(a *pb.Account, e *entry, words []string) {
	ev := r.At(e)
	switch words[0] {
	case "group":
		if len(words) > 1 {
			a.Roles = facts.Texts(append(slices.Clone(a.GetRoles().GetValue()), words[1]), append(a.GetRoles().GetEvidence(), ev)...)
		}
	case "secret":
		a.PasswordState, a.PasswordScheme = facts.Text("set", ev), r.kept(e, words[1:], true)
		r.asDelivered(a, words, ev)
	case "password":
		if a.PasswordState == nil { // a secret counts before a password
			a.PasswordState, a.PasswordScheme = facts.Text("set", ev), r.kept(e, words[1:], false)
			r.asDelivered(a, words, ev)
		}
	}
}

func (r *reader) asDelivered(a *pb.Account, words []string, ev *pb.Evidence) {
	if a.PasswordScheme.GetValue() == "plaintext" {
		plain := words[len(words)-1]
		a.DefaultPassword = facts.Bool(plain == a.GetScope() && slices.Contains(defaultNames, plain), ev)
	}
}

// kept says how a password is kept: a number tells, or its own beginning.
func (r *reader) kept(e *entry, words []string, secret bool) *pb.TextFact {
	ev := r.At(e)
	kind := ""
	if len(words) > 1 {
		kind, words = words[0], words[1:]
	}
	if len(words) == 0 {
		return r.Odd(e).Text()
	}
	value := words[0]
	switch scheme := ciscolike.Crypt(value); {
	case scheme != "":
		return facts.Text(scheme, ev)
	case stanza.Hole(value):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case kind == "" || kind == "0" || kind == "clear":
		return facts.Text("plaintext", ev)
	case !secret && (kind == "7" || kind == "encrypted" || kind == "6"):
		return facts.Text("reversible", ev)
	case secret && (kind == "5" || kind == "encrypted"):
		return facts.Text("md5crypt", ev)
	case secret && kind == "10":
		return facts.Text("sha512crypt", ev)
	}
	return r.Odd(e).Text()
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account) {
	if a.PasswordState == nil {
		m := r.Doc.NoDefault("username without secret")
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	}
	if a.Roles == nil {
		m := r.Doc.NoDefault("username without group")
		a.Roles, a.Privileged = m.Texts(), m.Bool()
	} else {
		a.Privileged = facts.Bool(slices.ContainsFunc(a.Roles.GetValue(), func(w string) bool { return slices.Contains(mighty, w) }), a.Roles.GetEvidence()...)
	}
	a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	if facts.Known(a.PasswordState) {
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	}
}

// policies reads "aaa password-policy NAME", which holds rules for passwords and for the lockout, and command accounting.
func (r *reader) policies() {
	st := r.Doc.List()
	passwords := &pb.PasswordPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	lockouts := &pb.LockoutPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("aaa", "password-policy") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		p, l := r.policy(e)
		passwords.Items = append(passwords.Items, p)
		if l.Attempts != nil {
			lockouts.Items = append(lockouts.Items, l)
		}
	}
	if len(passwords.Items) == 0 {
		p := &pb.PasswordPolicy{Scope: "local users"}
		r.FinishPolicy(p)
		passwords.Items = append(passwords.Items, p)
	}
	if len(lockouts.Items) == 0 {
		lockouts.Items = append(lockouts.Items, &pb.LockoutPolicy{Scope: "local users", Attempts: r.Doc.Absence().Int()})
	}
	r.Facts.PasswordPolicies, r.Facts.LockoutPolicies = passwords, lockouts
	p := r.Facts.Protections
	p.CommandAccounting = r.Doc.Off()
	for e := range r.Find("aaa", "accounting", "commands", "default") {
		if !e.Negated && slices.Contains(e.Words, "group") {
			p.CommandAccounting = facts.Bool(true, r.At(e))
		}
	}
}

func (r *reader) policy(e *entry) (*pb.PasswordPolicy, *pb.LockoutPolicy) {
	p, l := &pb.PasswordPolicy{Scope: e.Word(2)}, &pb.LockoutPolicy{Scope: e.Word(2)}
	classes, ev := []string{}, []*pb.Evidence{}
	for _, s := range e.Under() {
		at := r.At(s)
		n, isNumber := s.Number(1)
		kind := map[string]string{"lower-case": "lower", "upper-case": "upper", "numeric": "digit", "special-char": "symbol"}[s.Words[0]]
		switch w := s.Words[0]; {
		case s.Negated:
		case w == "min-length" && isNumber:
			p.MinLength = facts.Int(n, at)
		case w == "max-length" && isNumber:
			p.MaxLength = facts.Int(n, at)
		case w == "restrict-old-count" && isNumber:
			p.History = facts.Int(n, at)
		case w == "restrict-username":
			p.UserNameCheck = facts.Bool(true, at)
		case kind != "" && isNumber && n > 0:
			classes, ev = append(classes, kind), append(ev, at)
		case w == "lifetime":
			if d, ok := span(s.Words[1:]); ok {
				p.MaxAge = facts.Duration(d, at)
			} else {
				p.MaxAge = r.Odd(s).Duration()
			}
		case w == "authen-max-attempts" && isNumber:
			l.Attempts, l.Locks = facts.Int(n, at), facts.Text("account", at)
		case w == "lockout-time":
			if d, ok := span(s.Words[1:]); ok {
				l.Duration = facts.Duration(d, at)
			} else {
				l.Duration = r.Odd(s).Duration()
			}
		}
	}
	if len(classes) > 0 {
		p.RequiredClasses, p.MinClasses = facts.Texts(classes, ev...), facts.Int(int64(len(classes)), ev...)
	}
	if l.Duration == nil {
		l.Duration = r.Doc.NoDefault("lockout-time").Duration()
	}
	l.CoversAdmins = r.Doc.NoDefault("aaa password-policy: administrators").Bool()
	l.Exempt, p.Enforced = r.bound(p.GetScope())
	r.FinishPolicy(p)
	return p, l
}

// bound says which users a policy does not hold, and whether it holds all of them.
func (r *reader) bound(policy string) (*pb.TextsFact, *pb.BoolFact) {
	free, held := []string{}, 0
	for e := range r.Find("username") {
		if e.Negated {
			continue
		}
		if ciscolike.Below(e, "policy", policy) {
			held++
		} else if !slices.Contains(free, e.Word(1)) {
			free = append(free, e.Word(1))
		}
	}
	if !r.Whole() {
		return r.Doc.Unknown().Texts(), r.Doc.Unknown().Bool()
	}
	return facts.Texts(free, r.Doc.All()), facts.Bool(held > 0 && len(free) == 0, r.Doc.All())
}

// span reads "days 30", "minutes 30" and the like.
func span(words []string) (time.Duration, bool) {
	units := map[string]time.Duration{"years": 365 * 24 * time.Hour, "months": 30 * 24 * time.Hour, "days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second}
	var d time.Duration
	for i := 0; i+1 < len(words); i += 2 {
		n, ok := stanza.Number(words[i+1])
		unit, known := units[strings.TrimSuffix(words[i], "s")+"s"]
		if !ok || !known || n > 1<<20 {
			return 0, false
		}
		d += time.Duration(n) * unit
	}
	return d, d > 0
}
