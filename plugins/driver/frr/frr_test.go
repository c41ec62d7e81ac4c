package frr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/frr"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, frr.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, frr.Driver{}, "session_policies") }

// Every prefix of what vtysh shows, although its answer looks whole, proves no absence: the closing mark is missing.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.5\nhostname A\nlog syslog\n!\nline vty\n exec-timeout 5 0\nexit\n!\nend\n"
	drivertest.Prefixes(t, frr.Driver{}, config, "session_policies")
}

func TestFacts(t *testing.T) {
	const head = "frr version 8.5\nhostname A\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"no password":      {head, []string{"access_paths[vty].enabled = false", "access_paths[ssh].enabled = unknown: not_asked", "session_policies[vty].idle_timeout = 10m", "protections.enable_scheme = absent", "protections.password_encryption = false", "accounts = unknown: not_asked"}},
		"passwords":        {head + "password zebra\nenable password zebra\n", []string{"access_paths[vty].enabled = true", "access_paths[vty].methods = [line-password]", "protections.enable_scheme = plaintext"}},
		"encrypted":        {head + "service password-encryption\npassword 8 abcdefghijklm\nenable password 8 abcdefghijklm\n", []string{"protections.enable_scheme = descrypt", "protections.password_encryption = true"}},
		"no login":         {head + "line vty\n no login\n", []string{"access_paths[vty].authenticated = false", "access_paths[vty].methods = [none]"}},
		"never idle":       {head + "line vty\n exec-timeout 0 0\nexit\n", []string{"session_policies[vty].idle_timeout = forever"}},
		"no timeout":       {head + "line vty\n no exec-timeout\n", []string{"session_policies[vty].idle_timeout = forever"}},
		"idle":             {head + "line vty\n exec-timeout 4 30\n", []string{"session_policies[vty].idle_timeout = 4m30s"}},
		"list":             {head + "access-list M seq 5 permit 10.1.0.0/16\naccess-list M seq 10 permit 127.0.0.1/32\naccess-list M seq 15 deny any\naccess-list M seq 20 permit any\nline vty\n access-class M\n", []string{"access_paths[vty].sources = [10.1.0.0/16, 127.0.0.1/32]"}},
		"open list":        {head + "access-list M permit any\nline vty\n access-class M\n", []string{"access_paths[vty].sources = absent"}},
		"no such list":     {head + "line vty\n access-class GONE\n", []string{"access_paths[vty].sources = unknown: not_found"}},
		"indentation lost": {head + "access-list M permit 10.0.0.0/8\nline vty\naccess-class M\nexec-timeout 3 0\n!\n", []string{"access_paths[vty].sources = [10.0.0.0/8]", "session_policies[vty].idle_timeout = 3m"}},
		"list unused":      {head + "access-list M permit 10.0.0.0/8\nline vty\n", []string{"access_paths[vty].sources = absent"}},
		"logs":             {head + "log syslog informational\nlog file /var/log/frr/frr.log\nlog commands\nlog timestamp precision 3\n", []string{"log_stores[syslog].level = informational", "log_stores[/var/log/frr/frr.log].level = debugging", "protections.command_accounting = true", "protections.log_timestamps = datetime", "log_targets = unknown: not_asked"}},
		"users":            {head + "username root nopassword\n", []string{"accounts[root].password_state = empty", "accounts[root].default_name = true"}},
		"shown, no end":    {"Current configuration:\n!\n" + head, []string{"session_policies = unknown: truncated"}},
		"prompt":           {"r1# show running-config\nBuilding configuration...\n\nCurrent configuration:\n!\n" + head + "end\nr1# \n", []string{"session_policies = complete", "platform.hostname = A", "platform.version = 8.5"}},
		"CRLF":             {strings.ReplaceAll(head+"password zebra\n", "\n", "\r\n"), []string{"platform.hostname = A", "access_paths[vty].enabled = true"}},
		"template":         {head + "enable password {{ secret }}\n", []string{"protections.enable_scheme = unknown"}},
		"fragment":         {"router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n", []string{"session_policies = unknown: truncated"}},
		"interface":        {head + "interface eth0\n description up\n ip address 10.0.0.1/24\nexit\n", []string{"interfaces[eth0].described = true", "interfaces[eth0].addresses = [10.0.0.1/24]"}},
		"banner":           {head + "no banner motd\n", []string{"access_paths[vty].banner = false"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := drivertest.Read(t, frr.Driver{}, c.config)
			for _, w := range c.want {
				drivertest.Says(t, f, w)
			}
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"frr version 8.5", "hostname A", "password %s", "enable password 8 %s", "enable strange password %s", "log strange password %s", "line vty\n odd password %s", "router bgp 1\n neighbor 10.0.0.1 password %s",
	}
	_, unread := drivertest.NoSecret(t, frr.Driver{}, strings.Join(lines, "\n")+"\n", 3)
	if len(unread) != 3 {
		t.Errorf("the lines were not read: %v", unread)
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, frr.Driver{}, "show ") }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, frr.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("frr version 8.5\nhostname A\n!\n")
	for i := range 3000 {
		fmt.Fprintf(&s, "interface eth%d\n ip address 10.%d.%d.1/24\nexit\n!\n", i, i/256, i%256)
	}
	drivertest.BenchmarkRead(b, frr.Driver{}, s.String())
}
