package ciscoios

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration with its comments.
type config struct {
	stanza.Config
	// flat: its indentation is lost, so sections below interfaces cannot be told apart.
	flat     bool
	comments []comment
}

type comment struct {
	n    int
	text string
}

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	root := stanza.Parse(c.body(), stanza.Options{Free: freeText, Comment: isComment})
	ended, version, hostname := false, false, false
	for _, n := range root.Children {
		e := c.Entry(n)
		if len(e.Words) == 0 {
			continue
		}
		switch {
		case e.Words[0] == "end" && len(e.Words) == 1:
			ended = true
			continue
		case strings.Contains(n.Text, "#") && promptLine.MatchString(n.Text):
			continue
		case ended:
			ended = false
		}
		version = version || e.Words[0] == "version"
		hostname = hostname || e.Words[0] == "hostname"
		c.flat = c.flat || e.Begins("ip", "address") || e.Words[0] == "switchport" || e.Words[0] == "shutdown"
		c.Add(e)
	}
	if !ended || !version || !hostname { // not seen from its head to its closing mark
		c.Doc = c.Doc.Cut()
	}
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
		for n, l := range c.Doc.Lines() {
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

const masked = "******"

// mask leaves out what follows the words behind which IOS writes secrets.
func mask(e *stanza.Entry) string {
	if e.Words[0] != "snmp-server" && !slices.ContainsFunc(e.Words, sensitive) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
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
			if _, typed := stanza.Number(words[i+1]); typed && i+2 < len(words) {
				i++
			}
			words = append(words[:i+1], masked)
		case strings.Contains(w, "://"):
			words[i] = credentials.ReplaceAllString(w, "://")
		}
	}
	return e.Text(words)
}

func sensitive(w string) bool { return slices.Contains(secretWords, w) || strings.Contains(w, "://") }

var (
	credentials = regexp.MustCompile(`://[^/]*@`)
	secretWords = []string{"password", "secret", "key", "server-key", "pac", "key-string", "md5", "passphrase", "pre-shared-key", "authentication-key"}
	hostWords   = []string{"traps", "trap", "informs", "inform", "version", "1", "2c", "3", "auth", "noauth", "priv", "vrf", "udp-port", "v3", "md5", "sha", "sha-2", "des", "3des", "aes", "128", "192", "256", "384", "512", "access", "encrypted"}
)
