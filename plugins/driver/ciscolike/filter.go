package ciscolike

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Applied states an access list on an interface. One that is not defined, or empty, lets everything pass.
// direction is in or out, s the line that applies it, inspect the line by which the interface judges sessions, if there is one.
func (b *Base) Applied(list, name, direction string, s *stanza.Entry, inspect *pb.Evidence) *pb.PacketFilter {
	ev := b.At(s)
	f := &pb.PacketFilter{Scope: "acl " + list + " " + direction + "bound " + name, Active: facts.Bool(true, ev), AppliedTo: facts.Text(name+" "+direction, ev)}
	a := b.Lists[list]
	switch {
	case !b.Whole():
		m := facts.Unknown(b.Doc.Reason(), b.Doc.Source)
		f.DefaultAction, f.Rules, f.Stateful = m.Text(), m.Int(), m.Bool()
		return f
	case a == nil || len(a.Rules) == 0:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+list, ev)
		f.DefaultAction, f.Rules = m.Text(), m.Int()
		f.Stateful = facts.Bool(false, ev)
		return f
	}
	f.DefaultAction = b.Doc.NoDefault("access-list: what no rule names").Text()
	if b.ImplicitDeny != "" {
		f.DefaultAction = facts.Text("drop", b.Section(a.First), facts.Default(b.ImplicitDeny))
	}
	f.Rules = facts.Int(int64(len(a.Rules)), b.Section(a.First))
	f.Stateful = facts.Bool(false, b.Section(a.First))
	if inspect != nil {
		f.Stateful = facts.Bool(true, inspect)
	}
	for _, rule := range a.Rules {
		if everything(rule) {
			if f.DefaultAction = facts.Text("drop", b.At(rule.Entry)); rule.Permit {
				f.DefaultAction = facts.Text("accept", b.At(rule.Entry))
			}
			break
		}
		if rule.Stateful {
			f.Stateful = facts.Bool(true, b.At(rule.Entry))
		}
	}
	return f
}

func everything(rule Rule) bool {
	return !rule.Odd && !rule.Narrowed && rule.Protocol == "ip" && rule.Source == "any" && rule.Destination == "any" && rule.SourcePort == "" && rule.TargetPort == ""
}

// FilterRules states the rules of a list in order.
func (b *Base) FilterRules(list string) []*pb.FilterRule {
	a := b.Lists[list]
	if a == nil {
		return nil
	}
	out := make([]*pb.FilterRule, 0, len(a.Rules))
	for i, rule := range a.Rules {
		ev := b.At(rule.Entry)
		f := &pb.FilterRule{Scope: "acl " + list + " rule " + strconv.Itoa(i+1), Enabled: facts.Bool(true, ev)}
		if rule.Odd {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev)
			f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool()
		} else {
			port := rule.SourcePort != "" || rule.TargetPort != ""
			f.Sources, f.Destinations = facts.Texts([]string{rule.Source}, ev), facts.Texts([]string{rule.Destination}, ev)
			f.Services = facts.Texts([]string{service(rule)}, ev)
			f.AnyAny = facts.Bool(rule.Permit && everything(rule), ev)
			f.PortGranular = facts.Bool(port, ev)
		}
		f.Action = facts.Text("deny", ev)
		if rule.Permit {
			f.Action = facts.Text("permit", ev)
		} else if rule.Odd && !slices.Contains(rule.Entry.Words, "deny") {
			f.Action = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text()
		}
		f.Logged = facts.Bool(rule.Logged, ev)
		out = append(out, f)
	}
	return out
}

func service(rule Rule) string {
	switch {
	case rule.Protocol == "ip":
		return "any"
	case rule.TargetPort != "":
		return rule.Protocol + "/" + rule.TargetPort
	case rule.SourcePort != "":
		return rule.Protocol + "/from " + rule.SourcePort
	}
	return rule.Protocol
}

// AppliedFilters states the access lists that are applied to interfaces, with their rules. inspect finds the line by which an interface
// judges sessions.
func (b *Base) AppliedFilters(inspect func(*stanza.Entry) *pb.Evidence) {
	st := b.sections()
	filters := &pb.PacketFilterList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	rules := &pb.FilterRuleList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	stated := map[string]bool{}
	for e := range b.Find("interface") {
		name := strings.Join(e.Words[1:], " ")
		by := inspect(e)
		for _, s := range e.Under() {
			list := filterOf(s)
			if list == "" {
				continue
			}
			filters.Items = append(filters.Items, b.Applied(list, name, directionOf(s), s, by))
			if !stated[list] {
				stated[list] = true
				rules.Items = append(rules.Items, b.FilterRules(list)...)
			}
		}
	}
	b.Facts.PacketFilters, b.Facts.FilterRules = filters, rules
}
