package panos

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces are the physical ones and their units.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.list()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	zones := map[string]*tree.Node{}
	for _, v := range r.systems {
		for _, z := range v.node.All("zone") {
			for _, kind := range z.All("network") {
				for _, i := range kind.All() {
					zones[i.Word] = z
				}
			}
		}
	}
	add := func(n *tree.Node) {
		i := &pb.Interface{Scope: n.Word, Enabled: r.Doc.NoDefault("link-state").Bool(), Described: r.Doc.Off()}
		if c := n.Get("comment"); c != nil {
			i.Described = facts.Bool(true, r.At(c))
		}
		if v := n.Value("link-state"); v.Text() == "down" {
			i.Enabled = facts.Bool(false, r.At(v))
		} else if v != nil {
			i.Enabled = facts.Bool(true, r.At(v))
		}
		addresses, ev := []string{}, []*pb.Evidence{}
		for _, a := range slices.Concat(n.All("layer3", "ip"), n.All("ip")) {
			addresses, ev = append(addresses, a.Word), append(ev, r.At(a))
		}
		i.Addresses = facts.Texts(addresses, ev...)
		if !r.Whole() {
			i.Addresses = r.Doc.Unknown().Texts()
		}
		if z := zones[n.Word]; z != nil {
			i.Zone = facts.Text(z.Word, r.At(z))
		}
		out.Items = append(out.Items, i)
	}
	for _, kind := range []string{"ethernet", "aggregate-ethernet", "loopback", "vlan", "tunnel"} {
		list := r.device("network", "interface", kind)
		for _, n := range list.All() {
			if n.Word == "units" {
				for _, u := range n.All() {
					add(u)
				}
				continue
			}
			if kind != "ethernet" && kind != "aggregate-ethernet" {
				continue
			}
			add(n)
			for _, u := range n.All("layer3", "units") {
				add(u)
			}
		}
	}
	return out
}

// addressBindings are the fixed entries of ARP on interfaces and their units.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.list()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(n *tree.Node, entries []*tree.Node) {
		for _, e := range entries {
			if mac := e.Value("hw-address"); mac != nil {
				out.Items = append(out.Items, &pb.AddressBinding{
					Scope: e.Word, Mac: facts.Text(mac.Word, r.At(mac)), Interface: facts.Text(n.Word, r.At(n)), Kind: facts.Text("static-arp", r.At(mac)),
				})
			}
		}
	}
	for _, kind := range []string{"ethernet", "aggregate-ethernet", "vlan"} {
		list := r.device("network", "interface", kind)
		for _, n := range list.All() {
			add(n, n.All("layer3", "arp"))
			for _, u := range n.All("layer3", "units") {
				add(u, u.All("arp"))
			}
		}
		for _, u := range list.All("units") {
			add(u, u.All("arp"))
		}
	}
	return out
}

// services are the ways in that a baseline asks to be switched off.
func (r *reader) services(paths *pb.AccessPathList) *pb.ServiceList {
	s := r.list()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range paths.GetItems() {
		if p.GetScope() == "telnet" || p.GetScope() == "http" {
			out.Items = append(out.Items, &pb.Service{Scope: p.GetScope(), Enabled: p.GetEnabled()})
		}
	}
	return out
}

func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.list()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	ha := r.device("deviceconfig", "high-availability")
	on := r.answered(ha.Get("enabled"))
	if on == nil || !on.GetValue() {
		return out
	}
	g := &pb.RedundancyGroup{Scope: "high-availability", Kind: facts.Text("ha", on.GetEvidence()...)}
	doc := r.ans.Command(showHA)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	g.State, g.PeerPresent = m.Text(), m.Bool()
	part := ""
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		if strings.HasSuffix(t, "Information:") {
			part = t
		}
		state, ok := strings.CutPrefix(t, "State: ")
		if !ok {
			continue
		}
		word, _, _ := strings.Cut(state, " ")
		switch part {
		case "Local Information:":
			g.State = facts.Text(word, doc.Line(n, t))
		case "Peer Information:":
			g.PeerPresent = facts.Bool(word != "unknown", doc.Line(n, t))
		}
	}
	out.Items = append(out.Items, g)
	return out
}

// rulebases are where the rules of a virtual system stand, in the order in which they are tried.
var rulebases = []string{"pre-rulebase", "rulebase", "post-rulebase"}

// filters are the security rules of each virtual system.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.list()
	out := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	places := slices.Clone(r.systems)
	for _, n := range r.shared {
		if n.Has("pre-rulebase") || n.Has("post-rulebase") {
			places = append(places, system{"shared", n})
		}
	}
	for _, v := range places {
		var list []*tree.Node
		var at *tree.Node
		for _, b := range rulebases {
			if n := v.node.Get(b); n != nil {
				at = n
			}
			list = append(list, v.node.All(b, "security", "rules")...)
		}
		if at == nil {
			continue
		}
		f := &pb.PacketFilter{Scope: "security rules " + v.name, Active: facts.Bool(true, r.At(at)), AppliedTo: facts.Text(v.name, r.At(at)), Stateful: r.defaultBool(true, sessionRules), Rules: facts.Int(int64(len(list)), r.Section(at)), DefaultAction: r.interzone(v)}
		if !r.Whole() {
			f.Rules = r.Doc.Unknown().Int()
		}
		out.Items = append(out.Items, f)
		for i, n := range list {
			rules.Items = append(rules.Items, r.rule(v.name, i+1, n))
		}
	}
	return out, rules
}

// interzone is what happens between zones where no rule names the traffic.
func (r *reader) interzone(v system) *pb.TextFact {
	for _, b := range rulebases {
		if a := v.node.Value(b, "default-security-rules", "rules", "interzone-default", "action"); a != nil {
			return facts.Text(map[bool]string{true: "accept", false: "drop"}[a.Word == "allow"], r.At(a))
		}
	}
	return r.defaultText("drop", defaultRules)
}

func (r *reader) rule(system string, i int, n *tree.Node) *pb.FilterRule {
	ev := r.Section(n)
	f := &pb.FilterRule{Scope: "policy " + system + " " + strconv.Itoa(i) + " " + n.Word, Enabled: facts.Bool(n.Value("disabled").Text() != "yes", ev)}
	if !r.Whole() {
		f.Enabled = r.Doc.Unknown().Bool()
	}
	switch a := n.Value("action"); a.Text() {
	case "allow":
		f.Action = facts.Text("permit", ev)
	case "deny", "drop", "reset-client", "reset-server", "reset-both":
		f.Action = facts.Text("deny", ev)
	case "":
		f.Action = r.Doc.NoDefault("action").Text()
	default:
		f.Action = r.Odd(a).Text()
	}
	f.Sources, f.Destinations = r.addresses(n, "source", ev), r.addresses(n, "destination", ev)
	apps, services := words(n.All("application")), words(n.All("service"))
	open := func(list []string) bool { return slices.Contains(list, "any") }
	switch {
	case len(services) == 0:
		f.Services = r.Doc.NoDefault("service").Texts()
		f.PortGranular, f.AnyAny = r.Doc.NoDefault("service").Bool(), r.Doc.NoDefault("service").Bool()
	default:
		shown := services
		if open(services) && !open(apps) && len(apps) > 0 || slices.Contains(services, "application-default") {
			shown = apps
		}
		if len(shown) == 0 {
			shown = services
		}
		f.Services = facts.Texts(shown, ev)
		f.PortGranular = facts.Bool(!open(services) && !(slices.Contains(services, "application-default") && (open(apps) || len(apps) == 0)), ev)
		narrowed := !open(apps) && len(apps) > 0 || !anyone(n.All("source-user")) || !anyone(n.All("category")) || n.Value("negate-source").Text() == "yes" || n.Value("negate-destination").Text() == "yes"
		everywhere := slices.Contains(f.Sources.GetValue(), "any") && slices.Contains(f.Destinations.GetValue(), "any")
		f.AnyAny = facts.Bool(f.Action.GetValue() == "permit" && everywhere && (open(services) || slices.Contains(services, "application-default")) && !narrowed, ev)
	}
	f.Logged = r.Doc.NoDefault("log-end").Bool()
	if end := r.answered(n.Get("log-end")); end != nil {
		f.Logged = end
	}
	if start := r.answered(n.Get("log-start")); start != nil && start.GetValue() {
		f.Logged = start
	}
	if !r.Whole() {
		m := r.Doc.Unknown()
		f.AnyAny, f.PortGranular = m.Bool(), m.Bool()
	}
	return f
}

func words(nodes []*tree.Node) []string {
	out := []string{}
	for _, n := range nodes {
		out = append(out, n.Word)
	}
	return out
}

// anyone: nothing is said, or any.
func anyone(nodes []*tree.Node) bool {
	return len(nodes) == 0 || slices.Contains(words(nodes), "any")
}

func (r *reader) addresses(n *tree.Node, side string, ev *pb.Evidence) *pb.TextsFact {
	at := n.Get(side)
	list := words(at.All())
	if len(list) == 0 {
		return r.Doc.NoDefault(side).Texts()
	}
	if n.Value("negate-"+side).Text() == "yes" {
		for i := range list {
			list[i] = "not " + list[i]
		}
	}
	return facts.Texts(list, ev)
}

func (r *reader) protections() *pb.Protections {
	na := facts.NotApplicable()
	p := &pb.Protections{
		Stateful: r.defaultBool(true, sessionRules), DialIn: r.Doc.Off(), EnableScheme: na.Text(), PasswordEncryption: r.Doc.NoDefault("phash").Bool(), LogTimestamps: r.Doc.NoDefault("log format").Text(),
		CommandAccounting: r.Doc.NoDefault("audit-tracking").Bool(), DosProtection: r.Doc.Off(), DefaultActionDeny: r.defaultBool(true, defaultRules), SignaturesFrom: r.signatures(),
	}
	if f := r.answered(r.device("deviceconfig", "setting", "management", "audit-tracking", "op-commands")); f != nil {
		p.CommandAccounting = f
	}
	for _, v := range r.systems {
		if a := r.interzone(v); a.GetValue() == "accept" {
			p.DefaultActionDeny = facts.Bool(false, a.GetEvidence()...)
		}
		for _, z := range v.node.All("zone") {
			name := z.Value("network", "zone-protection-profile")
			if name != nil && r.device("network", "profiles", "zone-protection-profile", name.Word) != nil {
				p.DosProtection = facts.Bool(true, r.At(name))
			}
		}
	}
	return p
}
