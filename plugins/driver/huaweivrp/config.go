package huaweivrp

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// config is a configuration with what stands outside its lines.
type config struct {
	stanza.Config
	header []line
	// virtual are the lines of virtual systems, by name and in order.
	virtual []vsys
}

type line struct {
	n    int
	text string
}

type vsys struct {
	name string
	top  []*stanza.Entry
}

var (
	promptLine  = regexp.MustCompile(`^(?:HRP_[A-Z]{1,2})?(?:<[^<>]{1,80}>|\[[~*]?[^\[\]]{1,80}\])(?: *display .*)?$`)
	versionLine = regexp.MustCompile(`^(?:!Software Version |\[)(V[0-9]{3}R[0-9]{3}[A-Z0-9]*)\]?$`)
)

func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Negation: "undo", Mask: mask})}
	root := stanza.Parse(c.body(), stanza.Options{Free: banner, Comment: comment})
	system := -1
	for _, n := range root.Children {
		e := c.Entry(n)
		switch {
		case len(e.Words) == 0 || n.Text == "return":
		case len(e.Words) >= 3 && e.Words[0] == "switch" && e.Words[1] == "vsys":
			c.virtual = append(c.virtual, vsys{name: e.Words[2]})
			system++
		case system >= 0:
			c.virtual[system].top = append(c.virtual[system].top, e)
		default:
			c.Add(e)
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
		for n, l := range c.Doc.Lines() {
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
		if last != "return" || !named || stanza.Flat(c.Doc.Lines()) { // not seen from its head to its closing mark, or without its structure
			c.Doc = c.Doc.Cut()
		}
	}
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

var beforeSecrets = []string{"cipher", "irreversible-cipher", "simple", "community", "authentication-mode", "privacy-mode", "shared-key", "password", "key"}

// mask leaves out what follows the words behind which VRP writes secrets.
func mask(e *stanza.Entry) string {
	if !slices.ContainsFunc(e.Words, func(w string) bool { return slices.Contains(beforeSecrets, w) }) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
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
	return e.Text(words)
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
