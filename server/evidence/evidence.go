// Package evidence is the form in which findings leave the server as proof: one signed file, the bundle, that says what was found on
// which target, by what it was judged, who delivered it and who asked for it, and that it stands in the server's tamper-evident log.
// [Writer] makes a bundle, [Verify] proves one without a server, a database or a network. DESIGN.md describes the format for those
// who write a verifier of their own.
//
// It reads no database and keeps no log: package ledger does. What a bundle proves is that nothing was changed since it was signed and
// logged; that a device told the truth it cannot prove.
package evidence

import (
	"encoding/json"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Names of the parts that every bundle has, in the order of the file; between the log and the statement stand the snapshots, three
// parts each.
const (
	readmePart     = "README.txt"
	bundlePart     = "bundle.json"
	checkpointPart = "log/checkpoint"
	growthPart     = "log/growth.json.gz"
	statementPart  = "statement.dsse.json"
)

// Format names the format, in bundle.json.
const Format = "plumbline evidence bundle 1"

// Limits of what is read.
const (
	// maxPart is the largest part as it stands in the file, maxOpened the largest when it is decompressed.
	maxPart   = 72 << 20
	maxOpened = 64 << 20
	// maxStatement is the largest statement, maxParts the most parts.
	maxStatement = 256 << 20
	maxParts     = 1_000_000
	// maxProof is the longest proof: a log of more than 2^63 leaves there is not.
	maxProof = 64
)

// A Leaf is what the log holds of a snapshot: how it was delivered. Its JSON text is hashed as it stands.
type Leaf struct {
	Kind     string `json:"kind"`
	Snapshot string `json:"snapshot"`
	Target   string `json:"target"`
	// Sender is the id of the enrolment, SenderName the name it proved, Certificate the serial of the certificate by which it did.
	Sender      string `json:"sender"`
	SenderName  string `json:"sender_name"`
	Certificate string `json:"certificate"`
	// Epoch (hex) and Sequence are, with Sender, the delivery's key.
	Epoch    string    `json:"epoch"`
	Sequence uint64    `json:"sequence"`
	Received time.Time `json:"received"`
	// SHA256 and Size are those of the delivery as it came, compressed; Opened and OpenedSize those of the serialized snapshot in it.
	SHA256     string `json:"sha256"`
	Size       int64  `json:"size"`
	Opened     string `json:"opened,omitempty"`
	OpenedSize int64  `json:"opened_size,omitempty"`
	// Removed: retention took it away before it was logged.
	Removed bool `json:"removed,omitempty"`
}

// An AuditLeaf is what the log holds of the audit log: how many records it had, and the hash of the last.
type AuditLeaf struct {
	Kind    string `json:"kind"`
	Records int64  `json:"records"`
	Hash    string `json:"hash"`
}

// delivery is the part delivery.json of a snapshot.
type delivery struct {
	// Leaf is the text that the log holds, Index its place, Proof that it is there at the size of the checkpoint.
	Leaf  string           `json:"leaf"`
	Index int64            `json:"index"`
	Proof tlog.RecordProof `json:"proof"`
	// Waivers stand beside the findings; they change no outcome.
	Waivers []json.RawMessage `json:"waivers"`
}

// A Head is what a bundle says of itself, in bundle.json.
type Head struct {
	Format string `json:"format"`
	// MadeAt is by the server's clock, with its offset from UTC; MadeBy is who asked for the bundle.
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"`
	Program string    `json:"program_version"`
	// Log is the name of the log and of the keys that sign.
	Log string `json:"log"`
	// Sweep is the reading that the snapshots belong to, where they are those of one.
	Sweep *Sweep `json:"sweep,omitempty"`
	// Snapshots are their ids, in the order of the parts.
	Snapshots []string `json:"snapshots"`
}

// A Sweep says who asked for a reading, who authorised it and what became of each target.
type Sweep struct {
	ID           string          `json:"id"`
	Schedule     string          `json:"schedule,omitempty"`
	State        string          `json:"state"`
	RequestedBy  string          `json:"requested_by"`
	Reason       string          `json:"reason"`
	AuthorisedBy string          `json:"authorised_by"`
	Created      time.Time       `json:"created"`
	Started      time.Time       `json:"started,omitzero"`
	Ended        time.Time       `json:"ended,omitzero"`
	Plan         json.RawMessage `json:"plan,omitempty"`
	Targets      []SweepTarget   `json:"targets,omitempty"`
}

// A SweepTarget is one target of a sweep, reached or not.
type SweepTarget struct {
	Target   string    `json:"target"`
	State    string    `json:"state"`
	Visit    string    `json:"visit,omitempty"`
	Order    string    `json:"order,omitempty"`
	Sender   string    `json:"sender,omitempty"`
	DetailZh string    `json:"detail_zh,omitempty"`
	DetailEn string    `json:"detail_en,omitempty"`
	Handed   time.Time `json:"handed,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Snapshot string    `json:"snapshot,omitempty"`
}

// A Growth proves that the log of the bundle's checkpoint begins with the log of an older one.
type Growth struct {
	Size  int64          `json:"size"`
	Proof tlog.TreeProof `json:"proof"`
}

// growths is the part log/growth.json.gz.
type growths struct {
	Older []Growth `json:"older"`
}
