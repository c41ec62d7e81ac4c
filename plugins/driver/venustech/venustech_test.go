package venustech_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/venustech"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, venustech.Driver{}) }

// unproved are lines of facts that rest on the end of a configuration.
func unproved(line string) bool {
	value, _, _ := strings.Cut(line, "  # ")
	return strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ")
}

// What is missing from a configuration that was cut short is not absent and no list is complete.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, venustech.Driver{}, func(whole, cut *pb.Facts) []string {
		before := strings.Split(facts.Flat(whole), "\n")
		var wrong []string
		for line := range strings.SplitSeq(facts.Flat(cut), "\n") {
			if unproved(line) && !slices.Contains(before, line) {
				wrong = append(wrong, line)
			}
		}
		if len(whole.GetAccounts().GetItems()) == 0 {
			wrong = append(wrong, "the case has no account")
		}
		return wrong
	})
}

func read(t testing.TB, config string, complete bool) *pluginpb.ReadResponse {
	r, err := venustech.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: complete}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every prefix of a configuration, although its answer looks whole, proves nothing by its silence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "!config\nuser administrator a local secret b authorized-table c\nuser administrator a authorized-address first 0.0.0.0/0\n!\nfirewall policy 1\naction permit\nenable\n!\ndefault-policy action drop\n!end\n"
	lines := strings.SplitAfter(config, "\n")
	for n := range len(lines) - 1 {
		for line := range strings.SplitSeq(facts.Flat(read(t, strings.Join(lines[:n], ""), true).GetFacts()), "\n") {
			if unproved(line) {
				t.Errorf("after %d lines: %s", n, line)
			}
		}
	}
	if got := read(t, config, true).GetFacts().GetFilterRules().GetState(); got != pb.FactState_FACT_STATE_KNOWN {
		t.Errorf("the whole configuration is not complete: %v", got)
	}
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"let in", "interface a\nallow telnet", "access_paths[telnet].enabled = true"},
		{"let in where nothing goes in", "interface a\nallow telnet\nshutdown", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"let in nowhere", "interface a", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"port", "server-ssh port 2222", "access_paths[ssh].port = 2222"},
		{"port as delivered", "server-ssh port default", "access_paths[ssh].port = unknown: no_documented_default"},
		{"from anywhere", "user administrator a local secret x authorized-table t\nuser administrator a authorized-address first 0.0.0.0/0", "access_paths[ssh].sources = absent"},
		{"from anywhere, unless a policy says more", "user administrator a authorized-address first 0.0.0.0/0\nlocal-policy 1 permit", "access_paths[ssh].sources = unknown: not_understood: local-policy"},
		{"one without addresses", "user administrator a local secret x authorized-table t\nuser administrator b authorized-address first 10.0.0.0/8", "access_paths[ssh].sources = unknown: no_documented_default"},
		{"full rights", "authorized-table t\nauthorized write all\n!\nuser administrator a local secret x authorized-table t", "accounts[a].privileged = true"},
		{"some rights", "authorized-table t\nauthorized write log-config\n!\nuser administrator a local secret x authorized-table t", "accounts[a].privileged = false"},
		{"rights of a table that is not there", "user administrator a local secret x authorized-table t", "accounts[a].privileged = unknown: not_found"},
		{"password as typed", "user administrator a local x authorized-table t", "accounts[a].password_scheme = unknown: not_understood"},
		{"delivered name", "user administrator useradmin local secret x authorized-table t", "accounts[useradmin].default_name = true"},
		{"default", "default-policy action drop", "protections.default_action_deny = true"},
		{"default not understood", "default-policy action wonder", "protections.default_action_deny = unknown: not_understood"},
		{"default not said", "", "protections.default_action_deny = unknown: no_documented_default"},
		{"everything", "firewall policy 1\naction permit\nenable", "filter_rules[firewall policy 1].any_any = true"},
		{"at times", "firewall policy 1\naction permit\nenable\ntimerange x", "filter_rules[firewall policy 1].any_any = false"},
		{"a service that is not there", "firewall policy 1\naction permit\nservice x", "filter_rules[firewall policy 1].port_granular = unknown"},
		{"a group that holds itself", "service-group g\nservice-object g\n!\nfirewall policy 1\naction permit\nservice g", "filter_rules[firewall policy 1].port_granular = false"},
		{"odd address", "interface a\nip address dhcp", "interfaces[a].addresses = unknown: not_understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			flat := facts.Flat(read(t, "!config\n"+c.config+"\n!\n!end\n", true).GetFacts())
			if !strings.Contains(flat, "\n"+c.want) {
				path, _, _ := strings.Cut(c.want, " = ")
				for line := range strings.SplitSeq(flat, "\n") {
					if strings.HasPrefix(line, path) {
						t.Logf("got %s", line)
					}
				}
				t.Errorf("want %s", c.want)
			}
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	var lines []string
	for _, l := range []string{
		"user administrator a local secret %s authorized-table t", "user administrator a local secret-second %s", "user administrator b local %s authorized-table t", "snmp-server community %s ro",
		"radius-server host 10.0.0.1 key %s", "ntp strange key %s", "user strange password %s",
	} {
		lines = append(lines, strings.ReplaceAll(l, "%s", secret))
	}
	r := read(t, "!config\n"+strings.Join(lines, "\n")+"\n!end\n", true)
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if len(r.GetUnread()) < 4 {
		t.Errorf("%d lines are unread", len(r.GetUnread()))
	}
}

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, venustech.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("!config\n")
	for i := range 2500 {
		fmt.Fprintf(&s, "address h%d\nhost-address 10.0.%d.%d\n", i, i/256, i%256)
	}
	s.WriteString("!\n")
	for i := range 600 {
		fmt.Fprintf(&s, "firewall policy %d\naction permit\nenable\nsrc-zone any\ndst-zone any\nsrc-addr h%d\ndst-addr h%d\nservice HTTPS\n", i, i, i+1)
	}
	s.WriteString("!\ndefault-policy action drop\n!end\n")
	for b.Loop() {
		read(b, s.String(), true)
	}
}
