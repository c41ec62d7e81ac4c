package schedule

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// clockAt is a clock that a test sets: it stands while do runs, and sleeping moves it.
type clockAt struct {
	now time.Time
	// jumps happen in the sleep that would pass their key.
	jumps []jump
}

type jump struct{ from, to time.Time }

func (c *clockAt) sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	for i, j := range c.jumps {
		if !c.now.Before(j.from) && !j.from.IsZero() {
			c.now, c.jumps[i].from = j.to, time.Time{}
		}
	}
	return ctx.Err()
}

func TestRunner(t *testing.T) {
	const zone = "Asia/Shanghai"
	const layout = "2006-01-02 15:04:05"
	nightly := Spec{Cron: "0 2 * * *", Zone: zone}
	trading := nightly
	trading.Freezes = []Freeze{{Name: "trading", From: "09:00", To: "15:30"}}
	tests := []struct {
		name      string
		spec      Spec
		now, done string
		jumps     [][2]string
		takes     time.Duration
		want      []string
		late      []bool
	}{
		{"on time", nightly, "2026-11-22 12:00:00", "2026-11-22 02:00:00", nil, 0,
			[]string{"2026-11-23 02:00:00", "2026-11-24 02:00:00"}, []bool{false, false}},
		{"never done is due now", nightly, "2026-11-22 12:00:00", "", nil, 0,
			[]string{"2026-11-22 12:00:00", "2026-11-23 02:00:00"}, []bool{true, false}},
		{"never done, but not in a freeze", trading, "2026-11-22 12:00:00", "", nil, 0,
			[]string{"2026-11-22 15:30:00", "2026-11-23 02:00:00"}, []bool{true, false}},
		{"missed many times is late once", nightly, "2026-11-22 08:00:00", "2026-11-10 02:00:00", nil, 0,
			[]string{"2026-11-22 08:00:00", "2026-11-23 02:00:00"}, []bool{true, false}},
		{"slept through the night", nightly, "2026-11-22 12:00:00", "2026-11-22 02:00:00", [][2]string{{"2026-11-22 20:00:00", "2026-11-25 08:00:00"}}, 0,
			[]string{"2026-11-25 08:00:00", "2026-11-26 02:00:00"}, []bool{true, false}},
		{"woke up in a freeze", trading, "2026-11-22 20:00:00", "2026-11-22 02:00:00", [][2]string{{"2026-11-22 21:00:00", "2026-11-23 10:00:00"}}, 0,
			[]string{"2026-11-23 15:30:00", "2026-11-24 02:00:00"}, []bool{true, false}},
		{"set back after it was done", nightly, "2026-11-22 12:00:00", "2026-11-22 02:00:00", [][2]string{{"2026-11-23 02:10:00", "2026-11-23 01:30:00"}}, 0,
			[]string{"2026-11-23 02:00:00", "2026-11-24 02:00:00"}, []bool{false, false}},
		{"set back before it", nightly, "2026-11-22 12:00:00", "2026-11-22 02:00:00", [][2]string{{"2026-11-23 01:59:00", "2026-11-23 01:00:00"}}, 0,
			[]string{"2026-11-23 02:00:00", "2026-11-24 02:00:00"}, []bool{false, false}},
		{"done by a clock years ahead", nightly, "2026-11-22 12:00:00", "2040-01-01 02:00:00", nil, 0,
			[]string{"2026-11-23 02:00:00", "2026-11-24 02:00:00"}, []bool{false, false}},
		{"takes longer than to the next", Spec{Cron: "0 * * * *", Zone: zone}, "2026-11-22 12:30:00", "2026-11-22 12:00:00", nil, 150 * time.Minute,
			[]string{"2026-11-22 13:00:00", "2026-11-22 15:30:00", "2026-11-22 18:00:00"}, []bool{false, true, true}},
	}
	stop := errors.New("enough")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &clockAt{now: at(t, zone, tt.now)}
			for _, j := range tt.jumps {
				c.jumps = append(c.jumps, jump{at(t, zone, j[0]), at(t, zone, j[1])})
			}
			var done time.Time
			if tt.done != "" {
				done = at(t, zone, tt.done)
			}
			planned := 0
			r := Runner{Schedule: build(t, tt.spec), Now: func() time.Time { return c.now }, Sleep: c.sleep, Planned: func(Due) { planned++ }}
			var got []string
			var late []bool
			err := r.Run(t.Context(), done, func(_ context.Context, d Due) error {
				got = append(got, c.now.Format(layout))
				late = append(late, d.Late)
				if len(got) == len(tt.want) {
					return stop
				}
				c.now = c.now.Add(tt.takes)
				return nil
			})
			if !errors.Is(err, stop) || !slices.Equal(got, tt.want) || !slices.Equal(late, tt.late) || planned < len(got) {
				t.Errorf("%v, planned %d\ngot  %v %v\nwant %v %v", err, planned, got, late, tt.want, tt.late)
			}
		})
	}
}

// A fleet that was down together does not come back together.
func TestLateIsSpread(t *testing.T) {
	now := at(t, "Asia/Shanghai", "2026-11-22 12:00:00")
	spec := Spec{Cron: "0 2 * * *", Zone: "Asia/Shanghai", Jitter: time.Hour}
	seen := map[time.Time]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		s, err := New(spec, name)
		if err != nil {
			t.Fatal(err)
		}
		c := &clockAt{now: now}
		r := Runner{Schedule: s, Now: func() time.Time { return c.now }, Sleep: c.sleep}
		stop := errors.New("enough")
		if err := r.Run(t.Context(), now.AddDate(0, 0, -3), func(context.Context, Due) error { return stop }); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if late := c.now.Sub(now); late < 0 || late >= time.Hour {
			t.Errorf("%s starts after %v", name, late)
		}
		seen[c.now] = true
	}
	if len(seen) != 6 {
		t.Errorf("6 hosts start at %d times", len(seen))
	}
}

func TestRunnerStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := &clockAt{now: at(t, "Asia/Shanghai", "2026-11-22 12:00:00")}
	sleeps := 0
	r := Runner{Schedule: build(t, Spec{Cron: "0 2 * * *", Zone: "Asia/Shanghai"}), Now: func() time.Time { return c.now }, Sleep: func(ctx context.Context, d time.Duration) error {
		if sleeps++; sleeps == 3 {
			cancel()
		}
		if d > nap {
			t.Errorf("sleeps %v at a time", d)
		}
		return c.sleep(ctx, d)
	}}
	err := r.Run(ctx, c.now, func(context.Context, Due) error { t.Error("started"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
