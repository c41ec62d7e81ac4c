package site

import (
	"net/netip"
	"strings"
)

// Names says whether a list of addresses and host names holds address. sure is false where that cannot be
// told without asking a name server: one is a name and the other an address, or one is the short form of the other.
func Names(list []string, address string) (named, sure bool) {
	sure = true
	for _, entry := range list {
		is, known := same(entry, address)
		if is {
			return true, true
		}
		sure = sure && known
	}
	return false, sure
}

func same(entry, address string) (is, known bool) {
	entry, address = plain(entry), plain(address)
	if entry == address {
		return true, true
	}
	a, err1 := netip.ParseAddr(entry)
	b, err2 := netip.ParseAddr(address)
	switch {
	case err1 == nil && err2 == nil:
		return a.Unmap() == b.Unmap().WithZone(""), true
	case err1 != nil && err2 != nil:
		return false, !strings.HasPrefix(entry, address+".") && !strings.HasPrefix(address, entry+".")
	}
	return false, false
}

func plain(s string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
}
