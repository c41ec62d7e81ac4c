package linux

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const (
	passwdPath = "/etc/passwd"
	shadowPath = "/etc/shadow"
	day        = 24 * time.Hour
)

// shadowEntry is a line of /etc/shadow. Days are -1 where the field is empty.
type shadowEntry struct {
	hash                                              string
	changed, minDays, maxDays, warn, inactive, expire int64
	at                                                *pb.Evidence
	// odd says that a field is no number.
	odd bool
}

// shadow is /etc/shadow by account name.
type shadow struct {
	doc     driver.Document
	entries map[string]shadowEntry
}

func (r *reader) shadow() shadow {
	out := shadow{doc: r.File(shadowPath), entries: map[string]shadowEntry{}}
	for _, l := range linesOf(out.doc) {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		f := strings.Split(l.text, ":")
		if len(f) < 8 || f[0] == "" || f[0][0] == '+' || f[0][0] == '-' {
			r.unread = append(r.unread, out.doc.Line(l.n, maskField(l.text)))
			continue
		}
		e := shadowEntry{hash: f[1], at: out.doc.Line(l.n, maskField(l.text))}
		for i, to := range []*int64{&e.changed, &e.minDays, &e.maxDays, &e.warn, &e.inactive, &e.expire} {
			*to = -1
			if f[i+2] == "" {
				continue
			}
			n, err := strconv.ParseInt(f[i+2], 10, 64)
			if err != nil || n > math.MaxInt32 {
				e.odd = true
				continue
			}
			*to = n
		}
		if _, ok := out.entries[f[0]]; !ok { // the first line of a name counts
			out.entries[f[0]] = e
		}
	}
	return out
}

// maskField takes the second field of a line of passwd or shadow away, so that no hash leaves in an excerpt: what
// shows whether it locks, and of what kind it is, stays.
func maskField(line string) string {
	f := strings.Split(line, ":")
	if len(f) < 2 || len(f[1]) <= 2 {
		return line
	}
	f[1] = maskHash(f[1])
	return strings.Join(f, ":")
}

func maskHash(hash string) string {
	locks := ""
	for strings.HasPrefix(hash, "!") || strings.HasPrefix(hash, "*") {
		locks, hash = locks+hash[:1], hash[1:]
	}
	switch {
	case hash == "":
		return locks
	case strings.HasPrefix(hash, "$"):
		if end := strings.IndexByte(hash[1:], '$'); end >= 0 && end <= 12 {
			return locks + hash[:end+2] + "…"
		}
	}
	return locks + "…"
}

// hashKinds tell how a password is stored by how its hash begins.
var hashKinds = []struct{ prefix, scheme string }{
	{"$y$", "yescrypt"}, {"$gy$", "yescrypt"}, {"$7$", "scrypt"}, {"$2a$", "bcrypt"}, {"$2b$", "bcrypt"}, {"$2x$", "bcrypt"}, {"$2y$", "bcrypt"},
	{"$6$", "sha512crypt"}, {"$5$", "sha256crypt"}, {"$1$", "md5crypt"}, {"$sm3$", "sm3crypt"}, {"$sm3y$", "sm3crypt"}, {"$md5", "md5crypt"},
	{"_", "descrypt"},
}

// hashScheme gives the word for how a hash was made; ok says that it is known.
func hashScheme(hash string) (string, bool) {
	for _, k := range hashKinds {
		if strings.HasPrefix(hash, k.prefix) {
			return k.scheme, true
		}
	}
	if len(hash) == 13 && !strings.ContainsFunc(hash, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '/')
	}) {
		return "descrypt", true
	}
	return "", false
}

// passwordOf states what password an account has, given what stands in shadow's or passwd's second field.
func passwordOf(a *pb.Account, hash string, ev *pb.Evidence) {
	bare := strings.TrimLeft(hash, "!*")
	scheme, known := hashScheme(bare)
	state := "set"
	switch {
	case hash == "":
		state = "empty"
	case hash[0] == '!':
		state = "locked"
	case hash[0] == '*', !known && bare[0] != '$' && len(bare) < 13:
		state = "none" // "*", or a word like "NP" that is no hash: nothing that is typed can match it
	}
	a.PasswordState = facts.Text(state, ev)
	switch {
	case known:
		a.PasswordScheme = facts.Text(scheme, ev)
	case state == "set":
		a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, strings.TrimSuffix(maskHash(bare), "…"), ev).Text()
	default:
		a.PasswordScheme = facts.NotApplicable(ev).Text()
	}
}

// unlimited is an account of which no line of shadow speaks.
func unlimited(at *pb.Evidence) shadowEntry {
	return shadowEntry{changed: -1, maxDays: -1, inactive: -1, expire: -1, at: at}
}

// aging states how long the password and the account last.
func (e shadowEntry) aging(a *pb.Account, now time.Time, clock bool) {
	if e.odd {
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, shadowPath, e.at)
		a.LastChange, a.MaxAge, a.MustChange, a.Expires, a.InactiveLock = m.Time(), m.Duration(), m.Bool(), m.Time(), m.Duration()
		return
	}
	a.MaxAge = ageFact(e.maxDays, true, e.at)
	a.MustChange = facts.Bool(e.changed == 0, e.at)
	if e.changed > 0 {
		a.LastChange = facts.Time(onDay(e.changed), e.at)
	} else {
		a.LastChange = facts.Absent(e.at).Time()
	}
	a.Expires = facts.Absent(e.at).Time()
	if e.expire >= 0 {
		a.Expires = facts.Time(onDay(e.expire), e.at)
	}
	a.InactiveLock = facts.Absent(e.at).Duration()
	if e.inactive >= 0 {
		a.InactiveLock = ageFact(e.inactive, true, e.at)
	}
	if clock && e.passwordRanOut(now) && facts.Known(a.PasswordState) && a.PasswordState.GetValue() == "set" {
		a.PasswordState = facts.Text("expired", e.at)
	}
}

// passwordRanOut says whether the password is so old that the account can no longer be used with it.
func (e shadowEntry) passwordRanOut(now time.Time) bool {
	if e.changed <= 0 || e.maxDays < 0 || e.maxDays >= foreverDays || e.inactive < 0 {
		return false
	}
	return now.After(onDay(e.changed + e.maxDays + e.inactive))
}

// accountRanOut says whether the account itself has ended.
func (e shadowEntry) accountRanOut(now time.Time) bool {
	return e.expire >= 0 && !now.Before(onDay(e.expire))
}

func onDay(n int64) time.Time { return time.Unix(n*int64(day/time.Second), 0).UTC() }

// closedShells open no session; the last ones run one command and end.
var closedShells = []string{
	"/usr/sbin/nologin", "/sbin/nologin", "/usr/bin/nologin", "/bin/nologin", "/bin/false", "/usr/bin/false", "/sbin/false", "/bin/true", "/usr/bin/true",
	"/dev/null", "/bin/sync", "/usr/bin/sync", "/sbin/halt", "/usr/sbin/halt", "/sbin/shutdown", "/usr/sbin/shutdown",
}

func opensSession(shell string) bool { return !slices.Contains(closedShells, shell) }
