package frr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/frr"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, frr.Driver{}) }

// What is missing from a configuration that was cut short is not absent, no list is complete, and no default holds.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, frr.Driver{}, func(whole, cut *pb.Facts) []string {
		wrong := proofs(cut, strings.Split(facts.Flat(whole), "\n"))
		if len(whole.GetSessionPolicies().GetItems()) == 0 {
			wrong = append(wrong, "the case has no terminal")
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
	r, err := frr.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: complete}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every prefix of what vtysh shows, although its answer looks whole, proves no absence: the closing mark is missing.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.5\nhostname A\nlog syslog\n!\nline vty\n exec-timeout 5 0\nexit\n!\nend\n"
	lines := strings.SplitAfter(config, "\n")
	for n := range len(lines) - 2 {
		for _, w := range proofs(read(t, strings.Join(lines[:n], ""), true).GetFacts(), nil) {
			t.Errorf("after %d lines: %s", n, w)
		}
	}
	if got := read(t, config, true).GetFacts().GetSessionPolicies().GetState(); got != pb.FactState_FACT_STATE_KNOWN {
		t.Errorf("the whole configuration is not complete: %v", got)
	}
}

func TestFacts(t *testing.T) {
	const head = "frr version 8.5\nhostname A\n"
	for name, c := range map[string]struct {
		config string
		want   []string
	}{
		"no password":      {head, []string{"access_paths[vty].enabled = false", "access_paths[ssh].enabled = unknown: not_asked", "session_policies[vty].idle_timeout = 10m", "protections.enable_scheme = absent", "protections.password_encryption = false", "accounts = unknown: not_asked"}},
		"passwords":        {head + "password zebra\nenable password zebra\n", []string{"access_paths[vty].enabled = true", "access_paths[vty].methods = [line-password]", "protections.enable_scheme = plaintext"}},
		"encrypted":        {head + "service password-encryption\npassword 8 abcdefghijklm\nenable password 8 abcdefghijklm\n", []string{"protections.enable_scheme = descrypt", "protections.password_encryption = true"}},
		"no login":         {head + "line vty\n no login\n", []string{"access_paths[vty].authenticated = false", "access_paths[vty].methods = [none]"}},
		"never idle":       {head + "line vty\n exec-timeout 0 0\nexit\n", []string{"session_policies[vty].idle_timeout = forever"}},
		"no timeout":       {head + "line vty\n no exec-timeout\n", []string{"session_policies[vty].idle_timeout = forever"}},
		"idle":             {head + "line vty\n exec-timeout 4 30\n", []string{"session_policies[vty].idle_timeout = 4m30s"}},
		"list":             {head + "access-list M seq 5 permit 10.1.0.0/16\naccess-list M seq 10 permit 127.0.0.1/32\naccess-list M seq 15 deny any\naccess-list M seq 20 permit any\nline vty\n access-class M\n", []string{"access_paths[vty].sources = [10.1.0.0/16, 127.0.0.1/32]"}},
		"open list":        {head + "access-list M permit any\nline vty\n access-class M\n", []string{"access_paths[vty].sources = absent"}},
		"no such list":     {head + "line vty\n access-class GONE\n", []string{"access_paths[vty].sources = unknown: not_found"}},
		"indentation lost": {head + "access-list M permit 10.0.0.0/8\nline vty\naccess-class M\nexec-timeout 3 0\n!\n", []string{"access_paths[vty].sources = [10.0.0.0/8]", "session_policies[vty].idle_timeout = 3m"}},
		"list unused":      {head + "access-list M permit 10.0.0.0/8\nline vty\n", []string{"access_paths[vty].sources = absent"}},
		"logs":             {head + "log syslog informational\nlog file /var/log/frr/frr.log\nlog commands\nlog timestamp precision 3\n", []string{"log_stores[syslog].level = informational", "log_stores[/var/log/frr/frr.log].level = debugging", "protections.command_accounting = true", "protections.log_timestamps = datetime", "log_targets = unknown: not_asked"}},
		"users":            {head + "username root nopassword\n", []string{"accounts[root].password_state = empty", "accounts[root].default_name = true"}},
		"shown, no end":    {"Current configuration:\n!\n" + head, []string{"session_policies = unknown: truncated"}},
		"prompt":           {"r1# show running-config\nBuilding configuration...\n\nCurrent configuration:\n!\n" + head + "end\nr1# \n", []string{"session_policies = complete", "platform.hostname = A", "platform.version = 8.5"}},
		"CRLF":             {strings.ReplaceAll(head+"password zebra\n", "\n", "\r\n"), []string{"platform.hostname = A", "access_paths[vty].enabled = true"}},
		"template":         {head + "enable password {{ secret }}\n", []string{"protections.enable_scheme = unknown"}},
		"fragment":         {"router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n", []string{"session_policies = unknown: truncated"}},
		"interface":        {head + "interface eth0\n description up\n ip address 10.0.0.1/24\nexit\n", []string{"interfaces[eth0].described = true", "interfaces[eth0].addresses = [10.0.0.1/24]"}},
		"banner":           {head + "no banner motd\n", []string{"access_paths[vty].banner = false"}},
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
		"frr version 8.5", "hostname A", "password %s", "enable password 8 %s", "enable strange password %s", "log strange password %s", "line vty\n odd password %s", "router bgp 1\n neighbor 10.0.0.1 password %s",
	} {
		lines = append(lines, strings.ReplaceAll(l, "%s", secret))
	}
	r := read(t, strings.Join(lines, "\n")+"\n", true)
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if len(r.GetUnread()) != 3 {
		t.Errorf("the lines were not read: %v", r.GetUnread())
	}
}

func TestDescription(t *testing.T) {
	d := frr.Driver{}.Describe()
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
	drivertest.Fuzz(f, frr.Driver{}, driver.Command(showConfig))
}

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("frr version 8.5\nhostname A\n!\n")
	for i := range 3000 {
		fmt.Fprintf(&s, "interface eth%d\n ip address 10.%d.%d.1/24\nexit\n!\n", i, i/256, i%256)
	}
	text := s.String()
	if n := strings.Count(text, "\n"); n < 10000 {
		b.Fatalf("only %d lines", n)
	}
	for b.Loop() {
		read(b, text, true)
	}
}
