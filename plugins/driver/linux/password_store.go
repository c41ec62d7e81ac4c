package linux

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxHistory is the most old passwords that the modules remember.
const maxHistory = 400

// history reads a line of pam_pwhistory: its file, then its arguments.
func (r *reader) history(e *pamEntry) (n number, root bool) {
	n = given(10, facts.Default("Linux-PAM pam_pwhistory(8)"))
	path, named := e.value("conf")
	if !named {
		path = "/etc/security/pwhistory.conf"
	}
	if d := bounded(r.File(path)); !d.NotFound() && (named || r.readsHistoryConf()) {
		if rel := r.release(); !named && !rel.known() {
			m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, path, d.All())
			n = number{missing: &m}
		} else if d.Whole() {
			for _, o := range optionLines(d) {
				switch strings.ToLower(o.name) {
				case "remember":
					if v, ok := leadingInt(o.value); ok {
						n = given(v, o.at.ev())
					}
				case "enforce_for_root":
					root = true
				}
			}
		} else {
			m := d.Unknown()
			n = number{missing: &m}
		}
	}
	for _, a := range e.args {
		name, value, _ := strings.Cut(a, "=")
		switch strings.ToLower(name) {
		case "remember":
			v, _ := leadingInt(value)
			n = given(min(v, maxHistory), e.ev())
		case "enforce_for_root":
			root = true
		}
	}
	return n, root
}

// readsHistoryConf says whether this pam_pwhistory has a file: since Linux-PAM 1.5.3, and where Red Hat brought it back.
func (r *reader) readsHistoryConf() bool {
	rel := r.release()
	switch {
	case rel.id == "debian":
		return rel.major >= 13
	case rel.id == "ubuntu":
		return rel.major >= 24
	case rel.family == "rhel":
		return rel.major >= 8
	}
	return true
}

func unixHistory(e *pamEntry) number {
	v, ok := e.value("remember")
	if !ok {
		return given(0, e.ev())
	}
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n < 0 {
		return given(0, e.ev())
	}
	return given(min(n, maxHistory), e.ev())
}

// schemes are the words of pam_unix and of ENCRYPT_METHOD for what a password is stored as. pam_unix takes a word that
// begins with one it knows.
var schemes = []struct{ word, scheme string }{
	{"md5", "md5crypt"}, {"bigcrypt", "descrypt"}, {"sha256", "sha256crypt"}, {"sha512", "sha512crypt"}, {"blowfish", "bcrypt"},
	{"bcrypt", "bcrypt"}, {"des", "descrypt"}, {"gost_yescrypt", "yescrypt"}, {"yescrypt", "yescrypt"}, {"sm3", "sm3crypt"},
}

// scheme is how the module that sets passwords stores them: its own argument counts, then login.defs.
func (r *reader) scheme(setter *pamEntry) *pb.TextFact {
	for i := len(setter.args) - 1; i >= 0; i-- {
		for _, s := range schemes {
			if strings.HasPrefix(setter.args[i], s.word) {
				return facts.Text(s.scheme, setter.ev())
			}
		}
	}
	defs := r.loginDefs()
	if !defs.doc.Whole() && !defs.doc.NotFound() {
		return defs.doc.Unknown().Text()
	}
	if o, ok := defs.first("ENCRYPT_METHOD"); ok {
		for _, s := range schemes {
			if strings.HasPrefix(strings.ToLower(o.value), s.word) {
				return facts.Text(s.scheme, o.at.ev(), setter.ev())
			}
		}
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, o.value, o.at.ev()).Text()
	}
	return facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "ENCRYPT_METHOD", setter.ev()).Text()
}

// passwordAges states what new accounts get from login.defs.
func (r *reader) passwordAges(p *pb.PasswordPolicy) {
	defs := r.loginDefs()
	if !defs.doc.Whole() && !defs.doc.NotFound() {
		m := defs.doc.Unknown()
		p.MaxAge, p.MinAge, p.WarnBefore = m.Duration(), m.Duration(), m.Duration()
		return
	}
	p.MaxAge = defs.days("PASS_MAX_DAYS", true)
	p.MinAge = defs.days("PASS_MIN_DAYS", false)
	p.WarnBefore = defs.days("PASS_WARN_AGE", false)
}

// foreverDays is the number of days from which shadow's programs and people mean "never".
const foreverDays = 99999

// days reads a number of days. Negative, or 99999 and more of what has an end, switches the limit off.
func (d loginDefs) days(name string, limit bool) *pb.DurationFact {
	o, ok := d.last(name)
	ev := []*pb.Evidence{facts.Default("shadow login.defs(5), " + name)}
	days := int64(-1)
	if ok {
		ev = []*pb.Evidence{o.at.ev()}
		var err error
		if days, err = strconv.ParseInt(o.value, 10, 64); err != nil {
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, name+" "+o.value, ev...).Duration()
		}
	}
	return ageFact(days, limit, ev...)
}

func ageFact(days int64, limit bool, ev ...*pb.Evidence) *pb.DurationFact {
	switch {
	case limit && (days < 0 || days >= foreverDays):
		return facts.Forever(ev...)
	case days < 0:
		return facts.Duration(0, ev...)
	}
	return facts.Duration(time.Duration(min(days, math.MaxInt64/int64(24*time.Hour)))*24*time.Hour, ev...)
}
