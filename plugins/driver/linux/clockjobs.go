package linux

import (
	"path"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// noDaemon: nothing keeps the clock, unless a job sets it from time to time.
func (r *reader) noDaemon(clock *pb.Clock, list *pb.TimeSourceList) {
	ev := append(append([]*pb.Evidence{}, clock.DaemonEnabled.GetEvidence()...), clock.DaemonRunning.GetEvidence()...)
	jobs, gap := r.clockJobs()
	list.Items = (&timeConf{sources: jobs}).facts()
	settle(list, gap, ev...)
	if len(jobs) > 0 {
		clock.Daemon = facts.Text("ntpdate", jobs[0].at.ev())
		r.kernelClock(clock, nil)
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "a job sets the clock; how far it is now is not shown", jobs[0].at.ev())
		clock.Synchronised, clock.Offset, clock.Source = m.Bool(), m.Duration(), facts.Text(jobs[0].name, jobs[0].at.ev())
		return
	}
	if gap != nil {
		clock.Daemon = gap.Text()
	} else {
		clock.Daemon = facts.Text("none", ev...)
	}
	m := facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no program keeps the clock", ev...)
	clock.Synchronised, clock.Offset, clock.Source, clock.Stratum = m.Bool(), m.Duration(), facts.Absent(ev...).Text(), m.Int()
	d := r.Probe(pluginpb.Probe_PROBE_CLOCK)
	rec, ok := r.clockRecord()
	switch {
	case ok && d.Whole() && rec.Get("synchronised") == "false":
		clock.Synchronised = facts.Bool(false, ev...)
	case ok && rec.Get("synchronised") == "true":
		// Something unknown to us steers the clock: a guest agent, a program in another container.
		clock.Synchronised = facts.Unknown(pb.Reason_REASON_CONFLICT, "the kernel's clock is kept, by no program that is known", d.All()).Bool()
	case offline(r.Answers):
		clock.Synchronised = facts.Bool(false, ev...)
	default:
		clock.Synchronised = d.Unknown().Bool()
	}
}

// clockJobs finds jobs that set the clock from a server: ntpdate, sntp, chronyd -q.
func (r *reader) clockJobs() (jobs []timeSource, gap *facts.Missing) {
	var docs []driver.Document
	for _, p := range crontabs {
		docs = append(docs, r.File(p))
	}
	for _, pattern := range []string{"/etc/cron.d/*", "/etc/cron.daily/*", "/etc/cron.hourly/*"} {
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
		for _, l := range linesOf(d) {
			if f := strings.Fields(l.text); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
				if name := jobServer(f); name != "" {
					jobs = append(jobs, timeSource{name, "server", false, l})
				}
			}
		}
	}
	return jobs, gap
}

func jobServer(words []string) string {
	for i, w := range words {
		if base := path.Base(w); base != "ntpdate" && base != "sntp" && base != "ntpdig" {
			continue
		}
		for _, arg := range words[i+1:] {
			arg = strings.TrimRight(arg, ";&|)")
			if strings.HasPrefix(arg, ">") || strings.HasPrefix(arg, "2>") || arg == "" {
				break
			}
			if !strings.HasPrefix(arg, "-") && (strings.Contains(arg, ".") || strings.Contains(arg, ":")) {
				return arg
			}
		}
	}
	return ""
}
