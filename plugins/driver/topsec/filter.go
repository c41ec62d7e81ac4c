package topsec

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// protections: what no rule names is decided by each area's own access and by the packet filter's default. Which of them goes first is
// written in no public document, so they say something only where they agree.
func (r *reader) protections() *pb.Protections {
	return &pb.Protections{DefaultActionDeny: r.defaultDeny(), DosProtection: r.doc.NoDefault("ids").Bool(), Stateful: r.doc.NoDefault("network session").Bool()}
}

func (r *reader) defaultDeny() *pb.BoolFact {
	l := r.final("pf", "rule", "set", "default", "action")
	if l == nil || !r.doc.Whole() {
		return r.doc.NoDefault("pf rule set default").Bool()
	}
	ev := []*pb.Evidence{r.at(l)}
	accept, deny := 0, 0
	count := func(word string) {
		switch word {
		case "accept", "on":
			accept++
		case "deny", "drop", "off":
			deny++
		}
	}
	count(l.word(5))
	areas := r.find("define", "area", "add", "name")
	for _, a := range areas {
		count(a.after("access", 5))
		ev = append(ev, r.at(a))
	}
	switch {
	case len(areas) == 0 || accept+deny != 1+len(areas):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "access of areas", ev...).Bool()
	case deny == 0:
		return facts.Bool(false, ev...)
	case accept == 0:
		return facts.Bool(true, ev...)
	}
	return facts.Unknown(pb.Reason_REASON_CONFLICT, "areas and default of the packet filter differ", ev...).Bool()
}

// filters reads the policy, whose rules stand in order.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, l := range r.find("firewall", "policy", "add", "action") {
		rules.Items = append(rules.Items, r.rule(l))
	}
	f := &pb.PacketFilter{Scope: "firewall policy", Active: facts.Bool(true), AppliedTo: facts.Text("forward"), Stateful: r.doc.NoDefault("network session").Bool(), Rules: r.doc.Unknown().Int()}
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

// Words of a rule that take a value and do not change whom it lets through where.
var aside = []string{"srcarea", "dstarea", "comment", "group_name"}

func (r *reader) rule(l *line) *pb.FilterRule {
	ev := r.at(l)
	name := "firewall policy " + l.id
	f := &pb.FilterRule{Scope: name, Enabled: facts.Bool(true, ev), Logged: r.doc.NoDefault("log").Bool(), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, name).Int()}
	source, target, services := []string{"any"}, []string{"any"}, []string{"any"}
	narrowed, odd := false, false
	for i := 5; i < len(l.words); i += 2 {
		value := l.word(i + 1)
		switch key := l.words[i]; {
		case key == "src":
			source = names(value)
		case key == "dst":
			target = names(value)
		case key == "service":
			services = names(value)
		case key == "schedule":
			narrowed = true
		case key == "log" && (value == "on" || value == "yes"):
			f.Logged = facts.Bool(true, ev)
		case key == "log" && (value == "off" || value == "no"):
			f.Logged = facts.Bool(false, ev)
		case key == "enable" && (value == "no" || value == "off"):
			f.Enabled = facts.Bool(false, ev)
		case key == "enable" && (value == "yes" || value == "on"):
		case slices.Contains(aside, key):
		default:
			odd = true
		}
	}
	f.Sources, f.Destinations, f.Services = facts.Texts(source, ev), facts.Texts(target, ev), facts.Texts(services, ev)
	action := map[string]string{"accept": "permit", "deny": "deny"}[l.word(4)]
	if action == "" || odd {
		m := r.odd("", l)
		f.AnyAny, f.PortGranular = m.Bool(), m.Bool()
		f.Action = m.Text()
		if action != "" {
			f.Action = facts.Text(action, ev)
		}
		return f
	}
	f.Action = facts.Text(action, ev)
	open := source[0] == "any" && target[0] == "any" && services[0] == "any"
	f.AnyAny = facts.Bool(open && !narrowed && action == "permit", ev)
	f.PortGranular = facts.Bool(services[0] != "any" && !slices.ContainsFunc(services, func(s string) bool { return r.portless(s, 0) }), ev)
	if slices.ContainsFunc(services, r.wide) {
		f.PortGranular = r.odd("service", l).Bool()
	}
	return f
}

// names are those of a list of objects; the object "any" makes it any.
func names(value string) []string {
	list := strings.Fields(value)
	if len(list) == 0 || slices.Contains(list, "any") {
		return []string{"any"}
	}
	return list
}

// portless says that a service of the configuration, or one of a group, is of a protocol without ports.
func (r *reader) portless(name string, depth int) bool {
	l := r.objects.services[name]
	switch {
	case l == nil:
		return false
	case depth > maxNesting:
		return true
	case l.word(1) == "group_service":
		members := strings.Fields(l.after("member", 5))
		return len(members) == 0 || slices.ContainsFunc(members, func(m string) bool { return r.portless(m, depth+1) })
	}
	protocol := l.after("protocol", 5)
	return protocol != "6" && protocol != "17" || l.after("port", 5) == ""
}

// wide says that a service of the device itself may be all of a protocol, by its name.
func (r *reader) wide(name string) bool {
	lower := strings.ToLower(name)
	return r.objects.services[name] == nil && (strings.Contains(lower, "any") || strings.Contains(lower, "all"))
}
