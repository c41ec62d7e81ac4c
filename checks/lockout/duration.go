package lockout

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Duration asks that a lock last, or stay until an administrator lifts it.
var Duration = &checks.Check{
	ID:       "lockout.duration",
	Controls: []string{"LCK-02"},
	Title:    checks.Say("锁定时间不短于规定值", "A lock lasts long enough"),
	Rationale: checks.Say(
		"锁定时间过短，攻击者稍作等待即可继续猜测，锁定失去意义。许多产品的默认值只有 1 至 10 分钟。",
		"A lock of a minute hardly slows a guesser down. Many products come with 1 to 10 minutes."),
	Remedy: checks.Say(
		`以下以 30 分钟为例，请按所用基线的数值设置。
Linux：/etc/security/faillock.conf 设置 unlock_time = 1800（0 表示须管理员用 faillock --user 用户名 --reset 解锁），约束 root 时同时设置 root_unlock_time = 1800；用 PAM 参数时写在 pam_faillock.so 或 pam_tally2.so 之后。faillock 记录默认在 /run/faillock，重启即清空，要求“直至解锁”时用 dir= 指到磁盘目录。
华为 VRP：local-aaa-user wrong-password retry-interval 5 retry-time 5 block-time 30。H3C Comware：password-control login-attempt 5 exceed lock-time 30（或 exceed lock）。Cisco IOS：aaa local authentication attempts max-fail 锁定至 clear aaa local user lockout；login block-for 1800 attempts 5 within 300。`,
		`The examples use 30 minutes; take the figure of your baseline.
Linux: unlock_time = 1800 in /etc/security/faillock.conf (0: until an administrator runs faillock --user USER --reset), with root_unlock_time = 1800 where root is bound; with PAM arguments write it after pam_faillock.so or pam_tally2.so. faillock keeps its records in /run/faillock, which a restart empties: use dir= on a disk where the lock must stay.
Huawei VRP: local-aaa-user wrong-password retry-interval 5 retry-time 5 block-time 30. H3C Comware: password-control login-attempt 5 exceed lock-time 30 (or exceed lock). Cisco IOS: aaa local authentication attempts max-fail locks until clear aaa local user lockout; login block-for 1800 attempts 5 within 300.`),
	Sees: checks.Say(
		"按登录方式读取锁定时长；直至管理员解锁视为符合。从不锁定的登录方式判为不符合。看不到集中认证服务器上的锁定时长，也不判断重启是否会清空失败记录。",
		"Reads for each way in how long a lock lasts; until an administrator lifts it is long enough. A way in that never locks fails. It cannot see what a central server does, nor whether a restart empties the record of failures."),
	Params: []checks.Param{{
		Name: "duration", Kind: checks.Span, Default: "30m",
		Doc: checks.Say("最短锁定时间", "the least time a lock lasts"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		least := p.Limit("duration").Span
		expected := checks.Say("锁定不短于 %s，或直至管理员解锁", "locked for at least %s, or until an administrator unlocks", checks.SpanText(least))
		return everyPolicy(f, expected, func(lp *pb.LockoutPolicy) checks.Result {
			r := checks.AtLeastSpan(lp.GetDuration(), least)
			r.Expected = expected
			if r.Outcome == pb.Outcome_OUTCOME_PASS && lp.GetDuration().GetForever() {
				r.Observed = checks.Say("直至管理员解锁", "until an administrator unlocks")
			}
			return whereLocked(lp, expected, r)
		})
	},
}
