// Package score adds up what scanners find and people attest: how each target, each zone and all of them stand under each baseline, with
// and without what is waived, and what is proved of the Shanghai scoring table.
//
// It reads what stands now, keeps nothing and judges nothing; how findings weigh is checks/baseline's.
package score

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/baseline"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
	"github.com/plumbline/plumbline/server/waiver"
)

// Store is what is read.
type Store interface {
	store.Attestations
	EachFinding(ctx context.Context, filter store.FindingFilter, use func(store.Finding) error) error
	TargetStates(ctx context.Context, after string, limit int) ([]store.TargetState, error)
}

// Levels of what a score is of.
const (
	Whole  = "whole"
	Zone   = "zone"
	Target = "target"
)

// Levels are all of them, the widest first.
func Levels() []string { return []string{Whole, Zone, Target} }

// A Row is how something stands under one baseline.
type Row struct {
	Level string
	// Name of the zone or the target; empty for the whole.
	Name, Baseline string
	// Targets is how many it is of; NeverRead of them are in the inventory and have no finding: there, all that others were judged by is
	// unknown.
	Targets, NeverRead int
	// Without counts every finding as it is. With leaves out what is waived, and does not count it as met.
	Without, With baseline.Score
	// Attested counts the clauses that people have to attest; it is of the whole only.
	Attested *Attested
}

// Attested counts clauses by what people state of them for the whole organisation.
type Attested struct {
	Met           int `json:"met"`
	Partly        int `json:"partly"`
	NotMet        int `json:"not_met"`
	NotApplicable int `json:"not_applicable"`
	Missing       int `json:"missing"`
}

// A Question narrows what is added up; what is empty does not.
type Question struct {
	Target, Zone, Baseline string
	// Level is which rows are wanted.
	Level string
}

// Of gives a row for each baseline: of the whole, of each zone, or of each target. Baselines of which this server has no content are
// named apart: there is no weight for their clauses.
func Of(ctx context.Context, s Store, q Question) (rows []Row, unknown []string, err error) {
	type key struct{ name, baseline string }
	type tallies struct {
		with, without      *baseline.Tally
		targets, neverRead int
	}
	sums, strange := map[key]*tallies{}, map[string]bool{}
	filter := store.FindingFilter{Target: q.Target, Zone: q.Zone, Baseline: q.Baseline}
	err = eachTarget(ctx, s, filter, func(target, zone string, marks []baseline.Mark, read bool) {
		name := map[string]string{Zone: zone, Target: target}[q.Level]
		for _, id := range baselinesOf(marks) {
			b := baseline.ByID(id)
			if b == nil || b.ID != id {
				strange[id] = true
				continue
			}
			k := key{name, id}
			if sums[k] == nil {
				sums[k] = &tallies{with: b.Tally(true), without: b.Tally(false)}
			}
			sums[k].with.Target(marks)
			sums[k].without.Target(marks)
			sums[k].targets++
			if !read {
				sums[k].neverRead++
			}
		}
	})
	if err != nil {
		return nil, nil, err
	}
	for k, t := range sums {
		rows = append(rows, Row{Level: q.Level, Name: k.name, Baseline: k.baseline, Targets: t.targets, NeverRead: t.neverRead, Without: t.without.Score(), With: t.with.Score()})
	}
	if q.Level == Whole && q.Target == "" && q.Zone == "" {
		for i := range rows {
			if rows[i].Attested, err = attestedOf(ctx, s, baseline.ByID(rows[i].Baseline)); err != nil {
				return nil, nil, err
			}
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Baseline, b.Baseline))
	})
	return rows, slices.Sorted(maps.Keys(strange)), nil
}

func baselinesOf(marks []baseline.Mark) []string {
	seen := map[string]bool{}
	for _, m := range marks {
		seen[m.Baseline] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// eachTarget gives the current findings target by target, and then, not read, the targets of the inventory of which there are none.
func eachTarget(ctx context.Context, s Store, filter store.FindingFilter, use func(target, zone string, marks []baseline.Mark, read bool)) error {
	var target, zone string
	var marks []baseline.Mark
	partial, asked := partials(), map[baseline.Mark]bool{}
	flush := func() {
		if len(marks) > 0 {
			use(target, zone, marks, true)
		}
		marks = marks[:0]
	}
	err := s.EachFinding(ctx, filter, func(f store.Finding) error {
		if f.Target != target {
			flush()
			target, zone = f.Target, f.Zone
		}
		m := baseline.Mark{Baseline: f.Baseline, Clause: f.Clause, Control: f.Control, Check: f.Check, Outcome: pb.Outcome_OUTCOME_UNKNOWN}
		asked[m] = true
		m.Outcome, m.Waived, m.Partial = f.Outcome, f.Waiver != "", partial[tie{f.Baseline, f.Clause, f.Check}]
		marks = append(marks, m)
		return nil
	})
	if err != nil {
		return err
	}
	flush()
	if len(asked) == 0 {
		return nil
	}
	return eachUnread(ctx, s, filter, func(t store.TargetState) { use(t.Target, t.Zone, slices.Collect(maps.Keys(asked)), false) })
}

// eachUnread gives the targets of the inventory of which nothing was ever found.
func eachUnread(ctx context.Context, s Store, filter store.FindingFilter, use func(store.TargetState)) error {
	after := ""
	for {
		states, err := s.TargetStates(ctx, after, 1000)
		if err != nil || len(states) == 0 {
			return err
		}
		for _, t := range states {
			within := (filter.Target == "" || filter.Target == t.Target) && (filter.Zone == "" || filter.Zone == t.Zone)
			if within && t.Listed && t.Tally == (store.Tally{}) {
				use(t)
			}
		}
		after = states[len(states)-1].Target
	}
}

type tie struct{ baseline, clause, check string }

// partials are the ties in which a check decides only a part of its clause.
func partials() map[tie]bool {
	out := map[tie]bool{}
	for _, b := range baseline.Builtin() {
		for _, c := range b.Clauses {
			for _, t := range c.Checks {
				if t.Partial {
					out[tie{b.ID, c.ID, t.Check}] = true
				}
			}
		}
	}
	return out
}

// attestedOf counts what is attested for the whole organisation.
func attestedOf(ctx context.Context, s Store, b *baseline.Baseline) (*Attested, error) {
	said, err := statements(ctx, s, b.ID)
	if err != nil {
		return nil, err
	}
	out := &Attested{}
	for i := range b.Clauses {
		if b.Clauses[i].Evidence() == nil {
			continue
		}
		of := said[b.Clauses[i].ID]
		switch {
		case of.whole == nil:
			out.Missing++
		case of.whole.GetStatement() == pb.Statement_STATEMENT_MET:
			out.Met++
		case of.whole.GetStatement() == pb.Statement_STATEMENT_PARTLY:
			out.Partly++
		case of.whole.GetStatement() == pb.Statement_STATEMENT_NOT_APPLICABLE:
			out.NotApplicable++
		default:
			out.NotMet++
		}
	}
	return out, nil
}

// said is what counts of a clause now: the newest confirmed statement for the whole organisation, and that for each part of it.
type said struct {
	whole *pb.Attestation
	parts map[string]*pb.Attestation
}

// statements gives what counts now, by clause.
func statements(ctx context.Context, s Store, id string) (map[string]said, error) {
	all, err := waiver.All(ctx, s, store.AttestationFilter{Baseline: id, State: pb.AttestationState_ATTESTATION_STATE_CONFIRMED})
	if err != nil {
		return nil, err
	}
	out := map[string]said{}
	for _, a := range slices.Backward(all) { // the latest wins
		one := out[a.GetClause()]
		if part := a.GetTargetId() + "\x00" + a.GetSite(); part != "\x00" {
			if one.parts == nil {
				one.parts = map[string]*pb.Attestation{}
			}
			one.parts[part] = a
		} else {
			one.whole = a
		}
		out[a.GetClause()] = one
	}
	return out, nil
}

// share is how much of a clause a statement says is met. The table has no rule for "partly"; half is ours.
func share(a *pb.Attestation) float64 {
	switch a.GetStatement() {
	case pb.Statement_STATEMENT_MET:
		return 1
	case pb.Statement_STATEMENT_PARTLY:
		return 0.5
	}
	return 0
}

// attested sums up what is stated of a clause: the lowest counts, and statements for parts alone prove nothing of the whole.
func (s said) attested() baseline.Attested {
	out := baseline.Attested{Share: baseline.Interval{Possible: 1}}
	count := func(a *pb.Attestation) {
		out.Stated = true
		out.By = append(out.By, a.GetId())
		if a.GetStatement() != pb.Statement_STATEMENT_NOT_APPLICABLE {
			out.Applicable = true
			out.Share.Possible = min(out.Share.Possible, share(a))
		}
	}
	if s.whole != nil {
		count(s.whole)
	}
	for _, part := range slices.Sorted(maps.Keys(s.parts)) {
		count(s.parts[part])
	}
	wholeApplies := s.whole != nil && s.whole.GetStatement() != pb.Statement_STATEMENT_NOT_APPLICABLE
	if wholeApplies {
		out.Share.Proved = out.Share.Possible
	}
	if s.whole == nil && !out.Applicable {
		// That it does not apply to a part says nothing of the rest.
		out.Stated = false
	}
	return out
}

// Shanghai appraises the Shanghai scoring table from what stands now.
func Shanghai(ctx context.Context, s Store, zone string) (baseline.Appraisal, error) {
	table := baseline.ShanghaiScoring()
	a := table.Appraiser()
	err := eachTarget(ctx, s, store.FindingFilter{Zone: zone}, func(_, _ string, marks []baseline.Mark, _ bool) { a.Target(marks) })
	if err != nil {
		return baseline.Appraisal{}, err
	}
	said, err := statements(ctx, s, table.Baseline)
	if err != nil {
		return baseline.Appraisal{}, err
	}
	return a.Appraise(func(clause string) baseline.Attested { return said[clause].attested() }), nil
}
