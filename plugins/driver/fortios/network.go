package fortios

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	zones := map[string]*node{}
	for t := range r.everywhere() {
		for e := range t.entries("system", "zone") {
			for _, member := range e.set("interface").values() {
				zones[member] = e
			}
		}
	}
	for e := range r.global.entries("system", "interface") {
		entry := r.at(e)
		i := &pb.Interface{
			Scope: e.word(0), Enabled: facts.Bool(e.set("status").word(1) != "down", entry), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "get system interface physical").Bool(),
			FilterIn: facts.NotApplicable().Text(), FilterOut: facts.NotApplicable().Text(), Zone: r.doc.Absence().Text(),
			Described: facts.Bool(e.set("description") != nil || e.set("alias") != nil, entry),
		}
		if !e.closed {
			m := r.doc.Unknown()
			i.Enabled, i.Described = m.Bool(), m.Bool()
		}
		if z := zones[e.word(0)]; z != nil {
			i.Zone = facts.Text(z.word(0), r.at(z))
		}
		addresses := []string{}
		if n := e.set("ip"); n != nil {
			if p, ok := prefix(n.word(1), n.word(2)); ok && p.Bits() > 0 {
				addresses = append(addresses, n.word(1)+p.String()[strings.LastIndexByte(p.String(), '/'):])
			}
		}
		for v6 := range e.tables("ipv6") {
			if n := v6.set("ip6-address"); n != nil && n.word(1) != "::/0" {
				addresses = append(addresses, n.word(1))
			}
		}
		i.Addresses = facts.Texts(addresses, entry)
		out.Items = append(out.Items, i)
	}
	return out
}

// redundancyGroups is the cluster, if there is one; who leads it only the device itself says.
func (r *reader) redundancyGroups(shown driver.Document) *pb.RedundancyGroupList {
	s := r.doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	mode := r.global.setting("mode", "system", "ha")
	if mode == nil || mode.word(1) == "standalone" {
		return out
	}
	g := &pb.RedundancyGroup{Scope: "ha", Kind: facts.Text("ha", r.at(mode))}
	m := shown.Unknown()
	g.State, g.PeerPresent = m.Text(), m.Bool()
	if shown.Whole() {
		g.PeerPresent = facts.Bool(false, shown.All())
		for n, l := range shown.Lines() {
			name, rest, ok := strings.Cut(l, ":")
			switch name = strings.TrimSpace(name); {
			case !ok:
			case name == "HA Health Status":
				g.State = facts.Text(strings.TrimSpace(rest), shown.Line(n, l))
			case (name == "Slave" || name == "Secondary") && strings.Contains(rest, " index"):
				g.PeerPresent = facts.Bool(true, shown.Line(n, l))
			}
		}
	}
	out.Items = append(out.Items, g)
	return out
}
