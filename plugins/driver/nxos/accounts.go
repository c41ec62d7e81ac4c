package nxos

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// defaultNames are users that Cisco products are delivered or documented with.
var defaultNames = []string{"admin", "cisco", "root"}

// mighty are the roles with full rights.
var mighty = []string{"network-admin", "vdc-admin", "priv-15", "admin"}

// accounts reads the local users; several lines may describe one.
func (r *reader) accounts() {
	st := r.Doc.List()
	list := &pb.AccountList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	byName := map[string]*pb.Account{}
	for e := range r.Find("username") {
		name := e.Word(1)
		if name == "" || e.Negated {
			continue
		}
		a := byName[name]
		if a == nil {
			a = r.NewAccount(e, name, defaultNames)
			byName[name] = a
			list.Items = append(list.Items, a)
			if stanza.Hole(name) {
				r.Unread = append(r.Unread, r.At(e))
			}
		}
		r.account(a, e)
	}
	for _, a := range list.Items {
		r.finishAccount(a)
	}
	r.Facts.Accounts = list
}

// account reads "username NAME [password [TYPE] WORD] [role ROLE] [expire DATE]", and the lines about keys and lifetimes.
func (r *reader) account(a *pb.Account, e *entry) {
	ev := r.At(e)
	words := e.Words
	if i := slices.Index(words, "password"); i == 2 {
		words = append(words[:i:i], r.password(a, e, i)...)
	}
	for i := 2; i < len(words); i++ {
		switch words[i] {
		case "role":
			if i++; i < len(words) {
				roles := append(slices.Clone(a.GetRoles().GetValue()), words[i])
				a.Roles = facts.Texts(roles, append(a.GetRoles().GetEvidence(), ev)...)
			}
		case "sshkey", "ssh-cert-dn":
			a.SshKeys = facts.Int(a.GetSshKeys().GetValue()+1, ev)
			return
		case "expire":
			if i++; i < len(words) {
				if t, err := time.Parse("2006-01-02", words[i]); err == nil {
					a.Expires = facts.Time(t, ev)
				}
			}
		case "passphrase", "password-lifetime":
			if days, ok := stanza.Number(e.After("lifetime")); ok {
				a.MaxAge = facts.Duration(time.Duration(days)*24*time.Hour, ev)
			}
		}
	}
}

// password reads what follows the word at i, and gives the words behind it.
func (r *reader) password(a *pb.Account, e *entry, i int) []string {
	ev := r.At(e)
	rest := e.Words[i+1:]
	kind := ""
	if len(rest) > 1 && len(rest[0]) == 1 && rest[1] != "role" {
		kind, rest = rest[0], rest[1:]
	}
	if len(rest) == 0 {
		a.PasswordState = r.Odd(e).Text()
		a.PasswordScheme = facts.LikeState(a.PasswordState).Text()
		return nil
	}
	value := rest[0]
	a.PasswordState = facts.Text("set", ev)
	switch scheme := ciscolike.Crypt(value); {
	case value == "!" || value == "*" || value == "!!":
		a.PasswordState, a.PasswordScheme = facts.Text("none", ev), facts.NotApplicable(ev).Text()
	case scheme != "":
		a.PasswordScheme = facts.Text(scheme, ev)
	case stanza.Hole(value):
		a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case kind == "" || kind == "0":
		a.PasswordScheme = facts.Text("plaintext", ev)
		a.DefaultPassword = facts.Bool(value == a.GetScope() && slices.Contains(defaultNames, value), ev)
	case kind == "7":
		a.PasswordScheme = facts.Text("reversible", ev)
	default:
		a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
	return rest[1:]
}

// finishAccount states what follows from the absence of words.
func (r *reader) finishAccount(a *pb.Account) {
	if a.PasswordState == nil {
		m := r.Doc.NoDefault("username without password")
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	}
	if a.Roles == nil {
		m := r.Doc.NoDefault("username without role")
		a.Roles, a.Privileged = m.Texts(), m.Bool()
	} else {
		full := slices.ContainsFunc(a.Roles.GetValue(), func(w string) bool { return slices.Contains(mighty, w) })
		a.Privileged = facts.Bool(full, a.Roles.GetEvidence()...)
	}
	switch a.PasswordState.GetValue() {
	case "set":
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	case "none":
		a.LoginEnabled = facts.Bool(a.GetSshKeys().GetValue() > 0, a.PasswordState.GetEvidence()...)
		if !r.Whole() && !a.LoginEnabled.GetValue() {
			a.LoginEnabled = r.Doc.Unknown().Bool()
		}
	default:
		a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	}
	if a.SshKeys == nil && r.Whole() {
		a.SshKeys = facts.Int(0, r.Doc.All())
	}
}

// enable reads the password that raises privilege, which only matters with "feature privilege".
func (r *reader) enable() {
	p := r.Facts.Protections
	p.EnableScheme = r.Doc.Absence().Text()
	for e := range r.Find("enable", "secret") {
		i := 2
		if e.Word(2) == "priv-lvl" || e.Negated {
			continue
		}
		if len(e.Word(i)) == 1 {
			i++
		}
		switch scheme := ciscolike.Crypt(e.Word(i)); {
		case scheme != "":
			p.EnableScheme = facts.Text(scheme, r.At(e))
		case i == 2 && !stanza.Hole(e.Word(i)) && e.Word(i) != "":
			p.EnableScheme = facts.Text("plaintext", r.At(e))
		case e.Word(2) == "0" && !stanza.Hole(e.Word(i)):
			p.EnableScheme = facts.Text("plaintext", r.At(e))
		default:
			p.EnableScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Text()
		}
	}
	// Local passwords are kept as hashes; what follows "key 7" is readable by anybody who has the configuration.
	p.PasswordEncryption = r.Doc.NoDefault("password encryption").Bool()
	for _, words := range [][]string{{"feature", "password", "encryption", "aes"}, {"encryption", "re-encrypt"}} {
		if e := r.Final(words...); e != nil {
			p.PasswordEncryption = facts.Bool(!e.Negated, r.At(e))
		}
	}
}

// accounting says whether each administrator's command is recorded.
func (r *reader) accounting() {
	p := r.Facts.Protections
	p.CommandAccounting = r.Doc.NoDefault("aaa accounting default").Bool()
	if e := r.Final("aaa", "accounting", "default"); e != nil {
		p.CommandAccounting = facts.Bool(!e.Negated && !strings.HasSuffix(e.Node.Text, " none"), r.At(e))
	}
}

// passwordPolicies reads the rules for local passwords.
func (r *reader) passwordPolicies() {
	st := r.Doc.List()
	p := &pb.PasswordPolicy{Scope: "local users"}
	strength := r.Final("password", "strength-check")
	if strength == nil { // on or off, as the release has it
		m := r.Doc.NoDefault("password strength-check")
		p.Enforced, p.MinLength, p.MinClasses, p.RequiredClasses, p.DictionaryCheck, p.UserNameCheck = m.Bool(), m.Int(), m.Int(), m.Texts(), m.Bool(), m.Bool()
	} else if p.Enforced = facts.Bool(!strength.Negated, r.At(strength)); !strength.Negated {
		m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "password strength-check", r.At(strength))
		p.MinLength, p.MinClasses, p.RequiredClasses, p.DictionaryCheck, p.UserNameCheck = m.Int(), m.Int(), m.Texts(), m.Bool(), m.Bool()
		if r.Documented { // of the user's own name the documents say nothing
			ev := []*pb.Evidence{r.At(strength), facts.Default(strongPasswords)}
			p.MinLength, p.MinClasses, p.RequiredClasses = facts.Int(8, ev...), facts.Int(3, ev...), facts.Texts([]string{"lower", "upper", "digit"}, ev...)
			p.DictionaryCheck = facts.Bool(true, ev...)
		}
	}
	for e := range r.Find("userpassphrase") {
		ev := r.At(e)
		if e.Negated {
			continue
		}
		if n, ok := stanza.Number(e.After("min-length")); ok {
			p.MinLength = facts.Int(n, ev)
		}
		if n, ok := stanza.Number(e.After("max-length")); ok {
			p.MaxLength = facts.Int(n, ev)
		}
		if n, ok := stanza.Number(e.After("default-lifetime")); ok {
			p.MaxAge = facts.Duration(time.Duration(n)*24*time.Hour, ev)
		}
	}
	r.FinishPolicy(p)
	r.Facts.PasswordPolicies = &pb.PasswordPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.PasswordPolicy{p}}
}

// lockout reads "aaa authentication rejected N in SECONDS ban SECONDS", which locks a user, and "system login block-for …", which shuts
// the device for a while.
func (r *reader) lockout() {
	st := r.Doc.List()
	list := &pb.LockoutPolicyList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	if e := r.Final("aaa", "authentication", "rejected"); e != nil && !e.Negated {
		n, ok := e.Number(3)
		list.Items = append(list.Items, r.lock(e, "local users", "account", n, ok, e.After("ban"), e.After("in")))
	}
	for _, words := range [][]string{{"system", "login", "block-for"}, {"login", "block-for"}} {
		if e := r.Final(words...); e != nil && !e.Negated {
			n, ok := stanza.Number(e.After("attempts"))
			list.Items = append(list.Items, r.lock(e, "login", "line", n, ok, e.Word(len(words)), e.After("within")))
		}
	}
	if len(list.Items) == 0 {
		list.Items = append(list.Items, &pb.LockoutPolicy{Scope: "local users", Attempts: r.Doc.Absence().Int()})
	}
	r.Facts.LockoutPolicies = list
}

func (r *reader) lock(e *entry, scope, locks string, attempts int64, ok bool, duration, window string) *pb.LockoutPolicy {
	ev := r.At(e)
	p := &pb.LockoutPolicy{Scope: scope, Locks: facts.Text(locks, ev), CoversAdmins: facts.Bool(true, ev), Exempt: r.Doc.Absence().Texts()}
	d, ok2 := stanza.Number(duration)
	w, ok3 := stanza.Number(window)
	if !ok || !ok2 || !ok3 {
		m := r.Odd(e)
		p.Attempts, p.Duration, p.Window = m.Int(), m.Duration(), m.Duration()
		return p
	}
	p.Attempts, p.Duration, p.Window = facts.Int(attempts, ev), facts.Duration(time.Duration(d)*time.Second, ev), facts.Duration(time.Duration(w)*time.Second, ev)
	if locks == "account" {
		p.CoversAdmins = r.Doc.NoDefault("aaa authentication rejected: administrators").Bool()
	}
	if r.Whole() {
		p.Exempt = facts.Texts([]string{}, r.Doc.All())
	}
	if q := r.Final("system", "login", "quiet-mode", "access-class"); q != nil && !q.Negated && locks == "line" {
		p.Exempt = facts.Texts([]string{"access-list " + q.Word(4)}, r.At(q))
	}
	return p
}
