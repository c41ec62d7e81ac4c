package asa_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/asa"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, asa.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, asa.Driver{}, "accounts") }

// frame is a configuration around the lines that a test is about.
const frame = "ASA Version 9.8(2)\nhostname a\n%s\n: end\n"

// Small differences that decide a verdict.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"console timeout 0", "session_policies[console].idle_timeout = forever"},
		{"ssh timeout soon", "session_policies[ssh].idle_timeout = unknown: not_understood"},
		{"", "session_policies[ssh].idle_timeout = unknown: no_documented_default"},
		{"http server idle-timeout 10", "session_policies[web].idle_timeout = 10m"},
		{"telnet timeout 5", "access_paths[telnet].enabled = false"},
		{"telnet 10.0.0.0 255.0.0.0 inside", "access_paths[telnet].enabled = true"},
		{"telnet 10.0.0.0 255.0.0.0 inside\nno telnet 10.0.0.0 255.0.0.0 inside", "access_paths[telnet].enabled = true"},
		{"ssh 10.0.0.0 255.0.0.0 inside", "access_paths[ssh].sources = [10.0.0.0/8 inside]"},
		{"ssh 10.0.0.0 255.0.0.0 inside\nssh 0.0.0.0 0.0.0.0 outside", "access_paths[ssh].sources = absent"},
		{"ssh 10.0.0.0 255.0.0.1 inside", "access_paths[ssh].sources = unknown: not_understood"},
		{"ssh {{ net }} 255.0.0.0 inside", "access_paths[ssh].enabled = unknown: not_understood"},
		{"name 10.1.0.0 office\nssh office 255.255.0.0 inside", "access_paths[ssh].sources = [10.1.0.0/16 inside]"},
		{"ssh 0 0 outside", "access_paths[ssh].sources = absent"},
		{"!enable password <removed> encrypted", "protections.enable_scheme = asa-md5"},
		{"!username a password <removed>", "accounts[a].password_state = unknown: not_understood: redacted"},
		{"{% if x %}\nssh 10.0.0.0 255.0.0.0 inside\n{% endif %}", "accounts = unknown: truncated"},
		{"http 10.0.0.0 255.0.0.0 inside", "access_paths[https].enabled = false"},
		{"http server enable\nhttp 10.0.0.0 255.0.0.0 inside", "access_paths[https].enabled = true"},
		{"no http server enable\nhttp 10.0.0.0 255.0.0.0 inside", "access_paths[https].enabled = false"},
		{"aaa authentication ssh console NOWHERE", "access_paths[ssh].methods = unknown: not_found"},
		{"aaa-server R protocol radius\naaa authentication ssh console R LOCAL", "access_paths[ssh].methods = [radius, local]"},
		{"username a password b", "accounts[a].password_scheme = plaintext"},
		{"username a password b encrypted privilege 15", "accounts[a].privileged = true"},
		{"username a password b encrypted", "accounts[a].roles = [2]  # default: "},
		{"username a nopassword", "accounts[a].password_state = empty"},
		{"username a password ***** encrypted", "accounts[a].password_state = unknown: not_understood: redacted"},
		{"username a password ***** encrypted", "accounts[a].password_scheme = asa-md5"},
		{"username a password b encrypted\nno username a", "accounts = complete"},
		{"", "protections.enable_scheme = absent"},
		{"enable password x level 5 encrypted", "protections.enable_scheme = absent"},
		{"", "lockout_policies[local users].attempts = absent"},
		{"aaa local authentication attempts max-fail 3", "lockout_policies[local users].attempts = 3"},
		{"logging host inside 10.1.1.1\nlogging trap informational", "log_targets[10.1.1.1].everything = false"},
		{"logging enable\nlogging host inside 10.1.1.1\nlogging trap informational", "log_targets[10.1.1.1].everything = true"},
		{"logging enable\nlogging host inside 10.1.1.1", "log_targets[10.1.1.1].everything = false"},
		{"ntp server 10.1.1.1 key 1", "time_sources[10.1.1.1].authenticated = false"},
		{"snmp-server community x", "access_paths[snmp].enabled = false"},
		{"snmp-server host in 10.1.1.1 community private version 2c", "snmp_communities[community 1].default_name = true"},
		{"snmp-server host in 10.1.1.1 community ***** version 2c", "snmp_communities[community 1].default_name = unknown"},
		{"banner exec hello", "access_paths[ssh].banner = false"},
		{"banner motd hello", "access_paths[ssh].banner = true"},
		{"access-list A extended permit ip any any\naccess-group A in interface out", "filter_rules[access-list A rule 1].any_any = true"},
		{"access-list A extended permit tcp any any\naccess-group A in interface out", "filter_rules[access-list A rule 1].any_any = false"},
		{"access-list A extended permit tcp any any range 1 65535\naccess-group A in interface out", "filter_rules[access-list A rule 1].port_granular = false"},
		{"access-list A extended permit tcp any\naccess-group A in interface out", "filter_rules[access-list A rule 1].any_any = unknown"},
		{"access-group A in interface out", "packet_filters[access-list A in interface out].active = unknown: not_found"},
		{"event manager applet a\n event timer absolute time 1:00:00\n action 0 cli command \"copy running-config disk0:/c\"", "saved.archives = unknown: not_understood"},
		{"event manager applet a\n event none\n action 0 cli command \"copy running-config tftp://10.1.1.1/c\"", "saved.archives = unknown: not_understood"},
		{"event manager applet a\n event timer watchdog time 86400\n action 0 cli command \"copy /noconfirm running-config tftp://10.1.1.1/c\"", "saved.archives = [10.1.1.1]"},
		{"event manager applet a\n event timer watchdog time 60\n action 0 cli command \"show version\"", "saved.archives = absent"},
		{"arp timeout 60", "address_bindings = complete"},
		{"arp-inspection inside enable no-flood", "address_bindings[inside].kind = arp-inspection"},
		{"hostname b", "accounts = complete"},
		{": end\nhostname b\nno pager", "accounts = complete"},
	} {
		config := fmt.Sprintf(frame, c.lines)
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			for _, text := range []string{config, strings.ReplaceAll(config, "\n", "\r\n")} {
				f, _ := drivertest.Read(t, asa.Driver{}, text)
				drivertest.Says(t, f, c.want)
			}
		})
	}
}

// Every prefix of a configuration, although its answer looks whole, proves no absence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	drivertest.Prefixes(t, asa.Driver{}, fmt.Sprintf(frame, "username a password b encrypted\nssh 10.0.0.0 255.0.0.0 inside\nssh timeout 5"), "accounts")
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"enable password %s encrypted", "passwd %s encrypted", "username u password %s", "username v password %s encrypted privilege 15", "username w password %s strange",
		"snmp-server community %s", "snmp-server host in 10.1.1.1 community %s version 2c", "snmp-server host in 10.1.1.2 poll community 8 %s",
		"snmp-server user x G v3 auth sha %s priv aes 128 %s", "snmp-server strange community %s", "ntp authentication-key 1 md5 %s", "ntp strange key %s",
		"aaa-server T protocol tacacs+", "aaa-server T (in) host 10.1.1.1 %s timeout 5", "aaa-server U (in) host 10.1.1.2\n key %s", "logging strange password %s",
		"enable password %s level 3 encrypted", "aaa strange password %s",
		"event manager applet a\n event timer absolute time 02:00:00\n action 0 cli command \"copy running-config ftp://u:%s@10.1.1.1/c\"",
		"event manager applet b\n action 0 cli command \"copy running-config ftp://u:%s@10.1.1.1/c\"",
	}
	f, _ := drivertest.NoSecret(t, asa.Driver{}, fmt.Sprintf(frame, strings.Join(lines, "\n")), 1)
	if n := len(f.GetAccounts().GetItems()); n != 3 {
		t.Errorf("%d accounts", n)
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, asa.Driver{}, "show ") }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, asa.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&s, "access-list A extended permit tcp 10.%d.%d.0 255.255.255.0 object host-%d eq https log\n", i/256, i%256, i)
	}
	for i := range 2500 {
		fmt.Fprintf(&s, "object network host-%d\n host 10.1.%d.%d\n description server\n", i, i/256, i%256)
	}
	config := fmt.Sprintf(frame, s.String()+"access-group A in interface out\nssh timeout 5")
	drivertest.BenchmarkRead(b, asa.Driver{}, config)
}
