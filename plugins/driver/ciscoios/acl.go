package ciscoios

import (
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// acl is an access list.
type acl struct {
	first *stanza.Entry
	rules []aclRule
}

// aclRule is one rule; odd: it holds words that were not understood.
type aclRule struct {
	entry                  *stanza.Entry
	permit, odd, logged    bool
	stateful, narrowed     bool
	protocol               string
	source, destination    string // CIDR, any, or as written
	sourcePort, targetPort string
}

// readACLs reads the lists by number or name; those of IPv6 under "ipv6 NAME".
func (r *reader) readACLs() map[string]*acl {
	out := map[string]*acl{}
	get := func(name string, e *stanza.Entry) *acl {
		a := out[name]
		if a == nil {
			a = &acl{first: e}
			out[name] = a
		}
		return a
	}
	for e := range r.Find("access-list") {
		name := e.Word(1)
		if e.Negated {
			delete(out, name)
			continue
		}
		n, ok := stanza.Number(name)
		if !ok {
			continue
		}
		a := get(name, e)
		if rest := e.Words[2:]; len(rest) > 0 && rest[0] != "remark" {
			a.rules = append(a.rules, readRule(e, rest, n < 100 || n >= 1300 && n < 2000, false))
		}
	}
	for e := range r.Find("ip", "access-list") {
		kind, name := e.Word(2), e.Word(3)
		if e.Negated || name == "" || kind != "standard" && kind != "extended" {
			continue
		}
		r.readNamed(get(name, e), e, kind == "standard", false)
	}
	for e := range r.Find("ipv6", "access-list") {
		if name := e.Word(2); !e.Negated && name != "" && name != "log-update" {
			r.readNamed(get("ipv6 "+name, e), e, false, true)
		}
	}
	return out
}

func (r *reader) readNamed(a *acl, e *stanza.Entry, standard, six bool) {
	for _, l := range e.Under() {
		words := l.Words
		if len(words) > 1 && words[0] == "sequence" {
			words = words[2:]
		}
		if len(words) > 0 {
			if _, ok := stanza.Number(words[0]); ok {
				words = words[1:]
			}
		}
		if l.Negated || len(words) == 0 || words[0] == "remark" || words[0] == "exit" {
			continue
		}
		a.rules = append(a.rules, readRule(l, words, standard, six))
	}
}

func readRule(e *stanza.Entry, words []string, standard, six bool) aclRule {
	rule := aclRule{entry: e, source: "any", destination: "any", protocol: "ip"}
	if words[0] != "permit" && words[0] != "deny" {
		rule.odd = true
		rule.stateful = words[0] == "evaluate"
		return rule
	}
	rule.permit = words[0] == "permit"
	p := &taker{rest: words[1:], six: six}
	if standard {
		rule.source = p.address()
		rule.odd = p.odd
		rule.logged = slices.Contains(p.rest, "log")
		return rule
	}
	rule.protocol = p.next()
	if rule.protocol == "ipv6" {
		rule.protocol = "ip"
	}
	if rule.protocol == "object-group" {
		rule.protocol, rule.odd = "object-group "+p.next(), true
	}
	rule.source = p.address()
	rule.sourcePort = p.port()
	rule.destination = p.address()
	rule.targetPort = p.port()
	rule.odd = rule.odd || p.odd || rule.protocol == ""
	for _, w := range p.rest {
		switch w {
		case "log", "log-input":
			rule.logged = true
		case "reflect":
			rule.stateful = true
		default:
			rule.narrowed = true
		}
	}
	return rule
}

// taker takes the words of a rule one after the other.
type taker struct {
	rest     []string
	six, odd bool
}

func (p *taker) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	w := p.rest[0]
	p.rest = p.rest[1:]
	return w
}

func (p *taker) address() string {
	switch w := p.next(); w {
	case "any", "any4", "any6":
		return "any"
	case "host":
		return single(p.next(), &p.odd)
	case "object-group", "addrgroup":
		p.odd = true
		return w + " " + p.next()
	default:
		if prefix, err := netip.ParsePrefix(w); err == nil {
			if prefix.Bits() == 0 {
				return "any"
			}
			return prefix.Masked().String()
		}
		if p.six || len(p.rest) == 0 {
			return single(w, &p.odd)
		}
		if _, err := netip.ParseAddr(p.rest[0]); err != nil {
			return single(w, &p.odd)
		}
		s, ok := cidr(w, strings.TrimSuffix(p.next(), ","))
		p.odd = p.odd || !ok
		return s
	}
}

func single(w string, odd *bool) string {
	a, err := netip.ParseAddr(strings.TrimSuffix(w, ","))
	if err != nil {
		*odd = true
		return w
	}
	return netip.PrefixFrom(a, a.BitLen()).String()
}

func (p *taker) port() string {
	if len(p.rest) < 2 {
		return ""
	}
	switch op := p.rest[0]; op {
	case "eq":
		p.next()
		ports := []string{p.next()}
		// Several ports may follow "eq"; an address or a flag ends them.
		for len(p.rest) > 0 {
			n, err := strconv.Atoi(p.rest[0])
			if err != nil || n < 0 {
				break
			}
			ports = append(ports, p.next())
		}
		return strings.Join(ports, ",")
	case "range":
		p.next()
		from := p.next()
		return from + "-" + p.next()
	case "gt", "lt", "neq":
		p.next()
		return op + " " + p.next()
	}
	return ""
}

// cidr turns an address and a wildcard into a prefix; what no prefix can say stays as written.
func cidr(address, wildcard string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	w, err2 := netip.ParseAddr(wildcard)
	if err1 != nil || err2 != nil || !a.Is4() || !w.Is4() {
		return address + " " + wildcard, false
	}
	b := w.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if v&(v+1) != 0 {
		return address + " " + wildcard, true
	}
	if v == 1<<32-1 {
		return "any", true
	}
	return netip.PrefixFrom(a, bits.LeadingZeros32(v)).Masked().String(), true
}

// sources says whom an access list that is applied lets in; ev is the line that applies it.
func (r *reader) sources(name string, ev *pb.Evidence) *pb.TextsFact {
	if stanza.Hole(name) || name == "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Texts()
	}
	if !r.Whole() {
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source, ev).Texts()
	}
	a := r.acls[name]
	if a == nil || len(a.rules) == 0 {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+name, ev).Texts()
	}
	in := []string{}
	last := a.rules[len(a.rules)-1].entry.Node.N
	where := []*pb.Evidence{ev, facts.Lines(r.Doc.Source, a.first.Node.N, max(a.first.Node.N, last), a.first.Node.Text)}
	for _, rule := range a.rules {
		carries := rule.protocol == "ip" || rule.protocol == "tcp" || rule.protocol == "udp" || rule.protocol == "6" || rule.protocol == "17"
		switch {
		case rule.odd:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "access-list "+name, ev, r.At(rule.entry)).Texts()
		case !carries:
		case rule.permit && rule.source == "any":
			return facts.Absent(ev, r.At(rule.entry)).Texts()
		case rule.permit && !slices.Contains(in, rule.source):
			in = append(in, rule.source)
		case !rule.permit && rule.source == "any" && rule.protocol == "ip" && rule.destination == "any" && !rule.narrowed:
			return facts.Texts(in, where...)
		}
	}
	return facts.Texts(in, where...)
}

// union joins whom several entrances let in: one that is open to anybody opens all.
func union(each []*pb.TextsFact) *pb.TextsFact {
	in := []string{}
	var ev []*pb.Evidence
	var unknown *pb.TextsFact
	for _, s := range each {
		switch s.GetState() {
		case pb.FactState_FACT_STATE_ABSENT:
			return facts.Absent(s.GetEvidence()...).Texts()
		case pb.FactState_FACT_STATE_KNOWN:
			for _, v := range s.GetValue() {
				if !slices.Contains(in, v) {
					in = append(in, v)
				}
			}
			ev = append(ev, s.GetEvidence()...)
		default:
			unknown = s
		}
	}
	if unknown != nil {
		return facts.LikeState(unknown).Texts()
	}
	return facts.Texts(in, ev...)
}
