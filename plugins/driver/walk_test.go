package driver_test

import (
	"strings"
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
)

const walkLines = `1.3.6.1.2.1.1.1.0 string "Example\r\nVersion 5.1 \xc8\xcf 版本\x00\u2028"
1.3.6.1.2.1.1.2.0 oid 1.3.6.1.4.1.8072
1.3.6.1.2.1.1.3.0 timeticks 4294967295
1.3.6.1.2.1.2.2.1.8.1 integer -2147483648
1.3.6.1.2.1.2.2.1.10.1 counter32 7
1.3.6.1.2.1.2.2.1.10.2 gauge32 0
1.3.6.1.2.1.4.20.1.1.192.0.2.1 address 192.0.2.1
1.3.6.1.2.1.4.20.1.1.192.0.2.2 address 2001:db8::1
1.3.6.1.2.1.31.1.1.1.6.1 counter64 18446744073709551615
1.3.6.1.4.1.2021.10.1.6.1 opaque "9f78043e800000"
1.3.6.1.4.1.2021.10.1.6.2 null
`

func walked(t *testing.T, body string) ([]driver.NumberedVarbind, error) {
	t.Helper()
	q := driver.Walk("1.3")
	d := driver.Index([]*pluginpb.Answer{{Question: q, Body: []byte(body), Complete: true}}).Walk("1.3")
	var out []driver.NumberedVarbind
	for v, err := range d.Varbinds() {
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

func TestWalkRoundTrip(t *testing.T) {
	got, err := walked(t, walkLines)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i, v := range got {
		if v.Line != i+1 {
			t.Errorf("%s is said to stand on line %d, it stands on %d", v.OID, v.Line, i+1)
		}
		b.WriteString(driver.FormatVarbind(v.Varbind) + "\n")
	}
	if b.String() != walkLines {
		t.Errorf("printed:\n%s\nread:\n%s", b.String(), walkLines)
	}
	if want := "Example\r\nVersion 5.1 \xc8\xcf 版本\x00\u2028"; got[0].Text != want {
		t.Errorf("the string is %q, not %q", got[0].Text, want)
	}
	if got[8].Unsigned() != 1<<64-1 {
		t.Errorf("the counter is %d", got[8].Unsigned())
	}
}

func TestWalkIsStrict(t *testing.T) {
	for _, line := range []string{
		"1.3.6.1", "1.3.6.1 integer", "1.3.6.1 integer 01", "1.3.6.1 integer +1", "1.3.6.1 integer 2147483648", "1.3.6.1  integer 1",
		"1.3.6.1 integer 1 ", ".1.3.6.1 integer 1", "1.03 integer 1", "1.4294967296 integer 1", "1..3 integer 1", " integer 1",
		"1.3 gauge32 -1", "1.3 timeticks 4294967296", "1.3 counter64 18446744073709551616", "1.3 string abc", `1.3 string "a`, "1.3 string `a`",
		`1.3 string "a" x`, `1.3 string "\u0041"`, "1.3 address 1.2.3", "1.3 address 2001:0db8::1", "1.3 oid .1.3", "1.3 null 1", "1.3 float 1",
		`1.3 opaque "9F"`, `1.3 opaque "9"`, "1" + strings.Repeat(".1", 128) + " integer 1",
	} {
		if v, err := driver.ParseVarbind(line); err == nil {
			t.Errorf("%q is read as %+v", line, v)
		}
	}
}

func TestWalkOrder(t *testing.T) {
	for _, body := range []string{
		"1.3.2 integer 1\n1.3.1 integer 1\n",
		"1.3.2 integer 1\n1.3.2 integer 1\n",
		"1.3.2.1 integer 1\n1.3.2 integer 1\n",
	} {
		if got, err := walked(t, body); err == nil || len(got) != 1 || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %d lines, %v", body, len(got), err)
		}
	}
}

func TestOIDBelow(t *testing.T) {
	oid, _ := driver.ParseOID("1.3.6.1.2")
	root, _ := driver.ParseOID("1.3.6")
	if rest, ok := oid.Below(root); !ok || rest.String() != "1.2" {
		t.Errorf("below %s: %s, %v", root, rest, ok)
	}
	for _, other := range []string{"1.3.6.1.2", "1.3.6.2", "1.3.60", "2"} {
		root, err := driver.ParseOID(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := oid.Below(root); ok {
			t.Errorf("%s is said to be below %s", oid, root)
		}
	}
}

func FuzzWalk(f *testing.F) {
	for line := range strings.Lines(walkLines) {
		f.Add(strings.TrimSuffix(line, "\n"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		v, err := driver.ParseVarbind(line)
		if err != nil {
			return
		}
		if got := driver.FormatVarbind(v); got != line || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q is printed as %q", line, got)
		}
	})
}

// Whatever bytes a device sends as a string come back.
func FuzzWalkString(f *testing.F) {
	f.Add([]byte("a\nb\"\\\xff\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := driver.ParseVarbind(driver.FormatVarbind(driver.Varbind{OID: driver.OID{1, 3}, Type: driver.StringType, Text: string(b)}))
		if err != nil || v.Text != string(b) {
			t.Errorf("%q came back as %q: %v", b, v.Text, err)
		}
	})
}
