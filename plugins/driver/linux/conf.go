package linux

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// confLine is a line of a configuration and where it stands. Its text is valid UTF-8: facts that are built from it
// have to travel as protobuf strings, and files may be GBK.
type confLine struct {
	doc  driver.Document
	n    int
	text string
}

func (l confLine) ev() *pb.Evidence { return l.doc.Line(l.n, l.text) }

// conf is a configuration put together from files, in the order in which its program reads them.
type conf struct {
	lines []confLine
	// found are the files that were there.
	found []driver.Document
	// gap says why it may not be whole; nil if it is.
	gap *facts.Missing
}

// add appends a file and says whether it was there. A file that is not there is no gap; one that could not be read is.
func (c *conf) add(d driver.Document) bool {
	if missing(d, d.Source) {
		return false
	}
	if !d.Whole() {
		c.lack(d.Unknown())
	}
	if !d.Had() {
		return false
	}
	c.found = append(c.found, d)
	c.lines = append(c.lines, linesOf(d)...)
	return true
}

// lack notes a gap; the first one is kept.
func (c *conf) lack(m facts.Missing) {
	if c.gap == nil {
		c.gap = &m
	}
}

// whole is evidence of every file that was read.
func (c conf) whole() []*pb.Evidence { return wholeOf(c.found) }

func wholeOf(docs []driver.Document) []*pb.Evidence {
	var out []*pb.Evidence
	for _, d := range docs {
		if !slices.ContainsFunc(out, func(e *pb.Evidence) bool { return e.GetSource() == d.Source }) {
			out = append(out, d.All())
		}
	}
	return out
}

func linesOf(d driver.Document) []confLine {
	var out []confLine
	for n, text := range d.Lines() {
		out = append(out, confLine{d, n, strings.ToValidUTF8(text, "\uFFFD")})
	}
	return out
}

// missing says that there is no such file. A system starts with an empty /run, so of an image nothing is there.
func missing(d driver.Document, name string) bool {
	return d.NotFound() || strings.HasPrefix(name, "/run/") && d.Reason() == pb.Reason_REASON_OFFLINE
}

// entries gives what a glob listed. The gap says why there may be more; a place that does not exist is no gap.
func entries(a driver.Answers, pattern string) (list []driver.Entry, gap *facts.Missing) {
	d := a.Glob(pattern)
	if missing(d, pattern) {
		return nil, nil
	}
	list, err := d.Listing()
	if err != nil {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, err.Error())
		return list, &m
	}
	if !d.Whole() {
		m := d.Unknown()
		gap = &m
	}
	// A name that is no text can be neither asked for nor cited.
	named := slices.DeleteFunc(list, func(e driver.Entry) bool { return !utf8.ValidString(e.Path) || !utf8.ValidString(e.Target) })
	if len(named) < len(list) && gap == nil {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, pattern+": a file's name is not UTF-8")
		gap = &m
	}
	return named, gap
}

// entry gives the one file that a glob without wildcards names. Without a gap, not ok means that it does not exist.
func entry(a driver.Answers, file string) (e driver.Entry, ok bool, gap *facts.Missing) {
	list, gap := entries(a, file)
	if len(list) == 0 {
		return driver.Entry{}, false, gap
	}
	return list[0], true, gap
}

// dropIns gives the files of drop-in folders in the order in which systemd and its like read them: by name, whatever
// the folder; of two with one name the one in the earlier folder counts, and one that links to /dev/null hides the other.
func dropIns(a driver.Answers, suffix string, dirs ...string) (paths []string, gap *facts.Missing) {
	byName := map[string]string{}
	for _, dir := range dirs {
		list, g := entries(a, dir+"/*"+suffix)
		if g != nil && gap == nil {
			gap = g
		}
		for _, e := range list {
			name := path.Base(e.Path)
			if _, ok := byName[name]; ok || e.Kind == "directory" {
				continue
			}
			byName[name] = e.Path
			if e.Kind == "link" && e.Target == "/dev/null" {
				byName[name] = ""
			}
		}
	}
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if p := byName[name]; p != "" {
			paths = append(paths, p)
		}
	}
	return paths, gap
}

// firstGap gives the first gap there is.
func firstGap(gaps ...*facts.Missing) *facts.Missing {
	for _, g := range gaps {
		if g != nil {
			return g
		}
	}
	return nil
}

// iniValue is a setting of a section, where it was set last.
type iniValue struct {
	value string
	at    confLine
}

// ini is a configuration in systemd's syntax: settings by "Section.Key", each with all its values in order.
type ini map[string][]iniValue

// parseIni reads lines in systemd's syntax. Lines that are neither a section, a comment nor a setting come back.
func parseIni(lines []confLine) (ini, []confLine) {
	out := ini{}
	section := ""
	var odd []confLine
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		text := strings.TrimSpace(l.text)
		if l.n == 1 {
			section = "" // a new file begins without a section
		}
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' && strings.HasSuffix(text, "]") {
			section = text[1 : len(text)-1]
			continue
		}
		var joined strings.Builder
		for strings.HasSuffix(text, "\\") && i+1 < len(lines) && lines[i+1].doc.Source == l.doc.Source {
			joined.WriteString(strings.TrimSuffix(text, "\\") + " ")
			i++
			text = strings.TrimSpace(lines[i].text)
		}
		joined.WriteString(text)
		key, value, ok := strings.Cut(joined.String(), "=")
		if !ok {
			odd = append(odd, l)
			continue
		}
		name := section + "." + strings.TrimSpace(key)
		out[name] = append(out[name], iniValue{strings.TrimSpace(value), l})
	}
	return out, odd
}

// last gives the value that counts where a later one replaces an earlier one. An empty value takes the setting back.
func (c ini) last(name string) (iniValue, bool) {
	v := c[name]
	if len(v) == 0 || v[len(v)-1].value == "" {
		return iniValue{}, false
	}
	return v[len(v)-1], true
}

// list gives the words where values add up and an empty one starts anew.
func (c ini) list(name string) (words []iniValue) {
	for _, v := range c[name] {
		if v.value == "" {
			words = nil
			continue
		}
		for _, w := range strings.Fields(v.value) {
			words = append(words, iniValue{w, v.at})
		}
	}
	return words
}

// systemdDirs are where systemd's programs look for their settings; an earlier folder hides a later one's file.
var systemdDirs = []string{"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd"}

// askSystemdConf gives the questions that readSystemdConf needs, for NAME.conf.
func askSystemdConf(a driver.Answers, name string) (patterns, paths []string) {
	for _, dir := range systemdDirs {
		patterns = append(patterns, dir+"/"+name+".conf.d/*.conf")
	}
	paths, _ = dropIns(a, ".conf", systemdConfDirs(name)...)
	return patterns, append(paths, "/etc/systemd/"+name+".conf", "/usr/lib/systemd/"+name+".conf")
}

func systemdConfDirs(name string) []string {
	dirs := make([]string, len(systemdDirs))
	for i, dir := range systemdDirs {
		dirs[i] = dir + "/" + name + ".conf.d"
	}
	return dirs
}

// readSystemdConf reads NAME.conf and its drop-ins. Odd lines are reported as unread.
func (r *reader) readSystemdConf(name string) (ini, conf) {
	var c conf
	if main := r.File("/etc/systemd/" + name + ".conf"); !main.NotFound() {
		c.add(main)
	} else {
		c.add(r.File("/usr/lib/systemd/" + name + ".conf"))
	}
	paths, gap := dropIns(r.Answers, ".conf", systemdConfDirs(name)...)
	if gap != nil {
		c.lack(*gap)
	}
	for _, p := range paths {
		c.add(r.File(p))
	}
	settings, odd := parseIni(c.lines)
	for _, l := range odd {
		r.miss(l.doc, l.n, l.text)
		c.lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, l.doc.Source, l.ev()))
	}
	return settings, c
}

// systemdBool reads systemd's yes and no.
func systemdBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "t", "on":
		return true, true
	case "0", "no", "n", "false", "f", "off":
		return false, true
	}
	return false, false
}

// asked gives the questions for patterns and files together.
func asked(patterns, paths []string) []*question {
	return append(globs(patterns...), files(paths...)...)
}
