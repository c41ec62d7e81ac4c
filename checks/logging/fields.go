package logging

import (
	"slices"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Fields asks that a record say when, what, who, to what and how it ended.
var Fields = &checks.Check{
	ID:       "logging.fields",
	Controls: []string{"LOG-03"},
	Title:    checks.Say("审计记录包含时间、类型、主体、客体与结果等要素", "A record holds time, type, subject, object and result"),
	Rationale: checks.Say(
		"缺少任何一个要素的记录都难以作为证据：不知道是谁、何时、对什么做了什么、是否成功，就无法定责，也无法与其他设备的日志关联。",
		"A record that lacks one of them is poor evidence: without who, when, to what and with what result nobody can be held to account and records of several machines cannot be matched."),
	Remedy: checks.Say(
		"Linux：/etc/audit/auditd.conf 设 log_format = ENRICHED（同时保存用户名）；rsyslog 使用高精度时间模板：“module(load=\"builtin:omfile\" Template=\"RSYSLOG_FileFormat\")”，不要使用去掉年份与时区的传统格式。\n"+
			"华为：“info-center timestamp log format-date”（或 “date precision-time”）；H3C：“info-center timestamp loghost iso” 或 “date”；并为每位管理员使用独立账号。\n"+
			"思科：“service timestamps log datetime msec localtime show-timezone year”、“logging userinfo”、“login on-failure log”、“login on-success log”。",
		"Linux: log_format = ENRICHED in /etc/audit/auditd.conf (keeps user names too); let rsyslog write full timestamps: `module(load=\"builtin:omfile\" Template=\"RSYSLOG_FileFormat\")`, not the traditional format without year and zone.\n"+
			"Huawei: `info-center timestamp log format-date` (or `date precision-time`). H3C: `info-center timestamp loghost iso` or `date`. An account of his own for each administrator.\n"+
			"Cisco: `service timestamps log datetime msec localtime show-timezone year`, `logging userinfo`, `login on-failure log`, `login on-success log`."),
	Sees: checks.Say(
		"主机：审计存储的记录要素；没有审计存储时看全部日志。网络设备：各日志存储的要素与时间戳设置。驱动给出的各类事件要素一并判断。应用自身的日志不在此列。",
		"On hosts the fields of the audit's records, or of all logs where there is no audit store; on devices those of each store and the timestamp setting. Fields stated for kinds of events are judged too. Logs of applications are not seen."),
	Params: []checks.Param{{
		Name: "fields", Kind: checks.Words, Default: "time+type+subject+object+result",
		Allowed: []string{"time", "type", "subject", "object", "result", "source", "method"},
		Doc:     checks.Say("每条记录必须包含的要素", "what each record must hold"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		want := p.Words("fields")
		expected := checks.Say("记录包含：%s", "records hold: %s", fieldNames(want))
		stores := checks.Where(f.GetLogStores(), func(s *pb.LogStore) bool { return isRecord(s) && !off(s.GetActive()) })
		store := func(s *pb.LogStore) checks.Result {
			active := checks.Is(s.GetActive(), true, nil)
			say(&active, nil, nil)
			return checks.AllOf(holds(s.GetFields(), want, expected), active).As("store " + s.GetScope())
		}
		var out []checks.Result
		if trail := checks.Where(stores, isAudit).GetItems(); len(trail) > 0 && !checks.Device(f) {
			for _, s := range trail { // what other stores there may be does not matter
				out = append(out, store(s))
			}
		} else {
			out = checks.Each(stores, noRecords(f, expected), store)
		}
		for _, e := range f.GetAuditEvents().GetItems() {
			if !silent(e.GetFields().GetState()) && !off(e.GetRecorded()) {
				out = append(out, holds(e.GetFields(), want, expected).As("event "+e.GetScope()))
			}
		}
		if stamps := f.GetProtections().GetLogTimestamps(); !silent(stamps.GetState()) && slices.Contains(want, "time") {
			r := checks.Settle(stamps, checks.Say("日志带有日期和时间", "records carry date and time"), stamps.GetValue() == "datetime")
			switch stamps.GetValue() {
			case "uptime":
				r.Observed = checks.Say("只有开机以来的时长，没有日期", "only the time since the start, no date")
			case "none":
				r.Observed = checks.Say("没有时间戳", "no timestamp")
			}
			out = append(out, r.As("timestamps"))
		}
		return out
	},
}

// noRecords is what a rule on records comes to where a complete list shows that none are kept here.
func noRecords(f *pb.Facts, expected *pb.Text) checks.Result {
	seen := checks.Say("本机不保存记录", "no records are kept here")
	if to := sentTo(f, func(*pb.LogTarget) bool { return true }); to != "" {
		return checks.Undecided(expected, seen, pb.Reason_REASON_ELSEWHERE, checks.Say("记录发送至 %s，须在该服务器上判断", "records are sent to %s and are judged there", to), f.GetLogTargets().GetEvidence()...)
	}
	return checks.Failed(expected, seen, f.GetLogStores().GetEvidence()...)
}

var fieldWords = map[string]*pb.Text{
	"time": checks.Say("时间", "time"), "type": checks.Say("事件类型", "type"), "subject": checks.Say("主体（用户）", "subject"),
	"object": checks.Say("客体（对象）", "object"), "result": checks.Say("结果", "result"), "source": checks.Say("来源", "source"), "method": checks.Say("方式", "method"),
}

func fieldNames(words []string) *pb.Text {
	texts := make([]*pb.Text, len(words))
	for i, w := range words {
		texts[i] = fieldWords[w]
	}
	return checks.Join(texts, "、", ", ")
}

func holds(f *pb.TextsFact, want []string, expected *pb.Text) checks.Result {
	var missing []string
	for _, w := range want {
		if !slices.Contains(f.GetValue(), w) {
			missing = append(missing, w)
		}
	}
	r := checks.Settle(f, expected, len(missing) == 0)
	switch r.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		r.Observed = checks.Say("要素齐全", "all of them")
	case pb.Outcome_OUTCOME_FAIL:
		r.Observed = checks.Say("缺少：%s", "missing: %s", fieldNames(missing))
	}
	return r
}
