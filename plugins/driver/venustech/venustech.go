// Package venustech reads the configuration of Venustech's USG firewalls (天清汉马 USG).
//
// No public command reference was found; what a line means is taken from the few public sources that the README names, and everything
// they leave open is unknown. It judges nothing.
package venustech

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Venustech's USG firewalls.
type Driver struct{}

const showConfig = "show running-config"

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "venustech-usg", Version: "1.0",
		Platforms:     []string{"Venustech USG firewalls"},
		Commands:      []string{showConfig},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.15227"},
		ConfigSigns: []string{
			`^!config *$`, `^!end *$`, `^ *authorized-table `, `^ *authorized (?:read|write) `, `^ *user administrator \S+ (?:local|authorized-address|description) `, `^ *auth-code is-need `,
			`^ *server http-port \S+ https-port `, `^ *server-(?:ssh|telnet) port `, `^ *default-local-policy action `, `^ *firewall-policy-group `, `^ *log system-info memory upto `,
			`^ *web-client-verify `, `^ *blacklist-group default `, `^ *local-policy-match `,
		},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]()#]{1,64}(?:\([^()\s]{1,40}\))?[>#] ?$`,
			PagerPattern:  `^ *--More-- \([0-9]+% of [0-9]+ bytes\) *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *%.+`},
			Logout:        "exit", EndMarks: []string{"!end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^ *(?:enable )?password: *$`,
		},
	}
}

// Ask gives what it wants to know.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig)}, nil
}

// Read turns the answer into facts. Of what the driver says nothing at all, no public line is known: lockout, idle time, password
// rules, SNMP, time.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := parse(driver.Index(answers).Command(showConfig))
	f := &pb.Facts{
		Platform:    r.platform(),
		Protections: r.protections(),
		Accounts:    r.accounts(),
		AccessPaths: r.accessPaths(),
		LogStores:   r.logStores(),
		Interfaces:  r.interfaces(),
	}
	f.PacketFilters, f.FilterRules = r.filters()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.leftover()}, nil
}
