package rgos

import (
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// passwordPolicies reads the rules for all local passwords.
func (r *reader) passwordPolicies() {
	st := r.Doc.List()
	p := &pb.PasswordPolicy{Scope: "local users"}
	for e := range r.Find("password", "policy") {
		ev := r.At(e)
		n, isNumber := e.Number(3)
		if e.Negated {
			continue
		}
		switch {
		case e.Word(2) == "min-size" && isNumber:
			p.MinLength = facts.Int(n, ev)
		case e.Word(2) == "life-cycle" && isNumber:
			p.MaxAge = facts.Duration(time.Duration(n)*24*time.Hour, ev)
		case e.Word(2) == "no-repeat-times" && isNumber:
			p.History = facts.Int(n, ev)
		case e.Word(2) == "strong": // which kinds of characters it demands differs between releases
			m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "password policy strong", ev)
			p.MinClasses, p.RequiredClasses, p.UserNameCheck = m.Int(), m.Texts(), m.Bool()
		case e.Word(2) == "forced-password-modify", e.Word(2) == "force-modify-first-login":
			p.FirstLoginChange = facts.Bool(true, ev)
		case e.Word(2) == "printable-character-check":
		default:
			r.Odd(e)
			continue
		}
		p.Enforced = facts.Bool(true, ev)
	}
	r.FinishPolicy(p)
	r.Facts.PasswordPolicies = &pb.PasswordPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.PasswordPolicy{p}}
}

// lockout reads what is locked after failed logins. The unit of the lockout time differs between releases, hours or minutes.
func (r *reader) lockout() {
	st := r.Doc.List()
	const attempts = "aaa local authentication attempts"
	p := &pb.LockoutPolicy{Scope: "local users", Attempts: r.Doc.NoDefault(attempts).Int(), Duration: r.Doc.NoDefault("aaa local authentication lockout-time").Duration(), Exempt: r.Doc.Absence().Texts()}
	if r.Whole() {
		p.Exempt = facts.Texts([]string{}, r.Doc.All())
	}
	p.CoversAdmins, p.Locks = r.Doc.NoDefault(attempts).Bool(), r.Doc.NoDefault(attempts).Text()
	if e := r.Final("aaa", "local", "authentication", "attempts"); e != nil && !e.Negated {
		if n, ok := e.Number(4); ok && n > 0 {
			p.Attempts = facts.Int(n, r.At(e))
		} else {
			p.Attempts = r.Odd(e).Int()
		}
		p.Locks = facts.Text("account", r.At(e))
	}
	if e := r.Final("aaa", "local", "authentication", "lockout-time"); e != nil && !e.Negated {
		p.Duration = facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "the unit of lockout-time", r.At(e)).Duration()
	}
	r.Facts.LockoutPolicies = &pb.LockoutPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LockoutPolicy{p}}
}
