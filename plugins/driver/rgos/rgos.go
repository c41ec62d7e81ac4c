// Package rgos knows Ruijie RGOS: switches, routers and wireless controllers, by their running configuration and a few show commands.
//
// It resolves nothing that the device itself resolves elsewhere (names, VRFs, what a cloud manager pushes) and judges nothing.
package rgos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Ruijie RGOS.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig  = "show running-config"
	showVersion = "show version"
	showNTP     = "show ntp status"
)

var commands = []string{showVersion, showConfig, showNTP}

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "ruijie-rgos", Version: "1.0",
		Platforms:     []string{"Ruijie RGOS 10, 11, 12"},
		Commands:      commands,
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.4881.1"},
		ConfigSigns: []string{
			`^version \S*RGOS `, `^version .*RGOS\S* [0-9]+\.[0-9]`, `^(no )?enable service (ssh-server|telnet-server|web-server|snmp-agent)`, `^webmaster level [0-9]+ `,
			`^nfpp$`, `^(no )?link-check disable$`, `^sysmac [0-9a-f.]{14}$`, `^install [0-9]+ `, `^interface (GigabitEthernet|TenGigabitEthernet|FastEthernet|AggregatePort|gi|te|VLAN) [0-9]`,
			`^ *anti-arp-spoofing ip `, `^ *rldp port `, `^rldp enable$`, `^mqtt-server enable$`, `^cwmp$`, `^wlan-config [0-9]+ `, `^sntp enable$`, `^ip ssh key-exchange `,
			`^no service password-encryption$`, `^password policy `, `^switch virtual domain [0-9]+`, `^vlan range `,
		},
		VersionSigns: []string{`Ruijie`, `^System software version *: .*RGOS`, `RGOS [0-9]+\.[0-9]+\(`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 256"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Command|User doesn)`, `^% ?Access denied`},
			Logout:        "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
			Dialogues: []*pluginpb.Dialogue{
				{Pattern: `(?i)change the password.*\[y/n\]:?`, Answer: "n", Means: "the password should be changed"},
			},
		},
	}
}

// Ask gives everything it wants to know at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	out := make([]*pluginpb.Question, 0, len(commands))
	for _, c := range commands {
		out = append(out, driver.Command(c))
	}
	return out, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	ans := driver.Index(answers)
	r := &reader{Base: parse(ans.Command(showConfig))}
	r.Ans, r.Facts = ans, &pb.Facts{Protections: &pb.Protections{}}
	r.platform()
	r.ReadLists()
	r.ReadAAA(false)
	r.lines = r.readLines()
	r.accounts()
	r.enable()
	r.passwordPolicies()
	r.lockout()
	r.AuthServers()
	r.accounting()
	r.sessions()
	r.accessPaths()
	r.services()
	r.snmp()
	r.logging()
	r.time()
	r.network()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: r.Facts, Unread: r.Unread}, nil
}

// reader is one reading.
type reader struct {
	ciscolike.Base
	lines []*ciscolike.Line
}
