package ber

import (
	"testing"

	"github.com/plumbline/plumbline/plugins/driver"
)

func TestNumbers(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 127, 128, -128, -129, 255, 256, 1<<31 - 1, -1 << 31, 1 << 40, -1 << 63, 1<<63 - 1} {
		r := Reader(Int(Integer, n))
		if got, err := r.Int(); err != nil || got != n || len(r) != 0 {
			t.Errorf("%d came back as %d, %v", n, got, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, s := range []string{"0.0", "1.3", "1.0.8802.1.1.2", "2.100.3", "1.3.6.1.4.1.4294967295.0.128.127"} {
		oid, err := driver.ParseOID(s)
		if err != nil {
			t.Fatal(err)
		}
		r := Reader(Name(oid))
		c, err := r.Take(OID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.AsOID(); err != nil || got.String() != s {
			t.Errorf("%s came back as %s, %v", s, got, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, b := range [][]byte{{}, {2}, {2, 1}, {2, 0x80}, {2, 0x85, 0, 0, 0, 0, 1, 1}, {2, 0x82, 1}, {0x1f, 1, 1}, {2, 0x84, 0xff, 0xff, 0xff, 0xff}} {
		r := Reader(b)
		if _, _, err := r.Next(); err == nil {
			t.Errorf("% x was read", b)
		}
	}
	for _, b := range [][]byte{{}, {0x80}, {0x2b, 0x90, 0x80, 0x80, 0x80, 0x00}, {0x2b, 0x81}} {
		if oid, err := Reader(b).AsOID(); err == nil {
			t.Errorf("% x was read as %s", b, oid)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(Element(Sequence, Int(Integer, 3), Element(Octets, []byte("x")), Name(driver.OID{1, 3, 6})))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := Reader(b)
		for {
			before := len(r)
			_, c, err := r.Next()
			if err != nil {
				return
			}
			if len(r) >= before || len(c) > before {
				t.Fatal("it did not get on")
			}
			_, _ = c.AsInt()
			_, _ = c.AsOID()
		}
	})
}
