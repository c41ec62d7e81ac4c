package ciscoios

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// config is a configuration with its top lines found by their first word.
type config struct {
	doc driver.Document
	// whole: it was seen from its head to its closing "end", so what it lacks is not configured.
	whole bool
	// flat: its indentation is lost, so sections below interfaces cannot be told apart.
	flat     bool
	comments []comment
	top      []*entry
	byWord   map[string][]*entry
}

type comment struct {
	n    int
	text string
}

// An entry is a line split into words, a "no" before it taken off.
type entry struct {
	node  *stanza.Node
	words []string
	no    bool
	below []*entry
}

func parse(doc driver.Document) config {
	c := config{doc: doc, byWord: map[string][]*entry{}}
	root := stanza.Parse(c.body(), stanza.Options{Free: freeText, Comment: isComment})
	ended, version, hostname := false, false, false
	for _, n := range root.Children {
		e := newEntry(n)
		if len(e.words) == 0 {
			continue
		}
		switch {
		case e.words[0] == "end" && len(e.words) == 1:
			ended = true
			continue
		case strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text):
			continue
		case ended:
			ended = false
		}
		version = version || e.words[0] == "version"
		hostname = hostname || e.words[0] == "hostname"
		c.flat = c.flat || e.begins("ip", "address") || e.words[0] == "switchport" || e.words[0] == "shutdown"
		c.top = append(c.top, e)
		c.byWord[e.words[0]] = append(c.byWord[e.words[0]], e)
	}
	c.whole = doc.Whole() && ended && version && hostname
	return c
}

var promptLine = regexp.MustCompile(`^\S{1,64}#(?:\s*sh(?:ow)?\s.*)?$`)

func isComment(text string) bool { return text[0] == '!' }

// rooted are beginnings of lines that stand at the top, although some versions and some archives indent them.
var rooted = []string{
	"line con ", "line aux ", "line vty ", "interface ", "hostname ", "access-list ", "snmp-server ", "radius-server ", "tacacs-server ",
	"ip http ", "no ip http ", "username ", "no cdp run", "ip access-list ",
}

// inLine are first words of lines that belong to the "line" above them where an archive lost the indentation.
var inLine = []string{"exec-timeout", "transport", "access-class", "password", "stopbits", "session-timeout", "absolute-timeout", "exec", "login", "privilege", "rotary"}

// body yields the lines, those of the top aligned to the margin; it keeps the comments.
func (c *config) body() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		underLine := false
		for n, l := range c.doc.Lines() {
			text := strings.TrimSpace(l)
			if text == "" {
				continue
			}
			if text[0] == '!' && len(text) > 1 {
				c.comments = append(c.comments, comment{n, text})
			}
			indented := l[0] == ' ' || l[0] == '\t'
			switch {
			case indented && slices.ContainsFunc(rooted, func(p string) bool { return strings.HasPrefix(text, p) }):
				l = text
				indented = false
			case !indented && underLine && lineWord(text):
				l = " " + text
				indented = true
			}
			if !indented && text[0] != '!' {
				underLine = strings.HasPrefix(text, "line ")
			}
			if !yield(n, l) {
				return
			}
		}
	}
}

func lineWord(text string) bool {
	words := strings.Fields(strings.TrimPrefix(text, "no "))
	if len(words) == 0 || !slices.Contains(inLine, words[0]) {
		return false
	}
	switch words[0] {
	case "login":
		return len(words) == 1 || words[1] == "local" || words[1] == "authentication"
	case "privilege":
		return len(words) > 1 && words[1] == "level"
	}
	return true
}

// freeText finds where text ends that is no configuration: banners at their delimiter, certificates at "quit".
func freeText(text string) func(string) bool {
	words := strings.Fields(text)
	at := -1
	switch {
	case len(words) >= 3 && words[0] == "banner":
		at = 2
	case len(words) >= 4 && words[0] == "aaa" && words[1] == "authentication" && (words[2] == "banner" || words[2] == "fail-message"):
		at = 3
	case len(words) >= 4 && words[0] == "menu" && words[2] == "title":
		at = 3
	case len(words) >= 2 && words[0] == "certificate" && !strings.Contains(text, "nvram:") && len(words) <= 3:
		return quits
	case text == "key-string":
		return quits
	case len(words) == 3 && words[0] == "macro" && words[1] == "name":
		return func(l string) bool { return strings.TrimSpace(l) == "@" }
	}
	if at < 0 {
		return nil
	}
	rest := text
	for _, w := range words[:at] {
		rest = strings.TrimLeft(strings.TrimPrefix(rest, w), " \t")
	}
	_, size := utf8.DecodeRuneInString(rest)
	mark := rest[:size]
	if strings.HasPrefix(rest, "^C") {
		mark = "^C"
	}
	if strings.Contains(rest[len(mark):], mark) {
		return nil
	}
	return func(l string) bool { return strings.Contains(l, mark) }
}

func quits(l string) bool {
	t := strings.TrimSpace(l)
	return t == "quit" || t == "exit"
}

func newEntry(n *stanza.Node) *entry {
	e := &entry{node: n, words: strings.Fields(n.Text)}
	if len(e.words) > 1 && e.words[0] == "no" {
		e.no, e.words = true, e.words[1:]
	}
	return e
}

// under gives the lines below a line; they are split once.
func (e *entry) under() []*entry {
	if e.below == nil && len(e.node.Children) > 0 {
		e.below = make([]*entry, 0, len(e.node.Children))
		for _, c := range e.node.Children {
			e.below = append(e.below, newEntry(c))
		}
	}
	return e.below
}

// find yields the top lines that begin with words, with or without "no".
func (c *config) find(words ...string) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range c.byWord[words[0]] {
			if e.begins(words...) && !yield(e) {
				return
			}
		}
	}
}

// final gives the last of them, which is the one that holds; nil if there is none.
func (c *config) final(words ...string) *entry {
	var last *entry
	for e := range c.find(words...) {
		last = e
	}
	return last
}

func (e *entry) begins(words ...string) bool {
	return len(e.words) >= len(words) && slices.Equal(e.words[:len(words)], words)
}

func (e *entry) word(i int) string {
	if i >= 0 && i < len(e.words) {
		return e.words[i]
	}
	return ""
}

// after gives the word that follows key, "" if there is none.
func (e *entry) after(key string) string {
	if i := slices.Index(e.words, key); i >= 0 {
		return e.word(i + 1)
	}
	return ""
}

// number reads the i-th word as a number that is not negative.
func (e *entry) number(i int) (int64, bool) { return number(e.word(i)) }

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

// hole says that a word is not the device's own: a template's, or what a tool left of a secret.
func hole(word string) bool {
	return strings.Contains(word, "{{") || strings.Contains(word, "{%") || strings.Contains(word, "***") || strings.HasPrefix(word, "<") || strings.HasPrefix(word, "${")
}

// at is evidence of a line, its secrets left out.
func (c *config) at(e *entry) *pb.Evidence { return c.doc.Line(e.node.N, mask(e)) }

// section is evidence of a line and what stands below it, quoting the line.
func (c *config) section(e *entry) *pb.Evidence {
	return facts.Lines(c.doc.Source, e.node.N, e.node.Last, mask(e))
}

const masked = "******"

// mask leaves out what follows the words behind which IOS writes secrets.
func mask(e *entry) string {
	if e.words[0] != "snmp-server" && !slices.ContainsFunc(e.words, sensitive) {
		return e.node.Text
	}
	words := slices.Clone(e.words)
	community := len(words) > 2 && words[0] == "snmp-server" && (words[1] == "community" || words[1] == "host" || words[1] == "user")
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case community && words[1] == "community" && i == 2:
			words[i] = masked
		case community && words[1] == "host" && i >= 3 && !slices.Contains(hostWords, w):
			words[i] = masked
		case community && words[1] == "user" && i >= 1 && slices.Contains([]string{"md5", "sha", "sha-2", "des", "3des", "aes", "auth", "priv"}, words[i-1]) && i >= 5 && !slices.Contains(hostWords, w):
			words[i] = masked
		case slices.Contains(secretWords, w) && i+1 < len(words):
			if _, typed := number(words[i+1]); typed && i+2 < len(words) {
				i++
			}
			words = append(words[:i+1], masked)
		case strings.Contains(w, "://"):
			words[i] = credentials.ReplaceAllString(w, "://")
		}
	}
	if e.no {
		words = append([]string{"no"}, words...)
	}
	return strings.Join(words, " ")
}

func sensitive(w string) bool { return slices.Contains(secretWords, w) || strings.Contains(w, "://") }

var (
	credentials = regexp.MustCompile(`://[^/]*@`)
	secretWords = []string{"password", "secret", "key", "server-key", "pac", "key-string", "md5", "passphrase", "pre-shared-key", "authentication-key"}
	hostWords   = []string{"traps", "trap", "informs", "inform", "version", "1", "2c", "3", "auth", "noauth", "priv", "vrf", "udp-port", "v3", "md5", "sha", "sha-2", "des", "3des", "aes", "128", "192", "256", "384", "512", "access", "encrypted"}
)
