package linux

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// listUnits shows what the service manager has loaded. Which units start at boot is read from the folders instead:
// that is the same in an image.
const listUnits = "systemctl list-units --all --full --no-legend --no-pager --plain --type=service,socket,timer,path"

var servicesTopic = topic{
	name:     "services",
	commands: []string{listUnits},
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), commands(listUnits)...)
		for _, dir := range unitDirs {
			out = append(out, globs(dir+"/*.service.d/*.conf")...)
		}
		out = append(out, askInetd(a)...)
		for _, name := range unitsRead {
			out = append(out, files(unitTexts(a, name)...)...)
		}
		return out
	},
	read: readServices,
}

// unitsRead are the units whose files are read: how the log daemons come back, and how sshd is started.
var unitsRead = []string{
	"auditd.service", "rsyslog.service", "syslog-ng.service", "systemd-journald.service", "ssh.service", "sshd.service",
}

// unitKinds are the kinds of units that are services to people.
var unitKinds = []string{".service", ".socket", ".timer", ".path"}

// endTargets are reached only when the system stops or is repaired.
var endTargets = []string{"rescue", "emergency", "poweroff", "reboot", "halt", "kexec", "shutdown", "umount", "initrd"}

// A unitState is a unit as the folders and the service manager show it.
type unitState struct {
	file, masked *pb.Evidence
	// wanted is the link by which something starts it; alias the link that switching it on made besides.
	wanted, alias *pb.Evidence
	// init is the link that starts an init script of this name.
	init   *pb.Evidence
	loaded *pb.Evidence
	active bool
}

// A unitTable is every unit that was seen; the gaps say why there may be more.
type unitTable struct {
	units     map[string]*unitState
	templates map[string]bool
	// gap is about what exists and starts at boot, loadedGap about what runs.
	gap, loadedGap *facts.Missing
	folders        []*pb.Evidence
}

func (t unitTable) get(name string) *unitState {
	u := t.units[name]
	if u == nil {
		u = &unitState{}
		t.units[name] = u
	}
	return u
}

// readUnits puts the table together.
func readUnits(a driver.Answers) unitTable {
	t := unitTable{units: map[string]*unitState{}, templates: map[string]bool{}}
	for _, dir := range unitDirs {
		if dir == "/lib/systemd/system" && !separateLib(a) {
			continue
		}
		t.readFolder(a, dir)
	}
	wants := map[string]bool{}
	for _, dir := range unitDirs {
		if dir == "/lib/systemd/system" && !separateLib(a) {
			continue
		}
		t.readWants(a, dir, ".wants", wants)
		t.readWants(a, dir, ".requires", wants)
	}
	t.readInitLinks(a)
	t.readLoaded(a.Command(listUnits))
	return t
}

func isUnit(name string) bool {
	return slices.Contains(unitKinds, path.Ext(name)) && templateOf(name) != name
}

// templateOf gives the template of which a unit is an instance: getty@.service for getty@tty1.service; "" for others.
func templateOf(name string) string {
	stem, _, ok := strings.Cut(name, "@")
	if !ok {
		return ""
	}
	return stem + "@" + path.Ext(name)
}

func (t *unitTable) readFolder(a driver.Answers, dir string) {
	doc := a.Glob(dir + "/*")
	list, gap := entries(a, dir+"/*")
	t.gap = firstGap(t.gap, gap)
	if len(list) > 0 {
		t.folders = append(t.folders, doc.All())
	}
	for i, e := range list {
		name := path.Base(e.Path)
		if templateOf(name) == name {
			t.templates[name] = true
		}
		if !isUnit(name) || e.Kind == "directory" {
			continue
		}
		ev := doc.Line(i+1, driver.FormatEntry(e))
		if target := path.Base(e.Target); e.Kind == "link" && e.Target != "/dev/null" && target != name {
			// An alias. One that an administrator's folder holds was made by switching the unit on.
			if dir == "/etc/systemd/system" && isUnit(target) {
				t.get(target).alias = ev
			}
			continue
		}
		u := t.get(name)
		switch {
		case u.file != nil || u.masked != nil:
		case e.Target == "/dev/null":
			u.masked = ev
		default:
			u.file = ev
		}
	}
}

func (t *unitTable) readWants(a driver.Answers, dir, kind string, seen map[string]bool) {
	pattern := dir + "/*" + kind + "/*"
	list, gap := entries(a, pattern)
	t.gap = firstGap(t.gap, gap)
	for i, e := range list {
		name, by := path.Base(e.Path), strings.TrimSuffix(path.Base(path.Dir(e.Path)), kind)
		key := by + kind + "/" + name
		stem, _, _ := strings.Cut(by, ".")
		if !isUnit(name) || seen[key] || slices.ContainsFunc(endTargets, func(s string) bool { return strings.HasPrefix(stem, s) }) {
			continue
		}
		seen[key] = true // what an earlier folder says counts, a link to /dev/null too
		if u := t.get(name); u.wanted == nil && e.Target != "/dev/null" {
			u.wanted = a.Glob(pattern).Line(i+1, driver.FormatEntry(e))
		}
	}
}

func (t *unitTable) readInitLinks(a driver.Answers) {
	list, gap := entries(a, sysvLinks)
	t.gap = firstGap(t.gap, gap)
	for i, e := range list {
		script := path.Base(e.Path)
		if len(script) <= 3 {
			continue
		}
		if u := t.get(script[3:] + ".service"); u.file == nil && u.masked == nil && u.init == nil {
			u.init = a.Glob(sysvLinks).Line(i+1, driver.FormatEntry(e))
		}
	}
}

func (t *unitTable) readLoaded(d driver.Document) {
	if !d.Whole() {
		m := d.Unknown()
		t.loadedGap = &m
	}
	for _, l := range linesOf(d) {
		w := strings.Fields(strings.TrimLeft(l.text, "●*○× \t"))
		if len(w) == 0 {
			continue
		}
		if len(w) < 4 || !strings.Contains(w[0], ".") {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, d.Source, l.ev())
			t.loadedGap = firstGap(t.loadedGap, &m)
			continue
		}
		if name, load := w[0], w[1]; load != "not-found" && slices.Contains(unitKinds, path.Ext(name)) {
			u := t.get(name)
			u.loaded, u.active = l.ev(), w[2] == "active"
		}
	}
}

// knownStopped says that the service manager lists a unit and does not run it: its program need not be asked anything.
func knownStopped(a driver.Answers, unit string) bool {
	for _, line := range a.Command(listUnits).Lines() {
		if strings.Contains(line, unit) {
			w := strings.Fields(strings.TrimLeft(line, "●*○× \t"))
			return len(w) > 2 && w[0] == unit && w[2] != "active"
		}
	}
	return false
}

// enabled says whether the unit starts by itself.
func (u *unitState) enabled(name string, t unitTable) *pb.BoolFact {
	switch {
	case u.masked != nil:
		return facts.Bool(false, u.masked)
	case u.init != nil:
		return facts.Bool(true, u.init)
	case u.wanted != nil && (u.file != nil || u.loaded != nil || t.gap != nil || t.templates[templateOf(name)]):
		return facts.Bool(true, u.wanted)
	case u.wanted != nil:
		return facts.Bool(false, u.wanted) // a link that leads nowhere
	case u.alias != nil:
		return facts.Bool(true, u.alias)
	case t.gap != nil:
		return t.gap.Bool()
	case u.file != nil:
		return facts.Bool(false, u.file)
	}
	// It was made at run time: nothing on disk starts it.
	return facts.NotApplicable(u.loaded).Bool()
}

// runs says whether the unit runs now.
func (u *unitState) runs(t unitTable, d driver.Document) *pb.BoolFact {
	switch {
	case u.loaded != nil:
		return facts.Bool(u.active, u.loaded)
	case t.loadedGap != nil:
		return t.loadedGap.Bool()
	}
	return facts.Bool(false, d.All())
}

// unitPath finds the file of one unit, without reading all the listings; "" if there is none or it is masked.
func unitPath(a driver.Answers, name string) string {
	for _, dir := range unitDirs {
		file := dir + "/" + name
		body := a.Glob(dir + "/*").Answer.GetBody()
		at := bytes.Index(body, []byte(strconv.Quote(file)))
		if at < 0 || dir == "/lib/systemd/system" && !separateLib(a) {
			continue
		}
		line := body[bytes.LastIndexByte(body[:at], '\n')+1:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		if e, err := driver.ParseEntry(string(line)); err != nil || e.Path != file || e.Target == "/dev/null" {
			return ""
		}
		return file
	}
	return ""
}

// unitTexts are the files that make up a unit, in order.
func unitTexts(a driver.Answers, name string) []string {
	file := unitPath(a, name)
	if file == "" {
		return nil
	}
	byName := map[string]string{}
	for _, dir := range unitDirs {
		list, _ := entries(a, dir+"/*.service.d/*.conf")
		for _, e := range list {
			if base := path.Base(e.Path); path.Base(path.Dir(e.Path)) == name+".d" && byName[base] == "" {
				byName[base] = e.Path
			}
		}
	}
	out := []string{file}
	for _, n := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[n])
	}
	return out
}

// unitText reads a unit with its drop-ins; nil if there is no such unit.
func unitText(a driver.Answers, name string) (ini, *conf) {
	paths := unitTexts(a, name)
	if len(paths) == 0 {
		return nil, nil
	}
	var c conf
	for _, dir := range unitDirs {
		if _, gap := entries(a, dir+"/*.service.d/*.conf"); gap != nil && (dir != "/lib/systemd/system" || separateLib(a)) {
			c.lack(*gap)
		}
	}
	for _, p := range paths {
		if d := a.File(p); !c.add(d) && c.gap == nil {
			c.lack(d.Unknown())
		}
	}
	settings, _ := parseIni(c.lines)
	return settings, &c
}

func readServices(r *reader) {
	t := readUnits(r.Answers)
	inetd, inetdGap := readInetd(r)
	list := &pb.ServiceList{}
	settle(list, firstGap(t.gap, inetdGap), t.folders...)
	for _, name := range slices.Sorted(maps.Keys(t.units)) {
		u := t.units[name]
		if u.file == nil && u.masked == nil && u.loaded == nil && u.wanted == nil && u.init == nil {
			continue // an alias of what is not there
		}
		s := &pb.Service{Scope: name, Enabled: u.enabled(name, t), Running: u.runs(t, r.Command(listUnits))}
		if slices.Contains(unitsRead, name) {
			protection(r.Answers, s)
		}
		list.Items = append(list.Items, s)
	}
	for _, s := range inetd {
		list.Items = append(list.Items, &pb.Service{Scope: "inetd " + s.name, Enabled: s.enabled})
	}
	if len(list.Items) == 0 && list.State == pb.FactState_FACT_STATE_KNOWN {
		settle(list, ptr(facts.Unknown(pb.Reason_REASON_NOT_FOUND, "systemd units")))
	}
	r.facts.Services = list
}

// protection states what happens when the unit stops and who may stop it.
func protection(a driver.Answers, s *pb.Service) {
	settings, c := unitText(a, s.Scope)
	switch {
	case c == nil:
		return
	case c.gap != nil:
		s.Restart, s.ManualStopRefused = c.gap.Text(), c.gap.Bool()
		return
	}
	s.Restart = facts.Text("no", append(c.whole(), facts.Default("systemd.service(5), systemd 219 and later, Restart="))...)
	if v, ok := settings.last("Service.Restart"); ok {
		s.Restart = facts.Text(v.value, v.at.ev())
	}
	s.ManualStopRefused = facts.Bool(false, append(c.whole(), facts.Default("systemd.unit(5), systemd 219 and later, RefuseManualStop="))...)
	if v, ok := settings.last("Unit.RefuseManualStop"); ok {
		refused, understood := systemdBool(v.value)
		s.ManualStopRefused = facts.Bool(refused, v.at.ev())
		if !understood {
			s.ManualStopRefused = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.value, v.at.ev()).Bool()
		}
	}
}
