package sweep

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A Guard is what sweeps share that must not be counted by each for itself: who is visited, what was shown to whom, what was refused.
// Sweeps of one guard may run at the same time.
type Guard struct {
	mu      sync.Mutex
	changed *sync.Cond
	// most visits at once, over all sweeps; no bound if zero.
	most, running int
	pace          *pace
	// zones, credentials and devices count visits under way.
	zones, credentials, devices map[string]int
	standing                    map[string]*standing
	// refused are the accounts that a device has refused, and when.
	refused map[account]time.Time
	// showing are those that are being shown to a device, whatever the secret.
	showing map[account]bool
	// keep is how long a refusal is remembered; zero: for ever.
	keep time.Duration
	now  func() time.Time
}

// NewGuard gives a guard for sweeps that together have at most so many visits at once, and begin so many a second, as limits say. A
// refused login is tried again when the secret is another one, or after keep has passed; zero: never.
func NewGuard(limits Limits, keep time.Duration, now func() time.Time) *Guard {
	limits = limits.filled()
	g := &Guard{
		most: limits.Concurrency, pace: newPace(limits.Rate), keep: keep, now: now,
		zones: map[string]int{}, credentials: map[string]int{}, devices: map[string]int{},
		standing: map[string]*standing{}, refused: map[account]time.Time{}, showing: map[account]bool{},
	}
	g.changed = sync.NewCond(&g.mu)
	return g
}

// Close ends the guard; no sweep of it runs any more.
func (g *Guard) Close() { g.pace.stop() }

// Wake has sweeps look again whether what waits is still to begin.
func (g *Guard) Wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changed.Broadcast()
}

// schedule decides which target of one sweep may be visited next.
type schedule struct {
	*Guard
	limits  Limits
	waiting []Target
}

type account struct{ device, name, secret string }

// standing is what is known of a credential.
type standing struct {
	// accepted: some target has accepted it.
	accepted bool
	refusals int
	// trying counts those that have been shown it and have not answered yet.
	trying int
	// at is when it was last accepted or refused.
	at time.Time
}

// identified gives the targets, each with a device.
func identified(targets []Target) []Target {
	out := slices.Clone(targets)
	for i := range out {
		out[i].Device = cmp.Or(out[i].Device, out[i].GetId())
	}
	return out
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
			if s.limits.Refuse != nil {
				if r := s.limits.Refuse(); r != nil {
					s.waiting = slices.Delete(s.waiting, i, i+1)
					return t, r, true
				}
			}
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
	case s.remembered(l.who()):
		return &Suspended{&pb.Text{Zh: "该设备已拒绝此账户，不再重试", En: "the device has refused this account; it is not tried again"}}
	case l.Central && st.refusals >= centralRefusals, l.Central && st.refusals > 0 && !st.accepted:
		return &Suspended{&pb.Text{Zh: "集中认证账户已被拒绝，为防止锁定不再使用", En: "the central account was refused; it is not used any more, so that it is not locked"}}
	case !l.Central && st.refusals >= localRefusals && !st.accepted:
		return &Suspended{&pb.Text{Zh: "此凭据已被多台设备拒绝，不再使用", En: "several devices refused this credential; it is not used any more"}}
	}
	return nil
}

// remembered says whether the device has refused the account, not too long ago.
func (g *Guard) remembered(who account) bool {
	at, refused := g.refused[who]
	if refused && g.old(at) {
		delete(g.refused, who)
		return false
	}
	return refused
}

func (g *Guard) old(at time.Time) bool { return g.keep > 0 && g.now().Sub(at) > g.keep }

func (g *Guard) of(l Login) *standing {
	key := l.Credential + "\x00" + l.Secret
	st := g.standing[key]
	if st == nil || st.trying == 0 && !st.at.IsZero() && g.old(st.at) {
		st = &standing{}
		g.standing[key] = st
	}
	return st
}

// may says whether a target may be visited now.
func (s *schedule) may(t Target) bool {
	switch {
	case s.most > 0 && s.running >= s.most:
		return false
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
	case s.showing[l.where()]:
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
	s.running++
	s.devices[t.Device]++
	s.zones[t.GetZone()]++
	s.credentials[t.Credential]++
	s.take(t.Login)
}

func (s *schedule) take(l Login) {
	s.of(l).trying++
	s.showing[l.where()] = true
}

func (l Login) who() account { return account{l.Device, l.Account, l.Secret} }

func (l Login) where() account { return account{device: l.Device, name: l.Account} }

// ended gives a target's place back.
func (s *schedule) ended(t Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	less(s.devices, t.Device)
	less(s.zones, t.GetZone())
	less(s.credentials, t.Credential)
	s.changed.Broadcast()
}

// less counts one less, and keeps no zeros.
func less(counts map[string]int, key string) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}

// show waits until a credential may be shown, and takes its place.
func (s *schedule) show(ctx context.Context, l Login) error {
	stop := context.AfterFunc(ctx, s.Wake)
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
	delete(s.showing, l.where())
	switch became {
	case accepted:
		st.accepted, st.at = true, s.now()
	case refused:
		st.refusals++
		st.at = s.now()
		s.refused[l.who()] = st.at
	}
	s.changed.Broadcast()
}
