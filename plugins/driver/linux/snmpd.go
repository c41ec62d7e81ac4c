package linux

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpd's files, in the order in which it reads them. The last ones are its own: it keeps the users there, with their
// keys.
var (
	snmpFiles = []string{
		"/etc/snmp/snmpd.conf", "/etc/snmp/snmpd.local.conf", "/usr/share/snmp/snmpd.conf", "/usr/share/snmp/snmpd.local.conf",
		"/var/lib/snmp/snmpd.conf", "/var/lib/net-snmp/snmpd.conf",
	}
	snmpPrograms = []string{"/usr/sbin/snmpd"}
	snmpFolder   = "/etc/snmp/snmpd.conf.d/*.conf"
)

var snmpTopic = topic{
	name:       "snmp",
	privileged: snmpFiles,
	ask: func(a driver.Answers) []*question {
		out := append(files(snmpFiles...), globs(append(slices.Clone(snmpPrograms), snmpFolder)...)...)
		c := readSnmpConf(a)
		return append(append(out, globs(c.patterns...)...), files(c.paths...)...)
	},
	read: readSnmp,
}

func readSnmp(r *reader) {
	c := readSnmpConf(r.Answers)
	communities, users := &pb.SnmpCommunityList{}, &pb.SnmpUserList{}
	r.facts.SnmpCommunities, r.facts.SnmpUsers = communities, users
	ev := c.whole()
	if len(ev) == 0 {
		for _, f := range snmpFiles {
			ev = append(ev, r.File(f).All())
		}
	}
	a := c.agent()
	communities.Items, users.Items = a.communities, a.userFacts()
	settle(communities, c.gap, ev...)
	settle(users, c.gap, ev...)
	r.snmpPath(c, a)
}

// snmpPath states SNMP as a way in.
func (r *reader) snmpPath(c *snmpConf, a *snmpAgent) {
	p := &pb.AccessPath{Scope: "snmp"}
	p.Enabled, _ = r.presence(remoteWay{units: []string{"snmpd"}, programs: []string{"snmpd"}, port: 161, udp: true}, nil)
	if p.Enabled == nil {
		return
	}
	r.addAccess(p)
	p.Port, p.Remote = facts.Int(161, facts.Default("snmpd(8), Net-SNMP 5.4 to 5.9, LISTENING ADDRESSES")), facts.Bool(true, facts.Default("snmpd(8), Net-SNMP 5.4 to 5.9, LISTENING ADDRESSES"))
	local := 0
	for _, v := range a.addresses {
		if strings.Contains(v.value, "127.0.0.1") || strings.Contains(v.value, "[::1]") || strings.Contains(v.value, "localhost") || strings.HasPrefix(v.value, "unix:") || strings.HasPrefix(v.value, "/") {
			local++
		}
		p.Remote = facts.Bool(true, v.at.ev())
		if i := strings.LastIndexByte(v.value, ':'); strings.LastIndexByte(v.value, ']') < i || i < 0 {
			setPort(p, iniValue{v.value[i+1:], v.at})
		}
	}
	if local > 0 && local == len(a.addresses) {
		p.Remote = facts.Bool(false, a.addresses[0].at.ev())
	}
	if c.gap != nil {
		p.Encrypted, p.Authenticated, p.Versions = c.gap.Bool(), c.gap.Bool(), c.gap.Texts()
		return
	}
	r.snmpProtection(c, a, p)
}

func (r *reader) snmpProtection(c *snmpConf, a *snmpAgent, p *pb.AccessPath) {
	ev := c.whole()
	var versions, sources []string
	encrypted, authenticated, limited := true, true, len(a.communities) > 0
	for _, community := range a.communities {
		encrypted = false
		authenticated = authenticated && !community.DefaultName.GetValue() // everybody knows it
		versions = append(versions, community.Versions.GetValue()...)
		sources = append(sources, community.Sources.GetValue()...)
		limited = limited && facts.Known(community.Sources)
		ev = moreEvidence(ev, community.Access.GetEvidence()...)
	}
	for _, u := range a.userFacts() {
		level := u.GetLevel().GetValue()
		versions = append(versions, "v3")
		encrypted = encrypted && level == "authPriv"
		authenticated = authenticated && level != "noAuthNoPriv"
		limited = false
		ev = moreEvidence(ev, u.GetAccess().GetEvidence()...)
	}
	slices.Sort(versions)
	for i := range versions {
		versions[i] = "SNMP " + versions[i]
	}
	p.Versions = facts.Texts(slices.Compact(versions), ev...)
	if len(versions) == 0 {
		return // nobody is let in: there is nothing to protect
	}
	p.Encrypted, p.Authenticated = facts.Bool(encrypted, ev...), facts.Bool(authenticated, ev...)
	p.Sources = facts.Absent(ev...).Texts()
	if limited {
		slices.Sort(sources)
		p.Sources = facts.Texts(slices.Compact(sources), ev...)
	}
}
