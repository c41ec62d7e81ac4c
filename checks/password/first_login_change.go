package password

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// FirstLoginChange asks that a password which somebody else chose be changed at the first login.
var FirstLoginChange = &checks.Check{
	ID:       "password.first_login_change",
	Controls: []string{"PWD-05"},
	Title:    checks.Say("首次登录强制修改初始口令", "Initial passwords are changed at the first login"),
	Rationale: checks.Say(
		"初始口令由管理员设置并经他人之手传递，不修改就无法把操作归责到用户本人，也可能被截获后使用。",
		"An initial password was chosen by an administrator and passed through other hands. Unless it is changed nobody can say who used the account, and whoever intercepted it still can."),
	Remedy: checks.Say(
		`Linux：新建账户或重置口令后执行 chage -d 0 用户名（或 passwd -e 用户名），强制首次登录修改；从未使用的账户应锁定（passwd -l）或删除。root 口令在系统安装后应重新设置。
华为 VRP：aaa 视图 local-aaa-user password policy administrator 下 password alert original。H3C Comware：password-control change-password first-login enable。FortiOS：config system admin 中 set force-password-change enable。Cisco IOS 无此功能，交付后由使用人当面修改并登记。`,
		`Linux: after creating an account or resetting its password run chage -d 0 USER (or passwd -e USER); lock (passwd -l) or remove accounts that nobody ever used. Set root's password anew after the system was installed.
Huawei VRP: password alert original under local-aaa-user password policy administrator. H3C Comware: password-control change-password first-login enable. FortiOS: set force-password-change enable in config system admin. Cisco IOS has no such feature: have the user change it on hand-over and keep a record.`),
	Sees: checks.Say(
		"读取口令策略是否要求首次登录修改，以及有口令但从未登录过的账户是否被标记为下次登录必须修改。超级用户（uid 0）若口令在系统安装之后改过则视为已非初始口令。已登录过的账户当初是否被强制修改已无法得知；登录记录看不到时为无法判断。",
		"Reads whether the policy demands the change, and for accounts with a password that never logged in whether they must change it at the next login. The superuser's (uid 0) password is no longer the initial one if it was changed after the system was set up. Of accounts that have logged in nobody can say any more whether they were made to; where no record of logins can be read the verdict is unknown."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		expected := checks.Say("首次登录必须修改口令", "the password must be changed at the first login")
		out := everyLife(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			return checks.Is(pp.GetFirstLoginChange(), true, expected)
		})
		waiting := checks.Say("从未登录的账户均须在首次登录时修改口令", "every account that never logged in must change its password at the first login")
		nobody := checks.Passed(waiting, checks.Say("没有使用初始口令、从未登录的账户", "no account waits for its first login with an initial password"))
		return append(out, checks.SummaryWhere(f.GetAccounts(), "accounts", nobody,
			func(a *pb.Account) bool {
				return usable(a, p.Now) && !no(a.GetLoginEnabled()) && !facts.Known(a.GetLastLogin())
			},
			func(a *pb.Account) checks.Result { return ifUsable(a, firstLogin(f, a, waiting)) }))
	},
}

// firstLogin judges an account of which no login is known.
func firstLogin(f *pb.Facts, a *pb.Account, expected *pb.Text) checks.Result {
	if yes(a.GetMustChange()) {
		return checks.Is(a.GetMustChange(), true, expected)
	}
	if facts.Known(a.GetUid()) && a.GetUid().GetValue() == 0 && changedSinceSetup(f, a) {
		return checks.Passed(expected, checks.Say("口令已于 %s 修改", "changed on %s", day(a.GetLastChange())), a.GetLastChange().GetEvidence()...)
	}
	logins := a.GetLastLogin()
	switch logins.GetState() {
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return checks.NotApplicable(checks.Say("平台不记录登录时间", "the platform keeps no record of logins"), logins.GetEvidence()...)
	case pb.FactState_FACT_STATE_ABSENT:
	default:
		return checks.Settle(logins, expected, false).About(checks.Say("上次登录", "last login"))
	}
	if r := checks.Settle(a.GetMustChange(), expected, false); r.Outcome != pb.Outcome_OUTCOME_FAIL {
		return r
	}
	if !facts.Known(a.GetLoginEnabled()) && a.GetLoginEnabled().GetState() != pb.FactState_FACT_STATE_NOT_APPLICABLE {
		return checks.Settle(a.GetLoginEnabled(), expected, false)
	}
	return checks.Failed(expected, checks.Say("从未登录，且未要求修改口令", "never logged in, and need not change its password"),
		slices.Concat(a.GetMustChange().GetEvidence(), logins.GetEvidence())...)
}
