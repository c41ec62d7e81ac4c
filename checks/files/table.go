package files

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A rule is the least strict that paths may be.
type rule struct {
	// paths are patterns as path.Match has them; the first rule that matches counts.
	paths []string
	// most are the bits that group and others may have. The owner's own bits do not matter: it is root, who can do
	// everything. Set-user-id on a file is never right here; set-group-id and sticky on a directory are stricter, not laxer.
	most uint32
	// owners may own it; nil: anybody.
	owners []string
	// groups may be its group where the group can do more than others; nil: any.
	groups []string
	// special: set-user-id and set-group-id are judged elsewhere.
	special bool
	// linked: the path is a link on many systems.
	linked bool
}

// A subject is a group of rules that is judged together.
type subject struct {
	scope string
	name  *pb.Text
	rules []rule
}

var (
	root       = []string{"root", "0"}
	shadow     = []string{"root", "0", "shadow", "42"}
	logOwners  = []string{"root", "0", "syslog"}
	logGroups  = []string{"root", "0", "adm", "4", "syslog", "log", "systemd-journal", "utmp"}
	timeGroups = []string{"root", "0", "chrony", "_chrony", "ntp", "ntpsec"}
	snmpGroups = []string{"root", "0", "snmp", "Debian-snmp"}
)

// table is what is asked of each path. The figures are the strictest on which the distributions' own defaults for
// servers and the customary hardening guides agree; where they differ the stricter is taken for files that hold secrets or
// decide who gets in, and the looser for files that everybody has to read.
var table = []subject{
	{"accounts", checks.Say("账号与口令文件", "account and password files"), []rule{
		{paths: []string{"/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/login.defs", "/etc/shells"}, most: 0o044, owners: root},
		{paths: []string{"/etc/nsswitch.conf"}, most: 0o044, owners: root, linked: true},
		{paths: []string{"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"}, most: 0o040, owners: root, groups: shadow},
		{paths: []string{"/etc/security/opasswd", "/etc/security/opasswd.old"}, most: 0, owners: root},
	}},
	{"privileges", checks.Say("提权与登录控制文件", "files that decide on logins and privilege"), []rule{
		{paths: []string{"/etc/sudoers", "/etc/sudoers.d/*"}, most: 0o040, owners: root, groups: root},
		{paths: []string{"/etc/sudoers.d", "/etc/pam.d", "/etc/security", "/etc/profile.d"}, most: 0o055, owners: root},
		{paths: []string{"/etc/pam.conf", "/etc/pam.d/*", "/etc/security/*", "/etc/securetty", "/etc/hosts.allow", "/etc/hosts.deny"}, most: 0o055, owners: root, linked: true},
		{paths: []string{"/etc/profile", "/etc/bashrc", "/etc/bash.bashrc", "/etc/csh.cshrc", "/etc/csh.login", "/etc/environment", "/etc/profile.d/*"}, most: 0o055, owners: root, linked: true},
	}},
	{"ssh", checks.Say("SSH 配置与密钥", "SSH configuration and keys"), []rule{
		{paths: []string{"/etc/ssh", "/etc/ssh/sshd_config.d", "/etc/ssh/ssh_config.d"}, most: 0o055, owners: root},
		{paths: []string{"/etc/ssh/sshd_config"}, most: 0, owners: root},
		{paths: []string{"/etc/ssh/sshd_config.d/*"}, most: 0, owners: root, linked: true},
		{paths: []string{"/etc/ssh/*.pub", "/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d/*", "/etc/ssh/moduli"}, most: 0o044, owners: root, linked: true},
		{paths: []string{"/etc/ssh/ssh_host_*_key"}, most: 0o040, owners: root, groups: []string{"root", "0", "ssh_keys"}},
		{paths: []string{"/root/.ssh"}, most: 0, owners: root},
		{paths: []string{"/root/.ssh/authorized_keys*", "/root/.ssh/*.pub", "/root/.ssh/known_hosts"}, most: 0o044, owners: root},
		{paths: []string{"/root/.ssh/*"}, most: 0, owners: root},
	}},
	{"scheduled jobs", checks.Say("计划任务", "scheduled jobs"), []rule{
		{paths: []string{"/etc/crontab", "/etc/anacrontab"}, most: 0, owners: root},
		{paths: []string{"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly"}, most: 0, owners: root},
		{paths: []string{"/var/spool/cron"}, most: 0o055, owners: root},
		{paths: []string{"/etc/cron.allow", "/etc/cron.deny", "/etc/at.allow", "/etc/at.deny"}, most: 0o040, owners: root, groups: []string{"root", "0", "crontab", "daemon"}},
		{paths: []string{"/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*"}, most: 0o055, owners: root, linked: true},
		{paths: []string{"/var/spool/cron/crontabs"}, most: 0o030, owners: root, groups: []string{"root", "0", "crontab"}},
		{paths: []string{"/var/spool/cron/crontabs/*", "/var/spool/cron/*"}, most: 0},
	}},
	{"boot", checks.Say("引导与内核配置", "boot and kernel configuration"), []rule{
		{paths: []string{"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/efi/EFI/*/grub.cfg", "/boot/grub2/user.cfg", "/boot/grub/user.cfg", "/boot/efi/EFI/*/user.cfg"}, most: 0, owners: root},
		{paths: []string{"/boot", "/boot/grub", "/boot/grub2", "/etc/grub.d", "/etc/grub.d/*"}, most: 0o055, owners: root},
		{paths: []string{"/etc/default/grub", "/etc/sysctl.conf", "/etc/sysctl.d/*", "/etc/modprobe.d/*", "/etc/inittab", "/etc/fstab"}, most: 0o044, owners: root, linked: true},
	}},
	{"logs", checks.Say("日志与审计文件", "logs and the audit's files"), []rule{
		{paths: []string{"/var/log/audit", "/etc/audit", "/etc/audit/rules.d"}, most: 0o050, owners: root, groups: []string{"root", "0", "adm", "4"}},
		{paths: []string{"/var/log/audit/*", "/etc/audit/*", "/etc/audit/rules.d/*"}, most: 0o040, owners: root, groups: []string{"root", "0", "adm", "4"}},
		{paths: []string{"/var/log"}, most: 0o075, owners: logOwners, groups: logGroups},
		{paths: []string{"/var/log/wtmp", "/var/log/lastlog"}, most: 0o064, owners: root, groups: []string{"root", "0", "utmp"}},
		{paths: []string{"/var/log/btmp"}, most: 0o060, owners: root, groups: []string{"root", "0", "utmp"}},
		{paths: []string{"/var/log/messages", "/var/log/secure", "/var/log/syslog", "/var/log/auth.log", "/var/log/cron", "/var/log/maillog", "/var/log/kern.log", "/var/log/daemon.log"}, most: 0o040, owners: logOwners, groups: logGroups},
		{paths: []string{"/etc/rsyslog.conf", "/etc/rsyslog.d/*", "/etc/logrotate.conf", "/etc/logrotate.d/*", "/etc/systemd/journald.conf"}, most: 0o044, owners: root},
	}},
	{"secrets", checks.Say("含密钥的文件", "files that hold keys"), []rule{
		{paths: []string{"/etc/chrony.keys", "/etc/chrony/chrony.keys", "/etc/ntp/keys", "/etc/ntp.keys"}, most: 0o040, owners: root, groups: timeGroups},
		{paths: []string{"/etc/snmp/snmpd.conf", "/var/lib/net-snmp/snmpd.conf", "/var/lib/snmp/snmpd.conf"}, most: 0o040, groups: snmpGroups},
		{paths: []string{"/etc/krb5.keytab", "/etc/sssd/sssd.conf"}, most: 0, owners: append([]string{"sssd"}, root...)},
		{paths: []string{"/etc/ssl/private"}, most: 0o010, owners: root, groups: []string{"root", "0", "ssl-cert"}},
		{paths: []string{"/etc/ssl/private/*", "/etc/pki/tls/private/*"}, most: 0o040, owners: root, groups: []string{"root", "0", "ssl-cert"}},
	}},
	{"directories", checks.Say("系统目录", "system directories"), []rule{
		{paths: []string{"/", "/etc", "/usr", "/var", "/home", "/opt", "/srv", "/usr/local", "/etc/sysconfig", "/etc/systemd", "/etc/systemd/system"}, most: 0o055, owners: root},
		{paths: []string{"/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/local/bin", "/usr/local/sbin"}, most: 0o055, owners: root, linked: true},
		{paths: []string{"/root"}, most: 0o050, owners: root, groups: root},
		{paths: []string{"/tmp", "/var/tmp", "/dev/shm"}, most: 0o077, owners: root},
		{paths: []string{"/etc/hosts", "/etc/resolv.conf", "/etc/services", "/etc/exports", "/etc/ld.so.conf", "/etc/ld.so.preload", "/etc/selinux/config", "/etc/issue", "/etc/issue.net", "/etc/motd", "/etc/aliases"}, most: 0o044, owners: root, linked: true},
		{paths: []string{"/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/*", "/etc/rc.d/init.d/*", "/etc/systemd/system/*"}, most: 0o055, owners: root, linked: true},
	}},
}

// others is what is asked of an important path for which the table has no row: others may not change it.
var others = subject{"other files", checks.Say("其他重要文件", "other important files"), []rule{{most: 0o077, linked: true, special: true}}}

// find gives the subject and rule of a path.
func find(name string) (subject, rule) {
	for _, s := range table {
		for _, r := range s.rules {
			if slices.ContainsFunc(r.paths, func(p string) bool { ok, err := path.Match(p, name); return ok && err == nil }) {
				return s, r
			}
		}
	}
	return others, others.rules[0]
}

// upTo writes what a rule allows as chmod has it, with the owner's bits that people expect.
func (r rule) upTo(directory bool) string {
	own := uint32(0o600)
	if directory || r.most&0o011 != 0 {
		own = 0o700
	}
	return fmt.Sprintf("0%o", own|r.most)
}

// describe prints the table, for people.
func describe() *pb.Text {
	var zh, en strings.Builder
	for _, s := range table {
		fmt.Fprintf(&zh, "\n%s：", s.name.GetZh())
		fmt.Fprintf(&en, "\n%s:", s.name.GetEn())
		for _, r := range s.rules {
			fmt.Fprintf(&zh, "\n  %s  %s", bits(r.most), strings.Join(r.paths, " "))
			fmt.Fprintf(&en, "\n  %s  %s", bits(r.most), strings.Join(r.paths, " "))
			if r.owners != nil {
				fmt.Fprintf(&zh, "；属主 %s", names(r.owners))
				fmt.Fprintf(&en, "; owner %s", names(r.owners))
			}
			if r.groups != nil {
				fmt.Fprintf(&zh, "；属组 %s", names(r.groups))
				fmt.Fprintf(&en, "; group %s", names(r.groups))
			}
		}
	}
	return &pb.Text{Zh: zh.String(), En: en.String()}
}

// bits writes what group and others may have.
func bits(most uint32) string {
	letters := func(b uint32) string {
		out := []byte("---")
		for i, l := range []byte("rwx") {
			if b&(4>>i) != 0 {
				out[i] = l
			}
		}
		return string(out)
	}
	return "g=" + letters(most>>3) + " o=" + letters(most)
}

// names leaves out the numbers that stand for the same names.
func names(list []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(list), func(n string) bool { return n[0] >= '0' && n[0] <= '9' }), ", ")
}
