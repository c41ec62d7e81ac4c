package iosxr

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/ciscolike"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// services states what a hardened device does without. What has no line has no default that a document says.
func (r *reader) services() {
	st := r.Doc.List()
	list := &pb.ServiceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for _, word := range []string{"cdp", "lldp"} {
		s := &pb.Service{Scope: word, Enabled: r.Doc.NoDefault(word).Bool()}
		if e := r.Final(word); e != nil {
			s.Enabled = facts.Bool(!e.Negated, r.At(e))
		}
		list.Items = append(list.Items, s)
	}
	for _, words := range [][]string{{"service", "ipv4", "tcp-small-servers"}, {"service", "ipv4", "udp-small-servers"}} {
		s := &pb.Service{Scope: words[2], Enabled: r.Doc.NoDefault(words[2]).Bool()}
		if e := r.Final(words...); e != nil {
			s.Enabled = facts.Bool(!e.Negated, r.At(e))
		}
		list.Items = append(list.Items, s)
	}
	r.Facts.Services = list
}

// owners are words that say whose a community or user is; they limit nobody.
var owners = []string{"SDROwner", "SystemOwner", "LROwner"}

// snmp reads communities and users.
func (r *reader) snmp() {
	st := r.Doc.List()
	list := &pb.SnmpCommunityList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	for e := range r.Find("snmp-server", "community") {
		if e.Negated || e.Word(2) == "" {
			continue
		}
		c := r.community(e, len(list.Items)+1)
		list.Items = append(list.Items, c)
	}
	r.Facts.SnmpCommunities = list
	users := r.SNMPUsers(r.SNMPGroups())
	for _, u := range users {
		for e := range r.Find("snmp-server", "user", u.GetScope()) {
			if g := r.SNMPGroups()[e.Word(3)]; g != nil {
				u.Sources = r.groupSources(g)
			}
		}
	}
	r.Facts.SnmpUsers = &pb.SnmpUserList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: users}
}

// community reads a community without the words that only XR has.
func (r *reader) community(e *entry, n int) *pb.SnmpCommunity {
	plain := *e
	plain.Words = slices.DeleteFunc(slices.Clone(e.Words), func(w string) bool { return slices.Contains(owners, w) || w == "IPv4" })
	form := ""
	if w := plain.Word(2); (w == "clear" || w == "encrypted") && len(plain.Words) > 3 && !strings.EqualFold(plain.Word(3), "ro") && !strings.EqualFold(plain.Word(3), "rw") {
		form = w
		plain.Words = slices.Delete(plain.Words, 2, 3)
	}
	r.At(e) // the line is cited as it stands
	c := r.Community(&plain, n)
	ev := r.At(e)
	c.Versions = facts.Texts([]string{"v1", "v2c"}, ev)
	if form == "encrypted" {
		c.DefaultName = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "redacted", ev).Bool()
	}
	if c.Access == nil {
		c.Access = r.Doc.NoDefault("snmp-server community").Text()
	}
	return c
}

// groupSources says who may use a v3 group: "IPv4 LIST", "IPv6 LIST".
func (r *reader) groupSources(g *entry) *pb.TextsFact {
	var each []*pb.TextsFact
	for i := 3; i+1 < len(g.Words); i++ {
		switch g.Words[i] {
		case "IPv4", "ipv4":
			each = append(each, r.Sources(g.Words[i+1], r.At(g)))
		case "IPv6", "ipv6":
			each = append(each, r.Sources("ipv6 "+g.Words[i+1], r.At(g)))
		}
	}
	if each == nil {
		return facts.Absent(r.At(g)).Texts()
	}
	return ciscolike.Union(each)
}

// snmpPath states SNMP as a way in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := r.SNMPPath(r.Doc.NoDefault("snmp-server").Bool())
	if !r.Whole() || !p.Enabled.GetValue() {
		return p
	}
	var each []*pb.TextsFact
	for _, c := range r.Facts.SnmpCommunities.GetItems() {
		each = append(each, c.GetSources())
	}
	for _, u := range r.Facts.SnmpUsers.GetItems() {
		if u.GetSources() != nil {
			each = append(each, u.GetSources())
		}
	}
	if each != nil {
		p.Sources = ciscolike.Union(each)
	}
	return p
}

// levels are the words that XR has for severities besides those of IOS.
var levels = map[string]string{
	"emergency": "emergencies", "alert": "alerts", "critical": "critical", "error": "errors", "warning": "warnings", "notice": "notifications", "notifications": "notifications", "info": "informational", "debug": "debugging",
}

func severity(w string) (string, bool) {
	if level, ok := levels[w]; ok {
		return level, true
	}
	return ciscolike.Severity(w)
}

// loggingWords are words that follow "logging" and are not a server.
var loggingWords = []string{
	"console", "monitor", "buffered", "trap", "facility", "hostnameprefix", "source-interface", "suppress", "events", "archive", "correlator", "file", "history", "container", "ipv4", "ipv6", "disable",
	"localfilesize", "format", "local", "yang", "tls-server", "ios-xr", "security", "international",
}

// logging reads where records go.
func (r *reader) logging() {
	st := r.Doc.List()
	buffer := &pb.LogStore{Scope: "buffer", Active: r.Doc.NoDefault("logging buffered").Bool(), Level: r.Doc.NoDefault("logging buffered").Text(), MaxBytes: r.Doc.NoDefault("logging buffered").Int()}
	for e := range r.Find("logging", "buffered") { // size and level stand on lines of their own
		buffer.Active = facts.Bool(!e.Negated, r.At(e))
		if n, ok := e.Number(2); ok && n > 7 {
			buffer.MaxBytes = facts.Int(n, r.At(e))
		} else if level, ok := severity(e.Word(2)); ok {
			buffer.Level = facts.Text(level, r.At(e))
		}
	}
	stores := &pb.LogStoreList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence, Items: []*pb.LogStore{buffer}}
	if e := r.Final("logging", "archive"); e != nil && !e.Negated {
		stores.Items = append(stores.Items, &pb.LogStore{Scope: "archive", Active: facts.Bool(true, r.Section(e)), Persistent: facts.Bool(true, r.Section(e))})
	}
	targets := &pb.LogTargetList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	seen := map[string]bool{}
	for e := range r.Find("logging") {
		address := e.Word(1)
		if e.Negated || address == "" || slices.Contains(loggingWords, address) || seen[address] {
			continue
		}
		if _, err := netip.ParseAddr(address); err != nil && !strings.Contains(address, ".") {
			continue
		}
		seen[address] = true
		targets.Items = append(targets.Items, r.target(e, address))
	}
	r.Facts.LogStores, r.Facts.LogTargets = stores, targets
	r.Facts.Protections.LogTimestamps = r.Doc.NoDefault("service timestamps log").Text()
	if e := r.Final("service", "timestamps", "log"); e != nil {
		switch {
		case e.Negated:
			r.Facts.Protections.LogTimestamps = facts.Text("none", r.At(e))
		case e.Word(3) == "datetime" || e.Word(3) == "uptime":
			r.Facts.Protections.LogTimestamps = facts.Text(e.Word(3), r.At(e))
		}
	}
	events := &pb.AuditEventList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NOT_UNDERSTOOD, Detail: "only what the configuration decides"}
	if !r.Whole() {
		events.Reason, events.Detail = r.Doc.Reason(), r.Doc.Source
	}
	events.Items = []*pb.AuditEvent{{Scope: "commands", Recorded: r.Facts.Protections.CommandAccounting}}
	r.Facts.AuditEvents = events
}

// target reads "logging ADDRESS [vrf V] [severity LEVEL] [port N|default]", also where the words stand below it.
func (r *reader) target(e *entry, address string) *pb.LogTarget {
	t := r.Target(e, address)
	word, at := e.After("severity"), e
	if trap := r.Final("logging", "trap"); word == "" && trap != nil && !trap.Negated {
		word, at = trap.Word(2), trap
	}
	for _, l := range e.Under() {
		if l.Words[0] == "severity" {
			word, at = l.Word(1), l
		}
		if n, ok := l.Number(1); ok && l.Words[0] == "port" {
			t.Port = facts.Int(n, r.At(l))
		}
	}
	switch level, ok := severity(word); {
	case word == "":
		t.Selector, t.Everything = r.Doc.NoDefault("logging severity").Text(), r.Doc.NoDefault("logging severity").Bool()
	case !ok:
		m := r.Odd(at)
		t.Selector, t.Everything = m.Text(), m.Bool()
	default:
		t.Selector, t.Everything = facts.Text(level, r.At(at)), facts.Bool(level == "informational" || level == "debugging", r.At(at))
	}
	if r.Final("logging", "suppress", "apply") != nil {
		t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "logging suppress", r.At(e)).Bool()
	}
	return t
}

var (
	clockLine  = regexp.MustCompile(`^Clock is (synchronized|unsynchronized), stratum ([0-9]+), (?:reference is (\S+)|no reference clock)`)
	offsetLine = regexp.MustCompile(`^clock offset is (-?[0-9]+(?:\.[0-9]+)?) msec`)
)

// time reads the time servers and the state of the clock.
func (r *reader) time() {
	st := r.Doc.List()
	list := &pb.TimeSourceList{State: st.State, Reason: st.Reason, Detail: st.Detail, Evidence: st.Evidence}
	peers := r.associations()
	for _, kind := range []string{"server", "peer"} {
		for e := range r.Find("ntp", kind) {
			address, from := ciscolike.TimeServer(e)
			if e.Negated || address == "" {
				continue
			}
			s := &pb.TimeSource{Scope: address, Kind: facts.Text(kind, r.At(e)), Authenticated: r.Authenticated(e, from)}
			if a, ok := peers[address]; ok {
				s.Reachable, s.Selected = a.reachable, a.selected
			}
			list.Items = append(list.Items, s)
		}
	}
	r.Facts.TimeSources = list
	doc := r.Ans.Command(showNTPStatus)
	m := doc.Unknown()
	if doc.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, doc.Source)
	}
	c := &pb.Clock{Synchronised: m.Bool(), Offset: m.Duration(), Source: m.Text(), Stratum: m.Int(), Timezone: r.Doc.NoDefault("clock timezone").Text()}
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		ev := doc.Line(n, t)
		if f := clockLine.FindStringSubmatch(t); f != nil {
			c.Synchronised = facts.Bool(f[1] == "synchronized", ev)
			if s, err := strconv.ParseInt(f[2], 10, 32); err == nil {
				c.Stratum = facts.Int(s, ev)
			}
			if f[3] != "" {
				c.Source = facts.Text(f[3], ev)
			}
		}
		if f := offsetLine.FindStringSubmatch(t); f != nil && c.Synchronised.GetValue() {
			if ms, err := strconv.ParseFloat(f[1], 64); err == nil && ms > -1e12 && ms < 1e12 {
				c.Offset = facts.Duration(time.Duration(ms*float64(time.Millisecond)), ev)
			}
		}
	}
	if e := r.Final("clock", "timezone"); e != nil && !e.Negated {
		c.Timezone = facts.Text(strings.Join(e.Words[2:], " "), r.At(e))
	}
	r.Facts.Clock = c
}

type association struct{ reachable, selected *pb.BoolFact }

// associations reads "show ntp associations": a mark, the address, and the reach register in octal; a long address has a line of its own.
func (r *reader) associations() map[string]association {
	out := map[string]association{}
	doc := r.Ans.Command(showAssociations)
	marks, address := "", ""
	for n, l := range doc.Lines() {
		t := strings.TrimSpace(l)
		f := strings.Fields(t)
		if len(f) > 0 {
			if before, after, ok := strings.Cut(f[0], "~"); ok && after != "" {
				marks, address = before, after
				f = f[1:]
			}
		}
		if address == "" || len(f) < 8 {
			continue
		}
		if reach, err := strconv.ParseUint(f[len(f)-4], 8, 32); err == nil {
			out[address] = association{facts.Bool(reach != 0, doc.Line(n, t)), facts.Bool(strings.Contains(marks, "*"), doc.Line(n, t))}
		}
		address = ""
	}
	return out
}

// network reads interfaces, what is applied to them, bindings, and what takes over when the device fails.
func (r *reader) network() {
	r.Interfaces(r.Enabled)
	groups := r.Facts.RedundancyGroups
	for kind, words := range map[string][]string{"hsrp": {"router", "hsrp"}, "vrrp": {"router", "vrrp"}} {
		for e := range r.Find(words...) {
			for _, i := range e.Under() {
				if i.Words[0] == "interface" && !i.Negated {
					groups.Items = append(groups.Items, &pb.RedundancyGroup{Scope: kind + " " + i.Word(1), Kind: facts.Text(kind, r.Section(i))})
				}
			}
		}
	}
	slices.SortFunc(groups.Items, func(a, b *pb.RedundancyGroup) int { return strings.Compare(a.GetScope(), b.GetScope()) })
	r.AppliedFilters(func(*entry) *pb.Evidence { return nil })
	r.Bindings()
	p := r.Facts.Protections
	p.Stateful = r.Doc.Off()
	p.DosProtection = r.Doc.NoDefault("lpts").Bool()
	if e := r.Final("lpts", "pifib", "hardware", "police"); e != nil {
		p.DosProtection = facts.Bool(!e.Negated, r.Section(e))
	}
	saved := &pb.Saved{Archives: r.Doc.Absence().Texts(), RunningIsSaved: facts.Unknown(pb.Reason_REASON_NOT_FOUND, "the head of the configuration does not tell").Bool()}
	if e := r.Final("event", "manager"); e != nil && !e.Negated { // what its scripts do is not read
		saved.Archives = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "event manager", r.At(e)).Texts()
	}
	if e := r.Final("configuration", "commit", "auto-save"); e != nil && !e.Negated {
		if where := e.After("filename"); where != "" {
			where = ciscolike.Credentials.ReplaceAllString(where, "://")
			saved.Archives = facts.Texts([]string{where}, facts.Line(r.Doc.Source, e.Node.N, "configuration commit auto-save filename "+where))
		}
	}
	r.Facts.Saved = saved
}

// managing are first words of lines that manage the device, with the words that may follow and are read or say nothing that is asked.
var managing = map[string][]string{
	"aaa":     {"authentication", "authorization", "accounting", "group", "password-policy", "default-taskgroup", "attribute", "server", "source-interface", "display-login-failed-users", "admin"},
	"banner":  {"login", "motd", "exec", "incoming", "slip-ppp", "prompt-timeout"},
	"ssh":     {"server", "client", "timeout"},
	"logging": loggingWords,
	"ntp": {"server", "peer", "authenticate", "authentication-key", "trusted-key", "access-group", "source", "update-calendar", "max-associations", "broadcastdelay", "interface", "master", "log-internal-sync",
		"peer-group", "passive", "drift", "ipv4", "ipv6", "primary-reference-clock", "vrf", "admin-plane", "cmac-authentication-key"},
}

// leftover reports the lines that manage the device and that nothing has read.
func (r *reader) leftover() {
	for word, second := range managing {
		for e := range r.Find(word) {
			if len(e.Words) == 1 || slices.Contains(second, e.Word(1)) || word == "logging" && strings.ContainsAny(e.Word(1), ".:") {
				continue
			}
			r.Unread = append(r.Unread, r.At(e))
		}
	}
	r.Distinct()
}
