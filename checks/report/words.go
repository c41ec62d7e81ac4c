package report

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// lang is zh or en; anything else reads as en.
type lang string

func (l lang) of(t *pb.Text) string { return l.pick(t.GetZh(), t.GetEn()) }

func (l lang) pick(zh, en string) string {
	if l == "zh" {
		return zh
	}
	return en
}

// say is a word of the reports themselves.
func (l lang) say(w word) string { return l.of(words[w]) }

type word int

const (
	wReport word = iota
	wTarget
	wHost
	wSystem
	wStarted
	wFinished
	wTook
	wProfile
	wObserved
	wExpected
	wReason
	wEvidence
	wClauses
	wRemedy
	wSite
	wScore
	wKnown
	wBaseline
	wJudged
	wAttested
	wNotObservable
	wPass
	wFail
	wUnknown
	wNotApplicable
	wNotes
	wUnanswered
	wUnread
	wPartial
	wNothingToShow
	wMissed
	wMissedClauses
	wDefault
	wCheck
	wScope
	wSummary
	wAndMore
	wHidden
	wControl
	wTitle
	wLevel
	wTopFailures
	wBySubject
	wFindings
	wScoreNote
	wAll
	wSearch
	wVersion
	wRoot
	wWaived
	wWaiver
)

var words = map[word]*pb.Text{
	wReport: checks.Say("准绳 安全基线核查报告", "Plumbline security baseline report"), wTarget: checks.Say("目标", "Target"), wHost: checks.Say("主机名", "Host"),
	wMissed: checks.Say("未读取：", "Not read: "), wMissedClauses: checks.Say("其 %d 条结果均为无法判断", "its %d findings are all unknown"),
	wSystem: checks.Say("系统", "System"), wStarted: checks.Say("开始时间", "Started"), wFinished: checks.Say("结束时间", "Finished"), wTook: checks.Say("用时", "took"),
	wProfile: checks.Say("取值方案", "Profile"), wObserved: checks.Say("实际", "is"), wExpected: checks.Say("要求", "wanted"), wReason: checks.Say("原因", "why"),
	wEvidence: checks.Say("依据", "seen in"), wClauses: checks.Say("条款", "clauses"), wRemedy: checks.Say("整改", "remedy"), wSite: checks.Say("场所声明", "site says"),
	wScore: checks.Say("得分", "Score"), wKnown: checks.Say("可判定", "Known"), wBaseline: checks.Say("基线", "Baseline"), wJudged: checks.Say("已判", "Judged"),
	wAttested: checks.Say("须人工证明", "Attested"), wNotObservable: checks.Say("不可观测", "Not observable"),
	wPass: checks.Say("符合", "pass"), wFail: checks.Say("不符合", "fail"), wUnknown: checks.Say("未知", "unknown"), wNotApplicable: checks.Say("不适用", "n/a"),
	wNotes: checks.Say("取值说明", "Figures chosen"), wUnanswered: checks.Say("未能读取", "Could not be read"), wUnread: checks.Say("未能解析的行", "Lines not understood"),
	wPartial: checks.Say("(仅判定条款的一部分,其余须人工证明)", "(decides a part of the clause; the rest is attested)"), wNothingToShow: checks.Say("没有需要列出的结果", "nothing to list"),
	wDefault: checks.Say("默认值,见", "default, see"), wCheck: checks.Say("检查项", "Check"), wScope: checks.Say("范围", "Scope"), wSummary: checks.Say("汇总", "Summary"),
	wAndMore: checks.Say("等 %d 条", "and %d more"), wHidden: checks.Say("另有 %d 项未列出(--show all 列出全部)", "%d more not listed (--show all lists them)"),
	wControl: checks.Say("控制点", "Control"), wTitle: checks.Say("标题", "Title"), wLevel: checks.Say("级别", "Level"), wTopFailures: checks.Say("不符合项", "Failures"),
	wBySubject: checks.Say("按主题", "By subject"), wFindings: checks.Say("全部结果", "All findings"),
	wScoreNote: checks.Say("得分按条款权重计算,未知不计为符合;“可判定”为能够判定的权重占比。", "The score weighs clauses; unknown never counts as passed. “Known” is the share of the weight that could be told."),
	wAll:       checks.Say("全部", "all"), wSearch: checks.Say("筛选", "Filter"), wVersion: checks.Say("版本", "Version"),
	wWaived: checks.Say("已豁免", "waived"), wWaiver: checks.Say("%s 批准，至 %s：%s", "by %s until %s: %s"),
	wRoot: checks.Say("%d 个问题需要 root 权限才能读取;以 root 运行可减少“未知”。", "%d questions need root; running as root leaves fewer unknowns."),
}

func (l lang) outcome(o string) string {
	switch o {
	case Pass:
		return l.say(wPass)
	case Fail:
		return l.say(wFail)
	case NotApplicable:
		return l.say(wNotApplicable)
	}
	return l.say(wUnknown)
}

// subjects in the order in which people read them, with their names.
var subjects = []struct {
	id   string
	name *pb.Text
}{
	{"password", checks.Say("口令", "Passwords")}, {"lockout", checks.Say("登录失败锁定", "Lockout")}, {"session", checks.Say("会话", "Sessions")},
	{"accounts", checks.Say("账号与权限", "Accounts and rights")}, {"access", checks.Say("远程管理", "Remote management")}, {"ports", checks.Say("端口", "Ports")},
	{"services", checks.Say("服务与组件", "Services")}, {"filter", checks.Say("访问控制策略", "Packet filters")}, {"network", checks.Say("网络防护", "Network")},
	{"logging", checks.Say("日志与审计", "Logging and audit")}, {"time", checks.Say("时间同步", "Time")}, {"snmp", checks.Say("SNMP", "SNMP")},
	{"tls", checks.Say("传输加密", "TLS")}, {"files", checks.Say("文件权限与完整性", "Files")}, {"patch", checks.Say("补丁", "Patches")},
	{"version", checks.Say("版本", "Version")}, {"software", checks.Say("软件来源", "Software")}, {"malware", checks.Say("恶意代码防范", "Malware")},
	{"monitoring", checks.Say("监控", "Monitoring")}, {"limits", checks.Say("资源限制", "Resource limits")}, {"residual", checks.Say("剩余信息保护", "Residual data")},
	{"removable", checks.Say("移动介质", "Removable media")}, {"dedicated", checks.Say("专机专用", "Dedicated servers")}, {"config", checks.Say("配置管理", "Configuration")},
}

func subject(check string) string {
	s, _, _ := strings.Cut(check, ".")
	return s
}

func subjectOrder(check string) int {
	s := subject(check)
	for i := range subjects {
		if subjects[i].id == s {
			return i
		}
	}
	return len(subjects)
}

func (l lang) subject(check string) string {
	if i := subjectOrder(check); i < len(subjects) {
		return l.of(subjects[i].name)
	}
	return subject(check)
}

// shown says which outcomes the table lists.
func (o Options) shown(outcomeName string) bool {
	show := o.Show
	if show == nil {
		show = []pb.Outcome{pb.Outcome_OUTCOME_FAIL, pb.Outcome_OUTCOME_UNKNOWN}
	}
	return slices.ContainsFunc(show, func(s pb.Outcome) bool { return outcome(s) == outcomeName })
}
