package linux

import (
	"path"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// jobFolders are where scheduled jobs are kept, besides crontabs.
var jobFolders = []string{"/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*", "/var/spool/cron/*", "/var/spool/cron/crontabs/*"}

func askJobs(a driver.Answers) []*question {
	out := append(globs(jobFolders...), files("/etc/crontab", "/etc/anacrontab")...)
	for _, pattern := range jobFolders {
		out = append(out, files(listed(a, pattern)...)...)
	}
	return out
}

// job finds the line by which cron starts one of the programs. The gap says why there may be one that was not seen.
func (r *reader) job(programs ...string) (*confLine, *facts.Missing) {
	docs := []driver.Document{r.File("/etc/crontab"), r.File("/etc/anacrontab")}
	var gap *facts.Missing
	for _, pattern := range jobFolders {
		_, g := entries(r.Answers, pattern)
		gap = firstGap(gap, g)
		for _, p := range listed(r.Answers, pattern) {
			docs = append(docs, r.File(p))
		}
	}
	for _, d := range docs {
		if !d.Whole() && !d.NotFound() {
			m := d.Unknown()
			gap = firstGap(gap, &m)
		}
		// run-parts passes over names with a dot, and files that cannot be executed.
		if dir := path.Base(path.Dir(d.Source)); strings.HasPrefix(dir, "cron.") && dir != "cron.d" && !r.executable(d.Source) {
			continue
		}
		for _, l := range linesOf(d) {
			text := strings.TrimSpace(l.text)
			if text == "" || text[0] == '#' {
				continue
			}
			for _, w := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t;&|(){}'\"`$=", c) }) {
				if slices.Contains(programs, path.Base(w)) {
					return &l, nil
				}
			}
		}
	}
	return nil, gap
}

func (r *reader) executable(file string) bool {
	list, _ := entries(r.Answers, path.Dir(file)+"/*")
	for _, e := range list {
		if e.Path == file {
			return e.Mode&0o111 != 0
		}
	}
	return false
}

// scheduled says whether cron or a timer starts one of the programs.
func (r *reader) scheduled(programs, timers []string) *pb.BoolFact {
	timer := r.enabled(timers...)
	if timer.GetValue() {
		return timer
	}
	l, gap := r.job(programs...)
	switch {
	case l != nil:
		return facts.Bool(true, l.ev())
	case gap != nil:
		return gap.Bool()
	case !facts.Known(timer):
		return timer
	}
	return facts.Bool(false, timer.GetEvidence()...)
}

// fileThere says whether one of the files exists.
func (r *reader) fileThere(paths ...string) *pb.BoolFact {
	var gap *facts.Missing
	var looked []*pb.Evidence
	for _, p := range paths {
		list, g := entries(r.Answers, p)
		if len(list) > 0 {
			return facts.Bool(true, r.Glob(p).Line(1, driver.FormatEntry(list[0])))
		}
		gap = firstGap(gap, g)
		looked = append(looked, r.Glob(p).All())
	}
	if gap != nil {
		return gap.Bool()
	}
	return facts.Bool(false, looked[:min(len(looked), 3)]...)
}
