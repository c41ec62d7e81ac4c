package site_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/site"
)

// The sample in testdata is what README.md points at: it must be readable and use every key.
func TestSample(t *testing.T) {
	data, err := os.ReadFile("testdata/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := site.Parse("site.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]int{
		"management_networks": len(s.ManagementNetworks), "log_servers": len(s.LogServers), "time_servers": len(s.TimeServers),
		"auth_servers": len(s.AuthServers), "roles": len(s.Roles), "accounts": len(s.Accounts), "anti_malware": len(s.AntiMalware),
		"monitoring_agents": len(s.MonitoringAgents), "log_readers": len(s.LogReaders), "bound_hosts": len(s.BoundHosts),
		"software": len(s.Software), "repositories": len(s.Repositories), "name": len(s.Name),
	} {
		if n == 0 {
			t.Errorf("the sample does not show %s", what)
		}
	}
	web, ok := s.Role("web-server")
	if !ok || len(web.Ports) == 0 || len(web.Services) == 0 {
		t.Errorf("role web-server: %v, %v", web, ok)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if key, _, ok := strings.Cut(line, ":"); ok && key != "" && !strings.ContainsAny(key[:1], " #-") && !strings.Contains(string(readme), "`"+key+"`") {
			t.Errorf("README.md does not explain %s", key)
		}
	}
}

// Not stated and stated to be empty are different things.
func TestUnstatedAndEmpty(t *testing.T) {
	s, err := site.Parse("s", []byte("management_networks: []\nlog_servers:\nroles: {db: {ports: []}, web: {redundant: false}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.ManagementNetworks == nil || s.LogServers != nil || s.TimeServers != nil {
		t.Errorf("management_networks %v, log_servers %v, time_servers %v", s.ManagementNetworks, s.LogServers, s.TimeServers)
	}
	db, _ := s.Role("db")
	web, _ := s.Role("web")
	if db.Ports == nil || web.Ports != nil || db.Redundant != nil || web.Redundant == nil || *web.Redundant {
		t.Errorf("db %+v, web %+v", db, web)
	}
	for _, empty := range []string{"", " \n", "# only a comment\n"} {
		if s, err := site.Parse("s", []byte(empty)); err != nil || s == nil {
			t.Errorf("%q: %v, %v", empty, s, err)
		}
	}
	var none *site.Site
	if _, ok := none.Role("web"); ok {
		t.Error("a site that is not there states a role")
	}
	if _, ok := s.Role(""); ok {
		t.Error("no role is a role")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"management_networks: [10.1.2.0/33]", `s.yaml:1:23: management_networks[0]: "10.1.2.0/33" is neither`},
		{"name: x\nmanagement_networks:\n  - 10.0.0.0/24\n  - bastion\n", `s.yaml:4:5: management_networks[1]: "bastion" is neither`},
		{"management_networks: [10.1.2.3/24]", "write the network 10.1.2.0/24 or the address 10.1.2.3"},
		{"management_networks: [0.0.0.0/0]", "limits nothing"},
		{"management_networks: ['::/0']", "limits nothing"},
		{"management_networks: [128.0.0.0/1]", "limits nothing"},
		{"management_networks: ['fe80::1%eth0']", "neither"},
		{"log_servers: ['https://log.example.com']", `s.yaml:1:15: log_servers[0]: "https://log.example.com" is neither`},
		{"log_servers: ['10.0.0.1:514']", "leave out protocol, port"},
		{"time_servers: ['']", "the value is empty"},
		{"time_servers: [~]", "time_servers[0]: the value is empty"},
		{"auth_servers: [' radius1']", "begins or ends with a space"},
		{"roles:\n  web server:\n    ports: [tcp/80, 443]\n", `s.yaml:3:21: roles.'web server'.ports[1]: "443" is not a port`},
		{"roles: {web: {ports: [tcp/0]}}", "not a port"},
		{"roles: {web: {ports: [tcp/70000]}}", "not a port"},
		{"roles: {web: {ports: [tcp/90-80]}}", "not a port"},
		{"roles: {web: {ports: [sctp/90]}}", "not a port"},
		{"roles: {web: {ports: ['tcp/22x']}}", "not a port"},
		{"roles: {web: {ports: ['tcp/-1']}}", "not a port"},
		{"accounts:\n  zhang:\n    duty: boss\n", `s.yaml:3:11: accounts.zhang.duty: there is no duty "boss": write one of system`},
		{"bound_hosts: {10.0.0.300: 00-11-22-33-44-55}", "is not an IP address"},
		{"bound_hosts: {10.0.0.3: 00-11-22}", "is not a hardware address"},
		{"bound_hosts: {10.0.0.3: '02:00:5e:10:00:00:00:01'}", "is not a hardware address"},
		{"bound_hosts: {10.0.0.3: 00-11-22-33-44-55, '::ffff:10.0.0.3': 00-11-22-33-44-55}", "the same address"},
		{"software: ['[']", "is not a pattern"},
		{"mgmt_networks: []", `s.yaml:1:1: not readable as a site file: unknown field "mgmt_networks"`},
		{"roles: {web: {port: []}}", "unknown field"},
		{"name: a\nname: b\n", "s.yaml:2:1: not readable"},
		{"management_networks: 10.0.0.0/8", "s.yaml:1:22: not readable"},
		{"roles: {web: {redundant: perhaps}}", "not readable"},
		{"name: [", "s.yaml:1"},
		{"name: a\n---\nname: b\n", "one YAML document only"},
		{strings.Repeat("#", 9<<20), "too large"},
	} {
		s, err := site.Parse("s.yaml", []byte(c.file))
		shown := c.file[:min(len(c.file), 80)]
		if err == nil {
			t.Errorf("%q is accepted: %+v", shown, s)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", shown, err, c.want)
		}
		for _, p := range site.Problems(err) {
			if say := p.Say(); say.GetZh() == "" || say.GetEn() == "" || strings.Contains(say.GetZh()+say.GetEn(), "%!") {
				t.Errorf("%q is not said in both languages: %v", shown, say)
			}
		}
		if len(site.Problems(err)) == 0 {
			t.Errorf("%q: no problem in %v", shown, err)
		}
	}
}

// All wrong values are named at once, in the order of the file.
func TestAllProblems(t *testing.T) {
	_, err := site.Parse("s", []byte("time_servers: [a b]\nmanagement_networks: [x, 10.0.0.0/8, y]\nbound_hosts: {z: q}\n"))
	problems := site.Problems(err)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if len(problems) != 4 || lines[0] != 1 || lines[1] != 2 || lines[2] != 2 || lines[3] != 3 {
		t.Errorf("problems on lines %v: %v", lines, err)
	}
}

func TestNetworks(t *testing.T) {
	for s, want := range map[string]string{"10.1.2.3/24": "10.1.2.0/24", "10.1.2.3": "10.1.2.3/32", "fc00::/7": "fc00::/7", "::ffff:10.0.0.1": "10.0.0.1/32"} {
		if p, err := site.ParseNetwork(s); err != nil || p.String() != want {
			t.Errorf("ParseNetwork(%s) = %v, %v; want %s", s, p, err, want)
		}
	}
	wide := map[string]bool{"0.0.0.0/0": true, "0.0.0.0/1": true, "10.0.0.0/7": true, "10.0.0.0/8": false, "::/0": true, "2000::/3": true, "fc00::/7": false, "10.0.0.1/32": false}
	for s, want := range wide {
		if got := site.TooWide(netip.MustParsePrefix(s)); got != want {
			t.Errorf("TooWide(%s) = %v", s, got)
		}
	}
	for _, c := range []struct {
		inner, outer string
		want         bool
	}{
		{"10.1.2.0/24", "10.1.0.0/16", true}, {"10.1.0.0/16", "10.1.2.0/24", false}, {"10.1.2.0/24", "10.1.2.0/24", true},
		{"10.2.0.0/24", "10.1.0.0/16", false}, {"::/0", "0.0.0.0/0", false}, {"10.0.0.1/32", "::/0", false}, {"fd00::1/128", "fd00::/8", true},
	} {
		if got := site.Within(netip.MustParsePrefix(c.inner), netip.MustParsePrefix(c.outer)); got != c.want {
			t.Errorf("Within(%s, %s) = %v", c.inner, c.outer, got)
		}
	}
}

func TestPorts(t *testing.T) {
	p, err := site.ParsePorts("tcp/8000-8010")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		proto string
		port  int64
		want  bool
	}{{"tcp", 8000, true}, {"tcp", 8010, true}, {"tcp", 8011, false}, {"tcp", 7999, false}, {"udp", 8005, false}, {"tcp", 8005 + 1<<16, false}} {
		if got := p.Has(c.proto, c.port); got != c.want {
			t.Errorf("Has(%s, %d) = %v", c.proto, c.port, got)
		}
	}
}

// Whatever stands in the file, it is read or refused with a problem, and what was read states nothing unreadable.
func FuzzParse(f *testing.F) {
	sample, err := os.ReadFile("testdata/site.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Add("roles: {a: {ports: [tcp/1-2]}, 'b c': {services: [x]}}\nbound_hosts: {::1: 0011.2233.4455}\n")
	f.Add("a: &a [*a]\nb: *a\n")
	f.Add("---\n...\n---\n")
	f.Add("0\n---")
	f.Add("management_networks: !!binary AA==\nname: \"\\x00\"\n")
	f.Fuzz(func(t *testing.T, file string) {
		s, err := site.Parse("fuzz.yaml", []byte(file))
		if err != nil {
			if len(site.Problems(err)) == 0 {
				t.Fatalf("refused without a problem: %v", err)
			}
			return
		}
		for _, n := range s.ManagementNetworks {
			if p, err := site.ParseNetwork(n); err != nil || site.TooWide(p) {
				t.Errorf("accepted %q", n)
			}
		}
		for _, r := range s.Roles {
			for _, p := range r.Ports {
				if _, err := site.ParsePorts(p); err != nil {
					t.Errorf("accepted %q", p)
				}
			}
		}
	})
}
