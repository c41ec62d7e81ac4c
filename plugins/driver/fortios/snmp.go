package fortios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// snmpPath is the agent as a way in: it must run, and an interface must let it in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Remote: facts.Bool(true), Port: facts.Int(161)}
	agent := r.switched(r.global.setting("status", "system", "snmp", "sysinfo"), r.doc.NoDefault("snmp sysinfo status").Bool())
	in := r.reachable("snmp")
	switch {
	case facts.Known(agent) && !agent.GetValue():
		p.Enabled = agent
	case facts.Known(in) && !in.GetValue():
		p.Enabled = in
	case facts.Known(agent) && facts.Known(in):
		p.Enabled = facts.Bool(true, append(slices.Clone(agent.GetEvidence()), in.GetEvidence()...)...)
	case facts.Known(in):
		p.Enabled = agent
	default:
		p.Enabled = in
	}
	communities, users := r.snmpCommunities(), r.snmpUsers()
	if !r.doc.Whole() {
		m := r.doc.Unknown()
		p.Versions, p.Encrypted, p.Sources = m.Texts(), m.Bool(), m.Texts()
		return p
	}
	versions := []string{}
	ev := []*pb.Evidence{r.doc.All()}
	p.Encrypted = facts.Bool(true, ev...)
	p.Sources = facts.Texts(nil)
	for _, c := range communities.GetItems() {
		if !facts.Known(c.GetVersions()) {
			p.Versions, p.Encrypted = facts.LikeState(c.GetVersions()).Texts(), facts.LikeState(c.GetVersions()).Bool()
		}
		for _, v := range c.GetVersions().GetValue() {
			if !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
			p.Encrypted = facts.Bool(false, c.GetVersions().GetEvidence()...)
		}
		p.Sources = joined(p.Sources, c.GetSources())
	}
	for _, u := range users.GetItems() {
		if !slices.Contains(versions, "v3") {
			versions = append(versions, "v3")
		}
		if u.GetLevel().GetValue() != "authPriv" {
			p.Encrypted = facts.Bool(false, u.GetLevel().GetEvidence()...)
		}
		p.Sources = joined(p.Sources, u.GetSources())
	}
	if p.Versions == nil {
		p.Versions = facts.Texts(versions, ev...)
		if len(versions) == 0 { // nobody can ask it anything
			p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "community, user", ev...).Bool()
		}
	}
	return p
}

// joined is who may come by one way or another: where one is open to all, everybody.
func joined(a, b *pb.TextsFact) *pb.TextsFact {
	if !facts.Known(a) {
		return a
	}
	if !facts.Known(b) {
		return b
	}
	return facts.Texts(append(slices.Clone(a.GetValue()), b.GetValue()...), append(slices.Clone(a.GetEvidence()), b.GetEvidence()...)...)
}

func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for t := range r.everywhere() {
		for e := range t.entries("system", "snmp", "community") {
			if e.set("status").word(1) == "disable" {
				continue
			}
			out.Items = append(out.Items, r.community(e, len(out.Items)+1))
		}
	}
	return out
}

func (r *reader) community(e *node, i int) *pb.SnmpCommunity {
	entry := r.at(e)
	c := &pb.SnmpCommunity{Scope: fmt.Sprintf("community %d", i), DefaultName: r.doc.NoDefault("name").Bool(), Access: r.defaults.Text("snmp-readonly", "ro")}
	if n := e.set("name"); n != nil {
		ev := facts.Line(r.doc.Source, n.n, "set name ******")
		c.DefaultName = facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(n.word(1))), ev)
		if hole(n) || n.word(1) == "" {
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
		}
	}
	versions := []string{}
	var open *node
	for _, v := range []string{"v1", "v2c"} {
		n := e.set("query-" + v + "-status")
		switch {
		case n == nil:
			open = e
		case n.word(1) == "enable":
			versions = append(versions, v)
		}
	}
	c.Versions = facts.Texts(versions, entry)
	if open != nil { // on unless switched off
		c.Versions = r.doc.NoDefault("query-v1-status, query-v2c-status").Texts()
		if doc := r.defaults.Evidence("snmp-query"); doc != nil {
			versions = versions[:0]
			for _, v := range []string{"v1", "v2c"} {
				if e.set("query-"+v+"-status").word(1) != "disable" {
					versions = append(versions, v)
				}
			}
			c.Versions = facts.Texts(versions, entry, doc)
		}
	}
	hosts := []string{}
	var ev []*pb.Evidence
	c.Sources = r.doc.Absence().Texts()
	for _, table := range []string{"hosts", "hosts6"} {
		for h := range e.entries(table) {
			if h.set("host-type").word(1) == "trap" {
				continue
			}
			n := h.set("ip")
			if n == nil {
				n = h.set("ipv6")
			}
			if n == nil && !h.closed {
				c.Sources = r.doc.Unknown().Texts()
				return c
			}
			p, ok := prefix(n.word(1), cmp.Or(n.word(2), "255.255.255.255"))
			switch {
			case n == nil || p.IsValid() && (p.Bits() == 0 || p.Addr().IsUnspecified()):
				c.Sources = facts.Absent(r.at(h)).Texts()
				return c
			case !ok:
				c.Sources = r.odd(n).Texts()
				return c
			}
			hosts, ev = append(hosts, p.String()), append(ev, r.at(n))
		}
	}
	if len(hosts) > 0 && (r.doc.Whole() || e.closed) {
		c.Sources = facts.Texts(hosts, ev...)
	}
	return c
}

var (
	snmpLevels = map[string]string{"no-auth-no-priv": "noAuthNoPriv", "auth-no-priv": "authNoPriv", "auth-priv": "authPriv"}
	snmpAuth   = map[string]string{"md5": "md5", "sha": "sha", "sha1": "sha", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
	snmpPriv   = map[string]string{"aes": "aes128", "des": "des", "aes256": "aes256", "aes256cisco": "aes256"}
)

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for t := range r.everywhere() {
		for e := range t.entries("system", "snmp", "user") {
			if e.set("status").word(1) == "disable" {
				continue
			}
			u := &pb.SnmpUser{Scope: e.word(0), Access: r.defaults.Text("snmp-readonly", "ro"), Sources: r.doc.Absence().Texts()}
			u.Level = r.mapped(e.set("security-level"), snmpLevels, "security-level")
			u.Auth = r.mapped(e.set("auth-proto"), snmpAuth, "auth-proto")
			u.Priv = r.mapped(e.set("priv-proto"), snmpPriv, "priv-proto")
			if l := u.GetLevel(); facts.Known(l) {
				none := facts.Text("none", l.GetEvidence()...)
				if l.GetValue() != "authPriv" {
					u.Priv = none
				}
				if l.GetValue() == "noAuthNoPriv" {
					u.Auth = none
				}
			}
			out.Items = append(out.Items, u)
		}
	}
	return out
}

// mapped reads a word by a vocabulary.
func (r *reader) mapped(n *node, words map[string]string, topic string) *pb.TextFact {
	if n == nil {
		return r.doc.NoDefault(topic).Text()
	}
	if w, ok := words[n.word(1)]; ok {
		return facts.Text(w, r.at(n))
	}
	return r.odd(n).Text()
}
