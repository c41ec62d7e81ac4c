package junos

import (
	"slices"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// passwordPolicies are the rules for new passwords: one set for all local users.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.list()
	rules := r.Root.Get("system", "login", "password")
	absent := r.Doc.Absence()
	none := facts.NotApplicable()
	p := &pb.PasswordPolicy{
		Scope: "local users", MaxLength: absent.Int(), MaxAge: absent.Duration(), MinAge: absent.Duration(), History: absent.Int(), RequiredClasses: absent.Texts(), MinClasses: absent.Int(),
		WarnBefore: none.Duration(), FirstLoginChange: none.Bool(), DictionaryCheck: r.Doc.Off(), UserNameCheck: r.Doc.Off(), CoversAdmins: r.Doc.NoDefault("password").Bool(), Scheme: r.Doc.NoDefault("format").Text(),
	}
	p.MinLength = r.Doc.Unknown().Int()
	if r.Whole() {
		p.MinLength = facts.Int(6, facts.Default(minimumLength))
	}
	p.Enforced = r.Doc.Off()
	if rules != nil {
		p.Enforced = facts.Bool(true, r.Section(rules))
	} else if r.Whole() {
		p.Enforced = facts.Bool(true, facts.Default(minimumLength))
	}
	length := func(word string, to **pb.IntFact) {
		if n, at, ok := r.number(rules, word); ok {
			*to = facts.Int(n, r.At(at))
		} else if at != nil {
			*to = r.Odd(at).Int()
		}
	}
	length("minimum-length", &p.MinLength)
	length("maximum-length", &p.MaxLength)
	length("minimum-reuse", &p.History)
	if n, at, ok := r.number(rules, "maximum-lifetime"); ok {
		p.MaxAge = facts.Duration(time.Duration(n)*24*time.Hour, r.At(at))
	}
	if n, at, ok := r.number(rules, "minimum-lifetime"); ok {
		p.MinAge = facts.Duration(time.Duration(n)*24*time.Hour, r.At(at))
	}
	r.classes(p, rules)
	if f := rules.Value("format"); f != nil {
		scheme := map[string]string{"md5": "md5crypt", "sha1": "irreversible", "sha256": "sha256crypt", "sha512": "sha512crypt", "des": "descrypt"}[f.Word]
		if p.Scheme = facts.Text(scheme, r.At(f)); scheme == "" {
			p.Scheme = r.Odd(f).Text()
		}
	}
	for _, n := range rules.All() {
		if !slices.Contains([]string{
			"minimum-length", "maximum-length", "minimum-reuse", "maximum-lifetime", "minimum-lifetime", "minimum-changes", "change-type", "format", "minimum-lower-cases", "minimum-upper-cases",
			"minimum-numerics", "minimum-punctuations", "minimum-letters", "minimum-character-changes",
		}, n.Word) {
			r.Unread = append(r.Unread, r.At(n))
		}
	}
	return &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.PasswordPolicy{p}}
}

// classes are the kinds of characters: named ones by their least counts, and their number where character sets are counted.
func (r *reader) classes(p *pb.PasswordPolicy, rules *tree.Node) {
	words, ev := []string{}, []*pb.Evidence{}
	for _, k := range []struct{ statement, class string }{
		{"minimum-lower-cases", "lower"}, {"minimum-upper-cases", "upper"}, {"minimum-numerics", "digit"}, {"minimum-punctuations", "symbol"},
	} {
		if n, at, ok := r.number(rules, k.statement); ok && n > 0 {
			words, ev = append(words, k.class), append(ev, r.At(at))
		}
	}
	if len(words) > 0 {
		p.RequiredClasses, p.MinClasses = facts.Texts(words, ev...), facts.Int(int64(len(words)), ev...)
	}
	kind := rules.Value("change-type")
	n, at, ok := r.number(rules, "minimum-changes")
	if ok && kind.Text() == "character-sets" || ok && kind.Text() == "character-set" {
		if n > int64(len(words)) {
			p.MinClasses = facts.Int(min(n, 4), r.At(kind), r.At(at))
		}
	}
}

// lockoutPolicies: an account is locked only where a period says so; otherwise too many tries end the connection.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.list()
	p := &pb.LockoutPolicy{
		Scope: "ssh and telnet", Attempts: r.Doc.Absence().Int(), Duration: r.Doc.Absence().Duration(), Window: r.Doc.NoDefault("retry-options").Duration(),
		CoversAdmins: r.Doc.NoDefault("lockout-period").Bool(), Exempt: facts.NotApplicable().Texts(), Locks: facts.NotApplicable().Text(),
	}
	options := r.Root.Get("system", "login", "retry-options")
	period, at, ok := r.number(options, "lockout-period")
	tries, triesAt, counted := r.number(options, "tries-before-disconnect")
	switch {
	case at != nil && !ok:
		m := r.Odd(at)
		p.Attempts, p.Duration = m.Int(), m.Duration()
	case ok:
		p.Duration, p.Locks = facts.Duration(time.Duration(period)*time.Minute, r.At(at)), facts.Text("account", r.At(at))
		switch {
		case counted:
			p.Attempts = facts.Int(tries, r.At(triesAt))
		case triesAt != nil:
			p.Attempts = r.Odd(triesAt).Int()
		case r.Whole():
			p.Attempts = facts.Int(3, r.At(at), facts.Default(retryDefault))
		default:
			p.Attempts = r.Doc.Unknown().Int()
		}
	case triesAt != nil && r.Whole(): // more tries only end the connection
		p.Attempts, p.Duration = facts.Absent(r.Section(options)).Int(), facts.Absent(r.Section(options)).Duration()
	}
	return &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.LockoutPolicy{p}}
}

// sessionPolicies are those of root, of every class that is defined or that a user is in, and of the pages.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.list()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	all := r.Root.Value("system", "login", "idle-timeout")
	out.Items = append(out.Items, &pb.SessionPolicy{Scope: "cli root", IdleTimeout: r.idle(all)})
	classes := []string{}
	for _, c := range r.Root.All("system", "login", "class") {
		classes = append(classes, c.Word)
	}
	for _, u := range r.Root.All("system", "login", "user") {
		if c := u.Value("class"); c != nil {
			classes = append(classes, c.Word)
		}
	}
	slices.Sort(classes)
	for _, c := range slices.Compact(classes) {
		at := r.Root.Value("system", "login", "class", c, "idle-timeout")
		if at == nil {
			at = all
		}
		p := &pb.SessionPolicy{Scope: "cli class " + c, IdleTimeout: r.idle(at), UserCanChange: facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "set cli idle-timeout").Bool()}
		out.Items = append(out.Items, p)
	}
	if web := r.Root.Get("system", "services", "web-management"); web != nil {
		p := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("web-management session idle-timeout").Duration()}
		if n, at, ok := r.number(web, "session", "idle-timeout"); ok && n > 0 {
			p.IdleTimeout = facts.Duration(time.Duration(n)*time.Minute, r.At(at))
		} else if at != nil {
			p.IdleTimeout = r.Odd(at).Duration()
		}
		if n, at, ok := r.number(web, "session", "session-limit"); ok {
			p.MaxSessions = facts.Int(n, r.At(at))
		}
		out.Items = append(out.Items, p)
	}
	return out
}

// idle reads minutes; a zero is not documented.
func (r *reader) idle(at *tree.Node) *pb.DurationFact {
	switch {
	case at == nil && !r.Whole():
		return r.Doc.Unknown().Duration()
	case at == nil:
		return facts.Forever(facts.Default(idleDefault))
	}
	if n, ok := minutes(at.Word); ok {
		return facts.Duration(n, r.At(at))
	}
	return r.Odd(at).Duration()
}

func minutes(word string) (time.Duration, bool) {
	n := 0
	for _, c := range word {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return time.Duration(n) * time.Minute, n > 0
}
