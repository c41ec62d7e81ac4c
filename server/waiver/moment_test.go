package waiver

import (
	"testing"
	"time"
)

// What people state in a time zone is one instant, also where its clocks are changed.
func TestMoments(t *testing.T) {
	for _, test := range []struct{ zone, text, begin, end string }{
		{"Asia/Shanghai", "2026-12-31", "2026-12-30T16:00:00Z", "2026-12-31T16:00:00Z"},
		{"UTC", "2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"Asia/Shanghai", "2026-12-31T18:30", "2026-12-31T10:30:00Z", "2026-12-31T10:30:00Z"},
		// A day of 23 hours and one of 25.
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		// Skipped: the moment at which the clocks jump. Shown twice: the first time.
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z"},
		// Cairo jumps at midnight: the day begins at 01:00.
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"Africa/Cairo", "2026-04-23", "2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z"},
		// Lord Howe changes by half an hour; Kathmandu stands a quarter of an hour beside.
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
		{"Asia/Kathmandu", "2026-07-01", "2026-06-30T18:15:00Z", "2026-07-01T18:15:00Z"},
	} {
		zone, err := zoneOf(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []struct {
			want string
			read func(string, *time.Location) (time.Time, error)
		}{{test.begin, beginOf}, {test.end, endOf}} {
			if got, err := side.read(test.text, zone); err != nil || got.UTC().Format(time.RFC3339) != side.want {
				t.Errorf("%s in %s is %s, want %s; %v", test.text, test.zone, got.UTC(), side.want, err)
			}
		}
	}
	for _, bad := range []string{"", "2026-13-01", "2026-02-29", "tomorrow", "2026-12-31 18:00", "2026-12-31T18:00Z"} {
		if at, err := endOf(bad, time.UTC); err == nil {
			t.Errorf("%q was read as %s", bad, at)
		}
	}
	for _, bad := range []string{"", "Local", "CST+8", "Mars/Olympus"} {
		if _, err := zoneOf(bad); err == nil {
			t.Errorf("the zone %q was taken", bad)
		}
	}
}

// Every instant of a year is in exactly one day of a zone, and the days join.
func TestDaysJoin(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"} {
		zone, err := zoneOf(name)
		if err != nil {
			t.Fatal(err)
		}
		last, err := endOf("2025-12-31", zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
			text := day.Format(dayForm)
			begin, err1 := beginOf(text, zone)
			end, err2 := endOf(text, zone)
			if err1 != nil || err2 != nil || !begin.Equal(last) {
				t.Fatalf("%s in %s begins at %s, and the day before ended at %s; %v %v", text, name, begin, last, err1, err2)
			}
			if begin.In(zone).Format(dayForm) != text || end.Add(-1).In(zone).Format(dayForm) != text || begin.Add(-1).In(zone).Format(dayForm) == text || end.In(zone).Format(dayForm) == text {
				t.Fatalf("%s in %s is from %s until %s", text, name, begin.In(zone), end.In(zone))
			}
			last = end
		}
	}
}
