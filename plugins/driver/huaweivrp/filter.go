package huaweivrp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads what decides about traffic: a firewall's security policies, its virtual systems' too, and access lists that
// are applied to interfaces.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.Doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	policy := func(name string, e *stanza.Entry) {
		f, list := r.securityPolicy(name, e)
		filters.Items = append(filters.Items, f)
		rules.Items = append(rules.Items, list...)
	}
	if e := r.Final("security-policy"); e != nil {
		policy("security-policy", e)
	}
	for _, v := range r.virtual {
		for _, e := range v.top {
			if e.Begins("security-policy") {
				policy("vsys "+v.name+" security-policy", e)
			}
		}
	}
	seen := map[string]bool{}
	for _, e := range r.ByWord("interface") {
		for _, l := range e.Under() {
			if l.Words[0] != "traffic-filter" || l.Negated || !slices.Contains(l.Words, "acl") {
				continue
			}
			name := aclIn(l)
			f := &pb.PacketFilter{
				Scope: fmt.Sprintf("acl %s %s %s", name, l.Word(1), strings.Join(e.Words[1:], "")), Active: facts.Bool(true, r.At(l)),
				DefaultAction: facts.Text("accept", r.At(l)), Stateful: facts.Bool(false, r.At(l)),
				AppliedTo: facts.Text(strings.Join(e.Words[1:], "")+" "+l.Word(1), r.At(l)), Rules: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "acl "+name).Int(),
			}
			a := r.acls[name]
			if a != nil {
				f.Rules = facts.Int(int64(len(a.rules)), r.Section(a.node))
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
			return facts.Text("drop", r.At(last.entry))
		}
	}
	return otherwise
}

func (r *reader) aclRules(a *acl) []*pb.FilterRule {
	var out []*pb.FilterRule
	for i, rule := range a.rules {
		ev := r.At(rule.entry)
		f := &pb.FilterRule{Scope: fmt.Sprintf("acl %s rule %d", a.name, rule.number), Enabled: facts.Bool(true, ev), Logged: facts.Bool(rule.logged, ev), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display acl").Int()}
		if rule.number == 0 && i > 0 {
			f.Scope = fmt.Sprintf("acl %s line %d", a.name, rule.entry.Node.N)
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
func (r *reader) securityPolicy(name string, e *stanza.Entry) (*pb.PacketFilter, []*pb.FilterRule) {
	f := &pb.PacketFilter{
		Scope: name, Active: facts.Bool(true, r.Section(e)), AppliedTo: facts.Text("forward", r.Section(e)), Stateful: r.stateful(),
		DefaultAction: r.defaultText("policy-deny", "drop"),
	}
	var rules []*pb.FilterRule
	for _, l := range e.Under() {
		switch {
		case l.Begins("default", "action") && !l.Negated:
			f.DefaultAction = facts.Text(map[string]string{"permit": "accept", "deny": "drop"}[l.Word(2)], r.At(l))
			if f.DefaultAction.GetValue() == "" {
				f.DefaultAction = r.Odd(l).Text()
			}
		case l.Begins("rule", "name") && !l.Negated:
			rules = append(rules, r.policyRule(name, l))
		case l.Words[0] == "default", l.Words[0] == "group", l.Negated:
		default:
			r.Unread = append(r.Unread, r.At(l))
		}
	}
	f.Rules = facts.Int(int64(len(rules)), r.Section(e))
	return f, rules
}

// What a rule may say besides addresses and services that makes it match less, or says how it is recorded.
var ruleWords = []string{"description", "profile", "parent-group", "session", "policy", "traffic", "counting", "long-link", "tag", "vlan-id"}

func (r *reader) policyRule(policy string, e *stanza.Entry) *pb.FilterRule {
	name := strings.Trim(strings.Join(e.Words[2:], " "), `"`)
	section := r.Section(e)
	f := &pb.FilterRule{Scope: policy + " rule " + name, Enabled: facts.Bool(true, section), Logged: facts.Bool(false, section), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display security-policy rule all").Int()}
	f.Action = r.Doc.NoDefault("action").Text()
	var source, target, service []string
	narrowed, ports := false, false
	var odd *stanza.Entry
	for _, l := range e.Under() {
		switch w := l.Words[0]; {
		case l.Negated:
		case w == "disable":
			f.Enabled = facts.Bool(false, r.At(l))
		case w == "enable":
		case w == "action":
			f.Action = facts.Text(l.Word(1), r.At(l))
		case w == "source-address" || w == "destination-address":
			list := &source
			if w == "destination-address" {
				list = &target
			}
			*list = append(*list, policyAddress(l.Words[1:]))
		case w == "service":
			s := strings.Join(l.Words[1:], " ")
			if l.Word(1) == "protocol" {
				s = l.Word(2)
				if port := l.After("destination-port"); port != "" {
					i := slices.Index(l.Words, "destination-port")
					s += "/" + strings.Join(l.Words[i+1:], " ")
				}
			}
			service = append(service, s)
			ports = ports || slices.Contains(l.Words, "destination-port") || l.Word(1) != "protocol" && l.Word(1) != "any"
		case w == "source-zone" || w == "destination-zone":
		case w == "user" || w == "application" || w == "time-range" || w == "url" || w == "device-classification" || w == "access-authentication":
			narrowed = narrowed || !slices.Equal(l.Words[1:], []string{"any"})
		case slices.Contains(ruleWords, w):
			if l.Begins("policy", "logging") || l.Begins("session", "logging") || l.Begins("traffic", "logging", "enable") {
				f.Logged = facts.Bool(true, r.At(l))
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
		m := r.Odd(odd)
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
		if n, ok := stanza.Number(words[1]); ok && n <= 128 {
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
	for e := range r.Find("firewall", "session", "link-state", "check") {
		if e.Negated && len(e.Words) == 4 {
			return facts.Bool(false, r.At(e))
		}
	}
	if !r.Whole() {
		return r.Doc.Absence().Bool()
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
	p.DosProtection = r.Switched(nil)
	for e := range r.Find("firewall", "defend") {
		if !e.Negated && e.Words[len(e.Words)-1] == "enable" {
			p.DosProtection = facts.Bool(true, r.At(e))
			break
		}
	}
	p.DefaultActionDeny = r.defaultBool("policy-deny", true)
	if e := r.Final("security-policy"); e != nil {
		for _, l := range e.Under() {
			if l.Begins("default", "action") && !l.Negated {
				p.DefaultActionDeny = facts.Bool(l.Word(2) == "deny", r.At(l))
			}
		}
	}
	return p
}

// dialIn is whether somebody can dial in: L2TP or PPTP on, or an interface for modems.
func (r *reader) dialIn() *pb.BoolFact {
	if e := r.Final("l2tp", "enable"); e != nil && !e.Negated {
		return facts.Bool(true, r.At(e))
	}
	for _, e := range r.ByWord("interface") {
		if strings.HasPrefix(e.Word(1), "Async") || strings.HasPrefix(e.Word(1), "Modem") {
			return facts.Bool(true, r.At(e))
		}
	}
	return r.Switched(nil)
}
