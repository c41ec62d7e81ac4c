package panos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/panos"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show config running"

func TestCases(t *testing.T) { drivertest.Run(t, panos.Driver{}) }

// What is missing from a configuration that was cut short is not absent, no list is complete, and no default holds.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, panos.Driver{}, func(whole, cut *pb.Facts) []string {
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

func read(t testing.TB, config string, complete bool) *pluginpb.ReadResponse {
	r, err := panos.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: complete}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every prefix of a configuration in XML, although its answer looks whole, proves no absence: an element is open.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "<?xml version=\"1.0\"?>\n<config version=\"10.1.0\">\n  <mgt-config>\n    <users>\n      <entry name=\"a\">\n        <phash>$5$a$b</phash>\n      </entry>\n    </users>\n  </mgt-config>\n" +
		"  <devices>\n    <entry name=\"localhost.localdomain\">\n      <deviceconfig>\n        <system>\n          <hostname>A</hostname>\n        </system>\n      </deviceconfig>\n    </entry>\n  </devices>\n</config>\n"
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
	const head = "set deviceconfig system hostname A\nset mgt-config users a phash $5$x$y\nset mgt-config users a permissions role-based superuser yes\n"
	const rule = head + "set rulebase security rules R from any\nset rulebase security rules R to any\nset rulebase security rules R source any\nset rulebase security rules R destination any\nset rulebase security rules R action allow\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"roles":                  {head + "set mgt-config users b permissions role-based custom profile Ops\nset mgt-config users b phash *\n", []string{"accounts[a].privileged = true", "accounts[a].password_scheme = sha256crypt", "accounts[b].roles = [Ops]", "accounts[b].privileged = false", "accounts[b].password_state = locked"}},
		"as delivered":           {"set deviceconfig system hostname A\nset mgt-config users admin phash fnRL/G5lXVMug\n", []string{"accounts[admin].default_password = true", "accounts[admin].password_scheme = descrypt", "accounts[admin].default_name = true"}},
		"password profile":       {head + "set mgt-config users a password-profile P\nset mgt-config password-profile P password-change expiration-period 60\n", []string{"accounts[a].max_age = 60d"}},
		"rules switched off":     {head + "set mgt-config password-complexity enabled no\nset mgt-config password-complexity minimum-length 12\n", []string{"password_policies[password-complexity].enforced = false", "password_policies[password-complexity].min_length = absent"}},
		"age":                    {head + "set mgt-config password-complexity enabled yes\nset mgt-config password-complexity password-change expiration-period 90\nset mgt-config password-complexity minimum-uppercase-letters 0\nset mgt-config password-complexity minimum-numeric-letters 2\n", []string{"password_policies[password-complexity].max_age = 90d", "password_policies[password-complexity].required_classes = [digit]"}},
		"Panorama keeps copies":  {head + "set deviceconfig system panorama local-panorama panorama-server 10.0.0.9\n", []string{"saved.archives = unknown: elsewhere"}},
		"a schedule that is off": {head + "set deviceconfig system config-bundle-export-schedule N protocol scp hostname 10.0.0.8\nset deviceconfig system config-bundle-export-schedule N enable no\n", []string{"saved.archives = absent"}},
		"no lockout":             {head, []string{"lockout_policies[administrators].attempts = absent", "session_policies[cli].idle_timeout = unknown: no_documented_default"}},
		"lock without time":      {head + "set deviceconfig setting management admin-lockout failed-attempts 3\n", []string{"lockout_policies[administrators].attempts = 3", "lockout_policies[administrators].duration = unknown"}},
		"lockout off":            {head + "set deviceconfig setting management admin-lockout failed-attempts 0\n", []string{"lockout_policies[administrators].attempts = absent"}},
		"lock of a profile": {head + "set shared authentication-profile AP method radius server-profile RP\nset shared authentication-profile AP lockout failed-attempts 4\nset shared authentication-profile AP lockout lockout-time 15\nset mgt-config users c authentication-profile AP\nset shared server-profile radius RP server s1 ip-address 10.0.0.9\nset shared server-profile radius RP server s1 secret zzz\n",
			[]string{"lockout_policies[authentication-profile AP].duration = 15m", "auth_servers[10.0.0.9].uses = [authentication]", "accounts[c].password_state = none", "access_paths[ssh].methods = [local, radius]"}},
		"never idle":         {head + "set deviceconfig setting management idle-timeout 0\n", []string{"session_policies[web].idle_timeout = forever"}},
		"permitted":          {head + "set deviceconfig system permitted-ip 10.1.0.0/24\nset deviceconfig system permitted-ip 10.2.0.1\nset deviceconfig system service disable-ssh no\n", []string{"access_paths[ssh].enabled = true", "access_paths[ssh].sources = [10.1.0.0/24, 10.2.0.1]"}},
		"everybody":          {head + "set deviceconfig system permitted-ip 0.0.0.0/0\nset deviceconfig system service disable-telnet no\n", []string{"access_paths[telnet].enabled = true", "access_paths[telnet].sources = absent"}},
		"through a port":     {head + "set deviceconfig system permitted-ip 10.1.0.0/24\nset deviceconfig system service disable-telnet yes\nset network interface ethernet ethernet1/1 layer3 interface-management-profile M\nset network profiles interface-management-profile M telnet yes\nset network profiles interface-management-profile M permitted-ip 10.9.0.0/16\n", []string{"access_paths[telnet].enabled = true", "access_paths[telnet].sources = [10.9.0.0/16]"}},
		"not applied":        {head + "set deviceconfig system service disable-telnet yes\nset network profiles interface-management-profile M telnet yes\n", []string{"access_paths[telnet].enabled = false"}},
		"everything open":    {rule + "set rulebase security rules R application any\nset rulebase security rules R service any\nset rulebase security rules R log-end yes\n", []string{"filter_rules[policy vsys1 1 R].any_any = true", "filter_rules[policy vsys1 1 R].port_granular = false", "filter_rules[policy vsys1 1 R].logged = true"}},
		"application":        {rule + "set rulebase security rules R application [ ssl web-browsing ]\nset rulebase security rules R service application-default\nset rulebase security rules R disabled yes\n", []string{"filter_rules[policy vsys1 1 R].any_any = false", "filter_rules[policy vsys1 1 R].services = [ssl, web-browsing]", "filter_rules[policy vsys1 1 R].port_granular = true", "filter_rules[policy vsys1 1 R].enabled = false"}},
		"a rule on one line": {head + "set rulebase security rules \"R 1\" from any to any source any destination any application any service any action allow log-end yes\n", []string{"filter_rules[policy vsys1 1 R 1].any_any = true", "filter_rules[policy vsys1 1 R 1].logged = true"}},
		"settings on one line": {"set deviceconfig system ip-address 10.0.0.2 netmask 255.255.255.0 hostname Z permitted-ip 10.0.0.0/24\nset deviceconfig system service disable-telnet yes disable-http yes disable-ssh no\nset mgt-config users u phash $5$a$b permissions role-based superuser yes\nset shared log-settings syslog P server s server 10.0.0.5 transport UDP port 514\n",
			[]string{"platform.hostname = Z", "access_paths[telnet].enabled = false", "access_paths[http].enabled = false", "access_paths[ssh].sources = [10.0.0.0/24]", "accounts[u].privileged = true", "accounts[u].password_scheme = sha256crypt", "log_targets[10.0.0.5:514].protocol = udp"}},
		"default allows":  {rule + "set rulebase default-security-rules rules interzone-default action allow\n", []string{"packet_filters[security rules vsys1].default_action = accept", "protections.default_action_deny = false"}},
		"zone protection": {head + "set zone wan network layer3 ethernet1/1\nset zone wan network zone-protection-profile ZP\nset network profiles zone-protection-profile ZP flood tcp-syn enable yes\n", []string{"protections.dos_protection = true"}},
		"virtual systems": {head + "set vsys vsys2 rulebase security rules Q action deny\nset vsys vsys2 rulebase security rules Q source any\n", []string{"filter_rules[policy vsys2 1 Q].action = deny"}},
		"log servers": {head + "set shared log-settings syslog P server s1 server 10.0.0.5\nset shared log-settings syslog P server s1 transport SSL\nset shared log-settings syslog P server s1 port 6514\nset shared log-settings syslog Q server s2 server 10.0.0.6\nset shared log-settings system match-list all send-syslog P\nset shared log-settings config match-list all send-syslog P\n",
			[]string{"log_targets[10.0.0.5:6514].encrypted = true", "log_targets[10.0.0.5:6514].everything = true", "log_targets[10.0.0.6].selector = none"}},
		"old log settings":      {head + "set shared log-settings syslog P server s1 server 10.0.0.5\nset shared log-settings system informational send-syslog using-syslog-setting P\nset shared log-settings config any send-syslog using-syslog-setting P\n", []string{"log_targets[10.0.0.5].everything = true"}},
		"clock":                 {head + "set deviceconfig system ntp-servers primary-ntp-server ntp-server-address 10.0.0.3\nset deviceconfig system ntp-servers primary-ntp-server authentication-type symmetric-key key-id 5\nset deviceconfig system ntp-servers secondary-ntp-server ntp-server-address 10.0.0.4\nset deviceconfig system ntp-servers secondary-ntp-server authentication-type none\n", []string{"time_sources[10.0.0.3].authenticated = true", "time_sources[10.0.0.4].authenticated = false"}},
		"community":             {head + "set deviceconfig system snmp-setting access-setting version v2c snmp-community-string public\nset deviceconfig system service disable-snmp no\n", []string{"snmp_communities[community 1].default_name = true", "access_paths[snmp].versions = [SNMP v2c]", "access_paths[snmp].encrypted = false"}},
		"users of SNMP":         {head + "set deviceconfig system snmp-setting access-setting version v3 users u view v\nset deviceconfig system snmp-setting access-setting version v3 users u authpwd -AQ==x\nset deviceconfig system snmp-setting access-setting version v3 users u privpwd -AQ==y\nset deviceconfig system snmp-setting access-setting version v3 users u authproto SHA-256\nset deviceconfig system snmp-setting access-setting version v3 users u privproto AES-256\n", []string{"snmp_users[u].level = authPriv", "snmp_users[u].auth = sha256", "snmp_users[u].priv = aes256"}},
		"banner in lines":       {head + "set deviceconfig system login-banner \"Only staff\nset deviceconfig system service disable-telnet no\nis let in\"\nset deviceconfig system service disable-telnet yes\n", []string{"access_paths[ssh].banner = true", "access_paths[telnet].enabled = false"}},
		"web":                   {head + "set shared ssl-tls-service-profile T protocol-settings min-version tls1-1\nset shared ssl-tls-service-profile T protocol-settings max-version tls1-2\nset deviceconfig system ssl-tls-service-profile T\n", []string{"access_paths[https].versions = [TLS 1.1, TLS 1.2]", "tls_endpoints[https].versions = [TLSv1.1, TLSv1.2]"}},
		"template":              {"set deviceconfig system hostname {{ HOSTNAME }}\nset mgt-config users {{ ADMIN }} phash {{ HASH }}\n", []string{"platform.hostname = unknown", "accounts[{{ ADMIN }}].password_scheme = unknown: not_understood: redacted"}},
		"moved":                 {rule + "move rulebase security rules R top\n", []string{"accounts = unknown", "access_paths[telnet].enabled = unknown: truncated"}},
		"braces":                {"mgt-config {\n  users {\n    admin {\n      phash fnRL/G5lXVMug;\n    }\n  }\n}\ndeviceconfig {\n  system {\n    hostname B;\n    service {\n      disable-telnet yes;\n    }\n  }\n}\n", []string{"platform.hostname = B", "access_paths[telnet].enabled = false", "accounts[admin].default_password = true"}},
		"templates of Panorama": {"set template T1 config deviceconfig system hostname X\nset template T1 config deviceconfig system service disable-telnet yes\nset mgt-config users a phash $1$a$b\n", []string{"platform.hostname = X", "access_paths[telnet].enabled = false"}},
		"several templates":     {"set template T1 config deviceconfig system hostname X\nset template T2 config deviceconfig system hostname Y\n", []string{"access_paths = unknown"}},
		"XML in an answer":      {"admin@fw> show config running\n<response status=\"success\"><result><config version=\"9.1.0\"><mgt-config><users><entry name=\"a&amp;b\"><phash>$1$a$b</phash></entry></users></mgt-config><deviceconfig><system><hostname>h</hostname></system></deviceconfig></config></result></response>\nadmin@fw> ", []string{"platform.version = 9.1.0", "accounts[a&b].password_scheme = md5crypt", "accounts = complete"}},
		"XML that is broken":    {"<config version=\"9.1.0\"><mgt-config><users></mgt-config></config>", []string{"accounts = unknown"}},
		"deep XML":              {"<config version=\"9.1.0\">" + strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + "</config>", []string{"accounts = unknown"}},
		"fragment":              {"set address h ip-netmask 10.0.0.1\n", []string{"accounts = unknown"}},
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
		"set deviceconfig system hostname A", "set mgt-config users a phash %s", "set mgt-config users a public-key %s", "set deviceconfig system snmp-setting access-setting version v2c snmp-community-string %s",
		"set deviceconfig system snmp-setting access-setting version v3 users u authpwd %s", "set deviceconfig system snmp-setting access-setting version v3 users u privpwd %s",
		"set shared server-profile radius RP server s secret %s", "set shared server-profile radius RP server s ip-address 10.0.0.1", "set deviceconfig system ntp-servers primary-ntp-server authentication-type symmetric-key algorithm sha1 authentication-key %s",
		"set deviceconfig system ntp-servers primary-ntp-server ntp-server-address 10.0.0.1", "set deviceconfig system ntp-servers strange password %s", "set mgt-config odd secret %s", "set deviceconfig system snmp-setting odd community %s",
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
	d := panos.Driver{}.Describe()
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
	drivertest.Fuzz(f, panos.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("<config version=\"10.1.0\">\n<devices>\n<entry name=\"localhost.localdomain\">\n<vsys>\n<entry name=\"vsys1\">\n<rulebase>\n<security>\n<rules>\n")
	for i := range 720 {
		fmt.Fprintf(&s, "<entry name=\"rule%d\">\n  <source>\n    <member>h%d</member>\n  </source>\n  <destination>\n    <member>any</member>\n  </destination>\n  <service>\n    <member>any</member>\n  </service>\n  <application>\n    <member>ssl</member>\n  </application>\n  <action>allow</action>\n</entry>\n", i, i)
	}
	s.WriteString("</rules>\n</security>\n</rulebase>\n</entry>\n</vsys>\n</entry>\n</devices>\n</config>\n")
	text := s.String()
	if n := strings.Count(text, "\n"); n < 10000 {
		b.Fatalf("only %d lines", n)
	}
	for b.Loop() {
		read(b, text, true)
	}
}
