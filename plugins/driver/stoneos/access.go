package stoneos

import (
	"net/netip"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accessPaths are the console and the management protocols.
func (r *reader) accessPaths() *pb.AccessPathList {
	s := r.Doc.List()
	out := &pb.AccessPathList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	console := &pb.AccessPath{
		Scope: "console", Enabled: facts.Bool(true), Remote: facts.Bool(false), Encrypted: facts.NotApplicable().Bool(), Sources: facts.NotApplicable().Texts(),
		Transports: facts.NotApplicable().Texts(),
	}
	out.Items = append(out.Items, console)
	for _, k := range []struct {
		scope     string
		encrypted bool
		port      int64
	}{{"ssh", true, 22}, {"telnet", false, 23}, {"http", false, 80}, {"https", true, 443}} {
		p := &pb.AccessPath{
			Scope: k.scope, Enabled: r.managed(k.scope), Remote: facts.Bool(true), Encrypted: facts.Bool(k.encrypted), Port: r.set.Int("port", k.port), Sources: r.trusted(k.scope),
		}
		if e := r.Final(k.scope, "port"); e != nil && !e.Negated {
			p.Port = r.count(e, 2)
		}
		if k.encrypted {
			p.Versions = r.Doc.NoDefault(k.scope).Texts()
		}
		out.Items = append(out.Items, p)
	}
	for _, p := range out.Items {
		p.Banner = r.Doc.NoDefault("banner").Bool()
		r.proof(p)
	}
	netconf := &pb.AccessPath{Scope: "netconf", Enabled: r.managed("netconf"), Remote: facts.Bool(true), Encrypted: facts.Bool(true), Port: r.Doc.NoDefault("netconf port").Int(), Sources: r.trusted("netconf")}
	out.Items = append(out.Items, netconf, r.snmpPath())
	return out
}

// managed says whether some interface takes a protocol in: "manage ssh". Configurations print these lines of every interface; that they do
// so in this one is known if there is one at all.
func (r *reader) managed(protocol string) *pb.BoolFact {
	printed := false
	for _, e := range r.ByWord("interface") {
		for _, l := range e.Under() {
			if l.Words[0] != "manage" || l.Negated {
				continue
			}
			if l.Word(1) == protocol {
				return facts.Bool(true, r.At(l))
			}
			printed = true
		}
	}
	if printed {
		return r.Doc.Off()
	}
	return r.Doc.NoDefault("manage " + protocol).Bool()
}

// trusted reads who may come by a protocol: all "admin host" lines together.
func (r *reader) trusted(protocol string) *pb.TextsFact {
	in := []string{}
	var ev []*pb.Evidence
	found := false
	for _, word := range []string{"host", "ipv6-host"} {
		for e := range r.Find("admin", word) {
			if e.Negated {
				continue
			}
			from, rest, ok := hosts(e)
			if !ok {
				return r.Odd(e).Texts()
			}
			found = true
			if !slices.Contains(rest, protocol) && !slices.Contains(rest, "any") {
				continue
			}
			if from == "any" {
				return facts.Absent(r.At(e)).Texts()
			}
			in, ev = append(in, from), append(ev, r.At(e))
		}
	}
	switch {
	case !r.Whole(): // a later line may let in more
		return r.Doc.Absence().Texts()
	case len(in) > 0:
		return facts.Texts(in, ev...)
	case found:
		return r.Doc.NoDefault("admin host " + protocol).Texts()
	}
	return r.set.None("admin host").Texts()
}

// hosts reads "admin host any | range A B | A MASK | A/N, [mac-host M] PROTOCOL…".
func hosts(e *stanza.Entry) (from string, rest []string, ok bool) {
	w := e.Words[2:]
	switch {
	case len(w) > 1 && w[0] == "any":
		from, rest = "any", w[1:]
	case len(w) > 3 && w[0] == "range":
		from, rest = w[1]+"-"+w[2], w[3:]
	case len(w) > 1:
		if p, err := netip.ParsePrefix(w[0]); err == nil {
			from, rest = p.Masked().String(), w[1:]
			if p.Bits() == 0 {
				from = "any"
			}
			break
		}
		a, err := netip.ParseAddr(w[0])
		if err != nil {
			return "", nil, false
		}
		p, masked := withMask(w[0], w[1])
		switch {
		case masked && p.Bits() == 0:
			from, rest = "any", w[2:]
		case masked:
			from, rest = p.Masked().String(), w[2:]
		default:
			from, rest = a.String(), w[1:]
		}
	}
	if i := slices.Index(rest, "mac-host"); i >= 0 { // it narrows who comes from there
		if i+1 >= len(rest) {
			return "", nil, false
		}
		from += " mac " + rest[i+1]
		rest = slices.Delete(slices.Clone(rest), i, i+2)
	}
	return from, rest, from != "" && len(rest) > 0
}

// proof reads how administrators are authenticated: by the configuration itself, unless a server is named.
func (r *reader) proof(p *pb.AccessPath) {
	m := r.Doc.NoDefault("admin user")
	p.Methods, p.Authenticated, p.Factors, p.EmptyPasswords = m.Texts(), m.Bool(), m.Int(), r.Doc.NoDefault("password").Bool()
	if e := r.Final("admin", "auth-server"); e != nil && !e.Negated {
		method := ""
		for _, g := range r.groups("aaa-server") {
			if g.name == value(e, 2) {
				method = serverTypes[g.first.After("type")]
			}
		}
		if method == "" {
			odd := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "aaa-server "+value(e, 2), r.At(e))
			p.Methods = odd.Texts()
			return
		}
		p.Methods = facts.Texts([]string{method}, r.At(e)) // whether local administrators remain is not documented
		p.Authenticated = facts.Bool(true, r.At(e))
		return
	}
	if !r.Whole() {
		return
	}
	for _, g := range r.groups("admin", "user") {
		for l := range g.lines() {
			if l.Words[0] != "password" || l.Negated {
				continue
			}
			p.Methods, p.Authenticated = facts.Texts([]string{"local"}, r.Section(g.first)), facts.Bool(true, r.Section(g.first))
			p.Factors = facts.Int(1, r.Section(g.first))
			if e := r.Final("admin", "multiple-factor-auth"); e != nil && !e.Negated {
				p.Factors = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "multiple-factor-auth", r.At(e)).Int()
			}
			return
		}
	}
}
