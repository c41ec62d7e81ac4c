package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A segment begins with a head, then records follow without gaps. All numbers are little-endian.
//
//	segment  magic 8 | salt 8 | CRC-32C of the 16 bytes before 4
//	record   magic 4 | format 1 | zero 3 | length 4 | epoch 8 | sequence 8 | time 8 | CRC-32C of the payload 4 | CRC-32C of the head 4 | payload
//
// The frame of a record is the same for ever, whatever the format of its payload, so every version finds every record. Both sums
// begin with the segment's salt, a random number: a payload that holds the bytes of a record, which a hostile device may try, does
// not have the right sum and is never taken for one.
const (
	segmentMagic = "PLSPOOL1"
	segmentHead  = 20
	recordHead   = 44
	// formatZstd: the payload is a Snapshot, serialized and compressed with zstd. The next format gets the next number; a version
	// reads a format at least one release before it is written.
	formatZstd = 1
)

// MaxRecord is the largest compressed snapshot that is taken, in bytes; the server takes no larger one.
const MaxRecord = 16 << 20

var (
	recordMagic = []byte{0xB5, 'P', 'L', 'r'}
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

type salt [8]byte

func (s salt) sum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(s[:], castagnoli), castagnoli, b)
}

// A record is one snapshot in its place.
type record struct {
	format          byte
	epoch, sequence uint64
	// at is when it was appended, in milliseconds since 1970.
	at      int64
	payload []byte
}

func appendSegmentHead(b []byte, s salt) []byte {
	b = append(append(b, segmentMagic...), s[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[len(b)-16:], castagnoli))
}

// readSegmentHead gives the salt of a segment's records.
func readSegmentHead(b []byte) (salt, bool) {
	if len(b) < segmentHead || string(b[:8]) != segmentMagic ||
		crc32.Checksum(b[:16], castagnoli) != binary.LittleEndian.Uint32(b[16:]) {
		return salt{}, false
	}
	return salt(b[8:16]), true
}

func appendRecord(b []byte, s salt, r record) []byte {
	start := len(b)
	b = append(b, recordMagic...)
	b = append(b, r.format, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.payload)))
	b = binary.LittleEndian.AppendUint64(b, r.epoch)
	b = binary.LittleEndian.AppendUint64(b, r.sequence)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at))
	b = binary.LittleEndian.AppendUint32(b, s.sum(r.payload))
	b = binary.LittleEndian.AppendUint32(b, s.sum(b[start:]))
	return append(b, r.payload...)
}

var (
	// errNoRecord: what stands there is not the head of a record.
	errNoRecord = errors.New("no record")
	// errPayload: the head is sound, its payload is cut short or changed.
	errPayload = errors.New("damaged record")
)

// readRecord reads the record at the start of b and says how long it is. With errPayload all but the payload is sound.
func readRecord(b []byte, s salt) (r record, size int, err error) {
	if len(b) < recordHead || !bytes.Equal(b[:4], recordMagic) || s.sum(b[:recordHead-4]) != binary.LittleEndian.Uint32(b[recordHead-4:]) {
		return record{}, 0, errNoRecord
	}
	r = record{
		format: b[4], epoch: binary.LittleEndian.Uint64(b[12:]), sequence: binary.LittleEndian.Uint64(b[20:]),
		at: int64(binary.LittleEndian.Uint64(b[28:])),
	}
	length := binary.LittleEndian.Uint32(b[8:])
	size = recordHead + int(length)
	if length > MaxRecord || len(b) < size || s.sum(b[recordHead:size]) != binary.LittleEndian.Uint32(b[36:]) {
		return r, size, errPayload
	}
	r.payload = b[recordHead:size]
	return r, size, nil
}

// A flaw is a stretch of a segment that is no sound record.
type flaw struct {
	offset, size int
	// sequence of the record, if its head is sound; else 0.
	sequence uint64
}

// scan visits every sound record in the body of a segment, in whatever order they stand, and gives what lies between them.
func scan(b []byte, from int, s salt, visit func(offset int, r record, size int)) (flaws []flaw) {
	for at := min(from, len(b)); at < len(b); {
		r, size, err := readRecord(b[at:], s)
		if err == nil {
			visit(at, r, size)
			at += size
			continue
		}
		// Look for the next head rather than trusting the length: what follows may have been moved or cut out.
		next := at + 1
		for next < len(b) {
			i := bytes.Index(b[next:], recordMagic)
			if i < 0 {
				next = len(b)
				break
			}
			next += i
			if _, _, err := readRecord(b[next:], s); !errors.Is(err, errNoRecord) {
				break
			}
			next++
		}
		flaws = append(flaws, flaw{at, next - at, r.sequence})
		at = next
	}
	return flaws
}
