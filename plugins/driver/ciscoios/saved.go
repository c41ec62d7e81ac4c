package ciscoios

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var savedLine = regexp.MustCompile(`^! (Last configuration change|NVRAM config last updated) at (.+?)(?: by \S+)?$`)

// saved reads the head of the configuration, which tells when it was changed and kept, and where copies go by themselves.
func (r *reader) saved() {
	s := &pb.Saved{Archives: r.Doc.Absence().Texts(), RunningIsSaved: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the head of the configuration does not tell").Bool()}
	if !r.Doc.Whole() {
		s.RunningIsSaved = r.Doc.Unknown().Bool()
	}
	var changed, kept stamp
	var changedAt, keptAt *pb.Evidence
	for _, c := range r.comments {
		m := savedLine.FindStringSubmatch(c.text)
		if m == nil {
			if strings.HasPrefix(c.text, "! No configuration change since last restart") {
				s.RunningIsSaved = facts.Bool(true, r.Doc.Line(c.n, c.text))
			}
			continue
		}
		at, ok := moment(m[2])
		if !ok {
			continue
		}
		if m[1] == "Last configuration change" {
			changed, changedAt = at, r.Doc.Line(c.n, c.text)
		} else {
			kept, keptAt = at, r.Doc.Line(c.n, c.text)
		}
	}
	if changedAt != nil && changed.zone == "UTC" {
		s.LastChanged = facts.Time(changed.t, changedAt)
	}
	if keptAt != nil && kept.zone == "UTC" {
		s.LastSaved = facts.Time(kept.t, keptAt)
	}
	if changedAt != nil && keptAt != nil && changed.zone == kept.zone {
		s.RunningIsSaved = facts.Bool(!kept.t.Before(changed.t), changedAt, keptAt)
	}
	for e := range r.Find("archive") {
		for _, l := range e.Under() {
			if l.Words[0] == "path" && !l.Negated && len(l.Words) > 1 {
				path := ciscolike.Credentials.ReplaceAllString(l.Word(1), "://")
				s.Archives = facts.Texts([]string{path}, facts.Line(r.Doc.Source, l.Node.N, "path "+path))
			}
		}
	}
	r.Facts.Saved = s
}

// managing are first words of lines that manage the device, with the words that may follow and are read or say nothing that is asked.
var managing = map[string][]string{
	"aaa": {"new-model", "authentication", "authorization", "accounting", "session-id", "group", "local", "common-criteria", "password", "server", "user", "nas", "max-sessions", "attribute",
		"memory", "dnis", "route", "pod", "configuration", "cache", "traceback", "intercept", "process", "common-criteria"},
	"enable":   {"secret", "password", "last-resort", "use-tacacs"},
	"security": {"passwords", "authentication"},
	"login":    {"block-for", "quiet-mode", "delay", "on-failure", "on-success"},
	"banner":   {"login", "motd", "exec", "incoming", "slip-ppp", "prompt-timeout", "config-save"},
	"ntp": {"server", "peer", "authenticate", "authentication-key", "trusted-key", "access-group", "source", "update-calendar", "clock-period", "master", "logging", "max-associations",
		"passive", "allow", "broadcastdelay", "maxdistance", "panic", "orphan", "mindistance", "refclock", "source-interface"},
	"logging": notHosts,
}

var sshWords = []string{"version", "time-out", "timeout", "authentication-retries", "source-interface", "server", "client", "dh", "logging", "maxstartups", "rsa", "port", "pubkey-chain", "break-string",
	"dscp", "precedence", "stricthostkeycheck", "window-size", "bulk-mode", "rekey", "ec", "ecdsa", "certificate"}

var httpWords = []string{"server", "secure-server", "access-class", "authentication", "port", "secure-port", "timeout-policy", "session-idle-timeout", "path", "client", "max-connections", "secure-ciphersuite",
	"secure-client-auth", "secure-trustpoint", "tls-version", "active-session-modules", "secure-active-session-modules", "accounting", "auth-retry", "digest", "help-path", "session-module-list", "cookie",
	"secure-peer-verify-trustpoint", "secure-ecdhe-curve", "secure-piv-based-auth", "include", "banner", "content-security", "rate-limit"}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for word, second := range managing {
		for e := range r.Find(word) {
			if len(e.Words) > 1 && slices.Contains(second, e.Word(1)) || len(e.Words) == 1 {
				continue
			}
			if word == "logging" && !strings.Contains(e.Word(1), "-") {
				continue // an address or a name: a server
			}
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	for e := range r.Find("ip", "ssh") {
		if !slices.Contains(sshWords, e.Word(2)) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	for e := range r.Find("ip", "http") {
		if !slices.Contains(httpWords, e.Word(2)) {
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	r.Distinct()
}
