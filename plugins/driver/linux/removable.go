package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// modprobeDirs are where modprobe looks; an earlier folder hides a later one's file.
var modprobeDirs = []string{"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"}

var (
	udevDirs     = []string{"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d"}
	desktopMount = []string{"/usr/libexec/gvfs-udisks2-volume-monitor", "/usr/lib/gvfs/gvfs-udisks2-volume-monitor"}
)

const (
	usbguardConf  = "/etc/usbguard/usbguard-daemon.conf"
	usbguardRules = "/etc/usbguard/rules.conf"
)

// Removable media: whether USB storage can be used, and is mounted by itself.
var removableTopic = topic{
	name:       "removable",
	privileged: []string{usbguardConf, usbguardRules},
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), driver.Probe(pluginpb.Probe_PROBE_HOST))
		for _, dir := range modprobeDirs {
			out = append(out, globs(dir+"/*.conf")...)
		}
		for _, dir := range udevDirs {
			out = append(out, globs(dir+"/*.rules")...)
		}
		mod, _ := dropIns(a, ".conf", modprobeDirs...)
		rules, _ := dropIns(a, ".rules", udevDirs...)
		out = append(out, files(append(mod, rules...)...)...)
		out = append(out, files("/proc/modules", usbguardConf, usbguardRules)...)
		if b := builtinModules(a); b != "" {
			out = append(out, files(b)...)
		}
		return append(out, globs(desktopMount...)...)
	},
	read: readRemovable,
}

// builtinModules is the list of what is part of the running kernel itself.
func builtinModules(a driver.Answers) string {
	records, _ := a.Probe(pluginpb.Probe_PROBE_HOST).Records()
	if len(records) == 0 || strings.ContainsAny(records[0].Get("kernel"), "/*?[") || records[0].Get("kernel") == "" {
		return ""
	}
	return "/lib/modules/" + records[0].Get("kernel") + "/modules.builtin"
}

func readRemovable(r *reader) {
	s := &pb.RemovableStorage{}
	r.facts.RemovableStorage = s
	r.automount(s)
	var unknown *pb.BoolFact
	for _, way := range []struct {
		mechanism string
		blocks    func() *pb.BoolFact
	}{{"module-blacklist", r.moduleBlocked}, {"usbguard", r.usbguard}, {"udev", r.udevBlocks}} {
		f := way.blocks()
		switch {
		case f.GetValue():
			s.Blocked, s.Mechanism = f, facts.Text(way.mechanism, f.GetEvidence()...)
			return
		case !facts.Known(f) && unknown == nil:
			unknown = f
		case s.Blocked == nil && facts.Known(f):
			s.Blocked = f
		}
	}
	if unknown != nil {
		s.Blocked, s.Mechanism = unknown, facts.LikeState(unknown).Text()
		return
	}
	s.Mechanism = facts.Text("none", s.Blocked.GetEvidence()...)
}

// moduleBlocked says whether the kernel is kept from loading the driver of USB storage. A blacklist stops the loading by
// itself when a device is plugged in; the driver for faster devices needs the same line, for it pulls the other in.
func (r *reader) moduleBlocked() *pb.BoolFact {
	var c conf
	paths, gap := dropIns(r.Answers, ".conf", modprobeDirs...)
	if gap != nil {
		c.lack(*gap)
	}
	for _, p := range paths {
		c.add(r.File(p))
	}
	var installed, storage, uas *confLine
	for _, l := range c.lines {
		f := strings.Fields(l.text)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") {
			continue
		}
		module := strings.ReplaceAll(f[1], "_", "-")
		switch {
		case f[0] == "install" && module == "usb-storage":
			installed = nil
			if len(f) >= 3 && slices.Contains([]string{"/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false"}, f[2]) {
				installed = &l
			}
		case f[0] == "blacklist" && module == "usb-storage":
			storage = &l
		case f[0] == "blacklist" && module == "uas":
			uas = &l
		}
	}
	var ev []*pb.Evidence
	switch {
	case installed != nil:
		ev = []*pb.Evidence{installed.ev()}
	case storage != nil && uas != nil:
		ev = []*pb.Evidence{storage.ev(), uas.ev()}
	case c.gap != nil:
		return c.gap.Bool()
	case storage != nil:
		return facts.Bool(false, storage.ev())
	default:
		return facts.Bool(false, c.whole()...)
	}
	return r.moduleStillThere(ev)
}

// moduleStillThere looks for the driver where modprobe's settings do not reach: already loaded, or part of the kernel.
func (r *reader) moduleStillThere(ev []*pb.Evidence) *pb.BoolFact {
	loaded := r.File("/proc/modules")
	for n, line := range loaded.Lines() {
		if name, _, _ := strings.Cut(line, " "); name == "usb_storage" {
			return facts.Bool(false, append(ev, loaded.Line(n, line))...)
		}
	}
	if b := builtinModules(r.Answers); b != "" {
		d := r.File(b)
		for n, line := range d.Lines() {
			if strings.HasSuffix(line, "/usb-storage.ko") {
				return facts.Bool(false, append(ev, d.Line(n, line))...)
			}
		}
	}
	if !loaded.Whole() && !loaded.NotFound() && !offline(r.Answers) {
		return loaded.Unknown().Bool()
	}
	return facts.Bool(true, ev...)
}

// usbguard says whether its daemon works and refuses devices that no rule allows.
func (r *reader) usbguard() *pb.BoolFact {
	works := r.works([]string{"usbguard-daemon"}, []string{"usbguard.service"})
	if !works.GetValue() {
		return works
	}
	d, rules := r.File(usbguardConf), r.File(usbguardRules)
	if !d.Whole() {
		return d.Unknown().Bool()
	}
	ev := works.GetEvidence()
	target := keyValues(d)["implicitpolicytarget"]
	switch {
	case target.value == "":
		ev = append(ev, facts.Default("usbguard-daemon.conf(5), ImplicitPolicyTarget: the default is block"))
	case target.value == "allow":
		return facts.Bool(false, target.at.ev())
	default:
		ev = append(ev, target.at.ev())
	}
	if !rules.Whole() && !rules.NotFound() {
		return rules.Unknown().Bool()
	}
	for _, l := range linesOf(rules) {
		f := strings.Fields(l.text)
		// A rule that allows a whole kind of device and names none.
		if len(f) > 0 && f[0] == "allow" && !strings.Contains(l.text, "id ") && !strings.Contains(l.text, "serial") && !strings.Contains(l.text, "hash") &&
			(len(f) == 1 || strings.Contains(l.text, "08:") || strings.Contains(l.text, "*:*:*")) {
			return facts.Bool(false, l.ev())
		}
	}
	return facts.Bool(true, ev...)
}

// udevBlocks looks for a rule that refuses every device of the class of storage.
func (r *reader) udevBlocks() *pb.BoolFact {
	var c conf
	paths, gap := dropIns(r.Answers, ".rules", udevDirs...)
	if gap != nil {
		c.lack(*gap)
	}
	for _, p := range paths {
		c.add(r.File(p))
	}
	for _, l := range c.lines {
		text := strings.ReplaceAll(l.text, " ", "")
		if strings.HasPrefix(text, "#") || !strings.Contains(text, `{authorized}="0"`) {
			continue
		}
		if strings.Contains(text, `{bInterfaceClass}=="08"`) || strings.Contains(text, `DRIVERS=="usb-storage"`) {
			return facts.Bool(true, l.ev())
		}
	}
	if c.gap != nil {
		return c.gap.Bool()
	}
	return facts.Bool(false, c.whole()...)
}

// automount states whether media are mounted without anybody's doing: by autofs or a desktop.
func (r *reader) automount(s *pb.RemovableStorage) {
	autofs := r.works([]string{"automount"}, []string{"autofs.service"})
	desktop := r.fileThere(desktopMount...)
	for _, f := range []*pb.BoolFact{autofs, desktop} {
		if f.GetValue() {
			s.Automount = f
			return
		}
	}
	for _, f := range []*pb.BoolFact{autofs, desktop} {
		if !facts.Known(f) {
			s.Automount = f
			return
		}
	}
	s.Automount = facts.Bool(false, append(autofs.GetEvidence(), desktop.GetEvidence()...)...)
}
