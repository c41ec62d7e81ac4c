package accounts

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Shared asks that every account with which people log in belong to one person.
var Shared = &checks.Check{
	ID:       "accounts.shared",
	Controls: []string{"ACC-02"},
	Title:    checks.Say("账户不得多人共用", "No account is shared"),
	Rationale: checks.Say(
		"多人共用一个账户，操作无法归责到人；有人离职时也无法只收回他一人的权限。",
		"What is done with a shared account cannot be laid to a person, and when one of them leaves his rights cannot be taken back alone."),
	Remedy: checks.Say(
		`为每位管理员建立具名账户，停用 admin、test、public 之类以职能命名的登录账户；确需保留的系统或应用账户禁止登录（usermod -s /sbin/nologin 用户名，passwd -l 用户名），通过 sudo 或堡垒机使用并留下个人记录。
华为 VRP、H3C Comware：为每人建立 local-user，出厂 admin 用 undo local-user 或 state block 停用。Cisco IOS：每人一条 username，线路使用 login local 或 AAA，不使用线路公用口令。
在场所文件的 accounts.<账户>.owner 写明责任人（一个人）。`,
		`Give every administrator a named account and stop logins with admin, test, public and the like; keep system and application accounts from logging in (usermod -s /sbin/nologin USER, passwd -l USER) and use them through sudo or a bastion, which records the person.
Huawei VRP, H3C Comware: a local-user for each person, the delivered admin removed by undo local-user or state block. Cisco IOS: a username for each person with login local or AAA, no password shared by a line.
State the owner, one person, as accounts.<account>.owner in the site file.`),
	Sees: checks.Say(
		"对可以登录的账户（主机的 root 除外），比对场所文件中声明的责任人，并识别以职能命名的账户。技术手段只能发现共用的迹象，不能证明没有共用；未声明责任人的为无法判断。看不到多人使用同一私钥或口令。",
		"Compares the accounts that can log in (a host's root aside) with the owners stated in the site file, and recognises names that stand for a function. Signs of sharing can be found, its absence cannot be proved: without a stated owner the verdict is unknown. It cannot see several people using one key or password."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		expected := checks.Say("每个可登录账户只属于一个人", "every account that can log in belongs to one person")
		nobody := checks.NotApplicable(checks.Say("没有个人可登录的账户", "there is no account for people to log in with"))
		nobody.Expected = expected
		return []checks.Result{checks.SummaryWhere(f.GetAccounts(), scopeAccounts, nobody,
			func(a *pb.Account) bool { return mayLogIn(a) && !isRoot(a) },
			func(a *pb.Account) checks.Result {
				name, evidence := a.GetScope(), a.GetLoginEnabled().GetEvidence()
				owner, ok := stated(p, name)
				switch people := owners(owner.Owner); {
				case ok && len(people) > 1:
					return ifLogsIn(a, checks.Failed(expected, checks.Say("责任人为 %s", "it belongs to %s", strings.Join(people, ", ")), evidence...).
						Quoting(quote(name, "owner", owner.Owner)))
				case ok && len(people) == 1:
					return checks.Passed(expected, checks.Say("责任人 %s", "it belongs to %s", people[0]), evidence...).
						Quoting(quote(name, "owner", owner.Owner))
				case functional(name):
					return ifLogsIn(a, checks.Failed(expected, checks.Say("以职能命名，没有责任人", "the name stands for a function, and nobody owns it"), evidence...))
				}
				return checks.Unstated(expected, checks.Say("责任人未知", "owner not known"),
					checks.Say("账户 %s 属于谁？请在场所文件 accounts.%s.owner 中填写", "who owns account %s? State it as accounts.%s.owner in the site file", name, name), evidence...)
			})}
	},
}

// owners are the people that a statement names.
func owners(statement string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(statement, func(r rune) bool { return strings.ContainsRune("、,，;；/&+", r) }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// functionNames stand for what an account is for, not for who uses it.
var functionNames = []string{
	"admin", "administrator", "administrators", "backup", "common", "demo", "dev", "gongyong", "guest", "manager", "monitor",
	"netadmin", "oper", "operator", "ops", "public", "root", "share", "shared", "super", "superuser", "support", "sysadmin",
	"temp", "test", "toor", "user", "vendor", "yunwei",
}

func functional(name string) bool {
	parts := words(name)
	return len(parts) == 1 && slices.Contains(functionNames, parts[0])
}
