package asa

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// managers are the stations that may ask the agent; those for traps alone are not among them.
func (r *reader) managers() []*stanza.Entry {
	var out []*stanza.Entry
	for e := range r.Find("snmp-server", "host") {
		if !e.Negated && len(e.Words) >= 4 && !slices.Contains(e.Words[4:], "trap") {
			out = append(out, e)
		}
	}
	return out
}

// snmpPath: the agent answers the stations that are named, and nobody else.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Enabled: r.Doc.Off(), Remote: facts.Bool(true), Port: facts.Int(161), Sources: r.Doc.Absence().Texts()}
	hosts := r.managers()
	var ev []*pb.Evidence
	for _, e := range hosts {
		ev = append(ev, r.At(e))
	}
	if len(hosts) > 0 {
		p.Enabled = facts.Bool(true, ev[:min(len(ev), 5)]...)
	}
	if off := r.Final("snmp-server", "enable"); off != nil && off.Negated && len(off.Words) == 2 {
		p.Enabled = facts.Bool(false, r.At(off))
	}
	p.Sources = r.asked(hosts)
	if !r.Whole() {
		m := r.Doc.Unknown()
		p.Versions, p.Encrypted = m.Texts(), m.Bool()
		return p
	}
	versions := []string{}
	for _, e := range hosts {
		v := map[string]string{"1": "v1", "2c": "v2c", "3": "v3"}[e.After("version")]
		if v == "" {
			v = "v1"
		}
		if !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	p.Versions = facts.Texts(versions, append(ev, r.Doc.All())[:max(1, len(ev))]...)
	users := r.snmpUsers().GetItems()
	switch {
	case slices.ContainsFunc(versions, func(v string) bool { return v != "v3" }):
		p.Encrypted = facts.Bool(false, ev...)
	case len(users) == 0 || len(versions) == 0:
		p.Encrypted = facts.Unknown(pb.Reason_REASON_NOT_FOUND, "snmp-server host, user", r.Doc.All()).Bool()
	default:
		p.Encrypted = facts.Bool(!slices.ContainsFunc(users, func(u *pb.SnmpUser) bool { return u.GetLevel().GetValue() != "authPriv" }), users[0].GetLevel().GetEvidence()...)
	}
	return p
}

// asked gives the stations' addresses.
func (r *reader) asked(hosts []*stanza.Entry) *pb.TextsFact {
	if !r.Whole() {
		return r.Doc.Unknown().Texts()
	}
	var out []string
	ev := []*pb.Evidence{}
	for _, e := range hosts {
		host := e.Word(3)
		if addr, ok := r.names[host]; ok {
			host = addr
		}
		if !slices.Contains(out, host) {
			out = append(out, host)
		}
		ev = append(ev, r.At(e))
	}
	if len(ev) == 0 {
		ev = append(ev, r.Doc.All())
	}
	return facts.Texts(out, ev...)
}

// snmpCommunities are the strings that are in use: of the agent, and of single stations. The agent can only be read.
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	byName := map[string]*pb.SnmpCommunity{}
	hosts := r.managers()
	add := func(name string, e *stanza.Entry, sources []*stanza.Entry) {
		if byName[name] != nil {
			return
		}
		ev := facts.Line(r.Doc.Source, e.Node.N, strings.ReplaceAll(mask(e), name, "******"))
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), Access: facts.Text("ro", ev), Sources: r.asked(sources),
			DefaultName: facts.Bool(slices.Contains([]string{"public", "private"}, strings.ToLower(name)), ev), Versions: facts.Texts([]string{"v1", "v2c"}, ev),
		}
		if hidden(name) {
			c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
		}
		byName[name] = c
		out.Items = append(out.Items, c)
	}
	for e := range r.Find("snmp-server", "community") {
		name := e.Word(2)
		if e.Negated || name == "" {
			continue
		}
		if (name == "0" || name == "8") && e.Word(3) != "" {
			name = e.Word(3)
		}
		var own []*stanza.Entry
		for _, h := range hosts {
			if h.After("community") == "" && h.After("version") != "3" || h.After("community") == name {
				own = append(own, h)
			}
		}
		add(name, e, own)
	}
	for _, h := range hosts {
		if name := h.After("community"); name != "" {
			if name == "0" || name == "8" {
				name = h.Words[slices.Index(h.Words, "community")+2]
			}
			var own []*stanza.Entry
			for _, o := range hosts {
				if o.After("community") == h.After("community") {
					own = append(own, o)
				}
			}
			add(name, h, own)
		}
	}
	return out
}

func (r *reader) snmpUsers() *pb.SnmpUserList {
	s := r.Doc.List()
	out := &pb.SnmpUserList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("snmp-server", "user") {
		if e.Negated || len(e.Words) < 5 {
			continue
		}
		ev := r.At(e)
		u := &pb.SnmpUser{Scope: e.Word(2), Access: facts.Text("ro", ev), Auth: facts.Text("none", ev), Priv: facts.Text("none", ev)}
		auth, priv := e.After("auth"), e.After("priv")
		if auth != "" {
			u.Auth = facts.Text(auth, ev)
		}
		if priv != "" {
			if priv == "aes" {
				priv += e.Words[min(slices.Index(e.Words, "priv")+2, len(e.Words)-1)]
			}
			u.Priv = facts.Text(priv, ev)
		}
		switch {
		case auth == "":
			u.Level = facts.Text("noAuthNoPriv", ev)
		case priv == "":
			u.Level = facts.Text("authNoPriv", ev)
		default:
			u.Level = facts.Text("authPriv", ev)
		}
		var own []*stanza.Entry
		for _, h := range r.managers() {
			if slices.Contains(h.Words[4:], u.Scope) {
				own = append(own, h)
			}
		}
		u.Sources = r.asked(own)
		out.Items = append(out.Items, u)
	}
	return out
}
