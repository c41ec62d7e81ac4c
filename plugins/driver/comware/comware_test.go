package comware_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/comware"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
)

const showConfig = "display current-configuration"

func TestCases(t *testing.T) { drivertest.Run(t, comware.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, comware.Driver{}, "accounts") }

// Every prefix of a configuration, although its answer looks whole, proves no absence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "#\n version 7.1.045, Release 2432\n#\n sysname A\n#\nline vty 0 4\n authentication-mode scheme\n#\n header login %\nhello\n%\n#\nlocal-user x class manage\n password simple y\n service-type ssh\n#\nreturn\n"
	drivertest.Prefixes(t, comware.Driver{}, config, "accounts")
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	const head5, head7 = "#\n version 5.20, Release 1513\n#\n sysname A\n#\n", "#\n version 7.1.045, Release 2432\n#\n sysname A\n#\n"
	for _, c := range []struct{ name, config, want string }{
		{"console that never ends a session", head7 + "line aux 0\n idle-timeout 0 0\n", "session_policies[aux 0].idle_timeout = forever"},
		{"idle time of the class", head7 + "line class vty\n idle-timeout 3 0\n#\nline vty 0 4\n user-role x\n", "session_policies[vty 0 4].idle_timeout = 3m"},
		{"default idle time", head5 + "user-interface vty 0 4\n authentication-mode scheme\n", "session_policies[vty 0 4].idle_timeout = 10m  # default: "},
		{"no default in FIPS mode", head7 + " fips mode enable\n#\nline vty 0 4\n user-role x\n", "session_policies[vty 0 4].idle_timeout = unknown: no_documented_default"},
		{"mode of the class gives way to the line's protocols", head7 + "line class vty\n authentication-mode none\n#\nline vty 0 4\n protocol inbound ssh\n", "access_paths[vty 0 4].methods = [line-password]  # default: "},
		{"list that lets everybody in", head5 + "user-interface vty 0 4\n acl 2000 inbound\n#\nacl number 2000\n rule 0 permit\n", "access_paths[vty 0 4].sources = absent"},
		{"list that is not there", head7 + " ssh server acl 2222\n", "access_paths[ssh].sources = unknown: not_found: acl 2222"},
		{"list without a rule", head7 + " telnet server acl 2001\n#\nacl basic 2001\n", "access_paths[telnet].sources = unknown: no_documented_default: acl 2001: no rule"},
		{"telnet off by default", head7, "access_paths[telnet].enabled = false  # default: "},
		{"telnet of Comware 5", head5, "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"user without a password", head7 + "local-user a class manage\n service-type ssh\n", "accounts[a].password_state = empty"},
		{"password not shown under password control", head7 + " password-control enable\n#\nlocal-user a class manage\n service-type ssh\n", "accounts[a].password_state = unknown: not_asked: password-control"},
		{"shortened word before a password", head7 + "local-user a class manage\n password sim abc\n service-type ssh\n", "accounts[a].password_scheme = plaintext"},
		{"redacted password", head7 + "local-user a class manage\n password hash <secret hidden>\n service-type ssh\n", "accounts[a].password_state = unknown: not_understood: redacted"},
		{"level 15", head7 + "local-user a class manage\n authorization-attribute user-role level-15\n", "accounts[a].privileged = true"},
		{"role of the site that may write", head7 + "role name r\n rule 1 permit read write feature\n#\nlocal-user a class manage\n authorization-attribute user-role r\n", "accounts[a].privileged = unknown: not_understood: role r"},
		{"network user", head7 + "local-user a class network\n service-type lan-access\n", "accounts[a].login_enabled = false"},
		{"lock without end", head7 + " password-control enable\n password-control login-attempt 4 exceed lock\n", "lockout_policies[password-control].duration = forever"},
		{"lock that does not lock", head7 + " password-control enable\n password-control login-attempt 4 exceed unlock\n", "lockout_policies[password-control].attempts = absent"},
		{"lock without password control", head7 + " password-control login-attempt 4 exceed lock\n", "lockout_policies[password-control].attempts = unknown: conflict"},
		{"defaults of password control", head7 + " password-control enable\n", "password_policies[local users].min_length = 10  # default: "},
		{"length not asked for", head7 + " password-control enable\n undo password-control length enable\n", "password_policies[local users].min_length = 4"},
		{"role as community's right", head7 + " snmp-agent\n snmp-agent community simple abc user-role network-admin\n", "snmp_communities[community 1].access = rw"},
		{"user of version 2c", head7 + " snmp-agent\n snmp-agent group v2c g read-view v\n snmp-agent usm-user v2c abc g\n", "snmp_communities[community 1].access = ro"},
		{"domain without proof", head7 + "line vty 0 4\n authentication-mode scheme\n#\ndomain system\n authentication login none\n", "access_paths[vty 0 4].authenticated = false"},
		{"message of the day", head7 + " header motd %keep out%\n ssh server enable\n", "access_paths[ssh].banner = true"},
		{"what greets a shell", head7 + " header shell %welcome%\n ssh server enable\n", "access_paths[ssh].banner = false"},
		{"TLS spoken of whole", head7 + " ssl version ssl3.0 disable\n undo ssl version tls1.0 disable\n ssl version tls1.1 disable\n ip https enable\n", "access_paths[https].versions = [TLSv1.0, TLSv1.2]"},
		{"TLS spoken of in part", head7 + " undo ssl version tls1.0 disable\n ip https enable\n", "access_paths[https].versions = unknown: no_documented_default"},
		{"neither says whether the API encrypts", head7, "access_paths[api].encrypted = unknown: no_documented_default"},
		{"notice on one line", head7 + " header login %keep out%\n ssh server enable\n", "access_paths[ssh].banner = true"},
		{"NTP switched off", head7 + " undo ntp-service enable\n ntp-service unicast-server 10.0.0.1\n", "time_sources[10.0.0.1].selected = false"},
		{"SOAP over HTTP", head7 + " netconf soap http enable\n", "access_paths[api].encrypted = false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := drivertest.Read(t, comware.Driver{}, c.config+"#\nreturn\n")
			drivertest.Says(t, f, c.want)
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		" snmp-agent community read %s", " snmp-agent community write cipher %s acl 2000", " snmp-agent community simple %s user-role x", " snmp-agent usm-user v2c %s g",
		" snmp-agent usm-user v3 u g cipher authentication-mode sha %s privacy-mode aes128 %s", " snmp-agent usm-user v3 w g authentication-mode sha %s", " snmp-agent unheard community read cipher %s",
		" snmp-agent target-host trap address udp-domain 10.0.0.1 params securityname %s v2c", " super password level 3 cipher %s", " super password role network-admin hash %s",
		" ntp-service authentication-keyid 1 authentication-mode md5 cipher %s", " ssh server strange cipher %s", " password-control strange password %s",
		"local-user u class manage\n password simple %s\n strange password %s", "local-user w class manage\n password sim %s\n service-type ssh", "radius scheme R\n primary authentication 10.0.0.1 key cipher %s\n key authentication %s",
		"hwtacacs scheme T\n key authentication simple %s", "line vty 0 4\n authentication-mode password\n set authentication password hash %s\n strange password simple %s",
	}
	f, _ := drivertest.NoSecret(t, comware.Driver{}, "#\n version 7.1.070, Release 6530\n#\n sysname A\n#\n"+strings.Join(lines, "\n#\n")+"\n#\nreturn\n", 1)
	if n := len(f.GetSnmpCommunities().GetItems()); n != 4 {
		t.Errorf("%d communities, want 4", n)
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, comware.Driver{}, "display ") }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, comware.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("#\n version 7.1.070, Release 6530\n#\n sysname A\n#\nacl advanced 3000\n")
	for i := range 1000 {
		fmt.Fprintf(&s, " rule %d permit tcp source 10.%d.%d.0 0.0.0.255 destination-port eq 443\n", i, i/256, i%256)
	}
	for i := range 1500 {
		fmt.Fprintf(&s, "#\ninterface GigabitEthernet1/0/%d\n description port %d\n port link-mode bridge\n port access vlan 10\n packet-filter 3000 inbound\n", i, i)
	}
	s.WriteString("#\nreturn\n")
	drivertest.BenchmarkRead(b, comware.Driver{}, s.String())
}
