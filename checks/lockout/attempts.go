package lockout

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Attempts asks that every way in lock after a few failed logins.
var Attempts = &checks.Check{
	ID:       "lockout.attempts",
	Controls: []string{"LCK-01"},
	Title:    checks.Say("连续登录失败达到规定次数即锁定", "Failed logins lead to a lock"),
	Rationale: checks.Say(
		"不限制失败次数，攻击者可以无限制地猜测口令，再强的口令也只是时间问题。",
		"Where tries are not limited, passwords can be guessed without end, and any password is a matter of time."),
	Remedy: checks.Say(
		`以下以 5 次为例，请按所用基线的数值设置。
RHEL 8 及以上/openEuler：authselect enable-feature with-faillock，在 /etc/security/faillock.conf 设置 deny = 5。RHEL 7/CentOS 7/银河麒麟 V10：在 /etc/pam.d/system-auth 与 password-auth 中加入 auth required pam_faillock.so preauth silent deny=5 …、auth [default=die] pam_faillock.so authfail deny=5 … 和 account required pam_faillock.so（旧版用 pam_tally2.so deny=5）。
Debian/Ubuntu/统信 UOS：在 /etc/pam.d/common-auth 的 pam_unix.so 前后分别加入 preauth 与 authfail，在 common-account 加入 pam_faillock.so。sshd 须启用 UsePAM yes；MaxAuthTries 只断开连接，不等于锁定。
华为 VRP：aaa 视图 local-aaa-user wrong-password retry-interval 5 retry-time 5 block-time 30。H3C Comware：password-control enable；password-control login-attempt 5 exceed lock-time 30。Cisco IOS：aaa local authentication attempts max-fail 5，另加 login block-for 1800 attempts 5 within 300（15 级用户不受 max-fail 约束）。`,
		`The examples use 5; take the figure of your baseline.
RHEL 8 and later, openEuler: authselect enable-feature with-faillock, deny = 5 in /etc/security/faillock.conf. RHEL 7, CentOS 7, Kylin V10: in /etc/pam.d/system-auth and password-auth add auth required pam_faillock.so preauth silent deny=5 …, auth [default=die] pam_faillock.so authfail deny=5 … and account required pam_faillock.so (pam_tally2.so deny=5 on older systems).
Debian, Ubuntu, UOS: preauth before and authfail after pam_unix.so in /etc/pam.d/common-auth, pam_faillock.so in common-account. sshd needs UsePAM yes; MaxAuthTries ends a connection and locks nothing.
Huawei VRP: local-aaa-user wrong-password retry-interval 5 retry-time 5 block-time 30 in the aaa view. H3C Comware: password-control enable; password-control login-attempt 5 exceed lock-time 30. Cisco IOS: aaa local authentication attempts max-fail 5, and login block-for 1800 attempts 5 within 300 (max-fail spares privilege 15).`),
	Sees: checks.Say(
		"按登录方式（sshd、login、su、vty、web 等）读取失败几次后锁定；未配置或为 0 即从不锁定。锁定来源地址或线路的也计入并注明。看不到集中认证服务器上的锁定策略，也不能发现采集时未列出的登录方式。",
		"Reads for each way in (sshd, login, su, vty, web and so on) after how many failures something is locked; nothing configured, or 0, never locks. Locking the source or the line counts, and is named. It cannot see what a central server locks, nor ways in that the reading did not list."),
	Params: []checks.Param{{
		Name: "attempts", Kind: checks.Number, Default: "6",
		Doc: checks.Say("最多允许的连续失败次数", "the most failures in a row before the lock"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		most := p.Int("attempts")
		expected := checks.Say("失败 1 至 %d 次后锁定", "locks after 1 to %d failures", most)
		return everyPolicy(f, expected, func(lp *pb.LockoutPolicy) checks.Result {
			n := lp.GetAttempts().GetValue()
			return whereLocked(lp, expected, locksWhat(lp, checks.Settle(lp.GetAttempts(), expected, n > 0 && n <= most)))
		})
	},
}
