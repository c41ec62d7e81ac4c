package collector

import (
	"errors"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	sshasker "github.com/plumbline/plumbline/collector/ssh"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// sessionSource is what evidence of a session cites.
const sessionSource = "ssh session"

// demandsPassword says that a login dialogue meant a demand to change the password, however its driver puts it.
func demandsPassword(meanings []string) bool {
	return slices.ContainsFunc(meanings, func(m string) bool { return strings.Contains(m, "password") })
}

// connected notes what a connection showed.
func (v *visiting) connected(n sshasker.Negotiated, user string) {
	ev := facts.Source(sessionSource)
	weak := facts.Absent(ev).Texts()
	if n.Weak {
		weak = facts.Texts(n.WeakAlgorithms, ev)
	}
	var agreed []string
	for _, a := range []string{n.KeyExchange, n.HostKey, n.CipherIn, n.CipherOut, n.MACIn, n.MACOut} {
		if a != "" && !slices.Contains(agreed, a) {
			agreed = append(agreed, a)
		}
	}
	v.visit.HostKey = n.Fingerprint
	v.session = &pb.Session{
		HostKeyPinned:          facts.Bool(true, ev),
		Algorithms:             facts.Texts(agreed, ev),
		WeakAlgorithms:         weak,
		Account:                facts.Text(user, ev),
		PasswordChangeDemanded: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "no terminal was opened").Bool(),
	}
}

// revealed notes what the login dialogue showed.
func (v *visiting) revealed(meanings []string) {
	v.session.PasswordChangeDemanded = facts.Bool(demandsPassword(meanings), facts.Source("login dialogue"))
}

// sessionAfter notes what a failed attempt to reach the target showed.
func (v *visiting) sessionAfter(err error) {
	var dial *sshasker.DialError
	var login *sshasker.LoginError
	if errors.As(err, &dial) && dial.Fingerprint != "" {
		v.visit.HostKey = dial.Fingerprint
	}
	unreached := facts.Unknown(pb.Reason_REASON_NOT_REACHED, "")
	switch {
	case errors.Is(err, sshasker.ErrChangedKey):
		v.session = &pb.Session{HostKeyPinned: facts.Bool(false, facts.Source(sessionSource))}
	case errors.Is(err, sshasker.ErrUnknownKey):
		v.session = &pb.Session{HostKeyPinned: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "no key is pinned for this target").Bool()}
	case errors.Is(err, sshasker.ErrPasswordChange):
		if v.session == nil {
			v.session = &pb.Session{HostKeyPinned: facts.Bool(true, facts.Source(sessionSource))}
		}
		v.session.PasswordChangeDemanded = facts.Bool(true, facts.Source("login dialogue"))
	case errors.As(err, &login) && demandsPassword(login.Revealed):
		v.session.PasswordChangeDemanded = facts.Bool(true, facts.Source("login dialogue"))
	}
	if v.session == nil {
		return
	}
	if v.session.WeakAlgorithms == nil {
		v.session.WeakAlgorithms = unreached.Texts()
	}
	if v.session.PasswordChangeDemanded == nil {
		v.session.PasswordChangeDemanded = unreached.Bool()
	}
}
