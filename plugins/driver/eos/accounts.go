package eos

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Arista products are delivered or documented with.
var defaultNames = []string{"admin", "root", "cvpadmin"}

// initial is the document that says with what user, and without what password, the product is delivered.
const initial = "Arista, Securing EOS CLI, EOS 4.13.1F, Understanding Initial Access Configuration: the user is admin and has no password"

// accounts reads the local users; several lines may describe one.
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
		r.account(a, e)
	}
	for _, a := range list.Items {
		r.finishAccount(a)
	}
	r.Facts.Accounts = list
}

// account reads "username NAME [privilege N] [role ROLE] [nopassword | secret [TYPE] WORD]" and the lines about keys.
func (r *reader) account(a *pb.Account, e *entry) {
	ev := r.At(e)
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "privilege", "role":
			i++
			if word := e.Word(i); word != "" {
				where := a.GetRoles().GetEvidence()
				if !slices.Contains(where, ev) {
					where = append(where, ev)
				}
				a.Roles = facts.Texts(append(slices.Clone(a.GetRoles().GetValue()), word), where...)
			}
		case "nopassword":
			a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), facts.NotApplicable(ev).Text()
			if a.GetScope() == "admin" && r.Whole() {
				a.DefaultPassword = facts.Bool(true, ev, facts.Default(initial))
			}
		case "shell":
			i++
			a.Shell = facts.Text(e.Word(i), ev)
		case "ssh-key", "sshkey":
			a.SshKeys = facts.Int(a.GetSshKeys().GetValue()+1, ev)
			return
		case "secret":
			a.PasswordState = facts.Text("set", ev)
			if a.PasswordScheme = r.kept(e, i+1); a.PasswordScheme.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE {
				a.PasswordState = facts.Text("none", ev)
			}
			if plain := e.Word(len(e.Words) - 1); a.PasswordScheme.GetValue() == "plaintext" {
				a.DefaultPassword = facts.Bool(plain == a.GetScope() && slices.Contains(defaultNames, plain), ev)
			}
			return // what follows is the password, which may hold anything
		}
	}
}

// kept says how the password that begins at words[i] is kept; not applicable where "*" stands for none.
func (r *reader) kept(e *entry, i int) *pb.TextFact {
	ev := r.At(e)
	kind, value := e.Word(i), e.Word(i+1)
	if value == "" {
		kind, value = "", kind
	}
	switch scheme := ciscolike.Crypt(value); {
	case value == "":
		return r.Odd(e).Text()
	case value == "*" || value == "!":
		return facts.NotApplicable(ev).Text()
	case scheme != "":
		return facts.Text(scheme, ev)
	case stanza.Hole(value):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case kind == "sha512":
		return facts.Text("sha512crypt", ev)
	case kind == "5":
		return facts.Text("md5crypt", ev)
	case kind == "0" || kind == "":
		return facts.Text("plaintext", ev)
	case kind == "7" || kind == "8a":
		return facts.Text("reversible", ev)
	}
	return r.Odd(e).Text()
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account) {
	if a.PasswordState == nil {
		m := r.Doc.NoDefault("username without secret")
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	}
	roles := a.GetRoles().GetValue()
	switch {
	case slices.Contains(roles, "network-admin"):
		a.Privileged = facts.Bool(true, a.Roles.GetEvidence()...)
	case slices.ContainsFunc(roles, func(w string) bool { _, level := stanza.Number(w); return !level }):
		a.Privileged = facts.Bool(false, a.Roles.GetEvidence()...)
	default:
		a.Privileged = r.Doc.NoDefault("username without role").Bool()
		if e := r.Final("aaa", "authorization", "policy", "local", "default-role"); e != nil && !e.Negated {
			a.Privileged = facts.Bool(e.Word(5) == "network-admin", r.At(e))
		}
	}
	if a.Roles == nil {
		a.Roles = r.Doc.NoDefault("username without role").Texts()
	}
	switch a.PasswordState.GetValue() {
	case "set", "empty":
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	case "none":
		if a.LoginEnabled = r.Doc.Unknown().Bool(); r.Whole() || a.GetSshKeys().GetValue() > 0 {
			a.LoginEnabled = facts.Bool(a.GetSshKeys().GetValue() > 0, a.PasswordState.GetEvidence()...)
		}
	default:
		a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	}
	if a.SshKeys == nil && r.Whole() {
		a.SshKeys = facts.Int(0, r.Doc.All())
	}
}

// enable reads the password that raises privilege, and whether secrets of other kinds are kept readable.
func (r *reader) enable() {
	p := r.Facts.Protections
	p.EnableScheme = r.Doc.Absence().Text()
	for _, kind := range []string{"password", "secret"} {
		for e := range r.Find("enable", kind) {
			if e.Negated {
				p.EnableScheme = facts.Absent(r.At(e)).Text()
				continue
			}
			p.EnableScheme = r.kept(e, 2)
		}
	}
	p.PasswordEncryption = r.Doc.NoDefault("management security password encryption").Bool()
	for e := range r.Find("management", "security") {
		for _, s := range e.Under() {
			if s.Begins("password", "encryption", "reversible") || s.Begins("password", "encryption-key") {
				p.PasswordEncryption = facts.Bool(!s.Negated, r.At(s))
			}
		}
	}
}

// accounting says whether each administrator's command is recorded.
func (r *reader) accounting() {
	p := r.Facts.Protections
	p.CommandAccounting = r.Doc.Off()
	for e := range r.Find("aaa", "accounting", "commands") {
		levels, list := e.Word(3), e.Word(4)
		if !e.Negated && (levels == "all" || slices.Contains(strings.Split(levels, ","), "15")) && list == "default" && e.Word(5) != "none" {
			p.CommandAccounting = facts.Bool(true, r.At(e))
		}
	}
}

// passwordPolicies reads the length for all passwords and the named policies below "management security".
func (r *reader) passwordPolicies() {
	st := r.Doc.List()
	list := &pb.PasswordPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	local := &pb.PasswordPolicy{Scope: "local users"}
	var named []*pb.PasswordPolicy
	for e := range r.Find("management", "security") {
		for _, s := range e.Under() {
			switch {
			case s.Begins("password", "minimum", "length") && !s.Negated:
				if n, ok := s.Number(3); ok {
					local.MinLength, local.Enforced = facts.Int(n, r.At(s)), facts.Bool(true, r.At(s))
				} else {
					local.MinLength = r.Odd(s).Int()
				}
			case s.Begins("password", "policy") && !s.Negated && s.Word(2) != "":
				named = append(named, r.namedPolicy(s))
			}
		}
	}
	// A named policy that "management accounts" applies holds for every local user; the least length holds beside it.
	applied := slices.IndexFunc(named, func(p *pb.PasswordPolicy) bool { return p.GetEnforced().GetValue() })
	if applied < 0 || !r.Whole() {
		list.Items = append(list.Items, local)
	} else if p := named[applied]; local.GetMinLength().GetValue() > p.GetMinLength().GetValue() {
		p.MinLength = local.MinLength
	}
	list.Items = append(list.Items, named...)
	for _, p := range list.Items {
		r.FinishPolicy(p)
	}
	r.Facts.PasswordPolicies = list
}

func (r *reader) namedPolicy(e *entry) *pb.PasswordPolicy {
	p := &pb.PasswordPolicy{Scope: e.Word(2)}
	classes, ev := []string{}, []*pb.Evidence{}
	for _, l := range e.Under() {
		n, ok := l.Number(2)
		if l.Negated || !ok {
			continue
		}
		switch kind := map[string]string{"lower": "lower", "upper": "upper", "digits": "digit", "special": "symbol"}[l.Word(1)]; {
		case l.Begins("minimum", "length"):
			p.MinLength = facts.Int(n, r.At(l))
		case l.Words[0] == "minimum" && kind != "" && n > 0:
			classes, ev = append(classes, kind), append(ev, r.At(l))
		}
	}
	if len(classes) > 0 {
		p.RequiredClasses, p.MinClasses = facts.Texts(classes, ev...), facts.Int(int64(len(classes)), ev...)
	}
	for a := range r.Find("management", "accounts") {
		for _, l := range a.Under() {
			if l.Begins("password", "policy", p.GetScope()) && !l.Negated {
				p.Enforced = facts.Bool(true, r.At(l))
			}
		}
	}
	return p
}

// lockout reads "aaa authentication policy lockout failure N [window SECONDS] [duration SECONDS]".
func (r *reader) lockout() {
	st := r.Doc.List()
	p := &pb.LockoutPolicy{Scope: "local users", Attempts: r.Doc.Absence().Int()}
	if e := r.Final("aaa", "authentication", "policy", "lockout"); e != nil && !e.Negated {
		ev := r.At(e)
		n, ok := stanza.Number(e.After("failure"))
		if ok {
			p.Attempts = facts.Int(n, ev)
		} else {
			p.Attempts = r.Odd(e).Int()
		}
		p.Duration, p.Window = r.Doc.NoDefault("lockout duration").Duration(), r.Doc.NoDefault("lockout window").Duration()
		if d, ok := stanza.Number(e.After("duration")); ok {
			p.Duration = facts.Duration(time.Duration(d)*time.Second, ev)
		}
		if w, ok := stanza.Number(e.After("window")); ok {
			p.Window = facts.Duration(time.Duration(w)*time.Second, ev)
		}
		p.Locks, p.CoversAdmins, p.Exempt = facts.Text("account", ev), r.Doc.NoDefault("aaa authentication policy lockout: administrators").Bool(), r.Doc.Absence().Texts()
		if r.Whole() {
			p.Exempt = facts.Texts([]string{}, r.Doc.All())
		}
	}
	r.Facts.LockoutPolicies = &pb.LockoutPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LockoutPolicy{p}}
}
