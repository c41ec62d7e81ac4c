package linux

import (
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// number is a setting with the words that set it, or why it cannot be told.
type number struct {
	value   int64
	ev      []*pb.Evidence
	missing *facts.Missing
}

func (n number) fact() *pb.IntFact {
	if n.missing != nil {
		return n.missing.Int()
	}
	return facts.Int(n.value, n.ev...)
}

// on says whether a switch is thrown; a switch that cannot be told is not.
func (n number) on() bool { return n.missing == nil && n.value != 0 }

func given(v int64, ev ...*pb.Evidence) number { return number{value: v, ev: ev} }

// tally is the settings of one line of pam_faillock, pam_tally2 or pam_tally.
type tally struct {
	deny, unlock, rootUnlock, window, evenRoot number
	// adminGroup is treated as root is.
	adminGroup string
}

// denies says whether a user with so many failures is refused. A limit that cannot be told refuses nobody here;
// lockout looks at it before it believes that.
func (t tally) denies(root bool, failures int64) bool {
	return t.deny.missing == nil && t.deny.value > 0 && failures >= t.deny.value && (!root || t.evenRoot.on())
}

const (
	faillockDoc = "Linux-PAM pam_faillock(8), faillock.conf(5)"
	tally2Doc   = "Linux-PAM pam_tally2(8)"
	// maxTallySpan is the longest time in seconds that pam_faillock takes; it ignores longer ones.
	maxTallySpan = 604800
)

// tallyOf reads the settings of a counting module's line.
func (r *reader) tallyOf(e pamEntry) tally {
	if e.module != "pam_faillock" {
		return tally2(e)
	}
	def := func(v int64) number { return given(v, facts.Default(faillockDoc)) }
	t := tally{deny: def(3), unlock: def(600), window: def(900), evenRoot: def(0)}
	rootSet := false
	set := func(name, value string, ev *pb.Evidence) {
		switch name {
		case "deny":
			if n, ok := leadingInt(value); ok {
				t.deny = given(n, ev)
			}
		case "fail_interval":
			if n, ok := leadingInt(value); ok && n <= maxTallySpan {
				t.window = given(n, ev)
			}
		case "unlock_time", "root_unlock_time":
			n, ok := leadingInt(value)
			if value == "never" {
				n, ok = 0, true
			}
			if !ok || n > maxTallySpan {
				return
			}
			if name == "unlock_time" {
				t.unlock = given(n, ev)
			} else {
				t.rootUnlock, rootSet = given(n, ev), true
			}
		case "even_deny_root":
			t.evenRoot = given(1, ev)
		case "admin_group":
			t.adminGroup = value
		}
	}
	if d, ok := r.faillockConf(e); ok {
		if d.Whole() {
			for _, o := range optionLines(d) {
				set(o.name, o.value, o.at.ev())
			}
		} else {
			m := d.Unknown()
			gap := number{missing: &m}
			t = tally{deny: gap, unlock: gap, rootUnlock: gap, window: gap, evenRoot: gap}
			rootSet = true
		}
	}
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		set(name, value, e.ev())
	}
	if !rootSet {
		t.rootUnlock = t.unlock
	}
	if t.window.missing == nil && t.window.value == 0 { // then no failure is recent enough to count
		t.deny = given(0, t.window.ev...)
	}
	return t
}

// faillockConf gives the file that a line of pam_faillock reads. Red Hat 7 has none yet.
func (r *reader) faillockConf(e pamEntry) (driver.Document, bool) {
	if path, ok := e.value("conf"); ok {
		return bounded(r.File(path)), true
	}
	if rel := r.release(); rel.family == "rhel" && rel.major == 7 {
		return driver.Document{}, false
	}
	d := bounded(r.File("/etc/security/faillock.conf"))
	return d, !d.NotFound()
}

func tally2(e pamEntry) tally {
	def := func(v int64) number { return given(v, facts.Default(tally2Doc)) }
	t := tally{deny: def(0), unlock: def(0), evenRoot: def(0), window: def(0)}
	rootSet := false
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		n, ok := leadingInt(value)
		switch {
		case name == "even_deny_root" || name == "even_deny_root_account":
			t.evenRoot = given(1, e.ev())
		case !ok:
		case name == "deny":
			t.deny = given(n, e.ev())
		case name == "unlock_time":
			t.unlock = given(n, e.ev())
		case name == "root_unlock_time": // implies even_deny_root
			t.rootUnlock, t.evenRoot, rootSet = given(n, e.ev()), given(1, e.ev()), true
		}
	}
	if !rootSet {
		t.rootUnlock = t.unlock
	}
	return t
}

// leadingInt reads a number as sscanf does: what follows it is ignored.
func leadingInt(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 32)
	return n, err == nil
}

// option is a line of a file of the kind that libpwquality and pam_faillock read: NAME, NAME VALUE or NAME = VALUE.
type option struct {
	name, value string
	at          confLine
}

func optionLines(d driver.Document) []option {
	var out []option
	for _, l := range linesOf(d) {
		text, _, _ := strings.Cut(l.text, "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		end := strings.IndexAny(text, " \t=")
		if end < 0 {
			end = len(text)
		}
		value := strings.TrimLeft(text[end:], " \t")
		value = strings.TrimLeft(strings.TrimPrefix(value, "="), " \t")
		out = append(out, option{text[:end], value, l})
	}
	return out
}
