package station

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline/plumbline/plugins/internal/folder"
	"github.com/plumbline/plumbline/plugins/orders"
	"github.com/plumbline/plumbline/plugins/program"
	"github.com/plumbline/plumbline/plugins/sink/spool"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const statusFile = "status.json"

// Status is how a service stands. It is kept in the state folder, for people and for the next start.
type Status struct {
	Program string    `json:"program"`
	Target  string    `json:"target"`
	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`
	// Settled is the time by the schedule of the last scan that is over; the next one is counted from there.
	Settled time.Time `json:"settled,omitzero"`
	// Next is when the next scan starts.
	Next time.Time `json:"next,omitzero"`
	// Last is the last scan.
	Last *Scan `json:"last,omitempty"`
	// Waiting are the sinks whose spool does not take the last scan, so that no further one is made; Why says the reason.
	Waiting map[string]string `json:"waiting,omitempty"`
	// Orders is how the line stands by which orders come; nil: none are taken.
	Orders *orders.State `json:"orders,omitempty"`
	Sinks  []SinkStatus  `json:"sinks"`
}

// Scan is how one scan went.
type Scan struct {
	Due      time.Time `json:"due"`
	Late     bool      `json:"late,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	// Tries is how often it was begun: a program that was ended meanwhile begins it again, but not for ever.
	Tries int `json:"tries"`
	// Error says why there is no snapshot.
	Error string `json:"error,omitempty"`
	// Findings by outcome, targets by how they ended.
	Findings map[string]int `json:"findings,omitempty"`
	Targets  map[string]int `json:"targets,omitempty"`
}

// SinkStatus is how a sink stands.
type SinkStatus struct {
	Name string `json:"name"`
	// Depth is how many snapshots wait, since Oldest.
	Depth  int       `json:"depth"`
	Oldest time.Time `json:"oldest,omitzero"`
	Bytes  int64     `json:"bytes"`
	Quota  int64     `json:"quota"`
	// Full since when its spool took nothing more.
	Full time.Time `json:"full_since,omitzero"`
	// Error is why delivering fails, since when it was last tried, and how often in a row.
	Error    string    `json:"error,omitempty"`
	ErrorAt  time.Time `json:"error_at,omitzero"`
	Attempts int       `json:"attempts,omitempty"`
	// Refused for good by the receiver, and Damaged on disk.
	Refused int    `json:"refused,omitempty"`
	Damaged uint64 `json:"damaged,omitempty"`
}

// Amiss says whether somebody should look: something is not delivered, or not scanned.
func (s *Status) Amiss() bool {
	if len(s.Waiting) > 0 || s.Last != nil && s.Last.Error != "" {
		return true
	}
	for _, k := range s.Sinks {
		if k.Error != "" || !k.Full.IsZero() || k.Refused > 0 || k.Damaged > 0 {
			return true
		}
	}
	return false
}

// ReadStatus reads the status in a state folder. The error is fs.ErrNotExist if no service ever ran there.
func ReadStatus(stateDir string) (*Status, error) {
	text, err := os.ReadFile(filepath.Join(stateDir, statusFile))
	if err != nil {
		return nil, err
	}
	s := &Status{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", filepath.Join(stateDir, statusFile), err)
	}
	return s, nil
}

// Running says whether a service works on a state folder now.
func Running(stateDir string) (bool, error) {
	if _, err := os.Stat(filepath.Join(stateDir, folder.Lock)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	l, err := folder.Take(stateDir)
	if errors.Is(err, folder.ErrInUse) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, l.Release()
}

// write replaces the status file as a whole.
func (s *Status) write(stateDir string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	out, err := program.OpenOutput(filepath.Join(stateDir, statusFile), nil)
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	return out.Commit()
}

func sinkStatus(name string, s spool.Status, failed string, at time.Time) SinkStatus {
	out := SinkStatus{
		Name: name, Depth: s.Depth, Oldest: s.Oldest, Bytes: s.Bytes, Quota: s.Quota, Full: s.FullSince,
		Error: s.LastError, ErrorAt: s.LastErrorAt, Attempts: s.Attempts, Refused: s.Refused, Damaged: s.Damaged,
	}
	if out.Error == "" && failed != "" {
		out.Error, out.ErrorAt = failed, at
	}
	return out
}

// scanned counts what a scan has brought.
type scanned struct {
	mu                sync.Mutex
	findings, targets map[string]int
}

func (c *scanned) add(s *pb.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := endOf(s).GetState()
	c.targets[strings.ToLower(strings.TrimPrefix(state.String(), "VISIT_STATE_"))]++
	for _, f := range s.GetFindings() {
		switch f.GetOutcome() {
		case pb.Outcome_OUTCOME_PASS:
			c.findings["pass"]++
		case pb.Outcome_OUTCOME_FAIL:
			c.findings["fail"]++
		case pb.Outcome_OUTCOME_NOT_APPLICABLE:
			c.findings["not_applicable"]++
		default:
			c.findings["unknown"]++
		}
	}
}
