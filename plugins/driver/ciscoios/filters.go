package ciscoios

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads the access lists that are applied to interfaces, the zone pairs, and what judges sessions.
func (r *reader) filters() {
	st := r.list()
	filters := &pb.PacketFilterList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	rules := &pb.FilterRuleList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	stated := map[string]bool{}
	stateful := []*pb.Evidence{}
	for e := range r.find("interface") {
		name := strings.Join(e.words[1:], " ")
		inspect := r.inspects(e)
		if inspect != nil {
			stateful = append(stateful, inspect)
		}
		for _, s := range e.under() {
			six := s.begins("ipv6", "traffic-filter")
			if s.no || !six && !s.begins("ip", "access-group") || s.word(3) != "in" && s.word(3) != "out" {
				continue
			}
			list := s.word(2)
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
	for e := range r.find("zone-pair", "security") {
		f, ev := r.zonePair(e)
		filters.Items = append(filters.Items, f)
		if ev != nil {
			stateful = append(stateful, ev)
		}
	}
	r.facts.PacketFilters, r.facts.FilterRules = filters, rules
	p := r.facts.Protections
	if p.Stateful = r.off(); len(stateful) > 0 {
		p.Stateful = facts.Bool(true, stateful[:min(len(stateful), 3)]...)
	}
	if e := r.final("zone", "security"); e != nil && !e.no {
		p.DefaultActionDeny = r.defaultBool(true, zoneFirewall+"Zones: traffic between zones is dropped")
	}
	r.dosProtection()
}

// inspects finds the line by which an interface judges sessions.
func (r *reader) inspects(e *entry) *pb.Evidence {
	for _, s := range e.under() {
		if s.begins("ip", "inspect") && !s.no && (s.word(3) == "in" || s.word(3) == "out") {
			return r.at(s)
		}
	}
	return nil
}

// applied states an access list on an interface. One that is not defined, or empty, lets everything pass.
func (r *reader) applied(list, name string, s *entry, inspect *pb.Evidence) *pb.PacketFilter {
	ev := r.at(s)
	f := &pb.PacketFilter{Scope: "acl " + list + " " + s.word(3) + "bound " + name, Active: facts.Bool(true, ev), AppliedTo: facts.Text(name+" "+s.word(3), ev)}
	a := r.acls[list]
	switch {
	case !r.whole:
		m := facts.Unknown(r.reason(), r.doc.Source)
		f.DefaultAction, f.Rules, f.Stateful = m.Text(), m.Int(), m.Bool()
		return f
	case a == nil || len(a.rules) == 0:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+list, ev)
		f.DefaultAction, f.Rules = m.Text(), m.Int()
		f.Stateful = facts.Bool(false, ev)
		return f
	}
	f.DefaultAction = facts.Text("drop", r.section(a.first), facts.Default(security+"access-list: a list ends with an implicit deny"))
	f.Rules = facts.Int(int64(len(a.rules)), r.section(a.first))
	f.Stateful = facts.Bool(false, r.section(a.first))
	if inspect != nil {
		f.Stateful = facts.Bool(true, inspect)
	}
	for _, rule := range a.rules {
		if rule.permit && everything(rule) {
			f.DefaultAction = facts.Text("accept", r.at(rule.entry))
			break
		}
		if rule.stateful {
			f.Stateful = facts.Bool(true, r.at(rule.entry))
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
		ev := r.at(rule.entry)
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
		} else if rule.odd && !slices.Contains(rule.entry.words, "deny") {
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
func (r *reader) zonePair(e *entry) (*pb.PacketFilter, *pb.Evidence) {
	ev := r.section(e)
	f := &pb.PacketFilter{Scope: "zone-pair " + e.word(2), Active: r.off(), AppliedTo: facts.Text(e.after("source")+" to "+e.after("destination"), ev), Stateful: r.off()}
	for _, s := range e.under() {
		if !s.begins("service-policy", "type", "inspect") || s.no {
			continue
		}
		at := r.at(s)
		f.Active = facts.Bool(true, at)
		class, inspects := r.classDefault(s.word(3))
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
	for e := range r.find("policy-map", "type", "inspect", policy) {
		for _, class := range e.under() {
			for _, s := range class.under() {
				switch {
				case s.words[0] == "inspect":
					inspects = r.at(s)
				case s.words[0] == "pass" && class.begins("class", "class-default"):
					action = facts.Text("accept", r.at(s))
				}
			}
		}
	}
	return action, inspects
}

// dosProtection says whether the control plane is policed, or TCP connections are intercepted.
func (r *reader) dosProtection() {
	p := r.facts.Protections
	p.DosProtection = r.off()
	if e := r.final("ip", "tcp", "intercept", "list"); e != nil && !e.no {
		p.DosProtection = facts.Bool(true, r.at(e))
	}
	for e := range r.find("control-plane") {
		for _, s := range e.under() {
			if s.begins("service-policy", "input") && !s.no {
				p.DosProtection = facts.Bool(true, r.at(s))
			}
		}
	}
}
