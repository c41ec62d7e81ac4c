package zxros

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// settings are the lines of the section about users, and those of its kind that stand at the top on older versions.
func (r *reader) settings(words ...string) []*stanza.Entry {
	var out []*stanza.Entry
	for e := range r.Find("system-user") {
		for _, l := range e.Under() {
			if l.Begins(words...) {
				out = append(out, l)
			}
		}
	}
	return append(out, slices.Collect(r.Find(words...))...)
}

// setting gives the last of them that is not taken back; nil if there is none.
func (r *reader) setting(words ...string) *stanza.Entry {
	var last *stanza.Entry
	for _, e := range r.settings(words...) {
		last = e
		if e.Negated {
			last = nil
		}
	}
	return last
}

// below gives the last line of a section that begins with words, not taken back; nil if there is none or no section.
func below(section *stanza.Entry, words ...string) *stanza.Entry {
	if section == nil {
		return nil
	}
	var last *stanza.Entry
	for _, l := range section.Under() {
		if l.Begins(words...) && !l.Negated {
			last = l
		}
	}
	return last
}

// user is what is said of one user.
type user struct {
	name            string
	node, password  *stanza.Entry
	kind, secret    string // how the secret is kept, as written, and the secret
	level, types    *stanza.Entry
	disabled, first *stanza.Entry
	asks            *stanza.Entry // how he is authenticated, where that is said
}

// What stands in place of a user's name where a line speaks of all users.
var forAllUsers = []string{"user-suspend", "high-level-security", "inactivity-day", "pwd-expire-day", "login-range", "expire-date", "password-changed"}

func (r *reader) users() []*user {
	byName := map[string]*user{}
	var out []*user
	get := func(name string, e *stanza.Entry) *user {
		if byName[name] == nil {
			byName[name] = &user{name: name, node: e}
			out = append(out, byName[name])
		}
		return byName[name]
	}
	for _, e := range r.settings("user-name") {
		if !e.Negated && len(e.Words) > 1 {
			r.section(get(e.Word(1), e), e)
		}
	}
	for e := range r.Find("username") {
		if e.Negated || len(e.Words) < 3 || slices.Contains(forAllUsers, e.Word(1)) {
			continue
		}
		switch e.Word(2) {
		case "password":
			u := get(e.Word(1), e)
			if slices.Contains(e.Words, "max-sessions") && u.password != nil {
				continue
			}
			u.password = e
			u.kind, u.secret = secret(e.Words[2:])
			if slices.Contains(e.Words, "privilege") {
				u.level = e
			}
			if e.After("first-login") == "true" {
				u.first = e
			}
		case "privilege":
			get(e.Word(1), e).level = e
		case "disable":
			get(e.Word(1), e).disabled = e
		}
	}
	return out
}

// section reads a user's own section; rights and services are in the templates that it binds.
func (r *reader) section(u *user, e *stanza.Entry) {
	for _, l := range e.Under() {
		switch {
		case l.Negated:
		case l.Words[0] == "password":
			u.password = l
			u.kind, u.secret = secret(l.Words)
		case l.Words[0] == "once-password":
			u.first = l
		case l.Words[0] == "disable" || l.Node.Text == "status disable":
			u.disabled = l
		case l.Begins("bind", "authorization-template"):
			t := r.setting("authorization-template", l.Word(2))
			u.level, u.types = below(t, "local-privilege-level"), below(t, "login-type-allowed")
		case l.Begins("bind", "authentication-template"):
			if bound := below(r.setting("authentication-template", l.Word(2)), "bind", "aaa-authentication-template"); bound != nil {
				u.asks = r.method(bound.Word(2))
			}
		case l.Words[0] == "bind", l.Words[0] == "description":
		default:
			r.Unread = append(r.Unread, r.At(l))
		}
	}
}

// method gives the line that says how a template authenticates; nil if there is none.
func (r *reader) method(template string) *stanza.Entry {
	for e := range r.Find("aaa-authentication-template", template) {
		if l := below(e, "aaa-authentication-type"); l != nil && !e.Negated {
			return l
		}
	}
	return nil
}

// secret reads what follows "password": "encrypted X", "7 X", "0 X" or the secret itself.
func secret(words []string) (kind, value string) {
	i := slices.Index(words, "password")
	if i < 0 || i+1 >= len(words) {
		return "", ""
	}
	rest := words[i+1:]
	if len(rest) > 1 && (rest[0] == "encrypted" || rest[0] == "clear" || len(rest[0]) == 1 && rest[0] >= "0" && rest[0] <= "9") {
		return rest[0], rest[1]
	}
	return "clear", rest[0]
}

func (r *reader) accounts() *pb.AccountList {
	s := r.Doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.users() {
		out.Items = append(out.Items, r.account(u))
	}
	return out
}

// Names with which these products are delivered.
var deliveredNames = []string{"zte", "who", "admin", "root"}

func (r *reader) account(u *user) *pb.Account {
	at := r.At(u.node)
	asked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show users")
	a := &pb.Account{
		Scope: u.name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(),
		LastChange: asked.Time(), LastLogin: asked.Time(), DefaultName: facts.Bool(slices.Contains(deliveredNames, strings.ToLower(u.name)), at),
		Privileged: r.Doc.NoDefault("privilege level").Bool(), Roles: r.Doc.NoDefault("privilege level").Texts(),
		Services: r.Doc.NoDefault("login-type-allowed").Texts(), LoginEnabled: facts.Bool(true, at), MustChange: facts.Bool(u.first != nil, at),
		DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted").Bool(),
	}
	if u.first != nil {
		a.MustChange = facts.Bool(true, r.At(u.first))
	}
	if kind := holeKind(u.name); kind != "" {
		a.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, at).Bool()
	}
	if u.level != nil {
		word := u.level.After("local-privilege-level")
		if word == "" {
			word = u.level.After("privilege")
		}
		if n, ok := stanza.Number(word); ok {
			a.Privileged, a.Roles = facts.Bool(n >= 15, r.At(u.level)), facts.Texts([]string{word}, r.At(u.level))
		} else {
			m := r.Odd(u.level)
			a.Privileged, a.Roles = m.Bool(), m.Texts()
		}
	}
	if u.types != nil {
		services := slices.Clone(u.types.Words[1:])
		for i, s := range services {
			if s == "console" {
				services[i] = "terminal"
			}
		}
		a.Services = facts.Texts(services, r.At(u.types))
	}
	if !r.Whole() { // a later line may disable him
		a.LoginEnabled, a.MustChange = r.Doc.Absence().Bool(), r.Doc.Absence().Bool()
	}
	if u.disabled != nil {
		a.LoginEnabled = facts.Bool(false, r.At(u.disabled))
	}
	r.password(a, u)
	return a
}

func (r *reader) password(a *pb.Account, u *user) {
	if u.password == nil {
		a.PasswordState = r.Doc.NoDefault("password").Text()
		if u.asks != nil && !strings.Contains(u.asks.Word(1), "local") {
			a.PasswordState = facts.Unknown(pb.Reason_REASON_ELSEWHERE, u.asks.Word(1), r.At(u.asks)).Text()
		}
		a.PasswordScheme = facts.LikeState(a.PasswordState).Text()
		return
	}
	ev := r.At(u.password)
	a.PasswordState = facts.Text("set", ev)
	a.PasswordScheme = storage(u.kind, ev)
	if kind := holeKind(u.secret); kind != "" {
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Text()
		if u.kind == "clear" { // a tool may have taken away the word that says how it is kept
			a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Text()
		}
		return
	}
	if u.kind == "clear" || u.kind == "0" {
		a.DefaultPassword = facts.Bool(slices.Contains([]string{"zte", "who", "admin", "zxr10", "Zte123!", "zte@2018"}, u.secret), ev)
	}
}

// storage says how a secret is kept by the word before it.
func storage(kind string, ev *pb.Evidence) *pb.TextFact {
	switch kind {
	case "encrypted", "7":
		return facts.Text("reversible", ev)
	case "clear", "0":
		return facts.Text("plaintext", ev)
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "type "+kind, ev).Text()
}

// enableScheme is how the password is kept that raises privilege: "enable secret [level N] [TYPE] SECRET".
func (r *reader) enableScheme() *pb.TextFact {
	var last *stanza.Entry
	for e := range r.Find("enable") {
		if (e.Word(1) == "secret" || e.Word(1) == "password") && !e.Negated {
			last = e
		}
	}
	if last == nil {
		return r.Doc.Absence().Text()
	}
	words := slices.Clone(last.Words[1:])
	if i := slices.Index(words, "level"); i > 0 && i+1 < len(words) {
		words = slices.Delete(words, i, i+2)
	}
	words[0] = "password"
	kind, value := secret(words)
	if hole := holeKind(value); hole != "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, hole, r.At(last)).Text()
	}
	return storage(kind, r.At(last))
}

// readable says whether some user's password stands readable in the configuration.
func (r *reader) readable() *pb.BoolFact {
	for _, u := range r.users() {
		if u.password != nil && (u.kind == "clear" || u.kind == "0") && holeKind(u.secret) == "" {
			return facts.Bool(false, r.At(u.password))
		}
	}
	if !r.Whole() {
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(true, r.Doc.All())
}

func (r *reader) protections() *pb.Protections {
	return &pb.Protections{PasswordEncryption: r.readable(), EnableScheme: r.enableScheme(), LogTimestamps: r.stamps(), CommandAccounting: r.Doc.NoDefault("command accounting").Bool()}
}

// authServers reads the servers for TACACS+ and RADIUS.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	seen := map[string]*pb.AuthServer{}
	add := func(protocol, host string, uses []string, e *stanza.Entry) {
		if srv := seen[protocol+" "+host]; srv != nil {
			srv.Uses.Value = append(srv.Uses.Value, uses...)
			return
		}
		srv := &pb.AuthServer{Scope: host, Protocol: facts.Text(protocol, r.At(e)), Uses: facts.Texts(uses, r.At(e)), Encrypted: facts.Bool(false, r.At(e))}
		if uses == nil {
			srv.Uses = r.Doc.NoDefault("group").Texts()
		}
		seen[protocol+" "+host] = srv
		out.Items = append(out.Items, srv)
	}
	for e := range r.Find("tacacs-server", "host") {
		host := e.Word(2)
		if host == "vrf" {
			host = e.Word(4)
		}
		if !e.Negated && host != "" {
			add("tacacs", host, nil, e)
		}
	}
	for _, use := range []string{"authentication", "accounting"} {
		for e := range r.Find("radius", use+"-group") {
			for _, l := range e.Under() {
				if l.Words[0] == "server" && len(l.Words) > 2 && !l.Negated {
					add("radius", l.Word(2), []string{use}, l)
				}
			}
		}
	}
	return out
}
