package snmptest

import (
	"bytes"

	"github.com/plumbline/plumbline/collector/snmp/internal/ber"
	"github.com/plumbline/plumbline/plugins/driver"
)

// Mode is a way to misbehave.
type Mode int

// The ways.
const (
	Honest Mode = iota
	// Silent answers nothing.
	Silent
	// Endless has always one more object below what is asked.
	Endless
	// Looping comes back to the first object after some.
	Looping
	// Standing names the same object for ever.
	Standing
	// Giant has a value of 60,000 bytes in every object, without end.
	Giant
	// WrongID answers with another request id; ZeroID with 0.
	WrongID
	ZeroID
	// Spoofed answers from another port.
	Spoofed
	// WrongCommunity answers under another community.
	WrongCommunity
	// ForgedEngine answers version 3 under another engine ID, with a digest made with an empty key.
	ForgedEngine
	// Unauthenticated answers version 3 without digest and encryption.
	Unauthenticated
	// Unencrypted answers version 3 with a digest and without encryption.
	Unencrypted
	// BadDigest spoils the digest of version 3 answers.
	BadDigest
	// TooBig answers every request so.
	TooBig
	// BulkFails answers GETBULK with genErr unless one repetition is asked.
	BulkFails
	// Malformed answers bytes that are no BER; BadPDU a message that is sound only as far as its ids.
	Malformed
	BadPDU
	// Corrupted changes one byte, elsewhere each time, of every second answer.
	Corrupted
	// Truncated sends half of each answer.
	Truncated
	// Empty answers without varbinds.
	Empty
	// NoSuch answers every question with noSuchObject.
	NoSuch
	// Flood sends a hundred answers of other requests before each right one.
	Flood
	// Restarted reports an unknown engine.
	Restarted
	// RefusesLater reports a wrong digest for a user it took before.
	RefusesLater
)

// objects gives what follows an OID in one of the modes that make things up.
func (m Mode) objects(after driver.OID, n int) []driver.Varbind {
	var out []driver.Varbind
	oid := append(driver.OID(nil), after...)
	if m == Looping || m == Standing {
		oid = append(oid[:min(len(oid), 7)], 1)
	} else if len(oid) < 16 {
		oid = append(oid, 0)
	}
	for i := range n {
		if m != Standing {
			oid[len(oid)-1]++
		}
		v := driver.Varbind{OID: append(driver.OID(nil), oid...), Type: driver.IntegerType, Number: int64(i)}
		if m == Giant {
			v.Type, v.Text = driver.StringType, string(bytes.Repeat([]byte{0xff}, 60_000))
		}
		out = append(out, v)
	}
	return out
}

func (m Mode) invents() bool {
	return m == Endless || m == Looping || m == Standing || m == Giant
}

// mode is how the agent is at the request with this number.
func (s *Server) mode(number int) Mode {
	if number > s.agent.HostileAfter {
		return s.agent.Hostile
	}
	return Honest
}

// twist turns a finished answer into what is sent.
func (s *Server) twist(answer []byte, number int) [][]byte {
	switch s.mode(number) {
	case Silent:
		return nil
	case Malformed:
		return [][]byte{bytes.Repeat([]byte{0x30, 0xff, 0x00}, 20)}
	case Corrupted:
		if number%2 == 0 {
			answer[number*7919%len(answer)] ^= 1 << (number / 2 % 8)
		}
		return [][]byte{answer}
	case Truncated:
		return [][]byte{answer[:len(answer)/2]}
	case Flood:
		var out [][]byte
		for range 100 {
			out = append(out, ber.Element(ber.Sequence, ber.Int(ber.Integer, 1), ber.Element(ber.Octets, []byte("public")),
				ber.Element(ber.GetResponse, ber.Int(ber.Integer, 1), ber.Int(ber.Integer, 0), ber.Int(ber.Integer, 0), ber.Element(ber.Sequence))))
		}
		return append(out, answer)
	}
	return [][]byte{answer}
}
