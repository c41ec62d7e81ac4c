package comware

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline/plumbline/checks/facts"
	"github.com/plumbline/plumbline/plugins/driver/stanza"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// informed is whether the information center runs, which makes all records.
func (r *reader) informed() *pb.BoolFact {
	return r.switched("info-center", true, []string{"info-center", "enable"})
}

// output gives the last line that says what goes to a destination by default, which Comware 5 names by its channel.
func (r *reader) output(names ...string) *stanza.Entry {
	var last *stanza.Entry
	for e := range r.Find("info-center", "source", "default") {
		at := 3
		if e.Word(3) == "channel" {
			at = 4
		}
		if slices.Contains(names, e.Word(at)) && !e.Negated {
			last = e
		}
	}
	return last
}

// levelOf gives the least severity that such a line lets through, and whether it lets none.
func levelOf(e *stanza.Entry) (level string, none bool) {
	words := e.Words
	if i := slices.Index(words, "log"); i >= 0 { // Comware 5 says it of logs, traps and debugging apart
		words = words[i:]
		for k, w := range words[1:] {
			if w == "trap" || w == "debug" {
				words = words[:k+1]
				break
			}
		}
	}
	if i := slices.Index(words, "level"); i >= 0 && i+1 < len(words) {
		level = words[i+1]
	}
	return level, slices.Contains(words, "deny") || strings.Contains(strings.Join(words, " "), "state off")
}

func (r *reader) logStores() *pb.LogStoreList {
	s := r.Doc.List()
	out := &pb.LogStoreList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	b := &pb.LogStore{Scope: "buffer", Active: r.informed(), Persistent: facts.Bool(false), OnFull: facts.Text("overwrite"), RetentionBasis: facts.Text("count"), Level: r.Doc.NoDefault("info-center source default logbuffer").Text()}
	file := &pb.LogStore{Scope: "logfile", Active: r.Doc.NoDefault("info-center logfile enable").Bool(), Persistent: facts.Bool(true), OnFull: r.Doc.NoDefault("info-center logfile").Text(), RetentionBasis: facts.Text("size"), Level: r.Doc.NoDefault("info-center source default logfile").Text()}
	for _, store := range []struct {
		f     *pb.LogStore
		names []string
	}{{b, []string{"logbuffer", "4"}}, {file, []string{"logfile", "9"}}} {
		if e := r.output(store.names...); e != nil {
			level, none := levelOf(e)
			if level != "" {
				store.f.Level = facts.Text(level, r.At(e))
			}
			if none {
				store.f.Active = facts.Bool(false, r.At(e))
			}
		}
	}
	for e := range r.Find("info-center", "logbuffer") {
		if len(e.Words) == 2 && e.Negated {
			b.Active = facts.Bool(false, r.At(e))
		}
	}
	if e := r.Final("info-center", "logfile", "enable"); e != nil {
		file.Active = facts.Bool(!e.Negated, r.At(e))
	}
	for e := range r.Find("info-center", "logfile", "overwrite-protection") {
		if !e.Negated {
			file.OnFull = facts.Text("stop", r.At(e))
		}
	}
	if on := r.informed(); facts.Known(on) && !on.GetValue() {
		b.Active, file.Active = facts.Bool(false, on.GetEvidence()...), facts.Bool(false, on.GetEvidence()...)
	}
	out.Items = append(out.Items, b, file)
	return out
}

// Levels at which everything from informational upwards is sent.
var fullLevels = []string{"informational", "debugging", "6", "7"}

// logTargets reads the log hosts; the line about the source address names no host.
func (r *reader) logTargets() *pb.LogTargetList {
	s := r.Doc.List()
	out := &pb.LogTargetList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for e := range r.Find("info-center", "loghost") {
		at := 2
		if e.Word(at) == "vpn-instance" {
			at += 2
		}
		if e.Word(at) == "ipv6" {
			at++
		}
		host := e.Word(at)
		if e.Negated || host == "" || host == "source" {
			continue
		}
		ev := r.At(e)
		t := &pb.LogTarget{Scope: host, Address: facts.Text(host, ev), Port: facts.Int(514), Protocol: facts.Text("udp", ev), Encrypted: facts.Bool(false, ev), Queued: r.Doc.NoDefault("queue").Bool()}
		if hole(e.Words[at:]...) {
			t.Scope = fmt.Sprintf("loghost %d", len(out.Items)+1)
			t.Address = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "template hole", ev).Text()
		}
		if n, ok := stanza.Number(e.After("port")); ok {
			t.Port = facts.Int(n, ev)
		}
		r.selection(t, e)
		if on := r.informed(); facts.Known(on) && !on.GetValue() {
			t.Everything, t.Selector = facts.Bool(false, on.GetEvidence()...), facts.Text("info-center disabled", on.GetEvidence()...)
		}
		out.Items = append(out.Items, t)
	}
	return out
}

// selection is what is sent to a log host: by the output rule of its channel, as far as one is configured.
func (r *reader) selection(t *pb.LogTarget, e *stanza.Entry) {
	names := []string{"loghost", "2"}
	if c := e.After("channel"); c != "" && !slices.Contains(names, c) {
		names = []string{c}
	}
	at := r.output(names...)
	if at == nil {
		m := r.Doc.NoDefault("info-center source default loghost")
		t.Everything, t.Selector = m.Bool(), m.Text()
		return
	}
	level, none := levelOf(at)
	switch {
	case none:
		t.Everything, t.Selector = facts.Bool(false, r.At(at)), facts.Text("nothing", r.At(at))
	case level == "":
		m := r.Odd(at)
		t.Everything, t.Selector = m.Bool(), m.Text()
	default:
		t.Everything, t.Selector = facts.Bool(slices.Contains(fullLevels, level), r.At(at)), facts.Text(level, r.At(at))
	}
	for one := range r.Find("info-center", "source") { // a module may be told apart
		if one.Word(2) != "default" && !one.Negated && slices.ContainsFunc(names, func(n string) bool { return slices.Contains(one.Words, n) }) {
			t.Everything = facts.Unknown(pb.Reason_REASON_NOT_UNDERSTOOD, "", r.At(one)).Bool()
		}
	}
}

// stamps is what time log records carry: those on the device, for the log host's are stamped apart.
func (r *reader) stamps() *pb.TextFact {
	var last *stanza.Entry
	for e := range r.Find("info-center", "timestamp") {
		if e.Word(2) != "loghost" && !e.Negated {
			last = e
		}
	}
	if last == nil {
		return r.Doc.NoDefault("info-center timestamp").Text()
	}
	switch {
	case slices.Contains(last.Words, "boot"):
		return facts.Text("uptime", r.At(last))
	case slices.Contains(last.Words, "none"):
		return facts.Text("none", r.At(last))
	case slices.Contains(last.Words, "date"):
		return facts.Text("datetime", r.At(last))
	}
	return r.Odd(last).Text()
}

// timeSources reads the time servers; an answer is authenticated if the server has a key, the key is trusted and
// authentication is on.
func (r *reader) timeSources() *pb.TimeSourceList {
	s := r.Doc.List()
	out := &pb.TimeSourceList{State: s.State, Reason: s.Reason, Detail: s.Detail, Evidence: s.Evidence}
	for _, word := range []string{"ntp-service", "sntp"} {
		for e := range r.Find(word) {
			at := 1
			if e.Word(at) == "ipv6" {
				at++
			}
			kind := map[string]string{"unicast-server": "server", "unicast-peer": "peer"}[e.Word(at)]
			if kind == "" || e.Negated {
				e.Used = e.Negated || slices.Contains([]string{"enable", "authentication"}, e.Word(1))
				continue
			}
			t := &pb.TimeSource{Scope: e.Word(at + 1), Kind: facts.Text(kind, r.At(e)), Authenticated: r.keyed(word, e)}
			t.Reachable = facts.Unknown(pb.Reason_REASON_NOT_ASKED, showSessions).Bool()
			t.Selected = t.Reachable
			if off := r.Final(word, "enable"); off != nil && off.Negated {
				t.Reachable, t.Selected = facts.Bool(false, r.At(off)), facts.Bool(false, r.At(off))
			}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

func (r *reader) keyed(word string, e *stanza.Entry) *pb.BoolFact {
	key := e.After("authentication-keyid")
	if key == "" {
		return facts.Bool(false, r.At(e))
	}
	on, trusted := r.Final(word, "authentication", "enable"), r.Final(word, "reliable", "authentication-keyid", key)
	switch {
	case on != nil && !on.Negated && trusted != nil && !trusted.Negated:
		return facts.Bool(true, r.At(e), r.At(on), r.At(trusted))
	case !r.Whole():
		return r.Doc.Absence().Bool()
	}
	return facts.Bool(false, r.At(e), r.Doc.All())
}
