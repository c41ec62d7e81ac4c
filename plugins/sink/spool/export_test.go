package spool

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// AppendRecord appends a record of any format to the last segment in dir.
func AppendRecord(t *testing.T, dir string, format byte, payload []byte) {
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(files) == 0 {
		t.Fatal("no segment", err)
	}
	last := files[len(files)-1]
	b, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := readSegmentHead(b)
	b = appendRecord(b, s, record{format: format, epoch: 1, sequence: 1 << 40, payload: payload})
	if err := os.WriteFile(last, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Frames gives the bytes of every sound record in a segment, in the order they stand.
func Frames(b []byte) (frames [][]byte) {
	s, _ := readSegmentHead(b)
	scan(b, segmentHead, s, func(offset int, _ record, size int) { frames = append(frames, b[offset:offset+size]) })
	return frames
}

// FuzzScan: whatever stands in a segment, reading it ends, and what is taken for a record is one that was written.
func FuzzScan(f *testing.F) {
	s := salt{1, 2, 3, 4, 5, 6, 7, 8}
	whole := appendSegmentHead(nil, s)
	written := map[string]bool{}
	for i := range 5 {
		payload := make([]byte, 10*i)
		whole = appendRecord(whole, s, record{formatZstd, 9, uint64(i + 1), 77, payload})
		written[string(payload)] = true
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(append(append([]byte{}, whole...), whole...))
	f.Add(appendRecord(nil, salt{}, record{payload: whole}))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := 0
		flaws := scan(b, 0, s, func(offset int, r record, size int) {
			if offset < at || size < recordHead || offset+size > len(b) {
				t.Fatalf("record at %d of %d bytes", offset, size)
			}
			at = offset + size
			if got, _, err := readRecord(appendRecord(nil, s, r), s); err != nil || got.sequence != r.sequence {
				t.Fatal("it does not read what it would write", err)
			}
		})
		for _, fl := range flaws {
			if fl.size <= 0 || fl.offset+fl.size > len(b) {
				t.Fatalf("flaw %+v", fl)
			}
		}
		if _, _, err := readRecord(b, s); err != nil && !errors.Is(err, errNoRecord) && !errors.Is(err, errPayload) {
			t.Fatal(err)
		}
	})
}
