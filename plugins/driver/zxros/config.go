package zxros

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration with the remarks at its head.
type config struct {
	stanza.Config
	remarks []remark
}

type remark struct {
	n    int
	text string
}

var (
	promptLine  = regexp.MustCompile(`^[^\s<>\[\]()#]{1,64}(?:\([^()\s]{1,40}\))?[>#] ?(?:sh[a-z]* .*)?$`)
	sectionMark = regexp.MustCompile(`^!<(/?)([A-Za-z0-9_.-]+)>$`)
	// A secret that is too long for a line goes on in the first column of the next.
	goesOn = regexp.MustCompile(`^[A-Za-z0-9+/=]*[A-Z0-9+/=][A-Za-z0-9+/=]*(?: |$)`)
)

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	var notice freeText
	root := stanza.Parse(c.body(), stanza.Options{Free: notice.begin, Comment: func(text string) bool { return text == "$" || text[0] == '!' }})
	for _, n := range root.Children {
		if e := c.Entry(n); len(e.Words) > 0 && n.Text != "end" {
			c.Add(e)
		}
	}
	if notice.open { // what follows a notice without an end was not read
		c.Doc = c.Doc.Cut()
	}
	return c
}

// freeText is a notice that goes on over several lines, up to the character that began it.
type freeText struct{ open bool }

func (f *freeText) begin(text string) func(string) bool {
	words := strings.Fields(text)
	var mark string
	switch {
	case words[0] == "banner" && len(words) > 2:
		mark = words[2]
	case words[0] == "message-of-day" && len(words) > 1:
		mark = words[1]
	default:
		return nil
	}
	mark = string([]rune(mark)[:1])
	if _, rest, _ := strings.Cut(text, mark); strings.Contains(rest, mark) {
		return nil
	}
	f.open = true
	return func(l string) bool {
		f.open = !strings.Contains(l, mark)
		return !f.open
	}
}

// body yields the lines of the configuration, those of a long secret joined. It finds out on the way whether the end is there: each
// section was closed and the last line closes one, or the last line is "end".
func (c *config) body() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		open, last, named, at, held := "", "", false, 0, ""
		for n, l := range c.Doc.Lines() {
			text := strings.TrimSpace(l)
			if text == "" || strings.HasPrefix(text, "```") || l[0] != ' ' && l[0] != '!' && strings.ContainsAny(text, "#>") && promptLine.MatchString(text) {
				continue
			}
			if held != "" && strings.Contains(held, "encrypted ") && l[0] != ' ' && goesOn.MatchString(text) {
				held += text
				continue
			}
			if held != "" && !yield(at, held) {
				return
			}
			at, held, last = n, strings.TrimRight(l, " \t"), text
			named = named || strings.HasPrefix(text, "hostname ")
			if l[0] != '!' {
				continue
			}
			if m := sectionMark.FindStringSubmatch(text); m == nil {
				c.remarks = append(c.remarks, remark{n, strings.TrimSpace(text[1:])})
			} else if m[1] == "" {
				open = m[2]
			} else if open == m[2] {
				open = ""
			}
		}
		if held != "" && !yield(at, held) {
			return
		}
		if !named || open != "" || last != "end" && !strings.HasPrefix(last, "!</") {
			c.Doc = c.Doc.Cut()
		}
	}
}

// mask leaves out what follows the words behind which secrets are written.
func mask(e *stanza.Entry) string {
	words := slices.Clone(e.Words)
	hidden := false
	hide := func(i int) {
		if i < len(words) {
			words[i], hidden = "******", true
		}
	}
	for i, w := range e.Words {
		next := e.Word(i + 1)
		switch w {
		case "encrypted":
			hide(i + 1)
		case "password", "secret", "key", "community", "clear", "md5", "sha", "aes128", "aes192", "aes256", "des", "des56", "3des":
			switch {
			case next == "encrypted" || next == "clear" || next == "level" || next == "md5":
			case len(next) == 1 && next >= "0" && next <= "9":
				hide(i + 2)
			default:
				hide(i + 1)
			}
		case "level":
			if e.Words[0] == "enable" && len(e.Word(i+2)) == 1 {
				hide(i + 3)
			} else if e.Words[0] == "enable" {
				hide(i + 2)
			}
		case "2c", "v2c":
			if i > 0 && e.Words[i-1] == "version" && e.Words[0] == "snmp-server" {
				hide(i + 1)
			}
		}
	}
	if !hidden {
		return e.Node.Text
	}
	return e.Text(words)
}

// managing are first words of lines that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"ssh":             {"server authentication", "server encryption", "server hmac", "server only", "server timeout", "server max-clients", "server pubkey", "server generate-key", "server kex", "server key-exchange", "server session"},
	"line":            {"cli", "telnet users", "telnet max-link", "console users", "telnet server"},
	"snmp-server":     {"view", "enable", "host", "location", "contact", "packetsize", "engine-id", "group", "trap-source", "context", "inform-source", "source", "inform", "trap", "heartbeat", "support", "link-trap"},
	"syslog":          {"facility", "hostname-field", "severity", "level"},
	"syslog-server":   {"facility", "source"},
	"ntp":             {"source", "access-group", "authentication-key", "master", "poll-interval", "alarm-threshold"},
	"login":           {"on-failure", "on-success", "ascii", "authentication"},
	"system-user":     nil,
	"enable":          {""},
	"username":        nil,
	"tacacs-server":   {"deadtime", "timeout", "packet", "key"},
	"tacacs-client":   {"source"},
	"strong-password": nil,
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.Top {
		known, ok := managing[e.Words[0]]
		if !ok || e.Used {
			continue
		}
		rest := strings.Join(e.Words[1:], " ")
		if !slices.ContainsFunc(known, func(k string) bool { return rest == k || k != "" && strings.HasPrefix(rest+" ", k+" ") }) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
}

// variable is a template's variable as shell-like tools write it.
var variable = regexp.MustCompile(`^\$\{?[A-Za-z_][A-Za-z0-9_.]*\}?$`)

// holeKind says what is wrong with a word that is a template's or a filter's and not the device's; "" if nothing is.
func holeKind(words ...string) string {
	for _, w := range words {
		switch {
		case strings.Contains(w, "{{") || strings.Contains(w, "{%") || strings.HasPrefix(w, "{") || variable.MatchString(w):
			return "template hole"
		case strings.HasPrefix(w, "<") || strings.Contains(w, "****"):
			return "redacted"
		}
	}
	return ""
}
