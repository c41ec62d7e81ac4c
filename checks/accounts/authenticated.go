package accounts

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Authenticated asks that nobody get in by any way without proving who he is.
var Authenticated = &checks.Check{
	ID:       "accounts.authenticated",
	Controls: []string{"ACC-01", "PWD-07"},
	Title:    checks.Say("所有登录方式均须身份鉴别", "Every way in asks who you are"),
	Rationale: checks.Say(
		"任何一个不需要鉴别的入口（串口、匿名服务、信任主机）都会使其他登录控制失去意义。",
		"One way in that asks for nothing (a serial line, an anonymous service, a trusted host) makes all other login controls void."),
	Remedy: checks.Say(
		`Linux：关闭图形和终端的自动登录（gdm、lightdm 的 autologin，getty 的 --autologin）；停用 rsh/rlogin，删除 .rhosts 和 /etc/hosts.equiv，sshd 设置 IgnoreRhosts yes、HostbasedAuthentication no；vsftpd 设置 anonymous_enable=NO；单用户模式要求口令（sulogin）。
华为 VRP：每个 user-interface 设 authentication-mode aaa。H3C Comware：每个 line 设 authentication-mode scheme。两者均不得为 none。Cisco IOS：aaa new-model 与 aaa authentication login default，或在 con、aux、vty 上 login local，不得有 no login；不用的 aux 口 no exec、transport input none。`,
		`Linux: switch automatic login off (autologin of gdm and lightdm, --autologin of getty); stop rsh and rlogin, remove .rhosts and /etc/hosts.equiv, IgnoreRhosts yes and HostbasedAuthentication no for sshd; anonymous_enable=NO in vsftpd; have single-user mode ask for a password (sulogin).
Huawei VRP: authentication-mode aaa on every user-interface. H3C Comware: authentication-mode scheme on every line. Never none. Cisco IOS: aaa new-model with aaa authentication login default, or login local on con, aux and vty, never no login; no exec and transport input none on an aux port nobody uses.`),
	Sees: checks.Say(
		"按登录方式（ssh、telnet、控制台、web、snmp、ftp 等）读取是否必须鉴别、鉴别方法中是否含 none；已关闭的方式不计。口令是否为空由 password.empty 判断。看不到采集时未列出的应用和数据库入口。",
		"Reads for each way in (ssh, telnet, console, web, snmp, ftp and so on) whether one must prove who one is, and whether none is among the methods; what is switched off does not count. Empty passwords are judged by password.empty. It cannot see ways into applications and databases that the reading did not list."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("未经鉴别不能进入", "nobody gets in without authentication")
		none := checks.Nothing(expected)
		return checks.Each(f.GetAccessPaths(), none, func(path *pb.AccessPath) checks.Result {
			if no(path.GetEnabled()) {
				return checks.NotApplicable(checks.Say("已关闭", "switched off"), path.GetEnabled().GetEvidence()...)
			}
			r := checks.Is(path.GetAuthenticated(), true, expected)
			switch r.Outcome {
			case pb.Outcome_OUTCOME_PASS:
				r.Observed = checks.Say("须经鉴别", "asks for authentication")
			case pb.Outcome_OUTCOME_FAIL:
				r.Observed = checks.Say("无需鉴别即可进入", "one gets in without authentication")
			}
			if r.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE && slices.Contains(path.GetMethods().GetValue(), "none") {
				r = checks.Failed(expected, checks.Say("鉴别方法含 none", "none is among its methods"), slices.Concat(path.GetMethods().GetEvidence(), r.Evidence)...)
			}
			return ifEnabled(path, r)
		})
	},
}
