// Package vyos reads VyOS and its relatives (Vyatta, EdgeOS): config.boot, `show configuration` and `show configuration commands`.
//
// It reads what the configuration manages. What the Debian system underneath does by itself (password rules, failed logins, files) is not
// in a configuration, and the driver says so; routing, NAT and VPN are passed over on purpose. It judges nothing.
package vyos

import (
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of VyOS.
type Driver struct{}

var _ driver.Driver = Driver{}

const (
	showConfig  = "show configuration"
	showVersion = "show version"
	showNTP     = "show ntp"
	showVRRP    = "show vrrp"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "vyos", Version: "1.0",
		Platforms:     []string{"VyOS 1.1 to 1.5", "Vyatta", "Ubiquiti EdgeOS"},
		Commands:      []string{showConfig, showVersion, showNTP, showVRRP},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.44641", "1.3.6.1.4.1.30803"},
		ConfigSigns: []string{
			`vyos-config-version: "`, `vyatta-config-version: "`, `^(?://|/\*) Release version: `, `^ *host-name [^;{}]+[^;{} ]$`, `^ *plaintext-password ""$`, `^ *encrypted-password [^;]*[^; ]$`, `^ *config-management \{$`,
			`^ {4}ethernet eth[0-9]+ \{$`, `^ *commit-revisions "?[0-9]+"?$`, `^ *hw-id [0-9a-f:]{17}$`, `^ {4}login \{$`, `^set interfaces ethernet eth[0-9]+ `, `^set system host-name '`, `^set system login user \S+ authentication (?:encrypted|plaintext)-password '`,
			`^set service ssh`, `^set firewall (?:name|ipv4|ipv6|all-ping|group) `, `^ *duplex auto$`, `^ {4}gui \{$`, `^ *all-ping enable$`,
		},
		VersionSigns: []string{`^Version: +VyOS `, `^Version: +v[0-9.]+$`, `^Release [Tt]rain: +`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^[^\s@<>#$]{1,64}@[^\s<>#$]{1,64}:[^\s#$]{0,64}[$#] ?$`,
			OnOpen:        []string{"set terminal length 0", "set terminal width 0"},
			PagerPattern:  `^:$|^--More--`, PagerKey: " ",
			ErrorPatterns: []string{`^ *Invalid command: `, `^ *Incomplete command: `, `^vbash: `, `^-?bash: `},
			Logout:        "exit",
		},
	}
}

// Ask gives everything it wants to know at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion), driver.Command(showNTP), driver.Command(showVRRP)}, nil
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
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		Interfaces:       r.interfaces(),
		RedundancyGroups: r.redundancyGroups(),
		Services:         r.services(),
		AddressBindings:  r.addressBindings(),
	}
	f.PacketFilters, f.FilterRules = r.filters()
	f.Protections = r.protections()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: f, Unread: r.InOrder()}, nil
}
