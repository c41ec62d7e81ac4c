package linux

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	profilePath     = "/etc/profile"
	profilePattern  = "/etc/profile.d/*.sh"
	profileLocal    = "/etc/profile.d/sh.local"
	environmentPath = "/etc/environment"
)

// bashFiles are read when bash starts, besides those of /etc/profile.d. The skeleton shows what users' own files read.
var bashFiles = []string{profilePath, "/etc/bash.bashrc", "/etc/bashrc", "/etc/skel/.bashrc", profileLocal, environmentPath}

// askTmout asks for the scripts, and for those that they read in by name.
func askTmout(a driver.Answers) []*pluginpb.Question {
	out := globs(profilePattern)
	seen := map[string]bool{}
	var want func(path string)
	want = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		out = append(out, driver.File(path))
		ws := lexShell(linesOf(bounded(a.File(path))))
		for i, w := range ws {
			if (w.text == "." || w.text == "source") && i+1 < len(ws) && ws[i+1].fixed && strings.HasPrefix(ws[i+1].text, "/") {
				want(ws[i+1].text)
			}
		}
	}
	for _, path := range append(listed(a, profilePattern), bashFiles...) {
		want(path)
	}
	return out
}

// idleEnd is how bash ends an idle session once its start is over.
type idleEnd struct {
	idle     *pb.DurationFact
	readonly bool
}

// bashPolicy states when an interactive login bash ends by itself. All ways that its start can go are tried; where they
// come to different ends, it cannot be told.
func (r *reader) bashPolicy() *pb.SessionPolicy {
	p := &pb.SessionPolicy{Scope: "shell"}
	files := &bashScripts{reader: r, read: map[string]shellScript{}}
	var ends []idleEnd
	var gap *facts.Missing
	budget := shellSteps
	ok := everyWay(func(c *choices) bool {
		s := &shell{choices: c, scripts: files, budget: &budget}
		r.environment(s)
		s.run(files.script(profilePath))
		r.userFiles(s)
		gap = firstGap(gap, s.gap)
		end := idleEnd{r.idle(s), s.readonly}
		if !slices.ContainsFunc(ends, func(o idleEnd) bool {
			return o.readonly == end.readonly && facts.Value(o.idle) == facts.Value(end.idle)
		}) {
			ends = append(ends, end)
		}
		return len(ends) > 1 || gap != nil
	})
	if gap == nil && (!ok || len(ends) > 1) {
		var ev []*pb.Evidence
		for _, e := range ends {
			ev = moreEvidence(ev, e.idle.GetEvidence()...)
		}
		m := facts.Unknown(pb.Reason_REASON_CONFLICT, tmout, ev...)
		gap = &m
	}
	if gap != nil {
		p.IdleTimeout, p.UserCanChange = gap.Duration(), gap.Bool()
		return p
	}
	p.IdleTimeout = ends[0].idle
	if facts.Known(p.IdleTimeout) {
		p.UserCanChange = facts.Bool(!ends[0].readonly, p.IdleTimeout.GetEvidence()...)
	} else {
		p.UserCanChange = facts.LikeState(p.IdleTimeout).Bool()
	}
	return p
}

// bashScripts gives a shell its scripts, each split into words once.
type bashScripts struct {
	*reader
	read map[string]shellScript
}

func (b *bashScripts) script(path string) shellScript {
	if s, ok := b.read[path]; ok {
		return s
	}
	s := shellScript{doc: bounded(b.File(path))}
	s.words = lexShell(linesOf(s.doc))
	for i, w := range s.words {
		s.about = s.about || strings.Contains(w.raw, tmout)
		s.others = s.others || (w.text == "." || w.text == "source") && i+1 < len(s.words) && s.words[i+1].fixed || strings.Contains(w.raw, "/etc/profile.d")
	}
	b.read[path] = s
	return s
}

// profiles gives the scripts of /etc/profile.d in the order in which /etc/profile reads them.
func (b *bashScripts) profiles() ([]shellScript, *facts.Missing) {
	_, gap := entries(b.Answers, profilePattern)
	var out []shellScript
	for _, path := range listed(b.Answers, profilePattern) {
		out = append(out, b.script(path))
	}
	return append(out, b.script(profileLocal)), gap
}

// environment is what pam_env sets before the shell starts.
func (r *reader) environment(s *shell) {
	d := bounded(r.File(environmentPath))
	if !d.Whole() && !d.NotFound() {
		s.lack(d.Unknown())
	}
	for _, l := range linesOf(d) {
		text := strings.TrimPrefix(strings.TrimSpace(l.text), "export ")
		if value, ok := strings.CutPrefix(text, tmout+"="); ok {
			s.set, s.at = true, []confLine{l}
			s.value = shellWord{raw: value, text: strings.Trim(value, `"'`), fixed: !strings.Contains(value, "$"), at: l}
		}
	}
}

// userFiles adds /etc/bashrc where the users' own files are delivered so that they read it.
func (r *reader) userFiles(s *shell) {
	d := bounded(r.File("/etc/skel/.bashrc"))
	if !d.Whole() && !d.NotFound() {
		s.lack(d.Unknown())
	}
	for _, l := range linesOf(d) {
		if text := strings.TrimSpace(l.text); strings.HasPrefix(text, ". /etc/bashrc") || strings.HasPrefix(text, "source /etc/bashrc") {
			s.run(s.script("/etc/bashrc"))
		}
	}
}

// idle reads TMOUT as bash does: seconds; nothing or 0 means that no idle session ends.
func (r *reader) idle(s *shell) *pb.DurationFact {
	var ev []*pb.Evidence
	for _, l := range s.at {
		ev = append(ev, l.ev())
	}
	if !s.set {
		if len(ev) == 0 {
			ev = []*pb.Evidence{facts.Source(profilePath)}
		}
		return facts.Absent(ev...).Duration()
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s.value.text), 10, 32)
	switch {
	case len(s.refused) > 0:
		for _, l := range s.refused {
			ev = append(ev, l.ev())
		}
		return facts.Unknown(pb.Reason_REASON_CONFLICT, tmout, ev...).Duration()
	case !s.value.fixed || err != nil:
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, s.value.raw, ev...).Duration()
	case n <= 0:
		return facts.Forever(ev...)
	}
	return facts.Duration(time.Duration(n)*time.Second, ev...)
}
