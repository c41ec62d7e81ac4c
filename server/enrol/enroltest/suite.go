package enroltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server/enrol"
)

// Run holds a store to its contract. open gives an empty one.
func Run(t *testing.T, open func(t *testing.T) enrol.Store) {
	t.Helper()
	t.Run("token", func(t *testing.T) { token(t, open(t)) })
	t.Run("version", func(t *testing.T) { version(t, open(t)) })
	t.Run("all or nothing", func(t *testing.T) { allOrNothing(t, open(t)) })
	t.Run("race", func(t *testing.T) { race(t, open(t)) })
}

// Times are kept to the millisecond at least.
var start = time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)

func hash(n int) string { return fmt.Sprintf("%064x", n) }

func someToken(n int) enrol.Token {
	return enrol.Token{Hash: hash(n), Name: "web-01", Kind: identity.Agent, Replace: true, By: "zhang", IssuedAt: start, EndsAt: start.Add(time.Minute)}
}

func someIdentity(name string) enrol.Identity {
	return enrol.Identity{
		Name: name, Kind: identity.Collector, ID: strings.Repeat("a", 32), State: enrol.Active, Current: hash(1), Next: hash(2), Previous: hash(3),
		Renewals: 7, EnrolledAt: start, ChangedAt: start.Add(time.Second), NotAfter: start.Add(time.Hour),
	}
}

func event(a enrol.Action) enrol.Event {
	return enrol.Event{At: start, Action: a, Name: "web-01", Kind: identity.Agent, By: "zhang", Text: checks.Say("测试", "a test")}
}

func token(t *testing.T, s enrol.Store) {
	if _, err := s.Token(t.Context(), hash(1)); !errors.Is(err, enrol.ErrNotFound) {
		t.Errorf("an unknown token: %v", err)
	}
	want := someToken(1)
	if err := s.AddToken(t.Context(), want, event(enrol.TokenIssued)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Token(t.Context(), want.Hash)
	if err != nil || !got.UsedAt.IsZero() || !got.EndsAt.Equal(want.EndsAt) || !got.IssuedAt.Equal(want.IssuedAt) || got.Name != want.Name ||
		got.Kind != want.Kind || !got.Replace || got.By != want.By {
		t.Errorf("got %+v: %v", got, err)
	}
	if err := s.Save(t.Context(), enrol.Change{Identity: someIdentity("web-01"), UseToken: want.Hash, At: start, Event: event(enrol.Enrolled)}); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Token(t.Context(), want.Hash); err != nil || !got.UsedAt.Equal(start) {
		t.Errorf("the used token: %+v: %v", got, err)
	}
	for _, h := range []string{want.Hash, hash(9)} {
		err := s.Save(t.Context(), enrol.Change{Identity: someIdentity("web-02"), UseToken: h, At: start, Event: event(enrol.Enrolled)})
		if !errors.Is(err, enrol.ErrConflict) {
			t.Errorf("token %s: %v", h, err)
		}
	}
}

func version(t *testing.T, s enrol.Store) {
	if _, err := s.Identity(t.Context(), "web-01"); !errors.Is(err, enrol.ErrNotFound) {
		t.Errorf("an unknown identity: %v", err)
	}
	want := someIdentity("web-01")
	if err := s.Save(t.Context(), enrol.Change{Identity: want, At: start, Event: event(enrol.Enrolled)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), enrol.Change{Identity: want, At: start, Event: event(enrol.Enrolled)}); !errors.Is(err, enrol.ErrConflict) {
		t.Errorf("stored twice as new: %v", err)
	}
	got, err := s.Identity(t.Context(), "web-01")
	if err != nil {
		t.Fatal(err)
	}
	was := got.Version
	got.Version, got.EnrolledAt, got.ChangedAt, got.NotAfter = 0, got.EnrolledAt.UTC(), got.ChangedAt.UTC(), got.NotAfter.UTC()
	if was == 0 || got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if barred, err := s.Barred(t.Context()); err != nil || len(barred) != 0 {
		t.Errorf("barred: %v, %v", barred, err)
	}
	got.Version, got.State, got.Why = was, enrol.Revoked, checks.Say("丢失", "lost")
	if err := s.Save(t.Context(), enrol.Change{Identity: got, At: start, Event: event(enrol.Revocation)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), enrol.Change{Identity: got, At: start, Event: event(enrol.Revocation)}); !errors.Is(err, enrol.ErrConflict) {
		t.Errorf("saved over a newer version: %v", err)
	}
	now, err := s.Identity(t.Context(), "web-01")
	if err != nil || now.State != enrol.Revoked || now.Why.GetZh() != "丢失" || now.Why.GetEn() != "lost" {
		t.Errorf("got %+v: %v", now, err)
	}
	other := someIdentity("app-01")
	other.ID = strings.Repeat("b", 32)
	if err := s.Save(t.Context(), enrol.Change{Identity: other, At: start, Event: event(enrol.Enrolled)}); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Identities(t.Context()); err != nil || len(all) != 2 || all[0].Name != "app-01" || all[0].ID != other.ID || all[1].State != enrol.Revoked {
		t.Errorf("listed: %+v, %v", all, err)
	}
	if barred, err := s.Barred(t.Context()); err != nil || !slices.Equal(barred, []string{"web-01"}) {
		t.Errorf("barred: %v, %v", barred, err)
	}
}

func allOrNothing(t *testing.T, s enrol.Store) {
	if err := s.AddToken(t.Context(), someToken(1), event(enrol.TokenIssued)); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), enrol.Change{Identity: someIdentity("web-01"), Claim: hash(5), At: start, Event: event(enrol.Enrolled)}); err != nil {
		t.Fatal(err)
	}
	again := enrol.Change{Identity: someIdentity("web-02"), Claim: hash(5), UseToken: hash(1), At: start, Event: event(enrol.Enrolled)}
	if err := s.Save(t.Context(), again); !errors.Is(err, enrol.ErrConflict) {
		t.Errorf("a key was claimed twice: %v", err)
	}
	if _, err := s.Identity(t.Context(), "web-02"); !errors.Is(err, enrol.ErrNotFound) {
		t.Errorf("the identity was stored all the same: %v", err)
	}
	if got, err := s.Token(t.Context(), hash(1)); err != nil || !got.UsedAt.IsZero() {
		t.Errorf("the token was spent all the same: %v", err)
	}
	stale := enrol.Change{Identity: someIdentity("web-01"), Claim: hash(6), UseToken: hash(1), At: start, Event: event(enrol.Enrolled)}
	if err := s.Save(t.Context(), stale); !errors.Is(err, enrol.ErrConflict) {
		t.Errorf("a stale version: %v", err)
	}
	again.Claim = hash(6)
	if err := s.Save(t.Context(), again); err != nil {
		t.Errorf("what the failed changes touched is not free: %v", err)
	}
}

func race(t *testing.T, s enrol.Store) {
	if err := s.AddToken(t.Context(), someToken(1), event(enrol.TokenIssued)); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := someIdentity(fmt.Sprintf("web-%02d", i))
			err := s.Save(t.Context(), enrol.Change{Identity: id, Claim: hash(100 + i), UseToken: hash(1), At: start, Event: event(enrol.Enrolled)})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, enrol.ErrConflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("a token was used %d times", won.Load())
	}
}
