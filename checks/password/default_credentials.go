package password

import (
	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// DefaultCredentials asks that no account have the password it was delivered with.
var DefaultCredentials = &checks.Check{
	ID:       "password.default_credentials",
	Controls: []string{"PWD-08"},
	Title:    checks.Say("不使用厂商默认口令", "No account keeps its default password"),
	Rationale: checks.Say(
		"厂商默认口令公开可查，是自动化攻击首先尝试的凭据。",
		"The passwords that products are delivered with are published; automated attacks try them first."),
	Remedy: checks.Say(
		`主机：修改所有预置账户的口令（passwd 用户名），不用的预置账户锁定或删除；由模板或镜像交付的系统首次启动后必须重设 root 口令。
华为 VRP：local-user admin password irreversible-cipher 新口令；H3C Comware：local-user admin class manage 下 password；Cisco IOS：no username cisco，重新设置 username 与 enable secret。改完后保存配置，并同步修改 SNMP 默认团体名。`,
		`Hosts: change the password of every account that came with the system (passwd USER), lock or remove those not needed; on systems delivered as a template or image set root's password anew after the first start.
Huawei VRP: local-user admin password irreversible-cipher NEW; H3C Comware: password under local-user admin class manage; Cisco IOS: no username cisco, set username and enable secret anew. Save the configuration, and change default SNMP communities too.`),
	Sees: checks.Say(
		"根据配置和散列判断账户是否仍为厂商文档所载的默认口令，从不尝试登录。账户名不是出厂预置的，不可能带默认口令；预置账户在系统安装之后改过口令的视为已修改。只认得本程序掌握的默认口令；无法对比时为无法判断。",
		"Tells from the configuration and the hash whether a password is the one the vendor documents, and never tries to log in. An account that the product was not delivered with has no default password; one that was changed after the system was set up has it no more. Only defaults that the program knows are recognised; what cannot be compared is unknown."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		expected := checks.Say("不是厂商默认口令", "not the vendor's default password")
		nobody := checks.Passed(expected, checks.Say("没有可用口令登录的账户", "no account can use a password"))
		return []checks.Result{checks.SummaryWhere(f.GetAccounts(), "accounts", nobody,
			func(a *pb.Account) bool { return usable(a, p.Now) || yes(a.GetDefaultPassword()) },
			func(a *pb.Account) checks.Result {
				r := checks.Is(a.GetDefaultPassword(), false, expected).WhenAbsent(a.GetDefaultPassword(), pb.Outcome_OUTCOME_PASS)
				switch {
				case r.Outcome == pb.Outcome_OUTCOME_FAIL:
					r.Observed = checks.Say("厂商默认口令", "the vendor's default password")
					return ifUsable(a, r)
				case r.Outcome != pb.Outcome_OUTCOME_UNKNOWN:
					return r
				case no(a.GetDefaultName()):
					return checks.Passed(expected, checks.Say("不是预置账户", "not an account that was delivered"), a.GetDefaultName().GetEvidence()...)
				case changedSinceSetup(f, a):
					return checks.Passed(expected, checks.Say("口令已于 %s 修改", "changed on %s", day(a.GetLastChange())), a.GetLastChange().GetEvidence()...)
				case facts.Known(a.GetLastChange()):
					r.Observed = checks.Say("上次修改 %s，不能证明晚于系统安装", "last changed %s, not proved to be after the system was set up", day(a.GetLastChange()))
				}
				return r
			})}
	},
}
