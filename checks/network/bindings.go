package network

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Bindings asks that the important hosts' IP addresses are tied to their hardware addresses.
var Bindings = &checks.Check{
	ID:       "network.bindings",
	Controls: []string{"NET-01"},
	Title:    checks.Say("重要主机绑定 IP 与 MAC 地址", "Important hosts' IP addresses are bound to hardware addresses"),
	Rationale: checks.Say(
		"Web、中间件、前置、数据库等重要主机不绑定地址时，攻击者可用 ARP 欺骗冒充它们截取流量。",
		"Where the addresses of web, middleware, front-end and database servers are not bound, somebody can pose as them by forging ARP and read their traffic."),
	Remedy: checks.Say(
		"在主机所接网关或接入交换机上绑定。华为：arp static IP MAC，或 user-bind static ip-address IP mac-address MAC interface 接口 并在接口启用 ip source check user-bind enable。H3C：arp static IP MAC，或 ip source binding static。Cisco：arp IP MAC arpa，或 ip source binding MAC vlan V IP interface 接口 配合 ip verify source。Linux：/etc/ethers 与 arp -f，或 ip neigh replace IP lladdr MAC nud permanent dev 接口。\n"+
			"在场所文件 bound_hosts 中声明重要主机的 IP 与 MAC；使用浮动地址的双机不必声明。",
		"Bind them on the gateway or access switch that the hosts are on. Huawei: arp static IP MAC, or user-bind static ip-address IP mac-address MAC interface IF with ip source check user-bind enable on it. H3C: arp static IP MAC, or ip source binding static. Cisco: arp IP MAC arpa, or ip source binding MAC vlan V IP interface IF with ip verify source. Linux: /etc/ethers and arp -f, or ip neigh replace IP lladdr MAC nud permanent dev IF.\n"+
			"State IP and MAC of the important hosts under bound_hosts in the site file; pairs with a floating address need not be stated."),
	Sees: checks.Say(
		"将场所文件 bound_hosts 与目标上的静态绑定逐台核对；设备只核对与其直连网段内的主机。主机自身的绑定由其网关负责，在主机上只能发现与声明矛盾的绑定。按接口的动态绑定（DHCP snooping、802.1X 等）不能证明某台主机已绑定。",
		"Compares bound_hosts of the site file with the fixed bindings on the target, host by host; a device answers for hosts in its own networks only. Binding a host is its gateway's work: on a host only bindings that contradict the statement can be found. Dynamic binding by interface (DHCP snooping, 802.1X, …) does not prove that a given host is bound."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		if p.Site == nil || p.Site.BoundHosts == nil {
			return []checks.Result{checks.Unstated(boundText, nil, checks.Say(
				"哪些重要主机须绑定 IP 与 MAC？请填写场所文件 bound_hosts（没有则写 {}）", "which important hosts must be bound? Fill in bound_hosts in the site file ({} for none)"))}
		}
		var out []checks.Result
		for _, ip := range slices.Sorted(maps.Keys(p.Site.BoundHosts)) {
			mac := p.Site.BoundHosts[ip]
			if r := bound(f, ip, mac); r.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
				out = append(out, r.Quoting(fmt.Sprintf("bound_hosts: %s: %s", ip, mac)).As(ip))
			}
		}
		if len(out) == 0 {
			return []checks.Result{checks.NotApplicable(checks.Say("声明的重要主机均不由该目标绑定", "none of the stated hosts is for this target to bind"))}
		}
		return out
	},
}

var boundText = checks.Say("IP 与 MAC 已绑定", "IP and hardware address are bound")

func bound(f *pb.Facts, ip, mac string) checks.Result {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return checks.Unknown(boundText, pb.Reason_REASON_NOT_UNDERSTOOD, ip)
	}
	list := f.GetAddressBindings()
	var dynamic []string
	for _, b := range list.GetItems() {
		a, err := netip.ParseAddr(b.GetScope())
		if err != nil {
			dynamic = append(dynamic, b.GetScope())
			continue
		}
		if a.Unmap() == addr.Unmap() {
			r := checks.Settle(b.GetMac(), boundText, sameMAC(b.GetMac().GetValue(), mac))
			if r.Outcome == pb.Outcome_OUTCOME_FAIL && facts.Known(b.GetMac()) {
				r.Observed = checks.Say("绑定为 %s，与声明的 %s 不同", "bound to %s instead of %s", b.GetMac().GetValue(), mac)
			}
			return r
		}
	}
	if list.GetState() != pb.FactState_FACT_STATE_KNOWN && list.GetState() != pb.FactState_FACT_STATE_ABSENT {
		return checks.Unknown(boundText, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
	}
	attached, sure := near(f.GetInterfaces(), addr)
	none := checks.Say("没有绑定", "not bound")
	switch {
	case !attached && sure:
		return checks.NotApplicable(none)
	case !attached:
		return checks.Undecided(boundText, none, f.GetInterfaces().GetReason(), checks.Say("无法得知该主机是否在本设备直连网段内", "whether the host is in a network of this target is not known"), list.GetEvidence()...)
	case !checks.Device(f):
		if own(f.GetInterfaces(), addr) {
			return checks.Undecided(boundText, checks.Say("本机地址", "its own address"), pb.Reason_REASON_ELSEWHERE, checks.Say("由网关或接入交换机绑定，请在其上判断", "its gateway or access switch binds it; judge it there"))
		}
		return checks.NotApplicable(none)
	case len(dynamic) > 0:
		return checks.Undecided(boundText, none, pb.Reason_REASON_UNSPECIFIED, checks.Say("接口 %s 上有动态绑定，是否覆盖该主机未知", "there is dynamic binding on %s; whether it covers the host is not known", strings.Join(dynamic, ", ")), list.GetEvidence()...)
	}
	return checks.Failed(boundText, none, list.GetEvidence()...)
}

// near says whether an address lies in a network of the target, and whether that is certain.
func near(list *pb.InterfaceList, addr netip.Addr) (is, sure bool) {
	sure = list.GetState() == pb.FactState_FACT_STATE_KNOWN
	for _, i := range list.GetItems() {
		sure = sure && (facts.Known(i.GetAddresses()) || i.GetAddresses().GetState() == pb.FactState_FACT_STATE_ABSENT)
		for _, a := range i.GetAddresses().GetValue() {
			p, err := netip.ParsePrefix(a)
			if err != nil {
				sure = false
			} else if p.Contains(addr.Unmap()) {
				return true, true
			}
		}
	}
	return false, sure
}

func own(list *pb.InterfaceList, addr netip.Addr) bool {
	return slices.ContainsFunc(list.GetItems(), func(i *pb.Interface) bool {
		return slices.ContainsFunc(i.GetAddresses().GetValue(), func(a string) bool {
			p, err := netip.ParsePrefix(a)
			return err == nil && p.Addr().Unmap() == addr.Unmap()
		})
	})
}

func sameMAC(a, b string) bool {
	x, err1 := net.ParseMAC(dashed(a))
	y, err2 := net.ParseMAC(dashed(b))
	return err1 == nil && err2 == nil && slices.Equal(x, y)
}

// dashed turns 0011-2233-4455, as Huawei and H3C write it, into 0011.2233.4455.
func dashed(mac string) string {
	if len(mac) == 14 && strings.Count(mac, "-") == 2 {
		return strings.ReplaceAll(mac, "-", ".")
	}
	return mac
}
