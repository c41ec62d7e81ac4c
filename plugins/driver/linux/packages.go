package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// rpmQuery lists every installed package on a line: name, version-release, architecture, time of installation in
// seconds, vendor. The \n is rpm's own notation.
const rpmQuery = `rpm -qa --qf "%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{INSTALLTIME} %{VENDOR}\n"`

const dpkgStatus = "/var/lib/dpkg/status"

// rpmFolders are where rpm's database stands: one file, of whatever format.
var rpmFolders = []string{"/var/lib/rpm/*", "/usr/lib/sysimage/rpm/*"}

var packagesTopic = topic{
	name:     "packages",
	commands: []string{rpmQuery},
	ask: func(a driver.Answers) []*question {
		out := append(globs(rpmFolders...), files(dpkgStatus)...)
		out = append(out, globs("/var/lib/dpkg/status.d/*")...)
		out = append(out, files(dpkgFragments(a)...)...)
		if rpmDatabase(a) != "" {
			out = append(out, commands(rpmQuery)...)
		}
		return out
	},
	read: readPackages,
}

// rpmDatabase gives the file that holds rpm's database, "" if there is none.
func rpmDatabase(a driver.Answers) string {
	for _, pattern := range rpmFolders {
		for _, p := range listed(a, pattern) {
			if slices.Contains([]string{"Packages", "Packages.db", "rpmdb.sqlite"}, path.Base(p)) {
				return p
			}
		}
	}
	return ""
}

// dpkgFragments are the files of images that keep one record a package.
func dpkgFragments(a driver.Answers) []string {
	return slices.DeleteFunc(listed(a, "/var/lib/dpkg/status.d/*"), func(p string) bool { return strings.HasSuffix(p, ".md5sums") })
}

func readPackages(r *reader) {
	list := &pb.PackageList{}
	var gap *facts.Missing
	var seen []*pb.Evidence
	names := map[string]bool{}
	add := func(p *pb.Package, arch string) {
		if names[p.Scope] {
			p.Scope += ":" + arch
		}
		if !names[p.Scope] {
			names[p.Scope] = true
			list.Items = append(list.Items, p)
		}
	}
	for _, p := range append([]string{dpkgStatus}, dpkgFragments(r.Answers)...) {
		d := r.File(p)
		if d.NotFound() {
			continue
		}
		if !d.Whole() {
			gap = firstGap(gap, ptr(d.Unknown()))
		}
		if d.Had() {
			seen = append(seen, d.All())
			readDpkg(d, p != dpkgStatus, add)
		}
	}
	for _, pattern := range rpmFolders {
		_, g := entries(r.Answers, pattern)
		gap = firstGap(gap, g)
	}
	if db := rpmDatabase(r.Answers); db != "" {
		d := r.Command(rpmQuery)
		if !d.Whole() {
			gap = firstGap(gap, ptr(facts.Unknown(d.Reason(), db+": "+d.Source)))
		}
		seen = append(seen, d.All())
		for _, l := range linesOf(d) {
			if w := strings.SplitN(l.text, " ", 5); len(w) == 5 && w[0] != "gpg-pubkey" {
				add(&pb.Package{Scope: w[0], Version: facts.Text(w[1], l.ev()), Origin: originOf(w[4], l.ev())}, w[2])
			} else if len(w) < 4 && l.text != "" {
				r.miss(d, l.n, l.text)
				gap = firstGap(gap, ptr(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, d.Source, l.ev())))
			}
		}
	}
	if len(list.Items) == 0 && gap == nil {
		gap = ptr(facts.Unknown(pb.Reason_REASON_NOT_FOUND, "dpkg, rpm"))
	}
	settle(list, gap, seen...)
	r.facts.Packages = list
}

func originOf(vendor string, ev *pb.Evidence) *pb.TextFact {
	if vendor == "" || vendor == "(none)" {
		return facts.Absent(ev).Text()
	}
	return facts.Text(vendor, ev)
}

// readDpkg reads a file of records; always says that a record without a status is an installed package.
func readDpkg(d driver.Document, always bool, add func(*pb.Package, string)) {
	var name, version, arch, maintainer string
	var at int
	installed := always
	flush := func() {
		if name != "" && version != "" && installed {
			name, version = strings.ToValidUTF8(name, "\uFFFD"), strings.ToValidUTF8(version, "\uFFFD")
			ev := &pb.Evidence{Source: d.Source, FirstLine: uint32(at), LastLine: uint32(at), Excerpt: facts.Excerpt("Version: " + version)}
			p := &pb.Package{Scope: name, Version: facts.Text(version, ev)}
			if maintainer != "" {
				p.Origin = facts.Text(facts.Excerpt(maintainer), ev)
			}
			add(p, arch)
		}
		name, version, arch, maintainer, installed = "", "", "", "", always
	}
	// Most of the file is text that nobody needs: only the first letter of a line decides whether it is looked at.
	body := string(d.Answer.GetBody())
	for n := 1; body != ""; n++ {
		line := body
		if end := strings.IndexByte(body, '\n'); end >= 0 {
			line, body = body[:end], body[end+1:]
		} else {
			body = ""
		}
		if line == "" {
			flush()
			continue
		}
		if !strings.ContainsRune("PVAMS", rune(line[0])) {
			continue
		}
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		switch key {
		case "Package":
			name = value
		case "Version":
			version, at = value, n
		case "Architecture":
			arch = value
		case "Maintainer":
			maintainer = value
		case "Status":
			// The third word: everything but not-installed and config-files has files on the disk.
			w := strings.Fields(value)
			installed = len(w) == 3 && w[2] != "not-installed" && w[2] != "config-files"
		}
	}
	flush()
}

// installedVersion gives the version of the first of the packages that is installed, nil if none is.
func (r *reader) installedVersion(names ...string) *pb.TextFact {
	for _, n := range names {
		for _, p := range r.facts.GetPackages().GetItems() {
			if p.GetScope() == n {
				return p.GetVersion()
			}
		}
	}
	return nil
}
