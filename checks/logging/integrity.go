package logging

import (
	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Integrity asks that a change of what was recorded be noticed.
var Integrity = &checks.Check{
	ID:       "logging.integrity",
	Controls: []string{"LOG-06"},
	Title:    checks.Say("日志受完整性监视，篡改可被发现", "A change of recorded logs is noticed"),
	Rationale: checks.Say(
		"入侵者会删除或修改暴露自己的记录。没有完整性监视或防篡改手段，被修改的日志看起来与真实日志无异。",
		"Intruders remove or alter the records that give them away. Without a monitor or tamper-evident storage, altered logs look like true ones."),
	Remedy: checks.Say(
		"Linux 任选其一："+
			"AIDE：安装 aide，在 /etc/aide.conf（Debian 为 /etc/aide/aide.conf.d/）中为 /var/log 增加只增不减的规则（如 “/var/log GROWING” 或含 S 的规则），“aide --init” 建立基线，并用定时任务每日 “aide --check” 告警；"+
			"Wazuh/OSSEC：syscheck 监视 /var/log/audit、/var/log/secure 等；"+
			"journald：“journalctl --setup-keys” 并设 Seal=yes；已归档日志 “chattr +a”；审计规则 “-w /var/log/audit -p wa -k logtamper”。\n"+
			"网络设备：实时发送至日志服务器，并在日志服务器上实施上述监视或使用一次写入介质。",
		"Linux, one of: "+
			"AIDE: install aide, add a rule for growing files under /var/log in /etc/aide.conf (Debian: /etc/aide/aide.conf.d/), build the baseline with `aide --init`, run `aide --check` daily and have it alert; "+
			"Wazuh, OSSEC: let syscheck watch /var/log/audit, /var/log/secure and the like; "+
			"journald: `journalctl --setup-keys` with Seal=yes; `chattr +a` for logs; the audit rule `-w /var/log/audit -p wa -k logtamper`.\n"+
			"Devices: send records to a log server at once, and do the above there or use write-once media."),
	Sees: checks.Say(
		"依据：已安装、在运行（或有定时任务）、有基线并监视日志的完整性工具；或全部保存记录的日志存储自身能显示篡改。告警是否送达、旧日志归档是否被改，须人工核实。"+
			"网络设备的日志在日志服务器上判断。",
		"Reads whether an integrity monitor is installed, runs or is scheduled, has a baseline and watches the logs; or whether every store of records shows tampering by itself. Whether alarms arrive is not seen. "+
			"Records of network devices are judged on the log server."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		return []checks.Result{integrity(f)}
	},
}

func integrity(f *pb.Facts) checks.Result {
	expected := checks.Say("有完整性工具监视日志，或日志存储自身能显示篡改", "a monitor watches the logs, or their stores show tampering")
	stores := checks.Summary(checks.Where(f.GetLogStores(), func(s *pb.LogStore) bool { return isRecord(s) && !off(s.GetActive()) && !off(s.GetPersistent()) }), "",
		checks.Failed(expected, checks.Say("没有持久的日志存储", "there is no lasting store of records")), func(s *pb.LogStore) checks.Result {
			r := checks.Is(s.GetTamperEvident(), true, expected)
			say(&r, checks.Say("能显示篡改", "shows tampering"), checks.Say("不能显示篡改", "does not show tampering"))
			return r
		})
	if checks.Device(f) {
		if to := sentTo(f, func(*pb.LogTarget) bool { return true }); to != "" && stores.Outcome != pb.Outcome_OUTCOME_PASS {
			return checks.Undecided(expected, checks.Say("记录发送至 %s", "records are sent to %s", to), pb.Reason_REASON_ELSEWHERE,
				checks.Say("须在日志服务器上判断", "it is judged on the log server"), f.GetLogTargets().GetEvidence()...)
		}
		return stores
	}
	none := checks.Failed(expected, checks.Say("未安装完整性监视工具", "no integrity monitor is installed"), f.GetIntegrityMonitors().GetEvidence()...)
	monitors := checks.Some(f.GetIntegrityMonitors(), "", none, func(m *pb.IntegrityMonitor) checks.Result {
		installed := checks.Is(m.GetInstalled(), true, expected)
		active := checks.Is(m.GetActive(), true, expected)
		baseline := checks.Is(m.GetBaselinePresent(), true, expected)
		covers := checks.Is(m.GetCoversLogs(), true, expected)
		say(&installed, nil, checks.Say("未安装", "not installed"))
		say(&active, checks.Say("运行中或已定时", "runs or is scheduled"), checks.Say("未运行也无定时任务", "neither runs nor is scheduled"))
		say(&baseline, nil, checks.Say("没有基线数据库", "has no baseline"))
		say(&covers, checks.Say("监视日志", "watches the logs"), checks.Say("不监视日志", "does not watch the logs"))
		return checks.AllOf(installed, active, baseline, covers)
	})
	r := checks.AnyOf(monitors, stores)
	r.Expected = expected
	return r
}
