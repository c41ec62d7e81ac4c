package venustech_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/venustech"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, venustech.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, venustech.Driver{}, "accounts") }

// Every prefix of a configuration, although its answer looks whole, proves nothing by its silence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "!config\nuser administrator a local secret b authorized-table c\nuser administrator a authorized-address first 0.0.0.0/0\n!\nfirewall policy 1\naction permit\nenable\n!\ndefault-policy action drop\n!end\n"
	drivertest.Prefixes(t, venustech.Driver{}, config, "filter_rules")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"let in", "interface a\nallow telnet", "access_paths[telnet].enabled = true"},
		{"let in where nothing goes in", "interface a\nallow telnet\nshutdown", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"let in nowhere", "interface a", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"port", "server-ssh port 2222", "access_paths[ssh].port = 2222"},
		{"port as delivered", "server-ssh port default", "access_paths[ssh].port = unknown: no_documented_default"},
		{"from anywhere", "user administrator a local secret x authorized-table t\nuser administrator a authorized-address first 0.0.0.0/0", "access_paths[ssh].sources = absent"},
		{"from anywhere, unless a policy says more", "user administrator a authorized-address first 0.0.0.0/0\nlocal-policy 1 permit", "access_paths[ssh].sources = unknown: not_understood: local-policy"},
		{"one without addresses", "user administrator a local secret x authorized-table t\nuser administrator b authorized-address first 10.0.0.0/8", "access_paths[ssh].sources = unknown: no_documented_default"},
		{"full rights", "authorized-table t\nauthorized write all\n!\nuser administrator a local secret x authorized-table t", "accounts[a].privileged = true"},
		{"some rights", "authorized-table t\nauthorized write log-config\n!\nuser administrator a local secret x authorized-table t", "accounts[a].privileged = false"},
		{"rights of a table that is not there", "user administrator a local secret x authorized-table t", "accounts[a].privileged = unknown: not_found"},
		{"password as typed", "user administrator a local x authorized-table t", "accounts[a].password_scheme = unknown: not_understood"},
		{"delivered name", "user administrator useradmin local secret x authorized-table t", "accounts[useradmin].default_name = true"},
		{"default", "default-policy action drop", "protections.default_action_deny = true"},
		{"default not understood", "default-policy action wonder", "protections.default_action_deny = unknown: not_understood"},
		{"default not said", "", "protections.default_action_deny = unknown: no_documented_default"},
		{"everything", "firewall policy 1\naction permit\nenable", "filter_rules[firewall policy 1].any_any = true"},
		{"at times", "firewall policy 1\naction permit\nenable\ntimerange x", "filter_rules[firewall policy 1].any_any = false"},
		{"a service that is not there", "firewall policy 1\naction permit\nservice x", "filter_rules[firewall policy 1].port_granular = unknown"},
		{"a group that holds itself", "service-group g\nservice-object g\n!\nfirewall policy 1\naction permit\nservice g", "filter_rules[firewall policy 1].port_granular = false"},
		{"odd address", "interface a\nip address dhcp", "interfaces[a].addresses = unknown: not_understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, venustech.Driver{}, "!config\n"+c.config+"\n!\n!end\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"user administrator a local secret %s authorized-table t", "user administrator a local secret-second %s", "user administrator b local %s authorized-table t", "snmp-server community %s ro",
		"radius-server host 10.0.0.1 key %s", "ntp strange key %s", "user strange password %s",
	}
	drivertest.NoSecret(t, venustech.Driver{}, "!config\n"+strings.Join(lines, "\n")+"\n!end\n", 4)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, venustech.Driver{}, "show ") }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, venustech.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("!config\n")
	for i := range 2500 {
		fmt.Fprintf(&s, "address h%d\nhost-address 10.0.%d.%d\n", i, i/256, i%256)
	}
	s.WriteString("!\n")
	for i := range 650 {
		fmt.Fprintf(&s, "firewall policy %d\naction permit\nenable\nsrc-zone any\ndst-zone any\nsrc-addr h%d\ndst-addr h%d\nservice HTTPS\n", i, i, i+1)
	}
	s.WriteString("!\ndefault-policy action drop\n!end\n")
	drivertest.BenchmarkRead(b, venustech.Driver{}, s.String())
}
