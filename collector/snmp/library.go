package snmp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
	"github.com/plumbline/plumbline/plugins/driver"
)

// An agent is what is needed of an SNMP library: one request, one reply. Errors are those of this package.
type agent interface {
	get(ctx context.Context, oids ...driver.OID) (reply, error)
	// next asks for what comes after an OID: one varbind if repetitions is 0 (GETNEXT), up to so many otherwise (GETBULK).
	next(ctx context.Context, after driver.OID, repetitions int) (reply, error)
	sent() int
	close() error
}

// reply is what an agent answered.
type reply struct {
	// status is the error status of the PDU, 0 if there is none.
	status   status
	varbinds []driver.Varbind
	// ended: after the varbinds, the agent said that its view ends.
	ended bool
	// odd names an answer that has no place in a walk.
	odd string
}

type status uint8

const (
	statusTooBig     status = 1
	statusNoSuchName status = 2
)

// library is an agent over gosnmp.
type library struct {
	snmp *gosnmp.GoSNMP
	wire *wire
	// engine is the bytes of the engine ID that was discovered.
	engine string
}

var versions = map[string]gosnmp.SnmpVersion{"1": gosnmp.Version1, "2c": gosnmp.Version2c, "3": gosnmp.Version3}

// newLibrary opens the socket and, for version 3, discovers the engine. Nothing secret is sent yet.
func newLibrary(ctx context.Context, c Config, host string, port uint16, limits Limits) (*library, error) {
	cred := c.Credential.SNMP
	version, ok := versions[cred.Version]
	if !ok {
		return nil, fmt.Errorf("%w: there is no version %q", ErrCredential, cred.Version)
	}
	s := &gosnmp.GoSNMP{
		Target: host, Port: port, Version: version, Context: ctx, Timeout: limits.Timeout, MaxOids: gosnmp.MaxOids,
		Retries: 0, // a retry is decided here: it must not repeat a failed authentication
	}
	l := &library{snmp: s}
	if version != gosnmp.Version3 {
		if !cred.Community.Set() {
			return nil, fmt.Errorf("%w: it has no community", ErrCredential)
		}
		s.Community = cred.Community.Reveal()
		return l, l.open(ctx, limits)
	}
	keys, err := usable(c)
	if err != nil {
		return nil, err
	}
	s.SecurityModel, s.ContextName = gosnmp.UserSecurityModel, cred.Context
	s.MsgFlags = gosnmp.Reportable
	params := &gosnmp.UsmSecurityParameters{UserName: cred.User, AuthenticationProtocol: gosnmp.NoAuth, PrivacyProtocol: gosnmp.NoPriv}
	// The library draws the salt of its initialisation vectors when it opens, if it knows the privacy protocol by then, and it wants
	// keys for that: these stand in until the engine is known, and nothing is sent under them.
	if keys.authKu != nil {
		params.AuthenticationProtocol, params.SecretKey = authProtocols[keys.auth.Name], make([]byte, 1)
		s.MsgFlags |= gosnmp.AuthNoPriv
	}
	if keys.privKu != nil {
		params.PrivacyProtocol, params.PrivacyKey = privProtocols[keys.priv.Name], make([]byte, 1)
		s.MsgFlags |= gosnmp.AuthPriv
	}
	s.SecurityParameters = params
	if err := l.open(ctx, limits); err != nil {
		return nil, err
	}
	if err := l.discover(ctx, c, params, keys, limits); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// usable gives the keys of a version 3 credential, or says why it is not used.
func usable(c Config) (*Keys, error) {
	cred := c.Credential.SNMP
	switch {
	case cred.User == "":
		return nil, fmt.Errorf("%w: it has no user", ErrCredential)
	case len(cred.User) > 32:
		return nil, fmt.Errorf("%w: the user name is longer than 32 bytes", ErrCredential)
	case !wanted(cred.Auth) && !c.AllowNoAuth:
		return nil, fmt.Errorf("%w: it authenticates nobody, and this target does not allow that", ErrCredential)
	case c.Keys != nil:
		return c.Keys, nil
	}
	return NewKeys(cred)
}

func (l *library) open(ctx context.Context, limits Limits) error {
	if err := l.snmp.Connect(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	l.wire = &wire{Conn: l.snmp.Conn, ctx: ctx, pace: newPacer(limits.PacketsPerSecond)}
	l.snmp.Conn = l.wire
	return nil
}

// discover learns the engine's ID and clock (RFC 3414, section 4) and sets the keys for it. The library's own discovery would
// derive keys from passphrases; it is never given any.
func (l *library) discover(ctx context.Context, c Config, params *gosnmp.UsmSecurityParameters, keys *Keys, limits Limits) error {
	var h header
	var err error
	for range 1 + limits.Retries {
		if h, err = l.probe(ctx, limits.Timeout); err == nil || !errors.Is(err, ErrNoAnswer) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("engine discovery: %w", err)
	}
	if len(h.engine) < 5 || len(h.engine) > 32 {
		return fmt.Errorf("engine discovery: %w: it is %d bytes long", ErrWrongEngine, len(h.engine))
	}
	if c.EngineID != "" && h.engine != c.EngineID {
		return fmt.Errorf("%w: it is %x and %x is pinned", ErrWrongEngine, h.engine, c.EngineID)
	}
	l.engine = h.engine
	params.SecretKey, params.PrivacyKey, err = keys.localize(h.engine)
	if err != nil {
		return err
	}
	params.AuthoritativeEngineID = h.engine
	params.AuthoritativeEngineBoots, params.AuthoritativeEngineTime = uint32(h.boots), uint32(h.time)
	l.snmp.ContextEngineID = h.engine
	return nil
}

var authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
	"md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224, "sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512,
}

var privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
	"des": gosnmp.DES, "aes128": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256, "aes192c": gosnmp.AES192C, "aes256c": gosnmp.AES256C,
}

// probe sends the empty, unauthenticated request to which every engine answers with a report about itself.
func (l *library) probe(ctx context.Context, timeout time.Duration) (header, error) {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand
	id := int64(binary.BigEndian.Uint32(random[:]) >> 1)
	pdu := ber.Element(ber.GetRequest, ber.Int(ber.Integer, id), ber.Int(ber.Integer, 0), ber.Int(ber.Integer, 0), ber.Element(ber.Sequence))
	nothing := ber.Element(ber.Octets)
	zero := ber.Int(ber.Integer, 0)
	message := ber.Element(ber.Sequence,
		ber.Int(ber.Integer, 3),
		ber.Element(ber.Sequence, ber.Int(ber.Integer, id), ber.Int(ber.Integer, math.MaxUint16), ber.Element(ber.Octets, []byte{byte(gosnmp.Reportable)}), ber.Int(ber.Integer, int64(gosnmp.UserSecurityModel))),
		ber.Element(ber.Octets, ber.Element(ber.Sequence, nothing, zero, zero, nothing, nothing, nothing)),
		ber.Element(ber.Sequence, nothing, nothing, pdu))
	defer l.during(ctx)()
	deadline := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := l.wire.SetDeadline(deadline); err != nil {
		return header{}, err
	}
	if _, err := l.wire.Write(message); err != nil {
		return header{}, l.wire.fate(err)
	}
	buffer := make([]byte, 4096)
	for {
		n, err := l.wire.Read(buffer)
		if err != nil {
			return header{}, l.wire.fate(err)
		}
		if h, err := peek(buffer[:n]); err == nil && h.pdu == ber.Report {
			return h, nil
		}
		l.wire.pass("not a report")
	}
}

// during ties what is read to a context; the function it gives unties it.
func (l *library) during(ctx context.Context) func() {
	l.wire.begin(ctx)
	stop := context.AfterFunc(ctx, l.wire.stop)
	return func() { stop() }
}

func (l *library) get(ctx context.Context, oids ...driver.OID) (reply, error) {
	return l.ask(ctx, func(names []string) (*gosnmp.SnmpPacket, error) { return l.snmp.Get(names) }, oids...)
}

func (l *library) next(ctx context.Context, after driver.OID, repetitions int) (reply, error) {
	return l.ask(ctx, func(names []string) (*gosnmp.SnmpPacket, error) {
		if repetitions == 0 {
			return l.snmp.GetNext(names)
		}
		return l.snmp.GetBulk(names, 0, uint32(repetitions))
	}, after)
}

func (l *library) ask(ctx context.Context, send func([]string) (*gosnmp.SnmpPacket, error), oids ...driver.OID) (reply, error) {
	if err := ctx.Err(); err != nil {
		return reply{}, context.Cause(ctx)
	}
	defer l.during(ctx)()
	l.snmp.Context = ctx
	names := make([]string, len(oids))
	for i, o := range oids {
		names[i] = "." + o.String()
	}
	p, err := send(names)
	if err != nil {
		return reply{}, l.wire.fate(err)
	}
	if p.PDUType == gosnmp.Report {
		if len(p.Variables) == 1 {
			if err := reported(strings.TrimPrefix(p.Variables[0].Name, ".")); err != nil {
				return reply{}, err
			}
		}
		return reply{}, fmt.Errorf("%w: an unknown report", ErrMalformed)
	}
	if p.PDUType != gosnmp.GetResponse {
		return reply{}, fmt.Errorf("%w: not a response", ErrMalformed)
	}
	return read(p)
}

func (l *library) sent() int { return l.wire.sends }

func (l *library) close() error { return l.snmp.Close() }

// read turns a response into ours.
func read(p *gosnmp.SnmpPacket) (reply, error) {
	r := reply{status: status(p.Error), varbinds: make([]driver.Varbind, 0, len(p.Variables))}
	for _, v := range p.Variables {
		switch v.Type {
		case gosnmp.EndOfMibView:
			r.ended = true
			return r, nil
		case gosnmp.NoSuchObject, gosnmp.NoSuchInstance:
			r.odd = "no such object"
			return r, nil
		}
		out, err := varbind(v)
		if err != nil {
			return reply{}, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		r.varbinds = append(r.varbinds, out)
	}
	return r, nil
}

// varbind turns the library's into ours. A value that is not of its type, or of a type that SNMP does not have, is null: its name
// is there, its value cannot be told.
func varbind(v gosnmp.SnmpPDU) (driver.Varbind, error) {
	oid, err := driver.ParseOID(strings.TrimPrefix(v.Name, "."))
	if err != nil {
		return driver.Varbind{}, err
	}
	out := driver.Varbind{OID: oid, Type: driver.NullType}
	switch value := v.Value.(type) {
	case int:
		if v.Type == gosnmp.Integer && value >= math.MinInt32 && value <= math.MaxInt32 {
			out.Type, out.Number = driver.IntegerType, int64(value)
		}
	case uint:
		unsigned(&out, v.Type, uint64(value))
	case uint32:
		unsigned(&out, v.Type, uint64(value))
	case uint64:
		unsigned(&out, v.Type, value)
	case []byte:
		switch v.Type {
		case gosnmp.OctetString:
			out.Type, out.Text = driver.StringType, string(value)
		case gosnmp.Opaque:
			out.Type, out.Text = driver.OpaqueType, string(value)
		}
	case string:
		switch v.Type {
		case gosnmp.ObjectIdentifier:
			if o, err := driver.ParseOID(strings.TrimPrefix(value, ".")); err == nil {
				out.Type, out.Text = driver.OIDType, o.String()
			}
		case gosnmp.IPAddress:
			if a, err := netip.ParseAddr(value); err == nil {
				out.Type, out.Text = driver.AddressType, a.String()
			}
		}
	case float32:
		out.Type, out.Text = driver.OpaqueType, string(binary.BigEndian.AppendUint32([]byte{0x9f, 0x78, 4}, math.Float32bits(value)))
	case float64:
		out.Type, out.Text = driver.OpaqueType, string(binary.BigEndian.AppendUint64([]byte{0x9f, 0x79, 8}, math.Float64bits(value)))
	}
	return out, nil
}

func unsigned(out *driver.Varbind, t gosnmp.Asn1BER, n uint64) {
	word, ok := unsignedTypes[t]
	if ok && (n <= math.MaxUint32 || t == gosnmp.Counter64) {
		out.Type, out.Number = word, int64(n)
	}
}

var unsignedTypes = map[gosnmp.Asn1BER]driver.VarbindType{
	gosnmp.Counter32: driver.Counter32Type, gosnmp.Gauge32: driver.Gauge32Type, gosnmp.Uinteger32: driver.Gauge32Type,
	gosnmp.TimeTicks: driver.TicksType, gosnmp.Counter64: driver.Counter64Type,
}
