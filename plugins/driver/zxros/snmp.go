package zxros

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpPath is the agent as a way in. That it runs is known only where a version is switched on.
func (r *reader) snmpPath() *pb.AccessPath {
	versions := r.snmpVersions()
	p := r.path("snmp", r.Doc.NoDefault("snmp-server").Bool(), false, 161)
	p.Versions, p.Encrypted = versions, facts.LikeState(versions).Bool()
	if !facts.Known(versions) {
		return p
	}
	p.Enabled = facts.Bool(len(versions.GetValue()) > 0, versions.GetEvidence()...)
	if slices.ContainsFunc(versions.GetValue(), func(v string) bool { return v != "v3" }) {
		p.Encrypted = facts.Bool(false, versions.GetEvidence()...)
		return p
	}
	p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "snmp-server user").Bool()
	for i, u := range r.snmpUsers().GetItems() {
		encrypts := u.GetLevel().GetValue() == "authPriv"
		if i == 0 || !encrypts {
			p.Encrypted = facts.Bool(encrypts, u.GetLevel().GetEvidence()...)
		}
		if !encrypts {
			break
		}
	}
	return p
}

// snmpVersions are those that lines switch on; which are on where none is named is not documented.
func (r *reader) snmpVersions() *pb.TextsFact {
	versions := []string{}
	var ev []*pb.Evidence
	for e := range r.Find("snmp-server", "version") {
		v := e.Word(2)
		if !slices.Contains([]string{"v1", "v2c", "v3"}, v) {
			r.Unread = append(r.Unread, r.At(e))
			continue
		}
		ev = append(ev, r.At(e))
		if !e.Negated && e.Word(3) != "disable" && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	if len(ev) == 0 {
		return r.Doc.NoDefault("snmp-server version").Texts()
	}
	return facts.Texts(versions, ev...)
}

// accessList is whom a line of the agent lets in.
func (r *reader) accessList(e *stanza.Entry) *pb.TextsFact {
	for _, key := range []string{"ipv4-access-list", "access-list", "acl"} {
		if name := e.After(key); name != "" {
			return r.sources(name, e)
		}
	}
	return r.Doc.Absence().Texts()
}

// snmpCommunities reads "snmp-server community [encrypted] NAME [showclear] view VIEW ro|rw [ipv4-access-list LIST]".
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if e.Negated || len(e.Words) < 3 {
			continue
		}
		ev := r.At(e)
		name, hidden := e.Word(2), false
		if name == "encrypted" {
			name, hidden = e.Word(3), true
		}
		c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", len(out.Items)+1), Access: r.Doc.NoDefault("ro").Text(), Sources: r.accessList(e)}
		for _, access := range []string{"ro", "rw"} {
			if slices.Contains(e.Words[3:], access) {
				c.Access = facts.Text(access, ev)
			}
		}
		c.Versions = r.snmpVersions()
		if facts.Known(c.Versions) {
			c.Versions = facts.Texts(slices.DeleteFunc(slices.Clone(c.Versions.GetValue()), func(v string) bool { return v == "v3" }), c.Versions.GetEvidence()...)
		}
		switch kind := holeKind(name); {
		case kind != "":
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Bool()
		case hidden:
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", ev).Bool()
		default:
			c.DefaultName = facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(name)), ev)
		}
		out.Items = append(out.Items, c)
	}
	return out
}

// snmpUsers reads "snmp-server user NAME GROUP v3 [encrypted] [auth md5|sha … [priv des56|aes128 …]]".
func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.Doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("snmp-server", "user") {
		if e.Negated || len(e.Words) < 4 {
			continue
		}
		ev := r.At(e)
		u := &pb.SnmpUser{Scope: e.Word(2), Auth: r.algorithm(e, "auth"), Priv: r.algorithm(e, "priv"), Sources: r.accessList(e), Access: r.Doc.NoDefault("snmp-server group").Text()}
		switch {
		case !slices.Contains(e.Words, "auth"):
			u.Level = facts.Text("noAuthNoPriv", ev)
		case !slices.Contains(e.Words, "priv"):
			u.Level = facts.Text("authNoPriv", ev)
		default:
			u.Level = facts.Text("authPriv", ev)
		}
		for g := range r.Find("snmp-server", "group", e.Word(3)) {
			if g.Negated {
				continue
			}
			u.Access = facts.Text("ro", r.At(g))
			if slices.Contains(g.Words, "write") {
				u.Access = facts.Text("rw", r.At(g))
			}
		}
		out.Items = append(out.Items, u)
	}
	return out
}

var snmpAlgorithms = map[string]string{
	"md5": "md5", "sha": "sha", "sha-224": "sha224", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512",
	"des": "des", "des56": "des", "3des": "3des", "aes128": "aes128", "aes192": "aes192", "aes256": "aes256",
}

func (r *reader) algorithm(e *stanza.Entry, key string) *pb.TextFact {
	i := slices.Index(e.Words, key)
	if i < 0 {
		return facts.Text("none", r.At(e))
	}
	if a, ok := snmpAlgorithms[strings.ToLower(e.Word(i+1))]; ok {
		return facts.Text(a, r.At(e))
	}
	return r.Odd(e).Text()
}
