package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// aaa is the aaa section, its lines as words and its schemes and domains by name.
type aaa struct {
	node    *stanza.Entry
	entries []*stanza.Entry
	schemes map[string]*stanza.Entry // authentication schemes
	domains map[string]*stanza.Entry
}

func (r *reader) readAAA() aaa {
	a := aaa{schemes: map[string]*stanza.Entry{}, domains: map[string]*stanza.Entry{}}
	for e := range r.Find("aaa") {
		if len(e.Words) != 1 {
			continue
		}
		a.node = e
		for _, l := range e.Under() {
			a.entries = append(a.entries, l)
			switch {
			case l.Negated || len(l.Words) < 2:
			case l.Words[0] == "authentication-scheme":
				a.schemes[l.Words[1]] = l
			case l.Words[0] == "domain":
				a.domains[l.Words[1]] = l
			}
		}
	}
	return a
}

// final gives the last line of the section that begins with words.
func (a *aaa) final(words ...string) *stanza.Entry {
	for i := len(a.entries) - 1; i >= 0; i-- {
		if a.entries[i].Begins(words...) {
			return a.entries[i]
		}
	}
	return nil
}

var methodWords = map[string]string{
	"local": "local", "radius": "radius", "hwtacacs": "tacacs", "ldap": "ldap", "ad": "ldap", "none": "none", "local-case": "local",
}

// scheme gives how an authentication scheme proves who somebody is.
func (r *reader) scheme(name string) *pb.TextsFact {
	e := r.domains.schemes[name]
	if e == nil {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "authentication-scheme "+name).Texts()
	}
	for _, l := range e.Under() {
		if l.Words[0] != "authentication-mode" || l.Negated {
			continue
		}
		var methods []string
		for _, w := range l.Words[1:] {
			m, ok := methodWords[w]
			if !ok {
				return r.Odd(l).Texts()
			}
			methods = append(methods, m)
		}
		return facts.Texts(methods, r.At(l))
	}
	return r.defaultTexts("local-authentication", "local")
}

// adminMethods gives how administrators are authenticated where a line says "aaa": by the scheme of the domain that is
// theirs unless they name another.
func (r *reader) adminMethods() *pb.TextsFact {
	if r.device.line == lineUSG {
		return r.managerMethods()
	}
	name := "default_admin"
	for e := range r.Find("domain") {
		if !e.Negated && e.Word(2) == "admin" {
			name = e.Word(1)
		}
	}
	d := r.domains.domains[name]
	if d == nil {
		return r.Doc.NoDefault("domain " + name).Texts()
	}
	for _, l := range d.Under() {
		if l.Words[0] == "authentication-scheme" && !l.Negated {
			return r.scheme(l.Word(1))
		}
	}
	return r.scheme("default")
}

// managerMethods: on a firewall every administrator has a scheme of his own.
func (r *reader) managerMethods() *pb.TextsFact {
	var ev []*pb.Evidence
	for _, e := range r.domains.entries {
		if e.Words[0] != "manager-user" || len(e.Words) != 2 {
			continue
		}
		for _, l := range e.Under() {
			if l.Words[0] != "authentication-scheme" {
				continue
			}
			if l.Word(1) != "default" && l.Word(1) != "admin_local" {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "manager-user "+e.Word(1), r.At(l)).Texts()
			}
			ev = append(ev, r.At(l))
		}
	}
	if len(ev) == 0 {
		return r.Doc.NoDefault("authentication-scheme").Texts()
	}
	return facts.Texts([]string{"local"}, ev...)
}

// open gives a domain whose scheme lets everybody in; an administrator may name any domain.
func (r *reader) open() *stanza.Entry {
	for _, e := range r.domains.entries {
		if e.Words[0] != "domain" || e.Negated {
			continue
		}
		for _, l := range e.Under() {
			if l.Words[0] != "authentication-scheme" {
				continue
			}
			if m := r.scheme(l.Word(1)); facts.Known(m) && slices.Contains(m.GetValue(), "none") {
				return l
			}
		}
	}
	return nil
}

var serverWords = map[string]string{"radius-server": "radius", "hwtacacs-server": "hwtacacs", "ldap-server": "ldap", "ad-server": "kerberos", "radius": "radius", "hwtacacs": "hwtacacs"}

// authServers reads the templates of central servers.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.AuthServer{}
	for _, word := range []string{"radius-server", "hwtacacs-server", "ldap-server", "ad-server", "radius", "hwtacacs"} {
		for e := range r.Find(word) {
			if e.Negated || !slices.Contains(e.Words, "template") && !slices.Contains(e.Words, "group") {
				continue
			}
			for _, l := range e.Under() {
				words := l.Words
				if len(words) > 1 && words[1] == "server" { // VRP 8: "radius server authentication ..."
					words = words[1:]
				}
				if l.Negated || len(words) < 3 || !slices.Contains([]string{"authentication", "authorization", "accounting"}, words[1]) {
					continue
				}
				host := words[2]
				if strings.HasPrefix(host, "shared") || host == "ipv6" || host == "host-name" {
					if host == "ipv6" || host == "host-name" {
						host = l.After(host)
					} else {
						continue
					}
				}
				key := serverWords[word] + " " + host
				srv := byName[key]
				if srv == nil {
					srv = &pb.AuthServer{Scope: host, Protocol: facts.Text(serverWords[word], r.At(l)), Uses: facts.Texts(nil), Encrypted: facts.Bool(false, r.At(l))}
					if word == "ldap-server" || word == "ad-server" {
						srv.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, word, r.At(l)).Bool()
					}
					byName[key] = srv
					out.Items = append(out.Items, srv)
				}
				if !slices.Contains(srv.Uses.Value, words[1]) {
					srv.Uses.Value = append(srv.Uses.Value, words[1])
					srv.Uses.Evidence = append(srv.Uses.Evidence, r.At(l))
				}
			}
		}
	}
	return out
}

// accounting is whether every command is sent to a server: "cmd recording-scheme" in the aaa section.
func (r *reader) accounting() *pb.BoolFact {
	return r.Switched(r.domains.final("cmd", "recording-scheme"))
}
