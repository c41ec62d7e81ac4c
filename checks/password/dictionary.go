package password

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Dictionary asks that every password policy refuse words and the user's own name.
var Dictionary = &checks.Check{
	ID:       "password.dictionary",
	Controls: []string{"PWD-09"},
	Title:    checks.Say("拒绝字典词和用户名作口令", "Words and user names are refused as passwords"),
	Rationale: checks.Say(
		"满足长度和种类要求的口令仍可能是常见词或用户名的变形，字典攻击几次即可命中，而账户锁定来不及生效。",
		"A password can be long and mixed and still be a common word or the user's name; a dictionary finds it in a few tries, before any lockout."),
	Remedy: checks.Say(
		`Linux（RHEL/CentOS/openEuler/银河麒麟/Debian/Ubuntu/统信 UOS）：使用 pam_pwquality.so，在 /etc/security/pwquality.conf 设置 dictcheck = 1、usercheck = 1（默认即为 1），安装 cracklib 字典（cracklib-dicts 或 cracklib-runtime），并可用 dictpath 追加本单位弱口令字典。
华为 VRP：load security weak-password-dictionary 加载弱口令字典，保持 user-password complexity-check。H3C Comware：password-control complexity user-name check。Cisco IOS：common-criteria policy 只能限制种类和变化，弱口令字典在集中认证服务器（ISE、AD）上启用。`,
		`Linux (RHEL, CentOS, openEuler, Kylin, Debian, Ubuntu, UOS): use pam_pwquality.so with dictcheck = 1 and usercheck = 1 in /etc/security/pwquality.conf (both are the default), install the cracklib dictionary (cracklib-dicts or cracklib-runtime), add your own list with dictpath.
Huawei VRP: load security weak-password-dictionary, and keep user-password complexity-check on. H3C Comware: password-control complexity user-name check. Cisco IOS: a common-criteria policy limits kinds and changes only; switch a dictionary on at the central server (ISE, AD).`),
	Sees: checks.Say(
		"读取每个口令策略是否拒绝字典词和用户名。看不到字典内容是否充分，也不对已设口令做破解测试。",
		"Reads whether each password policy refuses dictionary words and the user's name. It does not judge how good the dictionary is, and does not try to break passwords that are set."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("拒绝字典词和用户名", "refuses dictionary words and the user's name")
		return everyQuality(f, expected, func(pp *pb.PasswordPolicy) checks.Result {
			words := checks.Is(pp.GetDictionaryCheck(), true, nil).About(checks.Say("检查字典词", "refuses words"))
			name := checks.Is(pp.GetUserNameCheck(), true, nil).About(checks.Say("检查用户名", "refuses the user's name"))
			r := checks.AllOf(words, name)
			r.Expected = expected
			return r
		})
	},
}
