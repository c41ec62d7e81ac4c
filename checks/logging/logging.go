// Package logging holds the checks on records: that they are made, of what, what they hold, how long and where they are
// kept, who can get at them and who would notice, and that recording cannot quietly stop.
//
// It judges what the target does. Whether somebody reads the records, and how long a log server keeps them, is judged
// where that is done.
package logging

import (
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{
	Enabled, AuditCoverage, AuditUsers, Accounting, Retention, Fields, Remote, Access, Integrity, Protected,
}

// isAudit says whether a store holds the audit trail.
func isAudit(s *pb.LogStore) bool {
	return s.GetScope() == "audit" || strings.HasPrefix(s.GetScope(), "/var/log/audit")
}

// generalLogs are the stores that take the records of the whole system.
var generalLogs = []string{"syslog", "/var/log/syslog", "/var/log/messages"}

// notRecords are files below /var/log that are no record of what happened: they list packages, boots and sessions, which
// the system log, the login log and the audit trail record too.
var notRecords = []string{
	"wtmp", "btmp", "lastlog", "faillog", "tallylog", "boot.log", "bootstrap.log", "dmesg", "dpkg.log", "alternatives.log",
	"apt", "dnf.log", "dnf.rpm.log", "dnf.librepo.log", "hawkey.log", "yum.log", "history.log", "term.log", "fontconfig.log",
}

// isRecord says whether a store matters: whatever is not known to hold something else does.
func isRecord(s *pb.LogStore) bool {
	return !slices.Contains(notRecords, path.Base(s.GetScope())) && !strings.HasPrefix(s.GetScope(), "/var/log/apt/")
}

// off says that something is known not to be so.
func off(f *pb.BoolFact) bool { return known(f.GetState()) && !f.GetValue() }

func known(s pb.FactState) bool { return s == pb.FactState_FACT_STATE_KNOWN }

func silent(s pb.FactState) bool { return s == pb.FactState_FACT_STATE_UNSPECIFIED }

// offline says that only the running system could tell.
func offline(f *pb.BoolFact) bool {
	return f.GetState() == pb.FactState_FACT_STATE_UNKNOWN && f.GetReason() == pb.Reason_REASON_OFFLINE
}

// isRemote says whether a target of records is another machine, as far as its address tells.
func isRemote(t *pb.LogTarget) bool {
	a := address(t)
	if ip, err := netip.ParseAddr(a); err == nil {
		return !ip.IsLoopback() && !ip.IsUnspecified()
	}
	return a != "localhost" && !strings.HasPrefix(a, "localhost.") && !strings.HasPrefix(a, "/")
}

// address is where a target stands: what is stated, otherwise what its scope says.
func address(t *pb.LogTarget) string {
	a := t.GetAddress().GetValue()
	if a == "" {
		a = t.GetScope()
		if ap, err := netip.ParseAddrPort(a); err == nil {
			return ap.Addr().String()
		}
		if host, _, ok := strings.Cut(a, ":"); ok && strings.Count(a, ":") == 1 {
			a = host
		}
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(a, "[]"), "."))
}

// systemLog is whether the system writes records at all, to itself or to another machine.
func systemLog(f *pb.Facts) checks.Result {
	expected := checks.Say("系统日志已启用（本机日志或日志服务器）", "the system log is on (kept here or sent to a log server)")
	none := checks.Failed(expected, checks.Say("没有任何日志存储", "there is no store of records"))
	stores := checks.Some(checks.Where(f.GetLogStores(), func(s *pb.LogStore) bool { return !isAudit(s) }), "", none,
		func(s *pb.LogStore) checks.Result {
			r := checks.Is(s.GetActive(), true, expected)
			switch r.Outcome {
			case pb.Outcome_OUTCOME_PASS:
				r.Observed = checks.Say("正在记录", "records are written")
			case pb.Outcome_OUTCOME_FAIL:
				r.Observed = checks.Say("未启用", "switched off")
			}
			return r
		})
	nowhere := checks.Failed(expected, checks.Say("未向日志服务器发送", "nothing is sent to a log server"))
	targets := checks.Some(checks.Where(f.GetLogTargets(), isRemote), "", nowhere, func(t *pb.LogTarget) checks.Result {
		return checks.Passed(expected, checks.Say("发送至日志服务器", "sent to a log server"), t.GetAddress().GetEvidence()...)
	})
	r := checks.AnyOf(stores, targets)
	r.Expected = expected
	return r
}

// auditing is whether the audit records at all; no rule counts without it. Where only configuration can be read, it is
// whether the audit starts by itself; where there is no audit of its own, it is the system log.
func auditing(f *pb.Facts) checks.Result {
	active := f.GetAuditTrail().GetActive()
	expected := checks.Say("审计正在运行", "the audit runs")
	switch {
	case active.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE, silent(active.GetState()) && checks.Device(f):
		return systemLog(f)
	case offline(active):
		boot := checks.Is(f.GetAuditTrail().GetEnabledAtBoot(), true, checks.Say("审计随系统启动", "the audit starts at boot"))
		switch boot.Outcome {
		case pb.Outcome_OUTCOME_PASS:
			boot.Observed = checks.Say("审计随系统启动", "the audit starts at boot")
		case pb.Outcome_OUTCOME_FAIL:
			boot.Observed = checks.Say("审计不随系统启动", "the audit does not start at boot")
		}
		return boot
	}
	r := checks.Is(active, true, expected)
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = expected
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("审计未运行", "the audit does not run")
	}
	return r
}

// eventNames say the kinds of events for people.
var eventNames = map[string]*pb.Text{
	"user_actions":    checks.Say("重要用户行为", "important user actions"),
	"resource_abuse":  checks.Say("系统资源的异常使用", "abnormal use of system resources"),
	"commands":        checks.Say("重要系统命令的使用", "use of important commands"),
	"accounts":        checks.Say("账号的创建、变更与删除", "creation, change and removal of accounts"),
	"audit_policy":    checks.Say("审计策略的变更", "changes of the audit's rules"),
	"audit_lifecycle": checks.Say("审计功能的启动与停止", "start and stop of the audit"),
	"logins":          checks.Say("登录与注销", "logins and logouts"),
	"failed_logins":   checks.Say("登录失败", "failed logins"),
	"admin_actions":   checks.Say("管理员操作", "administrators' actions"),
	"time_changes":    checks.Say("系统时间变更", "changes of the clock"),
	"file_access":     checks.Say("重要文件访问", "access to important files"),
}

func eventName(word string) *pb.Text {
	if t := eventNames[word]; t != nil {
		return t
	}
	return checks.Verbatim(word)
}

// recorded is whether events of a kind are recorded.
func recorded(f *pb.Facts, word string) checks.Result {
	expected := checks.Say("记录：%s", "recorded: %s", eventName(word))
	list := f.GetAuditEvents()
	var parts []checks.Result
	for _, e := range list.GetItems() {
		if e.GetScope() != word {
			continue
		}
		r := checks.Is(e.GetRecorded(), true, expected)
		switch {
		case r.Outcome == pb.Outcome_OUTCOME_PASS:
			r.Observed = checks.Say("已记录：%s", "recorded: %s", eventName(word))
		case r.Outcome == pb.Outcome_OUTCOME_FAIL:
			r.Observed = checks.Say("未记录：%s", "not recorded: %s", eventName(word))
		}
		parts = append(parts, r)
	}
	if len(parts) > 0 {
		return checks.AllOf(parts...)
	}
	switch list.GetState() {
	case pb.FactState_FACT_STATE_KNOWN, pb.FactState_FACT_STATE_ABSENT:
		return checks.Failed(expected, checks.Say("未记录：%s", "not recorded: %s", eventName(word)), list.GetEvidence()...)
	case pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return checks.NotApplicable(checks.Say("平台不区分审计事件", "the platform does not tell kinds of events apart"), list.GetEvidence()...)
	}
	return checks.Unknown(expected, list.GetReason(), list.GetDetail(), list.GetEvidence()...)
}
