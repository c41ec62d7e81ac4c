package zxros_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/zxros"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, zxros.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, zxros.Driver{}, "accounts") }

// Every prefix of a configuration, although its answer looks whole, proves no absence unless it ends where a section does: its end was
// not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "!<system-config>\nhostname A\nbanner incoming #\nhello\n#\n!<system-user>\nsystem-user\n  user-name x\n    password y\n  $\n$\n!<ssh>\nssh server enable\n!</ssh>\n"
	drivertest.Prefixes(t, zxros.Driver{}, config, "accounts")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"idle time", "line console idle-timeout 15", "session_policies[console].idle_timeout = 15m"},
		{"idle time of 0", "line telnet idle-timeout 0", "session_policies[telnet].idle_timeout = unknown: no_documented_default: idle-timeout 0"},
		{"idle time not said", "", "session_policies[telnet].idle_timeout = unknown: no_documented_default"},
		{"telnet off", "line telnet server disable", "access_paths[telnet].enabled = false"},
		{"telnet not said", "ssh server only", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"list that lets everybody in", "ipv4-access-list 1\n  rule 1 permit any\nssh server access-class ipv4 1", "access_paths[ssh].sources = absent"},
		{"list that is not there", "ssh server access-class ipv4 7", "access_paths[ssh].sources = unknown: not_found: access list 7"},
		{"list with a rule not understood", "ipv4-access-list 1\n  rule 1 permit wonders\nssh server access-class ipv4 1", "access_paths[ssh].sources = unknown: not_understood"},
		{"list of another family", "ssh server access-class ipv6 7", "access_paths[ssh].sources = absent"},
		{"password in clear", "username a password b privilege 15", "accounts[a].password_scheme = plaintext"},
		{"password as it was delivered", "username zte password 0 zte privilege 15", "accounts[zte].default_password = true"},
		{"redacted password", "username a password <removed>", "accounts[a].password_scheme = unknown: not_understood: redacted"},
		{"right that is no number", "username a password b privilege all", "accounts[a].privileged = unknown: not_understood"},
		{"check switched off", "strong-password check disable", "password_policies[local users].enforced = false"},
		{"no proof", "aaa-authentication-template 1\n  aaa-authentication-type none", "access_paths[ssh].authenticated = false"},
		{"strange proof", "aaa-authentication-template 1\n  aaa-authentication-type magic", "access_paths[ssh].authenticated = unknown: not_understood"},
		{"community of the box", "snmp-server community private view v rw", "snmp_communities[community 1].default_name = true"},
		{"NTP switched off", "no ntp enable\nntp server 10.0.0.1", "time_sources[10.0.0.1].selected = false"},
		{"key not trusted", "ntp authenticate\nntp server 10.0.0.1 key 5", "time_sources[10.0.0.1].authenticated = false"},
		{"password that raises privilege", "enable secret encrypted abc", "protections.enable_scheme = reversible"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, zxros.Driver{}, "hostname A\n!\n"+c.config+"\n!\nend\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"snmp-server community %s view AllView ro", "snmp-server community encrypted %s view AllView rw", "snmp-server host 10.0.0.1 trap version 2c %s udp-port 162",
		"snmp-server user u g v3 auth md5 %s priv des56 %s", "snmp-server user w g v3 encrypted auth sha %s priv aes128 %s", "enable secret level 15 5 %s", "enable secret 0 %s", "enable secret %s",
		"username a password 7 %s privilege 15", "username b password %s", "ntp authentication-key 6 md5 %s", "ntp authentication-key 7 md5 clear %s", "tacacs-server host 10.0.0.1 key %s",
		"tacacs-server strange key encrypted %s", "ssh server strange password %s", "system-user\n  user-name x\n    password encrypted %s\n    strange password %s\n  $\n$",
	}
	f, _ := drivertest.NoSecret(t, zxros.Driver{}, "hostname A\n"+strings.Join(lines, "\n!\n")+"\n!\nend\n", 1)
	if n := len(f.GetAccounts().GetItems()); n != 3 {
		t.Errorf("%d accounts, want 3", n)
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, zxros.Driver{}, "show ") }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, zxros.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("!<system-config>\nhostname A\n!</system-config>\n!<acl>\nipv4-access-list 1\n")
	for i := range 2000 {
		fmt.Fprintf(&s, "  rule %d permit ip 10.%d.%d.0 0.0.0.255 any\n", i, i/256, i%256)
	}
	s.WriteString("$\n!</acl>\n!<if-intf>\n")
	for i := range 2000 {
		fmt.Fprintf(&s, "interface gei-1/1/0/%d\n  description port %d\n  ip address 10.0.0.1 255.255.255.0\n$\n", i, i)
	}
	s.WriteString("!</if-intf>\n")
	drivertest.BenchmarkRead(b, zxros.Driver{}, s.String())
}
