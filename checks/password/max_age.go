package password

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxAge asks that passwords be changed in time: by the policy for new ones, and by every account for its own.
var MaxAge = &checks.Check{
	ID:       "password.max_age",
	Controls: []string{"PWD-03"},
	Title:    checks.Say("口令定期更换", "Passwords are changed in time"),
	Rationale: checks.Say(
		"口令使用越久，泄露后被长期利用的风险越大。策略只约束今后设置的口令，已有账户可能仍是永不过期或多年未改，因此逐个账户判断。",
		"The longer a password is used, the longer a stolen one serves the thief. The policy binds only what is set from now on; accounts that exist may never expire or not have changed for years, so each of them is judged."),
	Remedy: checks.Say(
		`以下以 90 天为例，请按所用基线的数值设置。
Linux（RHEL/CentOS/openEuler/银河麒麟/Debian/Ubuntu/统信 UOS）：/etc/login.defs 设置 PASS_MAX_DAYS 90（只影响新建账户）；对每个已有账户执行 chage -M 90 用户名；超期未改的口令立即用 passwd 修改；不再使用口令的账户用 passwd -l 锁定。用 chage -l 用户名 核对。
华为 VRP：aaa 视图 local-aaa-user password policy administrator 下设置 password expire 90。H3C Comware：password-control aging enable；password-control aging 90。Cisco IOS：aaa common-criteria policy 下设置 lifetime day 90 并绑定用户；ASA：password-policy lifetime 90。`,
		`The examples use 90 days; take the figure of your baseline.
Linux (RHEL, CentOS, openEuler, Kylin, Debian, Ubuntu, UOS): set PASS_MAX_DAYS 90 in /etc/login.defs (new accounts only); run chage -M 90 USER for every account that exists; change passwords that are overdue with passwd; lock accounts that need no password with passwd -l. Verify with chage -l USER.
Huawei VRP: password expire 90 under local-aaa-user password policy administrator in the aaa view. H3C Comware: password-control aging enable; password-control aging 90. Cisco IOS: lifetime day 90 in an aaa common-criteria policy bound to the users; ASA: password-policy lifetime 90.`),
	Sees: checks.Say(
		"读取策略中的最长有效期，以及每个可用口令登录的账户自身的有效期和上次修改时间（如 /etc/shadow 第 3、5 字段；按整天计算）。口令为空、已锁定或不能用口令登录的账户、已到期的账户不计；登录受限但口令有效的主机账户计入。看不到数据库和应用自己的账户。",
		"Reads the longest validity that the policy sets, and for each account that can use a password its own limit and when it was last changed (such as fields 3 and 5 of /etc/shadow; counted in whole days). Accounts whose password is empty, locked or impossible and accounts that have ended are left out; a host account without a login shell but with a working password counts. It cannot see the accounts of databases and applications."),
	Params: []checks.Param{{
		Name: "age", Kind: checks.Span, Default: "90d",
		Doc: checks.Say("口令最长使用时间", "the longest time a password may be used"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		limit, now := p.Limit("age"), p.Now
		expected := checks.Within(nil, limit).Expected
		out := everyLife(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			return checks.Within(pp.GetMaxAge(), limit)
		})
		wanted := checks.Say("每个账户的口令有效期%s，且上次修改未超期", "every account's password is valid for %s, and was changed within that time", expected)
		nobody := checks.NotApplicable(checks.Say("没有可用口令登录的账户", "no account can use a password"))
		nobody.Expected = wanted
		return append(out, checks.SummaryWhere(f.GetAccounts(), "accounts", nobody,
			func(a *pb.Account) bool { return usable(a, now) },
			func(a *pb.Account) checks.Result {
				own := checks.Within(a.GetMaxAge(), limit).About(checks.Say("有效期", "valid for"))
				return ifUsable(a, checks.AllOf(own, changedInTime(a, limit, now)))
			}))
	},
}

// changedInTime asks that an account's password be no older than the limit. Shadow files keep days, so whole days count.
func changedInTime(a *pb.Account, limit checks.Limit, now time.Time) checks.Result {
	expected := checks.Say("最近 %s内修改过", "changed within the last %s", checks.SpanText(limit.Span))
	if yes(a.GetMustChange()) {
		return checks.Passed(expected, checks.Say("下次登录必须修改", "must be changed at the next login"), a.GetMustChange().GetEvidence()...)
	}
	if state := a.GetPasswordState(); facts.Known(state) && state.GetValue() == stateExpired {
		return checks.Passed(expected, checks.Say("口令已过期", "the password has run out"), state.GetEvidence()...)
	}
	const oneDay = 24 * time.Hour
	age := now.Sub(a.GetLastChange().GetValue().AsTime())
	inFuture, whole := age < -oneDay, age.Truncate(oneDay)
	r := checks.Settle(a.GetLastChange(), expected, !inFuture && (whole < limit.Span || whole == limit.Span && !limit.Strict))
	switch {
	case r.Outcome != pb.Outcome_OUTCOME_PASS && r.Outcome != pb.Outcome_OUTCOME_FAIL:
	case a.GetLastChange().GetState() == pb.FactState_FACT_STATE_ABSENT:
		r.Observed = checks.Say("没有修改日期，不会过期", "no date of change, so it never expires")
	case inFuture:
		r.Observed = checks.Say("修改日期 %s 在未来，不会按期过期", "changed on %s, which lies in the future, so it does not expire in time", day(a.GetLastChange()))
	default:
		r.Observed = checks.Say("上次修改 %s", "last changed %s", day(a.GetLastChange()))
	}
	return r
}
