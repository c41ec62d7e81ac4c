package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/evidence"
	"github.com/plumbline/plumbline/server/store"
)

// A Request asks for a bundle: of a snapshot, or of all snapshots of a sweep.
type Request struct {
	Snapshot, Sweep string
	// By is who asks.
	By string
	// Since are sizes of checkpoints that somebody kept; the bundle will prove that the log only grew since.
	Since []int64
}

// A bundle proves the growth of the log from the last checkpoint of each day, so far back, and from the newest ones, so many.
const (
	provedFor    = 400 * 24 * time.Hour
	provedNewest = 100
)

// A Bundle is ready to be written.
type Bundle struct {
	l          *Ledger
	head       evidence.Head
	checkpoint store.Checkpoint
	older      []evidence.Growth
	snapshots  []store.Snapshot
	waivers    []*pb.Waiver
	// Name says what it is of, for the name of a file.
	Name string
}

// ErrNoSnapshot says that a sweep has no snapshot that could be exported.
var ErrNoSnapshot = fmt.Errorf("no target of the sweep has a snapshot: %w", store.ErrNotFound)

// Prepare gathers what a bundle needs, and appends to the log what is not in it yet. Whatever cannot be had is an error here.
func (l *Ledger) Prepare(ctx context.Context, r Request) (*Bundle, error) {
	b := &Bundle{l: l, head: evidence.Head{MadeAt: l.c.Now(), MadeBy: r.By, Program: l.c.Version}}
	if err := b.gather(ctx, r); err != nil {
		return nil, fmt.Errorf("prepare a bundle: %w", err)
	}
	for _, s := range b.snapshots {
		b.head.Snapshots = append(b.head.Snapshots, s.ID)
	}
	if err := b.waived(ctx); err != nil {
		return nil, fmt.Errorf("prepare a bundle: %w", err)
	}
	if err := b.prove(ctx, r.Since); err != nil {
		return nil, fmt.Errorf("prepare a bundle: %w", err)
	}
	return b, nil
}

// Snapshots is how many it will hold.
func (b *Bundle) Snapshots() int { return len(b.snapshots) }

func (b *Bundle) gather(ctx context.Context, r Request) error {
	if r.Sweep != "" {
		b.Name = "sweep-" + r.Sweep
		return b.sweep(ctx, r.Sweep)
	}
	s, err := b.l.c.Store.Snapshot(ctx, r.Snapshot)
	if err != nil {
		return err
	}
	body, err := b.l.c.Store.Body(ctx, s.ID)
	if err != nil {
		return err
	}
	opened, err := store.OpenBody(body)
	if err != nil {
		return err
	}
	b.snapshots, b.Name = []store.Snapshot{s}, s.Target+"-"+s.At.UTC().Format("20060102T150405Z")
	if id := opened.GetCommission().GetSweepId(); id != "" {
		sweep, err := b.l.c.Store.Sweep(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			b.head.Sweep = sweepOf(sweep)
		}
	}
	return nil
}

// sweep gathers a sweep's snapshots, and accounts for every target of it.
func (b *Bundle) sweep(ctx context.Context, id string) error {
	s, err := b.l.c.Store.Sweep(ctx, id)
	if err != nil {
		return err
	}
	b.head.Sweep = sweepOf(s)
	for page := (store.Page{Limit: 1000}); ; {
		targets, next, err := b.l.c.Store.SweepTargets(ctx, id, "", page)
		if err != nil {
			return err
		}
		for _, t := range targets {
			b.head.Sweep.Targets = append(b.head.Sweep.Targets, targetOf(t))
			if t.Snapshot == "" {
				continue
			}
			snapshot, err := b.l.c.Store.Snapshot(ctx, t.Snapshot)
			if err != nil {
				return err
			}
			if snapshot.RemovedAt.IsZero() {
				b.snapshots = append(b.snapshots, snapshot)
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	if len(b.snapshots) == 0 {
		return ErrNoSnapshot
	}
	return nil
}

func sweepOf(s store.Sweep) *evidence.Sweep {
	out := &evidence.Sweep{
		ID: s.ID, Schedule: s.Schedule, State: s.State, RequestedBy: s.RequestedBy, Reason: s.Reason, AuthorisedBy: s.AuthorisedBy,
		Created: s.Created, Started: s.Started, Ended: s.Ended,
	}
	if json.Valid([]byte(s.Plan)) {
		out.Plan = json.RawMessage(s.Plan)
	}
	return out
}

func targetOf(t store.SweepTarget) evidence.SweepTarget {
	out := evidence.SweepTarget{
		Target: t.Target, State: t.State, Order: t.Order, Sender: t.Sender, DetailZh: t.Detail.GetZh(), DetailEn: t.Detail.GetEn(),
		Handed: t.Handed, Ended: t.Ended, Snapshot: t.Snapshot,
	}
	if t.Visit != pb.VisitState_VISIT_STATE_UNSPECIFIED {
		out.Visit = strings.ToLower(strings.TrimPrefix(t.Visit.String(), "VISIT_STATE_"))
	}
	return out
}

// prove brings the log up to date and shows that older checkpoints are of it.
func (b *Bundle) prove(ctx context.Context, since []int64) (err error) {
	if b.checkpoint, err = b.l.Checkpoint(ctx); err != nil {
		return err
	}
	own := b.l.c.Keys.Public()[:1]
	if _, err := evidence.ParseCheckpoint(b.checkpoint.Note, own); err != nil {
		// It was signed by a former key; whoever has the new one only must be able to check it.
		root, err := b.l.c.Store.RootAt(ctx, b.checkpoint.Size)
		if err != nil {
			return err
		}
		if b.checkpoint.Note, err = b.l.c.Keys.Checkpoint(b.checkpoint.Size, root, b.checkpoint.At); err != nil {
			return err
		}
	}
	daily, err := b.l.c.Store.DailyCheckpoints(ctx, b.l.c.Now().Add(-provedFor))
	if err != nil {
		return err
	}
	newest, _, err := b.l.c.Store.Checkpoints(ctx, store.Page{Limit: provedNewest})
	if err != nil {
		return err
	}
	sizes := slices.Clone(since)
	for _, c := range append(daily, newest...) {
		sizes = append(sizes, c.Size)
	}
	slices.Sort(sizes)
	for _, size := range slices.Compact(sizes) {
		if size <= 0 || size >= b.checkpoint.Size {
			continue
		}
		proof, err := b.l.c.Store.ProveGrowth(ctx, b.checkpoint.Size, size)
		if err != nil {
			return err
		}
		b.older = append(b.older, evidence.Growth{Size: size, Proof: proof})
	}
	return nil
}

// Write writes and signs the bundle. What is written is none before it returns without an error.
func (b *Bundle) Write(ctx context.Context, to io.Writer) error {
	w, err := evidence.NewWriter(to, b.l.c.Keys, b.head, b.checkpoint.Note, b.older)
	if err != nil {
		return err
	}
	for _, s := range b.snapshots {
		one, err := b.logged(ctx, s)
		if err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
		if err := w.Add(one); err != nil {
			return err
		}
	}
	return w.Close()
}

func (b *Bundle) logged(ctx context.Context, s store.Snapshot) (out evidence.Logged, err error) {
	leaf, err := b.l.c.Store.LeafOf(ctx, store.LeafSnapshot, s.ID)
	if err != nil {
		return out, err
	}
	out.Leaf, out.Index = leaf.Data, leaf.N
	if out.Proof, err = b.l.c.Store.ProveLeaf(ctx, b.checkpoint.Size, leaf.N); err != nil {
		return out, err
	}
	body, err := b.l.c.Store.Body(ctx, s.ID)
	if err != nil {
		return out, err
	}
	if out.Opened, err = store.Serialized(body); err != nil {
		return out, fmt.Errorf("open the snapshot %s: %w", s.ID, err)
	}
	snapshot := &pb.Snapshot{}
	if err := proto.Unmarshal(out.Opened, snapshot); err != nil {
		return out, fmt.Errorf("open the snapshot %s: %w", s.ID, err)
	}
	for _, w := range b.waivers {
		if !bears(w, snapshot, s.At) {
			continue
		}
		text, err := protojson.Marshal(w)
		if err != nil {
			return out, fmt.Errorf("write the waiver %s: %w", w.GetId(), err)
		}
		out.Waivers = append(out.Waivers, text)
	}
	return out, nil
}

// waived gathers the waivers that somebody approved.
func (b *Bundle) waived(ctx context.Context) error {
	for page := (store.Page{Limit: 1000}); ; {
		found, next, err := b.l.c.Store.Waivers(ctx, store.WaiverFilter{}, page)
		if err != nil {
			return err
		}
		for _, w := range found {
			approved := w.GetState() == pb.WaiverState_WAIVER_STATE_APPROVED || w.GetState() == pb.WaiverState_WAIVER_STATE_EXPIRED
			if approved && w.GetDecidedBy() != "" {
				b.waivers = append(b.waivers, w)
			}
		}
		if page.After = next; next == "" {
			return nil
		}
	}
}

// bears says whether a waiver held when the snapshot was taken and is about its target.
func bears(w *pb.Waiver, s *pb.Snapshot, at time.Time) bool {
	scope, target := w.GetScope(), s.GetTarget()
	if at.Before(w.GetFrom().AsTime()) || !at.Before(w.GetUntil().AsTime()) {
		return false
	}
	if id := scope.GetFindingId(); id != "" {
		return slices.ContainsFunc(s.GetFindings(), func(f *pb.Finding) bool { return f.GetId() == id })
	}
	return (scope.GetTargetId() == "" || scope.GetTargetId() == target.GetId()) && (scope.GetZone() == "" || scope.GetZone() == target.GetZone()) &&
		(scope.GetRole() == "" || scope.GetRole() == target.GetRole()) &&
		labelled(scope, target)
}

// labelled says whether a target has the label that a scope names; one that it lacks is not one of no value.
func labelled(scope *pb.WaiverScope, target *pb.Target) bool {
	value, there := target.GetLabels()[scope.GetLabelName()]
	return scope.GetLabelName() == "" || there && value == scope.GetLabelValue()
}
