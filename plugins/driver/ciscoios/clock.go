package ciscoios

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	peers := r.associations()
	for _, words := range [][]string{{"ntp", "server"}, {"ntp", "peer"}, {"sntp", "server"}} {
		for e := range r.Find(words...) {
			address, from := ciscolike.TimeServer(e)
			if e.Negated || address == "" {
				continue
			}
			s := &pb.TimeSource{Scope: address, Kind: facts.Text(words[1], r.At(e)), Authenticated: r.Authenticated(e, from)}
			if a, ok := peers[address]; ok {
				s.Reachable, s.Selected = a.reachable, a.selected
			}
			list.Items = append(list.Items, s)
		}
	}
	r.Facts.TimeSources = list
	r.clock()
}

type association struct{ reachable, selected *pb.BoolFact }

// associations reads "show ntp associations": a mark, the address, and the reach register in octal.
func (r *reader) associations() map[string]association {
	out := map[string]association{}
	doc := r.Ans.Command(showAssociations)
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		f := strings.Fields(t)
		if len(f) < 7 || !strings.Contains(f[0], "~") {
			continue
		}
		marks, address, _ := strings.Cut(f[0], "~")
		reach, err := strconv.ParseUint(f[5], 8, 32)
		if err != nil || address == "" {
			continue
		}
		out[address] = association{facts.Bool(reach != 0, doc.Line(n, t)), facts.Bool(strings.Contains(marks, "*"), doc.Line(n, t))}
	}
	return out
}

var (
	clockLine  = regexp.MustCompile(`^Clock is (synchronized|unsynchronized), stratum ([0-9]+), (?:reference is (\S+)|no reference clock)`)
	offsetLine = regexp.MustCompile(`clock offset is (-?[0-9]+(?:\.[0-9]+)?) msec`)
)

// clock reads "show ntp status" and the time zone.
func (r *reader) clock() {
	doc := r.Ans.Command(showNTPStatus)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("clock timezone").Text()}
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		ev := doc.Line(n, t)
		if f := clockLine.FindStringSubmatch(t); f != nil {
			c.Synchronised = facts.Bool(f[1] == "synchronized", ev)
			if s, err := strconv.ParseInt(f[2], 10, 32); err == nil {
				c.Stratum = facts.Int(s, ev)
			}
			c.Source = facts.Text(f[3], ev)
			if f[3] == "" {
				c.Source = facts.Absent(ev).Text()
			}
		}
		if f := offsetLine.FindStringSubmatch(t); f != nil && c.Synchronised.GetValue() {
			if ms, err := strconv.ParseFloat(f[1], 64); err == nil && ms > -1e12 && ms < 1e12 {
				c.Offset = facts.Duration(time.Duration(ms*float64(time.Millisecond)), ev)
			}
		}
	}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	r.Facts.Clock = c
}
