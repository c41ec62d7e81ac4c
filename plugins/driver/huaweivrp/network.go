package huaweivrp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	zones := map[string]*stanza.Entry{}
	names := map[string]string{}
	for z := range r.Find("firewall", "zone") {
		name := z.Word(2)
		if name == "name" {
			name = z.Word(3)
		}
		for _, l := range z.Under() {
			if l.Begins("add", "interface") && !l.Negated {
				zones[l.Word(2)], names[l.Word(2)] = l, name
			}
		}
	}
	for e := range r.Find("interface") {
		if e.Negated || len(e.Words) < 2 {
			continue
		}
		name := strings.Join(e.Words[1:], "")
		i := r.port(e, name)
		if z := zones[name]; z != nil {
			i.Zone = facts.Text(names[name], r.At(z))
		} else if r.device.line == lineUSG {
			i.Zone = r.Doc.Absence().Text()
		}
		out.Items = append(out.Items, i)
	}
	return out
}

func (r *reader) port(e *stanza.Entry, name string) *pb.Interface {
	i := &pb.Interface{Scope: name, Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display interface").Bool(), Enabled: r.defaultBool("interface-on", true)}
	below := r.Doc.Absence()
	if r.Whole() {
		below = facts.Absent(r.Section(e))
	}
	i.FilterIn, i.FilterOut = below.Text(), below.Text()
	i.Described = below.Bool()
	if r.Whole() {
		i.Described = facts.Bool(false, r.Section(e))
	}
	addresses, odd := []string{}, false
	var at []*pb.Evidence
	for _, l := range e.Under() {
		switch {
		case l.Words[0] == "shutdown":
			i.Enabled = facts.Bool(l.Negated, r.At(l))
		case l.Words[0] == "description" && !l.Negated:
			i.Described = facts.Bool(true, r.At(l))
		case l.Begins("traffic-filter") && !l.Negated:
			if l.Word(1) == "inbound" {
				i.FilterIn = facts.Text("acl "+aclIn(l), r.At(l))
			} else if l.Word(1) == "outbound" {
				i.FilterOut = facts.Text("acl "+aclIn(l), r.At(l))
			}
		case l.Begins("ip", "address") && !l.Negated, l.Begins("ipv6", "address") && !l.Negated:
			if a, ok := withPrefix(l.Words); ok {
				addresses, at = append(addresses, a), append(at, r.At(l))
			} else {
				odd = true
			}
		}
	}
	switch {
	case odd || !r.Whole():
		i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", at...).Texts()
		if !odd {
			i.Addresses = r.Doc.Absence().Texts()
		}
	default:
		if len(at) == 0 {
			at = append(at, r.Section(e))
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
	if n, ok := stanza.Number(words[3]); ok && n <= int64(a.BitLen()) {
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
	s := r.Doc.List()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope, mac, port, kind string, e *stanza.Entry) {
		b := &pb.AddressBinding{Scope: scope, Kind: facts.Text(kind, r.At(e)), Mac: facts.NotApplicable().Text(), Interface: facts.Absent(r.At(e)).Text()}
		if mac != "" {
			b.Mac = facts.Text(mac, r.At(e))
		}
		if port != "" {
			b.Interface = facts.Text(port, r.At(e))
		}
		out.Items = append(out.Items, b)
	}
	for e := range r.Find("arp", "static") {
		if !e.Negated && len(e.Words) >= 4 {
			add(e.Words[2], e.Words[3], e.After("interface"), "static-arp", e)
		}
	}
	for e := range r.Find("user-bind", "static") {
		if !e.Negated && e.After("ip-address") != "" {
			add(e.After("ip-address"), e.After("mac-address"), e.After("interface"), "source-guard", e)
		}
	}
	for _, e := range append(slices.Clone(r.ByWord("interface")), r.ByWord("vlan")...) {
		scope := strings.Join(e.Words[1:], "")
		if e.Words[0] == "vlan" {
			scope = "vlan " + e.Word(1)
		}
		for _, l := range e.Under() {
			if l.Negated {
				continue
			}
			switch l.Node.Text {
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
	s := r.Doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope, kind string) *pb.RedundancyGroup {
		g := &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind)}
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display "+kind)
		g.State, g.PeerPresent = m.Text(), m.Bool()
		out.Items = append(out.Items, g)
		return g
	}
	for _, e := range r.ByWord("interface") {
		seen := map[string]bool{}
		for _, l := range e.Under() {
			if id := l.After("vrid"); l.Words[0] == "vrrp" && id != "" && !l.Negated && !seen[id] {
				seen[id] = true
				add("vrrp "+id+" "+strings.Join(e.Words[1:], ""), "vrrp").Kind.Evidence = []*pb.Evidence{r.At(l)}
			}
		}
	}
	if e := r.Final("hrp", "enable"); e != nil && !e.Negated {
		g := add("hrp", "hrp")
		g.Kind.Evidence = []*pb.Evidence{r.At(e)}
		hrpState(g, hrp)
	}
	for _, e := range r.ByWord("stack") {
		members := 0
		for _, l := range e.Under() {
			if l.Begins("stack", "member") || l.Begins("stack", "slot") {
				members++
			}
		}
		if members > 1 || e.Word(1) == "slot" && e.Word(2) != "0" && len(out.Items) == 0 {
			add("stack", "stack").Kind.Evidence = []*pb.Evidence{r.Section(e)}
			break
		}
	}
	if e := r.Final("dfs-group"); e != nil && !e.Negated {
		add("m-lag "+e.Word(1), "mlag").Kind.Evidence = []*pb.Evidence{r.At(e)}
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
