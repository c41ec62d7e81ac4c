// Package routeros reads MikroTik's RouterOS, versions 6 and 7, from its exports.
//
// It reads the management plane and the packet filter. What only forwards traffic (routing, bridges, NAT, wireless, queues) is
// passed over on purpose. It judges nothing.
package routeros

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/defaults"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Driver is the driver of MikroTik RouterOS.
type Driver struct{}

const (
	export = "export verbose"
	users  = "user print without-paging"
	ntp    = "system ntp client print"
)

// Describe says what the driver is for and how its platform is spoken to.
func (Driver) Describe() *pluginpb.DescribeResponse {
	return &pluginpb.DescribeResponse{
		Name: "mikrotik-routeros", Version: "1.0",
		Platforms:     []string{"MikroTik RouterBOARD and Cloud Core routers", "MikroTik Cloud Hosted Router"},
		Commands:      []string{export, users, ntp},
		ConfigCommand: export,
		Privileged:    []string{export, users},
		SysObjectIds:  []string{"1.3.6.1.4.1.14988.1"},
		ConfigSigns: []string{
			`^# .* by RouterOS [0-9]`, `^# +(?:platform: MikroTik|board-name: |factory-software: )`, `^# software id = `, `^/ip (?:service|firewall filter|firewall nat|address|dhcp-client|dhcp-server|neighbor discovery-settings|ssh)(?: |$)`,
			`^/interface (?:ethernet|bridge|bridge port|list|list member|wireless security-profiles|vlan)$`, `^/system (?:identity|clock|logging|note|ntp client|routerboard settings)$`, `^/tool (?:mac-server|bandwidth-server|romon)`,
			`^set \[ find default(?:-name)?=`, `^/snmp(?: community)?$`, `^/user (?:aaa|group|settings)$`, `^/routing (?:ospf|bgp) `,
		},
		VersionSigns: []string{`^ +version: [67]\.[0-9.]+ \(`, `^ +board-name: `, `^ +factory-software: `, `^ +platform: MikroTik`},
		Dialect: &pluginpb.Dialect{
			PromptPattern: `^\[[^\[\]\r\n]{1,64}@[^\[\]\r\n]{1,64}\] (?:/[^>\r\n]{0,80})?> ?$`,
			PagerPattern:  `^-- \[Q quit`, PagerKey: " ",
			ErrorPatterns: []string{`^(?:bad command name|syntax error|expected |no such item|failure:|input does not match)`},
			Logout:        "quit",
			Dialogues:     []*pluginpb.Dialogue{{Pattern: `(?i)do you want to see the software license\? *\[y/n\]`, Answer: "n"}},
		},
	}
}

// Ask gives what it wants to know, all at once.
func (Driver) Ask([]*pluginpb.Answer) ([]*pluginpb.Question, error) {
	return []*pluginpb.Question{driver.Command(export), driver.Command(users), driver.Command(ntp)}, nil
}

// Read turns the answers into facts.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	got := driver.Index(answers)
	r := &reader{config: parse(got.Command(export)), shown: got.Command(users)}
	r.defaults = defaults.Set{Doc: r.doc, Statements: statements}
	f := &pb.Facts{
		Platform:         r.platform(),
		Clock:            r.clock(got.Command(ntp)),
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
		Interfaces:       r.interfaces(),
		AddressBindings:  r.addressBindings(),
		RedundancyGroups: r.redundancyGroups(),
	}
	f.Services = r.services(f.GetAccessPaths().GetItems())
	f.PacketFilters, f.FilterRules = r.filters()
	slices.SortStableFunc(r.unread, func(a, b *pb.Evidence) int { return cmp.Compare(a.GetFirstLine(), b.GetFirstLine()) })
	unread := slices.CompactFunc(r.unread, func(a, b *pb.Evidence) bool { return a.GetFirstLine() == b.GetFirstLine() })
	return &pluginpb.ReadResponse{Facts: f, Unread: unread}, nil
}

// A reader reads one export.
type reader struct {
	config
	shown    driver.Document // the users
	defaults defaults.Set
}

const manual = "MikroTik RouterOS documentation, "

// The documents that state defaults.
var statements = []defaults.Statement{
	defaults.Stated("chain", 0, 0, manual+"Filter, Introduction: what no rule of a built-in chain matches is accepted"),
	defaults.Stated("service address", 0, 0, manual+"Services, address: none is set"),
	defaults.Stated("snmp community", 0, 0, manual+"SNMP, Community properties"),
}

var (
	byRouterOS = regexp.MustCompile(` by RouterOS ([0-9][0-9A-Za-z.]*)`)
	archived   = regexp.MustCompile(`^# +version: ([0-9][0-9A-Za-z.]*)`)
	modelLine  = regexp.MustCompile(`^# (?:model = |board-name: )(.+)$`)
)

func (r *reader) platform() *pb.Platform {
	p := &pb.Platform{Kind: facts.Text("router"), Vendor: facts.Text("MikroTik"), Os: facts.Text("routeros")}
	unsaid := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	if !r.doc.Whole() {
		unsaid = r.doc.Unknown()
	}
	p.Version, p.Product, p.Hostname = unsaid.Text(), unsaid.Text(), r.doc.NoDefault("system identity").Text()
	for _, h := range r.head {
		for _, form := range []*regexp.Regexp{byRouterOS, archived} {
			if m := form.FindStringSubmatch(h.verb); m != nil {
				p.Version, p.OsName = facts.Text(m[1], r.at(h)), facts.Text("RouterOS "+m[1], r.at(h))
			}
		}
		if m := modelLine.FindStringSubmatch(h.verb); m != nil {
			p.Product = facts.Text(strings.TrimSpace(m[1]), r.at(h))
		}
	}
	if name, at := r.setting("system identity", "name"); at != nil {
		p.Hostname = facts.Text(name, r.at(at, "name"))
		if stanza.Hole(name) {
			p.Hostname = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.at(at, "name")).Text()
		}
	}
	return p
}

func (r *reader) protections() *pb.Protections {
	na := facts.NotApplicable()
	p := &pb.Protections{
		EnableScheme: na.Text(), PasswordEncryption: na.Bool(), LogTimestamps: r.doc.NoDefault("log timestamps").Text(), SignaturesFrom: na.Time(), DosProtection: r.doc.Off(), DialIn: r.doc.Off(),
		CommandAccounting: r.doc.NoDefault("system logging").Bool(), Stateful: r.doc.Off(), DefaultActionDeny: r.doc.NoDefault("ip firewall filter chain=forward").Bool(),
	}
	if v, at := r.setting("ip settings", "tcp-syncookies"); v == "yes" {
		p.DosProtection = facts.Bool(true, r.at(at, "tcp-syncookies"))
	}
	for _, server := range []string{"interface pptp-server server", "interface l2tp-server server", "interface sstp-server server", "interface ppp-server"} {
		if v, at := r.setting(server, "enabled"); v == "yes" {
			p.DialIn = facts.Bool(true, r.at(at, "enabled"))
		}
	}
	for _, f := range r.rules() {
		if !f.disabled() && f.values["connection-state"] != "" {
			p.Stateful = facts.Bool(true, r.at(f, "chain", "action", "connection-state"))
		}
	}
	if last := r.lastOf("forward"); last != nil {
		p.DefaultActionDeny = facts.Bool(true, r.at(last, "chain", "action"))
	} else if !slices.ContainsFunc(r.rules(), func(i *item) bool {
		return i.values["chain"] == "forward" && i.values["action"] == "jump" && !i.disabled()
	}) {
		p.DefaultActionDeny = r.defaults.Bool("chain", false)
	}
	for _, f := range r.rules() { // one that lets everything through leaves nothing to refuse
		if f.values["chain"] == "forward" && f.values["action"] == "accept" && !f.disabled() && !f.narrowed() {
			p.DefaultActionDeny = facts.Bool(false, r.at(f, "chain", "action"))
		}
	}
	return p
}

// services are those that are better off, as far as the export says.
func (r *reader) services(paths []*pb.AccessPath) *pb.ServiceList {
	s := r.doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range paths {
		if p.GetScope() == "telnet" || p.GetScope() == "http" {
			out.Items = append(out.Items, &pb.Service{Scope: p.GetScope(), Enabled: p.GetEnabled()})
		}
	}
	for _, v := range []struct{ scope, path, key string }{
		{"bandwidth-server", "tool bandwidth-server", "enabled"}, {"romon", "tool romon", "enabled"}, {"upnp", "ip upnp", "enabled"}, {"socks", "ip socks", "enabled"}, {"web-proxy", "ip proxy", "enabled"},
		{"dns", "ip dns", "allow-remote-requests"}, {"smb", "ip smb", "enabled"},
	} {
		out.Items = append(out.Items, &pb.Service{Scope: v.scope, Enabled: r.switched(r.doc.NoDefault(v.path+" "+v.key).Bool(), v.path, v.key)})
	}
	for _, v := range []struct{ scope, path string }{{"mac-telnet", "tool mac-server"}, {"mac-winbox", "tool mac-server mac-winbox"}} {
		on := r.doc.NoDefault(v.path).Bool()
		if list, at := r.setting(v.path, "allowed-interface-list"); at != nil {
			on = facts.Bool(list != "none", r.at(at, "allowed-interface-list"))
		}
		out.Items = append(out.Items, &pb.Service{Scope: v.scope, Enabled: on})
	}
	return out
}
