package routeros

import (
	"regexp"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	copying  = regexp.MustCompile(`/?system backup save|/?export\b`)
	sending  = regexp.MustCompile(`/?tool fetch\b.*upload=yes`)
	receiver = regexp.MustCompile(`\b(?:address|url)=["\\]*(?:[a-z]+://)?(?:[^\s"@;\\/]*@)?([^\s"\\;/:]+)`)
)

// saved: what the scheduler makes and sends away. RouterOS has one configuration, which holds as it is changed.
func (r *reader) saved() *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "").Bool(), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.doc.Absence().Texts()}
	var to []string
	var ev []*pb.Evidence
	for i := range r.items("system scheduler", "add") {
		if i.disabled() || i.values["interval"] == "" || i.values["interval"] == "0s" {
			continue
		}
		text := i.values["on-event"]
		for script := range r.items("system script", "add") {
			if script.values["name"] == strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(text, "/"), "system script run ")) {
				text = script.values["source"]
			}
		}
		if !copying.MatchString(text) || !sending.MatchString(text) {
			continue
		}
		if m := receiver.FindStringSubmatch(text[sending.FindStringIndex(text)[0]:]); m != nil {
			to, ev = append(to, m[1]), append(ev, r.at(i, "name", "interval"))
			continue
		}
		s.Archives = r.odd(i, "name", "interval").Texts()
	}
	if len(to) > 0 {
		s.Archives = facts.Texts(to, ev...)
	}
	return s
}

// Words by which the NTP client says that it does not follow a server.
var astray = []string{"waiting", "stopped", "using-local-clock"}

// clock: without a client nothing sets it; with one, the running system says whether it follows a server.
func (r *reader) clock(shown driver.Document) *pb.Clock {
	m := shown.Unknown()
	if shown.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_FOUND, shown.Source)
	}
	na := facts.NotApplicable()
	c := &pb.Clock{
		Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Daemon: na.Text(), DaemonRunning: na.Bool(),
		DaemonEnabled: r.switched(r.doc.NoDefault("system ntp client enabled").Bool(), "system ntp client", "enabled"),
	}
	if zone, at := r.setting("system clock", "time-zone-name"); at != nil {
		c.Timezone = facts.Text(zone, r.at(at, "time-zone-name"))
	}
	for n, l := range shown.Lines() {
		key, value, _ := strings.Cut(strings.TrimSpace(l), ":")
		value = strings.TrimSpace(value)
		ev := shown.Line(n, strings.TrimSpace(l))
		switch key {
		case "status":
			if value == "synchronized" {
				c.Synchronised = facts.Bool(true, ev)
			}
			for _, w := range astray {
				if value == w {
					c.Synchronised = facts.Bool(false, ev)
				}
			}
		case "synced-server":
			c.Source = facts.Text(value, ev)
		case "synced-stratum":
			if v, ok := stanza.Number(value); ok { // its own clock is one further from the reference
				c.Stratum = facts.Int(v+1, ev)
			}
		case "system-offset":
			if d, err := time.ParseDuration(strings.ReplaceAll(value, " ", "")); err == nil {
				c.Offset = facts.Duration(d, ev)
			}
		}
	}
	return c
}

// Time zones that have been the same all year for long, and how far east of Greenwich they are.
var zones = map[string]int{"UTC": 0, "Etc/UTC": 0, "GMT": 0, "Etc/GMT": 0, "Asia/Shanghai": 8, "Asia/Chongqing": 8, "Asia/Hong_Kong": 8, "Asia/Taipei": 8, "Asia/Singapore": 8}

var moment = regexp.MustCompile(`((?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[a-z]{3}/[0-9]{2}/[0-9]{4}) [0-9]{2}:[0-9]{2}:[0-9]{2}) *$`)

// lastLogin reads the moment at the end of a user's line; it is in the time zone of the device.
func (r *reader) lastLogin(line string, ev *pb.Evidence) *pb.TimeFact {
	m := moment.FindStringSubmatch(line)
	if m == nil {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "last-logged-in", ev).Time()
	}
	name, at := r.setting("system clock", "time-zone-name")
	hours, ok := zones[name]
	if !ok || at == nil {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "time-zone-name", ev).Time()
	}
	for _, form := range []string{time.DateTime, "Jan/02/2006 15:04:05"} { // names of months are read whatever their case
		if t, err := time.ParseInLocation(form, m[1], time.FixedZone(name, hours*3600)); err == nil {
			return facts.Time(t.UTC(), ev, r.at(at, "time-zone-name"))
		}
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "last-logged-in", ev).Time()
}
