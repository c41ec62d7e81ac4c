package huaweivrp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpPath is the agent as a way in. It runs where "snmp-agent" stands alone; other lines about it prove nothing on some versions.
func (r *reader) snmpPath() *pb.AccessPath {
	var enabled *pb.BoolFact
	some := false
	for _, e := range r.ByWord("snmp-agent") {
		if len(e.Words) == 1 {
			e.Used, enabled = true, facts.Bool(!e.Negated, r.At(e))
			continue
		}
		some = some || !e.Negated && e.Words[1] != "local-engineid" && e.Words[1] != "trap"
	}
	if enabled == nil {
		enabled = r.defaultBool("snmp", false)
		if some {
			enabled = r.Doc.NoDefault("snmp-agent").Bool()
		}
	}
	p := &pb.AccessPath{Scope: "snmp", Enabled: enabled, Remote: facts.Bool(true), Port: facts.Int(161), Versions: r.snmpVersions(), Sources: r.snmpSources(nil)}
	p.Encrypted = r.snmpEncrypted(p.Versions)
	if e := r.Final("snmp-agent", "udp-port"); e != nil && !e.Negated {
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

func (r *reader) snmpVersions() *pb.TextsFact {
	on := map[string]bool{}
	var ev []*pb.Evidence
	base := r.cite("snmp-version") != ""
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
			base = base || v == "v3" || v == "all"
		}
	}
	if len(ev) == 0 {
		return r.defaultTexts("snmp-version", "v3")
	}
	if _, said := on["v3"]; !said && base { // lines add to what is on by default
		on["v3"] = true
	}
	out := []string{}
	for _, v := range []string{"v1", "v2c", "v3"} {
		if on[v] {
			out = append(out, v)
		}
	}
	return facts.Texts(out, ev...)
}

// snmpSources: the line's own access list, else that of the whole agent.
func (r *reader) snmpSources(e *stanza.Entry) *pb.TextsFact {
	if e != nil && slices.Contains(e.Words, "acl") {
		return r.sources(e.After("acl"), e)
	}
	if all := r.Final("snmp-agent", "acl"); all != nil && !all.Negated {
		return r.sources(aclIn(all), all)
	}
	return r.Doc.Absence().Texts()
}

func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("snmp-agent", "community") {
		access := map[string]string{"read": "ro", "write": "rw"}[e.Word(2)]
		if e.Negated || access == "" {
			e.Used = e.Negated || e.Word(2) == "complexity-check"
			continue
		}
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), Access: facts.Text(access, r.At(e)),
			Sources: r.snmpSources(e), Versions: r.communityVersions(),
		}
		name, hidden := e.Word(3), false
		if name == "cipher" || name == "simple" {
			hidden, name = name == "cipher", e.Word(4)
		}
		known := slices.Contains([]string{"public", "private"}, strings.ToLower(strings.Trim(name, `"`)))
		switch {
		case hole(name):
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", r.At(e)).Bool()
		case hidden && !known:
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "cipher", r.At(e)).Bool()
		default:
			c.DefaultName = facts.Bool(known, r.At(e))
		}
		out.Items = append(out.Items, c)
	}
	return out
}

// communityVersions are the versions in use that know communities.
func (r *reader) communityVersions() *pb.TextsFact {
	v := r.snmpVersions()
	if facts.Known(v) {
		return facts.Texts(slices.DeleteFunc(slices.Clone(v.GetValue()), func(s string) bool { return s == "v3" }), v.GetEvidence()...)
	}
	return v
}

// agentUser is what the lines about one SNMPv3 user say together.
type agentUser struct {
	name, group    string
	auth, priv     string
	first, acl     *stanza.Entry
	authAt, privAt *stanza.Entry
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.Doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*agentUser{}
	var users []*agentUser
	for _, kind := range []string{"usm-user", "local-user"} {
		for e := range r.Find("snmp-agent", kind, "v3") {
			if e.Negated || len(e.Words) < 4 {
				continue
			}
			u := byName[e.Words[3]]
			if u == nil {
				u = &agentUser{name: e.Words[3], first: e}
				byName[u.name], users = u, append(users, u)
			}
			rest := e.Words[4:]
			if len(rest) > 0 && !slices.Contains([]string{"group", "authentication-mode", "privacy-mode", "acl"}, rest[0]) {
				u.group = rest[0]
			}
			if g := e.After("group"); g != "" && rest[0] == "group" {
				u.group = g
			}
			if a := e.After("authentication-mode"); a != "" {
				u.auth, u.authAt = a, e
			}
			if p := e.After("privacy-mode"); p != "" {
				u.priv, u.privAt = p, e
			}
			if slices.Contains(rest, "acl") {
				u.acl = e
			}
		}
	}
	for _, u := range users {
		out.Items = append(out.Items, r.agentUser(u))
	}
	return out
}

func (r *reader) agentUser(u *agentUser) *pb.SnmpUser {
	out := &pb.SnmpUser{Scope: u.name, Auth: r.algorithm(u.auth, u.authAt), Priv: r.algorithm(u.priv, u.privAt), Access: r.Doc.NoDefault("snmp-agent group " + u.group).Text()}
	ev := r.At(u.first)
	switch {
	case !r.Whole() && (u.auth == "" || u.priv == ""):
		out.Level = r.Doc.Absence().Text()
	case u.auth == "":
		out.Level = facts.Text("noAuthNoPriv", ev)
	case u.priv == "":
		out.Level = facts.Text("authNoPriv", r.At(u.authAt))
	default:
		out.Level = facts.Text("authPriv", r.At(u.authAt), r.At(u.privAt))
	}
	var group *stanza.Entry
	for e := range r.Find("snmp-agent", "group", "v3") {
		if !e.Negated && e.Word(3) == u.group {
			group = e
			out.Access = facts.Text("ro", r.At(e))
			if slices.Contains(e.Words, "write-view") {
				out.Access = facts.Text("rw", r.At(e))
			}
		}
	}
	out.Sources = r.snmpSources(u.acl)
	if u.acl == nil && group != nil && slices.Contains(group.Words, "acl") {
		out.Sources = r.snmpSources(group)
	}
	return out
}

var snmpAlgorithms = map[string]string{
	"md5": "md5", "sha": "sha", "sha2-224": "sha224", "sha2-256": "sha256", "sha2-384": "sha384", "sha2-512": "sha512",
	"des56": "des", "des": "des", "3des": "3des", "3des168": "3des", "aes128": "aes128", "aes192": "aes192", "aes256": "aes256",
}

func (r *reader) algorithm(word string, e *stanza.Entry) *pb.TextFact {
	switch {
	case e == nil && !r.Whole():
		return r.Doc.Absence().Text()
	case e == nil:
		return facts.Text("none", r.Doc.All())
	}
	if a, ok := snmpAlgorithms[word]; ok {
		return facts.Text(a, r.At(e))
	}
	return r.Odd(e).Text()
}
