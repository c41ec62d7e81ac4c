package ciscolike

import (
	"net/netip"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Bindings reads what ties addresses to hardware.
func (b *Base) Bindings() {
	st := b.sections()
	list := &pb.AddressBindingList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	add := func(scope, kind, mac, where string, ev *pb.Evidence) {
		tie := &pb.AddressBinding{Scope: scope, Kind: facts.Text(kind, ev)}
		if mac != "" {
			tie.Mac = facts.Text(mac, ev)
		}
		if where != "" {
			tie.Interface = facts.Text(where, ev)
		}
		list.Items = append(list.Items, tie)
	}
	for e := range b.Find("arp") {
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
				add(w[0], "static-arp", w[1], where, b.At(e))
			}
		}
	}
	for e := range b.Find("ip", "source", "binding") {
		address, mac := e.Word(6), e.Word(3) // IOS: MAC vlan N ADDRESS interface NAME
		if _, err := netip.ParseAddr(e.Word(3)); err == nil {
			address, mac = e.Word(3), e.Word(4) // NX-OS: ADDRESS MAC vlan N interface NAME
		}
		if !e.Negated {
			add(address, "source-guard", mac, e.After("interface"), b.At(e))
		}
	}
	for _, g := range []struct{ words, kind string }{{"ip dhcp snooping vlan", "dhcp-snooping"}, {"ip arp inspection vlan", "arp-inspection"}} {
		words := strings.Fields(g.words)
		for e := range b.Find(words...) {
			if !e.Negated && len(e.Words) > 4 {
				add("vlan "+strings.Join(e.Words[4:], " "), g.kind, "", "vlan "+strings.Join(e.Words[4:], " "), b.At(e))
			}
		}
	}
	for e := range b.Find("interface") {
		name := strings.Join(e.Words[1:], " ")
		for _, s := range e.Under() {
			switch {
			case s.Negated:
			case s.Begins("ip", "arp") && len(s.Words) == 4: // NX-OS ties addresses below the interface
				if _, err := netip.ParseAddr(s.Word(2)); err == nil {
					add(s.Word(2), "static-arp", s.Word(3), name, b.At(s))
				}
			case s.Begins("ip", "verify", "source"):
				add(name, "source-guard", "", name, b.At(s))
			case len(s.Words) == 2 && s.Begins("switchport", "port-security"):
				add(name, "port-security", "", name, b.At(s))
			case s.Begins("dot1x", "port-control", "auto"), s.Begins("dot1x", "pae", "authenticator"), s.Begins("authentication", "port-control", "auto"), s.Begins("access-session", "port-control", "auto"):
				add(name, "802.1x", "", name, b.At(s))
			}
		}
	}
	b.Facts.AddressBindings = list
}
