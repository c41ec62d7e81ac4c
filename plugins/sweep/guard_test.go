package sweep

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// meter counts what visits of all sweeps do at the same time.
type meter struct {
	mu          sync.Mutex
	now, most   int
	devices     map[string]int
	twice       bool
	shown       map[string]int
	refuse      bool
	visitsTaken time.Duration
}

func (m *meter) visit(ctx context.Context, t Target, door *Door) Result {
	m.mu.Lock()
	m.now++
	m.most = max(m.most, m.now)
	m.devices[t.Device]++
	m.twice = m.twice || m.devices[t.Device] > 1
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.now--
		m.devices[t.Device]--
	}()
	leave, err := door.Show(ctx, t.Login)
	if err != nil {
		return Result{State: pb.VisitState_VISIT_STATE_SUSPENDED}
	}
	m.mu.Lock()
	m.shown[t.Device+" "+t.Secret]++
	m.mu.Unlock()
	time.Sleep(m.visitsTaken)
	if m.refuse {
		leave.Refused()
		return Result{State: pb.VisitState_VISIT_STATE_REFUSED}
	}
	leave.Accepted()
	return Result{State: pb.VisitState_VISIT_STATE_QUESTIONED}
}

func devices(n int, secret string) []Target {
	var out []Target
	for i := range n {
		id := fmt.Sprint("device", i)
		out = append(out, Target{&pb.Target{Id: id}, Login{Device: id, Credential: "ops", Account: "admin", Secret: secret}})
	}
	return out
}

// Sweeps of one guard visit a device one at a time, keep together to one bound, and begin together at one rate.
func TestS2TwoSweeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGuard(Limits{Concurrency: 5, Rate: 2}, time.Hour, time.Now)
		defer g.Close()
		m := &meter{devices: map[string]int{}, shown: map[string]int{}, visitsTaken: 10 * time.Second}
		began := time.Now()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				ended := 0
				g.Run(t.Context(), devices(10, ""), Limits{Concurrency: 4}, m.visit, func(Target, Result) { ended++ })
				if ended != 10 {
					t.Errorf("%d ended", ended)
				}
			})
		}
		all.Wait()
		if m.twice || m.most != 5 || m.shown["device3 "] != 3 {
			t.Errorf("two on one device: %v; %d at once; %v", m.twice, m.most, m.shown)
		}
		if took := time.Since(began); took < 15*time.Second {
			t.Errorf("30 sessions at 2 a second in %v", took)
		}
		if len(g.devices)+len(g.zones)+len(g.credentials)+g.running != 0 {
			t.Errorf("left behind: %v %v %v %d", g.devices, g.zones, g.credentials, g.running)
		}
	})
}

// What one sweep was refused, the next does not try: until the secret is another one, or the memory has faded.
func TestS3NextSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGuard(Limits{Rate: -1}, 20*time.Hour, time.Now)
		defer g.Close()
		m := &meter{devices: map[string]int{}, shown: map[string]int{}, refuse: true}
		states := func(secret string) map[pb.VisitState]int {
			out := map[pb.VisitState]int{}
			g.Run(t.Context(), devices(3, secret), Limits{}, m.visit, func(_ Target, r Result) { out[r.State]++ })
			return out
		}
		refused, suspended := pb.VisitState_VISIT_STATE_REFUSED, pb.VisitState_VISIT_STATE_SUSPENDED
		if got := states("old"); got[refused] != 3 {
			t.Error(got)
		}
		time.Sleep(time.Hour)
		if got := states("old"); got[suspended] != 3 {
			t.Error(got)
		}
		if got := states("new"); got[refused] != 3 {
			t.Error(got)
		}
		time.Sleep(20 * time.Hour)
		if got := states("old"); got[refused] != 3 {
			t.Error(got)
		}
		if m.shown["device1 old"] != 2 || m.shown["device1 new"] != 1 {
			t.Error(m.shown)
		}
	})
}

// What is refused to begin ends at once, also where it waits for another sweep; what has begun goes on.
func TestRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGuard(Limits{Rate: -1, Concurrency: 2}, time.Hour, time.Now)
		defer g.Close()
		m := &meter{devices: map[string]int{}, shown: map[string]int{}, visitsTaken: time.Hour}
		var stopped sync.Once
		over := make(chan struct{})
		limits := Limits{Refuse: func() *Result {
			select {
			case <-over:
				return &Result{State: pb.VisitState_VISIT_STATE_CANCELLED}
			default:
				return nil
			}
		}}
		got := map[pb.VisitState]int{}
		began := time.Now()
		time.AfterFunc(time.Minute, func() {
			stopped.Do(func() { close(over) })
			g.Wake()
		})
		g.Run(t.Context(), devices(10, ""), limits, m.visit, func(_ Target, r Result) {
			got[r.State]++
			if r.State == pb.VisitState_VISIT_STATE_CANCELLED && time.Since(began) > 2*time.Minute {
				t.Error("it waited for those that have begun")
			}
		})
		if got[pb.VisitState_VISIT_STATE_QUESTIONED] != 2 || got[pb.VisitState_VISIT_STATE_CANCELLED] != 8 {
			t.Error(got)
		}
	})
}
