package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// A Standing is how a planned pair of a target and a clause stands in a sweep.
type Standing string

// The standings. Each planned pair has one.
const (
	Passed        Standing = "pass"
	Failed        Standing = "fail"
	NotApplicable Standing = "not_applicable"
	// Attested: a person attests the clause; no scan judges it.
	Attested Standing = "attested"
	// NotObservable: nobody can observe it.
	NotObservable Standing = "not_observable"
	// Unknown: the target was questioned, and the clause could not be told; the reason says why.
	Unknown Standing = "unknown"
	// NotReached: the target was not questioned; the reason says why.
	NotReached Standing = "not_reached"
	// Waiting: the sweep still runs, or a snapshot is still on its way.
	Waiting Standing = "waiting"
)

// Standings are all of them, in the order in which they are shown.
func Standings() []Standing {
	return []Standing{Passed, Failed, Unknown, NotApplicable, Attested, NotObservable, NotReached, Waiting}
}

// A Line of the ledger is one planned pair. Where neither the plan nor a snapshot says by which baselines a target is judged, the one
// pair that is known of it has no clause.
type Line struct {
	Target   string   `json:"target"`
	Baseline string   `json:"baseline,omitempty"`
	Clause   string   `json:"clause,omitempty"`
	Standing Standing `json:"standing"`
	// Reason is why, for unknown and not reached: a word for machines, and what was said where something was.
	Reason string   `json:"reason,omitempty"`
	Detail *pb.Text `json:"-"`
}

// A Ledger accounts for every planned pair of a sweep.
type Ledger struct {
	Sweep string `json:"sweep"`
	State string `json:"state"`
	// Targets is how many targets there are, Planned how many pairs. The standings sum to Planned.
	Targets   int64              `json:"targets"`
	Planned   int64              `json:"planned"`
	Standings map[Standing]int64 `json:"standings"`
	// Unknown and NotReached count by reason.
	Unknown    map[string]int64 `json:"unknown"`
	NotReached map[string]int64 `json:"not_reached"`
	// Complete says that nothing waits.
	Complete bool `json:"complete"`
}

// Ledger counts every planned pair of a sweep once and shows each to use, if that is not nil. Only those of one target, unless it is
// empty.
func (p *Planner) Ledger(ctx context.Context, sweep, target string, use func(Line) error) (*Ledger, error) {
	s, err := p.Store.Sweep(ctx, sweep)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	if s.Plan != "" {
		// One that this version would refuse counts, too: what was planned stays accounted for.
		if err := json.Unmarshal([]byte(s.Plan), plan); err != nil {
			return nil, fmt.Errorf("read the plan of sweep %s: %w", s.ID, err)
		}
	}
	out := &Ledger{Sweep: s.ID, State: s.State, Standings: map[Standing]int64{}, Unknown: map[string]int64{}, NotReached: map[string]int64{}}
	for _, one := range Standings() {
		out.Standings[one] = 0
	}
	err = each(func(page store.Page) ([]store.SweepTarget, string, error) {
		return p.Store.SweepTargets(ctx, sweep, "", page)
	}, func(t store.SweepTarget) error {
		if target != "" && t.Target != target {
			return nil
		}
		out.Targets++
		lines, err := p.lines(ctx, plan, s.State, t)
		if err != nil {
			return err
		}
		for _, line := range lines {
			out.add(line)
			if use == nil {
				continue
			}
			if err := use(line); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err == nil && target != "" && out.Targets == 0 {
		err = store.ErrNotFound
	}
	out.Complete = out.Standings[Waiting] == 0 && s.State != store.SweepPlanned
	return out, err
}

func (l *Ledger) add(line Line) {
	l.Planned++
	l.Standings[line.Standing]++
	switch line.Standing {
	case Unknown:
		l.Unknown[line.Reason]++
	case NotReached:
		l.NotReached[line.Reason]++
	}
}

// lines are the planned pairs of one target.
func (p *Planner) lines(ctx context.Context, plan *Plan, state string, t store.SweepTarget) ([]Line, error) {
	whole := Line{Target: t.Target, Standing: Waiting}
	switch {
	case t.State != store.TargetEnded:
	case t.Visit != pb.VisitState_VISIT_STATE_QUESTIONED:
		whole.Standing, whole.Reason, whole.Detail = NotReached, strings.ToLower(strings.TrimPrefix(t.Visit.String(), "VISIT_STATE_")), t.Detail
	case t.Snapshot == "" && state == store.SweepRunning:
	case t.Snapshot == "":
		whole.Standing, whole.Reason = Unknown, "no_snapshot"
	default:
		judgedBy, judged, err := p.Store.Judgements(ctx, t.Snapshot)
		if errors.Is(err, store.ErrRemoved) {
			whole.Standing, whole.Reason = Unknown, "snapshot_removed"
			break
		}
		if err != nil {
			return nil, err
		}
		return pairs(plan, t.Target, judgedBy, judged), nil
	}
	if len(plan.Baselines) == 0 {
		return []Line{whole}, nil
	}
	var out []Line
	for _, id := range plan.Baselines {
		b := baseline.ByID(id)
		if b == nil {
			line := whole
			line.Baseline = id
			out = append(out, line)
			continue
		}
		for i := range b.Clauses {
			line := whole
			line.Baseline, line.Clause = id, b.Clauses[i].ID
			if known, ok := unscanned(&b.Clauses[i]); ok {
				line.Standing, line.Reason, line.Detail = known, "", nil
			}
			out = append(out, line)
		}
	}
	return out, nil
}

// unscanned says how a clause stands that no scan judges.
func unscanned(c *baseline.Clause) (Standing, bool) {
	switch {
	case c.NotObservable != nil:
		return NotObservable, true
	case len(c.Checks) == 0:
		return Attested, true
	}
	return "", false
}

// pairs are the planned pairs of a target with a snapshot.
func pairs(plan *Plan, target string, judgedBy []string, judged []store.Judgement) []Line {
	of := map[[2]string]store.Judgement{}
	for _, j := range judged {
		of[[2]string{j.Baseline, j.Clause}] = j
	}
	applied := map[string]bool{}
	planned := plan.Baselines
	for _, one := range judgedBy {
		id, _, _ := strings.Cut(one, "@")
		applied[id] = true
		if len(plan.Baselines) == 0 {
			planned = append(planned[:len(planned):len(planned)], id)
		}
	}
	if len(planned) == 0 {
		return []Line{{Target: target, Standing: Unknown, Reason: "not_judged"}}
	}
	var out []Line
	for _, id := range planned {
		b := baseline.ByID(id)
		if b == nil { // a reader's own: what it judged is all that is known of it
			out = append(out, own(target, id, judged)...)
			continue
		}
		kind := kindOf(b, of)
		for i := range b.Clauses {
			c := &b.Clauses[i]
			line := Line{Target: target, Baseline: id, Clause: c.ID}
			j, found := of[[2]string{id, c.ID}]
			known, never := unscanned(c)
			switch {
			case found:
				line.Standing, line.Reason = standing(j)
			case never:
				line.Standing = known
			case !applied[id]:
				line.Standing, line.Reason = Unknown, "baseline_not_applied"
			case kind != 0 && c.On()&kind == 0:
				line.Standing = NotApplicable // it is judged on targets of the other kind
			default:
				line.Standing, line.Reason = Unknown, "not_judged"
			}
			out = append(out, line)
		}
	}
	return out
}

func own(target, id string, judged []store.Judgement) []Line {
	var out []Line
	for _, j := range judged {
		if j.Baseline == id {
			line := Line{Target: target, Baseline: id, Clause: j.Clause}
			line.Standing, line.Reason = standing(j)
			out = append(out, line)
		}
	}
	return out
}

// kindOf tells what kind of target was judged by the clauses that bear on one kind only; 0 if none does.
func kindOf(b *baseline.Baseline, of map[[2]string]store.Judgement) baseline.Kind {
	for i := range b.Clauses {
		if on := b.Clauses[i].On(); on == baseline.Host || on == baseline.Device {
			if _, found := of[[2]string{b.ID, b.Clauses[i].ID}]; found {
				return on
			}
		}
	}
	return 0
}

func standing(j store.Judgement) (Standing, string) {
	switch j.Outcome {
	case pb.Outcome_OUTCOME_PASS:
		return Passed, ""
	case pb.Outcome_OUTCOME_FAIL:
		return Failed, ""
	case pb.Outcome_OUTCOME_NOT_APPLICABLE:
		return NotApplicable, ""
	}
	if j.Reason == pb.Reason_REASON_UNSPECIFIED {
		return Unknown, "not_stated" // no fact says it
	}
	return Unknown, facts.ReasonName(j.Reason)
}
