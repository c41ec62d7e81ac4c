// Package comware reads H3C's Comware, version 5 and 7: H3C switches, routers and firewalls, and what HP and HPE sell of them.
//
// It reads the management plane and the filters of a configuration, and a few display outputs. What only forwards traffic (VLANs,
// routing, NAT, VPN tunnels, wireless) is passed over on purpose. It judges nothing.
package comware

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Comware.
type Driver struct{}

const (
	showConfig   = "display current-configuration"
	showSaved    = "display saved-configuration"
	showVersion  = "display version"
	showNTP      = "display ntp-service status"
	showSessions = "display ntp-service sessions"
	showPassword = "display password-control"
	showRBM      = "display remote-backup-group status" // on firewalls that back one another up
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "h3c-comware", Version: "1.0",
		Platforms:     []string{"H3C switches", "H3C MSR and SR routers", "H3C SecPath firewalls", "HPE FlexFabric and FlexNetwork switches", "HPE MSR routers"},
		Commands:      []string{showConfig, showSaved, showVersion, showNTP, showSessions, showPassword, showRBM},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showSaved},
		SysObjectIds:  []string{"1.3.6.1.4.1.25506", "1.3.6.1.4.1.2011.10"},
		ConfigSigns: []string{
			`^ version [3579]\.[0-9]+[0-9.]*, (?:Release|ESS|Feature|Alpha|Beta|Test|Ess|Demo|Customer)`, `^line class (?:aux|vty|usb|con|console|tty)`,
			`^ ?user-role (?:network-admin|network-operator|level-|mdc-)`, `^ ?authorization-attribute (?:user-role|level) `,
			`^local-user \S+ class (?:manage|network)`, `^local-user \S+ *$`, `^ ?(?:undo )?password-recovery enable`,
			`^interface (?:Vlan-interface|Bridge-Aggregation|Route-Aggregation|M-GigabitEthernet|Ten-GigabitEthernet|Twenty-FiveGigE|FortyGigE|HundredGigE)`,
			`^ ?irf (?:mac-address|auto-update|member)`, `^radius scheme `, `^hwtacacs scheme `, `^ ?domain default enable `, `^domain system *$`,
			`^role name level-`, `^ ?ip https? enable`, `^ ?password-control `, `^ ?authentication-mode scheme`, `^security-zone name `,
			`^ ?service-type (?:ssh|telnet|terminal|ftp|https?|web)`, `^user-group system *$`, `^ ?lldp global enable`, `^ ?web idle-timeout `,
			`^ ?snmp-agent local-engineid 8000(?:63A2|0009)`, `^ ?scheduler logfile size `, `^acl (?:basic|advanced) `, `^ ?netconf (?:ssh|soap)`,
		},
		VersionSigns: []string{`Comware (?:Platform )?Software`, `^(?:H3C|HPE?|3Com) .* uptime is `, `(?:Hangzhou|New) H3C Tech`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:RBM_[PS])?(?:<[^<>\r\n]{1,80}>|\[[~*]?[^\[\]\r\n]{1,80}\]) ?$`,
			OnOpen:        []string{"screen-length disable"},
			PagerPattern:  `^ *---- ?More ?---- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *% ?(?:Unrecognized|Incomplete|Ambiguous|Wrong|Too many)`, `^ *% ?(?:Permission|Access) denied`, `^ *\^ *$`},
			Logout:        "quit", EndMarks: []string{"return"},
			RaiseCommand: "super", RaisePasswordPattern: `(?i)^ *password: *$`,
			Dialogues: []*pluginpb.Dialogue{
				{Pattern: `(?i)change (?:it |the password )?now\? *\[y/n\]`, Answer: "N", Means: "initial password unchanged"},
				{Pattern: `(?i)continue\? *\[y/n\]`, Answer: "N"},
			},
		},
	}
}

// Ask gives what it wants to know; what only some devices have follows once the configuration is there.
func (Driver) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	out := []*pluginpb.Question{
		driver.Command(showConfig), driver.Command(showSaved), driver.Command(showVersion), driver.Command(showNTP), driver.Command(showSessions),
		driver.Command(showPassword),
	}
	for _, line := range driver.Index(answers).Command(showConfig).Lines() {
		if strings.TrimSpace(line) == "remote-backup group" {
			return append(out, driver.Command(showRBM)), nil
		}
	}
	return out, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := newReader(got)
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            r.clock(got),
		Saved:            r.saved(got.Command(showSaved)),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		Accounts:         r.accounts(),
		AuthServers:      r.authServers(),
		SnmpCommunities:  r.snmpCommunities(),
		SnmpUsers:        r.snmpUsers(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		TlsEndpoints:     r.tlsEndpoints(),
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: r.redundancyGroups(got.Command(showRBM)),
		Services:         r.services(),
	}
	lines := r.lines()
	f.SessionPolicies = r.sessionPolicies(lines)
	f.AccessPaths = r.accessPaths(lines)
	f.PacketFilters, f.FilterRules = r.filters()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: f, Unread: inOrder(r.Unread)}, nil
}

// inOrder sorts lines and drops those that were met twice.
func inOrder(lines []*pb.Evidence) []*pb.Evidence {
	slices.SortStableFunc(lines, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	return slices.CompactFunc(lines, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
}

// A reader reads one configuration.
type reader struct {
	config
	device   device
	defaults defaults.Set
	rules    defaults.Set // of passwords and locks, which the device shows in a way of its own
	acls     map[string]*acl
	control  control
}

func newReader(got driver.Answers) *reader {
	r := &reader{config: parse(got.Command(showConfig))}
	r.device = r.identify(got.Command(showVersion))
	r.defaults = defaults.Set{Doc: r.Doc, Version: r.device.number, Statements: statements}
	r.acls = r.readACLs()
	r.control = readControl(got.Command(showPassword))
	r.rules = r.defaults
	if r.control.doc.Reason() == pb.Reason_REASON_TRUNCATED { // what it goes on to say may be otherwise
		r.rules.Doc = r.rules.Doc.Cut()
	}
	return r
}
