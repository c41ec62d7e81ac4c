package rgos_test

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/rgos"
)

const running = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, rgos.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, rgos.Driver{}, driver.Command(running)) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, rgos.Driver{}, "accounts") }

// whole puts lines into a configuration that is whole.
func whole(lines string) string { return "version RGOS 11.4(1)B1\nhostname r1\n" + lines + "\nend\n" }

func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"release with a build", "", "platform.version = RGOS 11.4(1)B1"},
		{"no hostname", "no hostname", "platform.hostname = unknown: no_documented_default"},
		{"forever", "line vty 0 4\n exec-timeout 0 0", "session_policies[vty 0 4].idle_timeout = forever"},
		{"no exec-timeout line", "line con 0", "session_policies[con 0].idle_timeout = unknown: no_documented_default"},
		{"minutes alone", "line vty 0 35\n exec-timeout 5", "session_policies[vty 0 35].idle_timeout = 5m"},
		{"plain password", "username op password example", "accounts[op].password_scheme = plaintext"},
		{"type 7", "username op privilege 15 password 7 0822", "accounts[op].password_scheme = reversible"},
		{"secret", "username op secret 5 $1$x", "accounts[op].password_scheme = md5crypt"},
		{"secret 8", "enable secret 8 $8$x", "protections.enable_scheme = pbkdf2"},
		{"privilege on its own line", "username op password 7 0822\nusername op privilege 15", "accounts[op].privileged = true"},
		{"no privilege", "username op password 7 0822", "accounts[op].privileged = unknown: no_documented_default"},
		{"default password", "username ruijie password ruijie", "accounts[ruijie].default_password = true"},
		{"template", "username op password {{ secret }}", "accounts[op].password_scheme = unknown: not_understood"},
		{"web user", "webmaster level 0 username admin password 7 0822", "accounts[admin].services = [web]"},
		{"web user beside a user of that name", "username admin password 7 0822\nwebmaster level 0 username admin password 7 0822", "accounts[webmaster admin].services = [web]"},
		{"enable of another level", "enable secret level 14 5 $1$x", "protections.enable_scheme = absent"},
		{"no enable", "", "protections.enable_scheme = absent"},
		{"encryption off", "no service password-encryption", "protections.password_encryption = false"},
		{"encryption not mentioned", "", "protections.password_encryption = unknown: no_documented_default"},
		{"telnet not mentioned", "line vty 0 4\n login local", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"telnet off", "no enable service telnet-server\nline vty 0 4\n login local", "access_paths[telnet].enabled = false"},
		{"no line takes telnet", "line vty 0 4\n transport input ssh", "access_paths[telnet].enabled = false"},
		{"line takes telnet, the server is not mentioned", "line vty 0 4\n transport input telnet", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"telnet on", "enable service telnet-server\nline vty 0 4\n login local", "access_paths[telnet].enabled = true"},
		{"ssh on", "enable service ssh-server\nline vty 0 4\n login local", "access_paths[ssh].enabled = true"},
		{"ssh on, no line takes it", "enable service ssh-server\nline vty 0 4\n transport input telnet", "access_paths[ssh].enabled = false"},
		{"ssh limited", "enable service ssh-server\nip access-list standard 10\n permit host 192.0.2.7\nline vty 0 4\n access-class 10 in", "access_paths[ssh].sources = [192.0.2.7/32]"},
		{"one open line opens all", "enable service ssh-server\naccess-list 10 permit host 192.0.2.7\nline vty 0 4\n access-class 10 in\nline vty 5 35\n login local", "access_paths[ssh].sources = absent"},
		{"list lets everybody in", "enable service ssh-server\naccess-list 10 permit any\nline vty 0 4\n access-class 10 in", "access_paths[ssh].sources = absent"},
		{"list not defined", "enable service ssh-server\nline vty 0 4\n access-class MGMT in", "access_paths[ssh].sources = unknown: not_found"},
		{"web", "enable service web-server https", "access_paths[https].enabled = true"},
		{"web of one kind says nothing of the other", "enable service web-server https", "access_paths[http].enabled = unknown: no_documented_default"},
		{"web of all kinds", "enable service web-server all", "access_paths[https].enabled = true"},
		{"web off", "no enable service web-server", "access_paths[https].enabled = false"},
		{"agent off", "no enable service snmp-agent\nsnmp-server community x ro", "access_paths[snmp].enabled = false"},
		{"agent on by a community", "snmp-server community x ro", "access_paths[snmp].enabled = true"},
		{"community", "snmp-server community public rw", "snmp_communities[community 1].default_name = true"},
		{"community encrypted", "snmp-server community 7 08220a ro", "snmp_communities[community 1].default_name = unknown: not_understood"},
		{"community encrypted, access", "snmp-server community 7 08220a rw", "snmp_communities[community 1].access = rw"},
		{"v3 user", "snmp-server group G v3 auth\nsnmp-server user u G v3 auth md5 x priv des56 y", "snmp_users[u].priv = des"},
		{"policy", "password policy min-size 12", "password_policies[local users].min_length = 12"},
		{"policy strong", "password policy strong", "password_policies[local users].required_classes = unknown: no_documented_default"},
		{"policy age", "password policy life-cycle 30", "password_policies[local users].max_age = 30d"},
		{"lockout", "aaa new-model\naaa local authentication attempts 4", "lockout_policies[local users].attempts = 4"},
		{"lockout not configured", "", "lockout_policies[local users].attempts = unknown: no_documented_default"},
		{"lockout time has no certain unit", "aaa local authentication lockout-time 15", "lockout_policies[local users].duration = unknown: no_documented_default"},
		{"syslog", "logging server 192.0.2.9 udp-port 1514\nlogging trap warnings", "log_targets[192.0.2.9:1514].everything = false"},
		{"syslog, old form", "logging 192.0.2.9", "log_targets[192.0.2.9].address = 192.0.2.9"},
		{"sntp", "sntp enable\nsntp server 192.0.2.9", "time_sources[192.0.2.9].authenticated = false"},
		{"ntp key", "ntp authenticate\nntp authentication-key 2 md5 x\nntp trusted-key 2\nntp server 192.0.2.9 key 2", "time_sources[192.0.2.9].authenticated = true"},
		{"radius", "radius-server host 192.0.2.9 key 7 0822\naaa new-model\naaa authentication login default group radius local", "auth_servers[192.0.2.9].uses = [authentication]"},
		{"login local", "line vty 0 4\n login local", "access_paths[vty 0 4].methods = [local]"},
		{"no login", "line vty 0 4\n no login", "access_paths[vty 0 4].authenticated = false"},
		{"line password", "line vty 0 4\n login\n password 7 0822", "access_paths[vty 0 4].methods = [line-password]"},
		{"default list", "aaa new-model\naaa authentication login default local none\nline vty 0 4", "access_paths[vty 0 4].authenticated = false"},
		{"accounting", "aaa new-model\naaa accounting commands 15 default start-stop group tacacs+", "protections.command_accounting = true"},
		{"command log", "logging userinfo command-log", "protections.command_accounting = true"},
		{"stack", "switch virtual domain 1", "redundancy_groups[stack].kind = stack"},
		{"a banner is no configuration", "banner motd @\nno enable service ssh-server\n@\nenable service ssh-server\nline vty 0 4\n login local", "access_paths[ssh].enabled = true"},
		{"echo and prompt", "r1#show run\n!", "accounts = complete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := whole(c.config)
			if c.name == "no hostname" {
				config = "version RGOS 11.4(1)B1\nend\n"
			}
			f, _ := drivertest.Read(t, rgos.Driver{}, config)
			drivertest.Says(t, f, c.want)
		})
	}
}

func TestNoSecretLeaves(t *testing.T) {
	drivertest.NoSecret(t, rgos.Driver{}, whole("enable secret 0 %s\nusername op privilege 15 password 0 %s\nwebmaster level 0 username admin password %s\nsnmp-server community %s rw\nsnmp-server community 7 %s ro\n"+
		"snmp-server host 192.0.2.1 %s\nradius-server host 192.0.2.1 key 7 %s\nntp authentication-key 1 md5 %s\naaa oddity key %s\nline vty 0 4\n password %s\n oddity password %s"), 2)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, rgos.Driver{}, "show ") }

func BenchmarkTenThousandLines(b *testing.B) {
	drivertest.BenchmarkRead(b, rgos.Driver{}, whole(drivertest.Interfaces()))
}
