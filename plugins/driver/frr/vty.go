package frr

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// vty gives the last line of that beginning below "line vty". Where indentation is lost such lines stand at the top, where they mean
// nothing else.
func (r *reader) vty(words ...string) *stanza.Entry {
	last := r.Final(words...)
	for e := range r.Find("line", "vty") {
		for _, l := range e.Under() {
			if l.Begins(words...) {
				last = l
			}
		}
	}
	return last
}

// accessPaths are the terminals of the routing programs. Every other way in is the host's.
func (r *reader) accessPaths() *pb.AccessPathList {
	out := &pb.AccessPathList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_ASKED, Detail: hostDetail}
	if !r.Whole() {
		out.Reason, out.Detail = r.Doc.Reason(), r.Doc.Source
	}
	p := &pb.AccessPath{
		Scope: "vty", Encrypted: facts.Bool(false, r.Doc.All()), Remote: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "addresses that the programs were started with").Bool(), Transports: facts.Texts([]string{"telnet"}, r.Doc.All()),
		Sources: r.sources(), Banner: r.banner(),
	}
	r.authenticated(p)
	out.Items = append(out.Items, p)
	for _, k := range []struct {
		scope     string
		encrypted bool
	}{{"ssh", true}, {"telnet", false}, {"http", false}, {"https", true}} {
		m := host()
		out.Items = append(out.Items, &pb.AccessPath{Scope: k.scope, Enabled: m.Bool(), Remote: facts.Bool(true), Encrypted: facts.Bool(k.encrypted), Sources: m.Texts()})
	}
	return out
}

// authenticated: without a password a terminal takes nobody in, unless login is switched off.
func (r *reader) authenticated(p *pb.AccessPath) {
	login, password := r.vty("login"), r.Final("password")
	switch {
	case login != nil && login.Negated:
		p.Enabled, p.Methods, p.Authenticated = facts.Bool(true, r.At(login)), facts.Texts([]string{"none"}, r.At(login)), facts.Bool(false, r.At(login))
	case password != nil && !password.Negated:
		p.Enabled, p.Methods, p.Authenticated = facts.Bool(true, r.At(password)), facts.Texts([]string{"line-password"}, r.At(password)), facts.Bool(true, r.At(password))
	case !r.Whole():
		m := r.Doc.Unknown()
		p.Enabled, p.Methods, p.Authenticated = m.Bool(), m.Texts(), m.Bool()
	default:
		by := facts.Default(basics + "password (without one a vty accepts no connection)")
		p.Enabled, p.Authenticated = facts.Bool(false, by), facts.Bool(true, by)
	}
}

func (r *reader) banner() *pb.BoolFact {
	e := r.Final("banner", "motd")
	if e == nil {
		return r.Doc.NoDefault("banner motd").Bool()
	}
	return facts.Bool(!e.Negated, r.At(e))
}

// sources are those of the access lists that "line vty" names; programs listen on both kinds of addresses, so each kind needs one.
func (r *reader) sources() *pb.TextsFact {
	four, six := r.vty("access-class"), r.vty("ipv6", "access-class")
	switch {
	case four == nil && six == nil:
		return r.Doc.Absence().Texts()
	case !r.Whole():
		return r.Doc.Unknown().Texts()
	}
	out := []string{}
	var ev []*pb.Evidence
	for _, a := range []struct {
		line *stanza.Entry
		at   int
		six  bool
	}{{four, 1, false}, {six, 2, true}} {
		if a.line == nil || a.line.Negated {
			continue
		}
		f := r.permitted(a.line.Word(a.at), a.six, a.line)
		if !facts.Known(f) {
			return f
		}
		out, ev = append(out, f.GetValue()...), append(ev, f.GetEvidence()...)
	}
	if len(ev) == 0 {
		return r.Doc.Absence().Texts()
	}
	return facts.Texts(out, ev...)
}

// permitted is whom an access list lets in: "access-list NAME [seq N] permit|deny PREFIX|any".
func (r *reader) permitted(name string, six bool, at *stanza.Entry) *pb.TextsFact {
	found := r.Find("access-list", name)
	if six {
		found = r.Find("ipv6", "access-list", name)
	}
	out := []string{}
	ev := []*pb.Evidence{r.At(at)}
	seen := false
	for e := range found {
		words := e.Words[slices.Index(e.Words, name)+1:]
		if len(words) > 1 && words[0] == "seq" {
			words = words[2:]
		}
		if e.Negated || len(words) < 2 || words[0] == "remark" {
			continue
		}
		seen = true
		ev = append(ev, r.At(e))
		who := words[1]
		if who == "ip" || who == "host" {
			who = words[min(2, len(words)-1)]
		}
		prefix, err := netip.ParsePrefix(who)
		_, single := netip.ParseAddr(who)
		switch {
		case stanza.Hole(who):
			return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Texts()
		case words[0] == "deny" && (who == "any" || err == nil && prefix.Bits() == 0): // what follows is never reached
			return facts.Texts(out, ev...)
		case words[0] == "deny":
		case who == "any", err == nil && prefix.Bits() == 0:
			return facts.Absent(r.At(at), r.At(e)).Texts()
		case err != nil && single != nil:
			return r.Odd(e).Texts()
		default:
			out = append(out, who)
		}
	}
	if !seen {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "access-list "+name, r.At(at)).Texts()
	}
	return facts.Texts(out, ev...)
}

func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	s := r.Doc.List()
	out := &pb.SessionPolicyList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	p := &pb.SessionPolicy{Scope: "vty", IdleTimeout: r.Doc.Unknown().Duration()}
	switch e := r.vty("exec-timeout"); {
	case e == nil && r.Whole():
		p.IdleTimeout = facts.Duration(10*time.Minute, facts.Default(basics+"exec-timeout (10 minutes)"))
	case e == nil:
	case e.Negated:
		p.IdleTimeout = facts.Forever(r.At(e))
	default:
		minutes, ok := e.Number(1)
		seconds, more := e.Number(2)
		switch {
		case !ok || e.Word(2) != "" && !more:
			p.IdleTimeout = r.Odd(e).Duration()
		case minutes == 0 && seconds == 0:
			p.IdleTimeout = facts.Forever(r.At(e))
		default:
			p.IdleTimeout = facts.Duration(time.Duration(minutes)*time.Minute+time.Duration(seconds)*time.Second, r.At(e))
		}
	}
	out.Items = append(out.Items, p)
	return out
}

// accounts: vtysh lets in users of the host; those that the configuration names are some of them.
func (r *reader) accounts() *pb.AccountList {
	out := &pb.AccountList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_ASKED, Detail: hostDetail}
	if !r.Whole() {
		out.Reason, out.Detail = r.Doc.Reason(), r.Doc.Source
	}
	for e := range r.Find("username") {
		if e.Negated || e.Word(1) == "" {
			continue
		}
		ev := r.At(e)
		m := host()
		na := facts.NotApplicable(ev)
		a := &pb.Account{
			Scope: e.Word(1), Uid: na.Int(), Privileged: m.Bool(), Roles: m.Texts(), LoginEnabled: m.Bool(), PasswordState: m.Text(), PasswordScheme: m.Text(), DefaultName: facts.Bool(slices.Contains([]string{"root", "admin", "frr"}, e.Word(1)), ev),
		}
		if e.Word(2) == "nopassword" { // vtysh asks this user of the host for none
			a.PasswordState, a.PasswordScheme = facts.Text("empty", ev), na.Text()
		}
		out.Items = append(out.Items, a)
	}
	return out
}

// scheme says how a password stands: as it is, or behind the number of an encrypted one.
func (r *reader) scheme(e *stanza.Entry, at int) *pb.TextFact {
	ev := r.At(e)
	value := e.Word(at)
	encrypted := value == "8" && e.Word(at+1) != ""
	if encrypted {
		value = e.Word(at + 1)
	}
	switch {
	case value == "":
		return r.Odd(e).Text()
	case stanza.Hole(value):
		return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Text()
	case !encrypted:
		return facts.Text("plaintext", ev)
	case strings.HasPrefix(value, "$6$"):
		return facts.Text("sha512crypt", ev)
	case strings.HasPrefix(value, "$5$"):
		return facts.Text("sha256crypt", ev)
	case strings.HasPrefix(value, "$1$"):
		return facts.Text("md5crypt", ev)
	case len(value) == 13:
		return facts.Text("descrypt", ev)
	}
	return facts.Text("irreversible", ev)
}

func (r *reader) protections() *pb.Protections {
	m := host()
	p := &pb.Protections{EnableScheme: r.Doc.Absence().Text(), PasswordEncryption: r.Doc.Off(), CommandAccounting: r.Doc.Off(), Stateful: m.Bool(), DosProtection: m.Bool(), DialIn: m.Bool(), LogTimestamps: r.Doc.NoDefault("log timestamp").Text()}
	if e := r.Final("enable", "password"); e != nil && !e.Negated {
		p.EnableScheme = r.scheme(e, 2)
	}
	if e := r.Final("service", "password-encryption"); e != nil {
		p.PasswordEncryption = facts.Bool(!e.Negated, r.At(e))
	}
	if e := r.Final("log", "commands"); e != nil {
		p.CommandAccounting = facts.Bool(!e.Negated, r.At(e))
	}
	if e := r.Final("log", "timestamp"); e != nil && !e.Negated {
		p.LogTimestamps = facts.Text("datetime", r.At(e))
	}
	return p
}
