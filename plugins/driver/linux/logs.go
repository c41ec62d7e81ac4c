package linux

import (
	"path"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var (
	rsyslogPrograms, rsyslogUnits   = []string{"rsyslogd"}, []string{"rsyslog.service"}
	syslogNGPrograms, syslogNGUnits = []string{"syslog-ng"}, []string{"syslog-ng.service"}
)

// The system's log: who writes it, where to, for how long, and where it is sent.
var logTopic = topic{
	name:       "logs",
	commands:   firstLineCommands(),
	privileged: append(firstLineCommands(), "glob "+journalFiles),
	ask: func(a driver.Answers) []*question {
		out := append(askDaemons(a), askIDs(a)...)
		out = append(out, askJournald(a)...)
		out = append(out, globs("/var/log", "/var/log/*", "/usr/sbin/rsyslogd", "/sbin/rsyslogd", "/usr/sbin/syslog-ng")...)
		syslog := loadRsyslog(a)
		ng := loadSyslogNG(a)
		out = append(append(append(out, syslog.questions...), ng.questions...), loadLogrotate(a).questions...)
		for _, x := range append(syslog.actions, ng.actions...) {
			if x.kind == "file" && fixedPath(x.target) {
				out = append(out, globs(path.Dir(x.target))...)
				out = append(out, askOldest(a, x.target)...)
			}
		}
		return out
	},
	read: readLogs,
}

// fixedPath says that a file's name is the same for every record.
func fixedPath(file string) bool { return strings.HasPrefix(file, "/") && !strings.Contains(file, "%") }

func readLogs(r *reader) {
	j := r.journald()
	rotate := loadLogrotate(r.Answers)
	for _, l := range rotate.odd {
		r.miss(l.doc, l.n, l.text)
	}
	r.journalStore(j)
	gap := r.journalUpload()
	syslog, ng := loadRsyslog(r.Answers), loadSyslogNG(r.Answers)
	g1, stores1 := r.syslogFacts(syslog.daemon(), r.rsyslogWorks(syslog, j), rotate)
	g2, stores2 := r.syslogFacts(ng.daemon(), r.works(syslogNGPrograms, syslogNGUnits), rotate)
	_, g3 := entries(r.Answers, "/var/log/*")
	if r.facts.LogTargets == nil {
		r.facts.LogTargets = &pb.LogTargetList{}
	}
	settle(r.facts.LogTargets, firstGap(gap, g1, g2), append(syslog.files.whole(), ng.files.whole()...)...)
	if r.facts.LogStores == nil {
		r.facts.LogStores = &pb.LogStoreList{}
	}
	settle(r.facts.LogStores, firstGap(g1, g2, g3), append(syslog.files.whole(), ng.files.whole()...)...)
	r.loginsInLogs(append(stores1, stores2...), firstGap(g1, g2))
}

// syslogDaemon is what the two daemons have in common.
type syslogDaemon struct {
	files   conf
	actions []syslogAction
	odd     []confLine
	fields  func(syslogAction) []string
}

func (c *rsyslog) daemon() syslogDaemon {
	return syslogDaemon{c.files, c.actions, c.odd, func(x syslogAction) []string { return c.fields(orDefault(x.template, c.fileTemplate)) }}
}

// rsyslogWorks says whether rsyslog runs and local records get to it.
func (r *reader) rsyslogWorks(c *rsyslog, j journald) *pb.BoolFact {
	works := r.works(rsyslogPrograms, rsyslogUnits)
	if !works.GetValue() || c.files.gap != nil {
		return works
	}
	if len(c.reads) == 0 {
		return facts.Bool(false, c.files.whole()...)
	}
	if _, ok := c.reads["imjournal"]; !ok && j.there.GetValue() {
		// With the socket alone rsyslog has what the journal hands on.
		if v, ok := j.conf.last("Journal.ForwardToSyslog"); ok && !saysYes(v.value) {
			return facts.Bool(false, v.at.ev(), c.reads["imuxsock"].ev())
		}
	}
	return works
}

// syslogFacts states the files and machines that a daemon writes to. It gives why the lists may not be complete, and the
// actions whose files are written.
func (r *reader) syslogFacts(d syslogDaemon, works *pb.BoolFact, rotate *logrotate) (*facts.Missing, []syslogAction) {
	if facts.Known(works) && !works.GetValue() && len(d.files.found) == 0 {
		return nil, nil
	}
	for _, l := range d.odd {
		r.miss(l.doc, l.n, l.text)
	}
	gap := d.files.gap
	if !facts.Known(works) {
		m := facts.LikeState(works)
		gap = firstGap(gap, &m)
	}
	if len(d.odd) > 0 {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, facts.Where(d.odd[0].ev()), d.odd[0].ev())
		gap = firstGap(gap, &m)
	}
	var written []syslogAction
	for _, x := range d.actions {
		switch {
		case x.kind == "forward" && works.GetValue():
			r.addTarget(x.logTarget())
		case x.kind == "file" && fixedPath(x.target):
			if r.syslogStore(x, d, works, rotate) {
				written = append(written, x)
			}
		}
	}
	if facts.Known(works) && !works.GetValue() {
		return nil, nil
	}
	return gap, written
}

func (x syslogAction) logTarget() *pb.LogTarget {
	ev := x.at.ev()
	host := x.target
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	t := &pb.LogTarget{Scope: host + ":" + x.port, Address: facts.Text(x.target, ev), Port: portFact(x.port, ev), Protocol: facts.Text(x.protocol, ev),
		Encrypted: facts.Bool(x.encrypted, ev), Selector: facts.Text(x.selector, ev), Queued: facts.Bool(x.queued, ev)}
	switch {
	case !x.match.fromInfo():
		t.Everything = facts.Bool(false, ev)
	case x.exact:
		t.Everything = facts.Bool(true, ev)
	default:
		t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, x.selector, ev).Bool()
	}
	return t
}

// syslogStore states a file that a daemon writes, and says whether it does. A file that several selectors write to is
// one store.
func (r *reader) syslogStore(x syslogAction, d syslogDaemon, works *pb.BoolFact, rotate *logrotate) bool {
	ev := x.at.ev()
	file := path.Clean(x.target)
	for _, s := range r.facts.GetLogStores().GetItems() {
		if s.GetScope() == file {
			return s.GetActive().GetValue()
		}
	}
	s := &pb.LogStore{Scope: file, Persistent: facts.Bool(!volatilePath(file), ev), Level: facts.Text(x.match.level(), ev)}
	switch {
	case !facts.Known(works):
		s.Active = facts.LikeState(works).Bool()
	case !works.GetValue():
		s.Active = works
	case x.match.empty():
		s.Active = facts.Bool(false, ev)
	default:
		s.Active = facts.Bool(true, append([]*pb.Evidence{ev}, works.GetEvidence()...)...)
	}
	s.Fields = facts.Texts(d.fields(x), ev)
	rotate.rotated(s, file)
	s.OldestRecord = r.oldestRecord(file)
	r.exposure(s, file)
	r.addStore(s)
	return s.GetActive().GetValue()
}

// loginsInLogs states that logins are recorded where the audit does not, but the log that takes the messages of
// authentication does.
func (r *reader) loginsInLogs(written []syslogAction, gap *facts.Missing) {
	var reached messages
	var ev []*pb.Evidence
	for _, x := range written {
		if x.exact {
			if x.match.has("auth") || x.match.has("authpriv") {
				ev = moreEvidence(ev, x.at.ev())
			}
			reached = reached.or(x.match)
		}
	}
	for _, e := range r.facts.GetAuditEvents().GetItems() {
		if e.GetScope() != "logins" && e.GetScope() != "failed_logins" || e.GetRecorded().GetValue() {
			continue
		}
		switch {
		case reached.has("auth") && reached.has("authpriv"):
			e.Recorded = facts.Bool(true, ev...)
			e.Fields = facts.Texts(loginFields, facts.Default("sshd(8), login(1), pam_unix(8): messages name the time, the user, the service, the source and the outcome"))
		case gap != nil && facts.Known(e.GetRecorded()):
			e.Recorded, e.Fields = gap.Bool(), gap.Texts()
		}
	}
}
