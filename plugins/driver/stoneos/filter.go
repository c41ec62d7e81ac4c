package stoneos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters reads the policy: rules at the top, or in the section of the global policy.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.Doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	var found []*stanza.Entry
	for e := range r.Find("rule") {
		found = append(found, e)
	}
	for e := range r.Find("policy-global") {
		found = append(found, slices.DeleteFunc(slices.Clone(e.Under()), func(l *stanza.Entry) bool { return l.Words[0] != "rule" })...)
	}
	found = slices.DeleteFunc(found, func(e *stanza.Entry) bool { return e.Negated })
	var closing *pb.FilterRule // the last rule that is on, if it refuses everything: nothing is left to what the policy does by itself
	for _, e := range found {
		rule, all := r.rule(e)
		rules.Items = append(rules.Items, rule)
		switch on := rule.GetEnabled(); {
		case !facts.Known(on) || on.GetValue() && !all:
			closing = nil
		case on.GetValue():
			closing = rule
		}
	}
	if len(found) > 0 {
		first := r.At(found[0])
		f := &pb.PacketFilter{
			Scope: "policy", Active: facts.Bool(true, first), AppliedTo: facts.Text("forward", first), Stateful: r.Doc.NoDefault("rule").Bool(),
			DefaultAction: r.Doc.NoDefault("rule").Text(), Rules: r.Doc.Absence().Int(),
		}
		if r.Whole() {
			f.Rules = facts.Int(int64(len(found)), first)
			if closing != nil {
				f.DefaultAction = facts.Text("drop", closing.GetAction().GetEvidence()...)
			}
		}
		filters.Items = append(filters.Items, f)
	}
	return filters, rules
}

// What a rule may say that matches nothing more or less.
var ruleWords = []string{"name", "description", "desc", "hit-count-log", "no-log", "alarm", "group", "id", "assistant"}

// What narrows a rule besides addresses and services.
var narrowing = []string{"user", "user-group", "role", "application", "app", "schedule", "src-host", "dst-host", "vlan", "terminal"}

// rule reads "rule id N" with what it matches below, and says whether it refuses everything.
func (r *reader) rule(e *stanza.Entry) (f *pb.FilterRule, refuses bool) {
	section := r.Section(e)
	f = &pb.FilterRule{
		Scope: strings.Trim("policy "+strings.Join(e.Words, " "), " "), Enabled: facts.Bool(true, section), Logged: facts.Bool(false, section),
		Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show policy hit-count").Int(), Action: r.Doc.NoDefault("action").Text(),
	}
	var source, target, service []string
	narrowed := false
	var odd *stanza.Entry
	for _, l := range e.Under() {
		w := l.Words[0]
		switch {
		case w == "disable":
			f.Enabled = facts.Bool(l.Negated, r.At(l))
		case l.Negated:
		case w == "id" && e.Word(1) == "":
			f.Scope = "policy rule id " + l.Word(1)
		case w == "action":
			switch l.Word(1) {
			case "permit", "deny":
				f.Action = facts.Text(l.Word(1), r.At(l))
			default: // into a tunnel, to a web login
				f.Action = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "action "+l.Word(1), r.At(l)).Text()
			}
		case w == "src-addr", w == "src-ip", w == "src-range":
			source = append(source, match(l))
		case w == "dst-addr", w == "dst-ip", w == "dst-range":
			target = append(target, match(l))
		case w == "service":
			service = append(service, match(l))
		case w == "src-zone", w == "dst-zone":
			narrowed = narrowed || !strings.EqualFold(value(l, 1), "any")
		case w == "log":
			f.Logged = facts.Bool(true, r.At(l))
		case slices.Contains(narrowing, w):
			narrowed = true
		case slices.Contains(ruleWords, w):
		case slices.Contains([]string{"av", "ips", "url", "contentfilter", "sandbox", "file-filter", "botnet-c2-prevention", "dlp", "content-sec"}, w):
		default:
			odd = l
		}
	}
	source, target, service = orAny(source), orAny(target), orAny(service)
	f.Sources, f.Destinations, f.Services = facts.Texts(source, section), facts.Texts(target, section), facts.Texts(service, section)
	open := source[0] == "any" && target[0] == "any" && service[0] == "any"
	f.AnyAny = facts.Bool(open && !narrowed && f.Action.GetValue() == "permit", section)
	granular := service[0] != "any" && !slices.ContainsFunc(service, func(s string) bool { return strings.HasSuffix(strings.ToUpper(s), "-ANY") }) // TCP-ANY, UDP-ANY
	f.PortGranular = facts.Bool(granular, section)
	if odd != nil {
		m := r.Odd(odd)
		f.PortGranular = m.Bool()
		if open && !narrowed {
			f.AnyAny = m.Bool()
		}
	}
	if !r.Whole() && r.last(e) { // more of it may follow
		m := r.Doc.Absence()
		f.Sources, f.Destinations, f.Services, f.AnyAny, f.PortGranular, f.Logged = m.Texts(), m.Texts(), m.Texts(), m.Bool(), m.Bool(), m.Bool()
	}
	return f, open && !narrowed && odd == nil && f.Action.GetValue() == "deny"
}

// last says that nothing stands behind a section.
func (r *reader) last(e *stanza.Entry) bool {
	return len(r.Top) > 0 && r.Top[len(r.Top)-1].Node.Last == e.Node.Last
}

// match is what a line names: an object or an address, a range as both its ends.
func match(l *stanza.Entry) string {
	if strings.HasSuffix(l.Words[0], "-range") {
		return strings.Join(l.Words[1:], "-")
	}
	return value(l, 1)
}

func orAny(list []string) []string {
	if len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, "any") || s == "0.0.0.0/0" }) {
		return []string{"any"}
	}
	return list
}
