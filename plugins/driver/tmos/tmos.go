// Package tmos reads F5's TMOS, the operating system of BIG-IP, versions 11 to 17.
//
// It reads the management plane of a configuration: users, ways in, logs, time, SNMP. What carries traffic (virtual servers, pools,
// profiles, scripts, policies) is passed over on purpose. It judges nothing.
package tmos

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of F5 TMOS.
type Driver struct{}

const (
	showConfig  = "show running-config"
	showVersion = "show sys version"
	showSync    = "show cm sync-status"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "f5-tmos", Version: "1.0",
		Platforms:     []string{"F5 BIG-IP"},
		Commands:      []string{showConfig, showVersion, showSync},
		ConfigCommand: showConfig,
		Privileged:    []string{showConfig},
		SysObjectIds:  []string{"1.3.6.1.4.1.3375.2.1"},
		ConfigSigns: []string{
			`^# ?TMSH-VERSION: `, `^sys (?:global-settings|httpd|sshd|ntp|snmp|syslog|dns|provision|management-ip|management-route|folder|feature-module|dynad|db)(?: \S+)* \{`,
			`^auth (?:user|partition|password-policy|source|remote-role|tacacs|radius-server)(?: \S+)* \{`, `^ltm (?:node|pool|virtual|virtual-address|monitor|profile|rule)(?: \S+)+ \{`, `^cli (?:global-settings|admin-partitions) \{`,
			`^net (?:self|vlan|interface|route|route-domain|trunk)(?: \S+)+ \{`, `^cm (?:device|device-group|trust-domain|traffic-group|cert|key) \S+ \{`, `^ +community-name `, `^ +inherited-devicegroup `,
		},
		VersionSigns: []string{`^Sys::Version`, `^ +Product +BIG-IP`, `^Main Package`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^\S{1,64}@\([^()\r\n]{1,80}\)(?:\([^()\r\n]*\))*\(tmos\)# ?$`,
			PagerPattern:  `^ *---\(less [0-9]+%\)---`, PagerKey: " ",
			ErrorPatterns: []string{`^Syntax Error: `, `^Unexpected Error: `, `^[0-9a-f]{8}:[0-9]: `},
			Logout:        "quit",
			Dialogues:     []*pluginpb.Dialogue{{Pattern: `Display all [0-9]+ items\? \(y/n\)`, Answer: "y"}},
		},
	}
}

// Ask gives what it wants to know, all at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(showConfig), driver.Command(showVersion), driver.Command(showSync)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(showConfig))}
	r.defaults = defaults.Set{Doc: r.doc, Statements: statements}
	f := &pb.Facts{
		Platform:         r.platform(got.Command(showVersion)),
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
		RedundancyGroups: r.redundancyGroups(got.Command(showSync)),
	}
	slices.SortStableFunc(r.unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one configuration.
type reader struct {
	config
	defaults defaults.Set
}

// The documents that state defaults.
var statements = []defaults.Statement{
	defaults.Stated("snmp access", 0, 0, "F5 modules for Ansible, bigip_snmp_community, access"),
}

func (r *reader) platform(shown driver.Document) *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("load-balancer"), Vendor: facts.Text("F5"), Os: facts.Text("tmos")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.doc.Whole() {
		unsaid = r.doc.Unknown()
	}
	p.Version, p.Hostname, p.Product = unsaid.Text(), unsaid.Text(), unsaid.Text()
	if r.head != nil {
		v := versionLine.FindStringSubmatch(r.head.words[0])[1]
		p.Version, p.OsName = facts.Text(v, r.at(r.head)), facts.Text("TMOS "+v, r.at(r.head))
	}
	for n, l := range shown.Lines() {
		switch words := strings.Fields(l); {
		case len(words) == 2 && words[0] == "Version":
			p.Version, p.OsName = facts.Text(words[1], shown.Line(n, l)), facts.Text("TMOS "+words[1], shown.Line(n, l))
		case len(words) == 2 && words[0] == "Product":
			p.Product = facts.Text(words[1], shown.Line(n, l))
		}
	}
	if host, at := r.find("sys", "global-settings").value("hostname"); host != "" {
		p.Hostname = facts.Text(host, r.at(at))
		if stanza.Hole(host) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.at(at)).Text()
		}
	}
	return p
}

func (r *reader) protections() *pb.Protections {
	m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
	p := &pb.Protections{
		EnableScheme: facts.NotApplicable().Text(), LogTimestamps: r.doc.NoDefault("log timestamps").Text(), SignaturesFrom: m.Time(), Stateful: m.Bool(), DosProtection: m.Bool(), DefaultActionDeny: m.Bool(),
		DialIn: facts.NotApplicable().Bool(), CommandAccounting: r.switched(r.doc.NoDefault("cli global-settings audit").Bool(), r.find("cli", "global-settings"), "audit"), PasswordEncryption: m.Bool(),
	}
	for u := range r.all("auth", "user") {
		if hash, at := u.value("encrypted-password"); hash != "" {
			p.PasswordEncryption = facts.Bool(true, r.at(at))
		}
	}
	return p
}

// interfaces are the addresses of the device, with the services they let in.
func (r *reader) interfaces() *pb.InterfaceList {
	s := r.doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for n := range r.all("net", "self") {
		if len(n.words) < 3 {
			continue
		}
		ev := r.at(n)
		i := &pb.Interface{
			Scope: "self " + n.words[2], Enabled: facts.Bool(true, ev), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show net interface").Bool(), Described: facts.Bool(n.get("description") != nil, ev),
			FilterIn: facts.Absent(ev).Text(), FilterOut: facts.NotApplicable().Text(), Zone: facts.NotApplicable().Text(), Addresses: facts.Texts(nil, ev),
		}
		if a, at := n.value("address"); a != "" {
			i.Addresses = facts.Texts([]string{a}, r.at(at))
		}
		if allow := n.get("allow-service"); allow != nil {
			i.FilterIn = facts.Text("allow-service "+strings.Join(allow.members(), " "), r.at(allow))
		} else if !r.doc.Whole() {
			i.FilterIn = r.doc.Unknown().Text()
		}
		out.Items = append(out.Items, i)
	}
	return out
}
