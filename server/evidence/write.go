package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/protobuf/encoding/protowire"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Logged is a snapshot with its place in the log.
type Logged struct {
	// Leaf is the text of the leaf.
	Leaf  string
	Index int64
	Proof tlog.RecordProof
	// Opened is the serialized snapshot.
	Opened []byte
	// Waivers stand beside it.
	Waivers []json.RawMessage
}

// A Writer writes a bundle, a snapshot at a time: it holds one of them and the list of parts. What it wrote is no bundle before Close.
type Writer struct {
	to        io.Writer
	keys      *Keys
	head      Head
	subjects  []subject
	snapshots int
	findings  int64
	err       error
}

// NewWriter begins a bundle: the head, the checkpoint up to which all proofs lead, and what shows that older checkpoints are of the
// same log.
func NewWriter(to io.Writer, keys *Keys, head Head, checkpoint string, older []Growth) (*Writer, error) {
	head.Format, head.Log = Format, keys.Log()
	w := &Writer{to: to, keys: keys, head: head}
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("begin a bundle: %w", err)
	}
	grown, err := json.Marshal(growths{older})
	if err != nil {
		return nil, fmt.Errorf("begin a bundle: %w", err)
	}
	w.part(readmePart, []byte(readme))
	w.part(bundlePart, append(text, '\n'))
	w.part(checkpointPart, []byte(checkpoint))
	w.part(growthPart, squeeze(grown))
	return w, wrap("begin a bundle", w.err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// part writes one and notes it for the statement.
func (w *Writer) part(name string, body []byte) {
	if w.err == nil && len(body) > maxPart {
		w.err = fmt.Errorf("%s has %d bytes; at most %d are taken", name, len(body), maxPart)
	}
	if w.err != nil {
		return
	}
	w.subjects = append(w.subjects, subjectOf(name, body))
	w.err = writePart(w.to, name, body)
}

// squeeze compresses; equal contents give equal bytes.
func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // into memory
	_ = z.Close()
	return b.Bytes()
}

// folder is where the parts of a snapshot stand; they count from 1.
func folder(n int) string { return fmt.Sprintf("snapshots/%07d/", n) }

// Names of the parts of a snapshot in its folder.
const (
	deliveryName = "delivery.json"
	snapshotName = "snapshot.pb.gz"
	findingsName = "findings.tsv.gz"
)

// Add writes a snapshot; they come in the order of the head.
func (w *Writer) Add(s Logged) error {
	if w.err != nil {
		return w.err
	}
	if s.Waivers == nil {
		s.Waivers = []json.RawMessage{}
	}
	text, err := json.Marshal(delivery{s.Leaf, s.Index, s.Proof, s.Waivers})
	if err != nil {
		return fmt.Errorf("write a snapshot into the bundle: %w", err)
	}
	snapshot, err := read(s.Opened)
	if err != nil {
		return fmt.Errorf("write a snapshot into the bundle: %w", err)
	}
	w.snapshots++
	w.findings += int64(len(snapshot.findings))
	at := folder(w.snapshots)
	w.part(at+deliveryName, append(text, '\n'))
	w.part(at+snapshotName, squeeze(s.Opened))
	w.part(at+findingsName, squeeze(listOf(snapshot)))
	return wrap("write a snapshot into the bundle", w.err)
}

// Close signs what was written.
func (w *Writer) Close() error {
	if w.err == nil && w.snapshots != len(w.head.Snapshots) {
		w.err = fmt.Errorf("%d snapshots were announced and %d written", len(w.head.Snapshots), w.snapshots)
	}
	if w.err != nil {
		return fmt.Errorf("sign the bundle: %w", w.err)
	}
	sealed, err := w.keys.seal(&statement{
		Type: statementType, Subject: w.subjects, PredicateType: predicateType,
		Predicate: predicate{
			Format: Format, Log: w.head.Log, MadeAt: w.head.MadeAt, MadeBy: w.head.MadeBy,
			Snapshots: w.snapshots, Findings: w.findings, Key: w.keys.Public()[0].String(),
		},
	})
	if err == nil {
		err = writePart(w.to, statementPart, sealed)
	}
	if err == nil {
		_, err = w.to.Write(make([]byte, 2*block))
	}
	if err != nil {
		return fmt.Errorf("sign the bundle: %w", err)
	}
	w.err = errors.New("the bundle is closed")
	return nil
}

// Fields of the messages Snapshot and Finding that are read from their bytes.
const snapshotFindings = 7

// findingBytes gives the bytes of each finding in a serialized snapshot.
func findingBytes(opened []byte) ([][]byte, error) {
	var out [][]byte
	for len(opened) > 0 {
		number, kind, n := protowire.ConsumeTag(opened)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		opened = opened[n:]
		if number == snapshotFindings && kind == protowire.BytesType {
			body, n := protowire.ConsumeBytes(opened)
			if n < 0 {
				return nil, protowire.ParseError(n)
			}
			out, opened = append(out, body), opened[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, opened); n < 0 {
			return nil, protowire.ParseError(n)
		}
		opened = opened[n:]
	}
	return out, nil
}

// lineOf is what the list of findings says of one: id, outcome, the first half of the SHA-256 of its bytes, baseline, clause, check and,
// in JSON, the scope. It stands apart from the snapshot, so that a changed finding can be named.
func lineOf(f *pb.Finding, body []byte) string {
	sum := sha256.Sum256(body)
	scope, err := json.Marshal(f.GetScope())
	if err != nil {
		scope = []byte(`""`) // a text always encodes
	}
	return strings.Join([]string{
		f.GetId(), outcomeWord(f.GetOutcome()), hex.EncodeToString(sum[:16]), plain(f.GetBaseline()), plain(f.GetClause()), plain(f.GetCheck()), string(scope),
	}, "\t")
}

// plain keeps a word within its column.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '?'
		}
		return r
	}, s)
}

func outcomeWord(o pb.Outcome) string {
	return strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_"))
}

// listOf is the list of a snapshot's findings.
func listOf(s *opened) []byte {
	var b bytes.Buffer
	for i, f := range s.snapshot.GetFindings() {
		b.WriteString(lineOf(f, s.findings[i]))
		b.WriteByte('\n')
	}
	return b.Bytes()
}
