package dptech

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A policy is what the lines that begin with its name say together.
type policy struct {
	name                    string
	first                   *stanza.Entry
	action, off             *stanza.Entry
	source, target, service []string
	logged, narrowed, odd   *stanza.Entry
}

// filters reads the security policies of both families in the order in which their first lines stand. What happens to what none names is
// in no public document.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.Doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range r.policies() {
		rules.Items = append(rules.Items, r.rule(p))
	}
	f := &pb.PacketFilter{Scope: "security-policy", Active: facts.Bool(true), AppliedTo: facts.Text("forward"), Stateful: r.Doc.NoDefault("session").Bool(), DefaultAction: r.Doc.NoDefault("security-policy").Text(), Rules: r.Doc.Unknown().Int()}
	if r.Whole() {
		f.Rules = facts.Int(int64(len(rules.Items)), r.Doc.All())
	}
	filters.Items = append(filters.Items, f)
	return filters, rules
}

// Words after "security-policy" that are no name.
var switches = []string{"acceleration", "default", "log", "logging", "enable"}

func (r *reader) policies() []*policy {
	var out []*policy
	byName := map[string]*policy{}
	get := func(name string, e *stanza.Entry) *policy {
		p := byName[name]
		if p == nil {
			p = &policy{name: name, first: e}
			byName[name], out = p, append(out, p)
		}
		return p
	}
	for _, e := range r.Top {
		words := e.Words
		family := ""
		if words[0] == "ipv6" {
			family, words = "ipv6 ", words[1:]
		}
		if e.Negated || len(words) < 2 || words[0] != "security-policy" {
			continue
		}
		e.Used = true
		if slices.Contains(switches, words[1]) {
			if words[1] == "default" { // it may say what happens to what no policy names
				r.Unread = append(r.Unread, r.At(e))
			}
			continue
		}
		p := get(family+"security-policy "+words[1], e)
		p.says(words[2:], e)
		for _, l := range e.Under() {
			if !l.Negated {
				p.says(l.Words, l)
			}
		}
	}
	return out
}

// says reads the words of a line about a policy.
func (p *policy) says(words []string, e *stanza.Entry) {
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "src-zone", "dst-zone":
			i++
		case "src-address", "dst-address", "service":
			list := map[string]*[]string{"src-address": &p.source, "dst-address": &p.target, "service": &p.service}[words[i]]
			if value != "any" { // what kind of object it is, then its name
				if i+2 >= len(words) {
					p.odd = e
					return
				}
				value = words[i+2]
				i++
			}
			*list = append(*list, value)
			i++
		case "action":
			p.action = e
			if value != "permit" && value != "deny" {
				p.odd = e
			}
			i++
		case "description":
			return
		case "time-object", "effect-time", "user", "app", "vlan":
			p.narrowed = e
			i++
		case "log", "logging":
			p.logged = e
			return
		case "disable":
			p.off = e
		default:
			p.odd = e
		}
	}
}

func (r *reader) rule(p *policy) *pb.FilterRule {
	at := r.At(p.first)
	f := &pb.FilterRule{Scope: p.name, Action: r.Doc.NoDefault("action").Text(), Enabled: facts.Bool(true, at), Logged: r.Doc.NoDefault("log").Bool(), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show security-policy").Int()}
	if p.action != nil {
		f.Action = facts.Text(p.action.After("action"), r.At(p.action))
	}
	if p.off != nil {
		f.Enabled = facts.Bool(false, r.At(p.off))
	}
	if p.logged != nil {
		f.Logged = facts.Bool(true, r.At(p.logged))
	}
	source, target, service := orAny(p.source), orAny(p.target), orAny(p.service)
	f.Sources, f.Destinations, f.Services = facts.Texts(source, at), facts.Texts(target, at), facts.Texts(service, at)
	open := source[0] == "any" && target[0] == "any" && service[0] == "any"
	f.AnyAny = facts.Bool(open && p.narrowed == nil && f.Action.GetValue() == "permit", at)
	f.PortGranular = facts.Bool(service[0] != "any", at)
	if !facts.Known(f.Action) && open {
		f.AnyAny = facts.LikeState(f.Action).Bool()
	}
	switch {
	case p.odd != nil:
		m := r.Odd(p.odd)
		f.AnyAny, f.PortGranular = m.Bool(), m.Bool()
		if a := f.Action.GetValue(); a != "permit" && a != "deny" {
			f.Action = m.Text()
		}
	case !r.Whole(): // lines that narrow it may be missing
		m := r.Doc.Unknown()
		f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular, f.Enabled = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool(), m.Bool()
	default:
		r.ports(f, service)
	}
	return f
}

// ports: a service that the configuration defines without a port of its target names a protocol only; of one that it does not define
// nothing is known.
func (r *reader) ports(f *pb.FilterRule, services []string) {
	for _, name := range services {
		if name == "any" {
			continue
		}
		defined := r.services[name]
		switch {
		case defined == nil:
			f.PortGranular = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "service "+name, f.Services.GetEvidence()...).Bool()
			return
		case !portly(defined):
			f.PortGranular = facts.Bool(false, r.At(defined))
			return
		}
	}
}

func portly(e *stanza.Entry) bool {
	protocol, port := e.After("protocol"), e.After("dst-port")
	if protocol != "tcp" && protocol != "udp" || port == "" {
		return false
	}
	line := strings.Join(e.Words, " ")
	return !strings.HasSuffix(line, "dst-port 0 to 65535") && !strings.HasSuffix(line, "dst-port 1 to 65535")
}

// orAny: what a policy does not name it takes any of.
func orAny(list []string) []string {
	if len(list) == 0 || slices.Contains(list, "any") {
		return []string{"any"}
	}
	return list
}
