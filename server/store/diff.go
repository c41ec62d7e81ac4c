package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Cause says why a finding differs between two snapshots.
type Cause string

// Causes.
const (
	// CauseSetting: what was seen on the target is not the same.
	CauseSetting Cause = "setting"
	// CauseBaseline: the baseline's content is not the same, or it judged only one of the two.
	CauseBaseline Cause = "baseline"
	// CauseUnreadable: the target or what it had to show could not be read in one of the two.
	CauseUnreadable Cause = "unreadable"
	// CauseSite: the site facts that decided are not the same.
	CauseSite Cause = "site"
	// CauseDriver: another version of the driver read the target.
	CauseDriver Cause = "driver"
	// CauseProgram: another version of the program judged it.
	CauseProgram Cause = "program"
	// CauseInventory: the target's role or zone is not the same.
	CauseInventory Cause = "inventory"
	// CauseTime: nothing differs but the day, and the check asks how long something lasts or lasted.
	CauseTime Cause = "time"
	// CauseOther: none of these.
	CauseOther Cause = "other"
)

// A Change is a finding that differs between two snapshots.
type Change struct {
	// From is nil where it was added, To where it is gone.
	From, To *pb.Finding
	Causes   []Cause
	// Facts are those that are not the same and on which the finding rests in one of the two.
	Facts []FactChange
}

// Diff says which findings two snapshots of one target do not share, and why; the worse outcome first, then by clause. Two findings
// with the same outcome are the same, whatever else they say.
func Diff(from, to *pb.Snapshot) []Change {
	before, after := ByID(from), ByID(to)
	facts := factChanges(from, to)
	var out []Change
	for id, f := range before {
		t := after[id]
		if t == nil || t.GetOutcome() != f.GetOutcome() {
			out = append(out, Change{From: f, To: t, Causes: causes(from, to, f, t, len(facts) > 0), Facts: restingOn(facts, f, t)})
		}
	}
	for id, t := range after {
		if before[id] == nil {
			out = append(out, Change{To: t, Causes: causes(from, to, nil, t, len(facts) > 0), Facts: restingOn(facts, nil, t)})
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		if d := severity(b.To.GetOutcome()) - severity(a.To.GetOutcome()); d != 0 {
			return d
		}
		return strings.Compare(a.key(), b.key())
	})
	return out
}

func (c Change) key() string {
	f := c.To
	if f == nil {
		f = c.From
	}
	return strings.Join([]string{f.GetBaseline(), f.GetClause(), f.GetCheck(), f.GetScope()}, "\x00")
}

// ByID gives the findings of a snapshot by id; of two with one id, the worse.
func ByID(s *pb.Snapshot) map[string]*pb.Finding {
	out := make(map[string]*pb.Finding, len(s.GetFindings()))
	for _, f := range s.GetFindings() {
		if severity(f.GetOutcome()) > severity(out[f.GetId()].GetOutcome()) {
			out[f.GetId()] = f
		}
	}
	return out
}

func causes(from, to *pb.Snapshot, before, after *pb.Finding, moved bool) []Cause {
	var out []Cause
	present := before
	if present == nil {
		present = after
	}
	if unread(from) != unread(to) || unreadable(before) != unreadable(after) {
		out = append(out, CauseUnreadable)
	}
	if from != nil && to != nil && (judgedBy(from, present.GetBaseline()) != judgedBy(to, present.GetBaseline()) || figures(from) != figures(to)) {
		out = append(out, CauseBaseline)
	}
	switch {
	case before == nil || after == nil:
		// A scope that came or went did so on the target, where nothing else explains it.
		if len(out) == 0 {
			out = append(out, CauseSetting)
		}
	case unreadable(before) || unreadable(after):
	case saw(before) != saw(after):
		out = append(out, CauseSetting)
	}
	if before != nil && after != nil && !slices.Equal(before.GetSiteFacts(), after.GetSiteFacts()) {
		out = append(out, CauseSite)
	}
	if len(out) > 0 {
		return out
	}
	return remaining(from, to, moved)
}

// remaining are the causes that are left where the findings themselves show none.
func remaining(from, to *pb.Snapshot, moved bool) []Cause {
	var out []Cause
	for _, c := range []struct {
		cause   Cause
		differs bool
	}{
		{CauseSite, from.GetJudging() != nil && to.GetJudging() != nil && from.GetJudging().GetSiteSha256() != to.GetJudging().GetSiteSha256()},
		{CauseInventory, from.GetTarget().GetRole() != to.GetTarget().GetRole() || from.GetTarget().GetZone() != to.GetTarget().GetZone()},
		{CauseDriver, from.GetDriverVersion() != to.GetDriverVersion()},
		{CauseProgram, from.GetProgramVersion() != to.GetProgramVersion()},
	} {
		if c.differs {
			out = append(out, c.cause)
		}
	}
	switch {
	case len(out) > 0:
		return out
	case !moved && from.GetFacts() != nil && !from.GetStartedAt().AsTime().Equal(to.GetStartedAt().AsTime()):
		return []Cause{CauseTime}
	}
	return []Cause{CauseOther}
}

// figures say which of conflicting figures judged, where the snapshot records it.
func figures(s *pb.Snapshot) string {
	j := s.GetJudging()
	return j.GetProfile() + "\x00" + strings.Join(j.GetSet(), "\x00")
}

// unread says whether nothing could be read for the snapshot.
func unread(s *pb.Snapshot) bool { return s == nil || missed(s.GetVisit().GetState()) }

// unreadable says whether the finding could not be told because of the target, not because the site has not stated something.
func unreadable(f *pb.Finding) bool {
	switch f.GetReasonCode() {
	case pb.Reason_REASON_UNSPECIFIED, pb.Reason_REASON_SITE_UNSTATED, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, pb.Reason_REASON_ELSEWHERE:
		return false
	}
	return f.GetOutcome() == pb.Outcome_OUTCOME_UNKNOWN
}

// saw is what was seen on the target: in which words, not in which line.
func saw(f *pb.Finding) string {
	var b strings.Builder
	b.WriteString(f.GetObserved().GetEn())
	for _, e := range f.GetEvidence() {
		b.WriteString("\x00" + e.GetSource() + "\x00" + e.GetExcerpt() + "\x00" + e.GetDefaultStatedIn())
	}
	return b.String()
}

// judgedBy is the "id@digest" of the baseline in the snapshot, empty where it was not judged by it.
func judgedBy(s *pb.Snapshot, baseline string) string {
	for _, b := range s.GetBaselines() {
		if id, _, _ := strings.Cut(b, "@"); id == baseline {
			return b
		}
	}
	return ""
}

// DiffSnapshots is Diff of two snapshots of one target by their ids.
func (s *Store) DiffSnapshots(ctx context.Context, from, to string) ([]Change, error) {
	before, err := s.Opened(ctx, from)
	if err != nil {
		return nil, err
	}
	after, err := s.Opened(ctx, to)
	if err != nil {
		return nil, err
	}
	if a, b := before.GetTarget().GetId(), after.GetTarget().GetId(); a != b {
		return nil, fmt.Errorf("compare snapshots: one is of %s, the other of %s", a, b)
	}
	return Diff(before, after), nil
}

// A TargetChange is what changed on one target between two sweeps.
type TargetChange struct {
	Target string
	// From and To are the snapshots; empty where the sweep has none of the target.
	From, To string
	Changes  []Change
}

// DiffSweeps says what changed between two sweeps, a page of targets at a time; targets on which nothing did are left out, so a page
// may be short and still have a next one.
func (s *Store) DiffSweeps(ctx context.Context, from, to string, page Page) (out []TargetChange, next string, err error) {
	after := ""
	if page.After != "" {
		at, err := page.place()
		if err != nil {
			return nil, "", err
		}
		after = at.ID
	}
	type pair struct{ target, from, to string }
	var pairs []pair
	// A target is in one of the sweeps at least; equal shape, outcomes and baselines need no opening.
	err = each(ctx, s.read, func(r scanner) error {
		var p pair
		if err := r.Scan(&p.target, &p.from, &p.to); err != nil {
			return err
		}
		pairs = append(pairs, p)
		return nil
	}, fmt.Sprintf(`SELECT coalesce(x.target_id, y.target_id), coalesce(x.snapshot_id, ''), coalesce(y.snapshot_id, '')
		FROM (SELECT target_id, snapshot_id FROM sweep_targets WHERE sweep_id = $1) x
		FULL JOIN (SELECT target_id, snapshot_id FROM sweep_targets WHERE sweep_id = $2) y ON x.target_id = y.target_id
		LEFT JOIN snapshots a ON a.id = x.snapshot_id LEFT JOIN snapshots b ON b.id = y.snapshot_id
		WHERE coalesce(x.target_id, y.target_id) > $3
		AND ((a.id IS NULL) <> (b.id IS NULL) OR a.shape <> b.shape OR a.status <> b.status)
		ORDER BY 1 LIMIT %d`, page.limit()+1), from, to, after)
	if err != nil {
		return nil, "", wrap("compare sweeps", err)
	}
	pairs, next = cut(pairs, page.limit(), func(p pair) place { return place{ID: p.target} })
	for _, p := range pairs {
		change := TargetChange{Target: p.target, From: p.from, To: p.to}
		var sides [2]*pb.Snapshot
		for i, id := range []string{p.from, p.to} {
			if id == "" {
				continue
			}
			if sides[i], err = s.Opened(ctx, id); err != nil {
				return nil, "", fmt.Errorf("compare sweeps: %w", err)
			}
		}
		if change.Changes = Diff(sides[0], sides[1]); len(change.Changes) > 0 {
			out = append(out, change)
		}
	}
	return out, next, nil
}
