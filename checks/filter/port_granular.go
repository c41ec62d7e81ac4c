package filter

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// PortGranular asks that what is permitted is permitted by port.
var PortGranular = &checks.Check{
	ID:       "filter.port_granular",
	Controls: []string{"PRT-03"},
	Title:    checks.Say("过滤规则精确到端口", "Rules permit by port"),
	Rationale: checks.Say(
		"只限地址、不限端口的规则把主机的全部服务暴露给对端，“任意到任意”的规则等于没有防火墙。",
		"A rule that names addresses but no ports shows every service of a host to the other side; one from anywhere to anywhere is no firewall at all."),
	Remedy: checks.Say(
		"逐条修改未限定端口的允许规则，写明协议与端口，删除任意到任意的规则。Linux：firewall-cmd --permanent --add-rich-rule 或 nft add rule … tcp dport 443 accept。华为：security-policy 规则内配置 service；H3C：rule 内配置 service 或 ACL rule permit tcp destination-port eq；Cisco：permit tcp 源 目的 eq 443，替换 permit ip any any。",
		"Go through the rules that permit without ports and name protocol and port; remove those from anywhere to anywhere. Linux: firewall-cmd --permanent --add-rich-rule, or nft add rule … tcp dport 443 accept. Huawei: service in the security-policy rule; H3C: service in the rule, or rule permit tcp destination-port eq in an ACL; Cisco: permit tcp SRC DST eq 443 instead of permit ip any any."),
	Sees: checks.Say(
		"查看启用的允许规则是否写明端口；没有端口的协议（ICMP、OSPF、ESP 等）以及放行已建立会话、本机回环的规则不要求端口。默认放行的过滤不因规则精确而判为符合。业务是否需要该端口由人确认。",
		"Reads whether each enabled rule that permits names ports; protocols that have none (ICMP, OSPF, ESP, …) and rules for established sessions or the loopback need not. A filter that lets everything else through does not pass for having exact rules. Whether the business needs a port is for people to say."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		list := f.GetFilterRules()
		permitted := 0
		var out []checks.Result
		for _, r := range list.GetItems() {
			if Permits(r) == services.Off {
				continue
			}
			permitted++
			if g := granular(r); g.Outcome == pb.Outcome_OUTCOME_FAIL || g.Outcome == pb.Outcome_OUTCOME_UNKNOWN {
				out = append(out, g.As(r.GetScope()))
			}
		}
		whole := checks.AllOf(denies(f, false)...)
		switch {
		case !complete(list):
			out = append(out, checks.Unknown(byPort, list.GetReason(), list.GetDetail(), list.GetEvidence()...))
		case len(out) == 0:
			out = append(out, checks.Passed(byPort, checks.Say("%d 条允许规则均精确到端口", "%d rules permit, each by port", permitted), list.GetEvidence()...))
		}
		// Exact rules are worth nothing where the rest is let through.
		switch whole.Outcome {
		case pb.Outcome_OUTCOME_PASS:
		case pb.Outcome_OUTCOME_NOT_APPLICABLE:
			if len(list.GetItems()) == 0 {
				return []checks.Result{whole}
			}
		default:
			if len(out) == 1 && out[0].Outcome == pb.Outcome_OUTCOME_PASS {
				out = nil
			}
			out = append(out, whole.As("default action"))
		}
		return out
	},
}

var byPort = checks.Say("每条允许规则写明端口", "each rule that permits names ports")

func granular(r *pb.FilterRule) checks.Result {
	ev := ruleEvidence(r)
	var out checks.Result
	switch g := r.GetPortGranular(); {
	case Everything(r) == services.On:
		out = checks.Failed(byPort, checks.Say("允许任意源到任意目的的全部服务", "permits every service from anywhere to anywhere"), ev...)
	case withoutPorts(r.GetServices()), g.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return checks.NotApplicable(checks.Say("协议没有端口", "nothing here has ports"), ev...)
	case g.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED:
		out = checks.Is(g, true, byPort)
		if out.Outcome == pb.Outcome_OUTCOME_FAIL {
			out.Observed = checks.Say("未限定端口", "names no ports")
		}
	case Any(r.GetServices()) == services.On:
		out = checks.Failed(byPort, checks.Say("允许全部服务", "permits every service"), ev...)
	default:
		return checks.Unknown(byPort, r.GetServices().GetReason(), r.GetServices().GetDetail(), ev...)
	}
	if out.Outcome == pb.Outcome_OUTCOME_FAIL && Permits(r) == services.Unclear {
		d := facts.Fact(r.GetAction())
		if facts.Known(d) {
			d = r.GetEnabled()
		}
		seen := out.Observed
		out = checks.Unknown(byPort, d.GetReason(), d.GetDetail(), ev...)
		out.Observed = seen
	}
	return out
}
