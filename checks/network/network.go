// Package network judges what a target does for the network it stands in: fixed ties of addresses, redundancy, and
// protection against denial of service. Packet filters are judged in checks/filter.
package network

import "github.com/plumbline/plumbline/checks"

// All are the checks of this subject.
var All = []*checks.Check{Bindings, Redundancy, DoSProtection}
