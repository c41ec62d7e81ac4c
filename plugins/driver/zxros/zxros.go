// Package zxros reads the configurations of ZTE's network devices: ZXROS with sections between "!<name>" and "!</name>" (C600 access
// platforms, M6000 and ZXCTN routers, 5960 and 8900E switches), and the older command line of ZXAN and ZXR10 that ends with "end".
//
// It reads the management plane and interfaces. What only forwards traffic (PON, VLANs, routing, QoS) is passed over on purpose. It
// judges nothing.
package zxros

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of ZTE's network devices.
type Driver struct{}

const (
	showConfig  = "show running-config"
	showVersion = "show version"
	showNTP     = "show ntp status"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "zte-zxros", Version: "1.0",
		Platforms:     []string{"ZTE ZXR10 switches and routers", "ZTE M6000", "ZTE ZXCTN", "ZTE ZXAN access platforms"},
		Commands:      []string{showConfig, showVersion, showNTP},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.3902"},
		ConfigSigns: []string{
			`^!</?(?:mim|system-config|if-intf|clock-mgr|system-user|ntp|aaa|ssh|snmp|alarm|MSAN|static|acl|arp)>`, `^ *aaa-authentication-template [0-9]`,
			`^system-user *$`, `^ *strong-password (?:length|check)`, `^ *user-authen-restriction `, `^ *local-privilege-level `, `^ipv4-access-list `,
			`^interface (?:gpon[_-]o|vport-|xgei|gei|cgei|xxvgei|xlgei|mgmt_eth|mng[0-9]|smartgroup)`, `^line (?:telnet|console) (?:idle|absolute)-timeout `,
			`^line telnet (?:server|users) `, `^snmp-server community \S+ (?:\S+ )?view `, `^add-card (?:rackno|slotno) `, `^ssh server authentication (?:mode|type|ispgroup) `,
			`^(?:no )?ssh server only`, `^config-version `, `^username (?:user-suspend|high-level-security|pwd-expire-day|inactivity-day) `, `^syslog-server (?:host|facility) `,
		},
		VersionSigns: []string{`ZXR10`, `ZXROS`, `ZXAN`, `ZXCTN`, `(?i)\bZTE Corporation`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]()#]{1,64}(?:\([^()\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0"},
			PagerPattern:  `^ *-- ?More ?-- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *%? ?%Error [0-9]+:`, `^ *% ?(?:Error|Invalid|Incomplete|Ambiguous|Unrecognized|Bad|Unknown)`, `^ *\^ *$`},
			Logout:        "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^ *password: *$`,
			Dialogues: []*pluginpb.Dialogue{{Pattern: `(?i)\[(?:yes/no|y/n)\]:? *$`, Answer: "no"}},
		},
	}
}

// Ask gives what it wants to know.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion), driver.Command(showNTP)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	r.acls = r.readACLs()
	f := &pb.Facts{
		Platform:         r.platform(got.Command(showVersion)),
		Clock:            r.clock(got.Command(showNTP)),
		Saved:            r.saved(),
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
		Interfaces:       r.interfaces(),
		Services:         r.services(),
	}
	r.leftover()
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	acls map[string]*acl
}
