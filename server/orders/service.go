package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
	"github.com/plumbline/plumbline/server/store"
)

// What is taken of one call.
const (
	maxWorking = 1_000
	maxEnds    = 10_000
	maxDetail  = 2_000
)

// A Caller is who calls, as enrolment knows it.
type Caller struct {
	// ID of the enrolment; orders are told apart by it.
	ID   string
	Name string
	// Agent: it reads its own host only.
	Agent bool
}

// Config is what a service needs.
type Config struct {
	Store Store
	// Caller says who calls; an error refuses the call.
	Caller func(context.Context) (Caller, error)
	// Reveal hands over a credential; without it nobody gets any.
	Reveal func(context.Context, Caller, *pb.RevealRequest) (*pb.RevealResponse, error)
	Now    func() time.Time
	Log    *slog.Logger
	// Beat is how often it looks for what is to be handed out, Life how often callers hear from it; defaults if unset.
	Beat, Life time.Duration
}

// Service hands out orders and takes account of them. Run must run while it serves.
type Service struct {
	pb.UnimplementedOrderServiceServer
	c Config
	// nudge asks for a beat now.
	nudge chan struct{}
	// stopped ends with the service.
	stopped chan struct{}
	stop    sync.Once

	mu sync.Mutex
	// lines are the open ones, by the name of who holds them.
	lines   map[string]*line
	foreign map[string]*strangers
}

// New gives a service.
func New(c Config) *Service {
	if c.Beat == 0 {
		c.Beat = 2 * time.Second
	}
	if c.Life == 0 {
		c.Life = 30 * time.Second
	}
	return &Service{c: c, nudge: make(chan struct{}, 1), stopped: make(chan struct{}), lines: map[string]*line{}, foreign: map[string]*strangers{}}
}

// A line is one open Watch.
type line struct {
	caller Caller
	// over ends when another Watch of the same caller takes its place.
	over chan struct{}
	wake chan struct{}
	// open are the orders that the caller has to have; nil until they were looked up. Guarded by Service.mu.
	open map[string]bool
}

// Nudge has what is new looked for now.
func (s *Service) Nudge() {
	select {
	case s.nudge <- struct{}{}:
	default: // a beat is due already
	}
}

// Close ends all lines; the callers come back to whoever serves then.
func (s *Service) Close() { s.stop.Do(func() { close(s.stopped) }) }

func (s *Service) enter(c Caller) *line {
	l := &line{caller: c, over: make(chan struct{}), wake: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.lines[c.Name]; before != nil {
		close(before.over)
	}
	s.lines[c.Name] = l
	return l
}

func (s *Service) leave(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lines[l.caller.Name] == l {
		delete(s.lines, l.caller.Name)
	}
}

// Watch streams orders to the caller until one of both goes.
func (s *Service) Watch(req *pb.WatchRequest, stream grpc.ServerStreamingServer[pb.WatchResponse]) error {
	ctx := stream.Context()
	caller, err := s.c.Caller(ctx)
	if err != nil {
		return err
	}
	if len(req.GetWorking()) > maxWorking {
		return status.Errorf(codes.InvalidArgument, "more than %d orders at work", maxWorking)
	}
	// The caller has these: they are not sent again.
	has := map[string]bool{}
	for _, id := range req.GetWorking() {
		has[id] = true
	}
	l := s.enter(caller)
	defer s.leave(l)
	s.c.Log.Info("a line opened", "caller", caller.Name, "version", clip(req.GetVersion(), 100), "working", len(has))
	s.Nudge()
	life := time.NewTicker(s.c.Life)
	defer life.Stop()
	for {
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-l.over:
			return status.Error(codes.Aborted, "another line of the same identity took the place of this one")
		case <-s.stopped:
			return status.Error(codes.Unavailable, "the server stops")
		case <-life.C:
			err = stream.Send(&pb.WatchResponse{})
		case <-l.wake:
			err = s.bring(ctx, l, has, stream)
		}
		if err != nil {
			return err
		}
	}
}

// bring sends the caller what it has not, and takes back what is over.
func (s *Service) bring(ctx context.Context, l *line, has map[string]bool, stream grpc.ServerStreamingServer[pb.WatchResponse]) error {
	s.mu.Lock()
	open := l.open
	s.mu.Unlock()
	for id := range open {
		if has[id] {
			continue
		}
		order, err := s.compose(ctx, l.caller.ID, id)
		if err != nil {
			return s.broken("compose an order", err)
		}
		if order == nil {
			continue // it ended meanwhile
		}
		if err := stream.Send(&pb.WatchResponse{Kind: &pb.WatchResponse_Order{Order: order}}); err != nil {
			return err
		}
		has[id] = true
	}
	for id := range has {
		if open[id] {
			continue
		}
		delete(has, id)
		if o, err := s.c.Store.Order(ctx, id); err == nil && o.Sender == l.caller.ID && o.Why == store.OrderSettled {
			continue // the caller said so itself
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return s.broken("look up an order", err)
		}
		if err := stream.Send(&pb.WatchResponse{Kind: &pb.WatchResponse_Cancelled{Cancelled: id}}); err != nil {
			return err
		}
	}
	return nil
}

// Settle takes account of how targets of an order ended.
func (s *Service) Settle(ctx context.Context, req *pb.SettleRequest) (*pb.SettleResponse, error) {
	caller, err := s.c.Caller(ctx)
	if err != nil {
		return nil, err
	}
	if len(req.GetEnds()) > maxEnds {
		return nil, status.Errorf(codes.InvalidArgument, "more than %d ends at once", maxEnds)
	}
	order, err := s.own(ctx, caller, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	ends, err := s.endings(ctx, order, req.GetEnds())
	if err != nil {
		return nil, err
	}
	if len(ends) == 0 {
		return &pb.SettleResponse{}, nil
	}
	if err := s.c.Store.Account(ctx, order.ID, ends); err != nil {
		return nil, s.broken("account for targets", err)
	}
	s.Nudge()
	return &pb.SettleResponse{}, nil
}

// endings are those of the ends that count: of targets that the order has and that have not ended.
func (s *Service) endings(ctx context.Context, order store.Order, ends []*pb.TargetEnd) ([]store.Ending, error) {
	left, err := s.c.Store.OrderTargets(ctx, order.ID)
	if err != nil {
		return nil, s.broken("list the targets of an order", err)
	}
	of := map[string]store.SweepTarget{}
	for _, t := range left {
		of[t.Target] = t
	}
	var out []store.Ending
	var sweep store.Sweep
	for _, end := range ends {
		v := end.GetState()
		if _, known := pb.VisitState_name[int32(v)]; !known || v == pb.VisitState_VISIT_STATE_UNSPECIFIED {
			return nil, status.Errorf(codes.InvalidArgument, "target %.80q: %d is no way to end", end.GetTargetId(), int32(v))
		}
		t, ok := of[end.GetTargetId()]
		if !ok {
			continue
		}
		delete(of, t.Target) // the first counts
		one := store.Ending{Target: t.Target, Visit: v, Detail: &pb.Text{Zh: clip(end.GetDetail().GetZh(), maxDetail), En: clip(end.GetDetail().GetEn(), maxDetail)}}
		if tryAgain(v) {
			if sweep.ID == "" {
				if sweep, err = s.c.Store.Sweep(ctx, order.Sweep); err != nil {
					return nil, s.broken("read the sweep", err)
				}
			}
			one.Again = s.again(sweep, t)
		}
		out = append(out, one)
	}
	return out, nil
}

// again says when a target is to be tried once more; zero for never.
func (s *Service) again(sweep store.Sweep, t store.SweepTarget) time.Time {
	plan, err := ReadPlan(sweep.Plan)
	if err != nil || t.Attempts > plan.retries() {
		return time.Time{}
	}
	at := s.c.Now().Add(plan.retryAfter())
	if !at.Before(sweep.NotAfter) {
		return time.Time{}
	}
	return at
}

// Reveal hands over a credential.
func (s *Service) Reveal(ctx context.Context, req *pb.RevealRequest) (*pb.RevealResponse, error) {
	caller, err := s.c.Caller(ctx)
	if err != nil {
		return nil, err
	}
	if s.c.Reveal == nil {
		return nil, status.Error(codes.Unimplemented, "this server holds no credentials")
	}
	return s.c.Reveal(ctx, caller, req)
}

// Open says what an identity, by the id of its enrolment, may have now for a target: the names of its credentials, and until when. It gives
// store.ErrNotFound unless the target stands in an open order of the identity's and has not ended, or lies on the way to one that does.
func (s *Service) Open(ctx context.Context, order, identity, target string) (credentials []string, notAfter time.Time, err error) {
	left, sweep, err := s.running(ctx, identity, clip(order, 200))
	if err != nil {
		return nil, notAfter, err
	}
	listed, err := s.named(ctx, left, target)
	if err != nil {
		return nil, notAfter, err
	}
	for _, name := range []string{listed.Credential, listed.SNMPCredential} {
		if name != "" {
			credentials = append(credentials, name)
		}
	}
	return credentials, sweep.NotAfter, nil
}

// named looks up a target that is one of those left of an order, or stands on the way to one of them.
func (s *Service) named(ctx context.Context, left []store.SweepTarget, target string) (listed store.Target, err error) {
	if slices.ContainsFunc(left, func(t store.SweepTarget) bool { return t.Target == target }) {
		return s.c.Store.Target(ctx, target)
	}
	var ways []string
	in := map[string]bool{}
	for _, t := range left {
		one, err := s.c.Store.Target(ctx, t.Target)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return listed, err
		}
		in[t.Target] = true
		ways = append(ways, one.Jump)
	}
	err = s.hops(ctx, ways, in, func(hop *store.Target) {
		if hop.ID == target {
			listed = *hop
		}
	})
	if err == nil && listed.ID == "" {
		err = fmt.Errorf("an open order with target %.80s: %w", target, store.ErrNotFound)
	}
	return listed, err
}

// own gives an order of the caller's. Nobody learns whether there is such an order of another one's.
func (s *Service) own(ctx context.Context, c Caller, id string) (store.Order, error) {
	o, err := s.c.Store.Order(ctx, clip(id, 200))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && o.Sender != c.ID:
		return o, s.stranger(ctx, c, id)
	case err != nil:
		return o, s.broken("look up an order", err)
	}
	return o, nil
}

// strangers counts attempts at orders of others.
type strangers struct {
	recorded time.Time
	since    int
}

// recordEvery is how often attempts of one caller are put on record: whoever makes many does not fill the audit log.
const recordEvery = time.Minute

// stranger puts an attempt at what is not the caller's on record, and says no.
func (s *Service) stranger(ctx context.Context, c Caller, id string) error {
	refusal := status.Error(codes.PermissionDenied, "the caller has no such order")
	s.mu.Lock()
	if s.foreign[c.Name] == nil {
		s.foreign[c.Name] = &strangers{}
	}
	f := s.foreign[c.Name]
	f.since++
	n, due := f.since, s.c.Now().Sub(f.recorded) >= recordEvery
	if due {
		f.recorded, f.since = s.c.Now(), 0
	}
	s.mu.Unlock()
	if !due {
		return refusal
	}
	_, err := s.c.Store.Append(ctx, store.Entry{Actor: c.Name, Action: "order.foreign", Object: clip(id, 200), Outcome: "refused", Detail: object(map[string]any{"attempts": n})})
	if err != nil {
		s.c.Log.Error("an attempt at another one's order is not on record", "caller", c.Name, "err", err)
	}
	return refusal
}

// broken says that the server cannot now; why is for its log.
func (s *Service) broken(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return status.FromContextError(err).Err()
	}
	s.c.Log.Error("orders", "what", what, "err", err)
	return status.Error(codes.Unavailable, "the server cannot do this now")
}

// clip cuts a text that a stranger wrote.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n]
}

// Lines says how many callers hold one here.
func (s *Service) Lines() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines)
}
