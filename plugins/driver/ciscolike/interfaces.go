package ciscolike

import (
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Interfaces reads the interfaces, and the groups on them that take over when the device fails. silent says whether an interface is on
// that has neither "shutdown" nor "no shutdown".
func (b *Base) Interfaces(silent func(*stanza.Entry) *pb.BoolFact) {
	st := b.sections()
	list := &pb.InterfaceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	st = b.Doc.List()
	groups := &pb.RedundancyGroupList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range b.Find("interface") {
		if e.Negated || e.Word(1) == "" {
			continue
		}
		name := strings.Join(e.Words[1:], " ")
		list.Items = append(list.Items, b.iface(name, e, silent))
		groups.Items = append(groups.Items, b.groups(name, e)...)
	}
	b.Facts.Interfaces, b.Facts.RedundancyGroups = list, groups
}

// Enabled is for platforms on which an interface is on unless it is shut down.
func (b *Base) Enabled(e *stanza.Entry) *pb.BoolFact { return facts.Bool(true, b.Section(e)) }

func (b *Base) iface(name string, e *stanza.Entry, silent func(*stanza.Entry) *pb.BoolFact) *pb.Interface {
	missing := b.Doc.Absence()
	if b.Flat {
		missing = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the indentation is lost")
	}
	i := &pb.Interface{Scope: name, FilterIn: missing.Text(), FilterOut: missing.Text(), Zone: missing.Text()}
	section := b.Section(e)
	known := b.Whole() && !b.Flat
	if known {
		i.Enabled, i.Described = silent(e), facts.Bool(false, section)
	} else {
		i.Enabled, i.Described = missing.Bool(), missing.Bool()
	}
	addresses := []string{}
	for _, s := range e.Under() {
		switch {
		case s.Words[0] == "shutdown":
			i.Enabled = facts.Bool(s.Negated, b.At(s))
		case s.Words[0] == "description" && !s.Negated:
			i.Described = facts.Bool(len(s.Words) > 1, b.At(s))
		case filterOf(s) != "":
			filter, direction := filterOf(s), directionOf(s)
			switch direction {
			case "in":
				i.FilterIn = facts.Text(filter, b.At(s))
			case "out":
				i.FilterOut = facts.Text(filter, b.At(s))
			}
		case s.Begins("zone-member", "security") && !s.Negated:
			i.Zone = facts.Text(s.Word(2), b.At(s))
		case (s.Begins("ip", "address") || s.Begins("ipv4", "address")) && !s.Negated:
			if p, err := netip.ParsePrefix(s.Word(2)); err == nil {
				addresses = append(addresses, p.String())
			} else if p, ok := prefix(s.Word(2), s.Word(3)); ok {
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

// filterOf gives the list that a line below an interface applies; "" if it applies none.
func filterOf(s *stanza.Entry) string {
	switch {
	case s.Negated || directionOf(s) == "":
		return ""
	case s.Begins("ip", "access-group"), s.Begins("ipv4", "access-group"):
		return s.Word(2)
	case s.Begins("ip", "port", "access-group"):
		return s.Word(3)
	case s.Begins("ipv6", "traffic-filter"), s.Begins("ipv6", "access-group"):
		return "ipv6 " + s.Word(2)
	}
	return ""
}

func directionOf(s *stanza.Entry) string {
	for _, w := range s.Words[1:] {
		switch w {
		case "in", "ingress":
			return "in"
		case "out", "egress":
			return "out"
		}
	}
	return ""
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

var redundant = map[string]string{"standby": "hsrp", "hsrp": "hsrp", "vrrp": "vrrp", "vrrpv3": "vrrp", "glbp": "glbp"}

// groups reads HSRP, VRRP and GLBP of an interface, on one line each or as sections.
func (b *Base) groups(name string, e *stanza.Entry) []*pb.RedundancyGroup {
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
		if !slices.Contains([]string{"ip", "ipv4", "ipv6", "address-family"}, what) && len(s.Node.Children) == 0 {
			continue
		}
		scope := kind + " " + number + " " + name
		if !slices.ContainsFunc(out, func(g *pb.RedundancyGroup) bool { return g.GetScope() == scope }) {
			out = append(out, &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind, b.At(s))})
		}
	}
	return out
}
