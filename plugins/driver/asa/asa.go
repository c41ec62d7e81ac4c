// Package asa reads Cisco's ASA software, and as far as they go its forebears: PIX 6 and 7 and the firewall service module (FWSM).
//
// It reads the management plane and the access lists of a configuration, and a few show outputs. What only forwards, translates or
// inspects traffic (routing, NAT, VPN, inspection maps) is passed over on purpose. It judges nothing.
package asa

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Cisco ASA.
type Driver struct{}

const (
	showConfig   = "show running-config"
	showStartup  = "show startup-config"
	showVersion  = "show version"
	showNTP      = "show ntp status"
	showFailover = "show failover"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "cisco-asa", Version: "1.0",
		Platforms:     []string{"Cisco ASA firewalls", "Cisco PIX firewalls", "Cisco firewall service modules"},
		Commands:      []string{showConfig, showStartup, showVersion, showNTP, showFailover},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showStartup},
		SysObjectIds:  sysObjectIDs(),
		ConfigSigns: []string{
			`^ASA Version `, `^PIX Version `, `^FWSM Version `, `^: (?:Saved|end)`, `^ nameif `, `^nameif ethernet`, `^ security-level [0-9]`, `^access-list \S+ extended `,
			`^access-group \S+ (?:in|out) interface `, `^(?:ssh|telnet|http) [0-9.]+ [0-9.]+ \S+ *$`, `^ssh timeout `, `^telnet timeout `, `^console timeout `, `^pager lines `, `^passwd \S+ encrypted`,
			`^aaa authentication (?:ssh|serial|http|enable|telnet) console `, `^mtu \S+ [0-9]+ *$`, `^threat-detection `, `^object network `, `^(?:asdm|pdm) `, `^fixup protocol `, `^timeout xlate `,
			`^dynamic-access-policy-record `, `^names *$`, `^ftp mode passive`,
		},
		VersionSigns: []string{`^Cisco Adaptive Security Appliance Software Version`, `^Cisco PIX (?:Security Appliance|Firewall)`, `^FWSM Firewall Version`, `^Device Manager Version`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s#>]{1,80}[#>] ?$`,
			OnOpen:        []string{"terminal pager 0"},
			PagerPattern:  `^ *<--- More --->`, PagerKey: " ",
			ErrorPatterns: []string{`^ *ERROR: `, `^ *% ?(?:Invalid|Incomplete|Ambiguous)`, `^ *Type help or '\?' for a list`},
			Logout:        "exit", EndMarks: []string{": end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^ *password: *$`,
		},
	}
}

// Ask gives what it wants to know, all at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showStartup), driver.Command(showVersion), driver.Command(showNTP), driver.Command(showFailover)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	r.device = r.identify(got.Command(showVersion))
	r.defaults = defaults.Set{Doc: r.Doc, Version: r.device.number, Statements: statements}
	r.readNames()
	r.readGroups()
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            clock(got.Command(showNTP)),
		Saved:            r.saved(got.Command(showStartup)),
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
		RedundancyGroups: r.redundancyGroups(got.Command(showFailover)),
	}
	f.Services = r.services(f.GetAccessPaths().GetItems())
	f.PacketFilters, f.FilterRules = r.filters()
	r.recording()
	r.leftover()
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	device   device
	defaults defaults.Set
	names    map[string]string // address by name
	groups   map[string]string // protocol by server group
	ports    map[string]bool   // service objects and groups: whether they name ports
}
