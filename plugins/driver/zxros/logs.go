package zxros

import (
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// logStores reads the files in which records are kept.
func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	add := func(scope string, active *pb.BoolFact) {
		out.Items = append(out.Items, &pb.LogStore{Scope: scope, Active: active, Persistent: r.Doc.NoDefault("logging file").Bool(), OnFull: r.Doc.NoDefault("logging file").Text(), RetentionBasis: r.Doc.NoDefault("logging file").Text()})
	}
	for e := range r.Find("logging", "file") {
		if e.Negated || len(e.Words) < 4 {
			continue
		}
		active := r.Doc.NoDefault("accept").Bool()
		if l := below(e, "accept"); l != nil {
			active = facts.Bool(l.Word(1) == "on", r.At(l))
		}
		add("file "+e.Word(3), active)
	}
	for e := range r.Find("logging") { // of the older command line
		if name := e.Word(1); strings.HasSuffix(name, "log") && (e.Word(2) == "enable" || e.Word(2) == "disable") {
			add(name, facts.Bool((e.Word(2) == "enable") != e.Negated, r.At(e)))
		}
	}
	if len(out.Items) == 0 && r.Whole() { // what is kept without a line is not documented
		out.State, out.Reason, out.Detail, out.Evidence = pb.FactState_FACT_STATE_UNKNOWN, pb.Reason_REASON_NO_DOCUMENTED_DEFAULT, "logging file", nil
	}
	return out
}

// Levels at which everything from informational upwards is sent.
var fullLevels = []string{"informational", "debugging", "6", "7"}

// logTargets reads the log hosts.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, words := range [][]string{{"syslog-server", "host"}, {"syslog", "server"}, {"logging", "host"}} {
		for e := range r.Find(words...) {
			at := len(words)
			if e.Word(at) == "vrf" || e.Word(at) == "mng" {
				at += 2
			}
			if e.Word(at) == "ipv4" || e.Word(at) == "ipv6" {
				at++
			}
			host := e.Word(at)
			if e.Negated || host == "" {
				continue
			}
			ev := r.At(e)
			t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: r.Doc.NoDefault("queue").Bool()}
			if kind := holeKind(e.Words[at:]...); kind != "" {
				t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, kind, ev).Text()
			}
			for _, key := range []string{"fport", "port"} {
				if n, ok := stanza.Number(e.After(key)); ok {
					t.Port = facts.Int(n, ev)
				}
			}
			r.selection(t, e)
			out.Items = append(out.Items, t)
		}
	}
	return out
}

// selection is what is sent: by the host's own level, else by that of all hosts. Which kinds of records are sent is not read.
func (r *reader) selection(t *pb.LogTarget, e *stanza.Entry) {
	level, at := e.After("level"), e
	for _, words := range [][]string{{"syslog", "level"}, {"syslog", "severity"}} {
		if all := r.Final(words...); level == "" && all != nil && !all.Negated {
			level, at = all.Word(2), all
		}
	}
	if level == "" {
		m := r.Doc.NoDefault("syslog level")
		t.Selector, t.Everything = m.Text(), m.Bool()
		return
	}
	t.Selector, t.Everything = facts.Text(level, r.At(at)), facts.Bool(false, r.At(at))
	if slices.Contains(fullLevels, level) {
		t.Everything = r.Doc.NoDefault("syslog-server host").Bool()
	}
}

// stamps is what time log records carry.
func (r *reader) stamps() *pb.TextFact {
	e := r.Final("service", "timestamps", "log")
	switch {
	case e == nil || e.Negated:
		return r.Doc.NoDefault("service timestamps log").Text()
	case e.Word(3) == "datetime" || e.Word(3) == "uptime":
		return facts.Text(e.Word(3), r.At(e))
	}
	return r.Odd(e).Text()
}

// timeSources reads the time servers; an answer is authenticated if the server has a key, the key is trusted and authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	on := r.Final("ntp", "enable")
	for _, kind := range []string{"server", "peer"} {
		for e := range r.Find("ntp", kind) {
			at := 2
			if e.Word(at) == "vrf" || e.Word(at) == "mng" {
				at += 2
			}
			if e.Word(at) == "ipv4" || e.Word(at) == "ipv6" {
				at++
			}
			if e.Negated || e.Word(at) == "" {
				continue
			}
			asked := facts.Unknown(pb.Reason_REASON_NOT_ASKED, "show ntp associations")
			t := &pb.TimeSource{Scope: e.Word(at), Kind: facts.Text(kind, r.At(e)), Authenticated: r.keyed(e), Reachable: asked.Bool(), Selected: asked.Bool()}
			if on != nil && on.Negated {
				t.Reachable, t.Selected = facts.Bool(false, r.At(on)), facts.Bool(false, r.At(on))
			}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

func (r *reader) keyed(e *stanza.Entry) *pb.BoolFact {
	key := e.After("key")
	if key == "" {
		return facts.Bool(false, r.At(e))
	}
	on, trusted := r.Final("ntp", "authenticate"), r.Final("ntp", "trusted-key", key)
	switch {
	case on != nil && !on.Negated && trusted != nil && !trusted.Negated:
		return facts.Bool(true, r.At(e), r.At(on), r.At(trusted))
	case !r.Whole():
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(false, r.At(e), r.Doc.All())
}
