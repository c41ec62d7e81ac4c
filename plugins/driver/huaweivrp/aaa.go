package huaweivrp

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// aaa is the aaa section, its lines as words and its schemes and domains by name.
type aaa struct {
	node    *entry
	entries []*entry
	schemes map[string]*entry // authentication schemes
	domains map[string]*entry
}

func (r *reader) readAAA() aaa {
	a := aaa{schemes: map[string]*entry{}, domains: map[string]*entry{}}
	for e := range r.find("aaa") {
		if len(e.words) != 1 {
			continue
		}
		a.node = e
		for _, l := range e.under() {
			a.entries = append(a.entries, l)
			switch {
			case l.undo || len(l.words) < 2:
			case l.words[0] == "authentication-scheme":
				a.schemes[l.words[1]] = l
			case l.words[0] == "domain":
				a.domains[l.words[1]] = l
			}
		}
	}
	return a
}

// final gives the last line of the section that begins with words.
func (a *aaa) final(words ...string) *entry {
	for i := len(a.entries) - 1; i >= 0; i-- {
		if a.entries[i].begins(words...) {
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
	for _, l := range e.under() {
		if l.words[0] != "authentication-mode" || l.undo {
			continue
		}
		var methods []string
		for _, w := range l.words[1:] {
			m, ok := methodWords[w]
			if !ok {
				return r.notUnderstood(l).Texts()
			}
			methods = append(methods, m)
		}
		return facts.Texts(methods, r.at(l))
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
	for e := range r.find("domain") {
		if !e.undo && e.word(2) == "admin" {
			name = e.word(1)
		}
	}
	d := r.domains.domains[name]
	if d == nil {
		return r.noDefault("domain " + name).Texts()
	}
	for _, l := range d.under() {
		if l.words[0] == "authentication-scheme" && !l.undo {
			return r.scheme(l.word(1))
		}
	}
	return r.scheme("default")
}

// managerMethods: on a firewall every administrator has a scheme of his own.
func (r *reader) managerMethods() *pb.TextsFact {
	var ev []*pb.Evidence
	for _, e := range r.domains.entries {
		if e.words[0] != "manager-user" || len(e.words) != 2 {
			continue
		}
		for _, l := range e.under() {
			if l.words[0] != "authentication-scheme" {
				continue
			}
			if l.word(1) != "default" && l.word(1) != "admin_local" {
				return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "manager-user "+e.word(1), r.at(l)).Texts()
			}
			ev = append(ev, r.at(l))
		}
	}
	if len(ev) == 0 {
		return r.noDefault("authentication-scheme").Texts()
	}
	return facts.Texts([]string{"local"}, ev...)
}

// open gives a domain whose scheme lets everybody in; an administrator may name any domain.
func (r *reader) open() *entry {
	for _, e := range r.domains.entries {
		if e.words[0] != "domain" || e.undo {
			continue
		}
		for _, l := range e.under() {
			if l.words[0] != "authentication-scheme" {
				continue
			}
			if m := r.scheme(l.word(1)); facts.Known(m) && slices.Contains(m.GetValue(), "none") {
				return l
			}
		}
	}
	return nil
}

var serverWords = map[string]string{"radius-server": "radius", "hwtacacs-server": "hwtacacs", "ldap-server": "ldap", "ad-server": "kerberos", "radius": "radius", "hwtacacs": "hwtacacs"}

// authServers reads the templates of central servers.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.list()
	out := &pb.AuthServerList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	byName := map[string]*pb.AuthServer{}
	for _, word := range []string{"radius-server", "hwtacacs-server", "ldap-server", "ad-server", "radius", "hwtacacs"} {
		for e := range r.find(word) {
			if e.undo || !slices.Contains(e.words, "template") && !slices.Contains(e.words, "group") {
				continue
			}
			for _, l := range e.under() {
				words := l.words
				if len(words) > 1 && words[1] == "server" { // VRP 8: "radius server authentication ..."
					words = words[1:]
				}
				if l.undo || len(words) < 3 || !slices.Contains([]string{"authentication", "authorization", "accounting"}, words[1]) {
					continue
				}
				host := words[2]
				if strings.HasPrefix(host, "shared") || host == "ipv6" || host == "host-name" {
					if host == "ipv6" || host == "host-name" {
						host = l.after(host)
					} else {
						continue
					}
				}
				key := serverWords[word] + " " + host
				srv := byName[key]
				if srv == nil {
					srv = &pb.AuthServer{Scope: host, Protocol: facts.Text(serverWords[word], r.at(l)), Uses: facts.Texts(nil), Encrypted: facts.Bool(false, r.at(l))}
					if word == "ldap-server" || word == "ad-server" {
						srv.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, word, r.at(l)).Bool()
					}
					byName[key] = srv
					out.Items = append(out.Items, srv)
				}
				if !slices.Contains(srv.Uses.Value, words[1]) {
					srv.Uses.Value = append(srv.Uses.Value, words[1])
					srv.Uses.Evidence = append(srv.Uses.Evidence, r.at(l))
				}
			}
		}
	}
	return out
}

// accounting is whether every command is sent to a server: "cmd recording-scheme" in the aaa section.
func (r *reader) accounting() *pb.BoolFact {
	return r.switched(r.domains.final("cmd", "recording-scheme"))
}
