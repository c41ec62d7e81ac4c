package linux

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/driver"
)

// A Debian host with rsyslog and logrotate as delivered, and a log server over TLS. Tests break one thing at a time.
const loggingHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=/usr/lib/systemd/systemd
300 name=systemd-journald uid=0 exe=/usr/lib/systemd/systemd-journald
500 name=rsyslogd uid=104 exe=/usr/sbin/rsyslogd
-- probe clock --
utc=2026-03-01T00:00:00Z zone=Asia/Shanghai synchronised=true offset_us=0
-- /etc/rsyslog.conf --
module(load="imuxsock") # local system logging
module(load="imklog")
global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="/etc/ssl/ca.pem")
$FileOwner root
$FileCreateMode 0640
$WorkDirectory /var/spool/rsyslog
$IncludeConfig /etc/rsyslog.d/*.conf
auth,authpriv.*			/var/log/auth.log
*.*;auth,authpriv.none		-/var/log/syslog
cron.*				-/var/log/cron.log
mail.*				-/var/log/mail.log
*.emerg				:omusrmsg:*
-- /etc/rsyslog.d/60-server.conf --
*.* action(type="omfwd" target="192.0.2.10" port="6514" protocol="tcp"
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  queue.type="LinkedList" queue.filename="fwd" queue.saveOnShutdown="on" action.resumeRetryCount="-1")
-- /etc/systemd/journald.conf --
[Journal]
#Storage=auto
-- /etc/logrotate.conf --
weekly
rotate 4
create
include /etc/logrotate.d
-- glob /etc/logrotate.d --
0755 0 0 directory 4096 2026-01-01T00:00:00Z "/etc/logrotate.d"
-- /etc/logrotate.d/rsyslog --
/var/log/syslog
/var/log/auth.log
{
	rotate 27
	weekly
	missingok
	postrotate
		/usr/lib/rsyslog/rsyslog-rotate
	endscript
}
-- /etc/logrotate.d/rsyslog.dpkg-old --
/var/log/syslog { rotate 1 }
-- /etc/logrotate.d/mail --
"/var/log/mail.{log,err}" /var/log/mail*.warn {
    daily
    rotate 7
    maxage 5
}
-- glob /var/log --
0755 0 0 directory 4096 2026-01-01T00:00:00Z "/var/log"
-- glob /var/log/* --
0640 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"
0640 104 4 file 900000 2026-02-22T00:00:00Z "/var/log/auth.log.1"
0640 104 4 file 9000 2025-09-07T00:00:00Z "/var/log/auth.log.26.gz"
0640 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/syslog"
0640 104 4 file 100000000 2026-02-28T23:00:00Z "/var/log/cron.log"
0640 104 4 file 0 2026-02-28T23:00:00Z "/var/log/mail.log"
-- /var/log/syslog --
2026-02-27T08:00:00.123456+08:00 web1 systemd[1]: Started.
-- head -n 1 /var/log/cron.log --
Nov  3 04:05:06 web1 CRON[12]: (root) CMD (true)
-- /etc/passwd --
root:x:0:0:root:/root:/bin/bash
syslog:x:104:110::/home/syslog:/usr/sbin/nologin
-- /etc/group --
root:x:0:
adm:x:4:syslog
`

func TestLoggingHost(t *testing.T) {
	expect(t, loggingHost, `
log_stores = complete  # /etc/rsyslog.conf; /etc/rsyslog.d/60-server.conf
log_stores[/var/log/auth.log].active = true  # /etc/rsyslog.conf:8; probe processes:3
log_stores[/var/log/auth.log].persistent = true  # /etc/rsyslog.conf:8
log_stores[/var/log/auth.log].retention = 189d  # /etc/logrotate.d/rsyslog:3; /etc/logrotate.d/rsyslog:5; /etc/logrotate.d/rsyslog:4
log_stores[/var/log/auth.log].retention_basis = time  # /etc/logrotate.d/rsyslog:3; /etc/logrotate.d/rsyslog:5; /etc/logrotate.d/rsyslog:4
log_stores[/var/log/auth.log].oldest_record = 2025-09-07T00:00:00Z  # glob /var/log/*:3
log_stores[/var/log/auth.log].fields = [time, type, source]  # /etc/rsyslog.conf:8
log_stores[/var/log/auth.log].readable_by_others = false  # glob /var/log/*:1
log_stores[/var/log/auth.log].writable_by_others = false  # glob /var/log/*:1
log_stores[/var/log/auth.log].level = debug  # /etc/rsyslog.conf:8
log_stores[/var/log/cron.log].active = true  # /etc/rsyslog.conf:10; probe processes:3
log_stores[/var/log/cron.log].persistent = true  # /etc/rsyslog.conf:10
log_stores[/var/log/cron.log].retention = forever  # /etc/logrotate.conf; /etc/logrotate.d/mail; /etc/logrotate.d/rsyslog
log_stores[/var/log/cron.log].retention_basis = nothing  # /etc/logrotate.conf; /etc/logrotate.d/mail; /etc/logrotate.d/rsyslog
log_stores[/var/log/cron.log].oldest_record = 2025-11-03T16:05:06Z  # head -n 1 /var/log/cron.log:1
log_stores[/var/log/cron.log].fields = [time, type, source]  # /etc/rsyslog.conf:10
log_stores[/var/log/cron.log].readable_by_others = false  # glob /var/log/*:5
log_stores[/var/log/cron.log].writable_by_others = false  # glob /var/log/*:5
log_stores[/var/log/cron.log].level = debug  # /etc/rsyslog.conf:10
log_stores[/var/log/mail.log].active = true  # /etc/rsyslog.conf:11; probe processes:3
log_stores[/var/log/mail.log].persistent = true  # /etc/rsyslog.conf:11
log_stores[/var/log/mail.log].retention = 5d  # /etc/logrotate.d/mail:1; /etc/logrotate.d/mail:2; /etc/logrotate.d/mail:3; /etc/logrotate.d/mail:4
log_stores[/var/log/mail.log].retention_basis = time  # /etc/logrotate.d/mail:1; /etc/logrotate.d/mail:2; /etc/logrotate.d/mail:3; /etc/logrotate.d/mail:4
log_stores[/var/log/mail.log].oldest_record = absent  # glob /var/log/*:6
log_stores[/var/log/mail.log].fields = [time, type, source]  # /etc/rsyslog.conf:11
log_stores[/var/log/mail.log].readable_by_others = false  # glob /var/log/*:6
log_stores[/var/log/mail.log].writable_by_others = false  # glob /var/log/*:6
log_stores[/var/log/mail.log].level = debug  # /etc/rsyslog.conf:11
log_stores[/var/log/syslog].active = true  # /etc/rsyslog.conf:9; probe processes:3
log_stores[/var/log/syslog].persistent = true  # /etc/rsyslog.conf:9
log_stores[/var/log/syslog].retention = 189d  # /etc/logrotate.d/rsyslog:3; /etc/logrotate.d/rsyslog:5; /etc/logrotate.d/rsyslog:4
log_stores[/var/log/syslog].retention_basis = time  # /etc/logrotate.d/rsyslog:3; /etc/logrotate.d/rsyslog:5; /etc/logrotate.d/rsyslog:4
log_stores[/var/log/syslog].oldest_record = 2026-02-27T00:00:00.123456Z  # /var/log/syslog:1
log_stores[/var/log/syslog].fields = [time, type, source]  # /etc/rsyslog.conf:9
log_stores[/var/log/syslog].readable_by_others = false  # glob /var/log/*:4
log_stores[/var/log/syslog].writable_by_others = false  # glob /var/log/*:4
log_stores[/var/log/syslog].level = debug  # /etc/rsyslog.conf:9
log_targets = complete  # /etc/rsyslog.conf; /etc/rsyslog.d/60-server.conf
log_targets[192.0.2.10:6514].address = 192.0.2.10  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].port = 6514  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].protocol = tls  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].encrypted = true  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].selector = *.*  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].everything = true  # /etc/rsyslog.d/60-server.conf:1
log_targets[192.0.2.10:6514].queued = true  # /etc/rsyslog.d/60-server.conf:1
`, "log_stores =", "log_stores[/", "log_targets")
}

func TestLoggingBroken(t *testing.T) {
	const auth = "log_stores[/var/log/auth.log]"
	const server = "log_targets[192.0.2.10:6514]"
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"rsyslog does not run":  {[]string{"500 name=rsyslogd uid=104 exe=/usr/sbin/rsyslogd\n", ""}, map[string]string{auth + ".active": "false", server + ".address": "unsaid", "log_targets": "complete"}},
		"processes not seen":    {[]string{"-- probe processes --", "-- probe processes ! failed --\n-- unused --"}, map[string]string{auth + ".active": "unknown: failed: probe processes", "log_targets": "unknown: failed: probe processes", server + ".address": "unsaid"}},
		"no local input":        {[]string{`module(load="imuxsock")`, ""}, map[string]string{auth + ".active": "false", server + ".address": "unsaid"}},
		"socket off":            {[]string{`module(load="imuxsock")`, `module(load="imuxsock" SysSock.Use="off")`}, map[string]string{auth + ".active": "false"}},
		"from the journal":      {[]string{`module(load="imuxsock")`, `module(load="imuxsock" SysSock.Use="off") module(load="imjournal")`}, map[string]string{auth + ".active": "true"}},
		"journal hands nothing": {[]string{"#Storage=auto", "ForwardToSyslog=no"}, map[string]string{auth + ".active": "false"}},
		"conf cut short":        {[]string{"-- /etc/rsyslog.conf --", "-- /etc/rsyslog.conf ~ --"}, map[string]string{"log_stores": "unknown: truncated: /etc/rsyslog.conf", "log_targets": "unknown: truncated: /etc/rsyslog.conf"}},
		"an include unreadable": {[]string{"-- /etc/rsyslog.d/60-server.conf --", "-- /etc/rsyslog.d/60-server.conf ! not_permitted --\n-- unused --"},
			map[string]string{"log_targets": "unknown: not_permitted: /etc/rsyslog.d/60-server.conf", server + ".address": "unsaid"}},
		"line not understood":  {[]string{"$FileOwner root", "$FileOwner root\nnonsense"}, map[string]string{"log_stores": "unknown: not_understood: /etc/rsyslog.conf:5", auth + ".active": "true"}},
		"all stopped before":   {[]string{"*.* action(", "*.* stop\n*.* action("}, map[string]string{server + ".everything": "false", auth + ".active": "false"}},
		"auth stopped before":  {[]string{"*.* action(", "auth,authpriv.* ~\n*.* action("}, map[string]string{server + ".everything": "false", auth + ".active": "false", "log_stores[/var/log/syslog].active": "true"}},
		"something stopped":    {[]string{"*.* action(", `:msg, contains, "x" stop` + "\n*.* action("}, map[string]string{server + ".everything": "unknown: not_understood: *.*", auth + ".active": "true"}},
		"some facilities only": {[]string{"*.* action(", "auth,authpriv.* action("}, map[string]string{server + ".everything": "false", server + ".selector": "auth,authpriv.*"}},
		"warnings only":        {[]string{"*.* action(", "*.warn action("}, map[string]string{server + ".everything": "false"}},
		"from info":            {[]string{"*.* action(", "*.info action("}, map[string]string{server + ".everything": "true"}},
		"over several lines":   {[]string{"*.* action(", "*.info;\\\n\tmail.none;\\\n\tnews.none action("}, map[string]string{server + ".everything": "false", server + ".selector": "*.info;mail.none;news.none"}},
		"mail left out":        {[]string{"*.* action(", "*.info;mail.none action("}, map[string]string{server + ".everything": "false"}},
		"by a condition":       {[]string{"*.* action(", `if $programname == "x" then action(`}, map[string]string{server + ".everything": `unknown: not_understood: $programname == "x"`}},
		"by a known condition": {[]string{"*.* action(", "if prifilt(\"*.info\") then action("}, map[string]string{server + ".everything": "true"}},
		"in a ruleset nobody calls": {[]string{"*.* action(", "ruleset(name=\"remote\") {\n action(", `resumeRetryCount="-1")`, `resumeRetryCount="-1") }`},
			map[string]string{server + ".address": "unsaid"}},
		"in a ruleset that is called": {[]string{"*.* action(", "call remote\nruleset(name=\"remote\") {\n action(", `resumeRetryCount="-1")`, `resumeRetryCount="-1") }`},
			map[string]string{server + ".everything": "true"}},
		"not encrypted":                 {[]string{`StreamDriverMode="1"`, `StreamDriverMode="0"`}, map[string]string{server + ".encrypted": "false", server + ".protocol": "tcp"}},
		"encryption needs a driver":     {[]string{`StreamDriver="gtls" `, "", `DefaultNetstreamDriver="gtls"`, `DefaultNetstreamDriver="ptcp"`}, map[string]string{server + ".encrypted": "false"}},
		"the driver by default":         {[]string{`StreamDriver="gtls" `, ""}, map[string]string{server + ".encrypted": "true"}},
		"over udp nothing is encrypted": {[]string{`protocol="tcp"`, `protocol="udp"`}, map[string]string{server + ".encrypted": "false", server + ".protocol": "udp"}},
		"gives up":                      {[]string{` action.resumeRetryCount="-1"`, ""}, map[string]string{server + ".queued": "false"}},
		"queue in memory":               {[]string{` queue.filename="fwd"`, ""}, map[string]string{server + ".queued": "false"}},
		"template without time":         {[]string{"/var/log/auth.log\n*.*", "/var/log/auth.log;bare\n*.*", "$FileOwner root", `template(name="bare" type="string" string="%syslogtag%%msg%\n")`}, map[string]string{auth + ".fields": "[type]"}},
		"a list as template":            {[]string{"$FileOwner root", "template(name=\"l\" type=\"list\") {\n property(name=\"timereported\" dateFormat=\"rfc3339\")\n constant(value=\" \")\n property(name=\"hostname\") }\n$ActionFileDefaultTemplate l"}, map[string]string{auth + ".fields": "[time, source]"}},
		"volatile":                      {[]string{"/var/log/auth.log\n*.*", "/run/auth.log\n*.*"}, map[string]string{"log_stores[/run/auth.log].persistent": "false"}},
		"everybody may read":            {[]string{`0640 104 4 file 900000 2026-02-22T00:00:00Z "/var/log/auth.log.1"`, `0644 104 4 file 900000 2026-02-22T00:00:00Z "/var/log/auth.log.1"`}, map[string]string{auth + ".readable_by_others": "true", auth + ".writable_by_others": "false"}},
		"everybody may write":           {[]string{`0640 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`, `0646 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`}, map[string]string{auth + ".writable_by_others": "true"}},
		"its group may write, alone":    {[]string{`0640 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`, `0660 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`}, map[string]string{auth + ".writable_by_others": "false"}},
		"its group may write, with bob": {[]string{`0640 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`, `0660 104 4 file 1000 2026-02-28T23:00:00Z "/var/log/auth.log"`, "adm:x:4:syslog", "adm:x:4:syslog,bob", "root:x:0:0:root:/root:/bin/bash", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/sh"}, map[string]string{auth + ".writable_by_others": "true"}},
		"folder open":                   {[]string{"0755 0 0 directory 4096 2026-01-01T00:00:00Z \"/var/log\"", "0777 0 0 directory 4096 2026-01-01T00:00:00Z \"/var/log\""}, map[string]string{auth + ".writable_by_others": "true"}},
		"few kept":                      {[]string{"rotate 27", "rotate 4"}, map[string]string{auth + ".retention": "28d"}},
		"six months":                    {[]string{"rotate 27\n\tweekly", "rotate 6\n\tmonthly"}, map[string]string{auth + ".retention": "181d"}},
		"twelve months and one":         {[]string{"rotate 27\n\tweekly", "rotate 13\n\tmonthly"}, map[string]string{auth + ".retention": "393d"}},
		"the file's own are left out":   {[]string{"rotate 27\n\tweekly", ""}, map[string]string{auth + ".retention": "28d"}},
		"nothing says when":             {[]string{"rotate 27\n\tweekly", "", "-- /etc/logrotate.conf --\nweekly", "-- /etc/logrotate.conf --"}, map[string]string{auth + ".retention_basis": "size"}},
		"rotated and thrown away":       {[]string{"rotate 27", "rotate 0"}, map[string]string{auth + ".retention": "0s"}},
		"never removed":                 {[]string{"rotate 27", "rotate -1"}, map[string]string{auth + ".retention": "forever", auth + ".retention_basis": "nothing"}},
		"never removed but for age":     {[]string{"rotate 27", "rotate -1\n\tmaxage 200"}, map[string]string{auth + ".retention": "200d", auth + ".retention_basis": "time"}},
		"by size":                       {[]string{"\tweekly\n", "\tsize 100M\n"}, map[string]string{auth + ".retention_basis": "size", auth + ".retention": "unknown: elsewhere: /var/log/auth.log"}},
		"by size, with an equals sign":  {[]string{"\tweekly\n", "\tsize=100M\n"}, map[string]string{auth + ".retention_basis": "size"}},
		"sooner by size":                {[]string{"\tweekly\n", "\tweekly\n\tmaxsize 10M\n"}, map[string]string{auth + ".retention_basis": "size"}},
		"later by size":                 {[]string{"\tweekly\n", "\tweekly\n\tminsize 10M\n"}, map[string]string{auth + ".retention": "189d", auth + ".retention_basis": "time"}},
		"two blocks for one":            {[]string{`"/var/log/mail.{log,err}"`, `/var/log/*.log`}, map[string]string{auth + ".retention": "unknown: conflict: /var/log/auth.log"}},
		"a block unreadable":            {[]string{"-- /etc/logrotate.d/mail --", "-- /etc/logrotate.d/mail ! not_permitted --\n-- unused --"}, map[string]string{"log_stores[/var/log/cron.log].retention": "unknown: not_permitted: /etc/logrotate.d/mail", auth + ".retention": "unknown: not_permitted: /etc/logrotate.d/mail"}},
		"clock not known":               {[]string{"-- probe clock --", "-- probe clock ! failed --\n-- unused --"}, map[string]string{"log_stores[/var/log/cron.log].oldest_record": "unknown: not_understood: /var/log/cron.log", auth + ".oldest_record": "2025-09-07T00:00:00Z"}},
		"first line not had":            {[]string{"-- head -n 1 /var/log/cron.log --", "-- head -n 1 /var/log/cron.log ! not_permitted --\n-- unused --"}, map[string]string{"log_stores[/var/log/cron.log].oldest_record": "unknown: not_permitted: head -n 1 /var/log/cron.log"}},
		"folder not listed":             {[]string{"-- glob /var/log/* --", "-- glob /var/log/* ! not_permitted --\n-- unused --"}, map[string]string{auth + ".oldest_record": "unknown: not_permitted: glob /var/log/*", auth + ".readable_by_others": "unknown: not_permitted: glob /var/log/*", "log_stores": "unknown: not_permitted: glob /var/log/*"}},
	} {
		t.Run(name, func(t *testing.T) {
			host := replaced(t, loggingHost, c.change...)
			for fact, want := range c.want {
				if got := factOf(t, host, fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}

// The old syntax says the same as the new one.
func TestLoggingOldSyntax(t *testing.T) {
	_, rest, _ := strings.Cut(loggingHost, "-- /etc/systemd/journald.conf --")
	head, _, _ := strings.Cut(loggingHost, "-- /etc/rsyslog.conf --")
	host := head + `-- /etc/rsyslog.conf --
$ModLoad imuxsock
$ModLoad imjournal
$DefaultNetstreamDriver gtls
$ActionSendStreamDriverMode 1
$ActionQueueType LinkedList
$ActionQueueFileName fwd
$ActionResumeRetryCount -1
*.* @@logs.example.com:6514
*.info;mail.none;authpriv.none;cron.none /var/log/messages
authpriv.* /var/log/secure
:programname, isequal, "noisy" /var/log/noisy.log
& stop
*.* @192.0.2.11
*.* @@[2001:db8::1]:1514;RSYSLOG_ForwardFormat
*.* :omrelp:192.0.2.12:2514
-- /etc/systemd/journald.conf --` + rest
	expect(t, host, `
log_targets[192.0.2.11:514].protocol = udp  # /etc/rsyslog.conf:13
log_targets[192.0.2.11:514].encrypted = false  # /etc/rsyslog.conf:13
log_targets[192.0.2.11:514].everything = unknown: not_understood: *.*  # /etc/rsyslog.conf:13
log_targets[192.0.2.11:514].queued = false  # /etc/rsyslog.conf:13
log_targets[192.0.2.12:2514].protocol = relp  # /etc/rsyslog.conf:15
log_targets[192.0.2.12:2514].encrypted = false  # /etc/rsyslog.conf:15
log_targets[192.0.2.12:2514].everything = unknown: not_understood: *.*  # /etc/rsyslog.conf:15
log_targets[192.0.2.12:2514].queued = false  # /etc/rsyslog.conf:15
log_targets["[2001:db8::1]:1514"].protocol = tls  # /etc/rsyslog.conf:14
log_targets["[2001:db8::1]:1514"].encrypted = true  # /etc/rsyslog.conf:14
log_targets["[2001:db8::1]:1514"].everything = unknown: not_understood: *.*  # /etc/rsyslog.conf:14
log_targets["[2001:db8::1]:1514"].queued = false  # /etc/rsyslog.conf:14
log_targets[logs.example.com:6514].protocol = tls  # /etc/rsyslog.conf:8
log_targets[logs.example.com:6514].encrypted = true  # /etc/rsyslog.conf:8
log_targets[logs.example.com:6514].everything = true  # /etc/rsyslog.conf:8
log_targets[logs.example.com:6514].queued = true  # /etc/rsyslog.conf:8
`, targetPrefixes("192.0.2.11:514", "192.0.2.12:2514", `"[2001:db8::1]:1514"`, "logs.example.com:6514")...)
	if got := factOf(t, host, "log_stores[/var/log/messages].level"); got != "info" {
		t.Errorf("level %s, want info", got)
	}
}

func targetPrefixes(scopes ...string) []string {
	var out []string
	for _, s := range scopes {
		for _, f := range []string{"protocol", "encrypted", "everything", "queued"} {
			out = append(out, "log_targets["+s+"]."+f)
		}
	}
	return out
}

const syslogNGHost = `all files are here
-- probe processes --
9 name=syslog-ng uid=0 exe=/usr/sbin/syslog-ng
-- probe clock --
utc=2026-03-01T00:00:00Z zone=UTC
-- /etc/syslog-ng/syslog-ng.conf --
@version: 3.38
@include "scl.conf"
options { chain_hostnames(off); };
source s_src { system(); internal(); };
# log { source(s_src); destination(d_gone); };
destination d_auth { file("/var/log/auth.log"); };
filter f_auth { facility(auth, authpriv); };
log { source(s_src); filter(f_auth); destination(d_auth); };
@include "/etc/syslog-ng/conf.d/*.conf"
-- /etc/syslog-ng/conf.d/remote.conf --
destination d_net { network("192.0.2.20" port(6514) transport("tls") tls(ca-dir("/etc/ca"))
  disk-buffer(disk-buf-size(1000000) reliable(yes))); };
destination d_old { udp("192.0.2.21" port(514)); };
log { source(s_src); destination(d_net); };
log { source(s_src); filter(f_auth); destination(d_old); };
`

func TestSyslogNG(t *testing.T) {
	host := syslogNGHost
	for fact, want := range map[string]string{
		"log_targets": "complete", "log_targets[192.0.2.20:6514].encrypted": "true", "log_targets[192.0.2.20:6514].everything": "true", "log_targets[192.0.2.20:6514].queued": "true",
		"log_targets[192.0.2.21:514].encrypted": "false", "log_targets[192.0.2.21:514].everything": "unknown: not_understood: f_auth",
		"log_stores[/var/log/auth.log].active": "true", "log_stores[/var/log/auth.log].retention": "forever",
	} {
		if got := factOf(t, host, fact); got != want {
			t.Errorf("%s = %s, want %s", fact, got, want)
		}
	}
}

func TestJournal(t *testing.T) {
	host := loggingHost + `-- glob /var/log/journal/*/* --
0640 0 190 file 8388608 2026-02-01T00:00:00Z "/var/log/journal/aa/system@0123-0000000000000001-000649b7e334e000.journal"
0640 0 190 file 8388608 2026-03-01T00:00:00Z "/var/log/journal/aa/system.journal"
-- /var/log/journal/aa/x --
`
	host = replaced(t, host, "syslog:x:104:110::/home/syslog:/usr/sbin/nologin", "syslog:x:104:110::/home/syslog:/usr/sbin/nologin", "adm:x:4:syslog", "adm:x:4:syslog\nsystemd-journal:x:190:")
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"as it is": {nil, map[string]string{"active": "true", "persistent": "true", "retention_basis": "size", "oldest_record": "2026-02-01T00:00:00Z",
			"readable_by_others": "false", "writable_by_others": "false", "tamper_evident": "false", "retention": "unknown: elsewhere: SystemMaxUse"}},
		"no folder":         {[]string{"-- /var/log/journal/aa/x --\n", ""}, map[string]string{"persistent": "false"}},
		"persistent":        {[]string{"-- /var/log/journal/aa/x --\n", "", "#Storage=auto", "Storage=persistent"}, map[string]string{"persistent": "true"}},
		"volatile":          {[]string{"#Storage=auto", "Storage=volatile"}, map[string]string{"persistent": "false", "active": "true"}},
		"none":              {[]string{"#Storage=auto", "Storage=none"}, map[string]string{"persistent": "false", "active": "false"}},
		"nonsense":          {[]string{"#Storage=auto", "Storage=nowhere"}, map[string]string{"persistent": "unknown: not_understood: nowhere"}},
		"by a drop-in":      {[]string{"-- /etc/logrotate.conf --", "-- /etc/systemd/journald.conf.d/10.conf --\n[Journal]\nStorage=volatile\nSystemMaxUse=2G\n-- /etc/logrotate.conf --"}, map[string]string{"persistent": "false", "max_bytes": "2147483648"}},
		"drop-in cut short": {[]string{"-- /etc/logrotate.conf --", "-- /etc/systemd/journald.conf.d/10.conf ~ --\n[Journal]\n-- /etc/logrotate.conf --"}, map[string]string{"persistent": "unknown: truncated: /etc/systemd/journald.conf.d/10.conf"}},
		"at most a month":   {[]string{"#Storage=auto", "MaxRetentionSec=1month"}, map[string]string{"retention": "unknown: elsewhere: SystemMaxUse, MaxRetentionSec=1month"}},
		"sealed": {[]string{"0640 0 190 file 8388608 2026-02-01", `0600 0 0 file 482 2026-01-01T00:00:00Z "/var/log/journal/aa/fss"` + "\n0640 0 190 file 8388608 2026-02-01"},
			map[string]string{"tamper_evident": "true"}},
		"everybody may read": {[]string{"0640 0 190", "0644 0 190"}, map[string]string{"readable_by_others": "true"}},
		"without journald":   {[]string{"300 name=systemd-journald uid=0 exe=/usr/lib/systemd/systemd-journald\n", ""}, map[string]string{"active": "unsaid"}},
	} {
		t.Run(name, func(t *testing.T) {
			broken := replaced(t, host, c.change...)
			for fact, want := range c.want {
				if got := factOf(t, broken, "log_stores[journal]."+fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}

// Logins are recorded by the log of authentication too, where the audit does not.
func TestLoginsInTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"by auth.log":        {nil, "true"},
		"auth thrown away":   {[]string{"auth,authpriv.*\t\t\t/var/log/auth.log\n", ""}, "false"},
		"warnings only":      {[]string{"auth,authpriv.*\t", "auth,authpriv.warn\t"}, "false"},
		"rsyslog not there":  {[]string{"500 name=rsyslogd uid=104 exe=/usr/sbin/rsyslogd\n", ""}, "false"},
		"not all facilities": {[]string{"auth,authpriv.*\t", "auth.*\t"}, "false"},
	} {
		if got := factOf(t, replaced(t, loggingHost, c.change...), "audit_events[failed_logins].recorded"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestSelector(t *testing.T) {
	for s, want := range map[string]struct {
		info bool
		mail bool
		ok   bool
	}{
		"*.*": {true, true, true}, "*.info": {true, true, true}, "*.notice": {false, false, true}, "*.info;mail.none": {false, false, true},
		"*.=info": {false, false, true}, "*.debug;*.!=debug": {true, true, true}, "*.*;mail.!err": {false, false, true}, "mail,auth.info": {false, true, true},
		"nowhere.*": {false, false, false}, "mail.loud": {false, false, false}, "mail": {false, false, false}, "": {false, false, false},
	} {
		m, ok := parseSelector(s)
		if ok != want.ok || ok && (m.fromInfo() != want.info || m.has("mail") != want.mail) {
			t.Errorf("%q: understood %v, everything %v, mail %v; want %+v", s, ok, m.fromInfo(), m.has("mail"), want)
		}
	}
}

func TestRecordTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"type=DAEMON_START msg=audit(1700000000.123:1): op=start": "2023-11-14T22:13:20Z",
		"node=a type=SYSCALL msg=audit(1700000000.123:1): arch=x": "2023-11-14T22:13:20Z",
		"2026-02-27T08:00:00+08:00 web1 x: y":                     "2026-02-27T00:00:00Z",
		"Feb 28 10:00:00 web1 x: y":                               "2026-02-28T22:00:00Z",
		"Dec 31 10:00:00 web1 x: y":                               "2025-12-31T22:00:00Z",
		"Mar  1 11:00:00 web1 x: y":                               "2026-03-01T23:00:00Z",
		"Feb 29 10:00:00 web1 x: y":                               "",
		"type=X msg=audit(never)":                                 "", "": "", "hello": "", "2026-02-27 x": "",
	} {
		got := ""
		if at, ok := recordTime(line, now); ok {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// Whatever includes what, reading ends.
func TestIncludesEnd(t *testing.T) {
	host := `all files are here
-- /etc/rsyslog.conf --
$IncludeConfig /etc/rsyslog.conf
include(file="/etc/rsyslog.d/*.conf")
-- /etc/rsyslog.d/a.conf --
$IncludeConfig /etc/rsyslog.d/*.conf
$IncludeConfig /etc/rsyslog.d/*.conf
-- /etc/rsyslog.d/b.conf --
$IncludeConfig /etc/rsyslog.d/*.conf
-- /etc/logrotate.conf --
include /etc/logrotate.conf
include /etc/logrotate.d
-- glob /etc/logrotate.d --
0755 0 0 directory 1 2026-01-01T00:00:00Z "/etc/logrotate.d"
-- /etc/logrotate.d/a --
include /etc/logrotate.d
-- /etc/syslog-ng/syslog-ng.conf --
@include "syslog-ng.conf"
@include "syslog-ng.conf"
-- /etc/chrony.conf --
include /etc/chrony.conf
confdir /etc
include /etc/*.conf
-- /etc/ntp.conf --
includefile /etc/ntp.conf
`
	if got := factOf(t, host, "log_targets"); !strings.HasPrefix(got, "unknown: ") {
		t.Errorf("log_targets = %s, want unknown", got)
	}
}

func FuzzRsyslog(f *testing.F) {
	f.Add([]byte("*.info;mail.none @@h:1\n& stop\nif $msg contains 'x' then { action(type=\"omfwd\" target=\"h\") } else stop\n"))
	f.Add([]byte("ruleset(name=\"r\") { call r }\ncall r\ntemplate(name=\"t\" type=\"list\") { property(name=\"msg\") }\n$Template x,\"%msg%\"\n"))
	f.Add([]byte("!prog\n*.* -/var/log/x;t\n!*\n:msg, contains, \"\\\"\" ~\n/* c */ # \\\n action(type='omfile' file=[\"a\",\"b\"]\n"))
	f.Add([]byte(strings.Repeat("{", 100) + strings.Repeat("if x then ", 100)))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := driver.Index(fileAnswers(rsyslogConf, body))
		loadRsyslog(a)
	})
}

func FuzzLogrotate(f *testing.F) {
	f.Add([]byte("weekly\nrotate 4\n/var/log/*.log \"/a b\" {\n daily\n postrotate\n }\n endscript\n}\ninclude /etc/logrotate.d\ntabooext + .x\n"))
	f.Add([]byte("/var/{a,b}{c,{d}} { rotate 99999999999999999999 maxage -1 }\n}\n{\n"))
	f.Add([]byte("/x {\nrotate 999999999\nyearly\nmaxage 999999999\n}\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := loadLogrotate(driver.Index(fileAnswers(logrotateConf, body)))
		for _, r := range c.rules {
			if d, _ := r.rotation.least(); d < 0 && r.rotation.count >= 0 && r.rotation.maxAge >= 0 {
				t.Errorf("%v: a record stays %v", r.rotation, d)
			}
		}
		c.find("/var/log/a.log")
	})
}

func FuzzSyslogNG(f *testing.F) {
	f.Add([]byte("destination d { network(\"h\" port(1) transport(tls)); };\nlog { source(s); destination(d); };\n@include \"x\"\n"))
	f.Add([]byte("log { destination(d); ; } ) ( { \" '"))
	f.Fuzz(func(t *testing.T, body []byte) { loadSyslogNG(driver.Index(fileAnswers(syslogNGConf, body))) })
}

func FuzzIni(f *testing.F) {
	f.Add([]byte("[Journal]\nStorage=auto\\\nx\n=\n[\n]\nkey\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		set, _ := parseIni(linesFrom("/x", string(body)))
		for name := range set {
			set.last(name)
			set.list(name)
		}
		systemdSize(string(body))
		recordTime(string(body), time.Unix(1700000000, 0))
	})
}
