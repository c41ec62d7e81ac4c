package ciscolike

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
)

// freeWords begin lines that may begin free text.
var freeWords = []string{"banner", "aaa", "menu", "certificate", "key-string", "macro"}

// FreeText finds where text ends that is no configuration: banners at their delimiter, certificates at "quit".
func FreeText(text string) func(string) bool {
	first, _, _ := strings.Cut(text, " ")
	if !slices.Contains(freeWords, first) {
		return nil
	}
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
		return Quits
	case text == "key-string":
		return Quits
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

// Quits says whether a line ends a certificate or a key.
func Quits(l string) bool {
	t := strings.TrimSpace(l)
	return t == "quit" || t == "exit"
}

// Masked stands where a secret stood.
const Masked = "******"

// Mask leaves out what follows the words behind which secrets are written.
func Mask(e *stanza.Entry) string {
	if e.Words[0] != "snmp-server" && !slices.ContainsFunc(e.Words, sensitive) || openly(e.Words) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
	community := len(words) > 2 && words[0] == "snmp-server"
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case community && words[1] == "community" && i == 2:
			words[i] = Masked
		case community && words[1] == "host" && i >= 3 && !slices.Contains(hostWords, w):
			words[i] = Masked
		case community && words[1] == "user" && i >= 3 && (w == "auth" || w == "priv" || w == "encrypted"):
			words = append(words[:i+1], Masked)
		case slices.Contains(secretWords, w) && i+1 < len(words):
			if _, typed := stanza.Number(words[i+1]); typed && i+2 < len(words) {
				i++
			}
			words = append(words[:i+1], Masked)
		case strings.Contains(w, "://"):
			words[i] = Credentials.ReplaceAllString(w, "://")
		}
	}
	return e.Text(words)
}

// openly says that a line which begins with "password" sets a rule, not a password.
func openly(words []string) bool {
	if len(words) < 2 || words[0] != "password" {
		return false
	}
	switch words[1] {
	case "strength-check", "secure-mode":
		return len(words) == 2
	case "policy", "prompt", "encryption":
		return len(words) > 2
	}
	return false
}

func sensitive(w string) bool { return slices.Contains(secretWords, w) || strings.Contains(w, "://") }

var (
	// Credentials finds what stands before the host of an address.
	Credentials = regexp.MustCompile(`://[^/]*@`)
	secretWords = []string{"password", "secret", "key", "server-key", "pac", "key-string", "md5", "passphrase", "pre-shared-key", "authentication-key", "set-key", "localizedkey", "community"}
	hostWords   = []string{"traps", "trap", "informs", "inform", "version", "1", "2c", "3", "auth", "noauth", "priv", "vrf", "use-vrf", "udp-port", "v3"}
)

// rooted are beginnings of lines that stand at the top, although some versions and some archives indent them.
var rooted = []string{
	"line con ", "line console", "line aux ", "line vty", "interface ", "hostname ", "access-list ", "snmp-server ", "radius-server ", "tacacs-server ",
	"ip http ", "no ip http ", "username ", "no cdp run", "ip access-list ",
}

// inLine are first words of lines that belong to the "line" above them where an archive lost the indentation.
var inLine = []string{"exec-timeout", "transport", "access-class", "password", "stopbits", "session-timeout", "absolute-timeout", "exec", "login", "privilege", "rotary"}

// Aligned yields the lines of a configuration with those of the top at the margin, and those of terminal lines below them.
func Aligned(doc driver.Document) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		underLine := false
		for n, l := range doc.Lines() {
			text := strings.TrimSpace(l)
			if text == "" {
				continue
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
	if len(words) == 0 || !slices.Contains(inLine, words[0]) || openly(words) {
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
