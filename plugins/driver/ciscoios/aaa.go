package ciscoios

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// aaa is what decides logins centrally or locally.
type aaa struct {
	// on: aaa new-model; at is the line that says so, or says no.
	on bool
	at *entry
	// login are the method lists by name.
	login map[string]*entry
	// groups are server groups: name to protocol.
	groups map[string]group
}

type group struct {
	protocol string
	members  []string // addresses and names of servers
	at       *entry
}

func (r *reader) readAAA() aaa {
	a := aaa{login: map[string]*entry{}, groups: map[string]group{}}
	if e := r.final("aaa", "new-model"); e != nil {
		a.on, a.at = !e.no, e
	}
	for e := range r.find("aaa", "authentication", "login") {
		if e.no {
			delete(a.login, e.word(3))
		} else {
			a.login[e.word(3)] = e
		}
	}
	for e := range r.find("aaa", "group", "server") {
		if e.no || e.word(4) == "" {
			continue
		}
		g := group{protocol: protocolOf(e.word(3)), at: e}
		for _, l := range e.under() {
			switch {
			case l.begins("server", "name"):
				g.members = append(g.members, l.word(2))
			case l.words[0] == "server" || l.words[0] == "server-private":
				g.members = append(g.members, l.word(1))
			}
		}
		a.groups[e.word(4)] = g
	}
	return a
}

func protocolOf(word string) string {
	switch word {
	case "tacacs+", "tacacs":
		return "tacacs"
	case "radius", "ldap":
		return word
	}
	return ""
}

// methodsOf gives the methods of a method list from words[from:], in the words of the vocabulary.
func (r *reader) methodsOf(e *entry, from int) *pb.TextsFact {
	ev := r.at(e)
	out := []string{}
	for i := from; i < len(e.words); i++ {
		var method string
		switch w := e.words[i]; w {
		case "local", "local-case":
			method = "local"
		case "line":
			method = "line-password"
		case "enable":
			method = "password"
		case "none":
			method = "none"
		case "krb5", "krb5-telnet":
			method = "kerberos"
		case "cache", "passwd-expiry":
			i++
			continue
		case "group", "tacacs+", "radius":
			if w == "group" {
				i++
			}
			if method = protocolOf(e.word(i)); method == "" {
				method = r.aaa.groups[e.word(i)].protocol
			}
			if method == "" {
				return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "group "+e.word(i), ev).Texts()
			}
		default:
			return r.odd(e).Texts()
		}
		if !slices.Contains(out, method) {
			out = append(out, method)
		}
	}
	if len(out) == 0 {
		return r.odd(e).Texts()
	}
	return facts.Texts(out, ev)
}

// loginList gives the methods of the method list of that name. Without a default list the local users decide.
func (r *reader) loginList(name string, console bool) *pb.TextsFact {
	if e := r.aaa.login[name]; e != nil {
		return r.methodsOf(e, 4)
	}
	switch {
	case !r.whole:
		return facts.Unknown(r.reason(), r.doc.Source).Texts()
	case name != "default":
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa authentication login "+name).Texts()
	case console:
		return r.defaultTexts("none", security+"aaa authentication login: without a default list the console lets in without a check")
	}
	return r.defaultTexts("local", security+"aaa authentication login: without a default list the local users are checked")
}

// authServers lists the central servers and what they decide.
func (r *reader) authServers() {
	st := r.list()
	list := &pb.AuthServerList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	seen := map[string]bool{}
	add := func(address, protocol, name string, e *entry, tls bool) {
		if address == "" || seen[protocol+address] {
			return
		}
		seen[protocol+address] = true
		list.Items = append(list.Items, &pb.AuthServer{
			Scope: address, Protocol: facts.Text(protocol, r.at(e)), Uses: r.usesOf(protocol, address, name), Encrypted: facts.Bool(tls, r.at(e)),
		})
	}
	for _, word := range []string{"tacacs-server", "radius-server"} {
		for e := range r.find(word, "host") {
			if !e.no {
				add(e.word(2), protocolOf(word[:6]), "", e, false)
			}
		}
	}
	for _, word := range []string{"tacacs", "radius", "ldap"} {
		for e := range r.find(word, "server") {
			if e.no {
				continue
			}
			address, tls := "", false
			for _, l := range e.under() {
				switch {
				case l.begins("address", "ipv4"), l.begins("address", "ipv6"):
					address = l.word(2)
				case l.words[0] == "ipv4":
					address = l.word(1)
				case l.words[0] == "tls" || l.words[0] == "dtls" || l.begins("mode", "secure"):
					tls = !l.no
				}
			}
			add(address, word, e.word(2), e, tls)
		}
	}
	for e := range r.find("aaa", "group", "server") {
		for _, l := range e.under() {
			if l.words[0] == "server-private" && !l.no {
				add(l.word(1), protocolOf(e.word(3)), "", l, false)
			}
		}
	}
	r.facts.AuthServers = list
}

// usesOf says which decisions method lists leave to a server.
func (r *reader) usesOf(protocol, address, name string) *pb.TextsFact {
	if !r.whole {
		return facts.Unknown(r.reason(), r.doc.Source).Texts()
	}
	uses, ev := []string{}, []*pb.Evidence{r.doc.All()}
	for _, kind := range []string{"authentication", "authorization", "accounting"} {
		for e := range r.find("aaa", kind) {
			if e.no || e.word(2) == "dot1x" || e.word(2) == "ppp" || !r.names(e, protocol, address, name) {
				continue
			}
			if !slices.Contains(uses, kind) {
				uses, ev = append(uses, kind), append(ev, r.at(e))
			}
		}
	}
	return facts.Texts(uses, ev...)
}

// names says whether a method list, with what stands below it, names the server's protocol or a group that holds the server.
func (r *reader) names(e *entry, protocol, address, name string) bool {
	words := slices.Clone(e.words)
	for _, l := range e.under() {
		words = append(words, l.words...)
	}
	for i, w := range words {
		if w != "group" && w != "tacacs+" && w != "radius" {
			continue
		}
		target := w
		if w == "group" {
			if i+1 == len(words) {
				continue
			}
			target = words[i+1]
		}
		if protocolOf(target) == protocol {
			return true
		}
		if g, ok := r.aaa.groups[target]; ok && (slices.Contains(g.members, address) || name != "" && slices.Contains(g.members, name)) {
			return true
		}
	}
	return false
}

// accounting says whether each administrator's command is recorded: by a server, or by the configuration log.
func (r *reader) accounting() {
	p := r.facts.Protections
	p.CommandAccounting = r.off()
	if e := r.configLog(); e != nil {
		p.CommandAccounting = facts.Bool(true, r.at(e))
	}
	if r.aaa.at != nil && !r.aaa.on {
		return
	}
	for e := range r.find("aaa", "accounting", "commands", "15") {
		if e.no || e.word(5) == "none" || below(e, "action-type", "none") || !r.accounts15(e.word(4)) {
			continue
		}
		p.CommandAccounting = facts.Bool(true, r.at(e))
	}
}

// below says whether a line of these words stands below e.
func below(e *entry, words ...string) bool {
	return slices.ContainsFunc(e.under(), func(l *entry) bool { return !l.no && l.begins(words...) })
}

// accounts15 says whether a list of command accounting is applied on every line; the default list is.
func (r *reader) accounts15(name string) bool {
	if name == "default" {
		return true
	}
	lines := 0
	for e := range r.find("line") {
		lines++
		if !below(e, "accounting", "commands", "15", name) {
			return false
		}
	}
	return lines > 0
}

// configLog finds "logging enable" below "archive / log config".
func (r *reader) configLog() *entry {
	for e := range r.find("archive") {
		for _, l := range e.under() {
			if !l.begins("log", "config") {
				continue
			}
			for _, s := range l.under() {
				if s.begins("logging", "enable") && !s.no {
					return s
				}
			}
		}
	}
	return nil
}
