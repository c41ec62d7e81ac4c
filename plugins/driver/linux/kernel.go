package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// kernelSettings are the settings that bear on security.
var kernelSettings = []string{
	"fs.protected_hardlinks", "fs.protected_symlinks", "fs.suid_dumpable",
	"kernel.core_pattern", "kernel.core_uses_pid", "kernel.dmesg_restrict", "kernel.kptr_restrict", "kernel.modules_disabled", "kernel.randomize_va_space", "kernel.sysrq", "kernel.yama.ptrace_scope",
	"net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.all.accept_source_route", "net.ipv4.conf.all.log_martians", "net.ipv4.conf.all.rp_filter",
	"net.ipv4.conf.all.secure_redirects", "net.ipv4.conf.all.send_redirects",
	"net.ipv4.conf.default.accept_redirects", "net.ipv4.conf.default.accept_source_route", "net.ipv4.conf.default.rp_filter", "net.ipv4.conf.default.send_redirects",
	"net.ipv4.icmp_echo_ignore_broadcasts", "net.ipv4.icmp_ignore_bogus_error_responses", "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog",
	"net.ipv6.conf.all.accept_redirects", "net.ipv6.conf.all.accept_source_route", "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.forwarding",
	"vm.swappiness",
}

// bootSettings are words on the kernel's command line that bear on what is left in memory and on the audit.
var bootSettings = []string{"audit", "audit_backlog_limit", "init_on_alloc", "init_on_free", "page_poison", "slub_debug", "selinux", "enforcing", "apparmor", "security", "lockdown"}

var sysctlDirs = []string{"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"}

// The kernel's settings: of a running system what is in force, of an image what a start would set.
var kernelTopic = topic{
	name: "kernel",
	ask: func(a driver.Answers) []*question {
		out := askKernelCommandLine(a)
		for _, name := range kernelSettings {
			out = append(out, driver.File(procSys(name)))
		}
		if offline(a) {
			for _, dir := range sysctlDirs {
				out = append(out, globs(dir+"/*.conf")...)
			}
			paths, _ := dropIns(a, ".conf", sysctlDirs...)
			out = append(out, files(paths...)...)
		}
		return out
	},
	read: readKernel,
}

func procSys(name string) string { return "/proc/sys/" + strings.ReplaceAll(name, ".", "/") }

func readKernel(r *reader) {
	list := &pb.KernelSettingList{}
	r.facts.KernelSettings = list
	configured, gap := r.sysctlConf()
	var missed *facts.Missing
	for _, name := range kernelSettings {
		d := r.File(procSys(name))
		s := &pb.KernelSetting{Scope: name}
		switch v, ok := configured[name]; {
		case d.Whole():
			text := strings.ToValidUTF8(strings.TrimSpace(string(d.Answer.GetBody())), "\uFFFD")
			s.Value = facts.Text(text, d.Line(1, text))
		case d.NotFound() && !offline(r.Answers):
			continue // this kernel has no such setting
		case !offline(r.Answers):
			m := d.Unknown()
			s.Value, missed = m.Text(), firstGap(missed, &m)
		case gap != nil:
			s.Value = gap.Text()
		case ok:
			s.Value = facts.Text(v.value, v.at.ev())
		default:
			s.Value = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, name).Text()
		}
		list.Items = append(list.Items, s)
	}
	words, ev, cmdGap := r.kernelCommandLine()
	for _, w := range words {
		if name, value, _ := strings.Cut(w, "="); slices.Contains(bootSettings, name) {
			list.Items = append(list.Items, &pb.KernelSetting{Scope: "cmdline " + name, Value: facts.Text(value, ev[:min(len(ev), 3)]...)})
		}
	}
	settle(list, firstGap(missed, gap, cmdGap))
}

// sysctlConf reads what systemd-sysctl would set: files by name, the last line for a setting counts. /etc/sysctl.conf
// counts only where a link among them leads to it, as the distributions make one.
func (r *reader) sysctlConf() (map[string]iniValue, *facts.Missing) {
	out := map[string]iniValue{}
	if !offline(r.Answers) {
		return out, nil
	}
	paths, gap := dropIns(r.Answers, ".conf", sysctlDirs...)
	var c conf
	if gap != nil {
		c.lack(*gap)
	}
	for _, p := range paths {
		c.add(r.File(p))
	}
	for _, l := range c.lines {
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(text, "-"), "=")
		if !ok {
			continue
		}
		name = strings.TrimSpace(name)
		// Names may be written with slashes; then dots belong to a name.
		if i := strings.IndexAny(name, "./"); i >= 0 && name[i] == '/' {
			name = strings.ReplaceAll(name, "/", ".")
		}
		out[name] = iniValue{strings.TrimSpace(value), l}
	}
	return out, c.gap
}
