package logging

import (
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Retention asks that records be kept long enough: by what rotation allows and by the oldest record that is there.
var Retention = &checks.Check{
	ID:       "logging.retention",
	Controls: []string{"LOG-02"},
	Title:    checks.Say("日志与审计记录的保存期不少于规定时间", "Records are kept for as long as demanded"),
	Rationale: checks.Say(
		"攻击平均在数月后才被发现，届时被轮转删除的记录就是缺失的证据；监管要求重要日志保存六个月以上。按大小轮转的日志在攻击者大量刷日志时几小时内即可被冲掉。",
		"Many attacks are noticed months later; what rotation has removed by then is the evidence that is missing. Logs that rotate by size can be flushed within hours by whoever writes enough."),
	Remedy: checks.Say(
		"Linux 文本日志：/etc/logrotate.conf 或 /etc/logrotate.d/* 按时间轮转并保留足够份数，如 “weekly” + “rotate 27”（189 天）或 “daily” + “rotate 184”，不要使用 size/maxsize/较小的 maxage。\n"+
			"Linux auditd：/etc/audit/auditd.conf 设 max_log_file_action = keep_logs 并为 /var/log/audit 准备独立分区，定期归档；或 num_logs/max_log_file 足够大并发送至日志服务器。\n"+
			"Linux systemd-journald：/etc/systemd/journald.conf 设 Storage=persistent、MaxRetentionSec=0，并使 SystemMaxUse 足以容纳 180 天。\n"+
			"网络设备：日志缓冲区易失，应发送至日志服务器并在服务器上保存（华为/H3C “info-center loghost”，思科 “logging host”）；有硬盘的防火墙按天数保留，如 FortiOS “config log disk setting / set maximum-log-age 180”。",
		"Linux text logs: rotate by time and keep enough files in /etc/logrotate.conf or /etc/logrotate.d/*, for example `weekly` with `rotate 27` (189 days) or `daily` with `rotate 184`, without size, maxsize or a smaller maxage.\n"+
			"Linux auditd: `max_log_file_action = keep_logs` in /etc/audit/auditd.conf with a partition of its own for /var/log/audit and regular archiving; or num_logs and max_log_file large enough, and a log server.\n"+
			"Linux systemd-journald: Storage=persistent and MaxRetentionSec=0 in /etc/systemd/journald.conf, and SystemMaxUse large enough for 180 days.\n"+
			"Devices: their buffers are volatile; send records to a log server and keep them there (Huawei, H3C `info-center loghost`, Cisco `logging host`). Firewalls with disks: keep by days, on FortiOS `config log disk setting` / `set maximum-log-age 180`."),
	Sees: checks.Say(
		"逐个日志存储判断（软件包、启动与会话清单等非审计记录除外），同时看两点：轮转设置至少保留多久，以及实际最早一条记录有多旧。\n"+
			"按时间轮转且短于要求：不符合（即使碰巧还有旧记录，下次轮转即会删除）。按时间轮转且足够：最早记录已达要求，或主机安装时间尚短，判为符合；主机早已达到年限而记录却没有，则不能判断。"+
			"按大小或份数轮转：设置本身不保证时间，最早记录已达要求才判为符合；主机早已达到年限而记录不够，判为不符合。易失存储（重启即失）不符合，除非另有文本日志保存。\n"+
			"记录另行发送至日志服务器时，本机不足不等于缺失，须在日志服务器上判断，结论为未知。网络设备除非本机能证明，一律在日志服务器上判断。",
		"Judges each store of records (lists of packages, boots and sessions are left out) by two things: how long rotation keeps a record at the least, and how old the oldest record is.\n"+
			"Rotation by time that is too short fails, even if an older record happens to be left: the next rotation removes it. Rotation by time that is long enough passes if the oldest record reaches back far enough or the host is younger than that; "+
			"on an older host without the records it cannot be told. Rotation by size or count promises no time: it passes only if the oldest record reaches back far enough, and fails on a host that is old enough to have such records and has not. "+
			"A store that does not survive a restart fails unless the text logs hold its records.\n"+
			"Where records are also sent to a log server, too little here does not mean they are lost: that is judged on the log server, hence unknown. Network devices are judged there unless they prove it themselves."),
	Params: []checks.Param{{
		Name: "keep", Kind: checks.Span, Default: "180d",
		Doc: checks.Say("记录至少保存的时间", "how long records must be kept"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		w := wanted{keep: p.Limit("keep").Span, now: p.Now, host: hostAge(f, p.Now)}
		stores := checks.Where(f.GetLogStores(), func(s *pb.LogStore) bool { return isRecord(s) && !off(s.GetActive()) })
		if checks.Device(f) {
			return []checks.Result{w.device(f, stores).As("device log")}
		}
		return w.hostStores(f, stores)
	},
}

// wanted is what is asked, and of a target of what age.
type wanted struct {
	keep time.Duration
	now  time.Time
	host age
}

// age is how long the target has been there at the least, and whether that is all.
type age struct {
	span         time.Duration
	known, exact bool
}

func hostAge(f *pb.Facts, now time.Time) age {
	if t := f.GetPlatform().GetInstalled(); facts.Known(t) {
		return age{now.Sub(t.GetValue().AsTime()), true, true}
	}
	if t := f.GetPlatform().GetBooted(); facts.Known(t) {
		return age{now.Sub(t.GetValue().AsTime()), true, false}
	}
	return age{}
}

func (w wanted) old() bool   { return w.host.known && w.host.span >= w.keep }
func (w wanted) young() bool { return w.host.exact && w.host.span < w.keep }

func (w wanted) expected() *pb.Text {
	return checks.Say("记录至少保存 %s", "records are kept for at least %s", checks.SpanText(w.keep))
}

// elsewhere is the verdict where records that are not kept here are sent to a log server.
func (w wanted) elsewhere(seen *pb.Text, to string, ev []*pb.Evidence) checks.Result {
	return checks.Undecided(w.expected(), checks.Say("%s；记录另发送至 %s", "%s; records are also sent to %s", seen, to), pb.Reason_REASON_ELSEWHERE,
		checks.Say("记录在日志服务器 %s 上保存多久，须在该服务器上判断", "how long log server %s keeps them is judged there", to), ev...)
}

func (w wanted) hostStores(f *pb.Facts, stores checks.List[*pb.LogStore]) []checks.Result {
	none := checks.Failed(w.expected(), checks.Say("没有保存记录的日志存储", "there is no store that keeps records"))
	if to := sentTo(f, func(*pb.LogTarget) bool { return true }); to != "" {
		none = w.elsewhere(none.Observed, to, nil)
	}
	results := checks.Each(stores, none, w.store)
	general := ""
	for _, r := range results {
		for _, name := range generalLogs {
			if r.Scope == name && r.Outcome == pb.Outcome_OUTCOME_PASS {
				general = name
			}
		}
	}
	for i, r := range results {
		if r.Outcome == pb.Outcome_OUTCOME_PASS {
			continue
		}
		if r.Scope == "journal" && general != "" {
			results[i] = checks.NotApplicable(checks.Say("其记录同时保存在 %s", "its records are kept in %s too", general), r.Evidence...).As(r.Scope)
			continue
		}
		audit := isAudit(&pb.LogStore{Scope: r.Scope})
		to := sentTo(f, func(t *pb.LogTarget) bool {
			if audit {
				return strings.Contains(t.GetSelector().GetValue()+t.GetScope(), "audit")
			}
			return !off(t.GetEverything())
		})
		if r.Outcome == pb.Outcome_OUTCOME_FAIL && to != "" {
			results[i] = w.elsewhere(r.Observed, to, r.Evidence).As(r.Scope)
		}
	}
	return results
}

// device passes if one store proves that it keeps records long enough, and otherwise points to the log server.
func (w wanted) device(f *pb.Facts, stores checks.List[*pb.LogStore]) checks.Result {
	none := checks.Failed(w.expected(), checks.Say("设备本身不保存记录", "the device itself keeps no records"))
	here := checks.Some(stores, "", none, w.store)
	if here.Outcome == pb.Outcome_OUTCOME_PASS {
		return here
	}
	if to := sentTo(f, func(*pb.LogTarget) bool { return true }); to != "" {
		return w.elsewhere(here.Observed, to, here.Evidence)
	}
	if targets := f.GetLogTargets(); here.Outcome == pb.Outcome_OUTCOME_FAIL && !known(targets.GetState()) && targets.GetState() != pb.FactState_FACT_STATE_ABSENT {
		r := checks.Unknown(w.expected(), targets.GetReason(), targets.GetDetail(), here.Evidence...)
		r.Observed = checks.Say("%s；是否发送至日志服务器未知", "%s; whether records are sent to a log server is not known", here.Observed)
		return r
	}
	return here
}

// sentTo names the other machines to which records are sent, as far as which picks them.
func sentTo(f *pb.Facts, which func(*pb.LogTarget) bool) string {
	var names []string
	for _, t := range f.GetLogTargets().GetItems() {
		if isRemote(t) && which(t) {
			names = append(names, t.GetScope())
		}
	}
	return strings.Join(names, ", ")
}

// store is how one store stands by itself.
func (w wanted) store(s *pb.LogStore) checks.Result {
	persistent := checks.Is(s.GetPersistent(), true, w.expected())
	switch persistent.Outcome {
	case pb.Outcome_OUTCOME_FAIL:
		persistent.Observed = checks.Say("易失：重启后记录丢失", "volatile: a restart loses the records")
		return persistent
	case pb.Outcome_OUTCOME_PASS:
		persistent.Observed = nil
	}
	r := w.kept(s)
	if r.Outcome == pb.Outcome_OUTCOME_NOT_APPLICABLE {
		return r
	}
	r = checks.AllOf(r, persistent)
	if !known(s.GetActive().GetState()) && r.Outcome != pb.Outcome_OUTCOME_UNKNOWN {
		r = checks.Unknown(w.expected(), s.GetActive().GetReason(), s.GetActive().GetDetail(), r.Evidence...)
		r.Observed = checks.Say("是否正在记录未知", "whether records are written is not known")
	}
	return r
}

// kept judges a store by its settings and its oldest record.
func (w wanted) kept(s *pb.LogStore) checks.Result {
	rotation, basis, oldest := s.GetRetention(), s.GetRetentionBasis(), s.GetOldestRecord()
	ev := append(append(append([]*pb.Evidence{}, rotation.GetEvidence()...), basis.GetEvidence()...), oldest.GetEvidence()...)
	seen, reaches := w.oldest(oldest)
	switch by := basis.GetValue(); {
	case rotation.GetState() == pb.FactState_FACT_STATE_NOT_APPLICABLE:
		return checks.Settle(rotation, w.expected(), false)
	case known(basis.GetState()) && (by == "size" || by == "count"):
		return w.bySize(checks.Join([]*pb.Text{checks.Say("按大小或份数轮转，不保证时间", "rotated by size or count, which promises no time"), seen}, "，", ", "), oldest, reaches, ev)
	case !facts.Known(rotation):
		r := checks.Settle(rotation, w.expected(), false)
		if r.Outcome == pb.Outcome_OUTCOME_FAIL { // absent: nothing was found that rotates it, nor that nothing removes it
			r = checks.Unknown(w.expected(), pb.Reason_REASON_UNSPECIFIED, "")
		}
		r.Observed = checks.Join([]*pb.Text{checks.Say("轮转设置未知", "rotation is not known"), seen}, "，", ", ")
		r.Evidence = ev
		return r
	case !rotation.GetForever() && rotation.GetValue().AsDuration() < w.keep:
		return checks.Failed(w.expected(), checks.Join([]*pb.Text{checks.Say("轮转只保留 %s", "rotation keeps %s only", checks.SpanText(rotation.GetValue().AsDuration())), seen}, "，", ", "), ev...)
	case !rotation.GetForever() && !known(basis.GetState()):
		r := checks.Unknown(w.expected(), basis.GetReason(), basis.GetDetail(), ev...)
		r.Observed = checks.Say("轮转依据（时间或大小）未知", "whether rotation goes by time or by size is not known")
		return r
	}
	allowed := checks.Say("记录不会被删除", "nothing removes records")
	if !rotation.GetForever() {
		allowed = checks.Say("轮转保留 %s", "rotation keeps %s", checks.SpanText(rotation.GetValue().AsDuration()))
	}
	return w.byTime(checks.Join([]*pb.Text{allowed, seen}, "，", ", "), oldest, reaches, ev)
}

// oldest says how old the oldest record is, and whether that is old enough. A store without records has none.
func (w wanted) oldest(f *pb.TimeFact) (*pb.Text, bool) {
	switch f.GetState() {
	case pb.FactState_FACT_STATE_KNOWN:
		span := max(w.now.Sub(f.GetValue().AsTime()), 0)
		return checks.Say("最早记录距今 %d 天", "the oldest record is %d days old", int64(span/(24*time.Hour))), span >= w.keep
	case pb.FactState_FACT_STATE_ABSENT:
		return checks.Say("尚无记录", "there is no record yet"), false
	}
	return checks.Say("最早记录的时间未知", "the age of the oldest record is not known"), false
}

// byTime: the settings are enough. Records that are not there although the host is old enough leave it open.
func (w wanted) byTime(seen *pb.Text, oldest *pb.TimeFact, reaches bool, ev []*pb.Evidence) checks.Result {
	switch {
	case reaches:
		return checks.Passed(w.expected(), seen, ev...)
	case w.young():
		return checks.Passed(w.expected(), checks.Say("%s；主机安装仅 %d 天，按设置判断", "%s; the host is only %d days old and is judged by its settings", seen, w.days()), ev...)
	case !counted(oldest):
		r := checks.Unknown(w.expected(), oldest.GetReason(), oldest.GetDetail(), ev...)
		r.Observed = seen
		return r
	case w.old():
		return checks.Undecided(w.expected(), seen, pb.Reason_REASON_TOO_YOUNG,
			checks.Say("目标已使用至少 %d 天，记录却没有这么久：设置可能是新改的，也可能记录被删除", "the target has been there for at least %d days, its records have not: the setting may be new, or records were removed", w.days()), ev...)
	}
	return checks.Undecided(w.expected(), seen, pb.Reason_REASON_TOO_YOUNG,
		checks.Say("目标的安装时间未知，无法说明记录为何没有这么久", "when the target was set up is not known, so why its records do not reach back cannot be told"), ev...)
}

// bySize: the settings promise nothing, only the records count.
func (w wanted) bySize(seen *pb.Text, oldest *pb.TimeFact, reaches bool, ev []*pb.Evidence) checks.Result {
	switch {
	case reaches:
		return checks.Passed(w.expected(), seen, ev...)
	case !counted(oldest):
		r := checks.Unknown(w.expected(), oldest.GetReason(), oldest.GetDetail(), ev...)
		r.Observed = seen
		return r
	case w.old():
		return checks.Failed(w.expected(), checks.Say("%s；目标已使用至少 %d 天", "%s; the target has been there for at least %d days", seen, w.days()), ev...)
	}
	return checks.Undecided(w.expected(), seen, pb.Reason_REASON_TOO_YOUNG,
		checks.Say("记录尚未积累到规定时间，而轮转设置不保证时间", "the records have not yet reached that age, and rotation does not promise it"), ev...)
}

func (w wanted) days() int64 { return int64(w.host.span / (24 * time.Hour)) }

// counted says that the records were looked at.
func counted(oldest *pb.TimeFact) bool {
	return facts.Known(oldest) || oldest.GetState() == pb.FactState_FACT_STATE_ABSENT
}
