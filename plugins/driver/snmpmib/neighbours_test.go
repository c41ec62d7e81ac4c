package snmpmib_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/drivertest"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	ifName     = "1.3.6.1.2.1.31.1.1.1.1"
	ifAlias    = "1.3.6.1.2.1.31.1.1.1.18"
	lldp       = "1.0.8802.1.1.2.1."
	lldpRemote = lldp + "4.1.1."
	lldpLocal  = lldp + "3.7.1."
	basePort   = "1.3.6.1.2.1.17.1.4.1.2"
	dFdbPort   = "1.3.6.1.2.1.17.4.3.1.2"
	dFdbStatus = "1.3.6.1.2.1.17.4.3.1.3"
	qFdbPort   = "1.3.6.1.2.1.17.7.1.2.2.1.2"
	qFdbStatus = "1.3.6.1.2.1.17.7.1.2.2.1.3"
	vlanFdb    = "1.3.6.1.2.1.17.7.1.4.2.1.3"
	mediaMAC   = "1.3.6.1.2.1.4.22.1.2"
	mediaType  = "1.3.6.1.2.1.4.22.1.4"
	netToMAC   = "1.3.6.1.2.1.4.35.1.4"
	netToType  = "1.3.6.1.2.1.4.35.1.6"
	cdpDevice  = "1.3.6.1.4.1.9.9.23.1.2.1.1.6"
)

func FuzzLLDP(f *testing.F) { drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk(lldpRemote+"5")) }

func FuzzForwarding(f *testing.F) { drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk(qFdbPort)) }

func FuzzARP(f *testing.F) { drivertest.Fuzz(f, snmpmib.Driver{}, driver.Walk(netToType)) }

// rows writes a walk: each row is what follows the column's OID.
func rows(oid string, rows ...string) *pluginpb.Answer {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(oid + "." + r + "\n")
	}
	return walk(oid, b.String())
}

// cut is a walk that did not come to its end.
func cut(reason pb.Reason, a *pluginpb.Answer) *pluginpb.Answer {
	a.Complete, a.Reason = false, reason
	return a
}

// twoPorts are two interfaces, described by nothing.
func twoPorts() []*pluginpb.Answer {
	return []*pluginpb.Answer{
		rows(ifDescr, `1 string "Port One"`, `2 string "Port Two"`, `50 string "Vlan10"`), rows(ifName, `1 string "p1"`, `2 string "p2"`, `50 string "Vl10"`),
		rows(ifAlias, `1 string ""`, `2 string ""`, `50 string ""`),
	}
}

// remote is one neighbour on a local LLDP port.
func remote(port string) []*pluginpb.Answer {
	at := "0." + port + ".1 "
	return []*pluginpb.Answer{
		rows(lldpRemote+"5", at+`string "\x00\x00^\x00S\x01"`), rows(lldpRemote+"4", at+"integer 4"), rows(lldpRemote+"6", at+"integer 5"),
		rows(lldpRemote+"7", at+`string "e0"`), rows(lldpRemote+"9", at+`string "far"`), rows(lldp + "4.2.1.3"),
	}
}

func local(kind, id, descr []string) []*pluginpb.Answer {
	return []*pluginpb.Answer{rows(lldpLocal+"2", kind...), rows(lldpLocal+"3", id...), rows(lldpLocal+"4", descr...)}
}

// Which interface an LLDP port is: what the agent proves, and nothing else.
func TestLLDPInterface(t *testing.T) {
	bridge := rows(basePort, "1 integer 2", "2 integer 1")
	for _, c := range []struct {
		name, port, want string
		more             []*pluginpb.Answer
	}{
		{"the name of the port goes before its number", "1", "p1", append(local([]string{"1 integer 5"}, []string{`1 string "p1"`}, nil), bridge)},
		{"a name that no interface has", "1", "unknown: not_understood", local([]string{"1 integer 5"}, []string{`1 string "p9"`}, nil)},
		{"the description of the port goes before its number", "2", "p2", append(local(nil, nil, []string{`2 string "Port Two"`}), bridge,
			rows(ifAlias, `1 string "x"`, `2 string ""`, `50 string ""`))},
		{"a description that people wrote, of the port with that ifIndex", "2", "p2", append(local(nil, nil, []string{`2 string "to core"`}),
			rows(ifAlias, `1 string ""`, `2 string "to core"`, `50 string ""`))},
		{"a description that people wrote, of another", "1", "unknown: not_understood", append(local(nil, nil, []string{`1 string "to core"`}),
			rows(ifAlias, `1 string ""`, `2 string "to core"`, `50 string ""`))},
		{"a description that names one and describes another", "9", "unknown: not_understood", append(local(nil, nil, []string{`9 string "p1"`}),
			rows(ifAlias, `1 string ""`, `2 string "p1"`, `50 string ""`))},
		{"a description that people wrote of two", "2", "unknown: not_understood", append(local(nil, nil, []string{`2 string "uplink"`}),
			rows(ifAlias, `1 string "uplink"`, `2 string "uplink"`, `50 string ""`))},
		{"a name, and what people wrote is hidden", "9", "unknown: not_understood", append(local(nil, nil, []string{`9 string "Port Two"`}), rows(ifAlias))},
		{"what people wrote was cut", "1", "unknown: not_understood", append(local(nil, nil, []string{`1 string "uplink"`}),
			cut(pb.Reason_REASON_TRUNCATED, rows(ifAlias, `1 string "uplink"`)))},
		{"only the bridge port's number", "2", "p1", append(local(nil, nil, nil), bridge)},
		{"only a number that is no bridge port's", "50", "unknown: not_understood", append(local(nil, nil, nil), bridge)},
		{"names that were cut", "2", "unknown: truncated", append(local(nil, nil, nil), bridge, cut(pb.Reason_REASON_TRUNCATED, rows(ifName, `1 string "p1"`)))},
		{"local ports that were cut", "2", "unknown: timeout", []*pluginpb.Answer{cut(pb.Reason_REASON_TIMEOUT, rows(lldpLocal+"2")), bridge}},
	} {
		got := flat(t, slices.Concat(c.more, remote(c.port), twoPorts())...)
		if !strings.Contains(got, ".interface = "+c.want) || strings.Count(got, "].kind = lldp") != 1 {
			t.Errorf("%s: not %s in\n%s", c.name, c.want, grep(got, "neighbours"))
		}
	}
}

func grep(text, word string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A neighbour that stands under several time marks is one, and the newest row counts.
func TestTimeMarks(t *testing.T) {
	got := flat(t, slices.Concat(twoPorts(), []*pluginpb.Answer{
		rows(lldpRemote+"5", `3.1.1 string "\x00\x00^\x00S\x01"`, `4.1.1 string "\x00\x00^\x00S\x01"`, `9.1.1 string "\x00\x00^\x00S\x01"`),
		rows(lldpRemote+"4", "3.1.1 integer 4", "4.1.1 integer 4", "9.1.1 integer 4"),
		rows(lldpRemote+"9", `3.1.1 string "old"`, `4.1.1 string "old"`, `9.1.1 string "new"`),
	})...)
	if strings.Count(got, "].kind = lldp") != 1 || !strings.Contains(got, ".name = new") {
		t.Errorf("%s", grep(got, "neighbours"))
	}
}

// What the forwarding and ARP tables prove, and what they do not.
func TestTables(t *testing.T) {
	learned := []*pluginpb.Answer{rows(basePort, "1 integer 1", "2 integer 2"), rows(qFdbPort, "10.0.0.94.0.83.1 integer 2"), rows(qFdbStatus, "10.0.0.94.0.83.1 integer 3")}
	arp := func(index string) []*pluginpb.Answer {
		return []*pluginpb.Answer{rows(netToType, index+".1.4.192.0.2.9 integer 3"), rows(netToMAC, index+`.1.4.192.0.2.9 string "\x00\x00^\x00S\x01"`)}
	}
	for _, c := range []struct {
		name    string
		want    []string
		never   string
		answers []*pluginpb.Answer
	}{
		{"a VLAN with a database of its own", []string{"neighbours[fdb p2 00:00:5e:00:53:01].vlan = 10"}, "", append([]*pluginpb.Answer{rows(vlanFdb, "0.10 gauge32 10")}, learned...)},
		{"a map of VLANs that was cut", []string{".vlan = unknown: truncated", "neighbours = unknown: truncated"}, "",
			append([]*pluginpb.Answer{cut(pb.Reason_REASON_TRUNCATED, rows(vlanFdb, "0.10 gauge32 10"))}, learned...)},
		{"a number of the agent's own is no VLAN", []string{".vlan = unknown: not_understood"}, "", append([]*pluginpb.Answer{rows(vlanFdb, "0.5000 gauge32 10")}, learned...)},
		{"too many to be shown", []string{"neighbours = unknown: too_large", "].kind = fdb"}, "",
			[]*pluginpb.Answer{learned[0], cut(pb.Reason_REASON_TOO_LARGE, rows(qFdbPort, "10.0.0.94.0.83.1 integer 2")), learned[2]}},
		{"what was learned is not told from its own", []string{"neighbours = unknown: timeout"}, "kind = fdb", []*pluginpb.Answer{learned[0], learned[1], cut(pb.Reason_REASON_TIMEOUT, rows(qFdbStatus))}},
		{"the device's own address", nil, "kind = fdb", []*pluginpb.Answer{learned[0], learned[1], rows(qFdbStatus, "10.0.0.94.0.83.1 integer 4")}},
		{"a group's address", nil, "kind = fdb", []*pluginpb.Answer{learned[0], rows(dFdbPort, "1.0.94.0.0.1 integer 1"), rows(dFdbStatus, "1.0.94.0.0.1 integer 3")}},
		{"a table of the 802.1D kind says no VLAN", []string{"neighbours[fdb p1 00:00:5e:00:53:01].kind"}, ".vlan =",
			[]*pluginpb.Answer{learned[0], rows(qFdbPort), rows(dFdbPort, "0.0.94.0.83.1 integer 1"), rows(dFdbStatus, "0.0.94.0.83.1 integer 3")}},
		{"a routed interface", []string{"neighbours[arp Vl10 192.0.2.9].interface = Vl10"}, "", append(arp("50"), learned...)},
		{"the port on which the station was learned", []string{"neighbours[arp p2 192.0.2.9].interface = p2"}, "", append(arp("2"), learned...)},
		{"another port than that", []string{".interface = unknown: conflict"}, "arp p1", append(arp("1"), learned...)},
		{"a port, and where stations were learned was cut", []string{".interface = unknown: timeout"}, "arp p2",
			append(arp("2"), learned[0], cut(pb.Reason_REASON_TIMEOUT, rows(qFdbPort)))},
		{"the interface of a VLAN, which is counted among the ports", []string{"neighbours[arp p1 192.0.2.9].interface = p1"}, "",
			append(arp("1"), append([]*pluginpb.Answer{rows("1.3.6.1.2.1.2.2.1.3", "1 integer 136", "2 integer 6")}, learned...)...)},
		{"an address of the device", nil, "kind = arp", append(arp("50"), rows("1.3.6.1.2.1.4.20.1.2", "192.0.2.9 integer 50"))},
		{"nobody answered", nil, "kind = arp", []*pluginpb.Answer{rows(mediaType, "50.192.0.2.9 integer 3"), rows(mediaMAC, `50.192.0.2.9 string "\x00\x00\x00\x00\x00\x00"`)}},
		{"both tables have it", []string{"neighbours[arp Vl10 192.0.2.9].mac = 00:00:5e:00:53:01"}, "interface 50]",
			append(arp("50"), rows(mediaType, "50.192.0.2.9 integer 3"), rows(mediaMAC, `50.192.0.2.9 string "\x00\x00^\x00S\x02"`))},
		{"version 6", []string{"neighbours[arp Vl10 fe80::1].address = fe80::1"}, "", []*pluginpb.Answer{
			rows(netToType, "50.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1 integer 3"), rows(netToMAC, `50.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1 string "\x00\x00^\x00S\x02"`)}},
	} {
		answers := slices.Concat(c.answers, twoPorts())
		if !slices.ContainsFunc(answers, func(a *pluginpb.Answer) bool { return driver.Text(a.GetQuestion()) == "walk "+basePort }) {
			answers = append(answers, rows(basePort))
		}
		got := flat(t, answers...)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, grep(got, "neighbours"))
			}
		}
		if c.never != "" && strings.Contains(got, c.never) {
			t.Errorf("%s: %s in\n%s", c.name, c.never, grep(got, "neighbours"))
		}
	}
}

// Tables are asked for only if something showed that they have rows, and none twice.
func TestFollows(t *testing.T) {
	ask := func(a ...*pluginpb.Answer) []string {
		t.Helper()
		questions, err := snmpmib.Driver{}.Ask(append(a, rows(system, "2.0 oid 1.3.6.1.4.1.99999.1"), rows(ifDescr)))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, q := range questions {
			out = append(out, q.GetWalk())
		}
		return out
	}
	old := rows(mediaType)
	for _, c := range []struct {
		name    string
		want    []string
		answers []*pluginpb.Answer
	}{
		{"nothing is shown", []string{mediaType}, nil},
		{"nothing, and all was asked", nil, []*pluginpb.Answer{old}},
		{"a bridge", []string{qFdbPort}, []*pluginpb.Answer{old, rows(basePort, "1 integer 1")}},
		{"with VLANs", []string{qFdbStatus, vlanFdb}, []*pluginpb.Answer{old, rows(basePort, "1 integer 1"), rows(qFdbPort, "1.0.0.94.0.83.1 integer 1")}},
		{"without", []string{dFdbPort}, []*pluginpb.Answer{old, rows(basePort, "1 integer 1"), rows(qFdbPort)}},
		{"that does not answer", nil, []*pluginpb.Answer{old, rows(basePort, "1 integer 1"), cut(pb.Reason_REASON_TIMEOUT, rows(qFdbPort))}},
		{"the new table has version 4", []string{netToMAC}, []*pluginpb.Answer{rows(netToType, "1.1.4.192.0.2.9 integer 3")}},
		{"the new table has version 6 only", []string{netToMAC, mediaType}, []*pluginpb.Answer{rows(netToType, "1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1 integer 3")}},
		{"the old table", []string{mediaMAC}, []*pluginpb.Answer{rows(netToType), rows(mediaType, "1.192.0.2.9 integer 3")}},
		{"a bridge with ARP", []string{qFdbPort, mediaMAC, "1.3.6.1.2.1.2.2.1.3"}, []*pluginpb.Answer{rows(basePort, "1 integer 1"), rows(mediaType, "1.192.0.2.9 integer 3")}},
		{"neighbours by CDP", []string{"1.3.6.1.4.1.9.9.23.1.2.1.1.3", "1.3.6.1.4.1.9.9.23.1.2.1.1.4", "1.3.6.1.4.1.9.9.23.1.2.1.1.7"}, []*pluginpb.Answer{old, rows(cdpDevice, `1.1 string "x"`)}},
		{"neighbours by LLDP", []string{lldpRemote + "4", lldpRemote + "6", lldpRemote + "7", lldpRemote + "9", lldp + "4.2.1.3", lldpLocal + "2", lldpLocal + "3", lldpLocal + "4"},
			[]*pluginpb.Answer{old, rows(lldpRemote+"5", `0.1.1 string "x"`)}},
	} {
		if got := ask(c.answers...); !slices.Equal(got, c.want) {
			t.Errorf("%s: asks %v, not %v", c.name, got, c.want)
		}
	}
}

// bigSwitch is a bridge with so many learned addresses, and half as many ARP entries.
func bigSwitch(stations int) []*pluginpb.Answer {
	var ports, states, kinds, macs []string
	for i := range stations {
		mac := fmt.Sprintf("10.0.0.94.%d.%d.%d", i>>16, i>>8&255, i&255)
		ports = append(ports, mac+" integer "+fmt.Sprint(1+i%2))
		states = append(states, mac+" integer 3")
		if i%2 == 0 {
			at := fmt.Sprintf("50.1.4.10.%d.%d.%d", i>>16, i>>8&255, i&255)
			kinds = append(kinds, at+" integer 3")
			macs = append(macs, fmt.Sprintf(`%s string "\x00\x00^\x%02x\x%02x\x%02x"`, at, i>>16, i>>8&255, i&255))
		}
	}
	var lines []*pluginpb.Answer
	for _, a := range []*pluginpb.Answer{rows(qFdbPort, ports...), rows(qFdbStatus, states...), rows(netToType, kinds...), rows(netToMAC, macs...)} {
		// Printed as an asker prints them.
		lines = append(lines, walk(a.GetQuestion().GetWalk(), canonical(a.GetBody())))
	}
	return slices.Concat(lines, twoPorts(), []*pluginpb.Answer{rows(system, "2.0 oid 1.3.6.1.4.1.99999.1"), rows(basePort, "1 integer 1", "2 integer 2"), rows(vlanFdb, "0.10 gauge32 10")})
}

// canonical writes strings as driver.FormatVarbind does.
func canonical(body []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(body)) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if s, ok := strings.CutPrefix(rest, "string "); ok {
			var raw string
			if _, err := fmt.Sscanf(s, "%q", &raw); err == nil {
				rest = fmt.Sprintf("string %q", raw)
			}
		}
		b.WriteString(name + " " + rest + "\n")
	}
	return b.String()
}

// Ten thousand learned addresses and five thousand ARP entries.
func BenchmarkBigSwitch(b *testing.B) {
	answers := bigSwitch(10_000)
	b.ReportAllocs()
	for b.Loop() {
		r, err := snmpmib.Driver{}.Read(answers)
		if err != nil || len(r.GetFacts().GetNeighbours().GetItems()) != 15_000 {
			b.Fatalf("%d neighbours, %v", len(r.GetFacts().GetNeighbours().GetItems()), err)
		}
	}
}
