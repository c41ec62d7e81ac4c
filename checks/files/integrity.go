package files

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Integrity asks that a changed program be noticed.
var Integrity = &checks.Check{
	ID:       "files.integrity",
	Controls: []string{"INT-01"},
	Title:    checks.Say("重要程序的完整性受到监测", "Changes of important programs are noticed"),
	Rationale: checks.Say(
		"入侵者常替换系统命令、植入后门程序以长期潜伏；只有与可信基线比对才能发现。",
		"Intruders replace commands and plant programs in order to stay; only comparison with a trusted baseline shows it."),
	Remedy: checks.Say(
		"Linux：RHEL/麒麟/openEuler “dnf install aide && aide --init && mv /var/lib/aide/aide.db.new.gz /var/lib/aide/aide.db.gz”，Debian/Ubuntu/UOS “apt install aide && aideinit”；"+
			"规则须覆盖 /bin /sbin /usr/bin /usr/sbin /usr/lib；用 cron 或 systemd 定时器每日执行 “aide --check” 并将结果发出；基线另存一份到只读介质。也可使用 Wazuh/OSSEC、Samhain、Tripwire、IMA/EVM 或厂商主机安全产品。\n"+
			"网络设备：使用厂商的安全启动与软件包签名校验，不在此判断。",
		"Linux: on RHEL, Kylin and openEuler `dnf install aide && aide --init && mv /var/lib/aide/aide.db.new.gz /var/lib/aide/aide.db.gz`, on Debian, Ubuntu and UOS `apt install aide && aideinit`; "+
			"rules must cover /bin /sbin /usr/bin /usr/sbin /usr/lib; run `aide --check` daily by cron or a systemd timer and send the result out; keep a copy of the baseline on read-only media. Wazuh, OSSEC, Samhain, Tripwire, IMA/EVM or a vendor's host protection will do as well.\n"+
			"Devices: the vendor's secure boot and package signatures, which are not judged here."),
	Sees: checks.Say(
		"依据：完整性工具已安装、在运行或有定时任务、有基线数据库、覆盖系统程序目录；一个工具全部满足即可。最近一次比对的时间会写明但不影响结论。告警是否有人处理、被破坏的程序能否恢复，须人工确认。",
		"Reads whether an integrity monitor is installed, runs or is scheduled, has a baseline, and watches the directories of programs; one that does all of it is enough. When it last compared is told but does not decide. Whether alarms are handled and programs can be restored is not seen."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		list := f.GetIntegrityMonitors()
		if list == nil && checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备上不能安装完整性监测工具", "no integrity monitor can be installed on a network device"),
				f.GetPlatform().GetKind().GetEvidence()...)}
		}
		expected := checks.Say("有完整性工具监测系统程序", "a monitor watches the system's programs")
		none := checks.Failed(expected, checks.Say("未安装完整性监测工具", "no integrity monitor is installed"), list.GetEvidence()...)
		return []checks.Result{checks.Some(list, "", none, func(m *pb.IntegrityMonitor) checks.Result { return monitor(m, p.Now) })}
	},
}

func monitor(m *pb.IntegrityMonitor, now time.Time) checks.Result {
	ask := func(f *pb.BoolFact, want, no *pb.Text) checks.Result {
		r := checks.Is(f, true, want)
		switch r.Outcome {
		case pb.Outcome_OUTCOME_PASS:
			r.Observed = want
		case pb.Outcome_OUTCOME_FAIL:
			r.Observed = no
		}
		return r
	}
	installed := ask(m.GetInstalled(), checks.Say("已安装", "installed"), checks.Say("未安装", "not installed"))
	if installed.Outcome == pb.Outcome_OUTCOME_FAIL {
		return installed
	}
	r := checks.AllOf(installed,
		ask(m.GetActive(), checks.Say("在运行或已定时", "runs or is scheduled"), checks.Say("未运行也无定时任务", "neither runs nor is scheduled")),
		ask(m.GetBaselinePresent(), checks.Say("有基线", "has a baseline"), checks.Say("没有基线数据库", "has no baseline")),
		ask(m.GetCoversPrograms(), checks.Say("覆盖系统程序", "watches programs"), checks.Say("不覆盖系统程序", "does not watch programs")))
	if last := m.GetLastRun(); facts.Known(last) {
		r.Observed = checks.Say("%s；最近比对于 %d 天前", "%s; last compared %d days ago", r.Observed, int64(now.Sub(last.GetValue().AsTime())/(24*time.Hour)))
	}
	return r
}
