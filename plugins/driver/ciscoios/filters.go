package ciscoios

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads the access lists that are applied to interfaces, the zone pairs, and what judges sessions.
func (r *reader) filters() {
	st := r.Doc.List()
	filters := &pb.PacketFilterList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	rules := &pb.FilterRuleList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	stated := map[string]bool{}
	stateful := []*pb.Evidence{}
	for e := range r.Find("interface") {
		name := strings.Join(e.Words[1:], " ")
		inspect := r.inspects(e)
		if inspect != nil {
			stateful = append(stateful, inspect)
		}
		for _, s := range e.Under() {
			six := s.Begins("ipv6", "traffic-filter")
			if s.Negated || !six && !s.Begins("ip", "access-group") || s.Word(3) != "in" && s.Word(3) != "out" {
				continue
			}
			list := s.Word(2)
			if six {
				list = "ipv6 " + list
			}
			filters.Items = append(filters.Items, r.applied(list, name, s, inspect))
			if !stated[list] {
				stated[list] = true
				rules.Items = append(rules.Items, r.rules(list)...)
			}
		}
	}
	for e := range r.Find("zone-pair", "security") {
		f, ev := r.zonePair(e)
		filters.Items = append(filters.Items, f)
		if ev != nil {
			stateful = append(stateful, ev)
		}
	}
	r.facts.PacketFilters, r.facts.FilterRules = filters, rules
	p := r.facts.Protections
	if p.Stateful = r.Doc.Off(); len(stateful) > 0 {
		p.Stateful = facts.Bool(true, stateful[:min(len(stateful), 3)]...)
	}
	if e := r.Final("zone", "security"); e != nil && !e.Negated {
		p.DefaultActionDeny = r.defaultBool(true, zoneFirewall+"Zones: traffic between zones is dropped")
	}
	r.dosProtection()
}

// inspects finds the line by which an interface judges sessions.
func (r *reader) inspects(e *stanza.Entry) *pb.Evidence {
	for _, s := range e.Under() {
		if s.Begins("ip", "inspect") && !s.Negated && (s.Word(3) == "in" || s.Word(3) == "out") {
			return r.At(s)
		}
	}
	return nil
}

// applied states an access list on an interface. One that is not defined, or empty, lets everything pass.
func (r *reader) applied(list, name string, s *stanza.Entry, inspect *pb.Evidence) *pb.PacketFilter {
	ev := r.At(s)
	f := &pb.PacketFilter{Scope: "acl " + list + " " + s.Word(3) + "bound " + name, Active: facts.Bool(true, ev), AppliedTo: facts.Text(name+" "+s.Word(3), ev)}
	a := r.acls[list]
	switch {
	case !r.Whole():
		m := facts.Unknown(r.Doc.Reason(), r.Doc.Source)
		f.DefaultAction, f.Rules, f.Stateful = m.Text(), m.Int(), m.Bool()
		return f
	case a == nil || len(a.rules) == 0:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+list, ev)
		f.DefaultAction, f.Rules = m.Text(), m.Int()
		f.Stateful = facts.Bool(false, ev)
		return f
	}
	f.DefaultAction = facts.Text("drop", r.Section(a.first), facts.Default(security+"access-list: a list ends with an implicit deny"))
	f.Rules = facts.Int(int64(len(a.rules)), r.Section(a.first))
	f.Stateful = facts.Bool(false, r.Section(a.first))
	if inspect != nil {
		f.Stateful = facts.Bool(true, inspect)
	}
	for _, rule := range a.rules {
		if rule.permit && everything(rule) {
			f.DefaultAction = facts.Text("accept", r.At(rule.entry))
			break
		}
		if rule.stateful {
			f.Stateful = facts.Bool(true, r.At(rule.entry))
		}
	}
	return f
}

func everything(rule aclRule) bool {
	return !rule.odd && !rule.narrowed && rule.protocol == "ip" && rule.source == "any" && rule.destination == "any" && rule.sourcePort == "" && rule.targetPort == ""
}

// rules states the rules of a list in order.
func (r *reader) rules(list string) []*pb.FilterRule {
	a := r.acls[list]
	if a == nil {
		return nil
	}
	out := make([]*pb.FilterRule, 0, len(a.rules))
	for i, rule := range a.rules {
		ev := r.At(rule.entry)
		f := &pb.FilterRule{Scope: "acl " + list + " rule " + strconv.Itoa(i+1), Enabled: facts.Bool(true, ev)}
		if rule.odd {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev)
			f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
		} else {
			port := rule.sourcePort != "" || rule.targetPort != ""
			f.Sources, f.Destinations = facts.Texts([]string{rule.source}, ev), facts.Texts([]string{rule.destination}, ev)
			f.Services = facts.Texts([]string{service(rule)}, ev)
			f.AnyAny = facts.Bool(rule.permit && everything(rule), ev)
			f.PortGranular = facts.Bool(port, ev)
		}
		f.Action = facts.Text("deny", ev)
		if rule.permit {
			f.Action = facts.Text("permit", ev)
		} else if rule.odd && !slices.Contains(rule.entry.Words, "deny") {
			f.Action = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text()
		}
		f.Logged = facts.Bool(rule.logged, ev)
		out = append(out, f)
	}
	return out
}

func service(rule aclRule) string {
	switch {
	case rule.protocol == "ip":
		return "any"
	case rule.targetPort != "":
		return rule.protocol + "/" + rule.targetPort
	case rule.sourcePort != "":
		return rule.protocol + "/from " + rule.sourcePort
	}
	return rule.protocol
}

// zonePair states the policy between two zones. What none of its classes names is dropped.
func (r *reader) zonePair(e *stanza.Entry) (*pb.PacketFilter, *pb.Evidence) {
	ev := r.Section(e)
	f := &pb.PacketFilter{Scope: "zone-pair " + e.Word(2), Active: r.Doc.Off(), AppliedTo: facts.Text(e.After("source")+" to "+e.After("destination"), ev), Stateful: r.Doc.Off()}
	for _, s := range e.Under() {
		if !s.Begins("service-policy", "type", "inspect") || s.Negated {
			continue
		}
		at := r.At(s)
		f.Active = facts.Bool(true, at)
		class, inspects := r.classDefault(s.Word(3))
		f.DefaultAction = class
		if inspects != nil {
			f.Stateful = facts.Bool(true, inspects)
			return f, inspects
		}
	}
	return f, nil
}

// classDefault says what a policy map does with what no class names, and whether one of its classes inspects.
func (r *reader) classDefault(policy string) (*pb.TextFact, *pb.Evidence) {
	var inspects *pb.Evidence
	action := r.defaultText("drop", zoneFirewall+"class-default: drop")
	for e := range r.Find("policy-map", "type", "inspect", policy) {
		for _, class := range e.Under() {
			for _, s := range class.Under() {
				switch {
				case s.Words[0] == "inspect":
					inspects = r.At(s)
				case s.Words[0] == "pass" && class.Begins("class", "class-default"):
					action = facts.Text("accept", r.At(s))
				}
			}
		}
	}
	return action, inspects
}

// dosProtection says whether the control plane is policed, or TCP connections are intercepted.
func (r *reader) dosProtection() {
	p := r.facts.Protections
	p.DosProtection = r.Doc.Off()
	if e := r.Final("ip", "tcp", "intercept", "list"); e != nil && !e.Negated {
		p.DosProtection = facts.Bool(true, r.At(e))
	}
	for e := range r.Find("control-plane") {
		for _, s := range e.Under() {
			if s.Begins("service-policy", "input") && !s.Negated {
				p.DosProtection = facts.Bool(true, r.At(s))
			}
		}
	}
}
