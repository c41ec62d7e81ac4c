package linux

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// tmout is the variable that ends an idle bash.
const tmout = "TMOUT"

// shell is one way that the start of an interactive login bash can go, as far as TMOUT is concerned. What the scripts
// ask and this driver cannot answer is left to choices; it is decided only where it matters.
type shell struct {
	scripts
	*choices

	set, readonly bool
	value         shellWord
	// at are the lines that made it so.
	at []confLine
	// refused are lines that would have set a laxer value had TMOUT not been read-only.
	refused []confLine
	// gap says what was met that may have changed TMOUT: a line that is not understood, a file that was not read.
	gap *facts.Missing
	// budget is how many steps are left for all ways together.
	budget *int
	depth  int
	frames []shellFrame
}

// verdict is what a condition comes to.
type verdict int

const (
	undecided verdict = iota
	yes
	no
)

func (v verdict) not() verdict {
	switch v {
	case yes:
		return no
	case no:
		return yes
	}
	return undecided
}

func (v verdict) and(w verdict) verdict {
	switch {
	case v == no || w == no:
		return no
	case v == yes && w == yes:
		return yes
	}
	return undecided
}

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// shellFrame is a block that is run or not.
type shellFrame struct {
	closer string
	now    verdict
	// taken says that an earlier branch of the same block was run.
	taken verdict
	// subject is the word that a case compares. condition says that a pattern of the case, or the brace that opens a
	// function, comes next.
	subject   string
	condition bool
}

// live says whether the current place is reached; an open condition is decided now.
func (s *shell) live() bool {
	s.spend(len(s.frames))
	if slices.ContainsFunc(s.frames, func(f shellFrame) bool { return f.now == no }) {
		return false
	}
	for i := range s.frames {
		f := &s.frames[i]
		if f.now == undecided {
			f.now = []verdict{yes, no}[s.pick(2)]
		}
		if f.now == no {
			return false
		}
	}
	return true
}

func (s *shell) push(f shellFrame) { s.frames = append(s.frames, f) }

func (s *shell) top() *shellFrame {
	if len(s.frames) == 0 {
		return &shellFrame{}
	}
	return &s.frames[len(s.frames)-1]
}

func (s *shell) pop(closer string) {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if s.frames[i].closer == closer {
			s.frames = s.frames[:i]
			return
		}
	}
}

// maxShellDepth is how deep files may read in one another.
const maxShellDepth = 8

// scripts gives the shell what it reads in.
type scripts interface {
	// script gives a file by its path, split into words.
	script(path string) shellScript
	// profiles gives those of /etc/profile.d in order; the gap says why there may be more.
	profiles() ([]shellScript, *facts.Missing)
}

// shellScript is a file of commands.
type shellScript struct {
	doc   driver.Document
	words []shellWord
	// about says that TMOUT is spoken of, others that further files may be read in.
	about, others bool
}

// shellSteps bounds the work on all ways in which the start of a shell can go.
const shellSteps = 4_000_000

func (s *shell) spend(steps int) { *s.budget -= steps }

// lack notes a gap, unless nothing can change TMOUT any more.
func (s *shell) lack(m facts.Missing) {
	if s.gap == nil && !s.readonly {
		s.gap = &m
	}
}

// run goes through a script.
func (s *shell) run(script shellScript) {
	if !script.doc.Whole() && !script.doc.NotFound() {
		s.lack(script.doc.Unknown())
	}
	if s.depth >= maxShellDepth {
		return
	}
	s.depth++
	outer := s.frames
	s.frames = nil
	defer func() { s.frames = outer; s.depth-- }()
	ws := script.words
	last, joined := yes, "" // how the last command ended, and what joins it to the next
	for i, end := 0, 0; i < len(ws); {
		if s.spend(1); *s.budget < 0 {
			s.lack(facts.Unknown(pb.Reason_REASON_TOO_LARGE, script.doc.Source))
			return
		}
		w := ws[i]
		if w.operator {
			s.separator(w.text, last)
			joined = w.text
			i++
			continue
		}
		end = max(end, i)
		for end < len(ws) && !ws[end].operator {
			end++
		}
		next := ""
		if end < len(ws) {
			next = ws[end].text
		}
		n, result, stop := s.command(ws[i:end], next, last)
		if stop {
			return
		}
		switch joined {
		case "&&":
			last = last.and(result)
		case "||":
			last = last.not().and(result.not()).not()
		default:
			last = result
		}
		i += max(n, 1)
	}
}

// separator ends a command; && and || make the next one depend on how it ended.
func (s *shell) separator(op string, last verdict) {
	if s.top().closer == "chain" && op != "&&" && op != "||" {
		s.pop("chain")
	}
	switch op {
	case "&&":
		s.chain(last)
	case "||":
		s.chain(last.not())
	case "(":
		if f := s.top(); f.closer != "esac" || !f.condition { // not the start of a case's pattern
			s.push(shellFrame{closer: ")", now: no}) // a subshell changes nothing here
		}
	case ")":
		if s.top().closer != "esac" {
			s.pop(")")
		}
	case ";;", ";&", ";;&":
		if f := s.top(); f.closer == "esac" {
			f.now, f.condition = no, true
		}
	}
}

func (s *shell) chain(v verdict) {
	if s.top().closer == "chain" {
		s.pop("chain")
	}
	s.push(shellFrame{closer: "chain", now: v})
}

// command handles the words up to the next operator; it says how many of them it used, and how the command ended.
func (s *shell) command(ws []shellWord, next string, last verdict) (used int, result verdict, stop bool) {
	first := ws[0].text
	if f := s.top(); f.closer == "esac" && f.condition && first != "esac" {
		s.pattern(ws, next)
		return len(ws), yes, false
	}
	switch first {
	case "if":
		s.push(shellFrame{closer: "fi", now: yes, taken: no})
		return 1, yes, false
	case "then":
		f := s.top()
		f.now = f.now.and(last)
		return 1, yes, false
	case "elif", "else":
		f := s.top()
		if f.now == yes || f.taken == no {
			f.taken = f.now
		}
		f.now = f.taken.not()
		return 1, yes, false
	case "fi", "done", "esac", "}":
		s.pop(first)
		return 1, yes, false
	case "while", "until":
		s.push(shellFrame{closer: "done", now: undecided})
		return 1, yes, false
	case "for", "select":
		s.push(shellFrame{closer: "done", now: yes})
		if slices.ContainsFunc(ws, func(w shellWord) bool { return strings.Contains(w.raw, "/etc/profile.d") }) {
			s.readProfiles()
		}
		return len(ws), yes, false
	case "do", "{":
		if f := s.top(); first == "{" && f.closer == "}" && f.condition {
			f.condition = false
		} else if first == "{" {
			s.push(shellFrame{closer: "}", now: yes})
		}
		return 1, yes, false
	case "case":
		f := shellFrame{closer: "esac", now: no, condition: true, taken: no}
		if len(ws) > 1 {
			f.subject = ws[1].raw
		}
		used = min(3, len(ws)) // case WORD in
		s.push(f)
		if len(ws) > used {
			s.pattern(ws[used:], next)
			used = len(ws)
		}
		return used, yes, false
	case "function":
		s.push(shellFrame{closer: "}", now: undecided, condition: ws[len(ws)-1].text != "{"})
		return len(ws), yes, false
	case "!":
		if len(ws) == 1 {
			return 1, undecided, false
		}
		n, r, stop := s.command(ws[1:], next, last)
		return n + 1, r.not(), stop
	}
	if next == "(" && len(ws) == 1 && isName(first) { // name() { … }
		s.push(shellFrame{closer: "}", now: undecided, condition: true})
		return 1, yes, false
	}
	result, stop = s.simple(ws)
	return len(ws), result, stop
}

// pattern decides whether a branch of a case is taken. Only what $- holds is known: an i, for an interactive shell.
func (s *shell) pattern(ws []shellWord, next string) {
	f := s.top()
	matches := undecided
	interactive := strings.Trim(f.subject, `"`) == "$-"
	for _, w := range ws {
		switch p := strings.TrimPrefix(w.text, "("); {
		case p == "*":
			matches = yes
		case interactive && p == "*i*":
			matches = yes
		}
	}
	if interactive && matches == undecided && next == ")" {
		matches = no
	}
	switch {
	case next == "|": // another pattern of the same branch follows
		return
	case f.taken == yes:
		matches = no
	case f.taken == undecided && matches == yes:
		matches = undecided
	}
	f.now, f.condition = matches, false
	if f.taken != yes && matches != no {
		f.taken = matches
	}
}

// simple runs one simple command, as far as TMOUT is concerned.
func (s *shell) simple(ws []shellWord) (result verdict, stop bool) {
	var assigned []shellWord
	for len(ws) > 0 && isAssignment(ws[0].text) {
		assigned = append(assigned, ws[0])
		ws = ws[1:]
	}
	if len(ws) == 0 {
		for _, w := range assigned {
			s.assign(w)
		}
		return yes, false
	}
	switch name := ws[0].text; name {
	case "readonly", "export", "declare", "typeset", "local":
		for _, w := range assigned { // bash keeps what stands before these
			s.assign(w)
		}
		s.declare(name, ws[1:])
		return yes, false
	case "unset":
		s.unset(ws[1:])
		return yes, false
	case ".", "source":
		if len(ws) > 1 && ws[1].fixed {
			if script := s.script(ws[1].text); script.matters() && s.live() {
				s.run(script)
			}
		}
		return yes, false
	case "return", "exit":
		return yes, s.live()
	case "[", "[[", "test":
		return s.test(ws), false
	case "true", ":", "shopt", "tty", "set", "cd":
		return yes, false
	case "false":
		return no, false
	case "echo", "printf", "logger", "grep", "egrep", "sed", "awk":
		if name != "printf" || len(ws) < 2 || ws[1].text != "-v" {
			return undecided, false
		}
	}
	for _, w := range ws {
		if strings.Contains(w.raw, tmout) && s.live() {
			s.lack(facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, w.at.doc.Source, w.at.ev()))
		}
	}
	return undecided, false
}

// matters says whether reading a script in can bear on TMOUT.
func (d shellScript) matters() bool {
	return d.about || d.others || !d.doc.Whole() && !d.doc.NotFound()
}

func (s *shell) readProfiles() {
	scripts, gap := s.profiles()
	if gap != nil && s.live() {
		s.lack(*gap)
	}
	for _, script := range scripts {
		if script.matters() && s.live() {
			s.run(script)
		}
	}
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !(c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	})
}

func isAssignment(s string) bool {
	name, _, ok := strings.Cut(s, "=")
	return ok && isName(strings.TrimSuffix(name, "+")) && !strings.Contains(name, "-")
}

func (s *shell) assign(w shellWord) {
	name, value, _ := strings.Cut(w.text, "=")
	if strings.TrimSuffix(name, "+") != tmout || !s.live() {
		return
	}
	w.text = value
	if s.readonly {
		s.refuse(w)
		return
	}
	w.fixed = w.fixed && name == tmout
	s.set, s.value, s.at = true, w, []confLine{w.at}
}

// refuse notes a laxer value that comes too late, because TMOUT is read-only by then. This shell does not take it, but one
// that starts without reading the first place (a shell that is no login shell) would.
func (s *shell) refuse(w shellWord) {
	was, err := strconv.ParseInt(strings.TrimSpace(s.value.text), 10, 32)
	if err != nil || !s.set || !s.value.fixed {
		return
	}
	now, err := strconv.ParseInt(strings.TrimSpace(w.text), 10, 32)
	if err == nil && w.fixed && now > 0 && now <= was {
		return
	}
	s.refused = append(s.refused, w.at)
}

// declare handles readonly, export, declare, typeset.
func (s *shell) declare(name string, ws []shellWord) {
	lock := name == "readonly"
	for _, w := range ws {
		if strings.HasPrefix(w.text, "-") && !strings.Contains(w.text, "=") {
			lock = lock || strings.Contains(w.text, "r")
			if name == "export" && strings.Contains(w.text, "n") {
				return
			}
			continue
		}
		variable, _, assigns := strings.Cut(w.text, "=")
		if strings.TrimSuffix(variable, "+") != tmout || !s.live() {
			continue
		}
		if assigns {
			s.assign(w)
		}
		if lock && !s.readonly {
			s.readonly = true
			if len(s.at) == 0 || s.at[len(s.at)-1].n != w.at.n || s.at[len(s.at)-1].doc.Source != w.at.doc.Source {
				s.at = append(s.at, w.at)
			}
		}
	}
}

func (s *shell) unset(ws []shellWord) {
	for _, w := range ws {
		if w.text == tmout && s.live() && !s.readonly {
			s.set, s.at = false, []confLine{w.at}
		}
	}
}
