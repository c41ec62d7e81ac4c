package snmp

import (
	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
)

// The flags of a version 3 message.
const (
	flagAuth = 1
	flagPriv = 2
)

// header is what can be told of a message without its keys.
type header struct {
	version int64
	// id is the message id of version 3, the request id of the others.
	id        int64
	community string
	// engine, boots, time and flags are of version 3.
	engine      string
	boots, time int64
	flags       byte
	encrypted   bool
	// pdu is the kind of PDU, 0 if it is encrypted; report the name in the one varbind of a report.
	pdu    byte
	report string
}

// peek reads as much of a message as stands in the open. It says nothing about whether the message is authentic.
func peek(message []byte) (header, error) {
	var h header
	r := ber.Reader(message)
	msg, err := r.Take(ber.Sequence)
	if err != nil || len(r) != 0 {
		return h, ber.ErrMalformed
	}
	if h.version, err = msg.Int(); err != nil {
		return h, err
	}
	if h.version != 3 {
		community, err := msg.Take(ber.Octets)
		if err != nil {
			return h, err
		}
		h.community = string(community)
		return h, h.openPDU(msg)
	}
	return h, h.version3(msg)
}

func (h *header) version3(msg ber.Reader) error {
	global, err := msg.Take(ber.Sequence)
	if err != nil {
		return err
	}
	if h.id, err = global.Int(); err != nil {
		return err
	}
	if _, err = global.Int(); err != nil { // the largest message the sender takes
		return err
	}
	flags, err := global.Take(ber.Octets)
	if err != nil || len(flags) != 1 {
		return ber.ErrMalformed
	}
	h.flags = flags[0]
	wrapped, err := msg.Take(ber.Octets)
	if err != nil {
		return err
	}
	security, err := wrapped.Take(ber.Sequence)
	if err != nil {
		return err
	}
	engine, err := security.Take(ber.Octets)
	if err != nil {
		return err
	}
	h.engine = string(engine)
	if h.boots, err = security.Int(); err != nil {
		return err
	}
	if h.time, err = security.Int(); err != nil {
		return err
	}
	tag, scoped, err := msg.Next()
	if err != nil || tag != ber.Sequence {
		h.encrypted = tag == ber.Octets
		return err
	}
	for range 2 { // context engine id and name
		if _, err = scoped.Take(ber.Octets); err != nil {
			return err
		}
	}
	id := h.id
	err = h.openPDU(scoped)
	h.id = id
	return err
}

// openPDU reads the kind, the request id and, of a report, what is reported.
func (h *header) openPDU(r ber.Reader) error {
	tag, pdu, err := r.Next()
	if err != nil {
		return err
	}
	h.pdu = tag
	if h.id, err = pdu.Int(); err != nil || tag != ber.Report {
		return err
	}
	for range 2 { // error status and index
		if _, err = pdu.Int(); err != nil {
			return err
		}
	}
	list, err := pdu.Take(ber.Sequence)
	if err != nil {
		return err
	}
	one, err := list.Take(ber.Sequence)
	if err != nil {
		return err
	}
	name, err := one.Take(ber.OID)
	if err != nil {
		return err
	}
	oid, err := name.AsOID()
	h.report = oid.String()
	return err
}

// What agents report (RFC 3414, section 5; RFC 3412, section 5).
const (
	reportSecurityLevel = "1.3.6.1.6.3.15.1.1.1.0"
	reportTimeWindow    = "1.3.6.1.6.3.15.1.1.2.0"
	reportUnknownUser   = "1.3.6.1.6.3.15.1.1.3.0"
	reportUnknownEngine = "1.3.6.1.6.3.15.1.1.4.0"
	reportWrongDigest   = "1.3.6.1.6.3.15.1.1.5.0"
	reportDecryption    = "1.3.6.1.6.3.15.1.1.6.0"
)

// reported turns a report into what it means for us; nil if it is none of those.
func reported(name string) error {
	switch name {
	case reportSecurityLevel:
		return ErrSecurityLevel
	case reportTimeWindow:
		return ErrTimeWindow
	case reportUnknownUser:
		return ErrUnknownUser
	case reportUnknownEngine:
		return ErrWrongEngine
	case reportWrongDigest:
		return ErrWrongDigest
	case reportDecryption:
		return ErrWrongPrivacy
	}
	return nil
}
