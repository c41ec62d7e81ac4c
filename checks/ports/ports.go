// Package ports judges which ports of a target take traffic from the network, against those that the site approves for
// its role. It does not judge what is said on them.
package ports

import (
	"net/netip"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this subject.
var All = []*checks.Check{Listening}

// Reachable says whether others than the target itself can reach a listener: On, Off, or Unclear.
func Reachable(l *pb.Listener) services.State {
	if l.GetLocalOnly().GetState() == pb.FactState_FACT_STATE_KNOWN {
		if l.GetLocalOnly().GetValue() {
			return services.Off
		}
		return services.On
	}
	if l.GetAddress().GetState() != pb.FactState_FACT_STATE_KNOWN {
		return services.Unclear
	}
	if a, err := netip.ParseAddr(l.GetAddress().GetValue()); err == nil && a.Unmap().IsLoopback() {
		return services.Off
	}
	return services.On
}
