package inventory

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// span gives the members of a range such as 01:10, a:f or 0:20:2, both ends included; nil for what is none. One that is
// longer than most is cut just beyond it, for the caller to refuse.
func span(body string, most int) []string {
	parts := strings.Split(body, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return nil
	}
	step := 1
	if len(parts) == 3 {
		var err error
		if step, err = strconv.Atoi(parts[2]); err != nil || step < 1 {
			return nil
		}
	}
	from, to := parts[0], parts[1]
	if letter(from) && letter(to) {
		return count(int(from[0]), int(to[0]), step, most, func(i int) string { return string(rune(i)) })
	}
	if from == "" {
		from = "0"
	}
	low, ok := number(from)
	high, ok2 := number(to)
	if !ok || !ok2 {
		return nil
	}
	width := 0
	if len(from) > 1 && from[0] == '0' {
		if width = len(from); len(to) != width {
			return nil
		}
	}
	return count(low, high, step, most, func(i int) string { return fmt.Sprintf("%0*d", width, i) })
}

func count(low, high, step, most int, show func(int) string) []string {
	var out []string
	for i := low; i <= high && len(out) <= most; i += step {
		out = append(out, show(i))
	}
	return out
}

func letter(s string) bool {
	return len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}

// number reads up to nine digits.
func number(s string) (int, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}
