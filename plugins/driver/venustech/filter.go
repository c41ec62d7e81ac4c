package venustech

import (
	"net/netip"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) protections() *pb.Protections {
	return &pb.Protections{DefaultActionDeny: r.defaultDeny(), Stateful: r.doc.NoDefault("stateful").Bool(), DosProtection: r.doc.NoDefault("attack protection").Bool()}
}

func (r *reader) defaultDeny() *pb.BoolFact {
	l := r.final("default-policy", "action")
	if l == nil {
		return r.doc.NoDefault("default-policy").Bool()
	}
	switch l.word(2) {
	case "drop", "deny":
		return facts.Bool(true, r.at(l))
	case "accept", "permit":
		return facts.Bool(false, r.at(l))
	}
	return r.odd("", l).Bool()
}

// filters reads the policies in the order in which they stand, and what happens to what none names.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, l := range r.find("firewall", "policy") {
		rules.Items = append(rules.Items, r.rule(l))
	}
	f := &pb.PacketFilter{Scope: "firewall policy", Active: facts.Bool(true), AppliedTo: facts.Text("forward"), Stateful: r.doc.NoDefault("stateful").Bool(), Rules: r.doc.Unknown().Int()}
	if r.doc.Whole() {
		f.Rules = facts.Int(int64(len(rules.Items)), r.doc.All())
	}
	deny := r.defaultDeny()
	f.DefaultAction = facts.LikeState(deny).Text()
	if facts.Known(deny) {
		f.DefaultAction = facts.Text(map[bool]string{true: "drop", false: "accept"}[deny.GetValue()], deny.GetEvidence()...)
	}
	filters.Items = append(filters.Items, f)
	return filters, rules
}

// Words of a policy that do not change whom it lets through where.
var aside = []string{"name", "description", "firewall-policy-group", "src-zone", "dst-zone"}

func (r *reader) rule(l *line) *pb.FilterRule {
	at := r.section(l)
	name := "firewall policy " + l.word(2)
	if l.word(2) == "ipv6" {
		name += " " + l.word(3)
	}
	f := &pb.FilterRule{Scope: name, Action: r.doc.NoDefault("action").Text(), Enabled: r.doc.NoDefault("enable").Bool(), Logged: facts.Bool(false, at), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, name).Int()}
	if !r.doc.Whole() {
		f.Logged = r.doc.Unknown().Bool()
	}
	var source, target, services []string
	narrowed := false
	var odd *line
	for _, b := range l.below {
		switch word := b.words[0]; {
		case word == "action" && slices.Contains([]string{"permit", "deny"}, b.word(1)):
			f.Action = facts.Text(b.word(1), r.at(b))
		case word == "enable" || word == "disable":
			f.Enabled = facts.Bool(word == "enable", r.at(b))
		case word == "log":
			f.Logged = facts.Bool(true, r.at(b))
		case word == "src-addr":
			source = append(source, b.words[1:]...)
		case word == "dst-addr":
			target = append(target, b.words[1:]...)
		case word == "service":
			services = append(services, b.words[1:]...)
		case word == "timerange", word == "user", word == "app":
			narrowed = narrowed || b.word(1) != "any"
		case slices.Contains(aside, word):
		default:
			odd = b
		}
	}
	source, target, services = orAny(source), orAny(target), orAny(services)
	f.Sources, f.Destinations, f.Services = facts.Texts(source, at), facts.Texts(target, at), facts.Texts(services, at)
	open := source[0] == "any" && target[0] == "any" && services[0] == "any"
	f.AnyAny = facts.Bool(open && !narrowed && f.Action.GetValue() == "permit", at)
	f.PortGranular = facts.Bool(services[0] != "any", at)
	switch {
	case odd != nil:
		f.AnyAny, f.PortGranular = r.odd("", odd).Bool(), r.odd("", odd).Bool()
	case !r.doc.Whole(): // lines that narrow it may be missing
		m := r.doc.Unknown()
		f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
	case slices.ContainsFunc(services, func(s string) bool { return s != "any" && !r.ports(s, 0) }):
		f.PortGranular = facts.Bool(false, at)
		if slices.ContainsFunc(services, func(s string) bool { return len(r.named(s)) == 0 }) {
			f.PortGranular = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "service", at).Bool()
		}
	}
	return f
}

// orAny: what a policy does not name it takes any of.
func orAny(list []string) []string {
	if len(list) == 0 || slices.Contains(list, "any") {
		return []string{"any"}
	}
	return list
}

// named gives the sections that define a service or a group of them.
func (r *reader) named(name string) []*line {
	return append(r.find("service", name), r.find("service-group", name)...)
}

const maxNesting = 8

// ports says that a service, or each of a group, names ports of TCP or UDP.
func (r *reader) ports(name string, depth int) bool {
	found := r.named(name)
	if len(found) == 0 || depth > maxNesting {
		return false
	}
	for _, l := range found {
		if len(l.below) == 0 {
			return false
		}
		for _, b := range l.below {
			switch b.words[0] {
			case "tcp", "udp":
				if b.after("dest") == "" {
					return false
				}
			case "service-object":
				if !r.ports(b.word(1), depth+1) {
					return false
				}
			case "description":
			default:
				return false
			}
		}
	}
	return true
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, l := range r.find("interface") {
		at := r.section(l)
		i := &pb.Interface{Scope: l.word(1), Enabled: r.doc.NoDefault("shutdown").Bool(), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "interface").Bool(), FilterIn: facts.NotApplicable().Text(), FilterOut: facts.NotApplicable().Text(), Zone: r.doc.Absence().Text(), Described: r.doc.Unknown().Bool(), Addresses: r.doc.Unknown().Texts()}
		var list []string
		bad := false
		for _, b := range l.below {
			switch {
			case b.begins("ip", "address"), b.begins("ipv6", "address"):
				p, err := netip.ParsePrefix(b.word(2))
				bad = bad || err != nil
				list = append(list, p.String())
			case b.words[0] == "shutdown":
				i.Enabled = facts.Bool(false, r.at(b))
			}
		}
		described := slices.ContainsFunc(l.below, func(b *line) bool { return b.words[0] == "description" })
		switch {
		case bad:
			i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", at).Texts()
		case r.doc.Whole():
			i.Addresses = facts.Texts(list, at)
		}
		if described || r.doc.Whole() {
			i.Described = facts.Bool(described, at)
		}
		for _, z := range r.find("zone") {
			if slices.ContainsFunc(z.below, func(b *line) bool { return b.begins("include", "interface", l.word(1)) }) {
				i.Zone = facts.Text(z.word(1), r.section(z))
			}
		}
		out.Items = append(out.Items, i)
	}
	return out
}
