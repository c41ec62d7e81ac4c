package routeros

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accounts are what "user print" shows: an export holds no users. What a script adds is read too.
func (r *reader) accounts() *pb.AccountList {
	s := r.shown.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for i := range r.items("user", "add") {
		ev := r.at(i, "name", "group")
		a := r.account(i.values["name"], i.values["group"], i.disabled(), ev)
		if _, ok := i.value("password"); ok {
			at := r.at(i, "password")
			a.PasswordState, a.PasswordScheme = facts.Text("set", at), facts.Text("plaintext", at)
			if v := i.values["password"]; v == "" {
				a.PasswordState, a.PasswordScheme = facts.Text("empty", at), facts.NotApplicable(at).Text()
			} else if stanza.Hole(v) {
				m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", at)
				a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
			}
		}
		out.Items = append(out.Items, a)
	}
	name, group := -1, -1
	for n, l := range r.shown.Lines() {
		if strings.Contains(l, "NAME") && strings.Contains(l, "GROUP") {
			name, group = strings.Index(l, "NAME"), strings.Index(l, "GROUP")
			continue
		}
		ev := r.shown.Line(n, l)
		switch {
		case name < 0 || strings.TrimSpace(l) == "" || strings.Contains(l, ";;;") || strings.HasPrefix(l, "Flags"):
			continue
		case len(l) <= group || l[name-1] != ' ' || l[group-1] != ' ' || !rowStart.MatchString(l[:name]):
			r.unread = append(r.unread, ev)
			continue
		}
		fields := strings.Fields(l[group:])
		if user := strings.TrimSpace(l[name:group]); user != "" && len(fields) > 0 {
			a := r.account(user, fields[0], strings.Contains(l[:name], "X"), ev)
			a.LastLogin = r.lastLogin(l[group:], ev)
			out.Items = append(out.Items, a)
		}
	}
	return out
}

// rowStart is what stands before a name: a number and flags, or nothing below a comment.
var rowStart = regexp.MustCompile(`^ *[0-9]* *[XIDE ]*$`)

func (r *reader) account(name, group string, off bool, ev *pb.Evidence) *pb.Account {
	na, hidden := facts.NotApplicable(), facts.Unknown(pb.Reason_REASON_NOT_ASKED, "passwords are not shown")
	a := &pb.Account{
		Scope: name, Uid: na.Int(), Shell: na.Text(), Home: na.Text(), Expires: na.Time(), LastChange: hidden.Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "last-logged-in").Time(),
		Roles: facts.Texts([]string{group}, ev), Privileged: facts.Bool(group == "full", ev), LoginEnabled: facts.Bool(!off, ev), DefaultName: facts.Bool(name == "admin", ev),
		PasswordState: hidden.Text(), PasswordScheme: hidden.Text(), DefaultPassword: hidden.Bool(), SshKeys: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "user ssh-keys print").Int(),
	}
	if group != "full" && group != "read" && group != "write" { // a group of one's own may have every right
		for i := range r.items("user group", "add") {
			if policies := strings.Split(i.values["policy"], ","); i.values["name"] == group {
				a.Privileged = facts.Bool(slices.Contains(policies, "policy") && slices.Contains(policies, "write"), r.at(i, "name", "policy"))
				return a
			}
		}
		a.Privileged = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "user group "+group, ev).Bool()
	}
	return a
}

// passwordPolicies reads "/user settings".
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	na, unset := facts.NotApplicable(), r.doc.NoDefault("user settings")
	p := &pb.PasswordPolicy{
		Scope: "users", Enforced: unset.Bool(), MinLength: unset.Int(), MinClasses: unset.Int(), RequiredClasses: na.Texts(), MaxLength: na.Int(), MaxAge: na.Duration(), MinAge: na.Duration(), WarnBefore: na.Duration(),
		History: na.Int(), FirstLoginChange: na.Bool(), DictionaryCheck: na.Bool(), UserNameCheck: na.Bool(), CoversAdmins: unset.Bool(), Scheme: unset.Text(),
	}
	out.Items = append(out.Items, p)
	for key, to := range map[string]**pb.IntFact{"minimum-password-length": &p.MinLength, "minimum-categories": &p.MinClasses} {
		v, at := r.setting("user settings", key)
		if at == nil {
			continue
		}
		n, ok := stanza.Number(v)
		if !ok {
			*to = r.odd(at, key).Int()
			continue
		}
		*to = facts.Int(n, r.at(at, key))
		if n > 0 {
			p.Enforced, p.CoversAdmins = facts.Bool(true, r.at(at, key)), facts.Bool(true, r.at(at, key))
		} else if !facts.Known(p.Enforced) {
			p.Enforced = facts.Bool(false, r.at(at, key))
		}
	}
	return out
}

// lockoutPolicies: RouterOS locks nobody; what is built from filter rules and address lists is not read.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.doc.List()
	m, na := r.doc.Absence(), facts.NotApplicable()
	return &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.LockoutPolicy{{
		Scope: "users", Attempts: m.Int(), Duration: m.Duration(), Window: na.Duration(), Exempt: na.Texts(), CoversAdmins: r.doc.Off(), Locks: na.Text(),
	}}}
}

// sessionPolicies: how long a session may be idle is a user's own setting, which an export does not hold.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, scope := range []string{"ssh", "web", "winbox", "console"} {
		m := r.doc.NoDefault("user inactivity-timeout")
		out.Items = append(out.Items, &pb.SessionPolicy{Scope: scope, IdleTimeout: m.Duration(), AbsoluteTimeout: m.Duration(), MaxSessions: r.doc.NoDefault("ip service max-sessions").Int()})
	}
	return out
}
