package comware

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// clock reads the NTP status; Comware 7 tells the offset with the sessions only.
func (r *reader) clock(got driver.Answers) *pb.Clock {
	doc := got.Command(showNTP)
	unsaid := doc.Unknown()
	if doc.Whole() {
		unsaid = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	na := facts.NotApplicable()
	c := &pb.Clock{
		Synchronised: unsaid.Bool(), Offset: unsaid.Duration(), Source: unsaid.Text(), Stratum: unsaid.Int(),
		Daemon: na.Text(), DaemonRunning: na.Bool(), DaemonEnabled: na.Bool(),
	}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated && len(e.Words) > 2 {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
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
		case "reference clock id", "system peer":
			if value == "" || strings.EqualFold(value, "none") {
				c.Source = facts.Absent(ev).Text()
			} else if !facts.Known(c.Source) || strings.HasPrefix(strings.ToLower(strings.TrimSpace(key)), "system") {
				c.Source = facts.Text(value, ev)
			}
		case "clock offset":
			number, unit, _ := strings.Cut(value, " ")
			if d, ok := milliseconds(number); ok && unit == "ms" {
				c.Offset = facts.Duration(d, ev)
			}
		}
	}
	if !facts.Known(c.Offset) {
		sessionOffset(c, got.Command(showSessions))
	}
	if facts.Known(c.Synchronised) && !c.Synchronised.GetValue() { // the offset of a clock that follows nothing says nothing
		c.Offset = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "unsynchronized", c.Synchronised.GetEvidence()...).Duration()
	}
	return c
}

func milliseconds(number string) (time.Duration, bool) {
	v, err := strconv.ParseFloat(number, 64)
	return time.Duration(v * float64(time.Millisecond)), err == nil && v > -1e12 && v < 1e12
}

// sessionOffset reads the offset, in milliseconds, of the session whose flags begin with 1: the source that the clock follows.
func sessionOffset(c *pb.Clock, doc driver.Document) {
	for n, l := range doc.Lines() {
		flags, row, ok := strings.Cut(strings.TrimSpace(l), "]")
		if !ok || !strings.HasPrefix(flags, "[1") {
			continue
		}
		words := strings.Fields(row)
		if len(words) != 9 {
			continue
		}
		if d, ok := milliseconds(words[6]); ok {
			c.Offset = facts.Duration(d, doc.Line(n, strings.TrimSpace(l)))
		}
	}
}

// saved compares what runs with what was saved.
func (r *reader) saved(doc driver.Document) *pb.Saved {
	none := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "")
	return &pb.Saved{RunningIsSaved: r.same(doc), LastSaved: none.Time(), LastChanged: none.Time(), Archives: r.archives()}
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
	return out
}

// archives are where the device puts copies of its configuration by itself.
func (r *reader) archives() *pb.TextsFact {
	for e := range r.Find("archive", "configuration", "server") {
		if i := slices.Index(e.Words, "ipv6"); !e.Negated && len(e.Words) > 4 {
			return facts.Texts([]string{e.Word(max(4, i+1))}, r.At(e))
		}
	}
	for e := range r.Find("archive", "configuration", "location") {
		if !e.Negated && len(e.Words) > 3 {
			return facts.Texts([]string{e.Words[3]}, r.At(e))
		}
	}
	return r.Doc.Absence().Texts()
}
