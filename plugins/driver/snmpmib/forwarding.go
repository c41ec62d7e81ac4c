package snmpmib

import (
	"slices"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// forwarding reads the addresses that were learned on bridge ports: dot1qTpFdbTable, or dot1dTpFdbTable where that shows none. The
// device's own addresses and configured ones are no neighbours.
func (n *neighbours) forwarding() {
	ports, states, before := n.r.column(qFdbPort), n.r.column(qFdbStatus), 1
	if len(ports.rows) == 0 {
		ports, states, before = n.r.column(dFdbPort), n.r.column(dFdbStatus), 0
	}
	vlans := n.r.vlans()
	const learned = 3
	for _, row := range ports.rows {
		if len(row.index) != before+6 {
			continue
		}
		b, ok := octets(row.index[before:])
		state, hasState := states.at(row.index)
		port, isNumber := row.number()
		if !ok || !station(string(b)) || !hasState || state.Number != learned || !isNumber || port <= 0 {
			continue
		}
		ev := ports.here(row)
		item := &pb.Neighbour{Kind: facts.Text("fdb", ev, states.here(state)), Interface: n.bridgeInterface(port), Mac: facts.Text(hardware(string(b)), ev)}
		suffix := ""
		if before == 1 {
			item.Vlan = vlans.of(row.index[0])
			suffix = "database " + row.index[:1].String()
			if v := item.GetVlan().GetValue(); v > 0 {
				suffix = "vlan " + strconv.FormatInt(v, 10)
			}
		}
		if at, mac := item.GetInterface().GetValue(), item.GetMac().GetValue(); at != "" && !slices.Contains(n.learned[mac], at) {
			n.learned[mac] = append(n.learned[mac], at)
		}
		n.add(item, "port "+strconv.FormatInt(port, 10), item.GetMac().GetValue(), suffix)
	}
}

// bridgePort is the ifIndex of a bridge port (dot1dBasePortIfIndex), 0 if it is not told.
func (r *reader) bridgePort(port int64) int64 {
	v, ok := r.column(basePort).at(driver.OID{uint32(port)})
	index, isNumber := v.number()
	if !ok || !isNumber || index < 0 {
		return 0
	}
	return index
}

// bridged are the ifIndexes that are bridge ports.
func (r *reader) bridged() map[int64]bool {
	out := map[int64]bool{}
	for _, row := range r.column(basePort).rows {
		if index, ok := row.number(); ok {
			out[index] = true
		}
	}
	return out
}

func (n *neighbours) bridgeInterface(port int64) *pb.TextFact {
	if index := n.r.bridgePort(port); index > 0 {
		return n.r.interfaceNames().of(index)
	}
	c := n.r.column(basePort)
	if !c.all() {
		return c.missing().Text()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "which interface bridge port "+strconv.FormatInt(port, 10)+" is, the agent does not say", c.doc.All()).Text()
}

// vlans are the VLANs of each filtering database: one, or several that learn together (RFC 4363, dot1qVlanFdbId).
type vlans struct {
	c  *column
	by map[int64][]row
}

func (r *reader) vlans() vlans {
	v := vlans{c: r.column(qVlanFdb), by: map[int64][]row{}}
	for _, row := range v.c.rows {
		// The index is a time mark and the VLAN; some agents leave out the mark.
		if id, ok := row.number(); ok && (len(row.index) == 1 || len(row.index) == 2) {
			v.by[id] = append(v.by[id], row)
		}
	}
	return v
}

func (v vlans) of(database uint32) *pb.IntFact {
	if !v.c.all() {
		return v.c.missing().Int()
	}
	rows := v.by[int64(database)]
	if len(rows) == 0 {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no VLAN is said to use filtering database "+strconv.FormatUint(uint64(database), 10), v.c.doc.All()).Int()
	}
	const highest = 4094
	vlan := rows[0].index[len(rows[0].index)-1]
	for _, row := range rows {
		if row.index[len(row.index)-1] != vlan || vlan == 0 || vlan > highest {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "VLANs share the filtering database, or it has a number of its own", v.c.here(rows[0]), v.c.here(row)).Int()
		}
	}
	return facts.Int(int64(vlan), v.c.here(rows[0]))
}
