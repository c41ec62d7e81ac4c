package snmpmib

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// neighbours are what LLDP, CDP, the forwarding table and the ARP table show. The list is never complete: a view leaves out rows, and
// the tables are those of one bridge and of one routing instance.
func (r *reader) neighbours() *pb.NeighbourList {
	n := &neighbours{r: r, list: &pb.NeighbourList{}, taken: map[string]bool{}, learned: map[string][]string{}}
	n.lldp()
	n.cdp()
	n.forwarding()
	n.arp()
	n.list.State, n.list.Reason = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NOT_FOUND
	n.list.Detail = "the agent shows no neighbours, or may not show them"
	if len(n.list.Items) > 0 {
		n.list.Detail = "an SNMP view can leave out neighbours, and those of other bridge and routing instances are not in the tables"
	}
	for _, walk := range neighbourWalks() {
		if c := r.column(walk); r.answers.Asked(driver.Walk(walk)) && !c.ended() {
			n.list.Reason, n.list.Detail = why(c.missing())
			break
		}
	}
	return n.list
}

type neighbours struct {
	r     *reader
	list  *pb.NeighbourList
	taken map[string]bool
	// learned are the interfaces on which the forwarding table has a hardware address.
	learned map[string][]string
}

// add names an item by how it is known, where, and who it is.
func (n *neighbours) add(item *pb.Neighbour, elsewhere, who, suffix string) {
	where := item.GetInterface().GetValue()
	if where == "" {
		where = elsewhere
	}
	item.Scope = unique(n.taken, strings.Join(strings.Fields(item.GetKind().GetValue()+" "+where+" "+who), " "), suffix)
	n.list.Items = append(n.list.Items, item)
}

// cdp reads cdpCacheTable of CISCO-CDP-MIB, whose index is the interface's and the device's.
func (n *neighbours) cdp() {
	devices, ports := n.r.column(ciscoCDPDevice), n.r.column(ciscoCDPPort)
	for _, row := range devices.rows {
		if len(row.index) != 2 {
			continue
		}
		ev := devices.here(row)
		item := &pb.Neighbour{
			Kind: facts.Text("cdp", ev), Interface: n.r.interfaceNames().of(int64(row.index[0])), Name: words(devices, row), Address: n.cdpAddress(row.index),
			Port: ports.missing().Text(),
		}
		if port, ok := ports.at(row.index); ok {
			item.Port = words(ports, port)
		}
		n.add(item, "interface "+row.index[:1].String(), item.GetName().GetValue(), "device "+row.index[1:].String())
	}
}

// cdpAddress reads an address of the kind that CiscoNetworkProtocol names.
func (n *neighbours) cdpAddress(index driver.OID) *pb.TextFact {
	const ip, ipv6 = 1, 20
	kinds, addresses := n.r.column(ciscoCDPType), n.r.column(ciscoCDPAddress)
	kind, ok := kinds.at(index)
	if !ok {
		return kinds.missing().Text()
	}
	address, ok := addresses.at(index)
	if !ok {
		return addresses.missing().Text()
	}
	a, ok := netip.AddrFromSlice([]byte(address.Text))
	switch {
	case address.Type != driver.StringType || !ok || a.Is4() != (kind.Number == ip) || a.Is6() != (kind.Number == ipv6):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "not an address of version 4 or 6", kinds.here(kind), addresses.here(address)).Text()
	case a.IsUnspecified():
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the neighbour tells no address", addresses.here(address)).Text()
	}
	return facts.Text(a.String(), addresses.here(address))
}

// words is a text that people wrote or a device made to be read.
func words(c *column, r row) *pb.TextFact {
	s := strings.Trim(r.Text, "\x00")
	switch {
	case r.Type != driver.StringType || !utf8.ValidString(s) || strings.ContainsFunc(strings.TrimSpace(s), unicode.IsControl):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "not a text in UTF-8", c.here(r)).Text()
	case text(s) == "":
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the neighbour does not say it", c.here(r)).Text()
	}
	return facts.Text(text(s), c.here(r))
}

// station says that six bytes are the hardware address of one station.
func station(mac string) bool {
	return len(mac) == 6 && mac[0]&1 == 0 && strings.Trim(mac, "\x00") != ""
}

// hardware prints a hardware address.
func hardware(mac string) string {
	const digits = "0123456789abcdef"
	var out []byte
	for i := range len(mac) {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[mac[i]>>4], digits[mac[i]&15])
	}
	return string(out)
}
