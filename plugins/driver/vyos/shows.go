package vyos

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// followed is the time server that the clock follows, as "show ntp" marks it.
type followed struct {
	name   string
	offset time.Duration
	known  bool // the offset is
	at     *pb.Evidence
}

// chronyOffset finds "+12us[ +15us]" among what chrony says of the last sample: the first is the offset as it is now.
var chronyOffset = regexp.MustCompile(`([+-]?[0-9]+(?:\.[0-9]+)?)(ns|us|ms|s)\[`)

// shownNTP reads the table of ntpd (up to VyOS 1.3) or of chrony (from 1.4 on). seen says that it lists any server.
func shownNTP(doc driver.Document) (f *followed, seen bool) {
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		w := strings.Fields(text)
		switch {
		case len(w) >= 8 && len(w[0]) == 2 && strings.Contains("^=#", w[0][:1]) && strings.Contains("*+-?x~", w[0][1:]):
			seen = true
			if w[0][1] != '*' {
				continue
			}
			f = &followed{name: w[1], at: doc.Line(n, text)}
			if m := chronyOffset.FindStringSubmatch(text); m != nil {
				d, err := time.ParseDuration(m[1] + m[2])
				f.offset, f.known = d, err == nil
			}
		case len(w) == 10 && w[0] != "remote":
			if _, err := strconv.ParseUint(w[6], 8, 32); err != nil {
				continue
			}
			seen = true
			name, ok := strings.CutPrefix(w[0], "*")
			if !ok {
				continue
			}
			f = &followed{name: name, at: doc.Line(n, text)}
			if ms, err := strconv.ParseFloat(w[8], 64); err == nil && ms > -1e12 && ms < 1e12 {
				f.offset, f.known = time.Duration(ms*float64(time.Millisecond)), true
			}
		}
	}
	return f, seen
}

// clock is what "show ntp" tells of it, and the zone of the configuration. The table has the servers' strata, not the device's.
func (r *reader) clock() *pb.Clock {
	doc := r.ans.Command(showNTP)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Timezone: r.Doc.NoDefault("time-zone").Text()}
	if z := r.Root.Value("system", "time-zone"); z != nil {
		c.Timezone = facts.Text(z.Word, r.At(z))
	}
	switch f, seen := shownNTP(doc); {
	case f != nil:
		c.Synchronised, c.Source = facts.Bool(true, f.at), facts.Text(f.name, f.at)
		if f.known {
			c.Offset = facts.Duration(f.offset, f.at)
		}
	case seen && doc.Whole():
		c.Synchronised = facts.Bool(false, doc.All())
	}
	return c
}

// standby says of a VRRP group what "show vrrp" tells: a backup hears the master; a master does not know who listens.
func (r *reader) standby(name string) (*pb.TextFact, *pb.BoolFact) {
	doc := r.ans.Command(showVRRP)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "group "+name)
	}
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		w := strings.Fields(text)
		if len(w) < 5 || w[0] != name {
			continue
		}
		if _, err := strconv.Atoi(w[2]); err != nil {
			continue
		}
		state, ev := strings.ToLower(w[3]), doc.Line(n, text)
		if state == "backup" {
			return facts.Text(state, ev), facts.Bool(true, ev)
		}
		return facts.Text(state, ev), facts.Unknown(pb.Reason_REASON_NOT_FOUND, "state "+w[3], ev).Bool()
	}
	return m.Text(), m.Bool()
}

// addressBindings are fixed entries of ARP: below an interface from VyOS 1.4 on, by address before.
func (r *reader) addressBindings() *pb.AddressBindingList {
	s := r.list()
	out := &pb.AddressBindingList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, n := range r.Root.All("protocols", "static", "arp") {
		if mac := n.Value("hwaddr"); mac != nil {
			out.Items = append(out.Items, &pb.AddressBinding{Scope: n.Word, Mac: facts.Text(mac.Word, r.At(mac)), Kind: facts.Text("static-arp", r.At(mac))})
		}
	}
	for _, i := range r.Root.All("protocols", "static", "arp", "interface") {
		for _, n := range i.All("address") {
			if mac := n.Value("mac"); mac != nil {
				out.Items = append(out.Items, &pb.AddressBinding{
					Scope: n.Word, Mac: facts.Text(mac.Word, r.At(mac)), Interface: facts.Text(i.Word, r.At(i)), Kind: facts.Text("static-arp", r.At(mac)),
				})
			}
		}
	}
	return out
}
