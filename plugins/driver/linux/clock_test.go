package linux

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A host with chrony as the RHEL family has it. Tests break one thing at a time.
const chronyHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=/usr/lib/systemd/systemd
700 name=chronyd uid=990 exe=/usr/sbin/chronyd
-- probe clock --
utc=2026-03-01T00:00:00Z zone=Asia/Shanghai synchronised=true offset_us=12
-- /etc/chrony.conf --
# servers of the bank
server 192.0.2.1 iburst key 7
server ntp2.example.com iburst nts
pool pool.example.com iburst maxsources 2
driftfile /var/lib/chrony/drift
sourcedir /run/chrony-dhcp
keyfile /etc/chrony.keys
-- /run/chrony-dhcp/eth0.sources --
server 192.0.2.9 iburst
-- /usr/lib/systemd/system/chronyd.service --
-- /etc/systemd/system/multi-user.target.wants/chronyd.service --
-- chronyc -n tracking --
Reference ID    : C0000201 (192.0.2.1)
Stratum         : 3
Ref time (UTC)  : Sun Mar 01 00:00:00 2026
System time     : 0.000250000 seconds slow of NTP time
Last offset     : -0.000012 seconds
Leap status     : Normal
-- chronyc -n sources --
MS Name/IP address         Stratum Poll Reach LastRx Last sample
===============================================================================
^* 192.0.2.1                     2   6   377    34    +12us[ +15us] +/-   10ms
^- 192.0.2.2                     2   6    17    34    +12us[ +15us] +/-   10ms
^? 192.0.2.9                     0   8     0     -     +0ns[   +0ns] +/-    0ns
^+ 192.0.2.3                     2   6   377    34    +12us[ +15us] +/-   10ms
-- chronyc -N sources --
MS Name/IP address         Stratum Poll Reach LastRx Last sample
===============================================================================
^* 192.0.2.1                     2   6   377    34    +12us[ +15us] +/-   10ms
^- ntp2.example.com              2   6    17    34    +12us[ +15us] +/-   10ms
^? 192.0.2.9                     0   8     0     -     +0ns[   +0ns] +/-    0ns
^+ pool.example.com              2   6   377    34    +12us[ +15us] +/-   10ms
`

func TestChronyHost(t *testing.T) {
	expect(t, chronyHost, `
clock.synchronised = true  # chronyc -n tracking:6; chronyc -n sources:3
clock.offset = -250µs  # chronyc -n tracking:4
clock.source = 192.0.2.1  # chronyc -n sources:3
clock.stratum = 3  # chronyc -n tracking:2
clock.daemon = chronyd  # probe processes:2
clock.daemon_running = true  # probe processes:2
clock.daemon_enabled = true  # glob /etc/systemd/system/*.wants/*:1
clock.timezone = Asia/Shanghai  # probe clock
time_sources = complete  # /etc/chrony.conf; /run/chrony-dhcp/eth0.sources
time_sources[192.0.2.1].kind = server  # /etc/chrony.conf:2
time_sources[192.0.2.1].authenticated = true  # /etc/chrony.conf:2
time_sources[192.0.2.1].reachable = true  # chronyc -n sources:3
time_sources[192.0.2.1].selected = true  # chronyc -n sources:3
time_sources[192.0.2.9].kind = server  # /run/chrony-dhcp/eth0.sources:1
time_sources[192.0.2.9].authenticated = false  # /run/chrony-dhcp/eth0.sources:1
time_sources[192.0.2.9].reachable = false  # chronyc -n sources:5
time_sources[192.0.2.9].selected = false  # chronyc -n sources:5
time_sources[ntp2.example.com].kind = server  # /etc/chrony.conf:3
time_sources[ntp2.example.com].authenticated = true  # /etc/chrony.conf:3
time_sources[ntp2.example.com].reachable = true  # chronyc -n sources:4
time_sources[ntp2.example.com].selected = false  # chronyc -n sources:4
time_sources[pool.example.com].kind = pool  # /etc/chrony.conf:4
time_sources[pool.example.com].authenticated = false  # /etc/chrony.conf:4
time_sources[pool.example.com].reachable = true  # chronyc -n sources:6
time_sources[pool.example.com].selected = false  # chronyc -n sources:6
`, "clock", "time_sources")
}

func TestChronyBroken(t *testing.T) {
	names := chronyHost[strings.Index(chronyHost, "-- chronyc -N"):]
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"not synchronised":        {[]string{": Normal", ": Not synchronised"}, map[string]string{"clock.synchronised": "false", "clock.offset": "unknown: not_found: no source"}},
		"nothing selected":        {[]string{"^* 192", "^? 192"}, map[string]string{"clock.synchronised": "false", "clock.source": "absent"}},
		"selected, but silent":    {[]string{"   377    34    +12us[ +15us] +/-   10ms\n^-", "   0    34    +12us[ +15us] +/-   10ms\n^-"}, map[string]string{"clock.synchronised": "false"}},
		"ahead":                   {[]string{"0.000250000 seconds slow", "1.500000000 seconds fast"}, map[string]string{"clock.offset": "1.5s"}},
		"chronyc refused":         {[]string{"-- chronyc -n tracking --", "-- chronyc -n tracking ! failed: 506 Cannot talk to daemon --\n-- unused --"}, map[string]string{"clock.synchronised": "unknown: failed: chronyc -n tracking: 506 Cannot talk to daemon", "clock.offset": "unknown: failed: chronyc -n tracking: 506 Cannot talk to daemon"}},
		"sources not shown":       {[]string{"-- chronyc -n sources --", "-- chronyc -n sources ! failed --\n-- unused --", names, ""}, map[string]string{"clock.synchronised": "unknown: failed: chronyc -n sources", "time_sources[192.0.2.1].selected": "unknown: failed: chronyc -n sources"}},
		"tracking in other words": {[]string{"Leap status     : Normal", "Sprung : normal"}, map[string]string{"clock.synchronised": "unknown: not_understood: chronyc -n tracking"}},
		"daemon down":             {[]string{"700 name=chronyd uid=990 exe=/usr/sbin/chronyd\n", ""}, map[string]string{"clock.daemon": "chronyd", "clock.daemon_running": "false", "clock.synchronised": "false", "time_sources[192.0.2.1].reachable": "false"}},
		"not enabled":             {[]string{"-- /etc/systemd/system/multi-user.target.wants/chronyd.service --\n", ""}, map[string]string{"clock.daemon_enabled": "false", "clock.daemon_running": "true"}},
		"neither runs nor starts": {[]string{"-- /etc/systemd/system/multi-user.target.wants/chronyd.service --\n", "", "700 name=chronyd uid=990 exe=/usr/sbin/chronyd\n", "", "synchronised=true", "synchronised=false"},
			map[string]string{"clock.daemon": "none", "clock.synchronised": "false", "time_sources": "complete", "time_sources[192.0.2.1].kind": "unsaid"}},
		"kept by something unknown": {[]string{"-- /etc/systemd/system/multi-user.target.wants/chronyd.service --\n", "", "700 name=chronyd uid=990 exe=/usr/sbin/chronyd\n", ""},
			map[string]string{"clock.daemon": "none", "clock.synchronised": "unknown: conflict: the kernel's clock is kept, by no program that is known"}},
		"conf unreadable": {[]string{"-- /etc/chrony.conf --", "-- /etc/chrony.conf ! not_permitted --\n-- unused --"}, map[string]string{"time_sources": "unknown: not_permitted: /etc/chrony.conf", "time_sources[192.0.2.1].selected": "true"}},
		"conf cut short":  {[]string{"-- /etc/chrony.conf --", "-- /etc/chrony.conf ~ --"}, map[string]string{"time_sources": "unknown: truncated: /etc/chrony.conf"}},
		"names not shown by an old chronyc": {[]string{names, ""}, map[string]string{"time_sources[ntp2.example.com].reachable": "unknown: not_understood: ntp2.example.com: which address it is cannot be told",
			"time_sources[192.0.2.3].reachable": "true", "time_sources[192.0.2.3].authenticated": "unknown: not_asked: 192.0.2.3"}},
		"all commented out": {[]string{"server 192.0.2.1 ", "#server 192.0.2.1 "}, map[string]string{"time_sources[192.0.2.1].kind": "server", "time_sources[192.0.2.1].authenticated": "unknown: not_asked: 192.0.2.1"}},
		"processes hidden":  {[]string{"-- probe processes --", "-- probe processes ! not_permitted --\n-- unused --"}, map[string]string{"clock.daemon": "chronyd", "clock.daemon_running": "unknown: not_permitted: probe processes", "clock.synchronised": "unknown: not_permitted: probe processes"}},
	} {
		t.Run(name, func(t *testing.T) {
			host := replaced(t, chronyHost, c.change...)
			for fact, want := range c.want {
				if got := factOf(t, host, fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}

func TestClockOfAnImage(t *testing.T) {
	conf, _, _ := strings.Cut(chronyHost, "-- chronyc -n tracking --")
	image := replaced(t, conf, "-- probe processes --", "-- probe processes ! offline --\n-- unused --", "-- probe clock --", "-- probe clock ! offline --\n-- unused2 --")
	for fact, want := range map[string]string{
		"clock.daemon": "chronyd", "clock.daemon_enabled": "true", "clock.daemon_running": "unknown: offline: probe processes", "clock.synchronised": "unknown: offline: probe processes",
		"clock.offset": "unknown: offline: probe processes", "time_sources": "complete", "time_sources[192.0.2.1].kind": "server", "time_sources[192.0.2.1].selected": "unknown: offline: probe processes",
	} {
		if got := factOf(t, image, fact); got != want {
			t.Errorf("%s = %s, want %s", fact, got, want)
		}
	}
	none := replaced(t, image, "-- /etc/systemd/system/multi-user.target.wants/chronyd.service --\n", "")
	if got := factOf(t, none, "clock.daemon"); got != "none" {
		t.Errorf("daemon = %s, want none", got)
	}
}

const ntpHost = `all files are here
-- probe processes --
700 name=ntpd uid=38 exe=/usr/sbin/ntpd
-- probe clock --
utc=2026-03-01T00:00:00Z zone=UTC synchronised=true offset_us=0
-- /etc/ntp.conf --
restrict default nomodify
server 127.127.1.0
server -4 192.0.2.1 iburst key 3 # first
pool pool.example.com
-- ntpq -pn --
     remote           refid      st t when poll reach   delay   offset  jitter
==============================================================================
*192.0.2.1       192.0.2.100      2 u   34   64  377    0.420   -1.500   0.100
 pool.example.co .POOL.          16 p    -   64    0    0.000    0.000   0.000
+192.0.2.7       192.0.2.100      2 u   34   64  376    0.420    1.500   0.100
`

func TestNTPHost(t *testing.T) {
	host := ntpHost
	for fact, want := range map[string]string{
		"clock.daemon": "ntpd", "clock.synchronised": "true", "clock.source": "192.0.2.1", "clock.stratum": "3", "clock.offset": "1.5ms", "time_sources": "complete",
		"time_sources[192.0.2.1].selected": "true", "time_sources[192.0.2.1].authenticated": "true", "time_sources[127.127.1.0].kind": "unsaid",
		"time_sources[pool.example.com].reachable": "true",
	} {
		if got := factOf(t, host, fact); got != want {
			t.Errorf("%s = %s, want %s", fact, got, want)
		}
	}
	lost := replaced(t, host, "*192.0.2.1", " 192.0.2.1", "+192", " 192")
	if got := factOf(t, lost, "clock.synchronised"); got != "false" {
		t.Errorf("nothing selected: synchronised = %s, want false", got)
	}
}

const timesyncdHost = `all files are here
-- probe processes --
700 name=systemd-timesyn uid=100 exe=?
-- probe clock --
utc=2026-03-01T00:00:00Z zone=UTC synchronised=true offset_us=-900
-- /etc/systemd/timesyncd.conf --
[Time]
NTP=ntp1.example.com
NTP=192.0.2.2
-- /etc/systemd/timesyncd.conf.d/a.conf --
[Time]
FallbackNTP=x.example.com
-- timedatectl show-timesync --all --
SystemNTPServers=ntp1.example.com 192.0.2.2
FallbackNTPServers=x.example.com
ServerName=ntp1.example.com
ServerAddress=192.0.2.1
NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=2, Precision=-24, Ignored=no, PacketCount=7 }
`

func TestTimesyncdHost(t *testing.T) {
	host := timesyncdHost
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"as it is": {nil, map[string]string{"clock.daemon": "systemd-timesyncd", "clock.synchronised": "true", "clock.offset": "-900µs", "clock.source": "ntp1.example.com", "clock.stratum": "3",
			"time_sources": "complete", "time_sources[ntp1.example.com].selected": "true", "time_sources[192.0.2.2].selected": "false", "time_sources[x.example.com].kind": "unsaid"}},
		"fallback only": {[]string{"NTP=ntp1.example.com\nNTP=192.0.2.2\n", ""}, map[string]string{"time_sources[x.example.com].kind": "server"}},
		"no server set": {[]string{"NTP=ntp1.example.com\nNTP=192.0.2.2\n", "", "FallbackNTP=x.example.com", ""}, map[string]string{"time_sources": "complete", "time_sources[ntp1.example.com].selected": "true"}},
		"no server set, none used": {[]string{"NTP=ntp1.example.com\nNTP=192.0.2.2\n", "", "FallbackNTP=x.example.com", "", "ServerName=ntp1.example.com\n", ""},
			map[string]string{"time_sources": "unknown: no_documented_default: timesyncd.conf(5), FallbackNTP="}},
		"no answer yet":             {[]string{"NTPMessage={ Leap=0", "NTPMessage={ x=0"}, map[string]string{"clock.synchronised": "false"}},
		"the kernel says otherwise": {[]string{"synchronised=true", "synchronised=false"}, map[string]string{"clock.synchronised": "false", "clock.offset": "unknown: not_understood: offset_us"}},
	} {
		t.Run(name, func(t *testing.T) {
			broken := replaced(t, host, c.change...)
			for fact, want := range c.want {
				if got := factOf(t, broken, fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}

func TestClockByJob(t *testing.T) {
	host := `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- probe clock --
utc=2026-03-01T00:00:00Z zone=UTC synchronised=false offset_us=0
-- /etc/crontab --
# 0 1 * * * root /usr/sbin/ntpdate 192.0.2.66
*/30 * * * * root /usr/sbin/ntpdate -u 192.0.2.5 >/dev/null 2>&1
`
	for fact, want := range map[string]string{"clock.daemon": "ntpdate", "time_sources": "complete", "time_sources[192.0.2.5].kind": "server", "time_sources[192.0.2.66].kind": "unsaid",
		"clock.synchronised": "unknown: not_asked: a job sets the clock; how far it is now is not shown"} {
		if got := factOf(t, host, fact); got != want {
			t.Errorf("%s = %s, want %s", fact, got, want)
		}
	}
	hidden := replaced(t, host, "-- /etc/crontab --", "-- /etc/crontab ! not_permitted --\n-- unused --")
	if got := factOf(t, hidden, "clock.daemon"); got != "unknown: not_permitted: /etc/crontab" {
		t.Errorf("daemon = %s, want unknown", got)
	}
}

func FuzzClock(f *testing.F) {
	f.Add([]byte("server a iburst\npool b nts\nrefclock PHC /dev/ptp0\ninclude /etc/*.conf\nsourcedir /etc /run\n"))
	f.Add([]byte("^* a 2 6 377 34\n=? b 2 6 0 1\n#x c"))
	f.Add([]byte("*1.2.3.4 .X. 2 u 34 64 377 0.4 nan 0.1\nx\n+"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := driver.Index([]*pluginpb.Answer{{Question: driver.File(chronyMain[0]), Body: body, Complete: true}, {Question: driver.File(ntpMain[0]), Body: body, Complete: true}})
		c := loadChrony(a)
		loadNTP(a)
		loadOpenNTP(a)
		d := a.File(chronyMain[0])
		statePeers(c.facts(), c.sources, parseChronyPeers(d), nil)
		statePeers(c.facts(), c.sources, parseNTPPeers(d), nil)
		jobServer(strings.Fields(string(body)))
		r := &reader{Answers: driver.Index([]*pluginpb.Answer{
			{Question: driver.Probe(pluginpb.Probe_PROBE_PROCESSES), Body: []byte("1 name=chronyd\n"), Complete: true},
			{Question: driver.Probe(pluginpb.Probe_PROBE_CLOCK), Body: body, Complete: true},
			{Question: driver.Command(chronyTracking), Body: body, Complete: true}, {Question: driver.Command(chronySources), Body: body, Complete: true},
			{Question: driver.Command(ntpPeers), Body: body, Complete: true}, {Question: driver.Command(timesyncShow), Body: body, Complete: true},
		}), facts: newFacts()}
		readTime(r)
	})
}
