package network

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DoSProtection asks that protection against denial of service is on.
var DoSProtection = &checks.Check{
	ID:       "network.dos_protection",
	Controls: []string{"NET-10"},
	Title:    checks.Say("启用拒绝服务攻击防护", "Protection against denial of service is on"),
	Rationale: checks.Say(
		"SYN 洪水等攻击以少量流量即可耗尽连接表。防火墙的攻击防护和主机的 SYN Cookie 能抵御其中常见的类型。",
		"A SYN flood and its like fill the table of connections with little traffic. Attack protection on firewalls and SYN cookies on hosts stand up to the common kinds."),
	Remedy: checks.Say(
		"Linux：在 /etc/sysctl.d/ 中设 net.ipv4.tcp_syncookies = 1，sysctl --system 生效。华为防火墙：firewall defend syn-flood enable 等。H3C：attack-defense policy 并应用到安全域。Cisco：ASA 用 threat-detection，路由器用 ip tcp intercept 与 CoPP。飞塔：config firewall DoS-policy。",                                                           //nolint:misspell // a command
		"Linux: net.ipv4.tcp_syncookies = 1 in /etc/sysctl.d/, sysctl --system. Huawei firewall: firewall defend syn-flood enable and its like. H3C: an attack-defense policy applied to the zone. Cisco: threat-detection on ASA, ip tcp intercept and CoPP on routers. Fortinet: config firewall DoS-policy."), //nolint:misspell // a command
	Sees: checks.Say(
		"设备：查看攻击防护是否启用。Linux 主机：查看 net.ipv4.tcp_syncookies。能否抵御实际攻击取决于容量和运营商清洗，由人确认。",
		"Devices: whether attack protection is on. Linux hosts: net.ipv4.tcp_syncookies. Whether a real attack is withstood depends on capacity and the carrier's scrubbing, which people confirm."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		stated := f.GetProtections().GetDosProtection()
		if checks.Device(f) || stated.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED {
			return []checks.Result{checks.Is(stated, true, checks.Say("已启用", "on"))}
		}
		if kind := f.GetPlatform().GetKind(); !facts.Known(kind) {
			return []checks.Result{checks.Undecided(checks.Say("已启用", "on"), checks.Say("目标类型未知", "the kind of target is not known"), kind.GetReason(),
				checks.Say("主机与网络设备的判断依据不同", "hosts and network devices are judged by different facts"))}
		}
		const name = "net.ipv4.tcp_syncookies"
		expected := checks.Say("%s 为 1 或 2", "%s is 1 or 2", name)
		list := f.GetKernelSettings()
		i := slices.IndexFunc(list.GetItems(), func(k *pb.KernelSetting) bool { return k.GetScope() == name })
		if i < 0 {
			reason := list.GetReason()
			if list.GetState() == pb.FactState_FACT_STATE_KNOWN {
				reason = pb.Reason_REASON_NOT_ASKED
			}
			return []checks.Result{checks.Unknown(expected, reason, name, list.GetEvidence()...)}
		}
		v := list.GetItems()[i].GetValue()
		r := checks.Settle(v, expected, v.GetValue() == "1" || v.GetValue() == "2")
		r.Observed = checks.Say("%[2]s 为 %[1]s", "%[2]s is %[1]s", r.Observed, name)
		if v.GetState() == pb.FactState_FACT_STATE_ABSENT {
			r = checks.Unknown(expected, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, name, v.GetEvidence()...)
		}
		return []checks.Result{r}
	},
}
