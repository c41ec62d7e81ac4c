package snmpmib

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A connection is one neighbour on one port: lldpRemLocalPortNum and lldpRemIndex.
type connection struct{ port, index uint32 }

// lldp reads lldpRemTable. A row can stand under several time marks; the last is the newest.
func (n *neighbours) lldp() {
	ids := n.r.column(lldpRemChassis)
	newest := map[connection]int{}
	for i, row := range ids.rows {
		if len(row.index) == 3 {
			newest[connection{row.index[1], row.index[2]}] = i
		}
	}
	addresses := n.lldpAddresses()
	for i, row := range ids.rows {
		if len(row.index) != 3 {
			continue
		}
		c := connection{row.index[1], row.index[2]}
		if newest[c] != i {
			continue
		}
		item := &pb.Neighbour{Kind: facts.Text("lldp", ids.here(row)), Interface: n.lldpInterface(c.port), Name: n.lldpName(row), Port: n.lldpPort(row)}
		item.Mac, item.Address = n.lldpChassis(row)
		if a, ok := addresses[c]; ok {
			item.Address = a
		} else if manage := n.r.column(lldpRemManage); !manage.ended() {
			item.Address = manage.missing().Text()
		}
		who := item.GetName().GetValue()
		for _, f := range []*pb.TextFact{item.GetMac(), item.GetAddress()} {
			if who == "" {
				who = f.GetValue()
			}
		}
		n.add(item, "port "+strconv.FormatUint(uint64(c.port), 10), who, "neighbour "+strconv.FormatUint(uint64(c.index), 10))
	}
}

// The forms of a chassis identifier (LldpChassisIdSubtype) and of a port identifier (LldpPortIdSubtype).
const (
	chassisComponent, chassisMAC, chassisAddress, chassisLocal = 1, 4, 5, 7
	portMAC, portAddress, portName                             = 3, 4, 5
)

// lldpChassis gives the hardware or the network address that a neighbour calls its chassis by.
func (n *neighbours) lldpChassis(id row) (mac, address *pb.TextFact) {
	ids, kinds := n.r.column(lldpRemChassis), n.r.column(lldpRemChassisKind)
	kind, ok := kinds.at(id.index)
	if !ok {
		return kinds.missing().Text(), kinds.missing().Text()
	}
	untold := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the neighbour does not say it", ids.here(id))
	mac, address = untold.Text(), untold.Text()
	switch a, isAddress := networkAddress(id.Text); {
	case id.Type != driver.StringType:
	case kind.Number == chassisMAC && station(id.Text):
		mac = facts.Text(hardware(id.Text), ids.here(id), kinds.here(kind))
	case kind.Number == chassisAddress && isAddress:
		address = facts.Text(a.String(), ids.here(id), kinds.here(kind))
	}
	return mac, address
}

// networkAddress reads an address after its family's number.
func networkAddress(s string) (netip.Addr, bool) {
	if len(s) != 5 && len(s) != 17 || int(s[0]) != 1+len(s)/17 {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice([]byte(s[1:]))
}

// lldpName is the neighbour's system name or, if it sends none, the name it has for its chassis.
func (n *neighbours) lldpName(id row) *pb.TextFact {
	names, ids, kinds := n.r.column(lldpRemSysName), n.r.column(lldpRemChassis), n.r.column(lldpRemChassisKind)
	f := names.missing().Text()
	if name, ok := names.at(id.index); ok {
		f = words(names, name)
	}
	kind, ok := kinds.at(id.index)
	if facts.Known(f) || !names.ended() || !ok || kind.Number != chassisComponent && kind.Number != chassisLocal {
		return f
	}
	if own := words(ids, id); facts.Known(own) {
		return own
	}
	return f
}

// lldpPort is how the neighbour calls its own port.
func (n *neighbours) lldpPort(id row) *pb.TextFact {
	kinds, ports := n.r.column(lldpRemPortKind), n.r.column(lldpRemPort)
	kind, ok := kinds.at(id.index)
	if !ok {
		return kinds.missing().Text()
	}
	port, ok := ports.at(id.index)
	if !ok {
		return ports.missing().Text()
	}
	switch {
	case port.Type == driver.StringType && kind.Number == portMAC && station(port.Text):
		return facts.Text(hardware(port.Text), ports.here(port), kinds.here(kind))
	case port.Type == driver.StringType && kind.Number == portAddress:
		if a, ok := networkAddress(port.Text); ok {
			return facts.Text(a.String(), ports.here(port), kinds.here(kind))
		}
	}
	return words(ports, port)
}

// lldpAddresses are the first management addresses. The time marks of lldpRemManAddrTable are its own.
func (n *neighbours) lldpAddresses() map[connection]*pb.TextFact {
	c, out := n.r.column(lldpRemManage), map[connection]*pb.TextFact{}
	for _, row := range c.rows {
		if len(row.index) < 5 {
			continue
		}
		at := connection{row.index[1], row.index[2]}
		a, rest, ok := inetAddress(row.index[3:]) // the numbers of these families are those of InetAddressType
		if ok && len(rest) == 0 && a.IsValid() && !a.IsUnspecified() && row.index[3] <= 2 && out[at] == nil {
			out[at] = facts.Text(a.String(), c.here(row))
		}
	}
	return out
}

// lldpInterface tells which interface a local port is. Its number is said to be a bridge port's or an ifIndex (LldpPortNumber), and
// devices keep to that or not; so the names of lldpLocPortTable go first.
func (n *neighbours) lldpInterface(port uint32) *pb.TextFact {
	kinds, ids, descriptions := n.r.column(lldpLocKind), n.r.column(lldpLocPort), n.r.column(lldpLocDescr)
	for _, c := range []*column{kinds, ids, descriptions} {
		if !c.ended() {
			return c.missing().Text()
		}
	}
	at := driver.OID{port}
	all := n.r.interfaceNames()
	id, hasID := ids.at(at)
	if kind, ok := kinds.at(at); ok && hasID && kind.Number == portName {
		if l, ok := n.r.like(text(id.Text)); ok && len(l.named) == 1 {
			return all.of(int64(l.named[0]))
		}
	}
	bridged := n.r.bridgePort(int64(port))
	if d, ok := descriptions.at(at); ok && text(d.Text) != "" {
		l, ok := n.r.like(text(d.Text))
		if ok && len(l.named) == 1 && len(l.described) == 0 && n.r.column(ifAlias).all() {
			return all.of(int64(l.named[0]))
		}
		for _, index := range []int64{bridged, int64(port)} {
			if ok && index > 0 && slices.Contains(slices.Concat(l.named, l.described), uint32(index)) && len(l.named)+len(l.described) == 1 {
				return all.of(index)
			}
		}
	}
	if bridged > 0 {
		return all.of(bridged)
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "which interface LLDP's port "+strconv.FormatUint(uint64(port), 10)+" is, the agent does not say", descriptions.doc.All()).Text()
}
