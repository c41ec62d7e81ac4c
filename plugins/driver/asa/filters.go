package asa

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// rule is one line of an access list.
type rule struct {
	line                 *stanza.Entry
	permit, off, logged  bool
	odd                  bool
	protocol             string
	source, destination  string
	portsFrom, ports     string
	granular, limited    bool // it names ports; it holds only for some users or some of the time
	everywhere, toAnyone bool
}

// kinds gives what sort of thing each object and group is, and fills in whether those for services name ports.
func (r *reader) kinds() map[string]string {
	out := map[string]string{}
	r.ports = map[string]bool{}
	for _, word := range []string{"object-group", "object"} {
		for e := range r.Find(word) {
			if e.Negated || len(e.Words) < 3 {
				continue
			}
			name := e.Words[2]
			out[name] = e.Words[1]
			if e.Words[1] != "service" {
				continue
			}
			granular := len(e.Under()) > 0
			for _, l := range e.Under() {
				switch l.Words[0] {
				case "description", "port-object":
				case "service-object", "service":
					granular = granular && slices.ContainsFunc(l.Words, func(w string) bool { return w == "eq" || w == "range" || w == "lt" || w == "gt" || w == "object" })
				case "group-object":
					granular = granular && r.ports[l.Word(1)]
				default:
					granular = false
				}
			}
			r.ports[name] = granular
		}
	}
	return out
}

// A words is a line that is read from left to right.
type words struct {
	list []string
	i    int
}

func (w *words) next() string {
	if w.i < len(w.list) {
		w.i++
		return w.list[w.i-1]
	}
	return ""
}

func (w *words) peek() string {
	if w.i < len(w.list) {
		return w.list[w.i]
	}
	return ""
}

// parseRule reads "access-list NAME [line N] [extended] permit|deny PROTOCOL SOURCE [PORTS] DESTINATION [PORTS] …"; nil for what
// is no rule.
func (r *reader) parseRule(e *stanza.Entry, kinds map[string]string) *rule {
	w := &words{list: e.Words[2:]}
	if w.peek() == "line" {
		w.next()
		w.next()
	}
	standard := w.peek() == "standard"
	if standard || w.peek() == "extended" {
		w.next()
	}
	action := w.next()
	if action != "permit" && action != "deny" {
		return nil
	}
	out := &rule{line: e, permit: action == "permit"}
	if standard {
		out.protocol = "ip"
		out.source, out.everywhere = r.address(w, out)
		out.destination, out.toAnyone = "any", true
		return out
	}
	out.protocol = w.next()
	byService := false
	if out.protocol == "object-group" || out.protocol == "object" {
		out.protocol = w.next()
		byService = kinds[out.protocol] == "service"
		out.granular = byService && r.ports[out.protocol]
	}
	if w.peek() == "user" || w.peek() == "user-group" || w.peek() == "object-group-user" || w.peek() == "security-group" || w.peek() == "object-group-security" {
		out.limited = true
		w.next()
		w.next()
		if w.peek() == "name" || w.peek() == "tag" {
			w.next()
		}
	}
	out.source, out.everywhere = r.address(w, out)
	out.portsFrom, _ = r.portWords(w, kinds)
	out.destination, out.toAnyone = r.address(w, out)
	ports, granular := r.portWords(w, kinds)
	out.ports = ports
	out.granular = out.granular || granular || out.portsFrom != "" && !byService
	for w.peek() != "" {
		switch word := w.next(); word {
		case "log":
			out.logged = w.peek() != "disable"
		case "inactive":
			out.off = true
		case "time-range":
			out.limited = true
			w.next()
		}
	}
	return out
}

// address reads who is meant, and whether it is everybody.
func (r *reader) address(w *words, out *rule) (string, bool) {
	switch word := w.next(); word {
	case "any", "any4", "any6":
		return "any", true
	case "host", "interface", "object", "object-group":
		name := w.next()
		if addr, ok := r.names[name]; ok && word == "host" {
			name = addr
		}
		out.odd = out.odd || name == ""
		if word == "host" {
			return name, false
		}
		return word + " " + name, false
	case "":
		out.odd = true
		return "", false
	default:
		p, took := r.network(word, w.peek())
		switch took {
		case 0:
			out.odd = true
			return word, false
		case 2:
			w.next()
		}
		if p.Bits() == 0 {
			return "any", true
		}
		return p.String(), false
	}
}

// portWords reads ports where they stand; a group of services counts for what it names.
func (r *reader) portWords(w *words, kinds map[string]string) (string, bool) {
	switch word := w.peek(); word {
	case "eq", "lt", "gt", "neq":
		w.next()
		return strings.TrimPrefix(word+" ", "eq ") + w.next(), true
	case "range":
		w.next()
		from, to := w.next(), w.next()
		return from + "-" + to, from != "1" && from != "0" || to != "65535"
	case "object-group", "object":
		if w.i+1 < len(w.list) && kinds[w.list[w.i+1]] == "service" {
			w.next()
			name := w.next()
			return name, r.ports[name]
		}
	}
	return "", false
}

// filters reads the access lists that are applied to interfaces; those that nothing applies filter nothing.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.Doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string][]*stanza.Entry{}
	for e := range r.Find("access-list") {
		if !e.Negated && len(e.Words) > 2 {
			byName[e.Words[1]] = append(byName[e.Words[1]], e)
		}
	}
	kinds := r.kinds()
	done, applied := map[string]bool{}, map[string]bool{}
	for e := range r.Find("access-group") {
		if e.Negated || len(e.Words) < 3 || applied[strings.Join(e.Words[2:], " ")] {
			continue
		}
		applied[strings.Join(e.Words[2:], " ")] = true
		name, ev := e.Words[1], r.At(e)
		f := &pb.PacketFilter{Scope: "access-list " + strings.Join(e.Words[1:], " "), AppliedTo: facts.Text(strings.Join(e.Words[2:], " "), ev), Stateful: facts.Bool(true, ev)}
		list := byName[name]
		if len(list) == 0 {
			m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+name, ev)
			f.Active, f.Rules, f.DefaultAction = m.Bool(), m.Int(), m.Text()
			filters.Items = append(filters.Items, f)
			continue
		}
		f.Active, f.DefaultAction = facts.Bool(true, ev), facts.Text("drop", ev)
		count := int64(0)
		for _, l := range list {
			p := r.parseRule(l, kinds)
			if p == nil {
				continue
			}
			count++
			if !done[name] {
				rules.Items = append(rules.Items, r.rule(name, count, p))
			}
		}
		done[name] = true
		f.Rules = facts.Int(count, ev, r.At(list[0]))
		if !r.Whole() {
			f.Rules = r.Doc.Unknown().Int()
		}
		filters.Items = append(filters.Items, f)
	}
	return filters, rules
}

func (r *reader) rule(list string, i int64, p *rule) *pb.FilterRule {
	ev := []*pb.Evidence{r.At(p.line)} // one slice and one yes and no for all facts: there may be many thousand rules
	yes, no := facts.Bool(true, ev...), facts.Bool(false, ev...)
	is := func(v bool) *pb.BoolFact {
		if v {
			return yes
		}
		return no
	}
	out := &pb.FilterRule{Scope: "access-list " + list + " rule " + strconv.FormatInt(i, 10), Enabled: is(!p.off), Logged: is(p.logged), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show access-list").Int()}
	out.Action = facts.Text("deny", ev...)
	if p.permit {
		out.Action = facts.Text("permit", ev...)
	}
	if p.odd {
		m := r.Odd(p.line)
		out.Sources, out.Destinations, out.Services, out.AnyAny, out.PortGranular = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
		return out
	}
	service := p.protocol
	switch {
	case p.ports != "":
		service += "/" + p.ports
	case p.protocol == "ip":
		service = "any"
	}
	out.Sources, out.Destinations, out.Services = facts.Texts([]string{p.source}, ev...), facts.Texts([]string{p.destination}, ev...), facts.Texts([]string{service}, ev...)
	out.AnyAny = is(p.permit && p.everywhere && p.toAnyone && p.protocol == "ip" && !p.limited)
	out.PortGranular = is(p.granular)
	return out
}
