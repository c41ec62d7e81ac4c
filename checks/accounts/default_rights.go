package accounts

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DefaultRights asks that default users be tightly limited: the superuser does not log in directly from afar, and
// system accounts do not log in at all.
var DefaultRights = &checks.Check{
	ID:       "accounts.default_rights",
	Controls: []string{"ACC-04", "ACC-06"},
	Title:    checks.Say("严格限制默认账户的权限", "Default accounts are tightly limited"),
	Rationale: checks.Say(
		"超级用户直接远程登录既无法区分操作人，又把全部权限暴露给口令猜测；系统账户本不应登录，可登录即多一条入口。",
		"A superuser who logs in directly from afar cannot be told from another, and puts all rights at the mercy of a guessed password. System accounts are not meant to log in; one that can is one more way in."),
	Remedy: checks.Say(
		`Linux：/etc/ssh/sshd_config 及 sshd_config.d/*.conf 设置 PermitRootLogin no（确需时 prohibit-password），检查 Match 段；停用 telnet、rsh 的 root 登录（/etc/securetty）；系统账户（uid 1–999）设为 usermod -s /sbin/nologin 用户名 并 passwd -l 用户名。管理员用具名账户登录后以 sudo 提权。
Windows：停用 Guest，内置 Administrator 停用或仅限本地。
网络设备：删除或停用出厂账户（华为、H3C：undo local-user admin；Cisco：no username cisco），具名账户按需授级。`,
		`Linux: PermitRootLogin no (prohibit-password where it cannot be avoided) in /etc/ssh/sshd_config and sshd_config.d/*.conf, Match blocks included; no root over telnet or rsh (/etc/securetty); system accounts (uid 1 to 999) get usermod -s /sbin/nologin USER and passwd -l USER. Administrators log in by name and use sudo.
Windows: disable Guest; disable the built-in Administrator or keep it local.
Network devices: remove or block the delivered accounts (Huawei, H3C: undo local-user admin; Cisco: no username cisco) and give named accounts the level they need.`),
	Sees: checks.Say(
		"读取各远程登录方式是否允许超级用户直接登录，以及默认账户和系统账户（主机 uid 1–999）能否登录。默认允许仅密钥（prohibit-password）和仅限指定命令的登录，可用参数 admin_login=no 收紧。在场所文件登记了责任人的系统账户不计。看不到堡垒机上的限制。",
		"Reads whether each remote way in lets the superuser log in directly, and whether delivered accounts and system accounts (uid 1 to 999 of a host) can log in. By default a login by key only (prohibit-password) or for set commands only is accepted; admin_login=no is stricter. System accounts whose owner the site file states do not count. It cannot see what a bastion forbids."),
	Params: []checks.Param{{
		Name: "admin_login", Kind: checks.Words, Default: "no+keys-only+commands-only", Allowed: []string{"no", "keys-only", "commands-only"},
		Doc: checks.Say("可接受的超级用户远程登录方式：no 禁止，keys-only 仅密钥，commands-only 仅指定命令", "how the superuser may log in from afar: no, keys-only, commands-only"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		accepted := p.Words("admin_login")
		device := onDevice(f)
		limited := checks.Say("超级用户不能直接远程登录", "the superuser cannot log in directly from afar")
		none := checks.Passed(limited, checks.Say("没有可供超级用户远程登录的方式", "there is no remote way in for the superuser"))
		if device {
			none = checks.NotApplicable(checks.Say("网络设备没有此项", "network devices have no such thing"))
		}
		out := checks.EachWhere(f.GetAccessPaths(), none,
			func(path *pb.AccessPath) bool { return letsAdminsIn(path, device) },
			func(path *pb.AccessPath) checks.Result {
				login := path.GetAdminLogin()
				r := checks.Settle(login, limited, login.GetValue() == "no" || slices.Contains(accepted, login.GetValue()))
				return ifReached(path, r)
			})
		closed := checks.Say("默认账户和系统账户不能登录", "delivered and system accounts cannot log in")
		nobody := checks.Passed(closed, checks.Say("没有可登录的默认账户或系统账户", "no delivered or system account can log in"))
		return append(out, checks.SummaryWhere(f.GetAccounts(), scopeAccounts, nobody,
			func(a *pb.Account) bool { return mayLogIn(a) && !isRoot(a) },
			func(a *pb.Account) checks.Result { return ifLogsIn(a, ordinary(a, closed, p)) }))
	},
}

// letsAdminsIn picks the ways in by which a superuser could open a session from afar.
func letsAdminsIn(path *pb.AccessPath, device bool) bool {
	if no(path.GetEnabled()) || no(path.GetRemote()) {
		return false
	}
	said := path.GetAdminLogin().GetState() != pb.FactState_FACT_STATE_UNSPECIFIED
	opensSessions := !slices.Contains([]string{"snmp", "tftp", "http", "https", "api", "netconf", "su", "sudo"}, path.GetScope())
	return said || opensSessions && !device
}

// ordinary asks that an account that can log in be neither delivered with the system nor one of its own.
func ordinary(a *pb.Account, expected *pb.Text, p checks.Params) checks.Result {
	if yes(a.GetDefaultName()) {
		return checks.Failed(expected, checks.Say("默认账户，可登录", "a delivered account that can log in"), a.GetDefaultName().GetEvidence()...)
	}
	const firstUser = 1000
	if uid := a.GetUid(); facts.Known(uid) && uid.GetValue() < firstUser {
		if owner, ok := stated(p, a.GetScope()); ok && owner.Owner != "" {
			return checks.Passed(expected, checks.Say("已登记责任人 %s", "owned by %s", owner.Owner), uid.GetEvidence()...).Quoting(quote(a.GetScope(), "owner", owner.Owner))
		}
		return checks.Failed(expected, checks.Say("系统账户（uid %d），可登录", "a system account (uid %d) that can log in", uid.GetValue()), uid.GetEvidence()...)
	}
	r := checks.Is(a.GetDefaultName(), false, expected).WhenAbsent(a.GetDefaultName(), pb.Outcome_OUTCOME_PASS)
	if uid := checks.Settle(a.GetUid(), expected, true); uid.Outcome == pb.Outcome_OUTCOME_UNKNOWN && r.Outcome == pb.Outcome_OUTCOME_PASS {
		return uid.About(checks.Verbatim("uid"))
	}
	return r
}
