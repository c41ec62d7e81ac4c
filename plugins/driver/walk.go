package driver

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Varbind is one line of the answer to a Walk: a dotted OID, the word of its type, and its value. Numbers are decimal, an oid
// and an address as they are usually written; a string is quoted as Go quotes it, so that any bytes survive and a line of a
// string is never a line of the answer; an opaque value is in hexadecimal, quoted; null has no value.
//
//	1.3.6.1.2.1.1.1.0 string "Example Switch\r\nVersion 5.1"
//	1.3.6.1.2.1.1.2.0 oid 1.3.6.1.4.1.8072.3.2.10
//	1.3.6.1.2.1.1.3.0 timeticks 4242
//	1.3.6.1.2.1.2.2.1.8.1 integer 1
//	1.3.6.1.2.1.4.20.1.1.192.0.2.1 address 192.0.2.1
//	1.3.6.1.4.1.2021.10.1.6.1 opaque "9f78043e800000"
//
// The other words are counter32, gauge32 and counter64. Lines stand in the order of their OIDs, each above the one before:
// that is how an agent answers a walk, and an answer that does not is refused.
type Varbind struct {
	OID  OID
	Type VarbindType
	// Number is the value of an integer, counter32, gauge32, timeticks or counter64; a counter64 above the largest int64 is
	// its two's complement (Unsigned gives it).
	Number int64
	// Text is the value of a string or opaque (its bytes), an oid or an address (as written).
	Text string
}

// VarbindType is the word for a type of value.
type VarbindType string

// The types of value.
const (
	IntegerType   VarbindType = "integer"
	StringType    VarbindType = "string"
	OIDType       VarbindType = "oid"
	AddressType   VarbindType = "address"
	Counter32Type VarbindType = "counter32"
	Gauge32Type   VarbindType = "gauge32"
	TicksType     VarbindType = "timeticks"
	Counter64Type VarbindType = "counter64"
	OpaqueType    VarbindType = "opaque"
	NullType      VarbindType = "null"
)

// Unsigned gives a number that has no sign.
func (v Varbind) Unsigned() uint64 { return uint64(v.Number) }

// FormatVarbind prints one line of a walk, without its line end.
func FormatVarbind(v Varbind) string { return string(AppendVarbind(nil, v)) }

// AppendVarbind is FormatVarbind onto the end of b.
func AppendVarbind(b []byte, v Varbind) []byte {
	b = v.OID.appendTo(b)
	b = append(b, ' ')
	b = append(b, v.Type...)
	if v.Type == NullType {
		return b
	}
	b = append(b, ' ')
	switch v.Type {
	case StringType:
		return strconv.AppendQuote(b, v.Text)
	case OpaqueType:
		return strconv.AppendQuote(b, hex.EncodeToString([]byte(v.Text)))
	case OIDType, AddressType:
		return append(b, v.Text...)
	case Counter64Type:
		return strconv.AppendUint(b, v.Unsigned(), 10)
	}
	return strconv.AppendInt(b, v.Number, 10)
}

// ParseVarbind reads what FormatVarbind prints, and nothing else: leading zeros, stray blanks and numbers outside their
// type's range are errors.
func ParseVarbind(line string) (Varbind, error) {
	name, rest, _ := strings.Cut(line, " ")
	oid, err := ParseOID(name)
	if err != nil {
		return Varbind{}, fmt.Errorf("%.60q is not a line of a walk: %w", line, err)
	}
	word, value, _ := strings.Cut(rest, " ")
	v := Varbind{OID: oid, Type: VarbindType(word)}
	if err = v.setValue(value); err == nil && FormatVarbind(v) != line {
		err = errors.New("it is not written as a walk is")
	}
	if err != nil {
		return Varbind{}, fmt.Errorf("%s %.20s: %w", name, word, err)
	}
	return v, nil
}

func (v *Varbind) setValue(s string) (err error) {
	switch v.Type {
	case StringType:
		v.Text, err = strconv.Unquote(s)
	case OpaqueType:
		var digits string
		if digits, err = strconv.Unquote(s); err == nil {
			var b []byte
			b, err = hex.DecodeString(digits)
			v.Text = string(b)
		}
	case OIDType:
		_, err = ParseOID(s)
		v.Text = s
	case AddressType:
		var a netip.Addr
		a, err = netip.ParseAddr(s)
		v.Text = a.String()
	case IntegerType:
		v.Number, err = strconv.ParseInt(s, 10, 32)
	case Counter32Type, Gauge32Type, TicksType:
		var n uint64
		n, err = strconv.ParseUint(s, 10, 32)
		v.Number = int64(n)
	case Counter64Type:
		var n uint64
		n, err = strconv.ParseUint(s, 10, 64)
		v.Number = int64(n)
	case NullType:
	default:
		err = errors.New("there is no such type")
	}
	return err
}

// Varbinds yields each line of a walk with its number, from 1; empty lines are passed over. A line that cannot be read, or
// whose OID does not come after the one before, ends it with an error: a table with a hole is not a table.
func (d Document) Varbinds() iter.Seq2[NumberedVarbind, error] {
	return func(yield func(NumberedVarbind, error) bool) {
		var last OID
		for n, line := range d.Lines() {
			if line == "" {
				continue
			}
			v, err := ParseVarbind(line)
			if err == nil && last != nil && v.OID.Compare(last) <= 0 {
				err = fmt.Errorf("%s does not come after %s", v.OID, last)
			}
			if err != nil {
				yield(NumberedVarbind{Line: n}, fmt.Errorf("%s line %d: %w", d.Source, n, err))
				return
			}
			last = v.OID
			if !yield(NumberedVarbind{Varbind: v, Line: n, Source: line}, nil) {
				return
			}
		}
	}
}

// NumberedVarbind is a varbind with the line of the answer it stands on, for evidence.
type NumberedVarbind struct {
	Varbind
	Line int
	// Source is the line as it stands.
	Source string
}

// OID is an object identifier, number by number.
type OID []uint32

// MaxOID is how many numbers an OID may have (RFC 2578, section 3.5).
const MaxOID = 128

// ParseOID reads a dotted OID, without a leading dot.
func ParseOID(s string) (OID, error) {
	oid := make(OID, 0, 1+strings.Count(s, "."))
	if cap(oid) > MaxOID {
		return nil, fmt.Errorf("an OID has at most %d numbers", MaxOID)
	}
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || len(part) > 1 && part[0] == '0' {
			return nil, fmt.Errorf("%.60q is not an OID", s)
		}
		oid = append(oid, uint32(n))
	}
	return oid, nil
}

// String prints it dotted, without a leading dot.
func (o OID) String() string { return string(o.appendTo(make([]byte, 0, 4*len(o)))) }

func (o OID) appendTo(b []byte) []byte {
	for i, n := range o {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return b
}

// Compare orders OIDs as an agent does.
func (o OID) Compare(other OID) int { return slices.CompareFunc(o, other, cmp.Compare[uint32]) }

// Below gives what follows root in it, and whether it stands below root at all.
func (o OID) Below(root OID) (OID, bool) {
	if len(o) <= len(root) || !slices.Equal(o[:len(root)], root) {
		return nil, false
	}
	return o[len(root):], true
}
