// Package ciscoios knows Cisco IOS and IOS-XE: routers, switches and wireless controllers, by their running configuration and a
// few show commands.
//
// It resolves nothing that the device itself resolves elsewhere (names, VRFs, downloaded ACLs) and judges nothing.
package ciscoios

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Cisco IOS and IOS-XE.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig       = "show running-config"
	showVersion      = "show version"
	showNTPStatus    = "show ntp status"
	showAssociations = "show ntp associations"
	showSNMPUser     = "show snmp user"
	showStandby      = "show standby brief"
)

var commands = []string{showVersion, showConfig, showNTPStatus, showAssociations, showSNMPUser, showStandby}

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "cisco-ios", Version: "1.0",
		Platforms:     []string{"Cisco IOS 12, 15", "Cisco IOS XE 3, 16, 17"},
		Commands:      commands,
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showSNMPUser},
		SysObjectIds:  []string{"1.3.6.1.4.1.9.1"},
		ConfigSigns: []string{
			`^Current configuration : [0-9]+ bytes`, `^version 1[0-9]\.[0-9]+$`, `^boot-(start|end)-marker$`, `^(no )?aaa new-model$`,
			`^(no )?service (timestamps (log|debug)|password-encryption|pad)( |$)`, `^enable secret [0-9] `, `^ip forward-protocol nd$`,
			`^(no )?ip http (secure-)?server$`, `^line (con 0|aux 0|vty [0-9]+ [0-9]+)$`, `^ip ssh version 2$`, `^multilink bundle-name authenticated$`,
			`^! (Last configuration change|NVRAM config last updated) at `, `^control-plane$`, `^ip classless$`, `^subscriber templating$`,
		},
		VersionSigns: []string{`^\s*Cisco IOS Software`, `^\s*IOS \(tm\) `, `^\s*Cisco Internetwork Operating System Software`, `^\s*Cisco IOS[- ]XE [Ss]oftware`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 0"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Bad|Access denied|Authorization|NTP is not enabled)`, `^Command authorization failed`},
			Logout:        "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
			Dialogues: []*pluginpb.Dialogue{
				{Pattern: `initial configuration dialog\? \[yes/no\]:`, Answer: "no", Means: "not configured"},
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
	c := parse(ans.Command(showConfig))
	r := &reader{
		Base:     ciscolike.Base{Config: c.Config, Ans: ans, Facts: &pb.Facts{Protections: &pb.Protections{}}, Flat: c.flat},
		comments: c.comments,
	}
	r.platform()
	r.Documented = r.major >= 12 && r.major <= 17 || r.xe && r.major == 3
	if r.classic(0) {
		r.ImplicitDeny = implicitDeny
	}
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
	r.interfaces()
	r.filters()
	r.Bindings()
	r.saved()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: r.Facts, Unread: r.Unread}, nil
}

// reader is one reading.
type reader struct {
	ciscolike.Base
	comments []comment
	xe       bool
	// major and minor are those of the release; 0 if it was not seen.
	major, minor int
	lines        []*ciscolike.Line
}
