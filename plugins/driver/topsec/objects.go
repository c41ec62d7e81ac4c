package topsec

import (
	"net/netip"
	"slices"
	"strings"
)

// objects are the addresses and services that have names.
type objects struct {
	addresses map[string]*line // hosts, subnets, ranges and groups
	byID      map[string]*line
	services  map[string]*line
}

func (r *reader) readObjects() objects {
	o := objects{addresses: map[string]*line{}, byID: map[string]*line{}, services: map[string]*line{}}
	for _, kind := range []string{"host", "subnet", "range", "group_address"} {
		for _, l := range r.find("define", kind, "add", "name") {
			o.addresses[l.word(4)] = l
			if l.id != "" {
				o.byID[l.id] = l
			}
		}
	}
	for _, kind := range []string{"service", "group_service"} {
		for _, l := range r.find("define", kind, "add", "name") {
			o.services[l.word(4)] = l
		}
	}
	return o
}

const maxNesting = 8

// resolve gives the addresses behind a name; ok is false if some of them is not there or not understood.
func (o *objects) resolve(name string, depth int) (out []string, ok bool) {
	l := o.addresses[name]
	if l == nil || depth > maxNesting {
		return nil, false
	}
	switch l.word(1) {
	case "host":
		out = strings.Fields(l.after("ipaddr", 5))
	case "subnet":
		if p, ok := masked(l.after("ipaddr", 5), l.after("mask", 5)); ok {
			out = []string{p}
		}
	case "range":
		if first, last := l.after("ip1", 5), l.after("ip2", 5); first != "" && last != "" {
			out = []string{first + "-" + last}
		}
	case "group_address":
		for _, member := range strings.Fields(l.after("member", 5)) {
			more, ok := o.resolve(member, depth+1)
			if !ok {
				return nil, false
			}
			out = append(out, more...)
		}
	}
	return out, len(out) > 0
}

// everybody says that addresses leave nobody out.
func everybody(addresses []string) bool {
	return slices.Contains(addresses, "0.0.0.0-255.255.255.255") || slices.Contains(addresses, "0.0.0.0/0")
}

func masked(address, mask string) (string, bool) {
	a, err1 := netip.ParseAddr(address)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return "", false
	}
	ones := 0
	b := m.As4()
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	for i := ones; i < 32; i++ {
		if b[i/8]&(0x80>>(i%8)) != 0 {
			return "", false
		}
	}
	return netip.PrefixFrom(a, ones).Masked().String(), true
}
