package iosxr_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/iosxr"
)

const running = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, iosxr.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, iosxr.Driver{}, driver.Command(running)) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, iosxr.Driver{}, "accounts") }

// whole puts lines into a configuration that is whole.
func whole(lines string) string {
	return "Building configuration...\n!! IOS XR Configuration 6.6.2\n!\nhostname r1\n" + lines + "\nend\n"
}

func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"release", "", "platform.version = 6.6.2"},
		{"groups", "username op\n group root-lr\n group cisco-support\n secret 5 $1$x$y\n!", "accounts[op].roles = [root-lr, cisco-support]"},
		{"full rights", "username op\n group root-lr\n secret 5 $1$x$y\n!", "accounts[op].privileged = true"},
		{"operator", "username op\n group operator\n secret 5 $1$x$y\n!", "accounts[op].privileged = false"},
		{"no group", "username op\n secret 5 $1$x$y\n!", "accounts[op].privileged = unknown: no_documented_default"},
		{"sha512", "username op\n group operator\n secret 10 $6$x$y\n!", "accounts[op].password_scheme = sha512crypt"},
		{"reversible", "username op\n group operator\n password 7 0822\n!", "accounts[op].password_scheme = reversible"},
		{"plain", "username op\n group operator\n secret 0 example\n!", "accounts[op].password_scheme = plaintext"},
		{"on one line", "username op group root-lr\nusername op secret 5 $1$x$y", "accounts[op].password_scheme = md5crypt"},
		{"secret before password", "username op\n group operator\n secret 10 $6$x$y\n password 7 0822\n!", "accounts[op].password_scheme = sha512crypt"},
		{"left out by a tool", "username op\n group operator\n secret 5 <removed>\n!", "accounts[op].password_scheme = unknown: not_understood"},
		{"no enable password there", "", "protections.enable_scheme = not applicable"},
		{"idle", "line default\n exec-timeout 10 0\n transport input ssh\n!", "session_policies[default].idle_timeout = 10m"},
		{"forever", "line console\n exec-timeout 0 0\n!", "session_policies[console].idle_timeout = forever"},
		{"idle not mentioned", "line default\n transport input ssh\n!", "session_policies[default].idle_timeout = unknown: no_documented_default"},
		{"ssh", "ssh server v2", "access_paths[ssh].enabled = true"},
		{"ssh of version 2", "ssh server v2", "access_paths[ssh].versions = [SSH 2]"},
		{"ssh not mentioned", "", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"a netconf line is no ssh server", "ssh server netconf vrf default", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"limited", "ipv4 access-list A\n 10 permit ipv4 192.0.2.0 0.0.0.63 any\n!\nssh server v2\nssh server vrf default ipv4 access-list A", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"limited in one VRF of two", "ipv4 access-list A\n 10 permit ipv4 192.0.2.0/26 any\n!\nssh server v2\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = absent"},
		{"limited in the only VRF", "ipv4 access-list A\n 10 permit tcp host 192.0.2.7 any eq ssh\n!\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = [192.0.2.7/32]"},
		{"short rule", "ipv4 access-list A\n 10 permit 192.0.2.0 0.0.0.63\n!\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"lets everybody in", "ipv4 access-list A\n 10 permit ipv4 any any\n!\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = absent"},
		{"not defined", "ssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = unknown: not_found"},
		{"net group", "ipv4 access-list A\n 10 permit ipv4 net-group G any\n!\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = unknown: not_understood"},
		{"IPv6 is open", "interface Loopback0\n ipv6 address 2001:db8::1/128\n!\nipv4 access-list A\n 10 permit ipv4 192.0.2.0/26 any\n!\nssh server vrf MGMT ipv4 access-list A", "access_paths[ssh].sources = unknown: not_understood"},
		{"peers of the management plane", "control-plane\n management-plane\n  inband\n   interface all\n    allow SSH peer\n     address ipv4 192.0.2.0/26\n    !\n   !\n  !\n !\n!\nssh server v2", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"management plane without peers", "control-plane\n management-plane\n  inband\n   interface all\n    allow all\n   !\n  !\n !\n!\nssh server v2", "access_paths[ssh].sources = absent"},
		{"limited by the line", "ipv4 access-list A\n 10 permit ipv4 192.0.2.0/26 any\n!\nline default\n access-class ingress A\n transport input ssh\n!\nssh server v2", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"telnet", "telnet vrf default ipv4 server max-servers 10", "access_paths[telnet].enabled = true"},
		{"telnet not mentioned", "", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"telnet is not taken in", "line default\n transport input ssh\n!", "access_paths[telnet].enabled = false"},
		{"telnet limited", "ipv4 access-list A\n 10 permit ipv4 192.0.2.0/26 any\n!\ntelnet vrf default ipv4 server max-servers 10 access-list A", "access_paths[telnet].sources = [192.0.2.0/26]"},
		{"netconf", "netconf-yang agent\n ssh\n!", "access_paths[netconf].enabled = true"},
		{"grpc in clear", "grpc\n port 57400\n no-tls\n!", "access_paths[grpc].encrypted = false"},
		{"tacacs", "tacacs-server host 192.0.2.9 port 49\n key 7 x\n!\naaa group server tacacs+ T\n server 192.0.2.9\n!\naaa authentication login default group T local", "auth_servers[192.0.2.9].uses = [authentication]"},
		{"accounting", "aaa accounting commands default start-stop group tacacs+ none", "protections.command_accounting = true"},
		{"no accounting", "aaa accounting commands default start-stop none", "protections.command_accounting = false"},
		{"policy", "aaa password-policy P\n min-length 12\n numeric 1\n special-char 1\n lifetime days 90\n!\nusername op\n group operator\n policy P\n secret 10 $6$x$y\n!", "password_policies[P].enforced = true"},
		{"policy that does not hold all", "aaa password-policy P\n min-length 12\n!\nusername op\n group operator\n secret 10 $6$x$y\n!", "password_policies[P].enforced = false"},
		{"age", "aaa password-policy P\n lifetime days 90\n!", "password_policies[P].max_age = 90d"},
		{"lockout", "aaa password-policy P\n authen-max-attempts 5\n lockout-time minutes 30\n!", "lockout_policies[P].duration = 30m"},
		{"no lockout", "", "lockout_policies[local users].attempts = absent"},
		{"community", "ipv4 access-list NMS\n 10 permit ipv4 host 192.0.2.5 any\n!\nsnmp-server community public RO SystemOwner IPv4 NMS", "snmp_communities[community 1].sources = [192.0.2.5/32]"},
		{"open community", "snmp-server community public RW SystemOwner", "snmp_communities[community 1].sources = absent"},
		{"encrypted community", "snmp-server community encrypted 0822 RO", "snmp_communities[community 1].default_name = unknown: not_understood"},
		{"snmp user", "snmp-server group G v3 priv\nsnmp-server user u G v3 auth sha encrypted 0822 priv aes 128 encrypted 0822 SystemOwner", "snmp_users[u].priv = aes128"},
		{"syslog", "logging 192.0.2.9 vrf default severity warning port default", "log_targets[192.0.2.9].everything = false"},
		{"syslog as a section", "logging 192.0.2.9 vrf default\n severity info\n port 1514\n!", "log_targets[192.0.2.9].selector = informational"},
		{"buffer", "logging buffered 4194304\nlogging buffered informational", "log_stores[buffer].max_bytes = 4194304"},
		{"ntp", "ntp\n server vrf default 192.0.2.9 prefer\n!", "time_sources[192.0.2.9].authenticated = false"},
		{"ntp key", "ntp\n authentication-key 1 md5 encrypted 0822\n authenticate\n trusted-key 1\n server 192.0.2.9 key 1\n!", "time_sources[192.0.2.9].authenticated = true"},
		{"banner", "banner login /\nssh server v2\n/", "access_paths[ssh].banner = true"},
		{"a banner is no configuration", "banner motd #\nssh server v2\n#", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"a policy is no configuration", "route-policy P\nssh server v2\nend-policy", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"a policy that is applied opens none", "router bgp 1\n neighbor 192.0.2.1\n  route-policy P in\n !\n!\nssh server v2", "access_paths[ssh].enabled = true"},
		{"hsrp", "router hsrp\n interface GigabitEthernet0/0/0/0\n !\n!", "redundancy_groups[hsrp GigabitEthernet0/0/0/0].kind = hsrp"},
		{"indentation lost", "interface MgmtEth0/RP0/CPU0/0\nipv4 address 192.0.2.1 255.255.255.0\nline default\naccess-class ingress M", "access_paths[default].sources = unknown: truncated"},
		{"a prompt", "RP/0/RP0/CPU0:r1#show running-config", "accounts = complete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, iosxr.Driver{}, whole(c.config))
			drivertest.Says(t, f, c.want)
		})
	}
}

func TestNoSecretLeaves(t *testing.T) {
	drivertest.NoSecret(t, iosxr.Driver{}, whole("username op\n group operator\n secret 0 %s\n!\nsnmp-server community %s RW\nsnmp-server community encrypted %s RO\nsnmp-server user u G v3 auth sha clear %s priv aes 128 clear %s\n"+
		"snmp-server host 192.0.2.1 traps version 2c %s\nradius-server host 192.0.2.1 auth-port 1812\n key 7 %s\n!\nntp\n authentication-key 1 md5 encrypted %s\n!\naaa oddity key %s\nline default\n oddity password %s\n!"), 2)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, iosxr.Driver{}, "show ") }

func BenchmarkTenThousandLines(b *testing.B) {
	drivertest.BenchmarkRead(b, iosxr.Driver{}, whole(drivertest.Interfaces()))
}
