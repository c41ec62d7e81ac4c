package linux

import (
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// releaseFiles say what the system is, in the order in which they are believed. Vendors that derive from another
// distribution keep its file beside their own, so their own comes first.
var releaseFiles = []string{
	"/etc/os-release", "/usr/lib/os-release", "/etc/kylin-release", "/etc/neokylin-release", "/etc/UnionTech-release", "/etc/uos-release",
	"/etc/openEuler-release", "/etc/redhat-release", "/etc/debian_version",
}

// installTraces are left by installers and never touched again.
var installTraces = []string{"/root/anaconda-ks.cfg", "/var/log/anaconda", "/var/log/installer", "/etc/.installed"}

var platformTopic = topic{
	name: "platform",
	ask: func(driver.Answers) []*pluginpb.Question {
		out := append(files(releaseFiles...), files("/etc/hostname")...)
		out = append(out, globs(installTraces...)...)
		return append(out, driver.Probe(pluginpb.Probe_PROBE_HOST))
	},
	privileged: []string{"glob /root/anaconda-ks.cfg"},
	read:       readPlatform,
}

// release is which distribution this is.
type release struct {
	id, name, pretty, version string
	// family is what people call the kind of distribution; see families.
	family string
	// debianBased says that it is put together from Debian packages, whoever sells it.
	debianBased bool
	major       int
	ev          *pb.Evidence
	missing     facts.Missing
}

// known says whether it could be told at all.
func (r release) known() bool { return r.ev != nil }

var families = map[string]string{
	"debian": "debian", "ubuntu": "debian", "linuxmint": "debian", "raspbian": "debian", "deepin": "uos",
	"rhel": "rhel", "centos": "rhel", "rocky": "rhel", "almalinux": "rhel", "ol": "rhel", "fedora": "rhel", "anolis": "rhel",
	"tencentos": "rhel", "opencloudos": "rhel", "alinux": "rhel", "amzn": "rhel",
	"openeuler": "openeuler", "kylin": "kylin", "neokylin": "kylin", "kylinos": "kylin", "uos": "uos", "uniontech": "uos",
	"sles": "suse", "sled": "suse", "opensuse": "suse", "opensuse-leap": "suse", "opensuse-tumbleweed": "suse", "suse": "suse",
}

var vendors = map[string]string{
	"debian": "Debian", "ubuntu": "Canonical", "rhel": "Red Hat", "centos": "CentOS", "rocky": "Rocky Enterprise Software Foundation",
	"almalinux": "AlmaLinux OS Foundation", "ol": "Oracle", "openeuler": "openEuler", "kylin": "KylinSoft", "kylinos": "KylinSoft",
	"neokylin": "KylinSoft", "uos": "UnionTech", "uniontech": "UnionTech", "anolis": "OpenAnolis", "alinux": "Alibaba Cloud",
	"sles": "SUSE", "opensuse-leap": "openSUSE", "fedora": "Fedora Project",
}

// release tells the distribution from its release files.
func (r *reader) release() release {
	var first *driver.Document
	for _, path := range releaseFiles {
		d := r.File(path)
		if first == nil {
			first = &d
		}
		if !d.Whole() {
			continue
		}
		var rel release
		var ok bool
		if strings.HasSuffix(path, "/os-release") {
			rel, ok = osRelease(d)
		} else {
			rel, ok = releaseLine(d)
		}
		if ok {
			return rel
		}
	}
	return release{missing: first.Unknown()}
}

// osRelease reads the format of os-release(5).
func osRelease(d driver.Document) (release, bool) {
	v := map[string]string{}
	last := 0
	for _, l := range linesOf(d) {
		key, value, ok := strings.Cut(strings.TrimSpace(l.text), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		v[key] = strings.Trim(value, `"'`)
		last = l.n
	}
	id := strings.ToLower(v["ID"])
	if id == "" {
		return release{}, false
	}
	rel := release{id: id, name: v["NAME"], pretty: v["PRETTY_NAME"], version: v["VERSION_ID"], ev: facts.Lines(d.Source, 1, last, v["PRETTY_NAME"])}
	rel.family = families[id]
	like := strings.Fields(strings.ToLower(v["ID_LIKE"]))
	for _, l := range like {
		if rel.family == "" {
			rel.family = families[l]
		}
	}
	for _, l := range append(like, id) {
		rel.debianBased = rel.debianBased || l == "debian" || l == "ubuntu"
	}
	rel.major = leadingNumber(rel.version)
	return rel, true
}

// releaseLine reads a one-line release file: "CentOS Linux release 7.9.2009 (Core)", "12.5".
func releaseLine(d driver.Document) (release, bool) {
	for _, l := range linesOf(d) {
		line := strings.TrimSpace(l.text)
		if line == "" {
			continue
		}
		rel := release{pretty: line, ev: l.ev()}
		if d.Source == "/etc/debian_version" {
			rel.id, rel.name, rel.family, rel.version, rel.debianBased = "debian", "Debian GNU/Linux", "debian", line, true
			rel.major = leadingNumber(line)
			return rel, rel.major > 0
		}
		name, rest, _ := strings.Cut(line, " release ")
		rel.name = strings.TrimSpace(name)
		rel.version, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
		rel.major = leadingNumber(rel.version)
		lower := strings.ToLower(line)
		for _, w := range []struct{ word, id string }{
			{"neokylin", "neokylin"}, {"kylin", "kylin"}, {"uniontech", "uos"}, {"uos", "uos"}, {"openeuler", "openeuler"}, {"centos", "centos"},
			{"rocky", "rocky"}, {"almalinux", "almalinux"}, {"oracle", "ol"}, {"fedora", "fedora"}, {"anolis", "anolis"}, {"red hat", "rhel"},
		} {
			if strings.Contains(lower, w.word) {
				rel.id, rel.family = w.id, families[w.id]
				return rel, true
			}
		}
	}
	return release{}, false
}

func leadingNumber(s string) int {
	end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(s)
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}

func readPlatform(r *reader) {
	p := &pb.Platform{Kind: facts.Text("host"), Os: facts.Text("linux")}
	rel := r.release()
	if rel.known() {
		say := func(v string) *pb.TextFact {
			if v == "" {
				return facts.Unknown(pb.Reason_REASON_NOT_FOUND, rel.ev.GetSource(), rel.ev).Text()
			}
			return facts.Text(v, rel.ev)
		}
		vendor := vendors[rel.id]
		if vendor == "" {
			vendor = rel.name
		}
		p.Vendor, p.Product, p.OsName, p.Version, p.Family = say(vendor), say(rel.name), say(rel.pretty), say(rel.version), say(rel.family)
	} else {
		p.Vendor, p.Product, p.OsName = rel.missing.Text(), rel.missing.Text(), rel.missing.Text()
		p.Version, p.Family = rel.missing.Text(), rel.missing.Text()
	}
	r.runningSystem(p)
	p.Installed = r.installed()
	r.facts.Platform = p
}

// runningSystem is what only the running system can say.
func (r *reader) runningSystem(p *pb.Platform) {
	d := r.Probe(pluginpb.Probe_PROBE_HOST)
	missing := d.Unknown()
	var rec driver.Record
	if records, err := d.Records(); d.Whole() && err == nil && len(records) == 1 {
		rec = records[0]
		missing = facts.Unknown(pb.Reason_REASON_NOT_FOUND, d.Source)
	}
	say := func(key string) *pb.TextFact {
		if v := strings.ToValidUTF8(rec.Get(key), ""); v != "" && v != "?" {
			return facts.Text(v, d.All())
		}
		return missing.Text()
	}
	p.Hostname, p.Kernel, p.Arch, p.Virtualization = say("hostname"), say("kernel"), say("arch"), say("virtualization")
	p.Booted = missing.Time()
	if t, err := time.Parse(time.RFC3339, rec.Get("booted")); err == nil {
		p.Booted = facts.Time(t, d.All())
	}
	if h := r.File("/etc/hostname"); !facts.Known(p.Hostname) && h.Whole() {
		for _, l := range linesOf(h) {
			if name := strings.TrimSpace(l.text); name != "" && !strings.HasPrefix(name, "#") {
				p.Hostname = facts.Text(name, l.ev())
				break
			}
		}
	}
}

// installed is when the installer left its traces.
func (r *reader) installed() *pb.TimeFact {
	missing := r.Glob(installTraces[0]).Unknown()
	for _, path := range installTraces {
		d := r.Glob(path)
		if entries, err := d.Listing(); err == nil && d.Whole() && len(entries) == 1 {
			return facts.Time(entries[0].Modified, d.All())
		}
	}
	return missing.Time()
}

// now is the host's own clock when it was asked; without it nothing can be said to have expired.
func (r *reader) now() (time.Time, bool) {
	d := r.Probe(pluginpb.Probe_PROBE_CLOCK)
	records, err := d.Records()
	if !d.Whole() || err != nil || len(records) != 1 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, records[0].Get("utc"))
	return t, err == nil
}
