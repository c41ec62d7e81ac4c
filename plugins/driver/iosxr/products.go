package iosxr

import "strconv"

// products are the numbers of this platform's models below 1.3.6.1.4.1.9.1 (CISCO-PRODUCTS-MIB); what has no number of its own there
// is taken for IOS.
var products = []int{
	613, 643, 738, 739, 822, 1017, 1018, 1331, 1639, 1640, 1658, 1709, 1762, 1851, 2264, 2317, 2318, 2349, 2350, 2351,
	2390, 2400, 2401, 2411, 2412, 2413, 2428, 2430, 2431, 2432, 2570, 2571, 2572, 2615, 2616, 2617, 2618, 2649, 2650, 2658,
	2735, 2782, 2783, 2787, 2843, 2866, 2867, 2981, 2982, 2983, 2984, 2985, 2986, 2987, 2988, 3075, 3076, 3077, 3090,
}

func sysObjectIDs() []string {
	out := make([]string, 0, len(products))
	for _, n := range products {
		out = append(out, "1.3.6.1.4.1.9.1."+strconv.Itoa(n))
	}
	return out
}
