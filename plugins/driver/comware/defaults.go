package comware

import "github.com/plumbline/plumbline/plugins/driver/defaults"

// The versions of Comware as numbers: 7.1.045 is 701045, 5.20 is 520000.
const (
	v5     = 520000
	v5end  = 520999
	v7     = 701000
	v7045  = 701049 // the last of the releases that document one kind of character as the least
	v7end  = 701999
	unsaid = -1 // a mode in which the statements do not hold
)

// The documents that state defaults.
const (
	guide5940    = "HPE FlexFabric 5940 Fundamentals Configuration Guide 5200-1009b, Configuring the device as a Telnet server"
	guide6125    = "HP 6125XLG R2306 Fundamentals Configuration Guide, Logging in to the CLI"
	guide5920    = "HPE 5920 and 5900 Fundamentals Configuration Guide 5200-4534, Configuring password authentication for console login"
	idle7900     = "HPE FlexFabric 7900 Fundamentals Command Reference 5200-0971a, idle-timeout"
	hardening5   = "HP Networking guide to hardening Comware-based devices, Control VTY and TTY lines"
	control5940  = "HPE FlexFabric 5940 Security Configuration Guide, Enabling password control"
	control5120  = "HP 5120 SI Security Configuration Guide, Enabling password control, Setting global password control parameters"
	controlS6300 = "H3C S6300 Security Configuration Guide, Enabling password control, Setting global password control parameters"
	shownS6300   = "H3C S6300 Release 243x Security Command Reference, display password-control"
	attemptsMSR  = "HP MSR Series Security Command Reference (V7), password-control login-attempt"
	attempts5500 = "HP A5500 EI Security Command Reference, password-control login-attempt"
	functions    = "HP 5920 Security Command Reference, password-control { aging | composition | history | length } enable"
	controlWX    = "H3C WX3000E User Manual, Setting global password control parameters"
	emptyS6812   = "H3C S6812 Security Command Reference, password (device management user view)"
	center5920   = "HP 5920 Network Management and Monitoring Configuration Guide, Configuring the information center"
	center5820   = "HPE 5820X and 5800 Network Management and Monitoring Configuration Guide 5998-7395R, Outputting system information to a log host"
	agentA3100   = "HP A3100 v2 Network Management and Monitoring Configuration Guide, Configuring SNMP basic parameters"
	ssh5500      = "HP 5500 HI Security Configuration Guide, Setting the SSH management parameters"
	ftp5510      = "HPE FlexNetwork 5510 HI Fundamentals Configuration Guide, Configuring FTP, Configuring TFTP"
	ftp5800      = "HP A5800 Fundamentals Configuration Guide, Configuring the FTP server"
	domain6800   = "HP HSR6800 R3303 Security Configuration Guide, Configuring authentication methods for an ISP domain"
	tftpS12500   = "H3C S12500 Fundamentals Configuration Guide, Configuring TFTP"
)

var statements = []defaults.Statement{
	{Topic: "idle-timeout", From: v7, To: v7end, Document: idle7900},
	{Topic: "idle-timeout", From: v5, To: v5end, Document: hardening5},
	{Topic: "telnet server", From: v7, To: v7end, Document: guide5940},
	{Topic: "ssh server", From: v7, To: v7end, Document: guide6125},
	{Topic: "vty password", From: v7, To: v7end, Document: guide5940},
	{Topic: "console none", From: v7, To: v7end, Document: guide5920},
	{Topic: "password-control", From: v7, To: v7end, Document: control5940},
	{Topic: "password-control", From: v5, To: v5end, Document: control5120},
	{Topic: "functions", From: v7, To: v7end, Document: functions},
	{Topic: "functions", From: v5, To: v5end, Document: control5120},
	{Topic: "aging", From: v7, To: v7end, Document: controlS6300},
	{Topic: "aging", From: v5, To: v5end, Document: control5120},
	{Topic: "length", From: v7, To: v7end, Document: controlS6300},
	{Topic: "length", From: v5, To: v5end, Document: control5120},
	{Topic: "composition", From: v7, To: v7045, Document: shownS6300},
	{Topic: "composition", From: v5, To: v5end, Document: control5120},
	{Topic: "history", From: v7, To: v7end, Document: shownS6300},
	{Topic: "history", From: v5, To: v5end, Document: controlWX},
	{Topic: "update-interval", From: v7, To: v7end, Document: controlS6300},
	{Topic: "update-interval", From: v5, To: v5end, Document: control5120},
	{Topic: "alert", From: v7, To: v7end, Document: shownS6300},
	{Topic: "alert", From: v5, To: v5end, Document: controlWX},
	{Topic: "user-name check", From: v7, To: v7045, Document: shownS6300},
	{Topic: "user-name check", From: v5, To: v5end, Document: controlWX},
	{Topic: "first login", From: v5, To: v5end, Document: control5120},
	{Topic: "login-attempt", From: v7, To: v7end, Document: attemptsMSR},
	{Topic: "login-attempt", From: v5, To: v5end, Document: attempts5500},
	{Topic: "no password", From: v7, To: v7end, Document: emptyS6812},
	{Topic: "info-center", From: v7, To: v7end, Document: center5920},
	{Topic: "info-center", From: v5, To: v5end, Document: center5820},
	{Topic: "loghost timestamp", From: v5, To: v5end, Document: center5820},
	{Topic: "snmp-agent", From: v5, To: v5end, Document: agentA3100},
	{Topic: "ssh1", From: v5, To: v5end, Document: ssh5500},
	{Topic: "ftp server", From: v7, To: v7end, Document: ftp5510},
	{Topic: "ftp server", From: v5, To: v5end, Document: ftp5800},
	{Topic: "local authentication", From: v5, To: v5end, Document: domain6800},
	{Topic: "tftp", From: v7, To: v7end, Document: ftp5510},
	{Topic: "tftp", From: v5, To: v5end, Document: tftpS12500},
}
