package snmp_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline/plumbline/collector/snmp/snmptest"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/snmpmib"
)

// bigSwitch are the objects of a switch with so many learned addresses, and half as many ARP entries.
func bigSwitch(t testing.TB, stations int) []driver.Varbind {
	number := func(name string, n int) driver.Varbind {
		return driver.Varbind{OID: oid(t, name), Type: driver.IntegerType, Number: int64(n)}
	}
	words := func(name, s string) driver.Varbind {
		return driver.Varbind{OID: oid(t, name), Type: driver.StringType, Text: s}
	}
	out := []driver.Varbind{
		words(system+".1.0", "a switch"), {OID: oid(t, system+".2.0"), Type: driver.OIDType, Text: "1.3.6.1.4.1.99999.1"},
		{OID: oid(t, "1.3.6.1.2.1.17.7.1.4.2.1.3.0.10"), Type: driver.Gauge32Type, Number: 10},
	}
	for port := 1; port <= 48; port++ {
		out = append(out, words(fmt.Sprintf("%s.%d", table, port), fmt.Sprintf("Ethernet%d", port)), number(fmt.Sprintf("1.3.6.1.2.1.17.1.4.1.2.%d", port), port))
	}
	out = append(out, words(table+".100", "Vlan10"))
	for i := range stations {
		at := fmt.Sprintf("10.0.0.94.%d.%d.%d", i>>16, i>>8&255, i&255)
		out = append(out, number("1.3.6.1.2.1.17.7.1.2.2.1.2."+at, 1+i%48), number("1.3.6.1.2.1.17.7.1.2.2.1.3."+at, 3))
		if i%2 == 0 {
			at = fmt.Sprintf("100.1.4.10.%d.%d.%d", i>>16, i>>8&255, i&255)
			mac := string([]byte{0, 0, 94, byte(i >> 16), byte(i >> 8), byte(i)})
			out = append(out, number("1.3.6.1.2.1.4.35.1.6."+at, 3), words("1.3.6.1.2.1.4.35.1.4."+at, mac))
		}
	}
	return out
}

// A switch with many neighbours is read whole, in bounded memory and with few packets.
func TestManyNeighbours(t *testing.T) {
	n := 4000
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		n = 40_000
	}
	s := snmptest.Start(t, snmptest.Agent{Varbinds: bigSwitch(t, n), Communities: []string{"monitor"}})
	limits := fast()
	limits.Walk, limits.Whole = time.Minute, 5*time.Minute
	conn, err := dial(t, s, community("2c"), limits)
	if err != nil {
		t.Fatal(err)
	}
	d := snmpmib.Driver{}
	before, began := heap(), time.Now()
	iv, err := driver.Conduct(t.Context(), d, conn.Asker(d.Describe()), nil)
	if err != nil {
		t.Fatal(err)
	}
	took, used := time.Since(began), heap()-before
	items := iv.Facts.GetNeighbours().GetItems()
	if want := n + n/2; len(items) != want {
		t.Errorf("%d neighbours, not %d", len(items), want)
	}
	body := 0
	for _, a := range iv.Answers {
		body += len(a.GetBody())
		if !a.GetComplete() {
			t.Errorf("%s: %v %s", driver.Text(a.GetQuestion()), a.GetReason(), a.GetError())
		}
	}
	for _, i := range items {
		if i.GetInterface().GetValue() == "" || !strings.HasPrefix(i.GetMac().GetValue(), "00:00:5e:") {
			t.Fatalf("%v", i)
		}
	}
	// Each column of a row is a varbind, of which a packet brings up to 20.
	if most := 3*n/15 + 100; conn.Sent() > most {
		t.Errorf("%d packets, more than %d", conn.Sent(), most)
	}
	if most := uint64(len(items)) * 4096; used > most {
		t.Errorf("%d bytes kept, more than %d", used, most)
	}
	t.Logf("%d neighbours: %d packets, %v, answers %d KiB, facts %d KiB, kept %d KiB", len(items), conn.Sent(), took.Round(time.Millisecond), body>>10, proto.Size(iv.Facts)>>10, used>>10)
	runtime.KeepAlive(iv)
}

// heap is what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
