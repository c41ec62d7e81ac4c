package huaweivrp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads what decides about traffic: a firewall's security policies, its virtual systems' too, and access lists that
// are applied to interfaces.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.list()
	filters := &pb.PacketFilterList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	rules := &pb.FilterRuleList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	policy := func(name string, e *entry) {
		f, list := r.securityPolicy(name, e)
		filters.Items = append(filters.Items, f)
		rules.Items = append(rules.Items, list...)
	}
	if e := r.final("security-policy"); e != nil {
		policy("security-policy", e)
	}
	for _, v := range r.virtual {
		for _, e := range v.top {
			if e.begins("security-policy") {
				policy("vsys "+v.name+" security-policy", e)
			}
		}
	}
	seen := map[string]bool{}
	for _, e := range r.byWord["interface"] {
		for _, l := range e.under() {
			if l.words[0] != "traffic-filter" || l.undo || !slices.Contains(l.words, "acl") {
				continue
			}
			name := aclIn(l)
			f := &pb.PacketFilter{
				Scope: fmt.Sprintf("acl %s %s %s", name, l.word(1), strings.Join(e.words[1:], "")), Active: facts.Bool(true, r.at(l)),
				DefaultAction: facts.Text("accept", r.at(l)), Stateful: facts.Bool(false, r.at(l)),
				AppliedTo: facts.Text(strings.Join(e.words[1:], "")+" "+l.word(1), r.at(l)), Rules: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "acl "+name).Int(),
			}
			a := r.acls[name]
			if a != nil {
				f.Rules = facts.Int(int64(len(a.rules)), r.section(a.node))
				f.DefaultAction = lastWord(r, a, f.DefaultAction)
			}
			filters.Items = append(filters.Items, f)
			if a != nil && !seen[a.name] {
				seen[a.name] = true
				rules.Items = append(rules.Items, r.aclRules(a)...)
			}
		}
	}
	return filters, rules
}

// lastWord: a list that ends by refusing everything refuses what no rule names.
func lastWord(r *reader, a *acl, otherwise *pb.TextFact) *pb.TextFact {
	if n := len(a.rules); n > 0 {
		last := a.rules[n-1]
		if !last.permit && !last.odd && !last.narrowed && last.source == "any" && last.destination == "any" && last.protocol == "any" {
			return facts.Text("drop", r.at(last.entry))
		}
	}
	return otherwise
}

func (r *reader) aclRules(a *acl) []*pb.FilterRule {
	var out []*pb.FilterRule
	for i, rule := range a.rules {
		ev := r.at(rule.entry)
		f := &pb.FilterRule{Scope: fmt.Sprintf("acl %s rule %d", a.name, rule.number), Enabled: facts.Bool(true, ev), Logged: facts.Bool(rule.logged, ev), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display acl").Int()}
		if rule.number == 0 && i > 0 {
			f.Scope = fmt.Sprintf("acl %s line %d", a.name, rule.entry.node.N)
		}
		if rule.odd {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev)
			f.Action, f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular = m.Text(), m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
			out = append(out, f)
			continue
		}
		action := "deny"
		if rule.permit {
			action = "permit"
		}
		service := rule.protocol
		ports := rule.sourcePort != "" || rule.targetPort != ""
		if rule.targetPort != "" {
			service += "/" + rule.targetPort
		} else if rule.sourcePort != "" {
			service += " from " + rule.sourcePort
		}
		f.Action = facts.Text(action, ev)
		f.Sources, f.Destinations, f.Services = facts.Texts([]string{rule.source}, ev), facts.Texts([]string{rule.destination}, ev), facts.Texts([]string{service}, ev)
		f.AnyAny = facts.Bool(rule.permit && rule.source == "any" && rule.destination == "any" && service == "any" && !rule.narrowed, ev)
		f.PortGranular = facts.Bool(ports, ev)
		out = append(out, f)
	}
	return out
}

// securityPolicy reads a firewall's policy: rules in order, and what happens to what none names.
func (r *reader) securityPolicy(name string, e *entry) (*pb.PacketFilter, []*pb.FilterRule) {
	f := &pb.PacketFilter{
		Scope: name, Active: facts.Bool(true, r.section(e.node)), AppliedTo: facts.Text("forward", r.section(e.node)), Stateful: r.stateful(),
		DefaultAction: r.defaultText("policy-deny", "drop"),
	}
	var rules []*pb.FilterRule
	for _, l := range e.under() {
		switch {
		case l.begins("default", "action") && !l.undo:
			f.DefaultAction = facts.Text(map[string]string{"permit": "accept", "deny": "drop"}[l.word(2)], r.at(l))
			if f.DefaultAction.GetValue() == "" {
				f.DefaultAction = r.notUnderstood(l).Text()
			}
		case l.begins("rule", "name") && !l.undo:
			rules = append(rules, r.policyRule(name, l))
		case l.words[0] == "default", l.words[0] == "group", l.undo:
		default:
			r.unread = append(r.unread, r.at(l))
		}
	}
	f.Rules = facts.Int(int64(len(rules)), r.section(e.node))
	return f, rules
}

// What a rule may say besides addresses and services that makes it match less, or says how it is recorded.
var ruleWords = []string{"description", "profile", "parent-group", "session", "policy", "traffic", "counting", "long-link", "tag", "vlan-id"}

func (r *reader) policyRule(policy string, e *entry) *pb.FilterRule {
	name := strings.Trim(strings.Join(e.words[2:], " "), `"`)
	section := r.section(e.node)
	f := &pb.FilterRule{Scope: policy + " rule " + name, Enabled: facts.Bool(true, section), Logged: facts.Bool(false, section), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display security-policy rule all").Int()}
	f.Action = r.noDefault("action").Text()
	var source, target, service []string
	narrowed, ports := false, false
	var odd *entry
	for _, l := range e.under() {
		switch w := l.words[0]; {
		case l.undo:
		case w == "disable":
			f.Enabled = facts.Bool(false, r.at(l))
		case w == "enable":
		case w == "action":
			f.Action = facts.Text(l.word(1), r.at(l))
		case w == "source-address" || w == "destination-address":
			list := &source
			if w == "destination-address" {
				list = &target
			}
			*list = append(*list, policyAddress(l.words[1:]))
		case w == "service":
			s := strings.Join(l.words[1:], " ")
			if l.word(1) == "protocol" {
				s = l.word(2)
				if port := l.after("destination-port"); port != "" {
					i := slices.Index(l.words, "destination-port")
					s += "/" + strings.Join(l.words[i+1:], " ")
				}
			}
			service = append(service, s)
			ports = ports || slices.Contains(l.words, "destination-port") || l.word(1) != "protocol" && l.word(1) != "any"
		case w == "source-zone" || w == "destination-zone":
		case w == "user" || w == "application" || w == "time-range" || w == "url" || w == "device-classification" || w == "access-authentication":
			narrowed = narrowed || !slices.Equal(l.words[1:], []string{"any"})
		case slices.Contains(ruleWords, w):
			if l.begins("policy", "logging") || l.begins("session", "logging") || l.begins("traffic", "logging", "enable") {
				f.Logged = facts.Bool(true, r.at(l))
			}
		default:
			odd = l
		}
	}
	orAny := func(list []string) []string {
		if len(list) == 0 || slices.Contains(list, "any") {
			return []string{"any"}
		}
		return list
	}
	source, target, service = orAny(source), orAny(target), orAny(service)
	f.Sources, f.Destinations, f.Services = facts.Texts(source, section), facts.Texts(target, section), facts.Texts(service, section)
	open := source[0] == "any" && target[0] == "any" && service[0] == "any"
	f.AnyAny = facts.Bool(open && !narrowed && f.Action.GetValue() == "permit", section)
	f.PortGranular = facts.Bool(ports && service[0] != "any", section)
	if odd != nil {
		m := r.notUnderstood(odd)
		f.PortGranular = m.Bool()
		if open {
			f.AnyAny = m.Bool()
		}
	}
	return f
}

// policyAddress reads an address of a rule: "any", "10.0.0.0 24", "10.0.0.0 0.0.0.255", "10.0.0.0 mask 255.0.0.0", "range A B", a set's name.
func policyAddress(words []string) string {
	switch {
	case len(words) >= 3 && words[1] == "mask":
		if p, ok := withPrefix([]string{"", "", words[0], words[2]}); ok {
			return p
		}
	case len(words) >= 3 && words[0] == "range":
		return words[1] + "-" + words[2]
	case len(words) >= 2:
		if n, ok := number(words[1]); ok && n <= 128 {
			if p, ok := withPrefix([]string{"", "", words[0], words[1]}); ok {
				return p
			}
		}
		if p, ok := cidr(words[0], words[1]); ok {
			return p
		}
	}
	return strings.Join(words, " ")
}

// stateful: a firewall keeps sessions unless told not to check them.
func (r *reader) stateful() *pb.BoolFact {
	for e := range r.find("firewall", "session", "link-state", "check") {
		if e.undo && len(e.words) == 4 {
			return facts.Bool(false, r.at(e))
		}
	}
	if !r.whole {
		return r.none().Bool()
	}
	return facts.Bool(true, facts.Default(firewallManual+"firewall session link-state check"))
}

// protections is what the device does as a whole.
func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		PasswordEncryption: r.readable(), EnableScheme: r.superScheme(), LogTimestamps: r.stamps(),
		CommandAccounting: r.accounting(), DialIn: r.dialIn(),
	}
	if r.device.line != lineUSG {
		return p
	}
	p.Stateful = r.stateful()
	p.DosProtection = r.switched(nil)
	for e := range r.find("firewall", "defend") {
		if !e.undo && e.words[len(e.words)-1] == "enable" {
			p.DosProtection = facts.Bool(true, r.at(e))
			break
		}
	}
	p.DefaultActionDeny = r.defaultBool("policy-deny", true)
	if e := r.final("security-policy"); e != nil {
		for _, l := range e.under() {
			if l.begins("default", "action") && !l.undo {
				p.DefaultActionDeny = facts.Bool(l.word(2) == "deny", r.at(l))
			}
		}
	}
	return p
}

// dialIn is whether somebody can dial in: L2TP or PPTP on, or an interface for modems.
func (r *reader) dialIn() *pb.BoolFact {
	if e := r.final("l2tp", "enable"); e != nil && !e.undo {
		return facts.Bool(true, r.at(e))
	}
	for _, e := range r.byWord["interface"] {
		if strings.HasPrefix(e.word(1), "Async") || strings.HasPrefix(e.word(1), "Modem") {
			return facts.Bool(true, r.at(e))
		}
	}
	return r.switched(nil)
}
