package zxros

import (
	"math/bits"
	"net/netip"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// acl is an access list, of which only the sources are read.
type acl struct {
	node  *stanza.Entry
	rules []aclRule
}

// aclRule is one rule; odd: its source was not understood; whole: it speaks of all that its source sends.
type aclRule struct {
	entry              *stanza.Entry
	permit, odd, whole bool
	source             string // CIDR; any
}

// readACLs reads the access lists for IPv4 by number or name.
func (c *config) readACLs() map[string]*acl {
	out := map[string]*acl{}
	add := func(name string, e *stanza.Entry) {
		if e.Negated || name == "" {
			return
		}
		a := &acl{node: e}
		for _, l := range e.Under() {
			if l.Words[0] == "rule" && !l.Negated {
				a.rules = append(a.rules, readRule(l))
			}
		}
		out[name] = a
	}
	for e := range c.Find("ipv4-access-list") {
		add(e.Word(1), e)
	}
	for e := range c.Find("acl") {
		name := e.After("number")
		if name == "" {
			name = e.After("name")
		}
		add(name, e)
	}
	return out
}

var aclProtocols = []string{"ip", "tcp", "udp", "icmp", "igmp", "ospf", "gre", "vrrp", "pim"}

// readRule reads "rule ID permit|deny [protocol] SOURCE …".
func readRule(l *stanza.Entry) aclRule {
	r := aclRule{entry: l, permit: l.Word(2) == "permit"}
	if l.Word(2) != "permit" && l.Word(2) != "deny" {
		r.odd = true
		return r
	}
	words := l.Words[3:]
	everything := true
	if len(words) > 0 && slices.Contains(aclProtocols, words[0]) {
		everything, words = words[0] == "ip", words[1:]
	}
	switch {
	case len(words) > 0 && words[0] == "any":
		r.source, words = "any", words[1:]
	case len(words) > 1:
		var ok bool
		r.source, ok = wildcard(words[0], words[1])
		r.odd, words = !ok, words[2:]
	default:
		r.odd = true
		return r
	}
	r.whole = everything && (len(words) == 0 || words[0] == "any" && len(words) == 1)
	return r
}

// wildcard turns an address and a wildcard into a prefix; what no prefix can say stays as written.
func wildcard(address, mask string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	w, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !w.Is4() {
		return address + " " + mask, false
	}
	b := w.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if v&(v+1) != 0 {
		return address + " " + mask, true
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
	if kind := holeKind(name); kind != "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Texts()
	}
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source, ev).Texts()
	}
	a := r.acls[name]
	if a == nil {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access list "+name, ev).Texts()
	}
	where := []*pb.Evidence{ev, r.Section(a.node)}
	if len(a.rules) == 0 {
		return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "access list "+name+": no rule", where...).Texts()
	}
	in := []string{}
	for _, rule := range a.rules {
		switch {
		case rule.odd:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "access list "+name, ev, r.At(rule.entry)).Texts()
		case rule.permit && rule.source == "any":
			return facts.Absent(ev, r.At(rule.entry)).Texts()
		case rule.permit && !slices.Contains(in, rule.source):
			in = append(in, rule.source)
		case !rule.permit && rule.source == "any" && rule.whole:
			return facts.Texts(in, where...)
		}
	}
	return facts.Texts(in, where...)
}

// limited is who may use a server: by the access list that one of its lines names after "access-class" or its like.
func (r *reader) limited(lines ...[]string) *pb.TextsFact {
	for _, words := range lines {
		for e := range r.Find(words...) {
			for _, key := range []string{"access-class", "access-list", "ipv4-access-list"} {
				i := slices.Index(e.Words, key)
				if i < 0 || e.Negated {
					continue
				}
				if e.Word(i+1) == "ipv6" { // those who come over IPv4 are limited by another
					continue
				}
				if e.Word(i+1) == "ipv4" {
					i++
				}
				return r.sources(e.Word(i+1), e)
			}
		}
	}
	return r.Doc.Absence().Texts()
}
