package orders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

const (
	// maxTargets is how many targets an order holds.
	maxTargets = 500
	// maxOpen is how many orders a caller has at a time, of different sweeps.
	maxOpen = 4
	// perBeat is how many callers are handed something between two looks at the others.
	perBeat = 500
	// heardEvery is how often it is noted that callers are there.
	heardEvery = 30 * time.Second
	// maxHops is how many hosts may stand on the way to a target; those behind are left out, and it is not reached.
	maxHops = 8
)

// Run hands out to those who hold a line here, until ctx ends. It is no job that any server may do: only the one that holds the line
// knows that somebody is there.
func (s *Service) Run(ctx context.Context) error {
	defer s.Close()
	beat := time.NewTicker(s.c.Beat)
	defer beat.Stop()
	var heard time.Time
	for {
		if err := s.beat(ctx, &heard); err != nil && ctx.Err() == nil {
			s.c.Log.Error("orders cannot be handed out", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		case <-s.nudge:
		}
	}
}

// beat hands out what waits for those who hold a line, tells them, and notes that they are there.
func (s *Service) beat(ctx context.Context, heard *time.Time) error {
	s.mu.Lock()
	lines := maps.Clone(s.lines)
	s.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	before, err := s.c.Store.OpenOrders(ctx)
	if err != nil {
		return err
	}
	if err := s.handAll(ctx, lines, before); err != nil {
		s.c.Log.Error("some orders cannot be handed out", "err", err)
	}
	open, err := s.c.Store.OpenOrders(ctx)
	if err != nil {
		return err
	}
	of := map[string]map[string]bool{}
	var here []string
	for _, o := range open {
		if l := lines[o.Reader]; l != nil && l.caller.ID == o.Sender {
			if of[o.Reader] == nil {
				of[o.Reader] = map[string]bool{}
			}
			of[o.Reader][o.ID] = true
			here = append(here, o.ID)
		}
	}
	s.tell(lines, of)
	if now := s.c.Now(); now.Sub(*heard) >= heardEvery || now.Before(*heard) {
		if err := s.c.Store.Heard(ctx, here); err != nil {
			return err
		}
		*heard = now
	}
	return nil
}

// tell wakes the lines whose orders are not what they were.
func (s *Service) tell(lines map[string]*line, of map[string]map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, l := range lines {
		now := of[name]
		if now == nil {
			now = map[string]bool{}
		}
		if l.open != nil && maps.Equal(l.open, now) {
			continue
		}
		l.open = now
		select {
		case l.wake <- struct{}{}:
		default: // it is awake already, and sees the newest
		}
	}
}

// handAll hands out what waits for those who hold a line.
func (s *Service) handAll(ctx context.Context, lines map[string]*line, open []store.Order) error {
	waiting, err := s.c.Store.WaitingReaders(ctx)
	if err != nil || len(waiting) == 0 {
		return err
	}
	busy := map[string]map[string]bool{} // sweeps that a caller has an order of
	for _, o := range open {
		if busy[o.Sender] == nil {
			busy[o.Sender] = map[string]bool{}
		}
		busy[o.Sender][o.Sweep] = true
	}
	h := &hand{s: s, sweeps: map[string]*sweepAt{}, site: nil}
	var errs []error
	n := 0
	for _, name := range waiting {
		l := lines[name]
		if l == nil {
			continue
		}
		if n++; n > perBeat {
			s.Nudge()
			break
		}
		errs = append(errs, h.give(ctx, l.caller, busy[l.caller.ID]))
	}
	return errors.Join(errs...)
}

// A hand hands out during one beat.
type hand struct {
	s      *Service
	sweeps map[string]*sweepAt
	site   *string
}

// sweepAt is a sweep as it is during a beat.
type sweepAt struct {
	store.Sweep
	frozen bool
	// suspended are credentials that are not used any more in this sweep.
	suspended map[string]bool
}

func (h *hand) sweep(ctx context.Context, id string) (*sweepAt, error) {
	if known := h.sweeps[id]; known != nil {
		return known, nil
	}
	one, err := h.s.c.Store.Sweep(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := ReadPlan(one.Plan)
	if err != nil {
		return nil, err
	}
	at := &sweepAt{Sweep: one, suspended: map[string]bool{}}
	if at.frozen, err = plan.frozen(h.s.c.Now()); err != nil {
		return nil, err
	}
	if one.Account.Ended[pb.VisitState_VISIT_STATE_SUSPENDED] > 0 {
		if err := h.suspend(ctx, at); err != nil {
			return nil, err
		}
	}
	h.sweeps[id] = at
	return at, nil
}

// suspend learns which credentials a reader suspended in this sweep: they are not tried again by the next order.
func (h *hand) suspend(ctx context.Context, at *sweepAt) error {
	return each(func(page store.Page) ([]store.SweepTarget, string, error) {
		return h.s.c.Store.SweepTargets(ctx, at.ID, store.TargetEnded, page)
	}, func(t store.SweepTarget) error {
		if t.Visit != pb.VisitState_VISIT_STATE_SUSPENDED {
			return nil
		}
		listed, err := h.s.c.Store.Target(ctx, t.Target)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil && listed.Credential != "" {
			at.suspended[listed.Credential] = true
		}
		return err
	})
}

// give makes orders for one caller, one for each sweep. A sweep that it has an order of holds up no other, however much of it waits.
func (h *hand) give(ctx context.Context, c Caller, busy map[string]bool) error {
	passed := slices.Collect(maps.Keys(busy))
	var errs []error
	for room := maxOpen - len(busy); room > 0; {
		waiting, err := h.s.c.Store.Waiting(ctx, c.Name, passed, maxTargets)
		if err != nil || len(waiting) == 0 {
			return errors.Join(append(errs, err)...)
		}
		sweep, n := waiting[0].Sweep, 0
		for n < len(waiting) && waiting[n].Sweep == sweep {
			n++
		}
		made, err := h.order(ctx, c, sweep, waiting[:n])
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep %s: %w", sweep, err))
		}
		if made {
			room--
		}
		passed = append(passed, sweep)
	}
	return errors.Join(errs...)
}

// order makes one order of targets that wait, and ends those of them that cannot be read.
func (h *hand) order(ctx context.Context, c Caller, id string, waiting []store.SweepTarget) (bool, error) {
	sweep, err := h.sweep(ctx, id)
	if err != nil || sweep.frozen {
		return false, err
	}
	var ids []string
	var ends []store.Ending
	for _, t := range waiting {
		listed, err := h.s.c.Store.Target(ctx, t.Target)
		end := store.Ending{Target: t.Target, Visit: pb.VisitState_VISIT_STATE_FAILED}
		switch {
		case errors.Is(err, store.ErrNotFound):
			end.Detail = unlisted
		case err != nil:
			return false, err
		case !mayRead(c, &listed):
			end.Detail = checks.Say("读取者已变更，不再由 %s 读取", "%s is not its reader any more", c.Name)
		case sweep.suspended[listed.Credential]:
			end.Visit = pb.VisitState_VISIT_STATE_SUSPENDED
			end.Detail = checks.Say("凭据 %s 已被拒绝，本次任务中不再使用", "the credential %s was refused and is not used any more in this sweep", listed.Credential)
		default:
			ids = append(ids, t.Target)
			continue
		}
		ends = append(ends, end)
	}
	if len(ends) > 0 {
		if err := h.s.c.Store.EndWaiting(ctx, id, ends); err != nil {
			return false, err
		}
	}
	if len(ids) == 0 {
		return false, nil
	}
	o := store.Order{ID: newID("o-"), Sweep: id, Sender: c.ID, Reader: c.Name}
	handed, err := h.s.c.Store.HandOut(ctx, o, ids)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // the sweep ended meanwhile
	}
	if len(handed) > 0 {
		h.s.c.Log.Info("handed out", "order", o.ID, "sweep", id, "reader", c.Name, "targets", len(handed))
	}
	return len(handed) > 0, err
}

// running gives the targets of an order that have not ended, with its sweep; none where the order is not the identity's, or is over.
func (s *Service) running(ctx context.Context, identity, id string) (left []store.SweepTarget, sweep store.Sweep, err error) {
	o, err := s.c.Store.Order(ctx, id)
	if err != nil || o.Sender != identity || !o.Ended.IsZero() {
		return nil, sweep, err
	}
	if sweep, err = s.c.Store.Sweep(ctx, o.Sweep); err != nil {
		return nil, sweep, err
	}
	if sweep.State != store.SweepRunning || !s.c.Now().Before(sweep.NotAfter) {
		return nil, sweep, nil
	}
	left, err = s.c.Store.OrderTargets(ctx, id)
	return left, sweep, err
}

// compose makes the order as the identity that has it gets it, of those targets that have not ended; nil where there are none.
func (s *Service) compose(ctx context.Context, identity, id string) (*pb.Order, error) {
	left, sweep, err := s.running(ctx, identity, id)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	plan, err := ReadPlan(sweep.Plan)
	if err != nil {
		return nil, err
	}
	out := &pb.Order{
		Id: id, SweepId: sweep.ID, Baselines: plan.Baselines, Profile: plan.Profile, NotAfter: timestamppb.New(sweep.NotAfter),
		RequestedBy: sweep.RequestedBy, Reason: sweep.Reason, AuthorisedBy: sweep.AuthorisedBy,
		Limits: &pb.OrderLimits{Concurrency: plan.Limits.Concurrency, PerZone: plan.Limits.PerZone, PerCredential: plan.Limits.PerCredential},
	}
	site, err := s.c.Store.Site(ctx, 0)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	out.Site = site.Text
	return out, s.fill(ctx, out, left)
}

// fill puts targets into an order, with the hosts on the way to them.
func (s *Service) fill(ctx context.Context, out *pb.Order, left []store.SweepTarget) error {
	in := map[string]bool{}
	var ways []string
	for _, t := range left {
		listed, err := s.c.Store.Target(ctx, t.Target)
		if errors.Is(err, store.ErrNotFound) {
			listed, err = store.Target{ID: t.Target}, nil // taken off the inventory meanwhile; it has no address to go to
		}
		if err != nil {
			return err
		}
		in[t.Target] = true
		out.Targets = append(out.Targets, orderTarget(&listed))
		ways = append(ways, listed.Jump)
	}
	return s.hops(ctx, ways, in, func(hop *store.Target) { out.Hops = append(out.Hops, orderTarget(hop)) })
}

// hops shows the hosts of the inventory that stand on the ways, the nearest first, each once; those in the set are passed over.
func (s *Service) hops(ctx context.Context, ways []string, in map[string]bool, use func(*store.Target)) error {
	for depth := 0; len(ways) > 0 && depth < maxHops; depth++ {
		next := ways
		ways = nil
		for _, id := range next {
			if id == "" || in[id] {
				continue
			}
			listed, err := s.c.Store.Target(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				continue // user@host:port, which needs no more
			}
			if err != nil {
				return err
			}
			in[id] = true
			use(&listed)
			ways = append(ways, listed.Jump)
		}
	}
	return nil
}

func orderTarget(t *store.Target) *pb.OrderTarget {
	return &pb.OrderTarget{
		Target: &pb.Target{Id: t.ID, Address: t.Address, Driver: t.Driver, Zone: t.Zone, Role: t.Role, Labels: t.Labels},
		Name:   t.Name, Port: uint32(t.Port), Transports: t.Transports, Credential: t.Credential, SnmpCredential: t.SNMPCredential,
		Account: t.Account, Jump: t.Jump, Algorithms: t.Algorithms, Encoding: t.Encoding, Sudo: t.Sudo,
	}
}
