package dptech

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accounts reads "local-user NAME" and its password. What rights a user has is in no public configuration.
func (r *reader) accounts() *pb.AccountList {
	s := r.Doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.Account{}
	for e := range r.Find("local-user") {
		name := e.Word(1)
		if e.Negated || name == "" {
			continue
		}
		a := byName[name]
		if a == nil {
			unsaid := r.Doc.NoDefault("local-user")
			a = &pb.Account{
				Scope: name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(), DefaultName: facts.Bool(name == "admin", r.At(e)),
				DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted-password").Bool(), Privileged: unsaid.Bool(), Roles: unsaid.Texts(), Services: unsaid.Texts(), LoginEnabled: unsaid.Bool(),
				PasswordState: unsaid.Text(), PasswordScheme: unsaid.Text(), LastLogin: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "last login").Time(), LastChange: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "last change").Time(),
			}
			byName[name] = a
			out.Items = append(out.Items, a)
		}
		for _, l := range e.Under() {
			switch {
			case l.Begins("password", "encrypted-password") && l.Word(2) != "" && !l.Negated:
				a.PasswordState = facts.Text("set", r.At(l))
				a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted-password", r.At(l)).Text()
			case l.Words[0] == "password":
				m := r.Odd(l)
				a.PasswordState, a.PasswordScheme = m.Text(), m.Text()
			default:
				m := r.Odd(l)
				a.Privileged, a.Roles, a.Services, a.LoginEnabled = m.Bool(), m.Texts(), m.Texts(), m.Bool()
			}
		}
	}
	return out
}

// accessPaths reads "ssh enable" and what is said like it. Other ways in there may be, so the list is never complete.
func (r *reader) accessPaths() *pb.AccessPathList {
	out := &pb.AccessPathList{}
	out.State, out.Reason, out.Detail = r.unclear("other ways in")
	for _, p := range []struct {
		scope     string
		encrypted bool
		port      int64
	}{{"ssh", true, 22}, {"telnet", false, 23}, {"http", false, 80}, {"https", true, 443}} {
		path := &pb.AccessPath{Scope: p.scope, Enabled: r.Doc.NoDefault(p.scope + " enable").Bool(), Remote: facts.Bool(true), Encrypted: facts.Bool(p.encrypted), Port: facts.Int(p.port), Sources: r.Doc.NoDefault("limits of " + p.scope).Texts()}
		if e := r.Final(p.scope, "enable"); e != nil && len(e.Words) == 2 {
			path.Enabled = facts.Bool(!e.Negated, r.At(e))
		}
		out.Items = append(out.Items, path)
	}
	snmp := &pb.AccessPath{Scope: "snmp", Enabled: r.Doc.NoDefault("snmp-agent").Bool(), Remote: facts.Bool(true), Encrypted: r.Doc.NoDefault("snmp-agent").Bool(), Port: facts.Int(161), Sources: r.Doc.NoDefault("limits of snmp").Texts()}
	out.Items = append(out.Items, snmp)
	return out
}

// sessionPolicies: in what unit the time is that "timeout web" gives is written in no public document.
func (r *reader) sessionPolicies() *pb.SessionPolicyList {
	out := &pb.SessionPolicyList{}
	out.State, out.Reason, out.Detail = r.unclear("sessions of the command line")
	p := &pb.SessionPolicy{Scope: "web", IdleTimeout: r.Doc.NoDefault("timeout web").Duration(), MaxSessions: r.Doc.NoDefault("sessions").Int()}
	if e := r.Final("timeout", "web"); e != nil {
		p.IdleTimeout = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "unit of timeout web", r.At(e)).Duration()
	}
	out.Items = append(out.Items, p)
	return out
}

// snmpCommunities reads "snmp-agent community STRING ro|rw". An encrypted string does not say whether it is one of those delivered.
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	n := 0
	for e := range r.Find("snmp-agent", "community") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		n++
		c := &pb.SnmpCommunity{Scope: "community " + strconv.Itoa(n), Versions: r.Doc.NoDefault("snmp versions").Texts(), DefaultName: facts.Bool(strings.EqualFold(e.Word(2), "public") || strings.EqualFold(e.Word(2), "private"), r.At(e))}
		if strings.HasPrefix(e.Word(2), "%@%@") || stanza.Hole(e.Word(2)) {
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", r.At(e)).Bool()
		}
		switch e.Word(3) {
		case "ro", "rw":
			c.Access = facts.Text(e.Word(3), r.At(e))
			switch {
			case len(e.Words) > 4:
				c.Sources = r.Odd(e).Texts()
			case r.Whole():
				c.Sources = facts.Absent(r.At(e)).Texts()
			default: // another line may limit who reaches SNMP
				c.Sources = r.Doc.Unknown().Texts()
			}
		default:
			m := r.Odd(e)
			c.Access, c.Sources = m.Text(), m.Texts()
		}
		out.Items = append(out.Items, c)
	}
	return out
}

func (r *reader) interfaces() *pb.InterfaceList {
	s := r.Doc.List()
	out := &pb.InterfaceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("interface") {
		if e.Negated || e.Word(1) == "" {
			continue
		}
		at := r.Section(e)
		i := &pb.Interface{Scope: e.Word(1), Enabled: r.Doc.NoDefault("shutdown").Bool(), Up: facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show interface").Bool(), FilterIn: facts.NotApplicable().Text(), FilterOut: facts.NotApplicable().Text(), Zone: r.Doc.NoDefault("security-zone").Text(), Described: r.Doc.Unknown().Bool(), Addresses: r.Doc.Unknown().Texts()}
		var list []string
		bad, described := false, false
		for _, l := range e.Under() {
			switch {
			case l.Negated:
			case l.Begins("ip", "address"), l.Begins("ipv6", "address"):
				p, err := netip.ParsePrefix(l.Word(2))
				bad = bad || err != nil
				list = append(list, p.String())
			case l.Words[0] == "shutdown":
				i.Enabled = facts.Bool(false, r.At(l))
			case l.Words[0] == "description":
				described = true
			}
		}
		switch {
		case bad:
			i.Addresses = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", at).Texts()
		case r.Whole():
			i.Addresses = facts.Texts(list, at)
		}
		if described || r.Whole() {
			i.Described = facts.Bool(described, at)
		}
		out.Items = append(out.Items, i)
	}
	return out
}
