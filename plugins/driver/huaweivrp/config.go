package huaweivrp

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// config is a configuration with its lines found by their first word.
type config struct {
	doc driver.Document
	// whole: it was seen from its head to its closing "return", so what it lacks is not configured.
	whole  bool
	header []line
	top    []*entry
	byWord map[string][]*entry
	// virtual are the lines of virtual systems, by name and in order.
	virtual []vsys
}

type line struct {
	n    int
	text string
}

type vsys struct {
	name string
	top  []*entry
}

// An entry is a line split into words, an "undo" before it taken off.
type entry struct {
	node  *stanza.Node
	words []string
	undo  bool
	used  bool
	below []*entry     // what stands below it, once asked for
	cited *pb.Evidence // evidence of it, once asked for
}

var (
	promptLine  = regexp.MustCompile(`^(?:HRP_[A-Z]{1,2})?(?:<[^<>]{1,80}>|\[[~*]?[^\[\]]{1,80}\])(?: *display .*)?$`)
	versionLine = regexp.MustCompile(`^(?:!Software Version |\[)(V[0-9]{3}R[0-9]{3}[A-Z0-9]*)\]?$`)
)

func parse(doc driver.Document) config {
	c := config{doc: doc, byWord: map[string][]*entry{}}
	root := stanza.Parse(c.body(), stanza.Options{Free: banner, Comment: comment})
	system := -1
	for _, n := range root.Children {
		e := newEntry(n)
		switch {
		case len(e.words) == 0 || n.Text == "return":
		case len(e.words) >= 3 && e.words[0] == "switch" && e.words[1] == "vsys":
			c.virtual = append(c.virtual, vsys{name: e.words[2]})
			system++
		case system >= 0:
			c.virtual[system].top = append(c.virtual[system].top, e)
		default:
			c.top = append(c.top, e)
			c.byWord[e.words[0]] = append(c.byWord[e.words[0]], e)
		}
	}
	return c
}

// body yields the lines with sections aligned: VRP begins a section after a "#" in the first column, and some versions indent
// all lines of some sections. It keeps the head and finds out on the way whether the end is there.
func (c *config) body() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		base, last, named := 0, "", false
		fresh := true
		for n, l := range c.doc.Lines() {
			l = paged(l)
			text := strings.TrimSpace(l)
			if text == "" {
				continue
			}
			if l[0] == '#' {
				fresh = true
				if shown := strings.TrimSpace(text[1:]); softwareLine.MatchString(shown) { // as archives of configurations begin
					c.header = append(c.header, line{n, shown})
					named = true
				}
				continue
			}
			if version := (l[0] == '!' || l[0] == '[') && versionLine.MatchString(text); version || l[0] == '!' {
				c.header = append(c.header, line{n, text})
				named = named || version
				continue
			}
			if strings.HasPrefix(text, "```") || strings.ContainsRune("<[H", rune(l[0])) && promptLine.MatchString(text) {
				continue
			}
			last = text
			named = named || strings.HasPrefix(text, "sysname ")
			indent := len(l) - len(strings.TrimLeft(l, " \t"))
			if fresh || indent < base {
				base, fresh = min(indent, 1), false
			}
			if !yield(n, l[min(base, indent):]) {
				return
			}
		}
		c.whole = c.doc.Whole() && last == "return" && named
	}
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

func comment(text string) bool { return text[0] == '#' }

// banner finds where a notice ends that goes on over several lines: at the character that began it.
func banner(text string) func(string) bool {
	words := strings.SplitN(text, " ", 4)
	if len(words) < 4 || words[0] != "header" || words[2] != "information" || words[3] == "" {
		return nil
	}
	mark := words[3][:1]
	if strings.Contains(words[3][1:], mark) {
		return nil
	}
	return func(l string) bool { return strings.Contains(l, mark) }
}

func newEntry(n *stanza.Node) *entry {
	e := &entry{node: n, words: strings.Fields(n.Text)}
	if len(e.words) > 1 && e.words[0] == "undo" {
		e.undo, e.words = true, e.words[1:]
	}
	return e
}

// under gives the lines below a line.
func (e *entry) under() []*entry {
	if e.below == nil {
		e.below = make([]*entry, 0, len(e.node.Children))
		for _, c := range e.node.Children {
			e.below = append(e.below, newEntry(c))
		}
	}
	return e.below
}

// find yields the top lines that begin with words, with or without undo.
func (c *config) find(words ...string) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range c.byWord[words[0]] {
			if e.begins(words...) {
				e.used = true
				if !yield(e) {
					return
				}
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

// after gives the word that follows key, "" if there is none.
func (e *entry) after(key string) string {
	if i := slices.Index(e.words, key); i >= 0 && i+1 < len(e.words) {
		return e.words[i+1]
	}
	return ""
}

func (e *entry) word(i int) string {
	if i < len(e.words) {
		return e.words[i]
	}
	return ""
}

// number reads the i-th word as a number that is not negative.
func (e *entry) number(i int) (int64, bool) { return number(e.word(i)) }

func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

// at is evidence of a line, its secret left out.
func (c *config) at(e *entry) *pb.Evidence {
	if e.cited == nil {
		e.cited = c.doc.Line(e.node.N, mask(e))
	}
	return e.cited
}

// section is evidence of a line and what stands below it, quoting the line.
func (c *config) section(n *stanza.Node) *pb.Evidence {
	return facts.Lines(c.doc.Source, n.N, n.Last, n.Text)
}

var beforeSecrets = []string{"cipher", "irreversible-cipher", "simple", "community", "authentication-mode", "privacy-mode", "shared-key", "password", "key"}

// mask leaves out what follows the words behind which VRP writes secrets.
func mask(e *entry) string {
	if !slices.ContainsFunc(e.words, func(w string) bool { return slices.Contains(beforeSecrets, w) }) {
		return e.node.Text
	}
	words := slices.Clone(e.words)
	for i, w := range words {
		if i+1 == len(words) {
			break
		}
		switch w {
		case "cipher", "irreversible-cipher", "simple":
			words[i+1] = "******"
		case "read", "write":
			if next := words[i+1]; i > 0 && words[i-1] == "community" && next != "cipher" && next != "simple" {
				words[i+1] = "******"
			}
		case "authentication-mode", "privacy-mode", "shared-key", "password", "key":
			if i+2 < len(words) && len(words[i+2]) >= 16 && !slices.Contains([]string{"cipher", "irreversible-cipher", "simple"}, words[i+1]) {
				words[i+2] = "******"
			}
		}
	}
	if e.undo {
		words = append([]string{"undo"}, words...)
	}
	return strings.Join(words, " ")
}

// managing are first words of lines that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"telnet":               {"client", "client-source", "server port", "server-source", "server source", "ipv6 server port", "server permit", "ipv4 server permit", "ipv6 server-source"},
	"stelnet":              nil,
	"sftp":                 {"client", "server default-directory", "idle-timeout"},
	"scp":                  {"client"},
	"ssh":                  {"client", "user", "authorization-type", "authentication-type", "server timeout", "server authentication-retries", "server rekey-interval", "server-source", "server port", "server permit", "server dh-exchange", "server keepalive", "ipv4 server port", "ipv6 server port", "ipv6 server-source", "server login-failed", "server ip-block", "server publickey", "server assign", "server rsa-key", "server ecc-key", "server tcp", "server rekey", "server security-banner"},
	"ftp":                  {"client", "client-source", "timeout", "server port", "server timeout", "server-source", "server source", "server permit", "server default-directory"},
	"http":                 {"server load", "server port", "server-source", "server permit", "secure-server port", "secure-server permit", "secure-server server-source", "secure-server ssl-policy"},
	"snmp-agent":           {"local-engineid", "mib-view", "target-host", "trap", "udp-port", "sys-info contact", "sys-info location", "packet", "protocol", "extend", "inform", "notification-log", "notify-filter-profile", "community complexity-check", "usm-user password", "remote-engineid", "set-cache", "proxy", "blacklist", "server-source", "protocol source-status", "statistics", "password"},
	"info-center":          {"channel", "filter-id", "statistic-suppress", "max-logfile-number", "trapbuffer", "loghost source", "console", "monitor", "snmp", "logfile", "rate-limit", "local", "security", "trap", "alarm", "debug", "assistant", "local-log"},
	"ntp-service":          {"server", "ipv6 server", "authentication-keyid", "reliable", "source-interface", "access", "max-dynamic-sessions", "refclock-master", "max-distance", "sync-interval", "in-interface", "discard", "kod-enable"},
	"ntp":                  {"server disable", "ipv6 server disable", "server source-interface", "authentication-keyid", "trusted", "source-interface", "refclock-master", "access", "max-distance", "sync-interval", "discard", "kod-enable"},
	"super":                {"password complexity-check"},
	"header":               nil,
	"web-manager":          {"config-guide", "server-source", "http forward", "captcha", "max-user-number", "user", "security port", "language", "server"},
	"snetconf":             nil,
	"netconf":              {"", "idle-timeout"},
	"user-security-policy": {"enable"},
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.top {
		known, ok := managing[e.words[0]]
		if !ok || e.used {
			continue
		}
		rest := strings.Join(e.words[1:], " ")
		if !slices.ContainsFunc(known, func(k string) bool { return rest == k || k != "" && strings.HasPrefix(rest+" ", k+" ") }) {
			r.unread = append(r.unread, r.at(e))
		}
	}
}
