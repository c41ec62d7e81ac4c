package huaweivrp

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The documents that state defaults.
const (
	campusHelp     = "Huawei S series switches V200R command help, "
	switchGuide    = "Huawei S7700 and S9700 V200R011C10 Configuration Guide - Basic Configuration, "
	firewallManual = "Huawei USG6000 V500R Command Reference, "
	centreManual   = "Huawei CE6800 V300R023C00 Command Reference, "
	carrierManual  = "Huawei NE40E V800R012C10 Command Reference, "
)

// A stated default: for which product line and releases which document, and which part of it, says so.
type stated struct {
	topic, line string
	v           int
	from, to    int // releases of V
	document    string
}

var statements = []stated{
	{"idle-timeout", lineS, 200, 5, 21, campusHelp + "idle-timeout"},
	{"idle-timeout", lineUSG, 500, 1, 5, firewallManual + "idle-timeout"},
	{"telnet", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, Logging In to the CLI Using Telnet"},
	{"ssh1", lineUSG, 500, 1, 5, firewallManual + "ssh server compatible-ssh1x enable"},
	{"tftp", lineS, 200, 5, 21, switchGuide + "File Management Modes"},
	{"snmp", lineS, 200, 5, 21, campusHelp + "SNMP, configuring SNMPv3"},
	{"snmp-version", lineS, 200, 5, 21, campusHelp + "SNMP, configuring SNMPv3"},
	{"snmp", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"snmp-version", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"web-idle", lineS, 200, 5, 21, "Huawei S5710-EI V200R005C00 Web System Help, User Timeout"},
	{"info-center", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"lockout", lineS, 200, 5, 21, campusHelp + "local-aaa-user wrong-password"},
	{"remote-lockout", lineS, 200, 12, 21, campusHelp + "administrator remote authen-fail"},
	{"lockout", lineUSG, 500, 1, 5, firewallManual + "lock-authentication enable, lock-authentication timeout"},
	{"password", lineS, 200, 5, 21, campusHelp + "Local Authentication and Authorization, Security Policy for Local User Password"},
	{"password-life", lineS, 200, 5, 21, campusHelp + "local-aaa-user password policy administrator, display local-aaa-user password policy"},
	{"policy-off", lineS, 200, 5, 21, campusHelp + "local-aaa-user password policy administrator"},
	{"vty-idle", lineCE, 300, 23, 23, centreManual + "idle-timeout (user interface view)"},
	{"console-idle", lineCE, 300, 23, 23, centreManual + "idle-timeout (user interface view)"},
	{"all-inbound", lineCE, 300, 23, 23, centreManual + "protocol inbound"},
	{"stelnet", lineCE, 300, 23, 23, centreManual + "stelnet server enable, sftp server enable, scp server enable, snetconf server enable"},
	{"ssh1", lineCE, 300, 23, 23, centreManual + "ssh server compatible-ssh1x enable"},
	{"ftp", lineCE, 300, 23, 23, centreManual + "ftp server enable, ftp ipv6 server enable"},
	{"netconf", lineCE, 300, 23, 23, centreManual + "snetconf server enable"},
	{"snmp", lineCE, 300, 23, 23, centreManual + "snmp-agent (system view)"},
	{"snmp-version", lineCE, 300, 23, 23, centreManual + "snmp-agent sys-info version"},
	{"info-center", lineCE, 300, 23, 23, centreManual + "info-center enable"},
	{"timestamp", lineCE, 300, 23, 23, centreManual + "info-center timestamp"},
	{"lldp", lineCE, 300, 23, 23, centreManual + "lldp enable"},
	{"local-authentication", lineCE, 300, 23, 23, centreManual + "authentication-mode (authentication scheme view)"},
	{"telnet-source", lineCE, 300, 23, 23, centreManual + "telnet server disable, telnet server-source"},
	{"lockout", lineCE, 300, 23, 23, centreManual + "local-aaa-user wrong-password"},
	{"policy-on", lineCE, 300, 23, 23, centreManual + "local-aaa-user password policy administrator, password min-length, password complexity, password expire, password alert"},
	{"info-center", lineNE, 800, 12, 12, carrierManual + "info-center enable"},
	{"netconf", lineNE, 800, 12, 12, carrierManual + "snetconf server enable"},
	{"telnet-on", lineNE, 800, 12, 12, carrierManual + "telnet server enable"},
	{"stelnet", lineNE, 800, 12, 12, carrierManual + "stelnet server enable, sftp server enable, scp server enable, snetconf server enable"},
	{"ssh-inbound", lineNE, 800, 12, 12, carrierManual + "protocol inbound"},
	{"vty-idle", lineNE, 800, 12, 12, carrierManual + "idle-timeout (VTY-type user interface view)"},
	{"policy-deny", lineUSG, 500, 1, 5, firewallManual + "default action (security policy view)"},
}

// cite names the document that states a default for this device, "" if none does or not all of the configuration was seen.
func (r *reader) cite(topic string) string {
	if !r.Whole() {
		return ""
	}
	for _, s := range statements {
		if s.topic == topic && s.line == r.device.line && s.v == r.device.v && r.device.r >= s.from && r.device.r <= s.to {
			return s.document
		}
	}
	return ""
}

func (r *reader) defaultBool(topic string, v bool) *pb.BoolFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Bool(v, facts.Default(doc))
	}
	return r.Doc.NoDefault(topic).Bool()
}

func (r *reader) defaultInt(topic string, v int64) *pb.IntFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Int(v, facts.Default(doc))
	}
	return r.Doc.NoDefault(topic).Int()
}

func (r *reader) defaultSpan(topic string, v time.Duration) *pb.DurationFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Duration(v, facts.Default(doc))
	}
	return r.Doc.NoDefault(topic).Duration()
}

func (r *reader) defaultText(topic, v string) *pb.TextFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Text(v, facts.Default(doc))
	}
	return r.Doc.NoDefault(topic).Text()
}

func (r *reader) defaultTexts(topic string, v ...string) *pb.TextsFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Texts(v, facts.Default(doc))
	}
	return r.Doc.NoDefault(topic).Texts()
}
