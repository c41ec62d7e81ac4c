package sweep_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline/plumbline/plugins/sweep"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// TestS4SecondLogin: a central account that is locked between the first and the second login of many visits is refused twice at the most.
func TestS4SecondLogin(t *testing.T) {
	var locked atomic.Bool
	var refusals atomic.Int32
	run(t, t.Context(), targets(300, func(_ int, t *sweep.Target) { t.Central = true }), sweep.Limits{Rate: -1, Concurrency: 64},
		func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
			if r := accept(ctx, t, door); r.State != questioned {
				return r
			}
			time.Sleep(time.Millisecond)
			leave, err := door.Show(ctx, t.Login)
			if err != nil {
				return sweep.Result{State: suspended, Detail: &pb.Text{En: err.Error()}}
			}
			if t.GetId() == "t40" {
				locked.Store(true)
			}
			if locked.Load() {
				refusals.Add(1)
				leave.Refused()
				return sweep.Result{State: refused}
			}
			leave.Accepted()
			return sweep.Result{State: questioned}
		})
	if n := refusals.Load(); n == 0 || n > 2 {
		t.Errorf("%d refusals", n)
	}
}

// A jump host that takes the target's own central account is no reason to wait for oneself; nor do two visits wait for each other.
func TestShowBeforeOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := targets(20, func(i int, t *sweep.Target) {
			t.Central = true
			t.Credential = []string{"a", "b"}[i%2]
		})
		states := run(t, t.Context(), list, sweep.Limits{Rate: -1}, func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
			for _, credential := range []string{"a", "b"} {
				jump, err := door.Show(ctx, sweep.Login{Device: "jump of " + t.Device, Credential: credential, Account: "plumbline", Central: true})
				if err != nil {
					return sweep.Result{State: failed, Detail: &pb.Text{En: err.Error()}}
				}
				time.Sleep(time.Second)
				jump.Accepted()
			}
			return accept(ctx, t, door)
		})
		if states[questioned] != 20 {
			t.Error(states)
		}
	})
}

// TestF4PanicInLogin: a visit that panics with a credential shown counts as a refusal, and what it panicked with is not told.
func TestF4PanicInLogin(t *testing.T) {
	n, list := 0, targets(100, func(_ int, t *sweep.Target) { t.Central = true })
	sweep.Run(t.Context(), list, sweep.Limits{Rate: -1}, func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
		if _, err := door.Show(ctx, t.Login); err == nil {
			panic(errors.New("password is Pa55-word"))
		}
		return sweep.Result{State: suspended}
	}, func(target sweep.Target, r sweep.Result) {
		if r.State == failed {
			n++
		}
		if strings.Contains(r.Detail.GetEn(), "Pa55") || r.Detail.GetEn() == "" {
			t.Errorf("%s: %v", target.GetId(), r)
		}
	})
	if n != 1 {
		t.Errorf("the credential was shown %d times", n)
	}
}

// A leave that ends by the context is given back.
func TestShowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := run(t, t.Context(), targets(2, nil), sweep.Limits{Rate: -1, Timeout: time.Minute}, func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
			first := sweep.Login{Device: "jump", Credential: "jump", Account: "j", Central: true}
			if t.GetId() == "t1" {
				time.Sleep(time.Second)
			}
			if _, err := door.Show(ctx, first); err != nil {
				return sweep.Result{State: unreached}
			}
			<-ctx.Done()
			time.Sleep(5 * time.Second) // the other's minute ends while this one has the turn
			return sweep.Result{State: questioned}
		})
		if states[questioned] != 1 || states[unreached] != 1 {
			t.Error(states)
		}
	})
}

// Rates that are no rates hold nobody up and break nothing.
func TestOddRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []float64{math.Inf(1), math.NaN(), 1e12, -1} {
			start := time.Now()
			run(t, t.Context(), targets(3, nil), sweep.Limits{Rate: rate}, accept)
			if time.Since(start) != 0 {
				t.Errorf("%v took %v", rate, time.Since(start))
			}
		}
		run(t, t.Context(), targets(1, nil), sweep.Limits{Rate: 1e-12}, accept)
	})
}

// TestS13Sessions: what is counted is sessions: a visit that yields waits no second time, one with a second login does.
func TestS13Sessions(t *testing.T) {
	for logins, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			run(t, t.Context(), targets(100, nil), sweep.Limits{}, func(ctx context.Context, t sweep.Target, door *sweep.Door) sweep.Result {
				door.Yield()
				r := accept(ctx, t, door)
				if logins == 2 {
					r = accept(ctx, t, door)
				}
				return r
			})
			if took := time.Since(start); took < want*98/100 || took > want*105/100 {
				t.Errorf("%d sessions took %v", 100*logins, took)
			}
		})
	}
}
