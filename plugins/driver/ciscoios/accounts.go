package ciscoios

import (
	"slices"

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
			a = r.NewAccount(e, name, defaultNames)
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
	r.Facts.Accounts = list
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
			a.PasswordScheme = r.Scheme(e, i+1, e.Words[i] == "secret")
			if plain := e.Word(len(e.Words) - 1); a.PasswordScheme.GetValue() == "plaintext" {
				same := plain == a.GetScope() && slices.Contains(defaultNames, plain)
				a.DefaultPassword = facts.Bool(same, ev)
			}
			return // what follows is the password, which may hold anything
		}
	}
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
		a.Privileged = r.Doc.NoDefault("username without privilege").Bool()
		if r.Whole() {
			a.Roles = facts.Texts([]string{}, r.Doc.All())
			for _, l := range r.lines {
				if l.Privilege.GetValue() >= 15 {
					a.Privileged = facts.Bool(true, l.Privilege.GetEvidence()...)
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
	p := r.Facts.Protections
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
			p.EnableScheme = r.Scheme(e, i, kind == "secret")
		}
	}
	p.PasswordEncryption = r.Doc.NoDefault("service password-encryption").Bool()
	if e := r.Final("service", "password-encryption"); e != nil {
		p.PasswordEncryption = facts.Bool(!e.Negated, r.At(e))
	} else if e := r.Final("password", "encryption", "aes"); e != nil && !e.Negated {
		p.PasswordEncryption = facts.Bool(true, r.At(e))
	}
}
