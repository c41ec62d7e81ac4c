package access

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/site"
)

// Networks that together hold so many addresses limit nothing: a sixteenth of the Internet, IPv4 or IPv6.
const (
	everyone4 = 1 << (32 - 4)
	everyone6 = 1 << (64 - 4) // counted in /64
)

// onlyWild are patterns that match every address or name.
var onlyWild = regexp.MustCompile(`^[*?.:]+$`)

// Everybody says whether a list of sources lets everybody in, and by what: a word for all, a network that is too wide,
// or networks that are too many. A list of nothing but exceptions lets in everybody else.
func Everybody(sources []string) (by string, everybody bool) {
	exceptions := 0
	for _, s := range sources {
		switch word := strings.ToLower(strings.TrimSpace(s)); {
		case slices.Contains([]string{"any", "all", "anywhere", "everyone", "everybody", "any4", "any6", "0.0.0.0", "::"}, word), onlyWild.MatchString(word):
			return s, true
		case strings.HasPrefix(word, "!"), strings.HasPrefix(word, "not "):
			exceptions++
		}
	}
	if exceptions > 0 && exceptions == len(sources) {
		return strings.Join(sources, ", "), true
	}
	nets, _ := networks(sources)
	slices.SortFunc(nets, func(a, b netip.Prefix) int { return a.Bits() - b.Bits() })
	var total4, total6 uint64
	for i, n := range nets {
		if site.TooWide(n) {
			return n.String(), true
		}
		if slices.ContainsFunc(nets[:i], func(o netip.Prefix) bool { return site.Within(n, o) }) {
			continue
		}
		if n.Addr().Is4() {
			total4 += 1 << (32 - n.Bits())
		} else {
			total6 += 1 << (64 - min(n.Bits(), 64))
		}
		if total4 >= everyone4 || total6 >= everyone6 {
			return strings.Join(sources, ", "), true
		}
	}
	return "", false
}

// networks tells those sources apart that are addresses from those that are words.
func networks(sources []string) (nets []netip.Prefix, words []string) {
	for _, s := range sources {
		n, err := network(strings.TrimSpace(s))
		if err != nil {
			words = append(words, s)
			continue
		}
		nets = append(nets, n)
	}
	return nets, words
}

// network reads a CIDR, an address, an address with a mask, or whole octets followed by wildcards.
func network(s string) (netip.Prefix, error) {
	if n, err := site.ParseNetwork(s); err == nil {
		return n, nil
	}
	if n, ok := octets(s); ok {
		return n, nil
	}
	addr, mask, ok := strings.Cut(s, "/")
	if !ok {
		addr, mask, ok = strings.Cut(s, " ")
	}
	a, err1 := netip.ParseAddr(addr)
	m, err2 := netip.ParseAddr(strings.TrimSpace(mask))
	if !ok || err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, fmt.Errorf("%q is not a network", s)
	}
	b := m.As4()
	v := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	for bits := range 33 {
		if v == 1<<32-1<<(32-bits) {
			return netip.PrefixFrom(a, bits).Masked(), nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("%q has no mask of leading ones", s)
}

// octets reads what sshd and TCP wrappers write for networks: "10.1.2.*", "10.1.*", "10.1.".
func octets(s string) (netip.Prefix, bool) {
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	given := len(parts)
	for given > 0 && parts[given-1] == "*" {
		given--
	}
	if given == 0 || len(parts) > 4 || given == len(parts) && (given == 4 || !strings.HasSuffix(s, ".")) {
		return netip.Prefix{}, false
	}
	filled := append(slices.Clone(parts[:given]), "0", "0", "0", "0")[:4]
	a, err := netip.ParseAddr(strings.Join(filled, "."))
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, 8*given), true
}
