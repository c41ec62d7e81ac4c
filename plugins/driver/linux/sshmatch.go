package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// holds says whether a Match line holds for a login, as far as the user decides it.
type holds int

const (
	matchNever holds = iota
	matchMaybe
	matchAlways
)

// applies says for whom a Match holds: for root, or for an account of which nothing is known.
func (c *sshConf) applies(match int, root bool) holds {
	out := matchAlways
	for ; match >= 0; match = c.matches[match].outer {
		for _, criterion := range c.matches[match].criteria {
			out = min(out, criterionHolds(criterion[0], criterion[1], root))
		}
	}
	return out
}

func criterionHolds(name, value string, root bool) holds {
	patterns := strings.Split(value, ",")
	switch name {
	case "all":
		return matchAlways
	case "invalid-user":
		// Somebody who does not exist does not get in, whatever is set for him.
		return matchNever
	case "user":
		if slices.Equal(patterns, []string{"*"}) {
			return matchAlways
		}
		if !root {
			return matchMaybe
		}
		if matchesList("root", patterns) {
			return matchAlways
		}
		return matchNever
	case "group":
		if slices.Equal(patterns, []string{"*"}) || root && matchesList("root", patterns) {
			return matchAlways
		}
		return matchMaybe // root may be in other groups too
	case "address", "localaddress", "host":
		if slices.Equal(patterns, []string{"*"}) {
			return matchAlways
		}
	}
	return matchMaybe
}

// matchesList is OpenSSH's pattern list: one pattern must match and none that is negated may.
func matchesList(s string, patterns []string) bool {
	found := false
	for _, p := range patterns {
		p = strings.TrimSpace(p)
		negated := strings.HasPrefix(p, "!")
		if ok := sshPattern(strings.TrimPrefix(p, "!"), s); ok && negated {
			return false
		} else if ok {
			found = true
		}
	}
	return found
}

// sshPattern matches with * and ?.
func sshPattern(pattern, s string) bool {
	escaped := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `/`, "\x00").Replace(pattern)
	ok, err := path.Match(escaped, strings.ReplaceAll(s, "/", "\x00"))
	return err == nil && ok
}

// An sshValue is one value that a keyword may have for somebody, with its lines.
type sshValue struct {
	words []string
	ev    []*pb.Evidence
}

func (v sshValue) String() string { return strings.Join(v.words, " ") }

func (v sshValue) is(word string) bool { return strings.EqualFold(v.String(), word) }

// sshAdding are the keywords whose lines add up; of all others the first line counts.
var sshAdding = words("allowusers denyusers allowgroups denygroups port listenaddress hostkey acceptenv setenv persourcepenalties")

// sshd is all that decides how sshd behaves.
type sshd struct {
	// args are options on sshd's command line: they come before any file.
	args map[string]sshValue
	// tested is what sshd -T printed; nil if it did not work.
	tested map[string]sshValue
	doc    driver.Document
	conf   *sshConf
	// gap says why nothing can be said.
	gap     *facts.Missing
	version sshVersion
	// packaged is the version as the package manager has it.
	packaged string
	rel      release
}

// values gives every value that a keyword may have: those of Match blocks that may hold, then the one for all others.
// A keyword that is set nowhere has its default; without one, that is a gap.
func (s *sshd) values(keyword string, root bool) ([]sshValue, *facts.Missing) {
	if s.gap != nil {
		return nil, s.gap
	}
	if v, ok := s.args[keyword]; ok {
		return []sshValue{v}, nil
	}
	if s.conf.gap != nil {
		return nil, s.conf.gap
	}
	var out []sshValue
	seen := map[int]bool{}
	for i, st := range s.conf.statements {
		if st.keyword != keyword || st.match < 0 || seen[st.match] {
			continue
		}
		seen[st.match] = true
		h := s.conf.applies(st.match, root)
		if h == matchNever {
			continue
		}
		v := sshValue{words: st.args, ev: []*pb.Evidence{s.conf.matches[st.match].at.ev(), st.at.ev()}}
		for _, more := range s.conf.statements[i+1:] {
			if more.keyword == keyword && more.match == st.match && slices.Contains(sshAdding, keyword) {
				v.words, v.ev = append(slices.Clone(v.words), more.args...), append(v.ev, more.at.ev())
			}
		}
		out = append(out, v)
		if h == matchAlways {
			return out, nil
		}
	}
	global, ok := s.global(keyword)
	if !ok {
		if global, ok = s.defaultOf(keyword); !ok {
			return nil, ptr(facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, keyword, s.conf.whole()...))
		}
	}
	return append(out, global), nil
}

// global gives what is set for all whom no Match concerns.
func (s *sshd) global(keyword string) (sshValue, bool) {
	written, found := sshValue{}, false
	for _, st := range s.conf.statements {
		if st.keyword != keyword || st.match >= 0 {
			continue
		}
		if found && !slices.Contains(sshAdding, keyword) {
			break
		}
		written.words, written.ev = append(slices.Clone(written.words), st.args...), append(written.ev, st.at.ev())
		found = true
	}
	v, ok := s.tested[keyword]
	if !ok {
		if s.tested != nil && found && slices.Contains(sshAdding, keyword) {
			// sshd prints no empty list.
			return written, true
		}
		return written, found
	}
	if found && strings.EqualFold(written.String(), v.String()) {
		v.ev = append(slices.Clone(v.ev), written.ev...)
	}
	return v, true
}

// parseTested reads what sshd -T prints: a keyword in small letters and its value; lists on a line each.
func parseTested(d driver.Document) map[string]sshValue {
	out := map[string]sshValue{}
	for _, l := range linesOf(d) {
		w := strings.Fields(l.text)
		if len(w) < 2 {
			continue
		}
		keyword := strings.ToLower(w[0])
		if name, ok := sshAliases[keyword]; ok {
			if _, both := out[name]; both {
				continue
			}
			keyword = name
		}
		v := out[keyword]
		out[keyword] = sshValue{append(v.words, w[1:]...), append(v.ev, l.ev())}
	}
	return out
}
