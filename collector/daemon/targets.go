package daemon

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/inventory"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// targetsOf reads the targets of an order, and the hosts on the way to them. One that cannot be visited as it is stated has ended.
func targetsOf(targets, hops []*pb.OrderTarget, drivers []string) (to, way []*inventory.Target, wrong []*pb.TargetEnd) {
	for _, h := range hops {
		if t, why := targetOf(h, drivers); why == nil {
			way = append(way, t)
		}
	}
	for _, t := range targets {
		read, why := targetOf(t, drivers)
		if why != nil {
			wrong = append(wrong, &pb.TargetEnd{TargetId: t.GetTarget().GetId(), State: pb.VisitState_VISIT_STATE_FAILED, Detail: why})
			continue
		}
		if !slices.ContainsFunc(to, func(o *inventory.Target) bool { return o.ID == read.ID }) {
			to = append(to, read)
		}
	}
	return to, way, wrong
}

// targetOf reads one target.
func targetOf(o *pb.OrderTarget, drivers []string) (*inventory.Target, *pb.Text) {
	p := o.GetTarget()
	t := &inventory.Target{
		ID: p.GetId(), Name: o.GetName(), Address: p.GetAddress(), Port: int(o.GetPort()), Driver: cmp.Or(p.GetDriver(), inventory.Auto),
		Transports: o.GetTransports(), Zone: p.GetZone(), Role: p.GetRole(), Labels: p.GetLabels(),
		Credential: o.GetCredential(), SNMPCredential: o.GetSnmpCredential(), User: o.GetAccount(), Jump: o.GetJump(),
		Algorithms: o.GetAlgorithms(), Encoding: o.GetEncoding(), Sudo: o.GetSudo(),
	}
	if len(t.Transports) == 0 {
		t.Transports = []string{"ssh"}
	}
	switch {
	case t.Address == "":
		return nil, checks.Say("任务未给出地址", "the order states no address")
	case o.GetPort() > 65535:
		return nil, checks.Say("端口 %d 无效", "%d is no port", o.GetPort())
	case t.Driver != inventory.Auto && !slices.Contains(drivers, t.Driver):
		return nil, checks.Say("本采集器没有驱动 %q", "this collector has no driver %q", t.Driver)
	case slices.ContainsFunc(t.Transports, func(w string) bool { return w != "ssh" && w != "snmp" }):
		return nil, checks.Say("连接方式应为 ssh、snmp", "a transport is ssh or snmp")
	case t.Algorithms != "" && t.Algorithms != inventory.Legacy:
		return nil, checks.Say("algorithms %q 无效", "algorithms %q is not known", t.Algorithms)
	}
	return t, nil
}
