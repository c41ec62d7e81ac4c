package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/baseline"
	"github.com/plumbline/plumbline/checks/report"
	"github.com/plumbline/plumbline/server/store"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// trendLength is how many snapshots a trend shows.
const trendLength = 30

// snapshot is one report with its trend and what changed since the snapshot before.
func (e *Exporter) snapshot(ctx context.Context, r Request) (name string, _ report.Batch, err error) {
	meta, err := e.Store.Snapshot(ctx, r.Snapshot)
	if err != nil {
		return "", nil, err
	}
	s, err := e.Store.Opened(ctx, meta.ID)
	if err != nil {
		return "", nil, err
	}
	one, err := e.report(ctx, s, meta, r)
	if err != nil {
		return "", nil, err
	}
	if err := e.past(ctx, one, s, meta, r); err != nil {
		return "", nil, err
	}
	return FileName(meta.Target) + "-" + stamp(meta.At), func(yield func(*report.Report, error) bool) { yield(one, nil) }, nil
}

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// sweep is every target of a sweep, by id, read when its turn comes. One without a snapshot says why.
func (e *Exporter) sweep(ctx context.Context, r Request) (name string, _ report.Batch, err error) {
	sweep, err := e.Store.Sweep(ctx, r.Sweep)
	if err != nil {
		return "", nil, err
	}
	return FileName("sweep-"+sweep.ID) + "-" + stamp(sweep.Created), func(yield func(*report.Report, error) bool) {
		after := ""
		for {
			targets, next, err := e.Store.SweepTargets(ctx, sweep.ID, "", store.Page{Limit: 500, After: after})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, t := range targets {
				one, err := e.target(ctx, t, sweep, r)
				if !yield(one, err) || err != nil {
					return
				}
			}
			if next == "" {
				return
			}
			after = next
		}
	}, nil
}

// target is how one target of a sweep ended.
func (e *Exporter) target(ctx context.Context, t store.SweepTarget, sweep store.Sweep, r Request) (*report.Report, error) {
	if t.Snapshot != "" {
		meta, err := e.Store.Snapshot(ctx, t.Snapshot)
		if err != nil {
			return nil, err
		}
		s, err := e.Store.Opened(ctx, meta.ID)
		if err == nil {
			return e.report(ctx, s, meta, r)
		}
		if !errors.Is(err, store.ErrRemoved) {
			return nil, err
		}
		t.State, t.Visit, t.Detail = "removed", 0, checks.Say("快照 %s 已按留存规则清除", "retention removed snapshot %s", t.Snapshot)
	}
	state, detail := t.State, report.Pick(r.Language, t.Detail.GetZh(), t.Detail.GetEn())
	if t.Visit != pb.VisitState_VISIT_STATE_UNSPECIFIED {
		state = strings.ToLower(strings.TrimPrefix(t.Visit.String(), "VISIT_STATE_"))
	}
	switch {
	case state == "questioned":
		state, detail = "no_snapshot", report.Pick(r.Language, "已读取，但尚未收到快照", "it was read, but its snapshot has not come")
	case detail != "":
	case state == "planned":
		detail = report.Pick(r.Language, "尚未下发", "not handed out yet")
	case state == "handed":
		detail = report.Pick(r.Language, "已下发，尚未结束", "handed out, not ended yet")
	default:
		detail = report.Pick(r.Language, "没有快照（"+state+"）", "no snapshot ("+state+")")
	}
	one := report.NotRead(report.Target{ID: t.Target}, state, detail, e.options(r))
	one.Started, one.Finished = t.Handed, t.Ended
	one.Commission = &report.Commission{Sweep: sweep.ID, RequestedBy: sweep.RequestedBy, Reason: sweep.Reason, AuthorisedBy: sweep.AuthorisedBy}
	return one, nil
}

func (e *Exporter) report(ctx context.Context, s *pb.Snapshot, meta store.Snapshot, r Request) (*report.Report, error) {
	waivers, err := e.waivers(ctx, meta.Target)
	if err != nil {
		return nil, err
	}
	o := e.options(r)
	o.Baselines, o.Notes = baselinesOf(s)
	o.Waiver = func(f *pb.Finding) *report.Waiver {
		if f.GetOutcome() != pb.Outcome_OUTCOME_FAIL && f.GetOutcome() != pb.Outcome_OUTCOME_UNKNOWN {
			return nil
		}
		return waivers[f.GetId()]
	}
	one := report.New(s, o)
	one.Delivered = &report.Delivered{Snapshot: meta.ID, Sender: meta.Sender, Received: meta.Received, SHA256: fmt.Sprintf("%x", meta.SHA256)}
	return one, nil
}

// waivers are those in force now that cover findings of a target, by the finding.
func (e *Exporter) waivers(ctx context.Context, target string) (map[string]*report.Waiver, error) {
	yes, after := true, ""
	out, known := map[string]*report.Waiver{}, map[string]*report.Waiver{}
	for {
		found, next, err := e.Store.Findings(ctx, store.FindingFilter{Target: target, Waived: &yes}, store.Page{Limit: 1000, After: after})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if known[f.Waiver] == nil {
				w, err := e.Store.Waiver(ctx, f.Waiver)
				if err != nil {
					return nil, err
				}
				known[f.Waiver] = &report.Waiver{ApprovedBy: w.GetDecidedBy(), Until: w.GetUntil().AsTime(), Reason: w.GetReason()}
			}
			out[f.ID] = known[f.Waiver]
		}
		if next == "" {
			return out, nil
		}
		after = next
	}
}

// past adds what was before: the trend, and what differs from the latest older snapshot that is still there.
func (e *Exporter) past(ctx context.Context, one *report.Report, s *pb.Snapshot, meta store.Snapshot, r Request) error {
	found, _, err := e.Store.Snapshots(ctx, store.SnapshotFilter{Target: meta.Target, Until: meta.At.Add(time.Millisecond)}, store.Page{Limit: trendLength + 10})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(f store.Snapshot) bool { return f.ID == meta.ID })
	if i < 0 || i+1 == len(found) {
		return nil // nothing is older
	}
	older := found[i+1:]
	one.Trend = []report.Past{{Snapshot: meta.ID, At: meta.At, Missed: one.Missed(), Counts: one.Summary}}
	for _, f := range older[:min(len(older), trendLength-1)] {
		t := f.Tally
		one.Trend = append(one.Trend, report.Past{
			Snapshot: f.ID, At: f.At, Missed: missed(f.Visit),
			Counts: report.Counts{Pass: int(t.Passed), Fail: int(t.Failed), Unknown: int(t.Unknown), NotApplicable: int(t.Inapplicable)},
		})
	}
	slices.Reverse(one.Trend)
	i = slices.IndexFunc(older, func(f store.Snapshot) bool { return f.RemovedAt.IsZero() })
	if i < 0 {
		return nil
	}
	before, err := e.Store.Opened(ctx, older[i].ID)
	if errors.Is(err, store.ErrRemoved) {
		return nil // between the two questions
	}
	if err != nil {
		return err
	}
	var changes []report.Change
	for _, c := range store.Diff(before, s) {
		causes := make([]string, len(c.Causes))
		for n, cause := range c.Causes {
			causes[n] = string(cause)
		}
		changes = append(changes, report.NewChange(c.From, c.To, causes, e.options(r)))
	}
	one.Compare(older[i].ID, older[i].At, before, s, changes)
	return nil
}

func missed(v pb.VisitState) bool {
	return v != pb.VisitState_VISIT_STATE_UNSPECIFIED && v != pb.VisitState_VISIT_STATE_QUESTIONED
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

// FileName is a name as part of that of a file, whatever it holds.
func FileName(id string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, id)
	return "plumbline-" + strings.ReplaceAll(safe[:min(len(safe), 100)], "..", "_")
}
