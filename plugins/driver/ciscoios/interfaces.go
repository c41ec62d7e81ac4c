package ciscoios

import (
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces reads the interfaces, and the groups that take over when the device fails.
func (r *reader) interfaces() {
	st := r.list()
	if r.flat {
		st = listState{state: pb.FactState_FACT_STATE_UNKNOWN, reason: pb.Reason_REASON_NOT_UNDERSTOOD, detail: "the indentation is lost"}
	}
	list := &pb.InterfaceList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	st = r.list()
	groups := &pb.RedundancyGroupList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	for e := range r.find("interface") {
		if e.no || e.word(1) == "" {
			continue
		}
		name := strings.Join(e.words[1:], " ")
		i := r.iface(name, e)
		list.Items = append(list.Items, i)
		groups.Items = append(groups.Items, r.groups(name, e)...)
	}
	r.facts.Interfaces = list
	groups.Items = append(groups.Items, r.chassis()...)
	r.facts.RedundancyGroups = groups
}

func (r *reader) iface(name string, e *entry) *pb.Interface {
	missing := r.absence()
	if r.flat {
		missing = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the indentation is lost")
	}
	known := r.whole && !r.flat
	i := &pb.Interface{Scope: name, Enabled: missing.Bool(), Described: missing.Bool(), FilterIn: missing.Text(), FilterOut: missing.Text(), Zone: missing.Text()}
	section := r.section(e)
	if known {
		i.Enabled, i.Described = facts.Bool(true, section), facts.Bool(false, section)
	}
	addresses := []string{}
	for _, s := range e.under() {
		switch {
		case s.words[0] == "shutdown":
			i.Enabled = facts.Bool(s.no, r.at(s))
		case s.words[0] == "description" && !s.no:
			i.Described = facts.Bool(len(s.words) > 1, r.at(s))
		case (s.begins("ip", "access-group") || s.begins("ipv6", "traffic-filter")) && !s.no:
			filter := s.word(2)
			if s.words[0] == "ipv6" {
				filter = "ipv6 " + filter
			}
			switch s.word(3) {
			case "in":
				i.FilterIn = facts.Text(filter, r.at(s))
			case "out":
				i.FilterOut = facts.Text(filter, r.at(s))
			}
		case s.begins("zone-member", "security") && !s.no:
			i.Zone = facts.Text(s.word(2), r.at(s))
		case s.begins("ip", "address") && !s.no:
			if p, ok := prefix(s.word(2), s.word(3)); ok {
				addresses = append(addresses, p)
			}
		case s.begins("ipv6", "address") && !s.no:
			if p, err := netip.ParsePrefix(s.word(2)); err == nil {
				addresses = append(addresses, p.String())
			}
		}
	}
	if i.Addresses = missing.Texts(); known {
		i.Addresses = facts.Texts(addresses, section)
	}
	return i
}

// prefix turns an address and its mask into an address with prefix length.
func prefix(address, mask string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return "", false
	}
	b := m.As4()
	ones := 0
	for _, o := range b {
		ones += bits.OnesCount8(o)
	}
	return netip.PrefixFrom(a, ones).String(), true
}

var redundant = map[string]string{"standby": "hsrp", "vrrp": "vrrp", "glbp": "glbp"}

// groups reads HSRP, VRRP and GLBP of an interface.
func (r *reader) groups(name string, e *entry) []*pb.RedundancyGroup {
	var out []*pb.RedundancyGroup
	for _, s := range e.under() {
		kind := redundant[s.words[0]]
		if kind == "" || s.no {
			continue
		}
		number, what := s.word(1), s.word(2)
		if s.words[0] == "standby" && (number == "ip" || number == "ipv6") {
			number, what = "0", number
		}
		if what != "ip" && what != "ipv6" && what != "address-family" {
			continue
		}
		scope := kind + " " + number + " " + name
		if !slices.ContainsFunc(out, func(g *pb.RedundancyGroup) bool { return g.GetScope() == scope }) {
			out = append(out, &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind, r.at(s))})
		}
	}
	return out
}

// chassis finds a stack of several members and redundant supervisors.
func (r *reader) chassis() []*pb.RedundancyGroup {
	var out []*pb.RedundancyGroup
	members := 0
	var last *entry
	for e := range r.find("switch") {
		if e.word(2) == "provision" && !e.no {
			members++
			last = e
		}
	}
	if members > 1 {
		out = append(out, &pb.RedundancyGroup{Scope: "stack", Kind: facts.Text("stack", r.at(last))})
	}
	for e := range r.find("redundancy") {
		for _, s := range e.under() {
			if s.words[0] == "mode" && (s.word(1) == "sso" || s.word(1) == "rpr-plus" || s.word(1) == "rpr") {
				out = append(out, &pb.RedundancyGroup{Scope: "supervisor", Kind: facts.Text("ha", r.at(s))})
			}
		}
	}
	return out
}

// bindings reads what ties addresses to hardware.
func (r *reader) bindings() {
	st := r.list()
	if r.flat {
		st = listState{state: pb.FactState_FACT_STATE_UNKNOWN, reason: pb.Reason_REASON_NOT_UNDERSTOOD, detail: "the indentation is lost"}
	}
	list := &pb.AddressBindingList{State: st.state, Reason: st.reason, Detail: st.detail, Evidence: st.evidence}
	add := func(scope, kind, mac, where string, ev *pb.Evidence) {
		b := &pb.AddressBinding{Scope: scope, Kind: facts.Text(kind, ev)}
		if mac != "" {
			b.Mac = facts.Text(mac, ev)
		}
		if where != "" {
			b.Interface = facts.Text(where, ev)
		}
		list.Items = append(list.Items, b)
	}
	for e := range r.find("arp") {
		w := e.words[1:]
		if len(w) > 2 && w[0] == "vrf" {
			w = w[2:]
		}
		if len(w) >= 2 && !e.no {
			if _, err := netip.ParseAddr(w[0]); err == nil {
				where := ""
				if len(w) > 3 && w[2] == "arpa" {
					where = w[3]
				}
				add(w[0], "static-arp", w[1], where, r.at(e))
			}
		}
	}
	for e := range r.find("ip", "source", "binding") {
		if !e.no {
			add(e.word(6), "source-guard", e.word(3), e.after("interface"), r.at(e))
		}
	}
	for _, g := range []struct{ words, kind string }{{"ip dhcp snooping vlan", "dhcp-snooping"}, {"ip arp inspection vlan", "arp-inspection"}} {
		words := strings.Fields(g.words)
		for e := range r.find(words...) {
			if !e.no && len(e.words) > 4 {
				add("vlan "+strings.Join(e.words[4:], " "), g.kind, "", "vlan "+strings.Join(e.words[4:], " "), r.at(e))
			}
		}
	}
	for e := range r.find("interface") {
		name := strings.Join(e.words[1:], " ")
		for _, s := range e.under() {
			switch {
			case s.no:
			case s.begins("ip", "verify", "source"):
				add(name, "source-guard", "", name, r.at(s))
			case len(s.words) == 2 && s.begins("switchport", "port-security"):
				add(name, "port-security", "", name, r.at(s))
			case s.begins("dot1x", "port-control", "auto"), s.begins("authentication", "port-control", "auto"), s.begins("access-session", "port-control", "auto"):
				add(name, "802.1x", "", name, r.at(s))
			}
		}
	}
	r.facts.AddressBindings = list
}
