// Package iosxr knows Cisco IOS-XR: routers, by their running configuration and a few show commands.
//
// It resolves nothing that the device itself resolves elsewhere (names, VRFs, task groups, flexible CLI groups) and judges nothing.
package iosxr

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Cisco IOS-XR.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig       = "show running-config"
	showVersion      = "show version"
	showNTPStatus    = "show ntp status"
	showAssociations = "show ntp associations"
)

var commands = []string{showVersion, showConfig, showNTPStatus, showAssociations}

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "cisco-iosxr", Version: "1.0",
		Platforms:     []string{"Cisco IOS XR 4 to 7, 24"},
		Commands:      commands,
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  sysObjectIDs(),
		ConfigSigns: []string{
			`^!! IOS XR Configuration`, `^ group (root-lr|root-system|cisco-support|netadmin|sysadmin)$`, `^interface (MgmtEth|Bundle-Ether|HundredGigE)[0-9]`, `^interface \S+[0-9]/[0-9]+/(CPU)?[0-9]+/[0-9]+`,
			`^ssh server (v2|vrf |netconf)`, `^line default$`, `^route-policy \S+`, `^end-policy$`, `^prefix-set `, `^end-set$`, `^ ipv4 address [0-9.]+`, `^netconf-yang agent$`, `^telnet (vrf \S+ )?ipv4 server `,
			`^vty-pool `, `^ipv4 access-list `, `^lpts pifib `, `^domain name-server `,
		},
		VersionSigns: []string{`^Cisco IOS XR Software`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:RP/[0-9A-Z/]+:)?[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?# ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 0"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Bad|This command is not authorized)`},
			Logout:        "exit", EndMarks: []string{"end"},
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
	r := &reader{}
	r.parse(ans.Command(showConfig))
	r.Ans, r.Facts = ans, &pb.Facts{Protections: &pb.Protections{}}
	r.platform()
	r.ReadLists()
	r.ReadAAA(true)
	r.lines = r.readLines()
	r.accounts()
	r.policies()
	r.AuthServers()
	r.snmp()
	r.accessPaths()
	r.services()
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
	// release is what the comment at the head names; nil if there is none.
	release *pb.TextFact
}
