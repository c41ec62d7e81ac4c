package nxos

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// stamps stand at the head of a configuration, in the device's own time: the running one tells when it was changed, the startup
// one when it was saved.
var (
	changedStamp = regexp.MustCompile(`^!Running configuration last done at: +(.+)$`)
	savedStamp   = regexp.MustCompile(`^!Startup config saved at: +(.+)$`)
)

func stampOf(doc driver.Document, stamp *regexp.Regexp) (time.Time, *pb.Evidence) {
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		if text != "" && text[0] != '!' {
			break
		}
		if m := stamp.FindStringSubmatch(text); m != nil {
			if at, err := time.Parse("Mon Jan 2 15:04:05 2006", strings.Join(strings.Fields(m[1]), " ")); err == nil {
				return at, doc.Line(n, text)
			}
		}
	}
	return time.Time{}, nil
}

// saved compares when the configuration was changed with when it was saved, and reads where copies go by themselves.
func (r *reader) saved() {
	startup := r.Ans.Command(showStartup)
	s := &pb.Saved{Archives: r.archives(), RunningIsSaved: startup.Unknown().Bool()}
	changed, changedAt := stampOf(r.Doc, changedStamp)
	kept, keptAt := stampOf(startup, savedStamp)
	switch {
	case changedAt != nil && keptAt != nil:
		s.RunningIsSaved = facts.Bool(!kept.Before(changed), changedAt, keptAt)
	case startup.Whole() || keptAt != nil:
		s.RunningIsSaved = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the head of the configuration does not tell").Bool()
	}
	r.Facts.Saved = s
}

var elsewhere = regexp.MustCompile(`(?i)\b(?:scp|sftp|tftp|ftp|http|https)://\S+`)

// archives finds the scheduler's jobs that copy the configuration to another machine and that a schedule runs again and again.
func (r *reader) archives() *pb.TextsFact {
	type target struct {
		to string
		at *pb.Evidence
	}
	jobs := map[string][]target{}
	job := ""
	for n, l := range r.Doc.Lines() {
		text := strings.TrimSpace(l)
		if name, ok := strings.CutPrefix(text, "scheduler job name "); ok {
			job = strings.TrimSpace(name)
		} else if text == "end-job" {
			job = ""
		}
		if job == "" || !strings.Contains(text, "copy ") {
			continue
		}
		for _, to := range elsewhere.FindAllString(text, -1) {
			to = strings.TrimRight(ciscolike.Credentials.ReplaceAllString(to, "://"), ";")
			jobs[job] = append(jobs[job], target{to, facts.Line(r.Doc.Source, n, "copy "+to)})
		}
	}
	hosts, ev := []string{}, []*pb.Evidence{}
	for e := range r.Find("scheduler", "schedule", "name") {
		repeats := slices.ContainsFunc(e.Under(), func(l *entry) bool {
			return l.Begins("time") && (slices.Contains([]string{"daily", "weekly", "monthly"}, l.Word(1)) || slices.Contains(l.Words, "repeat"))
		})
		for _, l := range e.Under() {
			if !repeats || !l.Begins("job", "name") {
				continue
			}
			for _, t := range jobs[l.Word(2)] {
				hosts, ev = append(hosts, t.to), append(ev, t.at, r.At(l))
			}
		}
	}
	switch on, _, _ := r.feature("scheduler"); {
	case len(hosts) > 0 && on:
		return facts.Texts(hosts, ev...)
	case r.Final("event", "manager", "applet") != nil:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "event manager applet", r.At(r.Final("event", "manager", "applet"))).Texts()
	}
	return r.Doc.Absence().Texts()
}

// partner reads of the vPC domain whether the other switch is there.
func (r *reader) partner(g *pb.RedundancyGroup) {
	doc := r.Ans.Command(showVPC)
	if g.PeerPresent = doc.Unknown().Bool(); doc.Whole() {
		g.PeerPresent = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source, doc.All()).Bool()
	}
	for n, l := range doc.Lines() {
		text := strings.TrimSpace(l)
		key, value, ok := strings.Cut(text, ":")
		if !ok {
			continue
		}
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "Peer status":
			switch value {
			case "peer adjacency formed ok":
				g.PeerPresent = facts.Bool(true, doc.Line(n, text))
			case "peer link is down", "peer link not configured":
				g.PeerPresent = facts.Bool(false, doc.Line(n, text))
			}
		case "vPC role":
			g.State = facts.Text(value, doc.Line(n, text))
		}
	}
}
