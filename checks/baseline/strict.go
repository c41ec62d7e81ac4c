package baseline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks"
	"github.com/plumbline/plumbline/checks/facts"
)

// A way says in which direction a parameter gets stricter.
type way int

const (
	// about: the parameter says what the clause is about, not how strict it is; profiles leave it alone.
	about way = iota
	more
	less
	// union: each word of a set is one more demand.
	union
)

// wayOf knows the parameters that baselines state differently. strict_test.go holds it to be complete.
func wayOf(check, param string) way {
	switch check + " " + param {
	case "password.min_length length", "password.history remember", "lockout.duration duration", "accounts.multi_factor factors",
		"logging.retention keep", "tls.versions min", "tls.strength bits", "tls.certificate rsa", "tls.certificate ecc":
		return more
	case "password.max_age age", "lockout.attempts attempts", "session.idle idle", "accounts.stale after",
		"time.synchronised offset", "patch.pending refresh", "malware.current age":
		return less
	case "password.complexity classes":
		return union
	}
	return about
}

// stricter says whether a demands more than b. Values that cannot be read are not stricter than anything.
func stricter(d checks.Param, w way, a, b string) bool {
	switch {
	case w == about || a == "":
		return false
	case b == "":
		return true
	case w == union:
		return len(wordsOf(join(a, b))) > len(wordsOf(b))
	}
	order, ok := compare(d, a, b)
	return ok && (w == more && order > 0 || w == less && order < 0)
}

// compare orders two values of a parameter. Of two spans of the same length the one that may not be reached is the shorter.
func compare(d checks.Param, a, b string) (int, bool) {
	switch d.Kind {
	case checks.Number:
		x, err := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
		y, err2 := strconv.ParseInt(strings.TrimSpace(b), 10, 64)
		return int(x - y), err == nil && err2 == nil
	case checks.Span:
		x, xs, ok := span(a)
		y, ys, ok2 := span(b)
		switch {
		case x != y:
			return sign(x - y), ok && ok2
		case xs == ys:
			return 0, ok && ok2
		case xs:
			return -1, ok && ok2
		}
		return 1, ok && ok2
	case checks.Word:
		x, y := slices.Index(d.Allowed, strings.TrimSpace(a)), slices.Index(d.Allowed, strings.TrimSpace(b))
		return x - y, x >= 0 && y >= 0
	}
	return 0, false
}

func span(text string) (time.Duration, bool, bool) {
	rest, strict := strings.CutPrefix(strings.TrimSpace(text), "<")
	d, err := facts.ParseSpan(strings.TrimSpace(rest))
	return d, strict, err == nil
}

func sign(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return 1
}

func wordsOf(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '+' || r == ',' || r == ' ' })
	slices.Sort(words)
	return slices.Compact(words)
}

func join(a, b string) string { return strings.Join(wordsOf(a+"+"+b), "+") }
