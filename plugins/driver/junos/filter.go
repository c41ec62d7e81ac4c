package junos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters are the firewall filters that are applied to interfaces, and the security policies between zones.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.list()
	out := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	done := map[string]bool{}
	for _, ifc := range r.Root.All("interfaces") {
		for _, u := range ifc.All("unit") {
			for _, f := range u.All("family") {
				for _, way := range []string{"input", "output", "input-list", "output-list"} {
					for _, n := range f.All("filter", way) {
						if n.Word == "filter-name" && n.Value() != nil {
							n = n.Value()
						}
						if n.Word == "precedence" {
							continue
						}
						out.Items = append(out.Items, r.applied(n, f.Word, ifc.Word+"."+u.Word+" "+strings.TrimSuffix(way, "-list")))
						if key := f.Word + " " + n.Word; !done[key] {
							done[key] = true
							rules.Items = append(rules.Items, r.terms(f.Word, n.Word)...)
						}
					}
				}
			}
		}
	}
	for _, from := range r.Root.All("security", "policies", "from-zone") {
		for _, to := range from.All("to-zone") {
			pair := from.Word + " to " + to.Word
			f, list := r.policies(pair, to.All("policy"), from)
			out.Items, rules.Items = append(out.Items, f), append(rules.Items, list...)
		}
	}
	if g := r.Root.Get("security", "policies", "global"); g != nil {
		f, list := r.policies("global", g.All("policy"), g)
		out.Items, rules.Items = append(out.Items, f), append(rules.Items, list...)
	}
	return out, rules
}

func (r *reader) applied(n *tree.Node, family, to string) *pb.PacketFilter {
	ev := r.At(n)
	f := &pb.PacketFilter{Scope: "filter " + n.Word + " " + to, Active: facts.Bool(true, ev), AppliedTo: facts.Text(to, ev), Stateful: facts.Bool(false, ev)}
	filter := r.filter(family, n.Word)
	terms := filter.All("term")
	switch {
	case !r.Whole():
		m := r.Doc.Unknown()
		f.DefaultAction, f.Rules = m.Text(), m.Int()
		return f
	case filter == nil:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "filter "+n.Word, ev)
		f.DefaultAction, f.Rules = m.Text(), m.Int()
		return f
	}
	f.Rules = facts.Int(int64(len(terms)), r.Section(filter))
	f.DefaultAction = facts.Text("drop", facts.Default(filterDefault), r.Section(filter))
	for _, t := range terms {
		then := t.Get("then")
		if len(t.All("from")) == 0 && !then.Has("next") {
			switch {
			case then.Has("discard"):
				f.DefaultAction = facts.Text("drop", r.Section(t))
			case then.Has("reject"):
				f.DefaultAction = facts.Text("reject", r.Section(t))
			default:
				f.DefaultAction = facts.Text("accept", r.Section(t))
			}
			break
		}
	}
	return f
}

// terms are the rules of a filter, in order.
func (r *reader) terms(family, name string) []*pb.FilterRule {
	var out []*pb.FilterRule
	for _, t := range r.filter(family, name).All("term") {
		ev := r.Section(t)
		from, then := t.Get("from"), t.Get("then")
		action := "permit"
		if then.Has("discard") || then.Has("reject") {
			action = "deny"
		}
		rule := &pb.FilterRule{Scope: "filter " + name + " term " + t.Word, Enabled: facts.Bool(true, ev), Action: facts.Text(action, ev)}
		if then.Has("next") || t.Has("filter") {
			rule.Action = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "next", ev).Text()
		}
		rule.Sources = r.conditions(from, ev, "source-address", "source-prefix-list", "address", "prefix-list")
		rule.Destinations = r.conditions(from, ev, "destination-address", "destination-prefix-list", "address", "prefix-list")
		ports := slices.Concat(from.All("destination-port"), from.All("port"), from.All("source-port"))
		rule.PortGranular = facts.Bool(len(ports) > 0, ev)
		services := []string{}
		protocols := slices.Concat(from.All("protocol"), from.All("next-header"))
		for _, p := range protocols {
			if len(ports) == 0 {
				services = append(services, p.Word)
			}
			for _, port := range ports {
				services = append(services, p.Word+"/"+port.Word)
			}
		}
		for _, port := range ports {
			if len(protocols) == 0 {
				services = append(services, "any/"+port.Word)
			}
		}
		if len(services) == 0 {
			services = []string{"any"}
		}
		rule.Services = facts.Texts(services, ev)
		rule.AnyAny = facts.Bool(action == "permit" && len(from.All()) == 0 && !then.Has("next"), ev)
		rule.Logged = facts.Bool(then.Has("log") || then.Has("syslog"), ev)
		if !r.Whole() {
			m := r.Doc.Unknown()
			rule.AnyAny, rule.Logged, rule.PortGranular = m.Bool(), m.Bool(), m.Bool()
		}
		out = append(out, rule)
	}
	return out
}

func (r *reader) conditions(from *tree.Node, ev *pb.Evidence, words ...string) *pb.TextsFact {
	out := []string{}
	for _, w := range words {
		for _, n := range from.All(w) {
			word := n.Word
			if strings.HasSuffix(w, "list") {
				word = "prefix-list " + word
			}
			if n.Has("except") {
				word += " except"
			}
			out = append(out, word)
		}
	}
	if len(out) == 0 {
		out = []string{"any"}
	}
	return facts.Texts(out, ev)
}

// policies are those between two zones, or global ones.
func (r *reader) policies(pair string, list []*tree.Node, at *tree.Node) (*pb.PacketFilter, []*pb.FilterRule) {
	f := &pb.PacketFilter{Scope: "policies " + pair, Active: facts.Bool(true, r.At(at)), AppliedTo: facts.Text(pair, r.At(at)), Stateful: r.stateful(), DefaultAction: r.defaultAction(), Rules: facts.Int(int64(len(list)), r.Section(at))}
	if !r.Whole() {
		f.Rules = r.Doc.Unknown().Int()
	}
	var out []*pb.FilterRule
	for i, p := range list {
		ev := r.Section(p)
		then := p.Get("then")
		rule := &pb.FilterRule{Scope: "policy " + pair + " " + strconv.Itoa(i+1) + " " + p.Word, Enabled: facts.Bool(true, ev)}
		switch {
		case then.Has("permit"):
			rule.Action = facts.Text("permit", ev)
		case then.Has("deny") || then.Has("reject"):
			rule.Action = facts.Text("deny", ev)
		default:
			rule.Action = r.Doc.NoDefault("then").Text()
		}
		rule.Sources = r.matched(p, "source-address")
		rule.Destinations = r.matched(p, "destination-address")
		rule.Services = r.matched(p, "application")
		all := func(t *pb.TextsFact) bool {
			return slices.ContainsFunc(t.GetValue(), func(w string) bool { return w == "any" || w == "any-ipv4" })
		}
		known := facts.Known(rule.Sources) && facts.Known(rule.Destinations) && facts.Known(rule.Services)
		if !known {
			rule.AnyAny, rule.PortGranular = r.Doc.NoDefault("match").Bool(), r.Doc.NoDefault("match").Bool()
		} else {
			narrowed := p.Has("match", "source-identity") || p.Has("match", "dynamic-application")
			rule.AnyAny = facts.Bool(rule.Action.GetValue() == "permit" && all(rule.Sources) && all(rule.Destinations) && all(rule.Services) && !narrowed, ev)
			rule.PortGranular = facts.Bool(!all(rule.Services), ev)
		}
		rule.Logged = facts.Bool(len(then.All("log")) > 0, ev)
		if !r.Whole() {
			rule.Logged = r.Doc.Unknown().Bool()
		}
		out = append(out, rule)
	}
	return f, out
}

func (r *reader) matched(p *tree.Node, word string) *pb.TextsFact {
	n := p.Get("match", word)
	if n == nil {
		return r.Doc.NoDefault("match " + word).Texts()
	}
	return r.words(n)
}

// zoned is whether the device judges sessions between zones.
func (r *reader) zoned() *tree.Node {
	if z := r.Root.Get("security", "zones"); z != nil && r.Root.Get("security", "forwarding-options", "family", "inet", "mode", "packet-based") == nil && r.Root.Get("security", "forwarding-options", "family", "mpls", "mode", "packet-based") == nil {
		return z
	}
	return nil
}

func (r *reader) stateful() *pb.BoolFact {
	if r.zoned() == nil {
		return r.Doc.Off()
	}
	return r.defaultBool(true, statefulPolicy)
}

func (r *reader) defaultAction() *pb.TextFact {
	switch v := r.Root.Value("security", "policies", "default-policy"); v.Text() {
	case "":
		return r.defaultText("drop", policyDefault)
	case "permit-all":
		return facts.Text("accept", r.At(v))
	case "deny-all":
		return facts.Text("drop", r.At(v))
	case "reject-all":
		return facts.Text("reject", r.At(v))
	default:
		return r.Odd(v).Text()
	}
}

func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		Stateful: r.stateful(), DialIn: r.Doc.Off(), CommandAccounting: r.commands(), EnableScheme: facts.NotApplicable().Text(), PasswordEncryption: r.Doc.NoDefault("encrypted-password").Bool(),
		LogTimestamps: r.defaultText("datetime", syslogDefault), DosProtection: r.Doc.NoDefault("ddos-protection").Bool(),
	}
	if r.zoned() != nil {
		action := r.defaultAction()
		p.DefaultActionDeny = facts.LikeState(action).Bool()
		if facts.Known(action) {
			p.DefaultActionDeny = facts.Bool(action.GetValue() != "accept", action.GetEvidence()...)
		}
		p.DosProtection = r.Doc.Off()
		for _, z := range r.Root.All("security", "zones", "security-zone") {
			if s := z.Value("screen"); s != nil && r.Root.Has("security", "screen", "ids-option", s.Word) {
				p.DosProtection = facts.Bool(true, r.At(s))
			}
		}
	}
	for _, i := range r.Root.All("interfaces") {
		if strings.HasPrefix(i.Word, "umd") || strings.HasPrefix(i.Word, "dl") && i.Word != "dlsw" || strings.HasPrefix(i.Word, "br-") {
			p.DialIn = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "interface "+i.Word, r.At(i)).Bool()
		}
	}
	for _, i := range r.Root.All("interfaces") {
		if in := i.Get("modem-options", "dialin"); in != nil {
			p.DialIn = facts.Bool(true, r.At(in))
			return p
		}
	}
	if r.Root.Has("security", "dynamic-vpn") || r.Root.Has("services", "l2tp") {
		p.DialIn = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "l2tp", r.Doc.All()).Bool()
	}
	return p
}
