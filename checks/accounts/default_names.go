package accounts

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DefaultNames asks that the accounts a product is delivered with be renamed or closed.
var DefaultNames = &checks.Check{
	ID:       "accounts.default_names",
	Controls: []string{"ACC-04"},
	Title:    checks.Say("默认账户已改名或停用", "Delivered accounts are renamed or closed"),
	Rationale: checks.Say(
		"默认账户名人所共知，攻击者只需再猜口令；改名或停用可以挡住针对默认名的自动化尝试。",
		"Everybody knows the names a product is delivered with, so only the password is left to guess. Renaming or closing them defeats what tries those names."),
	Remedy: checks.Say(
		`Linux：不用的预置账户用 usermod -s /sbin/nologin -L 用户名 停用，或 userdel 删除；云镜像自带的登录账户（ubuntu、centos、debian 等）换成具名账户后停用。root 通常不改名，由 accounts.default_rights 判断是否限制其远程登录。
华为 VRP、H3C Comware：建立新的管理账户后 undo local-user admin（H3C 加 class manage）。Cisco IOS：no username cisco、no username admin。FortiOS：config system admin 中 rename admin to 新名称。
Windows：将 Administrator、Guest 改名并停用 Guest。`,
		`Linux: close delivered accounts that nobody needs with usermod -s /sbin/nologin -L USER, or remove them with userdel; replace the login account of a cloud image (ubuntu, centos, debian) by named ones and close it. root is usually not renamed; whether its remote login is limited is judged by accounts.default_rights.
Huawei VRP, H3C Comware: make another administrator, then undo local-user admin (H3C: with class manage). Cisco IOS: no username cisco, no username admin. FortiOS: rename admin to NEW in config system admin.
Windows: rename Administrator and Guest, disable Guest.`),
	Sees: checks.Say(
		"读取可登录账户的名称是否为平台或产品出厂自带的名称。主机的超级用户 root（uid 0）不计。只认得驱动掌握的出厂名称，看不到应用自带的账户。",
		"Reads whether the accounts that can log in have names the platform or a product is delivered with. A host's superuser root (uid 0) does not count. Only names that the driver knows are recognised; accounts that applications bring along are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("没有可登录的默认账户", "no delivered account can log in")
		nobody := checks.Passed(expected, checks.Say("没有可登录的账户", "no account can log in"))
		return []checks.Result{checks.SummaryWhere(f.GetAccounts(), scopeAccounts, nobody,
			func(a *pb.Account) bool { return mayLogIn(a) && !(isRoot(a) && a.GetScope() == "root") },
			func(a *pb.Account) checks.Result {
				r := checks.Is(a.GetDefaultName(), false, expected).WhenAbsent(a.GetDefaultName(), pb.Outcome_OUTCOME_PASS)
				if yes(a.GetDefaultName()) {
					r.Observed = checks.Say("默认账户，可登录", "a delivered account that can log in")
				}
				return ifLogsIn(a, r)
			})}
	},
}
