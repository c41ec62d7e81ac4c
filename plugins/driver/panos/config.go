package panos

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
	// release is what a configuration in XML says it is of, on line releaseAt.
	release   string
	releaseAt int
	// devices hold deviceconfig and network: the device's own, else those of a template.
	devices []*tree.Node
	// systems are virtual systems, by name; that of the device itself is called vsys1.
	systems []system
	// shared hold what every virtual system uses.
	shared []*tree.Node
	// references are the log servers' profiles that something sends to.
	references map[string]bool
}

type system struct {
	name string
	node *tree.Node
}

var promptLine = regexp.MustCompile(`^\s*(?:[^\s@;{}"<>]{1,64}@[^\s;{}"<>]{1,64}(?:\([a-z-]+\))?[>#].*|\[edit[^\]]*\]|lines [0-9]+-[0-9]+.*)$`)

func noise(line string) bool {
	t := strings.TrimSpace(line)
	return t != "" && (t[0] == '[' || strings.HasPrefix(t, "lines ") || strings.IndexByte(t, '@') > 0 && !strings.HasPrefix(t, "set ")) && promptLine.MatchString(t)
}

func newReader(ans driver.Answers) *reader {
	r := &reader{Config: tree.Config{Doc: ans.Command(showConfig), Mask: mask}, ans: ans, references: map[string]bool{}}
	var text tree.Text
	if from := beginning(r.Doc.Answer.GetBody()); from >= 0 && !tree.IsSet(r.Doc) {
		text, r.release, r.releaseAt = readXML(r.Doc, from)
	} else if tree.IsSet(r.Doc) {
		text = tree.Set(r.Doc, tree.Options{Noise: noise, Pairs: oneLine})
	} else {
		text = tree.Braces(r.Doc, tree.Options{Noise: noise})
	}
	r.Root = text.Root
	if c := r.Root.Get("config"); c != nil && len(r.Root.All()) == 1 {
		r.Root = c
	}
	for _, n := range text.Odd {
		r.Unread = append(r.Unread, r.Doc.Line(n, "a line that moves statements"))
	}
	several := r.places()
	// A device has settings and administrators; in `set` lines the latter come last.
	both := r.device("deviceconfig", "system") != nil && r.Root.Has("mgt-config", "users")
	if !text.Balanced || !both || several {
		r.Doc = r.Doc.Cut()
	}
	r.refer(r.Root, 0)
	return r
}

var ruleKeys = []string{
	"from", "to", "source", "destination", "source-user", "category", "application", "service", "hip-profiles", "source-hip", "destination-hip", "action", "log-start", "log-end", "log-setting", "disabled", "description", "tag",
	"negate-source", "negate-destination", "profile-setting", "rule-type", "schedule", "qos", "option", "group-tag",
}

// oneLine are the places where a `set` line often gives several settings at once; the longer path comes first.
var oneLine = []tree.Pairs{
	{Path: []string{"rulebase", "security", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"rulebase", "default-security-rules", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"vsys", "*", "rulebase", "security", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"device-group", "*", "pre-rulebase", "security", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"device-group", "*", "post-rulebase", "security", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"shared", "pre-rulebase", "security", "rules", "*"}, Keys: ruleKeys},
	{Path: []string{"shared", "log-settings", "syslog", "*", "server", "*"}, Keys: []string{"server", "transport", "port", "format", "facility"}},
	{Path: []string{"mgt-config", "users", "*"}, Keys: []string{"phash", "password", "permissions", "authentication-profile", "public-key", "client-certificate-only", "password-profile", "preferences"}},
	{Path: []string{"mgt-config", "password-complexity"}, Keys: complexityKeys},
	{Path: []string{"deviceconfig", "system", "service"}, Keys: serviceKeys},
	{Path: []string{"deviceconfig", "system", "snmp-setting", "access-setting", "version", "v3", "users", "*"}, Keys: []string{"view", "authpwd", "privpwd", "authproto", "privproto"}},
	{Path: []string{"deviceconfig", "system", "ntp-servers"}, Keys: ntpKeys},
	{Path: []string{"deviceconfig", "setting", "management", "admin-lockout"}, Keys: lockoutKeys},
	{Path: []string{"network", "profiles", "interface-management-profile", "*"}, Keys: []string{"ssh", "https", "http", "telnet", "ping", "snmp", "permitted-ip", "http-ocsp", "response-pages", "userid-service"}},
	{Path: []string{"deviceconfig", "system", "config-bundle-export-schedule", "*", "protocol", "*"}, Keys: []string{"hostname", "port", "username", "password", "passive-mode", "path"}},
	{Path: []string{"deviceconfig", "system", "config-bundle-export-schedule", "*"}, Keys: []string{"enable", "start-time", "description"}},
	{Path: []string{"deviceconfig", "system"}, Keys: []string{
		"hostname", "ip-address", "netmask", "default-gateway", "ipv6-address", "domain", "timezone", "login-banner", "dns-setting", "ntp-servers", "permitted-ip", "type", "update-server", "service", "snmp-setting",
	}},
}

// places finds where the parts of a configuration stand, which differs between a firewall's `set` lines, its XML, and Panorama. It says
// whether several templates could hold and none is known to.
func (r *reader) places() (several bool) {
	add := func(n *tree.Node) {
		if n.Has("deviceconfig") || n.Has("network") {
			r.devices = append(r.devices, n)
		}
	}
	add(r.Root)
	hosts := append([]*tree.Node{r.Root}, r.Root.All("devices")...)
	for _, h := range hosts[1:] {
		add(h)
	}
	for _, h := range hosts {
		for _, s := range h.All("vsys") {
			r.systems = append(r.systems, system{s.Word, s})
		}
		for _, g := range h.All("device-group") {
			r.systems = append(r.systems, system{"device-group " + g.Word, g})
		}
	}
	if r.Root.Has("rulebase") || r.Root.Has("zone") {
		r.systems = append(r.systems, system{"vsys1", r.Root})
	}
	if s := r.Root.Get("shared"); s != nil {
		r.shared = append(r.shared, s)
	}
	own := len(r.devices)
	for _, h := range hosts {
		for _, t := range h.All("template") {
			c := t.Get("config")
			if s := c.Get("shared"); s != nil {
				r.shared = append(r.shared, s)
			}
			if own == 0 {
				add(c)
				for _, d := range c.All("devices") {
					add(d)
				}
			}
			for _, d := range append(c.All("devices"), c) {
				for _, s := range d.All("vsys") {
					r.systems = append(r.systems, system{t.Word + " " + s.Word, s})
				}
			}
		}
	}
	return own == 0 && len(r.devices) > 1
}

// device follows a path from wherever the device's own settings stand.
func (r *reader) device(path ...string) *tree.Node {
	for _, d := range r.devices {
		if n := d.Get(path...); n != nil {
			return n
		}
	}
	return nil
}

// common follows a path from what virtual systems share, then from each of them.
func (r *reader) common(path ...string) []*tree.Node {
	var out []*tree.Node
	for _, s := range r.shared {
		if n := s.Get(path...); n != nil {
			out = append(out, n)
		}
	}
	for _, s := range r.systems {
		if n := s.node.Get(path...); n != nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if n := r.Root.Get(append([]string{"panorama"}, path...)...); n != nil {
		out = append(out, n)
	}
	return out
}

// refer collects which profiles of log servers something sends to.
func (r *reader) refer(n *tree.Node, depth int) {
	if depth > maxDepth+20 {
		return
	}
	for _, c := range n.All() {
		switch c.Word {
		case "send-syslog":
			for _, p := range c.All() {
				r.references[p.Word] = true
				for _, q := range p.All() { // send-syslog { using-syslog-setting NAME }
					r.references[q.Word] = true
				}
			}
		case "network", "address", "service", "application", "region", "threats", "content-preview", "address-group":
		default:
			r.refer(c, depth+1)
		}
	}
}

var before = []string{
	"phash", "password", "secret", "key", "snmp-community-string", "community", "authpwd", "privpwd", "auth-key", "private-key", "bind-password", "pre-shared-key", "authentication-key", "md5", "api-key",
	"shared-secret", "passphrase", "public-key", "community-string", "token", "hash",
}

// mask leaves out what follows the words behind which secrets stand.
func mask(words []string) []string {
	for i, w := range words {
		hashed := len(w) > 8 && (strings.HasPrefix(w, "$1$") || strings.HasPrefix(w, "$5$") || strings.HasPrefix(w, "$6$") || strings.HasPrefix(w, "-AQ=="))
		if hashed || i > 0 && slices.Contains(before, words[i-1]) && !slices.Contains(before, w) && w != "lifetime" {
			words[i] = "******"
		}
	}
	return words
}

func (r *reader) list() driver.ListState { return r.Doc.List() }

// number reads the word that follows a node.
func number(v *tree.Node) (int64, bool) {
	if v == nil {
		return 0, false
	}
	i, err := strconv.ParseInt(v.Word, 10, 32)
	return i, err == nil && i >= 0
}

// answered reads yes and no; nil if neither is said.
func (r *reader) answered(n *tree.Node) *pb.BoolFact {
	v := n.Value()
	switch v.Text() {
	case "yes":
		return facts.Bool(true, r.At(v))
	case "no":
		return facts.Bool(false, r.At(v))
	case "":
		return nil
	}
	return r.Odd(v).Bool()
}

// known are the settings that are understood or say nothing which is asked; what else stands there is reported.
var known = []struct{ path, words []string }{
	{[]string{"mgt-config"}, []string{"users", "password-complexity", "password-profile", "access-domain", "devices"}},
	{[]string{"mgt-config", "password-complexity"}, complexityKeys},
	{[]string{"deviceconfig", "system", "service"}, serviceKeys},
	{[]string{"deviceconfig", "system", "snmp-setting"}, []string{"access-setting", "snmp-system"}},
	{[]string{"deviceconfig", "system", "ntp-servers"}, ntpKeys},
	{[]string{"deviceconfig", "setting", "management", "admin-lockout"}, lockoutKeys},
}

var (
	complexityKeys = []string{
		"enabled", "minimum-length", "minimum-uppercase-letters", "minimum-lowercase-letters", "minimum-numeric-letters", "minimum-special-characters", "block-repeated-characters", "block-username-inclusion",
		"new-password-differs-by-characters", "password-change-on-first-login", "password-history-count", "password-change-period-block", "password-change",
	}
	serviceKeys = []string{
		"disable-telnet", "disable-http", "disable-https", "disable-ssh", "disable-snmp", "disable-icmp", "disable-http-ocsp", "disable-userid-service", "disable-userid-syslog-listener-ssl", "disable-userid-syslog-listener-udp",
	}
	ntpKeys     = []string{"primary-ntp-server", "secondary-ntp-server"}
	lockoutKeys = []string{"failed-attempts", "lockout-time"}
)

// leftover reports the settings of the management plane that nothing has read.
func (r *reader) leftover() {
	for _, k := range known {
		for _, top := range append(slices.Clone(r.devices), r.Root) {
			for _, n := range top.All(k.path...) {
				if !slices.Contains(k.words, n.Word) {
					r.Unread = append(r.Unread, r.At(n))
				}
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

func (r *reader) defaultText(v, document string) *pb.TextFact {
	if !r.Whole() {
		return r.Doc.Unknown().Text()
	}
	return facts.Text(v, facts.Default(document))
}

// The documents that state what holds where nothing is configured.
const (
	defaultRules = "PAN-OS 9.0 Web Interface Help, Security Policy Overview: traffic between zones that no rule names is denied"
	sessionRules = "PAN-OS 10.0 Administrator's Guide, Security Policy: traffic is matched against sessions, sessions against rules"
	permittedIP  = "CIS Palo Alto Firewall 6 Benchmark 1.0.0, 1.2.1 Permitted IP Addresses: not enabled by default"
	lockoutOff   = "CIS Palo Alto Firewall 9 Benchmark 1.0.0, 1.4.2 Failed Attempts and Lockout Time: not configured by default, and no lock unless both are set"
)
