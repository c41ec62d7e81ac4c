package comware

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration with the comments that archives of configurations put before it.
type config struct {
	stanza.Config
	comments []comment
}

type comment struct {
	n    int
	text string
}

// promptLine is a prompt, with or without the echo of a command.
var promptLine = regexp.MustCompile(`^(?:RBM_[PS])?(?:<[^<>]{1,80}>|\[[~*]?[^\[\]]{1,80}\])(?: *dis[a-z]* .*)?$`)

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "undo", Mask: mask})}
	var notice freeText
	root := stanza.Parse(c.body(), stanza.Options{Free: notice.begin, Comment: func(text string) bool { return text[0] == '#' }})
	for _, n := range root.Children {
		if e := c.Entry(n); len(e.Words) > 0 && n.Text != "return" {
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
	words := strings.SplitN(text, " ", 3)
	if len(words) < 3 || words[0] != "header" {
		return nil
	}
	mark := string([]rune(strings.TrimSpace(words[2]))[:1])
	if rest := strings.TrimSpace(words[2])[len(mark):]; strings.Contains(rest, mark) {
		return nil
	}
	f.open = true
	return func(l string) bool {
		f.open = !strings.Contains(l, mark)
		return !f.open
	}
}

// body yields the lines with sections aligned: a section begins after a "#" in the first column, and lines that are no section are
// indented as those of a section are. It finds out on the way whether the end is there.
func (c *config) body() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		base, last, named, fresh := 0, "", false, true
		var s section
		for n, l := range c.Doc.Lines() {
			l = paged(l)
			text := strings.TrimSpace(l)
			if text == "" {
				s = section{}
				continue
			}
			if l[0] == '#' {
				fresh, s = true, section{}
				if said := strings.TrimSpace(text[1:]); said != "" {
					c.comments = append(c.comments, comment{n, said})
				}
				continue
			}
			if strings.HasPrefix(text, "```") || strings.ContainsRune("<[R", rune(l[0])) && promptLine.MatchString(text) {
				continue
			}
			last = text
			named = named || strings.HasPrefix(text, "sysname ") || strings.HasPrefix(text, "version ")
			indent := len(l) - len(strings.TrimLeft(l, " \t"))
			if fresh || indent < base {
				base, fresh = min(indent, 1), false
			}
			line := l[min(base, indent):]
			if s.misses(indent <= base, text) {
				line = " " + text
			}
			if !yield(n, line) {
				return
			}
		}
		if last != "return" || !named { // not seen from its head to its closing mark
			c.Doc = c.Doc.Cut()
		}
	}
}

// section is the section that was begun last, for configurations whose indentation was lost on the way.
type section struct {
	kind   string
	nested bool // indented lines of it were seen
}

// inSection are first words of lines that stand in sections only.
var inSection = map[string][]string{
	"line":           {"authentication-mode", "user-role", "idle-timeout", "protocol", "set", "command", "user", "screen-length", "history-command", "shell", "speed"},
	"user-interface": {"authentication-mode", "user-role", "idle-timeout", "protocol", "set", "command", "user", "screen-length", "history-command", "shell", "speed"},
	"local-user":     {"password", "service-type", "authorization-attribute", "password-control", "group", "state", "access-limit", "bind-attribute", "level"},
	"acl":            {"rule", "step", "description"},
	"domain":         {"authentication", "authorization", "accounting", "access-limit", "state", "idle-cut", "self-service-url"},
	"radius":         {"primary", "secondary", "key", "user-name-format", "nas-ip", "timer", "server-type"},
	"hwtacacs":       {"primary", "secondary", "key", "user-name-format", "nas-ip", "timer"},
	"interface":      {"packet-filter", "shutdown", "description", "port"},
	"security-zone":  {"import"},
}

// misses says whether a line belongs to the section above it although it is not indented.
func (s *section) misses(outer bool, text string) bool {
	if !outer {
		s.nested = true
		return false
	}
	words := strings.Fields(text)
	first := words[0]
	if first == "undo" && len(words) > 1 {
		first = words[1]
	}
	inner := slices.Contains(inSection[s.kind], first)
	if first == "acl" && (s.kind == "line" || s.kind == "user-interface") {
		end := words[len(words)-1]
		inner = end == "inbound" || end == "outbound"
	}
	if inner && !s.nested {
		return true
	}
	*s = section{kind: words[0]}
	return false
}

// paged takes off what a pager left before a line.
func paged(l string) string {
	if !strings.Contains(l, "---- More ----") {
		return l
	}
	if i := strings.LastIndex(l, "\x1b["); i >= 0 {
		if d := strings.IndexByte(l[i:], 'D'); d >= 0 {
			return l[i+d+1:]
		}
	}
	return ""
}

var beforeSecrets = []string{"cipher", "simple", "hash", "password", "key", "community", "authentication-mode", "privacy-mode", "securityname", "usm-user", "encrypted"}

// mask leaves out what follows the words behind which Comware writes secrets.
func mask(e *stanza.Entry) string {
	if !slices.ContainsFunc(e.Words, func(w string) bool { return slices.Contains(beforeSecrets, w) }) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
	hide := func(i int) {
		if i < len(words) && kindOf(words[i]) == "" && !slices.Contains([]string{"authentication-mode", "privacy-mode", "role", "level", "acl"}, words[i]) {
			words[i] = "******"
		}
	}
	for i, w := range e.Words {
		next := e.Word(i + 1)
		switch w {
		case "cipher", "simple", "hash", "securityname", "encrypted":
			hide(i + 1)
		case "password":
			hide(i + 1)
			if kindOf(next) != "" {
				hide(i + 2)
			}
		case "key":
			if slices.Contains([]string{"authentication", "authorization", "accounting"}, next) {
				hide(i + 2)
			} else {
				hide(i + 1)
			}
		case "community":
			if next == "read" || next == "write" {
				hide(i + 2)
			} else {
				hide(i + 1)
			}
		case "authentication-mode", "privacy-mode":
			hide(i + 2)
		case "usm-user":
			if next == "v1" || next == "v2c" {
				hide(i + 2)
			}
		}
	}
	return e.Text(words)
}

// kindOf gives the word for how a secret is kept, written out where it was shortened; "" if the word is none.
func kindOf(word string) string {
	if len(word) < 2 {
		return ""
	}
	for _, kind := range []string{"hash", "cipher", "simple"} {
		if strings.HasPrefix(kind, word) {
			return kind
		}
	}
	return ""
}

// managing are first words of lines that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"telnet":           {"client", "server dscp", "server port", "server ipv6", "server acl-deny-log"},
	"ssh":              {"client", "user", "server dscp", "server ipv6", "server authentication-retries", "server authentication-timeout", "server rekey-interval", "server pki-domain", "server port", "server key-re-exchange", "server acl-deny-log", "server compatible-ssh1x"},
	"sftp":             {"client", "server idle-timeout"},
	"scp":              {"client"},
	"ssh2":             {"algorithm public-key"},
	"ftp":              {"client", "server dscp", "timeout", "update", "server ssl-server-policy", "server ipv6"},
	"tftp":             {"client"},
	"ip":               nil,
	"web":              {"captcha", "https-authorization", "log"},
	"webui":            {"log"},
	"snmp-agent":       {"local-engineid", "mib-view", "target-host", "trap", "log", "sys-info contact", "sys-info location", "packet", "context", "remote", "inform", "community-map", "port", "calculate-password", "notify", "ifmib", "trap-mib", "silence"},
	"info-center":      {"synchronous", "logging", "trace-logfile", "diagnostic-logfile", "format", "history-logfile", "channel", "console", "monitor", "snmp", "trapbuffer", "loghost source", "syslog", "filter", "logfile", "security-logfile", "trace", "timestamp"},
	"ntp-service":      {"source", "source-interface", "authentication-keyid", "reliable", "access", "acl", "max-dynamic-sessions", "refclock-master", "dscp", "ipv6", "peer", "server", "query", "synchronization", "inbound", "in-interface", "time-offset-threshold"},
	"sntp":             {"authentication", "authentication-keyid", "reliable", "time-offset-threshold"},
	"super":            {"default", "authentication-mode", "use-login-username"},
	"header":           nil,
	"netconf":          {"agent", "idle-timeout", "log", "soap domain", "ssh acl", "capability"},
	"password-control": {"authentication-timeout", "expired-user-login", "login idle-time", "super", "per-user", "password"},
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.Top {
		known, ok := managing[e.Words[0]]
		if !ok || e.Used || e.Words[0] == "ip" && e.Word(1) != "http" && e.Word(1) != "https" {
			continue
		}
		rest := strings.Join(e.Words[1:], " ")
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(rest+" ", k+" ") }) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
}
