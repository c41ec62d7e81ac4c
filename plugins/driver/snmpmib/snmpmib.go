// Package snmpmib is the driver for whatever answers SNMP: it asks the standard MIBs and, by sysObjectID, a few of Cisco, Huawei and
// H3C, and states what they say. It knows no configuration; a platform's own driver over SSH says far more.
//
// An SNMP view hides what it does not show, so an empty subtree proves nothing: a list is complete only where the agent showed
// something, showed it to the end, and the MIB says that its table is all there is. Nothing is asked that would carry a community.
package snmpmib

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The subtrees that are walked. README.md cites where each is defined.
const (
	systemGroup = "1.3.6.1.2.1.1"

	ifDescr       = "1.3.6.1.2.1.2.2.1.2"
	ifType        = "1.3.6.1.2.1.2.2.1.3"
	ifAdminStatus = "1.3.6.1.2.1.2.2.1.7"
	ifOperStatus  = "1.3.6.1.2.1.2.2.1.8"
	ifName        = "1.3.6.1.2.1.31.1.1.1.1"
	ifAlias       = "1.3.6.1.2.1.31.1.1.1.18"

	ipAdEntIfIndex  = "1.3.6.1.2.1.4.20.1.2"
	ipAddressIf     = "1.3.6.1.2.1.4.34.1.3"
	ipAddressType   = "1.3.6.1.2.1.4.34.1.4"
	ipAddressPrefix = "1.3.6.1.2.1.4.34.1.5"
	mediaPhysical   = "1.3.6.1.2.1.4.22.1.2"
	mediaType       = "1.3.6.1.2.1.4.22.1.4"
	netToPhysical   = "1.3.6.1.2.1.4.35.1.4"
	netToType       = "1.3.6.1.2.1.4.35.1.6"

	tcpConnState = "1.3.6.1.2.1.6.13.1.1"
	tcpListener  = "1.3.6.1.2.1.6.20.1.4"
	udpLocal     = "1.3.6.1.2.1.7.5.1.1"
	udpEndpoint  = "1.3.6.1.2.1.7.7.1.8"
	hrUptime     = "1.3.6.1.2.1.25.1.1"
	hrDate       = "1.3.6.1.2.1.25.1.2"
	hrRunName    = "1.3.6.1.2.1.25.4.2.1.2"
	hrInstalled  = "1.3.6.1.2.1.25.6.3.1.2"
	entClass     = "1.3.6.1.2.1.47.1.1.1.1.5"
	entSoftware  = "1.3.6.1.2.1.47.1.1.1.1.10"
	entModel     = "1.3.6.1.2.1.47.1.1.1.1.13"
	ntpStatus    = "1.3.6.1.2.1.197.1.2"
	ntpAssocName = "1.3.6.1.2.1.197.1.3.1.1.2"

	lldpRemChassisKind = "1.0.8802.1.1.2.1.4.1.1.4"
	lldpRemChassis     = "1.0.8802.1.1.2.1.4.1.1.5"
	lldpRemPortKind    = "1.0.8802.1.1.2.1.4.1.1.6"
	lldpRemPort        = "1.0.8802.1.1.2.1.4.1.1.7"
	lldpRemSysName     = "1.0.8802.1.1.2.1.4.1.1.9"
	lldpRemManage      = "1.0.8802.1.1.2.1.4.2.1.3"
	lldpLocKind        = "1.0.8802.1.1.2.1.3.7.1.2"
	lldpLocPort        = "1.0.8802.1.1.2.1.3.7.1.3"
	lldpLocDescr       = "1.0.8802.1.1.2.1.3.7.1.4"

	basePort   = "1.3.6.1.2.1.17.1.4.1.2"
	dFdbPort   = "1.3.6.1.2.1.17.4.3.1.2"
	dFdbStatus = "1.3.6.1.2.1.17.4.3.1.3"
	qFdbPort   = "1.3.6.1.2.1.17.7.1.2.2.1.2"
	qFdbStatus = "1.3.6.1.2.1.17.7.1.2.2.1.3"
	qVlanFdb   = "1.3.6.1.2.1.17.7.1.4.2.1.3"

	snmpEngine = "1.3.6.1.6.3.10.2.1"
	usmAuth    = "1.3.6.1.6.3.15.1.2.2.1.5"
	usmPriv    = "1.3.6.1.6.3.15.1.2.2.1.8"
	usmStatus  = "1.3.6.1.6.3.15.1.2.2.1.13"

	ciscoConfig       = "1.3.6.1.4.1.9.9.43.1.1"
	ciscoCDP          = "1.3.6.1.4.1.9.9.23.1.3.1"
	ciscoCDPType      = "1.3.6.1.4.1.9.9.23.1.2.1.1.3"
	ciscoCDPAddress   = "1.3.6.1.4.1.9.9.23.1.2.1.1.4"
	ciscoCDPDevice    = "1.3.6.1.4.1.9.9.23.1.2.1.1.6"
	ciscoCDPPort      = "1.3.6.1.4.1.9.9.23.1.2.1.1.7"
	ciscoNTP          = "1.3.6.1.4.1.9.9.168.1.1"
	ciscoNTPConf      = "1.3.6.1.4.1.9.9.168.1.2.1.1.2"
	ciscoNTPPeer      = "1.3.6.1.4.1.9.9.168.1.2.1.1.3"
	ciscoNTPReach     = "1.3.6.1.4.1.9.9.168.1.2.1.1.21"
	ciscoSyslogAddr   = "1.3.6.1.4.1.9.9.301.1.1.7.1.3"
	ciscoSyslogStatus = "1.3.6.1.4.1.9.9.301.1.1.7.1.5"

	huaweiConfig    = "1.3.6.1.4.1.2011.6.10.1.1"
	huaweiLogAddr   = "1.3.6.1.4.1.2011.5.25.212.1.2.2.1.2"
	huaweiLogStatus = "1.3.6.1.4.1.2011.5.25.212.1.2.2.1.7"

	h3cConfig  = "1.3.6.1.4.1.25506.2.4.1.1"
	h3cNTP     = "1.3.6.1.4.1.25506.8.22.1.1"
	h3cNTPConf = "1.3.6.1.4.1.25506.8.22.2.1.1.1.1"
	h3cNTPAuth = "1.3.6.1.4.1.25506.8.22.2.1.1.1.3"
)

// everywhere is asked of every agent, in the second round.
func everywhere() []string {
	return []string{
		ifDescr, ifAdminStatus, ifOperStatus, ifName, ifAlias, ipAdEntIfIndex, ipAddressIf, ipAddressType, ipAddressPrefix, netToType,
		tcpConnState, tcpListener, udpLocal, udpEndpoint, hrUptime, hrDate, hrRunName, hrInstalled, entClass, entSoftware, entModel,
		ntpStatus, ntpAssocName, lldpRemChassis, basePort, snmpEngine, usmAuth, usmPriv, usmStatus,
	}
}

// ofVendor is asked of a vendor's agents, by enterprise number.
func ofVendor(enterprise uint32) []string {
	switch enterprise {
	case 9:
		return []string{ciscoConfig, ciscoCDP, ciscoCDPDevice, ciscoNTP, ciscoNTPConf, ciscoNTPPeer, ciscoNTPReach, ciscoSyslogAddr, ciscoSyslogStatus}
	case 2011:
		return []string{huaweiConfig, huaweiLogAddr, huaweiLogStatus}
	case 25506:
		return []string{h3cConfig, h3cNTP, h3cNTPConf, h3cNTPAuth}
	}
	return nil
}

// neighbourWalks are those on which the neighbours rest; each is asked only if another showed that there is something to ask for.
func neighbourWalks() []string {
	return slices.Concat([]string{lldpRemChassis}, ofLLDP(), []string{ciscoCDPDevice}, ofCDP(),
		[]string{basePort, qFdbPort, qFdbStatus, qVlanFdb, dFdbPort, dFdbStatus, netToType, netToPhysical, mediaType, mediaPhysical, ifType})
}

func ofLLDP() []string {
	return []string{lldpRemChassisKind, lldpRemPortKind, lldpRemPort, lldpRemSysName, lldpRemManage, lldpLocKind, lldpLocPort, lldpLocDescr}
}

func ofCDP() []string { return []string{ciscoCDPType, ciscoCDPAddress, ciscoCDPPort} }

// follow are the walks that what was seen so far makes worth asking: one empty table is not asked for column by column, and of two
// tables with the same content one is enough.
func (r *reader) follow() []string {
	var out []string
	ask := func(worth bool, walks ...string) {
		for _, w := range walks {
			if worth && !r.answers.Asked(driver.Walk(w)) {
				out = append(out, w)
			}
		}
	}
	ask(r.shows(lldpRemChassis), ofLLDP()...)
	ask(r.shows(ciscoCDPDevice), ofCDP()...)
	ask(r.shows(basePort), qFdbPort)
	ask(r.shows(qFdbPort), qFdbStatus, qVlanFdb)
	ask(r.shows(basePort) && r.column(qFdbPort).ended() && !r.shows(qFdbPort), dFdbPort)
	ask(r.shows(dFdbPort), dFdbStatus)
	ask(r.shows(netToType), netToPhysical)
	ask(!r.hasVersion4(), mediaType)
	ask(r.shows(mediaType), mediaPhysical)
	ask(r.shows(basePort) && (r.shows(netToType) || r.shows(mediaType)), ifType)
	return out
}

// Driver reads what SNMP agents say.
type Driver struct{}

// Describe publishes the walks among the commands, as driver.Text prints the questions.
func (Driver) Describe() *pluginpb.DescribeResponse {
	walks := slices.Concat([]string{systemGroup}, everywhere(), ofVendor(9), ofVendor(2011), ofVendor(25506))
	for _, w := range neighbourWalks() {
		if !slices.Contains(walks, w) {
			walks = append(walks, w)
		}
	}
	d := &pluginpb.DescribeResponse{
		Name: "snmp", Version: "1", Platforms: []string{"any agent with the standard MIBs", "Cisco, Huawei, H3C: some of their own MIBs"},
		// Huawei's storage (ISM) stands under the number of its network devices, and is none.
		SysObjectIds: []string{"1.3.6.1.4.1.2011.2.91"},
	}
	for _, w := range walks {
		d.Commands = append(d.Commands, driver.Text(driver.Walk(w)))
	}
	return d
}

// Ask asks who it is, then what it has, then for the rest of the tables that have neighbours.
func (Driver) Ask(answers []*pluginpb.Answer) ([]*pluginpb.Question, error) {
	r := newReader(answers)
	if !r.answers.Asked(driver.Walk(systemGroup)) {
		return questions(systemGroup), nil
	}
	if !r.answers.Asked(driver.Walk(ifDescr)) {
		enterprise, _ := r.enterprise()
		return questions(append(everywhere(), ofVendor(enterprise)...)...), nil
	}
	return questions(r.follow()...), nil
}

func questions(walks ...string) []*pluginpb.Question {
	out := make([]*pluginpb.Question, 0, len(walks))
	for _, w := range walks {
		out = append(out, driver.Walk(w))
	}
	return out
}

// Read states what the walks say.
func (Driver) Read(answers []*pluginpb.Answer) (*pluginpb.ReadResponse, error) {
	r := newReader(answers)
	f := &pb.Facts{
		Platform: r.platform(), Clock: r.clock(), Saved: r.saved(), Processes: r.processes(), Packages: r.packages(),
		Interfaces: r.interfaces(), Listeners: r.listeners(), TimeSources: r.timeSources(), SnmpUsers: r.users(),
		LogTargets: r.logTargets(), AddressBindings: r.bindings(), Services: r.services(), Neighbours: r.neighbours(),
	}
	return &pluginpb.ReadResponse{Facts: f, Unread: r.unread()}, nil
}

// text makes a string from a device printable: valid UTF-8, without the zero bytes and blanks that agents pad with.
func text(s string) string {
	return strings.TrimSpace(strings.ToValidUTF8(strings.Trim(s, "\x00"), "\uFFFD"))
}
