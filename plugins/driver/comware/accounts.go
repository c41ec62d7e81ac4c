package comware

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// user is what the sections about one local user say together.
type user struct {
	name              string
	node              *stanza.Entry
	password, blocked *stanza.Entry
	level, end        *stanza.Entry
	roles             []*stanza.Entry
	services          []string
	serviceAt         []*pb.Evidence
	network           bool // it carries traffic and cannot administer
}

// Services through which somebody administers the device.
var adminServices = []string{"terminal", "telnet", "ssh", "ftp", "http", "https", "web", "pad", "snmp"}

// users reads the local users; a user and one of the same name who only has access to the network are two.
func (r *reader) users() []*user {
	byName := map[string]*user{}
	var out []*user
	for e := range r.Find("local-user") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		network := e.Word(2) == "class" && e.Word(3) == "network"
		key := e.Words[1]
		if network {
			key += " network"
		}
		u := byName[key]
		if u == nil {
			u = &user{name: e.Words[1], node: e, network: network}
			byName[key], out = u, append(out, u)
		}
		for _, l := range e.Under() {
			r.userLine(u, l)
		}
	}
	return out
}

// What is said of a user that nothing asks about.
var otherUserLines = []string{"group", "access-limit", "bind-attribute", "password-control", "description", "validity-datetime", "nas-id", "company", "email", "phone", "sponsor-full-name", "full-name", "directory-record", "identity-group"}

func (r *reader) userLine(u *user, l *stanza.Entry) {
	switch first := l.Words[0]; {
	case first == "password":
		u.password = l
		if l.Negated {
			u.password = nil
		}
	case first == "service-type" && !l.Negated:
		u.services = append(u.services, l.Words[1:]...)
		u.serviceAt = append(u.serviceAt, r.At(l))
		if i := slices.Index(l.Words, "level"); i > 0 {
			u.level = l
		}
	case first == "level" && !l.Negated:
		u.level = l
	case first == "authorization-attribute" && l.Word(1) == "level" && !l.Negated:
		u.level = l
	case first == "authorization-attribute" && slices.Contains(l.Words, "user-role") && !l.Negated:
		u.roles = append(u.roles, l)
	case first == "authorization-attribute" || first == "service-type":
	case first == "state":
		u.blocked = nil
		if l.Word(1) == "block" && !l.Negated {
			u.blocked = l
		}
	case first == "expiration-date" && !l.Negated:
		u.end = l
	case slices.Contains(otherUserLines, first) || l.Negated:
	default:
		r.Unread = append(r.Unread, r.At(l))
	}
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
var deliveredNames = []string{"admin", "hpe", "h3c", "manager"}

func (r *reader) account(u *user) *pb.Account {
	at := r.At(u.node)
	asked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display local-user")
	a := &pb.Account{
		Scope: u.name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(),
		LastChange: asked.Time(), LastLogin: asked.Time(), Expires: r.Doc.Absence().Time(),
		Services: r.Doc.NoDefault("service-type").Texts(), LoginEnabled: r.Doc.NoDefault("service-type").Bool(),
		DefaultName: facts.Bool(slices.Contains(deliveredNames, strings.ToLower(u.name)), at),
	}
	if hole(u.name) {
		a.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", at).Bool()
	}
	if u.end != nil {
		a.Expires = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "expiration-date", r.At(u.end)).Time()
	}
	r.rights(a, u)
	if len(u.serviceAt) > 0 {
		a.Services = facts.Texts(mapped(u.services), u.serviceAt...)
		opens := slices.ContainsFunc(u.services, func(s string) bool { return slices.Contains(adminServices, s) })
		a.LoginEnabled = facts.Bool(opens, u.serviceAt...)
		if !r.Whole() && opens { // a later line may block him
			a.LoginEnabled = r.Doc.Absence().Bool()
		}
	} else if r.Whole() { // without a service nobody can use the account
		a.Services, a.LoginEnabled = facts.Texts([]string{}, r.Section(u.node)), facts.Bool(false, r.Section(u.node))
	}
	if u.network {
		a.LoginEnabled = facts.Bool(false, at)
	}
	if u.blocked != nil {
		a.LoginEnabled = facts.Bool(false, r.At(u.blocked))
	}
	r.password(a, u)
	return a
}

// mapped puts the services into the words of the facts: http and https are the web pages.
func mapped(services []string) []string {
	out := []string{}
	for i, s := range services {
		if s == "level" || i > 0 && services[i-1] == "level" {
			continue
		}
		if s == "http" || s == "https" {
			s = "web"
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// rights reads roles or level. Roles come from several lines; of the levels of Comware 5 the highest is 3.
func (r *reader) rights(a *pb.Account, u *user) {
	a.Privileged, a.Roles = r.Doc.NoDefault("authorization-attribute").Bool(), r.Doc.NoDefault("authorization-attribute").Texts()
	if u.network {
		a.Privileged = facts.Bool(false, r.At(u.node))
	}
	if u.level != nil {
		n, ok := stanza.Number(u.level.After("level"))
		if !ok {
			m := r.Odd(u.level)
			a.Privileged, a.Roles = m.Bool(), m.Texts()
			return
		}
		a.Privileged, a.Roles = facts.Bool(n >= 3, r.At(u.level)), facts.Texts([]string{u.level.After("level")}, r.At(u.level))
		return
	}
	if len(u.roles) == 0 {
		return
	}
	var roles []string
	var ev []*pb.Evidence
	full, unsure := false, false
	for _, e := range u.roles {
		role := e.After("user-role")
		roles, ev = append(roles, role), append(ev, r.At(e))
		yes, known := r.fullRole(role)
		full, unsure = full || yes, unsure || !known
	}
	a.Roles = facts.Texts(roles, ev...)
	switch {
	case full:
		a.Privileged = facts.Bool(true, ev...)
	case unsure:
		a.Privileged = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "role "+strings.Join(roles, ", "), ev...).Bool()
	case !r.Whole():
		a.Privileged = r.Doc.Absence().Bool()
	default:
		a.Privileged = facts.Bool(false, ev...)
	}
}

// Roles with full rights over the device, or over the virtual device they belong to.
var fullRoles = []string{"network-admin", "mdc-admin", "context-admin", "vsys-admin", "level-15"}

// fullRole is whether a role has full rights, and whether that can be told: of roles that the site made, only from rules that let
// nobody write.
func (r *reader) fullRole(role string) (full, known bool) {
	switch {
	case slices.Contains(fullRoles, role):
		return true, true
	case slices.Contains([]string{"network-operator", "mdc-operator", "context-operator", "vsys-operator", "security-audit", "guest-manager"}, role), strings.HasPrefix(role, "level-"):
		return false, true
	}
	for e := range r.Find("role", "name", role) {
		for _, l := range e.Under() {
			if l.Words[0] == "rule" && slices.Contains(l.Words, "permit") && !slices.Contains(l.Words, "command") && (slices.Contains(l.Words, "write") || slices.Contains(l.Words, "execute")) ||
				l.Words[0] == "rule" && slices.Contains(l.Words, "permit") && slices.Contains(l.Words, "command") && !strings.HasPrefix(l.After("command"), "display") {
				return false, false
			}
		}
		return false, true
	}
	return false, false
}

func (r *reader) password(a *pb.Account, u *user) {
	a.DefaultPassword = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "cipher").Bool()
	if u.password == nil {
		a.PasswordState = r.withoutPassword(u)
		a.PasswordScheme = facts.LikeState(a.PasswordState).Text()
		if facts.Known(a.PasswordState) {
			a.PasswordScheme = facts.NotApplicable(a.PasswordState.GetEvidence()...).Text()
			a.DefaultPassword = facts.Bool(false, a.PasswordState.GetEvidence()...)
		}
		return
	}
	ev := r.At(u.password)
	kind, value := kindOf(u.password.Word(1)), strings.Join(u.password.Words[min(2, len(u.password.Words)):], " ")
	a.PasswordScheme = r.storage(kind, u.password)
	switch {
	case kind == "" || value == "":
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case hole(value) || hole(u.password.Words[2:]...):
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, holeKind(u.password.Words[2:]...), ev).Text()
	default:
		a.PasswordState = facts.Text("set", ev)
	}
	if kind == "simple" && !hole(u.password.Words[2:]...) {
		a.DefaultPassword = facts.Bool(slices.Contains([]string{"admin", "h3c", "hpe", "h3capadmin", "admin@h3c"}, value), ev)
	}
}

// withoutPassword is about a user of whom no password is shown: while password control is on none is ever shown.
func (r *reader) withoutPassword(u *user) *pb.TextFact {
	if on := r.controlled(); !facts.Known(on) || on.GetValue() {
		return facts.Unknown(pb.Reason_REASON_NOT_ASKED, "password-control", on.GetEvidence()...).Text()
	}
	if u.network {
		return r.Doc.NoDefault("password").Text()
	}
	f := r.rules.Text("no password", "empty")
	if facts.Known(f) {
		f.Evidence = append([]*pb.Evidence{r.Section(u.node)}, f.Evidence...)
	}
	return f
}

// storage says how Comware keeps a secret by the word before it.
func (r *reader) storage(kind string, e *stanza.Entry) *pb.TextFact {
	if s := map[string]string{"hash": "irreversible", "cipher": "reversible", "simple": "plaintext"}[kind]; s != "" {
		return facts.Text(s, r.At(e))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Text()
}

// superScheme is how the password is kept that raises privilege.
func (r *reader) superScheme() *pb.TextFact {
	var last *stanza.Entry
	for e := range r.Find("super", "password") {
		if !e.Negated {
			last = e
		}
	}
	if last == nil {
		if on := r.controlled(); facts.Known(on) && on.GetValue() { // none is shown then
			return facts.Unknown(pb.Reason_REASON_NOT_ASKED, "password-control", on.GetEvidence()...).Text()
		}
		return r.rules.Doc.Absence().Text()
	}
	for i, w := range last.Words {
		if kind := kindOf(w); i > 1 && kind != "" {
			return r.storage(kind, last)
		}
	}
	return r.storage("", last)
}

// readable says whether some password stands readable in the configuration.
func (r *reader) readable() *pb.BoolFact {
	for _, top := range r.Top {
		for _, e := range append(top.Under(), top) {
			if e.Begins("key") && len(e.Words) == 3 && kindOf(e.Words[1]) == "" && !e.Negated {
				return facts.Bool(false, r.At(e))
			}
			for i := 1; i+1 < len(e.Words); i++ {
				if kindOf(e.Words[i]) == "simple" && !e.Negated && slices.Contains([]string{"password", "key", "community", "authentication", "authorization", "accounting", "shared-key"}, e.Words[i-1]) {
					return facts.Bool(false, r.At(e))
				}
			}
		}
	}
	if !r.Whole() {
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(true, r.Doc.All())
}
