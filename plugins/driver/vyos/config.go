package vyos

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// reader reads one device.
type reader struct {
	tree.Config
	ans driver.Answers
	// release is what the end of a saved configuration says it is of, on line releaseAt.
	release   string
	releaseAt int
	// chains are the firewall rules that see what is meant for the device itself or passes through it.
	chains []*chain
}

var (
	promptLine  = regexp.MustCompile(`^\s*(?:[^\s@;{}"]{1,64}@[^\s;{}"]{1,64}(?::[^\s]*)?[$#](?: .*)?|\[edit[^\]]*\])\s*$`)
	echoLine    = regexp.MustCompile(`^\s*show configuration(?: commands| \| [a-z -]+)*\s*$`)
	releaseLine = regexp.MustCompile(`^\s*(?://|/\*)\s*Release version:\s*(\S+)`)
)

func noise(line string) bool {
	t := strings.TrimSpace(line)
	switch {
	case t == "":
		return false
	case strings.HasPrefix(t, "show configuration"):
		return echoLine.MatchString(t)
	case t[0] == '[' || strings.IndexByte(t, '@') > 0:
		return promptLine.MatchString(t)
	}
	return strings.HasPrefix(t, "```") || t == "--More--" || t == ":"
}

// maxStopped is how many lines may end with a semicolon by chance, in parameters for another program.
const maxStopped = 20

func newReader(ans driver.Answers) *reader {
	r := &reader{Config: tree.Config{Doc: ans.Command(showConfig), Mask: mask}, ans: ans}
	var text tree.Text
	if tree.IsSet(r.Doc) {
		text = tree.Set(r.Doc, tree.Options{Noise: noise})
	} else {
		text = tree.Braces(r.Doc, tree.Options{Lines: true, Noise: noise})
	}
	r.Root = text.Root
	stopped := 0 // statements with a semicolon behind them: another system's
	for n, l := range r.Doc.Lines() {
		if strings.HasSuffix(l, ";") {
			stopped++
		}
		if strings.Contains(l, "Release version:") {
			if m := releaseLine.FindStringSubmatch(l); m != nil {
				r.release, r.releaseAt = strings.TrimSuffix(m[1], "*/"), n
			}
		}
	}
	for _, n := range text.Odd {
		r.Unread = append(r.Unread, r.Doc.Line(n, "a line that moves statements"))
	}
	if !text.Balanced || stopped > maxStopped || !r.Root.Has("system", "host-name") && !r.Root.Has("system", "login", "user") {
		r.Doc = r.Doc.Cut()
	}
	r.chains = r.applied()
	return r
}

var before = []string{
	"encrypted-password", "plaintext-password", "secret", "password", "pre-shared-secret", "key", "encrypted-key", "plaintext-key", "private-key", "md5-key", "auth-pass", "authtoken", "passphrase", "pre-shared-key", "auth-key", "api-key",
}

// mask leaves out what follows the words behind which secrets stand, and communities.
func mask(words []string) []string {
	for i, w := range words {
		community := i == 3 && words[0] == "service" && words[1] == "snmp" && words[2] == "community"
		named := i == 4 && words[0] == "service" && words[2] == "api" || i > 1 && words[i-1] == "key" && words[i-2] == "host-key"
		switch {
		case community, !named && i > 0 && slices.Contains(before, words[i-1]) && !slices.Contains(before, w) && w != "",
			len(w) > 8 && (strings.HasPrefix(w, "$6$") || strings.HasPrefix(w, "$1$") || strings.HasPrefix(w, "$5$") || strings.HasPrefix(w, "$y$")):
			words[i] = "******"
		case strings.Contains(w, "://") && strings.Contains(w, "@"):
			words[i] = w[:strings.Index(w, "://")+3] + "******" + w[strings.LastIndex(w, "@"):]
		}
	}
	return words
}

func (r *reader) list() driver.ListState { return r.Doc.List() }

// number reads the word that follows a path.
func (r *reader) number(n *tree.Node, path ...string) (int64, *tree.Node, bool) {
	v := n.Value(path...)
	if v == nil {
		return 0, nil, false
	}
	i, err := strconv.ParseInt(v.Word, 10, 32)
	return i, v, err == nil && i >= 0
}

// known are the statements that are understood or say nothing which is asked; what else stands there is reported.
var known = []struct{ path, words []string }{
	{[]string{"system", "login"}, []string{"user", "banner", "radius", "tacacs", "radius-server", "radius-source-address", "tacplus-server", "timeout", "max-login-session", "operator-group"}},
	{[]string{"service", "ssh"}, []string{
		"port", "listen-address", "ciphers", "cipher", "macs", "mac", "key-exchange", "disable-password-authentication", "disable-host-validation", "access-control", "client-keepalive-interval", "loglevel", "vrf", "protocol-version",
		"allow-root", "hostkey-algorithm", "pubkey-accepted-algorithm", "dynamic-protection", "rekey", "fido", "trusted-user-ca", "trusted-user-ca-key",
	}},
	{[]string{"service", "snmp"}, []string{"community", "v3", "listen-address", "location", "contact", "description", "trap-target", "trap-source", "smux-peer", "script-extensions", "vrf", "protocol", "oid-enable", "mib", "ignore-interface"}},
	{[]string{"service", "https"}, []string{"api", "virtual-host", "listen-address", "port", "certificates", "api-restrict", "vrf", "allow-client", "enable-http-redirect", "request-body-size-limit", "tls-version", "http-redirect"}},
}

// leftover reports the statements of the management plane that nothing has read.
func (r *reader) leftover() {
	for _, k := range known {
		for _, n := range r.Root.All(k.path...) {
			if !slices.Contains(k.words, n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
		}
	}
}

func (r *reader) defaultBool(v bool, document string) *pb.BoolFact {
	if !r.Whole() {
		return r.Doc.Unknown().Bool()
	}
	return facts.Bool(v, facts.Default(document))
}

// The documents that state what holds where nothing is configured.
const (
	sshDefault    = "VyOS User Guide, Service: SSH, and Quick Start: SSH Management (SSH runs once it is configured; port 22)"
	loginDefault  = "VyOS User Guide, System: Login/User Management (all accounts have all capabilities)"
	syslogDefault = "VyOS User Guide, System: Syslog (minimal logging is on; remote hosts by UDP, port 514)"
)
