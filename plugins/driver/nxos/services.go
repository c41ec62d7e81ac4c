package nxos

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// services states what a hardened device does without: features, and what other lines switch.
func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	add := func(scope string, on *pb.BoolFact) {
		list.Items = append(list.Items, &pb.Service{Scope: scope, Enabled: on})
	}
	for _, f := range []struct{ scope, feature string }{{"lldp", "lldp"}, {"dhcp", "dhcp"}, {"scp-server", "scp-server"}, {"sftp-server", "sftp-server"}, {"bash-shell", "bash-shell"}} {
		add(f.scope, r.featured(f.feature))
	}
	add("http", r.nxapi())
	for _, t := range []struct {
		scope string
		words []string
	}{{"cdp", []string{"cdp", "enable"}}, {"source-route", []string{"ip", "source-route"}}} {
		on := r.Doc.NoDefault(t.scope).Bool()
		if e := r.Final(t.words...); e != nil {
			on = facts.Bool(!e.Negated, r.At(e))
		}
		add(t.scope, on)
	}
	r.Facts.Services = list
}

// snmp reads communities and users; several lines may describe one.
func (r *reader) snmp() {
	st := r.Doc.List()
	communities := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	byName := map[string]*pb.SnmpCommunity{}
	for e := range r.Find("snmp-server", "community") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		c := byName[e.Word(2)]
		if c == nil {
			c = r.newCommunity(e, len(communities.Items)+1)
			byName[e.Word(2)] = c
			communities.Items = append(communities.Items, c)
		}
		r.community(c, e)
	}
	for _, c := range communities.Items {
		if c.Access == nil {
			c.Access = r.Doc.NoDefault("snmp-server community without group").Text()
		}
	}
	r.Facts.SnmpCommunities = communities
	r.snmpUsers()
}

func (r *reader) newCommunity(e *entry, n int) *pb.SnmpCommunity {
	ev := r.At(e)
	name := strings.Trim(e.Word(2), `"`)
	c := &pb.SnmpCommunity{
		Scope: "community " + strconv.Itoa(n), DefaultName: facts.Bool(name == "public" || name == "private", ev), Versions: facts.Texts([]string{"v1", "v2c"}, ev),
		Sources: r.Doc.Absence().Texts(),
	}
	if stanza.Hole(name) {
		c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
	}
	return c
}

// community reads "group ROLE", "ro", "rw", "use-acl LIST", "use-ipv4acl LIST" and "use-ipv6acl LIST".
func (r *reader) community(c *pb.SnmpCommunity, e *entry) {
	ev := r.At(e)
	for i := 3; i < len(e.Words); i++ {
		switch e.Words[i] {
		case "ro", "rw":
			c.Access = facts.Text(e.Words[i], ev)
		case "group":
			i++
			switch {
			case slices.Contains(mighty, e.Word(i)):
				c.Access = facts.Text("rw", ev)
			case e.Word(i) == "network-operator" || e.Word(i) == "vdc-operator":
				c.Access = facts.Text("ro", ev)
			default:
				c.Access = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "role "+e.Word(i), ev).Text()
			}
		case "use-acl", "use-ipv4acl", "use-ipv6acl":
			name := e.Word(i + 1)
			if e.Words[i] == "use-ipv6acl" {
				name = "ipv6 " + name
			}
			i++
			limit := r.Sources(name, ev)
			if facts.Known(c.Sources) {
				limit = ciscolike.Union([]*pb.TextsFact{c.Sources, limit})
			}
			c.Sources = limit
		}
	}
}

// snmpUsers reads "snmp-server user NAME [GROUP] [auth KIND KEY [priv [aes-128] KEY]] …"; the device keeps one for each of its own users.
func (r *reader) snmpUsers() {
	st := r.Doc.List()
	list := &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	byName := map[string]*pb.SnmpUser{}
	for e := range r.Find("snmp-server", "user") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		u, ev := byName[e.Word(2)], r.At(e)
		if u == nil {
			u = &pb.SnmpUser{Scope: e.Word(2), Level: facts.Text("noAuthNoPriv", ev), Auth: facts.Text("none", ev), Priv: facts.Text("none", ev)}
			byName[u.Scope] = u
			list.Items = append(list.Items, u)
		}
		if kind := e.After("auth"); kind != "" && !slices.Contains(e.Words, "engineID") || kind != "" && u.Auth.GetValue() == "none" {
			u.Auth, u.Level = facts.Text(strings.ReplaceAll(kind, "-", ""), ev), facts.Text("authNoPriv", ev)
			if i := slices.Index(e.Words, "priv"); i > 0 {
				u.Priv, u.Level = facts.Text("des", ev), facts.Text("authPriv", ev)
				if strings.HasPrefix(e.Word(i+1), "aes-") {
					u.Priv = facts.Text(strings.ReplaceAll(e.Word(i+1), "-", ""), ev)
				}
			}
		}
		if slices.Contains(mighty, e.Word(3)) {
			u.Access = facts.Text("rw", ev)
		} else if e.Word(3) == "network-operator" && u.Access == nil {
			u.Access = facts.Text("ro", ev)
		}
		if name := e.After("use-ipv4acl"); name != "" {
			u.Sources = r.Sources(name, ev)
		}
	}
	for _, u := range list.Items {
		if u.Sources == nil {
			u.Sources = r.Doc.Absence().Texts()
		}
	}
	r.Facts.SnmpUsers = list
}

// snmpPath states SNMP as a way in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := r.SNMPPath(r.Doc.NoDefault("snmp-server protocol enable").Bool())
	if e := r.Final("snmp-server", "protocol", "enable"); e != nil {
		p.Enabled = facts.Bool(!e.Negated, r.At(e))
	}
	if !r.Whole() {
		return p
	}
	var each []*pb.TextsFact
	versions := []string{}
	for _, c := range r.Facts.SnmpCommunities.GetItems() {
		each, versions = append(each, c.GetSources()), append(versions, "SNMP v1", "SNMP v2c")
	}
	for _, u := range r.Facts.SnmpUsers.GetItems() {
		each, versions = append(each, u.GetSources()), append(versions, "SNMP v3")
	}
	if len(each) == 0 {
		return p
	}
	slices.Sort(versions)
	p.Sources, p.Versions = ciscolike.Union(each), facts.Texts(slices.Compact(versions), r.Doc.All())
	e := r.Final("snmp-server", "globalEnforcePriv")
	if slices.Contains(versions, "SNMP v1") || e == nil || e.Negated {
		p.Encrypted = facts.Bool(false, r.Doc.All())
	} else {
		p.Encrypted = facts.Bool(true, r.At(e))
	}
	return p
}

// loggingWords are words that follow "logging" and are not a server.
var loggingWords = []string{
	"server", "logfile", "console", "monitor", "module", "level", "timestamp", "source-interface", "event", "message", "ip", "origin-id", "distribute", "abort", "commit", "rate-limit", "line",
	"interface", "pending", "drop", "rfc-strict", "secure", "buffered",
}

// logging reads where records go.
func (r *reader) logging() {
	st := r.Doc.List()
	file := &pb.LogStore{Scope: "logfile", Active: r.Doc.NoDefault("logging logfile").Bool(), Level: r.Doc.NoDefault("logging logfile").Text(), MaxBytes: r.Doc.NoDefault("logging logfile").Int()}
	if e := r.Final("logging", "logfile"); e != nil {
		if file.Active = facts.Bool(!e.Negated, r.At(e)); !e.Negated {
			if level, ok := ciscolike.Severity(e.Word(3)); ok {
				file.Level = facts.Text(level, r.At(e))
			}
			if n, ok := stanza.Number(e.After("size")); ok {
				file.MaxBytes = facts.Int(n, r.At(e))
			}
		}
	}
	r.Facts.LogStores = &pb.LogStoreList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LogStore{file}}
	targets := &pb.LogTargetList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("logging", "server") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		t := r.Target(e, e.Word(2))
		if _, ok := stanza.Number(e.Word(3)); ok {
			r.Level(t, e, e.Word(3))
		} else {
			t.Selector, t.Everything = r.Doc.NoDefault("logging server: level").Text(), r.Doc.NoDefault("logging server: level").Bool()
		}
		targets.Items = append(targets.Items, t)
	}
	r.Facts.LogTargets = targets
	r.Facts.Protections.LogTimestamps = r.Doc.NoDefault("logging timestamp").Text()
	if e := r.Final("logging", "timestamp"); e != nil && !e.Negated {
		r.Facts.Protections.LogTimestamps = facts.Text("datetime", r.At(e))
	}
	events := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		events.Reason, events.Detail = r.Doc.Reason(), r.Doc.Source
	}
	events.Items = []*pb.AuditEvent{{Scope: "commands", Recorded: r.Facts.Protections.CommandAccounting}}
	r.Facts.AuditEvents = events
}

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	peers := r.peers()
	for _, kind := range []string{"server", "peer"} {
		for e := range r.Find("ntp", kind) {
			address, from := ciscolike.TimeServer(e)
			if e.Negated || address == "" {
				continue
			}
			s := &pb.TimeSource{Scope: address, Kind: facts.Text(kind, r.At(e)), Authenticated: r.Authenticated(e, from)}
			if p, ok := peers[address]; ok {
				s.Reachable, s.Selected = p.reachable, p.selected
			}
			list.Items = append(list.Items, s)
		}
	}
	r.Facts.TimeSources = list
	doc := r.Ans.Command(showPeers)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("clock timezone").Text()}
	for address, p := range peers {
		if p.selected.GetValue() {
			c.Synchronised, c.Source = facts.Bool(true, p.selected.GetEvidence()...), facts.Text(address, p.selected.GetEvidence()...)
		}
	}
	if doc.Whole() && len(peers) > 0 && !facts.Known(c.Synchronised) {
		c.Synchronised = facts.Bool(false, doc.All())
	}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	r.Facts.Clock = c
}

type peer struct{ reachable, selected *pb.BoolFact }

// peers reads "show ntp peer-status": a mark and the address, and the reach register in octal.
func (r *reader) peers() map[string]peer {
	out := map[string]peer{}
	doc := r.Ans.Command(showPeers)
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		f := strings.Fields(t)
		if len(f) < 6 || !strings.ContainsAny(f[0][:1], "*=+-") {
			continue
		}
		address := f[0][1:]
		reach, err := strconv.ParseUint(f[4], 8, 32)
		if _, bad := netip.ParseAddr(address); err != nil || bad != nil {
			continue
		}
		out[address] = peer{facts.Bool(reach != 0, doc.Line(n, t)), facts.Bool(f[0][0] == '*', doc.Line(n, t))}
	}
	return out
}

// network reads interfaces, what is applied to them, bindings, and what takes over when the device fails.
func (r *reader) network() {
	r.Interfaces(func(*entry) *pb.BoolFact { return r.Doc.NoDefault("shutdown").Bool() })
	for e := range r.Find("vpc", "domain") {
		if !e.Negated {
			g := &pb.RedundancyGroup{Scope: "vpc " + e.Word(2), Kind: facts.Text("mlag", r.Section(e))}
			r.partner(g)
			r.Facts.RedundancyGroups.Items = append(r.Facts.RedundancyGroups.Items, g)
		}
	}
	r.Standbys(showHSRP)
	r.AppliedFilters(func(*entry) *pb.Evidence { return nil })
	r.Bindings()
	p := r.Facts.Protections
	p.Stateful = r.Doc.Off()
	p.DosProtection = r.Doc.NoDefault("copp profile").Bool()
	if e := r.Final("copp", "profile"); e != nil {
		p.DosProtection = facts.Bool(!e.Negated, r.At(e))
	}
	for e := range r.Find("control-plane") {
		if ciscolike.Below(e, "service-policy", "input") {
			p.DosProtection = facts.Bool(true, r.Section(e))
		}
	}
}

// managing are first words of lines that manage the device, with the words that may follow and are read or say nothing that is asked.
var managing = map[string][]string{
	"aaa":      {"authentication", "authorization", "accounting", "group", "user", "server"},
	"enable":   {"secret", "user-server-group"},
	"banner":   {"motd", "exec"},
	"password": {"strength-check", "secure-mode", "prompt", "encryption"},
	"ntp": {"server", "peer", "authenticate", "authentication-key", "trusted-key", "access-group", "source", "source-interface", "master", "logging", "passive", "allow", "drop", "distribute",
		"commit", "rts-update"},
	"ssh":     {"key", "login-attempts", "server", "ciphers", "macs", "kexalgos", "keytypes", "port", "idle-timeout", "rekey", "name-server", "login-gracetime", "cipher-mode"},
	"logging": loggingWords,
	"nxapi":   {"http", "https", "sandbox", "use-vrf", "certificate", "ssl", "idle-timeout", "client"},
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
	r.Distinct()
}
