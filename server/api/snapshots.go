package api

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/checks/report"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

type snapshot struct {
	ID            string    `json:"id"`
	Target        string    `json:"target"`
	Sender        string    `json:"sender"`
	Epoch         string    `json:"epoch"`
	Sequence      uint64    `json:"sequence"`
	At            time.Time `json:"at"`
	Started       time.Time `json:"started,omitzero"`
	Finished      time.Time `json:"finished,omitzero"`
	Received      time.Time `json:"received"`
	Driver        string    `json:"driver"`
	DriverVersion string    `json:"driver_version"`
	Program       string    `json:"program_version"`
	Visit         string    `json:"visit,omitempty"`
	Baselines     []string  `json:"baselines"`
	Findings      tally     `json:"findings"`
	Size          int64     `json:"size"`
	SHA256        string    `json:"sha256"`
	RemovedAt     time.Time `json:"removed_at,omitzero"`
	RemovedBy     string    `json:"removed_by,omitempty"`
}

func newSnapshot(s store.Snapshot) snapshot {
	out := snapshot{
		ID: s.ID, Target: s.Target, Sender: s.Sender, Epoch: fmt.Sprintf("%x", s.Epoch), Sequence: s.Sequence, At: s.At, Started: s.Started,
		Finished: s.Finished, Received: s.Received, Driver: s.Driver, DriverVersion: s.DriverVersion, Program: s.Program, Visit: visitWord(s.Visit),
		Baselines: s.Baselines, Findings: newTally(s.Tally), Size: s.Size, SHA256: fmt.Sprintf("%x", s.SHA256), RemovedAt: s.RemovedAt, RemovedBy: s.RemovedBy,
	}
	if out.Baselines == nil {
		out.Baselines = []string{}
	}
	return out
}

func (c *call) getSnapshots() (any, error) {
	filter := store.SnapshotFilter{
		Target: c.query.word("target"), Sender: c.query.word("sender"), Sweep: c.query.word("sweep"), From: c.query.time("from"), Until: c.query.time("until"),
	}
	found, next, err := c.Store.Snapshots(c.ctx(), filter, c.query.page())
	return listOf(found, next, newSnapshot), err
}

func (c *call) getSnapshot() (any, error) {
	s, err := c.Store.Snapshot(c.ctx(), c.path("id"))
	return newSnapshot(s), err
}

// A format is one of checks/report with its media type and the ending of its files. The table is for terminals and not here.
type format struct{ name, media, ending string }

var formats = []format{
	{"json", "application/json; charset=utf-8", "json"},
	{"jsonl", "application/x-ndjson; charset=utf-8", "jsonl"},
	{"csv", "text/csv; charset=utf-8", "csv"},
	{"html", "text/html; charset=utf-8", "html"},
	{"junit", "application/xml; charset=utf-8", "xml"},
	{"sarif", "application/sarif+json; charset=utf-8", "sarif"},
}

func formatNames() []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

func formatMedia() []string {
	var out []string
	for _, f := range formats {
		out = append(out, strings.TrimSuffix(f.media, "; charset=utf-8"))
	}
	return out
}

func (c *call) getReport() (any, error) {
	meta, err := c.Store.Snapshot(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	s, err := c.Store.Opened(c.ctx(), meta.ID)
	if err != nil {
		return nil, err
	}
	o := c.reports
	o.Lang = c.query.or("lang", "zh")
	o.Baselines, o.Notes = baselinesOf(s)
	var as format
	for _, f := range formats {
		if f.name == c.query.or("format", "json") {
			as = f
		}
	}
	var b bytes.Buffer
	if err := report.Write(&b, as.name, []*pb.Snapshot{s}, o); err != nil {
		return nil, fmt.Errorf("report snapshot %s: %w", meta.ID, err)
	}
	// What leaves the server is on record before it does.
	if err := c.record("snapshot.export", meta.ID, "", map[string]any{"format": as.name, "target": meta.Target}); err != nil {
		return nil, err
	}
	return file{as.media, fileName(meta.Target) + "-" + meta.At.UTC().Format("20060102T150405Z") + "." + as.ending, b.Bytes()}, nil
}

// baselinesOf gives the baselines that the snapshot was judged by. One whose content this server does not have is left out and named
// in a note: the titles and weights of another version would not be its own.
func baselinesOf(s *pb.Snapshot) (known []*baseline.Baseline, notes []*pb.Text) {
	for _, stated := range s.GetBaselines() {
		id, digest, _ := strings.Cut(stated, "@")
		if b := baseline.ByID(id); b != nil && b.Digest == digest {
			known = append(known, b)
			continue
		}
		notes = append(notes, checks.Say("本服务器没有该快照所用版本的基线 %s，报告不含其条款文字与得分", "this server does not have the version of baseline %s that judged; its texts and score are left out", id))
	}
	return known, notes
}

// fileName is a target's id as part of a file's name, whatever it holds.
func fileName(id string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, id)
	return "plumbline-" + strings.ReplaceAll(safe[:min(len(safe), 100)], "..", "_")
}

// side is a finding on one side of a comparison.
type side struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
	Observed *text  `json:"observed,omitempty"`
}

func newSide(f *pb.Finding) *side {
	if f == nil {
		return nil
	}
	out := &side{Outcome: outcomeWord(f.GetOutcome()), Observed: textOf(f.GetObserved())}
	if f.GetOutcome() == pb.Outcome_OUTCOME_UNKNOWN {
		out.Reason = facts.ReasonName(f.GetReasonCode())
	}
	return out
}

// change is a finding that differs; From is absent where it was added, To where it is gone.
type change struct {
	ID       string   `json:"id"`
	Baseline string   `json:"baseline"`
	Clause   string   `json:"clause"`
	Check    string   `json:"check"`
	Scope    string   `json:"scope"`
	From     *side    `json:"from,omitempty"`
	To       *side    `json:"to,omitempty"`
	Causes   []string `json:"causes"`
}

func newChange(c store.Change) change {
	of := c.To
	if of == nil {
		of = c.From
	}
	out := change{ID: of.GetId(), Baseline: of.GetBaseline(), Clause: of.GetClause(), Check: of.GetCheck(), Scope: of.GetScope(), From: newSide(c.From), To: newSide(c.To), Causes: []string{}}
	for _, cause := range c.Causes {
		out.Causes = append(out.Causes, string(cause))
	}
	return out
}

func (c *call) getDiff() (any, error) {
	from, err := c.Store.Snapshot(c.ctx(), c.path("id"))
	if err != nil {
		return nil, err
	}
	to, err := c.Store.Snapshot(c.ctx(), c.path("other"))
	if err != nil {
		return nil, err
	}
	if from.Target != to.Target {
		return nil, invalid("两个快照的目标不同", "the snapshots are of two targets")
	}
	found, err := c.Store.DiffSnapshots(c.ctx(), from.ID, to.ID)
	return listOf(found, "", newChange), err
}

// refusal is a delivery that was not taken.
type refusal struct {
	ID       string    `json:"id"`
	Sender   string    `json:"sender"`
	Epoch    string    `json:"epoch"`
	Sequence uint64    `json:"sequence"`
	Received time.Time `json:"received"`
	Reason   *text     `json:"reason"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256"`
}

func (c *call) getRefusals() (any, error) {
	found, next, err := c.Store.Refusals(c.ctx(), c.query.page())
	return listOf(found, next, func(r store.Refused) refusal {
		return refusal{r.ID, r.Sender, fmt.Sprintf("%x", r.Epoch), r.Sequence, r.Received, textOf(r.Reason), r.Size, fmt.Sprintf("%x", r.SHA256)}
	}), err
}

// none says whether there is no such thing, which a caller may have to tell from a failure.
func none(err error) bool { return errors.Is(err, store.ErrNotFound) }
