package enrol_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline/plumbline/plugins/sink/central/identity"
	"github.com/plumbline/plumbline/server/enrol"
)

// copyOf is a clone's or a restored machine's folder.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o700); err != nil {
		t.Fatal(err)
	}
	return to
}

var errStop = errors.New("enough")

func (w *world) open(dir string) *identity.Identity {
	w.t.Helper()
	id, err := identity.Open(dir, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) mustReach(id *identity.Identity) {
	w.t.Helper()
	if _, err := w.reach(id); err != nil {
		w.t.Fatal(err)
	}
}

// Two programs with one state are found when the second of them renews or connects, whatever comes between, and both
// are out.
func TestI4Clone(t *testing.T) {
	cases := map[string]func(w *world, one, two *identity.Identity) error{
		"both renew": func(w *world, one, two *identity.Identity) error {
			if err := one.Renew(t.Context(), w.addr); err != nil {
				return err
			}
			return expect(two.Renew(t.Context(), w.addr))
		},
		"one renews and works, two renews": func(w *world, one, two *identity.Identity) error {
			if err := one.Renew(t.Context(), w.addr); err != nil {
				return err
			}
			w.mustReach(one)
			return expect(two.Renew(t.Context(), w.addr))
		},
		"one renews and works, two connects later": func(w *world, one, two *identity.Identity) error {
			if err := one.Renew(t.Context(), w.addr); err != nil {
				return err
			}
			w.mustReach(one)
			w.server.add(3 * time.Minute)
			w.agent.add(3 * time.Minute)
			_, err := w.reach(two)
			return expect(err)
		},
		"one renews thrice, two comes with the first key": func(w *world, one, two *identity.Identity) error {
			for range 3 {
				if err := one.Renew(t.Context(), w.addr); err != nil {
					return err
				}
			}
			w.mustReach(one)
			_, err := w.reach(two)
			return expect(err)
		},
		"the copy is taken in the middle of a renewal": func(w *world, one, two *identity.Identity) error {
			// Both hold the same key for the next certificate. The first to use it leaves the other with one that was replaced.
			if err := one.Renew(t.Context(), w.addr); err != nil {
				return err
			}
			w.mustReach(one)
			return expect(two.Renew(t.Context(), w.addr))
		},
	}
	for what, run := range cases {
		for range size(2, 4) {
			w := newWorld(t)
			_, dir := w.mustJoin("web-01")
			if what == "the copy is taken in the middle of a renewal" {
				w.stop()
				if err := w.open(dir).Renew(t.Context(), w.addr); err == nil {
					t.Fatal("renewed with no server")
				}
				w.serve(w.addr)
			}
			one, two := w.open(dir), w.open(copyOf(t, dir))
			w.mustReach(one)
			w.mustReach(two)
			if err := run(w, one, two); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if w.store.State("web-01") != enrol.Quarantined || w.store.Count(enrol.Quarantine) != 1 {
				t.Errorf("%s: the identity is %s, %d times on record", what, w.store.State("web-01"), w.store.Count(enrol.Quarantine))
			}
			for _, i := range []*identity.Identity{one, two} {
				if _, err := w.reach(i); err == nil {
					t.Errorf("%s: one of the two gets in", what)
				}
			}
			// The way out: an operator approves that one of them enrols anew.
			if _, err := w.join(filepath.Join(t.TempDir(), "new"), "web-01", w.token("web-01", true), false); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

type unexpected struct{}

func (unexpected) Error() string { return "the clone got through" }

func expect(err error) error {
	if err == nil {
		return unexpected{}
	}
	return nil
}

// Restarts, lost answers, crashes at any point of a renewal and a new address are no clones.
func TestI4NoFalseAlarm(t *testing.T) {
	w := newWorld(t)
	_, dir := w.mustJoin("web-01")
	n := size(60, 1000)
	for i := range n {
		id := w.open(dir) // a restart
		w.mustReach(id)
		switch i % 4 {
		case 0:
			if err := id.Renew(t.Context(), w.addr); err != nil {
				t.Fatal(err)
			}
		case 1:
			// The server answered, and the answer was lost with the machine: the folder is as it was when the call began.
			before := copyOf(t, dir)
			if err := id.Renew(t.Context(), w.addr); err != nil {
				t.Fatal(err)
			}
			withPending(t, before, dir)
			again := w.open(before)
			w.mustReach(again)
			if err := again.Renew(t.Context(), w.addr); err != nil {
				t.Fatalf("asked again: %v", err)
			}
			dir = before
		case 2:
			// The server could not be reached.
			if err := id.Renew(t.Context(), "127.0.0.1:1"); err == nil {
				t.Fatal("renewed with nobody")
			}
		}
		w.server.add(5 * time.Minute)
		w.agent.add(5 * time.Minute)
	}
	if w.store.State("web-01") != enrol.Active {
		t.Error("shut out")
	}
	if got := w.open(dir).Renewals(); got != uint64(n/2) {
		t.Errorf("%d renewals, want %d", got, n/2)
	}
}

// withPending makes a folder what it was after the key of the renewal was written and before the answer was.
func withPending(t *testing.T, before, after string) {
	t.Helper()
	was, is := readState(t, before), readState(t, after)
	was["pending"] = is["key"]
	writeState(t, before, was)
}

// An agent renews by itself at half its life, comes back after days without a server, and needs a human only after the
// grace.
func TestI6Renewal(t *testing.T) {
	w := newWorld(t)
	id, dir := w.mustJoin("web-01")
	both := func(d time.Duration) { w.server.add(d); w.agent.add(d) }
	if at := id.RenewAt().Sub(id.NotAfter().Add(-12 * time.Hour)).Abs(); at > time.Hour {
		t.Errorf("half the life is missed by %v", at)
	}
	for range 60 { // a month
		keepOnce(t, w, id)
		both(12*time.Hour + time.Minute)
	}
	keepOnce(t, w, id)
	if id.Renewals() < 59 || id.Renewals() > 61 {
		t.Errorf("%d renewals in a month", id.Renewals())
	}
	for _, away := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour} {
		both(away)
		id = w.open(dir)
		if _, err := w.reach(id); err == nil && away > 24*time.Hour {
			t.Errorf("%v: an ended certificate is good", away)
		}
		if err := id.Renew(t.Context(), w.addr); err != nil {
			t.Errorf("%v: %v", away, err)
		}
		w.mustReach(id)
	}
	both(32 * 24 * time.Hour)
	if err := id.Renew(t.Context(), w.addr); err == nil {
		t.Error("renewed after the grace")
	}
}

// keepOnce lets Keep run until it wants to sleep.
func keepOnce(t *testing.T, w *world, id *identity.Identity) {
	t.Helper()
	id.Keep(t.Context(), w.addr, func(context.Context, time.Duration) error { return errStop }, func(err error) { t.Error(err) })
}

// The root changes: whoever knew the old one goes on, with the old certificate and over renewals, and may be late.
func TestI8AuthorityChange(t *testing.T) {
	w := newWorld(t)
	early, _ := w.mustJoin("early")
	late, _ := w.mustJoin("late")
	former := w.authority.Fingerprint()
	for range 2 {
		if err := w.authority.Change(); err != nil {
			t.Fatal(err)
		}
		w.mustReach(early)
		if err := early.Renew(t.Context(), w.addr); err != nil {
			t.Fatal(err)
		}
		w.mustReach(early)
	}
	w.mustReach(late)
	if w.authority.Fingerprint() == former {
		t.Error("the root did not change")
	}
	text, err := w.authority.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if w.authority, err = enrol.ParseAuthority(text, w.server.now); err != nil {
		t.Fatal(err)
	}
	addr := w.addr
	w.stop()
	w.serve(addr)
	for _, i := range []*identity.Identity{early, late} {
		w.mustReach(i)
		if err := i.Renew(t.Context(), w.addr); err != nil {
			t.Fatal(err)
		}
	}
	forgetful, _ := w.mustJoin("forgetful")
	if n := w.authority.Retire(); n != 2 {
		t.Errorf("%d roots retired, want 2", n)
	}
	for _, i := range []*identity.Identity{early, late, forgetful} {
		w.mustReach(i)
	}
}
