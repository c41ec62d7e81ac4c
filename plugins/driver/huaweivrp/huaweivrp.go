// Package huaweivrp reads Huawei's VRP: S and CloudEngine switches, AR and NetEngine routers, USG firewalls; VRP 5 and 8.
//
// It reads the management plane and the filters of a configuration, and a few display outputs. What only forwards traffic
// (VLANs, routing, NAT, VPN tunnels, wireless) is passed over on purpose, and virtual systems of a firewall count for their
// security policies alone. It judges nothing.
package huaweivrp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of Huawei VRP.
type Driver struct{}

const (
	showConfig  = "display current-configuration"
	showSaved   = "display saved-configuration"
	showVersion = "display version"
	showNTP     = "display ntp-service status"
	showNTP8    = "display ntp status" // the same on VRP 8
	showHRP     = "display hrp state"  // on firewalls
	showTelnet  = "display telnet server status"
	showSSH     = "display ssh server status"
	showHTTP    = "display http server"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "huawei-vrp", Version: "1.0",
		Platforms:     []string{"Huawei S series switches", "Huawei CloudEngine switches", "Huawei AR routers", "Huawei NetEngine routers", "Huawei USG firewalls"},
		Commands:      []string{showConfig, showSaved, showVersion, showNTP, showNTP8, showHRP, showTelnet, showSSH, showHTTP},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig, showSaved},
		SysObjectIds:  []string{"1.3.6.1.4.1.2011.2"},
		ConfigSigns: []string{
			`^!Software Version V[0-9]{3}R[0-9]{3}`, `^\[V[0-9]{3}R[0-9]{3}C[0-9]{2}`, `^ ?user-interface (?:con|vty|aux|maximum-vty) `,
			`^ local-user \S+ password (?:irreversible-)?cipher `, `^ local-user \S+ privilege level `, `^ domain default_admin *$`,
			`^ ?stelnet (?:ipv4 |ipv6 )?server enable`, `^ ?info-center (?:loghost|source|timestamp|logbuffer) `, `^ manager-user `,
			`^interface (?:MEth|XGigabitEthernet|10GE|25GE|40GE|100GE|Eth-Trunk|Vlanif)[0-9]`, `^ ?snmp-agent local-engineid 800007DB`,
			`^ authorization-scheme default`, `^vlan batch `, `^security-policy *$`, `^ ?web-manager `, `^ ?undo telnet (?:ipv6 )?server enable`,
		},
		VersionSigns: []string{`Huawei Versatile Routing Platform`, `^VRP \(R\) software, Version`, `^HUAWEI .* uptime is `, `^Huawei .* uptime is `},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:HRP_[A-Z]{1,2})?(?:<[^<>\r\n]{1,80}>|\[[~*]?[^\[\]\r\n]{1,80}\]) ?$`,
			OnOpen:        []string{"screen-length 0 temporary"},
			PagerPattern:  `^ *---- ?More ?---- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *Error: ?`, `^ *% ?(?:Unrecognized|Incomplete|Ambiguous|Wrong)`, `^ *\^ *$`},
			Logout:        "quit", EndMarks: []string{"return"},
			RaiseCommand: "super", RaisePasswordPattern: `(?i)^ *password: *$`,
			Dialogues: []*pluginpb.Dialogue{
				{Pattern: `(?i)change (?:it )?now\? *\[y/n\]`, Answer: "N", Means: "initial password unchanged"},
				{Pattern: `(?i)continue\? *\[y/n\]`, Answer: "N"},
			},
		},
	}
}

// Ask gives what it wants to know; what VRP 8 and firewalls call otherwise follows once the first answers are there.
func (Driver) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	out := []*pluginpb.Question{driver.Command(showConfig), driver.Command(showSaved), driver.Command(showVersion), driver.Command(showNTP),
		driver.Command(showTelnet), driver.Command(showSSH), driver.Command(showHTTP)}
	got := driver.Index(answers)
	if !got.Asked(driver.Command(showConfig)) {
		return out, nil
	}
	if d := got.Command(showNTP); !d.Whole() && d.Reason() != pb.Reason_REASON_NOT_ASKED {
		out = append(out, driver.Command(showNTP8))
	}
	for _, line := range got.Command(showConfig).Lines() {
		if strings.TrimSpace(line) == "hrp enable" {
			out = append(out, driver.Command(showHRP))
			break
		}
	}
	return out, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := newReader(got)
	r.facts = &pb.Facts{
		Platform:         r.platform(),
		Clock:            clock(got),
		Saved:            r.saved(got.Command(showSaved)),
		Protections:      r.protections(),
		PasswordPolicies: r.passwordPolicies(),
		LockoutPolicies:  r.lockoutPolicies(),
		Accounts:         r.accounts(),
		AuthServers:      r.authServers(),
		SnmpCommunities:  r.snmpCommunities(),
		SnmpUsers:        r.snmpUsers(),
		LogStores:        r.logStores(),
		LogTargets:       r.logTargets(),
		TimeSources:      r.timeSources(),
		TlsEndpoints:     r.tlsEndpoints(),
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: r.redundancyGroups(got.Command(showHRP)),
		Services:         r.services(),
	}
	lines := r.lines()
	r.facts.SessionPolicies = r.sessionPolicies(lines)
	r.facts.AccessPaths = r.accessPaths(lines)
	r.facts.PacketFilters, r.facts.FilterRules = r.filters()
	r.leftover()
	return &pluginpb.ReadResponse{Facts: r.facts, Unread: inOrder(r.Unread)}, nil
}

// inOrder sorts lines and drops those that were met twice.
func inOrder(lines []*pb.Evidence) []*pb.Evidence {
	slices.SortStableFunc(lines, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	return slices.CompactFunc(lines, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
}

// A reader reads one configuration.
type reader struct {
	config
	device  device
	domains aaa
	acls    map[string]*acl
	status  status
	facts   *pb.Facts
}

func newReader(got driver.Answers) *reader {
	r := &reader{config: parse(got.Command(showConfig))}
	r.device = r.identify(got.Command(showVersion))
	r.acls = r.readACLs()
	r.domains = r.readAAA()
	r.status = readStatus(got.Command(showTelnet), got.Command(showSSH), got.Command(showHTTP))
	return r
}
