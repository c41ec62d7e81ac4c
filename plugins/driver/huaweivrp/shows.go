package huaweivrp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// clock reads the NTP status, under the name that answered.
func clock(got driver.Answers) *pb.Clock {
	doc := got.Command(showNTP)
	if other := got.Command(showNTP8); !doc.Whole() && other.Had() {
		doc = other
	}
	unsaid := doc.Unknown()
	if doc.Whole() {
		unsaid = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: unsaid.Bool(), Offset: unsaid.Duration(), Source: unsaid.Text(), Stratum: unsaid.Int(), Daemon: facts.NotApplicable().Text(), DaemonRunning: facts.NotApplicable().Bool(), DaemonEnabled: facts.NotApplicable().Bool()}
	for n, l := range doc.Lines() {
		key, value, ok := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		ev := doc.Line(n, strings.TrimSpace(l))
		if !ok {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "clock status":
			if value == "synchronized" || value == "unsynchronized" {
				c.Synchronised = facts.Bool(value == "synchronized", ev)
			}
		case "clock stratum":
			if v, err := strconv.ParseInt(value, 10, 32); err == nil {
				c.Stratum = facts.Int(v, ev)
			}
		case "reference clock id":
			if value == "" || strings.EqualFold(value, "none") {
				c.Source = facts.Absent(ev).Text()
			} else {
				c.Source = facts.Text(value, ev)
			}
		case "clock offset":
			number, unit, _ := strings.Cut(value, " ")
			if v, err := strconv.ParseFloat(number, 64); err == nil && unit == "ms" && v > -1e12 && v < 1e12 {
				c.Offset = facts.Duration(time.Duration(v*float64(time.Millisecond)), ev)
			}
		}
	}
	if facts.Known(c.Synchronised) && !c.Synchronised.GetValue() { // the offset of a clock that follows nothing says nothing
		c.Offset = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "unsynchronized", c.Synchronised.GetEvidence()...).Duration()
	}
	return c
}

var changed = regexp.MustCompile(`^!Last configuration was (updated|saved) at ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ?(UTC|Z|[+-][0-9]{2}:[0-9]{2})?`)

// saved compares what runs with what was saved, and reads the times in the configuration's head.
func (r *reader) saved(doc driver.Document) *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	s := &pb.Saved{RunningIsSaved: r.same(doc), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
	for _, h := range r.header {
		m := changed.FindStringSubmatch(h.text)
		if m == nil || m[4] == "" {
			continue
		}
		zone := strings.NewReplacer("UTC", "Z").Replace(m[4])
		at, err := time.Parse(time.RFC3339, m[2]+"T"+m[3]+zone)
		if err != nil {
			continue
		}
		f := facts.Time(at, r.Doc.Line(h.n, h.text))
		if m[1] == "saved" {
			s.LastSaved = f
		} else {
			s.LastChanged = f
		}
	}
	return s
}

// same is whether both configurations say the same. Secrets are left out, for each printing may encrypt them anew.
func (r *reader) same(doc driver.Document) *pb.BoolFact {
	if !doc.Whole() {
		return doc.Unknown().Bool()
	}
	other := parse(doc)
	if !r.Whole() || !other.Whole() {
		return facts.Unknown(pb.Reason_REASON_TRUNCATED, doc.Source).Bool()
	}
	a, b := r.spoken(), other.spoken()
	if slices.Equal(a, b) {
		return facts.Bool(true, r.Doc.All(), doc.All())
	}
	slices.Sort(a)
	slices.Sort(b)
	if slices.Equal(a, b) {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "the same lines in another order", doc.All()).Bool()
	}
	return facts.Bool(false, r.Doc.All(), doc.All())
}

func (c *config) spoken() []string {
	var out []string
	for _, e := range c.Top {
		out = append(out, mask(e))
		for n := range e.Node.All() {
			out = append(out, mask(c.Entry(n)))
		}
	}
	for _, v := range c.virtual {
		out = append(out, "switch vsys "+v.name)
		for _, e := range v.top {
			out = append(out, mask(e))
			for n := range e.Node.All() {
				out = append(out, mask(c.Entry(n)))
			}
		}
	}
	return out
}

// archives are where the device sends its configuration by itself.
func (r *reader) archives() *pb.TextsFact {
	for e := range r.Find("set", "save-configuration", "backup-to-server") {
		if host := e.After("server"); !e.Negated && host != "" {
			return facts.Texts([]string{host}, facts.Line(r.Doc.Source, e.Node.N, "set save-configuration backup-to-server server "+host))
		}
	}
	return r.Doc.Absence().Texts()
}
