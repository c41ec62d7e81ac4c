package huaweivrp

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// The documents that state defaults.
const (
	switchManual   = "Huawei S7700 and S9700 V200R011C10 Command Reference, "
	campusHelp     = "Huawei S series switches V200R command help, "
	switchGuide    = "Huawei S7700 and S9700 V200R011C10 Configuration Guide - Basic Configuration, "
	dataManual     = "Huawei CloudEngine 8800, 7800, 6800, and 5800 V200R002C50 Command Reference, "
	routerManual   = "Huawei NetEngine AR600, AR6100, AR6200, and AR6300 V300R021 Command Reference, "
	firewallManual = "Huawei USG6000 V500R Command Reference, "
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
	{"idle-timeout", lineCE, 200, 1, 5, dataManual + "UI Configuration Commands, idle-timeout"},
	{"idle-timeout", lineAR, 300, 1, 23, routerManual + "User Interface Configuration Commands, idle-timeout"},
	{"idle-timeout", lineUSG, 500, 1, 5, firewallManual + "idle-timeout"},
	{"telnet", lineS, 200, 5, 21, switchManual + "User Login Configuration Commands, telnet server enable"},
	{"stelnet", lineS, 200, 5, 21, switchManual + "User Login Configuration Commands, stelnet server enable"},
	{"stelnet", lineAR, 300, 1, 23, routerManual + "User Login Configuration Commands, stelnet server enable"},
	{"ssh1", lineUSG, 500, 1, 5, firewallManual + "ssh server compatible-ssh1x enable"},
	{"ftp", lineS, 200, 5, 21, switchManual + "File Management Commands, ftp server enable"},
	{"ftp", lineAR, 300, 1, 23, routerManual + "File Management Commands, ftp server enable"},
	{"tftp", lineS, 200, 5, 21, switchGuide + "File Management Modes"},
	{"snmp", lineS, 200, 5, 21, switchManual + "SNMP Configuration Commands, snmp-agent"},
	{"snmp", lineAR, 300, 1, 23, routerManual + "SNMP Configuration Commands, snmp-agent"},
	{"snmp", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"snmp-version", lineS, 200, 5, 21, switchManual + "SNMP Configuration Commands, snmp-agent sys-info"},
	{"snmp-version", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"netconf", lineS, 200, 5, 21, switchManual + "NETCONF Configuration Commands, snetconf server enable"},
	{"web-idle", lineS, 200, 5, 21, "Huawei S5710-EI V200R005C00 Web System Help, User Timeout"},
	{"info-center", lineS, 200, 5, 21, switchManual + "Information Center Configuration Commands, info-center enable"},
	{"info-center", lineCE, 200, 1, 5, dataManual + "Information Center Configuration Commands, info-center enable"},
	{"info-center", lineAR, 300, 1, 23, routerManual + "Information Center Configuration Commands, info-center enable"},
	{"info-center", lineUSG, 500, 1, 5, "Huawei USG6000 V500R Administrator Guide, SNMP, configuring SNMPv3"},
	{"loghost-level", lineS, 200, 5, 21, switchManual + "Information Center Configuration Commands, info-center source"},
	{"timestamp", lineS, 200, 5, 21, switchManual + "Information Center Configuration Commands, info-center timestamp"},
	{"lockout", lineS, 200, 5, 21, campusHelp + "local-aaa-user wrong-password"},
	{"remote-lockout", lineS, 200, 12, 21, campusHelp + "administrator remote authen-fail"},
	{"lockout", lineUSG, 500, 1, 5, firewallManual + "lock-authentication enable, lock-authentication timeout"},
	{"password", lineS, 200, 5, 21, campusHelp + "Local Authentication and Authorization, Security Policy for Local User Password"},
	{"password-life", lineS, 200, 5, 21, campusHelp + "local-aaa-user password policy administrator, display local-aaa-user password policy"},
	{"policy-off", lineS, 200, 5, 21, campusHelp + "local-aaa-user password policy administrator"},
	{"local-authentication", lineS, 200, 5, 21, switchManual + "AAA Configuration Commands, authentication-mode (authentication scheme view)"},
	{"local-authentication", lineAR, 300, 1, 23, routerManual + "AAA Configuration Commands, authentication-mode (authentication scheme view)"},
	{"policy-deny", lineUSG, 500, 1, 5, firewallManual + "default action (security policy view)"},
	{"interface-on", lineS, 200, 5, 21, switchManual + "Interface Management Commands, shutdown (interface view)"},
	{"interface-on", lineAR, 300, 1, 23, routerManual + "Interface Management Commands, shutdown (interface view)"},
	{"interface-on", lineCE, 200, 1, 5, dataManual + "Interface Management Commands, shutdown (interface view)"},
}

// cite names the document that states a default for this device, "" if none does or not all of the configuration was seen.
func (r *reader) cite(topic string) string {
	if !r.whole {
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
	return r.noDefault(topic).Bool()
}

func (r *reader) defaultInt(topic string, v int64) *pb.IntFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Int(v, facts.Default(doc))
	}
	return r.noDefault(topic).Int()
}

func (r *reader) defaultSpan(topic string, v time.Duration) *pb.DurationFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Duration(v, facts.Default(doc))
	}
	return r.noDefault(topic).Duration()
}

func (r *reader) defaultText(topic, v string) *pb.TextFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Text(v, facts.Default(doc))
	}
	return r.noDefault(topic).Text()
}

func (r *reader) defaultTexts(topic string, v ...string) *pb.TextsFact {
	if doc := r.cite(topic); doc != "" {
		return facts.Texts(v, facts.Default(doc))
	}
	return r.noDefault(topic).Texts()
}
