package stoneos

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration; names are without their quotes.
type config struct{ stanza.Config }

var promptLine = regexp.MustCompile(`^[^\s<>\[\]()#]{1,64}(?:\([^()\s]{1,40}\))?[>#] ?(?:sh[a-z]* .*)?$`)

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "no", Mask: mask})}
	root := stanza.Parse(c.body(), stanza.Options{Comment: func(text string) bool { return text == "exit" || text == "End" || text[0] == '!' || text[0] == '#' }})
	for _, n := range root.Children {
		if e := c.Entry(n); len(e.Words) > 0 {
			c.Add(e)
		}
	}
	return c
}

// Sections, for configurations that have lost their indentation: a line that begins so is closed by an "exit".
var sections = []string{
	"interface ", "zone ", "admin user ", "password-policy", "policy-global", "rule id ", "rule", "logging syslog-server ", "ip vrouter ", "vswitch ", "address ",
	"aaa-server ", "service ", "servgroup ", "schedule ", "pki trust-domain ", "isakmp ", "ipsec proposal ", "tunnel ", "admin role ", "ha group ", "statistics-set ",
}

func opens(text string) bool {
	return slices.ContainsFunc(sections, func(s string) bool {
		return text == s || strings.HasSuffix(s, " ") && strings.HasPrefix(text, s) && (s != "service " || !strings.HasPrefix(text, `service "`))
	})
}

// body yields the lines of the configuration and finds out on the way whether its end is there: it names its version or its host, and the
// last line is "End". The sections of a configuration without any indentation are indented by their "exit". Where a terminal broke a long
// line inside a section, the rest is passed over, so that the section goes on behind it.
func (c *config) body() iter.Seq2[int, string] {
	flat := true
	for _, l := range c.Doc.Lines() {
		if len(l) > 0 && (l[0] == ' ' || l[0] == '\t') && strings.TrimSpace(l) != "" {
			flat = false
			break
		}
	}
	return func(yield func(int, string) bool) {
		last, named, depth, width, inside := "", false, 0, 0, false
		for n, l := range c.Doc.Lines() {
			text := strings.TrimSpace(l)
			if text == "" || strings.HasPrefix(text, "```") || strings.ContainsAny(text, "#>") && l[0] != ' ' && promptLine.MatchString(text) {
				continue
			}
			last = text
			named = named || strings.HasPrefix(text, "hostname ") || versionLine.MatchString(text)
			if flat && text == "exit" {
				depth = max(0, depth-1)
			}
			line := strings.TrimRight(l, " \t")
			if line == text {
				if inside && width >= 60 && text != "exit" && text != "End" && managing[first(text)] == nil && !opens(text) {
					continue
				}
				inside = inside && text != "exit"
			} else {
				inside = true
			}
			width = len(line)
			if flat {
				line = strings.Repeat(" ", min(depth, 8)) + text
			}
			if !yield(n, line) {
				return
			}
			if flat && opens(text) {
				depth++
			}
		}
		if !named || last != "End" {
			c.Doc = c.Doc.Cut()
		}
	}
}

func first(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// value is what follows the first words of a line, as one, without quotes.
func value(e *stanza.Entry, from int) string {
	if from >= len(e.Words) {
		return ""
	}
	words := stanza.Words(strings.Join(e.Words[from:], " "))
	return strings.Trim(words[0], `"`)
}

// below gives the last line of a section that begins with words; nil if there is none.
func below(section *stanza.Entry, words ...string) *stanza.Entry {
	var last *stanza.Entry
	for _, l := range section.Under() {
		if l.Begins(words...) {
			last = l
		}
	}
	return last
}

// group is a section with what several parts of the configuration say below it: StoneOS first names its objects and fills them later.
type group struct {
	name  string
	first *stanza.Entry
	parts []*stanza.Entry
}

func (g *group) lines() iter.Seq[*stanza.Entry] {
	return func(yield func(*stanza.Entry) bool) {
		for _, p := range g.parts {
			for _, l := range p.Under() {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// groups gives the sections that begin with words, by the name that follows.
func (r *reader) groups(words ...string) []*group {
	byName := map[string]*group{}
	var out []*group
	for e := range r.Find(words...) {
		name := value(e, len(words))
		if e.Negated || name == "" {
			continue
		}
		g := byName[name]
		if g == nil {
			g = &group{name: name, first: e}
			byName[name] = g
			out = append(out, g)
		}
		if g.parts = append(g.parts, e); len(g.first.Under()) == 0 {
			g.first = e
		}
	}
	return out
}

// mask leaves out what follows the words behind which secrets are written.
func mask(e *stanza.Entry) string {
	words := slices.Clone(e.Words)
	hidden := false
	for i := 0; i < len(words); i++ {
		if !secretWord(words[i]) {
			continue
		}
		for i+1 < len(words) && (secretKind(words[i+1]) || secretWord(words[i+1])) {
			i++
		}
		for quoted := false; i+1 < len(words); { // a secret in quotes may have blanks
			i++
			quoted = quoted || strings.HasPrefix(words[i], `"`) && (len(words[i]) == 1 || !strings.HasSuffix(words[i], `"`))
			end := strings.HasSuffix(e.Words[i], `"`) && len(e.Words[i]) > 1 || e.Words[i] == `"` && words[i-1] == "******"
			words[i], hidden = "******", true
			if !quoted || end {
				break
			}
		}
	}
	if !hidden {
		return e.Node.Text
	}
	return e.Text(words)
}

// secretWord says that a secret follows a word.
func secretWord(word string) bool {
	for _, s := range []string{"password", "secret", "passphrase", "community", "pre-share", "key-string"} {
		if strings.HasSuffix(word, s) {
			return true
		}
	}
	return slices.Contains([]string{"key", "md5", "sha", "sha1", "auth", "enc", "priv", "auth-pass", "enc-pass", "psk", "wep", "encrypted"}, word)
}

// secretKind says that a word tells how the secret after it is written or used.
func secretKind(word string) bool {
	return slices.Contains([]string{"encrypt", "0", "7", "des", "3des", "aes", "aes128", "ascii"}, word)
}

// managing are first words of lines that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"admin":           {"role", "host", "ipv6-host", "user", "max-login-session", "session", "auth-server", "multiple-factor-auth"},
	"password-policy": {""},
	"console":         {"timeout", "speed", "baudrate"},
	"telnet":          {"timeout", "port", "authorization-try-count", "connection-interval", "max-session"},
	"ssh":             {"timeout", "port", "connection-interval", "max-session"},
	"web":             {"timeout", "max-session", "redirect-http-to-https", "language", "cert-auth"},
	"http":            {"port"},
	"https":           {"port", "trust-domain"},
	"ntp":             {"enable", "authentication", "authentication-key", "max-adjustment", "query-interval", "server"},
	"snmp-server":     {"port", "location", "contact", "engineID", "engineid", "trap-host", "host", "manager", "vrouter", "group", "user"},
	"logging":         {"event", "alarm", "alert", "configuration", "network", "threat", "traffic", "security", "debug", "facility", "syslog", "syslog-server", "content", "session", "sandbox", "cloudsandbox", "email", "sms", "console", "buffer", "device", "operation", "ips", "pbr", "nbc", "share-access", "data-security", "pki"},
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

// hole says what is wrong with a word that is a template's or a filter's and not the device's; "" if nothing is.
func hole(word string) string {
	switch {
	case strings.Contains(word, "{{") || strings.Contains(word, "{%") || strings.HasPrefix(word, "${"):
		return "template hole"
	case strings.HasPrefix(word, "<") || strings.Contains(word, "***"):
		return "redacted"
	}
	return ""
}
