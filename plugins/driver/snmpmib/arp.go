package snmpmib

import (
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The kinds of ARP entries (RFC 4293): learned, and configured; the device's own addresses can be among the latter.
const (
	dynamic = 3
	static  = 4
)

// arpEntry is one entry with a hardware address.
type arpEntry struct {
	kind           int64
	address        netip.Addr
	mac            string
	kindAt, macAt  *pb.Evidence
	interfaceIndex int64
}

// arpEntries reads ipNetToPhysicalTable, and ipNetToMediaTable for what the first does not have. Entries that no station answered
// have no hardware address, or zeros, and are left out.
func (r *reader) arpEntries() iter.Seq[arpEntry] {
	return func(yield func(arpEntry) bool) {
		type key struct {
			index   uint32
			address netip.Addr
		}
		seen := map[key]bool{}
		for _, t := range []struct {
			kinds, macs string
			address     func(driver.OID) (netip.Addr, bool)
		}{{netToType, netToPhysical, versionedAddress}, {mediaType, mediaPhysical, version4Address}} {
			kinds, macs := r.column(t.kinds), r.column(t.macs)
			for _, row := range kinds.rows {
				a, ok := t.address(row.index)
				mac, hasMAC := macs.at(row.index)
				kind, isNumber := row.number()
				if !ok || !hasMAC || !isNumber || mac.Type != driver.StringType || !station(mac.Text) || a.IsMulticast() || seen[key{row.index[0], a}] {
					continue
				}
				seen[key{row.index[0], a}] = true
				if !yield(arpEntry{kind: kind, address: a, mac: hardware(mac.Text), kindAt: kinds.here(row), macAt: macs.here(mac), interfaceIndex: int64(row.index[0])}) {
					return
				}
			}
		}
	}
}

// versionedAddress reads an index of interface, address type and address.
func versionedAddress(index driver.OID) (netip.Addr, bool) {
	if len(index) < 2 {
		return netip.Addr{}, false
	}
	a, rest, ok := inetAddress(index[1:])
	return a, ok && len(rest) == 0 && a.IsValid()
}

// version4Address reads an index of interface and address.
func version4Address(index driver.OID) (netip.Addr, bool) {
	if len(index) != 5 {
		return netip.Addr{}, false
	}
	b, ok := octets(index[1:])
	a, _ := netip.AddrFromSlice(b)
	return a, ok
}

// hasVersion4 says that ipNetToPhysicalTable has version 4 too, so that the older table has nothing to add.
func (r *reader) hasVersion4() bool {
	for _, row := range r.column(netToType).rows {
		if a, ok := versionedAddress(row.index); ok && a.Is4() {
			return true
		}
	}
	return false
}

// own are the device's addresses.
func (r *reader) own() map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	for _, row := range r.column(ipAdEntIfIndex).rows {
		if b, ok := octets(row.index); ok && len(b) == 4 {
			a, _ := netip.AddrFromSlice(b)
			own[a] = true
		}
	}
	for _, row := range r.column(ipAddressIf).rows {
		if a, _, ok := inetAddress(row.index); ok {
			own[a] = true
		}
	}
	return own
}

// bindings are the static ARP entries that bind another host's address. Whether there are other kinds of binding no MIB says.
func (r *reader) bindings() *pb.AddressBindingList {
	list := &pb.AddressBindingList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_FOUND, Detail: "the ARP table shows static entries, not source guard and port security"}
	own := r.own()
	if len(own) == 0 {
		return list // its own addresses could not be told from others
	}
	taken := map[string]bool{}
	for e := range r.arpEntries() {
		scope := e.address.String()
		if e.kind != static || own[e.address] || taken[scope] {
			continue
		}
		taken[scope] = true
		list.Items = append(list.Items, &pb.AddressBinding{
			Scope: scope, Mac: facts.Text(e.mac, e.macAt), Kind: facts.Text("static-arp", e.kindAt), Interface: r.interfaceNames().of(e.interfaceIndex),
		})
	}
	return list
}

// arp are the stations that were learned by ARP and neighbour discovery.
func (n *neighbours) arp() {
	own, bridged := n.r.own(), n.r.bridged()
	for e := range n.r.arpEntries() {
		if e.kind != dynamic || own[e.address] {
			continue
		}
		item := &pb.Neighbour{
			Kind: facts.Text("arp", e.kindAt), Interface: n.arpInterface(e, bridged), Mac: facts.Text(e.mac, e.macAt), Address: facts.Text(e.address.String(), e.kindAt),
		}
		number := strconv.FormatInt(e.interfaceIndex, 10)
		n.add(item, "interface "+number, e.address.String(), "interface "+number)
	}
}

// arpInterface is the interface of an entry. Some agents count routed interfaces for themselves, so that the number is that of some
// switch port: where the forwarding table saw the station on another one, it is not believed.
func (n *neighbours) arpInterface(e arpEntry, bridged map[int64]bool) *pb.TextFact {
	f := n.r.interfaceNames().of(e.interfaceIndex)
	if ports := n.r.column(basePort); !ports.ended() {
		return ports.missing().Text()
	}
	if !bridged[e.interfaceIndex] || n.r.routed(e.interfaceIndex) {
		return f
	}
	for _, walk := range []string{qFdbPort, qFdbStatus, dFdbPort, dFdbStatus} {
		if c := n.r.column(walk); n.r.answers.Asked(driver.Walk(walk)) && !c.ended() {
			return c.missing().Text()
		}
	}
	if at := n.learned[e.mac]; len(at) > 0 && !slices.Contains(at, f.GetValue()) {
		return facts.Unknown(pb.Reason_REASON_CONFLICT, "the forwarding table has the station on "+strings.Join(at, ", "), e.kindAt).Text()
	}
	return f
}

// routed says that an interface is no port but that of a VLAN (IANAifType-MIB), which some agents count among the bridge's ports.
func (r *reader) routed(index int64) bool {
	const propVirtual, l2vlan, l3ipvlan = 53, 135, 136
	kind, ok := r.column(ifType).at(driver.OID{uint32(index)})
	return ok && slices.Contains([]int64{propVirtual, l2vlan, l3ipvlan}, kind.Number)
}
