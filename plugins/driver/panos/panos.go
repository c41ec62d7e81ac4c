// Package panos reads Palo Alto Networks PAN-OS: firewalls and Panorama, configurations as XML, as `set` lines and in braces.
//
// It reads the management plane, the security rules and what protects zones. What only forwards traffic (routing, VPN, NAT, QoS) is passed
// over on purpose, and so are objects, whose names are stated. It judges nothing.
package panos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of PAN-OS.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig = "show config running"
	showSystem = "show system info"
	showNTP    = "show ntp"
	showHA     = "show high-availability state"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "paloalto-panos", Version: "1.0",
		Platforms:     []string{"Palo Alto Networks PA and VM series firewalls", "Palo Alto Networks Panorama"},
		Commands:      []string{showConfig, showSystem, showNTP, showHA},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.25461.2.3"},
		ConfigSigns: []string{
			`^set deviceconfig (?:system|setting) `, `^set mgt-config `, `<config version="[0-9.]+" .*urldb=`, `<config (?:[a-z-]+="[^"]*" )*urldb="`, `^ *<mgt-config>`, `^ *<deviceconfig>`, `^ *<phash>`,
			`^ *<entry name="localhost\.localdomain">`, `^set (?:vsys \S+ )?rulebase security rules `, `^set network profiles (?:monitor-profile|interface-management-profile|zone-protection-profile) `,
			`^set shared (?:application|botnet|log-settings|service)`, `^set network ike crypto-profiles `, `^set (?:template|template-stack|device-group) \S+ `, `^set zone \S+ network `, `^ *mgt-config \{`,
			`^ *deviceconfig \{`, `^ *<update-schedule>`, `^ *phash \S+;`,
		},
		VersionSigns: []string{`^sw-version: [0-9]+\.`, `^family: (?:[0-9]+|vm|pc|m)`, `^(?:app|threat|av|wildfire)-version: `},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s@<>#]{1,64}@[^\s<>#()]{1,64}(?:\([a-z-]+\))?(?: [^\s<>#]{1,31})?[>#] ?$`,
			OnOpen:        []string{"set cli pager off"},
			PagerPattern:  `^(?:lines [0-9]+-[0-9]+|:|--more--) ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^(?:Unknown command|Invalid syntax|Server error)`},
			Logout:        "exit",
		},
	}
}

// Ask gives everything it wants to know at once.
func (d Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	out := []*pluginpb.Question{}
	for _, c := range d.Describe().GetCommands() {
		out = append(out, driver.Command(c))
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
		AccessPaths:      r.accessPaths(),
		SnmpCommunities:  r.communities(),
		SnmpUsers:        r.snmpUsers(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		TlsEndpoints:     r.tlsEndpoints(),
		Interfaces:       r.interfaces(),
		RedundancyGroups: r.redundancyGroups(),
		AddressBindings:  r.addressBindings(),
	}
	f.Services = r.services(f.AccessPaths)
	f.PacketFilters, f.FilterRules = r.filters()
	f.Protections = r.protections()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.InOrder()}, nil
}
