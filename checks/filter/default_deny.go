package filter

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DefaultDeny asks that traffic which no rule names is refused.
var DefaultDeny = &checks.Check{
	ID:       "filter.default_deny",
	Controls: []string{"PRT-03"},
	Title:    checks.Say("默认拒绝未明确允许的流量", "What no rule permits is refused"),
	Rationale: checks.Say(
		"访问控制应遵循“除明确允许外一律拒绝”。默认放行的策略下，任何遗漏的端口都直接暴露；最后一条“全部允许”的规则同样使默认拒绝失去作用。",
		"Access control permits what is named and refuses the rest. Where the rest is let through, every port that was forgotten is open; a last rule that permits everything undoes a refusing default just the same."),
	Remedy: checks.Say(
		"RHEL/openEuler/麒麟：systemctl enable --now firewalld，各区域目标不得为 ACCEPT（firewall-cmd --permanent --zone=区域 --set-target=default）。Debian/Ubuntu/UOS：ufw default deny incoming 后 ufw enable；或 nftables 的 input 链设 policy drop。iptables 与 ip6tables 都要设置：iptables -P INPUT DROP、ip6tables -P INPUT DROP，并先放行管理端口。\n"+
			"华为防火墙：security-policy 下 default action deny。H3C 防火墙：安全策略默认拒绝，删除末尾全部允许的规则。Cisco ACL 末尾隐含拒绝，删除 permit ip any any；ASA 同理。路由器、交换机上应用的 ACL 以 rule deny ip（华为 traffic-filter 未命中默认放行）结尾。",
		"RHEL, openEuler, Kylin: systemctl enable --now firewalld; no zone's target may be ACCEPT (firewall-cmd --permanent --zone=ZONE --set-target=default). Debian, Ubuntu, UOS: ufw default deny incoming, then ufw enable; or policy drop on the input chain of nftables. iptables and ip6tables both: iptables -P INPUT DROP and ip6tables -P INPUT DROP, after letting the management port in.\n"+
			"Huawei firewall: default action deny under security-policy. H3C firewall: the security policy refuses by default, so remove a closing rule that permits all. Cisco ACLs refuse at their end, so remove permit ip any any; likewise on ASA. End ACLs on routers and switches with deny ip (Huawei's traffic-filter lets through what it does not match)."),
	Sees: checks.Say(
		"主机：查看生效的入站过滤链、区域的默认动作，IPv4 与 IPv6 分别判断。设备：查看安全策略或已应用 ACL 的默认动作。默认动作由驱动给出，末尾无条件的拒绝或允许规则已计入；含“全部允许”规则的，视为放行。看不到网络中其他防火墙。",
		"Hosts: reads what active chains and zones do with incoming traffic by default, for IPv4 and IPv6 apart. Devices: what the security policy or each applied ACL does by default. What is done by default is for the driver to say, a closing rule without conditions included; a filter with a rule that permits everything does not count as refusing. It cannot see other firewalls in the network."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result { return denies(f, true) },
}

var refused = checks.Say("未明确允许的流量被丢弃或拒绝", "traffic that no rule permits is dropped or rejected")

// denies judges the default; rules says whether rules that undo a device's own default count, too.
func denies(f *pb.Facts, rules bool) []checks.Result {
	d := demand{expected: refused, one: func(pf *pb.PacketFilter) checks.Result { return byDefault(f, pf) }}
	if rules {
		d.undone = func() []checks.Result { return undone(f) }
	}
	if p := f.GetProtections().GetDefaultActionDeny(); p.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED && p.GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE {
		d.whole = p
	}
	return d.judge(f)
}

// undone are the rules, of whatever filter, that let everything through or may do so: behind them the device's own refusal means nothing.
func undone(f *pb.Facts) []checks.Result {
	rules := f.GetFilterRules()
	if !complete(rules) {
		r := checks.Unknown(refused, rules.GetReason(), rules.GetDetail(), rules.GetEvidence()...)
		r.Observed = checks.Say("未读到全部规则，其中可能有允许全部流量的", "not all rules were seen; one of them may permit everything")
		return []checks.Result{r.As("rules")}
	}
	var out []checks.Result
	for _, rule := range rules.GetItems() {
		if r, found := everything(rule, nil); found {
			out = append(out, r.As(rule.GetScope()))
		}
	}
	return out
}

// everything is the verdict on a rule that permits everything, or may.
func everything(rule *pb.FilterRule, otherwise *pb.Text) (checks.Result, bool) {
	switch both(Permits(rule), Everything(rule)) {
	case services.On:
		return checks.Failed(refused, checks.Say("规则 %s 允许全部流量", "rule %s permits everything", rule.GetScope()), ruleEvidence(rule)...), true
	case services.Unclear:
		return checks.Undecided(refused, otherwise, doubt(rule), checks.Say("规则 %s 是否允许全部流量未知", "whether rule %s permits everything", rule.GetScope()), ruleEvidence(rule)...), true
	}
	return checks.Result{}, false
}

// byDefault is what a filter does with what no rule names, unless one of its rules permits everything.
func byDefault(f *pb.Facts, pf *pb.PacketFilter) checks.Result {
	r := checks.OneOf(pf.GetDefaultAction(), "drop", "reject", "deny")
	r.Expected = refused
	for _, rule := range f.GetFilterRules().GetItems() {
		if !of(rule, pf) {
			continue
		}
		found, ok := everything(rule, r.Observed)
		switch {
		case ok && found.Outcome == pb.Outcome_OUTCOME_FAIL:
			return found
		case ok && r.Outcome == pb.Outcome_OUTCOME_PASS:
			r = found
		}
	}
	return r
}

func doubt(r *pb.FilterRule) pb.Reason {
	for _, f := range []facts.Fact{r.GetAction(), r.GetEnabled(), r.GetAnyAny(), r.GetServices(), r.GetSources(), r.GetDestinations()} {
		if f.GetState() == pb.FactState_FACT_STATE_UNKNOWN {
			return f.GetReason()
		}
	}
	return pb.Reason_REASON_UNSPECIFIED
}

func ruleEvidence(r *pb.FilterRule) []*pb.Evidence {
	ev := append([]*pb.Evidence{}, r.GetAction().GetEvidence()...)
	for _, f := range []facts.Fact{r.GetAnyAny(), r.GetServices(), r.GetSources()} {
		if len(ev) == 0 {
			ev = append(ev, f.GetEvidence()...)
		}
	}
	return ev
}
