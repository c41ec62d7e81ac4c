package linux

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	journalDir       = "/var/log/journal"
	journalFiles     = "/var/log/journal/*/*"
	docJournald      = "journald.conf(5): "
	journalPrograms  = "systemd-journald"
	journaldBinaries = "/usr/lib/systemd/systemd-journald"
	uploadUnit       = "systemd-journal-upload.service"
)

func askJournald(a driver.Answers) []*question {
	patterns, paths := askSystemdConf(a, "journald")
	out := asked(patterns, paths)
	patterns, paths = askSystemdConf(a, "journal-upload")
	out = append(out, asked(patterns, paths)...)
	return append(out, globs(journalDir, journalFiles, journaldBinaries, "/lib/systemd/systemd-journald")...)
}

// journald is what is said of the journal once and needed twice.
type journald struct {
	there *pb.BoolFact
	conf  ini
	files conf
}

func (r *reader) journald() journald {
	j := journald{}
	j.conf, j.files = r.readSystemdConf("journald")
	j.there = r.journaldThere()
	return j
}

// journaldThere says whether the journal's daemon writes records: it has no off switch where systemd runs.
func (r *reader) journaldThere() *pb.BoolFact {
	runs := r.running(journalPrograms)
	if facts.Known(runs) || !offline(r.Answers) {
		return runs
	}
	var gap *facts.Missing
	for _, p := range []string{journaldBinaries, "/lib/systemd/systemd-journald"} {
		_, ok, g := entry(r.Answers, p)
		if ok {
			return facts.Bool(true, r.Glob(p).All())
		}
		gap = firstGap(gap, g)
	}
	if gap != nil {
		return gap.Bool()
	}
	return facts.Bool(false, r.Glob(journaldBinaries).All())
}

// journalStore states how the journal is kept.
func (r *reader) journalStore(j journald) {
	if facts.Known(j.there) && !j.there.GetValue() {
		return
	}
	s := &pb.LogStore{Scope: "journal", Active: j.there}
	r.addStore(s)
	s.Fields = facts.Texts([]string{"time", "type", "subject", "source"}, facts.Default("systemd.journal-fields(7), trusted journal fields"))
	if j.files.gap != nil {
		m := *j.files.gap
		s.Persistent, s.Retention, s.RetentionBasis, s.OnFull = m.Bool(), m.Duration(), m.Text(), m.Text()
	} else {
		r.journalStorage(j, s)
	}
	s.OldestRecord = r.oldestJournal()
	r.journalExposure(s)
	if seal, ok := j.conf.last("Journal.Seal"); ok && !saysYes(seal.value) {
		s.TamperEvident = facts.Bool(false, seal.at.ev())
	} else {
		r.journalSealed(s, j)
	}
}

func (r *reader) journalStorage(j journald, s *pb.LogStore) {
	storage, ok := j.conf.last("Journal.Storage")
	ev := []*pb.Evidence{facts.Default(docJournald + "Storage= defaults to auto")}
	if ok {
		ev = []*pb.Evidence{storage.at.ev()}
	}
	switch storage.value {
	case "persistent":
		s.Persistent = facts.Bool(true, ev...)
	case "volatile":
		s.Persistent = facts.Bool(false, ev...)
	case "none":
		s.Active, s.Persistent = facts.Bool(false, ev...), facts.Bool(false, ev...)
	case "auto", "":
		e, there, gap := entry(r.Answers, journalDir)
		switch {
		case gap != nil:
			s.Persistent = gap.Bool()
		case !ok && !there:
			// Some releases make the folder by themselves; what they do without a setting is not told by it.
			s.Persistent = facts.Bool(false, append(ev, r.Glob(journalDir).All())...)
		default:
			s.Persistent = facts.Bool(there && e.Kind != "file", append(ev, r.Glob(journalDir).All())...)
		}
	default:
		s.Persistent = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, storage.value, ev...).Bool()
	}
	s.RetentionBasis = facts.Text("size", facts.Default(docJournald+"SystemMaxUse= defaults to 10% of the file system, at most 4G"))
	s.OnFull = facts.Text("rotate", facts.Default(docJournald+"SystemMaxUse="))
	detail, size := "SystemMaxUse", facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "SystemMaxUse: by the size of the file system").Int()
	if v, ok := j.conf.last("Journal.SystemMaxUse"); ok {
		s.RetentionBasis = facts.Text("size", v.at.ev())
		s.OnFull = facts.Text("rotate", v.at.ev())
		detail = "SystemMaxUse=" + v.value
		size = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.value, v.at.ev()).Int()
		if n, ok := systemdSize(v.value); ok {
			size = facts.Int(n, v.at.ev())
		}
	}
	s.MaxBytes = size
	ev = s.RetentionBasis.GetEvidence()
	if v, ok := j.conf.last("Journal.MaxRetentionSec"); ok && v.value != "0" {
		// The most that is kept, not the least: size removes records too.
		detail, ev = detail+", MaxRetentionSec="+v.value, append(ev, v.at.ev())
	}
	s.Retention = bySize(detail, ev...)
}

// systemdSize reads 500M, 4G; units go by 1024.
func systemdSize(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	shift := strings.IndexByte("KMGTPE", s[len(s)-1])
	if shift >= 0 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	bits := 10 * (shift + 1)
	if err != nil || n < 0 || n > 1<<62>>bits {
		return 0, false
	}
	return n << bits, true
}

// oldestJournal reads the names of archived files: they end in the time of their first record, in microseconds, hex:
// system@<file>-<number>-<time>.journal.
func (r *reader) oldestJournal() *pb.TimeFact {
	list, gap := entries(r.Answers, journalFiles)
	if gap != nil {
		return gap.Time()
	}
	listing := r.Glob(journalFiles)
	var oldest time.Time
	var ev *pb.Evidence
	some := false
	for i, e := range list {
		name, ok := strings.CutSuffix(path.Base(e.Path), ".journal")
		some = some || ok
		if !ok || !strings.HasPrefix(name, "system@") {
			continue
		}
		usec, err := strconv.ParseInt(name[strings.LastIndexByte(name, '-')+1:], 16, 64)
		if err != nil || usec <= 0 {
			continue
		}
		if t := time.UnixMicro(usec).UTC(); oldest.IsZero() || t.Before(oldest) {
			oldest, ev = t, listing.Line(i+1, driver.FormatEntry(e))
		}
	}
	switch {
	case !oldest.IsZero():
		return facts.Time(oldest, ev)
	case some:
		return facts.Unknown(pb.Reason_REASON_NOT_ASKED, journalFiles+": only the current file, whose name does not say when it began", listing.All()).Time()
	}
	return facts.Absent(listing.All()).Time()
}

// journalExposure states who can read the journal's files.
func (r *reader) journalExposure(s *pb.LogStore) {
	list, gap := entries(r.Answers, journalFiles)
	if gap != nil {
		s.ReadableByOthers, s.WritableByOthers = gap.Bool(), gap.Bool()
		return
	}
	listing := r.Glob(journalFiles)
	s.ReadableByOthers, s.WritableByOthers = facts.Bool(false, listing.All()), facts.Bool(false, listing.All())
	for i, e := range list {
		ev := listing.Line(i+1, driver.FormatEntry(e))
		if e.Mode&0o004 != 0 && e.Kind == "file" && !s.ReadableByOthers.GetValue() {
			s.ReadableByOthers = facts.Bool(true, ev)
		}
		if e.Mode&0o022 != 0 && e.Kind == "file" && !s.WritableByOthers.GetValue() {
			s.WritableByOthers = r.othersWrite(e)
			s.WritableByOthers.Evidence = append(s.WritableByOthers.Evidence, ev)
		}
	}
}

// journalSealed: sealing is on by default, and does nothing until journalctl --setup-keys has made a key.
func (r *reader) journalSealed(s *pb.LogStore, j journald) {
	list, gap := entries(r.Answers, journalFiles)
	for i, e := range list {
		if path.Base(e.Path) == "fss" && j.files.gap == nil {
			s.TamperEvident = facts.Bool(true, r.Glob(journalFiles).Line(i+1, driver.FormatEntry(e)), facts.Default(docJournald+"Seal= defaults to yes"))
			return
		}
	}
	if m := firstGap(gap, j.files.gap); m != nil {
		s.TamperEvident = m.Bool()
		return
	}
	s.TamperEvident = facts.Bool(false, r.Glob(journalFiles).All())
}

// journalUpload states the machine to which the journal is sent.
func (r *reader) journalUpload() *facts.Missing {
	works := r.works([]string{"systemd-journal-upload"}, []string{uploadUnit})
	if !facts.Known(works) {
		m := facts.LikeState(works)
		return &m
	}
	if !works.GetValue() {
		return nil
	}
	set, files := r.readSystemdConf("journal-upload")
	url, ok := set.last("Upload.URL")
	if !ok {
		return files.gap
	}
	scheme, rest, found := strings.Cut(url.value, "://")
	if !found {
		scheme, rest = "https", url.value
	}
	host, port := hostPort(strings.TrimSuffix(rest, "/"))
	if !strings.Contains(strings.TrimPrefix(rest, "["), ":") {
		port = "19532"
	}
	t := &pb.LogTarget{Scope: host + ":" + port, Address: facts.Text(host, url.at.ev()), Encrypted: facts.Bool(scheme == "https", url.at.ev()),
		Protocol: facts.Text(map[bool]string{true: "tls", false: "tcp"}[scheme == "https"], url.at.ev()), Selector: facts.Text("journal", url.at.ev()),
		Everything: facts.Bool(true, url.at.ev()), Queued: facts.Bool(true, url.at.ev())}
	t.Port = portFact(port, url.at.ev())
	r.addTarget(t)
	return files.gap
}

func portFact(port string, ev ...*pb.Evidence) *pb.IntFact {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, port, ev...).Int()
	}
	return facts.Int(int64(n), ev...)
}
