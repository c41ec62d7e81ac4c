package fortios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// admin is an administrator.
type admin struct {
	*node
	name string
	// hosts are the sources he may come from over IPv4, lines the settings that say so.
	hosts []string
	lines []*node
	// anybody says that a line lets everybody in, or that none limits him.
	anybody bool
	// unclear is a line about his sources that does not say who may come.
	unclear *node
	hosts6  []string
}

func (r *reader) readAdmins() []*admin {
	var out []*admin
	for t := range r.everywhere() {
		for e := range t.entries("system", "admin") {
			a := &admin{node: e, name: e.word(0)}
			r.trusted(a)
			out = append(out, a)
		}
	}
	return out
}

// trusted reads trusthost1 to trusthost10 and their like for IPv6. A first host that is everybody outweighs the others.
func (r *reader) trusted(a *admin) {
	broken := false
	for i := 1; i <= 10; i++ {
		key := fmt.Sprintf("trusthost%d", i)
		if n := a.set(key); n != nil {
			p, ok := prefix(n.word(1), n.word(2))
			switch {
			case !ok:
				a.unclear, broken = n, true
			case p.Bits() > 0 || p.Addr().IsUnspecified() && n.word(2) == "255.255.255.255":
				a.hosts, a.lines = append(a.hosts, p.String()), append(a.lines, n)
			case i == 1:
				a.unclear = n
			}
		}
		if n := a.set("ip6-" + key); n != nil {
			if p, err := netip.ParsePrefix(n.word(1)); err == nil && p.Bits() > 0 {
				a.hosts6, a.lines = append(a.hosts6, p.String()), append(a.lines, n)
			}
		}
	}
	if len(a.hosts) == 0 && !broken { // a host that is everybody, and nothing else
		a.anybody, a.unclear = true, nil
	}
}

// prefix reads "10.0.0.0 255.0.0.0" and "10.0.0.0/8".
func prefix(addr, mask string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(addr); err == nil {
		return p.Masked(), true
	}
	a, err1 := netip.ParseAddr(addr)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, false
	}
	b, ones := m.As4(), 0
	for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
		ones++
	}
	for i := ones; i < 32; i++ {
		if b[i/8]&(0x80>>(i%8)) != 0 {
			return netip.Prefix{}, false
		}
	}
	return netip.PrefixFrom(a, ones).Masked(), true
}

func (r *reader) accounts() *pb.AccountList {
	s := r.doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, a := range r.admins {
		out.Items = append(out.Items, r.account(a))
	}
	return out
}

func (r *reader) account(a *admin) *pb.Account {
	entry := r.at(a.node)
	m := facts.NotApplicable()
	out := &pb.Account{
		Scope: a.name, Uid: m.Int(), Shell: m.Text(), Home: m.Text(), Expires: r.doc.Absence().Time(),
		LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "").Time(),
		Privileged: r.doc.NoDefault("accprofile").Bool(), Roles: r.doc.NoDefault("accprofile").Texts(),
		LoginEnabled: facts.Bool(true, entry), DefaultName: facts.Bool(strings.EqualFold(a.name, "admin"), entry),
	}
	if stanza.Hole(a.name) {
		out.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", entry).Bool()
	}
	if p := a.set("accprofile"); p != nil {
		out.Roles = facts.Texts(p.values(), r.at(p))
		out.Privileged = facts.Bool(slices.Contains(p.values(), "super_admin"), r.at(p))
		if stanza.Hole(p.word(1)) {
			h := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", r.at(p))
			out.Roles, out.Privileged = h.Texts(), h.Bool()
		} else if d := a.set("accprofile-override"); d.word(1) == "enable" { // a server may give him another profile
			out.Privileged = facts.Unknown(pb.Reason_REASON_ELSEWHERE, "accprofile-override", r.at(d)).Bool()
		}
	}
	if f := a.set("force-password-change"); f != nil {
		out.MustChange = r.switched(f, nil)
	}
	var keys []*pb.Evidence
	for _, k := range []string{"ssh-public-key1", "ssh-public-key2", "ssh-public-key3"} {
		if n := a.set(k); n != nil && n.word(1) != "" {
			keys = append(keys, r.at(n))
		}
	}
	switch {
	case len(keys) > 0 || r.doc.Whole():
		out.SshKeys = facts.Int(int64(len(keys)), append(keys, entry)...)
	default:
		out.SshKeys = r.doc.Unknown().Int()
	}
	r.password(out, a)
	return out
}

// password: FortiOS keeps administrators' passwords as salted hashes, whatever the letters behind ENC; a line that is not there
// means an empty one, unless somebody else checks it.
func (r *reader) password(out *pb.Account, a *admin) {
	entry := r.at(a.node)
	p := a.set("password")
	if p == nil {
		m := r.doc.Unknown()
		switch {
		case !r.doc.Whole() && !a.closed:
		case a.set("remote-auth").word(1) == "enable":
			m = facts.Unknown(pb.Reason_REASON_ELSEWHERE, "remote-auth", r.at(a.set("remote-auth")))
		case a.set("peer-auth").word(1) == "enable":
			ev := r.at(a.set("peer-auth"))
			out.PasswordState, out.PasswordScheme, out.DefaultPassword = facts.Text("none", ev), facts.NotApplicable(ev).Text(), facts.Bool(false, ev)
			return
		default:
			out.PasswordState, out.PasswordScheme, out.DefaultPassword = facts.Text("empty", entry), facts.NotApplicable(entry).Text(), facts.Bool(a.name == "admin", entry)
			return
		}
		out.PasswordState, out.PasswordScheme, out.DefaultPassword = m.Text(), m.Text(), m.Bool()
		return
	}
	ev := r.at(p)
	kept := p.values()
	value := ""
	if len(kept) > 0 {
		value = kept[len(kept)-1]
	}
	switch {
	case value == "" || value == "ENC" || hole(p):
		m := facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev)
		out.PasswordState, out.PasswordScheme, out.DefaultPassword = m.Text(), m.Text(), m.Bool()
	case kept[0] == "ENC":
		out.PasswordState, out.PasswordScheme = facts.Text("set", ev), facts.Text("irreversible", ev)
		out.DefaultPassword = r.defaults.Bool("admin-password", false)
		if facts.Known(out.DefaultPassword) { // delivered without a password, and this one is set
			out.DefaultPassword.Evidence = append(out.DefaultPassword.Evidence, ev)
		}
	default:
		out.PasswordState, out.PasswordScheme = facts.Text("set", ev), facts.Text("plaintext", ev)
		out.DefaultPassword = facts.Bool(false, ev)
	}
}

// sessionPolicies: one limit holds for pages and command lines alike; the console may have its own, and so may a profile.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	idle := r.minutes(r.system("admintimeout"), r.defaults.Span("idle", 5*time.Minute))
	console := idle
	if n := r.system("admin-console-timeout"); n != nil {
		if sec, ok := stanza.Number(n.word(1)); !ok {
			console = r.odd(n).Duration()
		} else if sec > 0 {
			console = facts.Duration(time.Duration(sec)*time.Second, r.at(n))
		}
	}
	most := r.doc.NoDefault("admin-login-max").Int()
	if n := r.system("admin-login-max"); n != nil {
		if v, ok := stanza.Number(n.word(1)); ok {
			most = facts.Int(v, r.at(n))
		} else {
			most = r.odd(n).Int()
		}
	}
	never := r.doc.Absence().Duration()
	for _, scope := range []string{"web", "ssh", "telnet"} {
		out.Items = append(out.Items, &pb.SessionPolicy{Scope: scope, IdleTimeout: idle, MaxSessions: most, AbsoluteTimeout: never})
	}
	out.Items = append(out.Items, &pb.SessionPolicy{Scope: "console", IdleTimeout: console, MaxSessions: facts.NotApplicable().Int(), AbsoluteTimeout: never})
	for e := range r.global.entries("system", "accprofile") {
		if e.set("admintimeout-override").word(1) == "enable" {
			out.Items = append(out.Items, &pb.SessionPolicy{
				Scope: "accprofile " + e.word(0), IdleTimeout: r.minutes(e.set("admintimeout"), r.doc.NoDefault("accprofile admintimeout").Duration()), MaxSessions: most, AbsoluteTimeout: never,
			})
		}
	}
	return out
}

// minutes reads an idle limit in minutes; 0 never ends.
func (r *reader) minutes(n *node, unset *pb.DurationFact) *pb.DurationFact {
	if n == nil {
		return unset
	}
	v, ok := stanza.Number(n.word(1))
	switch {
	case !ok:
		return r.odd(n).Duration()
	case v == 0:
		return facts.Forever(r.at(n))
	}
	return facts.Duration(time.Duration(v)*time.Minute, r.at(n))
}
