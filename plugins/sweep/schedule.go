package sweep

import (
	"cmp"
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
	refused map[account]bool
	// showing are those that are being shown to a device.
	showing map[account]bool
}

type account struct{ device, name string }

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
		limits: limits, waiting: identified(targets), zones: map[string]int{}, credentials: map[string]int{}, devices: map[string]int{},
		standing: map[string]*standing{}, refused: map[account]bool{}, showing: map[account]bool{},
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// identified gives the targets, each with a device.
func identified(targets []Target) []Target {
	out := slices.Clone(targets)
	for i := range out {
		out[i].Device = cmp.Or(out[i].Device, out[i].GetId())
	}
	return out
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
			why := s.suspended(t.Login)
			if why == nil && !s.may(t) {
				continue
			}
			s.waiting = slices.Delete(s.waiting, i, i+1)
			if why != nil {
				return t, &Result{State: pb.VisitState_VISIT_STATE_SUSPENDED, Detail: why.Say()}, true
			}
			s.begin(t)
			return t, nil, true
		}
		s.changed.Wait()
	}
	return Target{}, nil, false
}

// suspended says why a credential may not be shown any more; nil: it may.
func (s *schedule) suspended(l Login) *Suspended {
	if l.Credential == "" {
		return nil
	}
	st := s.of(l)
	switch {
	case s.refused[l.who()]:
		return &Suspended{&pb.Text{Zh: "该设备已拒绝此账户，不再重试", En: "the device has refused this account; it is not tried again"}}
	case l.Central && st.refusals >= centralRefusals, l.Central && st.refusals > 0 && !st.accepted:
		return &Suspended{&pb.Text{Zh: "集中认证账户已被拒绝，为防止锁定不再使用", En: "the central account was refused; it is not used any more, so that it is not locked"}}
	case !l.Central && st.refusals >= localRefusals && !st.accepted:
		return &Suspended{&pb.Text{Zh: "此凭据已被多台设备拒绝，不再使用", En: "several devices refused this credential; it is not used any more"}}
	}
	return nil
}

func (s *schedule) of(l Login) *standing {
	st := s.standing[l.Credential]
	if st == nil {
		st = &standing{}
		s.standing[l.Credential] = st
	}
	return st
}

// may says whether a target may be visited now.
func (s *schedule) may(t Target) bool {
	switch {
	case s.devices[t.Device] > 0, s.limits.PerZone > 0 && s.zones[t.GetZone()] >= s.limits.PerZone:
		return false
	case t.Credential != "" && s.limits.PerCredential > 0 && s.credentials[t.Credential] >= s.limits.PerCredential:
		return false
	}
	return s.free(t.Login)
}

// free says whether a credential may be shown now: not while its account is being tried on the same device, nor while so many others
// are being shown it that, refused by all, it would have been refused too often.
func (s *schedule) free(l Login) bool {
	if l.Credential == "" {
		return true
	}
	st := s.of(l)
	switch {
	case s.showing[l.who()]:
		return false
	case l.Central && !st.accepted:
		return st.trying == 0 // the canary goes alone
	case l.Central:
		return st.trying+st.refusals < centralRefusals
	}
	return st.accepted || st.trying+st.refusals < localRefusals
}

// begin takes a target's place, and that of its login.
func (s *schedule) begin(t Target) {
	s.devices[t.Device]++
	s.zones[t.GetZone()]++
	s.credentials[t.Credential]++
	s.take(t.Login)
}

func (s *schedule) take(l Login) {
	s.of(l).trying++
	s.showing[l.who()] = true
}

func (l Login) who() account { return account{l.Device, l.Account} }

// ended gives a target's place back.
func (s *schedule) ended(t Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[t.Device]--
	s.zones[t.GetZone()]--
	s.credentials[t.Credential]--
	s.changed.Broadcast()
}

// show waits until a credential may be shown, and takes its place.
func (s *schedule) show(ctx context.Context, l Login) error {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for ctx.Err() == nil {
		if why := s.suspended(l); why != nil {
			return why
		}
		if s.free(l) {
			s.take(l)
			return nil
		}
		s.changed.Wait()
	}
	return context.Cause(ctx)
}

// told notes what became of a login.
func (s *schedule) told(l Login, became fate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.of(l)
	st.trying--
	delete(s.showing, l.who())
	switch became {
	case accepted:
		st.accepted = true
	case refused:
		st.refusals++
		s.refused[l.who()] = true
	}
	s.changed.Broadcast()
}
