package linux

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// A log may be huge, and one line of it is wanted: a small file is read whole, of a large one its first line is asked
// for by a command, for the logs that every system has.
const smallLog = 256 << 10

var firstLines = []string{
	"/var/log/audit/audit.log", "/var/log/auth.log", "/var/log/cron", "/var/log/cron.log", "/var/log/kern.log", "/var/log/messages",
	"/var/log/secure", "/var/log/syslog",
}

func firstLine(file string) string { return "head -n 1 " + file }

// firstLineCommands are all commands that askOldest may give.
func firstLineCommands() []string {
	out := make([]string, len(firstLines))
	for i, f := range firstLines {
		out[i] = firstLine(f)
	}
	return out
}

// generation is one of a log's files, and the line of the listing that shows it.
type generation struct {
	driver.Entry
	at *pb.Evidence
}

// generations gives a log's files, as they are listed: itself and those that rotation made of it.
func generations(a driver.Answers, file string) (itself *generation, rotated []generation, gap *facts.Missing) {
	pattern := path.Dir(file) + "/*"
	list, gap := entries(a, pattern)
	for i, e := range list {
		rest, ok := strings.CutPrefix(e.Path, file)
		if !ok || e.Kind != "file" || rest != "" && rest[0] != '.' && rest[0] != '-' {
			continue
		}
		g := generation{e, a.Glob(pattern).Line(i+1, driver.FormatEntry(e))}
		if rest == "" {
			itself = &g
		} else {
			rotated = append(rotated, g)
		}
	}
	return itself, rotated, gap
}

// oldestRotated gives the file that was written to last the longest ago; empty files hold no record.
func oldestRotated(rotated []generation) (generation, bool) {
	rotated = slices.DeleteFunc(slices.Clone(rotated), func(e generation) bool { return e.Size == 0 })
	if len(rotated) == 0 {
		return generation{}, false
	}
	return slices.MinFunc(rotated, func(a, b generation) int { return a.Modified.Compare(b.Modified) }), true
}

// askOldest asks for the first line of the oldest file of a log.
func askOldest(a driver.Answers, file string) []*question {
	out := append(globs(path.Dir(file)+"/*"), driver.Probe(pluginpb.Probe_PROBE_CLOCK))
	itself, rotated, _ := generations(a, file)
	e, ok := oldestRotated(rotated)
	if !ok && itself != nil {
		e, ok = *itself, itself.Size > 0
	}
	switch {
	case !ok:
	case e.Size <= smallLog && !isCompressed(e.Path):
		out = append(out, driver.File(e.Path))
	case e.Path == file && slices.Contains(firstLines, file):
		out = append(out, driver.Command(firstLine(file)))
	}
	return out
}

func isCompressed(p string) bool {
	return slices.Contains([]string{".gz", ".xz", ".bz2", ".zst", ".lz4", ".Z"}, path.Ext(p))
}

// oldestRecord states when a log's oldest record was written. Where the first line cannot be had, a rotated file's last
// change is taken: its records are at least that old.
func (r *reader) oldestRecord(file string) *pb.TimeFact {
	itself, rotated, gap := generations(r.Answers, file)
	if gap != nil {
		return gap.Time()
	}
	if e, ok := oldestRotated(rotated); ok {
		if t, ev, ok := r.firstRecord(r.File(e.Path)); ok && t.Before(e.Modified) {
			return facts.Time(t, ev)
		}
		return facts.Time(e.Modified, e.at)
	}
	switch {
	case itself == nil:
		return facts.Absent(r.Glob(path.Dir(file) + "/*").All()).Time()
	case itself.Size == 0:
		return facts.Absent(itself.at).Time()
	}
	for _, d := range []driver.Document{r.File(file), r.Command(firstLine(file))} {
		if t, ev, ok := r.firstRecord(d); ok {
			return facts.Time(t, ev)
		}
	}
	d := r.File(file)
	if itself.Size > smallLog {
		if d = r.Command(firstLine(file)); !slices.Contains(firstLines, file) {
			return facts.Unknown(pb.Reason_REASON_TOO_LARGE, file).Time()
		}
	}
	if !d.Whole() {
		return d.Unknown().Time()
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, file, d.All()).Time()
}

// firstRecord reads the time of the first line that has one, of the first few.
func (r *reader) firstRecord(d driver.Document) (time.Time, *pb.Evidence, bool) {
	if !d.Had() {
		return time.Time{}, nil, false
	}
	now, _ := r.now()
	for n, line := range d.Lines() {
		if n > 5 {
			break
		}
		if t, ok := recordTime(line, now); ok {
			return t, d.Line(n, line), true
		}
	}
	return time.Time{}, nil, false
}

// recordTime reads when a line of a log was written: of the audit, of syslog with dates in full, of syslog without a
// year. Where year or zone are missing, the latest time that it can be is given.
func recordTime(line string, now time.Time) (time.Time, bool) {
	if _, rest, ok := strings.Cut(line[:min(len(line), 200)], "msg=audit("); ok {
		if seconds, _, ok := strings.Cut(rest, "."); ok {
			if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n > 0 && n < 1<<40 {
				return time.Unix(n, 0).UTC(), true
			}
		}
		return time.Time{}, false
	}
	stamp, _, _ := strings.Cut(strings.TrimPrefix(line, "\ufeff"), " ")
	if t, err := time.Parse(time.RFC3339, stamp); err == nil {
		return t.UTC(), true
	}
	if len(line) < len(time.Stamp) || now.IsZero() {
		return time.Time{}, false
	}
	const westernmost = 12 * time.Hour
	for _, year := range []int{now.Year() + 1, now.Year(), now.Year() - 1} {
		t, err := time.Parse("2006 "+time.Stamp, strconv.Itoa(year)+" "+line[:len(time.Stamp)])
		if err != nil {
			continue // also the 29th of February in a year that has none
		}
		if t = t.Add(westernmost); !t.After(now.Add(2 * westernmost)) {
			return t, true
		}
	}
	return time.Time{}, false
}

// exposure states who can read and change a log.
func (r *reader) exposure(s *pb.LogStore, file string) {
	itself, rotated, gap := generations(r.Answers, file)
	dir, hasDir, dirGap := entry(r.Answers, path.Dir(file))
	closed := hasDir && dir.Mode&0o001 == 0
	if itself == nil && gap == nil { // nothing was written to it yet
		m := facts.NotApplicable(r.Glob(path.Dir(file) + "/*").All())
		gap = &m
	}
	if gap != nil {
		s.ReadableByOthers, s.WritableByOthers = gap.Bool(), gap.Bool()
		if closed {
			s.ReadableByOthers = facts.Bool(false, r.Glob(path.Dir(file)).Line(1, driver.FormatEntry(dir)))
		}
		return
	}
	s.ReadableByOthers, s.WritableByOthers = facts.Bool(false, itself.at), facts.Bool(false, itself.at)
	for _, e := range append([]generation{*itself}, rotated...) {
		if e.Mode&0o004 != 0 && !closed && !s.ReadableByOthers.GetValue() {
			s.ReadableByOthers = facts.Bool(true, e.at)
			if dirGap != nil {
				s.ReadableByOthers = dirGap.Bool()
			}
		}
		if s.WritableByOthers.GetValue() {
			continue
		}
		if others := r.othersWrite(e.Entry); !facts.Known(others) || others.GetValue() {
			others.Evidence = append(others.Evidence, e.at)
			s.WritableByOthers = others
		}
	}
	const sticky = 0o1000
	if hasDir && dir.Mode&0o002 != 0 && dir.Mode&sticky == 0 {
		s.WritableByOthers = facts.Bool(true, r.Glob(path.Dir(file)).Line(1, driver.FormatEntry(dir)))
	}
}

// othersWrite says whether somebody but the owner and root can write to a file: anybody, or members of its group.
func (r *reader) othersWrite(e driver.Entry) *pb.BoolFact {
	switch {
	case e.Mode&0o002 != 0:
		return facts.Bool(true)
	case e.Mode&0o020 == 0:
		return facts.Bool(false)
	}
	ids := r.ids()
	if ids.gap != nil {
		return ids.gap.Bool()
	}
	for _, user := range ids.members(e.GID) {
		if uid, ok := ids.uids[user]; ok && uid != 0 && uid != e.UID {
			return facts.Bool(true, facts.Source("/etc/group"), facts.Source("/etc/passwd"))
		}
	}
	return facts.Bool(false)
}
