package site

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

var (
	errNetwork = errors.New("neither an address nor a network (example: 10.1.2.0/24)")
	errPorts   = errors.New("not a port (examples: tcp/22, udp/161, tcp/8000-8010)")
)

// ParseNetwork reads an address or a CIDR. Bits behind the prefix are dropped; a zone makes it unreadable.
func ParseNetwork(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is %w", s, errNetwork)
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// The widest networks that still limit anything. Nobody but the Internet has more than 10.0.0.0/8 or fc00::/7.
const (
	widest4 = 8
	widest6 = 7
)

// TooWide says whether a network is so wide that limiting to it limits nothing.
func TooWide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < widest4
	}
	return p.Bits() < widest6
}

// Within says whether all of inner lies in outer.
func Within(inner, outer netip.Prefix) bool {
	return inner.Addr().Is4() == outer.Addr().Is4() && inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr())
}

// Ports is a protocol with a range of ports.
type Ports struct {
	Protocol    string
	First, Last uint16
}

// ParsePorts reads "tcp/22" or "tcp/8000-8010".
func ParsePorts(s string) (Ports, error) {
	bad := fmt.Errorf("%q is %w", s, errPorts)
	proto, span, ok := strings.Cut(s, "/")
	if !ok || proto != "tcp" && proto != "udp" {
		return Ports{}, bad
	}
	first, last, ranged := strings.Cut(span, "-")
	if !ranged {
		last = first
	}
	from, err1 := strconv.ParseUint(first, 10, 16)
	to, err2 := strconv.ParseUint(last, 10, 16)
	if err1 != nil || err2 != nil || from == 0 || to < from {
		return Ports{}, bad
	}
	return Ports{Protocol: proto, First: uint16(from), Last: uint16(to)}, nil
}

// Has says whether a port is among them.
func (p Ports) Has(protocol string, port int64) bool {
	return p.Protocol == protocol && port >= int64(p.First) && port <= int64(p.Last)
}
