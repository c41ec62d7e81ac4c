package access

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/services"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Sources asks that administrators can come from stated addresses only.
var Sources = &checks.Check{
	ID:       "access.sources",
	Controls: []string{"RMT-02"},
	Title:    checks.Say("限制管理登录的来源地址", "Administrators' source addresses are limited"),
	Rationale: checks.Say(
		"管理登录应只允许来自管理网段或堡垒机。来源不限时，任何能到达该地址的主机都可以尝试口令或利用登录服务的漏洞。",
		"Logins of administrators come from management networks or bastions. Where anybody may try, every machine that reaches the address can guess passwords and attack the login service."),
	Remedy: checks.Say(
		"Linux：firewall-cmd --permanent --zone=区域 --remove-service=ssh 后以 --add-rich-rule='rule family=ipv4 source address=管理网段 service name=ssh accept' 放行，firewall-cmd --reload；或 nftables/iptables 仅允许管理网段访问 22 端口（IPv4 与 IPv6 都要限制）；或 sshd_config 中 AllowUsers *@管理网段。\n"+
			"华为：acl 2000 中 rule permit source 管理网段，user-interface vty 0 4 下 acl 2000 inbound（IPv6 另设 acl ipv6），ssh server acl 2000，http acl 2000。\n"+
			"H3C：ssh server acl 2000、ip https acl 2000（旧版本为 ip http acl）。Cisco：access-list 10 permit 管理网段，每个 line vty 下 access-class 10 in 和 ipv6 access-class，ip http access-class 10；ASA：ssh 管理网段 掩码 接口。\n"+
			"在场所文件 management_networks 中声明管理网段和堡垒机地址，以便核对。",
		"Linux: firewall-cmd --permanent --zone=ZONE --remove-service=ssh, then --add-rich-rule='rule family=ipv4 source address=MGMT service name=ssh accept', firewall-cmd --reload; or let nftables or iptables permit port 22 from the management networks alone (IPv4 and IPv6 both); or AllowUsers *@MGMT in sshd_config.\n"+
			"Huawei: rule permit source MGMT in acl 2000, acl 2000 inbound under user-interface vty 0 4 (acl ipv6 too), ssh server acl 2000, http acl 2000.\n"+
			"H3C: ssh server acl 2000, ip https acl 2000 (ip http acl on older releases). Cisco: access-list 10 permit MGMT, access-class 10 in and ipv6 access-class under every line vty, ip http access-class 10; ASA: ssh MGMT MASK INTERFACE.\n"+
			"State management networks and bastions under management_networks in the site file, so that they can be compared."),
	Sees: checks.Say(
		"查看每个启用的远程管理通道允许的来源：服务自身的限制、线路上的 ACL 以及驱动能读到的主机防火墙。覆盖范围过宽的网段（IPv4 宽于 /8，或合计超过互联网的十六分之一）等同不限。声明了 management_networks 时，来源须全部落在其中；未声明时，只要来源受限即为符合。看不到途中其他防火墙的限制；SNMP 的来源由 snmp.community 判断。",
		"Reads from where each enabled remote path can be used: by the service's own limits, ACLs on lines, and the host's firewall as far as the driver reads it. Networks that are too wide (wider than an IPv4 /8, or a sixteenth of the Internet together) limit nothing. Where management_networks is stated, all sources must lie within; where it is not, being limited is enough. Limits of firewalls on the way are not seen; snmp.community judges who may use SNMP."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		paths := f.GetAccessPaths()
		return checks.EachWhere(paths,
			checks.Passed(limitedText, checks.Say("没有可经网络使用的管理通道", "no path of administration can be used over the network")),
			remote, func(a *pb.AccessPath) checks.Result {
				if services.Switched(a.GetEnabled()) == services.Off {
					return notEnabled(limitedText, a)
				}
				r := limited(a.GetSources(), p.Site)
				if by, ok := elsewhere(a, paths, p.Site); ok && r.Outcome != pb.Outcome_OUTCOME_PASS {
					r = checks.AnyOf(r, by)
				}
				return ifUsed(a, r)
			})
	},
}

var limitedText = checks.Say("仅允许来自限定的管理地址", "from limited management addresses only")

// elsewhere is the limit that stands not on a path but on what it must pass too: the lines on which a protocol comes in,
// or the server of the protocol that a line takes in.
func elsewhere(a *pb.AccessPath, paths *pb.AccessPathList, s *site.Site) (checks.Result, bool) {
	var parts []checks.Result
	for _, b := range paths.GetItems() {
		protocol, l := a, b
		if line(a) {
			protocol, l = b, a
		}
		if line(a) == line(b) || services.Switched(b.GetEnabled()) == services.Off ||
			!slices.Contains([]string{"ssh", "telnet"}, kind(protocol)) || takes(l, kind(protocol)) == services.Off {
			continue
		}
		r := limited(b.GetSources(), s)
		r.Observed = checks.Say("%s：%s", "%s: %s", b.GetScope(), r.Observed)
		parts = append(parts, r)
	}
	// A line of which nothing is known may let in anybody.
	if len(parts) == 0 || !complete(paths) || line(a) && !facts.Known(a.GetTransports()) {
		return checks.Result{}, false
	}
	return checks.AllOf(parts...), true
}

// limited judges a list of sources.
func limited(f *pb.TextsFact, s *site.Site) checks.Result {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_ABSENT:
		return checks.Failed(limitedText, checks.Say("来源不限", "anybody may"), f.GetEvidence()...)
	case pb.FactState_FACT_STATE_KNOWN:
	default:
		return checks.Settle(f, limitedText, false)
	}
	nets, words := networks(f.GetValue())
	seen := checks.Verbatim(strings.Join(f.GetValue(), ", "))
	if wide, everybody := Everybody(f.GetValue()); everybody {
		return checks.Failed(limitedText, checks.Say("%s：%s 等同来源不限", "%s: %s is anybody", seen, wide), f.GetEvidence()...)
	}
	if len(f.GetValue()) == 0 {
		return checks.Passed(limitedText, checks.Say("不允许任何来源", "nobody may"), f.GetEvidence()...)
	}
	if s == nil || s.ManagementNetworks == nil {
		return checks.Passed(limitedText, seen, f.GetEvidence()...)
	}
	quote := "management_networks: [" + strings.Join(s.ManagementNetworks, ", ") + "]"
	var outside []string
	for _, n := range nets {
		if !managed(n, s.ManagementNetworks) {
			outside = append(outside, n.String())
		}
	}
	switch {
	case len(outside) > 0:
		return checks.Failed(limitedText, checks.Say("%s：%s 不在声明的管理网段内", "%s: %s not within the management networks", seen, strings.Join(outside, ", ")), f.GetEvidence()...).Quoting(quote)
	case len(words) > 0:
		return checks.Undecided(limitedText, seen, pb.Reason_REASON_NOT_UNDERSTOOD,
			checks.Say("无法与管理网段比对：%s", "cannot be compared with the management networks: %s", strings.Join(words, ", ")), f.GetEvidence()...).Quoting(quote)
	}
	return checks.Passed(limitedText, seen, f.GetEvidence()...).Quoting(quote)
}

func managed(n netip.Prefix, stated []string) bool {
	if n.Addr().IsLoopback() && n.Bits() >= 8 {
		return true
	}
	return slices.ContainsFunc(stated, func(m string) bool {
		outer, err := site.ParseNetwork(m)
		return err == nil && site.Within(n, outer)
	})
}
