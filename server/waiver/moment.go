package waiver

import (
	"time"
)

// zoneOf finds a time zone by its IANA name. The host's own has no name that would mean the same elsewhere.
func zoneOf(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return nil, wrong("没有时区 %q，请填写 IANA 名称，如 Asia/Shanghai", "there is no time zone %q: write its IANA name, like Asia/Shanghai", name)
}

// Forms in which people state a moment.
const (
	dayForm    = time.DateOnly
	minuteForm = "2006-01-02T15:04"
)

// beginOf reads the moment from which something holds: a day from its first instant, or a minute.
func beginOf(text string, zone *time.Location) (time.Time, error) { return momentOf(text, zone, 0) }

// endOf reads the moment before which something holds: a day to its last instant, or a minute.
func endOf(text string, zone *time.Location) (time.Time, error) { return momentOf(text, zone, 1) }

func momentOf(text string, zone *time.Location, days int) (time.Time, error) {
	if day, err := time.Parse(dayForm, text); err == nil {
		return instant(day.AddDate(0, 0, days), zone), nil
	}
	if minute, err := time.Parse(minuteForm, text); err == nil {
		return instant(minute, zone), nil
	}
	return time.Time{}, wrong("%q 不是日期，请写作 2026-12-31 或 2026-12-31T18:00", "%q is no date: write 2026-12-31 or 2026-12-31T18:00", text)
}

// instant is when the clocks of a zone show what wall says as UTC: the first time where they show it twice, and the moment at which they
// jump where they skip it.
func instant(wall time.Time, zone *time.Location) time.Time {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	begin, end := near.ZoneBounds()
	var first time.Time
	for _, side := range []time.Time{begin.Add(-1), near, end} {
		_, offset := side.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if at.Format(minuteForm) == wall.Format(minuteForm) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	switch {
	case !first.IsZero():
		return first
	case end.IsZero() || !begin.IsZero() && near.Sub(begin) < end.Sub(near):
		return begin
	}
	return end
}
