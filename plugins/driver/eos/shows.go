package eos

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var statusLine = regexp.MustCompile(`^synchronised to .+ at stratum ([0-9]+)$`)

// ntpStatus reads what "show ntp status" tells of the clock itself; the associations tell the rest.
func (r *reader) ntpStatus(c *pb.Clock) {
	doc := r.Ans.Command(showNTPStatus)
	if c.Stratum = doc.Unknown().Int(); doc.Whole() {
		c.Stratum = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source).Int()
	}
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		if text == "unsynchronised" {
			c.Synchronised = facts.Bool(false, doc.Line(n, text))
		}
		if m := statusLine.FindStringSubmatch(text); m != nil {
			if s, err := strconv.ParseInt(m[1], 10, 32); err == nil {
				c.Synchronised, c.Stratum = facts.Bool(true, doc.Line(n, text)), facts.Int(s, doc.Line(n, text))
			}
		}
	}
}

// partner reads from "show mlag" whether the other switch is there.
func (r *reader) partner(g *pb.RedundancyGroup) {
	doc := r.Ans.Command(showMLAG)
	if g.PeerPresent = doc.Unknown().Bool(); doc.Whole() {
		g.PeerPresent = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source, doc.All()).Bool()
	}
	for n, l := range doc.Lines() {
		key, value, ok := strings.Cut(l, ":")
		if !ok {
			continue
		}
		ev := doc.Line(n, strings.TrimSpace(l))
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "state":
			g.State = facts.Text(strings.ToLower(value), ev)
		case "negotiation status":
			g.PeerPresent = facts.Bool(value == "Connected", ev)
		}
	}
}

// saved reads what differs between what runs and what a restart loads, and where copies go by themselves.
func (r *reader) saved() {
	doc := r.Ans.Command(showDiffs)
	s := &pb.Saved{Archives: r.archives(), RunningIsSaved: doc.Unknown().Bool()}
	if doc.Whole() { // nothing is printed where nothing differs
		s.RunningIsSaved = facts.Bool(true, doc.All())
	}
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		if text == "" {
			continue
		}
		s.RunningIsSaved = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source, doc.All()).Bool()
		if strings.HasPrefix(text, "--- ") || strings.HasPrefix(text, "+++ ") || strings.HasPrefix(text, "@@ ") {
			s.RunningIsSaved = facts.Bool(false, facts.Line(doc.Source, n, "what runs differs from startup-config"))
		}
		break
	}
	r.Facts.Saved = s
}

var elsewhere = regexp.MustCompile(`\bcopy +(?:running-config|startup-config) +((?:scp|sftp|tftp|ftp|https?):\S+)`)

// archives finds what copies the configuration to another machine: schedules, and handlers that wait for it to be saved.
func (r *reader) archives() *pb.TextsFact {
	hosts, ev := []string{}, []*pb.Evidence{}
	add := func(e *entry) bool {
		m := elsewhere.FindStringSubmatch(e.Node.Text)
		if m == nil {
			return false
		}
		to := strings.TrimRight(ciscolike.Credentials.ReplaceAllString(m[1], "://"), `"'`)
		hosts, ev = append(hosts, to), append(ev, facts.Line(r.Doc.Source, e.Node.N, "copy to "+to))
		return true
	}
	var unsure *entry
	for e := range r.Find("schedule") {
		if !e.Negated && strings.Contains(e.Node.Text, " interval ") {
			add(e)
		}
	}
	for e := range r.Find("event-handler") {
		for _, l := range e.Under() {
			if l.Begins("action") && !add(l) {
				unsure = e // a script, which is not read
			}
		}
	}
	switch {
	case len(hosts) > 0:
		return facts.Texts(hosts, ev...)
	case unsure != nil:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "event-handler", r.At(unsure)).Texts()
	}
	return r.Doc.Absence().Texts()
}
