package ciscoios_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscoios"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

const running = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, ciscoios.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, ciscoios.Driver{}, driver.Command(running)) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, ciscoios.Driver{}, "accounts") }

// whole puts lines into a configuration that is whole.
func whole(lines string) string { return "version 15.2\nhostname r1\n" + lines + "\nend\n" }

func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"forever", "line vty 0 4\n exec-timeout 0 0\n transport input ssh", "session_policies[vty 0 4].idle_timeout = forever"},
		{"no exec-timeout", "line con 0\n no exec-timeout", "session_policies[con 0].idle_timeout = forever"},
		{"odd timeout", "line con 0\n exec-timeout soon", "session_policies[con 0].idle_timeout = unknown: not_understood"},
		{"seconds", "line con 0\n exec-timeout 0 30", "session_policies[con 0].idle_timeout = 30s"},
		{"indentation lost", "line vty 0 4\nexec-timeout 5 0\ntransport input ssh", "session_policies[vty 0 4].idle_timeout = 5m"},
		{"line indented", "ip dhcp pool x\n network 10.0.0.0 255.0.0.0\n line vty 0 4\n transport input telnet", "access_paths[telnet].enabled = true"},
		{"one line open opens all", "access-list 9 permit 10.1.0.0 0.0.255.255\nline vty 0 4\n access-class 9 in\n transport input ssh\nline vty 5 15\n transport input ssh", "access_paths[ssh].sources = absent"},
		{"a line that takes nothing does not", "access-list 9 permit 10.1.0.0 0.0.255.255\nline vty 0 4\n access-class 9 in\n transport input ssh\nline vty 5 15\n transport input none", "access_paths[ssh].sources = [10.1.0.0/16]"},
		{"list lets everybody in", "access-list 9 deny host 10.0.0.1\naccess-list 9 permit any\nline vty 0 4\n access-class 9 in\n transport input ssh", "access_paths[vty 0 4].sources = absent"},
		{"wildcard any", "access-list 9 permit 0.0.0.0 255.255.255.255\nline vty 0 4\n access-class 9 in\n transport input ssh", "access_paths[ssh].sources = absent"},
		{"list not defined", "line vty 0 4\n access-class MGMT in\n transport input ssh", "access_paths[ssh].sources = unknown: not_found"},
		{"named list", "ip access-list standard MGMT\n 10 permit 10.9.0.0 0.0.0.255\nline vty 0 4\n access-class MGMT in vrf-also\n transport input ssh", "access_paths[ssh].sources = [10.9.0.0/24]"},
		{"extended, any to ssh", "ip access-list extended M\n permit tcp any any eq 22\nline vty 0 4\n access-class M in\n transport input ssh", "access_paths[ssh].sources = absent"},
		{"object group", "ip access-list extended M\n permit tcp object-group A any\nline vty 0 4\n access-class M in\n transport input ssh", "access_paths[ssh].sources = unknown: not_understood"},
		{"IPv6 is open", "interface Vlan1\n ipv6 address 2001:db8::1/64\naccess-list 9 permit 10.1.0.1\nline vty 0 4\n access-class 9 in\n transport input ssh", "access_paths[ssh].sources = [10.1.0.1/32, ::/0]"},
		{"a server that only its group names", "aaa new-model\naaa group server tacacs+ T\n server 192.0.2.7\naaa authentication login default group T", "auth_servers[192.0.2.7].protocol = tacacs"},
		{"IPv6 is open, indentation lost", "interface Vlan1\nipv6 address 2001:db8::1/64\naccess-list 9 permit 10.1.0.1\nline vty 0 4\naccess-class 9 in\ntransport input ssh", "access_paths[ssh].sources = [10.1.0.1/32, ::/0]"},
		{"outwards is no limit", "access-list 9 permit 10.1.0.1\nline vty 0 4\n access-class 9 out\n transport input ssh", "access_paths[ssh].sources = absent"},
		{"no transport", "line vty 0 4\n login", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"all transports", "line vty 0 4\n transport input all", "access_paths[telnet].enabled = true"},
		{"ssh only", "line vty 0 4\n transport input ssh", "access_paths[telnet].enabled = false"},
		{"secret beats password", "enable secret 9 $9$x\nenable password 7 0822", "protections.enable_scheme = scrypt"},
		{"no enable", "", "protections.enable_scheme = absent"},
		{"enable plain", "enable password example", "protections.enable_scheme = plaintext"},
		{"enable of another level", "enable secret level 5 5 $1$x", "protections.enable_scheme = absent"},
		{"enable level 15", "enable secret level 15 5 $1$x", "protections.enable_scheme = md5crypt"},
		{"template", "enable secret {{ secret }}", "protections.enable_scheme = unknown: not_understood"},
		{"nopassword", "username op privilege 1 nopassword", "accounts[op].password_state = empty"},
		{"type 7", "username op privilege 15 password 7 0822", "accounts[op].password_scheme = reversible"},
		{"type 8", "username op secret 8 $8$x", "accounts[op].password_scheme = pbkdf2"},
		{"plain", "username op password 0 example", "accounts[op].password_scheme = plaintext"},
		{"password that looks like a keyword", "username op password privilege 15", "accounts[op].password_scheme = unknown: not_understood"},
		{"two lines", "username op privilege 15\nusername op secret 5 $1$x", "accounts[op].privileged = true"},
		{"the line's privilege", "username op secret 5 $1$x\nline vty 0 4\n privilege level 15\n transport input ssh", "accounts[op].privileged = true"},
		{"default password", "username cisco password 0 cisco", "accounts[cisco].default_password = true"},
		{"lockout", "aaa new-model\naaa local authentication attempts max-fail 5", "lockout_policies[local users].attempts = 5"},
		{"lockout spares admins", "aaa new-model\naaa local authentication attempts max-fail 5", "lockout_policies[local users].covers_admins = false"},
		{"no lockout", "aaa new-model", "lockout_policies[local users].attempts = absent"},
		{"login block", "login block-for 1800 attempts 5 within 300", "lockout_policies[login].duration = 30m"},
		{"min length", "security passwords min-length 10", "password_policies[local users].min_length = 10"},
		{"common criteria", "aaa common-criteria policy BANK\n min-length 12\n numeric-count 1\n upper-case 1\n special-case 0\nusername op common-criteria-policy BANK secret 9 $9$x", "password_policies[BANK].required_classes = [upper, digit]"},
		{"common criteria not used", "aaa common-criteria policy BANK\n min-length 12\nusername op secret 9 $9$x", "password_policies[BANK].enforced = false"},
		{"common criteria of everybody", "aaa common-criteria policy BANK\n numeric-count 1\nsecurity passwords min-length 12\nusername op common-criteria-policy BANK secret 9 $9$x", "password_policies[BANK].min_length = 12"},
		{"common criteria of some", "aaa common-criteria policy BANK\n min-length 12\nusername op common-criteria-policy BANK secret 9 $9$x\nusername po secret 9 $9$x", "password_policies[local users].enforced = false"},
		{"accounting", "aaa new-model\naaa accounting commands 15 default start-stop group tacacs+", "protections.command_accounting = true"},
		{"accounting of none", "aaa new-model\naaa accounting commands 15 default none", "protections.command_accounting = false"},
		{"accounting not applied", "aaa new-model\naaa accounting commands 15 A start-stop group tacacs+\nline vty 0 4\n transport input ssh", "protections.command_accounting = false"},
		{"configuration log", "archive\n log config\n  logging enable", "protections.command_accounting = true"},
		{"no default list", "aaa new-model\nline con 0", "access_paths[con 0].authenticated = unknown: no_documented_default"},
		{"falls back to none", "aaa new-model\naaa authentication login default group tacacs+ none\nline vty 0 4\n transport input ssh", "access_paths[ssh].authenticated = false"},
		{"group by name", "aaa new-model\naaa group server tacacs+ G\n server name T1\ntacacs server T1\n address ipv4 192.0.2.9\naaa authentication login default group G local", "auth_servers[192.0.2.9].uses = [authentication]"},
		{"community", "snmp-server community public RO", "snmp_communities[community 1].sources = absent"},
		{"community with list", "access-list 5 permit 192.0.2.5\nsnmp-server community x view v RW 5", "snmp_communities[community 1].sources = [192.0.2.5/32]"},
		{"no snmp", "no snmp-server", "access_paths[snmp].enabled = false"},
		{"v3 users do not show", "snmp-server group G v3 priv", "snmp_users = unknown: not_asked"},
		{"syslog", "logging host 192.0.2.1 vrf M transport tcp port 1514\nlogging trap warnings", "log_targets[192.0.2.1:1514].everything = false"},
		{"syslog stopped", "logging 192.0.2.1\nno logging on", "log_targets[192.0.2.1:514].everything = false"},
		{"buffer", "logging buffered 64000 informational", "log_stores[buffer].max_bytes = 64000"},
		{"timestamps", "no service timestamps log uptime", "protections.log_timestamps = none"},
		{"ntp key", "ntp authenticate\nntp authentication-key 3 md5 x 7\nntp trusted-key 3\nntp server 192.0.2.2 key 3", "time_sources[192.0.2.2].authenticated = true"},
		{"ntp key not trusted", "ntp authenticate\nntp authentication-key 3 md5 x 7\nntp server 192.0.2.2 key 3", "time_sources[192.0.2.2].authenticated = false"},
		{"ntp vrf", "ntp server vrf Mgmt 192.0.2.2", "time_sources[192.0.2.2].kind = server"},
		{"zone firewall", "zone security in\nclass-map type inspect match-any C\npolicy-map type inspect P\n class type inspect C\n  inspect\n class class-default\n  drop\nzone-pair security Z source in destination out\n service-policy type inspect P", "protections.stateful = true"},
		{"acl that accepts all", "access-list 101 permit ip any any\ninterface Gi1\n ip access-group 101 in", `packet_filters[acl 101 inbound Gi1].default_action = accept`},
		{"acl of IOS-XE", "platform qfp utilization monitor load 80\naccess-list 101 permit tcp any any eq 22\ninterface Gi1\n ip access-group 101 in", "packet_filters[acl 101 inbound Gi1].default_action = unknown: no_documented_default"},
		{"acl that refuses the rest", "platform qfp utilization monitor load 80\naccess-list 101 permit tcp any any eq 22\naccess-list 101 deny ip any any log\ninterface Gi1\n ip access-group 101 in", "packet_filters[acl 101 inbound Gi1].default_action = drop"},
		{"vrrp", "interface Vlan10\n vrrp 1 ip 192.0.2.1", "redundancy_groups[vrrp 1 Vlan10].kind = vrrp"},
		{"static arp", "arp 192.0.2.7 0011.2233.4455 arpa", "address_bindings[192.0.2.7].mac = 0011.2233.4455"},
		{"archive", "archive\n path scp://u:example@192.0.2.9/cfg", "saved.archives = [scp://192.0.2.9/cfg]"},
		{"saved", "! Last configuration change at 10:00:00 CST Mon Mar 2 2026 by op\n! NVRAM config last updated at 09:00:00 CST Mon Mar 2 2026 by op", "saved.running_is_saved = false"},
		{"a banner is no configuration", "banner motd ^C\nline vty 0 4\n transport input telnet\nno ip http server\n^C\nline vty 0 4\n transport input ssh", "access_paths[telnet].enabled = false"},
		{"a certificate is no configuration", "crypto pki certificate chain X\n certificate self-signed 01\n  3082 0001\n  \tquit\nip http secure-server", "access_paths[https].enabled = true"},
		{"a line in two sections", "line vty 0 4\n no login\nline vty 0 4\n transport input ssh", "access_paths[ssh].authenticated = false"},
		{"accounting of none, long form", "aaa new-model\naaa accounting commands 15 default\n action-type none", "protections.command_accounting = false"},
		{"web by aaa that is off", "no aaa new-model\nip http server\nip http authentication aaa", "access_paths[http].methods = unknown: no_documented_default"},
		{"web limited", "access-list 7 permit 192.0.2.0 0.0.0.255\nip http server\nip http access-class 7", "access_paths[http].sources = [192.0.2.0/24]"},
		{"web not mentioned", "", "access_paths[http].enabled = unknown: no_documented_default"},
		{"a banner that does not end", "no ip http server\nbanner motd #welcome", "accounts = unknown: truncated"},
		{"small servers", "", "services[tcp-small-servers].enabled = false"},
		{"a release that no document names", "version 19.1", "session_policies = complete"},
		{"documented idle time", "version 12.4\nline con 0", "session_policies[con 0].idle_timeout = 10m  # default: "},
		{"idle time of a release that no document speaks of", "line con 0", "session_policies[con 0].idle_timeout = unknown: no_documented_default"},
		{"finger", "", "services[finger].enabled = false  # default: "},
		{"no default for IOS-XE", "version 16.9\nplatform qfp utilization monitor load 80", "services[finger].enabled = unknown: no_documented_default"},
		{"no default for it", "", "protections.password_encryption = unknown: no_documented_default"},
		{"the agent needs a line", "", "access_paths[snmp].enabled = false  # default: "},
		{"trap not set", "logging host 192.0.2.1", "log_targets[192.0.2.1:514].everything = unknown: no_documented_default"},
		{"class default drops", "zone security in\nclass-map type inspect match-any C\npolicy-map type inspect P\n class type inspect C\n  inspect\n class class-default\n  drop\nzone-pair security Z source in destination out\n service-policy type inspect P", "packet_filters[zone-pair Z].default_action = drop"},
		{"console without login", "line con 0\n password x", "access_paths[con 0].authenticated = unknown: no_documented_default"},
		{"no exec", "line aux 0\n no exec", "access_paths[aux 0].enabled = false"},
		{"modem", "line aux 0\n modem InOut", "protections.dial_in = true"},
		{"IOS-XE", "platform qfp utilization monitor load 80", "platform.os = iosxe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, ciscoios.Driver{}, whole(c.config))
			drivertest.Says(t, f, c.want)
		})
	}
}

// The other router of a group is there if the group's line names it; what the line does not tell is unknown.
func TestStandby(t *testing.T) {
	config := whole("interface GigabitEthernet0/0\n standby 1 ip 192.0.2.1\ninterface Vlan20\n standby 20 ip 198.51.100.1\ninterface Vlan30\n standby 30 ip 198.51.100.129\ninterface Vlan40\n standby 40 ip 203.0.113.1")
	show := "Interface   Grp  Pri P State   Active          Standby         Virtual IP\n" +
		"Gi0/0       1    120 P Active  local           unknown         192.0.2.1\nVl20\n            20   90    Standby 198.51.100.3    local           198.51.100.1\nVl30        30   90    Init    unknown         unknown         198.51.100.129\n"
	r, err := ciscoios.Driver{}.Read([]*pluginpb.Answer{
		{Question: driver.Command(running), Body: []byte(config), Complete: true}, {Question: driver.Command("show standby brief"), Body: []byte(show), Complete: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	flat := facts.Flat(r.GetFacts())
	for _, want := range []string{
		"redundancy_groups[hsrp 1 GigabitEthernet0/0].peer_present = false  # show standby brief:2", "redundancy_groups[hsrp 20 Vlan20].peer_present = true  # show standby brief:4",
		"redundancy_groups[hsrp 30 Vlan30].peer_present = unknown: not_found: state Init", "redundancy_groups[hsrp 40 Vlan40].peer_present = unknown: not_found: hsrp 40",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("want %s", want)
		}
	}
}

func TestNoSecretLeaves(t *testing.T) {
	drivertest.NoSecret(t, ciscoios.Driver{}, whole("enable secret 0 %s\nusername op privilege 15 password 0 %s\nsnmp-server community %s RW\nsnmp-server host 192.0.2.1 %s\nradius-server host 192.0.2.1 key 7 %s\n"+
		"ntp authentication-key 1 md5 %s 7\naaa oddity key %s\narchive\n path ftp://op:%s@192.0.2.1/x\nline vty 0 4\n password %s\n oddity password %s\n transport input ssh"), 2)
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, ciscoios.Driver{}, "show ") }

func TestLong(t *testing.T) {
	if f, _ := drivertest.Read(t, ciscoios.Driver{}, whole(drivertest.Interfaces())); len(f.GetInterfaces().GetItems()) != 2500 {
		t.Errorf("%d interfaces, want 2500", len(f.GetInterfaces().GetItems()))
	}
}

func BenchmarkTenThousandLines(b *testing.B) {
	drivertest.BenchmarkRead(b, ciscoios.Driver{}, whole(drivertest.Interfaces()))
}
