package logging

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// AuditUsers asks that nobody be exempt from the audit.
var AuditUsers = &checks.Check{
	ID:       "logging.audit_users",
	Controls: []string{"LOG-01"},
	Title:    checks.Say("审计覆盖到每个用户", "The audit covers every user"),
	Rationale: checks.Say(
		"只要有一个账号不被审计，内部人员和入侵者都会使用它。",
		"One account that the audit spares is the one that insiders and intruders will use."),
	Remedy: checks.Say(
		"Linux：删除 /etc/audit/rules.d 中按用户排除的规则（如 “-a never,user”、“-a never,exit -F auid=…”、“-a exclude,always -F auid=…”），并在内核启动参数加入 audit=1，"+
			"使 auditd 启动前创建的进程同样被审计；执行 “augenrules --load” 后用 “auditctl -l” 核对。\n"+
			"网络设备：对全部用户级别启用 AAA 记账，例如思科 “aaa accounting exec default start-stop group tacacs+” 与 “aaa accounting commands 1/15 …”。",
		"Linux: remove rules that spare users from /etc/audit/rules.d (`-a never,user`, `-a never,exit -F auid=…`, `-a exclude,always -F auid=…`) and start the kernel with audit=1 so that "+
			"processes older than auditd are audited too; run `augenrules --load` and look at `auditctl -l`.\n"+
			"Devices: switch AAA accounting on for every user level, on Cisco `aaa accounting exec default start-stop group tacacs+` and `aaa accounting commands 1/15 …`."),
	Sees: checks.Say(
		"依据：审计规则是否排除了任何用户，以及审计是否在运行。数据库与应用自身的用户不在此列。",
		"Reads whether the audit's rules spare any user, and whether the audit runs. Users of databases and applications are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		all := checks.Is(f.GetAuditTrail().GetAllUsers(), true, checks.Say("没有用户被排除在审计之外", "no user is exempt from the audit"))
		switch all.Outcome {
		case pb.Outcome_OUTCOME_NOT_APPLICABLE:
			return []checks.Result{all}
		case pb.Outcome_OUTCOME_PASS:
			all.Observed = checks.Say("没有用户被排除", "no user is exempt")
		case pb.Outcome_OUTCOME_FAIL:
			all.Observed = checks.Say("有用户被排除在审计之外", "some users are exempt from the audit")
		}
		return []checks.Result{checks.AllOf(all, auditing(f))}
	},
}
