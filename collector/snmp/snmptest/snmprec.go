package snmptest

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/plugins/driver"
)

// Snmprec reads a recording in the format of SNMP simulators: OID|tag|value, the tag a number with an x after it if the value is in
// hexadecimal. Lines that are not of the format are counted, not read: recordings from the field have some.
func Snmprec(r io.Reader) (varbinds []driver.Varbind, skipped int, err error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 4<<20)
	for scanner.Scan() {
		v, err := snmprecLine(strings.TrimRight(scanner.Text(), "\r"))
		if err != nil {
			skipped++
			continue
		}
		varbinds = append(varbinds, v)
	}
	if err := scanner.Err(); err != nil {
		return nil, skipped, fmt.Errorf("snmprec: %w", err)
	}
	return varbinds, skipped, nil
}

var errNotSnmprec = errors.New("not a line of a recording")

var snmprecTypes = map[string]driver.VarbindType{
	"2": driver.IntegerType, "4": driver.StringType, "6": driver.OIDType, "64": driver.AddressType, "65": driver.Counter32Type,
	"66": driver.Gauge32Type, "67": driver.TicksType, "68": driver.OpaqueType, "70": driver.Counter64Type, "5": driver.NullType,
}

func snmprecLine(line string) (driver.Varbind, error) {
	name, rest, ok := strings.Cut(line, "|")
	tag, value, ok2 := strings.Cut(rest, "|")
	if !ok || !ok2 {
		return driver.Varbind{}, errNotSnmprec
	}
	oid, err := driver.ParseOID(strings.TrimPrefix(name, "."))
	if err != nil {
		return driver.Varbind{}, err
	}
	tag, inHex := strings.CutSuffix(tag, "x")
	v := driver.Varbind{OID: oid, Type: snmprecTypes[tag]}
	if inHex {
		b, err := hex.DecodeString(value)
		if err != nil {
			return v, errNotSnmprec
		}
		value = string(b)
	}
	switch v.Type {
	case driver.StringType, driver.OpaqueType:
		v.Text = value
	case driver.OIDType:
		target, err := driver.ParseOID(strings.TrimPrefix(value, "."))
		v.Text = target.String()
		return v, err
	case driver.AddressType:
		a, err := netip.ParseAddr(value)
		if inHex {
			var ok bool
			if a, ok = netip.AddrFromSlice([]byte(value)); ok {
				err = nil
			}
		}
		v.Text = a.String()
		return v, err
	case driver.IntegerType:
		v.Number, err = strconv.ParseInt(value, 10, 32)
		return v, err
	case driver.Counter64Type:
		n, err := strconv.ParseUint(value, 10, 64)
		v.Number = int64(n)
		return v, err
	case driver.Counter32Type, driver.Gauge32Type, driver.TicksType:
		n, err := strconv.ParseUint(value, 10, 32)
		v.Number = int64(n)
		return v, err
	case driver.NullType:
	default:
		return v, errNotSnmprec
	}
	return v, nil
}
