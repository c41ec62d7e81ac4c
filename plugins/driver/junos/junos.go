// Package junos reads Juniper Junos: EX and QFX switches, MX, PTX and ACX routers, SRX firewalls; configurations in braces and as
// `display set` prints them.
//
// It reads the management plane, the firewall filters that are applied and the security policies. Groups are inherited where they are
// applied, inactive statements do not hold. What only forwards traffic is passed over on purpose. It judges nothing.
package junos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Junos.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig       = "show configuration"
	showVersion      = "show version"
	showNTPStatus    = "show ntp status"
	showAssociations = "show ntp associations"
	showUptime       = "show system uptime"
	showCommit       = "show system commit"
	showCluster      = "show chassis cluster status" // on SRX
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "juniper-junos", Version: "1.0",
		Platforms:     []string{"Juniper EX and QFX switches", "Juniper MX, PTX and ACX routers", "Juniper SRX firewalls"},
		Commands:      []string{showConfig, showVersion, showNTPStatus, showAssociations, showUptime, showCommit, showCluster},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.2636.1.1.1"},
		ConfigSigns: []string{
			`^## Last (?:commit|changed): `, `^(?:set )?version "?[0-9]{1,2}\.[0-9]+[A-Z][^;]*;?$`, `^ *root-authentication \{`, `^ *encrypted-password "[^"]*"; ## SECRET-DATA`,
			`^set system (?:root-authentication|login user \S+ class|services|host-name|syslog) `, `^ *host-name [^;{]+;`, `^ *family (?:inet6?|ethernet-switching|iso|mpls) \{`,
			`^set interfaces (?:ge|xe|et|em|fxp|me|lo|irb|ae|reth|st|vlan)[-0-9/]* (?:unit|description|gigether-options) `, `^ *apply-groups `, `^ *authorization info;`,
			`^ *interactive-commands any;`, `^ *root-login (?:allow|deny|deny-password);`, `^ *class (?:super-user|operator|read-only);`, `^routing-options \{`, `^policy-options \{`,
			`^chassis \{`, `^ *security-zone \S+ \{`, `^set security (?:zones|policies) `, `^set (?:routing-options|policy-options|chassis) `,
		},
		VersionSigns: []string{`^\s*Junos: [0-9]`, `^\s*JUNOS (?:Base OS|OS Kernel|Software Release|EX |Host Software)`, `^\s*JUNOS .*\[[0-9]{2}\.[0-9]`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:\{[a-z]+(?::[a-z0-9]+)?\}(?:\[edit[^\]]*\])?\s*)?[^\s@<>#]{1,64}@[^\s<>#]{1,64}[>#%] ?$`,
			OnOpen:        []string{"set cli screen-length 0", "set cli screen-width 0"},
			PagerPattern:  `^ ?---\(more(?: [0-9]+%)?\)---`, PagerKey: " ",
			ErrorPatterns: []string{`^ *\^ *$`, `^(?:unknown command|syntax error|error: |missing argument)`, `^ *'[^']*' is ambiguous`},
			Logout:        "exit",
		},
	}
}

// Ask gives everything it wants to know; of a cluster it asks once the configuration names one.
func (Driver) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	out := []*pluginpb.Question{}
	for _, c := range []string{showConfig, showVersion, showNTPStatus, showAssociations, showUptime, showCommit} {
		out = append(out, driver.Command(c))
	}
	got := driver.Index(answers)
	if got.Asked(driver.Command(showConfig)) && newReader(got).Root.Has("chassis", "cluster") {
		out = append(out, driver.Command(showCluster))
	}
	return out, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := newReader(driver.Index(answers))
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            r.clock(),
		Saved:            r.saved(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		SessionPolicies:  r.sessionPolicies(),
		Accounts:         r.accounts(),
		AuthServers:      r.authServers(),
		SnmpCommunities:  r.communities(),
		SnmpUsers:        r.snmpUsers(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		AuditEvents:      r.auditEvents(),
		TimeSources:      r.timeSources(),
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: r.redundancyGroups(),
		Services:         r.services(),
	}
	f.AccessPaths = r.accessPaths()
	f.PacketFilters, f.FilterRules = r.filters()
	f.Protections = r.protections()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.InOrder()}, nil
}
