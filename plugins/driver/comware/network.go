package comware

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// zones gives the zone of each interface with the line that says so.
func (r *reader) zones() map[string]*pb.TextFact {
	out := map[string]*pb.TextFact{}
	for _, words := range [][]string{{"security-zone", "name"}, {"zone", "name"}} {
		for z := range r.Find(words...) {
			for _, l := range z.Under() {
				if l.Begins("import", "interface") && !l.Negated {
					name := strings.Join(l.Words[2:], "")
					if i := slices.Index(l.Words, "vlan"); i > 2 {
						name = strings.Join(l.Words[2:i], "")
					}
					out[name] = facts.Text(z.Word(2), r.At(l))
				}
			}
		}
	}
	return out
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	zones := r.zones()
	for e := range r.Find("interface") {
		if e.Negated || len(e.Words) < 2 || e.Word(1) == "range" {
			continue
		}
		name := strings.Join(e.Words[1:], "")
		i := r.port(e, name)
		if z := zones[name]; z != nil {
			i.Zone = z
		} else if len(zones) > 0 {
			i.Zone = r.Doc.Absence().Text()
		}
		out.Items = append(out.Items, i)
	}
	return out
}

func (r *reader) port(e *stanza.Entry, name string) *pb.Interface {
	i := &pb.Interface{Scope: name, Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "display interface").Bool(), Enabled: r.defaults.Bool("interface", true)}
	below := r.Doc.Absence()
	if r.Whole() {
		below = facts.Absent(r.Section(e))
	}
	i.FilterIn, i.FilterOut, i.Described = below.Text(), below.Text(), below.Bool()
	if r.Whole() {
		i.Described = facts.Bool(false, r.Section(e))
	}
	addresses, odd := []string{}, false
	var at []*pb.Evidence
	for _, l := range e.Under() {
		switch {
		case l.Words[0] == "shutdown":
			i.Enabled = facts.Bool(l.Negated, r.At(l))
		case l.Negated:
		case l.Words[0] == "description":
			i.Described = facts.Bool(true, r.At(l))
		case filterLine(l) != nil:
			name, direction := filterName(filterLine(l))
			if direction == "inbound" {
				i.FilterIn = facts.Text("acl "+name, r.At(l))
			} else if direction == "outbound" {
				i.FilterOut = facts.Text("acl "+name, r.At(l))
			}
		case l.Begins("ip", "address"), l.Begins("ipv6", "address"):
			if a, ok := withPrefix(l.Words); ok {
				addresses, at = append(addresses, a), append(at, r.At(l))
			} else {
				odd = true
			}
		}
	}
	switch {
	case !r.Whole():
		i.Addresses = r.Doc.Absence().Texts()
	case odd: // from a server, or a template's
		i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.Section(e)).Texts()
	case len(at) == 0:
		i.Addresses = facts.Texts(addresses, r.Section(e))
	default:
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
	ones, b := 0, m.As4()
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
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
			port := ""
			if len(e.Words) > 5 {
				port = strings.Join(e.Words[5:], "")
			}
			add(e.Words[2], e.Words[3], port, "static-arp", e)
		}
	}
	ports, dot1x := r.Final("port-security", "enable"), r.Final("dot1x")
	for _, e := range append(slices.Clone(r.ByWord("interface")), r.ByWord("vlan")...) {
		scope := strings.Join(e.Words[1:], "")
		if e.Words[0] == "vlan" {
			scope = "vlan " + e.Word(1)
		}
		for _, l := range e.Under() {
			switch {
			case l.Negated:
			case (l.Begins("ip", "source", "binding") || l.Begins("ip", "source", "static", "binding")) && l.After("ip-address") != "":
				add(l.After("ip-address"), l.After("mac-address"), scope, "source-guard", l)
			case l.Begins("ip", "verify", "source"), l.Begins("ip", "check", "source"):
				add(scope, "", scope, "source-guard", l)
			case l.Begins("port-security", "port-mode") && ports != nil && !ports.Negated:
				add(scope, "", scope, "port-security", l)
			case l.Node.Text == "arp detection enable":
				add(scope, "", scope, "arp-inspection", l)
			case l.Node.Text == "dot1x" && dot1x != nil && !dot1x.Negated && len(dot1x.Words) == 1:
				add(scope, "", scope, "802.1x", l)
			}
		}
	}
	if e := r.Final("dhcp", "snooping", "enable"); e != nil && !e.Negated {
		add("all vlans", "", "", "dhcp-snooping", e)
	}
	return out
}

// redundancyGroups reads who stands in for the device; whether the partner is there only the device itself can say.
func (r *reader) redundancyGroups(rbm driver.Document) *pb.RedundancyGroupList {
	s := r.Doc.List()
	out := &pb.RedundancyGroupList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope, kind, command string, ev *pb.Evidence) *pb.RedundancyGroup {
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, command)
		g := &pb.RedundancyGroup{Scope: scope, Kind: facts.Text(kind, ev), State: m.Text(), PeerPresent: m.Bool()}
		out.Items = append(out.Items, g)
		return g
	}
	for _, e := range r.ByWord("interface") {
		seen := map[string]bool{}
		for _, l := range e.Under() {
			if id := l.After("vrid"); l.Words[0] == "vrrp" && id != "" && !l.Negated && !seen[id] {
				seen[id] = true
				add("vrrp "+id+" "+strings.Join(e.Words[1:], ""), "vrrp", "display vrrp", r.At(l))
			}
		}
	}
	members := map[string]bool{}
	for e := range r.Find("irf", "member") {
		if members[e.Word(2)] = true; len(members) == 2 {
			add("irf", "stack", "display irf", r.At(e))
		}
	}
	for _, words := range [][]string{{"drni", "system-mac"}, {"m-lag", "system-mac"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			add(words[0], "mlag", "display "+words[0]+" summary", r.At(e))
		}
	}
	if e := r.Final("remote-backup", "group"); e != nil && !e.Negated {
		rbmState(add("rbm", "ha", showRBM, r.Section(e)), rbm)
	}
	return out
}

// rbmState reads the role of the device and whether the control channel to its partner is up.
func rbmState(g *pb.RedundancyGroup, shown driver.Document) {
	if !shown.Whole() {
		m := shown.Unknown()
		g.State, g.PeerPresent = m.Text(), m.Bool()
		return
	}
	for n, l := range shown.Lines() {
		key, value, _ := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		ev := shown.Line(n, strings.TrimSpace(l))
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "device running status", "device running state":
			g.State = facts.Text(strings.ToLower(value), ev)
		case "control channel status":
			if value == "Connected" || value == "Disconnected" {
				g.PeerPresent = facts.Bool(value == "Connected", ev)
			}
		}
	}
}
