package vyos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// filters states the rules where they are applied.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.list()
	out := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	done := map[*tree.Node]bool{}
	for _, c := range r.chains {
		ev := r.At(c.at)
		f := &pb.PacketFilter{Scope: "firewall " + c.name + " " + c.where, Active: facts.Bool(true, ev), AppliedTo: facts.Text(c.where, ev), Stateful: r.tracks(c), DefaultAction: r.Doc.NoDefault("default-action").Text()}
		if c.rules == nil {
			m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "firewall name "+c.name, ev)
			f.DefaultAction, f.Rules = m.Text(), m.Int()
		} else {
			f.Rules = facts.Int(int64(len(c.rules.All("rule"))), r.Section(c.rules))
			if v := c.rules.Value("default-action"); v != nil {
				f.DefaultAction = facts.Text(v.Word, r.At(v))
			}
		}
		if !r.Whole() {
			f.Rules = r.Doc.Unknown().Int()
		}
		out.Items = append(out.Items, f)
		if c.rules != nil && !done[c.rules] {
			done[c.rules] = true
			for _, n := range ordered(c.rules.All("rule")) {
				rules.Items = append(rules.Items, r.rule(c.name, n))
			}
		}
	}
	return out, rules
}

// tracks is whether a chain judges by the state of connections.
func (r *reader) tracks(c *chain) *pb.BoolFact {
	for _, top := range [][]string{{"firewall", "state-policy"}, {"firewall", "global-options", "state-policy"}} {
		if v := r.Root.Value(append(top, "established", "action")...); v.Text() == "accept" {
			return facts.Bool(true, r.At(v))
		}
	}
	for _, n := range c.rules.All("rule") {
		if st := n.Get("state"); st != nil && !n.Has("disable") {
			return facts.Bool(true, r.At(st))
		}
	}
	return r.Doc.Off()
}

func (r *reader) rule(name string, n *tree.Node) *pb.FilterRule {
	ev := r.Section(n)
	f := &pb.FilterRule{Scope: "firewall " + name + " rule " + n.Word, Enabled: facts.Bool(!n.Has("disable"), ev), Logged: facts.Bool(n.Has("log") && n.Value("log").Text() != "disable", ev)}
	switch a := n.Value("action"); a.Text() {
	case "accept":
		f.Action = facts.Text("permit", r.At(a))
	case "drop", "reject":
		f.Action = facts.Text("deny", r.At(a))
	default:
		f.Action = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "action", ev).Text()
	}
	side := func(word string) ([]string, bool) {
		var out []string
		for _, v := range n.All(word, "address") {
			out = append(out, v.Word)
		}
		for _, g := range n.All(word, "group") {
			if g.Word != "port-group" {
				out = append(out, "group "+g.Value().Text())
			}
		}
		if len(out) == 0 {
			return []string{"any"}, true
		}
		return out, false
	}
	from, anyFrom := side("source")
	to, anyTo := side("destination")
	ports := n.Has("destination", "port") || n.Has("source", "port") || n.Has("destination", "group", "port-group")
	protocol := n.Value("protocol").Text()
	service := protocol
	if v := n.Value("destination", "port"); v != nil {
		service += "/" + v.Word
	}
	if protocol == "" || protocol == "all" {
		service = "any" + strings.TrimPrefix(service, "all")
	}
	narrowed := slices.ContainsFunc(n.All(), func(c *tree.Node) bool {
		return !slices.Contains([]string{"action", "description", "log", "protocol", "source", "destination", "log-options"}, c.Word)
	})
	f.Sources, f.Destinations, f.Services = facts.Texts(from, ev), facts.Texts(to, ev), facts.Texts([]string{service}, ev)
	f.PortGranular = facts.Bool(ports, ev)
	f.AnyAny = facts.Bool(f.Action.GetValue() == "permit" && anyFrom && anyTo && !ports && (protocol == "" || protocol == "all") && !narrowed, ev)
	if !r.Whole() {
		m := r.Doc.Unknown()
		f.AnyAny, f.PortGranular, f.Logged, f.Enabled = m.Bool(), m.Bool(), m.Bool(), m.Bool()
		f.Sources, f.Destinations, f.Services = m.Texts(), m.Texts(), m.Texts()
	}
	return f
}

func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		Stateful: r.Doc.Off(), DialIn: r.Doc.Off(), EnableScheme: facts.NotApplicable().Text(), PasswordEncryption: r.Doc.NoDefault("encrypted-password").Bool(), LogTimestamps: r.Doc.NoDefault("syslog").Text(),
		CommandAccounting: r.Doc.NoDefault("the system underneath").Bool(), DosProtection: r.Doc.NoDefault("firewall syn-cookies").Bool(),
	}
	for _, path := range [][]string{{"firewall", "syn-cookies"}, {"firewall", "global-options", "syn-cookies"}} { // up to VyOS 1.3, and from 1.4 on
		switch v := r.Root.Value(path...); v.Text() {
		case "":
		case "enable", "disable":
			p.DosProtection = facts.Bool(v.Word == "enable", r.At(v))
		default:
			p.DosProtection = r.Odd(v).Bool()
		}
	}
	for _, c := range r.chains {
		if f := r.tracks(c); facts.Known(f) && f.GetValue() {
			p.Stateful = f
			break
		}
	}
	if f := r.Root.Get("firewall", "ipv4", "forward", "filter"); f != nil {
		p.DefaultActionDeny = r.Doc.NoDefault("default-action").Bool()
		if v := f.Value("default-action"); v != nil {
			p.DefaultActionDeny = facts.Bool(v.Word != "accept", r.At(v))
		}
	}
	for _, path := range [][]string{{"vpn", "pptp", "remote-access"}, {"vpn", "l2tp", "remote-access"}, {"vpn", "pptp"}} {
		if n := r.Root.Get(path...); n != nil {
			p.DialIn = facts.Bool(true, r.At(n))
		}
	}
	return p
}
