package schedule

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// A freeze is a Freeze that was read.
type freeze struct {
	name string
	// weekly: days, and times of day; to may be more than a day.
	weekly   bool
	days     set
	from, to time.Duration
	// else: once, as clocks show it.
	begin, end time.Time
}

const dated = "2006-01-02 15:04"

func parseFreeze(f Freeze) (freeze, error) {
	called := cmp.Or(f.Name, f.From+"–"+f.To)
	out := freeze{name: f.Name}
	begin, errBegin := time.Parse(dated, f.From)
	end, errEnd := time.Parse(dated, f.To)
	if errBegin == nil && errEnd == nil {
		if f.Days != "" {
			return out, wrong("冻结窗口“%s”：带日期的窗口不能再写 days", "freeze %s: one with dates has no days", called)
		}
		if !end.After(begin) {
			return out, wrong("冻结窗口“%s”：结束时间必须晚于开始时间", "freeze %s: it must end after it begins", called)
		}
		out.begin, out.end = begin, end
		return out, nil
	}
	var okFrom, okTo, okDays bool
	out.weekly = true
	out.from, okFrom = clock(f.From)
	out.to, okTo = clock(f.To)
	if !okFrom || !okTo || out.from >= day {
		return out, wrong("冻结窗口“%s”：起止时间须同为 09:15 或 2026-09-30 18:00 的形式", "freeze %s: from and to must both be like 09:15 or both like 2026-09-30 18:00", called)
	}
	if out.to <= out.from {
		out.to += day
	}
	if out.days, okDays = weekdays(f.Days); !okDays {
		return out, wrong("冻结窗口“%s”：days %q 无效，应如 mon-fri 或 sat,sun", "freeze %s: days %q will not do: write it like mon-fri or sat,sun", called, f.Days)
	}
	return out, nil
}

// clock reads a time of day, up to 24:00.
func clock(text string) (time.Duration, bool) {
	h, m, ok := strings.Cut(text, ":")
	if !ok || len(h) != 2 || len(m) != 2 {
		return 0, false
	}
	hours, err1 := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	return d, err1 == nil && err2 == nil && minutes < 60 && d <= day
}

// weekdays reads days of the week. A range may pass Sunday: fri-mon.
func weekdays(text string) (set, bool) {
	if text == "" {
		return allWeekdays, true
	}
	var out set
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		low, ok1 := weekdayField.number(from)
		high, ok2 := low, true
		if ranged {
			high, ok2 = weekdayField.number(to)
		}
		if !ok1 || !ok2 {
			return 0, false
		}
		for n := low % 7; ; n = (n + 1) % 7 {
			out |= 1 << n
			if n == high%7 {
				break
			}
		}
	}
	return out, true
}

// bounds gives the window that begins on a day, if one does. Where clocks show a time twice, the window is the longer one.
func (f freeze) bounds(date time.Time, zone *time.Location) (begin, end time.Time, ok bool) {
	b, e := f.begin, f.end
	if f.weekly {
		if !f.days.has(int(date.Weekday())) {
			return begin, end, false
		}
		b, e = date.Add(f.from), date.Add(f.to)
	}
	begins, _ := instants(b, zone)
	ends, _ := instants(e, zone)
	return begins[0], ends[len(ends)-1], true
}

// candidates are the days on which a window may begin that holds or follows t within d.
func candidates(t time.Time, d time.Duration, zone *time.Location) []time.Time {
	w := wall(t, zone)
	date := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	var out []time.Time
	for n := -2; n <= 2+int(d/day); n++ {
		out = append(out, date.AddDate(0, 0, n))
	}
	return out
}

// holds says whether t is in the window, and when that ends.
func (f freeze) holds(t time.Time, zone *time.Location) (until time.Time, ok bool) {
	for _, date := range candidates(t, 0, zone) {
		if begin, end, ok := f.bounds(date, zone); ok && !t.Before(begin) && t.Before(end) {
			return end, true
		}
	}
	return until, false
}

// next gives when the window begins, if that is after t and not after t+d.
func (f freeze) next(t time.Time, d time.Duration, zone *time.Location) (begins time.Time, ok bool) {
	for _, date := range candidates(t, d, zone) {
		begin, _, is := f.bounds(date, zone)
		if is && begin.After(t) && !begin.After(t.Add(d)) && (!ok || begin.Before(begins)) {
			begins, ok = begin, true
		}
	}
	return begins, ok
}

// wholeWeek says whether weekly windows leave no minute of the week.
func wholeWeek(freezes []freeze) bool {
	const minutes = 7 * 24 * 60
	var covered [minutes]bool
	for _, f := range freezes {
		for n := range 7 {
			if !f.weekly || !f.days.has(n) {
				continue
			}
			for m := int(f.from.Minutes()); m < int(f.to.Minutes()); m++ {
				covered[(n*24*60+m)%minutes] = true
			}
		}
	}
	for _, c := range covered {
		if !c {
			return false
		}
	}
	return true
}

// Frozen says whether nothing may be started at a moment, until when, and why.
func (s *Schedule) Frozen(t time.Time) (until time.Time, why string, frozen bool) {
	for _, f := range s.freezes {
		if _, ok := f.holds(t, s.zone); ok {
			return s.open(t), f.name, true
		}
	}
	return until, "", false
}

func (f freeze) say() *pb.Text {
	when := checks.Verbatim(f.begin.Format(dated) + " – " + f.end.Format(dated))
	if f.weekly {
		to := f.to
		next := checks.Verbatim("")
		if to > day {
			to -= day
			next = checks.Say("次日 ", "next day ")
		}
		when = checks.Say("%s %s–%s%s", "%s %s–%s%s", sayWeekdays(f.days), sayClock(f.from), next, sayClock(to))
	}
	if f.name == "" {
		return when
	}
	return checks.Say("%s（%s）", "%s (%s)", f.name, when)
}

// NextFreeze gives when the next freeze begins, if that is after t and not after t+within.
func (s *Schedule) NextFreeze(t time.Time, within time.Duration) (begins time.Time, ok bool) {
	for _, f := range s.freezes {
		if at, is := f.next(t, within, s.zone); is && (!ok || at.Before(begins)) {
			begins, ok = at, true
		}
	}
	return begins, ok
}
