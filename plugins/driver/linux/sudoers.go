package linux

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const sudoersPath = "/etc/sudoers"

// maxSudoDepth is how deep sudo follows includes.
const maxSudoDepth = 128

var sudoTopic = topic{
	name:       "sudo",
	privileged: []string{sudoersPath, "glob /etc/sudoers.d/*"},
	ask:        askSudoers,
	read:       readSudoers,
}

func askSudoers(a driver.Answers) []*pluginpb.Question {
	out := append(files(sudoersPath, nsswitchPath, sssdConf), globs("/etc/sudoers.d/*", sssdDropIns)...)
	out = append(out, askIDs(a)...)
	seen := map[string]bool{}
	var want func(p string)
	want = func(p string) {
		if seen[p] {
			return
		}
		seen[p] = true
		out = append(out, driver.File(p))
		for _, l := range sudoLines(linesOf(bounded(a.File(p)))) {
			target, dir, ok := sudoInclude(l.text, p)
			switch {
			case ok && dir:
				out = append(out, driver.Glob(target+"/*"))
				for _, f := range sudoDir(a, target) {
					want(f)
				}
			case ok:
				want(target)
			}
		}
	}
	want(sudoersPath)
	return out
}

// sudoInclude reads an include line: @include FILE, @includedir DIR, or with # in older files. %h stands for the host's
// name, which this driver leaves alone.
func sudoInclude(line, from string) (target string, dir, ok bool) {
	word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	switch word {
	case "@include", "#include":
	case "@includedir", "#includedir":
		dir = true
	default:
		return "", false, false
	}
	target = strings.ReplaceAll(strings.Trim(strings.TrimSpace(rest), `"`), `\ `, " ")
	if target == "" {
		return "", false, false
	}
	if !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(from), target)
	}
	return path.Clean(target), dir, true
}

// sudoDir gives the files that sudo reads from a folder: those without a dot and without a tilde at the end.
func sudoDir(a driver.Answers, dir string) []string {
	var out []string
	for _, p := range listed(a, dir+"/*") {
		if name := path.Base(p); !strings.Contains(name, ".") && !strings.HasSuffix(name, "~") {
			out = append(out, p)
		}
	}
	return out
}

// sudoers is what all its files say together.
type sudoers struct {
	lines []sudoLine
	gap   *facts.Missing
	found []*pb.Evidence
}

func (r *reader) sudoers() sudoers {
	var out sudoers
	lack := func(m facts.Missing) {
		if out.gap == nil {
			out.gap = &m
		}
	}
	var read func(p string, depth int)
	read = func(p string, depth int) {
		d := bounded(r.File(p))
		if !d.Whole() {
			lack(d.Unknown())
		}
		if !d.Had() {
			return
		}
		out.found = append(out.found, d.All())
		for _, l := range sudoLines(linesOf(d)) {
			target, dir, ok := sudoInclude(l.text, p)
			switch {
			case !ok:
				out.lines = append(out.lines, l)
			case depth >= maxSudoDepth || len(out.found) > 1000:
				lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, p+": includes are nested too deeply", l.at.ev()))
				return
			case dir:
				if _, gap := entries(r.Answers, target+"/*"); gap != nil {
					lack(*gap)
				}
				for _, f := range sudoDir(r.Answers, target) {
					read(f, depth+1)
				}
			default:
				read(target, depth+1)
			}
		}
	}
	read(sudoersPath, 0)
	return out
}

func readSudoers(r *reader) {
	list := &pb.PrivilegeRuleList{}
	r.facts.PrivilegeRules = list
	list.Items = r.suTrust()
	if r.File(sudoersPath).NotFound() { // then nobody is given anything by sudo
		settle(list, nil, facts.Source(sudoersPath))
		return
	}
	s := r.sudoers()
	b := sudoReader{reader: r, ids: r.ids(), aliases: map[string]map[string][]string{}, openFor: map[string]*pb.Evidence{}, gap: firstGap(s.gap, r.elsewhere("sudoers"))}
	for _, l := range s.lines {
		b.alias(l)
	}
	for _, l := range s.lines {
		b.defaults(l)
	}
	for _, l := range s.lines {
		list.Items = append(list.Items, b.rules(l)...)
	}
	scopes := map[string]int{}
	for _, rule := range list.Items { // one name may have several rules
		if scopes[rule.Scope]++; scopes[rule.Scope] > 1 {
			rule.Scope += " " + strconv.Itoa(scopes[rule.Scope])
		}
	}
	settle(list, b.gap, s.found...)
}

// suTrust gives the groups whose members become anybody by su without a password (pam_wheel with trust).
func (r *reader) suTrust() []*pb.PrivilegeRule {
	var out []*pb.PrivilegeRule
	stack := r.pam("su", pamAuth)
	for _, e := range stack.find("pam_wheel") {
		if !e.has("trust") || e.has("deny") {
			continue
		}
		group, ok := e.value("group")
		if !ok {
			group = "wheel"
		}
		out = append(out, &pb.PrivilegeRule{
			Scope: "su %" + group, Who: facts.Text("%"+group, e.ev()), RunAs: facts.Texts([]string{"ALL"}, e.ev()), Commands: facts.Texts([]string{"ALL"}, e.ev()),
			NoPassword: facts.Bool(true, e.ev()), Everything: facts.Bool(true, e.ev()),
		})
	}
	return out
}

type sudoReader struct {
	*reader
	ids ids
	// aliases by kind (User_Alias, Runas_Alias, Host_Alias, Cmnd_Alias) and name.
	aliases map[string]map[string][]string
	// open are the lines "Defaults !authenticate" and the like that bind everybody, openFor those that bind some.
	open    *pb.Evidence
	openFor map[string]*pb.Evidence
	gap     *facts.Missing
}

var sudoAliasKinds = []string{"User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias"}

func sudoAliasKind(line string) (kind, rest string, ok bool) {
	word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	return word, rest, slices.Contains(sudoAliasKinds, word)
}

func (b *sudoReader) alias(l sudoLine) {
	kind, rest, ok := sudoAliasKind(l.text)
	if !ok {
		return
	}
	if kind == "Cmd_Alias" {
		kind = "Cmnd_Alias"
	}
	if b.aliases[kind] == nil {
		b.aliases[kind] = map[string][]string{}
	}
	for _, def := range splitSudo(rest, ':') {
		name, members, ok := strings.Cut(def, "=")
		if !ok {
			b.miss(l)
			continue
		}
		b.aliases[kind][strings.TrimSpace(name)] = splitSudo(members, ',')
	}
}

func (b *sudoReader) miss(l sudoLine) {
	b.unread = append(b.unread, l.at.ev())
	if b.gap == nil {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, l.at.doc.Source, l.at.ev())
		b.gap = &m
	}
}

// expand resolves aliases; ones that refer to themselves are left as they are.
func (b *sudoReader) expand(kind string, members []string, depth int) []string {
	var out []string
	for _, m := range members {
		name := strings.TrimSpace(strings.TrimPrefix(m, "!"))
		inner, ok := b.aliases[kind][name]
		if !ok || depth > 8 || len(out) > 10000 {
			out = append(out, m)
			continue
		}
		for _, x := range b.expand(kind, inner, depth+1) {
			if strings.HasPrefix(m, "!") {
				x = "!" + x
			}
			out = append(out, x)
		}
	}
	return out
}

// defaults reads Defaults lines, of which only the one that asks for no password matters here.
func (b *sudoReader) defaults(l sudoLine) {
	rest, ok := strings.CutPrefix(l.text, "Defaults")
	if !ok {
		return
	}
	who, settings, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
	for _, s := range splitSudo(settings, ',') {
		if group, ok := strings.CutPrefix(strings.ReplaceAll(s, " ", ""), "exempt_group="); ok {
			b.openFor["%"+strings.Trim(group, `"`)] = l.at.ev()
		}
		off := s == "!authenticate"
		if !off && s != "authenticate" {
			continue
		}
		ev := l.at.ev()
		if !off {
			ev = nil
		}
		switch {
		case who == "":
			b.open = ev
		case who[0] == ':':
			for _, u := range b.expand("User_Alias", splitSudo(who[1:], ','), 0) {
				b.openFor[u] = ev
			}
		case off: // for some hosts, commands or target users: then it holds for somebody
			b.open = ev
		}
	}
}
