package linux

import (
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// pamDirs are where libpam looks for a service's file; the first that has it counts.
var pamDirs = []string{"/etc/pam.d", "/usr/lib/pam.d"}

// pamOther is the service that stands in for those without a file, and for the facilities a file says nothing of.
const pamOther = "other"

// loginServices are the ways in that this driver looks at: text console, network, change of user, graphical greeters,
// and the file and web services that log in with system accounts.
var loginServices = []string{
	"login", "remote", "sshd", "su", "su-l", "gdm-password", "lightdm", "sddm", "xdm", "kdm", "xrdp-sesman", "cockpit", "vsftpd", "proftpd", "pure-ftpd",
	"rlogin", "rsh", "telnet",
}

// otherServices are asked for besides: where passwords are set, and where rights are raised.
var otherServices = []string{"passwd", "sudo", "sudo-i", pamOther}

// pamConfs are the settings that modules read from files of their own.
var pamConfs = []string{
	"/etc/security/pwquality.conf", "/etc/security/faillock.conf", "/etc/security/pwhistory.conf", "/etc/passwdqc.conf",
	"/etc/login.defs",
}

const pwqualityDropIns = "/etc/security/pwquality.conf.d"

// askPam gives every file that the stacks are made of, as far as the answers so far tell.
func askPam(a driver.Answers) []*pluginpb.Question {
	out := append(globs("/etc/pam.d", "/usr/lib/pam.d", pwqualityDropIns+"/*.conf"), files(append(pamConfs, "/etc/pam.conf")...)...)
	out = append(out, files(listed(a, pwqualityDropIns+"/*.conf")...)...)
	seen := map[string]bool{}
	var want func(name string)
	want = func(name string) {
		for _, p := range pamPaths(name) {
			if seen[p] {
				return
			}
			seen[p] = true
			out = append(out, driver.File(p))
			d := bounded(a.File(p))
			for _, l := range parsePam(linesOf(d), "") {
				if file, _, ok := l.include(); ok {
					want(file)
				}
				if conf, ok := (pamEntry{args: l.args}).value("conf"); ok && strings.HasPrefix(conf, "/") {
					out = append(out, driver.File(conf))
				}
			}
			if !d.NotFound() {
				return
			}
		}
	}
	for _, s := range loginServices {
		want(s)
	}
	for _, s := range otherServices {
		want(s)
	}
	return out
}

// pamPaths are where a service's or an included file may be.
func pamPaths(name string) []string {
	if strings.HasPrefix(name, "/") {
		return []string{name}
	}
	if name == "" {
		return nil
	}
	out := make([]string, len(pamDirs))
	for i, dir := range pamDirs {
		out[i] = dir + "/" + name
	}
	return out
}

// pamFile gives a service's or an included file; where there is none, the answer that says so.
func pamFile(a driver.Answers, name string) driver.Document {
	var d driver.Document
	for _, p := range pamPaths(name) {
		if d = bounded(a.File(p)); !d.NotFound() {
			return d
		}
	}
	if d.Answer == nil { // an include without a name
		return a.File(pamDirs[0] + "/")
	}
	return d
}

// hasPam says whether a service has a file of its own. When that cannot be told, it may have.
func (r *reader) hasPam(service string) bool {
	return !pamFile(r.Answers, service).NotFound()
}

// pam gives the modules that a service runs for a facility, as libpam would put them together.
func (r *reader) pam(service, facility string) pamStack {
	b := pamBuilder{a: r.Answers, facility: facility}
	// pam.conf counts only where there is no folder at all.
	if conf := bounded(r.File("/etc/pam.conf")); conf.Whole() && r.Glob("/etc/pam.d").NotFound() && r.Glob("/usr/lib/pam.d").NotFound() {
		b.lines(parsePam(linesOf(conf), service), 0, 0)
		if len(b.out.entries) == 0 {
			b.lines(parsePam(linesOf(conf), pamOther), 0, 0)
		}
		return b.out
	}
	if r.hasPam(service) {
		b.file(service, 0, 0)
	}
	if len(b.out.entries) == 0 && b.out.gap == nil {
		b.file(pamOther, 0, 0)
	}
	return b.out
}

type pamBuilder struct {
	a        driver.Answers
	facility string
	out      pamStack
}

// file adds a file's lines and says whether there was one.
func (b *pamBuilder) file(name string, depth, level int) bool {
	d := pamFile(b.a, name)
	if !d.Whole() && !d.NotFound() {
		b.lack(d.Unknown())
	}
	if d.NotFound() && depth == 0 {
		b.lack(d.Unknown())
	}
	b.lines(parsePam(linesOf(d), ""), depth, level)
	return !d.NotFound()
}

func (b *pamBuilder) lack(m facts.Missing) {
	if b.out.gap == nil {
		b.out.gap = &m
	}
}

func (b *pamBuilder) lines(lines []pamLine, depth, level int) {
	for _, l := range lines {
		if b.out.gap != nil { // nothing can be said of the stack any more
			return
		}
		if l.facility != "" && l.facility != b.facility {
			if !isFacility(l.facility) {
				b.add(pamEntry{control: pamRequired, level: level, at: l.at})
			}
			continue
		}
		name, substack, ok := l.include()
		if !ok {
			control, understood := parseControl(l.control, l.bracketed)
			if !understood {
				b.lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, l.at.doc.Source, l.at.ev()))
			}
			b.add(pamEntry{control: control, module: moduleOf(l.target), args: l.args, level: level, at: l.at})
			continue
		}
		if depth+1 >= maxPamDepth {
			b.lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, l.at.doc.Source+": includes are nested too deeply", l.at.ev()))
			continue
		}
		if substack {
			b.add(pamEntry{level: level, substack: true, at: l.at})
			level++
		}
		if !b.file(name, depth+1, level) {
			b.add(pamEntry{control: pamControl{other: pamBad}, level: level, at: l.at})
		}
		if substack {
			level--
		}
	}
}

func (b *pamBuilder) add(e pamEntry) {
	if len(b.out.entries) >= maxPamLines {
		b.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, e.at.doc.Source, e.ev()))
		return
	}
	b.out.entries = append(b.out.entries, e)
}

func isFacility(s string) bool {
	return s == pamAuth || s == pamAccount || s == pamPassword || s == pamSession
}

// moduleOf gives a module's name; an empty one is a line that libpam cannot use.
func moduleOf(target string) string {
	if target == "" {
		return ""
	}
	return moduleName(target)
}
