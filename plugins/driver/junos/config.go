package junos

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
	// changed is the line at the head that says when the configuration was last changed.
	changed   string
	changedAt int
}

var (
	promptLine  = regexp.MustCompile(`^\s*(?:\{[a-z]+(?::[a-z]*[0-9]*)?\}(?:\[edit[^\]]*\])?|\[edit[^\]]*\]|[^\s@;{}"]{1,64}@[^\s;{}"]{1,64}[>#%](?: .*)?|---\(more.*\)---.*)\s*$`)
	echoLine    = regexp.MustCompile(`^\s*show configuration(?: \| [a-z -]+)*\s*$`)
	changedLine = regexp.MustCompile(`^\s*## Last (?:commit|changed): (.+)$`)
)

func noise(line string) bool {
	t := strings.TrimSpace(line)
	switch {
	case t == "":
		return false
	case t[0] == '{' || t[0] == '[' || t[0] == '-' || strings.IndexByte(t, '@') > 0:
		return promptLine.MatchString(t)
	case strings.HasPrefix(t, "show configuration"):
		return echoLine.MatchString(t)
	}
	return strings.HasPrefix(t, "```")
}

func newReader(ans driver.Answers) *reader {
	r := &reader{Config: tree.Config{Doc: ans.Command(showConfig), Mask: mask}, ans: ans}
	var text tree.Text
	if tree.IsSet(r.Doc) {
		text = tree.Set(r.Doc, tree.Options{Noise: noise})
	} else {
		text = tree.Braces(r.Doc, tree.Options{Noise: noise})
	}
	r.Root = text.Root
	for n, l := range r.Doc.Lines() {
		if m := changedLine.FindStringSubmatch(l); m != nil {
			r.changed, r.changedAt = m[1], n
			break
		}
		if n > 40 {
			break
		}
	}
	for _, n := range text.Odd {
		r.Unread = append(r.Unread, r.Doc.Line(n, "a line that moves statements"))
	}
	missing := r.inherit()
	named := r.Root.Has("version") || r.Root.Has("system", "host-name") || r.changed != ""
	if !text.Balanced || !named || missing || !r.Root.Has("interfaces") { // a device has interfaces, and they stand behind the system's part
		r.Doc = r.Doc.Cut()
	}
	return r
}

// before are words behind which Junos writes secrets.
var before = []string{
	"encrypted-password", "plain-text-password-value", "secret", "password", "pre-shared-key", "ascii-text", "hexadecimal", "authentication-key", "privacy-key", "authentication-password",
	"privacy-password", "simple-password", "community-name", "ssh-rsa", "ssh-dsa", "ssh-ecdsa", "ssh-ed25519", "key", "value", "authentication-sha", "wpa-passphrase",
}

// mask leaves out what follows the words behind which secrets stand, communities, and what user a URL names.
func mask(words []string) []string {
	for i, w := range words {
		hidden := i > 0 && slices.Contains(before, words[i-1]) && !slices.Contains(before, w) && !slices.Contains([]string{"minimum-length", "format", "change-type"}, w) && passwordPath(words, i)
		hidden = hidden || i == 2 && words[0] == "snmp" && (words[1] == "community" || words[1] == "trap-group")
		hidden = hidden || len(w) > 3 && (strings.HasPrefix(w, "$9$") || strings.HasPrefix(w, "$8$") || strings.HasPrefix(w, "$1$") || strings.HasPrefix(w, "$5$") || strings.HasPrefix(w, "$6$"))
		switch {
		case hidden && w != "":
			words[i] = "******"
		case strings.Contains(w, "://") && strings.Contains(w, "@"):
			words[i] = w[:strings.Index(w, "://")+3] + "******" + w[strings.LastIndex(w, "@"):]
		}
	}
	return words
}

// passwordPath: the rules for passwords and the method of that name stand under words that elsewhere come before a secret.
func passwordPath(words []string, i int) bool {
	prev := words[i-1]
	switch {
	case prev == "password" && i >= 2 && words[i-2] == "login":
		return false
	case prev == "authentication-order":
		return false
	case prev == "key" && i >= 3 && words[0] == "system" && words[1] == "ntp":
		return false
	case prev == "authentication-key" && words[0] == "system": // the number of the key stands between
		return false
	case prev == "value" && words[0] == "system":
		return true
	}
	return true
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

// known are the statements that are understood, or that say nothing which is asked; what else stands there is reported.
var known = []struct {
	path  []string
	words []string
}{
	{[]string{"system", "login"}, []string{"user", "class", "password", "retry-options", "message", "announcement", "idle-timeout", "deny-sources", "login-alarms", "login-tip", "apply-groups", "apply-groups-except"}},
	{[]string{"system", "services"}, []string{
		"ssh", "telnet", "ftp", "finger", "netconf", "web-management", "rest", "xnm-clear-text", "xnm-ssl", "dhcp", "dhcp-local-server", "outbound-ssh", "rlogin", "rsh", "tftp-server", "subscriber-management",
		"extension-service", "flow-tap-dtcp", "service-deployment", "dns", "database-replication", "dynamic-dns", "grpc", "resource-monitor", "webapi", "apply-groups", "dtcp-only", "dhcpv6", "bbe-stats-service", "local-policy-decision-function", "static-subscribers", "outbound-https", "http",
	}},
	{[]string{"system", "services", "ssh"}, []string{
		"root-login", "protocol-version", "connection-limit", "rate-limit", "ciphers", "macs", "key-exchange", "hostkey-algorithm", "client-alive-interval", "client-alive-count-max", "no-tcp-forwarding", "tcp-forwarding",
		"allow-tcp-forwarding", "max-sessions-per-connection", "max-pre-authentication-packets", "no-passwords", "no-public-keys", "no-password-authentication", "no-challenge-response", "authentication-order", "fingerprint-hash", "rekey", "sftp-server", "port", "log-key-changes", "access-disable-external",
		"apply-groups", "no-sftp-server", "authorized-keys-command", "authorized-keys-command-user", "authorized-principals", "authorized-principals-command", "authorized-principals-file", "hostkey-algorithm-list", "trusted-user-ca-key-file", "host-certificate-file", "ca-signature-algorithms", "port-forwarding",
	}},
	{[]string{"system", "ntp"}, []string{"server", "peer", "boot-server", "authentication-key", "trusted-key", "source-address", "broadcast", "broadcast-client", "multicast-client", "interval-range", "restrict", "threshold", "nts", "apply-groups", "local-clock"}},
	{[]string{"snmp"}, []string{
		"community", "client-list", "v3", "location", "contact", "description", "name", "view", "trap-group", "trap-options", "interface", "filter-interfaces", "filter-duplicates", "engine-id", "health-monitor", "rmon", "routing-instance-access", "traceoptions", "nonvolatile", "arp", "stats-response-statistics", "proxy",
		"interfaces", "agent-address", "subagent", "apply-groups", "logical-system-trap-filter", "if-count-with-filter-interfaces", "customization", "commit-delay", "alarm-management", "system-name",
	}},
}

// leftover reports the statements of the management plane that nothing has read.
func (r *reader) leftover() {
	for _, k := range known {
		for _, n := range r.Root.All(k.path...) {
			if !slices.Contains(k.words, n.Word) && !strings.HasPrefix(n.Word, "apply-") {
				r.Unread = append(r.Unread, r.At(n))
			}
		}
	}
}

// defaultBool is the value that a document of the vendor states, if the configuration was seen as a whole.
func (r *reader) defaultBool(v bool, document string) *pb.BoolFact {
	if !r.Whole() {
		return r.Doc.Unknown().Bool()
	}
	return facts.Bool(v, facts.Default(document))
}

func (r *reader) defaultText(v, document string) *pb.TextFact {
	if !r.Whole() {
		return r.Doc.Unknown().Text()
	}
	return facts.Text(v, facts.Default(document))
}

// The documents that state what holds where nothing is configured.
const (
	remoteAccess   = "JUNOS 7.3 System Basics Configuration Guide, Router Access, and Junos OS User Access and Authentication Administration Guide, 15.1 and later, Remote Access Overview: remote access is disabled unless configured"
	idleDefault    = "Junos OS 12.3 Configuring the Timeout Value for Idle Login Sessions (a session stays until the user logs out)"
	minimumLength  = "Junos OS 13.2 minimum-length (System Login Password): six characters"
	consoleDefault = "Junos OS 12.3 Configuring the Junos OS to Set Console and Auxiliary Port Properties: the console port is enabled, the auxiliary port disabled"
	orderDefault   = "Junos OS 13.2 authentication-order (System): configured passwords"
	retryDefault   = "Junos OS retry-options (System Login), Junos 11.2 and later: tries-before-disconnect 3"
	policyDefault  = "Junos OS Security Configuration Guide 9.6, Understanding Security Policies: all traffic is denied"
	statefulPolicy = "J-Web for SRX 11.2, Firewall Policies Wizard: security policies of the stateful firewall"
	filterDefault  = "Junos OS Policy Framework Configuration Guide 9.3, Firewall Filter Components: what matches no term is discarded"
	snmpDefault    = "Junos OS community (SNMP): without a community all requests are denied"
	snmpRead       = "Junos OS 7.1 Network Management Configuration Guide, Configuring the SNMP Community String: read-only"
	syslogDefault  = "Junos OS 10.3 System Log Messages Reference, Default System Log Settings"
)
