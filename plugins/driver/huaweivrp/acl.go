package huaweivrp

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// acl is an access list.
type acl struct {
	name  string
	node  *stanza.Entry
	rules []aclRule
}

// aclRule is one rule; odd: it holds words that were not understood.
type aclRule struct {
	entry                  *stanza.Entry
	number                 int64
	permit, odd, narrowed  bool
	protocol               string
	source, destination    string // CIDR or as written; any
	sourcePort, targetPort string
	logged                 bool
}

// readACLs reads the lists, each under its number and its name; those of IPv6 under "ipv6 NAME".
func (c *config) readACLs() map[string]*acl {
	out := map[string]*acl{}
	for e := range c.Find("acl") {
		if e.Negated {
			continue
		}
		words, family := e.Words[1:], ""
		if len(words) > 0 && words[0] == "ipv6" {
			words, family = words[1:], "ipv6 "
		}
		var names []string
		for i, w := range words {
			if _, ok := stanza.Number(w); ok || i > 0 && words[i-1] == "name" {
				names = append(names, family+w)
			}
		}
		if len(names) == 0 {
			continue
		}
		a := &acl{name: names[0], node: e}
		for _, l := range e.Under() {
			if l.Words[0] == "rule" && !l.Negated && l.Word(2) != "description" && l.Word(1) != "name" {
				a.rules = append(a.rules, readRule(l))
			}
		}
		if !slices.Contains(words, "auto") {
			slices.SortStableFunc(a.rules, func(x, y aclRule) int { return cmp.Compare(x.number, y.number) })
		}
		for _, n := range names {
			out[n] = a
		}
	}
	return out
}

func readRule(l *stanza.Entry) aclRule {
	r := aclRule{entry: l, source: "any", destination: "any", protocol: "any"}
	words := l.Words[1:]
	if len(words) > 0 {
		if n, ok := stanza.Number(words[0]); ok {
			r.number, words = n, words[1:]
		}
	}
	if len(words) == 0 || words[0] != "permit" && words[0] != "deny" {
		r.odd = true
		return r
	}
	r.permit, words = words[0] == "permit", words[1:]
	for i := 0; i < len(words); i++ {
		next := func() string {
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		address := func() string {
			a := next()
			if a == "any" {
				return a
			}
			if p, err := netip.ParsePrefix(a); err == nil {
				return p.String()
			}
			p, ok := cidr(a, next())
			r.odd = r.odd || !ok
			return p
		}
		switch w := words[i]; w {
		case "ip", "ipv6":
		case "tcp", "udp", "icmp", "icmpv6", "gre", "ospf", "igmp", "ipinip":
			r.protocol = w
		case "source":
			r.source = address()
		case "destination":
			r.destination = address()
		case "source-port":
			r.sourcePort, i = portWords(words, i+1)
		case "destination-port":
			r.targetPort, i = portWords(words, i+1)
		case "logging":
			r.logged = true
		case "counting":
		case "time-range", "vpn-instance", "dscp", "precedence", "tos", "icmp-type", "icmp6-type":
			next()
			r.narrowed = true
		case "fragment", "none-first-fragment", "fragment-type":
			r.narrowed = true
		default:
			_, isNumber := stanza.Number(w)
			if i == 0 && isNumber {
				r.protocol = w
				continue
			}
			r.odd = true
		}
	}
	return r
}

// portWords reads "eq 22" or "range 1 20" and says where it ends.
func portWords(words []string, i int) (string, int) {
	if i+1 >= len(words) {
		return "?", len(words)
	}
	if words[i] == "range" && i+2 < len(words) {
		return words[i+1] + "-" + words[i+2], i + 2
	}
	if words[i] == "eq" {
		return words[i+1], i + 1
	}
	return words[i] + " " + words[i+1], i + 1
}

// cidr turns an address and a wildcard into a prefix; what no prefix can say stays as written.
func cidr(address, wildcard string) (string, bool) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address + " " + wildcard, false
	}
	if wildcard == "0" {
		return netip.PrefixFrom(a, a.BitLen()).String(), true
	}
	if n, ok := stanza.Number(wildcard); ok && a.Is6() && n <= 128 {
		return netip.PrefixFrom(a, int(n)).Masked().String(), true
	}
	w, err := netip.ParseAddr(wildcard)
	if err != nil || !w.Is4() || !a.Is4() {
		return address + " " + wildcard, false
	}
	b := w.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if v&(v+1) != 0 {
		return address + " " + wildcard, true
	}
	p := netip.PrefixFrom(a, bits.LeadingZeros32(v)).Masked()
	if p.Bits() == 0 {
		return "any", true
	}
	return p.String(), true
}

// sources says whom an access list that is applied lets in; applied is the line that does so.
func (r *reader) sources(name string, applied *stanza.Entry) *pb.TextsFact {
	ev := r.At(applied)
	if hole(name) {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Texts()
	}
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source, ev).Texts()
	}
	a := r.acls[name]
	if a == nil {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "acl "+name, ev).Texts()
	}
	where := []*pb.Evidence{ev, r.Section(a.node)}
	if len(a.rules) == 0 {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "acl "+name+": no rule", where...).Texts()
	}
	in := []string{}
	for _, rule := range a.rules {
		everybody := rule.source == "any"
		switch {
		case rule.odd:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "acl "+name, ev, r.At(rule.entry)).Texts()
		case rule.permit && everybody:
			return facts.Absent(ev, r.At(rule.entry)).Texts()
		case rule.permit && !slices.Contains(in, rule.source):
			in = append(in, rule.source)
		case !rule.permit && everybody && !rule.narrowed && rule.destination == "any" && rule.protocol == "any" && rule.sourcePort == "" && rule.targetPort == "":
			return facts.Texts(in, where...)
		}
	}
	return facts.Texts(in, where...)
}

// aclIn gives the access list that a line names after "acl", with "ipv6 " before the name of one for IPv6.
func aclIn(e *stanza.Entry) string {
	name := e.After("acl")
	if name == "ipv6" {
		return "ipv6 " + e.After("ipv6")
	}
	if name == "number" || name == "name" {
		return e.After(name)
	}
	if slices.Contains(e.Words[:max(slices.Index(e.Words, "acl"), 0)], "ipv6") && !strings.HasPrefix(name, "ipv6 ") {
		return "ipv6 " + name
	}
	return name
}
