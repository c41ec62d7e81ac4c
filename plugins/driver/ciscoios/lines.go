package ciscoios

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// known are words of line sections that say nothing that is asked.
var known = []string{
	"stopbits", "databits", "parity", "speed", "flowcontrol", "length", "width", "history", "logging", "transport", "session-timeout", "session-limit", "exec",
	"location", "rotary", "autocommand", "authorization", "accounting", "ipv6", "escape-character", "notify", "exec-banner", "motd-banner", "exec-character-bits",
	"special-character-bits", "monitor", "modem", "rxspeed", "txspeed", "editing", "international", "terminal-type", "refuse-message", "vacant-message", "timeout", "lockable",
	"dispatch-timeout", "media-type", "logout-warning", "autoselect", "full-help", "disconnect-character", "line", "access-class", "exit", "usb-inactivity-timeout", "activation-character",
	"login-string", "telnet", "padding", "start-character", "stop-character", "hold-character", "domain-lookup", "autohangup", "script", "prompt", "private", "ip", "buffer-length", "absolute-timeout",
}

func (r *reader) readLines() []*ciscolike.Line {
	return r.ReadLines(known, ciscolike.Silence{
		Methods: r.lineMethods,
		Idle: func(*ciscolike.Line) *pb.DurationFact {
			if r.major == 12 {
				return r.DefaultSpan(10*time.Minute, execTimeout)
			}
			return r.Doc.NoDefault("exec-timeout").Duration()
		},
		Transports: func(*ciscolike.Line) *pb.TextsFact { return r.Doc.NoDefault("transport input").Texts() },
	})
}

// lineMethods says how a line authenticates.
func (r *reader) lineMethods(l *ciscolike.Line) *pb.TextsFact {
	login := l.Login
	if login != nil && login.Word(1) == "authentication" && !login.Negated {
		return r.loginList(login.Word(2))
	}
	if r.AAA.On {
		return r.loginList("default")
	}
	if login == nil {
		return r.Doc.NoDefault("line without login").Texts()
	}
	ev := r.At(login)
	switch {
	case login.Negated:
		return facts.Texts([]string{"none"}, ev)
	case login.Word(1) == "local":
		return facts.Texts([]string{"local"}, ev)
	case login.Word(1) == "tacacs":
		return facts.Texts([]string{"tacacs"}, ev)
	case len(login.Words) > 1:
		return r.Odd(login).Texts()
	case l.Password == nil && l.Kind != "vty":
		return r.Doc.NoDefault("login without password").Texts()
	}
	return facts.Texts([]string{"line-password"}, ev)
}

// sessions says when idle sessions end.
func (r *reader) sessions() {
	st := r.Doc.List()
	list := &pb.SessionPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, l := range r.lines {
		list.Items = append(list.Items, &pb.SessionPolicy{Scope: l.Scope, IdleTimeout: l.Idle, AbsoluteTimeout: l.Absolute})
	}
	if web := r.webSession(); web != nil {
		list.Items = append(list.Items, web)
	}
	r.Facts.SessionPolicies = list
}

// webSession reads when an idle web session ends, if the web server may run.
func (r *reader) webSession() *pb.SessionPolicy {
	on := false
	for _, words := range [][]string{{"ip", "http", "server"}, {"ip", "http", "secure-server"}} {
		e := r.Final(words...)
		on = on || e != nil && !e.Negated
	}
	if !on {
		return nil
	}
	s := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("ip http session-idle-timeout").Duration()}
	if e := r.Final("ip", "http", "session-idle-timeout"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok && n > 0 {
			s.IdleTimeout = facts.Duration(time.Duration(n)*time.Second, r.At(e))
		} else {
			s.IdleTimeout = r.Odd(e).Duration()
		}
	} else if e := r.Final("ip", "http", "timeout-policy"); e != nil && !e.Negated {
		if n, ok := stanza.Number(e.After("idle")); ok && n > 0 {
			s.IdleTimeout = facts.Duration(time.Duration(n)*time.Second, r.At(e))
		} else {
			s.IdleTimeout = r.Odd(e).Duration()
		}
	}
	return s
}
