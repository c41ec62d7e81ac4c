// Package limits holds the check that no single user can take all of a host's resources. It does not judge whether the
// figures are wise, nor the limits of databases and applications.
package limits

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{PerUser}

// PerUser asks that the number of each user's processes be limited.
var PerUser = &checks.Check{
	ID:       "limits.per_user",
	Controls: []string{"RES-02"},
	Title:    checks.Say("限制单个用户对系统资源的使用", "What a single user may take of the system is limited"),
	Rationale: checks.Say(
		"失控的程序或恶意用户可以用进程炸弹耗尽进程表和内存，使整台服务器停止服务。",
		"A runaway program or a hostile user can exhaust the process table and memory and bring the whole server down."),
	Remedy: checks.Say(
		"Linux：/etc/security/limits.d/90-limits.conf 写入 “* hard nproc 4096”“* hard nofile 65536”“* hard maxlogins 10”，并确认 /etc/pam.d/{login,sshd,su} 的会话栈包含 pam_limits.so；"+
			"或用 systemd：/etc/systemd/system/user-.slice.d/50-limits.conf 设 [Slice] TasksMax=4096、MemoryMax=50%。数据库等服务账号按需单列有限的数值，不要写 unlimited。\n"+
			"网络设备：限制并发管理会话数，见 session.limits。",
		"Linux: in /etc/security/limits.d/90-limits.conf `* hard nproc 4096`, `* hard nofile 65536`, `* hard maxlogins 10`, and see that the session stacks of /etc/pam.d/{login,sshd,su} hold pam_limits.so; "+
			"or with systemd [Slice] TasksMax=4096 and MemoryMax=50% in /etc/systemd/system/user-.slice.d/50-limits.conf. Give service accounts of databases figures of their own, not unlimited.\n"+
			"Devices: limit the sessions, see session.limits."),
	Sees: checks.Say(
		"依据：对所有用户（*）的进程数硬限制（hard 或 “-”，软限制可被用户自行放宽，不算），或 systemd 用户切片的 TasksMax；除 root 外的用户或组被设为不受限时不符合（有 TasksMax 时除外）。打开文件数、登录数等其他限制会写明，不影响结论。数据库与应用的限额、磁盘配额不在此列。",
		"Reads hard limits (hard or -; a soft limit can be lifted by the user and does not count) on the number of processes for everybody (*), or TasksMax of systemd's user slices. A user or group other than root that is set to unlimited fails it, unless TasksMax holds. Limits on files and logins are told but do not decide. Quotas of databases, applications and disks are not seen."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		list := f.GetResourceLimits()
		if list == nil && checks.Device(f) {
			return []checks.Result{checks.NotApplicable(checks.Say("网络设备上没有运行程序的用户", "no user runs programs on a network device"), f.GetPlatform().GetKind().GetEvidence()...)}
		}
		return []checks.Result{perUser(list)}
	},
}

func perUser(list *pb.ResourceLimitList) checks.Result {
	expected := checks.Say("所有用户的进程数有上限", "the number of processes of every user is limited")
	none := checks.Failed(expected, checks.Say("未设置进程数上限", "there is no limit on processes"), list.GetEvidence()...)
	tasks := checks.Some(checks.Where(list, func(l *pb.ResourceLimit) bool {
		return slices.Contains([]string{"tasks", "?"}, resource(l)) && isSlice(l)
	}), "", none,
		func(l *pb.ResourceLimit) checks.Result { return finite(l, expected) })
	general := checks.Summary(checks.Where(list, func(l *pb.ResourceLimit) bool {
		return hard(l) && slices.Contains([]string{"nproc", "?"}, resource(l)) && everybody(l)
	}), "", none,
		func(l *pb.ResourceLimit) checks.Result { return finite(l, expected) })
	nobody := checks.Passed(expected, nil)
	exempt := checks.Summary(checks.Where(list, func(l *pb.ResourceLimit) bool {
		return hard(l) && slices.Contains([]string{"nproc", "?"}, resource(l)) && !everybody(l) && l.GetDomain().GetValue() != "root"
	}), "", nobody, func(l *pb.ResourceLimit) checks.Result { return finite(l, expected) })
	exempt.Expected = nil
	r := checks.AnyOf(tasks, checks.AllOf(general, exempt))
	r.Expected = expected
	if r.Outcome == pb.Outcome_OUTCOME_PASS {
		r.Observed = told(list)
	}
	return r
}

// resource is what is limited; "?" if that is not known.
func resource(l *pb.ResourceLimit) string {
	if !facts.Known(l.GetResource()) {
		return "?"
	}
	return l.GetResource().GetValue()
}

// everybody says whether a limit of pam_limits holds for all users.
func everybody(l *pb.ResourceLimit) bool { return l.GetDomain().GetValue() == "*" }

// isSlice says whether a limit is one of systemd's user slices.
func isSlice(l *pb.ResourceLimit) bool { return strings.Contains(l.GetScope(), ".slice") }

// hard says whether a limit of pam_limits is one that the user cannot lift: its scope is "DOMAIN hard|-|soft RESOURCE".
func hard(l *pb.ResourceLimit) bool {
	words := strings.Fields(l.GetScope())
	return !isSlice(l) && len(words) >= 2 && words[len(words)-2] != "soft"
}

// finite asks that a limit be one.
func finite(l *pb.ResourceLimit, expected *pb.Text) checks.Result {
	v := l.GetValue()
	for _, f := range []facts.Fact{l.GetResource(), l.GetDomain()} {
		if !facts.Known(f) {
			r := checks.Unknown(expected, f.GetReason(), f.GetDetail(), v.GetEvidence()...)
			r.Observed = checks.Verbatim(v.GetValue())
			return r
		}
	}
	return checks.Settle(v, expected, !slices.Contains([]string{"", "unlimited", "infinity", "-1"}, strings.ToLower(v.GetValue())))
}

// told lists the limits that hold for everybody, at most a few.
func told(list *pb.ResourceLimitList) *pb.Text {
	var seen []string
	for _, l := range list.GetItems() {
		if (everybody(l) && hard(l) || isSlice(l)) && facts.Known(l.GetValue()) && len(seen) < 6 {
			seen = append(seen, l.GetScope()+" "+l.GetValue().GetValue())
		}
	}
	return checks.Verbatim(strings.Join(seen, ", "))
}
