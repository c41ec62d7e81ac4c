package junos_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/junos"
)

const showConfig = "show configuration"

func TestCases(t *testing.T) { drivertest.Run(t, junos.Driver{}) }

func TestTruncation(t *testing.T) { drivertest.Cut(t, junos.Driver{}, "accounts") }

// Every prefix of a configuration in braces, although its answer looks whole, proves no absence: a brace is open.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "version 20.4R3.8;\nsystem {\n    host-name A;\n    login {\n        user x {\n            class super-user;\n        }\n    }\n    services {\n        ssh;\n    }\n}\ninterfaces {\n    fxp0;\n}\n"
	drivertest.Prefixes(t, junos.Driver{}, config, "accounts")
}

// lo0 gives a configuration whose loopback interface has a filter of these terms.
func lo0(terms string) string {
	return "version 20.4R3.8;\nsystem { host-name A; services { ssh; telnet; } }\ninterfaces { lo0 { unit 0 { family inet { filter { input P; } address 10.0.0.1/32; } } } }\n" +
		"policy-options { prefix-list M { 10.9.0.0/16; } prefix-list E; prefix-list A { apply-path \"x\"; } }\nfirewall { family inet { filter P { " + terms + " } } }\n"
}

func TestFacts(t *testing.T) {
	const head = "set version 20.4R3.8\nset system host-name A\nset interfaces fxp0 unit 0\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"filter limits": {lo0(`term a { from { source-prefix-list { M; } destination-port ssh; } then accept; } term b { from { protocol tcp; destination-port [ 22 telnet ]; } then { discard; } } term c { then accept; }`),
			[]string{"access_paths[ssh].sources = [10.9.0.0/16]", "access_paths[telnet].sources = []"}},
		"filter ends in nothing":   {lo0(`term a { from { source-address { 10.1.0.0/16; 10.1.9.0/24 except; } protocol tcp; } then accept; }`), []string{"access_paths[ssh].sources = [10.1.0.0/16]"}},
		"filter lets all in":       {lo0(`term a { from { source-prefix-list { M; } } then accept; } term c { then { count x; } }`), []string{"access_paths[ssh].sources = absent"}},
		"everybody by address":     {lo0(`term a { from { source-address { 0.0.0.0/0; } destination-port 22; } then accept; }`), []string{"access_paths[ssh].sources = absent"}},
		"any source port":          {lo0(`term a { from { source-port 53; } then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"established only":         {lo0(`term e { from { protocol tcp; tcp-established; } then accept; } term a { from { source-prefix-list { M; } } then accept; }`), []string{"access_paths[ssh].sources = [10.9.0.0/16]"}},
		"list not defined":         {lo0(`term a { from { source-prefix-list { NONE; } } then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"list from elsewhere":      {lo0(`term a { from { source-prefix-list { A; } } then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"inactive condition":       {lo0(`term a { from { source-prefix-list { inactive: M; } destination-port 22; } then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"all but some are refused": {lo0(`term a { from { source-address { 0.0.0.0/0; } source-prefix-list { M except; } protocol tcp; destination-port [ ssh telnet ]; } then discard; } term b { then accept; }`), []string{"access_paths[ssh].sources = [10.9.0.0/16]"}},
		"some are refused":         {lo0(`term a { from { source-address { 10.0.0.0/8; } } then discard; } term b { then accept; }`), []string{"access_paths[ssh].sources = absent"}},
		"exceptions alone":         {lo0(`term a { from { source-prefix-list { M except; } destination-port ssh; } then discard; } term b { then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"either address":           {lo0(`term a { from { address { 10.0.0.0/8; } } then accept; }`), []string{"access_paths[ssh].sources = unknown"}},
		"next term":                {lo0(`term a { from { destination-port 22; } then { count c; next term; } } term b { then discard; }`), []string{"access_paths[ssh].sources = []"}},
		"filter not defined":       {"version 20.4;\nsystem { services { ssh; } }\ninterfaces { lo0 { unit 0 { family inet { filter { input GONE; } } } } }\n", []string{"access_paths[ssh].sources = unknown"}},
		"no filter":                {head + "set system services ssh\nset interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n", []string{"access_paths[ssh].sources = absent", "access_paths[telnet].enabled = false"}},
		"IPv6 beside the filter":   {lo0(`term a { from { source-prefix-list { M; } } then accept; }`) + "interfaces { ge-0/0/1 { unit 0 { family inet6 { address 2001:db8::1/64; } } } }\n", []string{"access_paths[ssh].sources = unknown"}},
		"edge filters": {head + "set system services ssh\nset interfaces vlan unit 1 family inet filter input F\nset interfaces vlan unit 1 family inet address 10.0.0.1/24\nset firewall family inet filter F term a from source-address 10.2.0.0/16\nset firewall family inet filter F term a then accept\n",
			[]string{"access_paths[ssh].sources = [10.2.0.0/16]"}},
		"zones": {head + "set system services ssh\nset security zones security-zone trust interfaces ge-0/0/1.0\nset security zones security-zone trust host-inbound-traffic system-services all\nset security zones security-zone wan interfaces ge-0/0/2.0\n",
			[]string{"access_paths[ssh].sources = unknown", "protections.default_action_deny = true", "platform.kind = firewall"}},
		"deactivated": {head + "set system services telnet\nset system services ssh root-login deny\ndeactivate system services telnet\n", []string{"access_paths[telnet].enabled = false", "access_paths[ssh].admin_login = no"}},
		"deleted":     {head + "set system services telnet\ndelete system services telnet\n", []string{"access_paths[telnet].enabled = false"}},
		"groups": {"version 19.1;\ninterfaces { fxp0; }\ngroups { G { system { services { telnet; ssh { root-login allow; } } ntp { server 10.0.0.9; } } } UNUSED { system { services { ftp; } } } }\napply-groups [ G ];\nsystem { host-name A; services { ssh { root-login deny; } } }\n",
			[]string{"access_paths[telnet].enabled = true", "access_paths[ssh].admin_login = no", "access_paths[ftp].enabled = false", "time_sources[10.0.0.9].authenticated = false"}},
		"groups not applied":    {"version 19.1;\ninterfaces { fxp0; }\ngroups { G { system { services { telnet; } } } }\nsystem { host-name A; apply-groups-except G; }\n", []string{"access_paths[telnet].enabled = false"}},
		"group that is missing": {"version 19.1;\ninterfaces { fxp0; }\napply-groups GONE;\nsystem { host-name A; services { ssh; } }\n", []string{"access_paths[telnet].enabled = unknown", "access_paths[ssh].enabled = true", "accounts = unknown"}},
		"group by pattern": {"version 19.1;\ninterfaces { fxp0; }\ngroups { G { interfaces { <ge-*> { unit <*> { family inet { filter { input F; } } } } } } }\napply-groups G;\ninterfaces { ge-0/0/1 { unit 0 { family inet { address 10.0.0.1/24; } } } }\nsystem { host-name A; }\n",
			[]string{"interfaces[ge-0/0/1.0].filter_in = F"}},
		"lockout":              {head + "set system login retry-options tries-before-disconnect 4\nset system login retry-options lockout-period 30\n", []string{"lockout_policies[ssh and telnet].attempts = 4", "lockout_policies[ssh and telnet].duration = 30m"}},
		"tries without a lock": {head + "set system login retry-options tries-before-disconnect 4\n", []string{"lockout_policies[ssh and telnet].attempts = absent"}},
		"password rules": {head + "set system login password minimum-length 12\nset system login password change-type character-sets\nset system login password minimum-changes 3\nset system login password format sha512\nset system login password minimum-upper-cases 1\n",
			[]string{"password_policies[local users].min_length = 12", "password_policies[local users].min_classes = 3", "password_policies[local users].scheme = sha512crypt", "password_policies[local users].required_classes = [upper]"}},
		"idle": {head + "set system login class ops idle-timeout 10\nset system login class ops permissions all\nset system login user u class ops\nset system login user u authentication encrypted-password \"$5$x$y\"\n",
			[]string{"session_policies[cli class ops].idle_timeout = 10m", "accounts[u].privileged = true", "accounts[u].password_scheme = sha256crypt", "session_policies[cli root].idle_timeout = forever"}},
		"idle for all":                {head + "set system login idle-timeout 5\nset system login user u class super-user\n", []string{"session_policies[cli class super-user].idle_timeout = 5m", "accounts[u].password_state = none", "accounts[u].login_enabled = false"}},
		"template":                    {"system {\n host-name {{ name }};\n services { ssh; }\n root-authentication { encrypted-password \"{{ hash }}\"; }\n}\nversion 20.1;\ninterfaces { fxp0; }\n", []string{"platform.hostname = unknown", "accounts[root].password_scheme = unknown: not_understood: redacted", "access_paths[ssh].enabled = true"}},
		"control words of a template": {"version 20.1;\ninterfaces { fxp0; }\nsystem {\n host-name A;\n{% if x %}\n services { ssh; }\n{% endif %}\n}\n", []string{"access_paths[telnet].enabled = unknown"}},
		"prompts and pager":           {"{master:0}\nadmin@r1> show configuration | no-more\n## Last commit: 2026-03-01 10:00:00 UTC by admin\nversion 20.1;\ninterfaces { fxp0; }\nsystem {\n---(more 10%)---\n services { ssh; }\n}\n\n{master:0}\nadmin@r1> \n", []string{"access_paths = complete", "saved.last_changed = 2026-03-01T10:00:00Z", "access_paths[ssh].enabled = true"}},
		"CRLF":                        {strings.ReplaceAll(head+"set system services telnet\n", "\n", "\r\n"), []string{"access_paths[telnet].enabled = true", "platform.hostname = A"}},
		"fragment":                    {"services {\n ssh;\n}\n", []string{"access_paths = unknown"}},
		"not balanced":                {"version 20.1;\ninterfaces { fxp0; }\nsystem {\n host-name A;\n", []string{"access_paths = unknown", "platform.hostname = A"}},
		"communities": {head + "set snmp community public authorization read-only\nset snmp community C1 authorization read-write\nset snmp community C1 clients 10.0.0.0/8\nset snmp community C1 clients 0.0.0.0/0 restrict\nset snmp community C2 clients 0.0.0.0/0\nset snmp community C3 client-list-name L\nset snmp community C4 client-list-name GONE\nset snmp client-list L 10.3.0.0/16\n",
			[]string{"snmp_communities[community 1].default_name = true", "snmp_communities[community 1].sources = absent", "snmp_communities[community 2].access = rw", "snmp_communities[community 2].sources = [10.0.0.0/8]", "snmp_communities[community 3].sources = absent", "snmp_communities[community 4].sources = [10.3.0.0/16]", "snmp_communities[community 5].sources = unknown"}},
		"community of an instance": {head + "set snmp community C routing-instance V clients 10.0.0.0/8\n", []string{"snmp_communities[community 1].sources = unknown"}},
		"users of SNMP": {head + "set snmp v3 usm local-engine user u authentication-sha authentication-key \"$9$a\"\nset snmp v3 usm local-engine user u privacy-aes128 privacy-key \"$9$b\"\nset snmp v3 usm local-engine user w authentication-md5 authentication-key \"$9$a\"\n",
			[]string{"snmp_users[u].level = authPriv", "snmp_users[w].level = authNoPriv", "access_paths[snmp].encrypted = false"}},
		"clock keys": {head + "set system ntp server 10.0.0.1 key 1\nset system ntp server 10.0.0.2 key 2\nset system ntp authentication-key 1 type md5 value \"$9$q\"\nset system ntp trusted-key 1\n",
			[]string{"time_sources[10.0.0.1].authenticated = true", "time_sources[10.0.0.2].authenticated = false"}},
		"logs": {head + "set system syslog host 10.0.0.5 any notice\nset system syslog host 10.0.0.6 any any\nset system syslog host 10.0.0.6 daemon error\nset system syslog host 10.0.0.7 any info\nset system syslog file f authorization info\nset system syslog file f archive size 1m\nset system syslog file f archive files 9\n",
			[]string{"log_targets[10.0.0.5:514].everything = false", "log_targets[10.0.0.6:514].everything = false", "log_targets[10.0.0.7:514].everything = true", "log_stores[f].max_bytes = 10485760", "audit_events[commands].recorded = true"}},
		"policies": {head + "set security zones security-zone a interfaces ge-0/0/0.0\nset security policies from-zone a to-zone b policy p match source-address any\nset security policies from-zone a to-zone b policy p match destination-address any\nset security policies from-zone a to-zone b policy p match application any\nset security policies from-zone a to-zone b policy p then permit\nset security policies default-policy permit-all\n",
			[]string{"filter_rules[policy a to b 1 p].any_any = true", "protections.default_action_deny = false", "packet_filters[policies a to b].default_action = accept"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := drivertest.Read(t, junos.Driver{}, c.config)
			for _, w := range c.want {
				drivertest.Says(t, f, w)
			}
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	lines := []string{
		"set version 20.1", "set system root-authentication encrypted-password \"%s\"", "set system login user u authentication plain-text-password-value %s", "set system login user u authentication ssh-rsa \"ssh-rsa %s u@h\"",
		"set system tacplus-server 10.0.0.1 secret \"%s\"", "set system radius-server 10.0.0.2 secret %s", "set snmp community %s authorization read-only", "set snmp v3 usm local-engine user u authentication-md5 authentication-key %s",
		"set snmp v3 snmp-community x community-name %s", "set system ntp authentication-key 1 type md5 value %s", "set system archival configuration archive-sites \"scp://u:%s@h/d\" password %s", "set system archival configuration transfer-on-commit",
		"set snmp trap-group %s targets 10.0.0.1", "set snmp odd community-name %s", "set system services ssh odd secret %s", "set system login strange password %s",
	}
	f, _ := drivertest.NoSecret(t, junos.Driver{}, strings.Join(lines, "\n")+"\n", 3)
	if len(f.GetSnmpCommunities().GetItems()) != 1 {
		t.Errorf("the community was not read: %v", f.GetSnmpCommunities())
	}
}

func TestCommandsOnlyShow(t *testing.T) { drivertest.OnlyShows(t, junos.Driver{}, "show ") }

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, junos.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("version 20.1;\ninterfaces { fxp0; }\ngroups { G { interfaces { <ge-*> { mtu 9000; } } } }\napply-groups G;\nsystem { host-name A; services { ssh; } }\nsecurity {\n    policies {\n        from-zone a to-zone b {\n")
	for i := range 500 {
		fmt.Fprintf(&s, "            policy p%d {\n                match {\n                    source-address h%d;\n                    destination-address any;\n                    application junos-https;\n                }\n                then {\n                    permit;\n                }\n            }\n", i, i)
	}
	s.WriteString("        }\n    }\n}\ninterfaces {\n")
	for i := range 640 {
		fmt.Fprintf(&s, "    ge-0/0/%d {\n        unit 0 {\n            family inet {\n                address 10.%d.%d.1/24;\n            }\n        }\n        description x;\n    }\n", i, i/256, i%256)
	}
	s.WriteString("}\n")
	drivertest.BenchmarkRead(b, junos.Driver{}, s.String())
}
