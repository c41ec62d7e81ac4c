package gaia_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/gaia"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show configuration"

func TestCases(t *testing.T) { drivertest.Run(t, gaia.Driver{}) }

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
	drivertest.Truncation(t, gaia.Driver{}, func(whole, cut *pb.Facts) []string {
		before := proofs(whole)
		wrong := slices.DeleteFunc(proofs(cut), func(l string) bool { return slices.Contains(before, l) })
		if len(whole.GetAccounts().GetItems()) == 0 {
			wrong = append(wrong, "the case has no account")
		}
		return wrong
	})
}

func read(t testing.TB, config string) *pluginpb.ReadResponse {
	r, err := gaia.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// frame is a configuration around the lines that a test is about.
const frame = "# Configuration of a\nset hostname a\nset user admin shell /etc/cli.sh\nset password-controls complexity 2\n%s\nset snmp traps trap coldStart disable\n"

// Small differences that decide a verdict.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"set inactivity-timeout 10", "session_policies[ssh].idle_timeout = 10m"},
		{"set inactivity-timeout long", "session_policies[ssh].idle_timeout = unknown: not_understood"},
		{"", "session_policies[ssh].idle_timeout = unknown: no_documented_default"},
		{"set net-access telnet off", "access_paths[telnet].enabled = false"},
		{"set net-access telnet on", "access_paths[telnet].enabled = true"},
		{"set net-access telnet maybe", "access_paths[telnet].enabled = unknown: not_understood"},
		{"", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"add allowed-client host any-host\nadd allowed-client host ipv4-address 10.1.1.1", "access_paths[https].sources = absent"},
		{"add allowed-client host ipv4-address 10.1.1.1", "access_paths[https].sources = [10.1.1.1]"},
		{"add allowed-client network ipv4-address 0.0.0.0 mask-length 0", "access_paths[https].sources = absent"},
		{"", "access_paths[https].sources = unknown: no_documented_default"},
		{"set password-controls password-expiration never", "password_policies[local users].max_age = forever"},
		{"set password-controls password-expiration 90", "password_policies[local users].max_age = 90d"},
		{"set password-controls history-checking false\nset password-controls history-length 10", "password_policies[local users].history = 0"},
		{"set password-controls deny-on-fail enable false\nset password-controls deny-on-fail failures-allowed 3", "lockout_policies[local users].attempts = absent"},
		{"set password-controls deny-on-fail enable true\nset password-controls deny-on-fail failures-allowed 3", "lockout_policies[local users].attempts = 3"},
		{"set password-controls deny-on-fail enable true", "lockout_policies[local users].covers_admins = unknown: no_documented_default"},
		{"set user admin password-hash *", "accounts[admin].password_state = none"},
		{"set user admin password-hash $6$x$y", "accounts[admin].password_scheme = sha512crypt"},
		{"set user admin password-hash ****", "accounts[admin].password_state = unknown: not_understood: redacted"},
		{"set user admin password-hash <removed>", "accounts[admin].password_state = unknown: not_understood: redacted"},
		{"add user x uid 0 homedir /home/x", "accounts[x].privileged = true"},
		{"add user x uid 105 homedir /home/x\nset user x shell /bin/bash", "accounts[x].privileged = unknown"},
		{"add user x uid 105 homedir /home/x\nadd rba user x roles adminRole", "accounts[x].privileged = true"},
		{"set ntp active off\nset ntp server primary 10.1.1.1 version 4", "clock.synchronised = false"},
		{"add syslog log-remote-address 10.1.1.1 level info", "log_targets[10.1.1.1].everything = true"},
		{"add syslog log-remote-address 10.1.1.1 level warning", "log_targets[10.1.1.1].everything = false"},
		{"set snmp community private read-write", "snmp_communities[community 1].access = rw"},
		{"set ssl tls TLSv1.2 on", "access_paths[https].versions = unknown: no_documented_default"},
		{"set message banner off", "access_paths[https].banner = false"},
		{"add aaa radius-servers priority 1 host 10.1.1.1 port 1812 secret x timeout 3", "access_paths[ssh].methods = [local, radius]"},
		{"set aaa tacacs-servers state off\nadd aaa tacacs-servers priority 1 server 10.1.1.1 key x timeout 3", "access_paths[ssh].methods = [local]"},
		{"add backup-scheduled name a local\nset backup-scheduled name a recurrence daily time 2:00", "saved.archives = [local]"},
		{"add backup-scheduled name a scp ip 10.1.1.1 path /b/ username u password x", "saved.archives = absent"},
		{"add backup-scheduled name a strange\nset backup-scheduled name a recurrence daily time 2:00", "saved.archives = unknown: not_understood"},
		{"set dhcp server disable", "services[dhcpd].enabled = false"},
		{"{% if x %}", "accounts = unknown: truncated"},
	} {
		config := fmt.Sprintf(frame, c.lines)
		for _, text := range []string{config, strings.ReplaceAll(config, "\n", "\r\n")} {
			if got := facts.Flat(read(t, text).GetFacts()); !strings.Contains("\n"+got, "\n"+c.want) {
				t.Errorf("%q: no %s in\n%s", c.lines, c.want, got)
			}
		}
	}
}

// A part of a configuration, although its answer looks whole, proves no absence.
func TestPartsProveNothing(t *testing.T) {
	lines := strings.SplitAfter(fmt.Sprintf(frame, "set inactivity-timeout 10"), "\n")
	for n := range len(lines) - 1 {
		if got := proofs(read(t, strings.Join(slices.Delete(slices.Clone(lines), n, n+1), "")).GetFacts()); len(got) > 0 && !strings.HasPrefix(lines[n], "set inactivity") {
			t.Errorf("without %q: %s", lines[n], got)
		}
	}
	if got := read(t, strings.Join(lines, "")).GetFacts().GetAccounts().GetState(); got != pb.FactState_FACT_STATE_KNOWN {
		t.Errorf("the whole configuration is not complete: %v", got)
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	var lines []string
	for _, l := range []string{
		"set user x newpass %s", "set user y password-hash $1$%s", "set expert-password-hash %s", "set snmp community %s read-only", "set snmp strange community %s",
		"add snmp usm user u security-level authPriv auth-pass-phrase %s privacy-pass-phrase %s", "add aaa radius-servers priority 1 host 10.1.1.1 secret %s",
		"add aaa tacacs-servers priority 1 server 10.1.1.1 key %s", "set aaa strange secret %s", "set user z strange password %s",
		"add backup-scheduled name a scp ip 10.1.1.1 path /b/ username u password %s", "set backup-scheduled name a recurrence daily time 2:00",
	} {
		lines = append(lines, strings.ReplaceAll(l, "%s", secret))
	}
	r := read(t, fmt.Sprintf(frame, strings.Join(lines, "\n")))
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if n := len(r.GetFacts().GetAccounts().GetItems()); n != 4 || len(r.GetUnread()) == 0 {
		t.Errorf("%d accounts, %d unread lines", n, len(r.GetUnread()))
	}
}

func TestCommandsOnlyShow(t *testing.T) {
	d := gaia.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "show ") {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, gaia.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&s, "set interface eth1.%d state on\nset interface eth1.%d ipv4-address 10.%d.%d.1 mask-length 24\n", i, i, i/256, i%256)
		fmt.Fprintf(&s, "set static-route 10.200.%d.0/24 nexthop gateway address 10.1.1.1 on\nset snmp traps trap x%d disable\nset routemap R id %d on\n", i, i, i)
	}
	config := fmt.Sprintf(frame, s.String())
	for b.Loop() {
		read(b, config)
	}
}
