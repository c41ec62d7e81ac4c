package ciscoios

import (
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces reads the interfaces, and the groups that take over when the device fails.
func (r *reader) interfaces() {
	st := r.Doc.List()
	if r.flat {
		st = driver.ListState{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "the indentation is lost"}
	}
	list := &pb.InterfaceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	st = r.Doc.List()
	groups := &pb.RedundancyGroupList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("interface") {
		if e.Negated || e.Word(1) == "" {
			continue
		}
		name := strings.Join(e.Words[1:], " ")
		i := r.iface(name, e)
		list.Items = append(list.Items, i)
		groups.Items = append(groups.Items, r.groups(name, e)...)
	}
	r.facts.Interfaces = list
	groups.Items = append(groups.Items, r.chassis()...)
	r.facts.RedundancyGroups = groups
}

func (r *reader) iface(name string, e *stanza.Entry) *pb.Interface {
	missing := r.Doc.Absence()
	if r.flat {
		missing = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the indentation is lost")
	}
	known := r.Whole() && !r.flat
	i := &pb.Interface{Scope: name, Enabled: missing.Bool(), Described: missing.Bool(), FilterIn: missing.Text(), FilterOut: missing.Text(), Zone: missing.Text()}
	section := r.Section(e)
	if known {
		i.Enabled, i.Described = facts.Bool(true, section), facts.Bool(false, section)
	}
	addresses := []string{}
	for _, s := range e.Under() {
		switch {
		case s.Words[0] == "shutdown":
			i.Enabled = facts.Bool(s.Negated, r.At(s))
		case s.Words[0] == "description" && !s.Negated:
			i.Described = facts.Bool(len(s.Words) > 1, r.At(s))
		case (s.Begins("ip", "access-group") || s.Begins("ipv6", "traffic-filter")) && !s.Negated:
			filter := s.Word(2)
			if s.Words[0] == "ipv6" {
				filter = "ipv6 " + filter
			}
			switch s.Word(3) {
			case "in":
				i.FilterIn = facts.Text(filter, r.At(s))
			case "out":
				i.FilterOut = facts.Text(filter, r.At(s))
			}
		case s.Begins("zone-member", "security") && !s.Negated:
			i.Zone = facts.Text(s.Word(2), r.At(s))
		case s.Begins("ip", "address") && !s.Negated:
			if p, ok := prefix(s.Word(2), s.Word(3)); ok {
				addresses = append(addresses, p)
			}
		case s.Begins("ipv6", "address") && !s.Negated:
			if p, err := netip.ParsePrefix(s.Word(2)); err == nil {
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
func (r *reader) groups(name string, e *stanza.Entry) []*pb.RedundancyGroup {
	var out []*pb.RedundancyGroup
	for _, s := range e.Under() {
		kind := redundant[s.Words[0]]
		if kind == "" || s.Negated {
			continue
		}
		number, what := s.Word(1), s.Word(2)
		if s.Words[0] == "standby" && (number == "ip" || number == "ipv6") {
			number, what = "0", number
		}
		if what != "ip" && what != "ipv6" && what != "address-family" {
			continue
		}
		scope := kind + " " + number + " " + name
		if !slices.ContainsFunc(out, func(g *pb.RedundancyGroup) bool { return g.GetScope() == scope }) {
			out = append(out, &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind, r.At(s))})
		}
	}
	return out
}

// chassis finds a stack of several members and redundant supervisors.
func (r *reader) chassis() []*pb.RedundancyGroup {
	var out []*pb.RedundancyGroup
	members := 0
	var last *stanza.Entry
	for e := range r.Find("switch") {
		if e.Word(2) == "provision" && !e.Negated {
			members++
			last = e
		}
	}
	if members > 1 {
		out = append(out, &pb.RedundancyGroup{Scope: "stack", Kind: facts.Text("stack", r.At(last))})
	}
	for e := range r.Find("redundancy") {
		for _, s := range e.Under() {
			if s.Words[0] == "mode" && (s.Word(1) == "sso" || s.Word(1) == "rpr-plus" || s.Word(1) == "rpr") {
				out = append(out, &pb.RedundancyGroup{Scope: "supervisor", Kind: facts.Text("ha", r.At(s))})
			}
		}
	}
	return out
}

// bindings reads what ties addresses to hardware.
func (r *reader) bindings() {
	st := r.Doc.List()
	if r.flat {
		st = driver.ListState{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "the indentation is lost"}
	}
	list := &pb.AddressBindingList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
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
	for e := range r.Find("arp") {
		w := e.Words[1:]
		if len(w) > 2 && w[0] == "vrf" {
			w = w[2:]
		}
		if len(w) >= 2 && !e.Negated {
			if _, err := netip.ParseAddr(w[0]); err == nil {
				where := ""
				if len(w) > 3 && w[2] == "arpa" {
					where = w[3]
				}
				add(w[0], "static-arp", w[1], where, r.At(e))
			}
		}
	}
	for e := range r.Find("ip", "source", "binding") {
		if !e.Negated {
			add(e.Word(6), "source-guard", e.Word(3), e.After("interface"), r.At(e))
		}
	}
	for _, g := range []struct{ words, kind string }{{"ip dhcp snooping vlan", "dhcp-snooping"}, {"ip arp inspection vlan", "arp-inspection"}} {
		words := strings.Fields(g.words)
		for e := range r.Find(words...) {
			if !e.Negated && len(e.Words) > 4 {
				add("vlan "+strings.Join(e.Words[4:], " "), g.kind, "", "vlan "+strings.Join(e.Words[4:], " "), r.At(e))
			}
		}
	}
	for e := range r.Find("interface") {
		name := strings.Join(e.Words[1:], " ")
		for _, s := range e.Under() {
			switch {
			case s.Negated:
			case s.Begins("ip", "verify", "source"):
				add(name, "source-guard", "", name, r.At(s))
			case len(s.Words) == 2 && s.Begins("switchport", "port-security"):
				add(name, "port-security", "", name, r.At(s))
			case s.Begins("dot1x", "port-control", "auto"), s.Begins("authentication", "port-control", "auto"), s.Begins("access-session", "port-control", "auto"):
				add(name, "802.1x", "", name, r.At(s))
			}
		}
	}
	r.facts.AddressBindings = list
}
