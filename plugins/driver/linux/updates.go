package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The commands that say which updates wait. All of them only look, and only at what the package manager already has:
// apt is kept from writing its cache.
const (
	aptUpgrade  = "apt list --upgradable -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
	dnfUpgrades = "dnf -C -q list --upgrades"
	dnfSecurity = "dnf -C -q updateinfo list --security"
	yumUpgrades = "yum -C -q list updates"
	yumSecurity = "yum -C -q updateinfo list security"
)

const (
	aptLists    = "/var/lib/apt/lists"
	aptStamp    = "/var/lib/apt/periodic/update-success-stamp"
	rebootFlag  = "/run/reboot-required"
	kernelFiles = "/boot/vmlinuz-*"
)

// Where the package managers of the rpm family keep their traces.
var (
	rpmDatabases  = []string{"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite-wal", "/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db"}
	rpmRefreshed  = []string{"/var/cache/dnf/last_makecache", "/var/cache/dnf/expired_repos.json", "/var/cache/yum/*/*/*/cachecookie"}
	dnfPrograms   = []string{"/usr/bin/dnf"}
	yumPrograms   = []string{"/usr/bin/yum"}
	aptListsFiles = aptLists + "/*Release"
)

// Updates: what waits, when it was last asked for, and whether what is installed runs.
var updatesTopic = topic{
	name:     "updates",
	commands: []string{aptUpgrade, dnfUpgrades, dnfSecurity, yumUpgrades, yumSecurity},
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), askSources(a)...)
		out = append(out, globs(dpkgStatus, aptLists, aptListsFiles, aptStamp, rebootFlag, kernelFiles)...)
		out = append(out, globs(rpmDatabases...)...)
		out = append(out, globs(rpmRefreshed...)...)
		out = append(out, globs(dnfPrograms[0], yumPrograms[0])...)
		out = append(out, driver.Probe(pluginpb.Probe_PROBE_HOST))
		r := &reader{Answers: a}
		switch {
		case r.fileThere(dpkgStatus).GetValue():
			if r.fileThere(aptListsFiles).GetValue() {
				out = append(out, commands(aptUpgrade)...)
			}
		case r.fileThere(dnfPrograms...).GetValue():
			out = append(out, commands(dnfUpgrades, dnfSecurity)...)
		case r.fileThere(yumPrograms...).GetValue():
			out = append(out, commands(yumUpgrades, yumSecurity)...)
		}
		return out
	},
	read: readUpdates,
}

func readUpdates(r *reader) {
	p := &pb.PatchState{}
	r.facts.Patches = p
	r.kernels(p)
	dpkg, rpm := r.fileThere(dpkgStatus), r.fileThere(rpmDatabases...)
	switch {
	case dpkg.GetValue():
		r.aptUpdates(p)
		r.aptRepositories(p)
	case facts.Known(dpkg) && rpm.GetValue():
		r.rpmUpdates(p)
		r.rpmRepositories(p)
	default:
		m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "package database: "+dpkgStatus+", "+strings.Join(rpmDatabases, ", "))
		for _, f := range []*pb.BoolFact{rpm, dpkg} {
			if !facts.Known(f) {
				m = facts.LikeState(f)
			}
		}
		p.Pending, p.PendingSecurity, p.LastRefresh, p.LastUpdate = m.Int(), m.Int(), m.Time(), m.Time()
		p.Automatic, p.SignedSources, p.Sources = m.Bool(), m.Bool(), m.Texts()
	}
}

// latest gives the last change of the newest of some files.
func (r *reader) latest(patterns ...string) *pb.TimeFact {
	out := facts.Absent(r.Glob(patterns[0]).All()).Time()
	for _, p := range patterns {
		list, gap := entries(r.Answers, p)
		if gap != nil && !facts.Known(out) {
			out = gap.Time()
		}
		for i, e := range list {
			if !facts.Known(out) || e.Modified.After(out.GetValue().AsTime()) {
				out = facts.Time(e.Modified, r.Glob(p).Line(i+1, driver.FormatEntry(e)))
			}
		}
	}
	return out
}

// aptUpdates reads what apt lists: a line "NAME/SUITE,SUITE VERSION ARCH [upgradable from: OLD]" for each package.
func (r *reader) aptUpdates(p *pb.PatchState) {
	p.LastUpdate = r.latest(dpkgStatus)
	lists := r.fileThere(aptListsFiles)
	if !lists.GetValue() {
		// Without lists apt knows of no update, which says nothing.
		m := facts.LikeState(lists)
		if facts.Known(lists) {
			m = facts.Unknown(pb.Reason_REASON_NOT_FOUND, aptLists+": the repositories have not been asked", lists.GetEvidence()...)
		}
		p.Pending, p.PendingSecurity, p.LastRefresh = m.Int(), m.Int(), m.Time()
		return
	}
	p.LastRefresh = r.latest(aptStamp, aptLists)
	d := r.Command(aptUpgrade)
	if !d.Whole() {
		p.Pending, p.PendingSecurity = d.Unknown().Int(), d.Unknown().Int()
		return
	}
	all, security := 0, 0
	var ev, securityEv []*pb.Evidence
	for _, l := range linesOf(d) {
		f := strings.Fields(l.text)
		if len(f) < 4 || !strings.HasPrefix(f[3], "[") {
			continue
		}
		_, suites, ok := strings.Cut(f[0], "/")
		if !ok {
			continue
		}
		all++
		ev = some(ev, l)
		if strings.Contains(strings.ToLower(suites), "security") {
			security++
			securityEv = some(securityEv, l)
		}
	}
	p.Pending, p.PendingSecurity = counted(all, ev, d), counted(security, securityEv, d)
}

// some keeps the first few lines as evidence.
func some(ev []*pb.Evidence, l confLine) []*pb.Evidence {
	if len(ev) < 5 {
		return append(ev, l.ev())
	}
	return ev
}

func counted(n int, ev []*pb.Evidence, d driver.Document) *pb.IntFact {
	if len(ev) == 0 {
		ev = []*pb.Evidence{d.All()}
	}
	return facts.Int(int64(n), ev...)
}

// rpmUpdates reads what dnf or yum has in its cache.
func (r *reader) rpmUpdates(p *pb.PatchState) {
	p.LastUpdate = r.latest(rpmDatabases...)
	p.LastRefresh = r.latest(rpmRefreshed...)
	upgrades, security := dnfUpgrades, dnfSecurity
	if !r.fileThere(dnfPrograms...).GetValue() {
		upgrades, security = yumUpgrades, yumSecurity
	}
	p.Pending = r.count(upgrades, func(f []string) bool { return len(f) == 3 && strings.Contains(f[0], ".") })
	// "RHSA-2024:1234 Important/Sec. kernel-5.14.0-427.el9.x86_64"
	p.PendingSecurity = r.count(security, func(f []string) bool { return len(f) == 3 && strings.Contains(f[0], "-2") })
	if p.PendingSecurity.GetValue() == 0 && facts.Known(p.PendingSecurity) && p.Pending.GetValue() > 0 {
		// Repositories of CentOS and of many mirrors say nothing of security: none marked is not none.
		p.PendingSecurity = facts.Unknown(pb.Reason_REASON_NOT_FOUND, security+": no advisory is marked, though updates wait", r.Command(security).All()).Int()
	}
}

// count counts the lines of a command's answer that are an item.
func (r *reader) count(command string, item func([]string) bool) *pb.IntFact {
	d := r.Command(command)
	if !d.Whole() {
		return d.Unknown().Int()
	}
	n := 0
	var ev []*pb.Evidence
	for _, l := range linesOf(d) {
		if item(strings.Fields(l.text)) {
			n++
			ev = some(ev, l)
		}
	}
	return counted(n, ev, d)
}

// kernels states the newest kernel there is, and whether a restart is due: because a package said so, or because
// another kernel runs.
func (r *reader) kernels(p *pb.PatchState) {
	list, gap := entries(r.Answers, kernelFiles)
	newest, ev := "", (*pb.Evidence)(nil)
	for i, e := range list {
		v := strings.TrimPrefix(path.Base(e.Path), "vmlinuz-")
		if strings.Contains(v, "rescue") || strings.HasSuffix(v, ".old") || strings.Contains(v, "kdump") {
			continue
		}
		if newest == "" || compareVersions(v, newest) > 0 {
			newest, ev = v, r.Glob(kernelFiles).Line(i+1, driver.FormatEntry(e))
		}
	}
	switch {
	case gap != nil:
		p.NewestKernel = gap.Text()
	case newest == "":
		p.NewestKernel = facts.Absent(r.Glob(kernelFiles).All()).Text()
	default:
		p.NewestKernel = facts.Text(newest, ev)
	}
	flag := r.fileThere(rebootFlag)
	if flag.GetValue() {
		p.RebootNeeded = flag
		return
	}
	host := r.Probe(pluginpb.Probe_PROBE_HOST)
	records, err := host.Records()
	if !host.Whole() || err != nil || len(records) == 0 || records[0].Get("kernel") == "" {
		p.RebootNeeded = host.Unknown().Bool()
		return
	}
	kernel, container := records[0].Get("kernel"), slices.Contains([]string{"container", "docker", "lxc", "podman"}, records[0].Get("virtualization"))
	hostEv := host.Line(1, driver.FormatRecord(records[0]))
	switch {
	case newest != "" && (gap == nil || compareVersions(newest, kernel) > 0):
		p.RebootNeeded = facts.Bool(compareVersions(newest, kernel) > 0, ev, hostEv)
	case container && gap == nil:
		p.RebootNeeded = facts.NotApplicable(hostEv).Bool()
	case gap != nil:
		p.RebootNeeded = gap.Bool()
	default:
		p.RebootNeeded = facts.Unknown(pb.Reason_REASON_NOT_FOUND, kernelFiles, hostEv).Bool()
	}
}

// compareVersions compares as rpm does: runs of digits by number, runs of letters by letter, and a number is newer than
// letters.
func compareVersions(a, b string) int {
	sep := func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	for {
		a, b = strings.TrimLeftFunc(a, sep), strings.TrimLeftFunc(b, sep)
		if a == "" || b == "" {
			return len(a) - len(b)
		}
		da, db := digits(a), digits(b)
		switch {
		case da != "" && db != "":
			if c := versionOrder(da, db); c != 0 {
				return c
			}
			a, b = a[len(da):], b[len(db):]
		case da != "":
			return 1
		case db != "":
			return -1
		default:
			la, lb := letters(a), letters(b)
			if c := strings.Compare(la, lb); c != 0 {
				return c
			}
			a, b = a[len(la):], b[len(lb):]
		}
	}
}

func letters(s string) string {
	i := 0
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z') {
		i++
	}
	return s[:i]
}
