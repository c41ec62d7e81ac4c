// Package timesync holds the checks on time: that the target follows a time source, the site's own where it is stated,
// and that its clock is right now. It does not judge time zones.
package timesync

import (
	"net/netip"
	"strings"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/site"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// All are the checks of this package.
var All = []*checks.Check{Source, Synchronised}

// Source asks for a time source, and for none but the site's where the site states them.
var Source = &checks.Check{
	ID:       "time.source",
	Controls: []string{"NTP-01"},
	Title:    checks.Say("已配置可信的时间源", "A time source is configured, and it is one to be trusted"),
	Rationale: checks.Say(
		"时间不一致的日志无法关联，交易与取证失去依据；随意使用外部时间源则可能被篡改时间，使证书、口令有效期与审计时间失真。",
		"Logs whose clocks differ cannot be matched, and transactions and evidence lose their order; a stranger's time source can shift the clock and with it certificates, password ages and the audit."),
	Remedy: checks.Say(
		"Linux chrony（/etc/chrony.conf，Debian/Ubuntu 为 /etc/chrony/chrony.conf）：删除 pool 行，写入 “server <本单位时间服务器> iburst”，“systemctl restart chronyd”；ntpd：/etc/ntp.conf 的 server 行；systemd-timesyncd：/etc/systemd/timesyncd.conf 的 NTP=。\n"+
			"华为：“ntp-service unicast-server <地址>”（CE 系列 “ntp unicast-server”），并配置 NTP 认证；H3C：“ntp-service enable”、“ntp-service unicast-server <地址>”、“clock protocol ntp”；思科：“ntp server <地址> key 1 prefer”、“ntp authenticate”。\n"+
			"在场所文件 time_servers 中声明本单位的时间服务器。",
		"Linux with chrony (/etc/chrony.conf; Debian, Ubuntu /etc/chrony/chrony.conf): remove pool lines, write `server TIMESERVER iburst`, `systemctl restart chronyd`. ntpd: server lines in /etc/ntp.conf. systemd-timesyncd: NTP= in /etc/systemd/timesyncd.conf.\n"+
			"Huawei: `ntp-service unicast-server ADDRESS` (CE: `ntp unicast-server`), with authentication. H3C: `ntp-service enable`, `ntp-service unicast-server ADDRESS`, `clock protocol ntp`. Cisco: `ntp server ADDRESS key 1 prefer`, `ntp authenticate`.\n"+
			"State the site's time servers under time_servers in the site file."),
	Sees: checks.Say(
		"依据：配置中的时间源（服务器、池、对等体、参考时钟）。本机时钟（127.127.1.x、LOCAL）不算时间源。场所声明了 time_servers 时，每个时间源都须在其中；未声明时只判断是否有时间源。是否真的同步见 time.synchronised。",
		"Reads the configured sources (servers, pools, peers, reference clocks). The machine's own clock (127.127.1.x, LOCAL) is none. Where the site states time_servers, every source must be among them; otherwise one source is enough. Whether the clock follows it: time.synchronised."),
	Run: func(f *pb.Facts, p checks.Params) []checks.Result {
		return []checks.Result{source(f.GetTimeSources(), p.Site)}
	},
}

func source(list *pb.TimeSourceList, s *site.Site) checks.Result {
	expected := checks.Say("至少有一个时间源", "there is a time source")
	none := checks.Failed(expected, checks.Say("没有时间源", "there is no time source"), list.GetEvidence()...)
	sources := checks.Where(list, func(t *pb.TimeSource) bool { return !isLocal(t) })
	if s == nil || s.TimeServers == nil {
		return checks.Some(sources, "", none, func(t *pb.TimeSource) checks.Result {
			return checks.Passed(expected, checks.Say("已配置", "configured"), evidence(t)...)
		})
	}
	expected = checks.Say("时间源均为声明的时间服务器", "all time sources are stated time servers")
	none.Expected = expected
	r := checks.Summary(sources, "", none, func(t *pb.TimeSource) checks.Result {
		switch named, sure := site.Names(s.TimeServers, t.GetScope()); {
		case named:
			return checks.Passed(expected, checks.Say("已声明", "stated"), evidence(t)...)
		case !sure:
			return checks.Unstated(expected, checks.Say("无法对应", "cannot be matched"), checks.Say("时间源 %s 是否为所声明的时间服务器之一？请在 time_servers 中按设备上的写法（地址或域名）一并列出",
				"is %s one of the stated time servers? List it under time_servers the way targets write it (address or name)", t.GetScope()), evidence(t)...)
		}
		return checks.Failed(expected, checks.Say("未声明", "not stated"), evidence(t)...)
	})
	return r.Quoting("time_servers: " + strings.Join(s.TimeServers, ", "))
}

// isLocal says whether a source is the machine's own clock.
func isLocal(t *pb.TimeSource) bool {
	name := strings.ToLower(t.GetScope())
	if a, err := netip.ParseAddr(name); err == nil {
		// 127.127.TYPE.UNIT is how ntpd writes reference clocks; type 1 is the machine's own.
		return strings.HasPrefix(name, "127.127.1.") || a.IsLoopback() && !strings.HasPrefix(name, "127.127.")
	}
	return name == "local" || name == "local clock" || name == "locl" || name == ".locl." || name == "localhost"
}

func evidence(t *pb.TimeSource) []*pb.Evidence {
	for _, f := range []facts.Fact{t.GetKind(), t.GetSelected(), t.GetReachable(), t.GetAuthenticated()} {
		if len(f.GetEvidence()) > 0 {
			return f.GetEvidence()
		}
	}
	return nil
}
