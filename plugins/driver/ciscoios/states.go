package ciscoios

// The documents that state what holds where nothing is configured. Each was read; a default whose document could not be read is not stated.
const (
	execTimeout = "Cisco IOS Dial Solutions Command Reference, Release 12.0, exec-timeout: 10 minutes"
	// The two that document lockout say the same.
	lockoutIOS   = "Cisco IOS Security Configuration Guide: Securing User Services, Release 12.4, Login Password Retry Lockout: "
	lockoutXE    = "Cisco IOS XE Gibraltar 16.12.x AAA Configuration Guide, Login Password Retry Lockout: "
	implicitDeny = "Catalyst 3560 Switch Software Configuration Guide, Configuring Network Security with ACLs: the end of an ACL contains an implicit deny"
	agentOff     = "Catalyst 3750-E and 3560-E Switch Software Configuration Guide, OL-9775-02, SNMP Configuration Guidelines: an snmp-server line enables the agent"
	cdpOn        = "Catalyst 3750-E and 3560-E Switch Software Configuration Guide, OL-9775-02, Table 27-1 Default CDP Configuration: enabled"
	smallServers = "Cisco, TCP and UDP Small Servers: disabled by default on IOS 11.3 and later"
	fingerOff    = "Cisco Network Security Baseline, OL-11615-01, Finger Protocol: off by default from 12.1(5)"
	tftpOff      = "Network Security Technologies and Solutions (Cisco Press), TFTP Server: disabled by default on all IOS versions"
	syslogPort   = "Cisco LAN Switching Configuration Handbook (Cisco Press), Logging: a syslog server uses UDP port 514"
	zonesDrop    = "Cisco Router and Security Device Manager 2.5 User's Guide, OL-4015-12, Zone Window: traffic to and from a zone is implicitly blocked"
)

// classic says that this is IOS, not IOS-XE, of 12.minor or newer.
func (r *reader) classic(minor int) bool {
	return !r.xe && (r.major > 12 || r.major == 12 && r.minor >= minor)
}
