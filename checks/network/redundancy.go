package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Redundancy asks that a standby is there to take over.
var Redundancy = &checks.Check{
	ID:       "network.redundancy",
	Controls: []string{"NET-06"},
	Title:    checks.Say("关键设备双机热备", "Key devices have a standby"),
	Rationale: checks.Say(
		"核心、汇聚和重要接入设备单机运行时，一台故障即中断业务；备机失联的热备与单机无异。",
		"Where a core, aggregation or important access device stands alone, its failure stops the business; a pair whose standby is gone is no better."),
	Remedy: checks.Say(
		"华为/H3C：部署 VRRP、堆叠（iStack/IRF）或防火墙双机（HRP/RBM）；Cisco：HSRP/VRRP、StackWise、VSS 或 failover。检查 display vrrp、display hrp state、display irf、show standby brief 的对端状态。\n"+
			"在场所文件 roles.角色.redundant 中声明该角色是否须双机热备。",
		"Huawei and H3C: VRRP, stacking (iStack, IRF) or a firewall pair (HRP, RBM); Cisco: HSRP or VRRP, StackWise, VSS, or failover. See the partner's state with display vrrp, display hrp state, display irf, show standby brief.\n"+
			"State under roles.ROLE.redundant in the site file whether the role needs a standby."),
	Sees: checks.Say(
		"查看 VRRP、HSRP、HRP、堆叠、集群等冗余组及对端是否在位。没有冗余组时，是否须热备取决于场所文件中该角色的声明。线路、运营商和电源的冗余由人确认。",
		"Reads groups of VRRP, HSRP, HRP, stacks, clusters and the like, and whether the partner is there. Where there is none, it is for the site file to state whether the role needs one. Lines, carriers and power are for people to confirm."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		list := f.GetRedundancyGroups()
		role, _ := p.Site.Role(p.Role)
		none := checks.Say("未配置任何冗余", "nothing takes over")
		var empty checks.Result
		switch {
		case role.Redundant == nil:
			empty = checks.Unstated(standbyText, none, redundantQuestion(p.Role), list.GetEvidence()...)
		case *role.Redundant:
			empty = checks.Failed(standbyText, none, list.GetEvidence()...)
		default:
			empty = checks.NotApplicable(checks.Say("该角色不要求双机热备", "the role needs no standby"), list.GetEvidence()...)
		}
		if role.Redundant != nil {
			empty = empty.Quoting(fmt.Sprintf("roles.%s.redundant: %t", p.Role, *role.Redundant))
		}
		empty.Expected = standbyText
		if role.Redundant != nil && !*role.Redundant && len(list.GetItems()) == 0 {
			return []checks.Result{empty}
		}
		return checks.Each(list, empty, group)
	},
}

var standbyText = checks.Say("备机在位", "a standby is there")

func redundantQuestion(role string) *pb.Text {
	if role == "" {
		return checks.Say("该设备是否须双机热备？请以 --role 或在清单中指定角色，并填写场所文件 roles.角色.redundant", "must the device have a standby? Give it a role (--role, or in the inventory) and fill in roles.ROLE.redundant in the site file")
	}
	return checks.Say("角色 %[1]s 是否须双机热备？请填写场所文件 roles.%[1]s.redundant（true 或 false）", "must a %[1]s have a standby? Fill in roles.%[1]s.redundant in the site file (true or false)", role)
}

func group(g *pb.RedundancyGroup) checks.Result {
	r := checks.Is(g.GetPeerPresent(), true, standbyText)
	if !facts.Known(g.GetPeerPresent()) && slices.Contains([]string{"alone", "standalone", "single"}, strings.ToLower(g.GetState().GetValue())) {
		r = checks.Failed(standbyText, nil, g.GetState().GetEvidence()...)
	}
	what := strings.TrimSpace(g.GetKind().GetValue() + " " + g.GetState().GetValue())
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = checks.Say("%s，对端在位", "%s, the partner is there", what)
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("%s，对端不在位", "%s, the partner is not there", what)
	}
	return r
}
