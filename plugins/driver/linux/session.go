package linux

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	pluginpb "github.com/plumbline/plumbline/proto/plumbline/plugin/v1"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sessionTopic is read after the accounts and the resource limits, at which it looks.
var sessionTopic = topic{name: "sessions", ask: askSessions, read: readSessions}

var cshFiles = []string{"/etc/csh.cshrc", "/etc/csh.login"}

func askSessions(a driver.Answers) []*pluginpb.Question {
	out := append(askTmout(a), files(cshFiles...)...)
	out = append(out, asked(askSystemdConf(a, "logind"))...)
	return append(out, globs("/bin/sh", "/usr/bin/sh")...)
}

func readSessions(r *reader) {
	if r.facts.SessionPolicies == nil {
		r.facts.SessionPolicies = &pb.SessionPolicyList{}
	}
	list := r.facts.SessionPolicies
	list.Items = append(list.Items, r.bashPolicy())
	list.Items = append(list.Items, r.otherShells()...)
	if p := r.logindPolicy(); p != nil {
		list.Items = append(list.Items, p)
	}
	if p := r.loginLimit(); p != nil {
		list.Items = append(list.Items, p)
	}
	settle(list, nil)
}

// bashNames are shells that read what bash reads and end an idle session by TMOUT.
var bashNames = []string{"/bin/bash", "/usr/bin/bash", "/bin/rbash", "/usr/bin/rbash", "/bin/ksh", "/usr/bin/ksh", "/bin/ksh93", "/bin/mksh"}

// otherShells states, for accounts that can log in with another shell, when that ends.
func (r *reader) otherShells() []*pb.SessionPolicy {
	shells := map[string]*pb.Account{} // with one that uses it: one that surely can log in, if there is
	for _, a := range r.facts.GetAccounts().GetItems() {
		shell, enabled := a.GetShell().GetValue(), a.GetLoginEnabled()
		if shell == "" || !opensSession(shell) || slices.Contains(bashNames, shell) || facts.Known(enabled) && !enabled.GetValue() {
			continue
		}
		if seen, ok := shells[shell]; !ok || !facts.Known(seen.GetLoginEnabled()) {
			shells[shell] = a
		}
	}
	var out []*pb.SessionPolicy
	for shell, a := range shells {
		idle := r.shellIdle(shell, a.GetShell().GetEvidence())
		if idle != nil && !facts.Known(a.GetLoginEnabled()) {
			idle = facts.LikeState(a.GetLoginEnabled()).Duration()
		}
		if idle != nil {
			out = append(out, &pb.SessionPolicy{Scope: "shell " + shell, IdleTimeout: idle})
		}
	}
	slices.SortFunc(out, func(a, b *pb.SessionPolicy) int { return strings.Compare(a.Scope, b.Scope) })
	return out
}

// shellIdle states when a shell that is not bash ends; nil where it is bash by another name.
func (r *reader) shellIdle(shell string, at []*pb.Evidence) *pb.DurationFact {
	switch name := shell[strings.LastIndexByte(shell, '/')+1:]; name {
	case "sh":
		link, ok, gap := entry(r.Answers, shell)
		switch {
		case gap != nil:
			return gap.Duration()
		case ok && strings.Contains(link.Target, "bash"):
			return nil
		case ok && strings.Contains(link.Target, "dash"):
			return facts.Absent(moreEvidence(at, facts.Source("glob "+shell))...).Duration()
		}
	case "dash", "git-shell", "rssh", "scponly":
		return facts.Absent(at...).Duration()
	case "csh", "tcsh":
		return r.autologout(at)
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, shell, at...).Duration()
}

// autologout reads csh's variable of that name, in minutes.
func (r *reader) autologout(at []*pb.Evidence) *pb.DurationFact {
	out := facts.Absent(at...).Duration()
	for _, path := range cshFiles {
		d := r.File(path)
		if !d.Whole() && !d.NotFound() {
			return d.Unknown().Duration()
		}
		for _, l := range linesOf(d) {
			text, _, _ := strings.Cut(l.text, "#")
			_, rest, ok := strings.Cut(text, "autologout")
			if !ok {
				continue
			}
			value, eq := strings.CutPrefix(strings.TrimSpace(rest), "=")
			f := strings.Fields(value)
			n, err := -1, strconv.ErrSyntax
			if eq && len(f) > 0 {
				n, err = strconv.Atoi(strings.Trim(f[0], `"'()`))
			}
			switch {
			case err != nil || !strings.HasPrefix(strings.TrimSpace(text), "set "):
				out = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, path, l.ev()).Duration()
			case n == 0:
				out = facts.Forever(l.ev())
			default:
				out = facts.Duration(time.Duration(n)*time.Minute, l.ev())
			}
		}
	}
	return out
}

// logindPolicy states when systemd-logind ends an idle session, where it is told to; by itself it never does.
func (r *reader) logindPolicy() *pb.SessionPolicy {
	settings, c := r.readSystemdConf("logind")
	v, ok := settings.last("Login.StopIdleSessionSec")
	if !ok || v.value == "infinity" {
		return nil
	}
	p := &pb.SessionPolicy{Scope: "logind"}
	d, known := systemdSpan(v.value)
	switch {
	case c.gap != nil:
		p.IdleTimeout = c.gap.Duration()
	case !known:
		p.IdleTimeout = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, v.value, v.at.ev()).Duration()
	default:
		p.IdleTimeout, p.UserCanChange = facts.Duration(d, v.at.ev()), facts.Bool(false, v.at.ev())
	}
	return p
}

// loginLimit states how often one user may be logged in at once, from pam_limits' maxlogins for everybody.
func (r *reader) loginLimit() *pb.SessionPolicy {
	list := r.facts.GetResourceLimits()
	p := &pb.SessionPolicy{Scope: "logins"}
	for _, l := range list.GetItems() {
		if l.GetResource().GetValue() != "maxlogins" || l.GetDomain().GetValue() != "*" {
			continue
		}
		n, err := strconv.ParseInt(l.GetValue().GetValue(), 10, 32)
		if err != nil || n < 0 {
			p.MaxSessions = facts.Absent(l.GetValue().GetEvidence()...).Int()
			continue
		}
		p.MaxSessions = facts.Int(n, l.GetValue().GetEvidence()...)
	}
	switch {
	case p.MaxSessions != nil:
	case list == nil:
		return nil
	case facts.Known(list):
		p.MaxSessions = facts.Absent(list.GetEvidence()...).Int()
	default:
		p.MaxSessions = facts.LikeState(list).Int()
	}
	return p
}

// systemdUnits are the units in which systemd takes a length of time, in seconds.
var systemdUnits = map[string]float64{
	"": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "usec": 1e-6, "m": 60, "min": 60, "minute": 60, "minutes": 60,
	"h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "w": 604800, "week": 604800, "weeks": 604800,
}

// systemdSpan reads a length of time as systemd writes it: 900, 15min, 1h 30m.
func systemdSpan(s string) (time.Duration, bool) {
	total := 0.0
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		digits := strings.IndexFunc(s, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
		if digits < 0 {
			digits = len(s)
		}
		n, err := strconv.ParseFloat(s[:digits], 64)
		s = strings.TrimSpace(s[digits:])
		letters := strings.IndexFunc(s, func(c rune) bool { return c < 'a' || c > 'z' })
		if letters < 0 {
			letters = len(s)
		}
		unit, known := systemdUnits[s[:letters]]
		if err != nil || !known {
			return 0, false
		}
		total += n * unit
		s = s[letters:]
	}
	return time.Duration(total * float64(time.Second)), total > 0 && total < 1e9
}
