// Package gaia reads Check Point's Gaia, the operating system of its security gateways and management servers, R75 to R82.
//
// It reads what Gaia Clish shows of its own configuration. The security policy stands on the management server and is not seen;
// routing and clustering are passed over. It judges nothing.
package gaia

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Check Point Gaia.
type Driver struct{}

const (
	showConfig  = "show configuration"
	showVersion = "show version all"
	showAsset   = "show asset all"
	showState   = "show config-state"
	showCluster = "show cluster state"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "checkpoint-gaia", Version: "1.0",
		Platforms:     []string{"Check Point security gateways", "Check Point security management servers"},
		Commands:      []string{showConfig, showVersion, showAsset, showState, showCluster},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.2620.1.6.123"},
		ConfigSigns: []string{
			`^# Configuration of `, `^# Language version: `, `^set installer policy `, `^set expert-password-hash `, `^set clienv `, `^set password-controls `, `^add allowed-client `,
			`^set web (?:daemon-enable|ssl-port|session-timeout|table-refresh-rate) `, `^set net-access telnet `, `^set inactivity-timeout `, `^set snmp (?:agent|mode|traps) `, `^set user \S+ (?:shell|password-hash) `,
			`^set syslog (?:cplogs|mgmtauditlogs|auditlog|filename) `, `^set message (?:banner|motd|caption) `, `^add command \S+ path `, `^set management interface `,
		},
		VersionSigns: []string{`^Product version Check Point Gaia `, `^OS build [0-9]`, `^OS edition `},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>#]{1,80}(?::[0-9]+)?> ?$`,
			OnOpen:        []string{"set clienv rows 0"},
			PagerPattern:  `^ *-- More --`, PagerKey: " ",
			ErrorPatterns: []string{`^(?:CLINFR|NMS|CLICMD)[A-Z]*[0-9]+`, `^ *Invalid command`, `^ *Incomplete command`},
			Logout:        "exit",
		},
	}
}

// Ask gives what it wants to know, all at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion), driver.Command(showAsset), driver.Command(showState), driver.Command(showCluster)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	r.defaults = defaults.Set{Doc: r.Doc, Statements: statements}
	f := &pb.Facts{
		Platform:         r.platform(got.Command(showVersion), got.Command(showAsset)),
		Clock:            r.clock(),
		Saved:            r.saved(got.Command(showState)),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		SessionPolicies:  r.sessionPolicies(),
		Accounts:         r.accounts(),
		AccessPaths:      r.accessPaths(),
		AuthServers:      r.authServers(),
		SnmpCommunities:  r.snmpCommunities(),
		SnmpUsers:        r.snmpUsers(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		TlsEndpoints:     r.tlsEndpoints(),
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: redundancyGroups(got.Command(showCluster)),
		Services:         r.services(),
		PacketFilters:    &pb.PacketFilterList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_ELSEWHERE, Detail: policyElsewhere},
		FilterRules:      &pb.FilterRuleList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_ELSEWHERE, Detail: policyElsewhere},
	}
	r.leftover()
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

const policyElsewhere = "security management server"

// A reader reads one configuration.
type reader struct {
	config
	defaults defaults.Set
}

// config is a configuration, a setting a line.
type config struct {
	stanza.Config
	head *stanza.Entry // the comment that names the device
	// bySubject finds lines by their first two words: nearly all begin with "set".
	bySubject map[string][]*stanza.Entry
}

// Find yields the lines that begin with words, two at the least, and marks them as used.
func (c *config) Find(words ...string) iter.Seq[*stanza.Entry] {
	return func(yield func(*stanza.Entry) bool) {
		for _, e := range c.bySubject[words[0]+" "+words[1]] {
			if e.Begins(words...) {
				e.Used = true
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Final gives the last of them, which is the one that holds; nil if there is none.
func (c *config) Final(words ...string) *stanza.Entry {
	var last *stanza.Entry
	for e := range c.Find(words...) {
		last = e
	}
	return last
}

var promptLine = regexp.MustCompile(`^[^\s<>#]{1,80}(?::[0-9]+)?>(?: *show .*)?$`)

// parse reads a configuration. It is whole if its head is there and the parts that every device has: accounts, the rules for
// passwords, and what stands at the end.
func parse(doc driver.Document) config {
	c := config{Config: stanza.NewConfig(doc, stanza.Syntax{Mask: mask}), bySubject: map[string][]*stanza.Entry{}}
	template := false
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		template = template || strings.HasPrefix(text, "{%")
		e := c.Entry(&stanza.Node{N: n, Last: n, Text: text})
		switch {
		case len(e.Words) == 0 || strings.ContainsRune(text, '>') && promptLine.MatchString(text):
		case text[0] == '#':
			if e.Begins("#", "Configuration", "of") {
				c.head = e
			}
		case e.Words[0] == "set" || e.Words[0] == "add":
			c.Add(e)
			subject := e.Words[0] + " " + e.Word(1)
			c.bySubject[subject] = append(c.bySubject[subject], e)
		}
	}
	if template || c.head == nil || c.some("set", "hostname") == nil || c.some("set", "user") == nil || c.some("set", "password-controls") == nil || !c.ended() {
		c.Doc = doc.Cut()
	}
	return c
}

// ended says whether what stands at the end is there: the traps of the agent, or routes, which follow all that is said of it.
func (c *config) ended() bool {
	return c.some("set", "static-route") != nil || slices.ContainsFunc(c.bySubject["set snmp"], func(e *stanza.Entry) bool { return e.Word(2) == "traps" })
}

// some gives a line that begins with two words, without saying that it was understood.
func (c *config) some(words ...string) *stanza.Entry {
	if lines := c.bySubject[strings.Join(words, " ")]; len(lines) > 0 {
		return lines[0]
	}
	return nil
}

var secrets = []string{"password-hash", "expert-password-hash", "newpass", "password", "community", "key", "secret", "auth-pass-phrase", "privacy-pass-phrase", "auth-pass-phrase-hashed", "privacy-pass-phrase-hashed", "shared-secret", "authentication-key"}

// mask leaves out what follows the words behind which Gaia writes secrets.
func mask(e *stanza.Entry) string {
	if !slices.ContainsFunc(e.Words, func(w string) bool { return slices.Contains(secrets, w) }) {
		return e.Node.Text
	}
	words := slices.Clone(e.Words)
	for i, w := range words {
		if slices.Contains(secrets, w) && i+1 < len(words) && i > 0 {
			words[i+1] = "******"
		}
	}
	return strings.Join(words, " ")
}

// word gives the word that follows the given ones on the last line that begins with them, and the line.
func (r *reader) word(words ...string) (string, *stanza.Entry) {
	e := r.Final(words...)
	if e == nil {
		return "", nil
	}
	return e.Word(len(words)), e
}

// switched reads "on" and "off", and their like.
func (r *reader) switched(unset *pb.BoolFact, words ...string) *pb.BoolFact {
	word, e := r.word(words...)
	switch {
	case e == nil:
		return unset
	case word == "on" || word == "true" || word == "enable":
		return facts.Bool(true, r.At(e))
	case word == "off" || word == "false" || word == "disable":
		return facts.Bool(false, r.At(e))
	}
	return r.Odd(e).Bool()
}

// number reads a number.
func (r *reader) number(unset *pb.IntFact, words ...string) *pb.IntFact {
	word, e := r.word(words...)
	if e == nil {
		return unset
	}
	if n, ok := stanza.Number(word); ok {
		return facts.Int(n, r.At(e))
	}
	return r.Odd(e).Int()
}

func (r *reader) platform(version, asset driver.Document) *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("firewall"), Vendor: facts.Text("Check Point"), Os: facts.Text("gaia"), Version: version.Unknown().Text(), Product: asset.Unknown().Text()}
	for n, l := range version.Lines() {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "Product version Check Point Gaia "); ok {
			p.Version, p.OsName = facts.Text(v, version.Line(n, l)), facts.Text("Gaia "+v, version.Line(n, l))
		}
	}
	for n, l := range asset.Lines() {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "Model: "); ok {
			p.Product = facts.Text(v, asset.Line(n, l))
		}
	}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.Whole() {
		unsaid = r.Doc.Unknown()
	}
	p.Hostname = unsaid.Text()
	if name, e := r.word("set", "hostname"); name != "" {
		p.Hostname = facts.Text(name, r.At(e))
		if stanza.Hole(name) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.At(e)).Text()
		}
	}
	return p
}

const gaiaGuide = "Check Point Gaia Administration Guide R80.10 to R81, "

// The documents that state defaults.
var statements = []defaults.Statement{
	defaults.Stated("admin", 0, 0, "Check Point Gaia WebUI Guide R76, Users"),
	defaults.Stated("password", 0, 0, gaiaGuide+"Configuring Password Policy"),
}

// managing are words after set or add that manage the device; what follows them here is known and says nothing that is asked.
var managing = map[string][]string{
	"password-controls": {"deny-on-nonuse", "palindrome-check", "password-hash-type", "expiration-lockout-days"},
	"user":              nil, "rba": {"role", "group"}, "aaa": {"radius-servers super-user-uid", "radius-servers default-shell", "radius-servers NAS-IP", "tacacs-servers user-uid", "tacacs-servers priority"},
	"snmp":                 {"mode", "traps", "location", "contact", "interface", "address", "clear", "vs-direct-access", "usm"},
	"ntp":                  {"interface"},
	"syslog":               {"cplogs", "mgmtauditlogs", "uncompressmessages", "auditlog", "uncompress"},
	"web":                  {"table-refresh-rate", "ssl3-enabled"},
	"net-access":           nil,
	"message":              {"motd", "caption", "banner"},
	"ssh":                  {"server"},
	"lockout":              nil,
	"ssl":                  nil,
	"expert-password-hash": nil,
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for _, e := range r.Top {
		known, ok := managing[e.Word(1)]
		if !ok || e.Used {
			continue
		}
		rest := strings.Join(e.Words[min(2, len(e.Words)):], " ")
		if !slices.ContainsFunc(known, func(k string) bool { return rest == k || strings.HasPrefix(rest+" ", k+" ") }) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
}
