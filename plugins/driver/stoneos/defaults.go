package stoneos

import "github.com/plumbline/plumbline/plugins/driver/defaults"

// The versions as numbers: 5.5R12 is 50512, 5.4 is 50400.
const v55r12 = 50512

// The document that states defaults, for its own release only.
const guide = "Hillstone StoneOS CLI User Guide V5.5R12, "

var statements = []defaults.Statement{
	{Topic: "access", From: v55r12, To: v55r12, Document: guide + "System Management, access modes of administrators"},
	{Topic: "admin host", From: v55r12, To: v55r12, Document: guide + "System Management, trusted hosts"},
	{Topic: "lockout", From: v55r12, To: v55r12, Document: guide + "System Management, login limits of administrators"},
	{Topic: "password-policy", From: v55r12, To: v55r12, Document: guide + "System Management, password policy of administrators"},
	{Topic: "timeout", From: v55r12, To: v55r12, Document: guide + "System Management, timeouts of console, Telnet, SSH and WebUI"},
	{Topic: "port", From: v55r12, To: v55r12, Document: guide + "System Management, ports of Telnet, SSH, HTTP and HTTPS"},
	{Topic: "ntp", From: v55r12, To: v55r12, Document: guide + "System Management, NTP"},
	{Topic: "clock zone", From: v55r12, To: v55r12, Document: guide + "System Management, system clock"},
}
