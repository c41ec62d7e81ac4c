package nxos_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/nxos"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const running = "show running-config"

func TestCases(t *testing.T) { drivertest.Run(t, nxos.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, nxos.Driver{}, driver.Command(running)) }

// A configuration that was cut proves no absence, no default and no complete list.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, nxos.Driver{}, func(_, cut *pb.Facts) []string {
		if cut.GetAccounts().GetState() == pb.FactState_FACT_STATE_KNOWN {
			return nil // another answer than the configuration was cut
		}
		var out []string
		for line := range strings.Lines(facts.Flat(cut)) {
			_, rest, _ := strings.Cut(line, " = ")
			if strings.HasPrefix(rest, "complete  # "+running) || strings.HasPrefix(rest, "absent  # "+running+"\n") || strings.Contains(rest, "# default: ") {
				out = append(out, strings.TrimSpace(line))
			}
		}
		return out
	})
}

func read(t testing.TB, config string) (*pb.Facts, []*pb.Evidence) {
	t.Helper()
	r, err := nxos.Driver{}.Read([]*pluginpb.Answer{{Question: driver.Command(running), Body: []byte(config), Complete: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetFacts(), r.GetUnread()
}

// whole puts lines into a configuration that is whole.
func whole(lines string) string {
	return "version 9.3(5) Bios:version\nhostname n1\nline console\nline vty\n" + lines + "\n"
}

func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"release", "", "platform.version = 9.3(5)"},
		{"roles on two lines", "username op password 5 $5$x$y  role network-operator\nusername op role network-admin", "accounts[op].roles = [network-operator, network-admin]"},
		{"full rights", "username op password 5 $5$x$y  role network-admin", "accounts[op].privileged = true"},
		{"own role", "username op password 5 $5$x$y role audit", "accounts[op].privileged = false"},
		{"no role", "username op password 5 $5$x$y", "accounts[op].privileged = unknown: no_documented_default"},
		{"sha256", "username op password 5 $5$x$y role audit", "accounts[op].password_scheme = sha256crypt"},
		{"md5", "username op password 5 $1$x$y role audit", "accounts[op].password_scheme = md5crypt"},
		{"pbkdf2", "username op password 8 $nx-pbkdf2$x role audit", "accounts[op].password_scheme = pbkdf2"},
		{"scrypt", "username op password 9 $nx-scrypt$x role audit", "accounts[op].password_scheme = scrypt"},
		{"plain", "username op password 0 example role audit", "accounts[op].password_scheme = plaintext"},
		{"no password", "username op password 5 !  role audit", "accounts[op].password_state = none"},
		{"a key instead", "username op password 5 !  role audit\nusername op sshkey ssh-rsa AAAA", "accounts[op].login_enabled = true"},
		{"left out by a tool", "username op password 5 <removed> role audit", "accounts[op].password_scheme = unknown: not_understood"},
		{"expires", "username op password 5 $5$x$y expire 2026-12-31 role audit", "accounts[op].expires = 2026-12-31T00:00:00Z"},
		{"lifetime", "username op password 5 $5$x$y role audit\nusername op passphrase lifetime 60 warntime 14 gracetime 3", "accounts[op].max_age = 60d"},
		{"enable", "enable secret 5 $1$x$y", "protections.enable_scheme = md5crypt"},
		{"no enable", "", "protections.enable_scheme = absent"},
		{"forever", "line console\n  exec-timeout 0", "session_policies[console].idle_timeout = forever"},
		{"minutes", "line vty\n  exec-timeout 15", "session_policies[vty].idle_timeout = 15m"},
		{"nothing said", "", "session_policies[vty].idle_timeout = unknown: no_documented_default"},
		{"telnet", "feature telnet", "access_paths[telnet].enabled = true"},
		{"telnet not mentioned", "", "access_paths[telnet].enabled = unknown: no_documented_default"},
		{"telnet off", "no feature telnet", "access_paths[telnet].enabled = false"},
		{"telnet, old form", "telnet server enable", "access_paths[telnet].enabled = true"},
		{"ssh off", "no feature ssh", "access_paths[ssh].enabled = false"},
		{"telnet makes the lines readable", "feature telnet", "access_paths[vty].encrypted = false"},
		{"limited", "ip access-list MGMT\n  statistics per-entry\n  10 permit tcp 192.0.2.0/26 any eq 22\nline vty\n  access-class MGMT in", "access_paths[vty].sources = [192.0.2.0/26]"},
		{"limited by host", "ip access-list MGMT\n  10 permit ip host 192.0.2.7 any\nline vty\n  access-class MGMT in", "access_paths[ssh].sources = [192.0.2.7/32]"},
		{"lets everybody in", "ip access-list MGMT\n  10 permit tcp any any eq 22\nline vty\n  access-class MGMT in", "access_paths[ssh].sources = absent"},
		{"not defined", "line vty\n  access-class MGMT in", "access_paths[ssh].sources = unknown: not_found"},
		{"address group", "ip access-list MGMT\n  10 permit ip addrgroup ADMINS any\nline vty\n  access-class MGMT in", "access_paths[ssh].sources = unknown: not_understood"},
		{"IPv6 is open", "interface mgmt0\n  ipv6 address 2001:db8::1/64\nip access-list MGMT\n  10 permit ip 192.0.2.0/26 any\nline vty\n  access-class MGMT in", "access_paths[ssh].sources = [192.0.2.0/26, ::/0]"},
		{"indentation lost", "feature nxapi\ninterface mgmt0\nip address 192.0.2.1/24\nline vty", "accounts = unknown: truncated"},
		{"not limited", "", "access_paths[ssh].sources = absent"},
		{"binding, address first", "ip source binding 192.0.2.9 0011.2233.4455 vlan 10 interface Ethernet1/1", "address_bindings[192.0.2.9].mac = 0011.2233.4455"},
		{"a job that nothing runs", "feature scheduler\nscheduler job name B\ncopy running-config scp://op@192.0.2.60/x\nend-job", "saved.archives = absent"},
		{"a job that runs once", "feature scheduler\nscheduler job name B\ncopy running-config scp://op@192.0.2.60/x\nend-job\nscheduler schedule name S\n  job name B\n  time start now", "saved.archives = absent"},
		{"a job by night", "feature scheduler\nscheduler job name B\ncopy running-config scp://op@192.0.2.60/x\nend-job\nscheduler schedule name S\n  job name B\n  time daily 02:00", "saved.archives = [scp://192.0.2.60/x]"},
		{"what strength-check demands", "password strength-check", "password_policies[local users].required_classes = [lower, upper, digit]"},
		{"nxapi", "feature nxapi", "access_paths[api].enabled = true"},
		{"nxapi not mentioned", "", "access_paths[api].enabled = false"},
		{"nxapi over which is not said", "feature nxapi", "access_paths[http].enabled = unknown: no_documented_default"},
		{"nxapi over http", "feature nxapi\nnxapi http port 8080", "access_paths[http].port = 8080"},
		{"nxapi not over http", "feature nxapi\nno nxapi http", "access_paths[https].enabled = true"},
		{"tacacs", "tacacs-server host 192.0.2.9 key 7 \"x\"\naaa group server tacacs+ T\n    server 192.0.2.9\naaa authentication login default group T local", "access_paths[ssh].methods = [tacacs, local]"},
		{"tacacs server", "tacacs-server host 192.0.2.9\naaa group server tacacs+ T\n    server 192.0.2.9\naaa authentication login default group T", "auth_servers[192.0.2.9].uses = [authentication]"},
		{"nobody is asked", "aaa authentication login default none", "access_paths[ssh].authenticated = false"},
		{"accounting", "aaa accounting default group T", "protections.command_accounting = true"},
		{"strength is checked", "password strength-check", "password_policies[local users].enforced = true"},
		{"strength is not checked", "no password strength-check", "password_policies[local users].enforced = false"},
		{"strength is not mentioned", "", "password_policies[local users].enforced = unknown: no_documented_default"},
		{"length", "password strength-check\nuserpassphrase min-length 12 max-length 80", "password_policies[local users].min_length = 12"},
		{"a user is banned", "aaa authentication rejected 5 in 60 ban 1800", "lockout_policies[local users].duration = 30m"},
		{"the device is shut", "system login block-for 120 attempts 5 within 60", "lockout_policies[login].attempts = 5"},
		{"nobody is locked", "", "lockout_policies[local users].attempts = absent"},
		{"community", "snmp-server community public group network-operator", "snmp_communities[community 1].access = ro"},
		{"community on two lines", "ip access-list NMS\n  10 permit udp 192.0.2.5/32 any eq 161\nsnmp-server community x group network-admin\nsnmp-server community x use-ipv4acl NMS", "snmp_communities[community 1].sources = [192.0.2.5/32]"},
		{"snmp user", "snmp-server user u network-operator auth sha 0xab priv aes-128 0xcd localizedkey", "snmp_users[u].priv = aes128"},
		{"snmp user without privacy", "snmp-server user u network-operator auth md5 0xab localizedkey", "snmp_users[u].level = authNoPriv"},
		{"snmp user of two groups", "snmp-server user u network-operator auth md5 0xab localizedkey\nsnmp-server user u network-admin", "snmp_users[u].access = rw"},
		{"privacy is not demanded", "snmp-server user u network-operator auth sha 0xab priv 0xcd localizedkey", "access_paths[snmp].encrypted = false"},
		{"snmp off", "no snmp-server protocol enable", "access_paths[snmp].enabled = false"},
		{"syslog", "logging server 192.0.2.9 5 port 1514 use-vrf management", "log_targets[192.0.2.9:1514].selector = notifications"},
		{"syslog over TLS", "logging server 192.0.2.9 6 secure", "log_targets[192.0.2.9].encrypted = true"},
		{"ntp", "ntp server 192.0.2.9 prefer use-vrf management", "time_sources[192.0.2.9].authenticated = false"},
		{"ntp key", "ntp authenticate\nntp authentication-key 1 md5 x 7\nntp trusted-key 1\nntp server 192.0.2.9 use-vrf management key 1", "time_sources[192.0.2.9].authenticated = true"},
		{"banner", "banner motd ^\nno feature ssh\n^", "access_paths[ssh].banner = true"},
		{"a banner is no configuration", "banner motd ^\nno feature ssh\n^", "access_paths[ssh].enabled = unknown: no_documented_default"},
		{"control plane", "copp profile strict", "protections.dos_protection = true"},
		{"vpc", "vpc domain 10\n  peer-keepalive destination 192.0.2.1", "redundancy_groups[vpc 10].kind = mlag"},
		{"hsrp", "interface Vlan10\n  hsrp 10\n    ip 192.0.2.1", "redundancy_groups[hsrp 10 Vlan10].kind = hsrp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := read(t, whole(c.config))
			name, _, _ := strings.Cut(c.want, " = ")
			for line := range strings.Lines(facts.Flat(f)) {
				if strings.HasPrefix(line, name+" = ") {
					if !strings.HasPrefix(line, c.want) {
						t.Errorf("got %swant %s", line, c.want)
					}
					return
				}
			}
			t.Errorf("nothing is said of %s", name)
		})
	}
}

func TestNoSecretLeaves(t *testing.T) {
	f, unread := read(t, whole("enable secret 0 SeCrEt\nusername op password 0 SeCrEt role network-admin\nsnmp-server community SeCrEt group network-admin\nsnmp-server user u network-admin auth sha-256 SeCrEt priv aes-128 SeCrEt localizedkey\n"+
		"snmp-server host 192.0.2.1 traps version 2c SeCrEt\nradius-server host 192.0.2.1 key 7 SeCrEt\nntp authentication-key 1 md5 SeCrEt 7\naaa oddity key SeCrEt\nline vty\n  oddity password SeCrEt"))
	if len(unread) < 2 {
		t.Errorf("want the two odd lines unread, got %v", unread)
	}
	if s := fmt.Sprint(f, unread); strings.Contains(s, "SeCrEt") {
		t.Errorf("a secret leaves: %s", s[max(0, strings.Index(s, "SeCrEt")-200):strings.Index(s, "SeCrEt")+10])
	}
}

// The goal is under 20 ms for 10,000 lines.
func BenchmarkTenThousandLines(b *testing.B) {
	var s strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&s, "interface GigabitEthernet 1/0/%d\n description port %d\n switchport mode access\n!\n", i, i)
	}
	answers := []*pluginpb.Answer{{Question: driver.Command(running), Body: []byte(whole(s.String())), Complete: true}}
	for b.Loop() {
		if _, err := (nxos.Driver{}).Read(answers); err != nil {
			b.Fatal(err)
		}
	}
}
