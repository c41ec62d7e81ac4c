package comware

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpPath is the agent as a way in. It runs where "snmp-agent" stands alone; setting up access to it starts it as well.
func (r *reader) snmpPath() *pb.AccessPath {
	var enabled *pb.BoolFact
	var some *stanza.Entry
	for _, e := range r.ByWord("snmp-agent") {
		if len(e.Words) == 1 {
			e.Used, enabled = true, facts.Bool(!e.Negated, r.At(e))
		} else if !e.Negated && slices.Contains([]string{"community", "usm-user", "group", "sys-info"}, e.Words[1]) {
			some = e
		}
	}
	switch {
	case enabled != nil:
	case some != nil:
		enabled = facts.Bool(true, r.At(some))
	default:
		enabled = r.defaults.Bool("snmp-agent", false)
	}
	p := &pb.AccessPath{Scope: "snmp", Enabled: enabled, Remote: facts.Bool(true), Port: facts.Int(161), Versions: r.snmpVersions(), Sources: r.Doc.Absence().Texts()}
	p.Encrypted = r.snmpEncrypted(p.Versions)
	if e := r.Final("snmp-agent", "port"); e != nil && !e.Negated {
		if n, ok := e.Number(2); ok {
			p.Port = facts.Int(n, r.At(e))
		}
	}
	return p
}

// snmpEncrypted: versions 1 and 2c never are, version 3 is if every user must encrypt.
func (r *reader) snmpEncrypted(versions *pb.TextsFact) *pb.BoolFact {
	if !facts.Known(versions) {
		return facts.LikeState(versions).Bool()
	}
	if slices.ContainsFunc(versions.GetValue(), func(v string) bool { return v != "v3" }) {
		return facts.Bool(false, versions.GetEvidence()...)
	}
	users := r.snmpUsers().GetItems()
	if len(users) == 0 || !r.Whole() {
		return facts.Unknown(pb.Reason_REASON_NOT_FOUND, "snmp-agent usm-user").Bool()
	}
	for _, u := range users {
		if u.GetLevel().GetValue() != "authPriv" {
			return facts.Bool(false, u.GetLevel().GetEvidence()...)
		}
	}
	return facts.Bool(true, users[0].GetLevel().GetEvidence()...)
}

// snmpVersions are those that lines name; what is on besides where no line names any is not documented.
func (r *reader) snmpVersions() *pb.TextsFact {
	on := map[string]bool{}
	var ev []*pb.Evidence
	stated := false
	for e := range r.Find("snmp-agent", "sys-info", "version") {
		ev = append(ev, r.At(e))
		for _, v := range e.Words[3:] {
			all := []string{v}
			if v == "all" {
				all = []string{"v1", "v2c", "v3"}
			}
			for _, v := range all {
				on[v] = !e.Negated
			}
		}
		stated = stated || !e.Negated
	}
	if !stated {
		return r.Doc.NoDefault("snmp-agent sys-info version").Texts()
	}
	versions := []string{}
	for _, v := range []string{"v1", "v2c", "v3"} {
		if on[v] {
			versions = append(versions, v)
		}
	}
	return facts.Texts(versions, ev...)
}

// snmpSources is who may use what the line grants.
func (r *reader) snmpSources(e *stanza.Entry) *pb.TextsFact {
	if e != nil && slices.Contains(e.Words, "acl") {
		return r.sources(aclIn(e), e)
	}
	return r.Doc.Absence().Texts()
}

// snmpCommunities reads the communities: those set up as such, and those that are users of versions 1 and 2c.
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(e *stanza.Entry, name string, hidden bool, access *pb.TextFact, versions *pb.TextsFact, sources *pb.TextsFact) {
		c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", len(out.Items)+1), Access: access, Sources: sources, Versions: versions}
		known := slices.Contains([]string{"public", "private"}, strings.ToLower(strings.Trim(name, `"`)))
		switch {
		case hole(name):
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, holeKind(name), r.At(e)).Bool()
		case hidden:
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "cipher", r.At(e)).Bool()
		default:
			c.DefaultName = facts.Bool(known, r.At(e))
		}
		out.Items = append(out.Items, c)
	}
	for e := range r.Find("snmp-agent", "community") {
		if e.Negated || len(e.Words) < 4 {
			e.Used = e.Negated
			continue
		}
		at, access := 3, facts.Text("ro", r.At(e))
		switch e.Word(2) {
		case "read":
		case "write":
			access = facts.Text("rw", r.At(e))
		default:
			at, access = 2, r.roleAccess(e)
		}
		name, hidden := e.Word(at), false
		if kind := e.Word(at); kind == "cipher" || kind == "simple" {
			hidden, name = kind == "cipher", e.Word(at+1)
		}
		add(e, name, hidden, access, r.communityVersions(), r.snmpSources(e))
	}
	for _, version := range []string{"v1", "v2c"} {
		for e := range r.Find("snmp-agent", "usm-user", version) {
			if !e.Negated && len(e.Words) > 4 {
				add(e, e.Word(3), false, r.groupAccess(version, e.Word(4)), facts.Texts([]string{version}, r.At(e)), r.snmpSources(e))
			}
		}
	}
	return out
}

// roleAccess is what a community may do that has a role instead of read or write.
func (r *reader) roleAccess(e *stanza.Entry) *pb.TextFact {
	role := e.After("user-role")
	switch {
	case role == "":
		return r.Odd(e).Text()
	case slices.Contains(fullRoles, role):
		return facts.Text("rw", r.At(e))
	case strings.HasSuffix(role, "-operator"):
		return facts.Text("ro", r.At(e))
	}
	return facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "role "+role, r.At(e)).Text()
}

// groupAccess is what the users of a group may do.
func (r *reader) groupAccess(version, group string) *pb.TextFact {
	for e := range r.Find("snmp-agent", "group", version, group) {
		switch {
		case e.Negated:
		case slices.Contains(e.Words, "write-view"):
			return facts.Text("rw", r.At(e))
		default:
			return facts.Text("ro", r.At(e))
		}
	}
	return r.Doc.NoDefault("snmp-agent group " + group).Text()
}

// communityVersions are the versions in use that know communities.
func (r *reader) communityVersions() *pb.TextsFact {
	v := r.snmpVersions()
	if facts.Known(v) {
		return facts.Texts(slices.DeleteFunc(slices.Clone(v.GetValue()), func(s string) bool { return s == "v3" }), v.GetEvidence()...)
	}
	return v
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.Doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("snmp-agent", "usm-user", "v3") {
		if !e.Negated && len(e.Words) > 3 {
			out.Items = append(out.Items, r.agentUser(e))
		}
	}
	return out
}

// agentUser reads "usm-user v3 NAME GROUP [simple | cipher] authentication-mode sha … [privacy-mode aes128 …] [acl N]", or with a role
// instead of the group.
func (r *reader) agentUser(e *stanza.Entry) *pb.SnmpUser {
	ev := r.At(e)
	u := &pb.SnmpUser{Scope: e.Words[3], Auth: r.algorithm(e, "authentication-mode"), Priv: r.algorithm(e, "privacy-mode"), Sources: r.snmpSources(e)}
	switch {
	case u.Auth.GetValue() == "none":
		u.Level = facts.Text("noAuthNoPriv", ev)
	case u.Priv.GetValue() == "none":
		u.Level = facts.Text("authNoPriv", ev)
	default:
		u.Level = facts.Text("authPriv", ev)
	}
	if slices.Contains(e.Words, "user-role") {
		u.Access = r.roleAccess(e)
		return u
	}
	group := e.Word(4)
	u.Access = r.groupAccess("v3", group)
	for g := range r.Find("snmp-agent", "group", "v3", group) {
		if !g.Negated && slices.Contains(g.Words, "acl") && !slices.Contains(e.Words, "acl") {
			u.Sources = r.snmpSources(g)
		}
	}
	return u
}

var snmpAlgorithms = map[string]string{
	"md5": "md5", "sha": "sha", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512", "des56": "des", "3des": "3des",
	"aes128": "aes128", "aes192": "aes192", "aes256": "aes256",
}

func (r *reader) algorithm(e *stanza.Entry, key string) *pb.TextFact {
	word := e.After(key)
	if word == "" {
		return facts.Text("none", r.At(e))
	}
	if a, ok := snmpAlgorithms[word]; ok {
		return facts.Text(a, r.At(e))
	}
	return r.Odd(e).Text()
}
