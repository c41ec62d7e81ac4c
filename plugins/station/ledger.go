package station

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A ledger is a folder with a file for each order that was begun, so that none is done twice: not by a program that crashed and is
// handed it again, nor for a server that asks again. Snapshots are in the spools; the file says from where on to look for them, and, once
// the order is done, how its targets ended.
type ledger struct{ dir string }

// entry is what is on record of an order.
type entry struct {
	ID string `json:"id"`
	// Void is when nobody will ask for it any more.
	Void time.Time `json:"void"`
	// Marks are places in the spools, by sink: what the order brought stands behind them.
	Marks map[string]uint64 `json:"marks"`
	// Tries is how often work on it was begun.
	Tries int `json:"tries"`
	// Ends are how targets ended, once it is done.
	Ends []json.RawMessage `json:"ends,omitempty"`
}

const (
	// lasting is how long an order is remembered that states no end of its own.
	lasting = 30 * 24 * time.Hour
	// after is how long an order is remembered after its end.
	after = 7 * 24 * time.Hour
)

// openLedger opens the ledger in a state folder and forgets what nobody will ask for any more.
func openLedger(stateDir string, now time.Time) (ledger, error) {
	l := ledger{filepath.Join(stateDir, "orders")}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return l, err
	}
	files, err := os.ReadDir(l.dir)
	if err != nil {
		return l, err
	}
	for _, f := range files {
		name := filepath.Join(l.dir, f.Name())
		var e entry
		text, err := os.ReadFile(name)
		if err == nil && json.Unmarshal(text, &e) == nil && now.After(e.Void.Add(after)) {
			if err := os.Remove(name); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

func (l ledger) file(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(l.dir, hex.EncodeToString(sum[:16])+".json")
}

// read gives what is on record of an order; nil: nothing.
func (l ledger) read(id string) (*entry, error) {
	text, err := os.ReadFile(l.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := &entry{}
	if err := json.Unmarshal(text, e); err != nil || e.ID != id {
		return nil, fmt.Errorf("%s is damaged", l.file(id))
	}
	return e, nil
}

// write puts an order on record, durably.
func (l ledger) write(e *entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return identity.WriteFile(l.file(e.ID), text)
}

func (e *entry) ends() []*pb.TargetEnd {
	var out []*pb.TargetEnd
	for _, raw := range e.Ends {
		end := &pb.TargetEnd{}
		if protojson.Unmarshal(raw, end) == nil {
			out = append(out, end)
		}
	}
	return out
}

func (e *entry) add(ends []*pb.TargetEnd) {
	e.Ends = nil
	for _, end := range ends {
		if raw, err := protojson.Marshal(end); err == nil {
			e.Ends = append(e.Ends, raw)
		}
	}
}
