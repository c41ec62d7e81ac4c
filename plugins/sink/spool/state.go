package spool

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
)

// Files in a spool's folder, besides the segments.
const (
	identityFile = "identity"
	ackedFile    = "acked"
	refusedDir   = "refused"
	segmentExt   = ".seg"
	tempExt      = ".tmp"
)

// identity is which spool this is.
type identity struct {
	// Epoch of what is appended from now on. A new one begins whenever a sequence might be used a second time.
	Epoch uint64 `json:"epoch"`
	// Salt of the sums in new segments.
	Salt salt `json:"salt"`
}

// progress is how far the receiver has come. It is written before anything that it allows is done.
type progress struct {
	// Acked is the last sequence that is accepted or on record as refused; all before it are too.
	Acked uint64 `json:"acked"`
	// Kept says since when (seconds since 1970) segments, by name, are wholly acknowledged.
	Kept map[string]int64 `json:"kept,omitempty"`
}

// newEpoch gives an epoch above the last one that no other spool of this sender has: seconds, then 30 random bits. It fits into 63
// bits, which is what databases hold.
func newEpoch(now time.Time, last uint64) uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(uint64(max(now.Unix(), 1))<<30|uint64(binary.LittleEndian.Uint32(b[:])>>2), last+1)
}

func newSalt() (s salt) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}

var errState = errors.New("damaged")

// readState reads what writeState wrote. It says fs.ErrNotExist or errState if there is nothing to be had.
func readState(dir, name string, into any) error {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	text, sum, ok := bytes.Cut(b, []byte("\n"))
	if !ok || string(sum) != sumLine(text) || json.Unmarshal(text, into) != nil {
		return fmt.Errorf("%s: %w", name, errState)
	}
	return nil
}

// writeState replaces a file as a whole; when it returns, the new content is durable.
func writeState(dir, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return replaceFile(dir, name, append(append(text, '\n'), sumLine(text)...))
}

func sumLine(text []byte) string { return fmt.Sprintf("%08x\n", crc32.Checksum(text, castagnoli)) }

func replaceFile(dir, name string, content []byte) (err error) {
	temp := filepath.Join(dir, name+tempExt)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		return err
	}
	return folder.Sync(dir)
}
