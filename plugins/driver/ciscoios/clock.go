package ciscoios

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	peers := r.associations()
	for _, words := range [][]string{{"ntp", "server"}, {"ntp", "peer"}, {"sntp", "server"}} {
		for e := range r.Find(words...) {
			address, from := timeServer(e)
			if e.Negated || address == "" {
				continue
			}
			s := &pb.TimeSource{Scope: address, Kind: facts.Text(words[1], r.At(e)), Authenticated: r.authenticated(e, from)}
			if a, ok := peers[address]; ok {
				s.Reachable, s.Selected = a.reachable, a.selected
			}
			list.Items = append(list.Items, s)
		}
	}
	r.facts.TimeSources = list
	r.clock()
}

// timeServer finds the server's address among the words, and where its options begin.
func timeServer(e *stanza.Entry) (string, int) {
	for i := 2; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "vrf":
			i++
		case "ip", "ipv6":
		default:
			return e.Words[i], i + 1
		}
	}
	return "", 0
}

// authenticated: the server has a key that is defined and trusted, and authentication is on. The key's number follows "key".
func (r *reader) authenticated(e *stanza.Entry, from int) *pb.BoolFact {
	key := ""
	if i := slices.Index(e.Words[from:], "key"); i >= 0 {
		key = e.Word(from + i + 1)
	}
	if key == "" {
		return facts.Bool(false, r.At(e))
	}
	on := r.Final("ntp", "authenticate")
	defined := r.Final("ntp", "authentication-key", key)
	trusted := r.trustedKey(key)
	switch {
	case on != nil && !on.Negated && defined != nil && !defined.Negated && trusted != nil:
		return facts.Bool(true, r.At(on), r.At(trusted), r.At(defined))
	case !r.Whole():
		return facts.Unknown(r.Doc.Reason(), r.Doc.Source).Bool()
	}
	return facts.Bool(false, r.At(e), r.Doc.All())
}

func (r *reader) trustedKey(key string) *stanza.Entry {
	want, ok := stanza.Number(key)
	if !ok {
		return nil
	}
	for e := range r.Find("ntp", "trusted-key") {
		from, ok1 := e.Number(2)
		to := from
		if e.Word(3) == "-" {
			to, _ = e.Number(4)
		}
		if !e.Negated && ok1 && from <= want && want <= to {
			return e
		}
	}
	return nil
}

type association struct{ reachable, selected *pb.BoolFact }

// associations reads "show ntp associations": a mark, the address, and the reach register in octal.
func (r *reader) associations() map[string]association {
	out := map[string]association{}
	doc := r.ans.Command(showAssociations)
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
	doc := r.ans.Command(showNTPStatus)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.defaultText("UTC", basics+"clock timezone: UTC")}
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
	r.facts.Clock = c
}
