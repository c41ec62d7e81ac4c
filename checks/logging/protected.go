package logging

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Protected asks that recording cannot quietly stop.
var Protected = &checks.Check{
	ID:       "logging.protected",
	Controls: []string{"LOG-07"},
	Title:    checks.Say("审计进程受保护，不会被意外或擅自中断", "The audit cannot be stopped by accident or without authority"),
	Rationale: checks.Say(
		"关掉审计是掩盖行踪最简单的办法；磁盘写满、服务崩溃或重启后未自启，也会让审计在无人察觉时停下来。",
		"Stopping the audit is the easiest way to cover one's tracks; a full disk, a crash or a restart can stop it too, without anybody noticing."),
	Remedy: checks.Say(
		"Linux：“systemctl enable --now auditd rsyslog”；规则文件最后一行写 “-e 2”（/etc/audit/rules.d/99-finalize.rules），锁定后须重启才能改规则；“-f 1” 或 “-f 2”；"+
			"/etc/audit/auditd.conf：space_left_action = email，admin_space_left_action = single（或 halt），disk_full_action = halt（或 syslog、single），disk_error_action 同；"+
			"auditd.service 保持 RefuseManualStop=yes，rsyslog 用 “systemctl edit rsyslog” 设 Restart=on-failure；用 sudoers 限制可停止服务的人员。",
		"Linux: `systemctl enable --now auditd rsyslog`; end the rules with `-e 2` (/etc/audit/rules.d/99-finalize.rules), which locks them until the next restart; `-f 1` or `-f 2`; "+
			"in /etc/audit/auditd.conf space_left_action = email, admin_space_left_action = single (or halt), disk_full_action = halt (or syslog, single), the same for disk_error_action; "+
			"keep RefuseManualStop=yes in auditd.service, give rsyslog Restart=on-failure by `systemctl edit rsyslog`, and let sudoers name who may stop services."),
	Sees: checks.Say(
		"依据：审计是否在运行且随系统启动；规则是否锁定；无法记录、磁盘写满或出错时是否被忽略；auditd 与 rsyslog/syslog-ng 服务是否会自动拉起或拒绝手动停止。"+
			"磁盘写满时 suspend（暂停记录）视为已处置，但会写明。谁有权停止服务见 accounts.least_privilege。网络设备没有可停止的审计进程，不适用。",
		"Reads whether the audit runs and starts at boot; whether its rules are locked; whether it ignores that it cannot record or that the disk is full or broken; and whether auditd and rsyslog or syslog-ng come up again or refuse to be stopped. "+
			"That the audit suspends itself on a full disk counts as an answer, and is told. Who may stop services: see accounts.least_privilege. Network devices have no audit process to stop: not applicable."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		a := f.GetAuditTrail()
		if a == nil && checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备没有可单独停止的审计进程", "a network device has no audit process that could be stopped"),
				f.GetPlatform().GetKind().GetEvidence()...)}
		}
		active := checks.Is(a.GetActive(), true, checks.Say("正在运行", "it runs"))
		boot := checks.Is(a.GetEnabledAtBoot(), true, checks.Say("随系统启动", "it starts at boot"))
		locked := checks.Is(a.GetLocked(), true, checks.Say("规则已锁定，重启前不可更改", "the rules are locked until a restart"))
		say(&active, checks.Say("正在运行", "it runs"), checks.Say("未运行", "it does not run"))
		say(&boot, checks.Say("随系统启动", "it starts at boot"), checks.Say("不随系统启动", "it does not start at boot"))
		say(&locked, checks.Say("规则已锁定", "the rules are locked"), checks.Say("规则未锁定，可随时更改或关闭审计", "the rules are not locked; the audit can be changed or switched off at any time"))
		out := []checks.Result{
			checks.AllOf(active, boot).As("audit process"),
			locked.As("audit rules"),
			checks.AllOf(
				not(a.GetOnFailure(), "silent", checks.Say("无法记录时", "when it cannot record")),
				not(a.GetOnDiskFull(), "ignore", checks.Say("磁盘写满时", "when the disk is full")),
				not(a.GetOnDiskError(), "ignore", checks.Say("磁盘出错时", "when the disk fails")),
			).As("audit failures"),
		}
		return append(out, checks.EachWhere(f.GetServices(), checks.NotApplicable(checks.Say("没有日志服务", "there is no logging service")), isLogger, service)...)
	},
}

// not asks that an answer be known and another than the one that ignores the trouble.
func not(f *pb.TextFact, ignores string, when *pb.Text) checks.Result {
	r := checks.Settle(f, checks.Say("%s不忽略", "%s it does not carry on in silence", when), f.GetValue() != ignores)
	if r.Outcome != pb.Outcome_OUTCOME_NOT_APPLICABLE {
		r.Observed = checks.Say("%s：%s", "%s: %s", when, r.Observed)
	}
	return r
}

// loggers are the services that record.
var loggers = []string{"auditd", "rsyslog", "syslog-ng"}

// isLogger picks the services that record and are in use.
func isLogger(s *pb.Service) bool {
	return slices.Contains(loggers, strings.TrimSuffix(s.GetScope(), ".service")) && !(off(s.GetRunning()) && off(s.GetEnabled()))
}

// service judges that a service comes up again or cannot be stopped.
func service(s *pb.Service) checks.Result {
	expected := checks.Say("异常退出后自动重启，或拒绝手动停止", "it is restarted when it fails, or refuses to be stopped")
	restart := checks.Settle(s.GetRestart(), expected, s.GetRestart().GetValue() != "no" && s.GetRestart().GetValue() != "")
	refuse := checks.Is(s.GetManualStopRefused(), true, expected)
	say(&restart, checks.Say("自动重启（%s）", "restarted by itself (%s)", s.GetRestart().GetValue()), checks.Say("不自动重启", "not restarted by itself"))
	say(&refuse, checks.Say("拒绝手动停止", "refuses to be stopped"), checks.Say("可手动停止", "can be stopped"))
	enabled := checks.Is(s.GetEnabled(), true, checks.Say("随系统启动", "it starts at boot"))
	say(&enabled, checks.Say("随系统启动", "it starts at boot"), checks.Say("不随系统启动", "it does not start at boot"))
	return checks.AllOf(checks.AnyOf(restart, refuse), enabled)
}
