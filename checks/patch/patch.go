// Package patch holds the check on updates: that no security update is known and not installed. It relies on what the
// target itself knows; whether a distribution still makes updates at all is not seen here.
package patch

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Pending}

// Pending asks that no security update wait to be installed, by information that is fresh, nor for a restart.
var Pending = &checks.Check{
	ID:       "patch.pending",
	Controls: []string{"PAT-01"},
	Title:    checks.Say("安全补丁已及时安装并生效", "Security updates are installed and in effect"),
	Rationale: checks.Say(
		"多数入侵利用的是早已发布补丁的漏洞；补丁装了而没有重启，运行中的内核与服务仍是旧的、有漏洞的版本。",
		"Most intrusions use holes for which a patch has long been out; a patch that waits for a restart leaves the old kernel and services running."),
	Remedy: checks.Say(
		"RHEL/麒麟/openEuler：配置内网镜像源，“dnf makecache && dnf updateinfo list --security”，测试后 “dnf update --security”，“needs-restarting -r” 提示时安排重启。\n"+
			"Debian/Ubuntu/UOS：源中包含安全更新仓库，“apt update && apt list --upgradable”，“apt upgrade” 或 unattended-upgrades；存在 /var/run/reboot-required 时安排重启。\n"+
			"网络设备：按厂商安全公告升级版本或安装补丁（华为 “display patch-information”，H3C “display install active”，思科 “show version”），见 version.recorded。",
		"RHEL, Kylin, openEuler: set up an internal mirror, `dnf makecache && dnf updateinfo list --security`, after testing `dnf update --security`; plan a restart where `needs-restarting -r` asks for one.\n"+
			"Debian, Ubuntu, UOS: have the security repository among the sources, `apt update && apt list --upgradable`, `apt upgrade` or unattended-upgrades; plan a restart where /var/run/reboot-required exists.\n"+
			"Devices: follow the vendor's advisories (Huawei `display patch-information`, H3C `display install active`, Cisco `show version`); see version.recorded."),
	Sees: checks.Say(
		"依据：目标自身记录的待装安全更新数、最近一次向软件源查询的时间、是否有更新等待重启。查询时间超过期限时，“没有待装更新”不可信，结论为未知；已知有待装安全更新时，不论信息新旧均为不符合。"+
			"看不到：软件源是否包含全部安全更新、发行版是否已停止维护、源码或厂商方式安装的软件（数据库、中间件等）。",
		"Reads what the target itself knows: security updates not installed, when it last asked its repositories, and whether an update waits for a restart. Where it last asked too long ago, that it knows of none proves nothing: unknown; an update that it does know of fails however old the information. "+
			"Not seen: whether the repositories hold all security updates, whether the distribution is still maintained, and software installed by other means (databases, middleware)."),
	Params: []checks.Param{{
		Name: "refresh", Kind: checks.Span, Default: "30d",
		Doc: checks.Say("更新信息的最长有效期", "how old the information on updates may be"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		s := f.GetPatches()
		if s == nil && checks.Device(f) {
			return []checks.Result{checks.Undecided(checks.Say("没有待装的安全更新", "no security update is pending"), checks.Say("无法判断", "not known"),
				pb.Reason_REASON_ELSEWHERE, checks.Say("设备自身不知道有哪些补丁，须对照厂商安全公告", "a device does not know of its patches; compare its version with the vendor's advisories"))}
		}
		return []checks.Result{checks.AllOf(none(s, p.Now, p.Limit("refresh")), restarted(s.GetRebootNeeded()))}
	},
}

// none asks that no security update be pending, and that this be known of late.
func none(s *pb.PatchState, now time.Time, limit checks.Limit) checks.Result {
	expected := checks.Say("没有待装的安全更新（信息不早于 %s 前）", "no security update is pending (by information not older than %s)", checks.SpanText(limit.Span))
	pending := s.GetPendingSecurity()
	if !facts.Known(pending) && facts.Known(s.GetPending()) && s.GetPending().GetValue() == 0 {
		pending = s.GetPending() // no update at all, hence no security update
	}
	r := checks.Settle(pending, expected, pending.GetValue() == 0)
	if facts.Known(pending) {
		r.Observed = checks.Say("待装安全更新 %d 个", "%d security updates pending", pending.GetValue())
	}
	if pending.GetState() == pb.FactState_FACT_STATE_ABSENT { // no count was found, which is not a count of none
		r = checks.Unknown(expected, pb.Reason_REASON_NOT_FOUND, "", pending.GetEvidence()...)
	}
	if r.Outcome != pb.Outcome_OUTCOME_PASS {
		return r
	}
	asked := s.GetLastRefresh()
	ev := append(append([]*pb.Evidence{}, pending.GetEvidence()...), asked.GetEvidence()...)
	if !facts.Known(asked) {
		u := checks.Unknown(expected, asked.GetReason(), asked.GetDetail(), ev...)
		u.Observed = checks.Say("%s，但不知何时查询过软件源", "%s, but when the repositories were last asked is not known", r.Observed)
		return u
	}
	age := now.Sub(asked.GetValue().AsTime())
	seen := checks.Say("%s（%d 天前查询）", "%s (asked %d days ago)", r.Observed, int64(age/(24*time.Hour)))
	switch {
	case age < -24*time.Hour:
		return checks.Undecided(expected, seen, pb.Reason_REASON_CONFLICT, checks.Say("查询时间在将来，时钟或记录有误", "it was asked in the future: the clock or the record is wrong"), ev...)
	case age > limit.Span || age == limit.Span && limit.Strict:
		return checks.Undecided(expected, seen, pb.Reason_REASON_TOO_YOUNG, checks.Say("更新信息已过期，请先刷新软件源（dnf makecache 或 apt update）", "the information is out of date; refresh it first (dnf makecache or apt update)"), ev...)
	}
	return checks.Passed(expected, seen, ev...)
}

func restarted(f *pb.BoolFact) checks.Result {
	r := checks.Is(f, false, checks.Say("没有更新等待重启", "no update waits for a restart"))
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = checks.Say("无需重启", "no restart needed")
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("有更新等待重启后生效", "an update waits for a restart")
	}
	return r
}
