package junos

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces are the physical ones and, of their units, those that are routed.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.list()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	zones := r.zones()
	for _, n := range r.Root.All("interfaces") {
		if n.Word == "interface-range" || n.Word == "traceoptions" || strings.HasPrefix(n.Word, "<") {
			continue
		}
		out.Items = append(out.Items, r.iface(n.Word, n))
		for _, u := range n.All("unit") {
			if !u.Has("family", "inet") && !u.Has("family", "inet6") {
				continue
			}
			i := r.iface(n.Word+"."+u.Word, u)
			r.routed(i, u)
			if z := zones[i.GetScope()]; z != nil {
				i.Zone = facts.Text(z.Word, r.At(z))
			}
			out.Items = append(out.Items, i)
		}
	}
	return out
}

func (r *reader) iface(name string, n *tree.Node) *pb.Interface {
	i := &pb.Interface{Scope: name, Enabled: r.Doc.NoDefault("disable").Bool(), Described: r.Doc.Off()}
	if d := n.Get("disable"); d != nil {
		i.Enabled = facts.Bool(false, r.At(d))
	}
	if d := n.Get("description"); d != nil {
		i.Described = facts.Bool(true, r.At(d))
	}
	return i
}

func (r *reader) routed(i *pb.Interface, u *tree.Node) {
	addresses, ev := []string{}, []*pb.Evidence{}
	i.FilterIn, i.FilterOut = r.Doc.Absence().Text(), r.Doc.Absence().Text()
	for _, family := range []string{"inet", "inet6"} {
		f := u.Get("family", family)
		for _, a := range f.All("address") {
			addresses, ev = append(addresses, a.Word), append(ev, r.At(a))
		}
		for word, to := range map[string]**pb.TextFact{"input": &i.FilterIn, "output": &i.FilterOut} {
			if v := f.Value("filter", word); v != nil && !facts.Known(*to) {
				*to = facts.Text(v.Word, r.At(v))
			}
		}
	}
	i.Addresses = facts.Texts(addresses, ev...)
	if !r.Whole() {
		i.Addresses = r.Doc.Unknown().Texts()
	}
}

// zones gives the zone of each interface.
func (r *reader) zones() map[string]*tree.Node {
	out := map[string]*tree.Node{}
	for _, z := range r.Root.All("security", "zones", "security-zone") {
		for _, i := range z.All("interfaces") {
			out[i.Word] = z
		}
	}
	return out
}

// addressBindings are fixed ARP entries, and what ties addresses to ports.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.list()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("interfaces") {
		for _, u := range n.All("unit") {
			for _, a := range u.All("family", "inet", "address") {
				for _, arp := range a.All("arp") {
					if mac := arp.Value("mac"); mac != nil {
						out.Items = append(out.Items, &pb.AddressBinding{Scope: arp.Word, Mac: facts.Text(mac.Word, r.At(mac)), Interface: facts.Text(n.Word+"."+u.Word, r.At(arp)), Kind: facts.Text("static-arp", r.At(arp))})
					}
				}
			}
		}
	}
	kinds := map[string]string{"arp-inspection": "arp-inspection", "ip-source-guard": "source-guard", "examine-dhcp": "dhcp-snooping"}
	vlans := r.Root.All("ethernet-switching-options", "secure-access-port", "vlan")
	for _, v := range r.Root.All("vlans") {
		if d := v.Get("forwarding-options", "dhcp-security"); d != nil {
			out.Items = append(out.Items, r.binding(v, d, "dhcp-snooping"))
			vlans = append(vlans[:len(vlans):len(vlans)], d)
		}
	}
	for _, v := range vlans {
		for _, w := range []string{"arp-inspection", "ip-source-guard", "examine-dhcp"} {
			if n := v.Get(w); n != nil {
				name := v
				if v.Word == "dhcp-security" {
					name = v.Parent.Parent
				}
				out.Items = append(out.Items, r.binding(name, n, kinds[w]))
			}
		}
	}
	return out
}

func (r *reader) binding(name, at *tree.Node, kind string) *pb.AddressBinding {
	return &pb.AddressBinding{Scope: name.Word + " " + kind, Interface: facts.Text(name.Word, r.At(at)), Kind: facts.Text(kind, r.At(at)), Mac: facts.NotApplicable(r.At(at)).Text()}
}

// redundancyGroups are VRRP groups, a cluster and a virtual chassis.
func (r *reader) redundancyGroups() *pb.RedundancyGroupList {
	s := r.list()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	none := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	for _, n := range r.Root.All("interfaces") {
		for _, u := range n.All("unit") {
			for _, family := range []string{"inet", "inet6"} {
				for _, a := range u.All("family", family, "address") {
					for _, word := range []string{"vrrp-group", "vrrp-inet6-group"} {
						for _, g := range a.All(word) {
							out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "vrrp " + g.Word + " " + n.Word + "." + u.Word, Kind: facts.Text("vrrp", r.At(g)), State: none.Text(), PeerPresent: none.Bool()})
						}
					}
				}
			}
		}
	}
	if c := r.Root.Get("chassis", "cluster"); c != nil {
		g := &pb.RedundancyGroup{Scope: "chassis cluster", Kind: facts.Text("cluster", r.At(c))}
		g.State, g.PeerPresent = r.cluster()
		out.Items = append(out.Items, g)
	}
	if c := r.Root.Get("virtual-chassis"); c != nil {
		out.Items = append(out.Items, &pb.RedundancyGroup{Scope: "virtual-chassis", Kind: facts.Text("stack", r.At(c)), State: none.Text(), PeerPresent: none.Bool()})
	}
	return out
}

func (r *reader) cluster() (*pb.TextFact, *pb.BoolFact) {
	doc := r.ans.Command(showCluster)
	state, peer := doc.Unknown().Text(), doc.Unknown().Bool()
	if doc.Whole() {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
		state, peer = m.Text(), m.Bool()
	}
	for n, l := range doc.Lines() {
		w := strings.Fields(l)
		if len(w) < 3 || !strings.HasPrefix(w[0], "node") || len(w[0]) != 5 {
			continue
		}
		ev := doc.Line(n, strings.TrimSpace(l))
		if there := w[2] == "primary" || w[2] == "secondary"; !there {
			return facts.Text(w[2], ev), facts.Bool(false, ev)
		}
		if w[2] == "secondary" {
			peer = facts.Bool(true, ev)
		}
		state = facts.Text("primary and secondary", ev)
	}
	return state, peer
}
