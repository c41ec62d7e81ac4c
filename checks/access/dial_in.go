package access

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/ports"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DialIn asks that nobody can dial in.
var DialIn = &checks.Check{
	ID:       "access.dial_in",
	Controls: []string{"RMT-03"},
	Title:    checks.Say("不开通远程拨号", "Nobody can dial in"),
	Rationale: checks.Say(
		"调制解调器、异步口、PPTP、L2TP 等拨入通道绕过边界防火墙直达内部，网上银行相关系统不得开通。",
		"Modems, async lines, PPTP and L2TP lead inside past the firewalls at the border; systems of e-banking have none."),
	Remedy: checks.Say(
		"Linux：systemctl disable --now pptpd xl2tpd，停用 mgetty、pppd 拨入服务并拆除调制解调器。\n"+
			"Cisco：line aux 0 下 no modem InOut、transport input none、no exec，删除 interface Async/Dialer 与 vpdn 配置。华为：undo l2tp enable，user-interface aux 0 下 undo modem 或 undo shell，删除 interface Dialer。H3C：undo l2tp enable，line aux 下 undo modem enable、undo shell。",
		"Linux: systemctl disable --now pptpd xl2tpd, stop mgetty and pppd for callers, and take the modems away.\n"+
			"Cisco: no modem InOut, transport input none, no exec under line aux 0; remove interface Async and Dialer, and vpdn. Huawei: undo l2tp enable, undo modem or undo shell under user-interface aux 0, remove interface Dialer. H3C: undo l2tp enable, undo modem enable and undo shell under line aux."),
	Sees: checks.Say(
		"设备：查看拨入配置（调制解调器、异步口、PPTP、L2TP）。主机：查看 pppd、mgetty、pptpd、xl2tpd 等服务、进程及其端口。看不到未接入系统的电话线路。",
		"Devices: what is configured for callers (modems, async lines, PPTP, L2TP). Hosts: services, processes and ports of pppd, mgetty, pptpd, xl2tpd and their like. Telephone lines that the system does not know are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		parts := callers(f)
		switch stated := f.GetProtections().GetDialIn(); {
		case stated.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED && stated.GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE:
			// Nothing configured for callers: nobody can dial in.
			parts = append(parts, checks.Is(stated, false, noDialIn).WhenAbsent(stated, pb.Outcome_OUTCOME_PASS))
		case checks.Device(f):
			parts = append(parts, checks.Is(stated, false, noDialIn))
		default:
			parts = append(parts, seenWhole(f, noDialIn, f.GetProcesses().GetNames())...)
			if len(parts) == 0 {
				parts = append(parts, checks.Passed(noDialIn, checks.Say("未发现拨入服务", "no service for callers was found"), f.GetServices().GetEvidence()...))
			}
		}
		return []checks.Result{checks.AllOf(parts...)}
	},
}

var noDialIn = checks.Say("无法拨入", "nobody can dial in")

var (
	dialServices  = []string{"pptpd", "xl2tpd", "openl2tpd", "accel-ppp", "pppoe-server", "mgetty", "vgetty", "pppd", "ppp"}
	dialProcesses = []string{"pptpd", "pptpctrl", "xl2tpd", "openl2tpd", "accel-pppd", "pppoe-server", "mgetty", "vgetty", "pppd"}
	dialPorts     = []string{"tcp/1723", "udp/1701"}
)

// callers finds what waits for callers on a host.
func callers(f *pb.Facts) []checks.Result {
	var out []checks.Result
	for _, s := range f.GetServices().GetItems() {
		if !slices.Contains(dialServices, services.Bare(s.GetScope())) {
			continue
		}
		switch services.StateOf(s) {
		case services.On:
			out = append(out, checks.Failed(noDialIn, checks.Say("%s：%s", "%s: %s", s.GetScope(), services.Told(s)), services.Evidence(s)...))
		case services.Unclear:
			d := services.Doubt(s)
			out = append(out, checks.Unknown(noDialIn, d.GetReason(), strings.TrimSpace(s.GetScope()+" "+d.GetDetail()), services.Evidence(s)...))
		}
	}
	for _, name := range f.GetProcesses().GetNames().GetValue() {
		if slices.Contains(dialProcesses, strings.ToLower(name)) {
			out = append(out, checks.Failed(noDialIn, checks.Say("进程 %s 正在运行", "process %s runs", name), f.GetProcesses().GetNames().GetEvidence()...))
		}
	}
	for _, l := range f.GetListeners().GetItems() {
		switch dials := slices.ContainsFunc(dialPorts, func(p string) bool { return services.Holds(p, l) }); {
		case ports.Reachable(l) == services.Off:
		case !services.Numbered(l):
			out = append(out, checks.Unknown(noDialIn, l.GetPort().GetReason(), l.GetScope(), l.GetPort().GetEvidence()...))
		case dials:
			out = append(out, checks.Failed(noDialIn, checks.Say("监听 %s", "listens: %s", l.GetScope()), l.GetPort().GetEvidence()...))
		}
	}
	return out
}

// seenWhole says which of the lists that show what a host runs were not seen whole: services, listeners, and more. Of a
// folder or an image, where nothing runs, the services that would start are enough.
func seenWhole(f *pb.Facts, expected *pb.Text, more ...facts.Fact) []checks.Result {
	var out []checks.Result
	for i, list := range append([]facts.Fact{f.GetServices(), f.GetListeners()}, more...) {
		if complete(list) || services.Offline(list) && complete(f.GetServices()) {
			continue
		}
		r := checks.Unknown(expected, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
		what := checks.Say("进程", "processes")
		if i < 2 {
			what = []*pb.Text{checks.Say("服务", "services"), checks.Say("监听端口", "listeners")}[i]
		}
		r.Observed = checks.Say("未读到全部%s", "not all %s were seen", what)
		out = append(out, r)
	}
	return out
}
