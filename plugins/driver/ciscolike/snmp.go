package ciscolike

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// Community reads "snmp-server community NAME [view V] [ro|rw] [ipv6 NACL] [ACL]". Without a word of access, Access stays nil.
func (b *Base) Community(e *stanza.Entry, n int) *pb.SnmpCommunity {
	ev := b.At(e)
	c := &pb.SnmpCommunity{Scope: "community " + strconv.Itoa(n), Versions: facts.Texts([]string{"v1", "v2c"}, ev), Sources: facts.Absent(ev).Texts()}
	at := 2
	if kind := e.Word(2); (kind == "0" || kind == "7") && len(e.Words) > 3 && !slices.Contains([]string{"ro", "rw", "view"}, strings.ToLower(e.Word(3))) {
		at = 3 // the number says how the name is kept
	}
	name := strings.Trim(e.Word(at), `"`)
	c.DefaultName = facts.Bool(name == "public" || name == "private", ev)
	if stanza.Hole(name) || at == 3 && e.Word(2) == "7" {
		c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
	}
	limits := []*pb.TextsFact{}
	for i := at + 1; i < len(e.Words); i++ {
		switch w := strings.ToLower(e.Words[i]); w {
		case "view":
			i++
		case "ro", "rw":
			c.Access = facts.Text(w, ev)
		case "ipv6":
			i++
			limits = append(limits, b.Sources("ipv6 "+e.Word(i), ev))
		default:
			limits = append(limits, b.Sources(e.Words[i], ev))
		}
	}
	if len(limits) > 0 {
		c.Sources = Union(limits)
	}
	return c
}

// SNMPUsers reads the v3 users that the configuration shows.
func (b *Base) SNMPUsers(groups map[string]*stanza.Entry) []*pb.SnmpUser {
	var out []*pb.SnmpUser
	for e := range b.Find("snmp-server", "user") {
		if e.Negated || !slices.Contains(e.Words, "v3") {
			continue
		}
		u := &pb.SnmpUser{Scope: e.Word(2)}
		b.Keys(u, e)
		b.FinishUser(u, groups, e.Word(3))
		out = append(out, u)
	}
	return out
}

// Keys reads "auth KIND …" and "priv KIND …".
func (b *Base) Keys(u *pb.SnmpUser, e *stanza.Entry) {
	u.Auth, u.Priv = facts.Text("none", b.At(e)), facts.Text("none", b.At(e))
	if a := e.After("auth"); a != "" {
		u.Auth = facts.Text(strings.NewReplacer("sha-2", "sha256", "sha-", "sha").Replace(a), b.At(e))
	}
	if p := e.After("priv"); p != "" {
		if bits := e.After("aes"); p == "aes" && (bits == "128" || bits == "192" || bits == "256") {
			p += bits
		}
		u.Priv = facts.Text(strings.NewReplacer("aes-", "aes", "des56", "des").Replace(p), b.At(e))
	}
}

// SNMPGroups gives the v3 groups by name.
func (b *Base) SNMPGroups() map[string]*stanza.Entry {
	out := map[string]*stanza.Entry{}
	for e := range b.Find("snmp-server", "group") {
		if !e.Negated && e.Word(3) == "v3" {
			out[e.Word(2)] = e
		}
	}
	return out
}

// FinishUser adds the level, and what the user's group allows.
func (b *Base) FinishUser(u *pb.SnmpUser, groups map[string]*stanza.Entry, name string) {
	switch {
	case u.GetAuth().GetValue() == "none":
		u.Level = facts.Text("noAuthNoPriv", u.GetAuth().GetEvidence()...)
	case u.GetPriv().GetValue() == "none":
		u.Level = facts.Text("authNoPriv", u.GetPriv().GetEvidence()...)
	default:
		u.Level = facts.Text("authPriv", u.GetPriv().GetEvidence()...)
	}
	g := groups[name]
	if g == nil {
		return
	}
	ev := b.At(g)
	u.Access = facts.Text("ro", ev)
	if slices.Contains(g.Words, "write") {
		u.Access = facts.Text("rw", ev)
	}
	u.Sources = b.GroupSources(g)
}

// GroupSources says who may use a v3 group.
func (b *Base) GroupSources(g *stanza.Entry) *pb.TextsFact {
	switch a := g.After("access"); a {
	case "":
		return facts.Absent(b.At(g)).Texts()
	case "ipv6":
		return b.Sources("ipv6 "+g.After("ipv6"), b.At(g))
	default:
		return b.Sources(a, b.At(g))
	}
}

// SNMPPath states SNMP as a way in. The agent runs from the first line about it; silence is what holds without one.
func (b *Base) SNMPPath(silence *pb.BoolFact) *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Remote: facts.Bool(true, b.Doc.All()), Enabled: silence}
	var each []*pb.TextsFact
	versions := []string{}
	var ev []*pb.Evidence
	for e := range b.Find("snmp-server") {
		if e.Negated || e.Word(1) != "community" && e.Word(1) != "group" && e.Word(1) != "user" && e.Word(1) != "host" {
			continue
		}
		if p.Enabled = facts.Bool(true, b.At(e)); len(ev) < 3 {
			ev = append(ev, b.At(e))
		}
		switch {
		case e.Word(1) == "community":
			each = append(each, b.Community(e, 1).Sources)
			versions = append(versions, "SNMP v1", "SNMP v2c")
		case e.Word(1) == "group" && e.Word(3) == "v3":
			versions = append(versions, "SNMP v3")
			each = append(each, b.GroupSources(e))
		}
	}
	if !p.Enabled.GetValue() {
		return p
	}
	slices.Sort(versions)
	versions = slices.Compact(versions)
	if b.Whole() && len(versions) > 0 {
		p.Versions = facts.Texts(versions, ev...)
	}
	if b.Whole() && len(each) > 0 {
		p.Sources = Union(each)
	}
	switch {
	case slices.Contains(versions, "SNMP v1"):
		p.Encrypted = facts.Bool(false, ev...)
	case b.Whole():
		p.Encrypted = b.groupsPrivate(ev)
	}
	return p
}

// groupsPrivate says whether every v3 group demands privacy.
func (b *Base) groupsPrivate(ev []*pb.Evidence) *pb.BoolFact {
	groups := b.SNMPGroups()
	for _, g := range groups {
		if g.Word(4) != "priv" {
			return facts.Bool(false, b.At(g))
		}
	}
	return facts.Bool(len(groups) > 0, ev...)
}
