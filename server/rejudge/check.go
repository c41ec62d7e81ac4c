package rejudge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// Store is what checking snapshots takes.
type Store interface {
	Sites
	Opened(ctx context.Context, id string) (*pb.Snapshot, error)
	Append(ctx context.Context, by store.Entry) (store.Record, error)
	Records(ctx context.Context, filter store.AuditFilter, page store.Page) ([]store.Record, string, error)
}

// Results of a check.
const (
	Same    = "same"
	Differs = "differs"
	// Impossible: what the same verdicts need is not here.
	Impossible = "impossible"
)

// Differing is the action under which the audit log keeps that the server came to other verdicts than were delivered.
const Differing = "snapshot.differs"

// A Check is what came of judging a snapshot again as it was recorded.
type Check struct {
	Snapshot, Result string
	// Why it is impossible; nil otherwise.
	Why *pb.Text
	// Findings is how many were delivered, Different the ids of those that came out otherwise, on one side only or in other words.
	Findings  int
	Different []string
	// Delivered and Again are digests of the canonical findings; Again is empty where it is impossible.
	Delivered, Again string
}

// maxNamed is how many findings a record names; all are counted.
const maxNamed = 20

// Verify judges a snapshot again and compares. What differs is on record, once for each digest that comes out.
func Verify(ctx context.Context, s Store, by store.Entry, id string) (Check, error) {
	snapshot, err := s.Opened(ctx, id)
	if err != nil {
		return Check{}, err
	}
	out := Check{Snapshot: id, Result: Same, Findings: len(snapshot.GetFindings())}
	if out.Delivered, err = Digest(snapshot.GetFindings()); err != nil {
		return out, err
	}
	again, err := Again(ctx, s, snapshot)
	var lacks *Missing
	if errors.As(err, &lacks) {
		out.Result, out.Why = Impossible, lacks.Say()
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("judge snapshot %s again: %w", id, err)
	}
	if out.Again, err = Digest(again); err != nil || out.Again == out.Delivered {
		return out, err
	}
	out.Result = Differs
	if out.Different, err = different(snapshot.GetFindings(), again); err != nil {
		return out, err
	}
	return out, record(ctx, s, by, out)
}

// different names the findings that are not the same on both sides.
func different(delivered, again []*pb.Finding) ([]string, error) {
	sides := [2]map[string]string{{}, {}}
	for i, found := range [][]*pb.Finding{delivered, again} {
		for _, f := range found {
			text, err := Canonical([]*pb.Finding{f})
			if err != nil {
				return nil, err
			}
			sides[i][f.GetId()] += string(text)
		}
	}
	var out []string
	for i, side := range sides {
		for id, text := range side {
			if other, there := sides[1-i][id]; !there || i == 0 && other != text {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func record(ctx context.Context, s Store, by store.Entry, c Check) error {
	detail, err := json.Marshal(map[string]any{
		"findings": c.Findings, "different": len(c.Different), "ids": c.Different[:min(len(c.Different), maxNamed)], "delivered": c.Delivered, "again": c.Again,
	})
	if err != nil {
		return fmt.Errorf("record snapshot %s: %w", c.Snapshot, err)
	}
	last, found, err := Recorded(ctx, s, c.Snapshot)
	if err != nil || found && last.Again == c.Again {
		return err
	}
	by.Action, by.Object, by.Outcome, by.Detail = Differing, c.Snapshot, "differs", string(detail)
	if _, err := s.Append(ctx, by); err != nil {
		return fmt.Errorf("record snapshot %s: %w", c.Snapshot, err)
	}
	return nil
}

// A Recording is what is on record of a snapshot whose verdicts came out otherwise.
type Recording struct {
	Record    store.Record
	Findings  int    `json:"findings"`
	Different int    `json:"different"`
	Again     string `json:"again"`
}

// Recorded says whether it is on record that a snapshot's verdicts came out otherwise, and what was last.
func Recorded(ctx context.Context, s Store, id string) (Recording, bool, error) {
	found, _, err := s.Records(ctx, store.AuditFilter{Action: Differing, Object: id}, store.Page{Limit: 1})
	if err != nil || len(found) == 0 {
		return Recording{}, false, err
	}
	out := Recording{Record: found[0]}
	if err := json.Unmarshal([]byte(found[0].Detail), &out); err != nil {
		return out, true, fmt.Errorf("read record %d: %w", found[0].N, err)
	}
	return out, true, nil
}
