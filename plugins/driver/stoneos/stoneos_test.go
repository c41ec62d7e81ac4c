package stoneos_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/stoneos"
)

const showConfig = "show configuration"

func TestCases(t *testing.T) { drivertest.Run(t, stoneos.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, stoneos.Driver{}, "accounts") }

// Every prefix of a configuration, although its answer looks whole, proves no absence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "Version 5.5R12\nhostname A\npassword-policy\n  admin complexity enable\nexit\nadmin user \"x\"\n  password y\n  access ssh\nexit\nEnd\n"
	drivertest.Prefixes(t, stoneos.Driver{}, config, "accounts")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"idle time", "console timeout 15", "session_policies[console].idle_timeout = 15m"},
		{"no idle time", "console timeout 0", "session_policies[console].idle_timeout = forever"},
		{"idle time of 0", "ssh timeout 0", "session_policies[ssh].idle_timeout = unknown: not_understood"},
		{"idle time not said", "", "session_policies[ssh].idle_timeout = 10m"},
		{"idle time of another release", "Version 5.5R8", "session_policies[ssh].idle_timeout = unknown: no_documented_default"},
		{"telnet somewhere", "interface ethernet0/0\n  manage telnet\nexit", "access_paths[telnet].enabled = true"},
		{"telnet nowhere", "interface ethernet0/0\n  manage ssh\nexit", "access_paths[telnet].enabled = false"},
		{"no interface managed", "interface ethernet0/0\nexit", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"anybody", "admin host any any", "access_paths[ssh].sources = absent"},
		{"anybody, of one protocol", "admin host 0.0.0.0 0.0.0.0 ssh\nadmin host 10.0.0.1 https", "access_paths[ssh].sources = absent"},
		{"one address", "admin host 10.0.0.1 https", "access_paths[https].sources = [10.0.0.1]"},
		{"others only", "admin host 10.0.0.1 https", "access_paths[ssh].sources = unknown: no_documented_default"},
		{"host that is none", "admin host wonders ssh", "access_paths[ssh].sources = unknown: not_understood"},
		{"no host said", "", "access_paths[ssh].sources = absent"},
		{"no way in", "admin user \"a\"\n  password b\nexit", "accounts[a].login_enabled = false"},
		{"old rights", "admin user \"a\"\n  privilege RX\nexit", "accounts[a].privileged = false"},
		{"role of the site", "admin user \"a\"\n  role \"night\"\nexit", "accounts[a].privileged = unknown: not_understood"},
		{"redacted password", "admin user \"a\"\n  password <removed>\nexit", "accounts[a].password_state = unknown: not_understood: redacted"},
		{"no complexity", "password-policy\n  admin complexity disable\nexit", "password_policies[administrators].min_classes = 1"},
		{"complexity", "password-policy\n  admin complexity enable\nexit", "password_policies[administrators].min_classes = 4"},
		{"complexity, length", "password-policy\n  admin complexity enable\nexit", "password_policies[administrators].min_length = 8"},
		{"passwords that last", "password-policy\n  admin password-expiration 0\nexit", "password_policies[administrators].max_age = forever"},
		{"passwords' age not said", "", "password_policies[administrators].max_age = unknown: no_documented_default"},
		{"wrong passwords", "", "lockout_policies[admin address].attempts = 3"},
		{"server of administrators", "aaa-server \"r\" type radius\n  host 10.0.0.9\nexit\nadmin auth-server \"r\"", "access_paths[ssh].methods = [radius]"},
		{"NTP off", "ntp server 10.0.0.1", "time_sources[10.0.0.1].selected = false"},
		{"key, but no authentication", "ntp enable\nntp server 10.0.0.1 key 5", "time_sources[10.0.0.1].authenticated = false"},
		{"community of the box", "snmp-server host 10.0.0.1 version 2c community public", "snmp_communities[community 1].default_name = true"},
		{"rule into a tunnel", "rule id 1\n  action tunnel \"v\"\nexit", "filter_rules[policy rule id 1].action = unknown: not_understood"},
		{"rule with something strange", "rule id 1\n  action permit\n  src-wonder x\nexit", "filter_rules[policy rule id 1].any_any = unknown: not_understood"},
		{"rule of zones", "rule id 1\n  action permit\n  src-zone \"trust\"\nexit", "filter_rules[policy rule id 1].any_any = false"},
		{"indentation lost", "password-policy\nadmin min-length 12\nexit\nssh timeout 3", "password_policies[administrators].min_length = 12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, stoneos.Driver{}, "Version 5.5R12\nhostname A\n"+c.config+"\nEnd\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"snmp-server host 10.0.0.1 version 2c community %s ro", "snmp-server community %s", "snmp-server user u group g v3 auth sha %s enc aes %s", "snmp-server strange password %s",
		"ntp authentication-key 6 md5 %s", "ntp strange md5 0 %s", "logging strange secret \"%s and %s\"", "admin strange password encrypt %s", "admin user \"x\"\n  password %s\n  strange password \"%s\"\nexit",
		"aaa-server \"r\" type radius\n  host 10.0.0.9\n  secret %s\nexit", "tunnel scvpn \"v\"\n  login-password %s\nexit", "telnet enable-password %s",
	}
	f, _ := drivertest.NoSecret(t, stoneos.Driver{}, "hostname A\n"+strings.Join(lines, "\n")+"\nEnd\n", 1)
	if n := len(f.GetAccounts().GetItems()); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, stoneos.Driver{}, "show ") }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, stoneos.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("Version 5.5R12\nhostname A\nadmin user \"a\"\n  password b\n  access ssh\nexit\n")
	for i := range 1000 {
		fmt.Fprintf(&s, "rule id %d\n  action permit\n  src-addr \"net %d\"\n  dst-addr \"Any\"\n  service \"HTTPS\"\nexit\n", i, i)
	}
	for i := range 1000 {
		fmt.Fprintf(&s, "interface ethernet0/%d\n  zone \"trust\"\n  ip address 10.0.0.1 255.255.255.0\nexit\n", i)
	}
	s.WriteString("End\n")
	drivertest.BenchmarkRead(b, stoneos.Driver{}, s.String())
}
