package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

func choose(zh, en string) *pb.Text { return &pb.Text{Zh: zh, En: en} }

// Say explains the schedule.
func (s *Schedule) Say() *pb.Text {
	out := checks.Say("%s%s（时区 %s）", "%s %s (time zone %s)", s.cron.sayDays(), s.cron.sayTimes(), s.zone.String())
	if s.jitter > 0 {
		own := time.Duration(s.share * float64(s.jitter)).Truncate(time.Second)
		out = checks.Say("%s；错峰最多 %s（本机 %s）", "%s; up to %s later (here %s)", out, short(s.jitter), short(own))
	}
	for i, f := range s.freezes {
		if i == 0 {
			out = checks.Say("%s；冻结期内不启动：%s", "%s; not started during %s", out, f.say())
		} else {
			out = checks.Say("%s、%s", "%s, %s", out, f.say())
		}
	}
	return out
}

// SayDue says when a start is, in the schedule's time zone, and why it was put off.
func (s *Schedule) SayDue(d Due) *pb.Text {
	start := d.Start.In(s.zone)
	when := checks.Say("%s %s", "%s %s", start.Format(time.DateTime), weekdayNames[start.Weekday()])
	if nominal := s.open(d.At); !d.Late && nominal.After(d.At) {
		_, why, _ := s.Frozen(d.At)
		return checks.Say("%s（原定 %s，因冻结期“%s”顺延）", "%s (due %s, put off by the freeze %q)", when, d.At.In(s.zone).Format(time.DateTime), why)
	}
	return when
}

// short is a duration without empty parts: 45m, not 45m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

var weekdayNames = []*pb.Text{
	choose("周日", "Sun"), choose("周一", "Mon"), choose("周二", "Tue"), choose("周三", "Wed"), choose("周四", "Thu"), choose("周五", "Fri"), choose("周六", "Sat"),
}

var monthNames = strings.Fields("- Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")

// sayWeekdays names days of the week; runs of three and more by their ends, beginning on Monday.
func sayWeekdays(s set) *pb.Text {
	if s == allWeekdays {
		return choose("每天", "every day")
	}
	var zh, en []string
	for i := 1; i <= 7; i++ {
		if !s.has(i % 7) {
			continue
		}
		end := i
		for end < 7 && s.has((end+1)%7) {
			end++
		}
		if end-i >= 2 {
			zh = append(zh, weekdayNames[i%7].GetZh()+"至"+weekdayNames[end%7].GetZh())
			en = append(en, weekdayNames[i%7].GetEn()+"-"+weekdayNames[end%7].GetEn())
			i = end
			continue
		}
		zh = append(zh, weekdayNames[i%7].GetZh())
		en = append(en, weekdayNames[i%7].GetEn())
	}
	return choose(strings.Join(zh, "、"), strings.Join(en, ", "))
}

func (c cron) sayDays() *pb.Text {
	weekdays := sayWeekdays(c.weekdays)
	weekdays = choose("每"+strings.TrimPrefix(weekdays.GetZh(), "每"), weekdays.GetEn())
	var zhDays, enDays []string
	for _, n := range c.days.numbers() {
		zhDays = append(zhDays, strconv.Itoa(n))
		enDays = append(enDays, strconv.Itoa(n))
	}
	var zhMonths, enMonths []string
	for _, n := range c.months.numbers() {
		zhMonths = append(zhMonths, strconv.Itoa(n))
		enMonths = append(enMonths, monthNames[n])
	}
	zh, en := "每月", "of every month"
	if c.months != allMonths {
		zh, en = strings.Join(zhMonths, "、")+" 月", "of "+strings.Join(enMonths, ", ")
	}
	dates := choose(zh+" "+strings.Join(zhDays, "、")+" 日", "on day "+strings.Join(enDays, ", ")+" "+en)
	switch {
	case c.either:
		return choose(dates.GetZh()+"或"+zh+"的"+weekdays.GetZh()+" ", dates.GetEn()+" or "+weekdays.GetEn()+" "+en)
	case c.days == allDays && c.months == allMonths:
		return choose(weekdays.GetZh()+" ", weekdays.GetEn())
	case c.days == allDays:
		return choose(zh+"的"+weekdays.GetZh()+" ", weekdays.GetEn()+" "+en)
	case c.weekdays == allWeekdays:
		return choose(dates.GetZh()+" ", dates.GetEn())
	}
	return choose(dates.GetZh()+"且为"+weekdays.GetZh()+" ", dates.GetEn()+", if it is "+weekdays.GetEn())
}

// maxTimes is how many times of day are listed one by one.
const maxTimes = 8

func (c cron) sayTimes() *pb.Text {
	if c.hours.count()*c.minutes.count() <= maxTimes {
		var times []string
		for _, h := range c.hours.numbers() {
			for _, m := range c.minutes.numbers() {
				times = append(times, fmt.Sprintf("%02d:%02d", h, m))
			}
		}
		return choose(strings.Join(times, "、"), "at "+strings.Join(times, ", "))
	}
	minutes := choose("第 "+list(c.minutes)+" 分", "at minute "+list(c.minutes))
	if step := 60 / c.minutes.count(); 60%c.minutes.count() == 0 && c.minutes == every(step) {
		minutes = checks.Say("每 %d 分钟", "every %d minutes", step)
	}
	if c.hourly() {
		return choose("每小时"+minutes.GetZh(), minutes.GetEn()+" of every hour")
	}
	return choose(list(c.hours)+" 时的"+minutes.GetZh(), minutes.GetEn()+" of hours "+list(c.hours))
}

func every(step int) set {
	var s set
	for m := 0; m < 60; m += step {
		s |= 1 << m
	}
	return s
}

func list(s set) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.numbers())), ","), "[]")
}

func sayClock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
