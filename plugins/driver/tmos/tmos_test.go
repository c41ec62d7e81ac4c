package tmos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/tmos"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, tmos.Driver{}) }

// proofs are the lines of facts that need all of a configuration: complete lists, absences and defaults.
func proofs(f *pb.Facts) []string {
	var out []string
	for line := range strings.SplitSeq(facts.Flat(f), "\n") {
		value, _, _ := strings.Cut(line, "  # ")
		if strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ") {
			out = append(out, line)
		}
	}
	return out
}

// What is missing from a configuration that was cut short is not absent, no list is complete, and no default holds.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, tmos.Driver{}, func(whole, cut *pb.Facts) []string {
		before := proofs(whole)
		wrong := slices.DeleteFunc(proofs(cut), func(l string) bool { return slices.Contains(before, l) })
		if len(whole.GetSessionPolicies().GetItems()) == 0 {
			wrong = append(wrong, "the case has no session policy")
		}
		return wrong
	})
}

func read(t testing.TB, config string) *pluginpb.ReadResponse {
	r, err := tmos.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// frame is a configuration around the lines that a test is about.
const frame = "#TMSH-VERSION: 15.1.0\nsys global-settings {\n    hostname a\n%s\n}\nsys snmp {\n%s\n}\n%s\n"

// Small differences that decide a verdict.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ global, snmp, more, want string }{
		{"console-inactivity-timeout 0", "", "", "session_policies[console].idle_timeout = forever"},
		{"console-inactivity-timeout 900", "", "", "session_policies[console].idle_timeout = 15m"},
		{"console-inactivity-timeout soon", "", "", "session_policies[console].idle_timeout = unknown: not_understood"},
		{"", "", "", "session_policies[console].idle_timeout = unknown: no_documented_default"},
		{"", "", "cli global-settings {\n    idle-timeout 10\n}", "session_policies[tmsh].idle_timeout = 10m"},
		{"", "", "sys sshd {\n    login disabled\n}", "access_paths[ssh].enabled = false"},
		{"", "", "sys sshd {\n    allow { ALL }\n}", "access_paths[ssh].sources = absent"},
		{"", "", "sys sshd {\n    allow {\n        10.1.1.1\n        10.1.1.2\n    }\n}", "access_paths[ssh].sources = [10.1.1.1, 10.1.1.2]"},
		{"", "", "sys httpd {\n    ssl-protocol \"all -SSLv3\"\n}", "access_paths[https].versions = [TLSv1.0, TLSv1.1, TLSv1.2]"},
		{"gui-security-banner disabled\ngui-security-banner-text x", "", "", "access_paths[https].banner = false"},
		{"gui-security-banner-text \"a\nb\"", "", "", "access_paths[https].banner = true"},
		{"", "", "auth password-policy {\n    policy-enforcement disabled\n    minimum-length 9\n}", "password_policies[local users].min_length = absent"},
		{"", "", "auth password-policy {\n    max-duration 99999\n    policy-enforcement enabled\n}", "password_policies[local users].max_age = forever"},
		{"", "", "auth password-policy {\n    max-login-failures 0\n}", "lockout_policies[local users].attempts = absent"},
		{"", "", "auth password-policy {\n    max-login-failures 3\n    lockout-duration 0\n}", "lockout_policies[local users].duration = forever"},
		{"", "", "auth user u {\n    encrypted-password $M$x$y\n}", "accounts[u].password_state = unknown: not_understood: redacted"},
		{"", "", "auth user u {\n    encrypted-password !!\n}", "accounts[u].password_state = locked"},
		{"", "", "auth user u {\n    partition-access {\n        Common {\n            role operator\n        }\n    }\n}", "accounts[u].privileged = false"},
		{"", "", "", "accounts = unknown: truncated"},
		{"", "", "auth user u { }", "accounts = complete"},
		{"", "communities {\n  /Common/x {\n    community-name private\n    source 10.1.1.1\n  }\n}", "", "snmp_communities[community 1].sources = [10.1.1.1]"},
		{"", "communities {\n  /Common/x {\n    access rw\n  }\n}", "", "snmp_communities[community 1].access = rw"},
		{"", "", "sys syslog {\n    include \"x\"\n}", "log_targets = unknown: not_understood"},
		{"", "", "sys ntp {\n    include \"x\"\n    servers { 10.1.1.1 }\n}", "time_sources[10.1.1.1].authenticated = unknown: not_understood"},
		{"", "", "ltm rule /Common/x {\nwhen X {\n}\n}\nsys sshd {\n    login disabled\n}", "access_paths[ssh].enabled = false"},
		{"", "", "sys sshd {\n    login disabled", "access_paths = unknown: truncated"},
		{"", "", "sys sshd {\n    login disabled\nsys ntp { }", "access_paths = unknown: truncated"},
		{"gui-security-banner-text \"never closed", "", "", "access_paths = unknown: truncated"},
		{"", "", "{% if x %}", "access_paths = unknown: truncated"},
	} {
		config := fmt.Sprintf(frame, c.global, c.snmp, c.more)
		for _, text := range []string{config, strings.ReplaceAll(config, "\n", "\r\n")} {
			if got := facts.Flat(read(t, text).GetFacts()); !strings.Contains("\n"+got, "\n"+c.want) {
				t.Errorf("%q: no %s in\n%s", c, c.want, got)
			}
		}
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	more := strings.ReplaceAll("auth user u {\n    encrypted-password %s\n    password %s\n}\nauth tacacs /Common/x {\n    secret %s\n    servers { 10.1.1.1 }\n}\nauth radius-server /Common/y {\n    secret %s\n    server 10.1.1.2\n}", "%s", secret)
	snmp := strings.ReplaceAll("communities {\n  /Common/x {\n    community-name %s\n  }\n}\nusers {\n  /Common/y {\n    auth-password %s\n    privacy-password %s\n    auth-protocol odd\n  }\n}", "%s", secret)
	r := read(t, fmt.Sprintf(frame, "", snmp, more))
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	f := r.GetFacts()
	if len(f.GetAccounts().GetItems()) != 1 || len(f.GetSnmpCommunities().GetItems()) != 1 || len(f.GetAuthServers().GetItems()) != 2 || len(r.GetUnread()) != 2 {
		t.Errorf("the configuration was not read: %v", r.GetUnread())
	}
}

func TestCommandsOnlyShow(t *testing.T) {
	d := tmos.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "show ") {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, tmos.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&s, "ltm virtual /Common/v%d {\n    destination /Common/10.1.1.1:443\n    pool /Common/p\n}\n", i)
		fmt.Fprintf(&s, "net self /Common/s%d {\n    address 10.%d.%d.1/24\n    allow-service {\n        default\n    }\n}\n", i, i/256, i%256)
	}
	config := fmt.Sprintf(frame, "", "", s.String())
	for b.Loop() {
		read(b, config)
	}
}
