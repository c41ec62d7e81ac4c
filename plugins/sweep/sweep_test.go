package sweep_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	questioned = pb.VisitState_VISIT_STATE_QUESTIONED
	refused    = pb.VisitState_VISIT_STATE_REFUSED
	suspended  = pb.VisitState_VISIT_STATE_SUSPENDED
	stopped    = pb.VisitState_VISIT_STATE_CANCELLED
	failed     = pb.VisitState_VISIT_STATE_FAILED
	unreached  = pb.VisitState_VISIT_STATE_UNREACHABLE
)

func targets(n int, change func(i int, t *sweep.Target)) []sweep.Target {
	var out []sweep.Target
	for i := range n {
		t := sweep.Target{Target: &pb.Target{Id: fmt.Sprint("t", i), Zone: fmt.Sprint("z", i%3)}, Login: sweep.Login{Credential: "ops", Account: "plumbline"}}
		if change != nil {
			change(i, &t)
		}
		out = append(out, t)
	}
	return out
}

// accept and refuse are visits that show the target's credential.
func accept(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
	leave, err := door.Show(ctx, t.Login)
	if err != nil {
		return sweep.Result{State: suspended, Detail: &pb.Text{En: err.Error()}}
	}
	leave.Accepted()
	return sweep.Result{State: questioned}
}

func refuse(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
	leave, err := door.Show(ctx, t.Login)
	if err != nil {
		return sweep.Result{State: suspended, Detail: &pb.Text{En: err.Error()}}
	}
	leave.Refused()
	return sweep.Result{State: refused}
}

// run gives how many targets ended in each state, and fails if one ended twice or never.
func run(t *testing.T, ctx context.Context, list []sweep.Target, limits sweep.Limits, visit sweep.Visit) map[pb.VisitState]int {
	t.Helper()
	ends := map[string]int{}
	states := map[pb.VisitState]int{}
	sweep.Run(ctx, list, limits, visit, func(target sweep.Target, r sweep.Result) {
		ends[target.GetId()]++
		states[r.State]++
		if r.State != questioned && r.Detail.GetEn() == "" && r.State != refused && r.State != unreached {
			t.Errorf("%s: %v without a reason", target.GetId(), r.State)
		}
	})
	for _, target := range list {
		if ends[target.GetId()] != 1 {
			t.Errorf("%s ended %d times", target.GetId(), ends[target.GetId()])
		}
	}
	return states
}

// TestS3LocalAccount: a wrong password is shown to each device once at the most, and not to all of them.
func TestS3LocalAccount(t *testing.T) {
	var tries atomic.Int32
	states := run(t, t.Context(), targets(500, nil), sweep.Limits{Rate: -1}, func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
		tries.Add(1)
		return refuse(ctx, t, door)
	})
	if states[refused] > 5 || int(tries.Load()) != states[refused] || states[suspended] != 500-states[refused] {
		t.Errorf("%v, %d tries", states, tries.Load())
	}
}

// A device that is in the inventory twice is not tried twice with the same account.
func TestS3OneDeviceTwice(t *testing.T) {
	list := targets(2, func(_ int, t *sweep.Target) { t.Device = "192.0.2.1:22" })
	states := run(t, t.Context(), list, sweep.Limits{Rate: -1}, refuse)
	if states[refused] != 1 || states[suspended] != 1 {
		t.Error(states)
	}
}

// TestS4Canary: a central account is shown to one device first; refused there, it is shown to none.
func TestS4Canary(t *testing.T) {
	states := run(t, t.Context(), targets(500, func(_ int, t *sweep.Target) { t.Central = true }), sweep.Limits{Rate: -1},
		refuse)
	if states[refused] != 1 || states[suspended] != 499 {
		t.Error(states)
	}
}

// A central account that begins to be refused in the middle is refused twice at the most, however many are visited at once.
func TestS4Breaker(t *testing.T) {
	var n atomic.Int32
	states := run(t, t.Context(), targets(500, func(_ int, t *sweep.Target) { t.Central = true }), sweep.Limits{Rate: -1, Concurrency: 64},
		func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
			if n.Add(1) > 100 {
				return refuse(ctx, t, door)
			}
			return accept(ctx, t, door)
		})
	if states[refused] > 2 || states[questioned] < 100 || states[questioned]+states[refused]+states[suspended] != 500 {
		t.Error(states)
	}
}

// A canary that is not reached says nothing: the next one is the canary.
func TestS4CanaryUnreachable(t *testing.T) {
	var n atomic.Int32
	states := run(t, t.Context(), targets(50, func(_ int, t *sweep.Target) { t.Central = true }), sweep.Limits{Rate: -1},
		func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
			if n.Add(1) <= 3 {
				return sweep.Result{State: unreached}
			}
			return accept(ctx, t, door)
		})
	if states[unreached] != 3 || states[questioned] != 47 {
		t.Error(states)
	}
}

// TestS6OneSession: one device never has two sessions, and zones and credentials keep their caps.
func TestS6OneSession(t *testing.T) {
	var mu sync.Mutex
	devices, zones, most, all := map[string]int{}, map[string]int{}, 0, 0
	list := targets(300, func(i int, t *sweep.Target) { t.Device = fmt.Sprint("d", i%100) })
	run(t, t.Context(), list, sweep.Limits{Rate: -1, Concurrency: 40, PerZone: 7, PerCredential: 18}, func(ctx context.Context, target sweep.Target, door *sweep.Door) sweep.Result {
		mu.Lock()
		devices[target.Device]++
		zones[target.GetZone()]++
		all++
		if devices[target.Device] > 1 || zones[target.GetZone()] > 7 || all > 18 {
			t.Errorf("%d on %s, %d in %s, %d in all", devices[target.Device], target.Device, zones[target.GetZone()], target.GetZone(), all)
		}
		most = max(most, all)
		mu.Unlock()
		accept(ctx, target, door)
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		devices[target.Device]--
		zones[target.GetZone()]--
		all--
		return sweep.Result{State: questioned}
	})
	if most < 2 {
		t.Error("nothing was done at the same time")
	}
}

// TestS13Rate: visits begin at ten a second.
func TestS13Rate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		run(t, t.Context(), targets(100, nil), sweep.Limits{}, accept)
		if took := time.Since(start); took < 9900*time.Millisecond || took > 10500*time.Millisecond {
			t.Errorf("100 targets took %v", took)
		}
	})
}

// TestS15Stop: a sweep that is stopped tells those under way and begins nothing more; every target is accounted for.
func TestS15Stop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var under atomic.Int32
	states := run(t, ctx, targets(1000, nil), sweep.Limits{Rate: -1, Concurrency: 500}, func(ctx context.Context, target sweep.Target, door *sweep.Door) sweep.Result {
		accept(ctx, target, door)
		if under.Add(1) == 500 {
			cancel()
		}
		<-ctx.Done()
		return sweep.Result{State: stopped, Detail: &pb.Text{En: "stopped"}}
	})
	if states[stopped] != 1000 || under.Load() != 500 {
		t.Errorf("%v, %d were under way", states, under.Load())
	}
}

// TestF4Panic: a visit that panics is a failed one, and no other.
func TestF4Panic(t *testing.T) {
	states := run(t, t.Context(), targets(200, nil), sweep.Limits{Rate: -1}, func(ctx context.Context, target sweep.Target, door *sweep.Door) sweep.Result {
		accept(ctx, target, door)
		if target.GetZone() == "z1" {
			panic("broken")
		}
		return sweep.Result{State: questioned}
	})
	if states[failed] != 67 || states[questioned] != 133 {
		t.Error(states)
	}
}

// A visit has its deadline.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		run(t, t.Context(), targets(1, nil), sweep.Limits{Rate: -1, Timeout: time.Minute}, func(ctx context.Context, _ sweep.Target, _ *sweep.Door) sweep.Result {
			<-ctx.Done()
			return sweep.Result{State: unreached}
		})
		if time.Since(start) != time.Minute {
			t.Errorf("%v", time.Since(start))
		}
	})
}
