package evidence

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The container is a tar file in one form only: each header follows from a part's name and size, padding is zero, and nothing comes
// after the two blocks that end it. So there is no byte that could be changed without being noticed, and any tar program opens it.

const block = 512

// maxTarSize is the largest size that a header holds.
const maxTarSize = 1<<33 - 1

// tarHeader is the one header that a part of the name and size can have.
func tarHeader(name string, size int64) [block]byte {
	var h [block]byte
	copy(h[0:100], name)
	copy(h[100:108], "0000644\x00")
	copy(h[108:116], "0000000\x00")
	copy(h[116:124], "0000000\x00")
	copy(h[124:136], fmt.Sprintf("%011o\x00", size))
	copy(h[136:148], "00000000000\x00")
	copy(h[148:156], "        ")
	h[156] = '0'
	copy(h[257:265], "ustar\x0000")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// writePart writes a part with its header and padding.
func writePart(w io.Writer, name string, body []byte) error {
	h := tarHeader(name, int64(len(body)))
	for _, b := range [][]byte{h[:], body, make([]byte, padding(int64(len(body))))} {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func padding(size int64) int64 { return (block - size%block) % block }

// An entry is a part as it lies in the file.
type entry struct {
	name         string
	offset, size int64
}

// An index is what a file holds, by its headers, and what is wrong with these.
type index struct {
	entries []entry
	// damage is where bytes are that belong to no part: after which entry (-1: before the first).
	damage []damage
}

type damage struct {
	after  int
	offset int64
	what   damaged
}

type damaged int

const (
	// badHeader: a header is not one that a part can have.
	badHeader damaged = iota
	// badPadding: what fills the last block of a part is not zero.
	badPadding
	// cutShort: the file ends in a part, or without its end.
	cutShort
	// badEnd: something comes after the end.
	badEnd
)

// readIndex walks the headers. After a damaged one it goes on at the next that is whole.
func readIndex(r io.ReaderAt, size int64) (*index, error) {
	x := &index{}
	var h [block]byte
	note := func(at int64, what damaged) {
		x.damage = append(x.damage, damage{len(x.entries) - 1, at, what})
	}
	lost := false
	for at := int64(0); ; {
		if size-at < block {
			note(at, cutShort)
			return x, nil
		}
		if _, err := r.ReadAt(h[:], at); err != nil && err != io.EOF {
			return nil, err
		}
		if h == ([block]byte{}) {
			if size-at != 2*block {
				note(at, endOf(size-at))
				return x, nil
			}
			if _, err := r.ReadAt(h[:], at+block); err != nil && err != io.EOF {
				return nil, err
			}
			if h != ([block]byte{}) {
				note(at, badEnd)
			}
			return x, nil
		}
		e, ok := readHeader(&h)
		if !ok {
			if !lost {
				note(at, badHeader)
			}
			lost = true
			at += block
			continue
		}
		lost = false
		e.offset = at + block
		end := e.offset + e.size
		if end > size {
			note(at, cutShort)
			return x, nil
		}
		if len(x.entries) == maxParts {
			return nil, fmt.Errorf("more than %d parts", maxParts)
		}
		x.entries = append(x.entries, e)
		if n := padding(e.size); n > 0 {
			pad := make([]byte, min(n, size-end))
			if _, err := r.ReadAt(pad, end); err != nil && err != io.EOF {
				return nil, err
			}
			if len(bytes.Trim(pad, "\x00")) > 0 {
				note(end, badPadding)
			}
		}
		at = end + padding(e.size)
	}
}

func endOf(left int64) damaged {
	if left < 2*block {
		return cutShort
	}
	return badEnd
}

// readHeader reads a header that is exactly what its name and size demand.
func readHeader(h *[block]byte) (entry, bool) {
	name, _, _ := strings.Cut(string(h[:100]), "\x00")
	size, err := strconv.ParseInt(strings.TrimRight(string(h[124:136]), "\x00"), 8, 64)
	if err != nil || name == "" || size < 0 || size > maxTarSize || *h != tarHeader(name, size) {
		return entry{}, false
	}
	return entry{name: name, size: size}, true
}

// part reads an entry whole, up to a limit.
func (e entry) part(r io.ReaderAt, limit int64) ([]byte, error) {
	if e.size > limit {
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", e.size, limit)
	}
	body := make([]byte, e.size)
	if _, err := io.ReadFull(io.NewSectionReader(r, e.offset, e.size), body); err != nil {
		return nil, err
	}
	return body, nil
}
