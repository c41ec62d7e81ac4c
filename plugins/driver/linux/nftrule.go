package linux

import (
	"slices"
	"strings"
)

// nftRules reads one rule. A map makes several.
func nftRules(w []nftToken, family string) []filterRule {
	p := &nftRuleParser{w: w, r: filterRule{at: *w[0].at}}
	if family == "ip" || family == "ip6" {
		p.r.family = family
	}
	for p.i < len(p.w) && p.out == nil {
		p.expression()
	}
	if p.out != nil {
		return p.out
	}
	return []filterRule{p.r}
}

type nftRuleParser struct {
	w   []nftToken
	i   int
	r   filterRule
	out []filterRule
	// deep says that this is an element of a map already: maps in maps are not unrolled.
	deep bool
}

func (p *nftRuleParser) peek(n int) string {
	if p.i+n < len(p.w) && !p.w[p.i+n].quoted {
		return p.w[p.i+n].text
	}
	return ""
}

func (p *nftRuleParser) next() string {
	if p.i >= len(p.w) {
		return ""
	}
	p.i++
	return p.w[p.i-1].text
}

// value takes one value, a list with commas, or a set; not says that it is negated or compared.
func (p *nftRuleParser) value() (v []string, not bool) {
	for slices.Contains([]string{"==", "!=", "<", ">", "<=", ">="}, p.peek(0)) {
		not = p.next() != "==" || not
	}
	if p.peek(0) == "{" {
		from := p.i
		for depth := 0; p.i < len(p.w); {
			switch t := p.w[p.i]; {
			case t.quoted:
			case t.text == "{":
				depth++
			case t.text == "}":
				depth--
			}
			p.i++
			if depth == 0 {
				break
			}
		}
		return setElements(p.w[from:p.i]), not
	}
	v = []string{p.next()}
	for p.peek(0) == "," {
		p.i++
		v = append(v, p.next())
	}
	return v, not
}

// expression reads the next expression or statement of the rule.
func (p *nftRuleParser) expression() {
	first, second := p.peek(0), p.peek(1)
	if p.peek(2) == "vmap" || first != "" && second == "vmap" || p.peek(2) == "." || second == "." {
		if p.deep {
			p.r.other = append(p.r.other, "map")
			p.i = len(p.w)
			return
		}
		p.unroll()
		return
	}
	switch {
	case (first == "ip" || first == "ip6") && second == "saddr":
		p.i += 2
		from, not := p.value()
		p.r.family = first
		if len(p.r.from) > 0 {
			p.r.other = append(p.r.other, "saddr")
		} else if !slices.Contains(from, "0.0.0.0/0") && !slices.Contains(from, "::/0") || not {
			p.r.from, p.r.notFrom = from, not
		}
	case (first == "ip" || first == "ip6") && second == "daddr":
		p.i += 2
		to, not := p.value()
		p.r.family = first
		if not {
			p.r.other = append(p.r.other, "daddr")
		} else {
			p.r.to = to
		}
	case first == "ip" && second == "protocol", first == "ip6" && second == "nexthdr", first == "meta" && second == "l4proto":
		p.i += 2
		p.protocol()
	case first == "meta" && second == "nfproto":
		p.i += 2
		v, _ := p.value()
		p.r.family = map[string]string{"ipv4": "ip", "ipv6": "ip6"}[strings.Join(v, ",")]
	case (first == "tcp" || first == "udp" || first == "th") && second == "dport":
		p.i += 2
		p.ports(first)
	case first == "ct" && second == "state":
		p.i += 2
		v, not := p.value()
		p.r.states = v
		if not {
			p.r.states = slices.DeleteFunc([]string{"new", "established", "related", "invalid", "untracked"}, func(s string) bool { return slices.Contains(v, s) })
		}
	case first == "iif" || first == "iifname" || first == "meta" && (second == "iif" || second == "iifname"):
		p.i++
		if first == "meta" {
			p.i++
		}
		p.inInterface(first)
	case first == "icmp" || first == "icmpv6":
		p.i += 2
		p.value()
		p.r.protos, p.r.rated = []string{map[string]string{"icmp": "icmp", "icmpv6": "ipv6-icmp"}[first]}, true
	case first == "fib" && second == "daddr" && p.peek(2) == "type":
		p.i += 3
		v, not := p.value()
		p.r.elsewhere = slices.Contains(v, "local") == not
	case nftRated[first] == "*" || second != "" && slices.Contains(strings.Fields(nftRated[first]), second):
		p.i += 2
		p.value()
		p.r.rated = true
	case first == "tcp" && second == "flags":
		p.i += 2
		p.tcpFlags()
	default:
		p.statement(first)
	}
}

// nftRated are matches on what the packet is like, which its sender chooses.
var nftRated = map[string]string{
	"tcp": "sport sequence ackseq window option", "udp": "sport length", "th": "sport", "ip": "ttl dscp ecn length id frag-off version",
	"ip6": "hoplimit dscp ecn length flowlabel version", "meta": "length pkttype", "rt": "*", "exthdr": "*", "frag": "*", "hbh": "*", "dst": "*", "mh": "*",
}

func (p *nftRuleParser) protocol() {
	v, not := p.value()
	if not {
		p.r.other = append(p.r.other, "l4proto")
		return
	}
	p.r.protos = v
}

func (p *nftRuleParser) ports(proto string) {
	v, not := p.value()
	if proto != "th" {
		p.r.protos = []string{proto}
	}
	for _, s := range v {
		port, ok := parsePort(s)
		if !ok || not {
			p.r.other, p.r.ports = append(p.r.other, "dport "+s), nil
			return
		}
		p.r.ports = append(p.r.ports, port)
	}
}

func (p *nftRuleParser) inInterface(word string) {
	v, not := p.value()
	switch {
	case len(v) == 1 && v[0] == "lo" && !not:
		p.r.loopback = true
	case len(v) == 1 && v[0] == "lo":
		// Everything but what the host sends to itself.
	default:
		p.r.other = append(p.r.other, word+" "+strings.Join(v, ","))
	}
}

// tcpFlags reads "tcp flags syn / fin,syn,rst,ack" and "tcp flags & (fin|syn) == syn". It is about the packet, not
// about who sent it.
func (p *nftRuleParser) tcpFlags() {
	p.r.protos, p.r.rated = []string{"tcp"}, true
	for p.i < len(p.w) && !p.endsMatch() {
		p.i++
	}
}

// endsMatch says that the words of a match with a grammar of its own are over.
func (p *nftRuleParser) endsMatch() bool {
	switch p.peek(0) {
	case "accept", "drop", "reject", "return", "jump", "goto", "queue", "counter", "log", "limit", "ct", "ip", "ip6", "iif", "iifname", "meta", "tcp", "udp", "comment":
		return true
	}
	return p.w[p.i].quoted
}

// statement reads what is no match: verdicts, counters, logs. Words of matches that are not evaluated are kept.
func (p *nftRuleParser) statement(first string) {
	p.i++
	switch first {
	case "accept", "drop", "return":
		p.r.verdict = first
	case "reject":
		p.r.verdict = verdictReject
		p.skipTo("comment")
	case "jump", "goto":
		p.r.verdict, p.r.target = first, p.next()
	case "queue":
		p.r.verdict = verdictElse
		p.skipTo("comment")
	case "counter":
		for slices.Contains([]string{"packets", "bytes", "name"}, p.peek(0)) {
			p.i += 2
		}
	case "log":
		p.r.logs = true
		for slices.Contains([]string{"prefix", "level", "group", "snaplen", "queue-threshold", "flags"}, p.peek(0)) {
			p.i++
			p.value()
		}
	case "comment":
		p.i++
	case "limit":
		p.r.rated = true
		for p.i < len(p.w) && !p.endsMatch() {
			p.i++
		}
	case "mark", "notrack", "continue":
		p.r.other = append(p.r.other, first)
	default:
		p.r.other = append(p.r.other, first)
	}
}

func (p *nftRuleParser) skipTo(word string) {
	for p.i < len(p.w) && p.peek(0) != word {
		p.i++
	}
}

// unroll reads "KEY vmap { VALUE : VERDICT, … }" and "KEY . KEY { VALUE . VALUE, … }" into a rule for each element.
func (p *nftRuleParser) unroll() {
	key, isMap, elements, rest := p.takeMap()
	p.i = len(p.w)
	keys := splitTokens(key, ".")
	for _, e := range elements {
		value, verdict := e, rest
		if isMap {
			parts := splitTokens(e, ":")
			if len(parts) != 2 {
				p.out = nil
				break
			}
			value, verdict = parts[0], parts[1]
		}
		values := splitTokens(value, ".")
		if len(values) != len(keys) {
			p.out = nil
			break
		}
		q := &nftRuleParser{r: p.r, deep: true}
		q.r.other = slices.Clone(p.r.other)
		for i := range keys {
			q.w = append(append(q.w, keys[i]...), values[i]...)
		}
		q.w = append(q.w, verdict...)
		for q.i < len(q.w) {
			q.expression()
		}
		p.out = append(p.out, q.r)
	}
	if len(p.out) == 0 {
		p.r.other, p.r.verdict = append(p.r.other, "map"), verdictElse
		p.out = []filterRule{p.r}
	}
}

// takeMap gives the key, the elements between the braces, and what follows them; no elements where it is a map by name.
func (p *nftRuleParser) takeMap() (key []nftToken, isMap bool, elements [][]nftToken, rest []nftToken) {
	at := slices.IndexFunc(p.w[p.i:], func(t nftToken) bool { return !t.quoted && (t.text == "{" || t.text == "vmap") })
	if at < 0 {
		return nil, false, nil, nil
	}
	key, rest = p.w[p.i:p.i+at], p.w[p.i+at:]
	if isMap = rest[0].text == "vmap"; isMap {
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0].text != "{" {
		return key, isMap, nil, nil
	}
	end := slices.IndexFunc(rest, func(t nftToken) bool { return !t.quoted && t.text == "}" })
	if end < 0 {
		return key, isMap, nil, nil
	}
	return key, isMap, splitTokens(rest[1:end], ","), rest[end+1:]
}

// splitTokens splits at a sign.
func splitTokens(w []nftToken, sign string) [][]nftToken {
	var out [][]nftToken
	from := 0
	for i, t := range w {
		if t.text == sign && !t.quoted {
			out = append(out, w[from:i])
			from = i + 1
		}
	}
	if from < len(w) {
		out = append(out, w[from:])
	}
	return out
}
