package ciscoios

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Cisco products are delivered or documented with.
var defaultNames = []string{"admin", "cisco", "root"}

// accounts reads the local users; several lines may describe one.
func (r *reader) accounts() {
	st := r.list()
	list := &pb.AccountList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	byName := map[string]*pb.Account{}
	for e := range r.find("username") {
		name := e.word(1)
		if name == "" || e.no {
			continue
		}
		a := byName[name]
		if a == nil {
			a = newAccount(name, e, r.at(e))
			byName[name] = a
			list.Items = append(list.Items, a)
			if hole(name) {
				r.unread = append(r.unread, r.at(e))
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

func newAccount(name string, e *entry, ev *pb.Evidence) *pb.Account {
	return &pb.Account{
		Scope: name, Uid: facts.NotApplicable(ev).Int(), Services: facts.NotApplicable(ev).Texts(), Shell: facts.NotApplicable(ev).Text(), Home: facts.NotApplicable(ev).Text(),
		DefaultName: facts.Bool(slices.Contains(defaultNames, strings.ToLower(name)), ev),
	}
}

func (r *reader) account(a *pb.Account, e *entry) {
	ev := r.at(e)
	for i := 2; i < len(e.words); i++ {
		switch e.words[i] {
		case "privilege":
			i++
			level := e.word(i)
			if n, ok := number(level); ok && n <= 15 {
				a.Privileged, a.Roles = facts.Bool(n == 15, ev), facts.Texts([]string{level}, ev)
			} else {
				a.Privileged, a.Roles = r.odd(e).Bool(), facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Texts()
			}
		case "view":
			i++
			a.Privileged, a.Roles = facts.Bool(false, ev), facts.Texts([]string{"view " + e.word(i)}, ev)
		case "nopassword":
			a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), facts.NotApplicable(ev).Text()
		case "one-time":
			a.MustChange = facts.Bool(true, ev)
		case "common-criteria-policy", "aaa", "user-maxlinks", "access-class", "autocommand", "callback-dialstring", "callback-line", "callback-rotary", "dnis":
			i++
		case "password", "secret":
			a.PasswordState = facts.Text("set", ev)
			a.PasswordScheme = r.scheme(e, i+1, e.words[i] == "secret")
			if plain := e.word(len(e.words) - 1); a.PasswordScheme.GetValue() == "plaintext" {
				same := plain == a.GetScope() && slices.Contains(defaultNames, plain)
				a.DefaultPassword = facts.Bool(same, ev)
			}
			return // what follows is the password, which may hold anything
		}
	}
}

// scheme says how what begins at words[i] is kept: a number tells, or it stands there as it is. The number of a secret is
// not that of a password.
func (r *reader) scheme(e *entry, i int, secret bool) *pb.TextFact {
	ev := r.at(e)
	kind, value := e.word(i), e.word(i+1)
	if value == "" {
		switch {
		case kind == "":
			return r.odd(e).Text()
		case hole(kind):
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
		}
		return facts.Text("plaintext", ev)
	}
	switch {
	case kind == "0" && hole(value):
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
	case hole(kind):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
	return r.odd(e).Text()
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account, keys int64) {
	if a.PasswordState == nil {
		a.PasswordState = r.noDefault("username without password").Text()
		a.PasswordScheme = r.noDefault("username without password").Text()
	}
	if a.Roles == nil {
		// The user has the privilege of the line he comes in by.
		a.Roles = r.absence().Texts()
		a.Privileged = r.defaultBool(false, security+"username: the privilege level is 1")
		if r.whole {
			a.Roles = facts.Texts([]string{}, r.doc.All())
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
	if r.whole {
		a.SshKeys = facts.Int(keys, r.doc.All())
	}
}

// sshKeys counts the public keys of each user.
func (r *reader) sshKeys() map[string]int64 {
	out := map[string]int64{}
	for e := range r.find("ip", "ssh", "pubkey-chain") {
		for _, user := range e.under() {
			if user.words[0] != "username" {
				continue
			}
			for _, key := range user.under() {
				if key.words[0] == "key-hash" || key.words[0] == "key-string" {
					out[user.word(1)]++
				}
			}
		}
	}
	return out
}

// enable reads the password that raises privilege, and whether passwords are kept readable.
func (r *reader) enable() {
	p := r.facts.Protections
	p.EnableScheme = r.absence().Text()
	for _, kind := range []string{"password", "secret"} { // a secret overrides a password
		for e := range r.find("enable", kind) {
			if level := e.after("level"); level != "" && level != "15" {
				continue
			}
			i := 2
			if e.word(2) == "level" {
				i = 4
			}
			if e.no {
				p.EnableScheme = r.absence().Text()
				continue
			}
			p.EnableScheme = r.scheme(e, i, kind == "secret")
		}
	}
	p.PasswordEncryption = r.defaultBool(false, security+"service password-encryption: no encryption")
	if e := r.final("service", "password-encryption"); e != nil {
		p.PasswordEncryption = facts.Bool(!e.no, r.at(e))
	} else if e := r.final("password", "encryption", "aes"); e != nil && !e.no {
		p.PasswordEncryption = facts.Bool(true, r.at(e))
	}
}
