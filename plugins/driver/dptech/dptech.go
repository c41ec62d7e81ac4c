// Package dptech reads the configuration of DPtech's firewalls (Conplat): FW1000 and its like.
//
// No public command reference was found; what a line means is taken from the few public sources that the README names, and everything
// they leave open is unknown. It judges nothing.
package dptech

import (
	"cmp"
	"slices"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of DPtech's firewalls.
type Driver struct{}

const showConfig = "show running-config"

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "dptech-conplat", Version: "1.0",
		Platforms:     []string{"DPtech FW1000 firewalls (Conplat)"},
		Commands:      []string{showConfig},
		ConfigCommand: showConfig,
		SysObjectIds:  []string{"1.3.6.1.4.1.31648"},
		ConfigSigns: []string{
			`^!Software Release [A-Z][0-9]`, `^ *password encrypted-password `, `^ *snmp-agent community \S+ r[ow] *$`, `^ *flow-sequence enable *$`, `^ *timeout web [0-9]`,
			`^ *address-object \S+ [0-9]`, `^ *security-policy \S+ src-zone `, `^ *interface gige[0-9]+_[0-9]`, `^ *ip forward ip-option `, `^ *service-object \S+ protocol `, `^ *lacp delay-active `,
			`^ *time-object \S+ `, `^ *(?:ipv4|ipv6) address-group `, `^ *security-policy acceleration `,
		},
		VersionSigns: []string{`DPTECH Conplat Platform Software`, `(?i)^ *Conplat software, Version`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^(?:<[^<>\r\n]{1,80}>|\[[^\[\]\r\n]{1,80}\]) ?$`,
			OnOpen:        []string{"terminal line 0"},
			PagerPattern:  `^ *--More\(CTRL\+C break\)-- *$`, PagerKey: " ",
			ErrorPatterns: []string{`^ *% ?(?:Unknown|Ambiguous|Command)`, `^ *Invalid parameter`},
			Logout:        "exit", EndMarks: []string{"end"},
		},
	}
}

// Ask gives what it wants to know.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig)}, nil
}

// Read turns the answer into facts. Of what the driver says nothing at all, no public line is known: lockout, password rules, time.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := parse(driver.Index(answers).Command(showConfig))
	f := &pb.Facts{
		Platform:        r.platform(),
		Protections:     &pb.Protections{DefaultActionDeny: r.Doc.NoDefault("security-policy").Bool(), Stateful: r.Doc.NoDefault("session").Bool(), DosProtection: r.Doc.NoDefault("attack protection").Bool()},
		Accounts:        r.accounts(),
		AccessPaths:     r.accessPaths(),
		SessionPolicies: r.sessionPolicies(),
		SnmpCommunities: r.snmpCommunities(),
		Interfaces:      r.interfaces(),
	}
	f.PacketFilters, f.FilterRules = r.filters()
	r.leftover()
	slices.SortStableFunc(r.Unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	return &pluginpb.ReadResponse{Facts: f, Unread: slices.CompactFunc(r.Unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })}, nil
}
