package snmpmib_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	system   = "1.3.6.1.2.1.1"
	ifDescr  = "1.3.6.1.2.1.2.2.1.2"
	engine   = "1.3.6.1.6.3.10.2.1"
	ciscoMan = "1.3.6.1.4.1.9.9.43.1.1"
	endpoint = "1.3.6.1.2.1.7.7.1.8"
)

func TestCases(t *testing.T) { drivertest.Run(t, snmpmib.Driver{}) }

func FuzzRead(f *testing.F) { drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk(system)) }

func FuzzListeners(f *testing.F) { drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk(endpoint)) }

func FuzzUsers(f *testing.F) {
	drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk("1.3.6.1.6.3.15.1.2.2.1.13"))
}

// S9: a walk that was cut completes no list, and no value comes of it that the whole did not have.
func TestTruncation(t *testing.T) {
	drivertest.Truncation(t, snmpmib.Driver{}, func(whole, cut *pb.Facts) []string {
		var out []string
		had := map[string]bool{}
		for line := range strings.Lines(facts.Flat(whole)) {
			had[line] = true
		}
		for line := range strings.Lines(facts.Flat(cut)) {
			if strings.Contains(line, " = absent") {
				out = append(out, line)
			}
			// What is still known must have been known before, or be of another evidence.
			if name, value, _ := strings.Cut(line, " = "); !had[line] && !strings.HasPrefix(value, "unknown") && knownOtherwise(whole, name, value) {
				out = append(out, strings.TrimSpace(line))
			}
		}
		return out
	})
}

// knownOtherwise says that the whole has another value for the fact: a cut answer may leave facts out, not change them. Names and
// versions that fall back on another MIB are told apart by their evidence.
func knownOtherwise(whole *pb.Facts, name, value string) bool {
	fallbacks := []string{"platform.version", "platform.product", "processes.names"}
	if slices.Contains(fallbacks, name) || strings.HasPrefix(value, "complete") {
		return strings.HasPrefix(value, "complete")
	}
	for line := range strings.Lines(facts.Flat(whole)) {
		n, v, _ := strings.Cut(line, " = ")
		if n == name {
			a, _, _ := strings.Cut(v, "  # ")
			b, _, _ := strings.Cut(value, "  # ")
			return strings.TrimSpace(a) != strings.TrimSpace(b)
		}
	}
	return false
}

// Every walk that is ever asked is published, and none is of a table that holds communities.
func TestPublished(t *testing.T) {
	commands := snmpmib.Driver{}.Describe().GetCommands()
	for _, c := range commands {
		w, ok := strings.CutPrefix(c, "walk ")
		if !ok {
			t.Errorf("%q is not a walk", c)
		}
		for _, secret := range []string{"1.3.6.1.6.3.18", "1.3.6.1.6.3.16", "1.3.6.1.6.3.12"} {
			if strings.HasPrefix(w+".", secret+".") || strings.HasPrefix(secret+".", w+".") {
				t.Errorf("%s shows communities", w)
			}
		}
	}
	for _, enterprise := range []string{"9.1.1", "2011.2.23", "25506.1.1", "8072.3.2.10", "99999"} {
		answers := []*pluginpb.Answer{walk(system, "1.3.6.1.2.1.1.2.0 oid 1.3.6.1.4.1."+enterprise+"\n")}
		questions, err := snmpmib.Driver{}.Ask(answers)
		if err != nil || len(questions) < 20 {
			t.Fatalf("%s: %d questions, %v", enterprise, len(questions), err)
		}
		for _, q := range questions {
			if !slices.Contains(commands, driver.Text(q)) {
				t.Errorf("%s is asked and not published", driver.Text(q))
			}
		}
	}
}

func walk(oid, body string) *pluginpb.Answer {
	return &pluginpb.Answer{Question: driver.Walk(oid), Body: []byte(body), Complete: true}
}

func flat(t *testing.T, answers ...*pluginpb.Answer) string {
	t.Helper()
	r, err := snmpmib.Driver{}.Read(answers)
	if err != nil {
		t.Fatal(err)
	}
	return facts.Flat(r.GetFacts())
}

// What an operating system's agent says of itself, after public examples of sysDescr.
func TestPlatforms(t *testing.T) {
	for _, c := range []struct{ object, descr, os, version string }{
		{"9.1.1", "Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5, RELEASE SOFTWARE (fc1)", "ios", "12.2(50)SE5"},
		{"9.1.1", "Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.4, RELEASE SOFTWARE (fc5)", "iosxe", "16.12.4"},
		{"9.1.1", "Cisco IOS Software, IOS-XE Software, Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), Version 03.03.05SE, RELEASE SOFTWARE (fc1)", "iosxe", "03.03.05SE"},
		{"9.12.3.1.3.1", "Cisco NX-OS(tm) n5000, Software (n5000-uk9), Version 6.0(2)N2(3), RELEASE SOFTWARE", "nxos", "6.0(2)N2(3)"},
		{"9.1.1", "Cisco Adaptive Security Appliance Version 9.8(2)", "asa", "9.8(2)"},
		{"9.1.1", "Cisco IOS XR Software (Cisco ASR9K Series), Version 5.3.3[Default]\r\nCopyright", "iosxr", "5.3.3"},
		{"2011.2.23.1", "S5720\r\nHuawei Versatile Routing Platform Software\r\n VRP (R) software,Version 5.160 (S5720 V200R007C00SPC500)", "vrp", "V200R007C00SPC500"},
		{"25506.1.1", "H3C Switch E528 Software Version 5.20, Release 1513P62\r\nCopyright", "comware", "5.20, Release 1513P62"},
		{"25506.1.1", "H3C Comware Platform Software LSQ1WCMD0.\r\nProduct Version Release 2509P61", "comware", ""},
		{"2636.1.1", "Juniper Networks, Inc. mx960 internet router, kernel JUNOS 12.3R6.6, Build date", "junos", "12.3R6.6"},
		{"30065.1.1", "Arista Networks EOS version 4.20.5F running on an Arista Networks DCS-7150S", "eos", "4.20.5F"},
		{"14988.1", "RouterOS CHR", "routeros", ""}, //nolint:misspell // so it is called
		{"8072.3.2.10", "Linux host 6.1.0 #1 SMP x86_64", "linux", ""},
		// Words without the enterprise's number, and the number without the words, are not sure.
		{"99999.1", "Cisco IOS Software, C3750 Software, Version 12.2(50)SE5", "", ""},
		{"9.1.1", "FIREWALL", "", ""},
		{"35047", "Linux AD-1800 2.6.30 #1 SMP", "", ""},
	} {
		v := driver.Varbind{Type: driver.StringType, OID: driver.OID{1, 3, 6, 1, 2, 1, 1, 1, 0}, Text: c.descr}
		r, err := snmpmib.Driver{}.Read([]*pluginpb.Answer{walk(system, driver.FormatVarbind(v)+"\n1.3.6.1.2.1.1.2.0 oid 1.3.6.1.4.1."+c.object+"\n")})
		if err != nil {
			t.Fatal(err)
		}
		p := r.GetFacts().GetPlatform()
		if p.GetOs().GetValue() != c.os || p.GetVersion().GetValue() != c.version {
			t.Errorf("%q is %q %q, not %q %q", c.descr, p.GetOs().GetValue(), p.GetVersion().GetValue(), c.os, c.version)
		}
	}
}

// When the moments of CISCO-CONFIG-MAN-MIB say that the configuration is saved, and when they do not say it.
func TestSaved(t *testing.T) {
	for _, c := range []struct{ name, changed, saved, written, uptime, want string }{
		{"written at once", "100000", "200000", "200001", "9000", "true"},
		{"changed after", "300000", "200000", "200000", "9000", "false"},
		{"only shown on a terminal", "300000", "400000", "200000", "9000", "false"},
		{"changed after the start, never saved", "300000", "0", "0", "9000", "false"},
		{"only loaded", "3000", "0", "0", "9000", "unknown: not_understood"},
		{"written and saved apart", "100000", "200000", "300000", "9000", "unknown: conflict"},
		{"ticks began anew", "100000", "200000", "200000", "43000000", "unknown: not_understood"},
		{"engine time untold", "100000", "200000", "200000", "", "unknown: not_understood"},
		{"in the future", "100000", "2000000", "2000000", "9000", "unknown: not_understood"},
	} {
		answers := []*pluginpb.Answer{
			walk(system, "1.3.6.1.2.1.1.3.0 timeticks 900000\n"),
			walk(ciscoMan, ciscoMan+".1.0 timeticks "+c.changed+"\n"+ciscoMan+".2.0 timeticks "+c.saved+"\n"+ciscoMan+".3.0 timeticks "+c.written+"\n"),
		}
		if c.uptime != "" {
			answers = append(answers, walk(engine, engine+".3.0 integer "+c.uptime+"\n"))
		}
		if got := flat(t, answers...); !strings.Contains(got, "saved.running_is_saved = "+c.want) {
			t.Errorf("%s: not %s in\n%s", c.name, c.want, got)
		}
	}
}

// An empty, complete walk proves nothing: a view may hide.
func TestEmptyIsUnknown(t *testing.T) {
	var answers []*pluginpb.Answer
	for _, c := range (snmpmib.Driver{}).Describe().GetCommands() {
		answers = append(answers, &pluginpb.Answer{Question: driver.ParseQuestion(c), Complete: true})
	}
	for line := range strings.Lines(flat(t, answers...)) {
		if _, value, _ := strings.Cut(line, " = "); !strings.HasPrefix(value, "unknown: not_found") {
			t.Errorf("an agent that shows nothing leads to %s", line)
		}
	}
}

// Hostile names: no two items of one scope, nothing that is not text.
func TestHostileNames(t *testing.T) {
	got := flat(t,
		walk(ifDescr, ifDescr+".1 string \"a\"\n"+ifDescr+".2 string \"a\"\n"+ifDescr+".3 string \"a interface 2\"\n"+ifDescr+".4 string \"\\xff\\x00\\n\"\n"+ifDescr+".5 string \"\"\n"),
		walk("1.3.6.1.2.1.2.2.1.7", "1.3.6.1.2.1.2.2.1.7.1 integer 1\n"))
	f, err := facts.Parse(got)
	if err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	seen := map[string]bool{}
	for _, i := range f.GetInterfaces().GetItems() {
		if seen[i.GetScope()] {
			t.Errorf("two interfaces %q", i.GetScope())
		}
		seen[i.GetScope()] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d interfaces:\n%s", len(seen), got)
	}
}
