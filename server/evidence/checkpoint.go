package evidence

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint says how long a log was at a time and what the hash of its tree was. Whoever keeps one can tell later whether the log
// was changed or cut. It is written as a signed note (golang.org/x/mod/sumdb/note) of four lines: the log's name, the size, the hash in
// base64, "at" and the time.
type Checkpoint struct {
	Log  string
	Size int64
	Root tlog.Hash
	At   time.Time
	// Note is the text with its signature.
	Note string
}

// signer signs notes.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

// Checkpoint signs one.
func (k *Keys) Checkpoint(size int64, root tlog.Hash, at time.Time) (string, error) {
	v, err := note.NewVerifier(k.Public()[0].String())
	if err != nil {
		return "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\nat %s\n", k.name, size, root, at.UTC().Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, signer{v, k.signer})
	if err != nil {
		return "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	return string(signed), nil
}

// errForeign says that none of the keys signed.
var errForeign = errors.New("it is not signed by the key")

// ParseCheckpoint reads a checkpoint that one of the keys signed.
func ParseCheckpoint(text string, keys []PublicKey) (Checkpoint, error) {
	// Keys of several lines may have one name and hash only if they are one key.
	seen := map[string]bool{}
	var known []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k.String())
		if err == nil && !seen[k.String()] {
			seen[k.String()] = true
			known = append(known, v)
		}
	}
	n, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errForeign, err)
	}
	return readCheckpoint(n.Text, text)
}

func readCheckpoint(text, signed string) (Checkpoint, error) {
	bad := errors.New("a checkpoint has four lines: the log's name, the size, the hash, the time")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return Checkpoint{}, bad
	}
	c := Checkpoint{Log: lines[0], Note: signed}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, bad
	}
	hash, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return Checkpoint{}, bad
	}
	at, ok := strings.CutPrefix(lines[3], "at ")
	if c.At, err = time.Parse(time.RFC3339, at); err != nil || !ok {
		return Checkpoint{}, bad
	}
	c.Size, c.Root = size, tlog.Hash(hash)
	return c, nil
}

// SplitCheckpoints takes a file of checkpoints, one after the other, apart.
func SplitCheckpoints(text string) []string {
	var out []string
	var one strings.Builder
	signed := false
	for line := range strings.Lines(text) {
		signature := strings.HasPrefix(line, "— ")
		if signed && !signature {
			out = append(out, one.String())
			one.Reset()
			signed = false
		}
		if one.Len() > 0 || strings.TrimSpace(line) != "" {
			one.WriteString(line)
		}
		signed = signed || signature
	}
	if one.Len() > 0 {
		out = append(out, one.String())
	}
	return out
}
