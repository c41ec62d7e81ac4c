package password

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// History asks that every password policy refuse passwords that were used before.
var History = &checks.Check{
	ID:       "password.history",
	Controls: []string{"PWD-04"},
	Title:    checks.Say("新口令不得与近期使用过的口令相同", "Old passwords are not used again"),
	Rationale: checks.Say(
		"允许重复使用旧口令会使定期更换流于形式，已泄露的旧口令可能重新生效。",
		"If an old password may come back, changing passwords is a formality and a stolen one can become good again."),
	Remedy: checks.Say(
		`RHEL 9/openEuler：在 /etc/security/pwhistory.conf 设置 remember = 5 并启用 authselect enable-feature with-pwhistory。RHEL 7/8、CentOS、银河麒麟：在 /etc/pam.d/system-auth 与 password-auth 的 password 段、pam_unix.so 之前加入 password requisite pam_pwhistory.so remember=5 use_authtok enforce_for_root。
Debian/Ubuntu/统信 UOS：在 /etc/pam.d/common-password 中 pam_unix.so 之前加入同样一行。
华为 VRP：local-aaa-user password policy administrator 下 password history record number 5。H3C Comware：password-control history enable；password-control history 5。ASA：password-policy reuse-interval；Cisco IOS 仅能用 common-criteria policy 的 char-changes 要求与上次不同。`,
		`RHEL 9, openEuler: remember = 5 in /etc/security/pwhistory.conf and authselect enable-feature with-pwhistory. RHEL 7 and 8, CentOS, Kylin: before pam_unix.so in the password section of /etc/pam.d/system-auth and password-auth add password requisite pam_pwhistory.so remember=5 use_authtok enforce_for_root.
Debian, Ubuntu, UOS: the same line before pam_unix.so in /etc/pam.d/common-password.
Huawei VRP: password history record number 5 under local-aaa-user password policy administrator. H3C Comware: password-control history enable; password-control history 5. ASA: password-policy reuse-interval; Cisco IOS can only ask for a difference to the last one, with char-changes in a common-criteria policy.`),
	Sees: checks.Say(
		"读取每个口令策略记住的历史口令个数。看不到历史口令本身；管理员绕过策略重置他人口令的情形不作判断。",
		"Reads how many old passwords each policy remembers. It sees no old password, and does not judge what an administrator does who resets another's password around the policy."),
	Params: []checks.Param{{
		Name: "remember", Kind: checks.Number, Default: "1",
		Doc: checks.Say("不得重复的历史口令个数", "how many old passwords may not be used again"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		remember := p.Int("remember")
		expected := checks.Say("至少记住 %d 个历史口令", "remembers the last %d passwords or more", remember)
		return everyLife(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			return checks.Settle(pp.GetHistory(), expected, pp.GetHistory().GetValue() >= remember)
		})
	},
}
