package access

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/services"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// RiskyProtocols asks that certain protocols are not offered by the target.
var RiskyProtocols = &checks.Check{
	ID:       "access.risky_protocols",
	Controls: []string{"RMT-04"},
	Title:    checks.Say("不启用高风险协议", "Risky protocols are off"),
	Rationale: checks.Say(
		"TELNET、FTP、HTTP、TFTP、rsh 等协议以明文传输或缺少鉴别，易被窃听、冒用。确需使用的须有补偿控制，并以例外登记。",
		"TELNET, FTP, HTTP, TFTP, rsh and their like send clear text or ask nobody who he is. Where one is really needed, other controls must make up for it, and a waiver records it."),
	Remedy: checks.Say(
		"Linux：systemctl disable --now telnet.socket vsftpd tftp.socket rsh.socket，删除 inetd/xinetd 中对应条目；文件传输改用 SFTP。\n"+
			"华为：undo telnet server enable、undo ftp server、undo http server enable。H3C：undo telnet server enable、undo ftp server enable、undo ip http enable。Cisco：transport input ssh、no ip http server、no tftp-server、no ip rcmd rsh-enable、no ip finger。",
		"Linux: systemctl disable --now telnet.socket vsftpd tftp.socket rsh.socket, remove their entries from inetd or xinetd; move files with SFTP.\n"+
			"Huawei: undo telnet server enable, undo ftp server, undo http server enable. H3C: undo telnet server enable, undo ftp server enable, undo ip http enable. Cisco: transport input ssh, no ip http server, no tftp-server, no ip rcmd rsh-enable, no ip finger."),
	Sees: checks.Say(
		"对每个协议，查看其管理通道、线路允许的协议、知名端口上的监听以及服务、inetd 条目；HTTP 仅作为管理通道判断，业务网站不计。加密的变体（如强制 TLS 的 FTP）由驱动标明。主机须完整读到管理通道、监听和服务清单才判为符合。经防火墙转发的流量不在此判断。",
		"For each protocol: its path of administration, what lines take in, its well-known port, and services and inetd entries. HTTP is judged as a path of administration only; web sites are business. Encrypted kinds (FTP that enforces TLS) are for the driver to tell. On a host it takes complete lists of paths, listeners and services to pass. Traffic that a firewall forwards is not judged here."),
	Params: []checks.Param{{
		Name: "protocols", Kind: checks.Words, Default: "telnet+ftp+http+tftp+rsh",
		Allowed: []string{"telnet", "ftp", "http", "tftp", "rsh", "rlogin", "rexec", "finger", "vnc"},
		Doc:     checks.Say("不得启用的协议", "the protocols that must be off"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		var out []checks.Result
		for _, name := range p.Words("protocols") {
			out = append(out, offered(f, name).As(name))
		}
		return out
	},
}

// offered is whether one protocol is off.
func offered(f *pb.Facts, name string) checks.Result {
	expected := checks.Say("%s 未启用", "%s is off", name)
	paths := f.GetAccessPaths()
	var parts []checks.Result
	safe := false
	for _, p := range paths.GetItems() {
		r, ok := byPath(p, paths.GetItems(), name, expected)
		if !ok {
			continue
		}
		safe = safe || kind(p) == name && r.Outcome == pb.Outcome_OUTCOME_PASS && services.Switched(p.GetEnabled()) == services.On
		parts = append(parts, r)
	}
	// The path says that what listens and runs is the encrypted kind.
	if !safe {
		parts = append(parts, sockets(f, name, expected)...)
		parts = append(parts, byService(f, name, expected)...)
	}
	if !complete(paths) {
		r := checks.Unknown(expected, paths.GetReason(), paths.GetDetail(), paths.GetEvidence()...)
		r.Observed = checks.Say("未读到完整的管理通道清单", "not all paths of administration were seen")
		parts = append(parts, r)
	}
	if !checks.Device(f) && name != "http" {
		parts = append(parts, seenWhole(f, expected)...)
	}
	if len(parts) == 0 {
		return checks.Passed(expected, checks.Say("未发现", "not found"), paths.GetEvidence()...)
	}
	r := checks.AllOf(parts...)
	r.Expected = expected
	return r
}

// byPath judges a path that is the protocol's own, or a line that may take it in.
func byPath(p *pb.AccessPath, all []*pb.AccessPath, name string, expected *pb.Text) (checks.Result, bool) {
	switch {
	case kind(p) == name:
		if services.Switched(p.GetEnabled()) == services.Off {
			return notEnabled(expected, p), true
		}
		if services.Switched(p.GetEncrypted()) == services.On {
			return ifUsed(p, checks.Passed(expected, checks.Say("已启用，但加密", "on, but encrypted"), p.GetEncrypted().GetEvidence()...)), true
		}
		return ifUsed(p, checks.Failed(expected, checks.Say("%s 已启用", "%s is on", p.GetScope()))), true
	case line(p) && (name == "telnet" || name == "rlogin") && remote(p) && services.Switched(p.GetEnabled()) != services.Off:
		if ev, none := off(all, name); none {
			return checks.Passed(expected, checks.Say("未启用", "not enabled"), ev...), true
		}
		ev := p.GetTransports().GetEvidence()
		switch takes(p, name) {
		case services.On:
			return ifUsed(p, checks.Failed(expected, checks.Say("%s 接受 %s", "%s takes in %s", p.GetScope(), strings.Join(p.GetTransports().GetValue(), ", ")), ev...)), true
		case services.Off:
			return checks.Passed(expected, checks.Say("%s 不接受", "%s does not take it in", p.GetScope()), ev...), true
		}
		return checks.Unknown(expected, p.GetTransports().GetReason(), strings.TrimSpace(p.GetScope()+" "+p.GetTransports().GetDetail()), ev...), true
	}
	return checks.Result{}, false
}

func byService(f *pb.Facts, name string, expected *pb.Text) []checks.Result {
	var out []checks.Result
	for _, s := range f.GetServices().GetItems() {
		k, listed := services.OfService(s.GetScope())
		if !listed || k.Name != name {
			continue
		}
		switch services.StateOf(s) {
		case services.On:
			out = append(out, checks.Failed(expected, checks.Say("%s：%s", "%s: %s", s.GetScope(), services.Told(s)), services.Evidence(s)...))
		case services.Unclear:
			d := services.Doubt(s)
			out = append(out, checks.Unknown(expected, d.GetReason(), strings.TrimSpace(s.GetScope()+" "+d.GetDetail()), services.Evidence(s)...))
		}
	}
	return out
}
