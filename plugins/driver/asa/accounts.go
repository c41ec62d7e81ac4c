package asa

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// user is what the lines about one local user say together.
type user struct {
	name    string
	line    *stanza.Entry
	service *stanza.Entry
	keys    []*stanza.Entry
}

func (r *reader) users() []*user {
	byName := map[string]*user{}
	var out []*user
	for e := range r.Find("username") {
		name := e.Word(1)
		if name == "" {
			r.Unread = append(r.Unread, r.At(e))
			continue
		}
		if e.Negated {
			delete(byName, name)
			out = slices.DeleteFunc(out, func(u *user) bool { return u.name == name })
			continue
		}
		u := byName[name]
		if u == nil {
			u = &user{name: name}
			byName[name], out = u, append(out, u)
		}
		if e.Word(2) != "attributes" {
			u.line = e
			continue
		}
		for _, l := range e.Under() {
			switch {
			case l.Words[0] == "service-type" && !l.Negated:
				u.service = l
			case l.Begins("ssh", "authentication") && !l.Negated:
				u.keys = append(u.keys, l)
			}
		}
	}
	return slices.DeleteFunc(out, func(u *user) bool { return u.line == nil })
}

func (r *reader) accounts() *pb.AccountList {
	s := r.Doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.users() {
		out.Items = append(out.Items, r.account(u))
	}
	return out
}

// Names with which these products are delivered, or which their guides use.
var deliveredNames = []string{"admin", "cisco", "pix", "asa", "enable_15"}

func (r *reader) account(u *user) *pb.Account {
	ev, na := r.At(u.line), facts.NotApplicable()
	a := &pb.Account{
		Scope: u.name, Uid: na.Int(), Shell: na.Text(), Home: na.Text(), Expires: r.Doc.Absence().Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show aaa login-history").Time(),
		LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), DefaultName: facts.Bool(slices.Contains(deliveredNames, strings.ToLower(u.name)), ev),
		LoginEnabled: facts.Bool(true, ev), DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", ev).Bool(), SshKeys: r.Doc.NoDefault("ssh authentication").Int(),
	}
	if len(u.keys) > 0 {
		a.SshKeys = facts.Int(int64(len(u.keys)), r.At(u.keys[0]))
	} else if r.Whole() {
		a.SshKeys = facts.Int(0, r.Doc.All())
	}
	if stanza.Hole(u.name) {
		a.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Bool()
	}
	switch level := u.line.After("privilege"); {
	case level != "":
		n, ok := stanza.Number(level)
		if !ok {
			m := r.Odd(u.line)
			a.Privileged, a.Roles = m.Bool(), m.Texts()
			break
		}
		a.Privileged, a.Roles = facts.Bool(n == 15, ev), facts.Texts([]string{level}, ev)
	default:
		a.Privileged, a.Roles = r.defaults.Bool("privilege", false), r.defaults.Texts("privilege", "2")
	}
	if u.service != nil {
		a.Services = facts.Texts(u.service.Words[1:], r.At(u.service))
		a.LoginEnabled = facts.Bool(u.service.Word(1) != "remote-access", r.At(u.service))
	}
	r.password(a, u)
	return a
}

// password reads "password HASH encrypted", "nopassword" and their like; the word after the hash says how it is kept.
func (r *reader) password(a *pb.Account, u *user) {
	ev := r.At(u.line)
	at := slices.Index(u.line.Words, "password")
	if slices.Contains(u.line.Words, "nopassword") {
		a.PasswordState, a.PasswordScheme, a.DefaultPassword = facts.Text("empty", ev), facts.NotApplicable(ev).Text(), facts.Bool(false, ev)
		if len(u.keys) > 0 {
			a.PasswordState = facts.Text("none", ev, r.At(u.keys[0]))
		}
		return
	}
	if at < 0 || u.line.Word(at+1) == "" {
		m := r.Odd(u.line)
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
		return
	}
	a.PasswordState, a.PasswordScheme = facts.Text("set", ev), r.kept(u.line, at+2)
	if hidden(u.line.Word(at + 1)) {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev)
		a.PasswordState = m.Text()
		if a.PasswordScheme.GetValue() == "plaintext" {
			a.PasswordScheme = m.Text()
		}
	}
	if a.PasswordScheme.GetValue() == "plaintext" {
		a.DefaultPassword = facts.Bool(strings.EqualFold(u.line.Word(at+1), "cisco"), ev)
	}
}

// hidden says whether a secret was taken out of the text.
func hidden(word string) bool { return stanza.Hole(word) || strings.Trim(word, "*") == "" }

// kept says how a password is kept by the word after it.
func (r *reader) kept(e *stanza.Entry, i int) *pb.TextFact {
	switch e.Word(i) {
	case "encrypted":
		return facts.Text("asa-md5", r.At(e))
	case "pbkdf2":
		return facts.Text("pbkdf2", r.At(e))
	case "nt-encrypted", "mschap":
		return facts.Text("irreversible", r.At(e))
	case "", "privilege", "level":
		if hidden(e.Word(i - 1)) {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Text()
		}
		return facts.Text("plaintext", r.At(e))
	}
	return r.Odd(e).Text()
}

// enableScheme is how the password of level 15 is kept.
func (r *reader) enableScheme() *pb.TextFact {
	var last *stanza.Entry
	for e := range r.Find("enable", "password") {
		if l := e.After("level"); !e.Negated && (l == "" || l == "15") {
			last = e
		}
	}
	if last == nil {
		return r.Doc.Absence().Text()
	}
	at := 3
	if last.Word(3) == "level" {
		at = 5
	}
	return r.kept(last, at)
}

// readable says whether no password stands readable in the configuration.
func (r *reader) readable() *pb.BoolFact {
	var some []*pb.Evidence
	check := func(e *stanza.Entry, i int) *pb.BoolFact {
		some = append(some, r.At(e))
		if f := r.kept(e, i); facts.Known(f) && f.GetValue() == "plaintext" {
			return facts.Bool(false, r.At(e))
		}
		return nil
	}
	for _, u := range r.users() {
		if at := slices.Index(u.line.Words, "password"); at > 0 {
			if f := check(u.line, at+2); f != nil {
				return f
			}
		}
	}
	for e := range r.Find("enable", "password") {
		if f := check(e, 3); f != nil && e.Word(3) != "level" {
			return f
		}
	}
	for e := range r.Find("passwd") {
		if f := check(e, 2); f != nil {
			return f
		}
	}
	if !r.Whole() {
		return r.Doc.Unknown().Bool()
	}
	return facts.Bool(true, append(some, r.Doc.All())...)
}

// passwordPolicies reads "password-policy"; without a line nothing is demanded beyond what the software does by itself.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	na := facts.NotApplicable()
	p := &pb.PasswordPolicy{
		Scope: "local users", MaxLength: na.Int(), FirstLoginChange: na.Bool(), DictionaryCheck: na.Bool(), WarnBefore: na.Duration(), MinAge: na.Duration(), CoversAdmins: r.Doc.NoDefault("password-policy").Bool(),
		MinLength: r.Doc.NoDefault("password-policy minimum-length").Int(), MaxAge: r.defaults.Forever("password-policy"), History: r.Doc.NoDefault("password-policy reuse-interval").Int(),
		UserNameCheck: r.Doc.NoDefault("password-policy username-check").Bool(), Scheme: r.Doc.NoDefault("password").Text(), Enforced: r.Doc.Off(),
	}
	out.Items = append(out.Items, p)
	var kinds []string
	var asked []*pb.Evidence
	for e := range r.Find("password-policy") {
		if e.Negated {
			continue
		}
		ev := r.At(e)
		n, ok := e.Number(2)
		if e.Word(1) == "authenticate" || e.Word(1) == "username-check" {
			n, ok = 0, true
		}
		if !ok {
			r.Unread = append(r.Unread, ev)
			continue
		}
		p.Enforced, p.CoversAdmins = facts.Bool(true, ev), facts.Bool(true, ev)
		switch kind := e.Word(1); kind {
		case "minimum-length":
			p.MinLength = facts.Int(n, ev)
		case "lifetime":
			p.MaxAge = facts.Duration(time.Duration(n)*day, ev)
			if n == 0 {
				p.MaxAge = facts.Forever(ev)
			}
		case "reuse-interval":
			p.History = facts.Int(n, ev)
		case "username-check":
			p.UserNameCheck = facts.Bool(true, ev)
		case "minimum-lowercase", "minimum-uppercase", "minimum-numeric", "minimum-special":
			if n > 0 {
				kinds = append(kinds, map[string]string{"minimum-lowercase": "lower", "minimum-uppercase": "upper", "minimum-numeric": "digit", "minimum-special": "symbol"}[kind])
				asked = append(asked, ev)
			}
		case "minimum-changes", "authenticate":
		default:
			r.Unread = append(r.Unread, ev)
		}
	}
	switch doc := r.defaults.Evidence("password-policy"); {
	case len(kinds) == 4:
		p.MinClasses, p.RequiredClasses = facts.Int(4, asked...), facts.Texts(kinds, asked...)
	case doc == nil:
		m := r.Doc.NoDefault("password-policy")
		p.MinClasses, p.RequiredClasses = m.Int(), m.Texts()
	default:
		asked = append(asked, doc)
		p.MinClasses, p.RequiredClasses = facts.Int(int64(len(kinds)), asked...), facts.Texts(kinds, asked...)
	}
	return out
}

// lockoutPolicies reads after how many failures a local user is locked; nothing locks him unless a line says so.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	m := r.Doc.Absence()
	p := &pb.LockoutPolicy{Scope: "local users", Attempts: m.Int(), Duration: m.Duration(), Window: facts.NotApplicable().Duration(), Exempt: facts.NotApplicable().Texts(), CoversAdmins: r.Doc.Off(), Locks: facts.Text("account")}
	out.Items = append(out.Items, p)
	e := r.Final("aaa", "local", "authentication", "attempts", "max-fail")
	if e == nil || e.Negated {
		if e != nil {
			off := facts.Absent(r.At(e))
			p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, r.At(e))
		}
		return out
	}
	n, ok := e.Number(5)
	if !ok {
		odd := r.Odd(e)
		p.Attempts, p.Duration, p.CoversAdmins = odd.Int(), odd.Duration(), odd.Bool()
		return out
	}
	// How long it lasts, and whether level 15 is locked too, differs between versions.
	p.Attempts, p.Duration = facts.Int(n, r.At(e)), r.Doc.NoDefault("max-fail duration").Duration()
	p.CoversAdmins = r.Doc.NoDefault("max-fail privilege 15").Bool()
	return out
}
