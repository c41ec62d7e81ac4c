package schedule

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/adhocore/gronx"
)

func in(t testing.TB, zone string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func at(t testing.TB, zone, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05", text, in(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func build(t testing.TB, spec Spec) *Schedule {
	t.Helper()
	s, err := New(spec, "host")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// starts prints the next starts.
func starts(s *Schedule, after time.Time, n int) string {
	var out []string
	for _, d := range s.Upcoming(after, n) {
		out = append(out, d.Start.In(s.zone).Format("01-02T15:04Z0700"))
	}
	return strings.Join(out, " ")
}

func TestNext(t *testing.T) {
	tests := []struct {
		name, cron, zone, after, want string
	}{
		{"every night", "30 2 * * *", "Asia/Shanghai", "2026-11-22 02:30:00", "11-23T02:30+0800 11-24T02:30+0800"},
		{"the last day of a year", "0 0 1 1 *", "Asia/Shanghai", "2026-12-31 23:59:59", "01-01T00:00+0800 01-01T00:00+0800"},
		{"the 31st, where there is one", "0 1 31 * *", "Asia/Shanghai", "2026-01-31 01:00:00", "03-31T01:00+0800 05-31T01:00+0800 07-31T01:00+0800"},
		{"29 February", "0 1 29 feb *", "Asia/Shanghai", "2026-01-01 00:00:00", "02-29T01:00+0800 02-29T01:00+0800"},
		{"either day", "0 1 1 * mon", "Asia/Shanghai", "2026-11-28 00:00:00", "11-30T01:00+0800 12-01T01:00+0800 12-07T01:00+0800"},
		{"Sunday is 0 and 7", "0 1 * * 7", "Asia/Shanghai", "2026-11-21 02:00:00", "11-22T01:00+0800 11-29T01:00+0800"},
		{"a step", "*/20 22-23 * * *", "Asia/Shanghai", "2026-11-21 22:30:00", "11-21T22:40+0800 11-21T23:00+0800 11-21T23:20+0800 11-21T23:40+0800 11-22T22:00+0800"},
		// Spring: 02:00 becomes 03:00 on 29 March 2026.
		{"a night that is skipped comes at the jump", "30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", "03-29T03:00+0200 03-30T02:30+0200"},
		{"every hour does not", "30 * * * *", "Europe/Berlin", "2026-03-29 01:00:00", "03-29T01:30+0100 03-29T03:30+0200"},
		{"two that are skipped are one", "15,45 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", "03-29T03:00+0200 03-30T02:15+0200"},
		// Autumn: 03:00 becomes 02:00 on 25 October 2026.
		{"a night that comes twice is once", "30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", "10-25T02:30+0200 10-26T02:30+0100"},
		{"every hour is twice", "30 * * * *", "Europe/Berlin", "2026-10-25 01:59:00", "10-25T02:30+0200 10-25T02:30+0100 10-25T03:30+0100"},
		{"half an hour of summer time", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00:00", "04-05T01:45+1100 04-06T01:45+1030"},
		{"midnight that is skipped", "0 0 * * *", "America/Asuncion", "2024-10-05 12:00:00", "10-06T01:00-0300 10-07T00:00-0300"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, Spec{Cron: tt.cron, Zone: tt.zone})
			if got := starts(s, at(t, tt.zone, tt.after), strings.Count(tt.want, " ")+1); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFreezes(t *testing.T) {
	trading := Freeze{Name: "trading", Days: "mon-fri", From: "09:00", To: "15:30"}
	tests := []struct {
		name, cron, zone, after, want string
		freezes                       []Freeze
	}{
		{"put off to the end", "0 10 * * *", "Asia/Shanghai", "2026-11-20 00:00:00", "11-20T15:30+0800 11-21T10:00+0800 11-22T10:00+0800 11-23T15:30+0800", []Freeze{trading}},
		{"those that fall together are one", "0 9-16 * * *", "Asia/Shanghai", "2026-11-23 00:00:00", "11-23T15:30+0800 11-23T16:00+0800 11-24T15:30+0800", []Freeze{trading}},
		{"over midnight", "0 1 * * *", "Asia/Shanghai", "2026-11-20 12:00:00", "11-21T04:00+0800 11-22T01:00+0800", []Freeze{{Days: "fri", From: "22:00", To: "04:00"}}},
		{"one after the other", "0 1 * * *", "Asia/Shanghai", "2026-11-20 12:00:00", "11-21T05:00+0800 11-22T05:00+0800", []Freeze{{From: "04:00", To: "05:00"}, {From: "22:00", To: "04:00"}}},
		{"once", "0 1 * * *", "Asia/Shanghai", "2026-09-30 12:00:00", "10-09T08:00+0800 10-10T01:00+0800", []Freeze{{From: "2026-09-30 18:00", To: "2026-10-09 08:00"}}},
		{"over a weekend's end", "0 1 * * *", "Asia/Shanghai", "2026-11-21 12:00:00", "11-23T00:00+0800 11-23T01:00+0800", []Freeze{{Days: "sat-sun", From: "00:00", To: "24:00"}}},
		{"the end is outside", "30 15 * * *", "Asia/Shanghai", "2026-11-23 00:00:00", "11-23T15:30+0800", []Freeze{trading}},
		{"the longer night of autumn", "15 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", "10-25T02:30+0100 10-26T02:30+0100", []Freeze{{From: "01:00", To: "02:30"}}},
		{"the shorter night of spring", "15 1 * * *", "Europe/Berlin", "2026-03-28 12:00:00", "03-29T03:00+0200 03-30T02:30+0200", []Freeze{{From: "01:00", To: "02:30"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := build(t, Spec{Cron: tt.cron, Zone: tt.zone, Freezes: tt.freezes})
			if got := starts(s, at(t, tt.zone, tt.after), strings.Count(tt.want, " ")+1); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Whatever the schedule, no start is in a freeze, none is before it is due, and each is later than the one before it.
func TestNeverInAFreeze(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	zones := []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}
	frozen, jittered := 0, 0
	for i := range 120 {
		spec := Spec{Cron: fmt.Sprintf("%d,%d %d-%d * * *", r.IntN(60), r.IntN(60), r.IntN(12), 12+r.IntN(12)), Zone: zones[r.IntN(len(zones))], Jitter: time.Duration(r.IntN(120)) * time.Minute}
		for range 1 + r.IntN(3) {
			from := r.IntN(24 * 60)
			to := (from + 1 + r.IntN(10*60)) % (24 * 60)
			spec.Freezes = append(spec.Freezes, Freeze{From: fmt.Sprintf("%02d:%02d", from/60, from%60), To: fmt.Sprintf("%02d:%02d", to/60, to%60)})
		}
		s, err := New(spec, fmt.Sprint(i))
		if err != nil {
			continue // no minute is left
		}
		after := time.Date(2026, time.Month(3+7*r.IntN(2)), 20+r.IntN(10), 0, 0, 0, 0, time.UTC)
		last := time.Time{}
		for _, d := range s.Upcoming(after, 40) {
			if until, _, is := s.Frozen(d.Start); is {
				t.Fatalf("%+v: %v is in a freeze until %v", spec, d.Start, until)
			}
			if d.Start.Before(s.open(d.At)) || !last.IsZero() && d.Start.Before(last) {
				t.Fatalf("%+v: %+v after %v", spec, d, last)
			}
			if !s.open(d.At).Equal(d.At) {
				frozen++
			}
			if !d.Start.Equal(d.At) {
				jittered++
			}
			last = d.Start
		}
	}
	if frozen < 100 || jittered < 100 {
		t.Errorf("only %d were put off and %d spread", frozen, jittered)
	}
}

func TestJitter(t *testing.T) {
	spec := Spec{Cron: "0 2 * * *", Zone: "Asia/Shanghai", Jitter: time.Hour}
	after := at(t, "Asia/Shanghai", "2026-11-22 12:00:00")
	var quarters [4]int
	for i := range 400 {
		s, err := New(spec, fmt.Sprint("host-", i))
		if err != nil {
			t.Fatal(err)
		}
		due := s.Upcoming(after, 2)
		late := due[0].Start.Sub(due[0].At)
		if due[1].Start.Sub(due[1].At) != late || late < 0 || late >= time.Hour {
			t.Fatalf("%v then %v", late, due[1].Start.Sub(due[1].At))
		}
		quarters[late/(15*time.Minute)]++
	}
	for i, n := range quarters {
		if n < 60 || n > 140 {
			t.Errorf("%d of 400 in quarter %d", n, i)
		}
	}
}

// Without summer time we say what another reader of cron lines says.
func TestAgainstAnother(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	part := func(low, high int) string {
		a := low + r.IntN(high-low+1)
		switch r.IntN(5) {
		case 0, 1:
			return "*"
		case 2:
			return fmt.Sprintf("%d-%d", a, a+r.IntN(high-a+1))
		case 3:
			return fmt.Sprintf("*/%d", 1+r.IntN(5))
		}
		return fmt.Sprint(a)
	}
	compared := 0
	for range 500 {
		line := strings.Join([]string{part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 6)}, " ")
		s := build(t, Spec{Cron: line, Zone: "Asia/Shanghai"})
		after := at(t, "Asia/Shanghai", "2026-01-01 00:00:00").Add(time.Duration(r.IntN(365*24*60)) * time.Minute)
		want, err := gronx.NextTickAfter(line, after, false)
		if err != nil {
			continue // it gives up early
		}
		got, ok := s.Next(after)
		if !ok || !got.At.Equal(want) {
			t.Errorf("%s after %v: %v, the other says %v", line, after, got.At, want)
		}
		compared++
	}
	if compared < 300 {
		t.Errorf("only %d compared", compared)
	}
}

func TestRefuses(t *testing.T) {
	good := Spec{Cron: "0 2 * * *", Zone: "Asia/Shanghai"}
	tests := map[string]func(*Spec){
		"30 February":            func(s *Spec) { s.Cron = "0 2 30 2 *" },
		"31 April or June":       func(s *Spec) { s.Cron = "0 2 31 4,6 *" },
		"30 February or Mondays": func(s *Spec) { s.Cron = "0 2 30 2 1" },
		"four fields":            func(s *Spec) { s.Cron = "0 2 * *" },
		"six fields":             func(s *Spec) { s.Cron = "0 0 2 * * *" },
		"words":                  func(s *Spec) { s.Cron = "@daily" },
		"minute 60":              func(s *Spec) { s.Cron = "60 2 * * *" },
		"backwards":              func(s *Spec) { s.Cron = "0 5-2 * * *" },
		"step 0":                 func(s *Spec) { s.Cron = "*/0 2 * * *" },
		"a step of one number":   func(s *Spec) { s.Cron = "5/10 2 * * *" },
		"empty part":             func(s *Spec) { s.Cron = "0, 2 * * *" },
		"sign":                   func(s *Spec) { s.Cron = "+5 2 * * *" },
		"no zone":                func(s *Spec) { s.Zone = "" },
		"local zone":             func(s *Spec) { s.Zone = "Local" },
		"unknown zone":           func(s *Spec) { s.Zone = "Asia/Peking2" },
		"jitter below zero":      func(s *Spec) { s.Jitter = -1 },
		"jitter of days":         func(s *Spec) { s.Jitter = 48 * time.Hour },
		"freeze without an end":  func(s *Spec) { s.Freezes = []Freeze{{From: "09:00"}} },
		"freeze of mixed kinds":  func(s *Spec) { s.Freezes = []Freeze{{From: "09:00", To: "2026-01-01 00:00"}} },
		"freeze backwards":       func(s *Spec) { s.Freezes = []Freeze{{From: "2026-01-02 00:00", To: "2026-01-01 00:00"}} },
		"freeze on no day":       func(s *Spec) { s.Freezes = []Freeze{{Days: "someday", From: "09:00", To: "10:00"}} },
		"freeze of 24:30":        func(s *Spec) { s.Freezes = []Freeze{{From: "09:00", To: "24:30"}} },
		"dates and days":         func(s *Spec) { s.Freezes = []Freeze{{Days: "mon", From: "2026-01-02 00:00", To: "2026-01-03 00:00"}} },
		"always frozen":          func(s *Spec) { s.Freezes = []Freeze{{From: "09:00", To: "09:00"}} },
		"always, in parts":       func(s *Spec) { s.Freezes = []Freeze{{From: "00:00", To: "12:00"}, {From: "11:00", To: "01:00"}} },
	}
	if _, err := New(good, ""); err != nil {
		t.Fatal(err)
	}
	for name, change := range tests {
		spec := good
		change(&spec)
		_, err := New(spec, "")
		var e *Error
		if !errors.As(err, &e) || e.Say().GetZh() == "" || e.Say().GetEn() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSay(t *testing.T) {
	tests := []struct{ cron, zh, en string }{
		{"30 2 * * *", "每天 02:30（时区 Asia/Shanghai）", "every day at 02:30 (time zone Asia/Shanghai)"},
		{"0 2,14 * * mon-fri", "每周一至周五 02:00、14:00（时区 Asia/Shanghai）", "Mon-Fri at 02:00, 14:00 (time zone Asia/Shanghai)"},
		{"0 2 * * sat,sun", "每周六、周日 02:00（时区 Asia/Shanghai）", "Sat, Sun at 02:00 (time zone Asia/Shanghai)"},
		{"0 2 1,15 * *", "每月 1、15 日 02:00（时区 Asia/Shanghai）", "on day 1, 15 of every month at 02:00 (time zone Asia/Shanghai)"},
		{"0 2 1 1,7 *", "1、7 月 1 日 02:00（时区 Asia/Shanghai）", "on day 1 of Jan, Jul at 02:00 (time zone Asia/Shanghai)"},
		{"0 2 1 * mon", "每月 1 日或每月的每周一 02:00（时区 Asia/Shanghai）", "on day 1 of every month or Mon of every month at 02:00 (time zone Asia/Shanghai)"},
		{"*/15 * * * *", "每天 每小时每 15 分钟（时区 Asia/Shanghai）", "every day every 15 minutes of every hour (time zone Asia/Shanghai)"},
		{"5 * * * *", "每天 每小时第 5 分（时区 Asia/Shanghai）", "every day at minute 5 of every hour (time zone Asia/Shanghai)"},
	}
	for _, tt := range tests {
		got := build(t, Spec{Cron: tt.cron, Zone: "Asia/Shanghai"}).Say()
		if got.GetZh() != tt.zh || got.GetEn() != tt.en {
			t.Errorf("%s:\n%s\n%s", tt.cron, got.GetZh(), got.GetEn())
		}
	}
	s := build(t, Spec{Cron: "30 10 * * *", Zone: "Asia/Shanghai", Jitter: 45 * time.Minute, Freezes: []Freeze{
		{Name: "交易时段", Days: "mon-fri", From: "09:00", To: "15:30"}, {From: "22:00", To: "04:00"}}})
	own := short(time.Duration(s.share * float64(45*time.Minute)).Truncate(time.Second))
	if got, want := s.Say().GetZh(), "每天 10:30（时区 Asia/Shanghai）；错峰最多 45m（本机 "+own+"）；冻结期内不启动：交易时段（周一至周五 09:00–15:30）、每天 22:00–次日 04:00"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	due := s.Upcoming(at(t, "Asia/Shanghai", "2026-11-23 00:00:00"), 1)[0]
	if got := s.SayDue(due); !strings.Contains(got.GetZh(), "周一（原定 2026-11-23 10:30:00，因冻结期“交易时段”顺延）") || !strings.Contains(got.GetEn(), `put off by the freeze "交易时段"`) {
		t.Error(got)
	}
}
