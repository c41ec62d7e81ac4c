package junos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/tree"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

var defaultNames = []string{"root", "admin", "juniper", "netscreen"}

// accounts are the local users, and root where its authentication is configured.
func (r *reader) accounts() *pb.AccountList {
	s := r.list()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	if n := r.Root.Get("system", "root-authentication"); n != nil {
		a := r.account("root", n, n)
		a.Privileged, a.Roles = facts.Bool(true, r.At(n)), facts.Texts([]string{"root"}, r.At(n))
		out.Items = append(out.Items, a)
	}
	for _, u := range r.Root.All("system", "login", "user") {
		a := r.account(u.Word, u, u.Get("authentication"))
		r.rights(a, u)
		out.Items = append(out.Items, a)
		if tree.Hole(u.Word) {
			r.Unread = append(r.Unread, r.At(u))
		}
	}
	return out
}

func (r *reader) account(name string, at, auth *tree.Node) *pb.Account {
	ev := r.At(at)
	na := facts.NotApplicable(ev)
	a := &pb.Account{
		Scope: name, Uid: na.Int(), Services: na.Texts(), Shell: na.Text(), Home: na.Text(), DefaultName: facts.Bool(slices.Contains(defaultNames, strings.ToLower(name)), ev),
		LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), MustChange: na.Bool(), LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(),
	}
	var keys []*tree.Node
	for _, kind := range []string{"ssh-rsa", "ssh-dsa", "ssh-ecdsa", "ssh-ed25519", "load-key-file"} {
		keys = append(keys, auth.All(kind)...)
	}
	a.SshKeys = facts.Int(int64(len(keys)), ev)
	if !r.Whole() {
		a.SshKeys = r.Doc.Unknown().Int()
	}
	hash := auth.Value("encrypted-password")
	plain := auth.Value("plain-text-password-value")
	switch {
	case hash != nil:
		r.stored(a, hash)
	case plain != nil:
		a.PasswordState, a.PasswordScheme = facts.Text("set", r.At(plain)), facts.Text("plaintext", r.At(plain))
	case auth.Has("encrypted-password") || auth.Has("plain-text-password"):
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev)
		a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
	case !r.Whole():
		a.PasswordState, a.PasswordScheme = r.Doc.Unknown().Text(), r.Doc.Unknown().Text()
	default:
		a.PasswordState, a.PasswordScheme = facts.Text("none", r.Section(at)), facts.NotApplicable(r.Section(at)).Text()
	}
	switch {
	case len(keys) > 0:
		a.LoginEnabled = facts.Bool(true, r.At(keys[0]))
	case a.PasswordState.GetValue() == "set" || a.PasswordState.GetValue() == "empty":
		a.LoginEnabled = facts.Bool(true, a.PasswordState.GetEvidence()...)
	case a.PasswordState.GetValue() == "none" || a.PasswordState.GetValue() == "locked":
		if r.remote() { // a server may let the user in
			a.LoginEnabled = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "authentication-order", ev).Bool()
		} else {
			a.LoginEnabled = facts.Bool(false, a.PasswordState.GetEvidence()...)
		}
	default:
		a.LoginEnabled = facts.LikeState(a.PasswordState).Bool()
	}
	return a
}

func (r *reader) remote() bool {
	return slices.ContainsFunc(r.Root.All("system", "authentication-order"), func(n *tree.Node) bool { return n.Word != "password" })
}

// stored says how a password is kept, by what it begins with.
func (r *reader) stored(a *pb.Account, n *tree.Node) {
	ev := r.At(n)
	a.PasswordState = facts.Text("set", ev)
	hash := n.Word
	switch {
	case hash == "":
		a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), facts.NotApplicable(ev).Text()
	case hash == "*" || hash == "!" || hash == "*LK*" || strings.HasPrefix(hash, "!"):
		a.PasswordState, a.PasswordScheme = facts.Text("locked", ev), facts.NotApplicable(ev).Text()
	case strings.HasPrefix(hash, "$1$"):
		a.PasswordScheme = facts.Text("md5crypt", ev)
	case strings.HasPrefix(hash, "$5$"):
		a.PasswordScheme = facts.Text("sha256crypt", ev)
	case strings.HasPrefix(hash, "$6$"):
		a.PasswordScheme = facts.Text("sha512crypt", ev)
	case strings.HasPrefix(hash, "$sha1$"):
		a.PasswordScheme = facts.Text("irreversible", ev)
	case strings.HasPrefix(hash, "$9$"):
		a.PasswordScheme = facts.Text("reversible", ev)
	case tree.Hole(hash) || strings.HasPrefix(hash, "$ABC"):
		a.PasswordScheme = r.Hole(n).Text()
	case len(hash) == 13 && !strings.ContainsAny(hash, " $<>*"):
		a.PasswordScheme = facts.Text("descrypt", ev)
	default:
		a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	}
}

// rights are those of the user's class.
func (r *reader) rights(a *pb.Account, u *tree.Node) {
	class := u.Value("class")
	if class == nil {
		a.Roles, a.Privileged = r.Doc.NoDefault("class").Texts(), r.Doc.NoDefault("class").Bool()
		return
	}
	ev := r.At(class)
	if tree.Hole(class.Word) {
		a.Roles, a.Privileged = r.Hole(class).Texts(), r.Hole(class).Bool()
		return
	}
	a.Roles = facts.Texts([]string{class.Word}, ev)
	switch class.Word {
	case "super-user", "superuser", "super-user-local":
		a.Privileged = facts.Bool(true, ev)
		return
	case "operator", "read-only", "unauthorized":
		a.Privileged = facts.Bool(false, ev)
		return
	}
	c := r.Root.Get("system", "login", "class", class.Word)
	switch {
	case c == nil:
		a.Privileged = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "class "+class.Word, ev).Bool()
	case c.Has("permissions", "all"):
		a.Privileged = facts.Bool(true, ev, r.At(c.Get("permissions", "all")))
	case !r.Whole():
		a.Privileged = r.Doc.Unknown().Bool()
	default:
		a.Privileged = facts.Bool(false, ev, r.Section(c))
	}
}

// authServers are the central servers that decide logins.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.list()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, k := range []struct{ statement, method, protocol string }{{"tacplus-server", "tacplus", "tacacs"}, {"radius-server", "radius", "radius"}, {"ldap-server", "ldaps", "ldap"}} {
		for _, n := range r.Root.All("system", k.statement) {
			srv := &pb.AuthServer{Scope: n.Word, Protocol: facts.Text(k.protocol, r.At(n)), Encrypted: facts.Bool(k.protocol == "ldap", r.At(n))}
			uses, ev := []string{}, []*pb.Evidence{}
			if o := r.Root.Get("system", "authentication-order", k.method); o != nil {
				uses, ev = append(uses, "authentication", "authorization"), append(ev, r.At(o))
			}
			if d := r.Root.Get("system", "accounting", "destination", k.method); d != nil {
				uses, ev = append(uses, "accounting"), append(ev, r.At(d))
			}
			srv.Uses = facts.Texts(uses, ev...)
			if !r.Whole() {
				srv.Uses = r.Doc.Unknown().Texts()
			}
			if tree.Hole(n.Word) {
				r.Unread = append(r.Unread, r.At(n))
			}
			out.Items = append(out.Items, srv)
		}
	}
	return out
}
