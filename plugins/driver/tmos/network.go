package tmos

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// addressBindings are fixed ARP entries.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for n := range r.all("net", "arp") {
		ip, at := n.value("ip-address")
		mac, hw := n.value("mac-address")
		if ip == "" || mac == "" {
			continue
		}
		out.Items = append(out.Items, &pb.AddressBinding{Scope: ip, Mac: facts.Text(mac, r.at(hw)), Interface: facts.NotApplicable().Text(), Kind: facts.Text("static-arp", r.at(at))})
	}
	return out
}

// redundancyGroups are the device groups that take over from one another; whether a partner is there the sync status says, which
// tells of each other device whether it is connected.
func (r *reader) redundancyGroups(shown driver.Document) *pb.RedundancyGroupList {
	s := r.doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for n := range r.all("cm", "device-group") {
		kind, at := n.value("type")
		if devices := n.get("devices"); kind != "sync-failover" || devices == nil || len(devices.children)+len(devices.words)-1 < 2 {
			continue
		}
		g := &pb.RedundancyGroup{Scope: "device-group " + name(n.words[len(n.words)-1]), Kind: facts.Text("ha", r.at(at))}
		connected(g, shown)
		out.Items = append(out.Items, g)
	}
	return out
}

func connected(g *pb.RedundancyGroup, shown driver.Document) {
	m := shown.Unknown()
	if shown.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, shown.Source)
	}
	g.State, g.PeerPresent = m.Text(), m.Bool()
	if !shown.Whole() {
		return
	}
	for n, l := range shown.Lines() {
		text := strings.TrimSpace(l)
		ev := shown.Line(n, text)
		switch status, ok := strings.CutPrefix(text, "Status "); {
		case ok:
			g.State = facts.Text(strings.ToLower(strings.TrimSpace(status)), ev)
		case strings.HasSuffix(text, ": connected") || strings.Contains(text, ": connected "):
			g.PeerPresent = facts.Bool(true, ev)
		case strings.HasSuffix(text, ": disconnected") || strings.Contains(text, ": disconnected "):
			if !facts.Known(g.PeerPresent) {
				g.PeerPresent = facts.Bool(false, ev)
			}
		}
	}
}
