package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// user is what the lines about one local user say together.
type user struct {
	name             string
	password, scheme *stanza.Entry
	service, level   *stanza.Entry
	blocked          *stanza.Entry
	roles            []*stanza.Entry
	services         []string
}

// Services through which somebody administers the device; the others carry subscribers.
var adminServices = []string{"terminal", "telnet", "ssh", "ftp", "http", "web", "api", "snmp", "sftp", "rsh", "x25-pad"}

func (r *reader) users() []*user {
	byName := map[string]*user{}
	var out []*user
	get := func(name string) *user {
		u := byName[name]
		if u == nil {
			u = &user{name: name}
			byName[name], out = u, append(out, u)
		}
		return u
	}
	for _, e := range r.domains.entries {
		switch {
		case e.Negated || len(e.Words) < 2:
		case e.Words[0] == "local-user" && len(e.Words) > 2:
			if !slices.Contains([]string{"password", "privilege", "level", "service-type", "state", "user-group", "idle-timeout", "access-limit", "ftp-directory", "http-directory", "expire-date", "user-type", "time-range", "vpn-instance", "aaa-policy", "callback-nocheck", "bind", "description", "password-force-change", "device-type"}, e.Words[2]) {
				r.Unread = append(r.Unread, r.At(e))
				continue
			}
			r.userLine(get(e.Words[1]), e, e.Words[2:])
		case e.Words[0] == "manager-user" && len(e.Words) == 2:
			u := get(e.Words[1])
			for _, l := range e.Under() {
				if !l.Negated {
					r.userLine(u, l, l.Words)
				}
			}
		case e.Begins("bind", "manager-user") && e.Word(3) == "role":
			u := get(e.Words[2])
			u.roles = append(u.roles, e)
		}
	}
	return out
}

// userLine reads what one line says of a user; VRP may say several things on it.
func (r *reader) userLine(u *user, e *stanza.Entry, words []string) {
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "password":
			u.password = e
			if i+2 < len(words) {
				i += 2
			}
		case "privilege":
		case "level":
			u.level = e
			i++
		case "state":
			u.blocked = nil
			if i+1 < len(words) && words[i+1] == "block" && !slices.Contains(words, "fail-times") {
				u.blocked = e
			}
			i++
		case "service-type":
			u.service, u.services = e, words[i+1:]
			return
		case "authentication-scheme":
			u.scheme = e
		default:
			return
		}
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
var deliveredNames = []string{"admin", "root", "huawei", "audit-admin", "api-admin"}

func (r *reader) account(u *user) *pb.Account {
	a := &pb.Account{
		Scope: u.name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(), Expires: r.Doc.Absence().Time(),
		LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display local-user").Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display local-user").Time(),
		Privileged: r.Doc.NoDefault("privilege level").Bool(), Roles: r.Doc.NoDefault("privilege level").Texts(),
		Services: r.Doc.NoDefault("service-type").Texts(), LoginEnabled: r.Doc.NoDefault("service-type").Bool(),
	}
	var about []*pb.Evidence
	for _, e := range []*stanza.Entry{u.password, u.level, u.service} {
		if e != nil {
			about = append(about, r.At(e))
		}
	}
	if len(u.roles) > 0 {
		about = append(about, r.At(u.roles[0]))
	}
	a.DefaultName = facts.Bool(slices.Contains(deliveredNames, strings.ToLower(u.name)), about...)
	if hole(u.name) {
		a.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole").Bool()
	}
	r.level(a, u)
	if u.service != nil {
		a.Services = facts.Texts(mapped(u.services), r.At(u.service))
		opens := slices.ContainsFunc(u.services, func(s string) bool { return slices.Contains(adminServices, s) })
		a.LoginEnabled = facts.Bool(opens, r.At(u.service))
		if !r.Whole() && opens { // a later line may block him
			a.LoginEnabled = r.Doc.Absence().Bool()
		}
	}
	if u.blocked != nil {
		a.LoginEnabled = facts.Bool(false, r.At(u.blocked))
	}
	r.password(a, u)
	return a
}

// mapped puts the services into the words of the facts: VRP says http for the web pages of switches and routers.
func mapped(services []string) []string {
	out := []string{}
	for _, s := range services {
		if s == "http" {
			s = "web"
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) level(a *pb.Account, u *user) {
	if u.level == nil {
		return
	}
	ev := []*pb.Evidence{r.At(u.level)}
	word := u.level.After("level")
	n, ok := stanza.Number(word)
	if !ok {
		m := r.Odd(u.level)
		a.Privileged, a.Roles = m.Bool(), m.Texts()
		return
	}
	roles := []string{word}
	for _, e := range u.roles {
		roles = append(roles, e.Word(4))
		ev = append(ev, r.At(e))
	}
	// Commands have four levels; users of level 3 to 15 may give those of the highest.
	a.Privileged, a.Roles = facts.Bool(n >= 3, r.At(u.level)), facts.Texts(roles, ev...)
}

func (r *reader) password(a *pb.Account, u *user) {
	a.DefaultPassword = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "cipher").Bool()
	if u.password == nil {
		if u.scheme != nil && strings.HasPrefix(u.scheme.Word(1), "admin_") && u.scheme.Word(1) != "admin_local" {
			a.PasswordState = facts.Unknown(pb.Reason_REASON_ELSEWHERE, u.scheme.Word(1), r.At(u.scheme)).Text()
		} else {
			a.PasswordState = r.Doc.NoDefault("password").Text()
		}
		a.PasswordScheme = facts.LikeState(a.PasswordState).Text()
		return
	}
	ev := r.At(u.password)
	kind, value := secretAfter(u.password.Words, "password")
	a.PasswordScheme = r.storage(kind, u.password)
	switch {
	case value == "" && kind == "":
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case hole(value):
		a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, holeKind(value), ev).Text()
	default:
		a.PasswordState = facts.Text("set", ev)
	}
	if kind == "simple" {
		a.DefaultPassword = facts.Bool(slices.Contains([]string{"admin", "Admin@123", "Admin@huawei", "admin@huawei.com", "Admin@huawei.com", "huawei", "Huawei@123", "Changeme_123"}, value), ev)
	}
}

// secretAfter gives how the secret that follows key is kept, and the secret.
func secretAfter(words []string, key string) (kind, value string) {
	i := slices.Index(words, key)
	if i < 0 || i+1 >= len(words) {
		return "", ""
	}
	switch words[i+1] {
	case "cipher", "irreversible-cipher", "simple", "hash":
		return words[i+1], strings.Join(words[min(i+2, len(words)):], " ")
	}
	return "", words[i+1]
}

// storage says how VRP keeps a secret by the word before it.
func (r *reader) storage(kind string, e *stanza.Entry) *pb.TextFact {
	switch kind {
	case "irreversible-cipher", "hash":
		return facts.Text("irreversible", r.At(e))
	case "cipher":
		return facts.Text("reversible", r.At(e))
	case "simple":
		return facts.Text("plaintext", r.At(e))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Text()
}

// superScheme is how the password is kept that raises privilege.
func (r *reader) superScheme() *pb.TextFact {
	var last *stanza.Entry
	for e := range r.Find("super", "password") {
		if e.Word(2) != "complexity-check" && !e.Negated {
			last = e
		}
	}
	if last == nil {
		return r.Doc.Absence().Text()
	}
	words := slices.DeleteFunc(slices.Clone(last.Words), func(w string) bool { return w == "level" || len(w) <= 2 && strings.Trim(w, "0123456789") == "" })
	kind, _ := secretAfter(words, "password")
	return r.storage(kind, last)
}

// readable says whether some password stands readable in the configuration.
func (r *reader) readable() *pb.BoolFact {
	for _, top := range r.Top {
		for _, e := range append(top.Under(), top) {
			if i := slices.Index(e.Words, "simple"); i > 0 && i+1 < len(e.Words) && !e.Negated && slices.Contains([]string{"password", "shared-key", "key", "read", "write"}, e.Words[i-1]) {
				return facts.Bool(false, r.At(e))
			}
		}
	}
	if !r.Whole() {
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(true, r.Doc.All())
}
