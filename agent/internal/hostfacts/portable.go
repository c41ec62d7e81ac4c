package hostfacts

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"syscall"

	psnet "github.com/shirou/gopsutil/v3/net"
	psprocess "github.com/shirou/gopsutil/v3/process"
)

// portable lists listeners by gopsutil.
func portable(ctx context.Context) ([]Listener, error) {
	conns, err := psnet.ConnectionsWithContext(ctx, "inet")
	if err != nil {
		return nil, err
	}
	var out []Listener
	holders := map[int32]*Holder{}
	for _, c := range conns {
		l := Listener{Protocol: "tcp"}
		switch {
		case c.Type == syscall.SOCK_STREAM && c.Status == "LISTEN":
		case c.Type == syscall.SOCK_DGRAM && c.Raddr.Port == 0:
			l.Protocol = "udp"
		default:
			continue
		}
		addr, err := netip.ParseAddr(c.Laddr.IP)
		if err != nil || c.Laddr.Port == 0 {
			continue
		}
		l.Address = netip.AddrPortFrom(addr.WithZone(""), uint16(c.Laddr.Port))
		if len(c.Uids) > 1 {
			l.UID = uint32(c.Uids[1])
		}
		if c.Pid != 0 {
			h, ok := holders[c.Pid]
			if !ok {
				h = portableHolder(ctx, c.Pid)
				holders[c.Pid] = h
			}
			l.Holder = h
		}
		if l.Holder == nil {
			l.Why = "its process could not be told"
		}
		out = append(out, l)
	}
	return sorted(out), nil
}

func portableHolder(ctx context.Context, pid int32) *Holder {
	p, err := psprocess.NewProcessWithContext(ctx, pid)
	if err != nil {
		return nil
	}
	name, err := p.NameWithContext(ctx)
	if err != nil {
		return nil
	}
	h := &Holder{PID: int(pid), Name: name}
	if uids, err := p.UidsWithContext(ctx); err == nil && len(uids) > 1 {
		h.UID = uint32(uids[1])
	}
	return h
}

// sorted orders listeners and drops the doubles: one process may have several sockets on one port.
func sorted(list []Listener) []Listener {
	pid := func(l Listener) int {
		if l.Holder == nil {
			return 0
		}
		return l.Holder.PID
	}
	compare := func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), a.Address.Compare(b.Address), cmp.Compare(pid(a), pid(b)))
	}
	slices.SortFunc(list, compare)
	return slices.CompactFunc(list, func(a, b Listener) bool { return compare(a, b) == 0 })
}
