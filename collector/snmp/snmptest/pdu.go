package snmptest

import (
	"net/netip"
	"slices"
	"sort"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
	"github.com/plumbline/plumbline/plugins/driver"
)

// pdu is a request that was decoded.
type pdu struct {
	kind         byte
	id           int64
	non, repeats int64
	names        []driver.OID
}

func decodePDU(r ber.Reader) (pdu, error) {
	tag, c, err := r.Next()
	p := pdu{kind: tag}
	if err != nil {
		return p, err
	}
	if p.id, err = c.Int(); err != nil {
		return p, err
	}
	if p.non, err = c.Int(); err != nil {
		return p, err
	}
	if p.repeats, err = c.Int(); err != nil {
		return p, err
	}
	list, err := c.Take(ber.Sequence)
	for err == nil && len(list) > 0 {
		var one, name ber.Reader
		var oid driver.OID
		if one, err = list.Take(ber.Sequence); err != nil {
			break
		}
		if name, err = one.Take(ber.OID); err != nil {
			break
		}
		if oid, err = name.AsOID(); err == nil {
			p.names = append(p.names, oid)
		}
	}
	return p, err
}

func kind(tag byte) string {
	switch tag {
	case ber.GetRequest:
		return "GetRequest"
	case ber.GetNextRequest:
		return "GetNextRequest"
	case ber.GetBulkRequest:
		return "GetBulkRequest"
	}
	return "other"
}

// answer decodes a message and makes the honest or dishonest answer to it; nil: none.
func (s *Server) answer(message []byte) (Request, []byte) {
	request := Request{At: s.began.Add(since(s.began)), Kind: "undecoded", Bytes: message}
	outer := ber.Reader(message)
	msg, err := outer.Take(ber.Sequence)
	if err != nil {
		return request, nil
	}
	version, err := msg.Int()
	if err != nil {
		return request, nil
	}
	if version == 3 {
		request.Version = 3
		return request, s.answer3(&request, message, msg)
	}
	request.Version = int(version) + 1
	community, err := msg.Take(ber.Octets)
	if err != nil {
		return request, nil
	}
	request.Community = string(community)
	p, err := decodePDU(msg)
	if err != nil {
		return request, nil
	}
	request.see(p)
	if !slices.Contains(s.agent.Communities, request.Community) {
		request.Refused = "wrongCommunity"
		return request, nil
	}
	head := [][]byte{ber.Int(ber.Integer, version), ber.Element(ber.Octets, community)}
	if s.mode(s.Count()+1) == WrongCommunity {
		head[1] = ber.Element(ber.Octets, []byte("other"))
	}
	return request, s.fit(p, version == 0, func(response []byte) []byte {
		return ber.Element(ber.Sequence, append(head, response)...)
	})
}

func (r *Request) see(p pdu) {
	r.Kind, r.Repetitions = kind(p.kind), int(p.repeats)
	if p.kind != ber.GetBulkRequest {
		r.Repetitions = 0
	}
	for _, n := range p.names {
		r.Names = append(r.Names, n.String())
	}
}

const (
	tooBig     = 1
	noSuchName = 2
	genErr     = 5
)

// fit makes the response and takes varbinds off a GETBULK's until the message is small enough.
func (s *Server) fit(p pdu, v1 bool, wrap func([]byte) []byte) []byte {
	mode := s.mode(s.Count() + 1)
	switch mode {
	case WrongID:
		p.id++
	case ZeroID:
		p.id = 0
	}
	if mode == TooBig || mode == BulkFails && p.kind == ber.GetBulkRequest && p.repeats > 1 {
		status := int64(tooBig)
		if mode == BulkFails {
			status = genErr
		}
		return wrap(response(p, status, 0, nil))
	}
	varbinds, status := s.lookUp(p, v1, mode)
	for {
		out := wrap(response(p, status, min(status, 1), varbinds))
		if len(out) <= s.agent.MaxSize {
			return out
		}
		if p.kind != ber.GetBulkRequest || len(varbinds) <= 1 {
			return wrap(response(p, tooBig, 0, nil))
		}
		varbinds = varbinds[:len(varbinds)/2]
	}
}

func response(p pdu, status, index int64, varbinds [][]byte) []byte {
	return ber.Element(ber.GetResponse, ber.Int(ber.Integer, p.id), ber.Int(ber.Integer, status), ber.Int(ber.Integer, index), ber.Element(ber.Sequence, varbinds...))
}

func (s *Server) lookUp(p pdu, v1 bool, mode Mode) (out [][]byte, status int64) {
	if mode == BadPDU {
		return [][]byte{{ber.Sequence, 5, ber.OID, 0x7f, 1, 2, 3}}, 0
	}
	if mode == Empty || len(p.names) == 0 {
		return nil, 0
	}
	if p.kind == ber.GetRequest {
		for _, name := range p.names {
			if i, ok := s.find(name); ok {
				out = append(out, encode(s.agent.Varbinds[i]))
			} else if v1 {
				return nil, noSuchName
			} else {
				out = append(out, ber.Element(ber.Sequence, ber.Name(name), ber.Element(ber.NoSuchObject)))
			}
		}
		return out, 0
	}
	repeats := 1
	if p.kind == ber.GetBulkRequest {
		repeats = int(min(max(p.repeats, 0), 1000))
	}
	name := p.names[0]
	switch {
	case mode == NoSuch:
		return [][]byte{ber.Element(ber.Sequence, ber.Name(name), ber.Element(ber.NoSuchObject))}, 0
	case mode.invents():
		for _, v := range mode.objects(name, repeats) {
			out = append(out, encode(v))
		}
		return out, 0
	}
	i, found := s.find(name)
	if found {
		i++
	}
	for ; repeats > 0 && i < len(s.agent.Varbinds); i, repeats = i+1, repeats-1 {
		out = append(out, encode(s.agent.Varbinds[i]))
	}
	if repeats > 0 && len(out) == 0 && v1 {
		return nil, noSuchName
	}
	if repeats > 0 {
		last := name
		if len(s.agent.Varbinds) > 0 && len(out) > 0 {
			last = s.agent.Varbinds[len(s.agent.Varbinds)-1].OID
		}
		out = append(out, ber.Element(ber.Sequence, ber.Name(last), ber.Element(ber.EndOfView)))
	}
	return out, 0
}

func (s *Server) find(name driver.OID) (int, bool) {
	v := s.agent.Varbinds
	return sort.Find(len(v), func(i int) int { return name.Compare(v[i].OID) })
}

func encode(v driver.Varbind) []byte {
	var value []byte
	switch v.Type {
	case driver.IntegerType:
		value = ber.Int(ber.Integer, v.Number)
	case driver.StringType:
		value = ber.Element(ber.Octets, []byte(v.Text))
	case driver.OIDType:
		oid, err := driver.ParseOID(v.Text)
		if err != nil {
			oid = driver.OID{0, 0}
		}
		value = ber.Name(oid)
	case driver.AddressType:
		a, _ := netip.ParseAddr(v.Text)
		value = ber.Element(ber.Address, a.AsSlice())
	case driver.Counter32Type:
		value = ber.Int(ber.Counter32, v.Number)
	case driver.Gauge32Type:
		value = ber.Int(ber.Gauge32, v.Number)
	case driver.TicksType:
		value = ber.Int(ber.Ticks, v.Number)
	case driver.Counter64Type:
		value = ber.Uint64(ber.Counter64, v.Unsigned())
	case driver.OpaqueType:
		value = ber.Element(ber.Opaque, []byte(v.Text))
	default:
		value = ber.Element(ber.Null)
	}
	return ber.Element(ber.Sequence, ber.Name(v.OID), value)
}
