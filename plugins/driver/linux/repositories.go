package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	aptSourceDirs = []string{"/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources", "/etc/apt/apt.conf.d/*"}
	yumRepos      = "/etc/yum.repos.d/*.repo"
	dnfAutoTimers = []string{"dnf-automatic-install.timer"}
	dnfTimers     = []string{"dnf-automatic.timer"}
	yumCronUnits  = []string{"yum-cron.service"}
	aptTimers     = []string{"apt-daily-upgrade.timer"}
)

func askSources(a driver.Answers) []*question {
	out := append(globs(aptSourceDirs...), globs(yumRepos)...)
	out = append(out, files("/etc/apt/sources.list", "/etc/apt/apt.conf", "/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/dnf/automatic.conf", "/etc/yum/yum-cron.conf")...)
	for _, pattern := range append(aptSourceDirs[:len(aptSourceDirs):len(aptSourceDirs)], yumRepos) {
		out = append(out, files(listed(a, pattern)...)...)
	}
	return out
}

// source is a repository.
type source struct {
	name     string
	unsigned *confLine
	at       confLine
}

// aptRepositories states where packages come from, whether they are verified, and whether updates install themselves.
func (r *reader) aptRepositories(p *pb.PatchState) {
	var lists, stanzas, options conf
	lists.add(r.File("/etc/apt/sources.list"))
	lists.addListed(r.Answers, aptSourceDirs[0])
	stanzas.addListed(r.Answers, aptSourceDirs[1])
	options.add(r.File("/etc/apt/apt.conf"))
	options.addListed(r.Answers, aptSourceDirs[2])
	sources := append(parseAptList(lists.lines), parseAptStanzas(stanzas.lines)...)
	set := parseAptOptions(options.lines)
	gap := firstGap(lists.gap, stanzas.gap)
	stateSources(p, sources, gap, append(lists.whole(), stanzas.whole()...))
	for _, name := range []string{"apt::get::allowunauthenticated", "acquire::allowinsecurerepositories"} {
		if v, ok := set[name]; ok && saysYes(v.value) {
			p.SignedSources = facts.Bool(false, v.at.ev())
		}
	}
	if options.gap != nil {
		p.Automatic = options.gap.Bool()
		if p.SignedSources.GetValue() {
			p.SignedSources = options.gap.Bool()
		}
		return
	}
	v, ok := set["apt::periodic::unattended-upgrade"]
	timer := r.enabled(aptTimers...)
	switch {
	case !ok || v.value == "0" || v.value == "":
		ev := options.whole()
		if ok {
			ev = []*pb.Evidence{v.at.ev()}
		}
		p.Automatic = facts.Bool(false, ev...)
	case !facts.Known(timer):
		p.Automatic = timer
	default:
		p.Automatic = facts.Bool(timer.GetValue(), append([]*pb.Evidence{v.at.ev()}, timer.GetEvidence()...)...)
	}
}

func stateSources(p *pb.PatchState, sources []source, gap *facts.Missing, whole []*pb.Evidence) {
	var names []string
	seen := map[string]bool{}
	var unsigned *confLine
	for _, s := range sources {
		if !seen[s.name] {
			seen[s.name] = true
			names = append(names, s.name)
		}
		if s.unsigned != nil {
			unsigned = s.unsigned
		}
	}
	switch {
	case unsigned != nil:
		p.SignedSources = facts.Bool(false, unsigned.ev())
	case gap != nil:
		p.SignedSources = gap.Bool()
	case len(sources) == 0:
		p.SignedSources = facts.NotApplicable(whole...).Bool()
	default:
		p.SignedSources = facts.Bool(true, whole...)
	}
	if gap != nil {
		p.Sources = gap.Texts()
		return
	}
	p.Sources = facts.Texts(names, whole...)
}

// parseAptList reads "deb [options] URI suite component...".
func parseAptList(lines []confLine) []source {
	var out []source
	for _, l := range lines {
		text, _, _ := strings.Cut(l.text, "#")
		f := strings.Fields(text)
		if len(f) < 3 || f[0] != "deb" {
			continue
		}
		s := source{at: l}
		rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "deb"))
		if strings.HasPrefix(rest, "[") {
			options, after, _ := strings.Cut(rest[1:], "]")
			rest = after
			for _, o := range strings.Fields(options) {
				if k, v, _ := strings.Cut(o, "="); (k == "trusted" || k == "allow-insecure") && saysYes(v) {
					s.unsigned = &l
				}
			}
		}
		if f = strings.Fields(rest); len(f) >= 2 {
			s.name = withoutLogin(f[0]) + " " + f[1]
			out = append(out, s)
		}
	}
	return out
}

// withoutLogin takes a user and password out of an address.
func withoutLogin(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	host, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}

// parseAptStanzas reads deb822: stanzas of "Name: value", parted by empty lines.
func parseAptStanzas(lines []confLine) []source {
	var out []source
	stanza := map[string]iniValue{}
	flush := func() {
		if e, ok := stanza["enabled"]; stanza["uris"].value != "" && strings.Contains(stanza["types"].value, "deb") && (!ok || saysYes(e.value)) {
			for _, uri := range strings.Fields(stanza["uris"].value) {
				for _, suite := range strings.Fields(stanza["suites"].value) {
					s := source{name: withoutLogin(uri) + " " + suite, at: stanza["uris"].at}
					for _, k := range []string{"trusted", "allow-insecure"} {
						if v, ok := stanza[k]; ok && saysYes(v.value) {
							at := v.at
							s.unsigned = &at
						}
					}
					out = append(out, s)
				}
			}
		}
		clear(stanza)
	}
	last := ""
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l.text, "#"):
		case strings.TrimSpace(l.text) == "" || l.n == 1:
			flush()
			fallthrough
		default:
			if l.text != "" && (l.text[0] == ' ' || l.text[0] == '\t') && last != "" {
				v := stanza[last]
				v.value += " " + strings.TrimSpace(l.text)
				stanza[last] = v
				continue
			}
			if k, v, ok := strings.Cut(l.text, ":"); ok {
				last = strings.ToLower(strings.TrimSpace(k))
				stanza[last] = iniValue{strings.TrimSpace(v), l}
			}
		}
	}
	flush()
	return out
}

// parseAptOptions reads apt.conf: "A::B "value";" and A { B "value"; };. Names come in small letters.
func parseAptOptions(lines []confLine) map[string]iniValue {
	out := map[string]iniValue{}
	var scope []string
	word := ""
	for _, l := range lines {
		if l.n == 1 {
			scope, word = nil, ""
		}
		text := l.text
		if t := strings.TrimSpace(text); strings.HasPrefix(t, "//") || strings.HasPrefix(t, "#") {
			continue
		}
		for i := 0; i < len(text); {
			switch c := text[i]; {
			case c == '"':
				end := strings.IndexByte(text[i+1:], '"')
				if end < 0 {
					end = len(text) - i - 1
				}
				name := strings.ToLower(strings.Join(append(slices.Clone(scope), word), "::"))
				out[strings.Trim(name, ":")] = iniValue{text[i+1 : i+1+end], l}
				i += end + 2
			case c == '{':
				if len(scope) < maxNesting {
					scope = append(scope, word)
				}
				word = ""
				i++
			case c == '}':
				if len(scope) > 0 {
					scope = scope[:len(scope)-1]
				}
				i++
			case c == ';' || c == ' ' || c == '\t' || c == '\r':
				if c == ';' {
					word = ""
				}
				i++
			case strings.HasPrefix(text[i:], "//"):
				i = len(text)
			default:
				end := strings.IndexAny(text[i:], " \t{}\";\r")
				if end < 0 {
					end = len(text) - i
				}
				word = text[i : i+end]
				i += end
			}
		}
	}
	return out
}

// rpmRepositories states the same for dnf and yum.
func (r *reader) rpmRepositories(p *pb.PatchState) {
	var main, repos conf
	if !main.add(r.File("/etc/dnf/dnf.conf")) {
		main.add(r.File("/etc/yum.conf"))
	}
	repos.addListed(r.Answers, yumRepos)
	gap := firstGap(main.gap, repos.gap)
	sources := parseYumRepos(main.lines, repos.lines, gap == nil)
	stateSources(p, sources, gap, append(main.whole(), repos.whole()...))
	r.rpmAutomatic(p)
}

// parseYumRepos reads the repositories that are switched on. gpgcheck is taken from the main section where a repository
// does not set it; unset anywhere, packages are not verified. Where the files are not whole, only what a repository sets
// itself is sure.
func parseYumRepos(main, repos []confLine, whole bool) []source {
	set, _ := parseIni(main)
	check, ok := set.last("main.gpgcheck")
	var order []string
	seen := map[string]bool{"main": true}
	all, _ := parseIni(repos)
	for _, l := range repos {
		if text := strings.TrimSpace(l.text); strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			if name := text[1 : len(text)-1]; !seen[name] {
				seen[name] = true
				order = append(order, name)
			}
		}
	}
	var out []source
	for _, name := range order {
		if v, ok := all.last(name + ".enabled"); ok && !saysYes(v.value) {
			continue
		}
		s := source{name: name}
		for _, key := range []string{"baseurl", "mirrorlist", "metalink", "name"} {
			if v, ok := all.last(name + "." + key); ok {
				s.at = v.at
				if key != "name" {
					s.name = name + " " + withoutLogin(v.value)
				}
				break
			}
		}
		own, has := all.last(name + ".gpgcheck")
		switch {
		case has && !saysYes(own.value):
			s.unsigned = &own.at
		case has || !whole:
		case ok && !saysYes(check.value):
			s.unsigned = &check.at
		case !ok:
			at := s.at
			s.unsigned = &at
		}
		out = append(out, s)
	}
	return out
}

// rpmAutomatic states whether dnf-automatic or yum-cron installs updates.
func (r *reader) rpmAutomatic(p *pb.PatchState) {
	install := r.enabled(dnfAutoTimers...)
	if install.GetValue() {
		p.Automatic = install
		return
	}
	for _, way := range []struct {
		file  string
		units []string
	}{{"/etc/dnf/automatic.conf", dnfTimers}, {"/etc/yum/yum-cron.conf", yumCronUnits}} {
		d := r.File(way.file)
		if d.NotFound() {
			continue
		}
		on := r.enabled(way.units...)
		set, _ := parseIni(linesOf(d))
		v, ok := set.last("commands.apply_updates")
		switch {
		case !d.Whole():
			p.Automatic = d.Unknown().Bool()
		case !facts.Known(on):
			p.Automatic = on
		case on.GetValue() && ok && saysYes(v.value):
			p.Automatic = facts.Bool(true, append([]*pb.Evidence{v.at.ev()}, on.GetEvidence()...)...)
			return
		}
	}
	if p.Automatic == nil {
		p.Automatic = install
	}
}
