package routeros_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/routeros"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const showConfig = "export verbose"

func TestCases(t *testing.T) { drivertest.Run(t, routeros.Driver{}) }

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
	drivertest.Truncation(t, routeros.Driver{}, func(whole, cut *pb.Facts) []string {
		before := proofs(whole)
		wrong := slices.DeleteFunc(proofs(cut), func(l string) bool { return slices.Contains(before, l) })
		if len(whole.GetSessionPolicies().GetItems()) == 0 {
			wrong = append(wrong, "the case has no session policy")
		}
		return wrong
	})
}

func read(t testing.TB, config string) *pluginpb.ReadResponse {
	r, err := routeros.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(showConfig), Body: []byte(config), Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// frame is an export around the commands that a test is about.
const frame = "# jan/02/2026 03:04:05 by RouterOS 6.49.6\n/system identity\nset name=a\n%s\n"

// Small differences that decide a verdict.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"/ip service\nset telnet disabled=no", "access_paths[telnet].enabled = true"},
		{"/ip service\nset telnet address=\\  \n\n    192.0.2.0/24 disabled=yes", "access_paths[telnet].sources = [192.0.2.0/24]"},
		{"/ip service\nset telnet disabled=yes", "access_paths[telnet].enabled = false"},
		{"/ip service set telnet disabled=yes", "access_paths[telnet].enabled = false"},
		{"/ip/service/set telnet disabled=yes", "access_paths[telnet].enabled = false"},
		{"/ip service\ndisable telnet,www", "access_paths[http].enabled = false"},
		{"/ip service\nset [ find name=telnet ] disabled=yes", "access_paths[telnet].enabled = false"},
		{"/ip service\nset telnet disabled=perhaps", "access_paths[telnet].enabled = unknown: not_understood"},
		{"/ip service\nset telnet disabled=yes port=23", "access_paths = unknown: truncated"},
		{"/ip service\nset telnet disabled=yes port=23\n/user aaa\nset use-radius=no", "access_paths = complete"},
		{"", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"", "access_paths[ssh].sources = absent  # default: "},
		{"/ip service\nset ssh address=10.1.0.0/16", "access_paths[ssh].sources = [10.1.0.0/16]"},
		{"/ip service\nset ssh address=10.1.0.0/16,0.0.0.0/0", "access_paths[ssh].sources = absent"},
		{"/ip service\nset ssh address=\"\"\n/ip firewall filter\nadd chain=input action=drop", "access_paths[ssh].sources = unknown: not_understood"},
		{"/ip service\nset ssh address=\\\n    10.1.0.0/16,10.2.0.0\\\n    /16", "access_paths[ssh].sources = [10.1.0.0/16, 10.2.0.0/16]"},
		{"/snmp\nset enabled=yes", "access_paths[snmp].enabled = true"},
		{"", "snmp_communities = unknown: no_documented_default"},
		{"/snmp community\nset [ find default=yes ] name=private addresses=0.0.0.0/0 write-access=yes", "snmp_communities[community 1].access = rw"},
		{"/snmp community\nset [ find default=yes ] name=x addresses=10.1.1.1/32 security=authorized", "snmp_users[community 1].level = authNoPriv"},
		{"/system logging action\nset 3 remote=10.1.1.1", "log_targets = complete"},
		{"/system logging action\nset 3 remote=10.1.1.1\n/system logging\nadd action=remote topics=!debug", "log_targets[10.1.1.1].everything = true"},
		{"/system logging action\nset 3 remote=10.1.1.1\n/system logging\nadd action=remote topics=critical", "log_targets[10.1.1.1].everything = false"},
		{"/system ntp client servers\nadd address=10.1.1.1 auth-key=none", "time_sources[10.1.1.1].authenticated = false"},
		{"/system ntp client\nset enabled=no primary-ntp=10.1.1.1", "time_sources[10.1.1.1].selected = false"},
		{"/system note\nset note=hello show-at-login=no", "access_paths[ssh].banner = false"},
		{"/system note\nset note=hello", "access_paths[ssh].banner = true"},
		{"/user settings\nset minimum-password-length=0", "password_policies[users].enforced = false"},
		{"/user settings\nset minimum-password-length=8", "password_policies[users].min_length = 8"},
		{"/user\nadd name=x group=full", "accounts[x].privileged = true"},
		{"/user\nadd name=x group=own\n/user group\nadd name=own policy=read,write,policy", "accounts[x].privileged = true"},
		{"/user\nadd name=x group=own", "accounts[x].privileged = unknown: not_found"},
		{"/ip firewall filter\nadd chain=forward action=accept", "filter_rules[filter forward rule 1].any_any = true"},
		{"/ip firewall filter\nadd chain=forward action=accept protocol=tcp", "filter_rules[filter forward rule 1].any_any = false"},
		{"/ip firewall filter\nadd chain=forward action=drop", "protections.default_action_deny = true"},
		{"/ip firewall filter\nadd chain=forward action=drop protocol=tcp", "protections.default_action_deny = false"},
		{"/ip firewall filter\nadd chain=forward action=drop disabled=yes", "protections.default_action_deny = false"},
		{"/ip firewall filter\nadd chain=forward action=jump jump-target=more", "protections.default_action_deny = unknown"},
		{"/ip firewall filter\nadd chain=forward action=accept\nadd chain=forward action=drop", "protections.default_action_deny = false"},
		{"/ip firewall filter\nadd chain=forward action=accept connection-state=established,related", "filter_rules[filter forward rule 1].port_granular = not applicable"},
		{"/ip firewall filter\nadd chain=forward action=accept connection-state=new,established", "filter_rules[filter forward rule 1].port_granular = false"},
		{"/system scheduler\nadd name=n interval=1d on-event=\"/system backup save name=x; /tool fetch upload=yes url=\\\"sftp://u@10.1.1.1/x\\\"\"", "saved.archives = [10.1.1.1]"},
		{"/system scheduler\nadd name=n interval=1d on-event=\"/system backup save name=x\"", "saved.archives = absent"},
		{"/system scheduler\nadd name=n interval=1d disabled=yes on-event=\"/export file=x; /tool fetch upload=yes address=10.1.1.1\"", "saved.archives = absent"},
		{"/interface pptp-server server\nset enabled=yes", "protections.dial_in = true"},
		{"/ip service\nset ssh address=10.1.0.0/16,\\", "access_paths = unknown: truncated"},
		{"{% if x %}", "access_paths = unknown: truncated"},
	} {
		config := fmt.Sprintf(frame, c.lines)
		if strings.HasSuffix(c.lines, "\\") {
			config = strings.TrimSuffix(config, "\n")
		}
		for _, text := range []string{config, strings.ReplaceAll(config, "\n", "\r\n")} {
			if got := facts.Flat(read(t, text).GetFacts()); !strings.Contains("\n"+got, "\n"+c.want) {
				t.Errorf("%q: no %s in\n%s", c.lines, c.want, got)
			}
		}
	}
}

// Without its head an export is a part of something.
func TestNoHeadProvesNothing(t *testing.T) {
	_, rest, _ := strings.Cut(fmt.Sprintf(frame, "/ip service\nset telnet disabled=yes"), "\n")
	if got := proofs(read(t, rest).GetFacts()); len(got) > 0 {
		t.Errorf("%s", got)
	}
}

// No secret of an export is in any fact, evidence or unread line, even before they are masked.
func TestNoSecretLeaves(t *testing.T) {
	const secret = "S3cretValue9"
	lines := strings.ReplaceAll("/snmp community\nset [ find default=yes ] name=%s authentication-password=%s encryption-password=%s security=odd addresses=0.0.0.0/0\nadd name=%s\nset %s write-access=yes\n"+
		"/radius\nadd address=10.1.1.1 secret=%s service=login\n/user\nadd name=x group=full password=%s\n/snmp\nset trap-community=%s enabled=odd\n"+
		"/system script\nadd name=c source=\"/export file=x; /tool fetch upload=yes address=10.1.1.1 password=%s\"\n/system scheduler\nadd interval=1d name=n on-event=c", "%s", secret)
	r := read(t, fmt.Sprintf(frame, lines))
	if text := fmt.Sprint(r); strings.Contains(text, secret) {
		i := strings.Index(text, secret)
		t.Errorf("a secret is in what was read: …%s", text[max(0, i-200):i])
	}
	f := r.GetFacts()
	if len(f.GetAccounts().GetItems()) != 1 || len(f.GetSnmpCommunities().GetItems()) != 3 || len(f.GetAuthServers().GetItems()) != 1 || len(r.GetUnread()) != 1 {
		t.Errorf("the export was not read: %v", r.GetUnread())
	}
}

func TestCommandsOnlyShow(t *testing.T) {
	d := routeros.Driver{}.Describe()
	if !slices.Contains(d.GetCommands(), d.GetConfigCommand()) {
		t.Errorf("%s is not among the commands", d.GetConfigCommand())
	}
	for _, c := range d.GetCommands() {
		if !strings.HasPrefix(c, "export") && !strings.Contains(c+" ", " print ") {
			t.Errorf("%q does more than show", c)
		}
	}
}

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, routeros.Driver{}, driver.Command(showConfig)) }

func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	s.WriteString("/ip firewall filter\n")
	for i := range 1500 {
		fmt.Fprintf(&s, "add action=accept chain=forward dst-port=443 protocol=tcp src-address=10.%d.%d.0/24\n", i/256, i%256)
	}
	s.WriteString("/ip firewall address-list\n")
	for i := range 4200 {
		fmt.Fprintf(&s, "add address=10.%d.%d.1 comment=\"a branch\" \\\n    list=branches\n", i/256, i%256)
	}
	config := fmt.Sprintf(frame, s.String())
	for b.Loop() {
		read(b, config)
	}
}
