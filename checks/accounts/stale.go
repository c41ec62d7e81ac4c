package accounts

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Stale asks that accounts which nobody uses, which have ended or which were made to try something are gone.
var Stale = &checks.Check{
	ID:       "accounts.stale",
	Controls: []string{"ACC-03"},
	Title:    checks.Say("及时清理多余、过期和调试账户", "Surplus, expired and test accounts are gone"),
	Rationale: checks.Say(
		"无人使用的账户无人留意，口令多年不变，被盗用也不会被发现；调试账户往往权限大、口令弱。",
		"Nobody watches an account that nobody uses: its password stays for years, and its theft goes unseen. Test accounts tend to have many rights and weak passwords."),
	Remedy: checks.Say(
		`Linux：用 lastlog（lastlog2）或 last 核对，多余账户用 userdel 删除，暂留的用 usermod -L -e 1 用户名 停用；用 useradd -D -f 30 与 chage -I 30 用户名 设置口令过期后自动停用，临时账户用 chage -E YYYY-MM-DD 用户名 设定到期日；同时清理其 authorized_keys 和定时任务。
华为 VRP：undo local-user 用户名 或 local-user 用户名 state block。H3C Comware：undo local-user 用户名 class manage；password-control login idle-time 90 自动停用。Cisco IOS：no username 用户名。
确需保留的测试类命名账户，在场所文件 accounts.<账户>.owner 登记责任人。`,
		`Linux: look at lastlog (lastlog2) or last, remove what is surplus with userdel, stop what must stay for a while with usermod -L -e 1 USER; useradd -D -f 30 and chage -I 30 USER lock accounts after their password ran out, chage -E YYYY-MM-DD USER ends temporary ones; clear their authorized_keys and timers too.
Huawei VRP: undo local-user NAME or local-user NAME state block. H3C Comware: undo local-user NAME class manage; password-control login idle-time 90 locks by itself. Cisco IOS: no username NAME.
State the owner of an account that keeps a test-like name as accounts.<account>.owner in the site file.`),
	Sees: checks.Say(
		"读取可登录账户的最近登录时间、到期日和名称（test、debug、temp、guest 等）。不可登录的账户和主机的 root 不计入登录时间判断。从未登录但口令或系统刚设置不久的、登录记录读不到的，为无法判断。看不到离职名单和集中目录。",
		"Reads of accounts that can log in when they last did, when they end, and their names (test, debug, temp, guest and so on). Accounts that cannot log in, and a host's root, are not judged by their logins. Where an account never logged in but its password or the system is new, or where no record can be read, the verdict is unknown. It cannot see the list of people who left, nor a directory."),
	Params: []checks.Param{{
		Name: "after", Kind: checks.Span, Default: "90d",
		Doc: checks.Say("多久未登录视为多余账户", "after how long without a login an account is surplus"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		limit := p.Limit("after")
		expected := checks.Say("%s内登录过、未到期且不是调试账户", "logged in within %s, not ended, not made for a test", checks.SpanText(limit.Span))
		nobody := checks.Passed(expected, checks.Say("没有可登录的账户", "no account can log in"))
		return []checks.Result{checks.SummaryWhere(f.GetAccounts(), scopeAccounts, nobody, mayLogIn, func(a *pb.Account) checks.Result {
			return ifLogsIn(a, checks.AllOf(ended(a, expected, p.Now), named(a, expected, p), used(f, a, expected, limit, p.Now)))
		})}
	},
}

// ended judges the account's own end.
func ended(a *pb.Account, expected *pb.Text, now time.Time) checks.Result {
	end := a.GetExpires()
	if facts.Known(end) && end.GetValue().AsTime().Before(now) {
		return checks.Failed(expected, checks.Say("已于 %s 到期但仍可登录", "ended on %s and can still log in", day(end)), end.GetEvidence()...)
	}
	// An account without an end, or whose end nobody stated, is judged by its use.
	return checks.NotApplicable(checks.Say("未到期", "has not ended"))
}

// trialNames are what accounts are called that were made to try something or for somebody passing through.
var trialNames = []string{"test", "tester", "testuser", "debug", "temp", "tmp", "demo", "guest", "trial", "sample", "example", "vendor", "ceshi", "linshi", "tiaoshi"}

// named judges the account's name. An account that the site lists with an owner is known to be wanted.
func named(a *pb.Account, expected *pb.Text, p checks.Params) checks.Result {
	trial := slices.ContainsFunc(words(a.GetScope()), func(w string) bool { return slices.Contains(trialNames, w) })
	switch owner, _ := stated(p, a.GetScope()); {
	case trial && owner.Owner != "":
		return checks.Passed(expected, checks.Say("已登记责任人 %s", "owned by %s", owner.Owner)).Quoting(quote(a.GetScope(), "owner", owner.Owner))
	case trial:
		return checks.Failed(expected, checks.Say("名称像调试或临时账户", "named like an account for tests or for a while"), a.GetLoginEnabled().GetEvidence()...)
	}
	return checks.NotApplicable(checks.Say("名称正常", "an ordinary name"))
}

// used judges when the account was last used.
func used(f *pb.Facts, a *pb.Account, expected *pb.Text, limit checks.Limit, now time.Time) checks.Result {
	last := a.GetLastLogin()
	within := func(t *pb.TimeFact) bool {
		age := now.Sub(t.GetValue().AsTime())
		return facts.Known(t) && (age < limit.Span || age == limit.Span && !limit.Strict)
	}
	switch {
	case isRoot(a):
		return checks.Passed(expected, checks.Say("超级用户不按登录时间判断", "the superuser is not judged by its logins"), a.GetUid().GetEvidence()...)
	case facts.Known(last):
		r := checks.Settle(last, expected, within(last))
		r.Observed = checks.Say("上次登录 %s", "last login %s", day(last))
		return r
	case last.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return checks.Undecided(expected, checks.Say("平台不记录登录时间", "the platform keeps no record of logins"),
			pb.Reason_REASON_NOT_FOUND, checks.Say("登录记录", "record of logins"), last.GetEvidence()...)
	case last.GetState() == pb.FactState_FACT_STATE_ABSENT:
		never := checks.Say("从未登录", "never logged in")
		for _, t := range []*pb.TimeFact{a.GetLastChange(), f.GetPlatform().GetInstalled()} {
			if within(t) {
				return checks.Undecided(expected, never, pb.Reason_REASON_TOO_YOUNG,
					checks.Say("账户或系统可能新建于 %s", "the account or the system may be new since %s", day(t)), slices.Concat(last.GetEvidence(), t.GetEvidence())...)
			}
		}
		return checks.Failed(expected, never, last.GetEvidence()...)
	}
	return checks.Settle(last, expected, false).About(checks.Say("上次登录", "last login"))
}

// day writes a moment as a date.
func day(t *pb.TimeFact) string { return t.GetValue().AsTime().UTC().Format(time.DateOnly) }
