package comware

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

// aclRule is one rule; odd: it holds words that were not understood; narrowed: more must hold than addresses and ports say.
type aclRule struct {
	entry                           *stanza.Entry
	number                          int64
	permit, odd, narrowed, stateful bool
	protocol                        string
	source, destination             string // CIDR or as written; any
	sourcePort, targetPort          string
	logged                          bool
}

// all says that a rule speaks of all traffic.
func (r *aclRule) all() bool {
	return !r.odd && !r.narrowed && r.source == "any" && r.destination == "any" && r.protocol == "any" && r.sourcePort == "" && r.targetPort == ""
}

// readACLs reads the lists, each under its number and its name; those of IPv6 under "ipv6 NAME". Lists of MAC addresses are left out.
func (c *config) readACLs() map[string]*acl {
	out := map[string]*acl{}
	for e := range c.Find("acl") {
		if e.Negated || len(e.Words) < 2 || slices.Contains([]string{"mac", "user-defined", "logging", "copy"}, e.Words[1]) {
			continue
		}
		words, family := e.Words[1:], ""
		if words[0] == "ipv6" {
			words, family = words[1:], "ipv6 "
		}
		var names []string
		for i, w := range words {
			if _, isNumber := stanza.Number(w); isNumber || i > 0 && words[i-1] == "name" {
				names = append(names, family+w)
			}
		}
		if len(names) == 0 {
			continue
		}
		a := &acl{name: names[0], node: e}
		for _, l := range e.Under() {
			if l.Words[0] == "rule" && !l.Negated && !slices.Contains([]string{"comment", "remark"}, l.Word(2)) {
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

var aclProtocols = []string{"tcp", "udp", "icmp", "icmpv6", "gre", "ospf", "igmp", "ipinip", "ipv6-ah", "ipv6-esp"}

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
	if len(words) > 0 {
		_, isNumber := stanza.Number(words[0])
		switch {
		case words[0] == "ip" || words[0] == "ipv6":
			words = words[1:]
		case isNumber || slices.Contains(aclProtocols, words[0]):
			r.protocol, words = words[0], words[1:]
		}
	}
	for len(words) > 0 {
		words = words[r.clause(words):]
	}
	return r
}

// clause reads one part of a rule and says of how many words it is.
func (r *aclRule) clause(words []string) int {
	switch w := words[0]; w {
	case "source", "destination":
		address, n, ok := aclAddress(words[1:])
		r.odd = r.odd || !ok
		if w == "source" {
			r.source = address
		} else {
			r.destination = address
		}
		return 1 + n
	case "source-port", "destination-port":
		port, n := aclPort(words[1:])
		if w == "source-port" {
			r.sourcePort = port
		} else {
			r.targetPort = port
		}
		return 1 + n
	case "logging":
		r.logged = true
		return 1
	case "counting":
		return 1
	case "established":
		r.narrowed, r.stateful = true, true
		return 1
	case "fragment":
		r.narrowed = true
		return 1
	case "ack", "fin", "psh", "rst", "syn", "urg", "time-range", "vpn-instance", "dscp", "precedence", "tos", "routing", "hop-by-hop", "flow-label":
		r.narrowed = true
		return min(2, len(words))
	case "icmp-type", "icmp6-type":
		r.narrowed = true
		n := 2
		for n < len(words) && n < 3 && strings.Trim(words[n], "0123456789") == "" {
			n++
		}
		return min(n, len(words))
	}
	r.odd = true
	return 1
}

// aclAddress reads "any", "10.0.0.0 0.0.0.255", "2001:db8::/32", "2001:db8:: 32", "object-group NAME".
func aclAddress(words []string) (string, int, bool) {
	switch {
	case len(words) == 0:
		return "?", 0, false
	case words[0] == "any":
		return "any", 1, true
	case len(words) > 1 && words[0] == "object-group":
		return "object-group " + words[1], 2, true
	}
	if p, err := netip.ParsePrefix(words[0]); err == nil {
		if p.Bits() == 0 {
			return "any", 1, true
		}
		return p.Masked().String(), 1, true
	}
	if len(words) < 2 {
		return words[0], 1, false
	}
	p, ok := wildcard(words[0], words[1])
	return p, 2, ok
}

// wildcard turns an address and a wildcard into a prefix; what no prefix can say stays as written.
func wildcard(address, mask string) (string, bool) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address + " " + mask, false
	}
	if a.Is6() {
		n, ok := stanza.Number(mask)
		if !ok || n > 128 {
			return address + " " + mask, false
		}
		return short(netip.PrefixFrom(a, int(n))), true
	}
	if mask == "0" {
		return netip.PrefixFrom(a, 32).String(), true
	}
	w, err := netip.ParseAddr(mask)
	if err != nil || !w.Is4() {
		return address + " " + mask, false
	}
	b := w.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if v&(v+1) != 0 {
		return address + " " + mask, true
	}
	return short(netip.PrefixFrom(a, bits.LeadingZeros32(v))), true
}

func short(p netip.Prefix) string {
	if p.Bits() == 0 {
		return "any"
	}
	return p.Masked().String()
}

// aclPort reads "eq 22" or "range 1 20" and says of how many words it is.
func aclPort(words []string) (string, int) {
	switch {
	case len(words) < 2:
		return "?", len(words)
	case words[0] == "range" && len(words) > 2:
		return words[1] + "-" + words[2], 3
	case words[0] == "eq":
		return words[1], 2
	}
	return words[0] + " " + words[1], 2
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
	for i := range a.rules {
		rule := &a.rules[i]
		switch {
		case rule.odd:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "acl "+name, ev, r.At(rule.entry)).Texts()
		case rule.permit && rule.source == "any":
			return facts.Absent(ev, r.At(rule.entry)).Texts()
		case rule.permit && !slices.Contains(in, rule.source):
			in = append(in, rule.source)
		case !rule.permit && rule.all():
			return facts.Texts(in, where...)
		}
	}
	return facts.Texts(in, where...)
}

// aclIn gives the access list that a line names after "acl", with "ipv6 " before the name of one for IPv6.
func aclIn(e *stanza.Entry) string {
	at := slices.Index(e.Words, "acl")
	name := e.Word(at + 1)
	family := ""
	if name == "ipv6" || slices.Contains(e.Words[:max(at, 0)], "ipv6") {
		family = "ipv6 "
	}
	for name == "ipv6" || name == "name" || name == "number" || name == "basic" || name == "advanced" {
		at++
		name = e.Word(at + 1)
	}
	return family + name
}
