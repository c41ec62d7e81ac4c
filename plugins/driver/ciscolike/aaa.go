package ciscolike

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// AAA is what decides logins centrally or locally.
type AAA struct {
	// On: method lists decide. At is the line that says so, or says no.
	On bool
	At *stanza.Entry
	// Login are the method lists by name.
	Login map[string]*stanza.Entry
}

// Group is a group of servers.
type Group struct {
	Protocol string
	// Members are addresses and names of servers.
	Members []string
}

// ReadAAA reads method lists and groups. Where method lists need no line to switch them on, always is true.
func (b *Base) ReadAAA(always bool) {
	b.AAA = AAA{On: always, Login: map[string]*stanza.Entry{}}
	b.Groups = map[string]Group{}
	if e := b.Final("aaa", "new-model"); e != nil && !always {
		b.AAA.On, b.AAA.At = !e.Negated, e
	}
	for e := range b.Find("aaa", "authentication", "login") {
		if e.Negated {
			delete(b.AAA.Login, e.Word(3))
		} else {
			b.AAA.Login[e.Word(3)] = e
		}
	}
	for e := range b.Find("aaa", "group", "server") {
		if e.Negated || e.Word(4) == "" {
			continue
		}
		g := Group{Protocol: ProtocolOf(e.Word(3))}
		for _, l := range e.Under() {
			switch {
			case l.Begins("server", "name"):
				g.Members = append(g.Members, l.Word(2))
			case l.Words[0] == "server" || l.Words[0] == "server-private":
				g.Members = append(g.Members, l.Word(1))
			}
		}
		b.Groups[e.Word(4)] = g
	}
}

// ProtocolOf is the vocabulary's name of a kind of server, "" if the word is none.
func ProtocolOf(word string) string {
	switch word {
	case "tacacs+", "tacacs":
		return "tacacs"
	case "radius", "ldap":
		return word
	}
	return ""
}

// MethodsOf gives the methods of a method list from words[from:], in the words of the vocabulary.
func (b *Base) MethodsOf(e *stanza.Entry, from int) *pb.TextsFact {
	ev := b.At(e)
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
		case "group", "tacacs+", "radius", "ldap":
			if w == "group" {
				i++
			}
			if method = ProtocolOf(e.Word(i)); method == "" {
				method = b.Groups[e.Word(i)].Protocol
			}
			if method == "" {
				return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "group "+e.Word(i), ev).Texts()
			}
		default:
			if method = b.Groups[w].Protocol; method == "" { // after "group" some platforms name several
				return b.Odd(e).Texts()
			}
		}
		if !slices.Contains(out, method) {
			out = append(out, method)
		}
	}
	if len(out) == 0 {
		return b.Odd(e).Texts()
	}
	return facts.Texts(out, ev)
}

// AuthServers lists the central servers and what they decide.
func (b *Base) AuthServers() {
	st := b.Doc.List()
	list := &pb.AuthServerList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	seen := map[string]bool{}
	add := func(address, protocol, name string, e *stanza.Entry, tls bool) {
		if address == "" || seen[protocol+address] {
			return
		}
		seen[protocol+address] = true
		list.Items = append(list.Items, &pb.AuthServer{
			Scope: address, Protocol: facts.Text(protocol, b.At(e)), Uses: b.usesOf(protocol, address, name), Encrypted: facts.Bool(tls, b.At(e)),
		})
	}
	for _, word := range []string{"tacacs-server", "radius-server", "ldap-server"} {
		protocol, _, _ := strings.Cut(word, "-")
		for e := range b.Find(word, "host") {
			if !e.Negated {
				add(hostOf(e), protocol, "", e, slices.Contains(e.Words, "tls") || slices.Contains(e.Words, "enable-ssl"))
			}
		}
	}
	for _, word := range []string{"tacacs", "radius", "ldap"} {
		for e := range b.Find(word, "server") {
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
	own := slices.Clone(list.Items)
	for e := range b.Find("aaa", "group", "server") {
		protocol := ProtocolOf(e.Word(3))
		// A group may name servers that no line describes; where lines do describe some, they are those that count.
		described := slices.ContainsFunc(own, func(s *pb.AuthServer) bool { return s.GetProtocol().GetValue() == protocol })
		for _, l := range e.Under() {
			if l.Negated || l.Words[0] != "server-private" && (l.Words[0] != "server" || l.Word(1) == "name" || described) {
				continue
			}
			add(l.Word(1), protocol, "", l, false)
		}
	}
	b.Facts.AuthServers = list
}

// hostOf finds the address in "WORD host [oob|ipv6|vrf V] ADDRESS …".
func hostOf(e *stanza.Entry) string {
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "oob", "ipv6":
		case "vrf":
			i++
		default:
			return e.Words[i]
		}
	}
	return ""
}

// usesOf says which decisions method lists leave to a server.
func (b *Base) usesOf(protocol, address, name string) *pb.TextsFact {
	if !b.Whole() {
		return facts.Unknown(b.Doc.Reason(), b.Doc.Source).Texts()
	}
	uses, ev := []string{}, []*pb.Evidence{b.Doc.All()}
	for _, kind := range []string{"authentication", "authorization", "accounting"} {
		for e := range b.Find("aaa", kind) {
			if e.Negated || e.Word(2) == "dot1x" || e.Word(2) == "ppp" || !b.names(e, protocol, address, name) {
				continue
			}
			if !slices.Contains(uses, kind) {
				uses, ev = append(uses, kind), append(ev, b.At(e))
			}
		}
	}
	return facts.Texts(uses, ev...)
}

// names says whether a method list, with what stands below it, names the server's protocol or a group that holds the server.
func (b *Base) names(e *stanza.Entry, protocol, address, name string) bool {
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
		if ProtocolOf(target) == protocol {
			return true
		}
		if g, ok := b.Groups[target]; ok && (slices.Contains(g.Members, address) || name != "" && slices.Contains(g.Members, name)) {
			return true
		}
	}
	return false
}

// AppliedOnLines says whether a list of command accounting for a level is applied on every line; the default list is.
func (b *Base) AppliedOnLines(level, name string) bool {
	if name == "default" {
		return true
	}
	lines := 0
	for e := range b.Find("line") {
		lines++
		if !Below(e, "accounting", "commands", level, name) {
			return false
		}
	}
	return lines > 0
}
