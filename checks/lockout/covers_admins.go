package lockout

import (
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// CoversAdmins asks that nobody be spared by the lock, administrators least of all.
var CoversAdmins = &checks.Check{
	ID:       "lockout.covers_admins",
	Controls: []string{"LCK-01"},
	Title:    checks.Say("锁定策略同样约束管理员", "Administrators are locked too"),
	Rationale: checks.Say(
		"管理员账户权限最高、名称最易猜到，恰是口令猜测的首要目标；把它排除在锁定之外，等于为最重要的账户取消保护。",
		"Administrators have the most rights and the best known names, so they are guessed at first. To spare them is to take the protection from the accounts that need it most."),
	Remedy: checks.Say(
		`Linux：/etc/security/faillock.conf 设置 even_deny_root 和 root_unlock_time = 1800（或在 pam_faillock.so、pam_tally2.so 后加同名参数）；删除 PAM 栈中用 pam_succeed_if、pam_listfile 跳过锁定的规则。为防止管理员被恶意锁定，可保留控制台应急通道并限制管理来源地址。
华为 VRP：administrator remote authen-fail retry-interval 5 retry-time 5 block-time 30。H3C Comware：password-control login-attempt 对所有管理用户生效，不设 exceed unlock。Cisco IOS：max-fail 不约束 15 级用户，须另配 login block-for，其 quiet-mode access-class 只列应急地址。`,
		`Linux: even_deny_root and root_unlock_time = 1800 in /etc/security/faillock.conf (or as arguments of pam_faillock.so or pam_tally2.so); remove rules that jump over the lock with pam_succeed_if or pam_listfile. Against lock-outs by malice keep the console as a way in for emergencies and limit the source addresses of administration.
Huawei VRP: administrator remote authen-fail retry-interval 5 retry-time 5 block-time 30. H3C Comware: password-control login-attempt binds all management users; do not use exceed unlock. Cisco IOS: max-fail spares privilege 15, so add login block-for, with a quiet-mode access-class that lists emergency addresses only.`),
	Sees: checks.Say(
		"按登录方式读取锁定是否约束管理员（uid 0、15 级），以及是否列有不受锁定的账户或组。从不锁定的登录方式判为不符合。看不到集中认证服务器上的例外。",
		"Reads for each way in whether the lock binds administrators (uid 0, privilege 15) and whether accounts or groups are spared by name. A way in that never locks fails. It cannot see what a central server spares."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("管理员同样锁定，且无例外账户", "administrators are locked too, and nobody is spared")
		return everyPolicy(f, expected, func(lp *pb.LockoutPolicy) checks.Result {
			admins := checks.Is(lp.GetCoversAdmins(), true, nil).About(checks.Say("约束管理员", "binds administrators"))
			spared := checks.Settle(lp.GetExempt(), nil, len(lp.GetExempt().GetValue()) == 0).
				WhenAbsent(lp.GetExempt(), pb.Outcome_OUTCOME_PASS)
			spared.Observed = checks.Say("例外：%s", "spared: %s", exempt(lp, spared))
			r := checks.AllOf(admins, spared)
			r.Expected = expected
			return whereLocked(lp, expected, r)
		})
	},
}

func exempt(lp *pb.LockoutPolicy, r checks.Result) *pb.Text {
	if names := lp.GetExempt().GetValue(); len(names) > 0 {
		return checks.Verbatim(strings.Join(names, ", "))
	}
	if r.Outcome == pb.Outcome_OUTCOME_PASS {
		return checks.Say("无", "nobody")
	}
	return r.Observed
}
