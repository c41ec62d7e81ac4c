package linux

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	auditStatus = "auditctl -s"
	auditList   = "auditctl -l"
	auditdConf  = "/etc/audit/auditd.conf"
	auditdUnit  = "auditd.service"
)

// The kernel's audit: what it records now, or, of an image, what it would record after a start.
var auditTopic = topic{
	name:       "audit",
	commands:   []string{auditStatus, auditList},
	privileged: []string{auditStatus, auditList, auditdConf, "/etc/audit/audit.rules", "glob /etc/audit/rules.d/*.rules", "glob /var/log/audit/*"},
	ask:        askAudit,
	read:       readAudit,
}

func askAudit(a driver.Answers) []*question {
	out := append(askDaemons(a), commands(auditStatus, auditList)...)
	out = append(out, driver.Probe(pluginpb.Probe_PROBE_HOST))
	out = append(out, globs("/usr/sbin/auditd", "/sbin/auditd", "/etc/gshadow", "/etc/audit/rules.d/*.rules", "/var/log/audit", "/var/log/audit/*",
		"/etc/audit/plugins.d/*.conf", "/etc/audisp/plugins.d/*.conf")...)
	out = append(out, askKernelCommandLine(a)...)
	out = append(out, files(auditdConf, "/etc/audit/audit.rules", "/etc/audit/audisp-remote.conf", "/etc/audisp/audisp-remote.conf",
		"/etc/systemd/system/auditd.service", "/usr/lib/systemd/system/auditd.service", "/lib/systemd/system/auditd.service")...)
	for _, pattern := range []string{"/etc/audit/rules.d/*.rules", "/etc/audit/plugins.d/*.conf", "/etc/audisp/plugins.d/*.conf"} {
		out = append(out, files(listed(a, pattern)...)...)
	}
	return append(out, askOldest(a, "/var/log/audit/audit.log")...)
}

// audit is what the topic works out once and states several times.
type audit struct {
	// on: it records now; of an image: it will.
	on *pb.BoolFact
	// conf is auditd.conf.
	conf    map[string]iniValue
	confGap *facts.Missing
	// rules are those in force, with what they were read from.
	rules    auditRules
	rulesGap *facts.Missing
	source   []*pb.Evidence
	settings auditSettings
	status   map[string]iniValue
}

func readAudit(r *reader) {
	a := &audit{}
	a.conf, a.confGap = r.auditdConf()
	a.status = r.auditStatus()
	trail := r.auditTrail(a)
	r.facts.AuditTrail = trail
	a.on = trail.GetActive()
	if offline(r.Answers) {
		a.on = trail.GetEnabledAtBoot()
	}
	r.loadedAuditRules(a)
	r.auditSettings(a, trail)
	r.auditEvents(a, trail)
	r.auditStore(a)
	r.auditTargets(a)
}

// auditdConf reads auditd.conf: one "name = value" a line, names in any case.
func (r *reader) auditdConf() (map[string]iniValue, *facts.Missing) {
	d := r.File(auditdConf)
	out := map[string]iniValue{}
	for _, l := range linesOf(d) {
		text := strings.TrimSpace(l.text)
		if text == "" || text[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			r.miss(d, l.n, l.text)
			continue
		}
		out[strings.ToLower(strings.TrimSpace(name))] = iniValue{strings.TrimSpace(value), l}
	}
	if !d.Whole() {
		m := d.Unknown()
		return out, &m
	}
	return out, nil
}

// auditStatus reads auditctl -s: one "name value" a line.
func (r *reader) auditStatus() map[string]iniValue {
	out := map[string]iniValue{}
	for _, l := range linesOf(r.Command(auditStatus)) {
		if f := strings.Fields(l.text); len(f) >= 2 {
			out[f[0]] = iniValue{f[1], l}
		}
	}
	return out
}

// auditInstalled says whether the daemon's program is there; nil if that cannot be told.
func (r *reader) auditInstalled() *pb.BoolFact {
	var gap *facts.Missing
	for _, p := range []string{"/usr/sbin/auditd", "/sbin/auditd"} {
		_, ok, g := entry(r.Answers, p)
		if ok {
			return facts.Bool(true, r.Glob(p).All())
		}
		gap = firstGap(gap, g)
	}
	if gap != nil {
		return gap.Bool()
	}
	return facts.Bool(false, r.Glob("/usr/sbin/auditd").All(), r.Glob("/sbin/auditd").All())
}

// auditTrail states whether the audit is on and how it starts.
func (r *reader) auditTrail(a *audit) *pb.AuditTrail {
	t := &pb.AuditTrail{}
	installed := r.auditInstalled()
	absent := facts.Known(installed) && !installed.GetValue()
	d := r.Command(auditStatus)
	enabled, pid := a.status["enabled"], a.status["pid"]
	switch {
	case enabled.value != "" && pid.value != "":
		on := enabled.value != "0" && pid.value != "0"
		t.Active = facts.Bool(on, enabled.at.ev(), pid.at.ev())
		if lost, err := strconv.ParseInt(a.status["lost"].value, 10, 64); err == nil {
			t.Lost = facts.Int(lost, a.status["lost"].at.ev())
		}
	case absent && !offline(r.Answers):
		// Other programs can take the kernel's records in auditd's place; with none of them there is no audit.
		t.Active = r.running("auditd", "auditbeat", "osqueryd", "go-audit")
		if t.Active.GetValue() {
			t.Active = d.Unknown().Bool()
		}
	case d.Whole():
		t.Active = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, auditStatus, d.All()).Bool()
	default:
		t.Active = d.Unknown().Bool()
		if p := r.running("auditd", "auditbeat", "osqueryd", "go-audit"); facts.Known(p) && !p.GetValue() {
			t.Active = p
		}
	}
	if absent {
		t.EnabledAtBoot = installed
	} else {
		t.EnabledAtBoot = r.enabled(auditdUnit)
	}
	words, ev, gap := r.kernelCommandLine()
	switch {
	case slices.Contains(words, "audit=0"):
		t.EnabledAtBoot, t.FromBoot = facts.Bool(false, ev...), facts.Bool(false, ev...)
	case slices.Contains(words, "audit=1"):
		t.FromBoot = facts.Bool(true, ev...)
	case gap != nil:
		t.FromBoot = gap.Bool()
	default:
		t.FromBoot = facts.Bool(false, ev...)
	}
	return t
}

// askKernelCommandLine asks for the kernel's command line, and of an image for what the boot loader would give it.
func askKernelCommandLine(a driver.Answers) []*question {
	out := append(files("/proc/cmdline"), driver.Probe(pluginpb.Probe_PROBE_PROCESSES))
	if !offline(a) {
		return out
	}
	out = append(out, globs("/boot/loader/entries/*.conf")...)
	out = append(out, files(listed(a, "/boot/loader/entries/*.conf")...)...)
	return append(out, files("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/grub2/grubenv")...)
}

// kernelCommandLine gives the words that the kernel was started with, or, of an image, those that every ordinary boot
// entry has.
func (r *reader) kernelCommandLine() (words []string, ev []*pb.Evidence, gap *facts.Missing) {
	if d := r.File("/proc/cmdline"); d.Whole() && len(d.Answer.GetBody()) > 0 {
		for _, l := range linesOf(d) {
			words = append(words, strings.Fields(l.text)...)
			ev = append(ev, l.ev())
		}
		return words, ev, nil
	} else if !offline(r.Answers) {
		m := d.Unknown()
		return nil, nil, &m
	}
	const most = 500 // words that are looked at; a kernel takes 4096 bytes
	lines, gap := r.bootEntries()
	for i, l := range lines {
		f := strings.Fields(l.text)
		f = f[:min(len(f), most)]
		ev = append(ev, l.ev())
		if i == 0 {
			words = f
			continue
		}
		words = slices.DeleteFunc(words, func(w string) bool { return !slices.Contains(f, w) })
	}
	if len(lines) == 0 && gap == nil {
		m := facts.Unknown(pb.Reason_REASON_OFFLINE, "/proc/cmdline")
		gap = &m
	}
	return words, ev, gap
}

// bootEntries gives the lines by which the boot loader starts Linux, rescue entries left out.
func (r *reader) bootEntries() (lines []confLine, gap *facts.Missing) {
	rescue := func(s string) bool {
		return slices.ContainsFunc(strings.Fields(s), func(w string) bool {
			return w == "single" || w == "recovery" || w == "rescue" || strings.HasPrefix(w, "systemd.unit=rescue") || strings.Contains(w, "-rescue-")
		})
	}
	env := ""
	for _, l := range linesOf(r.File("/boot/grub2/grubenv")) {
		if v, ok := strings.CutPrefix(l.text, "kernelopts="); ok {
			env = v
		}
	}
	docs := []driver.Document{r.File("/boot/grub/grub.cfg"), r.File("/boot/grub2/grub.cfg")}
	for _, p := range listed(r.Answers, "/boot/loader/entries/*.conf") {
		if !strings.Contains(path.Base(p), "-rescue") {
			docs = append(docs, r.File(p))
		}
	}
	_, gap = entries(r.Answers, "/boot/loader/entries/*.conf")
	for _, d := range docs {
		if d.NotFound() {
			continue
		}
		if !d.Whole() {
			m := d.Unknown()
			gap = firstGap(gap, &m)
		}
		for _, l := range linesOf(d) {
			f := strings.Fields(l.text)
			if len(f) > 1 && slices.Contains([]string{"linux", "linux16", "linuxefi", "options"}, f[0]) && !rescue(l.text) {
				l.text = strings.ReplaceAll(l.text, "$kernelopts", env)
				// A menu that takes its entries from elsewhere has a title line named linux with a path; BLS has it too.
				if f[0] != "linux" || len(f) > 2 {
					lines = append(lines, l)
				}
			}
		}
	}
	return lines, gap
}

// loadedAuditRules finds the rules that count: those of the kernel, or, of an image, those that a start would load.
func (r *reader) loadedAuditRules(a *audit) {
	a.rules.widths = r.programWidths()
	boot, bootGap := r.bootAuditRules()
	_, a.settings, _ = parseAuditRules(boot.lines)
	if offline(r.Answers) {
		var odd []confLine
		a.rules.list, a.settings, odd = parseAuditRules(boot.lines)
		a.source, a.rulesGap = boot.whole(), bootGap
		for _, l := range odd {
			r.miss(l.doc, l.n, l.text)
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, facts.Where(l.ev()), l.ev())
			a.rulesGap = firstGap(a.rulesGap, &m)
		}
		return
	}
	d := r.Command(auditList)
	var odd []confLine
	a.rules.list, _, odd = parseAuditRules(linesOf(d))
	a.source = []*pb.Evidence{d.All()}
	if !d.Whole() {
		m := d.Unknown()
		a.rulesGap = &m
	}
	for _, l := range odd {
		r.miss(l.doc, l.n, l.text)
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, facts.Where(l.ev()), l.ev())
		a.rulesGap = firstGap(a.rulesGap, &m)
	}
}

// bootAuditRules gives the rules files in the order in which a start loads them: augenrules puts rules.d together, in
// the order of numbers in names, and what deletes all rules first and what locks them last.
func (r *reader) bootAuditRules() (conf, *facts.Missing) {
	var c conf
	paths := listed(r.Answers, "/etc/audit/rules.d/*.rules")
	if _, gap := entries(r.Answers, "/etc/audit/rules.d/*.rules"); gap != nil {
		c.lack(*gap)
	}
	if len(paths) == 0 || r.loadsAuditRulesItself() {
		c.add(r.File("/etc/audit/audit.rules"))
		return c, c.gap
	}
	slices.SortStableFunc(paths, versionOrder)
	for _, p := range paths {
		c.add(r.File(p))
	}
	var last []confLine
	c.lines = slices.DeleteFunc(c.lines, func(l confLine) bool {
		text := strings.TrimSpace(l.text)
		if strings.HasPrefix(text, "-e") {
			last = append(last, l)
		}
		return text == "-D" || strings.HasPrefix(text, "-e")
	})
	c.lines = append(c.lines, last...)
	return c, c.gap
}

// loadsAuditRulesItself says that the unit loads audit.rules as it is and not what augenrules makes of rules.d.
func (r *reader) loadsAuditRulesItself() bool {
	for _, dir := range []string{"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"} {
		d := r.File(dir + auditdUnit)
		if !d.Had() {
			continue
		}
		itself := false
		for _, l := range linesOf(d) {
			if text := strings.TrimSpace(l.text); strings.HasPrefix(text, "ExecStartPost=") {
				if strings.Contains(text, "augenrules") {
					return false
				}
				itself = itself || strings.Contains(text, "auditctl -R")
			}
		}
		return itself
	}
	return false
}

// versionOrder sorts as ls -v does: runs of digits by their number.
func versionOrder(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da != "" && db != "" {
			na, nb := strings.TrimLeft(da, "0"), strings.TrimLeft(db, "0")
			if c := cmp.Or(cmp.Compare(len(na), len(nb)), strings.Compare(na, nb)); c != 0 {
				return c
			}
			a, b = a[len(da):], b[len(db):]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) string {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i]
}

// programWidths: a 64-bit machine runs 32-bit programs too, unless its architecture has none. Of an image the
// architecture is not known; it is taken to be one of those.
func (r *reader) programWidths() []string {
	records, _ := r.Probe(pluginpb.Probe_PROBE_HOST).Records()
	for _, rec := range records {
		switch rec.Get("arch") {
		case "i386", "i486", "i586", "i686", "armv6l", "armv7l":
			return []string{"b32"}
		case "loongarch64", "riscv64", "sw_64", "ppc64le":
			return []string{"b64"}
		}
	}
	return []string{"b64", "b32"}
}

// auditSettings states what happens when records cannot be kept.
func (r *reader) auditSettings(a *audit, t *pb.AuditTrail) {
	if installed := r.auditInstalled(); facts.Known(installed) && !installed.GetValue() && !t.Active.GetValue() {
		none := facts.NotApplicable(installed.GetEvidence()...)
		t.Locked, t.OnFailure, t.OnDiskFull, t.OnDiskError = facts.Bool(false, installed.GetEvidence()...), none.Text(), none.Text(), none.Text()
		return
	}
	failures := map[string]string{"0": "silent", "1": "log", "2": "panic"}
	status := r.Command(auditStatus)
	switch {
	case a.status["failure"].value != "":
		v := a.status["failure"]
		t.OnFailure = word(failures, v)
		t.Locked = facts.Bool(a.status["enabled"].value == "2", a.status["enabled"].at.ev())
	case !offline(r.Answers):
		t.OnFailure, t.Locked = status.Unknown().Text(), status.Unknown().Bool()
		if facts.Known(t.Active) && !t.Active.GetValue() {
			t.Locked = t.Active
		}
	case a.rulesGap != nil:
		t.OnFailure, t.Locked = a.rulesGap.Text(), a.rulesGap.Bool()
	default:
		t.Locked = facts.Bool(false, a.source...)
		if a.settings.lock != nil {
			t.Locked = facts.Bool(a.settings.locked, a.settings.lock.ev())
		}
		t.OnFailure = facts.Text("log", facts.Default("auditctl(8), option -f: the default is 1, printk"))
		if a.settings.failure != nil {
			t.OnFailure = word(failures, iniValue{a.settings.failureMode, *a.settings.failure})
		}
	}
	t.OnDiskFull = a.action("disk_full_action")
	t.OnDiskError = a.action("disk_error_action")
}

func word(words map[string]string, v iniValue) *pb.TextFact {
	if w, ok := words[v.value]; ok {
		return facts.Text(w, v.at.ev())
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.value, v.at.ev()).Text()
}

// action reads one of auditd.conf's actions: ignore, syslog, rotate, email, exec, suspend, single, halt.
func (a *audit) action(name string) *pb.TextFact {
	v, ok := a.conf[name]
	switch {
	case ok:
		f := strings.Fields(strings.ToLower(v.value))
		if len(f) > 0 && slices.Contains([]string{"ignore", "syslog", "rotate", "email", "exec", "suspend", "single", "halt", "keep_logs"}, f[0]) {
			return facts.Text(f[0], v.at.ev())
		}
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, name+" = "+v.value, v.at.ev()).Text()
	case a.confGap != nil:
		return a.confGap.Text()
	}
	return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, auditdConf+": "+name, facts.Source(auditdConf)).Text()
}
