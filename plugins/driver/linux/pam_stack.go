package linux

import (
	"path"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The four facilities of PAM.
const (
	pamAuth     = "auth"
	pamAccount  = "account"
	pamPassword = "password"
	pamSession  = "session"
)

// maxPamDepth is how deep libpam follows includes (PAM_SUBSTACK_MAX_LEVEL), maxPamLines how many lines this driver
// puts into one stack; a stack that is deeper or longer cannot be told.
const (
	maxPamDepth = 16
	maxPamLines = 300
)

// pamAction is what libpam does after a module: a positive number jumps over so many modules.
type pamAction int

const (
	pamIgnore pamAction = -iota
	pamOK
	pamDone
	pamBad
	pamDie
	pamReset
)

var pamActions = map[string]pamAction{"ignore": pamIgnore, "ok": pamOK, "done": pamDone, "bad": pamBad, "die": pamDie, "reset": pamReset}

// pamControl says what follows from each return code; codes it does not name are treated as other says.
type pamControl struct {
	on    map[string]pamAction
	other pamAction
}

func (c pamControl) action(code string) pamAction {
	if a, ok := c.on[code]; ok {
		return a
	}
	return c.other
}

var (
	pamRequired   = pamControl{map[string]pamAction{"success": pamOK, "new_authtok_reqd": pamOK, "ignore": pamIgnore}, pamBad}
	pamRequisite  = pamControl{map[string]pamAction{"success": pamOK, "new_authtok_reqd": pamOK, "ignore": pamIgnore}, pamDie}
	pamOptional   = pamControl{map[string]pamAction{"success": pamOK, "new_authtok_reqd": pamOK}, pamIgnore}
	pamSufficient = pamControl{map[string]pamAction{"success": pamDone, "new_authtok_reqd": pamDone}, pamIgnore}
)

// parseControl reads a control value, the brackets taken off. What libpam does not understand it treats as bad.
func parseControl(word string, bracketed bool) (c pamControl, understood bool) {
	if !bracketed {
		switch strings.ToLower(word) {
		case "required":
			return pamRequired, true
		case "requisite":
			return pamRequisite, true
		case "optional":
			return pamOptional, true
		case "sufficient":
			return pamSufficient, true
		}
	}
	c = pamControl{on: map[string]pamAction{}, other: pamBad}
	for _, pair := range strings.Fields(strings.ReplaceAll(strings.ReplaceAll(word, " =", "="), "= ", "=")) {
		code, action, ok := strings.Cut(pair, "=")
		a, named := pamActions[action]
		if !named {
			n, err := strconv.Atoi(action)
			if err != nil || n < 1 || n > maxPamLines {
				return c, false
			}
			a = pamAction(n)
		}
		if !ok {
			return c, false
		}
		if code == "default" {
			c.other = a
		} else {
			c.on[code] = a
		}
	}
	return c, len(c.on) > 0 || c.other != pamBad
}

// pamEntry is one module of a stack, includes resolved.
type pamEntry struct {
	control pamControl
	// module is its name without folder and .so; empty where the line cannot be used, which libpam answers with failure.
	module string
	args   []string
	// level counts the substacks around it; substack marks the line that opens one.
	level    int
	substack bool
	at       confLine
}

func (e pamEntry) ev() *pb.Evidence { return e.at.ev() }

// has says whether a module has an argument, letter for letter.
func (e pamEntry) has(arg string) bool {
	for _, a := range e.args {
		if a == arg {
			return true
		}
	}
	return false
}

// value gives the last argument NAME=VALUE.
func (e pamEntry) value(name string) (string, bool) {
	for i := len(e.args) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e.args[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// pamStack is the modules that a service runs for a facility.
type pamStack struct {
	entries []pamEntry
	// gap says why it cannot be told; nil if it can.
	gap *facts.Missing
}

// evidence gives the lines of the modules named; of the whole stack's files if there is none.
func (s pamStack) evidence(modules ...string) []*pb.Evidence {
	var out []*pb.Evidence
	for _, e := range s.entries {
		for _, m := range modules {
			if e.module == m {
				out = append(out, e.ev())
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	seen := map[string]bool{}
	for _, e := range s.entries {
		if !seen[e.at.doc.Source] {
			seen[e.at.doc.Source] = true
			out = append(out, e.at.doc.All())
		}
	}
	return out
}

func (s pamStack) find(modules ...string) []pamEntry {
	var out []pamEntry
	for _, e := range s.entries {
		for _, m := range modules {
			if e.module == m {
				out = append(out, e)
			}
		}
	}
	return out
}

// pamLine is one line of a file in /etc/pam.d, continuation lines joined.
type pamLine struct {
	// facility is empty for @include, which brings in all of them.
	facility  string
	control   string
	bracketed bool
	// target is the module or the file to include.
	target string
	args   []string
	at     confLine
}

// include gives the name of the file that the line brings in.
func (l pamLine) include() (name string, substack, ok bool) {
	switch {
	case l.control == "@include":
		return l.target, false, true
	case l.bracketed:
		return "", false, false
	case strings.EqualFold(l.control, "include"):
		return l.target, false, true
	case strings.EqualFold(l.control, "substack"):
		return l.target, true, true
	}
	return "", false, false
}

// parsePam reads the lines of a file. With services, each line begins with the name of its service (pam.conf), and
// only those of that service are given.
func parsePam(lines []confLine, service string) []pamLine {
	var out []pamLine
	for i := 0; i < len(lines); i++ {
		at := lines[i]
		text, more := pamText(at.text)
		var joined strings.Builder
		joined.WriteString(text)
		for more && i+1 < len(lines) {
			i++
			next, goesOn := pamText(lines[i].text)
			if next != "" || goesOn { // an empty line or a comment does not end what is continued
				joined.WriteString(" " + next)
				more = goesOn
			}
		}
		words := pamWords(joined.String())
		if len(words) == 0 {
			continue
		}
		if service != "" {
			if !strings.EqualFold(words[0].text, service) {
				continue
			}
			words = words[1:]
		}
		out = append(out, toPamLine(words, at))
	}
	return out
}

// pamText takes comment and continuation mark off a line.
func pamText(line string) (text string, more bool) {
	text, _, commented := strings.Cut(line, "#")
	text = strings.TrimSpace(text)
	if !commented && strings.HasSuffix(text, "\\") {
		return strings.TrimSuffix(text, "\\"), true
	}
	return text, false
}

type pamWord struct {
	text      string
	bracketed bool
}

// pamWords splits at blanks, except within brackets, in which \] stands for a bracket.
func pamWords(s string) []pamWord {
	var out []pamWord
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] != '[' {
			end := strings.IndexAny(s, " \t")
			if end < 0 {
				end = len(s)
			}
			out = append(out, pamWord{text: s[:end]})
			s = s[end:]
			continue
		}
		var b strings.Builder
		i := 1
		for ; i < len(s) && s[i] != ']'; i++ {
			if s[i] == '\\' && i+1 < len(s) && s[i+1] == ']' {
				i++
			}
			b.WriteByte(s[i])
		}
		out = append(out, pamWord{b.String(), true})
		s = s[min(i+1, len(s)):]
	}
	return out
}

func toPamLine(words []pamWord, at confLine) pamLine {
	l := pamLine{at: at}
	word := func(i int) pamWord {
		if i < len(words) {
			return words[i]
		}
		return pamWord{}
	}
	if word(0).text == "@include" {
		l.control, l.target = "@include", word(1).text
		return l
	}
	l.facility = strings.ToLower(strings.TrimPrefix(word(0).text, "-"))
	l.control, l.bracketed = word(1).text, word(1).bracketed
	l.target = word(2).text
	for _, w := range words[min(3, len(words)):] {
		l.args = append(l.args, w.text)
	}
	return l
}

// moduleName takes folder and ending off.
func moduleName(target string) string {
	name := path.Base(target)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[:i]
	}
	return name
}
