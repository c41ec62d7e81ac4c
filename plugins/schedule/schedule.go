// Package schedule says when something is due: by a cron line in a time zone, spread by a jitter that is always the same for the
// same name, and never inside a freeze window (trading hours, a year-end freeze): what falls into one waits for its end. [Runner]
// starts things by it.
//
// It computes and waits; what is started, and what of it is remembered, is the caller's. The clock is given from outside.
package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// MaxJitter is the largest jitter.
const MaxJitter = 24 * time.Hour

// Spec is a schedule as people write it.
type Spec struct {
	// Cron is minute, hour, day of the month, month and day of the week.
	Cron string `yaml:"cron" json:"cron"`
	// Zone is the time zone's IANA name, like Asia/Shanghai. Cron and Freezes are told in it.
	Zone string `yaml:"zone" json:"zone"`
	// Jitter is how much later than the cron line says a start may be.
	Jitter time.Duration `yaml:"jitter" json:"jitter,omitempty"`
	// Freezes are when nothing is started.
	Freezes []Freeze `yaml:"freezes" json:"freezes,omitempty"`
}

// Freeze is a window in which nothing is started, every week or once.
type Freeze struct {
	// Name says why.
	Name string `yaml:"name" json:"name,omitempty"`
	// Days of the week on which it begins, like mon-fri or sat,sun; every day if empty. Only for a weekly one.
	Days string `yaml:"days" json:"days,omitempty"`
	// From and To are times of day, 09:15 and 15:30, or days with times, 2026-09-30 18:00 and 2026-10-09 08:00. A weekly window whose
	// end is not after its beginning ends on the next day. The end is not part of it.
	From string `yaml:"from" json:"from"`
	To   string `yaml:"to" json:"to"`
}

// An Error says what is wrong with a schedule.
type Error struct{ Text *pb.Text }

// Error says it in English.
func (e *Error) Error() string { return e.Text.GetEn() }

// Say says it in both languages.
func (e *Error) Say() *pb.Text { return e.Text }

func wrong(zh, en string, args ...any) error { return &Error{checks.Say(zh, en, args...)} }

// A Due is one start.
type Due struct {
	// At is when the cron line says, or, if Late, when it is started.
	At time.Time
	// Start is when to start, after jitter and freezes.
	Start time.Time
	// Late says that it should have been started before, first at Since.
	Late  bool
	Since time.Time
}

// Schedule says when something is due. It never changes.
type Schedule struct {
	cron    cron
	zone    *time.Location
	jitter  time.Duration
	share   float64 // of the jitter that is ours, in [0, 1)
	freezes []freeze
}

// New reads a schedule. Name is what the jitter is drawn from.
func New(spec Spec, name string) (*Schedule, error) {
	c, err := parseCron(spec.Cron)
	if err != nil {
		return nil, err
	}
	if spec.Zone == "" || spec.Zone == "Local" {
		return nil, wrong("缺少时区，请填写 IANA 名称，如 Asia/Shanghai", "the time zone is missing: write its IANA name, like Asia/Shanghai")
	}
	zone, err := time.LoadLocation(spec.Zone)
	if err != nil {
		return nil, wrong("没有时区 %q，请填写 IANA 名称，如 Asia/Shanghai（系统须装有 tzdata）", "there is no time zone %q: write its IANA name, like Asia/Shanghai (the system needs tzdata)", spec.Zone)
	}
	if spec.Jitter < 0 || spec.Jitter > MaxJitter {
		return nil, wrong("错峰时长 %v 超出范围，应为 0 至 %v", "the jitter %v is out of range: 0 to %v", spec.Jitter, MaxJitter)
	}
	s := &Schedule{cron: c, zone: zone, jitter: spec.Jitter, share: share(name)}
	for _, f := range spec.Freezes {
		parsed, err := parseFreeze(f)
		if err != nil {
			return nil, err
		}
		s.freezes = append(s.freezes, parsed)
	}
	if wholeWeek(s.freezes) {
		return nil, wrong("冻结窗口覆盖了整周，永远无法启动", "the freeze windows cover the whole week: nothing could ever be started")
	}
	return s, nil
}

// share draws a number in [0, 1) from a name.
func share(name string) float64 {
	sum := sha256.Sum256([]byte("plumbline jitter\x00" + name))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// Next gives the first start whose time by the cron line is after a moment. Several that fall together, at the end of a freeze, are
// one: the last of them. It is false if the cron line names no time in the next decades.
func (s *Schedule) Next(after time.Time) (Due, bool) {
	at, ok := s.tick(after)
	if !ok {
		return Due{}, false
	}
	due := Due{At: at, Start: s.start(at)}
	// Whatever is due before a freeze ends starts at its end.
	for base := s.open(at); ; {
		next, ok := s.tick(due.At)
		if !ok || next.After(base) {
			return due, true
		}
		due.At = next
	}
}

// Upcoming gives the next n starts.
func (s *Schedule) Upcoming(after time.Time, n int) []Due {
	var out []Due
	for len(out) < n {
		due, ok := s.Next(after)
		if !ok {
			break
		}
		out = append(out, due)
		after = due.At
	}
	return out
}

// Zone is the schedule's time zone.
func (s *Schedule) Zone() *time.Location { return s.zone }

// start gives when to start what is due at a moment: the jitter spreads starts up to the next freeze, not into it.
func (s *Schedule) start(at time.Time) time.Time {
	base := s.open(at)
	span := s.jitter
	for _, f := range s.freezes {
		if begins, ok := f.next(base, span, s.zone); ok {
			span = begins.Sub(base)
		}
	}
	return base.Add(time.Duration(s.share * float64(span))).Truncate(time.Second)
}

// open gives the first moment from t on that is in no freeze.
func (s *Schedule) open(t time.Time) time.Time {
	for i := 0; i < len(s.freezes); i++ {
		if end, ok := s.freezes[i].holds(t, s.zone); ok {
			t, i = end, -1 // once more from the first
		}
	}
	return t
}

// reach is more than any clock is set forward or back in a change of summer time.
const reach = 3 * time.Hour

// tick gives the first time after a moment that the cron line names. A time that the clocks skip in spring comes when they
// jump; one that they show twice in autumn comes once, the first time. A line for every hour knows no such thing: it
// goes by what the clocks show.
func (s *Schedule) tick(after time.Time) (time.Time, bool) {
	var best time.Time
	for w, ok := s.cron.next(wall(after, s.zone).Add(-reach)); ok; w, ok = s.cron.next(w) {
		if !best.IsZero() && w.After(wall(best, s.zone).Add(reach)) {
			break
		}
		moments, exists := instants(w, s.zone)
		switch {
		case s.cron.hourly() && !exists:
			continue
		case !s.cron.hourly():
			moments = moments[:1]
		}
		for _, t := range moments {
			if t.After(after) && (best.IsZero() || t.Before(best)) {
				best = t
			}
		}
	}
	return best, !best.IsZero()
}

// wall is what the clocks in a zone show, as if it were UTC.
func wall(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instants gives the moments at which clocks in a zone show w, at least one. If they never do, it is the moment at which they jump over
// it, and exists is false.
func instants(w time.Time, zone *time.Location) (moments []time.Time, exists bool) {
	near := w.In(zone)
	var before time.Time
	for _, at := range []time.Time{near.Add(-36 * time.Hour), near, near.Add(36 * time.Hour)} {
		_, offset := at.Zone()
		t := w.Add(-time.Duration(offset) * time.Second).In(zone)
		if before.IsZero() {
			before = t
		}
		if wall(t, zone).Equal(w) && !slices.ContainsFunc(moments, t.Equal) {
			moments = append(moments, t)
		}
	}
	if len(moments) == 0 {
		jump, _ := before.ZoneBounds()
		return []time.Time{jump}, false
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments, true
}
