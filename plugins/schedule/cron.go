package schedule

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// A cron line. Fields are sets of numbers: bit n is n.
type cron struct {
	minutes, hours, days, months, weekdays set
	// either: a day of the month and a day of the week are named, and either will do.
	either bool
}

type set uint64

func (s set) has(n int) bool { return s>>n&1 == 1 }

func (s set) count() int { return bits.OnesCount64(uint64(s)) }

// numbers lists the members.
func (s set) numbers() []int {
	var out []int
	for n := range 64 {
		if s.has(n) {
			out = append(out, n)
		}
	}
	return out
}

func span(low, high int) set {
	var s set
	for n := low; n <= high; n++ {
		s |= 1 << n
	}
	return s
}

// A field of a cron line.
type field struct {
	zh, en    string
	low, high int
	names     []string // from low on
}

var (
	minuteField  = field{zh: "分", en: "minute", high: 59}
	hourField    = field{zh: "时", en: "hour", high: 23}
	dayField     = field{zh: "日", en: "day of the month", low: 1, high: 31}
	monthField   = field{zh: "月", en: "month", low: 1, high: 12, names: strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")}
	weekdayField = field{zh: "星期", en: "day of the week", high: 7, names: strings.Fields("sun mon tue wed thu fri sat")}
)

var (
	allHours    = span(0, 23)
	allDays     = span(1, 31)
	allMonths   = span(1, 12)
	allWeekdays = span(0, 6)
)

// The longest months, by number.
var longest = [...]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func parseCron(line string) (c cron, err error) {
	words := strings.Fields(line)
	if len(words) != 5 {
		return c, wrong("cron 表达式 %q 应有 5 段：分 时 日 月 星期，如 30 2 * * *", "the cron line %q must have 5 fields: minute, hour, day of the month, month, day of the week, like 30 2 * * *", line)
	}
	for i, f := range []struct {
		into *set
		field
	}{{&c.minutes, minuteField}, {&c.hours, hourField}, {&c.days, dayField}, {&c.months, monthField}, {&c.weekdays, weekdayField}} {
		if *f.into, err = f.parse(words[i]); err != nil {
			return c, err
		}
	}
	if c.weekdays.has(7) { // Sunday, too
		c.weekdays = c.weekdays&^(1<<7) | 1
	}
	c.either = !strings.HasPrefix(words[2], "*") && !strings.HasPrefix(words[4], "*")
	possible := false
	for _, m := range c.months.numbers() {
		possible = possible || c.days&span(1, longest[m]) != 0
	}
	if !possible {
		return c, wrong("cron 表达式 %q 中的日期不存在（%s 月没有这一天）", "the cron line %q names a day that does not exist (in month %s)", line, words[3])
	}
	return c, nil
}

func (f field) parse(text string) (set, error) {
	var out set
	for part := range strings.SplitSeq(text, ",") {
		s, ok := f.part(strings.ToLower(part))
		if !ok {
			return 0, wrong("cron 表达式的“%s”段 %q 无效：取值 %d-%d，可用 * , - /", "the %s field %q of the cron line will not do: %d to %d, with * , - and /", choose(f.zh, f.en), text, f.low, f.high)
		}
		out |= s
	}
	return out, nil
}

func (f field) part(text string) (set, bool) {
	text, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > f.high {
			return 0, false
		}
	}
	low, high := f.low, f.high
	if text == "*" {
		high = min(high, f.low+f.size()-1)
	} else {
		from, to, ranged := strings.Cut(text, "-")
		var ok bool
		if low, ok = f.number(from); !ok {
			return 0, false
		}
		switch {
		case ranged:
			if high, ok = f.number(to); !ok || high < low {
				return 0, false
			}
		case !stepped:
			high = low
		default: // 5/10 means different things to different readers
			return 0, false
		}
	}
	var s set
	for n := low; n <= high; n += step {
		s |= 1 << n
	}
	return s, true
}

// size is how many values the field has: Sunday is both 0 and 7.
func (f field) size() int {
	if len(f.names) > 0 {
		return len(f.names)
	}
	return f.high - f.low + 1
}

func (f field) number(text string) (int, bool) {
	for i, name := range f.names {
		if text == name {
			return f.low + i, true
		}
	}
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high
}

// hourly says that the line is for every hour.
func (c cron) hourly() bool { return c.hours == allHours }

// horizon is how far ahead a day is sought: 29 February on a given day of the week may be 40 years away.
const horizon = 41 * 366

// next gives the first time after w that the line names; both as clocks show it.
func (c cron) next(w time.Time) (time.Time, bool) {
	w = w.Truncate(time.Minute).Add(time.Minute)
	day := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	from := w.Hour()*60 + w.Minute()
	for range horizon {
		if c.onDay(day) {
			for m := from; m < 24*60; m++ {
				if !c.hours.has(m / 60) {
					m += 59 - m%60
				} else if c.minutes.has(m % 60) {
					return day.Add(time.Duration(m) * time.Minute), true
				}
			}
		}
		day, from = day.AddDate(0, 0, 1), 0
	}
	return time.Time{}, false
}

func (c cron) onDay(day time.Time) bool {
	if !c.months.has(int(day.Month())) {
		return false
	}
	date, weekday := c.days.has(day.Day()), c.weekdays.has(int(day.Weekday()))
	if c.either {
		return date || weekday
	}
	return date && weekday
}
