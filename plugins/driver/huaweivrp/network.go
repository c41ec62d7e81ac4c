package huaweivrp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.list()
	out := &pb.InterfaceList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	zones := map[string]*entry{}
	names := map[string]string{}
	for z := range r.find("firewall", "zone") {
		name := z.word(2)
		if name == "name" {
			name = z.word(3)
		}
		for _, l := range z.under() {
			if l.begins("add", "interface") && !l.undo {
				zones[l.word(2)], names[l.word(2)] = l, name
			}
		}
	}
	for e := range r.find("interface") {
		if e.undo || len(e.words) < 2 {
			continue
		}
		name := strings.Join(e.words[1:], "")
		i := r.port(e, name)
		if z := zones[name]; z != nil {
			i.Zone = facts.Text(names[name], r.at(z))
		} else if r.device.line == lineUSG {
			i.Zone = r.none().Text()
		}
		out.Items = append(out.Items, i)
	}
	return out
}

func (r *reader) port(e *entry, name string) *pb.Interface {
	i := &pb.Interface{Scope: name, Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display interface").Bool(), Enabled: r.defaultBool("interface-on", true)}
	below := r.none()
	if r.whole {
		below = facts.Absent(r.section(e.node))
	}
	i.FilterIn, i.FilterOut = below.Text(), below.Text()
	i.Described = below.Bool()
	if r.whole {
		i.Described = facts.Bool(false, r.section(e.node))
	}
	addresses, odd := []string{}, false
	var at []*pb.Evidence
	for _, l := range e.under() {
		switch {
		case l.words[0] == "shutdown":
			i.Enabled = facts.Bool(l.undo, r.at(l))
		case l.words[0] == "description" && !l.undo:
			i.Described = facts.Bool(true, r.at(l))
		case l.begins("traffic-filter") && !l.undo:
			if l.word(1) == "inbound" {
				i.FilterIn = facts.Text("acl "+aclIn(l), r.at(l))
			} else if l.word(1) == "outbound" {
				i.FilterOut = facts.Text("acl "+aclIn(l), r.at(l))
			}
		case l.begins("ip", "address") && !l.undo, l.begins("ipv6", "address") && !l.undo:
			if a, ok := withPrefix(l.words); ok {
				addresses, at = append(addresses, a), append(at, r.at(l))
			} else {
				odd = true
			}
		}
	}
	switch {
	case odd || !r.whole:
		i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", at...).Texts()
		if !odd {
			i.Addresses = r.none().Texts()
		}
	default:
		if len(at) == 0 {
			at = append(at, r.section(e.node))
		}
		i.Addresses = facts.Texts(addresses, at...)
	}
	return i
}

// withPrefix reads "ip address A MASK [sub]" and "ipv6 address A/N" or "A N".
func withPrefix(words []string) (string, bool) {
	if len(words) < 3 {
		return "", false
	}
	if p, err := netip.ParsePrefix(words[2]); err == nil {
		return p.String(), true
	}
	a, err := netip.ParseAddr(words[2])
	if err != nil || len(words) < 4 {
		return "", false
	}
	if n, ok := number(words[3]); ok && n <= int64(a.BitLen()) {
		return netip.PrefixFrom(a, int(n)).String(), true
	}
	m, err := netip.ParseAddr(words[3])
	if err != nil || !m.Is4() || !a.Is4() {
		return "", false
	}
	ones := 0
	b := m.As4()
	for bit := range 32 {
		if b[bit/8]&(0x80>>(bit%8)) == 0 {
			break
		}
		ones++
	}
	return netip.PrefixFrom(a, ones).String(), true
}

// addressBindings reads what ties addresses to hardware: fixed entries, and interfaces and VLANs that watch who uses which.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.list()
	out := &pb.AddressBindingList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	add := func(scope, mac, port, kind string, e *entry) {
		b := &pb.AddressBinding{Scope: scope, Kind: facts.Text(kind, r.at(e)), Mac: facts.NotApplicable().Text(), Interface: facts.Absent(r.at(e)).Text()}
		if mac != "" {
			b.Mac = facts.Text(mac, r.at(e))
		}
		if port != "" {
			b.Interface = facts.Text(port, r.at(e))
		}
		out.Items = append(out.Items, b)
	}
	for e := range r.find("arp", "static") {
		if !e.undo && len(e.words) >= 4 {
			add(e.words[2], e.words[3], e.after("interface"), "static-arp", e)
		}
	}
	for e := range r.find("user-bind", "static") {
		if !e.undo && e.after("ip-address") != "" {
			add(e.after("ip-address"), e.after("mac-address"), e.after("interface"), "source-guard", e)
		}
	}
	for _, e := range append(slices.Clone(r.byWord["interface"]), r.byWord["vlan"]...) {
		scope := strings.Join(e.words[1:], "")
		if e.words[0] == "vlan" {
			scope = "vlan " + e.word(1)
		}
		for _, l := range e.under() {
			if l.undo {
				continue
			}
			switch l.node.Text {
			case "port-security enable":
				add(scope, "", scope, "port-security", l)
			case "ip source check user-bind enable":
				add(scope, "", scope, "source-guard", l)
			case "arp anti-attack check user-bind enable":
				add(scope, "", scope, "arp-inspection", l)
			case "dhcp snooping enable":
				add(scope, "", scope, "dhcp-snooping", l)
			case "dot1x enable":
				add(scope, "", scope, "802.1x", l)
			}
		}
	}
	return out
}

// redundancyGroups reads who stands in for the device; whether the partner is there only the device itself can say.
func (r *reader) redundancyGroups(hrp driver.Document) *pb.RedundancyGroupList {
	s := r.list()
	out := &pb.RedundancyGroupList{State: s.state, Reason: s.reason, Detail: s.detail, Evidence: s.evidence}
	add := func(scope, kind string) *pb.RedundancyGroup {
		g := &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind)}
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display "+kind)
		g.State, g.PeerPresent = m.Text(), m.Bool()
		out.Items = append(out.Items, g)
		return g
	}
	for _, e := range r.byWord["interface"] {
		seen := map[string]bool{}
		for _, l := range e.under() {
			if id := l.after("vrid"); l.words[0] == "vrrp" && id != "" && !l.undo && !seen[id] {
				seen[id] = true
				add("vrrp "+id+" "+strings.Join(e.words[1:], ""), "vrrp").Kind.Evidence = []*pb.Evidence{r.at(l)}
			}
		}
	}
	if e := r.final("hrp", "enable"); e != nil && !e.undo {
		g := add("hrp", "hrp")
		g.Kind.Evidence = []*pb.Evidence{r.at(e)}
		hrpState(g, hrp)
	}
	for _, e := range r.byWord["stack"] {
		members := 0
		for _, l := range e.under() {
			if l.begins("stack", "member") || l.begins("stack", "slot") {
				members++
			}
		}
		if members > 1 || e.word(1) == "slot" && e.word(2) != "0" && len(out.Items) == 0 {
			add("stack", "stack").Kind.Evidence = []*pb.Evidence{r.section(e.node)}
			break
		}
	}
	if e := r.final("dfs-group"); e != nil && !e.undo {
		add("m-lag "+e.word(1), "mlag").Kind.Evidence = []*pb.Evidence{r.at(e)}
	}
	return out
}

// hrpState reads "Role: active, peer: standby"; a peer that is not there is unknown to the device.
func hrpState(g *pb.RedundancyGroup, shown driver.Document) {
	if !shown.Whole() {
		m := shown.Unknown()
		g.State, g.PeerPresent = m.Text(), m.Bool()
		return
	}
	for n, l := range shown.Lines() {
		text := strings.ToLower(strings.TrimSpace(l))
		rest, ok := strings.CutPrefix(text, "role: ")
		if !ok {
			continue
		}
		role, peer, _ := strings.Cut(rest, ", peer: ")
		peer, _, _ = strings.Cut(peer, " ")
		g.State = facts.Text(role, shown.Line(n, l))
		switch peer {
		case "active", "standby":
			g.PeerPresent = facts.Bool(true, shown.Line(n, l))
		case "unknown":
			g.PeerPresent = facts.Bool(false, shown.Line(n, l))
		}
	}
}
