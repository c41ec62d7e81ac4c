// Package sweep visits many targets with care: so many at once, so many new ones a second, never two sessions on one device, never
// a second try of a login that was refused, and a credential that is refused too often is not shown to anybody else.
//
// It reaches nothing itself: how a target is visited is the caller's. Every target comes to exactly one result, visited or not.
package sweep

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Target is what is visited, with the login that comes first there.
type Target struct {
	*pb.Target
	Login
}

// A Result is how one target ended.
type Result struct {
	State pb.VisitState
	// Detail says why, where the state is not QUESTIONED.
	Detail *pb.Text
	// Snapshot is what was read; the caller makes one for targets that were not reached.
	Snapshot *pb.Snapshot
}

// A Visit questions one target. It ends soon after ctx does, closing what it opened. It shows a credential only with the door's leave.
type Visit func(ctx context.Context, t Target, door *Door) Result

// Limits bound a sweep. A zero field takes the default.
type Limits struct {
	// Concurrency is how many targets are visited at once; 32.
	Concurrency int
	// PerZone and PerCredential bound those in one zone and with one credential; no bound of their own.
	PerZone, PerCredential int
	// Rate is how many sessions begin in a second; 10. Negative: no bound.
	Rate float64
	// Timeout is how long one target may take; 15 minutes.
	Timeout time.Duration
	// Refuse says how a target ends that is not to begin any more; nil, or a nil result: it may. Guard.Wake has it asked again.
	Refuse func() *Result
}

func (l Limits) filled() Limits {
	if l.Concurrency <= 0 {
		l.Concurrency = DefaultConcurrency
	}
	if l.Timeout <= 0 {
		l.Timeout = DefaultTimeout
	}
	if l.Rate == 0 {
		l.Rate = DefaultRate
	}
	return l
}

// Defaults of Limits.
const (
	DefaultConcurrency = 32
	DefaultRate        = 10
	DefaultTimeout     = 15 * time.Minute
)

// How many refusals a credential survives.
const (
	// A central account is locked everywhere at once: it is refused twice at the most in one sweep.
	centralRefusals = 2
	// A local account that was refused so often and accepted nowhere is wrong everywhere.
	localRefusals = 5
)

// Run is a sweep with a guard of its own.
func Run(ctx context.Context, targets []Target, limits Limits, visit Visit, done func(Target, Result)) {
	g := NewGuard(limits, 0, time.Now)
	defer g.Close()
	g.Run(ctx, targets, limits, visit, done)
}

// Run visits the targets and hands each one's result to done, one after the other in the order of their ends. It returns when all
// have ended. When ctx ends, no visit begins any more and those under way are told. The rate is the guard's.
func (g *Guard) Run(ctx context.Context, targets []Target, limits Limits, visit Visit, done func(Target, Result)) {
	limits = limits.filled()
	s := &schedule{Guard: g, limits: limits, waiting: identified(targets)}
	var report sync.Mutex
	tell := func(t Target, r Result) {
		report.Lock()
		defer report.Unlock()
		done(t, r)
	}
	stop := context.AfterFunc(ctx, s.Wake)
	defer stop()
	var workers sync.WaitGroup
	for range min(limits.Concurrency, len(targets)) {
		workers.Go(func() {
			for {
				t, verdict, ok := s.next(ctx)
				if !ok {
					return
				}
				if verdict != nil {
					tell(t, *verdict)
					continue
				}
				if !g.pace.wait(ctx) {
					s.told(t.Login, unheard)
					s.ended(t)
					tell(t, cancelled())
					continue
				}
				tell(t, s.one(ctx, t, visit))
			}
		})
	}
	workers.Wait()
}

// one visits a target; a visit that panics is a failed one.
func (s *schedule) one(ctx context.Context, t Target, visit Visit) (r Result) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Timeout)
	defer cancel()
	door := &Door{s: s, pace: s.pace, own: t.Login, held: true, paid: true}
	defer func() {
		if e := recover(); e != nil {
			r = Result{State: pb.VisitState_VISIT_STATE_FAILED, Detail: Panicked(e)}
		}
		door.end()
		s.ended(t)
	}()
	return visit(ctx, t, door)
}

// Panicked says that something panicked. What it panicked with is told only where it is the runtime's own: anything else may quote what
// the target answered.
func Panicked(with any) *pb.Text {
	what := fmt.Sprintf("%T", with)
	if e, ok := with.(runtime.Error); ok {
		what = e.Error()
	}
	return &pb.Text{Zh: "程序缺陷：" + what, En: "a defect of the program: " + what}
}

func cancelled() Result {
	return Result{State: pb.VisitState_VISIT_STATE_CANCELLED, Detail: &pb.Text{Zh: "检查被中止", En: "the sweep was stopped"}}
}

// pace lets visits begin at a steady rate.
type pace struct{ ticker *time.Ticker }

func newPace(rate float64) *pace {
	every := float64(time.Second) / rate
	if !(every >= 1) { // so fast, or negative, or no number at all, that there is nothing to wait for
		return &pace{}
	}
	return &pace{time.NewTicker(time.Duration(min(every, float64(time.Hour))))}
}

func (p *pace) wait(ctx context.Context) bool {
	if p.ticker == nil {
		return ctx.Err() == nil
	}
	select {
	case <-p.ticker.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (p *pace) stop() {
	if p.ticker != nil {
		p.ticker.Stop()
	}
}
