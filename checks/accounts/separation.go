package accounts

import (
	"maps"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Separation asks that the administration of systems, of security and of the audit lie in different hands.
var Separation = &checks.Check{
	ID:       "accounts.separation",
	Controls: []string{"ACC-05"},
	Title:    checks.Say("系统、安全、审计管理权限分离", "Administration, security and audit are separate"),
	Rationale: checks.Say(
		"一个人既能操作又能改审计，就没有人能发现他做了什么。三类管理职责由不同的人承担、相互制约，是发现内部滥用的前提。",
		"Who can both act and alter the audit leaves no trace. Abuse from within can only be found where the three kinds of administration lie with different people who check one another."),
	Remedy: checks.Say(
		`在场所文件的 accounts 中为每个管理账户写明 owner（责任人）和 duty（system 系统管理、security 安全管理、audit 审计管理、operator 操作、application 应用），三类管理职责各有其人且互不兼任。
Linux：审计账户只给读取审计日志的权限（加入 adm 或 systemd-journal 组，或用 sudo 限定 ausearch、aureport），不加入 wheel、sudo；安全账户只授权所需命令。
华为 VRP：VRP8 及防火墙用 system-admin、audit-admin 等角色。H3C Comware：user-role security-audit、network-operator 与 network-admin 分授不同账户。Cisco IOS：用 privilege level 或 parser view 区分，TACACS+ 按命令授权。`,
		`For every administrator's account state owner and duty under accounts in the site file: system, security, audit, operator or application; each of the first three with somebody, and nobody with two.
Linux: an auditor's account may only read the audit (groups adm or systemd-journal, or sudo for ausearch and aureport), never wheel or sudo; a security account gets the commands it needs.
Huawei VRP: VRP8 and the firewalls have roles such as system-admin and audit-admin. H3C Comware: give user-role security-audit, network-operator and network-admin to different accounts. Cisco IOS: separate by privilege level or parser view, or by command authorisation of TACACS+.`),
	Sees: checks.Say(
		"比对场所文件声明的责任人和职责：三类管理职责是否各有其人、是否一人兼任，以及目标上非系统管理职责的账户是否拥有全部权限（超级用户、最高级别或不限命令的 sudo）。主机的 root 不属于个人，不计。未声明的为无法判断。看不到账户背后的人是否真如声明。",
		"Compares the owners and duties that the site file states: whether each of the three duties is with somebody and nobody has two, and whether an account on the target whose duty is not system administration has full rights (superuser, highest level, or sudo for any command). A host's root belongs to nobody and does not count. What is not stated is unknown. It cannot see whether the people behind the accounts are those stated."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		return []checks.Result{duties(p).As("duties"), conforming(f, p)}
	},
}

// The duties of administrators, as the site states them; others are operator and application.
const dutySystem, dutySecurity, dutyAudit = "system", "security", "audit"

// duties judges what the site states of itself: each duty of administration with somebody, and nobody with two.
func duties(p checks.Params) checks.Result {
	expected := checks.Say("系统、安全、审计管理各有其人，互不兼任", "system, security and audit administration are each with somebody, and nobody has two")
	var accounts map[string]site.Account
	if p.Site != nil {
		accounts = p.Site.Accounts
	}
	var parts []checks.Result
	held, quotes := map[string][]string{}, map[string][]string{} // by owner
	for _, duty := range []string{dutySystem, dutySecurity, dutyAudit} {
		found := false
		for _, name := range slices.Sorted(maps.Keys(accounts)) {
			a := accounts[name]
			if a.Duty != duty {
				continue
			}
			found = true
			if a.Owner == "" {
				parts = append(parts, checks.Unstated(expected, nil, checks.Say("账户 %s 属于谁？请填写 accounts.%s.owner", "who owns account %s? State accounts.%s.owner", name, name)))
			}
			for _, person := range owners(a.Owner) {
				if !slices.Contains(held[person], duty) {
					held[person] = append(held[person], duty)
				}
				quotes[person] = append(quotes[person], quote(name, "duty", a.Duty), quote(name, "owner", a.Owner))
			}
			parts = append(parts, checks.Passed(expected, checks.Verbatim(name)).Quoting(quote(name, "duty", a.Duty), quote(name, "owner", a.Owner)))
		}
		if !found {
			parts = append(parts, checks.Unstated(expected, nil, checks.Say("谁负责%s管理？请在场所文件 accounts.<账户>.duty 中填写 %s", "who has %s administration? State it in the site file as accounts.<account>.duty %s", dutyName(duty), duty)))
		}
	}
	for _, person := range slices.Sorted(maps.Keys(held)) {
		if len(held[person]) > 1 {
			parts = append(parts, checks.Failed(expected, checks.Say("%s 兼任 %s", "%s has more than one duty: %s", person, strings.Join(held[person], ", "))).Quoting(quotes[person]...))
		}
	}
	r := checks.AllOf(parts...)
	if r.Outcome == pb.Outcome_OUTCOME_PASS {
		r.Observed = checks.Say("职责分属不同的人", "the duties lie with different people")
	}
	return r
}

func dutyName(duty string) *pb.Text {
	switch duty {
	case dutySystem:
		return checks.Say("系统", "system")
	case dutySecurity:
		return checks.Say("安全", "security")
	}
	return checks.Say("审计", "audit")
}

// conforming judges the accounts of the target by the duties that the site states for them.
func conforming(f *pb.Facts, p checks.Params) checks.Result {
	expected := checks.Say("全部权限只属于承担系统管理职责的账户", "full rights go with system administration only")
	nobody := checks.NotApplicable(checks.Say("没有个人可登录的账户", "there is no account for people to log in with"))
	nobody.Expected = expected
	return checks.SummaryWhere(f.GetAccounts(), scopeAccounts, nobody,
		func(a *pb.Account) bool { return mayLogIn(a) && !isRoot(a) },
		func(a *pb.Account) checks.Result {
			name := a.GetScope()
			account, _ := stated(p, name)
			rights := fullRights(f, a)
			question := checks.Say("账户 %s 的职责是什么？请在场所文件 accounts.%s.duty 中填写", "what is the duty of account %s? State it as accounts.%s.duty in the site file", name, name)
			switch {
			case account.Duty == "":
				return checks.Unstated(expected, checks.Say("职责未知", "duty not known"), question, rights.GetEvidence()...)
			case account.Duty == dutySystem:
				return checks.Passed(expected, checks.Say("系统管理", "system administration"), rights.GetEvidence()...).Quoting(quote(name, "duty", account.Duty))
			}
			r := checks.Is(rights, false, expected)
			if facts.Known(rights) && rights.GetValue() {
				r.Observed = checks.Say("职责为 %s，却有全部权限", "its duty is %s, yet it has full rights", account.Duty)
			}
			return ifLogsIn(a, r).Quoting(quote(name, "duty", account.Duty))
		})
}
