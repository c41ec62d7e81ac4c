package snmpmib

import (
	"fmt"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// saved reads the three moments that Cisco's, Huawei's and H3C's MIBs have in the same order, all in ticks since the start: the
// running configuration was changed (1), was saved (2), the startup configuration was written (3).
func (r *reader) saved() *pb.Saved {
	for _, oid := range []string{ciscoConfig, huaweiConfig, h3cConfig} {
		if c := r.column(oid); len(c.rows) > 0 {
			return r.savedFrom(c)
		}
	}
	return nil
}

func (r *reader) savedFrom(c *column) *pb.Saved {
	m := c.missing()
	out := &pb.Saved{RunningIsSaved: m.Bool(), LastSaved: m.Time(), LastChanged: m.Time()}
	var at [3]row
	for i := range at {
		v, ok := c.object(uint32(i + 1))
		if !ok || v.Type != driver.TicksType {
			return out
		}
		at[i] = v
	}
	changed, saved, written := at[0], at[1], at[2]
	ev := []*pb.Evidence{c.here(changed), c.here(saved), c.here(written)}
	cannot := func(why string) *pb.Saved {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, why, ev...)
		return &pb.Saved{RunningIsSaved: m.Bool(), LastSaved: m.Time(), LastChanged: m.Time()}
	}
	if why := r.wrapped(); why != "" {
		return cannot(why)
	}
	up, ok := r.column(systemGroup).object(sysUpTime)
	if !ok || up.Type != driver.TicksType {
		return cannot("the time since the start is not told")
	}
	// Walks are not of one moment; more than a few minutes cannot lie between them.
	const between = 10 * 60 * 100
	for _, v := range at {
		if v.Number > up.Number+between {
			return cannot(fmt.Sprintf("%s is later than now", v.OID))
		}
	}
	out.RunningIsSaved = savedNow(changed.Number, saved.Number, written.Number, ev)
	out.LastChanged = r.moment(c, changed, up)
	out.LastSaved = r.moment(c, saved, up)
	return out
}

// savedNow judges the moments. A write of any kind counts as saving in these MIBs, also one to a terminal or a server, so that only
// a startup configuration written at that same time shows that it was saved.
func savedNow(changed, saved, written int64, ev []*pb.Evidence) *pb.BoolFact {
	const (
		together = 5 * 100 // ticks
		loading  = 10 * 60 * 100
	)
	switch {
	case changed > written && changed <= loading:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the only change is at the start: it may be the loading of the configuration", ev...).Bool()
	case changed > saved, changed > written:
		return facts.Bool(false, ev...)
	case saved-written <= together && written-saved <= together:
		return facts.Bool(true, ev...)
	}
	return facts.Unknown(pb.Reason_REASON_CONFLICT, "the running configuration was written and the startup configuration was written, but not at once", ev...).Bool()
}

// moment turns ticks since the start into a time, if the device says what time it is.
func (r *reader) moment(c *column, at, up row) *pb.TimeFact {
	dates := r.column(hrDate)
	date, ok := dates.at(driver.OID{0})
	if !ok {
		return dates.missing().Time()
	}
	now, ok := dateAndTime(date.Text)
	if !ok {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the date cannot be read", dates.here(date)).Time()
	}
	if at.Number == 0 {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "not since the start", c.here(at)).Time()
	}
	return facts.Time(now.Add(-ticks(up.Number-at.Number)), c.here(at), dates.here(date))
}
