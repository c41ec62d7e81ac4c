package rgos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Ruijie products are delivered or documented with.
var defaultNames = []string{"admin", "ruijie", "root", "guest", "manager"}

// accounts reads the local users, of whom several lines may speak, and the users of the web server.
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
	for e := range r.Find("webmaster") {
		if a := r.webmaster(e, byName); a != nil {
			list.Items = append(list.Items, a)
		}
	}
	r.Facts.Accounts = list
}

func (r *reader) account(a *pb.Account, e *stanza.Entry) {
	ev := r.At(e)
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "privilege":
			i++
			r.privilege(a, e, e.Word(i))
		case "nopassword":
			a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), facts.NotApplicable(ev).Text()
		case "login": // "login mode console": what the user may come in by
			if e.Word(i+1) == "mode" {
				i += 2
				a.Services = facts.Texts([]string{strings.Replace(e.Word(i), "console", "terminal", 1)}, ev)
			}
		case "password", "secret":
			r.password(a, e, i)
			return // what follows is the password, which may hold anything
		}
	}
}

func (r *reader) privilege(a *pb.Account, e *stanza.Entry, level string) {
	if n, ok := stanza.Number(level); ok && n <= 15 {
		a.Privileged, a.Roles = facts.Bool(n == 15, r.At(e)), facts.Texts([]string{level}, r.At(e))
		return
	}
	m := r.Odd(e)
	a.Privileged, a.Roles = m.Bool(), m.Texts()
}

// password reads what follows the word at i.
func (r *reader) password(a *pb.Account, e *stanza.Entry, i int) {
	a.PasswordState = facts.Text("set", r.At(e))
	a.PasswordScheme = r.Scheme(e, i+1, e.Words[i] == "secret")
	if a.PasswordScheme.GetValue() == "plaintext" {
		plain := e.Word(len(e.Words) - 1)
		a.DefaultPassword = facts.Bool(plain == a.GetScope() && slices.Contains(defaultNames, plain), r.At(e))
	}
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account) {
	if a.PasswordState == nil {
		m := r.Doc.NoDefault("username without password")
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	}
	if a.Roles == nil { // the privilege is that of the line, or the least
		a.Privileged, a.Roles = r.Doc.NoDefault("username: privilege").Bool(), r.Doc.NoDefault("username: privilege").Texts()
	}
	a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	if facts.Known(a.PasswordState) {
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	}
	a.SshKeys = r.Doc.NoDefault("ip ssh peer").Int()
	for e := range r.Find("ip", "ssh", "peer", a.GetScope()) {
		if !e.Negated {
			a.SshKeys = facts.Int(1, r.At(e))
		}
	}
}

// webmaster reads "webmaster level N username NAME password [TYPE] WORD": a user of the web server alone. Level 0 is the highest.
func (r *reader) webmaster(e *stanza.Entry, others map[string]*pb.Account) *pb.Account {
	name := e.After("username")
	if name == "" || e.Negated {
		return nil
	}
	scope := name
	if others[name] != nil {
		scope = "webmaster " + name
	}
	a := r.NewAccount(e, name, defaultNames)
	a.Scope = scope
	a.Services = facts.Texts([]string{"web"}, r.At(e))
	a.Roles = facts.Texts([]string{e.After("level")}, r.At(e))
	a.Privileged = facts.Bool(e.After("level") == "0", r.At(e))
	a.SshKeys = facts.NotApplicable(r.At(e)).Int()
	m := r.Doc.NoDefault("webmaster without password")
	a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	if i := slices.Index(e.Words, "password"); i > 0 {
		r.password(a, e, i)
		a.DefaultPassword = nil
	}
	a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	if facts.Known(a.PasswordState) {
		a.LoginEnabled = facts.Bool(true, r.At(e))
	}
	return a
}

// enable reads the password that raises privilege, and whether passwords are kept readable.
func (r *reader) enable() {
	p := r.Facts.Protections
	p.EnableScheme = r.Doc.Absence().Text()
	for _, kind := range []string{"password", "secret"} { // a secret overrides a password
		for e := range r.Find("enable", kind) {
			i := 2
			if e.Word(2) == "level" {
				if e.Word(3) != "15" {
					continue
				}
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
	}
}

// accounting says whether each administrator's command is recorded: by a server, or in the log.
func (r *reader) accounting() {
	p := r.Facts.Protections
	p.CommandAccounting = r.Doc.Off()
	if e := r.Final("logging", "userinfo", "command-log"); e != nil {
		p.CommandAccounting = facts.Bool(!e.Negated, r.At(e))
	}
	if r.AAA.At != nil && !r.AAA.On {
		return
	}
	for e := range r.Find("aaa", "accounting", "commands", "15") {
		if !e.Negated && e.Word(5) != "none" && r.AppliedOnLines("15", e.Word(4)) {
			p.CommandAccounting = facts.Bool(true, r.At(e))
		}
	}
}
