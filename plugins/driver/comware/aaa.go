package comware

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var schemeMethods = map[string]string{"radius-scheme": "radius", "hwtacacs-scheme": "tacacs", "ldap-scheme": "ldap"}

// domain gives the domain of those who name none: the one that was made the default, else "system".
func (r *reader) domain() (*stanza.Entry, string) {
	name := "system"
	for e := range r.Find("domain", "default", "enable") {
		if !e.Negated && len(e.Words) > 3 {
			name = e.Words[3]
		}
	}
	var found *stanza.Entry
	for e := range r.Find("domain") {
		if !e.Negated && (e.Word(1) == name && len(e.Words) == 2 || e.Word(1) == "name" && e.Word(2) == name) {
			found = e
		}
	}
	return found, name
}

// methods gives how a domain says that logins are authenticated: "authentication login" before "authentication default".
func (r *reader) methods(d *stanza.Entry) *pb.TextsFact {
	var last *stanza.Entry
	for _, kind := range []string{"default", "login"} {
		for _, l := range d.Under() {
			if l.Begins("authentication", kind) && !l.Negated {
				last = l
			}
		}
	}
	if last == nil {
		return nil
	}
	methods := []string{}
	for i := 2; i < len(last.Words); i++ {
		w := last.Words[i]
		switch {
		case w == "local" || w == "none":
			methods = append(methods, w)
		case schemeMethods[w] != "" && i+1 < len(last.Words):
			methods = append(methods, schemeMethods[w])
			i++
		default:
			return r.Odd(last).Texts()
		}
	}
	return facts.Texts(methods, r.At(last))
}

// loginMethods gives how users of lines that say "scheme" are authenticated.
func (r *reader) loginMethods() *pb.TextsFact {
	d, name := r.domain()
	if d == nil {
		return r.Doc.NoDefault("domain " + name).Texts()
	}
	if m := r.methods(d); m != nil {
		return m
	}
	return r.defaults.Texts("local authentication", "local")
}

// open gives a line that lets the users of some domain in without proof; a user may name any domain.
func (r *reader) open() *stanza.Entry {
	for e := range r.Find("domain") {
		for _, l := range e.Under() {
			if !l.Negated && (l.Begins("authentication", "login") || l.Begins("authentication", "default")) && slices.Contains(l.Words[2:], "none") {
				return l
			}
		}
	}
	return nil
}

// authServers reads the servers of the schemes.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.AuthServer{}
	add := func(protocol, host, use string, l *stanza.Entry) {
		srv := byName[protocol+" "+host]
		if srv == nil {
			srv = &pb.AuthServer{Scope: host, Protocol: facts.Text(protocol, r.At(l)), Uses: facts.Texts(nil), Encrypted: facts.Bool(false, r.At(l))}
			if protocol == "ldap" {
				srv.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "ldap server", r.At(l)).Bool()
			}
			byName[protocol+" "+host] = srv
			out.Items = append(out.Items, srv)
		}
		if !slices.Contains(srv.Uses.Value, use) {
			srv.Uses.Value = append(srv.Uses.Value, use)
			srv.Uses.Evidence = append(srv.Uses.Evidence, r.At(l))
		}
	}
	for _, protocol := range []string{"radius", "hwtacacs"} {
		for e := range r.Find(protocol, "scheme") {
			for _, l := range e.Under() {
				rank, use := l.Words[0], l.Word(1)
				if l.Negated || rank != "primary" && rank != "secondary" || !slices.Contains([]string{"authentication", "authorization", "accounting"}, use) {
					continue
				}
				host := l.Word(2)
				if host == "ipv6" || host == "domain" {
					host = l.Word(3)
				}
				if host != "" {
					add(protocol, host, use, l)
				}
			}
		}
	}
	for e := range r.Find("ldap", "server") {
		for _, l := range e.Under() {
			if (l.Words[0] == "ip" || l.Words[0] == "ipv6") && !l.Negated && len(l.Words) > 1 {
				add("ldap", l.Words[1], "authentication", l)
			}
		}
	}
	return out
}

// accounting is whether every command is sent to a server: lines ask for it, and the domain names a server for it.
func (r *reader) accounting() *pb.BoolFact {
	d, _ := r.domain()
	var to *stanza.Entry
	if d != nil {
		for _, l := range d.Under() {
			if l.Begins("accounting", "command") && !l.Negated {
				to = l
			}
		}
	}
	remote := 0
	for _, t := range r.lines() {
		if t.kind != "vty" {
			continue
		}
		remote++
		on := t.get("command accounting")
		if on == nil || on.Negated {
			if !r.Whole() {
				return r.Doc.Unknown().Bool()
			}
			return facts.Bool(false, r.Section(t.node))
		}
	}
	switch {
	case !r.Whole():
		return r.Doc.Unknown().Bool()
	case remote == 0:
		return r.Doc.NoDefault("command accounting").Bool()
	case to == nil:
		return facts.Bool(false, r.Doc.All())
	}
	return facts.Bool(true, r.At(to))
}
