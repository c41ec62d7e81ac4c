package password

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MinLength asks that every password policy demand a minimum length.
var MinLength = &checks.Check{
	ID:       "password.min_length",
	Controls: []string{"PWD-01"},
	Title:    checks.Say("口令长度不低于规定值", "Passwords have a minimum length"),
	Rationale: checks.Say(
		"口令越短，穷举所需时间越少。在创建和修改口令时强制最小长度，是抵御暴力破解最基本的措施。",
		"The shorter a password, the sooner it is found by trying. A minimum length that is enforced whenever a password is set is the first defence against that."),
	Remedy: checks.Say(
		`以下以 8 位为例，请按所用基线的数值设置。
RHEL/CentOS/openEuler/银河麒麟：在 /etc/security/pwquality.conf 中设置 minlen = 8，dcredit、ucredit、lcredit、ocredit 取 0 或负数（正数会抵扣长度）；确认 /etc/pam.d/system-auth 与 /etc/pam.d/password-auth 的 password 段引用 pam_pwquality.so，且其参数中没有更小的 minlen（RHEL 8 及以上用 authselect 维护）。
Debian/Ubuntu/统信 UOS：安装 libpam-pwquality，同样修改 /etc/security/pwquality.conf，并确认 /etc/pam.d/common-password 引用 pam_pwquality.so。仅设置 /etc/login.defs 的 PASS_MIN_LEN 在 PAM 下无效。
华为 VRP：set password min-length 8。H3C Comware：password-control enable；password-control length enable；password-control length 8（用户组、本地用户视图下不得更小）。Cisco IOS：security passwords min-length 8；ASA：password-policy minimum-length 8。`,
		`The examples use 8; take the figure of your baseline.
RHEL, CentOS, openEuler, Kylin: set minlen = 8 in /etc/security/pwquality.conf and keep dcredit, ucredit, lcredit and ocredit at 0 or below (positive credits shorten the password); see that the password section of /etc/pam.d/system-auth and /etc/pam.d/password-auth has pam_pwquality.so without a smaller minlen argument (use authselect on RHEL 8 and later).
Debian, Ubuntu, UOS: install libpam-pwquality, edit the same pwquality.conf and see that /etc/pam.d/common-password has pam_pwquality.so. PASS_MIN_LEN in /etc/login.defs alone does nothing under PAM.
Huawei VRP: set password min-length 8. H3C Comware: password-control enable; password-control length enable; password-control length 8 (no smaller value under a user group or user). Cisco IOS: security passwords min-length 8; ASA: password-policy minimum-length 8.`),
	Sees: checks.Say(
		"读取每个口令策略实际要求的最小长度（已扣除字符种类加分），以及该策略是否生效。看不到已设口令的长度；由集中认证服务器管理的口令须在该服务器上判断。策略不约束管理员时会在结果中注明。",
		"Reads the least length that each password policy really accepts, credits taken off, and whether the policy is applied. It cannot see how long the passwords are that are already set; passwords kept by a central server are judged there. Where a policy does not bind administrators the result says so."),
	Params: []checks.Param{{
		Name: "length", Kind: checks.Number, Default: "8",
		Doc: checks.Say("口令最少字符数", "the least number of characters"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		length := p.Int("length")
		expected := checks.Say("不少于 %d 个字符", "at least %d characters", length)
		return everyQuality(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			return checks.Settle(pp.GetMinLength(), expected, pp.GetMinLength().GetValue() >= length)
		})
	},
}
