package snmptest

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
)

func TestSnmprec(t *testing.T) {
	const recording = "#comment\r\n1.3.6.1.1|2|-5\n1.3.6.1.2|4|words|and more\n1.3.6.1.3|4x|00ff\n.1.3.6.1.4|6|.1.3.6\n1.3.6.1.5|64|192.0.2.1\n1.3.6.1.6|64x|c0000202\n" +
		"1.3.6.1.7|65|1\n1.3.6.1.8|66|4294967295\n1.3.6.1.9|67|3\n1.3.6.1.10|70|18446744073709551615\n1.3.6.1.11|5|\n1.3.6.1.12|67:numeric|rate=100\n1.3.6.1.13|2|x\n1.3.6.1.14|4x|0\nx|2|1\n1.3.6.1.15|99|1\n"
	varbinds, skipped, err := Snmprec(strings.NewReader(recording))
	if err != nil || skipped != 6 {
		t.Fatalf("%d skipped, %v", skipped, err)
	}
	var got strings.Builder
	for _, v := range varbinds {
		got.WriteString(driver.FormatVarbind(v) + "\n")
	}
	const want = "1.3.6.1.1 integer -5\n1.3.6.1.2 string \"words|and more\"\n1.3.6.1.3 string \"\\x00\\xff\"\n1.3.6.1.4 oid 1.3.6\n1.3.6.1.5 address 192.0.2.1\n1.3.6.1.6 address 192.0.2.2\n" +
		"1.3.6.1.7 counter32 1\n1.3.6.1.8 gauge32 4294967295\n1.3.6.1.9 timeticks 3\n1.3.6.1.10 counter64 18446744073709551615\n1.3.6.1.11 null\n"
	if got.String() != want {
		t.Errorf("got\n%s, want\n%s", got.String(), want)
	}
}
