package comware

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filterLine gives the words of a line that applies an access list to traffic; nil if it is another.
func filterLine(l *stanza.Entry) []string {
	switch {
	case l.Negated:
		return nil
	case l.Words[0] == "packet-filter" && len(l.Words) > 1:
		return l.Words[1:]
	case l.Begins("firewall", "packet-filter") && len(l.Words) > 2:
		return l.Words[2:]
	}
	return nil
}

// filterName reads "[ipv6] [name] LIST inbound|outbound".
func filterName(words []string) (name, direction string) {
	family := ""
	for _, w := range words {
		switch w {
		case "ipv6":
			family = "ipv6 "
		case "inbound", "outbound":
			direction = w
		case "name", "ipv4", "hardware-count", "match-fragments", "normally", "exactly":
		default:
			if name == "" {
				name = w
			}
		}
	}
	return family + name, direction
}

// filters reads what decides about traffic: security policies, object policies between zones, and access lists that are applied.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.Doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, family := range []string{"ip", "ipv6"} {
		for e := range r.Find("security-policy", family) {
			if len(e.Words) == 2 && !e.Negated {
				f, list := r.securityPolicy("security-policy "+family, e)
				filters.Items, rules.Items = append(filters.Items, f), append(rules.Items, list...)
			}
		}
	}
	seen := map[string]bool{}
	apply := func(where string, l *stanza.Entry, zones bool) {
		name, direction := filterName(filterLine(l))
		f := &pb.PacketFilter{
			Scope: strings.TrimSpace(fmt.Sprintf("acl %s %s %s", name, direction, where)), Active: facts.Bool(true, r.At(l)), DefaultAction: r.unmatched(zones, l),
			Stateful: facts.Bool(zones, r.At(l)), AppliedTo: facts.Text(strings.TrimSpace(where+" "+direction), r.At(l)),
			Rules: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "acl "+name, r.At(l)).Int(),
		}
		if a := r.acls[name]; a != nil {
			f.Rules = facts.Int(int64(len(a.rules)), r.Section(a.node))
			if n := len(a.rules); n > 0 && !a.rules[n-1].permit && a.rules[n-1].all() {
				f.DefaultAction = facts.Text("drop", r.At(a.rules[n-1].entry))
			}
			if !seen[a.name] {
				seen[a.name] = true
				rules.Items = append(rules.Items, r.aclRules(a)...)
			}
		}
		filters.Items = append(filters.Items, f)
	}
	for _, e := range r.ByWord("interface") {
		for _, l := range e.Under() {
			if filterLine(l) != nil {
				apply(strings.Join(e.Words[1:], ""), l, false)
			}
		}
	}
	for e := range r.Find("zone-pair", "security") {
		where := "zone-pair " + e.After("source") + " " + e.After("destination")
		for _, l := range e.Under() {
			switch {
			case filterLine(l) != nil:
				apply(where, l, true)
			case l.Begins("object-policy", "apply") && !l.Negated:
				f, list := r.objectPolicy(where, l)
				filters.Items = append(filters.Items, f)
				if !seen[l.Word(2)+" "+l.Word(3)] {
					seen[l.Word(2)+" "+l.Word(3)] = true
					rules.Items = append(rules.Items, list...)
				}
			}
		}
	}
	for e := range r.Find("interzone") { // of firewalls with Comware 5
		m := r.Odd(e)
		filters.State, filters.Reason = m.Text().GetState(), m.Text().GetReason()
		rules.State, rules.Reason = filters.State, filters.Reason
	}
	return filters, rules
}

// unmatched is what happens to what no rule of an access list names: the global line says it.
func (r *reader) unmatched(zones bool, l *stanza.Entry) *pb.TextFact {
	for _, words := range [][]string{{"packet-filter", "default"}, {"firewall", "default"}} {
		if e := r.Final(words...); e != nil {
			if word := e.Word(2); word == "deny" && !e.Negated {
				return facts.Text("drop", r.At(e))
			}
		}
	}
	if zones {
		return r.Doc.NoDefault("zone-pair").Text()
	}
	return r.Doc.NoDefault("packet-filter default").Text()
}

func (r *reader) aclRules(a *acl) []*pb.FilterRule {
	var out []*pb.FilterRule
	for i := range a.rules {
		rule := &a.rules[i]
		ev := r.At(rule.entry)
		f := &pb.FilterRule{Scope: fmt.Sprintf("acl %s rule %d", a.name, rule.number), Enabled: facts.Bool(true, ev), Logged: facts.Bool(rule.logged, ev), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display packet-filter statistics").Int()}
		if rule.number == 0 && i > 0 {
			f.Scope = fmt.Sprintf("acl %s line %d", a.name, rule.entry.Node.N)
		}
		out = append(out, f)
		if rule.odd {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev)
			f.Action, f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular = m.Text(), m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
			continue
		}
		service := rule.protocol
		if rule.targetPort != "" {
			service += "/" + rule.targetPort
		} else if rule.sourcePort != "" {
			service += " from " + rule.sourcePort
		}
		f.Action = facts.Text(map[bool]string{true: "permit", false: "deny"}[rule.permit], ev)
		f.Sources, f.Destinations, f.Services = facts.Texts([]string{rule.source}, ev), facts.Texts([]string{rule.destination}, ev), facts.Texts([]string{service}, ev)
		f.AnyAny = facts.Bool(rule.permit && rule.all(), ev)
		f.PortGranular = facts.Bool(rule.targetPort != "" || rule.sourcePort != "", ev)
	}
	return out
}

// securityPolicy reads a firewall's policy: rules in order.
func (r *reader) securityPolicy(name string, e *stanza.Entry) (*pb.PacketFilter, []*pb.FilterRule) {
	section := r.Section(e)
	f := &pb.PacketFilter{
		Scope: name, Active: facts.Bool(true, section), AppliedTo: facts.Text("forward", section), Stateful: facts.Bool(true, section),
		DefaultAction: r.Doc.NoDefault("security-policy").Text(),
	}
	var rules []*pb.FilterRule
	for _, l := range e.Under() {
		switch {
		case l.Words[0] == "rule" && !l.Negated:
			rules = append(rules, r.policyRule(name, l))
		case l.Begins("default", "action"), l.Begins("default", "rule"):
			if strings.Contains(l.Node.Text, "drop") || strings.Contains(l.Node.Text, "deny") {
				f.DefaultAction = facts.Text("drop", r.At(l))
			} else {
				f.DefaultAction = r.Odd(l).Text()
			}
		case slices.Contains([]string{"group", "disable", "accelerate", "config-logging", "rule-matching"}, l.Words[0]) && l.Words[0] != "disable", l.Negated:
		case l.Words[0] == "disable":
			f.Active = facts.Bool(false, r.At(l))
		default:
			r.Unread = append(r.Unread, r.At(l))
		}
	}
	if e := r.Final("security-policy", "disable"); e != nil && !e.Negated {
		f.Active = facts.Bool(false, r.At(e))
	}
	f.Rules = facts.Int(int64(len(rules)), section)
	return f, rules
}

// What a rule may say besides addresses and services that matches nothing more or less, or says how it is recorded.
var ruleWords = []string{"description", "profile", "counting", "session", "parent-group", "long-connection", "logging"}

// policyRule reads one rule: "rule ID name NAME" with what it matches below.
func (r *reader) policyRule(policy string, e *stanza.Entry) *pb.FilterRule {
	name := e.Word(1)
	if n := slices.Index(e.Words, "name"); n > 0 {
		name = strings.Trim(strings.Join(e.Words[n+1:], " "), `"`)
	}
	section := r.Section(e)
	f := &pb.FilterRule{Scope: policy + " rule " + name, Enabled: facts.Bool(true, section), Logged: facts.Bool(false, section), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display security-policy statistics").Int()}
	f.Action = r.Doc.NoDefault("action").Text()
	var source, target, service []string
	narrowed, granular := false, true
	var odd *stanza.Entry
	for _, l := range e.Under() {
		value := strings.Join(l.Words[1:], " ")
		switch w := l.Words[0]; {
		case l.Negated:
		case w == "disable":
			f.Enabled = facts.Bool(false, r.At(l))
		case w == "action":
			if f.Action = facts.Text(map[string]string{"pass": "permit", "drop": "deny"}[l.Word(1)], r.At(l)); f.Action.GetValue() == "" {
				f.Action = r.Odd(l).Text()
			}
		case strings.HasPrefix(w, "source-ip"), w == "source-mac", w == "source-location":
			source = append(source, value)
		case strings.HasPrefix(w, "destination-ip"), w == "destination-location":
			target = append(target, value)
		case w == "service", w == "service-port":
			service = append(service, value)
			granular = granular && !slices.Contains([]string{"any", "tcp", "udp", "ip"}, value)
		case w == "source-zone" || w == "destination-zone":
			narrowed = narrowed || !strings.EqualFold(value, "any")
		case slices.Contains([]string{"user", "user-group", "application", "app-group", "time-range", "track", "vrf", "url-category", "terminal", "terminal-group", "identity-group"}, w):
			narrowed = true
		case slices.Contains(ruleWords, w):
			if l.Begins("logging", "enable") {
				f.Logged = facts.Bool(true, r.At(l))
			}
		default:
			odd = l
		}
	}
	source, target, service = orAny(source), orAny(target), orAny(service)
	f.Sources, f.Destinations, f.Services = facts.Texts(source, section), facts.Texts(target, section), facts.Texts(service, section)
	open := source[0] == "any" && target[0] == "any" && service[0] == "any"
	f.AnyAny = facts.Bool(open && !narrowed && f.Action.GetValue() == "permit", section)
	f.PortGranular = facts.Bool(granular && service[0] != "any", section)
	if odd != nil {
		m := r.Odd(odd)
		f.PortGranular = m.Bool()
		if open {
			f.AnyAny = m.Bool()
		}
	}
	return f
}

func orAny(list []string) []string {
	if len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, "any") }) {
		return []string{"any"}
	}
	return list
}

// objectPolicy reads a policy that a pair of zones applies.
func (r *reader) objectPolicy(where string, applied *stanza.Entry) (*pb.PacketFilter, []*pb.FilterRule) {
	family, name := applied.Word(2), applied.Word(3)
	ev := r.At(applied)
	f := &pb.PacketFilter{
		Scope: "object-policy " + name + " " + where, Active: facts.Bool(true, ev), AppliedTo: facts.Text(where, ev), Stateful: facts.Bool(true, ev),
		DefaultAction: r.Doc.NoDefault("zone-pair").Text(), Rules: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "object-policy "+name, ev).Int(),
	}
	e := r.Final("object-policy", family, name)
	if e == nil || e.Negated {
		return f, nil
	}
	var rules []*pb.FilterRule
	for _, l := range e.Under() {
		if l.Words[0] == "rule" && !l.Negated && l.Word(2) != "comment" && l.Word(2) != "append" {
			rules = append(rules, r.objectRule("object-policy "+name, l))
		}
	}
	f.Rules = facts.Int(int64(len(rules)), r.Section(e))
	return f, rules
}

// objectRule reads "rule ID pass|drop|inspect P [source-ip G] [destination-ip G] [service G] [logging] [disable] …".
func (r *reader) objectRule(policy string, l *stanza.Entry) *pb.FilterRule {
	ev := r.At(l)
	f := &pb.FilterRule{Scope: policy + " rule " + l.Word(1), Enabled: facts.Bool(!slices.Contains(l.Words, "disable"), ev), Logged: facts.Bool(slices.Contains(l.Words, "logging"), ev), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display object-policy").Int()}
	action := map[string]string{"pass": "permit", "inspect": "permit", "drop": "deny"}[l.Word(2)]
	if f.Action = facts.Text(action, ev); action == "" {
		f.Action = r.Odd(l).Text()
	}
	one := func(key string) string {
		if v := l.After(key); v != "" {
			return v
		}
		return "any"
	}
	source, target, service := one("source-ip"), one("destination-ip"), one("service")
	narrowed := slices.ContainsFunc(l.Words, func(w string) bool {
		return w == "application" || w == "app-group" || w == "vrf" || w == "time-range" || w == "user" || w == "track"
	})
	f.Sources, f.Destinations, f.Services = facts.Texts([]string{source}, ev), facts.Texts([]string{target}, ev), facts.Texts([]string{service}, ev)
	f.AnyAny = facts.Bool(action == "permit" && source == "any" && target == "any" && service == "any" && !narrowed, ev)
	f.PortGranular = facts.Bool(service != "any" && service != "tcp" && service != "udp", ev)
	return f
}

// protections is what the device does as a whole.
func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		PasswordEncryption: r.readable(), EnableScheme: r.superScheme(), LogTimestamps: r.stamps(), CommandAccounting: r.accounting(), DialIn: r.dialIn(),
	}
	if r.device.kind != "firewall" {
		return p
	}
	p.Stateful = r.Doc.NoDefault("session").Bool()
	p.DosProtection = r.Switched(nil)
	for _, words := range [][]string{{"attack-defense", "apply", "policy"}} {
		for _, z := range r.ByWord("security-zone") {
			for _, l := range z.Under() {
				if l.Begins(words...) && !l.Negated {
					p.DosProtection = facts.Bool(true, r.At(l))
				}
			}
		}
	}
	p.DefaultActionDeny = r.Doc.NoDefault("security-policy default action").Bool()
	return p
}

// dialIn is whether somebody can dial in: L2TP or PPTP on, or an interface for modems.
func (r *reader) dialIn() *pb.BoolFact {
	for _, words := range [][]string{{"l2tp", "enable"}, {"l2tp-group"}, {"pptp", "enable"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			return facts.Bool(true, r.At(e))
		}
	}
	for _, e := range r.ByWord("interface") {
		if strings.HasPrefix(e.Word(1), "Async") || strings.HasPrefix(e.Word(1), "Modem") {
			return facts.Bool(true, r.At(e))
		}
	}
	return r.Switched(nil)
}
