package filter

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Permits says whether a rule lets something through.
func Permits(r *pb.FilterRule) services.State {
	action := services.Unclear
	if facts.Known(r.GetAction()) {
		action = services.Off
		if r.GetAction().GetValue() == "permit" {
			action = services.On
		}
	}
	// A rule of which nothing says that it is off is on.
	enabled := services.On
	switch {
	case facts.Known(r.GetEnabled()) && !r.GetEnabled().GetValue():
		enabled = services.Off
	case r.GetEnabled().GetState() == pb.FactState_FACT_STATE_UNKNOWN:
		enabled = services.Unclear
	}
	return both(action, enabled)
}

// Everything says whether a rule is for every source, destination and service.
func Everything(r *pb.FilterRule) services.State {
	if facts.Known(r.GetAnyAny()) {
		if r.GetAnyAny().GetValue() {
			return services.On
		}
		return services.Off
	}
	if r.GetAnyAny().GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE {
		return services.Off
	}
	return both(Any(r.GetSources()), both(Any(r.GetDestinations()), Any(r.GetServices())))
}

// Any says whether a list of addresses or services means all.
func Any(f *pb.TextsFact) services.State {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_ABSENT:
		return services.On
	case pb.FactState_FACT_STATE_KNOWN:
		if slices.ContainsFunc(f.GetValue(), func(v string) bool { return strings.EqualFold(v, "any") }) {
			return services.On
		}
		return services.Off
	}
	return services.Unclear
}

func both(a, b services.State) services.State {
	switch {
	case a == services.Off || b == services.Off:
		return services.Off
	case a == services.On && b == services.On:
		return services.On
	}
	return services.Unclear
}

// Protocols without ports: a rule cannot name what they do not have.
var portless = []string{"icmp", "icmpv6", "ipv6-icmp", "icmp6", "igmp", "esp", "ah", "gre", "ospf", "ospfigp", "eigrp", "pim", "vrrp", "carp", "ipip", "rsvp", "isis"}

func withoutPorts(f *pb.TextsFact) bool {
	return facts.Known(f) && len(f.GetValue()) > 0 && !slices.ContainsFunc(f.GetValue(), func(v string) bool {
		proto, _, _ := strings.Cut(strings.ToLower(v), "/")
		return !slices.Contains(portless, proto)
	})
}
