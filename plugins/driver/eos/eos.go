// Package eos knows Arista EOS: switches and routers, by their running configuration and a few show commands.
//
// It resolves nothing that the device itself resolves elsewhere (names, what CloudVision pushes, extensions) and judges nothing.
package eos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver reads Arista EOS.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig  = "show running-config"
	showVersion = "show version"
	showNTP     = "show ntp associations"

	showNTPStatus = "show ntp status"
	showMLAG      = "show mlag"
	showDiffs     = "show running-config diffs"
)

var commands = []string{showVersion, showConfig, showNTP, showNTPStatus, showMLAG, showDiffs}

// hardening is the document that says what logins EOS permits when nothing is configured.
const hardening = "Arista EOS Hardening Guide, General Security Principles: "

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "arista-eos", Version: "1.0",
		Platforms:     []string{"Arista EOS 4"},
		Commands:      commands,
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showDiffs},
		SysObjectIds:  []string{"1.3.6.1.4.1.30065.1"},
		ConfigSigns: []string{
			`^! device: .*EOS-[0-9]`, `^! Command: show running-config`, `^!RANCID-CONTENT-TYPE: arista`, `^transceiver qsfp default-mode `, `^service routing protocols model `,
			`^(no )?aaa root( |$)`, `^management (api http-commands|ssh|console|security|telnet|api gnmi|api netconf)$`, `^username \S+ .*role network-admin`, `^vrf instance `, `^daemon TerminAttr`,
			`^mlag configuration$`, `^interface Management[01]$`, `^ip virtual-router mac-address `, `^(no )?ip routing vrf `, `^aaa authentication policy `, `^enable secret sha512 `, `^spanning-tree mode mstp$`, `^EOF$`,
		},
		VersionSigns: []string{`^Arista (DCS|vEOS|cEOS|CCS)`, `^Software image version: [0-9]`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s<>\[\]#]{1,64}(?:\([^)\s]{1,40}\))?[>#] ?$`,
			OnOpen:        []string{"terminal length 0", "terminal width 32767"},
			PagerPattern:  `^ ?--More-- ?$`, PagerKey: " ",
			ErrorPatterns: []string{`^% ?(?:Invalid|Incomplete|Ambiguous|Authorization|Unavailable)`},
			Logout:        "exit", EndMarks: []string{"end"},
			RaiseCommand: "enable", RaisePasswordPattern: `(?i)^password: ?$`,
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
	r.Ans, r.Facts, r.Documented = ans, &pb.Facts{Protections: &pb.Protections{}}, true
	r.platform()
	r.ReadLists()
	r.ReadAAA(true)
	r.accounts()
	r.enable()
	r.passwordPolicies()
	r.lockout()
	r.AuthServers()
	r.accounting()
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
	// device is the comment that names model and release; nil if there is none.
	device   *pb.Evidence
	model    string
	release  string
	sessions []*pb.SessionPolicy
}
