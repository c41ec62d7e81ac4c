package accounts

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Superuser asks that a host have one account with uid 0 and no more.
var Superuser = &checks.Check{
	ID:       "accounts.superuser",
	Controls: []string{"ACC-01"},
	Title:    checks.Say("只有一个 uid 为 0 的账户", "Only one account has uid 0"),
	Rationale: checks.Say(
		"uid 为 0 的账户都是超级用户，权限无法收回也无法区分；多出来的往往是后门或图方便的遗留。",
		"Every account with uid 0 is the superuser, with rights that can neither be limited nor told apart. A second one is often a back door, or a convenience somebody forgot."),
	Remedy: checks.Say(
		`Linux：用 awk -F: '$3==0{print $1}' /etc/passwd 列出；除 root 外一律用 userdel 删除或 usermod -u 新uid 改号（先用 find 调整文件属主），管理权限改由 sudo 授予具名账户。
网络设备没有 uid，权限级别由 accounts.least_privilege 判断。`,
		`Linux: awk -F: '$3==0{print $1}' /etc/passwd lists them; remove all but root with userdel, or give them another number with usermod -u (set the owner of their files first), and grant administration to named accounts by sudo.
Network devices have no uid; their privilege levels are judged by accounts.least_privilege.`),
	Sees: checks.Say(
		"读取全部账户的 uid。清单不完整或有 uid 读不出时，只要没有发现第二个就为无法判断。看不到集中目录中的账户。",
		"Reads the uid of every account. Where the list is not complete or a uid cannot be read, the verdict is unknown as long as no second one was found. It cannot see accounts in a directory."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("至多一个账户的 uid 为 0", "no more than one account has uid 0")
		var roots []string
		for _, a := range f.GetAccounts().GetItems() {
			if isRoot(a) {
				roots = append(roots, a.GetScope())
			}
		}
		r := checks.Summary(f.GetAccounts(), scopeAccounts, checks.Nothing(expected), func(a *pb.Account) checks.Result {
			return checks.Settle(a.GetUid(), expected, !isRoot(a) || len(roots) == 1).About(checks.Verbatim("uid"))
		})
		switch r.Outcome {
		case pb.Outcome_OUTCOME_PASS:
			r.Observed = checks.Say("没有", "none")
			if len(roots) > 0 {
				r.Observed = checks.Verbatim(strings.Join(roots, ", "))
			}
		case pb.Outcome_OUTCOME_NOT_APPLICABLE:
			r.Observed = checks.Say("账户没有 uid", "accounts have no uid here")
		}
		return []checks.Result{r}
	},
}
