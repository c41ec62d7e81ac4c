package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// monitor is a product that notices changed files, and how it is found.
type monitor struct {
	name string
	// programs are its files, any of which shows that it is installed. processes and units are those of a daemon, jobs
	// and timers what starts it from time to time.
	programs, processes, units, jobs, timers []string
	// conf are its configurations, databases what it compares with, reports what a run writes.
	conf, databases, reports []string
	// covers reads what it watches and whether it tells somebody.
	covers func(lines []confLine) (paths []iniValue, alerts *confLine)
}

var monitors = []monitor{
	{name: "aide", programs: []string{"/usr/bin/aide", "/usr/sbin/aide"}, jobs: []string{"aide", "aide.wrapper", "dailyaidecheck"},
		timers: []string{"dailyaidecheck.timer", "aidecheck.timer", "aide.timer", "aide-check.timer"}, conf: []string{"/etc/aide.conf", "/etc/aide/aide.conf"},
		databases: []string{"/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz"}, reports: []string{"/var/log/aide/aide.log", "/var/log/aide.log"}, covers: aideCovers},
	{name: "tripwire", programs: []string{"/usr/sbin/tripwire"}, jobs: []string{"tripwire", "tripwire-check"}, conf: []string{"/etc/tripwire/twpol.txt"},
		databases: []string{"/var/lib/tripwire/*.twd"}, reports: []string{"/var/lib/tripwire/report/*.twr"}, covers: tripwireCovers},
	{name: "samhain", programs: []string{"/usr/sbin/samhain", "/usr/local/sbin/samhain"}, processes: []string{"samhain"}, units: []string{"samhain.service"},
		conf: []string{"/etc/samhain/samhainrc", "/etc/samhainrc"}, databases: []string{"/var/state/samhain/samhain_file", "/var/lib/samhain/samhain_file"}, covers: samhainCovers},
	{name: "wazuh", programs: []string{"/var/ossec/bin/wazuh-syscheckd", "/var/ossec/bin/ossec-syscheckd"}, processes: []string{"wazuh-syscheckd", "ossec-syscheckd"},
		units: []string{"wazuh-agent.service", "wazuh-manager.service", "ossec-hids.service", "ossec.service"}, conf: []string{"/var/ossec/etc/ossec.conf"},
		databases: []string{"/var/ossec/queue/fim/db/fim.db", "/var/ossec/queue/syscheck/syscheck"}, covers: ossecCovers},
}

// Programs that notice changed files.
var integrityTopic = topic{
	name:       "integrity",
	privileged: []string{"/etc/aide.conf", "/etc/aide/aide.conf", "/var/ossec/etc/ossec.conf", "glob /var/lib/aide/aide.db", "glob /var/lib/aide/aide.db.gz", "glob /var/spool/cron/*", "glob /var/spool/cron/crontabs/*"},
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), askJobs(a)...)
		r := &reader{Answers: a}
		for _, m := range monitors {
			out = append(out, globs(m.programs...)...)
			if !r.fileThere(m.programs...).GetValue() {
				continue
			}
			out = append(out, globs(m.databases...)...)
			out = append(out, globs(m.reports...)...)
			out = append(out, files(m.conf...)...)
		}
		out = append(out, globs("/etc/aide/aide.conf.d/*")...)
		return append(out, files(listed(a, "/etc/aide/aide.conf.d/*")...)...)
	},
	read: readIntegrity,
}

func readIntegrity(r *reader) {
	list := &pb.IntegrityMonitorList{}
	r.facts.IntegrityMonitors = list
	var gap *facts.Missing
	var looked []*pb.Evidence
	for _, m := range monitors {
		installed := r.fileThere(m.programs...)
		if !facts.Known(installed) {
			g := facts.LikeState(installed)
			gap = firstGap(gap, &g)
			continue
		}
		looked = append(looked, installed.GetEvidence()...)
		if installed.GetValue() {
			list.Items = append(list.Items, r.monitor(m, installed))
		}
	}
	settle(list, gap, looked...)
}

func (r *reader) monitor(m monitor, installed *pb.BoolFact) *pb.IntegrityMonitor {
	out := &pb.IntegrityMonitor{Scope: m.name, Installed: installed, BaselinePresent: r.fileThere(m.databases...)}
	if len(m.processes) > 0 {
		out.Active = r.works(m.processes, m.units)
	}
	if len(m.jobs) > 0 && !out.Active.GetValue() {
		out.Active = r.scheduled(m.jobs, m.timers)
	}
	out.LastRun = facts.Unknown(pb.Reason_REASON_NOT_FOUND, strings.Join(m.reports, ", ")).Time()
	for _, p := range m.reports {
		list, gap := entries(r.Answers, p)
		if gap != nil {
			out.LastRun = gap.Time()
		}
		for i, e := range list {
			if !facts.Known(out.LastRun) || e.Modified.After(out.LastRun.GetValue().AsTime()) {
				out.LastRun = facts.Time(e.Modified, r.Glob(p).Line(i+1, driver.FormatEntry(e)))
			}
		}
	}
	r.monitorCovers(m, out)
	return out
}

// monitorCovers states what a monitor watches.
func (r *reader) monitorCovers(m monitor, out *pb.IntegrityMonitor) {
	var c conf
	for _, p := range m.conf {
		c.add(r.File(p))
	}
	if m.name == "aide" {
		c.addListed(r.Answers, "/etc/aide/aide.conf.d/*")
	}
	if len(c.found) == 0 && c.gap == nil {
		c.lack(facts.Unknown(pb.Reason_REASON_NOT_FOUND, strings.Join(m.conf, ", ")))
	}
	if c.gap != nil {
		out.Covers, out.CoversPrograms, out.CoversLogs, out.Alerts = c.gap.Texts(), c.gap.Bool(), c.gap.Bool(), c.gap.Bool()
		return
	}
	paths, alerts := m.covers(c.lines)
	names := make([]string, 0, len(paths))
	seen := map[string]bool{}
	const most = 200
	for _, p := range paths {
		if !seen[p.value] && !strings.HasPrefix(p.value, "!") && len(names) < most {
			seen[p.value] = true
			names = append(names, p.value)
		}
	}
	out.Covers = facts.Texts(names, c.whole()...)
	out.CoversPrograms = covered(paths, c, "/usr/bin", "/usr/sbin")
	out.CoversLogs = covered(paths, c, "/var/log")
	out.Alerts = facts.Bool(false, c.whole()...)
	if alerts != nil {
		out.Alerts = facts.Bool(true, alerts.ev())
	}
}

// covered says whether each of the folders is watched, itself or from above, and not left out (a path with ! before it).
func covered(paths []iniValue, c conf, dirs ...string) *pb.BoolFact {
	var ev []*pb.Evidence
	for _, dir := range dirs {
		i := slices.IndexFunc(paths, func(p iniValue) bool {
			return p.value == "/" || p.value == dir || strings.HasPrefix(dir, cleanDir(p.value)+"/")
		})
		if i < 0 {
			return facts.Bool(false, c.whole()...)
		}
		if out := slices.IndexFunc(paths, func(p iniValue) bool { return p.value == "!"+dir || strings.HasPrefix("!"+dir, p.value+"/") }); out >= 0 {
			return facts.Bool(false, paths[out].at.ev())
		}
		ev = moreEvidence(ev, paths[i].at.ev())
	}
	return facts.Bool(true, ev...)
}

// aideCovers reads aide.conf: "/path GROUP" lines; "!/path" leaves out, "=/path" takes the folder without its content.
func aideCovers(lines []confLine) (paths []iniValue, alerts *confLine) {
	for _, l := range lines {
		f := strings.Fields(l.text)
		if len(f) == 0 {
			continue
		}
		switch {
		case strings.HasPrefix(f[0], "/") && len(f) >= 2:
			p := strings.TrimRight(strings.TrimSuffix(strings.ReplaceAll(f[0], "\\", ""), "$"), "/")
			paths = append(paths, iniValue{orDefault(p, "/"), l})
		case strings.HasPrefix(f[0], "!/"):
			// The rest is a regular expression; what it begins with is a folder or file.
			paths = append(paths, iniValue{"!" + strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(f[0][1:], "$"), ".*"), "/"), l})
		case strings.HasPrefix(strings.ToLower(l.text), "report_url=syslog"), strings.HasPrefix(strings.ToLower(l.text), "report_url = syslog"):
			alerts = &l
		}
	}
	return paths, alerts
}

// tripwireCovers reads a policy in clear text: "/path -> mask;"
func tripwireCovers(lines []confLine) (paths []iniValue, alerts *confLine) {
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if strings.Contains(text, "emailto") && !strings.HasPrefix(text, "#") {
			alerts = &l
		}
		if p, _, ok := strings.Cut(text, "->"); ok && strings.HasPrefix(text, "/") {
			paths = append(paths, iniValue{cleanDir(strings.Trim(strings.TrimSpace(p), `"`)), l})
		}
	}
	return paths, alerts
}

// samhainCovers reads samhainrc: "dir = 99/path", "file = /path".
func samhainCovers(lines []confLine) (paths []iniValue, alerts *confLine) {
	for _, l := range lines {
		key, value, ok := strings.Cut(strings.TrimSpace(l.text), "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case !ok || strings.HasPrefix(key, "#"):
		case key == "dir" || key == "file":
			if i := strings.IndexByte(value, '/'); i >= 0 {
				paths = append(paths, iniValue{cleanDir(value[i:]), l})
			}
		case key == "setmailaddress" || key == "setlogserver" || key == "syslogseverity" && value != "none":
			alerts = &l
		}
	}
	return paths, alerts
}

// ossecCovers reads the syscheck part of ossec.conf: <directories ...>/etc,/usr/bin</directories>. An agent tells its
// server whatever it finds.
func ossecCovers(lines []confLine) (paths []iniValue, alerts *confLine) {
	inside, comment := false, false
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		if strings.Contains(text, "<!--") {
			comment = !strings.Contains(text, "-->")
			continue
		}
		if comment {
			comment = !strings.Contains(text, "-->")
			continue
		}
		inside = inside && !strings.Contains(text, "</syscheck>") || strings.Contains(text, "<syscheck>")
		if inside && strings.Contains(text, "<disabled>yes") {
			return nil, alerts
		}
		if _, rest, ok := strings.Cut(text, "<directories"); ok && inside {
			_, list, _ := strings.Cut(rest, ">")
			list, _, _ = strings.Cut(list, "<")
			for _, p := range strings.Split(list, ",") {
				if p = strings.TrimSpace(p); strings.HasPrefix(p, "/") {
					paths = append(paths, iniValue{cleanDir(p), l})
				}
			}
		}
		if strings.Contains(text, "<address>") || strings.Contains(text, "<server-ip>") || strings.Contains(text, "<email_notification>yes") {
			alerts = &l
		}
	}
	return paths, alerts
}
