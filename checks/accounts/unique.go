package accounts

import (
	"strconv"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Unique asks that no two accounts have the same name or number.
var Unique = &checks.Check{
	ID:       "accounts.unique",
	Controls: []string{"ACC-01"},
	Title:    checks.Say("账户名和用户标识唯一", "Account names and numbers are unique"),
	Rationale: checks.Say(
		"系统按 uid 而不是名称判断权限。两个账户共用一个 uid 就是同一个用户，权限相同，审计记录无法区分。",
		"The system decides by number, not by name. Two accounts with one number are the same user: the same rights, and no way to tell them apart in the audit."),
	Remedy: checks.Say(
		`Linux：用 awk -F: '{print $3}' /etc/passwd | sort | uniq -d 找出重复 uid，用 cut -d: -f1 /etc/passwd | sort | uniq -d 找出重复名称；用 usermod -u 新uid 用户名 改号，再用 find / -uid 旧uid 核对并修改文件属主；多余账户用 userdel 删除。
网络设备的本地用户名由系统保证唯一；同一人的多个账户应在账户清单中登记责任人。`,
		`Linux: awk -F: '{print $3}' /etc/passwd | sort | uniq -d lists numbers in double use, cut -d: -f1 /etc/passwd | sort | uniq -d names; give a new number with usermod -u NEW USER, find the files with find / -uid OLD and set their owner; remove accounts not needed with userdel.
Network devices see to it themselves that names are unique; keep a list of who owns which account.`),
	Sees: checks.Say(
		"读取全部账户的名称和 uid，查找重复。一人一账户需要责任人清单，由 accounts.shared 判断。看不到集中目录和数据库中的账户。",
		"Reads names and numbers of all accounts and looks for doubles. That each person has an account of his own takes the list of owners: see accounts.shared. It cannot see accounts in a directory or a database."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		names, numbers := map[string]int{}, map[int64]int{}
		for _, a := range f.GetAccounts().GetItems() {
			names[a.GetScope()]++
			if facts.Known(a.GetUid()) {
				numbers[a.GetUid().GetValue()]++
			}
		}
		once, alone := checks.Say("账户名不重复", "each name is there once"), checks.Say("uid 不重复", "each uid is there once")
		return []checks.Result{
			checks.Summary(f.GetAccounts(), "names", checks.Nothing(once), func(a *pb.Account) checks.Result {
				if n := names[a.GetScope()]; n > 1 {
					return checks.Failed(once, checks.Say("出现 %d 次", "%d times", n), a.GetUid().GetEvidence()...)
				}
				return checks.Passed(once, checks.Verbatim(a.GetScope()), a.GetUid().GetEvidence()...)
			}),
			checks.Summary(f.GetAccounts(), "uids", checks.Nothing(alone), func(a *pb.Account) checks.Result {
				uid := a.GetUid()
				r := checks.Settle(uid, alone, numbers[uid.GetValue()] == 1)
				if facts.Known(uid) {
					r.Observed = checks.Verbatim("uid " + strconv.FormatInt(uid.GetValue(), 10))
				}
				return r
			}),
		}
	},
}
