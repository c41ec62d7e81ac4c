package routeros

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// denying are the actions that refuse.
var denying = []string{"drop", "reject", "tarpit"}

// rules gives the rules of the packet filter for IPv4.
func (r *reader) rules() []*item {
	var out []*item
	for i := range r.items("ip firewall filter", "add") {
		out = append(out, i)
	}
	return out
}

// plain are settings of a rule that do not narrow it.
var plain = []string{"action", "chain", "comment", "disabled", "log", "log-prefix", "reject-with"}

func (i *item) narrowed() bool {
	return slices.ContainsFunc(i.keys, func(k string) bool { return !slices.Contains(plain, k) && i.values[k] != "" })
}

// lastOf gives the rule that refuses what is left in a chain; nil if none does.
func (r *reader) lastOf(chain string) *item {
	var last *item
	for _, i := range r.rules() {
		if i.values["chain"] == chain && !i.disabled() {
			last = i
		}
	}
	if last == nil || !slices.Contains(denying, last.values["action"]) || last.narrowed() {
		return nil
	}
	return last
}

// filters reads the packet filter, chain by chain.
func (r *reader) filters() (*pb.PacketFilterList, *pb.FilterRuleList) {
	s := r.doc.List()
	filters := &pb.PacketFilterList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	rules := &pb.FilterRuleList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byChain := map[string]*pb.PacketFilter{}
	for _, i := range r.rules() {
		chain := i.values["chain"]
		ev := r.at(i, "chain", "action")
		if chain == "" {
			r.odd(i, "action")
			continue
		}
		f := byChain[chain]
		if f == nil {
			f = &pb.PacketFilter{Scope: "filter " + chain, Active: facts.Bool(true, ev), AppliedTo: facts.Text(chain, ev), Rules: facts.Int(0, ev), DefaultAction: r.doc.NoDefault("ip firewall filter chain=" + chain).Text(), Stateful: r.doc.Off()}
			if chain == "input" || chain == "forward" || chain == "output" {
				f.DefaultAction = r.defaults.Text("chain", "accept")
			}
			if last := r.lastOf(chain); last != nil {
				f.DefaultAction = facts.Text("drop", r.at(last, "chain", "action"))
			}
			byChain[chain], filters.Items = f, append(filters.Items, f)
		}
		f.Rules.Value++
		if i.values["connection-state"] != "" && !i.disabled() {
			f.Stateful = facts.Bool(true, r.at(i, "chain", "connection-state"))
		}
		if rule := r.rule(i, f.Rules.Value); rule != nil {
			rules.Items = append(rules.Items, rule)
		}
	}
	if !r.doc.Whole() {
		for _, f := range filters.Items {
			f.Rules = r.doc.Unknown().Int()
		}
	}
	return filters, rules
}

// rule states what permits or refuses; what only counts, marks or jumps decides nothing.
func (r *reader) rule(i *item, n int64) *pb.FilterRule {
	act := i.values["action"]
	permit := act == "accept" || act == "fasttrack-connection"
	if !permit && !slices.Contains(denying, act) {
		return nil
	}
	ev := []*pb.Evidence{r.at(i, "chain", "action", "protocol", "src-address", "src-address-list", "dst-address", "dst-address-list", "dst-port", "in-interface", "in-interface-list", "connection-state")}
	out := &pb.FilterRule{Scope: fmt.Sprintf("filter %s rule %d", i.values["chain"], n), Action: facts.Text("deny", ev...), Enabled: facts.Bool(!i.disabled(), ev...), Logged: facts.Bool(i.values["log"] == "yes", ev...), Hits: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Int()}
	if permit {
		out.Action = facts.Text("permit", ev...)
	}
	side := func(address, list, place string) *pb.TextsFact {
		var words []string
		for _, k := range []string{address, list, place, place + "-list"} {
			if v := i.values[k]; v != "" {
				words = append(words, v)
			}
		}
		if len(words) == 0 {
			words = []string{"any"}
		}
		return facts.Texts(words, ev...)
	}
	out.Sources, out.Destinations = side("src-address", "src-address-list", "in-interface"), side("dst-address", "dst-address-list", "out-interface")
	service := i.values["protocol"]
	ports := i.values["dst-port"]
	if ports == "" {
		ports = i.values["port"]
	}
	switch {
	case service != "" && ports != "":
		service += "/" + ports
	case service == "":
		service = "any"
	}
	out.Services = facts.Texts([]string{service}, ev...)
	out.AnyAny = facts.Bool(permit && !i.narrowed(), ev...)
	out.PortGranular = facts.Bool(ports != "" && !strings.HasSuffix(ports, "-65535"), ev...)
	if state := i.values["connection-state"]; permit && state != "" && !strings.Contains(state, "new") && !strings.Contains(state, "!") { // it lets nothing begin
		out.PortGranular = facts.NotApplicable(ev...).Bool()
	}
	return out
}

// interfaces are those that have an address or a port of their own.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.Interface{}
	get := func(name string, ev *pb.Evidence) *pb.Interface {
		i := byName[name]
		if i == nil {
			na := facts.NotApplicable()
			i = &pb.Interface{Scope: name, Enabled: facts.Bool(true, ev), Described: facts.Bool(false, ev), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "interface print").Bool(), FilterIn: na.Text(), FilterOut: na.Text(), Zone: r.doc.Absence().Text(), Addresses: facts.Texts(nil, ev)}
			byName[name], out.Items = i, append(out.Items, i)
		}
		return i
	}
	for _, e := range r.byPath["interface ethernet"] {
		name := e.values["name"]
		for _, t := range e.targets {
			if n, ok := strings.CutPrefix(t, "default-name="); ok && name == "" {
				name = n
			}
		}
		if name == "" {
			continue
		}
		ev := r.at(e, "disabled")
		i := get(name, ev)
		i.Enabled, i.Described = facts.Bool(!e.disabled(), ev), facts.Bool(e.values["comment"] != "", ev)
	}
	for e := range r.items("ip address", "add") {
		if e.values["interface"] != "" && !e.disabled() {
			ev := r.at(e, "address", "interface")
			i := get(e.values["interface"], ev)
			i.Addresses = facts.Texts(append(slices.Clone(i.Addresses.GetValue()), e.values["address"]), ev)
		}
	}
	for e := range r.items("interface list member", "add") {
		if i := byName[e.values["interface"]]; i != nil && !e.disabled() {
			i.Zone = facts.Text(e.values["list"], r.at(e, "interface", "list"))
		}
	}
	return out
}

func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.items("ip arp", "add") {
		if e.values["mac-address"] == "" || e.disabled() {
			continue
		}
		ev := r.at(e, "address", "mac-address", "interface")
		out.Items = append(out.Items, &pb.AddressBinding{Scope: e.values["address"], Mac: facts.Text(e.values["mac-address"], ev), Interface: facts.Text(e.values["interface"], ev), Kind: facts.Text("static-arp", ev)})
	}
	return out
}

func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.items("interface vrrp", "add") {
		if !e.disabled() {
			m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "interface vrrp print")
			out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "vrrp " + e.values["vrid"] + " " + e.values["interface"], Kind: facts.Text("vrrp", r.at(e, "interface", "vrid")), State: m.Text(), PeerPresent: m.Bool()})
		}
	}
	return out
}
