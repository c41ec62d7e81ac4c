package linux

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func newFacts() *pb.Facts { return &pb.Facts{} }

// hostCase is a host with one thing changed and what must follow.
type hostCase struct {
	change []string
	want   map[string]string
}

func hostCases(t *testing.T, host string, cases map[string]hostCase) {
	t.Helper()
	for name, c := range cases {
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

const modesHost = `all files are here
-- glob /etc/shadow --
0640 0 42 file 900 2026-01-01T00:00:00Z "/etc/shadow"
-- glob /bin --
0777 0 0 link 7 2026-01-01T00:00:00Z "/bin" "usr/bin"
-- glob /usr/bin --
0755 0 0 directory 4096 2026-01-01T00:00:00Z "/usr/bin"
-- glob /etc/sudoers.d/* --
0440 0 0 file 10 2026-01-01T00:00:00Z "/etc/sudoers.d/ops"
-- glob /tmp --
1777 0 0 directory 4096 2026-01-01T00:00:00Z "/tmp"
-- /etc/passwd --
root:x:0:0:root:/root:/bin/bash
toor:x:0:0:root:/root:/bin/bash
-- /etc/group --
root:x:0:
shadow:x:42:
`

func TestFileModes(t *testing.T) {
	const shadow, bin = "files[/etc/shadow].", "files[/bin]."
	host := modesHost
	hostCases(t, host, map[string]hostCase{
		"as it is": {nil, map[string]string{shadow + "mode": "0640", shadow + "owner": "root", shadow + "group": "shadow", shadow + "kind": "file", bin + "kind": "link", bin + "mode": "0755",
			"files[/tmp].mode": "1777", "files[/etc/sudoers.d/ops].mode": "0440", "files[/etc/gshadow].mode": "absent", "files": "complete"}},
		"names unknown":     {[]string{"shadow:x:42:\n", ""}, map[string]string{shadow + "group": "42"}},
		"not seen":          {[]string{"-- glob /etc/shadow --", "-- glob /etc/shadow ! not_permitted --\n-- unused --"}, map[string]string{shadow + "mode": "unknown: not_permitted: glob /etc/shadow"}},
		"folder not seen":   {[]string{"-- glob /etc/sudoers.d/* --", "-- glob /etc/sudoers.d/* ! not_permitted --\n-- unused --"}, map[string]string{"files": "unknown: not_permitted: glob /etc/sudoers.d/*"}},
		"link to nowhere":   {[]string{`"usr/bin"`, `"usr/gone"`}, map[string]string{bin + "kind": "link", bin + "mode": "absent"}},
		"link to itself":    {[]string{`"usr/bin"`, `"/bin"`}, map[string]string{bin + "mode": "unknown: unsafe_file: /bin"}},
		"link to a pattern": {[]string{`"usr/bin"`, `"/usr/*"`}, map[string]string{bin + "mode": "unknown: unsafe_file: /bin"}},
		"listing unread":    {[]string{"0640 0 42 file 900", "rw-r----- 0 42 file 900"}, map[string]string{shadow + "owner": `unknown: not_understood: glob /etc/shadow line 1: "rw-r----- 0 42 file 900 2026-01-01T00:00:00Z \"/etc/shadow\"" is not a line of a listing: strconv.ParseUint: parsing "rw-r-----": invalid syntax`}},
	})
}

const aideHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- /usr/lib/systemd/system/cron.service --
-- /usr/sbin/aide --
-- /etc/aide.conf --
@@define DBDIR /var/lib/aide
report_url=file:/var/log/aide/aide.log
report_url=syslog:LOG_AUTH
/boot/   CONTENT_EX
/usr/bin$ CONTENT_EX
/usr     CONTENT_EX
!/usr/src/
/var/log/ LOG
!/var/log/sa/.*
/etc/passwd CONTENT_EX
-- /var/lib/aide/aide.db.gz --
-- glob /var/log/aide/aide.log --
0600 0 0 file 10 2026-02-27T05:00:00Z "/var/log/aide/aide.log"
-- /var/spool/cron/root --
# nightly
0 5 * * * /usr/sbin/aide --check
`

func TestIntegrityMonitors(t *testing.T) {
	const aide = "integrity_monitors[aide]."
	host := aideHost
	hostCases(t, host, map[string]hostCase{
		"as it is": {nil, map[string]string{aide + "installed": "true", aide + "active": "true", aide + "baseline_present": "true", aide + "last_run": "2026-02-27T05:00:00Z",
			aide + "covers": "[/boot, /usr/bin, /usr, /var/log, /etc/passwd]", aide + "covers_programs": "true", aide + "covers_logs": "true", aide + "alerts": "true", "integrity_monitors": "complete"}},
		"programs left out":   {[]string{"!/usr/src/", "!/usr/sbin"}, map[string]string{aide + "covers_programs": "false"}},
		"logs left out":       {[]string{"!/var/log/sa/.*", "!/var/log/.*"}, map[string]string{aide + "covers_logs": "false"}},
		"logs not watched":    {[]string{"/var/log/ LOG\n", ""}, map[string]string{aide + "covers_logs": "false"}},
		"nobody is told":      {[]string{"report_url=syslog:LOG_AUTH\n", ""}, map[string]string{aide + "alerts": "false"}},
		"no database":         {[]string{"-- /var/lib/aide/aide.db.gz --\n", ""}, map[string]string{aide + "baseline_present": "false"}},
		"job commented out":   {[]string{"0 5 * * * /usr", "#0 5 * * * /usr"}, map[string]string{aide + "active": "false"}},
		"jobs not seen":       {[]string{"-- /var/spool/cron/root --", "-- glob /var/spool/cron/* ! not_permitted --\n-- unused --"}, map[string]string{aide + "active": "unknown: not_permitted: glob /var/spool/cron/*"}},
		"conf unreadable":     {[]string{"-- /etc/aide.conf --", "-- /etc/aide.conf ! not_permitted --\n-- unused --"}, map[string]string{aide + "covers_programs": "unknown: not_permitted: /etc/aide.conf"}},
		"not installed":       {[]string{"-- /usr/sbin/aide --\n", ""}, map[string]string{"integrity_monitors": "complete", aide + "installed": "unsaid"}},
		"not seen":            {[]string{"-- /usr/sbin/aide --\n", "-- glob /usr/sbin/aide ! not_permitted --\n"}, map[string]string{"integrity_monitors": "unknown: not_permitted: glob /usr/sbin/aide"}},
		"by a timer":          {[]string{"0 5 * * * /usr", "#0 5 * * * /usr", "-- /usr/sbin/aide --", "-- /usr/lib/systemd/system/dailyaidecheck.timer --\n-- /etc/systemd/system/timers.target.wants/dailyaidecheck.timer --\n-- /usr/sbin/aide --"}, map[string]string{aide + "active": "true"}},
		"cron.daily, no mode": {[]string{"-- /var/spool/cron/root --", "-- /etc/cron.daily/aide --", "# nightly\n0 5 * * * /usr/sbin", "#!/bin/sh\n/usr/sbin"}, map[string]string{aide + "active": "false"}},
	})
	wazuh := `all files are here
-- probe processes --
9 name=wazuh-syscheckd uid=0 exe=/var/ossec/bin/wazuh-syscheckd
-- /var/ossec/bin/wazuh-syscheckd --
-- /var/ossec/etc/ossec.conf --
<ossec_config>
  <client><server><address>192.0.2.30</address></server></client>
  <!-- <directories>/nothing</directories> -->
  <syscheck>
    <disabled>no</disabled>
    <directories realtime="yes">/etc,/usr/bin,/usr/sbin</directories>
    <directories>/bin,/sbin,/boot</directories>
  </syscheck>
</ossec_config>
`
	hostCases(t, wazuh, map[string]hostCase{
		"wazuh":              {nil, map[string]string{"integrity_monitors[wazuh].active": "true", "integrity_monitors[wazuh].covers_programs": "true", "integrity_monitors[wazuh].covers_logs": "false", "integrity_monitors[wazuh].alerts": "true"}},
		"wazuh switched off": {[]string{"<disabled>no", "<disabled>yes"}, map[string]string{"integrity_monitors[wazuh].covers_programs": "false"}},
		"wazuh down":         {[]string{"9 name=wazuh-syscheckd", "9 name=x", "exe=/var/ossec/bin/wazuh-syscheckd", "exe=/bin/x"}, map[string]string{"integrity_monitors[wazuh].active": "false"}},
	})
}

const aptHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- probe host --
hostname=a kernel=6.1.0-9-amd64 arch=x86_64
-- /var/lib/dpkg/status --
-- glob /var/lib/dpkg/status --
0644 0 0 file 1 2026-02-01T00:00:00Z "/var/lib/dpkg/status"
-- glob /var/lib/apt/lists --
0755 0 0 directory 1 2026-02-20T00:00:00Z "/var/lib/apt/lists"
-- glob /var/lib/apt/lists/*Release --
0644 0 0 file 1 2025-01-01T00:00:00Z "/var/lib/apt/lists/x_InRelease"
-- ` + aptUpgrade + ` --
Listing...
libc6/stable,stable-security 2.36-9+deb12u9 amd64 [upgradable from: 2.36-9]
security-tool/stable 2024b all [upgradable from: 2024a]
-- glob /boot/vmlinuz-* --
0644 0 0 file 1 2026-01-01T00:00:00Z "/boot/vmlinuz-6.1.0-9-amd64"
0644 0 0 file 1 2026-01-01T00:00:00Z "/boot/vmlinuz-6.1.0-18-amd64"
-- /etc/apt/sources.list --
deb http://u:p@192.0.2.40/debian bookworm main
# deb [trusted=yes] http://192.0.2.40/x y
deb-src http://192.0.2.40/debian bookworm main
-- /etc/apt/sources.list.d/a.sources --
Types: deb
URIs: http://192.0.2.41/debian-security
Suites: bookworm-security
 bookworm-other
Components: main

Types: deb
URIs: http://192.0.2.42/gone
Suites: x
Enabled: no
Trusted: yes
-- /etc/apt/apt.conf.d/20auto-upgrades --
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
-- /usr/lib/systemd/system/apt-daily-upgrade.timer --
-- /etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer --
`

func TestUpdatesApt(t *testing.T) {
	host := aptHost
	hostCases(t, host, map[string]hostCase{
		"as it is": {nil, map[string]string{"patches.pending": "2", "patches.pending_security": "1", "patches.last_refresh": "2026-02-20T00:00:00Z", "patches.last_update": "2026-02-01T00:00:00Z",
			"patches.reboot_needed": "true", "patches.newest_kernel": "6.1.0-18-amd64", "patches.automatic": "true", "patches.signed_sources": "true",
			"patches.sources": "[http://192.0.2.40/debian bookworm, http://192.0.2.41/debian-security bookworm-security, http://192.0.2.41/debian-security bookworm-other]"}},
		"nothing waits":         {[]string{" [upgradable from: 2.36-9]", "", " [upgradable from: 2024a]", ""}, map[string]string{"patches.pending": "0", "patches.pending_security": "0"}},
		"never asked":           {[]string{"0644 0 0 file 1 2025-01-01T00:00:00Z \"/var/lib/apt/lists/x_InRelease\"\n", ""}, map[string]string{"patches.pending": "unknown: not_found: /var/lib/apt/lists: the repositories have not been asked", "patches.last_refresh": "unknown: not_found: /var/lib/apt/lists: the repositories have not been asked"}},
		"apt failed":            {[]string{"-- " + aptUpgrade + " --", "-- " + aptUpgrade + " ! failed: exit status 100 --\n-- unused --"}, map[string]string{"patches.pending_security": "unknown: failed: " + aptUpgrade + ": exit status 100"}},
		"of an image":           {[]string{"-- " + aptUpgrade + " --", "-- " + aptUpgrade + " ! offline --\n-- unused --", "-- probe host --", "-- probe host ! offline --\n-- unused2 --"}, map[string]string{"patches.pending": "unknown: offline: " + aptUpgrade, "patches.reboot_needed": "unknown: offline: probe host", "patches.newest_kernel": "6.1.0-18-amd64"}},
		"the newest runs":       {[]string{"kernel=6.1.0-9-amd64", "kernel=6.1.0-18-amd64"}, map[string]string{"patches.reboot_needed": "false"}},
		"a package asks for it": {[]string{"kernel=6.1.0-9-amd64", "kernel=6.1.0-18-amd64", "-- /etc/apt/sources.list --", "-- /run/reboot-required --\n-- /etc/apt/sources.list --"}, map[string]string{"patches.reboot_needed": "true"}},
		"a container":           {[]string{"arch=x86_64", "arch=x86_64 virtualization=container", "0644 0 0 file 1 2026-01-01T00:00:00Z \"/boot/vmlinuz-6.1.0-9-amd64\"\n0644 0 0 file 1 2026-01-01T00:00:00Z \"/boot/vmlinuz-6.1.0-18-amd64\"\n", ""}, map[string]string{"patches.reboot_needed": "not applicable", "patches.newest_kernel": "absent"}},
		"trusted blindly":       {[]string{"# deb [trusted=yes]", "deb [arch=amd64 trusted=yes]"}, map[string]string{"patches.signed_sources": "false"}},
		"trusted blindly, new":  {[]string{"Enabled: no\n", ""}, map[string]string{"patches.signed_sources": "false"}},
		"unsigned allowed":      {[]string{"APT::Periodic::Update", "APT { Get { AllowUnauthenticated \"true\"; }; };\nAPT::Periodic::Update"}, map[string]string{"patches.signed_sources": "false", "patches.automatic": "true"}},
		"a source unreadable":   {[]string{"-- /etc/apt/sources.list.d/a.sources --", "-- /etc/apt/sources.list.d/a.sources ! not_permitted --\n-- unused --"}, map[string]string{"patches.signed_sources": "unknown: not_permitted: /etc/apt/sources.list.d/a.sources"}},
		"no sources":            {[]string{"deb http://u:p@192.0.2.40/debian bookworm main", "", "Types: deb\n", "Types: deb-src-only\n"}, map[string]string{"patches.signed_sources": "true"}},
		"not by itself":         {[]string{`Unattended-Upgrade "1"`, `Unattended-Upgrade "0"`}, map[string]string{"patches.automatic": "false"}},
		"timer off":             {[]string{"-- /etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer --\n", ""}, map[string]string{"patches.automatic": "false"}},
	})
}

const dnfHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- probe host --
hostname=a kernel=5.14.0-427.el9.x86_64 arch=x86_64
-- /usr/lib/systemd/system/dnf-automatic.service --
-- /usr/bin/dnf --
-- glob /var/lib/rpm/rpmdb.sqlite --
0644 0 0 file 1 2026-02-01T00:00:00Z "/var/lib/rpm/rpmdb.sqlite"
-- glob /var/cache/dnf/last_makecache --
0644 0 0 file 1 2026-02-11T00:00:00Z "/var/cache/dnf/last_makecache"
-- dnf -C -q list --upgrades --
Available Upgrades
bash.x86_64             5.1.8-9.el9      baseos
kernel.x86_64           5.14.0-503.el9   baseos
-- dnf -C -q updateinfo list --security --
RHSA-2025:1234 Important/Sec. kernel-5.14.0-503.el9.x86_64
-- glob /boot/vmlinuz-* --
0644 0 0 file 1 2026-01-01T00:00:00Z "/boot/vmlinuz-0-rescue-0123"
0644 0 0 file 1 2026-01-01T00:00:00Z "/boot/vmlinuz-5.14.0-427.el9.x86_64"
-- /etc/dnf/dnf.conf --
[main]
gpgcheck=1
-- /etc/yum.repos.d/a.repo --
[baseos]
name=BaseOS
baseurl=https://192.0.2.50/baseos
enabled=1
[debug]
name=Debug
baseurl=https://192.0.2.50/debug
enabled=0
gpgcheck=0
-- /etc/dnf/automatic.conf --
[commands]
apply_updates = no
`

func TestUpdatesDnf(t *testing.T) {
	host := dnfHost
	hostCases(t, host, map[string]hostCase{
		"as it is": {nil, map[string]string{"patches.pending": "2", "patches.pending_security": "1", "patches.last_refresh": "2026-02-11T00:00:00Z", "patches.last_update": "2026-02-01T00:00:00Z",
			"patches.reboot_needed": "false", "patches.newest_kernel": "5.14.0-427.el9.x86_64", "patches.automatic": "false", "patches.signed_sources": "true", "patches.sources": "[baseos https://192.0.2.50/baseos]"}},
		"no advisories":        {[]string{"RHSA-2025:1234 Important/Sec. kernel-5.14.0-503.el9.x86_64\n", ""}, map[string]string{"patches.pending_security": "unknown: not_found: dnf -C -q updateinfo list --security: no advisory is marked, though updates wait"}},
		"nothing waits":        {[]string{"RHSA-2025:1234 Important/Sec. kernel-5.14.0-503.el9.x86_64\n", "", "bash.x86_64             5.1.8-9.el9      baseos\nkernel.x86_64           5.14.0-503.el9   baseos\n", ""}, map[string]string{"patches.pending": "0", "patches.pending_security": "0"}},
		"no cache":             {[]string{"-- dnf -C -q list --upgrades --", "-- dnf -C -q list --upgrades ! failed: exit status 1 --\n-- unused --"}, map[string]string{"patches.pending": "unknown: failed: dnf -C -q list --upgrades: exit status 1"}},
		"not verified":         {[]string{"enabled=0\ngpgcheck=0", "enabled=1\ngpgcheck=0"}, map[string]string{"patches.signed_sources": "false"}},
		"verified nowhere":     {[]string{"[main]\ngpgcheck=1", "[main]"}, map[string]string{"patches.signed_sources": "false"}},
		"not verified at all":  {[]string{"[main]\ngpgcheck=1", "[main]\ngpgcheck=0"}, map[string]string{"patches.signed_sources": "false"}},
		"by itself":            {[]string{"apply_updates = no", "apply_updates = yes", "-- /usr/bin/dnf --", "-- /usr/lib/systemd/system/dnf-automatic.timer --\n-- /etc/systemd/system/timers.target.wants/dnf-automatic.timer --\n-- /usr/bin/dnf --"}, map[string]string{"patches.automatic": "true"}},
		"by itself, timer off": {[]string{"apply_updates = no", "apply_updates = yes"}, map[string]string{"patches.automatic": "false"}},
	})
}

func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"6.1.0-18-amd64", "6.1.0-9-amd64", 1}, {"5.14.0-427.13.1.el9_4", "5.14.0-427.el9", 1}, {"4.19.90-52.el7", "4.19.90-52.el7", 0}, {"5.10.0", "5.9.99", 1}, {"1.0", "1.0.1", -1}, {"", "1", -1},
	} {
		got := compareVersions(c.a, c.b)
		if sign := min(max(got, -1), 1); sign != c.want {
			t.Errorf("%s against %s: %d, want %d", c.a, c.b, sign, c.want)
		}
		if back := compareVersions(c.b, c.a); min(max(back, -1), 1) != -c.want {
			t.Errorf("%s against %s: %d, want %d", c.b, c.a, back, -c.want)
		}
	}
}

const clamHost = `all files are here
-- probe processes --
9 name=clamd uid=110 exe=/usr/sbin/clamd
10 name=clamonacc uid=0 exe=/usr/sbin/clamonacc
-- /usr/sbin/clamd --
-- /var/lib/clamav/daily.cld --
-- head -c 512 /var/lib/clamav/daily.cld --
ClamAV-VDB:07 Feb 2026 04-26 -0400:27329:2063972:90:X:X:builder:1770000000
`

func TestMalware(t *testing.T) {
	const clam = "anti_malware[clamav]."
	host := clamHost
	hostCases(t, host, map[string]hostCase{
		"clamav":                 {nil, map[string]string{clam + "installed": "true", clam + "running": "true", clam + "real_time": "true", clam + "signatures_from": "2026-02-07T08:26:00Z", clam + "managed_by": "absent", "anti_malware": "complete"}},
		"engine down":            {[]string{"9 name=clamd uid=110 exe=/usr/sbin/clamd\n", ""}, map[string]string{clam + "running": "false", clam + "real_time": "false"}},
		"on demand only":         {[]string{"10 name=clamonacc uid=0 exe=/usr/sbin/clamonacc\n", ""}, map[string]string{clam + "real_time": "false"}},
		"no signatures":          {[]string{"-- /var/lib/clamav/daily.cld --\n", ""}, map[string]string{clam + "signatures_from": "absent"}},
		"signatures of an image": {[]string{"-- head -c 512 /var/lib/clamav/daily.cld --", "-- head -c 512 /var/lib/clamav/daily.cld ! offline --\n-- unused --"}, map[string]string{clam + "signatures_from": "unknown: offline: head -c 512 /var/lib/clamav/daily.cld"}},
		"signatures not read":    {[]string{"ClamAV-VDB:07 Feb 2026 04-26 -0400", "ClamAV-VDB:some day"}, map[string]string{clam + "signatures_from": "unknown: not_understood: head -c 512 /var/lib/clamav/daily.cld"}},
		"processes hidden":       {[]string{"-- probe processes --", "-- probe processes ! not_permitted --\n-- unused --"}, map[string]string{clam + "running": "unknown: not_permitted: probe processes"}},
		"none":                   {[]string{"-- /usr/sbin/clamd --\n", "", "name=clamd uid=110 exe=/usr/sbin/clamd", "name=x", "name=clamonacc uid=0 exe=/usr/sbin/clamonacc", "name=y"}, map[string]string{"anti_malware": "complete", clam + "installed": "unsaid"}},
		"not seen":               {[]string{"-- /usr/sbin/clamd --\n", "-- glob /titan/agent ! not_permitted --\n"}, map[string]string{"anti_malware": "unknown: not_permitted: glob /titan/agent"}},
		"by its process": {[]string{"10 name=clamonacc uid=0 exe=/usr/sbin/clamonacc", "10 name=AliYunDun uid=0 exe=/opt/elsewhere/AliYunDun"}, map[string]string{"anti_malware[aliyun-aegis].running": "true",
			"anti_malware[aliyun-aegis].signatures_from": "unknown: elsewhere: aliyun-aegis: only its own console shows it"}},
	})
}

const limitsHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- /etc/pam.d/sshd --
session required pam_limits.so
-- /etc/pam.d/login --
@include common-session
-- /etc/pam.d/common-session --
session required pam_limits.so
-- /etc/security/limits.conf --
# comment
*  hard  nproc  4096
*  soft  core   0
@dba - nofile 65536
*  hard  maxlogins 10
-- /etc/security/limits.d/20-nproc.conf --
*  hard  nproc  unlimited
-- /usr/lib/systemd/system/user-.slice.d/10-defaults.conf --
[Slice]
TasksMax=33%
`

func TestLimits(t *testing.T) {
	host := limitsHost
	const nproc = "resource_limits[* hard nproc]."
	hostCases(t, host, map[string]hostCase{
		"as it is": {nil, map[string]string{nproc + "value": "unlimited", nproc + "resource": "nproc", nproc + "domain": "*", "resource_limits[@dba - nofile].value": "65536",
			"resource_limits[user-.slice TasksMax].value": "33%", "resource_limits": "complete"}},
		"no later file":       {[]string{"*  hard  nproc  unlimited", "#"}, map[string]string{nproc + "value": "4096"}},
		"not for ssh":         {[]string{"-- /etc/pam.d/sshd --\nsession required pam_limits.so", "-- /etc/pam.d/sshd --\nsession required pam_unix.so"}, map[string]string{nproc + "value": "unsaid", "resource_limits[user-.slice TasksMax].value": "33%"}},
		"stack unreadable":    {[]string{"-- /etc/pam.d/common-session --", "-- /etc/pam.d/common-session ! not_permitted --\n-- unused --"}, map[string]string{nproc + "value": "unsaid", "resource_limits": "unknown: not_permitted: /etc/pam.d/common-session"}},
		"file unreadable":     {[]string{"-- /etc/security/limits.d/20-nproc.conf --", "-- /etc/security/limits.d/20-nproc.conf ! not_permitted --\n-- unused --"}, map[string]string{"resource_limits": "unknown: not_permitted: /etc/security/limits.d/20-nproc.conf"}},
		"hidden by a drop-in": {[]string{"-- /etc/security/limits.conf --", "-- /etc/systemd/system/user-.slice.d/10-defaults.conf --\n[Slice]\nTasksMax=infinity\n-- /etc/security/limits.conf --"}, map[string]string{"resource_limits[user-.slice TasksMax].value": "unlimited"}},
		"replaced by a later": {[]string{"-- /etc/security/limits.conf --", "-- /etc/systemd/system/user-.slice.d/50-x.conf --\n[Slice]\nTasksMax=500\nMemoryMax=2G\n-- /etc/security/limits.conf --"}, map[string]string{"resource_limits[user-.slice TasksMax].value": "500", "resource_limits[user-.slice MemoryMax].resource": "memory"}},
	})
}

const usbHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- probe host --
hostname=a kernel=5.14.0 arch=x86_64
-- /etc/modprobe.d/usb.conf --
install usb-storage /bin/false
-- /proc/modules --
xfs 1 0 - Live 0x0
-- /lib/modules/5.14.0/modules.builtin --
kernel/fs/ext4/ext4.ko
`

func TestRemovable(t *testing.T) {
	const blocked, mechanism = "removable_storage.blocked", "removable_storage.mechanism"
	host := usbHost
	hostCases(t, host, map[string]hostCase{
		"as it is":              {nil, map[string]string{blocked: "true", mechanism: "module-blacklist", "removable_storage.automount": "false"}},
		"with underscore":       {[]string{"usb-storage /bin/false", "usb_storage /bin/true"}, map[string]string{blocked: "true"}},
		"commented out":         {[]string{"install usb", "#install usb"}, map[string]string{blocked: "false", mechanism: "none"}},
		"installs for real":     {[]string{"/bin/false", "/sbin/modprobe --ignore-install usb-storage"}, map[string]string{blocked: "false"}},
		"taken back later":      {[]string{"-- /proc/modules --", "-- /etc/modprobe.d/zz.conf --\ninstall usb-storage /sbin/modprobe -i usb-storage\n-- /proc/modules --"}, map[string]string{blocked: "false"}},
		"blacklisted, not all":  {[]string{"install usb-storage /bin/false", "blacklist usb-storage"}, map[string]string{blocked: "false"}},
		"blacklisted":           {[]string{"install usb-storage /bin/false", "blacklist usb-storage\nblacklist uas"}, map[string]string{blocked: "true"}},
		"loaded already":        {[]string{"xfs 1 0", "usb_storage 1 0"}, map[string]string{blocked: "false"}},
		"part of the kernel":    {[]string{"kernel/fs/ext4/ext4.ko", "kernel/drivers/usb/storage/usb-storage.ko"}, map[string]string{blocked: "false"}},
		"hidden by an own file": {[]string{"-- /etc/modprobe.d/usb.conf --", "-- /usr/lib/modprobe.d/usb.conf --", "-- /proc/modules --", "-- /etc/modprobe.d/usb.conf --\n# empty\n-- /proc/modules --"}, map[string]string{blocked: "false"}},
		"not a conf file":       {[]string{"/etc/modprobe.d/usb.conf", "/etc/modprobe.d/usb.conf.bak"}, map[string]string{blocked: "false"}},
		"unreadable":            {[]string{"-- /etc/modprobe.d/usb.conf --", "-- /etc/modprobe.d/usb.conf ! not_permitted --\n-- unused --"}, map[string]string{blocked: "unknown: not_permitted: /etc/modprobe.d/usb.conf", mechanism: "unknown: not_permitted: /etc/modprobe.d/usb.conf"}},
		"usbguard":              {[]string{"install usb-storage /bin/false", "", "1 name=systemd", "2 name=usbguard-daemon uid=0 exe=?\n1 name=systemd", "-- /proc/modules --", "-- /etc/usbguard/usbguard-daemon.conf --\nImplicitPolicyTarget=block\n-- /etc/usbguard/rules.conf --\nallow id 1d6b:0002 serial \"x\"\n-- /proc/modules --"}, map[string]string{blocked: "true", mechanism: "usbguard"}},
		"usbguard lets all in":  {[]string{"install usb-storage /bin/false", "", "1 name=systemd", "2 name=usbguard-daemon uid=0 exe=?\n1 name=systemd", "-- /proc/modules --", "-- /etc/usbguard/usbguard-daemon.conf --\nImplicitPolicyTarget=allow\n-- /proc/modules --"}, map[string]string{blocked: "false"}},
		"usbguard lets storage": {[]string{"install usb-storage /bin/false", "", "1 name=systemd", "2 name=usbguard-daemon uid=0 exe=?\n1 name=systemd", "-- /proc/modules --", "-- /etc/usbguard/usbguard-daemon.conf --\nImplicitPolicyTarget=block\n-- /etc/usbguard/rules.conf --\nallow with-interface 08:*:*\n-- /proc/modules --"}, map[string]string{blocked: "false"}},
		"udev":                  {[]string{"install usb-storage /bin/false", "", "-- /proc/modules --", "-- /etc/udev/rules.d/99.rules --\nACTION==\"add\", ATTR{bInterfaceClass}==\"08\", ATTR{authorized}=\"0\"\n-- /proc/modules --"}, map[string]string{blocked: "true", mechanism: "udev"}},
		"autofs":                {[]string{"1 name=systemd", "2 name=automount uid=0 exe=?\n1 name=systemd"}, map[string]string{"removable_storage.automount": "true"}},
	})
}

const kernelHost = `all files are here
-- probe processes --
1 name=systemd uid=0 exe=?
-- /proc/cmdline --
ro init_on_free=1
-- /proc/sys/fs/suid_dumpable --
0
-- /etc/sysctl.d/10-a.conf --
fs.suid_dumpable = 1
`

func TestKernelSettings(t *testing.T) {
	const dump = "kernel_settings[fs.suid_dumpable].value"
	host := kernelHost
	hostCases(t, host, map[string]hostCase{
		"what runs counts": {nil, map[string]string{dump: "0", "kernel_settings[cmdline init_on_free].value": "1", "kernel_settings": "complete", "kernel_settings[vm.swappiness].value": "unsaid"}},
		"not readable":     {[]string{"-- /proc/sys/fs/suid_dumpable --", "-- /proc/sys/fs/suid_dumpable ! not_permitted --\n-- unused --"}, map[string]string{dump: "unknown: not_permitted: /proc/sys/fs/suid_dumpable"}},
	})
	image := replaced(t, host, "-- probe processes --", "-- probe processes ! offline --\n-- unused --", "-- /proc/cmdline --", "-- /proc/cmdline ! not_found --\n-- unused2 --", "-- /proc/sys/fs/suid_dumpable --", "-- /unused3 --")
	hostCases(t, image, map[string]hostCase{
		"what is configured counts": {nil, map[string]string{dump: "1", "kernel_settings[vm.swappiness].value": "unknown: no_documented_default: vm.swappiness"}},
		"the last by name":          {[]string{"-- /etc/sysctl.d/10-a.conf --", "-- /usr/lib/sysctl.d/50-b.conf --\nfs/suid_dumpable=2\n-- /etc/sysctl.d/10-a.conf --"}, map[string]string{dump: "2"}},
		"sysctl.conf not linked":    {[]string{"-- /etc/sysctl.d/10-a.conf --", "-- /etc/sysctl.conf --\nfs.suid_dumpable=2\n-- /etc/sysctl.d/10-a.conf --"}, map[string]string{dump: "1"}},
		"cut short":                 {[]string{"-- /etc/sysctl.d/10-a.conf --", "-- /etc/sysctl.d/10-a.conf ~ --"}, map[string]string{dump: "unknown: truncated: /etc/sysctl.d/10-a.conf"}},
	})
}

const secretsHost = `all files are here
-- /root/.netrc --
machine a login b password hunter2
-- /home/ann/.pgpass --
# comment
db:5432:*:ann:hunter2
-- /home/bob/.my.cnf --
[client]
user=bob
password = "hunter2"
-- /home/bob/.git-credentials --
https://bob:hunter2@192.0.2.1
-- /etc/my.cnf --
[mysqld]
password=notused
-- /etc/fstab --
//192.0.2.1/x /mnt cifs username=a,password=hunter2 0 0
//192.0.2.1/y /mnt cifs credentials=/root/.cred 0 0
-- glob /root/.netrc --
0644 0 0 file 10 2026-01-01T00:00:00Z "/root/.netrc"
`

func TestExposedSecrets(t *testing.T) {
	host := secretsHost
	got := readTopics(t, host, "exposed_secrets")
	same(t, got, `
exposed_secrets = complete  # glob /root/.netrc; glob /home/*/.netrc; glob /root/.pgpass; glob /home/*/.pgpass; glob /root/.my.cnf; glob /home/*/.my.cnf; glob /root/.git-credentials; glob /home/*/.git-credentials; glob /root/.aws/credentials; glob /home/*/.aws/credentials; glob /etc/my.cnf; glob /etc/mysql/my.cnf; glob /etc/fstab
exposed_secrets[/etc/fstab:1].kind = password  # /etc/fstab:1
exposed_secrets[/etc/fstab:1].readable_by_others = true  # glob /etc/fstab:1
exposed_secrets[/home/ann/.pgpass:2].kind = password  # /home/ann/.pgpass:2
exposed_secrets[/home/ann/.pgpass:2].readable_by_others = true  # glob /home/*/.pgpass:1
exposed_secrets[/home/bob/.git-credentials:1].kind = password  # /home/bob/.git-credentials:1
exposed_secrets[/home/bob/.git-credentials:1].readable_by_others = true  # glob /home/*/.git-credentials:1
exposed_secrets[/home/bob/.my.cnf:3].kind = password  # /home/bob/.my.cnf:3
exposed_secrets[/home/bob/.my.cnf:3].readable_by_others = true  # glob /home/*/.my.cnf:1
exposed_secrets[/root/.netrc:1].kind = password  # /root/.netrc:1
exposed_secrets[/root/.netrc:1].readable_by_others = true  # glob /root/.netrc:1
`)
	if strings.Contains(got, "hunter2") {
		t.Error("a secret is stated")
	}
	hostCases(t, host, map[string]hostCase{
		"not root": {[]string{"-- /root/.netrc --", "-- /root/.netrc ! not_permitted --\n-- unused --", "-- glob /root/.netrc --", "-- glob /root/.netrc ! not_permitted --\n-- unused2 --"}, map[string]string{"exposed_secrets": "unknown: not_permitted: glob /root/.netrc"}},
	})
}

func TestBindings(t *testing.T) {
	host := "all files are here\n-- ip -4 neigh show nud permanent --\n192.0.2.1 dev eth0 lladdr 52:54:00:12:34:56 PERMANENT\n"
	expect(t, host, `
address_bindings = complete  # ip -4 neigh show nud permanent
address_bindings[192.0.2.1].mac = 52:54:00:12:34:56  # ip -4 neigh show nud permanent:1
address_bindings[192.0.2.1].interface = eth0  # ip -4 neigh show nud permanent:1
address_bindings[192.0.2.1].kind = static-arp  # ip -4 neigh show nud permanent:1
`, "address_bindings")
	hostCases(t, host, map[string]hostCase{
		"an image": {[]string{"permanent --", "permanent ! offline --"}, map[string]string{"address_bindings": "unknown: offline: ip -4 neigh show nud permanent"}},
		"none":     {[]string{"192.0.2.1 dev eth0 lladdr 52:54:00:12:34:56 PERMANENT\n", ""}, map[string]string{"address_bindings": "complete"}},
	})
}

func FuzzHostFiles(f *testing.F) {
	for _, seed := range []string{
		"/usr X\n!/usr/.*\n=/etc R\n/a\\ b C\n", "<syscheck>\n<directories>/a,/b</directories>\n<!--\n", "dir = 9/usr\nfile=/x\n", "/etc -> $(R);\nemailto=x\n",
		"deb [trusted=yes] http://u:p@h/x s main\n", "Types: deb\nURIs: a b\nSuites: c\n d\n\nTrusted: yes\n", "A { B \"1\"; C::D \"x\"; };\n// c\n", "[a]\nbaseurl=x\ngpgcheck=0\n",
		"* hard nproc 1\nann -\n", "install usb-storage /bin/false\nblacklist uas\n", "machine a password b\nh:1:d:u:p\n//h/s /m cifs password=x 0 0\n", "root:x:0:0\n:::\n",
		"ClamAV-VDB:07 Feb 2026 04-26 -0400:1:2\n", "Inst a (b Debian-Security)\nbash.x86_64 1 r\n", "0640 0 4 file 1 2026-01-02T03:04:05Z \"/var/log/x\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		lines := linesFrom("/x", string(body))
		aideCovers(lines)
		ossecCovers(lines)
		samhainCovers(lines)
		tripwireCovers(lines)
		parseAptList(lines)
		parseAptStanzas(lines)
		parseAptOptions(lines)
		parseYumRepos(lines, lines, true)
		compareVersions(string(body), "5.14.0-427.el9")
		for _, s := range secretFiles {
			s.find("client", string(body))
		}
		findFstab("", string(body))
		r := &reader{Answers: driver.Index(append(fileAnswers("/etc/passwd", body), fileAnswers("/etc/group", body)...)), facts: newFacts()}
		r.ids().members(0)
		r.parseLimits(lines)
		var answers []*pluginpb.Answer
		for _, q := range append(filesTopic.ask(r.Answers), append(updatesTopic.ask(r.Answers), commands(clamHeaders[0], aptUpgrade, dnfUpgrades, neighbours)...)...) {
			answers = append(answers, &pluginpb.Answer{Question: q, Body: body, Complete: true})
		}
		whole := &reader{Answers: driver.Index(answers), facts: newFacts()}
		for _, topic := range []topic{filesTopic, integrityTopic, updatesTopic, malwareTopic, removableTopic, kernelTopic, secretsTopic, bindingsTopic} {
			topic.read(whole)
		}
	})
}
