package topsec

import (
	"iter"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// endMark is the last line of the only whole configuration that is public.
const endMark = "system config implement"

// A line is one command: its words, quoted ones without their quotes, and the number before it where it has one.
type line struct {
	n     int
	id    string
	words []string
	used  bool
}

// config is a configuration in the order of its lines.
type config struct {
	doc    driver.Document
	lines  []*line
	byWord map[string][]*line
}

// parse reads the lines. A configuration is whole if its answer is, if the device names itself in it and if its end mark is last.
func parse(doc driver.Document) config {
	c := config{doc: doc, byWord: map[string][]*line{}}
	named, last := false, ""
	for n, text := range joined(doc) {
		l := &line{n: n, words: split(text)}
		if len(l.words) > 2 && l.words[0] == "ID" {
			l.id, l.words = l.words[1], l.words[2:]
		}
		if len(l.words) == 0 || strings.Contains(text, "--More--") {
			continue
		}
		last = strings.Join(l.words, " ")
		if prompt := l.words[0]; strings.HasSuffix(prompt, "#") || strings.HasSuffix(prompt, "%") {
			last = endMark // the prompt that follows the configuration, or the command before it
			if len(c.lines) > 0 && strings.Join(c.lines[len(c.lines)-1].words, " ") != endMark {
				last = ""
			}
			continue
		}
		named = named || l.begins("system", "devname", "set")
		c.lines = append(c.lines, l)
		c.byWord[l.words[0]] = append(c.byWord[l.words[0]], l)
	}
	if !named || last != endMark {
		c.doc = c.doc.Cut()
	}
	return c
}

// First words of commands, as far as they are known.
var commands = []string{
	"ID", "helpmode", "system", "network", "define", "aaa", "ar", "qos", "anti-spam", "dpi", "ids", "nat", "firewall", "log", "pf", "l3ipmac", "ha", "avse", "dns", "snmp", "vpn", "user", "av", "ips",
}

// A terminal breaks lines that are longer than it is wide; none is narrower than this.
const narrowest = 80

// joined yields the lines with those put together again that a terminal broke: what does not begin like a command, after a long line or
// within quotes, is the rest of that line.
func joined(doc driver.Document) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		at, text, width := 0, "", 0
		for n, l := range doc.Lines() {
			first, _, _ := strings.Cut(strings.TrimSpace(l), " ")
			rest := at > 0 && !slices.Contains(commands, first) && first != "" && !strings.HasSuffix(first, "#") && !strings.HasSuffix(first, "%") &&
				(width >= narrowest || strings.Count(text, "'")%2 == 1)
			if rest && len(text) < maxLine {
				text, width = text+l, len(l)
				continue
			}
			if at > 0 && !yield(at, text) {
				return
			}
			at, text, width = n, l, len(l)
		}
		if at > 0 {
			yield(at, text)
		}
	}
}

// maxLine bounds what is put together.
const maxLine = 1 << 16

// split splits a line into words; what stands in single quotes is one word, without them.
func split(text string) []string {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " \t") {
		if text[0] == '\'' {
			value, rest, closed := strings.Cut(text[1:], "'")
			out = append(out, strings.TrimSpace(value))
			if !closed {
				return out
			}
			text = rest
			continue
		}
		end := strings.IndexAny(text, " \t")
		if end < 0 {
			return append(out, text)
		}
		out = append(out, text[:end])
		text = text[end:]
	}
	return out
}

func (l *line) begins(words ...string) bool {
	return len(l.words) >= len(words) && slices.Equal(l.words[:len(words)], words)
}

func (l *line) word(i int) string {
	if i < len(l.words) {
		return l.words[i]
	}
	return ""
}

// after gives the word that follows key, from the words at from on; "" if there is none.
func (l *line) after(key string, from int) string {
	for i := from; i+1 < len(l.words); i++ {
		if l.words[i] == key {
			return l.words[i+1]
		}
	}
	return ""
}

// find gives the lines that begin with words, and marks them as used.
func (c *config) find(words ...string) []*line {
	var out []*line
	for _, l := range c.byWord[words[0]] {
		if l.begins(words...) {
			l.used = true
			out = append(out, l)
		}
	}
	return out
}

// final gives the last of them, nil if there is none.
func (c *config) final(words ...string) *line {
	if all := c.find(words...); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// Words behind which secrets stand.
var secretWords = []string{"password", "passwd", "shared-secret", "secret", "key", "log_key", "community", "psk", "pre-shared-key"}

// at is evidence of a line, its secrets left out.
func (c *config) at(l *line) *pb.Evidence {
	words := l.words
	for i, w := range words {
		if slices.Contains(secretWords, strings.ToLower(w)) && i+1 < len(words) {
			words = append(slices.Clone(words[:i+1]), "***")
			break
		}
	}
	text := strings.Join(words, " ")
	if l.id != "" {
		text = "ID " + l.id + " " + text
	}
	return c.doc.Line(l.n, text)
}

// odd is the fact that rests on a line that is not understood.
func (c *config) odd(detail string, l *line) facts.Missing {
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, detail, c.at(l))
}

// unclear is the state of a list of which no document says where all of it stands.
func (c *config) unclear(detail string) (pb.FactState, pb.Reason, string) {
	if !c.doc.Whole() {
		return pb.FactState_FACT_STATE_UNKNOWN, c.doc.Reason(), c.doc.Source
	}
	return pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NOT_UNDERSTOOD, detail
}

// What manages the device; lines of it that nothing reads are reported.
var managing = [][]string{{"snmp"}, {"system", "ntp"}, {"system", "admin"}, {"system", "user"}, {"system", "sshd"}, {"system", "telnetd"}, {"system", "httpd"}, {"system", "webui"}, {"aaa", "server"}, {"log", "log", "set"}}

// Lines about the web pages that nothing asks about.
var known = [][]string{{"system", "webui", "language"}, {"system", "webui", "ssl-verify-client"}, {"system", "admin-auth-mode"}}

func (c *config) leftover() []*pb.Evidence {
	var out []*pb.Evidence
	matches := func(l *line, list [][]string) bool {
		return slices.ContainsFunc(list, func(words []string) bool { return l.begins(words...) })
	}
	for _, l := range c.lines {
		if !l.used && matches(l, managing) && !matches(l, known) {
			out = append(out, c.at(l))
		}
	}
	return out
}
