package asa

import (
	"slices"
	"strings"
	"time"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// recording is whether logging is on: it is off unless a line switches it on.
func (r *reader) recording() *pb.BoolFact {
	for _, word := range []string{"enable", "on"} {
		if e := r.Final("logging", word); e != nil {
			return facts.Bool(!e.Negated, r.At(e))
		}
	}
	return r.Doc.Off()
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	b := &pb.LogStore{Scope: "buffer", Active: r.Doc.Off(), Persistent: facts.Bool(false), OnFull: facts.Text("overwrite"), RetentionBasis: facts.Text("size"), Level: r.Doc.Absence().Text(), MaxBytes: r.Doc.NoDefault("logging buffer-size").Int()}
	if e := r.Final("logging", "buffered"); e != nil && !e.Negated {
		b.Active, b.Level = facts.Bool(true, r.At(e)), facts.Text(e.Word(2), r.At(e))
		if on := r.recording(); !facts.Known(on) || !on.GetValue() {
			b.Active = on
		}
	}
	if e := r.Final("logging", "buffer-size"); e != nil && !e.Negated {
		if n, ok := e.Number(2); ok {
			b.MaxBytes = facts.Int(n, r.At(e))
		}
	}
	out.Items = append(out.Items, b)
	return out
}

// Levels at which everything from informational upwards is sent.
var fullLevels = []string{"informational", "debugging", "6", "7"}

func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	trap := r.Final("logging", "trap")
	for e := range r.Find("logging", "host") {
		host := e.Word(3)
		if e.Negated || host == "" {
			continue
		}
		if addr, ok := r.names[host]; ok {
			host = addr
		}
		ev := r.At(e)
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: facts.Bool(false)}
		if stanza.Hole(host) {
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		for _, w := range e.Words[4:] {
			proto, port, ok := strings.Cut(w, "/")
			proto = map[string]string{"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}[proto]
			switch {
			case w == "secure":
				t.Protocol, t.Encrypted = facts.Text("tls", ev), facts.Bool(true, ev)
			case ok && proto != "":
				if n, isNumber := stanza.Number(port); isNumber {
					t.Port = facts.Int(n, ev)
				}
				if t.Protocol.GetValue() != "tls" {
					t.Protocol = facts.Text(proto, ev)
				}
			}
		}
		on := r.recording()
		switch {
		case !facts.Known(on) || !on.GetValue():
			t.Everything, t.Selector = on, facts.LikeState(on).Text()
			if facts.Known(on) {
				t.Selector = facts.Text("logging is off", on.GetEvidence()...)
			}
		case trap == nil || trap.Negated: // nothing is sent without it
			t.Everything, t.Selector = r.Doc.Off(), r.Doc.Absence().Text()
		default:
			t.Selector = facts.Text(trap.Word(2), r.At(trap))
			t.Everything = facts.Bool(slices.Contains(fullLevels, trap.Word(2)), r.At(trap))
			for m := range r.Find("logging", "message") { // single messages may be switched off
				if m.Negated {
					t.Everything = facts.Bool(false, r.At(m))
				}
			}
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// stamps is what time log records carry: none unless a line says so.
func (r *reader) stamps() *pb.TextFact {
	e := r.Final("logging", "timestamp")
	switch {
	case e != nil && !e.Negated:
		return facts.Text("datetime", r.At(e))
	case !r.Whole():
		return r.Doc.Unknown().Text()
	}
	return facts.Text("none", r.Doc.All())
}

// timeSources: an answer is authenticated if the server has a key, the key is trusted and authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.Final("ntp", "authenticate")
	for e := range r.Find("ntp", "server") {
		host := e.Word(2)
		if e.Negated || host == "" {
			continue
		}
		if addr, ok := r.names[host]; ok {
			host = addr
		}
		ev := r.At(e)
		m := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show ntp associations")
		t := &pb.TimeSource{Scope: host, Kind: facts.Text("server", ev), Authenticated: facts.Bool(false, ev), Reachable: m.Bool(), Selected: m.Bool()}
		if key := e.After("key"); key != "" {
			trusted := r.Final("ntp", "trusted-key", key)
			switch {
			case on != nil && !on.Negated && trusted != nil && !trusted.Negated:
				t.Authenticated = facts.Bool(true, ev, r.At(on), r.At(trusted))
			case !r.Whole():
				t.Authenticated = r.Doc.Unknown().Bool()
			default:
				t.Authenticated = facts.Bool(false, ev, r.Doc.All())
			}
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// clock reads "Clock is synchronized, stratum 4, reference is …" and the offset.
func clock(shown driver.Document) *pb.Clock {
	c := &pb.Clock{}
	m := shown.Unknown()
	if shown.Whole() {
		m = facts.Unknown(pb.Reason_REASON_NOT_FOUND, shown.Source)
	}
	c.Synchronised, c.Offset, c.Source, c.Stratum = m.Bool(), m.Duration(), m.Text(), m.Int()
	for n, l := range shown.Lines() {
		ev := shown.Line(n, l)
		words := strings.FieldsFunc(l, func(c rune) bool { return c == ' ' || c == ',' })
		for i, w := range words {
			next := ""
			if i+2 < len(words) {
				next = words[i+2]
			}
			switch {
			case w == "Clock" && next != "":
				c.Synchronised = facts.Bool(next == "synchronized", ev)
			case w == "stratum" && i+1 < len(words):
				if v, ok := stanza.Number(words[i+1]); ok {
					c.Stratum = facts.Int(v, ev)
				}
			case w == "reference" && next != "":
				c.Source = facts.Text(next, ev)
			case w == "offset" && next != "":
				if d, err := time.ParseDuration(next + "ms"); err == nil && i+3 < len(words) && strings.HasPrefix(words[i+3], "msec") {
					c.Offset = facts.Duration(d, ev)
				}
			}
		}
	}
	return c
}

// protections is what the device does as a whole.
func (r *reader) protections() *pb.Protections {
	p := &pb.Protections{
		EnableScheme: r.enableScheme(), PasswordEncryption: r.readable(), LogTimestamps: r.stamps(), DosProtection: r.Doc.Off(), DialIn: r.Doc.Off(),
		CommandAccounting: r.Doc.Off(), SignaturesFrom: facts.NotApplicable().Time(),
	}
	if e := r.Final("aaa", "accounting", "command"); e != nil {
		p.CommandAccounting = facts.Bool(!e.Negated, r.At(e))
	}
	if e := r.Final("threat-detection", "scanning-threat", "shun"); e != nil && !e.Negated {
		p.DosProtection = facts.Bool(true, r.At(e))
	}
	for e := range r.Find("policy-map") {
		for _, class := range e.Under() {
			for _, l := range class.Under() {
				if l.Begins("set", "connection") && !l.Negated && (slices.Contains(l.Words, "embryonic-conn-max") || slices.Contains(l.Words, "per-client-embryonic-max")) {
					p.DosProtection = facts.Bool(true, r.At(l))
				}
			}
		}
	}
	for e := range r.Find("vpdn", "group") {
		if !e.Negated && slices.Contains(e.Words, "accept") {
			p.DialIn = facts.Bool(true, r.At(e))
		}
	}
	for e := range r.Find("timeout", "xlate") { // sessions are always kept, unless a later line lets some by
		if r.Whole() {
			p.Stateful = facts.Bool(true, r.At(e))
		}
	}
	if e := r.bypass(); e != nil {
		p.Stateful = facts.Bool(false, r.At(e))
	}
	if p.Stateful == nil {
		p.Stateful = r.Doc.NoDefault("timeout conn").Bool()
	}
	return p
}

// bypass gives a line that has some connections pass without their state being looked at.
func (r *reader) bypass() *stanza.Entry {
	for e := range r.Find("policy-map") {
		for _, class := range e.Under() {
			for _, l := range class.Under() {
				if l.Begins("set", "connection", "advanced-options", "tcp-state-bypass") && !l.Negated {
					return l
				}
			}
		}
	}
	return nil
}

// services are those that are better off.
func (r *reader) services(paths []*pb.AccessPath) *pb.ServiceList {
	s := r.Doc.List()
	out := &pb.ServiceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	dhcp := r.Doc.Off()
	for e := range r.Find("dhcpd", "enable") {
		dhcp = facts.Bool(!e.Negated, r.At(e))
	}
	out.Items = append(out.Items, &pb.Service{Scope: "dhcp", Enabled: dhcp})
	for _, p := range paths {
		if p.GetScope() == "telnet" {
			out.Items = append(out.Items, &pb.Service{Scope: "telnet", Enabled: p.GetEnabled()})
		}
	}
	for e := range r.Find("http", "redirect") {
		if !e.Negated {
			out.Items = append(out.Items, &pb.Service{Scope: "http-redirect", Enabled: facts.Bool(true, r.At(e))})
			break
		}
	}
	return out
}
