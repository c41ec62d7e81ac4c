package stoneos

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// accounts are the administrators; users of AAA servers, who pass through the device, are none.
func (r *reader) accounts() *pb.AccountList {
	s := r.Doc.List()
	out := &pb.AccountList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, g := range r.groups("admin", "user") {
		out.Items = append(out.Items, r.account(g))
	}
	return out
}

// Names with which these products are delivered, here and under the names of others.
var deliveredNames = []string{"hillstone", "admin", "operator", "auditor"}

func (r *reader) account(g *group) *pb.Account {
	at := r.At(g.first)
	asked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show admin user")
	a := &pb.Account{
		Scope: g.name, Uid: facts.NotApplicable().Int(), Shell: facts.NotApplicable().Text(), Home: facts.NotApplicable().Text(),
		LastChange: asked.Time(), LastLogin: asked.Time(), DefaultName: facts.Bool(slices.Contains(deliveredNames, strings.ToLower(g.name)), at),
		Privileged: r.Doc.NoDefault("role").Bool(), Roles: r.Doc.NoDefault("role").Texts(), MustChange: r.Doc.NoDefault("password").Bool(),
		PasswordState: r.Doc.NoDefault("password").Text(), PasswordScheme: r.Doc.NoDefault("password").Text(),
		DefaultPassword: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted").Bool(),
	}
	if kind := hole(g.name); kind != "" {
		a.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, at).Bool()
	}
	services := []string{}
	var ways []*pb.Evidence
	for l := range g.lines() {
		ev := r.At(l)
		switch {
		case l.Negated:
		case l.Words[0] == "role":
			a.Privileged, a.Roles = r.role(value(l, 1), l), facts.Texts([]string{value(l, 1)}, ev)
		case l.Words[0] == "privilege": // of older versions: RX may look, RXW may change
			a.Roles = facts.Texts([]string{l.Word(1)}, ev)
			switch l.Word(1) {
			case "RXW", "RX":
				a.Privileged = facts.Bool(l.Word(1) == "RXW", ev)
			default:
				a.Privileged = r.Odd(l).Bool()
			}
		case l.Words[0] == "access":
			ways = append(ways, ev)
			for _, s := range r.ways(l) {
				if !slices.Contains(services, s) {
					services = append(services, s)
				}
			}
		case l.Words[0] == "password":
			a.PasswordState = facts.Text("set", ev)
			a.PasswordScheme = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", ev).Text()
			if kind := hole(value(l, 1)); kind != "" {
				a.PasswordState = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Text()
				a.PasswordScheme = facts.LikeState(a.PasswordState).Text()
			}
		case slices.Contains([]string{"description", "desc", "email", "phone", "allow-ssh-key", "ssh-pubkey"}, l.Words[0]):
		default:
			r.Unread = append(r.Unread, ev)
		}
	}
	a.Services, a.LoginEnabled = facts.Texts(services, ways...), facts.Bool(true, ways...)
	if len(ways) == 0 {
		a.Services, a.LoginEnabled = r.set.Texts("access"), r.set.Bool("access", false)
	}
	if !r.Whole() { // more may come in a later part of the configuration
		a.Services = r.Doc.Absence().Texts()
	}
	return a
}

// role says whether a role may do everything. What an operator may not do is little, but not nothing; roles of the site are not read.
func (r *reader) role(name string, l *stanza.Entry) *pb.BoolFact {
	switch name {
	case "admin":
		return facts.Bool(true, r.At(l))
	case "auditor", "admin-read-only":
		return facts.Bool(false, r.At(l))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "role "+name, r.At(l)).Bool()
}

var wayNames = map[string][]string{
	"console": {"terminal"}, "ssh": {"ssh"}, "telnet": {"telnet"}, "http": {"web"}, "https": {"web"}, "netconf": {"netconf"}, "webconsole": {"web"},
	"any": {"terminal", "telnet", "ssh", "web", "netconf"},
}

func (r *reader) ways(l *stanza.Entry) []string {
	var out []string
	for _, w := range l.Words[1:] {
		names, ok := wayNames[w]
		if !ok {
			r.Odd(l)
		}
		out = append(out, names...)
	}
	return out
}

// protections is what the device does as a whole.
func (r *reader) protections(filters *pb.PacketFilterList, rules *pb.FilterRuleList) *pb.Protections {
	p := &pb.Protections{
		PasswordEncryption: r.Doc.NoDefault("password").Bool(), EnableScheme: facts.NotApplicable().Text(), LogTimestamps: r.Doc.NoDefault("logging").Text(),
		CommandAccounting: r.Doc.NoDefault("logging configuration").Bool(), DialIn: r.Doc.NoDefault("tunnel l2tp").Bool(), Stateful: r.Doc.NoDefault("rule").Bool(),
		DosProtection: r.Doc.NoDefault("ad").Bool(), DefaultActionDeny: r.Doc.NoDefault("rule").Bool(),
	}
	for _, f := range filters.GetItems() { // a last rule that refuses everything leaves nothing over
		if a := f.GetDefaultAction(); a.GetValue() == "drop" {
			p.DefaultActionDeny = facts.Bool(true, a.GetEvidence()...)
		}
	}
	for _, f := range rules.GetItems() { // nor does one that lets everything through
		if f.GetAnyAny().GetValue() && f.GetEnabled().GetValue() {
			p.DefaultActionDeny = facts.Bool(false, f.GetAnyAny().GetEvidence()...)
		}
	}
	for _, z := range r.ByWord("zone") {
		for _, l := range z.Under() {
			if l.Words[0] == "ad" && !l.Negated {
				p.DosProtection = facts.Bool(true, r.At(l))
			}
		}
	}
	for _, t := range r.ByWord("tunnel") {
		if t.Word(1) == "l2tp" && !t.Negated {
			p.DialIn = facts.Bool(true, r.At(t))
		}
	}
	return p
}

// services are those that are better off.
func services(paths []*pb.AccessPath, s driver.ListState) *pb.ServiceList {
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, p := range paths {
		if p.GetScope() == "telnet" || p.GetScope() == "http" {
			out.Items = append(out.Items, &pb.Service{Scope: p.GetScope(), Enabled: p.GetEnabled()})
		}
	}
	return out
}

var serverTypes = map[string]string{"radius": "radius", "tacacs+": "tacacs", "ldap": "ldap", "active-directory": "ldap"}

// authServers reads the AAA servers that are asked over the network.
func (r *reader) authServers() *pb.AuthServerList {
	s := r.Doc.List()
	out := &pb.AuthServerList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, g := range r.groups("aaa-server") {
		protocol, ok := serverTypes[g.first.After("type")]
		if !ok {
			continue
		}
		for l := range g.lines() {
			if l.Negated || l.Words[0] != "host" && l.Words[0] != "backup1" && l.Words[0] != "backup2" || len(l.Words) < 2 {
				continue
			}
			srv := &pb.AuthServer{
				Scope: value(l, 1), Protocol: facts.Text(protocol, r.At(g.first)), Uses: facts.Texts([]string{"authentication"}, r.At(g.first)),
				Encrypted: facts.Bool(false, r.At(g.first)),
			}
			if protocol == "ldap" {
				srv.Encrypted = r.Doc.NoDefault("ldap").Bool()
			}
			out.Items = append(out.Items, srv)
		}
	}
	return out
}
