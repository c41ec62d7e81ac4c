// Package nxos knows Cisco NX-OS: Nexus and MDS switches, by their running configuration and a few show commands.
//
// It resolves nothing that the device itself resolves elsewhere (names, VRFs, port profiles, roles) and judges nothing.
package nxos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Cisco NX-OS.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig  = "show running-config"
	showVersion = "show version"
	showPeers   = "show ntp peer-status"
	showStartup = "show startup-config"
	showHSRP    = "show hsrp brief"
	showVPC     = "show vpc"
)

var commands = []string{showVersion, showConfig, showPeers, showStartup, showHSRP, showVPC}

// strongPasswords is the document that says what "password strength-check" demands.
const strongPasswords = "Cisco Nexus 9000 Series NX-OS Security Configuration Guide, Release 9.x, and Cisco Nexus 3548 Switch NX-OS System Management Configuration Guide, Release 7.x, Configuring User Accounts and RBAC, Characteristics of Strong Passwords"

// implicitDeny is the document that says what happens to what no rule of an access list names.
const implicitDeny = "Cisco Nexus 9000 Series NX-OS Security Configuration Guide, Release 9.x, and Cisco Nexus 5000 Series NX-OS Security Configuration Guide, Configuring IP ACLs, Implicit Rules: deny ip any any"

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "cisco-nxos", Version: "1.0",
		Platforms:     []string{"Cisco NX-OS 5 to 10"},
		Commands:      commands,
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showStartup},
		SysObjectIds:  []string{"1.3.6.1.4.1.9.12.3"},
		ConfigSigns: []string{
			`^!Command: show (running|startup)-config`, `^!Running configuration last done at:`, `^version [0-9]+\.[0-9]+\([0-9A-Za-z]+\)\S*( Bios:version.*)?$`, `^vdc \S+ id [0-9]+$`,
			`^  limit-resource `, `^(no )?feature [a-z]`, `^(no )?password strength-check$`, `^username \S+ password 5 .* +role `, `^copp profile `, `^snmp-server user \S+ .*localized`,
			`^rmon event [0-9]+ .*PMON@`, `^vrf context `, `^line console$`, `^line vty$`, `^boot (nxos|kickstart|system) bootflash:`, `^interface mgmt0$`, `^system default switchport`, `^vpc domain `,
		},
		VersionSigns: []string{`^Cisco Nexus Operating System \(NX-OS\) Software`, `^\s*(NXOS|system): +version [0-9]`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 511"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Permission denied)`, `^Syntax error`, `^% ?Not supported`},
			Logout:        "exit",
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
	r.Ans, r.Facts, r.ImplicitDeny = ans, &pb.Facts{Protections: &pb.Protections{}}, implicitDeny
	r.platform()
	r.ReadLists()
	r.ReadAAA(true)
	r.lines = r.readLines()
	r.accounts()
	r.enable()
	r.passwordPolicies()
	r.lockout()
	r.AuthServers()
	r.accounting()
	r.sessions()
	r.snmp()
	r.accessPaths()
	r.services()
	r.logging()
	r.time()
	r.network()
	r.saved()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: r.Facts, Unread: r.Unread}, nil
}

// reader is one reading.
type reader struct {
	ciscolike.Base
	lines []*ciscolike.Line
}

// feature finds the line that switches a feature on or off; nil if there is none.
func (r *reader) feature(name string) (on, off bool, e *entry) {
	if e = r.Final("feature", name); e == nil {
		return false, false, nil
	}
	return !e.Negated, e.Negated, e
}
