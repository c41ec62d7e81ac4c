package linux

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	lastlogPath = "/var/log/lastlog"
	wtmpPath    = "/var/log/wtmp"
	// lastlog2Path is the database that newer systems keep instead of lastlog.
	lastlog2Path = "/var/lib/lastlog/lastlog2.db"
)

// The C library writes login records in one of two layouts, both little-endian on every processor this driver meets:
// with 32-bit times where 64-bit programs had to fit 32-bit ones (x86), with 64-bit times where they had not (ARM).
type recordLayout struct {
	lastlog, lastlogTime int
	wtmp, wtmpTime       int
}

var (
	layout32 = recordLayout{lastlog: 292, lastlogTime: 4, wtmp: 384, wtmpTime: 340}
	layout64 = recordLayout{lastlog: 296, lastlogTime: 8, wtmp: 400, wtmpTime: 344}
)

const (
	wtmpUser      = 44
	wtmpUserSize  = 32
	wtmpLoginType = 7 // USER_PROCESS
	wtmpMaxType   = 9
)

// logins is what the login records say.
type logins struct {
	lastlog, wtmp driver.Document
	// layout is nil when it cannot be told.
	layout *recordLayout
	latest map[string]time.Time
	// replaced says that another record, which this driver cannot read, has taken lastlog's place.
	replaced bool
}

func (r *reader) logins() logins {
	l := logins{lastlog: r.File(lastlogPath), wtmp: r.File(wtmpPath), latest: map[string]time.Time{}}
	_, l.replaced, _ = entry(r.Answers, lastlog2Path)
	lastlog, wtmp := l.lastlog.Answer.GetBody(), l.wtmp.Answer.GetBody()
	l.layout = r.layout()
	for _, c := range []*recordLayout{&layout32, &layout64} {
		if l.layout == nil && len(wtmp) > 0 && c.sensible(wtmp) {
			l.layout = c
		}
	}
	if n := len(lastlog); l.layout == nil && l.lastlog.Whole() {
		if small, large := n%layout32.lastlog == 0, n%layout64.lastlog == 0; small && (!large || n == 0) {
			l.layout = &layout32
		} else if large && !small {
			l.layout = &layout64
		}
	}
	if l.layout != nil && l.wtmp.Whole() && l.layout.sensible(wtmp) {
		l.readWtmp()
	}
	return l
}

// layout tells the layout from the processor.
func (r *reader) layout() *recordLayout {
	records, err := r.Probe(pluginpb.Probe_PROBE_HOST).Records()
	if err != nil || len(records) != 1 {
		return nil
	}
	switch records[0].Get("arch") {
	case "x86_64", "amd64":
		return &layout32
	case "aarch64", "arm64":
		return &layout64
	}
	return nil
}

// sensible says whether every record of a wtmp could be one of this layout.
func (l recordLayout) sensible(wtmp []byte) bool {
	if len(wtmp)%l.wtmp != 0 {
		return false
	}
	for ; len(wtmp) > 0; wtmp = wtmp[l.wtmp:] {
		if binary.LittleEndian.Uint16(wtmp) > wtmpMaxType {
			return false
		}
	}
	return true
}

func (l *logins) readWtmp() {
	b := l.wtmp.Answer.GetBody()
	for ; len(b) >= l.layout.wtmp; b = b[l.layout.wtmp:] {
		if binary.LittleEndian.Uint16(b) != wtmpLoginType {
			continue
		}
		name, _, _ := bytes.Cut(b[wtmpUser:wtmpUser+wtmpUserSize], []byte{0})
		at := time.Unix(int64(binary.LittleEndian.Uint32(b[l.layout.wtmpTime:])), 0).UTC()
		if at.After(l.latest[string(name)]) {
			l.latest[string(name)] = at
		}
	}
}

// of gives an account's last login. lastlog keeps one for every account, wtmp only what is not rotated away: an
// absence is stated only on the strength of lastlog.
func (l logins) of(e passwdEntry) *pb.TimeFact {
	at, inWtmp := l.latest[e.name]
	missing := facts.Missing{}
	switch {
	case l.lastlog.NotFound():
		missing = facts.Unknown(pb.Reason_REASON_TOO_YOUNG, wtmpPath)
		if !l.wtmp.Whole() {
			missing = l.wtmp.Unknown()
		}
	case !l.lastlog.Had():
		missing = l.lastlog.Unknown()
	case l.replaced:
		missing = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, lastlog2Path)
	case l.layout == nil, l.lastlog.Whole() && len(l.lastlog.Answer.GetBody())%l.layout.lastlog != 0:
		missing = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, lastlogPath)
	default:
		last, seen := l.inLastlog(e.uid)
		switch {
		case seen && last.After(at):
			return facts.Time(last, l.lastlog.All())
		case inWtmp:
		case seen:
			return facts.Absent(l.lastlog.All()).Time()
		default:
			missing = l.lastlog.Unknown()
		}
	}
	if inWtmp {
		return facts.Time(at, l.wtmp.All())
	}
	return missing.Time()
}

// inLastlog gives the record of a uid; beyond the end of a whole file, nobody ever logged in.
func (l logins) inLastlog(uid int64) (at time.Time, seen bool) {
	b := l.lastlog.Answer.GetBody()
	from := uid * int64(l.layout.lastlog)
	if from+int64(l.layout.lastlog) > int64(len(b)) {
		return time.Time{}, l.lastlog.Whole()
	}
	rec := b[from:]
	seconds := int64(binary.LittleEndian.Uint32(rec))
	if l.layout.lastlogTime == 8 {
		seconds = int64(binary.LittleEndian.Uint64(rec))
	}
	if seconds <= 0 || seconds > 1<<34 {
		return time.Time{}, true
	}
	return time.Unix(seconds, 0).UTC(), true
}
