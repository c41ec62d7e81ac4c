// Package topsec reads the configuration of Topsec's firewalls (TOS, NGTOS): one command a line, as the device prints it.
//
// No public command reference was found; what a line means is taken from the few public sources that the README names, and everything
// they leave open is unknown. It judges nothing.
package topsec

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Topsec's firewalls.
type Driver struct{}

const showConfig = "show nostop" // the configuration without stops at each page

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "topsec-ngtos", Version: "1.0",
		Platforms:     []string{"Topsec NGFW4000 firewalls (TOS)"},
		Commands:      []string{showConfig},
		ConfigCommand: showConfig,
		SysObjectIds:  []string{"1.3.6.1.4.1.14331"},
		ConfigSigns: []string{
			`^ *system devname set `, `^ *(?:ID [0-9]+ )?define (?:area|host|subnet|range|group_address|service|group_service) add name `,
			`^ *(?:ID [0-9]+ )?pf service add name `, `^ *(?:ID [0-9]+ )?firewall policy add action `, `^ *system authset `,
			`^ *system (?:sshd|telnetd|httpd|monitord) (?:start|stop) *$`, `^ *log log set ipaddr `, `^ *network interface \S+ (?:ip add|mss-adjust|ha-metric) `,
			`^ *(?:ID [0-9]+ )?network attribute add name `, `^ *system webui `, `^ *helpmode (?:english|chinese) *$`,
		},
		VersionSigns: []string{`Topsec Operating System`, `(?i)^ *Topsec .*Software Version`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]()#%]{1,64}[#%] ?$`,
			PagerPattern:  `^ *-- ?More ?-- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *error[ -]`},
			Logout:        "exit", EndMarks: []string{endMark},
		},
	}
}

// Ask gives what it wants to know.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig)}, nil
}

// Read turns the answer into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := &reader{config: parse(driver.Index(answers).Command(showConfig))}
	r.objects = r.readObjects()
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            r.clock(),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		SessionPolicies:  r.sessionPolicies(),
		Accounts:         r.accounts(),
		AccessPaths:      r.accessPaths(),
		LogTargets:       r.logTargets(),
		Interfaces:       r.interfaces(),
		RedundancyGroups: r.redundancyGroups(),
	}
	f.PacketFilters, f.FilterRules = r.filters()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.leftover()}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	objects objects
}
