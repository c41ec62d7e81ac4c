package eos

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// services states what a hardened device does without. What has no line has no default that a document says.
func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, t := range []struct {
		scope string
		words []string
	}{{"lldp", []string{"lldp", "run"}}, {"dhcp", []string{"dhcp", "server"}}} {
		s := &pb.Service{Scope: t.scope, Enabled: r.Doc.NoDefault(t.scope).Bool()}
		if e := r.Final(t.words...); e != nil {
			s.Enabled = facts.Bool(!e.Negated, r.At(e))
		}
		list.Items = append(list.Items, s)
	}
	for _, p := range r.Facts.AccessPaths.GetItems() {
		if p.GetScope() == "http" || p.GetScope() == "telnet" {
			list.Items = append(list.Items, &pb.Service{Scope: p.GetScope(), Enabled: p.GetEnabled()})
		}
	}
	r.Facts.Services = list
}

// snmp reads communities and users.
func (r *reader) snmp() {
	st := r.Doc.List()
	list := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		c := r.Community(e, len(list.Items)+1)
		if c.Access == nil {
			c.Access = r.Doc.NoDefault("snmp-server community").Text()
		}
		list.Items = append(list.Items, c)
	}
	r.Facts.SnmpCommunities = list
	users := r.SNMPUsers(r.SNMPGroups())
	for _, u := range users {
		if u.GetPriv().GetValue() == "aes" {
			u.Priv = facts.Text("aes128", u.GetPriv().GetEvidence()...)
		}
	}
	r.Facts.SnmpUsers = &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: users}
}

// loggingWords are words that follow "logging" and are not read, or read elsewhere.
var loggingWords = []string{
	"host", "vrf", "buffered", "trap", "console", "monitor", "on", "synchronous", "level", "facility", "format", "event", "persistent", "policy", "relogging-interval", "repeat-messages", "source-interface",
	"source-address", "qos", "port", "protocol",
}

// logging reads where records go, and what they carry.
func (r *reader) logging() {
	st := r.Doc.List()
	buffer := &pb.LogStore{Scope: "buffer", Active: r.Doc.NoDefault("logging buffered").Bool(), Level: r.Doc.NoDefault("logging buffered").Text(), MaxBytes: r.Doc.NoDefault("logging buffered").Int()}
	if e := r.Final("logging", "buffered"); e != nil {
		r.Buffered(buffer, e)
	}
	stores := &pb.LogStoreList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LogStore{buffer}}
	if e := r.Final("logging", "persistent"); e != nil && !e.Negated {
		s := &pb.LogStore{Scope: "persistent", Active: facts.Bool(true, r.At(e)), Persistent: facts.Bool(true, r.At(e))}
		if n, ok := e.Number(2); ok {
			s.MaxBytes = facts.Int(n, r.At(e))
		}
		stores.Items = append(stores.Items, s)
	}
	targets := &pb.LogTargetList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	stopped := r.Final("logging", "on")
	off := stopped != nil && stopped.Negated
	for e := range r.Find("logging") {
		i := 1
		if e.Word(1) == "vrf" {
			i = 3
		}
		if e.Negated || e.Word(i) != "host" || e.Word(i+1) == "" {
			continue
		}
		targets.Items = append(targets.Items, r.target(e, i+1, off, stopped))
	}
	if off {
		buffer.Active = facts.Bool(false, r.At(stopped))
	}
	r.Facts.LogStores, r.Facts.LogTargets = stores, targets
	p := r.Facts.Protections
	p.LogTimestamps = r.Doc.NoDefault("logging format timestamp").Text()
	if e := r.Final("logging", "format", "timestamp"); e != nil && !e.Negated {
		p.LogTimestamps = facts.Text("datetime", r.At(e))
	}
	r.auditEvents()
}

// target reads "host ADDRESS [PORT] [protocol udp|tcp|tls …]".
func (r *reader) target(e *entry, i int, off bool, stopped *entry) *pb.LogTarget {
	t := r.Target(e, e.Word(i))
	if n, ok := e.Number(i + 1); ok && n > 0 {
		t.Port = facts.Int(n, r.At(e))
		t.Scope = e.Word(i) + ":" + strconv.FormatInt(n, 10)
	}
	if trap := r.Final("logging", "trap"); trap != nil && !trap.Negated && len(trap.Words) > 2 && trap.Word(2) != "system" {
		r.Level(t, trap, trap.Word(2))
	} else {
		t.Selector, t.Everything = r.Doc.NoDefault("logging trap").Text(), r.Doc.NoDefault("logging trap").Bool()
	}
	if off {
		t.Everything = facts.Bool(false, r.At(stopped))
	}
	return t
}

// auditEvents states the kinds of events that the configuration decides about; there are others, which it does not show.
func (r *reader) auditEvents() {
	list := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		list.Reason, list.Detail = r.Doc.Reason(), r.Doc.Source
	}
	list.Items = append(list.Items, &pb.AuditEvent{Scope: "commands", Recorded: r.Facts.Protections.CommandAccounting})
	for _, s := range []struct{ scope, word string }{{"failed_logins", "on-failure"}, {"logins", "on-success"}} {
		recorded := r.Doc.NoDefault("aaa authentication policy " + s.word).Bool()
		if e := r.Final("aaa", "authentication", "policy", s.word); e != nil {
			recorded = facts.Bool(!e.Negated && e.Word(4) == "log", r.At(e))
		}
		list.Items = append(list.Items, &pb.AuditEvent{Scope: s.scope, Recorded: recorded})
	}
	r.Facts.AuditEvents = list
}

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	doc := r.Ans.Command(showNTP)
	marks := map[string]*pb.Evidence{}
	selected, offset := "", ""
	for n, l := range doc.Lines() {
		f := strings.Fields(l)
		if len(f) < 9 || !strings.ContainsAny(l[:1], "*+-# ") || f[0] == "remote" {
			continue
		}
		address := strings.TrimLeft(f[0], "*+-#")
		marks[address] = doc.Line(n, strings.TrimSpace(l))
		if strings.HasPrefix(l, "*") {
			selected = address
			if len(f) == 10 { // remote refid st t when poll reach delay offset jitter, in milliseconds
				offset = f[8]
			}
		}
	}
	for e := range r.Find("ntp", "server") {
		address, from := ciscolike.TimeServer(e)
		if e.Negated || address == "" {
			continue
		}
		s := &pb.TimeSource{Scope: address, Kind: facts.Text("server", r.At(e)), Authenticated: r.Authenticated(e, from)}
		if ev := marks[address]; ev != nil {
			s.Selected = facts.Bool(address == selected, ev)
		}
		list.Items = append(list.Items, s)
	}
	r.Facts.TimeSources = list
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("clock timezone").Text()}
	switch {
	case selected != "":
		c.Synchronised, c.Source = facts.Bool(true, marks[selected]), facts.Text(selected, marks[selected])
		if ms, err := strconv.ParseFloat(offset, 64); err == nil && ms > -1e12 && ms < 1e12 {
			c.Offset = facts.Duration(time.Duration(ms*float64(time.Millisecond)), marks[selected])
		}
	case doc.Whole() && len(marks) > 0:
		c.Synchronised = facts.Bool(false, doc.All())
	}
	r.ntpStatus(c)
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	r.Facts.Clock = c
}

// network reads interfaces, what is applied to them, bindings, and what takes over when the device fails.
func (r *reader) network() {
	r.Interfaces(func(*entry) *pb.BoolFact { return r.Doc.NoDefault("shutdown").Bool() })
	for e := range r.Find("mlag", "configuration") {
		for _, l := range e.Under() {
			if l.Words[0] == "domain-id" && !l.Negated {
				g := &pb.RedundancyGroup{Scope: "mlag " + l.Word(1), Kind: facts.Text("mlag", r.At(l))}
				r.partner(g)
				r.Facts.RedundancyGroups.Items = append(r.Facts.RedundancyGroups.Items, g)
			}
		}
	}
	r.AppliedFilters(func(*entry) *pb.Evidence { return nil })
	r.Bindings()
	p := r.Facts.Protections
	p.Stateful = r.Doc.Off()
	p.DosProtection = r.Doc.NoDefault("control-plane policing").Bool()
	for _, words := range [][]string{{"system", "control-plane"}, {"control-plane"}} {
		for e := range r.Find(words...) {
			if ciscolike.Below(e, "service-policy", "input") {
				p.DosProtection = facts.Bool(true, r.Section(e))
			}
		}
	}
}

// managing are first words of lines that manage the device, with the words that may follow and are read or say nothing that is asked.
var managing = map[string][]string{
	"aaa":     {"authentication", "authorization", "accounting", "group", "root", "dot1x", "session"},
	"enable":  {"secret", "password"},
	"banner":  {"login", "motd"},
	"ntp":     {"server", "local-interface", "authenticate", "authentication-key", "trusted-key", "serve", "source", "qos", "force-updates"},
	"logging": loggingWords,
	"management": {"api", "ssh", "telnet", "console", "security", "defaults", "cvx", "xmpp", "ldap", "accounts", "http-server", "client", "cli", "archive", "dmf", "file-systems", "package", "data", "nic",
		"tech-support", "identity", "server"},
}

// inSSH are first words below "management ssh" and "management telnet" that are read or say nothing that is asked.
var inSSH = []string{
	"idle-timeout", "ip", "ipv6", "shutdown", "vrf", "authentication", "cipher", "mac", "key-exchange", "connection", "hostkey", "server-port", "log-level", "login", "fips", "rekey", "client-alive",
	"user", "qos", "known-hosts", "session", "tunnel", "trust", "verify", "default", "exit",
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for word, second := range managing {
		for e := range r.Find(word) {
			if len(e.Words) > 1 && !slices.Contains(second, e.Word(1)) {
				r.Unread = append(r.Unread, r.At(e))
			}
		}
	}
	for _, name := range []string{"ssh", "telnet"} {
		_, below := r.section(name)
		for _, l := range below {
			if !slices.Contains(inSSH, l.Words[0]) && !stanza.Hole(l.Words[0]) {
				r.Unread = append(r.Unread, r.At(l))
			}
		}
	}
	r.Distinct()
}
