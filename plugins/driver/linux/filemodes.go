package linux

import (
	"fmt"
	"path"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// importantFiles must be listed by name: that one of them is missing is worth knowing too.
var importantFiles = []string{
	"/", "/etc", "/usr", "/var", "/home", "/opt", "/srv", "/root", "/tmp", "/var/tmp", sharedMemory, "/usr/local", "/etc/sysconfig", "/etc/systemd", "/etc/systemd/system",
	"/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/local/bin", "/usr/local/sbin",
	"/etc/passwd", "/etc/passwd-", "/etc/shadow", "/etc/shadow-", "/etc/group", "/etc/group-", "/etc/gshadow", "/etc/gshadow-", "/etc/shells", "/etc/login.defs",
	"/etc/nsswitch.conf", "/etc/security", "/etc/security/opasswd", "/etc/securetty", "/etc/pam.conf", "/etc/pam.d", "/etc/sudoers", "/etc/sudoers.d",
	"/etc/profile", "/etc/profile.d", "/etc/bashrc", "/etc/bash.bashrc", "/etc/csh.cshrc", "/etc/csh.login", "/etc/environment",
	"/etc/hosts", "/etc/hosts.allow", "/etc/hosts.deny", "/etc/hosts.equiv", "/etc/resolv.conf", "/etc/services", "/etc/exports", "/etc/fstab", "/etc/aliases",
	"/etc/ssh", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/ssh/ssh_config", "/root/.ssh",
	"/etc/crontab", "/etc/anacrontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly", "/var/spool/cron", "/var/spool/cron/crontabs",
	"/etc/cron.allow", "/etc/cron.deny", "/etc/at.allow", "/etc/at.deny",
	"/boot", "/boot/grub", "/boot/grub2", "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/grub/user.cfg", "/boot/grub2/user.cfg", "/etc/default/grub", "/etc/grub.d", "/etc/inittab",
	"/etc/audit", "/etc/audit/auditd.conf", "/etc/audit/audit.rules", "/etc/audit/rules.d", "/var/log", "/var/log/audit", "/var/log/messages", "/var/log/secure", "/var/log/syslog",
	"/var/log/auth.log", "/var/log/cron", "/var/log/maillog", "/var/log/kern.log", "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog",
	"/etc/rsyslog.conf", "/etc/logrotate.conf", "/etc/systemd/journald.conf", "/etc/sysctl.conf",
	"/etc/snmp/snmpd.conf", "/etc/chrony.keys", "/etc/chrony/chrony.keys", "/etc/ntp/keys", "/etc/ntp.keys", "/etc/krb5.keytab", "/etc/sssd/sssd.conf", "/etc/ssl/private",
	"/etc/issue", "/etc/issue.net", "/etc/motd", "/etc/ld.so.conf", "/etc/ld.so.preload", "/etc/selinux/config", "/etc/rc.local", "/etc/rc.d/rc.local", "/etc/xinetd.conf", "/etc/inetd.conf",
	"/root/.bashrc", "/root/.profile", "/root/.bash_profile", "/root/.rhosts", "/root/.netrc",
	"/usr/bin/su", "/usr/bin/sudo", "/usr/bin/passwd", "/usr/sbin/auditd", "/usr/sbin/sshd", "/usr/sbin/rsyslogd", "/usr/lib/systemd/systemd",
}

// importantPatterns name files of which there may be any number.
var importantPatterns = []string{
	"/etc/ssh/ssh_host_*_key", "/etc/ssh/*.pub", "/etc/ssh/sshd_config.d/*", "/etc/ssh/ssh_config.d/*", "/root/.ssh/*", "/etc/sudoers.d/*", "/etc/pam.d/*", "/etc/security/*",
	"/etc/profile.d/*", "/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*", "/var/spool/cron/*", "/var/spool/cron/crontabs/*",
	"/boot/efi/EFI/*/grub.cfg", "/boot/efi/EFI/*/user.cfg", "/etc/grub.d/*", "/etc/sysctl.d/*", "/etc/modprobe.d/*", "/etc/audit/rules.d/*", "/var/log/audit/*",
	"/etc/rsyslog.d/*", "/etc/logrotate.d/*", "/etc/ssl/private/*", "/etc/pki/tls/private/*", "/etc/init.d/*", "/etc/systemd/system/*",
	"/home/*", "/home/*/.ssh", "/home/*/.ssh/authorized_keys", "/home/*/.rhosts", "/home/*/.netrc",
}

// The permissions of the files by which a system stands or falls.
var filesTopic = topic{
	name: "files",
	privileged: []string{"glob /etc/sudoers.d/*", "glob /etc/audit/rules.d/*", "glob /var/log/audit/*", "glob /etc/ssl/private/*", "glob /root/.ssh", "glob /root/.ssh/*",
		"glob /var/spool/cron/*", "glob /var/spool/cron/crontabs/*"},
	ask: func(a driver.Answers) []*question {
		out := append(globs(importantFiles...), globs(importantPatterns...)...)
		for _, p := range append(importantFiles[:len(importantFiles):len(importantFiles)], importantPatterns...) {
			list, _ := entries(a, p)
			for _, e := range list {
				for hop := 0; e.Kind == "link" && linkTarget(e) != "" && hop < maxHops && len(out) < maxLinks; hop++ {
					target := linkTarget(e)
					out = append(out, driver.Glob(target))
					e, _, _ = entry(a, target)
				}
			}
		}
		return append(out, askIDs(a)...)
	},
	read: readFiles,
}

// sharedMemory is a file system of the running system's own.
const sharedMemory = "/dev/shm"

// maxLinks bounds the questions that links can lead to; maxHops how long one is followed.
const (
	maxLinks = 4000
	maxHops  = 8
)

// linkTarget gives the absolute path that a link points to; "" for anything else. Wildcards in it would make it a
// pattern, so such a link is not followed.
func linkTarget(e driver.Entry) string {
	if e.Kind != "link" || e.Target == "" || strings.ContainsAny(e.Target, "*?[\\") {
		return ""
	}
	if path.IsAbs(e.Target) {
		return path.Clean(e.Target)
	}
	return path.Join(path.Dir(e.Path), e.Target)
}

func readFiles(r *reader) {
	list := &pb.FilePermissionList{}
	r.facts.Files = list
	names := r.ids()
	seen := map[string]bool{}
	add := func(f *pb.FilePermission) {
		if !seen[f.GetScope()] {
			seen[f.GetScope()] = true
			list.Items = append(list.Items, f)
		}
	}
	var gap *facts.Missing
	for _, p := range importantFiles {
		e, ok, g := entry(r.Answers, p)
		switch {
		case ok:
			add(r.permission(e, names, r.Glob(p).Line(1, driver.FormatEntry(e))))
		case p == sharedMemory && r.Glob(p).Reason() == pb.Reason_REASON_OFFLINE:
			// It is made anew whenever the system starts: a folder has none to judge.
		case g != nil:
			add(&pb.FilePermission{Scope: p, Mode: g.Text(), Owner: g.Text(), Group: g.Text(), Kind: g.Text()})
		default:
			add(&pb.FilePermission{Scope: p, Mode: facts.Absent(r.Glob(p).All()).Text()})
		}
	}
	for _, p := range importantPatterns {
		found, g := entries(r.Answers, p)
		gap = firstGap(gap, g)
		for i, e := range found {
			add(r.permission(e, names, r.Glob(p).Line(i+1, driver.FormatEntry(e))))
		}
	}
	settle(list, gap)
}

// permission states who may do what with a file. Of a link it states that of what it points to: the link's own mode
// means nothing.
func (r *reader) permission(e driver.Entry, names ids, ev *pb.Evidence) *pb.FilePermission {
	f := &pb.FilePermission{Scope: strings.ToValidUTF8(e.Path, "\uFFFD"), Kind: facts.Text(e.Kind, ev)}
	for hops := 0; e.Kind == "link"; hops++ {
		target := linkTarget(e)
		next, ok, gap := entry(r.Answers, target)
		switch {
		case target == "" || hops == maxHops:
			m := facts.Unknown(pb.Reason_REASON_UNSAFE_FILE, f.GetScope(), ev)
			gap = &m
		case !ok && gap == nil:
			m := facts.Absent(ev)
			gap = &m
		}
		if !ok || gap != nil {
			f.Mode, f.Owner, f.Group = gap.Text(), gap.Text(), gap.Text()
			return f
		}
		e, ev = next, r.Glob(target).Line(1, driver.FormatEntry(next))
	}
	f.Mode = facts.Text(fmt.Sprintf("%04o", e.Mode), ev)
	f.Owner, f.Group = facts.Text(nameOf(names.users, e.UID), ev), facts.Text(nameOf(names.groups, e.GID), ev)
	return f
}
