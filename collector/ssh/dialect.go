package ssh

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/collector/ssh/internal/wire"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

// A Platform is a driver's description of its terminal, made ready. It never changes and may serve any number of sessions at once.
type Platform struct {
	words      *wire.List
	prompt     *regexp.Regexp
	pager      *regexp.Regexp // nil: none
	raiseAsks  *regexp.Regexp // nil: none
	dialogues  []dialogue
	errors     []*regexp.Regexp
	endMarks   []string
	config     string
	privileged []string
}

type dialogue struct {
	asks  *regexp.Regexp
	means string
}

// Prepare makes a driver's description ready. It fails where the terminal could not be spoken to safely.
func Prepare(d *pluginpb.DescribeResponse) (*Platform, error) {
	words, err := wire.New(d)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDialect, d.GetName(), err)
	}
	dialect := d.GetDialect()
	p := &Platform{words: words, endMarks: dialect.GetEndMarks(), config: d.GetConfigCommand(), privileged: d.GetPrivileged()}
	if dialect.GetPromptPattern() == "" {
		return nil, fmt.Errorf("%w: %s: it has no prompt", ErrDialect, d.GetName())
	}
	if _, ok := words.Logout(); !ok {
		return nil, fmt.Errorf("%w: %s: it has no logout", ErrDialect, d.GetName())
	}
	compile := func(expr string) *regexp.Regexp {
		if expr == "" || err != nil {
			return nil
		}
		var re *regexp.Regexp
		if re, err = regexp.Compile(expr); err != nil {
			err = fmt.Errorf("%w: %s: %w", ErrDialect, d.GetName(), err)
		}
		return re
	}
	p.prompt = compile(dialect.GetPromptPattern())
	p.pager = compile(dialect.GetPagerPattern())
	p.raiseAsks = compile(dialect.GetRaisePasswordPattern())
	for _, a := range dialect.GetDialogues() {
		p.dialogues = append(p.dialogues, dialogue{compile(a.GetPattern()), a.GetMeans()})
		if a.GetPattern() == "" {
			return nil, fmt.Errorf("%w: %s: a dialogue without a question", ErrDialect, d.GetName())
		}
	}
	for _, e := range dialect.GetErrorPatterns() {
		if e != "" {
			p.errors = append(p.errors, compile(e))
		}
	}
	if _, ok := words.Key(); !ok {
		p.pager = nil
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maxAsking is the longest line that can be a prompt, a pager's or a question.
const maxAsking = 400

// isPrompt says that a line could be a prompt of the platform.
func (p *Platform) isPrompt(line []byte) bool {
	return matches(p.prompt, line)
}

// isPager says that a line is the pager's.
func (p *Platform) isPager(line []byte) bool {
	return matches(p.pager, line)
}

// matches holds a line against a pattern of the driver's. Lines come without the blank that may follow them; a pattern may ask for it.
func matches(re *regexp.Regexp, line []byte) bool {
	if re == nil || len(line) == 0 || len(line) > maxAsking {
		return false
	}
	return re.Match(line) || re.Match(append(line[:len(line):len(line)], ' '))
}

// Some words in a prompt come and go while it stays the same prompt: which of a pair of firewalls is active (HRP_M, RBM_P), and
// whether a candidate configuration has changes ([~ and [*). These are its marks.

// samePrompt says that a line is the prompt that was learned, marks aside.
func (p *Platform) samePrompt(line []byte, learned string) bool {
	if string(line) == learned {
		return true
	}
	return len(line) <= maxAsking && bytes.Equal(unmarked(line), unmarked([]byte(learned))) && p.isPrompt(line)
}

func unmarked(line []byte) []byte {
	if bytes.HasPrefix(line, []byte("HRP_")) || bytes.HasPrefix(line, []byte("RBM_")) {
		if at := bytes.IndexAny(line[:min(len(line), 8)], "<["); at > 0 {
			line = line[at:]
		}
	}
	if len(line) > 2 && line[0] == '[' && (line[1] == '~' || line[1] == '*') {
		return append([]byte{'['}, line[2:]...)
	}
	return line
}

// after gives what follows the prompt on a line, marks aside.
func (p *Platform) after(line []byte, learned string) (rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(unmarked(line), unmarked([]byte(learned)))
	return bytes.TrimSpace(rest), ok
}

// ended says that a configuration's last words are an end mark.
func (p *Platform) ended(body []byte) bool {
	body = bytes.TrimRight(body, " \t\r\n")
	last := body[bytes.LastIndexByte(body, '\n')+1:]
	return slices.Contains(p.endMarks, string(last))
}

// How much of an answer is looked at for an error: a refusal is short, or the last thing said.
const (
	firstLines = 4
	lastLines  = 2
)

// refusal finds the line in which the platform refused a command; empty if it did not.
func (p *Platform) refusal(body []byte) string {
	lines := edges(body)
	said := ""
	for _, line := range lines {
		for _, e := range p.errors {
			if e.Match(line) && (said == "" || strings.TrimSpace(said) == "^") {
				said = string(line)
			}
		}
	}
	return said
}

// edges are the first and the last lines with text.
func edges(body []byte) [][]byte {
	var out [][]byte
	rest := body
	for len(rest) > 0 && len(out) < firstLines {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if len(bytes.TrimSpace(line)) > 0 {
			out = append(out, line)
		}
	}
	for n := 0; len(rest) > 0 && n < lastLines; {
		rest = bytes.TrimRight(rest, " \t\r\n")
		at := bytes.LastIndexByte(rest, '\n') + 1
		if len(bytes.TrimSpace(rest[at:])) > 0 {
			out = append(out, rest[at:])
			n++
		}
		rest = rest[:at]
	}
	return out
}
