package topsec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/topsec"
)

const showConfig = "show nostop"

func TestCases(t *testing.T) { drivertest.Run(t, topsec.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, topsec.Driver{}, "access_paths") }

// Every prefix of a configuration, although its answer looks whole, proves nothing by its silence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "system devname set A\nsystem sshd start\npf rule set default action deny log no\nha disable\nsystem config implement\n"
	drivertest.Prefixes(t, topsec.Driver{}, config, "filter_rules")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"started", "system telnetd start", "access_paths[telnet].enabled = true"},
		{"stopped", "system telnetd stop", "access_paths[telnet].enabled = false"},
		{"not said", "", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"no web server, no HTTP", "system httpd stop", "access_paths[http].enabled = false"},
		{"a web server may serve HTTP too", "system httpd start", "access_paths[http].enabled = unknown"},
		{"anybody", "pf service add name ssh area a addressname any", "access_paths[ssh].sources = absent"},
		{"an object that is everything", "define range add name all ip1 0.0.0.0 ip2 255.255.255.255\npf service add name ssh area a addressname all", "access_paths[ssh].sources = absent"},
		{"an object that is not there", "pf service add name ssh area a addressname x", "access_paths[ssh].sources = unknown: not_found: address x"},
		{"a group that holds itself", "define group_address add name g member 'g '\npf service add name ssh area a addressname g", "access_paths[ssh].sources = unknown: not_found"},
		{"no line", "", "access_paths[ssh].sources = unknown: no_documented_default"},
		{"idle time", "system webui idle-timeout 600", "session_policies[web].idle_timeout = unknown: not_understood: unit of idle-timeout"},
		{"length", "system authset passwd-policy set-manager policy strong min-length 9", "password_policies[managers].min_length = 9"},
		{"kinds", "system authset passwd-policy set-manager policy strong min-length 9", "password_policies[managers].min_classes = unknown: not_understood: policy strong"},
		{"attempts", "system authset authfail set maxnum many", "lockout_policies[authset].attempts = unknown: not_understood"},
		{"areas and default differ", "define area add name a attribute 'eth0 ' access on\npf rule set default action deny log no", "protections.default_action_deny = unknown: conflict"},
		{"areas not said", "pf rule set default action deny log no", "protections.default_action_deny = unknown: not_understood"},
		{"action not understood", "ID 1 firewall policy add action wonder", "filter_rules[firewall policy 1].action = unknown: not_understood"},
		{"a group with a protocol", "define service add name g protocol 47\ndefine group_service add name s member 'HTTP g '\nID 1 firewall policy add action accept service 's '", "filter_rules[firewall policy 1].port_granular = false"},
		{"a service that may be everything", "ID 1 firewall policy add action accept service 'TCP_ALL '", "filter_rules[firewall policy 1].port_granular = unknown"},
		{"not sent", "log log set ipaddr '10.0.0.1' port UDP:514 trans disable", "log_targets = complete"},
		{"sent", "log log set ipaddr '10.0.0.1' port UDP:514 trans enable", "log_targets[10.0.0.1].port = 514"},
		{"odd mask", "network interface eth0 ip add 10.0.0.1 mask 255.0.255.0", "interfaces[eth0].addresses = unknown: not_understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, topsec.Driver{}, "system devname set A\n"+c.config+"\nsystem config implement\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"snmp add community %s", "aaa server add name r ip 10.0.0.1 shared-secret '%s'", "aaa sms modify server-addr 0.0.0.0 shared-secret '%s'", "system admin add name x password %s",
		"log log log_key set %s", "log log set ipaddr '10.0.0.1' port UDP:514 key %s trans enable", "ID 9 system user add name y passwd %s", "system ntp set server 10.0.0.1 key %s",
	}
	drivertest.NoSecret(t, topsec.Driver{}, "system devname set A\n"+strings.Join(lines, "\n")+"\nsystem config implement\n", 4)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, topsec.Driver{}, "show ") }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, topsec.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("system devname set A\n")
	for i := range 9000 {
		fmt.Fprintf(&s, "ID %d define host add name h%d ipaddr '10.0.%d.%d '\n", 8000+i, i, i/256, i%256)
	}
	for i := range 1000 {
		fmt.Fprintf(&s, "ID %d firewall policy add action accept srcarea 'a ' src 'h%d ' dst 'web ' service 'HTTPS '\n", 20000+i, i)
	}
	s.WriteString("system config implement\n")
	drivertest.BenchmarkRead(b, topsec.Driver{}, s.String())
}
