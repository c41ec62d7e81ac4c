package timesync

import (
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Synchronised asks that the clock follow its source now, and closely.
var Synchronised = &checks.Check{
	ID:       "time.synchronised",
	Controls: []string{"NTP-02"},
	Title:    checks.Say("时钟已同步且偏差在允许范围内", "The clock is synchronised and right within the limit"),
	Rationale: checks.Say(
		"只配置时间源并不等于时间准确：服务未启动、网络不通或认证失败时，时钟会在无人察觉中漂移。",
		"A configured source does not make a clock right: with the service stopped, the network blocked or the key wrong it drifts unnoticed."),
	Remedy: checks.Say(
		"Linux：“systemctl enable --now chronyd”（Debian/Ubuntu 为 chrony），“chronyc sources -v” 与 “chronyc tracking” 查看状态，偏差大时 “chronyc makestep”；放通到时间服务器的 UDP 123；不要同时运行 ntpd、chronyd 与 systemd-timesyncd。\n"+
			"华为/H3C：“display ntp-service status” 应为 synchronized；思科：“show ntp status”、“show ntp associations” 应有带 * 的服务器；检查 ACL、源接口与认证密钥。",
		"Linux: `systemctl enable --now chronyd` (Debian, Ubuntu: chrony), look at `chronyc sources -v` and `chronyc tracking`, `chronyc makestep` when far off; let UDP 123 to the time servers through; do not run ntpd, chronyd and systemd-timesyncd side by side.\n"+
			"Huawei, H3C: `display ntp-service status` should say synchronized. Cisco: `show ntp status`, and a server marked * in `show ntp associations`; look at ACLs, source interface and keys."),
	Sees: checks.Say(
		"依据：读取时刻的同步状态、与时间源的偏差、层级，以及主机上时间服务是否在运行。离线读取看不到运行状态，结论为未知。时间源本身是否准确不在此判断。",
		"Reads, at the moment of reading, whether the clock is synchronised, how far it is from its source, its stratum, and on hosts whether the service runs. A folder or image does not show that: unknown. Whether the source itself is right is not seen."),
	Params: []checks.Param{{
		Name: "offset", Kind: checks.Span, Default: "1s",
		Doc: checks.Say("与时间源的最大偏差", "how far the clock may be from its source"),
	}},
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		return []checks.Result{synchronised(f, p.Limit("offset"))}
	},
}

func synchronised(f *pb.Facts, limit checks.Limit) checks.Result {
	clock := f.GetClock()
	synced := checks.Is(clock.GetSynchronised(), true, checks.Say("已同步", "synchronised"))
	switch synced.Outcome {
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return synced
	case pb.Outcome_OUTCOME_PASS:
		synced.Observed = checks.Say("已同步", "synchronised")
	case pb.Outcome_OUTCOME_FAIL:
		synced.Observed = checks.Say("未同步", "not synchronised")
	}
	parts := []checks.Result{synced, offset(clock.GetOffset(), limit)}
	if s := clock.GetStratum(); s.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED {
		r := checks.Settle(s, checks.Say("层级为 1 至 15", "stratum 1 to 15"), s.GetValue() >= 1 && s.GetValue() <= 15)
		if s.GetState() == pb.FactState_FACT_STATE_KNOWN {
			r.Observed = checks.Say("层级 %d", "stratum %d", s.GetValue())
		}
		parts = append(parts, r)
	}
	if d := clock.GetDaemonRunning(); d.GetState() != pb.FactState_FACT_STATE_UNSPECIFIED || !checks.Device(f) {
		r := checks.Is(d, true, checks.Say("时间服务在运行", "the time service runs"))
		switch r.Outcome {
		case pb.Outcome_OUTCOME_PASS:
			r.Observed = checks.Say("时间服务在运行", "the time service runs")
		case pb.Outcome_OUTCOME_FAIL:
			r.Observed = checks.Say("时间服务未运行", "the time service does not run")
		}
		parts = append(parts, r)
	}
	return checks.AllOf(parts...)
}

func offset(f *pb.DurationFact, l checks.Limit) checks.Result {
	v := max(f.GetValue().AsDuration(), -f.GetValue().AsDuration())
	expected := checks.Say("偏差不超过 %s", "off by at most %s", checks.SpanText(l.Span))
	if l.Strict {
		expected = checks.Say("偏差小于 %s", "off by less than %s", checks.SpanText(l.Span))
	}
	r := checks.Settle(f, expected, !f.GetForever() && v >= 0 && (v < l.Span || v == l.Span && !l.Strict))
	if f.GetState() == pb.FactState_FACT_STATE_KNOWN && !f.GetForever() {
		r.Observed = checks.Say("偏差 %s", "off by %s", v.Round(time.Microsecond).String())
	}
	return r
}
