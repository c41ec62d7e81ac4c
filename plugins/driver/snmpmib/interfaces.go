package snmpmib

import (
	"net/netip"
	"sort"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// interfaces reads IF-MIB: ifTable has every interface.
func (r *reader) interfaces() *pb.InterfaceList {
	descr, admin, oper, alias := r.column(ifDescr), r.column(ifAdminStatus), r.column(ifOperStatus), r.column(ifAlias)
	list := &pb.InterfaceList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{descr.doc.All()}}
	if !descr.all() || !admin.all() {
		m := descr.missing()
		if descr.all() {
			m = admin.missing()
		}
		list.State, list.Reason, list.Detail, list.Evidence = pb.FactState_FACT_STATE_UNKNOWN, m.Text().GetReason(), m.Text().GetDetail(), m.Text().GetEvidence()
	}
	addresses := r.addresses()
	for n, d := range descr.rows {
		i := &pb.Interface{Scope: r.interfaceNames().scopes[n]}
		i.Enabled = status(admin, d.index, map[int64]bool{1: true, 2: false})
		i.Up = status(oper, d.index, map[int64]bool{1: true, 2: false, 6: false, 7: false})
		i.Described = alias.missing().Bool()
		if a, ok := alias.at(d.index); ok && a.Type == driver.StringType {
			i.Described = facts.Bool(text(a.Text) != "", alias.here(a))
		}
		i.Addresses = addresses.of(d.index)
		list.Items = append(list.Items, i)
	}
	return list
}

func status(c *column, index driver.OID, means map[int64]bool) *pb.BoolFact {
	s, ok := c.at(index)
	if !ok {
		return c.missing().Bool()
	}
	n, isNumber := s.number()
	v, known := means[n]
	if !isNumber || !known {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "another status", c.here(s)).Bool()
	}
	return facts.Bool(v, c.here(s))
}

// addresses are the addresses of each interface, by ifIndex.
type addresses struct {
	missing *facts.Missing
	by      map[string][]string
	// odd are the interfaces with an address whose prefix is not told.
	odd map[string]facts.Missing
	ev  *pb.Evidence
	// every says that the table has every address: on a device it has those of one routing instance.
	every bool
}

// addresses reads ipAddressTable of IP-MIB, which has both families. The older table has version 4 only, and does not say whether
// there are others.
func (r *reader) addresses() addresses {
	c, kinds, prefixes := r.column(ipAddressIf), r.column(ipAddressType), r.column(ipAddressPrefix)
	a := addresses{by: map[string][]string{}, odd: map[string]facts.Missing{}, ev: c.doc.All(), every: r.os() == linux}
	for _, need := range []*column{c, kinds, prefixes} {
		if !need.all() {
			m := need.missing()
			a.missing = &m
			return a
		}
	}
	for _, row := range c.rows {
		n, ok := row.number()
		if !ok {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "an address without an interface", c.here(row))
			a.missing = &m
			return a
		}
		owner := strconv.FormatInt(n, 10)
		const broadcast = 3
		if kind, ok := kinds.at(row.index); ok && kind.Number == broadcast {
			continue
		}
		address, _, ok := inetAddress(row.index)
		prefix, has := prefixes.at(row.index)
		bits := prefixBits(prefix)
		if !ok || !has || bits < 0 || bits > address.BitLen() {
			a.odd[owner] = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "an address whose prefix is not told", c.here(row))
			continue
		}
		a.by[owner] = append(a.by[owner], netip.PrefixFrom(address, bits).String())
	}
	return a
}

func (a addresses) of(index driver.OID) *pb.TextsFact {
	if a.missing != nil {
		return a.missing.Texts()
	}
	if m, ok := a.odd[index.String()]; ok {
		return m.Texts()
	}
	list := a.by[index.String()]
	if len(list) == 0 && !a.every {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the table shows one routing instance; the interface may be of another", a.ev).Texts()
	}
	sort.Strings(list)
	return facts.Texts(list, a.ev)
}

// prefixBits is the last number of the row pointer into ipAddressPrefixTable, whose index ends with the length; -1: it points nowhere.
func prefixBits(r row) int {
	root := driver.OID{1, 3, 6, 1, 2, 1, 4, 32, 1}
	oid, err := driver.ParseOID(r.Text)
	if r.Type != driver.OIDType || err != nil {
		return -1
	}
	if below, ok := oid.Below(root); !ok || len(below) < 5 || below[len(below)-1] > 128 {
		return -1
	}
	return int(oid[len(oid)-1])
}

// inetAddress takes InetAddressType and InetAddress (INET-ADDRESS-MIB) off an index. Type 0 is the unspecified address, which for
// listeners means every one of either family: it comes as the invalid address, with ok.
func inetAddress(index driver.OID) (netip.Addr, driver.OID, bool) {
	if len(index) == 0 {
		return netip.Addr{}, nil, false
	}
	part, rest, ok := sized(index[1:])
	b, isBytes := octets(part)
	if !ok || !isBytes {
		return netip.Addr{}, nil, false
	}
	switch kind := index[0]; {
	case kind == 0 && len(b) == 0:
		return netip.Addr{}, rest, true
	case (kind == 1 && len(b) == 4) || (kind == 2 && len(b) == 16):
		a, _ := netip.AddrFromSlice(b)
		return a, rest, true
	case kind == 3 && len(b) == 8, kind == 4 && len(b) == 20: // with a zone, which is of the device
		a, _ := netip.AddrFromSlice(b[:len(b)-4])
		return a, rest, true
	}
	return netip.Addr{}, nil, false
}
