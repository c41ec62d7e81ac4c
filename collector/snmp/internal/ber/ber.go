// Package ber reads and writes as much of ASN.1's basic encoding as SNMP messages need. It accepts any definite length form,
// as real agents use it, and refuses what goes beyond its enclosing element.
package ber

import (
	"errors"

	"github.com/plumbline/plumbline/plugins/driver"
)

// The tags of SNMP.
const (
	Integer   = 0x02
	Octets    = 0x04
	Null      = 0x05
	OID       = 0x06
	Sequence  = 0x30
	Address   = 0x40
	Counter32 = 0x41
	Gauge32   = 0x42
	Ticks     = 0x43
	Opaque    = 0x44
	Counter64 = 0x46

	NoSuchObject = 0x80
	EndOfView    = 0x82

	GetRequest     = 0xa0
	GetNextRequest = 0xa1
	GetResponse    = 0xa2
	GetBulkRequest = 0xa5
	Report         = 0xa8
)

// ErrMalformed says that bytes are not what they should be.
var ErrMalformed = errors.New("malformed BER")

// A Reader takes elements off the front of its bytes.
type Reader []byte

// Next takes one element of any kind: its tag and content.
func (r *Reader) Next() (tag byte, content Reader, err error) {
	b := *r
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, nil, ErrMalformed
	}
	tag, n, b := b[0], int(b[1]), b[2:]
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 4 || size > len(b) {
			return 0, nil, ErrMalformed
		}
		n = 0
		for _, c := range b[:size] {
			n = n<<8 | int(c)
		}
		b = b[size:]
	}
	if n > len(b) {
		return 0, nil, ErrMalformed
	}
	*r = b[n:]
	return tag, b[:n:n], nil
}

// Take takes one element of a kind.
func (r *Reader) Take(tag byte) (Reader, error) {
	got, content, err := r.Next()
	if err == nil && got != tag {
		err = ErrMalformed
	}
	return content, err
}

// Int takes an integer of at most eight bytes.
func (r *Reader) Int() (int64, error) {
	c, err := r.Take(Integer)
	if err != nil {
		return 0, err
	}
	return c.AsInt()
}

// AsInt reads content as a signed number.
func (r Reader) AsInt() (int64, error) {
	if len(r) == 0 || len(r) > 8 {
		return 0, ErrMalformed
	}
	n := int64(int8(r[0]))
	for _, c := range r[1:] {
		n = n<<8 | int64(c)
	}
	return n, nil
}

// AsOID reads content as an object identifier.
func (r Reader) AsOID() (driver.OID, error) {
	var out driver.OID
	var n uint64
	for i, c := range r {
		n = n<<7 | uint64(c&0x7f)
		if n > 1<<32-1+80 {
			return nil, ErrMalformed
		}
		if c&0x80 != 0 {
			if i == len(r)-1 {
				return nil, ErrMalformed
			}
			continue
		}
		if out == nil {
			first := min(n/40, 2)
			out, n = append(out, uint32(first)), n-40*first
		}
		if n > 1<<32-1 || len(out) == driver.MaxOID {
			return nil, ErrMalformed
		}
		out, n = append(out, uint32(n)), 0
	}
	if out == nil {
		return nil, ErrMalformed
	}
	return out, nil
}

// Element writes one element around content.
func Element(tag byte, content ...[]byte) []byte {
	n := 0
	for _, c := range content {
		n += len(c)
	}
	out := make([]byte, 0, n+6)
	out = append(out, tag)
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	for _, c := range content {
		out = append(out, c...)
	}
	return out
}

// Int writes a number under a tag, in as few bytes as it takes.
func Int(tag byte, n int64) []byte {
	size := 1
	for size < 8 && (n >= 1<<(8*size-1) || n < -1<<(8*size-1)) {
		size++
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(n >> (8 * (size - 1 - i)))
	}
	return Element(tag, b)
}

// Uint64 writes a counter of 64 bits.
func Uint64(tag byte, n uint64) []byte {
	if n < 1<<63 {
		return Int(tag, int64(n))
	}
	b := make([]byte, 9)
	for i := range 8 {
		b[1+i] = byte(n >> (8 * (7 - i)))
	}
	return Element(tag, b)
}

// Name writes an object identifier.
func Name(oid driver.OID) []byte {
	var b []byte
	for i := 0; i < len(oid); i++ {
		n := uint64(oid[i])
		if i == 0 {
			n *= 40
			if len(oid) > 1 {
				n += uint64(oid[1])
			}
			i++
		}
		var tmp [5]byte
		k := len(tmp) - 1
		tmp[k] = byte(n & 0x7f)
		for n >>= 7; n > 0; n >>= 7 {
			k--
			tmp[k] = byte(n&0x7f) | 0x80
		}
		b = append(b, tmp[k:]...)
	}
	return Element(OID, b)
}
