package logging

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Enabled asks that the system log and, on hosts, the audit record now.
var Enabled = &checks.Check{
	ID:       "logging.enabled",
	Controls: []string{"LOG-01"},
	Title:    checks.Say("系统日志与安全审计功能已启用", "The system log and the audit are switched on"),
	Rationale: checks.Say(
		"没有日志就无法发现攻击、还原事件和追究责任；日志功能被关闭也往往是入侵者的第一步动作。",
		"Without records no attack is noticed, no incident reconstructed and nobody held to account; switching them off is often an intruder's first move."),
	Remedy: checks.Say(
		"Linux：安装并启用 rsyslog（或 systemd-journald 持久化）与 auditd：RHEL/麒麟/openEuler 执行 “dnf install audit rsyslog && systemctl enable --now auditd rsyslog”，"+
			"Debian/Ubuntu/UOS 执行 “apt install auditd rsyslog && systemctl enable --now auditd rsyslog”；检查内核参数没有 audit=0，并用 “auditctl -s” 确认 enabled 为 1 或 2。\n"+
			"华为/H3C：系统视图执行 “info-center enable”，并配置 “info-center loghost <地址>”。\n"+
			"思科：全局配置 “logging on”、“logging buffered 65536 informational”、“logging host <地址>”。",
		"Linux: install and enable rsyslog (or a persistent systemd-journald) and auditd: on RHEL, Kylin and openEuler `dnf install audit rsyslog && systemctl enable --now auditd rsyslog`, "+
			"on Debian, Ubuntu and UOS `apt install auditd rsyslog && systemctl enable --now auditd rsyslog`; see that the kernel is not started with audit=0 and that `auditctl -s` shows enabled 1 or 2.\n"+
			"Huawei, H3C: `info-center enable` in the system view, with `info-center loghost ADDRESS`.\n"+
			"Cisco: `logging on`, `logging buffered 65536 informational`, `logging host ADDRESS`."),
	Sees: checks.Say(
		"依据：各日志存储是否正在写入、是否向其他机器发送日志、审计是否正在运行。发往本机（环回地址）的转发不算日志服务器。"+
			"离线读取（目录或镜像）看不到审计是否在运行：不随系统启动则不符合，否则为未知。网络设备没有独立的审计服务，仅判断日志。",
		"Reads whether stores of records are being written, whether records are sent to another machine, and whether the audit runs. Forwarding to the target itself does not count. "+
			"A folder or an image does not show whether the audit runs: it fails if it does not start at boot, and is unknown otherwise. Network devices have no audit of their own; their log is judged."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		return []checks.Result{systemLog(f).As("system log"), audit(f).As("audit")}
	},
}

func audit(f *pb.Facts) checks.Result {
	active := f.GetAuditTrail().GetActive()
	if silent(active.GetState()) && checks.Device(f) {
		return checks.NotApplicable(checks.Say("网络设备没有独立的审计服务，由系统日志承担", "network devices have no audit of their own; the system log takes its place"),
			f.GetPlatform().GetKind().GetEvidence()...)
	}
	expected := checks.Say("审计正在运行", "the audit runs")
	if boot := f.GetAuditTrail().GetEnabledAtBoot(); offline(active) && off(boot) {
		return checks.Failed(expected, checks.Say("审计不随系统启动", "the audit does not start at boot"), boot.GetEvidence()...)
	}
	r := checks.Is(active, true, expected)
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = checks.Say("审计正在运行", "the audit runs")
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("审计未运行", "the audit does not run")
	}
	return r
}
