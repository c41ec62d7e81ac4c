package snmpmib

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// listeners reads TCP-MIB and UDP-MIB. The list is complete on a Linux host, if both tables of RFC 4022 and RFC 4113 were shown to
// the end, the older tables know of no more, and the agent's own socket, through which we speak, is among them. On a device it never
// is: the tables are those of the agent's routing instance, and the management instance may be another.
func (r *reader) listeners() *pb.ListenerList {
	tcp, old, udp, oldUDP := r.column(tcpListener), r.column(tcpConnState), r.column(udpEndpoint), r.column(udpLocal)
	l := listening{r: r, seen: map[string]bool{}, list: &pb.ListenerList{}}
	for _, row := range tcp.rows {
		address, port, ok := endpoint(row.index)
		l.add("tcp", tcp, row, address, port, ok, false)
	}
	for _, row := range udp.rows {
		address, rest, ok := inetAddress(row.index)
		if !ok || len(rest) < 1 {
			l.odd(udp, row)
			continue
		}
		port := rest[0]
		_, remote, ok := inetAddress(rest[1:])
		if ok && len(remote) > 0 && remote[0] != 0 {
			continue // it speaks with one other only
		}
		l.add("udp", udp, row, address, port, ok && port <= 65535, false)
	}
	const listen = 2
	for _, row := range old.rows {
		if n, ok := row.number(); !ok || n != listen || len(row.index) != 10 {
			continue
		}
		address, port, ok := endpoint4(row.index)
		l.add("tcp", old, row, address, port, ok, len(tcp.rows) > 0)
	}
	for _, row := range oldUDP.rows {
		address, port, ok := endpoint4(row.index)
		l.add("udp", oldUDP, row, address, port, ok, len(udp.rows) > 0)
	}
	l.conclude(tcp, udp)
	return l.list
}

type listening struct {
	r    *reader
	list *pb.ListenerList
	seen map[string]bool
	// strange is why the list cannot be complete.
	strange string
	agent   bool
}

func (l *listening) odd(c *column, row row) {
	l.strange = fmt.Sprintf("%s line %d cannot be read", c.doc.Source, row.Line)
}

// add states a socket once; late says that a newer table should have had it. An invalid address is every address of both families.
func (l *listening) add(protocol string, c *column, row row, address netip.Addr, port uint32, ok, late bool) {
	if !ok {
		l.odd(c, row)
		return
	}
	host := "0.0.0.0"
	if address.IsValid() {
		host = address.String()
	}
	both := !address.IsValid()
	for {
		scope := protocol + " " + netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port)).String()
		if !l.seen[scope] {
			l.seen[scope] = true
			// RFC 4022 writes "every address" in three ways; a table that has one of them has them all.
			if late && !l.wildcard(protocol, port) {
				l.strange = scope + " is in one table and not in the other"
			}
			l.list.Items = append(l.list.Items, l.item(scope, protocol, host, c, row, port))
		}
		if !both || host == "::" {
			break
		}
		host = "::"
	}
	l.agent = l.agent || protocol == "udp" && port == 161
}

func (l *listening) wildcard(protocol string, port uint32) bool {
	return l.seen[fmt.Sprintf("%s [::]:%d", protocol, port)]
}

func (l *listening) item(scope, protocol, host string, c *column, row row, port uint32) *pb.Listener {
	ev := c.here(row)
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the MIB does not say", ev)
	item := &pb.Listener{
		Scope: scope, Protocol: facts.Text(protocol, ev), Address: facts.Text(host, ev), Port: facts.Int(int64(port), ev), Process: unsaid.Text(),
		LocalOnly: facts.Bool(netip.MustParseAddr(host).IsLoopback(), ev),
	}
	// tcpListenerProcess and udpEndpointProcess are indexes of hrSWRunTable.
	if row.Type == driver.Gauge32Type && row.Number > 0 {
		programs := l.r.column(hrRunName)
		if name, ok := programs.at(driver.OID{uint32(row.Number)}); ok && name.Type == driver.StringType && text(name.Text) != "" {
			item.Process = facts.Text(text(name.Text), ev, programs.here(name))
		}
	}
	return item
}

func (l *listening) conclude(tcp, udp *column) {
	list := l.list
	list.State, list.Evidence = pb.FactState_FACT_STATE_UNKNOWN, nil
	switch {
	case !tcp.all():
		list.Reason, list.Detail = why(tcp.missing())
	case !udp.all():
		list.Reason, list.Detail = why(udp.missing())
	case l.strange != "":
		list.Reason, list.Detail = pb.Reason_REASON_CONFLICT, l.strange
	case !l.agent:
		list.Reason, list.Detail = pb.Reason_REASON_CONFLICT, "the agent's own socket, udp 161, is not in its table"
	case l.r.os() != linux:
		list.Reason, list.Detail = pb.Reason_REASON_NOT_FOUND, "the tables show one routing instance; a device may have others"
	default:
		list.State, list.Evidence = pb.FactState_FACT_STATE_KNOWN, []*pb.Evidence{tcp.doc.All(), udp.doc.All()}
	}
}

func why(m facts.Missing) (pb.Reason, string) { return m.Text().GetReason(), m.Text().GetDetail() }

// endpoint reads an index of type, address and port.
func endpoint(index driver.OID) (netip.Addr, uint32, bool) {
	address, rest, ok := inetAddress(index)
	if !ok || len(rest) != 1 || rest[0] > 65535 {
		return netip.Addr{}, 0, false
	}
	return address, rest[0], true
}

// endpoint4 reads an index that begins with four numbers of an address and a port.
func endpoint4(index driver.OID) (netip.Addr, uint32, bool) {
	if len(index) < 5 || index[4] > 65535 {
		return netip.Addr{}, 0, false
	}
	b, ok := octets(index[:4])
	if !ok {
		return netip.Addr{}, 0, false
	}
	address, _ := netip.AddrFromSlice(b)
	return address, index[4], true
}

// services are what can be told to run from what it shows.
func (r *reader) services() *pb.ServiceList {
	list := &pb.ServiceList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_FOUND, Detail: "no MIB lists the services of a device"}
	if c := r.column(lldpRemChassis); len(c.rows) > 0 {
		ev := c.here(c.rows[0])
		list.Items = append(list.Items, &pb.Service{Scope: "lldp", Running: facts.Bool(true, ev)})
	}
	if run, ok := r.column(ciscoCDP).at(driver.OID{0}); ok {
		ev := r.column(ciscoCDP).here(run)
		if n, isNumber := run.number(); isNumber && (n == 1 || n == 2) { // TruthValue
			list.Items = append(list.Items, &pb.Service{Scope: "cdp", Running: facts.Bool(n == 1, ev), Enabled: facts.Bool(n == 1, ev)})
		} else {
			list.Items = append(list.Items, &pb.Service{Scope: "cdp", Running: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "neither true nor false: "+strconv.FormatInt(n, 10), ev).Bool()})
		}
	}
	return list
}
