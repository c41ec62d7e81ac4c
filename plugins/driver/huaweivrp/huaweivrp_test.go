package huaweivrp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/huaweivrp"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "display current-configuration"

func TestCases(t *testing.T) { drivertest.Run(t, huaweivrp.Driver{}) }

// What is missing from a configuration that was cut short is not absent, no list is complete, and no default holds.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, huaweivrp.Driver{}, func(whole, cut *pb.Facts) []string {
		before := strings.Split(facts.Flat(whole), "\n")
		var wrong []string
		for line := range strings.SplitSeq(facts.Flat(cut), "\n") {
			value, _, _ := strings.Cut(line, "  # ")
			bad := strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ")
			if bad && !slices.Contains(before, line) {
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
	r, err := huaweivrp.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: complete}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every prefix of a configuration, although its answer looks whole, proves no absence: its end was not seen.
func TestPrefixesProveNothing(t *testing.T) {
	const config = "!Software Version V200R011C10SPC600\n#\nsysname A\n#\naaa\n local-user x password cipher y\n local-user x service-type ssh\n#\nuser-interface vty 0 4\n authentication-mode aaa\n#\nreturn\n"
	lines := strings.SplitAfter(config, "\n")
	for n := range len(lines) - 1 {
		f := read(t, strings.Join(lines[:n], ""), true).GetFacts()
		whole := n == len(lines)-1
		for line := range strings.SplitSeq(facts.Flat(f), "\n") {
			value, _, _ := strings.Cut(line, "  # ")
			if !whole && (strings.HasSuffix(value, " = complete") || strings.HasSuffix(value, " = absent") || strings.Contains(line, "# default: ")) {
				t.Errorf("after %d lines: %s", n, line)
			}
		}
	}
	if got := read(t, config, true).GetFacts().GetAccounts().GetState(); got != pb.FactState_FACT_STATE_KNOWN {
		t.Errorf("the whole configuration is not complete: %v", got)
	}
}

// What small configurations say, one fact each.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, version, config, want string }{
		{"taking back that Telnet is off", "V200R005C10", "undo telnet server disable", "access_paths[telnet].enabled = true"},
		{"Telnet off", "V200R005C10", "telnet server disable", "access_paths[telnet].enabled = false"},
		{"Telnet of a router that serves it", "V800R012C10", "", "access_paths[telnet].enabled = true"},
		{"Telnet of another release", "V800R011C10", "", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"the server for NETCONF alone", "V200R002C50", "snetconf ipv4 server enable", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"the server for files", "V200R002C50", "sftp server enable", "access_paths[ssh].enabled = true"},
		{"a password that was wrapped", "V200R019C10", "aaa\n local-user op password irreversible-cipher $1a$abcdefgh$ijkl\n7%tH~w=J34)$\n local-user op privilege level 15\n local-user op service-type ssh", "accounts[op].roles = [15]"},
		{"a message amid a section", "V200R019C10", "aaa\n local-user op password irreversible-cipher $1a$abcdefgh$ijkl$\nNov 16 2026 10:00:01 A %%01SHELL/5/CMDRECORD(l)[1]: x.\n local-user old password simple x", "accounts[old].password_scheme = plaintext"},
		{"nothing is sent while the information center is off", "V200R011C10", "undo info-center enable\n#\ninfo-center loghost 10.0.0.1", "log_targets = complete"},
		{"sent", "V200R011C10", "info-center loghost 10.0.0.1", "log_targets[10.0.0.1].port = 514"},
		{"four kinds", "V300R023C00", "aaa\n local-aaa-user password policy administrator\n  password complexity four-of-kinds", "password_policies[local-aaa-user administrator].min_classes = 4"},
		{"kinds not understood", "V300R022C00", "aaa\n local-aaa-user password policy administrator\n  password complexity five-of-kinds", "password_policies[local-aaa-user administrator].min_classes = unknown"},
		{"dictionary of a release that leaves no line", "V800R012C10", "", "password_policies[local-aaa-user administrator].dictionary_check = unknown: not_asked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := "!Software Version " + c.version + "\n#\nsysname A\n#\ninterface 10GE1/0/1\n#\n" + c.config + "\n#\nreturn\n"
			flat := facts.Flat(read(t, config, true).GetFacts())
			if !strings.Contains(flat, "\n"+c.want) {
				t.Errorf("want %s in\n%s", c.want, flat)
			}
		})
	}
}

// Where no line is indented any more nothing is proved: accounts cannot be told from what stands at the top.
func TestIndentationLost(t *testing.T) {
	config := "!Software Version V200R005C10\n#\nsysname A\n#\naaa\nlocal-user op password simple x\n#\n" + strings.Repeat("interface 10GE1/0/1\n#\n", 20) + "return\n"
	if got := read(t, config, true).GetFacts().GetAccounts().GetState(); got == pb.FactState_FACT_STATE_KNOWN {
		t.Error("the list of accounts is complete")
	}
}

// What the device shows of its servers counts only where it was seen whole, and only where the configuration says nothing.
func TestShown(t *testing.T) {
	const off = " TELNET IPV4 server :Disable\n TELNET IPV6 server :Disable\n"
	for _, c := range []struct {
		name, config, shown string
		complete            bool
		want                string
	}{
		{"off", "", off, true, "false"}, {"cut short", "", off, false, "unknown"}, {"only IPv6", "", " TELNET IPV6 server :Disable\n", true, "unknown"},
		{"on over IPv6", "", " TELNET IPV4 server :Disable\n TELNET IPV6 server :Enable\n", true, "true"}, {"another word", "", " TELNET IPV4 server :Perhaps\n", true, "unknown"},
		{"configured otherwise", "telnet server enable\n", off, true, "true"}, {"sessions only", "", "Session 1:\n Source ip address : 10.0.0.1\n", true, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := huaweivrp.Driver{}.Read([]*pluginpb.Answer{
				{Question: driver.Command(showConfig), Body: []byte("!Software Version V200R005C10\n#\nsysname A\n#\n" + c.config + "#\nreturn\n"), Complete: true},
				{Question: driver.Command("display telnet server status"), Body: []byte(c.shown), Complete: c.complete},
			})
			if err != nil {
				t.Fatal(err)
			}
			if flat := facts.Flat(r.GetFacts()); !strings.Contains(flat, "\naccess_paths[telnet].enabled = "+c.want) {
				t.Errorf("want %s in\n%s", c.want, flat)
			}
		})
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecrets(t *testing.T) {
	const secret = "S3cretValue9"
	var lines []string
	for _, l := range []string{
		"snmp-agent community read %s", "snmp-agent community write cipher %s acl 2000", "snmp-agent community read simple %s", "super password level 3 cipher %s",
		"snmp-agent usm-user v3 u g authentication-mode sha cipher %s privacy-mode aes128 cipher %s", "ntp-service authentication-keyid 1 authentication-mode md5 cipher %s",
		"ssh server strange cipher %s", "snmp-agent unheard community read cipher %s",
		"aaa\n local-user u password simple %s\n local-user u service-type ssh\n local-user v password irreversible-cipher %s privilege level 15\n manager-user m\n  password cipher %s",
		"radius-server template R\n radius-server shared-key cipher %s\n radius-server authentication 10.0.0.1 1812", "user-interface vty 0 4\n authentication-mode password\n set authentication password cipher %s\n strange password cipher %s",
	} {
		lines = append(lines, strings.ReplaceAll(l, "%s", secret), "#")
	}
	r := read(t, "!Software Version V200R011C10\n#\nsysname A\n#\n"+strings.Join(lines, "\n")+"\nreturn\n", true)
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if n := len(r.GetFacts().GetSnmpCommunities().GetItems()); n != 3 {
		t.Errorf("%d communities, want 3", n)
	}
}

func TestSigns(t *testing.T) {
	d := huaweivrp.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "display ") {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) {
	drivertest.Fuzz(f, huaweivrp.Driver{}, driver.Command(showConfig))
}

// BenchmarkRead reads 10,000 lines.
func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	s.WriteString("!Software Version V200R011C10\n#\nsysname A\n#\nacl number 3000\n")
	for i := range 1000 {
		fmt.Fprintf(&s, " rule %d permit tcp source 10.%d.%d.0 0.0.0.255 destination-port eq 443\n", i, i/256, i%256)
	}
	for i := range 1500 {
		fmt.Fprintf(&s, "#\ninterface GigabitEthernet0/0/%d\n description port %d\n port link-type access\n port default vlan 10\n stp edged-port enable\n", i, i)
	}
	s.WriteString("#\nreturn\n")
	for b.Loop() {
		read(b, s.String(), true)
	}
}
