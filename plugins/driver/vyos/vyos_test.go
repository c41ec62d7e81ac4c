package vyos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/vyos"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show configuration"

func TestCases(t *testing.T) { drivertest.Run(t, vyos.Driver{}) }

// What is missing from a configuration that was cut short is not absent, no list is complete, and no default holds.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, vyos.Driver{}, func(whole, cut *pb.Facts) []string {
		wrong := proofs(cut, strings.Split(facts.Flat(whole), "\n"))
		if len(whole.GetAccounts().GetItems()) == 0 {
			wrong = append(wrong, "the case has no account")
		}
		return wrong
	})
}

// proofs are the statements that only a whole configuration allows, except those known before.
func proofs(f *pb.Facts, before []string) []string {
	var out []string
	for line := range strings.SplitSeq(facts.Flat(f), "\n") {
		value, _, _ := strings.Cut(line, "  # ")
		bad := strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ")
		if bad && !slices.Contains(before, line) {
			out = append(out, line)
		}
	}
	return out
}

// A configuration of a system whose statements end with a semicolon is not this one's, and proves nothing.
func TestAnotherSystem(t *testing.T) {
	config := "interfaces {\n" + strings.Repeat("    mtu 1500;\n", 30) + "}\nsystem {\n    host-name A;\n    login {\n        user x {\n            class super-user;\n        }\n    }\n}\n"
	for _, w := range proofs(read(t, config, true).GetFacts(), nil) {
		t.Error(w)
	}
}

func read(t testing.TB, config string, complete bool) *pluginpb.ReadResponse {
	r, err := vyos.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: complete}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every prefix of a configuration in braces, although its answer looks whole, proves no absence: a brace is open, or the system's part is
// missing.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "interfaces {\n    ethernet eth0 {\n        address 10.0.0.1/24\n    }\n}\nservice {\n    ssh {\n    }\n}\nsystem {\n    host-name A\n    login {\n        user x {\n        }\n    }\n}\n"
	lines := strings.SplitAfter(config, "\n")
	for n := range len(lines) - 1 {
		for _, w := range proofs(read(t, strings.Join(lines[:n], ""), true).GetFacts(), nil) {
			t.Errorf("after %d lines: %s", n, w)
		}
	}
	if got := read(t, config, true).GetFacts().GetAccounts().GetState(); got != pb.FactState_FACT_STATE_KNOWN {
		t.Errorf("the whole configuration is not complete: %v", got)
	}
}

func TestFacts(t *testing.T) {
	const head = "set system host-name 'A'\nset service ssh port '22'\nset interfaces ethernet eth0 address '10.0.0.1/24'\n"
	const local = head + "set interfaces ethernet eth0 firewall local name 'L'\nset firewall name L default-action 'drop'\nset firewall name L rule 10 action 'accept'\nset firewall name L rule 10 state established 'enable'\nset firewall name L rule 10 state related 'enable'\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"no rules": {head, []string{"access_paths[ssh].sources = absent", "access_paths[ssh].enabled = true", "access_paths[telnet].enabled = false", "protections.stateful = false"}},
		"rules for the device": {local + "set firewall name L rule 20 action 'accept'\nset firewall name L rule 20 protocol 'tcp'\nset firewall name L rule 20 destination port '22,443'\nset firewall name L rule 20 source address '10.9.0.0/16'\n",
			[]string{"access_paths[ssh].sources = [10.9.0.0/16]", "protections.stateful = true", "filter_rules[firewall L rule 20].port_granular = true", "packet_filters[firewall L eth0 local].default_action = drop"}},
		"rules let all in":  {local + "set firewall name L rule 20 action 'accept'\nset firewall name L rule 20 protocol 'all'\n", []string{"access_paths[ssh].sources = absent", "filter_rules[firewall L rule 20].any_any = true"}},
		"default lets in":   {head + "set interfaces ethernet eth0 firewall local name 'L'\nset firewall name L default-action 'accept'\n", []string{"access_paths[ssh].sources = absent"}},
		"rules not defined": {head + "set interfaces ethernet eth0 firewall local name 'GONE'\n", []string{"access_paths[ssh].sources = unknown"}},
		"rules on one port": {local + "set interfaces ethernet eth1 address '10.1.0.1/24'\n", []string{"access_paths[ssh].sources = unknown"}},
		"rules of VyOS 1.4": {head + "set firewall ipv4 input filter default-action 'drop'\nset firewall ipv4 input filter rule 5 action 'accept'\nset firewall ipv4 input filter rule 5 state 'established'\nset firewall ipv4 input filter rule 20 action 'accept'\nset firewall ipv4 input filter rule 20 protocol 'tcp'\nset firewall ipv4 input filter rule 20 destination port 'ssh'\nset firewall ipv4 input filter rule 20 source group network-group 'OPS'\nset firewall group network-group OPS network '10.7.0.0/24'\nset firewall ipv4 forward filter default-action 'drop'\n",
			[]string{"access_paths[ssh].sources = [10.7.0.0/24]", "protections.default_action_deny = true"}},
		"dropped before":              {local + "set firewall name L rule 15 action 'drop'\nset firewall name L rule 15 protocol 'tcp'\nset firewall name L rule 15 destination port '22'\nset firewall name L rule 20 action 'accept'\n", []string{"access_paths[ssh].sources = []"}},
		"disabled rule":               {local + "set firewall name L rule 15 action 'accept'\nset firewall name L rule 15 disable\n", []string{"access_paths[ssh].sources = []"}},
		"all but some are dropped":    {head + "set interfaces ethernet eth0 firewall local name 'L'\nset firewall name L default-action 'accept'\nset firewall name L rule 5 action 'drop'\nset firewall name L rule 5 source address '!10.9.0.0/16'\nset firewall name L rule 5 protocol 'tcp'\nset firewall name L rule 5 destination port '22'\n", []string{"access_paths[ssh].sources = [10.9.0.0/16]"}},
		"dropped by an unknown group": {head + "set interfaces ethernet eth0 firewall local name 'L'\nset firewall name L default-action 'accept'\nset firewall name L rule 5 action 'drop'\nset firewall name L rule 5 source group network-group '!OPS'\n", []string{"access_paths[ssh].sources = unknown"}},
		"some are dropped":            {head + "set interfaces ethernet eth0 firewall local name 'L'\nset firewall name L default-action 'accept'\nset firewall name L rule 5 action 'drop'\nset firewall name L rule 5 source address '10.0.0.0/8'\n", []string{"access_paths[ssh].sources = absent"}},
		"zones":                       {head + "set firewall zone L local-zone\n", []string{"access_paths[ssh].sources = unknown"}},
		"no service":                  {"set system host-name 'A'\n", []string{"access_paths[ssh].enabled = false", "access_paths[snmp].enabled = false", "log_stores[messages].active = true"}},
		"keys only":                   {head + "set service ssh disable-password-authentication\nset service ssh ciphers 'aes256-ctr'\nset system login user u authentication public-keys k key 'AAAA'\n", []string{"access_paths[ssh].methods = [publickey]", "access_paths[ssh].ciphers = [aes256-ctr]", "accounts[u].ssh_keys = 1", "accounts[u].password_state = none", "accounts[u].login_enabled = true"}},
		"users": {head + "set system login user a level 'operator'\nset system login user a authentication encrypted-password '$1$x$y'\nset system login user b authentication plaintext-password 'abc'\nset system login user c authentication encrypted-password '****************'\nset system login user d authentication encrypted-password '!'\nset system login user b disable\n",
			[]string{"accounts[a].privileged = false", "accounts[a].roles = [operator]", "accounts[a].password_scheme = md5crypt", "accounts[b].password_scheme = plaintext", "accounts[b].login_enabled = false", "accounts[c].password_scheme = unknown: not_understood: redacted", "accounts[d].password_state = locked"}},
		"sessions":    {head + "set system login timeout '600'\nset system login banner pre-login 'x'\n", []string{"session_policies[shell].idle_timeout = 10m", "access_paths[ssh].banner = true"}},
		"barred":      {head + "set service ssh dynamic-protection block-time '1800'\n", []string{"lockout_policies[ssh].duration = 30m", "lockout_policies[ssh].attempts = unknown"}},
		"servers":     {head + "set system login radius server 10.0.0.9 key 'k'\nset system login tacacs server 10.0.0.8 key 'k'\n", []string{"auth_servers[10.0.0.9].protocol = radius", "access_paths[ssh].methods = [radius, tacacs, local]"}},
		"logs":        {head + "set system syslog host 10.0.0.5 facility all level 'notice'\nset system syslog host 10.0.0.6 facility all level 'debug'\nset system syslog host 10.0.0.6 port '601'\nset system syslog host 10.0.0.6 facility all protocol 'tcp'\n", []string{"log_targets[10.0.0.5:514].everything = false", "log_targets[10.0.0.6:601].everything = true", "log_targets[10.0.0.6:601].protocol = tcp"}},
		"clock":       {head + "set service ntp server a.example nts\nset service ntp server b.example\n", []string{"time_sources[a.example].authenticated = true", "time_sources[b.example].authenticated = false"}},
		"communities": {head + "set service snmp community public authorization 'ro'\nset service snmp community C2 network '10.0.0.0/8'\nset service snmp community C3 client '0.0.0.0/0'\n", []string{"snmp_communities[community 1].default_name = true", "snmp_communities[community 1].sources = absent", "snmp_communities[community 2].sources = [10.0.0.0/8]", "snmp_communities[community 3].sources = absent"}},
		"braces":      {"service {\n    telnet {\n        port 2323\n    }\n    gui {\n        http-port 80\n        https-port 8443\n    }\n}\nsystem {\n    host-name \"B\"\n}\n/* Release version: v2.0.9 */\n", []string{"access_paths[telnet].port = 2323", "access_paths[https].port = 8443", "access_paths[http].enabled = true", "platform.version = v2.0.9", "platform.os_name = EdgeOS", "platform.hostname = B"}},
		"prompt":      {"vyos@r1:~$ show configuration\n" + "system {\n    host-name r1\n}\n" + "vyos@r1:~$ \n", []string{"access_paths[telnet].enabled = false", "platform.hostname = r1"}},
		"CRLF":        {strings.ReplaceAll(head, "\n", "\r\n"), []string{"access_paths[ssh].port = 22", "platform.hostname = A"}},
		"template":    {"system {\n    host-name {{ name }}\n    login {\n        user u {\n            authentication {\n                encrypted-password {{ hash }}\n            }\n        }\n    }\n}\n", []string{"platform.hostname = unknown", "accounts[u].password_scheme = unknown: not_understood: redacted"}},
		"fragment":    {"interfaces {\n    ethernet eth0 {\n        address 10.0.0.1/24\n    }\n}\n", []string{"access_paths = unknown", "accounts = unknown"}},
		"dial-in":     {head + "set vpn l2tp remote-access client-ip-pool start '10.8.0.1'\n", []string{"protections.dial_in = true"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := facts.Flat(read(t, c.config, true).GetFacts())
			for _, w := range c.want {
				if !strings.Contains("\n"+got, "\n"+w) {
					subject, _, _ := strings.Cut(w, "].")
					t.Errorf("not stated: %s; but\n%s", w, grep(got, subject))
				}
			}
		})
	}
}

func grep(text, word string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, word) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	var lines []string
	for _, l := range []string{
		"set system host-name 'A'", "set system login user u authentication encrypted-password '%s'", "set system login user u authentication plaintext-password '%s'", "set system login user u authentication public-keys k key '%s'",
		"set system login radius server 10.0.0.1 key '%s'", "set system login radius-server 10.0.0.2 secret '%s'", "set service snmp community %s authorization 'ro'", "set service snmp community %s odd 'x'",
		"set service snmp v3 user u auth plaintext-password '%s'", "set service snmp v3 user u auth type 'sha'", "set service snmp v3 user u privacy encrypted-key '%s'", "set service https api keys id x key '%s'", "set service snmp strange password '%s'",
		"set service ssh odd secret '%s'", "set system config-management commit-archive location 'scp://u:%s@h/d'", "set service https odd key '%s'",
	} {
		lines = append(lines, strings.ReplaceAll(l, "%s", secret))
	}
	r := read(t, strings.Join(lines, "\n")+"\n", true)
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if len(r.GetUnread()) < 3 || len(r.GetFacts().GetSnmpCommunities().GetItems()) != 1 {
		t.Errorf("the lines were not read: %v", r.GetUnread())
	}
}

func TestDescription(t *testing.T) {
	d := vyos.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "show ") || strings.Contains(c, "|") {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, vyos.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("system {\n    host-name A\n}\nservice {\n    ssh {\n        port 22\n    }\n}\nfirewall {\n    name L {\n        default-action drop\n")
	for i := range 1000 {
		fmt.Fprintf(&s, "        rule %d {\n            action accept\n            destination {\n                port 443\n            }\n            protocol tcp\n            source {\n                address 10.%d.%d.0/24\n            }\n        }\n", i+1, i/256, i%256)
	}
	s.WriteString("    }\n}\ninterfaces {\n    ethernet eth0 {\n        address 10.0.0.1/24\n        firewall {\n            local {\n                name L\n            }\n        }\n    }\n}\n")
	text := s.String()
	if n := strings.Count(text, "\n"); n < 10000 {
		b.Fatalf("only %d lines", n)
	}
	for b.Loop() {
		read(b, text, true)
	}
}
