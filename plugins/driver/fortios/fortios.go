// Package fortios reads Fortinet's FortiOS: FortiGate and FortiWiFi firewalls, FortiOS 4 to 7, with and without virtual domains.
//
// It reads the management plane and the policies of a configuration, as "show full-configuration", "show" and backups print it, and
// a few status outputs. What only forwards or inspects traffic (routing, VPN, profiles, wireless) is passed over on purpose. It
// judges nothing.
package fortios

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Fortinet FortiOS.
type Driver struct{}

const (
	showConfig = "show full-configuration"
	getStatus  = "get system status"
	getHA      = "get system ha status"
	ntpStatus  = "diagnose sys ntp status"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "fortinet-fortios", Version: "1.0",
		Platforms:     []string{"Fortinet FortiGate firewalls", "Fortinet FortiWiFi firewalls"},
		Commands:      []string{showConfig, getStatus, getHA, ntpStatus},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.12356.101"},
		ConfigSigns: []string{
			`^#config-version=`, `^#conf_file_ver=`, `^#global_vdom=`, `^ *config system (?:global|interface|admin|accprofile|ntp|ha|dns|settings|replacemsg.*) *$`,
			`^ *config firewall (?:policy|address|addrgrp|service .*) *$`, `^ *config log (?:syslogd|memory|disk|fortianalyzer|setting)`,
			`^ *config vdom *$`, `^ +set allowaccess `, `^ +set admintimeout `, `^ +set vdom "`, `^ +set accprofile "`, `^ +set srcintf "`,
		},
		VersionSigns: []string{`^Version: Forti(?:Gate|WiFi|OS)`, `^Virtual domains status: `, `^(?:Current )?HA mode: `, `^FortiOS x86-64: `},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s#$]{1,80} (?:\([^()\r\n]{1,80}\) )?[#$] ?$`,
			PagerPattern:  `^ *--More-- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *Unknown action `, `^ *command parse error`, `^ *Command fail\. Return code`, `^ *Permission denied`},
			Logout:        "exit",
			Dialogues:     []*pluginpb.Dialogue{{Pattern: `\(Press '?a'? to accept\)`, Answer: "a"}},
		},
	}
}

// Ask gives what it wants to know, all at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(getStatus), driver.Command(getHA), driver.Command(ntpStatus)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	r.device = r.identify(got.Command(getStatus))
	r.defaults = defaults.Set{Doc: r.doc, Version: r.device.number, Statements: statements}
	r.admins = r.readAdmins()
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            clock(got.Command(ntpStatus)),
		Saved:            r.saved(),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		SessionPolicies:  r.sessionPolicies(),
		Accounts:         r.accounts(),
		AccessPaths:      r.accessPaths(),
		AuthServers:      r.authServers(),
		SnmpCommunities:  r.snmpCommunities(),
		SnmpUsers:        r.snmpUsers(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		TlsEndpoints:     r.tlsEndpoints(),
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: r.redundancyGroups(got.Command(getHA)),
	}
	f.Services = r.services(f.GetAccessPaths().GetItems())
	f.PacketFilters, f.FilterRules = r.filters()
	slices.SortStableFunc(r.unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	device   device
	defaults defaults.Set
	admins   []*admin
	unread   []*pb.Evidence
}

// odd reports a line that was not understood, and gives the fact that depends on it.
func (r *reader) odd(n *node) facts.Missing {
	r.unread = append(r.unread, r.at(n))
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.at(n))
}

// system gives the line that sets key in "config system global".
func (r *reader) system(key string) *node { return r.global.setting(key, "system", "global") }

// switched reads "enable" and "disable"; without a line it is what unset says.
func (r *reader) switched(n *node, unset *pb.BoolFact) *pb.BoolFact {
	switch {
	case n == nil:
		return unset
	case n.word(1) == "enable":
		return facts.Bool(true, r.at(n))
	case n.word(1) == "disable":
		return facts.Bool(false, r.at(n))
	}
	return r.odd(n).Bool()
}
