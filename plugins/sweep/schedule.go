package sweep

import (
	"context"
	"slices"
	"sync"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// schedule decides which target may be visited next.
type schedule struct {
	mu      sync.Mutex
	changed *sync.Cond
	limits  Limits
	waiting []Target
	// running counts by zone, credential and device.
	zones, credentials, devices map[string]int
	standing                    map[string]*standing
	// refused are the accounts that a device has refused.
	refused map[login]bool
}

type login struct{ device, account string }

// standing is what is known of a credential in this sweep.
type standing struct {
	// accepted: some target has accepted it.
	accepted bool
	refusals int
	// trying counts those that have been shown it and have not answered yet.
	trying int
}

func newSchedule(targets []Target, limits Limits) *schedule {
	s := &schedule{
		limits: limits, waiting: slices.Clone(targets), zones: map[string]int{}, credentials: map[string]int{}, devices: map[string]int{},
		standing: map[string]*standing{}, refused: map[login]bool{},
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (t Target) device() string {
	if t.Device != "" {
		return t.Device
	}
	return t.GetId()
}

// wake has those that wait look again.
func (s *schedule) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// next gives a target that may be visited now, or one that ends without a visit, with how. It waits while none may; ok is false when
// all are given out.
func (s *schedule) next(ctx context.Context) (t Target, verdict *Result, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) > 0 {
		if ctx.Err() != nil {
			t, s.waiting = s.waiting[0], s.waiting[1:]
			r := cancelled()
			return t, &r, true
		}
		for i, t := range s.waiting {
			verdict := s.suspended(t)
			if verdict == nil && !s.may(t) {
				continue
			}
			s.waiting = slices.Delete(s.waiting, i, i+1)
			if verdict == nil {
				s.begin(t)
			}
			return t, verdict, true
		}
		s.changed.Wait()
	}
	return Target{}, nil, false
}

// suspended says how a target ends that may not be shown its credential any more.
func (s *schedule) suspended(t Target) *Result {
	if t.Credential == "" {
		return nil
	}
	r := &Result{State: pb.VisitState_VISIT_STATE_SUSPENDED}
	st := s.of(t)
	switch {
	case s.refused[login{t.device(), t.Account}]:
		r.Detail = &pb.Text{Zh: "该设备已拒绝此账户，不再重试", En: "the device has refused this account; it is not tried again"}
	case t.Central && st.refusals >= centralRefusals, t.Central && st.refusals > 0 && !st.accepted:
		r.Detail = &pb.Text{Zh: "集中认证账户已被拒绝，为防止锁定不再使用", En: "the central account was refused; it is not used any more, so that it is not locked"}
	case !t.Central && st.refusals >= localRefusals && !st.accepted:
		r.Detail = &pb.Text{Zh: "此凭据已被多台设备拒绝，不再使用", En: "several devices refused this credential; it is not used any more"}
	default:
		return nil
	}
	return r
}

func (s *schedule) of(t Target) *standing {
	st := s.standing[t.Credential]
	if st == nil {
		st = &standing{}
		s.standing[t.Credential] = st
	}
	return st
}

// may says whether a target may be visited now.
func (s *schedule) may(t Target) bool {
	if s.devices[t.device()] > 0 || s.limits.PerZone > 0 && s.zones[t.GetZone()] >= s.limits.PerZone {
		return false
	}
	if t.Credential == "" {
		return true
	}
	if s.limits.PerCredential > 0 && s.credentials[t.Credential] >= s.limits.PerCredential {
		return false
	}
	st := s.of(t)
	if !st.accepted && t.Central {
		return st.trying == 0 // the canary goes alone
	}
	if t.Central {
		return st.trying+st.refusals < centralRefusals
	}
	return st.accepted || st.trying+st.refusals < localRefusals
}

func (s *schedule) begin(t Target) {
	s.devices[t.device()]++
	s.zones[t.GetZone()]++
	if t.Credential != "" {
		s.credentials[t.Credential]++
		s.of(t).trying++
	}
}

// admitted notes that a target has accepted its credential.
func (s *schedule) admitted(t Target) {
	if t.Credential == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.of(t)
	st.trying--
	st.accepted = true
	s.changed.Broadcast()
}

// ended notes the end of a visit; refused: its credential may have counted as a failure.
func (s *schedule) ended(t Target, admitted, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[t.device()]--
	s.zones[t.GetZone()]--
	if t.Credential != "" {
		s.credentials[t.Credential]--
		st := s.of(t)
		if !admitted {
			st.trying--
		}
		if refused {
			st.refusals++
			s.refused[login{t.device(), t.Account}] = true
		}
	}
	s.changed.Broadcast()
}
