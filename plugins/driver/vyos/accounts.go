package vyos

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var defaultNames = []string{"vyos", "vyatta", "ubnt", "root", "admin"}

func (r *reader) accounts() *pb.AccountList {
	s := r.list()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, u := range r.Root.All("system", "login", "user") {
		ev := r.At(u)
		na := facts.NotApplicable(ev)
		never := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "")
		a := &pb.Account{
			Scope: u.Word, Uid: na.Int(), Shell: na.Text(), Home: na.Text(), Services: na.Texts(), DefaultName: facts.Bool(slices.Contains(defaultNames, strings.ToLower(u.Word)), ev), LastLogin: never.Time(), LastChange: never.Time(),
		}
		r.rights(a, u)
		r.password(a, u)
		if tree.Hole(u.Word) {
			r.Unread = append(r.Unread, ev)
		}
		out.Items = append(out.Items, a)
	}
	return out
}

func (r *reader) rights(a *pb.Account, u *tree.Node) {
	level := u.Value("level")
	group := u.Value("operator", "group")
	switch {
	case level.Text() == "admin" || level.Text() == "superuser":
		a.Roles, a.Privileged = facts.Texts([]string{level.Word}, r.At(level)), facts.Bool(true, r.At(level))
	case level.Text() == "operator":
		a.Roles, a.Privileged = facts.Texts([]string{level.Word}, r.At(level)), facts.Bool(false, r.At(level))
	case level != nil:
		a.Roles, a.Privileged = r.Odd(level).Texts(), r.Odd(level).Bool()
	case group != nil:
		a.Roles, a.Privileged = facts.Texts([]string{group.Word}, r.At(group)), facts.Bool(false, r.At(group))
	default:
		a.Roles, a.Privileged = r.Doc.Absence().Texts(), r.defaultBool(true, loginDefault)
	}
}

// password says how a password is kept, by what it begins with; keys let in without one.
func (r *reader) password(a *pb.Account, u *tree.Node) {
	auth := u.Get("authentication")
	keys := auth.All("public-keys")
	a.SshKeys = facts.Int(int64(len(keys)), r.At(u))
	if !r.Whole() {
		a.SshKeys = r.Doc.Unknown().Int()
	}
	hash, plain := auth.Value("encrypted-password"), auth.Value("plaintext-password")
	switch {
	case hash != nil && hash.Word != "":
		r.stored(a, hash)
	case plain != nil && plain.Word != "":
		a.PasswordState = facts.Text("set", r.At(plain))
		if a.PasswordScheme = facts.Text("plaintext", r.At(plain)); tree.Hole(plain.Word) {
			a.PasswordScheme = r.Hole(plain).Text()
		} else { // vyos, vyatta and ubnt are delivered with their names for passwords
			a.DefaultPassword = facts.Bool(plain.Word == u.Word && slices.Contains([]string{"vyos", "vyatta", "ubnt"}, u.Word), r.At(plain))
		}
	case !r.Whole():
		a.PasswordState, a.PasswordScheme = r.Doc.Unknown().Text(), r.Doc.Unknown().Text()
	default:
		a.PasswordState, a.PasswordScheme = facts.Text("none", r.Section(u)), facts.NotApplicable(r.Section(u)).Text()
	}
	switch off := u.Get("disable"); {
	case off != nil:
		a.LoginEnabled = facts.Bool(false, r.At(off))
	case len(keys) > 0:
		a.LoginEnabled = facts.Bool(true, r.At(keys[0]))
	case !facts.Known(a.PasswordState):
		a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	default:
		a.LoginEnabled = facts.Bool(a.PasswordState.GetValue() == "set", a.PasswordState.GetEvidence()...)
	}
}

func (r *reader) stored(a *pb.Account, n *tree.Node) {
	ev := r.At(n)
	a.PasswordState = facts.Text("set", ev)
	hash := n.Word
	switch {
	case strings.HasPrefix(hash, "$6$"):
		a.PasswordScheme = facts.Text("sha512crypt", ev)
	case strings.HasPrefix(hash, "$5$"):
		a.PasswordScheme = facts.Text("sha256crypt", ev)
	case strings.HasPrefix(hash, "$1$"):
		a.PasswordScheme = facts.Text("md5crypt", ev)
	case strings.HasPrefix(hash, "$y$"):
		a.PasswordScheme = facts.Text("yescrypt", ev)
	case tree.Hole(hash):
		a.PasswordScheme = r.Hole(n).Text()
	case hash == "*" || strings.HasPrefix(hash, "!"):
		a.PasswordState, a.PasswordScheme = facts.Text("locked", ev), facts.NotApplicable(ev).Text()
	case len(hash) == 13:
		a.PasswordScheme = facts.Text("descrypt", ev)
	default:
		a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
}

// authServers: RADIUS and TACACS+, whose statements have moved with the releases.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.list()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, k := range []struct {
		path     []string
		protocol string
	}{{[]string{"radius", "server"}, "radius"}, {[]string{"radius-server"}, "radius"}, {[]string{"tacacs", "server"}, "tacacs"}, {[]string{"tacplus-server"}, "tacacs"}} {
		for _, n := range r.Root.All(append([]string{"system", "login"}, k.path...)...) {
			if n.Has("disable") {
				continue
			}
			if tree.Hole(n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
			out.Items = append(out.Items, &pb.AuthServer{
				Scope: n.Word, Protocol: facts.Text(k.protocol, r.At(n)), Encrypted: facts.Bool(false, r.At(n)), Uses: facts.Texts([]string{"authentication"}, r.At(n)),
			})
		}
	}
	return out
}

// passwordPolicies: a configuration holds no rules for passwords; those of the system underneath are not in it.
func (r *reader) passwordPolicies() *pb.PasswordPolicyList {
	s := r.list()
	m := facts.Unknown(pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "the system underneath")
	p := &pb.PasswordPolicy{
		Scope: "local users", Enforced: m.Bool(), MinLength: m.Int(), MaxLength: m.Int(), MinClasses: m.Int(), RequiredClasses: m.Texts(), DictionaryCheck: m.Bool(), UserNameCheck: m.Bool(), MaxAge: m.Duration(), MinAge: m.Duration(), WarnBefore: m.Duration(),
		History: m.Int(), FirstLoginChange: m.Bool(), CoversAdmins: m.Bool(), Scheme: m.Text(),
	}
	return &pb.PasswordPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.PasswordPolicy{p}}
}

// lockoutPolicies: the configuration can only bar addresses that attack SSH.
func (r *reader) lockoutPolicies() *pb.LockoutPolicyList {
	s := r.list()
	m := r.Doc.NoDefault("the system underneath")
	p := &pb.LockoutPolicy{Scope: "ssh", Attempts: m.Int(), Duration: m.Duration(), Window: m.Duration(), CoversAdmins: m.Bool(), Exempt: facts.NotApplicable().Texts(), Locks: facts.NotApplicable().Text()}
	if d := r.Root.Get("service", "ssh", "dynamic-protection"); d != nil {
		// The threshold is a score, which does not tell how many failures make it.
		p.Attempts = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "threshold", r.At(d)).Int()
		p.CoversAdmins, p.Locks = facts.Bool(true, r.At(d)), facts.Text("source", r.At(d))
		if n, at, ok := r.number(d, "block-time"); ok {
			p.Duration = facts.Duration(time.Duration(n)*time.Second, r.At(at))
		}
		if n, at, ok := r.number(d, "detect-time"); ok {
			p.Window = facts.Duration(time.Duration(n)*time.Second, r.At(at))
		}
		if list := d.All("allow-from"); len(list) > 0 {
			names := []string{}
			for _, a := range list {
				names = append(names, a.Word)
			}
			p.Exempt = facts.Texts(names, r.Section(d.Get("allow-from")))
		}
	}
	return &pb.LockoutPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.LockoutPolicy{p}}
}

// sessionPolicies: one timeout holds for every shell.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.list()
	p := &pb.SessionPolicy{Scope: "shell", IdleTimeout: r.Doc.NoDefault("system login timeout").Duration()}
	if n, at, ok := r.number(r.Root, "system", "login", "timeout"); ok && n > 0 {
		p.IdleTimeout = facts.Duration(time.Duration(n)*time.Second, r.At(at))
	} else if at != nil {
		p.IdleTimeout = r.Odd(at).Duration()
	}
	if n, at, ok := r.number(r.Root, "system", "login", "max-login-session"); ok {
		p.MaxSessions = facts.Int(n, r.At(at))
	}
	return &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence, Items: []*pb.SessionPolicy{p}}
}
