package dptech_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/dptech"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, dptech.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, dptech.Driver{}, "accounts") }

// Every prefix of a configuration, although its answer looks whole, proves nothing by its silence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "!Software Release B1\n!\nsnmp-agent community public ro\n!\nlocal-user a\npassword encrypted-password x\n!\nsecurity-policy p src-zone any dst-zone any action permit\n!\nend\n"
	drivertest.Prefixes(t, dptech.Driver{}, config, "filter_rules")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"on", "telnet enable", "access_paths[telnet].enabled = true"},
		{"off", "no telnet enable", "access_paths[telnet].enabled = false"},
		{"not said", "", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"another switch", "ssh enable everywhere", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"idle time", "timeout web 10", "session_policies[web].idle_timeout = unknown: not_understood: unit of timeout web"},
		{"delivered name", "local-user admin\npassword encrypted-password x", "accounts[admin].default_name = true"},
		{"password as typed", "local-user a\npassword x", "accounts[a].password_state = unknown: not_understood"},
		{"more of a user", "local-user a\nlevel 3", "accounts[a].privileged = unknown: not_understood"},
		{"community of the box", "snmp-agent community public ro", "snmp_communities[community 1].default_name = true"},
		{"community for anybody", "snmp-agent community x rw", "snmp_communities[community 1].sources = absent"},
		{"community with more", "snmp-agent community x rw acl 3", "snmp_communities[community 1].sources = unknown: not_understood"},
		{"encrypted community", "snmp-agent community %@%@x rw", "snmp_communities[community 1].default_name = unknown: not_understood"},
		{"everything", "security-policy p src-zone any dst-zone any action permit", "filter_rules[security-policy p].any_any = true"},
		{"without an action", "security-policy p src-zone any dst-zone any src-address any", "filter_rules[security-policy p].any_any = unknown: no_documented_default"},
		{"one service of two wide", "service-object a protocol tcp dst-port 0 to 65535\nsecurity-policy p service service-object a\nsecurity-policy p action permit", "filter_rules[security-policy p].port_granular = false"},
		{"a service that is not there", "security-policy p service service-object a\nsecurity-policy p action permit", "filter_rules[security-policy p].port_granular = unknown"},
		{"words not understood", "security-policy p wonder\nsecurity-policy p action permit", "filter_rules[security-policy p].any_any = unknown: not_understood"},
		{"a switch is no policy", "security-policy acceleration scrm", "filter_rules = complete"},
		{"odd address", "interface a\nip address dhcp", "interfaces[a].addresses = unknown: not_understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, dptech.Driver{}, "!Software Release B1\n!\n"+c.config+"\n!\nend\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"snmp-agent community %s ro", "snmp-agent community %s wonder", "snmp-agent usm-user v3 u g auth md5 %s", "local-user a\npassword encrypted-password %s\n!", "local-user b\npassword %s\nwonder key %s\n!",
		"radius server 10.0.0.1 key %s", "ntp strange key %s", "aaa strange secret %s",
	}
	drivertest.NoSecret(t, dptech.Driver{}, "!Software Release B1\n!\n"+strings.Join(lines, "\n")+"\n!\nend\n", 4)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, dptech.Driver{}, "show ") }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, dptech.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("!Software Release B1\n!\n")
	for i := range 6000 {
		fmt.Fprintf(&s, "address-object h%d 10.0.%d.%d/32\n", i, i/256, i%256)
	}
	for i := range 1000 {
		for _, said := range []string{"src-address address-object h1", "dst-address address-object h2", "service service-object s", "action permit"} {
			fmt.Fprintf(&s, "security-policy p%d src-zone any dst-zone any %s\n", i, said)
		}
	}
	s.WriteString("!\nend\n")
	drivertest.BenchmarkRead(b, dptech.Driver{}, s.String())
}
