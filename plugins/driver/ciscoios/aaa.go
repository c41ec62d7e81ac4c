package ciscoios

import (
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// aaa is what decides logins centrally or locally.
type aaa struct {
	// on: aaa new-model; at is the line that says so, or says no.
	on bool
	at *stanza.Entry
	// login are the method lists by name.
	login map[string]*stanza.Entry
	// groups are server groups: name to protocol.
	groups map[string]group
}

type group struct {
	protocol string
	members  []string // addresses and names of servers
	at       *stanza.Entry
}

func (r *reader) readAAA() aaa {
	a := aaa{login: map[string]*stanza.Entry{}, groups: map[string]group{}}
	if e := r.Final("aaa", "new-model"); e != nil {
		a.on, a.at = !e.Negated, e
	}
	for e := range r.Find("aaa", "authentication", "login") {
		if e.Negated {
			delete(a.login, e.Word(3))
		} else {
			a.login[e.Word(3)] = e
		}
	}
	for e := range r.Find("aaa", "group", "server") {
		if e.Negated || e.Word(4) == "" {
			continue
		}
		g := group{protocol: protocolOf(e.Word(3)), at: e}
		for _, l := range e.Under() {
			switch {
			case l.Begins("server", "name"):
				g.members = append(g.members, l.Word(2))
			case l.Words[0] == "server" || l.Words[0] == "server-private":
				g.members = append(g.members, l.Word(1))
			}
		}
		a.groups[e.Word(4)] = g
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
func (r *reader) methodsOf(e *stanza.Entry, from int) *pb.TextsFact {
	ev := r.At(e)
	out := []string{}
	for i := from; i < len(e.Words); i++ {
		var method string
		switch w := e.Words[i]; w {
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
			if method = protocolOf(e.Word(i)); method == "" {
				method = r.aaa.groups[e.Word(i)].protocol
			}
			if method == "" {
				return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "group "+e.Word(i), ev).Texts()
			}
		default:
			return r.Odd(e).Texts()
		}
		if !slices.Contains(out, method) {
			out = append(out, method)
		}
	}
	if len(out) == 0 {
		return r.Odd(e).Texts()
	}
	return facts.Texts(out, ev)
}

// loginList gives the methods of the method list of that name. Without a default list the local users decide.
func (r *reader) loginList(name string, console bool) *pb.TextsFact {
	if e := r.aaa.login[name]; e != nil {
		return r.methodsOf(e, 4)
	}
	switch {
	case !r.Whole():
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Texts()
	case name != "default":
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa authentication login "+name).Texts()
	case console:
		return r.defaultTexts("none", security+"aaa authentication login: without a default list the console lets in without a check")
	}
	return r.defaultTexts("local", security+"aaa authentication login: without a default list the local users are checked")
}

// authServers lists the central servers and what they decide.
func (r *reader) authServers() {
	st := r.Doc.List()
	list := &pb.AuthServerList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	seen := map[string]bool{}
	add := func(address, protocol, name string, e *stanza.Entry, tls bool) {
		if address == "" || seen[protocol+address] {
			return
		}
		seen[protocol+address] = true
		list.Items = append(list.Items, &pb.AuthServer{
			Scope: address, Protocol: facts.Text(protocol, r.At(e)), Uses: r.usesOf(protocol, address, name), Encrypted: facts.Bool(tls, r.At(e)),
		})
	}
	for _, word := range []string{"tacacs-server", "radius-server"} {
		for e := range r.Find(word, "host") {
			if !e.Negated {
				add(e.Word(2), protocolOf(word[:6]), "", e, false)
			}
		}
	}
	for _, word := range []string{"tacacs", "radius", "ldap"} {
		for e := range r.Find(word, "server") {
			if e.Negated {
				continue
			}
			address, tls := "", false
			for _, l := range e.Under() {
				switch {
				case l.Begins("address", "ipv4"), l.Begins("address", "ipv6"):
					address = l.Word(2)
				case l.Words[0] == "ipv4":
					address = l.Word(1)
				case l.Words[0] == "tls" || l.Words[0] == "dtls" || l.Begins("mode", "secure"):
					tls = !l.Negated
				}
			}
			add(address, word, e.Word(2), e, tls)
		}
	}
	for e := range r.Find("aaa", "group", "server") {
		for _, l := range e.Under() {
			if l.Words[0] == "server-private" && !l.Negated {
				add(l.Word(1), protocolOf(e.Word(3)), "", l, false)
			}
		}
	}
	r.facts.AuthServers = list
}

// usesOf says which decisions method lists leave to a server.
func (r *reader) usesOf(protocol, address, name string) *pb.TextsFact {
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Texts()
	}
	uses, ev := []string{}, []*pb.Evidence{r.Doc.All()}
	for _, kind := range []string{"authentication", "authorization", "accounting"} {
		for e := range r.Find("aaa", kind) {
			if e.Negated || e.Word(2) == "dot1x" || e.Word(2) == "ppp" || !r.names(e, protocol, address, name) {
				continue
			}
			if !slices.Contains(uses, kind) {
				uses, ev = append(uses, kind), append(ev, r.At(e))
			}
		}
	}
	return facts.Texts(uses, ev...)
}

// names says whether a method list, with what stands below it, names the server's protocol or a group that holds the server.
func (r *reader) names(e *stanza.Entry, protocol, address, name string) bool {
	words := slices.Clone(e.Words)
	for _, l := range e.Under() {
		words = append(words, l.Words...)
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
	p.CommandAccounting = r.Doc.Off()
	if e := r.configLog(); e != nil {
		p.CommandAccounting = facts.Bool(true, r.At(e))
	}
	if r.aaa.at != nil && !r.aaa.on {
		return
	}
	for e := range r.Find("aaa", "accounting", "commands", "15") {
		if e.Negated || e.Word(5) == "none" || below(e, "action-type", "none") || !r.accounts15(e.Word(4)) {
			continue
		}
		p.CommandAccounting = facts.Bool(true, r.At(e))
	}
}

// below says whether a line of these words stands below e.
func below(e *stanza.Entry, words ...string) bool {
	return slices.ContainsFunc(e.Under(), func(l *stanza.Entry) bool { return !l.Negated && l.Begins(words...) })
}

// accounts15 says whether a list of command accounting is applied on every line; the default list is.
func (r *reader) accounts15(name string) bool {
	if name == "default" {
		return true
	}
	lines := 0
	for e := range r.Find("line") {
		lines++
		if !below(e, "accounting", "commands", "15", name) {
			return false
		}
	}
	return lines > 0
}

// configLog finds "logging enable" below "archive / log config".
func (r *reader) configLog() *stanza.Entry {
	for e := range r.Find("archive") {
		for _, l := range e.Under() {
			if !l.Begins("log", "config") {
				continue
			}
			for _, s := range l.Under() {
				if s.Begins("logging", "enable") && !s.Negated {
					return s
				}
			}
		}
	}
	return nil
}
