package logging

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Accounting asks that every command of an administrator be recorded.
var Accounting = &checks.Check{
	ID:       "logging.accounting",
	Controls: []string{"LOG-01"},
	Title:    checks.Say("管理员执行的每条命令均被记录", "Each command of an administrator is recorded"),
	Rationale: checks.Say(
		"仅有登录记录只能说明谁进来过，说不清做了什么；误操作与恶意操作都要靠命令记录还原。",
		"Login records say who came in, not what was done; mistakes and misuse can only be reconstructed from recorded commands."),
	Remedy: checks.Say(
		"Linux：在 /etc/audit/rules.d 中审计 execve：“-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k commands”（另加 arch=b32），管理员一律通过 sudo 操作，并将 sudo 日志发送至日志服务器。\n"+
			"华为：aaa 视图 “recording-scheme <名>” 下 “recording-mode hwtacacs <模板>”，再 “cmd recording-scheme <名>”；H3C：line 视图 “command accounting”，ISP 域 “accounting command hwtacacs-scheme <名>”。\n"+
			"思科：“aaa accounting commands 15 default start-stop group tacacs+”，并开启 “archive / log config / logging enable / hidekeys”。",
		"Linux: audit execve in /etc/audit/rules.d: `-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k commands` (and arch=b32); let administrators work through sudo and send its log to a log server.\n"+
			"Huawei: in the aaa view `recording-scheme NAME` with `recording-mode hwtacacs TEMPLATE`, then `cmd recording-scheme NAME`. H3C: `command accounting` on the lines and `accounting command hwtacacs-scheme NAME` in the ISP domain.\n"+
			"Cisco: `aaa accounting commands 15 default start-stop group tacacs+`, and `archive` / `log config` / `logging enable` / `hidekeys`."),
	Sees: checks.Say(
		"依据：网络设备的命令记账；主机审计对“命令”或“管理员操作”的记录，以及审计是否在运行。堡垒机上的会话录像不在目标上，无法看到。",
		"Reads command accounting on devices; on hosts whether the audit records commands or administrators' actions, and runs. Sessions recorded by a bastion are not on the target and are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("管理员命令被记录", "administrators' commands are recorded")
		var parts []checks.Result
		if a := f.GetProtections().GetCommandAccounting(); !silent(a.GetState()) {
			r := checks.Is(a, true, expected)
			switch r.Outcome {
			case pb.Outcome_OUTCOME_PASS:
				r.Observed = checks.Say("命令记账已启用", "command accounting is on")
			case pb.Outcome_OUTCOME_FAIL:
				r.Observed = checks.Say("命令记账未启用", "command accounting is off")
			}
			parts = append(parts, r)
		}
		if list := f.GetAuditEvents(); !silent(list.GetState()) || len(list.GetItems()) > 0 || len(parts) == 0 {
			events := checks.AnyOf(recorded(f, "commands"), recorded(f, "admin_actions"))
			if events.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
				events = checks.AllOf(events, auditing(f))
			}
			parts = append(parts, events)
		}
		r := checks.AnyOf(parts...)
		r.Expected = expected
		return []checks.Result{r}
	},
}
