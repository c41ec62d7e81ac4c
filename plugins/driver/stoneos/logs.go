package stoneos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logStores reads "logging TYPE to buffer|file …" with "logging TYPE on". Which others there are without such a line is not documented.
func (r *reader) logStores() *pb.LogStoreList {
	out := &pb.LogStoreList{State: pb.FactState_FACT_STATE_UNKNOWN, Reason: pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, Detail: "logging"}
	if s := r.Doc.List(); !r.Whole() {
		out.Reason, out.Detail, out.Evidence = s.Reason, s.Detail, s.Evidence
	}
	for _, e := range r.ByWord("logging") {
		to := slices.Index(e.Words, "to")
		if to < 2 || e.Negated || e.Word(to+1) != "buffer" && e.Word(to+1) != "file" {
			continue
		}
		kind, medium := strings.Join(e.Words[1:to], " "), e.Word(to+1)
		store := &pb.LogStore{
			Scope: kind + " " + medium, Active: r.Doc.NoDefault("logging " + kind).Bool(), Persistent: facts.Bool(medium == "file", r.At(e)),
			OnFull: r.Doc.NoDefault("logging to " + medium).Text(), RetentionBasis: r.Doc.NoDefault("logging to " + medium).Text(),
			Retention: r.Doc.NoDefault("storage-time").Duration(), Level: r.Doc.NoDefault("severity").Text(),
		}
		if on := r.Final(append([]string{"logging"}, append(slices.Clone(e.Words[1:to]), "on")...)...); on != nil {
			store.Active = facts.Bool(!on.Negated, r.At(on))
		}
		if level := e.After("severity"); level != "" {
			store.Level = facts.Text(level, r.At(e))
		}
		if n, ok := stanza.Number(e.After("storage-time")); ok { // in months, of which the shortest has 28 days
			store.Retention, store.RetentionBasis = facts.Duration(time.Duration(n)*28*day, r.At(e)), facts.Text("time", r.At(e))
		}
		if i := slices.IndexFunc(out.Items, func(o *pb.LogStore) bool { return o.GetScope() == store.GetScope() }); i >= 0 {
			if e.After("storage-time") != "" {
				out.Items[i].Retention, out.Items[i].RetentionBasis = store.GetRetention(), store.GetRetentionBasis()
			}
			continue
		}
		out.Items = append(out.Items, store)
	}
	return out
}

// logTargets reads the syslog servers: sections of their own, and the lines of older versions.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, g := range r.groups("logging", "syslog-server") {
		t := &pb.LogTarget{
			Scope: g.name, Address: r.Doc.NoDefault("server").Text(), Port: r.Doc.NoDefault("dst-port").Int(), Protocol: r.Doc.NoDefault("protocol").Text(),
			Encrypted: r.Doc.NoDefault("protocol").Bool(), Queued: r.Doc.NoDefault("local-backup").Bool(), Selector: r.Doc.NoDefault("log-enable").Text(), Everything: r.Doc.NoDefault("log-enable").Bool(),
		}
		var kinds []string
		var ev []*pb.Evidence
		for l := range g.lines() {
			switch {
			case l.Negated:
			case l.Words[0] == "server" && len(l.Words) > 2:
				address(t, value(l, 2), r.At(l))
			case l.Words[0] == "protocol":
				r.protocol(t, l, l.Word(1))
			case l.Words[0] == "dst-port":
				t.Port = r.count(l, 1)
			case l.Words[0] == "log-enable":
				kinds, ev = append(kinds, strings.Join(l.Words[1:], " ")), append(ev, r.At(l))
			case slices.Contains([]string{"bind", "description", "source-port", "facility", "log-format", "enable"}, l.Words[0]):
			default:
				r.Unread = append(r.Unread, r.At(l))
			}
		}
		r.selection(t, kinds, ev)
		out.Items = append(out.Items, t)
	}
	for e := range r.Find("logging", "syslog") {
		i := slices.IndexFunc(e.Words, func(w string) bool { return w == "udp" || w == "tcp" || w == "secure-tcp" })
		if e.Negated || i < 3 {
			continue
		}
		ev := r.At(e)
		t := &pb.LogTarget{Scope: value(e, 2), Port: facts.Int(514), Queued: r.Doc.NoDefault("local-backup").Bool(), Selector: r.Doc.NoDefault("type").Text(), Everything: r.Doc.NoDefault("type").Bool()}
		address(t, value(e, 2), ev)
		r.protocol(t, e, e.Word(i))
		if n, ok := e.Number(i + 1); ok {
			t.Port = facts.Int(n, ev)
		}
		if k := slices.Index(e.Words, "type"); k > 0 && k+1 < len(e.Words) {
			r.selection(t, []string{strings.Join(e.Words[k+1:], " ")}, []*pb.Evidence{ev})
		}
		// One server may be named by several lines, each with its kind of records.
		if k := slices.IndexFunc(out.Items, func(o *pb.LogTarget) bool { return o.GetScope() == t.GetScope() }); k >= 0 {
			old := out.Items[k].GetSelector()
			if facts.Known(old) && facts.Known(t.GetSelector()) {
				r.selection(out.Items[k], []string{old.GetValue(), t.GetSelector().GetValue()}, append(old.GetEvidence(), ev))
			}
			continue
		}
		out.Items = append(out.Items, t)
	}
	return out
}

func address(t *pb.LogTarget, host string, ev *pb.Evidence) {
	t.Address = facts.Text(host, ev)
	if kind := hole(host); kind != "" {
		t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Text()
		return
	}
	t.Scope = host
}

func (r *reader) protocol(t *pb.LogTarget, e *stanza.Entry, word string) {
	names := map[string]string{"udp": "udp", "tcp": "tcp", "secure-tcp": "tls"}
	if names[word] == "" {
		m := r.Odd(e)
		t.Protocol, t.Encrypted = m.Text(), m.Bool()
		return
	}
	t.Protocol, t.Encrypted = facts.Text(names[word], r.At(e)), facts.Bool(word == "secure-tcp", r.At(e))
}

// selection states the kinds of records; a server that gets no events or no changes of the configuration does not get everything.
func (r *reader) selection(t *pb.LogTarget, kinds []string, ev []*pb.Evidence) {
	if len(kinds) == 0 {
		return
	}
	text := strings.Join(kinds, ", ")
	t.Selector = facts.Text(text, ev...)
	if r.Whole() && !(strings.Contains(text, "event") && strings.Contains(text, "configuration")) && !strings.Contains(text, "all") {
		t.Everything = facts.Bool(false, ev...)
	}
}

// timeSources reads the time servers; an answer is authenticated if the server has a key and authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.onOff("ntp", "enable")
	check := r.onOff("ntp", "authentication")
	for e := range r.Find("ntp", "server") {
		if e.Negated || len(e.Words) < 3 {
			continue
		}
		ev := r.At(e)
		asked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "ntp")
		t := &pb.TimeSource{Scope: value(e, 2), Kind: facts.Text("server", ev), Authenticated: facts.Bool(false, ev), Reachable: asked.Bool(), Selected: asked.Bool()}
		if e.After("key") != "" {
			t.Authenticated = check
		}
		if facts.Known(on) && !on.GetValue() {
			t.Reachable, t.Selected = facts.Bool(false, on.GetEvidence()...), facts.Bool(false, on.GetEvidence()...)
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// onOff is a switch of NTP, which are off by default.
func (r *reader) onOff(words ...string) *pb.BoolFact {
	if e := r.Final(words...); e != nil {
		return facts.Bool(!e.Negated, r.At(e))
	}
	return r.set.Bool("ntp", false)
}

// snmpPath is the agent as a way in.
func (r *reader) snmpPath() *pb.AccessPath {
	p := &pb.AccessPath{Scope: "snmp", Enabled: r.managed("snmp"), Remote: facts.Bool(true), Port: r.Doc.NoDefault("snmp-server port").Int(), Encrypted: r.Doc.NoDefault("snmp-server").Bool(), Versions: r.Doc.NoDefault("snmp-server").Texts()}
	var versions, from []string
	var ev []*pb.Evidence
	for e := range r.Find("snmp-server", "host") {
		v := map[string]string{"1": "v1", "2c": "v2c", "3": "v3"}[e.After("version")]
		if e.Negated || v == "" {
			continue
		}
		if !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
		from, ev = append(from, value(e, 2)), append(ev, r.At(e))
	}
	p.Sources = r.Doc.NoDefault("snmp-server host").Texts()
	if len(ev) > 0 && r.Whole() {
		p.Versions, p.Sources = facts.Texts(versions, ev...), facts.Texts(from, ev...)
		if slices.ContainsFunc(versions, func(v string) bool { return v != "v3" }) {
			p.Encrypted = facts.Bool(false, ev...)
		}
	}
	if e := r.Final("snmp-server", "port"); e != nil && !e.Negated {
		p.Port = r.count(e, 2)
	}
	return p
}

// snmpCommunities reads "snmp-server host ADDRESS version 1|2c community NAME [ro|rw]".
func (r *reader) snmpCommunities() *pb.SnmpCommunityList {
	s := r.Doc.List()
	out := &pb.SnmpCommunityList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, e := range r.ByWord("snmp-server") {
		name := e.After("community")
		if e.Negated || name == "" || e.Word(1) != "host" && e.Word(1) != "community" {
			continue
		}
		ev := r.At(e)
		c := &pb.SnmpCommunity{
			Scope: fmt.Sprintf("community %d", len(out.Items)+1), DefaultName: facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "encrypted", ev).Bool(),
			Access: r.Doc.NoDefault("snmp-server host").Text(), Sources: r.Doc.NoDefault("snmp-server host").Texts(), Versions: r.Doc.NoDefault("snmp-server host").Texts(),
		}
		if slices.Contains([]string{"public", "private"}, strings.ToLower(strings.Trim(name, `"`))) {
			c.DefaultName = facts.Bool(true, ev)
		}
		if last := e.Words[len(e.Words)-1]; last == "ro" || last == "rw" {
			c.Access = facts.Text(last, ev)
		}
		if e.Word(1) == "host" {
			c.Sources = facts.Texts([]string{value(e, 2)}, ev)
		}
		if v := map[string]string{"1": "v1", "2c": "v2c"}[e.After("version")]; v != "" {
			c.Versions = facts.Texts([]string{v}, ev)
		}
		out.Items = append(out.Items, c)
	}
	return out
}
