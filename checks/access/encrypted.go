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

// Encrypted asks that everything sent over remote access, credentials first, is encrypted.
var Encrypted = &checks.Check{
	ID:       "access.encrypted",
	Controls: []string{"RMT-01"},
	Title:    checks.Say("远程管理通道加密", "Remote administration is encrypted"),
	Rationale: checks.Say(
		"经 telnet、HTTP、FTP、rsh 等明文通道登录，口令和操作内容可在途中被窃听、篡改；SSH 第 1 版存在协议缺陷，同样不能防止窃听。",
		"Over telnet, HTTP, FTP, rsh and other clear-text paths anybody on the way reads passwords and changes commands; version 1 of SSH is broken and no better."),
	Remedy: checks.Say(
		"Linux：systemctl disable --now telnet.socket rsh.socket vsftpd，卸载 telnet-server、rsh-server（Debian 为 telnetd、rsh-server），仅用 SSH；老旧 sshd 在 /etc/ssh/sshd_config 设 Protocol 2；VNC 经 SSH 隧道使用并只监听 127.0.0.1。\n"+
			"华为：undo telnet server enable、undo telnet ipv6 server enable、undo ftp server、undo http server enable，stelnet server enable，每个 user-interface vty 下 protocol inbound ssh，undo ssh server compatible-ssh1x enable。\n"+
			"H3C：undo telnet server enable、undo ftp server enable、undo ip http enable，ssh server enable，line vty 下 protocol inbound ssh，undo ssh server compatible-ssh1x enable。\n"+
			"Cisco：每个 line vty 下 transport input ssh，ip ssh version 2，no ip http server，改用 ip http secure-server。",
		"Linux: systemctl disable --now telnet.socket rsh.socket vsftpd, remove telnet-server and rsh-server (telnetd, rsh-server on Debian), use SSH only; set Protocol 2 in /etc/ssh/sshd_config of an old sshd; use VNC through an SSH tunnel and have it listen on 127.0.0.1.\n"+
			"Huawei: undo telnet server enable, undo telnet ipv6 server enable, undo ftp server, undo http server enable, stelnet server enable, protocol inbound ssh under every user-interface vty, undo ssh server compatible-ssh1x enable.\n"+
			"H3C: undo telnet server enable, undo ftp server enable, undo ip http enable, ssh server enable, protocol inbound ssh under line vty, undo ssh server compatible-ssh1x enable.\n"+
			"Cisco: transport input ssh under every line vty, ip ssh version 2, no ip http server, ip http secure-server instead."),
	Sees: checks.Say(
		"查看每个可经网络使用的管理通道及线路允许的协议，SSH 须仅提供第 2 版；另对 telnet、rlogin、rsh、rexec、VNC、X11 的监听端口核对，防止遗漏。本机控制台不判断；SNMP 由 snmp.v3 判断，TLS 版本由 tls.versions 判断。网络是否可信不作区分，一律视为不可信。",
		"Reads every path of administration that can be used over the network and the protocols that lines take in; SSH must offer version 2 alone. Ports of telnet, rlogin, rsh, rexec, VNC and X11 that listen are held against it as well. Local consoles are not judged; snmp.v3 judges SNMP and tls.versions the versions of TLS. No network is taken to be trusted."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		paths := f.GetAccessPaths()
		out := listening(f, paths.GetItems())
		return append(out, checks.EachWhere(paths,
			checks.Passed(encryptedText, checks.Say("没有可经网络使用的管理通道", "no path of administration can be used over the network")),
			remote, func(p *pb.AccessPath) checks.Result { return encrypted(p, paths.GetItems()) })...)
	},
}

var encryptedText = checks.Say("加密，或未启用", "encrypted, or not enabled")

func encrypted(p *pb.AccessPath, all []*pb.AccessPath) checks.Result {
	if services.Switched(p.GetEnabled()) == services.Off {
		return notEnabled(encryptedText, p)
	}
	r := cipher(p, all)
	if k := kind(p); k == "ssh" || k == "stelnet" {
		r = checks.AllOf(r, onlySSH2(p))
	}
	return ifUsed(p, r)
}

// cipher is whether what is sent is encrypted: for a line by what it takes in, else by the fact that says so.
func cipher(p *pb.AccessPath, all []*pb.AccessPath) checks.Result {
	if line(p) && facts.Known(p.GetTransports()) {
		if r, ok := transports(p, all); ok {
			return r
		}
	}
	r := checks.Is(p.GetEncrypted(), true, encryptedText)
	switch {
	case r.Outcome == pb.Outcome_OUTCOME_NOT_APPLICABLE && p.GetRemote().GetValue():
		r = checks.Undecided(encryptedText, checks.Say("可经网络使用，未说明是否加密", "used over the network, and not said whether encrypted"), pb.Reason_REASON_CONFLICT,
			checks.Say("驱动称加密不适用", "the driver says that encryption does not apply"), r.Evidence...)
	case r.Outcome == pb.Outcome_OUTCOME_PASS:
		r.Observed = checks.Say("加密", "encrypted")
	case r.Outcome == pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("明文", "clear text")
	}
	return r
}

// What is encrypted by nature, and what is clear text by nature, as lines name it.
var (
	encryptedTransports = []string{"ssh", "stelnet", "sftp", "scp", "netconf", "none"}
	clearTransports     = []string{"telnet", "all", "rlogin", "udptn", "lat", "pad", "v120", "mop", "nasi", "acercon"}
)

// transports judges a line by what it takes in. It is not ok where a word is not known.
func transports(p *pb.AccessPath, all []*pb.AccessPath) (checks.Result, bool) {
	ev := p.GetTransports().GetEvidence()
	var open []string
	for _, t := range p.GetTransports().GetValue() {
		switch t = strings.ToLower(t); {
		case slices.Contains(encryptedTransports, t):
		case slices.Contains(clearTransports, t):
			// A line may take telnet in while no telnet server runs.
			name := t
			if t == "all" {
				name = "telnet"
			}
			more, none := off(all, name)
			ev = append(ev[:len(ev):len(ev)], more...)
			if !none {
				open = append(open, t)
			}
		default:
			return checks.Result{}, false
		}
	}
	expected := checks.Say("线路仅接受加密协议", "the line takes in encrypted protocols only")
	if len(open) > 0 {
		return checks.Failed(expected, checks.Say("接受 %s", "takes in %s", strings.Join(open, ", ")), ev...), true
	}
	words := strings.Join(p.GetTransports().GetValue(), ", ")
	if words == "" {
		words = "none"
	}
	return checks.Passed(expected, checks.Verbatim(words), ev...), true
}

// onlySSH2 is whether SSH version 1 is not offered; a server of 1.99 offers both.
func onlySSH2(p *pb.AccessPath) checks.Result {
	old := slices.ContainsFunc(p.GetVersions().GetValue(), func(v string) bool {
		v = strings.TrimLeft(strings.TrimPrefix(strings.ToUpper(v), "SSH"), " -Vv")
		return v == "1" || strings.HasPrefix(v, "1.") || strings.HasPrefix(v, "1,")
	})
	r := checks.Settle(p.GetVersions(), checks.Say("仅 SSH 第 2 版", "SSH version 2 only"), !old && len(p.GetVersions().GetValue()) > 0)
	return r.WhenAbsent(p.GetVersions(), pb.Outcome_OUTCOME_UNKNOWN).About(checks.Say("协议版本", "protocol version"))
}

// Services whose port alone shows that somebody logs in over clear text.
var clearLogins = []string{"telnet", "rlogin", "rsh", "rexec", "vnc", "x11"}

// listening is one result about the sockets of clear-text logins that no path accounts for, if there are any.
func listening(f *pb.Facts, paths []*pb.AccessPath) []checks.Result {
	var parts []checks.Result
	for _, name := range clearLogins {
		// A path that is on is judged as such.
		if p := find(paths, name); p != nil && services.Switched(p.GetEnabled()) == services.On {
			continue
		}
		for _, r := range sockets(f, name, encryptedText) {
			if name == "vnc" && r.Outcome == pb.Outcome_OUTCOME_FAIL {
				r = checks.Undecided(r.Expected, r.Observed, pb.Reason_REASON_NOT_ASKED, checks.Say("VNC 是否启用 TLS 未知", "whether VNC uses TLS is not known"), r.Evidence...)
			}
			parts = append(parts, r)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []checks.Result{checks.AllOf(parts...).As("listeners")}
}

// sockets finds the listeners that stand for a risky service, or may.
func sockets(f *pb.Facts, name string, expected *pb.Text) []checks.Result {
	var out []checks.Result
	for _, l := range f.GetListeners().GetItems() {
		k, speaks := services.RiskyAt(l)
		reach := ports.Reachable(l)
		if services.Numbered(l) && (k.Name != name || speaks == services.Off) || reach == services.Off {
			continue
		}
		ev := l.GetPort().GetEvidence()
		observed := checks.Verbatim(strings.TrimSpace(l.GetScope() + " " + l.GetProcess().GetValue()))
		switch {
		case !services.Numbered(l):
			out = append(out, checks.Undecided(expected, observed, l.GetPort().GetReason(), checks.Say("端口或协议未知", "its port or protocol is not known"), ev...))
		case reach != services.On:
			out = append(out, checks.Undecided(expected, observed, l.GetAddress().GetReason(), checks.Say("无法得知是否对网络开放", "whether others can reach it is not known"), ev...))
		case speaks != services.On:
			out = append(out, checks.Undecided(expected, observed, l.GetProcess().GetReason(), checks.Say("无法确认是否为 %s", "whether it is %s cannot be told", name), ev...))
		default:
			out = append(out, checks.Failed(expected, checks.Say("%s 正在监听：%s", "%s listens: %s", name, observed), ev...))
		}
	}
	return out
}
