package linux

import (
	"strings"
	"testing"
)

// factOf reads a written host and gives one fact's value or state, without its evidence; "unsaid" if it was not stated.
func factOf(t *testing.T, archive, name string) string {
	t.Helper()
	for line := range strings.Lines(readTopics(t, archive, name+" = ")) {
		_, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		value, _, _ = strings.Cut(value, "  # ")
		return value
	}
	return "unsaid"
}

// A host of the RHEL family, as its vendor delivers it, with rules that record what the standard asks for. Tests break
// one thing at a time.
const auditedHost = `all files are here
-- auditctl -s --
enabled 1
failure 1
pid 812
rate_limit 0
backlog_limit 8192
lost 3
backlog 0
loginuid_immutable 0 unlocked
-- auditctl -l --
-a always,exit -F arch=b64 -S execve -F key=commands
-a always,exit -F arch=b32 -S execve -F key=commands
-w /etc/passwd -p wa -k identity
-w /etc/shadow -p wa -k identity
-w /etc/group -p wa -k identity
-w /etc/gshadow -p wa -k identity
-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -F key=time
-a always,exit -F arch=b32 -S adjtimex,settimeofday,clock_settime -F key=time
-w /etc/localtime -p wa -k time
-a always,exit -F arch=b64 -S open,openat,truncate,ftruncate -F exit=-EACCES -F key=access
-a always,exit -F arch=b32 -S open,openat,truncate,ftruncate -F exit=-EACCES -F key=access
-a always,exit -F arch=b64 -S open,openat,truncate,ftruncate -F exit=-EPERM -F key=access
-a always,exit -F arch=b32 -S open,openat,truncate,ftruncate -F exit=-EPERM -F key=access
-- probe processes --
1 name=systemd uid=0 exe=/usr/lib/systemd/systemd
812 name=auditd uid=0 exe=/usr/sbin/auditd
-- probe host --
hostname=db1 kernel=5.14.0 arch=x86_64
-- probe clock --
utc=2026-03-01T00:00:00Z zone=Asia/Shanghai synchronised=true offset_us=0
-- /usr/sbin/auditd --
-- /etc/gshadow --
-- /usr/lib/systemd/system/auditd.service --
[Service]
ExecStartPost=-/sbin/augenrules --load
-- /etc/systemd/system/multi-user.target.wants/auditd.service --
-- /proc/cmdline --
BOOT_IMAGE=/vmlinuz root=/dev/sda1 audit=1
-- /etc/audit/auditd.conf --
log_file = /var/log/audit/audit.log
log_format = ENRICHED
max_log_file = 8
num_logs = 5
max_log_file_action = ROTATE
space_left_action = SYSLOG
admin_space_left_action = SUSPEND
disk_full_action = HALT
disk_error_action = SYSLOG
-- glob /var/log/audit --
0700 0 0 directory 4096 2026-01-01T00:00:00Z "/var/log/audit"
-- glob /var/log/audit/* --
0600 0 0 file 100 2026-02-28T00:00:00Z "/var/log/audit/audit.log"
0400 0 0 file 8388608 2026-02-01T00:00:00Z "/var/log/audit/audit.log.1"
0400 0 0 file 8388608 2025-12-01T00:00:00Z "/var/log/audit/audit.log.2"
`

// asImage is the same host as an unpacked image: nothing runs, and the rules are in files.
func asImage(archive, rules string) string {
	live, _, _ := strings.Cut(archive, "-- probe processes --")
	_, rest, _ := strings.Cut(archive, "-- /usr/sbin/auditd --")
	archive = strings.SplitN(live, "\n", 2)[0] + `
-- auditctl -s ! offline --
-- auditctl -l ! offline --
-- probe processes ! offline --
-- probe host ! offline --
-- probe clock ! offline --
-- /usr/sbin/auditd --` + rest
	return strings.Replace(archive, "-- /proc/cmdline --\nBOOT_IMAGE=/vmlinuz root=/dev/sda1 audit=1\n", "", 1) + rules
}

func replaced(t *testing.T, archive string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(archive, pairs[i]) {
			t.Fatalf("the host has no %q to break", pairs[i])
		}
		archive = strings.ReplaceAll(archive, pairs[i], pairs[i+1])
	}
	return archive
}

func TestAuditedHost(t *testing.T) {
	expect(t, auditedHost, `
audit_trail.active = true  # auditctl -s:1; auditctl -s:3
audit_trail.enabled_at_boot = true  # glob /etc/systemd/system/*.wants/*:1
audit_trail.from_boot = true  # /proc/cmdline:1
audit_trail.locked = false  # auditctl -s:1
audit_trail.all_users = true  # auditctl -l:1
audit_trail.lost = 3  # auditctl -s:6
audit_trail.on_failure = log  # auditctl -s:2
audit_trail.on_disk_full = halt  # /etc/audit/auditd.conf:8
audit_trail.on_disk_error = syslog  # /etc/audit/auditd.conf:9
log_stores[audit].active = true  # auditctl -s:1; auditctl -s:3
log_stores[audit].persistent = true  # /etc/audit/auditd.conf:1
log_stores[audit].retention = unknown: elsewhere: 5 x 8 MiB  # /etc/audit/auditd.conf:5; /etc/audit/auditd.conf:3; /etc/audit/auditd.conf:4
log_stores[audit].retention_basis = size  # /etc/audit/auditd.conf:5
log_stores[audit].oldest_record = 2025-12-01T00:00:00Z  # glob /var/log/audit/*:3
log_stores[audit].max_bytes = 41943040  # /etc/audit/auditd.conf:5; /etc/audit/auditd.conf:3; /etc/audit/auditd.conf:4
log_stores[audit].on_full = rotate  # /etc/audit/auditd.conf:5
log_stores[audit].fields = [time, type, subject, object, result]  # default: `+docFormat+`
log_stores[audit].readable_by_others = false  # glob /var/log/audit/*:1
log_stores[audit].writable_by_others = false  # glob /var/log/audit/*:1
`, "audit_trail", "log_stores[audit]")
	for _, kind := range []string{"user_actions", "resource_abuse", "commands", "accounts", "audit_policy", "audit_lifecycle", "logins", "failed_logins", "admin_actions", "time_changes", "file_access"} {
		if got := factOf(t, auditedHost, "audit_events["+kind+"].recorded"); got != "true" {
			t.Errorf("%s: %s, want true", kind, got)
		}
	}
}

// One thing is broken at a time; each line says what must follow.
func TestAuditBroken(t *testing.T) {
	const (
		noStatus = "-- auditctl -s ! not_permitted --\n-- auditctl -l ! not_permitted --\n-- unused --\n"
	)
	status := auditedHost[strings.Index(auditedHost, "-- auditctl -s"):strings.Index(auditedHost, "-- auditctl -l")]
	for name, c := range map[string]struct {
		change []string
		want   map[string]string
	}{
		"switched off": {[]string{"enabled 1", "enabled 0"}, map[string]string{"audit_trail.active": "false", "audit_events[commands].recorded": "false",
			"audit_events[logins].recorded": "false", "audit_trail.all_users": "false", "log_stores[audit].active": "false"}},
		"daemon gone": {[]string{"pid 812", "pid 0"}, map[string]string{"audit_trail.active": "false", "audit_events[audit_lifecycle].recorded": "false"}},
		"locked":      {[]string{"enabled 1", "enabled 2"}, map[string]string{"audit_trail.active": "true", "audit_trail.locked": "true"}},
		"panic":       {[]string{"failure 1", "failure 2"}, map[string]string{"audit_trail.on_failure": "panic"}},
		"not root": {[]string{status, noStatus}, map[string]string{"audit_trail.active": "unknown: not_permitted: auditctl -s",
			"audit_events[commands].recorded": "unknown: not_permitted: auditctl -s", "audit_trail.locked": "unknown: not_permitted: auditctl -s"}},
		"rules cut short": {[]string{"-- auditctl -l --", "-- auditctl -l ~ --"}, map[string]string{"audit_events[commands].recorded": "unknown: truncated: auditctl -l",
			"audit_events[logins].recorded": "unknown: truncated: auditctl -l", "audit_trail.all_users": "unknown: truncated: auditctl -l"}},
		"rule not understood": {[]string{"-w /etc/localtime -p wa -k time", "LIST_RULES: exit,always watch=/etc/localtime"},
			map[string]string{"audit_events[accounts].recorded": "unknown: not_understood: auditctl -l:9"}},
		"one file unwatched":   {[]string{"-w /etc/group -p wa -k identity\n", ""}, map[string]string{"audit_events[accounts].recorded": "false", "audit_events[commands].recorded": "true"}},
		"no group shadow":      {[]string{"-w /etc/gshadow -p wa -k identity\n", "", "-- /etc/gshadow --\n", ""}, map[string]string{"audit_events[accounts].recorded": "true"}},
		"group shadow unknown": {[]string{"-w /etc/gshadow -p wa -k identity\n", "", "-- /etc/gshadow --\n", "-- glob /etc/gshadow ! failed --\n"}, map[string]string{"audit_events[accounts].recorded": "false"}},
		"logins dropped":       {[]string{"-w /etc/localtime", "-a always,exclude -F msgtype=USER_LOGIN\n-w /etc/localtime"}, map[string]string{"audit_events[logins].recorded": "false"}},
		"no task": {[]string{"-w /etc/localtime", "-a never,task\n-w /etc/localtime"}, map[string]string{"audit_events[accounts].recorded": "false",
			"audit_events[commands].recorded": "false", "audit_events[logins].recorded": "true", "audit_trail.all_users": "false"}},
		"user spared": {[]string{"-w /etc/passwd", "-a never,exit -F auid=1001\n-w /etc/passwd"}, map[string]string{"audit_trail.all_users": "false", "audit_events[accounts].recorded": "false"}},
		"nothing kept": {[]string{"log_format = ENRICHED", "log_format = ENRICHED\nwrite_logs = no"}, map[string]string{"audit_events[commands].recorded": "false",
			"log_stores[audit].active": "false"}},
		"kept for ever": {[]string{"= ROTATE", "= keep_logs"}, map[string]string{"log_stores[audit].retention": "forever", "log_stores[audit].retention_basis": "nothing",
			"log_stores[audit].max_bytes": "absent"}},
		"kept until the disk is full": {[]string{"= ROTATE", "= keep_logs", "= SUSPEND", "= rotate"}, map[string]string{"log_stores[audit].retention_basis": "size"}},
		"conf unreadable": {[]string{"-- /etc/audit/auditd.conf --", "-- /etc/audit/auditd.conf ! not_permitted --\n-- unused --"}, map[string]string{
			"log_stores[audit].retention": "unknown: not_permitted: /etc/audit/auditd.conf", "audit_trail.on_disk_full": "unknown: not_permitted: /etc/audit/auditd.conf"}},
		"action left out": {[]string{"disk_full_action = HALT\n", ""}, map[string]string{"audit_trail.on_disk_full": "unknown: no_documented_default: /etc/audit/auditd.conf: disk_full_action"}},
		"action unknown":  {[]string{"disk_full_action = HALT\n", "disk_full_action = HOPE\n"}, map[string]string{"audit_trail.on_disk_full": "unknown: not_understood: disk_full_action = HOPE"}},
		"unit masked": {[]string{"-- /proc/cmdline --", "-- glob /etc/systemd/system/* --\n" + `0777 0 0 link 9 2026-01-01T00:00:00Z "/etc/systemd/system/auditd.service" "/dev/null"` + "\n-- /proc/cmdline --"},
			map[string]string{"audit_trail.enabled_at_boot": "false"}},
		"unit not wanted":      {[]string{"-- /etc/systemd/system/multi-user.target.wants/auditd.service --\n", ""}, map[string]string{"audit_trail.enabled_at_boot": "false"}},
		"unit gone":            {[]string{"-- /usr/lib/systemd/system/auditd.service --", "-- /unused --"}, map[string]string{"audit_trail.enabled_at_boot": "false"}},
		"kernel says no":       {[]string{" audit=1", " audit=0"}, map[string]string{"audit_trail.enabled_at_boot": "false", "audit_trail.from_boot": "false"}},
		"not from the start":   {[]string{" audit=1", ""}, map[string]string{"audit_trail.from_boot": "false"}},
		"log open to all":      {[]string{"0600 0 0 file 100", "0644 0 0 file 100", "0700 0 0 directory", "0755 0 0 directory"}, map[string]string{"log_stores[audit].readable_by_others": "true"}},
		"open log, folder not": {[]string{"0600 0 0 file 100", "0644 0 0 file 100"}, map[string]string{"log_stores[audit].readable_by_others": "false"}},
		"log folder closed to us": {[]string{"-- glob /var/log/audit/* --", "-- glob /var/log/audit/* ! not_permitted --\n-- unused --"}, map[string]string{
			"log_stores[audit].readable_by_others": "false", "log_stores[audit].writable_by_others": "unknown: not_permitted: glob /var/log/audit/*",
			"log_stores[audit].oldest_record": "unknown: not_permitted: glob /var/log/audit/*"}},
	} {
		t.Run(name, func(t *testing.T) {
			host := replaced(t, auditedHost, c.change...)
			for fact, want := range c.want {
				if got := factOf(t, host, fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}

const ruleFiles = `-- /etc/audit/rules.d/10-base.rules --
-D
-b 8192
-f 2
-- /etc/audit/rules.d/50-commands.rules --
-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=unset -k cmd
-a always,exit -F arch=b32 -S execve -F auid>=1000 -F auid!=unset -k cmd
-- /etc/audit/rules.d/60-identity.rules --
-w /etc/passwd -p wa -k identity
-w /etc/shadow -p wa -k identity
-w /etc/group -p wa -k identity
-w /etc/gshadow -p wa -k identity
-- /etc/audit/rules.d/9-last.rules --
-e 2
-- /etc/audit/audit.rules --
-D
-a never,task
`

// Of an image, what a start would load is what counts.
func TestAuditOfAnImage(t *testing.T) {
	image := asImage(auditedHost, ruleFiles)
	grub := "-- /boot/grub2/grub.cfg --\nmenuentry 'x' {\n\tlinux /vmlinuz-5 root=/dev/sda1 ro audit=1\n}\nmenuentry 'rescue' {\n\tlinux /vmlinuz-0-rescue-abc root=/dev/sda1 ro\n}\n"
	for name, c := range map[string]struct {
		host string
		want map[string]string
	}{
		"as it is": {image, map[string]string{"audit_trail.active": "unknown: offline: auditctl -s", "audit_trail.enabled_at_boot": "true", "audit_trail.locked": "true",
			"audit_trail.on_failure": "panic", "audit_events[commands].recorded": "true", "audit_events[accounts].recorded": "true", "audit_events[time_changes].recorded": "false",
			"audit_events[logins].recorded": "true", "audit_trail.from_boot": "unknown: offline: /proc/cmdline", "audit_trail.lost": "unsaid", "log_stores[audit].active": "true"}},
		"not enabled": {replaced(t, image, "-- /etc/systemd/system/multi-user.target.wants/auditd.service --\n", ""),
			map[string]string{"audit_trail.enabled_at_boot": "false", "audit_events[commands].recorded": "false", "log_stores[audit].active": "false"}},
		"old way of loading": {replaced(t, image, "ExecStartPost=-/sbin/augenrules --load", "#ExecStartPost=-/sbin/augenrules --load\nExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules"),
			map[string]string{"audit_events[commands].recorded": "false", "audit_trail.locked": "false"}},
		"a file is unreadable": {replaced(t, image, "-- /etc/audit/rules.d/60-identity.rules --", "-- /etc/audit/rules.d/60-identity.rules ! not_permitted --\n-- unused --"),
			map[string]string{"audit_events[commands].recorded": "unknown: not_permitted: /etc/audit/rules.d/60-identity.rules"}},
		"a rule stops the loading": {replaced(t, image, "-b 8192", "-q 8192 --nonsense"), map[string]string{"audit_events[commands].recorded": "unknown: not_understood: /etc/audit/rules.d/10-base.rules:2"}},
		"by grub":                  {image + grub, map[string]string{"audit_trail.from_boot": "true"}},
		"one entry without":        {image + strings.Replace(grub, "menuentry 'rescue'", "menuentry 'old' {\n\tlinux /vmlinuz-4 root=/dev/sda1 ro\n}\nmenuentry 'rescue'", 1), map[string]string{"audit_trail.from_boot": "false"}},
		"by the loader's entries": {image + "-- /boot/loader/entries/a-5.14.conf --\ntitle x\nlinux /vmlinuz-5.14\noptions root=/dev/sda1 $kernelopts\n-- /boot/grub2/grubenv --\nkernelopts=ro audit=1\n",
			map[string]string{"audit_trail.from_boot": "true"}},
		"not installed": {replaced(t, image, "-- /usr/sbin/auditd --", "-- /usr/sbin/unused --"), map[string]string{"audit_trail.enabled_at_boot": "false",
			"audit_events[commands].recorded": "false", "audit_trail.on_disk_full": "not applicable", "log_stores[audit].active": "unsaid"}},
	} {
		t.Run(name, func(t *testing.T) {
			for fact, want := range c.want {
				if got := factOf(t, c.host, fact); got != want {
					t.Errorf("%s = %s, want %s", fact, got, want)
				}
			}
		})
	}
}
