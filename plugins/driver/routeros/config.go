package routeros

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// An item is one command of an export: "set telnet disabled=yes" below "/ip service".
type item struct {
	n, last int
	path    string // without the slash, words parted by blanks
	verb    string
	targets []string // what it is about: names, numbers, or the words of "[ find … ]"
	values  map[string]string
	keys    []string
}

// value gives a setting, and whether the command has it.
func (i *item) value(key string) (string, bool) {
	if i == nil {
		return "", false
	}
	v, ok := i.values[key]
	return v, ok
}

// config is an export.
type config struct {
	doc    driver.Document
	head   []*item // comments at the head
	byPath map[string][]*item
	unread []*pb.Evidence
}

var (
	// headLine are comments that an export, or an archive of them, begins with.
	headLine   = regexp.MustCompile(`^# +(?:.* by RouterOS |version: |software id = |model = |installed-version: )`)
	promptLine = regexp.MustCompile(`^\[[^\[\]]{1,80}@[^\[\]]{1,80}\] (?:/[\w/ -]+)?>`)
)

// menus are those that are read.
var menus = []string{
	"interface ethernet", "interface l2tp-server server", "interface list member", "interface ppp-server", "interface pptp-server server", "interface sstp-server server", "interface vrrp", "ip address", "ip arp", "ip dns",
	"ip firewall filter", "ip proxy", "ip service", "ip settings", "ip smb", "ip socks", "ip upnp", "radius", "snmp", "snmp community", "system clock", "system identity", "system logging", "system logging action", "system note", "system scheduler", "system script",
	"system ntp client", "system ntp client servers", "tool bandwidth-server", "tool mac-server", "tool mac-server mac-winbox", "tool romon", "user", "user aaa", "user group", "user settings",
}

// verbs are what an export does with an item.
var verbs = []string{"add", "set", "disable", "enable", "remove"}

// parse reads an export. It is whole if its head names it and no line is left that goes on.
func parse(doc driver.Document) config {
	c := config{doc: doc, byPath: map[string][]*item{}}
	path, from, joined := "", 0, ""
	template := false // whose lines may or may not be there
	for n, l := range doc.Lines() {
		if joined == "" {
			from = n
		} else {
			l = strings.TrimLeft(l, " \t")
		}
		if joined != "" && l == "" { // a pager stood between
			continue
		}
		if cut, more := strings.CutSuffix(strings.TrimRight(l, " \t"), `\`); more && !strings.HasPrefix(l, "#") {
			joined += cut
			if joined == "" {
				joined = " "
			}
			continue
		}
		text := strings.TrimSpace(joined + l)
		joined = ""
		template = template || strings.HasPrefix(text, "{%")
		switch {
		case text == "" || promptLine.MatchString(text) && text[0] == '[':
		case text[0] == '#':
			if headLine.MatchString(text) {
				c.head = append(c.head, &item{n: n, last: n, verb: text})
			}
		case text[0] != '/' && !slices.Contains(menus, path): // of a menu that is not read
		default:
			words := split(text)
			if text[0] == '/' {
				words = append(strings.Fields(strings.ReplaceAll(words[0], "/", " ")), words[1:]...)
				at := slices.IndexFunc(words, func(w string) bool { return slices.Contains(verbs, w) })
				if at < 0 {
					at = len(words)
				}
				path = strings.Join(words[:at], " ")
				words = words[at:]
			}
			if len(words) > 0 && slices.Contains(verbs, words[0]) && slices.Contains(menus, path) {
				i := command(path, words)
				i.n, i.last = from, n
				c.byPath[path] = append(c.byPath[path], i)
			}
		}
	}
	if joined != "" || len(c.head) == 0 || template || c.breaksOff() {
		c.doc = doc.Cut()
	}
	return c
}

// breaksOff says that an export which writes everything out, ports of services too, lacks the menu that stands at its end.
func (c *config) breaksOff() bool {
	for _, i := range c.byPath["ip service"] {
		if _, ok := i.value("port"); ok && slices.Contains(i.targets, "telnet") && i.values["port"] == "23" {
			return len(c.byPath["user aaa"]) == 0
		}
	}
	return false
}

// command sorts the words of a command.
func command(path string, words []string) *item {
	i := &item{path: path, verb: words[0], values: make(map[string]string, len(words)), keys: make([]string, 0, len(words))}
	inside := false
	for _, w := range words[1:] {
		switch key, value, ok := strings.Cut(w, "="); {
		case w == "[":
			inside = true
		case w == "]":
			inside = false
		case inside:
			if w != "find" {
				i.targets = append(i.targets, w)
			}
		case ok:
			i.values[key], i.keys = value, append(i.keys, key)
		case strings.HasPrefix(w, "!"):
		default:
			i.targets = append(i.targets, strings.Split(w, ",")...)
		}
	}
	if i.verb == "disable" || i.verb == "enable" {
		i.values["disabled"] = map[string]string{"disable": "yes", "enable": "no"}[i.verb]
		i.keys, i.verb = append(i.keys, "disabled"), "set"
	}
	return i
}

// split gives the words of a command; what stands in quotes belongs to one word, quotes taken off.
func split(l string) []string {
	if !strings.ContainsAny(l, "\"\\[]") {
		return strings.Fields(l)
	}
	var out []string
	var word strings.Builder
	quoted, some := false, false
	flush := func() {
		if some {
			out = append(out, word.String())
			word.Reset()
			some = false
		}
	}
	for i := 0; i < len(l); i++ {
		switch ch := l[i]; {
		case ch == '\\' && i+1 < len(l):
			i++
			word.WriteByte(l[i])
			some = true
		case ch == '"':
			quoted, some = !quoted, true
		case !quoted && (ch == ' ' || ch == '\t'):
			flush()
		case !quoted && (ch == '[' || ch == ']') && (!some || ch == ']'):
			flush()
			out = append(out, string(ch))
		default:
			word.WriteByte(ch)
			some = true
		}
	}
	flush()
	return out
}

// items yields the commands of a menu with a verb.
func (c *config) items(path, verb string) iter.Seq[*item] {
	return func(yield func(*item) bool) {
		for _, i := range c.byPath[path] {
			if i.verb == verb && !yield(i) {
				return
			}
		}
	}
}

// setting gives the last value of a menu's own setting, and the command that sets it.
func (c *config) setting(path, key string) (string, *item) {
	var last *item
	value := ""
	for i := range c.items(path, "set") {
		if v, ok := i.value(key); ok {
			value, last = v, i
		}
	}
	return value, last
}

// secrets are settings whose values are left out.
var secrets = []string{"password", "secret", "secrets", "authentication-password", "encryption-password", "key", "passphrase", "auth-key", "trap-community", "ipsec-secret"}

// at is evidence of a command with the settings that are named; without any, with what it is about.
func (c *config) at(i *item, keys ...string) *pb.Evidence {
	if i == nil {
		return c.doc.All()
	}
	if i.path == "" {
		return c.doc.Line(i.n, i.verb)
	}
	words := append([]string{"/" + i.path, i.verb}, i.targets...)
	if i.path == "snmp community" {
		words = words[:2]
	}
	for _, k := range keys {
		v, ok := i.values[k]
		if !ok {
			continue
		}
		if v != "" && (slices.Contains(secrets, k) || i.path == "snmp community" && k == "name") {
			v = "******"
		}
		words = append(words, k+"="+v)
	}
	return facts.Lines(c.doc.Source, i.n, i.last, strings.Join(words, " "))
}

// odd reports a command that was not understood, and gives the fact that depends on it.
func (c *config) odd(i *item, keys ...string) facts.Missing {
	ev := c.at(i, keys...)
	c.unread = append(c.unread, ev)
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev)
}

// yes reads "yes" and "no".
func (c *config) yes(unset *pb.BoolFact, i *item, key string) *pb.BoolFact {
	v, ok := i.value(key)
	switch {
	case !ok:
		return unset
	case v == "yes" || v == "true":
		return facts.Bool(true, c.at(i, key))
	case v == "no" || v == "false":
		return facts.Bool(false, c.at(i, key))
	}
	return c.odd(i, key).Bool()
}

// switched reads a menu's own "yes" or "no".
func (c *config) switched(unset *pb.BoolFact, path, key string) *pb.BoolFact {
	_, i := c.setting(path, key)
	if i == nil {
		return unset
	}
	return c.yes(unset, i, key)
}

// disabled says whether a command's item is switched off.
func (i *item) disabled() bool {
	v, _ := i.value("disabled")
	return v == "yes" || v == "true"
}
