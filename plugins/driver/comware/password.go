package comware

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

const day = 24 * time.Hour

// control is what "display password-control" says holds now, by what it is called there.
type control struct {
	doc  driver.Document
	said map[string]said
}

type said struct {
	n    int
	text string
}

func readControl(doc driver.Document) control {
	c := control{doc: doc, said: map[string]said{}}
	if !doc.Whole() {
		return c
	}
	for n, l := range doc.Lines() {
		if key, value, ok := strings.Cut(l, ": "); ok {
			if key = strings.ToLower(strings.TrimSpace(key)); c.said[key].n == 0 {
				c.said[key] = said{n, strings.TrimSpace(value)}
			}
		}
	}
	return c
}

// get gives what is said of a subject, and the line as evidence.
func (c *control) get(key string) (string, *pb.Evidence) {
	s, ok := c.said[key]
	if !ok {
		return "", nil
	}
	return s.text, c.doc.Line(s.n, key+": "+s.text)
}

// controlled is whether password control is on for those who administer.
func (r *reader) controlled() *pb.BoolFact {
	if text, ev := r.control.get("password control"); strings.HasPrefix(text, "Enabled") || strings.HasPrefix(text, "Disabled") {
		return facts.Bool(strings.HasPrefix(text, "Enabled"), ev)
	}
	for e := range r.Find("password-control", "enable") {
		if len(e.Words) == 2 {
			return facts.Bool(!e.Negated, r.At(e))
		}
	}
	return r.rules.Bool("password-control", false)
}

// passwordPolicies reads what is demanded of passwords: of all users, and what groups and users have of their own.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.Doc.List()
	out := &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	base := r.policy()
	out.Items = append(out.Items, base)
	for _, o := range r.overrides("aging", "length", "composition", "complexity") {
		p := &pb.PasswordPolicy{
			Scope: o.scope, Enforced: base.Enforced, MinLength: base.MinLength, MaxLength: base.MaxLength, MinClasses: base.MinClasses, RequiredClasses: base.RequiredClasses,
			DictionaryCheck: base.DictionaryCheck, UserNameCheck: base.UserNameCheck, MaxAge: base.MaxAge, MinAge: base.MinAge, WarnBefore: base.WarnBefore,
			History: base.History, FirstLoginChange: base.FirstLoginChange, CoversAdmins: base.CoversAdmins, Scheme: base.Scheme,
		}
		for _, l := range o.lines {
			r.rule(p, l)
		}
		out.Items = append(out.Items, p)
	}
	return out
}

// own are the lines about passwords that a group or a user has of its own.
type own struct {
	scope string
	lines []*stanza.Entry
}

func (r *reader) overrides(topics ...string) []own {
	var out []own
	for _, word := range []string{"user-group", "local-user"} {
		for e := range r.Find(word) {
			o := own{scope: word + " " + e.Word(1)}
			for _, l := range e.Under() {
				if l.Words[0] == "password-control" && slices.Contains(topics, l.Word(1)) && !l.Negated {
					o.lines = append(o.lines, l)
				}
			}
			if len(o.lines) > 0 && !e.Negated {
				out = append(out, o)
			}
		}
	}
	return out
}

// policy reads the global rules: what the device shows of them, else what is configured, else the defaults where control is on.
func (r *reader) policy() *pb.PasswordPolicy {
	on := r.controlled()
	p := &pb.PasswordPolicy{
		Scope: "local users", Enforced: on, MaxLength: r.Doc.Absence().Int(), RequiredClasses: facts.NotApplicable().Texts(),
		DictionaryCheck: r.Doc.Absence().Bool(), CoversAdmins: facts.Bool(true), Scheme: r.Doc.NoDefault("password").Text(),
	}
	if facts.Known(on) && !on.GetValue() {
		off := facts.Absent(on.GetEvidence()...)
		p.MinLength, p.MinClasses, p.UserNameCheck, p.MaxAge = off.Int(), off.Int(), off.Bool(), off.Duration()
		p.MinAge, p.WarnBefore, p.History, p.FirstLoginChange = off.Duration(), off.Duration(), off.Int(), off.Bool()
	} else {
		p.MinLength, p.MinClasses = r.rules.Int("length", 10), r.rules.Int("composition", 1)
		p.UserNameCheck, p.FirstLoginChange = r.rules.Bool("user-name check", false), r.rules.Bool("first login", true)
		p.MaxAge, p.MinAge, p.WarnBefore = r.rules.Span("aging", 90*day), r.rules.Span("update-interval", day), r.rules.Span("alert", 7*day)
		p.History = r.rules.Int("history", 4)
	}
	for e := range r.Find("password-control") {
		r.rule(p, e)
	}
	r.shown(p)
	return p
}

// rule reads one line about passwords into a policy.
func (r *reader) rule(p *pb.PasswordPolicy, e *stanza.Entry) {
	n, ok := e.Number(len(e.Words) - 1)
	ev := r.At(e)
	switch topic := e.Word(1); {
	case topic == "enable":
	case e.Word(2) == "enable" && slices.Contains([]string{"aging", "composition", "history", "length"}, topic):
		if e.Negated {
			r.without(p, topic, ev)
		}
	case topic == "length" && ok && !e.Negated:
		p.MinLength = facts.Int(n, ev)
	case topic == "aging" && ok && !e.Negated:
		p.MaxAge = facts.Duration(time.Duration(n)*day, ev)
	case topic == "history" && ok && !e.Negated:
		p.History = facts.Int(n, ev)
	case topic == "update-interval" && ok && !e.Negated, e.Begins("password-control", "password", "update", "interval") && ok && !e.Negated:
		p.MinAge = facts.Duration(time.Duration(n)*time.Hour, ev)
	case topic == "alert-before-expire" && ok && !e.Negated:
		p.WarnBefore = facts.Duration(time.Duration(n)*day, ev)
	case topic == "composition" && !e.Negated:
		if kinds, ok := stanza.Number(e.After("type-number")); ok {
			p.MinClasses = facts.Int(kinds, ev)
		} else {
			p.MinClasses = r.Odd(e).Int()
		}
	case topic == "complexity" && e.Word(2) == "user-name":
		p.UserNameCheck = facts.Bool(!e.Negated, ev)
	case e.Begins("password-control", "change-password", "first-login"):
		p.FirstLoginChange = facts.Bool(!e.Negated, ev)
	case e.Negated, topic == "login-attempt", topic == "complexity", topic == "change-password":
	default:
		e.Used = false // the rest is told by leftover
	}
}

// without is a rule that is switched off while control is on. Of the length four characters are left.
func (r *reader) without(p *pb.PasswordPolicy, topic string, ev *pb.Evidence) {
	switch topic {
	case "aging":
		p.MaxAge = facts.Forever(ev)
	case "composition":
		p.MinClasses = facts.Absent(ev).Int()
	case "history":
		p.History = facts.Absent(ev).Int()
	case "length":
		p.MinLength = r.rules.Doc.NoDefault("undo password-control length enable").Int()
		if doc := r.rules.Evidence("functions"); doc != nil {
			p.MinLength = facts.Int(4, ev, doc)
		}
	}
}

var shownNumber = regexp.MustCompile(`[0-9]+`)

// shown puts what the device itself says holds in place of what was read from its configuration.
func (r *reader) shown(p *pb.PasswordPolicy) {
	value := func(key string) (int64, bool, *pb.Evidence) {
		text, ev := r.control.get(key)
		n, err := strconv.ParseInt(shownNumber.FindString(text), 10, 32)
		return n, err == nil && strings.HasPrefix(text, "Enabled"), ev
	}
	if !facts.Known(p.Enforced) || !p.Enforced.GetValue() {
		return
	}
	if n, ok, ev := value("password aging"); ok {
		p.MaxAge = facts.Duration(time.Duration(n)*day, ev)
	} else if ev != nil {
		p.MaxAge = facts.Forever(ev)
	}
	if n, ok, ev := value("password length"); ok {
		p.MinLength = facts.Int(n, ev)
	}
	if n, ok, ev := value("password composition"); ok {
		p.MinClasses = facts.Int(n, ev)
	}
	if n, ok, ev := value("password history"); ok {
		p.History = facts.Int(n, ev)
	} else if ev != nil {
		p.History = facts.Absent(ev).Int()
	}
	if text, ev := r.control.get("password complexity"); strings.Contains(text, "username checking") || strings.Contains(text, "user-name checking") {
		p.UserNameCheck = facts.Bool(strings.HasPrefix(text, "Enabled"), ev)
	}
}

// lockoutPolicies reads what happens after wrong passwords, and after many tries from one address.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.Doc.List()
	out := &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	base := r.lock("password-control", r.Final("password-control", "login-attempt"))
	r.shownLock(base)
	out.Items = append(out.Items, base)
	for _, o := range r.overrides("login-attempt") {
		out.Items = append(out.Items, r.lock(o.scope, o.lines[len(o.lines)-1]))
	}
	if e := r.Final("attack-defense", "login", "enable"); e != nil && !e.Negated {
		out.Items = append(out.Items, r.sourceLock(e))
	}
	return out
}

// lock reads "login-attempt N [exceed lock | lock-time M | unlock]", the time in minutes.
func (r *reader) lock(scope string, e *stanza.Entry) *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{Scope: scope, Locks: facts.Text("account"), Exempt: r.Doc.Absence().Texts(), Window: facts.NotApplicable().Duration()}
	on := r.controlled()
	switch {
	case facts.Known(on) && !on.GetValue() && e != nil && !e.Negated: // one document says that it has no effect then; whether all versions do so is not known
		m := facts.Unknown(pb.Reason_REASON_CONFLICT, "password-control enable", append([]*pb.Evidence{r.At(e)}, on.GetEvidence()...)...)
		p.Attempts, p.Duration, p.CoversAdmins = m.Int(), m.Duration(), m.Bool()
		return p
	case facts.Known(on) && !on.GetValue():
		off := facts.Absent(on.GetEvidence()...)
		p.Attempts, p.Duration, p.CoversAdmins = off.Int(), off.Duration(), facts.Bool(false, on.GetEvidence()...)
		return p
	}
	p.Attempts, p.Duration, p.CoversAdmins = r.rules.Int("login-attempt", 3), r.rules.Span("login-attempt", time.Minute), facts.LikeState(on).Bool()
	if facts.Known(on) {
		p.CoversAdmins = facts.Bool(true, on.GetEvidence()...)
	} else {
		p.Attempts, p.Duration = facts.LikeState(on).Int(), facts.LikeState(on).Duration()
	}
	if e == nil || e.Negated {
		return p
	}
	n, ok := e.Number(2)
	if !ok {
		m := r.Odd(e)
		p.Attempts, p.Duration = m.Int(), m.Duration()
		return p
	}
	p.Attempts = facts.Int(n, r.At(e))
	switch action := e.After("exceed"); action {
	case "lock":
		p.Duration = facts.Forever(r.At(e))
	case "lock-time", "locktime":
		if minutes, ok := stanza.Number(e.After(action)); ok {
			p.Duration = facts.Duration(time.Duration(minutes)*time.Minute, r.At(e))
		} else {
			p.Duration = r.Odd(e).Duration()
		}
	case "unlock":
		off := facts.Absent(r.At(e))
		p.Attempts, p.Duration = off.Int(), off.Duration()
	case "":
	default:
		p.Duration = r.Odd(e).Duration()
	}
	return p
}

// shownLock puts what the device itself says holds in place of what was read from its configuration.
func (r *reader) shownLock(p *pb.LockoutPolicy) {
	on := r.controlled()
	attempts, at := r.control.get("maximum login attempts")
	if at == nil {
		attempts, at = r.control.get("maximum failed login attempts")
	}
	action, how := r.control.get("action for exceeding login attempts")
	n, err := strconv.ParseInt(attempts, 10, 32)
	if !facts.Known(on) || !on.GetValue() || at == nil || how == nil || err != nil {
		return
	}
	low := strings.ToLower(action)
	minutes, numeric := stanza.Number(shownNumber.FindString(action))
	switch {
	case strings.HasPrefix(low, "unlock"):
		p.Attempts, p.Duration = facts.Absent(how).Int(), facts.Absent(how).Duration()
	case strings.HasPrefix(low, "lock") && numeric && strings.Contains(low, "minute"):
		p.Attempts, p.Duration = facts.Int(n, at), facts.Duration(time.Duration(minutes)*time.Minute, how)
	case strings.HasPrefix(low, "lock") && !numeric:
		p.Attempts, p.Duration = facts.Int(n, at), facts.Forever(how)
	}
}

// sourceLock is the defence against guessing from one address.
func (r *reader) sourceLock(on *stanza.Entry) *pb.LockoutPolicy {
	p := &pb.LockoutPolicy{
		Scope: "attack-defense login", Locks: facts.Text("source", r.At(on)), Exempt: r.Doc.Absence().Texts(), Window: facts.NotApplicable().Duration(),
		CoversAdmins: facts.Bool(true, r.At(on)), Attempts: r.Doc.NoDefault("attack-defense login max-attempt").Int(), Duration: r.Doc.NoDefault("attack-defense login block-timeout").Duration(),
	}
	if e := r.Final("attack-defense", "login", "max-attempt"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			p.Attempts = facts.Int(n, r.At(e))
		} else {
			p.Attempts = r.Odd(e).Int()
		}
	}
	if e := r.Final("attack-defense", "login", "block-timeout"); e != nil && !e.Negated {
		if n, ok := e.Number(3); ok {
			p.Duration = facts.Duration(time.Duration(n)*time.Minute, r.At(e))
		} else {
			p.Duration = r.Odd(e).Duration()
		}
	}
	return p
}
