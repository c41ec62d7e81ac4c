package logging

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// AuditCoverage asks that each wanted kind of event be recorded.
var AuditCoverage = &checks.Check{
	ID:       "logging.audit_coverage",
	Controls: []string{"LOG-01"},
	Title:    checks.Say("审计覆盖规定的各类安全事件", "The audit covers the kinds of events that are demanded"),
	Rationale: checks.Say(
		"审计服务在运行不等于记录了该记录的事件：没有规则的 auditd 几乎什么都不记。关键事件缺失时，事后无法还原谁在何时做了什么。",
		"An audit that runs does not yet record what matters: auditd without rules records next to nothing. Where a kind of event is missing nobody can tell afterwards who did what and when."),
	Remedy: checks.Say(
		"Linux（/etc/audit/rules.d/*.rules，修改后执行 “augenrules --load”）："+
			"账号：-w /etc/passwd -p wa -k identity（shadow、group、gshadow、opasswd 同理）；"+
			"命令与特权操作：-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k commands（另加 b32），-w /etc/sudoers -p wa -k scope，-w /etc/sudoers.d -p wa -k scope；"+
			"登录：-w /var/log/lastlog -p wa -k logins，-w /var/run/faillock -p wa -k logins；"+
			"资源异常使用：-a always,exit -F arch=b64 -S open,openat,creat,truncate -F exit=-EACCES -k access（-EPERM 同理），mount、setrlimit、模块加载等；"+
			"审计策略与启停：-w /etc/audit -p wa -k auditconfig，-w /etc/libaudit.conf -p wa -k auditconfig，-w /sbin/auditctl -p x -k audittools，-w /sbin/auditd -p x -k audittools；"+
			"时间变更：-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time。\n"+
			"华为/H3C：“info-center enable”，命令审计用 HWTACACS 记账（“cmd recording-scheme”/“command accounting”）。\n"+
			"思科：“archive / log config / logging enable / notify syslog / hidekeys”、“login on-failure log”、“login on-success log”、“aaa accounting commands 15 default start-stop group tacacs+”。",
		"Linux (/etc/audit/rules.d/*.rules, then `augenrules --load`): "+
			"accounts: -w /etc/passwd -p wa -k identity (likewise shadow, group, gshadow, opasswd); "+
			"commands and privileged actions: -a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k commands (and b32), -w /etc/sudoers -p wa -k scope, -w /etc/sudoers.d -p wa -k scope; "+
			"logins: -w /var/log/lastlog -p wa -k logins, -w /var/run/faillock -p wa -k logins; "+
			"abuse of resources: -a always,exit -F arch=b64 -S open,openat,creat,truncate -F exit=-EACCES -k access (likewise -EPERM), mount, setrlimit, module loading; "+
			"the audit's own rules, start and stop: -w /etc/audit -p wa -k auditconfig, -w /etc/libaudit.conf -p wa -k auditconfig, -w /sbin/auditctl -p x -k audittools, -w /sbin/auditd -p x -k audittools; "+
			"clock: -a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time.\n"+
			"Huawei, H3C: `info-center enable`, and record commands by HWTACACS accounting (`cmd recording-scheme`, `command accounting`).\n"+
			"Cisco: `archive` / `log config` / `logging enable` / `notify syslog` / `hidekeys`, `login on-failure log`, `login on-success log`, `aaa accounting commands 15 default start-stop group tacacs+`."),
	Sees: checks.Say(
		"依据：驱动对每类事件“是否对所有用户记录”的结论，以及审计是否在运行（离线读取时：是否随系统启动；网络设备：日志是否启用）。规则是否足够细由驱动按平台判断；不检查记录是否有人查看。",
		"Reads what the driver says of each kind of event (recorded, for every user) and whether the audit runs (from a folder or image: whether it starts at boot; on devices: whether the log is on). "+
			"It does not see whether anybody reads the records."),
	Params: []checks.Param{{
		Name: "events", Kind: checks.Words, Default: "user_actions+resource_abuse+commands+accounts+audit_policy+audit_lifecycle",
		Allowed: []string{"user_actions", "resource_abuse", "commands", "accounts", "audit_policy", "audit_lifecycle",
			"logins", "failed_logins", "admin_actions", "time_changes", "file_access"},
		Doc: checks.Say("必须记录的事件类别", "the kinds of events that must be recorded"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		on := auditing(f)
		var out []checks.Result
		for _, word := range p.Words("events") {
			r := recorded(f, word)
			if r.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
				r = checks.AllOf(r, on)
			}
			out = append(out, r.As(word))
		}
		return out
	},
}
