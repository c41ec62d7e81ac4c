package ciscoios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Cisco products are delivered or documented with.
var defaultNames = []string{"admin", "cisco", "root"}

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
			a = newAccount(name, e, r.At(e))
			byName[name] = a
			list.Items = append(list.Items, a)
			if stanza.Hole(name) {
				r.Unread = append(r.Unread, r.At(e))
			}
		}
		r.account(a, e)
	}
	keys := r.sshKeys()
	for _, a := range list.Items {
		r.finishAccount(a, keys[a.GetScope()])
	}
	r.facts.Accounts = list
}

func newAccount(name string, e *stanza.Entry, ev *pb.Evidence) *pb.Account {
	return &pb.Account{
		Scope: name, Uid: facts.NotApplicable(ev).Int(), Services: facts.NotApplicable(ev).Texts(), Shell: facts.NotApplicable(ev).Text(), Home: facts.NotApplicable(ev).Text(),
		DefaultName: facts.Bool(slices.Contains(defaultNames, strings.ToLower(name)), ev),
	}
}

func (r *reader) account(a *pb.Account, e *stanza.Entry) {
	ev := r.At(e)
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "privilege":
			i++
			level := e.Word(i)
			if n, ok := stanza.Number(level); ok && n <= 15 {
				a.Privileged, a.Roles = facts.Bool(n == 15, ev), facts.Texts([]string{level}, ev)
			} else {
				a.Privileged, a.Roles = r.Odd(e).Bool(), facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Texts()
			}
		case "view":
			i++
			a.Privileged, a.Roles = facts.Bool(false, ev), facts.Texts([]string{"view " + e.Word(i)}, ev)
		case "nopassword":
			a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), facts.NotApplicable(ev).Text()
		case "one-time":
			a.MustChange = facts.Bool(true, ev)
		case "common-criteria-policy", "aaa", "user-maxlinks", "access-class", "autocommand", "callback-dialstring", "callback-line", "callback-rotary", "dnis":
			i++
		case "password", "secret":
			a.PasswordState = facts.Text("set", ev)
			a.PasswordScheme = r.scheme(e, i+1, e.Words[i] == "secret")
			if plain := e.Word(len(e.Words) - 1); a.PasswordScheme.GetValue() == "plaintext" {
				same := plain == a.GetScope() && slices.Contains(defaultNames, plain)
				a.DefaultPassword = facts.Bool(same, ev)
			}
			return // what follows is the password, which may hold anything
		}
	}
}

// scheme says how what begins at words[i] is kept: a number tells, or it stands there as it is. The number of a secret is
// not that of a password.
func (r *reader) scheme(e *stanza.Entry, i int, secret bool) *pb.TextFact {
	ev := r.At(e)
	kind, value := e.Word(i), e.Word(i+1)
	if value == "" {
		switch {
		case kind == "":
			return r.Odd(e).Text()
		case stanza.Hole(kind):
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
		}
		return facts.Text("plaintext", ev)
	}
	switch {
	case kind == "0" && stanza.Hole(value):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case kind == "0":
		return facts.Text("plaintext", ev)
	case kind == "4" && secret:
		return facts.Text("irreversible", ev)
	case kind == "5" && secret:
		return facts.Text("md5crypt", ev)
	case kind == "8" && secret:
		return facts.Text("pbkdf2", ev)
	case kind == "9" && secret:
		return facts.Text("scrypt", ev)
	case kind == "6" || kind == "7":
		return facts.Text("reversible", ev)
	case stanza.Hole(kind):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
	return r.Odd(e).Text()
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account, keys int64) {
	if a.PasswordState == nil {
		a.PasswordState = r.Doc.NoDefault("username without password").Text()
		a.PasswordScheme = r.Doc.NoDefault("username without password").Text()
	}
	if a.Roles == nil {
		// The user has the privilege of the line he comes in by.
		a.Roles = r.Doc.Absence().Texts()
		a.Privileged = r.defaultBool(false, security+"username: the privilege level is 1")
		if r.Whole() {
			a.Roles = facts.Texts([]string{}, r.Doc.All())
			for _, l := range r.lines {
				if l.privilege.GetValue() >= 15 {
					a.Privileged = facts.Bool(true, l.privilege.GetEvidence()...)
				}
			}
		}
	}
	switch a.PasswordState.GetValue() {
	case "set", "empty":
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	default:
		a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	}
	if r.Whole() {
		a.SshKeys = facts.Int(keys, r.Doc.All())
	}
}

// sshKeys counts the public keys of each user.
func (r *reader) sshKeys() map[string]int64 {
	out := map[string]int64{}
	for e := range r.Find("ip", "ssh", "pubkey-chain") {
		for _, user := range e.Under() {
			if user.Words[0] != "username" {
				continue
			}
			for _, key := range user.Under() {
				if key.Words[0] == "key-hash" || key.Words[0] == "key-string" {
					out[user.Word(1)]++
				}
			}
		}
	}
	return out
}

// enable reads the password that raises privilege, and whether passwords are kept readable.
func (r *reader) enable() {
	p := r.facts.Protections
	p.EnableScheme = r.Doc.Absence().Text()
	for _, kind := range []string{"password", "secret"} { // a secret overrides a password
		for e := range r.Find("enable", kind) {
			if level := e.After("level"); level != "" && level != "15" {
				continue
			}
			i := 2
			if e.Word(2) == "level" {
				i = 4
			}
			if e.Negated {
				p.EnableScheme = r.Doc.Absence().Text()
				continue
			}
			p.EnableScheme = r.scheme(e, i, kind == "secret")
		}
	}
	p.PasswordEncryption = r.defaultBool(false, security+"service password-encryption: no encryption")
	if e := r.Final("service", "password-encryption"); e != nil {
		p.PasswordEncryption = facts.Bool(!e.Negated, r.At(e))
	} else if e := r.Final("password", "encryption", "aes"); e != nil && !e.Negated {
		p.PasswordEncryption = facts.Bool(true, r.At(e))
	}
}
