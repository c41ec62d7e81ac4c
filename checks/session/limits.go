package session

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Limits asks that the number of sessions at once be limited.
var Limits = &checks.Check{
	ID:       "session.limits",
	Controls: []string{"SES-02"},
	Title:    checks.Say("限制并发会话数", "Sessions at once are limited"),
	Rationale: checks.Say(
		"不限制并发会话，一个账户或来源就能耗尽登录资源，使管理员无法登录；同一账户大量并发也往往是共用或被盗的迹象。",
		"Without a limit one account or source can use up all ways in and shut the administrators out; and many sessions of one account are a sign that it is shared or stolen."),
	Remedy: checks.Say(
		`Linux：在 /etc/security/limits.d/ 中新建文件，写入 * hard maxlogins 10（root 需单独写 root hard maxlogins 10），并确认 PAM 的 session 段含 pam_limits.so；/etc/ssh/sshd_config 设置 MaxSessions 与 MaxStartups。
华为 VRP：user-interface maximum-vty 5，aaa 视图 local-user 用户名 access-limit 2。H3C Comware：aaa session-limit ssh 8，local-user 下 access-limit 2。Cisco IOS：用 transport input none 关闭多余 vty，session-limit、ip ssh maxstartups；ASA：quota management-session 5。数值由本单位规定。`,
		`Linux: a file in /etc/security/limits.d/ with * hard maxlogins 10 (root needs its own line), and pam_limits.so in the session section of PAM; MaxSessions and MaxStartups in /etc/ssh/sshd_config.
Huawei VRP: user-interface maximum-vty 5, local-user NAME access-limit 2 in the aaa view. H3C Comware: aaa session-limit ssh 8, access-limit 2 under local-user. Cisco IOS: close spare vty lines with transport input none, session-limit, ip ssh maxstartups; ASA: quota management-session 5. The figure is yours to set.`),
	Sees: checks.Say(
		"按会话种类（vty、web、ssh，主机上对所有用户的 maxlogins 等）读取并发会话上限。条款没有给出数值，只判断有没有上限，不判断是否合适。看不到数据库、应用和负载均衡设备的会话限制。",
		"Reads for each kind of session (vty, web, ssh, on hosts what maxlogins allows everybody) how many there may be at once. The clause names no figure, so it judges whether there is a limit, not whether it fits. It cannot see the limits of databases, applications and load balancers."),
	Run: func(f *pb.Facts, _ checks.Params) []checks.Result {
		expected := checks.Say("并发会话数有上限", "sessions at once are limited")
		sessions := f.GetSessionPolicies()
		logins := slices.ContainsFunc(sessions.GetItems(), func(s *pb.SessionPolicy) bool { return s.GetScope() == scopeLogins })
		return checks.Each(sessions, checks.Nothing(expected), func(s *pb.SessionPolicy) checks.Result {
			most := s.GetMaxSessions()
			if logins && unsaid(most) && (isShell(s) || s.GetScope() == scopeSSH || s.GetScope() == scopeLogind) {
				return checks.NotApplicable(checks.Say("由登录数限制决定", "the limit on logins decides"))
			}
			r := checks.Settle(most, expected, most.GetValue() > 0)
			switch {
			case facts.Known(most) && most.GetValue() == 0:
				// To some 0 means none at all, to others no limit.
				return checks.Unknown(expected, pb.Reason_REASON_NOT_UNDERSTOOD, "0", most.GetEvidence()...)
			case most.GetState() == pb.FactState_FACT_STATE_ABSENT:
				r.Observed = checks.Say("没有上限", "no limit")
			case r.Outcome == pb.Outcome_OUTCOME_PASS:
				r.Observed = checks.Say("最多 %d 个", "at most %d", most.GetValue())
			}
			return r
		})
	},
}
