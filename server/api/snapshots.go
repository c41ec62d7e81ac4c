package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/rejudge"
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
	// Differs is there where the server, judging again, came to other verdicts than were delivered.
	Differs *differing `json:"differs,omitempty"`
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
	if err != nil {
		return nil, err
	}
	out := newSnapshot(s)
	recorded, found, err := rejudge.Recorded(c.ctx(), c.Store, s.ID)
	if found {
		out.Differs = &differing{At: recorded.Record.At, By: recorded.Record.Actor, Findings: recorded.Different}
	}
	return out, err
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
	// Facts are those that are not the same and on which the finding rests in one of the two.
	Facts []factChange `json:"facts,omitempty"`
}

// factChange is a fact that is not the same; from or to is absent where the snapshot says nothing of it.
type factChange struct {
	Fact   string     `json:"fact"`
	From   string     `json:"from,omitempty"`
	To     string     `json:"to,omitempty"`
	Before []evidence `json:"before,omitempty"`
	After  []evidence `json:"after,omitempty"`
}

func evidenceOf(list []*pb.Evidence) []evidence {
	var out []evidence
	for _, e := range list {
		out = append(out, evidence{e.GetSource(), e.GetFirstLine(), e.GetLastLine(), e.GetExcerpt(), e.GetDefaultStatedIn()})
	}
	return out
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
	for _, f := range c.Facts {
		out.Facts = append(out.Facts, factChange{f.Path, f.From, f.To, evidenceOf(f.Before), evidenceOf(f.After)})
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
