package fortios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/fortios"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "show full-configuration"

func TestCases(t *testing.T) { drivertest.Run(t, fortios.Driver{}) }

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
	drivertest.Truncation(t, fortios.Driver{}, func(whole, cut *pb.Facts) []string {
		before := proofs(whole)
		wrong := slices.DeleteFunc(proofs(cut), func(l string) bool { return slices.Contains(before, l) })
		if len(whole.GetAccounts().GetItems()) == 0 {
			wrong = append(wrong, "the case has no account")
		}
		return wrong
	})
}

func read(t testing.TB, config string) *pluginpb.ReadResponse {
	r, err := fortios.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const frame = "#config-version=FGT60F-7.2.5-FW-build1517-230606:opmode=0:vdom=0:user=x\nconfig system global\n%s\nend\nconfig system interface\nedit p1\nset allowaccess ssh%s\nnext\nend\nconfig system admin\nedit admin\nset accprofile super_admin\n%s\nnext\nend\nconfig firewall policy\nend\n%s"

// Small differences that decide a verdict.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ global, access, admin, more, want string }{
		{"set admintimeout 0", "", "", "", "session_policies[web].idle_timeout = forever"},
		{"set admintimeout soon", "", "", "", "session_policies[web].idle_timeout = unknown: not_understood"},
		{"set admintimeout 9\nunset admintimeout", "", "", "", "session_policies[ssh].idle_timeout = 5m  # default: FortiGate 7.0.1"},
		{"", " telnet", "", "", "access_paths[telnet].enabled = true"},
		{"set admin-telnet disable", " telnet", "", "", "access_paths[telnet].enabled = false"},
		{"", "", "", "", "access_paths[telnet].enabled = false"},
		{"", "", "set trusthost1 10.0.0.0 255.0.0.0", "", "access_paths[ssh].sources = [10.0.0.0/8]"},
		{"", "", "set trusthost1 0.0.0.0 0.0.0.0\nset trusthost2 10.0.0.0 255.0.0.0", "", "access_paths[ssh].sources = unknown: conflict: trusthost1"},
		{"", "", "set trusthost3 10.0.0.0 255.0.0.0\nnext\nedit other", "", "access_paths[ssh].sources = absent"},
		{"", "", "set trusthost1 10.0.0.0 255.0.0.255", "", "access_paths[ssh].sources = unknown: conflict: trusthost1"},
		{"", "", "set trusthost1 10.0.0.0 255.0.0.0", "config firewall local-in-policy\nedit 1\nset action accept\nnext\nend", "access_paths[ssh].sources = unknown: not_understood: local-in-policy"},
		{"", "\nconfig ipv6\nset ip6-allowaccess ssh\nend", "set trusthost1 10.0.0.0 255.0.0.0", "", "access_paths[ssh].sources = unknown: no_documented_default: ip6-trusthost1"},
		{"", "", "", "", "accounts[admin].password_state = empty"},
		{"", "", "set password letmein", "", "accounts[admin].password_scheme = plaintext"},
		{"", "", "set password ENC ******", "", "accounts[admin].password_state = unknown: not_understood: redacted"},
		{"", "", "set peer-auth enable", "", "accounts[admin].password_state = none"},
		{"", "", "set remote-auth enable", "", "accounts[admin].password_state = unknown: elsewhere"},
		{"set admin-lockout-threshold 5", "", "", "", "lockout_policies[administrators].attempts = 5"},
		{"", "", "", "", "lockout_policies[administrators].attempts = unknown: no_documented_default"},
		{"", "", "", "config log syslogd setting\nset server 10.1.1.1\nend", "log_targets = complete"},
		{"", "", "", "config system ntp\nset ntpsync disable\nset type fortiguard\nend", "time_sources = complete"},
		{"", "", "", "config system snmp community\nedit 1\nset name private\nconfig hosts\nedit 1\nset ip 0.0.0.0 0.0.0.0\nnext\nend\nnext\nend", "snmp_communities[community 1].sources = absent"},
		{"", "", "", "config system snmp community\nedit 1\nset name private\nnext\nend", "snmp_communities[community 1].default_name = true"},
		{"", "", "", "config vpn pptp\nset status enable\nend", "protections.dial_in = true"},
		{"set hostname {{ name }}", "", "", "", "platform.hostname = unknown: not_understood: template hole"},
		{"", "", "", "config firewall policy\nedit 1\nset srcaddr all\nset dstaddr all\nset service ALL_TCP\nset action accept\nnext\nend", "filter_rules[policy rule 1].port_granular = false"},
		{"", "", "", "config firewall policy\nedit 1\nset srcaddr all", "access_paths = unknown: truncated"},
		{"set cfg-save revert", "", "", "", "saved.running_is_saved = unknown: not_found"},
		{"", "", "", "", "saved.running_is_saved = true  # default: Fortinet Technical Tip 194054"},
		{"", "", "", "config system central-management\nset type fortimanager\nset fmg 10.1.1.1\nend", "saved.archives = unknown: elsewhere"},
		{"", "", "", "config system central-management\nset type fortimanager\nset mode backup\nset fmg 10.1.1.1\nend", "saved.archives = [10.1.1.1]"},
		{"", "", "", "config system auto-script\nedit a\nset start auto\nset repeat 0\nset script \"exe backup full-config tftp x 10.1.1.2\"\nnext\nend", "saved.archives = [10.1.1.2]"},
		{"", "", "", "config system auto-script\nedit a\nset script \"exe backup config tftp x 10.1.1.2\"\nnext\nend", "saved.archives = unknown: not_understood"},
		{"", "", "", "config system automation-action\nedit a\nset script \"execute backup config ftp x 10.1.1.3 u p\"\nnext\nend\nconfig system automation-trigger\nedit t\nset trigger-type scheduled\nset trigger-frequency once\nnext\nend\nconfig system automation-stitch\nedit s\nset trigger t\nset action a\nnext\nend", "saved.archives = unknown: not_understood"},
		{"", "", "", "config system automation-action\nedit a\nset script \"execute backup config ftp x 10.1.1.3 u p\"\nnext\nend", "saved.archives = absent"},
		{"", "", "", "config firewall ipmacbinding setting\nset bindthroughfw enable\nend\nconfig firewall ipmacbinding table\nedit 1\nset ip 10.1.1.9\nset mac 00:00:5e:00:53:01\nset status enable\nnext\nend", "address_bindings = complete  # show full-configuration\nauth_servers"},
		{"", "", "", "config system settings\nset asymroute disable\nend", "protections.stateful = true"},
		{"", "", "", "config system settings\nset asymroute6 enable\nend", "protections.stateful = false"},
		{"", "", "", "config log disk setting\nset maximum-log-age 0\nend", "log_stores[disk].level = unknown"},
		{"", "", "", "config firewall policy\nedit 1\nset srcaddr all", "access_paths[telnet].enabled = false"},
		{"", "", "", "{% if x %}", "access_paths[telnet].enabled = unknown: truncated"},
		{"", "", "", "end", "accounts = unknown: truncated"},
		{"set alias \"never closed", "", "", "", "accounts = unknown: truncated"},
		{"", "", "", "{% if x %}", "accounts = unknown: truncated"},
	} {
		config := fmt.Sprintf(frame, c.global, c.access, c.admin, c.more)
		for _, text := range []string{config, strings.ReplaceAll(config, "\n", "\r\n")} {
			if got := facts.Flat(read(t, text).GetFacts()); !strings.Contains("\n"+got, "\n"+c.want) {
				t.Errorf("%q: no %s in\n%s", c, c.want, got)
			}
		}
	}
}

// The beginning of a configuration, although its answer looks whole, proves no absence; with virtual domains one of them must be there.
func TestPrefixesProveNothing(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSpace(fmt.Sprintf(frame, "set admintimeout 5", "", "set password ENC x", "")), "\n")
	for n := range lines {
		if got := proofs(read(t, strings.Join(lines[:n], "")).GetFacts()); len(got) > 0 {
			t.Errorf("after %d lines: %s", n, got)
		}
	}
	whole := strings.Join(lines, "")
	if got := proofs(read(t, whole).GetFacts()); len(got) == 0 {
		t.Error("the whole configuration proves nothing")
	}
	if got := proofs(read(t, strings.Replace(whole, ":vdom=0:", ":vdom=1:", 1)).GetFacts()); len(got) > 0 {
		t.Errorf("without a virtual domain: %s", got)
	}
}

// No secret of a configuration is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	config := fmt.Sprintf(frame, "", "", "set password "+secret, strings.ReplaceAll(`config system snmp community
edit 1
set name %s
next
end
config system snmp user
edit u
set auth-pwd %s
set priv-pwd ENC %s
set security-level %s
next
end
config system ntp
set ntpsync enable
config ntpserver
edit 1
set server a
set key %s
set authentication enable
next
end
end
config system auto-script
edit s
set interval 60
set start auto
set repeat 0
set script "execute backup config ftp x 10.1.1.1 u %s"
next
end
config user radius
edit r
set server a
set secret ENC %s
next
end`, "%s", secret))
	r := read(t, strings.Replace(config, "set security-level "+secret, "set security-level odd", 1))
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	if len(r.GetFacts().GetSnmpCommunities().GetItems()) != 1 || len(r.GetUnread()) != 1 {
		t.Errorf("the configuration was not read: %v", r.GetUnread())
	}
}

func TestCommandsOnlyShow(t *testing.T) {
	d := fortios.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "show ") && !strings.HasPrefix(c, "get ") && c != "diagnose sys ntp status" {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, fortios.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	for i := range 1100 {
		fmt.Fprintf(&s, "    edit %d\n        set srcintf \"a\"\n        set dstintf \"b\"\n        set srcaddr \"net-%d\"\n        set dstaddr \"all\"\n        set action accept\n        set service \"HTTPS\"\n        set logtraffic all\n    next\n", i, i)
	}
	config := fmt.Sprintf(frame, "set hostname x", "", "", "config firewall policy\n"+s.String()+"end\n")
	for b.Loop() {
		read(b, config)
	}
}
