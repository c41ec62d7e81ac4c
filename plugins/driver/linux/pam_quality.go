package linux

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// quality is the settings of one line of pam_pwquality, pam_cracklib or pam_passwdqc, as they come out of its files
// and arguments together.
type quality struct {
	entry *pamEntry
	// settings by the name that pwquality.conf(5) gives them.
	settings map[string]number
}

func (q quality) get(name string) number { return q.settings[name] }

const (
	pwqualityDoc = "libpwquality pwquality.conf(5)"
	cracklibDoc  = "Linux-PAM pam_cracklib(8)"
	// pwqualityFloor and cracklibFloor are the shortest lengths that the modules take; they raise shorter ones.
	pwqualityFloor = 6
	cracklibFloor  = 5
	// pwqualityLine is the longest line that libpwquality reads.
	pwqualityLine = 1023
)

// pwqualityNames are the settings that libpwquality knows, with the version that brought each, times a thousand; it
// stops reading a file at a name it does not know or a number it cannot read.
var pwqualityNames = map[string]int{
	"difok": 0, "minlen": 0, "dcredit": 0, "ucredit": 0, "lcredit": 0, "ocredit": 0, "minclass": 0, "maxrepeat": 0, "maxclassrepeat": 0,
	"maxsequence": 0, "gecoscheck": 0, "badwords": 0, "dictpath": 0, "dictcheck": 1300, "usercheck": 1400, "enforcing": 1400,
	"retry": 1401, "enforce_for_root": 1401, "local_users_only": 1401, "usersubstr": 1403,
}

// pwqualityVersion is the libpwquality that the distribution came with, times a thousand (1.4.0 is 1400).
func pwqualityVersion(rel release) (version int, ok bool) {
	switch {
	case !rel.known():
		return 0, false
	case rel.family == "rhel" && rel.major == 7, rel.id == "neokylin":
		return 1203, true
	case rel.id == "debian" && rel.major == 9, rel.id == "ubuntu" && rel.major == 16:
		return 1300, true
	case rel.id == "debian" && rel.major == 10, rel.id == "ubuntu" && rel.major == 18:
		return 1400, true
	}
	return 1404, true
}

// pwquality reads the settings of a line of pam_pwquality: the drop-ins first, then pwquality.conf, then the
// arguments; a later one counts.
func (r *reader) pwquality(e *pamEntry) quality {
	q := quality{entry: e, settings: map[string]number{}}
	version, ok := pwqualityVersion(r.release())
	q.defaults(version, ok)
	read := true
	if version == 0 || version >= 1300 {
		if _, gap := entries(r.Answers, pwqualityDropIns+"/*.conf"); gap != nil {
			q.doubt(*gap)
		}
		for _, path := range listed(r.Answers, pwqualityDropIns+"/*.conf") {
			read = read && q.file(r, bounded(r.File(path)), version)
		}
	}
	if main := bounded(r.File("/etc/security/pwquality.conf")); read {
		q.file(r, main, version)
	}
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		q.set(strings.ToLower(name), value, e.ev(), 1404)
	}
	return q
}

func (q *quality) defaults(version int, ok bool) {
	minlen, credit := int64(8), int64(0)
	if version == 1203 {
		minlen, credit = 9, 1
	}
	doc := pwqualityDoc
	if version == 1203 {
		doc += ", 1.2.3"
	}
	for name, v := range map[string]int64{"minlen": minlen, "dcredit": credit, "ucredit": credit, "lcredit": credit, "ocredit": credit} {
		q.settings[name] = given(v, facts.Default(doc))
		if !ok {
			m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, name)
			q.settings[name] = number{missing: &m}
		}
	}
	for name, v := range map[string]int64{"minclass": 0, "dictcheck": 1, "usercheck": 1, "enforcing": 1, "enforce_for_root": 0} {
		q.settings[name] = given(v, facts.Default(doc))
	}
}

// doubt makes every setting unknown: a file that could have set it was not read.
func (q *quality) doubt(m facts.Missing) {
	for name := range q.settings {
		q.settings[name] = number{missing: &m}
	}
}

// file reads one file and says whether libpwquality would read on.
func (q *quality) file(r *reader, d driver.Document, version int) bool {
	if d.NotFound() {
		return true
	}
	if !d.Whole() {
		q.doubt(d.Unknown())
		return true
	}
	for _, o := range optionLines(d) {
		if len(o.at.text) >= pwqualityLine || !q.set(strings.ToLower(o.name), o.value, o.at.ev(), version) {
			r.miss(o.at.doc, o.at.n, o.at.text)
			return false
		}
	}
	return true
}

// set sets one thing, and says whether the module understands it.
func (q *quality) set(name, value string, ev *pb.Evidence, version int) bool {
	since, ok := pwqualityNames[name]
	switch {
	case !ok || version != 0 && since > version:
		return false
	case name == "badwords" || name == "dictpath":
		return true
	case name == "enforce_for_root" || name == "local_users_only":
		q.settings[name] = given(1, ev)
		return true
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(value, "+"), 10, 32)
	if err != nil {
		return false
	}
	switch name {
	case "minlen":
		n = max(n, pwqualityFloor)
	case "minclass":
		n = min(n, 4)
	}
	q.settings[name] = given(n, ev)
	return true
}

// cracklib reads the arguments of pam_cracklib; it has no file.
func cracklib(e *pamEntry) quality {
	def := func(v int64) number { return given(v, facts.Default(cracklibDoc)) }
	q := quality{entry: e, settings: map[string]number{
		"minlen": def(9), "dcredit": def(1), "ucredit": def(1), "lcredit": def(1), "ocredit": def(1), "minclass": def(0),
		"dictcheck": def(1), "usercheck": def(0), "enforcing": def(1), "enforce_for_root": def(0),
	}}
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "enforce_for_root":
			q.settings[name] = given(1, e.ev())
		case "reject_username":
			q.settings["usercheck"] = given(1, e.ev())
		case "minlen", "dcredit", "ucredit", "lcredit", "ocredit", "minclass":
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
			if err != nil {
				m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, a, e.ev())
				q.settings[name] = number{missing: &m}
				continue
			}
			if name == "minlen" {
				n = max(n, cracklibFloor)
			}
			q.settings[name] = given(n, e.ev())
		}
	}
	return q
}

// passwdqc reads pam_passwdqc: config=FILE and the arguments, in the order in which they stand. Only its shortest
// length and whom it binds are read; what it asks of the characters depends on the length.
func (r *reader) passwdqc(e *pamEntry) quality {
	m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "passwdqc min=", e.ev())
	q := quality{entry: e, settings: map[string]number{
		"minlen": {missing: &m}, "enforcing": given(1, facts.Default("passwdqc.conf(5)")), "enforce_for_root": given(1, facts.Default("passwdqc.conf(5)")),
	}}
	set := func(name, value string, ev *pb.Evidence) {
		switch name {
		case "min":
			least := int64(-1)
			for _, w := range strings.Split(value, ",") {
				if n, err := strconv.ParseInt(w, 10, 32); err == nil && (least < 0 || n < least) {
					least = n
				}
			}
			if least >= 0 {
				q.settings["minlen"] = given(least, ev)
			}
		case "enforce":
			q.settings["enforcing"] = given(boolInt(value != "none"), ev)
			q.settings["enforce_for_root"] = given(boolInt(value == "everyone"), ev)
		}
	}
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		if name == "config" {
			d := bounded(r.File(value))
			if !d.Whole() {
				q.doubt(d.Unknown())
				continue
			}
			for _, o := range optionLines(d) {
				set(o.name, o.value, o.at.ev())
			}
			continue
		}
		set(name, value, e.ev())
	}
	return q
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// credits are the settings that reward or demand a kind of character, with the kind's name.
var credits = []struct{ name, kind string }{{"lcredit", "lower"}, {"ucredit", "upper"}, {"dcredit", "digit"}, {"ocredit", "symbol"}}

// minLength is the shortest password that the settings let pass. A positive credit counts a character of its kind
// twice, up to so many; a negative one demands so many.
func (q quality) minLength() number {
	out := q.get("minlen")
	if out.missing != nil {
		return out
	}
	reward, demanded := int64(0), int64(0)
	ev := slices.Clone(out.ev)
	for _, c := range credits {
		n, ok := q.settings[c.name]
		if !ok {
			continue
		}
		if n.missing != nil {
			return n
		}
		if n.value > 0 {
			reward += n.value
		} else {
			demanded -= n.value
		}
		if n.value != 0 {
			ev = moreEvidence(ev, n.ev...)
		}
	}
	length := max(out.value-reward, (out.value+demanded+1)/2, demanded)
	return given(length, ev...)
}

// kinds gives the kinds of character that every password must have, and how many at the least.
func (q quality) kinds() (required []string, least int64, ev []*pb.Evidence, missing *facts.Missing) {
	demanded := 0
	for i, c := range credits {
		n, ok := q.settings[c.name]
		if !ok {
			m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, q.entry.module, q.entry.ev())
			return nil, 0, nil, &m
		}
		if n.missing != nil {
			return nil, 0, nil, n.missing
		}
		if n.value < 0 {
			demanded |= 1 << i
		}
		ev = moreEvidence(ev, n.ev...)
	}
	classes := q.get("minclass")
	if classes.missing != nil {
		return nil, 0, nil, classes.missing
	}
	ev = moreEvidence(ev, classes.ev...)
	always, letter := 15, true
	least = 4
	for set := range 16 { // every combination of kinds that passes
		n := int64(0)
		for i := range 4 {
			n += int64(set >> i & 1)
		}
		if set&demanded != demanded || n < max(classes.value, 1) {
			continue
		}
		always &= set
		letter = letter && set&3 != 0
		least = min(least, n)
	}
	for i, c := range credits {
		if always>>i&1 == 1 {
			required = append(required, c.kind)
		}
	}
	if letter {
		required = append([]string{"letter"}, required...)
	}
	return required, least, ev, nil
}
