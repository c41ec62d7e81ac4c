package snmp

import (
	"testing"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
	"github.com/plumbline/plumbline/plugins/driver"
)

func octets(b ...byte) []byte { return ber.Element(ber.Octets, b) }

func number(n int64) []byte { return ber.Int(ber.Integer, n) }

// messages are one of each kind that is looked at.
func messages() map[string][]byte {
	pdu := func(kind byte, name driver.OID) []byte {
		vb := ber.Element(ber.Sequence, ber.Name(name), ber.Int(ber.Counter32, 1))
		return ber.Element(kind, number(77), number(0), number(0), ber.Element(ber.Sequence, vb))
	}
	wrongDigest := driver.OID{1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0}
	v3 := func(flags byte, body []byte) []byte {
		return ber.Element(ber.Sequence, number(3), ber.Element(ber.Sequence, number(99), number(65507), octets(flags), number(3)),
			octets(ber.Element(ber.Sequence, octets(1, 2, 3, 4, 5), number(7), number(1000), octets('u'), octets(), octets())...), body)
	}
	scoped := func(p []byte) []byte { return ber.Element(ber.Sequence, octets(1), octets(), p) }
	return map[string][]byte{
		"v2c":       ber.Element(ber.Sequence, number(1), octets('c'), pdu(ber.GetResponse, driver.OID{1, 3})),
		"report":    v3(0, scoped(pdu(ber.Report, wrongDigest))),
		"plain":     v3(flagAuth, scoped(pdu(ber.GetResponse, driver.OID{1, 3}))),
		"encrypted": v3(flagAuth|flagPriv, octets(9, 9, 9)),
	}
}

func TestPeek(t *testing.T) {
	for name, want := range map[string]header{
		"v2c":       {version: 1, id: 77, community: "c", pdu: ber.GetResponse},
		"report":    {version: 3, id: 99, engine: "\x01\x02\x03\x04\x05", boots: 7, time: 1000, pdu: ber.Report, report: reportWrongDigest},
		"plain":     {version: 3, id: 99, engine: "\x01\x02\x03\x04\x05", boots: 7, time: 1000, flags: flagAuth, pdu: ber.GetResponse},
		"encrypted": {version: 3, id: 99, engine: "\x01\x02\x03\x04\x05", boots: 7, time: 1000, flags: flagAuth | flagPriv, encrypted: true},
	} {
		message := messages()[name]
		if got, err := peek(message); err != nil || got != want {
			t.Errorf("%s: %+v, %v, not %+v", name, got, err, want)
		}
		for n := range message {
			if _, err := peek(message[:n]); err == nil {
				t.Errorf("%s: its first %d bytes are taken for a message", name, n)
			}
		}
		if _, err := peek(append(message, 0)); err == nil {
			t.Errorf("%s: taken for a message with a byte after it", name)
		}
	}
}

func FuzzPeek(f *testing.F) {
	for _, m := range messages() {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := peek(message)
		b, err2 := peek(message)
		if a != b || (err == nil) != (err2 == nil) {
			t.Error("read twice, it is another message")
		}
	})
}
