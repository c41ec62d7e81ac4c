// Package stoneos reads the configurations of Hillstone's firewalls: StoneOS, also as others sell it under their own names.
//
// It reads the management plane, interfaces and policies. What only forwards traffic (NAT, routing, VPN, QoS) is passed over on purpose.
// It judges nothing.
package stoneos

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Hillstone StoneOS.
type Driver struct{}

const (
	showConfig  = "show configuration"
	showVersion = "show version"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "hillstone-stoneos", Version: "1.0",
		Platforms:     []string{"Hillstone StoneOS 5"},
		Commands:      []string{showConfig, showVersion},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.28557"},
		ConfigSigns: []string{
			`^Version [0-9]\.[0-9](?:R[0-9]+[A-Z0-9.]*)?$`, `^# PREVIOUS CONFIGERATION START`, `^ip vrouter "?(?:trust-vr|mgt-vr)"?`, `^admin user "`,
			`^admin host (?:any|range|[0-9])`, `^policy-global$`, `^zone "(?:trust|untrust|dmz|mgt|l2-|VPNHub|HA)`, `^rule id [0-9]+$`, `^logging syslog(?:-server)? `,
			`^password-policy$`, `^interface (?:ethernet|aggregate|vswitchif|xethernet)[0-9][0-9/.]*$`, `^ +manage (?:ssh|telnet|ping|snmp|https?)$`,
			`^ +access (?:console|ssh|telnet|https?)$`, `^statistics-set "predef_`, `^aaa-server "local" type local`, `^vswitch "`, `^strict-tunnel-check$`,
		},
		VersionSigns: []string{`Hillstone StoneOS`, `StoneOS software`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]()#]{1,64}(?:\([^()\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 512"},
			PagerPattern:  `^ *-- ?More ?-- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *\^-+`, `^(?:Error|ERROR): `, `^ *% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown)`},
			Logout:        "exit", EndMarks: []string{"End"},
			Dialogues: []*pluginpb.Dialogue{{Pattern: `(?i)\[(?:yes/no|y/n|y\]/\[n)\]:? *$`, Answer: "n"}},
		},
	}
}

// Ask gives what it wants to know.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	f := &pb.Facts{Platform: r.platform(got.Command(showVersion))}
	r.set = defaults.Set{Doc: r.Doc, Version: r.version, Statements: statements}
	f.Clock = r.clock()
	f.PasswordPolicies = r.passwordPolicies()
	f.LockoutPolicies = r.lockoutPolicies()
	f.SessionPolicies = r.sessionPolicies()
	f.Accounts = r.accounts()
	f.AccessPaths = r.accessPaths()
	f.AuthServers = r.authServers()
	f.SnmpCommunities = r.snmpCommunities()
	f.LogStores = r.logStores()
	f.LogTargets = r.logTargets()
	f.TimeSources = r.timeSources()
	f.PacketFilters, f.FilterRules = r.filters()
	f.Protections = r.protections(f.GetPacketFilters(), f.GetFilterRules())
	f.Services = services(f.GetAccessPaths().GetItems(), r.Doc.List())
	f.Interfaces = r.interfaces()
	f.RedundancyGroups = r.redundancyGroups()
	r.leftover()
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	version int // 5.5R12 is 50512; 0 if it is not known
	set     defaults.Set
}
