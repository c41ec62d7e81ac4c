package password

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxLength asks that no password policy limit how long a password may be.
var MaxLength = &checks.Check{
	ID:       "password.max_length",
	Controls: []string{"PWD-52"},
	Title:    checks.Say("不限制口令最大长度", "Passwords may be as long as people like"),
	Rationale: checks.Say(
		"人为的长度上限会阻止使用长口令和口令短语。DES 散列只取前 8 个字符，等同于把上限定为 8。",
		"An upper limit keeps people from long passwords and phrases. A DES hash looks at the first 8 characters only, which is a limit of 8."),
	Remedy: checks.Say(
		`Linux：删除 PAM 参数和 /etc/login.defs 中的 max= 或 PASS_MAX_LEN 限制；不使用 DES（ENCRYPT_METHOD DES），改用 SHA512 或 yescrypt。
华为、H3C、Cisco：不设置低于平台自身上限的最大长度（如 Cisco common-criteria policy 的 max-length 取平台上限）。`,
		`Linux: remove max= from PAM arguments and PASS_MAX_LEN from /etc/login.defs; do not use DES (ENCRYPT_METHOD DES), use SHA512 or yescrypt.
Huawei, H3C, Cisco: set no maximum below the platform's own (such as max-length of a Cisco common-criteria policy).`),
	Sees: checks.Say(
		"读取每个口令策略的最大长度（平台自身的上限不算），以及新口令是否用只取前 8 个字符的算法存储。",
		"Reads the maximum that each password policy sets (the platform's own does not count), and whether new passwords are stored by a scheme that looks at 8 characters only."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("不限制最大长度", "no upper limit")
		none := checks.Passed(expected, checks.Say("没有口令策略，也就没有限制", "there is no password policy, hence no limit"))
		return checks.Each(f.GetPasswordPolicies(), none, func(pp *pb.PasswordPolicy) checks.Result {
			if scheme := pp.GetScheme(); facts.Known(scheme) && scheme.GetValue() == "descrypt" {
				return checks.Failed(expected, checks.Say("DES 散列只取前 8 个字符", "a DES hash looks at the first 8 characters only"), scheme.GetEvidence()...)
			}
			limit := pp.GetMaxLength()
			r := checks.Settle(limit, expected, false).WhenAbsent(limit, pb.Outcome_OUTCOME_PASS)
			switch limit.GetState() {
			case pb.FactState_FACT_STATE_ABSENT:
				r.Observed = checks.Say("没有限制", "no limit")
			case pb.FactState_FACT_STATE_KNOWN:
				r.Observed = checks.Say("最多 %d 个字符", "at most %d characters", limit.GetValue())
			}
			return r
		})
	},
}
