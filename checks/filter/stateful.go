package filter

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Stateful asks that flows are allowed or refused by the state of their session.
var Stateful = &checks.Check{
	ID:       "filter.stateful",
	Controls: []string{"NET-11"},
	Title:    checks.Say("按会话状态允许或拒绝数据流", "Flows are allowed or refused by the state of their session"),
	Rationale: checks.Say(
		"无状态的过滤须为应答流量长期敞开高位端口，攻击者可据此绕过规则。状态检测仅放行属于已建立会话的应答。",
		"A filter without state has to leave high ports open for answers, and attackers come in that way. One with state lets answers in only when they belong to a session."),
	Remedy: checks.Say(
		"Linux：firewalld 与 ufw 默认即为状态检测；自写 nftables 加 ct state established,related accept 与 ct state invalid drop；iptables 加 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT。\n"+
			"华为/H3C 防火墙：启用安全策略与会话状态检测（华为勿配置 undo firewall session link-state check），路由器上使用 ASPF。Cisco：使用 ASA 或基于区域的防火墙（class-map type inspect），仅含 established 关键字的 ACL 不算状态检测。",
		"Linux: firewalld and ufw keep state as they come; in nftables of your own add ct state established,related accept and ct state invalid drop; in iptables -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT.\n"+
			"Huawei and H3C firewalls: use the security policy with its session check (on Huawei do not set undo firewall session link-state check), ASPF on routers. Cisco: an ASA or the zone-based firewall (class-map type inspect); an ACL with the word established keeps no state."),
	Sees: checks.Say(
		"主机：查看生效的入站过滤链或区域是否按连接状态判断，IPv4 与 IPv6 分别判断。设备：查看是否按会话状态转发，或每个已应用的规则集是否有状态。",
		"Hosts: whether active chains or zones for incoming traffic judge by connection state, for IPv4 and IPv6 apart. Devices: whether sessions are kept, or each applied rule set keeps state."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("按会话状态过滤", "filtered by the state of the session")
		d := demand{expected: expected, one: func(pf *pb.PacketFilter) checks.Result { return checks.Is(pf.GetStateful(), true, expected) }}
		if p := f.GetProtections().GetStateful(); p.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED && p.GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE {
			d.whole = p
		}
		return d.judge(f)
	},
}
