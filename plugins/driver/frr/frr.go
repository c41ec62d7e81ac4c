// Package frr reads FRRouting: `show running-config` of vtysh and saved frr.conf files.
//
// FRRouting is a set of routing programs on a host. Who may log in, over what, and where records go is mostly the host's affair: those facts
// are unknown here and can be read by the host's driver. What FRRouting itself manages are its own terminals (vty), their passwords, access
// lists and idle timeout, and its log. It judges nothing.
package frr

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of FRRouting.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig  = "show running-config"
	showVersion = "show version"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "frr", Version: "1.0",
		Platforms:     []string{"FRRouting 3 to 10"},
		Commands:      []string{showConfig, showVersion},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		ConfigSigns: []string{
			`^frr version [0-9]`, `^frr defaults (?:traditional|datacenter)`, `^service integrated-vtysh-config`, `^no service integrated-vtysh-config`, `^log (?:syslog|file) ?`, `^line vty *$`, `^agentx *$`, `^no ipv6 forwarding$`, `^zebra `,
		},
		VersionSigns: []string{`^FRRouting [0-9]`, `^Copyright .* Kunihiro Ishiguro`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Unknown command|Command incomplete|Ambiguous command|There is no matched)`},
			Logout:        "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
		},
	}
}

// Ask gives everything it wants to know at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := newReader(driver.Index(answers))
	f := &pb.Facts{
		Platform:         r.platform(),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		SessionPolicies:  r.sessionPolicies(),
		Accounts:         r.accounts(),
		AccessPaths:      r.accessPaths(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		AuditEvents:      r.auditEvents(),
		TimeSources:      r.timeSources(),
		SnmpCommunities:  r.communities(),
		SnmpUsers:        r.snmpUsers(),
		AuthServers:      r.authServers(),
		Interfaces:       r.interfaces(),
		Services:         r.services(),
	}
	r.leftover()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.inOrder()}, nil
}
