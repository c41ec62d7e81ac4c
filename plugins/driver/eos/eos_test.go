package eos_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/eos"
)

const running = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, eos.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, eos.Driver{}, driver.Command(running)) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, eos.Driver{}, "accounts") }

// whole puts lines into a configuration that is whole.
func whole(lines string) string {
	return "! Command: show running-config\n! device: s1 (DCS-7050, EOS-4.28.9M)\n!\nhostname s1\n" + lines + "\n!\nend\n"
}

func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"release", "", "platform.version = 4.28.9M"},
		{"roles", "username op privilege 15 role network-admin secret sha512 $6$x$y", "accounts[op].roles = [15, network-admin]"},
		{"full rights", "username op role network-admin secret sha512 $6$x$y", "accounts[op].privileged = true"},
		{"own role", "username op privilege 15 role audit secret sha512 $6$x$y", "accounts[op].privileged = false"},
		{"level alone", "username op privilege 15 secret sha512 $6$x$y", "accounts[op].privileged = unknown: no_documented_default"},
		{"default role", "aaa authorization policy local default-role network-admin\nusername op privilege 15 secret sha512 $6$x$y", "accounts[op].privileged = true"},
		{"sha512", "username op role network-admin secret sha512 $6$x$y", "accounts[op].password_scheme = sha512crypt"},
		{"md5", "username op role network-admin secret 5 $1$x$y", "accounts[op].password_scheme = md5crypt"},
		{"plain", "username op role network-admin secret 0 example", "accounts[op].password_scheme = plaintext"},
		{"a key instead", "username op role network-admin secret *\nusername op ssh-key ssh-rsa AAAA", "accounts[op].login_enabled = true"},
		{"neither", "username op role network-admin secret *", "accounts[op].login_enabled = false"},
		{"no password", "username op role network-admin nopassword", "accounts[op].password_state = empty"},
		{"as delivered", "username admin role network-admin nopassword", "accounts[admin].default_password = true"},
		{"template", "username op role network-admin secret sha512 {{ hash }}", "accounts[op].password_scheme = unknown: not_understood"},
		{"an empty password over the network", "username op role network-admin nopassword\naaa authentication policy local allow-nopassword-remote-login", "access_paths[ssh].empty_passwords = true"},
		{"an empty password on the console", "username op role network-admin nopassword", "access_paths[console].empty_passwords = true"},
		{"enable", "enable secret sha512 $6$x$y", "protections.enable_scheme = sha512crypt"},
		{"enable, older", "enable password 5 $1$x$y", "protections.enable_scheme = md5crypt"},
		{"no enable", "no enable password", "protections.enable_scheme = absent"},
		{"root", "aaa root secret sha512 $6$x$y", "access_paths[ssh].admin_login = yes"},
		{"no root", "no aaa root", "access_paths[ssh].admin_login = no"},
		{"root not mentioned", "", "access_paths[ssh].admin_login = no  # default:"},
		{"ssh idle", "management ssh\n   idle-timeout 15", "session_policies[ssh].idle_timeout = 15m"},
		{"console forever", "management console\n   idle-timeout 0", "session_policies[console].idle_timeout = forever"},
		{"idle not mentioned", "", "session_policies[ssh].idle_timeout = unknown: no_documented_default"},
		{"ssh not mentioned", "", "access_paths[ssh].enabled = true  # default:"},
		{"ssh off", "management ssh\n   shutdown", "access_paths[ssh].enabled = false"},
		{"ssh in one VRF", "management ssh\n   shutdown\n   vrf MGMT\n      no shutdown", "access_paths[ssh].enabled = true"},
		{"telnet not mentioned", "", "access_paths[telnet].enabled = false  # default:"},
		{"telnet", "management telnet\n   no shutdown", "access_paths[telnet].enabled = true"},
		{"limited", "ip access-list MGMT\n   10 permit tcp 192.0.2.0/26 any eq ssh\nmanagement ssh\n   ip access-group MGMT in", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"limited by a standard list", "ip access-list standard MGMT\n   10 permit host 192.0.2.7\nmanagement ssh\n   ip access-group MGMT in", "access_paths[ssh].sources = [192.0.2.7/32]"},
		{"limited in one VRF of two", "ip access-list MGMT\n   10 permit ip 192.0.2.0/26 any\nmanagement ssh\n   ip access-group MGMT vrf MGMT in\n   vrf MGMT\n      no shutdown", "access_paths[ssh].sources = absent"},
		{"limited in the only VRF", "ip access-list MGMT\n   10 permit ip 192.0.2.0/26 any\nmanagement ssh\n   ip access-group MGMT vrf MGMT in\n   shutdown\n   vrf MGMT\n      no shutdown", "access_paths[ssh].sources = [192.0.2.0/26]"},
		{"not defined", "management ssh\n   ip access-group MGMT in", "access_paths[ssh].sources = unknown: not_found"},
		{"lets everybody in", "ip access-list MGMT\n   10 permit ip any any\nmanagement ssh\n   ip access-group MGMT in", "access_paths[ssh].sources = absent"},
		{"IPv6 is open", "interface Management1\n   ipv6 address 2001:db8::1/64\nip access-list MGMT\n   10 permit ip 192.0.2.0/26 any\nmanagement ssh\n   ip access-group MGMT in", "access_paths[ssh].sources = unknown: not_understood"},
		{"the control plane is limited", "system control-plane\n   ip access-group CP in", "access_paths[ssh].sources = unknown: not_understood"},
		{"not limited", "", "access_paths[ssh].sources = absent"},
		{"api", "management api http-commands\n   no shutdown", "access_paths[api].enabled = true"},
		{"api over https", "management api http-commands\n   no shutdown", "access_paths[https].enabled = true  # default:"},
		{"api not over http", "management api http-commands\n   no shutdown", "access_paths[http].enabled = false  # default:"},
		{"api over http", "management api http-commands\n   protocol http\n   no shutdown", "access_paths[http].enabled = true"},
		{"api for the device alone", "management api http-commands\n   protocol http localhost\n   no shutdown", "access_paths[http].enabled = false"},
		{"api not mentioned", "", "access_paths[api].enabled = false  # default:"},
		{"api in a VRF", "management api http-commands\n   shutdown\n   vrf MGMT\n      no shutdown", "access_paths[api].enabled = true"},
		{"api limited", "ip access-list A\n   permit ip 192.0.2.0/26 any\nmanagement api http-commands\n   no shutdown\n   vrf default\n      shutdown\n   vrf MGMT\n      no shutdown\n      ip access-group A", "access_paths[https].sources = [192.0.2.0/26]"},
		{"gnmi", "management api gnmi\n   transport grpc default", "access_paths[grpc].enabled = true"},
		{"tacacs", "tacacs-server host 192.0.2.9 vrf MGMT key 7 x\naaa group server tacacs+ T\n   server 192.0.2.9 vrf MGMT\naaa authentication login default group T local", "auth_servers[192.0.2.9].uses = [authentication]"},
		{"console list", "aaa authentication login default group tacacs+\naaa authentication login console local", "access_paths[console].methods = [local]"},
		{"accounting", "aaa accounting commands all default start-stop group tacacs+ logging", "protections.command_accounting = true"},
		{"accounting of level 1", "aaa accounting commands 1 default start-stop logging", "protections.command_accounting = false"},
		{"length", "management security\n   password minimum length 12", "password_policies[local users].min_length = 12"},
		{"policy", "management security\n   password policy BANK\n      minimum digits 1\n      minimum upper 1\n      minimum length 14\nmanagement accounts\n   password policy BANK", "password_policies[BANK].required_classes = [digit, upper]"},
		{"policy not used", "management security\n   password policy BANK\n      minimum length 14", "password_policies[BANK].enforced = false"},
		{"lockout", "aaa authentication policy lockout failure 3 window 900 duration 1800", "lockout_policies[local users].duration = 30m"},
		{"no lockout", "", "lockout_policies[local users].attempts = absent"},
		{"community", "ip access-list standard NMS\n   10 permit 192.0.2.5/32\nsnmp-server community public ro NMS", "snmp_communities[community 1].sources = [192.0.2.5/32]"},
		{"snmp user", "snmp-server group G v3 priv\nsnmp-server user u G v3 localized f5 auth sha 0xab priv aes 0xcd", "snmp_users[u].priv = aes128"},
		{"syslog", "logging vrf MGMT host 192.0.2.9 1514 protocol tcp\nlogging trap informational", "log_targets[192.0.2.9:1514].protocol = tcp"},
		{"syslog without level", "logging host 192.0.2.9", "log_targets[192.0.2.9].everything = unknown: no_documented_default"},
		{"failed logins", "aaa authentication policy on-failure log", "audit_events[failed_logins].recorded = true"},
		{"ntp", "ntp server vrf MGMT 192.0.2.9 prefer", "time_sources[192.0.2.9].authenticated = false"},
		{"ntp key", "ntp authenticate\nntp authentication-key 2 sha1 7 x\nntp trusted-key 1-3,9\nntp server 192.0.2.9 key 2", "time_sources[192.0.2.9].authenticated = true"},
		{"banner", "banner login\nno management ssh\n!\nEOF", "access_paths[ssh].banner = true"},
		{"a banner is no configuration", "banner motd\nmanagement telnet\n   no shutdown\nEOF", "access_paths[telnet].enabled = false"},
		{"one policy for all", "management accounts\n   password policy P\nmanagement security\n   password minimum length 12\n   password policy P\n      minimum digits 1", "password_policies[P].min_length = 12"},
		{"a policy that is not applied", "management security\n   password policy P\n      minimum digits 1", "password_policies[local users].enforced = false"},
		{"a handler that copies", "event-handler SAVE\n   trigger on-startup-config\n   action bash FastCli -p 15 -c 'copy startup-config scp://op:x@192.0.2.60/y'", "saved.archives = [scp://192.0.2.60/y]"},
		{"a script", "event-handler SAVE\n   action bash /mnt/flash/save.sh", "saved.archives = unknown: not_understood: event-handler"},
		{"indentation lost", "management telnet\nno shutdown", "access_paths[telnet].enabled = unknown: truncated"},
		{"a banner that does not end", "banner motd\nwelcome", "accounts = unknown: truncated"},
		{"ssl profile", "management security\n   ssl profile P\n      tls versions 1.2 1.3", "tls_endpoints[ssl profile P].versions = [TLSv1.2, TLSv1.3]"},
		{"mlag", "mlag configuration\n   domain-id RACK1", "redundancy_groups[mlag RACK1].kind = mlag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, eos.Driver{}, whole(c.config))
			drivertest.Says(t, f, c.want)
		})
	}
}

func TestNoSecretLeaves(t *testing.T) {
	drivertest.NoSecret(t, eos.Driver{}, whole("enable secret 0 %s\nusername op role network-admin secret 0 %s\nsnmp-server community %s rw\nsnmp-server user u G v3 localized f5 auth sha %s priv aes %s\n"+
		"snmp-server host 192.0.2.1 version 2c %s\nradius-server host 192.0.2.1 key 7 %s\nntp authentication-key 1 md5 7 %s\naaa oddity key %s\naaa root secret 0 %s\nmanagement ssh\n   oddity password %s"), 2)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, eos.Driver{}, "show ") }

func BenchmarkTenThousandLines(b *testing.B) {
	drivertest.BenchmarkRead(b, eos.Driver{}, whole(drivertest.Interfaces()))
}
