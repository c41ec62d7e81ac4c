package logging

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Access asks that only those who may read records can, and that nobody else can change them.
var Access = &checks.Check{
	ID:       "logging.access",
	Controls: []string{"LOG-05"},
	Title:    checks.Say("日志仅授权人员可读，他人不可修改", "Only authorised people can read records, and nobody else can change them"),
	Rationale: checks.Say(
		"日志含有账号、地址与操作细节，泄露会帮助攻击者；可被他人修改的日志不能作为证据。",
		"Records hold accounts, addresses and what was done, which helps an attacker; records that others can change are no evidence."),
	Remedy: checks.Say(
		"Linux：“chmod 0640 /var/log/{messages,secure,syslog,auth.log}”，“chmod 0700 /var/log/audit && chmod 0600 /var/log/audit/*”，属主 root；/etc/rsyslog.conf 设 $FileCreateMode 0640、$Umask 0027，logrotate 中 create 0640 root adm，"+
			"/etc/audit/auditd.conf 设 log_group = root；从 adm、systemd-journal、log 组中移除无需查看日志的账号（“gpasswd -d 用户 adm”），并在场所文件 log_readers 中列出允许查看日志的用户与组。\n"+
			"华为/H3C：仅高级别用户或安全审计角色可执行 “display logbuffer”“display logfile-buffer”；思科：用 “privilege exec level 15 show logging” 或 parser view 限制查看。",
		"Linux: `chmod 0640 /var/log/{messages,secure,syslog,auth.log}`, `chmod 0700 /var/log/audit && chmod 0600 /var/log/audit/*`, owner root; $FileCreateMode 0640 and $Umask 0027 in /etc/rsyslog.conf, `create 0640 root adm` in logrotate, "+
			"log_group = root in /etc/audit/auditd.conf; take accounts that need not read logs out of adm, systemd-journal and log (`gpasswd -d USER adm`), and list who may under log_readers in the site file.\n"+
			"Huawei, H3C: leave `display logbuffer` and `display logfile-buffer` to high levels or the security-audit role. Cisco: `privilege exec level 15 show logging`, or a parser view."),
	Sees: checks.Say(
		"依据：每个日志存储是否可被其他用户读取、是否可被属主以外的人修改；主机上属于日志组（adm、systemd-journal、log）且能登录的账号须列在场所文件的 log_readers 中（写用户名，或写组名即允许全组）。"+
			"账号是否确因工作需要，由声明者负责；日志服务器上的权限须在该服务器上判断。",
		"Reads whether others can read each store and whether anybody but its owner can change it. On hosts, accounts that can log in and belong to a group that reads logs (adm, systemd-journal, log) must be listed under log_readers in the site file (the user, or the group for all of it). "+
			"Whether they need it is the word of who stated it. Rights on a log server are judged there."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		expected := checks.Say("其他用户不可读，属主以外不可写", "not readable by others, not writable but by its owner")
		none := checks.NotApplicable(checks.Say("本机不保存记录", "no records are kept here"), f.GetLogStores().GetEvidence()...)
		none.Expected = expected
		out := checks.EachWhere(f.GetLogStores(), none, func(s *pb.LogStore) bool { return isRecord(s) && !off(s.GetActive()) },
			func(s *pb.LogStore) checks.Result {
				read := checks.Is(s.GetReadableByOthers(), false, expected)
				write := checks.Is(s.GetWritableByOthers(), false, expected)
				say(&read, checks.Say("其他用户不可读", "others cannot read it"), checks.Say("其他用户可读", "others can read it"))
				say(&write, checks.Say("仅属主可写", "only its owner can change it"), checks.Say("属主以外的人可写", "others than its owner can change it"))
				return checks.AllOf(read, write).As("store " + s.GetScope())
			})
		if checks.Device(f) {
			return out
		}
		return append(out, readers(f.GetAccounts(), p.Site).As("log readers"))
	},
}

// say puts words to a yes or no that is known.
func say(r *checks.Result, pass, fail *pb.Text) {
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = pass
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = fail
	}
}

// readingGroups are the groups whose members read logs by custom.
var readingGroups = []string{"adm", "systemd-journal", "log"}

// readers judges who belongs to the groups that read logs.
func readers(accounts *pb.AccountList, s *site.Site) checks.Result {
	expected := checks.Say("日志组成员均为声明的日志查看者", "members of the groups that read logs are stated readers")
	stated := s != nil && s.LogReaders != nil
	empty := checks.Passed(expected, checks.Say("没有账号", "there are no accounts"), accounts.GetEvidence()...)
	r := checks.Summary(accounts, "", empty, func(a *pb.Account) checks.Result {
		ev := a.GetRoles().GetEvidence()
		may := slices.DeleteFunc(slices.Clone(a.GetRoles().GetValue()), func(g string) bool { return !slices.Contains(readingGroups, g) })
		switch {
		case off(a.GetLoginEnabled()):
			return checks.Passed(expected, checks.Say("不能登录", "cannot log in"))
		case a.GetScope() == "root" || known(a.GetPrivileged().GetState()) && a.GetPrivileged().GetValue():
			return checks.Passed(expected, checks.Say("管理员", "administrator"))
		case !known(a.GetRoles().GetState()) && a.GetRoles().GetState() != pb.FactState_FACT_STATE_ABSENT:
			return checks.Settle(a.GetRoles(), expected, false)
		case len(may) == 0:
			return checks.Passed(expected, checks.Say("不属于日志组", "in none of the groups"))
		case !stated:
			return checks.Unstated(expected, checks.Say("属于 %s", "in %s", strings.Join(may, ", ")),
				checks.Say("哪些用户或组可以查看日志？请填写 log_readers", "which users or groups may read logs? Fill in log_readers"), ev...)
		case slices.Contains(s.LogReaders, a.GetScope()) || !slices.ContainsFunc(may, func(g string) bool { return !slices.Contains(s.LogReaders, g) }):
			return checks.Passed(expected, checks.Say("已声明", "stated"), ev...)
		case !known(a.GetLoginEnabled().GetState()):
			return checks.Settle(a.GetLoginEnabled(), expected, false)
		}
		return checks.Failed(expected, checks.Say("属于 %s，未声明可查看日志", "in %s, not stated as a reader", strings.Join(may, ", ")), ev...)
	})
	if stated {
		r = r.Quoting("log_readers: " + strings.Join(s.LogReaders, ", "))
	}
	return r
}
