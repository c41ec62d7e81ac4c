package ciscolike

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

// List is an access list.
type List struct {
	First *stanza.Entry
	Rules []Rule
}

// Rule is one rule of it.
type Rule struct {
	Entry *stanza.Entry
	// Odd: it holds words that were not understood. Narrowed: it names more than protocol, addresses and ports.
	Permit, Odd, Logged, Stateful, Narrowed bool
	Protocol                                string
	// Source and Destination are CIDR, any, or as written.
	Source, Destination    string
	SourcePort, TargetPort string
}

// ReadLists reads the access lists by number or name.
func (b *Base) ReadLists() {
	out := map[string]*List{}
	get := func(name string, e *stanza.Entry) *List {
		a := out[name]
		if a == nil {
			a = &List{First: e}
			out[name] = a
		}
		return a
	}
	for e := range b.Find("access-list") {
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
			a.Rules = append(a.Rules, ReadRule(e, rest, n < 100 || n >= 1300 && n < 2000, false))
		}
	}
	for _, family := range []string{"ip", "ipv4"} {
		for e := range b.Find(family, "access-list") {
			kind, name := e.Word(2), e.Word(3)
			if kind != "standard" && kind != "extended" || name == "" {
				kind, name = "extended", kind // newer platforms do not name the kind
			}
			if !e.Negated && name != "" && (len(e.Words) < 5 || len(e.Node.Children) > 0) {
				readNamed(get(name, e), e, kind == "standard", false)
			}
		}
	}
	for e := range b.Find("ipv6", "access-list") {
		name := e.Word(2)
		if name == "standard" && e.Word(3) != "" {
			readNamed(get("ipv6 "+e.Word(3), e), e, true, true)
		} else if !e.Negated && name != "" && name != "log-update" {
			readNamed(get("ipv6 "+name, e), e, false, true)
		}
	}
	b.Lists = out
}

// plain are first words below an access list that are no rule.
var plain = []string{"remark", "exit", "statistics", "counters", "fragments", "list-remark", "hardware", "ignore", "!"}

func readNamed(a *List, e *stanza.Entry, standard, six bool) {
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
		if l.Negated || len(words) == 0 || slices.Contains(plain, words[0]) {
			continue
		}
		a.Rules = append(a.Rules, ReadRule(l, words, standard, six))
	}
}

// ReadRule reads a rule from its action on.
func ReadRule(e *stanza.Entry, words []string, standard, six bool) Rule {
	rule := Rule{Entry: e, Source: "any", Destination: "any", Protocol: "ip"}
	if words[0] != "permit" && words[0] != "deny" {
		rule.Odd = true
		rule.Stateful = words[0] == "evaluate"
		return rule
	}
	rule.Permit = words[0] == "permit"
	p := &taker{rest: words[1:], six: six}
	if standard {
		rule.Source = p.address()
		rule.Odd = p.odd
		rule.Logged = slices.Contains(p.rest, "log")
		return rule
	}
	if len(p.rest) > 0 && addressWord(p.rest[0]) { // the short form: a source alone
		rule.Source = p.address()
		rule.Odd = p.odd || len(p.rest) > 0 && !slices.Contains(p.rest, "log")
		rule.Logged = slices.Contains(p.rest, "log")
		return rule
	}
	rule.Protocol = p.next()
	if rule.Protocol == "ipv6" || rule.Protocol == "ipv4" {
		rule.Protocol = "ip"
	}
	if rule.Protocol == "object-group" {
		rule.Protocol, rule.Odd = "object-group "+p.next(), true
	}
	rule.Source = p.address()
	rule.SourcePort = p.port()
	rule.Destination = p.address()
	rule.TargetPort = p.port()
	rule.Odd = rule.Odd || p.odd || rule.Protocol == ""
	for _, w := range p.rest {
		switch w {
		case "log", "log-input":
			rule.Logged = true
		case "reflect":
			rule.Stateful = true
		default:
			rule.Narrowed = true
		}
	}
	return rule
}

func addressWord(w string) bool {
	if w == "any" || w == "host" {
		return true
	}
	if _, err := netip.ParsePrefix(w); err == nil {
		return true
	}
	_, err := netip.ParseAddr(w)
	return err == nil
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
	case "object-group", "addrgroup", "net-group", "time-range":
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
		s, ok := CIDR(w, strings.TrimSuffix(p.next(), ","))
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

// CIDR turns an address and a wildcard into a prefix; what no prefix can say stays as written.
func CIDR(address, wildcard string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	w, err2 := netip.ParseAddr(wildcard)
	if err1 != nil || err2 != nil || !a.Is4() || !w.Is4() {
		return address + " " + wildcard, false
	}
	o := w.As4()
	v := uint32(o[0])<<24 | uint32(o[1])<<16 | uint32(o[2])<<8 | uint32(o[3])
	if v&(v+1) != 0 {
		return address + " " + wildcard, true
	}
	if v == 1<<32-1 {
		return "any", true
	}
	return netip.PrefixFrom(a, bits.LeadingZeros32(v)).Masked().String(), true
}

// Sources says whom an access list that is applied lets in; ev is the line that applies it.
func (b *Base) Sources(name string, ev *pb.Evidence) *pb.TextsFact {
	if stanza.Hole(name) || name == "" {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Texts()
	}
	if !b.Whole() {
		return facts.Unknown(b.Doc.Reason(), b.Doc.Source, ev).Texts()
	}
	a := b.Lists[name]
	if a == nil || len(a.Rules) == 0 {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+name, ev).Texts()
	}
	in := []string{}
	last := a.Rules[len(a.Rules)-1].Entry.Node.N
	where := []*pb.Evidence{ev, facts.Lines(b.Doc.Source, a.First.Node.N, max(a.First.Node.N, last), a.First.Node.Text)}
	for _, rule := range a.Rules {
		carries := rule.Protocol == "ip" || rule.Protocol == "tcp" || rule.Protocol == "udp" || rule.Protocol == "6" || rule.Protocol == "17"
		switch {
		case rule.Odd:
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "access-list "+name, ev, b.At(rule.Entry)).Texts()
		case !carries:
		case rule.Permit && rule.Source == "any":
			return facts.Absent(ev, b.At(rule.Entry)).Texts()
		case rule.Permit && !slices.Contains(in, rule.Source):
			in = append(in, rule.Source)
		case !rule.Permit && rule.Source == "any" && rule.Protocol == "ip" && rule.Destination == "any" && !rule.Narrowed:
			return facts.Texts(in, where...)
		}
	}
	return facts.Texts(in, where...)
}

// Union joins whom several entrances let in: one that is open to anybody opens all.
func Union(each []*pb.TextsFact) *pb.TextsFact {
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
