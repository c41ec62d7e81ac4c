package linux

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

type question = pluginpb.Question

// The places that say which units exist and which are started at boot, without asking the service manager: so the
// same answer is had from a running system and from an image.
var (
	unitDirs  = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}
	sysvLinks = "/etc/rc[2345].d/S*"
)

// bootTargets are what a normal start reaches. A unit that only another target wants does not start by itself.
var bootTargets = []string{
	"default.target", "multi-user.target", "graphical.target", "basic.target", "sysinit.target", "sockets.target",
	"timers.target", "paths.target", "local-fs.target", "remote-fs.target", "network.target", "network-online.target", "time-sync.target",
}

// askDaemons gives the questions that running and enabled need.
func askDaemons(a driver.Answers) []*question {
	out := append(globs("/lib", sysvLinks), driver.Probe(pluginpb.Probe_PROBE_PROCESSES))
	for _, dir := range unitDirs {
		if dir == "/lib/systemd/system" && !separateLib(a) {
			continue
		}
		out = append(out, globs(dir+"/*", dir+"/*.wants/*", dir+"/*.requires/*")...)
	}
	return out
}

// separateLib says that /lib is a folder of its own and not a link to /usr/lib.
func separateLib(a driver.Answers) bool {
	e, ok, _ := entry(a, "/lib")
	return ok && e.Kind == "directory"
}

// running says whether one of the programs runs.
func (r *reader) running(programs ...string) *pb.BoolFact {
	d := r.Probe(pluginpb.Probe_PROBE_PROCESSES)
	if !mentions(d, programs...) {
		return absentFrom(d)
	}
	records, err := d.Records()
	for i, rec := range records {
		name, exe := rec.Get("name"), path.Base(rec.Get("exe"))
		for _, p := range programs {
			// The kernel keeps 15 letters of a name.
			if name == p || exe == p || len(p) > 15 && name == p[:15] {
				return facts.Bool(true, d.Line(i+1, driver.FormatRecord(rec)))
			}
		}
	}
	if err != nil {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, err.Error()).Bool()
	}
	return absentFrom(d)
}

// mentions says whether one of the names, or its first 15 letters, stands anywhere in an answer. Most do not, and then
// its lines need not be read.
func mentions(d driver.Document, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return bytes.Contains(d.Answer.GetBody(), []byte(n[:min(len(n), 15)])) })
}

func absentFrom(d driver.Document) *pb.BoolFact {
	if !d.Whole() {
		return d.Unknown().Bool()
	}
	return facts.Bool(false, d.All())
}

// enabled says whether one of the units starts at boot. Units are full names (auditd.service); a name that the system
// does not have is passed over.
func (r *reader) enabled(units ...string) *pb.BoolFact {
	var gap *facts.Missing
	var seen []*pb.Evidence
	exists := false
	for _, unit := range units {
		file, masked, g := r.unitFile(unit)
		gap = firstGap(gap, g)
		if masked != nil {
			seen, exists = append(seen, masked), true
			continue
		}
		if file == nil {
			continue
		}
		exists = true
		seen = append(seen, file)
		if ev, g := r.wanted(unit); ev != nil {
			return facts.Bool(true, ev)
		} else if g != nil {
			gap = firstGap(gap, g)
		}
	}
	switch {
	case gap != nil:
		return gap.Bool()
	case !exists && !r.hasUnits():
		// A container's image, or a few files of a host: what starts there is decided elsewhere.
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no service manager in "+strings.Join(unitDirs[3:], ", ")).Bool()
	case !exists:
		return r.enabledBySysV(units)
	}
	return facts.Bool(false, seen...)
}

// unitFile finds the unit's file, or the link that masks it.
func (r *reader) unitFile(unit string) (file, masked *pb.Evidence, gap *facts.Missing) {
	for _, dir := range unitDirs {
		if dir == "/lib/systemd/system" && !separateLib(r.Answers) {
			continue
		}
		list, g := r.mentioning(dir+"/*", unit)
		gap = firstGap(gap, g)
		for i, e := range list {
			if path.Base(e.Path) != unit || e.Kind == "directory" {
				continue
			}
			ev := r.Glob(dir+"/*").Line(i+1, driver.FormatEntry(e))
			if e.Kind == "link" && e.Target == "/dev/null" {
				return nil, ev, nil
			}
			return ev, nil, gap
		}
	}
	return nil, nil, gap
}

// mentioning is entries where only those of one name matter: without the name in the listing it is not read.
func (r *reader) mentioning(pattern, name string) ([]driver.Entry, *facts.Missing) {
	d := r.Glob(pattern)
	if mentions(d, name) {
		return entries(r.Answers, pattern)
	}
	if missing(d, pattern) || d.Whole() {
		return nil, nil
	}
	m := d.Unknown()
	return nil, &m
}

// wanted finds the link by which a boot target wants the unit.
func (r *reader) wanted(unit string) (*pb.Evidence, *facts.Missing) {
	var gap *facts.Missing
	for _, dir := range unitDirs {
		if dir == "/lib/systemd/system" && !separateLib(r.Answers) {
			continue
		}
		for _, kind := range []string{"wants", "requires"} {
			pattern := dir + "/*." + kind + "/*"
			list, g := r.mentioning(pattern, unit)
			gap = firstGap(gap, g)
			for i, e := range list {
				target := strings.TrimSuffix(path.Base(path.Dir(e.Path)), "."+kind)
				// A link to /dev/null in /etc takes back what the vendor's folder wants.
				if path.Base(e.Path) == unit && slices.Contains(bootTargets, target) {
					if e.Target == "/dev/null" {
						return nil, nil
					}
					return r.Glob(pattern).Line(i+1, driver.FormatEntry(e)), nil
				}
			}
		}
	}
	return nil, gap
}

// hasUnits says that the system has a service manager: units of systemd, or init scripts.
func (r *reader) hasUnits() bool {
	if len(r.Glob(sysvLinks).Answer.GetBody()) > 0 {
		return true
	}
	return slices.ContainsFunc(unitDirs, func(dir string) bool { return len(r.Glob(dir+"/*").Answer.GetBody()) > 0 })
}

// enabledBySysV says whether an init script of the units' names starts at boot.
func (r *reader) enabledBySysV(units []string) *pb.BoolFact {
	list, gap := entries(r.Answers, sysvLinks)
	for i, e := range list {
		script := path.Base(e.Path)
		if len(script) > 3 && slices.Contains(units, script[3:]+".service") {
			return facts.Bool(true, r.Glob(sysvLinks).Line(i+1, driver.FormatEntry(e)))
		}
	}
	if gap != nil {
		return gap.Bool()
	}
	return facts.Bool(false, r.Glob("/etc/systemd/system/*").All(), r.Glob(sysvLinks).All())
}

// offline says that an image or a folder was read: nothing runs there.
func offline(a driver.Answers) bool {
	return a.Probe(pluginpb.Probe_PROBE_PROCESSES).Reason() == pb.Reason_REASON_OFFLINE
}

// works says whether a daemon does its work: it runs, or, where nothing can run, it starts at boot.
func (r *reader) works(programs, units []string) *pb.BoolFact {
	running := r.running(programs...)
	if running.GetState() == pb.FactState_FACT_STATE_KNOWN || !offline(r.Answers) {
		return running
	}
	return r.enabled(units...)
}
