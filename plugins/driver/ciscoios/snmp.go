package ciscoios

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmp reads communities and users.
func (r *reader) snmp() {
	st := r.Doc.List()
	list := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if !e.Negated && e.Word(2) != "" {
			list.Items = append(list.Items, r.community(e, len(list.Items)+1))
		}
	}
	r.facts.SnmpCommunities = list
	r.facts.SnmpUsers = r.snmpUsers()
}

// community reads "snmp-server community NAME [view V] [ro|rw] [ipv6 NACL] [ACL]".
func (r *reader) community(e *stanza.Entry, n int) *pb.SnmpCommunity {
	ev := r.At(e)
	c := &pb.SnmpCommunity{Scope: "community " + strconv.Itoa(n), Versions: facts.Texts([]string{"v1", "v2c"}, ev), Sources: facts.Absent(ev).Texts()}
	name := strings.Trim(e.Word(2), `"`)
	c.DefaultName = facts.Bool(name == "public" || name == "private", ev)
	if stanza.Hole(name) {
		c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
	}
	limits := []*pb.TextsFact{}
	for i := 3; i < len(e.Words); i++ {
		switch w := strings.ToLower(e.Words[i]); w {
		case "view":
			i++
		case "ro", "rw":
			c.Access = facts.Text(w, ev)
		case "ipv6":
			i++
			limits = append(limits, r.sources("ipv6 "+e.Word(i), ev))
		default:
			limits = append(limits, r.sources(e.Words[i], ev))
		}
	}
	if len(limits) > 0 {
		c.Sources = union(limits)
	}
	if c.Access == nil {
		c.Access = r.defaultText("ro", management+"snmp-server community: read-only")
	}
	return c
}

// snmpUsers reads the users, which a running configuration does not show once they are made: "show snmp user" does.
func (r *reader) snmpUsers() *pb.SnmpUserList {
	st := r.Doc.List()
	list := &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	groups := r.snmpGroups()
	for e := range r.Find("snmp-server", "user") {
		if e.Negated || !slices.Contains(e.Words, "v3") {
			continue
		}
		u := &pb.SnmpUser{Scope: e.Word(2), Auth: facts.Text("none", r.At(e)), Priv: facts.Text("none", r.At(e))}
		if a := e.After("auth"); a != "" {
			u.Auth = facts.Text(strings.Replace(a, "sha-2", "sha256", 1), r.At(e))
		}
		if p := e.After("priv"); p != "" {
			if p == "aes" {
				p += e.After("aes")
			}
			u.Priv = facts.Text(p, r.At(e))
		}
		r.finishUser(u, groups, e.Word(3))
		list.Items = append(list.Items, u)
	}
	if doc := r.ans.Command(showSNMPUser); doc.Whole() {
		if users := r.shownUsers(groups); len(users) > 0 {
			return &pb.SnmpUserList{State: pb.FactState_FACT_STATE_KNOWN, Evidence: []*pb.Evidence{doc.All()}, Items: users}
		}
	} else if len(groups) > 0 && len(list.Items) == 0 {
		m := doc.Unknown().Text()
		list.State, list.Reason, list.Detail, list.Evidence = m.GetState(), m.GetReason(), m.GetDetail(), nil
	}
	return list
}

// snmpGroups gives the v3 groups by name.
func (r *reader) snmpGroups() map[string]*stanza.Entry {
	out := map[string]*stanza.Entry{}
	for e := range r.Find("snmp-server", "group") {
		if !e.Negated && e.Word(3) == "v3" {
			out[e.Word(2)] = e
		}
	}
	return out
}

// finishUser adds the level, and what the user's group allows.
func (r *reader) finishUser(u *pb.SnmpUser, groups map[string]*stanza.Entry, name string) {
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
	ev := r.At(g)
	u.Access = facts.Text("ro", ev)
	if slices.Contains(g.Words, "write") {
		u.Access = facts.Text("rw", ev)
	}
	u.Sources = r.groupSources(g)
}

// groupSources says who may use a v3 group.
func (r *reader) groupSources(g *stanza.Entry) *pb.TextsFact {
	switch a := g.After("access"); a {
	case "":
		return facts.Absent(r.At(g)).Texts()
	case "ipv6":
		return r.sources("ipv6 "+g.After("ipv6"), r.At(g))
	default:
		return r.sources(a, r.At(g))
	}
}

// shownUsers reads "show snmp user".
func (r *reader) shownUsers(groups map[string]*stanza.Entry) []*pb.SnmpUser {
	var out []*pb.SnmpUser
	var u *pb.SnmpUser
	doc := r.ans.Command(showSNMPUser)
	for n, l := range doc.Lines() {
		key, value, ok := strings.Cut(l, ":")
		if !ok {
			continue
		}
		ev, word := doc.Line(n, l), strings.ToLower(strings.TrimSpace(value))
		switch strings.TrimSpace(key) {
		case "User name":
			u = &pb.SnmpUser{Scope: strings.TrimSpace(value), Auth: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text(), Priv: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", ev).Text()}
			out = append(out, u)
		case "Authentication Protocol":
			if u != nil {
				u.Auth = facts.Text(word, ev)
			}
		case "Privacy Protocol":
			if u != nil {
				u.Priv = facts.Text(word, ev)
			}
		case "Group-name":
			if u != nil && facts.Known(u.Auth) && facts.Known(u.Priv) {
				r.finishUser(u, groups, strings.TrimSpace(value))
			}
		}
	}
	return out
}

// snmpPath states SNMP as a way in. The agent runs from the first line about it.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Remote: facts.Bool(true, r.Doc.All()), Enabled: r.defaultBool(false, management+"snmp-server: the agent is disabled")}
	var each []*pb.TextsFact
	versions := []string{}
	var ev []*pb.Evidence
	for e := range r.Find("snmp-server") {
		if e.Negated || e.Word(1) != "community" && e.Word(1) != "group" && e.Word(1) != "user" && e.Word(1) != "host" {
			continue
		}
		if p.Enabled = facts.Bool(true, r.At(e)); len(ev) < 3 {
			ev = append(ev, r.At(e))
		}
		switch {
		case e.Word(1) == "community":
			each = append(each, r.community(e, 1).Sources)
			versions = append(versions, "SNMP v1", "SNMP v2c")
		case e.Word(1) == "group" && e.Word(3) == "v3":
			versions = append(versions, "SNMP v3")
			each = append(each, r.groupSources(e))
		}
	}
	if !p.Enabled.GetValue() {
		return p
	}
	slices.Sort(versions)
	versions = slices.Compact(versions)
	if r.Whole() && len(versions) > 0 {
		p.Versions = facts.Texts(versions, ev...)
	}
	if r.Whole() && len(each) > 0 {
		p.Sources = union(each)
	}
	switch {
	case slices.Contains(versions, "SNMP v1"):
		p.Encrypted = facts.Bool(false, ev...)
	case r.Whole():
		p.Encrypted = r.groupsPrivate(ev)
	}
	return p
}

// groupsPrivate says whether every v3 group demands privacy.
func (r *reader) groupsPrivate(ev []*pb.Evidence) *pb.BoolFact {
	groups := r.snmpGroups()
	for _, g := range groups {
		if g.Word(4) != "priv" {
			return facts.Bool(false, r.At(g))
		}
	}
	return facts.Bool(len(groups) > 0, ev...)
}
